/* elements.c - the element section.
 *
 * SPDX-License-Identifier: MIT
 *
 * The flags of a segment: 1 not active, 2 with an explicit table (active) or declarative (not
 * active), 4 items are expressions instead of function indices.
 */
#include "module.h"

typedef struct segment {
  uint32_t flags, table, count;
  vm_type type;
  vm_init offset;
} segment;

static bool is_active(const segment *s) { return (s->flags & 1) == 0; }
static bool is_declarative(const segment *s) { return (s->flags & 3) == 3; }
static bool has_expressions(const segment *s) { return (s->flags & 4) != 0; }

static bool read_target(wasm_module *m, segment *s)
{
  if (!is_active(s)) return true;
  const uint8_t *at = m->r.at;
  s->table = 0;
  if ((s->flags & 2) != 0) {
    if (!wasm_read_index(&m->r, "table", m->tables.count, &s->table)) return false;
  } else if (m->tables.count == 0) {
    return wasm_invalid(&m->r, at, "unknown table: expected one, found an active element segment");
  }
  return wasm_read_init(m, VM_I32, &s->offset);
}

/* Written unless the flags are 0 or 4: as a type for expressions, as a kind (0) for indices. */
static bool read_item_type(wasm_module *m, segment *s)
{
  s->type = WASM_FUNCREF;
  if ((s->flags & 3) == 0) return true;
  if (has_expressions(s)) return wasm_read_ref_type(m, "element segment", &s->type);
  return wasm_read_zero(&m->r, "element segment's kind");
}

static bool read_item(wasm_module *m, const segment *s, vm_init *item)
{
  if (has_expressions(s)) return wasm_read_init(m, s->type, item);
  uint32_t func;
  if (!wasm_read_index(&m->r, "function", m->funcs.count, &func)) return false;
  ((uint8_t *)m->declared.items)[func] = 1;
  *item = vm_init_func(func);
  return true;
}

static bool read_items(wasm_module *m, segment *s)
{
  m->inits.count = 0;
  if (!wasm_read_count(&m->r, "elements", &s->count)) return false;
  vm_init *items = wasm_add(m, &m->inits, s->count);
  if (items == NULL) return false;
  for (uint32_t i = 0; i < s->count; i++) {
    if (!read_item(m, s, &items[i])) return false;
  }
  return true;
}

static bool check_table(wasm_module *m, const segment *s, const uint8_t *at)
{
  if (!is_active(s)) return true;
  vm_type table = ((const vm_type *)m->tables.items)[s->table];
  return table == s->type
         || wasm_invalid(&m->r, at, "element segment: expected elements of the table's type %s, "
                         "found %s", wasm_type_text(table), wasm_type_text(s->type));
}

/* A declarative segment is dropped as soon as the module is instantiated: an empty one. */
static bool add_segment(wasm_module *m, const segment *s)
{
  const char *name;
  if (!wasm_local_text(m, WASM_NAME_ELEMENT, m->elems.count, &name)) return false;
  if (!wasm_append(m, &m->elems, &s->type)) return false;
  uint32_t count = is_declarative(s) ? 0 : s->count;
  const vm_init *items = m->inits.items;
  return wasm_built(m, is_active(s)
                    ? vm_builder_elem_active(m->b, name, s->table, s->offset, s->type, items, count,
                                             NULL)
                    : vm_builder_elem(m->b, name, s->type, items, count, NULL));
}

static bool read_segment(wasm_module *m)
{
  const uint8_t *at = m->r.at;
  segment s = {0};
  if (!wasm_read_u32(&m->r, "element segment", &s.flags)) return false;
  if (s.flags > 7) {
    return wasm_malformed(&m->r, at, "element segment: expected flags below 8, found %u",
                          (unsigned)s.flags);
  }
  return read_target(m, &s) && read_item_type(m, &s) && read_items(m, &s) && check_table(m, &s, at)
         && add_segment(m, &s);
}

bool wasm_read_elements(wasm_module *m)
{
  uint32_t count;
  if (!wasm_read_count(&m->r, "element segments", &count)) return false;
  for (uint32_t i = 0; i < count; i++) {
    if (!read_segment(m)) return false;
  }
  return true;
}
