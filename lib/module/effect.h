/* effect.h - the stack effect of one instruction, checked and applied. Driven by isa.def alone; the
 * builder and the verifier both stand on it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_EFFECT_H
#define VMI_EFFECT_H

#include "module.h"

/* The abstract operand stack of one function being built or verified. The owner provides `stack`
 * with room for VMI_MAX_STACK entries, or grows it between instructions so that VMI_MAX_EFFECT
 * entries above `depth` exist. */
typedef struct vmi_typing {
  const vmi_module *m;
  const vmi_func *f;    /* type, env, locals, labels (count and types), switches are used */
  vm_type *stack;
  uint32_t depth, max_depth;
  bool limit;           /* out: the failure was the limit VMI_MAX_STACK */
} vmi_typing;

enum { VMI_MAX_EFFECT = VMI_MAX_RESULTS }; /* no instruction pushes more than this */

/* Check the immediates of `in`: every index exists, kinds, mutability, packing, defaults, element
 * types of pairs, environments, results of tail calls. Then pop its operands and push its results.
 * For an F_BRANCH row every label it names must match the stack. `*after_pops` (may be NULL) gets
 * the depth of the stack behind the pops; the entries below it are not touched. The pushes of an
 * F_BR_PUSH row are left in `stack` at *after_pops, above `depth`.
 * Returns NULL, or a message (in `message`, of `size` bytes) such as
 * "i32.add: operand 2: expected i32, found f64". The stack may be changed after a failure. */
const char *vmi_typing_apply(vmi_typing *t, const vmi_insn *in, uint32_t *after_pops,
                             char *message, size_t size);

/* Does the stack match label `label` exactly in length and by subtype? NULL or a message. */
const char *vmi_typing_branch(const vmi_typing *t, uint32_t label, char *message, size_t size);

/* ---- fast path: rows that only move numbers and locals, in compact form ---- */
typedef enum vmi_effect_class {
  VMI_EFFECT_SLOW,
  VMI_EFFECT_FIXED,  /* pops and pushes are numbers or dyn; no immediate to check */
  VMI_EFFECT_MEMORY, /* the same, and immediate 0 is a memory */
  VMI_EFFECT_BRANCH, /* conditional, without pushes */
  VMI_EFFECT_GET, VMI_EFFECT_SET, VMI_EFFECT_TEE /* of a local */
} vmi_effect_class;

typedef struct vmi_effect_row {
  uint8_t class, npops, npushes; /* letters */
  bool lists;                    /* a letter stands for more than one entry */
  vm_type pops[3], push; /* deepest first */
} vmi_effect_row;

extern const vmi_effect_row vmi_effect_rows[VMI_OP_COUNT];

static inline bool vmi_effect_fixed(vmi_typing *t, const vmi_effect_row *r)
{
  uint32_t n = r->npops;
  if (VMI_UNLIKELY(t->depth < n || t->depth >= VMI_MAX_STACK)) return false;
  vm_type *at = t->stack + t->depth - n;
  uint32_t wrong = 0;
  if (n > 0) wrong = at[0] ^ r->pops[0];
  if (n > 1) wrong |= at[1] ^ r->pops[1];
  if (n > 2) wrong |= at[2] ^ r->pops[2];
  if (VMI_UNLIKELY(wrong)) return false;
  if (r->npushes) at[0] = r->push;
  t->depth += (uint32_t)r->npushes - n;
  if (t->depth > t->max_depth) t->max_depth = t->depth;
  return true;
}

/* A conditional branch that leaves an empty stack: nothing to match, nothing for a map. */
static inline bool vmi_effect_branch(vmi_typing *t, const vmi_insn *in)
{
  if (t->depth != 1 || t->stack[0] != VM_I32 || in->imm[0] >= t->f->nlabels) return false;
  if (t->f->labels[in->imm[0]].ntypes != 0) return false;
  t->depth = 0;
  return true;
}

/* Apply `in` if it is an ordinary case of a simple row. False, with nothing changed: it is not, or
 * it is wrong; vmi_typing_apply tells. Rows handled here go on to the next instruction, and none is
 * a safepoint with anything to map. */
static inline __attribute__((always_inline)) bool vmi_typing_fast(vmi_typing *t, const vmi_insn *in)
{
  const vmi_effect_row *r = &vmi_effect_rows[in->index];
  switch (r->class) {
  case VMI_EFFECT_MEMORY:
    if (VMI_UNLIKELY(in->imm[0] >= t->m->nmemories)) return false;
    return vmi_effect_fixed(t, r);
  case VMI_EFFECT_FIXED:
    return vmi_effect_fixed(t, r);
  case VMI_EFFECT_GET:
    if (VMI_UNLIKELY(in->imm[0] >= t->f->nlocals || t->depth >= VMI_MAX_STACK)) return false;
    t->stack[t->depth++] = t->f->locals[in->imm[0]];
    if (t->depth > t->max_depth) t->max_depth = t->depth;
    return true;
  case VMI_EFFECT_SET:
  case VMI_EFFECT_TEE:
    if (VMI_UNLIKELY(in->imm[0] >= t->f->nlocals || t->depth == 0)) return false;
    if (VMI_UNLIKELY(t->stack[t->depth - 1] != t->f->locals[in->imm[0]])) return false;
    t->depth -= r->class == VMI_EFFECT_SET;
    return true;
  case VMI_EFFECT_BRANCH:
    return vmi_effect_branch(t, in);
  default:
    return false;
  }
}

#endif
