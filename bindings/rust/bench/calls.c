/* calls.c TIER COUNT FILE [CALL] - what a call costs in C: the yardstick of libvm/benches/calls.rs.
 *
 * SPDX-License-Identifier: MIT
 *
 * Prints a name and nanoseconds of processor time a call, a line each; CALL is the only one that is made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vm/vm.h"

static vm_error e = VM_ERROR_INIT;

static void need(vm_status status)
{
  if (status == VM_OK) return;
  fprintf(stderr, "%s\n", e.message);
  exit(1);
}

static vm_status ask(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  results[0].of.i32 = args[0].of.i32 + *(int32_t *)user;
  return VM_OK;
}

static vm_status pass(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  results[0].of.ref = args[0].of.ref;
  return VM_OK;
}

static vm_isolate *isolate;
static vm_instance *instance;
static const char *only; /* NULL: all */

static vm_ref func(const char *name)
{
  vm_ref ref;
  need(vm_instance_get_func(instance, name, &ref, &e));
  return ref;
}

/* call(count, object), after a tenth of it to warm up. */
static void measure(const char *name, void (*call)(int32_t count, vm_ref object), int32_t count, vm_ref object)
{
  if (only != NULL && strcmp(only, name) != 0) return;
  call(count / 10 + 1, object);
  clock_t begin = clock();
  call(count, object);
  printf("%s %.2f\n", name, (double)(clock() - begin) * (1e9 / CLOCKS_PER_SEC) / count);
}

static void guest_i32(int32_t count, vm_ref object)
{
  vm_ref f = func("same");
  int64_t sum = 0;
  for (int32_t i = 0; i < count; i++) {
    vm_value arg = vm_value_i32(i), result;
    need(vm_call(isolate, f, &arg, 1, &result, 1, &e));
    sum += result.of.i32;
  }
  if (sum != (int64_t)count * (count - 1) / 2) abort();
}

static void guest_i32_f64(int32_t count, vm_ref object)
{
  vm_ref f = func("mix");
  int64_t sum = 0;
  for (int32_t i = 0; i < count; i++) {
    vm_value args[2] = {vm_value_i32(i), vm_value_f64(i)}, result;
    need(vm_call(isolate, f, args, 2, &result, 1, &e));
    sum += result.of.i64;
  }
  if (sum != (int64_t)count * (count - 1) / 2) abort();
}

static void guest_object(int32_t count, vm_ref object)
{
  vm_ref f = func("same_ref");
  for (int32_t i = 0; i < count; i++) {
    vm_scope scope;
    vm_value arg = vm_value_ref(object), result;
    need(vm_scope_open(isolate, &scope, &e));
    need(vm_call(isolate, f, &arg, 1, &result, 1, &e));
    need(vm_scope_close(isolate, scope, &e));
  }
}

static void host_i32(int32_t count, vm_ref object)
{
  vm_value arg = vm_value_i32(count), result;
  need(vm_call(isolate, func("ask_many"), &arg, 1, &result, 1, &e));
}

static void host_object(int32_t count, vm_ref object)
{
  vm_value args[2] = {vm_value_i32(count), vm_value_ref(object)};
  need(vm_call(isolate, func("pass_many"), args, 2, NULL, 0, &e));
}

int main(int argc, char **argv)
{
  static char text[10000];
  if (argc < 4) return 2;
  only = argv[4];
  FILE *file = fopen(argv[3], "r");
  size_t size = file ? fread(text, 1, sizeof text, file) : 0;
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  config.tier = atoi(argv[1]) == 2 ? VM_TIER_2 : VM_TIER_1;
  int32_t count = atoi(argv[2]), one = 1;
  vm_engine *engine;
  vm_module *module;
  vm_type any = VM_REF_NULL(VM_HEAP_ANY), i32 = VM_I32;
  vm_ref object;
  need(vm_engine_new(&config, &engine, &e));
  need(vm_module_assemble(engine, text, size, &module, &e));
  need(vm_isolate_new(engine, NULL, &isolate, &e));
  need(vm_isolate_define_func(isolate, "host", "ask", &i32, 1, &i32, 1, ask, &one, NULL, &e));
  need(vm_isolate_define_func(isolate, "host", "pass", &any, 1, &any, 1, pass, NULL, NULL, &e));
  need(vm_instance_new(isolate, module, &instance, &e));
  need(vm_extern_new(isolate, NULL, NULL, &object, &e));
  measure("guest_i32", guest_i32, count, object);
  measure("guest_i32_f64", guest_i32_f64, count, object);
  measure("guest_object", guest_object, count, object);
  measure("host_i32", host_i32, count, object);
  measure("host_object", host_object, count, object);
  return 0;
}
