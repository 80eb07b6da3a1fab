/* libvm.c - the driver of libvm: translates the WebAssembly binary and runs it in one tier.
 *
 * SPDX-License-Identifier: MIT
 *
 *   bench_wasm_libvm TIER KERNEL.wasm        TIER: 0, 1, 2, auto, or 2+guard for guard_memory
 *
 * With tier 2 everything is compiled before the driver is ready; that nothing was left to the
 * interpreter is checked. All calls are made in one instance.
 */
#include <string.h>

#include <vm/vm.h>

#include "driver.h"
#include "wasm.h"

static vm_isolate *isolate;
static vm_ref entry;

static void *slurp(const char *path, size_t *size)
{
  enum { MOST = 1 << 20 };
  FILE *f = fopen(path, "rb");
  void *bytes = malloc(MOST);
  if (!f || !bytes) driver_fail(path, "cannot open");
  *size = fread(bytes, 1, MOST, f);
  fclose(f);
  return bytes;
}

static vm_engine *start(const char *tier)
{
  static const struct {
    const char *name;
    vm_tier tier;
  } tiers[] = {{"0", VM_TIER_0}, {"1", VM_TIER_1}, {"2", VM_TIER_2}, {"auto", VM_TIER_AUTO}};
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  size_t i = 0;
  int guard = strcmp(tier, "2+guard") == 0;
  if (guard) tier = "2";
  while (i < sizeof tiers / sizeof tiers[0] && strcmp(tiers[i].name, tier) != 0) i++;
  if (i == sizeof tiers / sizeof tiers[0]) driver_fail(tier, "no such tier");
  config.tier = tiers[i].tier;
  config.guard_memory = guard;
  if (vm_engine_new(&config, &engine, &e) != VM_OK) driver_fail("engine", e.message);
  return engine;
}

static vm_module *load(vm_engine *engine, const char *path)
{
  vm_error e = VM_ERROR_INIT;
  vm_module *module;
  size_t size, translated;
  uint8_t *code;
  void *bytes = slurp(path, &size);
  if (wasm_translate(NULL, bytes, size, &code, &translated, &e) != VM_OK) driver_fail(path, e.message);
  if (vm_module_load(engine, code, translated, &module, &e) != VM_OK) driver_fail(path, e.message);
  vm_builder_bytes_free(NULL, code, translated);
  free(bytes);
  return module;
}

/* A tier 2 that fell back to the interpreter would be timed as something it is not. */
static void check_compiled(vm_engine *engine, int guard)
{
  vm_engine_stats stats = {.size = sizeof stats};
  if (vm_engine_get_stats(engine, &stats, NULL) != VM_OK) return;
  if (guard && !stats.guards_memory) driver_fail("guard_memory", "not here");
  if (stats.tier == VM_TIER_2 && (stats.failed_units || !stats.compiled_functions))
    driver_fail("tier 2: not everything was compiled", stats.compiler_reason);
}

static vm_ref function(vm_instance *instance, const char *name)
{
  vm_error e = VM_ERROR_INIT;
  vm_ref f;
  if (vm_instance_get_func(instance, name, &f, &e) != VM_OK) driver_fail(name, e.message);
  return f;
}

static uint32_t call(uint32_t n, double *seconds)
{
  vm_error e = VM_ERROR_INIT;
  vm_value argument = vm_value_i32((int32_t)n), result;
  double begin = driver_now();
  if (vm_call(isolate, entry, &argument, 1, &result, 1, &e) != VM_OK) driver_fail("run", e.message);
  *seconds = driver_now() - begin;
  return (uint32_t)result.of.i32;
}

int main(int argc, char **argv)
{
  vm_error e = VM_ERROR_INIT;
  vm_instance *instance;
  if (argc != 3) driver_fail("usage", "bench_wasm_libvm TIER KERNEL.wasm");
  vm_engine *engine = start(argv[1]);
  vm_module *module = load(engine, argv[2]);
  check_compiled(engine, strcmp(argv[1], "2+guard") == 0);
  if (vm_isolate_new(engine, NULL, &isolate, &e) != VM_OK ||
      vm_instance_new(isolate, module, &instance, &e) != VM_OK ||
      vm_call(isolate, function(instance, "_initialize"), NULL, 0, NULL, 0, &e) != VM_OK)
    driver_fail(argv[2], e.message);
  entry = function(instance, "run");
  driver_obey(call);
  vm_isolate_free(isolate, NULL);
  vm_module_free(module);
  vm_engine_free(engine, NULL);
  return 0;
}
