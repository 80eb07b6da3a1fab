/* translate_calls.c - calls, tail calls and returns as register code.
 *
 * SPDX-License-Identifier: MIT
 *
 *   call   w1: a result (or the first), b of CALL_FUNC size of the callee's frame, else number of
 *          arguments, c number of results, d index or reference   w2: frame id
 *          w3: code record, or import and parameters, or table and type   w4: CALL_FUNC's
 *   tail   w1: a first argument, b number of arguments, d as above   w2: frame id   w3: as above
 */
#include "translate.h"

/* Argument `e`, entry `index`, to slot `to` of the callee's frame. */
static void pass(vmi_translation *x, const vmi_entry_state *e, uint32_t index, uint16_t to)
{
  if (vmi_x_redirect(x, e, index, to)) return;
  if (e->where == VMI_CONSTANT) {
    vmi_qword *w = vmi_x_emit(x, VMI_Q_CONST, 3);
    w[1].a = to;
    w[2].k = e->k;
    return;
  }
  if (e->where == VMI_SUM) {
    vmi_x_add(x, e, to);
    return;
  }
  vmi_x_move(x, to, vmi_x_use(x, e, index));
}

void vmi_x_pass_all(vmi_translation *x, uint32_t n)
{
  uint32_t first = x->depth - n;
  for (uint32_t i = 0; i < n; i++) {
    vmi_entry_state e = {.where = VMI_IN_SLOT, .def = VMI_NO_DEF};
    if (first + i >= x->low) e = x->stack[first + i];
    pass(x, &e, first + i, (uint16_t)(x->f->frame_size + VMI_FRAME_HEADER + i));
  }
  x->depth = first;
  if (x->low > first) x->low = first;
}

typedef struct callee {
  uint32_t q;
  const vmi_typedef *sig;
  uint16_t extra; /* slot of the index or reference */
  vmi_qword who;
} callee;

static callee find(vmi_translation *x, const vmi_insn *in, bool tail)
{
  callee c = {0};
  uint32_t index = (uint32_t)in->imm[0];
  switch (in->index) {
  case VMI_IX_CALL:
  case VMI_IX_RETURN_CALL:
    c.sig = vmi_func_type(x->m, index);
    if (index < x->m->nimported_funcs) {
      c.q = tail ? VMI_Q_TAIL_IMPORT : VMI_Q_CALL_IMPORT;
      c.who.lo = index;
    } else {
      c.q = tail ? VMI_Q_TAIL_FUNC : VMI_Q_CALL_FUNC;
      c.who.ptr = x->rec - x->rec->index + index;
    }
    break;
  case VMI_IX_CALL_INDIRECT:
  case VMI_IX_RETURN_CALL_INDIRECT:
    c.q = in->index;
    c.sig = &x->m->types[in->imm[1]];
    c.who.lo = index;
    c.who.hi = (uint32_t)in->imm[1];
    c.extra = vmi_x_pop_use(x);
    break;
  default:
    c.q = in->index;
    c.sig = &x->m->types[index];
    c.who.hi = index;
    c.extra = vmi_x_pop_use(x);
  }
  return c;
}

static void finish(vmi_translation *x, vmi_qword *w, const callee *c)
{
  w[1].d = c->extra;
  w[2].u64 = VMI_FRAME_ID(x->rec->index, x->pc);
  w[3] = c->who;
}

void vmi_x_call(vmi_translation *x, const vmi_insn *in)
{
  callee c = find(x, in, false);
  uint32_t n = c.sig->nresults, below = x->depth - c.sig->nparams;
  vmi_x_flush_below(x, below);
  vmi_x_pass_all(x, c.sig->nparams);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, c.q, 5);
  uint32_t call = x->last;
  w[1].a = vmi_x_slot(x, x->depth);
  w[1].b = (uint16_t)(c.q == VMI_Q_CALL_FUNC ? x->m->funcs[in->imm[0]].frame_size
                                             : c.sig->nparams);
  w[1].c = (uint16_t)n;
  finish(x, w, &c);
  vmi_x_seal(x);
  if (n == 1) {
    x->last = call;
    vmi_x_push_slot(x);
    return;
  }
  x->depth += n;
  x->low = x->depth;
}

void vmi_x_tail(vmi_translation *x, const vmi_insn *in)
{
  callee c = find(x, in, true);
  vmi_x_flush(x);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, c.q, 4);
  w[1].a = vmi_x_slot(x, x->depth - c.sig->nparams);
  w[1].b = (uint16_t)c.sig->nparams;
  finish(x, w, &c);
  vmi_x_seal(x);
}

/* `if (condition) return e`: the jump over the return and the return are one. */
static bool return_if(vmi_translation *x, const vmi_entry_state *e)
{
  const vmi_skip *skip = &x->skip;
  if (e->where != VMI_IN_LOCAL || skip->q == 0 || !vmi_x_has(VMI_SUPER_RETURN_IF)) return false;
  if (x->nwords != skip->insn + skip->words) return false;
  if (x->f->labels[skip->label].offset != x->pc + 1) return false;
  vmi_qword was[3];
  for (uint32_t i = 0; i < skip->words; i++) was[i] = x->code[skip->insn + i];
  vmi_x_take_back(x, skip->insn);
  x->fixups.count--;
  vmi_qword *w = vmi_x_emit(x, skip->q, skip->words);
  w[1].a = was[1].a;
  w[1].b = was[1].b;
  w[1].d = (uint16_t)e->local;
  if (skip->words == 3) w[2] = was[2];
  return true;
}

static void return_one(vmi_translation *x)
{
  vmi_entry_state e = vmi_x_pop(x);
  if (e.where == VMI_CONSTANT) {
    vmi_x_emit(x, VMI_Q_RETURN_K, 3)[2].k = e.k;
    return;
  }
  if (return_if(x, &e)) return;
  uint16_t from = vmi_x_use(x, &e, x->depth);
  bool last = e.where == VMI_SUM || vmi_x_is_last(x, &e);
  if (last && x->last_return != 0 && vmi_x_has(VMI_SUPER_RETURN_RESULT))
    vmi_x_become(x, x->last, x->last_return);
  else
    vmi_x_emit(x, VMI_Q_RETURN_ONE, 2)[1].a = from;
}

void vmi_x_return(vmi_translation *x, const vmi_insn *in)
{
  uint32_t n = x->m->types[x->f->type].nresults;
  if (n == 0) {
    vmi_x_emit(x, VMI_Q_RETURN_NONE, 2);
  } else if (n == 1) {
    return_one(x);
  } else {
    vmi_x_flush(x);
    vmi_qword *w = vmi_x_emit(x, VMI_Q_RETURN_MANY, 2);
    w[1].a = vmi_x_slot(x, x->depth - n);
    w[1].b = (uint16_t)n;
  }
  vmi_x_seal(x);
}
