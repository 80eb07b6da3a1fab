/* emit_live.c - which locals are still wanted, so that leaving compiled code keeps no dead value
 * alive: at each label, and behind each call.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * The usual backward data-flow analysis on bit sets, on the bytecode itself. A handler's locals are
 * live at everything it covers. Functions where that would be long work count all locals as live.
 */
#include <string.h>

#include "emitter.h"

enum { MAX_WORK = 1 << 22 }; /* instructions times words of a set; also words of all sets */

typedef struct analysis {
  vmi_emitter *e;
  const vmi_func *f;
  uint32_t *pcs; /* of all instructions */
  uint32_t n, words;
  uint64_t *labels;
  uint64_t *now;
} analysis;

static void unite(uint64_t *to, const uint64_t *from, uint32_t words)
{
  for (uint32_t i = 0; i < words; i++) to[i] |= from[i];
}

static void add_targets(const analysis *a, const vmi_insn *in)
{
  const vmi_switch *s = in->index == VMI_IX_SWITCH ? &a->f->switches[in->imm[0]] : NULL;
  uint32_t n = s ? s->count + 1 : 1, one = (uint32_t)in->imm[0];
  for (uint32_t i = 0; i < n; i++)
    unite(a->now, a->labels + (size_t)(s ? s->labels[i] : one) * a->words, a->words);
}

/* a->now: from behind the instruction to before it. */
static void step(const analysis *a, uint32_t pc, const vmi_insn *in)
{
  uint64_t bit = 0;
  uint32_t word = 0;
  if (in->index == VMI_IX_LOCAL_GET || in->index == VMI_IX_LOCAL_SET ||
      in->index == VMI_IX_LOCAL_TEE) {
    word = (uint32_t)in->imm[0] / 64;
    bit = 1ull << in->imm[0] % 64;
  }
  if (in->op->flags & F_END) memset(a->now, 0, a->words * sizeof *a->now);
  if (in->op->flags & F_BRANCH) add_targets(a, in);
  if (in->index == VMI_IX_LOCAL_GET) a->now[word] |= bit;
  else a->now[word] &= ~bit;
  const vmi_handler *h = vmi_func_handler(a->f, pc);
  if (h) unite(a->now, a->labels + (size_t)h->label * a->words, a->words);
}

/* What is live where something may be collected has to be found there. A backward branch is a poll. */
static void record_kept(const analysis *a, uint32_t pc, const vmi_insn *in, uint64_t *kept)
{
  if (in->op->flags & (F_CALL | F_ALLOC)) unite(kept, a->now, a->words);
  const vmi_handler *h = vmi_func_handler(a->f, pc);
  if (h) unite(kept, a->labels + (size_t)h->label * a->words, a->words);
}

static void record_call(const analysis *a, uint32_t pc, uint64_t *calls, uint32_t ordinal)
{
  uint64_t *set = calls + (size_t)ordinal * a->words;
  const vmi_handler *h = vmi_func_handler(a->f, pc);
  memcpy(set, a->now, a->words * sizeof *set);
  if (h) unite(set, a->labels + (size_t)h->label * a->words, a->words);
}

/* One pass from the end; true if a label's set grew. With `calls`, also note the sets behind the
 * `ncalls` calls, and what is kept. */
static bool pass(const analysis *a, uint64_t *calls, uint32_t ncalls)
{
  bool grew = false;
  uint32_t label = a->f->nlabels;
  vmi_insn in;
  memset(a->now, 0, a->words * sizeof *a->now);
  for (uint32_t i = a->n; i-- > 0;) {
    uint32_t pc = a->pcs[i];
    vmi_isa_decode(a->f->code + pc, a->f->code + a->f->code_size, &in);
    if (calls) record_kept(a, pc, &in, a->e->kept);
    if (calls && (in.op->flags & F_CALL)) record_call(a, pc, calls, --ncalls);
    step(a, pc, &in);
    for (; label > 0 && a->f->labels[label - 1].offset == pc; label--) {
      uint64_t *set = a->labels + (size_t)(label - 1) * a->words;
      for (uint32_t w = 0; w < a->words; w++) {
        grew |= (a->now[w] & ~set[w]) != 0;
        set[w] |= a->now[w];
      }
    }
  }
  return grew;
}

static bool list_instructions(analysis *a, uint32_t *ncalls)
{
  vmi_insn in;
  for (uint32_t pc = 0; pc < a->f->code_size; pc += in.size) {
    if (vmi_isa_decode(a->f->code + pc, a->f->code + a->f->code_size, &in)) return false;
    if (a->n == a->f->ninsns) return false;
    a->pcs[a->n++] = pc;
    *ncalls += (in.op->flags & F_CALL) != 0;
  }
  return true;
}

bool vmi_emit_liveness(vmi_emitter *e)
{
  const vmi_func *f = e->f;
  analysis a = {.e = e, .f = f, .words = (f->nlocals + 63) / 64 + (f->nlocals == 0)};
  uint32_t ncalls = 0;
  if ((uint64_t)(f->ninsns + f->nlabels) * a.words > MAX_WORK) return true;
  vmi_arena *arena = e->u->arena;
  a.pcs = vmi_arena_new(arena, f->ninsns, sizeof *a.pcs);
  a.labels = vmi_arena_new(arena, (size_t)f->nlabels * a.words, sizeof *a.labels);
  a.now = vmi_arena_new(arena, a.words, sizeof *a.now);
  if (!a.pcs || !a.labels || !a.now || !list_instructions(&a, &ncalls)) return false;
  uint64_t *calls = vmi_arena_new(arena, (size_t)ncalls * a.words, sizeof *calls);
  if (!calls) return false;
  uint64_t *kept = vmi_arena_new(arena, a.words, sizeof *kept);
  if (!kept) return false;
  /* Each pass but the last adds a bit; deep nests of hostile code are cut off. */
  uint32_t passes = 0;
  while (pass(&a, NULL, 0))
    if (++passes > 64) return true;
  e->kept = kept;
  pass(&a, calls, ncalls);
  for (uint32_t i = 0; i < f->nlabels; i++)
    if (e->loop_ends[i]) unite(kept, a.labels + (size_t)i * a.words, a.words);
  e->live_words = a.words;
  e->live_labels = a.labels;
  e->live_calls = calls;
  return true;
}

bool vmi_emit_is_kept(const vmi_emitter *e, uint32_t local)
{
  return vmi_class_traced(vmi_class_of(e->f->locals[local])) &&
         (!e->kept || (e->kept[local / 64] >> local % 64 & 1));
}

bool vmi_emit_in_slot(const vmi_emitter *e, uint32_t local)
{
  return e_linked(e) && vmi_emit_is_kept(e, local);
}

/* Locals that are dead at the exit but live in a C local would be kept alive by the exit's stores:
 * they end here. `set`: what is live, or NULL: everything. */
void vmi_emit_end_dead(vmi_emitter *e, const uint64_t *set)
{
  for (uint32_t i = 0; set && i < e->f->nlocals; i++) {
    if ((set[i / 64] >> i % 64 & 1) || e->aliases[i] || vmi_emit_in_slot(e, i)) continue;
    e_set(e, e->locals[i], vmi_emit_zero(e, vmi_class_of(e->f->locals[i])));
  }
}
