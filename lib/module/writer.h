/* writer.h - the state and the primitives of the binary writer.
 *
 * SPDX-License-Identifier: MIT
 *
 * A failure is kept in `status`; after it every write does nothing, so callers need not look.
 */
#ifndef VMI_WRITER_H
#define VMI_WRITER_H

#include "module_format.h"

typedef struct vmi_writer {
  vmi_alloc alloc;
  const vmi_module *m;
  uint8_t *data;
  size_t size, capacity;
  vm_status status;
} vmi_writer;

void vmi_write_bytes(vmi_writer *w, const void *bytes, size_t n);
void vmi_write_byte(vmi_writer *w, uint8_t byte);
void vmi_write_u32(vmi_writer *w, uint32_t v);
void vmi_write_s64(vmi_writer *w, int64_t v);
void vmi_write_type(vmi_writer *w, vm_type type);
void vmi_write_str(vmi_writer *w, vmi_str s);
void vmi_write_size_before(vmi_writer *w, size_t start);

/* Contents of a section; nothing at all if the module has none of it. */
void vmi_write_code(vmi_writer *w);
void vmi_write_names(vmi_writer *w);
void vmi_write_lines(vmi_writer *w);
void vmi_write_locals(vmi_writer *w);

#endif
