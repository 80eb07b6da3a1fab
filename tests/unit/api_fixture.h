/* api_fixture.h - what the tests of the API share: an allocator that counts, a module, a world.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef API_FIXTURE_H
#define API_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vm/vm.h"

/* Counts blocks and bytes, fails the allocation number `fail_at` (from 1; 0: none), and all later
 * ones if `for_good`. The compiler's thread allocates too, hence the atomics. */
typedef struct api_counter {
  _Atomic size_t bytes, blocks, calls;
  size_t fail_at;
  int for_good;
} api_counter;

static inline void *api_counting(void *user, void *block, size_t old_size, size_t new_size)
{
  api_counter *c = user;
  if (new_size == 0) {
    atomic_fetch_sub(&c->bytes, old_size);
    atomic_fetch_sub(&c->blocks, 1);
    free(block);
    return NULL;
  }
  size_t call = atomic_fetch_add(&c->calls, 1) + 1;
  if (c->fail_at != 0 && (call == c->fail_at || (c->for_good && call > c->fail_at))) return NULL;
  void *result = realloc(block, new_size);
  if (result == NULL) return NULL;
  atomic_fetch_add(&c->bytes, new_size - (block != NULL ? old_size : 0));
  if (block == NULL) atomic_fetch_add(&c->blocks, 1);
  return result;
}

#define API_TEXT \
  "module demo\n" \
  "source \"demo.src\"\n" \
  "type Node struct { value: mut i64, next: mut (ref null Node), tag: mut i8, fixed: i32 }\n" \
  "type Leaf struct : Node { more: mut dyn }\n" \
  "type Strict struct { must: (ref Node) }\n" \
  "type Bytes array mut i8\n" \
  "type Shorts array i16\n" \
  "type Doubles array mut f64\n" \
  "type Nodes array mut (ref null Node)\n" \
  "import func call_host \"host\" \"f\" (i32, dyn) -> (dyn)\n" \
  "memory mem 1 2\n" \
  "table tab (ref null func) 3\n" \
  "global counter mut i32 = 5\n" \
  "global fixed f64 = 0x1.8p+1\n" \
  "global node mut (ref null Node) = null\n" \
  "data init active mem 16 \"hello\"\n" \
  "elem fns (ref null func) active tab 0 [func add, null]\n" \
  "func add (a: i32, b: i32) -> (i32) {\n" \
  "  local.get a\n  local.get b\n  i32.add\n  return\n}\n" \
  "func all (a: i32, b: i64, c: f32, d: f64, e: dyn, n: (ref null Node))\n" \
  "    -> (i32, i64, f32, f64, dyn, (ref null Node)) {\n" \
  "  local.get a\n  local.get b\n  local.get c\n  local.get d\n  local.get e\n  local.get n\n" \
  "  return\n}\n" \
  "func take (n: (ref Node)) -> (i64) {\n" \
  "  local.get n\n  struct.get Node value\n  return\n}\n" \
  "func make (v: i64, next: (ref null Node)) -> ((ref Node)) {\n" \
  "  local.get v\n  local.get next\n  i32.const 7\n  i32.const 9\n  struct.new Node\n" \
  "  return\n}\n" \
  "func divide (a: i32, b: i32) -> (i32) {\n" \
  "  line 41\n  local.get a\n  local.get b\n  i32.div_s\n  return\n}\n" \
  "func outer (a: i32, b: i32) -> (i32) {\n" \
  "  line 50\n  local.get a\n  local.get b\n  call divide\n  return\n}\n" \
  "func throw_it (x: dyn) -> () {\n" \
  "  line 60\n  local.get x\n  throw\n}\n" \
  "func spin () -> () {\n" \
  "again:\n  br again\n}\n" \
  "func deep (n: i32) -> (i32) {\n" \
  "  local.get n\n  call deep\n  i32.const 1\n  i32.add\n  return\n}\n" \
  "func through (n: i32, x: dyn) -> (dyn) {\n" \
  "  line 70\n  local.get n\n  local.get x\n  call call_host\n  return\n}\n" \
  "func guarded (n: i32, x: dyn) -> (dyn) {\n" \
  "  try t caught\n  local.get n\n  local.get x\n  call call_host\n  end t\n  return\n" \
  "caught ((ref exn)):\n  exn.payload\n  return\n}\n" \
  "export func \"add\" add\n" \
  "export func \"all\" all\n" \
  "export func \"take\" take\n" \
  "export func \"make\" make\n" \
  "export func \"divide\" divide\n" \
  "export func \"outer\" outer\n" \
  "export func \"throw\" throw_it\n" \
  "export func \"spin\" spin\n" \
  "export func \"deep\" deep\n" \
  "export func \"through\" through\n" \
  "export func \"guarded\" guarded\n" \
  "export memory \"mem\" mem\n" \
  "export table \"tab\" tab\n" \
  "export global \"counter\" counter\n" \
  "export global \"fixed\" fixed\n" \
  "export global \"node\" node\n" \
  "export type \"Node\" Node\n"

/* Engine, module, isolate and instance, with a host function whose behaviour a test can set. */
typedef struct api_world {
  api_counter counter;
  vm_engine *engine;
  vm_module *module;
  vm_isolate *isolate;
  vm_instance *instance;
  vm_host_function *host; /* what "host" "f" does */
  void *host_user;
  int ended;              /* for finalizers that count */
  vm_error error;
} api_world;

static inline vm_status api_host(vm_isolate *isolate, void *user, const vm_value *args,
                                 vm_value *results)
{
  api_world *w = user;
  return w->host(isolate, w->host_user, args, results);
}

static inline vm_status api_echo(vm_isolate *isolate, void *user, const vm_value *args,
                                 vm_value *results)
{
  results[0] = args[1];
  return VM_OK;
}

static inline vm_status api_define(api_world *w)
{
  const vm_type params[] = {VM_I32, VM_DYN}, result = VM_DYN;
  return vm_isolate_define_func(w->isolate, "host", "f", params, 2, &result, 1, api_host, w, NULL,
                                &w->error);
}

/* Everything, from nothing. On failure what was made stays in `w`. */
static inline vm_status api_open(api_world *w, const vm_engine_config *config,
                                 const vm_isolate_config *limits)
{
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  c.tier = VM_TIER_0;
  if (config != NULL) c = *config;
  c.allocator = (vm_allocator){api_counting, &w->counter};
  if (config == NULL && getenv("VM_TEST_TIER_2") != NULL) c.tier = VM_TIER_2;
  if (getenv("VM_TEST_GC_STRESS") != NULL) c.gc_flags = VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY;
  w->error = (vm_error)VM_ERROR_INIT;
  w->host = api_echo;
  vm_status s = vm_engine_new(&c, &w->engine, &w->error);
  if (s == VM_OK) s = vm_module_assemble(w->engine, API_TEXT, strlen(API_TEXT), &w->module,
      &w->error);
  if (s == VM_OK) s = vm_isolate_new(w->engine, limits, &w->isolate, &w->error);
  if (s == VM_OK) s = api_define(w);
  if (s == VM_OK) s = vm_instance_new(w->isolate, w->module, &w->instance, &w->error);
  return s;
}

static inline void api_close(api_world *w)
{
  assert_int_equal(vm_isolate_free(w->isolate, NULL), VM_OK);
  vm_module_free(w->module);
  assert_int_equal(vm_engine_free(w->engine, NULL), VM_OK);
  assert_int_equal(w->counter.bytes, 0);
  assert_int_equal(w->counter.blocks, 0);
}

static inline int api_setup(void **state)
{
  api_world *w = calloc(1, sizeof *w);
  if (w == NULL) return -1;
  if (api_open(w, NULL, NULL) != VM_OK) {
    fprintf(stderr, "set-up: %s (line %u, column %u)\n", w->error.message, w->error.line,
            w->error.column);
    return -1;
  }
  *state = w;
  return 0;
}

static inline int api_teardown(void **state)
{
  api_close(*state);
  free(*state);
  return 0;
}

static inline vm_ref api_func(api_world *w, const char *name)
{
  vm_ref f;
  assert_int_equal(vm_instance_get_func(w->instance, name, &f, &w->error), VM_OK);
  return f;
}

static inline vm_ref api_node(api_world *w, int64_t value, vm_ref next)
{
  vm_value args[2] = {vm_value_i64(value), vm_value_ref(next)}, result;
  assert_int_equal(vm_call(w->isolate, api_func(w, "make"), args, 2, &result, 1, &w->error), VM_OK);
  return result.of.ref;
}

static inline vm_typeid api_type(api_world *w, const char *name)
{
  vm_typeid id = 0;
  assert_int_equal(vm_instance_get_type(w->instance, name, &id, &w->error), VM_OK);
  return id;
}

/* A call that must fail, with a message that has `text` in it. */
#define API_FAILS(w, status_, text, call) \
  do { \
    (w)->error.message[0] = '\0'; \
    assert_int_equal((call), (status_)); \
    assert_int_equal((w)->error.status, (status_)); \
    if (strstr((w)->error.message, (text)) == NULL) \
      fail_msg("expected \"%s\" in \"%s\"", (text), (w)->error.message); \
  } while (0)

#endif
