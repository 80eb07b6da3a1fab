/* emit_stmt.c - statements and declarations; the operand stack is empty between them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "emit.h"

/* ---- variables ---- */

void lox_emit_declare(lox_body *b, lox_var *var)
{
  vm_type type = VM_DYN;
  if (var->captured) {
    vm_fn_struct_new(b->fn, b->e->cell_type);
    type = VM_REF_NULL(b->e->cell_type);
  }
  vm_fn_local(b->fn, type, NULL, &var->local);
  vm_fn_local_set(b->fn, var->local);
}

void lox_emit_cell(lox_body *b, lox_var *var)
{
  vm_fn_op(b->fn, VM_OP_DYN_NIL);
  lox_emit_declare(b, var);
}

void lox_emit_capture(lox_body *b, const lox_upvalue *u)
{
  if (u->var) {
    vm_fn_local_get(b->fn, u->var->local);
  } else {
    vm_fn_local_get(b->fn, b->env);
    vm_fn_struct_get(b->fn, b->env_type, u->outer);
  }
}

/* Pops the first value of what a statement declares. */
static void declare(lox_body *b, lox_place place)
{
  if (place.kind == LOX_PLACE_LOCAL) {
    lox_emit_declare(b, place.of.var);
  } else {
    vm_fn_global_set(b->fn, place.of.global->index);
    lox_learn(b, place.of.global);
  }
}

static void emit_var(lox_body *b, const lox_stmt *s)
{
  if (s->expr) {
    lox_emit_expr(b, s->expr);
  } else {
    vm_fn_op(b->fn, VM_OP_DYN_NIL);
  }
  declare(b, s->place);
}

/* A function's variable exists before the function, which may capture it. */
static void emit_fun(lox_body *b, const lox_stmt *s)
{
  bool local = s->place.kind == LOX_PLACE_LOCAL;
  if (local) lox_emit_cell(b, s->place.of.var);
  lox_emit_function(b, s->function);
  if (local) {
    lox_emit_store(b, s->place);
  } else {
    declare(b, s->place);
  }
}

static void emit_class(lox_body *b, const lox_stmt *s)
{
  lox_push_name(b, s->text);
  if (s->expr) {
    lox_emit_expr(b, s->expr);
    lox_call_runtime(b, LOX_RT_superclass);
    vm_fn_local_tee(b->fn, b->scratch);
    vm_fn_local_get(b->fn, b->scratch);
    lox_emit_declare(b, s->super);
  } else {
    vm_fn_op(b->fn, VM_OP_DYN_NIL);
  }
  vm_fn_i32_const(b->fn, (int32_t)s->nfields);
  vm_fn_op(b->fn, VM_OP_DYN_FROM_I32);
  lox_call_runtime(b, LOX_RT_class_new);
  declare(b, s->place);
  for (lox_function *f = s->function; f; f = f->next) {
    lox_emit_load(b, s->place);
    lox_push_name(b, f->name);
    lox_emit_function(b, f);
    lox_call_runtime(b, f->kind == LOX_INITIALIZER ? LOX_RT_define_init : LOX_RT_define_method);
  }
}

/* ---- control ---- */

static uint32_t new_label(lox_body *b)
{
  uint32_t label;
  vm_fn_label_new(b->fn, NULL, 0, NULL, &label);
  return label;
}

static void emit_if(lox_body *b, const lox_stmt *s)
{
  uint32_t otherwise = new_label(b), end = new_label(b);
  lox_emit_branch(b, s->expr, otherwise, false);
  const lox_known *mark = b->known;
  lox_emit_stmts(b, s->body);
  lox_forget(b, mark);
  if (vm_fn_reachable(b->fn) && s->otherwise) vm_fn_br(b->fn, end);
  vm_fn_label_bind(b->fn, otherwise);
  if (s->otherwise) lox_emit_stmts(b, s->otherwise);
  lox_forget(b, mark);
  vm_fn_label_bind(b->fn, end);
}

/* The condition stands at the end too, so that a turn makes one jump. */
static void emit_while(lox_body *b, const lox_stmt *s)
{
  uint32_t again = new_label(b), end = new_label(b);
  if (s->expr) lox_emit_branch(b, s->expr, end, false);
  vm_fn_label_bind(b->fn, again);
  const lox_known *mark = b->known;
  lox_emit_stmts(b, s->body);
  if (vm_fn_reachable(b->fn)) {
    if (s->step) {
      lox_emit_expr(b, s->step);
      vm_fn_drop(b->fn);
    }
    if (s->expr) {
      lox_emit_branch(b, s->expr, again, true);
    } else {
      vm_fn_br(b->fn, again);
    }
  }
  lox_forget(b, mark);
  vm_fn_label_bind(b->fn, end);
}

static void emit_return(lox_body *b, const lox_stmt *s)
{
  if (s->expr) {
    lox_emit_expr(b, s->expr);
  } else if (b->f->kind == LOX_INITIALIZER) {
    lox_emit_load(b, (lox_place){LOX_PLACE_LOCAL, {.var = b->f->params[0]}});
  } else {
    vm_fn_op(b->fn, VM_OP_DYN_NIL);
  }
  vm_fn_return(b->fn);
}

static void emit_stmt(lox_body *b, const lox_stmt *s)
{
  vm_fn_line(b->fn, s->line);
  switch (s->kind) {
  case LOX_STMT_EXPR:
    lox_emit_expr(b, s->expr);
    vm_fn_drop(b->fn);
    break;
  case LOX_STMT_PRINT:
    lox_emit_expr(b, s->expr);
    lox_call_runtime(b, LOX_RT_printable);
    vm_fn_call(b->fn, b->e->print);
    break;
  case LOX_STMT_VAR: emit_var(b, s); break;
  case LOX_STMT_BLOCK: lox_emit_stmts(b, s->body); break;
  case LOX_STMT_IF: emit_if(b, s); break;
  case LOX_STMT_WHILE: emit_while(b, s); break;
  case LOX_STMT_RETURN: emit_return(b, s); break;
  case LOX_STMT_FUNCTION: emit_fun(b, s); break;
  case LOX_STMT_CLASS: emit_class(b, s); break;
  }
}

/* What stands behind a `return` is never reached, and not emitted. */
void lox_emit_stmts(lox_body *b, const lox_stmt *s)
{
  for (; s && vm_fn_reachable(b->fn); s = s->next) emit_stmt(b, s);
}
