/* main.c - golden_test FILE [COUNTS]: one golden program in every mode.
 *
 * SPDX-License-Identifier: MIT
 *
 * Modes: tier 0; tier 1; tier 2 with everything compiled; and, for each seed, an engine that compiles what
 * becomes hot and beforehand a random half of the functions, so that calls go in all directions
 * between the tiers; tier 2 with frames that go from tier to tier at every loop and call, in
 * whole units and with functions compiled alone; and with frames that do so at random, several times,
 * between the interpreters and between all tiers. Each runs plain and with a collection, poison and
 * heap check at every allocation. The outcome must be what the file says and, backtrace and its offsets
 * included, that of tier 0. VM_WORKER names the compiler's worker; where it is unset only tiers 0 and 1
 * run. COUNTS is a file that a line for each mode is written to: how many runs, and how many frames
 * changed tier in them; coverage.cmake sums them up over all programs.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

enum { SEEDS = 3, SWITCHED_RUNS = 4, MAX_FUNCTIONS = 1024 };

typedef struct setup { /* one mode */
  const program *p;
  vm_tier tier;
  unsigned seed; /* 0: nothing is compiled beforehand */
  uint32_t flags; /* VM_TIER_FORCE_*, VM_TIER_SWITCH */
  char name[48];
  FILE *counts;
  unsigned runs;
  changes changes; /* of all runs */
  vm_engine *engine;
  vm_module *modules[MAX_MODULES];
} setup;

static bool complain(const setup *s, const char *what, const vm_error *e)
{
  fprintf(stderr, "%s [%s]: %s: %s: %s (line %u, column %u, function %d, offset %d)\n", s->p->path,
          s->name, what, vm_status_name(e->status), e->message, e->line, e->column,
          (int)e->function, (int)e->offset);
  return false;
}

static uint32_t next_random(uint64_t *state)
{
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*state >> 33);
}

static bool is_compiled(const setup *s, vm_module *m, uint32_t f)
{
  vm_function_info info;
  vm_error e = VM_ERROR_INIT;
  if (vm_module_get_function(m, f, &info, &e) != VM_OK) return complain(s, "function", &e);
  if (info.state == VM_FUNCTION_COMPILED || info.state == VM_FUNCTION_IMPORTED) return true;
  fprintf(stderr, "%s [%s]: function %u (%s) is not compiled\n", s->p->path, s->name, f,
          info.name ? info.name : "unnamed");
  return false;
}

/* Each function alone, so that no unit knows more than the seed wants. */
static bool compile_half(const setup *s, vm_module *m, uint64_t *random)
{
  uint32_t n = vm_module_function_count(m), chosen[MAX_FUNCTIONS], nchosen = 0;
  vm_error e = VM_ERROR_INIT;
  for (uint32_t f = 0; f < n && f < MAX_FUNCTIONS; f++) {
    vm_function_info info;
    if (vm_module_get_function(m, f, &info, &e) != VM_OK) return complain(s, "function", &e);
    if (info.state != VM_FUNCTION_IMPORTED && (next_random(random) & 1)) chosen[nchosen++] = f;
  }
  if (nchosen == 0) return true;
  if (vm_module_compile(m, chosen, nchosen, &e) != VM_OK) return complain(s, "compile", &e);
  for (uint32_t i = 0; i < nchosen; i++) {
    if (!is_compiled(s, m, chosen[i])) return false;
  }
  return true;
}

static bool load(setup *s)
{
  vm_error e = VM_ERROR_INIT;
  uint64_t random = s->seed;
  for (unsigned i = 0; i < s->p->nparts; i++) {
    const part *one = &s->p->parts[i];
    if (vm_module_assemble(s->engine, one->start, one->size, &s->modules[i], &e) != VM_OK) {
      return complain(s, one->name[0] ? one->name : "main", &e);
    }
    vm_module *m = s->modules[i];
    if (s->seed > 0 && !compile_half(s, m, &random)) return false;
    for (uint32_t f = 0; s->tier == VM_TIER_2 && f < vm_module_function_count(m); f++) {
      if (!is_compiled(s, m, f)) return false;
    }
  }
  return true;
}

static void add_changes(changes *sum, const changes *c)
{
  sum->loop_entries += c->loop_entries;
  sum->code_exits += c->code_exits;
  sum->quickenings += c->quickenings;
  sum->slowdowns += c->slowdowns;
}

/* Plain or under stress; `reference` is tier 0's outcome, filled by the first mode. */
static bool run(setup *s, int stress, outcome *reference)
{
  char mode[64];
  outcome o = {0};
  snprintf(mode, sizeof mode, "%s%s", s->name, stress ? " stress" : "");
  bool ok = run_once(s->p, s->engine, s->modules, s->flags & VM_TIER_SWITCH, stress, mode, &o);
  ok = outcome_check(s->p, &o, mode) && ok;
  s->runs++;
  add_changes(&s->changes, &o.changes);
  if (s->tier == VM_TIER_0) {
    *reference = o;
    return ok;
  }
  if (o.trap != VM_TRAP_STACK_OVERFLOW && /* compiled frames may take less */
      strcmp(text_get(&o.whole_trace), text_get(&reference->whole_trace)) != 0) {
    fprintf(stderr, "%s [%s]: backtrace: tier 0 gives\n%s\nfound\n%s\n", s->p->path, mode,
            text_get(&reference->whole_trace), text_get(&o.whole_trace));
    ok = false;
  }
  outcome_free(&o);
  return ok;
}

/* Each isolate draws differently where tiers are switched at random. */
static bool run_all(setup *s, outcome reference[2])
{
  bool ok = true;
  int runs = s->flags & VM_TIER_SWITCH ? SWITCHED_RUNS : 1;
  for (int i = 0; i < 2 * runs; i++) ok = run(s, i % 2, &reference[i % 2]) && ok;
  const changes *c = &s->changes;
  fprintf(s->counts, "%s: %u runs, %llu loop entries, %llu exits, %llu quickenings, %llu slowdowns\n",
          s->name, s->runs, (unsigned long long)c->loop_entries, (unsigned long long)c->code_exits,
          (unsigned long long)c->quickenings, (unsigned long long)c->slowdowns);
  return ok;
}

static bool run_mode(const program *p, FILE *counts, vm_tier tier, unsigned seed, uint32_t flags,
                     outcome reference[2])
{
  setup s = {.p = p, .tier = tier, .seed = seed, .flags = flags, .counts = counts};
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  const char *names[] = {"auto", "tier 0", "tier 2", "tier 1"};
  snprintf(s.name, sizeof s.name, "%s", names[tier]);
  if (seed > 0) snprintf(s.name, sizeof s.name, "mixed, seed %u", seed);
  if (flags & VM_TIER_FORCE_EXITS) strcat(s.name, ", exits");
  if (flags & VM_TIER_FORCE_OSR) strcat(s.name, ", loop entries");
  if (flags & VM_TIER_SWITCH) strcat(s.name, ", switching");
  if (flags & VM_TIER_FORCE_GUESSES) strcat(s.name, ", guesses");
  config.tier = tier;
  config.meter_fuel = seed % 2; /* other code for the same results */
  config.tier_flags = flags;
  config.switch_seed = seed + 1;
  config.worker = getenv("VM_WORKER");
  if (vm_engine_new(&config, &s.engine, &e) != VM_OK) return complain(&s, "engine", &e);
  bool ok = load(&s) && run_all(&s, reference);
  for (unsigned i = 0; i < p->nparts; i++) vm_module_free(s.modules[i]);
  if (vm_engine_free(s.engine, &e) != VM_OK) ok = complain(&s, "engine", &e);
  return ok;
}

static bool run_modes(const program *p, FILE *counts, outcome reference[2])
{
  bool ok = run_mode(p, counts, VM_TIER_0, 0, 0, reference);
  ok = run_mode(p, counts, VM_TIER_1, 0, 0, reference) && ok;
  ok = run_mode(p, counts, VM_TIER_1, 0, VM_TIER_SWITCH, reference) && ok;
  if (getenv("VM_WORKER") == NULL) return ok;
  for (unsigned seed = 0; seed <= SEEDS; seed++) {
    ok = run_mode(p, counts, VM_TIER_AUTO, seed, 0, reference) && ok;
  }
  ok = run_mode(p, counts, VM_TIER_2, 3, VM_TIER_FORCE_GUESSES, reference) && ok;
  for (uint32_t flags = 0; flags <= (VM_TIER_SWITCH | VM_TIER_FORCE_EXITS); flags++) {
    ok = run_mode(p, counts, VM_TIER_2, 0, flags, reference) && ok;
    if (flags != 0) ok = run_mode(p, counts, VM_TIER_AUTO, 1, flags, reference) && ok;
  }
  return ok;
}

typedef struct task { /* what main does, on a stack of its own */
  program p;
  FILE *counts;
  bool ok;
} task;

static void *work(void *arg)
{
  task *t = arg;
  outcome reference[2] = {{0}, {0}};
  t->ok = run_modes(&t->p, t->counts, reference);
  outcome_free(&reference[0]);
  outcome_free(&reference[1]);
  return NULL;
}

int main(int argc, char **argv)
{
  if (argc < 2) {
    fprintf(stderr, "usage: golden_test FILE|gen:KIND [COUNTS]\n");
    return 64;
  }
  task t = {.p = {.path = argv[1]}};
  pthread_attr_t attr;
  pthread_t thread;
  t.counts = argc > 2 ? fopen(argv[2], "w") : stdout;
  if (t.counts == NULL) perror(argv[2]);
  if (t.counts == NULL || !program_read(&t.p)) return 1;
  pthread_attr_init(&attr);
  if (pthread_attr_setstacksize(&attr, 2 * SWITCHED_STACK) != 0 ||
      pthread_create(&thread, &attr, work, &t) != 0) {
    fprintf(stderr, "golden_test: no thread\n");
    return 1;
  }
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attr);
  if (fclose(t.counts) != 0) t.ok = false;
  program_free(&t.p);
  return t.ok ? 0 : 1;
}
