/* emit_int.c - integer arithmetic, and the generated rows of all number types.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include "loop.h"

static rvalue *as_type(vmi_emitter *e, vmi_class from, vmi_ctype to, rvalue *v)
{
  static const vmi_ctype natural[C_COUNT] = {T_uint32_t, T_uint64_t, T_float, T_double, T_uint64_t};
  return natural[from] == to ? v : e_cast(e, v, to);
}

/* The unsigned and the signed C type of an integer class, and its bits. */
static vmi_ctype unsigned_of(vmi_class c) { return c == C_I32 ? T_uint32_t : T_uint64_t; }
static vmi_ctype signed_of(vmi_class c) { return c == C_I32 ? T_int32_t : T_int64_t; }
static uint32_t bits_of(vmi_class c) { return c == C_I32 ? 32 : 64; }

void vmi_emit_alu2(vmi_emitter *e, const vmi_insn *in)
{
  const vmi_row_info *row = &vmi_emit_rows[in->index];
  vmi_operand b = vmi_emit_pop_operand(e), a = vmi_emit_pop_operand(e);
  vmi_emit_push(e, row->cls, e_op(e, (enum gcc_jit_binary_op)row->op, row->ctype, a.value, b.value));
  if (in->index == VMI_IX_I32_ADD) vmi_known_sum(e, &a, &b, false);
  if (in->index == VMI_IX_I32_SUB) vmi_known_sum(e, &a, &b, true);
  if (!e->fast) return;
  const vmi_sym **sym = &e->stack[e->depth - 1].sym;
  if (in->index == VMI_IX_I32_ADD) *sym = vmi_sym_op(e, SYM_ADD, a.sym, b.sym);
  else if (in->index == VMI_IX_I32_SUB) *sym = vmi_sym_op(e, SYM_SUB, a.sym, b.sym);
  else if (in->index == VMI_IX_I32_MUL) *sym = vmi_sym_op(e, SYM_MUL, a.sym, b.sym);
}

void vmi_emit_cmp2(vmi_emitter *e, const vmi_insn *in)
{
  const vmi_row_info *row = &vmi_emit_rows[in->index];
  vmi_operand right = vmi_emit_pop_operand(e), left = vmi_emit_pop_operand(e);
  rvalue *b = as_type(e, row->cls, row->ctype, right.value);
  rvalue *a = as_type(e, row->cls, row->ctype, left.value);
  vmi_emit_push_cond(e, e_cmp(e, (enum gcc_jit_comparison)row->op, a, b));
  e->compared = (vmi_compared){true, row->ctype, row->op, left, right};
}

static bool same(const vmi_operand *a, const vmi_operand *b)
{
  return a->described && b->described && a->cls == b->cls && a->origin == b->origin &&
         a->delta == b->delta;
}

/* a < b ? a : b and its like, which GCC takes for a minimum or maximum if it sees one variable on each
 * side, of the type that is compared. Otherwise it may well make a branch of it, which is slow where the
 * data is not sorted (edit distance: 2.7 to 1.4 times gcc -O2). */
bool vmi_emit_least(vmi_emitter *e, const vmi_compared *c, const vmi_operand *yes, const vmi_operand *no)
{
  bool swapped = same(&c->a, no) && same(&c->b, yes);
  if (!c->known || c->a.cls > C_I64) return false;
  if (!swapped && !(same(&c->a, yes) && same(&c->b, no))) return false;
  if (c->op == GCC_JIT_COMPARISON_EQ || c->op == GCC_JIT_COMPARISON_NE) return false;
  ctype *type = e->u->type[c->ctype];
  lvalue *a = vmi_emit_local(e, type, "m"), *b = vmi_emit_local(e, type, "m");
  lvalue *result = vmi_emit_local(e, type, "m");
  e_set(e, a, e_cast(e, c->a.value, c->ctype));
  e_set(e, b, e_cast(e, c->b.value, c->ctype));
  vmi_emit_select(e, result, e_cmp(e, (enum gcc_jit_comparison)c->op, e_get(a), e_get(b)),
                  e_get(swapped ? b : a), e_get(swapped ? a : b));
  vmi_emit_push(e, c->a.cls, e_cast(e, e_get(result), unsigned_of(c->a.cls)));
  return true;
}

void vmi_emit_cvt(vmi_emitter *e, const vmi_insn *in)
{
  const vmi_row_info *row = &vmi_emit_rows[in->index];
  vmi_operand o = vmi_emit_pop_operand(e);
  rvalue *v = gcc_jit_context_new_cast(e->ctx, NULL, as_type(e, o.cls, row->ctype, o.value),
                                       e->u->cls[row->cls]);
  vmi_emit_push(e, row->cls, v);
}

static void eqz(vmi_emitter *e, vmi_class c)
{
  if (c == C_I32) {
    vmi_emit_push_cond(e, vmi_emit_pop_cond(e, false));
    return;
  }
  rvalue *v = vmi_emit_pop(e);
  vmi_emit_push_cond(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, v, e_u64(e, 0)));
}

/* ---- bit counts ---- */

static void count_zeros(vmi_emitter *e, vmi_class c, const char *builtin)
{
  rvalue *x = vmi_emit_pop(e);
  gcc_jit_function *fn = gcc_jit_context_get_builtin_function(e->ctx, builtin);
  rvalue *arg = gcc_jit_context_new_cast(
    e->ctx, NULL, x,
    gcc_jit_context_get_type(e->ctx, c == C_I32 ? GCC_JIT_TYPE_UNSIGNED_INT
                                                : GCC_JIT_TYPE_UNSIGNED_LONG_LONG));
  rvalue *n = e_cast(e, gcc_jit_context_new_call(e->ctx, NULL, fn, 1, &arg), unsigned_of(c));
  lvalue *result = vmi_emit_temp(e, c);
  vmi_emit_select(e, result,
                  e_cmp(e, GCC_JIT_COMPARISON_NE, x, e_int(e, unsigned_of(c), 0)), n,
                  e_int(e, unsigned_of(c), bits_of(c)));
  vmi_emit_push(e, c, e_get(result));
}

/* Without the instruction GCC would call its run-time library, which units do not link. */
static rvalue *popcount_by_sums(vmi_emitter *e, vmi_class c, rvalue *x)
{
  vmi_ctype t = unsigned_of(c);
  lvalue *v = vmi_emit_temp(e, c);
#define N(n) e_int(e, t, c == C_I32 ? (uint32_t)(n) : (n))
#define SHR(a, n) e_op(e, GCC_JIT_BINARY_OP_RSHIFT, t, a, e_int(e, t, n))
#define AND(a, b) e_op(e, GCC_JIT_BINARY_OP_BITWISE_AND, t, a, b)
#define ADD(a, b) e_op(e, GCC_JIT_BINARY_OP_PLUS, t, a, b)
  e_set(e, v, x);
  e_set(e, v, e_op(e, GCC_JIT_BINARY_OP_MINUS, t, e_get(v),
                   AND(SHR(e_get(v), 1), N(0x5555555555555555))));
  e_set(e, v, ADD(AND(e_get(v), N(0x3333333333333333)),
                  AND(SHR(e_get(v), 2), N(0x3333333333333333))));
  e_set(e, v, AND(ADD(e_get(v), SHR(e_get(v), 4)), N(0x0F0F0F0F0F0F0F0F)));
  return SHR(e_op(e, GCC_JIT_BINARY_OP_MULT, t, e_get(v), N(0x0101010101010101)), bits_of(c) - 8);
#undef N
#undef SHR
#undef AND
#undef ADD
}

static void popcount(vmi_emitter *e, vmi_class c)
{
  rvalue *x = vmi_emit_pop(e);
  if (!e->u->popcnt) {
    vmi_emit_push(e, c, popcount_by_sums(e, c, x));
    return;
  }
  gcc_jit_function *fn = gcc_jit_context_get_builtin_function(
    e->ctx, c == C_I32 ? "__builtin_popcount" : "__builtin_popcountll");
  rvalue *arg = gcc_jit_context_new_cast(
    e->ctx, NULL, x,
    gcc_jit_context_get_type(e->ctx, c == C_I32 ? GCC_JIT_TYPE_UNSIGNED_INT
                                                : GCC_JIT_TYPE_UNSIGNED_LONG_LONG));
  vmi_emit_push(e, c, e_cast(e, gcc_jit_context_new_call(e->ctx, NULL, fn, 1, &arg),
                             unsigned_of(c)));
}

/* ---- division ---- */

static rvalue *is_value(vmi_emitter *e, vmi_class c, rvalue *x, uint64_t v)
{
  if (c == C_I32) v = (uint32_t)v;
  return e_cmp(e, GCC_JIT_COMPARISON_EQ, x, e_int(e, unsigned_of(c), v));
}

static rvalue *divide(vmi_emitter *e, vmi_class c, enum gcc_jit_binary_op op, bool is_signed,
                      rvalue *a, rvalue *b)
{
  if (!is_signed) return e_op(e, op, unsigned_of(c), a, b);
  vmi_ctype t = signed_of(c);
  return e_cast(e, e_op(e, op, t, e_cast(e, a, t), e_cast(e, b, t)), unsigned_of(c));
}

static void div_op(vmi_emitter *e, vmi_class c, bool is_signed)
{
  rvalue *b = vmi_emit_pop(e), *a = vmi_emit_pop(e);
  vmi_emit_trap_if(e, is_value(e, c, b, 0), VM_TRAP_DIVIDE_BY_ZERO);
  if (is_signed) {
    rvalue *both = gcc_jit_context_new_binary_op(
      e->ctx, NULL, GCC_JIT_BINARY_OP_LOGICAL_AND, e->u->bool_type,
      is_value(e, c, b, UINT64_MAX), is_value(e, c, a, 1ull << (bits_of(c) - 1)));
    vmi_emit_trap_if(e, both, VM_TRAP_INTEGER_OVERFLOW);
  }
  vmi_emit_push(e, c, divide(e, c, GCC_JIT_BINARY_OP_DIVIDE, is_signed, a, b));
}

static void rem_op(vmi_emitter *e, vmi_class c, bool is_signed)
{
  rvalue *b = vmi_emit_pop(e), *a = vmi_emit_pop(e);
  vmi_emit_trap_if(e, is_value(e, c, b, 0), VM_TRAP_DIVIDE_BY_ZERO);
  rvalue *r = divide(e, c, GCC_JIT_BINARY_OP_MODULO, is_signed, a, b);
  if (!is_signed) {
    vmi_emit_push(e, c, r);
    return;
  }
  lvalue *result = vmi_emit_temp(e, c);
  vmi_emit_select(e, result, is_value(e, c, b, UINT64_MAX), e_int(e, unsigned_of(c), 0), r);
  vmi_emit_push(e, c, e_get(result));
}

/* ---- shifts ---- */

static rvalue *masked(vmi_emitter *e, vmi_class c, rvalue *n)
{
  vmi_ctype t = unsigned_of(c);
  return e_op(e, GCC_JIT_BINARY_OP_BITWISE_AND, t, n, e_int(e, t, bits_of(c) - 1));
}

static void shift(vmi_emitter *e, vmi_class c, enum gcc_jit_binary_op op, bool is_signed)
{
  vmi_operand count = vmi_emit_pop_operand(e), o = vmi_emit_pop_operand(e);
  rvalue *n = masked(e, c, count.value), *a = o.value;
  if (!is_signed) {
    vmi_emit_push(e, c, e_op(e, op, unsigned_of(c), a, n));
    /* C's index times size comes as a shift. */
    if (e->fast && c == C_I32 && op == GCC_JIT_BINARY_OP_LSHIFT && count.sym && count.sym->kind == SYM_CONST)
      e->stack[e->depth - 1].sym =
        vmi_sym_op(e, SYM_MUL, o.sym, vmi_sym_const(e, (int64_t)1 << (count.sym->value & 31)));
    return;
  }
  vmi_ctype t = signed_of(c);
  vmi_emit_push(e, c, e_cast(e, e_op(e, op, t, e_cast(e, a, t), e_cast(e, n, t)), unsigned_of(c)));
}

/* (a one-way n) | (a other-way -n), which GCC knows as a rotation. */
static void rotate(vmi_emitter *e, vmi_class c, bool left)
{
  vmi_ctype t = unsigned_of(c);
  rvalue *n = vmi_emit_pop(e), *a = vmi_emit_pop(e);
  rvalue *back = e_op(e, GCC_JIT_BINARY_OP_MINUS, t, e_int(e, t, 0), n);
  enum gcc_jit_binary_op there = left ? GCC_JIT_BINARY_OP_LSHIFT : GCC_JIT_BINARY_OP_RSHIFT;
  enum gcc_jit_binary_op other = left ? GCC_JIT_BINARY_OP_RSHIFT : GCC_JIT_BINARY_OP_LSHIFT;
  vmi_emit_push(e, c, e_op(e, GCC_JIT_BINARY_OP_BITWISE_OR, t,
                           e_op(e, there, t, a, masked(e, c, n)),
                           e_op(e, other, t, a, masked(e, c, back))));
}

/* ---- checked arithmetic, in twice the width: no C local whose address is taken, which would stand
 * in the way of sibling calls ---- */

static void checked(vmi_emitter *e, vmi_class c, enum gcc_jit_binary_op op)
{
  ctype *wide = c == C_I32 ? e->u->type[T_int64_t] : e->u->wide;
  ctype *narrow = e->u->type[signed_of(c)];
  rvalue *b = e_cast(e, vmi_emit_pop(e), signed_of(c));
  rvalue *a = e_cast(e, vmi_emit_pop(e), signed_of(c));
  lvalue *r = vmi_emit_local(e, wide, "w");
  e_set(e, r, gcc_jit_context_new_binary_op(e->ctx, NULL, op, wide,
                                            gcc_jit_context_new_cast(e->ctx, NULL, a, wide),
                                            gcc_jit_context_new_cast(e->ctx, NULL, b, wide)));
  rvalue *low = gcc_jit_context_new_cast(e->ctx, NULL, e_get(r), narrow);
  rvalue *again = gcc_jit_context_new_cast(e->ctx, NULL, low, wide);
  vmi_emit_trap_if(e, e_cmp(e, GCC_JIT_COMPARISON_NE, again, e_get(r)), VM_TRAP_INTEGER_OVERFLOW);
  vmi_emit_push(e, c, e_cast(e, low, unsigned_of(c)));
}

/* ---- rows ---- */

#define ROW(id, call) \
  void vmi_emit_##id(vmi_emitter *e, const vmi_insn *in) { call; }
#define BOTH(name, call32, call64) ROW(I32_##name, call32) ROW(I64_##name, call64)

BOTH(EQZ, eqz(e, C_I32), eqz(e, C_I64))
BOTH(CLZ, count_zeros(e, C_I32, "__builtin_clz"), count_zeros(e, C_I64, "__builtin_clzll"))
BOTH(CTZ, count_zeros(e, C_I32, "__builtin_ctz"), count_zeros(e, C_I64, "__builtin_ctzll"))
BOTH(POPCNT, popcount(e, C_I32), popcount(e, C_I64))
BOTH(DIV_S, div_op(e, C_I32, true), div_op(e, C_I64, true))
BOTH(DIV_U, div_op(e, C_I32, false), div_op(e, C_I64, false))
BOTH(REM_S, rem_op(e, C_I32, true), rem_op(e, C_I64, true))
BOTH(REM_U, rem_op(e, C_I32, false), rem_op(e, C_I64, false))
BOTH(SHL, shift(e, C_I32, GCC_JIT_BINARY_OP_LSHIFT, false),
     shift(e, C_I64, GCC_JIT_BINARY_OP_LSHIFT, false))
BOTH(SHR_S, shift(e, C_I32, GCC_JIT_BINARY_OP_RSHIFT, true),
     shift(e, C_I64, GCC_JIT_BINARY_OP_RSHIFT, true))
BOTH(SHR_U, shift(e, C_I32, GCC_JIT_BINARY_OP_RSHIFT, false),
     shift(e, C_I64, GCC_JIT_BINARY_OP_RSHIFT, false))
BOTH(ROTL, rotate(e, C_I32, true), rotate(e, C_I64, true))
BOTH(ROTR, rotate(e, C_I32, false), rotate(e, C_I64, false))
BOTH(ADD_CHECKED, checked(e, C_I32, GCC_JIT_BINARY_OP_PLUS),
     checked(e, C_I64, GCC_JIT_BINARY_OP_PLUS))
BOTH(SUB_CHECKED, checked(e, C_I32, GCC_JIT_BINARY_OP_MINUS),
     checked(e, C_I64, GCC_JIT_BINARY_OP_MINUS))
BOTH(MUL_CHECKED, checked(e, C_I32, GCC_JIT_BINARY_OP_MULT),
     checked(e, C_I64, GCC_JIT_BINARY_OP_MULT))
