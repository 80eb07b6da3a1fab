/* frames.c - the blocks that are open, and their labels.
 *
 * SPDX-License-Identifier: MIT
 *
 * A label is made when the first branch to it is met: most blocks of C programs are branched to,
 * but those that are not need none.
 */
#include <string.h>

#include "body.h"

bool wasm_push_frame(wasm_body *c, wasm_frame_kind kind, wasm_block_type type)
{
  if (c->frames.count == WASM_MAX_BLOCKS) {
    return wasm_fail(c->r, VM_LIMIT, c->at, "expected at most %d nested blocks, found more",
                     WASM_MAX_BLOCKS);
  }
  wasm_frame frame = {.kind = kind, .type = type, .height = c->height, .entered = c->live,
                      .label = VM_NO_INDEX, .otherwise = VM_NO_INDEX, .trampoline = VM_NO_INDEX};
  c->floor = c->height;
  return wasm_append(c->m, &c->frames, &frame) && wasm_push_all(c, type.params, type.nparams);
}

bool wasm_check_results(wasm_body *c)
{
  wasm_frame *f = wasm_top(c);
  if (!wasm_pop_all(c, f->type.results, f->type.nresults)) return false;
  if (c->height == f->height) return true;
  return wasm_invalid(c->r, c->at, "type mismatch: expected the block's %u results alone, found %u "
                      "more values", (unsigned)f->type.nresults, (unsigned)(c->height - f->height));
}

void wasm_pop_frame(wasm_body *c)
{
  c->frames.count--;
  if (c->frames.count > 0) c->floor = wasm_top(c)->height;
}

/* A label whose stack is that below `height` and `types`. */
static bool make_label(wasm_body *c, uint32_t height, const vm_type *types, uint32_t count,
                       uint32_t *label)
{
  if (height + count > WASM_MAX_STACK) {
    return wasm_fail(c->r, VM_LIMIT, c->at, "expected an operand stack of at most %d values, found "
                     "more", WASM_MAX_STACK);
  }
  if (!wasm_work(c->m, height + count)) return false;
  memcpy(c->scratch, c->stack, height * sizeof *types);
  if (count > 0) memcpy(c->scratch + height, types, count * sizeof *types);
  vm_fn_label_new(c->fn, c->scratch, height + count, NULL, label);
  return true;
}

bool wasm_frame_label(wasm_body *c, wasm_frame *f, uint32_t *label)
{
  if (f->label == VM_NO_INDEX) {
    uint32_t count;
    const vm_type *types = wasm_label_types(f, &count);
    if (!make_label(c, f->height, types, count, &f->label)) return false;
  }
  *label = f->label;
  return true;
}

bool wasm_new_label(wasm_body *c, uint32_t *label)
{
  return make_label(c, c->height, NULL, 0, label);
}

void wasm_bind(wasm_body *c, uint32_t label)
{
  vm_fn_label_bind(c->fn, label);
  c->live = true;
}
