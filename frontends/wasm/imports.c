/* imports.c - the import section.
 *
 * SPDX-License-Identifier: MIT
 */
#include "module.h"

typedef struct import {
  const char *module, *name; /* as the builder takes them */
} import;

bool wasm_add_func(wasm_module *m, uint32_t type)
{
  static const uint8_t no = 0;
  return wasm_append(m, &m->funcs, &type) && wasm_append(m, &m->declared, &no);
}

static bool import_func(wasm_module *m, const import *i)
{
  uint32_t type;
  const char *local;
  if (!wasm_read_index(&m->r, "type", m->types.count, &type)) return false;
  if (!wasm_local_text(m, WASM_NAME_FUNCTION, m->funcs.count, &local)) return false;
  if (!wasm_add_func(m, type)) return false;
  m->imported_funcs++;
  return wasm_built(m, vm_builder_import_func(m->b, i->module, i->name, local,
                                              wasm_type(m, type)->vm, NULL));
}

static bool import_table(wasm_module *m, const import *i)
{
  vm_type type;
  wasm_limits limits;
  const char *local;
  if (!wasm_read_table_type(m, &type, &limits)) return false;
  if (!wasm_local_text(m, WASM_NAME_TABLE, m->tables.count, &local)) return false;
  return wasm_append(m, &m->tables, &type)
         && wasm_built(m, vm_builder_import_table(m->b, i->module, i->name, local, type,
                                                  limits.min, limits.max, NULL));
}

static bool import_memory(wasm_module *m, const import *i)
{
  wasm_limits limits;
  const char *local;
  if (!wasm_read_memory_type(m, &limits)) return false;
  if (!wasm_local_text(m, WASM_NAME_MEMORY, 0, &local)) return false;
  return wasm_built(m, vm_builder_import_memory(m->b, i->module, i->name, local, limits.min,
                                                limits.max, NULL));
}

static bool import_global(wasm_module *m, const import *i)
{
  wasm_global global = {.imported = true};
  const char *local;
  if (!wasm_read_global_type(m, &global)) return false;
  if (!wasm_local_text(m, WASM_NAME_GLOBAL, m->globals.count, &local)) return false;
  return wasm_append(m, &m->globals, &global)
         && wasm_built(m, vm_builder_import_global(m->b, i->module, i->name, local, global.type,
                                                   global.mut, NULL));
}

static bool read_import(wasm_module *m)
{
  static bool (*const kinds[])(wasm_module *, const import *) = {
    import_func, import_table, import_memory, import_global
  };
  wasm_name module, name;
  uint8_t kind;
  if (!wasm_read_name(&m->r, "import's module", &module)) return false;
  if (!wasm_read_name(&m->r, "import's name", &name)) return false;
  if (!wasm_read_byte(&m->r, "import's kind", &kind)) return false;
  if (kind > 3) {
    return wasm_malformed(&m->r, m->r.at - 1, "import's kind: expected one below 4, found %u",
                          kind);
  }
  import i = {wasm_text(m, 0, module), wasm_text(m, 1, name)};
  return i.module != NULL && i.name != NULL && kinds[kind](m, &i);
}

bool wasm_read_imports(wasm_module *m)
{
  uint32_t count;
  if (!wasm_read_count(&m->r, "imports", &count)) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (!read_import(m)) return false;
  }
  return true;
}
