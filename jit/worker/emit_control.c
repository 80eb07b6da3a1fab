/* emit_control.c - branches, return, throw; stack shuffling, locals, globals, constants.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include <math.h>
#include <string.h>

#include "loop.h"

void vmi_emit_UNREACHABLE(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_trap(e, VM_TRAP_UNREACHABLE);
}

void vmi_emit_NOP(vmi_emitter *e, const vmi_insn *in) {}

void vmi_emit_BR(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_flush(e);
  e_jump(e, vmi_emit_branch(e, (uint32_t)in->imm[0]));
}

/* Jump to the label if `cond`, whose operands may be about to be flushed: it is evaluated last, so
 * it must not read what flushing writes. Flushing writes only slots' own C locals, which hold
 * nothing that is still needed. */
static void branch_if(vmi_emitter *e, rvalue *cond, uint32_t label)
{
  block *next = e_block(e), *to = vmi_emit_branch(e, label);
  e_if(e, cond, to, next);
  e->block = next;
}

void vmi_emit_BR_IF(vmi_emitter *e, const vmi_insn *in)
{
  if (e->branched == e->pc) return;
  if (vmi_emit_guard(e, (uint32_t)in->imm[0])) return;
  rvalue *cond = vmi_emit_pop_cond(e, true);
  vmi_emit_flush(e);
  branch_if(e, cond, (uint32_t)in->imm[0]);
}

void vmi_emit_BR_UNLESS(vmi_emitter *e, const vmi_insn *in)
{
  if (e->branched == e->pc) return;
  if (vmi_emit_guard(e, (uint32_t)in->imm[0])) return;
  rvalue *cond = vmi_emit_pop_cond(e, false);
  vmi_emit_flush(e);
  branch_if(e, cond, (uint32_t)in->imm[0]);
}

void vmi_emit_BR_ON_NULL(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_flush(e);
  rvalue *ref = vmi_emit_pop(e);
  branch_if(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, ref, e_null(e)), (uint32_t)in->imm[0]);
  vmi_emit_push_var(e, C_REF); /* it still sits there */
}

void vmi_emit_BR_ON_NON_NULL(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_flush(e);
  rvalue *ref = vmi_emit_operand(e, e->depth - 1);
  branch_if(e, e_cmp(e, GCC_JIT_COMPARISON_NE, ref, e_null(e)), (uint32_t)in->imm[0]);
  e->depth--;
}

void vmi_emit_SWITCH(vmi_emitter *e, const vmi_insn *in)
{
  const vmi_switch *s = &e->f->switches[in->imm[0]];
  rvalue *index = vmi_emit_pop(e);
  lvalue *v = vmi_emit_temp(e, C_I32);
  e_set(e, v, index);
  vmi_emit_flush(e);
  gcc_jit_case **cases = vmi_arena_new(e->u->arena, s->count, sizeof *cases);
  /* One poll block a backward label, however many entries name it. */
  block **to = vmi_arena_new(e->u->arena, e->f->nlabels, sizeof *to);
  if (!cases || !to) {
    e->u->failed = true;
    vmi_emit_trap(e, VM_TRAP_UNREACHABLE);
    return;
  }
  for (uint32_t i = 0; i <= s->count; i++) {
    uint32_t label = s->labels[i];
    if (!to[label]) to[label] = vmi_emit_branch(e, label);
    if (i < s->count) cases[i] = gcc_jit_context_new_case(e->ctx, e_u32(e, i), e_u32(e, i), to[label]);
  }
  gcc_jit_block_end_with_switch(e->block, e->loc, e_get(v), to[s->labels[s->count]], (int)s->count,
                                cases);
  e->block = NULL;
}

void vmi_emit_RETURN(vmi_emitter *e, const vmi_insn *in)
{
  const vmi_typedef *type = &e->m->types[e->f->type];
  if (e_linked(e)) vmi_emit_unlink(e);
  rvalue *first = NULL;
  for (uint32_t i = type->nresults; i-- > 0;) {
    rvalue *v = vmi_emit_pop(e);
    if (i) vmi_emit_slot_set(e, e->fp, i, vmi_class_of(type->results[i]), v);
    else first = v;
  }
  if (first) gcc_jit_block_end_with_return(e->block, e->loc, first);
  else gcc_jit_block_end_with_void_return(e->block, e->loc);
  e->block = NULL;
}

void vmi_emit_THROW(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *payload = vmi_emit_pop(e);
  vmi_emit_call_void(e, VMI_HELPER(e, throw, payload, vmi_emit_id(e)));
  e_jump(e, vmi_emit_target(e)->dispatch);
}

void vmi_emit_RETHROW(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *exn = vmi_emit_pop(e);
  vmi_emit_call_void(e, VMI_HELPER(e, rethrow, exn, vmi_emit_id(e)));
  e_jump(e, vmi_emit_target(e)->dispatch);
}

/* ---- stack ---- */

void vmi_emit_DROP(vmi_emitter *e, const vmi_insn *in) { vmi_emit_pop(e); }

/* Push what an operand was; `o` was popped from another slot, or copied. */
static void push_like(vmi_emitter *e, const vmi_operand *o, rvalue *v)
{
  if (o->kind == E_LOCAL) vmi_emit_push_local(e, o->local);
  else if (o->kind == E_DOUBLE) vmi_emit_push_double(e, o->number);
  else if (o->kind == E_CONST) e->stack[e->depth++] = *o;
  else vmi_emit_push(e, o->cls, v);
}

void vmi_emit_DUP(vmi_emitter *e, const vmi_insn *in)
{
  vmi_operand top = e->stack[e->depth - 1];
  push_like(e, &top, top.kind == E_DOUBLE ? NULL : vmi_emit_operand(e, e->depth - 1));
}

void vmi_emit_SWAP(vmi_emitter *e, const vmi_insn *in)
{
  vmi_operand b = vmi_emit_pop_operand(e), a = vmi_emit_pop_operand(e);
  lvalue *low = NULL, *high = NULL; /* the two may sit in each other's places */
  if (a.kind == E_DOUBLE) a.kind = E_VAR; /* boxed */
  if (b.kind == E_DOUBLE) b.kind = E_VAR;
  if (a.kind == E_VAR) e_set(e, low = vmi_emit_local(e, e->u->cls[a.cls], "x"), a.value);
  if (b.kind == E_VAR) e_set(e, high = vmi_emit_local(e, e->u->cls[b.cls], "x"), b.value);
  push_like(e, &b, high ? e_get(high) : b.value);
  push_like(e, &a, low ? e_get(low) : a.value);
}

void vmi_emit_SELECT(vmi_emitter *e, const vmi_insn *in)
{
  vmi_compared compared = e->compared;
  compared.known = compared.known && e->stack[e->depth - 1].kind == E_COND;
  rvalue *cond = vmi_emit_pop_cond(e, true);
  vmi_operand no = vmi_emit_pop_operand(e), a = vmi_emit_pop_operand(e);
  rvalue *b = no.value;
  if (vmi_emit_least(e, &compared, &a, &no)) return;
  lvalue *result = vmi_emit_temp(e, a.cls);
  vmi_emit_select(e, result, cond, a.value, b);
  vmi_emit_push(e, a.cls, e_get(result));
}

void vmi_emit_LOCAL_GET(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push_local(e, (uint32_t)in->imm[0]);
}

void vmi_emit_LOCAL_SET(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t local = (uint32_t)in->imm[0];
  if (vmi_emit_step(e, local)) return;
  vmi_operand o = vmi_emit_pop_operand(e);
  vmi_emit_set_local(e, local, o.value);
  vmi_emit_note_local(e, local, o.sym);
  vmi_known_set_local(e, local, &o);
}

void vmi_emit_LOCAL_TEE(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_LOCAL_SET(e, in);
  vmi_emit_push_local(e, (uint32_t)in->imm[0]);
}

/* ---- globals ---- */

static rvalue *global_cell(vmi_emitter *e, uint32_t global)
{
  rvalue *inst = e_get(e->inst);
  if (global < e->m->nimported_globals)
    return e_load_ptr(e, e_load_ptr(e, inst, offsetof(vmi_instance, imported_globals)),
                      8ull * global);
  return e_at(e, inst, offsetof(vmi_instance, globals) + 8ull * (global - e->m->nimported_globals));
}

void vmi_emit_GLOBAL_GET(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t global = (uint32_t)in->imm[0];
  vmi_class c = vmi_class_of(e->m->globals[global].type);
  vmi_emit_push(e, c, vmi_emit_slot_get(e, global_cell(e, global), 0, c));
}

void vmi_emit_GLOBAL_SET(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t global = (uint32_t)in->imm[0];
  vmi_class c = vmi_class_of(e->m->globals[global].type);
  vmi_emit_slot_set(e, global_cell(e, global), 0, c, vmi_emit_pop(e));
}

/* ---- constants ---- */

void vmi_emit_I32_CONST(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push_const(e, C_I32, e_u32(e, (uint32_t)in->imm[0]));
  if (e->fast) e->stack[e->depth - 1].sym = vmi_sym_const(e, (int64_t)in->imm[0]);
  vmi_known_constant(e, (uint32_t)in->imm[0]);
}

void vmi_emit_I64_CONST(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push_const(e, C_I64, e_u64(e, in->imm[0]));
}

/* libgccjit takes doubles through MPFR, which knows one NaN; bits of NaNs go through a cast. */
void vmi_emit_F32_CONST(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t bits = (uint32_t)in->imm[0];
  float v;
  memcpy(&v, &bits, sizeof v);
  if (isnan(v)) vmi_emit_push(e, C_F32, e_bits(e, e_u32(e, bits), e->u->cls[C_F32]));
  else vmi_emit_push_const(e, C_F32, gcc_jit_context_new_rvalue_from_double(
                                       e->ctx, e->u->cls[C_F32], v));
}

void vmi_emit_F64_CONST(vmi_emitter *e, const vmi_insn *in)
{
  double v;
  memcpy(&v, &in->imm[0], sizeof v);
  if (isnan(v)) vmi_emit_push(e, C_F64, e_bits(e, e_u64(e, in->imm[0]), e->u->cls[C_F64]));
  else vmi_emit_push_const(e, C_F64, gcc_jit_context_new_rvalue_from_double(
                                       e->ctx, e->u->cls[C_F64], v));
  e->stack[e->depth - 1].literal = true;
  e->stack[e->depth - 1].bits = in->imm[0];
}
