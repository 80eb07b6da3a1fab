/* gen_call.c - calls of every kind in random code. A call happens only while depth and budget last.
 *
 * SPDX-License-Identifier: MIT
 */
#include "gen.h"

static uint32_t below(body *x, uint32_t n) { return fuzz_below(&x->g->rng, n); }

static void arguments(body *x, const gen_sig *sig, int depth)
{
  vm_fn_local_get(x->fn, x->depth);
  vm_fn_i32_const(x->fn, 1);
  vm_fn_op(x->fn, VMI_OP_I32_SUB);
  for (uint32_t i = 1; i < sig->nparams; i++) gen_expr(x, sig->params[i], depth - 1);
}

/* A function of this signature, with an environment or without; NULL if there is none. */
static const gen_func *find_func(body *x, const gen_sig *sig, bool env)
{
  gen *g = x->g;
  uint32_t first = below(x, (uint32_t)g->nfuncs);
  for (int i = 0; i < g->nfuncs; i++) {
    const gen_func *f = &g->funcs[(first + (uint32_t)i) % (uint32_t)g->nfuncs];
    if (&g->sigs[f->sig] == sig && (f->env >= 0) == env) return f;
  }
  return NULL;
}

static void push_struct(body *x, int index, int depth)
{
  const gen_struct *s = &x->g->structs[index];
  for (uint32_t i = 0; i < s->nfields; i++) {
    vm_type t = s->fields[i].type;
    gen_expr(x, t == VM_I8 || t == VM_I16 ? VM_I32 : t, depth - 1);
  }
  vm_fn_struct_new(x->fn, s->type);
}

static void push_func_ref(body *x, const gen_sig *sig, int depth)
{
  const gen_func *closure = find_func(x, sig, true);
  if (closure != NULL && !fuzz_one_in(&x->g->rng, 3)) {
    push_struct(x, closure->env, depth > 1 ? 1 : depth);
    vm_fn_closure_new(x->fn, closure->func);
  } else if (fuzz_one_in(&x->g->rng, 30)) {
    vm_fn_ref_null(x->fn, VM_REF_NULL(sig->type));
  } else {
    vm_fn_ref_func(x->fn, find_func(x, sig, false)->func);
  }
}

/* Mostly an index of a function with this signature. */
static void push_index(body *x, const gen_sig *sig, int depth)
{
  gen *g = x->g;
  if (fuzz_one_in(&g->rng, 12)) {
    gen_expr(x, VM_I32, depth - 1);
    vm_fn_i32_const(x->fn, 15);
    vm_fn_op(x->fn, VMI_OP_I32_AND);
    return;
  }
  vm_fn_i32_const(x->fn, (int32_t)(find_func(x, sig, false) - g->funcs));
}

/* ---- imports ---- */

static void host_arguments(body *x, int which, int depth)
{
  const host_signature *h = &host_signatures[which];
  if (which == HOST_CALLBACK) {
    push_func_ref(x, &x->g->sigs[below(x, (uint32_t)x->g->nsigs)], depth - 1);
    vm_fn_local_get(x->fn, x->depth);
    vm_fn_i32_const(x->fn, (int32_t)below(x, 50));
    return;
  }
  for (uint32_t i = 0; i < h->nparams; i++) gen_expr(x, h->params[i], depth - 1);
}

/* Where the callee's type is a function type, any way of calling will do. */
static void call_any_way(body *x, uint32_t func, uint32_t index, uint32_t table, uint32_t type)
{
  switch (below(x, 3)) {
  case 0: vm_fn_call(x->fn, func); return;
  case 1:
    vm_fn_i32_const(x->fn, (int32_t)index);
    vm_fn_op2(x->fn, VMI_OP_CALL_INDIRECT, table, type);
    return;
  default:
    vm_fn_ref_func(x->fn, func);
    vm_fn_op1(x->fn, VMI_OP_CALL_REF, type);
  }
}

/* The guest that is called back uses budget too, but could be called back for ever without this. */
static bool callback(body *x, int depth)
{
  static const vm_type i64 = VM_I64;
  uint32_t skip = gen_label(x, NULL, 0), done = gen_label(x, &i64, 1);
  gen_budget_test(x, true);
  vm_fn_br_unless(x->fn, skip);
  host_arguments(x, HOST_CALLBACK, depth);
  vm_fn_call(x->fn, x->g->hosts[HOST_CALLBACK]);
  vm_fn_br(x->fn, done);
  vm_fn_label_bind(x->fn, skip);
  vm_fn_i64_const(x->fn, -9);
  vm_fn_label_bind(x->fn, done);
  return true;
}

bool gen_import_call(body *x, vm_type *result, int depth)
{
  gen *g = x->g;
  *result = VM_I64;
  int which = (int)below(x, HOST_COUNT + 3);
  if (which == HOST_CALLBACK && x->sig != NULL) return callback(x, depth);
  if (which < HOST_COUNT && which != HOST_CALLBACK) {
    host_arguments(x, which, depth);
    call_any_way(x, g->hosts[which], (uint32_t)which, g->host_table, g->host_types[which]);
    *result = host_signatures[which].results[0];
    return host_signatures[which].nresults > 0;
  }
  if (which == HOST_COUNT + 2) {
    host_arguments(x, HOST_MIX, depth);
    vm_fn_call(x->fn, g->tail_host[below(x, 3)]);
    return true;
  }
  bool fails = fuzz_one_in(&g->rng, 3);
  gen_expr(x, VM_I64, depth - 1);
  call_any_way(x, fails ? g->fail_if : g->twice, fails, g->env_table, g->env_type);
  return true;
}

/* ---- calls of the module's own functions ---- */

static void call(body *x, const gen_sig *sig, int depth, bool tail)
{
  arguments(x, sig, depth);
  switch (below(x, 3)) {
  case 0:
    vm_fn_op1(x->fn, tail ? VMI_OP_RETURN_CALL : VMI_OP_CALL, find_func(x, sig, false)->func);
    return;
  case 1:
    push_index(x, sig, depth);
    vm_fn_op2(x->fn, tail ? VMI_OP_RETURN_CALL_INDIRECT : VMI_OP_CALL_INDIRECT, x->g->table,
              sig->type);
    return;
  default:
    push_func_ref(x, sig, depth);
    vm_fn_op1(x->fn, tail ? VMI_OP_RETURN_CALL_REF : VMI_OP_CALL_REF, sig->type);
  }
}

void gen_call(body *x, const gen_sig *sig, int depth)
{
  uint32_t skip = gen_label(x, NULL, 0), done = gen_label(x, sig->results, sig->nresults);
  gen_budget_test(x, true);
  vm_fn_br_unless(x->fn, skip);
  call(x, sig, depth, false);
  vm_fn_br(x->fn, done);
  vm_fn_label_bind(x->fn, skip);
  for (uint32_t i = 0; i < sig->nresults; i++) gen_default(x, sig->results[i]);
  vm_fn_label_bind(x->fn, done);
}

void gen_tail_call(body *x, int depth)
{
  uint32_t skip = gen_label(x, NULL, 0);
  gen_budget_test(x, true);
  vm_fn_br_unless(x->fn, skip);
  call(x, x->sig, depth, true);
  vm_fn_label_bind(x->fn, skip);
}
