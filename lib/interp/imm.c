/* imm.c - the out-of-line readers of immediates.
 *
 * SPDX-License-Identifier: MIT
 */
#include "imm.h"

#include <string.h>

#include "isa.h"

vmi_imm vmi_interp_unsigned(const uint8_t *p)
{
  uint64_t value = 0;
  uint32_t shift = 0;
  uint8_t byte;
  do {
    byte = *p++;
    value |= (uint64_t)(byte & 0x7F) << shift;
    shift += 7;
  } while (byte & 0x80);
  return (vmi_imm){value, p};
}

vmi_imm vmi_interp_signed(const uint8_t *p)
{
  uint64_t value = 0;
  uint32_t shift = 0;
  uint8_t byte;
  do {
    byte = *p++;
    value |= (uint64_t)(byte & 0x7F) << shift;
    shift += 7;
  } while (byte & 0x80);
  if (shift < 64 && (byte & 0x40)) value |= ~0ull << shift;
  return (vmi_imm){value, p};
}

vmi_imm vmi_interp_type(const uint8_t *p, const uint8_t *end)
{
  uint32_t type = 0;
  vmi_isa_decode_type(&p, end, false, &type); /* cannot fail: the verifier has decoded it */
  return (vmi_imm){type, p};
}

/* `p` is verified code. */
static vmi_insn decode(const uint8_t *p)
{
  vmi_insn in;
  vmi_isa_decode(p, p + VMI_MAX_INSN, &in);
  return in;
}

const uint8_t *vmi_interp_skip_call(const uint8_t *p)
{
  if (*p != VMI_OP_CALL && *p != VMI_OP_CALL_REF) return p + decode(p).size;
  p++;
  (void)vmi_imm_u32(&p);
  return p;
}

const vmi_typedef *vmi_interp_call_type(const vmi_module *m, const uint8_t *p)
{
  vmi_insn in = decode(p);
  if (in.op->flags & F_SLOW) return vmi_func_type(m, vmi_insn_slow_path(&in));
  if (in.index == VMI_IX_CALL) return vmi_func_type(m, (uint32_t)in.imm[0]);
  return &m->types[in.imm[in.index == VMI_IX_CALL_INDIRECT]];
}
