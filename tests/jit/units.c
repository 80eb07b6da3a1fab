/* units.c - what goes into a unit, what is refused, and what fails alone.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

static void check_unit(const vmi_jit_unit *u, uint32_t published, uint32_t n, const uint32_t *funcs)
{
  assert_int_equal(u->published, published);
  assert_int_equal(u->n, n);
  for (uint32_t i = 0; i < n; i++) assert_int_equal(u->funcs[i], funcs[i]);
}

static void test_form(void **state)
{
  static const test_func f[] = {
    {.name = "root", .ncalls = 3, .calls = {1, 2, 3}},
    {.name = "near", .ncalls = 2, .calls = {0, 4}},
    {.name = "huge", .padding = 800},
    {.name = "big", .padding = 400},
    {.name = "far"},
  };
  test_env t;
  vmi_jit_unit u = {.quick = false};
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, f, 5);
  vmi_code *code = t.module->code;
  vmi_jit_form(t.module, 0, NULL, 0, &u); /* `huge` is past the budget, `big` is not */
  check_unit(&u, 4, 4, (const uint32_t[]){0, 1, 3, 4});
  code[1].tier_state = VMI_TIER_COMPILED; /* in haste: to be replaced */
  vmi_jit_form(t.module, 0, NULL, 0, &u);
  check_unit(&u, 4, 4, (const uint32_t[]){0, 1, 3, 4});
  t.module->profile[1].renewed = true; /* comes along as a copy; its callees do not */
  vmi_jit_form(t.module, 0, NULL, 0, &u);
  check_unit(&u, 2, 3, (const uint32_t[]){0, 3, 1});
  code[1].tier_state = VMI_TIER_FAILED; /* stays out */
  vmi_jit_form(t.module, 0, NULL, 0, &u);
  check_unit(&u, 2, 2, (const uint32_t[]){0, 3});
  code[1].tier_state = VMI_TIER_COLD;
  vmi_jit_form(t.module, 0, (const uint8_t[]){1 | 1 << 4}, 0, &u); /* only 0 and 4 may be published */
  check_unit(&u, 1, 2, (const uint32_t[]){0, 1});
  vmi_jit_form(t.module, 2, NULL, 0, &u); /* past the budget itself */
  check_unit(&u, 1, 1, (const uint32_t[]){2});
  u.alone = true; /* copies of callees, and of theirs, but not of what failed */
  vmi_jit_form(t.module, 0, NULL, 0, &u);
  check_unit(&u, 1, 3, (const uint32_t[]){0, 1, 4});
  u.alone = false;
  u.quick = true; /* a smaller budget */
  vmi_jit_form(t.module, 0, NULL, 0, &u);
  check_unit(&u, 3, 3, (const uint32_t[]){0, 1, 4});
  env_close(&t);
}

/* The profile decides which callees come along, in which order, and who can be entered at loops. */
static void test_form_profile(void **state)
{
  static const test_func f[] = {
    {.name = "root", .ncalls = 4, .calls = {1, 2, 3, 4}},
    {.name = "cold"}, {.name = "warm", .padding = 200}, {.name = "hot", .padding = 200},
    {.name = "hotter", .padding = 200},
  };
  test_env t;
  vmi_jit_unit u = {.quick = false};
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, f, 5);
  vmi_profile *p = t.module->profile;
  uint64_t need = vmi_rt_compile_cost(t.module->code[4].func);
  const uint64_t work[] = {1000, 61, 62, 500, 1600};
  for (int i = 0; i < 5; i++) p[i].work = work[i];
  p[4].loop = need / 2;
  p[3].loop = need / 2 - 1;
  vmi_jit_form(t.module, 0, NULL, 1000, &u);
  check_unit(&u, 4, 4, (const uint32_t[]){0, 4, 3, 2});
  assert_true(u.enter[1]);
  assert_false(u.enter[0] || u.enter[2] || u.enter[3]);
  p[3].work = 61; /* not hot after all */
  vmi_jit_form(t.module, 0, NULL, 1000, &u);
  check_unit(&u, 3, 3, (const uint32_t[]){0, 4, 2});
  vmi_jit_form(t.module, 0, NULL, 0, &u); /* asked for by the host: all, while there is room */
  check_unit(&u, 5, 5, (const uint32_t[]){0, 4, 2, 1, 3});
  env_close(&t);
}

static uint32_t root_of(const test_env *t, uint32_t func, uint32_t caller)
{
  atomic_store(&t->module->profile[func].caller, caller);
  return vmi_jit_root(t->module, func);
}

static void test_root(void **state)
{
  static const test_func f[] = {{.name = "a", .ncalls = 1, .calls = {1}}, {.name = "b"},
                                {.name = "c", .padding = 760, .ncalls = 1, .calls = {1}}};
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, f, 3);
  vmi_profile *p = t.module->profile;
  assert_int_equal(root_of(&t, 1, 0), 0);
  assert_int_equal(root_of(&t, 1, 1), 1);
  assert_int_equal(root_of(&t, 1, 2), 1); /* too large */
  assert_int_equal(root_of(&t, 1, VMI_NO_INDEX), 1);
  assert_int_equal(root_of(&t, 1, 77), 1);
  p[1].work = 8000;
  p[0].work = 999; /* does little itself */
  assert_int_equal(root_of(&t, 1, 0), 1);
  p[0].work = 1000;
  assert_int_equal(root_of(&t, 1, 0), 0);
  t.module->code[0].tier_state = VMI_TIER_COMPILED;
  assert_int_equal(root_of(&t, 1, 0), 1);
  env_close(&t);
}

/* A chain of functions, more than fit one unit in number and in size. */
static void test_large_module(void **state)
{
  enum { N = 700 };
  static test_func f[N];
  for (uint32_t i = 0; i < N; i++) {
    f[i] = (test_func){.name = "f", .ncalls = i + 1 < N, .calls = {i + 1}, .padding = i % 7 * 3};
  }
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_2, 0, f, N);
  for (uint32_t i = 0; i < N; i++) check_runs(&t, i);
  vm_engine_stats s = stats_of(t.engine);
  assert_int_equal(s.compiled_functions, N);
  assert_true(s.compiled_units > 2 && s.compiled_units < 40);
  env_close(&t);
}

static void check_refused(const char *name, const char *expected)
{
  const test_func f[] = {{.name = name}, {.name = "fine"}};
  const uint32_t bad = 0, good = 1;
  test_env t;
  vm_error e = VM_ERROR_INIT;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, f, 2);
  assert_int_equal(vm_module_compile(t.module, &bad, 1, &e), VM_COMPILE);
  if (strstr(e.message, expected) == NULL) fail_msg("expected \"%s\", got \"%s\"", expected, e.message);
  assert_int_equal(tier_of(&t, 0), VMI_TIER_FAILED);
  assert_int_equal(vm_module_compile(t.module, &good, 1, &e), VM_OK);
  check_runs(&t, 1);
  vm_engine_stats s = stats_of(t.engine);
  assert_int_equal(s.worker_deaths, 0);
  assert_int_equal(s.failed_units, 1);
  env_close(&t);
}

static void test_refused(void **state)
{
  check_refused("refuse", "refused?as told");
  check_refused("bad_asm", "Error: ");
  check_refused("bad_magic", "its magic number is wrong");
  check_refused("bad_count", "its version or count is wrong");
  check_refused("short", "vmi_unit is too short");
  check_refused("outside", "an address lies outside it");
  check_refused("no_symbol", "it exports no vmi_unit");
}

static void test_lies(void **state)
{
  static const test_func f[] = {{.name = "a"}};
  test_env t;
  vm_error e = VM_ERROR_INIT;
  env_open(&t, WORKER("lies"), VM_TIER_AUTO, 0, f, 1);
  assert_int_equal(vm_module_compile(t.module, NULL, 0, &e), VM_COMPILE);
  assert_non_null(strstr(e.message, "reports success but"));
  env_close(&t);
}

/* One function spoils its unit: the others are compiled without it. */
static vm_function_stats function_stats(const test_env *t, uint32_t func)
{
  vm_function_stats s = {.size = sizeof s};
  assert_int_equal(vm_module_get_function_stats(t->module, func, &s, NULL), VM_OK);
  return s;
}

static void test_function_stats(void **state)
{
  static const test_func f[] = {{.name = "a", .ncalls = 2, .calls = {1, 2}}, {.name = "b"},
                                {.name = "refuse"}, {.name = "later"}};
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, f, 4);
  ask(&t, 0, VMI_NO_INDEX);
  vm_engine_drain(t.engine, NULL);
  vm_function_stats s = function_stats(&t, 0);
  assert_int_equal(s.state, VM_FUNCTION_COMPILED);
  assert_int_equal(s.tier, 2);
  assert_int_equal(s.compiles, 1);
  assert_true(s.compile_ns > 0 && s.code_bytes > 0);
  assert_string_equal(s.reason, "");
  s = function_stats(&t, 2);
  assert_int_equal(s.state, VM_FUNCTION_FAILED);
  if (strstr(s.reason, "refused?as told") == NULL) fail_msg("%s", s.reason);
  assert_int_equal(s.tier + s.compiles + s.code_bytes + s.unit_functions, 0);
  s = function_stats(&t, 3);
  assert_int_equal(s.state, VM_FUNCTION_INTERPRETED);
  assert_string_equal(s.reason, "");
  assert_int_equal(s.threshold, vmi_rt_compile_cost(t.module->code[3].func));
  vm_error e = VM_ERROR_INIT;
  assert_int_equal(vm_module_get_function_stats(t.module, 4, &s, &e), VM_ARGUMENT);
  s.size = 1;
  assert_int_equal(vm_module_get_function_stats(t.module, 0, &s, &e), VM_ARGUMENT);
  env_close(&t);
}

static void wait_for_code(const test_env *t, uint64_t bytes)
{
  for (int i = 0; i < 10000 && stats_of(t->engine).code_bytes != bytes; i++) usleep(1000);
  assert_int_equal(stats_of(t->engine).code_bytes, bytes);
}

/* The host takes code away and keeps functions from being compiled. */
static void test_steering(void **state)
{
  static const test_func f[] = {{.name = "a", .ncalls = 1, .calls = {1}}, {.name = "b"}, {.name = "c"}};
  const uint32_t a = 0, b = 1, wrong = 3;
  test_env t;
  vm_error e = VM_ERROR_INIT;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, f, 3);
  assert_int_equal(vm_module_compile(t.module, NULL, 0, &e), VM_OK);
  uint64_t all = stats_of(t.engine).code_bytes;
  assert_int_equal(vm_module_discard_code(t.module, &a, 1, &e), VM_OK); /* b needs the unit */
  assert_int_equal(tier_of(&t, 0), VMI_TIER_COLD);
  assert_null(atomic_load(&t.module->code[0].native));
  assert_int_equal(stats_of(t.engine).code_bytes, all);
  check_runs(&t, 1);
  assert_int_equal(vm_module_discard_code(t.module, NULL, 0, &e), VM_OK);
  wait_for_code(&t, 0);
  assert_int_equal(stats_of(t.engine).evicted_units, stats_of(t.engine).compiled_units);
  assert_int_equal(vm_module_exclude(t.module, &b, 1, &e), VM_OK);
  ask(&t, 0, VMI_NO_INDEX);
  ask(&t, 1, VMI_NO_INDEX);
  vm_engine_drain(t.engine, NULL);
  check_runs(&t, 0);
  assert_int_equal(tier_of(&t, 1), VMI_TIER_FAILED);
  assert_string_equal(function_stats(&t, 1).reason, "excluded by the host");
  assert_int_equal(vm_module_compile(t.module, &b, 1, &e), VM_OK); /* unless it asks itself */
  check_runs(&t, 1);
  assert_int_equal(vm_module_exclude(t.module, &wrong, 1, &e), VM_ARGUMENT);
  assert_int_equal(vm_module_discard_code(NULL, NULL, 0, &e), VM_ARGUMENT);
  env_close(&t);
}

static void test_spoiled(void **state)
{
  static const test_func f[] = {{.name = "a", .ncalls = 3, .calls = {1, 2, 3}},
                                {.name = "refuse"}, {.name = "c"}, {.name = "crash"}};
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_2, 0, f, 4);
  check_runs(&t, 0);
  check_runs(&t, 2);
  assert_int_equal(tier_of(&t, 1), VMI_TIER_FAILED);
  assert_int_equal(tier_of(&t, 3), VMI_TIER_FAILED);
  assert_true(stats_of(t.engine).compiler_available);
  env_close(&t);
}

static void test_lonely(void **state)
{
  static const test_func f[] = {{.name = "a", .ncalls = 1, .calls = {1}}, {.name = "lonely"}};
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_2, 0, f, 2);
  check_runs(&t, 0);
  check_runs(&t, 1);
  env_close(&t);
}

static void test_queue(void **state)
{
  static const test_func f[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
  test_env t;
  vmi_jit_request r;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, f, 3);
  vmi_jit *jit = t.engine->jit;
  assert_true(vmi_jit_queue_add(jit, t.module, 0, false));
  assert_true(vmi_jit_queue_add(jit, t.module, 1, false));
  assert_true(vmi_jit_queue_add(jit, t.module, 2, false));
  assert_true(vmi_jit_queue_add(jit, t.module, 1, false));
  t.module->profile[1].work = 1; /* hottest */
  assert_int_equal(jit->nqueue, 3);
  assert_true(vmi_jit_queue_take(jit, &r));
  assert_int_equal(r.func, 1);
  assert_true(vmi_jit_queue_take(jit, &r)); /* then first come */
  assert_int_equal(r.func, 0);
  vmi_jit_queue_drop(jit, t.module, VMI_TIER_COLD);
  assert_false(vmi_jit_queue_take(jit, &r));
  env_close(&t);
}

static void test_queue_full(void **state)
{
  enum { N = VMI_JIT_QUEUE_MAX + 2 };
  static test_func f[N];
  for (uint32_t i = 0; i < N; i++) f[i].name = "f";
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, f, N);
  vmi_jit *jit = t.engine->jit;
  vmi_jit_queue_add(jit, t.module, 0, false);
  t.module->profile[0].work = 1; /* warmer than the others: stays */
  t.module->code[1].tier_state = VMI_TIER_QUEUED;
  for (uint32_t i = 1; i < N - 1; i++) vmi_jit_queue_add(jit, t.module, i, false);
  assert_int_equal(jit->nqueue, VMI_JIT_QUEUE_MAX);
  assert_int_equal(tier_of(&t, 1), VMI_TIER_COLD); /* fell out, may ask again */
  vmi_jit_request r;
  assert_true(vmi_jit_queue_take(jit, &r));
  assert_int_equal(r.func, 0);
  env_close(&t);
}

/* Many threads ask while modules come and go. */
static void *asker(void *arg)
{
  static const test_func f[] = {{.name = "a", .ncalls = 1, .calls = {1}}, {.name = "b"}};
  vm_engine *engine = arg;
  for (int i = 0; i < 20; i++) {
    vm_module *m = load_module(engine, f, 2);
    atomic_store(&m->profile[1].caller, 0);
    while (!engine->jit_ops->hot(engine->jit, m, 1, false)) {}
    if (i % 3 == 0 && vm_module_compile(m, NULL, 0, NULL) != VM_OK) return arg;
    if (i % 3 == 1) usleep(5000);
    vm_module_free(m);
  }
  return NULL;
}

static void test_threads(void **state)
{
  static const test_func f[] = {{.name = "a"}};
  test_env t;
  pthread_t threads[4];
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, f, 1);
  for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, asker, t.engine), 0);
  for (int i = 0; i < 4; i++) {
    void *result;
    pthread_join(threads[i], &result);
    assert_null(result);
  }
  assert_int_equal(stats_of(t.engine).failed_units, 0);
  env_close(&t);
}

/* ---- memory runs out ---- */

typedef struct failing {
  _Atomic long left;  /* allocations until one fails; negative: none does */
  _Atomic long bytes; /* held */
} failing;

static void *failing_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  failing *f = user;
  if (new_size == 0) {
    f->bytes -= (long)old_size;
    free(block);
    return NULL;
  }
  if (f->left >= 0 && f->left-- == 0) return NULL;
  void *p = realloc(block, new_size);
  if (p != NULL) f->bytes += (long)new_size - (long)old_size;
  return p;
}

static bool compile_with_failure(long nth)
{
  static const test_func f[] = {{.name = "a", .ncalls = 1, .calls = {1}}, {.name = "b"}};
  failing memory = {-1, 0};
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  const uint32_t one = 0;
  c.allocator = (vm_allocator){failing_resize, &memory};
  c.worker = WORKER("fake");
  assert_int_equal(vm_engine_new(&c, &engine, &e), VM_OK);
  vm_module *m = load_module(engine, f, 2), *other = load_module(engine, f, 2);
  memory.left = nth;
  atomic_store(&m->profile[1].caller, 0);
    while (!engine->jit_ops->hot(engine->jit, m, 1, false)) {}
  vm_status status = vm_module_compile(m, &one, 1, &e);
  vm_status all = vm_module_compile(other, NULL, 0, &e);
  vm_engine_drain(engine, NULL);
  bool failed = memory.left < 0;
  memory.left = -1;
  assert_true(status == VM_OK || status == VM_MEMORY || status == VM_COMPILE);
  assert_true(all == VM_OK || all == VM_MEMORY || all == VM_COMPILE);
  assert_int_equal(vm_module_compile(m, NULL, 0, &e), VM_OK); /* once there is memory again */
  assert_int_equal(vm_module_compile(other, NULL, 0, &e), VM_OK);
  vm_module_free(m);
  vm_module_free(other);
  assert_int_equal(vm_engine_free(engine, &e), VM_OK);
  assert_int_equal(memory.bytes, 0);
  assert_no_child();
  return failed;
}

static void test_no_memory(void **state)
{
  long nth = 0;
  while (compile_with_failure(nth)) nth++;
  assert_true(nth > 4);
}

/* Neither the configured place alone nor the others. */
static void test_find(void **state)
{
  char path[VMI_JIT_PATH], why[160] = "";
  assert_true(vmi_jit_find_worker("/bin/true", path, why, sizeof why));
  assert_string_equal(path, "/bin/true");
  assert_false(vmi_jit_find_worker("/bin", path, why, sizeof why));
  assert_string_equal(why, "no executable compiler worker at /bin");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_form),    cmocka_unit_test(test_root),
    cmocka_unit_test(test_form_profile), cmocka_unit_test(test_function_stats),
    cmocka_unit_test(test_steering),
    cmocka_unit_test(test_queue),   cmocka_unit_test(test_queue_full),
    cmocka_unit_test(test_refused), cmocka_unit_test(test_lies),
    cmocka_unit_test(test_spoiled), cmocka_unit_test(test_lonely),
    cmocka_unit_test(test_large_module), cmocka_unit_test(test_threads),
    cmocka_unit_test(test_no_memory), cmocka_unit_test(test_find),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
