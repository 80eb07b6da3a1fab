/* types.c - value types, the type section, and the types of tables, memories and globals.
 *
 * SPDX-License-Identifier: MIT
 */
#include "module.h"

/* ---- value types ---- */

bool wasm_value_type_of(uint8_t byte, vm_type *out)
{
  switch (byte) {
  case 0x7F: *out = VM_I32; return true;
  case 0x7E: *out = VM_I64; return true;
  case 0x7D: *out = VM_F32; return true;
  case 0x7C: *out = VM_F64; return true;
  case 0x70: *out = WASM_FUNCREF; return true;
  case 0x6F: *out = WASM_EXTERNREF; return true;
  default: return false;
  }
}

const char *wasm_type_text(vm_type type)
{
  switch (type) {
  case VM_I32: return "i32";
  case VM_I64: return "i64";
  case VM_F32: return "f32";
  case VM_F64: return "f64";
  case WASM_FUNCREF: return "funcref";
  case WASM_EXTERNREF: return "externref";
  default: return "any type";
  }
}

bool wasm_read_value_type(wasm_module *m, const char *what, vm_type *out)
{
  uint8_t byte;
  if (!wasm_read_byte(&m->r, what, &byte)) return false;
  return wasm_value_type_of(byte, out)
         || wasm_malformed(&m->r, m->r.at - 1, "%s: expected a value type, found 0x%02x", what,
                           byte);
}

bool wasm_read_ref_type(wasm_module *m, const char *what, vm_type *out)
{
  uint8_t byte;
  if (!wasm_read_byte(&m->r, what, &byte)) return false;
  if ((byte == 0x70 || byte == 0x6F) && wasm_value_type_of(byte, out)) return true;
  return wasm_malformed(&m->r, m->r.at - 1, "%s: expected a reference type, found 0x%02x", what,
                        byte);
}

/* ---- the type section ---- */

/* The section's bytes bound the number of types in it, so the pool never moves. */
static bool read_type_list(wasm_module *m, const char *what, const vm_type **out, uint32_t *count)
{
  const uint8_t *at = m->r.at;
  if (!wasm_read_count(&m->r, what, count)) return false;
  if (*count > WASM_MAX_PARAMS) {
    return wasm_fail(&m->r, VM_LIMIT, at, "%s: expected at most %d, found %u", what,
                     WASM_MAX_PARAMS, (unsigned)*count);
  }
  vm_type *types = m->pool + m->pool_count;
  for (uint32_t i = 0; i < *count; i++) {
    if (!wasm_read_value_type(m, what, &types[i])) return false;
  }
  m->pool_count += *count;
  *out = types;
  return true;
}

static bool read_functype(wasm_module *m, wasm_functype *t)
{
  uint8_t form;
  if (!wasm_read_byte(&m->r, "type", &form)) return false;
  if (form != 0x60) {
    return wasm_malformed(&m->r, m->r.at - 1, "type: expected 0x60, a function type, found 0x%02x",
                          form);
  }
  return read_type_list(m, "parameters", &t->params, &t->nparams)
         && read_type_list(m, "results", &t->results, &t->nresults);
}

bool wasm_read_types(wasm_module *m)
{
  uint32_t count;
  if (!wasm_read_count(&m->r, "types", &count)) return false;
  m->pool_size = (uint32_t)wasm_left(&m->r) + 1;
  m->pool = wasm_resize(m, NULL, 0, m->pool_size * sizeof *m->pool);
  if (m->pool == NULL) return wasm_no_memory(&m->r);
  for (uint32_t i = 0; i < count; i++) {
    wasm_functype t = {0};
    const char *name;
    if (!read_functype(m, &t) || !wasm_local_text(m, WASM_NAME_TYPE, i, &name)) return false;
    vm_status s = vm_builder_type_func(m->b, name, t.params, t.nparams, t.results, t.nresults,
                                       &t.vm);
    if (!wasm_built(m, s) || !wasm_append(m, &m->types, &t)) return false;
  }
  return true;
}

/* ---- tables, memories, globals ---- */

static bool read_limits(wasm_module *m, const char *what, uint32_t most, wasm_limits *limits)
{
  wasm_reader *r = &m->r;
  const uint8_t *from = r->at;
  uint8_t flag;
  limits->max = VM_NO_INDEX;
  if (!wasm_read_byte(r, what, &flag)) return false;
  if (flag > 1) {
    return wasm_malformed(r, from, "%s: expected limits with flag 0 or 1, found %u", what, flag);
  }
  if (!wasm_read_u32(r, what, &limits->min)) return false;
  uint32_t max = most;
  if (flag == 1 && !wasm_read_u32(r, what, &max)) return false;
  if (limits->min > most || max > most) {
    return wasm_invalid(r, from, "%s: expected a size of at most %u, found %u", what,
                        (unsigned)most, (unsigned)(max > most ? max : limits->min));
  }
  if (max < limits->min) {
    return wasm_invalid(r, from, "%s: expected a maximum of at least the minimum %u, found %u",
                        what, (unsigned)limits->min, (unsigned)max);
  }
  if (flag == 1) limits->max = max < VM_NO_INDEX ? max : VM_NO_INDEX - 1;
  return true;
}

/* A maximum of 2^32 - 1 is libvm's sign for none, and one less says as much: neither is reached. */
bool wasm_read_table_type(wasm_module *m, vm_type *type, wasm_limits *limits)
{
  if (!wasm_read_ref_type(m, "table", type)) return false;
  const uint8_t *at = m->r.at;
  if (!read_limits(m, "table", UINT32_MAX, limits)) return false;
  if (limits->min > WASM_MAX_TABLE) {
    return wasm_fail(&m->r, VM_LIMIT, at, "table: expected at most %d elements, found %u",
                     WASM_MAX_TABLE, (unsigned)limits->min);
  }
  return true;
}

bool wasm_read_memory_type(wasm_module *m, wasm_limits *limits)
{
  if (m->nmemories > 0) {
    return wasm_invalid(&m->r, m->r.at, "multiple memories: expected at most 1, found another");
  }
  m->nmemories++;
  return read_limits(m, "memory", WASM_MAX_PAGES, limits);
}

bool wasm_read_global_type(wasm_module *m, wasm_global *global)
{
  uint8_t mut;
  if (!wasm_read_value_type(m, "global", &global->type)) return false;
  if (!wasm_read_byte(&m->r, "global's mutability", &mut)) return false;
  global->mut = mut == 1;
  return mut <= 1 || wasm_malformed(&m->r, m->r.at - 1, "global's mutability: expected 0 or 1, "
                                    "found %u", mut);
}
