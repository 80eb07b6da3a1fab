/* gc_sweep.c - after marking: what holds nothing is given back, what has holes is listed.
 *
 * SPDX-License-Identifier: MIT
 *
 * Only block granularity is settled here, from the mark bits alone (128 bytes a block); objects are
 * not touched. The holes inside blocks are found when allocation reaches them, see gc_alloc.c.
 */
#include <string.h>

#include "gc_heap.h"

static void clear_slab(vmi_slab *s)
{
  for (uint32_t i = VMI_HEAD_BLOCKS; i < s->small_end; i++) {
    if (!s->blocks[i].small) continue;
    memset(vmi_gc_block_marks(s, i), 0, VMI_BLOCK_MARKS * sizeof(uint64_t));
  }
  for (uint32_t i = 0; i < VMI_SLAB_PAGES / 64; i++) {
    for (uint64_t starts = s->run_start[i]; starts != 0; starts &= starts - 1) {
      uint32_t page = i * 64 + (uint32_t)__builtin_ctzll(starts);
      s->marks[page * (VMI_GC_PAGE / 16 / 64)] = 0; /* a run holds one object, at its start */
    }
  }
}

void vmi_gc_clear_marks(vmi_heap *h)
{
  for (size_t i = 0; i < h->nslabs; i++) {
    if (h->slabs[i]->pages_used != 0) clear_slab(h->slabs[i]);
  }
  for (vmi_slab *s = h->huge; s != NULL; s = s->next) vmi_gc_block_marks(s, VMI_HEAD_BLOCKS)[0] = 0;
}

/* Bits set in the 16 words of a block; the plain instruction set has no population count, so the
 * words are added up in bytes and the bytes once at the end. */
static uint32_t count_marks(const uint64_t *marks)
{
  const uint64_t m1 = 0x5555555555555555ull, m2 = 0x3333333333333333ull,
                 m4 = 0x0F0F0F0F0F0F0F0Full;
  uint64_t sum = 0;
  for (uint32_t i = 0; i < VMI_BLOCK_MARKS; i++) {
    uint64_t x = marks[i];
    x -= x >> 1 & m1;
    x = (x & m2) + (x >> 2 & m2);
    sum += (x + (x >> 4)) & m4; /* at most 16 x 8 a byte */
  }
  sum = (sum & 0x00FF00FF00FF00FFull) + (sum >> 8 & 0x00FF00FF00FF00FFull);
  return (uint32_t)(sum * 0x0001000100010001ull >> 48);
}

/* Fill the free cells. One that is filled already is known by its header: no type has that id. */
static void poison_block(vmi_slab *s, uint32_t block)
{
  char *base = vmi_gc_block_base(s, block);
  uint32_t cell = s->blocks[block].cell;
  uint64_t poison;
  memset(&poison, VMI_GC_POISON, sizeof poison);
  for (uint32_t at = 0; at < vmi_gc_cells_end(cell); at += cell) {
    if (vmi_gc_marked(base + at) || *(vmi_word *)(base + at) == poison) continue;
    memset(base + at, VMI_GC_POISON, cell);
  }
}

static void sweep_block(vmi_heap *h, vmi_slab *s, uint32_t block, vmi_block ***tails)
{
  vmi_block *b = &s->blocks[block];
  uint32_t live = count_marks(vmi_gc_block_marks(s, block));
  h->stats.live_bytes += (uint64_t)live * b->cell;
  b->alloc_end = 0;
  if (h->config.poison) poison_block(s, block);
  if (live == 0) {
    vmi_gc_give_block(h, s, block);
  } else if (live < VMI_BLOCK_SIZE / b->cell) {
    b->next = NULL;
    *tails[b->index] = b;
    tails[b->index] = &b->next;
  }
}

static void sweep_runs(vmi_heap *h, vmi_slab *s)
{
  for (uint32_t i = 0; i < VMI_SLAB_PAGES / 64; i++) {
    for (uint64_t starts = s->run_start[i]; starts != 0; starts &= starts - 1) {
      uint32_t page = i * 64 + (uint32_t)__builtin_ctzll(starts);
      if (vmi_gc_marked((char *)s + (size_t)page * VMI_GC_PAGE)) {
        h->stats.live_bytes += (uint64_t)s->run_pages[page] * VMI_GC_PAGE;
      } else {
        vmi_gc_give_pages(h, s, page);
      }
    }
  }
}

static void sweep_huge(vmi_heap *h)
{
  for (vmi_slab *s = h->huge, *next; s != NULL; s = next) {
    next = s->next;
    if (vmi_gc_marked(vmi_gc_block_base(s, VMI_HEAD_BLOCKS))) {
      h->stats.live_bytes += (uint64_t)s->pages_used * VMI_GC_PAGE;
    } else {
      vmi_gc_give_huge(h, s);
    }
  }
}

void vmi_gc_sweep(vmi_heap *h)
{
  vmi_block **tails[VMI_GC_BUMPS];
  for (uint32_t i = 0; i < VMI_GC_BUMPS; i++) {
    h->with_holes[i] = NULL;
    tails[i] = &h->with_holes[i];
  }
  h->stats.live_bytes = 0;
  for (size_t i = 0; i < h->nslabs; i++) {
    vmi_slab *s = h->slabs[i];
    if (s->pages_used == 0) continue;
    uint32_t end = s->small_end;
    s->small_end = VMI_HEAD_BLOCKS;
    for (uint32_t block = VMI_HEAD_BLOCKS; block < end; block++) {
      if (s->blocks[block].small) sweep_block(h, s, block, tails);
      if (s->blocks[block].small) s->small_end = block + 1;
    }
    sweep_runs(h, s);
    s->max_run = VMI_MAX_RUN;
  }
  sweep_huge(h);
  h->block_slab = 0;
  memset(h->run_slab, 0, sizeof h->run_slab);
}
