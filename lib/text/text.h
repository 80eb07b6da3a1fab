/* text.h - assembler and disassembler; docs/text.md is the syntax.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_TEXT_H
#define VMI_TEXT_H

#include "module.h"

/* Text to module (unverified). Errors: SYNTAX with line and column, LIMIT, MEMORY. */
vm_status vmi_text_assemble(const vmi_alloc *a, const char *text, size_t size, vmi_module **out,
                            vm_error *e);
/* Module to text; assembling it again gives the same module to the byte. Works on modules that were
 * read and not verified. `text` is owned by the caller, freed with vmi_free(a, text, *size + 1). */
vm_status vmi_text_disassemble(const vmi_alloc *a, const vmi_module *m, char **text, size_t *size,
                               vm_error *e);

#endif
