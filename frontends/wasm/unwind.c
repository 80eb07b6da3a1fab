/* unwind.c - branches that leave operands behind.
 *
 * SPDX-License-Identifier: MIT
 *
 *   stack at the branch   [ below the frame | excess | taken along ]
 *   stack at the label    [ below the frame | taken along ]
 *
 * What is taken along is parked in locals, the excess dropped, and the rest fetched again. Compiled
 * code has neither: these are moves between virtual registers. The locals are shared by all
 * branches of the function, one for each type and place.
 */
#include <string.h>

#include "body.h"

/* Types by number: the kinds of numbers, then the two references. */
static unsigned type_number(vm_type type)
{
  return type == WASM_FUNCREF ? 4 : type == WASM_EXTERNREF ? 5 : VM_TYPE_KIND(type);
}

void wasm_forget_parking(wasm_body *c)
{
  memset(c->parking, 0xFF, c->parked * sizeof *c->parking);
  c->parked = 0;
}

/* The local that keeps the value of type `type` at place `place`. A function has at most 255
 * results, so there are as many places. */
static uint32_t parking_local(wasm_body *c, uint32_t place, vm_type type)
{
  uint32_t *local = &c->parking[place][type_number(type)];
  if (*local == VM_NO_INDEX) vm_fn_local(c->fn, type, NULL, local);
  if (c->parked <= place) c->parked = place + 1;
  return *local;
}

uint32_t wasm_excess(const wasm_body *c, const wasm_frame *f)
{
  uint32_t count;
  wasm_label_types(f, &count);
  return c->height - f->height - count;
}

bool wasm_unwind_to(wasm_body *c, wasm_frame *f)
{
  uint32_t count, excess = wasm_excess(c, f), label;
  const vm_type *types = wasm_label_types(f, &count);
  if (excess > 0) {
    if (!wasm_work(c->m, (uint64_t)excess + 2 * count)) return false;
    for (uint32_t i = count; i > 0; i--) {
      vm_fn_local_set(c->fn, parking_local(c, i - 1, types[i - 1]));
    }
    for (uint32_t i = 0; i < excess; i++) vm_fn_drop(c->fn);
    for (uint32_t i = 0; i < count; i++) {
      vm_fn_local_get(c->fn, parking_local(c, i, types[i]));
    }
  }
  if (f->kind == WASM_BODY) return wasm_emit(c, VM_OP_RETURN);
  return wasm_frame_label(c, f, &label) && wasm_work(c->m, c->height)
         && wasm_emit1(c, VM_OP_BR, label);
}
