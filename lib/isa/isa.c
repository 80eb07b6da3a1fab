/* isa.c - the instruction table and what follows from it: look-up, decoder, encoder.
 *
 * SPDX-License-Identifier: MIT
 */
#include "isa.h"

#include <string.h>

#include "base.h"
#include "decode.h"

/* ---- the table must be in order ---- */

enum { FIRST_PAGE_COUNT = 0
#define OP(id, code, text, imms, pops, pushes, flags, prose) + ((code) < 0x100)
#include "isa.def"
};

/* Codes count up from 0 on each page without gaps, the first page first: so they are unique, and
 * the first byte of a one-byte opcode is its dense index. A row in the wrong place fails here. */
#define IN_ORDER(code, index)                                                                     \
  ((code) == ((index) < (int)FIRST_PAGE_COUNT ? (index)                                           \
                                              : 0xF000 + (index) - (int)FIRST_PAGE_COUNT))
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  _Static_assert(IN_ORDER(code, (int)VMI_IX_##id),                                                \
                 "isa.def: row " #id " is out of order");                                         \
  _Static_assert(sizeof(imms) - 1 <= VMI_MAX_IMMS, "isa.def: row " #id ": too many immediates");
#include "isa.def"

_Static_assert((int)FIRST_PAGE_COUNT <= (int)VMI_OP_PAGE, "isa.def: the first page is full");
_Static_assert((int)VMI_OP_COUNT - (int)FIRST_PAGE_COUNT <= 256,
               "isa.def: the second page is full");

const vmi_op vmi_isa_ops[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  {#id, text, imms, pops, pushes, prose, flags, code},
#include "isa.def"
};

/* Where no row is, -1: the ranges first, then the rows. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const int16_t vmi_isa_index[2][256] = {
  [0] = {[0 ... 255] = -1},
  [1] = {[0 ... 255] = -1},
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  [(code) >= 0x100][(code) & 0xFF] = VMI_IX_##id,
#include "isa.def"
};
#pragma GCC diagnostic pop

/* ---- immediates by kind ---- */

typedef enum imm_form { IMM_UNSIGNED, IMM_SIGNED, IMM_FLOAT, IMM_TYPE } imm_form;

/* Constant-folds in initialisers too. */
#define FORM(c)                                                                                   \
  ((c) == 'c' || (c) == 'C' ? IMM_SIGNED                                                          \
   : (c) == 'f' || (c) == 'd' ? IMM_FLOAT : (c) == 'h' || (c) == 'v' ? IMM_TYPE : IMM_UNSIGNED)

#define SHAPE(imms)                                                                               \
  (sizeof(imms) == 1 ? VMI_SHAPE_NONE                                                             \
   : sizeof(imms) == 2 && FORM((imms)[0]) == IMM_UNSIGNED ? VMI_SHAPE_U                           \
   : sizeof(imms) == 2 && FORM((imms)[0]) == IMM_SIGNED ? VMI_SHAPE_S                             \
   : sizeof(imms) == 3 && FORM((imms)[0]) == IMM_UNSIGNED                                         \
         && FORM((imms)[sizeof(imms) - 2]) == IMM_UNSIGNED ? VMI_SHAPE_UU : VMI_SHAPE_SLOW)

/* Only the first page's rows may write an entry: those of the second all go to the page's byte. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const uint8_t vmi_isa_shapes[256] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  [(code) < 0x100 ? (code) & 0xFF : VMI_OP_PAGE] = (code) < 0x100 ? SHAPE(imms) : VMI_SHAPE_SLOW,
#include "isa.def"
};
#pragma GCC diagnostic pop

/* ---- look-up by name ---- */

static const uint8_t text_sizes[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose) sizeof(text) - 1,
#include "isa.def"
};

/* A scan of one byte a row, comparing names of the right length only: no second table to keep in
 * order, and 0.1 to 0.2 us a name. */
const vmi_op *vmi_isa_find(const char *name, uint32_t len)
{
  for (uint32_t i = 0; i < VMI_OP_COUNT; i++) {
    if (text_sizes[i] == len && memcmp(vmi_isa_ops[i].text, name, len) == 0) return &vmi_isa_ops[i];
  }
  return NULL;
}

/* ---- decoder ---- */

static const char truncated[] = "truncated instruction";

static const char *decode_float(const uint8_t **p, const uint8_t *end, bool wide, uint64_t *out)
{
  size_t size = wide ? 8 : 4;
  if ((size_t)(end - *p) < size) return truncated;
  *out = wide ? vmi_get64(*p) : vmi_get32(*p);
  *p += size;
  return NULL;
}

static const char *decode_type(const uint8_t **p, const uint8_t *end, bool only_ref, uint64_t *out)
{
  uint32_t type;
  const char *error = vmi_isa_decode_type(p, end, false, &type);
  if (error != NULL) return error;
  if (only_ref && VM_TYPE_KIND(type) != VM_KIND_REF) return "expected a reference type";
  *out = type;
  return NULL;
}

static const char *decode_number(const uint8_t **p, const uint8_t *end, char kind, uint64_t *out)
{
  const char *error;
  if (kind == 'C') {
    int64_t value = 0;
    error = vmi_leb_s64(p, end, &value);
    *out = (uint64_t)value;
  } else if (kind == 'c') {
    int32_t value = 0;
    error = vmi_leb_s32(p, end, &value);
    *out = (uint64_t)(int64_t)value;
  } else {
    uint32_t value = 0;
    error = vmi_leb_u32(p, end, &value);
    *out = value;
  }
  return error;
}

static const char *decode_imm(const uint8_t **p, const uint8_t *end, char kind, uint64_t *out)
{
  if (*p == end) return truncated;
  switch (FORM(kind)) {
  case IMM_FLOAT: return decode_float(p, end, kind == 'd', out);
  case IMM_TYPE: return decode_type(p, end, kind == 'h', out);
  default: return decode_number(p, end, kind, out);
  }
}

const char *vmi_isa_decode(const uint8_t *p, const uint8_t *end, vmi_insn *out)
{
  const uint8_t *q = p;
  if (q >= end) return truncated;
  int16_t index;
  if (*q == VMI_OP_PAGE) {
    if (end - q < 2) return truncated;
    index = vmi_isa_index[1][q[1]];
    q += 2;
  } else {
    index = vmi_isa_index[0][*q++];
  }
  if (index < 0) return "unknown opcode";
  out->op = &vmi_isa_ops[index];
  out->index = (uint32_t)index;
  memset(out->imm, 0, sizeof out->imm);
  for (uint32_t i = 0; out->op->imms[i] != '\0'; i++) {
    const char *error = decode_imm(&q, end, out->op->imms[i], &out->imm[i]);
    if (error != NULL) return error;
  }
  out->size = (uint32_t)(q - p);
  return NULL;
}

/* ---- encoder ---- */

static uint32_t encode_imm(char kind, uint64_t imm, uint8_t *p)
{
  switch (FORM(kind)) {
  case IMM_SIGNED:
    return kind == 'c' ? vmi_leb_put_s32(p, (int32_t)(uint32_t)imm)
                       : vmi_leb_put_s64(p, (int64_t)imm);
  case IMM_FLOAT:
    if (kind == 'd') {
      vmi_put64(p, imm);
      return 8;
    }
    vmi_put32(p, (uint32_t)imm);
    return 4;
  case IMM_TYPE: return vmi_isa_encode_type((uint32_t)imm, p);
  default: return vmi_leb_put_u32(p, (uint32_t)imm);
  }
}

uint32_t vmi_isa_encode(const vmi_op *op, const uint64_t *imm, uint8_t *p)
{
  uint32_t n = 0;
  if (op->code >= 0x100) p[n++] = VMI_OP_PAGE;
  p[n++] = (uint8_t)op->code;
  for (uint32_t i = 0; op->imms[i] != '\0'; i++) n += encode_imm(op->imms[i], imm[i], p + n);
  return n;
}
