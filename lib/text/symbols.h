/* symbols.h - names of one module to indices; for the assembler to look up, for the disassembler to
 * know which names are unambiguous.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_SYMBOLS_H
#define VMI_SYMBOLS_H

#include "base.h"

/* What a name stands for. Each space has names of its own; fields, locals and labels also have an
 * owner: the type or function. */
typedef enum vmi_space {
  VMI_SPACE_TYPE, VMI_SPACE_FUNC, VMI_SPACE_GLOBAL, VMI_SPACE_TABLE, VMI_SPACE_MEMORY,
  VMI_SPACE_DATA, VMI_SPACE_ELEM, VMI_SPACES,
  VMI_SPACE_FIELD = VMI_SPACES, VMI_SPACE_LOCAL, VMI_SPACE_LABEL,
  VMI_SPACE_SIGNATURE, VMI_SPACE_EXPORT, VMI_SPACE_FILE, VMI_SPACE_RANGE /* the assembler's own */
} vmi_space;

enum { VMI_SYMBOL_UNDEFINED = UINT32_MAX };

typedef struct vmi_symbol {
  const char *name; /* borrowed */
  uint32_t size;
  uint32_t space, owner;
  uint32_t index;   /* or VMI_SYMBOL_UNDEFINED: used, not yet defined */
  uint32_t other;   /* the index of a second item of this name, or VMI_SYMBOL_UNDEFINED */
  uint64_t hash;
} vmi_symbol;

typedef struct vmi_symbols {
  const vmi_alloc *alloc;
  vmi_vec entries;  /* of vmi_symbol */
  uint32_t *slots;  /* 1 + entry number */
  uint32_t nslots;  /* a power of two */
} vmi_symbols;

/* The entry number of a name, which is added, undefined, if it is not there; UINT32_MAX if out of
 * memory. */
uint32_t vmi_symbols_intern(vmi_symbols *s, vmi_space space, uint32_t owner, const char *name,
                            uint32_t size);
/* The entry, or NULL. Valid until the next intern. */
const vmi_symbol *vmi_symbols_find(const vmi_symbols *s, vmi_space space, uint32_t owner,
                                   const char *name, uint32_t size);
/* Say that item `index` has the name. A second one makes the name ambiguous. False if out of
 * memory. */
bool vmi_symbols_define(vmi_symbols *s, vmi_space space, uint32_t owner, const char *name,
                        uint32_t size, uint32_t index);
static inline vmi_symbol *vmi_symbols_at(const vmi_symbols *s, uint32_t entry)
{
  return (vmi_symbol *)s->entries.data + entry;
}
void vmi_symbols_free(vmi_symbols *s);

#endif
