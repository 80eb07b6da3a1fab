/* operations.c - the rows of isa.def that are nothing but a function: symbols, maps, objects.
 *
 * SPDX-License-Identifier: MIT
 *
 * thread->trap_code says whether one failed; a result of a failed one is of no interest.
 */
#include <string.h>

#include "dyn_ops.h"
#include "dynamic.h"

static uint64_t fail(vmi_thread *t, uint32_t code)
{
  t->trap_code = code;
  return 0;
}

static uint64_t done(vmi_thread *t, uint64_t result)
{
  t->trap_code = VM_TRAP_NONE;
  return result;
}

/* A new object, or out of memory. */
static uint64_t made(vmi_thread *t, const void *object)
{
  return object ? done(t, vmi_word_of(object)) : fail(t, VM_TRAP_OUT_OF_MEMORY);
}

static uint64_t finished(vmi_thread *t, uint32_t code) { return code ? fail(t, code) : done(t, 0); }

#define WANT(is, word) \
  if (VMI_UNLIKELY(!is(word))) return fail(t, VM_TRAP_DYN_TYPE)

/* ---- kinds ---- */

#define KIND(kind)                                                                                \
  uint64_t vmi_rt_is_##kind(vmi_thread *t, uint32_t imm, const vmi_slot *s)                       \
  {                                                                                               \
    (void)imm;                                                                                    \
    return done(t, vmi_is_##kind(s[0].u64));                                                      \
  }
KIND(symbol)
KIND(map)
KIND(object)

/* ---- symbols ---- */

static vmi_symbol *symbol_at(const vmi_slot *s) { return s->ptr; }

uint64_t vmi_rt_symbol_from_array(vmi_thread *t, uint32_t type, const vmi_slot *s)
{
  const vmi_array_obj *a = s[0].ptr;
  (void)type;
  if (!a) return fail(t, VM_TRAP_NULL_REFERENCE);
  if ((uint64_t)s[1].u32 + s[2].u32 > a->length) return fail(t, VM_TRAP_ARRAY_BOUNDS);
  return made(t, vmi_rt_symbol(vmi_isolate_of(t), a->data + s[1].u32, s[2].u32));
}

uint64_t vmi_rt_symbol_to_array(vmi_thread *t, uint32_t type, const vmi_slot *s)
{
  WANT(vmi_is_symbol, s[0].u64);
  const vmi_symbol *y = symbol_at(s);
  vmi_array_obj *a =
      (vmi_array_obj *)vmi_gc_alloc_array(t->heap, t->instance->type_ids[type], y->length);
  if (a && y->length) memcpy(a->data, y->bytes, y->length);
  return made(t, a);
}

uint64_t vmi_rt_symbol_concat(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_symbol, s[0].u64);
  WANT(vmi_is_symbol, s[1].u64);
  return made(t, vmi_rt_symbol_join(vmi_isolate_of(t), symbol_at(&s[0]), symbol_at(&s[1])));
}

uint64_t vmi_rt_symbol_slice(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_symbol, s[0].u64);
  const vmi_symbol *y = symbol_at(s);
  if ((uint64_t)s[1].u32 + s[2].u32 > y->length) return fail(t, VM_TRAP_ARRAY_BOUNDS);
  return made(t, vmi_rt_symbol(vmi_isolate_of(t), y->bytes + s[1].u32, s[2].u32));
}

uint64_t vmi_rt_symbol_compare(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_symbol, s[0].u64);
  WANT(vmi_is_symbol, s[1].u64);
  const vmi_symbol *a = symbol_at(&s[0]), *b = symbol_at(&s[1]);
  uint32_t common = a->length < b->length ? a->length : b->length;
  int order = common ? memcmp(a->bytes, b->bytes, common) : 0;
  if (order == 0) order = (a->length > b->length) - (a->length < b->length);
  return done(t, (uint32_t)((order > 0) - (order < 0)));
}

uint64_t vmi_rt_symbol_byte(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_symbol, s[0].u64);
  const vmi_symbol *y = symbol_at(s);
  if (s[1].u32 >= y->length) return fail(t, VM_TRAP_ARRAY_BOUNDS);
  return done(t, (uint8_t)y->bytes[s[1].u32]);
}

uint64_t vmi_rt_symbol_len(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_symbol, s[0].u64);
  return done(t, symbol_at(s)->length);
}

uint64_t vmi_rt_symbol_hash(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_symbol, s[0].u64);
  return done(t, symbol_at(s)->hash);
}

/* ---- maps ---- */

static vmi_map *map_at(const vmi_slot *s) { return s->ptr; }

uint64_t vmi_rt_op_map_new(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm, (void)s;
  return made(t, vmi_rt_map_new(vmi_isolate_of(t)));
}

uint64_t vmi_rt_op_map_get(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  uint32_t entry;
  (void)imm;
  WANT(vmi_is_map, s[0].u64);
  bool found = vmi_rt_map_find(map_at(s), s[1].u64, &entry);
  return done(t, found ? map_at(s)->entries->item[2 * entry + 1] : VMI_DYN_NIL);
}

uint64_t vmi_rt_op_map_set(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_map, s[0].u64);
  return finished(t, vmi_rt_map_set(vmi_isolate_of(t), map_at(s), s[1].u64, s[2].u64));
}

uint64_t vmi_rt_op_map_has(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  uint32_t entry;
  (void)imm;
  WANT(vmi_is_map, s[0].u64);
  return done(t, vmi_rt_map_find(map_at(s), s[1].u64, &entry));
}

uint64_t vmi_rt_op_map_delete(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_map, s[0].u64);
  return done(t, vmi_rt_map_delete(vmi_isolate_of(t), map_at(s), s[1].u64));
}

uint64_t vmi_rt_op_map_len(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_map, s[0].u64);
  return done(t, map_at(s)->live);
}

uint64_t vmi_rt_op_map_next(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_map, s[0].u64);
  return done(t, (uint32_t)vmi_rt_map_next(map_at(s), s[1].u32));
}

static uint64_t map_part(vmi_thread *t, const vmi_slot *s, uint32_t part)
{
  WANT(vmi_is_map, s[0].u64);
  const vmi_map *m = map_at(s);
  bool there = s[1].u32 < m->used && vmi_rt_map_next(m, s[1].u32) == s[1].i32;
  return done(t, there ? m->entries->item[2 * s[1].u32 + part] : VMI_DYN_NIL);
}

uint64_t vmi_rt_op_map_key(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  return map_part(t, s, 0);
}

uint64_t vmi_rt_op_map_value(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  return map_part(t, s, 1);
}

/* ---- objects ---- */

static vmi_object *object_at(const vmi_slot *s) { return s->ptr; }

uint64_t vmi_rt_op_object_new(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  if (s[0].u64 != VMI_DYN_NIL) WANT(vmi_is_object, s[0].u64);
  return made(t, vmi_rt_object_new(vmi_isolate_of(t), s[0].u64));
}

uint64_t vmi_rt_op_object_get(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  WANT(vmi_is_symbol, s[1].u64);
  int32_t index = vmi_rt_shape_find(object_at(s)->shape, symbol_at(&s[1]));
  return done(t, index < 0 ? VMI_DYN_NIL : *vmi_rt_object_slot(object_at(s), (uint32_t)index));
}

uint64_t vmi_rt_op_object_find(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  uint32_t index;
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  WANT(vmi_is_symbol, s[1].u64);
  vmi_object *holder = vmi_rt_object_lookup(object_at(s), symbol_at(&s[1]), &index);
  return done(t, holder ? *vmi_rt_object_slot(holder, index) : VMI_DYN_NIL);
}

uint64_t vmi_rt_op_object_has(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  WANT(vmi_is_symbol, s[1].u64);
  return done(t, vmi_rt_shape_find(object_at(s)->shape, symbol_at(&s[1])) >= 0);
}

static uint64_t put(vmi_thread *t, const vmi_slot *s, int32_t attributes)
{
  WANT(vmi_is_object, s[0].u64);
  WANT(vmi_is_symbol, s[1].u64);
  return finished(t, vmi_rt_object_put(vmi_isolate_of(t), object_at(s), symbol_at(&s[1]), s[2].u64,
                                       attributes));
}

uint64_t vmi_rt_op_object_put(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  return put(t, s, -1);
}

uint64_t vmi_rt_op_object_define(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  return put(t, s, s[3].i32 & 0xFF);
}

uint64_t vmi_rt_op_object_delete(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  bool deleted = false;
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  WANT(vmi_is_symbol, s[1].u64);
  uint32_t code =
      vmi_rt_object_delete(vmi_isolate_of(t), object_at(s), symbol_at(&s[1]), &deleted);
  return code ? fail(t, code) : done(t, deleted);
}

uint64_t vmi_rt_op_object_proto(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  return done(t, object_at(s)->shape->proto);
}

uint64_t vmi_rt_op_object_set_proto(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  if (s[1].u64 != VMI_DYN_NIL) WANT(vmi_is_object, s[1].u64);
  return finished(t, vmi_rt_object_set_proto(vmi_isolate_of(t), object_at(s), s[1].u64));
}

uint64_t vmi_rt_op_object_data(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  return done(t, object_at(s)->data);
}

uint64_t vmi_rt_op_object_set_data(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  vmi_gc_barrier(t->heap, &object_at(s)->header);
  object_at(s)->data = s[1].u64;
  return done(t, 0);
}

uint64_t vmi_rt_op_object_seal(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  return finished(t, vmi_rt_object_seal(vmi_isolate_of(t), object_at(s), s[1].u32 & 1));
}

uint64_t vmi_rt_op_object_len(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  return done(t, object_at(s)->shape->count);
}

uint64_t vmi_rt_op_object_key(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  const vmi_shape *shape = object_at(s)->shape;
  return done(t, s[1].u32 < shape->count ? shape->props->keys->item[s[1].u32] : VMI_DYN_NIL);
}

uint64_t vmi_rt_op_object_attributes(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  bool there = s[1].u32 < object_at(s)->shape->count;
  return done(t, there ? vmi_rt_object_attributes(object_at(s), s[1].u32) : 0);
}

/* ---- all ---- */

static vmi_operation *const operations[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define CALLOP(id, code, text, imms, pops, pushes, flags, fn, prose) [VMI_IX_##id] = fn,
#include "isa.def"
};

uint64_t vmi_rt_operation(vmi_thread *t, uint32_t row, uint32_t imm, vmi_slot *operands)
{
  return operations[row](t, imm, operands);
}

uint64_t vmi_rt_op_object_expect(vmi_thread *t, uint32_t imm, const vmi_slot *s)
{
  (void)imm;
  WANT(vmi_is_object, s[0].u64);
  return finished(t, vmi_rt_object_expect(vmi_isolate_of(t), object_at(s), s[1].u32));
}
