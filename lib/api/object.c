/* object.c - structs, arrays, host objects, weak references and finalizers for the host.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api.h"

#include <string.h>

static vm_status no_room(vm_error *error)
{
  return vmi_fail(error, VM_MEMORY,
                  "no memory for an object: the heap limit or the host's memory is reached");
}

/* The type of that id, or ARGUMENT. */
static vm_status find_type(const vm_isolate *iso, vm_typeid type, uint32_t heap, const char *name,
                           const vmi_rtt **out, vm_error *error)
{
  *out = vmi_api_type(iso, type, heap);
  /* The run time's own byte arrays describe no element: they are no business of the host's. */
  bool usable = *out != NULL && (heap != VM_HEAP_ARRAY || (*out)->nfields == 1);
  VMI_API_REQUIRE(error, usable, "type %u: expected %s type of the isolate", type, name);
  return VM_OK;
}

/* ---- structs ---- */

static vm_status struct_defaults(const vmi_rtt *r, vm_error *error)
{
  for (uint32_t i = 0; i < r->nfields; i++) {
    vm_type type = r->fields[i].type;
    VMI_API_REQUIRE(error, vmi_type_is_packed(type) || vmi_type_has_default(type),
                    "field %u has no default: it is a reference that is never null", i);
  }
  return VM_OK;
}

static vm_status struct_slots(vm_isolate *iso, const vmi_rtt *r, const vm_value *fields,
                              vmi_slot *slots, vm_error *error)
{
  for (uint32_t i = 0; i < r->nfields; i++) {
    vm_status status =
        vmi_api_to_slot(iso, &fields[i], r->fields[i].type, "field", i, &slots[i], error);
    if (status != VM_OK) return status;
  }
  return VM_OK;
}

vm_status vm_struct_new(vm_isolate *isolate, vm_typeid type, const vm_value *fields,
                        uint32_t count, vm_ref *out, vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  const vmi_rtt *r;
  vm_status status = find_type(isolate, type, VM_HEAP_STRUCT, "a struct", &r, error);
  if (status != VM_OK) return status;
  vmi_slot slots[VMI_MAX_FIELDS];
  if (fields != NULL) {
    VMI_API_REQUIRE(error, count == r->nfields, "fields: expected %u, found %u", r->nfields, count);
    status = struct_slots(isolate, r, fields, slots, error);
  } else {
    VMI_API_REQUIRE(error, count == 0, "vm_struct_new: `fields` is NULL, `count` is %u", count);
    status = struct_defaults(r, error);
  }
  if (status != VM_OK) return status;
  vmi_obj *object = vmi_rt_struct_make(isolate, r, fields != NULL ? slots : NULL);
  if (object == NULL) return no_room(error);
  return vmi_api_new_ref(isolate, object, out, error);
}

static vm_status find_field(vm_isolate *iso, vm_ref ref, uint32_t index, vmi_obj **object,
                            const vmi_field **field, vm_error *error)
{
  vm_status status = vmi_api_object_of(iso, ref, VM_HEAP_STRUCT, "object", object, error);
  if (status != VM_OK) return status;
  const vmi_rtt *r = iso->rtts[(*object)->type];
  VMI_API_REQUIRE(error, index < r->nfields, "field %u: the struct has %u", index, r->nfields);
  *field = &r->fields[index];
  return VM_OK;
}

vm_status vm_struct_get(vm_isolate *isolate, vm_ref object, uint32_t index, vm_value *out,
                        vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *o = NULL;
  const vmi_field *field = NULL;
  vm_status status = find_field(isolate, object, index, &o, &field, error);
  if (status != VM_OK) return status;
  vmi_slot slot;
  vmi_rt_load((const char *)o + field->offset, field->type, &slot);
  return vmi_api_from_slot(isolate, &slot, field->type, out, error);
}

vm_status vm_struct_set(vm_isolate *isolate, vm_ref object, uint32_t index, const vm_value *value,
                        vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, value);
  vmi_obj *o = NULL;
  const vmi_field *field = NULL;
  vm_status status = find_field(isolate, object, index, &o, &field, error);
  if (status != VM_OK) return status;
  VMI_API_REQUIRE(error, field->mut, "field %u is immutable", index);
  vmi_slot slot;
  status = vmi_api_to_slot(isolate, value, field->type, "field value", VMI_NO_INDEX, &slot, error);
  if (status == VM_OK) vmi_rt_field_set(isolate, o, field, &slot);
  return status;
}

/* Names stand in the module; any instance of it will do. NULL: there is none. */
static const vmi_typedef *declaration(const vm_isolate *iso, const vmi_rtt *r)
{
  for (const vmi_instance *i = iso->instances; i != NULL; i = i->next) {
    if (r->owner_index >= i->module->ntypes || i->type_ids[r->owner_index] != r->id) continue;
    return &i->module->types[r->owner_index];
  }
  return NULL;
}

static const char *field_name(const vmi_typedef *t, uint32_t index)
{
  bool named = t != NULL && t->field_names != NULL && t->field_names[index].size != 0;
  return named ? t->field_names[index].data : NULL;
}

vm_status vm_struct_find_field(vm_isolate *isolate, vm_typeid type, const char *name, uint32_t *out,
                               vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, name);
  VMI_API_NOT_NULL(error, out);
  const vmi_rtt *r;
  vm_status status = find_type(isolate, type, VM_HEAP_STRUCT, "a struct", &r, error);
  if (status != VM_OK) return status;
  const vmi_typedef *t = declaration(isolate, r);
  for (uint32_t k = 0; t != NULL && k < t->nfields; k++) {
    const char *field = field_name(t, k);
    if (field == NULL || strcmp(field, name) != 0) continue;
    *out = k;
    return VM_OK;
  }
  return vmi_fail(error, VM_NOT_FOUND, "the struct has no field called \"%.100s\"", name);
}

vm_status vm_type_get_info(vm_isolate *isolate, vm_typeid type, vm_ref_info *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  VMI_API_REQUIRE(error, vmi_api_type_exists(isolate, type),
                  "type %u: the isolate has no such type", type);
  const vmi_rtt *r = isolate->rtts[type];
  *out = (vm_ref_info){.heap = r->heap, .type = type, .name = vmi_api_type_name(isolate, r)};
  if (r->heap == VM_HEAP_STRUCT) out->count = r->nfields;
  return VM_OK;
}

vm_status vm_type_get_field(vm_isolate *isolate, vm_typeid type, uint32_t index, vm_field_info *out,
                            vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  const vmi_rtt *r = vmi_api_type(isolate, type, VM_HEAP_STRUCT);
  if (r == NULL) {
    vm_status status = find_type(isolate, type, VM_HEAP_ARRAY, "a struct or array", &r, error);
    if (status != VM_OK) return status;
  }
  VMI_API_REQUIRE(error, index < r->nfields, "field %u: the type has %u", index, r->nfields);
  const vmi_field *field = &r->fields[index];
  const char *name = r->heap == VM_HEAP_STRUCT ? field_name(declaration(isolate, r), index) : NULL;
  *out = (vm_field_info){field->type, field->mut, name};
  return VM_OK;
}

/* ---- arrays ---- */

static vm_status check_length(uint32_t length, vm_error *error)
{
  if (length <= VMI_MAX_ARRAY_LENGTH) return VM_OK;
  return vmi_fail(error, VM_LIMIT, "array: expected at most %d elements, found %u",
                  (int)VMI_MAX_ARRAY_LENGTH, length);
}

vm_status vm_array_find_type(vm_isolate *isolate, vm_type element, int mut, vm_typeid *out,
                             vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  VMI_API_REQUIRE(error, vmi_type_is_packed(element) || vmi_api_is_value_type(isolate, element),
                  "element: expected a storage type, found 0x%08x", (unsigned)element);
  uint32_t id = vmi_rt_array_type(isolate, element, mut != 0);
  if (id == UINT32_MAX) return vmi_fail(error, VM_MEMORY, "no memory for a type");
  *out = id;
  return VM_OK;
}

vm_status vm_array_new(vm_isolate *isolate, vm_typeid type, uint32_t length, const vm_value *fill,
                       vm_ref *out, vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  const vmi_rtt *r;
  vm_status status = find_type(isolate, type, VM_HEAP_ARRAY, "an array", &r, error);
  if (status == VM_OK) status = check_length(length, error);
  if (status != VM_OK) return status;
  vm_type element = r->fields[0].type;
  vmi_slot slot;
  if (fill != NULL) {
    status = vmi_api_to_slot(isolate, fill, element, "fill", VMI_NO_INDEX, &slot, error);
    if (status != VM_OK) return status;
  } else {
    VMI_API_REQUIRE(error,
                    length == 0 || vmi_type_is_packed(element) || vmi_type_has_default(element),
                    "the elements have no default: they are references that are never null");
  }
  vmi_array_obj *array = vmi_rt_array_make(isolate, r, length, fill != NULL ? &slot : NULL);
  if (array == NULL) return no_room(error);
  return vmi_api_new_ref(isolate, array, out, error);
}

static bool is_number(vm_type storage)
{
  return vmi_type_is_packed(storage) || !vmi_type_traced(storage);
}

vm_status vm_array_new_data(vm_isolate *isolate, vm_typeid type, const void *data, uint32_t length,
                            vm_ref *out, vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  VMI_API_REQUIRE(error, data != NULL || length == 0, "vm_array_new_data: `data` is NULL");
  const vmi_rtt *r;
  vm_status status = find_type(isolate, type, VM_HEAP_ARRAY, "an array", &r, error);
  if (status == VM_OK) status = check_length(length, error);
  if (status != VM_OK) return status;
  VMI_API_REQUIRE(error, is_number(r->fields[0].type), "type %u: its elements are no numbers",
                  type);
  vmi_array_obj *array = vmi_rt_array_make_data(isolate, r, length, data);
  if (array == NULL) return no_room(error);
  return vmi_api_new_ref(isolate, array, out, error);
}

/* The array behind a handle and its element, or HANDLE. */
static vm_status find_array(vm_isolate *iso, vm_ref ref, vmi_array_obj **out,
                            const vmi_field **element, vm_error *error)
{
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object_of(iso, ref, VM_HEAP_ARRAY, "array", &object, error);
  if (status != VM_OK) return status;
  const vmi_rtt *r = iso->rtts[object->type];
  if (r->nfields == 0) return vmi_fail(error, VM_HANDLE, "array: it is the run time's own");
  *out = (vmi_array_obj *)object;
  *element = &r->fields[0];
  return VM_OK;
}

static vm_status check_range(const vmi_array_obj *array, uint32_t index, uint32_t count,
                             vm_error *error)
{
  VMI_API_REQUIRE(error, index <= array->length && count <= array->length - index,
                  "array: %u elements at %u are out of bounds: it has %u", count, index,
                  array->length);
  return VM_OK;
}

vm_status vm_array_get_length(vm_isolate *isolate, vm_ref array, uint32_t *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_array_obj *a = NULL;
  const vmi_field *element = NULL;
  vm_status status = find_array(isolate, array, &a, &element, error);
  if (status == VM_OK) *out = a->length;
  return status;
}

vm_status vm_array_get(vm_isolate *isolate, vm_ref array, uint32_t index, vm_value *out,
                       vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_array_obj *a = NULL;
  const vmi_field *element = NULL;
  vm_status status = find_array(isolate, array, &a, &element, error);
  if (status == VM_OK) status = check_range(a, index, 1, error);
  if (status != VM_OK) return status;
  vmi_slot slot;
  vmi_rt_load(a->data + (size_t)index * vmi_storage_size(element->type), element->type, &slot);
  return vmi_api_from_slot(isolate, &slot, element->type, out, error);
}

vm_status vm_array_set(vm_isolate *isolate, vm_ref array, uint32_t index, const vm_value *value,
                       vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, value);
  vmi_array_obj *a = NULL;
  const vmi_field *element = NULL;
  vm_status status = find_array(isolate, array, &a, &element, error);
  if (status == VM_OK) status = check_range(a, index, 1, error);
  if (status != VM_OK) return status;
  VMI_API_REQUIRE(error, element->mut, "the array is immutable");
  vmi_slot slot;
  status = vmi_api_to_slot(isolate, value, element->type, "element", VMI_NO_INDEX,
                           &slot, error);
  if (status == VM_OK) vmi_rt_element_set(isolate, a, element->type, index, &slot);
  return status;
}

/* Where `count` numbers from `index` on stand in the array. */
static vm_status number_range(vm_isolate *iso, vm_ref ref, uint32_t index, uint32_t count,
                              const void *buffer, size_t size, bool write, char **out,
                              vm_error *error)
{
  vmi_array_obj *a = NULL;
  const vmi_field *element = NULL;
  vm_status status = find_array(iso, ref, &a, &element, error);
  if (status == VM_OK) status = check_range(a, index, count, error);
  if (status != VM_OK) return status;
  size_t each = vmi_storage_size(element->type);
  VMI_API_REQUIRE(error, is_number(element->type), "array: its elements are no numbers");
  VMI_API_REQUIRE(error, !write || element->mut, "the array is immutable");
  VMI_API_REQUIRE(error, size == each * count, "buffer: expected %zu bytes, found %zu",
                  each * count, size);
  VMI_API_REQUIRE(error, buffer != NULL || count == 0, "`buffer` is NULL");
  *out = a->data + index * each;
  return VM_OK;
}

vm_status vm_array_read(vm_isolate *isolate, vm_ref array, uint32_t index, uint32_t count,
                        void *buffer, size_t size, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  char *from = NULL;
  vm_status status =
      number_range(isolate, array, index, count, buffer, size, false, &from, error);
  if (status == VM_OK && size != 0) memcpy(buffer, from, size);
  return status;
}

vm_status vm_array_write(vm_isolate *isolate, vm_ref array, uint32_t index, uint32_t count,
                         const void *buffer, size_t size, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  char *to = NULL;
  vm_status status = number_range(isolate, array, index, count, buffer, size, true, &to, error);
  if (status == VM_OK && size != 0) memcpy(to, buffer, size);
  return status;
}

/* ---- host objects ---- */

/* The finalizer is added last, so that a failure never leaves it to run. */
vm_status vm_extern_new(vm_isolate *isolate, void *data, vm_finalizer *finalizer, vm_ref *out,
                        vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_extern_obj *object = vmi_rt_extern_make(isolate, data);
  if (object == NULL) return no_room(error);
  vm_ref ref;
  vm_status status = vmi_api_new_ref(isolate, object, &ref, error);
  if (status != VM_OK) return status;
  if (finalizer != NULL &&
      !vmi_gc_add_finalizer(isolate->thread.heap, &object->header, finalizer, data)) {
    return no_room(error);
  }
  object->finalizer = finalizer;
  *out = ref;
  return VM_OK;
}

vm_status vm_extern_get(vm_isolate *isolate, vm_ref object, void **out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *o = NULL;
  vm_status status = vmi_api_object_of(isolate, object, VM_HEAP_EXTERN, "object", &o, error);
  if (status == VM_OK) *out = ((vmi_extern_obj *)o)->data;
  return status;
}

vm_status vm_extern_get_finalizer(vm_isolate *isolate, vm_ref object, vm_finalizer **out,
                                  vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *o = NULL;
  vm_status status = vmi_api_object_of(isolate, object, VM_HEAP_EXTERN, "object", &o, error);
  if (status == VM_OK) *out = ((vmi_extern_obj *)o)->finalizer;
  return status;
}

/* ---- weak references and finalizers ---- */

vm_status vm_weak_new(vm_isolate *isolate, vm_ref target, vm_ref *out, vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object_of(isolate, target, VM_HEAP_ANY, "target", &object, error);
  if (status != VM_OK) return status;
  vmi_weak_obj *weak = vmi_rt_weak_make(isolate, object);
  if (weak == NULL) return no_room(error);
  return vmi_api_new_ref(isolate, weak, out, error);
}

vm_status vm_weak_get(vm_isolate *isolate, vm_ref weak, vm_ref *out, vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object_of(isolate, weak, VM_HEAP_WEAK, "reference", &object, error);
  if (status != VM_OK) return status;
  return vmi_api_new_ref(isolate, ((vmi_weak_obj *)object)->target, out, error);
}

vm_status vm_finalizer_add(vm_isolate *isolate, vm_ref object, vm_finalizer *finalizer, void *data,
                           vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, finalizer);
  vmi_obj *o = NULL;
  vm_status status = vmi_api_object_of(isolate, object, VM_HEAP_ANY, "object", &o, error);
  if (status != VM_OK) return status;
  if (!vmi_gc_add_finalizer(isolate->thread.heap, o, finalizer, data)) return no_room(error);
  return VM_OK;
}
