/* quick_dyn.h - bodies of tier 1 for the dyn rows of isa.def; included by quick.c in front of its loop.
 *
 * SPDX-License-Identifier: MIT
 *
 *   w1: a result, b left or only operand, c number of results, d right operand   w2: frame id
 *   w3: the instruction's record of what it has seen   w4: QK forms: the right operand; of rows with
 *   F_SITE, the distance of the cache from the instance's first, in bytes. dyn.invoke and dyn.call: b number
 *   of arguments, which are in the callee's frame, d the callee
 *
 * They are laid out as calls are: what the slow path returns is delivered like any call's result. A
 * comparison with a jump right behind it knows where that goes and makes it itself; when the slow
 * path has to be asked, the jump tests what it says.
 */
#ifndef VMI_QUICK_DYN_H
#define VMI_QUICK_DYN_H

#include "dyn_ops.h"
#include "dynamic.h"

enum { VMI_DYN_WORDS = 5, VMI_JUMP_WORDS = 2 };

/* What is in the record is noted in the instruction, too, in the low bits of the record's address: for who
 * runs code, that is nearer. */
#define DYN_NOTED __atomic_load_n(&ip[3].u64, __ATOMIC_RELAXED)
#define DYN_RECORD ((vmi_feedback *)(uintptr_t)(DYN_NOTED & ~(uint64_t)VMI_SEEN_ALL))
#define DYN_LEARN(what)                                                                           \
  do {                                                                                            \
    if (VMI_UNLIKELY(!(DYN_NOTED & (what)))) learn(t, (vmi_qword *)ip, (what));                   \
  } while (0)

#define DYN_VALUE(label, function, right, slow, out)                                              \
  label : {                                                                                       \
    vmi_slot r;                                                                                   \
    uint32_t seen = function(B.u64, (right).u64, &r.out);                                         \
    if (VMI_UNLIKELY(!seen)) goto slow;                                                           \
    DYN_LEARN(seen);                                                                              \
    put_##out(&A, r.out);                                                                         \
    NEXT(VMI_DYN_WORDS);                                                                          \
  }
#define DYN_JUMP(label, function, right, slow, sense, go)                                         \
  label : {                                                                                       \
    uint32_t r;                                                                                   \
    uint32_t seen = function(B.u64, (right).u64, &r);                                             \
    if (VMI_UNLIKELY(!seen)) goto slow;                                                           \
    DYN_LEARN(seen);                                                                              \
    ip += VMI_DYN_WORDS;                                                                          \
    if (sense r) go(ip[1].to);                                                                    \
    NEXT(VMI_JUMP_WORDS);                                                                         \
  }
#define DYN_BODY1(id, function)                                                                   \
  q_##id : {                                                                                      \
    vmi_slot r;                                                                                   \
    uint32_t seen = function(B.u64, &r.u64);                                                      \
    if (VMI_UNLIKELY(!seen)) goto slow_one;                                                       \
    DYN_LEARN(seen);                                                                              \
    A = r;                                                                                        \
    NEXT(VMI_DYN_WORDS);                                                                          \
  }
#define DYN_BODY2(id, function, out)                                                              \
  DYN_VALUE(q_##id, function, D, slow_two, out)                                                   \
  DYN_VALUE(qk_##id, function, ip[4], slow_two_k, out)
#define DYN_BODY_JUMPS(id, function)                                                              \
  DYN_JUMP(qj_##id, function, D, slow_two, , GO_ON)                                               \
  DYN_JUMP(qju_##id, function, D, slow_two, !, GO_ON)                                             \
  DYN_JUMP(qjk_##id, function, ip[4], slow_two_k, , GO_ON)                                        \
  DYN_JUMP(qjuk_##id, function, ip[4], slow_two_k, !, GO_ON)                                      \
  DYN_JUMP(qjb_##id, function, D, slow_two, , GO_BACK)                                            \
  DYN_JUMP(qjub_##id, function, D, slow_two, !, GO_BACK)                                          \
  DYN_JUMP(qjkb_##id, function, ip[4], slow_two_k, , GO_BACK)                                     \
  DYN_JUMP(qjukb_##id, function, ip[4], slow_two_k, !, GO_BACK)
#define DYN_ADDRESSES(id)                                                                         \
  [VMI_QJ_##id] = &&qj_##id, [VMI_QJU_##id] = &&qju_##id, [VMI_QJK_##id] = &&qjk_##id,            \
  [VMI_QJUK_##id] = &&qjuk_##id, [VMI_QJB_##id] = &&qjb_##id, [VMI_QJUB_##id] = &&qjub_##id,      \
  [VMI_QJKB_##id] = &&qjkb_##id, [VMI_QJUKB_##id] = &&qjukb_##id,

#endif
