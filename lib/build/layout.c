/* layout.c - the end of a body: labels get their final numbers, positions their final offsets.
 *
 * SPDX-License-Identifier: MIT
 *
 * In a module labels are numbered by position. A front end makes them in any order, so the draft
 * has the builder's numbers. Only the instructions that name a label change, in number and perhaps
 * in size: what lies between them is copied, and what is kept as an offset in the draft (labels,
 * lines, handler ranges) moves by what the jumps before it grew or shrank.
 */
#include <stdlib.h>
#include <string.h>

#include "build.h"

typedef struct layout {
  vm_fn *fn;
  vmi_arena *arena;
  const vmi_build_jump *jumps;
  uint32_t njumps;
  bool moved; /* some jump changes in size, as in functions with more than 127 labels */
} layout;

static vm_status no_memory(const layout *l)
{
  return vmi_build_fn_fail(l->fn, VM_MEMORY, NULL, "out of memory");
}

static uint32_t final_label(const layout *l, uint64_t label)
{
  return ((vmi_build_label *)l->fn->places.data)[label].final;
}

/* By how much an offset of the draft moves behind the first `passed` jumps. */
static int32_t shift_behind(const layout *l, uint32_t passed)
{
  return passed == 0 ? 0 : l->jumps[passed - 1].shift;
}

/* The final place of offset `at`; *passed is the number of jumps before the offset asked for last,
 * which was no larger. */
static uint32_t next_offset(const layout *l, uint32_t *passed, uint32_t at)
{
  while (*passed < l->njumps && l->jumps[*passed].at < at) ++*passed;
  return at + (uint32_t)shift_behind(l, *passed);
}

/* The same for offsets in any order. */
static uint32_t final_offset(const layout *l, uint32_t at)
{
  uint32_t low = 0, high = l->njumps;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (l->jumps[middle].at < at) low = middle + 1;
    else high = middle;
  }
  return at + (uint32_t)shift_behind(l, low);
}

static uint32_t number_size(uint32_t v)
{
  return v < 1u << 7 ? 1 : v < 1u << 14 ? 2 : v < 1u << 21 ? 3 : v < 1u << 28 ? 4 : 5;
}

static vm_status find_shifts(layout *l)
{
  vmi_build_jump *jumps = l->fn->jumps.data;
  int32_t shift = 0;
  for (uint32_t i = 0; i < l->njumps; i++) {
    uint32_t label = jumps[i].label;
    shift += (int32_t)number_size(final_label(l, label)) - (int32_t)number_size(label);
    jumps[i].shift = shift;
    l->moved |= shift != 0;
  }
  int64_t size = (int64_t)l->fn->code.count + shift;
  if (size <= VMI_MAX_CODE) return VM_OK;
  return vmi_build_fn_fail(l->fn, VM_LIMIT, NULL, "expected at most %d bytes of code, found %lld",
                           VMI_MAX_CODE, (long long)size);
}

/* Writes the code with jumps of other sizes. */
static void move_code(const layout *l, uint8_t *to)
{
  const uint8_t *draft = l->fn->code.data;
  uint32_t draft_size = (uint32_t)l->fn->code.count, from = 0;
  for (uint32_t i = 0; i < l->njumps; i++) {
    const vmi_build_jump *jump = &l->jumps[i];
    memcpy(to, draft + from, jump->at - from);
    to += jump->at - from;
    to += vmi_leb_put_u32(to, final_label(l, jump->label));
    from = jump->at + number_size(jump->label);
  }
  if (draft_size > from) memcpy(to, draft + from, draft_size - from);
}

static vm_status write_code(const layout *l, vmi_func *f)
{
  uint32_t draft_size = (uint32_t)l->fn->code.count;
  uint32_t size = draft_size + (uint32_t)shift_behind(l, l->njumps);
  uint8_t *code = vmi_arena_new(l->arena, size, 1);
  if (code == NULL) return no_memory(l);
  if (l->moved) {
    move_code(l, code);
  } else {
    if (size > 0) memcpy(code, l->fn->code.data, size);
    for (uint32_t i = 0; i < l->njumps; i++) {
      vmi_leb_put_u32(code + l->jumps[i].at, final_label(l, l->jumps[i].label));
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
  for (uint32_t i = 0, passed = 0; i < count; i++) {
    uint32_t at = places[bound[i]].at;
    out[i] = labels[bound[i]];
    out[i].offset = l->moved ? next_offset(l, &passed, at) : at;
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
    vmi_handler h = {final_offset(l, r->start), final_offset(l, r->end), final_label(l, r->label)};
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
  for (uint32_t i = 0, passed = 0; l->moved && i < count; i++) {
    out[i].offset = next_offset(l, &passed, out[i].offset);
  }
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
  vm_status s = find_shifts(l);
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
  layout l = {.fn = fn, .arena = &fn->b->m->arena, .jumps = fn->jumps.data,
              .njumps = (uint32_t)fn->jumps.count};
  return write_all(&l);
}
