/* emit.c - a module: imports, globals, functions, names.
 *
 * SPDX-License-Identifier: MIT
 */
#include "emit.h"

#include <string.h>

/* ---- names ---- */

uint32_t lox_emit_name(lox_emitter *e, lox_text text)
{
  lox_name **bucket = &e->names[lox_hash_text(text) % LOX_NAME_BUCKETS];
  for (lox_name *n = *bucket; n; n = n->next)
    if (lox_same_text(n->text, text)) return n->data;
  uint32_t data;
  vm_builder_data(e->b, NULL, text.start, (uint32_t)text.length, &data);
  lox_name *n = lox_arena_new(e->arena, sizeof *n);
  *n = (lox_name){*bucket, text, data};
  if (!e->arena->failed) *bucket = n;
  return data;
}

/* `text` with a NUL; in the arena, and cut where it is longer than that can give. */
static const char *terminated(lox_emitter *e, lox_text text)
{
  size_t n = text.length < LOX_ARENA_LARGEST ? text.length : LOX_ARENA_LARGEST - 1;
  char *s = lox_arena_new(e->arena, n + 1);
  memcpy(s, text.start, n);
  s[n] = '\0';
  return s;
}

/* ---- types and imports ---- */

uint32_t lox_emit_func_type(lox_emitter *e, uint32_t params)
{
  vm_type types[LOX_MAX_PARAMS];
  const vm_type dyn = VM_DYN;
  if (e->types[params] != VM_NO_INDEX) return e->types[params];
  for (uint32_t i = 0; i < params; i++) types[i] = VM_DYN;
  vm_builder_type_func(e->b, NULL, types, params, &dyn, 1, &e->types[params]);
  return e->types[params];
}

static void declare_types(lox_emitter *e)
{
  const vm_field_def class[] = {{VM_DYN, 0, "name"}, {VM_DYN, 0, "methods"}, {VM_DYN, 1, "init"}};
  const vm_field_def bound[] = {{VM_DYN, 0, "this"}, {VM_DYN, 0, "method"}};
  const vm_field_def cell[] = {{VM_DYN, 1, "value"}};
  vm_builder_type_struct(e->b, "class", VM_NO_INDEX, class, 3, &e->class_type);
  vm_builder_import_type(e->b, "lox", "class", e->class_type);
  vm_builder_type_struct(e->b, "bound", VM_NO_INDEX, bound, 2, &e->bound_type);
  vm_builder_import_type(e->b, "lox", "bound", e->bound_type);
  vm_builder_type_struct(e->b, "cell", VM_NO_INDEX, cell, 1, &e->cell_type);
  vm_builder_import_type(e->b, "lox", "cell", e->cell_type);
}

static uint32_t import(lox_emitter *e, const char *module, const char *name, const vm_type *params,
                       uint32_t nparams, char result)
{
  uint32_t type, func;
  vm_type type_of = result == 'i' ? VM_I32 : result == 'c' ? VM_REF_NULL(e->class_type) : VM_DYN;
  vm_builder_type_func(e->b, NULL, params, nparams, &type_of, result != '-', &type);
  vm_builder_import_func(e->b, module, name, name, type, &func);
  return func;
}

static void import_runtime(lox_emitter *e)
{
  const vm_type dyns[] = {VM_DYN, VM_DYN, VM_DYN}, callee_and_count[] = {VM_DYN, VM_I32};
#define X(name, params, result) e->rt[LOX_RT_##name] = import(e, "lox", #name, dyns, params, result);
  LOX_RUNTIME(X)
#undef X
  e->wrong_call = import(e, "lox.host", "wrong_call", callee_and_count, 2, '-');
  e->print = import(e, "lox.host", "print", dyns, 1, '-');
}

/* ---- globals ---- */

static void import_globals(lox_emitter *e, lox_global *globals)
{
  for (lox_global *g = globals; g; g = g->next) {
    const char *module = e->unit->find_global(e->unit->user, g->name);
    const char *name = terminated(e, g->name);
    g->index = VM_NO_INDEX;
    if (module) vm_builder_import_global(e->b, module, name, name, VM_DYN, 1, &g->index);
  }
}

static void define_globals(lox_emitter *e, lox_global *globals)
{
  const vm_init undefined = {VM_INIT_CONST, UINT64_C(0xFFFE000000000000), NULL};
  for (lox_global *g = globals; g; g = g->next) {
    if (g->index != VM_NO_INDEX) continue;
    const char *name = terminated(e, g->name);
    vm_builder_global(e->b, name, VM_DYN, 1, undefined, &g->index);
    vm_builder_export_global(e->b, name, g->index);
  }
}

/* ---- functions ---- */

/* The struct type of the environment of a closure with `count` cells. */
static uint32_t environment(lox_emitter *e, uint32_t count)
{
  vm_field_def fields[LOX_MAX_CALL + 1];
  uint32_t type;
  for (uint32_t i = 0; i < count; i++)
    fields[i] = (vm_field_def){VM_REF_NULL(e->cell_type), 0, NULL};
  vm_builder_type_struct(e->b, NULL, VM_NO_INDEX, fields, count, &type);
  return type;
}

static void begin_body(lox_body *b)
{
  lox_function *f = b->f;
  for (uint32_t i = 0; i < f->nparams; i++) {
    f->params[i]->local = i;
    vm_fn_local_name(b->fn, i, terminated(b->e, f->params[i]->name));
  }
  b->env = f->nparams;
  vm_fn_line(b->fn, f->line);
  vm_fn_local(b->fn, VM_DYN, NULL, &b->scratch);
  for (uint32_t i = 0; i < f->nparams; i++)
    if (f->params[i]->captured) {
      vm_fn_local_get(b->fn, i);
      lox_emit_declare(b, f->params[i]);
    }
}

static void end_body(lox_body *b)
{
  lox_function *f = b->f;
  if (vm_fn_reachable(b->fn)) {
    vm_fn_line(b->fn, f->end_line);
    if (f->kind == LOX_INITIALIZER) {
      lox_emit_load(b, (lox_place){LOX_PLACE_LOCAL, {.var = f->params[0]}});
    } else if (f->kind != LOX_SCRIPT) {
      vm_fn_op(b->fn, VM_OP_DYN_NIL);
    }
    vm_fn_return(b->fn);
  }
  vm_fn_end(b->fn);
}

static void emit_body(lox_body *b, uint32_t func)
{
  if (vm_fn_begin(b->e->b, func, &b->fn) != VM_OK) return;
  begin_body(b);
  lox_emit_stmts(b, b->f->body);
  lox_forget(b, NULL);
  end_body(b);
}

void lox_emit_function(lox_body *around, lox_function *f)
{
  lox_emitter *e = around->e;
  lox_body body = {.e = e, .f = f};
  uint32_t type = lox_emit_func_type(e, f->nparams), func;
  const char *name = terminated(e, f->name);
  if (f->nupvalues) {
    body.env_type = environment(e, f->nupvalues);
    vm_builder_func_env(e->b, name, type, VM_REF(body.env_type), &func);
  } else {
    vm_builder_func(e->b, name, type, &func);
  }
  emit_body(&body, func);
  if (f->nupvalues) {
    for (const lox_upvalue *u = f->upvalues; u; u = u->next) lox_emit_capture(around, u);
    vm_fn_struct_new(around->fn, body.env_type);
    vm_fn_closure_new(around->fn, func);
  } else {
    vm_fn_ref_func(around->fn, func);
  }
  vm_fn_op(around->fn, VM_OP_DYN_FROM_REF);
}

static void emit_script(lox_emitter *e, lox_function *script)
{
  lox_body body = {.e = e, .f = script};
  uint32_t type, func;
  vm_builder_type_func(e->b, NULL, NULL, 0, NULL, 0, &type);
  vm_builder_func(e->b, LOX_SCRIPT_NAME, type, &func);
  emit_body(&body, func);
  vm_builder_export_func(e->b, "main", func);
}

static void emit_module(lox_emitter *e, const lox_program *program)
{
  vm_builder_name(e->b, "lox");
  vm_builder_producers(e->b, "lox");
  vm_builder_file(e->b, e->unit->file, NULL);
  declare_types(e);
  import_runtime(e);
  import_globals(e, program->globals);
  define_globals(e, program->globals);
  emit_script(e, program->script);
}

vm_status lox_emit(const lox_unit *unit, const lox_program *program, lox_arena *arena, uint8_t **bytes,
                   size_t *size, vm_error *error)
{
  lox_emitter e = {.arena = arena, .unit = unit};
  vm_status st = vm_builder_new(NULL, &e.b, error);
  if (st != VM_OK) return st;
  memset(e.types, 0xFF, sizeof e.types); /* VM_NO_INDEX */
  memset(e.call_slow, 0xFF, sizeof e.call_slow);
  memset(e.invoke_slow, 0xFF, sizeof e.invoke_slow);
  memset(e.super_slow, 0xFF, sizeof e.super_slow);
  emit_module(&e, program);
  st = vm_builder_finish(e.b, bytes, size, error);
  vm_builder_free(e.b);
  return st == VM_OK && arena->failed ? VM_MEMORY : st;
}
