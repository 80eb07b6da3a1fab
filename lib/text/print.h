/* print.h - the disassembler's output and the pieces its files share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_PRINT_H
#define VMI_PRINT_H

#include "module.h"
#include "symbols.h"

/* Text that grows up to `limit` bytes. After a failure it takes no more and says so at the end. */
typedef struct vmi_out {
  const vmi_alloc *alloc;
  char *data;
  size_t size, capacity, limit;
  bool failed, too_long; /* too long: failed for that reason */
} vmi_out;

typedef struct vmi_dis {
  vmi_out out;
  const vmi_module *m;
  vmi_symbols symbols;
  vmi_arena scratch;
  uint32_t file;       /* of the last `source` line */
  bool declare_files;  /* `file` lines were written: sources go by index */
} vmi_dis;

void vmi_out_bytes(vmi_out *o, const char *bytes, size_t size);
void vmi_out_text(vmi_out *o, const char *text);
void vmi_out_u32(vmi_out *o, uint32_t v);
void vmi_out_i64(vmi_out *o, int64_t v);
void vmi_out_hex(vmi_out *o, uint64_t v);
void vmi_out_quoted(vmi_out *o, const uint8_t *bytes, size_t size);

/* A name, quoted unless it is a plain identifier and no word of the language. */
void vmi_dis_name(vmi_dis *d, vmi_str name);
/* The name of an item that is being defined, or its index. */
void vmi_dis_define(vmi_dis *d, vmi_str name, uint32_t index);
/* An item where it is used: its name if that is unambiguous, else its index. */
void vmi_dis_ref(vmi_dis *d, vmi_space space, uint32_t owner, uint32_t index);
void vmi_dis_type(vmi_dis *d, vm_type t);
void vmi_dis_number(vmi_dis *d, vm_type t, uint64_t bits);
/* Does the assembler find field `field` of struct `type` by this name? */
bool vmi_dis_field_found(const vmi_dis *d, uint32_t type, vmi_str name, uint32_t field);
/* Does the struct repeat its supertype's fields, names included, as the assembler would? */
bool vmi_dis_extends(const vmi_module *m, const vmi_typedef *t);
bool vmi_dis_signatures(vmi_dis *d); /* enter all of them */
/* A function's type as a signature (names may be NULL), with `type N` where needed. */
void vmi_dis_signature(vmi_dis *d, uint32_t type, const vmi_str *names);
bool vmi_dis_func(vmi_dis *d, uint32_t func); /* definition; false: out of memory */

#endif
