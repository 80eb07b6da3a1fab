/* parse_expr.c - expressions, by precedence climbing.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

typedef enum precedence {
  NONE,
  ASSIGNMENT,
  OR,
  AND,
  EQUALITY,
  COMPARISON,
  TERM,
  FACTOR,
  UNARY,
  CALL
} precedence;

static precedence infix_precedence(lox_token_kind kind)
{
  switch (kind) {
  case LOX_OR: return OR;
  case LOX_AND: return AND;
  case LOX_BANG_EQUAL:
  case LOX_EQUAL_EQUAL: return EQUALITY;
  case LOX_GREATER:
  case LOX_GREATER_EQUAL:
  case LOX_LESS:
  case LOX_LESS_EQUAL: return COMPARISON;
  case LOX_MINUS:
  case LOX_PLUS: return TERM;
  case LOX_SLASH:
  case LOX_STAR: return FACTOR;
  case LOX_LEFT_PAREN:
  case LOX_DOT: return CALL;
  default: return NONE;
  }
}

static lox_expr *parse(lox_parser *p, precedence least);

static lox_expr *node(lox_parser *p, lox_expr_kind kind)
{
  lox_expr *e = lox_arena_new(p->arena, sizeof *e);
  e->kind = kind;
  e->op = p->previous.kind;
  e->line = p->previous.line;
  return e;
}

/* A part of e: the tree must not become too high, whatever way it grows. */
static lox_expr *part(lox_parser *p, lox_expr *e, lox_expr *child)
{
  if (child->height >= e->height) e->height = child->height + 1;
  if (e->height == LOX_MAX_HEIGHT) lox_error(p, "Too deeply nested.");
  return child;
}

static void count_constant(lox_parser *p)
{
  if (p->function->constants++ == LOX_MAX_CONSTANTS)
    lox_error(p, "Too many constants in one chunk.");
}

/* A decimal that lies half way between two doubles has at most 768 significant digits: so many and whether
 * anything but zeros follows decide how any number is rounded. */
enum { SIGNIFICANT_DIGITS = 768 };

/* Digits and a decimal exponent, without a point: that strtod reads alike whatever locale the host has set. */
static double number_value(const lox_token *t)
{
  char text[SIGNIFICANT_DIGITS + 32];
  size_t n = 0;
  long long exponent = 0;
  bool fraction = false, more = false;
  for (size_t i = 0; i < t->length; i++) {
    char c = t->start[i];
    if (c == '.') {
      fraction = true;
    } else if (n == SIGNIFICANT_DIGITS) {
      more |= c != '0';
      exponent += !fraction;
    } else {
      if (n != 0 || c != '0') text[n++] = c;
      exponent -= fraction;
    }
  }
  if (n == 0) return 0;
  if (more) {
    text[n++] = '1';
    exponent--;
  }
  snprintf(text + n, sizeof text - n, "e%lld", exponent);
  int before = errno; /* strtod sets it where a number is out of range */
  double value = strtod(text, NULL);
  errno = before;
  return value;
}

static lox_expr *number(lox_parser *p)
{
  lox_expr *e = node(p, LOX_EXPR_NUMBER);
  e->number = number_value(&p->previous);
  count_constant(p);
  return e;
}

static lox_expr *string(lox_parser *p)
{
  lox_expr *e = node(p, LOX_EXPR_STRING);
  e->text = (lox_text){p->previous.start + 1, p->previous.length - 2};
  count_constant(p);
  return e;
}

static lox_expr *variable(lox_parser *p, lox_text name, bool can_assign)
{
  lox_expr *e = node(p, LOX_EXPR_GET_VAR);
  e->text = name;
  e->place = lox_resolve(p, name);
  if (can_assign && lox_match(p, LOX_EQUAL)) {
    e->kind = LOX_EXPR_SET_VAR;
    e->a = part(p, e, lox_expression(p));
  }
  return e;
}

static lox_expr *this_(lox_parser *p)
{
  if (!p->in_class) {
    lox_error(p, "Can't use 'this' outside of a class.");
    return node(p, LOX_EXPR_NIL);
  }
  return variable(p, (lox_text){"this", 4}, false);
}

static void arguments(lox_parser *p, lox_expr *call)
{
  lox_expr **end = &call->args;
  if (!lox_check(p, LOX_RIGHT_PAREN)) {
    do {
      lox_expr *arg = part(p, call, lox_expression(p));
      if (call->nargs == LOX_MAX_ARGS) {
        lox_error(p, "Can't have more than 255 arguments.");
      } else if (!p->arena->failed) {
        call->nargs++;
        *end = arg;
        end = &arg->next;
      }
    } while (lox_match(p, LOX_COMMA));
  }
  lox_consume(p, LOX_RIGHT_PAREN, "Expect ')' after arguments.");
  call->line = p->previous.line;
}

static lox_expr *super_(lox_parser *p)
{
  if (!p->in_class) {
    lox_error(p, "Can't use 'super' outside of a class.");
  } else if (!p->in_class->has_super) {
    lox_error(p, "Can't use 'super' in a class with no superclass.");
  }
  lox_expr *e = node(p, LOX_EXPR_SUPER);
  lox_consume(p, LOX_DOT, "Expect '.' after 'super'.");
  lox_consume(p, LOX_IDENTIFIER, "Expect superclass method name.");
  e->text = lox_text_of(&p->previous);
  if (p->had_error) return e;
  e->a = variable(p, (lox_text){"this", 4}, false);
  e->call = lox_match(p, LOX_LEFT_PAREN);
  if (e->call) arguments(p, e);
  e->place = lox_resolve(p, (lox_text){"super", 5});
  return e;
}

static lox_expr *grouping(lox_parser *p)
{
  lox_expr *e = lox_expression(p);
  lox_consume(p, LOX_RIGHT_PAREN, "Expect ')' after expression.");
  return e;
}

static lox_expr *unary(lox_parser *p)
{
  lox_expr *e = node(p, LOX_EXPR_UNARY);
  e->a = part(p, e, parse(p, UNARY));
  return e;
}

/* A constant or a keyword without parts. */
static lox_expr *constant(lox_parser *p)
{
  lox_expr *e = node(p, p->previous.kind == LOX_NIL ? LOX_EXPR_NIL : LOX_EXPR_BOOL);
  e->number = p->previous.kind == LOX_TRUE;
  return e;
}

static lox_expr *prefix(lox_parser *p, bool can_assign)
{
  switch (p->previous.kind) {
  case LOX_NUMBER: return number(p);
  case LOX_STRING: return string(p);
  case LOX_NIL:
  case LOX_TRUE:
  case LOX_FALSE: return constant(p);
  case LOX_IDENTIFIER: return variable(p, lox_text_of(&p->previous), can_assign);
  case LOX_THIS: return this_(p);
  case LOX_SUPER: return super_(p);
  case LOX_LEFT_PAREN: return grouping(p);
  case LOX_MINUS:
  case LOX_BANG: return unary(p);
  default: lox_error(p, "Expect expression."); return node(p, LOX_EXPR_NIL);
  }
}

/* How many fields the objects of a class will have is worth knowing before there is one. */
static void note_field(lox_parser *p, const lox_expr *object, lox_text name)
{
  lox_class *c = p->in_class;
  if (!c || object->kind != LOX_EXPR_GET_VAR || !lox_same_text(object->text, (lox_text){"this", 4})) return;
  for (uint32_t i = 0; i < c->nfields; i++)
    if (lox_same_text(c->fields[i], name)) return;
  if (c->nfields < LOX_CLASS_FIELDS) c->fields[c->nfields++] = name;
}

static lox_expr *dot(lox_parser *p, lox_expr *object, bool can_assign)
{
  lox_expr *e = node(p, LOX_EXPR_GET);
  e->a = part(p, e, object);
  lox_consume(p, LOX_IDENTIFIER, "Expect property name after '.'.");
  e->text = lox_text_of(&p->previous);
  if (can_assign && lox_match(p, LOX_EQUAL)) {
    e->kind = LOX_EXPR_SET;
    note_field(p, object, e->text);
    e->b = part(p, e, lox_expression(p));
  } else if (lox_match(p, LOX_LEFT_PAREN)) {
    e->kind = LOX_EXPR_INVOKE;
    arguments(p, e);
  }
  return e;
}

static lox_expr *infix(lox_parser *p, lox_expr *left, bool can_assign)
{
  lox_token_kind op = p->previous.kind;
  if (op == LOX_DOT) return dot(p, left, can_assign);
  lox_expr *e = node(p, op == LOX_LEFT_PAREN              ? LOX_EXPR_CALL
                        : op == LOX_AND || op == LOX_OR ? LOX_EXPR_LOGICAL
                                                        : LOX_EXPR_BINARY);
  e->a = part(p, e, left);
  if (op == LOX_LEFT_PAREN) {
    arguments(p, e);
  } else {
    e->b = part(p, e, parse(p, infix_precedence(op) + 1));
  }
  return e;
}

static lox_expr *parse_inside(lox_parser *p, precedence least)
{
  lox_advance(p);
  bool can_assign = least <= ASSIGNMENT;
  lox_expr *e = prefix(p, can_assign);
  if (p->panic) return e;
  while (infix_precedence(p->current.kind) >= least && !p->arena->failed) {
    lox_advance(p);
    e = infix(p, e, can_assign);
  }
  if (can_assign && lox_match(p, LOX_EQUAL)) lox_error(p, "Invalid assignment target.");
  return e;
}

static lox_expr *parse(lox_parser *p, precedence least)
{
  if (!lox_enter(p)) return node(p, LOX_EXPR_NIL);
  lox_expr *e = parse_inside(p, least);
  lox_leave(p);
  return e;
}

lox_expr *lox_expression(lox_parser *p) { return parse(p, ASSIGNMENT); }
