/* translate_rows.c - one bytecode instruction to register code, by the shape of its row.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "dyn_ops.h"
#include "ops_mem.h"
#include "translate.h"

/* The form with a constant right operand, or 0. */
static const uint16_t with_constant[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define ALU2(id, code, text, type, ctype, cop, gop, prose) [VMI_Q_##id] = VMI_QK_##id,
#define CMP2(id, code, text, type, ctype, cop, gop, prose) [VMI_Q_##id] = VMI_QK_##id,
#include "isa.def"
#define BINK(id, out, expression) [VMI_Q_##id] = VMI_QK_##id,
#include "quick_num.def"
};

/* ---- numbers ---- */

/* A number that is boxed is a constant like the number. */
static bool box_constant(vmi_translation *x, const vmi_insn *in)
{
  vmi_entry_state e = vmi_x_top(x);
  if (e.where != VMI_CONSTANT) return false;
  if (in->index == VMI_IX_DYN_FROM_I32) e.k.u64 = VMI_DYN_INT | e.k.u32;
  else if (in->index == VMI_IX_DYN_FROM_F64) e.k.u64 = vmi_dyn_of_double(e.k.f64);
  else if (in->index == VMI_IX_DYN_FROM_BOOL) e.k.u64 = e.k.u32 ? VMI_DYN_TRUE : VMI_DYN_FALSE;
  else return false;
  vmi_x_set_top(x, e);
  return true;
}

static void unary(vmi_translation *x, const vmi_insn *in)
{
  if (box_constant(x, in)) return;
  uint16_t b = vmi_x_pop_use(x);
  if (in->op->flags & F_TRAP) vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, 2);
  w[1].a = vmi_x_slot(x, x->depth);
  w[1].b = b;
  vmi_x_push_slot(x);
}

/* Both operands in slots, or one a constant: right (K) or, of an ALU2 row, left (L). */
static inline void two(vmi_translation *x, const vmi_insn *in, bool is_alu, bool is_compare)
{
  vmi_entry_state b = vmi_x_pop(x), a = vmi_x_pop(x);
  uint32_t at = x->depth, k = with_constant[in->index], compare = is_compare ? k : 0;
  vmi_qword *w;
  if (!is_compare && vmi_x_defer_sum(x, in, &a, &b, at)) return;
  if (!is_compare && vmi_x_binary_super(x, in, &a, &b, at)) return;
  uint32_t returns = k + 2;
  if (k != 0 && b.where == VMI_CONSTANT) {
    uint16_t left = vmi_x_use(x, &a, at);
    w = vmi_x_emit(x, k, 3);
    returns = k + 3;
    w[1].b = left;
    w[2].k = b.k;
  } else if (a.where == VMI_CONSTANT && is_alu) {
    uint16_t right = vmi_x_use(x, &b, at + 1);
    w = vmi_x_emit(x, k + 1, 3);
    returns = k + 4;
    w[1].b = right;
    w[2].k = a.k;
  } else {
    uint16_t left = vmi_x_use(x, &a, at), right = vmi_x_use(x, &b, at + 1);
    if (in->op->flags & F_TRAP) vmi_x_mark(x);
    w = vmi_x_emit(x, in->index, 2);
    w[1].b = left;
    w[1].c = right;
  }
  x->last_compare = compare;
  x->last_return = is_alu ? returns : 0;
  w[1].a = vmi_x_slot(x, at);
  vmi_x_push_slot(x);
}

static void operation(vmi_translation *x, const vmi_insn *in) { two(x, in, true, false); }
static void comparison(vmi_translation *x, const vmi_insn *in) { two(x, in, false, true); }
static void binary(vmi_translation *x, const vmi_insn *in) { two(x, in, false, false); }

/* References and dyn words are compared as numbers are, with all the forms that these have. */
static void same_words(vmi_translation *x, const vmi_insn *in)
{
  vmi_insn equal = *in;
  equal.index = VMI_IX_I64_EQ;
  comparison(x, &equal);
}

/* The first of a row's forms for memory 0, or 0. */
static const uint16_t of_memory[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define LOAD(id, code, text, push, ctype, prose) VMI_OFTEN(id, [VMI_Q_##id] = VMI_QM_##id, )
#define STORE(id, code, text, pop, ctype, prose) VMI_OFTEN(id, [VMI_Q_##id] = VMI_QM_##id, )
#include "isa.def"
};

enum { FORM_M, FORM_MK, FORM_MX, FORM_MS, FORM_MY, FORM_MC, MEMORY_FORMS };

static uint32_t form_of(const vmi_entry_state *address)
{
  bool shift = address->where == VMI_SUM && address->shift != 0;
  if (address->where == VMI_CONSTANT) return FORM_MC;
  if (address->where != VMI_SUM) return FORM_M;
  if (address->right == 0) return shift ? FORM_MS : FORM_MK;
  return shift ? FORM_MY : FORM_MX;
}

/* A load or store of memory 0 by instruction `q`, whose address is entry `at`. */
static vmi_qword *access(vmi_translation *x, const vmi_insn *in, uint32_t q, uint32_t words,
                         const vmi_entry_state *address, uint32_t at)
{
  const vmi_entry_state *e = address;
  bool sum = e->where == VMI_SUM;
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, q, words);
  w[1].b = sum ? e->left : e->where == VMI_IN_LOCAL ? (uint16_t)e->local : vmi_x_slot(x, at);
  w[1].c = sum ? e->right : 0;
  w[1].d = (uint16_t)(sum ? e->shift : 0);
  w[2].lo = (uint32_t)in->imm[1];
  w[2].hi = sum ? e->plus : e->where == VMI_CONSTANT ? e->k.u32 : 0;
  return w;
}

/* Of a row's forms for memory 0. */
static uint32_t memory_form(const vmi_insn *in) { return in->imm[0] == 0 ? of_memory[in->index] : 0; }

static void load(vmi_translation *x, const vmi_insn *in)
{
  vmi_qword *w;
  vmi_entry_state address = vmi_x_pop(x);
  uint32_t at = x->depth, q = memory_form(in);
  if (q != 0) {
    w = access(x, in, q + form_of(&address), 3, &address, at);
  } else {
    uint16_t b = vmi_x_use(x, &address, at);
    vmi_x_mark(x);
    w = vmi_x_emit(x, in->index, 3);
    w[1].b = b;
    w[2].lo = (uint32_t)in->imm[1];
    w[2].hi = (uint32_t)in->imm[0];
  }
  w[1].a = vmi_x_slot(x, at);
  vmi_x_push_slot(x);
}

static void store(vmi_translation *x, const vmi_insn *in)
{
  vmi_entry_state value = vmi_x_pop(x), address = vmi_x_pop(x);
  uint32_t at = x->depth, q = memory_form(in), form = form_of(&address);
  bool constant = value.where == VMI_CONSTANT && q != 0 && (form == FORM_M || form == FORM_MX);
  uint16_t slot = constant ? 0 : vmi_x_use(x, &value, at + 1);
  if (q != 0) {
    q += !constant ? form : MEMORY_FORMS + (form == FORM_MX);
    vmi_qword *w = access(x, in, q, constant ? 4 : 3, &address, at);
    w[1].a = slot;
    if (constant) w[3].k = value.k;
    return;
  }
  uint16_t a = vmi_x_use(x, &address, at);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, 3);
  w[1].a = a;
  w[1].b = slot;
  w[2].lo = (uint32_t)in->imm[1];
  w[2].hi = (uint32_t)in->imm[0];
}

/* ---- rows in their general form ---- */

static uint32_t pops_of(const vmi_translation *x, const vmi_insn *in)
{
  if (in->index == VMI_IX_STRUCT_NEW) return x->m->types[in->imm[0]].nfields;
  if (in->index == VMI_IX_ARRAY_NEW_FIXED) return (uint32_t)in->imm[1];
  return (uint32_t)strlen(in->op->pops);
}

static void general(vmi_translation *x, const vmi_insn *in)
{
  vmi_x_flush(x);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, 5);
  uint32_t nimms = (uint32_t)strlen(in->op->imms);
  w[1].a = vmi_x_slot(x, x->depth);
  if (nimms > 0) w[2].lo = (uint32_t)in->imm[0];
  if (nimms > 1) w[3].lo = (uint32_t)in->imm[1];
  w[4].u64 = VMI_FRAME_ID(x->rec->index, x->pc);
  vmi_x_seal(x);
  x->depth = x->depth - pops_of(x, in) + (uint32_t)strlen(in->op->pushes);
  x->low = x->depth;
}

/* ---- locals, globals and the stack ---- */

static uint16_t local_of(const vmi_insn *in) { return (uint16_t)(VMI_FRAME_HEADER + in->imm[0]); }

static void local_get(vmi_translation *x, const vmi_insn *in) { vmi_x_push_local(x, local_of(in)); }

static void assign(vmi_translation *x, uint16_t slot, bool keep)
{
  vmi_entry_state e = vmi_x_pop(x);
  uint32_t index = x->depth;
  uint32_t before = x->nwords;
  if (e.where != VMI_IN_LOCAL || e.local != slot) {
    vmi_x_free_local(x, slot);
    bool moved = x->nwords != before;
    if (e.where == VMI_CONSTANT) {
      vmi_qword *w = vmi_x_emit(x, VMI_Q_CONST, 3);
      w[1].a = slot;
      w[2].k = e.k;
    } else if (e.where == VMI_SUM) {
      vmi_x_add(x, &e, slot);
      e = (vmi_entry_state){.where = VMI_IN_LOCAL, .local = slot};
    } else if (!moved && vmi_x_is_last(x, &e) && vmi_x_redirect(x, &e, index, slot)) {
      x->last_compare = 0;
      e = (vmi_entry_state){.where = VMI_IN_LOCAL, .local = slot};
    } else {
      vmi_x_move(x, slot, vmi_x_use(x, &e, index));
      if (e.where == VMI_IN_SLOT) e.def = VMI_NO_DEF; /* read here, so it stays in its slot */
    }
    x->last = VMI_NO_DEF; /* what is last now is the local's */
  }
  if (!keep) return;
  x->depth++;
  if (x->low >= x->depth - 1 && e.where == VMI_IN_SLOT) x->low = x->depth;
  else x->stack[index] = e;
}

static void local_set(vmi_translation *x, const vmi_insn *in) { assign(x, local_of(in), false); }
static void local_tee(vmi_translation *x, const vmi_insn *in) { assign(x, local_of(in), true); }

static void global(vmi_translation *x, const vmi_insn *in, bool get)
{
  uint32_t index = (uint32_t)in->imm[0], imported = x->m->nimported_globals;
  uint32_t q = in->index;
  uint16_t slot = get ? vmi_x_slot(x, x->depth) : vmi_x_pop_use(x);
  if (index >= imported && !get && vmi_x_global_set_super(x, index - imported, slot)) return;
  if (index >= imported) q = get ? VMI_Q_GLOBAL_OWN : VMI_Q_GLOBAL_OWN_PUT;
  vmi_qword *w = vmi_x_emit(x, q, 3);
  w[1].a = slot;
  w[2].lo = index < imported ? index : index - imported;
  if (get) vmi_x_push_slot(x);
}

static void global_get(vmi_translation *x, const vmi_insn *in) { global(x, in, true); }
static void global_set(vmi_translation *x, const vmi_insn *in) { global(x, in, false); }

static void nothing(vmi_translation *x, const vmi_insn *in) {}

static bool only_computes(uint32_t q)
{
  return q == VMI_Q_GLOBAL_OWN || (q < VMI_OP_COUNT && (vmi_isa_ops[q].flags & F_PURE));
}

/* What nobody wants is not computed. */
static void drop(vmi_translation *x, const vmi_insn *in)
{
  vmi_entry_state e = vmi_x_pop(x);
  if (vmi_x_is_last(x, &e) && only_computes(x->last_q)) vmi_x_take_back(x, x->last);
}

static void dup(vmi_translation *x, const vmi_insn *in)
{
  vmi_entry_state e = vmi_x_top(x);
  vmi_x_settle(x, &e, x->depth - 1);
  if (e.where == VMI_IN_LOCAL) {
    vmi_x_push_local(x, e.local);
  } else if (e.where != VMI_IN_SLOT) {
    vmi_x_push(x, e);
  } else {
    e.def = VMI_NO_DEF;
    vmi_x_set_top(x, e);
    vmi_qword *w = vmi_x_emit(x, VMI_Q_MOVE, 2);
    w[1].a = vmi_x_slot(x, x->depth);
    w[1].b = vmi_x_slot(x, x->depth - 1);
    vmi_x_push_slot(x);
  }
}

static void swap(vmi_translation *x, const vmi_insn *in)
{
  vmi_entry_state b = vmi_x_pop(x), a = vmi_x_pop(x);
  uint32_t at = x->depth;
  vmi_x_settle(x, &a, at);
  vmi_x_settle(x, &b, at + 1);
  if (a.where != VMI_IN_SLOT && b.where != VMI_IN_SLOT) {
    x->stack[at] = b;
    x->stack[at + 1] = a;
    x->depth += 2;
    return;
  }
  uint16_t left = vmi_x_slot(x, at), right = vmi_x_slot(x, at + 1);
  uint16_t from_a = vmi_x_use(x, &a, at), from_b = vmi_x_use(x, &b, at + 1);
  if (a.where == VMI_IN_LOCAL || b.where == VMI_IN_LOCAL) { /* the other one is in its slot */
    uint16_t to[2] = {right, left}, from[2] = {from_a, from_b};
    uint32_t first = a.where == VMI_IN_LOCAL ? 1 : 0;
    for (uint32_t i = 0; i < 2; i++) {
      vmi_qword *w = vmi_x_emit(x, VMI_Q_MOVE, 2);
      w[1].a = to[first ^ i];
      w[1].b = from[first ^ i];
    }
  } else {
    vmi_qword *w = vmi_x_emit(x, VMI_Q_EXCHANGE, 2);
    w[1].a = left;
    w[1].b = right;
  }
  x->last = VMI_NO_DEF;
  x->depth = at + 2;
  x->stack[at] = x->stack[at + 1] = (vmi_entry_state){.where = VMI_IN_SLOT, .def = VMI_NO_DEF};
}

static void choose(vmi_translation *x, const vmi_insn *in)
{
  uint16_t d = vmi_x_pop_use(x);
  vmi_entry_state c = vmi_x_pop(x), b = vmi_x_pop(x);
  uint32_t at = x->depth;
  bool kb = b.where == VMI_CONSTANT, kc = c.where == VMI_CONSTANT;
  uint16_t right = kc ? 0 : vmi_x_use(x, &c, at + 1), left = kb ? 0 : vmi_x_use(x, &b, at);
  vmi_qword *w = vmi_x_emit(x, kb ? (kc ? VMI_Q_CHOOSE_KK : VMI_Q_CHOOSE_K1)
                               : kc ? VMI_Q_CHOOSE_K2 : VMI_Q_CHOOSE, 2u + kb + kc);
  w[1].a = vmi_x_slot(x, at);
  w[1].b = left;
  w[1].c = right;
  w[1].d = d;
  if (kb) w[2].k = b.k;
  if (kc) w[2 + kb].k = c.k;
  vmi_x_push_slot(x);
}

/* ---- jumps ---- */

static void aim(vmi_translation *x, uint32_t insn, uint32_t word, uint32_t label, bool wide)
{
  vmi_fixup *fixup = vmi_vec_push(x->alloc, &x->fixups, sizeof *fixup, 1);
  if (fixup == NULL) x->failed = true;
  else *fixup = (vmi_fixup){insn, word, label, wide};
}

/* Only backward jumps poll, and thus are looked up. */
static bool is_back(const vmi_translation *x, uint32_t label)
{
  return x->f->labels[label].offset <= x->pc;
}

/* `q` is followed by its backward form. */
static void jump(vmi_translation *x, uint32_t q, uint16_t slot, uint32_t label)
{
  if (is_back(x, label)) {
    q++;
    vmi_x_mark(x);
  }
  vmi_x_emit(x, q, 2)[1].a = slot;
  aim(x, x->last, x->last + 1, label, false);
  vmi_x_seal(x);
}

/* The comparison that just computed the condition becomes the jump: take it back. */
static void compare_jump(vmi_translation *x, bool when, uint32_t label)
{
  uint32_t q = x->last_compare;
  bool constant = x->last_q == q;
  vmi_qword was[3];
  memcpy(was, x->code + x->last, (constant ? 3 : 2) * sizeof *was);
  q += (constant ? 3 : 1) + (when ? 0 : 1);
  bool back = is_back(x, label);
  if (!back || x->low != x->depth || !vmi_x_loop_super(x, q, was)) {
    vmi_x_take_back(x, x->last);
    vmi_x_flush(x);
    if (back) vmi_x_mark(x);
    vmi_qword *w = vmi_x_emit(x, q + (back ? 4 : 0), constant ? 3 : 2);
    w[1].a = was[1].b;
    w[1].b = was[1].c;
    if (constant) w[2] = was[2];
  }
  uint32_t insn = x->last;
  aim(x, insn, insn + 1, label, false);
  vmi_x_seal(x);
  /* QR ... stand 8 behind QB ...; it returns when the jump does not. */
  if (!back) x->skip = (vmi_skip){insn, x->nwords - insn, label, q + (when ? 9 : 7)};
}

/* Of a comparison its form with a constant, else 0. */
static const uint16_t comparison_of[VMI_Q_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define CMP2(id, code, text, type, ctype, cop, gop, prose)                                        \
  [VMI_Q_##id] = VMI_QK_##id, [VMI_QK_##id] = VMI_QK_##id,
#include "isa.def"
};

/* `slot` was negated by the instruction that is taken back now: was it compared just before? */
static bool negated_comparison(vmi_translation *x, uint16_t slot)
{
  uint32_t k = x->latest != VMI_NO_DEF ? comparison_of[x->latest_q] : 0;
  if (k == 0 || slot < x->base || x->code[x->latest + 1].a != slot) return false;
  if (x->latest + (x->latest_q == k ? 3 : 2) != x->nwords) return false;
  x->last = x->latest;
  x->last_q = x->latest_q;
  x->last_compare = k;
  return true;
}

/* Of a test of one word the jump that makes it, else 0. */
static uint32_t jump_of_test(uint32_t q, bool when)
{
  switch (q) {
  case VMI_Q_REF_IS_NULL: /* nil is null */
  case VMI_Q_DYN_IS_NIL: return when ? VMI_Q_JUMP_NULL : VMI_Q_JUMP_NOT_NULL;
  case VMI_Q_DYN_IS_I32: return when ? VMI_Q_JUMP_INT : VMI_Q_JUMP_NOT_INT;
  default: return 0;
  }
}

static void conditional(vmi_translation *x, bool when, uint32_t label)
{
  vmi_entry_state e = vmi_x_pop(x);
  bool last = vmi_x_is_last(x, &e);
  if (last && x->last_compare != 0) {
    compare_jump(x, when, label);
    return;
  }
  uint16_t slot = vmi_x_use(x, &e, x->depth);
  if (last && x->last_q == VMI_Q_I32_EQZ) { /* its operand, the other way round */
    slot = x->code[x->last + 1].b;
    vmi_x_take_back(x, x->last);
    when = !when;
    if (slot == vmi_x_slot(x, x->depth) && negated_comparison(x, slot)) {
      compare_jump(x, when, label);
      return;
    }
  }
  if (when && e.where == VMI_IN_LOCAL && x->low == x->depth && is_back(x, label) &&
      vmi_x_countdown_super(x, slot)) {
    uint32_t insn = x->last;
    aim(x, insn, insn + 1, label, false);
    vmi_x_seal(x);
    return;
  }
  uint32_t test = last && vmi_x_has(VMI_SUPER_NULL) ? jump_of_test(x->last_q, when) : 0;
  if (test != 0) {
    slot = x->code[x->last + 1].b;
    vmi_x_take_back(x, x->last);
    vmi_x_flush(x);
    jump(x, test, slot, label);
    return;
  }
  vmi_x_flush(x);
  bool compares = vmi_x_dyn_compares(x, slot);
  uint32_t at = x->latest, q = x->latest_q;
  jump(x, when ? VMI_Q_JUMP_IF : VMI_Q_JUMP_UNLESS, slot, label);
  if (compares) vmi_x_dyn_jump(x, at, q, when, is_back(x, label));
}

static void br(vmi_translation *x, const vmi_insn *in)
{
  vmi_x_flush(x);
  jump(x, VMI_Q_JUMP, 0, (uint32_t)in->imm[0]);
}

static void br_if(vmi_translation *x, const vmi_insn *in)
{
  conditional(x, true, (uint32_t)in->imm[0]);
}

static void br_unless(vmi_translation *x, const vmi_insn *in)
{
  conditional(x, false, (uint32_t)in->imm[0]);
}

/* The reference goes back on the stack where the jump leaves it there. */
static void on_null(vmi_translation *x, const vmi_insn *in)
{
  vmi_entry_state e = vmi_x_pop(x);
  uint16_t slot = vmi_x_use(x, &e, x->depth);
  vmi_x_flush(x);
  jump(x, VMI_Q_JUMP_NULL, slot, (uint32_t)in->imm[0]);
  if (e.where == VMI_IN_LOCAL) {
    vmi_x_push_local(x, e.local);
  } else {
    x->depth++;
    x->low = x->depth;
  }
}

static void on_non_null(vmi_translation *x, const vmi_insn *in)
{
  vmi_x_flush(x);
  jump(x, VMI_Q_JUMP_NOT_NULL, vmi_x_slot(x, x->depth - 1), (uint32_t)in->imm[0]);
  (void)vmi_x_pop(x);
}

static void table_jump(vmi_translation *x, const vmi_insn *in)
{
  const vmi_switch *s = &x->f->switches[in->imm[0]];
  vmi_entry_state e = vmi_x_pop(x);
  uint32_t plus = 0;
  if (e.where == VMI_SUM && e.right == 0 && e.shift == 0 && e.left < x->base) {
    plus = e.plus;
    e = (vmi_entry_state){.where = VMI_IN_LOCAL, .local = e.left};
  }
  uint16_t slot = vmi_x_use(x, &e, x->depth);
  vmi_x_flush(x);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, VMI_Q_TABLE_JUMP, 4 + s->count);
  uint32_t insn = x->last;
  w[1].a = slot;
  w[2].lo = s->count;
  w[2].hi = plus;
  for (uint32_t i = 0; i <= s->count; i++) aim(x, insn, insn + 3 + i, s->labels[i], true);
  vmi_x_seal(x);
}

/* ---- fields and elements ---- */

static uint32_t getter(vm_type storage, uint32_t row, uint32_t get4, uint32_t s8)
{
  if (row == VMI_IX_STRUCT_GET || row == VMI_IX_ARRAY_GET)
    return vmi_type_is_word32(storage) ? get4 : get4 + 1;
  bool is_signed = row == VMI_IX_STRUCT_GET_S || row == VMI_IX_ARRAY_GET_S;
  return s8 + (is_signed ? 0 : 2) + (storage == VM_I16);
}

static uint32_t setter(vm_type storage, uint32_t set1)
{
  if (vmi_type_traced(storage)) return set1 + 4;
  uint32_t size = vmi_storage_size(storage);
  return set1 + (size == 1 ? 0 : size == 2 ? 1 : size == 4 ? 2 : 3);
}

static void field_get(vmi_translation *x, const vmi_insn *in)
{
  const vmi_field *field = &x->m->types[in->imm[0]].fields[in->imm[1]];
  uint16_t b = vmi_x_pop_use(x);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, getter(field->type, in->index, VMI_Q_GET4, VMI_Q_GET_S8), 2);
  w[1].a = vmi_x_slot(x, x->depth);
  w[1].b = b;
  w[1].c = (uint16_t)field->offset;
  vmi_x_push_slot(x);
}

/* The form that stores a constant, or 0. */
static uint32_t constant_setter(uint32_t q)
{
  switch (q) {
  case VMI_Q_SET1: return VMI_Q_SETK1;
  case VMI_Q_SET4: return VMI_Q_SETK4;
  case VMI_Q_SET8: return VMI_Q_SETK8;
  case VMI_Q_SET_REF: return VMI_Q_SETK_REF;
  case VMI_Q_ASET1: return VMI_Q_ASETK1;
  case VMI_Q_ASET4: return VMI_Q_ASETK4;
  case VMI_Q_ASET8: return VMI_Q_ASETK8;
  default: return 0;
  }
}

static void field_set(vmi_translation *x, const vmi_insn *in)
{
  const vmi_field *field = &x->m->types[in->imm[0]].fields[in->imm[1]];
  vmi_entry_state value = vmi_x_pop(x);
  uint32_t q = setter(field->type, VMI_Q_SET1), k = constant_setter(q);
  bool constant = value.where == VMI_CONSTANT && k != 0 && vmi_x_has(VMI_SUPER_SET_CONSTANT);
  uint16_t b = constant ? 0 : vmi_x_use(x, &value, x->depth), a = vmi_x_pop_use(x);
  if (!constant && vmi_x_field_set_super(x, q, a, b, (uint16_t)field->offset)) return;
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, constant ? k : q, constant ? 3 : 2);
  w[1].a = a;
  w[1].b = b;
  w[1].c = (uint16_t)field->offset;
  if (constant) w[2].k = value.k;
}

static void element_get(vmi_translation *x, const vmi_insn *in)
{
  vm_type element = x->m->types[in->imm[0]].fields[0].type;
  vmi_entry_state index = vmi_x_pop(x), array = vmi_x_pop(x);
  uint32_t at = x->depth, q = getter(element, in->index, VMI_Q_AGET4, VMI_Q_AGET_S8);
  if (vmi_x_element_get_super(x, q, &array, &index, at)) return;
  uint16_t c = vmi_x_use(x, &index, at + 1), b = vmi_x_use(x, &array, at);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, q, 2);
  w[1].a = vmi_x_slot(x, at);
  w[1].b = b;
  w[1].c = c;
  vmi_x_push_slot(x);
}

static void element_set(vmi_translation *x, const vmi_insn *in)
{
  vm_type element = x->m->types[in->imm[0]].fields[0].type;
  vmi_entry_state value = vmi_x_pop(x);
  uint32_t q = setter(element, VMI_Q_ASET1);
  uint32_t k = constant_setter(q);
  bool constant = value.where == VMI_CONSTANT && k != 0 && vmi_x_has(VMI_SUPER_SET_CONSTANT);
  uint16_t c = constant ? 0 : vmi_x_use(x, &value, x->depth);
  vmi_entry_state index = vmi_x_top(x);
  if (!constant && vmi_x_element_set_super(x, q, &index, c)) return;
  uint16_t b = vmi_x_pop_use(x), a = vmi_x_pop_use(x);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, constant ? k : q, constant ? 3 : 2);
  w[1].a = a;
  w[1].b = b;
  w[1].c = c;
  if (constant) w[2].k = value.k;
}

/* ---- references ---- */

/* A check of the top, which stays. */
static void check(vmi_translation *x, uint32_t q, uint32_t words, uint32_t type)
{
  vmi_entry_state e = vmi_x_top(x);
  uint16_t slot = vmi_x_use(x, &e, x->depth - 1);
  if (e.where != VMI_IN_LOCAL) e = (vmi_entry_state){.where = VMI_IN_SLOT, .def = VMI_NO_DEF};
  vmi_x_set_top(x, e);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, q, words);
  w[1].a = slot;
  if (words > 2) w[2].lo = type;
  x->last = VMI_NO_DEF;
}

static void check_top(vmi_translation *x, const vmi_insn *in) { check(x, in->index, 2, 0); }

static void ref_cast(vmi_translation *x, const vmi_insn *in)
{
  check(x, in->index, 3, (uint32_t)in->imm[0]);
}

static void ref_test(vmi_translation *x, const vmi_insn *in)
{
  uint16_t b = vmi_x_pop_use(x);
  vmi_qword *w = vmi_x_emit(x, in->index, 3);
  w[1].a = vmi_x_slot(x, x->depth);
  w[1].b = b;
  w[2].lo = (uint32_t)in->imm[0];
  vmi_x_push_slot(x);
}

static void size_of(vmi_translation *x, const vmi_insn *in)
{
  vmi_qword *w = vmi_x_emit(x, in->index, 3);
  w[1].a = vmi_x_slot(x, x->depth);
  w[2].lo = (uint32_t)in->imm[0];
  vmi_x_push_slot(x);
}

static void raise(vmi_translation *x, const vmi_insn *in)
{
  uint16_t a = in->index == VMI_IX_UNREACHABLE ? 0 : vmi_x_pop_use(x);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, 3);
  w[1].a = a;
  w[2].u64 = VMI_FRAME_ID(x->rec->index, x->pc);
  vmi_x_seal(x);
}

static void constant_i32(vmi_translation *x, const vmi_insn *in)
{
  vmi_slot k = {.u64 = 0};
  k.i32 = (int32_t)in->imm[0];
  vmi_x_push_constant(x, k);
}

static void constant_32(vmi_translation *x, const vmi_insn *in)
{
  vmi_slot k = {.u64 = 0};
  k.u32 = (uint32_t)in->imm[0];
  vmi_x_push_constant(x, k);
}

static void constant_64(vmi_translation *x, const vmi_insn *in)
{
  vmi_x_push_constant(x, (vmi_slot){.u64 = in->imm[0]});
}

static void constant_zero(vmi_translation *x, const vmi_insn *in) /* null and nil */
{
  vmi_x_push_constant(x, (vmi_slot){.u64 = 0});
}

/* ---- all rows ---- */

/* A row that stands nowhere or twice does not compile: the first names each row that is translated,
 * the second asks for all of isa.def. */
enum {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define ALU2(id, code, text, type, ctype, cop, gop, prose) TRANSLATES_##id,
#define CMP2(id, code, text, type, ctype, cop, gop, prose) TRANSLATES_##id,
#define CVT(id, code, text, pop, push, ctype, prose) TRANSLATES_##id,
#define LOAD(id, code, text, push, ctype, prose) TRANSLATES_##id,
#define STORE(id, code, text, pop, ctype, prose) TRANSLATES_##id,
#define CALLOP(id, code, text, imms, pops, pushes, flags, fn, prose) TRANSLATES_##id,
#define DYN1(id, code, text, fn, prose) TRANSLATES_##id,
#define DYN2(id, code, text, fn, prose) TRANSLATES_##id,
#define DYNCMP(id, code, text, fn, prose) TRANSLATES_##id,
#include "isa.def"
#define UN(id, out, expression) TRANSLATES_##id,
#define BIN(id, out, expression) TRANSLATES_##id,
#define UNT(id, in, out, function) TRANSLATES_##id,
#define BINT(id, in, function) TRANSLATES_##id,
#define CHECKED(id, in, function) TRANSLATES_##id,
#define UNTEST(id, bad, code, out, expression) TRANSLATES_##id,
#define BINTEST(id, bad, code, out, expression) TRANSLATES_##id,
#include "quick_num.def"
#define ROW(id, translator, text) TRANSLATES_##id,
#include "quick_rows.def"
  TRANSLATED_ROWS
};

enum {
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  NEEDS_QUICK_ROWS_DEF_##id = TRANSLATES_##id,
#include "isa.def"
};

_Static_assert((int)TRANSLATED_ROWS == (int)VMI_OP_COUNT, "a name that is no row is translated");

vmi_x_row *const vmi_x_rows[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define ALU2(id, code, text, type, ctype, cop, gop, prose) [VMI_IX_##id] = operation,
#define CMP2(id, code, text, type, ctype, cop, gop, prose) [VMI_IX_##id] = comparison,
#define CVT(id, code, text, pop, push, ctype, prose) [VMI_IX_##id] = unary,
#define LOAD(id, code, text, push, ctype, prose) [VMI_IX_##id] = load,
#define STORE(id, code, text, pop, ctype, prose) [VMI_IX_##id] = store,
#define CALLOP(id, code, text, imms, pops, pushes, flags, fn, prose) [VMI_IX_##id] = general,
#define DYN1(id, code, text, fn, prose) [VMI_IX_##id] = vmi_x_dyn1,
#define DYN2(id, code, text, fn, prose) [VMI_IX_##id] = vmi_x_dyn2,
#define DYNCMP(id, code, text, fn, prose) [VMI_IX_##id] = vmi_x_dyn2,
#include "isa.def"
#define UN(id, out, expression) [VMI_IX_##id] = unary,
#define BIN(id, out, expression) [VMI_IX_##id] = binary,
#define UNT(id, in, out, function) [VMI_IX_##id] = unary,
#define BINT(id, in, function) [VMI_IX_##id] = binary,
#define CHECKED(id, in, function) [VMI_IX_##id] = binary,
#define UNTEST(id, bad, code, out, expression) [VMI_IX_##id] = unary,
#define BINTEST(id, bad, code, out, expression) [VMI_IX_##id] = binary,
#include "quick_num.def"
#define ROW(id, translator, text) [VMI_IX_##id] = translator,
#include "quick_rows.def"
};
