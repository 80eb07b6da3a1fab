/* stress.h - what programs under stress are measured by: memory, machine code, compiles.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef STRESS_H
#define STRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vm/vm.h>

enum { STRESS_SKIPPED = 77 };

static inline void stress_failed(const char *what)
{
  fprintf(stderr, "stress: %s\n", what);
  exit(1);
}

static inline void stress_check(vm_status st, const vm_error *error)
{
  if (st != VM_OK) stress_failed(error->message);
}

/* VM_TIER_AUTO must be able to compile, or the test has tested nothing: then it is skipped, visibly. */
static inline vm_engine *stress_engine(const char *tier)
{
  static const char text[] = "func f () -> () {\n  return\n}\n";
  vm_error error = VM_ERROR_INIT;
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine;
  vm_module *module;
  config.tier = strcmp(tier, "auto") == 0 ? VM_TIER_AUTO
                : strcmp(tier, "1") == 0  ? VM_TIER_1
                : strcmp(tier, "0") == 0  ? VM_TIER_0
                                          : VM_TIER_2;
  if (config.tier == VM_TIER_2) stress_failed("TIER: expected 0, 1 or auto");
  stress_check(vm_engine_new(&config, &engine, &error), &error);
  if (config.tier != VM_TIER_AUTO) return engine;
  stress_check(vm_module_assemble(engine, text, strlen(text), &module, &error), &error);
  vm_status st = vm_module_compile(module, NULL, 0, &error);
  vm_module_free(module);
  if (st == VM_COMPILE) {
    printf("skipped: there is no compiler: %s\n", error.message);
    exit(STRESS_SKIPPED);
  }
  stress_check(st, &error);
  return engine;
}

static inline size_t stress_resident(void)
{
  unsigned long total = 0, pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f || fscanf(f, "%lu %lu", &total, &pages) != 2) stress_failed("/proc/self/statm cannot be read");
  fclose(f);
  return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static inline vm_engine_stats stress_compiler(vm_engine *engine)
{
  vm_engine_stats stats = {.size = sizeof stats};
  if (vm_engine_drain(engine, NULL) != VM_OK || vm_engine_get_stats(engine, &stats, NULL) != VM_OK)
    stress_failed("no statistics");
  return stats;
}

static inline vm_isolate_stats stress_isolate(vm_isolate *isolate)
{
  vm_isolate_stats stats = {.size = sizeof stats};
  if (vm_isolate_get_stats(isolate, &stats, NULL) != VM_OK) stress_failed("no statistics");
  return stats;
}

static inline void stress_bounded(const char *what, uint64_t found, uint64_t least, uint64_t most)
{
  printf("%s: %llu\n", what, (unsigned long long)found);
  if (found >= least && found <= most) return;
  fprintf(stderr, "stress: %s: expected %llu to %llu, found %llu\n", what, (unsigned long long)least,
          (unsigned long long)most, (unsigned long long)found);
  exit(1);
}

/* Units: none in an interpreter; where there is a compiler, something was hot, and each thing a few times
 * at most. The first unit is stress_engine's own. */
static inline void stress_units(vm_engine *engine, uint64_t most)
{
  const vm_engine_stats s = stress_compiler(engine);
  bool compiles = s.tier == VM_TIER_AUTO;
  stress_bounded("compiled units", s.compiled_units, compiles ? 2 : 0, compiles ? most : 0);
  stress_bounded("failed units", s.failed_units, 0, 0);
}

static inline uint64_t stress_growth(uint64_t before, uint64_t now) { return now > before ? now - before : 0; }

#endif
