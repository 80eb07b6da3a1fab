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

static bool in_slot(const vmi_entry_state *e)
{
  return e->where == VMI_IN_LOCAL || e->where == VMI_IN_SLOT;
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
  if (mul == NULL || !in_slot(d)) return false;
  uint16_t b = mul[1].b, c = mul[1].c, other = slot_of(x, d, index);
  vmi_x_take_back(x, x->last);
  vmi_qword *w = emit_at(x, q, 2, at);
  w[1].b = b;
  w[1].c = c;
  w[1].d = other;
  return true;
}

/* The same if the product is of an element just read. */
static bool multiply_element(vmi_translation *x, const vmi_entry_state *product,
                             const vmi_entry_state *d, uint32_t index, uint32_t at)
{
  const vmi_qword *mul = vmi_x_was(x, product, VMI_Q_F64_MUL_ELEM);
  bool sum = mul == NULL;
  if (sum) mul = vmi_x_was(x, product, VMI_Q_F64_MUL_ELEMX);
  if (mul == NULL || !in_slot(d)) return false;
  vmi_qword was = mul[1];
  uint16_t second = sum ? mul[2].a : 0, other = slot_of(x, d, index);
  vmi_x_take_back(x, x->last);
  vmi_qword *w = emit_at(x, sum ? VMI_Q_F64_MULADD_ELEMX : VMI_Q_F64_MULADD_ELEM, 3, at);
  w[1].b = was.b;
  w[1].c = was.c;
  w[1].d = was.d;
  w[2].a = second;
  w[2].b = other;
  return true;
}

static bool with_product(vmi_translation *x, uint32_t row, const vmi_entry_state *a,
                         const vmi_entry_state *b, uint32_t at)
{
  uint32_t left, right, mul = VMI_Q_F64_MUL;
  if (!vmi_x_has(VMI_SUPER_PRODUCT)) return false;
  switch (row) {
  case VMI_IX_I32_ADD: left = right = VMI_Q_I32_MULADD; mul = VMI_Q_I32_MUL; break;
  case VMI_IX_F64_ADD: left = VMI_Q_F64_ADDMUL; right = VMI_Q_F64_MULADD; break;
  case VMI_IX_F64_SUB: left = VMI_Q_F64_SUBMUL; right = VMI_Q_F64_MULSUB; break;
  default: return false;
  }
  if (row == VMI_IX_F64_ADD &&
      (multiply_element(x, b, a, at, at) || multiply_element(x, a, b, at + 1, at)))
    return true;
  return multiply(x, right, vmi_x_was(x, b, mul), a, at, at) ||
         multiply(x, left, vmi_x_was(x, a, mul), b, at + 1, at);
}

/* 0, 1, 2 for the f64 operations that have forms with a field or element, in their order. */
static uint32_t operation(uint32_t row)
{
  return row == VMI_IX_F64_ADD ? 0 : row == VMI_IX_F64_SUB ? 1 : row == VMI_IX_F64_MUL ? 2 : 3;
}

/* Both operands are fields just read. The second's trap is in the map at word 2 of what is made. */
static bool two_fields(vmi_translation *x, uint32_t op, const vmi_qword *get,
                       const vmi_entry_state *a, uint32_t at)
{
  if (x->before == VMI_NO_DEF || x->before_q != VMI_Q_GET8) return false;
  if (x->before + 2 != x->last) return false;
  if (a->where != VMI_IN_SLOT || a->def != x->before || a->epoch != x->epoch) return false;
  if (!vmi_x_has(VMI_SUPER_TWO_FIELDS)) return false;
  vmi_qword first = x->code[x->before + 1], second = get[1];
  if (first.a != vmi_x_slot(x, at) || second.b == first.a) return false;
  vmi_x_take_back(x, x->before);
  vmi_qword *w = emit_at(x, VMI_Q_F64_FIELD_ADD + op, 3, at);
  w[1].b = first.b;
  w[1].c = second.b;
  w[2].lo = first.c;
  w[2].hi = second.c;
  return true;
}

/* `field` was just read, `other` is the other operand. */
static bool with_field(vmi_translation *x, uint32_t op, const vmi_entry_state *field,
                       const vmi_entry_state *other, uint32_t index, uint32_t at)
{
  const vmi_qword *get = vmi_x_was(x, field, VMI_Q_GET8);
  if (get == NULL || !in_slot(other) || !vmi_x_has(VMI_SUPER_FIELD)) return false;
  if (index == at && two_fields(x, op, get, other, at)) return true;
  uint16_t object = get[1].b, offset = get[1].c;
  vmi_x_take_back(x, x->last);
  vmi_qword *w = emit_at(x, VMI_Q_F64_ADD_FIELD + op, 2, at);
  w[1].b = slot_of(x, other, index);
  w[1].c = object;
  w[1].d = offset;
  return true;
}

static bool with_element(vmi_translation *x, uint32_t op, const vmi_entry_state *element,
                         const vmi_entry_state *other, uint32_t index, uint32_t at)
{
  const vmi_qword *get = vmi_x_was(x, element, VMI_Q_AGET8);
  bool sum = get == NULL;
  if (sum) get = vmi_x_was(x, element, VMI_Q_AGETX8);
  if (get == NULL || !in_slot(other) || !vmi_x_has(VMI_SUPER_ELEMENT)) return false;
  vmi_qword was = get[1];
  vmi_x_take_back(x, x->last);
  vmi_qword *w = emit_at(x, VMI_Q_F64_ADD_ELEM + 2 * op + sum, sum ? 3 : 2, at);
  w[1].b = slot_of(x, other, index);
  w[1].c = was.b;
  w[1].d = was.c;
  if (sum) w[2].a = was.d;
  return true;
}

/* An operand is a field or element just read. Sums and products may be turned round: which NaN comes
 * out of two is open. */
static bool with_read(vmi_translation *x, uint32_t row, const vmi_entry_state *a,
                      const vmi_entry_state *b, uint32_t at)
{
  uint32_t op = operation(row);
  if (op == 3) return false;
  if (with_field(x, op, b, a, at, at) || with_element(x, op, b, a, at, at)) return true;
  if (op == 1) return false;
  return with_field(x, op, a, b, at + 1, at) || with_element(x, op, a, b, at + 1, at);
}

/* Entry `index`, an operand of what will be entry `at`, as a sum. What was computed just before may still go
 * to the slot that the sum has for itself, if `free` says that nothing else is there. */
static bool as_sum(vmi_translation *x, const vmi_entry_state *e, uint32_t index, uint32_t at, bool free,
                   vmi_entry_state *out)
{
  uint16_t own = vmi_x_slot(x, at), slot = vmi_x_slot(x, index);
  *out = (vmi_entry_state){.where = VMI_SUM, .plus = 0, .shift = 0};
  switch (e->where) {
  case VMI_CONSTANT: out->plus = e->k.u32; return true;
  case VMI_IN_LOCAL: out->left = (uint16_t)e->local; return true;
  case VMI_IN_SLOT: out->left = slot; break;
  case VMI_SUM: *out = *e; break;
  }
  if (slot == own || (out->left != slot && out->right != slot)) return true;
  if (!free || x->last == VMI_NO_DEF || x->code[x->last + 1].a != slot) return false;
  if (e->where == VMI_IN_SLOT && !vmi_x_is_last(x, e)) return false;
  if (x->last_compare != 0 || out->right == slot) return false;
  x->code[x->last + 1].a = own;
  out->left = own;
  return true;
}

static bool uses(const vmi_entry_state *e, uint16_t slot)
{
  if (e->where == VMI_SUM) return e->left == slot || e->right == slot;
  return e->where == VMI_IN_SLOT;
}

static bool defer_add(vmi_translation *x, const vmi_entry_state *a, const vmi_entry_state *b, uint32_t at)
{
  vmi_entry_state left, right;
  if (!as_sum(x, a, at, at, false, &left)) return false;
  if (left.right != 0 && b->where != VMI_CONSTANT) return false;
  if (b->where == VMI_SUM && (b->right != 0 || (b->shift != 0 && left.shift != 0))) {
    if (a->where != VMI_CONSTANT) return false;
  }
  if (!as_sum(x, b, at + 1, at, !uses(a, vmi_x_slot(x, at)), &right)) return false;
  if (left.left == 0 || right.left == 0) {
    uint32_t plus = left.plus + right.plus;
    if (left.left == 0) left = right;
    left.plus = plus;
  } else {
    if (right.shift != 0) { /* the shifted one is the left one */
      vmi_entry_state swap = left;
      left = right;
      right = swap;
    }
    left.right = right.left;
    left.plus += right.plus;
  }
  vmi_x_push(x, left);
  return true;
}

static bool defer_shift(vmi_translation *x, const vmi_entry_state *a, uint32_t by, uint32_t at)
{
  vmi_entry_state sum;
  if (!as_sum(x, a, at, at, false, &sum) || sum.right != 0 || sum.shift + by > 31) return false;
  sum.shift += by;
  sum.plus <<= by;
  vmi_x_push(x, sum);
  return true;
}

bool vmi_x_defer_sum(vmi_translation *x, const vmi_insn *in, const vmi_entry_state *a,
                     const vmi_entry_state *b, uint32_t at)
{
  if (a->where == VMI_CONSTANT && b->where == VMI_CONSTANT) return false;
  if (!vmi_x_has(VMI_SUPER_INDEX)) return false;
  switch (in->index) {
  case VMI_IX_I32_ADD:
    if (vmi_x_was(x, a, VMI_Q_I32_MUL) || vmi_x_was(x, b, VMI_Q_I32_MUL)) return false; /* MULADD */
    return defer_add(x, a, b, at);
  case VMI_IX_I32_SUB: {
    vmi_entry_state minus = {.where = VMI_CONSTANT};
    if (b->where != VMI_CONSTANT) return false;
    minus.k.u32 = -b->k.u32;
    return defer_add(x, a, &minus, at);
  }
  case VMI_IX_I32_SHL:
    return b->where == VMI_CONSTANT && defer_shift(x, a, b->k.u32 & 31, at);
  default: return false;
  }
}

static bool divide(vmi_translation *x, uint32_t row, const vmi_entry_state *a,
                   const vmi_entry_state *b, uint32_t at)
{
  if (row != VMI_IX_I32_DIV_S && row != VMI_IX_I32_REM_S) return false;
  if (b->where != VMI_CONSTANT || b->k.i32 == 0 || b->k.i32 == -1) return false;
  if (!vmi_x_has(VMI_SUPER_DIVIDE)) return false;
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
  return with_product(x, in->index, a, b, at) || with_read(x, in->index, a, b, at) ||
         divide(x, in->index, a, b, at);
}

/* The slots of the index or slot and offset, if it is a sum that an instruction can take: 1 for two
 * slots, 2 for slot and offset, else 0. */
static uint32_t index_parts(const vmi_entry_state *index, uint16_t *c, uint16_t *d)
{
  if (index->where != VMI_SUM || index->shift != 0) return 0;
  *c = index->left;
  *d = index->right;
  if (index->right != 0) return index->plus == 0 ? 1 : 0;
  *d = (uint16_t)index->plus;
  return (int32_t)index->plus == (int16_t)index->plus ? 2 : 0;
}

bool vmi_x_element_get_super(vmi_translation *x, uint32_t q, const vmi_entry_state *array,
                             const vmi_entry_state *index, uint32_t at)
{
  uint32_t which = q == VMI_Q_AGET4 ? 0 : q == VMI_Q_AGET8 ? 1 : q == VMI_Q_AGET_U8 ? 2 : 3;
  if (which == 3 || !in_slot(array) || !vmi_x_has(VMI_SUPER_INDEX)) return false;
  const vmi_qword *add = vmi_x_was(x, index, VMI_Q_I32_ADD);
  uint16_t c, d;
  uint32_t parts = index_parts(index, &c, &d);
  if (add != NULL) {
    c = add[1].b;
    d = add[1].c;
    parts = 1;
    vmi_x_take_back(x, x->last);
  }
  if (parts == 0) return false;
  vmi_x_mark(x);
  vmi_qword *w = emit_at(x, (parts == 1 ? VMI_Q_AGETX4 : VMI_Q_AGETK4) + which, 2, at);
  w[1].b = slot_of(x, array, at);
  w[1].c = c;
  w[1].d = d;
  return true;
}

/* `index` is the top, the array below it. */
bool vmi_x_element_set_super(vmi_translation *x, uint32_t q, const vmi_entry_state *index,
                             uint16_t value)
{
  uint32_t which = q == VMI_Q_ASET1 ? 0 : q == VMI_Q_ASET4 ? 1 : q == VMI_Q_ASET8 ? 2 : 3;
  uint16_t b, d;
  uint32_t parts = index_parts(index, &b, &d);
  if (which == 3 || parts == 0) return false;
  (void)vmi_x_pop(x);
  uint16_t a = vmi_x_pop_use(x);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, (parts == 1 ? VMI_Q_ASETX1 : VMI_Q_ASETI1) + which, 2);
  w[1].a = a;
  w[1].b = b;
  w[1].c = value;
  w[1].d = d;
  return true;
}

/* Was a `size` words long `q` read into an operand's slot and a constant added, the sum for this alone? */
static bool counted(const vmi_translation *x, uint32_t q, uint32_t size, uint32_t *step)
{
  if (x->latest == VMI_NO_DEF || x->before == VMI_NO_DEF || x->before_q != q) return false;
  if (x->latest_q != VMI_QK_I32_ADD && x->latest_q != VMI_QK_I32_SUB) return false;
  if (x->before + size != x->latest || x->latest + 3 != x->nwords) return false;
  const vmi_qword *get = x->code + x->before, *sum = x->code + x->latest;
  if (sum[1].b != get[1].a || get[1].a < x->base || sum[1].a < x->base) return false;
  *step = x->latest_q == VMI_QK_I32_ADD ? sum[2].k.u32 : -sum[2].k.u32;
  return vmi_x_has(VMI_SUPER_COUNT);
}

/* p.f = p.f + k */
static bool count_field(vmi_translation *x, uint16_t object, uint16_t value, uint16_t offset)
{
  uint32_t step;
  if (!counted(x, VMI_Q_GET4, 2, &step)) return false;
  const vmi_qword *get = x->code + x->before;
  if (get[1].b != object || get[1].c != offset || get[1].a == object) return false;
  if (x->code[x->latest + 1].a != value) return false;
  vmi_x_take_back(x, x->before);
  vmi_qword *w = vmi_x_emit(x, VMI_Q_FIELD_ADDK, 3);
  w[1].a = object;
  w[1].c = offset;
  w[2].lo = step;
  x->last = VMI_NO_DEF;
  return true;
}

bool vmi_x_global_set_super(vmi_translation *x, uint32_t index, uint16_t value)
{
  uint32_t step;
  if (!counted(x, VMI_Q_GLOBAL_OWN, 3, &step)) return false;
  if (x->code[x->before + 2].lo != index) return false;
  if (x->code[x->latest + 1].a != value) return false;
  vmi_x_take_back(x, x->before);
  vmi_qword *w = vmi_x_emit(x, VMI_Q_GLOBAL_ADDK, 3);
  w[2].lo = index;
  w[2].hi = step;
  x->last = VMI_NO_DEF;
  return true;
}

/* p.f = p.f + b * c: read, compute and write of the same field. */
bool vmi_x_field_set_super(vmi_translation *x, uint32_t q, uint16_t object, uint16_t value,
                           uint16_t offset)
{
  if (q == VMI_Q_SET4 && count_field(x, object, value, offset)) return true;
  if (!vmi_x_has(VMI_SUPER_UPDATE)) return false;
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
  if (!vmi_x_has(VMI_SUPER_LOOP)) return false;
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
