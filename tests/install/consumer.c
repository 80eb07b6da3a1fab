/* consumer.c - the smallest use of an installed libvm, valid as C11 and as C++17.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include <vm/vm.h>

static const char text[] = "func add (a: i32, b: i32) -> (i32) {\n"
                           "  local.get a\n  local.get b\n  i32.add\n  return\n}\n"
                           "export func \"add\" add\n";

int main(void)
{
  vm_engine *engine;
  vm_module *module;
  vm_isolate *isolate;
  vm_instance *instance;
  vm_ref add;
  vm_value args[2] = {vm_value_i32(40), vm_value_i32(2)}, sum = vm_value_i32(0);
  if (vm_engine_new(NULL, &engine, NULL) != VM_OK) return 1;
  if (vm_module_assemble(engine, text, strlen(text), &module, NULL) != VM_OK) return 2;
  if (vm_isolate_new(engine, NULL, &isolate, NULL) != VM_OK) return 3;
  if (vm_instance_new(isolate, module, &instance, NULL) != VM_OK) return 4;
  if (vm_instance_get_func(instance, "add", &add, NULL) != VM_OK) return 5;
  if (vm_call(isolate, add, args, 2, &sum, 1, NULL) != VM_OK || sum.of.i32 != 42) return 6;
  vm_isolate_free(isolate, NULL);
  vm_module_free(module);
  return vm_engine_free(engine, NULL) == VM_OK ? 0 : 7;
}
