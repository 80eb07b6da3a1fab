/* call.c - what a call each way costs in C: the measure for bench.py.
 *
 * SPDX-License-Identifier: MIT
 *
 * call MODULE: nanoseconds of processor time a call of `square`, and a call of the host function.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <vm/vm.h>

enum { CALLS = 2000000, ROUNDS = 5 };

static vm_status twice(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)isolate, (void)user;
  results[0].of.i32 = args[0].of.i32 * 2;
  return VM_OK;
}

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double calls(vm_isolate *isolate, vm_ref square)
{
  vm_value x = vm_value_i32(3), r;
  double start = now();
  for (int i = 0; i < CALLS; i++)
    if (vm_call(isolate, square, &x, 1, &r, 1, NULL) != VM_OK) exit(1);
  return (now() - start) / CALLS;
}

static double host_calls(vm_isolate *isolate, vm_ref repeat)
{
  vm_value n = vm_value_i32(CALLS), r;
  double start = now();
  if (vm_call(isolate, repeat, &n, 1, &r, 1, NULL) != VM_OK) exit(1);
  return (now() - start) / CALLS;
}

int main(int argc, char **argv)
{
  static char bytes[65536];
  const vm_type i32 = VM_I32;
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine;
  vm_module *module;
  vm_isolate *isolate;
  vm_instance *instance;
  vm_ref square, repeat;
  double best[2] = {1e9, 1e9};
  FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (!f) return 1;
  size_t size = fread(bytes, 1, sizeof bytes, f);
  fclose(f);
  config.tier = argc > 2 ? (vm_tier)atoi(argv[2]) : VM_TIER_AUTO;
  if (vm_engine_new(&config, &engine, NULL) != VM_OK ||
      vm_module_load(engine, bytes, size, &module, NULL) != VM_OK ||
      vm_isolate_new(engine, NULL, &isolate, NULL) != VM_OK ||
      vm_isolate_define_func(isolate, "host", "twice", &i32, 1, &i32, 1, twice, NULL, NULL, NULL) != VM_OK ||
      vm_instance_new(isolate, module, &instance, NULL) != VM_OK ||
      vm_instance_get_func(instance, "square", &square, NULL) != VM_OK ||
      vm_instance_get_func(instance, "repeat", &repeat, NULL) != VM_OK)
    return 1;
  for (int i = 0; i < ROUNDS; i++) {
    double c = calls(isolate, square), h = host_calls(isolate, repeat);
    if (c < best[0]) best[0] = c;
    if (h < best[1]) best[1] = h;
  }
  printf("%.1f %.1f\n", best[0], best[1]);
  vm_isolate_free(isolate, NULL);
  vm_module_free(module);
  vm_engine_free(engine, NULL);
  return 0;
}
