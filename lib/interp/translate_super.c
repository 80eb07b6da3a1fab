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

/* ---- operands in linear memory ---- */

/* The form of an operation with an operand from memory, of the plain address; 0: there is none. */
static uint32_t operand_form(uint32_t row, uint32_t load)
{
  switch (row) {
  case VMI_IX_I32_ADD:
    return load == VMI_QM_I32_LOAD ? VMI_QM_I32_ADD : load == VMI_QM_I32_LOAD8_U ? VMI_QM_I32_ADD_U8 : 0;
  case VMI_IX_I32_XOR: return load == VMI_QM_I32_LOAD ? VMI_QM_I32_XOR : 0;
  case VMI_IX_F64_ADD: return load == VMI_QM_F64_LOAD ? VMI_QM_F64_ADD : 0;
  case VMI_IX_F64_SUB: return load == VMI_QM_F64_LOAD ? VMI_QM_F64_SUB : 0;
  case VMI_IX_F64_MUL: return load == VMI_QM_F64_LOAD ? VMI_QM_F64_MUL : 0;
  default: return 0;
  }
}

enum { MEMORY_FORMS = VMI_QMC_I32_LOAD - VMI_QM_I32_LOAD + 1 };

/* The last instruction is one of the forms that begin with `first`. */
static bool is_form(const vmi_translation *x, uint32_t first)
{
  return x->last_q >= first && x->last_q < first + MEMORY_FORMS;
}

/* What follows is `q` and stands in place of the last instruction, an access with the same address. */
static vmi_qword *become_operand(vmi_translation *x, uint32_t q, uint32_t at)
{
  vmi_qword was[3];
  for (uint32_t i = 1; i < 3; i++) was[i] = x->code[x->last + i];
  vmi_x_take_back(x, x->last);
  vmi_qword *w = emit_at(x, q, 4, at);
  was[1].a = w[1].a;
  w[1] = was[1];
  w[2] = was[2];
  return w;
}

/* May `e` be read from memory by the operation? Its form then, else 0. */
static uint32_t readable(const vmi_translation *x, uint32_t row, const vmi_entry_state *e)
{
  if (!vmi_x_is_last(x, e) || !vmi_x_has(VMI_SUPER_MEMORY)) return 0;
  static const uint16_t loads[] = {VMI_QM_I32_LOAD, VMI_QM_I32_LOAD8_U, VMI_QM_F64_LOAD};
  for (uint32_t i = 0; i < sizeof loads / sizeof *loads; i++) {
    if (!is_form(x, loads[i])) continue;
    uint32_t q = operand_form(row, loads[i]);
    return q == 0 ? 0 : q + x->last_q - loads[i];
  }
  return 0;
}

/* ---- sums that are put off ---- */

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
    if ((in_slot(a) && readable(x, in->index, b)) || (in_slot(b) && readable(x, in->index, a))) return false;
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

static bool with_memory(vmi_translation *x, uint32_t row, const vmi_entry_state *a,
                        const vmi_entry_state *b, uint32_t at)
{
  uint32_t q = readable(x, row, b);
  if (q != 0 && in_slot(a)) {
    uint16_t other = slot_of(x, a, at);
    become_operand(x, q, at)[3].a = other;
    return true;
  }
  if (row == VMI_IX_F64_SUB || !in_slot(b) || (q = readable(x, row, a)) == 0) return false;
  uint16_t other = slot_of(x, b, at + 1);
  become_operand(x, q, at)[3].a = other;
  return true;
}

/* d + a product whose right factor was read from memory. */
static bool add_product(vmi_translation *x, const vmi_entry_state *product, const vmi_entry_state *d,
                        uint32_t index, uint32_t at)
{
  if (!vmi_x_is_last(x, product) || !is_form(x, VMI_QM_F64_MUL) || !in_slot(d)) return false;
  uint16_t factor = x->code[x->last + 3].a, other = slot_of(x, d, index);
  vmi_qword *w = become_operand(x, VMI_QM_F64_MULADD + x->last_q - VMI_QM_F64_MUL, at);
  w[3].a = factor;
  w[3].b = other;
  return true;
}

/* The shift by a number that computed `e`, or that was put off: its row, and what it shifts by how much. */
static uint32_t shift_of(const vmi_translation *x, const vmi_entry_state *e, uint16_t *from, uint16_t *by)
{
  if (e->where == VMI_SUM && e->right == 0 && e->plus == 0 && e->shift != 0) {
    *from = e->left;
    *by = (uint16_t)e->shift;
    return VMI_IX_I32_SHL;
  }
  if (!vmi_x_is_last(x, e)) return 0;
  uint32_t q = x->last_q;
  if (q != VMI_QK_I32_SHR_U && q != VMI_QK_I32_ROTL) return 0;
  *from = x->code[x->last + 1].b;
  *by = (uint16_t)(x->code[x->last + 2].k.u32 & 31);
  return q == VMI_QK_I32_SHR_U ? VMI_IX_I32_SHR_U : VMI_IX_I32_ROTL;
}

static uint32_t shifted_form(uint32_t row, uint32_t shift)
{
#define FORM(op, by) if (row == VMI_IX_##op && shift == VMI_IX_I32_##by) return VMI_Q_##op##_##by;
  VMI_SHIFTED(FORM)
#undef FORM
  return 0;
}

static bool with_shift(vmi_translation *x, uint32_t row, const vmi_entry_state *shifted,
                       const vmi_entry_state *other, uint32_t index, uint32_t at)
{
  uint16_t from = 0, by = 0;
  uint32_t shift = shift_of(x, shifted, &from, &by), q = shift ? shifted_form(row, shift) : 0;
  if (q == 0 || !in_slot(other)) return false;
  if (shift != VMI_IX_I32_SHL) vmi_x_take_back(x, x->last);
  uint16_t left = slot_of(x, other, index);
  vmi_qword *w = emit_at(x, q, 2, at);
  w[1].b = left;
  w[1].c = from;
  w[1].d = by;
  return true;
}

/* Bits of a word: shifted down, then masked. */
static bool bits(vmi_translation *x, const vmi_entry_state *a, const vmi_entry_state *b, uint32_t at)
{
  const vmi_qword *shift = vmi_x_was(x, a, VMI_QK_I32_SHR_U);
  if (shift == NULL || b->where != VMI_CONSTANT) return false;
  uint16_t from = shift[1].b, by = (uint16_t)(shift[2].k.u32 & 31);
  vmi_x_take_back(x, x->last);
  vmi_qword *w = emit_at(x, VMI_Q_I32_BITS, 3, at);
  w[1].b = from;
  w[1].d = by;
  w[2].k = b->k;
  return true;
}

static bool shifted(vmi_translation *x, uint32_t row, const vmi_entry_state *a, const vmi_entry_state *b,
                    uint32_t at)
{
  if (row != VMI_IX_I32_XOR && row != VMI_IX_I32_OR && row != VMI_IX_I32_AND && row != VMI_IX_I32_ADD)
    return false;
  if (!vmi_x_has(VMI_SUPER_SHIFT)) return false;
  if (row == VMI_IX_I32_AND && bits(x, a, b, at)) return true;
  return with_shift(x, row, b, a, at, at) || with_shift(x, row, a, b, at + 1, at);
}

/* The sum of three slots, two of which are one already. */
static bool add_three(vmi_translation *x, uint32_t row, const vmi_entry_state *sum,
                      const vmi_entry_state *other, uint32_t index, uint32_t at)
{
  if (row != VMI_IX_I32_ADD || sum->where != VMI_SUM || !in_slot(other)) return false;
  if (sum->right == 0 || sum->shift != 0 || sum->plus != 0 || !vmi_x_has(VMI_SUPER_SUM)) return false;
  uint16_t third = slot_of(x, other, index);
  vmi_qword *w = emit_at(x, VMI_Q_I32_ADD3, 2, at);
  w[1].b = sum->left;
  w[1].c = sum->right;
  w[1].d = third;
  return true;
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
  uint32_t row = in->index;
  if (row == VMI_IX_F64_ADD && (add_product(x, b, a, at, at) || add_product(x, a, b, at + 1, at)))
    return true;
  return with_product(x, row, a, b, at) || with_read(x, row, a, b, at) || with_memory(x, row, a, b, at) ||
         shifted(x, row, a, b, at) || add_three(x, row, a, b, at + 1, at) ||
         add_three(x, row, b, a, at, at) || divide(x, row, a, b, at);
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

/* What compares a counter with a limit, as forms of the jump, and the same with operands exchanged. */
static const struct {
  uint32_t jump, constant, loop, exchanged;
} loops[] = {
#define LOOP(relation, turned)                                                                    \
  {VMI_QB_I32_##relation, VMI_QBK_I32_##relation, VMI_Q_LOOP_##relation, VMI_Q_LOOP_##turned},
    LOOP(LT_S, GT_S) LOOP(LE_S, GE_S) LOOP(GT_S, LT_S) LOOP(GE_S, LE_S) LOOP(LT_U, GT_U)
    LOOP(LE_U, GE_U) LOOP(GT_U, LT_U) LOOP(GE_U, LE_U) LOOP(NE, NE)
#undef LOOP
};

/* The counter's step, just added to it by the instruction at word `at`, which is `q`. */
static bool is_step(const vmi_translation *x, uint32_t at, uint32_t q, uint16_t *counter, uint32_t *step,
                    bool *by_slot)
{
  const vmi_qword *add = x->code + at;
  *counter = add[1].a;
  *by_slot = q == VMI_Q_I32_ADD;
  if (*by_slot) {
    *step = add[1].b == *counter ? add[1].c : add[1].b;
    return (add[1].b == *counter) != (add[1].c == *counter);
  }
  *step = q == VMI_QK_I32_ADD ? add[2].k.u32 : -add[2].k.u32;
  return (q == VMI_QK_I32_ADD || q == VMI_QK_I32_SUB) && add[1].b == *counter;
}

static void emit_loop(vmi_translation *x, uint32_t q, uint16_t counter, uint16_t limit, uint32_t step,
                      uint32_t constant)
{
  vmi_x_take_back(x, x->before);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, q, 3);
  w[1].a = counter;
  w[1].b = limit;
  w[2].lo = step;
  w[2].hi = constant;
}

bool vmi_x_loop_super(vmi_translation *x, uint32_t jump, const vmi_qword *was)
{
  uint16_t counter;
  uint32_t step, i = 0, n = sizeof loops / sizeof *loops;
  bool by_slot;
  if (!vmi_x_has(VMI_SUPER_LOOP)) return false;
  if (x->before == VMI_NO_DEF || x->latest != x->last) return false;
  if (!is_step(x, x->before, x->before_q, &counter, &step, &by_slot)) return false;
  if (x->before + (by_slot ? 2 : 3) != x->latest) return false;
  while (i < n && loops[i].jump != jump && loops[i].constant != jump) i++;
  if (i == n) return false;
  if (jump == loops[i].constant) {
    if (by_slot || was[1].b != counter) return false;
    emit_loop(x, loops[i].loop + 1, counter, 0, step, was[2].k.u32);
    return true;
  }
  bool turned = was[1].b != counter;
  uint16_t limit = turned ? was[1].b : was[1].c;
  if (limit == counter || (turned && was[1].c != counter)) return false;
  emit_loop(x, (turned ? loops[i].exchanged : loops[i].loop) + (by_slot ? 2 : 0), counter, limit, step, 0);
  return true;
}

bool vmi_x_countdown_super(vmi_translation *x, uint16_t counter)
{
  uint16_t stepped;
  uint32_t step, at = x->latest;
  bool by_slot;
  if (at == VMI_NO_DEF || !vmi_x_has(VMI_SUPER_LOOP)) return false;
  if (x->latest_q != VMI_QK_I32_ADD && x->latest_q != VMI_QK_I32_SUB) return false;
  if (at + 3 != x->nwords || !is_step(x, at, x->latest_q, &stepped, &step, &by_slot)) return false;
  if (stepped != counter) return false;
  vmi_x_take_back(x, at);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, VMI_Q_LOOPK_NE, 3);
  w[1].a = counter;
  w[2].lo = step;
  return true;
}
