/* api_lifecycle.c - engines, modules and isolates from start to end, in any order, without memory.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api_fixture.h"

/* ---- engine ---- */

static void test_engine(void **state)
{
  (void)state;
  vm_engine *e = NULL;
  vm_error error = VM_ERROR_INIT;
  assert_int_equal(vm_engine_new(NULL, &e, &error), VM_OK);
  assert_int_equal(vm_engine_drain(e, &error), VM_OK);
  vm_engine_stats stats = {.size = sizeof stats};
  assert_int_equal(vm_engine_get_stats(e, &stats, &error), VM_OK);
  assert_int_equal(stats.tier, VM_TIER_AUTO);
  assert_int_equal(stats.compiled_functions, 0);
  assert_int_equal(vm_engine_free(e, &error), VM_OK);
  assert_int_equal(vm_engine_free(NULL, &error), VM_OK);
  assert_int_equal(vm_engine_new(NULL, NULL, NULL), VM_ARGUMENT);
  assert_int_equal(vm_engine_drain(NULL, NULL), VM_ARGUMENT);
  assert_int_equal(vm_version_number(), VM_VERSION_NUMBER);
  assert_string_equal(vm_version_text(), VM_VERSION_TEXT);
}

static vm_status try_config(vm_engine_config c)
{
  vm_engine *e = (vm_engine *)&c;
  vm_error error = VM_ERROR_INIT;
  vm_status s = vm_engine_new(&c, &e, &error);
  if (s != VM_OK) {
    assert_null(e);
    assert_true(error.message[0] != '\0');
  }
  vm_engine_free(e, NULL);
  return s;
}

static void test_engine_config(void **state)
{
  (void)state;
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  assert_int_equal(try_config(c), VM_OK);
  c.tier = (vm_tier)9;
  assert_int_equal(try_config(c), VM_ARGUMENT);
  c.tier = VM_TIER_0;
  c.gc_flags = 64;
  assert_int_equal(try_config(c), VM_ARGUMENT);
  c.gc_flags = VM_GC_STRESS;
  c.worker = "worker";
  assert_int_equal(try_config(c), VM_ARGUMENT);
  c.worker = "/nonexistent/worker";
  c.temp_dir = "tmp";
  assert_int_equal(try_config(c), VM_ARGUMENT);
  c.temp_dir = "/tmp";
  assert_int_equal(try_config(c), VM_OK);
  c.tier_flags = VM_TIER_SWITCH;
  assert_int_equal(try_config(c), VM_OK);
  c.tier_flags = VM_TIER_FORCE_GUESSES << 1;
  assert_int_equal(try_config(c), VM_ARGUMENT);
  c.tier_flags = 0;
  c.size = 3;
  assert_int_equal(try_config(c), VM_ARGUMENT);
  c.size = offsetof(vm_engine_config, gc_flags); /* an older caller */
  assert_int_equal(try_config(c), VM_OK);
  struct {
    vm_engine_config c;
    uint64_t newer;
  } large = {VM_ENGINE_CONFIG_INIT, 0};
  vm_engine *e = NULL;
  large.c.size = sizeof large;
  assert_int_equal(vm_engine_new(&large.c, &e, NULL), VM_OK);
  vm_engine_free(e, NULL);
  large.newer = 1;
  assert_int_equal(vm_engine_new(&large.c, &e, NULL), VM_ARGUMENT);
  assert_null(e);
}

/* Frames that went from interpreter to interpreter in two isolates of an engine. */
static void count_switches(vm_tier tier, uint32_t flags, uint32_t seed, uint64_t counts[4])
{
  static const char text[] =
    "func main () -> (i32) {\n  local i: i32\nagain:\n  local.get i\n  i32.const 1\n  i32.add\n"
    "  local.tee i\n  i32.const 400\n  i32.lt_s\n  br_if again\n  local.get i\n  return\n}\n"
    "export func \"main\" main\n";
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_engine *e;
  vm_module *m;
  config.tier = tier;
  config.tier_flags = flags;
  config.switch_seed = seed;
  assert_int_equal(vm_engine_new(&config, &e, NULL), VM_OK);
  assert_int_equal(vm_module_assemble(e, text, sizeof text - 1, &m, NULL), VM_OK);
  for (int i = 0; i < 2; i++) {
    vm_isolate *isolate;
    vm_instance *instance;
    vm_ref main;
    vm_value result;
    vm_isolate_stats s = {.size = sizeof s};
    assert_int_equal(vm_isolate_new(e, NULL, &isolate, NULL), VM_OK);
    assert_int_equal(vm_instance_new(isolate, m, &instance, NULL), VM_OK);
    assert_int_equal(vm_instance_get_func(instance, "main", &main, NULL), VM_OK);
    assert_int_equal(vm_call(isolate, main, NULL, 0, &result, 1, NULL), VM_OK);
    assert_int_equal(result.of.i32, 400);
    assert_int_equal(vm_isolate_get_stats(isolate, &s, NULL), VM_OK);
    assert_int_equal(s.loop_entries + s.code_exits, 0);
    counts[2 * i] = s.quickenings;
    counts[2 * i + 1] = s.slowdowns;
    assert_int_equal(vm_isolate_free(isolate, NULL), VM_OK);
  }
  vm_module_free(m);
  assert_int_equal(vm_engine_free(e, NULL), VM_OK);
}

static void test_switching(void **state)
{
  (void)state;
  uint64_t a[4], b[4], c[4];
  count_switches(VM_TIER_1, VM_TIER_SWITCH, 1, a);
  count_switches(VM_TIER_1, VM_TIER_SWITCH, 1, b);
  count_switches(VM_TIER_1, VM_TIER_SWITCH, 2, c);
  for (int i = 0; i < 4; i++) assert_in_range(a[i], 50, 200); /* about 100 of 400 */
  assert_memory_equal(a, b, sizeof a);
  assert_memory_not_equal(a, c, sizeof a);
  assert_memory_not_equal(&a[0], &a[2], 2 * sizeof a[0]); /* isolates draw differently */
  count_switches(VM_TIER_1, 0, 1, a);
  for (int i = 0; i < 4; i++) assert_int_equal(a[i], 0);
  count_switches(VM_TIER_0, VM_TIER_SWITCH, 1, a); /* only one tier to be in */
  for (int i = 0; i < 4; i++) assert_int_equal(a[i], 0);
}

static void test_order(void **state)
{
  api_world *w = *state;
  API_FAILS(w, VM_STATE, "still exist", vm_engine_free(w->engine, &w->error));
  vm_engine *other = NULL;
  vm_isolate *isolate = NULL;
  vm_instance *instance = NULL;
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  c.tier = VM_TIER_0;
  assert_int_equal(vm_engine_new(&c, &other, &w->error), VM_OK);
  assert_int_equal(vm_isolate_new(other, NULL, &isolate, &w->error), VM_OK);
  API_FAILS(w, VM_ARGUMENT, "different engines",
            vm_instance_new(isolate, w->module, &instance, &w->error));
  API_FAILS(w, VM_STATE, "still exist", vm_engine_free(other, &w->error));
  assert_int_equal(vm_isolate_free(isolate, &w->error), VM_OK);
  assert_int_equal(vm_isolate_free(NULL, &w->error), VM_OK);
  assert_int_equal(vm_engine_free(other, &w->error), VM_OK);
  assert_ptr_equal(vm_module_engine(w->module), w->engine);
  assert_ptr_equal(vm_isolate_engine(w->isolate), w->engine);
  assert_ptr_equal(vm_instance_isolate(w->instance), w->isolate);
  assert_ptr_equal(vm_instance_module(w->instance), w->module);
  assert_null(vm_module_engine(NULL));
  assert_null(vm_instance_module(NULL));
}

/* ---- modules ---- */

static void test_module_errors(void **state)
{
  api_world *w = *state;
  vm_module *m = (vm_module *)w;
  API_FAILS(w, VM_MALFORMED, "", vm_module_load(w->engine, "garbage!", 8, &m, &w->error));
  assert_null(m);
  API_FAILS(w, VM_MALFORMED, "", vm_module_load(w->engine, "", 0, &m, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_module_load(NULL, "x", 1, &m, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_module_load(w->engine, NULL, 1, &m, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_module_load(w->engine, "x", 1, NULL, &w->error));
  API_FAILS(w, VM_SYNTAX, "", vm_module_assemble(w->engine, "func (", 6, &m, &w->error));
  assert_int_equal(w->error.line, 1);
  const char *wrong = "func f () -> (i32) {\n  f64.const 0\n  return\n}\n";
  API_FAILS(w, VM_INVALID, "expected", vm_module_assemble(w->engine, wrong, strlen(wrong), &m,
      &w->error));
  assert_int_equal(w->error.function, 0);
  vm_module_free(NULL);
}

static void test_module_info(void **state)
{
  api_world *w = *state;
  assert_string_equal(vm_module_name(w->module), "demo");
  assert_string_equal(vm_module_name(NULL), "");
  assert_int_equal(vm_module_import_count(w->module), 1);
  assert_int_equal(vm_module_import_count(NULL), 0);
  vm_entity_info e;
  assert_int_equal(vm_module_get_import(w->module, 0, &e, &w->error), VM_OK);
  assert_string_equal(e.module, "host");
  assert_string_equal(e.name, "f");
  assert_int_equal(e.kind, VM_ENTITY_FUNC);
  assert_string_equal(e.type, "(i32, dyn) -> (dyn)");
  API_FAILS(w, VM_ARGUMENT, "the module has 1", vm_module_get_import(w->module, 1, &e, &w->error));
  const char *types[VM_ENTITY_TYPE + 1] = {
    [VM_ENTITY_TABLE] = "(ref null func) 3", [VM_ENTITY_MEMORY] = "1 2",
        [VM_ENTITY_GLOBAL] = "mut i32"};
  uint32_t n = vm_module_export_count(w->module);
  bool seen[VM_ENTITY_TYPE + 1] = {0};
  for (uint32_t i = 0; i < n; i++) {
    assert_int_equal(vm_module_get_export(w->module, i, &e, &w->error), VM_OK);
    assert_null(e.module);
    if (!seen[e.kind] && types[e.kind]) assert_string_equal(e.type, types[e.kind]);
    if (e.kind == VM_ENTITY_TYPE) assert_memory_equal(e.type,
        "struct { value: mut i64, next: mut (ref null", 44);
    seen[e.kind] = true;
  }
  for (int k = 0; k <= VM_ENTITY_TYPE; k++) assert_true(seen[k]);
  API_FAILS(w, VM_ARGUMENT, "export", vm_module_get_export(w->module, n, &e, &w->error));
  vm_function_info f;
  assert_int_equal(vm_module_get_function(w->module, 0, &f, &w->error), VM_OK);
  assert_int_equal(f.state, VM_FUNCTION_IMPORTED);
  assert_int_equal(vm_module_get_function(w->module, 1, &f, &w->error), VM_OK);
  assert_string_equal(f.name, "add");
  assert_string_equal(f.file, "demo.src");
  assert_int_equal(f.state, VM_FUNCTION_INTERPRETED);
  assert_true(f.nparams == 2 && f.nresults == 1 && f.code_size > 0 && f.frame_size > 4);
  API_FAILS(w, VM_ARGUMENT, "function",
            vm_module_get_function(w->module, vm_module_function_count(w->module), &f, &w->error));
}

static void test_no_compiler(void **state)
{
  api_world *w = *state;
  const uint32_t wrong = 5000;
  API_FAILS(w, VM_COMPILE, "VM_TIER_0", vm_module_compile(w->module, NULL, 0, &w->error));
  API_FAILS(w, VM_ARGUMENT, "function 5000", vm_module_compile(w->module, &wrong, 1, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_module_compile(w->module, NULL, 1, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_module_compile(NULL, NULL, 0, &w->error));
  vm_engine_stats s = {.size = sizeof s};
  assert_int_equal(vm_engine_get_stats(w->engine, &s, &w->error), VM_OK);
  assert_int_equal(s.compiler_available, 0);
  assert_non_null(strstr(s.compiler_reason, "VM_TIER_0"));
}

/* ---- text ---- */

static void test_text(void **state)
{
  (void)state;
  api_counter c = {0};
  vm_allocator a = {api_counting, &c};
  vm_error error = VM_ERROR_INIT;
  uint8_t *bytes = NULL, *again = NULL;
  size_t size = 0, again_size = 0, length = 0;
  char *text = NULL;
  assert_int_equal(vm_text_assemble(&a, API_TEXT, strlen(API_TEXT), &bytes, &size, &error), VM_OK);
  assert_int_equal(vm_text_disassemble(&a, bytes, size, &text, &length, &error), VM_OK);
  assert_int_equal(strlen(text), length);
  assert_int_equal(vm_text_assemble(&a, text, length, &again, &again_size, &error), VM_OK);
  assert_int_equal(size, again_size);
  assert_memory_equal(bytes, again, size);
  vm_text_bytes_free(&a, again, again_size);
  vm_text_free(&a, text, length);
  assert_int_equal(vm_text_disassemble(&a, bytes, size - 1, &text, &length, &error), VM_MALFORMED);
  assert_null(text);
  vm_text_bytes_free(&a, bytes, size);
  vm_text_free(&a, NULL, 0);
  assert_int_equal(vm_text_assemble(&a, NULL, 0, &bytes, &size, NULL), VM_ARGUMENT);
  assert_int_equal(vm_text_assemble(&a, "x", 1, NULL, &size, NULL), VM_ARGUMENT);
  assert_int_equal(vm_text_disassemble(&a, "x", 1, &text, NULL, NULL), VM_ARGUMENT);
  assert_int_equal(c.bytes, 0);
}

/* ---- isolates ---- */

static vm_status nothing(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  return VM_OK;
}

static void drop(void *user) { ++*(int *)user; }

static void test_define(void **state)
{
  api_world *w = *state;
  int dropped = 0;
  vm_isolate *iso = NULL;
  const vm_type declared = VM_REF(3), packed = VM_I8, stray = VM_I32 | 1,
      fine = VM_REF_NULL(VM_HEAP_EXN);
  vm_type many[1001] = {0};
  assert_int_equal(vm_isolate_new(w->engine, NULL, &iso, &w->error), VM_OK);
#define DEFINE(module, name, params, n, fn) \
  vm_isolate_define_func(iso, module, name, params, n, NULL, 0, fn, &dropped, drop, &w->error)
  assert_int_equal(DEFINE("m", "f", &fine, 1, nothing), VM_OK);
  API_FAILS(w, VM_STATE, "already", DEFINE("m", "f", NULL, 0, nothing));
  API_FAILS(w, VM_ARGUMENT, "parameter 1", DEFINE("m", "g", &declared, 1, nothing));
  API_FAILS(w, VM_ARGUMENT, "parameter 1", DEFINE("m", "g", &packed, 1, nothing));
  API_FAILS(w, VM_ARGUMENT, "parameter 1", DEFINE("m", "g", &stray, 1, nothing));
  API_FAILS(w, VM_ARGUMENT, "at most 1000, found 1001", DEFINE("m", "g", many, 1001, nothing));
  API_FAILS(w, VM_ARGUMENT, "results: expected at most 255, found 256",
            vm_isolate_define_func(iso, "m", "g", NULL, 0, many, 256, nothing, NULL, NULL, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", DEFINE("m", "g", NULL, 1, nothing));
  API_FAILS(w, VM_ARGUMENT, "NULL", DEFINE("m", "g", NULL, 0, NULL));
  API_FAILS(w, VM_ARGUMENT, "NULL", DEFINE(NULL, "g", NULL, 0, nothing));
  API_FAILS(w, VM_ARGUMENT, "NULL", DEFINE("m", NULL, NULL, 0, nothing));
  assert_int_equal(DEFINE("m", "g", many, 1000, nothing), VM_OK);
  assert_int_equal(vm_isolate_free(iso, &w->error), VM_OK);
  assert_int_equal(dropped, 2);
}

static void test_isolate_config(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = NULL;
  vm_isolate_config c = VM_ISOLATE_CONFIG_INIT;
  c.stack_size = SIZE_MAX;
  API_FAILS(w, VM_LIMIT, "stack_size", vm_isolate_new(w->engine, &c, &iso, &w->error));
  c.stack_size = 1;
  c.gc_flags = 256;
  API_FAILS(w, VM_ARGUMENT, "gc_flags", vm_isolate_new(w->engine, &c, &iso, &w->error));
  c.gc_flags = VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY;
  assert_int_equal(vm_isolate_new(w->engine, &c, &iso, &w->error), VM_OK);
  assert_int_equal(vm_isolate_free(iso, &w->error), VM_OK);
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_isolate_new(NULL, &c, &iso, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_isolate_new(w->engine, &c, NULL, &w->error));
}

static void test_stats(void **state)
{
  api_world *w = *state;
  vm_isolate_stats s = {.size = sizeof s};
  api_node(w, 1, vm_ref_null());
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  assert_int_equal(vm_isolate_get_stats(w->isolate, &s, &w->error), VM_OK);
  assert_int_equal(s.size, sizeof s);
  assert_true(s.calls == 1 && s.collections >= 1 && s.allocated_bytes > 0);
  s.size = 2;
  API_FAILS(w, VM_ARGUMENT, "size", vm_isolate_get_stats(w->isolate, &s, &w->error));
  struct {
    size_t size;
    uint64_t calls, guard;
  } small = {16, 0, 77}; /* of an older version */
  assert_int_equal(vm_isolate_get_stats(w->isolate, (vm_isolate_stats *)&small, &w->error), VM_OK);
  assert_true(small.calls == 1 && small.guard == 77);
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_isolate_get_stats(NULL, &s, &w->error));
}

/* ---- nothing where something is asked for ---- */

static void test_nulls(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = w->isolate;
  const vm_ref null = vm_ref_null();
  const vm_scope scope = {0, 0};
  const vm_status found[] = {
    vm_engine_get_stats(NULL, NULL, NULL), vm_engine_get_stats(w->engine, NULL, NULL),
    vm_module_get_import(NULL, 0, NULL, NULL), vm_module_get_export(NULL, 0, NULL, NULL),
    vm_module_get_function(NULL, 0, NULL, NULL), vm_module_compile(NULL, NULL, 0, NULL),
    vm_isolate_define_func(NULL, NULL, NULL, NULL, 0, NULL, 0, NULL, NULL, NULL, NULL),
    vm_isolate_get_func(NULL, NULL, NULL, NULL, NULL), vm_isolate_get_func(iso, "a", "b", NULL,
        NULL),
    vm_isolate_interrupt(NULL, NULL), vm_isolate_set_fuel(NULL, 0, NULL),
    vm_isolate_get_fuel(NULL, NULL, NULL), vm_isolate_get_fuel(iso, NULL, NULL),
    vm_isolate_set_deadline(NULL, 0, NULL), vm_isolate_trap(NULL, VM_TRAP_HOST),
    vm_isolate_collect(NULL, NULL), vm_isolate_run_finalizers(NULL, NULL, NULL),
    vm_isolate_verify_heap(NULL, NULL), vm_isolate_get_stats(iso, NULL, NULL),
    vm_instance_new(NULL, NULL, NULL, NULL), vm_instance_new(iso, NULL, NULL, NULL),
    vm_instance_new(iso, w->module, NULL, NULL), vm_instance_define(NULL, NULL, NULL),
    vm_instance_define(w->instance, NULL, NULL), vm_instance_get_func(NULL, NULL, NULL, NULL),
    vm_instance_get_func(w->instance, "add", NULL, NULL), vm_func_get_type(NULL, null, NULL, NULL),
    vm_call(NULL, null, NULL, 0, NULL, 0, NULL), vm_instance_get_type(NULL, NULL, NULL, NULL),
    vm_instance_get_type(w->instance, "Node", NULL, NULL),
    vm_instance_get_type_at(NULL, 0, NULL, NULL), vm_instance_get_table_size(NULL, NULL, NULL,
        NULL),
    vm_instance_get_table(NULL, NULL, 0, NULL, NULL), vm_instance_set_table(NULL, NULL, 0, null,
        NULL),
    vm_instance_view_memory(NULL, NULL, NULL, NULL, NULL),
    vm_instance_read_memory(NULL, NULL, 0, NULL, 0, NULL),
    vm_instance_write_memory(NULL, NULL, 0, NULL, 0, NULL), vm_scope_escape(NULL, scope, NULL,
        NULL),
    vm_scope_escape(iso, scope, NULL, NULL), vm_ref_dup(NULL, null, NULL, NULL),
    vm_ref_dup(iso, null, NULL, NULL), vm_ref_persist(NULL, null, NULL, NULL),
    vm_ref_persist(iso, null, NULL, NULL), vm_ref_release(NULL, null, NULL),
    vm_ref_same(NULL, null, null, NULL, NULL), vm_ref_same(iso, null, null, NULL, NULL),
    vm_ref_get_info(NULL, null, NULL, NULL), vm_ref_get_info(iso, null, NULL, NULL),
    vm_ref_is(NULL, null, 0, NULL, NULL), vm_ref_is(iso, null, 0, NULL, NULL),
    vm_isolate_get_exception(NULL, NULL, NULL), vm_isolate_get_exception(iso, NULL, NULL),
    vm_exception_get(NULL, null, NULL, NULL), vm_exception_get(iso, null, NULL, NULL),
    vm_exception_get_payload(NULL, null, NULL, NULL), vm_exception_get_payload(iso, null, NULL,
        NULL),
    vm_exception_get_frame(NULL, null, 0, NULL, NULL), vm_exception_get_frame(iso, null, 0, NULL,
        NULL),
    vm_exception_format(NULL, null, NULL, 0, NULL, NULL), vm_exception_format(iso, null, NULL, 1,
        NULL, NULL),
    vm_struct_new(NULL, 0, NULL, 0, NULL, NULL), vm_struct_new(iso, 0, NULL, 0, NULL, NULL),
    vm_struct_get(NULL, null, 0, NULL, NULL), vm_struct_set(NULL, null, 0, NULL, NULL),
    vm_struct_find_field(NULL, 0, NULL, NULL, NULL), vm_struct_find_field(iso, 5, NULL, NULL, NULL),
    vm_array_new(NULL, 0, 0, NULL, NULL, NULL), vm_array_new(iso, 0, 0, NULL, NULL, NULL),
    vm_array_new_data(NULL, 0, NULL, 0, NULL, NULL), vm_array_new_data(iso, 0, NULL, 0, NULL, NULL),
    vm_array_get_length(NULL, null, NULL, NULL), vm_array_get_length(iso, null, NULL, NULL),
    vm_array_get(NULL, null, 0, NULL, NULL), vm_array_set(NULL, null, 0, NULL, NULL),
    vm_array_read(NULL, null, 0, 0, NULL, 0, NULL), vm_array_write(NULL, null, 0, 0, NULL, 0, NULL),
    vm_extern_new(NULL, NULL, NULL, NULL, NULL), vm_extern_new(iso, NULL, NULL, NULL, NULL),
    vm_extern_get(NULL, null, NULL, NULL), vm_extern_get(iso, null, NULL, NULL),
    vm_extern_get_finalizer(NULL, null, NULL, NULL), vm_extern_get_finalizer(iso, null, NULL, NULL),
    vm_isolate_rethrow(NULL, null), vm_map_get_length(NULL, null, NULL, NULL),
    vm_map_get_length(iso, null, NULL, NULL),
    vm_weak_new(NULL, null, NULL, NULL), vm_weak_new(iso, null, NULL, NULL),
    vm_weak_get(NULL, null, NULL, NULL), vm_weak_get(iso, null, NULL, NULL),
    vm_finalizer_add(NULL, null, NULL, NULL, NULL), vm_finalizer_add(iso, null, NULL, NULL, NULL),
  };
  for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
    if (found[i] != VM_ARGUMENT) fail_msg("call %zu: %s", i, vm_status_name(found[i]));
  }
  assert_int_equal(vm_module_function_count(NULL), 0);
  assert_int_equal(vm_module_export_count(NULL), 0);
  assert_null(vm_isolate_engine(NULL));
  assert_null(vm_instance_isolate(NULL));
}

/* A record of an older, smaller version, or one whose size nobody set. */
static void test_small_error(void **state)
{
  api_world *w = *state;
  vm_value args[2] = {vm_value_i32(1), vm_value_i32(0)}, r;
  vm_ref divide = api_func(w, "divide");
  const char *wrong = "func f () -> (i32) {\n  line 3\n  f64.const 0\n  return\n}\n";
  for (size_t size = 0; size <= sizeof(vm_error); size++) {
    vm_error *e = malloc(size < sizeof e->size ? sizeof e->size : size);
    memset(e, 0, size < sizeof e->size ? sizeof e->size : size);
    e->size = size;
    assert_int_equal(vm_call(w->isolate, divide, args, 2, &r, 1, e), VM_EXCEPTION);
    assert_int_equal(vm_call(w->isolate, divide, args, 1, &r, 1, e), VM_ARGUMENT);
    vm_module *m = NULL;
    assert_int_equal(vm_module_assemble(w->engine, wrong, strlen(wrong), &m, e), VM_INVALID);
    free(e);
  }
}

/* ---- out of memory ---- */

/* What a host does in a life; the first failure ends it. */
static vm_status whole_life(api_world *w, vm_tier tier)
{
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  c.tier = tier;
  vm_status s = api_open(w, &c, NULL);
  if (s != VM_OK) return s;
  vm_scope scope;
  vm_ref make, kept, weak, array;
  vm_value args[2] = {vm_value_i64(1), vm_value_null()}, r;
  vm_typeid type = 0;
  if ((s = vm_scope_open(w->isolate, &scope, &w->error)) != VM_OK) return s;
  if ((s = vm_instance_get_func(w->instance, "make", &make, &w->error)) != VM_OK) return s;
  if ((s = vm_call(w->isolate, make, args, 2, &r, 1, &w->error)) != VM_OK) return s;
  if ((s = vm_ref_persist(w->isolate, r.of.ref, &kept, &w->error)) != VM_OK) return s;
  if ((s = vm_weak_new(w->isolate, kept, &weak, &w->error)) != VM_OK) return s;
  if ((s = vm_finalizer_add(w->isolate, kept, drop, &w->ended, &w->error)) != VM_OK) return s;
  if ((s = vm_instance_get_type(w->instance, "Doubles", &type, &w->error)) != VM_OK) return s;
  if ((s = vm_array_new(w->isolate, type, 5000, NULL, &array, &w->error)) != VM_OK) return s;
  if ((s = vm_instance_define(w->instance, "demo", &w->error)) != VM_OK) return s;
  if ((s = vm_isolate_verify_heap(w->isolate, &w->error)) != VM_OK) return s;
  return vm_scope_close(w->isolate, scope, &w->error);
}

static void sweep(int for_good, vm_tier tier)
{
  for (size_t n = 1;; n++) {
    api_world w = {.counter = {.fail_at = n, .for_good = for_good}};
    vm_status s = whole_life(&w, tier);
    bool done = s == VM_OK && w.counter.calls < n;
    if (s != VM_OK) {
      if (s != VM_MEMORY && s != VM_LIMIT && s != VM_EXCEPTION)
        fail_msg("allocation %zu: %s: %s", n, vm_status_name(s), w.error.message);
      assert_int_equal(w.error.status, s);
      assert_true(w.error.message[0] != '\0');
    }
    w.counter.fail_at = 0;
    if (w.isolate != NULL) assert_int_equal(vm_isolate_verify_heap(w.isolate, NULL), VM_OK);
    api_close(&w);
    if (done) return;
    assert_true(n < 100000);
  }
}

static void test_one_allocation_fails(void **state)
{
  (void)state;
  sweep(0, VM_TIER_0);
  sweep(0, VM_TIER_AUTO);
}

static void test_all_allocations_fail(void **state)
{
  (void)state;
  sweep(1, VM_TIER_0);
  sweep(1, VM_TIER_AUTO);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_engine), cmocka_unit_test(test_engine_config),
    cmocka_unit_test(test_switching), T(test_order),
    T(test_module_errors), T(test_module_info), T(test_no_compiler), cmocka_unit_test(test_text),
    T(test_define), T(test_isolate_config), T(test_stats), T(test_nulls),
    T(test_small_error),
    cmocka_unit_test(test_one_allocation_fails), cmocka_unit_test(test_all_allocations_fail),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
