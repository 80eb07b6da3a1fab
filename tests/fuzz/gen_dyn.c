/* gen_dyn.c - instructions of dynamic languages in random programs, and their slow paths.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "gen.h"

enum { SLOW1, SLOW2, SLOW_TEST }; /* (dyn) -> dyn, (dyn, dyn) -> dyn, (dyn, dyn) -> i32 */

void gen_dyn_declare(gen *g)
{
  static const vm_type dyn[2] = {VM_DYN, VM_DYN}, i32 = VM_I32;
  uint32_t type;
  for (uint32_t i = 0; i < 3; i++) {
    vm_builder_type_func(g->b, NULL, dyn, i == SLOW1 ? 1 : 2, i == SLOW_TEST ? &i32 : dyn, 1, &type);
    vm_builder_func(g->b, NULL, type, &g->slow[i]);
  }
}

/* Each allocates, so that whoever calls needs its references found. */
void gen_dyn_write(gen *g)
{
  for (uint32_t i = 0; i < 3; i++) {
    vm_fn *fn;
    uint32_t nil;
    vm_fn_begin(g->b, g->slow[i], &fn);
    vm_fn_label_new(fn, NULL, 0, NULL, &nil);
    vm_fn_i32_const(fn, 3);
    vm_fn_op1(fn, VMI_OP_ARRAY_NEW_DEFAULT, g->arrays[0].type);
    vm_fn_drop(fn);
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
}

static bool is_row(const vmi_op *op, const char *pushes)
{
  return (op->flags & F_SLOW) && strcmp(op->imms, "x") == 0 && strcmp(op->pushes, pushes) == 0;
}

bool gen_dyn_op(body *x, vm_type type, int depth)
{
  if (type != VM_DYN && type != VM_I32) return false;
  const char *pushes = type == VM_DYN ? "y" : "i";
  const vmi_op *op;
  do op = &vmi_isa_ops[fuzz_below(&x->g->rng, VMI_OP_COUNT)];
  while (!is_row(op, pushes));
  for (const char *p = op->pops; *p != '\0'; p++) gen_expr(x, VM_DYN, depth - 1);
  vm_fn_op1(x->fn, op->code, x->g->slow[type == VM_I32 ? SLOW_TEST : op->pops[1] ? SLOW2 : SLOW1]);
  return true;
}
