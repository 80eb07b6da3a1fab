/* translate_rows.c - one bytecode instruction to register code, by the shape of its row.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "ops_mem.h"
#include "translate.h"

/* What kind of register instruction a row becomes. */
enum { SPECIAL, UNARY, BINARY, LOADS, STORES, GENERAL };

/* The form with a constant right operand, or 0. */
static const uint16_t with_constant[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define ALU2(id, code, text, type, ctype, cop, gop, prose) [VMI_Q_##id] = VMI_QK_##id,
#define CMP2(id, code, text, type, ctype, cop, gop, prose) [VMI_Q_##id] = VMI_QK_##id,
#include "isa.def"
#define BINK(id, out, expression) [VMI_Q_##id] = VMI_QK_##id,
#include "quick_num.def"
};

static const uint8_t kinds[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define ALU2(id, code, text, type, ctype, cop, gop, prose) [VMI_Q_##id] = BINARY,
#define CMP2(id, code, text, type, ctype, cop, gop, prose) [VMI_Q_##id] = BINARY,
#define CVT(id, code, text, pop, push, ctype, prose) [VMI_Q_##id] = UNARY,
#define LOAD(id, code, text, push, ctype, prose) [VMI_Q_##id] = LOADS,
#define STORE(id, code, text, pop, ctype, prose) [VMI_Q_##id] = STORES,
#include "isa.def"
#define UN(id, out, expression) [VMI_Q_##id] = UNARY,
#define BIN(id, out, expression) [VMI_Q_##id] = BINARY,
#define UNT(id, in, out, function) [VMI_Q_##id] = UNARY,
#define BINT(id, in, function) [VMI_Q_##id] = BINARY,
#define CHECKED(id, in, function) [VMI_Q_##id] = BINARY,
#define UNTEST(id, bad, code, out, expression) [VMI_Q_##id] = UNARY,
#define BINTEST(id, bad, code, out, expression) [VMI_Q_##id] = BINARY,
#include "quick_num.def"
    [VMI_IX_MEMORY_GROW] = GENERAL,    [VMI_IX_MEMORY_COPY] = GENERAL,
    [VMI_IX_MEMORY_FILL] = GENERAL,    [VMI_IX_MEMORY_INIT] = GENERAL,
    [VMI_IX_DATA_DROP] = GENERAL,      [VMI_IX_TABLE_GET] = GENERAL,
    [VMI_IX_TABLE_SET] = GENERAL,      [VMI_IX_TABLE_GROW] = GENERAL,
    [VMI_IX_TABLE_FILL] = GENERAL,     [VMI_IX_TABLE_COPY] = GENERAL,
    [VMI_IX_TABLE_INIT] = GENERAL,     [VMI_IX_ELEM_DROP] = GENERAL,
    [VMI_IX_REF_FUNC] = GENERAL,       [VMI_IX_CLOSURE_NEW] = GENERAL,
    [VMI_IX_WEAK_NEW] = GENERAL,       [VMI_IX_STRUCT_NEW] = GENERAL,
    [VMI_IX_STRUCT_NEW_DEFAULT] = GENERAL, [VMI_IX_ARRAY_NEW] = GENERAL,
    [VMI_IX_ARRAY_NEW_DEFAULT] = GENERAL,  [VMI_IX_ARRAY_NEW_FIXED] = GENERAL,
    [VMI_IX_ARRAY_NEW_DATA] = GENERAL, [VMI_IX_ARRAY_COPY] = GENERAL,
    [VMI_IX_ARRAY_FILL] = GENERAL,     [VMI_IX_ARRAY_INIT_DATA] = GENERAL,
};

static bool is_alu(uint32_t row)
{
  switch (row) {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define ALU2(id, code, text, type, ctype, cop, gop, prose) case VMI_Q_##id:
#include "isa.def"
    return true;
  default:
    return false;
  }
}

static bool is_compare(uint32_t row)
{
  switch (row) {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define CMP2(id, code, text, type, ctype, cop, gop, prose) case VMI_Q_##id:
#include "isa.def"
    return true;
  default:
    return false;
  }
}

/* ---- numbers ---- */

static void unary(vmi_translation *x, const vmi_insn *in)
{
  uint16_t b = vmi_x_pop_use(x);
  if (in->op->flags & F_TRAP) vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, 2);
  w[1].a = vmi_x_slot(x, x->depth);
  w[1].b = b;
  vmi_x_push_slot(x);
}

/* Both operands in slots, or one a constant: right (K) or, of an ALU2 row, left (L). */
static void binary(vmi_translation *x, const vmi_insn *in)
{
  vmi_entry_state b = vmi_x_pop(x), a = vmi_x_pop(x);
  uint32_t at = x->depth, k = with_constant[in->index], compare = is_compare(in->index) ? k : 0;
  vmi_qword *w;
  if (vmi_x_binary_super(x, in, &a, &b, at)) return;
  if (k != 0 && b.where == VMI_CONSTANT) {
    uint16_t left = vmi_x_use(x, &a, at);
    w = vmi_x_emit(x, k, 3);
    w[1].b = left;
    w[2].k = b.k;
  } else if (a.where == VMI_CONSTANT && is_alu(in->index)) {
    uint16_t right = vmi_x_use(x, &b, at + 1);
    w = vmi_x_emit(x, k + 1, 3);
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
  w[1].a = vmi_x_slot(x, at);
  vmi_x_push_slot(x);
}

static void load(vmi_translation *x, const vmi_insn *in)
{
  uint16_t b = vmi_x_pop_use(x);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, 3);
  w[1].a = vmi_x_slot(x, x->depth);
  w[1].b = b;
  w[2].lo = (uint32_t)in->imm[1];
  w[2].hi = (uint32_t)in->imm[0];
  vmi_x_push_slot(x);
}

static void store(vmi_translation *x, const vmi_insn *in)
{
  uint16_t b = vmi_x_pop_use(x), a = vmi_x_pop_use(x);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, in->index, 3);
  w[1].a = a;
  w[1].b = b;
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

static void local_set(vmi_translation *x, uint16_t slot, bool keep)
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
    } else if (!moved && vmi_x_is_last(x, &e) && vmi_x_redirect(x, &e, index, slot)) {
      x->last_compare = 0;
      e = (vmi_entry_state){.where = VMI_IN_LOCAL, .local = slot};
    } else {
      uint16_t from = vmi_x_use(x, &e, index);
      vmi_qword *w = vmi_x_emit(x, VMI_Q_MOVE, 2);
      w[1].a = slot;
      w[1].b = from;
      e.def = VMI_NO_DEF; /* read here, so it stays in its slot */
    }
    x->last = VMI_NO_DEF; /* what is last now is the local's */
  }
  if (!keep) return;
  x->depth++;
  if (x->low >= x->depth - 1 && e.where == VMI_IN_SLOT) x->low = x->depth;
  else x->stack[index] = e;
}

static void global(vmi_translation *x, const vmi_insn *in, bool get)
{
  uint32_t index = (uint32_t)in->imm[0], imported = x->m->nimported_globals;
  uint32_t q = in->index;
  uint16_t slot = get ? vmi_x_slot(x, x->depth) : vmi_x_pop_use(x);
  if (index >= imported) q = get ? VMI_Q_GLOBAL_OWN : VMI_Q_GLOBAL_OWN_PUT;
  vmi_qword *w = vmi_x_emit(x, q, 3);
  w[1].a = slot;
  w[2].lo = index < imported ? index : index - imported;
  if (get) vmi_x_push_slot(x);
}

static void dup(vmi_translation *x)
{
  vmi_entry_state e = vmi_x_top(x);
  if (e.where == VMI_IN_LOCAL) {
    vmi_x_push_local(x, e.local);
  } else if (e.where == VMI_CONSTANT) {
    vmi_x_push_constant(x, e.k);
  } else {
    e.def = VMI_NO_DEF;
    vmi_x_set_top(x, e);
    vmi_qword *w = vmi_x_emit(x, VMI_Q_MOVE, 2);
    w[1].a = vmi_x_slot(x, x->depth);
    w[1].b = vmi_x_slot(x, x->depth - 1);
    vmi_x_push_slot(x);
  }
}

static void swap(vmi_translation *x)
{
  vmi_entry_state b = vmi_x_pop(x), a = vmi_x_pop(x);
  uint32_t at = x->depth;
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

static void choose(vmi_translation *x)
{
  uint16_t d = vmi_x_pop_use(x), c = vmi_x_pop_use(x), b = vmi_x_pop_use(x);
  vmi_qword *w = vmi_x_emit(x, VMI_Q_CHOOSE, 2);
  w[1].a = vmi_x_slot(x, x->depth);
  w[1].b = b;
  w[1].c = c;
  w[1].d = d;
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
  }
  vmi_x_flush(x);
  jump(x, when ? VMI_Q_JUMP_IF : VMI_Q_JUMP_UNLESS, slot, label);
}

/* The reference goes back on the stack where the jump leaves it there. */
static void on_null(vmi_translation *x, uint32_t label)
{
  vmi_entry_state e = vmi_x_pop(x);
  uint16_t slot = vmi_x_use(x, &e, x->depth);
  vmi_x_flush(x);
  jump(x, VMI_Q_JUMP_NULL, slot, label);
  if (e.where == VMI_IN_LOCAL) {
    vmi_x_push_local(x, e.local);
  } else {
    x->depth++;
    x->low = x->depth;
  }
}

static void on_non_null(vmi_translation *x, uint32_t label)
{
  vmi_x_flush(x);
  jump(x, VMI_Q_JUMP_NOT_NULL, vmi_x_slot(x, x->depth - 1), label);
  (void)vmi_x_pop(x);
}

static void table_jump(vmi_translation *x, uint32_t index)
{
  const vmi_switch *s = &x->f->switches[index];
  uint16_t slot = vmi_x_pop_use(x);
  vmi_x_flush(x);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, VMI_Q_TABLE_JUMP, 4 + s->count);
  uint32_t insn = x->last;
  w[1].a = slot;
  w[2].lo = s->count;
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

static void field_set(vmi_translation *x, const vmi_insn *in)
{
  const vmi_field *field = &x->m->types[in->imm[0]].fields[in->imm[1]];
  uint16_t b = vmi_x_pop_use(x), a = vmi_x_pop_use(x);
  uint32_t q = setter(field->type, VMI_Q_SET1);
  if (vmi_x_field_set_super(x, q, a, b, (uint16_t)field->offset)) return;
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, q, 2);
  w[1].a = a;
  w[1].b = b;
  w[1].c = (uint16_t)field->offset;
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
  bool constant = value.where == VMI_CONSTANT && q != VMI_Q_ASET2 && q != VMI_Q_ASET_REF;
  uint16_t c = constant ? 0 : vmi_x_use(x, &value, x->depth);
  uint16_t b = vmi_x_pop_use(x), a = vmi_x_pop_use(x);
  vmi_x_mark(x);
  if (constant)
    q = q == VMI_Q_ASET1 ? VMI_Q_ASETK1 : q == VMI_Q_ASET4 ? VMI_Q_ASETK4 : VMI_Q_ASETK8;
  vmi_qword *w = vmi_x_emit(x, q, constant ? 3 : 2);
  w[1].a = a;
  w[1].b = b;
  w[1].c = c;
  if (constant) w[2].k = value.k;
}

/* ---- references ---- */

/* A check of the top, which stays. */
static void check_top(vmi_translation *x, uint32_t q, uint32_t type)
{
  vmi_entry_state e = vmi_x_top(x);
  uint16_t slot = vmi_x_use(x, &e, x->depth - 1);
  e.def = VMI_NO_DEF;
  if (e.where == VMI_CONSTANT) e.where = VMI_IN_SLOT;
  vmi_x_set_top(x, e);
  vmi_x_mark(x);
  vmi_qword *w = vmi_x_emit(x, q, q == VMI_Q_REF_CAST ? 3 : 2);
  w[1].a = slot;
  if (q == VMI_Q_REF_CAST) w[2].lo = type;
  x->last = VMI_NO_DEF;
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

static void constant(vmi_translation *x, const vmi_insn *in)
{
  vmi_slot k = {.u64 = 0};
  switch (in->index) {
  case VMI_IX_I32_CONST: k.i32 = (int32_t)in->imm[0]; break;
  case VMI_IX_F32_CONST: k.u32 = (uint32_t)in->imm[0]; break;
  case VMI_IX_I64_CONST:
  case VMI_IX_F64_CONST: k.u64 = in->imm[0]; break;
  default: break; /* null and nil */
  }
  vmi_x_push_constant(x, k);
}

static void special(vmi_translation *x, const vmi_insn *in)
{
  uint16_t local = (uint16_t)(VMI_FRAME_HEADER + in->imm[0]);
  uint32_t label = (uint32_t)in->imm[0];
  switch (in->index) {
  case VMI_IX_NOP:
  case VMI_IX_I32_REINTERPRET_F32: /* the same word in the same slot */
  case VMI_IX_I64_REINTERPRET_F64:
  case VMI_IX_F32_REINTERPRET_I32:
  case VMI_IX_F64_REINTERPRET_I64:
  case VMI_IX_DYN_FROM_REF: break;
  case VMI_IX_DROP: (void)vmi_x_pop(x); break;
  case VMI_IX_DUP: dup(x); break;
  case VMI_IX_SWAP: swap(x); break;
  case VMI_IX_SELECT: choose(x); break;
  case VMI_IX_LOCAL_GET: vmi_x_push_local(x, local); break;
  case VMI_IX_LOCAL_SET: local_set(x, local, false); break;
  case VMI_IX_LOCAL_TEE: local_set(x, local, true); break;
  case VMI_IX_GLOBAL_GET: global(x, in, true); break;
  case VMI_IX_GLOBAL_SET: global(x, in, false); break;
  case VMI_IX_BR:
    vmi_x_flush(x);
    jump(x, VMI_Q_JUMP, 0, label);
    break;
  case VMI_IX_BR_IF: conditional(x, true, label); break;
  case VMI_IX_BR_UNLESS: conditional(x, false, label); break;
  case VMI_IX_BR_ON_NULL: on_null(x, label); break;
  case VMI_IX_BR_ON_NON_NULL: on_non_null(x, label); break;
  case VMI_IX_SWITCH: table_jump(x, label); break;
  case VMI_IX_RETURN: vmi_x_return(x); break;
  case VMI_IX_CALL:
  case VMI_IX_CALL_INDIRECT:
  case VMI_IX_CALL_REF: vmi_x_call(x, in); break;
  case VMI_IX_RETURN_CALL:
  case VMI_IX_RETURN_CALL_INDIRECT:
  case VMI_IX_RETURN_CALL_REF: vmi_x_tail(x, in); break;
  case VMI_IX_UNREACHABLE:
  case VMI_IX_THROW:
  case VMI_IX_RETHROW: raise(x, in); break;
  case VMI_IX_STRUCT_GET:
  case VMI_IX_STRUCT_GET_S:
  case VMI_IX_STRUCT_GET_U: field_get(x, in); break;
  case VMI_IX_STRUCT_SET: field_set(x, in); break;
  case VMI_IX_ARRAY_GET:
  case VMI_IX_ARRAY_GET_S:
  case VMI_IX_ARRAY_GET_U: element_get(x, in); break;
  case VMI_IX_ARRAY_SET: element_set(x, in); break;
  case VMI_IX_REF_AS_NON_NULL:
  case VMI_IX_DYN_TO_REF:
  case VMI_IX_REF_CAST: check_top(x, in->index, (uint32_t)in->imm[0]); break;
  case VMI_IX_REF_TEST: ref_test(x, in); break;
  case VMI_IX_MEMORY_SIZE:
  case VMI_IX_TABLE_SIZE: size_of(x, in); break;
  case VMI_IX_I32_CONST:
  case VMI_IX_I64_CONST:
  case VMI_IX_F32_CONST:
  case VMI_IX_F64_CONST:
  case VMI_IX_REF_NULL:
  case VMI_IX_DYN_NIL: constant(x, in); break;
  default: x->failed = true; break; /* a row unknown here: the function stays in tier 0 */
  }
}

void vmi_x_row(vmi_translation *x, const vmi_insn *in)
{
  switch (kinds[in->index]) {
  case UNARY: unary(x, in); break;
  case BINARY: binary(x, in); break;
  case LOADS: load(x, in); break;
  case STORES: store(x, in); break;
  case GENERAL: general(x, in); break;
  default: special(x, in); break;
  }
}
