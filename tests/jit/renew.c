/* renew.c - code made in haste is replaced while a loop is running in it.
 *
 * SPDX-License-Identifier: MIT
 *
 * With the real compiler. `main` is one call: a loop of calls and inner loops that ends when the host
 * says so. The host says so when the unit that was made in haste has been unloaded, which cannot be
 * before main's frame has left it. What main computed meanwhile is compared with the same in C.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "vm/vm.h"

enum { TURNS = 1000, SECONDS = 60 };

static const char text[] =
  "module renew\n"
  "type Cell struct { value: mut i32 }\n"
  "type Ints array mut i32\n"
  "import func over \"host\" \"over\" () -> (i32)\n"
  "func mix (s: i32, n: i32, c: (ref null Cell)) -> (i32) {\n"
  "again:\n  local.get s\n  i32.const 31\n  i32.mul\n  local.get n\n  i32.add\n"
  "  local.get c\n  struct.get Cell value\n  i32.xor\n  local.set s\n"
  "  local.get n\n  i32.const 1\n  i32.sub\n  local.tee n\n  br_if again\n"
  "  local.get s\n  return\n}\n"
  "func main () -> (i32, i32) {\n"
  "  local s: i32, rounds: i32, c: (ref null Cell), a: (ref null Ints), i: i32\n"
  "  i32.const 64\n  array.new_default Ints\n  local.set a\n"
  "round:\n  local.get rounds\n  struct.new Cell\n  local.set c\n"
  "  local.get s\n  i32.const 1000\n  local.get c\n  call mix\n  local.set s\n"
  "  i32.const 0\n  local.set i\n"
  "fill:\n  local.get a\n  local.get i\n  local.get a\n  local.get i\n  array.get Ints\n"
  "  local.get s\n  i32.add\n  array.set Ints\n"
  "  local.get i\n  i32.const 1\n  i32.add\n  local.tee i\n  i32.const 64\n  i32.lt_s\n  br_if fill\n"
  "  local.get s\n  local.get a\n  i32.const 63\n  array.get Ints\n  i32.xor\n  local.set s\n"
  "  local.get rounds\n  i32.const 1\n  i32.add\n  local.set rounds\n"
  "  call over\n  i32.eqz\n  br_if round\n"
  "  local.get s\n  local.get rounds\n  return\n}\n"
  "export func \"main\" main\n";

static int32_t expected(uint32_t rounds)
{
  uint32_t s = 0, a = 0;
  for (uint32_t round = 0; round < rounds; round++) {
    for (uint32_t n = TURNS; n != 0; n--) s = (s * 31 + n) ^ round;
    a += s;
    s ^= a;
  }
  return (int32_t)s;
}

typedef struct guest {
  vm_engine *engine;
  _Atomic uint32_t quick, proper;
  uint32_t calls;
  time_t until;
  bool late;
} guest;

static void on_trace(void *user, const vm_trace_event *event)
{
  guest *g = user;
  if (strcmp(event->category, "compiler") != 0) return;
  if (strcmp(event->name, "quick") == 0) atomic_fetch_add(&g->quick, 1);
  if (strcmp(event->name, "compile") == 0) atomic_fetch_add(&g->proper, 1);
}

static vm_status over(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)isolate, (void)args;
  guest *g = user;
  vm_engine_stats st = {.size = sizeof st};
  results[0] = vm_value_i32(0);
  if (++g->calls % 256 != 0) return VM_OK;
  if (vm_engine_get_stats(g->engine, &st, NULL) != VM_OK) return VM_STATE;
  g->late = time(NULL) > g->until;
  results[0] = vm_value_i32(g->late || (atomic_load(&g->proper) > 0 && st.evicted_units > 0));
  return VM_OK;
}

static void run(uint32_t gc_flags)
{
  const vm_type i32 = VM_I32;
  guest g = {.until = time(NULL) + SECONDS};
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_isolate_config iso_config = VM_ISOLATE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_module *module;
  vm_isolate *iso;
  vm_instance *inst;
  vm_ref f;
  vm_value results[2];
  config.trace = on_trace;
  config.trace_user = &g;
  iso_config.gc_flags = gc_flags;
  if (vm_engine_new(&config, &g.engine, &e) != VM_OK) fail_msg("%s", e.message);
  if (vm_module_assemble(g.engine, text, sizeof text - 1, &module, &e) != VM_OK) fail_msg("%s", e.message);
  assert_int_equal(vm_isolate_new(g.engine, &iso_config, &iso, &e), VM_OK);
  assert_int_equal(vm_isolate_define_func(iso, "host", "over", NULL, 0, &i32, 1, over, &g, NULL, &e), VM_OK);
  assert_int_equal(vm_instance_new(iso, module, &inst, &e), VM_OK);
  assert_int_equal(vm_instance_get_func(inst, "main", &f, &e), VM_OK);
  if (vm_call(iso, f, NULL, 0, results, 2, &e) != VM_OK) fail_msg("%s", e.message);
  assert_false(g.late);
  assert_true(atomic_load(&g.quick) > 0);
  assert_int_equal(results[0].of.i32, expected((uint32_t)results[1].of.i32));
  assert_int_equal(vm_isolate_free(iso, &e), VM_OK);
  vm_module_free(module);
  assert_int_equal(vm_engine_free(g.engine, &e), VM_OK);
}

static void test_renew(void **state) { run(0); }
static void test_renew_stress(void **state) { run(VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY); }

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_renew), cmocka_unit_test(test_renew_stress)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
