/* parse.h - what the files of the parser share.
 *
 * SPDX-License-Identifier: MIT
 *
 *   parser.c      tokens, mistakes, statements
 *   parse_expr.c  expressions
 *   scope.c       what a name means: local, of an enclosing function, or global
 */
#ifndef LOX_PARSE_H
#define LOX_PARSE_H

#include "parser.h"

enum { LOX_CLASS_FIELDS = 32 }; /* more are not counted */

typedef struct lox_class {
  struct lox_class *enclosing;
  bool has_super;
  lox_text fields[LOX_CLASS_FIELDS]; /* that its methods set in `this` */
  uint32_t nfields;
} lox_class;

typedef struct lox_parser {
  lox_scanner scanner;
  lox_token previous, current;
  lox_arena *arena;
  lox_report *report;
  void *user;
  bool had_error;
  bool panic; /* mistakes are not reported until the next statement */
  unsigned nesting;
  lox_function *function;
  lox_class *in_class;
  lox_global *globals;
} lox_parser;

/* Limits of the language as the book's virtual machine has them, and two of ours, for recursion. */
enum { LOX_MAX_ARGS = 255, LOX_MAX_LOCALS = 255, LOX_MAX_CONSTANTS = 256 };
enum { LOX_MAX_NESTING = 1000, LOX_MAX_HEIGHT = 4000 };

void lox_advance(lox_parser *p);
bool lox_check(const lox_parser *p, lox_token_kind kind);
bool lox_match(lox_parser *p, lox_token_kind kind);
void lox_consume(lox_parser *p, lox_token_kind kind, const char *message);
void lox_error_at(lox_parser *p, const lox_token *token, const char *message);
static inline void lox_error(lox_parser *p, const char *message)
{
  lox_error_at(p, &p->previous, message);
}

/* Guards recursion: false, after a report, if the source nests too deeply. */
bool lox_enter(lox_parser *p);
static inline void lox_leave(lox_parser *p) { p->nesting--; }

lox_expr *lox_expression(lox_parser *p);

static inline lox_text lox_text_of(const lox_token *t) { return (lox_text){t->start, t->length}; }

void lox_begin_scope(lox_parser *p);
void lox_end_scope(lox_parser *p);
/* A new local, not yet ready; reports a second one of the same name in one block. */
lox_var *lox_declare_local(lox_parser *p, lox_text name);
/* A variable that a statement declares: global outside of all blocks. */
lox_place lox_declare(lox_parser *p, lox_text name);
void lox_mark_ready(lox_place place);
/* What `name` means here. */
lox_place lox_resolve(lox_parser *p, lox_text name);

#endif
