/* quick.h - tier 1: register code and what runs it.
 *
 * SPDX-License-Identifier: MIT
 *
 * Register code is a row of 8-byte words. An instruction is
 *
 *   w0   address of its body in the interpreter's loop (direct threading)
 *   w1   operands a, b, c, d: slots of the frame, counted from fp; a is the result's if there is
 *        one. Jumps: a, b, and `to`, the distance in words from the instruction
 *   w2.. constant operand K, index, frame id (see quick.def and translate.c)
 *
 * The frame is every tier's: operand stack entry i is slot VMI_FRAME_HEADER + nlocals + i. Entries
 * are kept out of their slots only between safepoints and jumps. While a frame waits in a call,
 * fp[2] is its id. A frame's fp[3] points to the register instruction that called it, if it was
 * called within the loop. */
#ifndef VMI_QUICK_H
#define VMI_QUICK_H

#include "interp.h"

typedef union vmi_qword {
  const void *op;
  const void *ptr;
  vmi_slot k;
  uint64_t u64;
  int64_t i64;
  struct { uint16_t a, b, c, d; };
  struct { uint16_t a_, b_; int32_t to; };
  struct { uint32_t lo, hi; };
} vmi_qword;

_Static_assert(sizeof(vmi_qword) == 8, "one word");

/* Forms of a load or store of memory 0 by the shape of its address, b and c being slots, d a number, and
 * lo, hi the halves of word 2. The sum in brackets wraps as i32.add does, the rest does not. A load's
 * result is a; a store's value is a or, in the forms with an N, word 3. */
#define VMI_MEMORY_FORMS(X, ...)                                                                  \
  X(M, __VA_ARGS__)  /* b + lo */                                                                 \
  X(MK, __VA_ARGS__) /* (b + hi) + lo */                                                          \
  X(MX, __VA_ARGS__) /* (b + c + hi) + lo */                                                      \
  X(MS, __VA_ARGS__) /* ((b << d) + hi) + lo */                                                   \
  X(MY, __VA_ARGS__) /* ((b << d) + c + hi) + lo */                                               \
  X(MC, __VA_ARGS__) /* hi + lo */
#define VMI_QM_ENUM(form, id, ...) VMI_Q##form##_##id,
/* Those for a constant value. */
#define VMI_MEMORY_FORMS_N(X, ...) X(MN, __VA_ARGS__) X(MXN, __VA_ARGS__)

/* The rows that have these forms: those that C programs are full of. Every form of every row would double
 * the time that GCC takes for the loop. */
#define VMI_OFTEN(id, ...) VMI_OFTEN_##id(__VA_ARGS__)
#define VMI_OFTEN_I32_LOAD(...) __VA_ARGS__
#define VMI_OFTEN_I64_LOAD(...) __VA_ARGS__
#define VMI_OFTEN_F32_LOAD(...) __VA_ARGS__
#define VMI_OFTEN_F64_LOAD(...) __VA_ARGS__
#define VMI_OFTEN_I32_LOAD8_S(...) __VA_ARGS__
#define VMI_OFTEN_I32_LOAD8_U(...) __VA_ARGS__
#define VMI_OFTEN_I32_LOAD16_S(...) __VA_ARGS__
#define VMI_OFTEN_I32_LOAD16_U(...) __VA_ARGS__
#define VMI_OFTEN_I64_LOAD8_S(...)
#define VMI_OFTEN_I64_LOAD8_U(...)
#define VMI_OFTEN_I64_LOAD16_S(...)
#define VMI_OFTEN_I64_LOAD16_U(...)
#define VMI_OFTEN_I64_LOAD32_S(...)
#define VMI_OFTEN_I64_LOAD32_U(...)
#define VMI_OFTEN_I32_STORE(...) __VA_ARGS__
#define VMI_OFTEN_I64_STORE(...) __VA_ARGS__
#define VMI_OFTEN_F32_STORE(...) __VA_ARGS__
#define VMI_OFTEN_F64_STORE(...) __VA_ARGS__
#define VMI_OFTEN_I32_STORE8(...) __VA_ARGS__
#define VMI_OFTEN_I32_STORE16(...) __VA_ARGS__
#define VMI_OFTEN_I64_STORE8(...)
#define VMI_OFTEN_I64_STORE16(...)
#define VMI_OFTEN_I64_STORE32(...)

/* Operations with a right operand `v` that is read from memory 0, in the same forms: what is computed of
 * it, the row that reads it, the result's member. The other operands are slots a and b of word 3. */
#define VMI_MEMORY_OPERANDS(X)                                                                    \
  X(F64_ADD, F64_LOAD, f64, left.f64 + v.f64)                                                     \
  X(F64_SUB, F64_LOAD, f64, left.f64 - v.f64)                                                     \
  X(F64_MUL, F64_LOAD, f64, left.f64 * v.f64)                                                     \
  X(F64_MULADD, F64_LOAD, f64, third.f64 + left.f64 * v.f64)                                      \
  X(I32_ADD, I32_LOAD, u32, left.u32 + v.u32)                                                     \
  X(I32_XOR, I32_LOAD, u32, left.u32 ^ v.u32)                                                     \
  X(I32_ADD_U8, I32_LOAD8_U, u32, left.u32 + v.u32)
#define VMI_QM_OPERAND(id, row, out, expression) VMI_MEMORY_FORMS(VMI_QM_ENUM, id)

/* i32 operations whose right operand is shifted by a number: a = b op (c shift d). */
#define VMI_SHIFTED(X)                                                                            \
  X(I32_XOR, SHL) X(I32_XOR, SHR_U) X(I32_XOR, ROTL) X(I32_OR, SHL) X(I32_OR, SHR_U)              \
  X(I32_AND, SHL) X(I32_AND, SHR_U) X(I32_ADD, SHR_U) X(I32_ADD, ROTL)

/* Of a counter that is stepped and compared at the end of a loop: relation, type, C operator. */
#define VMI_LOOP_RELATIONS(X)                                                                     \
  X(LT_S, int32_t, <) X(LE_S, int32_t, <=) X(GT_S, int32_t, >) X(GE_S, int32_t, >=)               \
  X(LT_U, uint32_t, <) X(LE_U, uint32_t, <=) X(GT_U, uint32_t, >) X(GE_U, uint32_t, >=)           \
  X(NE, int32_t, !=)

/* Register instructions. A row's general form has the row's dense index. */
enum {
#define OP(id, code, text, imms, pops, pushes, flags, prose) VMI_Q_##id,
#include "isa.def"
#define OP(id, code, text, imms, pops, pushes, flags, prose)
/* QK: a cop K. QL: K cop b. QV, QVK, QVL: return a cop b, a cop K, K cop b. */
#define ALU2(id, code, text, type, ctype, cop, gop, prose)                                        \
  VMI_QK_##id, VMI_QL_##id, VMI_QV_##id, VMI_QVK_##id, VMI_QVL_##id,
/* QK: a cop K. QB: jump if a cop b; QU: unless; QBK, QUK: with K; the same four backward; QR ...: the
 * same four returning slot d. */
#define CMP2(id, code, text, type, ctype, cop, gop, prose)                                        \
  VMI_QK_##id, VMI_QB_##id, VMI_QU_##id, VMI_QBK_##id, VMI_QUK_##id, VMI_QBB_##id, VMI_QUB_##id,  \
  VMI_QBKB_##id, VMI_QUKB_##id, VMI_QR_##id, VMI_QRU_##id, VMI_QRK_##id, VMI_QRUK_##id,
/* QK: b is a constant. QJ: jumps like the JUMP_IF behind it, QJU: JUMP_UNLESS; the same two of QK;
 * the same four backward. */
#define DYN1(id, code, text, fn, prose)
#define DYN2(id, code, text, fn, prose) VMI_QK_##id,
#define DYNCMP(id, code, text, fn, prose)                                                         \
  VMI_QK_##id, VMI_QJ_##id, VMI_QJU_##id, VMI_QJK_##id, VMI_QJUK_##id, VMI_QJB_##id,              \
  VMI_QJUB_##id, VMI_QJKB_##id, VMI_QJUKB_##id,
#define LOAD(id, code, text, push, ctype, prose) VMI_OFTEN(id, VMI_MEMORY_FORMS(VMI_QM_ENUM, id))
#define STORE(id, code, text, pop, ctype, prose)                                                  \
  VMI_OFTEN(id, VMI_MEMORY_FORMS(VMI_QM_ENUM, id) VMI_MEMORY_FORMS_N(VMI_QM_ENUM, id))
#include "isa.def"
#define BINK(id, out, expression) VMI_QK_##id,
#include "quick_num.def"
  VMI_MEMORY_OPERANDS(VMI_QM_OPERAND)
#define VMI_Q_ENUM(op, shift) VMI_Q_##op##_##shift,
  VMI_SHIFTED(VMI_Q_ENUM)
#define VMI_Q_LOOP_ENUM(relation, ctype, cop)                                                     \
  VMI_Q_LOOP_##relation, VMI_Q_LOOPK_##relation, VMI_Q_LOOPR_##relation,
  VMI_LOOP_RELATIONS(VMI_Q_LOOP_ENUM)
#define Q(name, text) VMI_Q_##name,
#include "quick.def"
  VMI_Q_COUNT
};

/* An instruction that may trap, poll or call, and the bytecode it came from. Ascending. */
typedef struct vmi_qmap {
  uint32_t at; /* word */
  uint32_t pc;
} vmi_qmap;

typedef struct vmi_listed { /* an instruction for listing.c */
  uint32_t at, q; /* its word; which it is */
  uint32_t pc;    /* the bytecode instruction that was translated when it was made */
} vmi_listed;

typedef struct vmi_quick {
  uint64_t id;          /* VMI_FRAME_ID(function, 0) */
  uint32_t frame_bytes;
  uint32_t zero_from, zero_to; /* slots of the locals that start as zero */
  int64_t cost;         /* heat of a call */
  const vmi_qmap *map;
  const uint32_t *labels; /* word of each label */
  uint32_t nmap, nwords;
  size_t size;          /* of the whole block */
  vmi_qword code[];
} vmi_quick;

/* translate.c: register code for `rec`, or NULL without memory. `listing` (NULL is fine) gets a
 * vmi_listed for each instruction. */
vmi_quick *vmi_quick_translate(const vmi_alloc *a, const vmi_code *rec, vmi_vec *listing);

/* listing.c: append to `text` (of char) the bytecode of `rec` and beside it the register code that is
 * made of it, each line a comment of the module's text form; false without memory. */
bool vmi_quick_list(const vmi_alloc *a, const vmi_code *rec, vmi_vec *text);

/* quicken.c */
/* The register code of `rec`, made now if there is none; NULL if there can be none. */
const vmi_quick *vmi_quicken(vm_engine *e, vmi_code *rec);
/* The same if `heat`, what is left of its heat in some instance, says that it ran before or is in a
 * warm loop. */
const vmi_quick *vmi_quicken_warm(vm_engine *e, const vmi_code *rec, int64_t heat, int64_t enough);
/* The label at `offset` of the code. */
uint32_t vmi_quick_label(const vmi_func *f, uint32_t offset);
uint32_t vmi_quick_pc(const vmi_quick *q, const vmi_qword *ip);
/* The bytecode offset of the label at `ip`. */
uint32_t vmi_quick_offset(const vmi_code *rec, const vmi_qword *ip);

/* quick.c: run `rec` at fp; from `label` on if it is not VMI_NO_INDEX, the frame being linked and
 * complete there. Like a vmi_entry. */
void vmi_quick_run(vmi_thread *t, vmi_slot *fp, const vmi_code *rec, uint32_t label);
/* The addresses of the bodies, [VMI_Q_COUNT]. */
const void *const *vmi_quick_bodies(void);

#endif
