/* api_calls.c - calls through the API, what an instance exports, and arguments that are wrong.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api_fixture.h"

static void test_call(void **state)
{
  api_world *w = *state;
  vm_value args[2] = {vm_value_i32(40), vm_value_i32(2)}, result;
  assert_int_equal(vm_call(w->isolate, api_func(w, "add"), args, 2, &result, 1, &w->error), VM_OK);
  assert_int_equal(result.kind, VM_KIND_I32);
  assert_int_equal(result.of.i32, 42);
}

static void test_every_kind(void **state)
{
  api_world *w = *state;
  vm_ref node = api_node(w, 3, vm_ref_null());
  vm_value args[6] = {vm_value_i32(-1),   vm_value_i64(INT64_MIN), vm_value_f32(1.5f),
                      vm_value_f64(-0.0), vm_dyn_double(2.5),      vm_value_ref(node)};
  vm_value r[6];
  vm_ref all = api_func(w, "all");
  assert_int_equal(vm_call(w->isolate, all, args, 6, r, 6, &w->error), VM_OK);
  assert_int_equal(r[0].of.i32, -1);
  assert_true(r[1].of.i64 == INT64_MIN);
  assert_true(r[2].of.f32 == 1.5f);
  assert_memory_equal(&r[3].of.f64, &args[3].of.f64, 8);
  assert_true(vm_dyn_is_double(r[4]) && vm_dyn_to_double(r[4]) == 2.5);
  int same = 0;
  assert_int_equal(vm_ref_same(w->isolate, node, r[5].of.ref, &same, &w->error), VM_OK);
  assert_true(same);
  const vm_value dyns[] = {vm_dyn_nil(), vm_dyn_bool(1), vm_dyn_bool(0), vm_dyn_int(INT32_MIN),
                           vm_dyn_ref(node), vm_dyn_ref(vm_ref_null())};
  for (size_t i = 0; i < 6; i++) {
    args[4] = dyns[i];
    args[5] = vm_value_null();
    assert_int_equal(vm_call(w->isolate, all, args, 6, r, 6, &w->error), VM_OK);
    assert_int_equal(r[4].is_ref, i == 4);
    if (i != 4) assert_true(r[4].of.dyn == dyns[i].of.dyn || i == 5);
    assert_true(vm_ref_is_null(r[5].of.ref));
  }
  assert_int_equal(vm_dyn_to_int(dyns[3]), INT32_MIN);
}

static void test_wrong_arguments(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = w->isolate;
  vm_ref add = api_func(w, "add"), take = api_func(w, "take");
  vm_value args[2] = {vm_value_i32(1), vm_value_f64(2)}, result;
  API_FAILS(w, VM_ARGUMENT, "argument 2: expected i32, found f64",
            vm_call(iso, add, args, 2, &result, 1, &w->error));
  API_FAILS(w, VM_ARGUMENT, "expected 2, found 1", vm_call(iso, add, args, 1, &result, 1,
      &w->error));
  args[1] = vm_value_i32(1);
  API_FAILS(w, VM_ARGUMENT, "results: expected room for 1, found 0",
            vm_call(iso, add, args, 2, NULL, 0, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_call(iso, add, NULL, 2, &result, 1, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_call(iso, add, args, 2, NULL, 1, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_call(NULL, add, args, 2, &result, 1, &w->error));
  API_FAILS(w, VM_HANDLE, "null", vm_call(iso, vm_ref_null(), args, 2, &result, 1, &w->error));
  args[0] = vm_value_null();
  API_FAILS(w, VM_ARGUMENT, "argument 1: expected (ref Node), found null",
            vm_call(iso, take, args, 1, &result, 1, &w->error));
  args[0] = vm_value_ref(add);
  API_FAILS(w, VM_ARGUMENT, "argument 1: expected (ref Node)",
            vm_call(iso, take, args, 1, &result, 1, &w->error));
  args[0].of.ref.serial += 1000;
  API_FAILS(w, VM_HANDLE, "stale", vm_call(iso, take, args, 1, &result, 1, &w->error));
  args[0] = vm_value_i32(0);
  args[0].kind = 77;
  API_FAILS(w, VM_ARGUMENT, "no known kind", vm_call(iso, take, args, 1, &result, 1, &w->error));
  vm_ref node = api_node(w, 1, vm_ref_null());
  API_FAILS(w, VM_HANDLE, "expected func", vm_call(iso, node, args, 1, &result, 1, &w->error));
  /* Words that would be taken for addresses. */
  vm_value all[6] = {vm_value_i32(0), vm_value_i64(0),       vm_value_f32(0),
                     vm_value_f64(0), vm_value_dyn(0x12340), vm_value_null()};
  vm_value r[6];
  API_FAILS(w, VM_ARGUMENT, "argument 5", vm_call(iso, api_func(w, "all"), all, 6, r, 6,
      &w->error));
  assert_int_equal(vm_call(iso, add, args, 2, &result, 1, NULL), VM_ARGUMENT);
}

static void test_func_type(void **state)
{
  api_world *w = *state;
  vm_func_type t;
  assert_int_equal(vm_func_get_type(w->isolate, api_func(w, "take"), &t, &w->error), VM_OK);
  assert_int_equal(t.nparams, 1);
  assert_int_equal(t.nresults, 1);
  assert_int_equal(t.params[0], VM_REF(api_type(w, "Node")));
  assert_int_equal(t.results[0], VM_I64);
  API_FAILS(w, VM_HANDLE, "null", vm_func_get_type(w->isolate, vm_ref_null(), &t, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL",
            vm_func_get_type(w->isolate, api_func(w, "add"), NULL, &w->error));
}

static void test_globals(void **state)
{
  api_world *w = *state;
  vm_value v;
  assert_int_equal(vm_instance_get_global(w->instance, "counter", &v, &w->error), VM_OK);
  assert_int_equal(v.of.i32, 5);
  v = vm_value_i32(-8);
  assert_int_equal(vm_instance_set_global(w->instance, "counter", &v, &w->error), VM_OK);
  assert_int_equal(vm_instance_get_global(w->instance, "counter", &v, &w->error), VM_OK);
  assert_int_equal(v.of.i32, -8);
  assert_int_equal(vm_instance_get_global(w->instance, "fixed", &v, &w->error), VM_OK);
  assert_true(v.kind == VM_KIND_F64 && v.of.f64 == 3.0);
  API_FAILS(w, VM_ARGUMENT, "immutable", vm_instance_set_global(w->instance, "fixed", &v,
      &w->error));
  API_FAILS(w, VM_ARGUMENT, "expected i32, found f64",
            vm_instance_set_global(w->instance, "counter", &v, &w->error));
  API_FAILS(w, VM_NOT_FOUND, "nothing called", vm_instance_get_global(w->instance, "x", &v,
      &w->error));
  API_FAILS(w, VM_NOT_FOUND, "expected a global, found a function",
            vm_instance_get_global(w->instance, "add", &v, &w->error));
  v = vm_value_ref(api_node(w, 17, vm_ref_null()));
  assert_int_equal(vm_instance_set_global(w->instance, "node", &v, &w->error), VM_OK);
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  assert_int_equal(vm_instance_get_global(w->instance, "node", &v, &w->error), VM_OK);
  assert_int_equal(vm_struct_get(w->isolate, v.of.ref, 0, &v, &w->error), VM_OK);
  assert_int_equal(v.of.i64, 17);
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_instance_get_global(NULL, "node", &v, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_instance_get_global(w->instance, NULL, &v, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_instance_get_global(w->instance, "node", NULL, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_instance_set_global(w->instance, "node", NULL, &w->error));
}

static void test_memory(void **state)
{
  api_world *w = *state;
  char text[6] = "";
  assert_int_equal(vm_instance_read_memory(w->instance, "mem", 16, text, 5, &w->error), VM_OK);
  assert_string_equal(text, "hello");
  assert_int_equal(vm_instance_write_memory(w->instance, "mem", 65535, "!", 1, &w->error), VM_OK);
  uint8_t *base = NULL;
  uint64_t size = 0;
  assert_int_equal(vm_instance_view_memory(w->instance, "mem", &base, &size, &w->error), VM_OK);
  assert_int_equal(size, 65536);
  assert_int_equal(base[65535], '!');
  assert_int_equal(vm_instance_write_memory(w->instance, "mem", 65536, NULL, 0, &w->error), VM_OK);
  API_FAILS(w, VM_ARGUMENT, "out of bounds",
            vm_instance_read_memory(w->instance, "mem", 65535, text, 2, &w->error));
  API_FAILS(w, VM_ARGUMENT, "out of bounds",
            vm_instance_read_memory(w->instance, "mem", UINT64_MAX, text, 2, &w->error));
  API_FAILS(w, VM_ARGUMENT, "out of bounds",
            vm_instance_write_memory(w->instance, "mem", 1, text, SIZE_MAX, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL",
            vm_instance_write_memory(w->instance, "mem", 0, NULL, 1, &w->error));
  API_FAILS(w, VM_NOT_FOUND, "memory", vm_instance_view_memory(w->instance, "tab", &base, &size,
      &w->error));
  assert_null(base);
}

static void test_table(void **state)
{
  api_world *w = *state;
  uint32_t n = 0;
  vm_ref f;
  assert_int_equal(vm_instance_get_table_size(w->instance, "tab", &n, &w->error), VM_OK);
  assert_int_equal(n, 3);
  assert_int_equal(vm_instance_get_table(w->instance, "tab", 1, &f, &w->error), VM_OK);
  assert_true(vm_ref_is_null(f));
  assert_int_equal(vm_instance_get_table(w->instance, "tab", 0, &f, &w->error), VM_OK);
  int same = 0;
  assert_int_equal(vm_ref_same(w->isolate, f, api_func(w, "add"), &same, &w->error), VM_OK);
  assert_true(same);
  assert_int_equal(vm_instance_set_table(w->instance, "tab", 2, f, &w->error), VM_OK);
  assert_int_equal(vm_instance_get_table(w->instance, "tab", 2, &f, &w->error), VM_OK);
  assert_false(vm_ref_is_null(f));
  API_FAILS(w, VM_ARGUMENT, "out of bounds", vm_instance_get_table(w->instance, "tab", 3, &f,
      &w->error));
  vm_ref node = api_node(w, 1, vm_ref_null());
  API_FAILS(w, VM_ARGUMENT, "expected (ref null func)",
            vm_instance_set_table(w->instance, "tab", 0, node, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_instance_set_table(NULL, "tab", 0, f, &w->error));
}

static void test_types(void **state)
{
  api_world *w = *state;
  vm_typeid a = 0, b = 0;
  assert_int_equal(vm_instance_get_type(w->instance, "Leaf", &a, &w->error), VM_OK);
  assert_int_equal(vm_instance_get_type_at(w->instance, 1, &b, &w->error), VM_OK);
  assert_int_equal(a, b);
  API_FAILS(w, VM_NOT_FOUND, "no type called", vm_instance_get_type(w->instance, "x", &a,
      &w->error));
  API_FAILS(w, VM_ARGUMENT, "type 9999", vm_instance_get_type_at(w->instance, 9999, &a, &w->error));
}

static void test_second_instance(void **state)
{
  api_world *w = *state;
  const char *text = "import func add \"demo\" \"add\" (i32, i32) -> (i32)\n"
                     "import global counter \"demo\" \"counter\" mut i32\n"
                     "func bump () -> (i32) {\n global.get counter\n i32.const 1\n call add\n"
                     " global.set counter\n global.get counter\n return\n}\n"
                     "export func \"bump\" bump\n";
  vm_module *m = NULL;
  vm_instance *inst = NULL;
  assert_int_equal(vm_module_assemble(w->engine, text, strlen(text), &m, &w->error), VM_OK);
  API_FAILS(w, VM_LINK, "demo", vm_instance_new(w->isolate, m, &inst, &w->error));
  assert_null(inst);
  assert_int_equal(vm_instance_define(w->instance, "demo", &w->error), VM_OK);
  API_FAILS(w, VM_STATE, "already", vm_instance_define(w->instance, "demo", &w->error));
  assert_int_equal(vm_instance_new(w->isolate, m, &inst, &w->error), VM_OK);
  vm_module_free(m); /* the isolate keeps it */
  vm_ref bump, add;
  vm_value r;
  assert_int_equal(vm_instance_get_func(inst, "bump", &bump, &w->error), VM_OK);
  assert_int_equal(vm_call(w->isolate, bump, NULL, 0, &r, 1, &w->error), VM_OK);
  assert_int_equal(r.of.i32, 6);
  assert_int_equal(vm_instance_get_global(w->instance, "counter", &r, &w->error), VM_OK);
  assert_int_equal(r.of.i32, 6);
  assert_int_equal(vm_isolate_get_func(w->isolate, "demo", "add", &add, &w->error), VM_OK);
  API_FAILS(w, VM_NOT_FOUND, "demo", vm_isolate_get_func(w->isolate, "demo", "x", &add, &w->error));
  assert_true(vm_ref_is_null(add));
}

static void test_host_function_by_reference(void **state)
{
  api_world *w = *state;
  vm_ref f;
  vm_value args[2] = {vm_value_i32(1), vm_dyn_int(77)}, r;
  assert_int_equal(vm_isolate_get_func(w->isolate, "host", "f", &f, &w->error), VM_OK);
  assert_int_equal(vm_call(w->isolate, f, args, 2, &r, 1, &w->error), VM_OK);
  assert_int_equal(vm_dyn_to_int(r), 77);
}

/* Run with VM_TEST_TIER_2, these tests are about compiled code indeed. */
static void test_tier(void **state)
{
  api_world *w = *state;
  bool compiled = getenv("VM_TEST_TIER_2") != NULL;
  vm_function_info f;
  assert_int_equal(vm_module_get_function(w->module, 1, &f, &w->error), VM_OK);
  assert_int_equal(f.state, compiled ? VM_FUNCTION_COMPILED : VM_FUNCTION_INTERPRETED);
  vm_engine_stats s = {.size = sizeof s};
  assert_int_equal(vm_engine_get_stats(w->engine, &s, &w->error), VM_OK);
  assert_int_equal(s.compiler_available, compiled);
  assert_int_equal(s.failed_units, 0);
  if (compiled) assert_int_equal(s.compiled_functions, vm_module_function_count(w->module) - 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)
  const struct CMUnitTest tests[] = {
    T(test_call), T(test_every_kind), T(test_wrong_arguments), T(test_func_type), T(test_globals),
    T(test_memory), T(test_table), T(test_types), T(test_second_instance),
    T(test_host_function_by_reference), T(test_tier),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
