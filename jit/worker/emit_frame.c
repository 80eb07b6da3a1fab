/* emit_frame.c - what compiled code shares with the run time: frame links, safepoints, helper
 * calls, traps and where exceptions go, polls.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include "emitter.h"

/* ---- helpers ---- */

static ctype *letter_type(vmi_unit *u, char letter)
{
  switch (letter) {
    case 'i': return u->type[T_uint32_t];
    case 'I': return u->type[T_uint64_t];
    case 'f': return u->type[T_float];
    case 'd': return u->type[T_double];
    case 'v': return u->void_type;
    default: return u->ptr;
  }
}

static ctype *helper_type(vmi_unit *u, uint32_t helper)
{
  static const struct { const char *result, *params; } signatures[VMI_H_COUNT] = {
#define H(name, result, params) {result, params},
#include "helpers.def"
  };
  if (!u->helper_type[helper]) {
    ctype *params[8] = {u->ptr};
    int n = 1;
    for (const char *p = signatures[helper].params; *p; p++) params[n++] = letter_type(u, *p);
    u->helper_type[helper] = gcc_jit_context_new_function_ptr_type(
      u->ctx, NULL, letter_type(u, signatures[helper].result[0]), n, params, 0);
  }
  return u->helper_type[helper];
}

rvalue *vmi_emit_helper(vmi_emitter *e, uint32_t helper, uint32_t nargs, rvalue **args)
{
  rvalue *all[8] = {e->t};
  for (uint32_t i = 0; i < nargs; i++) all[i + 1] = args[i];
  rvalue *table = e_load_ptr(e, e->t, offsetof(vmi_thread, helpers));
  rvalue *fn = e_load(e, helper_type(e->u, helper), table,
                      offsetof(struct vmi_helpers, fn) + 8ull * helper);
  return gcc_jit_context_new_call_through_ptr(e->ctx, NULL, fn, (int)nargs + 1, all);
}

void vmi_emit_call_void(vmi_emitter *e, rvalue *call) { gcc_jit_block_add_eval(e->block, e->loc, call); }

/* ---- frame links ---- */

rvalue *vmi_emit_id(vmi_emitter *e) { return e_u64(e, VMI_FRAME_ID(e->func, e->pc)); }

static void store_frame_pointer(vmi_emitter *e, rvalue *fp)
{
  e_store(e, e->u->ptr, e->t, offsetof(vmi_thread, frame), fp);
}

/* Make fp the newest frame, with every traced local in its slot; one that nobody will want is null. */
void vmi_emit_link(vmi_emitter *e, rvalue *id)
{
  vmi_emit_slot_set(e, e->fp, 0, C_REF, e_load_ptr(e, e->t, offsetof(vmi_thread, frame)));
  for (uint32_t i = 0; i < e->f->nlocals; i++) {
    vmi_class c = vmi_class_of(e->f->locals[i]);
    if (!vmi_class_traced(c)) continue;
    rvalue *v = vmi_emit_is_kept(e, i) ? e_get(e->locals[i]) : vmi_emit_zero(e, c);
    vmi_emit_slot_set(e, e->fp, VMI_FRAME_HEADER + i, c, v);
  }
  vmi_emit_slot_set(e, e->fp, 1, C_REF, e_get(e->inst));
  if (id) vmi_emit_slot_set(e, e->fp, 2, C_REF, e_bits(e, id, e->u->ptr));
  e_store(e, e->u->type[T_uint64_t], e->fp, 24, e_u64(e, VMI_AUX_NATIVE));
  store_frame_pointer(e, e->fp);
}

void vmi_emit_unlink(vmi_emitter *e) { store_frame_pointer(e, e_load_ptr(e, e->fp, 0)); }

void vmi_emit_save_operands(vmi_emitter *e, uint32_t nops)
{
  for (uint32_t i = 0; i < nops; i++) {
    const vmi_operand *o = &e->stack[i];
    if (o->kind == E_DOUBLE) /* no reference, so anything that is none will do */
      vmi_emit_slot_set(e, e->fp, VMI_FRAME_HEADER + e->f->nlocals + i, C_DYN, e_u64(e, 0));
    else if (vmi_class_traced(o->cls) && !o->saved)
      vmi_emit_slot_set(e, e->fp, VMI_FRAME_HEADER + e->f->nlocals + i, o->cls,
                        vmi_emit_operand(e, i));
  }
}

bool vmi_emit_safepoint(vmi_emitter *e, uint32_t nops)
{
  bool traced = e->f->has_local_refs;
  for (uint32_t i = 0; i < nops && !traced; i++) traced = vmi_class_traced(e->stack[i].cls);
  vmi_emit_save_operands(e, nops);
  if (e_linked(e)) {
    e_store(e, e->u->type[T_uint64_t], e->fp, 16, vmi_emit_id(e));
    return false;
  }
  if (traced) vmi_emit_link(e, vmi_emit_id(e));
  return traced;
}

void vmi_emit_safepoint_end(vmi_emitter *e, bool temporary)
{
  if (temporary) vmi_emit_unlink(e);
}

/* GCC may rely on that: an address that it finds to be lower needs no check. */
static void assume_least(vmi_emitter *e, lvalue *v, uint64_t least)
{
  block *less = e_block(e), *next = e_block(e);
  e_if(e, e_cmp(e, GCC_JIT_COMPARISON_LT, e_get(v), e_u64(e, least)), less, next);
  e->block = less;
  gcc_jit_function *never = gcc_jit_context_get_builtin_function(e->ctx, "__builtin_unreachable");
  vmi_emit_call_void(e, gcc_jit_context_new_call(e->ctx, NULL, never, 0, NULL));
  e_jump(e, next);
  e->block = next;
}

/* That of memory 0 is wanted seldom. */
rvalue *vmi_emit_memory_size(vmi_emitter *e, uint32_t memory)
{
  if (memory) return e_get(e->mem_size[memory]);
  return e_load(e, e->u->type[T_uint64_t], e_get(e->inst), offsetof(vmi_instance, memory_size));
}

static void load_memories(vmi_emitter *e, bool first)
{
  for (uint32_t i = 0; i < e->m->nmemories; i++) {
    if (!e->mem[i]) continue;
    rvalue *mem = i ? e_get(e->mem[i]) : e_get(e->inst);
    uint64_t base = i ? offsetof(vmi_memory_inst, base) : offsetof(vmi_instance, memory_base);
    if (!e->guards || first) e_set(e, e->mem_base[i], e_load_ptr(e, mem, base)); /* else it never moves */
    if (i) e_set(e, e->mem_size[i], e_load(e, e->u->type[T_uint64_t], mem, offsetof(vmi_memory_inst, size)));
    uint64_t least = vmi_emit_least_size(e, i);
    if (i && least) assume_least(e, e->mem_size[i], least);
    if (i) continue;
    e_set(e, e->mem_limit, e_load(e, e->u->type[T_uint64_t], mem, offsetof(vmi_instance, memory_limit)));
    if (least) assume_least(e, e->mem_limit, least - VMI_MEMORY_SLACK + 1);
  }
}

void vmi_emit_load_memories(vmi_emitter *e) { load_memories(e, false); }

static rvalue *load_type_id(vmi_emitter *e, uint32_t type)
{
  rvalue *ids = e_load_ptr(e, e_get(e->inst), offsetof(vmi_instance, type_ids));
  return e_load_u32(e, ids, 4ull * type);
}

/* The first few are loaded once, at the start: they never change. */
rvalue *vmi_emit_type_id(vmi_emitter *e, uint32_t type)
{
  for (uint32_t i = 0; i < e->ncalled; i++)
    if (e->called[i].type == type) return e_get(e->called[i].id);
  return load_type_id(e, type);
}

void vmi_emit_find_memories(vmi_emitter *e)
{
  for (uint32_t i = 0; i < e->ncalled; i++)
    e_set(e, e->called[i].id, load_type_id(e, e->called[i].type));
  rvalue *table = e_load_ptr(e, e_get(e->inst), offsetof(vmi_instance, memories));
  for (uint32_t i = 1; i < e->m->nmemories; i++)
    if (e->mem[i]) e_set(e, e->mem[i], e_load_ptr(e, table, 8ull * i));
  load_memories(e, true);
}

/* ---- exceptions ---- */

/* At a handler: make the exception object, or go on unwinding. */
static block *make_dispatch(vmi_emitter *e, uint32_t label)
{
  block *here = e->block, *start = e_block(e), *caught = e_block(e);
  e->block = start;
  rvalue *id = e_u64(e, VMI_FRAME_ID(e->func, VMI_PC_NONE));
  bool temporary = !e_linked(e) && e->f->has_local_refs;
  if (temporary) vmi_emit_link(e, id);
  else if (e_linked(e)) e_store(e, e->u->type[T_uint64_t], e->fp, 16, id);
  lvalue *exn = vmi_emit_var(e, 0, C_REF);
  e_set(e, exn, vmi_emit_helper(e, VMI_H_catch, 0, NULL));
  if (temporary) vmi_emit_unlink(e);
  e_if(e, e_cmp(e, GCC_JIT_COMPARISON_NE, e_get(exn), e_null(e)), caught,
       e->exit[e_linked(e)]);
  e->block = caught;
  vmi_emit_load_memories(e);
  e_jump(e, e->labels[label]);
  e->block = here;
  return start;
}

vmi_target *vmi_emit_target(vmi_emitter *e)
{
  const vmi_handler *h = vmi_func_handler(e->f, e->pc);
  vmi_target *target = &e->targets[h ? h->label : e->f->nlabels + e_linked(e)];
  if (!target->dispatch) target->dispatch = h ? make_dispatch(e, h->label) : e->exit[e_linked(e)];
  return target;
}

rvalue *vmi_emit_word_id(vmi_emitter *e)
{
  rvalue *pc = e_cast(e, e_cast(e, e_get(e->trap_word), T_uint32_t), T_uint64_t);
  return e_op(e, GCC_JIT_BINARY_OP_BITWISE_OR, T_uint64_t, pc, e_u64(e, VMI_FRAME_ID(e->func, 0)));
}

static block *target_trap(vmi_emitter *e)
{
  vmi_target *target = vmi_emit_target(e);
  if (!target->trap) {
    block *here = e->block;
    e->block = target->trap = e_block(e);
    rvalue *code = e_op(e, GCC_JIT_BINARY_OP_RSHIFT, T_uint64_t, e_get(e->trap_word), e_u64(e, 32));
    vmi_emit_call_void(e, VMI_HELPER(e, trap, e_cast(e, code, T_uint32_t), vmi_emit_word_id(e)));
    e_jump(e, target->dispatch);
    e->block = here;
  }
  return target->trap;
}

block *vmi_emit_target_after(vmi_emitter *e)
{
  vmi_target *target = vmi_emit_target(e);
  if (!target->after) {
    block *here = e->block;
    e->block = target->after = e_block(e);
    rvalue *callee = e_at(e, e->fp, 8ull * e->f->frame_size);
    e_set(e, e->verdict, VMI_HELPER(e, after_call, callee, vmi_emit_word_id(e)));
    e_jump(e, vmi_emit_target_out(e));
    e->block = here;
  }
  return target->after;
}

/* Where the verdict of a call leads that is not plain success. A call of a function that makes no
 * tail calls comes here with 0 too, if the callee has left its frame: then so do we. */
block *vmi_emit_target_out(vmi_emitter *e)
{
  vmi_target *target = vmi_emit_target(e);
  if (!e->u->o->exits) return target->dispatch;
  if (!target->out) {
    block *here = e->block;
    e->block = target->out = e_block(e);
    e_if(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, e_get(e->verdict), e_u32(e, 1)), target->dispatch,
         vmi_emit_leave(e));
    e->block = here;
  }
  return target->out;
}

/* The same for a poll, whose exceptions no handler catches. */
static block *poll_out(vmi_emitter *e)
{
  bool linked = e_linked(e);
  if (!e->u->o->exits && !e->u->o->renew) return e->exit[linked];
  if (!e->poll_out[linked]) {
    block *here = e->block;
    e->block = e->poll_out[linked] = e_block(e);
    e_if(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, e_get(e->verdict), e_u32(e, 1)), e->exit[linked],
         vmi_emit_leave(e));
    e->block = here;
  }
  return e->poll_out[linked];
}

void vmi_emit_exit_state(vmi_emitter *e, bool leaves, uint32_t pc, uint64_t aux, const uint64_t *live)
{
  if (leaves) {
    for (uint32_t i = 0; i < e->depth; i++) {
      const vmi_operand *o = &e->stack[i];
      if (vmi_class_traced(o->cls) && o->saved) continue;
      rvalue *v = o->kind == E_DOUBLE ? vmi_emit_boxed_cold(e, o->number) : vmi_emit_operand(e, i);
      vmi_emit_slot_set(e, e->fp, VMI_FRAME_HEADER + e->f->nlocals + i, o->cls, v);
    }
    vmi_emit_end_dead(e, live);
  }
  e_set(e, e->trap_word, e_u64(e, aux << 32 | pc));
}

void vmi_emit_trap(vmi_emitter *e, vm_trap code)
{
  e_set(e, e->trap_word, e_u64(e, (uint64_t)code << 32 | e->pc));
  e_jump(e, target_trap(e));
}

void vmi_emit_trap_value(vmi_emitter *e, rvalue *code)
{
  rvalue *high = e_op(e, GCC_JIT_BINARY_OP_LSHIFT, T_uint64_t, e_cast(e, code, T_uint64_t),
                      e_u64(e, 32));
  e_set(e, e->trap_word,
        e_op(e, GCC_JIT_BINARY_OP_BITWISE_OR, T_uint64_t, high, e_u64(e, e->pc)));
  e_jump(e, target_trap(e));
}

void vmi_emit_trap_if(vmi_emitter *e, rvalue *cond, vm_trap code)
{
  block *next, *cold = vmi_emit_cold(e, cond, &next);
  e->block = cold;
  vmi_emit_trap(e, code);
  e->block = next;
}

void vmi_emit_trap_if_code(vmi_emitter *e, rvalue *code)
{
  lvalue *v = vmi_emit_temp(e, C_I32);
  e_set(e, v, code);
  block *next, *cold = vmi_emit_cold(
    e, e_cmp(e, GCC_JIT_COMPARISON_NE, e_get(v), e_u32(e, 0)), &next);
  e->block = cold;
  vmi_emit_trap_value(e, e_get(v));
  e->block = next;
}

void vmi_emit_trap_if_null(vmi_emitter *e, rvalue *object)
{
  block *next, *cold = vmi_emit_cold(
    e, e_cmp(e, GCC_JIT_COMPARISON_EQ, object, e_null(e)), &next);
  e->block = cold;
  vmi_emit_trap_value(e, e_load_u32(e, e->t, offsetof(vmi_thread, trap_code)));
  e->block = next;
}

/* ---- polls ---- */

/* Count one unit of fuel if the unit meters; returns the condition of the slow path: `limited`, or
 * out of fuel. */
rvalue *vmi_emit_poll_condition(vmi_emitter *e, rvalue *limited)
{
  if (!e->u->o->meter_fuel) return limited;
  ctype *i64 = e->u->type[T_int64_t];
  lvalue *fuel = e_cell(e, i64, e->t, offsetof(vmi_thread, fuel));
  e_set(e, fuel, e_op(e, GCC_JIT_BINARY_OP_MINUS, T_int64_t, e_get(fuel), e_int(e, T_int64_t, 1)));
  rvalue *out = e_cmp(e, GCC_JIT_COMPARISON_LT, e_get(fuel), e_int(e, T_int64_t, 0));
  return gcc_jit_context_new_binary_op(e->ctx, NULL, GCC_JIT_BINARY_OP_LOGICAL_OR, e->u->bool_type,
                                       limited, out);
}

rvalue *vmi_emit_load_limit(vmi_emitter *e)
{
  rvalue *at = e_at(e, e->t, offsetof(vmi_thread, limit));
  ctype *param = gcc_jit_rvalue_get_type(
    gcc_jit_param_as_rvalue(gcc_jit_function_get_param(e->u->atomic_load, 0)));
  rvalue *args[2] = {
    gcc_jit_context_new_cast(e->ctx, NULL, at, param),
    gcc_jit_context_new_rvalue_from_int(e->ctx, e->u->int_type, __ATOMIC_RELAXED)};
  return e_cast(e, gcc_jit_context_new_call(e->ctx, NULL, e->u->atomic_load, 2, args), T_uint64_t);
}

block *vmi_emit_poll(vmi_emitter *e, uint32_t label, block *to)
{
  const vmi_label *l = &e->f->labels[label];
  block *here = e->block, *start = e_block(e), *slow = e_block(e);
  e->block = start;
  rvalue *limited = e_cmp(e, GCC_JIT_COMPARISON_EQ, vmi_emit_load_limit(e), e_u64(e, 0));
  rvalue *condition = vmi_emit_poll_condition(e, limited);
  condition = vmi_emit_likely(e, condition, false);
  /* Not "unlikely": in code that it takes for cold GCC calls functions instead of instructions. */
  if (e->u->o->force_exits) condition = gcc_jit_context_one(e->ctx, e->u->bool_type);
  e_if(e, condition, slow, to);
  e->block = slow;
  bool renew = e->u->o->renew;
  vmi_emit_exit_state(e, renew || e->u->o->exits, l->offset, e->depth,
                      vmi_emit_live_at(e, e->live_labels, label));
  bool temporary = vmi_emit_safepoint(e, e->depth);
  vmi_emit_kept_helper(e, renew ? VMI_H_poll_renew : VMI_H_poll, 0);
  vmi_emit_safepoint_end(e, temporary);
  e_if(e, e_cmp(e, GCC_JIT_COMPARISON_NE, e_get(e->verdict), e_u32(e, 0)), poll_out(e), to);
  e->block = here;
  return start;
}

block *vmi_emit_branch(vmi_emitter *e, uint32_t label)
{
  uint32_t offset = e->f->labels[label].offset;
  return vmi_emit_into_stage(e, label, offset <= e->pc && !vmi_emit_strips(e, offset));
}
