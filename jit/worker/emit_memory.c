/* emit_memory.c - linear memories and tables.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include "emitter.h"

static const uint8_t size_of[T_COUNT] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8};

/* Near the end of memory 0 the exact comparison decides. One limit for all accesses takes one register,
 * and what is behind it none: it reads the size where it is. */
static void check_by_limit(vmi_emitter *e, rvalue *wide, uint64_t extent)
{
  rvalue *from = wide, *size = vmi_emit_memory_size(e, 0);
  if (extent > VMI_MEMORY_SLACK)
    from = e_op(e, GCC_JIT_BINARY_OP_PLUS, T_uint64_t, wide, e_u64(e, extent - VMI_MEMORY_SLACK));
  block *next, *cold = vmi_emit_cold(
    e, e_cmp(e, GCC_JIT_COMPARISON_GE, from, e_get(e->mem_limit)), &next);
  e->block = cold;
  rvalue *end = e_op(e, GCC_JIT_BINARY_OP_PLUS, T_uint64_t, wide, e_u64(e, extent));
  vmi_emit_trap_if(e, e_cmp(e, GCC_JIT_COMPARISON_GT, end, size), VM_TRAP_MEMORY_BOUNDS);
  e_jump(e, next);
  e->block = next;
}

/* The others compare with size - extent, for which nothing is added in a loop; if that may be below 0,
 * with the size. */
static void check_by_size(vmi_emitter *e, uint32_t memory, rvalue *from, uint64_t extent)
{
  rvalue *limit = vmi_emit_memory_size(e, memory);
  if (extent <= vmi_emit_least_size(e, memory))
    limit = e_op(e, GCC_JIT_BINARY_OP_MINUS, T_uint64_t, limit, e_u64(e, extent));
  else
    from = e_op(e, GCC_JIT_BINARY_OP_PLUS, T_uint64_t, from, e_u64(e, extent));
  vmi_emit_trap_if(e, e_cmp(e, GCC_JIT_COMPARISON_GT, from, limit), VM_TRAP_MEMORY_BOUNDS);
}

/* The address + offset, in 64 bits and checked; both are below 2^32, so nothing overflows. */
static rvalue *checked_address(vmi_emitter *e, const vmi_insn *in, uint32_t size,
                               const vmi_operand *address)
{
  uint32_t memory = (uint32_t)in->imm[0];
  uint64_t extent = in->imm[1] + size;
  lvalue *wide = vmi_emit_local(e, e->u->type[T_uint64_t], "ea");
  e_set(e, wide, e_cast(e, address->value, T_uint64_t));
  if (!vmi_known_in_bounds(e, memory, address, extent)) {
    if (!memory) check_by_limit(e, e_get(wide), extent);
    else check_by_size(e, memory, e_get(wide), extent);
    vmi_known_checked(e, memory, address, extent);
  }
  if (!in->imm[1]) return e_get(wide);
  return e_op(e, GCC_JIT_BINARY_OP_PLUS, T_uint64_t, e_get(wide), e_u64(e, in->imm[1]));
}

/* The same, not checked; behind the access it is known to be in bounds. */
static rvalue *unchecked_address(vmi_emitter *e, const vmi_insn *in, uint32_t size,
                                 const vmi_operand *address)
{
  vmi_known_checked(e, (uint32_t)in->imm[0], address, in->imm[1] + size);
  rvalue *wide = e_cast(e, address->value, T_uint64_t);
  return in->imm[1] ? e_op(e, GCC_JIT_BINARY_OP_PLUS, T_uint64_t, wide, e_u64(e, in->imm[1])) : wide;
}

/* The cell at popped address + offset. `faults`: it is not known to be in bounds, but
 * lies in the reserved range in any case. */
static lvalue *memory_cell(vmi_emitter *e, const vmi_insn *in, vmi_ctype t, const vmi_operand *address,
                           bool *faults)
{
  uint32_t memory = (uint32_t)in->imm[0];
  rvalue *at = vmi_emit_hoisted_address(e, memory, address, in->imm[1], size_of[t]);
  *faults = !at && e->guards && !vmi_known_in_bounds(e, memory, address, in->imm[1] + size_of[t]);
  if (!at && e->guards) at = unchecked_address(e, in, size_of[t], address);
  else if (!at) at = checked_address(e, in, size_of[t], address);
  lvalue *byte = gcc_jit_context_new_array_access(e->ctx, NULL, e_get(e->mem_base[memory]), at);
  rvalue *typed = gcc_jit_context_new_cast(e->ctx, NULL, gcc_jit_lvalue_get_address(byte, NULL),
                                           gcc_jit_type_get_pointer(e->u->unaligned[t]));
  return gcc_jit_rvalue_dereference(typed, NULL);
}

void vmi_emit_mem_load(vmi_emitter *e, const vmi_insn *in)
{
  const vmi_row_info *row = &vmi_emit_rows[in->index];
  vmi_operand address = vmi_emit_pop_operand(e);
  bool faults;
  lvalue *cell = memory_cell(e, in, row->ctype, &address, &faults);
  rvalue *v = faults ? vmi_emit_guarded_load(e, row->ctype, row->cls, cell)
                     : gcc_jit_context_new_cast(e->ctx, NULL, e_get(cell), e->u->cls[row->cls]);
  vmi_emit_push(e, row->cls, v);
}

void vmi_emit_mem_store(vmi_emitter *e, const vmi_insn *in)
{
  const vmi_row_info *row = &vmi_emit_rows[in->index];
  rvalue *v = vmi_emit_pop(e);
  vmi_operand address = vmi_emit_pop_operand(e);
  bool faults;
  lvalue *cell = memory_cell(e, in, row->ctype, &address, &faults);
  if (e->u->cls[row->cls] != e->u->type[row->ctype]) v = e_cast(e, v, row->ctype);
  if (faults) vmi_emit_guarded_store(e, row->ctype, cell, v);
  else e_set(e, cell, v);
}

void vmi_emit_MEMORY_SIZE(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *table = e_load_ptr(e, e_get(e->inst), offsetof(vmi_instance, memories));
  rvalue *memory = e_load_ptr(e, table, 8ull * in->imm[0]);
  vmi_emit_push(e, C_I32, e_load_u32(e, memory, offsetof(vmi_memory_inst, pages)));
}

/* A helper that may collect and returns an i32; then its `pops` operands go and the result stays. */
static void growing(vmi_emitter *e, uint32_t helper, uint32_t n, rvalue **args, uint32_t pops)
{
  lvalue *result = vmi_emit_temp(e, C_I32);
  bool temporary = vmi_emit_safepoint(e, e->depth);
  e_set(e, result, vmi_emit_helper(e, helper, n, args));
  vmi_emit_safepoint_end(e, temporary);
  while (pops-- > 0) vmi_emit_pop(e);
  vmi_emit_push(e, C_I32, e_get(result));
}

void vmi_emit_MEMORY_GROW(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *args[2] = {e_u32(e, (uint32_t)in->imm[0]), vmi_emit_operand(e, e->depth - 1)};
  growing(e, VMI_H_memory_grow, 2, args, 1);
  vmi_emit_load_memories(e);
}

/* Helpers of the shape (immediates ..., three popped i32) that return a trap code. */
static void bulk(vmi_emitter *e, const vmi_insn *in, uint32_t helper, uint32_t nimms)
{
  rvalue *args[5];
  for (uint32_t i = 0; i < nimms; i++) args[i] = e_u32(e, (uint32_t)in->imm[i]);
  for (uint32_t i = 3; i-- > 0;) args[nimms + i] = vmi_emit_pop(e);
  vmi_emit_trap_if_code(e, vmi_emit_helper(e, helper, nimms + 3, args));
}

void vmi_emit_MEMORY_COPY(vmi_emitter *e, const vmi_insn *in) { bulk(e, in, VMI_H_memory_copy, 2); }
void vmi_emit_MEMORY_FILL(vmi_emitter *e, const vmi_insn *in) { bulk(e, in, VMI_H_memory_fill, 1); }
void vmi_emit_MEMORY_INIT(vmi_emitter *e, const vmi_insn *in) { bulk(e, in, VMI_H_memory_init, 2); }
void vmi_emit_TABLE_COPY(vmi_emitter *e, const vmi_insn *in) { bulk(e, in, VMI_H_table_copy, 2); }
void vmi_emit_TABLE_FILL(vmi_emitter *e, const vmi_insn *in) { bulk(e, in, VMI_H_table_fill, 1); }

void vmi_emit_TABLE_INIT(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *args[5] = {e_u32(e, (uint32_t)in->imm[0]), e_u32(e, (uint32_t)in->imm[1])};
  for (uint32_t i = 0; i < 3; i++) args[2 + i] = vmi_emit_operand(e, e->depth - 3 + i);
  growing(e, VMI_H_table_init, 5, args, 3);
  vmi_emit_trap_if_code(e, vmi_emit_pop(e));
}

void vmi_emit_DATA_DROP(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_call_void(e, VMI_HELPER(e, data_drop, e_u32(e, (uint32_t)in->imm[0])));
}

void vmi_emit_ELEM_DROP(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_call_void(e, VMI_HELPER(e, elem_drop, e_u32(e, (uint32_t)in->imm[0])));
}

/* ---- tables ---- */

static rvalue *table_of(vmi_emitter *e, uint32_t table)
{
  rvalue *tables = e_load_ptr(e, e_get(e->inst), offsetof(vmi_instance, tables));
  return e_load_ptr(e, tables, 8ull * table);
}

lvalue *vmi_emit_table_cell(vmi_emitter *e, uint32_t table, rvalue *index)
{
  rvalue *from = table ? table_of(e, table) : e_get(e->inst);
  uint64_t length_at = table ? offsetof(vmi_table_inst, length) : offsetof(vmi_instance, table_length);
  uint64_t items_at = table ? offsetof(vmi_table_inst, items) : offsetof(vmi_instance, table_items);
  rvalue *length = e_load_u32(e, from, length_at);
  vmi_emit_trap_if(e, e_cmp(e, GCC_JIT_COMPARISON_GE, index, length), VM_TRAP_TABLE_BOUNDS);
  rvalue *items = gcc_jit_context_new_cast(e->ctx, NULL, e_load_ptr(e, from, items_at),
                                           gcc_jit_type_get_pointer(e->u->ptr));
  return gcc_jit_context_new_array_access(e->ctx, NULL, items, e_cast(e, index, T_uint64_t));
}

void vmi_emit_TABLE_GET(vmi_emitter *e, const vmi_insn *in)
{
  lvalue *cell = vmi_emit_table_cell(e, (uint32_t)in->imm[0], vmi_emit_pop(e));
  vmi_emit_push(e, C_REF, e_get(cell));
}

void vmi_emit_TABLE_SET(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *v = vmi_emit_pop(e);
  lvalue *cell = vmi_emit_table_cell(e, (uint32_t)in->imm[0], vmi_emit_pop(e));
  e_set(e, cell, v);
}

void vmi_emit_TABLE_SIZE(vmi_emitter *e, const vmi_insn *in)
{
  vmi_emit_push(e, C_I32, e_load_u32(e, table_of(e, (uint32_t)in->imm[0]), offsetof(vmi_table_inst, length)));
}

void vmi_emit_TABLE_GROW(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *args[3] = {e_u32(e, (uint32_t)in->imm[0]), vmi_emit_operand(e, e->depth - 2),
                     vmi_emit_operand(e, e->depth - 1)};
  growing(e, VMI_H_table_grow, 3, args, 2);
}
