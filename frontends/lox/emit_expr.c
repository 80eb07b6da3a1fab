/* emit_expr.c - expressions: each pushes one dyn; and conditions, which jump.
 *
 * SPDX-License-Identifier: MIT
 */
#include "emit.h"

/* A label whose operand stack is the present one. */
static uint32_t label_here(lox_body *b)
{
  uint32_t label;
  vm_fn_label_here(b->fn, NULL, 0, NULL, &label);
  return label;
}

/* ---- variables ---- */

static void push_cell(lox_body *b, uint32_t upvalue)
{
  vm_fn_local_get(b->fn, b->env);
  vm_fn_struct_get(b->fn, b->env_type, upvalue);
}

void lox_learn(lox_body *b, lox_global *g)
{
  if (g->known == b) return;
  lox_known *k = lox_arena_new(b->e->arena, sizeof *k);
  if (b->e->arena->failed) return; /* it may be anybody's */
  *k = (lox_known){b->known, g, g->known};
  b->known = k;
  g->known = b;
}

void lox_forget(lox_body *b, const lox_known *mark)
{
  for (; b->known != mark; b->known = b->known->next) b->known->global->known = b->known->before;
}

/* Throws unless the global has been defined: an integer word means that it has not. */
static void check_defined(lox_body *b, lox_global *g)
{
  if (g->known == b) return;
  uint32_t defined = label_here(b);
  vm_fn_global_get(b->fn, g->index);
  vm_fn_op(b->fn, VM_OP_DYN_IS_I32);
  vm_fn_br_unless(b->fn, defined);
  lox_push_name(b, g->name);
  lox_call_runtime(b, LOX_RT_undefined_variable);
  vm_fn_op(b->fn, VM_OP_UNREACHABLE);
  vm_fn_label_bind(b->fn, defined);
  lox_learn(b, g);
}

void lox_emit_load(lox_body *b, lox_place place)
{
  switch (place.kind) {
  case LOX_PLACE_LOCAL:
    vm_fn_local_get(b->fn, place.of.var->local);
    if (place.of.var->captured) vm_fn_struct_get(b->fn, b->e->cell_type, 0);
    break;
  case LOX_PLACE_UPVALUE:
    push_cell(b, place.of.upvalue);
    vm_fn_struct_get(b->fn, b->e->cell_type, 0);
    break;
  case LOX_PLACE_GLOBAL:
    check_defined(b, place.of.global);
    vm_fn_global_get(b->fn, place.of.global->index);
    break;
  }
}

/* A cell must lie below the value that goes into it. */
static void store_in_cell(lox_body *b)
{
  vm_fn_local_get(b->fn, b->scratch);
  vm_fn_struct_set(b->fn, b->e->cell_type, 0);
}

void lox_emit_store(lox_body *b, lox_place place)
{
  if (place.kind == LOX_PLACE_GLOBAL) {
    check_defined(b, place.of.global);
    vm_fn_global_set(b->fn, place.of.global->index);
  } else if (place.kind == LOX_PLACE_LOCAL && !place.of.var->captured) {
    vm_fn_local_set(b->fn, place.of.var->local);
  } else {
    vm_fn_local_set(b->fn, b->scratch);
    if (place.kind == LOX_PLACE_LOCAL) {
      vm_fn_local_get(b->fn, place.of.var->local);
    } else {
      push_cell(b, place.of.upvalue);
    }
    store_in_cell(b);
  }
}

/* ---- operators ---- */

/* One row an operator: the instruction, and the runtime's function for other operands. */
typedef struct operation {
  uint32_t opcode;
  lox_runtime_func slow;
  bool compares; /* gives an i32, */
  bool negated;  /* which is to be turned round */
} operation;

static operation operation_of(lox_token_kind op)
{
  switch (op) {
  case LOX_PLUS: return (operation){VM_OP_DYN_ADD, LOX_RT_add, false, false};
  case LOX_MINUS: return (operation){VM_OP_DYN_SUB, LOX_RT_arithmetic, false, false};
  case LOX_STAR: return (operation){VM_OP_DYN_MUL, LOX_RT_arithmetic, false, false};
  case LOX_SLASH: return (operation){VM_OP_DYN_DIV, LOX_RT_arithmetic, false, false};
  case LOX_LESS: return (operation){VM_OP_DYN_LT, LOX_RT_compare, true, false};
  case LOX_LESS_EQUAL: return (operation){VM_OP_DYN_LE, LOX_RT_compare, true, false};
  case LOX_GREATER: return (operation){VM_OP_DYN_GT, LOX_RT_compare, true, false};
  case LOX_GREATER_EQUAL: return (operation){VM_OP_DYN_GE, LOX_RT_compare, true, false};
  case LOX_EQUAL_EQUAL: return (operation){VM_OP_DYN_EQ, LOX_RT_equal, true, false};
  default: return (operation){VM_OP_DYN_EQ, LOX_RT_equal, true, true};
  }
}

/* Of these no two values are equal that are not one word: strings are symbols. */
static bool is_word(const lox_expr *e)
{
  return e->kind == LOX_EXPR_STRING || e->kind == LOX_EXPR_NIL || e->kind == LOX_EXPR_BOOL;
}

/* The instruction alone: for a comparison it pushes an i32, which is 1 where this returns true for a
 * true comparison. */
static bool emit_test(lox_body *b, const lox_expr *e)
{
  operation o = operation_of(e->op);
  vm_fn_line(b->fn, e->line);
  if (o.opcode == VM_OP_DYN_EQ && (is_word(e->a) || is_word(e->b))) {
    vm_fn_op(b->fn, VM_OP_DYN_SAME);
  } else {
    vm_fn_op1(b->fn, o.opcode, b->e->rt[o.slow]);
  }
  return !o.negated;
}

static void emit_operation(lox_body *b, const lox_expr *e)
{
  bool straight = emit_test(b, e);
  if (!operation_of(e->op).compares) return;
  if (!straight) vm_fn_op(b->fn, VM_OP_I32_EQZ);
  vm_fn_op(b->fn, VM_OP_DYN_FROM_BOOL);
}

/* Pops a dyn, pushes 1 if it is nil or false, else 0. */
static void emit_is_false(lox_body *b)
{
  vm_fn_local_tee(b->fn, b->scratch);
  vm_fn_op(b->fn, VM_OP_DYN_IS_NIL);
  vm_fn_local_get(b->fn, b->scratch);
  vm_fn_i32_const(b->fn, 0);
  vm_fn_op(b->fn, VM_OP_DYN_FROM_BOOL);
  vm_fn_op(b->fn, VM_OP_DYN_SAME);
  vm_fn_op(b->fn, VM_OP_I32_OR);
}

static void emit_unary(lox_body *b, const lox_expr *e)
{
  vm_fn_line(b->fn, e->line);
  if (e->op == LOX_MINUS) {
    vm_fn_op1(b->fn, VM_OP_DYN_NEG, b->e->rt[LOX_RT_negate]);
  } else {
    emit_is_false(b);
    vm_fn_op(b->fn, VM_OP_DYN_FROM_BOOL);
  }
}

/* The left value stays if it decides. */
static void emit_logical(lox_body *b, const lox_expr *e)
{
  lox_emit_expr(b, e->a);
  uint32_t end = label_here(b);
  vm_fn_op(b->fn, VM_OP_DUP);
  emit_is_false(b);
  if (e->op == LOX_AND) {
    vm_fn_br_if(b->fn, end);
  } else {
    vm_fn_br_unless(b->fn, end);
  }
  vm_fn_drop(b->fn);
  const lox_known *mark = b->known;
  lox_emit_expr(b, e->b);
  lox_forget(b, mark);
  vm_fn_label_bind(b->fn, end);
}

/* ---- properties and calls ---- */

static void emit_args(lox_body *b, lox_expr *args)
{
  for (; args; args = args->next) lox_emit_expr(b, args);
}

static void emit_call(lox_body *b, const lox_expr *e)
{
  lox_emit_expr(b, e->a);
  emit_args(b, e->args);
  vm_fn_line(b->fn, e->line);
  vm_fn_op2(b->fn, VM_OP_DYN_CALL, lox_emit_func_type(b->e, e->nargs),
            lox_emit_call_slow(b->e, e->nargs));
}

static void emit_get(lox_body *b, const lox_expr *e)
{
  lox_emit_expr(b, e->a);
  vm_fn_line(b->fn, e->line);
  vm_fn_op2(b->fn, VM_OP_DYN_GET, lox_emit_name(b->e, e->text), b->e->rt[LOX_RT_get]);
}

static void emit_set(lox_body *b, const lox_expr *e)
{
  lox_emit_expr(b, e->a);
  lox_emit_expr(b, e->b);
  vm_fn_local_tee(b->fn, b->scratch);
  vm_fn_line(b->fn, e->line);
  vm_fn_op2(b->fn, VM_OP_DYN_SET, lox_emit_name(b->e, e->text), b->e->rt[LOX_RT_set]);
  vm_fn_local_get(b->fn, b->scratch);
}

static void emit_invoke(lox_body *b, const lox_expr *e)
{
  lox_emit_expr(b, e->a);
  emit_args(b, e->args);
  vm_fn_line(b->fn, e->line);
  vm_fn_op3(b->fn, VM_OP_DYN_INVOKE, lox_emit_func_type(b->e, e->nargs + 1),
            lox_emit_name(b->e, e->text), lox_emit_invoke_slow(b->e, e->nargs));
}

static void emit_super(lox_body *b, const lox_expr *e)
{
  if (!e->call) lox_emit_expr(b, e->a);
  lox_emit_load(b, e->place);
  lox_push_name(b, e->text);
  vm_fn_line(b->fn, e->line);
  lox_call_runtime(b, LOX_RT_super_method);
  if (!e->call) {
    lox_call_runtime(b, LOX_RT_bind);
    return;
  }
  lox_emit_expr(b, e->a);
  emit_args(b, e->args);
  vm_fn_line(b->fn, e->line);
  vm_fn_op2(b->fn, VM_OP_DYN_CALL, lox_emit_func_type(b->e, e->nargs + 1),
            lox_emit_super_slow(b->e, e->nargs));
}

static void emit_assignment(lox_body *b, const lox_expr *e)
{
  lox_emit_expr(b, e->a);
  vm_fn_line(b->fn, e->line);
  vm_fn_op(b->fn, VM_OP_DUP);
  lox_emit_store(b, e->place);
}

void lox_emit_expr(lox_body *b, lox_expr *e)
{
  switch (e->kind) {
  case LOX_EXPR_NIL: vm_fn_op(b->fn, VM_OP_DYN_NIL); break;
  case LOX_EXPR_BOOL:
    vm_fn_i32_const(b->fn, e->number != 0);
    vm_fn_op(b->fn, VM_OP_DYN_FROM_BOOL);
    break;
  case LOX_EXPR_NUMBER:
    vm_fn_f64_const(b->fn, e->number);
    vm_fn_op(b->fn, VM_OP_DYN_FROM_F64);
    break;
  case LOX_EXPR_STRING: lox_push_name(b, e->text); break;
  case LOX_EXPR_GET_VAR:
    vm_fn_line(b->fn, e->line);
    lox_emit_load(b, e->place);
    break;
  case LOX_EXPR_SET_VAR: emit_assignment(b, e); break;
  case LOX_EXPR_UNARY:
    lox_emit_expr(b, e->a);
    emit_unary(b, e);
    break;
  case LOX_EXPR_BINARY:
    lox_emit_expr(b, e->a);
    lox_emit_expr(b, e->b);
    emit_operation(b, e);
    break;
  case LOX_EXPR_LOGICAL: emit_logical(b, e); break;
  case LOX_EXPR_CALL: emit_call(b, e); break;
  case LOX_EXPR_GET: emit_get(b, e); break;
  case LOX_EXPR_SET: emit_set(b, e); break;
  case LOX_EXPR_INVOKE: emit_invoke(b, e); break;
  case LOX_EXPR_SUPER: emit_super(b, e); break;
  }
}

/* ---- conditions ---- */

/* Both sides must be true (or both false) to get past: jump from either, or skip the jump. */
static void branch_logical(lox_body *b, lox_expr *e, uint32_t label, bool when)
{
  bool decides = e->op == LOX_OR; /* the value of the left side that ends it */
  bool leaves = when == decides;
  uint32_t skip = leaves ? label : label_here(b);
  lox_emit_branch(b, e->a, skip, decides);
  const lox_known *mark = b->known;
  lox_emit_branch(b, e->b, label, when);
  lox_forget(b, mark);
  if (!leaves) vm_fn_label_bind(b->fn, skip);
}

void lox_emit_branch(lox_body *b, lox_expr *e, uint32_t label, bool when)
{
  if (e->kind == LOX_EXPR_LOGICAL) {
    branch_logical(b, e, label, when);
  } else if (e->kind == LOX_EXPR_UNARY && e->op == LOX_BANG) {
    lox_emit_branch(b, e->a, label, !when);
  } else {
    bool jump_if;
    if (e->kind == LOX_EXPR_BINARY && operation_of(e->op).compares) {
      lox_emit_expr(b, e->a);
      lox_emit_expr(b, e->b);
      jump_if = emit_test(b, e) == when;
    } else {
      lox_emit_expr(b, e);
      emit_is_false(b);
      jump_if = !when;
    }
    if (jump_if) {
      vm_fn_br_if(b->fn, label);
    } else {
      vm_fn_br_unless(b->fn, label);
    }
  }
}
