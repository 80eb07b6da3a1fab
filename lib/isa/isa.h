/* isa.h - opcodes, their table, and the decoder of one instruction. Derived from isa.def.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_ISA_H
#define VMI_ISA_H

#include <stdbool.h>
#include <stdint.h>

enum { /* flags of a row; isa.def says what they mean */
  F_PURE = 1 << 0,
  F_TRAP = 1 << 1,
  F_ALLOC = 1 << 2,
  F_CALL = 1 << 3,
  F_TAIL = 1 << 4,
  F_END = 1 << 5,
  F_BRANCH = 1 << 6,
  F_BR_PUSH = 1 << 7,
  F_THROW = 1 << 8,
  F_WRITE = 1 << 9,
  F_WIDE = 1 << 10,
  F_PACKED = 1 << 11,
  F_DEFAULT = 1 << 12,
  F_GROW = 1 << 13,
  F_SLOW = 1 << 14,
  F_SITE = 1 << 15,
  F_NAME = 1 << 16,
  F_BYTES = 1 << 17
};

/* Opcodes as encoded: VMI_OP_X is one byte, or 0xF0nn for the second page. */
typedef enum vmi_opcode {
#define OP(id, code, text, imms, pops, pushes, flags, prose) VMI_OP_##id = code,
#include "isa.def"
  VMI_OP_PAGE = 0xF0
} vmi_opcode;

/* Dense indices 0 .. VMI_OP_COUNT-1 in the order of the table: VMI_IX_X. */
enum {
#define OP(id, code, text, imms, pops, pushes, flags, prose) VMI_IX_##id,
#include "isa.def"
  VMI_OP_COUNT
};

typedef struct vmi_op {
  const char *id;     /* "I32_ADD" */
  const char *text;   /* "i32.add" */
  const char *imms, *pops, *pushes;
  const char *prose;
  uint32_t flags;
  uint16_t code;
} vmi_op;

/* All rows by dense index. */
extern const vmi_op vmi_isa_ops[VMI_OP_COUNT];

/* Opcode to dense index, or -1: [0][b] for one-byte opcodes, [1][b] for the second page. */
extern const int16_t vmi_isa_index[2][256];

/* The row whose text is `name` of `len` bytes, or NULL. */
const vmi_op *vmi_isa_find(const char *name, uint32_t len);

#define VMI_MAX_IMMS 3

/* One decoded instruction. */
typedef struct vmi_insn {
  const vmi_op *op;
  uint32_t index;              /* dense index of op */
  uint32_t size;               /* encoded bytes */
  uint64_t imm[VMI_MAX_IMMS];  /* by position: indices and counts zero-extended, c and C
                                  sign-extended, f and d as raw bits, h and v as vm_type */
} vmi_insn;

/* The function that an instruction with F_SLOW names: its last immediate. */
static inline uint32_t vmi_insn_slow_path(const vmi_insn *in)
{
  uint32_t n = 0;
  while (in->op->imms[n + 1] != '\0') n++;
  return (uint32_t)in->imm[n];
}

/* Decode the instruction at `p`, which ends before `end`. Returns NULL, or a static string that
 * says what is wrong ("truncated instruction", "unknown opcode", "malformed LEB128", ...). LEBs must
 * fit their immediate's range, and must be of minimal length so that every instruction has one
 * encoding. */
const char *vmi_isa_decode(const uint8_t *p, const uint8_t *end, vmi_insn *out);

/* Encode one instruction at `p` (room for VMI_MAX_INSN bytes); returns the size. */
#define VMI_MAX_INSN 24
uint32_t vmi_isa_encode(const vmi_op *op, const uint64_t *imm, uint8_t *p);

/* A value type (vm_type of vm/types.h) to and from its bytes:
 *   0x7F i32  0x7E i64  0x7D f32  0x7C f64  0x7B dyn  0x78 i8  0x77 i16 (storage only)
 *   0x63 heap  nullable reference      0x64 heap  non-null reference
 * heap: 0x6E any, 0x6B struct, 0x6A array, 0x70 func, 0x6F extern, 0x69 exn, 0x68 weak, each one
 * byte; or 0x00 and a LEB128 type index. */
const char *vmi_isa_decode_type(const uint8_t **p, const uint8_t *end, bool storage, uint32_t *type);
uint32_t vmi_isa_encode_type(uint32_t type, uint8_t *p); /* at most 7 bytes */

#endif
