/* emit_osr.c - changing tiers in the middle of a function: in at a loop header, out at a poll or a
 * call.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * Both ways share the frame's layout, which is every tier's. In: the function is called with a stack
 * limit of 0; the check of its frame asks the run time, which answers with a label. So the way in
 * hangs on a cold block that is there anyway. Out: one block a function writes every local; what
 * leads there has written the operands, and ended the locals that are dead, so that none is kept
 * alive for this block alone.
 */
#include "emitter.h"

static void load_locals(vmi_emitter *e)
{
  for (uint32_t i = 0; i < e->f->nlocals; i++) {
    e_set(e, e->locals[i],
          vmi_emit_slot_get(e, e->fp, VMI_FRAME_HEADER + i, vmi_class_of(e->f->locals[i])));
    vmi_emit_length_of(e, i);
  }
  vmi_emit_find_memories(e);
}

/* The traced slots are what the C locals have become. */
static void link_live_frame(vmi_emitter *e)
{
  if (!e->linked) return;
  e_set(e, e->link, e_load_ptr(e, e->t, offsetof(vmi_thread, frame)));
  vmi_emit_link(e, NULL, false);
}

static block *load_operands(vmi_emitter *e, uint32_t label)
{
  block *here = e->block, *start = e_block(e);
  const vmi_label *l = &e->f->labels[label];
  e->block = start;
  for (uint32_t i = 0; i < l->ntypes; i++) {
    vmi_class c = vmi_class_of(l->types[i]);
    e_set(e, vmi_emit_var(e, i, c),
          vmi_emit_slot_get(e, e->fp, VMI_FRAME_HEADER + e->f->nlocals + i, c));
  }
  e_jump(e, e->labels[label]);
  e->block = here;
  return start;
}

void vmi_emit_enter_at_label(vmi_emitter *e)
{
  gcc_jit_case **cases = vmi_arena_new(e->u->arena, e->nheaders, sizeof *cases);
  block *last = NULL;
  uint32_t n = 0;
  load_locals(e);
  link_live_frame(e);
  for (uint32_t i = 0; i < e->f->nlabels; i++) {
    if (!e->headers[i]) continue;
    last = e->f->labels[i].ntypes ? load_operands(e, i) : e->labels[i];
    rvalue *value = e_u32(e, 2 + i);
    if (cases) cases[n++] = gcc_jit_context_new_case(e->ctx, value, value, last);
  }
  if (!cases) e->u->failed = true;
  gcc_jit_block_end_with_switch(e->block, NULL, e_get(e->verdict), last, n ? (int)n - 1 : 0, cases);
  e->block = NULL;
}

block *vmi_emit_leave(vmi_emitter *e)
{
  if (e->leave) return e->leave;
  block *here = e->block;
  e->block = e->leave = e_block(e);
  for (uint32_t i = 0; i < e->f->nlocals; i++)
    vmi_emit_slot_set(e, e->fp, VMI_FRAME_HEADER + i, vmi_class_of(e->f->locals[i]),
                      e_get(e->locals[i]));
  vmi_emit_slot_set(e, e->fp, 1, C_REF, e_get(e->inst));
  ctype *word = e->u->type[T_uint64_t];
  e_store(e, word, e->fp, 16, vmi_emit_word_id(e));
  e_store(e, word, e->fp, 24,
          e_op(e, GCC_JIT_BINARY_OP_RSHIFT, T_uint64_t, e_get(e->trap_word), e_u64(e, 32)));
  e_store(e, e->u->type[T_uint32_t], e->t, offsetof(vmi_thread, unwind),
          e_u32(e, VMI_UNWIND_LEAVE));
  e_jump(e, e->exit);
  e->block = here;
  return e->leave;
}
