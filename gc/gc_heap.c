/* gc_heap.c - the heap as a whole: life cycle, types, one collection from start to end, policy.
 *
 * SPDX-License-Identifier: MIT
 *
 * A collection:  retire open regions -> clear marks -> mark from roots -> clear weak references,
 * queue finalizers -> sweep blocks -> choose the next threshold. In verify mode the heap is checked
 * before (barriers: the edges stored since the last collection) and after (marks and sweep).
 */
#include <string.h>
#include <time.h>

#include "gc_heap.h"

/* Measured with bench/gc_bench (binary-trees of depth 16, see docs/gc.md): 4 MB costs a fifth more
 * time; 16 MB gains a tenth, but small guests would grow to that size before they ever collect. */
enum { DEFAULT_THRESHOLD = 8 << 20 };

vmi_heap *vmi_gc_new(const vmi_alloc *alloc, const vmi_gc_config *config, vmi_gc_front *front,
                     vmi_gc_roots *roots, void *roots_ctx)
{
  vmi_heap *h = vmi_new_zero(alloc, 1, sizeof *h);
  if (h == NULL) return NULL;
  h->alloc = *alloc;
  if (config != NULL) h->config = *config;
  if (h->config.min_threshold == 0) h->config.min_threshold = DEFAULT_THRESHOLD;
  h->threshold = h->config.min_threshold;
  h->front = front;
  h->roots = roots;
  h->roots_ctx = roots_ctx;
  memset(front, 0, sizeof *front);
  if (!vmi_gc_mark_init(h)) {
    vmi_free(alloc, h, sizeof *h);
    return NULL;
  }
  return h;
}

void vmi_gc_free(vmi_heap *h)
{
  if (h == NULL) return;
  vmi_alloc alloc = h->alloc;
  memset(h->front, 0, sizeof *h->front);
  vmi_gc_unmap_all(h);
  vmi_gc_list_free(h, &h->weaks, sizeof(vmi_obj *));
  vmi_gc_list_free(h, &h->finals, sizeof(vmi_final));
  vmi_gc_list_free(h, &h->queue, sizeof(vmi_final));
  vmi_gc_list_free(h, &h->logged, sizeof(vmi_obj *));
  vmi_free(&alloc, h->stack, h->stack_capacity * sizeof *h->stack);
  vmi_free(&alloc, h->types, h->types_capacity * sizeof *h->types);
  vmi_free(&alloc, h, sizeof *h);
}

/* ---- types ---- */

static vmi_gc_desc describe(const vmi_gc_type *type)
{
  vmi_gc_desc d = {.offsets = type->ref_offsets, .size = type->size, .kind = (uint8_t)type->kind,
                   .traced = type->traced, .type = type, .index = VMI_GC_BUMPS};
  if (type->kind == VMI_GC_ARRAY || type->kind == VMI_GC_OPAQUE) {
    d.shift = type->kind == VMI_GC_OPAQUE ? 3 : (uint8_t)__builtin_ctz(type->elem_size);
    return d;
  }
  if (type->size <= VMI_GC_MAX_SMALL) {
    uint32_t class = vmi_gc_class(type->size);
    d.cell = (uint16_t)vmi_gc_class_size(class);
    /* weak objects are listed as they are made, which only the slow path does */
    if (type->kind != VMI_GC_WEAK) d.index = (uint8_t)(2 * class + type->traced);
  }
  if (!type->traced) return d;
  d.nrefs = type->nrefs;
  for (uint32_t i = 0; i < type->nrefs; i++) {
    uint32_t word = type->ref_offsets[i] / 8;
    if (word >= 64) {
      d.refs = 0;
      return d;
    }
    d.refs |= 1ull << word;
  }
  return d;
}

uint32_t vmi_gc_add_type(vmi_heap *h, const vmi_gc_type *type)
{
  if (h->ntypes == h->types_capacity) {
    uint32_t capacity = h->types_capacity != 0 ? 2 * h->types_capacity : 64;
    if (capacity >= UINT32_MAX / 2) return UINT32_MAX;
    vmi_gc_desc *types = vmi_resize(&h->alloc, h->types, h->types_capacity * sizeof *types,
                                    capacity * sizeof *types);
    if (types == NULL) return UINT32_MAX;
    h->types = types;
    h->types_capacity = capacity;
  }
  h->types[h->ntypes] = describe(type);
  return h->ntypes++;
}

void vmi_gc_set_type(vmi_heap *h, uint32_t id, const vmi_gc_type *type) { h->types[id] = describe(type); }

const vmi_gc_type *vmi_gc_type_of(const vmi_heap *h, uint32_t id) { return h->types[id].type; }

/* ---- barrier ---- */

void vmi_gc_log(vmi_heap *h, vmi_obj *object)
{
  h->stats.barrier_slow++;
  object->unlogged = 0;
  if (vmi_gc_list_room(h, &h->logged, sizeof object, 1)) {
    ((vmi_obj **)h->logged.items)[h->logged.count++] = object;
  } else {
    h->logged_lost = true;
  }
}

static const char *set_unlogged(void *ctx, vmi_obj *object)
{
  (void)ctx;
  object->unlogged = 1;
  return NULL;
}

/* ---- collection ---- */

static uint64_t now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void check(vmi_heap *h)
{
  if (h->config.verify && h->violation == NULL) h->violation = vmi_gc_check(h);
}

/* What survived is old from here on; the barrier has to report stores into it. */
static void begin_epoch(vmi_heap *h)
{
  h->logged.count = 0;
  h->logged_lost = false;
  if (h->config.verify) vmi_gc_walk(h, true, set_unlogged, NULL);
}

static void set_policy(vmi_heap *h)
{
  size_t live = (size_t)h->stats.live_bytes + h->charged;
  /* Twice what is alive: with once, binary-trees (17) takes 1.3 times as long for a peak of 33 MB
   * instead of 39. */
  h->threshold = 2 * live > h->config.min_threshold ? 2 * live : h->config.min_threshold;
  h->since = 0;
  vmi_gc_trim(h, h->threshold + h->threshold / 4);
}

static void note_pause(vmi_heap *h, uint64_t ns)
{
  h->stats.collections++;
  h->stats.pause_total_ns += ns;
  if (ns > h->stats.pause_max_ns) h->stats.pause_max_ns = ns;
}

void vmi_gc_collect(vmi_heap *h)
{
  if (h->collecting) return;
  uint64_t start = now_ns();
  h->collecting = true;
  check(h);
  vmi_gc_retire(h);
  vmi_gc_clear_marks(h);
  vmi_gc_mark(h);
  vmi_gc_after_mark(h);
  vmi_gc_sweep(h);
  set_policy(h);
  begin_epoch(h);
  check(h);
  h->collecting = false;
  uint64_t ns = now_ns() - start;
  note_pause(h, ns);
  if (h->config.collected != NULL) h->config.collected(h->roots_ctx, start, ns);
}

/* ---- memory outside ---- */

bool vmi_gc_charge(vmi_heap *h, size_t bytes)
{
  size_t since = h->since + bytes;
  if (since < bytes) return false;
  if (h->config.stress || since >= h->threshold || !vmi_gc_fits(h, bytes)) {
    vmi_gc_collect(h);
    since = bytes;
  }
  if (!vmi_gc_fits(h, bytes) || h->charged + bytes < bytes) return false;
  h->since = since;
  h->charged += bytes;
  return true;
}

void vmi_gc_uncharge(vmi_heap *h, size_t bytes)
{
  h->charged = bytes < h->charged ? h->charged - bytes : 0;
}

void vmi_gc_hurry(vmi_heap *h, size_t bytes)
{
  h->since = h->since + bytes < bytes ? SIZE_MAX : h->since + bytes;
}

void vmi_gc_get_stats(const vmi_heap *h, vmi_gc_stats *out)
{
  *out = h->stats;
  out->bytes_allocated = h->handed - vmi_gc_unused(h);
  out->heap_bytes = h->held;
  out->charged_bytes = h->charged;
}
