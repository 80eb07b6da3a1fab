/* link.c - instances: imports resolved by name and type, globals, segments, start.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "dynamic.h"

/* ---- definitions ---- */

static bool same_str(vmi_str a, vmi_str b)
{
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static uint64_t mix_str(uint64_t h, vmi_str s)
{
  for (uint32_t i = 0; i <= s.size; i++) { /* the size stands for the end */
    h = (h ^ (i < s.size ? (uint8_t)s.data[i] : s.size)) * 0x9E3779B97F4A7C15ull;
    h ^= h >> 29;
  }
  return h;
}

/* The slot of the definition, or the free one where it would go. The table is not full. The seed is
 * an address, so that no module can prepare names that collide. */
static uint32_t *definition_slot(const vm_isolate *iso, vmi_str module, vmi_str name)
{
  const vmi_definition *d = iso->definitions.data;
  uint32_t mask = iso->ndefinition_slots - 1;
  uint32_t i = (uint32_t)(mix_str(mix_str((uintptr_t)iso, module), name) >> 16) & mask;
  for (; iso->definition_slots[i] != 0; i = (i + 1) & mask) {
    const vmi_definition *have = &d[iso->definition_slots[i] - 1];
    if (same_str(have->name, name) && same_str(have->module, module)) break;
  }
  return &iso->definition_slots[i];
}

static const vmi_definition *find_definition(const vm_isolate *iso, vmi_str module, vmi_str name)
{
  if (iso->ndefinition_slots == 0) return NULL;
  uint32_t at = *definition_slot(iso, module, name);
  return at != 0 ? (const vmi_definition *)iso->definitions.data + (at - 1) : NULL;
}

/* Room for one more definition in the hash table, which stays at most half full. */
static bool reserve_definition(vm_isolate *iso)
{
  size_t count = iso->definitions.count;
  if (2 * (count + 1) <= iso->ndefinition_slots) return true;
  uint32_t n = iso->ndefinition_slots ? 2 * iso->ndefinition_slots : 16;
  uint32_t *slots = vmi_new_zero(&iso->alloc, n, sizeof *slots);
  if (!slots) return false;
  vmi_free(&iso->alloc, iso->definition_slots,
           iso->ndefinition_slots * sizeof *iso->definition_slots);
  iso->definition_slots = slots;
  iso->ndefinition_slots = n;
  const vmi_definition *d = iso->definitions.data;
  for (uint32_t i = 0; i < count; i++) *definition_slot(iso, d[i].module, d[i].name) = i + 1;
  return true;
}

static bool copy_str(vm_isolate *iso, const char *data, size_t size, vmi_str *out)
{
  char *copy = vmi_arena_new(&iso->arena, size + 1, 1);
  if (!copy) return false;
  memcpy(copy, data, size);
  *out = (vmi_str){copy, (uint32_t)size};
  return true;
}

/* A new definition with its names set; NULL with `err` filled. */
static vmi_definition *define(vm_isolate *iso, vmi_str module, vmi_str name, vm_status *st,
                              vm_error *err)
{
  if (find_definition(iso, module, name)) {
    *st = vmi_fail(err, VM_STATE, "\"%s\" \"%s\" is already defined", module.data, name.data);
    return NULL;
  }
  vmi_str m, n;
  vmi_definition *d = NULL;
  if (reserve_definition(iso) && copy_str(iso, module.data, module.size, &m) &&
      copy_str(iso, name.data, name.size, &n))
    d = vmi_vec_push(&iso->alloc, &iso->definitions, sizeof *d, 1);
  if (!d) {
    *st = vmi_no_memory(err);
    return NULL;
  }
  d->module = m;
  d->name = n;
  *definition_slot(iso, m, n) = (uint32_t)iso->definitions.count;
  *st = VM_OK;
  return d;
}

/* None was put into the table after it, so no search goes through its slot to another. */
static void undefine_last(vm_isolate *iso)
{
  const vmi_definition *d = iso->definitions.data;
  d += iso->definitions.count - 1;
  *definition_slot(iso, d->module, d->name) = 0;
  iso->definitions.count--;
}

vm_status vmi_rt_define_host(vm_isolate *iso, const char *module, const char *name,
                             uint32_t nparams, const vm_type *params, uint32_t nresults,
                             const vm_type *results, vm_host_function *fn, void *user,
                             void (*drop)(void *), vm_error *err)
{
  vmi_host_func *h = vmi_arena_new(&iso->arena, 1, sizeof *h);
  if (!h) return vmi_no_memory(err);
  h->type = vmi_rt_func_type(iso, nparams, params, nresults, results);
  h->params = vmi_arena_copy(&iso->arena, params, nparams, sizeof *params);
  h->results = vmi_arena_copy(&iso->arena, results, nresults, sizeof *results);
  if (h->type == UINT32_MAX || !h->params || !h->results) return vmi_no_memory(err);
  h->nparams = nparams;
  h->nresults = nresults;
  h->fn = fn;
  h->user = user;
  atomic_init(&h->code.entry, vmi_rt_host_entry);
  h->code.host = h;
  vm_status st;
  vmi_str m = {module, (uint32_t)strlen(module)}, n = {name, (uint32_t)strlen(name)};
  vmi_definition *d = define(iso, m, n, &st, err);
  if (!d) return st;
  d->kind = VMI_EXTERN_FUNC;
  d->of.func = NULL;
  size_t index = iso->definitions.count - 1;
  vmi_func_obj *f = (vmi_func_obj *)vmi_gc_alloc(iso->thread.heap, h->type);
  if (!f) {
    undefine_last(iso);
    return vmi_fail(err, VM_LIMIT, "the heap limit leaves no room for a function object");
  }
  f->code = &h->code;
  ((vmi_definition *)iso->definitions.data)[index].of.func = f;
  h->drop = drop;
  h->next = iso->host_funcs;
  iso->host_funcs = h;
  return VM_OK;
}

const vmi_export *vmi_rt_find_export(const vmi_module *m, const char *name, size_t size)
{
  vmi_str want = {name, (uint32_t)size};
  for (uint32_t i = 0; i < m->nexports; i++)
    if (same_str(m->exports[i].name, want)) return &m->exports[i];
  return NULL;
}

static bool fill_definition(vmi_instance *inst, const vmi_export *x, vmi_definition *d,
                            vmi_func_obj *func)
{
  const vmi_module *m = inst->module;
  d->kind = x->kind;
  switch (x->kind) {
  case VMI_EXTERN_FUNC: d->of.func = func; return func != NULL;
  case VMI_EXTERN_TABLE: d->of.table = inst->tables[x->index]; return true;
  case VMI_EXTERN_MEMORY: d->of.memory = inst->memories[x->index]; return true;
  case VMI_EXTERN_TYPE: d->of.type = inst->type_ids[x->index]; return true;
  case VMI_EXTERN_GLOBAL:
    d->of.global.cell = vmi_instance_global(inst, x->index);
    d->of.global.type = vmi_rt_type_resolve(inst->type_ids, m->globals[x->index].type);
    d->of.global.mut = m->globals[x->index].mut;
    return true;
  }
  return false;
}

vm_status vmi_rt_define_instance(vm_isolate *iso, const char *module, vmi_instance *inst, vm_error *err)
{
  vmi_str m = {module, (uint32_t)strlen(module)};
  for (uint32_t i = 0; i < inst->module->nexports; i++) {
    const vmi_export *x = &inst->module->exports[i];
    vmi_func_obj *func = NULL;
    if (x->kind == VMI_EXTERN_FUNC) {
      if (inst->module->funcs[x->index].has_env) continue; /* a closure's body is no function yet */
      func = vmi_rt_func_object(inst, x->index);
    }
    vm_status st;
    vmi_definition *d = define(iso, m, x->name, &st, err);
    if (!d) return st;
    if (!fill_definition(inst, x, d, func)) {
      undefine_last(iso);
      return vmi_fail(err, VM_LIMIT, "the heap limit leaves no room for a function object");
    }
  }
  return VM_OK;
}

/* ---- imports ---- */

static const char *const kind_names[] = {"function", "table", "memory", "global", "type"};

static vm_status mismatch(const vmi_import *im, const char *what, vm_error *err)
{
  return vmi_fail(err, VM_LINK, "import %s \"%s\" \"%s\": %s", kind_names[im->kind], im->module.data,
                  im->name.data, what);
}

static vm_status lookup(const vm_isolate *iso, const vmi_import *im, const vmi_definition **out,
                        vm_error *err)
{
  *out = find_definition(iso, im->module, im->name);
  if (!*out) return mismatch(im, "nothing of that name is defined", err);
  if ((*out)->kind != im->kind) return mismatch(im, kind_names[(*out)->kind], err);
  return VM_OK;
}

/* Imported struct types by type index, or NULL when the module imports none. */
static vm_status imported_types(vm_isolate *iso, const vmi_module *m, uint32_t **out, vm_error *err)
{
  *out = NULL;
  for (uint32_t i = 0; i < m->nimports; i++) {
    const vmi_import *im = &m->imports[i];
    if (im->kind != VMI_EXTERN_TYPE) continue;
    const vmi_definition *d;
    vm_status st = lookup(iso, im, &d, err);
    if (st != VM_OK) return st;
    if (!*out) {
      *out = vmi_arena_new(&iso->arena, m->ntypes, sizeof **out);
      if (!*out) return vmi_no_memory(err);
      memset(*out, 0xFF, m->ntypes * sizeof **out);
    }
    if (iso->rtts[d->of.type]->heap != VM_HEAP_STRUCT)
      return mismatch(im, "expected a struct type, found another", err);
    (*out)[im->index] = d->of.type;
  }
  return VM_OK;
}

static vm_status link_func(vmi_instance *inst, const vmi_import *im, const vmi_definition *d,
                           vm_error *err)
{
  uint32_t want = inst->type_ids[inst->module->funcs[im->index].type];
  if (d->of.func->header.type != want) return mismatch(im, "the function has another type", err);
  inst->imports[im->index] = d->of.func;
  return VM_OK;
}

static vm_status link_global(vmi_instance *inst, const vmi_import *im, const vmi_definition *d,
                             vm_error *err)
{
  const vmi_global *g = &inst->module->globals[im->index];
  vm_type want = vmi_rt_type_resolve(inst->type_ids, g->type);
  if (g->mut != d->of.global.mut)
    return mismatch(im, g->mut ? "expected a mutable global" : "expected an immutable global", err);
  bool ok = g->mut ? want == d->of.global.type
                   : vmi_rt_subtype(inst->isolate, d->of.global.type, want);
  if (!ok) return mismatch(im, "the global has another type", err);
  inst->imported_globals[im->index] = d->of.global.cell;
  return VM_OK;
}

/* An import asks for at least `min` now, and for a declared maximum no larger than its own. None
 * declared, VMI_NO_INDEX, is above all that can be. */
static bool limits_fit(uint32_t now, uint32_t max, uint32_t want_min, uint32_t want_max)
{
  return now >= want_min && (want_max == VMI_NO_INDEX || max <= want_max);
}

static vm_status link_memory(vmi_instance *inst, const vmi_import *im, const vmi_definition *d,
                             vm_error *err)
{
  const vmi_memory *m = &inst->module->memories[im->index];
  vmi_memory_inst *memory = d->of.memory;
  if (!limits_fit(memory->pages, memory->max, m->min, m->max))
    return mismatch(im, "the memory's limits do not fit", err);
  memory->refs++;
  inst->memories[im->index] = memory;
  return VM_OK;
}

static vm_status link_table(vmi_instance *inst, const vmi_import *im, const vmi_definition *d,
                            vm_error *err)
{
  const vmi_table *want = &inst->module->tables[im->index];
  vmi_table_inst *table = d->of.table;
  if (table->type != vmi_rt_type_resolve(inst->type_ids, want->type))
    return mismatch(im, "the table has another element type", err);
  if (!limits_fit(table->length, table->max, want->min, want->max))
    return mismatch(im, "the table's limits do not fit", err);
  table->refs++;
  inst->tables[im->index] = table;
  return VM_OK;
}

static vm_status link_imports(vmi_instance *inst, vm_error *err)
{
  const vmi_module *m = inst->module;
  for (uint32_t i = 0; i < m->nimports; i++) {
    const vmi_import *im = &m->imports[i];
    const vmi_definition *d;
    vm_status st = lookup(inst->isolate, im, &d, err);
    if (st == VM_OK) {
      switch (im->kind) {
      case VMI_EXTERN_FUNC: st = link_func(inst, im, d, err); break;
      case VMI_EXTERN_GLOBAL: st = link_global(inst, im, d, err); break;
      case VMI_EXTERN_MEMORY: st = link_memory(inst, im, d, err); break;
      case VMI_EXTERN_TABLE: st = link_table(inst, im, d, err); break;
      case VMI_EXTERN_TYPE: break;
      }
    }
    if (st != VM_OK) return st;
  }
  return VM_OK;
}

/* ---- making an instance ---- */

static size_t instance_size(const vmi_module *m)
{
  return sizeof(vmi_instance) + (m->nglobals - m->nimported_globals) * sizeof(vmi_slot);
}

static bool allocate_parts(vmi_instance *inst)
{
  const vmi_module *m = inst->module;
  const vmi_alloc *a = &inst->isolate->alloc;
  inst->imports = vmi_new_zero(a, m->nimported_funcs + 1u, sizeof *inst->imports);
  inst->func_objs = vmi_new_zero(a, m->nfuncs + 1u, sizeof *inst->func_objs);
  inst->imported_globals = vmi_new_zero(a, m->nimported_globals + 1u, sizeof *inst->imported_globals);
  inst->memories = vmi_new_zero(a, m->nmemories + 1u, sizeof *inst->memories);
  inst->tables = vmi_new_zero(a, m->ntables + 1u, sizeof *inst->tables);
  inst->heat = vmi_new_zero(a, m->nfuncs + 1u, sizeof *inst->heat);
  inst->dropped_data = vmi_new_zero(a, m->ndatas + 1u, 1);
  inst->dropped_elem = vmi_new_zero(a, m->nelems + 1u, 1);
  inst->sites = vmi_new_zero(a, m->nsites + 1u, sizeof *inst->sites);
  inst->symbols = vmi_new_zero(a, m->ndatas + 1u, sizeof *inst->symbols);
  return inst->imports && inst->func_objs && inst->imported_globals &&
         inst->memories && inst->tables && inst->heat && inst->dropped_data && inst->dropped_elem &&
         inst->sites && inst->symbols;
}

void vmi_rt_instance_free(vmi_instance *inst)
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
  vmi_free(a, inst->memories, (m->nmemories + 1u) * sizeof *inst->memories);
  vmi_free(a, inst->tables, (m->ntables + 1u) * sizeof *inst->tables);
  vmi_free(a, inst->heat, (m->nfuncs + 1u) * sizeof *inst->heat);
  vmi_free(a, inst->dropped_data, m->ndatas + 1u);
  vmi_free(a, inst->dropped_elem, m->nelems + 1u);
  for (uint32_t i = 0; inst->sites && i < m->nsites; i++)
    vmi_free(a, inst->sites[i].more, VMI_SITE_MORE * sizeof *inst->sites[i].more);
  vmi_free(a, inst->sites, (m->nsites + 1u) * sizeof *inst->sites);
  vmi_free(a, inst->symbols, (m->ndatas + 1u) * sizeof *inst->symbols);
  vm_module *shared = inst->shared;
  vmi_free(a, inst, instance_size(m));
  vmi_rt_module_release(shared);
}

static vm_status make_memories_and_tables(vmi_instance *inst, vm_error *err)
{
  const vmi_module *m = inst->module;
  vm_isolate *iso = inst->isolate;
  for (uint32_t i = m->nimported_memories; i < m->nmemories; i++) {
    inst->memories[i] = vmi_rt_memory_new(iso, m->memories[i].min, m->memories[i].max);
    if (!inst->memories[i])
      return vmi_fail(err, VM_LIMIT, "memory %u: no room for %u pages", i, m->memories[i].min);
  }
  for (uint32_t i = m->nimported_tables; i < m->ntables; i++) {
    const vmi_table *t = &m->tables[i];
    inst->tables[i] = vmi_rt_table_new(iso, vmi_rt_type_resolve(inst->type_ids, t->type), t->min, t->max);
    if (!inst->tables[i])
      return vmi_fail(err, VM_LIMIT, "table %u: no room for %u elements", i, t->min);
  }
  return VM_OK;
}

static vm_status init_globals(vmi_instance *inst, vm_error *err)
{
  const vmi_module *m = inst->module;
  for (uint32_t i = m->nimported_globals; i < m->nglobals; i++) {
    vmi_slot v;
    if (!vmi_rt_initial_value(inst, m->globals[i].type, &m->globals[i].init, &v))
      return vmi_fail(err, VM_LIMIT, "global %u: the heap limit leaves no room", i);
    inst->globals[i - m->nimported_globals] = v;
  }
  return VM_OK;
}

static void init_heat(vmi_instance *inst)
{
  const vmi_module *m = inst->module;
  int64_t full = VMI_HEAT_FULL(vmi_rt_heat_quantum(inst->shared->engine));
  for (uint32_t i = 0; i < m->nfuncs; i++) inst->heat[i] = full;
}

/* From here on the instance is in the isolate's list, where the collector finds its roots. */
static void publish(vmi_instance *inst)
{
  inst->next = inst->isolate->instances;
  inst->isolate->instances = inst;
}

static void unpublish(vmi_instance *inst)
{
  for (vmi_instance **p = &inst->isolate->instances; *p; p = &(*p)->next) {
    if (*p != inst) continue;
    *p = inst->next;
    return;
  }
}

static vm_status build(vmi_instance *inst, vm_error *err)
{
  vm_status st = link_imports(inst, err);
  if (st == VM_OK) st = make_memories_and_tables(inst, err);
  if (st == VM_OK) st = init_globals(inst, err);
  if (st == VM_OK && !vmi_rt_instance_sites(inst)) st = vmi_no_memory(err);
  if (st == VM_OK) vmi_rt_instance_view(inst);
  return st;
}

vm_status vmi_rt_instance_new(vm_isolate *iso, vm_module *shared, vmi_instance **out, vm_error *err)
{
  uint32_t *imported, *ids;
  vm_status st = imported_types(iso, shared->m, &imported, err);
  if (st == VM_OK) st = vmi_rt_types_of(iso, shared, imported, &ids, err);
  if (st != VM_OK) return st;
  vmi_instance *inst = vmi_new_zero(&iso->alloc, 1, instance_size(shared->m));
  if (!inst) return vmi_no_memory(err);
  vmi_rt_module_retain(shared);
  inst->isolate = iso;
  inst->shared = shared;
  inst->module = shared->m;
  inst->code = shared->code;
  inst->type_ids = ids;
  if (!allocate_parts(inst)) {
    vmi_rt_instance_free(inst);
    return vmi_no_memory(err);
  }
  init_heat(inst);
  publish(inst);
  st = build(inst, err);
  if (st != VM_OK) {
    unpublish(inst);
    vmi_rt_instance_free(inst);
    return st;
  }
  *out = inst;
  return VM_OK;
}

/* ---- segments and start ---- */

static vm_status segment_trap(uint32_t code, const char *kind, uint32_t i, vm_error *err)
{
  vm_status st = vmi_fail(err, VM_EXCEPTION, "%s segment %u: %s: %s", kind, i, vm_trap_name(code),
                          vm_trap_text(code));
  vmi_error_trap(err, code);
  return st;
}

static vm_status init_segments(vmi_instance *inst, vm_error *err)
{
  const vmi_module *m = inst->module;
  vmi_thread *t = &inst->isolate->thread;
  vmi_slot offset;
  for (uint32_t i = 0; i < m->nelems; i++) {
    if (m->elems[i].mode != VMI_ACTIVE) continue;
    vmi_rt_initial_value(inst, VM_I32, &m->elems[i].offset, &offset);
    uint32_t code = vmi_rt_table_init(t, m->elems[i].table, i, offset.u32, 0, m->elems[i].count);
    if (code) return segment_trap(code, "element", i, err);
    vmi_rt_elem_drop(t, i);
  }
  for (uint32_t i = 0; i < m->ndatas; i++) {
    if (m->datas[i].mode != VMI_ACTIVE) continue;
    vmi_rt_initial_value(inst, VM_I32, &m->datas[i].offset, &offset);
    uint32_t code = vmi_rt_memory_init(t, m->datas[i].memory, i, offset.u32, 0, m->datas[i].size);
    if (code) return segment_trap(code, "data", i, err);
    vmi_rt_data_drop(t, i);
  }
  return VM_OK;
}

vm_status vmi_rt_instance_start(vmi_instance *inst, vm_error *err)
{
  vm_isolate *iso = inst->isolate;
  vmi_instance *caller = iso->thread.instance;
  iso->thread.instance = inst;
  vm_status st = init_segments(inst, err);
  iso->thread.instance = caller;
  if (st != VM_OK || inst->module->start == VMI_NO_INDEX) return st;
  vmi_func_obj *f = vmi_rt_func_object(inst, inst->module->start);
  if (!f) return vmi_fail(err, VM_LIMIT, "start: the heap limit leaves no room");
  return vmi_rt_invoke(iso, f, NULL, NULL, err);
}
