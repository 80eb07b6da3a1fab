/* entry.h - a compiled unit as bytes: in a cache directory or behind the bytecode of a .vmx file.
 *
 * SPDX-License-Identifier: MIT
 *
 * See docs/cache.md. An entry is a header, the indices of the unit's functions, and a shared object.
 * It goes as this machine lays it out; on another kind of machine the magic or `build` differs.
 */
#ifndef VMI_ENTRY_H
#define VMI_ENTRY_H

#include "protocol.h"
#include "sha256.h"

/* What code was compiled by and for. */
typedef struct vmi_entry_id {
  uint8_t build[VMI_SHA256_SIZE]; /* libvm's sources, ABI, architecture */
  uint8_t tools[VMI_SHA256_SIZE]; /* the worker's file and GCC's library */
  uint32_t cpu;                   /* vmi_cpu_features */
  uint32_t options;               /* optimisation level, VMI_ENTRY_* */
} vmi_entry_id;

enum { VMI_ENTRY_FUEL = 1 << 8, VMI_ENTRY_LINES = 1 << 9,
       VMI_ENTRY_EXITS = 1 << 10, VMI_ENTRY_GUARD = 1 << 11,
       VMI_ENTRY_GUESSES = 1 << 12 }; /* bits of options */

typedef struct vmi_entry_header {
  char magic[8];
  uint8_t check[VMI_SHA256_SIZE];  /* of all that follows, to the end of the entry */
  uint8_t module[VMI_SHA256_SIZE]; /* the module's bytes */
  vmi_entry_id id;
  uint32_t n, published;           /* functions, as in vmi_msg_compile */
  uint64_t code_size;
} vmi_entry_header;

typedef struct vmi_entry_view { /* points into the bytes */
  vmi_entry_header head;
  uint32_t funcs[VMI_MSG_MAX_FUNCS];
  const uint8_t *code;
} vmi_entry_view;

#define VMI_ENTRY_MAX ((uint64_t)64 << 20) /* bytes */

/* The identity of what this library would compile, apart from `tools`. */
void vmi_entry_identify(vmi_entry_id *id, uint32_t options);
void vmi_entry_hash(const void *bytes, size_t size, uint8_t out[VMI_SHA256_SIZE]);

static inline size_t vmi_entry_size(uint32_t n, uint64_t code_size)
{
  return sizeof(vmi_entry_header) + n * sizeof(uint32_t) + (size_t)code_size;
}
/* Write an entry to `to`, which has vmi_entry_size bytes. `head` need not have magic and check. */
void vmi_entry_write(uint8_t *to, const vmi_entry_header *head, const uint32_t *funcs,
                     const uint8_t *code);
/* NULL if the bytes are a whole, undamaged entry, which `out` then describes; else what is wrong. */
const char *vmi_entry_read(const uint8_t *bytes, size_t size, vmi_entry_view *out);
/* May code of identity `code` run where `here` is ours? `tools`: they must be the same, too. */
const char *vmi_entry_differs(const vmi_entry_id *code, const vmi_entry_id *here, int tools);

#endif
