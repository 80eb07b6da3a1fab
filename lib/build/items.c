/* items.c - the builder's imports, memories, tables, globals, segments and exports.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "build.h"

/* ---- adding an entry to a list ---- */

static void give_index(uint32_t *out, size_t index)
{
  if (out != NULL) *out = (uint32_t)index;
}

/* Names `name`, appends an entry of `elem` bytes to `v`, which may have `max`. */
static vm_status add(vm_builder *b, const char *what, vmi_vec *v, size_t elem, size_t max,
                     const char *name, vmi_str *str, void **entry)
{
  vm_status s = vmi_build_room(b, what, v->count, max);
  if (s == VM_OK) s = vmi_build_name(b, what, name, false, str);
  if (s != VM_OK) return s;
  *entry = vmi_vec_push(&b->alloc, v, elem, 1);
  if (*entry == NULL) return vmi_build_no_memory(b);
  vmi_build_sync(b);
  return VM_OK;
}

static vm_status check_limits(vm_builder *b, const char *what, uint32_t min, uint32_t max,
                              uint32_t limit, uint32_t max_limit)
{
  if (min > limit || (max != VM_NO_INDEX && max > max_limit)) {
    return vmi_build_fail(b, VM_LIMIT, "%s: expected a size of at most %u, found %u", what,
                          (unsigned)(min > limit ? limit : max_limit),
                          (unsigned)(min > limit ? min : max));
  }
  if (max != VM_NO_INDEX && max < min) {
    return vmi_build_fail(b, VM_ARGUMENT, "%s: expected a maximum of at least %u, found %u", what,
                          (unsigned)min, (unsigned)max);
  }
  return VM_OK;
}

static vm_status check_table(vm_builder *b, vm_type type, uint32_t min, uint32_t max)
{
  vm_status s = vmi_build_value_type(b, "table's elements", type);
  if (s != VM_OK) return s;
  if (!vmi_type_is_ref(type) || !VM_TYPE_NULLABLE(type)) {
    char text[96];
    return vmi_build_fail(b, VM_ARGUMENT,
                          "table's elements: expected a nullable reference, found %s",
                          vmi_type_text(b->m, type, text, sizeof text));
  }
  return check_limits(b, "table", min, max, VMI_MAX_TABLE_LENGTH, VM_NO_INDEX - 1);
}

static vm_status add_func(vm_builder *b, const char *name, uint32_t type, vm_type env, bool has_env)
{
  vmi_str str;
  void *entry;
  vmi_build_func *info = vmi_vec_push(&b->alloc, &b->func_info, sizeof *info, 1);
  if (info == NULL) return vmi_build_no_memory(b);
  vm_status s = add(b, "function", &b->funcs, sizeof(vmi_func), VMI_MAX_FUNCS, name, &str, &entry);
  if (s != VM_OK) return s;
  *info = (vmi_build_func){.type = type, .has_env = has_env, .body = VMI_BODY_NONE};
  vmi_func *f = entry;
  f->type = type;
  f->env = env;
  f->has_env = has_env;
  f->name = str;
  f->file = VMI_NO_INDEX;
  return VM_OK;
}

static vm_status add_table(vm_builder *b, const char *name, vm_type type, uint32_t min,
                           uint32_t max)
{
  vmi_str str;
  void *entry;
  vm_status s = add(b, "table", &b->tables, sizeof(vmi_table), VMI_MAX_TABLES, name, &str, &entry);
  if (s == VM_OK) *(vmi_table *)entry = (vmi_table){type, min, max, str};
  return s;
}

static vm_status add_memory(vm_builder *b, const char *name, uint32_t min, uint32_t max)
{
  vmi_str str;
  void *entry;
  vm_status s = add(b, "memory", &b->memories, sizeof(vmi_memory), VMI_MAX_MEMORIES, name, &str,
                    &entry);
  if (s == VM_OK) *(vmi_memory *)entry = (vmi_memory){min, max, str};
  return s;
}

static vm_status add_global(vm_builder *b, const char *name, vm_type type, bool mut, vmi_init init)
{
  vmi_str str;
  void *entry;
  vm_status s = add(b, "global", &b->globals, sizeof(vmi_global), VMI_MAX_GLOBALS, name, &str,
                    &entry);
  if (s == VM_OK) *(vmi_global *)entry = (vmi_global){type, mut, init, str};
  return s;
}

/* ---- imports ---- */

static const char *const kind_names[] = {"function", "table", "memory", "global", "type"};

/* Adds the import of the next entry of its kind, of which there are `count`, `imported` of them
 * imports: it must be called before the entry is added. */
static vm_status import(vm_builder *b, const char *module, const char *name, vmi_extern_kind kind,
                        uint32_t count, uint32_t imported)
{
  vmi_str from, what;
  if (count != imported) {
    return vmi_build_fail(b, VM_STATE,
                          "%s import: expected before the first %s definition, found behind %u",
                          kind_names[kind], kind_names[kind], (unsigned)(count - imported));
  }
  vm_status s = vmi_build_room(b, "imports", b->imports.count, VMI_MAX_IMPORTS);
  if (s == VM_OK) s = vmi_build_name(b, "import's module", module, true, &from);
  if (s == VM_OK) s = vmi_build_name(b, "import's name", name, true, &what);
  if (s != VM_OK) return s;
  vmi_import *entry = vmi_vec_push(&b->alloc, &b->imports, sizeof *entry, 1);
  if (entry == NULL) return vmi_build_no_memory(b);
  *entry = (vmi_import){from, what, kind, count};
  vmi_build_sync(b);
  return VM_OK;
}

vm_status vm_builder_import_func(vm_builder *b, const char *module, const char *name,
                                 const char *local, uint32_t type, uint32_t *func)
{
  give_index(func, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_func_type(b, type);
  if (s == VM_OK) {
    s = import(b, module, name, VMI_EXTERN_FUNC, b->m->nfuncs, b->m->nimported_funcs);
  }
  if (s == VM_OK) s = add_func(b, local, type, 0, false);
  if (s != VM_OK) return s;
  give_index(func, b->m->nimported_funcs++);
  return VM_OK;
}

vm_status vm_builder_import_global(vm_builder *b, const char *module, const char *name,
                                   const char *local, vm_type type, int mut, uint32_t *global)
{
  give_index(global, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_value_type(b, "global", type);
  if (s == VM_OK) {
    s = import(b, module, name, VMI_EXTERN_GLOBAL, b->m->nglobals, b->m->nimported_globals);
  }
  if (s == VM_OK) s = add_global(b, local, type, mut != 0, (vmi_init){VMI_INIT_CONST, {0}});
  if (s != VM_OK) return s;
  give_index(global, b->m->nimported_globals++);
  return VM_OK;
}

vm_status vm_builder_import_table(vm_builder *b, const char *module, const char *name,
                                  const char *local, vm_type type, uint32_t min, uint32_t max,
                                  uint32_t *table)
{
  give_index(table, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = check_table(b, type, min, max);
  if (s == VM_OK) {
    s = import(b, module, name, VMI_EXTERN_TABLE, b->m->ntables, b->m->nimported_tables);
  }
  if (s == VM_OK) s = add_table(b, local, type, min, max);
  if (s != VM_OK) return s;
  give_index(table, b->m->nimported_tables++);
  return VM_OK;
}

vm_status vm_builder_import_memory(vm_builder *b, const char *module, const char *name,
                                   const char *local, uint32_t min, uint32_t max, uint32_t *memory)
{
  give_index(memory, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = check_limits(b, "memory", min, max, VMI_MAX_PAGES, VMI_MAX_PAGES);
  if (s == VM_OK) {
    s = import(b, module, name, VMI_EXTERN_MEMORY, b->m->nmemories, b->m->nimported_memories);
  }
  if (s == VM_OK) s = add_memory(b, local, min, max);
  if (s != VM_OK) return s;
  give_index(memory, b->m->nimported_memories++);
  return VM_OK;
}

/* ---- definitions ---- */

vm_status vm_builder_func(vm_builder *b, const char *name, uint32_t type, uint32_t *func)
{
  give_index(func, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_func_type(b, type);
  if (s == VM_OK) s = add_func(b, name, type, 0, false);
  if (s == VM_OK) give_index(func, b->m->nfuncs - 1);
  return s;
}

vm_status vm_builder_func_env(vm_builder *b, const char *name, uint32_t type, vm_type env,
                              uint32_t *func)
{
  give_index(func, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_func_type(b, type);
  if (s == VM_OK) s = vmi_build_value_type(b, "environment", env);
  if (s != VM_OK) return s;
  uint32_t heap = VM_TYPE_HEAP(env);
  if (!vmi_type_is_ref(env) || VM_TYPE_NULLABLE(env) || heap >= b->m->ntypes
      || b->m->types[heap].kind != VMI_DEF_STRUCT) {
    char text[96];
    return vmi_build_fail(b, VM_ARGUMENT,
                          "environment: expected a non-null reference to a struct type, found %s",
                          vmi_type_text(b->m, env, text, sizeof text));
  }
  s = add_func(b, name, type, env, true);
  if (s == VM_OK) give_index(func, b->m->nfuncs - 1);
  return s;
}

vm_status vm_builder_memory(vm_builder *b, const char *name, uint32_t min, uint32_t max,
                            uint32_t *memory)
{
  give_index(memory, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = check_limits(b, "memory", min, max, VMI_MAX_PAGES, VMI_MAX_PAGES);
  if (s == VM_OK) s = add_memory(b, name, min, max);
  if (s == VM_OK) give_index(memory, b->m->nmemories - 1);
  return s;
}

vm_status vm_builder_table(vm_builder *b, const char *name, vm_type type, uint32_t min,
                           uint32_t max, uint32_t *table)
{
  give_index(table, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = check_table(b, type, min, max);
  if (s == VM_OK) s = add_table(b, name, type, min, max);
  if (s == VM_OK) give_index(table, b->m->ntables - 1);
  return s;
}

vm_status vm_builder_global(vm_builder *b, const char *name, vm_type type, int mut, vm_init init,
                            uint32_t *global)
{
  vmi_init own;
  give_index(global, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_value_type(b, "global", type);
  if (s == VM_OK) s = vmi_build_init(b, "global", type, init, &own);
  if (s == VM_OK) s = add_global(b, name, type, mut != 0, own);
  if (s == VM_OK) give_index(global, b->m->nglobals - 1);
  return s;
}

/* ---- segments ---- */

static vm_status add_data(vm_builder *b, const char *name, const void *bytes, uint32_t size,
                          vmi_data data, uint32_t *index)
{
  vmi_str str;
  void *entry;
  if (size > 0 && bytes == NULL) {
    return vmi_build_fail(b, VM_ARGUMENT, "data segment: expected %u bytes, found NULL",
                          (unsigned)size);
  }
  vm_status s = vmi_build_room(b, "bytes of a data segment", size, VMI_MAX_MODULE_BYTES);
  if (s != VM_OK) return s;
  data.bytes = vmi_arena_copy(&b->m->arena, bytes, size, 1);
  if (data.bytes == NULL) return vmi_build_no_memory(b);
  data.size = size;
  s = add(b, "data segment", &b->datas, sizeof data, VMI_MAX_SEGMENTS, name, &str, &entry);
  if (s != VM_OK) return s;
  data.name = str;
  *(vmi_data *)entry = data;
  give_index(index, b->m->ndatas - 1);
  return VM_OK;
}

vm_status vm_builder_data(vm_builder *b, const char *name, const void *bytes, uint32_t size,
                          uint32_t *data)
{
  give_index(data, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s != VM_OK) return s;
  return add_data(b, name, bytes, size, (vmi_data){.mode = VMI_PASSIVE}, data);
}

vm_status vm_builder_data_active(vm_builder *b, const char *name, uint32_t memory, vm_init offset,
                                 const void *bytes, uint32_t size, uint32_t *data)
{
  give_index(data, VM_NO_INDEX);
  vmi_data own = {.mode = VMI_ACTIVE, .memory = memory};
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_index(b, "data segment's memory", memory, b->m->nmemories);
  if (s == VM_OK) s = vmi_build_init(b, "data segment's offset", VM_I32, offset, &own.offset);
  return s == VM_OK ? add_data(b, name, bytes, size, own, data) : s;
}

static vm_status add_elem(vm_builder *b, const char *name, vmi_elem elem, const vm_init *items,
                          uint32_t *index)
{
  vmi_str str;
  void *entry;
  vm_status s = vmi_build_value_type(b, "element segment", elem.type);
  if (s != VM_OK) return s;
  if (!vmi_type_is_ref(elem.type)) {
    return vmi_build_fail(b, VM_ARGUMENT,
                          "element segment: expected a reference type, found a number");
  }
  if (elem.count > 0 && items == NULL) {
    return vmi_build_fail(b, VM_ARGUMENT, "element segment: expected %u items, found NULL",
                          (unsigned)elem.count);
  }
  s = vmi_build_room(b, "items of an element segment", elem.count, VMI_MAX_TABLE_LENGTH + 1);
  if (s != VM_OK) return s;
  elem.items = vmi_arena_new(&b->m->arena, elem.count, sizeof *elem.items);
  if (elem.items == NULL) return vmi_build_no_memory(b);
  for (uint32_t i = 0; i < elem.count && s == VM_OK; i++) {
    s = vmi_build_init(b, "element segment's item", elem.type, items[i], &elem.items[i]);
  }
  if (s == VM_OK) {
    s = add(b, "element segment", &b->elems, sizeof elem, VMI_MAX_SEGMENTS, name, &str, &entry);
  }
  if (s != VM_OK) return s;
  elem.name = str;
  *(vmi_elem *)entry = elem;
  give_index(index, b->m->nelems - 1);
  return VM_OK;
}

vm_status vm_builder_elem(vm_builder *b, const char *name, vm_type type, const vm_init *items,
                          uint32_t count, uint32_t *elem)
{
  give_index(elem, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s != VM_OK) return s;
  return add_elem(b, name, (vmi_elem){.mode = VMI_PASSIVE, .type = type, .count = count}, items,
                  elem);
}

vm_status vm_builder_elem_active(vm_builder *b, const char *name, uint32_t table, vm_init offset,
                                 vm_type type, const vm_init *items, uint32_t count,
                                 uint32_t *elem)
{
  give_index(elem, VM_NO_INDEX);
  vmi_elem own = {.mode = VMI_ACTIVE, .table = table, .type = type, .count = count};
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_index(b, "element segment's table", table, b->m->ntables);
  if (s == VM_OK) s = vmi_build_init(b, "element segment's offset", VM_I32, offset, &own.offset);
  if (s == VM_OK) s = vmi_build_value_type(b, "element segment", type);
  if (s != VM_OK) return s;
  if (!vmi_subtype(b->m, type, b->m->tables[table].type)) {
    char want[96], have[96];
    return vmi_build_fail(b, VM_ARGUMENT, "element segment: expected %s as its table, found %s",
                          vmi_type_text(b->m, b->m->tables[table].type, want, sizeof want),
                          vmi_type_text(b->m, type, have, sizeof have));
  }
  return add_elem(b, name, own, items, elem);
}

/* ---- exports and start ---- */

static bool exported(const vm_builder *b, const char *name, size_t size, uint64_t hash)
{
  uint32_t probe = 0;
  for (;;) {
    uint32_t index = vmi_build_map_next(&b->export_map, hash, &probe);
    if (index == VMI_NO_INDEX) return false;
    const vmi_str *other = &b->m->exports[index].name;
    if (other->size == size && memcmp(other->data, name, size) == 0) return true;
  }
}

static vm_status export(vm_builder *b, const char *name, vmi_extern_kind kind, uint32_t index)
{
  vmi_str str;
  uint64_t hash[2];
  vm_status s = vmi_build_room(b, "exports", b->exports.count, VMI_MAX_EXPORTS);
  if (s == VM_OK) s = vmi_build_name(b, "export", name, true, &str);
  if (s != VM_OK) return s;
  vmi_hash((const uint8_t *)str.data, str.size, hash);
  if (exported(b, str.data, str.size, hash[0])) {
    return vmi_build_fail(b, VM_ARGUMENT,
                          "export \"%.60s\": expected a new name, found it a second time",
                          str.data);
  }
  if (!vmi_build_map_grow(&b->alloc, &b->export_map)) return vmi_build_no_memory(b);
  vmi_export *entry = vmi_vec_push(&b->alloc, &b->exports, sizeof *entry, 1);
  if (entry == NULL) return vmi_build_no_memory(b);
  *entry = (vmi_export){str, kind, index};
  vmi_build_sync(b);
  vmi_build_map_add(&b->export_map, hash[0], b->m->nexports - 1);
  return VM_OK;
}

vm_status vm_builder_export_func(vm_builder *b, const char *name, uint32_t func)
{
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_index(b, "export: function", func, b->m->nfuncs);
  if (s != VM_OK) return s;
  if (b->m->funcs[func].has_env) {
    return vmi_build_fail(b, VM_ARGUMENT, "export: expected a function without environment, found "
                          "function %u with one",
                          (unsigned)func);
  }
  return export(b, name, VMI_EXTERN_FUNC, func);
}

vm_status vm_builder_export_global(vm_builder *b, const char *name, uint32_t global)
{
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_index(b, "export: global", global, b->m->nglobals);
  return s == VM_OK ? export(b, name, VMI_EXTERN_GLOBAL, global) : s;
}

vm_status vm_builder_export_table(vm_builder *b, const char *name, uint32_t table)
{
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_index(b, "export: table", table, b->m->ntables);
  return s == VM_OK ? export(b, name, VMI_EXTERN_TABLE, table) : s;
}

vm_status vm_builder_export_memory(vm_builder *b, const char *name, uint32_t memory)
{
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_index(b, "export: memory", memory, b->m->nmemories);
  return s == VM_OK ? export(b, name, VMI_EXTERN_MEMORY, memory) : s;
}

vm_status vm_builder_export_type(vm_builder *b, const char *name, uint32_t type)
{
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_index(b, "export: type", type, b->m->ntypes);
  if (s != VM_OK) return s;
  if (b->m->types[type].kind != VMI_DEF_STRUCT) {
    return vmi_build_fail(b, VM_ARGUMENT,
                          "export: expected a struct type, found type %u of another kind",
                          (unsigned)type);
  }
  return export(b, name, VMI_EXTERN_TYPE, type);
}

vm_status vm_builder_start(vm_builder *b, uint32_t func)
{
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_index(b, "start: function", func, b->m->nfuncs);
  if (s != VM_OK) return s;
  const vmi_typedef *t = vmi_func_type(b->m, func);
  if (t->nparams != 0 || t->nresults != 0 || b->m->funcs[func].has_env) {
    return vmi_build_fail(b, VM_ARGUMENT,
                          "start: expected a function () -> () without environment, "
                          "found function %u of another type",
                          (unsigned)func);
  }
  b->m->start = func;
  return VM_OK;
}
