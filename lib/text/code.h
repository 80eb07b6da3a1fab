/* code.h - a function's body between its text and its bytes: instructions by number, labels by
 * name.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_CODE_H
#define VMI_CODE_H

#include "asm.h"

typedef struct vmi_code_insn {
  const vmi_op *op;          /* NULL: raw bytes */
  uint64_t imm[VMI_MAX_IMMS]; /* of j: an index into refs; of w: with `listed`, into switches */
  const uint8_t *raw;
  uint32_t raw_size;
} vmi_code_insn;

/* A label named somewhere, possibly before its definition. */
typedef struct vmi_code_ref {
  uint32_t value; /* the index, or with by_name the symbol's entry number */
  bool by_name;
  vmi_token at;   /* where, for messages */
} vmi_code_ref;

typedef struct vmi_code_label {
  uint32_t insn;
  uint32_t ntypes;
  const vm_type *types;
  vmi_str name;
  vmi_token at;
} vmi_code_label;

typedef struct vmi_code_switch {
  uint32_t first, count; /* refs: count targets, then the default */
} vmi_code_switch;

typedef struct vmi_code_handler {
  uint32_t start, end; /* instructions; end is UINT32_MAX while open */
  uint32_t ref;
  uint32_t number;     /* order of the `end`s, the last resort when sorting */
  bool offsets;        /* start and end are offsets: from a `handler` directive */
  vmi_token at;
} vmi_code_handler;

typedef struct vmi_code_line {
  uint32_t insn, line;
} vmi_code_line;

typedef struct vmi_code {
  vmi_asm *a;
  uint32_t func;
  vmi_vec insns, refs, labels, switches, handlers, lines, locals, local_names, types;
  vmi_vec bytes, offsets; /* when encoded; offsets has one entry more than insns */
  uint32_t ended;         /* handlers closed so far */
  bool named_locals;
  bool raw_handlers;      /* there is a `handler` directive: the order of the text stays */
} vmi_code;

/* Encode the parsed body and put everything into `f`. In code.c. */
bool vmi_code_finish(vmi_code *c, vmi_func *f);

#endif
