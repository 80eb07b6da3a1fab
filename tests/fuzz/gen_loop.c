/* gen_loop.c - counted loops over arrays and memories, such as a compiler makes range checks ahead for,
 * and their near relations.
 *
 * SPDX-License-Identifier: MIT
 *
 * The counter runs from `start` to `limit` in steps, either way, compared in any way, tested at the top,
 * the bottom or between; mostly it ends after some 30 turns at most, sometimes after 1,100 or so, and it
 * likes the ends of the range of integers. Indices are the counter less where it starts, more or less
 * right for an array that is more or less long enough. A fuse ends the loop where the counter might not.
 */
#include "gen.h"

static uint32_t below(body *x, uint32_t n) { return fuzz_below(&x->g->rng, n); }
static bool one_in(body *x, uint32_t n) { return fuzz_one_in(&x->g->rng, n); }
static vm_type unpacked(vm_type t) { return t == VM_I8 || t == VM_I16 ? VM_I32 : t; }

typedef enum shape { TOP, BOTTOM, MIDDLE, SHAPES } shape;

typedef struct counted {
  body *x;
  shape shape;
  uint32_t turns;
  int32_t start, limit, step; /* as meant; `limit` may be an array's length instead */
  bool steps_by_local, limit_is_local, limit_is_length;
  uint32_t i, n, by, second, temp, array, fuse, sum;
  const gen_array *type;
  bool fused, has_second, subtracts, turns_seen;
  uint32_t out, next; /* labels: behind the loop, before the step of the bottom */
} counted;

static void get(const counted *c, uint32_t local) { vm_fn_local_get(c->x->fn, local); }
static void put(const counted *c, int32_t v) { vm_fn_i32_const(c->x->fn, v); }
static void op(const counted *c, uint32_t code) { vm_fn_op(c->x->fn, code); }

static int32_t wrap(int64_t v) { return (int32_t)(uint32_t)(uint64_t)v; }

/* ---- what the loop is to be ---- */

static uint32_t some_turns(body *x)
{
  static const uint32_t few[] = {0, 1, 2, 7, 8, 9, 10, 16}, many[] = {1022, 1023, 1024, 1025, 1040, 1100};
  if (one_in(x, 16)) return many[below(x, 6)];
  return one_in(x, 2) ? few[below(x, 8)] : below(x, 31);
}

static int32_t some_start(body *x)
{
  switch (below(x, 12)) {
  case 0: return INT32_MAX - (int32_t)below(x, 40);
  case 1: return INT32_MIN + (int32_t)below(x, 40);
  case 2: return -1 - (int32_t)below(x, 40);
  case 3: return 1 + (int32_t)below(x, 100);
  case 4: return (int32_t)fuzz_next(&x->g->rng);
  default: return 0;
  }
}

static int32_t some_step(body *x)
{
  static const int32_t steps[] = {1, 1, 1, 1, 1, 1, -1, -1, -1, 2, 3, -2, -3, 7, 1 << 20};
  return steps[below(x, sizeof steps / sizeof steps[0])];
}

static void plan(counted *c)
{
  body *x = c->x;
  c->shape = (shape)below(x, SHAPES);
  c->turns = some_turns(x);
  c->start = some_start(x);
  c->step = some_step(x);
  c->limit = wrap((int64_t)c->start + (int64_t)c->step * c->turns);
  if (one_in(x, 8)) c->limit = wrap((int64_t)c->limit + (int32_t)below(x, 5) - 2);
  if (one_in(x, 30)) c->limit = one_in(x, 2) ? INT32_MAX : INT32_MIN;
  c->steps_by_local = one_in(x, 6);
  c->limit_is_local = one_in(x, 2);
  c->limit_is_length = c->start == 0 && c->step > 0 && one_in(x, 3);
  c->subtracts = one_in(x, 3);
  c->has_second = one_in(x, 3);
  c->turns_seen = one_in(x, 3);
  c->type = &x->g->arrays[below(x, NARRAYS)];
}

/* ---- around the loop ---- */

static void new_locals(counted *c)
{
  uint32_t *numbers[] = {&c->i, &c->n, &c->by, &c->second, &c->temp};
  for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
    vm_fn_local(c->x->fn, VM_I32, NULL, numbers[k]);
  }
  vm_fn_local(c->x->fn, VM_I64, NULL, &c->fuse);
  vm_fn_local(c->x->fn, VM_I64, NULL, &c->sum);
  vm_fn_local(c->x->fn, VM_REF_NULL(c->type->type), NULL, &c->array);
}

static void set(const counted *c, uint32_t local, int32_t v)
{
  put(c, v);
  vm_fn_local_set(c->x->fn, local);
}

/* Mostly one of its own, about as long as the loop. */
static void make_array(const counted *c)
{
  body *x = c->x;
  uint32_t size = c->step < 0 ? 0u - (uint32_t)c->step : (uint32_t)c->step;
  uint32_t length = c->turns * (size < 8 ? size : 1) + below(x, 4);
  if (one_in(x, 5)) {
    gen_expr(x, VM_REF_NULL(c->type->type), 2);
  } else {
    if (one_in(x, 4)) length = length > 2 ? length - 2 : 0;
    put(c, (int32_t)length);
    vm_fn_array_new_default(x->fn, c->type->type);
  }
  vm_fn_local_set(x->fn, c->array);
}

static void set_up(counted *c)
{
  body *x = c->x;
  new_locals(c);
  make_array(c);
  set(c, c->i, c->start);
  set(c, c->by, c->subtracts ? wrap(-(int64_t)c->step) : c->step);
  set(c, c->second, (int32_t)below(x, 8) - 2);
  if (one_in(x, 12)) { /* not known to anybody, and rarely sensible */
    gen_expr(x, VM_I32, 1);
    vm_fn_local_set(x->fn, one_in(x, 2) ? c->by : c->second);
    c->fused = true;
  }
  set(c, c->n, c->limit);
  vm_fn_i64_const(x->fn, c->turns + 20);
  vm_fn_local_set(x->fn, c->fuse);
  vm_fn_i64_const(x->fn, 1);
  vm_fn_local_set(x->fn, c->sum);
}

static void finish(counted *c)
{
  get(c, c->sum);
  gen_mix(c->x);
  get(c, c->i);
  get(c, c->second);
  op(c, VMI_OP_I32_XOR);
  op(c, VMI_OP_I64_EXTEND_I32_S);
  gen_mix(c->x);
  get(c, c->array);
  gen_to_i64(c->x, VM_REF_NULL(c->type->type));
  gen_mix(c->x);
}

/* ---- the body ---- */

/* The counter less its lower end, so from 0 on, in one of many ways of saying so. */
static void push_position(counted *c)
{
  int32_t low = c->step > 0 ? c->start : wrap((int64_t)c->limit + 1);
  if (one_in(c->x, 6) && !c->limit_is_length) { /* downwards */
    if (c->step > 0) {
      get(c, c->n);
      get(c, c->i);
      op(c, VMI_OP_I32_SUB);
      put(c, 1);
      op(c, VMI_OP_I32_SUB);
      return;
    }
    put(c, c->start);
    get(c, c->i);
    op(c, VMI_OP_I32_SUB);
    return;
  }
  get(c, c->i);
  if (low == 0 && !one_in(c->x, 4)) return;
  bool adds = one_in(c->x, 2);
  put(c, adds ? wrap(-(int64_t)low) : low);
  op(c, adds ? VMI_OP_I32_ADD : VMI_OP_I32_SUB);
}

static void push_index(counted *c)
{
  body *x = c->x;
  uint32_t way = below(x, 12);
  if (way == 0 && c->has_second) {
    get(c, c->second);
    return;
  }
  if (way == 1) {
    get(c, c->temp);
    return;
  }
  if (way == 2 && !one_in(x, 4)) { /* never changes */
    get(c, c->n);
    put(c, 7);
    op(c, VMI_OP_I32_AND);
    return;
  }
  push_position(c);
  if (way == 3) {
    put(c, (int32_t)below(x, 3) - 1);
    op(c, one_in(x, 2) ? VMI_OP_I32_ADD : VMI_OP_I32_SUB);
  } else if (way == 4) {
    put(c, (int32_t)below(x, 4) - 1);
    op(c, one_in(x, 2) ? VMI_OP_I32_MUL : VMI_OP_I32_SHR_U);
  } else if (way == 5) {
    get(c, c->by);
    op(c, one_in(x, 3) ? VMI_OP_I32_ADD : VMI_OP_I32_MUL);
  } else if (way == 6) {
    put(c, 15);
    op(c, VMI_OP_I32_AND);
  }
}

static void add_to_sum(counted *c, vm_type t)
{
  gen_to_i64(c->x, t);
  get(c, c->sum);
  vm_fn_i64_const(c->x->fn, 31);
  op(c, VMI_OP_I64_MUL);
  op(c, VMI_OP_I64_ADD);
  vm_fn_local_set(c->x->fn, c->sum);
}

static void read_element(counted *c)
{
  vm_type t = unpacked(c->type->element);
  get(c, c->array);
  push_index(c);
  if (t == c->type->element) vm_fn_array_get(c->x->fn, c->type->type);
  else vm_fn_op1(c->x->fn, one_in(c->x, 2) ? VMI_OP_ARRAY_GET_S : VMI_OP_ARRAY_GET_U, c->type->type);
  add_to_sum(c, t);
}

/* In long loops nothing that calls, allocates or takes time. */
static void push_value(counted *c, vm_type t)
{
  if (t == VM_I32) get(c, c->i);
  else if (t == VM_I64) get(c, c->sum);
  else if (c->turns < 64) gen_canonical(c->x, t, 1);
  else gen_default(c->x, t);
}

static void write_element(counted *c)
{
  get(c, c->array);
  push_index(c);
  push_value(c, unpacked(c->type->element));
  vm_fn_array_set(c->x->fn, c->type->type);
}

/* At the start of a memory or at the end of its first page. */
static uint32_t push_address(counted *c, uint32_t size)
{
  push_index(c);
  if (one_in(c->x, 2)) {
    put(c, (int32_t)size);
    op(c, VMI_OP_I32_MUL);
  }
  if (!one_in(c->x, 5)) return below(c->x, 64);
  return 65536u - size * (c->turns < 64 ? c->turns : 64) + below(c->x, 3) - 1;
}

static void use_memory(counted *c)
{
  static const struct { uint32_t load, store, size; vm_type type; } ways[] = {
    {VMI_OP_I32_LOAD, VMI_OP_I32_STORE, 4, VM_I32}, {VMI_OP_I64_LOAD, VMI_OP_I64_STORE, 8, VM_I64},
    {VMI_OP_F32_LOAD, VMI_OP_F32_STORE, 4, VM_F32}, {VMI_OP_F64_LOAD, VMI_OP_F64_STORE, 8, VM_F64},
    {VMI_OP_I32_LOAD8_S, VMI_OP_I32_STORE8, 1, VM_I32}, {VMI_OP_I32_LOAD16_U, VMI_OP_I32_STORE16, 2, VM_I32},
    {VMI_OP_I64_LOAD32_S, VMI_OP_I64_STORE32, 4, VM_I64}};
  uint32_t way = below(c->x, 7), memory = c->x->g->memories[below(c->x, NMEMORIES)];
  uint32_t offset = push_address(c, ways[way].size);
  if (one_in(c->x, 2)) {
    vm_fn_load(c->x->fn, ways[way].load, memory, offset);
    add_to_sum(c, ways[way].type);
  } else {
    push_value(c, ways[way].type);
    vm_fn_store(c->x->fn, ways[way].store, memory, offset);
  }
}

static void set_temp(counted *c)
{
  push_index(c);
  vm_fn_local_set(c->x->fn, c->temp);
  if (one_in(c->x, 2)) read_element(c);
}

/* Over a part of the turn, out of the loop, or something else on the way. */
static void branch_away(counted *c)
{
  body *x = c->x;
  uint32_t skip = gen_label(x, NULL, 0);
  get(c, c->sum);
  op(c, VMI_OP_I32_WRAP_I64);
  put(c, one_in(x, 2) ? 1 : 0x35);
  op(c, VMI_OP_I32_AND);
  switch (below(x, 4)) {
  case 0: vm_fn_br_unless(x->fn, c->out); break;
  case 1: vm_fn_br_unless(x->fn, c->next); break;
  default:
    vm_fn_br_if(x->fn, skip);
    if (one_in(x, 2)) read_element(c);
    else write_element(c);
  }
  vm_fn_label_bind(x->fn, skip);
}

/* What makes the loop another than it seems. */
static void spoil(counted *c)
{
  body *x = c->x;
  uint32_t skip = gen_label(x, NULL, 0);
  bool always = one_in(x, 2);
  if (!always) {
    get(c, c->sum);
    op(c, VMI_OP_I32_WRAP_I64);
    put(c, 0x13);
    op(c, VMI_OP_I32_AND);
    vm_fn_br_if(x->fn, skip);
  }
  switch (below(x, 5)) {
  case 0:
    gen_expr(x, VM_REF_NULL(c->type->type), 1);
    vm_fn_local_set(x->fn, c->array);
    break;
  case 1:
    get(c, c->n);
    put(c, 1);
    op(c, VMI_OP_I32_SUB);
    vm_fn_local_set(x->fn, c->n);
    break;
  case 2:
    get(c, c->i);
    get(c, c->by);
    op(c, VMI_OP_I32_ADD);
    vm_fn_local_set(x->fn, c->i);
    break;
  case 3:
    put(c, 0);
    vm_fn_op1(x->fn, VMI_OP_MEMORY_GROW, x->g->memories[below(x, NMEMORIES)]);
    vm_fn_drop(x->fn);
    break;
  default:
    gen_block(x, 1);
  }
  vm_fn_label_bind(x->fn, skip);
}

static void count_turn(const counted *c) /* where everybody can see it, however the loop ends */
{
  uint32_t seen = c->x->g->globals[0].global;
  vm_fn_global_get(c->x->fn, seen);
  vm_fn_i64_const(c->x->fn, 1);
  op(c, VMI_OP_I64_ADD);
  vm_fn_global_set(c->x->fn, seen);
}

static void part(counted *c)
{
  for (uint32_t n = below(c->x, 4); n > 0; n--) {
    switch (below(c->x, 10)) {
    case 0: case 1: case 2: read_element(c); break;
    case 3: case 4: write_element(c); break;
    case 5: case 6: use_memory(c); break;
    case 7: set_temp(c); break;
    case 8: branch_away(c); break;
    default:
      if (c->turns < 64 && c->fused) spoil(c);
      else read_element(c);
    }
  }
}

/* ---- steps and guards ---- */

/* Leaves the new value on the stack if `tee`. */
static void step(counted *c, bool tee)
{
  bool first = !c->subtracts && one_in(c->x, 4); /* 1 + i */
  if (!first) get(c, c->i);
  if (c->steps_by_local) get(c, c->by);
  else put(c, c->subtracts ? wrap(-(int64_t)c->step) : c->step);
  if (first) get(c, c->i);
  op(c, c->subtracts ? VMI_OP_I32_SUB : VMI_OP_I32_ADD);
  if (tee) vm_fn_local_tee(c->x->fn, c->i);
  else vm_fn_local_set(c->x->fn, c->i);
}

static void step_second(counted *c)
{
  if (!c->has_second) return;
  get(c, c->second);
  if (one_in(c->x, 2)) get(c, c->by);
  else put(c, (int32_t)below(c->x, 7) - 3);
  op(c, one_in(c->x, 2) ? VMI_OP_I32_ADD : VMI_OP_I32_SUB);
  vm_fn_local_set(c->x->fn, c->second);
}

/* Comparisons by which a counter goes on, up or down; those behind go with the sides swapped. */
static const uint32_t upwards[] = {VMI_OP_I32_LT_S, VMI_OP_I32_LT_U, VMI_OP_I32_LE_S, VMI_OP_I32_LE_U},
                      downwards[] = {VMI_OP_I32_GT_S, VMI_OP_I32_GT_U, VMI_OP_I32_GE_S, VMI_OP_I32_GE_U};
static const uint32_t opposite_up[] = {VMI_OP_I32_GE_S, VMI_OP_I32_GE_U, VMI_OP_I32_GT_S, VMI_OP_I32_GT_U},
                      opposite_down[] = {VMI_OP_I32_LE_S, VMI_OP_I32_LE_U, VMI_OP_I32_LT_S, VMI_OP_I32_LT_U};

static void push_limit(const counted *c)
{
  if (c->limit_is_length) {
    get(c, c->array);
    vm_fn_array_len(c->x->fn);
  } else if (c->limit_is_local) {
    get(c, c->n);
  } else {
    put(c, c->limit);
  }
}

/* Branch to the label if the loop goes on, or (`go_on` false) if it does not. `on_stack`: the counter is. */
static void guard(counted *c, uint32_t label, bool go_on, bool on_stack)
{
  body *x = c->x;
  bool up = c->step > 0, unless = one_in(x, 2);
  uint32_t k = one_in(x, 3) ? below(x, 4) : 0;
  if (c->limit == 0 && !c->limit_is_length && one_in(x, 2)) { /* while (i) */
    if (!on_stack) get(c, c->i);
    if (go_on) vm_fn_br_if(x->fn, label);
    else vm_fn_br_unless(x->fn, label);
    return;
  }
  bool swap = !on_stack && one_in(x, 4), differ = one_in(x, 5), when = go_on != unless;
  if (swap) push_limit(c);
  if (!on_stack) get(c, c->i);
  if (!swap) push_limit(c);
  bool towards = swap ? !up : up;
  if (differ) op(c, when ? VMI_OP_I32_NE : VMI_OP_I32_EQ);
  else if (when) op(c, towards ? upwards[k] : downwards[k]);
  else op(c, towards ? opposite_up[k] : opposite_down[k]);
  if (unless) vm_fn_br_unless(x->fn, label);
  else vm_fn_br_if(x->fn, label);
}

static void burn(const counted *c)
{
  get(c, c->fuse);
  vm_fn_i64_const(c->x->fn, 1);
  op(c, VMI_OP_I64_SUB);
  vm_fn_local_tee(c->x->fn, c->fuse);
  op(c, VMI_OP_I64_EQZ);
  vm_fn_br_if(c->x->fn, c->out);
}

/* Does it end for sure? Signed, by constants, towards a limit that it cannot jump over. */
static bool tame(const counted *c)
{
  int64_t end = (int64_t)c->start + (int64_t)c->step * c->turns;
  return c->start == 0 && (c->step == 1 || c->step == -1) && !c->steps_by_local && !c->limit_is_length &&
         c->limit == end && c->turns > 0;
}

static void write_loop(counted *c)
{
  body *x = c->x;
  uint32_t head = gen_label(x, NULL, 0);
  bool early = c->shape != BOTTOM && one_in(x, 4), tee = c->shape == BOTTOM && one_in(x, 2);
  vm_fn_label_bind(x->fn, head);
  if (c->shape == TOP) guard(c, c->out, false, false);
  if (c->turns_seen) count_turn(c);
  if (early) step(c, false);
  part(c);
  if (c->shape == MIDDLE) guard(c, c->out, false, false);
  if (one_in(x, 2)) step_second(c);
  else c->has_second = false;
  part(c);
  vm_fn_label_bind(x->fn, c->next);
  if (c->fused) burn(c);
  if (!early) step(c, tee);
  if (c->shape == BOTTOM) guard(c, head, true, tee);
  else vm_fn_br(x->fn, head);
}

void gen_counted(body *x)
{
  counted loop = {.x = x}, *c = &loop;
  uint32_t skip = gen_label(x, NULL, 0);
  c->out = gen_label(x, NULL, 0);
  c->next = gen_label(x, NULL, 0);
  plan(c);
  c->fused = !tame(c) || one_in(x, 4);
  gen_budget_test(x, false);
  vm_fn_br_unless(x->fn, skip);
  if (c->turns > 64) { /* dear */
    vm_fn_global_get(x->fn, x->g->budget);
    put(c, 40);
    op(c, VMI_OP_I32_SUB);
    vm_fn_global_set(x->fn, x->g->budget);
  }
  set_up(c);
  write_loop(c);
  vm_fn_label_bind(x->fn, c->out);
  finish(c);
  vm_fn_label_bind(x->fn, skip);
}
