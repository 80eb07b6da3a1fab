/* gc.c - the collector, feature by feature. Random graphs are in gc_graph.c.
 *
 * SPDX-License-Identifier: MIT
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "gc_heap.h"

enum { ROOTS = 64 };

/* A heap with a few types, whose allocator counts, and can be told to fail. */
typedef struct world {
  vmi_heap *heap;
  vmi_gc_front front;
  uint64_t roots[ROOTS];
  size_t outstanding;
  long fail_after; /* requests until all fail; negative: never */
  uint32_t pair, link, leaf, weak, refs, bytes[4];
} world;

typedef struct pair {
  vmi_obj header;
  uint64_t left, right;
} pair;

typedef struct link {
  vmi_obj header;
  uint64_t next;
} link_object;

static const uint32_t pair_refs[] = {8, 16};
static const vmi_gc_type pair_type = {VMI_GC_STRUCT, true, 24, 0, 2, pair_refs};
static const vmi_gc_type link_type = {VMI_GC_STRUCT, true, 16, 0, 1, pair_refs};
static const vmi_gc_type leaf_type = {VMI_GC_STRUCT, false, 40, 0, 0, NULL};
static const vmi_gc_type weak_type = {VMI_GC_WEAK, false, 16, 0, 0, NULL};
static const vmi_gc_type refs_type = {VMI_GC_ARRAY, true, 0, 8, 0, NULL};
static const vmi_gc_type bytes_types[4] = {{VMI_GC_ARRAY, false, 0, 1, 0, NULL},
                                           {VMI_GC_ARRAY, false, 0, 2, 0, NULL},
                                           {VMI_GC_ARRAY, false, 0, 4, 0, NULL},
                                           {VMI_GC_ARRAY, false, 0, 8, 0, NULL}};

static void *hook(void *user, void *block, size_t old_size, size_t new_size)
{
  world *w = user;
  if (new_size > old_size && w->fail_after >= 0 && w->fail_after-- == 0) {
    w->fail_after = 0;
    return NULL;
  }
  w->outstanding += new_size - old_size;
  if (new_size != 0) return realloc(block, new_size);
  free(block);
  return NULL;
}

static void visit_roots(void *ctx, vmi_heap *heap, vmi_gc_visit *visit)
{
  world *w = ctx;
  for (int i = 0; i < ROOTS; i++) visit(heap, w->roots[i]);
}

static bool open_world(world *w, vmi_gc_config config, long fail_after)
{
  vmi_alloc alloc = {hook, w};
  memset(w, 0, sizeof *w);
  w->fail_after = fail_after;
  w->heap = vmi_gc_new(&alloc, &config, &w->front, visit_roots, w);
  if (w->heap == NULL) return false;
  w->pair = vmi_gc_add_type(w->heap, &pair_type);
  w->link = vmi_gc_add_type(w->heap, &link_type);
  w->leaf = vmi_gc_add_type(w->heap, &leaf_type);
  w->weak = vmi_gc_add_type(w->heap, &weak_type);
  w->refs = vmi_gc_add_type(w->heap, &refs_type);
  for (int i = 0; i < 4; i++) w->bytes[i] = vmi_gc_add_type(w->heap, &bytes_types[i]);
  return w->bytes[3] != UINT32_MAX;
}

static void verify(world *w)
{
  const char *bad = vmi_gc_verify(w->heap);
  if (bad != NULL) fail_msg("%s", bad);
}

static void close_world(world *w)
{
  vmi_gc_free(w->heap);
  assert_int_equal(w->outstanding, 0);
}

static vmi_gc_stats stats_of(world *w)
{
  vmi_gc_stats s;
  vmi_gc_get_stats(w->heap, &s);
  return s;
}

static void count_one(void *ctx, vmi_obj *object)
{
  (void)object;
  ++*(size_t *)ctx;
}

static size_t live(world *w)
{
  size_t n = 0;
  vmi_gc_each(w->heap, count_one, &n);
  return n;
}

static bool all_zero(const void *p, size_t n)
{
  const char *bytes = p;
  return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

/* ---- sizes ---- */

static void size_classes(void **state)
{
  (void)state;
  for (uint32_t size = 1; size <= VMI_GC_MAX_SMALL; size++) {
    uint32_t class = vmi_gc_class(size);
    assert_true(class < VMI_GC_CLASSES);
    assert_true(vmi_gc_class_size(class) >= size);
    assert_true(class == 0 || vmi_gc_class_size(class - 1) < size);
    assert_int_equal(vmi_gc_class_size(class) % 16, 0);
  }
}

static void every_struct_size(void **state)
{
  (void)state;
  static vmi_gc_type types[2 * 520];
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.poison = true, .verify = true}, -1));
  for (uint32_t i = 0; i < 520; i++) {
    uint32_t size = 16 + 8 * i;
    for (int t = 0; t < 2; t++) {
      types[2 * i + t] = (vmi_gc_type){VMI_GC_STRUCT, t == 1, size, 0, (uint32_t)t, pair_refs};
      uint32_t id = vmi_gc_add_type(w.heap, &types[2 * i + t]);
      assert_ptr_equal(vmi_gc_type_of(w.heap, id), &types[2 * i + t]);
      vmi_obj *p = vmi_gc_alloc(w.heap, id);
      assert_true(p->type == id && all_zero((char *)p + 4, size - 4));
      w.roots[t] = (uintptr_t)p;
      if (t == 0) memset(p + 1, 0xFF, size - 8); /* no reference: nobody looks */
    }
    assert_int_equal(live(&w), 2);
    verify(&w);
  }
  close_world(&w);
}

static void arrays(void **state)
{
  (void)state;
  static const uint32_t lengths[] = {0,    1,    2,    3,    7,      8,      9,      100,
                                     253,  254,  255,  1000, 2031,   2032,   2033,   4080,
                                     4081, 100000, 518000, 518640, 524288, 3000000};
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.poison = true, .verify = true}, -1));
  for (size_t i = 0; i < VMI_COUNT(lengths); i++) {
    for (uint32_t k = 0; k < 5; k++) {
      uint32_t elem = k < 4 ? 1u << k : 8;
      vmi_obj *p = vmi_gc_alloc_array(w.heap, k < 4 ? w.bytes[k] : w.refs, lengths[i]);
      assert_non_null(p);
      assert_int_equal(((uint32_t *)p)[2], lengths[i]);
      assert_true(all_zero((char *)p + 12, 4 + (size_t)lengths[i] * elem));
      w.roots[k] = (uintptr_t)p;
      if (k < 4) memset((char *)p + 16, 0xFF, (size_t)lengths[i] * elem);
      else if (lengths[i] > 0) ((uint64_t *)p)[1 + lengths[i]] = w.roots[0];
    }
    w.roots[0] = 0; /* the array of references keeps it, if it has a place for it */
    assert_int_equal(live(&w), lengths[i] > 0 ? 5 : 4);
    verify(&w);
  }
  memset(w.roots, 0, sizeof w.roots);
  assert_int_equal(live(&w), 0);
  assert_int_equal(stats_of(&w).heap_bytes, 0);
  close_world(&w);
}

/* ---- marking ---- */

static void build_list(world *w, uint32_t length)
{
  w->roots[0] = 0;
  for (uint32_t i = 0; i < length; i++) {
    link_object *l = (link_object *)vmi_gc_alloc(w->heap, w->link);
    assert_non_null(l);
    l->next = w->roots[0];
    w->roots[0] = (uintptr_t)l;
  }
}

static void deep_list(void **state)
{
  (void)state;
  enum { LENGTH = 10000000 };
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.min_threshold = 64 << 20}, -1));
  build_list(&w, LENGTH);
  vmi_gc_collect(w.heap);
  assert_true(stats_of(&w).live_bytes == (uint64_t)LENGTH * 16);
  verify(&w);
  close_world(&w);
}

static uint64_t build_tree(world *w, uint32_t depth, uint32_t slot)
{
  if (depth == 0) return (uintptr_t)vmi_gc_alloc(w->heap, w->leaf);
  w->roots[slot] = build_tree(w, depth - 1, slot + 2);
  w->roots[slot + 1] = build_tree(w, depth - 1, slot + 2);
  pair *p = (pair *)vmi_gc_alloc(w->heap, w->pair);
  p->left = w->roots[slot];
  p->right = w->roots[slot + 1];
  w->roots[slot] = w->roots[slot + 1] = 0;
  return (uintptr_t)p;
}

/* Wide arrays, a tree and a long list through a stack of one entry, and through one whose memory
 * runs out. */
static void mark_stack_overflow(void **state)
{
  (void)state;
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.verify = true}, -1));
  build_list(&w, 20000);
  w.roots[1] = build_tree(&w, 12, 10);
  for (uint32_t slot = 2; slot < 4; slot++) { /* a run, and a mapping of its own */
    uint32_t length = slot == 2 ? 5000 : 600000;
    w.roots[slot] = (uintptr_t)vmi_gc_alloc_array(w.heap, w.refs, length);
    for (uint32_t i = 0; i < 5000; i++) {
      pair *p = (pair *)vmi_gc_alloc(w.heap, w.pair);
      p->right = w.roots[0];
      vmi_gc_barrier(w.heap, (vmi_obj *)(uintptr_t)w.roots[slot]);
      ((uint64_t *)(uintptr_t)w.roots[slot])[2 + i] = (uintptr_t)p;
    }
  }
  size_t objects = 20000 + (1u << 13) - 1 + 2 + 2 * 5000;
  w.fail_after = 0;
  assert_int_equal(live(&w), objects);
  assert_true(w.heap->overflows > 0);
  w.fail_after = -1;
  assert_int_equal(live(&w), objects);
  for (size_t max = 1; max < 100; max += 33) {
    w.heap->stack_max = max;
    assert_int_equal(live(&w), objects);
    verify(&w);
  }
  close_world(&w);
}

static void immediates_are_no_pointers(void **state)
{
  (void)state;
  static const uint64_t words[] = {0, 6, 7, 2, 0xFFFE000000000000ull, 0xFFFFFFFFFFFFFFFFull,
                                   0x0002000000000000ull, 0x7FFA000000000000ull};
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.verify = true}, -1));
  memcpy(w.roots + 1, words, sizeof words);
  pair *p = (pair *)vmi_gc_alloc(w.heap, w.pair);
  w.roots[0] = (uintptr_t)p;
  for (size_t i = 0; i < VMI_COUNT(words); i++) {
    p->left = words[i];
    assert_int_equal(live(&w), 1);
    verify(&w);
  }
  close_world(&w);
}

/* ---- weak references and finalizers ---- */

static void weak_references(void **state)
{
  (void)state;
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.poison = true, .verify = true}, -1));
  w.roots[0] = (uintptr_t)vmi_gc_alloc(w.heap, w.leaf);
  for (int i = 1; i <= 40; i++) {
    link_object *weak = (link_object *)vmi_gc_alloc(w.heap, w.weak);
    w.roots[i] = (uintptr_t)weak;
    weak->next = i % 2 != 0 ? w.roots[0] : (uintptr_t)vmi_gc_alloc(w.heap, w.leaf);
  }
  w.roots[40] = 0; /* a weak object may die itself */
  assert_int_equal(live(&w), 40);
  for (int i = 1; i < 40; i++) {
    uint64_t target = ((link_object *)(uintptr_t)w.roots[i])->next;
    assert_true(target == (i % 2 != 0 ? w.roots[0] : 0));
  }
  assert_int_equal(w.heap->weaks.count, 39);
  w.roots[0] = 0;
  assert_int_equal(live(&w), 39);
  assert_true(((link_object *)(uintptr_t)w.roots[1])->next == 0);
  verify(&w);
  close_world(&w);
}

typedef struct note {
  world *w;
  int value;
  int *log, *count;
} note;

static void take_note(void *data)
{
  note *n = data;
  n->log[(*n->count)++] = n->value;
  vmi_gc_collect(n->w->heap); /* allowed: the queue is run outside collections */
  assert_non_null(vmi_gc_alloc(n->w->heap, n->w->leaf));
}

static void finalizers(void **state)
{
  (void)state;
  int log[64], count = 0;
  note notes[20];
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.verify = true}, -1));
  for (int i = 0; i < 20; i++) {
    w.roots[i] = (uintptr_t)vmi_gc_alloc(w.heap, w.leaf);
    notes[i] = (note){&w, i, log, &count};
    vmi_obj *object = (vmi_obj *)(uintptr_t)w.roots[i];
    assert_true(vmi_gc_add_finalizer(w.heap, object, take_note, &notes[i]));
  }
  vmi_gc_collect(w.heap);
  assert_int_equal(vmi_gc_run_finalizers(w.heap), 0);
  for (int i = 0; i < 20; i += 2) w.roots[i] = 0;
  vmi_gc_collect(w.heap);
  assert_int_equal(count, 0); /* queued, not run */
  w.roots[1] = 0;             /* dies while the first ones run */
  assert_int_equal(vmi_gc_run_finalizers(w.heap), 11);
  for (int i = 0; i < 10; i++) assert_int_equal(log[i], 2 * i);
  assert_int_equal(log[10], 1);
  vmi_gc_finalize_all(w.heap);
  assert_int_equal(vmi_gc_run_finalizers(w.heap), 9);
  for (int i = 0; i < 9; i++) assert_int_equal(log[11 + i], 3 + 2 * i);
  verify(&w);
  close_world(&w);
}

/* ---- limits ---- */

static void heap_limit(void **state)
{
  (void)state;
  enum { LIMIT = 2 << 20 };
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.max_bytes = LIMIT}, -1));
  for (int round = 0; round < 3; round++) {
    uint32_t n = 0;
    w.roots[0] = 0;
    for (link_object *l; (l = (link_object *)vmi_gc_alloc(w.heap, w.link)) != NULL; n++) {
      l->next = w.roots[0];
      w.roots[0] = (uintptr_t)l;
    }
    assert_true(n > LIMIT / 16 - 2048 && n <= LIMIT / 16);
    assert_true(stats_of(&w).heap_bytes <= LIMIT);
    assert_null(vmi_gc_alloc_array(w.heap, w.refs, 0x7FFFFFF0));
    assert_null(vmi_gc_alloc_array(w.heap, w.bytes[0], 5000));
    verify(&w);
  }
  w.roots[0] = 0;
  assert_non_null(vmi_gc_alloc_array(w.heap, w.bytes[0], LIMIT - 16 * 1024));
  /* garbage alone never reaches the limit */
  for (int i = 0; i < 300000; i++) assert_non_null(vmi_gc_alloc(w.heap, w.pair));
  for (int i = 0; i < 100; i++) assert_non_null(vmi_gc_alloc_array(w.heap, w.bytes[0], LIMIT / 2));
  assert_true(stats_of(&w).peak_heap_bytes <= LIMIT);
  close_world(&w);
}

static void charges(void **state)
{
  (void)state;
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.max_bytes = 1 << 20, .min_threshold = 64 << 10}, -1));
  assert_true(vmi_gc_charge(w.heap, 900 << 10));
  assert_int_equal(stats_of(&w).charged_bytes, 900 << 10);
  assert_false(vmi_gc_charge(w.heap, 200 << 10));
  assert_false(vmi_gc_charge(w.heap, SIZE_MAX));
  assert_null(vmi_gc_alloc_array(w.heap, w.bytes[0], 200 << 10));
  vmi_gc_uncharge(w.heap, 900 << 10);
  assert_non_null(vmi_gc_alloc_array(w.heap, w.bytes[0], 200 << 10));
  uint64_t before = stats_of(&w).collections;
  for (int i = 0; i < 100; i++) { /* charging brings collections nearer, as allocating does */
    assert_true(vmi_gc_charge(w.heap, 32 << 10));
    vmi_gc_uncharge(w.heap, 32 << 10);
  }
  assert_true(stats_of(&w).collections >= before + 40);
  close_world(&w);
}

/* Fail the host's Nth allocation, for good; what was made stays whole. */
static bool run_with_failures(long n)
{
  world w;
  note dummy = {0};
  bool complete = open_world(&w, (vmi_gc_config){.verify = true, .min_threshold = 32 << 10}, n);
  for (int i = 0; i < 500 && complete; i++) {
    pair *p = (pair *)vmi_gc_alloc(w.heap, w.pair);
    w.roots[62] = (uintptr_t)p;
    link_object *weak = (link_object *)vmi_gc_alloc(w.heap, w.weak);
    if (weak != NULL) weak->next = (uintptr_t)p;
    complete = p != NULL && weak != NULL;
    if (!complete) break;
    w.roots[i % 60] = (uintptr_t)weak;
    if (i % 3 == 0) w.roots[63] = (uintptr_t)p;
    complete = vmi_gc_add_finalizer(w.heap, (vmi_obj *)p, take_note, &dummy);
    if (i % 100 == 0) complete &= vmi_gc_alloc_array(w.heap, w.refs, 600000) != NULL;
  }
  if (w.heap != NULL) {
    verify(&w);
    vmi_gc_collect(w.heap);
    verify(&w);
    vmi_gc_free(w.heap);
  }
  assert_int_equal(w.outstanding, 0);
  return complete;
}

static void failing_allocator(void **state)
{
  (void)state;
  long n = 0;
  while (!run_with_failures(n)) n++;
  assert_true(n > 8);
}

#ifndef __SANITIZE_ADDRESS__ /* whose shadow does not fit the limit */
/* In a process whose address space ends: fill the heap, see NULL, drop everything, go on. */
static int exhaust(void)
{
  world w;
  struct rlimit limit = {160 << 20, 160 << 20};
  vmi_gc_config config = {.max_bytes = 192 << 20}; /* for emulators, which ignore the other limit */
  if (!open_world(&w, config, -1)) return 1;
  if (setrlimit(RLIMIT_AS, &limit) != 0) return 2;
  for (int round = 0; round < 2; round++) {
    w.roots[0] = 0;
    for (link_object *l; (l = (link_object *)vmi_gc_alloc(w.heap, w.link)) != NULL;) {
      l->next = w.roots[0];
      w.roots[0] = (uintptr_t)l;
    }
    if (vmi_gc_verify(w.heap) != NULL || stats_of(&w).live_bytes < 64 << 20) return 3;
    if (vmi_gc_alloc_array(w.heap, w.bytes[0], 0x7FFFFFF0) != NULL) return 4;
  }
  vmi_gc_free(w.heap);
  return w.outstanding != 0 ? 5 : 0;
}

static void host_out_of_memory(void **state)
{
  (void)state;
  int status;
  pid_t child = fork();
  if (child == 0) _exit(exhaust());
  assert_true(child > 0 && waitpid(child, &status, 0) == child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}
#endif

/* ---- modes ---- */

static void stress_collects_always(void **state)
{
  (void)state;
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.stress = true, .poison = true, .verify = true}, -1));
  for (uint32_t i = 1; i <= 200; i++) {
    vmi_obj *p = i % 3 != 0 ? vmi_gc_alloc(w.heap, w.leaf)
                            : vmi_gc_alloc_array(w.heap, w.bytes[i % 4], i * 40);
    assert_int_equal(stats_of(&w).collections, i);
    for (int k = 0; k < VMI_GC_BUMPS; k++) {
      assert_ptr_equal(w.front.bump[k].limit, w.front.bump[k].cursor);
    }
    w.roots[i % 7] = (uintptr_t)p;
  }
  w.roots[10] = build_tree(&w, 6, 20);
  verify(&w);
  assert_int_equal(live(&w), 7 + 127);
  close_world(&w);
}

static void poison_fills_freed_cells(void **state)
{
  (void)state;
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.poison = true}, -1));
  w.roots[0] = (uintptr_t)vmi_gc_alloc(w.heap, w.leaf);
  uint8_t *dead = (uint8_t *)vmi_gc_alloc(w.heap, w.leaf);
  uint8_t *run = (uint8_t *)vmi_gc_alloc_array(w.heap, w.bytes[0], 10000);
  vmi_gc_collect(w.heap);
  for (int i = 0; i < 40; i++) assert_int_equal(dead[i], 0xDB);
  for (int i = 0; i < 10016; i++) assert_int_equal(run[i], 0xDB);
  assert_null(vmi_gc_verify(w.heap));
  dead[17] = 1;
  assert_string_equal(vmi_gc_verify(w.heap), "a free cell was written to");
  close_world(&w);
}

static void barrier_verified(void **state)
{
  (void)state;
  for (int logged = 0; logged < 2; logged++) {
    world w;
    assert_true(open_world(&w, (vmi_gc_config){.verify = true}, -1));
    pair *old = (pair *)vmi_gc_alloc(w.heap, w.pair);
    w.roots[0] = (uintptr_t)old;
    assert_int_equal(old->header.unlogged, 0);
    vmi_gc_collect(w.heap);
    assert_int_equal(old->header.unlogged, 1);
    if (logged) vmi_gc_barrier(w.heap, &old->header);
    old->left = (uintptr_t)vmi_gc_alloc(w.heap, w.pair);
    const char *bad = vmi_gc_verify(w.heap);
    assert_int_equal(bad == NULL, logged);
    if (bad != NULL) assert_non_null(strstr(bad, "the store was not logged"));
    vmi_gc_collect(w.heap); /* finds and keeps it, too */
    assert_int_equal(vmi_gc_verify(w.heap) == NULL, logged);
    assert_int_equal(stats_of(&w).barrier_slow, logged);
    close_world(&w);
  }
}

/* Each damage is one that a wrong runtime could do; the verifier names it. */
static const char *damage(world *w, int kind)
{
  pair *p = (pair *)vmi_gc_alloc(w->heap, w->pair);
  vmi_obj *array = vmi_gc_alloc_array(w->heap, w->bytes[0], 20);
  w->roots[0] = (uintptr_t)p;
  w->roots[1] = (uintptr_t)array;
  switch (kind) {
  case 0: p->left = 0x1000; return "a traced word points to no object";
  case 1: p->left = (uintptr_t)p + 16; return "a traced word points to no object";
  case 2: p->left = (uintptr_t)p + 32; return "a traced word points to no object";
  case 3: p->header.type = 999; return "an object's type does not exist";
  case 4: p->header.flags = 8; return "an object has unknown flags";
  case 5: p->header.reserved = 1; return "an object's reserved bits are set";
  case 6: p->header.unlogged = 1; return "an object's unlogged byte is set that should not be";
  case 7: ((uint32_t *)array)[2] = 100; return "an object is in a block of another size class";
  case 8: p->header.type = w->leaf; return "an object is in a block of another size class";
  default: return NULL;
  }
}

static void verifier_finds_damage(void **state)
{
  (void)state;
  for (int kind = 0;; kind++) {
    world w;
    assert_true(open_world(&w, (vmi_gc_config){0}, -1));
    const char *expected = damage(&w, kind);
    if (expected != NULL) assert_string_equal(vmi_gc_verify(w.heap), expected);
    close_world(&w);
    if (expected == NULL) break;
  }
}

/* ---- space ---- */

static void holes_are_reused(void **state)
{
  (void)state;
  enum { N = 40000 };
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.min_threshold = 64 << 20}, -1));
  w.roots[0] = (uintptr_t)vmi_gc_alloc_array(w.heap, w.refs, N);
  uint64_t *items = (uint64_t *)(uintptr_t)w.roots[0] + 2;
  for (int i = 0; i < N; i++) items[i] = (uintptr_t)vmi_gc_alloc(w.heap, w.pair);
  for (int round = 0; round < 20; round++) { /* every third dies, and is replaced */
    for (int i = round % 3; i < N; i += 3) items[i] = 0;
    vmi_gc_collect(w.heap);
    for (int i = round % 3; i < N; i += 3) items[i] = (uintptr_t)vmi_gc_alloc(w.heap, w.pair);
    assert_int_equal(live(&w), N + 1);
  }
  uint64_t need = (uint64_t)N * 32 + N * 8;
  assert_true(stats_of(&w).peak_heap_bytes < need + need / 16);
  verify(&w);
  close_world(&w);
}

/* Blocks and runs of many sizes share the slabs, and everything freed can be had again as
 * anything. */
static void space_changes_hands(void **state)
{
  (void)state;
  enum { LIMIT = 16 << 20 };
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.max_bytes = LIMIT, .min_threshold = 1 << 30}, -1));
  static const uint32_t sizes[] = {8, 500, 3000, 20000, 1000000, 3900000, 6000000};
  for (int round = 0; round < 3 * (int)VMI_COUNT(sizes); round++) {
    uint32_t size = sizes[round * 3 % VMI_COUNT(sizes)], got = 0;
    memset(w.roots, 0, sizeof w.roots);
    while (got + size + 16 < LIMIT / 2) { /* chained through arrays of two references */
      vmi_obj *bytes = vmi_gc_alloc_array(w.heap, w.bytes[0], size);
      assert_non_null(bytes);
      w.roots[1] = (uintptr_t)bytes;
      pair *p = (pair *)vmi_gc_alloc(w.heap, w.pair);
      assert_non_null(p);
      p->left = w.roots[0];
      p->right = w.roots[1];
      w.roots[0] = (uintptr_t)p;
      got += size + 48;
    }
    verify(&w);
  }
  memset(w.roots, 0, sizeof w.roots);
  vmi_gc_collect(w.heap);
  assert_int_equal(stats_of(&w).heap_bytes, 0);
  close_world(&w);
}

static void statistics(void **state)
{
  (void)state;
  world w;
  assert_true(open_world(&w, (vmi_gc_config){0}, -1));
  for (int i = 0; i < 100; i++) vmi_gc_alloc(w.heap, w.leaf); /* 48-byte cells */
  assert_int_equal(stats_of(&w).bytes_allocated, 4800);
  assert_int_equal(stats_of(&w).heap_bytes, VMI_BLOCK_SIZE);
  w.roots[0] = (uintptr_t)vmi_gc_alloc_array(w.heap, w.bytes[0], 5000);
  assert_int_equal(stats_of(&w).bytes_allocated, 4800 + 8192);
  vmi_gc_collect(w.heap);
  vmi_gc_stats s = stats_of(&w);
  assert_int_equal(s.collections, 1);
  assert_int_equal(s.live_bytes, 8192);
  assert_int_equal(s.heap_bytes, 8192);
  assert_int_equal(s.peak_heap_bytes, VMI_BLOCK_SIZE + 8192);
  assert_true(s.pause_max_ns > 0 && s.pause_max_ns == s.pause_total_ns);
  assert_int_equal(s.bytes_allocated, 4800 + 8192);
  close_world(&w);
}

/* ---- threads ---- */

static void *isolated(void *arg)
{
  world w;
  assert_true(open_world(&w, (vmi_gc_config){.min_threshold = 64 << 10}, -1));
  for (int i = 0; i < 20; i++) w.roots[i % 5] = build_tree(&w, 9, 10);
  *(bool *)arg = live(&w) == 5 * 1023 && vmi_gc_verify(w.heap) == NULL;
  vmi_gc_free(w.heap);
  return NULL;
}

static void heaps_in_threads(void **state)
{
  (void)state;
  pthread_t threads[4];
  bool good[4] = {false};
  for (int i = 0; i < 4; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, isolated, &good[i]), 0);
  }
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < 4; i++) assert_true(good[i]);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(size_classes), cmocka_unit_test(every_struct_size), cmocka_unit_test(arrays),
      cmocka_unit_test(deep_list), cmocka_unit_test(mark_stack_overflow),
      cmocka_unit_test(immediates_are_no_pointers), cmocka_unit_test(weak_references),
      cmocka_unit_test(finalizers), cmocka_unit_test(heap_limit), cmocka_unit_test(charges),
      cmocka_unit_test(failing_allocator),
#ifndef __SANITIZE_ADDRESS__
      cmocka_unit_test(host_out_of_memory),
#endif
      cmocka_unit_test(stress_collects_always),
      cmocka_unit_test(poison_fills_freed_cells), cmocka_unit_test(barrier_verified),
      cmocka_unit_test(verifier_finds_damage), cmocka_unit_test(holes_are_reused),
      cmocka_unit_test(space_changes_hands), cmocka_unit_test(statistics),
      cmocka_unit_test(heaps_in_threads)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
