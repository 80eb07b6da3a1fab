/* stack.c - the operand stack of validation.
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

bool wasm_push_slow(wasm_body *c, vm_type type)
{
  return wasm_fail(c->r, VM_LIMIT, c->at, "expected an operand stack of at most %d values, found "
                   "more", WASM_MAX_STACK);
}

bool wasm_push_all(wasm_body *c, const vm_type *types, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++) {
    if (!wasm_push(c, types[i])) return false;
  }
  return true;
}

static bool mismatch(wasm_body *c, vm_type expected, const char *found)
{
  return wasm_invalid(c->r, c->at, "type mismatch: expected %s, found %s",
                      wasm_type_text(expected), found);
}

/* In unreachable code the frame's bottom gives operands of any type without end. */
bool wasm_pop_any(wasm_body *c, vm_type *type)
{
  *type = WASM_ANY;
  if (c->height > c->floor) {
    *type = c->stack[--c->height];
    return true;
  }
  return wasm_top(c)->unreachable || mismatch(c, WASM_ANY, "an empty operand stack");
}

bool wasm_pop_slow(wasm_body *c, vm_type type)
{
  vm_type found = WASM_ANY;
  if (c->height == c->floor && !wasm_top(c)->unreachable) {
    return mismatch(c, type, "an empty operand stack");
  }
  if (!wasm_pop_any(c, &found)) return false;
  return found == type || found == WASM_ANY || mismatch(c, type, wasm_type_text(found));
}

bool wasm_pop_all(wasm_body *c, const vm_type *types, uint32_t count)
{
  for (uint32_t i = count; i > 0; i--) {
    if (!wasm_pop(c, types[i - 1])) return false;
  }
  return true;
}

bool wasm_check_top(wasm_body *c, const vm_type *types, uint32_t count)
{
  return wasm_pop_all(c, types, count) && wasm_push_all(c, types, count);
}

void wasm_set_unreachable(wasm_body *c)
{
  c->height = c->floor;
  wasm_top(c)->unreachable = true;
  c->live = false;
}
