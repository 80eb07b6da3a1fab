/* gen_stmt.c - random statements: assignments, control flow, exceptions, bulk operations.
 *
 * SPDX-License-Identifier: MIT
 */
#include "gen.h"

static uint32_t below(body *x, uint32_t n) { return fuzz_below(&x->g->rng, n); }
static bool one_in(body *x, uint32_t n) { return fuzz_one_in(&x->g->rng, n); }

static bool is_ref(vm_type t) { return VM_TYPE_KIND(t) == VM_KIND_REF; }
static vm_type unpacked(vm_type t) { return t == VM_I8 || t == VM_I16 ? VM_I32 : t; }

/* ---- assignments ---- */

static void set_variable(body *x, int depth)
{
  gen *g = x->g;
  if (one_in(x, 3)) {
    const gen_global *v = &g->globals[below(x, (uint32_t)g->nglobals)];
    gen_expr(x, v->type, depth);
    vm_fn_global_set(x->fn, v->global);
    return;
  }
  const gen_local *l = &x->locals[below(x, (uint32_t)x->nlocals)];
  gen_expr(x, l->type, depth);
  if (one_in(x, 4)) {
    vm_fn_local_tee(x->fn, l->local);
    gen_to_i64(x, l->type);
    gen_mix(x);
  } else {
    vm_fn_local_set(x->fn, l->local);
  }
}

static void set_field(body *x, int depth)
{
  gen *g = x->g;
  const gen_struct *s = &g->structs[below(x, (uint32_t)g->nstructs)];
  for (uint32_t k = 0; k < s->nfields; k++) {
    if (!s->fields[k].mut || one_in(x, 3)) continue;
    uint32_t null = gen_label(x, NULL, 0);
    gen_expr(x, VM_REF_NULL(s->type), depth);
    if (!one_in(x, 10)) vm_fn_op1(x->fn, VMI_OP_BR_ON_NULL, null);
    gen_expr(x, unpacked(s->fields[k].type), depth - 1);
    vm_fn_struct_set(x->fn, s->type, k);
    vm_fn_label_bind(x->fn, null);
    return;
  }
}

static void set_element(body *x, int depth)
{
  const gen_array *a = &x->g->arrays[below(x, NARRAYS)];
  uint32_t local, skip = gen_label(x, NULL, 0);
  vm_fn_local(x->fn, VM_REF_NULL(a->type), NULL, &local);
  gen_expr(x, VM_REF_NULL(a->type), depth);
  vm_fn_local_tee(x->fn, local);
  vm_fn_op1(x->fn, VMI_OP_BR_ON_NULL, skip);
  vm_fn_array_len(x->fn);
  vm_fn_br_unless(x->fn, skip);
  vm_fn_local_get(x->fn, local);
  if (one_in(x, 12)) { /* one past the end */
    vm_fn_local_get(x->fn, local);
    vm_fn_array_len(x->fn);
  } else {
    gen_expr(x, VM_I32, depth - 1);
    vm_fn_local_get(x->fn, local);
    vm_fn_array_len(x->fn);
    vm_fn_op(x->fn, VMI_OP_I32_REM_U);
  }
  gen_expr(x, unpacked(a->element), depth - 1);
  vm_fn_array_set(x->fn, a->type);
  vm_fn_local_get(x->fn, local);
  gen_to_i64(x, VM_REF_NULL(a->type));
  gen_mix(x);
  vm_fn_label_bind(x->fn, skip);
}

static void store(body *x, int depth)
{
  static const struct { uint32_t op; vm_type type; } stores[] = {
    {VMI_OP_I32_STORE, VM_I32}, {VMI_OP_I64_STORE, VM_I64}, {VMI_OP_F32_STORE, VM_F32},
    {VMI_OP_F64_STORE, VM_F64}, {VMI_OP_I32_STORE8, VM_I32}, {VMI_OP_I32_STORE16, VM_I32},
    {VMI_OP_I64_STORE8, VM_I64}, {VMI_OP_I64_STORE16, VM_I64}, {VMI_OP_I64_STORE32, VM_I64}};
  uint32_t k = below(x, 9);
  gen_address(x, depth);
  gen_canonical(x, stores[k].type, depth - 1);
  vm_fn_store(x->fn, stores[k].op, x->g->memories[below(x, NMEMORIES)], one_in(x, 40) ? 0xFFFFFFF0u : below(x, 100));
}

/* ---- control ---- */

static void if_else(body *x, int depth)
{
  uint32_t other = gen_label(x, NULL, 0), done = gen_label(x, NULL, 0);
  gen_expr(x, VM_I32, depth);
  vm_fn_br_unless(x->fn, other);
  gen_block(x, depth - 1);
  if (vm_fn_reachable(x->fn)) vm_fn_br(x->fn, done);
  vm_fn_label_bind(x->fn, other);
  gen_block(x, depth - 1);
  vm_fn_label_bind(x->fn, done);
}

/* Sometimes entered in its middle, so that flow graphs are not all reducible. */
static void loop(body *x, int depth)
{
  uint32_t counter, head = gen_label(x, NULL, 0), end = gen_label(x, NULL, 0);
  uint32_t middle = gen_label(x, NULL, 0);
  vm_fn_local(x->fn, VM_I32, NULL, &counter);
  vm_fn_i32_const(x->fn, 1 + (int32_t)below(x, 6));
  vm_fn_local_set(x->fn, counter);
  if (one_in(x, 4)) {
    gen_expr(x, VM_I32, 2);
    vm_fn_br_if(x->fn, middle);
  }
  vm_fn_label_bind(x->fn, head);
  gen_block(x, depth - 1);
  vm_fn_label_bind(x->fn, middle);
  gen_block(x, depth - 2);
  gen_budget_test(x, false);
  vm_fn_br_unless(x->fn, end);
  vm_fn_local_get(x->fn, counter);
  vm_fn_i32_const(x->fn, 1);
  vm_fn_op(x->fn, VMI_OP_I32_SUB);
  vm_fn_local_tee(x->fn, counter);
  vm_fn_br_if(x->fn, head);
  vm_fn_label_bind(x->fn, end);
}

static void switch_over(body *x, int depth)
{
  uint32_t labels[8], count = below(x, 6), done = gen_label(x, NULL, 0);
  for (uint32_t i = 0; i <= count; i++) labels[i] = gen_label(x, NULL, 0);
  gen_expr(x, VM_I32, depth);
  if (one_in(x, 2)) {
    vm_fn_i32_const(x->fn, 7);
    vm_fn_op(x->fn, VMI_OP_I32_AND);
  }
  vm_fn_switch(x->fn, labels, count, labels[count]);
  for (uint32_t i = 0; i <= count; i++) {
    vm_fn_label_bind(x->fn, labels[i]);
    gen_block(x, depth - 2);
    if (!one_in(x, 3)) vm_fn_br(x->fn, done);
  }
  vm_fn_label_bind(x->fn, done);
}

/* Only where the stack is empty: a handler starts without one. */
static void try_catch(body *x, int depth)
{
  static const vm_type exn[] = {VM_REF(VM_HEAP_EXN)};
  if (vm_fn_depth(x->fn) != 0) return;
  uint32_t handler, range, done = gen_label(x, NULL, 0);
  vm_fn_label_new(x->fn, exn, 1, NULL, &handler);
  vm_fn_try_begin(x->fn, handler, &range);
  gen_block(x, depth - 1);
  vm_fn_op(x->fn, VMI_OP_NOP);
  vm_fn_try_end(x->fn, range);
  vm_fn_br(x->fn, done);
  vm_fn_label_bind(x->fn, handler);
  vm_fn_local_tee(x->fn, x->scratch_exn);
  vm_fn_op(x->fn, VMI_OP_EXN_CODE);
  gen_to_i64(x, VM_I32);
  gen_mix(x);
  vm_fn_local_get(x->fn, x->scratch_exn);
  vm_fn_op(x->fn, VMI_OP_EXN_PAYLOAD);
  gen_to_i64(x, VM_DYN);
  gen_mix(x);
  vm_fn_label_bind(x->fn, done);
}

static void throw_if(body *x, int depth)
{
  uint32_t skip = gen_label(x, NULL, 0);
  gen_expr(x, VM_I32, depth);
  vm_fn_i32_const(x->fn, 0x333);
  vm_fn_op(x->fn, VMI_OP_I32_AND);
  vm_fn_br_if(x->fn, skip);
  if (one_in(x, 4)) {
    vm_fn_local_get(x->fn, x->scratch_exn);
    vm_fn_op(x->fn, VMI_OP_RETHROW);
  } else if (one_in(x, 8)) {
    vm_fn_op(x->fn, VMI_OP_UNREACHABLE);
  } else {
    gen_expr(x, VM_DYN, depth - 1);
    vm_fn_throw(x->fn);
  }
  vm_fn_label_bind(x->fn, skip);
}

static void call(body *x, int depth)
{
  const gen_sig *s = &x->g->sigs[below(x, (uint32_t)x->g->nsigs)];
  gen_call(x, s, depth);
  for (uint32_t i = s->nresults; i-- > 0;) {
    if (one_in(x, 2)) {
      gen_to_i64(x, s->results[i]);
      gen_mix(x);
    } else {
      vm_fn_drop(x->fn);
    }
  }
}

/* An early return, which needs a stack that holds nothing else. */
static void leave_if(body *x, int depth)
{
  if (vm_fn_depth(x->fn) != 0 || x->sig == NULL) return;
  uint32_t skip = gen_label(x, NULL, 0);
  gen_expr(x, VM_I32, depth);
  vm_fn_i32_const(x->fn, 0x77);
  vm_fn_op(x->fn, VMI_OP_I32_AND);
  vm_fn_br_if(x->fn, skip);
  if (one_in(x, 2)) gen_tail_call(x, depth - 1);
  for (uint32_t i = 0; i < x->sig->nresults; i++) gen_expr(x, x->sig->results[i], 1);
  vm_fn_return(x->fn);
  vm_fn_label_bind(x->fn, skip);
}

/* ---- bulk operations ---- */

static void small(body *x, int32_t mask)
{
  gen_expr(x, VM_I32, 1);
  if (one_in(x, 100)) return;
  vm_fn_i32_const(x->fn, mask);
  vm_fn_op(x->fn, VMI_OP_I32_AND);
}

static void bulk_memory(body *x)
{
  gen *g = x->g;
  uint32_t memory = g->memories[below(x, NMEMORIES)];
  gen_address(x, 2);
  switch (below(x, 3)) {
  case 0:
    gen_expr(x, VM_I32, 2);
    small(x, 255);
    vm_fn_op1(x->fn, VMI_OP_MEMORY_FILL, memory);
    return;
  case 1:
    gen_address(x, 2);
    small(x, 255);
    vm_fn_op2(x->fn, VMI_OP_MEMORY_COPY, memory, g->memories[below(x, NMEMORIES)]);
    return;
  default:
    small(x, 31);
    small(x, 31);
    vm_fn_op2(x->fn, VMI_OP_MEMORY_INIT, memory,
              one_in(x, 20) ? g->dropped_data : g->data);
  }
}

static void bulk_table(body *x)
{
  static const vm_type any = VM_REF_NULL(VM_HEAP_ANY);
  gen *g = x->g;
  switch (below(x, 5)) {
  case 0:
    small(x, 7);
    gen_expr(x, any, 2);
    vm_fn_op1(x->fn, VMI_OP_TABLE_SET, g->any_table);
    return;
  case 1:
    small(x, 3);
    gen_expr(x, any, 2);
    small(x, 3);
    vm_fn_op1(x->fn, VMI_OP_TABLE_FILL, g->any_table);
    return;
  case 2:
    small(x, 3);
    small(x, 3);
    small(x, 3);
    vm_fn_op2(x->fn, VMI_OP_TABLE_COPY, g->any_table, one_in(x, 2) ? g->table : g->any_table);
    return;
  case 3:
    vm_fn_ref_null(x->fn, VM_REF_NULL(VM_HEAP_FUNC));
    vm_fn_i32_const(x->fn, (int32_t)below(x, 3));
    vm_fn_op1(x->fn, VMI_OP_TABLE_GROW, g->table);
    gen_to_i64(x, VM_I32);
    gen_mix(x);
    return;
  default:
    if (one_in(x, 20)) vm_fn_op1(x->fn, VMI_OP_ELEM_DROP, g->elem);
    small(x, 3);
    small(x, 1);
    small(x, 3);
    vm_fn_op2(x->fn, VMI_OP_TABLE_INIT, g->any_table, g->elem);
  }
}

static void bulk_array(body *x)
{
  gen *g = x->g;
  const gen_array *a = &g->arrays[below(x, NARRAYS)];
  vm_type element = unpacked(a->element), ref = VM_REF_NULL(a->type);
  bool number = !is_ref(element) && element != VM_DYN;
  uint32_t local;
  vm_fn_local(x->fn, ref, NULL, &local);
  gen_expr(x, ref, 3);
  vm_fn_local_tee(x->fn, local);
  small(x, 3);
  switch (below(x, number ? 3 : 2)) {
  case 0:
    gen_expr(x, element, 2);
    small(x, 3);
    vm_fn_op1(x->fn, VMI_OP_ARRAY_FILL, a->type);
    break;
  case 1:
    if (one_in(x, 2)) vm_fn_local_get(x->fn, local);
    else gen_expr(x, ref, 2);
    small(x, 3);
    small(x, 3);
    vm_fn_op2(x->fn, VMI_OP_ARRAY_COPY, a->type, a->type);
    break;
  default:
    small(x, 31);
    small(x, 3);
    vm_fn_op2(x->fn, VMI_OP_ARRAY_INIT_DATA, a->type, g->data);
  }
  vm_fn_local_get(x->fn, local);
  gen_to_i64(x, ref);
  gen_mix(x);
}

static void mix(body *x, int depth)
{
  vm_type t = gen_any_type(x->g);
  gen_expr(x, t, depth);
  if (one_in(x, 6)) {
    vm_fn_op(x->fn, VMI_OP_DUP);
    vm_fn_op(x->fn, VMI_OP_SWAP);
    vm_fn_drop(x->fn);
  }
  gen_to_i64(x, t);
  gen_mix(x);
}

static void statement(body *x, int depth)
{
  vm_fn_line(x->fn, 1 + below(x, 500));
  switch (below(x, 21)) {
  case 0: case 1: case 2: set_variable(x, depth); return;
  case 3: set_field(x, depth); return;
  case 4: set_element(x, depth); return;
  case 5: store(x, depth); return;
  case 6: if_else(x, depth); return;
  case 7: case 8: loop(x, depth); return;
  case 9: switch_over(x, depth); return;
  case 10: case 11: try_catch(x, depth); return;
  case 12: throw_if(x, depth); return;
  case 13: call(x, depth); return;
  case 14: leave_if(x, depth); return;
  case 15:
    if (one_in(x, 2)) bulk_memory(x);
    else bulk_table(x);
    return;
  case 16: bulk_array(x); return;
  case 17: case 18: gen_counted(x); return;
  case 19: gen_accesses(x); return;
  default: mix(x, depth); return;
  }
}

void gen_block(body *x, int depth)
{
  if (depth <= 0) return;
  for (uint32_t n = 1 + below(x, 4); n > 0 && x->size > 0; n--) {
    x->size--;
    statement(x, depth);
  }
}
