/* emit_classify.c - which functions of a unit are leaves: so small and harmless that a call of one needs
 * less ceremony.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include "emitter.h"

enum {
  MAX_INSNS = 200,  /* with the leaves that it calls: it ends soon */
  MAX_LOCALS = 100,
  MAX_FRAME = 48,   /* slots: nobody checks that they are there, so they must fit the reserve */
  MAX_NESTING = 4
};
_Static_assert((int)MAX_FRAME + VMI_FRAME_HEADER + VMI_MAX_PARAMS + VMI_MAX_RESULTS <=
                 (int)VMI_STACK_RESERVE,
               "the reserve holds the frames of leaves");

/* Division by a constant that is neither 0 nor -1, put on the stack right before, never traps. */
static bool may_trap(const vmi_insn *in, const vmi_insn *before, bool label)
{
  static const uint16_t divisions[] = {VMI_IX_I32_DIV_S, VMI_IX_I32_DIV_U, VMI_IX_I32_REM_S,
                                       VMI_IX_I32_REM_U, VMI_IX_I64_DIV_S, VMI_IX_I64_DIV_U,
                                       VMI_IX_I64_REM_S, VMI_IX_I64_REM_U};
  if (!(in->op->flags & F_TRAP)) return false;
  if (label || (before->index != VMI_IX_I32_CONST && before->index != VMI_IX_I64_CONST)) return true;
  if (before->imm[0] + 1 <= 1) return true;
  for (size_t i = 0; i < VMI_COUNT(divisions); i++)
    if (in->index == divisions[i]) return false;
  return true;
}

bool vmi_emit_takes_long(const vmi_insn *in)
{
  static const uint16_t rows[] = {
    VMI_IX_ARRAY_NEW, VMI_IX_ARRAY_NEW_DEFAULT, VMI_IX_ARRAY_NEW_DATA, VMI_IX_ARRAY_COPY,
    VMI_IX_ARRAY_FILL, VMI_IX_ARRAY_INIT_DATA, VMI_IX_MEMORY_GROW, VMI_IX_MEMORY_COPY,
    VMI_IX_MEMORY_FILL, VMI_IX_MEMORY_INIT, VMI_IX_TABLE_GROW, VMI_IX_TABLE_COPY,
    VMI_IX_TABLE_FILL, VMI_IX_TABLE_INIT};
  for (size_t i = 0; i < VMI_COUNT(rows); i++)
    if (in->index == rows[i]) return true;
  return false;
}

static bool calls_unit(vmi_unit *u, const vmi_insn *in)
{
  return in->index == VMI_IX_CALL && vmi_emit_in_unit(u, (uint32_t)in->imm[0]) != NULL;
}

/* What can be said of the function alone. */
static bool classify(vmi_unit *u, uint32_t index)
{
  const vmi_func *f = &u->m->funcs[u->funcs[index]];
  vmi_unit_func *info = &u->info[index];
  vmi_insn in, before = {0};
  uint32_t label = 0;
  bool soon = !u->o->meter_fuel && !f->nhandlers && f->ninsns <= MAX_INSNS && f->nlocals <= MAX_LOCALS;
  info->quiet = true;
  for (uint32_t pc = 0; pc < f->code_size; pc += in.size, before = in) {
    if (vmi_isa_decode(f->code + pc, f->code + f->code_size, &in)) return false;
    bool at_label = !pc || (label < f->nlabels && f->labels[label].offset == pc);
    while (label < f->nlabels && f->labels[label].offset == pc) label++;
    if (in.op->flags & F_TAIL) info->has_tail = true;
    bool back = (in.op->flags & F_BRANCH) && vmi_emit_goes_back(f, pc, &in);
    if (back) info->has_loops = true;
    if (back || (in.op->flags & (F_TAIL | F_ALLOC | F_THROW)) || vmi_emit_takes_long(&in)) soon = false;
    if (in.op->flags & F_CALL) {
      info->calls = true;
      soon = soon && calls_unit(u, &in) && !u->o->exits; /* an exit behind a call writes the frame */
    } else if (may_trap(&in, &before, at_label)) {
      info->quiet = false;
    }
  }
  info->leaf = soon && !info->calls;
  info->quiet = info->quiet && info->leaf;
  info->calls = info->calls && soon;
  info->ninsns = f->ninsns;
  info->frame = f->frame_size;
  return true;
}

/* Are all that the function calls leaves? Then so is it, if it is still small. */
static bool reclassify(vmi_unit *u, uint32_t index)
{
  const vmi_func *f = &u->m->funcs[u->funcs[index]];
  vmi_unit_func *info = &u->info[index];
  uint32_t ninsns = f->ninsns, frame = 0;
  vmi_insn in;
  for (uint32_t pc = 0; pc < f->code_size; pc += in.size) {
    if (vmi_isa_decode(f->code + pc, f->code + f->code_size, &in)) return false;
    if (!(in.op->flags & F_CALL)) continue;
    const vmi_unit_func *callee = vmi_emit_in_unit(u, (uint32_t)in.imm[0]);
    if (!callee->leaf) return true;
    ninsns += callee->ninsns;
    if (callee->frame > frame) frame = callee->frame;
  }
  info->calls = false;
  info->ninsns = ninsns;
  info->frame = f->frame_size + frame;
  info->leaf = ninsns <= MAX_INSNS && info->frame <= MAX_FRAME;
  return true;
}

bool vmi_emit_classify(vmi_unit *u)
{
  for (uint32_t i = 0; i < u->nfuncs; i++)
    if (!classify(u, i)) return false;
  for (uint32_t round = 0; round < MAX_NESTING; round++)
    for (uint32_t i = 0; i < u->nfuncs; i++)
      if (u->info[i].calls && !reclassify(u, i)) return false;
  return true;
}
