/* translate_dyn.c - dyn arithmetic and comparison as register code; quick_dyn.h has its layout.
 *
 * SPDX-License-Identifier: MIT
 */
#include "quick_dyn.h"
#include "translate.h"

/* The form with a constant right operand, or 0. */
static const uint16_t with_constant[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define DYN1(id, code, text, fn, prose)
#define DYN2(id, code, text, fn, prose) [VMI_Q_##id] = VMI_QK_##id,
#define DYNCMP(id, code, text, fn, prose) [VMI_Q_##id] = VMI_QK_##id,
#include "isa.def"
};

/* The first jump of a comparison, in either form, or 0; the others follow it. */
static const uint16_t jumps[VMI_Q_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define DYN1(id, code, text, fn, prose)
#define DYN2(id, code, text, fn, prose)
#define DYNCMP(id, code, text, fn, prose)                                                         \
  [VMI_Q_##id] = VMI_QJ_##id, [VMI_QK_##id] = VMI_QJK_##id,
#include "isa.def"
};

static vmi_feedback *feedback(const vmi_translation *x)
{
  return x->rec->feedback + (vmi_func_point(x->f, x->pc) - x->f->first_point);
}

/* Of the instruction's cache, from the instance's first, in bytes. */
static uint64_t site_offset(const vmi_translation *x)
{
  return vmi_func_site(x->f, x->pc) * sizeof(vmi_site);
}

/* `q` stands at the last word emitted: a call that leaves one result in the slot of entry `at`. */
static void finish(vmi_translation *x, vmi_qword *w, uint32_t q, uint32_t at)
{
  uint32_t here = x->last;
  w[1].a = vmi_x_slot(x, at);
  w[1].c = 1;
  w[2].u64 = VMI_FRAME_ID(x->rec->index, x->pc);
  w[3].ptr = feedback(x);
  vmi_x_seal(x);
  x->last = x->latest = here;
  x->last_q = x->latest_q = q;
  vmi_x_push_slot(x);
}

void vmi_x_dyn1(vmi_translation *x, const vmi_insn *in)
{
  uint16_t b = vmi_x_pop_use(x);
  vmi_x_flush_below(x, x->depth);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, VMI_DYN_WORDS);
  w[1].b = b;
  finish(x, w, in->index, x->depth);
}

void vmi_x_dyn2(vmi_translation *x, const vmi_insn *in)
{
  vmi_entry_state b = vmi_x_pop(x), a = vmi_x_pop(x);
  uint32_t at = x->depth;
  bool constant = b.where == VMI_CONSTANT;
  uint32_t q = constant ? with_constant[in->index] : in->index;
  uint16_t left = vmi_x_use(x, &a, at), right = constant ? 0 : vmi_x_use(x, &b, at + 1);
  vmi_x_flush_below(x, at);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, q, VMI_DYN_WORDS);
  w[1].b = left;
  w[1].d = right;
  if (constant) w[4].k = b.k;
  finish(x, w, q, at);
}

/* ---- properties and calls ---- */

void vmi_x_dyn_get(vmi_translation *x, const vmi_insn *in)
{
  uint16_t b = vmi_x_pop_use(x);
  vmi_x_flush_below(x, x->depth);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, VMI_DYN_WORDS);
  w[1].b = b;
  w[4].u64 = site_offset(x);
  finish(x, w, in->index, x->depth);
}

void vmi_x_dyn_set(vmi_translation *x, const vmi_insn *in)
{
  uint16_t d = vmi_x_pop_use(x), b = vmi_x_pop_use(x);
  vmi_x_flush_below(x, x->depth);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, VMI_DYN_WORDS);
  w[1].b = b;
  w[1].d = d;
  w[2].u64 = VMI_FRAME_ID(x->rec->index, x->pc);
  w[3].ptr = feedback(x);
  w[4].u64 = site_offset(x);
  vmi_x_seal(x);
}

void vmi_x_dyn_call(vmi_translation *x, const vmi_insn *in)
{
  const vmi_typedef *sig = &x->m->types[in->imm[0]];
  bool callee = in->index == VMI_IX_DYN_CALL;
  uint32_t n = sig->nresults;
  vmi_x_flush_below(x, x->depth - sig->nparams - callee);
  vmi_x_pass_all(x, sig->nparams);
  uint16_t d = callee ? vmi_x_pop_use(x) : 0;
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, VMI_DYN_WORDS);
  uint32_t here = x->last;
  w[1].a = vmi_x_slot(x, x->depth);
  w[1].b = (uint16_t)sig->nparams;
  w[1].c = (uint16_t)n;
  w[1].d = d;
  w[2].u64 = VMI_FRAME_ID(x->rec->index, x->pc);
  w[3].ptr = feedback(x);
  w[4].u64 = site_offset(x);
  vmi_x_seal(x);
  if (n == 1) {
    x->last = here;
    vmi_x_push_slot(x);
    return;
  }
  x->depth += n;
  x->low = x->depth;
}

void vmi_x_dyn_jump(vmi_translation *x, uint32_t at, uint32_t q, bool when, bool back)
{
  vmi_x_become(x, at, jumps[q] + (when ? 0 : 1) + (back ? 4 : 0));
}

bool vmi_x_dyn_compares(const vmi_translation *x, uint16_t slot)
{
  return x->latest != VMI_NO_DEF && x->latest + VMI_DYN_WORDS == x->nwords &&
         jumps[x->latest_q] != 0 && slot >= x->base && x->code[x->latest + 1].a == slot;
}
