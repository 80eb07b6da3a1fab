/* sections.c - the rules for everything outside code: types, imports, initial values, exports.
 *
 * SPDX-License-Identifier: MIT
 *
 * The reader has checked much of this already; builder and assembler make modules too, so here it
 * is checked for all of them.
 */
#include <string.h>

#include "verifier.h"

#define FAIL(v, ...) vmi_fail((v)->e, VM_INVALID, __VA_ARGS__)

static const char *text_of(const vmi_verifier *v, vm_type t, char buffer[96])
{
  return vmi_type_text(v->m, t, buffer, 96);
}

static bool is_def(const vmi_module *m, uint32_t index, vmi_def_kind kind)
{
  return index < m->ntypes && m->types[index].kind == kind;
}

/* ---- types ---- */

/* Array and function types name earlier ones of their kinds only, so that structure is finite. */
static bool names_earlier(const vmi_module *m, vm_type t, uint32_t index)
{
  uint32_t heap = VM_TYPE_HEAP(t);
  return !vmi_type_is_ref(t) || heap >= m->ntypes || heap < index
         || m->types[heap].kind == VMI_DEF_STRUCT;
}

static vm_status check_component(vmi_verifier *v, uint32_t index, vm_type t, bool storage)
{
  char text[96];
  if (!vmi_type_valid(v->m, t, storage)) {
    return FAIL(v, "type %u: expected a type of this module, found 0x%08x", (unsigned)index,
                (unsigned)t);
  }
  if (v->m->types[index].kind == VMI_DEF_STRUCT || names_earlier(v->m, t, index)) return VM_OK;
  return FAIL(v, "type %u: expected struct types and earlier types, found %s", (unsigned)index,
              text_of(v, t, text));
}

static vm_status check_struct(vmi_verifier *v, uint32_t index, vmi_typedef *t)
{
  uint32_t depth = 0;
  if (t->super != VMI_NO_INDEX) {
    if (t->super >= index || v->m->types[t->super].kind != VMI_DEF_STRUCT) {
      return FAIL(v, "type %u: expected an earlier struct type as supertype, found type %u",
                  (unsigned)index, (unsigned)t->super);
    }
    depth = v->m->types[t->super].depth + 1;
  }
  if (depth > VMI_MAX_DEPTH || t->nfields > VMI_MAX_FIELDS) {
    return vmi_fail(v->e, VM_LIMIT,
                    "type %u: expected at most %d supertypes and %d fields, found %u "
                    "and %u", (unsigned)index, VMI_MAX_DEPTH, VMI_MAX_FIELDS, (unsigned)depth,
                    (unsigned)t->nfields);
  }
  t->depth = depth;
  return VM_OK;
}

static vm_status check_typedef(vmi_verifier *v, uint32_t index)
{
  vmi_typedef *t = &v->m->types[index];
  if (t->kind == VMI_DEF_STRUCT) VMI_TRY(check_struct(v, index, t));
  if (t->kind == VMI_DEF_FUNC) {
    if (t->nparams > VMI_MAX_PARAMS || t->nresults > VMI_MAX_RESULTS) {
      return vmi_fail(v->e, VM_LIMIT,
                      "type %u: expected at most %d parameters and %d results, found "
                      "%u and %u", (unsigned)index, VMI_MAX_PARAMS, VMI_MAX_RESULTS,
                      (unsigned)t->nparams, (unsigned)t->nresults);
    }
    for (uint32_t i = 0; i < t->nparams; i++) {
      VMI_TRY(check_component(v, index, t->params[i], false));
    }
    for (uint32_t i = 0; i < t->nresults; i++) {
      VMI_TRY(check_component(v, index, t->results[i], false));
    }
    return VM_OK;
  }
  if (t->kind == VMI_DEF_ARRAY && t->nfields != 1) {
    return FAIL(v, "type %u: expected one element type, found %u", (unsigned)index,
                (unsigned)t->nfields);
  }
  for (uint32_t i = 0; i < t->nfields; i++) {
    VMI_TRY(check_component(v, index, t->fields[i].type, true));
  }
  if (vmi_layout(t)) return VM_OK;
  return vmi_fail(v->e, VM_LIMIT,
                  "type %u: expected a struct of at most 64 KiB, found a larger one",
                  (unsigned)index);
}

/* A subtype starts with its supertype's fields. What is read through the supertype must be right
 * for both, so a constant field may be narrower; what is written must too, so a mutable one may
 * not. */
static vm_status check_inherited(vmi_verifier *v, uint32_t index)
{
  const vmi_typedef *t = &v->m->types[index];
  if (t->kind != VMI_DEF_STRUCT || t->super == VMI_NO_INDEX) return VM_OK;
  const vmi_typedef *s = &v->m->types[t->super];
  if (t->nfields < s->nfields) {
    return FAIL(v, "type %u: expected the %u fields of its supertype first, found %u fields",
                (unsigned)index, (unsigned)s->nfields, (unsigned)t->nfields);
  }
  for (uint32_t i = 0; i < s->nfields; i++) {
    const vmi_field *own = &t->fields[i], *its = &s->fields[i];
    bool narrower = !own->mut && vmi_subtype(v->m, own->type, its->type);
    if (own->mut == its->mut && (own->type == its->type || narrower)) continue;
    char want[96], have[96];
    return FAIL(v, "type %u: field %u: expected %s%s as in its supertype, found %s%s",
                (unsigned)index, (unsigned)i, its->mut ? "mut " : "", text_of(v, its->type, want),
                own->mut ? "mut " : "", text_of(v, own->type, have));
  }
  return VM_OK;
}

static vm_status check_types(vmi_verifier *v)
{
  vmi_module *m = v->m;
  if (m->ntypes > VMI_MAX_TYPES) {
    return vmi_fail(v->e, VM_LIMIT, "types: expected at most %d, found %u", VMI_MAX_TYPES,
                    (unsigned)m->ntypes);
  }
  for (uint32_t i = 0; i < m->ntypes; i++) VMI_TRY(check_typedef(v, i));
  if (!vmi_types_unify(m, &v->alloc)) return vmi_no_memory(v->e);
  for (uint32_t i = 0; i < m->ntypes; i++) VMI_TRY(check_inherited(v, i));
  return VM_OK;
}

/* ---- imports ---- */

static vm_status check_import(vmi_verifier *v, uint32_t i, uint32_t next[], uint32_t *seen)
{
  const vmi_import *x = &v->m->imports[i];
  if (x->kind > VMI_EXTERN_TYPE) {
    return FAIL(v, "import %u: expected a kind of 0 to 4, found %u", (unsigned)i,
                (unsigned)x->kind);
  }
  if (x->kind != VMI_EXTERN_TYPE) {
    if (x->index == next[x->kind]++) return VM_OK;
    return FAIL(v, "import %u: expected index %u, the next of its kind, found %u", (unsigned)i,
                (unsigned)(next[x->kind] - 1), (unsigned)x->index);
  }
  if (!is_def(v->m, x->index, VMI_DEF_STRUCT)) {
    return FAIL(v, "import %u: expected a struct type, found type %u, which is none", (unsigned)i,
                (unsigned)x->index);
  }
  if (seen[x->index / 32] >> x->index % 32 & 1) {
    return FAIL(v, "import %u: expected a type that is imported once, found type %u again",
                (unsigned)i, (unsigned)x->index);
  }
  seen[x->index / 32] |= 1u << x->index % 32;
  return VM_OK;
}

static vm_status check_imports(vmi_verifier *v)
{
  vmi_module *m = v->m;
  uint32_t next[VMI_EXTERN_TYPE] = {0};
  if (m->nimported_funcs > m->nfuncs || m->nimported_tables > m->ntables
      || m->nimported_memories > m->nmemories || m->nimported_globals > m->nglobals) {
    return FAIL(v, "imports: expected fewer than there are items, found more");
  }
  size_t words = m->ntypes / 32 + 1;
  uint32_t *seen = vmi_new_zero(&v->alloc, words, sizeof *seen);
  if (seen == NULL) return vmi_no_memory(v->e);
  vm_status status = VM_OK;
  for (uint32_t i = 0; i < m->nimports && status == VM_OK; i++) {
    status = check_import(v, i, next, seen);
  }
  vmi_free(&v->alloc, seen, words * sizeof *seen);
  VMI_TRY(status);
  if (next[VMI_EXTERN_FUNC] == m->nimported_funcs && next[VMI_EXTERN_TABLE] == m->nimported_tables
      && next[VMI_EXTERN_MEMORY] == m->nimported_memories
      && next[VMI_EXTERN_GLOBAL] == m->nimported_globals) {
    return VM_OK;
  }
  return FAIL(v, "imports: expected one for every imported item, found another number");
}

/* ---- functions ---- */

static vm_status check_locals(vmi_verifier *v, uint32_t index)
{
  const vmi_func *f = &v->m->funcs[index];
  const vmi_typedef *type = &v->m->types[f->type];
  uint32_t first = type->nparams + f->has_env;
  char text[96];
  if (f->nlocals > VMI_MAX_LOCALS || f->code_size > VMI_MAX_CODE) {
    return vmi_fail_at(v->e, VM_LIMIT, index, 0,
                       "function %u: expected at most %d locals and %d bytes "
                       "of code, found %u and %u", (unsigned)index, VMI_MAX_LOCALS, VMI_MAX_CODE,
                       (unsigned)f->nlocals, (unsigned)f->code_size);
  }
  bool prefix = f->nlocals >= first;
  for (uint32_t i = 0; prefix && i < first; i++) {
    prefix = f->locals[i] == (i < type->nparams ? type->params[i] : f->env);
  }
  if (!prefix) {
    return vmi_fail_at(v->e, VM_INVALID, index, 0,
                       "function %u: expected its parameters as the first "
                       "locals, found others", (unsigned)index);
  }
  for (uint32_t i = first; i < f->nlocals; i++) {
    vm_type t = f->locals[i];
    if (vmi_type_valid(v->m, t, false) && vmi_type_has_default(t)) continue;
    return vmi_fail_at(v->e, VM_INVALID, index, 0, "function %u: local %u: expected a type with a "
                       "default, found %s", (unsigned)index, (unsigned)i, text_of(v, t, text));
  }
  return VM_OK;
}

static vm_status check_func(vmi_verifier *v, uint32_t index)
{
  const vmi_module *m = v->m;
  const vmi_func *f = &m->funcs[index];
  bool imported = index < m->nimported_funcs;
  char text[96];
  if (!is_def(m, f->type, VMI_DEF_FUNC)) {
    return vmi_fail_at(v->e, VM_INVALID, index, 0,
                       "function %u: expected a function type, found type "
                       "%u, which is none", (unsigned)index, (unsigned)f->type);
  }
  if (f->has_env) {
    bool right = !imported && vmi_type_valid(m, f->env, false) && vmi_type_is_ref(f->env)
                 && !VM_TYPE_NULLABLE(f->env) && is_def(m, VM_TYPE_HEAP(f->env), VMI_DEF_STRUCT);
    if (!right) {
      return vmi_fail_at(v->e, VM_INVALID, index, 0,
                         "function %u: expected a non-null reference to a "
                         "struct type as environment%s, found %s", (unsigned)index,
                         imported ? ", and none of an import" : "", text_of(v, f->env, text));
    }
  }
  return imported ? VM_OK : check_locals(v, index);
}

/* ---- initial values ---- */

/* A dyn constant must be an immediate in its one form: nil, a boolean, an integer, or a double
 * whose NaN is the canonical one. Anything else might be taken for a pointer. */
static bool dyn_constant(uint64_t w)
{
  const uint64_t first_int = 0xFFFE000000000000ull, double_offset = 0x0002000000000000ull;
  if (w == 0 || w == 6 || w == 7) return true;
  if (w >= first_int) return w - first_int <= UINT32_MAX;
  if (w < double_offset) return false;
  uint64_t bits = w - double_offset, magnitude = bits & INT64_MAX;
  return magnitude <= 0x7FF0000000000000ull || bits == 0x7FF8000000000000ull;
}

static bool constant_fits(vm_type type, uint64_t bits)
{
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32: case VM_KIND_F32: return bits <= UINT32_MAX;
  case VM_KIND_I64: case VM_KIND_F64: return true;
  case VM_KIND_DYN: return dyn_constant(bits);
  default: return false;
  }
}

/* Globals below `globals` have their values; the type of this one, false if it is not constant. */
static bool init_global(const vmi_module *m, const vmi_init *init, uint32_t globals, vm_type *type)
{
  if (init->bits >= globals || m->globals[init->bits].mut) return false;
  *type = m->globals[init->bits].type;
  return true;
}

/* The type of the value, or false if there is none such. */
static bool init_type(const vmi_module *m, const vmi_init *init, uint32_t globals, vm_type *type)
{
  if (init->kind == VMI_INIT_FUNC) {
    if (init->bits >= m->nfuncs || m->funcs[init->bits].has_env) return false;
    *type = VM_REF(m->funcs[init->bits].type);
    return true;
  }
  return init_global(m, init, globals, type);
}

static bool is_operation(vmi_init_kind kind)
{
  return kind == VMI_INIT_ADD || kind == VMI_INIT_SUB || kind == VMI_INIT_MUL;
}

/* Operations, each with two operands, all of the one type, and one value at the end. */
static vm_status check_expr(vmi_verifier *v, const char *what, uint32_t index, vm_type type,
                            const vmi_init_expr *expr, uint32_t globals)
{
  char want[96];
  uint32_t depth = 0;
  if (type != VM_I32 && type != VM_I64) {
    return FAIL(v, "%s %u: expected a value of %s, found arithmetic", what, (unsigned)index,
                text_of(v, type, want));
  }
  if (expr->count < 3 || expr->count > VMI_MAX_INIT) {
    return FAIL(v, "%s %u: expected arithmetic of 3 to %d operations, found %u", what,
                (unsigned)index, VMI_MAX_INIT, (unsigned)expr->count);
  }
  for (uint32_t i = 0; i < expr->count; i++) {
    const vmi_init *op = &expr->ops[i];
    vm_type found = type;
    bool right = is_operation(op->kind) ? depth >= 2
                 : op->kind == VMI_INIT_CONST ? constant_fits(type, op->bits)
                 : op->kind == VMI_INIT_GLOBAL && init_global(v->m, op, globals, &found);
    if (!right || found != type) {
      return FAIL(v, "%s %u: operation %u: expected a constant or an immutable global of %s, or "
                  "two of them to compute with, found neither", what, (unsigned)index, (unsigned)i,
                  text_of(v, type, want));
    }
    depth = is_operation(op->kind) ? depth - 1 : depth + 1;
  }
  if (depth == 1) return VM_OK;
  return FAIL(v, "%s %u: expected one value at the end, found %u", what, (unsigned)index,
              (unsigned)depth);
}

/* `globals`: how many have their values when this one is needed. */
static vm_status check_init(vmi_verifier *v, const char *what, uint32_t index, vm_type type,
                            const vmi_init *init, uint32_t globals)
{
  char want[96], have[96];
  vm_type found;
  switch (init->kind) {
  case VMI_INIT_CONST:
    if (constant_fits(type, init->bits)) return VM_OK;
    return FAIL(v, "%s %u: expected a value of %s, found the constant 0x%llx", what,
                (unsigned)index,
                text_of(v, type, want), (unsigned long long)init->bits);
  case VMI_INIT_NULL:
    if (vmi_type_is_ref(type) && VM_TYPE_NULLABLE(type)) return VM_OK;
    return FAIL(v, "%s %u: expected a value of %s, found null", what, (unsigned)index,
                text_of(v, type, want));
  case VMI_INIT_FUNC: case VMI_INIT_GLOBAL:
    break;
  case VMI_INIT_EXPR:
    return check_expr(v, what, index, type, init->expr, globals);
  default:
    return FAIL(v, "%s %u: expected an initial value, found kind %u", what, (unsigned)index,
                (unsigned)init->kind);
  }
  if (!init_type(v->m, init, globals, &found)) {
    return FAIL(v, "%s %u: expected %s, found %llu, which is none", what, (unsigned)index,
                init->kind == VMI_INIT_FUNC ? "a function without environment"
                                            : "an immutable global that has its value",
                (unsigned long long)init->bits);
  }
  if (vmi_subtype(v->m, found, type)) return VM_OK;
  return FAIL(v, "%s %u: expected a value of %s, found %s", what, (unsigned)index,
              text_of(v, type, want), text_of(v, found, have));
}

/* ---- tables, memories, globals, segments ---- */

static bool range_fits(uint32_t min, uint32_t max, uint32_t limit, uint32_t max_limit)
{
  return min <= limit && min <= max && (max == VMI_NO_INDEX || max <= max_limit);
}

static vm_status check_stores(vmi_verifier *v)
{
  const vmi_module *m = v->m;
  char text[96];
  for (uint32_t i = 0; i < m->ntables; i++) {
    const vmi_table *t = &m->tables[i];
    if (!vmi_type_valid(m, t->type, false) || !vmi_type_is_ref(t->type)
        || !VM_TYPE_NULLABLE(t->type)) {
      return FAIL(v, "table %u: expected a nullable reference type, found %s", (unsigned)i,
                  text_of(v, t->type, text));
    }
    if (!range_fits(t->min, t->max, VMI_MAX_TABLE_LENGTH, VMI_NO_INDEX)) {
      return FAIL(v, "table %u: expected a length of at most %d, found %u to %u", (unsigned)i,
                  VMI_MAX_TABLE_LENGTH, (unsigned)t->min, (unsigned)t->max);
    }
  }
  for (uint32_t i = 0; i < m->nmemories; i++) {
    const vmi_memory *mem = &m->memories[i];
    if (range_fits(mem->min, mem->max, VMI_MAX_PAGES, VMI_MAX_PAGES)) continue;
    return FAIL(v, "memory %u: expected at most %d pages, found %u to %u", (unsigned)i,
                VMI_MAX_PAGES,
                (unsigned)mem->min, (unsigned)mem->max);
  }
  for (uint32_t i = 0; i < m->nglobals; i++) {
    if (!vmi_type_valid(m, m->globals[i].type, false)) {
      return FAIL(v, "global %u: expected a value type of this module, found 0x%08x", (unsigned)i,
                  (unsigned)m->globals[i].type);
    }
    if (i < m->nimported_globals) continue;
    VMI_TRY(check_init(v, "global", i, m->globals[i].type, &m->globals[i].init, i));
  }
  return VM_OK;
}

static vm_status check_elem(vmi_verifier *v, uint32_t i)
{
  const vmi_module *m = v->m;
  const vmi_elem *s = &m->elems[i];
  char want[96], have[96];
  if (!vmi_type_valid(m, s->type, false) || !vmi_type_is_ref(s->type)) {
    return FAIL(v, "element segment %u: expected a reference type, found %s", (unsigned)i,
                text_of(v, s->type, have));
  }
  for (uint32_t k = 0; k < s->count; k++) {
    if (s->items[k].kind == VMI_INIT_CONST) {
      return FAIL(v, "element segment %u: expected references, found a constant", (unsigned)i);
    }
    VMI_TRY(check_init(v, "element segment", i, s->type, &s->items[k], m->nglobals));
  }
  if (s->mode != VMI_ACTIVE) return VM_OK;
  if (s->table >= m->ntables) {
    return FAIL(v, "element segment %u: expected a table below %u, found %u", (unsigned)i,
                (unsigned)m->ntables, (unsigned)s->table);
  }
  if (!vmi_subtype(m, s->type, m->tables[s->table].type)) {
    return FAIL(v, "element segment %u: expected %s as in its table, found %s", (unsigned)i,
                text_of(v, m->tables[s->table].type, want), text_of(v, s->type, have));
  }
  return check_init(v, "offset of element segment", i, VM_I32, &s->offset, m->nglobals);
}

static vm_status check_segments(vmi_verifier *v)
{
  const vmi_module *m = v->m;
  for (uint32_t i = 0; i < m->nelems; i++) VMI_TRY(check_elem(v, i));
  for (uint32_t i = 0; i < m->ndatas; i++) {
    const vmi_data *s = &m->datas[i];
    if (s->mode != VMI_ACTIVE) continue;
    if (s->memory >= m->nmemories) {
      return FAIL(v, "data segment %u: expected a memory below %u, found %u", (unsigned)i,
                  (unsigned)m->nmemories, (unsigned)s->memory);
    }
    VMI_TRY(check_init(v, "offset of data segment", i, VM_I32, &s->offset, m->nglobals));
  }
  return VM_OK;
}

/* ---- exports, start ---- */

static int compare_names(const vmi_str *a, const vmi_str *b)
{
  uint32_t size = a->size < b->size ? a->size : b->size;
  int order = size == 0 ? 0 : memcmp(a->data, b->data, size);
  return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static bool name_below(const void *ctx, uint32_t a, uint32_t b)
{
  const vmi_export *exports = ctx;
  return compare_names(&exports[a].name, &exports[b].name) < 0;
}

static vm_status check_unique(vmi_verifier *v, uint32_t *order)
{
  const vmi_module *m = v->m;
  for (uint32_t i = 0; i < m->nexports; i++) order[i] = i;
  vmi_verify_sort(order, m->nexports, name_below, m->exports);
  for (uint32_t i = 1; i < m->nexports; i++) {
    const vmi_str *name = &m->exports[order[i]].name;
    if (compare_names(&m->exports[order[i - 1]].name, name) != 0) continue;
    return FAIL(v, "exports: expected every name once, found \"%.100s\" again",
                name->size != 0 ? name->data : "");
  }
  return VM_OK;
}

static bool export_exists(const vmi_module *m, const vmi_export *x)
{
  switch (x->kind) {
  case VMI_EXTERN_FUNC: return x->index < m->nfuncs && !m->funcs[x->index].has_env;
  case VMI_EXTERN_TABLE: return x->index < m->ntables;
  case VMI_EXTERN_MEMORY: return x->index < m->nmemories;
  case VMI_EXTERN_GLOBAL: return x->index < m->nglobals;
  case VMI_EXTERN_TYPE: return is_def(m, x->index, VMI_DEF_STRUCT);
  default: return false;
  }
}

static vm_status check_exports(vmi_verifier *v)
{
  static const char *const kinds[] = {"a function without environment", "a table", "a memory",
                                      "a global", "a struct type"};
  const vmi_module *m = v->m;
  for (uint32_t i = 0; i < m->nexports; i++) {
    const vmi_export *x = &m->exports[i];
    if (export_exists(m, x)) continue;
    return FAIL(v, "export %u: expected %s, found index %u, which is none", (unsigned)i,
                x->kind <= VMI_EXTERN_TYPE ? kinds[x->kind] : "a kind of 0 to 4",
                (unsigned)x->index);
  }
  if (m->nexports < 2) return VM_OK;
  uint32_t *order = vmi_new_zero(&v->alloc, m->nexports, sizeof *order);
  if (order == NULL) return vmi_no_memory(v->e);
  vm_status status = check_unique(v, order);
  vmi_free(&v->alloc, order, m->nexports * sizeof *order);
  return status;
}

static vm_status check_start(vmi_verifier *v)
{
  const vmi_module *m = v->m;
  if (m->start == VMI_NO_INDEX) return VM_OK;
  if (m->start >= m->nfuncs) {
    return FAIL(v, "start: expected a function below %u, found %u", (unsigned)m->nfuncs,
                (unsigned)m->start);
  }
  const vmi_typedef *t = vmi_func_type(m, m->start);
  if (t->nparams == 0 && t->nresults == 0 && !m->funcs[m->start].has_env) return VM_OK;
  return FAIL(v, "start: expected a function () -> () without environment, found one with %u "
              "parameters and %u results", (unsigned)t->nparams, (unsigned)t->nresults);
}

vm_status vmi_verify_sections(vmi_verifier *v)
{
  VMI_TRY(check_types(v));
  VMI_TRY(check_imports(v));
  for (uint32_t i = 0; i < v->m->nfuncs; i++) VMI_TRY(check_func(v, i));
  VMI_TRY(check_stores(v));
  VMI_TRY(check_segments(v));
  VMI_TRY(check_exports(v));
  return check_start(v);
}
