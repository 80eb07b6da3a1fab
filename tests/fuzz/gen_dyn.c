/* gen_dyn.c - instructions of dynamic languages in random programs, and their slow paths.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "gen.h"

/* Slow paths: (dyn) -> dyn, (dyn, dyn) -> dyn, (dyn, dyn) -> i32, (dyn, dyn, dyn) -> (). The second serves
 * dyn.get and dyn.call of no argument, too, and, being a method, dyn.invoke of one. */
enum { SLOW1, SLOW2, SLOW_TEST, SLOW_SET, NAMES = 3 };

void gen_dyn_declare(gen *g)
{
  static const vm_type dyn[3] = {VM_DYN, VM_DYN, VM_DYN}, i32 = VM_I32;
  static const uint32_t params[] = {1, 2, 2, 3}, results[] = {1, 1, 1, 0};
  for (uint32_t i = 0; i < 4; i++) {
    vm_builder_type_func(g->b, NULL, dyn, params[i], i == SLOW_TEST ? &i32 : dyn, results[i],
                         &g->slow_types[i]);
    vm_builder_func(g->b, NULL, g->slow_types[i], &g->slow[i]);
  }
  uint32_t type;
  vm_builder_type_func(g->b, NULL, dyn, 3, dyn, 1, &type);
  vm_builder_func(g->b, NULL, type, &g->slow3);
  for (uint32_t i = 0; i < NAMES; i++) vm_builder_data(g->b, NULL, "abc", i + 1, &g->names[i]);
  vm_builder_global(g->b, NULL, VM_DYN, 1, vm_init_nil(), &g->object);
}

/* Each allocates, so that whoever calls needs its references found. */
static void write_slow(gen *g, uint32_t i)
{
  vm_fn *fn;
  uint32_t nil;
  vm_fn_begin(g->b, g->slow[i], &fn);
  vm_fn_i32_const(fn, 3);
  vm_fn_op1(fn, VMI_OP_ARRAY_NEW_DEFAULT, g->arrays[0].type);
  vm_fn_drop(fn);
  if (i == SLOW_SET) {
    vm_fn_return(fn);
    vm_fn_end(fn);
    return;
  }
  vm_fn_label_new(fn, NULL, 0, NULL, &nil);
  vm_fn_local_get(fn, 0);
  vm_fn_op(fn, VMI_OP_DYN_IS_NIL);
  vm_fn_br_if(fn, nil);
  vm_fn_local_get(fn, 0);
  if (i == SLOW_TEST) vm_fn_op(fn, VMI_OP_DYN_IS_REF);
  vm_fn_return(fn);
  vm_fn_label_bind(fn, nil);
  if (i == SLOW1) vm_fn_f64_const(fn, 0.5);
  if (i == SLOW1) vm_fn_op(fn, VMI_OP_DYN_FROM_F64);
  if (i != SLOW1) vm_fn_local_get(fn, 1);
  if (i == SLOW_TEST) vm_fn_op(fn, VMI_OP_DYN_IS_F64);
  vm_fn_return(fn);
  vm_fn_end(fn);
}

void gen_dyn_write(gen *g)
{
  vm_fn *fn;
  for (uint32_t i = 0; i < 4; i++) write_slow(g, i);
  vm_fn_begin(g->b, g->slow3, &fn);
  vm_fn_local_get(fn, 1);
  vm_fn_local_get(fn, 0);
  vm_fn_op1(fn, VMI_OP_RETURN_CALL, g->slow[SLOW2]);
  vm_fn_end(fn);
}

static uint32_t below(body *x, uint32_t n) { return fuzz_below(&x->g->rng, n); }

static uint32_t name_of(body *x) { return x->g->names[below(x, NAMES)]; }

/* ---- objects ---- */

/* The instance's object, a new one with it or another as prototype, or anything. */
static void push_object(body *x, int depth)
{
  gen *g = x->g;
  vm_type dyn = VM_DYN;
  uint32_t old;
  if (below(x, 6) == 0) {
    gen_expr(x, VM_DYN, depth - 1);
    return;
  }
  if (below(x, 2) == 0) { /* the global, made if there is none */
    old = gen_label(x, &dyn, 1);
    vm_fn_global_get(x->fn, g->object);
    vm_fn_global_get(x->fn, g->object);
    vm_fn_op(x->fn, VMI_OP_DYN_IS_OBJECT);
    vm_fn_br_if(x->fn, old);
    vm_fn_drop(x->fn);
    vm_fn_op(x->fn, VMI_OP_DYN_NIL);
    vm_fn_op(x->fn, VMI_OP_OBJECT_NEW);
    vm_fn_op(x->fn, VMI_OP_DUP);
    vm_fn_global_set(x->fn, g->object);
    vm_fn_label_bind(x->fn, old);
    return;
  }
  if (below(x, 2) == 0) push_object(x, depth - 1);
  else vm_fn_op(x->fn, VMI_OP_DYN_NIL);
  vm_fn_op(x->fn, VMI_OP_OBJECT_NEW);
}

static void change_object(body *x, int depth)
{
  gen *g = x->g;
  push_object(x, depth);
  switch (below(x, 4)) {
  case 0:
    vm_fn_op1(x->fn, VMI_OP_SYMBOL_CONST, name_of(x));
    vm_fn_ref_func(x->fn, g->slow[SLOW2]);
    vm_fn_op(x->fn, VMI_OP_DYN_FROM_REF);
    vm_fn_op(x->fn, VMI_OP_OBJECT_PUT);
    return;
  case 1:
    vm_fn_op1(x->fn, VMI_OP_SYMBOL_CONST, name_of(x));
    vm_fn_op(x->fn, VMI_OP_OBJECT_DELETE);
    vm_fn_drop(x->fn);
    return;
  default:
    gen_expr(x, VM_DYN, depth - 1);
    vm_fn_op2(x->fn, VMI_OP_DYN_SET, name_of(x), g->slow[SLOW_SET]);
  }
}

static void push_access(body *x, int depth)
{
  gen *g = x->g;
  if (below(x, 3) == 0) change_object(x, depth);
  switch (below(x, 4)) {
  case 0:
    push_object(x, depth);
    gen_expr(x, VM_DYN, depth - 1);
    vm_fn_op3(x->fn, VMI_OP_DYN_INVOKE, g->slow_types[SLOW2], name_of(x), g->slow3);
    return;
  case 1:
    push_object(x, depth);
    vm_fn_op2(x->fn, VMI_OP_DYN_GET, name_of(x), g->slow[SLOW2]);
    gen_expr(x, VM_DYN, depth - 1);
    gen_expr(x, VM_DYN, depth - 1);
    vm_fn_op2(x->fn, VMI_OP_DYN_CALL, g->slow_types[SLOW2], g->slow3);
    return;
  case 2:
    vm_fn_op1(x->fn, VMI_OP_SYMBOL_CONST, name_of(x));
    vm_fn_op1(x->fn, VMI_OP_SYMBOL_CONST, name_of(x));
    vm_fn_op(x->fn, VMI_OP_SYMBOL_CONCAT);
    return;
  default:
    push_object(x, depth);
    vm_fn_op2(x->fn, VMI_OP_DYN_GET, name_of(x), g->slow[SLOW2]);
  }
}

static bool is_row(const vmi_op *op, const char *pushes)
{
  return (op->flags & F_SLOW) && strcmp(op->imms, "x") == 0 && strcmp(op->pushes, pushes) == 0;
}

bool gen_dyn_op(body *x, vm_type type, int depth)
{
  if (type != VM_DYN && type != VM_I32) return false;
  if (type == VM_DYN && below(x, 2) == 0) {
    push_access(x, depth);
    return true;
  }
  const char *pushes = type == VM_DYN ? "y" : "i";
  const vmi_op *op;
  do op = &vmi_isa_ops[fuzz_below(&x->g->rng, VMI_OP_COUNT)];
  while (!is_row(op, pushes));
  for (const char *p = op->pops; *p != '\0'; p++) gen_expr(x, VM_DYN, depth - 1);
  vm_fn_op1(x->fn, op->code, x->g->slow[type == VM_I32 ? SLOW_TEST : op->pops[1] ? SLOW2 : SLOW1]);
  return true;
}
