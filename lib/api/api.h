/* api.h - what the files of the API layer share: argument checks and conversions.
 *
 * SPDX-License-Identifier: MIT
 *
 * This layer checks what the host hands in, then forwards. Below it arguments are trusted.
 */
#ifndef VMI_API_H
#define VMI_API_H

#include "interp.h"
#include "jit.h"
#include "vm/vm.h"

/* Return VM_ARGUMENT from the calling function unless `condition` holds. */
#define VMI_API_REQUIRE(error, condition, ...) \
  do { \
    if (VMI_UNLIKELY(!(condition))) return vmi_fail((error), VM_ARGUMENT, __VA_ARGS__); \
  } while (0)

#define VMI_API_NOT_NULL(error, pointer) \
  VMI_API_REQUIRE((error), (pointer) != NULL, "%s: `" #pointer "` is NULL", __func__)

/* Copy a size-prefixed structure of the caller's into `to`, which is zeroed, of `known` bytes.
 * False if the caller's is too small to have a size, or sets fields that this version does not know. */
bool vmi_api_copy_config(void *to, size_t known, const void *from);

/* Copy `from` (of `known` bytes, size-prefixed) out to the caller's `to`, as much as its size has
 * room for; its size stays. False if that is too small to hold a size. */
bool vmi_api_copy_stats(void *to, const void *from, size_t known);

static inline vmi_instance *vmi_api_instance(const vm_instance *instance)
{
  return (vmi_instance *)(uintptr_t)instance;
}

static inline bool vmi_api_type_exists(const vm_isolate *iso, vm_typeid type)
{
  return type != 0 && type < iso->nrtts && iso->rtts[type] != NULL;
}

/* Is it a value type whose reference, if it is one, is to an abstract heap type or a type id? */
bool vmi_api_is_value_type(const vm_isolate *iso, vm_type type);

/* The type of that id if it is of heap type `heap`, or NULL. */
const vmi_rtt *vmi_api_type(const vm_isolate *iso, vm_typeid type, uint32_t heap);

/* The declared name of a struct type, or NULL. */
const char *vmi_api_type_name(const vm_isolate *iso, const vmi_rtt *r);

#define VMI_API_TEXT 96 /* enough for most types */

/* Write a type whose heap index is an isolate type id as text; returns `buffer`. */
const char *vmi_api_type_text(const vm_isolate *iso, vm_type type, char *buffer, size_t size);

/* The object behind a handle, null included. HANDLE: stale. `what` names it in the message. */
vm_status vmi_api_object(const vm_isolate *iso, vm_ref ref, const char *what, vmi_obj **out,
                         vm_error *error);

/* The same, neither null nor of another heap type than `heap` (VM_HEAP_ANY: any). */
vm_status vmi_api_object_of(const vm_isolate *iso, vm_ref ref, uint32_t heap, const char *what,
                            vmi_obj **out, vm_error *error);

/* A local handle for an object that may be null. */
vm_status vmi_api_new_ref(vm_isolate *iso, const void *object, vm_ref *out, vm_error *error);

/* A value of the host's as a slot of type `type` (resolved; packed types take an i32). "`what` N:
 * expected i32, found f64" if it does not fit; VMI_NO_INDEX is not shown. ARGUMENT, HANDLE. */
vm_status vmi_api_to_slot(vm_isolate *iso, const vm_value *value, vm_type type, const char *what,
                          uint32_t number, vmi_slot *slot, vm_error *error);

/* The reverse; MEMORY when no handle could be made. */
vm_status vmi_api_from_slot(vm_isolate *iso, const vmi_slot *slot, vm_type type, vm_value *out,
                            vm_error *error);

#endif
