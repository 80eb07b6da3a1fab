/* limits.c - what a guest may use: heap, stack, fuel, time. After each the isolate is usable.
 *
 * SPDX-License-Identifier: MIT
 */
#include "example.h"

static const char text[] =
  "module greedy\n"
  "type Cell struct { next: (ref null Cell), more: i64 }\n"
  "func eat () -> () {\n"
  "  local list: (ref null Cell)\n"
  "again:\n"
  "  local.get list\n  i64.const 0\n  struct.new Cell\n  local.set list\n"
  "  br again\n"
  "}\n"
  "func fall (n: i32) -> (i32) {\n"
  "  local.get n\n  i32.const 1\n  i32.add\n  call fall\n  i32.const 1\n  i32.add\n  return\n"
  "}\n"
  "func dive () -> () {\n"
  "  i32.const 0\n  call fall\n  drop\n  return\n"
  "}\n"
  "func spin () -> () {\n"
  "again:\n"
  "  br again\n"
  "}\n"
  "func careful () -> () {\n" /* a limit that is a trap can be caught */
  "  try t full\n"
  "  call eat\n"
  "  end t\n"
  "  return\n"
  "full ((ref exn)):\n"
  "  drop\n  return\n"
  "}\n"
  "func rest () -> () {\n"
  "  return\n"
  "}\n"
  "export func \"eat\" eat\n"
  "export func \"dive\" dive\n"
  "export func \"spin\" spin\n"
  "export func \"careful\" careful\n"
  "export func \"rest\" rest\n";

static void run(vm_isolate *isolate, vm_instance *instance, const char *name)
{
  vm_error error = VM_ERROR_INIT;
  vm_status status = vm_call(isolate, example_func(instance, name), NULL, 0, NULL, 0, &error);
  printf("%-8s %s", name, vm_status_name(status));
  if (status == VM_EXCEPTION || status == VM_TERMINATED) printf(": %s", vm_trap_name(error.trap));
  putchar('\n');
}

int main(void)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_isolate_config limits = VM_ISOLATE_CONFIG_INIT;
  vm_engine *engine;
  vm_isolate *isolate;
  config.meter_fuel = 1;        /* for the engine, as code is compiled with or without it */
  limits.max_heap = 128 << 10;  /* bytes */
  limits.stack_size = 1 << 20;
  MUST(vm_engine_new(&config, &engine, &error));
  MUST(vm_isolate_new(engine, &limits, &isolate, &error));
  vm_instance *instance = example_instance(isolate, text);

  run(isolate, instance, "eat");
  run(isolate, instance, "careful");
  run(isolate, instance, "dive");
  MUST(vm_isolate_set_fuel(isolate, 10000, &error));
  run(isolate, instance, "spin");
  MUST(vm_isolate_set_fuel(isolate, UINT64_MAX, &error));
  MUST(vm_isolate_set_deadline(isolate, 20, &error));
  run(isolate, instance, "spin");
  run(isolate, instance, "rest"); /* the deadline has passed for all that follows */
  MUST(vm_isolate_set_deadline(isolate, 0, &error));
  run(isolate, instance, "rest");
  MUST(vm_isolate_interrupt(isolate, &error));
  run(isolate, instance, "rest"); /* stopped, once */
  run(isolate, instance, "rest");

  MUST(vm_isolate_free(isolate, &error));
  MUST(vm_engine_free(engine, &error));
  return 0;
}
