/* vm/status.h - statuses, trap codes and the error record every call can fill.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VM_STATUS_H
#define VM_STATUS_H

#include <stddef.h>
#include <stdint.h>

/* In front of each function of the library. */
#if defined(__GNUC__)
#define VM_API __attribute__((visibility("default")))
#else
#define VM_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What a call came to. VM_OK is 0. */
typedef enum vm_status {
#define VM_STATUS_ROW(id, value, name, meaning) VM_##id = value,
#include "vm/status.def"
} vm_status;

/* Why the guest stopped; 0 is an exception that was thrown, not a trap. */
typedef enum vm_trap {
#define VM_TRAP_ROW(id, value, name, meaning) VM_TRAP_##id = value,
#include "vm/status.def"
} vm_trap;

#define VM_ERROR_TEXT 256 /* bytes of vm_error.message */
#define VM_NO_OFFSET UINT32_MAX /* no offset or function is known */

/* Details of a failure. The caller owns it and hands a pointer, or NULL, to any call as its last
 * argument. Initialise with VM_ERROR_INIT; `size` lets later versions add fields. A call that
 * succeeds leaves it alone. */
typedef struct vm_error {
  size_t size;                  /* sizeof(vm_error), set by the caller */
  vm_status status;             /* the status that was returned */
  vm_trap trap;                 /* for EXCEPTION and TERMINATED: the code */
  uint32_t function;            /* function index in its module, or VM_NO_OFFSET */
  uint32_t offset;              /* byte offset (module or function), or VM_NO_OFFSET */
  uint32_t line, column;        /* assembler text position or source line; 0 if unknown */
  char message[VM_ERROR_TEXT];  /* one line, NUL-terminated: place, expected, found */
} vm_error;

/* What a vm_error is before the first call. */
#define VM_ERROR_INIT { sizeof(vm_error), VM_OK, VM_TRAP_NONE, VM_NO_OFFSET, VM_NO_OFFSET, 0, 0, "" }

/* The name of a status or trap code, such as "malformed"; static storage; "unknown" for a value
 * that is none. */
VM_API const char *vm_status_name(vm_status status);
VM_API const char *vm_trap_name(vm_trap trap);

/* One sentence on a status or trap code; static storage. */
VM_API const char *vm_status_text(vm_status status);
VM_API const char *vm_trap_text(vm_trap trap);

#ifdef __cplusplus
}
#endif
#endif
