/* diff.c - fuzz_diff: random modules must do the same however they are run.
 *
 * SPDX-License-Identifier: MIT
 *
 *   fuzz_diff [--seed S] [--count N] [--small K] [--tier1] [--tier2] [--guarded] [--mixed] [--forced]
 *             [--switching] [--stress-every M] [--worker PATH] [--dump FILE]
 *
 * Each module runs plainly in tier 0; with a collection at every allocation, poison and a heap
 * check after each (every Mth module, 0: never); with --tier1 in tier 1, with --tier2 compiled, too; with
 * --forced compiled and with frames that change tier at every loop, poll and call; with --switching so that
 * they do at random, with and without the compiler, each program several times; with --mixed in an
 * engine that compiles some of its functions and more in the background. Every fourth module runs
 * on engines that meter fuel, and its last call gets little of it. With --small a module is K small
 * programs, each called in an isolate of its own. --dump writes the module of seed S and stops. Exit
 * code 1: a difference, with its seed on standard error; 77: no compiler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"
#include "run.h"

enum { MAX_CALLS = 3, SWITCHED_RUNS = 3, STRESS = VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY };

typedef struct options {
  uint64_t seed, count, stress_every;
  int small;
  bool tier1, tier2, mixed, forced, switching, guarded;
  const char *dump, *worker;
} options;

typedef struct totals {
  uint64_t modules, programs, calls, failures, exceptions, terminated, bytes;
} totals;

typedef enum machine_kind {
  PLAIN, REGISTERS, INTERPRETERS, COMPILED, FORCED, ENTERING, SWITCHING, MIXED, GUARDED, KINDS
} machine_kind;

static const char *const kind_names[KINDS] = {
  "tier 0", "tier 1", "switching interpreters", "tier 2", "forced changes", "switching into code",
  "switching tiers", "mixed tiers", "guarded memories"};
static const char *const stress_names[KINDS] = {
  "tier 0 under gc stress", "tier 1 under gc stress", "switching interpreters under gc stress",
  "tier 2 under gc stress", "forced changes under gc stress", "switching into code under gc stress",
  "switching tiers under gc stress", "mixed tiers under gc stress",
  "guarded memories under gc stress"};

/* The engines, with and without fuel; NULL where the options do not ask for it. */
typedef struct session {
  const options *o;
  machine machines[2][KINDS];
  changes changes[KINDS];
  totals t;
} session;

/* At random, so that every isolate does it differently. */
static bool switches(machine_kind kind)
{
  return kind == INTERPRETERS || kind == ENTERING || kind == SWITCHING;
}

static vm_engine *new_engine(machine_kind kind, bool metered, const options *o)
{
  static const vm_tier tiers[KINDS] = {VM_TIER_0, VM_TIER_1, VM_TIER_1, VM_TIER_2,
                                       VM_TIER_2, VM_TIER_2, VM_TIER_2, VM_TIER_AUTO, VM_TIER_2};
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine = NULL;
  vm_error e = VM_ERROR_INIT;
  config.tier = tiers[kind];
  if (kind == FORCED) config.tier_flags = VM_TIER_FORCE_EXITS | VM_TIER_FORCE_OSR;
  if (switches(kind)) config.tier_flags = VM_TIER_SWITCH;
  if (kind == SWITCHING) config.tier_flags |= VM_TIER_FORCE_EXITS;
  if (kind == SWITCHING || kind == ENTERING) config.tier_flags |= VM_TIER_FORCE_GUESSES;
  config.guard_memory = kind == GUARDED;
  config.switch_seed = (uint32_t)o->seed;
  config.worker = o->worker;
  config.meter_fuel = metered;
  if (vm_engine_new(&config, &engine, &e) == VM_OK) return engine;
  fprintf(stderr, "fuzz_diff: %s\n", e.message);
  exit(2);
}

static void open_machines(session *s)
{
  const options *o = s->o;
  const bool wanted[KINDS] = {true, o->tier1, o->switching, o->tier2, o->forced, o->switching,
                              o->switching, o->mixed, o->guarded};
  for (int fuel = 0; fuel < 2; fuel++) {
    for (int k = 0; k < KINDS; k++) {
      if (!wanted[k]) continue;
      vm_engine *engine = new_engine((machine_kind)k, fuel != 0, o);
      s->machines[fuel][k] = (machine){kind_names[k], engine, host_env_load(engine), 0, fuel != 0,
                                       &s->changes[k], k == GUARDED};
    }
  }
}

static void close_machines(session *s)
{
  for (int i = 0; i < 2 * KINDS; i++) {
    machine *m = &s->machines[i / KINDS][i % KINDS];
    if (m->engine == NULL) continue;
    vm_module_free(m->env);
    vm_engine_free(m->engine, NULL);
  }
}

static int dump(const options *o)
{
  uint8_t *bytes;
  size_t size;
  vm_error e = VM_ERROR_INIT;
  if (!gen_module(o->seed, o->small, &bytes, &size, &e)) {
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

/* ---- one module ---- */

/* Some of the functions at once; the engine may compile others while they run. */
static bool compile_some(vm_module *module, uint64_t seed)
{
  uint32_t chosen[MAX_FUNCS], n = 0, count = vm_module_function_count(module);
  vm_error e = VM_ERROR_INIT;
  fuzz_random rng = {seed};
  for (uint32_t i = 0; i < count && n < MAX_FUNCS; i++) {
    vm_function_info info;
    if (vm_module_get_function(module, i, &info, NULL) != VM_OK) return false;
    if (info.state != VM_FUNCTION_IMPORTED && fuzz_one_in(&rng, 2)) chosen[n++] = i;
  }
  if (n == 0 || vm_module_compile(module, chosen, n, &e) == VM_OK) return true;
  fprintf(stderr, "  compiling %u functions: %s\n", (unsigned)n, e.message);
  return false;
}

static bool load(session *s, bool metered, uint64_t seed, vm_module **modules)
{
  uint8_t *bytes;
  size_t size;
  vm_error e = VM_ERROR_INIT;
  if (!gen_module(seed, s->o->small, &bytes, &size, &e)) {
    fprintf(stderr, "  generator: %s\n", e.message);
    return false;
  }
  bool ok = true;
  for (int k = 0; k < KINDS && ok; k++) {
    vm_engine *engine = s->machines[metered][k].engine;
    if (engine == NULL) continue;
    ok = vm_module_load(engine, bytes, size, &modules[k], &e) == VM_OK;
    if (!ok) fprintf(stderr, "  %s: %s\n", kind_names[k], e.message);
    if (ok && k == MIXED) ok = compile_some(modules[k], seed);
  }
  s->t.modules++;
  s->t.bytes += size;
  vm_builder_bytes_free(NULL, bytes, size);
  return ok;
}

static bool compare(const machine *base, const machine *other, vm_module *module, const char *name,
                    uint64_t seed, const outcome *expected, int calls)
{
  static outcome got[MAX_CALLS];
  run_program(other, module, name, seed, got, calls);
  for (int i = 0; i < calls; i++) {
    if (same_outcome(&expected[i], &got[i], base->name, other->name)) continue;
    fprintf(stderr, "  function %s, call %d\n", name, i + 1);
    return false;
  }
  return true;
}

static bool run_export(session *s, bool metered, uint64_t seed, vm_module **modules,
                       const char *name)
{
  static outcome plain[MAX_CALLS];
  const machine *base = &s->machines[metered][PLAIN];
  bool stress = s->o->stress_every != 0 && seed % s->o->stress_every == 0, same = true;
  int calls = (s->o->small != 0 ? 2 : 1) + metered;
  run_program(base, modules[PLAIN], name, seed, plain, calls);
  for (int i = 0; i < calls; i++) {
    vm_status status = plain[i].status;
    s->t.exceptions += status == VM_EXCEPTION;
    s->t.terminated += status == VM_TERMINATED;
    bool fine = status == VM_OK || status == VM_EXCEPTION
                || (status == VM_TERMINATED && plain[i].trap == VM_TRAP_FUEL && i == calls - 1);
    if (fine) continue;
    fprintf(stderr, "  %s: tier 0: %s: %s\n", name, vm_status_name(status), plain[i].message);
    return false;
  }
  s->t.programs++;
  s->t.calls += (uint64_t)calls;
  for (int k = 0; k < KINDS && same; k++) {
    machine other = s->machines[metered][k];
    if (other.engine == NULL) continue;
    int runs = switches((machine_kind)k) ? SWITCHED_RUNS : 1;
    for (int i = 0; same && k != PLAIN && i < runs; i++) {
      same = compare(base, &other, modules[k], name, seed, plain, calls);
    }
    other.gc_flags = STRESS;
    other.name = stress_names[k];
    if (same && stress) same = compare(base, &other, modules[k], name, seed, plain, calls);
  }
  return same;
}

/* False if anything differed. */
static bool run_seed(session *s, uint64_t seed)
{
  vm_module *modules[KINDS] = {NULL};
  bool metered = seed % 4 == 3, same = load(s, metered, seed, modules);
  for (uint32_t i = 0; same && i < vm_module_export_count(modules[PLAIN]); i++) {
    vm_entity_info info;
    if (vm_module_get_export(modules[PLAIN], i, &info, NULL) != VM_OK) return false;
    if (info.kind == VM_ENTITY_FUNC) same = run_export(s, metered, seed, modules, info.name);
  }
  for (int k = 0; k < KINDS; k++) vm_module_free(modules[k]);
  return same;
}

/* ---- the whole ---- */

/* What did not compile was only interpreted, which tests nothing. */
static int check_compiler(const session *s)
{
  vm_engine_stats stats;
  for (int i = 0; i < 2 * KINDS; i++) {
    vm_engine *engine = s->machines[i / KINDS][i % KINDS].engine;
    if (engine == NULL || i % KINDS < COMPILED) continue;
    memset(&stats, 0, sizeof stats);
    stats.size = sizeof stats;
    if (vm_engine_get_stats(engine, &stats, NULL) != VM_OK) return 1;
    if (!stats.compiler_available) {
      fprintf(stderr, "fuzz_diff: no compiler: %s\n", stats.compiler_reason);
      return 77;
    }
    if (stats.failed_units == 0) continue;
    fprintf(stderr, "fuzz_diff: %llu units failed to compile: %s\n",
            (unsigned long long)stats.failed_units, stats.compiler_reason);
    return 1;
  }
  return 0;
}

/* Frames that were to change tier have done so; that they did is said. */
static bool check_changes(const session *s)
{
  bool ok = true;
  for (int k = 0; k < KINDS; k++) {
    const changes *c = &s->changes[k];
    if (s->machines[0][k].engine == NULL || k < INTERPRETERS || k == COMPILED || k >= MIXED) continue;
    printf("%s: frames that changed tier: %llu into loops, %llu out of compiled code, %llu from tier 0 "
           "to 1, %llu back\n", kind_names[k], (unsigned long long)c->loop_entries,
           (unsigned long long)c->code_exits, (unsigned long long)c->quickenings,
           (unsigned long long)c->slowdowns);
    if (k >= FORCED && c->loop_entries == 0) ok = false;
    if ((k == FORCED || k == SWITCHING) && c->code_exits == 0) ok = false;
    if (switches((machine_kind)k) && (c->quickenings == 0 || c->slowdowns == 0)) ok = false;
  }
  if (!ok) fprintf(stderr, "fuzz_diff: frames that were to change tier did not\n");
  return ok;
}

static int run_all(const options *o)
{
  session s = {.o = o};
  int code = 0;
  open_machines(&s);
  for (uint64_t i = 0; i < o->count && code == 0 && s.t.failures < 10; i++) {
    if (!run_seed(&s, o->seed + i)) {
      fprintf(stderr, "fuzz_diff: seed %llu differs\n", (unsigned long long)(o->seed + i));
      s.t.failures++;
    }
    code = check_compiler(&s);
  }
  if (!check_changes(&s) && code == 0) code = 1;
  if (s.t.failures != 0) code = 1;
  printf("fuzz_diff: %llu modules, %llu bytes, %llu programs, %llu calls, %llu ended by an exception, "
         "%llu for lack of fuel, %llu failures\n",
         (unsigned long long)s.t.modules, (unsigned long long)s.t.bytes,
         (unsigned long long)s.t.programs, (unsigned long long)s.t.calls,
         (unsigned long long)s.t.exceptions, (unsigned long long)s.t.terminated,
         (unsigned long long)s.t.failures);
  close_machines(&s);
  return code;
}

static bool parse_option(options *o, const char *name, const char *value)
{
  if (strcmp(name, "--seed") == 0) o->seed = parse_number(name, value);
  else if (strcmp(name, "--count") == 0) o->count = parse_number(name, value);
  else if (strcmp(name, "--small") == 0) o->small = (int)(parse_number(name, value) % MAX_FUNCS);
  else if (strcmp(name, "--stress-every") == 0) o->stress_every = parse_number(name, value);
  else if (strcmp(name, "--worker") == 0 && value != NULL) o->worker = value;
  else if (strcmp(name, "--dump") == 0 && value != NULL) o->dump = value;
  else return false;
  return true;
}

int main(int argc, char **argv)
{
  options o = {.seed = 1, .count = 100, .stress_every = 4};
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--tier1") == 0) {
      o.tier1 = true;
    } else if (strcmp(argv[i], "--tier2") == 0) {
      o.tier2 = true;
    } else if (strcmp(argv[i], "--guarded") == 0) {
      o.guarded = true;
    } else if (strcmp(argv[i], "--mixed") == 0) {
      o.mixed = true;
    } else if (strcmp(argv[i], "--forced") == 0) {
      o.forced = true;
    } else if (strcmp(argv[i], "--switching") == 0) {
      o.switching = true;
    } else if (parse_option(&o, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
      i++;
    } else {
      fprintf(stderr, "usage: fuzz_diff [--seed S] [--count N] [--small K] [--tier1] "
                      "[--tier2] [--guarded] [--mixed] [--forced] [--switching] [--stress-every M] [--worker PATH] "
                      "[--dump FILE]\n");
      return 64;
    }
  }
  return o.dump != NULL ? dump(&o) : run_all(&o);
}
