/* immediates.h - what the immediates of one instruction name; between immediates.c and effect.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_IMMEDIATES_H
#define VMI_IMMEDIATES_H

#include "effect.h"

typedef struct vmi_named {
  vm_type value;             /* v, h */
  vm_type local, global;     /* l, g */
  bool global_mut;
  uint32_t func;             /* F */
  uint32_t sig;              /* F, U: the function type's index */
  uint32_t structure;        /* S */
  const vmi_field *field;    /* k */
  uint32_t arrays[2];        /* R */
  uint32_t tables[2];        /* B */
  uint32_t narrays, ntables;
  uint32_t elem;             /* E */
  uint32_t slow;             /* x */
  uint32_t count;            /* n */
  bool has_global, has_struct;
} vmi_named;

/* Where a message goes. */
typedef struct vmi_report {
  const char *op;
  char *message;
  size_t size;
} vmi_report;

/* Fills the message with "op: ..." and returns it. */
const char *vmi_report_fail(const vmi_report *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Look up and check the immediates of `in`. NULL or a message. */
const char *vmi_immediates_check(const vmi_typing *t, const vmi_insn *in, vmi_named *named,
                                 const vmi_report *r);

static inline const vmi_field *vmi_named_elem(const vmi_module *m, const vmi_named *n, uint32_t i)
{
  return &m->types[n->arrays[i]].fields[0];
}

#endif
