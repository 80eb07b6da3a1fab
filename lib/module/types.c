/* types.c - value types of a module: well-formedness, subtyping, object layout, text.
 *
 * SPDX-License-Identifier: MIT
 *
 * Struct types are nominal, so subtyping between them is a walk up the inheritance chain. Array and
 * function types are structural and have no subtypes of their own but themselves: a run-time check
 * of a reference is then one comparison of ids. Array and function types name only earlier types of
 * their kind, so equality is found by hashing every type once, in order, with its components
 * replaced by their first equal type (vmi_types_unify).
 */
#include <stdio.h>
#include <string.h>

#include "module.h"

uint32_t vmi_storage_size(vm_type storage)
{
  if (storage == VM_I8) return 1;
  if (storage == VM_I16) return 2;
  return storage == VM_I32 || storage == VM_F32 ? 4 : 8;
}

bool vmi_type_valid(const vmi_module *m, vm_type t, bool storage)
{
  if (vmi_type_is_packed(t)) return storage;
  vm_kind kind = VM_TYPE_KIND(t);
  if (kind != VM_KIND_REF) return kind < VM_KIND_REF && t == VM_TYPE(kind);
  uint32_t heap = VM_TYPE_HEAP(t);
  if (t & 0x07000000u) return false;
  return heap < m->ntypes || (heap >= VM_HEAP_ANY && heap <= VM_HEAP_WEAK);
}

/* ---- structure ---- */

/* Work left for a comparison without vmi_types_unify: types form a graph whose unfolding may be
 * exponential, so that the comparison must be able to give up. */
enum { COMPARE_BUDGET = 10000, COMPARE_DEPTH = 64 };

static bool same_structure(const vmi_module *m, uint32_t a, uint32_t b, int depth, int *budget);

static bool same_component(const vmi_module *m, vm_type a, vm_type b, int depth, int *budget)
{
  if (a == b) return true;
  if (!vmi_type_is_ref(a) || !vmi_type_is_ref(b)) return false;
  if (VM_TYPE_NULLABLE(a) != VM_TYPE_NULLABLE(b)) return false;
  uint32_t ha = VM_TYPE_HEAP(a), hb = VM_TYPE_HEAP(b);
  if (ha >= m->ntypes || hb >= m->ntypes) return false;
  return same_structure(m, ha, hb, depth - 1, budget);
}

static bool same_list(const vmi_module *m, const vm_type *a, const vm_type *b, uint32_t n,
                      int depth, int *budget)
{
  for (uint32_t i = 0; i < n; i++) {
    if (--*budget < 0 || !same_component(m, a[i], b[i], depth, budget)) return false;
  }
  return true;
}

static bool same_structure(const vmi_module *m, uint32_t a, uint32_t b, int depth, int *budget)
{
  const vmi_typedef *ta = &m->types[a], *tb = &m->types[b];
  if (a == b) return true;
  if (ta->kind != tb->kind || ta->kind == VMI_DEF_STRUCT) return false;
  if (ta->same != 0 && tb->same != 0) return ta->same == tb->same;
  if (depth == 0 || --*budget < 0) return false;
  if (ta->kind == VMI_DEF_ARRAY) {
    return ta->fields[0].mut == tb->fields[0].mut
           && same_component(m, ta->fields[0].type, tb->fields[0].type, depth, budget);
  }
  return ta->nparams == tb->nparams && ta->nresults == tb->nresults
         && same_list(m, ta->params, tb->params, ta->nparams, depth, budget)
         && same_list(m, ta->results, tb->results, ta->nresults, depth, budget);
}

/* `t` with its array or function type replaced by the first equal one. */
static vm_type unified(const vmi_module *m, vm_type t)
{
  if (!vmi_type_is_ref(t) || VM_TYPE_HEAP(t) >= m->ntypes) return t;
  uint32_t same = m->types[VM_TYPE_HEAP(t)].same;
  return same == 0 ? t : (t & 0xFF000000u) | (same - 1);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
  h = (h ^ v) * 0x9E3779B97F4A7C15ull;
  return h ^ h >> 29;
}

/* `seed` is an address, so that nobody can prepare types that collide. */
static uint64_t hash_type(const vmi_module *m, const vmi_typedef *t, uint64_t seed)
{
  uint64_t h = mix(seed, t->kind);
  if (t->kind == VMI_DEF_ARRAY) {
    return mix(mix(h, t->fields[0].mut), unified(m, t->fields[0].type));
  }
  h = mix(h, (uint64_t)t->nparams << 32 | t->nresults);
  for (uint32_t i = 0; i < t->nparams; i++) h = mix(h, unified(m, t->params[i]));
  for (uint32_t i = 0; i < t->nresults; i++) h = mix(h, unified(m, t->results[i]));
  return h;
}

static bool lists_equal(const vmi_module *m, const vm_type *a, const vm_type *b, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++) {
    if (unified(m, a[i]) != unified(m, b[i])) return false;
  }
  return true;
}

static bool unified_equal(const vmi_module *m, const vmi_typedef *a, const vmi_typedef *b)
{
  if (a->kind != b->kind) return false;
  if (a->kind == VMI_DEF_ARRAY) {
    return a->fields[0].mut == b->fields[0].mut
           && unified(m, a->fields[0].type) == unified(m, b->fields[0].type);
  }
  return a->nparams == b->nparams && a->nresults == b->nresults
         && lists_equal(m, a->params, b->params, a->nparams)
         && lists_equal(m, a->results, b->results, a->nresults);
}

/* Skips of growing length up the inheritance chain, so that any supertype is found in logarithmic
 * time (E. W. Myers, An applicative random-access stack, 1983): a module of deep inheritance could
 * make every operand of its code cost 63 steps. */
static void find_jump(vmi_module *m, uint32_t index)
{
  vmi_typedef *t = &m->types[index];
  t->depth = 0;
  t->jump = t->super == VMI_NO_INDEX ? index + 1 : 0;
  if (t->super >= index || m->types[t->super].jump == 0) return;
  const vmi_typedef *s = &m->types[t->super], *far = &m->types[s->jump - 1];
  const vmi_typedef *farther = &m->types[far->jump - 1];
  t->depth = s->depth + 1;
  bool equal = s->depth - far->depth == far->depth - farther->depth;
  t->jump = equal ? far->jump : t->super + 1;
}

bool vmi_types_unify(vmi_module *m, const vmi_alloc *a)
{
  size_t slots = 8;
  while (slots < 2 * (size_t)m->ntypes) slots *= 2;
  uint32_t *table = vmi_new_zero(a, slots, sizeof *table); /* 1 + type index */
  if (table == NULL) return false;
  for (uint32_t i = 0; i < m->ntypes; i++) m->types[i].same = m->types[i].jump = 0;
  for (uint32_t i = 0; i < m->ntypes; i++) {
    vmi_typedef *t = &m->types[i];
    if (t->kind == VMI_DEF_STRUCT) {
      find_jump(m, i);
      continue;
    }
    size_t s = hash_type(m, t, (uintptr_t)table) >> 16 & (slots - 1);
    while (table[s] != 0 && !unified_equal(m, t, &m->types[table[s] - 1])) {
      s = (s + 1) & (slots - 1);
    }
    if (table[s] == 0) table[s] = i + 1;
    t->same = table[s];
  }
  vmi_free(a, table, slots * sizeof *table);
  return true;
}

/* ---- subtyping ---- */

/* Both are struct types with jumps. */
static bool jump_subtype(const vmi_typedef *types, uint32_t a, uint32_t b)
{
  uint32_t depth = types[b].depth;
  while (types[a].depth > depth) {
    uint32_t far = types[a].jump - 1;
    a = types[far].depth >= depth ? far : types[a].super;
  }
  return a == b;
}

static bool struct_subtype(const vmi_module *m, uint32_t a, uint32_t b)
{
  if (m->types[b].kind != VMI_DEF_STRUCT) return false;
  if (m->types[a].jump != 0 && m->types[b].jump != 0) return jump_subtype(m->types, a, b);
  /* The bound matters only for types that nobody has checked yet. */
  for (int steps = 0; steps <= VMI_MAX_DEPTH && a < m->ntypes; steps++) {
    if (a == b) return true;
    if (m->types[a].kind != VMI_DEF_STRUCT) return false;
    a = m->types[a].super;
  }
  return false;
}

static bool abstract_subtype(const vmi_module *m, uint32_t a, uint32_t b)
{
  switch (m->types[a].kind) {
  case VMI_DEF_STRUCT: return b == VM_HEAP_STRUCT;
  case VMI_DEF_ARRAY: return b == VM_HEAP_ARRAY;
  default: return b == VM_HEAP_FUNC;
  }
}

bool vmi_heap_subtype(const vmi_module *m, uint32_t a, uint32_t b)
{
  if (a == b || b == VM_HEAP_ANY) return true;
  if (a >= m->ntypes) return false;
  if (b >= m->ntypes) return abstract_subtype(m, a, b);
  if (m->types[a].kind == VMI_DEF_STRUCT) return struct_subtype(m, a, b);
  int budget = COMPARE_BUDGET;
  return same_structure(m, a, b, COMPARE_DEPTH, &budget);
}

bool vmi_subtype(const vmi_module *m, vm_type a, vm_type b)
{
  if (a == b) return true;
  if (!vmi_type_is_ref(a) || !vmi_type_is_ref(b)) return false;
  if (VM_TYPE_NULLABLE(a) && !VM_TYPE_NULLABLE(b)) return false;
  return vmi_heap_subtype(m, VM_TYPE_HEAP(a), VM_TYPE_HEAP(b));
}

/* ---- layout ---- */

enum { MAX_OBJECT_SIZE = 65536 };

bool vmi_layout(vmi_typedef *t)
{
  if (t->kind == VMI_DEF_FUNC) return true;
  if (t->kind == VMI_DEF_ARRAY) {
    t->size = vmi_storage_size(t->fields[0].type);
    t->fields[0].offset = VMI_ARRAY_DATA_OFFSET;
    return true;
  }
  uint32_t at = VMI_HEADER_SIZE;
  for (uint32_t i = 0; i < t->nfields; i++) {
    uint32_t size = vmi_storage_size(t->fields[i].type);
    at = (at + size - 1) & ~(size - 1);
    t->fields[i].offset = at;
    at += size;
    if (at > MAX_OBJECT_SIZE) return false;
  }
  t->size = (at + 7) & ~7u;
  return true;
}

/* ---- text ---- */

static const char *plain_name(vm_type t)
{
  switch (t) {
  case VM_I32: return "i32";
  case VM_I64: return "i64";
  case VM_F32: return "f32";
  case VM_F64: return "f64";
  case VM_DYN: return "dyn";
  case VM_I8: return "i8";
  case VM_I16: return "i16";
  default: return NULL;
  }
}

static const char *heap_name(uint32_t heap)
{
  static const char *const names[] = {"any", "struct", "array", "func", "extern", "exn", "weak"};
  return heap >= VM_HEAP_ANY && heap <= VM_HEAP_WEAK ? names[heap - VM_HEAP_ANY] : NULL;
}

const char *vmi_type_text(const vmi_module *m, vm_type t, char *buffer, size_t size)
{
  const char *plain = plain_name(t);
  if (plain != NULL) {
    snprintf(buffer, size, "%s", plain);
    return buffer;
  }
  if (!vmi_type_is_ref(t)) {
    snprintf(buffer, size, "(bad type 0x%08x)", (unsigned)t);
    return buffer;
  }
  uint32_t heap = VM_TYPE_HEAP(t);
  const char *null = VM_TYPE_NULLABLE(t) ? "null " : "";
  const char *name = heap_name(heap);
  if (name == NULL && m != NULL && heap < m->ntypes && m->types[heap].name.size != 0) {
    name = m->types[heap].name.data;
  }
  if (name != NULL) {
    snprintf(buffer, size, "(ref %s%.60s)", null, name);
  } else {
    snprintf(buffer, size, "(ref %s%u)", null, (unsigned)heap);
  }
  return buffer;
}
