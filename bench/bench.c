/* bench.c - each tier against gcc -O2 on the same algorithm, in one run.
 *
 * SPDX-License-Identifier: MIT
 *
 *   bench_tiers EXAMPLES C_PROGRAMS [RUNS]
 *
 * All times are processor time. Tier 2 and tier 0 are timed in this process, from the call of the
 * entry to its return, the module loaded (and for tier 2 compiled) before; the C program as a
 * process from its start to its end, which adds about a millisecond to its side. Both write to /dev/null. Runs alternate; medians are
 * shown; outputs are compared by hash in a run of their own.
 */
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

extern char **environ;

static const struct {
  const char *name;
  int argument, small; /* for compiled code; for the interpreter */
  bool numeric;
} programs[] = {
    {"nbody", 5000000, 200000, true},        {"fannkuch-redux", 10, 8, true},
    {"spectral-norm", 1500, 300, true},      {"mandelbrot", 2000, 400, true},
    {"fasta", 2500000, 100000, true},        {"binary-trees", 17, 12, false},
};
enum { PROGRAMS = sizeof programs / sizeof programs[0], MAX_RUNS = 51 };

/* Processor time, which other programs on the machine disturb less than the wall clock. */
static double now(void)
{
  struct timespec ts;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static void fail(const char *what, const char *why)
{
  fprintf(stderr, "bench: %s: %s\n", what, why);
  exit(1);
}

static int by_value(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values, int n)
{
  qsort(values, (size_t)n, sizeof *values, by_value);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static char *slurp(const char *path, size_t *size)
{
  FILE *f = fopen(path, "rb");
  if (!f) fail(path, "cannot open");
  char *text = malloc(1 << 20);
  *size = fread(text, 1, 1 << 20, f);
  fclose(f);
  return text;
}

/* ---- the guest ---- */

static vm_module *load(vm_engine *engine, const char *folder, const char *name)
{
  char path[4096];
  vm_error e = VM_ERROR_INIT;
  vm_module *module;
  size_t size;
  snprintf(path, sizeof path, "%s/%s.vma", folder, name);
  char *text = slurp(path, &size);
  if (vm_module_assemble(engine, text, size, &module, &e) != VM_OK) fail(path, e.message);
  free(text);
  return module;
}

/* Output goes to `out` as the C program's does, or is hashed if that is NULL. */
static double time_guest(vm_engine *engine, vm_module *module, int argument, FILE *out, uint64_t *hash)
{
  vm_error e = VM_ERROR_INIT;
  vm_isolate *iso;
  vm_instance *inst;
  vm_ref entry;
  vm_value result;
  guest g = {argument, out, 0xCBF29CE484222325u};
  if (vm_isolate_new(engine, NULL, &iso, &e) != VM_OK || guest_define(iso, &g, &e) != VM_OK ||
      vm_instance_new(iso, module, &inst, &e) != VM_OK ||
      vm_instance_get_func(inst, "main", &entry, &e) != VM_OK)
    fail("guest", e.message);
  double start = now();
  if (vm_call(iso, entry, NULL, 0, &result, 1, &e) != VM_OK) fail("guest", e.message);
  double end = now();
  vm_isolate_free(iso, NULL);
  *hash = g.hash;
  return end - start;
}

/* ---- the C program ---- */

static double seconds(struct timeval tv) { return (double)tv.tv_sec + (double)tv.tv_usec * 1e-6; }

static double time_native(const char *folder, const char *name, int argument)
{
  char path[4096], text[16];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  snprintf(text, sizeof text, "%d", argument);
  char *argv[] = {path, text, NULL};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  pid_t pid;
  int status;
  struct rusage used;
  if (posix_spawn(&pid, path, &actions, NULL, argv, environ) != 0) fail(path, "cannot run");
  wait4(pid, &status, 0, &used);
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) fail(path, "failed");
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

static uint64_t hash_native(const char *folder, const char *name, int argument)
{
  char command[4096];
  guest g = {0, NULL, 0xCBF29CE484222325u};
  snprintf(command, sizeof command, "'%s/%s' %d", folder, name, argument);
  FILE *p = popen(command, "r");
  if (!p) fail(command, "cannot run");
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, p)) > 0;) guest_hash(&g, buffer, n);
  pclose(p);
  return g.hash;
}

/* ---- table ---- */

static double compare(vm_engine *engine, const char *examples, const char *folder, int i,
                      bool interpreter, int runs)
{
  double guest_times[MAX_RUNS], native_times[MAX_RUNS], ratios[MAX_RUNS];
  int argument = interpreter ? programs[i].small : programs[i].argument;
  uint64_t hash, want = hash_native(folder, programs[i].name, argument);
  vm_module *module = load(engine, examples, programs[i].name);
  FILE *out = fopen("/dev/null", "wb");
  time_guest(engine, module, argument, NULL, &hash);
  if (!out || hash != want) fail(programs[i].name, "the outputs differ");
  for (int r = 0; r < runs; r++) {
    guest_times[r] = time_guest(engine, module, argument, out, &hash);
    native_times[r] = time_native(folder, programs[i].name, argument);
    ratios[r] = guest_times[r] / native_times[r];
  }
  fclose(out);
  vm_module_free(module);
  double ratio = median(ratios, runs);
  printf("%-16s %9d %10.3f %10.3f %8.2f\n", programs[i].name, argument, median(guest_times, runs),
         median(native_times, runs), ratio);
  fflush(stdout);
  return ratio;
}

static void table(const char *title, vm_tier tier, const char *examples, const char *folder, int runs)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  config.tier = tier;
  if (vm_engine_new(&config, &engine, &e) != VM_OK) fail("engine", e.message);
  printf("\n%s, medians of %d runs\n%-16s %9s %10s %10s %8s\n", title, runs, "program", "argument",
         "libvm s", "gcc -O2 s", "ratio");
  double logs = 0;
  int numeric = 0;
  for (int i = 0; i < PROGRAMS; i++) {
    double ratio = compare(engine, examples, folder, i, tier == VM_TIER_0, runs);
    if (programs[i].numeric) logs += log(ratio), numeric++;
  }
  printf("geometric mean of the %d numeric programs: %.3f\n", numeric, exp(logs / numeric));
  vm_engine_stats stats = {.size = sizeof stats};
  vm_engine_get_stats(engine, &stats, NULL);
  if (tier == VM_TIER_2)
    printf("compiled %llu functions in %llu units, %.0f ms; %llu failed %s\n",
           (unsigned long long)stats.compiled_functions, (unsigned long long)stats.compiled_units,
           (double)stats.compile_ns / 1e6, (unsigned long long)stats.failed_units,
           stats.compiler_reason);
  vm_engine_free(engine, NULL);
}

int main(int argc, char **argv)
{
  if (argc < 3) fail("usage", "bench_tiers EXAMPLES C_PROGRAMS [RUNS]");
  int runs = argc > 3 ? atoi(argv[3]) : 5;
  if (runs < 1 || runs > MAX_RUNS) fail("RUNS", "from 1 to 51");
  table("tier 2", VM_TIER_2, argv[1], argv[2], runs);
  table("tier 0", VM_TIER_0, argv[1], argv[2], runs);
  return 0;
}
