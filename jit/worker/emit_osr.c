/* emit_osr.c - changing tiers in the middle of a function: in at a loop header, out at a poll or a
 * call.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * Both ways share the frame's layout, which is every tier's. In: the function is called with a stack
 * limit of 0; the check of its frame asks the run time, which answers with a label. So the way in
 * hangs on a cold block that is there anyway. Out: one block a function writes every local that is not
 * in its slot already; what leads there has written the operands, and ended those of these locals that
 * are dead, so that none is kept alive for this block alone.
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

static void load_operands(vmi_emitter *e, uint32_t label)
{
  const vmi_label *l = &e->f->labels[label];
  for (uint32_t i = 0; i < l->ntypes; i++) {
    vmi_class c = vmi_class_of(l->types[i]);
    e_set(e, vmi_emit_var(e, i, c),
          vmi_emit_slot_get(e, e->fp, VMI_FRAME_HEADER + e->f->nlocals + i, c));
  }
}

/* ---- nested loops ----
 *
 * A jump from outside into an inner loop would give the outer one two entries, and GCC optimises no
 * such loop. So the way to an inner header leads through the headers around it,
 * each of which tests `inner`; headers without loops inside test nothing. Loops are taken to be
 * contiguous: should one not be, the detour is merely another one. */

static bool encloses(const vmi_emitter *e, uint32_t outer, uint32_t label)
{
  const vmi_label *l = e->f->labels;
  return e->headers[outer] && l[label].offset > l[outer].offset &&
         l[label].offset < e->headers[outer];
}

/* The innermost header around `label`, or VMI_NO_INDEX. */
static uint32_t enclosing(const vmi_emitter *e, uint32_t label)
{
  for (uint32_t i = label; i-- > 0;)
    if (encloses(e, i, label)) return i;
  return VMI_NO_INDEX;
}

/* The header to go to next on the way from that at `from` (VMI_NO_INDEX: from outside) to `label`. */
static uint32_t next_header(const vmi_emitter *e, uint32_t from, uint32_t label)
{
  for (uint32_t up = enclosing(e, label); up != from && up != VMI_NO_INDEX; up = enclosing(e, label))
    label = up;
  return label;
}

/* Where a frame that is to go on at `label` enters, coming from the header `from`. */
static block *make_step(vmi_emitter *e, uint32_t from, uint32_t label)
{
  block *here = e->block, *start = e_block(e);
  uint32_t next = next_header(e, from, label);
  vmi_stage own = e->stage;
  e->block = start;
  e_set(e, e->inner, e_u32(e, next == label ? 0 : 2 + label));
  if (next == label) {
    load_locals(e);
    load_operands(e, label);
  }
  vmi_emit_become(e, vmi_emit_label_stage(e, next));
  e_jump(e, e->labels[next]);
  e->block = here;
  e->stage = own;
  return start;
}

/* Choose by `value`, 2 + a label, among the headers inside that at `from`, or all. */
static void choose(vmi_emitter *e, rvalue *value, uint32_t from)
{
  gcc_jit_case **cases = vmi_arena_new(e->u->arena, e->nheaders, sizeof *cases);
  block *last = NULL;
  int n = 0;
  for (uint32_t i = 0; i < e->f->nlabels; i++) {
    if (!e->headers[i] || (from != VMI_NO_INDEX && !encloses(e, from, i))) continue;
    last = make_step(e, from, i);
    rvalue *v = e_u32(e, 2 + i);
    if (cases) cases[n++] = gcc_jit_context_new_case(e->ctx, v, v, last);
  }
  if (!cases) e->u->failed = true;
  gcc_jit_block_end_with_switch(e->block, NULL, value, last, n ? n - 1 : 0, cases);
  e->block = NULL;
}

void vmi_emit_pass_header(vmi_emitter *e, uint32_t label)
{
  bool nest = false;
  for (uint32_t i = label + 1; i < e->f->nlabels && !nest; i++)
    nest = e->headers[i] && encloses(e, label, i);
  if (!nest) return;
  block *next, *cold = vmi_emit_cold(
    e, e_cmp(e, GCC_JIT_COMPARISON_NE, e_get(e->inner), e_u32(e, 0)), &next);
  e->block = cold;
  choose(e, e_get(e->inner), label);
  e->block = next;
}

void vmi_emit_enter_at_label(vmi_emitter *e)
{
  load_locals(e); /* for outer headers, where nobody reads them */
  e->stage = VMI_CHECKED;
  choose(e, e_get(e->verdict), VMI_NO_INDEX);
}

block *vmi_emit_leave(vmi_emitter *e)
{
  bool linked = e_linked(e);
  if (e->leave[linked]) return e->leave[linked];
  block *here = e->block;
  e->block = e->leave[linked] = e_block(e);
  for (uint32_t i = 0; i < e->f->nlocals; i++)
    if (!vmi_emit_in_slot(e, i))
      vmi_emit_slot_set(e, e->fp, VMI_FRAME_HEADER + i, vmi_class_of(e->f->locals[i]),
                        e_get(e->locals[i]));
  vmi_emit_slot_set(e, e->fp, 1, C_REF, e_get(e->inst));
  ctype *word = e->u->type[T_uint64_t];
  e_store(e, word, e->fp, 16, vmi_emit_word_id(e));
  e_store(e, word, e->fp, 24,
          e_op(e, GCC_JIT_BINARY_OP_RSHIFT, T_uint64_t, e_get(e->trap_word), e_u64(e, 32)));
  e_store(e, e->u->type[T_uint32_t], e->t, offsetof(vmi_thread, unwind),
          e_u32(e, VMI_UNWIND_LEAVE));
  e_jump(e, e->exit[linked]);
  e->block = here;
  return e->leave[linked];
}
