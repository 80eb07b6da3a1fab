/* references.c - references and tables.
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

bool wasm_op_ref_null(wasm_body *c, const wasm_op *op)
{
  vm_type type;
  return wasm_read_ref_type(c->m, "type", &type) && wasm_push(c, type)
         && wasm_emit1(c, op->code, type);
}

bool wasm_op_ref_is_null(wasm_body *c, const wasm_op *op)
{
  vm_type type;
  if (!wasm_pop_any(c, &type)) return false;
  if (type != WASM_FUNCREF && type != WASM_EXTERNREF && type != WASM_ANY) {
    return wasm_invalid(c->r, c->at, "type mismatch: expected a reference, found %s",
                        wasm_type_text(type));
  }
  return wasm_push(c, VM_I32) && wasm_emit(c, op->code);
}

/* Only functions that something outside the code refers to, as the specification wants it. */
bool wasm_op_ref_func(wasm_body *c, const wasm_op *op)
{
  uint32_t func;
  if (!wasm_read_index(c->r, "function", c->m->funcs.count, &func)) return false;
  if (((const uint8_t *)c->m->declared.items)[func] == 0) {
    return wasm_invalid(c->r, c->at, "undeclared function reference: expected a function that an "
                        "export, a global or an element segment names, found function %u",
                        (unsigned)func);
  }
  wasm_note_place(c);
  return wasm_push(c, WASM_FUNCREF) && wasm_emit1(c, op->code, func);
}

/* ---- tables ---- */

static bool read_table(wasm_body *c, uint32_t *table, vm_type *elements)
{
  if (!wasm_read_index(c->r, "table", c->m->tables.count, table)) return false;
  *elements = ((const vm_type *)c->m->tables.items)[*table];
  return true;
}

bool wasm_op_table_get(wasm_body *c, const wasm_op *op)
{
  uint32_t table;
  vm_type type;
  if (!read_table(c, &table, &type)) return false;
  wasm_note_place(c);
  return wasm_pop(c, VM_I32) && wasm_push(c, type) && wasm_emit1(c, op->code, table);
}

bool wasm_op_table_set(wasm_body *c, const wasm_op *op)
{
  uint32_t table;
  vm_type type;
  if (!read_table(c, &table, &type)) return false;
  wasm_note_place(c);
  return wasm_pop(c, type) && wasm_pop(c, VM_I32) && wasm_emit1(c, op->code, table);
}

bool wasm_op_table_size(wasm_body *c, const wasm_op *op)
{
  uint32_t table;
  vm_type type;
  return read_table(c, &table, &type) && wasm_push(c, VM_I32) && wasm_emit1(c, op->code, table);
}

bool wasm_op_table_grow(wasm_body *c, const wasm_op *op)
{
  uint32_t table;
  vm_type type;
  return read_table(c, &table, &type) && wasm_pop(c, VM_I32) && wasm_pop(c, type)
         && wasm_push(c, VM_I32) && wasm_emit1(c, op->code, table);
}

bool wasm_op_table_fill(wasm_body *c, const wasm_op *op)
{
  uint32_t table;
  vm_type type;
  if (!read_table(c, &table, &type)) return false;
  wasm_note_place(c);
  return wasm_pop(c, VM_I32) && wasm_pop(c, type) && wasm_pop(c, VM_I32)
         && wasm_emit1(c, op->code, table);
}

/* Destination's index, source's index, length. */
static bool pop_range(wasm_body *c, vm_type to, vm_type from)
{
  if (to != from) {
    return wasm_invalid(c->r, c->at, "type mismatch: expected elements of type %s, found %s",
                        wasm_type_text(to), wasm_type_text(from));
  }
  wasm_note_place(c);
  return wasm_pop(c, VM_I32) && wasm_pop(c, VM_I32) && wasm_pop(c, VM_I32);
}

bool wasm_op_table_copy(wasm_body *c, const wasm_op *op)
{
  uint32_t to, from;
  vm_type to_type, from_type;
  return read_table(c, &to, &to_type) && read_table(c, &from, &from_type)
         && pop_range(c, to_type, from_type) && wasm_emit2(c, op->code, to, from);
}

static bool read_segment(wasm_body *c, uint32_t *segment, vm_type *elements)
{
  if (!wasm_read_index(c->r, "element segment", c->m->elems.count, segment)) return false;
  *elements = ((const vm_type *)c->m->elems.items)[*segment];
  return true;
}

bool wasm_op_table_init(wasm_body *c, const wasm_op *op)
{
  uint32_t table, segment;
  vm_type to_type, from_type;
  return read_segment(c, &segment, &from_type) && read_table(c, &table, &to_type)
         && pop_range(c, to_type, from_type) && wasm_emit2(c, op->code, table, segment);
}

bool wasm_op_elem_drop(wasm_body *c, const wasm_op *op)
{
  uint32_t segment;
  vm_type type;
  return read_segment(c, &segment, &type) && wasm_emit1(c, op->code, segment);
}
