/* limits.c - interrupt, deadline, fuel and heap limit stop a guest wherever it is, in both tiers; the
 * guest cannot catch a termination, and the isolate is usable afterwards.
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing here measures time; a guest that is not stopped runs into the time limit of the test.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "vm/vm.h"

static const char TEXT[] =
  "import func nop \"host\" \"nop\" () -> ()\n"
  "import func call \"host\" \"call\" ((ref null func)) -> (i32)\n"
  "import func swallow \"host\" \"swallow\" ((ref null func)) -> (i32)\n"
  "type unit func () -> ()\n"
  "type Box struct { x: i32, next: (ref null Box) }\n"
  "type Ints array mut i32\n"
  "type Chunks array mut (ref null Ints)\n"
  "global caught mut i32 = 0\n"
  "table tab (ref null func) 2\n"
  "elem e (ref null func) active tab 0 [func tail_table, func nop]\n"
  "func spin () -> () {\nloop: br loop\n}\n"
  "func spin_if () -> () {\n  local i: i32\n"
  "loop: local.get i i32.const 1 i32.add local.tee i br_if loop br loop\n}\n"
  "func spin_switch () -> () {\n  local i: i32\n"
  "loop: local.get i i32.const 1 i32.add local.tee i i32.const 3 i32.rem_u switch (loop, two) loop\n"
  "two: br loop\n}\n"
  "func allocate () -> () {\n  local b: (ref null Box)\n"
  "loop: i32.const 1 ref.null (ref null Box) struct.new Box local.set b br loop\n}\n"
  "func fib (n: i32) -> (i32) {\n  local.get n i32.const 2 i32.lt_s br_if small\n"
  "  local.get n i32.const 1 i32.sub call fib local.get n i32.const 2 i32.sub call fib i32.add return\n"
  "small: local.get n return\n}\n"
  "func recurse () -> () { i32.const 90 call fib drop return }\n"
  "func leaf () -> () { return }\n"
  "func call_loop () -> () {\nloop: call leaf br loop\n}\n"
  "func thrower () -> () { i32.const 1 dyn.from_i32 throw }\n"
  "func throw_loop () -> () {\nloop: try t h call thrower end t return\n"
  "h ((ref exn)): drop br loop\n}\n"
  "func throw_here () -> () {\ntry t h\nloop: i32.const 1 dyn.from_i32 throw end t\n"
  "h ((ref exn)): drop br loop\n}\n"
  "func trap_loop () -> () {\nloop: try t h i32.const 1 i32.const 0 i32.div_s drop end t return\n"
  "h ((ref exn)): drop br loop\n}\n"
  "func throw_back () -> () {\n  br start\nh ((ref exn)): drop\nstart: try t h\n"
  "  i32.const 1 dyn.from_i32 throw end t\n}\n" /* the only way back is the exception's */
  "func trap_back () -> () {\n  br start\nh ((ref exn)): drop\nstart: try t h unreachable end t\n}\n"
  "func call_back () -> () {\n  br start\nh ((ref exn)): drop\nstart: try t h\n"
  "  call thrower end t\n  return\n}\n"
  "func null_back () -> () {\n  local b: (ref null Box)\n"
  "loop: local.get b br_on_null loop drop return\n}\n"
  "func ref_back () -> () {\n  i32.const 1 ref.null (ref null Box) struct.new Box\n"
  "loop ((ref null Box)): br_on_non_null loop return\n}\n"
  "func in_handler () -> () {\n  try t h unreachable end t\nh ((ref exn)): drop\nloop: br loop\n}\n"
  "func host_table () -> () {\nloop: i32.const 1 call_indirect tab unit br loop\n}\n"
  "func host_loop () -> () {\nloop: call nop br loop\n}\n"
  "func tail () -> () { return_call tail }\n"
  "func tail_ref () -> () { ref.func tail_ref return_call_ref unit }\n"
  "func tail_table () -> () { i32.const 0 return_call_indirect tab unit }\n"
  "func deeper (n: i32) -> (i32) { local.get n i32.const 1 i32.add call deeper return }\n"
  "func overflow_loop () -> () {\nloop: try t h i32.const 0 call deeper drop end t br loop\n"
  "h ((ref exn)): drop br loop\n}\n"
  "func count_up () -> () {\n  local a: (ref null Ints), i: i32\n"
  "  i32.const 100000 array.new_default Ints local.set a\nouter: i32.const 0 local.set i\n"
  "inner: local.get i local.get a array.len i32.lt_s br_unless outer\n"
  "  local.get a local.get i local.get i array.set Ints\n"
  "  local.get i i32.const 1 i32.add local.set i br inner\n}\n"
  "func count_down () -> () {\n  local a: (ref null Ints), i: i32\n"
  "  i32.const 100000 array.new_default Ints local.set a\nouter: i32.const 100000 local.set i\n"
  "inner: local.get a local.get i i32.const 1 i32.sub local.get i array.set Ints\n"
  "  local.get i i32.const 1 i32.sub local.tee i br_if inner br outer\n}\n"
  "func count_fills () -> () {\n  local a: (ref null Ints), i: i32\n"
  "  i32.const 100000 array.new_default Ints local.set a\nouter: i32.const 0 local.set i\n"
  "inner: local.get a i32.const 0 local.get i local.get a array.len array.fill Ints\n"
  "  local.get a local.get i local.get i array.set Ints\n"
  "  local.get i i32.const 1 i32.add local.tee i i32.const 100000 i32.lt_s br_if inner br outer\n}\n"
  "func nested () -> () { ref.func spin call call drop return }\n"
  "func nested_loop () -> () {\nloop: ref.func leaf call call drop br loop\n}\n"
  "func guard () -> () {\ntry t h\nagain: call spin_if br again\nend t\n"
  "h ((ref exn)): drop i32.const 1 global.set caught br again\n}\n"
  "func guard_nested () -> () {\ntry t h\nagain: ref.func guard call call drop br again\nend t\n"
  "h ((ref exn)): drop i32.const 1 global.set caught br again\n}\n"
  "func swallowed () -> () {\nagain: ref.func spin call swallow drop br again\n}\n"
  "func hoard (size: i32) -> (i32) {\n  local c: (ref null Chunks), i: i32\ntry t h\n"
  "  i32.const 1000 array.new_default Chunks local.set c\n"
  "loop: local.get c local.get i local.get size array.new_default Ints array.set Chunks\n"
  "  local.get i i32.const 1 i32.add local.tee i i32.const 1000 i32.lt_s br_if loop\n"
  "  i32.const 0 return\nend t\nh ((ref exn)): exn.code return\n}\n"
  "func list () -> (i32) {\n  local b: (ref null Box)\ntry t h\n"
  "loop: i32.const 1 local.get b struct.new Box local.set b br loop\nend t\n"
  "h ((ref exn)): exn.code return\n}\n"
  "func uncaught () -> () {\n  local b: (ref null Box)\n"
  "loop: i32.const 1 local.get b struct.new Box local.set b br loop\n}\n"
  "export func \"spin\" spin\nexport func \"spin_if\" spin_if\nexport func \"spin_switch\" spin_switch\n"
  "export func \"allocate\" allocate\nexport func \"recurse\" recurse\n"
  "export func \"call_loop\" call_loop\nexport func \"throw_loop\" throw_loop\n"
  "export func \"throw_here\" throw_here\nexport func \"trap_loop\" trap_loop\n"
  "export func \"throw_back\" throw_back\nexport func \"trap_back\" trap_back\n"
  "export func \"call_back\" call_back\nexport func \"null_back\" null_back\n"
  "export func \"ref_back\" ref_back\nexport func \"in_handler\" in_handler\n"
  "export func \"host_table\" host_table\n"
  "export func \"host_loop\" host_loop\nexport func \"tail\" tail\nexport func \"tail_ref\" tail_ref\n"
  "export func \"tail_table\" tail_table\nexport func \"overflow_loop\" overflow_loop\n"
  "export func \"count_up\" count_up\nexport func \"count_down\" count_down\n"
  "export func \"count_fills\" count_fills\n"
  "export func \"nested\" nested\nexport func \"nested_loop\" nested_loop\n"
  "export func \"guard\" guard\nexport func \"guard_nested\" guard_nested\n"
  "export func \"swallowed\" swallowed\nexport func \"fib\" fib\nexport func \"hoard\" hoard\n"
  "export func \"list\" list\nexport func \"uncaught\" uncaught\nexport global \"caught\" caught\n";

/* Those that run for ever. `swallowed` stands last: there an interrupt ends the inner call alone. */
static const char *const endless[] = {
  "spin", "spin_if", "spin_switch", "allocate", "recurse", "call_loop", "throw_loop", "throw_here",
  "trap_loop", "throw_back", "trap_back", "call_back", "null_back", "ref_back", "in_handler",
  "host_table", "host_loop", "count_up", "count_down", "count_fills", "tail",
  "tail_ref", "tail_table", "overflow_loop", "nested", "nested_loop", "guard", "guard_nested", "swallowed"};
enum { ENDLESS = sizeof endless / sizeof endless[0] };

typedef struct world {
  vm_engine *engine;
  vm_module *module;
  vm_isolate *isolate;
  vm_instance *instance;
} world;

static vm_status nop(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  return VM_OK;
}

static vm_status call(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  return vm_call(i, args[0].of.ref, NULL, 0, NULL, 0, NULL);
}

/* Says that all is well although the nested call was stopped. */
static vm_status swallow(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  call(i, user, args, results);
  return VM_OK;
}

static void open_isolate(world *w, size_t max_heap)
{
  vm_isolate_config config = VM_ISOLATE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_type func = VM_REF_NULL(VM_HEAP_FUNC), i32 = VM_I32;
  config.max_heap = max_heap;
  config.stack_size = 1 << 18;
  assert_int_equal(vm_isolate_new(w->engine, &config, &w->isolate, &e), VM_OK);
  assert_int_equal(vm_isolate_define_func(w->isolate, "host", "nop", NULL, 0, NULL, 0, nop, NULL,
                                          NULL, &e), VM_OK);
  assert_int_equal(vm_isolate_define_func(w->isolate, "host", "call", &func, 1, &i32, 1, call, NULL,
                                          NULL, &e), VM_OK);
  assert_int_equal(vm_isolate_define_func(w->isolate, "host", "swallow", &func, 1, &i32, 1, swallow,
                                          NULL, NULL, &e), VM_OK);
  if (vm_instance_new(w->isolate, w->module, &w->instance, &e) != VM_OK) fail_msg("%s", e.message);
}

static void open_world(world *w, vm_tier tier, int fuel, size_t max_heap)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  config.tier = tier;
  config.meter_fuel = (uint32_t)fuel;
  config.worker = getenv("VM_WORKER");
  assert_int_equal(vm_engine_new(&config, &w->engine, &e), VM_OK);
  if (vm_module_assemble(w->engine, TEXT, strlen(TEXT), &w->module, &e) != VM_OK) {
    fail_msg("line %u: %s", e.line, e.message);
  }
  for (uint32_t i = 3; tier == VM_TIER_2 && i < vm_module_function_count(w->module); i++) {
    vm_function_info info;
    assert_int_equal(vm_module_get_function(w->module, i, &info, &e), VM_OK);
    if (info.state != VM_FUNCTION_COMPILED) fail_msg("%s is not compiled", info.name);
  }
  open_isolate(w, max_heap);
}

static void close_world(world *w)
{
  assert_int_equal(vm_isolate_free(w->isolate, NULL), VM_OK);
  vm_module_free(w->module);
  assert_int_equal(vm_engine_free(w->engine, NULL), VM_OK);
}

static vm_status run(world *w, const char *name, const vm_value *arg, vm_value *result, vm_error *e)
{
  vm_scope scope;
  vm_ref func;
  assert_int_equal(vm_scope_open(w->isolate, &scope, e), VM_OK);
  assert_int_equal(vm_instance_get_func(w->instance, name, &func, e), VM_OK);
  vm_status s = vm_call(w->isolate, func, arg, arg != NULL, result, result != NULL, e);
  assert_int_equal(vm_scope_close(w->isolate, scope, NULL), VM_OK);
  return s;
}

/* The isolate works as if nothing had happened. */
static void check_usable(world *w)
{
  vm_value n = vm_value_i32(15), r;
  vm_error e = VM_ERROR_INIT;
  if (run(w, "fib", &n, &r, &e) != VM_OK) fail_msg("fib: %s", e.message);
  assert_int_equal(r.of.i32, 610);
  n.of.i32 = 10;
  if (run(w, "hoard", &n, &r, &e) != VM_OK) fail_msg("hoard: %s", e.message);
  assert_int_equal(r.of.i32, 0);
  assert_int_equal(vm_instance_get_global(w->instance, "caught", &r, &e), VM_OK);
  assert_int_equal(r.of.i32, 0);
  if (vm_isolate_verify_heap(w->isolate, &e) != VM_OK) fail_msg("heap: %s", e.message);
}

static void check_stopped(world *w, const char *name, vm_trap trap)
{
  vm_error e = VM_ERROR_INIT;
  vm_exception x;
  vm_status s = run(w, name, NULL, NULL, &e);
  if (s != VM_TERMINATED || e.trap != trap) {
    fail_msg("%s: expected terminated %s, found %s %s %s", name, vm_trap_name(trap),
             vm_status_name(s), vm_trap_name(e.trap), e.message);
  }
  assert_int_equal(vm_exception_get(w->isolate, VM_NULL_REF, &x, &e), VM_OK);
  assert_int_equal(x.trap, trap);
}

static void pause_ms(long ms)
{
  struct timespec t = {0, ms * 1000000};
  nanosleep(&t, NULL);
}

static void *interrupt(void *isolate)
{
  pause_ms(10);
  vm_isolate_interrupt(isolate, NULL);
  return NULL;
}

static void interrupts(vm_tier tier)
{
  world w;
  open_world(&w, tier, 0, 0);
  for (int i = 0; i < ENDLESS - 1; i++) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, interrupt, w.isolate), 0);
    check_stopped(&w, endless[i], VM_TRAP_INTERRUPT);
    pthread_join(thread, NULL);
    check_usable(&w);
  }
  assert_int_equal(vm_isolate_interrupt(w.isolate, NULL), VM_OK); /* stops the next call, once */
  assert_int_equal(vm_isolate_interrupt(w.isolate, NULL), VM_OK);
  check_stopped(&w, "spin", VM_TRAP_INTERRUPT);
  check_usable(&w);
  close_world(&w);
}

static void deadlines(vm_tier tier)
{
  world w;
  open_world(&w, tier, 0, 0);
  for (int i = 0; i < ENDLESS; i++) {
    vm_value n = vm_value_i32(5), r;
    vm_error e = VM_ERROR_INIT;
    assert_int_equal(vm_isolate_set_deadline(w.isolate, 10, &e), VM_OK);
    check_stopped(&w, endless[i], VM_TRAP_DEADLINE);
    assert_int_equal(run(&w, "fib", &n, &r, &e), VM_TERMINATED); /* it has passed for good */
    assert_int_equal(e.trap, VM_TRAP_DEADLINE);
    assert_int_equal(vm_isolate_set_deadline(w.isolate, i % 2 ? 0 : 1000000, &e), VM_OK);
    check_usable(&w);
  }
  close_world(&w);
}

static void fuels(vm_tier tier)
{
  world w;
  open_world(&w, tier, 1, 0);
  for (int i = 0; i < ENDLESS; i++) {
    vm_error e = VM_ERROR_INIT;
    uint64_t left;
    assert_int_equal(vm_isolate_set_fuel(w.isolate, 20000 + (uint64_t)i, &e), VM_OK);
    check_stopped(&w, endless[i], VM_TRAP_FUEL);
    assert_int_equal(vm_isolate_get_fuel(w.isolate, &left, &e), VM_OK);
    assert_true(left == 0);
    assert_int_equal(vm_isolate_set_fuel(w.isolate, i % 2 ? UINT64_MAX : 1000000, &e), VM_OK);
    check_usable(&w);
  }
  close_world(&w);
}

static void heaps(vm_tier tier)
{
  world w;
  open_world(&w, tier, 0, 8 << 20);
  for (int i = 0; i < 4; i++) {
    vm_value n = vm_value_i32(100000 >> i * 2), r;
    vm_error e = VM_ERROR_INIT;
    assert_int_equal(run(&w, "hoard", &n, &r, &e), VM_OK);
    assert_int_equal(r.of.i32, i < 3 ? VM_TRAP_OUT_OF_MEMORY : r.of.i32);
    check_usable(&w);
    assert_int_equal(run(&w, "list", NULL, &r, &e), VM_OK);
    assert_int_equal(r.of.i32, VM_TRAP_OUT_OF_MEMORY);
    check_usable(&w);
    assert_int_equal(run(&w, "uncaught", NULL, NULL, &e), VM_EXCEPTION);
    assert_int_equal(e.trap, VM_TRAP_OUT_OF_MEMORY);
    check_usable(&w);
  }
  close_world(&w);
}

/* A start function that never ends keeps no instance from being made later. */
static void starts(vm_tier tier)
{
  static const char text[] = "global n mut i32 = 0\nfunc go () -> () {\n"
                             "loop: global.get n i32.eqz br_if loop return\n}\nstart go\n";
  world w;
  vm_module *m;
  vm_instance *instance;
  vm_error e = VM_ERROR_INIT;
  open_world(&w, tier, 0, 0);
  assert_int_equal(vm_module_assemble(w.engine, text, strlen(text), &m, &e), VM_OK);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(vm_isolate_set_deadline(w.isolate, 10, &e), VM_OK);
    assert_int_equal(vm_instance_new(w.isolate, m, &instance, &e), VM_TERMINATED);
    assert_int_equal(e.trap, VM_TRAP_DEADLINE);
    assert_int_equal(vm_isolate_set_deadline(w.isolate, 0, &e), VM_OK);
    check_usable(&w);
  }
  vm_module_free(m);
  close_world(&w);
}

static void both(void (*test)(vm_tier))
{
  test(VM_TIER_0);
  if (getenv("VM_WORKER") == NULL) return;
  test(VM_TIER_2);
  test(VM_TIER_AUTO);
}

static void test_interrupts(void **state) { both(interrupts); }
static void test_deadlines(void **state) { both(deadlines); }
static void test_fuel(void **state) { both(fuels); }
static void test_start(void **state) { both(starts); }
static void test_heap(void **state) { both(heaps); }

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_interrupts), cmocka_unit_test(test_deadlines), cmocka_unit_test(test_fuel),
    cmocka_unit_test(test_heap), cmocka_unit_test(test_start)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
