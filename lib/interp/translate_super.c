/* translate_super.c - superinstructions: an instruction whose operand was computed just before becomes
 * one with it.
 *
 * SPDX-License-Identifier: MIT
 *
 * The earlier instruction is taken back and the fused one stands where it stood, so that its entry in
 * the map of traps stays right. No two that can trap at different places are fused. Which pairs: the
 * most frequent ones in the loops of bench/, see docs/tier1.md.
 */
#include "translate.h"

static vmi_qword *emit_at(vmi_translation *x, uint32_t q, uint32_t words, uint32_t at)
{
  vmi_qword *w = vmi_x_emit(x, q, words);
  w[1].a = vmi_x_slot(x, at);
  vmi_x_push_slot(x);
  return w;
}

/* The slot of an operand that is in one: nothing may be emitted between two that are fused. */
static uint16_t slot_of(const vmi_translation *x, const vmi_entry_state *e, uint32_t index)
{
  return e->where == VMI_IN_LOCAL ? (uint16_t)e->local : vmi_x_slot(x, index);
}

/* `mul` was the last instruction: q is `d` and its product, in some order. */
static bool multiply(vmi_translation *x, uint32_t q, const vmi_qword *mul,
                     const vmi_entry_state *d, uint32_t index, uint32_t at)
{
  if (mul == NULL || d->where == VMI_CONSTANT) return false;
  uint16_t b = mul[1].b, c = mul[1].c, other = slot_of(x, d, index);
  vmi_x_take_back(x, x->last);
  vmi_qword *w = emit_at(x, q, 2, at);
  w[1].b = b;
  w[1].c = c;
  w[1].d = other;
  return true;
}

static bool with_product(vmi_translation *x, uint32_t row, const vmi_entry_state *a,
                         const vmi_entry_state *b, uint32_t at)
{
  uint32_t left, right, mul = VMI_Q_F64_MUL;
  switch (row) {
  case VMI_IX_I32_ADD: left = right = VMI_Q_I32_MULADD; mul = VMI_Q_I32_MUL; break;
  case VMI_IX_F64_ADD: left = VMI_Q_F64_ADDMUL; right = VMI_Q_F64_MULADD; break;
  case VMI_IX_F64_SUB: left = VMI_Q_F64_SUBMUL; right = VMI_Q_F64_MULSUB; break;
  default: return false;
  }
  return multiply(x, right, vmi_x_was(x, b, mul), a, at, at) ||
         multiply(x, left, vmi_x_was(x, a, mul), b, at + 1, at);
}

/* The right operand is a field just read. */
static bool with_field(vmi_translation *x, uint32_t row, const vmi_entry_state *a,
                       const vmi_entry_state *b, uint32_t at)
{
  uint32_t q = row == VMI_IX_F64_ADD   ? VMI_Q_F64_ADD_FIELD
               : row == VMI_IX_F64_SUB ? VMI_Q_F64_SUB_FIELD
               : row == VMI_IX_F64_MUL ? VMI_Q_F64_MUL_FIELD
                                       : 0;
  const vmi_qword *get = q != 0 ? vmi_x_was(x, b, VMI_Q_GET8) : NULL;
  if (get == NULL || a->where == VMI_CONSTANT) return false;
  uint16_t object = get[1].b, offset = get[1].c;
  vmi_x_take_back(x, x->last);
  vmi_qword *w = emit_at(x, q, 2, at);
  w[1].b = slot_of(x, a, at);
  w[1].c = object;
  w[1].d = offset;
  return true;
}

static bool divide(vmi_translation *x, uint32_t row, const vmi_entry_state *a,
                   const vmi_entry_state *b, uint32_t at)
{
  if (row != VMI_IX_I32_DIV_S && row != VMI_IX_I32_REM_S) return false;
  if (b->where != VMI_CONSTANT || b->k.i32 == 0 || b->k.i32 == -1) return false;
  uint32_t k = b->k.u32;
  bool power = row == VMI_IX_I32_DIV_S && k > 1 && k < 1u << 31 && (k & (k - 1)) == 0;
  uint16_t from = vmi_x_use(x, a, at);
  vmi_qword *w = emit_at(x, power ? VMI_Q_DIVP : row == VMI_IX_I32_DIV_S ? VMI_Q_DIVK : VMI_Q_REMK,
                         power ? 2 : 3, at);
  w[1].b = from;
  if (power) w[1].c = (uint16_t)__builtin_ctz(k);
  else w[2].k = b->k;
  return true;
}

bool vmi_x_binary_super(vmi_translation *x, const vmi_insn *in, const vmi_entry_state *a,
                        const vmi_entry_state *b, uint32_t at)
{
  return with_product(x, in->index, a, b, at) || with_field(x, in->index, a, b, at) ||
         divide(x, in->index, a, b, at);
}

bool vmi_x_element_get_super(vmi_translation *x, uint32_t q, const vmi_entry_state *array,
                             const vmi_entry_state *index, uint32_t at)
{
  uint32_t which = q == VMI_Q_AGET4 ? 0 : q == VMI_Q_AGET8 ? 1 : q == VMI_Q_AGET_U8 ? 2 : 3;
  if (which == 3 || array->where == VMI_CONSTANT) return false;
  const vmi_qword *add = vmi_x_was(x, index, VMI_Q_I32_ADD);
  const vmi_qword *step = vmi_x_was(x, index, VMI_QK_I32_ADD);
  uint16_t c, d;
  if (add != NULL) {
    c = add[1].b;
    d = add[1].c;
    q = VMI_Q_AGETX4 + which;
  } else if (step != NULL && step[2].k.i32 == (int16_t)step[2].k.i32) {
    c = step[1].b;
    d = (uint16_t)step[2].k.i32;
    q = VMI_Q_AGETK4 + which;
  } else {
    return false;
  }
  vmi_x_take_back(x, x->last);
  vmi_x_mark(x);
  vmi_qword *w = emit_at(x, q, 2, at);
  w[1].b = slot_of(x, array, at);
  w[1].c = c;
  w[1].d = d;
  return true;
}

/* p.f = p.f + b * c: read, compute and write of the same field. */
bool vmi_x_field_set_super(vmi_translation *x, uint32_t q, uint16_t object, uint16_t value,
                           uint16_t offset)
{
  if (q != VMI_Q_SET8 || x->latest == VMI_NO_DEF || x->before == VMI_NO_DEF) return false;
  if (x->before_q != VMI_Q_GET8 || x->before + 2 != x->latest) return false;
  if (x->latest_q != VMI_Q_F64_MULADD && x->latest_q != VMI_Q_F64_MULSUB) return false;
  const vmi_qword *get = x->code + x->before, *sum = x->code + x->latest;
  uint16_t b = sum[1].b, c = sum[1].c, read = get[1].a;
  if (get[1].b != object || get[1].c != offset || sum[1].d != read) return false;
  if (sum[1].a != value || value < x->base) return false; /* the sum is for this alone */
  if (read < x->base || read == b || read == c || object == read) return false;
  q = x->latest_q == VMI_Q_F64_MULADD ? VMI_Q_FIELD_MULADD : VMI_Q_FIELD_MULSUB;
  vmi_x_take_back(x, x->before);
  vmi_qword *w = vmi_x_emit(x, q, 2);
  w[1].a = object;
  w[1].b = b;
  w[1].c = c;
  w[1].d = offset;
  x->last = VMI_NO_DEF;
  return true;
}

/* The step is in a slot: loops over every nth, as a sieve's. */
static bool loop_by_slot(vmi_translation *x, uint32_t jump, const vmi_qword *was)
{
  const vmi_qword *add = x->code + x->before;
  uint16_t counter = add[1].a, step = add[1].c;
  if (jump != VMI_QB_I32_LT_S || add[1].b != counter || was[1].b != counter) return false;
  if (step == counter || was[1].c == counter || x->before + 2 != x->latest) return false;
  vmi_x_take_back(x, x->before);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, VMI_Q_LOOPR_LT, 3);
  w[1].a = counter;
  w[1].b = was[1].c;
  w[2].lo = step;
  return true;
}

bool vmi_x_loop_super(vmi_translation *x, uint32_t jump, const vmi_qword *was)
{
  static const struct {
    uint32_t jump, loop;
  } forms[] = {
      {VMI_QB_I32_LT_S, VMI_Q_LOOP_LT},   {VMI_QB_I32_LE_S, VMI_Q_LOOP_LE},
      {VMI_QB_I32_GT_S, VMI_Q_LOOP_GT},   {VMI_QB_I32_GE_S, VMI_Q_LOOP_GE},
      {VMI_QB_I32_NE, VMI_Q_LOOP_NE},     {VMI_QBK_I32_LT_S, VMI_Q_LOOPK_LT},
      {VMI_QBK_I32_LE_S, VMI_Q_LOOPK_LE}, {VMI_QBK_I32_GT_S, VMI_Q_LOOPK_GT},
      {VMI_QBK_I32_GE_S, VMI_Q_LOOPK_GE}, {VMI_QBK_I32_NE, VMI_Q_LOOPK_NE},
  };
  if (x->before == VMI_NO_DEF || x->latest != x->last) return false;
  if (x->before_q == VMI_Q_I32_ADD) return loop_by_slot(x, jump, was);
  if (x->before_q != VMI_QK_I32_ADD && x->before_q != VMI_QK_I32_SUB) return false;
  const vmi_qword *add = x->code + x->before;
  uint16_t counter = add[1].a;
  uint32_t step = x->before_q == VMI_QK_I32_ADD ? add[2].k.u32 : -add[2].k.u32;
  if (add[1].b != counter || was[1].b != counter || x->before + 3 != x->latest) return false;
  for (uint32_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    if (forms[i].jump != jump) continue;
    bool constant = forms[i].loop >= VMI_Q_LOOPK_LT;
    if (!constant && was[1].c == counter) return false; /* its new value */
    vmi_x_take_back(x, x->before);
    vmi_x_mark(x);
    vmi_qword *w = vmi_x_emit(x, forms[i].loop, 3);
    w[1].a = counter;
    w[1].b = was[1].c;
    w[2].lo = step;
    if (constant) w[2].hi = was[2].k.u32;
    return true;
  }
  return false;
}
