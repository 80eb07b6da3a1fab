/* variables.c - locals, globals, and what only moves operands.
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

static bool read_local(wasm_body *c, uint32_t *local, vm_type *type)
{
  if (!wasm_read_index(c->r, "local", c->locals.count, local)) return false;
  *type = ((const vm_type *)c->locals.items)[*local];
  return true;
}

bool wasm_op_local_get(wasm_body *c, const wasm_op *op)
{
  uint32_t local;
  vm_type type;
  if (!read_local(c, &local, &type) || !wasm_push(c, type)) return false;
  if (c->live) vm_fn_local_get(c->fn, local);
  return true;
}

bool wasm_op_local_set(wasm_body *c, const wasm_op *op)
{
  uint32_t local;
  vm_type type;
  return read_local(c, &local, &type) && wasm_pop(c, type) && wasm_emit1(c, op->code, local);
}

bool wasm_op_local_tee(wasm_body *c, const wasm_op *op)
{
  uint32_t local;
  vm_type type;
  return read_local(c, &local, &type) && wasm_pop(c, type) && wasm_push(c, type)
         && wasm_emit1(c, op->code, local);
}

static bool read_global(wasm_body *c, uint32_t *index, const wasm_global **global)
{
  if (!wasm_read_index(c->r, "global", c->m->globals.count, index)) return false;
  *global = (const wasm_global *)c->m->globals.items + *index;
  return true;
}

bool wasm_op_global_get(wasm_body *c, const wasm_op *op)
{
  uint32_t index;
  const wasm_global *global;
  return read_global(c, &index, &global) && wasm_push(c, global->type)
         && wasm_emit1(c, op->code, index);
}

bool wasm_op_global_set(wasm_body *c, const wasm_op *op)
{
  uint32_t index;
  const wasm_global *global;
  if (!read_global(c, &index, &global)) return false;
  if (!global->mut) {
    return wasm_invalid(c->r, c->at, "expected a mutable global, found global %u, which is not",
                        (unsigned)index);
  }
  return wasm_pop(c, global->type) && wasm_emit1(c, op->code, index);
}

bool wasm_op_drop(wasm_body *c, const wasm_op *op)
{
  vm_type type;
  return wasm_pop_any(c, &type) && wasm_emit(c, op->code);
}

/* Without a type it is for numbers, and the operands say which. */
bool wasm_op_select(wasm_body *c, const wasm_op *op)
{
  vm_type a, b;
  if (!wasm_pop(c, VM_I32) || !wasm_pop_any(c, &b) || !wasm_pop_any(c, &a)) return false;
  vm_type type = a == WASM_ANY ? b : a;
  if (a != b && a != WASM_ANY && b != WASM_ANY) {
    return wasm_invalid(c->r, c->at, "type mismatch: expected two operands of one type, found %s "
                        "and %s", wasm_type_text(a), wasm_type_text(b));
  }
  if (type == WASM_FUNCREF || type == WASM_EXTERNREF) {
    return wasm_invalid(c->r, c->at, "type mismatch: expected numbers, found %s",
                        wasm_type_text(type));
  }
  return wasm_push(c, type) && wasm_emit1(c, op->code, type);
}

bool wasm_op_select_typed(wasm_body *c, const wasm_op *op)
{
  uint32_t count;
  vm_type type;
  if (!wasm_read_count(c->r, "types", &count)) return false;
  if (count != 1) {
    return wasm_invalid(c->r, c->at, "invalid result arity: expected 1 type, found %u",
                        (unsigned)count);
  }
  return wasm_read_value_type(c->m, "type", &type) && wasm_pop(c, VM_I32) && wasm_pop(c, type)
         && wasm_pop(c, type) && wasm_push(c, type) && wasm_emit1(c, op->code, type);
}
