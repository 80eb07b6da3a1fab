/* evict.c - a cap on compiled code that is far too small: results do not change, code stays bounded.
 *
 * SPDX-License-Identifier: MIT
 *
 * With the real compiler. Threads run functions in turns, so that each gets hot, goes cold and gets
 * hot again; some call back into the guest from deep within compiled recursion, so that code is
 * retired while frames of it are on native stacks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vm/vm.h"

enum { FUNCS = 24, THREADS = 3, CAP = 64 << 10, UNIT = 32 << 10, WANTED = 25, SECONDS = 120 };

typedef struct shared_state {
  vm_engine *engine;
  vm_module *module;
  _Atomic uint64_t most;   /* code_bytes seen */
  _Atomic bool failed;
} shared_state;

typedef struct guest {
  shared_state *s;
  vm_isolate *iso;
  vm_instance *inst;
  uint32_t seed;
} guest;

/* fK loops, with another constant each; walk goes down and calls the host at the bottom. */
static char *make_text(void)
{
  static const char body[] =
    "func f%d (n: i32) -> (i32) {\n  local s: i32\nloop:\n  local.get s\n  i32.const 31\n  i32.mul\n"
    "  local.get n\n  i32.const %d\n  i32.xor\n  i32.add\n  local.set s\n  local.get n\n  i32.const 1\n"
    "  i32.sub\n  local.set n\n  local.get n\n  br_if loop\n  local.get s\n  return\n}\n"
    "export func \"f%d\" f%d\n";
  static const char walk[] =
    "func walk (d: i32, work: i32) -> (i32) {\n  local s: i32\n  local.get work\n  i32.eqz\n  br_if go\n"
    "spin:\n  local.get s\n  local.get work\n  i32.add\n  local.set s\n  local.get work\n  i32.const 1\n"
    "  i32.sub\n  local.set work\n  local.get work\n  br_if spin\ngo:\n  local.get d\n  br_if deeper\n"
    "  call turn\n  return\ndeeper:\n  local.get d\n  i32.const 1\n  i32.sub\n  i32.const 0\n  call walk\n"
    "  i32.const 1\n  i32.add\n  return\n}\nexport func \"walk\" walk\n";
  size_t size = 1 << 16, used = 0;
  char *text = malloc(size);
  assert_non_null(text);
  used = (size_t)snprintf(text, size, "module many\nimport func turn \"host\" \"turn\" () -> (i32)\n%s", walk);
  for (int i = 0; i < FUNCS; i++) {
    used += (size_t)snprintf(text + used, size - used, body, i, i * 7919, i, i);
    assert_true(used < size);
  }
  return text;
}

static int32_t expected(uint32_t k, uint32_t n)
{
  uint32_t s = 0;
  for (; n != 0; n--) s = s * 31 + (n ^ k * 7919);
  return (int32_t)s;
}

static vm_engine_stats stats(shared_state *s)
{
  vm_engine_stats st = {.size = sizeof st};
  if (vm_engine_get_stats(s->engine, &st, NULL) != VM_OK) atomic_store(&s->failed, true);
  uint64_t most = atomic_load(&s->most);
  while (st.code_bytes > most && !atomic_compare_exchange_weak(&s->most, &most, st.code_bytes)) {}
  return st;
}

static int32_t call(guest *g, const char *name, const vm_value *args, uint32_t n)
{
  vm_ref f;
  vm_error e = VM_ERROR_INIT;
  vm_value result = vm_value_i32(0);
  vm_scope scope;
  if (vm_scope_open(g->iso, &scope, &e) != VM_OK || vm_instance_get_func(g->inst, name, &f, &e) != VM_OK ||
      vm_call(g->iso, f, args, n, &result, 1, &e) != VM_OK) {
    printf("%s: %s\n", name, e.message);
    atomic_store(&g->s->failed, true);
  }
  vm_scope_close(g->iso, scope, NULL);
  return result.of.i32;
}

/* A few functions, each until it must have become hot. */
static void some(guest *g, int count)
{
  for (int i = 0; i < count; i++) {
    uint32_t k = (g->seed = g->seed * 1664525 + 1013904223) >> 16;
    uint32_t n = 200000 + k % 1000;
    k %= FUNCS;
    char name[16];
    snprintf(name, sizeof name, "f%u", k);
    vm_value arg = vm_value_i32((int32_t)n);
    for (int round = 0; round < 40; round++) {
      if (call(g, name, &arg, 1) == expected(k, n)) continue;
      printf("f%u(%u) is wrong\n", k, n);
      atomic_store(&g->s->failed, true);
    }
    stats(g->s);
  }
}

static vm_status turn(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso, (void)args;
  some(user, 3);
  results[0] = vm_value_i32(1000);
  return VM_OK;
}

static void run(guest *g)
{
  time_t end = time(NULL) + SECONDS;
  while (stats(g->s).evicted_units < WANTED && time(NULL) < end && !atomic_load(&g->s->failed)) {
    some(g, 2);
    vm_value args[2] = {vm_value_i32(0), vm_value_i32(3000000)};
    for (int i = 0; i < 2; i++) call(g, "walk", args, 2); /* it is compiled, or will be */
    args[0] = vm_value_i32(50);
    args[1] = vm_value_i32(0);
    if (call(g, "walk", args, 2) != 1050) atomic_store(&g->s->failed, true);
  }
}

static void *thread(void *arg)
{
  guest *g = arg;
  const vm_type i32 = VM_I32;
  vm_error e = VM_ERROR_INIT;
  vm_status st = vm_isolate_new(g->s->engine, NULL, &g->iso, &e);
  if (st == VM_OK) st = vm_isolate_define_func(g->iso, "host", "turn", NULL, 0, &i32, 1, turn, g, NULL, &e);
  if (st == VM_OK) st = vm_instance_new(g->iso, g->s->module, &g->inst, &e);
  if (st == VM_OK) run(g);
  else atomic_store(&g->s->failed, true);
  vm_isolate_free(g->iso, NULL);
  return NULL;
}

static void open_engine(shared_state *s, vm_tier tier, uint64_t cap, vm_error *e)
{
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  c.tier = tier;
  c.max_code = cap;
  assert_int_equal(vm_engine_new(&c, &s->engine, e), VM_OK);
  char *text = make_text();
  vm_status st = vm_module_assemble(s->engine, text, strlen(text), &s->module, e);
  free(text);
  if (st != VM_OK) fail_msg("%s", e->message);
}

static void test_threads(void **state)
{
  static shared_state s;
  vm_error e = VM_ERROR_INIT;
  guest guests[THREADS];
  pthread_t threads[THREADS];
  open_engine(&s, VM_TIER_AUTO, CAP, &e);
  for (uint32_t i = 0; i < THREADS; i++) {
    guests[i] = (guest){.s = &s, .seed = i};
    assert_int_equal(pthread_create(&threads[i], NULL, thread, &guests[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  vm_engine_stats st = stats(&s);
  printf("%llu units compiled, %llu evicted, at most %llu bytes of code\n",
         (unsigned long long)st.compiled_units, (unsigned long long)st.evicted_units,
         (unsigned long long)s.most);
  assert_false(s.failed);
  assert_true(st.compiler_available);
  assert_true(st.evicted_units >= WANTED);
  assert_true(s.most <= CAP + UNIT); /* the unit that was just made comes on top */
  vm_module_free(s.module);
  assert_int_equal(stats(&s).code_bytes, 0);
  assert_int_equal(vm_engine_free(s.engine, &e), VM_OK);
}

/* Compiled at load, nothing would bring it back: it is not evicted, but there is no more of it. */
static void test_all_at_once(void **state)
{
  static shared_state s;
  vm_error e = VM_ERROR_INIT;
  open_engine(&s, VM_TIER_2, 1, &e); /* one unit */
  vm_engine_stats st = stats(&s);
  assert_int_equal(st.compiled_units, 1);
  assert_int_equal(st.evicted_units, 0);
  assert_string_equal(st.compiler_reason, "the limit of compiled code (max_code) is reached");
  vm_module_free(s.module);
  assert_int_equal(vm_engine_free(s.engine, &e), VM_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads), cmocka_unit_test(test_all_at_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
