/* gc_bench.c - the collector's own speed: marking, allocation, and binary-trees against malloc.
 *
 * SPDX-License-Identifier: MIT
 *
 *   gc_bench [mark|alloc|trees|malloc|new|all] [size]
 *
 * mark:   ns an object to mark a random graph of `size` objects (default 4 million)
 * alloc:  ns an object to allocate `size` short-lived 32-byte objects (default 100 million)
 * trees:  binary-trees of depth `size` (default 18): 24-byte nodes of two references
 * malloc: the same program with malloc and free
 * new:    microseconds to make and free a heap, and a heap with one object
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gc.h"

typedef struct node {
  vmi_obj header;
  struct node *left, *right;
} node;

typedef struct world {
  vmi_heap *heap;
  vmi_gc_front front;
  uint32_t node_type, array_type;
  uint64_t roots[64];
  uint32_t nroots;
} world;

static double now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void visit_roots(void *ctx, vmi_heap *heap, vmi_gc_visit *visit)
{
  world *w = ctx;
  for (uint32_t i = 0; i < w->nroots; i++) visit(heap, w->roots[i]);
}

static const uint32_t node_refs[] = {8, 16};
static const vmi_gc_type node_desc = {.kind = VMI_GC_STRUCT, .traced = true, .size = 24, .nrefs = 2,
                                      .ref_offsets = node_refs};
static const vmi_gc_type array_desc = {.kind = VMI_GC_ARRAY, .traced = true, .elem_size = 8};

static void open_world(world *w)
{
  vmi_alloc alloc = vmi_alloc_from(NULL);
  vmi_gc_config config = {0};
  const char *threshold = getenv("GC_THRESHOLD");
  if (threshold != NULL) config.min_threshold = strtoull(threshold, NULL, 0);
  memset(w, 0, sizeof *w);
  w->heap = vmi_gc_new(&alloc, &config, &w->front, visit_roots, w);
  w->node_type = vmi_gc_add_type(w->heap, &node_desc);
  w->array_type = vmi_gc_add_type(w->heap, &array_desc);
}

static void close_world(world *w, const char *name)
{
  vmi_gc_stats s;
  vmi_gc_get_stats(w->heap, &s);
  printf("  %s: %llu collections, %.1f ms in them, longest %.2f ms, peak heap %.1f MB\n", name,
         (unsigned long long)s.collections, (double)s.pause_total_ns * 1e-6,
         (double)s.pause_max_ns * 1e-6, (double)s.peak_heap_bytes / 1048576.0);
  vmi_gc_free(w->heap);
}

/* ---- marking ---- */

static uint64_t next_random(uint64_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static void bench_mark(uint32_t count)
{
  world w;
  open_world(&w);
  vmi_obj *all = vmi_gc_alloc_array(w.heap, w.array_type, count);
  uint64_t *items = (uint64_t *)all + 2, seed = 88172645463325252ull;
  w.roots[w.nroots++] = (uintptr_t)all;
  for (uint32_t i = 0; i < count; i++) {
    items[i] = (uintptr_t)vmi_gc_alloc(w.heap, w.node_type);
  }
  for (uint32_t i = 0; i < count; i++) {
    node *n = (node *)items[i];
    n->left = (node *)items[next_random(&seed) % count];
    n->right = (node *)items[next_random(&seed) % count];
  }
  /* reach them through a few of them, not through the array */
  w.nroots = 0;
  for (uint32_t i = 0; i < 16; i++) w.roots[w.nroots++] = items[i];
  for (int round = 0; round < 3; round++) {
    double start = now();
    vmi_gc_collect(w.heap);
    double t = now() - start;
    vmi_gc_stats s;
    vmi_gc_get_stats(w.heap, &s);
    double live = (double)s.live_bytes / 32;
    printf("mark: %.0f objects live, %.1f ms, %.1f ns an object\n", live, t * 1e3, t * 1e9 / live);
  }
  close_world(&w, "mark");
}

/* ---- allocation ---- */

static void bench_alloc(uint32_t count)
{
  world w;
  open_world(&w);
  double start = now();
  for (uint32_t i = 0; i < count; i++) vmi_gc_alloc(w.heap, w.node_type);
  double t = now() - start;
  printf("alloc: %.2f ns an object (32 bytes, short-lived)\n", t * 1e9 / count);
  close_world(&w, "alloc");
}

/* ---- binary-trees ---- */

/* What compiled code does: bump, write the header, store the fields; children are kept in roots
 * while the rest is built. */
static inline node *new_node(world *w, node *left, node *right)
{
  vmi_bump *b = &w->front.bump[2 * 1 + 1];
  char *p = b->cursor;
  node *n;
  if (VMI_LIKELY(b->limit - p >= 32)) {
    b->cursor = p + 32;
    n = (node *)p;
    n->header = (vmi_obj){.type = w->node_type};
  } else {
    w->roots[w->nroots] = (uintptr_t)left;
    w->roots[w->nroots + 1] = (uintptr_t)right;
    w->nroots += 2;
    n = (node *)vmi_gc_alloc(w->heap, w->node_type);
    w->nroots -= 2;
  }
  n->left = left;
  n->right = right;
  return n;
}

static node *build(world *w, uint32_t depth)
{
  if (depth == 0) return new_node(w, NULL, NULL);
  node *left = build(w, depth - 1);
  uint32_t slot = w->nroots++;
  w->roots[slot] = (uintptr_t)left;
  node *right = build(w, depth - 1);
  w->nroots = slot;
  return new_node(w, left, right);
}

static uint32_t tally(const node *n)
{
  return n->left == NULL ? 1 : 1 + tally(n->left) + tally(n->right);
}

static uint64_t trees_gc(world *w, uint32_t max)
{
  uint64_t sum = tally(build(w, max + 1));
  node *lasting = build(w, max);
  w->roots[w->nroots++] = (uintptr_t)lasting;
  for (uint32_t depth = 4; depth <= max; depth += 2) {
    uint32_t rounds = 1u << (max - depth + 4);
    for (uint32_t i = 0; i < rounds; i++) sum += tally(build(w, depth));
  }
  return sum + tally(lasting);
}

typedef struct cnode {
  struct cnode *left, *right;
} cnode;

static cnode *cbuild(uint32_t depth)
{
  cnode *n = malloc(sizeof *n);
  if (n == NULL) abort();
  n->left = depth == 0 ? NULL : cbuild(depth - 1);
  n->right = depth == 0 ? NULL : cbuild(depth - 1);
  return n;
}

static uint32_t ctally(const cnode *n)
{
  return n->left == NULL ? 1 : 1 + ctally(n->left) + ctally(n->right);
}

static void cfree(cnode *n)
{
  if (n->left != NULL) {
    cfree(n->left);
    cfree(n->right);
  }
  free(n);
}

static uint32_t ctree(uint32_t depth)
{
  cnode *n = cbuild(depth);
  uint32_t count = ctally(n);
  cfree(n);
  return count;
}

static uint64_t trees_malloc(uint32_t max)
{
  uint64_t sum = ctree(max + 1);
  cnode *lasting = cbuild(max);
  for (uint32_t depth = 4; depth <= max; depth += 2) {
    uint32_t rounds = 1u << (max - depth + 4);
    for (uint32_t i = 0; i < rounds; i++) sum += ctree(depth);
  }
  sum += ctally(lasting);
  cfree(lasting);
  return sum;
}

static void bench_trees(uint32_t depth)
{
  world w;
  open_world(&w);
  double start = now();
  uint64_t sum = trees_gc(&w, depth);
  printf("trees: %.3f s, %llu nodes\n", now() - start, (unsigned long long)sum);
  close_world(&w, "trees");
}

static void bench_malloc(uint32_t depth)
{
  double start = now();
  uint64_t sum = trees_malloc(depth);
  printf("malloc: %.3f s, %llu nodes\n", now() - start, (unsigned long long)sum);
}

/* ---- life cycle ---- */

static void bench_new(uint32_t rounds)
{
  world w;
  for (int objects = 0; objects < 2; objects++) {
    double start = now();
    for (uint32_t i = 0; i < rounds; i++) {
      open_world(&w);
      if (objects) vmi_gc_alloc(w.heap, w.node_type);
      vmi_gc_free(w.heap);
    }
    printf("new: %.2f us to make and free a heap with %d objects\n",
           (now() - start) * 1e6 / rounds, objects);
  }
}

typedef struct bench {
  const char *name;
  void (*run)(uint32_t size);
  uint32_t size;
} bench;

int main(int argc, char **argv)
{
  static const bench all[] = {{"mark", bench_mark, 4000000}, {"alloc", bench_alloc, 100000000},
                              {"trees", bench_trees, 18},    {"malloc", bench_malloc, 18},
                              {"new", bench_new, 10000}};
  const char *want = argc > 1 ? argv[1] : "all";
  for (size_t i = 0; i < VMI_COUNT(all); i++) {
    if (strcmp(want, "all") != 0 && strcmp(want, all[i].name) != 0) continue;
    all[i].run(argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : all[i].size);
  }
  return 0;
}
