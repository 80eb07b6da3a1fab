/* threads.c - one module, four isolates in four threads, and one that is stopped from outside.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>

#include "example.h"

static const char text[] =
  "module sum\n"
  "global calls mut i32 = 0\n"
  "func sum (n: i32) -> (i32) {\n"
  "  local s: i32\n"
  "  global.get calls\n  i32.const 1\n  i32.add\n  global.set calls\n"
  "loop:\n"
  "  local.get n\n  i32.eqz\n  br_if done\n"
  "  local.get s\n  local.get n\n  i32.add\n  local.set s\n"
  "  local.get n\n  i32.const 1\n  i32.sub\n  local.set n\n"
  "  br loop\n"
  "done:\n"
  "  local.get s\n  return\n"
  "}\n"
  "func forever () -> () {\n"
  "again:\n"
  "  br again\n"
  "}\n"
  "export func \"sum\" sum\n"
  "export func \"forever\" forever\n"
  "export global \"calls\" calls\n";

typedef struct job {
  vm_engine *engine;
  vm_module *module; /* shared: verified once, compiled once */
  int number;
  int sum, calls;
} job;

/* Everything of an isolate happens in this thread. */
static void *work(void *argument)
{
  job *j = argument;
  vm_isolate *isolate;
  vm_instance *instance;
  vm_value arg = vm_value_i32(1000 * j->number), result;
  MUST(vm_isolate_new(j->engine, NULL, &isolate, &error));
  MUST(vm_instance_new(isolate, j->module, &instance, &error));
  vm_ref sum = example_func(instance, "sum");
  for (int i = 0; i < 100 * j->number; i++) MUST(vm_call(isolate, sum, &arg, 1, &result, 1, &error));
  j->sum = result.of.i32;
  MUST(vm_instance_get_global(instance, "calls", &result, &error));
  j->calls = result.of.i32; /* of this isolate: the others have globals of their own */
  MUST(vm_isolate_free(isolate, &error));
  return NULL;
}

typedef struct loop {
  vm_isolate *isolate;
  vm_ref forever;
  vm_status status;
  vm_trap trap;
} loop;

static void *run_forever(void *argument)
{
  loop *l = argument;
  vm_error error = VM_ERROR_INIT;
  l->status = vm_call(l->isolate, l->forever, NULL, 0, NULL, 0, &error);
  l->trap = error.trap;
  return NULL;
}

int main(void)
{
  enum { THREADS = 4 };
  pthread_t threads[THREADS], other;
  job jobs[THREADS];
  vm_engine *engine;
  MUST(vm_engine_new(NULL, &engine, &error));
  vm_module *module = example_load(engine, text);
  for (int i = 0; i < THREADS; i++) {
    jobs[i] = (job){engine, module, i + 1, 0, 0};
    if (pthread_create(&threads[i], NULL, work, &jobs[i]) != 0) return 1;
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    printf("isolate %d: %d, after %d calls\n", jobs[i].number, jobs[i].sum, jobs[i].calls);
  }

  /* An isolate made here and used there; vm_isolate_interrupt alone may come meanwhile. */
  loop l = {.status = VM_OK};
  vm_instance *instance;
  MUST(vm_isolate_new(engine, NULL, &l.isolate, &error));
  MUST(vm_instance_new(l.isolate, module, &instance, &error));
  l.forever = example_func(instance, "forever");
  if (pthread_create(&other, NULL, run_forever, &l) != 0) return 1;
  MUST(vm_isolate_interrupt(l.isolate, &error));
  pthread_join(other, NULL);
  printf("the endless one: %s, %s\n", vm_status_name(l.status), vm_trap_name(l.trap));

  MUST(vm_isolate_free(l.isolate, &error));
  vm_module_free(module);
  MUST(vm_engine_free(engine, &error));
  return 0;
}
