/* api_objects.c - handles, scopes and objects of the host's making.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api_fixture.h"

/* ---- handles ---- */

static void test_scopes(void **state)
{
  api_world *w = *state;
  vm_scope outer, inner;
  assert_int_equal(vm_scope_open(w->isolate, &outer, &w->error), VM_OK);
  vm_ref a = api_node(w, 1, vm_ref_null());
  assert_int_equal(vm_scope_open(w->isolate, &inner, &w->error), VM_OK);
  vm_ref b = api_node(w, 2, a), c;
  API_FAILS(w, VM_STATE, "innermost", vm_scope_close(w->isolate, outer, &w->error));
  assert_int_equal(vm_scope_close(w->isolate, inner, &w->error), VM_OK);
  API_FAILS(w, VM_STATE, "innermost", vm_scope_close(w->isolate, inner, &w->error));
  API_FAILS(w, VM_HANDLE, "stale", vm_ref_dup(w->isolate, b, &c, &w->error));
  assert_int_equal(vm_ref_dup(w->isolate, a, &c, &w->error), VM_OK);
  assert_int_equal(vm_scope_close(w->isolate, outer, &w->error), VM_OK);
  API_FAILS(w, VM_HANDLE, "stale", vm_ref_dup(w->isolate, a, &c, &w->error));
  API_FAILS(w, VM_STATE, "innermost", vm_scope_close(w->isolate, (vm_scope){0, 0}, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_scope_open(w->isolate, NULL, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_scope_open(NULL, &outer, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_scope_close(NULL, outer, &w->error));
}

static void test_escape(void **state)
{
  api_world *w = *state;
  vm_scope scope;
  assert_int_equal(vm_scope_open(w->isolate, &scope, &w->error), VM_OK);
  vm_ref inside = api_node(w, 5, vm_ref_null()), old = inside, c;
  assert_int_equal(vm_scope_escape(w->isolate, scope, &inside, &w->error), VM_OK);
  API_FAILS(w, VM_STATE, "innermost", vm_scope_escape(w->isolate, scope, &inside, &w->error));
  vm_value v;
  assert_int_equal(vm_struct_get(w->isolate, inside, 0, &v, &w->error), VM_OK);
  assert_int_equal(v.of.i64, 5);
  assert_int_equal(vm_ref_dup(w->isolate, old, &c, NULL), VM_HANDLE);
  /* One from outside the scope stays as it is. */
  old = inside;
  assert_int_equal(vm_scope_open(w->isolate, &scope, &w->error), VM_OK);
  assert_int_equal(vm_scope_escape(w->isolate, scope, &inside, &w->error), VM_OK);
  assert_memory_equal(&old, &inside, sizeof old);
}

static void test_persistent(void **state)
{
  api_world *w = *state;
  vm_scope scope;
  vm_ref kept, local;
  assert_int_equal(vm_scope_open(w->isolate, &scope, &w->error), VM_OK);
  local = api_node(w, 8, vm_ref_null());
  assert_int_equal(vm_ref_persist(w->isolate, local, &kept, &w->error), VM_OK);
  API_FAILS(w, VM_HANDLE, "local", vm_ref_release(w->isolate, local, &w->error));
  assert_int_equal(vm_scope_close(w->isolate, scope, &w->error), VM_OK);
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  vm_value v;
  assert_int_equal(vm_struct_get(w->isolate, kept, 0, &v, &w->error), VM_OK);
  assert_int_equal(v.of.i64, 8);
  assert_int_equal(vm_ref_release(w->isolate, kept, &w->error), VM_OK);
  API_FAILS(w, VM_HANDLE, "released", vm_ref_release(w->isolate, kept, &w->error));
  assert_int_equal(vm_ref_release(w->isolate, vm_ref_null(), &w->error), VM_OK);
  assert_int_equal(vm_ref_persist(w->isolate, vm_ref_null(), &kept, &w->error), VM_OK);
  assert_true(vm_ref_is_null(kept));
}

static void test_handle_counts(void **state)
{
  api_world *w = *state;
  vm_isolate_stats before = {.size = sizeof before}, s = {.size = sizeof s};
  vm_scope scope;
  vm_ref kept[2];
  assert_int_equal(vm_isolate_get_stats(w->isolate, &before, &w->error), VM_OK);
  assert_int_equal(vm_scope_open(w->isolate, &scope, &w->error), VM_OK);
  vm_ref local = api_node(w, 1, vm_ref_null());
  for (int i = 0; i < 2; i++) {
    assert_int_equal(vm_ref_persist(w->isolate, local, &kept[i], &w->error), VM_OK);
  }
  assert_int_equal(vm_isolate_get_stats(w->isolate, &s, &w->error), VM_OK);
  assert_true(s.local_handles > before.local_handles);
  assert_int_equal(s.persistent_handles, before.persistent_handles + 2);
  assert_int_equal(vm_ref_release(w->isolate, kept[0], &w->error), VM_OK);
  API_FAILS(w, VM_HANDLE, "released", vm_ref_release(w->isolate, kept[0], &w->error));
  assert_int_equal(vm_scope_close(w->isolate, scope, &w->error), VM_OK);
  assert_int_equal(vm_isolate_get_stats(w->isolate, &s, &w->error), VM_OK);
  assert_int_equal(s.local_handles, before.local_handles);
  assert_int_equal(s.persistent_handles, before.persistent_handles + 1);
}

static void test_hostile_handles(void **state)
{
  api_world *w = *state;
  vm_ref good = api_node(w, 1, vm_ref_null()), out;
  const uint32_t words[] = {0, 1, 2, 1000, 0x7FFFFFFF, 0x80000000, 0x80000001, UINT32_MAX};
  for (size_t i = 0; i < 8; i++) {
    for (size_t k = 0; k < 8; k++) {
      vm_ref ref = {words[i], words[k] == 1 ? good.serial + 1 : words[k]};
      if (ref.index == 0 && ref.serial == 0) continue;
      if (vm_ref_dup(w->isolate, ref, &out, NULL) == VM_OK) {
        vm_ref_info info; /* guessed a live one */
        assert_int_equal(vm_ref_get_info(w->isolate, ref, &info, NULL), VM_OK);
      }
    }
  }
}

static void test_info(void **state)
{
  api_world *w = *state;
  vm_ref node = api_node(w, 1, vm_ref_null());
  vm_ref_info info;
  assert_int_equal(vm_ref_get_info(w->isolate, node, &info, &w->error), VM_OK);
  assert_int_equal(info.heap, VM_HEAP_STRUCT);
  assert_int_equal(info.count, 4);
  assert_string_equal(info.name, "Node");
  int is = -1;
  assert_int_equal(vm_ref_is(w->isolate, node, api_type(w, "Node"), &is, &w->error), VM_OK);
  assert_int_equal(is, 1);
  assert_int_equal(vm_ref_is(w->isolate, node, api_type(w, "Leaf"), &is, &w->error), VM_OK);
  assert_int_equal(is, 0);
  assert_int_equal(vm_ref_is(w->isolate, vm_ref_null(), info.type, &is, &w->error), VM_OK);
  assert_int_equal(is, 0);
  API_FAILS(w, VM_ARGUMENT, "no such type", vm_ref_is(w->isolate, node, 123456, &is, &w->error));
  API_FAILS(w, VM_ARGUMENT, "no such type", vm_ref_is(w->isolate, node, 0, &is, &w->error));
  API_FAILS(w, VM_HANDLE, "null", vm_ref_get_info(w->isolate, vm_ref_null(), &info, &w->error));
}

/* ---- structs ---- */

static void test_struct(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = w->isolate;
  vm_typeid leaf = api_type(w, "Leaf");
  vm_ref object, node = api_node(w, 1, vm_ref_null());
  vm_value fields[5] = {vm_value_i64(-9), vm_value_ref(node), vm_value_i32(0x1FF), vm_value_i32(4),
                        vm_dyn_ref(node)};
  assert_int_equal(vm_struct_new(iso, leaf, fields, 5, &object, &w->error), VM_OK);
  assert_int_equal(vm_isolate_collect(iso, &w->error), VM_OK);
  vm_value v;
  assert_int_equal(vm_struct_get(iso, object, 0, &v, &w->error), VM_OK);
  assert_int_equal(v.of.i64, -9);
  assert_int_equal(vm_struct_get(iso, object, 2, &v, &w->error), VM_OK);
  assert_int_equal(v.of.i32, 0xFF);
  assert_int_equal(vm_struct_get(iso, object, 4, &v, &w->error), VM_OK);
  assert_true(vm_dyn_is_ref(v));
  uint32_t index = 0;
  assert_int_equal(vm_struct_find_field(iso, leaf, "more", &index, &w->error), VM_OK);
  assert_int_equal(index, 4);
  API_FAILS(w, VM_NOT_FOUND, "zzz", vm_struct_find_field(iso, leaf, "zzz", &index, &w->error));
  v = vm_dyn_int(6);
  assert_int_equal(vm_struct_set(iso, object, index, &v, &w->error), VM_OK);
  v = vm_value_i32(6);
  API_FAILS(w, VM_ARGUMENT, "immutable", vm_struct_set(iso, object, 3, &v, &w->error));
  API_FAILS(w, VM_ARGUMENT, "expected dyn, found i32", vm_struct_set(iso, object, 4, &v,
      &w->error));
  API_FAILS(w, VM_ARGUMENT, "the struct has 5", vm_struct_set(iso, object, 5, &v, &w->error));
  API_FAILS(w, VM_ARGUMENT, "the struct has 5", vm_struct_get(iso, object, UINT32_MAX, &v,
      &w->error));
  API_FAILS(w, VM_ARGUMENT, "expected 5, found 4", vm_struct_new(iso, leaf, fields, 4, &object,
      &w->error));
  assert_true(vm_ref_is_null(object));
  fields[1] = vm_value_ref(api_func(w, "add"));
  API_FAILS(w, VM_ARGUMENT, "field 1: expected (ref null Node)",
            vm_struct_new(iso, leaf, fields, 5, &object, &w->error));
  API_FAILS(w, VM_ARGUMENT, "type 0", vm_struct_new(iso, 0, fields, 5, &object, &w->error));
  API_FAILS(w, VM_ARGUMENT, "struct type",
            vm_struct_new(iso, api_type(w, "Bytes"), NULL, 0, &object, &w->error));
  API_FAILS(w, VM_ARGUMENT, "struct type", vm_struct_new(iso, UINT32_MAX, NULL, 0, &object,
      &w->error));
  API_FAILS(w, VM_ARGUMENT, "no default",
            vm_struct_new(iso, api_type(w, "Strict"), NULL, 0, &object, &w->error));
  assert_int_equal(vm_struct_new(iso, leaf, NULL, 0, &object, &w->error), VM_OK);
  assert_int_equal(vm_struct_get(iso, object, 4, &v, &w->error), VM_OK);
  assert_true(vm_dyn_is_nil(v));
  API_FAILS(w, VM_HANDLE, "expected struct",
            vm_struct_get(iso, api_func(w, "add"), 0, &v, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_struct_get(iso, object, 0, NULL, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_struct_set(iso, object, 0, NULL, &w->error));
}

/* ---- arrays ---- */

static void test_bytes(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = w->isolate;
  vm_ref text;
  char back[8] = "";
  uint32_t n = 0;
  vm_value v;
  assert_int_equal(vm_array_new_data(iso, api_type(w, "Bytes"), "h\xC3llo", 5, &text, &w->error),
      VM_OK);
  assert_int_equal(vm_array_get_length(iso, text, &n, &w->error), VM_OK);
  assert_int_equal(n, 5);
  assert_int_equal(vm_array_get(iso, text, 1, &v, &w->error), VM_OK);
  assert_int_equal(v.of.i32, 0xC3);
  assert_int_equal(vm_array_write(iso, text, 1, 1, "e", 1, &w->error), VM_OK);
  assert_int_equal(vm_array_read(iso, text, 0, 5, back, 5, &w->error), VM_OK);
  assert_string_equal(back, "hello");
  assert_int_equal(vm_array_read(iso, text, 5, 0, NULL, 0, &w->error), VM_OK);
  API_FAILS(w, VM_ARGUMENT, "out of bounds", vm_array_read(iso, text, 4, 2, back, 2, &w->error));
  API_FAILS(w, VM_ARGUMENT, "out of bounds",
            vm_array_read(iso, text, UINT32_MAX, UINT32_MAX, back, 2, &w->error));
  API_FAILS(w, VM_ARGUMENT, "expected 2 bytes, found 3", vm_array_read(iso, text, 0, 2, back, 3,
      &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_array_write(iso, text, 0, 2, NULL, 2, &w->error));
  API_FAILS(w, VM_ARGUMENT, "out of bounds", vm_array_get(iso, text, 5, &v, &w->error));
}

static void test_arrays(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = w->isolate;
  vm_ref shorts, doubles, nodes, node = api_node(w, 1, vm_ref_null());
  const uint16_t data[2] = {0xFFFF, 2};
  vm_value v = vm_value_f64(2.5);
  assert_int_equal(vm_array_new_data(iso, api_type(w, "Shorts"), data, 2, &shorts, &w->error),
      VM_OK);
  API_FAILS(w, VM_ARGUMENT, "immutable", vm_array_write(iso, shorts, 0, 1, data, 2, &w->error));
  assert_int_equal(vm_array_new(iso, api_type(w, "Doubles"), 3, &v, &doubles, &w->error), VM_OK);
  double back[3] = {0};
  assert_int_equal(vm_array_read(iso, doubles, 0, 3, back, sizeof back, &w->error), VM_OK);
  assert_true(back[0] == 2.5 && back[2] == 2.5);
  API_FAILS(w, VM_ARGUMENT, "expected f64, found i32",
            (v = vm_value_i32(1), vm_array_set(iso, doubles, 0, &v, &w->error)));
  assert_int_equal(vm_array_get(iso, shorts, 0, &v, &w->error), VM_OK);
  assert_int_equal(v.of.i32, 0xFFFF);
  API_FAILS(w, VM_ARGUMENT, "immutable", vm_array_set(iso, shorts, 0, &v, &w->error));
  vm_typeid nodes_type = api_type(w, "Nodes");
  assert_int_equal(vm_array_new(iso, nodes_type, 10, NULL, &nodes, &w->error), VM_OK);
  v = vm_value_ref(node);
  assert_int_equal(vm_array_set(iso, nodes, 9, &v, &w->error), VM_OK);
  API_FAILS(w, VM_ARGUMENT, "no numbers", vm_array_read(iso, nodes, 0, 1, back, 8, &w->error));
  API_FAILS(w, VM_ARGUMENT, "no numbers", vm_array_new_data(iso, nodes_type, back, 1, &nodes,
      &w->error));
  API_FAILS(w, VM_LIMIT, "found 4294967295",
            vm_array_new(iso, nodes_type, UINT32_MAX, NULL, &nodes, &w->error));
  API_FAILS(w, VM_ARGUMENT, "array type",
            vm_array_new(iso, api_type(w, "Node"), 1, NULL, &nodes, &w->error));
  for (vm_typeid id = 0; id < 8; id++) {
    if (vm_array_new(iso, id, 1, NULL, &nodes, NULL) == VM_OK) assert_true(id > 4);
  }
  API_FAILS(w, VM_HANDLE, "expected array", vm_array_get(iso, node, 0, &v, &w->error));
}

/* ---- host objects, weak references, finalizers ---- */

static void count_up(void *data) { ++*(int *)data; }

static void test_extern(void **state)
{
  api_world *w = *state;
  int ended = 0;
  void *data = NULL;
  vm_scope scope;
  vm_ref ref;
  assert_int_equal(vm_scope_open(w->isolate, &scope, &w->error), VM_OK);
  assert_int_equal(vm_extern_new(w->isolate, &ended, count_up, &ref, &w->error), VM_OK);
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  assert_int_equal(vm_isolate_run_finalizers(w->isolate, NULL, &w->error), VM_OK);
  assert_int_equal(ended, 0);
  assert_int_equal(vm_extern_get(w->isolate, ref, &data, &w->error), VM_OK);
  assert_ptr_equal(data, &ended);
  vm_finalizer *finalizer = NULL;
  assert_int_equal(vm_extern_get_finalizer(w->isolate, ref, &finalizer, &w->error), VM_OK);
  assert_true(finalizer == count_up);
  API_FAILS(w, VM_HANDLE, "expected extern, found func",
            vm_extern_get_finalizer(w->isolate, api_func(w, "add"), &finalizer, &w->error));
  vm_ref plain;
  assert_int_equal(vm_extern_new(w->isolate, &ended, NULL, &plain, &w->error), VM_OK);
  assert_int_equal(vm_extern_get_finalizer(w->isolate, plain, &finalizer, &w->error), VM_OK);
  assert_true(finalizer == NULL);
  API_FAILS(w, VM_HANDLE, "expected extern, found func",
            vm_extern_get(w->isolate, api_func(w, "add"), &data, &w->error));
  assert_int_equal(vm_scope_close(w->isolate, scope, &w->error), VM_OK);
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  size_t ran = 0;
  assert_int_equal(vm_isolate_run_finalizers(w->isolate, &ran, &w->error), VM_OK);
  assert_int_equal(ran, 1);
  assert_int_equal(ended, 1);
}

/* Finalizers that call the guest, collect, make handles and try to end the isolate: each runs once,
 * and not one inside the other. */
static int nested, deepest;

static void busy(void *data)
{
  api_world *w = data;
  if (++nested > deepest) deepest = nested;
  w->ended++;
  vm_ref node;
  vm_value args[2] = {vm_value_i64(1), vm_value_null()}, r;
  assert_int_equal(vm_isolate_free(w->isolate, NULL), VM_STATE);
  assert_int_equal(vm_instance_get_func(w->instance, "make", &node, NULL), VM_OK);
  assert_int_equal(vm_call(w->isolate, node, args, 2, &r, 1, NULL), VM_OK);
  assert_int_equal(vm_isolate_collect(w->isolate, NULL), VM_OK);
  nested--;
}

static void test_busy_finalizers(void **state)
{
  api_world *w = *state;
  vm_scope scope;
  vm_ref ref;
  deepest = 0;
  for (int i = 0; i < 50; i++) {
    assert_int_equal(vm_scope_open(w->isolate, &scope, &w->error), VM_OK);
    assert_int_equal(vm_extern_new(w->isolate, w, busy, &ref, &w->error), VM_OK);
    if (i < 49) assert_int_equal(vm_scope_close(w->isolate, scope, &w->error), VM_OK);
  }
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  api_node(w, 1, vm_ref_null()); /* a call runs them */
  assert_int_equal(w->ended, 49);
  assert_int_equal(deepest, 1);
  assert_int_equal(vm_isolate_verify_heap(w->isolate, &w->error), VM_OK);
}

static int at_end;

static void count_end(void *data) { at_end++; }

static void test_finalizers_at_end(void **state)
{
  (void)state;
  api_world w = {0};
  vm_ref ref;
  at_end = 0;
  assert_int_equal(api_open(&w, NULL, NULL), VM_OK);
  assert_int_equal(vm_extern_new(w.isolate, NULL, count_end, &ref, &w.error), VM_OK);
  assert_int_equal(vm_finalizer_add(w.isolate, ref, count_end, NULL, &w.error), VM_OK);
  API_FAILS(&w, VM_ARGUMENT, "NULL", vm_finalizer_add(w.isolate, ref, NULL, NULL, &w.error));
  API_FAILS(&w, VM_HANDLE, "null", vm_finalizer_add(w.isolate, vm_ref_null(), count_end, NULL,
      &w.error));
  api_close(&w);
  assert_int_equal(at_end, 2);
}

static void test_weak(void **state)
{
  api_world *w = *state;
  vm_scope scope;
  vm_ref weak, target;
  assert_int_equal(vm_scope_open(w->isolate, &scope, &w->error), VM_OK);
  vm_ref node = api_node(w, 1, vm_ref_null());
  assert_int_equal(vm_weak_new(w->isolate, node, &weak, &w->error), VM_OK);
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  assert_int_equal(vm_weak_get(w->isolate, weak, &target, &w->error), VM_OK);
  assert_false(vm_ref_is_null(target));
  API_FAILS(w, VM_HANDLE, "expected weak, found struct",
            vm_weak_get(w->isolate, node, &target, &w->error));
  API_FAILS(w, VM_HANDLE, "null", vm_weak_new(w->isolate, vm_ref_null(), &target, &w->error));
  assert_int_equal(vm_scope_escape(w->isolate, scope, &weak, &w->error), VM_OK);
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  assert_int_equal(vm_weak_get(w->isolate, weak, &target, &w->error), VM_OK);
  assert_true(vm_ref_is_null(target));
  assert_int_equal(vm_isolate_verify_heap(w->isolate, &w->error), VM_OK);
}

static void test_array_types(void **state)
{
  api_world *w = *state;
  vm_typeid bytes = 0, nodes = 0, fresh = 0, again = 0;
  assert_int_equal(vm_array_find_type(w->isolate, VM_I8, 1, &bytes, &w->error), VM_OK);
  assert_int_equal(bytes, api_type(w, "Bytes"));
  vm_type node = VM_REF_NULL(api_type(w, "Node"));
  assert_int_equal(vm_array_find_type(w->isolate, node, 1, &nodes, &w->error), VM_OK);
  assert_int_equal(nodes, api_type(w, "Nodes"));
  vm_type weak = VM_REF_NULL(VM_HEAP_WEAK);
  assert_int_equal(vm_array_find_type(w->isolate, weak, 7, &fresh, &w->error), VM_OK);
  assert_int_equal(vm_array_find_type(w->isolate, weak, 1, &again, &w->error), VM_OK);
  assert_int_equal(fresh, again);
  vm_ref array;
  assert_int_equal(vm_array_new(w->isolate, fresh, 3, NULL, &array, &w->error), VM_OK);
  const vm_type bad[] = {VM_TYPE(6), VM_I32 | 1, VM_I8 | 1, VM_REF(VM_HEAP_WEAK + 1), VM_REF(0),
                         VM_REF(123456), VM_REF(VM_HEAP_ANY) | 0x04000000u, UINT32_MAX};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    API_FAILS(w, VM_ARGUMENT, "storage type",
              vm_array_find_type(w->isolate, bad[i], 0, &again, &w->error));
  }
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_array_find_type(NULL, VM_I8, 0, &again, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_array_find_type(w->isolate, VM_I8, 0, NULL, &w->error));
}

/* Half of the bytes; what is asked with one byte gets an array of another type. */
static vm_status half_of(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  const vm_typeid *types = user;
  uint32_t length;
  assert_int_equal(vm_array_get_length(isolate, args[0].of.ref, &length, NULL), VM_OK);
  return vm_array_new(isolate, types[length == 1], length / 2, NULL, &results[0].of.ref, NULL);
}

static void test_typed_host_function(void **state)
{
  static const char text[] =
      "type Bytes array mut i8\n"
      "import func half \"host\" \"half\" ((ref null Bytes)) -> ((ref null Bytes))\n"
      "func go (b: (ref null Bytes)) -> (i32) {\n"
      "  local.get b\n  call half\n  array.len\n  return\n}\n"
      "export func \"go\" go\n";
  api_world *w = *state;
  vm_typeid types[2];
  vm_module *module;
  vm_instance *instance;
  vm_ref go, bytes;
  assert_int_equal(vm_array_find_type(w->isolate, VM_I8, 1, &types[0], &w->error), VM_OK);
  assert_int_equal(vm_array_find_type(w->isolate, VM_I16, 1, &types[1], &w->error), VM_OK);
  vm_type type = VM_REF_NULL(types[0]), bad = VM_REF_NULL(123456);
  API_FAILS(w, VM_ARGUMENT, "parameter 1: expected a value type",
            vm_isolate_define_func(w->isolate, "host", "half", &bad, 1, &type, 1, half_of, NULL, NULL,
                                   &w->error));
  assert_int_equal(vm_isolate_define_func(w->isolate, "host", "half", &type, 1, &type, 1, half_of,
                                          types, NULL, &w->error), VM_OK);
  assert_int_equal(vm_module_assemble(w->engine, text, strlen(text), &module, &w->error), VM_OK);
  assert_int_equal(vm_instance_new(w->isolate, module, &instance, &w->error), VM_OK);
  assert_int_equal(vm_instance_get_func(instance, "go", &go, &w->error), VM_OK);
  assert_int_equal(vm_array_new(w->isolate, types[0], 8, NULL, &bytes, &w->error), VM_OK);
  vm_value arg = vm_value_ref(bytes), result;
  assert_int_equal(vm_call(w->isolate, go, &arg, 1, &result, 1, &w->error), VM_OK);
  assert_int_equal(result.of.i32, 4);
  assert_int_equal(vm_array_new(w->isolate, types[0], 1, NULL, &bytes, &w->error), VM_OK);
  arg = vm_value_ref(bytes);
  assert_int_equal(vm_call(w->isolate, go, &arg, 1, &result, 1, &w->error), VM_EXCEPTION);
  assert_int_equal(w->error.trap, VM_TRAP_HOST);
  vm_module_free(module);
}

static void test_heap_limit(void **state)
{
  (void)state;
  api_world w = {0};
  vm_isolate_config limits = VM_ISOLATE_CONFIG_INIT;
  limits.max_heap = 1 << 20;
  vm_ref ref;
  assert_int_equal(api_open(&w, NULL, &limits), VM_OK);
  API_FAILS(&w, VM_MEMORY, "heap limit",
            vm_array_new(w.isolate, api_type(&w, "Doubles"), 1 << 20, NULL, &ref, &w.error));
  assert_int_equal(vm_array_new(w.isolate, api_type(&w, "Doubles"), 100, NULL, &ref, &w.error),
      VM_OK);
  api_close(&w);
}

static void test_types(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = w->isolate;
  vm_typeid node = api_type(w, "Node"), bytes = api_type(w, "Bytes"), leaf = api_type(w, "Leaf");
  vm_ref_info info;
  vm_field_info field;
  assert_int_equal(vm_type_get_info(iso, node, &info, &w->error), VM_OK);
  assert_int_equal(info.heap, VM_HEAP_STRUCT);
  assert_int_equal(info.count, 4);
  assert_string_equal(info.name, "Node");
  assert_int_equal(vm_type_get_field(iso, node, 1, &field, &w->error), VM_OK);
  assert_int_equal(field.type, VM_REF_NULL(node));
  assert_true(field.mut);
  assert_string_equal(field.name, "next");
  assert_int_equal(vm_type_get_field(iso, node, 2, &field, &w->error), VM_OK);
  assert_int_equal(field.type, VM_I8);
  assert_int_equal(vm_type_get_field(iso, leaf, 3, &field, &w->error), VM_OK);
  assert_int_equal(field.mut, 0);
  assert_string_equal(field.name, "fixed"); /* inherited */
  assert_int_equal(vm_type_get_info(iso, bytes, &info, &w->error), VM_OK);
  assert_int_equal(info.heap, VM_HEAP_ARRAY);
  assert_int_equal(info.count, 0);
  assert_int_equal(vm_type_get_field(iso, bytes, 0, &field, &w->error), VM_OK);
  assert_int_equal(field.type, VM_I8);
  assert_null(field.name);
  API_FAILS(w, VM_ARGUMENT, "the type has 1", vm_type_get_field(iso, bytes, 1, &field, &w->error));
  API_FAILS(w, VM_ARGUMENT, "the type has 4", vm_type_get_field(iso, node, 4, &field, &w->error));
  API_FAILS(w, VM_ARGUMENT, "no such type", vm_type_get_info(iso, 9999, &info, &w->error));
  API_FAILS(w, VM_ARGUMENT, "struct or array", vm_type_get_field(iso, 0, 0, &field, &w->error));
  API_FAILS(w, VM_ARGUMENT, "out", vm_type_get_info(iso, node, NULL, &w->error));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)
  const struct CMUnitTest tests[] = {
    T(test_scopes), T(test_escape), T(test_persistent), T(test_handle_counts),
    T(test_hostile_handles), T(test_info),
    T(test_struct), T(test_bytes), T(test_arrays), T(test_array_types), T(test_typed_host_function),
    T(test_extern), T(test_types),
    T(test_busy_finalizers),
    cmocka_unit_test(test_finalizers_at_end), T(test_weak), cmocka_unit_test(test_heap_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
