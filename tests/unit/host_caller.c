/* host_caller.c - host functions know who called them and can end the guest, in every tier.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "vm/vm.h"

/* `who` gives the first word of its caller's memory: 1 for module one, 2 for module two. */
#define COMMON \
  "import func who \"host\" \"who\" () -> (i32)\n" \
  "import func end \"host\" \"end\" (i32) -> ()\n" \
  "type w func () -> (i32)\n" \
  "type given func ((ref w)) -> (i32)\n" \
  "memory mem 1 1\n" \
  "export memory \"memory\" mem\n"

static const char one[] =
    COMMON
    "import func slow \"host\" \"slow\" (dyn) -> (i32)\n"
    "data mark active mem 0 \"\\01\\00\\00\\00\"\n"
    "table tab (ref null w) 1\n"
    "elem e (ref null w) active tab 0 [func who]\n"
    "func direct () -> (i32) { call who return }\n"
    "func indirect () -> (i32) { i32.const 0 call_indirect tab w return }\n"
    "func byref () -> (i32) { ref.func who call_ref w return }\n"
    "func tail () -> (i32) { return_call who }\n"
    "func tail_indirect () -> (i32) { i32.const 0 return_call_indirect tab w }\n"
    "func tail_ref () -> (i32) { ref.func who return_call_ref w }\n"
    "func tail_twice () -> (i32) { return_call tail }\n"
    "func dynamic () -> (i32) { ref.func who dyn.from_ref dyn.call w slow return }\n"
    "func dynamic_slow () -> (i32) { dyn.nil dyn.call w slow return }\n"
    "export func \"dynamic\" dynamic\n"
    "export func \"dynamic_slow\" dynamic_slow\n"
    "func call_given (f: (ref w)) -> (i32) { local.get f call_ref w return }\n"
    "func tail_given (f: (ref w)) -> (i32) { local.get f return_call_ref w }\n"
    "export func \"who\" who\n"
    "export func \"direct\" direct\n"
    "export func \"indirect\" indirect\n"
    "export func \"byref\" byref\n"
    "export func \"tail\" tail\n"
    "export func \"tail_indirect\" tail_indirect\n"
    "export func \"tail_ref\" tail_ref\n"
    "export func \"tail_twice\" tail_twice\n"
    "export func \"call_given\" call_given\n"
    "export func \"tail_given\" tail_given\n";

/* Each of module two's functions calls one of module one's, and then `who` itself: 10 * 1 + 2. */
#define IMPORT(name) "import func " name " \"one\" \"" name "\" () -> (i32)\n"
#define BOTH "i32.const 10 i32.mul call who i32.add return }\n"
#define THROUGH(name) \
  "func t_" name " () -> (i32) { call " name " " BOTH "export func \"t_" name "\" t_" name "\n"
/* The same by a tail call in a function of its own: then it is not module two's call any more. */
#define TAILED(name) \
  "func r_" name "_ () -> (i32) { return_call " name " }\n" \
  "func r_" name " () -> (i32) { call r_" name "_ " BOTH "export func \"r_" name "\" r_" name "\n"
#define ALL(m) \
  m("direct") m("indirect") m("byref") m("tail") m("tail_indirect") m("tail_ref") \
  m("tail_twice") m("dynamic") m("dynamic_slow")

static const char two[] =
    "import func given \"one\" \"call_given\" ((ref w)) -> (i32)\n"
    "import func tail_given \"one\" \"tail_given\" ((ref w)) -> (i32)\n"
    "import func who1 \"one\" \"who\" () -> (i32)\n"
    ALL(IMPORT)
    COMMON
    "data mark active mem 0 \"\\02\\00\\00\\00\"\n"
    "global first mut i32 = 0\n"
    "func begin () -> () { call who global.set first return }\n"
    "start begin\n"
    "export global \"first\" first\n"
    ALL(THROUGH) ALL(TAILED)
    "func t_given () -> (i32) { ref.func who call given " BOTH
    "export func \"t_given\" t_given\n"
    "func t_tail_given () -> (i32) { ref.func who1 call tail_given " BOTH
    "export func \"t_tail_given\" t_tail_given\n"
    /* A host function of one's exports: two calls it. */
    "func mine () -> (i32) { return_call who1 }\n"
    "export func \"mine\" mine\n"
    "func guarded (code: i32) -> (i32) {\n"
    "  try t caught\n"
    "  local.get code call end\n"
    "  end t\n"
    "  i32.const 1 return\n"
    "caught ((ref exn)):\n"
    "  drop i32.const 2 return\n"
    "}\n"
    "export func \"guarded\" guarded\n"
    "func tail_end (code: i32) -> () { local.get code return_call end }\n"
    "func deep (code: i32, n: i32) -> (i32) {\n"
    "  try t caught\n"
    "  local.get n br_if more\n"
    "  local.get code call tail_end i32.const 1 return\n"
    "more:\n"
    "  local.get code local.get n i32.const 1 i32.sub call deep\n"
    "  return\n"
    "  end t\n"
    "caught ((ref exn)):\n"
    "  drop i32.const 2 return\n"
    "}\n"
    "export func \"deep\" deep\n";

static const char ends_at_once[] =
    "import func end \"host\" \"end\" (i32) -> ()\n"
    "func begin () -> () { i32.const 77 call end return }\n"
    "start begin\n";

typedef struct world {
  vm_engine *engine;
  vm_isolate *isolate;
  vm_module *modules[3];
  vm_instance *one, *two;
  int nested; /* the next call of `end` calls deep() itself */
  vm_status nested_status;
  vm_error error;
} world;

static vm_status who(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  uint8_t *base;
  uint64_t size;
  (void)user, (void)args;
  vm_instance *caller = vm_isolate_caller(iso);
  results[0].of.i32 = 0;
  if (caller && vm_instance_view_memory(caller, "memory", &base, &size, NULL) == VM_OK)
    results[0].of.i32 = base[0];
  return VM_OK;
}

static void call(world *w, const char *name, int32_t a, int32_t b, uint32_t nargs,
                 vm_status expected, int32_t *result)
{
  vm_ref f;
  vm_value args[2] = {vm_value_i32(a), vm_value_i32(b)}, r = vm_value_i32(0);
  assert_int_equal(vm_instance_get_func(w->two, name, &f, &w->error), VM_OK);
  vm_status st = vm_call(w->isolate, f, args, nargs, &r, 1, &w->error);
  if (st != expected)
    fail_msg("%s: expected %d, found %d: %s", name, expected, st, w->error.message);
  *result = r.of.i32;
}

static vm_status end(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  world *w = user;
  (void)results;
  if (w->nested) {
    int32_t r;
    vm_instance *caller = vm_isolate_caller(iso);
    w->nested = 0;
    call(w, "deep", 5, 9, 2, VM_TERMINATED, &r);
    assert_int_equal(w->error.trap, VM_TRAP_EXIT);
    assert_ptr_equal(vm_isolate_caller(iso), caller); /* as before the call */
    return w->nested_status;
  }
  return vm_isolate_exit(iso, args[0].of.i32);
}

static void load(world *w, int i, const char *text, vm_instance **out, vm_status expected)
{
  vm_error e = VM_ERROR_INIT;
  if (vm_module_assemble(w->engine, text, strlen(text), &w->modules[i], &e) != VM_OK)
    fail_msg("module %d, line %u: %s", i, e.line, e.message);
  vm_status st = vm_instance_new(w->isolate, w->modules[i], out, &e);
  if (st != expected) fail_msg("module %d: expected %d, found %d: %s", i, expected, st, e.message);
}

static void define(world *w, const char *name, const vm_type *params, uint32_t nparams,
                   const vm_type *results, uint32_t nresults, vm_host_function *function)
{
  assert_int_equal(vm_isolate_define_func(w->isolate, "host", name, params, nparams, results,
                                          nresults, function, w, NULL, NULL),
                   VM_OK);
}

static void open_world(world *w, vm_tier tier, uint32_t flags, uint32_t seed, uint32_t gc)
{
  const vm_type i32 = VM_I32, dyn = VM_DYN;
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  memset(w, 0, sizeof *w);
  w->error = (vm_error)VM_ERROR_INIT;
  c.tier = tier;
  c.tier_flags = flags;
  c.switch_seed = seed;
  c.gc_flags = gc;
  assert_int_equal(vm_engine_new(&c, &w->engine, NULL), VM_OK);
  assert_int_equal(vm_isolate_new(w->engine, NULL, &w->isolate, NULL), VM_OK);
  define(w, "who", NULL, 0, &i32, 1, who);
  define(w, "slow", &dyn, 1, &i32, 1, who);
  define(w, "end", &i32, 1, NULL, 0, end);
  load(w, 0, one, &w->one, VM_OK);
  assert_int_equal(vm_instance_define(w->one, "one", NULL), VM_OK);
  load(w, 1, two, &w->two, VM_OK);
}

static void close_world(world *w)
{
  assert_int_equal(vm_isolate_free(w->isolate, NULL), VM_OK);
  for (int i = 0; i < 3; i++) vm_module_free(w->modules[i]);
  assert_int_equal(vm_engine_free(w->engine, NULL), VM_OK);
}

static const struct {
  vm_tier tier;
  uint32_t flags, seed, gc;
} modes[] = {
    {VM_TIER_0, 0, 0, 0},
    {VM_TIER_0, 0, 0, VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY},
    {VM_TIER_1, 0, 0, 0},
    {VM_TIER_1, VM_TIER_SWITCH, 1, VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY},
    {VM_TIER_2, 0, 0, 0},
    {VM_TIER_2, VM_TIER_FORCE_EXITS, 0, 0},
    {VM_TIER_2, VM_TIER_SWITCH, 2, 0},
    {VM_TIER_2, VM_TIER_SWITCH | VM_TIER_FORCE_EXITS, 3,
     VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY},
    {VM_TIER_AUTO, 0, 0, 0},
};
enum { MODES = sizeof modes / sizeof modes[0], ROUNDS = 8 };

static void check_callers(world *w)
{
  static const char *const names[] = {
      "t_direct", "t_indirect", "t_byref", "t_tail", "t_tail_indirect", "t_tail_ref",
      "r_direct", "r_indirect", "r_byref", "r_tail", "r_tail_indirect", "r_tail_ref",
      "t_tail_twice", "r_tail_twice",
      "t_dynamic", "r_dynamic", "t_dynamic_slow", "r_dynamic_slow",
      "t_given", "t_tail_given"};
  vm_value first;
  assert_int_equal(vm_instance_get_global(w->two, "first", &first, NULL), VM_OK);
  assert_int_equal(first.of.i32, 2); /* in the start function, before the host knew the instance */
  for (int round = 0; round < ROUNDS; round++)
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
      int32_t r;
      call(w, names[i], 0, 0, 0, VM_OK, &r);
      if (r != 12) fail_msg("%s: expected 12, found %d", names[i], r);
      call(w, "mine", 0, 0, 0, VM_OK, &r);
      assert_int_equal(r, 2);
    }
  assert_null(vm_isolate_caller(w->isolate));
}

/* The host calls the host function itself: nobody's code called it. */
static void test_no_caller(void **state)
{
  world w;
  vm_ref f;
  vm_value r = vm_value_i32(9);
  (void)state;
  open_world(&w, VM_TIER_0, 0, 0, 0);
  assert_int_equal(vm_isolate_get_func(w.isolate, "host", "who", &f, NULL), VM_OK);
  assert_int_equal(vm_call(w.isolate, f, NULL, 0, &r, 1, NULL), VM_OK);
  assert_int_equal(r.of.i32, 0);
  assert_null(vm_isolate_caller(NULL));
  close_world(&w);
}

static void check_exit(world *w, int32_t expected)
{
  int32_t code = 0;
  vm_value payload;
  vm_exception x;
  assert_int_equal(w->error.trap, VM_TRAP_EXIT);
  assert_int_equal(vm_isolate_get_exit_code(w->isolate, &code, &w->error), VM_OK);
  assert_int_equal(code, expected);
  assert_int_equal(vm_exception_get_payload(w->isolate, VM_NULL_REF, &payload, NULL), VM_OK);
  assert_true(vm_dyn_is_int(payload) && vm_dyn_to_int(payload) == expected);
  assert_int_equal(vm_exception_get(w->isolate, VM_NULL_REF, &x, NULL), VM_OK);
  assert_int_equal(x.trap, VM_TRAP_EXIT);
  assert_true(x.frames >= 1);
}

static void check_exits(world *w)
{
  const int32_t codes[] = {0, 1, 255, -1, INT32_MIN, INT32_MAX};
  int32_t r;
  for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
    call(w, "guarded", codes[i], 0, 1, VM_TERMINATED, &r);
    check_exit(w, codes[i]);
    call(w, "deep", codes[i], 20, 2, VM_TERMINATED, &r);
    check_exit(w, codes[i]);
    call(w, "t_direct", 0, 0, 0, VM_OK, &r); /* the isolate is usable */
    assert_int_equal(r, 12);
    assert_int_equal(vm_isolate_get_exit_code(w->isolate, &r, &w->error), VM_NOT_FOUND);
  }
}

/* A program run by a host function of another: its end is the other's only if that is passed on. */
static void check_nested_exits(world *w)
{
  int32_t r;
  w->nested = 1;
  w->nested_status = VM_TERMINATED;
  call(w, "guarded", 1, 0, 1, VM_TERMINATED, &r);
  check_exit(w, 5);
  w->nested = 1;
  w->nested_status = VM_OK;
  call(w, "guarded", 1, 0, 1, VM_OK, &r);
  assert_int_equal(r, 1);
}

static void test_every_tier(void **state)
{
  (void)state;
  for (int m = 0; m < MODES; m++) {
    world w;
    open_world(&w, modes[m].tier, modes[m].flags, modes[m].seed, modes[m].gc);
    check_callers(&w);
    check_exits(&w);
    check_nested_exits(&w);
    close_world(&w);
  }
}

static void test_exit_in_start(void **state)
{
  world w;
  vm_instance *none;
  int32_t code = 0;
  (void)state;
  open_world(&w, VM_TIER_0, 0, 0, 0);
  load(&w, 2, ends_at_once, &none, VM_TERMINATED);
  assert_null(none);
  assert_int_equal(vm_isolate_get_exit_code(w.isolate, &code, NULL), VM_OK);
  assert_int_equal(code, 77);
  close_world(&w);
}

static void test_wrong_use(void **state)
{
  world w;
  int32_t code;
  (void)state;
  open_world(&w, VM_TIER_0, 0, 0, 0);
  assert_int_equal(vm_isolate_exit(NULL, 1), VM_ARGUMENT);
  assert_int_equal(vm_isolate_exit(w.isolate, 1), VM_STATE);
  assert_int_equal(vm_isolate_poll(NULL), VM_ARGUMENT);
  assert_int_equal(vm_isolate_poll(w.isolate), VM_STATE);
  assert_int_equal(vm_isolate_get_exit_code(NULL, &code, NULL), VM_ARGUMENT);
  assert_int_equal(vm_isolate_get_exit_code(w.isolate, NULL, NULL), VM_ARGUMENT);
  assert_int_equal(vm_isolate_get_exit_code(w.isolate, &code, &w.error), VM_NOT_FOUND);
  close_world(&w);
}

/* A host function that waits, until its isolate is to stop. */
static vm_status wait_for_stop(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)user, (void)args, (void)results;
  for (;;) {
    vm_status st = vm_isolate_poll(iso);
    if (st != VM_OK) return st;
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  }
}

static void *interrupt_soon(void *isolate)
{
  nanosleep(&(struct timespec){0, 20000000}, NULL);
  vm_isolate_interrupt(isolate, NULL);
  return NULL;
}

static void test_poll(void **state)
{
  static const char text[] =
      "import func wait \"host\" \"wait\" () -> ()\n"
      "func main () -> () {\n try t h\n call wait return\n end t\nh ((ref exn)):\n drop return }\n"
      "export func \"main\" main\n";
  vm_engine *engine;
  vm_isolate *iso;
  vm_module *module;
  vm_instance *inst;
  vm_ref f;
  vm_error e = VM_ERROR_INIT;
  pthread_t thread;
  (void)state;
  assert_int_equal(vm_engine_new(NULL, &engine, NULL), VM_OK);
  assert_int_equal(vm_isolate_new(engine, NULL, &iso, NULL), VM_OK);
  assert_int_equal(vm_isolate_define_func(iso, "host", "wait", NULL, 0, NULL, 0, wait_for_stop,
                                          NULL, NULL, NULL),
                   VM_OK);
  if (vm_module_assemble(engine, text, sizeof text - 1, &module, &e) != VM_OK)
    fail_msg("%s", e.message);
  assert_int_equal(vm_instance_new(iso, module, &inst, NULL), VM_OK);
  assert_int_equal(vm_instance_get_func(inst, "main", &f, NULL), VM_OK);
  assert_int_equal(vm_isolate_set_deadline(iso, 20, NULL), VM_OK);
  assert_int_equal(vm_call(iso, f, NULL, 0, NULL, 0, &e), VM_TERMINATED);
  assert_int_equal(e.trap, VM_TRAP_DEADLINE);
  assert_int_equal(vm_isolate_set_deadline(iso, 0, NULL), VM_OK);
  assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, iso), 0);
  assert_int_equal(vm_call(iso, f, NULL, 0, NULL, 0, &e), VM_TERMINATED);
  assert_int_equal(e.trap, VM_TRAP_INTERRUPT);
  pthread_join(thread, NULL);
  vm_isolate_free(iso, NULL);
  vm_module_free(module);
  vm_engine_free(engine, NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_tier),    cmocka_unit_test(test_no_caller),
      cmocka_unit_test(test_exit_in_start), cmocka_unit_test(test_wrong_use),
      cmocka_unit_test(test_poll),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
