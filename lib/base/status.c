/* status.c - names of statuses and trap codes, and filling of error records.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base.h"

#include <stdio.h>

const char *vm_status_name(vm_status status)
{
  switch (status) {
#define VM_STATUS_ROW(id, value, name, meaning) case VM_##id: return name;
#include "vm/status.def"
  }
  return "unknown";
}

const char *vm_status_text(vm_status status)
{
  switch (status) {
#define VM_STATUS_ROW(id, value, name, meaning) case VM_##id: return meaning;
#include "vm/status.def"
  }
  return "Not a status of this version.";
}

const char *vm_trap_name(vm_trap trap)
{
  switch (trap) {
#define VM_TRAP_ROW(id, value, name, meaning) case VM_TRAP_##id: return name;
#include "vm/status.def"
  }
  return "unknown";
}

const char *vm_trap_text(vm_trap trap)
{
  switch (trap) {
#define VM_TRAP_ROW(id, value, name, meaning) case VM_TRAP_##id: return meaning;
#include "vm/status.def"
  }
  return "Not a trap code of this version.";
}

/* Where the failure is; what is unknown stays as VM_ERROR_INIT has it. */
typedef struct place {
  uint32_t function, offset, line, column;
} place;

/* A record of an older caller ends early and one of a newer caller has fields unknown here: only
 * fields that lie within `size` and are known are written. */
#define HAS(e, field) \
  ((e)->size >= offsetof(vm_error, field) + sizeof(((vm_error *)0)->field))

__attribute__((format(printf, 4, 0)))
static vm_status fill(vm_error *e, vm_status status, place at, const char *format, va_list args)
{
  if (e == NULL) return status;
  if (HAS(e, status)) e->status = status;
  if (HAS(e, trap)) e->trap = VM_TRAP_NONE;
  if (HAS(e, function)) e->function = at.function;
  if (HAS(e, offset)) e->offset = at.offset;
  if (HAS(e, line)) e->line = at.line;
  if (HAS(e, column)) e->column = at.column;
  if (e->size > offsetof(vm_error, message)) {
    size_t room = e->size - offsetof(vm_error, message);
    vsnprintf(e->message, room < VM_ERROR_TEXT ? room : VM_ERROR_TEXT, format, args);
  }
  return status;
}

vm_status vmi_fail(vm_error *e, vm_status status, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fill(e, status, (place){VM_NO_OFFSET, VM_NO_OFFSET, 0, 0}, format, args);
  va_end(args);
  return status;
}

vm_status vmi_fail_at(vm_error *e, vm_status status, uint32_t function, uint32_t offset,
                      const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fill(e, status, (place){function, offset, 0, 0}, format, args);
  va_end(args);
  return status;
}

vm_status vmi_fail_line(vm_error *e, vm_status status, uint32_t line, uint32_t column,
                        const char *format, ...)
{
  va_list args;
  va_start(args, format);
  fill(e, status, (place){VM_NO_OFFSET, VM_NO_OFFSET, line, column}, format, args);
  va_end(args);
  return status;
}

void vmi_error_trap(vm_error *e, vm_trap trap)
{
  if (e != NULL && HAS(e, trap)) e->trap = trap;
}

void vmi_error_line(vm_error *e, uint32_t line)
{
  if (e != NULL && HAS(e, line)) e->line = line;
}

vm_status vmi_no_memory(vm_error *e)
{
  return vmi_fail(e, VM_MEMORY, "out of memory");
}
