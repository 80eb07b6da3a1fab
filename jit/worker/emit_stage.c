/* emit_stage.c - how far a function has set up its frame: when entry is checked, when the frame is
 * linked.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * A function passes through stages. FRESH: nothing is done yet; it may only compute, read and return.
 * CHECKED: frame and native stack have room, requests were looked at. LINKED: the run time can find
 * the frame, and the slots of traced locals are what the C locals are. Whoever does little should pay
 * little: `if (n < 2) return n` is over before anything was checked, and a frame is linked only where
 * a call is about to be made behind which references are still wanted. A last call before the return
 * thus links nothing.
 *
 * Every label has one stage, which a linear pass decides before any code is made: the least of those
 * that come to it, or LINKED if it heads a loop that would link in each turn. A jump into another
 * stage than its own makes up the difference on the way.
 */
#include <string.h>

#include "emitter.h"

/* More checks than this in one function cost more space than they save time. */
enum { MAX_CHECKS = 3 };

typedef struct plan {
  vmi_emitter *e;
  bool late;       /* start out FRESH */
  uint32_t checks; /* places where FRESH ends */
  vmi_stage now;
} plan;

/* May stand before the checks: no effect that a stack overflow at entry would have prevented. */
static bool early(const vmi_emitter *e, const vmi_insn *in)
{
  static const uint16_t harmless[] = {
    VMI_IX_LOCAL_SET, VMI_IX_LOCAL_TEE, VMI_IX_GLOBAL_GET, VMI_IX_STRUCT_GET, VMI_IX_STRUCT_GET_S,
    VMI_IX_STRUCT_GET_U, VMI_IX_ARRAY_GET, VMI_IX_ARRAY_GET_S, VMI_IX_ARRAY_GET_U,
    VMI_IX_ARRAY_LEN, VMI_IX_I32_DIV_S, VMI_IX_I32_DIV_U, VMI_IX_I32_REM_S, VMI_IX_I32_REM_U,
    VMI_IX_RETURN};
  if (in->op->flags & (F_PURE | F_BRANCH)) return true; /* backward branches lead to headers */
  if (in->index == VMI_IX_CALL) { /* all but the first result come by way of the stack */
    const vmi_unit_func *callee = vmi_emit_in_unit(e->u, (uint32_t)in->imm[0]);
    return callee && callee->quiet && vmi_func_type(e->m, (uint32_t)in->imm[0])->nresults <= 1;
  }
  for (size_t i = 0; i < VMI_COUNT(harmless); i++)
    if (in->index == harmless[i]) return true;
  return vmi_emit_rows[in->index].emit == vmi_emit_mem_load;
}

/* Is there a reference to be kept across the call? */
static bool call_links(const vmi_emitter *e, uint32_t pc, const vmi_insn *in, uint32_t ordinal)
{
  if (vmi_emit_seldom_calls(in)) return false; /* it links in the cold */
  if (in->index == VMI_IX_CALL) {
    const vmi_unit_func *callee = vmi_emit_in_unit(e->u, (uint32_t)in->imm[0]);
    if (callee && callee->leaf) return false;
  }
  if (vmi_func_refmap(e->f, pc)) return true;
  if (!e->f->has_local_refs) return false;
  const uint64_t *live = vmi_emit_live_at(e, e->live_calls, ordinal);
  for (uint32_t i = 0; i < e->f->nlocals; i++)
    if (vmi_class_traced(vmi_class_of(e->f->locals[i])) && (!live || (live[i / 64] >> i % 64 & 1)))
      return true;
  return false;
}

/* The pcs of all calls that link, ascending. */
static bool find_linking_calls(vmi_emitter *e, uint32_t ncalls)
{
  const vmi_func *f = e->f;
  uint32_t ordinal = 0;
  vmi_insn in;
  e->linking = vmi_arena_new(e->u->arena, ncalls, sizeof *e->linking);
  if (!e->linking) return false;
  for (uint32_t pc = 0; pc < f->code_size; pc += in.size) {
    if (vmi_isa_decode(f->code + pc, f->code + f->code_size, &in)) return false;
    if (!(in.op->flags & F_CALL)) continue;
    if (call_links(e, pc, &in, ordinal++)) e->linking[e->nlinking++] = pc;
  }
  return true;
}

/* Does a call from `pc` to before `end` link? */
static bool links_between(const vmi_emitter *e, uint32_t pc, uint32_t end)
{
  uint32_t low = 0, high = e->nlinking;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (e->linking[middle] < pc) low = middle + 1;
    else high = middle;
  }
  return low < e->nlinking && e->linking[low] < end;
}

vmi_stage vmi_emit_label_stage(const vmi_emitter *e, uint32_t label)
{
  return (vmi_stage)e->stages[vmi_emit_first_label(e->f, label)];
}

static vmi_stage meet(vmi_stage a, vmi_stage b)
{
  vmi_stage low = a < b ? a : b, high = a < b ? b : a;
  if (high == VMI_STAGE_NONE) return low;
  return low == VMI_FRESH && high != VMI_FRESH ? VMI_CHECKED : low;
}

static void arrive(plan *p, uint32_t label, uint32_t pc)
{
  if (p->e->f->labels[label].offset <= pc) { /* a header: it has been decided */
    p->checks += p->now == VMI_FRESH;
    return;
  }
  label = vmi_emit_first_label(p->e->f, label);
  if (p->now == VMI_FRESH && p->e->stages[label] != VMI_FRESH && p->e->stages[label] != VMI_STAGE_NONE)
    p->checks++;
  p->e->stages[label] = (uint8_t)meet((vmi_stage)p->e->stages[label], p->now);
}

static void branch(plan *p, uint32_t pc, const vmi_insn *in)
{
  if (in->index != VMI_IX_SWITCH) {
    arrive(p, (uint32_t)in->imm[0], pc);
    return;
  }
  const vmi_switch *s = &p->e->f->switches[in->imm[0]];
  for (uint32_t i = 0; i <= s->count; i++) arrive(p, s->labels[i], pc);
}

static void settle_label(plan *p, uint32_t label)
{
  vmi_emitter *e = p->e;
  vmi_stage in = (vmi_stage)e->stages[label], stage = meet(in, p->now);
  if (stage == VMI_STAGE_NONE) stage = VMI_CHECKED; /* reached from behind or by exceptions alone */
  if (e->loop_ends[label]) {
    if (stage == VMI_FRESH) p->checks++, stage = VMI_CHECKED;
    if (links_between(e, e->f->labels[label].offset, e->loop_ends[label])) stage = VMI_LINKED;
  } else if (in == VMI_FRESH && stage != VMI_FRESH) {
    p->checks++;
  }
  if (e->always_linked) stage = VMI_LINKED;
  e->stages[label] = (uint8_t)stage;
  p->now = stage;
}

static bool pass(plan *p)
{
  vmi_emitter *e = p->e;
  const vmi_func *f = e->f;
  uint32_t label = 0;
  vmi_insn in;
  memset(e->stages, VMI_STAGE_NONE, f->nlabels);
  p->checks = 0;
  p->now = e->first_stage = e->always_linked ? VMI_LINKED : p->late ? VMI_FRESH : VMI_CHECKED;
  for (uint32_t pc = 0; pc < f->code_size; pc += in.size) {
    if (vmi_isa_decode(f->code + pc, f->code + f->code_size, &in)) return false;
    if (label < f->nlabels && f->labels[label].offset == pc) settle_label(p, label);
    while (label < f->nlabels && f->labels[label].offset == pc) label++;
    if (p->now == VMI_FRESH && !early(e, &in)) p->checks++, p->now = VMI_CHECKED;
    if (links_between(e, pc, pc + 1)) p->now = VMI_LINKED;
    if (in.op->flags & F_BRANCH) branch(p, pc, &in);
    if (in.op->flags & F_END) p->now = VMI_STAGE_NONE;
  }
  return true;
}

bool vmi_emit_plan_stages(vmi_emitter *e, uint32_t ncalls, bool late, bool always_linked)
{
  plan p = {.e = e, .late = late};
  e->stages = vmi_arena_new(e->u->arena, e->f->nlabels + 1, 1);
  if (!e->stages || !find_linking_calls(e, ncalls)) return false;
  /* Handlers are reached from anywhere, so there the stage has to be the same everywhere. */
  e->always_linked = always_linked || (e->nlinking && e->f->nhandlers);
  if (e->always_linked || e->f->nhandlers) p.late = false;
  if (!pass(&p)) return false;
  if (!p.late || p.checks <= MAX_CHECKS) return true;
  p.late = false;
  return pass(&p);
}

void vmi_emit_become(vmi_emitter *e, vmi_stage stage)
{
  if (e->stage == VMI_FRESH && stage > VMI_FRESH) {
    vmi_emit_check_entry(e);
    e->stage = VMI_CHECKED;
  }
  if (e->stage == VMI_CHECKED && stage == VMI_LINKED) vmi_emit_link(e, NULL);
  if (e->stage == VMI_LINKED && stage == VMI_CHECKED) vmi_emit_unlink(e);
  e->stage = stage;
}

void vmi_emit_reach_stage(vmi_emitter *e, const vmi_insn *in)
{
  if (e->stage == VMI_FRESH && !early(e, in)) vmi_emit_become(e, VMI_CHECKED);
  if (links_between(e, e->pc, e->pc + 1)) vmi_emit_become(e, VMI_LINKED);
}

block *vmi_emit_into_stage(vmi_emitter *e, uint32_t label, bool poll)
{
  vmi_stage stage = vmi_emit_label_stage(e, label), own = e->stage;
  block *here = e->block, *start = stage == own ? NULL : e_block(e), *to = e->labels[label];
  e->reached[vmi_emit_first_label(e->f, label)] = true;
  if (start) {
    e->block = start;
    vmi_emit_become(e, stage);
  }
  if (poll) to = vmi_emit_poll(e, label, to);
  if (!start) return to;
  e_jump(e, to);
  e->block = here;
  e->stage = own;
  return start;
}
