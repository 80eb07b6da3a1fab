/* example.h - what the C examples share: every call is checked, and the world around a module.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vm/vm.h>

/* Every call can fail, and says why in the error record. */
#define MUST(call) \
  do { \
    vm_error error = VM_ERROR_INIT; \
    if ((call) != VM_OK) { \
      fprintf(stderr, "%s: %s: %s\n", #call, vm_status_name(error.status), error.message); \
      exit(1); \
    } \
  } while (0)

static inline vm_module *example_load(vm_engine *engine, const char *text)
{
  vm_module *module;
  MUST(vm_module_assemble(engine, text, strlen(text), &module, &error));
  return module;
}

/* An instance of the module with this text; `isolate` keeps the module alive. */
static inline vm_instance *example_instance(vm_isolate *isolate, const char *text)
{
  vm_module *module = example_load(vm_isolate_engine(isolate), text);
  vm_instance *instance;
  MUST(vm_instance_new(isolate, module, &instance, &error));
  vm_module_free(module);
  return instance;
}

static inline vm_ref example_func(vm_instance *instance, const char *name)
{
  vm_ref func;
  MUST(vm_instance_get_func(instance, name, &func, &error));
  return func;
}

/* Print what the last call ended with, each line behind two spaces. */
static inline void example_show_exception(vm_isolate *isolate)
{
  char text[1000];
  MUST(vm_exception_format(isolate, vm_ref_null(), text, sizeof text, NULL, &error));
  for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) printf("  %s\n", line);
}

#endif
