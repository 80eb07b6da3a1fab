/* vm/text.h - assembler and disassembler: text to bytes and back.
 *
 * SPDX-License-Identifier: MIT
 *
 * The two are inverse: disassembling a module and assembling the text gives the same bytes. Neither
 * verifies; vm_module_load does. Any thread.
 */
#ifndef VM_TEXT_H
#define VM_TEXT_H

#include "vm/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Assemble `text` (need not end in NUL) into a module's binary form.
 *
 * allocator   where the result lives; borrowed; NULL: the C library's
 * text, size  borrowed; size in bytes
 * out, out_size  owned by the caller, freed with vm_text_bytes_free and the same allocator; NULL
 *             and 0 on failure
 *
 * ARGUMENT: a NULL. SYNTAX: `error` has line and column. LIMIT. MEMORY. */
VM_API vm_status vm_text_assemble(const vm_allocator *allocator, const char *text, size_t size,
                                  uint8_t **out, size_t *out_size, vm_error *error);

/* Disassemble a module's binary form, which must be well-formed but need not verify.
 *
 * out, out_size  owned by the caller, freed with vm_text_free and the same allocator; NULL and 0 on
 *             failure. The text ends in a NUL that `out_size` does not count
 *
 * ARGUMENT: a NULL. MALFORMED, INVALID: not a module; `error` has the offset. LIMIT. MEMORY. */
VM_API vm_status vm_text_disassemble(const vm_allocator *allocator, const void *bytes, size_t size,
                                     char **out, size_t *out_size, vm_error *error);

/* Free what vm_text_assemble, vm_text_disassemble gave; `size` is their out_size. NULL is fine. */
VM_API void vm_text_bytes_free(const vm_allocator *allocator, uint8_t *bytes, size_t size);
VM_API void vm_text_free(const vm_allocator *allocator, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
