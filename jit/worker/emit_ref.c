/* emit_ref.c - references, function objects, exceptions, weak references, dyn words.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include "emitter.h"

static rvalue *is_null(vmi_emitter *e, rvalue *ref)
{
  return e_cmp(e, GCC_JIT_COMPARISON_EQ, ref, e_null(e));
}

static rvalue *pop_non_null(vmi_emitter *e)
{
  rvalue *ref = vmi_emit_pop(e);
  vmi_emit_trap_if(e, is_null(e, ref), VM_TRAP_NULL_REFERENCE);
  return ref;
}

void vmi_emit_REF_NULL(vmi_emitter *e, const vmi_insn *in) { vmi_emit_push_const(e, C_REF, e_null(e)); }

void vmi_emit_REF_IS_NULL(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push_cond(e, is_null(e, vmi_emit_pop(e)));
}

void vmi_emit_REF_AS_NON_NULL(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push(e, C_REF, pop_non_null(e));
}

void vmi_emit_REF_EQ(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *b = vmi_emit_pop(e), *a = vmi_emit_pop(e);
  vmi_emit_push_cond(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, a, b));
}

/* Branch on whether `ref` is of type `t`. An object of exactly a declared type is seen inline, what
 * else may be one the run time decides. */
static void test_type(vmi_emitter *e, rvalue *ref, vm_type t, block *yes, block *no)
{
  block *object = e_block(e), *ask = e_block(e);
  uint32_t heap = VM_TYPE_HEAP(t);
  e_if(e, is_null(e, ref), VM_TYPE_NULLABLE(t) ? yes : no, object);
  e->block = object;
  if (heap == VM_HEAP_ANY) {
    e_jump(e, yes);
    e->block = ask;
    e_jump(e, no); /* not reached */
    return;
  }
  if (heap < e->m->ntypes) {
    rvalue *ids = e_load_ptr(e, e_get(e->inst), offsetof(vmi_instance, type_ids));
    rvalue *want = e_load_u32(e, ids, 4ull * heap);
    e_if(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, e_load_u32(e, ref, offsetof(vmi_obj, type)), want), yes,
         ask);
  } else {
    e_jump(e, ask);
  }
  e->block = ask;
  rvalue *r = VMI_HELPER(e, ref_test, ref, e_u32(e, t));
  e_if(e, e_cmp(e, GCC_JIT_COMPARISON_NE, r, e_u32(e, 0)), yes, no);
}

void vmi_emit_REF_TEST(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *ref = vmi_emit_pop(e);
  block *yes = e_block(e), *no = e_block(e), *join = e_block(e);
  lvalue *result = vmi_emit_temp(e, C_I32);
  test_type(e, ref, (vm_type)in->imm[0], yes, no);
  e->block = yes;
  e_set(e, result, e_u32(e, 1));
  e_jump(e, join);
  e->block = no;
  e_set(e, result, e_u32(e, 0));
  e_jump(e, join);
  e->block = join;
  vmi_emit_push(e, C_I32, e_get(result));
}

void vmi_emit_REF_CAST(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *ref = vmi_emit_pop(e);
  block *yes = e_block(e), *no = e_block(e);
  test_type(e, ref, (vm_type)in->imm[0], yes, no);
  e->block = no;
  vmi_emit_trap(e, VM_TRAP_CAST_FAILURE);
  e->block = yes;
  vmi_emit_push(e, C_REF, ref);
}

/* An allocating helper whose result is pushed in place of the `pops` operands. */
static void allocated(vmi_emitter *e, uint32_t helper, uint32_t n, rvalue **args, uint32_t pops)
{
  lvalue *object = vmi_emit_temp(e, C_REF);
  bool temporary = vmi_emit_safepoint(e, e->depth);
  e_set(e, object, vmi_emit_helper(e, helper, n, args));
  vmi_emit_safepoint_end(e, temporary);
  vmi_emit_trap_if_null(e, e_get(object));
  while (pops-- > 0) vmi_emit_pop(e);
  vmi_emit_push(e, C_REF, e_get(object));
}

void vmi_emit_REF_FUNC(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *func = e_u32(e, (uint32_t)in->imm[0]);
  allocated(e, VMI_H_ref_func, 1, &func, 0);
}

void vmi_emit_CLOSURE_NEW(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *args[2] = {e_u32(e, (uint32_t)in->imm[0]), vmi_emit_operand(e, e->depth - 1)};
  allocated(e, VMI_H_closure_new, 2, args, 1);
}

void vmi_emit_WEAK_NEW(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *target = vmi_emit_operand(e, e->depth - 1);
  allocated(e, VMI_H_weak_new, 1, &target, 1);
}

void vmi_emit_WEAK_GET(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *weak = pop_non_null(e);
  vmi_emit_push(e, C_REF, e_load_ptr(e, weak, offsetof(vmi_weak_obj, target)));
}

void vmi_emit_EXN_PAYLOAD(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *exn = pop_non_null(e);
  vmi_emit_push(e, C_DYN, e_load(e, e->u->cls[C_DYN], exn, offsetof(vmi_exn_obj, payload)));
}

void vmi_emit_EXN_CODE(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *exn = pop_non_null(e);
  vmi_emit_push(e, C_I32, e_load_u32(e, exn, offsetof(vmi_exn_obj, code)));
}

/* ---- dyn ---- */

static rvalue *word_op(vmi_emitter *e, enum gcc_jit_binary_op op, rvalue *a, uint64_t b)
{
  return e_op(e, op, T_uint64_t, a, e_u64(e, b));
}

static rvalue *is_bool(vmi_emitter *e, rvalue *w)
{
  return e_cmp(e, GCC_JIT_COMPARISON_EQ, word_op(e, GCC_JIT_BINARY_OP_BITWISE_AND, w, ~1ull),
               e_u64(e, VMI_DYN_FALSE));
}

/* No tag bit: a reference, or nil, which is null. */
static rvalue *is_reference(vmi_emitter *e, rvalue *w)
{
  return e_cmp(e, GCC_JIT_COMPARISON_EQ,
               word_op(e, GCC_JIT_BINARY_OP_BITWISE_AND, w, VMI_DYN_TAGS), e_u64(e, 0));
}

void vmi_emit_DYN_NIL(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push_const(e, C_DYN, e_u64(e, VMI_DYN_NIL));
}

void vmi_emit_DYN_FROM_I32(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *w = e_cast(e, vmi_emit_pop(e), T_uint64_t);
  vmi_emit_push(e, C_DYN, word_op(e, GCC_JIT_BINARY_OP_BITWISE_OR, w, VMI_DYN_INT));
  e->stack[e->depth - 1].known = VMI_KNOWN_INT;
}

void vmi_emit_DYN_FROM_F64(vmi_emitter *e, const vmi_insn *in)
{
  vmi_operand o = vmi_emit_pop_operand(e);
  if (o.literal) vmi_emit_push_double_literal(e, o.bits);
  else vmi_emit_push_double(e, o.value);
}

void vmi_emit_DYN_FROM_BOOL(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *x = e_cmp(e, GCC_JIT_COMPARISON_NE, vmi_emit_pop(e), e_u32(e, 0));
  vmi_emit_push(e, C_DYN, word_op(e, GCC_JIT_BINARY_OP_PLUS, e_cast(e, x, T_uint64_t),
                                  VMI_DYN_FALSE));
}

void vmi_emit_DYN_FROM_REF(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push(e, C_DYN, e_bits(e, vmi_emit_pop(e), e->u->type[T_uint64_t]));
}

void vmi_emit_DYN_IS_NIL(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push_cond(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, vmi_emit_pop(e), e_u64(e, VMI_DYN_NIL)));
}

void vmi_emit_DYN_IS_I32(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push_cond(e, vmi_emit_is_int(e, vmi_emit_pop(e)));
}

void vmi_emit_DYN_IS_F64(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push_cond(e, vmi_emit_is_double(e, vmi_emit_pop(e)));
}

void vmi_emit_DYN_IS_BOOL(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push_cond(e, is_bool(e, vmi_emit_pop(e)));
}

void vmi_emit_DYN_IS_REF(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *w = vmi_emit_pop(e);
  vmi_emit_push_cond(e, gcc_jit_context_new_binary_op(
                          e->ctx, NULL, GCC_JIT_BINARY_OP_LOGICAL_AND, e->u->bool_type,
                          e_cmp(e, GCC_JIT_COMPARISON_NE, w, e_u64(e, 0)), is_reference(e, w)));
}

void vmi_emit_DYN_TO_I32(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *w = vmi_emit_pop(e);
  vmi_emit_trap_if(e, e_not(e, vmi_emit_is_int(e, w)), VM_TRAP_DYN_TYPE);
  vmi_emit_push(e, C_I32, e_cast(e, w, T_uint32_t));
}

/* What a dyn that is known to be this double gives back: NaNs are canonical in there. */
static void push_number(vmi_emitter *e, rvalue *x)
{
  lvalue *result = vmi_emit_temp(e, C_F64);
  vmi_emit_select(e, result, e_cmp(e, GCC_JIT_COMPARISON_EQ, x, x), x,
                  e_bits(e, e_u64(e, VMI_CANONICAL_NAN), e->u->cls[C_F64]));
  vmi_emit_push(e, C_F64, e_get(result));
}

void vmi_emit_DYN_TO_F64(vmi_emitter *e, const vmi_insn *in)
{
  vmi_operand o = vmi_emit_pop_number(e);
  if (o.number) {
    push_number(e, o.number);
    return;
  }
  vmi_emit_trap_if(e, e_not(e, vmi_emit_is_double(e, o.value)), VM_TRAP_DYN_TYPE);
  vmi_emit_push(e, C_F64, vmi_emit_unboxed(e, o.value));
}

void vmi_emit_DYN_TO_NUM(vmi_emitter *e, const vmi_insn *in)
{
  vmi_operand o = vmi_emit_pop_number(e);
  if (o.number) {
    push_number(e, o.number);
    return;
  }
  rvalue *w = o.value;
  lvalue *result = vmi_emit_temp(e, C_F64);
  vmi_emit_trap_if(e, e_cmp(e, GCC_JIT_COMPARISON_LT, w, e_u64(e, VMI_DYN_DOUBLE)),
                   VM_TRAP_DYN_TYPE);
  rvalue *n = gcc_jit_context_new_cast(e->ctx, NULL, e_cast(e, w, T_int32_t), e->u->cls[C_F64]);
  vmi_emit_select(e, result, vmi_emit_is_int(e, w), n, vmi_emit_unboxed(e, w));
  vmi_emit_push(e, C_F64, e_get(result));
}

void vmi_emit_DYN_TO_BOOL(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *w = vmi_emit_pop(e);
  vmi_emit_trap_if(e, e_not(e, is_bool(e, w)), VM_TRAP_DYN_TYPE);
  vmi_emit_push(e, C_I32, e_cast(e, word_op(e, GCC_JIT_BINARY_OP_BITWISE_AND, w, 1), T_uint32_t));
}

void vmi_emit_DYN_TO_REF(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *w = vmi_emit_pop(e);
  vmi_emit_trap_if(e, e_not(e, is_reference(e, w)), VM_TRAP_DYN_TYPE);
  vmi_emit_push(e, C_REF, e_bits(e, w, e->u->ptr));
}

void vmi_emit_DYN_SAME(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *b = vmi_emit_pop(e), *a = vmi_emit_pop(e);
  vmi_emit_push_cond(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, a, b));
}
