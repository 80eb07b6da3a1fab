/* parser.c - tokens, mistakes, statements and declarations.
 *
 * SPDX-License-Identifier: MIT
 *
 * Messages and the way on after a mistake are those of the book's virtual machine.
 */
#include <stdio.h>
#include <string.h>

#include "parse.h"

/* ---- tokens and mistakes ---- */

void lox_error_at(lox_parser *p, const lox_token *token, const char *message)
{
  char place[128] = "", line[256];
  p->had_error = true;
  if (p->panic) return;
  p->panic = true;
  if (token->kind == LOX_END) {
    snprintf(place, sizeof place, " at end");
  } else if (token->kind != LOX_ERROR) {
    int shown = token->length < 64 ? (int)token->length : 64;
    snprintf(place, sizeof place, " at '%.*s%s'", shown, token->start,
             token->length > 64 ? "..." : "");
  }
  snprintf(line, sizeof line, "[line %u] Error%s: %s", token->line, place, message);
  p->report(p->user, line);
}

void lox_advance(lox_parser *p)
{
  p->previous = p->current;
  for (;;) {
    p->current = lox_scan(&p->scanner);
    if (p->arena->failed) p->current.kind = LOX_END;
    if (p->current.kind != LOX_ERROR) return;
    lox_error_at(p, &p->current, p->current.start);
  }
}

bool lox_check(const lox_parser *p, lox_token_kind kind) { return p->current.kind == kind; }

bool lox_match(lox_parser *p, lox_token_kind kind)
{
  if (!lox_check(p, kind)) return false;
  lox_advance(p);
  return true;
}

void lox_consume(lox_parser *p, lox_token_kind kind, const char *message)
{
  if (!lox_match(p, kind)) lox_error_at(p, &p->current, message);
}

bool lox_enter(lox_parser *p)
{
  if (p->nesting < LOX_MAX_NESTING) {
    p->nesting++;
    return true;
  }
  lox_error_at(p, &p->current, "Too deeply nested.");
  lox_advance(p);
  return false;
}

static void synchronize(lox_parser *p)
{
  p->panic = false;
  while (p->current.kind != LOX_END) {
    if (p->previous.kind == LOX_SEMICOLON) return;
    switch (p->current.kind) {
    case LOX_CLASS:
    case LOX_FUN:
    case LOX_VAR:
    case LOX_FOR:
    case LOX_IF:
    case LOX_WHILE:
    case LOX_PRINT:
    case LOX_RETURN: return;
    default: lox_advance(p);
    }
  }
}

/* ---- statements ---- */

static lox_stmt *statement(lox_parser *p);
static lox_stmt *declaration(lox_parser *p);

static lox_stmt *node(lox_parser *p, lox_stmt_kind kind)
{
  lox_stmt *s = lox_arena_new(p->arena, sizeof *s);
  s->kind = kind;
  s->line = p->previous.line;
  return s;
}

/* Declarations up to `}` or the end. */
static lox_stmt *declarations(lox_parser *p)
{
  lox_stmt *first = NULL, **end = &first;
  while (!lox_check(p, LOX_RIGHT_BRACE) && !lox_check(p, LOX_END)) {
    lox_stmt *s = declaration(p);
    if (p->arena->failed) break;
    *end = s;
    end = &s->next;
  }
  return first;
}

static lox_stmt *block_body(lox_parser *p)
{
  lox_stmt *body = declarations(p);
  lox_consume(p, LOX_RIGHT_BRACE, "Expect '}' after block.");
  return body;
}

static lox_stmt *block(lox_parser *p)
{
  lox_stmt *s = node(p, LOX_STMT_BLOCK);
  lox_begin_scope(p);
  s->body = block_body(p);
  lox_end_scope(p);
  return s;
}

static lox_stmt *expression_statement(lox_parser *p, lox_stmt_kind kind, const char *message)
{
  lox_stmt *s = node(p, kind);
  s->expr = lox_expression(p);
  s->line = s->expr->line;
  lox_consume(p, LOX_SEMICOLON, message);
  return s;
}

static lox_expr *condition(lox_parser *p, const char *open)
{
  lox_consume(p, LOX_LEFT_PAREN, open);
  lox_expr *e = lox_expression(p);
  lox_consume(p, LOX_RIGHT_PAREN, "Expect ')' after condition.");
  return e;
}

static lox_stmt *if_statement(lox_parser *p)
{
  lox_stmt *s = node(p, LOX_STMT_IF);
  s->expr = condition(p, "Expect '(' after 'if'.");
  s->body = statement(p);
  if (lox_match(p, LOX_ELSE)) s->otherwise = statement(p);
  return s;
}

static lox_stmt *while_statement(lox_parser *p)
{
  lox_stmt *s = node(p, LOX_STMT_WHILE);
  s->expr = condition(p, "Expect '(' after 'while'.");
  s->body = statement(p);
  return s;
}

static lox_stmt *var_declaration(lox_parser *p)
{
  lox_consume(p, LOX_IDENTIFIER, "Expect variable name.");
  lox_stmt *s = node(p, LOX_STMT_VAR);
  s->place = lox_declare(p, lox_text_of(&p->previous));
  if (lox_match(p, LOX_EQUAL)) s->expr = lox_expression(p);
  lox_consume(p, LOX_SEMICOLON, "Expect ';' after variable declaration.");
  lox_mark_ready(s->place);
  return s;
}

static lox_stmt *for_statement(lox_parser *p)
{
  lox_stmt *all = node(p, LOX_STMT_BLOCK), *loop = node(p, LOX_STMT_WHILE);
  lox_begin_scope(p);
  lox_consume(p, LOX_LEFT_PAREN, "Expect '(' after 'for'.");
  all->body = loop;
  if (!lox_match(p, LOX_SEMICOLON)) {
    lox_stmt *first =
        lox_match(p, LOX_VAR)
            ? var_declaration(p)
            : expression_statement(p, LOX_STMT_EXPR, "Expect ';' after expression.");
    first->next = loop;
    all->body = first;
  }
  if (!lox_match(p, LOX_SEMICOLON)) {
    loop->expr = lox_expression(p);
    lox_consume(p, LOX_SEMICOLON, "Expect ';' after loop condition.");
  }
  if (!lox_match(p, LOX_RIGHT_PAREN)) {
    loop->step = lox_expression(p);
    lox_consume(p, LOX_RIGHT_PAREN, "Expect ')' after for clauses.");
  }
  loop->body = statement(p);
  lox_end_scope(p);
  return all;
}

static lox_stmt *return_statement(lox_parser *p)
{
  lox_stmt *s = node(p, LOX_STMT_RETURN);
  if (p->function->kind == LOX_SCRIPT) lox_error(p, "Can't return from top-level code.");
  if (lox_match(p, LOX_SEMICOLON)) return s;
  if (p->function->kind == LOX_INITIALIZER)
    lox_error(p, "Can't return a value from an initializer.");
  s->expr = lox_expression(p);
  lox_consume(p, LOX_SEMICOLON, "Expect ';' after return value.");
  return s;
}

static lox_stmt *plain_statement(lox_parser *p)
{
  if (lox_match(p, LOX_PRINT))
    return expression_statement(p, LOX_STMT_PRINT, "Expect ';' after value.");
  if (lox_match(p, LOX_FOR)) return for_statement(p);
  if (lox_match(p, LOX_IF)) return if_statement(p);
  if (lox_match(p, LOX_RETURN)) return return_statement(p);
  if (lox_match(p, LOX_WHILE)) return while_statement(p);
  if (lox_match(p, LOX_LEFT_BRACE)) return block(p);
  return expression_statement(p, LOX_STMT_EXPR, "Expect ';' after expression.");
}

static lox_stmt *statement(lox_parser *p)
{
  if (!lox_enter(p)) return node(p, LOX_STMT_BLOCK);
  lox_stmt *s = plain_statement(p);
  lox_leave(p);
  return s;
}

/* ---- functions and classes ---- */

static lox_function *new_function(lox_parser *p, lox_function_kind kind, lox_text name)
{
  lox_function *f = lox_arena_new(p->arena, sizeof *f);
  f->kind = kind;
  f->name = name;
  f->line = p->previous.line;
  f->enclosing = p->arena->failed ? NULL : p->function;
  p->function = f;
  return f;
}

static void parameter(lox_parser *p, lox_function *f, lox_text name)
{
  lox_var *v = lox_declare_local(p, name);
  v->ready = true;
  f->params[f->nparams++] = v;
}

static void parameters(lox_parser *p, lox_function *f)
{
  lox_consume(p, LOX_LEFT_PAREN, "Expect '(' after function name.");
  if (!lox_check(p, LOX_RIGHT_PAREN)) {
    do {
      if (f->arity == LOX_MAX_ARGS)
        lox_error_at(p, &p->current, "Can't have more than 255 parameters.");
      lox_consume(p, LOX_IDENTIFIER, "Expect parameter name.");
      if (f->arity == LOX_MAX_ARGS) continue;
      f->arity++;
      parameter(p, f, lox_text_of(&p->previous));
    } while (lox_match(p, LOX_COMMA));
  }
  lox_consume(p, LOX_RIGHT_PAREN, "Expect ')' after parameters.");
}

static lox_function *function(lox_parser *p, lox_function_kind kind)
{
  lox_function *enclosing = p->function;
  lox_function *f = new_function(p, kind, lox_text_of(&p->previous));
  lox_begin_scope(p);
  if (kind != LOX_FUNCTION) parameter(p, f, (lox_text){"this", 4});
  f->locals = 0; /* `this` is not counted */
  parameters(p, f);
  lox_consume(p, LOX_LEFT_BRACE, "Expect '{' before function body.");
  f->body = block_body(p);
  f->end_line = p->previous.line;
  p->function = enclosing;
  return f;
}

static lox_stmt *fun_declaration(lox_parser *p)
{
  lox_consume(p, LOX_IDENTIFIER, "Expect function name.");
  lox_stmt *s = node(p, LOX_STMT_FUNCTION);
  s->place = lox_declare(p, lox_text_of(&p->previous));
  lox_mark_ready(s->place); /* it may call itself */
  s->function = function(p, LOX_FUNCTION);
  return s;
}

static lox_function *method(lox_parser *p)
{
  lox_consume(p, LOX_IDENTIFIER, "Expect method name.");
  bool init = lox_same_text(lox_text_of(&p->previous), (lox_text){"init", 4});
  return function(p, init ? LOX_INITIALIZER : LOX_METHOD);
}

static void superclass(lox_parser *p, lox_stmt *s)
{
  lox_consume(p, LOX_IDENTIFIER, "Expect superclass name.");
  lox_expr *e = lox_arena_new(p->arena, sizeof *e);
  e->kind = LOX_EXPR_GET_VAR;
  e->line = p->previous.line;
  e->text = lox_text_of(&p->previous);
  e->place = lox_resolve(p, e->text);
  if (lox_same_text(e->text, s->text)) lox_error(p, "A class can't inherit from itself.");
  s->expr = e;
  lox_begin_scope(p);
  s->super = lox_declare_local(p, (lox_text){"super", 5});
  s->super->ready = true;
}

static void class_body(lox_parser *p, lox_stmt *s)
{
  lox_function **end = &s->function;
  lox_consume(p, LOX_LEFT_BRACE, "Expect '{' before class body.");
  while (!lox_check(p, LOX_RIGHT_BRACE) && !lox_check(p, LOX_END)) {
    lox_function *f = method(p);
    if (p->arena->failed) break;
    *end = f;
    end = &f->next;
  }
  lox_consume(p, LOX_RIGHT_BRACE, "Expect '}' after class body.");
}

static lox_stmt *class_declaration(lox_parser *p)
{
  lox_class class = {.enclosing = p->in_class};
  lox_consume(p, LOX_IDENTIFIER, "Expect class name.");
  lox_stmt *s = node(p, LOX_STMT_CLASS);
  s->text = lox_text_of(&p->previous);
  s->place = lox_declare(p, s->text);
  lox_mark_ready(s->place);
  p->in_class = &class;
  class.has_super = lox_match(p, LOX_LESS);
  if (class.has_super) superclass(p, s);
  class_body(p, s);
  s->nfields = class.nfields;
  if (class.has_super) lox_end_scope(p);
  p->in_class = class.enclosing;
  return s;
}

static lox_stmt *plain_declaration(lox_parser *p)
{
  if (lox_match(p, LOX_CLASS)) return class_declaration(p);
  if (lox_match(p, LOX_FUN)) return fun_declaration(p);
  if (lox_match(p, LOX_VAR)) return var_declaration(p);
  return statement(p);
}

static lox_stmt *declaration(lox_parser *p)
{
  if (!lox_enter(p)) return node(p, LOX_STMT_BLOCK);
  lox_stmt *s = plain_declaration(p);
  lox_leave(p);
  if (p->panic) synchronize(p);
  return s;
}

lox_parse_result lox_parse(const char *source, size_t size, lox_arena *arena, lox_report *report,
                           void *user, lox_program *out)
{
  lox_parser p = {.arena = arena, .report = report, .user = user};
  lox_scanner_init(&p.scanner, source, size);
  lox_function *script = new_function(&p, LOX_SCRIPT, (lox_text){"script", 6});
  lox_stmt **end = &script->body;
  lox_advance(&p);
  while (!arena->failed && !lox_match(&p, LOX_END)) {
    lox_stmt *s = declaration(&p);
    if (arena->failed) break;
    *end = s;
    end = &s->next;
  }
  *out = (lox_program){script, p.globals};
  script->end_line = p.previous.line;
  if (arena->failed) return LOX_NO_MEMORY;
  return p.had_error ? LOX_WRONG : LOX_PARSED;
}
