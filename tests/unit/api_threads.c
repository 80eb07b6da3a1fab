/* api_threads.c - isolates in parallel threads that share an engine and a module.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>

#include "api_fixture.h"

enum { THREADS = 4, ROUNDS = 20, CALLS = 50 };

typedef struct job {
  api_world *shared;
  int failures;
} job;

/* cmocka's assertions belong to the main thread; others count. */
static int one_life(api_world *shared)
{
  api_world w = {.engine = shared->engine, .module = shared->module, .host = api_echo};
  vm_value args[2] = {vm_value_i64(1), vm_value_null()}, r;
  vm_ref make;
  int bad = vm_isolate_new(w.engine, NULL, &w.isolate, NULL) != VM_OK;
  bad = bad || api_define(&w) != VM_OK;
  bad = bad || vm_instance_new(w.isolate, w.module, &w.instance, NULL) != VM_OK;
  bad = bad || vm_instance_get_func(w.instance, "make", &make, NULL) != VM_OK;
  for (int i = 0; i < CALLS && !bad; i++) {
    bad = vm_call(w.isolate, make, args, 2, &r, 1, NULL) != VM_OK;
    args[1] = r; /* a list that grows */
  }
  bad = bad || vm_isolate_collect(w.isolate, NULL) != VM_OK;
  bad = bad || vm_isolate_verify_heap(w.isolate, NULL) != VM_OK;
  bad = bad || vm_isolate_set_deadline(w.isolate, 100000, NULL) != VM_OK;
  return vm_isolate_free(w.isolate, NULL) != VM_OK || bad;
}

static int one_module(api_world *shared)
{
  vm_module *m = NULL;
  if (vm_module_assemble(shared->engine, API_TEXT, strlen(API_TEXT), &m, NULL) != VM_OK) return 1;
  vm_module_free(m);
  return 0;
}

static void *run(void *arg)
{
  job *j = arg;
  for (int i = 0; i < ROUNDS; i++) j->failures += one_life(j->shared) + one_module(j->shared);
  return NULL;
}

static void test_parallel(void **state)
{
  api_world *w = *state;
  pthread_t threads[THREADS];
  job jobs[THREADS];
  for (int i = 0; i < THREADS; i++) {
    jobs[i] = (job){w, 0};
    assert_int_equal(pthread_create(&threads[i], NULL, run, &jobs[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    assert_int_equal(jobs[i].failures, 0);
  }
}

/* An isolate may wander from thread to thread between calls. */
static void *call_elsewhere(void *arg)
{
  api_world *w = arg;
  vm_value n = vm_value_i32(1), r;
  vm_ref deep;
  if (vm_instance_get_func(w->instance, "deep", &deep, NULL) != VM_OK) return w;
  vm_status status = vm_call(w->isolate, deep, &n, 1, &r, 1, &w->error);
  return status == VM_EXCEPTION && w->error.trap == VM_TRAP_STACK_OVERFLOW ? NULL : w;
}

static void test_wandering(void **state)
{
  api_world *w = *state;
  pthread_attr_t attr;
  pthread_attr_init(&attr);
  for (int i = 1; i <= 4; i++) {
    pthread_t thread;
    void *result = w;
    pthread_attr_setstacksize(&attr, (size_t)i << 20);
    assert_int_equal(pthread_create(&thread, &attr, call_elsewhere, w), 0);
    pthread_join(thread, &result);
    assert_null(result);
    assert_null(call_elsewhere(w));
  }
  pthread_attr_destroy(&attr);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, api_setup, api_teardown)
  const struct CMUnitTest tests[] = {T(test_parallel), T(test_wandering)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
