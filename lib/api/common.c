/* common.c - argument checks and conversions that all of the API uses.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api.h"

#include <stdio.h>
#include <string.h>

static size_t size_of(const void *structure)
{
  size_t size;
  memcpy(&size, structure, sizeof size);
  return size;
}

bool vmi_api_copy_config(void *to, size_t known, const void *from)
{
  size_t size = size_of(from);
  if (size < sizeof size) return false;
  for (size_t i = known; i < size; i++) {
    if (((const char *)from)[i] != 0) return false;
  }
  memset(to, 0, known);
  memcpy(to, from, size < known ? size : known);
  return true;
}

bool vmi_api_copy_stats(void *to, const void *from, size_t known)
{
  size_t size = size_of(to);
  if (size < sizeof size) return false;
  size_t bytes = size < known ? size : known;
  memcpy((char *)to + sizeof size, (const char *)from + sizeof size, bytes - sizeof size);
  return true;
}

/* ---- types ---- */

const vmi_rtt *vmi_api_type(const vm_isolate *iso, vm_typeid type, uint32_t heap)
{
  if (!vmi_api_type_exists(iso, type)) return NULL;
  const vmi_rtt *r = iso->rtts[type];
  return r->heap == heap ? r : NULL;
}

/* A struct type's name stands in its module; any instance of it will do. */
const char *vmi_api_type_name(const vm_isolate *iso, const vmi_rtt *r)
{
  if (r->heap != VM_HEAP_STRUCT) return NULL;
  for (const vmi_instance *i = iso->instances; i != NULL; i = i->next) {
    if (r->owner_index >= i->module->ntypes || i->type_ids[r->owner_index] != r->id) continue;
    const vmi_str *name = &i->module->types[r->owner_index].name;
    if (name->size != 0) return name->data;
  }
  return NULL;
}

static const char *abstract_name(uint32_t heap)
{
  static const char *const names[] = {"any", "struct", "array", "func", "extern", "exn", "weak"};
  uint32_t i = heap - VM_HEAP_ANY;
  return heap >= VM_HEAP_ANY && i < VMI_COUNT(names) ? names[i] : NULL;
}

static void heap_text(const vm_isolate *iso, uint32_t heap, char *buffer, size_t size)
{
  const char *name = abstract_name(heap);
  const vmi_rtt *r = name == NULL && vmi_api_type_exists(iso, heap) ? iso->rtts[heap] : NULL;
  if (r != NULL) name = vmi_api_type_name(iso, r);
  if (name != NULL) {
    snprintf(buffer, size, "%s", name);
  } else {
    snprintf(buffer, size, "%s type %u", r != NULL ? abstract_name(r->heap) : "unknown", heap);
  }
}

bool vmi_api_is_value_type(const vm_isolate *iso, vm_type type)
{
  if (VM_TYPE_KIND(type) != VM_KIND_REF) {
    return VM_TYPE_KIND(type) < VM_KIND_REF && type == VM_TYPE(VM_TYPE_KIND(type));
  }
  uint32_t heap = VM_TYPE_HEAP(type);
  if (type != VM_REF(heap) && type != VM_REF_NULL(heap)) return false;
  if (heap >= VM_HEAP_ANY) return heap <= VM_HEAP_WEAK;
  if (!vmi_api_type_exists(iso, heap)) return false;
  const vmi_rtt *r = iso->rtts[heap]; /* the run time's own types are no business of the host's */
  return r->heap == VM_HEAP_STRUCT || r->heap == VM_HEAP_FUNC ||
         (r->heap == VM_HEAP_ARRAY && r->nfields == 1);
}

const char *vmi_api_type_text(const vm_isolate *iso, vm_type type, char *buffer, size_t size)
{
  static const char *const names[] = {"i32", "i64", "f32", "f64", "dyn"};
  if (type == VM_I8 || type == VM_I16) {
    snprintf(buffer, size, "%s", type == VM_I8 ? "i8" : "i16");
  } else if (VM_TYPE_KIND(type) < VM_KIND_REF) {
    snprintf(buffer, size, "%s", names[VM_TYPE_KIND(type)]);
  } else {
    char heap[VMI_API_TEXT];
    heap_text(iso, VM_TYPE_HEAP(type), heap, sizeof heap);
    snprintf(buffer, size, "(ref %s%s)", VM_TYPE_NULLABLE(type) ? "null " : "", heap);
  }
  return buffer;
}

/* ---- objects ---- */

vm_status vmi_api_object(const vm_isolate *iso, vm_ref ref, const char *what, vmi_obj **out,
                         vm_error *error)
{
  uint64_t word = 0;
  if (!vm_ref_is_null(ref) && (!vmi_rt_handle_get(iso, ref, &word) ||
                               (word != 0 && !vmi_is_pointer(word)))) {
    return vmi_fail(error, VM_HANDLE, "%s: the handle is stale or of another isolate", what);
  }
  *out = (vmi_obj *)(uintptr_t)word;
  return VM_OK;
}

vm_status vmi_api_object_of(const vm_isolate *iso, vm_ref ref, uint32_t heap, const char *what,
                            vmi_obj **out, vm_error *error)
{
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object(iso, ref, what, &object, error);
  if (status != VM_OK) return status;
  if (object == NULL) {
    return vmi_fail(error, VM_HANDLE, "%s: expected %s, found null", what, abstract_name(heap));
  }
  if (heap != VM_HEAP_ANY && iso->rtts[object->type]->heap != heap) {
    return vmi_fail(error, VM_HANDLE, "%s: expected %s, found %s", what, abstract_name(heap),
                    abstract_name(iso->rtts[object->type]->heap));
  }
  *out = object;
  return VM_OK;
}

vm_status vmi_api_new_ref(vm_isolate *iso, const void *object, vm_ref *out, vm_error *error)
{
  *out = vm_ref_null();
  if (object == NULL) return VM_OK;
  vm_status status = vmi_rt_handle_new(iso, (uint64_t)(uintptr_t)object, out);
  return status == VM_OK ? VM_OK : vmi_fail(error, status, "no memory for a handle");
}

/* ---- values ---- */

static void place_text(const char *what, uint32_t number, char *buffer, size_t size)
{
  if (number == VMI_NO_INDEX) {
    snprintf(buffer, size, "%s", what);
  } else {
    snprintf(buffer, size, "%s %u", what, number);
  }
}

static vm_status mismatch(const vm_isolate *iso, vm_type expected, const char *found,
                          const char *what, uint32_t number, vm_error *error)
{
  char place[64], text[VMI_API_TEXT];
  place_text(what, number, place, sizeof place);
  return vmi_fail(error, VM_ARGUMENT, "%s: expected %s, found %s", place,
                  vmi_api_type_text(iso, expected, text, sizeof text), found);
}

static const char *kind_name(uint32_t kind)
{
  static const char *const names[] = {"i32", "i64", "f32", "f64", "dyn", "ref"};
  return kind < VMI_COUNT(names) ? names[kind] : "a value of no known kind";
}

static vm_status ref_to_slot(vm_isolate *iso, const vm_value *value, vm_type type, const char *what,
                             uint32_t number, vmi_slot *slot, vm_error *error)
{
  char text[VMI_API_TEXT];
  place_text(what, number, text, sizeof text);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object(iso, value->of.ref, text, &object, error);
  if (status != VM_OK) return status;
  if (VM_TYPE_KIND(type) == VM_KIND_REF && !vmi_rt_object_is(iso, object, type)) {
    if (object == NULL) return mismatch(iso, type, "null", what, number, error);
    vmi_api_type_text(iso, VM_REF(object->type), text, sizeof text);
    return mismatch(iso, type, text, what, number, error);
  }
  slot->u64 = (uint64_t)(uintptr_t)object;
  return VM_OK;
}

vm_status vmi_api_to_slot(vm_isolate *iso, const vm_value *value, vm_type type, const char *what,
                          uint32_t number, vmi_slot *slot, vm_error *error)
{
  vm_kind kind = VM_TYPE_KIND(vmi_type_unpack(type));
  if (value->kind != (uint32_t)kind) {
    return mismatch(iso, type, kind_name(value->kind), what, number, error);
  }
  slot->u64 = 0;
  switch (kind) {
  case VM_KIND_I32: slot->i32 = value->of.i32; return VM_OK;
  case VM_KIND_I64: slot->i64 = value->of.i64; return VM_OK;
  case VM_KIND_F32: slot->f32 = value->of.f32; return VM_OK;
  case VM_KIND_F64: slot->f64 = value->of.f64; return VM_OK;
  case VM_KIND_DYN: {
    if (value->is_ref != 0) return ref_to_slot(iso, value, type, what, number, slot, error);
    /* A word that is no immediate would be taken for an address. */
    const char *why;
    if (vmi_rt_value_to_slot(iso, value, VM_DYN, slot, &why)) return VM_OK;
    return mismatch(iso, type, "a word that is no dyn immediate", what, number, error);
  }
  case VM_KIND_REF: return ref_to_slot(iso, value, type, what, number, slot, error);
  }
  return mismatch(iso, type, kind_name(value->kind), what, number, error);
}

vm_status vmi_api_from_slot(vm_isolate *iso, const vmi_slot *slot, vm_type type, vm_value *out,
                            vm_error *error)
{
  vm_value value;
  memset(&value, 0, sizeof value);
  vm_status status = vmi_rt_slot_to_value(iso, slot, vmi_type_unpack(type), &value);
  if (status != VM_OK) return vmi_fail(error, status, "no memory for a handle");
  *out = value;
  return VM_OK;
}
