/* linking.c - two modules: one exports a function, a type and a global, the other imports them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "example.h"

static const char stack_text[] =
  "module stack\n"
  "type Cell struct { value: i32, below: (ref null Cell) }\n"
  "global depth mut i32 = 0\n"
  "func push (s: (ref null Cell), value: i32) -> ((ref null Cell)) {\n"
  "  global.get depth\n  i32.const 1\n  i32.add\n  global.set depth\n"
  "  local.get value\n  local.get s\n  struct.new Cell\n  return\n"
  "}\n"
  "export type \"Cell\" Cell\n"
  "export func \"push\" push\n"
  "export global \"depth\" depth\n";

/* Struct types are themselves and nothing else: to look into a Cell of the other module, this one must
 * import the type. */
static const char user_text[] =
  "module user\n"
  "type Cell struct { value: i32, below: (ref null Cell) }\n"
  "import type Cell \"stack\" \"Cell\"\n"
  "import func push \"stack\" \"push\" ((ref null Cell), i32) -> ((ref null Cell))\n"
  "import global depth \"stack\" \"depth\" mut i32\n"
  "func main () -> (i32) {\n"
  "  ref.null (ref null Cell)\n  i32.const 30\n  call push\n  i32.const 12\n  call push\n"
  "  dup\n  struct.get Cell value\n"
  "  swap\n  struct.get Cell below\n  struct.get Cell value\n"
  "  i32.add\n"                             /* 12 + 30 */
  "  global.get depth\n  i32.mul\n"         /* times 2, as the other module counted */
  "  return\n"
  "}\n"
  "export func \"main\" main\n";

int main(void)
{
  vm_engine *engine;
  vm_isolate *isolate;
  vm_instance *user = NULL;
  vm_value result;
  MUST(vm_engine_new(NULL, &engine, &error));
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));

  /* What a module wants can be asked before it is instantiated. */
  vm_module *module = example_load(engine, user_text);
  for (uint32_t i = 0; i < vm_module_import_count(module); i++) {
    vm_entity_info info;
    MUST(vm_module_get_import(module, i, &info, &error));
    printf("wants %s.%s: %s\n", info.module, info.name, info.type);
  }
  vm_error e = VM_ERROR_INIT;
  vm_status status = vm_instance_new(isolate, module, &user, &e);
  printf("alone: %s: %s\n", vm_status_name(status), e.message);

  vm_instance *stack = example_instance(isolate, stack_text);
  MUST(vm_instance_define(stack, "stack", &error));
  MUST(vm_instance_new(isolate, module, &user, &error));
  MUST(vm_call(isolate, example_func(user, "main"), NULL, 0, &result, 1, &error));
  printf("together: %d\n", result.of.i32);

  vm_module_free(module);
  MUST(vm_isolate_free(isolate, &error));
  MUST(vm_engine_free(engine, &error));
  return 0;
}
