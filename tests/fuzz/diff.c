/* diff.c - fuzz_diff: random modules must do the same however they are run.
 *
 * SPDX-License-Identifier: MIT
 *
 *   fuzz_diff [--seed S] [--count N] [--tier2] [--stress-every K] [--worker PATH] [--dump FILE]
 *
 * Each module runs plainly in tier 0; with a collection at every allocation, poison and a heap
 * check after each (every Kth module, 0: never); and, with --tier2, compiled. --dump writes the module of
 * seed S and stops. Exit code 1: a difference, with its seed on standard error; 77: no compiler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"
#include "run.h"

typedef struct options {
  uint64_t seed, count, stress_every;
  bool tier2;
  const char *dump, *worker;
} options;

typedef struct totals {
  uint64_t modules, failures, exceptions, bytes;
} totals;

static vm_engine *new_engine(vm_tier tier, const char *worker)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine = NULL;
  vm_error e = VM_ERROR_INIT;
  config.tier = tier;
  config.worker = worker;
  if (vm_engine_new(&config, &engine, &e) == VM_OK) return engine;
  fprintf(stderr, "fuzz_diff: %s\n", e.message);
  exit(2);
}

static int dump(const options *o)
{
  uint8_t *bytes;
  size_t size;
  vm_error e = VM_ERROR_INIT;
  if (!gen_module(o->seed, &bytes, &size, &e)) {
    fprintf(stderr, "seed %llu: %s\n", (unsigned long long)o->seed, e.message);
    return 1;
  }
  FILE *f = fopen(o->dump, "wb");
  bool written = f != NULL && fwrite(bytes, 1, size, f) == size;
  if (f != NULL && fclose(f) != 0) written = false;
  if (!written) perror(o->dump);
  vm_builder_bytes_free(NULL, bytes, size);
  return written ? 0 : 1;
}

static bool run_seed(uint64_t seed, const options *o, vm_engine *tier0, vm_engine *tier2, totals *t)
{
  static outcome plain, other;
  uint8_t *bytes;
  size_t size;
  vm_error e = VM_ERROR_INIT;
  if (!gen_module(seed, &bytes, &size, &e)) {
    fprintf(stderr, "  generator: %s\n", e.message);
    return false;
  }
  run_module(tier0, bytes, size, 0, &plain);
  bool same = plain.status == VM_OK || plain.status == VM_EXCEPTION;
  if (!same) fprintf(stderr, "  tier 0: %s: %s\n", vm_status_name(plain.status), plain.message);
  bool stress = o->stress_every != 0 && seed % o->stress_every == 0;
  uint32_t flags = VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY;
  if (same && stress) {
    run_module(tier0, bytes, size, flags, &other);
    same = same_outcome(&plain, &other, "tier 0", "tier 0 under gc stress");
  }
  if (same && tier2 != NULL) {
    run_module(tier2, bytes, size, 0, &other);
    same = same_outcome(&plain, &other, "tier 0", "tier 2");
  }
  if (same && tier2 != NULL && stress) {
    run_module(tier2, bytes, size, flags, &other);
    same = same_outcome(&plain, &other, "tier 0", "tier 2 under gc stress");
  }
  t->modules++;
  t->bytes += size;
  t->exceptions += plain.status == VM_EXCEPTION;
  vm_builder_bytes_free(NULL, bytes, size);
  return same;
}

/* What did not compile was only interpreted, which tests nothing. */
static bool all_compiled(vm_engine *engine)
{
  vm_engine_stats stats;
  memset(&stats, 0, sizeof stats);
  stats.size = sizeof stats;
  if (vm_engine_get_stats(engine, &stats, NULL) != VM_OK) return false;
  if (stats.failed_units == 0) return true;
  fprintf(stderr, "fuzz_diff: %llu units failed to compile: %s\n",
          (unsigned long long)stats.failed_units, stats.compiler_reason);
  return false;
}

static bool compiler_missing(vm_engine *engine)
{
  vm_engine_stats stats;
  memset(&stats, 0, sizeof stats);
  stats.size = sizeof stats;
  if (vm_engine_get_stats(engine, &stats, NULL) != VM_OK || stats.compiler_available) return false;
  fprintf(stderr, "fuzz_diff: no compiler: %s\n", stats.compiler_reason);
  return true;
}

static int run_all(const options *o)
{
  totals t = {0};
  vm_engine *tier0 = new_engine(VM_TIER_0, NULL);
  vm_engine *tier2 = o->tier2 ? new_engine(VM_TIER_2, o->worker) : NULL;
  int code = 0;
  for (uint64_t i = 0; i < o->count && code == 0; i++) {
    if (!run_seed(o->seed + i, o, tier0, tier2, &t)) {
      fprintf(stderr, "fuzz_diff: seed %llu differs\n", (unsigned long long)(o->seed + i));
      t.failures++;
    }
    if (tier2 != NULL && compiler_missing(tier2)) code = 77;
    if (t.failures == 10) break;
  }
  if (t.failures != 0) code = 1;
  if (code == 0 && tier2 != NULL && !all_compiled(tier2)) code = 1;
  printf("fuzz_diff: %llu modules, %llu bytes, %llu ended by an exception, %llu failures\n",
         (unsigned long long)t.modules, (unsigned long long)t.bytes,
         (unsigned long long)t.exceptions, (unsigned long long)t.failures);
  vm_engine_free(tier2, NULL);
  vm_engine_free(tier0, NULL);
  return code;
}

int main(int argc, char **argv)
{
  options o = {.seed = 1, .count = 100, .stress_every = 4};
  for (int i = 1; i < argc; i++) {
    const char *next = i + 1 < argc ? argv[i + 1] : NULL;
    if (strcmp(argv[i], "--tier2") == 0) {
      o.tier2 = true;
      continue;
    }
    if (strcmp(argv[i], "--seed") == 0) o.seed = parse_number(argv[i], next);
    else if (strcmp(argv[i], "--count") == 0) o.count = parse_number(argv[i], next);
    else if (strcmp(argv[i], "--stress-every") == 0) o.stress_every = parse_number(argv[i], next);
    else if (strcmp(argv[i], "--worker") == 0 && next != NULL) o.worker = next;
    else if (strcmp(argv[i], "--dump") == 0 && next != NULL) o.dump = next;
    else {
      fprintf(stderr, "usage: fuzz_diff [--seed S] [--count N] [--tier2] [--stress-every K] "
                      "[--worker PATH] [--dump FILE]\n");
      return 64;
    }
    i++;
  }
  return o.dump != NULL ? dump(&o) : run_all(&o);
}
