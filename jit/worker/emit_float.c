/* emit_float.c - floating point, and conversions between it and integers. WebAssembly's meanings:
 * abs, neg and copysign work on bits; min and max order zeros and spread NaN.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include <stdio.h>

#include "emitter.h"

static vmi_ctype ctype_of(vmi_class c) { return c == C_F32 ? T_float : T_double; }
static vmi_ctype bits_of(vmi_class c) { return c == C_F32 ? T_uint32_t : T_uint64_t; }

static rvalue *number(vmi_emitter *e, vmi_class c, double v)
{
  return gcc_jit_context_new_rvalue_from_double(e->ctx, e->u->cls[c], v);
}

static void unary(vmi_emitter *e, vmi_class c, enum gcc_jit_unary_op op)
{
  rvalue *x = vmi_emit_pop(e);
  vmi_emit_push(e, c, gcc_jit_context_new_unary_op(e->ctx, NULL, op, e->u->cls[c], x));
}

static rvalue *call_builtin(vmi_emitter *e, const char *name, int n, rvalue **args)
{
  gcc_jit_function *fn = gcc_jit_context_get_builtin_function(e->ctx, name);
  return gcc_jit_context_new_call(e->ctx, NULL, fn, n, args);
}

static void builtin1(vmi_emitter *e, vmi_class c, const char *name)
{
  rvalue *x = vmi_emit_pop(e);
  vmi_emit_push(e, c, call_builtin(e, name, 1, &x));
}

#if !defined(__aarch64__)
/* roundss or roundsd. Written out, because GCC calls libm instead of using it in code that it takes
 * for cold, and a unit has no libm. */
static rvalue *round_instruction(vmi_emitter *e, vmi_class c, rvalue *x, int mode)
{
  char text[64];
  char width = c == C_F32 ? 's' : 'd';
  if (e->u->avx) snprintf(text, sizeof text, "vrounds%c $%d, %%1, %%1, %%0", width, mode);
  else snprintf(text, sizeof text, "rounds%c $%d, %%1, %%0", width, mode);
  lvalue *result = vmi_emit_local(e, e->u->cls[c], "rounded");
  gcc_jit_extended_asm *a = gcc_jit_block_add_extended_asm(e->block, NULL, text);
  gcc_jit_extended_asm_add_output_operand(a, NULL, "=x", result);
  gcc_jit_extended_asm_add_input_operand(a, NULL, "x", x);
  return e_get(result);
}
#endif

/* Inline where the processor has the instruction. `mode` is its rounding mode on x86, inexact
 * results not signalled. */
static void rounding(vmi_emitter *e, vmi_class c, const char *builtin, int mode, uint32_t helper)
{
#if defined(__aarch64__)
  (void)mode, (void)helper;
  builtin1(e, c, builtin);
#else
  (void)builtin;
  rvalue *x = vmi_emit_pop(e);
  vmi_emit_push(e, c, e->u->sse41 ? round_instruction(e, c, x, mode)
                                  : vmi_emit_helper(e, helper, 1, &x));
#endif
}

static void copysign_op(vmi_emitter *e, vmi_class c)
{
  rvalue *b = vmi_emit_pop(e), *a = vmi_emit_pop(e);
  vmi_ctype t = bits_of(c);
  uint64_t sign = c == C_F32 ? 0x80000000u : 1ull << 63;
  rvalue *x = e_bits(e, a, e->u->type[t]), *y = e_bits(e, b, e->u->type[t]);
  rvalue *v = e_op(e, GCC_JIT_BINARY_OP_BITWISE_OR, t,
                   e_op(e, GCC_JIT_BINARY_OP_BITWISE_AND, t, x, e_int(e, t, sign - 1)),
                   e_op(e, GCC_JIT_BINARY_OP_BITWISE_AND, t, y, e_int(e, t, sign)));
  vmi_emit_push(e, c, e_bits(e, v, e->u->cls[c]));
}

/* The two ordered cases, then equal ones (zeros: or for the smaller, and for the larger), then NaN. */
static void extreme(vmi_emitter *e, vmi_class c, bool smaller)
{
  rvalue *b = vmi_emit_pop(e), *a = vmi_emit_pop(e);
  vmi_ctype t = bits_of(c);
  lvalue *result = vmi_emit_temp(e, c);
  block *join = e_block(e);
  for (int i = 0; i < 2; i++) {
    block *yes = e_block(e), *no = e_block(e);
    rvalue *first = i ? b : a, *second = i ? a : b;
    e_if(e, e_cmp(e, smaller ? GCC_JIT_COMPARISON_LT : GCC_JIT_COMPARISON_GT, first, second), yes,
         no);
    e->block = yes;
    e_set(e, result, first);
    e_jump(e, join);
    e->block = no;
  }
  rvalue *mixed = e_op(e, smaller ? GCC_JIT_BINARY_OP_BITWISE_OR : GCC_JIT_BINARY_OP_BITWISE_AND, t,
                       e_bits(e, a, e->u->type[t]), e_bits(e, b, e->u->type[t]));
  vmi_emit_select(e, result, e_cmp(e, GCC_JIT_COMPARISON_EQ, a, b),
                  e_bits(e, mixed, e->u->cls[c]),
                  e_op(e, GCC_JIT_BINARY_OP_PLUS, ctype_of(c), a, b));
  e_jump(e, join);
  e->block = join;
  vmi_emit_push(e, c, e_get(result));
}

/* ---- to integers ---- */

typedef struct conversion {
  vmi_class from, to;
  bool is_signed;
} conversion;

/* Is x, truncated, in range? False for NaN. The borders are exact in the type they are in: for f32
 * and for 64-bit results the lowest integer is itself the border. */
static rvalue *in_range(vmi_emitter *e, conversion k, rvalue *x)
{
  double high = k.to == C_I32 ? (k.is_signed ? 0x1p31 : 0x1p32) : (k.is_signed ? 0x1p63 : 0x1p64);
  enum gcc_jit_comparison low_op = GCC_JIT_COMPARISON_GT;
  double low = -1.0;
  if (k.is_signed && k.to == C_I32 && k.from == C_F64) {
    low = -0x1p31 - 1;
  } else if (k.is_signed) {
    low = -high;
    low_op = GCC_JIT_COMPARISON_GE;
  }
  return gcc_jit_context_new_binary_op(
    e->ctx, NULL, GCC_JIT_BINARY_OP_LOGICAL_AND, e->u->bool_type,
    e_cmp(e, low_op, x, number(e, k.from, low)),
    e_cmp(e, GCC_JIT_COMPARISON_LT, x, number(e, k.from, high)));
}

static rvalue *converted(vmi_emitter *e, conversion k, rvalue *x)
{
  vmi_ctype result = k.to == C_I32 ? T_uint32_t : T_uint64_t;
  vmi_ctype via = k.to == C_I64 && !k.is_signed ? T_uint64_t
                  : k.to == C_I32 && k.is_signed ? T_int32_t : T_int64_t;
  rvalue *v = e_cast(e, x, via);
  return via == result ? v : e_cast(e, v, result);
}

static void trunc_op(vmi_emitter *e, conversion k)
{
  rvalue *x = vmi_emit_pop(e);
  block *bad = e_block(e), *nan = e_block(e), *range = e_block(e), *ok = e_block(e);
  e_if(e, vmi_emit_likely(e, in_range(e, k, x), true), ok, bad);
  e->block = bad;
  e_if(e, e_cmp(e, GCC_JIT_COMPARISON_NE, x, x), nan, range);
  e->block = nan;
  vmi_emit_trap(e, VM_TRAP_INVALID_CONVERSION);
  e->block = range;
  vmi_emit_trap(e, VM_TRAP_INTEGER_OVERFLOW);
  e->block = ok;
  vmi_emit_push(e, k.to, converted(e, k, x));
}

static void trunc_sat(vmi_emitter *e, conversion k)
{
  rvalue *x = vmi_emit_pop(e);
  vmi_ctype t = k.to == C_I32 ? T_uint32_t : T_uint64_t;
  uint32_t width = k.to == C_I32 ? 32 : 64;
  uint64_t most = k.is_signed ? (1ull << (width - 1)) - 1 : UINT64_MAX >> (64 - width);
  uint64_t least = k.is_signed ? 1ull << (width - 1) : 0;
  lvalue *result = vmi_emit_temp(e, k.to);
  block *fits = e_block(e), *bad = e_block(e), *high = e_block(e), *rest = e_block(e);
  block *join = e_block(e);
  e_if(e, vmi_emit_likely(e, in_range(e, k, x), true), fits, bad);
  e->block = fits;
  e_set(e, result, converted(e, k, x));
  e_jump(e, join);
  e->block = bad;
  e_if(e, e_cmp(e, GCC_JIT_COMPARISON_GT, x, number(e, k.from, 0)), high, rest);
  e->block = high;
  e_set(e, result, e_int(e, t, most));
  e_jump(e, join);
  e->block = rest;
  vmi_emit_select(e, result, e_cmp(e, GCC_JIT_COMPARISON_LT, x, number(e, k.from, 0)),
                  e_int(e, t, least), e_int(e, t, 0));
  e_jump(e, join);
  e->block = join;
  vmi_emit_push(e, k.to, e_get(result));
}

static void reinterpret(vmi_emitter *e, vmi_class to)
{
  rvalue *x = vmi_emit_pop(e);
  vmi_emit_push(e, to, e_bits(e, x, e->u->cls[to]));
}

/* ---- rows ---- */

#define ROW(id, call) \
  void vmi_emit_##id(vmi_emitter *e, const vmi_insn *in) { call; }
#define BOTH(name, call32, call64) ROW(F32_##name, call32) ROW(F64_##name, call64)

BOTH(ABS, unary(e, C_F32, GCC_JIT_UNARY_OP_ABS), unary(e, C_F64, GCC_JIT_UNARY_OP_ABS))
BOTH(NEG, unary(e, C_F32, GCC_JIT_UNARY_OP_MINUS), unary(e, C_F64, GCC_JIT_UNARY_OP_MINUS))
BOTH(CEIL, rounding(e, C_F32, "__builtin_ceilf", 10, VMI_H_f32_ceil),
     rounding(e, C_F64, "__builtin_ceil", 10, VMI_H_f64_ceil))
BOTH(FLOOR, rounding(e, C_F32, "__builtin_floorf", 9, VMI_H_f32_floor),
     rounding(e, C_F64, "__builtin_floor", 9, VMI_H_f64_floor))
BOTH(TRUNC, rounding(e, C_F32, "__builtin_truncf", 11, VMI_H_f32_trunc),
     rounding(e, C_F64, "__builtin_trunc", 11, VMI_H_f64_trunc))
BOTH(NEAREST, rounding(e, C_F32, "__builtin_rintf", 8, VMI_H_f32_nearest),
     rounding(e, C_F64, "__builtin_rint", 8, VMI_H_f64_nearest))
BOTH(SQRT, builtin1(e, C_F32, "__builtin_sqrtf"), builtin1(e, C_F64, "__builtin_sqrt"))
BOTH(MIN, extreme(e, C_F32, true), extreme(e, C_F64, true))
BOTH(MAX, extreme(e, C_F32, false), extreme(e, C_F64, false))
BOTH(COPYSIGN, copysign_op(e, C_F32), copysign_op(e, C_F64))

ROW(I32_REINTERPRET_F32, reinterpret(e, C_I32))
ROW(I64_REINTERPRET_F64, reinterpret(e, C_I64))
ROW(F32_REINTERPRET_I32, reinterpret(e, C_F32))
ROW(F64_REINTERPRET_I64, reinterpret(e, C_F64))

#define CONVERSIONS(to, name, from) \
  ROW(to##_TRUNC_##from##_S, trunc_op(e, (conversion){C_##from, C_##to, true})) \
  ROW(to##_TRUNC_##from##_U, trunc_op(e, (conversion){C_##from, C_##to, false})) \
  ROW(to##_TRUNC_SAT_##from##_S, trunc_sat(e, (conversion){C_##from, C_##to, true})) \
  ROW(to##_TRUNC_SAT_##from##_U, trunc_sat(e, (conversion){C_##from, C_##to, false}))
CONVERSIONS(I32, trunc, F32)
CONVERSIONS(I32, trunc, F64)
CONVERSIONS(I64, trunc, F32)
CONVERSIONS(I64, trunc, F64)
