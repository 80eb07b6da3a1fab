/* control.c - blocks and branches.
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

/* ---- blocks ---- */

/* 0x40: nothing; a value type: one result; else the index of a type. */
static bool read_block_type(wasm_body *c, wasm_block_type *type)
{
  static const vm_type singles[] = {VM_I32, VM_I64, VM_F32, VM_F64, WASM_FUNCREF, WASM_EXTERNREF};
  const uint8_t *at = c->r->at;
  int64_t code;
  vm_type result;
  *type = (wasm_block_type){0};
  if (!wasm_read_signed(c->r, "block type", 33, &code)) return false;
  if (code < 0) {
    bool short_form = c->r->at - at == 1;
    if (short_form && *at == 0x40) return true;
    if (!short_form || !wasm_value_type_of(*at, &result)) {
      return wasm_malformed(c->r, at, "block type: expected a value type, 0x40 or an index, found "
                            "0x%02x", *at);
    }
    type->nresults = 1;
    for (type->results = singles; *type->results != result; type->results++) continue;
    return true;
  }
  if (code >= c->m->types.count) {
    return wasm_invalid(c->r, at, "unknown type: expected an index below %u, found %lld",
                        (unsigned)c->m->types.count, (long long)code);
  }
  const wasm_functype *t = wasm_type(c->m, (uint32_t)code);
  *type = (wasm_block_type){t->params, t->results, t->nparams, t->nresults};
  return true;
}

bool wasm_op_block(wasm_body *c, const wasm_op *op)
{
  wasm_block_type type;
  return read_block_type(c, &type) && wasm_pop_all(c, type.params, type.nparams)
         && wasm_push_frame(c, WASM_BLOCK, type);
}

bool wasm_op_loop(wasm_body *c, const wasm_op *op)
{
  wasm_block_type type;
  uint32_t label;
  if (!read_block_type(c, &type) || !wasm_pop_all(c, type.params, type.nparams)
      || !wasm_push_frame(c, WASM_LOOP, type)) {
    return false;
  }
  if (!c->live) return true;
  if (!wasm_frame_label(c, wasm_top(c), &label)) return false;
  wasm_bind(c, label);
  return true;
}

bool wasm_op_if(wasm_body *c, const wasm_op *op)
{
  wasm_block_type type;
  uint32_t otherwise = VM_NO_INDEX;
  if (!read_block_type(c, &type) || !wasm_pop(c, VM_I32)) return false;
  if (!wasm_check_top(c, type.params, type.nparams)) return false;
  if (c->live && !wasm_new_label(c, &otherwise)) return false;
  wasm_emit1(c, VM_OP_BR_UNLESS, otherwise);
  if (!wasm_pop_all(c, type.params, type.nparams)) return false;
  if (!wasm_push_frame(c, WASM_IF, type)) return false;
  wasm_top(c)->otherwise = otherwise;
  return true;
}

bool wasm_op_else(wasm_body *c, const wasm_op *op)
{
  wasm_frame *f = wasm_top(c);
  uint32_t label;
  if (f->kind != WASM_IF) {
    return wasm_malformed(c->r, c->at, "expected an if that is open, found none");
  }
  if (!wasm_check_results(c)) return false;
  if (c->live && (!wasm_frame_label(c, f, &label) || !wasm_emit1(c, VM_OP_BR, label))) return false;
  f->kind = WASM_ELSE;
  f->unreachable = false;
  c->live = f->entered;
  if (c->live) wasm_bind(c, f->otherwise);
  return wasm_push_all(c, f->type.params, f->type.nparams);
}

/* An if without else: its parameters are its results. */
static bool end_if(wasm_body *c, wasm_frame *f)
{
  bool same = f->type.nparams == f->type.nresults;
  for (uint32_t i = 0; same && i < f->type.nparams; i++) {
    same = f->type.params[i] == f->type.results[i];
  }
  if (!same) {
    return wasm_invalid(c->r, c->at, "type mismatch: expected an if without else to have the same "
                        "parameters and results, found others");
  }
  if (f->entered) wasm_bind(c, f->otherwise);
  return true;
}

bool wasm_op_end(wasm_body *c, const wasm_op *op)
{
  wasm_frame *f = wasm_top(c);
  if (!wasm_check_results(c)) return false;
  if (f->kind == WASM_IF && !end_if(c, f)) return false;
  if (f->label != VM_NO_INDEX && f->kind != WASM_LOOP) wasm_bind(c, f->label);
  if (f->kind == WASM_BODY) wasm_emit(c, VM_OP_RETURN);
  wasm_block_type type = f->type;
  wasm_pop_frame(c);
  return wasm_push_all(c, type.results, type.nresults);
}

/* ---- branches ---- */

static bool read_depth(wasm_body *c, uint32_t *depth)
{
  return wasm_read_index(c->r, "label", c->frames.count, depth);
}

bool wasm_op_unreachable(wasm_body *c, const wasm_op *op)
{
  wasm_note_place(c);
  wasm_emit(c, op->code);
  wasm_set_unreachable(c);
  return true;
}

bool wasm_op_nop(wasm_body *c, const wasm_op *op)
{
  return true;
}

bool wasm_op_br(wasm_body *c, const wasm_op *op)
{
  uint32_t depth, count;
  if (!read_depth(c, &depth)) return false;
  wasm_frame *f = wasm_outer(c, depth);
  const vm_type *types = wasm_label_types(f, &count);
  if (!wasm_check_top(c, types, count)) return false;
  if (c->live && !wasm_unwind_to(c, f)) return false;
  wasm_set_unreachable(c);
  return true;
}

bool wasm_op_return(wasm_body *c, const wasm_op *op)
{
  wasm_frame *f = c->frames.items;
  if (!wasm_check_top(c, f->type.results, f->type.nresults)) return false;
  if (c->live && !wasm_unwind_to(c, f)) return false;
  wasm_set_unreachable(c);
  return true;
}

/* With values to drop, the branch is taken around them. */
static bool branch_if(wasm_body *c, wasm_frame *f)
{
  uint32_t label;
  if (!wasm_work(c->m, c->height)) return false;
  if (wasm_excess(c, f) == 0) {
    return wasm_frame_label(c, f, &label) && wasm_emit1(c, VM_OP_BR_IF, label);
  }
  if (!wasm_new_label(c, &label)) return false;
  wasm_emit1(c, VM_OP_BR_UNLESS, label);
  if (!wasm_unwind_to(c, f)) return false;
  wasm_bind(c, label);
  return true;
}

bool wasm_op_br_if(wasm_body *c, const wasm_op *op)
{
  uint32_t depth, count;
  if (!read_depth(c, &depth) || !wasm_pop(c, VM_I32)) return false;
  wasm_frame *f = wasm_outer(c, depth);
  const vm_type *types = wasm_label_types(f, &count);
  return wasm_check_top(c, types, count) && (!c->live || branch_if(c, f));
}

/* ---- br_table ---- */

/* Reads the depths, the default last, into `targets`. */
static bool read_targets(wasm_body *c)
{
  uint32_t count;
  c->targets.count = 0;
  if (!wasm_read_count(c->r, "labels", &count)) return false;
  uint32_t *targets = wasm_add(c->m, &c->targets, count + 1);
  if (targets == NULL) return false;
  for (uint32_t i = 0; i <= count; i++) {
    if (!read_depth(c, &targets[i])) return false;
  }
  return true;
}

/* All take as many operands as the default does, and the types are on the stack: in unreachable
 * code one operand may be of any type for all of them. */
static bool check_targets(wasm_body *c)
{
  const uint32_t *targets = c->targets.items;
  uint32_t last = c->targets.count - 1, arity, count;
  wasm_label_types(wasm_outer(c, targets[last]), &arity);
  for (uint32_t i = 0; i <= last; i++) {
    uint32_t height = c->height;
    const vm_type *types = wasm_label_types(wasm_outer(c, targets[i]), &count);
    if (count != arity) {
      return wasm_invalid(c->r, c->at, "type mismatch: expected labels that take %u operands, "
                          "found one that takes %u", (unsigned)arity, (unsigned)count);
    }
    if (!wasm_pop_all(c, types, count)) return false;
    c->height = height; /* popping leaves in the array what was there */
  }
  return true;
}

/* Where the switch goes for a target: its label, or a trampoline that drops values first. */
static bool switch_label(wasm_body *c, wasm_frame *f, uint32_t *label)
{
  if (wasm_excess(c, f) == 0) return wasm_frame_label(c, f, label);
  if (f->trampoline == VM_NO_INDEX && !wasm_new_label(c, &f->trampoline)) return false;
  *label = f->trampoline;
  return true;
}

static bool write_trampolines(wasm_body *c)
{
  if (!wasm_work(c->m, c->frames.count)) return false;
  for (uint32_t i = 0; i < c->frames.count; i++) {
    wasm_frame *f = (wasm_frame *)c->frames.items + i;
    if (f->trampoline == VM_NO_INDEX) continue;
    wasm_bind(c, f->trampoline);
    f->trampoline = VM_NO_INDEX;
    if (!wasm_unwind_to(c, f)) return false;
  }
  return true;
}

static bool emit_switch(wasm_body *c)
{
  uint32_t *targets = c->targets.items, count = c->targets.count;
  bool trampolines = false;
  if (!wasm_work(c->m, (uint64_t)count * c->height)) return false;
  for (uint32_t i = 0; i < count; i++) {
    wasm_frame *f = wasm_outer(c, targets[i]);
    if (!switch_label(c, f, &targets[i])) return false;
    trampolines |= f->trampoline != VM_NO_INDEX;
  }
  vm_fn_switch(c->fn, targets, count - 1, targets[count - 1]);
  return !trampolines || write_trampolines(c);
}

bool wasm_op_br_table(wasm_body *c, const wasm_op *op)
{
  if (!wasm_pop(c, VM_I32) || !read_targets(c) || !check_targets(c)) return false;
  if (c->live && !emit_switch(c)) return false;
  wasm_set_unreachable(c);
  return true;
}
