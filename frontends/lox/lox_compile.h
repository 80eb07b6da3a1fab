/* lox_compile.h - a parsed program to a module.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LOX_COMPILE_H
#define LOX_COMPILE_H

#include <stddef.h>
#include <stdint.h>
#include <vm/status.h>

#include "parser.h"

enum { LOX_MAX_CALL = 255 };

#define LOX_SCRIPT_NAME "<script>" /* of the function with the statements outside of functions */

/* What the emitter must know of the world around the program. */
typedef struct lox_unit {
  const char *file; /* name of the source */
  /* The import module that defines a global already, or NULL: this program will. */
  const char *(*find_global)(void *user, lox_text name);
  void *user;
} lox_unit;

/* Emits `program`. Its module exports "main", of type () -> (), and every global that it defines
 * itself, by name. On VM_OK *bytes is owned by the caller (vm_builder_bytes_free with NULL). */
vm_status lox_emit(const lox_unit *unit, const lox_program *program, lox_arena *arena, uint8_t **bytes,
                   size_t *size, vm_error *error);

#endif
