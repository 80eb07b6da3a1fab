/* vm/dynamic.h - symbols, maps and shaped objects as the host sees them; docs/dynamic.md says what they
 * are for.
 *
 * SPDX-License-Identifier: MIT
 *
 * The guest has them as dyn values, the host as references: vm_dyn_ref makes a value of one. All
 * functions: the isolate's thread. Every one but vm_dynamic_get_kind, vm_symbol_read and
 * vm_map_get_length may collect.
 */
#ifndef VM_DYNAMIC_H
#define VM_DYNAMIC_H

#include "vm/handle.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of object that the instructions of docs/dynamic.md make. */
typedef enum vm_dynamic_kind {
  VM_DYNAMIC_OTHER = 0, /* none of these, null too */
  VM_DYNAMIC_SYMBOL = 1,
  VM_DYNAMIC_MAP = 2,
  VM_DYNAMIC_OBJECT = 3
} vm_dynamic_kind;

/* What the reference refers to. ARGUMENT: a NULL. HANDLE: stale. Since 0.1. */
VM_API vm_status vm_dynamic_get_kind(vm_isolate *isolate, vm_ref ref, vm_dynamic_kind *out,
                                     vm_error *error);

/* The symbol of these bytes, made if there is none yet.
 *
 * bytes, size  borrowed; NULL and 0 are the empty symbol
 * out          local handle
 *
 * ARGUMENT: a NULL. LIMIT: more than 2^30 bytes. MEMORY. Since 0.1. */
VM_API vm_status vm_symbol_new(vm_isolate *isolate, const char *bytes, size_t size, vm_ref *out,
                               vm_error *error);

/* The bytes of a symbol. They are the isolate's and stay as long as the symbol lives, which a handle
 * sees to; no NUL ends them.
 *
 * ARGUMENT: a NULL. HANDLE: stale, null or no symbol. Since 0.1. */
VM_API vm_status vm_symbol_read(vm_isolate *isolate, vm_ref symbol, const char **bytes, size_t *size,
                                vm_error *error);

/* A new map. ARGUMENT: a NULL. MEMORY. Since 0.1. */
VM_API vm_status vm_map_new(vm_isolate *isolate, vm_ref *out, vm_error *error);

/* The value of a key, or nil; set one; delete one. Keys and values are of kind dyn.
 *
 * found, deleted  nonzero if there was such a key; may be NULL
 *
 * ARGUMENT: a NULL, or a value of another kind. HANDLE: stale, null or no map. MEMORY. Since 0.1. */
VM_API vm_status vm_map_get(vm_isolate *isolate, vm_ref map, const vm_value *key, vm_value *out,
                            int *found, vm_error *error);
VM_API vm_status vm_map_set(vm_isolate *isolate, vm_ref map, const vm_value *key,
                            const vm_value *value, vm_error *error);
VM_API vm_status vm_map_delete(vm_isolate *isolate, vm_ref map, const vm_value *key, int *deleted,
                               vm_error *error);

/* How many entries it has. ARGUMENT: a NULL. HANDLE: stale, null or no map. Since 0.1. */
VM_API vm_status vm_map_get_length(vm_isolate *isolate, vm_ref map, uint32_t *out, vm_error *error);

/* The next entry in the order of insertion: from *position on, which is 0 at first and then left where
 * to go on. `key` and `value` may be NULL.
 *
 * NOT_FOUND: there are no more. ARGUMENT, HANDLE, MEMORY: as above. Since 0.1. */
VM_API vm_status vm_map_next(vm_isolate *isolate, vm_ref map, uint32_t *position, vm_value *key,
                             vm_value *value, vm_error *error);

/* A new shaped object. `proto` is another, or null. ARGUMENT: a NULL. HANDLE: stale, or no shaped object.
 * MEMORY. Since 0.1. */
VM_API vm_status vm_shaped_new(vm_isolate *isolate, vm_ref proto, vm_ref *out, vm_error *error);

/* The property `name`, a symbol, of the object or of its prototypes, nil if there is none; set or add
 * one of its own, whatever attributes it has.
 *
 * ARGUMENT: a NULL, or a value of another kind than dyn. HANDLE: stale, null, or of another kind.
 * MEMORY. Since 0.1. */
VM_API vm_status vm_shaped_get(vm_isolate *isolate, vm_ref object, vm_ref name, vm_value *out,
                               vm_error *error);
VM_API vm_status vm_shaped_put(vm_isolate *isolate, vm_ref object, vm_ref name, const vm_value *value,
                               vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
