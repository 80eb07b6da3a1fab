/* interp.c - what the interpreter does beyond single instructions: fuel, interruption, calls across
 * instances and into the host, tail calls in all directions, stack use, backtraces.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vm/vm.h"

typedef struct world {
  vm_engine *engine;
  vm_isolate *isolate;
  vm_module *modules[4];
  unsigned count;
} world;

static void ok(vm_status status, const vm_error *e)
{
  if (status != VM_OK) fail_msg("%s: %s", vm_status_name(status), e->message);
}

static world begin(bool meter)
{
  world w = {0};
  vm_error e = VM_ERROR_INIT;
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  config.tier = VM_TIER_0;
  config.meter_fuel = meter;
  ok(vm_engine_new(&config, &w.engine, &e), &e);
  ok(vm_isolate_new(w.engine, NULL, &w.isolate, &e), &e);
  return w;
}

static vm_instance *load(world *w, const char *text)
{
  vm_error e = VM_ERROR_INIT;
  vm_instance *instance;
  vm_module **m = &w->modules[w->count++];
  ok(vm_module_assemble(w->engine, text, strlen(text), m, &e), &e);
  ok(vm_instance_new(w->isolate, *m, &instance, &e), &e);
  return instance;
}

static void finish(world *w)
{
  vm_error e = VM_ERROR_INIT;
  ok(vm_isolate_verify_heap(w->isolate, &e), &e);
  ok(vm_isolate_free(w->isolate, &e), &e);
  while (w->count > 0) vm_module_free(w->modules[--w->count]);
  ok(vm_engine_free(w->engine, &e), &e);
}

/* Call an export of one i32 parameter and one i32 result. */
static vm_status call(vm_instance *instance, const char *name, int32_t x, int32_t *result,
                      vm_error *e)
{
  vm_isolate *isolate = vm_instance_isolate(instance);
  vm_ref func;
  vm_value arg = vm_value_i32(x), value = vm_value_i32(0);
  ok(vm_instance_get_func(instance, name, &func, e), e);
  vm_status status = vm_call(isolate, func, &arg, 1, &value, 1, e);
  *result = value.of.i32;
  return status;
}

static void expect(vm_instance *instance, const char *name, int32_t x, int32_t wanted)
{
  vm_error e = VM_ERROR_INIT;
  int32_t found;
  ok(call(instance, name, x, &found, &e), &e);
  assert_int_equal(found, wanted);
}

static void expect_failure(vm_instance *instance, const char *name, int32_t x, vm_status status,
                           vm_trap trap)
{
  vm_error e = VM_ERROR_INIT;
  int32_t found;
  assert_int_equal(call(instance, name, x, &found, &e), status);
  assert_int_equal(e.trap, trap);
}

/* ---- fuel: one unit a function entry, one a taken backward branch, no other ---- */

static const char fuel_text[] =
    "func loop (n: i32) -> (i32) {\n"
    "top:\n  local.get n\n  i32.const 1\n  i32.sub\n  local.tee n\n  br_if top\n"
    "  local.get n\n  return\n}\n"
    "func calls (n: i32) -> (i32) {\n"
    "  local.get n\n  call loop\n  local.get n\n  call loop\n  i32.add\n  br_if out\nout:\n"
    "  i32.const 7\n  return\n}\n"
    "func tail (n: i32) -> (i32) {\n"
    "  local.get n\n  br_unless done\n  local.get n\n  i32.const 1\n  i32.sub\n"
    "  return_call tail\ndone:\n  local.get n\n  return\n}\n"
    "func caught (n: i32) -> (i32) {\n"
    "  try t handle\n  local.get n\n  call loop\n  return\n  end t\n"
    "handle ((ref exn)):\n  drop\n  i32.const -1\n  return\n}\n"
    "func forever (n: i32) -> (i32) {\n"
    "again:\n  br again\n}\n"
    "export func \"loop\" loop\nexport func \"calls\" calls\nexport func \"tail\" tail\n"
    "export func \"caught\" caught\nexport func \"forever\" forever\n";

static void uses_fuel(world *w, vm_instance *instance, const char *name, int32_t x, uint64_t units)
{
  vm_error e = VM_ERROR_INIT;
  uint64_t left;
  int32_t found;
  ok(vm_isolate_set_fuel(w->isolate, units, &e), &e);
  ok(call(instance, name, x, &found, &e), &e);
  ok(vm_isolate_get_fuel(w->isolate, &left, &e), &e);
  assert_int_equal(left, 0);
  ok(vm_isolate_set_fuel(w->isolate, units - 1, &e), &e);
  assert_int_equal(call(instance, name, x, &found, &e), VM_TERMINATED);
  assert_int_equal(e.trap, VM_TRAP_FUEL);
}

static void test_fuel(void **state)
{
  world w = begin(true);
  vm_instance *instance = load(&w, fuel_text);
  uses_fuel(&w, instance, "loop", 1, 1);
  uses_fuel(&w, instance, "loop", 10, 10);
  uses_fuel(&w, instance, "calls", 5, 11);
  uses_fuel(&w, instance, "tail", 20, 21);
  uses_fuel(&w, instance, "caught", 4, 5);
  vm_error e = VM_ERROR_INIT;
  ok(vm_isolate_set_fuel(w.isolate, 100000, &e), &e);
  expect_failure(instance, "forever", 1, VM_TERMINATED, VM_TRAP_FUEL);
  ok(vm_isolate_set_fuel(w.isolate, UINT64_MAX, &e), &e);
  expect(instance, "calls", 3, 7);
  finish(&w);
}

static void test_stop(void **state)
{
  world w = begin(false);
  vm_instance *instance = load(&w, fuel_text);
  vm_error e = VM_ERROR_INIT;
  ok(vm_isolate_set_deadline(w.isolate, 10, &e), &e);
  expect_failure(instance, "forever", 1, VM_TERMINATED, VM_TRAP_DEADLINE);
  expect_failure(instance, "loop", 1, VM_TERMINATED, VM_TRAP_DEADLINE);
  ok(vm_isolate_set_deadline(w.isolate, 0, &e), &e);
  expect(instance, "loop", 1, 0);
  finish(&w);
}

/* ---- two instances and the host ---- */

static vm_status host_twice(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  if (args[0].of.i32 == 666) return vm_isolate_trap(isolate, VM_TRAP_ARRAY_BOUNDS);
  ++*(int *)user;
  results[0] = vm_value_i32(args[0].of.i32 * 2);
  return VM_OK;
}

static const char lower_text[] =
    "module lower\n"
    "import func twice \"host\" \"twice\" (i32) -> (i32)\n"
    "global base mut i32 = 100\n"
    "func add (n: i32) -> (i32) {\n  local.get n\n  global.get base\n  i32.add\n  return\n}\n"
    "func fail (n: i32) -> (i32) {\n  local.get n\n  i32.const 0\n  i32.div_s\n  return\n}\n"
    "func to_host (n: i32) -> (i32) {\n  local.get n\n  return_call twice\n}\n"
    "export func \"add\" add\nexport func \"fail\" fail\nexport func \"to_host\" to_host\n";

static const char upper_text[] =
    "module upper\n"
    "type unary func (i32) -> (i32)\n"
    "import func twice \"host\" \"twice\" (i32) -> (i32)\n"
    "import func add \"lower\" \"add\" (i32) -> (i32)\n"
    "import func fail \"lower\" \"fail\" (i32) -> (i32)\n"
    "import func to_host \"lower\" \"to_host\" (i32) -> (i32)\n"
    "global base mut i32 = 7\n"
    "func own (n: i32) -> (i32) {\n  global.get base\n  return\n}\n"
    "func host (n: i32) -> (i32) {\n  local.get n\n  call twice\n  local.get n\n  call twice\n"
    "  i32.add\n  global.get base\n  i32.add\n  return\n}\n"
    "func across (n: i32) -> (i32) {\n  local.get n\n  call add\n  global.get base\n  i32.add\n"
    "  return\n}\n"
    "func tail_across (n: i32) -> (i32) {\n  local.get n\n  return_call add\n}\n"
    "func tail_host (n: i32) -> (i32) {\n  local.get n\n  return_call twice\n}\n"
    "func mixed (n: i32) -> (i32) {\n  local.get n\n  call tail_across\n  call tail_host\n"
    "  call to_host\n  global.get base\n  i32.add\n  return\n}\n"
    "func by_ref (n: i32) -> (i32) {\n  local.get n\n  ref.func add\n  call_ref unary\n"
    "  ref.func twice\n  return_call_ref unary\n}\n"
    "func guard (n: i32) -> (i32) {\n  try t handle\n  local.get n\n  call fail\n  return\n  end t\n"
    "handle ((ref exn)):\n  exn.code\n  global.get base\n  i32.add\n  return\n}\n"
    "func guard_host (n: i32) -> (i32) {\n  try t handle\n  local.get n\n  call to_host\n  return\n"
    "  end t\nhandle ((ref exn)):\n  exn.code\n  global.get base\n  i32.add\n  return\n}\n"
    "func guard_tail (n: i32) -> (i32) {\n  try t handle\n  local.get n\n  call tail_host\n  return\n"
    "  end t\nhandle ((ref exn)):\n  exn.code\n  global.get base\n  i32.add\n  return\n}\n"
    "export func \"own\" own\nexport func \"host\" host\nexport func \"across\" across\n"
    "export func \"tail_across\" tail_across\nexport func \"tail_host\" tail_host\n"
    "export func \"mixed\" mixed\nexport func \"by_ref\" by_ref\nexport func \"guard\" guard\n"
    "export func \"guard_host\" guard_host\nexport func \"guard_tail\" guard_tail\n";

static void test_across(void **state)
{
  world w = begin(false);
  vm_error e = VM_ERROR_INIT;
  int calls = 0;
  const vm_type i32 = VM_I32;
  ok(vm_isolate_define_func(w.isolate, "host", "twice", &i32, 1, &i32, 1, host_twice, &calls, NULL,
                            &e), &e);
  vm_instance *lower = load(&w, lower_text);
  ok(vm_instance_define(lower, "lower", &e), &e);
  vm_instance *upper = load(&w, upper_text);
  expect(upper, "host", 5, 27);
  expect(upper, "across", 5, 112);
  expect(upper, "tail_across", 5, 105);
  expect(upper, "tail_host", 5, 10);
  expect(upper, "mixed", 1, 411);
  expect(upper, "by_ref", 1, 202);
  expect(upper, "guard", 1, 7 + VM_TRAP_DIVIDE_BY_ZERO);
  expect(upper, "guard_host", 1, 2);
  expect(upper, "guard_host", 666, 7 + VM_TRAP_ARRAY_BOUNDS);
  expect(upper, "guard_tail", 666, 7 + VM_TRAP_ARRAY_BOUNDS);
  expect_failure(upper, "tail_host", 666, VM_EXCEPTION, VM_TRAP_ARRAY_BOUNDS);
  expect(upper, "own", 0, 7);
  assert_int_equal(calls, 7);
  finish(&w);
}

/* ---- the stack ---- */

/* A function of 1000 parameters, each call of which moves all of them along by one. */
static char *wide_text(void)
{
  static char text[1 << 16];
  char *p = text;
  p += sprintf(p, "func wide (");
  for (int i = 0; i < 1000; i++) p += sprintf(p, "%si32", i ? ", " : "");
  p += sprintf(p, ") -> (i32) {\n  local.get 999\n  br_unless done\n");
  for (int i = 1; i < 1000; i++) p += sprintf(p, "  local.get %d\n", i);
  p += sprintf(p, "  i32.const 0\n  call wide\n  return\ndone:\n  local.get 0\n  return\n}\n");
  p += sprintf(p, "func start (n: i32) -> (i32) {\n");
  for (int i = 0; i < 999; i++) p += sprintf(p, "  i32.const %d\n", i);
  p += sprintf(p, "  local.get n\n  call wide\n  return\n}\n");
  p += sprintf(p, "func deep (n: i32) -> (i32) {\n  local.get n\n  br_unless done\n  local.get n\n"
                  "  i32.const 1\n  i32.sub\n  call deep\n  i32.const 1\n  i32.add\n  return\n"
                  "done:\n  local.get n\n  return\n}\n");
  p += sprintf(p, "func forever (n: i32) -> (i32) {\n");
  for (int i = 0; i < 999; i++) p += sprintf(p, "  local.get n\n");
  p += sprintf(p, "  local.get n\n  call spread\n  return\n}\nfunc spread (");
  for (int i = 0; i < 1000; i++) p += sprintf(p, "%si32", i ? ", " : "");
  p += sprintf(p, ") -> (i32) {\n  local.get 0\n  call forever\n  return\n}\n");
  sprintf(p, "export func \"start\" start\nexport func \"deep\" deep\n"
             "export func \"forever\" forever\n");
  return text;
}

static void test_stack(void **state)
{
  world w = begin(false);
  vm_instance *instance = load(&w, wide_text());
  expect(instance, "start", 0, 0);
  expect(instance, "start", 5, 1);
  expect(instance, "deep", 50000, 50000); /* far more than the native stack would hold frames */
  for (int i = 0; i < 3; i++) {
    expect_failure(instance, "forever", i, VM_EXCEPTION, VM_TRAP_STACK_OVERFLOW);
    expect_failure(instance, "deep", INT32_MAX, VM_EXCEPTION, VM_TRAP_STACK_OVERFLOW);
    expect(instance, "deep", 1000, 1000);
  }
  finish(&w);
}

/* ---- many functions, labels and locals: immediates of two bytes and more ---- */

static char *large_text(void)
{
  static char text[1 << 17];
  char *p = text;
  for (int i = 0; i < 400; i++)
    p += sprintf(p, "func f%d (n: i32) -> (i32) {\n  local.get n\n  i32.const %d\n  i32.add\n  return\n}\n",
                 i, i * 1000);
  p += sprintf(p, "type unary func (i32) -> (i32)\ntable t (ref null func) 400\n"
                  "elem e (ref null func) active t 0 [");
  for (int i = 0; i < 400; i++) p += sprintf(p, "%sfunc f%d", i ? ", " : "", i);
  p += sprintf(p, "]\nfunc pick (n: i32) -> (i32) {\n  local.get n\n  switch (");
  for (int i = 0; i < 400; i++) p += sprintf(p, "%sl%d", i ? ", " : "", i);
  p += sprintf(p, ") other\n");
  for (int i = 0; i < 400; i++) p += sprintf(p, "l%d:\n  local.get n\n  call f%d\n  br end_all\n", i, i);
  p += sprintf(p, "other:\n  i32.const -1\nend_all (i32):\n  return\n}\n");
  p += sprintf(p, "func by_table (n: i32) -> (i32) {\n  local.get n\n  local.get n\n"
                  "  call_indirect t unary\n  i32.const 1\n  i32.add\n  return\n}\n");
  p += sprintf(p, "func tail (n: i32) -> (i32) {\n  local.get n\n  return_call f300\n}\n");
  sprintf(p, "export func \"pick\" pick\nexport func \"by_table\" by_table\n"
             "export func \"tail\" tail\n");
  return text;
}

static void test_large(void **state)
{
  world w = begin(false);
  vm_instance *instance = load(&w, large_text());
  for (int32_t i = 0; i < 400; i += 13) {
    expect(instance, "pick", i, i * 1001);
    expect(instance, "by_table", i, i * 1001 + 1);
  }
  expect(instance, "pick", 400, -1);
  expect(instance, "tail", 5, 300005);
  finish(&w);
}

/* ---- backtraces ---- */

static const char trace_text[] =
    "source \"a.src\"\n"
    "func inner (n: i32) -> (i32) {\n  line 10\n  local.get n\n  line 11\n  i32.const 0\n"
    "  i32.div_s\n  return\n}\n"
    "func gone (n: i32) -> (i32) {\n  line 20\n  local.get n\n  return_call inner\n}\n"
    "func middle (n: i32) -> (i32) {\n  line 30\n  local.get n\n  call gone\n  line 31\n  return\n}\n"
    "func outer (n: i32) -> (i32) {\n  line 40\n  nop\n  line 41\n  local.get n\n  call middle\n"
    "  return\n}\n"
    "export func \"outer\" outer\n";

static void test_trace(void **state)
{
  static const uint32_t lines[] = {11, 30, 41};
  world w = begin(false);
  vm_instance *instance = load(&w, trace_text);
  expect_failure(instance, "outer", 1, VM_EXCEPTION, VM_TRAP_DIVIDE_BY_ZERO);
  vm_error e = VM_ERROR_INIT;
  for (uint32_t i = 0; i < 3; i++) {
    vm_frame frame;
    ok(vm_exception_get_frame(w.isolate, VM_NULL_REF, i, &frame, &e), &e);
    assert_int_equal(frame.line, lines[i]);
  }
  vm_frame frame;
  assert_int_not_equal(vm_exception_get_frame(w.isolate, VM_NULL_REF, 3, &frame, &e), VM_OK);
  finish(&w);
}

/* ---- listing ---- */

typedef struct failing {
  long left, live;
} failing;

static void *failing_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  failing *f = user;
  if (new_size == 0) {
    f->live -= (long)old_size;
    free(block);
    return NULL;
  }
  if (f->left == 0) return NULL;
  if (f->left > 0) f->left--;
  void *p = realloc(block, new_size);
  if (p != NULL) f->live += (long)new_size - (block ? (long)old_size : 0);
  return p;
}

static void test_listing_memory(void **state)
{
  static const char text[] =
      "func f (n: i32) -> (i32) { l: local.get n i32.const 1 i32.sub local.tee n br_if l\n"
      "local.get n call f return }\nfunc g () -> () { return }\n";
  failing f = {-1, 0};
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  vm_module *module;
  char *made;
  size_t size;
  config.allocator = (vm_allocator){failing_resize, &f};
  config.tier = VM_TIER_0;
  ok(vm_engine_new(&config, &engine, &e), &e);
  ok(vm_module_assemble(engine, text, sizeof text - 1, &module, &e), &e);
  assert_int_equal(vm_module_list_register_code(module, NULL, &size, &e), VM_ARGUMENT);
  assert_int_equal(vm_module_list_register_code(NULL, &made, &size, &e), VM_ARGUMENT);
  long live = f.live, n = 0;
  for (vm_status s = VM_MEMORY; s != VM_OK; n++) {
    f.left = n;
    s = vm_module_list_register_code(module, &made, &size, &e);
    f.left = -1;
    if (s == VM_OK) {
      assert_non_null(strstr(made, ";; l:\n"));
      assert_int_equal(size, strlen(made) + 1);
      vm_module_bytes_free(engine, made, size);
    } else {
      assert_int_equal(s, VM_MEMORY);
      assert_null(made);
      assert_int_equal(size, 0);
    }
    assert_int_equal(f.live, live);
  }
  assert_true(n > 8);
  vm_module_free(module);
  ok(vm_engine_free(engine, &e), &e);
  assert_int_equal(f.live, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_fuel),  cmocka_unit_test(test_stop),  cmocka_unit_test(test_across),
    cmocka_unit_test(test_stack), cmocka_unit_test(test_large), cmocka_unit_test(test_trace),
    cmocka_unit_test(test_listing_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
