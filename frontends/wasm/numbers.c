/* numbers.c - constants and numeric instructions.
 *
 * SPDX-License-Identifier: MIT
 *
 * They are most of any binary: each has a fast way for operands that are there and right, which the
 * general one of stack.c serves too.
 */
#include "body.h"

bool wasm_op_unary(wasm_body *c, const wasm_op *op)
{
  if (c->height > c->floor && c->stack[c->height - 1] == op->from) {
    c->stack[c->height - 1] = op->to;
  } else if (!wasm_pop(c, op->from) || !wasm_push(c, op->to)) {
    return false;
  }
  return wasm_emit(c, op->code);
}

bool wasm_op_binary(wasm_body *c, const wasm_op *op)
{
  const vm_type *top = c->stack + c->height;
  if (c->height >= c->floor + 2 && top[-1] == op->from && top[-2] == op->from) {
    c->height--;
    c->stack[c->height - 1] = op->to;
  } else if (!wasm_pop(c, op->from) || !wasm_pop(c, op->from) || !wasm_push(c, op->to)) {
    return false;
  }
  return wasm_emit(c, op->code);
}

bool wasm_op_i32_const(wasm_body *c, const wasm_op *op)
{
  int64_t value;
  if (!wasm_read_signed(c->r, "constant", 32, &value) || !wasm_push(c, VM_I32)) return false;
  if (c->live) vm_fn_i32_const(c->fn, (int32_t)value);
  return true;
}

bool wasm_op_i64_const(wasm_body *c, const wasm_op *op)
{
  int64_t value;
  return wasm_read_signed(c->r, "constant", 64, &value) && wasm_push(c, VM_I64)
         && wasm_emit1(c, op->code, (uint64_t)value);
}

bool wasm_op_f32_const(wasm_body *c, const wasm_op *op)
{
  uint32_t bits;
  return wasm_read_f32(c->r, "constant", &bits) && wasm_push(c, VM_F32)
         && wasm_emit1(c, op->code, bits);
}

bool wasm_op_f64_const(wasm_body *c, const wasm_op *op)
{
  uint64_t bits;
  return wasm_read_f64(c->r, "constant", &bits) && wasm_push(c, VM_F64)
         && wasm_emit1(c, op->code, bits);
}
