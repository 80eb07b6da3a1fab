/* gc_heap.h - the collector's own structures: slabs, blocks, the heap. For gc/ and its tests only.
 *
 * SPDX-License-Identifier: MIT
 *
 * A slab is 4 MB at an address that is a multiple of 4 MB; its head describes the rest:
 *
 *   block  0            3                                                        255
 *         +-------------+-------+-------+-------+- - - - -+-------+--------------+
 *         | head 48 KB  | small | small | free  |         | free  | page runs    |
 *         | maps, marks | cells | cells |       |         |       | (4 KB pages) |
 *         +-------------+-------+-------+-------+- - - - -+-------+--------------+
 *                         small blocks grow upward      runs are put as high as they fit
 *
 * An object too large for a slab has a mapping of its own with the same head and the object at
 * block 3, so that marking finds the mark bit of any object by the same arithmetic.
 *
 * Which cells hold objects, without a bit an allocation: a cell of a small block is an object if
 * its mark bit is set (it survived the last collection) or it lies below the block's allocation
 * end, which moves through the block as holes are handed out; in the block a bump region is open
 * in, the end is the region's cursor. All other cells are free.
 */
#ifndef VMI_GC_HEAP_H
#define VMI_GC_HEAP_H

#include "gc.h"

enum {
  VMI_SLAB_SIZE = 4 << 20,
  VMI_BLOCK_SIZE = 16 << 10,
  VMI_GC_PAGE = 4 << 10,
  VMI_SLAB_BLOCKS = VMI_SLAB_SIZE / VMI_BLOCK_SIZE,
  VMI_SLAB_PAGES = VMI_SLAB_SIZE / VMI_GC_PAGE,
  VMI_HEAD_BLOCKS = 3,
  VMI_HEAD_SIZE = VMI_HEAD_BLOCKS * VMI_BLOCK_SIZE,
  VMI_HEAD_PAGES = VMI_HEAD_SIZE / VMI_GC_PAGE,
  VMI_MAX_RUN = VMI_SLAB_PAGES - VMI_HEAD_PAGES, /* pages of the largest run in a slab */
  VMI_BLOCK_PAGES = VMI_BLOCK_SIZE / VMI_GC_PAGE,
  VMI_BLOCK_MARKS = VMI_BLOCK_SIZE / 16 / 64, /* words of mark bits a block has */
  VMI_GC_BUMPS = 2 * VMI_GC_CLASSES,
  VMI_GC_POISON = 0xDB,
  VMI_MARK_RING = 16, /* objects between prefetch and scan */
  VMI_MARK_STACK_MIN = 4096
};

/* Object words, read and written whatever type the owner gave them. */
typedef uint64_t __attribute__((may_alias)) vmi_word;

/* A 16 KB block. */
typedef struct vmi_block {
  struct vmi_block *next; /* in the list of its size class of blocks with holes */
  uint32_t alloc_end;     /* byte offset: cells below it were handed out since the collection */
  uint16_t cell;          /* bytes of a cell */
  uint8_t index;          /* 2 * class + traced */
  bool small;             /* cells; else free, or pages of runs */
  bool rescan;            /* the mark stack could not take an object of this block */
} vmi_block;

typedef struct vmi_slab {
  struct vmi_heap *heap;
  size_t map_bytes;
  struct vmi_slab *next, *prev; /* huge mappings only */
  uint32_t pages_used;          /* without the head */
  uint32_t max_run;             /* no longer run of free pages exists */
  uint32_t small_end;           /* no small block at or after this one */
  bool huge;
  bool rescan;                  /* of any block */
  uint64_t page_used[VMI_SLAB_PAGES / 64];
  uint64_t run_start[VMI_SLAB_PAGES / 64];
  uint16_t run_pages[VMI_SLAB_PAGES]; /* at a run's first page */
  uint8_t leaf[VMI_SLAB_BLOCKS];      /* block of objects without references: mark, never scan */
  vmi_block blocks[VMI_SLAB_BLOCKS];
  uint64_t marks[VMI_SLAB_SIZE / 16 / 64] __attribute__((aligned(4096)));
} vmi_slab;

_Static_assert(sizeof(vmi_slab) <= VMI_HEAD_SIZE, "the head fits its blocks");

/* What allocation and marking need of a type, in a cache line. */
typedef struct vmi_gc_desc {
  uint64_t refs;           /* bit i: word i is traced, if all are below word 64 */
  const uint32_t *offsets; /* else, nrefs of them */
  uint32_t nrefs;
  uint32_t size;           /* STRUCT, WEAK: bytes */
  uint16_t cell;           /* bytes of the cell, 0: too large for one */
  uint8_t index;           /* of the bump region; VMI_GC_BUMPS: ask the slow path */
  uint8_t shift;           /* ARRAY, OPAQUE: log2 of an element's bytes */
  uint8_t kind;
  bool traced;
  const vmi_gc_type *type;
} vmi_gc_desc;

typedef struct vmi_final {
  vmi_obj *object;
  vmi_finalizer *fn;
  void *data;
} vmi_final;

/* A growable array of `items`; growth can fail, use cannot. */
typedef struct vmi_gc_list {
  void *items;
  size_t count, capacity;
} vmi_gc_list;

struct vmi_heap {
  vmi_gc_front *front;
  vmi_gc_desc *types;
  uint32_t ntypes, types_capacity;
  bool collecting;
  vmi_gc_config config;
  /* regions: front->bump[i] is open in current[i]; with_holes[i] come next */
  vmi_block *current[VMI_GC_BUMPS];
  vmi_block *with_holes[VMI_GC_BUMPS];
  /* space */
  vmi_slab **slabs;
  size_t nslabs, slabs_capacity;
  size_t block_slab;                  /* slabs before it have no free block until a collection */
  uint32_t run_slab[VMI_MAX_RUN + 1]; /* the same for runs of that many pages */
  vmi_slab *huge;
  vmi_slab *last_asked; /* the slab is_object found last */
  char *map_low; /* the newest mapping */
  /* marking */
  vmi_obj **stack;
  size_t stack_capacity, stack_max; /* stack_max: tests force overflow with it; 0: none */
  vmi_obj **stack_top;              /* between calls of the root visitor */
  bool overflow;
  uint64_t overflows;               /* ever */
  vmi_gc_list weaks;    /* vmi_obj *: every weak object */
  vmi_gc_list finals;   /* vmi_final: objects that have a finalizer */
  vmi_gc_list queue;    /* vmi_final: to be run; capacity for all of finals is kept */
  size_t queue_head;
  vmi_gc_list logged;   /* vmi_obj *: reported by the barrier since the collection */
  bool logged_lost;     /* one could not be noted */
  const char *bad_edge;  /* what was found of the opaque object that is being checked */
  const char *violation; /* first the verifier found during a collection */
  /* policy and figures */
  size_t held, charged;     /* bytes in blocks, runs and huge mappings; bytes charged */
  size_t since, threshold;  /* bytes handed out since the collection; where the next is due */
  uint64_t handed;          /* bytes in all regions ever handed out */
  vmi_gc_stats stats;       /* counters; get_stats fills in the rest */
  vmi_gc_roots *roots;
  void *roots_ctx;
  vmi_alloc alloc;
};

static inline vmi_slab *vmi_gc_slab(const void *p)
{
  return (vmi_slab *)((uintptr_t)p & ~(uintptr_t)(VMI_SLAB_SIZE - 1));
}
static inline uint32_t vmi_gc_offset(const void *p)
{
  return (uint32_t)((uintptr_t)p & (VMI_SLAB_SIZE - 1));
}
static inline bool vmi_gc_marked(const void *p)
{
  uint32_t bit = vmi_gc_offset(p) / 16;
  return vmi_gc_slab(p)->marks[bit / 64] >> bit % 64 & 1;
}
static inline char *vmi_gc_block_base(vmi_slab *s, uint32_t block)
{
  return (char *)s + (size_t)block * VMI_BLOCK_SIZE;
}
static inline char *vmi_gc_block_start(const vmi_block *b)
{
  vmi_slab *s = vmi_gc_slab(b);
  return vmi_gc_block_base(s, (uint32_t)(b - s->blocks));
}
static inline uint64_t *vmi_gc_block_marks(vmi_slab *s, uint32_t block)
{
  return s->marks + (size_t)block * VMI_BLOCK_MARKS;
}
/* Bytes at a block's start that hold whole cells. */
static inline uint32_t vmi_gc_cells_end(uint32_t cell) { return VMI_BLOCK_SIZE / cell * cell; }
static inline uint32_t vmi_gc_block_pages(const vmi_slab *s, uint32_t block) /* as 4 bits */
{
  return s->page_used[block / 16] >> block % 16 * 4 & 15;
}

/* gc_slab.c: space. Each returns NULL if the heap limit or the host's memory does not allow it. */
bool vmi_gc_fits(const vmi_heap *h, size_t bytes);
vmi_block *vmi_gc_take_block(vmi_heap *h, uint32_t index);
void *vmi_gc_take_pages(vmi_heap *h, uint32_t pages);
vmi_obj *vmi_gc_take_huge(vmi_heap *h, size_t size); /* zeroed */
void vmi_gc_give_block(vmi_heap *h, vmi_slab *s, uint32_t block);
void vmi_gc_give_pages(vmi_heap *h, vmi_slab *s, uint32_t page);
void vmi_gc_give_huge(vmi_heap *h, vmi_slab *s);
void vmi_gc_trim(vmi_heap *h, size_t keep); /* unmap empty slabs beyond `keep` bytes of them */
void vmi_gc_unmap_all(vmi_heap *h);

/* gc_alloc.c: regions. The next run of free cells in `b` at or after byte `from`. */
bool vmi_gc_hole(const vmi_block *b, uint32_t from, uint32_t *start, uint32_t *end);
void vmi_gc_retire(vmi_heap *h); /* close all regions; a collection begins */
uint64_t vmi_gc_unused(const vmi_heap *h); /* bytes left in open regions */

/* gc_mark.c: set the mark of everything reachable from the roots. */
bool vmi_gc_mark_init(vmi_heap *h);
void vmi_gc_mark(vmi_heap *h);

/* gc_sweep.c: forget unmarked objects; fills live_bytes and the lists of blocks with holes. */
void vmi_gc_clear_marks(vmi_heap *h);
void vmi_gc_sweep(vmi_heap *h);

/* gc_weak.c: after marking, clear weak references to dead objects and queue their finalizers. */
void vmi_gc_after_mark(vmi_heap *h);
bool vmi_gc_list_room(vmi_heap *h, vmi_gc_list *list, size_t elem, size_t count);
void vmi_gc_list_free(vmi_heap *h, vmi_gc_list *list, size_t elem);

/* gc_verify.c: call `fn` for each object, or each survivor of the last collection, until it returns
 * non-NULL; that is returned. */
typedef const char *vmi_gc_walk_fn(void *ctx, vmi_obj *object);
const char *vmi_gc_walk(vmi_heap *h, bool survivors, vmi_gc_walk_fn *fn, void *ctx);
bool vmi_gc_is_object(vmi_heap *h, uint64_t word); /* an object's start? any word may be asked */
const char *vmi_gc_check(vmi_heap *h); /* the check itself, without earlier violations */

#endif
