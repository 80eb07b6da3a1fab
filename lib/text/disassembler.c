/* disassembler.c - a module as text that assembles to the same bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "print.h"
#include "text.h"

/* ---- names ---- */

static bool define(vmi_dis *d, vmi_space space, uint32_t owner, vmi_str name, uint32_t index)
{
  return name.size == 0
         || vmi_symbols_define(&d->symbols, space, owner, name.data, name.size, index);
}

static uint32_t inherited(const vmi_module *m, const vmi_typedef *t)
{
  return t->super != VMI_NO_INDEX && vmi_dis_extends(m, t) ? m->types[t->super].nfields : 0;
}

static bool define_fields(vmi_dis *d, uint32_t type)
{
  const vmi_typedef *t = &d->m->types[type];
  if (t->kind != VMI_DEF_STRUCT || t->field_names == NULL) return true;
  for (uint32_t i = inherited(d->m, t); i < t->nfields; i++) {
    if (!define(d, VMI_SPACE_FIELD, type, t->field_names[i], i)) return false;
  }
  return true;
}

static bool define_all(vmi_dis *d)
{
  const vmi_module *m = d->m;
  bool ok = vmi_dis_signatures(d);
  for (uint32_t i = 0; i < m->ntypes && ok; i++) {
    ok = define(d, VMI_SPACE_TYPE, 0, m->types[i].name, i) && define_fields(d, i);
  }
  for (uint32_t i = 0; i < m->nfuncs && ok; i++) {
    ok = define(d, VMI_SPACE_FUNC, 0, m->funcs[i].name, i);
  }
  for (uint32_t i = 0; i < m->nglobals && ok; i++) {
    ok = define(d, VMI_SPACE_GLOBAL, 0, m->globals[i].name, i);
  }
  for (uint32_t i = 0; i < m->ntables && ok; i++) {
    ok = define(d, VMI_SPACE_TABLE, 0, m->tables[i].name, i);
  }
  for (uint32_t i = 0; i < m->nmemories && ok; i++) {
    ok = define(d, VMI_SPACE_MEMORY, 0, m->memories[i].name, i);
  }
  for (uint32_t i = 0; i < m->ndatas && ok; i++) {
    ok = define(d, VMI_SPACE_DATA, 0, m->datas[i].name, i);
  }
  for (uint32_t i = 0; i < m->nelems && ok; i++) {
    ok = define(d, VMI_SPACE_ELEM, 0, m->elems[i].name, i);
  }
  return ok;
}

/* ---- source files ---- */

/* Would `source` lines before the functions give the files their indices? */
static bool files_in_order(vmi_dis *d, bool *memory)
{
  const vmi_module *m = d->m;
  uint32_t next = 0;
  for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
    uint32_t file = m->funcs[i].file;
    if (file != VMI_NO_INDEX && file > next) return false;
    next += file == next;
  }
  for (uint32_t i = 0; i < m->nfiles; i++) {
    vmi_str name = m->files[i];
    uint32_t entry = vmi_symbols_intern(&d->symbols, VMI_SPACE_FILE, 0, name.data, name.size);
    *memory = entry != UINT32_MAX;
    if (!*memory || vmi_symbols_at(&d->symbols, entry)->index != VMI_SYMBOL_UNDEFINED) return false;
    vmi_symbols_at(&d->symbols, entry)->index = i;
  }
  return next == m->nfiles;
}

static void quoted(vmi_dis *d, vmi_str s)
{
  vmi_out_quoted(&d->out, (const uint8_t *)s.data, s.size);
}

static void print_files(vmi_dis *d)
{
  for (uint32_t i = 0; i < d->m->nfiles; i++) {
    vmi_out_text(&d->out, "file ");
    quoted(d, d->m->files[i]);
    vmi_out_text(&d->out, "\n");
  }
}

static void print_source(vmi_dis *d, uint32_t file)
{
  if (file == d->file) return;
  d->file = file;
  vmi_out_text(&d->out, "source ");
  if (file == VMI_NO_INDEX) {
    vmi_out_text(&d->out, "none");
  } else if (d->declare_files) {
    vmi_out_u32(&d->out, file);
  } else {
    quoted(d, d->m->files[file]);
  }
  vmi_out_text(&d->out, "\n");
}

/* ---- types ---- */

static void print_field(vmi_dis *d, const vmi_typedef *t, uint32_t i)
{
  if (t->field_names != NULL && t->field_names[i].size != 0) {
    vmi_dis_name(d, t->field_names[i]);
    vmi_out_text(&d->out, ": ");
  }
  if (t->fields[i].mut) vmi_out_text(&d->out, "mut ");
  vmi_dis_type(d, t->fields[i].type);
}

static void print_struct(vmi_dis *d, const vmi_typedef *t)
{
  uint32_t first = inherited(d->m, t);
  vmi_out_text(&d->out, "struct ");
  if (t->super != VMI_NO_INDEX) {
    vmi_out_text(&d->out, ": ");
    vmi_dis_ref(d, VMI_SPACE_TYPE, 0, t->super);
    vmi_out_text(&d->out, vmi_dis_extends(d->m, t) ? " " : " = ");
  }
  vmi_out_text(&d->out, "{");
  for (uint32_t i = first; i < t->nfields; i++) {
    vmi_out_text(&d->out, i == first ? " " : ", ");
    print_field(d, t, i);
  }
  vmi_out_text(&d->out, first < t->nfields ? " }" : "}");
}

static void print_types_of(vmi_dis *d, const vm_type *types, uint32_t count)
{
  vmi_out_text(&d->out, "(");
  for (uint32_t i = 0; i < count; i++) {
    if (i != 0) vmi_out_text(&d->out, ", ");
    vmi_dis_type(d, types[i]);
  }
  vmi_out_text(&d->out, ")");
}

static void print_type(vmi_dis *d, uint32_t index)
{
  const vmi_typedef *t = &d->m->types[index];
  vmi_out_text(&d->out, "type ");
  vmi_dis_define(d, t->name, index);
  vmi_out_text(&d->out, " ");
  if (t->kind == VMI_DEF_STRUCT) {
    print_struct(d, t);
  } else if (t->kind == VMI_DEF_ARRAY) {
    vmi_out_text(&d->out, "array ");
    if (t->fields[0].mut) vmi_out_text(&d->out, "mut ");
    vmi_dis_type(d, t->fields[0].type);
  } else {
    vmi_out_text(&d->out, "func ");
    print_types_of(d, t->params, t->nparams);
    vmi_out_text(&d->out, " -> ");
    print_types_of(d, t->results, t->nresults);
  }
  vmi_out_text(&d->out, "\n");
}

/* ---- tables, memories, globals ---- */

static void print_range(vmi_dis *d, uint32_t min, uint32_t max)
{
  vmi_out_text(&d->out, " ");
  vmi_out_u32(&d->out, min);
  if (max != VMI_NO_INDEX) {
    vmi_out_text(&d->out, " ");
    vmi_out_u32(&d->out, max);
  }
  vmi_out_text(&d->out, "\n");
}

static void print_table(vmi_dis *d, const vmi_table *t)
{
  vmi_out_text(&d->out, " ");
  vmi_dis_type(d, t->type);
  print_range(d, t->min, t->max);
}

static void print_global_type(vmi_dis *d, const vmi_global *g)
{
  vmi_out_text(&d->out, g->mut ? " mut " : " ");
  vmi_dis_type(d, g->type);
}

static void print_init(vmi_dis *d, vm_type type, const vmi_init *init)
{
  switch (init->kind) {
  case VMI_INIT_EXPR:
    vmi_out_text(&d->out, "(");
    for (uint32_t i = 0; i < init->expr->count; i++) {
      if (i != 0) vmi_out_text(&d->out, ", ");
      print_init(d, type, &init->expr->ops[i]);
    }
    vmi_out_text(&d->out, ")");
    return;
  case VMI_INIT_ADD: vmi_out_text(&d->out, "add"); return;
  case VMI_INIT_SUB: vmi_out_text(&d->out, "sub"); return;
  case VMI_INIT_MUL: vmi_out_text(&d->out, "mul"); return;
  case VMI_INIT_NULL: vmi_out_text(&d->out, "null"); return;
  case VMI_INIT_FUNC:
    vmi_out_text(&d->out, "func ");
    vmi_dis_ref(d, VMI_SPACE_FUNC, 0, (uint32_t)init->bits);
    return;
  case VMI_INIT_GLOBAL:
    vmi_out_text(&d->out, "global ");
    vmi_dis_ref(d, VMI_SPACE_GLOBAL, 0, (uint32_t)init->bits);
    return;
  default: break;
  }
  if (type == VM_DYN || vmi_type_is_ref(type)) {
    vmi_out_text(&d->out, init->bits == 0 ? "nil" : "bits:");
    if (init->bits != 0) vmi_out_hex(&d->out, init->bits);
  } else {
    vmi_dis_number(d, type, init->bits);
  }
}

/* ---- imports and exports ---- */

static const char *const kind_words[] = {"func", "table", "memory", "global", "type"};

static void print_import(vmi_dis *d, const vmi_import *x)
{
  static const vmi_space spaces[] = {VMI_SPACE_FUNC, VMI_SPACE_TABLE, VMI_SPACE_MEMORY,
                                     VMI_SPACE_GLOBAL, VMI_SPACE_TYPE};
  const vmi_module *m = d->m;
  const vmi_str names[] = {
    x->kind == VMI_EXTERN_FUNC ? m->funcs[x->index].name
    : x->kind == VMI_EXTERN_TABLE ? m->tables[x->index].name
    : x->kind == VMI_EXTERN_MEMORY ? m->memories[x->index].name
    : x->kind == VMI_EXTERN_GLOBAL ? m->globals[x->index].name : (vmi_str){"", 0}};
  vmi_out_text(&d->out, "import ");
  vmi_out_text(&d->out, kind_words[x->kind]);
  vmi_out_text(&d->out, " ");
  if (x->kind == VMI_EXTERN_TYPE) {
    vmi_dis_ref(d, spaces[x->kind], 0, x->index);
  } else {
    vmi_dis_define(d, names[0], x->index);
  }
  vmi_out_text(&d->out, " ");
  quoted(d, x->module);
  vmi_out_text(&d->out, " ");
  quoted(d, x->name);
}

static void print_imports(vmi_dis *d)
{
  const vmi_module *m = d->m;
  for (uint32_t i = 0; i < m->nimports; i++) {
    const vmi_import *x = &m->imports[i];
    print_import(d, x);
    switch (x->kind) {
    case VMI_EXTERN_FUNC:
      vmi_out_text(&d->out, " ");
      vmi_dis_signature(d, m->funcs[x->index].type, NULL);
      break;
    case VMI_EXTERN_GLOBAL: print_global_type(d, &m->globals[x->index]); break;
    case VMI_EXTERN_TABLE: print_table(d, &m->tables[x->index]); continue;
    case VMI_EXTERN_MEMORY:
      print_range(d, m->memories[x->index].min, m->memories[x->index].max);
      continue;
    default: break;
    }
    vmi_out_text(&d->out, "\n");
  }
}

static void print_exports(vmi_dis *d)
{
  static const vmi_space spaces[] = {VMI_SPACE_FUNC, VMI_SPACE_TABLE, VMI_SPACE_MEMORY,
                                     VMI_SPACE_GLOBAL, VMI_SPACE_TYPE};
  for (uint32_t i = 0; i < d->m->nexports; i++) {
    const vmi_export *x = &d->m->exports[i];
    vmi_out_text(&d->out, "export ");
    vmi_out_text(&d->out, kind_words[x->kind]);
    vmi_out_text(&d->out, " ");
    quoted(d, x->name);
    vmi_out_text(&d->out, " ");
    vmi_dis_ref(d, spaces[x->kind], 0, x->index);
    vmi_out_text(&d->out, "\n");
  }
}

/* ---- segments ---- */

static void print_active(vmi_dis *d, vmi_space space, uint32_t where, const vmi_init *offset)
{
  vmi_out_text(&d->out, " active ");
  vmi_dis_ref(d, space, 0, where);
  vmi_out_text(&d->out, " ");
  print_init(d, VM_I32, offset);
}

static void print_data(vmi_dis *d, uint32_t index)
{
  enum { LINE = 64 };
  const vmi_data *data = &d->m->datas[index];
  vmi_out_text(&d->out, "data ");
  vmi_dis_define(d, data->name, index);
  if (data->mode == VMI_ACTIVE) print_active(d, VMI_SPACE_MEMORY, data->memory, &data->offset);
  for (uint32_t at = 0; at == 0 || at < data->size; at += LINE) {
    uint32_t size = data->size - at < LINE ? data->size - at : LINE;
    vmi_out_text(&d->out, data->size <= LINE ? " " : "\n  ");
    vmi_out_quoted(&d->out, data->bytes + at, size);
  }
  vmi_out_text(&d->out, "\n");
}

static void print_elem(vmi_dis *d, uint32_t index)
{
  const vmi_elem *elem = &d->m->elems[index];
  vmi_out_text(&d->out, "elem ");
  vmi_dis_define(d, elem->name, index);
  vmi_out_text(&d->out, " ");
  vmi_dis_type(d, elem->type);
  if (elem->mode == VMI_ACTIVE) print_active(d, VMI_SPACE_TABLE, elem->table, &elem->offset);
  vmi_out_text(&d->out, " [");
  for (uint32_t i = 0; i < elem->count; i++) {
    if (i != 0) vmi_out_text(&d->out, ", ");
    print_init(d, elem->type, &elem->items[i]);
  }
  vmi_out_text(&d->out, "]\n");
}

/* ---- the module ---- */

static void print_definitions(vmi_dis *d)
{
  const vmi_module *m = d->m;
  for (uint32_t i = m->nimported_tables; i < m->ntables; i++) {
    vmi_out_text(&d->out, "table ");
    vmi_dis_define(d, m->tables[i].name, i);
    print_table(d, &m->tables[i]);
  }
  for (uint32_t i = m->nimported_memories; i < m->nmemories; i++) {
    vmi_out_text(&d->out, "memory ");
    vmi_dis_define(d, m->memories[i].name, i);
    print_range(d, m->memories[i].min, m->memories[i].max);
  }
  for (uint32_t i = m->nimported_globals; i < m->nglobals; i++) {
    vmi_out_text(&d->out, "global ");
    vmi_dis_define(d, m->globals[i].name, i);
    print_global_type(d, &m->globals[i]);
    vmi_out_text(&d->out, " = ");
    print_init(d, m->globals[i].type, &m->globals[i].init);
    vmi_out_text(&d->out, "\n");
  }
  for (uint32_t i = 0; i < m->ndatas; i++) print_data(d, i);
  for (uint32_t i = 0; i < m->nelems; i++) print_elem(d, i);
}

static bool print_module(vmi_dis *d)
{
  const vmi_module *m = d->m;
  bool memory = true;
  if (!define_all(d)) return false;
  d->declare_files = !files_in_order(d, &memory);
  if (!memory) return false;
  if (m->name.size != 0) {
    vmi_out_text(&d->out, "module ");
    vmi_dis_name(d, m->name);
    vmi_out_text(&d->out, "\n");
  }
  if (m->producers.size != 0) {
    vmi_out_text(&d->out, "producers ");
    quoted(d, m->producers);
    vmi_out_text(&d->out, "\n");
  }
  if (d->declare_files) print_files(d);
  for (uint32_t i = 0; i < m->ntypes; i++) print_type(d, i);
  print_imports(d);
  print_definitions(d);
  for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
    print_source(d, m->funcs[i].file);
    if (!vmi_dis_func(d, i)) return false;
  }
  print_exports(d);
  if (m->start != VMI_NO_INDEX) {
    vmi_out_text(&d->out, "start ");
    vmi_dis_ref(d, VMI_SPACE_FUNC, 0, m->start);
    vmi_out_text(&d->out, "\n");
  }
  return true;
}

/* A name or a signature costs a module one entry, and the text a copy at every use: 270 KB could
 * become 5 GB. Text of a module that means something is a few times the module. */
enum { TEXT_BASE = 64 << 20, TEXT_PER_BYTE = 128 };

static vm_status failure(const vmi_out *o, vm_error *e)
{
  if (!o->too_long) return vmi_no_memory(e);
  return vmi_fail(e, VM_LIMIT, "text: expected at most %zu bytes for this module, found more",
                  o->limit);
}

/* The caller frees exactly size + 1 bytes, so the block must have that size. */
static char *trim(vmi_out *o)
{
  vmi_out_bytes(o, "", 1);
  if (o->failed) return NULL;
  o->size--;
  char *text = vmi_resize(o->alloc, o->data, o->capacity, o->size + 1);
  if (text != NULL) o->data = NULL;
  return text;
}

vm_status vmi_text_disassemble(const vmi_alloc *a, const vmi_module *m, char **text, size_t *size,
                               vm_error *e)
{
  size_t limit = TEXT_BASE + m->arena.used * TEXT_PER_BYTE; /* an arena is far below 2^57 bytes */
  vmi_dis d = {.out = {.alloc = a, .limit = limit}, .m = m, .symbols = {.alloc = a}, .file = VMI_NO_INDEX};
  vmi_arena_init(&d.scratch, a);
  char *result = print_module(&d) ? trim(&d.out) : NULL;
  vmi_free(a, d.out.data, d.out.capacity);
  vmi_symbols_free(&d.symbols);
  vmi_arena_free(&d.scratch);
  if (result == NULL) return failure(&d.out, e);
  *text = result;
  *size = d.out.size;
  return VM_OK;
}
