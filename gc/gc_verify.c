/* gc_verify.c - walks over the heap, and the verifier.
 *
 * SPDX-License-Identifier: MIT
 *
 * The verifier trusts nothing but the slabs' own bookkeeping, which it checks first; a word is
 * followed only once is_object has found the cell it names.
 */
#include <string.h>

#include "gc_heap.h"

/* ---- which cells are objects ---- */

/* Bytes of a small block below which every cell was handed out. */
static uint32_t allocated_end(const vmi_heap *h, const vmi_block *b)
{
  const vmi_bump *bump = &h->front->bump[b->index];
  if (h->current[b->index] != b || bump->cursor == NULL) return b->alloc_end;
  return (uint32_t)(bump->cursor - vmi_gc_block_start(b));
}

static vmi_slab *find_slab(vmi_heap *h, const void *p)
{
  vmi_slab *s = vmi_gc_slab(p);
  if (s == h->last_asked) return s;
  for (size_t i = 0; i < h->nslabs; i++) {
    if (h->slabs[i] == s) return h->last_asked = s;
  }
  for (vmi_slab *huge = h->huge; huge != NULL; huge = huge->next) {
    if (huge == s) return s;
  }
  return NULL;
}

static bool is_cell(const vmi_heap *h, vmi_slab *s, const char *p)
{
  uint32_t block = vmi_gc_offset(p) / VMI_BLOCK_SIZE, at = vmi_gc_offset(p) % VMI_BLOCK_SIZE;
  const vmi_block *b = &s->blocks[block];
  if (!b->small) {
    uint32_t page = vmi_gc_offset(p) / VMI_GC_PAGE;
    return vmi_gc_offset(p) % VMI_GC_PAGE == 0 && s->run_start[page / 64] >> page % 64 & 1;
  }
  if (at % b->cell != 0 || at >= vmi_gc_cells_end(b->cell)) return false;
  return at < allocated_end(h, b) || vmi_gc_marked(p);
}

bool vmi_gc_is_object(vmi_heap *h, uint64_t word)
{
  const char *p = (const char *)(uintptr_t)word;
  if (!vmi_is_pointer(word)) return false;
  vmi_slab *s = find_slab(h, p);
  return s != NULL && is_cell(h, s, p);
}

static const char *walk_block(vmi_heap *h, vmi_slab *s, uint32_t block, bool survivors,
                              vmi_gc_walk_fn *fn, void *ctx)
{
  const vmi_block *b = &s->blocks[block];
  char *base = vmi_gc_block_base(s, block);
  uint32_t end = survivors ? 0 : allocated_end(h, b);
  for (uint32_t at = 0; at < vmi_gc_cells_end(b->cell); at += b->cell) {
    if (at >= end && !vmi_gc_marked(base + at)) continue;
    const char *found = fn(ctx, (vmi_obj *)(base + at));
    if (found != NULL) return found;
  }
  return NULL;
}

static const char *walk_runs(vmi_slab *s, bool survivors, vmi_gc_walk_fn *fn, void *ctx)
{
  for (uint32_t i = 0; i < VMI_SLAB_PAGES / 64; i++) {
    for (uint64_t starts = s->run_start[i]; starts != 0; starts &= starts - 1) {
      uint32_t page = i * 64 + (uint32_t)__builtin_ctzll(starts);
      char *p = (char *)s + (size_t)page * VMI_GC_PAGE;
      const char *found = survivors && !vmi_gc_marked(p) ? NULL : fn(ctx, (vmi_obj *)p);
      if (found != NULL) return found;
    }
  }
  return NULL;
}

const char *vmi_gc_walk(vmi_heap *h, bool survivors, vmi_gc_walk_fn *fn, void *ctx)
{
  const char *found = NULL;
  for (size_t i = 0; i < h->nslabs && found == NULL; i++) {
    vmi_slab *s = h->slabs[i];
    for (uint32_t b = VMI_HEAD_BLOCKS; b < s->small_end && found == NULL; b++) {
      if (s->blocks[b].small) found = walk_block(h, s, b, survivors, fn, ctx);
    }
    if (found == NULL) found = walk_runs(s, survivors, fn, ctx);
  }
  for (vmi_slab *s = h->huge; s != NULL && found == NULL; s = s->next) {
    found = walk_runs(s, survivors, fn, ctx);
  }
  return found;
}

typedef struct each_ctx {
  void (*fn)(void *ctx, vmi_obj *object);
  void *ctx;
} each_ctx;

static const char *each_object(void *ctx, vmi_obj *object)
{
  each_ctx *each = ctx;
  each->fn(each->ctx, object);
  return NULL;
}

void vmi_gc_each(vmi_heap *h, void (*fn)(void *ctx, vmi_obj *object), void *ctx)
{
  each_ctx each = {fn, ctx};
  vmi_gc_collect(h);
  vmi_gc_walk(h, true, each_object, &each);
}

/* ---- bookkeeping ---- */

static const char *check_free_cells(const vmi_heap *h, vmi_slab *s, uint32_t block)
{
  const vmi_block *b = &s->blocks[block];
  const char *base = vmi_gc_block_base(s, block);
  for (uint32_t at = allocated_end(h, b); at < vmi_gc_cells_end(b->cell); at += b->cell) {
    const uint8_t *cell = (const uint8_t *)base + at;
    if (vmi_gc_marked(cell)) continue;
    if (cell[0] != VMI_GC_POISON || memcmp(cell, cell + 1, b->cell - 1u) != 0) {
      return "a free cell was written to";
    }
  }
  return NULL;
}

static const char *check_small_marks(vmi_slab *s, uint32_t block)
{
  const vmi_block *b = &s->blocks[block];
  const uint64_t *marks = vmi_gc_block_marks(s, block);
  for (uint32_t i = 0; i < VMI_BLOCK_MARKS; i++) {
    for (uint64_t bits = marks[i]; bits != 0; bits &= bits - 1) {
      uint32_t at = (i * 64 + (uint32_t)__builtin_ctzll(bits)) * 16;
      if (at % b->cell != 0 || at >= vmi_gc_cells_end(b->cell)) {
        return "a mark bit is set inside a cell";
      }
    }
  }
  return NULL;
}

static const char *check_small(const vmi_heap *h, vmi_slab *s, uint32_t block)
{
  const vmi_block *b = &s->blocks[block];
  if (b->index >= VMI_GC_BUMPS || b->cell != vmi_gc_class_size(b->index / 2)) {
    return "a block's size class is wrong";
  }
  if (s->leaf[block] != (b->index % 2 == 0)) return "a block's leaf flag is wrong";
  if (vmi_gc_block_pages(s, block) != 15) return "a block's pages are not marked used";
  if (allocated_end(h, b) % b->cell != 0) return "a bump cursor is inside a cell";
  const char *bad = check_small_marks(s, block);
  if (bad == NULL && h->config.poison) bad = check_free_cells(h, s, block);
  return bad;
}

static const char *check_other_marks(vmi_slab *s, uint32_t block)
{
  const uint64_t *marks = vmi_gc_block_marks(s, block);
  if (s->leaf[block]) return "a leaf flag is set on a block without cells";
  if (vmi_gc_block_pages(s, block) == 0) return NULL; /* cleared when next used */
  for (uint32_t i = 0; i < VMI_BLOCK_MARKS; i++) {
    uint32_t page = block * VMI_BLOCK_PAGES + i / (VMI_BLOCK_MARKS / VMI_BLOCK_PAGES);
    bool run = s->run_start[page / 64] >> page % 64 & 1;
    uint64_t allowed = run && i % (VMI_BLOCK_MARKS / VMI_BLOCK_PAGES) == 0;
    if (marks[i] & ~allowed) return "a mark bit is set where no object starts";
  }
  return NULL;
}

static const char *check_slab(const vmi_heap *h, vmi_slab *s)
{
  uint32_t used = 0;
  if (s->heap != h || s->huge) return "a slab's head is damaged";
  for (uint32_t i = 0; i < VMI_SLAB_PAGES / 64; i++) {
    used += (uint32_t)__builtin_popcountll(s->page_used[i]);
  }
  if (used != s->pages_used + VMI_HEAD_PAGES) return "a slab's count of used pages is wrong";
  for (uint32_t b = VMI_HEAD_BLOCKS; b < VMI_SLAB_BLOCKS; b++) {
    const char *bad = s->blocks[b].small ? check_small(h, s, b) : check_other_marks(s, b);
    if (bad == NULL && s->blocks[b].small && b >= s->small_end) bad = "a block is not swept";
    if (bad != NULL) return bad;
  }
  return NULL;
}

static const char *check_space(const vmi_heap *h)
{
  size_t held = 0;
  for (size_t i = 0; i < h->nslabs; i++) {
    const char *bad = check_slab(h, h->slabs[i]);
    if (bad != NULL) return bad;
    held += (size_t)h->slabs[i]->pages_used * VMI_GC_PAGE;
  }
  for (vmi_slab *s = h->huge; s != NULL; s = s->next) {
    if (s->heap != h || !s->huge) return "a large object's mapping is damaged";
    held += (size_t)s->pages_used * VMI_GC_PAGE;
  }
  return held == h->held ? NULL : "the heap's size is not the sum of its parts";
}

static const char *check_lists(vmi_heap *h)
{
  for (size_t i = 0; i < h->weaks.count; i++) {
    vmi_obj *weak = ((vmi_obj **)h->weaks.items)[i];
    if (!vmi_gc_is_object(h, (uintptr_t)weak)) return "a listed weak object is none";
    if (weak->type >= h->ntypes || h->types[weak->type].kind != VMI_GC_WEAK) {
      return "a listed weak object has another type";
    }
  }
  for (size_t i = 0; i < h->finals.count; i++) {
    vmi_obj *object = ((vmi_final *)h->finals.items)[i].object;
    if (!vmi_gc_is_object(h, (uintptr_t)object)) return "an object with a finalizer is gone";
    if (!(object->flags & VMI_OBJ_HAS_FINALIZER)) return "an object's finalizer flag is missing";
  }
  return NULL;
}

/* ---- objects ---- */

typedef struct check_ctx {
  vmi_heap *heap;
  size_t logged; /* survivors whose unlogged byte is zero */
} check_ctx;

static size_t object_size(const vmi_gc_desc *t, const vmi_obj *object)
{
  if (t->kind != VMI_GC_ARRAY && t->kind != VMI_GC_OPAQUE) return t->size;
  return 16 + ((size_t)((const uint32_t *)object)[2] << t->shift);
}

static const char *check_place(const vmi_gc_desc *t, const vmi_obj *object)
{
  vmi_slab *s = vmi_gc_slab(object);
  uint32_t page = vmi_gc_offset(object) / VMI_GC_PAGE;
  const vmi_block *b = &s->blocks[vmi_gc_offset(object) / VMI_BLOCK_SIZE];
  size_t size = object_size(t, object), pages = (size + VMI_GC_PAGE - 1) / VMI_GC_PAGE;
  if (b->small) {
    bool fits = size <= VMI_GC_MAX_SMALL &&
                b->index == 2 * vmi_gc_class((uint32_t)size) + t->traced;
    return fits ? NULL : "an object is in a block of another size class";
  }
  if (size <= VMI_GC_MAX_SMALL) return "a small object is in a page run";
  bool fits = s->huge ? pages == s->pages_used : pages == s->run_pages[page];
  return fits ? NULL : "a large object's length does not fit its place";
}

static const char *check_edge(vmi_heap *h, const vmi_obj *object, uint64_t word)
{
  if (!vmi_is_pointer(word)) return NULL;
  if (!vmi_gc_is_object(h, word)) return "a traced word points to no object";
  if (h->config.verify && object->unlogged && !vmi_gc_marked((void *)(uintptr_t)word)) {
    return "an old object refers to a new one, and the store was not logged";
  }
  return NULL;
}

static void check_opaque_edge(vmi_heap *h, uint64_t word)
{
  if (vmi_is_pointer(word) && !vmi_gc_is_object(h, word)) h->bad_edge = "an opaque object refers to no object";
}

static const char *check_opaque(vmi_heap *h, vmi_obj *object)
{
  h->bad_edge = NULL;
  h->config.trace(h->roots_ctx, h, object, check_opaque_edge);
  return h->bad_edge;
}

static const char *check_edges(vmi_heap *h, const vmi_gc_desc *t, vmi_obj *object)
{
  const char *bad = NULL;
  const vmi_word *words = (const vmi_word *)object;
  if (t->kind == VMI_GC_WEAK && vmi_is_pointer(words[1]) && !vmi_gc_is_object(h, words[1])) {
    return "a weak reference points to no object";
  }
  if (!t->traced) return NULL;
  if (t->kind == VMI_GC_OPAQUE) return check_opaque(h, object);
  if (t->kind == VMI_GC_ARRAY) {
    uint32_t length = ((const uint32_t *)object)[2];
    for (uint32_t i = 0; i < length && bad == NULL; i++) bad = check_edge(h, object, words[2 + i]);
    return bad;
  }
  for (uint32_t i = 0; i < t->nrefs && bad == NULL; i++) {
    bad = check_edge(h, object, words[t->offsets[i] / 8]);
  }
  return bad;
}

static const char *check_object(void *ctx, vmi_obj *object)
{
  check_ctx *c = ctx;
  vmi_heap *h = c->heap;
  if (object->type >= h->ntypes) return "an object's type does not exist";
  if (object->flags & ~VMI_OBJ_HAS_FINALIZER) return "an object has unknown flags";
  if (object->reserved != 0) return "an object's reserved bits are set";
  bool survivor = vmi_gc_marked(object);
  if (object->unlogged > (h->config.verify && survivor)) {
    return "an object's unlogged byte is set that should not be";
  }
  c->logged += survivor && object->unlogged == 0;
  const vmi_gc_desc *t = &h->types[object->type];
  const char *bad = check_place(t, object);
  return bad != NULL ? bad : check_edges(h, t, object);
}

const char *vmi_gc_check(vmi_heap *h)
{
  check_ctx c = {h, 0};
  h->last_asked = NULL;
  const char *bad = check_space(h);
  if (bad == NULL) bad = check_lists(h);
  if (bad == NULL) bad = vmi_gc_walk(h, false, check_object, &c);
  if (bad == NULL && h->config.verify && !h->logged_lost && c.logged != h->logged.count) {
    bad = "an unlogged byte was cleared without a log entry";
  }
  return bad;
}

const char *vmi_gc_verify(vmi_heap *h)
{
  return h->violation != NULL ? h->violation : vmi_gc_check(h);
}
