/* gc_alloc.c - allocation: bump through holes; the holes are found here, lazily, in mark bits.
 *
 * SPDX-License-Identifier: MIT
 *
 * Order of places for a small object: the open region; the next hole of its block; the next block
 * of the class that has holes; a free block; a new slab. A collection comes when enough was handed
 * out since the last one, or when the limit or the host refuses.
 */
#include <string.h>

#include "gc_heap.h"

/* By (size + 15) / 16. */
static const uint8_t class_of[VMI_GC_MAX_SMALL / 16 + 1] = {
    0,  0,  1,  2,  3,  4,  5,  6,  7,  8,  8,  9,  9,  10, 10, 11, 11, 12, 12, 12, 12, 13,
    13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 15, 16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17,
    17, 17, 17, 17, 17, 18, 18, 18, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 19, 19, 20,
    20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 21, 21, 21, 21, 21, 21, 21,
    21, 21, 21, 21, 21, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22,
    22, 22, 22, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 23};

static const uint16_t class_size[VMI_GC_CLASSES] = {16,  32,  48,  64,  80,  96,   112,  128,
                                                    160, 192, 224, 256, 320, 384,  448,  512,
                                                    640, 768, 896, 1024, 1280, 1536, 1792, 2048};

uint32_t vmi_gc_class(uint32_t size) { return class_of[(size + 15) / 16]; }
uint32_t vmi_gc_class_size(uint32_t size_class) { return class_size[size_class]; }

/* ---- regions ---- */

/* The first set mark bit at or after cell `from` (in units of 16 bytes), or `end`. */
static uint32_t next_mark(const uint64_t *marks, uint32_t from, uint32_t end)
{
  uint32_t word = from / 64;
  uint64_t bits = marks[word] >> from % 64 << from % 64;
  while (bits == 0) {
    if (++word * 64 >= end) return end;
    bits = marks[word];
  }
  uint32_t found = word * 64 + (uint32_t)__builtin_ctzll(bits);
  return found < end ? found : end;
}

bool vmi_gc_hole(const vmi_block *b, uint32_t from, uint32_t *start, uint32_t *end)
{
  vmi_slab *s = vmi_gc_slab(b);
  const uint64_t *marks = vmi_gc_block_marks(s, (uint32_t)(b - s->blocks));
  uint32_t at = from / 16, stop = vmi_gc_cells_end(b->cell) / 16, step = b->cell / 16u;
  while (at < stop && marks[at / 64] >> at % 64 & 1) at += step;
  if (at >= stop) return false;
  *start = at * 16;
  *end = next_mark(marks, at, stop) * 16;
  return true;
}

uint64_t vmi_gc_unused(const vmi_heap *h)
{
  uint64_t unused = 0;
  for (uint32_t i = 0; i < VMI_GC_BUMPS; i++) {
    unused += (uint64_t)(h->front->bump[i].limit - h->front->bump[i].cursor);
  }
  return unused;
}

void vmi_gc_retire(vmi_heap *h)
{
  h->handed -= vmi_gc_unused(h);
  memset(h->front, 0, sizeof *h->front);
  memset(h->current, 0, sizeof h->current);
}

static void hand_out(vmi_heap *h, size_t bytes)
{
  h->handed += bytes;
  h->since += bytes;
}

/* The next hole of class `index`: its block, or NULL if no place is left. */
static vmi_block *next_region(vmi_heap *h, uint32_t index, uint32_t *start, uint32_t *end)
{
  vmi_block *b = h->current[index];
  if (b != NULL && vmi_gc_hole(b, b->alloc_end, start, end)) return b;
  if ((b = h->with_holes[index]) != NULL) {
    h->with_holes[index] = b->next;
    if (vmi_gc_hole(b, 0, start, end)) return b;
  }
  b = vmi_gc_take_block(h, index);
  if (b == NULL) return NULL;
  *start = 0;
  *end = vmi_gc_cells_end(b->cell);
  return b;
}

/* Close the used-up region of `index` and open the next. In stress mode, where every allocation
 * must come here, the region stays shut and is as long as one cell. Returns the first cell. */
static char *open_region(vmi_heap *h, uint32_t index)
{
  uint32_t start, end;
  vmi_block *b = next_region(h, index, &start, &end);
  if (b == NULL) return NULL;
  char *base = vmi_gc_block_start(b);
  if (h->config.stress) end = start + b->cell;
  b->alloc_end = end;
  h->current[index] = b;
  hand_out(h, end - start);
  if (!h->config.stress) h->front->bump[index] = (vmi_bump){base + start + b->cell, base + end};
  return base + start;
}

static void collect_if_due(vmi_heap *h)
{
  if (h->config.stress || h->since >= h->threshold) vmi_gc_collect(h);
}

static __attribute__((noinline)) char *take_cell_slow(vmi_heap *h, uint32_t index)
{
  collect_if_due(h);
  char *p = open_region(h, index);
  if (p == NULL) {
    vmi_gc_collect(h);
    p = open_region(h, index);
  }
  return p;
}

/* A region is left only when it is full: what lies below its end counts as handed out. */
static inline char *take_cell(vmi_heap *h, uint32_t index, uint32_t cell)
{
  vmi_bump *bump = &h->front->bump[index];
  char *p = bump->cursor;
  if (VMI_UNLIKELY(bump->limit - p < (ptrdiff_t)cell)) return take_cell_slow(h, index);
  bump->cursor = p + cell;
  return p;
}

/* ---- objects ---- */

static void *take_run(vmi_heap *h, size_t size)
{
  uint32_t pages = (uint32_t)((size + VMI_GC_PAGE - 1) / VMI_GC_PAGE);
  void *p = vmi_gc_take_pages(h, pages);
  if (p == NULL) return NULL;
  hand_out(h, (size_t)pages * VMI_GC_PAGE);
  return memset(p, 0, size);
}

static void *take_huge(vmi_heap *h, size_t size)
{
  void *p = vmi_gc_take_huge(h, size);
  if (p != NULL) hand_out(h, (size + VMI_GC_PAGE - 1) & ~(size_t)(VMI_GC_PAGE - 1));
  return p;
}

static void *take_large(vmi_heap *h, size_t size)
{
  return size <= (size_t)VMI_MAX_RUN * VMI_GC_PAGE ? take_run(h, size) : take_huge(h, size);
}

static vmi_obj *alloc_large(vmi_heap *h, uint32_t type, size_t size)
{
  if (h->config.max_bytes != 0 && size > h->config.max_bytes) return NULL;
  collect_if_due(h);
  vmi_obj *p = take_large(h, size);
  if (p == NULL) {
    vmi_gc_collect(h);
    p = take_large(h, size);
  }
  if (p != NULL) p->type = type;
  return p;
}

/* Set a cell to zero; the small sizes, which matter, without a call. */
static inline void zero(void *p, uint32_t cell)
{
  switch (cell) {
  case 16: memset(p, 0, 16); break;
  case 32: memset(p, 0, 32); break;
  case 48: memset(p, 0, 48); break;
  case 64: memset(p, 0, 64); break;
  default: memset(p, 0, cell);
  }
}

/* An object that is large, or weak. */
static __attribute__((noinline)) vmi_obj *alloc_special(vmi_heap *h, uint32_t type)
{
  const vmi_gc_desc *t = &h->types[type];
  bool weak = t->kind == VMI_GC_WEAK;
  /* room first, so that a weak object that exists is always noted */
  if (weak && !vmi_gc_list_room(h, &h->weaks, sizeof(vmi_obj *), 1)) return NULL;
  vmi_obj *p;
  if (t->cell == 0) {
    p = alloc_large(h, type, t->size);
  } else {
    p = (vmi_obj *)take_cell(h, 2 * vmi_gc_class(t->size) + t->traced, t->cell);
    if (p != NULL) memset(p, 0, t->cell);
  }
  if (p == NULL) return NULL;
  p->type = type;
  if (weak) ((vmi_obj **)h->weaks.items)[h->weaks.count++] = p;
  return p;
}

vmi_obj *vmi_gc_alloc(vmi_heap *h, uint32_t type)
{
  const vmi_gc_desc *t = &h->types[type];
  if (VMI_UNLIKELY(t->index == VMI_GC_BUMPS)) return alloc_special(h, type);
  uint32_t cell = t->cell;
  char *p = take_cell(h, t->index, cell);
  if (VMI_UNLIKELY(p == NULL)) return NULL;
  zero(p, cell);
  ((vmi_obj *)p)->type = type;
  return (vmi_obj *)p;
}

vmi_obj *vmi_gc_alloc_array(vmi_heap *h, uint32_t type, uint32_t length)
{
  const vmi_gc_desc *t = &h->types[type];
  size_t size = 16 + ((size_t)length << t->shift);
  vmi_obj *object;
  if (VMI_UNLIKELY(size > VMI_GC_MAX_SMALL)) {
    object = alloc_large(h, type, size);
    if (object == NULL) return NULL;
  } else {
    uint32_t class = vmi_gc_class((uint32_t)size), cell = class_size[class];
    object = (vmi_obj *)take_cell(h, 2 * class + t->traced, cell);
    if (object == NULL) return NULL;
    zero(object, cell);
    object->type = type;
  }
  ((uint32_t *)object)[2] = length;
  return object;
}
