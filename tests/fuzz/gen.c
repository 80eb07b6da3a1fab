/* gen.c - the outer parts of a random module: types, globals, segments, functions, main.
 *
 * SPDX-License-Identifier: MIT
 */
#include "gen.h"

#include <stdio.h>
#include <string.h>

static uint32_t below(gen *g, uint32_t n) { return fuzz_below(&g->rng, n); }

/* ---- types ---- */

static const vm_type numbers[] = {VM_I32, VM_I64, VM_F32, VM_F64, VM_DYN};
static const vm_type storage[] = {VM_I8, VM_I16, VM_I32, VM_I64, VM_F32, VM_F64, VM_DYN};

vm_type gen_any_type(gen *g)
{
  if (!fuzz_one_in(&g->rng, 3)) return numbers[below(g, 5)];
  switch (below(g, 4)) {
  case 0: return VM_REF_NULL(VM_HEAP_ANY);
  case 1: return VM_REF_NULL(g->arrays[below(g, NARRAYS)].type);
  default: return VM_REF_NULL(g->structs[below(g, (uint32_t)g->nstructs)].type);
  }
}

static void make_types(gen *g)
{
  g->nstructs = 3 + (int)below(g, MAX_STRUCTS - 2);
  for (int i = 0; i < g->nstructs; i++) vm_builder_type_declare(g->b, NULL, &g->structs[i].type);
  for (int i = 0; i < NARRAYS; i++) {
    gen_array *a = &g->arrays[i];
    a->element = i < 7 ? storage[i] : VM_REF_NULL(g->structs[i - 7].type);
    vm_builder_type_array(g->b, NULL, a->element, 1, &a->type);
  }
  for (int i = 0; i < g->nstructs; i++) {
    gen_struct *s = &g->structs[i];
    s->super = i == 0 || fuzz_one_in(&g->rng, 4) ? -1 : (int)below(g, (uint32_t)i);
    uint32_t inherited = s->super < 0 ? 0 : g->structs[s->super].nfields;
    uint32_t own = below(g, g->small ? 3 : 5) + (i == 0);
    if (inherited + own > MAX_FIELDS) own = MAX_FIELDS - inherited;
    if (s->super >= 0) memcpy(s->fields, g->structs[s->super].fields, sizeof s->fields);
    for (uint32_t k = inherited; k < inherited + own; k++) {
      vm_type t = fuzz_one_in(&g->rng, 2) ? storage[below(g, 7)] : gen_any_type(g);
      s->fields[k] = (vm_field_def){t, !fuzz_one_in(&g->rng, 5), NULL};
    }
    s->nfields = inherited + own;
    uint32_t super = s->super < 0 ? VM_NO_INDEX : g->structs[s->super].type;
    vm_builder_type_define(g->b, s->type, super, s->fields + inherited, own);
  }
}

static void make_sigs(gen *g)
{
  g->nsigs = 2 + (int)below(g, MAX_SIGS - 1);
  for (int i = 0; i < g->nsigs; i++) {
    gen_sig *s = &g->sigs[i];
    s->nparams = 1 + below(g, 4);
    s->nresults = below(g, 3) + (i == 0);
    s->params[0] = VM_I32;
    for (uint32_t k = 1; k < s->nparams; k++) s->params[k] = gen_any_type(g);
    for (uint32_t k = 0; k < s->nresults; k++) s->results[k] = gen_any_type(g);
    vm_builder_type_func(g->b, NULL, s->params, s->nparams, s->results, s->nresults, &s->type);
  }
}

/* ---- items ---- */

static vm_init zero_of(vm_type t)
{
  return VM_TYPE_KIND(t) == VM_KIND_REF ? vm_init_null() : vm_init_i32(0);
}

/* The imported limit, twice a number more, less itself: what it adds up to depends on the host. */
static vm_init i32_sum(gen *g, vm_init ops[7])
{
  ops[0] = vm_init_global(g->limit);
  ops[1] = vm_init_i32((int32_t)fuzz_next(&g->rng));
  ops[2] = vm_init_i32(2);
  ops[3] = vm_init_mul();
  ops[4] = vm_init_add();
  ops[5] = vm_init_global(g->limit);
  ops[6] = fuzz_one_in(&g->rng, 2) ? vm_init_sub() : vm_init_mul();
  return vm_init_expr(ops, 7);
}

static void make_imports(gen *g)
{
  static const vm_type i64 = VM_I64;
  for (int i = 0; i < HOST_COUNT; i++) {
    const host_signature *h = &host_signatures[i];
    vm_builder_type_func(g->b, NULL, h->params, h->nparams, h->results, h->nresults,
                         &g->host_types[i]);
    vm_builder_import_func(g->b, "host", h->name, NULL, g->host_types[i], &g->hosts[i]);
  }
  vm_builder_type_func(g->b, NULL, &i64, 1, &i64, 1, &g->env_type);
  vm_builder_import_func(g->b, "env", "twice", "twice", g->env_type, &g->twice);
  vm_builder_import_func(g->b, "env", "fail_if", "fail_if", g->env_type, &g->fail_if);
  vm_builder_import_memory(g->b, "env", "mem2", NULL, 1, 3, &g->memories[0]);
  vm_builder_export_memory(g->b, "mem2", g->memories[0]);
  vm_builder_import_table(g->b, "env", "funs", NULL, VM_REF_NULL(VM_HEAP_FUNC), 2, VM_NO_INDEX,
                          &g->env_table);
  vm_builder_import_global(g->b, "env", "count", NULL, VM_I64, 1, &g->globals[0].global);
  vm_builder_import_global(g->b, "env", "limit", NULL, VM_I32, 0, &g->limit);
  g->globals[0].type = VM_I64;
  vm_builder_export_global(g->b, "g0", g->globals[0].global);
}

static void make_globals(gen *g)
{
  vm_builder_global(g->b, "budget", VM_I32, 1, vm_init_i32(0), &g->budget);
  vm_builder_global(g->b, "hash", VM_I64, 1, vm_init_i64(1), &g->hash);
  vm_builder_export_global(g->b, "budget", g->budget);
  vm_builder_export_global(g->b, "hash", g->hash);
  vm_builder_global(g->b, "anchor", VM_REF_NULL(g->structs[0].type), 1, vm_init_null(), &g->anchor);
  g->nglobals = 4 + (int)below(g, MAX_GLOBALS - 4);
  for (int i = 1; i < g->nglobals; i++) {
    gen_global *v = &g->globals[i];
    char name[16];
    snprintf(name, sizeof name, "g%d", i);
    v->type = gen_any_type(g);
    vm_init ops[7];
    vm_init init = v->type == VM_I32 ? i32_sum(g, ops) : zero_of(v->type);
    vm_builder_global(g->b, NULL, v->type, 1, init, &v->global);
    vm_builder_export_global(g->b, name, v->global);
  }
}

static void make_data(gen *g)
{
  uint8_t bytes[200];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)fuzz_next(&g->rng);
  vm_builder_memory(g->b, "mem", 1, 2, &g->memories[1]);
  vm_builder_export_memory(g->b, "mem", g->memories[1]);
  vm_builder_memory(g->b, NULL, fuzz_one_in(&g->rng, 8) ? 0 : 1, 2, &g->memories[2]);
  vm_builder_data(g->b, NULL, bytes, 64 + below(g, 100), &g->data);
  vm_builder_data(g->b, NULL, bytes, 16, &g->dropped_data);
  vm_builder_data_active(g->b, NULL, g->memories[below(g, 2)], vm_init_i32((int32_t)below(g, 1000)), bytes,
                         sizeof bytes, NULL);
}

/* `programs` are those without environment; a few closures come on top. */
static void make_funcs(gen *g, int programs)
{
  g->nfuncs = programs > g->nsigs ? programs : g->nsigs;
  if (!g->small) g->nfuncs += (int)below(g, 11);
  for (int i = 0; i < g->nfuncs; i++) {
    gen_func *f = &g->funcs[i];
    char name[16];
    snprintf(name, sizeof name, "f%d", i);
    f->sig = i < g->nsigs ? i : (int)below(g, (uint32_t)g->nsigs);
    bool closure = i >= g->nsigs && fuzz_one_in(&g->rng, g->small ? 8 : 3);
    f->env = closure ? (int)below(g, (uint32_t)g->nstructs) : -1;
    uint32_t type = g->sigs[f->sig].type;
    if (f->env < 0) {
      vm_builder_func(g->b, name, type, &f->func);
      name[0] = 'p';
      if (g->small) vm_builder_export_func(g->b, name, f->func);
    } else {
      vm_builder_func_env(g->b, name, type, VM_REF(g->structs[f->env].type), &f->func);
    }
  }
}

/* A table of every function that takes no environment, nulls between; one of any reference; one of
 * the host's functions; and what the imported one gets. */
static void make_tables(gen *g)
{
  vm_type func = VM_REF_NULL(VM_HEAP_FUNC);
  vm_init items[MAX_FUNCS], hosts[HOST_COUNT];
  vm_init env[] = {vm_init_func(g->twice), vm_init_func(g->fail_if)};
  for (int i = 0; i < g->nfuncs; i++) {
    items[i] = g->funcs[i].env < 0 ? vm_init_func(g->funcs[i].func) : vm_init_null();
  }
  for (int i = 0; i < HOST_COUNT; i++) hosts[i] = vm_init_func(g->hosts[i]);
  uint32_t count = (uint32_t)g->nfuncs, size = count < 16 ? 16 : count;
  vm_builder_table(g->b, NULL, func, size, size + 4, &g->table);
  vm_builder_table(g->b, NULL, VM_REF_NULL(VM_HEAP_ANY), 8, VM_NO_INDEX, &g->any_table);
  vm_builder_table(g->b, NULL, func, HOST_COUNT, VM_NO_INDEX, &g->host_table);
  vm_builder_export_table(g->b, "any", g->any_table);
  vm_builder_elem(g->b, NULL, func, items, count < 16 ? count : 16, &g->elem);
  vm_builder_elem_active(g->b, NULL, g->table, vm_init_i32(0), func, items, count, NULL);
  vm_builder_elem_active(g->b, NULL, g->host_table, vm_init_i32(0), func, hosts, HOST_COUNT, NULL);
  vm_builder_elem_active(g->b, NULL, g->env_table, vm_init_i32(0), func, env, 2, NULL);
}

/* ---- bodies ---- */

static void add_local(body *x, vm_type type)
{
  if (x->nlocals == MAX_LOCALS) return;
  gen_local *l = &x->locals[x->nlocals++];
  l->type = type;
  vm_fn_local(x->fn, type, NULL, &l->local);
}

void gen_begin_body(body *x, uint32_t func)
{
  gen *g = x->g;
  vm_fn_begin(g->b, func, &x->fn);
  if (x->sig != NULL) {
    for (uint32_t i = 1; i < x->sig->nparams; i++) {
      x->locals[x->nlocals++] = (gen_local){i, x->sig->params[i]};
    }
  }
  vm_fn_local(x->fn, VM_F32, NULL, &x->scratch32);
  vm_fn_local(x->fn, VM_F64, NULL, &x->scratch64);
  vm_fn_local(x->fn, VM_REF_NULL(VM_HEAP_EXN), NULL, &x->scratch_exn);
  for (int i = 0; i < 5; i++) add_local(x, numbers[i]);
  for (uint32_t i = below(g, g->small ? 3 : 6); i > 0; i--) add_local(x, gen_any_type(g));
}

static void return_values(body *x)
{
  for (uint32_t i = 0; i < x->sig->nresults; i++) gen_expr(x, x->sig->results[i], 2);
  vm_fn_return(x->fn);
}

static void write_func(gen *g, const gen_func *f)
{
  body x = {.g = g, .sig = &g->sigs[f->sig]};
  x.size = g->small ? 2 + (int)below(g, 12) : 40 + (int)below(g, 120);
  gen_begin_body(&x, f->func);
  if (f->env >= 0) { /* the environment is read into the hash */
    vm_fn_local_get(x.fn, x.sig->nparams);
    gen_to_i64(&x, VM_REF(g->structs[f->env].type));
    gen_mix(&x);
  }
  gen_block(&x, g->small ? 2 + (int)below(g, 2) : 4);
  if (fuzz_one_in(&g->rng, 3)) gen_tail_call(&x, 3);
  return_values(&x);
  vm_fn_end(x.fn);
}

/* One guarded call of a function in main: what it throws goes into the hash. */
static void main_call(body *x, const gen_sig *sig, bool guarded)
{
  static const vm_type exn[] = {VM_REF(VM_HEAP_EXN)};
  uint32_t handler = 0, range = 0, done = gen_label(x, NULL, 0);
  vm_fn_i32_const(x->fn, 300);
  vm_fn_global_set(x->fn, x->g->budget);
  vm_fn_i32_const(x->fn, 3);
  vm_fn_local_set(x->fn, x->depth);
  if (guarded) {
    vm_fn_label_new(x->fn, exn, 1, NULL, &handler);
    vm_fn_try_begin(x->fn, handler, &range);
  }
  gen_call(x, sig, 2);
  for (uint32_t i = sig->nresults; i-- > 0;) {
    gen_to_i64(x, sig->results[i]);
    gen_mix(x);
  }
  vm_fn_br(x->fn, done);
  if (guarded) {
    vm_fn_try_end(x->fn, range);
    vm_fn_label_bind(x->fn, handler);
    vm_fn_op(x->fn, VMI_OP_EXN_CODE);
    vm_fn_op(x->fn, VMI_OP_I64_EXTEND_I32_S);
    gen_mix(x);
  }
  vm_fn_label_bind(x->fn, done);
}

/* What runs before everything: the anchor, the dropped segment. */
static void write_start(gen *g, uint32_t func)
{
  body x = {.g = g};
  const gen_struct *s = &g->structs[0];
  gen_begin_body(&x, func);
  vm_fn_op1(x.fn, VMI_OP_DATA_DROP, g->dropped_data);
  for (uint32_t k = 0; k < s->nfields; k++) gen_default(&x, s->fields[k].type);
  vm_fn_struct_new(x.fn, s->type);
  vm_fn_global_set(x.fn, g->anchor);
  vm_fn_return(x.fn);
  vm_fn_end(x.fn);
}

static void write_main(gen *g, uint32_t func)
{
  body x = {.g = g, .size = 60};
  gen_begin_body(&x, func);
  vm_fn_local(x.fn, VM_I32, "depth", &x.depth);
  bool guarded = !fuzz_one_in(&g->rng, 6);
  for (uint32_t i = 6 + below(g, 8); i > 0; i--) {
    main_call(&x, &g->sigs[below(g, (uint32_t)g->nsigs)], guarded);
  }
  for (int i = 0; i < g->nglobals; i++) {
    vm_fn_global_get(x.fn, g->globals[i].global);
    gen_to_i64(&x, g->globals[i].type);
    gen_mix(&x);
  }
  vm_fn_global_get(x.fn, g->hash);
  vm_fn_return(x.fn);
  vm_fn_end(x.fn);
}

static void make_module(gen *g, int programs)
{
  static const vm_type i64 = VM_I64;
  uint32_t main_type, start_type, entry = 0, start;
  make_types(g);
  make_sigs(g);
  make_imports(g);
  vm_builder_type_func(g->b, NULL, NULL, 0, &i64, 1, &main_type);
  vm_builder_type_func(g->b, NULL, NULL, 0, NULL, 0, &start_type);
  make_globals(g);
  make_data(g);
  make_funcs(g, programs);
  make_tables(g);
  gen_shared_declare(g);
  vm_builder_func(g->b, "start", start_type, &start);
  vm_builder_start(g->b, start);
  if (!g->small) {
    vm_builder_func(g->b, "main", main_type, &entry);
    vm_builder_export_func(g->b, "main", entry);
  }
  for (int i = 0; i < g->nfuncs; i++) write_func(g, &g->funcs[i]);
  if (!g->small) write_main(g, entry);
  write_start(g, start);
  gen_shared_write(g);
}

bool gen_module(uint64_t seed, int programs, uint8_t **bytes, size_t *size, vm_error *error)
{
  gen *g = calloc(1, sizeof *g);
  if (g == NULL || vm_builder_new(NULL, &g->b, error) != VM_OK) {
    free(g);
    return false;
  }
  g->rng.state = seed;
  g->small = programs > 0;
  make_module(g, programs < MAX_FUNCS ? programs : MAX_FUNCS);
  vm_status s = vm_builder_finish(g->b, bytes, size, error);
  vm_builder_free(g->b);
  free(g);
  return s == VM_OK;
}
