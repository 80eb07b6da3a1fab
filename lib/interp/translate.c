/* translate.c - from verified bytecode to register code, in one linear pass.
 *
 * SPDX-License-Identifier: MIT
 *
 * An abstract operand stack remembers which entries are only names of a local or constants. They
 * become operands of the instruction that pops them; what an instruction computes goes straight to
 * the local, argument or result that it is for, if that follows. At labels, jumps and safepoints
 * every live entry is in its slot, as tier 0 would have it.
 *
 * Hazards: a local that is written while its old value is still on the stack is copied first
 * (vmi_x_free_local); a result is redirected to a local only while the instruction that computes it
 * is the last one, and to an argument slot only while no safepoint came in between (`epoch`).
 */
#include "translate.h"

#include <string.h>

#include "decode.h"

/* Labels at different places need different words, for a frame that is handed over at a word goes on
 * where its label stands in the bytecode. */
static bool shares_word(const vmi_translation *x, uint32_t label)
{
  const vmi_label *l = x->f->labels;
  return label > 0 && l[label - 1].offset != l[label].offset && x->labels[label - 1] == x->nwords;
}

static void land(vmi_translation *x, uint32_t label, bool open)
{
  if (open) vmi_x_flush(x);
  if (shares_word(x, label)) vmi_x_emit(x, VMI_Q_NOP, 2);
  vmi_x_seal(x);
  x->depth = x->low = x->f->labels[label].ntypes;
  x->labels[label] = x->nwords;
}

/* What a row and the labels before it may need at most: arguments or results, deferred entries, and
 * its own words. */
enum { ROW_WORDS = 3 * (VMI_MAX_PARAMS + 2 * VMI_DEFER_MAX) + 64 };

static uint32_t room_for(const vmi_func *f, const vmi_insn *in)
{
  if (in->index != VMI_IX_SWITCH) return ROW_WORDS;
  return ROW_WORDS + f->switches[in->imm[0]].count;
}

static void walk(vmi_translation *x)
{
  const vmi_func *f = x->f;
  const uint8_t *p = f->code, *end = p + f->code_size;
  uint32_t next = 0, mark = f->nlabels > 0 ? f->labels[0].offset : UINT32_MAX;
  bool open = true;
  vmi_insn in;
  for (; p < end && !x->failed; p += in.size) {
    x->pc = (uint32_t)(p - f->code);
    if (vmi_isa_decode_fast(p, end, &in) != NULL) break; /* cannot be: it is verified */
    if (!vmi_x_reserve(x, room_for(f, &in))) return;
    while (VMI_UNLIKELY(mark <= x->pc)) {
      land(x, next, open);
      open = true;
      mark = ++next < f->nlabels ? f->labels[next].offset : UINT32_MAX;
    }
    vmi_x_rows[in.index](x, &in);
    open = !(in.op->flags & F_END);
  }
}

static void fix(vmi_translation *x)
{
  const vmi_fixup *fixup = x->fixups.data;
  for (size_t i = 0; i < x->fixups.count; i++, fixup++) {
    int64_t distance = (int64_t)x->labels[fixup->label] - fixup->insn;
    vmi_qword *w = x->code + fixup->word;
    if (fixup->wide) w->i64 = distance;
    else w->to = (int32_t)distance;
  }
}

static vmi_quick *finish(vmi_translation *x)
{
  const vmi_func *f = x->f;
  const vmi_typedef *sig = &x->m->types[f->type];
  size_t map = x->map.count * sizeof(vmi_qmap), labels = f->nlabels * sizeof(uint32_t);
  size_t size = sizeof(vmi_quick) + x->nwords * sizeof(vmi_qword) + map + labels;
  vmi_quick *q = vmi_new(x->alloc, size);
  if (q == NULL) return NULL;
  memset(q, 0, sizeof *q);
  char *at = (char *)(q->code + x->nwords);
  memcpy(q->code, x->code, x->nwords * sizeof(vmi_qword));
  if (map) memcpy(at, x->map.data, map);
  if (labels) memcpy(at + map, x->labels, labels);
  q->map = (const vmi_qmap *)at;
  q->labels = (const uint32_t *)(at + map);
  q->nmap = (uint32_t)x->map.count;
  q->nwords = x->nwords;
  q->id = VMI_FRAME_ID(x->rec->index, 0);
  q->frame_bytes = f->frame_size * (uint32_t)sizeof(vmi_slot);
  q->zero_from = VMI_FRAME_HEADER + sig->nparams + f->has_env;
  q->zero_to = VMI_FRAME_HEADER + f->nlocals;
  q->cost = VMI_HEAT_CALL(x->nwords / 2 + 1);
  q->size = size;
  return q;
}

/* Room for the notes of a usual function at once. */
static bool open_notes(vmi_translation *x)
{
  size_t n = x->f->ninsns / 4 + 8;
  if (vmi_vec_push(x->alloc, &x->map, sizeof(vmi_qmap), n) == NULL) return false;
  if (vmi_vec_push(x->alloc, &x->fixups, sizeof(vmi_fixup), n) == NULL) return false;
  x->map.count = x->fixups.count = 0;
  return true;
}

vmi_quick *vmi_quick_translate(const vmi_alloc *a, const vmi_code *rec, vmi_vec *listing)
{
  const vmi_func *f = rec->func;
  size_t stack = (f->max_stack + 1u) * sizeof(vmi_entry_state);
  size_t state = stack + (f->nlabels + 1u) * sizeof(uint32_t);
  vmi_translation x = {.alloc = a, .rec = rec, .m = rec->module, .f = f,
                       .last = VMI_NO_DEF, .latest = VMI_NO_DEF, .moving = VMI_NO_DEF,
                       .listing = listing, .bodies = vmi_quick_bodies(), .base = VMI_FRAME_HEADER + f->nlocals};
  vmi_quick *made = NULL;
  x.capacity = f->code_size * 2 + ROW_WORDS;
  x.code = vmi_new(a, x.capacity * sizeof *x.code);
  char *block = vmi_new(a, state);
  if (x.code != NULL && block != NULL && open_notes(&x)) {
    x.stack = (vmi_entry_state *)block;
    x.labels = (uint32_t *)(block + stack);
    walk(&x);
    if (!x.failed) {
      fix(&x);
      made = finish(&x);
    }
  }
  vmi_free(a, x.code, x.capacity * sizeof *x.code);
  vmi_free(a, block, state);
  vmi_vec_free(a, &x.map);
  vmi_vec_free(a, &x.fixups);
  return made;
}
