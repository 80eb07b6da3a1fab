/* run.c - running exports of a module and comparing what came of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "host.h"
#include "random.h"

enum { BUDGET = 300, DEPTH = 3, MOST_VALUES = 16 };

static const uint64_t much_fuel = (uint64_t)1 << 40;

/* ---- the state after a call ---- */

static uint64_t hash_memory(vm_instance *instance, const char *name)
{
  uint8_t *base;
  uint64_t size, word, h = 0xCBF29CE484222325ull;
  if (vm_instance_view_memory(instance, name, &base, &size, NULL) != VM_OK) return 0;
  for (uint64_t i = 0; i < size; i += sizeof word) { /* whole pages */
    memcpy(&word, base + i, sizeof word);
    h = (h ^ word) * 0x9E3779B97F4A7C15ull;
    h ^= h >> 32;
  }
  return h ^ size;
}

static void record_globals(vm_instance *instance, heap_walk *walk, outcome *out)
{
  char name[16] = "hash";
  vm_value v;
  for (int i = 0; i < MAX_VALUES; i++) {
    if (vm_instance_get_global(instance, name, &v, NULL) != VM_OK) return;
    out->values[out->nvalues++] = host_value_bits(&v);
    heap_add(walk, &v);
    snprintf(name, sizeof name, "g%d", i);
  }
}

static void record_table(vm_instance *instance, heap_walk *walk)
{
  uint32_t size;
  if (vm_instance_get_table_size(instance, "any", &size, NULL) != VM_OK) return;
  for (uint32_t i = 0; i < size; i++) {
    vm_value v = vm_value_null();
    if (vm_instance_get_table(instance, "any", i, &v.of.ref, NULL) == VM_OK) heap_add(walk, &v);
  }
}

static void record_state(const machine *on, vm_isolate *isolate, vm_instance *instance,
                         outcome *out)
{
  static heap_walk walk;
  memset(&walk, 0, sizeof walk);
  walk.isolate = isolate;
  record_globals(instance, &walk, out);
  record_table(instance, &walk);
  out->heap = walk.hash;
  out->memory = hash_memory(instance, "mem") * 3 + hash_memory(instance, "mem2");
  if (on->metered) vm_isolate_get_fuel(isolate, &out->fuel, NULL);
}

/* Handles of the call are closed by now, so that only what the guest kept counts. */
static void record_live(vm_isolate *isolate, outcome *out)
{
  vm_isolate_stats stats;
  memset(&stats, 0, sizeof stats);
  stats.size = sizeof stats;
  vm_isolate_collect(isolate, NULL);
  if (vm_isolate_get_stats(isolate, &stats, NULL) == VM_OK) out->live = stats.live_bytes;
}

static void record_failure(vm_isolate *isolate, vm_status status, const vm_error *e, outcome *out)
{
  out->status = status;
  out->trap = e->trap;
  memcpy(out->message, e->message, sizeof out->message);
  if (isolate != NULL && status == VM_EXCEPTION) {
    vm_exception_format(isolate, vm_ref_null(), out->trace, sizeof out->trace, NULL, NULL);
  }
}

/* ---- calls ---- */

static void call_export(vm_isolate *isolate, vm_instance *instance, const char *name,
                        fuzz_random *rng, outcome *out)
{
  vm_error e = VM_ERROR_INIT;
  vm_func_type type;
  vm_ref func;
  vm_value args[MOST_VALUES], results[MOST_VALUES];
  heap_walk walk = {.isolate = isolate};
  vm_status s = vm_instance_get_func(instance, name, &func, &e);
  if (s == VM_OK) s = vm_func_get_type(isolate, func, &type, &e);
  if (s == VM_OK) {
    for (uint32_t i = 0; i < type.nparams; i++) {
      args[i] = i == 0 ? vm_value_i32(DEPTH) : host_argument(type.params[i], fuzz_next(rng));
    }
    s = vm_call(isolate, func, args, type.nparams, results, type.nresults, &e);
  }
  if (s != VM_OK) {
    record_failure(isolate, s, &e, out);
    return;
  }
  for (uint32_t i = 0; i < type.nresults; i++) heap_add(&walk, &results[i]);
  out->result = walk.hash;
}

static void run_call(const machine *on, vm_isolate *isolate, vm_instance *instance,
                     const char *name, fuzz_random *rng, bool starved, outcome *out)
{
  vm_error e = VM_ERROR_INIT;
  vm_scope scope;
  vm_value budget = vm_value_i32(BUDGET);
  vm_instance_set_global(instance, "budget", &budget, NULL);
  if (on->metered) {
    uint64_t little = 1 + fuzz_below(rng, 12);
    vm_isolate_set_fuel(isolate, starved ? little : much_fuel, NULL);
  }
  if (vm_scope_open(isolate, &scope, NULL) != VM_OK) abort();
  call_export(isolate, instance, name, rng, out);
  record_state(on, isolate, instance, out);
  vm_scope_close(isolate, scope, NULL);
  record_live(isolate, out);
  if (vm_isolate_verify_heap(isolate, &e) != VM_OK) record_failure(isolate, VM_INVALID, &e, out);
}

static void count_changes(const machine *on, vm_isolate *isolate)
{
  vm_isolate_stats s;
  memset(&s, 0, sizeof s);
  s.size = sizeof s;
  if (isolate == NULL || vm_isolate_get_stats(isolate, &s, NULL) != VM_OK) return;
  on->changes->loop_entries += s.loop_entries;
  on->changes->code_exits += s.code_exits;
  on->changes->quickenings += s.quickenings;
  on->changes->slowdowns += s.slowdowns;
}

void run_program(const machine *on, vm_module *module, const char *name, uint64_t seed,
                 outcome *out, int count)
{
  vm_error e = VM_ERROR_INIT;
  vm_isolate_config config = VM_ISOLATE_CONFIG_INIT;
  vm_isolate *isolate = NULL;
  vm_instance *instance = NULL;
  fuzz_random rng = {seed};
  memset(out, 0, sizeof *out * (size_t)count);
  for (int i = 0; i < count; i++) out[i].partial = on->guarded;
  config.max_heap = (size_t)256 << 20;
  config.gc_flags = on->gc_flags;
  vm_status s = vm_isolate_new(on->engine, &config, &isolate, &e);
  if (s == VM_OK) s = vm_isolate_set_deadline(isolate, 120000, &e);
  if (s == VM_OK && on->metered) s = vm_isolate_set_fuel(isolate, much_fuel, &e);
  if (s == VM_OK) s = host_define(isolate, on->env, &e);
  if (s == VM_OK) s = vm_instance_new(isolate, module, &instance, &e);
  if (s != VM_OK) record_failure(NULL, s == VM_EXCEPTION ? VM_INVALID : s, &e, out);
  for (int i = 0; s == VM_OK && i < count; i++) {
    bool starved = i > 0 && i == count - 1;
    run_call(on, isolate, instance, name, &rng, starved, &out[i]);
  }
  count_changes(on, isolate);
  vm_isolate_free(isolate, NULL);
}

/* ---- comparison ---- */

static bool same_values(const outcome *a, const outcome *b)
{
  bool same = a->nvalues == b->nvalues;
  for (int i = 0; same && i < a->nvalues; i++) {
    if (a->values[i] == b->values[i]) continue;
    fprintf(stderr, "  exported global %d: %016llx, %016llx\n", i - 1,
            (unsigned long long)a->values[i], (unsigned long long)b->values[i]);
    same = false;
  }
  return same;
}

static void describe(const outcome *o, const char *name)
{
  fprintf(stderr, "  %s: %s, %s, result %016llx, memory %016llx, heap %016llx, live %llu, "
                  "fuel %llu\n  %s\n%s",
          name, vm_status_name(o->status), vm_trap_name(o->trap), (unsigned long long)o->result,
          (unsigned long long)o->memory, (unsigned long long)o->heap, (unsigned long long)o->live,
          (unsigned long long)o->fuel, o->message, o->trace);
}

/* Are the lines of `part` lines of `whole`, in that order, the first one and the last of both the same? */
static bool is_part(const char *part, const char *whole)
{
  bool first = true;
  while (*part) {
    size_t n = strcspn(part, "\n");
    while (*whole && (strcspn(whole, "\n") != n || strncmp(part, whole, n) != 0)) {
      size_t skip = strcspn(whole, "\n");
      if (first) return false;
      whole += skip + (whole[skip] != 0);
    }
    if (!*whole && n) return false;
    first = false;
    part += n + (part[n] != 0);
    whole += n + (whole[n] != 0);
  }
  return !*whole;
}

static bool same_trace(const outcome *a, const outcome *b)
{
  return b->partial ? is_part(b->trace, a->trace) : strcmp(a->trace, b->trace) == 0;
}

bool same_outcome(const outcome *a, const outcome *b, const char *what_a, const char *what_b)
{
  const char *what = NULL;
  if (a->fuel != b->fuel) what = "fuel";
  if (a->live != b->live && !b->partial) what = "live heap";
  if (a->heap != b->heap) what = "heap";
  if (!same_values(a, b)) what = "globals";
  if (a->memory != b->memory) what = "memory";
  if (a->result != b->result) what = "result";
  if (!same_trace(a, b)) what = "backtrace";
  if (a->status != b->status || a->trap != b->trap) what = "status";
  if (what == NULL) return true;
  fprintf(stderr, "  %s differs between %s and %s\n", what, what_a, what_b);
  describe(a, what_a);
  describe(b, what_b);
  return false;
}

uint64_t parse_number(const char *option, const char *text)
{
  char *end = NULL;
  uint64_t value = text == NULL ? 0 : strtoull(text, &end, 0);
  if (text != NULL && end != text && *end == '\0') return value;
  fprintf(stderr, "%s: expected a number, found \"%s\"\n", option, text == NULL ? "" : text);
  exit(64);
}
