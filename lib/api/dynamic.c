/* dynamic.c - symbols, maps and shaped objects for the host.
 *
 * SPDX-License-Identifier: MIT
 */
#include "vm/dynamic.h"

#include "api.h"
#include "dynamic.h"

static vm_status no_room(vm_error *error)
{
  return vmi_fail(error, VM_MEMORY,
                  "no memory for an object: the heap limit or the host's memory is reached");
}

static vm_dynamic_kind kind_of(const vmi_obj *object)
{
  if (object == NULL) return VM_DYNAMIC_OTHER;
  switch (object->type) {
  case VMI_TYPE_SYMBOL: return VM_DYNAMIC_SYMBOL;
  case VMI_TYPE_MAP: return VM_DYNAMIC_MAP;
  case VMI_TYPE_OBJECT: return VM_DYNAMIC_OBJECT;
  default: return VM_DYNAMIC_OTHER;
  }
}

/* The object behind a handle, which is to be of that kind. */
static vm_status resolve(vm_isolate *isolate, vm_ref ref, vm_dynamic_kind kind, const char *what,
                         vmi_obj **out, vm_error *error)
{
  static const char *const names[] = {"an object of another kind", "a symbol", "a map",
                                      "a shaped object"};
  vm_status status = vmi_api_object_of(isolate, ref, VM_HEAP_ANY, what, out, error);
  if (status != VM_OK || kind_of(*out) == kind) return status;
  return vmi_fail(error, VM_HANDLE, "%s: expected %s, found %s", what, names[kind],
                  names[kind_of(*out)]);
}

/* Of a map or an object that the host is about to use: both live, handles hold them. */
static vm_status to_word(vm_isolate *isolate, const vm_value *value, const char *what, uint64_t *word,
                         vm_error *error)
{
  vmi_slot slot;
  vm_status status = vmi_api_to_slot(isolate, value, VM_DYN, what, VMI_NO_INDEX, &slot, error);
  if (status == VM_OK) *word = slot.u64;
  return status;
}

static vm_status from_word(vm_isolate *isolate, uint64_t word, vm_value *out, vm_error *error)
{
  return vmi_api_from_slot(isolate, &(vmi_slot){.u64 = word}, VM_DYN, out, error);
}

static vm_status failed(uint32_t trap, vm_error *error)
{
  return trap == VM_TRAP_NONE ? VM_OK : no_room(error);
}

vm_status vm_dynamic_get_kind(vm_isolate *isolate, vm_ref ref, vm_dynamic_kind *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object(isolate, ref, "reference", &object, error);
  if (status == VM_OK) *out = kind_of(object);
  return status;
}

/* ---- symbols ---- */

vm_status vm_symbol_new(vm_isolate *isolate, const char *bytes, size_t size, vm_ref *out, vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  VMI_API_REQUIRE(error, bytes != NULL || size == 0, "%s: `bytes` is NULL", __func__);
  if (size > VMI_MAX_SYMBOL)
    return vmi_fail(error, VM_LIMIT, "vm_symbol_new: expected at most %u bytes, found %zu",
                    (unsigned)VMI_MAX_SYMBOL, size);
  vmi_symbol *symbol = vmi_rt_symbol(isolate, bytes, (uint32_t)size);
  return symbol != NULL ? vmi_api_new_ref(isolate, symbol, out, error) : no_room(error);
}

vm_status vm_symbol_read(vm_isolate *isolate, vm_ref symbol, const char **bytes, size_t *size,
                         vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, bytes);
  VMI_API_NOT_NULL(error, size);
  vmi_obj *object = NULL;
  vm_status status = resolve(isolate, symbol, VM_DYNAMIC_SYMBOL, "symbol", &object, error);
  if (status != VM_OK) return status;
  *bytes = ((vmi_symbol *)object)->bytes;
  *size = ((vmi_symbol *)object)->length;
  return VM_OK;
}

/* ---- maps ---- */

vm_status vm_map_new(vm_isolate *isolate, vm_ref *out, vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_map *map = vmi_rt_map_new(isolate);
  return map != NULL ? vmi_api_new_ref(isolate, map, out, error) : no_room(error);
}

static vm_status map_and_key(vm_isolate *isolate, vm_ref ref, const vm_value *key, vmi_map **map,
                             uint64_t *word, vm_error *error)
{
  vmi_obj *object = NULL;
  vm_status status = resolve(isolate, ref, VM_DYNAMIC_MAP, "map", &object, error);
  *map = (vmi_map *)object;
  return status == VM_OK ? to_word(isolate, key, "key", word, error) : status;
}

vm_status vm_map_get(vm_isolate *isolate, vm_ref map, const vm_value *key, vm_value *out, int *found,
                     vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, key);
  VMI_API_NOT_NULL(error, out);
  vmi_map *m;
  uint64_t word;
  uint32_t entry;
  vm_status status = map_and_key(isolate, map, key, &m, &word, error);
  if (status != VM_OK) return status;
  bool there = vmi_rt_map_find(m, word, &entry);
  status = from_word(isolate, there ? m->entries->item[2 * entry + 1] : VMI_DYN_NIL, out, error);
  if (status == VM_OK && found != NULL) *found = there;
  return status;
}

vm_status vm_map_set(vm_isolate *isolate, vm_ref map, const vm_value *key, const vm_value *value,
                     vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, key);
  VMI_API_NOT_NULL(error, value);
  vmi_map *m;
  uint64_t k, v;
  vm_status status = map_and_key(isolate, map, key, &m, &k, error);
  if (status == VM_OK) status = to_word(isolate, value, "value", &v, error);
  return status == VM_OK ? failed(vmi_rt_map_set(isolate, m, k, v), error) : status;
}

vm_status vm_map_delete(vm_isolate *isolate, vm_ref map, const vm_value *key, int *deleted,
                        vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, key);
  vmi_map *m;
  uint64_t k;
  vm_status status = map_and_key(isolate, map, key, &m, &k, error);
  if (status != VM_OK) return status;
  bool was = vmi_rt_map_delete(isolate, m, k);
  if (deleted != NULL) *deleted = was;
  return VM_OK;
}

vm_status vm_map_get_length(vm_isolate *isolate, vm_ref map, uint32_t *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *object = NULL;
  vm_status status = resolve(isolate, map, VM_DYNAMIC_MAP, "map", &object, error);
  if (status == VM_OK) *out = ((vmi_map *)object)->live;
  return status;
}

vm_status vm_map_next(vm_isolate *isolate, vm_ref map, uint32_t *position, vm_value *key,
                      vm_value *value, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, position);
  vmi_obj *object = NULL;
  vm_status status = resolve(isolate, map, VM_DYNAMIC_MAP, "map", &object, error);
  if (status != VM_OK) return status;
  vmi_map *m = (vmi_map *)object;
  int32_t at = vmi_rt_map_next(m, *position);
  if (at < 0) return vmi_fail(error, VM_NOT_FOUND, "vm_map_next: no entry from %u on", *position);
  if (key != NULL) status = from_word(isolate, m->entries->item[2 * at], key, error);
  if (status == VM_OK && value != NULL)
    status = from_word(isolate, m->entries->item[2 * at + 1], value, error);
  if (status == VM_OK) *position = (uint32_t)at + 1;
  return status;
}

/* ---- shaped objects ---- */

vm_status vm_shaped_new(vm_isolate *isolate, vm_ref proto, vm_ref *out, vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object(isolate, proto, "prototype", &object, error);
  if (status == VM_OK && object != NULL)
    status = resolve(isolate, proto, VM_DYNAMIC_OBJECT, "prototype", &object, error);
  if (status != VM_OK) return status;
  vmi_object *made = vmi_rt_object_new(isolate, vmi_word_of(object));
  return made != NULL ? vmi_api_new_ref(isolate, made, out, error) : no_room(error);
}

static vm_status object_and_name(vm_isolate *isolate, vm_ref ref, vm_ref name, vmi_object **object,
                                 vmi_symbol **symbol, vm_error *error)
{
  vmi_obj *o = NULL, *n = NULL;
  vm_status status = resolve(isolate, ref, VM_DYNAMIC_OBJECT, "object", &o, error);
  if (status == VM_OK) status = resolve(isolate, name, VM_DYNAMIC_SYMBOL, "name", &n, error);
  *object = (vmi_object *)o;
  *symbol = (vmi_symbol *)n;
  return status;
}

vm_status vm_shaped_get(vm_isolate *isolate, vm_ref object, vm_ref name, vm_value *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_object *o;
  vmi_symbol *symbol;
  uint32_t index;
  vm_status status = object_and_name(isolate, object, name, &o, &symbol, error);
  if (status != VM_OK) return status;
  vmi_object *holder = vmi_rt_object_lookup(o, symbol, &index);
  return from_word(isolate, holder ? *vmi_rt_object_slot(holder, index) : VMI_DYN_NIL, out, error);
}

vm_status vm_shaped_put(vm_isolate *isolate, vm_ref object, vm_ref name, const vm_value *value,
                        vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, value);
  vmi_object *o;
  vmi_symbol *symbol;
  uint64_t word;
  vm_status status = object_and_name(isolate, object, name, &o, &symbol, error);
  if (status == VM_OK) status = to_word(isolate, value, "value", &word, error);
  return status == VM_OK ? failed(vmi_rt_object_put(isolate, o, symbol, word, -1), error) : status;
}
