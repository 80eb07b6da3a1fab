/* emit_value.c - the virtual operand stack, bytecode locals, frame slots, and small patterns of
 * control flow.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include <stdio.h>
#include <string.h>

#include "loop.h"

lvalue *vmi_emit_local(vmi_emitter *e, ctype *t, const char *prefix)
{
  char name[48];
  snprintf(name, sizeof name, "%s%u", prefix, e->serial++);
  return gcc_jit_function_new_local(e->fn, NULL, t, name);
}

lvalue *vmi_emit_temp(vmi_emitter *e, vmi_class c)
{
  if (!e->temp[c]) e->temp[c] = vmi_emit_local(e, e->u->cls[c], "t");
  return e->temp[c];
}

rvalue *vmi_emit_zero(vmi_emitter *e, vmi_class c)
{
  return c == C_REF ? e_null(e) : gcc_jit_context_zero(e->ctx, e->u->cls[c]);
}

rvalue *vmi_emit_likely(vmi_emitter *e, rvalue *cond, bool expected)
{
  rvalue *args[2] = {
    gcc_jit_context_new_cast(e->ctx, NULL, cond, e->u->long_type),
    gcc_jit_context_new_rvalue_from_long(e->ctx, e->u->long_type, expected)};
  rvalue *v = gcc_jit_context_new_call(e->ctx, NULL, e->u->expect, 2, args);
  return e_cmp(e, GCC_JIT_COMPARISON_NE, v, gcc_jit_context_zero(e->ctx, e->u->long_type));
}

rvalue *vmi_emit_bool(vmi_emitter *e, rvalue *cond) { return e_cast(e, cond, T_uint32_t); }

void vmi_emit_select(vmi_emitter *e, lvalue *dst, rvalue *cond, rvalue *a, rvalue *b)
{
  block *yes = e_block(e), *no = e_block(e), *join = e_block(e);
  e_if(e, cond, yes, no);
  e->block = yes;
  e_set(e, dst, a);
  e_jump(e, join);
  e->block = no;
  e_set(e, dst, b);
  e_jump(e, join);
  e->block = join;
}

block *vmi_emit_cold(vmi_emitter *e, rvalue *cond, block **go_on)
{
  block *cold = e_block(e), *next = e_block(e);
  e_if(e, vmi_emit_likely(e, cond, false), cold, next);
  e->block = next;
  *go_on = next;
  return cold;
}

/* ---- operand stack ---- */

lvalue *vmi_emit_var(vmi_emitter *e, uint32_t slot, vmi_class c)
{
  lvalue **var = &e->vars[(size_t)slot * C_COUNT + c];
  if (!*var) {
    char name[48];
    snprintf(name, sizeof name, "s%u_%c", slot, "iIfdyr"[c]);
    *var = gcc_jit_function_new_local(e->fn, NULL, e->u->cls[c], name);
  }
  return *var;
}

static vmi_operand *push(vmi_emitter *e, vmi_class c, vmi_entry_kind kind)
{
  vmi_operand *o = &e->stack[e->depth++];
  *o = (vmi_operand){.cls = (uint8_t)c, .kind = (uint8_t)kind};
  return o;
}

lvalue *vmi_emit_push_var(vmi_emitter *e, vmi_class c)
{
  push(e, c, E_VAR);
  return vmi_emit_var(e, e->depth - 1, c);
}

void vmi_emit_push(vmi_emitter *e, vmi_class c, rvalue *x) { e_set(e, vmi_emit_push_var(e, c), x); }

void vmi_emit_push_const(vmi_emitter *e, vmi_class c, rvalue *x) { push(e, c, E_CONST)->value = x; }

void vmi_emit_push_cond(vmi_emitter *e, rvalue *cond)
{
  push(e, C_I32, E_COND)->value = cond;
  e->compared.known = false;
}

void vmi_emit_push_double(vmi_emitter *e, rvalue *x)
{
  vmi_operand *o = push(e, C_DYN, E_DOUBLE);
  lvalue *v = vmi_emit_var(e, e->depth - 1, C_F64);
  e_set(e, v, x);
  o->known = VMI_KNOWN_DOUBLE;
  o->number = e_get(v);
}

void vmi_emit_push_double_literal(vmi_emitter *e, uint64_t bits)
{
  double x;
  memcpy(&x, &bits, sizeof x);
  if (x != x) bits = VMI_CANONICAL_NAN;
  vmi_emit_push_const(e, C_DYN, e_u64(e, bits + VMI_DYN_DOUBLE));
  e->stack[e->depth - 1].known = VMI_KNOWN_DOUBLE;
  if (x == x) e->stack[e->depth - 1].number =
    gcc_jit_context_new_rvalue_from_double(e->ctx, e->u->cls[C_F64], x);
}

void vmi_emit_push_local(vmi_emitter *e, uint32_t local)
{
  vmi_operand *o = push(e, vmi_class_of(e->f->locals[local]), E_LOCAL);
  o->local = local;
  if (e->fast) o->sym = vmi_sym_local(e, local);
  vmi_known_push_local(e, local);
  e->aliases[local]++;
}

rvalue *vmi_emit_operand(vmi_emitter *e, uint32_t slot)
{
  const vmi_operand *o = &e->stack[slot];
  switch (o->kind) {
    case E_LOCAL: return e_get(e->locals[o->local]);
    case E_CONST: return o->value;
    case E_COND: return vmi_emit_bool(e, o->value);
    case E_DOUBLE: return vmi_emit_boxed(e, o->number);
    default: return e_get(vmi_emit_var(e, slot, o->cls));
  }
}

vmi_operand vmi_emit_pop_operand(vmi_emitter *e)
{
  vmi_operand o = e->stack[e->depth - 1];
  rvalue *v = vmi_emit_operand(e, e->depth - 1);
  e->depth--;
  if (o.kind == E_LOCAL) e->aliases[o.local]--;
  o.value = v;
  return o;
}

vmi_operand vmi_emit_pop_number(vmi_emitter *e)
{
  if (e->stack[e->depth - 1].kind != E_DOUBLE) return vmi_emit_pop_operand(e);
  return e->stack[--e->depth];
}

rvalue *vmi_emit_pop(vmi_emitter *e) { return vmi_emit_pop_operand(e).value; }

rvalue *vmi_emit_pop_cond(vmi_emitter *e, bool when)
{
  vmi_operand *top = &e->stack[e->depth - 1];
  if (top->kind == E_COND) {
    e->depth--;
    return when ? top->value : e_not(e, top->value);
  }
  rvalue *v = vmi_emit_pop(e);
  return e_cmp(e, when ? GCC_JIT_COMPARISON_NE : GCC_JIT_COMPARISON_EQ, v, e_u32(e, 0));
}

void vmi_emit_flush_entry(vmi_emitter *e, uint32_t slot)
{
  vmi_operand *o = &e->stack[slot];
  if (o->kind == E_VAR) return;
  if (o->number && o->kind == E_LOCAL) { /* the local's own copy may be about to change */
    lvalue *v = vmi_emit_var(e, slot, C_F64);
    e_set(e, v, o->number);
    o->number = e_get(v);
  }
  e_set(e, vmi_emit_var(e, slot, o->cls), vmi_emit_operand(e, slot));
  if (o->kind == E_LOCAL) e->aliases[o->local]--;
  o->kind = E_VAR;
}

void vmi_emit_flush(vmi_emitter *e)
{
  for (uint32_t i = 0; i < e->depth; i++) vmi_emit_flush_entry(e, i);
}

/* ---- locals ---- */

void vmi_emit_length_of(vmi_emitter *e, uint32_t local)
{
  lvalue *length = e->lengths[local];
  if (!length) return;
  rvalue *array = e_get(e->locals[local]);
  vmi_emit_select(e, length, e_cmp(e, GCC_JIT_COMPARISON_NE, array, e_null(e)),
                  e_load_u32(e, array, VMI_ARRAY_LENGTH_OFFSET), e_u32(e, 0));
}

void vmi_emit_set_local(vmi_emitter *e, uint32_t local, rvalue *x)
{
  if (e->aliases[local])
    for (uint32_t i = 0; i < e->depth; i++)
      if (e->stack[i].kind == E_LOCAL && e->stack[i].local == local) vmi_emit_flush_entry(e, i);
  e_set(e, e->locals[local], x);
  vmi_known_set_local(e, local, NULL);
  vmi_class c = vmi_class_of(e->f->locals[local]);
  if (e_linked(e) && vmi_emit_is_kept(e, local))
    vmi_emit_slot_set(e, e->fp, VMI_FRAME_HEADER + local, c, e_get(e->locals[local]));
  vmi_emit_length_of(e, local);
}

/* ---- frame slots ---- */

rvalue *vmi_emit_slot_get(vmi_emitter *e, rvalue *fp, uint32_t slot, vmi_class c)
{
  return e_load(e, e->u->cls[c], fp, 8ull * slot);
}

/* Neighbouring words of one type would be put together in a vector register and stored as one, which
 * is slower than two stores; so references alternate between two types. */
void vmi_emit_slot_set(vmi_emitter *e, rvalue *fp, uint32_t slot, vmi_class c, rvalue *x)
{
  if (c == C_REF && slot % 2) {
    e_store(e, e->u->cls[C_I64], fp, 8ull * slot, e_bits(e, x, e->u->cls[C_I64]));
    return;
  }
  e_store(e, e->u->cls[c], fp, 8ull * slot, x);
}

rvalue *vmi_emit_slot_bits(vmi_emitter *e, vmi_class c, rvalue *x)
{
  switch (c) {
    case C_I32: return e_cast(e, x, T_uint64_t);
    case C_F32: return e_cast(e, e_bits(e, x, e->u->type[T_uint32_t]), T_uint64_t);
    case C_F64:
    case C_REF: return e_bits(e, x, e->u->type[T_uint64_t]);
    default: return x;
  }
}
