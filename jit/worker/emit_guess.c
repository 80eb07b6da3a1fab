/* emit_guess.c - code made of what the interpreters have seen, which leaves its frame where that was
 * not all.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * A wrong guess writes the operands and the locals to the frame, and the interpreter does the instruction
 * again, and perhaps some before it (emit_resume.c; lib/rt/feedback.c says what follows). So there is no
 * path that joins behind the instruction: what was tested stays known up to the next label, results stay
 * unboxed, and nothing is made for cases that never came.
 */
#include "emitter.h"

vmi_guess vmi_emit_guess(const vmi_emitter *e)
{
  if (!e->guesses) return (vmi_guess){VMI_TARGET_MANY, VMI_SEEN_ALL};
  return e->guesses[vmi_func_point(e->f, e->pc) - e->f->first_point];
}

void vmi_emit_never(vmi_emitter *e)
{
  block *wrong = vmi_emit_wrong(e);
  e_jump(e, wrong);
}

void vmi_emit_go_unless(vmi_emitter *e, rvalue *cond, block *to)
{
  block *next = e_block(e);
  e_if(e, vmi_emit_likely(e, cond, true), next, to);
  e->block = next;
}
