/* writer.c - vmi_module to its binary form. The mirror of the reader; docs/format.md says what goes
 * where. Sections are written in place and their headers moved in before them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "writer.h"

#include <string.h>

/* ---- primitives ---- */

/* The capacity never passes the limit. */
static uint8_t *grow(vmi_writer *w, size_t n)
{
  if (w->status != VM_OK) return NULL;
  if (n > VMI_MAX_MODULE_BYTES || w->size + n > VMI_MAX_MODULE_BYTES) {
    w->status = VM_LIMIT;
    return NULL;
  }
  size_t capacity = w->capacity * 2 > w->size + n ? w->capacity * 2 : w->size + n + 256;
  if (capacity > VMI_MAX_MODULE_BYTES) capacity = VMI_MAX_MODULE_BYTES;
  uint8_t *data = w->data == NULL ? vmi_new(&w->alloc, capacity)
                                  : vmi_resize(&w->alloc, w->data, w->capacity, capacity);
  if (data == NULL) {
    w->status = VM_MEMORY;
    return NULL;
  }
  w->data = data;
  w->capacity = capacity;
  return w->data + w->size;
}

static inline uint8_t *room(vmi_writer *w, size_t n)
{
  if (VMI_UNLIKELY(w->capacity - w->size < n || w->status != VM_OK)) return grow(w, n);
  return w->data + w->size;
}

void vmi_write_bytes(vmi_writer *w, const void *bytes, size_t n)
{
  uint8_t *p = room(w, n);
  if (p == NULL || n == 0) return;
  memcpy(p, bytes, n);
  w->size += n;
}

void vmi_write_byte(vmi_writer *w, uint8_t byte)
{
  uint8_t *p = room(w, 1);
  if (p == NULL) return;
  *p = byte;
  w->size++;
}

void vmi_write_u32(vmi_writer *w, uint32_t v)
{
  uint8_t buffer[5];
  if (v < 0x80) vmi_write_byte(w, (uint8_t)v);
  else vmi_write_bytes(w, buffer, vmi_leb_put_u32(buffer, v));
}

void vmi_write_s64(vmi_writer *w, int64_t v)
{
  uint8_t buffer[10];
  if (v >= -0x40 && v < 0x40) vmi_write_byte(w, (uint8_t)(v & 0x7F));
  else vmi_write_bytes(w, buffer, vmi_leb_put_s64(buffer, v));
}

void vmi_write_type(vmi_writer *w, vm_type type)
{
  uint8_t buffer[7];
  vmi_write_bytes(w, buffer, vmi_isa_encode_type(type, buffer));
}

void vmi_write_str(vmi_writer *w, vmi_str s)
{
  if (s.size > VMI_MAX_NAME && w->status == VM_OK) w->status = VM_LIMIT;
  bool has_nul = s.size != 0 && memchr(s.data, 0, s.size) != NULL;
  if (has_nul && w->status == VM_OK) w->status = VM_INVALID;
  vmi_write_u32(w, s.size);
  vmi_write_bytes(w, s.data, s.size);
}

/* Put the LEB128 of the size of what was written since `start` before it. */
void vmi_write_size_before(vmi_writer *w, size_t start)
{
  uint8_t buffer[5];
  size_t size = w->size - start;
  uint32_t n = vmi_leb_put_u32(buffer, (uint32_t)size);
  if (room(w, n) == NULL) return;
  memmove(w->data + start + n, w->data + start, size);
  memcpy(w->data + start, buffer, n);
  w->size += n;
}

/* ---- types, imports ---- */

static void write_typedef(vmi_writer *w, const vmi_typedef *t)
{
  switch (t->kind) {
  case VMI_DEF_STRUCT:
    vmi_write_byte(w, VMI_FORM_STRUCT);
    vmi_write_u32(w, t->super + 1); /* VMI_NO_INDEX + 1 is 0 */
    vmi_write_u32(w, t->nfields);
    for (uint32_t i = 0; i < t->nfields; i++) {
      vmi_write_type(w, t->fields[i].type);
      vmi_write_byte(w, t->fields[i].mut);
    }
    return;
  case VMI_DEF_ARRAY:
    vmi_write_byte(w, VMI_FORM_ARRAY);
    vmi_write_type(w, t->fields[0].type);
    vmi_write_byte(w, t->fields[0].mut);
    return;
  default:
    vmi_write_byte(w, VMI_FORM_FUNC);
    vmi_write_u32(w, t->nparams);
    for (uint32_t i = 0; i < t->nparams; i++) vmi_write_type(w, t->params[i]);
    vmi_write_u32(w, t->nresults);
    for (uint32_t i = 0; i < t->nresults; i++) vmi_write_type(w, t->results[i]);
  }
}

static void write_types(vmi_writer *w)
{
  if (w->m->ntypes == 0) return;
  vmi_write_u32(w, w->m->ntypes);
  for (uint32_t i = 0; i < w->m->ntypes; i++) write_typedef(w, &w->m->types[i]);
}

static void write_range(vmi_writer *w, uint32_t min, uint32_t max)
{
  vmi_write_byte(w, max != VMI_NO_INDEX);
  vmi_write_u32(w, min);
  if (max != VMI_NO_INDEX) vmi_write_u32(w, max);
}

static void write_table_type(vmi_writer *w, const vmi_table *t)
{
  vmi_write_type(w, t->type);
  write_range(w, t->min, t->max);
}

static void write_import(vmi_writer *w, const vmi_import *x)
{
  const vmi_module *m = w->m;
  vmi_write_str(w, x->module);
  vmi_write_str(w, x->name);
  vmi_write_byte(w, (uint8_t)x->kind);
  switch (x->kind) {
  case VMI_EXTERN_FUNC:
    vmi_write_u32(w, m->funcs[x->index].type);
    return;
  case VMI_EXTERN_TABLE:
    write_table_type(w, &m->tables[x->index]);
    return;
  case VMI_EXTERN_MEMORY:
    write_range(w, m->memories[x->index].min, m->memories[x->index].max);
    return;
  case VMI_EXTERN_GLOBAL:
    vmi_write_type(w, m->globals[x->index].type);
    vmi_write_byte(w, m->globals[x->index].mut);
    return;
  default:
    vmi_write_u32(w, x->index);
  }
}

/* Imported items are written in the order of their indices, for the reader counts them up. */
static bool imports_in_order(const vmi_module *m)
{
  uint32_t next[VMI_EXTERN_TYPE] = {0};
  for (uint32_t i = 0; i < m->nimports; i++) {
    const vmi_import *x = &m->imports[i];
    if (x->kind != VMI_EXTERN_TYPE && x->index != next[x->kind]++) return false;
  }
  return next[VMI_EXTERN_FUNC] == m->nimported_funcs
         && next[VMI_EXTERN_TABLE] == m->nimported_tables
         && next[VMI_EXTERN_MEMORY] == m->nimported_memories
         && next[VMI_EXTERN_GLOBAL] == m->nimported_globals;
}

static void write_imports(vmi_writer *w)
{
  if (w->m->nimports == 0) return;
  vmi_write_u32(w, w->m->nimports);
  for (uint32_t i = 0; i < w->m->nimports; i++) write_import(w, &w->m->imports[i]);
}

/* ---- functions, tables, memories, globals ---- */

static void write_functions(vmi_writer *w)
{
  const vmi_module *m = w->m;
  if (m->nfuncs == m->nimported_funcs) return;
  vmi_write_u32(w, m->nfuncs - m->nimported_funcs);
  for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
    vmi_write_u32(w, m->funcs[i].type);
    if (m->funcs[i].has_env) {
      vmi_write_type(w, m->funcs[i].env);
    } else {
      vmi_write_byte(w, VMI_FORM_NO_ENV);
    }
  }
}

static void write_tables(vmi_writer *w)
{
  const vmi_module *m = w->m;
  if (m->ntables == m->nimported_tables) return;
  vmi_write_u32(w, m->ntables - m->nimported_tables);
  for (uint32_t i = m->nimported_tables; i < m->ntables; i++) write_table_type(w, &m->tables[i]);
}

static void write_memories(vmi_writer *w)
{
  const vmi_module *m = w->m;
  if (m->nmemories == m->nimported_memories) return;
  vmi_write_u32(w, m->nmemories - m->nimported_memories);
  for (uint32_t i = m->nimported_memories; i < m->nmemories; i++) {
    write_range(w, m->memories[i].min, m->memories[i].max);
  }
}

static void write_const(vmi_writer *w, vm_type type, uint64_t bits)
{
  uint8_t buffer[8];
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32:
    vmi_write_s64(w, (int32_t)(uint32_t)bits);
    return;
  case VM_KIND_I64:
    vmi_write_s64(w, (int64_t)bits);
    return;
  case VM_KIND_F32:
    vmi_put32(buffer, (uint32_t)bits);
    vmi_write_bytes(w, buffer, 4);
    return;
  case VM_KIND_REF: /* no such constant; the reader would not take it back */
    if (w->status == VM_OK) w->status = VM_INVALID;
    return;
  default:
    vmi_put64(buffer, bits);
    vmi_write_bytes(w, buffer, 8);
  }
}

static void write_init(vmi_writer *w, vm_type type, const vmi_init *init)
{
  vmi_write_byte(w, (uint8_t)init->kind);
  if (init->kind == VMI_INIT_CONST) write_const(w, type, init->bits);
  if (init->kind == VMI_INIT_FUNC || init->kind == VMI_INIT_GLOBAL) {
    vmi_write_u32(w, (uint32_t)init->bits);
  }
  if (init->kind != VMI_INIT_EXPR) return;
  vmi_write_u32(w, init->expr->count);
  for (uint32_t i = 0; i < init->expr->count; i++) {
    if (init->expr->ops[i].kind == VMI_INIT_EXPR) { /* would be read as something else */
      if (w->status == VM_OK) w->status = VM_INVALID;
      return;
    }
    write_init(w, type, &init->expr->ops[i]);
  }
}

static void write_globals(vmi_writer *w)
{
  const vmi_module *m = w->m;
  if (m->nglobals == m->nimported_globals) return;
  vmi_write_u32(w, m->nglobals - m->nimported_globals);
  for (uint32_t i = m->nimported_globals; i < m->nglobals; i++) {
    const vmi_global *g = &m->globals[i];
    vmi_write_type(w, g->type);
    vmi_write_byte(w, g->mut);
    write_init(w, g->type, &g->init);
  }
}

/* ---- exports, start, segments ---- */

static void write_exports(vmi_writer *w)
{
  const vmi_module *m = w->m;
  if (m->nexports == 0) return;
  vmi_write_u32(w, m->nexports);
  for (uint32_t i = 0; i < m->nexports; i++) {
    vmi_write_str(w, m->exports[i].name);
    vmi_write_byte(w, (uint8_t)m->exports[i].kind);
    vmi_write_u32(w, m->exports[i].index);
  }
}

static void write_start(vmi_writer *w)
{
  if (w->m->start != VMI_NO_INDEX) vmi_write_u32(w, w->m->start);
}

static void write_mode(vmi_writer *w, vmi_segment_mode mode, uint32_t target,
                       const vmi_init *offset)
{
  vmi_write_byte(w, mode == VMI_ACTIVE);
  if (mode != VMI_ACTIVE) return;
  vmi_write_u32(w, target);
  write_init(w, VM_I32, offset);
}

static void write_elems(vmi_writer *w)
{
  const vmi_module *m = w->m;
  if (m->nelems == 0) return;
  vmi_write_u32(w, m->nelems);
  for (uint32_t i = 0; i < m->nelems; i++) {
    const vmi_elem *s = &m->elems[i];
    write_mode(w, s->mode, s->table, &s->offset);
    vmi_write_type(w, s->type);
    vmi_write_u32(w, s->count);
    for (uint32_t k = 0; k < s->count; k++) write_init(w, s->type, &s->items[k]);
  }
}

static void write_datas(vmi_writer *w)
{
  const vmi_module *m = w->m;
  if (m->ndatas == 0) return;
  vmi_write_u32(w, m->ndatas);
  for (uint32_t i = 0; i < m->ndatas; i++) {
    const vmi_data *s = &m->datas[i];
    write_mode(w, s->mode, s->memory, &s->offset);
    vmi_write_u32(w, s->size);
    vmi_write_bytes(w, s->bytes, s->size);
  }
}

static void write_producers(vmi_writer *w)
{
  if (w->m->producers.size != 0) vmi_write_str(w, w->m->producers);
}

/* ---- the module ---- */

static void write_sections(vmi_writer *w)
{
  static void (*const sections[VMI_SEC_END])(vmi_writer *) = {
    [VMI_SEC_TYPES] = write_types,         [VMI_SEC_IMPORTS] = write_imports,
    [VMI_SEC_FUNCTIONS] = write_functions, [VMI_SEC_TABLES] = write_tables,
    [VMI_SEC_MEMORIES] = write_memories,   [VMI_SEC_GLOBALS] = write_globals,
    [VMI_SEC_EXPORTS] = write_exports,     [VMI_SEC_START] = write_start,
    [VMI_SEC_ELEMS] = write_elems,         [VMI_SEC_DATAS] = write_datas,
    [VMI_SEC_CODE] = vmi_write_code,       [VMI_SEC_NAMES] = vmi_write_names,
    [VMI_SEC_LINES] = vmi_write_lines,     [VMI_SEC_LOCALS] = vmi_write_locals,
    [VMI_SEC_PRODUCERS] = write_producers,
  };
  for (int id = 1; id < VMI_SEC_END && w->status == VM_OK; id++) {
    size_t start = w->size;
    vmi_write_byte(w, (uint8_t)id);
    sections[id](w);
    if (w->status != VM_OK) return;
    if (w->size == start + 1) {
      w->size = start; /* nothing in it */
    } else {
      vmi_write_size_before(w, start + 1);
    }
  }
}

/* The reader's bound on locals; what it would refuse is not written. */
static bool locals_fit(const vmi_module *m, size_t size)
{
  uint64_t sum = 0;
  for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) sum += m->funcs[i].nlocals;
  return sum <= VMI_LOCALS_BASE + (uint64_t)size * VMI_LOCALS_PER_BYTE;
}

static vm_status write_failed(vmi_writer *w, vm_error *e)
{
  vmi_free(&w->alloc, w->data, w->capacity);
  if (w->status == VM_MEMORY) return vmi_no_memory(e);
  if (w->status == VM_LIMIT) {
    return vmi_fail(e, VM_LIMIT, "module: expected at most %d bytes, and %d in a name, found more",
                    VMI_MAX_MODULE_BYTES, VMI_MAX_NAME);
  }
  return vmi_fail(e, VM_INVALID,
                  "module: expected names without NUL bytes and typed initial values");
}

vm_status vmi_module_write(const vmi_alloc *a, const vmi_module *m, uint8_t **bytes, size_t *size,
                           vm_error *e)
{
  vmi_writer w = {.alloc = *a, .m = m};
  uint8_t version[4];
  *bytes = NULL;
  *size = 0;
  if (!imports_in_order(m)) {
    return vmi_fail(e, VM_INVALID, "module: expected imports in the order of their indices");
  }
  vmi_put32(version, VMI_FORMAT_VERSION);
  vmi_write_bytes(&w, VMI_FORMAT_MAGIC, 4);
  vmi_write_bytes(&w, version, 4);
  write_sections(&w);
  if (w.status != VM_OK) return write_failed(&w, e);
  if (!locals_fit(m, w.size)) {
    vmi_free(a, w.data, w.capacity);
    return vmi_fail(e, VM_LIMIT,
                    "module: expected at most %d locals and %d more a byte, found more",
                    VMI_LOCALS_BASE, VMI_LOCALS_PER_BYTE);
  }
  uint8_t *exact = vmi_resize(a, w.data, w.capacity, w.size);
  if (exact == NULL) {
    w.status = VM_MEMORY;
    return write_failed(&w, e);
  }
  *bytes = exact;
  *size = w.size;
  return VM_OK;
}
