/* link.c - many definitions, and one table imported many times: both once took quadratic time, which
 * the test's time limit would show.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

#include "vm/vm.h"

enum { DEFINITIONS = 60000, TABLES = 1000, TEXT = 8 << 20 };

static vm_engine *engine;
static vm_isolate *isolate;
static vm_error error = VM_ERROR_INIT;

static void check(vm_status status, const char *what)
{
  if (status == VM_OK) return;
  fprintf(stderr, "%s: %s\n", what, error.message);
  exit(1);
}

static vm_instance *instance(const char *text, size_t size)
{
  vm_module *module = NULL;
  vm_instance *made = NULL;
  check(vm_module_assemble(engine, text, size, &module, &error), "assemble");
  check(vm_instance_new(isolate, module, &made, &error), "instance");
  vm_module_free(module); /* the instance keeps it */
  return made;
}

static void definitions(char *text)
{
  size_t n = (size_t)sprintf(text, "func f () -> () { \nreturn\n}\n");
  for (int i = 0; i < DEFINITIONS; i++) n += (size_t)sprintf(text + n, "export func \"e%d\" f\n", i);
  vm_instance *made = instance(text, n);
  check(vm_instance_define(made, "a", &error), "define");
  if (vm_instance_define(made, "a", &error) != VM_STATE) check(VM_STATE, "defined twice");
  n = 0;
  for (int i = 0; i < DEFINITIONS; i++) {
    n += (size_t)sprintf(text + n, "import func i%d \"a\" \"e%d\" () -> ()\n", i, i);
  }
  instance(text, n);
}

static void tables(char *text)
{
  size_t n = (size_t)sprintf(text, "table t (ref null any) 10000000\nexport table \"t\" t\n");
  check(vm_instance_define(instance(text, n), "b", &error), "define");
  n = 0;
  for (int i = 0; i < TABLES; i++) {
    n += (size_t)sprintf(text + n, "import table t%d \"b\" \"t\" (ref null any) 0\n", i);
  }
  instance(text, n);
  check(vm_isolate_collect(isolate, &error), "collect");
}

int main(void)
{
  char *text = malloc(TEXT);
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  config.tier = VM_TIER_0;
  if (text == NULL) return 1;
  check(vm_engine_new(&config, &engine, &error), "engine");
  check(vm_isolate_new(engine, NULL, &isolate, &error), "isolate");
  definitions(text);
  tables(text);
  check(vm_isolate_free(isolate, &error), "isolate");
  check(vm_engine_free(engine, &error), "engine");
  free(text);
  return 0;
}
