/* main.c - golden_test FILE [SEEDS]: one golden program in every mode.
 *
 * SPDX-License-Identifier: MIT
 *
 * Modes: tier 0; tier 1; tier 2 with everything compiled; and, for each seed, an engine that compiles what
 * becomes hot and beforehand a random half of the functions, so that calls go in all directions
 * between the tiers; and tier 2 with frames that go from tier to tier at every loop and call, in
 * whole units and with functions compiled alone. Each runs plain and with a collection, poison and heap check at every
 * allocation. The outcome must be what the file says and, backtrace and its offsets included, that
 * of tier 0. VM_WORKER names the compiler's worker; where it is unset only tiers 0 and 1 run.
 */
#include <stdlib.h>
#include <string.h>

#include "golden.h"

enum { DEFAULT_SEEDS = 3, MAX_FUNCTIONS = 1024 };

typedef struct setup { /* one mode */
  const program *p;
  vm_tier tier;
  unsigned seed; /* 0: nothing is compiled beforehand */
  uint32_t flags; /* VM_TIER_FORCE_* */
  char name[48];
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

/* Run plain and under stress; `reference` is tier 0's outcome, filled by the first. */
static bool run_both(setup *s, outcome reference[2])
{
  bool ok = true;
  for (int stress = 0; stress < 2; stress++) {
    char mode[64];
    outcome o = {0};
    snprintf(mode, sizeof mode, "%s%s", s->name, stress ? " stress" : "");
    ok = run_once(s->p, s->engine, s->modules, stress, mode, &o) && ok;
    ok = outcome_check(s->p, &o, mode) && ok;
    if (s->tier == VM_TIER_0) {
      reference[stress] = o;
      continue;
    }
    if (o.trap != VM_TRAP_STACK_OVERFLOW && /* compiled frames may take less */
        strcmp(text_get(&o.whole_trace), text_get(&reference[stress].whole_trace)) != 0) {
      fprintf(stderr, "%s [%s]: backtrace: tier 0 gives\n%s\nfound\n%s\n", s->p->path, mode,
              text_get(&reference[stress].whole_trace), text_get(&o.whole_trace));
      ok = false;
    }
    outcome_free(&o);
  }
  return ok;
}

static bool run_mode(const program *p, vm_tier tier, unsigned seed, uint32_t flags,
                     outcome reference[2])
{
  setup s = {.p = p, .tier = tier, .seed = seed, .flags = flags};
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  const char *names[] = {"auto", "tier 0", "tier 2", "tier 1"};
  snprintf(s.name, sizeof s.name, "%s", names[tier]);
  if (seed > 0) snprintf(s.name, sizeof s.name, "mixed, seed %u", seed);
  if (flags & VM_TIER_FORCE_EXITS) strcat(s.name, ", exits");
  if (flags & VM_TIER_FORCE_OSR) strcat(s.name, ", loop entries");
  config.tier = tier;
  config.meter_fuel = seed % 2; /* other code for the same results */
  config.tier_flags = flags;
  config.worker = getenv("VM_WORKER");
  if (vm_engine_new(&config, &s.engine, &e) != VM_OK) return complain(&s, "engine", &e);
  bool ok = load(&s) && run_both(&s, reference);
  for (unsigned i = 0; i < p->nparts; i++) vm_module_free(s.modules[i]);
  if (vm_engine_free(s.engine, &e) != VM_OK) ok = complain(&s, "engine", &e);
  return ok;
}

int main(int argc, char **argv)
{
  if (argc < 2) {
    fprintf(stderr, "usage: golden_test FILE|gen:KIND [SEEDS]\n");
    return 64;
  }
  program p = {.path = argv[1]};
  unsigned seeds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : DEFAULT_SEEDS;
  outcome reference[2] = {{0}, {0}};
  if (!program_read(&p)) return 1;
  bool ok = run_mode(&p, VM_TIER_0, 0, 0, reference);
  ok = run_mode(&p, VM_TIER_1, 0, 0, reference) && ok;
  if (getenv("VM_WORKER") != NULL) {
    for (unsigned seed = 0; seed <= seeds; seed++) {
      ok = run_mode(&p, VM_TIER_AUTO, seed, 0, reference) && ok;
    }
    for (uint32_t flags = 0; flags <= (VM_TIER_FORCE_EXITS | VM_TIER_FORCE_OSR); flags++) {
      ok = run_mode(&p, VM_TIER_2, 0, flags, reference) && ok;
      if (flags != 0) ok = run_mode(&p, VM_TIER_AUTO, 1, flags, reference) && ok;
    }
  }
  outcome_free(&reference[0]);
  outcome_free(&reference[1]);
  program_free(&p);
  return ok ? 0 : 1;
}
