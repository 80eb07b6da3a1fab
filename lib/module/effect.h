/* effect.h - the stack effect of one instruction, checked and applied. Driven by isa.def alone; the
 * builder and the verifier both stand on it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_EFFECT_H
#define VMI_EFFECT_H

#include "module.h"

/* The abstract operand stack of one function being built or verified. The owner provides `stack`
 * with room for VMI_MAX_STACK + 256 entries or grows it between instructions so that at least
 * VMI_MAX_EFFECT free entries remain (`reserve`). */
typedef struct vmi_typing {
  const vmi_module *m;
  const vmi_func *f;    /* type, env, locals, labels (count and types), switches are used */
  vm_type *stack;
  uint32_t depth, max_depth;
  uint64_t declared_funcs_ok; /* unused, 0 */
} vmi_typing;

/* Check the immediates of `in`, pop its operands and push its results. `branch_depth` gets the
 * depth of the stack that a branch sees (after the pops, plus pushes for F_BR_PUSH).
 * Returns NULL, or a message (in `message`, of `size` bytes) such as
 * "i32.add: operand 2: expected i32, found f64". The stack may be changed after a failure.
 * For F_BRANCH rows the match of the stack against the label is vmi_typing_branch's. */
const char *vmi_typing_apply(vmi_typing *t, const vmi_insn *in, uint32_t *before_pops,
                             char *message, size_t size);

/* Does the stack match label `label` exactly in length and by subtype? NULL or a message. */
const char *vmi_typing_branch(const vmi_typing *t, uint32_t label, char *message, size_t size);

#endif
