/* vm/object.h - guest objects made and used by the host.
 *
 * SPDX-License-Identifier: MIT
 *
 * Values are checked against the types of fields and elements. Packed fields and elements (i8, i16)
 * take the low bits of an i32 and come back zero-extended. Immutable ones are set when the object
 * is made and never again. All functions: the isolate's thread. Those that make an object may
 * collect.
 */
#ifndef VM_OBJECT_H
#define VM_OBJECT_H

#include "vm/handle.h"
#include "vm/instance.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- types ---- */

/* A field of a struct type, or the elements of an array type. */
typedef struct vm_field_info {
  vm_type type;     /* storage type; a declared heap type as vm_typeid */
  uint32_t mut;     /* nonzero: can be set */
  const char *name; /* borrowed from the module; NULL: none */
} vm_field_info;

/* What a type is, whose objects vm_ref_get_info describes alike: `count` is the fields of a struct
 * type, and 0 of others.
 *
 * ARGUMENT: a NULL, or no such type. Since 0.1. */
VM_API vm_status vm_type_get_info(vm_isolate *isolate, vm_typeid type, vm_ref_info *out,
                                  vm_error *error);

/* Field `index` of a struct type, inherited ones first; of an array type 0 is the element.
 *
 * ARGUMENT: a NULL, neither a struct nor an array type, or no such field. Since 0.1. */
VM_API vm_status vm_type_get_field(vm_isolate *isolate, vm_typeid type, uint32_t index,
                                   vm_field_info *out, vm_error *error);

/* ---- structs ---- */

/* Make a struct.
 *
 * type           of a struct, from vm_instance_get_type or vm_ref_get_info
 * fields, count  borrowed, one a field, inherited ones first; NULL and 0: every field its default,
 *                zero, null or nil
 * out            local handle
 *
 * ARGUMENT: a NULL, not a struct type, a wrong count or type of value, a field without default.
 * HANDLE: a stale one among `fields`. MEMORY: heap limit or host memory reached. */
VM_API vm_status vm_struct_new(vm_isolate *isolate, vm_typeid type, const vm_value *fields,
                               uint32_t count, vm_ref *out, vm_error *error);

/* Read or write field `index`. A reference that is read is a local handle.
 *
 * ARGUMENT: a NULL, no such field, immutable, or a value of another type. HANDLE: stale, null or no
 * struct. MEMORY. */
VM_API vm_status vm_struct_get(vm_isolate *isolate, vm_ref object, uint32_t index, vm_value *out,
                               vm_error *error);
VM_API vm_status vm_struct_set(vm_isolate *isolate, vm_ref object, uint32_t index,
                               const vm_value *value, vm_error *error);

/* The index of the field called `name` of a struct type.
 *
 * ARGUMENT: a NULL, or not a struct type. NOT_FOUND. */
VM_API vm_status vm_struct_find_field(vm_isolate *isolate, vm_typeid type, const char *name,
                                      uint32_t *out, vm_error *error);

/* ---- arrays ---- */

/* The isolate's id of the array type with these elements, whether a module declares it or not.
 * `VM_I8, 1` is the type of byte strings: what `array mut i8` is in a module.
 *
 * element  a storage type; references are to abstract heap types, or to a type id of the isolate's
 * mut      nonzero: elements can be set
 *
 * ARGUMENT: a NULL, or no type of an element. MEMORY. Since 0.1. */
VM_API vm_status vm_array_find_type(vm_isolate *isolate, vm_type element, int mut, vm_typeid *out,
                                    vm_error *error);

/* Make an array of `length` elements, each `*fill` (borrowed), or the default if NULL.
 *
 * out  local handle
 *
 * ARGUMENT: a NULL, not an array type, a value of another type, no default. LIMIT: too long.
 * HANDLE: stale. MEMORY: heap limit or host memory reached. */
VM_API vm_status vm_array_new(vm_isolate *isolate, vm_typeid type, uint32_t length,
                              const vm_value *fill, vm_ref *out, vm_error *error);

/* Make an array of numbers from `length` of them in the host's representation: int8_t for i8,
 * double for f64 and so on. This is how byte strings come in.
 *
 * data  borrowed; `length` elements; NULL is fine for length 0
 *
 * ARGUMENT: as above, or the elements are references or dyn. LIMIT. MEMORY. */
VM_API vm_status vm_array_new_data(vm_isolate *isolate, vm_typeid type, const void *data,
                                   uint32_t length, vm_ref *out, vm_error *error);

/* out  elements. ARGUMENT: a NULL. HANDLE: stale, null or no array. */
VM_API vm_status vm_array_get_length(vm_isolate *isolate, vm_ref array, uint32_t *out,
                                     vm_error *error);

/* Read or write element `index`. A reference that is read is a local handle.
 *
 * ARGUMENT: a NULL, out of bounds, immutable, or a value of another type. HANDLE: stale, null or no
 * array. MEMORY. */
VM_API vm_status vm_array_get(vm_isolate *isolate, vm_ref array, uint32_t index, vm_value *out,
                              vm_error *error);
VM_API vm_status vm_array_set(vm_isolate *isolate, vm_ref array, uint32_t index,
                              const vm_value *value, vm_error *error);

/* Copy `count` numbers from element `index` on out of or into an array, in the host's
 * representation.
 *
 * buffer  `size` bytes, which must be count times the size of an element; NULL is fine for count 0
 *
 * ARGUMENT: a NULL, out of bounds, a wrong size, immutable, references or dyn. HANDLE. */
VM_API vm_status vm_array_read(vm_isolate *isolate, vm_ref array, uint32_t index, uint32_t count,
                               void *buffer, size_t size, vm_error *error);
VM_API vm_status vm_array_write(vm_isolate *isolate, vm_ref array, uint32_t index, uint32_t count,
                                const void *buffer, size_t size, vm_error *error);

/* ---- host objects ---- */

/* Run when an object has died, on the isolate's thread, outside any collection; see
 * vm_isolate_run_finalizers. The object itself is gone. */
typedef void vm_finalizer(void *data);

/* Make a guest reference to something of the host's, of heap type extern.
 *
 * data       the host's; never looked at
 * finalizer  called once with `data` after the object has died, or with the isolate; may be NULL.
 *            On failure it is not called
 * out        local handle
 *
 * ARGUMENT: a NULL. MEMORY. */
VM_API vm_status vm_extern_new(vm_isolate *isolate, void *data, vm_finalizer *finalizer,
                               vm_ref *out, vm_error *error);

/* out  the `data` it was made with. ARGUMENT: a NULL. HANDLE: stale, null or not extern. */
VM_API vm_status vm_extern_get(vm_isolate *isolate, vm_ref object, void **out, vm_error *error);

/* The finalizer that vm_extern_new was given, NULL if none: by this a host knows objects of its own from
 * those that another part of the program made, whose `data` is something else.
 *
 * ARGUMENT: a NULL. HANDLE: stale, null or not extern. Since 0.1. */
VM_API vm_status vm_extern_get_finalizer(vm_isolate *isolate, vm_ref object, vm_finalizer **out,
                                         vm_error *error);

/* ---- weak references and finalizers ---- */

/* Make a weak reference to `target`.
 *
 * out  local handle, of heap type weak
 *
 * ARGUMENT: a NULL. HANDLE: stale or null. MEMORY. */
VM_API vm_status vm_weak_new(vm_isolate *isolate, vm_ref target, vm_ref *out, vm_error *error);

/* out  local handle for the target, or null if that has died. ARGUMENT: a NULL. HANDLE: stale, null
 * or not weak. MEMORY. */
VM_API vm_status vm_weak_get(vm_isolate *isolate, vm_ref weak, vm_ref *out, vm_error *error);

/* Have `finalizer` called with `data` after `object` has died, or with the isolate. An object may
 * have several; their order is not defined.
 *
 * ARGUMENT: a NULL (`data` may be). HANDLE: stale or null. MEMORY. */
VM_API vm_status vm_finalizer_add(vm_isolate *isolate, vm_ref object, vm_finalizer *finalizer,
                                  void *data, vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
