/* calls.c - calls and tail calls.
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

static bool apply(wasm_body *c, const wasm_functype *t)
{
  wasm_note_place(c);
  return wasm_pop_all(c, t->params, t->nparams) && wasm_push_all(c, t->results, t->nresults);
}

/* The callee's results are the function's. What else is on the stack goes with the frame. */
static bool apply_tail(wasm_body *c, const wasm_functype *t)
{
  bool same = t->nresults == c->type->nresults;
  for (uint32_t i = 0; same && i < t->nresults; i++) same = t->results[i] == c->type->results[i];
  if (!same) {
    return wasm_invalid(c->r, c->at, "type mismatch: expected a callee with the function's "
                        "results, found one with others");
  }
  wasm_note_place(c);
  return wasm_pop_all(c, t->params, t->nparams);
}

bool wasm_op_call(wasm_body *c, const wasm_op *op)
{
  uint32_t func;
  return wasm_read_index(c->r, "function", c->m->funcs.count, &func)
         && apply(c, wasm_func_type(c->m, func)) && wasm_emit1(c, op->code, func);
}

bool wasm_op_return_call(wasm_body *c, const wasm_op *op)
{
  uint32_t func;
  if (!wasm_read_index(c->r, "function", c->m->funcs.count, &func)
      || !apply_tail(c, wasm_func_type(c->m, func))) {
    return false;
  }
  wasm_emit1(c, op->code, func);
  wasm_set_unreachable(c);
  return true;
}

/* Type and table; then the index is popped, which lies above the arguments. */
static bool read_indirect(wasm_body *c, const wasm_functype **type, uint32_t *table)
{
  uint32_t index;
  if (!wasm_read_index(c->r, "type", c->m->types.count, &index)) return false;
  if (!wasm_read_index(c->r, "table", c->m->tables.count, table)) return false;
  *type = wasm_type(c->m, index);
  vm_type elements = ((const vm_type *)c->m->tables.items)[*table];
  if (elements != WASM_FUNCREF) {
    return wasm_invalid(c->r, c->at, "type mismatch: expected a table of funcref, found one of %s",
                        wasm_type_text(elements));
  }
  return wasm_pop(c, VM_I32);
}

bool wasm_op_call_indirect(wasm_body *c, const wasm_op *op)
{
  const wasm_functype *type;
  uint32_t table;
  return read_indirect(c, &type, &table) && apply(c, type)
         && wasm_emit2(c, op->code, table, type->vm);
}

bool wasm_op_return_call_indirect(wasm_body *c, const wasm_op *op)
{
  const wasm_functype *type;
  uint32_t table;
  if (!read_indirect(c, &type, &table) || !apply_tail(c, type)) return false;
  wasm_emit2(c, op->code, table, type->vm);
  wasm_set_unreachable(c);
  return true;
}
