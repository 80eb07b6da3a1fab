/* sections.c - functions, tables, memories, globals, exports, start function, data.
 *
 * SPDX-License-Identifier: MIT
 */
#include "module.h"

bool wasm_read_functions(wasm_module *m)
{
  uint32_t count;
  if (!wasm_read_count(&m->r, "functions", &count)) return false;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t type;
    const char *name;
    if (!wasm_read_index(&m->r, "type", m->types.count, &type)) return false;
    if (!wasm_local_text(m, WASM_NAME_FUNCTION, m->funcs.count, &name)) return false;
    if (!wasm_add_func(m, type)) return false;
    if (!wasm_built(m, vm_builder_func(m->b, name, wasm_type(m, type)->vm, NULL))) return false;
  }
  return true;
}

bool wasm_read_tables(wasm_module *m)
{
  uint32_t count;
  if (!wasm_read_count(&m->r, "tables", &count)) return false;
  for (uint32_t i = 0; i < count; i++) {
    vm_type type;
    wasm_limits limits;
    const char *name;
    if (!wasm_read_table_type(m, &type, &limits)) return false;
    if (!wasm_local_text(m, WASM_NAME_TABLE, m->tables.count, &name)) return false;
    if (!wasm_append(m, &m->tables, &type)) return false;
    vm_status s = vm_builder_table(m->b, name, type, limits.min, limits.max, NULL);
    if (!wasm_built(m, s)) return false;
  }
  return true;
}

bool wasm_read_memories(wasm_module *m)
{
  uint32_t count;
  if (!wasm_read_count(&m->r, "memories", &count)) return false;
  for (uint32_t i = 0; i < count; i++) {
    wasm_limits limits;
    const char *name;
    if (!wasm_read_memory_type(m, &limits)) return false;
    if (!wasm_local_text(m, WASM_NAME_MEMORY, 0, &name)) return false;
    vm_status s = vm_builder_memory(m->b, name, limits.min, limits.max, NULL);
    if (!wasm_built(m, s)) return false;
  }
  return true;
}

bool wasm_read_globals(wasm_module *m)
{
  uint32_t count;
  if (!wasm_read_count(&m->r, "globals", &count)) return false;
  for (uint32_t i = 0; i < count; i++) {
    wasm_global global = {0};
    vm_init init;
    const char *name;
    if (!wasm_read_global_type(m, &global) || !wasm_read_init(m, global.type, &init)) return false;
    if (!wasm_local_text(m, WASM_NAME_GLOBAL, m->globals.count, &name)) return false;
    if (!wasm_append(m, &m->globals, &global)) return false;
    if (!wasm_built(m, vm_builder_global(m->b, name, global.type, global.mut, init, NULL))) {
      return false;
    }
  }
  return true;
}

/* ---- exports and start function ---- */

static bool read_export(wasm_module *m, uint8_t kind, const char *name, vm_status *status)
{
  uint32_t index;
  switch (kind) {
  case 0:
    if (!wasm_read_index(&m->r, "function", m->funcs.count, &index)) return false;
    ((uint8_t *)m->declared.items)[index] = 1;
    *status = vm_builder_export_func(m->b, name, index);
    return true;
  case 1:
    if (!wasm_read_index(&m->r, "table", m->tables.count, &index)) return false;
    *status = vm_builder_export_table(m->b, name, index);
    return true;
  case 2:
    if (!wasm_read_index(&m->r, "memory", m->nmemories, &index)) return false;
    *status = vm_builder_export_memory(m->b, name, index);
    return true;
  case 3:
    if (!wasm_read_index(&m->r, "global", m->globals.count, &index)) return false;
    *status = vm_builder_export_global(m->b, name, index);
    return true;
  default:
    return wasm_malformed(&m->r, m->r.at - 1, "export's kind: expected one below 4, found %u",
                          kind);
  }
}

/* The builder knows which names there are: a second one is all that it can find wrong here. */
bool wasm_read_exports(wasm_module *m)
{
  uint32_t count;
  if (!wasm_read_count(&m->r, "exports", &count)) return false;
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t *at = m->r.at;
    wasm_name name;
    uint8_t kind;
    vm_status status;
    if (!wasm_read_name(&m->r, "export's name", &name)) return false;
    if (!wasm_read_byte(&m->r, "export's kind", &kind)) return false;
    const char *text = wasm_text(m, 0, name);
    if (text == NULL || !read_export(m, kind, text, &status)) return false;
    if (status == VM_ARGUMENT) {
      return wasm_invalid(&m->r, at, "duplicate export name: expected a new one, found \"%.60s\" a "
                          "second time", text);
    }
    if (!wasm_built(m, status)) return false;
  }
  return true;
}

bool wasm_read_start(wasm_module *m)
{
  const uint8_t *at = m->r.at;
  uint32_t func;
  if (!wasm_read_index(&m->r, "function", m->funcs.count, &func)) return false;
  const wasm_functype *t = wasm_func_type(m, func);
  if (t->nparams != 0 || t->nresults != 0) {
    return wasm_invalid(&m->r, at, "start function: expected the type [] -> [], found %u "
                        "parameters and %u results", (unsigned)t->nparams, (unsigned)t->nresults);
  }
  return wasm_built(m, vm_builder_start(m->b, func));
}

/* ---- data ---- */

/* Code may name so many segments: they must be there. */
bool wasm_read_data_count(wasm_module *m)
{
  const uint8_t *at = m->r.at;
  m->has_data_count = true;
  if (!wasm_read_u32(&m->r, "data segments", &m->ndatas)) return false;
  if (m->ndatas == 0 || m->sections[WASM_DATA].at != NULL) return true;
  return wasm_malformed(&m->r, at, "expected a data section of %u segments, found none",
                        (unsigned)m->ndatas);
}

static bool add_data(wasm_module *m, uint32_t segment, bool active, vm_init offset)
{
  uint32_t size;
  const uint8_t *bytes;
  const char *name;
  if (!wasm_read_u32(&m->r, "data segment", &size)) return false;
  if (!wasm_read_bytes(&m->r, "data segment", size, &bytes)) return false;
  if (!wasm_local_text(m, WASM_NAME_DATA, segment, &name)) return false;
  return wasm_built(m, active ? vm_builder_data_active(m->b, name, 0, offset, bytes, size, NULL)
                              : vm_builder_data(m->b, name, bytes, size, NULL));
}

/* Flags: 1 passive, 2 with an explicit memory. */
static bool read_segment(wasm_module *m, uint32_t segment)
{
  const uint8_t *at = m->r.at;
  uint32_t flags, memory;
  vm_init offset = {0};
  if (!wasm_read_u32(&m->r, "data segment", &flags)) return false;
  if (flags > 2) {
    return wasm_malformed(&m->r, at, "data segment: expected flags below 3, found %u",
                          (unsigned)flags);
  }
  if (flags == 1) return add_data(m, segment, false, offset);
  if (flags == 2) {
    if (!wasm_read_index(&m->r, "memory", m->nmemories, &memory)) return false;
  } else if (m->nmemories == 0) {
    return wasm_invalid(&m->r, at, "unknown memory: expected one, found an active data segment");
  }
  return wasm_read_init(m, VM_I32, &offset) && add_data(m, segment, true, offset);
}

bool wasm_read_data(wasm_module *m)
{
  const uint8_t *at = m->r.at;
  uint32_t count;
  if (!wasm_read_count(&m->r, "data segments", &count)) return false;
  if (m->has_data_count && count != m->ndatas) {
    return wasm_malformed(&m->r, at, "data segments: expected %u, as the data count section says, "
                          "found %u", (unsigned)m->ndatas, (unsigned)count);
  }
  m->ndatas = count;
  for (uint32_t i = 0; i < count; i++) {
    if (!read_segment(m, i)) return false;
  }
  return true;
}
