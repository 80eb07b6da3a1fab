/* text.h - assembler and disassembler; docs/text.md is the syntax.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_TEXT_H
#define VMI_TEXT_H

#include "module.h"

/* Text to module (unverified), as the reader makes it of the binary form. Errors: SYNTAX and LIMIT
 * with line and column, MEMORY, and what only the writer or reader finds (INVALID, LIMIT). */
vm_status vmi_text_assemble(const vmi_alloc *a, const char *text, size_t size, vmi_module **out,
                            vm_error *e);
/* Module to text; assembling it again gives the same module to the byte. Works on modules that were
 * read and not verified. `text` is owned by the caller, freed with vmi_free(a, text, *size + 1). */
vm_status vmi_text_disassemble(const vmi_alloc *a, const vmi_module *m, char **text, size_t *size,
                               vm_error *e);

#endif
