/* link.c - a new instance: imports resolved by name and type, globals, segments, start.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "dynamic.h"

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
  *out = vmi_rt_find_definition(iso, im->module, im->name);
  if (!*out) return mismatch(im, "nothing of that name is defined", err);
  if ((*out)->kind != im->kind) return mismatch(im, kind_names[(*out)->kind], err);
  return VM_OK;
}

static bool imports_types(const vmi_module *m)
{
  for (uint32_t i = 0; i < m->nimports; i++)
    if (m->imports[i].kind == VMI_EXTERN_TYPE) return true;
  return false;
}

/* Imported struct types by type index, VMI_NO_INDEX elsewhere. */
static vm_status imported_types(vm_isolate *iso, const vmi_module *m, uint32_t *ids, vm_error *err)
{
  memset(ids, 0xFF, m->ntypes * sizeof *ids);
  for (uint32_t i = 0; i < m->nimports; i++) {
    const vmi_import *im = &m->imports[i];
    if (im->kind != VMI_EXTERN_TYPE) continue;
    const vmi_definition *d;
    vm_status st = lookup(iso, im, &d, err);
    if (st != VM_OK) return st;
    if (iso->rtts[d->of.type]->heap != VM_HEAP_STRUCT)
      return mismatch(im, "expected a struct type, found another", err);
    ids[im->index] = d->of.type;
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
  inst->global_owners[im->index] = d->owner;
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

static vm_status build(vmi_instance *inst, vm_error *err)
{
  vm_status st = link_imports(inst, err);
  if (st == VM_OK) st = make_memories_and_tables(inst, err);
  if (st == VM_OK) st = init_globals(inst, err);
  if (st == VM_OK && !vmi_rt_instance_sites(inst)) st = vmi_no_memory(err);
  if (st == VM_OK) vmi_rt_instance_view(inst);
  return st;
}

static vm_status load(vm_isolate *iso, vm_module *shared, vmi_loaded **out, vm_error *err)
{
  const vmi_module *m = shared->m;
  if (!imports_types(m)) return vmi_rt_module_load(iso, shared, NULL, out, err);
  uint32_t *imported = vmi_new(&iso->alloc, (m->ntypes + 1u) * sizeof *imported);
  if (!imported) return vmi_no_memory(err);
  vm_status st = imported_types(iso, m, imported, err);
  if (st == VM_OK) st = vmi_rt_module_load(iso, shared, imported, out, err);
  vmi_free(&iso->alloc, imported, (m->ntypes + 1u) * sizeof *imported);
  return st;
}

vm_status vmi_rt_instance_new(vm_isolate *iso, vm_module *shared, vmi_instance **out, vm_error *err)
{
  vmi_loaded *loaded;
  vmi_rt_unload(iso);
  vm_status st = load(iso, shared, &loaded, err);
  if (st != VM_OK) return st;
  vmi_instance *inst;
  st = vmi_rt_instance_make(iso, loaded, &inst, err);
  if (st != VM_OK) return st;
  init_heat(inst);
  st = build(inst, err);
  if (st != VM_OK) {
    vmi_rt_instance_discard(inst);
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
  vmi_kept kept;
  vmi_keep(&iso->thread, &kept, NULL);
  iso->thread.instance = inst;
  vm_status st = init_segments(inst, err);
  vmi_unkeep(&iso->thread, &kept);
  if (st != VM_OK || inst->module->start == VMI_NO_INDEX) return st;
  vmi_func_obj *f = vmi_rt_func_object(inst, inst->module->start);
  if (!f) return vmi_fail(err, VM_LIMIT, "start: the heap limit leaves no room");
  return vmi_rt_invoke(iso, f, NULL, NULL, err);
}
