/* host_objects.c - objects that the host makes, reads and writes.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "isolate.h"

void vmi_rt_load(const void *address, vm_type type, vmi_slot *out)
{
  out->u64 = 0;
  if (type == VM_I8) {
    out->u32 = *(const uint8_t *)address;
  } else if (type == VM_I16) {
    out->u32 = *(const uint16_t *)address;
  } else if (vmi_storage_size(type) == 4) {
    memcpy(&out->u32, address, 4);
  } else {
    memcpy(&out->u64, address, 8);
  }
}

void vmi_rt_store(void *address, vm_type type, const vmi_slot *value)
{
  if (type == VM_I8) {
    *(uint8_t *)address = (uint8_t)value->u32;
  } else if (type == VM_I16) {
    *(uint16_t *)address = (uint16_t)value->u32;
  } else if (vmi_storage_size(type) == 4) {
    memcpy(address, &value->u32, 4);
  } else {
    memcpy(address, &value->u64, 8);
  }
}

vmi_obj *vmi_rt_struct_make(vm_isolate *iso, const vmi_rtt *type, const vmi_slot *fields)
{
  vmi_obj *object = vmi_gc_alloc(iso->thread.heap, type->id);
  if (!object || !fields) return object;
  for (uint32_t i = 0; i < type->nfields; i++)
    vmi_rt_store((char *)object + type->fields[i].offset, type->fields[i].type, &fields[i]);
  return object;
}

static char *element(vmi_array_obj *array, vm_type type, uint32_t index)
{
  return array->data + (size_t)index * vmi_storage_size(type);
}

vmi_array_obj *vmi_rt_array_make(vm_isolate *iso, const vmi_rtt *type, uint32_t length,
                                 const vmi_slot *fill)
{
  vmi_array_obj *array =
      (vmi_array_obj *)vmi_gc_alloc_array(iso->thread.heap, type->id, length);
  if (!array || !fill) return array;
  vm_type t = type->fields[0].type;
  for (uint32_t i = 0; i < length; i++) vmi_rt_store(element(array, t, i), t, fill);
  return array;
}

vmi_array_obj *vmi_rt_array_make_data(vm_isolate *iso, const vmi_rtt *type, uint32_t length,
                                      const void *data)
{
  vmi_array_obj *array = vmi_rt_array_make(iso, type, length, NULL);
  if (array && length)
    memcpy(array->data, data, (size_t)length * vmi_storage_size(type->fields[0].type));
  return array;
}

vmi_extern_obj *vmi_rt_extern_make(vm_isolate *iso, void *data)
{
  vmi_extern_obj *object = (vmi_extern_obj *)vmi_gc_alloc(iso->thread.heap, VMI_TYPE_EXTERN);
  if (object) {
    object->data = data;
    object->finalizer = NULL;
  }
  return object;
}

vmi_weak_obj *vmi_rt_weak_make(vm_isolate *iso, vmi_obj *target)
{
  vmi_weak_obj *weak = (vmi_weak_obj *)vmi_gc_alloc(iso->thread.heap, VMI_TYPE_WEAK);
  if (weak) weak->target = target;
  return weak;
}

void vmi_rt_field_set(vm_isolate *iso, vmi_obj *object, const vmi_field *field,
                      const vmi_slot *value)
{
  if (vmi_type_traced(field->type)) vmi_gc_barrier(iso->thread.heap, object);
  vmi_rt_store((char *)object + field->offset, field->type, value);
}

void vmi_rt_element_set(vm_isolate *iso, vmi_array_obj *array, vm_type type, uint32_t index,
                        const vmi_slot *value)
{
  if (vmi_type_traced(type)) vmi_gc_barrier(iso->thread.heap, &array->header);
  vmi_rt_store(element(array, type, index), type, value);
}
