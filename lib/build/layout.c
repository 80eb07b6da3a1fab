/* layout.c - the end of a body: labels get their final numbers, positions their byte offsets.
 *
 * SPDX-License-Identifier: MIT
 *
 * In a module labels are numbered by position. A front end makes them in any order, so the code is
 * written once with the builder's numbers and rewritten here:
 *
 *   code with builder's numbers --sizes--> offset of every instruction --rewrite--> final code
 *
 * Labels, lines and handler ranges were kept as instruction numbers and become offsets.
 */
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "decode.h"

typedef struct layout {
  vm_fn *fn;
  vmi_arena *arena;
  uint32_t *offsets; /* of each instruction, and the end */
} layout;

static vm_status no_memory(const layout *l)
{
  return vmi_build_fn_fail(l->fn, VM_MEMORY, NULL, "out of memory");
}

static uint32_t final_label(const layout *l, uint64_t label)
{
  return ((vmi_build_label *)l->fn->places.data)[label].final;
}

/* The next instruction with its final immediates. The code was encoded here, so it decodes. */
static const uint8_t *next_insn(const layout *l, const uint8_t *p, vmi_insn *in)
{
  const uint8_t *end = (const uint8_t *)l->fn->code.data + l->fn->code.count;
  vmi_isa_decode_fast(p, end, in);
  if (in->op->imms[0] == 'j') in->imm[0] = final_label(l, in->imm[0]);
  return p + in->size;
}

static vm_status find_offsets(layout *l)
{
  uint8_t scratch[VMI_MAX_INSN];
  const uint8_t *p = l->fn->code.data;
  uint32_t at = 0;
  for (uint32_t i = 0; i < l->fn->ninsns; i++) {
    vmi_insn in = {0};
    l->offsets[i] = at;
    p = next_insn(l, p, &in);
    at += in.op->imms[0] == 'j' ? vmi_isa_encode(in.op, in.imm, scratch) : in.size;
  }
  l->offsets[l->fn->ninsns] = at;
  if (at <= VMI_MAX_CODE) return VM_OK;
  return vmi_build_fn_fail(l->fn, VM_LIMIT, NULL, "expected at most %d bytes of code, found %u",
                           VMI_MAX_CODE, (unsigned)at);
}

static vm_status write_code(const layout *l, vmi_func *f)
{
  const uint8_t *p = l->fn->code.data;
  uint32_t size = l->offsets[l->fn->ninsns];
  uint8_t *code = vmi_arena_new(l->arena, size, 1);
  if (code == NULL) return no_memory(l);
  for (uint32_t i = 0; i < l->fn->ninsns; i++) {
    vmi_insn in = {0};
    const uint8_t *from = p;
    p = next_insn(l, p, &in);
    if (in.op->imms[0] == 'j') {
      /* Through a scratch buffer: the encoder may ask for more room than the rest of the code. */
      uint8_t bytes[VMI_MAX_INSN];
      memcpy(code + l->offsets[i], bytes, vmi_isa_encode(in.op, in.imm, bytes));
    } else {
      memcpy(code + l->offsets[i], from, in.size);
    }
  }
  f->code = code;
  f->code_size = size;
  return VM_OK;
}

static vm_status write_labels(const layout *l, vmi_func *f)
{
  uint32_t count = (uint32_t)l->fn->bound.count;
  const uint32_t *bound = l->fn->bound.data;
  const vmi_label *labels = l->fn->labels.data;
  const vmi_build_label *places = l->fn->places.data;
  vmi_label *out = vmi_arena_new(l->arena, count, sizeof *out);
  if (out == NULL) return no_memory(l);
  for (uint32_t i = 0; i < count; i++) {
    out[i] = labels[bound[i]];
    out[i].offset = l->offsets[places[bound[i]].at];
  }
  f->labels = out;
  f->nlabels = count;
  return VM_OK;
}

static vm_status write_switches(const layout *l, vmi_func *f)
{
  uint32_t count = (uint32_t)l->fn->switches.count;
  vmi_switch *out = vmi_arena_copy(l->arena, l->fn->switches.data, count, sizeof *out);
  if (out == NULL) return no_memory(l);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t *labels = (uint32_t *)out[i].labels; /* the body's own copy, not shared yet */
    for (uint32_t k = 0; k <= out[i].count; k++) labels[k] = final_label(l, labels[k]);
  }
  f->switches = out;
  f->nswitches = count;
  return VM_OK;
}

/* Inner ranges first: by end ascending, then start descending. Two ranges over the same code can
 * only nest as they were opened, the later one inside; `order` keeps qsort from mixing them. */
typedef struct sorted_range {
  vmi_build_range range;
  uint32_t order;
} sorted_range;

static int compare_ranges(const void *x, const void *y)
{
  const sorted_range *a = x, *b = y;
  if (a->range.end != b->range.end) return a->range.end < b->range.end ? -1 : 1;
  if (a->range.start != b->range.start) return a->range.start > b->range.start ? -1 : 1;
  return a->order > b->order ? -1 : a->order < b->order;
}

static uint32_t collect_ranges(const layout *l, sorted_range *out)
{
  const vmi_build_range *ranges = l->fn->ranges.data;
  uint32_t count = 0;
  for (uint32_t i = 0; i < l->fn->ranges.count; i++) {
    if (ranges[i].start == ranges[i].end) continue;
    out[count++] = (sorted_range){ranges[i], i};
  }
  if (count > 1) qsort(out, count, sizeof *out, compare_ranges);
  return count;
}

static vm_status write_handlers(const layout *l, vmi_func *f)
{
  size_t room = (l->fn->ranges.count + 1) * sizeof(sorted_range);
  sorted_range *sorted = vmi_new(&l->fn->b->alloc, room);
  if (sorted == NULL) return no_memory(l);
  uint32_t count = collect_ranges(l, sorted), kept = 0;
  vmi_handler *out = vmi_arena_new(l->arena, count, sizeof *out);
  for (uint32_t i = 0; out != NULL && i < count; i++) {
    const vmi_build_range *r = &sorted[i].range;
    vmi_handler h = {l->offsets[r->start], l->offsets[r->end], final_label(l, r->label)};
    /* The first of equal ranges wins, the others never catch anything. */
    if (kept > 0 && out[kept - 1].start == h.start && out[kept - 1].end == h.end) continue;
    out[kept++] = h;
  }
  vmi_free(&l->fn->b->alloc, sorted, room);
  if (out == NULL) return no_memory(l);
  f->handlers = out;
  f->nhandlers = kept;
  return VM_OK;
}

static vm_status write_lines(const layout *l, vmi_func *f)
{
  uint32_t count = (uint32_t)l->fn->lines.count;
  vmi_line *out = vmi_arena_copy(l->arena, l->fn->lines.data, count, sizeof *out);
  if (out == NULL) return no_memory(l);
  for (uint32_t i = 0; i < count; i++) out[i].offset = l->offsets[out[i].offset];
  f->lines = out;
  f->nlines = count;
  return VM_OK;
}

static vm_status write_locals(const layout *l, vmi_func *f)
{
  uint32_t count = (uint32_t)l->fn->locals.count, named = (uint32_t)l->fn->local_names.count;
  f->locals = vmi_arena_copy(l->arena, l->fn->locals.data, count, sizeof *f->locals);
  if (f->locals == NULL) return no_memory(l);
  f->nlocals = count;
  f->local_names = NULL;
  if (named == 0) return VM_OK;
  f->local_names = vmi_arena_new(l->arena, count, sizeof *f->local_names);
  if (f->local_names == NULL) return no_memory(l);
  memcpy(f->local_names, l->fn->local_names.data, named * sizeof *f->local_names);
  return VM_OK;
}

static vm_status write_all(layout *l)
{
  vmi_func *f = &l->fn->f;
  vm_status s = find_offsets(l);
  if (s == VM_OK) s = write_code(l, f);
  if (s == VM_OK) s = write_labels(l, f);
  if (s == VM_OK) s = write_switches(l, f);
  if (s == VM_OK) s = write_handlers(l, f);
  if (s == VM_OK) s = write_lines(l, f);
  if (s == VM_OK) s = write_locals(l, f);
  return s;
}

vm_status vmi_build_fn_layout(vm_fn *fn)
{
  layout l = {.fn = fn, .arena = &fn->b->m->arena};
  size_t room = ((size_t)fn->ninsns + 1) * sizeof *l.offsets;
  l.offsets = vmi_new(&fn->b->alloc, room);
  if (l.offsets == NULL) return no_memory(&l);
  vm_status s = write_all(&l);
  vmi_free(&fn->b->alloc, l.offsets, room);
  return s;
}
