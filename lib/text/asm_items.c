/* asm_items.c - the assembler's statements at the top level, types and code excepted.
 *
 * SPDX-License-Identifier: MIT
 */
#include "asm.h"

static bool storing(const vmi_asm *a) { return a->pass == VMI_PASS_ITEMS; }

/* ---- module, producers, source, file ---- */

static bool module_item(vmi_asm *a)
{
  vmi_str name;
  if (!vmi_asm_name(a, "the module's name", &name)) return false;
  return !storing(a) || vmi_asm_keep(a, name, &a->m->name);
}

static bool producers_item(vmi_asm *a)
{
  vmi_str text;
  if (!vmi_asm_string(a, "what made the module, in quotes", &text)) return false;
  return !storing(a) || vmi_asm_keep(a, text, &a->m->producers);
}

static bool add_file(vmi_asm *a, vmi_str name, uint32_t *index)
{
  *index = (uint32_t)a->files.count;
  vmi_str *file = vmi_asm_push(a, &a->files, sizeof *file);
  if (file == NULL || !vmi_asm_keep(a, name, file)) return false;
  return vmi_symbols_define(&a->symbols, VMI_SPACE_FILE, 0, file->data, file->size, *index)
         || vmi_asm_no_memory(a);
}

static bool file_item(vmi_asm *a)
{
  vmi_str name;
  uint32_t index;
  if (!vmi_asm_string(a, "a source file's name in quotes", &name)) return false;
  return !storing(a) || add_file(a, name, &index);
}

static bool source_number(vmi_asm *a)
{
  vmi_token at = a->tok;
  uint32_t index;
  if (!vmi_asm_u32(a, "a source file's index", &index)) return false;
  if (!storing(a)) return true;
  if (index >= a->files.count) {
    return vmi_asm_fail(a, VM_SYNTAX, &at, "expected a source file, found index %u of only %u",
                        (unsigned)index, (unsigned)a->files.count);
  }
  a->file = index;
  return true;
}

static bool source_item(vmi_asm *a)
{
  if (a->tok.kind == VMI_TOK_NUMBER) return source_number(a);
  if (vmi_asm_take_word(a, "none")) {
    a->file = VMI_NO_INDEX;
    return true;
  }
  vmi_str name;
  if (!vmi_asm_string(a, "a source file's name in quotes, its index, or none", &name)) return false;
  if (!storing(a)) return true;
  const vmi_symbol *e = vmi_symbols_find(&a->symbols, VMI_SPACE_FILE, 0, name.data, name.size);
  if (e == NULL) return add_file(a, name, &a->file);
  a->file = e->index;
  return true;
}

/* ---- imports ---- */

/* minimum and maximum; no maximum is VMI_NO_INDEX. */
static bool bounds(vmi_asm *a, uint32_t limit, uint32_t max_limit, uint32_t *min, uint32_t *max)
{
  vmi_token at = a->tok;
  *max = VMI_NO_INDEX;
  if (!vmi_asm_u32(a, "the minimal size", min)) return false;
  if (a->tok.kind == VMI_TOK_NUMBER && !vmi_asm_u32(a, "the maximal size", max)) return false;
  if (*min > limit || (*max != VMI_NO_INDEX && *max > max_limit)) {
    return vmi_asm_fail(a, VM_LIMIT, &at, "expected sizes of at most %u, found a larger one",
                        (unsigned)(*min > limit ? limit : max_limit));
  }
  if (*max < *min) {
    return vmi_asm_fail(a, VM_SYNTAX, &at, "expected a maximum of at least %u, found %u",
                        (unsigned)*min, (unsigned)*max);
  }
  return true;
}

static bool memory_rest(vmi_asm *a, vmi_str name)
{
  vmi_memory memory = {0};
  if (!bounds(a, VMI_MAX_PAGES, VMI_MAX_PAGES, &memory.min, &memory.max)) return false;
  if (!storing(a)) return true;
  vmi_memory *entry = vmi_asm_push(a, &a->memories, sizeof *entry);
  if (entry == NULL || !vmi_asm_keep(a, name, &memory.name)) return false;
  *entry = memory;
  return true;
}

static bool table_rest(vmi_asm *a, vmi_str name)
{
  vmi_table table = {0};
  if (!vmi_asm_type(a, false, &table.type)) return false;
  if (!bounds(a, VMI_MAX_TABLE_LENGTH, VMI_NO_INDEX - 1, &table.min, &table.max)) return false;
  if (!storing(a)) return true;
  vmi_table *entry = vmi_asm_push(a, &a->tables, sizeof *entry);
  if (entry == NULL || !vmi_asm_keep(a, name, &table.name)) return false;
  *entry = table;
  return true;
}

static bool global_rest(vmi_asm *a, vmi_str name, bool import)
{
  vmi_global global = {0};
  global.mut = vmi_asm_take_word(a, "mut");
  if (!vmi_asm_type(a, false, &global.type)) return false;
  if (!import && (!vmi_asm_need(a, '=') || !vmi_asm_init(a, global.type, &global.init))) return false;
  if (!storing(a)) return true;
  vmi_global *entry = vmi_asm_push(a, &a->globals, sizeof *entry);
  if (entry == NULL || !vmi_asm_keep(a, name, &global.name)) return false;
  *entry = global;
  return true;
}

static vmi_func *add_func(vmi_asm *a, vmi_str name, uint32_t type)
{
  vmi_func *f = vmi_asm_push(a, &a->funcs, sizeof *f);
  if (f == NULL) return NULL;
  f->type = type;
  f->file = VMI_NO_INDEX;
  return vmi_asm_keep(a, name, &f->name) ? f : NULL;
}

static bool import_func(vmi_asm *a, vmi_str name)
{
  vmi_signature sig;
  uint32_t type = 0;
  if (!vmi_asm_func_type(a, &sig, &type)) return false;
  return !storing(a) || add_func(a, name, type) != NULL;
}

typedef struct kind_word {
  const char *word;
  vmi_extern_kind kind;
  vmi_space space;
  uint32_t limit;
} kind_word;

static const kind_word kinds[] = {
  {"func", VMI_EXTERN_FUNC, VMI_SPACE_FUNC, VMI_MAX_FUNCS},
  {"table", VMI_EXTERN_TABLE, VMI_SPACE_TABLE, VMI_MAX_TABLES},
  {"memory", VMI_EXTERN_MEMORY, VMI_SPACE_MEMORY, VMI_MAX_MEMORIES},
  {"global", VMI_EXTERN_GLOBAL, VMI_SPACE_GLOBAL, VMI_MAX_GLOBALS},
  {"type", VMI_EXTERN_TYPE, VMI_SPACE_TYPE, VMI_MAX_TYPES},
};

static const kind_word *kind_of(vmi_asm *a)
{
  for (size_t i = 0; i < VMI_COUNT(kinds); i++) {
    if (vmi_asm_take_word(a, kinds[i].word)) return &kinds[i];
  }
  vmi_asm_expected(a, "'func', 'table', 'memory', 'global' or 'type'");
  return NULL;
}

/* The imported item's local name or, of a type, which one it is. */
static bool import_local(vmi_asm *a, const kind_word *k, uint32_t *index, vmi_str *name)
{
  if (k->kind == VMI_EXTERN_TYPE) {
    return vmi_asm_ref(a, VMI_SPACE_TYPE, 0, "the type's name", index);
  }
  if (a->defined[k->space]) {
    return vmi_asm_fail(a, VM_SYNTAX, &a->tok,
                        "expected imports before the definitions of their kind, found an import of "
                        "a %s behind a definition", k->word);
  }
  return vmi_asm_item(a, k->space, k->limit, index, name);
}

static bool import_rest(vmi_asm *a, const kind_word *k, vmi_str name)
{
  switch (k->kind) {
  case VMI_EXTERN_FUNC: return import_func(a, name);
  case VMI_EXTERN_TABLE: return table_rest(a, name);
  case VMI_EXTERN_MEMORY: return memory_rest(a, name);
  case VMI_EXTERN_GLOBAL: return global_rest(a, name, true);
  default: return true;
  }
}

static void count_import(vmi_module *m, vmi_extern_kind kind)
{
  m->nimported_funcs += kind == VMI_EXTERN_FUNC;
  m->nimported_tables += kind == VMI_EXTERN_TABLE;
  m->nimported_memories += kind == VMI_EXTERN_MEMORY;
  m->nimported_globals += kind == VMI_EXTERN_GLOBAL;
}

static bool import_item(vmi_asm *a)
{
  vmi_token at = a->tok;
  const kind_word *k = kind_of(a);
  vmi_str name = {"", 0}, module, field;
  vmi_import import = {0};
  if (k == NULL || !import_local(a, k, &import.index, &name)) return false;
  if (!vmi_asm_string(a, "the module to import from, in quotes", &module)
      || !vmi_asm_string(a, "the name to import, in quotes", &field)
      || !import_rest(a, k, name)) {
    return false;
  }
  if (!storing(a)) return true;
  if (a->imports.count >= VMI_MAX_IMPORTS) {
    return vmi_asm_fail(a, VM_LIMIT, &at, "expected at most %d imports, found more",
                        VMI_MAX_IMPORTS);
  }
  import.kind = k->kind;
  count_import(a->m, k->kind);
  vmi_import *entry = vmi_asm_push(a, &a->imports, sizeof *entry);
  if (entry == NULL || !vmi_asm_keep(a, module, &import.module)
      || !vmi_asm_keep(a, field, &import.name)) {
    return false;
  }
  *entry = import;
  return true;
}

/* ---- definitions ---- */

static bool define(vmi_asm *a, vmi_space space, uint32_t limit, uint32_t *index, vmi_str *name)
{
  a->defined[space] = true;
  return vmi_asm_item(a, space, limit, index, name);
}

static bool table_item(vmi_asm *a)
{
  uint32_t index;
  vmi_str name;
  return define(a, VMI_SPACE_TABLE, VMI_MAX_TABLES, &index, &name) && table_rest(a, name);
}

static bool memory_item(vmi_asm *a)
{
  uint32_t index;
  vmi_str name;
  return define(a, VMI_SPACE_MEMORY, VMI_MAX_MEMORIES, &index, &name) && memory_rest(a, name);
}

static bool global_item(vmi_asm *a)
{
  uint32_t index;
  vmi_str name;
  return define(a, VMI_SPACE_GLOBAL, VMI_MAX_GLOBALS, &index, &name) && global_rest(a, name, false);
}

static bool segment_mode(vmi_asm *a, vmi_space space, const char *what, vmi_segment_mode *mode,
                         uint32_t *where, vmi_init *offset)
{
  if (!vmi_asm_take_word(a, "active")) return true;
  *mode = VMI_ACTIVE;
  return vmi_asm_ref(a, space, 0, what, where) && vmi_asm_init(a, VM_I32, offset);
}

static bool data_bytes(vmi_asm *a, vmi_vec *bytes)
{
  while (a->tok.kind == VMI_TOK_STRING) {
    vmi_str piece;
    if (!vmi_asm_string(a, "bytes in quotes", &piece)) return false;
    if (!storing(a)) continue;
    uint8_t *to = vmi_vec_push(a->alloc, bytes, 1, piece.size);
    if (to == NULL) return vmi_asm_no_memory(a);
    for (uint32_t i = 0; i < piece.size; i++) to[i] = (uint8_t)piece.data[i];
  }
  return true;
}

static bool data_rest(vmi_asm *a, vmi_data *data, vmi_vec *bytes)
{
  if (!segment_mode(a, VMI_SPACE_MEMORY, "a memory", &data->mode, &data->memory, &data->offset)) {
    return false;
  }
  if (a->tok.kind != VMI_TOK_STRING) return vmi_asm_expected(a, "bytes in quotes");
  return data_bytes(a, bytes);
}

static bool store_data(vmi_asm *a, vmi_data *data, vmi_str name, const vmi_vec *bytes)
{
  data->size = (uint32_t)bytes->count;
  data->bytes = vmi_arena_copy(&a->m->arena, bytes->data, bytes->count, 1);
  if (data->bytes == NULL) return vmi_asm_no_memory(a);
  vmi_data *entry = vmi_asm_push(a, &a->datas, sizeof *entry);
  if (entry == NULL || !vmi_asm_keep(a, name, &data->name)) return false;
  *entry = *data;
  return true;
}

static bool data_item(vmi_asm *a)
{
  uint32_t index;
  vmi_str name;
  vmi_data data = {.mode = VMI_PASSIVE};
  vmi_vec bytes = {0};
  bool ok = define(a, VMI_SPACE_DATA, VMI_MAX_SEGMENTS, &index, &name)
            && data_rest(a, &data, &bytes);
  if (ok && storing(a)) ok = store_data(a, &data, name, &bytes);
  vmi_vec_free(a->alloc, &bytes);
  return ok;
}

static bool elem_items(vmi_asm *a, const vmi_elem *elem, vmi_vec *items)
{
  if (!vmi_asm_need(a, '[')) return false;
  if (vmi_asm_take(a, ']')) return true;
  do {
    vmi_init *item = vmi_asm_push(a, items, sizeof *item);
    if (item == NULL || !vmi_asm_init(a, elem->type, item)) return false;
    if (items->count > VMI_MAX_TABLE_LENGTH) {
      return vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected at most %d elements, found more",
                          VMI_MAX_TABLE_LENGTH);
    }
  } while (vmi_asm_take(a, ','));
  return vmi_asm_take(a, ']') || vmi_asm_expected(a, "',' or ']'");
}

static bool elem_rest(vmi_asm *a, vmi_elem *elem, vmi_str name, vmi_vec *items)
{
  if (!vmi_asm_type(a, false, &elem->type)) return false;
  if (!segment_mode(a, VMI_SPACE_TABLE, "a table", &elem->mode, &elem->table, &elem->offset)
      || !elem_items(a, elem, items)) {
    return false;
  }
  if (!storing(a)) return true;
  elem->count = (uint32_t)items->count;
  elem->items = vmi_arena_copy(&a->m->arena, items->data, items->count, sizeof *elem->items);
  if (elem->items == NULL) return vmi_asm_no_memory(a);
  vmi_elem *entry = vmi_asm_push(a, &a->elems, sizeof *entry);
  if (entry == NULL || !vmi_asm_keep(a, name, &elem->name)) return false;
  *entry = *elem;
  return true;
}

static bool elem_item(vmi_asm *a)
{
  uint32_t index;
  vmi_str name;
  vmi_elem elem = {.mode = VMI_PASSIVE};
  vmi_vec items = {0};
  bool ok = define(a, VMI_SPACE_ELEM, VMI_MAX_SEGMENTS, &index, &name)
            && elem_rest(a, &elem, name, &items);
  vmi_vec_free(a->alloc, &items);
  return ok;
}

/* ---- functions ---- */

/* Pass NAMES looks for the closing brace; the others jump to where it was. */
static bool skip_body(vmi_asm *a, uint32_t func, const vmi_token *open)
{
  if (a->pass != VMI_PASS_NAMES) {
    vmi_asm_body *body = (vmi_asm_body *)a->bodies.data + a->next_body++;
    vmi_asm_seek(a, body->end);
    return true;
  }
  vmi_asm_body *body = vmi_asm_push(a, &a->bodies, sizeof *body);
  if (body == NULL) return false;
  body->func = func;
  body->start = a->lexer;
  for (uint32_t depth = 1; depth != 0;) {
    vmi_asm_next(a);
    if (a->tok.kind == VMI_TOK_BAD) return vmi_asm_expected(a, "an instruction, a label or '}'");
    if (a->tok.kind == VMI_TOK_END) {
      return vmi_asm_fail(a, VM_SYNTAX, open,
                          "expected '}' for the '{' here, found the end of the text");
    }
    depth += vmi_asm_is(a, '{');
    depth -= vmi_asm_is(a, '}');
  }
  body->end = a->lexer;
  vmi_asm_next(a);
  return true;
}

/* Parameter types and the environment's become the first locals. */
static bool first_locals(vmi_asm *a, vmi_func *f)
{
  const vmi_typedef *t = (const vmi_typedef *)a->types.data + f->type;
  uint32_t count = t->nparams + f->has_env;
  vm_type *locals = vmi_arena_new(&a->m->arena, count, sizeof *locals);
  if (locals == NULL) return vmi_asm_no_memory(a);
  for (uint32_t i = 0; i < t->nparams; i++) locals[i] = t->params[i];
  if (f->has_env) locals[t->nparams] = f->env;
  f->locals = locals;
  f->nlocals = count;
  return true;
}

static bool keep_param_names(vmi_asm *a, const vmi_func *f, const vmi_signature *sig, vmi_str env)
{
  vmi_asm_body *body = (vmi_asm_body *)a->bodies.data + a->next_body;
  if (!sig->named && env.size == 0) return true;
  vmi_str *names = vmi_arena_new(&a->scratch, f->nlocals, sizeof *names);
  if (names == NULL) return vmi_asm_no_memory(a);
  for (uint32_t i = 0; i < f->nlocals; i++) {
    names[i] = sig->named && i < sig->nparams ? sig->names[i] : (vmi_str){"", 0};
  }
  if (f->has_env) names[f->nlocals - 1] = env;
  body->param_names = names;
  return true;
}

static bool func_env(vmi_asm *a, vmi_func *f, vmi_str *name)
{
  *name = (vmi_str){"", 0};
  if (!vmi_asm_take_word(a, "env")) return true;
  f->has_env = true;
  if (!vmi_asm_type(a, false, &f->env)) return false;
  return !vmi_asm_is_name(a) || vmi_asm_name(a, "the environment's name", name);
}

static bool func_item(vmi_asm *a)
{
  uint32_t index, type = 0;
  vmi_str name, env;
  vmi_signature sig;
  vmi_func header = {0};
  if (!define(a, VMI_SPACE_FUNC, VMI_MAX_FUNCS, &index, &name)
      || !vmi_asm_func_type(a, &sig, &type) || !func_env(a, &header, &env)) {
    return false;
  }
  if (storing(a)) {
    vmi_func *f = add_func(a, name, type);
    if (f == NULL) return false;
    f->has_env = header.has_env;
    f->env = header.env;
    f->file = a->file;
    if (!first_locals(a, f) || !keep_param_names(a, f, &sig, env)) return false;
  }
  vmi_token open = a->tok;
  if (!vmi_asm_is(a, '{')) return vmi_asm_expected(a, "'{'");
  return skip_body(a, index, &open);
}

/* ---- exports and start ---- */

static bool export_item(vmi_asm *a)
{
  vmi_token at = a->tok;
  const kind_word *k = kind_of(a);
  vmi_export export = {0};
  if (k == NULL) return false;
  vmi_token name_at = a->tok;
  vmi_str name;
  if (!vmi_asm_string(a, "the name to export under, in quotes", &name)
      || !vmi_asm_ref(a, k->space, 0, "the item to export", &export.index)) {
    return false;
  }
  if (!storing(a)) return true;
  if (a->exports.count >= VMI_MAX_EXPORTS) {
    return vmi_asm_fail(a, VM_LIMIT, &at, "expected at most %d exports, found more",
                        VMI_MAX_EXPORTS);
  }
  if (vmi_symbols_find(&a->symbols, VMI_SPACE_EXPORT, 0, name.data, name.size) != NULL) {
    return vmi_asm_fail(a, VM_SYNTAX, &name_at, "expected a name not exported yet, found a second "
                        "export of it");
  }
  export.kind = k->kind;
  vmi_export *entry = vmi_asm_push(a, &a->exports, sizeof *entry);
  if (entry == NULL || !vmi_asm_keep(a, name, &export.name)) return false;
  *entry = export;
  return vmi_symbols_define(&a->symbols, VMI_SPACE_EXPORT, 0, name.data, name.size, 0)
         || vmi_asm_no_memory(a);
}

static bool start_item(vmi_asm *a)
{
  vmi_token at = a->tok;
  uint32_t func;
  if (!vmi_asm_ref(a, VMI_SPACE_FUNC, 0, "the start function", &func)) return false;
  if (!storing(a)) return true;
  if (a->m->start != VMI_NO_INDEX) {
    return vmi_asm_fail(a, VM_SYNTAX, &at, "expected one start function, found a second");
  }
  a->m->start = func;
  return true;
}

bool vmi_asm_statement(vmi_asm *a)
{
  static const struct {
    const char *word;
    bool (*item)(vmi_asm *);
  } items[] = {
    {"func", func_item},     {"type", vmi_asm_type_item}, {"import", import_item},
    {"export", export_item}, {"global", global_item},     {"table", table_item},
    {"memory", memory_item}, {"data", data_item},         {"elem", elem_item},
    {"start", start_item},   {"source", source_item},     {"file", file_item},
    {"module", module_item}, {"producers", producers_item},
  };
  for (size_t i = 0; i < VMI_COUNT(items); i++) {
    if (vmi_asm_take_word(a, items[i].word)) return items[i].item(a);
  }
  return vmi_asm_expected(a, "a declaration (module, producers, source, file, type, import, table, memory, "
                             "global, data, elem, func, export or start)");
}
