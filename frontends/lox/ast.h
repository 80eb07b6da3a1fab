/* ast.h - a Lox program as the parser leaves it for the emitter: trees with every name resolved.
 *
 * SPDX-License-Identifier: MIT
 *
 * All nodes live in one arena (arena.h) and lists are linked, so that nothing is freed one by one.
 * Text is borrowed from the source.
 */
#ifndef LOX_AST_H
#define LOX_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner.h"

typedef struct lox_expr lox_expr;
typedef struct lox_stmt lox_stmt;
typedef struct lox_function lox_function;

/* A piece of source text: a name, or the inside of a string. */
typedef struct lox_text {
  const char *start;
  size_t length;
} lox_text;

bool lox_same_text(lox_text a, lox_text b);
uint32_t lox_hash_text(lox_text text);

/* A local variable, parameters, `this` and `super` included. */
typedef struct lox_var {
  struct lox_var *outer; /* the one declared before it, in the same function */
  lox_text name;
  unsigned depth; /* of its block */
  bool ready;     /* its initializer is over */
  bool captured;  /* a function inside uses it: it lives in a cell */
  uint32_t local; /* the emitter's */
} lox_var;

/* A variable of an enclosing function that a function uses. */
typedef struct lox_upvalue {
  struct lox_upvalue *next;
  lox_var *var;   /* of the directly enclosing function, or */
  uint32_t outer; /* the index of an upvalue of that, if `var` is NULL */
  lox_text name;
  uint32_t index;
} lox_upvalue;

/* A global variable of the module that is being compiled. */
typedef struct lox_global {
  struct lox_global *next;
  lox_text name;
  uint32_t index;           /* the emitter's, */
  const struct lox_body *known; /* too: the function in which it is known to be defined */
} lox_global;

/* What a name means where it stands. */
typedef struct lox_place {
  enum { LOX_PLACE_LOCAL, LOX_PLACE_UPVALUE, LOX_PLACE_GLOBAL } kind;
  union {
    lox_var *var;
    uint32_t upvalue;
    lox_global *global;
  } of;
} lox_place;

typedef enum lox_expr_kind {
  LOX_EXPR_NIL,
  LOX_EXPR_BOOL,    /* number: 0 or 1 */
  LOX_EXPR_NUMBER,  /* number */
  LOX_EXPR_STRING,  /* text */
  LOX_EXPR_GET_VAR, /* place; `this` too */
  LOX_EXPR_SET_VAR, /* place, a */
  LOX_EXPR_UNARY,   /* op, a */
  LOX_EXPR_BINARY,  /* op, a, b */
  LOX_EXPR_LOGICAL, /* op, a, b */
  LOX_EXPR_CALL,    /* a, args */
  LOX_EXPR_GET,     /* a, text */
  LOX_EXPR_SET,     /* a, text, b */
  LOX_EXPR_INVOKE,  /* a, text, args */
  LOX_EXPR_SUPER,   /* place of super, a is `this`, text; with args if `call` */
} lox_expr_kind;

struct lox_expr {
  lox_expr_kind kind;
  lox_token_kind op;
  unsigned line;
  unsigned height; /* of the tree below: what recursion over it takes */
  bool call;
  lox_expr *next; /* in a list of arguments */
  lox_expr *a, *b, *args;
  uint32_t nargs;
  double number;
  lox_text text;
  lox_place place;
};

typedef enum lox_stmt_kind {
  LOX_STMT_EXPR,     /* expr */
  LOX_STMT_PRINT,    /* expr */
  LOX_STMT_VAR,      /* var or global, expr or NULL */
  LOX_STMT_BLOCK,    /* body */
  LOX_STMT_IF,       /* expr, body, otherwise or NULL */
  LOX_STMT_WHILE,    /* expr or NULL, body, step (an expression) or NULL */
  LOX_STMT_RETURN,   /* expr or NULL */
  LOX_STMT_FUNCTION, /* var or global, function */
  LOX_STMT_CLASS     /* var or global, text, expr (superclass) or NULL, super, functions */
} lox_stmt_kind;

struct lox_stmt {
  lox_stmt_kind kind;
  unsigned line;
  lox_stmt *next; /* in a block */
  lox_expr *expr, *step;
  lox_stmt *body, *otherwise;
  lox_place place; /* what a declaration declares */
  lox_text text;
  lox_var *super;
  lox_function *function; /* the methods of a class are a list */
  uint32_t nfields;       /* of a class, that its methods set */
};

typedef enum lox_function_kind {
  LOX_SCRIPT,
  LOX_FUNCTION,
  LOX_METHOD,
  LOX_INITIALIZER
} lox_function_kind;

struct lox_function {
  lox_function_kind kind;
  lox_function *enclosing, *next;
  lox_text name;
  unsigned line, end_line;
  uint32_t arity; /* without `this` */
  lox_var *params[256]; /* `this` first in methods */
  uint32_t nparams;
  lox_var *scope; /* while parsing: the variables in scope, innermost first */
  unsigned depth;
  uint32_t locals, constants; /* counted against Lox's limits */
  lox_upvalue *upvalues; /* by index */
  uint32_t nupvalues;
  lox_stmt *body;
};

typedef struct lox_program {
  lox_function *script;
  lox_global *globals;
} lox_program;

#endif
