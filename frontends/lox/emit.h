/* emit.h - what the files of the emitter share.
 *
 * SPDX-License-Identifier: MIT
 *
 *   emit.c        a module: imports, globals, functions, names
 *   emit_stmt.c   statements, classes
 *   emit_expr.c   expressions and conditions
 *   emit_call.c   what calls do that do not meet a plain function
 *
 * Every value is a dyn. Numbers are doubles; an integer word is never a value of the program, so a
 * global that is not yet defined holds one. A variable that closures share lives in a *cell*, a
 * struct of one dyn. The builder keeps the first error, so nobody looks at its results.
 */
#ifndef LOX_EMIT_H
#define LOX_EMIT_H

#include <vm/builder.h>

#include "ast.h"
#include "lox_compile.h"

/* Functions of runtime.vma: name, parameters, result (d dyn, i i32, c (ref null class), - none). */
#define LOX_RUNTIME(X)                                                                              \
  X(add, 2, 'd') X(arithmetic, 2, 'd') X(compare, 2, 'i') X(negate, 1, 'd') X(equal, 2, 'i')        \
  X(undefined_variable, 1, '-') X(superclass, 1, 'd') X(class_new, 3, 'd') X(define_method, 3, '-') \
  X(define_init, 3, '-') X(class_of, 1, 'c') X(bind, 2, 'd') X(find_method, 2, 'd') X(get, 2, 'd')  \
  X(set, 3, '-') X(super_method, 2, 'd') X(printable, 1, 'd')

typedef enum lox_runtime_func {
#define X(name, params, result) LOX_RT_##name,
  LOX_RUNTIME(X)
#undef X
  LOX_RT_COUNT
} lox_runtime_func;

enum { LOX_MAX_PARAMS = LOX_MAX_CALL + 2, LOX_NAME_BUCKETS = 256 };

/* Data segments with names and strings, each once. */
typedef struct lox_name {
  struct lox_name *next;
  lox_text text;
  uint32_t data;
} lox_name;

typedef struct lox_emitter {
  vm_builder *b;
  lox_arena *arena;
  const lox_unit *unit;
  uint32_t class_type, bound_type, cell_type;
  uint32_t rt[LOX_RT_COUNT];
  uint32_t wrong_call;                  /* host function (callee, arguments) -> () that throws */
  uint32_t print;                       /* host function (value) -> () */
  uint32_t types[LOX_MAX_PARAMS + 1];   /* function types by number of parameters, or VM_NO_INDEX */
  uint32_t call_slow[LOX_MAX_CALL + 1]; /* functions by number of arguments, or VM_NO_INDEX */
  uint32_t invoke_slow[LOX_MAX_CALL + 1];
  uint32_t super_slow[LOX_MAX_CALL + 1];
  lox_name *names[LOX_NAME_BUCKETS];
} lox_emitter;

/* A global that is known to be defined, since nothing leads to where code is being emitted but by way of
 * a place where it was. */
typedef struct lox_known {
  struct lox_known *next;
  lox_global *global;
  const struct lox_body *before; /* what global->known was */
} lox_known;

/* A function being emitted. */
typedef struct lox_body {
  lox_emitter *e;
  vm_fn *fn;
  lox_function *f;
  uint32_t env;      /* the local with the environment */
  uint32_t env_type; /* its struct type */
  uint32_t scratch;  /* a local for a moment */
  lox_known *known;  /* the last first */
} lox_body;

/* The data segment that holds `text`. */
uint32_t lox_emit_name(lox_emitter *e, lox_text text);
/* The type of functions of `params` dyns that return a dyn. */
uint32_t lox_emit_func_type(lox_emitter *e, uint32_t params);
/* Emits f and pushes a reference to it, as a dyn, in the function around it. */
void lox_emit_function(lox_body *around, lox_function *f);

static inline void lox_call_runtime(lox_body *b, lox_runtime_func f) { vm_fn_call(b->fn, b->e->rt[f]); }
static inline void lox_push_name(lox_body *b, lox_text text)
{
  vm_fn_op1(b->fn, VM_OP_SYMBOL_CONST, lox_emit_name(b->e, text));
}

/* emit_stmt.c */
void lox_emit_stmts(lox_body *b, const lox_stmt *s);
/* Pops the first value of a variable that is being declared. */
void lox_emit_declare(lox_body *b, lox_var *var);
/* Makes the cell of a variable that must exist before its value. */
void lox_emit_cell(lox_body *b, lox_var *var);
/* Pushes the cell of a captured variable as the environment of a closure wants it. */
void lox_emit_capture(lox_body *b, const lox_upvalue *u);

/* emit_expr.c */
/* The global is defined from here on; but not where control has gone round everything since `mark`. */
void lox_learn(lox_body *b, lox_global *g);
void lox_forget(lox_body *b, const lox_known *mark);
void lox_emit_expr(lox_body *b, lox_expr *e);
/* Goes to `label` if e is (or is not) true. */
void lox_emit_branch(lox_body *b, lox_expr *e, uint32_t label, bool when);
void lox_emit_store(lox_body *b, lox_place place); /* pops the value */
void lox_emit_load(lox_body *b, lox_place place);

/* emit_call.c: the slow paths for n arguments. */
uint32_t lox_emit_call_slow(lox_emitter *e, uint32_t n);
uint32_t lox_emit_invoke_slow(lox_emitter *e, uint32_t n);
uint32_t lox_emit_super_slow(lox_emitter *e, uint32_t n);

#endif
