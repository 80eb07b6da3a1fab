/* emit_resume.c - where the interpreter goes on when compiled code guessed wrong.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * It need not be at the instruction that met something new. Behind the last instruction with an effect
 * everything may be done again: then a whole statement's tests lead to one block that leaves, with fewer
 * operands to write, where each test had one of its own. GCC takes its time for each line of code, hot or
 * cold: a loop of ten method calls and twenty accesses of properties has a tenth fewer.
 *
 *     global.get $o           <- all three tests leave for here
 *     local.get $v
 *     dyn.get "x"             an object of the usual shape?
 *     global.get $k
 *     dyn.mul                 two doubles?
 *
 * So the point moves when an instruction has an effect, when control may come from elsewhere, and when
 * an operand of the point is consumed. What was read since has to be there still: locals that are dead at the
 * instruction may be alive at the point.
 */
#include <string.h>

#include "emitter.h"

/* Of a set of locals. */
static uint32_t words(const vmi_emitter *e) { return e->f->nlocals / 64 + 1; }

bool vmi_resume_allocate(vmi_emitter *e)
{
  if (!e->guesses) return true;
  e->resume.stack = vmi_arena_new(e->u->arena, e->f->max_stack + 2, sizeof *e->resume.stack);
  e->resume.read = vmi_arena_new(e->u->arena, words(e), sizeof *e->resume.read);
  return e->resume.stack && e->resume.read;
}

void vmi_resume_forget(vmi_emitter *e) { e->resume.known = false; }

void vmi_resume_before(vmi_emitter *e)
{
  vmi_resume *r = &e->resume;
  if (!e->guesses || (r->known && r->linked == e_linked(e))) return;
  r->known = true;
  r->linked = e_linked(e);
  r->pc = e->pc;
  r->depth = e->depth;
  r->next_call = e->next_call;
  r->wrong = NULL;
  memcpy(r->stack, e->stack, e->depth * sizeof *r->stack);
  memset(r->read, 0, words(e) * sizeof *r->read);
}

/* May the instruction be done twice? */
static bool is_harmless(const vmi_emitter *e, const vmi_insn *in)
{
  switch (in->index) {
  case VMI_IX_BR_IF: case VMI_IX_BR_UNLESS: case VMI_IX_GLOBAL_GET: case VMI_IX_SYMBOL_CONST:
  case VMI_IX_STRUCT_GET: case VMI_IX_ARRAY_GET: case VMI_IX_ARRAY_LEN: return true;
  case VMI_IX_DYN_SET: case VMI_IX_DYN_INVOKE: case VMI_IX_DYN_CALL: return false;
  default: break;
  }
  if (in->op->flags & F_SLOW) return !(vmi_emit_guess(e).seen & VMI_SEEN_SLOW);
  return (in->op->flags & F_PURE) != 0;
}

void vmi_resume_behind(vmi_emitter *e, const vmi_insn *in, uint32_t depth)
{
  vmi_resume *r = &e->resume;
  if (!r->known) return;
  uint32_t pops = (uint32_t)strlen(in->op->pops);
  if (!is_harmless(e, in) || depth < r->depth + pops) r->known = false;
  else if (in->index == VMI_IX_LOCAL_GET) r->read[in->imm[0] / 64] |= 1ull << in->imm[0] % 64;
}

/* What is wanted from the point on: behind the next call, and what has been read until there. */
static const uint64_t *live_there(const vmi_emitter *e)
{
  const uint64_t *behind = vmi_emit_live_at(e, e->live_calls, e->resume.next_call);
  if (!behind) return NULL;
  for (uint32_t i = 0; i < e->live_words; i++) e->resume.read[i] |= behind[i];
  return e->resume.read;
}

static block *make_wrong(vmi_emitter *e)
{
  const vmi_resume *r = &e->resume;
  vmi_operand *stack = e->stack;
  block *here = e->block, *start = e->block = e_block(e);
  uint32_t pc = e->pc, depth = e->depth;
  e->stack = r->stack;
  e->depth = r->depth;
  e->pc = r->pc;
  vmi_emit_exit_state(e, true, r->pc, r->depth | VMI_AUX_WRONG, live_there(e));
  e_jump(e, vmi_emit_leave(e));
  e->stack = stack;
  e->depth = depth;
  e->pc = pc;
  e->block = here;
  return start;
}

block *vmi_emit_wrong(vmi_emitter *e)
{
  if (!e->resume.wrong) e->resume.wrong = make_wrong(e);
  return e->resume.wrong;
}
