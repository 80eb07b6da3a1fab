/* parallel.c - isolates in parallel threads share a module and its code while that is compiled in
 * the background and by hand.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vm/vm.h"

enum { THREADS = 6, ROUNDS = 3, LIVES = 4 };

static const char TEXT[] =
  "import func half \"host\" \"half\" (i32) -> (i32)\n"
  "type unary func (i32) -> (i32)\n"
  "type List struct { x: i32, next: (ref null List) }\n"
  "type Env struct { k: mut i32 }\n"
  "table tab (ref null func) 2\n"
  "elem e (ref null func) active tab 0 [func collatz, func half]\n"
  "global total mut i64 = 0\n"
  "func fib (n: i32) -> (i32) {\n  local.get n i32.const 2 i32.lt_s br_if small\n"
  "  local.get n i32.const 1 i32.sub call fib local.get n i32.const 2 i32.sub call fib i32.add return\n"
  "small: local.get n return\n}\n"
  "func collatz (n: i32) -> (i32) {\n  local steps: i32\n"
  "loop: local.get n i32.const 1 i32.eq br_if out\n"
  "  local.get steps i32.const 1 i32.add local.set steps\n"
  "  local.get n i32.const 1 i32.and br_if odd\n  local.get n call half local.set n br loop\n"
  "odd: local.get n i32.const 3 i32.mul i32.const 1 i32.add local.set n br loop\n"
  "out: local.get steps return\n}\n"
  "func build (n: i32) -> ((ref null List)) {\n  local l: (ref null List)\n"
  "loop: local.get n local.get l struct.new List local.set l\n"
  "  local.get n i32.const 1 i32.sub local.tee n br_if loop local.get l return\n}\n"
  "func sum (l: (ref null List)) -> (i32) {\n  local.get l br_on_null none\n"
  "  struct.get List next call sum local.get l struct.get List x i32.add return\n"
  "none: i32.const 0 return\n}\n"
  "func thrower (n: i32) -> (i32) {\n  local.get n br_if more\n"
  "  i32.const 3 ref.null (ref null List) struct.new List dyn.from_ref throw\n"
  "more: local.get n i32.const 1 i32.sub call thrower return\n}\n"
  "func catcher (n: i32) -> (i32) {\n  try t h local.get n call thrower end t return\n"
  "h ((ref exn)): exn.payload dyn.to_ref ref.cast (ref List) struct.get List x return\n}\n"
  "func adder (x: i32) -> (i32) env (ref Env) e {\n"
  "  local.get e local.get e struct.get Env k local.get x i32.add struct.set Env k\n"
  "  local.get e struct.get Env k return\n}\n"
  "func work (n: i32) -> (i32) {\n  local s: i32, i: i32, f: (ref null unary)\n"
  "  i32.const 0 struct.new Env closure.new adder local.set f\n"
  "loop: i32.const 12 call fib local.get s i32.add local.set s\n"
  "  i32.const 27 i32.const 0 call_indirect tab unary local.get s i32.add local.set s\n"
  "  i32.const 200 call build call sum local.get s i32.add local.set s\n"
  "  i32.const 20 call catcher local.get s i32.add local.set s\n"
  "  local.get i local.get f call_ref unary local.get s i32.add local.set s\n"
  "  global.get total i64.const 1 i64.add global.set total\n"
  "  local.get i i32.const 1 i32.add local.tee i local.get n i32.lt_s br_if loop\n"
  "  local.get s global.get total i32.wrap_i64 i32.add return\n}\n"
  "export func \"work\" work\n";

enum { FIB_12 = 144, COLLATZ_27 = 111, LIST_200 = 20100, THROWN = 3 };

typedef struct shared {
  vm_engine *engine;
  vm_module *module;
  int n;
  atomic_int failures;
} shared;

static int32_t expected(int n, int before)
{
  int32_t s = 0, k = 0;
  for (int i = 0; i < n; i++) {
    k += i;
    s += FIB_12 + COLLATZ_27 + LIST_200 + THROWN + k;
  }
  return s + before + n;
}

static vm_status half(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  results[0].of.i32 = args[0].of.i32 / 2;
  return VM_OK;
}

static int one_life(shared *s, uint32_t gc_flags)
{
  vm_isolate_config config = VM_ISOLATE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_isolate *isolate = NULL;
  vm_instance *instance;
  vm_type i32 = VM_I32;
  vm_value n = vm_value_i32(gc_flags ? 2 : s->n), r;
  vm_ref work;
  config.gc_flags = gc_flags;
  int bad = vm_isolate_new(s->engine, &config, &isolate, &e) != VM_OK ||
            vm_isolate_define_func(isolate, "host", "half", &i32, 1, &i32, 1, half, NULL, NULL,
                                   &e) != VM_OK ||
            vm_instance_new(isolate, s->module, &instance, &e) != VM_OK ||
            vm_instance_get_func(instance, "work", &work, &e) != VM_OK;
  for (int i = 0; i < ROUNDS && !bad; i++) {
    bad = vm_call(isolate, work, &n, 1, &r, 1, &e) != VM_OK ||
          r.of.i32 != expected(n.of.i32, i * n.of.i32);
  }
  bad = bad || vm_isolate_verify_heap(isolate, &e) != VM_OK;
  if (bad) fprintf(stderr, "a life went wrong: %s\n", e.message);
  return vm_isolate_free(isolate, &e) != VM_OK || bad;
}

static void *live(void *arg)
{
  shared *s = arg;
  for (int i = 0; i < LIVES; i++) s->failures += one_life(s, i == 1 ? VM_GC_STRESS : 0);
  return NULL;
}

/* Compiles the functions one by one while others run them. */
static void *compile(void *arg)
{
  shared *s = arg;
  vm_error e = VM_ERROR_INIT;
  for (uint32_t f = vm_module_function_count(s->module); f-- > 1;) {
    if (vm_module_compile(s->module, &f, 1, &e) == VM_OK) continue;
    fprintf(stderr, "function %u: %s\n", f, e.message);
    s->failures++;
  }
  return NULL;
}

/* Modules come and go, queued ones too. */
static void *load(void *arg)
{
  shared *s = arg;
  shared mine = {.engine = s->engine, .n = 300};
  for (int i = 0; i < LIVES; i++) {
    if (vm_module_assemble(s->engine, TEXT, strlen(TEXT), &mine.module, NULL) != VM_OK) {
      s->failures++;
      return NULL;
    }
    s->failures += one_life(&mine, 0);
    vm_module_free(mine.module);
  }
  return NULL;
}

static void run_all(vm_tier tier, int by_hand)
{
  shared s = {.n = 200};
  pthread_t threads[THREADS + 2];
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  config.tier = tier;
  config.worker = getenv("VM_WORKER");
  assert_int_equal(vm_engine_new(&config, &s.engine, &e), VM_OK);
  if (vm_module_assemble(s.engine, TEXT, strlen(TEXT), &s.module, &e) != VM_OK) {
    fail_msg("line %u: %s", e.line, e.message);
  }
  for (int i = 0; i < THREADS + 2; i++) {
    void *(*what)(void *) = i < THREADS ? live : i == THREADS ? load : by_hand ? compile : load;
    assert_int_equal(pthread_create(&threads[i], NULL, what, &s), 0);
  }
  for (int i = 0; i < THREADS + 2; i++) pthread_join(threads[i], NULL);
  assert_int_equal(s.failures, 0);
  vm_module_free(s.module);
  assert_int_equal(vm_engine_free(s.engine, &e), VM_OK);
}

static void test_interpreted(void **state) { run_all(VM_TIER_0, 0); }

static void test_background(void **state)
{
  if (getenv("VM_WORKER") == NULL) skip();
  run_all(VM_TIER_AUTO, 0);
}

static void test_by_hand(void **state)
{
  if (getenv("VM_WORKER") == NULL) skip();
  run_all(VM_TIER_AUTO, 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_interpreted),
                                     cmocka_unit_test(test_background),
                                     cmocka_unit_test(test_by_hand)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
