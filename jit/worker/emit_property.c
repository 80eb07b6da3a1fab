/* emit_property.c - property access with its cache inline; rows that are no more than a function.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * Inline is the first entry of the cache: a value in the object itself (dyn.get, dyn.set), a method in
 * a prototype (dyn.invoke, in emit_call.c). Everything else is one call of the run time in the cold.
 */
#include <string.h>

#include "dynamic.h"
#include "emitter.h"

rvalue *vmi_emit_site(vmi_emitter *e)
{
  return e_at(e, e_get(e->sites), (uint64_t)vmi_func_site(e->f, e->pc) * sizeof(vmi_site));
}

static void test_object(vmi_emitter *e, const vmi_operand *receiver, block *miss)
{
  if (receiver->known == VMI_KNOWN_OBJECT) return;
  vmi_emit_go_unless(e, vmi_emit_is_pointer(e, receiver->value), miss);
  rvalue *type = e_load_u32(e, e_bits(e, receiver->value, e->u->ptr), offsetof(vmi_obj, type));
  vmi_emit_go_unless(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, type, e_u32(e, VMI_TYPE_OBJECT)), miss);
}

static rvalue *different(vmi_emitter *e, rvalue *a, uint64_t offset, rvalue *b, uint64_t other)
{
  ctype *u64 = e->u->type[T_uint64_t];
  return e_op(e, GCC_JIT_BINARY_OP_BITWISE_XOR, T_uint64_t, e_load(e, u64, a, offset), e_load(e, u64, b, other));
}

rvalue *vmi_emit_hit(vmi_emitter *e, const vmi_operand *receiver, rvalue *site, bool held, block *miss)
{
  test_object(e, receiver, miss);
  rvalue *o = e_bits(e, receiver->value, e->u->ptr);
  rvalue *bits = different(e, o, offsetof(vmi_object, shape), site, offsetof(vmi_site, fast));
  if (held) {
    uint64_t epoch = offsetof(vmi_site, first) + offsetof(vmi_cached, epoch);
    rvalue *since = different(e, site, epoch, e->t, offsetof(vmi_thread, shape_epoch));
    bits = e_op(e, GCC_JIT_BINARY_OP_BITWISE_OR, T_uint64_t, bits, since);
  }
  vmi_emit_go_unless(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, bits, e_u64(e, 0)), miss);
  return o;
}

/* The receiver of an access behind which only those come that were shaped objects. */
static void note_object(vmi_emitter *e, const vmi_operand *receiver)
{
  if (receiver->kind == E_LOCAL) vmi_known_dyn(e, receiver->local, VMI_KNOWN_OBJECT, NULL);
}

/* Where the entry says, in `base`. */
rvalue *vmi_emit_cached_place(vmi_emitter *e, rvalue *base, rvalue *site)
{
  rvalue *offset =
    e_load_u32(e, site, offsetof(vmi_site, first) + offsetof(vmi_cached, offset));
  lvalue *cell = gcc_jit_context_new_array_access(e->ctx, NULL, base, e_cast(e, offset, T_uint64_t));
  return gcc_jit_lvalue_get_address(cell, NULL);
}

/* A helper that does the whole instruction; `args` are in the callee's frame when it starts. */
static void whole(vmi_emitter *e, const vmi_insn *in, uint32_t helper, rvalue *site, uint32_t nargs,
                  rvalue **args, lvalue *result, block *join)
{
  rvalue *callee = e_at(e, e->fp, 8ull * e->f->frame_size);
  for (uint32_t i = 0; i < nargs; i++)
    vmi_emit_slot_set(e, callee, VMI_FRAME_HEADER + i, C_DYN, args[i]);
  bool temporary = vmi_emit_safepoint(e, e->depth);
  rvalue *params[4] = {callee, vmi_emit_id(e), site, e_u32(e, (uint32_t)in->imm[1])};
  e_set(e, e->verdict, vmi_emit_helper(e, helper, 4, params));
  vmi_emit_safepoint_end(e, temporary);
  vmi_emit_after_slow(e, callee, C_DYN, result, join);
}

/* In the cold: what the first entry does not know. */
static void get_otherwise(vmi_emitter *e, const vmi_insn *in, rvalue *w, rvalue *site, block *wrong,
                          lvalue *result, block *join)
{
  block *slow = wrong ? wrong : e_block(e);
  lvalue *peeked = vmi_emit_local(e, e->u->cls[C_DYN], "v"); /* `result` may be the receiver's place */
  e_set(e, peeked, VMI_HELPER(e, dyn_peek, site, w));
  vmi_emit_go_unless(e, e_cmp(e, GCC_JIT_COMPARISON_NE, e_get(peeked), e_u64(e, VMI_NO_VALUE)), slow);
  e_set(e, result, e_get(peeked));
  e_jump(e, join);
  if (wrong) return;
  e->block = slow;
  whole(e, in, VMI_H_dyn_get, site, 1, &w, result, join);
}

void vmi_emit_DYN_GET(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t seen = vmi_emit_guess(e).seen;
  if (!seen) {
    vmi_emit_never(e);
    return;
  }
  block *wrong = seen & VMI_SEEN_SLOW ? NULL : vmi_emit_wrong(e);
  vmi_operand receiver = vmi_emit_pop_operand(e);
  rvalue *w = receiver.value, *site = vmi_emit_site(e);
  bool more = (seen & (VMI_SEEN_MORE | VMI_SEEN_SLOW)) != 0;
  block *miss = more ? e_block(e) : wrong;
  rvalue *o = vmi_emit_hit(e, &receiver, site, false, miss);
  vmi_emit_push(e, C_DYN, e_load(e, e->u->cls[C_DYN], vmi_emit_cached_place(e, o, site), 0));
  if (more) {
    block *join = e_block(e);
    e_jump(e, join);
    e->block = miss;
    e->depth--; /* not there yet */
    get_otherwise(e, in, w, site, wrong, vmi_emit_var(e, e->depth, C_DYN), join);
    e->depth++;
    e->block = join;
  }
  if (wrong) note_object(e, &receiver);
}

static void set_otherwise(vmi_emitter *e, const vmi_insn *in, rvalue *w, rvalue *value, rvalue *site,
                          block *wrong, block *join)
{
  block *slow = wrong ? wrong : e_block(e);
  e_if(e, e_cmp(e, GCC_JIT_COMPARISON_NE, VMI_HELPER(e, dyn_poke, site, w, value), e_u32(e, 0)), join,
       slow);
  if (wrong) return;
  e->block = slow;
  whole(e, in, VMI_H_dyn_set, site, 2, (rvalue *[]){w, value}, NULL, join);
}

/* An object that the collector wants to hear of goes the other way, too. */
void vmi_emit_DYN_SET(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t seen = vmi_emit_guess(e).seen;
  if (!seen) {
    vmi_emit_never(e);
    return;
  }
  block *wrong = seen == VMI_SEEN_OWN ? vmi_emit_wrong(e) : NULL;
  rvalue *value = vmi_emit_pop(e), *site = vmi_emit_site(e);
  vmi_operand receiver = vmi_emit_pop_operand(e);
  rvalue *w = receiver.value;
  block *miss = e_block(e), *join = e_block(e);
  rvalue *o = vmi_emit_hit(e, &receiver, site, false, miss);
  rvalue *unlogged = e_load(e, e->u->type[T_uint8_t], o, offsetof(vmi_obj, unlogged));
  vmi_emit_go_unless(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, unlogged, e_int(e, T_uint8_t, 0)), miss);
  e_store(e, e->u->cls[C_DYN], vmi_emit_cached_place(e, o, site), 0, value);
  e_jump(e, join);
  e->block = miss;
  set_otherwise(e, in, w, value, site, wrong, join);
  e->block = join;
  if (wrong) note_object(e, &receiver);
}

/* ---- rows that are no more than a function ---- */

static void operation(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t n = (uint32_t)strlen(in->op->pops), base = e->depth - n;
  for (uint32_t i = base; i < e->depth; i++)
    vmi_emit_slot_set(e, e->fp, VMI_FRAME_HEADER + e->f->nlocals + i, e->stack[i].cls,
                      vmi_emit_operand(e, i));
  bool allocates = (in->op->flags & F_ALLOC) != 0;
  bool temporary = allocates && vmi_emit_safepoint(e, e->depth);
  rvalue *args[3] = {e_u32(e, in->index), e_u32(e, (uint32_t)in->imm[0]),
                     e_at(e, e->fp, 8ull * (VMI_FRAME_HEADER + e->f->nlocals + base))};
  lvalue *result = vmi_emit_local(e, e->u->type[T_uint64_t], "r");
  e_set(e, result, vmi_emit_helper(e, VMI_H_operation, 3, args));
  if (allocates) vmi_emit_safepoint_end(e, temporary);
  if (in->op->flags & (F_TRAP | F_ALLOC))
    vmi_emit_trap_if_code(e, e_load_u32(e, e->t, offsetof(vmi_thread, trap_code)));
  while (n-- > 0) vmi_emit_pop(e);
  switch (in->op->pushes[0]) {
  case 'i': vmi_emit_push(e, C_I32, e_cast(e, e_get(result), T_uint32_t)); break;
  case 'y': vmi_emit_push(e, C_DYN, e_get(result)); break;
  case 'r': vmi_emit_push(e, C_REF, e_bits(e, e_get(result), e->u->ptr)); break;
  default: break;
  }
}

/* An object of this type of the run time's own? */
static void push_is(vmi_emitter *e, uint32_t type)
{
  rvalue *w = vmi_emit_pop(e);
  lvalue *result = vmi_emit_local(e, e->u->cls[C_I32], "is");
  block *no = e_block(e), *join = e_block(e);
  vmi_emit_go_unless(e, vmi_emit_is_pointer(e, w), no);
  rvalue *have = e_load_u32(e, e_bits(e, w, e->u->ptr), offsetof(vmi_obj, type));
  e_set(e, result, vmi_emit_bool(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, have, e_u32(e, type))));
  e_jump(e, join);
  e->block = no;
  e_set(e, result, e_u32(e, 0));
  e_jump(e, join);
  e->block = join;
  vmi_emit_push(e, C_I32, e_get(result));
}

void vmi_emit_SYMBOL_CONST(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *symbols = e_load_ptr(e, e_get(e->inst), offsetof(vmi_instance, symbols));
  vmi_emit_push(e, C_DYN, e_load(e, e->u->cls[C_DYN], symbols, 8ull * in->imm[0]));
}

static void callop(vmi_emitter *e, const vmi_insn *in)
{
  switch (in->index) {
  case VMI_IX_DYN_IS_SYMBOL: push_is(e, VMI_TYPE_SYMBOL); break;
  case VMI_IX_DYN_IS_MAP: push_is(e, VMI_TYPE_MAP); break;
  case VMI_IX_DYN_IS_OBJECT: push_is(e, VMI_TYPE_OBJECT); break;
  default: operation(e, in);
  }
}

#define CALLOP(id, code, text, imms, pops, pushes, flags, fn, prose)                                \
  void vmi_emit_##id(vmi_emitter *e, const vmi_insn *in) { callop(e, in); }
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#include "isa.def"
