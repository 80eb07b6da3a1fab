/* reader.h - the state and the primitives of the binary reader.
 *
 * SPDX-License-Identifier: MIT
 *
 * Every primitive advances `p`, never past `end`, or fills the error record with the offset it
 * stands at. A count is held against its limit and against the bytes that are left before anything
 * is allocated for it.
 */
#ifndef VMI_READER_H
#define VMI_READER_H

#include "module_format.h"

typedef struct vmi_import_desc { /* what an import says of its item, until the items exist */
  vm_type type;                  /* function: its type's index */
  bool mut;
  uint32_t min, max;
} vmi_import_desc;

typedef struct vmi_reader {
  const uint8_t *base, *p, *end;
  const uint8_t *file_end;
  vmi_module *m;
  vm_error *e;
  vmi_import_desc *descs;   /* [nimports] */
  uint64_t locals_left;
} vmi_reader;

#define VMI_TRY(call)                                                                             \
  do {                                                                                            \
    vm_status try_status = (call);                                                                \
    if (try_status != VM_OK) return try_status;                                                   \
  } while (0)

vm_status vmi_read_fail(vmi_reader *r, vm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
vm_status vmi_read_byte(vmi_reader *r, const char *what, uint8_t *out);
vm_status vmi_read_u32(vmi_reader *r, const char *what, uint32_t *out);
vm_status vmi_read_flag(vmi_reader *r, const char *what, bool *out); /* 0 or 1 */
/* An index below `count`, else INVALID. */
vm_status vmi_read_index(vmi_reader *r, const char *what, uint32_t count, uint32_t *out);
/* A count of things of at least `each` bytes, at most `limit`. */
vm_status vmi_read_count(vmi_reader *r, const char *what, uint32_t limit, uint32_t each,
                         uint32_t *out);
vm_status vmi_read_type(vmi_reader *r, const char *what, bool storage, vm_type *out);
vm_status vmi_read_str(vmi_reader *r, const char *what, vmi_str *out);
vm_status vmi_read_bytes(vmi_reader *r, const char *what, uint32_t size, const uint8_t **out);
/* Zeroed memory of the module's arena. */
vm_status vmi_read_alloc(vmi_reader *r, size_t count, size_t size, void *out_pointer);

vm_status vmi_read_types(vmi_reader *r);
vm_status vmi_read_imports(vmi_reader *r);
vm_status vmi_read_functions(vmi_reader *r, bool present);
vm_status vmi_read_tables(vmi_reader *r, bool present);
vm_status vmi_read_memories(vmi_reader *r, bool present);
vm_status vmi_read_globals(vmi_reader *r, bool present);
vm_status vmi_read_exports(vmi_reader *r);
vm_status vmi_read_start(vmi_reader *r);
vm_status vmi_read_elems(vmi_reader *r);
vm_status vmi_read_datas(vmi_reader *r);
vm_status vmi_read_code(vmi_reader *r);
vm_status vmi_read_names(vmi_reader *r);
vm_status vmi_read_lines(vmi_reader *r);
vm_status vmi_read_locals(vmi_reader *r);

#endif
