/* definitions.c - the names that an isolate can link against.
 *
 * SPDX-License-Identifier: MIT
 *
 * A row of definitions, found through a hash table of their numbers. What an instance exports is taken out
 * when the host lets go of the instance; what the host itself defines stays as long as the isolate.
 */
#include <string.h>

#include "isolate.h"

/* ---- the table ---- */

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

/* The seed is an address, so that no module can prepare names that collide. */
static uint32_t home_of(const vm_isolate *iso, vmi_str module, vmi_str name)
{
  uint32_t mask = iso->ndefinition_slots - 1;
  return (uint32_t)(mix_str(mix_str((uintptr_t)iso, module), name) >> 16) & mask;
}

/* The slot of the definition, or the free one where it would go. The table is not full. */
static uint32_t *definition_slot(const vm_isolate *iso, vmi_str module, vmi_str name)
{
  const vmi_definition *d = iso->definitions.data;
  uint32_t mask = iso->ndefinition_slots - 1, i = home_of(iso, module, name);
  for (; iso->definition_slots[i] != 0; i = (i + 1) & mask) {
    const vmi_definition *have = &d[iso->definition_slots[i] - 1];
    if (same_str(have->name, name) && same_str(have->module, module)) break;
  }
  return &iso->definition_slots[i];
}

const vmi_definition *vmi_rt_find_definition(const vm_isolate *iso, vmi_str module, vmi_str name)
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

static bool copy_str(vm_isolate *iso, vmi_str from, vmi_str *out)
{
  char *copy = vmi_new_zero(&iso->alloc, from.size + 1u, 1);
  if (!copy) return false;
  if (from.size) memcpy(copy, from.data, from.size);
  *out = (vmi_str){copy, from.size};
  return true;
}

static void free_str(vm_isolate *iso, vmi_str s)
{
  if (s.data) vmi_free(&iso->alloc, (char *)s.data, s.size + 1u);
}

/* A new definition with its names set; NULL with `err` filled. */
static vmi_definition *define(vm_isolate *iso, vmi_str module, vmi_str name, vm_status *st,
                              vm_error *err)
{
  if (vmi_rt_find_definition(iso, module, name)) {
    *st = vmi_fail(err, VM_STATE, "\"%s\" \"%s\" is already defined", module.data, name.data);
    return NULL;
  }
  vmi_str m = {NULL, 0}, n = {NULL, 0};
  vmi_definition *d = NULL;
  if (reserve_definition(iso) && copy_str(iso, module, &m) && copy_str(iso, name, &n))
    d = vmi_vec_push(&iso->alloc, &iso->definitions, sizeof *d, 1);
  if (!d) {
    free_str(iso, m);
    free_str(iso, n);
    *st = vmi_no_memory(err);
    return NULL;
  }
  d->module = m;
  d->name = n;
  d->owner = NULL;
  *definition_slot(iso, m, n) = (uint32_t)iso->definitions.count;
  *st = VM_OK;
  return d;
}

/* Make the slot free, and move up those behind it that a search would not find any more. */
static void clear_slot(vm_isolate *iso, uint32_t *slot)
{
  const vmi_definition *d = iso->definitions.data;
  uint32_t *slots = iso->definition_slots, mask = iso->ndefinition_slots - 1;
  uint32_t hole = (uint32_t)(slot - slots);
  for (uint32_t i = (hole + 1) & mask; slots[i] != 0; i = (i + 1) & mask) {
    const vmi_definition *at = &d[slots[i] - 1];
    uint32_t way = (i - home_of(iso, at->module, at->name)) & mask;
    if (way < ((i - hole) & mask)) continue;
    slots[hole] = slots[i];
    hole = i;
  }
  slots[hole] = 0;
}

static void undefine(vm_isolate *iso, uint32_t index)
{
  vmi_definition *d = iso->definitions.data, gone = d[index];
  uint32_t last = (uint32_t)iso->definitions.count - 1;
  clear_slot(iso, definition_slot(iso, gone.module, gone.name));
  if (index != last) {
    *definition_slot(iso, d[last].module, d[last].name) = index + 1;
    d[index] = d[last];
  }
  iso->definitions.count--;
  free_str(iso, gone.module);
  free_str(iso, gone.name);
}

void vmi_rt_undefine_instance(vmi_instance *inst)
{
  vm_isolate *iso = inst->isolate;
  const vmi_definition *d = iso->definitions.data;
  for (size_t i = iso->definitions.count; i-- > 0;)
    if (d[i].owner == inst) undefine(iso, (uint32_t)i);
}

void vmi_rt_definitions_free(vm_isolate *iso)
{
  const vmi_definition *d = iso->definitions.data;
  for (size_t i = 0; i < iso->definitions.count; i++) {
    free_str(iso, d[i].module);
    free_str(iso, d[i].name);
  }
  vmi_vec_free(&iso->alloc, &iso->definitions);
  vmi_free(&iso->alloc, iso->definition_slots,
           iso->ndefinition_slots * sizeof *iso->definition_slots);
}

void vmi_rt_definitions_roots(const vm_isolate *iso, vmi_heap *heap, vmi_gc_visit *visit)
{
  const vmi_definition *d = iso->definitions.data;
  for (size_t i = 0; i < iso->definitions.count; i++) {
    visit(heap, (uintptr_t)d[i].owner);
    if (d[i].kind == VMI_EXTERN_FUNC) visit(heap, (uintptr_t)d[i].of.func);
    if (d[i].kind == VMI_EXTERN_GLOBAL && !d[i].owner && vmi_type_traced(d[i].of.global.type))
      visit(heap, d[i].of.global.cell->u64);
  }
}

/* ---- what the host defines ---- */

static vmi_str text(const char *s) { return (vmi_str){s, (uint32_t)strlen(s)}; }

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
  vmi_definition *d = define(iso, text(module), text(name), &st, err);
  if (!d) return st;
  d->kind = VMI_EXTERN_FUNC;
  d->of.func = NULL;
  size_t index = iso->definitions.count - 1;
  vmi_func_obj *f = (vmi_func_obj *)vmi_gc_alloc(iso->thread.heap, h->type);
  if (!f) {
    undefine(iso, (uint32_t)index);
    return vmi_fail(err, VM_LIMIT, "the heap limit leaves no room for a function object");
  }
  f->code = &h->code;
  ((vmi_definition *)iso->definitions.data)[index].of.func = f;
  h->drop = drop;
  h->next = iso->host_funcs;
  iso->host_funcs = h;
  return VM_OK;
}

vm_status vmi_rt_define_global(vm_isolate *iso, const char *module, const char *name, vm_type type,
                               bool mut, vmi_slot value, vm_error *err)
{
  vm_status st;
  vmi_slot *cell = vmi_arena_new(&iso->arena, 1, sizeof *cell);
  vmi_definition *d = cell ? define(iso, text(module), text(name), &st, err) : NULL;
  if (!d) return cell ? st : vmi_no_memory(err);
  *cell = value;
  d->kind = VMI_EXTERN_GLOBAL;
  d->of.global.cell = cell;
  d->of.global.type = type;
  d->of.global.mut = mut;
  return VM_OK;
}

/* ---- what an instance exports ---- */

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
  d->owner = inst;
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
  for (uint32_t i = 0; i < inst->module->nexports; i++) {
    const vmi_export *x = &inst->module->exports[i];
    vmi_func_obj *func = NULL;
    if (x->kind == VMI_EXTERN_FUNC) {
      if (inst->module->funcs[x->index].has_env) continue; /* a closure's body is no function yet */
      func = vmi_rt_func_object(inst, x->index);
    }
    vm_status st;
    vmi_definition *d = define(iso, text(module), x->name, &st, err);
    if (!d) return st;
    if (!fill_definition(inst, x, d, func)) {
      undefine(iso, (uint32_t)iso->definitions.count - 1);
      return vmi_fail(err, VM_LIMIT, "the heap limit leaves no room for a function object");
    }
  }
  return VM_OK;
}
