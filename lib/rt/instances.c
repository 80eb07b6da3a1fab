/* instances.c - the life of an instance: an object of the heap that the collector frees.
 *
 * SPDX-License-Identifier: MIT
 *
 * What reaches an instance: the host's hold on it and the names it is defined under; the running instance
 * and those that C code will go on with (vmi_kept); every frame of its functions; function objects, so
 * handles, tables, globals and all other objects that refer to them; instances that import one of its
 * globals; the backtrace of an exception. Its memories and tables belong to all instances that have them
 * and are counted. Compiled code holds no address of an instance, and the caches of one belong to it.
 *
 * An instance that the collection did not mark gives back all it has while the collection is still going
 * on; the collector itself frees the object. Its module may not be released then (that waits for the
 * compiler's thread, and unloads code): a module without instances is put aside until vmi_rt_unload is
 * called, outside of any collection. No frame is in code of such a module: each of them would keep its
 * instance.
 */
#include <string.h>

#include "dynamic.h"

/* ---- modules in an isolate ---- */

/* Struct types that are declared by it, and not imported. */
static uint32_t count_structs(const vmi_module *m, const uint32_t *imported)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < m->ntypes; i++)
    n += m->types[i].kind == VMI_DEF_STRUCT && (!imported || imported[i] == VMI_NO_INDEX);
  return n;
}

static void free_loaded(vm_isolate *iso, vmi_loaded *l)
{
  const vmi_module *m = l->shared->m;
  vmi_free(&iso->alloc, l->ids, (m->ntypes + 1u) * sizeof *l->ids);
  vmi_rt_module_release(l->shared);
  vmi_free(&iso->alloc, l, sizeof *l);
}

static vmi_loaded *find_loaded(const vm_isolate *iso, const vm_module *shared)
{
  for (vmi_loaded *l = iso->loaded; l; l = l->next)
    if (l->shared == shared && !l->imports_types) return l;
  return NULL;
}

vm_status vmi_rt_module_load(vm_isolate *iso, vm_module *shared, const uint32_t *imported, vmi_loaded **out,
                      vm_error *err)
{
  vmi_loaded *l = imported ? NULL : find_loaded(iso, shared);
  if (!l) {
    l = vmi_new_zero(&iso->alloc, 1, sizeof *l);
    if (!l) return vmi_no_memory(err);
    vmi_rt_module_retain(shared);
    l->shared = shared;
    l->imports_types = imported != NULL;
    l->structs = count_structs(shared->m, imported);
    l->ids = vmi_new_zero(&iso->alloc, shared->m->ntypes + 1u, sizeof *l->ids);
    vm_status st = l->ids ? vmi_rt_types_of(iso, shared, imported, l->ids, err) : vmi_no_memory(err);
    if (st != VM_OK) {
      free_loaded(iso, l);
      return st;
    }
    l->next = iso->loaded;
    iso->loaded = l;
  }
  l->instances++;
  *out = l;
  return VM_OK;
}

/* One instance less. */
static void leave(vm_isolate *iso, vmi_loaded *l)
{
  if (--l->instances) return;
  vmi_loaded **p = &iso->loaded;
  while (*p != l) p = &(*p)->next;
  *p = l->next;
  l->next = iso->unloaded;
  iso->unloaded = l;
  iso->stale_types += l->structs;
}

static void unload_all(vm_isolate *iso)
{
  while (iso->unloaded) {
    vmi_loaded *l = iso->unloaded;
    iso->unloaded = l->next;
    free_loaded(iso, l);
  }
}

#ifdef VM_SMALL_LIMITS
enum { STALE_TYPES = 2 };
#else
enum { STALE_TYPES = 1024 };
#endif

void vmi_rt_unload(vm_isolate *iso)
{
  unload_all(iso);
  if (iso->stale_types < STALE_TYPES || iso->stale_types < iso->ntypes) return;
  vmi_rt_types_collect(iso);
  unload_all(iso);
}

/* ---- making ---- */

static size_t instance_size(const vmi_module *m)
{
  return sizeof(vmi_instance) + (m->nglobals - m->nimported_globals) * sizeof(vmi_slot);
}

/* About what it has outside of the heap, its module included, with register code: an entry of a Lox
 * session takes 18 KB. */
static size_t outside(const vmi_instance *inst)
{
  const vmi_module *m = inst->module;
  return 320 * (size_t)m->nfuncs + 64u * ((size_t)m->nsites + m->nimported_globals + m->ndatas) +
         8 * inst->shared->size;
}

static bool allocate_parts(vmi_instance *inst)
{
  const vmi_module *m = inst->module;
  const vmi_alloc *a = &inst->isolate->alloc;
  inst->imports = vmi_new_zero(a, m->nimported_funcs + 1u, sizeof *inst->imports);
  inst->func_objs = vmi_new_zero(a, m->nfuncs + 1u, sizeof *inst->func_objs);
  inst->imported_globals = vmi_new_zero(a, m->nimported_globals + 1u, sizeof *inst->imported_globals);
  inst->global_owners = vmi_new_zero(a, m->nimported_globals + 1u, sizeof *inst->global_owners);
  inst->memories = vmi_new_zero(a, m->nmemories + 1u, sizeof *inst->memories);
  inst->tables = vmi_new_zero(a, m->ntables + 1u, sizeof *inst->tables);
  inst->heat = vmi_new_zero(a, m->nfuncs + 1u, sizeof *inst->heat);
  inst->dropped_data = vmi_new_zero(a, m->ndatas + 1u, 1);
  inst->dropped_elem = vmi_new_zero(a, m->nelems + 1u, 1);
  inst->sites = vmi_new_zero(a, m->nsites + 1u, sizeof *inst->sites);
  inst->symbols = vmi_new_zero(a, m->ndatas + 1u, sizeof *inst->symbols);
  vmi_gc_hurry(inst->isolate->thread.heap, outside(inst));
  return inst->imports && inst->func_objs && inst->imported_globals && inst->global_owners &&
         inst->memories && inst->tables && inst->heat && inst->dropped_data && inst->dropped_elem &&
         inst->sites && inst->symbols;
}

vm_status vmi_rt_instance_make(vm_isolate *iso, vmi_loaded *loaded, vmi_instance **out, vm_error *err)
{
  vm_module *shared = loaded->shared;
  uint32_t words = (uint32_t)((instance_size(shared->m) - 16) / 8);
  vmi_instance *inst =
    (vmi_instance *)vmi_gc_alloc_array(iso->thread.heap, VMI_TYPE_INSTANCE, words);
  if (!inst) {
    leave(iso, loaded);
    return vmi_fail(err, VM_LIMIT, "the heap limit leaves no room for an instance");
  }
  inst->held = true;
  inst->isolate = iso;
  inst->loaded = loaded;
  inst->shared = shared;
  inst->module = shared->m;
  inst->code = shared->code;
  inst->type_ids = loaded->ids;
  inst->next = iso->instances;
  iso->instances = inst;
  if (allocate_parts(inst)) {
    *out = inst;
    return VM_OK;
  }
  vmi_rt_instance_discard(inst);
  return vmi_no_memory(err);
}

/* ---- freeing ---- */

static void free_sites(const vmi_alloc *a, vmi_instance *inst)
{
  const vmi_module *m = inst->module;
  for (uint32_t i = 0; inst->sites && i < m->nsites; i++)
    vmi_free(a, inst->sites[i].more, VMI_SITE_MORE * sizeof *inst->sites[i].more);
  vmi_free(a, inst->sites, (m->nsites + 1u) * sizeof *inst->sites);
}

/* All that belongs to it. Of the object remains what the collector knows. */
static void strip(vmi_instance *inst)
{
  vm_isolate *iso = inst->isolate;
  const vmi_module *m = inst->module;
  const vmi_alloc *a = &iso->alloc;
  for (uint32_t i = 0; inst->memories && i < m->nmemories; i++)
    vmi_rt_memory_release(iso, inst->memories[i]);
  for (uint32_t i = 0; inst->tables && i < m->ntables; i++)
    vmi_rt_table_release(iso, inst->tables[i]);
  vmi_free(a, inst->imports, (m->nimported_funcs + 1u) * sizeof *inst->imports);
  vmi_free(a, inst->func_objs, (m->nfuncs + 1u) * sizeof *inst->func_objs);
  vmi_free(a, inst->imported_globals, (m->nimported_globals + 1u) * sizeof *inst->imported_globals);
  vmi_free(a, inst->global_owners, (m->nimported_globals + 1u) * sizeof *inst->global_owners);
  vmi_free(a, inst->memories, (m->nmemories + 1u) * sizeof *inst->memories);
  vmi_free(a, inst->tables, (m->ntables + 1u) * sizeof *inst->tables);
  vmi_free(a, inst->heat, (m->nfuncs + 1u) * sizeof *inst->heat);
  vmi_free(a, inst->dropped_data, m->ndatas + 1u);
  vmi_free(a, inst->dropped_elem, m->nelems + 1u);
  vmi_free(a, inst->symbols, (m->ndatas + 1u) * sizeof *inst->symbols);
  free_sites(a, inst);
  leave(iso, inst->loaded);
  memset((char *)inst + 16, 0, (size_t)inst->length * 8);
  inst->held = false;
}

void vmi_rt_instance_discard(vmi_instance *inst)
{
  vmi_instance **p = &inst->isolate->instances;
  while (*p != inst) p = &(*p)->next;
  *p = inst->next;
  strip(inst);
}

void vmi_rt_instances_free(vm_isolate *iso)
{
  while (iso->instances) {
    vmi_instance *inst = iso->instances;
    iso->instances = inst->next;
    vmi_rt_heat_flush(inst);
    strip(inst);
  }
  unload_all(iso); /* no look for types: definitions name what has gone */
}

void vmi_rt_instances_marked(vm_isolate *iso)
{
  for (vmi_instance **p = &iso->instances, *inst; (inst = *p) != NULL;) {
    if (vmi_gc_alive(inst)) {
      p = &inst->next;
      continue;
    }
    *p = inst->next;
    vmi_rt_heat_flush(inst);
    strip(inst);
  }
}

/* ---- what it refers to ---- */

static void trace_all(vmi_heap *heap, vmi_gc_visit *visit, void *objects, uint32_t n)
{
  void *const *o = objects;
  for (uint32_t i = 0; o && i < n; i++) visit(heap, (uintptr_t)o[i]);
}

static void trace_table(vm_isolate *iso, vmi_heap *heap, vmi_gc_visit *visit, vmi_table_inst *table)
{
  if (!table || table->traced == iso->marking) return; /* a large one may be imported a thousand times */
  table->traced = iso->marking;
  for (uint32_t k = 0; k < table->length; k++) visit(heap, table->items[k].u64);
}

void vmi_rt_instance_trace(void *ctx, vmi_heap *heap, vmi_obj *object, vmi_gc_visit *visit)
{
  vm_isolate *iso = ctx;
  vmi_instance *inst = (vmi_instance *)object;
  const vmi_module *m = inst->module;
  if (!m) return; /* stripped, or not made yet */
  trace_all(heap, visit, inst->imports, m->nimported_funcs);
  trace_all(heap, visit, inst->func_objs, m->nfuncs);
  trace_all(heap, visit, inst->symbols, m->ndatas);
  trace_all(heap, visit, inst->global_owners, m->nimported_globals);
  for (uint32_t i = m->nimported_globals; i < m->nglobals; i++)
    if (vmi_type_traced(m->globals[i].type))
      visit(heap, inst->globals[i - m->nimported_globals].u64);
  for (uint32_t i = 0; inst->tables && i < m->ntables; i++)
    trace_table(iso, heap, visit, inst->tables[i]);
}

void vmi_rt_instances_roots(vm_isolate *iso, vmi_heap *heap, vmi_gc_visit *visit)
{
  for (const vmi_instance *i = iso->instances; i; i = i->next)
    if (i->held) visit(heap, (uintptr_t)i);
  for (const vmi_kept *k = iso->thread.kept; k; k = k->outer) {
    visit(heap, (uintptr_t)k->instance);
    visit(heap, (uintptr_t)k->object);
  }
  visit(heap, (uintptr_t)iso->thread.instance);
}

/* ---- the host lets go ---- */

bool vmi_rt_instance_release(vmi_instance *inst)
{
  if (!inst->held) return false;
  vmi_rt_undefine_instance(inst);
  inst->held = false;
  return true;
}
