/* vm/exception.h - what an exception or trap was, and where it came from.
 *
 * SPDX-License-Identifier: MIT
 *
 * Wherever an exception is asked for, a null reference means the one that the isolate's last failed
 * call (VM_EXCEPTION or VM_TERMINATED) ended with; it is kept until the next call into the guest.
 * The backtrace is the same in every tier. All functions: the isolate's thread.
 */
#ifndef VM_EXCEPTION_H
#define VM_EXCEPTION_H

#include "vm/handle.h"
#include "vm/host.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What an exception is. */
typedef struct vm_exception {
  vm_trap trap;         /* VM_TRAP_NONE: thrown, with a payload */
  uint32_t frames;      /* of the backtrace that are kept */
  uint32_t frames_total; /* that there were */
} vm_exception;

/* A line of a backtrace. */
typedef struct vm_frame {
  const char *module;   /* borrowed as long as the exception or function lives; "" unknown */
  const char *function; /* borrowed; NULL: no name */
  const char *file;     /* borrowed; source file, NULL: unknown */
  uint32_t index;       /* function index in its module, VM_NO_OFFSET for a host function */
  uint32_t offset;      /* of the instruction in the function's code; VM_NO_OFFSET: host function */
  uint32_t line;        /* source line, 0: unknown */
} vm_frame;

/* A handle for the exception that the last failed call ended with.
 *
 * out  local handle
 *
 * ARGUMENT: a NULL. NOT_FOUND: there is none. MEMORY. */
VM_API vm_status vm_isolate_get_exception(vm_isolate *isolate, vm_ref *out, vm_error *error);

/* ARGUMENT: a NULL. HANDLE: stale, or no exception. NOT_FOUND: null, and there is none. */
VM_API vm_status vm_exception_get(vm_isolate *isolate, vm_ref exception, vm_exception *out,
                                  vm_error *error);

/* The value that was thrown, a dyn; for the trap `exit` the code, a dyn integer; nil for other traps.
 *
 * out  a reference in it is a local handle
 *
 * As vm_exception_get, and MEMORY. */
VM_API vm_status vm_exception_get_payload(vm_isolate *isolate, vm_ref exception, vm_value *out,
                                          vm_error *error);

/* Frame `index` of the backtrace, 0 the innermost.
 *
 * As vm_exception_get, and ARGUMENT: `index` is not below `frames`. */
VM_API vm_status vm_exception_get_frame(vm_isolate *isolate, vm_ref exception, uint32_t index,
                                        vm_frame *out, vm_error *error);

/* What a function reference refers to, in the terms of a backtrace: its names, its file and the line of
 * its first instruction.
 *
 * out  its strings are borrowed as a frame's are
 *
 * ARGUMENT: a NULL. HANDLE: stale, null, or no function. Since 0.1. */
VM_API vm_status vm_func_describe(vm_isolate *isolate, vm_ref func, vm_frame *out, vm_error *error);

/* Describe the exception in text: one line on what it was, then one a frame, each ending in '\n'.
 *
 * buffer    filled with as much as fits, NUL-terminated; may be NULL if capacity is 0
 * capacity  bytes of `buffer`
 * needed    bytes of the whole text without its NUL; may be NULL
 *
 * As vm_exception_get. */
VM_API vm_status vm_exception_format(vm_isolate *isolate, vm_ref exception, char *buffer,
                                     size_t capacity, size_t *needed, vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
