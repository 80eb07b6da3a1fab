/* vm/isolate.h - isolates: one heap, one stack, limits, and what the guest can import.
 *
 * SPDX-License-Identifier: MIT
 *
 * An isolate and everything in it is used by one thread at a time; vm_isolate_interrupt and
 * vm_isolate_request_pause alone may come from any thread while the isolate lives.
 */
#ifndef VM_ISOLATE_H
#define VM_ISOLATE_H

#include "vm/engine.h"
#include "vm/handle.h"
#include "vm/host.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Initialise with VM_ISOLATE_CONFIG_INIT; a zero field means its default. */
typedef struct vm_isolate_config {
  size_t size;         /* sizeof(vm_isolate_config) */
  size_t max_heap;     /* bytes of heap, memories and tables; 0: no limit */
  size_t stack_size;   /* bytes of VM stack; 0: 8 MiB */
  size_t native_stack; /* bytes of the calling thread's stack that guest code may use; 0: 4 MiB */
  uint32_t gc_flags;   /* VM_GC_*, added to those of the engine */
} vm_isolate_config;

/* Every default. */
#define VM_ISOLATE_CONFIG_INIT { sizeof(vm_isolate_config), 0, 0, 0, 0 }

/* Make an isolate.
 *
 * engine  must outlive it
 * config  borrowed; NULL: all defaults
 * out     owned by the caller, freed with vm_isolate_free; NULL on failure
 *
 * ARGUMENT: a NULL, or a field without meaning. LIMIT: a size is out of range. MEMORY. */
VM_API vm_status vm_isolate_new(vm_engine *engine, const vm_isolate_config *config,
                                vm_isolate **out, vm_error *error);

/* Free the isolate with its instances, objects and handles. All finalizers run first. NULL is fine.
 *
 * STATE: guest code of the isolate is running, or a finalizer; nothing was done. */
VM_API vm_status vm_isolate_free(vm_isolate *isolate, vm_error *error);

/* The engine of `isolate`; NULL if that is NULL. */
VM_API vm_engine *vm_isolate_engine(const vm_isolate *isolate);

/* ---- what modules can import ---- */

/* Let modules import a host function as (module, name). Imports are matched by name and exact type;
 * a later definition does not change instances that exist.
 *
 * params, results  borrowed; value types whose references are to abstract heap types, or to type
 *                  ids of the isolate's (vm_array_find_type, vm_instance_get_type)
 * function, user   called as vm/host.h says; `user` is borrowed by the isolate
 * drop             called with `user` when the isolate is freed; may be NULL. Not called on failure
 *
 * ARGUMENT: a NULL, a type that is no value type of the isolate's, more than 1,000 parameters or 255
 * results. STATE: the name is defined already. MEMORY. */
VM_API vm_status vm_isolate_define_func(vm_isolate *isolate, const char *module, const char *name,
                                        const vm_type *params, uint32_t nparams,
                                        const vm_type *results, uint32_t nresults,
                                        vm_host_function *function, void *user,
                                        void (*drop)(void *user), vm_error *error);

/* A reference to a function that was defined under (module, name), by vm_isolate_define_func or
 * vm_instance_define.
 *
 * out  local handle; NULL reference on failure
 *
 * ARGUMENT: a NULL. NOT_FOUND. MEMORY. */
VM_API vm_status vm_isolate_get_func(vm_isolate *isolate, const char *module, const char *name,
                                     vm_ref *out, vm_error *error);

/* Let modules import a global of the isolate's own as (module, name). It belongs to no instance: any
 * number of them share it, and each can go.
 *
 * type    a value type as for vm_isolate_define_func
 * mut     nonzero: guest code may set it, and imports it as mutable
 * value   borrowed; its first value
 *
 * ARGUMENT: a NULL, a type that is no value type of the isolate's, a value of another type. HANDLE:
 * stale. STATE: the name is defined already. MEMORY. Since 0.1. */
VM_API vm_status vm_isolate_define_global(vm_isolate *isolate, const char *module, const char *name,
                                          vm_type type, int mut, const vm_value *value,
                                          vm_error *error);

/* The value of a global that was defined under (module, name), by the above or vm_instance_define.
 *
 * out  a reference is a local handle
 *
 * ARGUMENT: a NULL. NOT_FOUND: no such global. MEMORY. Since 0.1. */
VM_API vm_status vm_isolate_get_global(vm_isolate *isolate, const char *module, const char *name,
                                       vm_value *out, vm_error *error);

/* ARGUMENT: a NULL, an immutable global, or a value of another type. NOT_FOUND. HANDLE: stale. Since
 * 0.1. */
VM_API vm_status vm_isolate_set_global(vm_isolate *isolate, const char *module, const char *name,
                                       const vm_value *value, vm_error *error);

/* ---- limits ---- */

/* Stop running guest code: its innermost call from the host returns VM_TERMINATED with trap
 * `interrupt` soon, compiled code included. If no guest code runs, the next call is stopped. ANY
 * THREAD. ARGUMENT: `isolate` is NULL. */
VM_API vm_status vm_isolate_interrupt(vm_isolate *isolate, vm_error *error);

/* Have `function` called when vm_isolate_request_pause asks for it: how a host whose work is bound to
 * the thread that runs the guest (signal handlers of a scripting language, an event loop) gets to do it.
 *
 * function  NULL: none
 * user      borrowed as long as the isolate lives, or until this is called again
 *
 * ARGUMENT: `isolate` is NULL. Since 0.1. */
VM_API vm_status vm_isolate_set_pause(vm_isolate *isolate, vm_pause_function *function, void *user,
                                      vm_error *error);

/* Let running guest code call the pause function once, soon, compiled code included; vm_isolate_poll
 * calls it too. Requests that come before that are one. If no guest code runs, the next that polls does.
 * ANY THREAD. ARGUMENT: `isolate` is NULL. Since 0.1. */
VM_API vm_status vm_isolate_request_pause(vm_isolate *isolate, vm_error *error);

/* Guest code may use `units` of fuel from now on (one a function entry, loop back-edge and caught
 * exception); then it ends with VM_TERMINATED and trap `fuel`. UINT64_MAX: no limit.
 *
 * ARGUMENT: `isolate` is NULL. STATE: the engine does not meter fuel. */
VM_API vm_status vm_isolate_set_fuel(vm_isolate *isolate, uint64_t units, vm_error *error);

/* out  units left; UINT64_MAX without a limit. Errors as above. */
VM_API vm_status vm_isolate_get_fuel(vm_isolate *isolate, uint64_t *out, vm_error *error);

/* Guest code that still runs `milliseconds` from now ends with VM_TERMINATED and trap `deadline`;
 * so does every later call, until a new deadline is set. 0: no deadline.
 *
 * ARGUMENT: `isolate` is NULL. MEMORY: also when no thread could be started. */
VM_API vm_status vm_isolate_set_deadline(vm_isolate *isolate, uint64_t milliseconds,
                                         vm_error *error);

/* ---- throwing from host functions ---- */

/* Throw `payload` (dyn or a reference): write `return vm_isolate_throw(isolate, &value);` in a
 * host function. Valid only there.
 *
 * EXCEPTION: as wanted. ARGUMENT: a NULL, or neither dyn nor reference. HANDLE: stale. STATE: no
 * host function is running. */
VM_API vm_status vm_isolate_throw(vm_isolate *isolate, const vm_value *payload);

/* Throw the text `message` (borrowed) as an `array mut i8`. As above; if memory runs out the trap
 * `out-of-memory` is raised instead (EXCEPTION too). May collect. */
VM_API vm_status vm_isolate_throw_text(vm_isolate *isolate, const char *message);

/* Raise a trap, one that guest code can catch: not `none`, `interrupt`, `fuel`, `deadline` or `exit`.
 *
 * EXCEPTION: as wanted. ARGUMENT: a NULL, or no such trap. STATE: no host function is running. */
VM_API vm_status vm_isolate_trap(vm_isolate *isolate, vm_trap trap);

/* Throw an exception object again, with the backtrace it has: write `return vm_isolate_rethrow(isolate,
 * exn);` in a host function that kept what vm_isolate_get_exception gave while it called the guest for
 * something else. Valid only there.
 *
 * EXCEPTION: as wanted. TERMINATED: as wanted, for it was interrupt, fuel, deadline or exit; the status has
 * to be returned all the same. ARGUMENT: a NULL. HANDLE: stale, null, or no exception. STATE: no host
 * function is running. Since 0.1. */
VM_API vm_status vm_isolate_rethrow(vm_isolate *isolate, vm_ref exception);

/* ---- ending the guest from host functions ---- */

/* End the guest for good, as a program ends itself: write `return vm_isolate_exit(isolate, code);`
 * in a host function. No handler of the guest sees it: the innermost call from the host returns
 * VM_TERMINATED with trap `exit`, and vm_isolate_get_exit_code gives `code`. Where a host function
 * made that call, it returns VM_TERMINATED in turn to end the guest further out too, or goes on.
 *
 * TERMINATED: as wanted. ARGUMENT: `isolate` is NULL. STATE: no host function is running. */
VM_API vm_status vm_isolate_exit(vm_isolate *isolate, int32_t code);

/* The code that the guest ended with, if the last failed call was VM_TERMINATED with trap `exit`.
 *
 * ARGUMENT: a NULL. NOT_FOUND: it was something else. */
VM_API vm_status vm_isolate_get_exit_code(vm_isolate *isolate, int32_t *out, vm_error *error);

/* Is the guest to stop (vm_isolate_interrupt, deadline, fuel)? For host functions that wait or work
 * long: they call this from time to time and return what is not VM_OK.
 *
 * OK: go on. TERMINATED: the guest is to stop. ARGUMENT: `isolate` is NULL. STATE: no host function
 * is running. */
VM_API vm_status vm_isolate_poll(vm_isolate *isolate);

/* ---- the collector ---- */

/* Collect now. Finalizers of what died are queued, not run. ARGUMENT: `isolate` is NULL. */
VM_API vm_status vm_isolate_collect(vm_isolate *isolate, vm_error *error);

/* Run queued finalizers; they may call any function on the isolate. vm_call does so too, before it
 * enters the guest from outside.
 *
 * count  how many ran, 0 when called by a finalizer; may be NULL
 *
 * ARGUMENT: `isolate` is NULL. MEMORY: none ran. */
VM_API vm_status vm_isolate_run_finalizers(vm_isolate *isolate, size_t *count, vm_error *error);

/* Walk the heap and check its invariants; slow.
 *
 * ARGUMENT: `isolate` is NULL. INVALID: the heap is damaged; `error` says how. */
VM_API vm_status vm_isolate_verify_heap(vm_isolate *isolate, vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
