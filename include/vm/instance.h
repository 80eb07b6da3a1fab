/* vm/instance.h - instances: linked modules; calls, globals, memories and tables.
 *
 * SPDX-License-Identifier: MIT
 *
 * An instance belongs to its isolate. It goes with it, or, once the host has released it, when a
 * collection finds that nothing reaches it any more. What the host reaches, it reaches by export name.
 * All functions: the isolate's thread.
 */
#ifndef VM_INSTANCE_H
#define VM_INSTANCE_H

#include "vm/handle.h"
#include "vm/isolate.h"
#include "vm/module.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vm_instance vm_instance; /* a module linked into an isolate */

/* Link `module` into `isolate`: find its imports, initialise globals, tables and memories, run its
 * start function. May collect and run guest code.
 *
 * module  borrowed; of the same engine; the isolate takes a reference
 * out     borrowed, good until it is released, and as long as the isolate; NULL on failure
 *
 * ARGUMENT: a NULL, or another engine. LINK: an import is missing or has another type. LIMIT.
 * MEMORY. EXCEPTION, TERMINATED: a segment did not fit or the start function ended so; what other
 * instances already share with this one stays changed. */
VM_API vm_status vm_instance_new(vm_isolate *isolate, vm_module *module, vm_instance **out,
                                 vm_error *error);

/* The host needs `instance` no more: the pointer must not be used again, and the names that
 * vm_instance_define gave to its exports are free. It goes in the collection that finds that nothing
 * reaches it: no handle, object, table or global that refers to one of its functions, no frame of one
 * of them, running or suspended by a call, whatever tier it is in, no instance that imports a global of
 * it, no exception whose backtrace has a frame of it. With it go its globals, caches and heat, memories
 * and tables that no other instance has, and with the last instance of a module the isolate's reference
 * to that, so its register code and machine code if nobody else has one.
 *
 * Types that its module declares go later, when there are no objects of them any more (vm/handle.h). A
 * module that is instantiated again after its last instance has gone declares new struct types.
 *
 * instance  NULL is fine
 *
 * STATE: it was released before, and something reaches it still. Since 0.1. */
VM_API vm_status vm_instance_release(vm_instance *instance, vm_error *error);

/* Isolate and module of `instance`; borrowed. NULL if that is NULL. */
VM_API vm_isolate *vm_instance_isolate(const vm_instance *instance);
VM_API vm_module *vm_instance_module(const vm_instance *instance);

/* Let later instances import what this one exports, under `module` (borrowed).
 *
 * ARGUMENT: a NULL. STATE: a name is defined already. MEMORY. */
VM_API vm_status vm_instance_define(vm_instance *instance, const char *module, vm_error *error);

/* Take back what vm_instance_define did, under all names: they can be defined anew, by a later version
 * of the module perhaps. Instances that imported from it keep what they have.
 *
 * ARGUMENT: a NULL. Since 0.1. */
VM_API vm_status vm_instance_undefine(vm_instance *instance, vm_error *error);

/* ---- calls ---- */

/* A reference to an exported function.
 *
 * out  local handle
 *
 * ARGUMENT: a NULL. NOT_FOUND. MEMORY. May collect. */
VM_API vm_status vm_instance_get_func(vm_instance *instance, const char *name, vm_ref *out,
                                      vm_error *error);

/* The type of a function. */
typedef struct vm_func_type {
  uint32_t nparams, nresults; /* lengths of the arrays */
  const vm_type *params;  /* borrowed as long as the function lives; declared types as vm_typeid */
  const vm_type *results; /* the same */
} vm_func_type;

/* The type of a function.
 *
 * ARGUMENT: a NULL. HANDLE: stale, null, or no function. */
VM_API vm_status vm_func_get_type(vm_isolate *isolate, vm_ref func, vm_func_type *out,
                                  vm_error *error);

/* Call a function, guest or host. May collect.
 *
 * args, nargs        borrowed; kinds and reference types must match the function's
 * results, nresults  filled on success; nresults must be the function's; references are local
 *                    handles
 *
 * ARGUMENT: a NULL, or a wrong count, kind or reference type; nothing ran. HANDLE: `func` or an
 * argument is stale. EXCEPTION: uncaught exception or trap; `error` has the trap code and place,
 * vm/exception.h more; the isolate is usable. TERMINATED: interrupt, fuel, deadline or exit; the same.
 * LIMIT: calls between host and guest are nested too deeply. MEMORY. */
VM_API vm_status vm_call(vm_isolate *isolate, vm_ref func, const vm_value *args, uint32_t nargs,
                         vm_value *results, uint32_t nresults, vm_error *error);

/* Within a host function: the instance whose code called it, so that it can reach that one's
 * memory. After a tail call that is who made the tail call. Also valid while vm_instance_new runs a
 * start function.
 *
 * borrowed, good until the host function returns; NULL if the host called the function itself, if none is
 * running, or if `isolate` is NULL. */
VM_API vm_instance *vm_isolate_caller(const vm_isolate *isolate);

/* ---- globals ---- */

/* out  a reference is a local handle. ARGUMENT: a NULL. NOT_FOUND: no such global. MEMORY. */
VM_API vm_status vm_instance_get_global(vm_instance *instance, const char *name, vm_value *out,
                                        vm_error *error);

/* ARGUMENT: a NULL, an immutable global, or a value of another type. NOT_FOUND. HANDLE: stale. */
VM_API vm_status vm_instance_set_global(vm_instance *instance, const char *name,
                                        const vm_value *value, vm_error *error);

/* ---- linear memories; multi-byte data in them is little-endian ---- */

/* The bytes themselves.
 *
 * base, size  borrowed; valid until the guest runs or the memory grows
 *
 * ARGUMENT: a NULL. NOT_FOUND: no such memory. */
VM_API vm_status vm_instance_view_memory(vm_instance *instance, const char *name, uint8_t **base,
                                         uint64_t *size, vm_error *error);

/* Grow the memory by `pages` of 65,536 bytes, which are zero, as memory.grow does. The bytes may
 * move.
 *
 * old  pages before; may be NULL
 *
 * ARGUMENT: a NULL. NOT_FOUND. LIMIT: its maximum, the isolate's heap limit or the host's memory
 * does not allow it; nothing has changed. Since 0.1. */
VM_API vm_status vm_instance_grow_memory(vm_instance *instance, const char *name, uint32_t pages,
                                         uint32_t *old, vm_error *error);

/* Copy `size` bytes out of or into the memory.
 *
 * ARGUMENT: a NULL (a NULL buffer is fine for size 0), or out of bounds; nothing was copied.
 * NOT_FOUND. */
VM_API vm_status vm_instance_read_memory(vm_instance *instance, const char *name, uint64_t address,
                                         void *buffer, size_t size, vm_error *error);
VM_API vm_status vm_instance_write_memory(vm_instance *instance, const char *name,
                                          uint64_t address, const void *buffer, size_t size,
                                          vm_error *error);

/* ---- tables ---- */

/* out  entries. ARGUMENT: a NULL. NOT_FOUND: no such table. */
VM_API vm_status vm_instance_get_table_size(vm_instance *instance, const char *name, uint32_t *out,
                                            vm_error *error);

/* out  local handle, or null. ARGUMENT: a NULL, or `index` is out of bounds. NOT_FOUND. MEMORY. */
VM_API vm_status vm_instance_get_table(vm_instance *instance, const char *name, uint32_t index,
                                       vm_ref *out, vm_error *error);

/* ARGUMENT: a NULL, out of bounds, or a reference of another type. NOT_FOUND. HANDLE: stale. */
VM_API vm_status vm_instance_set_table(vm_instance *instance, const char *name, uint32_t index,
                                       vm_ref value, vm_error *error);

/* Grow the table by `count` entries, each `value`, as table.grow does.
 *
 * old  entries before; may be NULL
 *
 * ARGUMENT: a NULL, or a reference of another type. NOT_FOUND. HANDLE: stale. LIMIT: as of
 * memories; nothing has changed. Since 0.1. */
VM_API vm_status vm_instance_grow_table(vm_instance *instance, const char *name, uint32_t count,
                                        vm_ref value, uint32_t *old, vm_error *error);

/* ---- types ---- */

/* The isolate's id of a type the module exports or names `name`; for vm/object.h.
 *
 * ARGUMENT: a NULL. NOT_FOUND. */
VM_API vm_status vm_instance_get_type(vm_instance *instance, const char *name, vm_typeid *out,
                                      vm_error *error);

/* The same by index in the module's type section. ARGUMENT: a NULL, or no such index. */
VM_API vm_status vm_instance_get_type_at(vm_instance *instance, uint32_t index, vm_typeid *out,
                                         vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
