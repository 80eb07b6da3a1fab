/* gc_slab.c - where the heap's memory comes from: slabs, the blocks and page runs inside them, and
 * mappings of their own for what is larger.
 *
 * SPDX-License-Identifier: MIT
 *
 * Space is freed by collections only, so between two of them "no room in this slab" stays true:
 * block_slab, run_slab and max_run remember it, and no search is repeated.
 */
#include <string.h>
#include <sys/mman.h>

#include "gc_heap.h"

/* Large pages pay once a heap is large; before that they would cost resident memory and time. */
enum { HUGE_PAGES_FROM_SLAB = 2 };

bool vmi_gc_fits(const vmi_heap *h, size_t bytes)
{
  size_t max = h->config.max_bytes;
  if (max == 0) return true;
  return h->held + h->charged <= max && bytes <= max - (h->held + h->charged);
}

static void hold(vmi_heap *h, size_t bytes)
{
  h->held += bytes;
  if (h->held > h->stats.peak_heap_bytes) h->stats.peak_heap_bytes = h->held;
}

static void *map(void *hint, size_t size)
{
  void *p = mmap(hint, size, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

/* Could a word hold every address below `end` as an untagged pointer? */
static bool addressable(uintptr_t end) { return ((uint64_t)end & VMI_DYN_TAGS & ~3ull) == 0; }

/* Map `size` bytes at a multiple of the slab size. */
static vmi_slab *map_aligned(vmi_heap *h, size_t size)
{
  const uintptr_t mask = VMI_SLAB_SIZE - 1;
  /* kernels hand out addresses downward: right below the last mapping costs one system call */
  char *p = (uintptr_t)h->map_low > size ? map(h->map_low - size, size) : NULL;
  if (p != NULL && ((uintptr_t)p & mask) != 0) {
    munmap(p, size);
    p = NULL;
  }
  if (p == NULL) {
    if (size > SIZE_MAX - VMI_SLAB_SIZE) return NULL;
    char *raw = map(NULL, size + VMI_SLAB_SIZE);
    if (raw == NULL) return NULL;
    size_t before = (size_t)(-(uintptr_t)raw & mask);
    p = raw + before;
    if (before != 0) munmap(raw, before);
    if (before != VMI_SLAB_SIZE) munmap(p + size, VMI_SLAB_SIZE - before);
  }
  if (!addressable((uintptr_t)p + size)) {
    munmap(p, size);
    return NULL;
  }
  h->map_low = p;
  return (vmi_slab *)p;
}

static vmi_slab *new_slab(vmi_heap *h)
{
  if (h->nslabs == h->slabs_capacity) {
    size_t capacity = h->slabs_capacity != 0 ? 2 * h->slabs_capacity : 16;
    vmi_slab **slabs = vmi_resize(&h->alloc, h->slabs, h->slabs_capacity * sizeof *slabs,
                                  capacity * sizeof *slabs);
    if (slabs == NULL) return NULL;
    h->slabs = slabs;
    h->slabs_capacity = capacity;
  }
  vmi_slab *s = map_aligned(h, VMI_SLAB_SIZE);
  if (s == NULL) return NULL;
#ifdef MADV_HUGEPAGE
  madvise(s, VMI_SLAB_SIZE, h->nslabs < HUGE_PAGES_FROM_SLAB ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
#endif
  s->heap = h;
  s->map_bytes = VMI_SLAB_SIZE;
  s->max_run = VMI_MAX_RUN;
  s->page_used[0] = (1ull << VMI_HEAD_PAGES) - 1;
  h->slabs[h->nslabs++] = s;
  return s;
}

static void use_pages(vmi_slab *s, uint32_t page, uint32_t count)
{
  s->pages_used += count;
  for (; count != 0; count--, page++) s->page_used[page / 64] |= 1ull << page % 64;
}

static void free_pages(vmi_slab *s, uint32_t page, uint32_t count)
{
  s->pages_used -= count;
  for (; count != 0; count--, page++) s->page_used[page / 64] &= ~(1ull << page % 64);
}

/* The lowest block whose four pages are all free, or 0. */
static uint32_t find_block(const vmi_slab *s)
{
  for (uint32_t i = 0; i < VMI_SLAB_PAGES / 64; i++) {
    uint64_t x = s->page_used[i];
    uint64_t free = ~(x | x >> 1 | x >> 2 | x >> 3) & 0x1111111111111111ull;
    if (free != 0) return i * 16 + (uint32_t)__builtin_ctzll(free) / 4;
  }
  return 0;
}

static vmi_slab *slab_with_block(vmi_heap *h, uint32_t *block)
{
  for (; h->block_slab < h->nslabs; h->block_slab++) {
    vmi_slab *s = h->slabs[h->block_slab];
    if ((*block = find_block(s)) != 0) return s;
  }
  vmi_slab *s = new_slab(h);
  *block = VMI_HEAD_BLOCKS;
  return s;
}

vmi_block *vmi_gc_take_block(vmi_heap *h, uint32_t index)
{
  uint32_t number;
  if (!vmi_gc_fits(h, VMI_BLOCK_SIZE)) return NULL;
  vmi_slab *s = slab_with_block(h, &number);
  if (s == NULL) return NULL;
  use_pages(s, number * VMI_BLOCK_PAGES, VMI_BLOCK_PAGES);
  vmi_block *b = &s->blocks[number];
  b->next = NULL;
  b->alloc_end = 0;
  b->cell = (uint16_t)vmi_gc_class_size(index / 2);
  b->index = (uint8_t)index;
  b->small = true;
  s->leaf[number] = index % 2 == 0;
  if (number >= s->small_end) s->small_end = number + 1;
  hold(h, VMI_BLOCK_SIZE);
  if (h->config.poison) memset(vmi_gc_block_base(s, number), VMI_GC_POISON, VMI_BLOCK_SIZE);
  return b;
}

void vmi_gc_give_block(vmi_heap *h, vmi_slab *s, uint32_t block)
{
  s->blocks[block].small = false;
  s->leaf[block] = 0;
  free_pages(s, block * VMI_BLOCK_PAGES, VMI_BLOCK_PAGES);
  h->held -= VMI_BLOCK_SIZE;
}

/* The highest place for `pages` free pages, or 0. Whole words of the map are skipped. */
static uint32_t find_run(const vmi_slab *s, uint32_t pages)
{
  uint32_t run = 0;
  for (uint32_t i = VMI_SLAB_PAGES; i-- > 0;) {
    uint64_t word = s->page_used[i / 64];
    if (i % 64 == 63 && (word == ~0ull || (word == 0 && run + 64 < pages))) {
      run = word == 0 ? run + 64 : 0;
      i -= 63;
    } else if (word >> i % 64 & 1) {
      run = 0;
    } else if (++run == pages) {
      return i;
    }
  }
  return 0;
}

static vmi_slab *slab_with_run(vmi_heap *h, uint32_t pages, uint32_t *page)
{
  uint32_t i = h->run_slab[pages];
  for (; i < h->nslabs; i++) {
    vmi_slab *s = h->slabs[i];
    if (s->max_run < pages) continue;
    if ((*page = find_run(s, pages)) != 0) break;
    s->max_run = pages - 1;
  }
  h->run_slab[pages] = i;
  if (i < h->nslabs) return h->slabs[i];
  vmi_slab *s = new_slab(h);
  *page = VMI_SLAB_PAGES - pages;
  return s;
}

void *vmi_gc_take_pages(vmi_heap *h, uint32_t pages)
{
  uint32_t page;
  if (!vmi_gc_fits(h, (size_t)pages * VMI_GC_PAGE)) return NULL;
  vmi_slab *s = slab_with_run(h, pages, &page);
  if (s == NULL) return NULL;
  use_pages(s, page, pages);
  s->run_start[page / 64] |= 1ull << page % 64;
  s->run_pages[page] = (uint16_t)pages;
  hold(h, (size_t)pages * VMI_GC_PAGE);
  return (char *)s + (size_t)page * VMI_GC_PAGE;
}

void vmi_gc_give_pages(vmi_heap *h, vmi_slab *s, uint32_t page)
{
  uint32_t pages = s->run_pages[page];
  if (h->config.poison) {
    memset((char *)s + (size_t)page * VMI_GC_PAGE, VMI_GC_POISON, (size_t)pages * VMI_GC_PAGE);
  }
  s->run_start[page / 64] &= ~(1ull << page % 64);
  s->run_pages[page] = 0;
  free_pages(s, page, pages);
  h->held -= (size_t)pages * VMI_GC_PAGE;
}

vmi_obj *vmi_gc_take_huge(vmi_heap *h, size_t size)
{
  size_t bytes = (size + VMI_HEAD_SIZE + VMI_SLAB_SIZE - 1) & ~(size_t)(VMI_SLAB_SIZE - 1);
  /* the limit sees what is used, not the mapping's untouched end */
  size_t used = (size + VMI_GC_PAGE - 1) & ~(size_t)(VMI_GC_PAGE - 1);
  if (!vmi_gc_fits(h, used)) return NULL;
  vmi_slab *s = map_aligned(h, bytes);
  if (s == NULL) return NULL;
  s->heap = h;
  s->map_bytes = bytes;
  s->huge = true;
  s->run_start[0] = 1ull << VMI_HEAD_PAGES;
  s->pages_used = (uint32_t)(used / VMI_GC_PAGE); /* 17 GB is 2^22 pages */
  s->next = h->huge;
  if (h->huge != NULL) h->huge->prev = s;
  h->huge = s;
  hold(h, used);
  return (vmi_obj *)vmi_gc_block_base(s, VMI_HEAD_BLOCKS);
}

void vmi_gc_give_huge(vmi_heap *h, vmi_slab *s)
{
  if (s->next != NULL) s->next->prev = s->prev;
  if (s->prev != NULL) s->prev->next = s->next;
  else h->huge = s->next;
  h->held -= (size_t)s->pages_used * VMI_GC_PAGE;
  munmap(s, s->map_bytes);
}

void vmi_gc_trim(vmi_heap *h, size_t keep)
{
  size_t kept = 0;
  size_t n = 0;
  h->last_asked = NULL;
  for (size_t i = 0; i < h->nslabs; i++) {
    vmi_slab *s = h->slabs[i];
    if (s->pages_used == 0 && kept + VMI_SLAB_SIZE > keep && n != 0) {
      munmap(s, s->map_bytes);
      continue;
    }
    if (s->pages_used == 0) kept += VMI_SLAB_SIZE;
    h->slabs[n++] = s;
  }
  h->nslabs = n;
}

void vmi_gc_unmap_all(vmi_heap *h)
{
  while (h->huge != NULL) vmi_gc_give_huge(h, h->huge);
  for (size_t i = 0; i < h->nslabs; i++) munmap(h->slabs[i], h->slabs[i]->map_bytes);
  vmi_free(&h->alloc, h->slabs, h->slabs_capacity * sizeof *h->slabs);
}
