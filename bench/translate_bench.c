/* translate_bench.c - how fast tier 1's register code is made.
 *
 * SPDX-License-Identifier: MIT
 *
 *   translate_bench [rounds (200)] FILE.vma...
 *
 * Translates every function of each module again and again and prints nanoseconds a bytecode instruction
 * (best round and median) and bytes of register code for each. Time is the processor time of its one
 * thread, so that other work on the machine counts less.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vm/vm.h"

#include "isolate.h"
#include "quick.h"

static double now(void)
{
  struct timespec ts;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void fail(const char *what, const char *why)
{
  fprintf(stderr, "translate_bench: %s: %s\n", what, why);
  exit(1);
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static vm_module *load(vm_engine *engine, const char *path)
{
  enum { MOST = 1 << 20 };
  static char text[MOST];
  vm_error e = VM_ERROR_INIT;
  vm_module *module;
  FILE *f = fopen(path, "rb");
  if (f == NULL) fail(path, "cannot open");
  size_t size = fread(text, 1, MOST, f);
  fclose(f);
  if (vm_module_assemble(engine, text, size, &module, &e) != VM_OK) fail(path, e.message);
  return module;
}

/* Returns the bytes made. */
static size_t translate_all(const vm_engine *engine, const vm_module *module)
{
  size_t bytes = 0;
  for (uint32_t i = module->m->nimported_funcs; i < module->m->nfuncs; i++) {
    vmi_quick *q = vmi_quick_translate(&engine->alloc, &module->code[i], NULL);
    if (q == NULL) fail("translation", "out of memory");
    bytes += q->size;
    vmi_free(&engine->alloc, q, q->size);
  }
  return bytes;
}

static void measure(vm_engine *engine, const char *path, int rounds)
{
  vm_module *module = load(engine, path);
  double *times = malloc((size_t)rounds * sizeof *times);
  size_t insns = 0, bytes = 0;
  if (times == NULL) fail(path, "out of memory");
  for (uint32_t i = module->m->nimported_funcs; i < module->m->nfuncs; i++)
    insns += module->m->funcs[i].ninsns;
  for (int i = 0; i < rounds; i++) {
    double start = now();
    bytes = translate_all(engine, module);
    times[i] = now() - start;
  }
  qsort(times, (size_t)rounds, sizeof *times, by_value);
  const char *slash = strrchr(path, '/');
  printf("%-24s %6zu instructions %7.1f ns (median %.1f) %7.1f bytes\n", slash ? slash + 1 : path,
         insns, times[0] * 1e9 / (double)insns, times[rounds / 2] * 1e9 / (double)insns,
         (double)bytes / (double)insns);
  free(times);
  vm_module_free(module);
}

int main(int argc, char **argv)
{
  int first = 1, rounds = argc > 1 ? atoi(argv[1]) : 0;
  if (rounds > 0) first = 2;
  else rounds = 200;
  if (first >= argc) fail("usage", "translate_bench [rounds] FILE.vma...");
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine;
  vm_error e = VM_ERROR_INIT;
  config.tier = VM_TIER_0;
  if (vm_engine_new(&config, &engine, &e) != VM_OK) fail("engine", e.message);
  for (int i = first; i < argc; i++) measure(engine, argv[i], rounds);
  vm_engine_free(engine, NULL);
  return 0;
}
