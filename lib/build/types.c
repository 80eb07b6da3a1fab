/* types.c - the builder's types: structs by declaration, arrays and functions by structure.
 *
 * SPDX-License-Identifier: MIT
 *
 * Array and function types are looked up before one is added. As they name earlier types only, that
 * went through the same look-up, equal structure is equal words.
 */
#include <string.h>

#include "build.h"

/* ---- checks ---- */

static vm_status check_type(vm_builder *b, const char *what, vm_type type, bool storage)
{
  if (vmi_type_valid(b->m, type, storage)) return VM_OK;
  if (vmi_type_is_packed(type)) {
    return vmi_build_fail(b, VM_ARGUMENT, "%s: expected a value type, found a packed one", what);
  }
  if (vmi_type_is_ref(type)) {
    return vmi_build_fail(b, VM_ARGUMENT,
                          "%s: expected a reference to one of %u types, found 0x%08x",
                          what, (unsigned)b->m->ntypes, (unsigned)type);
  }
  return vmi_build_fail(b, VM_ARGUMENT, "%s: expected a type, found 0x%08x", what, (unsigned)type);
}

vm_status vmi_build_value_type(vm_builder *b, const char *what, vm_type type)
{
  return check_type(b, what, type, false);
}

static const char *kind_name(const vm_builder *b, uint32_t type)
{
  static const char *const names[] = {"a struct type", "an array type", "a function type"};
  return names[b->m->types[type].kind];
}

static const char *type_name(const vm_builder *b, uint32_t type)
{
  const vmi_str *name = &b->m->types[type].name;
  return name->size != 0 ? name->data : "";
}

static vm_status check_kind(vm_builder *b, const char *what, uint32_t type, vmi_def_kind kind)
{
  static const char *const names[] = {"a struct type", "an array type", "a function type"};
  vm_status s = vmi_build_index(b, what, type, b->m->ntypes);
  if (s != VM_OK || b->m->types[type].kind == kind) return s;
  return vmi_build_fail(b, VM_ARGUMENT, "%s: expected %s, found %s (type %u \"%.60s\")", what,
                        names[kind], kind_name(b, type), (unsigned)type, type_name(b, type));
}

vm_status vmi_build_func_type(vm_builder *b, uint32_t type)
{
  return check_kind(b, "function's type", type, VMI_DEF_FUNC);
}

static vm_status check_list(vm_builder *b, const char *what, const vm_type *types, uint32_t count,
                            uint32_t max)
{
  if (count > max) {
    return vmi_build_fail(b, VM_LIMIT, "function type: expected at most %u %ss, found %u",
                          (unsigned)max, what, (unsigned)count);
  }
  if (count > 0 && types == NULL) {
    return vmi_build_fail(b, VM_ARGUMENT, "function type: expected %u %ss, found NULL",
                          (unsigned)count, what);
  }
  vm_status s = VM_OK;
  for (uint32_t i = 0; i < count && s == VM_OK; i++) s = vmi_build_value_type(b, what, types[i]);
  return s;
}

/* ---- adding ---- */

/* A new entry with its name. The caller fills it at once. */
static vm_status add_type(vm_builder *b, const char *name, vmi_def_kind kind, vmi_typedef **out)
{
  vmi_str str;
  vm_status s = vmi_build_room(b, "types", b->types.count, VMI_MAX_TYPES);
  if (s == VM_OK) s = vmi_build_name(b, "type name", name, false, &str);
  if (s != VM_OK) return s;
  vmi_build_type *info = vmi_vec_push(&b->alloc, &b->type_info, sizeof *info, 1);
  vmi_typedef *t = info == NULL ? NULL : vmi_vec_push(&b->alloc, &b->types, sizeof *t, 1);
  if (t == NULL) return vmi_build_no_memory(b);
  t->kind = kind;
  t->super = VMI_NO_INDEX;
  t->name = str;
  info->defined = kind != VMI_DEF_STRUCT;
  vmi_build_sync(b);
  *out = t;
  return VM_OK;
}

static vmi_build_type *info_of(vm_builder *b, uint32_t type)
{
  return (vmi_build_type *)b->type_info.data + type;
}

static void give_index(uint32_t *out, uint32_t index)
{
  if (out != NULL) *out = index;
}

/* ---- structs ---- */

vm_status vm_builder_type_declare(vm_builder *b, const char *name, uint32_t *type)
{
  give_index(type, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s != VM_OK) return s;
  vmi_typedef *t;
  s = add_type(b, name, VMI_DEF_STRUCT, &t);
  if (s == VM_OK) give_index(type, b->m->ntypes - 1);
  return s;
}

static vm_status check_super(vm_builder *b, uint32_t type, uint32_t super)
{
  if (super == VM_NO_INDEX) return VM_OK;
  vm_status s = check_kind(b, "supertype", super, VMI_DEF_STRUCT);
  if (s != VM_OK) return s;
  if (super >= type) {
    return vmi_build_fail(b, VM_ARGUMENT,
                          "type %u \"%.60s\": expected a supertype declared before it, "
                          "found type %u",
                          (unsigned)type, type_name(b, type), (unsigned)super);
  }
  if (!info_of(b, super)->defined) {
    return vmi_build_fail(b, VM_STATE,
                          "type %u \"%.60s\": expected a defined supertype, "
                          "found only a declaration of type %u",
                          (unsigned)type, type_name(b, type), (unsigned)super);
  }
  if (b->m->types[super].depth >= VMI_MAX_DEPTH) {
    return vmi_build_fail(b, VM_LIMIT,
                          "type %u \"%.60s\": expected at most %d supertypes, found more",
                          (unsigned)type, type_name(b, type), VMI_MAX_DEPTH);
  }
  return VM_OK;
}

static vm_status check_struct(vm_builder *b, uint32_t type, uint32_t super,
                              const vm_field_def *fields, uint32_t count)
{
  vm_status s = check_kind(b, "struct definition", type, VMI_DEF_STRUCT);
  if (s != VM_OK) return s;
  if (info_of(b, type)->defined) {
    return vmi_build_fail(b, VM_STATE,
                          "type %u \"%.60s\": expected a declared type, found a defined one",
                          (unsigned)type, type_name(b, type));
  }
  s = check_super(b, type, super);
  if (s != VM_OK) return s;
  if (count > 0 && fields == NULL) {
    return vmi_build_fail(b, VM_ARGUMENT, "type %u \"%.60s\": expected %u fields, found NULL",
                          (unsigned)type, type_name(b, type), (unsigned)count);
  }
  uint64_t total = (uint64_t)count + (super == VM_NO_INDEX ? 0 : b->m->types[super].nfields);
  if (total > VMI_MAX_FIELDS) {
    return vmi_build_fail(b, VM_LIMIT, "type %u \"%.60s\": expected at most %d fields, found %llu",
                          (unsigned)type, type_name(b, type), VMI_MAX_FIELDS,
                          (unsigned long long)total);
  }
  for (uint32_t i = 0; i < count && s == VM_OK; i++) s = check_type(b, "field", fields[i].type,
                                                                    true);
  return s;
}

/* The inherited fields, then the own ones. */
static vm_status fill_fields(vm_builder *b, vmi_typedef *t, const vm_field_def *fields,
                             uint32_t count)
{
  const vmi_typedef *super = t->super == VMI_NO_INDEX ? NULL : &b->m->types[t->super];
  uint32_t inherited = super == NULL ? 0 : super->nfields;
  bool named = super != NULL && super->field_names != NULL;
  for (uint32_t i = 0; i < count; i++) named |= fields[i].name != NULL;
  vmi_field *all = vmi_arena_new(&b->m->arena, inherited + count, sizeof *all);
  vmi_str *names = named ? vmi_arena_new(&b->m->arena, inherited + count, sizeof *names) : NULL;
  if (all == NULL || (named && names == NULL)) return vmi_build_no_memory(b);
  for (uint32_t i = 0; i < inherited; i++) {
    all[i] = super->fields[i];
    if (super->field_names != NULL) names[i] = super->field_names[i];
  }
  vm_status s = VM_OK;
  for (uint32_t i = 0; i < count && s == VM_OK; i++) {
    all[inherited + i] = (vmi_field){.type = fields[i].type, .mut = fields[i].mut != 0};
    if (named) s = vmi_build_name(b, "field name", fields[i].name, false, &names[inherited + i]);
  }
  t->fields = all;
  t->field_names = names;
  t->nfields = inherited + count;
  t->depth = super == NULL ? 0 : super->depth + 1;
  return s;
}

vm_status vm_builder_type_define(vm_builder *b, uint32_t type, uint32_t super,
                                 const vm_field_def *fields, uint32_t count)
{
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = check_struct(b, type, super, fields, count);
  if (s != VM_OK) return s;
  vmi_typedef *t = &b->m->types[type];
  t->super = super == VM_NO_INDEX ? VMI_NO_INDEX : super;
  s = fill_fields(b, t, fields, count);
  if (s != VM_OK) return s;
  if (!vmi_layout(t)) {
    return vmi_build_fail(b, VM_LIMIT,
                          "type %u \"%.60s\": expected at most 65536 bytes of fields, found more",
                          (unsigned)type, type_name(b, type));
  }
  info_of(b, type)->defined = true;
  return VM_OK;
}

vm_status vm_builder_type_struct(vm_builder *b, const char *name, uint32_t super,
                                 const vm_field_def *fields, uint32_t count, uint32_t *type)
{
  uint32_t index;
  give_index(type, VM_NO_INDEX);
  vm_status s = vm_builder_type_declare(b, name, &index);
  if (s == VM_OK) s = vm_builder_type_define(b, index, super, fields, count);
  if (s == VM_OK) give_index(type, index);
  return s;
}

/* ---- arrays and functions ---- */

static uint64_t mix(uint64_t h, uint64_t v)
{
  h = (h ^ v) * 0x9E3779B97F4A7C15ull;
  return h ^ h >> 29;
}

static uint64_t hash_type(const vmi_typedef *t)
{
  uint64_t h = mix(1, t->kind);
  if (t->kind == VMI_DEF_ARRAY) return mix(mix(h, t->fields[0].mut), t->fields[0].type);
  h = mix(h, (uint64_t)t->nparams << 32 | t->nresults);
  for (uint32_t i = 0; i < t->nparams; i++) h = mix(h, t->params[i]);
  for (uint32_t i = 0; i < t->nresults; i++) h = mix(h, t->results[i]);
  return h;
}

static bool same_words(const vm_type *x, const vm_type *y, uint32_t count)
{
  return count == 0 || memcmp(x, y, count * sizeof *x) == 0;
}

static bool same_type(const vmi_typedef *x, const vmi_typedef *y)
{
  if (x->kind != y->kind) return false;
  if (x->kind == VMI_DEF_ARRAY) {
    return x->fields[0].type == y->fields[0].type && x->fields[0].mut == y->fields[0].mut;
  }
  return x->nparams == y->nparams && x->nresults == y->nresults
         && same_words(x->params, y->params, x->nparams)
         && same_words(x->results, y->results, x->nresults);
}

static uint32_t find_type(const vm_builder *b, const vmi_typedef *key, uint64_t hash)
{
  uint32_t probe = 0;
  for (;;) {
    uint32_t index = vmi_build_map_next(&b->type_map, hash, &probe);
    if (index == VMI_NO_INDEX || same_type(&b->m->types[index], key)) return index;
  }
}

/* Copies what `key` borrows to the module's memory. */
static bool own_type(vm_builder *b, const vmi_typedef *key, vmi_typedef *t)
{
  vmi_arena *arena = &b->m->arena;
  if (key->kind == VMI_DEF_ARRAY) {
    t->nfields = 1;
    t->fields = vmi_arena_copy(arena, key->fields, 1, sizeof *t->fields);
    return t->fields != NULL && vmi_layout(t);
  }
  t->nparams = key->nparams;
  t->nresults = key->nresults;
  t->params = vmi_arena_copy(arena, key->params, key->nparams, sizeof *t->params);
  t->results = vmi_arena_copy(arena, key->results, key->nresults, sizeof *t->results);
  return t->params != NULL && t->results != NULL;
}

static vm_status intern(vm_builder *b, const char *name, const vmi_typedef *key, uint32_t *type)
{
  uint64_t hash = hash_type(key);
  uint32_t index = find_type(b, key, hash);
  if (index != VMI_NO_INDEX) {
    vmi_typedef *found = &b->m->types[index];
    vm_status s = VM_OK;
    if (found->name.size == 0) s = vmi_build_name(b, "type name", name, false, &found->name);
    if (s == VM_OK) give_index(type, index);
    return s;
  }
  if (!vmi_build_map_grow(&b->alloc, &b->type_map)) return vmi_build_no_memory(b);
  vmi_typedef own = *key, *t;
  if (!own_type(b, key, &own)) return vmi_build_no_memory(b);
  vm_status s = add_type(b, name, key->kind, &t);
  if (s != VM_OK) return s;
  own.name = t->name;
  own.super = VMI_NO_INDEX;
  index = b->m->ntypes - 1;
  own.same = index + 1;
  *t = own;
  vmi_build_map_add(&b->type_map, hash, index);
  give_index(type, index);
  return VM_OK;
}

vm_status vm_builder_type_array(vm_builder *b, const char *name, vm_type element, int mut,
                                uint32_t *type)
{
  give_index(type, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = check_type(b, "array's elements", element, true);
  if (s != VM_OK) return s;
  vmi_field field = {.type = element, .mut = mut != 0};
  vmi_typedef key = {.kind = VMI_DEF_ARRAY, .fields = &field};
  return intern(b, name, &key, type);
}

vm_status vm_builder_type_func(vm_builder *b, const char *name, const vm_type *params,
                               uint32_t nparams, const vm_type *results, uint32_t nresults,
                               uint32_t *type)
{
  give_index(type, VM_NO_INDEX);
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = check_list(b, "parameter", params, nparams, VMI_MAX_PARAMS);
  if (s == VM_OK) s = check_list(b, "result", results, nresults, VMI_MAX_RESULTS);
  if (s != VM_OK) return s;
  vmi_typedef key = {.kind = VMI_DEF_FUNC, .nparams = nparams, .nresults = nresults,
                     .params = (vm_type *)params, .results = (vm_type *)results};
  return intern(b, name, &key, type);
}

vm_status vm_builder_import_type(vm_builder *b, const char *module, const char *name, uint32_t type)
{
  vmi_str from, what;
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = check_kind(b, "type import", type, VMI_DEF_STRUCT);
  if (s != VM_OK) return s;
  if (info_of(b, type)->imported) {
    return vmi_build_fail(b, VM_STATE,
                          "type import: expected type %u \"%.60s\" once, found it twice",
                          (unsigned)type, type_name(b, type));
  }
  s = vmi_build_room(b, "imports", b->imports.count, VMI_MAX_IMPORTS);
  if (s == VM_OK) s = vmi_build_name(b, "type import's module", module, true, &from);
  if (s == VM_OK) s = vmi_build_name(b, "type import's name", name, true, &what);
  if (s != VM_OK) return s;
  vmi_import *import = vmi_vec_push(&b->alloc, &b->imports, sizeof *import, 1);
  if (import == NULL) return vmi_build_no_memory(b);
  *import = (vmi_import){from, what, VMI_EXTERN_TYPE, type};
  info_of(b, type)->imported = true;
  vmi_build_sync(b);
  return VM_OK;
}
