/* vmx.h - .vmx files: bytecode with compiled code behind it.
 *
 * SPDX-License-Identifier: MIT
 *
 * The bytecode is a module as it is; the code is entries (entry.h), each with its size before it.
 * docs/cache.md has the layout.
 */
#ifndef VMI_VMX_H
#define VMI_VMX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/status.h"

typedef struct vmi_vmx {
  const uint8_t *module;  /* both point into the file's bytes */
  const uint8_t *entries; /* NULL: it is a plain module, or nothing follows */
  size_t module_size, entries_size;
  uint32_t count;
} vmi_vmx;

/* Take a file apart. Anything that does not begin as a .vmx is taken for a plain module. MALFORMED:
 * it begins as one, but its bytecode is not all there. */
vm_status vmi_vmx_read(const uint8_t *bytes, size_t size, vmi_vmx *out, vm_error *e);
/* The next entry, moving on; false at the end, or where the sizes make no sense. */
bool vmi_vmx_next(vmi_vmx *v, const uint8_t **entry, size_t *size);

enum { VMI_VMX_HEADER = 24 };
static inline size_t vmi_vmx_padded(size_t size) { return (size + 7) & ~(size_t)7; }
void vmi_vmx_write_header(uint8_t to[VMI_VMX_HEADER], uint32_t count, uint64_t module_size);
void vmi_vmx_put64(uint8_t to[8], uint64_t value);

#endif
