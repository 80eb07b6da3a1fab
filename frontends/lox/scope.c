/* scope.c - what a name means: a local, a variable of an enclosing function, or a global.
 *
 * SPDX-License-Identifier: MIT
 */
#include "parse.h"

void lox_begin_scope(lox_parser *p) { p->function->depth++; }

void lox_end_scope(lox_parser *p)
{
  lox_function *f = p->function;
  f->depth--;
  while (f->scope && f->scope->depth > f->depth) {
    f->scope = f->scope->outer;
    f->locals--;
  }
}

lox_var *lox_declare_local(lox_parser *p, lox_text name)
{
  lox_function *f = p->function;
  for (lox_var *v = f->scope; v && v->depth == f->depth; v = v->outer)
    if (lox_same_text(v->name, name))
      lox_error(p, "Already a variable with this name in this scope.");
  if (f->locals == LOX_MAX_LOCALS) lox_error(p, "Too many local variables in function.");
  lox_var *v = lox_arena_new(p->arena, sizeof *v);
  v->name = name;
  v->depth = f->depth;
  if (p->arena->failed) return v; /* shared with others: not to be linked */
  v->outer = f->scope;
  f->scope = v;
  f->locals++;
  return v;
}

static lox_global *global(lox_parser *p, lox_text name)
{
  for (lox_global *g = p->globals; g; g = g->next)
    if (lox_same_text(g->name, name)) return g;
  lox_global *g = lox_arena_new(p->arena, sizeof *g);
  g->name = name;
  if (p->arena->failed) return g;
  g->next = p->globals;
  p->globals = g;
  return g;
}

lox_place lox_declare(lox_parser *p, lox_text name)
{
  if (p->function->depth == 0)
    return (lox_place){LOX_PLACE_GLOBAL, {.global = global(p, name)}};
  return (lox_place){LOX_PLACE_LOCAL, {.var = lox_declare_local(p, name)}};
}

void lox_mark_ready(lox_place place)
{
  if (place.kind == LOX_PLACE_LOCAL) place.of.var->ready = true;
}

static lox_var *find_local(lox_parser *p, const lox_function *f, lox_text name)
{
  for (lox_var *v = f->scope; v; v = v->outer)
    if (lox_same_text(v->name, name)) {
      if (!v->ready) lox_error(p, "Can't read local variable in its own initializer.");
      return v;
    }
  return NULL;
}

static uint32_t add_upvalue(lox_parser *p, lox_function *f, lox_var *var, uint32_t outer,
                            lox_text name)
{
  lox_upvalue **end = &f->upvalues;
  for (; *end; end = &(*end)->next)
    if ((*end)->var == var && (var || (*end)->outer == outer)) return (*end)->index;
  lox_upvalue *u = lox_arena_new(p->arena, sizeof *u);
  if (p->arena->failed) return 0;
  if (f->nupvalues == LOX_MAX_LOCALS + 1) lox_error(p, "Too many closure variables in function.");
  *u = (lox_upvalue){NULL, var, outer, name, f->nupvalues++};
  *end = u;
  return u->index;
}

/* The index of the upvalue that `name` is in f, or -1. Recursion as deep as functions nest. */
static long find_upvalue(lox_parser *p, lox_function *f, lox_text name)
{
  if (!f->enclosing) return -1;
  lox_var *v = find_local(p, f->enclosing, name);
  if (v) {
    v->captured = true;
    return (long)add_upvalue(p, f, v, 0, name);
  }
  long outer = find_upvalue(p, f->enclosing, name);
  return outer < 0 ? -1 : (long)add_upvalue(p, f, NULL, (uint32_t)outer, name);
}

lox_place lox_resolve(lox_parser *p, lox_text name)
{
  lox_var *v = find_local(p, p->function, name);
  if (v) return (lox_place){LOX_PLACE_LOCAL, {.var = v}};
  long upvalue = find_upvalue(p, p->function, name);
  if (upvalue >= 0) return (lox_place){LOX_PLACE_UPVALUE, {.upvalue = (uint32_t)upvalue}};
  return (lox_place){LOX_PLACE_GLOBAL, {.global = global(p, name)}};
}
