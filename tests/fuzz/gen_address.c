/* gen_address.c - runs of loads and stores at neighbouring addresses, as a compiler lays out accesses to
 * structures: whoever leaves checks out that others imply must not leave out one too many.
 *
 * SPDX-License-Identifier: MIT
 *
 * Every access has a line of its own, so that the backtrace tells which one trapped.
 */
#include "gen.h"

typedef struct run {
  body *x;
  uint32_t locals[3]; /* addresses */
  uint32_t sum, line, memory;
} run;

static uint32_t below(run *r, uint32_t n) { return fuzz_below(&r->x->g->rng, n); }
static bool one_in(run *r, uint32_t n) { return below(r, n) == 0; }
static void op(run *r, uint32_t code) { vm_fn_op(r->x->fn, code); }
static uint32_t some(run *r) { return r->locals[below(r, 3)]; }
static int32_t step(run *r) { return (int32_t)below(r, 41) - (one_in(r, 3) ? 20 : 0); }

/* Mostly harmless; or before or behind the end of what may be there, or around the end of all addresses. */
static void set_base(run *r, uint32_t local)
{
  vm_fn *fn = r->x->fn;
  int32_t near = 60 - (int32_t)below(r, 200);
  switch (below(r, 8)) {
  case 0: vm_fn_i32_const(fn, 65536 + near); break;
  case 1: vm_fn_i32_const(fn, near); break;
  case 2:
    vm_fn_op1(fn, VMI_OP_MEMORY_SIZE, r->memory);
    vm_fn_i32_const(fn, 16);
    op(r, VMI_OP_I32_SHL);
    vm_fn_i32_const(fn, near);
    op(r, VMI_OP_I32_ADD);
    break;
  case 3: vm_fn_i32_const(fn, (int32_t)(0x80000000u + (uint32_t)near)); break;
  default: vm_fn_i32_const(fn, 100 + (int32_t)below(r, 4000));
  }
  vm_fn_local_set(fn, local);
}

/* Push a local's value, or that and something. */
static void push_address(run *r)
{
  vm_fn *fn = r->x->fn;
  vm_fn_local_get(fn, some(r));
  if (one_in(r, 2)) {
    vm_fn_i32_const(fn, step(r));
    op(r, one_in(r, 3) ? VMI_OP_I32_SUB : VMI_OP_I32_ADD);
  }
  if (one_in(r, 3)) vm_fn_local_tee(fn, some(r));
}

static uint32_t offset(run *r)
{
  if (one_in(r, 40)) return below(r, 2) ? 65500 + below(r, 60) : 0xFFFFFFF0u + below(r, 16);
  return below(r, 40);
}

static void access_memory(run *r)
{
  static const struct { uint32_t load, store; bool wide; } ways[] = {
    {VMI_OP_I32_LOAD, VMI_OP_I32_STORE, false}, {VMI_OP_I64_LOAD, VMI_OP_I64_STORE, true},
    {VMI_OP_I32_LOAD8_U, VMI_OP_I32_STORE8, false}, {VMI_OP_I32_LOAD16_S, VMI_OP_I32_STORE16, false},
    {VMI_OP_I64_LOAD32_U, VMI_OP_I64_STORE32, true}};
  vm_fn *fn = r->x->fn;
  uint32_t way = below(r, 5);
  vm_fn_line(fn, ++r->line);
  push_address(r);
  if (one_in(r, 2)) {
    if (ways[way].wide) vm_fn_i64_const(fn, (int64_t)(r->line * 0x0102030405060708ull));
    else vm_fn_i32_const(fn, (int32_t)(r->line * 0x01020304u));
    vm_fn_store(fn, ways[way].store, r->memory, offset(r));
    return;
  }
  vm_fn_load(fn, ways[way].load, r->memory, offset(r));
  if (!ways[way].wide) op(r, VMI_OP_I64_EXTEND_I32_U);
  vm_fn_local_get(fn, r->sum);
  op(r, VMI_OP_I64_ADD);
  vm_fn_local_set(fn, r->sum);
}

static void push_condition(run *r)
{
  vm_fn_local_get(r->x->fn, r->sum);
  op(r, VMI_OP_I32_WRAP_I64);
  vm_fn_i32_const(r->x->fn, 1 << below(r, 4));
  op(r, VMI_OP_I32_AND);
}

static void steps(run *r, uint32_t n, int depth);

/* What holds on one way to a label need not hold on the other, nor in the next turn. */
static void branch(run *r, int depth)
{
  vm_fn *fn = r->x->fn;
  uint32_t label = gen_label(r->x, NULL, 0);
  if (one_in(r, 2)) {
    push_condition(r);
    vm_fn_br_if(fn, label);
    steps(r, 1 + below(r, 3), depth - 1);
    vm_fn_label_bind(fn, label);
    return;
  }
  uint32_t count;
  vm_fn_local(fn, VM_I32, NULL, &count);
  vm_fn_i32_const(fn, 1 + (int32_t)below(r, 20));
  vm_fn_local_set(fn, count);
  vm_fn_label_bind(fn, label);
  steps(r, 1 + below(r, 4), depth - 1);
  vm_fn_local_get(fn, count);
  vm_fn_i32_const(fn, -1);
  op(r, VMI_OP_I32_ADD);
  vm_fn_local_tee(fn, count);
  vm_fn_br_if(fn, label);
}

static void other_step(run *r, int depth)
{
  vm_fn *fn = r->x->fn;
  switch (below(r, 5)) {
  case 0: set_base(r, some(r)); return;
  case 1:
    if (!one_in(r, 4)) return;
    vm_fn_i32_const(fn, (int32_t)below(r, 2));
    vm_fn_op1(fn, VMI_OP_MEMORY_GROW, r->memory);
    vm_fn_drop(fn);
    return;
  case 2:
    if (depth > 0) branch(r, depth);
    return;
  default:
    push_address(r);
    vm_fn_local_set(fn, some(r));
  }
}

static void steps(run *r, uint32_t n, int depth)
{
  for (; n > 0; n--) {
    if (one_in(r, 4)) other_step(r, depth);
    else access_memory(r);
  }
}

void gen_accesses(body *x)
{
  run r = {.x = x, .line = 1000, .memory = x->g->memories[fuzz_below(&x->g->rng, NMEMORIES)]};
  for (int i = 0; i < 3; i++) {
    vm_fn_local(x->fn, VM_I32, NULL, &r.locals[i]);
    set_base(&r, r.locals[i]);
  }
  vm_fn_local(x->fn, VM_I64, NULL, &r.sum);
  steps(&r, 3 + below(&r, 12), 2);
  vm_fn_local_get(x->fn, r.sum);
  gen_mix(x);
}
