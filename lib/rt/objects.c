/* objects.c - allocation, arrays, casts: the object operations that every tier calls.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "isolate.h"

static void *or_no_memory(vmi_thread *t, void *object)
{
  if (VMI_UNLIKELY(!object)) t->trap_code = VM_TRAP_OUT_OF_MEMORY;
  return object;
}

static vmi_func_obj *new_func(vmi_instance *inst, uint32_t func)
{
  uint32_t type = inst->type_ids[inst->module->funcs[func].type];
  vmi_func_obj *f = (vmi_func_obj *)vmi_gc_alloc(inst->isolate->thread.heap, type);
  if (!f) return NULL;
  f->instance = inst;
  f->code = &inst->code[func];
  return f;
}

vmi_func_obj *vmi_rt_func_object(vmi_instance *inst, uint32_t func)
{
  if (func < inst->module->nimported_funcs) return inst->imports[func];
  if (!inst->func_objs[func]) inst->func_objs[func] = new_func(inst, func);
  return inst->func_objs[func];
}

void *vmi_rt_ref_func(vmi_thread *t, uint32_t func)
{
  return or_no_memory(t, vmi_rt_func_object(t->instance, func));
}

void *vmi_rt_closure_new(vmi_thread *t, uint32_t func, void *env)
{
  vmi_func_obj *f = new_func(t->instance, func);
  if (f) f->env = env;
  return or_no_memory(t, f);
}

void *vmi_rt_struct_new(vmi_thread *t, uint32_t type)
{
  return or_no_memory(t, vmi_gc_alloc(t->heap, t->instance->type_ids[type]));
}

void *vmi_rt_weak_new(vmi_thread *t, void *object)
{
  vmi_weak_obj *w = (vmi_weak_obj *)vmi_gc_alloc(t->heap, VMI_TYPE_WEAK);
  if (w) w->target = object;
  return or_no_memory(t, w);
}

uint32_t vmi_rt_ref_test(vmi_thread *t, void *object, uint32_t type)
{
  return vmi_rt_object_is(vmi_isolate_of(t), object,
                          vmi_rt_type_resolve(t->instance->type_ids, type));
}

void vmi_rt_log(vmi_thread *t, void *object) { vmi_gc_barrier(t->heap, object); }

/* ---- arrays ---- */

void *vmi_rt_array_new(vmi_thread *t, uint32_t type, uint32_t length)
{
  if (length > VMI_MAX_ARRAY_LENGTH) {
    t->trap_code = VM_TRAP_ARRAY_SIZE;
    return NULL;
  }
  return or_no_memory(t, vmi_gc_alloc_array(t->heap, t->instance->type_ids[type], length));
}

static bool in_range(const vmi_array_obj *a, uint32_t index, uint32_t n)
{
  return (uint64_t)index + n <= a->length;
}

static const vmi_field *element_of(const vmi_thread *t, uint32_t type)
{
  return &t->instance->module->types[type].fields[0];
}

static void fill_elements(char *p, uint32_t size, uint64_t bits, uint32_t n)
{
  switch (size) {
  case 1:
    memset(p, (uint8_t)bits, n);
    break;
  case 2:
    for (uint32_t i = 0; i < n; i++) ((uint16_t *)p)[i] = (uint16_t)bits;
    break;
  case 4:
    for (uint32_t i = 0; i < n; i++) ((uint32_t *)p)[i] = (uint32_t)bits;
    break;
  default:
    for (uint32_t i = 0; i < n; i++) ((uint64_t *)p)[i] = bits;
  }
}

uint32_t vmi_rt_array_fill(vmi_thread *t, uint32_t type, void *array, uint32_t index, uint64_t bits,
                           uint32_t n)
{
  vmi_array_obj *a = array;
  if (!a) return VM_TRAP_NULL_REFERENCE;
  if (!in_range(a, index, n)) return VM_TRAP_ARRAY_BOUNDS;
  uint32_t size = vmi_storage_size(element_of(t, type)->type);
  vmi_gc_barrier(t->heap, &a->header);
  fill_elements(a->data + (size_t)index * size, size, bits, n);
  return VM_TRAP_NONE;
}

uint32_t vmi_rt_array_copy(vmi_thread *t, uint32_t dst_type, uint32_t src_type, void *dst,
                           uint32_t dst_index, void *src, uint32_t src_index, uint32_t n)
{
  (void)src_type;
  vmi_array_obj *d = dst, *s = src;
  if (!d || !s) return VM_TRAP_NULL_REFERENCE;
  if (!in_range(d, dst_index, n) || !in_range(s, src_index, n)) return VM_TRAP_ARRAY_BOUNDS;
  size_t size = vmi_storage_size(element_of(t, dst_type)->type);
  vmi_gc_barrier(t->heap, &d->header);
  memmove(d->data + dst_index * size, s->data + src_index * size, n * size);
  return VM_TRAP_NONE;
}

/* Elements from the little-endian bytes of a segment. */
static void read_elements(char *p, uint32_t size, const uint8_t *bytes, uint32_t n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (n) memcpy(p, bytes, (size_t)n * size);
#else
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = 0; k < size; k++)
      p[(size_t)i * size + k] = (char)bytes[(size_t)i * size + (size - 1 - k)];
#endif
}

static const uint8_t *segment_range(vmi_instance *inst, uint32_t data, uint32_t offset, uint64_t size)
{
  const vmi_data *d = &inst->module->datas[data];
  uint32_t available = inst->dropped_data[data] ? 0 : d->size;
  return offset + size <= available ? d->bytes + offset : NULL;
}

void *vmi_rt_array_new_data(vmi_thread *t, uint32_t type, uint32_t data, uint32_t offset, uint32_t n)
{
  uint32_t size = vmi_storage_size(element_of(t, type)->type);
  const uint8_t *bytes = segment_range(t->instance, data, offset, (uint64_t)n * size);
  if (!bytes) {
    t->trap_code = VM_TRAP_MEMORY_BOUNDS;
    return NULL;
  }
  vmi_array_obj *a = vmi_rt_array_new(t, type, n);
  if (a) read_elements(a->data, size, bytes, n);
  return a;
}

uint32_t vmi_rt_array_init_data(vmi_thread *t, uint32_t type, uint32_t data, void *array,
                                uint32_t index, uint32_t offset, uint32_t n)
{
  vmi_array_obj *a = array;
  if (!a) return VM_TRAP_NULL_REFERENCE;
  if (!in_range(a, index, n)) return VM_TRAP_ARRAY_BOUNDS;
  uint32_t size = vmi_storage_size(element_of(t, type)->type);
  const uint8_t *bytes = segment_range(t->instance, data, offset, (uint64_t)n * size);
  if (!bytes) return VM_TRAP_MEMORY_BOUNDS;
  read_elements(a->data + (size_t)index * size, size, bytes, n);
  return VM_TRAP_NONE;
}
