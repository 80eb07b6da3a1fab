/* api_exceptions.c - traps, exceptions, terminations and what the host sees of them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>

#include "api_fixture.h"

static vm_status divide(api_world *w, const char *name, int32_t a, int32_t b, vm_value *r)
{
  vm_value args[2] = {vm_value_i32(a), vm_value_i32(b)};
  return vm_call(w->isolate, api_func(w, name), args, 2, r, 1, &w->error);
}

static void test_trap(void **state)
{
  api_world *w = *state;
  vm_value r;
  API_FAILS(w, VM_EXCEPTION, "divide-by-zero", divide(w, "outer", 1, 0, &r));
  assert_int_equal(w->error.trap, VM_TRAP_DIVIDE_BY_ZERO);
  assert_int_equal(w->error.line, 41);
  vm_exception e;
  vm_frame f;
  assert_int_equal(vm_exception_get(w->isolate, vm_ref_null(), &e, &w->error), VM_OK);
  assert_int_equal(e.trap, VM_TRAP_DIVIDE_BY_ZERO);
  assert_int_equal(e.frames, 2);
  assert_int_equal(e.frames_total, 2);
  assert_int_equal(vm_exception_get_frame(w->isolate, vm_ref_null(), 0, &f, &w->error), VM_OK);
  assert_string_equal(f.function, "divide");
  assert_string_equal(f.module, "demo");
  assert_string_equal(f.file, "demo.src");
  assert_int_equal(f.line, 41);
  assert_int_equal(vm_exception_get_frame(w->isolate, vm_ref_null(), 1, &f, &w->error), VM_OK);
  assert_string_equal(f.function, "outer");
  assert_int_equal(f.line, 50);
  API_FAILS(w, VM_ARGUMENT, "the backtrace has 2",
            vm_exception_get_frame(w->isolate, vm_ref_null(), 2, &f, &w->error));
  char text[512], small[8];
  size_t needed = 0;
  assert_int_equal(
      vm_exception_format(w->isolate, vm_ref_null(), text, sizeof text, &needed, &w->error), VM_OK);
  assert_string_equal(text, "trap divide-by-zero: Integer division or remainder by zero.\n"
                            "  at demo.divide (demo.src:41)\n"
                            "  at demo.outer (demo.src:50)\n");
  assert_int_equal(needed, strlen(text));
  assert_int_equal(vm_exception_format(w->isolate, vm_ref_null(), small, 8, &needed, &w->error),
      VM_OK);
  assert_string_equal(small, "trap di");
  assert_int_equal(vm_exception_format(w->isolate, vm_ref_null(), NULL, 0, &needed, &w->error),
      VM_OK);
  assert_int_equal(needed, strlen(text));
  /* The isolate goes on. */
  assert_int_equal(divide(w, "outer", 7, 2, &r), VM_OK);
  assert_int_equal(r.of.i32, 3);
  API_FAILS(w, VM_NOT_FOUND, "without", vm_exception_get(w->isolate, vm_ref_null(), &e, &w->error));
}

static void test_describe(void **state)
{
  api_world *w = *state;
  vm_frame f;
  assert_int_equal(vm_func_describe(w->isolate, api_func(w, "outer"), &f, &w->error), VM_OK);
  assert_string_equal(f.module, "demo");
  assert_string_equal(f.function, "outer");
  assert_string_equal(f.file, "demo.src");
  assert_int_equal(f.offset, 0);
  API_FAILS(w, VM_HANDLE, "function",
            vm_func_describe(w->isolate, vm_ref_null(), &f, &w->error));
  API_FAILS(w, VM_ARGUMENT, "out", vm_func_describe(w->isolate, vm_ref_null(), NULL, &w->error));
}

static void test_throw(void **state)
{
  api_world *w = *state;
  vm_value arg = vm_dyn_int(99), payload;
  vm_ref throw_it = api_func(w, "throw"), exn;
  API_FAILS(w, VM_EXCEPTION, "", vm_call(w->isolate, throw_it, &arg, 1, NULL, 0, &w->error));
  assert_int_equal(w->error.trap, VM_TRAP_NONE);
  assert_int_equal(vm_isolate_get_exception(w->isolate, &exn, &w->error), VM_OK);
  assert_int_equal(vm_exception_get_payload(w->isolate, exn, &payload, &w->error), VM_OK);
  assert_int_equal(vm_dyn_to_int(payload), 99);
  /* A handle keeps it beyond the next call. */
  vm_value r;
  assert_int_equal(divide(w, "divide", 4, 2, &r), VM_OK);
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  char text[256];
  assert_int_equal(vm_exception_format(w->isolate, exn, text, sizeof text, NULL, &w->error), VM_OK);
  assert_string_equal(text, "exception: 99\n  at demo.throw_it (demo.src:60)\n");
  vm_exception e;
  API_FAILS(w, VM_HANDLE, "expected exn, found func",
            vm_exception_get(w->isolate, throw_it, &e, &w->error));
}

/* What a dynamic language throws: a text is shown, of other things what they are. */
static void test_throw_dynamic(void **state)
{
  api_world *w = *state;
  vm_ref refs[3], throw_it = api_func(w, "throw");
  assert_int_equal(vm_symbol_new(w->isolate, "no\tsuch", 7, &refs[0], &w->error), VM_OK);
  assert_int_equal(vm_map_new(w->isolate, &refs[1], &w->error), VM_OK);
  assert_int_equal(vm_shaped_new(w->isolate, vm_ref_null(), &refs[2], &w->error), VM_OK);
  const char *const shown[] = {"no\\09such", "a map", "an object"};
  for (int i = 0; i < 3; i++) {
    char text[256], expected[256];
    vm_value arg = vm_dyn_ref(refs[i]);
    API_FAILS(w, VM_EXCEPTION, "", vm_call(w->isolate, throw_it, &arg, 1, NULL, 0, &w->error));
    assert_int_equal(
        vm_exception_format(w->isolate, vm_ref_null(), text, sizeof text, NULL, &w->error), VM_OK);
    snprintf(expected, sizeof expected, "exception: %s\n  at demo.throw_it (demo.src:60)\n",
             shown[i]);
    assert_string_equal(text, expected);
  }
}

static vm_status throw_payload(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  return vm_isolate_throw(iso, &args[1]);
}

static vm_status throw_words(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  return vm_isolate_throw_text(iso, "no\nsuch thing");
}

static vm_status trap_host(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  return vm_isolate_trap(iso, (vm_trap)args[0].of.i32);
}

static vm_status fail_somehow(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  return (vm_status)args[0].of.i32;
}

static vm_status call_through(api_world *w, const char *name, int32_t n, vm_value x, vm_value *r)
{
  vm_value args[2] = {vm_value_i32(n), x};
  return vm_call(w->isolate, api_func(w, name), args, 2, r, 1, &w->error);
}

static void test_host_throws(void **state)
{
  api_world *w = *state;
  vm_value r, payload;
  w->host = throw_payload;
  API_FAILS(w, VM_EXCEPTION, "", call_through(w, "through", 0, vm_dyn_int(5), &r));
  assert_int_equal(vm_exception_get_payload(w->isolate, vm_ref_null(), &payload, &w->error), VM_OK);
  assert_int_equal(vm_dyn_to_int(payload), 5);
  assert_int_equal(call_through(w, "guarded", 0, vm_dyn_int(6), &r), VM_OK);
  assert_int_equal(vm_dyn_to_int(r), 6);
  w->host = throw_words;
  API_FAILS(w, VM_EXCEPTION, "", call_through(w, "through", 0, vm_dyn_nil(), &r));
  char text[256];
  assert_int_equal(
      vm_exception_format(w->isolate, vm_ref_null(), text, sizeof text, NULL, &w->error), VM_OK);
  assert_non_null(strstr(text, "exception: no\\0asuch thing\n"));
  assert_non_null(strstr(text, "  at demo.through (demo.src:70)\n"));
  assert_int_equal(call_through(w, "guarded", 0, vm_dyn_nil(), &r), VM_OK);
  vm_ref_info info;
  assert_int_equal(vm_ref_get_info(w->isolate, r.of.ref, &info, &w->error), VM_OK);
  assert_int_equal(info.type, api_type(w, "Bytes"));
}

static void test_host_traps(void **state)
{
  api_world *w = *state;
  vm_value r;
  w->host = trap_host;
  assert_int_equal(call_through(w, "through", VM_TRAP_CAST_FAILURE, vm_dyn_nil(), &r),
      VM_EXCEPTION);
  assert_int_equal(w->error.trap, VM_TRAP_CAST_FAILURE);
  const int not_allowed[] = {VM_TRAP_NONE, VM_TRAP_FUEL, VM_TRAP_DEADLINE, VM_TRAP_INTERRUPT, VM_TRAP_EXIT, -1,
      99};
  for (size_t i = 0; i < 7; i++) {
    assert_int_equal(call_through(w, "through", not_allowed[i], vm_dyn_nil(), &r), VM_EXCEPTION);
    assert_int_equal(w->error.trap, VM_TRAP_HOST);
  }
  w->host = fail_somehow;
  const struct {
    int status, trap;
  } failures[] = {{VM_ARGUMENT, VM_TRAP_HOST},          {VM_EXCEPTION, VM_TRAP_HOST},
                  {VM_TERMINATED, VM_TRAP_HOST},        {VM_MEMORY, VM_TRAP_OUT_OF_MEMORY},
                  {VM_LIMIT, VM_TRAP_STACK_OVERFLOW},   {77, VM_TRAP_HOST}};
  for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
    int status = failures[i].status;
    assert_int_equal(call_through(w, "through", status, vm_dyn_nil(), &r), VM_EXCEPTION);
    assert_int_equal(w->error.trap, failures[i].trap);
    assert_int_equal(call_through(w, "guarded", status, vm_dyn_nil(), &r), VM_OK);
  }
}

static void test_throw_outside(void **state)
{
  api_world *w = *state;
  vm_value v = vm_dyn_int(1);
  assert_int_equal(vm_isolate_throw(w->isolate, &v), VM_STATE);
  assert_int_equal(vm_isolate_throw_text(w->isolate, "x"), VM_STATE);
  assert_int_equal(vm_isolate_trap(w->isolate, VM_TRAP_HOST), VM_STATE);
  assert_int_equal(vm_isolate_throw(w->isolate, NULL), VM_ARGUMENT);
  assert_int_equal(vm_isolate_throw_text(NULL, "x"), VM_ARGUMENT);
  vm_ref ref;
  API_FAILS(w, VM_NOT_FOUND, "without", vm_isolate_get_exception(w->isolate, &ref, &w->error));
  assert_int_equal(vm_isolate_rethrow(w->isolate, vm_ref_null()), VM_STATE);
}

/* A host function that keeps what a call ended with, calls the guest for something else, throws it again. */
static vm_status throw_again(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  api_world *w = user;
  vm_value numbers[2] = {vm_value_i32(1), vm_value_i32(0)}, r;
  vm_ref exn;
  vm_status status;
  if (args[0].of.i32 == 2) {
    assert_int_equal(vm_isolate_interrupt(iso, NULL), VM_OK);
    status = vm_call(iso, api_func(w, "spin"), NULL, 0, NULL, 0, NULL);
    assert_int_equal(status, VM_TERMINATED);
  } else {
    status = vm_call(iso, api_func(w, "outer"), numbers, 2, &r, 1, NULL);
    assert_int_equal(status, VM_EXCEPTION);
  }
  assert_int_equal(vm_isolate_get_exception(iso, &exn, NULL), VM_OK);
  numbers[1] = vm_value_i32(1);
  vm_status other = vm_call(iso, api_func(w, "divide"), numbers, 2, &r, 1, NULL);
  assert_true(other == VM_OK || (other == VM_TERMINATED && args[0].of.i32 == 2)); /* as soon as it polls */
  assert_int_equal(vm_isolate_rethrow(iso, vm_ref_null()), VM_HANDLE);
  assert_int_equal(vm_isolate_rethrow(iso, api_func(w, "divide")), VM_HANDLE);
  assert_int_equal(vm_isolate_rethrow(iso, exn), status);
  return status;
}

static void test_rethrow(void **state)
{
  api_world *w = *state;
  vm_value r;
  w->host = throw_again;
  w->host_user = w;
  assert_int_equal(call_through(w, "through", 1, vm_dyn_nil(), &r), VM_EXCEPTION);
  assert_int_equal(w->error.trap, VM_TRAP_DIVIDE_BY_ZERO);
  char text[512];
  assert_int_equal(vm_exception_format(w->isolate, vm_ref_null(), text, sizeof text, NULL, NULL), VM_OK);
  assert_string_equal(text, "trap divide-by-zero: Integer division or remainder by zero.\n"
                            "  at demo.divide (demo.src:41)\n"
                            "  at demo.outer (demo.src:50)\n"
                            "  at host.f\n"
                            "  at demo.through (demo.src:70)\n");
  assert_int_equal(call_through(w, "guarded", 1, vm_dyn_nil(), &r), VM_OK); /* it can be caught */
  assert_int_equal(call_through(w, "guarded", 2, vm_dyn_nil(), &r), VM_TERMINATED); /* that not */
  assert_int_equal(w->error.trap, VM_TRAP_INTERRUPT);
}

/* A host function that calls back, ends its isolate, closes its caller's scope, forgets its own. */
static vm_status call_back(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  api_world *w = user;
  vm_scope scope;
  vm_value nested[2] = {vm_value_i32(args[0].of.i32 - 1), args[1]};
  assert_int_equal(vm_isolate_free(iso, NULL), VM_STATE);
  assert_int_equal(vm_scope_open(iso, &scope, NULL), VM_OK);
  if (args[0].of.i32 == 0) {
    results[0] = vm_dyn_int(123);
    return VM_OK;
  }
  return vm_call(iso, api_func(w, "through"), nested, 2, results, 1, NULL);
}

static void test_nested(void **state)
{
  api_world *w = *state;
  vm_value r;
  vm_scope scope;
  w->host = call_back;
  w->host_user = w;
  assert_int_equal(vm_scope_open(w->isolate, &scope, &w->error), VM_OK);
  assert_int_equal(call_through(w, "through", 20, vm_dyn_nil(), &r), VM_OK);
  assert_int_equal(vm_dyn_to_int(r), 123);
  assert_int_equal(vm_scope_close(w->isolate, scope, &w->error), VM_OK);
  /* Without end: the stack's limit ends it, and the isolate goes on. */
  vm_status status = call_through(w, "through", INT32_MAX, vm_dyn_nil(), &r);
  assert_true(status == VM_EXCEPTION || status == VM_LIMIT);
  assert_int_equal(call_through(w, "through", 3, vm_dyn_nil(), &r), VM_OK);
}

static void test_stack_overflow(void **state)
{
  api_world *w = *state;
  vm_value arg = vm_value_i32(1), r;
  API_FAILS(w, VM_EXCEPTION, "stack-overflow",
            vm_call(w->isolate, api_func(w, "deep"), &arg, 1, &r, 1, &w->error));
  vm_exception e;
  assert_int_equal(vm_exception_get(w->isolate, vm_ref_null(), &e, &w->error), VM_OK);
  assert_true(e.frames < e.frames_total);
  size_t needed = 0;
  assert_int_equal(vm_exception_format(w->isolate, vm_ref_null(), NULL, 0, &needed, &w->error),
      VM_OK);
  char *text = malloc(needed + 1);
  assert_int_equal(vm_exception_format(w->isolate, vm_ref_null(), text, needed + 1, NULL,
      &w->error), VM_OK);
  assert_non_null(strstr(text, " more\n"));
  free(text);
}

/* ---- limits ---- */

static void *interrupt(void *arg)
{
  vm_isolate_interrupt(arg, NULL);
  return NULL;
}

static void test_interrupt(void **state)
{
  api_world *w = *state;
  pthread_t thread;
  vm_ref spin = api_func(w, "spin");
  assert_int_equal(pthread_create(&thread, NULL, interrupt, w->isolate), 0);
  API_FAILS(w, VM_TERMINATED, "interrupt", vm_call(w->isolate, spin, NULL, 0, NULL, 0, &w->error));
  assert_int_equal(w->error.trap, VM_TRAP_INTERRUPT);
  pthread_join(thread, NULL);
  vm_value r;
  assert_int_equal(divide(w, "divide", 4, 2, &r), VM_OK);
}

static void test_deadline(void **state)
{
  api_world *w = *state;
  vm_ref spin = api_func(w, "spin");
  assert_int_equal(vm_isolate_set_deadline(w->isolate, 5, &w->error), VM_OK);
  API_FAILS(w, VM_TERMINATED, "deadline", vm_call(w->isolate, spin, NULL, 0, NULL, 0, &w->error));
  API_FAILS(w, VM_TERMINATED, "deadline", vm_call(w->isolate, spin, NULL, 0, NULL, 0, &w->error));
  assert_int_equal(vm_isolate_set_deadline(w->isolate, 0, &w->error), VM_OK);
  vm_value r;
  assert_int_equal(divide(w, "divide", 4, 2, &r), VM_OK);
  assert_int_equal(vm_isolate_set_deadline(w->isolate, UINT64_MAX, &w->error), VM_OK);
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_isolate_set_deadline(NULL, 0, &w->error));
}

static void test_fuel(void **state)
{
  api_world *unmetered = *state;
  uint64_t left = 0;
  API_FAILS(unmetered, VM_STATE, "meter_fuel",
            vm_isolate_set_fuel(unmetered->isolate, 5, &unmetered->error));
  API_FAILS(unmetered, VM_STATE, "meter_fuel",
            vm_isolate_get_fuel(unmetered->isolate, &left, &unmetered->error));
  api_world w = {0};
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  config.tier = VM_TIER_0;
  config.meter_fuel = 1;
  assert_int_equal(api_open(&w, &config, NULL), VM_OK);
  assert_int_equal(vm_isolate_get_fuel(w.isolate, &left, &w.error), VM_OK);
  assert_true(left == UINT64_MAX);
  assert_int_equal(vm_isolate_set_fuel(w.isolate, 1000, &w.error), VM_OK);
  vm_value r;
  assert_int_equal(divide(&w, "outer", 4, 2, &r), VM_OK);
  assert_int_equal(vm_isolate_get_fuel(w.isolate, &left, &w.error), VM_OK);
  assert_true(left < 1000 && left > 900);
  vm_ref spin = api_func(&w, "spin");
  API_FAILS(&w, VM_TERMINATED, "fuel", vm_call(w.isolate, spin, NULL, 0, NULL, 0, &w.error));
  assert_int_equal(vm_isolate_get_fuel(w.isolate, &left, &w.error), VM_OK);
  assert_int_equal(left, 0);
  assert_int_equal(vm_isolate_set_fuel(w.isolate, UINT64_MAX, &w.error), VM_OK);
  assert_int_equal(divide(&w, "outer", 4, 2, &r), VM_OK);
  api_close(&w);
}

/* ---- pauses ---- */

typedef struct pauses {
  api_world *world;
  atomic_int count;
  int stop_at; /* which pause ends the guest */
} pauses;

static vm_status pause_guest(vm_isolate *iso, void *user)
{
  pauses *p = user;
  return atomic_fetch_add(&p->count, 1) + 1 == p->stop_at ? VM_TERMINATED : VM_OK;
}

static void *request_pauses(void *arg)
{
  pauses *p = arg;
  while (atomic_load(&p->count) < p->stop_at) {
    int seen = atomic_load(&p->count);
    vm_isolate_request_pause(p->world->isolate, NULL);
    while (atomic_load(&p->count) == seen) sched_yield();
  }
  return NULL;
}

static void test_pause(void **state)
{
  api_world *w = *state;
  pauses p = {w, 0, 5};
  pthread_t thread;
  vm_value r;
  vm_ref spin = api_func(w, "spin");
  assert_int_equal(vm_isolate_request_pause(w->isolate, &w->error), VM_OK); /* no function: nothing */
  assert_int_equal(divide(w, "divide", 4, 2, &r), VM_OK);
  assert_int_equal(vm_isolate_set_pause(w->isolate, pause_guest, &p, &w->error), VM_OK);
  assert_int_equal(pthread_create(&thread, NULL, request_pauses, &p), 0);
  API_FAILS(w, VM_TERMINATED, "interrupt", vm_call(w->isolate, spin, NULL, 0, NULL, 0, &w->error));
  pthread_join(thread, NULL);
  assert_int_equal(atomic_load(&p.count), 5);
  assert_int_equal(divide(w, "divide", 4, 2, &r), VM_OK);
  assert_int_equal(vm_isolate_request_pause(w->isolate, &w->error), VM_OK); /* before the call */
  p.stop_at = 6;
  API_FAILS(w, VM_TERMINATED, "interrupt", vm_call(w->isolate, spin, NULL, 0, NULL, 0, &w->error));
  assert_int_equal(atomic_load(&p.count), 6);
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_isolate_set_pause(NULL, pause_guest, &p, &w->error));
  API_FAILS(w, VM_ARGUMENT, "NULL", vm_isolate_request_pause(NULL, &w->error));
}

/* A host function that outlives the stop of what it called, and one that stops while it polls. */
static vm_status survive(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  pauses *p = user;
  p->stop_at = atomic_load(&p->count) + 1;
  vm_isolate_request_pause(iso, NULL);
  if (args[0].of.i32) return vm_isolate_poll(iso);
  vm_status status = vm_call(iso, api_func(p->world, "spin"), NULL, 0, NULL, 0, NULL);
  results[0] = vm_dyn_int(status);
  return VM_OK;
}

static void test_pause_nested(void **state)
{
  api_world *w = *state;
  pauses p = {w, 0, 0};
  vm_value r;
  w->host = survive;
  w->host_user = &p;
  assert_int_equal(vm_isolate_set_pause(w->isolate, pause_guest, &p, &w->error), VM_OK);
  assert_int_equal(call_through(w, "through", 0, vm_dyn_nil(), &r), VM_OK);
  assert_int_equal(vm_dyn_to_int(r), VM_TERMINATED);
  API_FAILS(w, VM_TERMINATED, "interrupt", call_through(w, "guarded", 1, vm_dyn_nil(), &r));
  assert_int_equal(atomic_load(&p.count), 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)
  const struct CMUnitTest tests[] = {
    T(test_trap), T(test_describe), T(test_throw), T(test_throw_dynamic), T(test_host_throws),
    T(test_host_traps), T(test_throw_outside), T(test_rethrow), T(test_nested), T(test_stack_overflow),
    T(test_interrupt), T(test_deadline), T(test_fuel), T(test_pause), T(test_pause_nested),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
