/* imm.h - immediates read in place: the one-byte form inline, everything longer out of line.
 *
 * SPDX-License-Identifier: MIT
 *
 * The verifier has seen every byte, so nothing is checked here. Most immediates of real code are
 * one byte long; the slow readers return the number and the end together, so that the caller's
 * pointer never has to live in memory.
 */
#ifndef VMI_INTERP_IMM_H
#define VMI_INTERP_IMM_H

#include "base.h"
#include "module.h"

typedef struct vmi_imm {
  uint64_t value;
  const uint8_t *next;
} vmi_imm;

/* imm.c */
vmi_imm vmi_interp_unsigned(const uint8_t *p);
vmi_imm vmi_interp_signed(const uint8_t *p);
vmi_imm vmi_interp_type(const uint8_t *p, const uint8_t *end); /* value: a vm_type */
/* The first byte behind the call instruction at `p`. */
const uint8_t *vmi_interp_skip_call(const uint8_t *p);
/* The type of the function that the call instruction at p calls. */
const vmi_typedef *vmi_interp_call_type(const vmi_module *m, const uint8_t *p);

static inline __attribute__((always_inline)) uint32_t vmi_imm_u32(const uint8_t **p)
{
  uint32_t byte = **p;
  if (VMI_LIKELY(byte < 0x80)) {
    *p += 1;
    return byte;
  }
  vmi_imm slow = vmi_interp_unsigned(*p);
  *p = slow.next;
  return (uint32_t)slow.value;
}

static inline __attribute__((always_inline)) int64_t vmi_imm_s64(const uint8_t **p)
{
  uint32_t byte = **p;
  if (VMI_LIKELY(byte < 0x80)) {
    *p += 1;
    return (int64_t)(byte ^ 0x40) - 0x40;
  }
  vmi_imm slow = vmi_interp_signed(*p);
  *p = slow.next;
  return (int64_t)slow.value;
}

/* Casts and tests name declared types most of the time: 0x63 or 0x64, 0x00, index. */
static inline vm_type vmi_imm_type(const uint8_t **p, const uint8_t *end)
{
  const uint8_t *q = *p;
  if (VMI_LIKELY((q[0] == 0x63 || q[0] == 0x64) && q[1] == 0 && q[2] < 0x80)) {
    *p = q + 3;
    return q[0] == 0x63 ? VM_REF_NULL(q[2]) : VM_REF(q[2]);
  }
  vmi_imm slow = vmi_interp_type(q, end);
  *p = slow.next;
  return (vm_type)slow.value;
}

#endif
