/* finalizers.c - objects of the host in the guest's hands; weak references; what happens when they die.
 *
 * SPDX-License-Identifier: MIT
 */
#include "example.h"

static const char text[] =
  "module drawer\n"
  "global kept mut (ref null extern) = null\n"
  "func keep (x: (ref null extern)) -> () {\n"
  "  local.get x\n  global.set kept\n  return\n"
  "}\n"
  "export func \"keep\" keep\n";

typedef struct file { /* say, one that is open */
  const char *name;
  int open;
} file;

static void close_file(void *data)
{
  file *f = data;
  f->open = 0;
  puts("  a file is closed");
}

static void state(vm_isolate *isolate, vm_ref weak, const char *when)
{
  vm_scope scope;
  vm_ref target;
  MUST(vm_scope_open(isolate, &scope, &error));
  MUST(vm_weak_get(isolate, weak, &target, &error));
  printf("%s: the first file is %s\n", when, vm_ref_is_null(target) ? "gone" : "there");
  MUST(vm_scope_close(isolate, scope, &error));
}

int main(void)
{
  file files[] = {{"a", 1}, {"b", 1}, {"c", 1}};
  vm_engine *engine;
  vm_isolate *isolate;
  vm_scope scope;
  vm_ref a, b, c, weak;
  size_t ran;
  MUST(vm_engine_new(NULL, &engine, &error));
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));
  vm_instance *instance = example_instance(isolate, text);
  vm_ref keep = example_func(instance, "keep");

  MUST(vm_scope_open(isolate, &scope, &error));
  MUST(vm_extern_new(isolate, &files[0], close_file, &a, &error));
  MUST(vm_extern_new(isolate, &files[1], close_file, &b, &error));
  MUST(vm_extern_new(isolate, &files[2], close_file, &c, &error));
  MUST(vm_weak_new(isolate, a, &weak, &error));
  MUST(vm_ref_persist(isolate, weak, &weak, &error));
  vm_value arg = vm_value_ref(a);
  MUST(vm_call(isolate, keep, &arg, 1, NULL, 0, &error)); /* a is in the guest's global */
  arg = vm_value_ref(b);
  void *data;
  MUST(vm_extern_get(isolate, b, &data, &error));
  printf("the guest was given %s, then %s would come\n", files[0].name, ((file *)data)->name);
  MUST(vm_scope_close(isolate, scope, &error)); /* b and c: nobody has them any more */

  MUST(vm_isolate_collect(isolate, &error));    /* finds that out, and runs nothing */
  state(isolate, weak, "after a collection");
  MUST(vm_isolate_run_finalizers(isolate, &ran, &error));
  printf("%zu finalizers ran\n", ran);

  arg = vm_value_null();
  MUST(vm_call(isolate, keep, &arg, 1, NULL, 0, &error)); /* now nobody has a */
  MUST(vm_isolate_collect(isolate, &error));
  state(isolate, weak, "after the guest let go");
  MUST(vm_call(isolate, keep, &arg, 1, NULL, 0, &error)); /* a call from outside runs them, too */
  printf("open: %d\n", files[0].open + files[1].open + files[2].open);

  MUST(vm_isolate_free(isolate, &error)); /* what is left is finalized here */
  MUST(vm_engine_free(engine, &error));
  return 0;
}
