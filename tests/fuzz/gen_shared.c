/* gen_shared.c - functions that all of a random module's code calls.
 *
 * SPDX-License-Identifier: MIT
 *
 * In a module of many small programs, hashing an object, mixing and budget are calls, so that a
 * program is mostly its own code.
 */
#include "gen.h"

/* (dyn) -> i64: what a dyn holds, whatever that is. */
static void write_hash_dyn(gen *g)
{
  static const struct { uint32_t test, get, widen; } kinds[] = {
    {VMI_OP_DYN_IS_I32, VMI_OP_DYN_TO_I32, VMI_OP_I64_EXTEND_I32_S},
    {VMI_OP_DYN_IS_F64, VMI_OP_DYN_TO_F64, VMI_OP_I64_REINTERPRET_F64},
    {VMI_OP_DYN_IS_BOOL, VMI_OP_DYN_TO_BOOL, VMI_OP_I64_EXTEND_I32_U},
    {VMI_OP_DYN_IS_REF, VMI_OP_DYN_IS_NIL, VMI_OP_I64_EXTEND_I32_U},
  };
  vm_fn *fn;
  vm_fn_begin(g->b, g->hash_dyn, &fn);
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    uint32_t next;
    vm_fn_label_new(fn, NULL, 0, NULL, &next);
    vm_fn_local_get(fn, 0);
    vm_fn_op(fn, kinds[i].test);
    vm_fn_br_unless(fn, next);
    vm_fn_local_get(fn, 0);
    vm_fn_op(fn, kinds[i].get);
    vm_fn_op(fn, kinds[i].widen);
    vm_fn_i64_const(fn, (int64_t)(i + 1) << 40);
    vm_fn_op(fn, VMI_OP_I64_ADD);
    vm_fn_return(fn);
    vm_fn_label_bind(fn, next);
  }
  vm_fn_i64_const(fn, -1);
  vm_fn_return(fn);
  vm_fn_end(fn);
}

/* (ref null T) -> i64 */
static void write_hash(gen *g, const gen_shared *shared)
{
  body x = {.g = g};
  gen_begin_body(&x, shared->func);
  vm_fn_local_get(x.fn, 0);
  gen_to_i64_inline(&x, shared->param);
  vm_fn_return(x.fn);
  vm_fn_end(x.fn);
}

static void write_mix(gen *g)
{
  body x = {.g = g};
  gen_begin_body(&x, g->mix_func);
  vm_fn_local_get(x.fn, 0);
  gen_mix_inline(&x);
  vm_fn_return(x.fn);
  vm_fn_end(x.fn);
}

static void write_take(gen *g)
{
  body x = {.g = g};
  gen_begin_body(&x, g->take_func);
  gen_take_inline(&x);
  vm_fn_return(x.fn);
  vm_fn_end(x.fn);
}

/* A tail call of a host function: directly, by table, by reference. */
static void write_tail_host(gen *g, int how)
{
  uint32_t type = g->host_types[HOST_MIX];
  vm_fn *fn;
  vm_fn_begin(g->b, g->tail_host[how], &fn);
  for (uint32_t i = 0; i < 3; i++) vm_fn_local_get(fn, i);
  switch (how) {
  case 0: vm_fn_return_call(fn, g->hosts[HOST_MIX]); break;
  case 1:
    vm_fn_i32_const(fn, HOST_MIX);
    vm_fn_op2(fn, VMI_OP_RETURN_CALL_INDIRECT, g->host_table, type);
    break;
  default:
    vm_fn_ref_func(fn, g->hosts[HOST_MIX]);
    vm_fn_op1(fn, VMI_OP_RETURN_CALL_REF, type);
  }
  vm_fn_end(fn);
}

static void declare_hash(gen *g, uint32_t heap)
{
  static const vm_type i64 = VM_I64;
  gen_shared *shared = &g->hashes[g->nhashes++];
  uint32_t type;
  shared->param = VM_REF_NULL(heap);
  vm_builder_type_func(g->b, NULL, &shared->param, 1, &i64, 1, &type);
  vm_builder_func(g->b, NULL, type, &shared->func);
}

/* Calls every program in code that never runs. The compiler makes units of a function and what it
 * calls, and a few large units take a third of the time of many small ones. */
static void write_root(gen *g)
{
  body x = {.g = g};
  uint32_t done;
  gen_begin_body(&x, g->root_func);
  vm_fn_label_new(x.fn, NULL, 0, NULL, &done);
  vm_fn_i32_const(x.fn, 1);
  vm_fn_br_if(x.fn, done);
  for (int i = 0; i < g->nfuncs; i++) {
    const gen_sig *sig = &g->sigs[g->funcs[i].sig];
    if (g->funcs[i].env >= 0) continue;
    for (uint32_t k = 0; k < sig->nparams; k++) gen_default(&x, sig->params[k]);
    vm_fn_call(x.fn, g->funcs[i].func);
    for (uint32_t k = 0; k < sig->nresults; k++) vm_fn_drop(x.fn);
  }
  vm_fn_label_bind(x.fn, done);
  vm_fn_return(x.fn);
  vm_fn_end(x.fn);
}

void gen_shared_declare(gen *g)
{
  static const vm_type i32 = VM_I32, i64 = VM_I64, dyn = VM_DYN;
  uint32_t type;
  vm_builder_type_func(g->b, NULL, &dyn, 1, &i64, 1, &type);
  vm_builder_func(g->b, "hash_dyn", type, &g->hash_dyn);
  gen_dyn_declare(g);
  for (int i = 0; i < 3; i++) {
    vm_builder_func(g->b, NULL, g->host_types[HOST_MIX], &g->tail_host[i]);
  }
  if (!g->small) return;
  vm_builder_type_func(g->b, NULL, &i64, 1, NULL, 0, &type);
  vm_builder_func(g->b, "mix", type, &g->mix_func);
  vm_builder_type_func(g->b, NULL, NULL, 0, &i32, 1, &type);
  vm_builder_func(g->b, "take", type, &g->take_func);
  vm_builder_type_func(g->b, NULL, NULL, 0, NULL, 0, &type);
  vm_builder_func(g->b, "root", type, &g->root_func);
  for (int i = 0; i < g->nstructs; i++) declare_hash(g, g->structs[i].type);
  for (int i = 0; i < NARRAYS; i++) declare_hash(g, g->arrays[i].type);
}

void gen_shared_write(gen *g)
{
  write_hash_dyn(g);
  gen_dyn_write(g);
  for (int i = 0; i < 3; i++) write_tail_host(g, i);
  if (!g->small) return;
  write_mix(g);
  write_take(g);
  write_root(g);
  for (int i = 0; i < g->nhashes; i++) write_hash(g, &g->hashes[i]);
}
