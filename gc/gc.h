/* gc.h - the collector: precise, non-moving mark-sweep, one heap an isolate.
 *
 * SPDX-License-Identifier: MIT
 *
 * The collector knows objects and types, never frames: roots come through a callback. See
 * docs/gc.md for slabs, blocks, side bits and lazy sweep.
 */
#ifndef VMI_GC_H
#define VMI_GC_H

#include "base.h"

/* Every object starts with this. `type` indexes the heap's type table. `unlogged` is nonzero for
 * an object whose next reference store must be reported (see vmi_gc_barrier). */
typedef struct vmi_obj {
  uint32_t type;
  uint8_t unlogged;
  uint8_t flags;     /* VMI_OBJ_* */
  uint16_t reserved; /* 0 */
} vmi_obj;

enum { VMI_OBJ_HAS_FINALIZER = 1 };

/* A dyn word, or a plain reference: is it a pointer to an object? (nil and null are 0; integers,
 * doubles and booleans have a bit of this mask.) */
#define VMI_DYN_TAGS 0xFFFE000000000002ull
static inline bool vmi_is_pointer(uint64_t word) { return word != 0 && (word & VMI_DYN_TAGS) == 0; }

typedef enum vmi_gc_kind {
  VMI_GC_STRUCT, /* fixed size; traced words at ref_offsets */
  VMI_GC_ARRAY,  /* u32 length at 8, elements of elem_size from 16; all traced words if `traced` */
  VMI_GC_OPAQUE, /* u32 length at 8, that many words of 8 bytes from 16, of which the heap knows
                    nothing: vmi_gc_config.trace shows what they refer to. Stores into it need no
                    barrier: a minor collection would have to trace all of them */
  VMI_GC_WEAK    /* fixed size; the word at offset 8 is a weak pointer, cleared when its object
                    dies. Made by vmi_gc_alloc only, never inline: the heap lists them */
} vmi_gc_kind;

typedef struct vmi_gc_type {
  vmi_gc_kind kind;
  bool traced;        /* has a word the collector follows; decides the kind of block */
  uint32_t size;      /* bytes with header (STRUCT, WEAK) */
  uint32_t elem_size; /* ARRAY: 1, 2, 4 or 8 */
  uint32_t nrefs;     /* STRUCT: traced words (references and dyn alike) */
  const uint32_t *ref_offsets;
} vmi_gc_type;

/* ---- allocation front: embedded in the thread, read and written by compiled code ---- */
enum { VMI_GC_CLASSES = 24, VMI_GC_MAX_SMALL = 2048 };

typedef struct vmi_bump {
  char *cursor, *limit; /* cells [cursor, limit) of one size class are free */
} vmi_bump;

typedef struct vmi_gc_front {
  vmi_bump bump[2 * VMI_GC_CLASSES]; /* [2 * class + traced] */
} vmi_gc_front;

/* Size class of `size` bytes (1 .. VMI_GC_MAX_SMALL) and its cell size. 16-byte steps to 128, then
 * four classes a doubling to 2048. Used by the compiler for inline allocation: 
 *   p = bump.cursor; if (bump.limit - p < cell) slow path; bump.cursor = p + cell;
 *   *(uint64_t *)p = type id (all other header bytes zero). The body is NOT zeroed. */
uint32_t vmi_gc_class(uint32_t size);
uint32_t vmi_gc_class_size(uint32_t size_class);

/* ---- heap ---- */
typedef struct vmi_heap vmi_heap;

/* Called by the heap during a collection: call `visit(heap, word)` for the content of every root
 * slot (references and dyn words alike; anything that is no pointer is ignored). */
typedef void vmi_gc_visit(vmi_heap *heap, uint64_t word);
typedef void vmi_gc_roots(void *ctx, vmi_heap *heap, vmi_gc_visit *visit);
/* The same for every word that the OPAQUE `object` refers to; perhaps more than once a collection. */
typedef void vmi_gc_trace(void *ctx, vmi_heap *heap, vmi_obj *object, vmi_gc_visit *visit);

typedef struct vmi_gc_config {
  size_t max_bytes;      /* heap limit; 0: none */
  size_t min_threshold;  /* bytes allocated before the first collection; 0: default */
  bool stress;           /* collect at every allocation */
  bool poison;           /* fill freed cells with 0xDB */
  bool verify;           /* run the heap verifier before and after every collection (vmi_gc_verify
                            returns the first violation found); log barriers for it */
  vmi_gc_trace *trace;   /* of OPAQUE objects, with the roots' context */
  void (*marked)(void *ctx); /* when all that lives is marked, with the roots' context, if set: the
                            time to forget weak references outside the heap, by vmi_gc_alive */
  void (*collected)(void *ctx, uint64_t start_ns, uint64_t ns); /* after every collection, with the
                            roots' context, if set */
} vmi_gc_config;

vmi_heap *vmi_gc_new(const vmi_alloc *alloc, const vmi_gc_config *config, vmi_gc_front *front,
                     vmi_gc_roots *roots, void *roots_ctx); /* NULL: out of memory */
void vmi_gc_free(vmi_heap *heap); /* runs no finalizers; drain them first */

/* Append a type; its description is borrowed for the heap's life. UINT32_MAX if out of memory. */
uint32_t vmi_gc_add_type(vmi_heap *heap, const vmi_gc_type *type);
/* Another description for a type that no object has. */
void vmi_gc_set_type(vmi_heap *heap, uint32_t id, const vmi_gc_type *type);
const vmi_gc_type *vmi_gc_type_of(const vmi_heap *heap, uint32_t id);

/* Allocate a STRUCT or WEAK object (size from the type), or an ARRAY or OPAQUE one of `length`, whose
 * length is set. The body is zeroed. May collect: all live references must be in roots. NULL when the heap
 * limit or the host's memory is reached even after a collection. */
vmi_obj *vmi_gc_alloc(vmi_heap *heap, uint32_t type);
vmi_obj *vmi_gc_alloc_array(vmi_heap *heap, uint32_t type, uint32_t length);

/* Must be called before a reference or dyn word is stored into an object that may have survived a
 * collection (any store but the initialising ones, and those into an OPAQUE one). */
void vmi_gc_log(vmi_heap *heap, vmi_obj *object);
static inline void vmi_gc_barrier(vmi_heap *heap, vmi_obj *object)
{
  if (VMI_UNLIKELY(object->unlogged)) vmi_gc_log(heap, object);
}

void vmi_gc_collect(vmi_heap *heap);
/* In vmi_gc_config.marked alone: does the object survive the collection? */
bool vmi_gc_alive(const void *object);

/* Memory outside the heap that lives as long as `object` (memories, host buffers) may be charged
 * against the limit; false if the limit would be passed even after a collection. May collect. */
bool vmi_gc_charge(vmi_heap *heap, size_t bytes);
void vmi_gc_uncharge(vmi_heap *heap, size_t bytes);
/* Memory outside that goes with the object just made, but counts against no limit: the next collection
 * is due that much sooner. */
void vmi_gc_hurry(vmi_heap *heap, size_t bytes);

/* When `object` is found dead, (fn)(data) is queued; false if out of memory. The object itself is
 * gone by then. Run the queue with vmi_gc_run_finalizers, outside any collection; it returns how
 * many ran. At isolate teardown vmi_gc_finalize_all queues every remaining one. */
typedef void vmi_finalizer(void *data);
bool vmi_gc_add_finalizer(vmi_heap *heap, vmi_obj *object, vmi_finalizer *fn, void *data);
size_t vmi_gc_run_finalizers(vmi_heap *heap);
void vmi_gc_finalize_all(vmi_heap *heap);

/* Walk the whole heap and check every invariant: headers, types, lengths, every traced word a live
 * object's start, mark bits, free cells poisoned (in poison mode), old-to-young edges logged (in
 * verify mode). NULL, or a static description of the first violation. Call between collections. */
const char *vmi_gc_verify(vmi_heap *heap);

typedef struct vmi_gc_stats {
  uint64_t collections;
  uint64_t bytes_allocated;   /* ever, rounded to cells */
  uint64_t heap_bytes;        /* now held in blocks and large objects */
  uint64_t live_bytes;        /* marked by the last collection */
  uint64_t peak_heap_bytes;
  uint64_t charged_bytes;
  uint64_t pause_total_ns, pause_max_ns;
  uint64_t barrier_slow;      /* logged stores */
} vmi_gc_stats;
void vmi_gc_get_stats(const vmi_heap *heap, vmi_gc_stats *out);

/* Collect, then call `fn`, which must not allocate, for every live object; for tests and heap
 * dumps. */
void vmi_gc_each(vmi_heap *heap, void (*fn)(void *ctx, vmi_obj *object), void *ctx);

#endif
