/* decode.h - the inline decoder: most instructions in a few nanoseconds, the rest in isa.c.
 *
 * SPDX-License-Identifier: MIT
 *
 * Nine of ten instructions of real code have one-byte opcodes and immediates below 128 (or between
 * -64 and 63). For those one table look-up by the first byte gives row and shape, and no loop and
 * no call is needed. Everything else, errors included, goes through vmi_isa_decode.
 */
#ifndef VMI_DECODE_H
#define VMI_DECODE_H

#include "base.h"
#include "isa.h"

typedef enum vmi_shape {
  VMI_SHAPE_SLOW, /* not an opcode, the second page, floats and types */
  VMI_SHAPE_NONE, /* no immediates */
  VMI_SHAPE_U,    /* an unsigned number */
  VMI_SHAPE_UU,   /* two of them */
  VMI_SHAPE_S     /* a signed number */
} vmi_shape;

/* vmi_shape by first byte. For bytes whose shape is not SLOW the dense index is the byte itself,
 * which isa.c asserts. */
extern const uint8_t vmi_isa_shapes[256];

/* As vmi_isa_decode, but out->imm beyond the instruction's own immediates is left alone. */
static inline const char *vmi_isa_decode_fast(const uint8_t *p, const uint8_t *end, vmi_insn *out)
{
  if (VMI_UNLIKELY(end - p < 3)) return vmi_isa_decode(p, end, out);
  uint32_t size;
  switch (vmi_isa_shapes[p[0]]) {
  case VMI_SHAPE_NONE:
    size = 1;
    break;
  case VMI_SHAPE_U:
    if (VMI_UNLIKELY(p[1] & 0x80)) return vmi_isa_decode(p, end, out);
    out->imm[0] = p[1];
    size = 2;
    break;
  case VMI_SHAPE_UU:
    if (VMI_UNLIKELY((p[1] | p[2]) & 0x80)) return vmi_isa_decode(p, end, out);
    out->imm[0] = p[1];
    out->imm[1] = p[2];
    size = 3;
    break;
  case VMI_SHAPE_S:
    if (VMI_UNLIKELY(p[1] & 0x80)) return vmi_isa_decode(p, end, out);
    out->imm[0] = (uint64_t)((int64_t)(p[1] ^ 0x40) - 0x40);
    size = 2;
    break;
  default:
    return vmi_isa_decode(p, end, out);
  }
  out->op = &vmi_isa_ops[p[0]];
  out->index = p[0];
  out->size = size;
  return NULL;
}

#endif
