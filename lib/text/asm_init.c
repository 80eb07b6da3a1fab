/* asm_init.c - the assembler's initial values: constants, references, arithmetic.
 *
 * SPDX-License-Identifier: MIT
 */
#include "asm.h"

/* bits:0x...: any word, for values that have no other spelling. */
static bool init_bits(vmi_asm *a, vmi_init *init)
{
  vmi_asm_next(a);
  return vmi_asm_need(a, ':') && vmi_asm_number(a, VM_I64, &init->bits);
}

static bool init_ref(vmi_asm *a, vmi_init *init, vmi_init_kind kind)
{
  uint32_t index;
  init->kind = kind;
  bool func = kind == VMI_INIT_FUNC;
  if (!vmi_asm_ref(a, func ? VMI_SPACE_FUNC : VMI_SPACE_GLOBAL, 0,
                   func ? "a function" : "a global", &index)) {
    return false;
  }
  init->bits = index;
  return true;
}

static bool init_operation(vmi_asm *a, vm_type type, vmi_init *op)
{
  static const struct {
    const char *word;
    vmi_init_kind kind;
  } words[] = {{"add", VMI_INIT_ADD}, {"sub", VMI_INIT_SUB}, {"mul", VMI_INIT_MUL}};
  for (size_t i = 0; i < VMI_COUNT(words); i++) {
    if (!vmi_asm_take_word(a, words[i].word)) continue;
    *op = (vmi_init){words[i].kind, {0}};
    return true;
  }
  vmi_token at = a->tok;
  if (vmi_asm_is(a, '(') || !vmi_asm_init(a, type, op)) {
    return vmi_asm_expected(a, "a constant, global NAME, add, sub or mul");
  }
  if (op->kind == VMI_INIT_CONST || op->kind == VMI_INIT_GLOBAL) return true;
  return vmi_asm_fail(a, VM_SYNTAX, &at, "expected a constant, global NAME, add, sub or mul, found "
                      "a reference");
}

/* (1, global base, add): arithmetic in the order of a stack machine. */
static bool init_expr(vmi_asm *a, vm_type type, vmi_init *init)
{
  vmi_vec ops = {0};
  vmi_token at = a->tok;
  bool ok = true;
  do {
    vmi_init *op = vmi_asm_push(a, &ops, sizeof *op);
    ok = op != NULL && init_operation(a, type, op);
    if (ok && ops.count > VMI_MAX_INIT) {
      ok = vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected at most %d operations, found more",
                        VMI_MAX_INIT);
    }
  } while (ok && vmi_asm_take(a, ','));
  ok = ok && (vmi_asm_take(a, ')') || vmi_asm_expected(a, "',' or ')'"));
  if (ok && ops.count < 3) {
    ok = vmi_asm_fail(a, VM_SYNTAX, &at, "expected arithmetic with two values and an operation at "
                      "least, found less");
  }
  if (ok && a->pass == VMI_PASS_ITEMS) {
    vmi_init_expr *expr = vmi_arena_new(&a->m->arena, 1, sizeof *expr);
    if (expr != NULL) {
      expr->count = (uint32_t)ops.count;
      expr->ops = vmi_arena_copy(&a->m->arena, ops.data, ops.count, sizeof *expr->ops);
    }
    ok = (expr != NULL && expr->ops != NULL) || vmi_asm_no_memory(a);
    *init = (vmi_init){.kind = VMI_INIT_EXPR, .expr = expr};
  }
  vmi_vec_free(a->alloc, &ops);
  return ok;
}

bool vmi_asm_init(vmi_asm *a, vm_type type, vmi_init *init)
{
  *init = (vmi_init){VMI_INIT_CONST, {0}};
  if (vmi_asm_take(a, '(')) return init_expr(a, type, init);
  if (vmi_asm_take_word(a, "func")) return init_ref(a, init, VMI_INIT_FUNC);
  if (vmi_asm_take_word(a, "global")) return init_ref(a, init, VMI_INIT_GLOBAL);
  if (vmi_asm_is_word(a, "bits")) return init_bits(a, init);
  if (vmi_asm_take_word(a, "null")) {
    init->kind = VMI_INIT_NULL;
    return true;
  }
  if (type == VM_DYN) {
    return vmi_asm_take_word(a, "nil") || vmi_asm_expected(a, "nil, bits:0x... or global NAME");
  }
  if (vmi_type_is_ref(type)) {
    return vmi_asm_expected(a, "null, func NAME or global NAME");
  }
  if (!vmi_asm_number(a, type, &init->bits)) return false;
  if (type == VM_I32) init->bits &= UINT32_MAX; /* numbers come sign-extended */
  return true;
}
