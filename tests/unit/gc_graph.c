/* gc_graph.c - the collector against a shadow model: random object graphs, the same live set after
 * every collection, contents, weak references and finalizers included.
 *
 * SPDX-License-Identifier: MIT
 *
 * VM_GC_GRAPHS sets the number of graphs (default 10000), VM_GC_SEED the first seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gc_heap.h"

enum { MAX_OBJECTS = 600, MAX_EDGES = 40, NROOTS = 12, IMMEDIATE = -1 };
enum { ID_AT = 8 }; /* structs: an untraced id behind the header */

/* ---- types: structs small to large, with few, many and far references; arrays; weak ---- */
static const uint32_t near_refs[] = {16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104};
static const uint32_t far_refs[] = {16, 504, 512, 1000, 2000};
static const uint32_t page_refs[] = {24, 4096, 9000};
#define STRUCT(size_, n, offsets) {VMI_GC_STRUCT, (n) != 0, size_, 0, n, offsets}
#define ARRAY(elem, traced_) {VMI_GC_ARRAY, traced_, 0, elem, 0, NULL}
static const vmi_gc_type types[] = {
    STRUCT(16, 0, NULL), STRUCT(24, 1, near_refs), STRUCT(32, 2, near_refs),
    STRUCT(48, 3, near_refs), STRUCT(112, 12, near_refs), STRUCT(120, 0, NULL),
    STRUCT(200, 5, near_refs), STRUCT(500, 8, near_refs), STRUCT(1008, 3, far_refs),
    STRUCT(2048, 5, far_refs), STRUCT(2056, 5, far_refs), STRUCT(9008, 3, page_refs),
    STRUCT(20000, 2, near_refs), ARRAY(1, false), ARRAY(2, false), ARRAY(4, false),
    ARRAY(8, false), ARRAY(8, true), ARRAY(8, true), {VMI_GC_WEAK, false, 24, 0, 0, NULL}};
enum { NTYPES = VMI_COUNT(types), WEAK_TYPE = NTYPES - 1 };

typedef struct shadow {
  vmi_obj *address;
  uint32_t type, length, nedges;
  int edge[MAX_EDGES];       /* index of a shadow, or IMMEDIATE */
  uint64_t word[MAX_EDGES];  /* the immediate */
  int target;                /* WEAK */
  bool alive, reached, has_final, final_due, finalized;
} shadow;

typedef struct world {
  vmi_heap *heap;
  vmi_gc_front front;
  vmi_gc_config config;
  uint64_t random, collections;
  size_t outstanding; /* bytes the allocator hook has out */
  int roots[NROOTS];
  uint32_t count, seen;
  shadow objects[MAX_OBJECTS];
} world;

typedef struct token { /* of a finalizer */
  world *w;
  uint32_t index;
} token;

static uint64_t rnd(world *w, uint64_t below)
{
  w->random ^= w->random << 13;
  w->random ^= w->random >> 7;
  w->random ^= w->random << 17;
  return (w->random >> 11) % below;
}

static void *hook(void *user, void *block, size_t old_size, size_t new_size)
{
  world *w = user;
  w->outstanding += new_size - old_size;
  if (new_size != 0) return realloc(block, new_size);
  free(block);
  return NULL;
}

/* ---- layout ---- */

static uint32_t edge_offset(const shadow *s, uint32_t edge)
{
  return types[s->type].kind == VMI_GC_ARRAY ? 24 + 8 * edge : types[s->type].ref_offsets[edge];
}

static vmi_word *slot(const shadow *s, uint32_t offset)
{
  return (vmi_word *)((char *)s->address + offset);
}

static uint32_t object_id(const vmi_obj *object)
{
  const vmi_gc_type *t = &types[object->type];
  uint32_t id;
  if (t->kind == VMI_GC_ARRAY && t->traced) return (uint32_t)((const vmi_word *)object)[2];
  memcpy(&id, (const char *)object + (t->kind == VMI_GC_STRUCT ? ID_AT : 16), 4);
  return id;
}

/* Bytes of a plain array that hold a pattern. */
static size_t pattern_size(const shadow *s)
{
  const vmi_gc_type *t = &types[s->type];
  if (t->kind != VMI_GC_ARRAY || t->traced) return 0;
  return (size_t)s->length * t->elem_size - 4;
}

/* ---- shadow ---- */

static void reach(world *w, int index)
{
  int stack[MAX_OBJECTS], top = 0;
  if (index < 0 || w->objects[index].reached) return;
  w->objects[index].reached = true;
  stack[top++] = index;
  while (top > 0) {
    shadow *s = &w->objects[stack[--top]];
    for (uint32_t e = 0; e < s->nedges; e++) {
      if (s->edge[e] < 0 || w->objects[s->edge[e]].reached) continue;
      w->objects[s->edge[e]].reached = true;
      stack[top++] = s->edge[e];
    }
  }
}

/* A collection ran: what the model cannot reach is gone from now on. */
static void collected(world *w)
{
  for (uint32_t i = 0; i < w->count; i++) w->objects[i].reached = false;
  for (uint32_t i = 0; i < NROOTS; i++) reach(w, w->roots[i]);
  for (uint32_t i = 0; i < w->count; i++) {
    shadow *s = &w->objects[i];
    s->final_due |= s->alive && !s->reached && s->has_final;
    s->alive = s->alive && s->reached;
  }
}

static void notice_collections(world *w)
{
  vmi_gc_stats stats;
  vmi_gc_get_stats(w->heap, &stats);
  if (stats.collections == w->collections) return;
  w->collections = stats.collections;
  collected(w);
}

static void visit_roots(void *ctx, vmi_heap *heap, vmi_gc_visit *visit)
{
  world *w = ctx;
  for (uint32_t i = 0; i < NROOTS; i++) {
    visit(heap, w->roots[i] < 0 ? rnd(w, 4) << 50 | 2 : (uintptr_t)w->objects[w->roots[i]].address);
  }
}

/* ---- mutator ---- */

static int pick(world *w)
{
  for (int tries = 0; tries < 20 && w->count > 0; tries++) {
    int i = (int)rnd(w, w->count);
    if (w->objects[i].alive) return i;
  }
  return -1;
}

static void set_edge(world *w, shadow *s, uint32_t e, bool initial)
{
  static const uint64_t immediates[] = {0, 6, 7, VMI_DYN_TAGS, 0xFFFE000012345678ull,
                                        0x7FFA000000000000ull, 0x0002000000000000ull};
  s->edge[e] = rnd(w, 4) == 0 ? IMMEDIATE : pick(w);
  s->word[e] = immediates[rnd(w, VMI_COUNT(immediates))];
  if (!initial) vmi_gc_barrier(w->heap, s->address);
  *slot(s, edge_offset(s, e)) =
      s->edge[e] < 0 ? s->word[e] : (uintptr_t)w->objects[s->edge[e]].address;
}

/* As compiled code does it: bump, header, nothing else. */
static vmi_obj *alloc_inline(world *w, uint32_t type)
{
  const vmi_gc_type *t = &types[type];
  uint32_t class = vmi_gc_class(t->size), cell = vmi_gc_class_size(class);
  vmi_bump *b = &w->front.bump[2 * class + t->traced];
  char *p = b->cursor;
  if (b->limit - p < (ptrdiff_t)cell) return vmi_gc_alloc(w->heap, type);
  assert_false(w->config.stress);
  b->cursor = p + cell;
  *(vmi_obj *)p = (vmi_obj){.type = type};
  for (uint32_t i = 0; i < t->nrefs; i++) *(vmi_word *)(p + t->ref_offsets[i]) = 0;
  return (vmi_obj *)p;
}

static uint32_t pick_length(world *w, uint32_t type)
{
  uint32_t elem = types[type].elem_size;
  if (types[type].traced) return 1 + (uint32_t)rnd(w, MAX_EDGES);
  if (rnd(w, 2000) == 0) return (5u << 20) / elem; /* a mapping of its own */
  if (rnd(w, 16) == 0) return (uint32_t)rnd(w, 60000) / elem + 4;
  return 4 + (uint32_t)rnd(w, 100);
}

static void init_object(world *w, uint32_t id)
{
  shadow *s = &w->objects[id];
  const vmi_gc_type *t = &types[s->type];
  if (t->kind == VMI_GC_ARRAY && t->traced) *slot(s, 16) = 0xFFFE000000000000ull | id;
  else memcpy((char *)s->address + (t->kind == VMI_GC_STRUCT ? ID_AT : 16), &id, 4);
  s->nedges = t->kind == VMI_GC_ARRAY ? (t->traced ? s->length - 1 : 0) : t->nrefs;
  if (pattern_size(s) != 0) memset((char *)s->address + 20, (int)(id & 255), pattern_size(s));
  for (uint32_t e = 0; e < s->nedges; e++) set_edge(w, s, e, true);
  if (t->kind == VMI_GC_WEAK && (s->target = pick(w)) >= 0) {
    *slot(s, 8) = (uintptr_t)w->objects[s->target].address;
  }
}

static void finalize(void *data)
{
  token *t = data;
  shadow *s = &t->w->objects[t->index];
  assert_true(s->final_due && !s->finalized);
  s->finalized = true;
  free(t);
}

static void add_finalizer(world *w, uint32_t id)
{
  token *t = malloc(sizeof *t);
  *t = (token){w, id};
  assert_true(vmi_gc_add_finalizer(w->heap, w->objects[id].address, finalize, t));
  w->objects[id].has_final = true;
}

static void allocate(world *w)
{
  uint32_t id = w->count, type = (uint32_t)rnd(w, NTYPES);
  shadow *s = &w->objects[id];
  if (id == MAX_OBJECTS) return;
  memset(s, 0, sizeof *s);
  s->type = type;
  s->target = -1;
  if (types[type].kind == VMI_GC_ARRAY) {
    s->length = pick_length(w, type);
    s->address = vmi_gc_alloc_array(w->heap, type, s->length);
  } else if (types[type].kind == VMI_GC_STRUCT && types[type].size <= VMI_GC_MAX_SMALL &&
             rnd(w, 2)) {
    s->address = alloc_inline(w, type);
  } else {
    s->address = vmi_gc_alloc(w->heap, type);
  }
  assert_non_null(s->address);
  notice_collections(w);
  w->count++;
  init_object(w, id);
  s->alive = true;
  if (rnd(w, 8) == 0) add_finalizer(w, id);
  if (rnd(w, 3) == 0) w->roots[rnd(w, NROOTS)] = (int)id;
}

static void mutate(world *w)
{
  int i = pick(w);
  if (i >= 0 && w->objects[i].nedges != 0) {
    set_edge(w, &w->objects[i], (uint32_t)rnd(w, w->objects[i].nedges), false);
  }
  if (rnd(w, 6) == 0) w->roots[rnd(w, NROOTS)] = rnd(w, 3) == 0 ? pick(w) : -1;
}

/* ---- comparison ---- */

static void check_contents(const world *w, const shadow *s)
{
  const uint8_t *bytes = (const uint8_t *)s->address + 20;
  for (uint32_t e = 0; e < s->nedges; e++) {
    uint64_t want = s->edge[e] < 0 ? s->word[e] : (uintptr_t)w->objects[s->edge[e]].address;
    assert_true(*slot(s, edge_offset(s, e)) == want);
  }
  for (size_t i = 0, n = pattern_size(s); i < n; i += n > 5000 ? 997 : 1) {
    assert_int_equal(bytes[i], (s - w->objects) & 255);
  }
  if (s->type == WEAK_TYPE) {
    bool kept = s->target >= 0 && w->objects[s->target].alive;
    assert_true(*slot(s, 8) == (kept ? (uintptr_t)w->objects[s->target].address : 0));
  }
}

static void forget_cleared(world *w) /* what a weak reference lost it does not get back */
{
  for (uint32_t i = 0; i < w->count; i++) {
    shadow *s = &w->objects[i];
    if (s->target >= 0 && !w->objects[s->target].alive) s->target = -1;
  }
}

static void see(void *ctx, vmi_obj *object)
{
  world *w = ctx;
  uint32_t id = object_id(object);
  assert_true(id < w->count);
  assert_ptr_equal(w->objects[id].address, object);
  assert_int_equal(w->objects[id].type, object->type);
  w->seen++;
}

static void compare(world *w)
{
  uint32_t live = 0;
  w->seen = 0;
  vmi_gc_each(w->heap, see, w);
  notice_collections(w);
  for (uint32_t i = 0; i < w->count; i++) {
    if (!w->objects[i].alive) continue;
    live++;
    check_contents(w, &w->objects[i]);
  }
  forget_cleared(w);
  assert_int_equal(live, w->seen);
  vmi_gc_run_finalizers(w->heap);
  for (uint32_t i = 0; i < w->count; i++) {
    assert_int_equal(w->objects[i].final_due, w->objects[i].finalized);
  }
  const char *bad = vmi_gc_verify(w->heap);
  if (bad != NULL) fail_msg("%s", bad);
}

static void open_world(world *w, uint64_t seed)
{
  vmi_alloc alloc = {hook, w};
  memset(w, 0, offsetof(world, objects));
  w->random = seed * 0x9E3779B97F4A7C15ull + 1;
  w->config.stress = rnd(w, 10) == 0;
  w->config.poison = rnd(w, 3) == 0;
  w->config.verify = rnd(w, 3) == 0;
  w->config.min_threshold = (size_t)1 << (12 + rnd(w, 10));
  for (uint32_t i = 0; i < NROOTS; i++) w->roots[i] = -1;
  w->heap = vmi_gc_new(&alloc, &w->config, &w->front, visit_roots, w);
  assert_non_null(w->heap);
  if (rnd(w, 4) == 0) w->heap->stack_max = 1 + rnd(w, 8); /* marking must cope with any stack */
  for (uint32_t i = 0; i < NTYPES; i++) assert_int_equal(vmi_gc_add_type(w->heap, &types[i]), i);
}

static void close_world(world *w)
{
  for (uint32_t i = 0; i < w->count; i++) w->objects[i].final_due |= w->objects[i].has_final;
  vmi_gc_finalize_all(w->heap);
  vmi_gc_run_finalizers(w->heap);
  for (uint32_t i = 0; i < w->count; i++) {
    assert_int_equal(w->objects[i].has_final, w->objects[i].finalized);
  }
  vmi_gc_free(w->heap);
  assert_int_equal(w->outstanding, 0);
}

static uint64_t run_graph(world *w, uint64_t seed)
{
  open_world(w, seed);
  uint32_t steps = 20 + (uint32_t)rnd(w, w->config.stress ? 100 : 600);
  uint32_t period = 10 + (uint32_t)rnd(w, 200);
  for (uint32_t i = 0; i < steps; i++) {
    if (rnd(w, 2) == 0) allocate(w);
    else mutate(w);
    if (i % period == period - 1) compare(w);
  }
  compare(w);
  for (uint32_t i = 0; i < NROOTS; i++) w->roots[i] = -1;
  compare(w);
  assert_int_equal(w->seen, 0);
  uint64_t overflows = w->heap->overflows;
  close_world(w);
  return overflows;
}

static uint64_t setting(const char *name, uint64_t fallback)
{
  const char *text = getenv(name);
  return text != NULL ? strtoull(text, NULL, 0) : fallback;
}

static void random_graphs(void **state)
{
  (void)state;
  uint64_t graphs = setting("VM_GC_GRAPHS", 10000), seed = setting("VM_GC_SEED", 1);
  uint64_t overflows = 0;
  world *w = malloc(sizeof *w);
  for (uint64_t i = 0; i < graphs; i++) overflows += run_graph(w, seed + i);
  free(w);
  if (graphs >= 100) assert_true(overflows > 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(random_graphs)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
