/* gc_mark.c - marking: from the roots, set the bit of every reachable object.
 *
 * SPDX-License-Identifier: MIT
 *
 * A word's mark bit is tested and set before its object is pushed, so an object is pushed at most
 * once and an object without references (a leaf block) is never touched at all. Popped objects pass
 * through a ring of VMI_MARK_RING entries, prefetched when they enter, scanned when they leave
 * (Cher, Hosking, Vitek 2004), so that misses overlap.
 *
 * The stack grows through the allocator. If that fails, the object stays marked and its block is
 * flagged; when the stack is empty, all marked objects of flagged blocks are scanned again. Every
 * such round marks something new or is the last, so marking ends whatever memory there is.
 */
#include "gc_heap.h"

/* The stack during a walk, passed by value so that it lives in registers. */
typedef struct mark_pos {
  vmi_obj **top, **end;
} mark_pos;

bool vmi_gc_mark_init(vmi_heap *h)
{
  h->stack = vmi_new(&h->alloc, VMI_MARK_STACK_MIN * sizeof *h->stack);
  if (h->stack == NULL) return false;
  h->stack_capacity = VMI_MARK_STACK_MIN;
  return true;
}

static mark_pos position(vmi_heap *h)
{
  size_t usable = h->stack_capacity;
  if (h->stack_max != 0 && h->stack_max < usable) usable = h->stack_max;
  return (mark_pos){h->stack_top, h->stack + usable};
}

/* The stack is full: make it larger and push, or note that `object` is still to be scanned. */
static __attribute__((noinline)) mark_pos grow(vmi_heap *h, mark_pos pos, vmi_obj *object)
{
  size_t used = (size_t)(pos.top - h->stack), capacity = 2 * h->stack_capacity;
  vmi_obj **stack = NULL;
  if (h->stack_max == 0) {
    stack = vmi_resize(&h->alloc, h->stack, h->stack_capacity * sizeof *stack,
                       capacity * sizeof *stack);
  }
  if (stack == NULL) {
    vmi_slab *s = vmi_gc_slab(object);
    s->rescan = true;
    s->blocks[vmi_gc_offset(object) / VMI_BLOCK_SIZE].rescan = true;
    h->overflow = true;
    h->overflows++;
    return pos;
  }
  h->stack = stack;
  h->stack_capacity = capacity;
  stack[used] = object;
  return (mark_pos){stack + used + 1, stack + capacity};
}

static inline mark_pos mark_word(vmi_heap *h, mark_pos pos, uint64_t word)
{
  if (!vmi_is_pointer(word)) return pos;
  vmi_obj *object = (vmi_obj *)(uintptr_t)word;
  vmi_slab *s = vmi_gc_slab(object);
  uint32_t cell = vmi_gc_offset(object) / 16;
  uint64_t bit = 1ull << cell % 64, bits = s->marks[cell / 64];
  if (bits & bit) return pos;
  s->marks[cell / 64] = bits | bit;
  if (s->leaf[cell / (VMI_BLOCK_SIZE / 16)]) return pos;
  if (VMI_UNLIKELY(pos.top == pos.end)) return grow(h, pos, object);
  *pos.top++ = object;
  return pos;
}

static mark_pos scan_array(vmi_heap *h, mark_pos pos, const vmi_obj *object)
{
  uint32_t length = ((const uint32_t *)object)[2];
  const vmi_word *items = (const vmi_word *)object + 2;
  for (uint32_t i = 0; i < length; i++) pos = mark_word(h, pos, items[i]);
  return pos;
}

static mark_pos scan_offsets(vmi_heap *h, mark_pos pos, const vmi_obj *object, const vmi_gc_desc *t)
{
  for (uint32_t i = 0; i < t->nrefs; i++) {
    pos = mark_word(h, pos, *(const vmi_word *)((const char *)object + t->offsets[i]));
  }
  return pos;
}

static void visit(vmi_heap *h, uint64_t word)
{
  mark_pos pos = mark_word(h, position(h), word);
  h->stack_top = pos.top;
}

static __attribute__((noinline)) mark_pos scan_opaque(vmi_heap *h, mark_pos pos, vmi_obj *object)
{
  h->stack_top = pos.top;
  h->config.trace(h->roots_ctx, h, object, visit);
  return position(h);
}

static inline mark_pos scan(vmi_heap *h, const vmi_gc_desc *types, mark_pos pos,
                            vmi_obj *object)
{
  const vmi_gc_desc *t = &types[object->type];
  if (VMI_LIKELY(t->refs != 0)) {
    for (uint64_t refs = t->refs; refs != 0; refs &= refs - 1) {
      pos = mark_word(h, pos, ((const vmi_word *)object)[__builtin_ctzll(refs)]);
    }
    return pos;
  }
  if (!t->traced) return pos;
  if (t->kind == VMI_GC_OPAQUE) return scan_opaque(h, pos, object);
  return t->kind == VMI_GC_ARRAY ? scan_array(h, pos, object) : scan_offsets(h, pos, object, t);
}

/* Scan until stack and ring are empty. The ring is kept full while the stack can fill it; when it
 * cannot (a list), its oldest entry is scanned at once. */
static void drain(vmi_heap *h)
{
  vmi_obj *ring[VMI_MARK_RING];
  const vmi_gc_desc *types = h->types;
  mark_pos pos = position(h);
  uint32_t head = 0, count = 0;
  for (;;) {
    if (pos.top != h->stack) {
      vmi_obj *in = *--pos.top;
      __builtin_prefetch(in);
      ring[(head + count) % VMI_MARK_RING] = in;
      if (++count < VMI_MARK_RING) continue;
    } else if (count == 0) {
      break;
    }
    vmi_obj *out = ring[head];
    head = (head + 1) % VMI_MARK_RING;
    count--;
    pos = scan(h, types, pos, out);
  }
  h->stack_top = pos.top;
}

static void rescan_object(vmi_heap *h, vmi_obj *object)
{
  mark_pos pos = scan(h, h->types, position(h), object);
  h->stack_top = pos.top;
  drain(h);
}

static void rescan_block(vmi_heap *h, vmi_slab *s, uint32_t block)
{
  const uint64_t *marks = vmi_gc_block_marks(s, block);
  s->blocks[block].rescan = false;
  for (uint32_t i = 0; i < VMI_BLOCK_MARKS; i++) {
    /* bits that appear meanwhile need no scan here: they were pushed, or flag the block again */
    for (uint64_t bits = marks[i]; bits != 0; bits &= bits - 1) {
      uint32_t cell = i * 64 + (uint32_t)__builtin_ctzll(bits);
      rescan_object(h, (vmi_obj *)(vmi_gc_block_base(s, block) + (size_t)cell * 16));
    }
  }
}

static void rescan_slab(vmi_heap *h, vmi_slab *s)
{
  if (!s->rescan) return;
  s->rescan = false;
  for (uint32_t i = 0; i < VMI_SLAB_BLOCKS; i++) {
    if (s->blocks[i].rescan) rescan_block(h, s, i);
  }
}

/* A stack that one deep structure made large is not kept. */
static void shrink(vmi_heap *h)
{
  if (h->stack_capacity <= 16 * VMI_MARK_STACK_MIN) return;
  vmi_obj **stack = vmi_resize(&h->alloc, h->stack, h->stack_capacity * sizeof *stack,
                               VMI_MARK_STACK_MIN * sizeof *stack);
  if (stack == NULL) return;
  h->stack = stack;
  h->stack_capacity = VMI_MARK_STACK_MIN;
}

void vmi_gc_mark(vmi_heap *h)
{
  h->stack_top = h->stack;
  h->roots(h->roots_ctx, h, visit);
  drain(h);
  while (h->overflow) {
    h->overflow = false;
    for (size_t i = 0; i < h->nslabs; i++) rescan_slab(h, h->slabs[i]);
    for (vmi_slab *s = h->huge; s != NULL; s = s->next) rescan_slab(h, s);
  }
  shrink(h);
}
