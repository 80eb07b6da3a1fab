/* read_sections.c - the sections of a binary module that precede its code.
 *
 * SPDX-License-Identifier: MIT
 */
#include "reader.h"

static vm_status read_section_count(vmi_reader *r, const char *what, uint32_t limit, uint32_t each,
                                    uint32_t *out)
{
  const uint8_t *start = r->p;
  VMI_TRY(vmi_read_count(r, what, limit, each, out));
  if (*out != 0) return VM_OK;
  r->p = start;
  return vmi_read_fail(r, VM_MALFORMED, "%s: expected no section for none of them, found one",
                       what);
}

/* ---- types ---- */

static vm_status read_field(vmi_reader *r, vmi_field *f)
{
  VMI_TRY(vmi_read_type(r, "field", true, &f->type));
  return vmi_read_flag(r, "mutability", &f->mut);
}

static vm_status read_struct(vmi_reader *r, uint32_t index, vmi_typedef *t)
{
  uint32_t super;
  VMI_TRY(vmi_read_index(r, "supertype", index + 1, &super)); /* 0: none, n + 1: type n */
  t->super = super == 0 ? VMI_NO_INDEX : super - 1;
  if (super != 0) {
    const vmi_typedef *s = &r->m->types[t->super];
    if (s->kind != VMI_DEF_STRUCT) {
      return vmi_read_fail(r, VM_INVALID,
                           "type %u: expected a struct type as supertype, found type %u",
                           (unsigned)index, (unsigned)t->super);
    }
    t->depth = s->depth + 1;
    if (t->depth > VMI_MAX_DEPTH) {
      return vmi_read_fail(r, VM_LIMIT, "type %u: expected at most %d supertypes, found more",
                           (unsigned)index, VMI_MAX_DEPTH);
    }
  }
  VMI_TRY(vmi_read_count(r, "fields", VMI_MAX_FIELDS, 2, &t->nfields));
  VMI_TRY(vmi_read_alloc(r, t->nfields, sizeof *t->fields, &t->fields));
  for (uint32_t i = 0; i < t->nfields; i++) VMI_TRY(read_field(r, &t->fields[i]));
  return VM_OK;
}

static vm_status read_types_list(vmi_reader *r, const char *what, uint32_t limit, uint32_t *count,
                                 vm_type **types)
{
  VMI_TRY(vmi_read_count(r, what, limit, 1, count));
  VMI_TRY(vmi_read_alloc(r, *count, sizeof **types, types));
  for (uint32_t i = 0; i < *count; i++) VMI_TRY(vmi_read_type(r, what, false, &(*types)[i]));
  return VM_OK;
}

static vm_status read_typedef(vmi_reader *r, uint32_t index)
{
  vmi_typedef *t = &r->m->types[index];
  uint8_t form;
  VMI_TRY(vmi_read_byte(r, "a type's form", &form));
  t->super = VMI_NO_INDEX;
  switch (form) {
  case VMI_FORM_STRUCT:
    t->kind = VMI_DEF_STRUCT;
    VMI_TRY(read_struct(r, index, t));
    break;
  case VMI_FORM_ARRAY:
    t->kind = VMI_DEF_ARRAY;
    t->nfields = 1;
    VMI_TRY(vmi_read_alloc(r, 1, sizeof *t->fields, &t->fields));
    VMI_TRY(read_field(r, t->fields));
    break;
  case VMI_FORM_FUNC:
    t->kind = VMI_DEF_FUNC;
    VMI_TRY(read_types_list(r, "parameters", VMI_MAX_PARAMS, &t->nparams, &t->params));
    VMI_TRY(read_types_list(r, "results", VMI_MAX_RESULTS, &t->nresults, &t->results));
    break;
  default:
    r->p--;
    return vmi_read_fail(r, VM_MALFORMED, "expected a type's form, found the byte 0x%02X", form);
  }
  return vmi_layout(t) ? VM_OK
                       : vmi_read_fail(r, VM_LIMIT, "type %u: the struct is too large",
                                       (unsigned)index);
}

vm_status vmi_read_types(vmi_reader *r)
{
  vmi_module *m = r->m;
  uint32_t count;
  VMI_TRY(read_section_count(r, "types", VMI_MAX_TYPES, 3, &count));
  VMI_TRY(vmi_read_alloc(r, count, sizeof *m->types, &m->types));
  m->ntypes = count; /* before the types, which may name later ones */
  for (uint32_t i = 0; i < count; i++) VMI_TRY(read_typedef(r, i));
  return VM_OK;
}

static vm_status read_func_type(vmi_reader *r, uint32_t *out)
{
  VMI_TRY(vmi_read_index(r, "function type", r->m->ntypes, out));
  if (r->m->types[*out].kind == VMI_DEF_FUNC) return VM_OK;
  return vmi_read_fail(r, VM_INVALID, "type %u: expected a function type, found another",
                       (unsigned)*out);
}

/* ---- imports ---- */

static vm_status read_range(vmi_reader *r, const char *what, uint32_t limit, uint32_t max_limit,
                            uint32_t *min, uint32_t *max)
{
  bool has_max;
  VMI_TRY(vmi_read_flag(r, "presence of a maximum", &has_max));
  VMI_TRY(vmi_read_u32(r, what, min));
  *max = VMI_NO_INDEX;
  if (has_max) VMI_TRY(vmi_read_u32(r, what, max));
  if (*min > limit || (has_max && *max > max_limit)) {
    return vmi_read_fail(r, VM_LIMIT, "%s: expected at most %u, found %u", what,
                         (unsigned)(*min > limit ? limit : max_limit),
                         (unsigned)(*min > limit ? *min : *max));
  }
  if (*min <= *max) return VM_OK;
  return vmi_read_fail(r, VM_INVALID, "%s: expected a maximum of %u or more, found %u", what,
                       (unsigned)*min, (unsigned)*max);
}

static vm_status next_import(vmi_reader *r, uint32_t *counter, uint32_t limit, uint32_t *index)
{
  if (*counter >= limit) {
    return vmi_read_fail(r, VM_LIMIT, "imports: expected at most %u of a kind, found more",
                         (unsigned)limit);
  }
  *index = (*counter)++;
  return VM_OK;
}

static vm_status read_desc(vmi_reader *r, vmi_import *x, vmi_import_desc *d)
{
  vmi_module *m = r->m;
  switch (x->kind) {
  case VMI_EXTERN_FUNC:
    VMI_TRY(next_import(r, &m->nimported_funcs, VMI_MAX_FUNCS, &x->index));
    return read_func_type(r, &d->type);
  case VMI_EXTERN_TABLE:
    VMI_TRY(next_import(r, &m->nimported_tables, VMI_MAX_TABLES, &x->index));
    VMI_TRY(vmi_read_type(r, "table", false, &d->type));
    return read_range(r, "table length", VMI_MAX_TABLE_LENGTH, VMI_NO_INDEX - 1, &d->min, &d->max);
  case VMI_EXTERN_MEMORY:
    VMI_TRY(next_import(r, &m->nimported_memories, VMI_MAX_MEMORIES, &x->index));
    return read_range(r, "memory pages", VMI_MAX_PAGES, VMI_MAX_PAGES, &d->min, &d->max);
  case VMI_EXTERN_GLOBAL:
    VMI_TRY(next_import(r, &m->nimported_globals, VMI_MAX_GLOBALS, &x->index));
    VMI_TRY(vmi_read_type(r, "global", false, &d->type));
    return vmi_read_flag(r, "mutability", &d->mut);
  default:
    return vmi_read_index(r, "imported type", m->ntypes, &x->index);
  }
}

static vm_status read_kind(vmi_reader *r, vmi_extern_kind *out)
{
  uint8_t kind;
  VMI_TRY(vmi_read_byte(r, "a kind", &kind));
  if (kind > VMI_EXTERN_TYPE) {
    r->p--;
    return vmi_read_fail(r, VM_MALFORMED, "kind: expected 0 to %d, found %u", VMI_EXTERN_TYPE,
                         kind);
  }
  *out = (vmi_extern_kind)kind;
  return VM_OK;
}

vm_status vmi_read_imports(vmi_reader *r)
{
  vmi_module *m = r->m;
  uint32_t count;
  VMI_TRY(read_section_count(r, "imports", VMI_MAX_IMPORTS, 4, &count));
  VMI_TRY(vmi_read_alloc(r, count, sizeof *m->imports, &m->imports));
  VMI_TRY(vmi_read_alloc(r, count, sizeof *r->descs, &r->descs));
  m->nimports = count;
  for (uint32_t i = 0; i < count; i++) {
    vmi_import *x = &m->imports[i];
    VMI_TRY(vmi_read_str(r, "import's module", &x->module));
    VMI_TRY(vmi_read_str(r, "import's name", &x->name));
    VMI_TRY(read_kind(r, &x->kind));
    VMI_TRY(read_desc(r, x, &r->descs[i]));
  }
  return VM_OK;
}

/* ---- functions, tables, memories, globals: imported ones first ---- */

static vm_status read_func_decl(vmi_reader *r, vmi_func *f)
{
  VMI_TRY(read_func_type(r, &f->type));
  if (r->p != r->end && *r->p == VMI_FORM_NO_ENV) {
    r->p++;
    return VM_OK;
  }
  f->has_env = true;
  return vmi_read_type(r, "environment", false, &f->env);
}

vm_status vmi_read_functions(vmi_reader *r, bool present)
{
  vmi_module *m = r->m;
  uint32_t count = 0, first = m->nimported_funcs;
  if (present) {
    VMI_TRY(read_section_count(r, "functions", (uint32_t)VMI_MAX_FUNCS - first, 2, &count));
  }
  VMI_TRY(vmi_read_alloc(r, (size_t)first + count, sizeof *m->funcs, &m->funcs));
  m->nfuncs = first + count;
  for (uint32_t i = 0; i < m->nfuncs; i++) m->funcs[i].file = VMI_NO_INDEX;
  for (uint32_t i = 0; i < m->nimports; i++) {
    const vmi_import *x = &m->imports[i];
    if (x->kind == VMI_EXTERN_FUNC) m->funcs[x->index].type = r->descs[i].type;
  }
  for (uint32_t i = first; i < m->nfuncs; i++) VMI_TRY(read_func_decl(r, &m->funcs[i]));
  return VM_OK;
}

vm_status vmi_read_tables(vmi_reader *r, bool present)
{
  vmi_module *m = r->m;
  uint32_t count = 0, first = m->nimported_tables;
  if (present) {
    VMI_TRY(read_section_count(r, "tables", (uint32_t)VMI_MAX_TABLES - first, 3, &count));
  }
  VMI_TRY(vmi_read_alloc(r, (size_t)first + count, sizeof *m->tables, &m->tables));
  m->ntables = first + count;
  for (uint32_t i = 0; i < m->nimports; i++) {
    if (m->imports[i].kind != VMI_EXTERN_TABLE) continue;
    vmi_table *t = &m->tables[m->imports[i].index];
    t->type = r->descs[i].type;
    t->min = r->descs[i].min;
    t->max = r->descs[i].max;
  }
  for (uint32_t i = first; i < m->ntables; i++) {
    vmi_table *t = &m->tables[i];
    VMI_TRY(vmi_read_type(r, "table", false, &t->type));
    VMI_TRY(read_range(r, "table length", VMI_MAX_TABLE_LENGTH, VMI_NO_INDEX - 1, &t->min,
                       &t->max));
  }
  return VM_OK;
}

vm_status vmi_read_memories(vmi_reader *r, bool present)
{
  vmi_module *m = r->m;
  uint32_t count = 0, first = m->nimported_memories;
  if (present) {
    VMI_TRY(read_section_count(r, "memories", (uint32_t)VMI_MAX_MEMORIES - first, 2, &count));
  }
  VMI_TRY(vmi_read_alloc(r, (size_t)first + count, sizeof *m->memories, &m->memories));
  m->nmemories = first + count;
  for (uint32_t i = 0; i < m->nimports; i++) {
    if (m->imports[i].kind != VMI_EXTERN_MEMORY) continue;
    vmi_memory *mem = &m->memories[m->imports[i].index];
    mem->min = r->descs[i].min;
    mem->max = r->descs[i].max;
  }
  for (uint32_t i = first; i < m->nmemories; i++) {
    VMI_TRY(read_range(r, "memory pages", VMI_MAX_PAGES, VMI_MAX_PAGES, &m->memories[i].min,
                       &m->memories[i].max));
  }
  return VM_OK;
}

static vm_status read_const(vmi_reader *r, vm_type type, uint64_t *bits)
{
  uint32_t size = VM_TYPE_KIND(type) == VM_KIND_F32 ? 4 : 8;
  const char *error;
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32: {
    int32_t v = 0;
    error = vmi_leb_s32(&r->p, r->end, &v);
    *bits = (uint32_t)v;
    break;
  }
  case VM_KIND_I64: {
    int64_t v = 0;
    error = vmi_leb_s64(&r->p, r->end, &v);
    *bits = (uint64_t)v;
    break;
  }
  case VM_KIND_REF:
    return vmi_read_fail(r, VM_MALFORMED, "initial value: expected no constant for a reference");
  default:
    error = (size_t)(r->end - r->p) < size ? "the end of the section" : NULL;
    if (error != NULL) break;
    *bits = size == 4 ? vmi_get32(r->p) : vmi_get64(r->p);
    r->p += size;
  }
  return error == NULL ? VM_OK : vmi_read_fail(r, VM_MALFORMED, "expected a constant, found %s",
                                               error);
}

static vm_status read_init(vmi_reader *r, vm_type type, vmi_init *init);

/* Whether the operations make sense together is the verifier's question. */
static vm_status read_expr(vmi_reader *r, vm_type type, const vmi_init_expr **out)
{
  vmi_init_expr *expr;
  VMI_TRY(vmi_read_alloc(r, 1, sizeof *expr, &expr));
  VMI_TRY(vmi_read_count(r, "operations of an initial value", VMI_MAX_INIT, 1, &expr->count));
  if (expr->count < 3) {
    return vmi_read_fail(r, VM_MALFORMED, "initial value: expected 3 operations or more, found %u",
                         (unsigned)expr->count);
  }
  VMI_TRY(vmi_read_alloc(r, expr->count, sizeof *expr->ops, &expr->ops));
  for (uint32_t i = 0; i < expr->count; i++) {
    vmi_init *op = &expr->ops[i];
    uint8_t kind = r->p != r->end ? *r->p : VMI_INIT_CONST; /* else read_init finds the end */
    if (kind == VMI_INIT_ADD || kind == VMI_INIT_SUB || kind == VMI_INIT_MUL) {
      op->kind = (vmi_init_kind)kind;
      r->p++;
    } else if (kind == VMI_INIT_CONST || kind == VMI_INIT_GLOBAL) {
      VMI_TRY(read_init(r, type, op));
    } else {
      return vmi_read_fail(r, VM_MALFORMED, "initial value: expected an operation of kind 0, 3, 5, "
                           "6 or 7, found %u", kind);
    }
  }
  *out = expr;
  return VM_OK;
}

static vm_status read_init(vmi_reader *r, vm_type type, vmi_init *init)
{
  uint8_t kind;
  uint32_t index = 0;
  VMI_TRY(vmi_read_byte(r, "an initial value", &kind));
  init->kind = (vmi_init_kind)kind;
  switch (kind) {
  case VMI_INIT_CONST:
    return read_const(r, type, &init->bits);
  case VMI_INIT_NULL:
    return VM_OK;
  case VMI_INIT_FUNC:
    VMI_TRY(vmi_read_index(r, "function", r->m->nfuncs, &index));
    break;
  case VMI_INIT_GLOBAL:
    VMI_TRY(vmi_read_index(r, "global", r->m->nglobals, &index));
    break;
  case VMI_INIT_EXPR:
    return read_expr(r, type, &init->expr);
  default:
    r->p--;
    return vmi_read_fail(r, VM_MALFORMED, "initial value: expected a kind of 0 to 4, found %u",
                         kind);
  }
  init->bits = index;
  return VM_OK;
}

vm_status vmi_read_globals(vmi_reader *r, bool present)
{
  vmi_module *m = r->m;
  uint32_t count = 0, first = m->nimported_globals;
  if (present) {
    VMI_TRY(read_section_count(r, "globals", (uint32_t)VMI_MAX_GLOBALS - first, 3, &count));
  }
  VMI_TRY(vmi_read_alloc(r, (size_t)first + count, sizeof *m->globals, &m->globals));
  m->nglobals = first + count;
  for (uint32_t i = 0; i < m->nimports; i++) {
    if (m->imports[i].kind != VMI_EXTERN_GLOBAL) continue;
    vmi_global *g = &m->globals[m->imports[i].index];
    g->type = r->descs[i].type;
    g->mut = r->descs[i].mut;
  }
  for (uint32_t i = first; i < m->nglobals; i++) {
    vmi_global *g = &m->globals[i];
    VMI_TRY(vmi_read_type(r, "global", false, &g->type));
    VMI_TRY(vmi_read_flag(r, "mutability", &g->mut));
    VMI_TRY(read_init(r, g->type, &g->init));
  }
  return VM_OK;
}

/* ---- exports, start ---- */

static uint32_t count_of(const vmi_module *m, vmi_extern_kind kind)
{
  switch (kind) {
  case VMI_EXTERN_FUNC: return m->nfuncs;
  case VMI_EXTERN_TABLE: return m->ntables;
  case VMI_EXTERN_MEMORY: return m->nmemories;
  case VMI_EXTERN_GLOBAL: return m->nglobals;
  default: return m->ntypes;
  }
}

vm_status vmi_read_exports(vmi_reader *r)
{
  vmi_module *m = r->m;
  uint32_t count;
  VMI_TRY(read_section_count(r, "exports", VMI_MAX_EXPORTS, 3, &count));
  VMI_TRY(vmi_read_alloc(r, count, sizeof *m->exports, &m->exports));
  m->nexports = count;
  for (uint32_t i = 0; i < count; i++) {
    vmi_export *x = &m->exports[i];
    VMI_TRY(vmi_read_str(r, "export's name", &x->name));
    VMI_TRY(read_kind(r, &x->kind));
    VMI_TRY(vmi_read_index(r, "exported item", count_of(m, x->kind), &x->index));
  }
  return VM_OK;
}

vm_status vmi_read_start(vmi_reader *r)
{
  return vmi_read_index(r, "start function", r->m->nfuncs, &r->m->start);
}

/* ---- segments ---- */

static vm_status read_mode(vmi_reader *r, const char *what, uint32_t count, vmi_segment_mode *mode,
                           uint32_t *target, vmi_init *offset)
{
  bool active;
  VMI_TRY(vmi_read_flag(r, "mode", &active));
  *mode = active ? VMI_ACTIVE : VMI_PASSIVE;
  if (!active) return VM_OK;
  VMI_TRY(vmi_read_index(r, what, count, target));
  return read_init(r, VM_I32, offset);
}

vm_status vmi_read_elems(vmi_reader *r)
{
  vmi_module *m = r->m;
  uint32_t count;
  VMI_TRY(read_section_count(r, "element segments", VMI_MAX_SEGMENTS, 3, &count));
  VMI_TRY(vmi_read_alloc(r, count, sizeof *m->elems, &m->elems));
  m->nelems = count;
  for (uint32_t i = 0; i < count; i++) {
    vmi_elem *s = &m->elems[i];
    VMI_TRY(read_mode(r, "table", m->ntables, &s->mode, &s->table, &s->offset));
    VMI_TRY(vmi_read_type(r, "element segment", false, &s->type));
    VMI_TRY(vmi_read_count(r, "elements", VMI_MAX_TABLE_LENGTH, 1, &s->count));
    VMI_TRY(vmi_read_alloc(r, s->count, sizeof *s->items, &s->items));
    for (uint32_t k = 0; k < s->count; k++) VMI_TRY(read_init(r, s->type, &s->items[k]));
  }
  return VM_OK;
}

vm_status vmi_read_datas(vmi_reader *r)
{
  vmi_module *m = r->m;
  uint32_t count;
  VMI_TRY(read_section_count(r, "data segments", VMI_MAX_SEGMENTS, 2, &count));
  VMI_TRY(vmi_read_alloc(r, count, sizeof *m->datas, &m->datas));
  m->ndatas = count;
  for (uint32_t i = 0; i < count; i++) {
    vmi_data *s = &m->datas[i];
    VMI_TRY(read_mode(r, "memory", m->nmemories, &s->mode, &s->memory, &s->offset));
    VMI_TRY(vmi_read_u32(r, "data size", &s->size));
    VMI_TRY(vmi_read_bytes(r, "data", s->size, &s->bytes));
  }
  return VM_OK;
}
