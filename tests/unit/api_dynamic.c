/* api_dynamic.c - symbols, maps and shaped objects of the host's making.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api_fixture.h"

static vm_ref symbol(api_world *w, const char *text)
{
  vm_ref ref;
  assert_int_equal(vm_symbol_new(w->isolate, text, strlen(text), &ref, &w->error), VM_OK);
  return ref;
}

static void test_symbols(void **state)
{
  api_world *w = *state;
  vm_ref a = symbol(w, "name"), b = symbol(w, "name"), c = symbol(w, "other"), none;
  vm_dynamic_kind kind;
  const char *bytes;
  size_t size;
  int same;
  assert_int_equal(vm_ref_same(w->isolate, a, b, &same, &w->error), VM_OK);
  assert_true(same);
  assert_int_equal(vm_ref_same(w->isolate, a, c, &same, &w->error), VM_OK);
  assert_false(same);
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  assert_int_equal(vm_symbol_read(w->isolate, a, &bytes, &size, &w->error), VM_OK);
  assert_int_equal(size, 4);
  assert_memory_equal(bytes, "name", 4);
  assert_int_equal(vm_symbol_new(w->isolate, NULL, 0, &none, &w->error), VM_OK);
  assert_int_equal(vm_symbol_read(w->isolate, none, &bytes, &size, &w->error), VM_OK);
  assert_int_equal(size, 0);
  assert_int_equal(vm_dynamic_get_kind(w->isolate, a, &kind, &w->error), VM_OK);
  assert_int_equal(kind, VM_DYNAMIC_SYMBOL);
  assert_int_equal(vm_dynamic_get_kind(w->isolate, vm_ref_null(), &kind, &w->error), VM_OK);
  assert_int_equal(kind, VM_DYNAMIC_OTHER);
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_symbol_new(w->isolate, NULL, 1, &none, &w->error));
  API_FAILS(w, VM_LIMIT, "bytes", vm_symbol_new(w->isolate, "", (size_t)1 << 31, &none, &w->error));
  API_FAILS(w, VM_HANDLE, "null", vm_symbol_read(w->isolate, vm_ref_null(), &bytes, &size, &w->error));
  vm_ref node = api_node(w, 1, vm_ref_null());
  API_FAILS(w, VM_HANDLE, "expected a symbol", vm_symbol_read(w->isolate, node, &bytes, &size, &w->error));
}

static void test_maps(void **state)
{
  api_world *w = *state;
  vm_ref map;
  vm_value out, key, value;
  int there;
  assert_int_equal(vm_map_new(w->isolate, &map, &w->error), VM_OK);
  for (int32_t i = 0; i < 100; i++) {
    key = vm_dyn_int(3 * i);
    value = vm_dyn_double(i);
    assert_int_equal(vm_map_set(w->isolate, map, &key, &value, &w->error), VM_OK);
  }
  key = vm_dyn_double(6); /* the integer of that value */
  assert_int_equal(vm_map_get(w->isolate, map, &key, &out, &there, &w->error), VM_OK);
  assert_true(there && vm_dyn_is_immediate(out) && out.of.dyn == vm_dyn_double(2).of.dyn);
  assert_int_equal(vm_map_delete(w->isolate, map, &key, &there, &w->error), VM_OK);
  assert_true(there);
  assert_int_equal(vm_map_get(w->isolate, map, &key, &out, &there, &w->error), VM_OK);
  assert_true(!there && vm_dyn_is_nil(out));
  uint32_t position = 0, count = 0;
  while (vm_map_next(w->isolate, map, &position, &key, &value, &w->error) == VM_OK) count++;
  assert_int_equal(count, 99);
  assert_int_equal(vm_map_get_length(w->isolate, map, &count, &w->error), VM_OK);
  assert_int_equal(count, 99);
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_map_get_length(w->isolate, map, NULL, &w->error));
  API_FAILS(w, VM_HANDLE, "expected a map",
            vm_map_get_length(w->isolate, symbol(w, "s"), &count, &w->error));
  assert_int_equal(vm_map_next(w->isolate, map, &position, NULL, NULL, &w->error), VM_NOT_FOUND);
  key = vm_value_i32(1);
  API_FAILS(w, VM_ARGUMENT, "key", vm_map_get(w->isolate, map, &key, &out, NULL, &w->error));
  API_FAILS(w, VM_HANDLE, "expected a map",
            vm_map_delete(w->isolate, symbol(w, "s"), &key, NULL, &w->error));
}

static void test_objects(void **state)
{
  api_world *w = *state;
  vm_ref proto, object, other, name = symbol(w, "x");
  vm_value out, value = vm_dyn_int(7);
  assert_int_equal(vm_shaped_new(w->isolate, vm_ref_null(), &proto, &w->error), VM_OK);
  assert_int_equal(vm_shaped_new(w->isolate, proto, &object, &w->error), VM_OK);
  assert_int_equal(vm_shaped_put(w->isolate, proto, name, &value, &w->error), VM_OK);
  assert_int_equal(vm_shaped_get(w->isolate, object, name, &out, &w->error), VM_OK);
  assert_true(out.of.dyn == value.of.dyn);
  value = vm_dyn_ref(name);
  assert_int_equal(vm_shaped_put(w->isolate, object, name, &value, &w->error), VM_OK);
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  assert_int_equal(vm_shaped_get(w->isolate, object, name, &out, &w->error), VM_OK);
  int same = 0;
  assert_true(vm_dyn_is_ref(out));
  assert_int_equal(vm_ref_same(w->isolate, out.of.ref, name, &same, &w->error), VM_OK);
  assert_true(same);
  assert_int_equal(vm_shaped_get(w->isolate, object, symbol(w, "y"), &out, &w->error), VM_OK);
  assert_true(vm_dyn_is_nil(out));
  API_FAILS(w, VM_HANDLE, "name: expected a symbol",
            vm_shaped_get(w->isolate, object, object, &out, &w->error));
  API_FAILS(w, VM_HANDLE, "prototype", vm_shaped_new(w->isolate, name, &other, &w->error));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_symbols, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_maps, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_objects, api_setup, api_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
