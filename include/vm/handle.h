/* vm/handle.h - handles: how the host refers to guest objects and keeps them alive.
 *
 * SPDX-License-Identifier: MIT
 *
 * A local handle belongs to the scope that was innermost when it was made and dies with it. A host
 * function runs in a scope of its own; before the first scope is opened handles live as long as
 * the isolate. A persistent handle lives until it is released. All functions: the isolate's thread.
 */
#ifndef VM_HANDLE_H
#define VM_HANDLE_H

#include "vm/host.h"
#include "vm/value.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An open scope. Its content is private. */
typedef struct vm_scope {
  uint32_t mark;  /* private */
  uint32_t depth; /* private */
} vm_scope;

/* Open a scope inside the current one.
 *
 * out  to be given to vm_scope_close
 *
 * ARGUMENT: a NULL. MEMORY. */
VM_API vm_status vm_scope_open(vm_isolate *isolate, vm_scope *out, vm_error *error);

/* Close the innermost scope; its handles are stale from now on.
 *
 * ARGUMENT: `isolate` is NULL. STATE: `scope` is not the innermost open one, or was opened outside
 * the host function that is running; nothing was done. */
VM_API vm_status vm_scope_close(vm_isolate *isolate, vm_scope scope, vm_error *error);

/* Close the innermost scope and keep one of its references in the scope around it.
 *
 * ref  in: a valid handle; out: the handle in the outer scope
 *
 * As vm_scope_close, and HANDLE: `*ref` is stale; the scope stays open. */
VM_API vm_status vm_scope_escape(vm_isolate *isolate, vm_scope scope, vm_ref *ref,
                                 vm_error *error);

/* A second handle, in the current scope, for what `ref` refers to; null gives null.
 *
 * ARGUMENT: a NULL. HANDLE: stale. MEMORY. */
VM_API vm_status vm_ref_dup(vm_isolate *isolate, vm_ref ref, vm_ref *out, vm_error *error);

/* A persistent handle for what `ref` refers to; null gives null.
 *
 * out  owned by the caller, released with vm_ref_release, or with the isolate
 *
 * ARGUMENT: a NULL. HANDLE: stale. MEMORY. */
VM_API vm_status vm_ref_persist(vm_isolate *isolate, vm_ref ref, vm_ref *out, vm_error *error);

/* Release a persistent handle. Null is fine.
 *
 * ARGUMENT: `isolate` is NULL. HANDLE: stale, released already, or not persistent. */
VM_API vm_status vm_ref_release(vm_isolate *isolate, vm_ref ref, vm_error *error);

/* Do two handles refer to the same object? Two nulls do.
 *
 * out  0 or 1
 *
 * ARGUMENT: a NULL. HANDLE: one is stale. */
VM_API vm_status vm_ref_same(vm_isolate *isolate, vm_ref a, vm_ref b, int *out, vm_error *error);

/* Type of an isolate: 0 is none. The heap index of a reference type that the isolate's functions
 * show is one of these when it is below VM_HEAP_ANY. A type lives as long as an object, an instance or
 * another type that has it, and as the isolate if the host was given its id by vm_instance_get_type,
 * vm_instance_get_type_at or vm_array_find_type; then its id may become another's. */
typedef uint32_t vm_typeid;

/* What an object is. */
typedef struct vm_ref_info {
  uint32_t heap;     /* VM_HEAP_STRUCT, ARRAY, FUNC, EXTERN, EXN or WEAK */
  vm_typeid type;    /* exact type */
  uint32_t count;    /* struct: fields; array: length; else 0 */
  const char *name;  /* struct: the type's name, borrowed from the module; NULL: none */
} vm_ref_info;

/* What kind of object is it?
 *
 * ARGUMENT: a NULL. HANDLE: stale or null. */
VM_API vm_status vm_ref_get_info(vm_isolate *isolate, vm_ref ref, vm_ref_info *out,
                                 vm_error *error);

/* Is the object of type `type` or of a subtype? A null reference is of no type.
 *
 * out  0 or 1
 *
 * ARGUMENT: a NULL, or no such type. HANDLE: stale. */
VM_API vm_status vm_ref_is(vm_isolate *isolate, vm_ref ref, vm_typeid type, int *out,
                           vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
