/* emit_object.c - structs and arrays: allocation, fields, elements, the write barrier.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include "loop.h"

/* The C type of a stored value; packed ones as signed or not. */
static ctype *storage(vmi_emitter *e, vm_type t, bool is_signed)
{
  if (t == VM_I8) return e->u->type[is_signed ? T_int8_t : T_uint8_t];
  if (t == VM_I16) return e->u->type[is_signed ? T_int16_t : T_uint16_t];
  return e->u->cls[vmi_class_of(t)];
}

static void trap_if_null(vmi_emitter *e, rvalue *ref)
{
  vmi_emit_trap_if(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, ref, e_null(e)), VM_TRAP_NULL_REFERENCE);
}

/* Before a store of type `t` into an object that exists already. */
static void barrier(vmi_emitter *e, vm_type t, rvalue *object)
{
  if (!vmi_type_traced(t)) return;
  rvalue *unlogged = e_load(e, e->u->type[T_uint8_t], object, offsetof(vmi_obj, unlogged));
  block *next, *cold = vmi_emit_cold(
    e, e_cmp(e, GCC_JIT_COMPARISON_NE, unlogged, e_int(e, T_uint8_t, 0)), &next);
  e->block = cold;
  vmi_emit_call_void(e, VMI_HELPER(e, log, object));
  e_jump(e, next);
  e->block = next;
}

static rvalue *narrowed(vmi_emitter *e, vm_type t, rvalue *v)
{
  return vmi_type_is_packed(t) ? gcc_jit_context_new_cast(e->ctx, NULL, v, storage(e, t, false)) : v;
}

/* *object = the result of an allocating helper, or a trap. The frame is readable meanwhile, with all
 * operands, which stay. */
static void allocate(vmi_emitter *e, lvalue *object, uint32_t helper, uint32_t n, rvalue **args)
{
  bool temporary = vmi_emit_safepoint(e, e->depth);
  e_set(e, object, vmi_emit_helper(e, helper, n, args));
  vmi_emit_safepoint_end(e, temporary);
  vmi_emit_trap_if_null(e, e_get(object));
}

/* ---- structs ---- */

static bool struct_traced(const vmi_typedef *type)
{
  for (uint32_t i = 0; i < type->nfields; i++)
    if (vmi_type_traced(type->fields[i].type)) return true;
  return false;
}

/* Take a cell of the type's size class off the thread's allocation front; the slow path is the
 * collector's. The body may be garbage on one path and zero on the other: all fields are set next. */
static void new_cell(vmi_emitter *e, uint32_t index, lvalue *object)
{
  const vmi_typedef *type = &e->m->types[index];
  rvalue *number = e_u32(e, index);
  if (type->size > VMI_GC_MAX_SMALL) {
    allocate(e, object, VMI_H_struct_new, 1, &number);
    return;
  }
  uint32_t class = vmi_gc_class(type->size);
  size_t bump = offsetof(vmi_thread, front.bump) +
                sizeof(vmi_bump) * (2 * class + (struct_traced(type) ? 1 : 0));
  lvalue *end = vmi_emit_local(e, e->u->ptr, "end");
  block *fast = e_block(e), *slow = e_block(e), *join = e_block(e);
  e_set(e, object, e_load_ptr(e, e->t, bump + offsetof(vmi_bump, cursor)));
  e_set(e, end, e_at(e, e_get(object), vmi_gc_class_size(class)));
  rvalue *full = e_cmp(e, GCC_JIT_COMPARISON_GT, e_get(end),
                       e_load_ptr(e, e->t, bump + offsetof(vmi_bump, limit)));
  e_if(e, vmi_emit_likely(e, full, false), slow, fast);
  e->block = slow;
  allocate(e, object, VMI_H_struct_new, 1, &number);
  e_jump(e, join);
  e->block = fast;
  e_store(e, e->u->ptr, e->t, bump + offsetof(vmi_bump, cursor), e_get(end));
  rvalue *ids = e_load_ptr(e, e_get(e->inst), offsetof(vmi_instance, type_ids));
  e_store(e, e->u->type[T_uint64_t], e_get(object), 0,
          e_cast(e, e_load_u32(e, ids, 4ull * index), T_uint64_t));
  e_jump(e, join);
  e->block = join;
}

static void set_field(vmi_emitter *e, const vmi_field *field, rvalue *object, rvalue *v)
{
  e_store(e, storage(e, field->type, false), object, field->offset, narrowed(e, field->type, v));
}

void vmi_emit_STRUCT_NEW(vmi_emitter *e, const vmi_insn *in)
{
  const vmi_typedef *type = &e->m->types[in->imm[0]];
  lvalue *object = vmi_emit_temp(e, C_REF);
  new_cell(e, (uint32_t)in->imm[0], object);
  for (uint32_t i = type->nfields; i-- > 0;)
    set_field(e, &type->fields[i], e_get(object), vmi_emit_pop(e));
  vmi_emit_push(e, C_REF, e_get(object));
}

void vmi_emit_STRUCT_NEW_DEFAULT(vmi_emitter *e, const vmi_insn *in)
{
  const vmi_typedef *type = &e->m->types[in->imm[0]];
  lvalue *object = vmi_emit_temp(e, C_REF);
  new_cell(e, (uint32_t)in->imm[0], object);
  for (uint32_t i = 0; i < type->nfields; i++)
    set_field(e, &type->fields[i], e_get(object),
              vmi_emit_zero(e, vmi_class_of(type->fields[i].type)));
  vmi_emit_push(e, C_REF, e_get(object));
}

static void struct_get(vmi_emitter *e, const vmi_insn *in, bool is_signed)
{
  const vmi_field *field = &e->m->types[in->imm[0]].fields[in->imm[1]];
  rvalue *object = vmi_emit_pop(e);
  trap_if_null(e, object);
  rvalue *v = e_load(e, storage(e, field->type, is_signed), object, field->offset);
  vmi_class c = vmi_class_of(field->type);
  vmi_emit_push(e, c, vmi_type_is_packed(field->type) ? e_cast(e, v, T_uint32_t) : v);
}

void vmi_emit_STRUCT_GET(vmi_emitter *e, const vmi_insn *in) { struct_get(e, in, false); }
void vmi_emit_STRUCT_GET_S(vmi_emitter *e, const vmi_insn *in) { struct_get(e, in, true); }
void vmi_emit_STRUCT_GET_U(vmi_emitter *e, const vmi_insn *in) { struct_get(e, in, false); }

void vmi_emit_STRUCT_SET(vmi_emitter *e, const vmi_insn *in)
{
  const vmi_field *field = &e->m->types[in->imm[0]].fields[in->imm[1]];
  rvalue *v = vmi_emit_pop(e), *object = vmi_emit_pop(e);
  trap_if_null(e, object);
  barrier(e, field->type, object);
  set_field(e, field, object, v);
}

/* ---- arrays ---- */

static vm_type element_type(vmi_emitter *e, const vmi_insn *in)
{
  return e->m->types[in->imm[0]].fields[0].type;
}

static lvalue *element(vmi_emitter *e, vm_type t, bool is_signed, rvalue *array, rvalue *index)
{
  rvalue *data = gcc_jit_context_new_cast(e->ctx, NULL, e_at(e, array, VMI_ARRAY_DATA_OFFSET),
                                          gcc_jit_type_get_pointer(storage(e, t, is_signed)));
  return gcc_jit_context_new_array_access(e->ctx, NULL, data, e_cast(e, index, T_uint64_t));
}

_Static_assert(VM_TRAP_NULL_REFERENCE == VM_TRAP_ARRAY_BOUNDS + 1, "check_index adds a bool");

/* The index, after a trap unless it is below the length. A local's length is cached, with 0 for null: one comparison serves
 * both checks, and GCC can keep the length in a register around a loop. */
static rvalue *check_index(vmi_emitter *e, const vmi_operand *array, const vmi_operand *at)
{
  rvalue *index = vmi_emit_hoisted_element(e, array, at);
  if (index) return index;
  index = at->value;
  if (array->kind != E_LOCAL || !e->lengths[array->local]) {
    trap_if_null(e, array->value);
    rvalue *length = e_load_u32(e, array->value, VMI_ARRAY_LENGTH_OFFSET);
    vmi_emit_trap_if(e, e_cmp(e, GCC_JIT_COMPARISON_GE, index, length), VM_TRAP_ARRAY_BOUNDS);
    return index;
  }
  rvalue *length = e_get(e->lengths[array->local]);
  block *next, *cold = vmi_emit_cold(e, e_cmp(e, GCC_JIT_COMPARISON_GE, index, length), &next);
  e->block = cold;
  rvalue *null = vmi_emit_bool(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, array->value, e_null(e)));
  vmi_emit_trap_value(e, e_op(e, GCC_JIT_BINARY_OP_PLUS, T_uint32_t, null,
                              e_u32(e, VM_TRAP_ARRAY_BOUNDS)));
  e->block = next;
  return index;
}

static void array_get(vmi_emitter *e, const vmi_insn *in, bool is_signed)
{
  vm_type t = element_type(e, in);
  vmi_operand at = vmi_emit_pop_operand(e), array = vmi_emit_pop_operand(e);
  rvalue *index = check_index(e, &array, &at);
  rvalue *v = e_get(element(e, t, is_signed, array.value, index));
  vmi_emit_push(e, vmi_class_of(t), vmi_type_is_packed(t) ? e_cast(e, v, T_uint32_t) : v);
}

void vmi_emit_ARRAY_GET(vmi_emitter *e, const vmi_insn *in) { array_get(e, in, false); }
void vmi_emit_ARRAY_GET_S(vmi_emitter *e, const vmi_insn *in) { array_get(e, in, true); }
void vmi_emit_ARRAY_GET_U(vmi_emitter *e, const vmi_insn *in) { array_get(e, in, false); }

void vmi_emit_ARRAY_SET(vmi_emitter *e, const vmi_insn *in)
{
  vm_type t = element_type(e, in);
  rvalue *v = vmi_emit_pop(e);
  vmi_operand at = vmi_emit_pop_operand(e), array = vmi_emit_pop_operand(e);
  rvalue *index = check_index(e, &array, &at);
  barrier(e, t, array.value);
  e_set(e, element(e, t, false, array.value, index), narrowed(e, t, v));
}

void vmi_emit_ARRAY_LEN(vmi_emitter *e, const vmi_insn *in)
{
  vmi_operand array = vmi_emit_pop_operand(e);
  trap_if_null(e, array.value);
  bool cached = array.kind == E_LOCAL && e->lengths[array.local];
  vmi_emit_push(e, C_I32, cached ? e_get(e->lengths[array.local])
                                 : e_load_u32(e, array.value, VMI_ARRAY_LENGTH_OFFSET));
  if (cached && e->fast) e->stack[e->depth - 1].sym = vmi_sym_length(e, array.local);
}

void vmi_emit_ARRAY_NEW(vmi_emitter *e, const vmi_insn *in)
{
  vmi_class c = vmi_class_of(element_type(e, in));
  rvalue *type = e_u32(e, (uint32_t)in->imm[0]);
  rvalue *args[2] = {type, vmi_emit_operand(e, e->depth - 1)};
  lvalue *object = vmi_emit_temp(e, C_REF);
  allocate(e, object, VMI_H_array_new, 2, args);
  rvalue *n = vmi_emit_pop(e), *v = vmi_emit_pop(e);
  vmi_emit_call_void(e, VMI_HELPER(e, array_fill, type, e_get(object), e_u32(e, 0),
                                   vmi_emit_slot_bits(e, c, v), n)); /* in bounds: no trap */
  vmi_emit_push(e, C_REF, e_get(object));
}

void vmi_emit_ARRAY_NEW_DEFAULT(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *args[2] = {e_u32(e, (uint32_t)in->imm[0]), vmi_emit_operand(e, e->depth - 1)};
  lvalue *object = vmi_emit_temp(e, C_REF);
  allocate(e, object, VMI_H_array_new, 2, args);
  vmi_emit_pop(e);
  vmi_emit_push(e, C_REF, e_get(object));
}

void vmi_emit_ARRAY_NEW_FIXED(vmi_emitter *e, const vmi_insn *in)
{
  vm_type t = element_type(e, in);
  uint32_t n = (uint32_t)in->imm[1];
  rvalue *args[2] = {e_u32(e, (uint32_t)in->imm[0]), e_u32(e, n)};
  lvalue *object = vmi_emit_temp(e, C_REF);
  allocate(e, object, VMI_H_array_new, 2, args);
  uint64_t size = vmi_storage_size(t);
  for (uint32_t i = n; i-- > 0;)
    e_store(e, storage(e, t, false), e_get(object), VMI_ARRAY_DATA_OFFSET + i * size,
            narrowed(e, t, vmi_emit_pop(e)));
  vmi_emit_push(e, C_REF, e_get(object));
}

void vmi_emit_ARRAY_NEW_DATA(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *args[4] = {e_u32(e, (uint32_t)in->imm[0]), e_u32(e, (uint32_t)in->imm[1]),
                     vmi_emit_operand(e, e->depth - 2), vmi_emit_operand(e, e->depth - 1)};
  lvalue *object = vmi_emit_temp(e, C_REF);
  allocate(e, object, VMI_H_array_new_data, 4, args);
  vmi_emit_pop(e);
  vmi_emit_pop(e);
  vmi_emit_push(e, C_REF, e_get(object));
}

void vmi_emit_ARRAY_INIT_DATA(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *n = vmi_emit_pop(e), *offset = vmi_emit_pop(e);
  rvalue *index = vmi_emit_pop(e), *array = vmi_emit_pop(e);
  vmi_emit_trap_if_code(e, VMI_HELPER(e, array_init_data, e_u32(e, (uint32_t)in->imm[0]),
                                      e_u32(e, (uint32_t)in->imm[1]), array, index, offset, n));
}

void vmi_emit_ARRAY_COPY(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *n = vmi_emit_pop(e), *from = vmi_emit_pop(e), *src = vmi_emit_pop(e);
  rvalue *to = vmi_emit_pop(e), *dst = vmi_emit_pop(e);
  vmi_emit_trap_if_code(e, VMI_HELPER(e, array_copy, e_u32(e, (uint32_t)in->imm[0]),
                                      e_u32(e, (uint32_t)in->imm[1]), dst, to, src, from, n));
}

void vmi_emit_ARRAY_FILL(vmi_emitter *e, const vmi_insn *in)
{
  vmi_class c = vmi_class_of(element_type(e, in));
  rvalue *n = vmi_emit_pop(e), *v = vmi_emit_pop(e);
  rvalue *index = vmi_emit_pop(e), *array = vmi_emit_pop(e);
  vmi_emit_trap_if_code(e, VMI_HELPER(e, array_fill, e_u32(e, (uint32_t)in->imm[0]), array, index,
                                      vmi_emit_slot_bits(e, c, v), n));
}
