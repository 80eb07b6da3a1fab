/* host_functions.c - calls in both directions, and exceptions through frames of both kinds.
 *
 * SPDX-License-Identifier: MIT
 */
#include "example.h"

/* `each` calls back; `parse` throws; `guarded` catches what a host function threw. */
static const char text[] =
  "module guest\n"
  "source \"guest.src\"\n"
  "import func parse \"host\" \"parse\" (i32) -> (i32)\n"
  "import func each  \"host\" \"each\" (i32, (ref null func)) -> ()\n"
  "import func print \"host\" \"print\" (i32) -> ()\n"
  "type callback func (i32) -> ()\n"
  "func guarded (n: i32) -> (i32) {\n"
  "  try t caught\n"
  "  line 1\n  local.get n\n  call parse\n"
  "  end t\n"
  "  return\n"
  "caught ((ref exn)):\n"
  "  drop\n  i32.const -1\n  return\n"
  "}\n"
  "func plain (n: i32) -> (i32) {\n"
  "  line 2\n  local.get n\n  call parse\n  return\n"
  "}\n"
  "func picky (n: i32) -> () {\n"
  "  line 3\n  i32.const 100\n  i32.const 3\n  local.get n\n  i32.sub\n  i32.div_s\n  call print\n  return\n"
  "}\n"
  "func visit (n: i32) -> () {\n"
  "  line 4\n  local.get n\n  ref.func picky\n  call each\n  return\n"
  "}\n"
  "export func \"guarded\" guarded\n"
  "export func \"plain\" plain\n"
  "export func \"visit\" visit\n";

/* parse (i32) -> (i32): even numbers only */
static vm_status parse(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)user;
  if (args[0].of.i32 % 2 != 0) return vm_isolate_throw_text(isolate, "an odd number");
  results[0].of.i32 = args[0].of.i32 / 2;
  return VM_OK;
}

/* each (n, f): calls f(0), f(1) ... f(n - 1). It holds memory, and frees it whatever f does. */
static vm_status each(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  int *freed = user;
  vm_status status = VM_OK;
  char *buffer = malloc(100);
  (void)results;
  if (buffer == NULL) return VM_MEMORY;
  for (int i = 0; i < args[0].of.i32 && status == VM_OK; i++) {
    vm_value arg = vm_value_i32(i);
    status = vm_call(isolate, args[1].of.ref, &arg, 1, NULL, 0, NULL);
  }
  free(buffer);
  ++*freed;
  return status; /* VM_EXCEPTION passes the guest's exception on */
}

static vm_status print(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)isolate, (void)user, (void)results;
  printf("  the guest says %d\n", args[0].of.i32);
  return VM_OK;
}

static void try_call(vm_isolate *isolate, vm_instance *instance, const char *name, int n)
{
  vm_value arg = vm_value_i32(n), result = vm_value_i32(0);
  uint32_t nresults = strcmp(name, "visit") == 0 ? 0 : 1;
  printf("%s(%d)\n", name, n);
  vm_status status = vm_call(isolate, example_func(instance, name), &arg, 1, &result, nresults, NULL);
  if (status == VM_EXCEPTION) example_show_exception(isolate);
  else if (nresults == 1) printf("  %d\n", result.of.i32);
}

int main(void)
{
  const vm_type i32 = VM_I32, each_params[] = {VM_I32, VM_REF_NULL(VM_HEAP_FUNC)};
  vm_engine *engine;
  vm_isolate *isolate;
  int freed = 0;
  MUST(vm_engine_new(NULL, &engine, &error));
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));
  MUST(vm_isolate_define_func(isolate, "host", "parse", &i32, 1, &i32, 1, parse, NULL, NULL, &error));
  MUST(vm_isolate_define_func(isolate, "host", "each", each_params, 2, NULL, 0, each, &freed, NULL, &error));
  MUST(vm_isolate_define_func(isolate, "host", "print", &i32, 1, NULL, 0, print, NULL, NULL, &error));
  vm_instance *instance = example_instance(isolate, text);

  try_call(isolate, instance, "plain", 8);
  try_call(isolate, instance, "plain", 7);   /* the host's exception, uncaught */
  try_call(isolate, instance, "guarded", 7); /* caught by the guest */
  try_call(isolate, instance, "visit", 2);
  try_call(isolate, instance, "visit", 5);   /* the guest's trap, through a frame of the host */
  printf("each returned %d times\n", freed);

  MUST(vm_isolate_free(isolate, &error));
  MUST(vm_engine_free(engine, &error));
  return 0;
}
