/* emit_rows.c - the table from instruction to emitter, made from isa.def: a row without an emitter
 * does not link.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include "emitter.h"

/* Classes by type letter. */
#define CLASS_OF(letter) \
  ((letter)[0] == 'i' ? C_I32 : (letter)[0] == 'I' ? C_I64 : (letter)[0] == 'f' ? C_F32 : C_F64)

const vmi_row_info vmi_emit_rows[VMI_OP_COUNT] = {
#define ALU2(id, code, text, ty, ct, cop, gop, prose) \
  [VMI_IX_##id] = {vmi_emit_alu2, T_##ct, GCC_JIT_BINARY_OP_##gop, CLASS_OF(ty)},
#define CMP2(id, code, text, ty, ct, cop, gop, prose) \
  [VMI_IX_##id] = {vmi_emit_cmp2, T_##ct, GCC_JIT_COMPARISON_##gop, CLASS_OF(ty)},
#define CVT(id, code, text, pop, push, ct, prose) \
  [VMI_IX_##id] = {vmi_emit_cvt, T_##ct, 0, CLASS_OF(push)},
#define LOAD(id, code, text, push, ct, prose) \
  [VMI_IX_##id] = {vmi_emit_mem_load, T_##ct, 0, CLASS_OF(push)},
#define STORE(id, code, text, pop, ct, prose) \
  [VMI_IX_##id] = {vmi_emit_mem_store, T_##ct, 0, CLASS_OF(pop)},
#define OP(id, code, text, imms, pops, pushes, flags, prose) \
  [VMI_IX_##id] = {vmi_emit_##id, 0, 0, 0},
#include "isa.def"
};
