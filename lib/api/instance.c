/* instance.c - instances, calls, and what an instance exports.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api.h"

#include <string.h>

static vm_instance *outer(vmi_instance *inst) { return (vm_instance *)inst; }

vm_status vm_instance_new(vm_isolate *isolate, vm_module *module, vm_instance **out,
                          vm_error *error)
{
  if (out != NULL) *out = NULL;
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, out);
  VMI_API_REQUIRE(error, isolate->engine == module->engine,
                  "vm_instance_new: isolate and module are of different engines");
  isolate->uncaught = NULL;
  vmi_instance *inst = NULL;
  vm_status status = vmi_rt_instance_new(isolate, module, &inst, error);
  if (status != VM_OK) return status;
  status = vmi_rt_instance_start(inst, error);
  /* Others may refer to its functions if it has failed to start: it stays as long as they do. */
  if (status == VM_OK) *out = outer(inst);
  else (void)vmi_rt_instance_release(inst);
  return status;
}

vm_status vm_instance_release(vm_instance *instance, vm_error *error)
{
  if (instance == NULL || vmi_rt_instance_release(vmi_api_instance(instance))) return VM_OK;
  return vmi_fail(error, VM_STATE, "vm_instance_release: the instance was released before");
}

vm_isolate *vm_instance_isolate(const vm_instance *instance)
{
  return instance != NULL ? vmi_api_instance(instance)->isolate : NULL;
}

vm_module *vm_instance_module(const vm_instance *instance)
{
  return instance != NULL ? vmi_api_instance(instance)->shared : NULL;
}

vm_status vm_instance_define(vm_instance *instance, const char *module, vm_error *error)
{
  VMI_API_NOT_NULL(error, instance);
  VMI_API_NOT_NULL(error, module);
  VMI_API_REQUIRE(error, strlen(module) <= VMI_MAX_NAME,
                  "vm_instance_define: the name is longer than %d bytes", (int)VMI_MAX_NAME);
  vmi_instance *inst = vmi_api_instance(instance);
  return vmi_rt_define_instance(inst->isolate, module, inst, error);
}

vm_status vm_instance_undefine(vm_instance *instance, vm_error *error)
{
  VMI_API_NOT_NULL(error, instance);
  vmi_rt_undefine_instance(vmi_api_instance(instance));
  return VM_OK;
}

/* ---- exports ---- */

static const char *kind_name(vmi_extern_kind kind)
{
  static const char *const names[] = {"function", "table", "memory", "global", "type"};
  return names[kind];
}

static vm_status find(const vmi_instance *inst, const char *name, vmi_extern_kind kind,
                      uint32_t *index, vm_error *error)
{
  const vmi_export *x = vmi_rt_find_export(inst->module, name, strlen(name));
  if (x == NULL) {
    return vmi_fail(error, VM_NOT_FOUND, "the module exports nothing called \"%.100s\"", name);
  }
  if (x->kind != kind) {
    return vmi_fail(error, VM_NOT_FOUND, "export \"%.100s\": expected a %s, found a %s", name,
                    kind_name(kind), kind_name(x->kind));
  }
  *index = x->index;
  return VM_OK;
}

vm_status vm_instance_get_func(vm_instance *instance, const char *name, vm_ref *out,
                               vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, instance);
  VMI_API_NOT_NULL(error, name);
  VMI_API_NOT_NULL(error, out);
  vmi_instance *inst = vmi_api_instance(instance);
  uint32_t index = 0;
  vm_status status = find(inst, name, VMI_EXTERN_FUNC, &index, error);
  if (status != VM_OK) return status;
  if (inst->module->funcs[index].has_env) {
    return vmi_fail(error, VM_NOT_FOUND, "export \"%.100s\" is the body of a closure", name);
  }
  vmi_func_obj *f = vmi_rt_func_object(inst, index);
  if (f == NULL) return vmi_fail(error, VM_MEMORY, "no memory for a function object");
  return vmi_api_new_ref(inst->isolate, f, out, error);
}

/* ---- calls ---- */

vm_status vm_func_get_type(vm_isolate *isolate, vm_ref func, vm_func_type *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object_of(isolate, func, VM_HEAP_FUNC, "function", &object, error);
  if (status != VM_OK) return status;
  const vmi_rtt *r = isolate->rtts[object->type];
  *out = (vm_func_type){r->nparams, r->nresults, r->params, r->results};
  return VM_OK;
}

static vm_status check_arguments(vm_isolate *iso, const vmi_rtt *r, const vm_value *args,
                                 uint32_t nargs, vm_error *error)
{
  VMI_API_REQUIRE(error, nargs == r->nparams, "arguments: expected %u, found %u", r->nparams,
                  nargs);
  VMI_API_REQUIRE(error, args != NULL || nargs == 0, "vm_call: `args` is NULL");
  for (uint32_t i = 0; i < nargs; i++) {
    vmi_slot slot;
    vm_status status =
        vmi_api_to_slot(iso, &args[i], r->params[i], "argument", i + 1, &slot, error);
    if (status != VM_OK) return status;
  }
  return VM_OK;
}

/* Results go to the host's array only when all of them are there. */
vm_status vm_call(vm_isolate *isolate, vm_ref func, const vm_value *args, uint32_t nargs,
                  vm_value *results, uint32_t nresults, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  /* Not inside a call: finalizers come between calls, where the host expects them. */
  if (isolate->depth == 0) (void)vm_isolate_run_finalizers(isolate, NULL, NULL);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object_of(isolate, func, VM_HEAP_FUNC, "function", &object, error);
  if (status != VM_OK) return status;
  const vmi_rtt *r = isolate->rtts[object->type];
  status = check_arguments(isolate, r, args, nargs, error);
  if (status != VM_OK) return status;
  VMI_API_REQUIRE(error, nresults == r->nresults, "results: expected room for %u, found %u",
                  r->nresults, nresults);
  VMI_API_REQUIRE(error, results != NULL || nresults == 0, "vm_call: `results` is NULL");
  return vmi_rt_invoke(isolate, (vmi_func_obj *)object, args, results, error);
}

/* Whatever calls a host function has set the thread's instance, or left it its own. */
vm_instance *vm_isolate_caller(const vm_isolate *isolate)
{
  return isolate != NULL ? outer(isolate->thread.instance) : NULL;
}

/* ---- globals ---- */

static vm_type global_type(vmi_instance *inst, uint32_t index)
{
  return vmi_rt_type_resolve(inst->type_ids, inst->module->globals[index].type);
}

vm_status vm_instance_get_global(vm_instance *instance, const char *name, vm_value *out,
                                 vm_error *error)
{
  VMI_API_NOT_NULL(error, instance);
  VMI_API_NOT_NULL(error, name);
  VMI_API_NOT_NULL(error, out);
  vmi_instance *inst = vmi_api_instance(instance);
  uint32_t index = 0;
  vm_status status = find(inst, name, VMI_EXTERN_GLOBAL, &index, error);
  if (status != VM_OK) return status;
  return vmi_api_from_slot(inst->isolate, vmi_instance_global(inst, index), global_type(inst, index), out,
                           error);
}

vm_status vm_instance_set_global(vm_instance *instance, const char *name, const vm_value *value,
                                 vm_error *error)
{
  VMI_API_NOT_NULL(error, instance);
  VMI_API_NOT_NULL(error, name);
  VMI_API_NOT_NULL(error, value);
  vmi_instance *inst = vmi_api_instance(instance);
  uint32_t index = 0;
  vm_status status = find(inst, name, VMI_EXTERN_GLOBAL, &index, error);
  if (status != VM_OK) return status;
  VMI_API_REQUIRE(error, inst->module->globals[index].mut, "global \"%.100s\" is immutable", name);
  vmi_slot slot;
  status = vmi_api_to_slot(inst->isolate, value, global_type(inst, index), "global",
                           VMI_NO_INDEX, &slot, error);
  if (status == VM_OK) *vmi_instance_global(inst, index) = slot; /* no heap object: no barrier */
  return status;
}

/* ---- memories ---- */

vm_status vm_instance_view_memory(vm_instance *instance, const char *name, uint8_t **base,
                                  uint64_t *size, vm_error *error)
{
  if (base != NULL) *base = NULL;
  VMI_API_NOT_NULL(error, instance);
  VMI_API_NOT_NULL(error, name);
  VMI_API_NOT_NULL(error, base);
  VMI_API_NOT_NULL(error, size);
  const vmi_instance *inst = vmi_api_instance(instance);
  uint32_t index = 0;
  vm_status status = find(inst, name, VMI_EXTERN_MEMORY, &index, error);
  if (status != VM_OK) return status;
  *base = inst->memories[index]->base;
  *size = inst->memories[index]->size;
  return VM_OK;
}

vm_status vm_instance_grow_memory(vm_instance *instance, const char *name, uint32_t pages,
                                  uint32_t *old, vm_error *error)
{
  VMI_API_NOT_NULL(error, instance);
  VMI_API_NOT_NULL(error, name);
  vmi_instance *inst = vmi_api_instance(instance);
  uint32_t index = 0;
  vm_status status = find(inst, name, VMI_EXTERN_MEMORY, &index, error);
  if (status != VM_OK) return status;
  vmi_thread *t = &inst->isolate->thread;
  vmi_kept kept;
  vmi_keep(t, &kept, NULL);
  t->instance = inst;
  uint32_t before = vmi_rt_memory_grow(t, index, pages);
  vmi_unkeep(t, &kept);
  if (before == UINT32_MAX) {
    return vmi_fail(error, VM_LIMIT, "memory \"%.100s\": no room for %u pages more than %u", name,
                    pages, inst->memories[index]->pages);
  }
  if (old != NULL) *old = before;
  return VM_OK;
}

static vm_status memory_range(vm_instance *instance, const char *name, uint64_t address,
                              size_t size, uint8_t **out, vm_error *error)
{
  uint8_t *base = NULL;
  uint64_t total = 0;
  vm_status status = vm_instance_view_memory(instance, name, &base, &total, error);
  if (status != VM_OK) return status;
  VMI_API_REQUIRE(error, address <= total && size <= total - address,
                  "memory: %zu bytes at %llu are out of bounds: it has %llu", size,
                  (unsigned long long)address, (unsigned long long)total);
  *out = base + address;
  return VM_OK;
}

vm_status vm_instance_read_memory(vm_instance *instance, const char *name, uint64_t address,
                                  void *buffer, size_t size, vm_error *error)
{
  VMI_API_REQUIRE(error, buffer != NULL || size == 0, "vm_instance_read_memory: `buffer` is NULL");
  uint8_t *from = NULL;
  vm_status status = memory_range(instance, name, address, size, &from, error);
  if (status == VM_OK && size != 0) memcpy(buffer, from, size);
  return status;
}

vm_status vm_instance_write_memory(vm_instance *instance, const char *name, uint64_t address,
                                   const void *buffer, size_t size, vm_error *error)
{
  VMI_API_REQUIRE(error, buffer != NULL || size == 0, "vm_instance_write_memory: `buffer` is NULL");
  uint8_t *to = NULL;
  vm_status status = memory_range(instance, name, address, size, &to, error);
  if (status == VM_OK && size != 0) memcpy(to, buffer, size);
  return status;
}

/* ---- tables ---- */

static vm_status find_table(vm_instance *instance, const char *name, uint32_t *index,
                            vmi_table_inst **out, vm_error *error)
{
  VMI_API_NOT_NULL(error, instance);
  VMI_API_NOT_NULL(error, name);
  const vmi_instance *inst = vmi_api_instance(instance);
  vm_status status = find(inst, name, VMI_EXTERN_TABLE, index, error);
  if (status == VM_OK) *out = inst->tables[*index];
  return status;
}

static vm_status table_entry(vm_instance *instance, const char *name, uint32_t index,
                             vmi_table_inst **out, vm_error *error)
{
  uint32_t which = 0;
  vm_status status = find_table(instance, name, &which, out, error);
  if (status != VM_OK) return status;
  VMI_API_REQUIRE(error, index < (*out)->length, "table: %u is out of bounds: it has %u entries",
                  index, (*out)->length);
  return VM_OK;
}

vm_status vm_instance_get_table_size(vm_instance *instance, const char *name, uint32_t *out,
                                     vm_error *error)
{
  VMI_API_NOT_NULL(error, out);
  uint32_t which = 0;
  vmi_table_inst *table = NULL;
  vm_status status = find_table(instance, name, &which, &table, error);
  if (status == VM_OK) *out = table->length;
  return status;
}

vm_status vm_instance_get_table(vm_instance *instance, const char *name, uint32_t index,
                                vm_ref *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, out);
  *out = vm_ref_null();
  vmi_table_inst *table = NULL;
  vm_status status = table_entry(instance, name, index, &table, error);
  if (status != VM_OK) return status;
  return vmi_api_new_ref(vm_instance_isolate(instance), table->items[index].ref, out, error);
}

vm_status vm_instance_set_table(vm_instance *instance, const char *name, uint32_t index,
                                vm_ref value, vm_error *error)
{
  vmi_table_inst *table = NULL;
  vm_status status = table_entry(instance, name, index, &table, error);
  if (status != VM_OK) return status;
  vm_value v = vm_value_ref(value);
  vmi_slot slot;
  status = vmi_api_to_slot(vm_instance_isolate(instance), &v, table->type, "table entry",
                           VMI_NO_INDEX, &slot, error);
  if (status == VM_OK) table->items[index] = slot; /* no heap object: no barrier */
  return status;
}

vm_status vm_instance_grow_table(vm_instance *instance, const char *name, uint32_t count,
                                 vm_ref value, uint32_t *old, vm_error *error)
{
  uint32_t index = 0;
  vmi_table_inst *table = NULL;
  vm_status status = find_table(instance, name, &index, &table, error);
  if (status != VM_OK) return status;
  vmi_instance *inst = vmi_api_instance(instance);
  vmi_thread *t = &inst->isolate->thread;
  vm_value v = vm_value_ref(value);
  vmi_slot slot;
  status = vmi_api_to_slot(inst->isolate, &v, table->type, "table entry", VMI_NO_INDEX, &slot,
                           error);
  if (status != VM_OK) return status;
  vmi_kept kept;
  vmi_keep(t, &kept, slot.ref);
  t->instance = inst;
  uint32_t before = vmi_rt_table_grow(t, index, slot.ref, count); /* no heap object: no barrier */
  vmi_unkeep(t, &kept);
  if (before == UINT32_MAX) {
    return vmi_fail(error, VM_LIMIT, "table \"%.100s\": no room for %u entries more than %u", name,
                    count, table->length);
  }
  if (old != NULL) *old = before;
  return VM_OK;
}

/* ---- types ---- */

vm_status vm_instance_get_type_at(vm_instance *instance, uint32_t index, vm_typeid *out,
                                  vm_error *error)
{
  VMI_API_NOT_NULL(error, instance);
  VMI_API_NOT_NULL(error, out);
  const vmi_instance *inst = vmi_api_instance(instance);
  VMI_API_REQUIRE(error, index < inst->module->ntypes, "type %u: the module has %u", index,
                  inst->module->ntypes);
  *out = inst->type_ids[index];
  vmi_rt_type_keep(inst->isolate, *out);
  return VM_OK;
}

vm_status vm_instance_get_type(vm_instance *instance, const char *name, vm_typeid *out,
                               vm_error *error)
{
  VMI_API_NOT_NULL(error, instance);
  VMI_API_NOT_NULL(error, name);
  VMI_API_NOT_NULL(error, out);
  const vmi_instance *inst = vmi_api_instance(instance);
  const vmi_module *m = inst->module;
  uint32_t index = VMI_NO_INDEX;
  if (find(inst, name, VMI_EXTERN_TYPE, &index, NULL) != VM_OK) {
    for (uint32_t i = 0; i < m->ntypes && index == VMI_NO_INDEX; i++) {
      if (m->types[i].name.size != 0 && strcmp(m->types[i].name.data, name) == 0) index = i;
    }
  }
  if (index == VMI_NO_INDEX) {
    return vmi_fail(error, VM_NOT_FOUND, "the module has no type called \"%.100s\"", name);
  }
  *out = inst->type_ids[index];
  vmi_rt_type_keep(inst->isolate, *out);
  return VM_OK;
}
