/* bench.c - times one program in one tier of libvm, for run.py.
 *
 * SPDX-License-Identifier: MIT
 *
 *   bench_tiers TIER FILE.vma        TIER: 0, 1 or 2
 *
 * Loads the module (for tier 2 this compiles it), says "ready" and the time that took, and then obeys
 * lines from its input:
 *   time ARGUMENT          run the entry once, output to /dev/null; answers with seconds
 *   output ARGUMENT PATH   run it once, output to that file; answers with seconds
 * Times are processor time of this process from the call of the entry to its return: loading and
 * compiling are not in them, collections are. Each run has an isolate of its own.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guest.h"

/* Processor time, which other programs on the machine disturb less than the wall clock. */
static double now(void)
{
  struct timespec ts;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void fail(const char *what, const char *why)
{
  fprintf(stderr, "bench_tiers: %s: %s\n", what, why);
  exit(1);
}

static char *slurp(const char *path, size_t *size)
{
  enum { MOST = 1 << 20 };
  FILE *f = fopen(path, "rb");
  char *text = malloc(MOST);
  if (!f || !text) fail(path, "cannot open");
  *size = fread(text, 1, MOST, f);
  fclose(f);
  return text;
}

static vm_engine *start(const char *tier)
{
  static const struct {
    const char *name;
    vm_tier tier;
  } tiers[] = {{"0", VM_TIER_0}, {"1", VM_TIER_1}, {"2", VM_TIER_2}};
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  size_t i = 0;
  while (i < sizeof tiers / sizeof tiers[0] && strcmp(tiers[i].name, tier) != 0) i++;
  if (i == sizeof tiers / sizeof tiers[0]) fail(tier, "no such tier");
  config.tier = tiers[i].tier;
  if (vm_engine_new(&config, &engine, &e) != VM_OK) fail("engine", e.message);
  return engine;
}

static vm_module *load(vm_engine *engine, const char *path)
{
  vm_error e = VM_ERROR_INIT;
  vm_module *module;
  size_t size;
  char *text = slurp(path, &size);
  if (vm_module_assemble(engine, text, size, &module, &e) != VM_OK) fail(path, e.message);
  free(text);
  return module;
}

/* A tier 2 that fell back to the interpreter would be timed as something it is not. */
static void check_compiled(vm_engine *engine)
{
  vm_engine_stats stats = {.size = sizeof stats};
  if (vm_engine_get_stats(engine, &stats, NULL) != VM_OK) return;
  if (stats.tier == VM_TIER_2 && (stats.failed_units || !stats.compiled_functions))
    fail("tier 2: not everything was compiled", stats.compiler_reason);
}

static double run(vm_engine *engine, vm_module *module, int argument, const char *path)
{
  vm_error e = VM_ERROR_INIT;
  vm_isolate *iso;
  vm_instance *inst;
  vm_ref entry;
  vm_value result;
  char text[16], *args[] = {text};
  snprintf(text, sizeof text, "%d", argument);
  guest_io io = {.argc = 1, .argv = args, .out = fopen(path, "wb")};
  if (!io.out) fail(path, "cannot open");
  if (vm_isolate_new(engine, NULL, &iso, &e) != VM_OK || define_guest_imports(iso, &io, &e) != VM_OK ||
      vm_instance_new(iso, module, &inst, &e) != VM_OK ||
      vm_instance_get_func(inst, "main", &entry, &e) != VM_OK)
    fail("guest", e.message);
  double begin = now();
  if (vm_call(iso, entry, NULL, 0, &result, 1, &e) != VM_OK) fail("guest", e.message);
  double end = now();
  vm_isolate_free(iso, NULL);
  if (fclose(io.out) != 0 || io.failed) fail(path, "cannot write");
  return end - begin;
}

int main(int argc, char **argv)
{
  char line[4096], path[4096] = "/dev/null";
  int argument;
  if (argc != 3) fail("usage", "bench_tiers TIER FILE.vma");
  vm_engine *engine = start(argv[1]);
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  vm_module *module = load(engine, argv[2]);
  clock_gettime(CLOCK_MONOTONIC, &to);
  check_compiled(engine);
  printf("ready %.6f\n",
         (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    bool to_file = sscanf(line, "output %d %4095[^\n]", &argument, path) == 2;
    if (!to_file && sscanf(line, "time %d", &argument) != 1) fail(line, "not understood");
    printf("%.6f\n", run(engine, module, argument, to_file ? path : "/dev/null"));
    fflush(stdout);
  }
  vm_module_free(module);
  vm_engine_free(engine, NULL);
  return 0;
}
