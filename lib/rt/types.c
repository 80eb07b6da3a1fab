/* types.c - the types of an isolate.
 *
 * SPDX-License-Identifier: MIT
 *
 * An object's header names its type by isolate type id. Struct types are nominal: a module's
 * declarations get ids when it is first instantiated, and keep them. Array and function types are
 * structural: equal ones of all modules share an id, found through a hash over their components.
 * Components refer to ids, and array and function types refer only to struct types and to earlier
 * types, so that struct ids are given first, structural ones in order, struct contents last.
 *
 * A type goes, and its id is free for another, when no live object has it, no module that has an instance
 * here, no definition, no other type that stays, and the host was not given its id. Objects without
 * references are never looked at in marking, so this takes a walk through the heap: it is done when as
 * many types were left behind as there are others.
 */
#include <string.h>

#include "dynamic.h"

static vm_status no_memory(vm_error *err) { return vmi_no_memory(err); }

/* ---- registering ---- */

static bool reserve_rtts(vm_isolate *iso)
{
  if (iso->nrtts == iso->rtts_capacity) {
    uint32_t capacity = iso->rtts_capacity ? 2 * iso->rtts_capacity : 32;
    void *grown = vmi_resize(&iso->alloc, iso->rtts, iso->rtts_capacity * sizeof *iso->rtts,
                             capacity * sizeof *iso->rtts);
    if (!grown) return false;
    iso->rtts = grown;
    iso->rtts_capacity = capacity;
  }
  return iso->nrtts < VM_HEAP_ANY;
}

/* The id of a type that has gone, or nrtts. */
static uint32_t free_id(vm_isolate *iso)
{
  while (iso->first_free_rtt < iso->nrtts && iso->rtts[iso->first_free_rtt]) iso->first_free_rtt++;
  return iso->first_free_rtt;
}

/* A type with its collector's description, which must be complete: the heap looks at it now. */
static vmi_rtt *new_rtt(vm_isolate *iso, uint32_t heap, const vmi_gc_type *gc)
{
  uint32_t id = free_id(iso);
  vmi_rtt *r =
    id < iso->nrtts || reserve_rtts(iso) ? vmi_new_zero(&iso->alloc, 1, sizeof *r) : NULL;
  if (!r) return NULL;
  r->heap = heap;
  r->gc = *gc;
  if (id < iso->nrtts) {
    vmi_gc_set_type(iso->thread.heap, id, &r->gc);
  } else if (vmi_gc_add_type(iso->thread.heap, &r->gc) != id) {
    vmi_free(&iso->alloc, r, sizeof *r);
    return NULL;
  }
  r->id = id;
  iso->rtts[id] = r;
  if (id == iso->nrtts) iso->nrtts++;
  return r;
}

static void free_rtt(vm_isolate *iso, vmi_rtt *r)
{
  const vmi_alloc *a = &iso->alloc;
  bool array = r->heap == VM_HEAP_ARRAY;
  vmi_free(a, (vm_type *)r->params, (r->nparams + 1u) * sizeof *r->params);
  vmi_free(a, (vm_type *)r->results, (r->nresults + 1u) * sizeof *r->results);
  vmi_free(a, r->fields, ((array ? 1u : r->nfields) + 1u) * sizeof *r->fields);
  vmi_free(a, (uint32_t *)r->display, (r->depth + 1u) * sizeof *r->display);
  vmi_free(a, r->offsets, (r->nfields + 1u) * sizeof *r->offsets);
  vmi_free(a, r, sizeof *r);
}

static void drop_rtt(vm_isolate *iso, vmi_rtt *r)
{
  if (r->id < iso->first_free_rtt) iso->first_free_rtt = r->id;
  iso->rtts[r->id] = NULL;
  free_rtt(iso, r);
}

static void *copy(vm_isolate *iso, const void *from, uint32_t count, size_t size)
{
  void *to = vmi_new_zero(&iso->alloc, count + 1u, size);
  if (to && count) memcpy(to, from, count * size);
  return to;
}

static const uint32_t exn_refs[] = {offsetof(vmi_exn_obj, payload), offsetof(vmi_exn_obj, trace)};
static const uint32_t map_refs[] = {offsetof(vmi_map, entries), offsetof(vmi_map, index)};
static const uint32_t props_refs[] = {offsetof(vmi_props, keys), offsetof(vmi_props, attributes),
                                      offsetof(vmi_props, index)};
static const uint32_t shape_refs[] = {offsetof(vmi_shape, parent), offsetof(vmi_shape, root),
                                      offsetof(vmi_shape, proto), offsetof(vmi_shape, props),
                                      offsetof(vmi_shape, instances)};
static const uint32_t func_refs[] = {offsetof(vmi_func_obj, instance), offsetof(vmi_func_obj, env)};

static vmi_gc_type fixed_type(vmi_gc_kind kind, uint32_t size, uint32_t nrefs, const uint32_t *refs)
{
  return (vmi_gc_type){.kind = kind, .traced = nrefs != 0, .size = size, .nrefs = nrefs,
                       .ref_offsets = refs};
}

vm_status vmi_rt_types_init(vm_isolate *iso)
{
  const struct {
    uint32_t heap;
    vmi_gc_type gc;
  } builtin[VMI_TYPE_FIRST_DECLARED] = {
    [0] = {VM_HEAP_EXTERN, fixed_type(VMI_GC_STRUCT, 16, 0, NULL)}, /* id 0 is never used */
    [VMI_TYPE_EXTERN] = {VM_HEAP_EXTERN, fixed_type(VMI_GC_STRUCT, sizeof(vmi_extern_obj), 0, NULL)},
    [VMI_TYPE_EXN] = {VM_HEAP_EXN, fixed_type(VMI_GC_STRUCT, sizeof(vmi_exn_obj), 2, exn_refs)},
    [VMI_TYPE_WEAK] = {VM_HEAP_WEAK, fixed_type(VMI_GC_WEAK, sizeof(vmi_weak_obj), 0, NULL)},
    [VMI_TYPE_BYTES] = {VM_HEAP_ARRAY, {.kind = VMI_GC_ARRAY, .elem_size = 1}},
    /* To the type system they are nothing but references. */
    [VMI_TYPE_SYMBOL] = {VM_HEAP_ANY, {.kind = VMI_GC_ARRAY, .elem_size = 1}},
    [VMI_TYPE_MAP] = {VM_HEAP_ANY, fixed_type(VMI_GC_STRUCT, sizeof(vmi_map), 2, map_refs)},
    [VMI_TYPE_OBJECT] = {VM_HEAP_ANY, {.kind = VMI_GC_ARRAY, .traced = true, .elem_size = 8}},
    [VMI_TYPE_WORDS] = {VM_HEAP_ANY, {.kind = VMI_GC_ARRAY, .traced = true, .elem_size = 8}},
    [VMI_TYPE_PROPS] = {VM_HEAP_ANY, fixed_type(VMI_GC_STRUCT, sizeof(vmi_props), 3, props_refs)},
    [VMI_TYPE_SHAPE] = {VM_HEAP_ANY, fixed_type(VMI_GC_STRUCT, sizeof(vmi_shape), 5, shape_refs)},
    [VMI_TYPE_INSTANCE] = {VM_HEAP_ANY, {.kind = VMI_GC_OPAQUE, .traced = true}},
  };
  for (uint32_t i = 0; i < VMI_TYPE_FIRST_DECLARED; i++) {
    vmi_rtt *r = new_rtt(iso, builtin[i].heap, &builtin[i].gc);
    if (!r || r->id != i) return VM_MEMORY;
  }
  return VM_OK;
}

/* ---- structural types ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
  h = (h ^ v) * 0x9E3779B97F4A7C15ull;
  return h ^ h >> 29;
}

static uint64_t structure_hash(const vmi_rtt *r)
{
  uint64_t h = mix(r->heap, (uint64_t)r->nparams << 32 | r->nresults);
  for (uint32_t i = 0; i < r->nparams; i++) h = mix(h, r->params[i]);
  for (uint32_t i = 0; i < r->nresults; i++) h = mix(h, r->results[i]);
  if (r->heap == VM_HEAP_ARRAY) h = mix(h, (uint64_t)r->fields[0].type << 1 | r->fields[0].mut);
  return h;
}

static bool same_types(uint32_t n, const vm_type *a, const vm_type *b)
{
  return n == 0 || memcmp(a, b, n * sizeof *a) == 0;
}

static bool same_structure(const vmi_rtt *a, const vmi_rtt *b)
{
  if (a->heap != b->heap) return false;
  if (a->heap == VM_HEAP_ARRAY)
    return a->fields[0].type == b->fields[0].type && a->fields[0].mut == b->fields[0].mut;
  return a->nparams == b->nparams && a->nresults == b->nresults &&
         same_types(a->nparams, a->params, b->params) &&
         same_types(a->nresults, a->results, b->results);
}

static bool grow_buckets(vm_isolate *iso)
{
  uint32_t n = iso->ntype_buckets ? 4 * iso->ntype_buckets : 64;
  vmi_rtt **buckets = vmi_new_zero(&iso->alloc, n, sizeof *buckets);
  if (!buckets) return false;
  for (uint32_t i = 0; i < iso->ntype_buckets; i++) {
    for (vmi_rtt *r = iso->type_buckets[i], *next; r; r = next) {
      next = r->next;
      vmi_rtt **home = &buckets[structure_hash(r) % n];
      r->next = *home;
      *home = r;
    }
  }
  vmi_free(&iso->alloc, iso->type_buckets, iso->ntype_buckets * sizeof *buckets);
  iso->type_buckets = buckets;
  iso->ntype_buckets = n;
  return true;
}

static vmi_gc_type structural_gc(const vmi_rtt *like)
{
  if (like->heap == VM_HEAP_FUNC)
    return fixed_type(VMI_GC_STRUCT, sizeof(vmi_func_obj), 2, func_refs);
  vm_type element = like->fields[0].type;
  return (vmi_gc_type){.kind = VMI_GC_ARRAY,
                       .traced = !vmi_type_is_packed(element) && vmi_type_traced(element),
                       .elem_size = vmi_storage_size(element)};
}

static bool fill_structural(vm_isolate *iso, vmi_rtt *r, const vmi_rtt *like)
{
  r->nparams = like->nparams;
  r->nresults = like->nresults;
  if (like->heap == VM_HEAP_FUNC) {
    r->params = copy(iso, like->params, like->nparams, sizeof(vm_type));
    r->results = copy(iso, like->results, like->nresults, sizeof(vm_type));
    return r->params && r->results;
  }
  r->nfields = 1;
  r->fields = copy(iso, like->fields, 1, sizeof(vmi_field));
  return r->fields != NULL;
}

/* The id of the array or function type with the structure of `like`. */
static uint32_t intern(vm_isolate *iso, const vmi_rtt *like)
{
  if (iso->nstructural >= 2 * iso->ntype_buckets && !grow_buckets(iso)) return UINT32_MAX;
  vmi_rtt **home = &iso->type_buckets[structure_hash(like) % iso->ntype_buckets];
  for (vmi_rtt *r = *home; r; r = r->next)
    if (same_structure(r, like)) return r->id;
  vmi_gc_type gc = structural_gc(like);
  vmi_rtt *r = new_rtt(iso, like->heap, &gc);
  if (!r) return UINT32_MAX;
  if (!fill_structural(iso, r, like)) {
    drop_rtt(iso, r);
    return UINT32_MAX;
  }
  r->next = *home;
  *home = r;
  iso->nstructural++;
  return r->id;
}

static uint32_t func_type(vm_isolate *iso, uint32_t nparams, const vm_type *params,
                          uint32_t nresults, const vm_type *results)
{
  vmi_rtt like = {.heap = VM_HEAP_FUNC, .nparams = nparams, .params = params,
                  .nresults = nresults, .results = results};
  return intern(iso, &like);
}

void vmi_rt_type_keep(vm_isolate *iso, uint32_t id) { iso->rtts[id]->kept = true; }

static uint32_t kept(vm_isolate *iso, uint32_t id)
{
  if (id != UINT32_MAX) vmi_rt_type_keep(iso, id);
  return id;
}

uint32_t vmi_rt_func_type(vm_isolate *iso, uint32_t nparams, const vm_type *params,
                          uint32_t nresults, const vm_type *results)
{
  return kept(iso, func_type(iso, nparams, params, nresults, results));
}

uint32_t vmi_rt_array_type(vm_isolate *iso, vm_type element, bool mut)
{
  vmi_field field = {.type = element, .mut = mut};
  vmi_rtt like = {.heap = VM_HEAP_ARRAY, .nfields = 1, .fields = &field};
  return kept(iso, intern(iso, &like));
}

vm_type vmi_rt_type_resolve(const uint32_t *ids, vm_type t)
{
  if (!vmi_type_is_ref(t) || vmi_type_is_packed(t) || VM_TYPE_HEAP(t) >= VM_HEAP_ANY) return t;
  return (t & ~0xFFFFFFu) | ids[VM_TYPE_HEAP(t)];
}

static uint32_t intern_func(vm_isolate *iso, const vmi_typedef *d, const uint32_t *ids)
{
  vm_type params[VMI_MAX_PARAMS], results[VMI_MAX_RESULTS];
  for (uint32_t i = 0; i < d->nparams; i++) params[i] = vmi_rt_type_resolve(ids, d->params[i]);
  for (uint32_t i = 0; i < d->nresults; i++) results[i] = vmi_rt_type_resolve(ids, d->results[i]);
  return func_type(iso, d->nparams, params, d->nresults, results);
}

static uint32_t intern_array(vm_isolate *iso, const vmi_typedef *d, const uint32_t *ids)
{
  vmi_field element = d->fields[0];
  element.type = vmi_rt_type_resolve(ids, element.type);
  vmi_rtt like = {.heap = VM_HEAP_ARRAY, .nfields = 1, .fields = &element};
  return intern(iso, &like);
}

/* ---- struct types ---- */

static vmi_rtt *new_struct(vm_isolate *iso, const vmi_typedef *d)
{
  uint32_t *offsets = vmi_new_zero(&iso->alloc, d->nfields + 1u, sizeof *offsets);
  if (!offsets) return NULL;
  uint32_t n = 0;
  for (uint32_t i = 0; i < d->nfields; i++)
    if (vmi_type_traced(d->fields[i].type) && !vmi_type_is_packed(d->fields[i].type))
      offsets[n++] = d->fields[i].offset;
  vmi_gc_type gc = fixed_type(VMI_GC_STRUCT, d->size, n, offsets);
  vmi_rtt *r = new_rtt(iso, VM_HEAP_STRUCT, &gc);
  if (!r) vmi_free(&iso->alloc, offsets, (d->nfields + 1u) * sizeof *offsets);
  else r->offsets = offsets, r->nfields = d->nfields;
  return r;
}

static bool fill_struct(vm_isolate *iso, vmi_rtt *r, const vmi_module *m, uint32_t index,
                        const uint32_t *ids)
{
  const vmi_typedef *d = &m->types[index];
  r->fields = copy(iso, d->fields, d->nfields, sizeof(vmi_field));
  if (!r->fields) return false;
  for (uint32_t i = 0; i < d->nfields; i++)
    r->fields[i].type = vmi_rt_type_resolve(ids, d->fields[i].type);
  const vmi_rtt *super = d->super == VMI_NO_INDEX ? NULL : iso->rtts[ids[d->super]];
  r->depth = super ? super->depth + 1 : 0;
  uint32_t *display = vmi_new_zero(&iso->alloc, r->depth + 1u, sizeof *display);
  if (!display) return false;
  if (super) memcpy(display, super->display, r->depth * sizeof *display);
  display[r->depth] = r->id;
  r->display = display;
  r->owner_index = index;
  return true;
}

/* Does the imported struct have the structure that the module declares for it? */
static bool import_matches(const vmi_typedef *d, const vmi_rtt *r, const uint32_t *ids)
{
  if (d->nfields != r->nfields) return false;
  for (uint32_t i = 0; i < d->nfields; i++)
    if (vmi_rt_type_resolve(ids, d->fields[i].type) != r->fields[i].type ||
        d->fields[i].mut != r->fields[i].mut)
      return false;
  if (d->super == VMI_NO_INDEX) return r->depth == 0;
  return r->depth > 0 && r->display[r->depth - 1] == ids[d->super];
}

static bool is_struct(const vmi_typedef *d) { return d->kind == VMI_DEF_STRUCT; }

static vm_status assign_ids(vm_isolate *iso, const vm_module *shared, const uint32_t *imported,
                            uint32_t *ids, vm_error *err)
{
  const vmi_module *m = shared->m;
  for (uint32_t i = 0; i < m->ntypes; i++) {
    if (!is_struct(&m->types[i])) continue;
    if (imported && imported[i] != VMI_NO_INDEX) {
      ids[i] = imported[i];
      continue;
    }
    vmi_rtt *r = new_struct(iso, &m->types[i]);
    if (!r) return no_memory(err);
    ids[i] = r->id;
  }
  for (uint32_t i = 0; i < m->ntypes; i++) {
    const vmi_typedef *d = &m->types[i];
    if (is_struct(d)) continue;
    ids[i] = d->kind == VMI_DEF_FUNC ? intern_func(iso, d, ids) : intern_array(iso, d, ids);
    if (ids[i] == UINT32_MAX) return no_memory(err);
  }
  return VM_OK;
}

static vm_status fill_structs(vm_isolate *iso, const vm_module *shared, const uint32_t *imported,
                              const uint32_t *ids, vm_error *err)
{
  const vmi_module *m = shared->m;
  for (uint32_t i = 0; i < m->ntypes; i++) {
    if (!is_struct(&m->types[i])) continue;
    if (imported && imported[i] != VMI_NO_INDEX) {
      if (!import_matches(&m->types[i], iso->rtts[ids[i]], ids))
        return vmi_fail(err, VM_LINK, "imported type %u (%s): another structure than declared", i,
                        m->types[i].name.size ? m->types[i].name.data : "unnamed");
    } else if (!fill_struct(iso, iso->rtts[ids[i]], m, i, ids)) {
      return no_memory(err);
    }
  }
  return VM_OK;
}

vm_status vmi_rt_types_of(vm_isolate *iso, vm_module *shared, const uint32_t *imported, uint32_t *ids,
                          vm_error *err)
{
  vm_status st = assign_ids(iso, shared, imported, ids, err);
  return st == VM_OK ? fill_structs(iso, shared, imported, ids, err) : st;
}

/* ---- types that nobody has any more ---- */

void vmi_rt_types_free(vm_isolate *iso)
{
  for (uint32_t i = 0; i < iso->nrtts; i++)
    if (iso->rtts[i]) free_rtt(iso, iso->rtts[i]);
  vmi_free(&iso->alloc, iso->rtts, iso->rtts_capacity * sizeof *iso->rtts);
  vmi_free(&iso->alloc, iso->type_buckets, iso->ntype_buckets * sizeof *iso->type_buckets);
}

static void remove_structural(vm_isolate *iso, const vmi_rtt *r)
{
  if (r->heap == VM_HEAP_STRUCT || iso->ntype_buckets == 0) return;
  for (vmi_rtt **p = &iso->type_buckets[structure_hash(r) % iso->ntype_buckets]; *p; p = &(*p)->next) {
    if (*p != r) continue;
    *p = r->next;
    iso->nstructural--;
    return;
  }
}

static void use(vm_isolate *iso, uint32_t id) { iso->rtts[id]->used = true; }

static void use_object(void *ctx, vmi_obj *object) { use(ctx, object->type); }

static bool use_type(vm_isolate *iso, vm_type t)
{
  if (!vmi_type_is_ref(t) || vmi_type_is_packed(t) || VM_TYPE_HEAP(t) >= VM_HEAP_ANY) return false;
  vmi_rtt *r = iso->rtts[VM_TYPE_HEAP(t)];
  bool first = !r->used;
  r->used = true;
  return first;
}

/* What `r` is made of; true if that was not in use yet. */
static bool use_parts(vm_isolate *iso, const vmi_rtt *r)
{
  bool more = false;
  for (uint32_t i = 0; r->params && i < r->nparams; i++) more |= use_type(iso, r->params[i]);
  for (uint32_t i = 0; r->results && i < r->nresults; i++) more |= use_type(iso, r->results[i]);
  for (uint32_t i = 0; r->fields && i < r->nfields; i++) more |= use_type(iso, r->fields[i].type);
  for (uint32_t i = 0; r->display && i < r->depth; i++) more |= use_type(iso, VM_REF(r->display[i]));
  return more;
}

static void use_roots(vm_isolate *iso)
{
  for (uint32_t i = 0; i < iso->nrtts; i++)
    if (iso->rtts[i]) iso->rtts[i]->used = i < VMI_TYPE_FIRST_DECLARED || iso->rtts[i]->kept;
  vmi_gc_each(iso->thread.heap, use_object, iso); /* collects: instances and modules may go */
  for (const vmi_loaded *l = iso->loaded; l; l = l->next)
    for (uint32_t i = 0; i < l->shared->m->ntypes; i++) use(iso, l->ids[i]);
  const vmi_definition *d = iso->definitions.data;
  for (size_t i = 0; i < iso->definitions.count; i++) {
    if (d[i].kind == VMI_EXTERN_TYPE) use(iso, d[i].of.type);
    if (d[i].kind == VMI_EXTERN_GLOBAL) use_type(iso, d[i].of.global.type);
    if (d[i].kind == VMI_EXTERN_TABLE) use_type(iso, d[i].of.table->type);
  }
}

void vmi_rt_types_collect(vm_isolate *iso)
{
  use_roots(iso);
  for (bool more = true; more;) {
    more = false;
    for (uint32_t i = 0; i < iso->nrtts; i++)
      if (iso->rtts[i] && iso->rtts[i]->used) more |= use_parts(iso, iso->rtts[i]);
  }
  uint32_t live = 0;
  for (uint32_t i = 0; i < iso->nrtts; i++) {
    vmi_rtt *r = iso->rtts[i];
    if (!r || r->used) {
      live += r != NULL;
      continue;
    }
    remove_structural(iso, r);
    drop_rtt(iso, r);
  }
  iso->stale_types = 0;
  iso->ntypes = live;
}

/* ---- relations ---- */

static bool heap_is(const vm_isolate *iso, uint32_t id, uint32_t heap)
{
  if (heap == VM_HEAP_ANY || id == heap) return true;
  const vmi_rtt *r = iso->rtts[id];
  if (heap > VM_HEAP_ANY) return r->heap == heap;
  const vmi_rtt *want = iso->rtts[heap];
  return r->display && want->display && r->depth > want->depth && r->display[want->depth] == heap;
}

bool vmi_rt_subtype(const vm_isolate *iso, vm_type a, vm_type b)
{
  if (a == b) return true;
  if (!vmi_type_is_ref(a) || !vmi_type_is_ref(b)) return false;
  if (VM_TYPE_NULLABLE(a) && !VM_TYPE_NULLABLE(b)) return false;
  uint32_t ha = VM_TYPE_HEAP(a), hb = VM_TYPE_HEAP(b);
  if (ha == hb || hb == VM_HEAP_ANY) return true;
  return ha < VM_HEAP_ANY && heap_is(iso, ha, hb);
}

bool vmi_rt_object_is(const vm_isolate *iso, const vmi_obj *object, vm_type t)
{
  if (!object) return VM_TYPE_NULLABLE(t);
  return heap_is(iso, object->type, VM_TYPE_HEAP(t));
}
