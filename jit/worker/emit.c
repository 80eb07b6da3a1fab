/* emit.c - a unit: libgccjit's context and options, declarations of all functions, the entries by
 * slot convention, and the exported table.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include <ctype.h>
#include <stdio.h>

#include "cpu.h"
#include "emitter.h"
#include "unit.h"

/* First code is there sooner without these passes, which cost what they gain elsewhere. Whole programs that run
 * for 0.1 s as native code: core 1.10, sieve 1.06 times as fast, Lox programs 1.01. Loop passes are worth their time. */
static const char *const hasty[] = {
  "-fno-tree-pta", "-fno-forward-propagate", "-fno-cprop-registers", "-fno-dse", "-fno-tree-dse",
  "-fno-tree-dominator-opts", "-fno-tree-sink", "-fno-tree-slsr", "-fno-tree-copy-prop", "-fno-tree-sra",
  "-fno-tree-bit-ccp", "-fno-compare-elim", "-fno-if-conversion2", "-fno-split-wide-types",
  "-fno-combine-stack-adjustments"};

static void add_options(vmi_unit *u)
{
  gcc_jit_context *ctx = u->ctx;
  static const char *const options[] = {
    "-fwrapv", "-fno-math-errno", "-ffp-contract=off", "-fno-strict-aliasing",
    "-fno-delete-null-pointer-checks",
    /* x * 1 and x - 0 must make a signalling NaN quiet, so they are no identities */
    "-fsignaling-nans",
    /* no calls of memset and memcpy: the unit links with nothing */
    "-fno-tree-loop-distribute-patterns",
    /* These passes of GCC 12 keep facts on calls and clones from one context to the next, and the
     * inliner of a later unit crashes on them (found by fuzz_diff --small) */
    "-fno-ipa-cp", "-fno-ipa-sra", "-fno-ipa-modref",
    "-fvect-cost-model=dynamic",
    /* calls carry checks whose cold sides count as size: without room for them nothing recursive is
       inlined (fib 3.9 times C's time instead of 2.4) */
    "--param=builtin-expect-probability=99", "--param=max-inline-insns-auto=120", "--param=max-inline-insns-recursive-auto=450",
    "--param=inline-min-speedup=10",
    /* GCC's own garbage: measured, 55 MB after a thousand units instead of 311 */
    "--param=ggc-min-heapsize=16384", "--param=ggc-min-expand=30"};
  for (size_t i = 0; i < VMI_COUNT(options); i++)
    gcc_jit_context_add_command_line_option(ctx, options[i]);
  for (size_t i = 0; u->o->opt_level < 2 && i < VMI_COUNT(hasty); i++)
    gcc_jit_context_add_command_line_option(ctx, hasty[i]);
  uint32_t features = vmi_cpu_features(); /* nothing else, for code may be kept and run later */
#ifdef __x86_64__
  u->sse41 = (features & VMI_CPU_SSE41) != 0;
  u->avx = (features & VMI_CPU_V3) != 0;
  u->popcnt = (features & VMI_CPU_POPCNT) != 0;
  if (features & VMI_CPU_V3) {
    gcc_jit_context_add_command_line_option(ctx, "-march=x86-64-v3");
  } else {
    if (u->sse41) gcc_jit_context_add_command_line_option(ctx, "-msse4.1");
    if (u->popcnt) gcc_jit_context_add_command_line_option(ctx, "-mpopcnt");
  }
#endif
  (void)features;
  if (u->o->lines) {
    gcc_jit_context_set_bool_option(ctx, GCC_JIT_BOOL_OPTION_DEBUGINFO, 1);
    gcc_jit_context_add_command_line_option(ctx, "-g1"); /* lines alone: no dearer (-g: 10 to 27%) */
  }
  /* At level 0 GCC calls libm for square roots; the unit links with nothing. */
  gcc_jit_context_set_int_option(ctx, GCC_JIT_INT_OPTION_OPTIMIZATION_LEVEL,
                                 u->o->opt_level ? (int)u->o->opt_level : 1);
  gcc_jit_context_set_bool_allow_unreachable_blocks(ctx, 1);
  gcc_jit_context_set_bool_print_errors_to_stderr(ctx, 0);
}

static void make_types(vmi_unit *u)
{
  static const enum gcc_jit_types kinds[T_COUNT] = {
    [T_int8_t] = GCC_JIT_TYPE_INT8_T, [T_uint8_t] = GCC_JIT_TYPE_UINT8_T,
    [T_int16_t] = GCC_JIT_TYPE_INT16_T, [T_uint16_t] = GCC_JIT_TYPE_UINT16_T,
    [T_int32_t] = GCC_JIT_TYPE_INT32_T, [T_uint32_t] = GCC_JIT_TYPE_UINT32_T,
    [T_int64_t] = GCC_JIT_TYPE_INT64_T, [T_uint64_t] = GCC_JIT_TYPE_UINT64_T,
    [T_float] = GCC_JIT_TYPE_FLOAT, [T_double] = GCC_JIT_TYPE_DOUBLE};
  gcc_jit_context *ctx = u->ctx;
  for (int i = 0; i < T_COUNT; i++) {
    u->type[i] = gcc_jit_context_get_type(ctx, kinds[i]);
    u->unaligned[i] = gcc_jit_type_get_aligned(u->type[i], 1);
  }
  u->ptr = gcc_jit_type_get_pointer(u->type[T_uint8_t]);
  u->bool_type = gcc_jit_context_get_type(ctx, GCC_JIT_TYPE_BOOL);
  u->void_type = gcc_jit_context_get_type(ctx, GCC_JIT_TYPE_VOID);
  u->long_type = gcc_jit_context_get_type(ctx, GCC_JIT_TYPE_LONG);
  u->int_type = gcc_jit_context_get_type(ctx, GCC_JIT_TYPE_INT);
  u->wide = gcc_jit_context_get_type(ctx, GCC_JIT_TYPE_INT128_T);
  u->cls[C_I32] = u->type[T_uint32_t];
  u->cls[C_I64] = u->cls[C_DYN] = u->type[T_uint64_t];
  u->cls[C_F32] = u->type[T_float];
  u->cls[C_F64] = u->type[T_double];
  u->cls[C_REF] = u->ptr;
  u->expect = gcc_jit_context_get_builtin_function(ctx, "__builtin_expect");
  u->atomic_load = gcc_jit_context_get_builtin_function(ctx, "__atomic_load_8");
  u->frame_address = gcc_jit_context_get_builtin_function(ctx, "__builtin_frame_address");
}

/* A symbol for the function that debuggers and profilers show. */
static void symbol(const vmi_unit *u, uint32_t func, const char *suffix, char *out, size_t size)
{
  const char *name = vmi_func_name(u->m, func);
  int n = snprintf(out, size, "vm%u%s_%.60s", func, suffix, name ? name : "");
  for (int i = 0; i < n && (size_t)i < size - 1; i++)
    if (!isalnum((unsigned char)out[i])) out[i] = '_';
}

static gcc_jit_function *declare(vmi_unit *u, uint32_t index, const char *suffix)
{
  uint32_t func = u->funcs[index];
  const vmi_func *f = &u->m->funcs[func];
  const vmi_typedef *type = vmi_func_type(u->m, func);
  gcc_jit_param *params[VMI_MAX_PARAMS + 3];
  int n = 0;
  params[n++] = gcc_jit_context_new_param(u->ctx, NULL, u->ptr, "t");
  params[n++] = gcc_jit_context_new_param(u->ctx, NULL, u->ptr, "fp");
  for (uint32_t i = 0; i < type->nparams; i++) {
    char name[16];
    snprintf(name, sizeof name, "p%u", i);
    params[n++] = gcc_jit_context_new_param(u->ctx, NULL, u->cls[vmi_class_of(type->params[i])],
                                            name);
  }
  if (f->has_env) params[n++] = gcc_jit_context_new_param(u->ctx, NULL, u->ptr, "env");
  char name[128];
  symbol(u, func, suffix, name, sizeof name);
  return gcc_jit_context_new_function(u->ctx, vmi_emit_location(u, f, 0),
                                      GCC_JIT_FUNCTION_INTERNAL, vmi_emit_result_type(u, type),
                                      name, n, params, 0);
}

/* void entry(thread, fp, code): by slot convention into the native one. With `osr` it is called to
 * go on with a frame: its parameters are in the frame, and what is passed for them is not used. */
static gcc_jit_function *make_entry(vmi_unit *u, uint32_t index, bool osr)
{
  uint32_t func = u->funcs[index];
  const vmi_typedef *type = vmi_func_type(u->m, func);
  gcc_jit_param *params[3] = {gcc_jit_context_new_param(u->ctx, NULL, u->ptr, "t"),
                              gcc_jit_context_new_param(u->ctx, NULL, u->ptr, "fp"),
                              gcc_jit_context_new_param(u->ctx, NULL, u->ptr, "code")};
  char name[128];
  symbol(u, func, osr ? "_osr" : "_entry", name, sizeof name);
  gcc_jit_function *fn = gcc_jit_context_new_function(u->ctx, NULL, GCC_JIT_FUNCTION_INTERNAL,
                                                      u->void_type, name, 3, params, 0);
  vmi_emitter e = {.u = u, .ctx = u->ctx, .fn = fn, .m = u->m};
  e.block = e_block(&e);
  rvalue *fp = gcc_jit_param_as_rvalue(params[1]);
  rvalue *args[VMI_MAX_PARAMS + 3] = {gcc_jit_param_as_rvalue(params[0]), fp};
  uint32_t n = 2;
  for (uint32_t i = 0; i < type->nparams; i++, n++)
    args[n] = osr ? vmi_emit_zero(&e, vmi_class_of(type->params[i]))
                  : vmi_emit_slot_get(&e, fp, VMI_FRAME_HEADER + i, vmi_class_of(type->params[i]));
  bool env = u->m->funcs[func].has_env;
  if (env)
    args[n++] =
      osr ? e_null(&e) : vmi_emit_slot_get(&e, fp, VMI_FRAME_HEADER + type->nparams, C_REF);
  /* Inlined here, the function would be there twice. */
  rvalue *call = vmi_emit_far_call(&e, u->info[index].native, type, env, n, args);
  if (type->nresults) {
    vmi_class c = vmi_class_of(type->results[0]);
    lvalue *result = vmi_emit_temp(&e, c);
    e_set(&e, result, call);
    vmi_emit_slot_set(&e, fp, 0, c, e_get(result));
  } else {
    vmi_emit_call_void(&e, call);
  }
  gcc_jit_block_end_with_void_return(e.block, NULL);
  return fn;
}

static rvalue *address_word(vmi_unit *u, gcc_jit_function *fn)
{
  return gcc_jit_context_new_cast(u->ctx, NULL, gcc_jit_function_get_address(fn, NULL), u->ptr);
}

/* The table that unit.h describes; an array of pointers, which relocations can fill. */
static bool make_table(vmi_unit *u)
{
  uint32_t count = 2 + 3 * u->published;
  rvalue **words = vmi_arena_new(u->arena, count, sizeof *words);
  if (!words) return false;
  words[0] = gcc_jit_context_new_rvalue_from_ptr(u->ctx, u->ptr, (void *)VMI_UNIT_MAGIC);
  words[1] = gcc_jit_context_new_rvalue_from_ptr(
    u->ctx, u->ptr, (void *)((uint64_t)VMI_ABI_VERSION << 32 | u->published));
  for (uint32_t i = 0; i < u->published; i++) {
    words[2 + 3 * i] = address_word(u, u->info[i].native);
    words[3 + 3 * i] = address_word(u, make_entry(u, i, false));
    words[4 + 3 * i] = u->info[i].entered ? address_word(u, make_entry(u, i, true))
                                            : gcc_jit_context_null(u->ctx, u->ptr);
  }
  ctype *type = gcc_jit_context_new_array_type(u->ctx, NULL, u->ptr, (int)count);
  lvalue *table = gcc_jit_context_new_global(u->ctx, NULL, GCC_JIT_GLOBAL_EXPORTED, type,
                                             VMI_UNIT_SYMBOL);
  rvalue *init = gcc_jit_context_new_array_constructor(u->ctx, NULL, type, count, words);
  gcc_jit_global_set_initializer_rvalue(table, init);
  return true;
}

static bool emit(vmi_unit *u, uint32_t index)
{
  vmi_unit_func *info = &u->info[index];
  info->entered = info->has_loops && index < u->published && u->o->enter && u->o->enter[index];
  return vmi_emit_function(u, index);
}

static bool build(vmi_unit *u)
{
  u->position = vmi_arena_new(u->arena, u->m->nfuncs, sizeof *u->position);
  u->info = vmi_arena_new(u->arena, u->nfuncs, sizeof *u->info);
  if (!u->position || !u->info) return false;
  for (uint32_t i = 0; i < u->nfuncs; i++) {
    u->position[u->funcs[i]] = i + 1;
    u->info[i].native = declare(u, i, "");
  }
  if (!vmi_emit_plan_guards(u) || !vmi_emit_classify(u)) return false;
  for (uint32_t i = 0; i < u->nfuncs; i++)
    if (!emit(u, i) || u->failed) return false;
  return make_table(u);
}

bool vmi_emit_unit(const vmi_module *m, const uint32_t *funcs, uint32_t n, uint32_t published,
                   const vmi_emit_options *o, const char *asm_path, char *error, size_t error_size)
{
  vmi_alloc alloc = vmi_alloc_from(NULL);
  vmi_arena arena;
  vmi_arena_init(&arena, &alloc);
  vmi_unit unit = {.m = m, .o = o, .arena = &arena, .funcs = funcs, .nfuncs = n,
                   .published = published, .ctx = gcc_jit_context_acquire()};
  bool ok = unit.ctx != NULL;
  if (ok) {
    add_options(&unit);
    make_types(&unit);
    vmi_emit_keeper(&unit);
    ok = build(&unit);
  }
  const char *message = unit.ctx ? gcc_jit_context_get_first_error(unit.ctx) : NULL;
  if (ok && !message) {
    if (o->debug_dump)
      gcc_jit_context_set_bool_option(unit.ctx, GCC_JIT_BOOL_OPTION_DUMP_INITIAL_GIMPLE, 1);
    gcc_jit_context_compile_to_file(unit.ctx, GCC_JIT_OUTPUT_KIND_ASSEMBLER, asm_path);
    message = gcc_jit_context_get_first_error(unit.ctx);
  }
  if (message) snprintf(error, error_size, "%s", message);
  else if (!ok) snprintf(error, error_size, "out of memory, or the unit's code is not verified");
  if (unit.ctx) gcc_jit_context_release(unit.ctx);
  vmi_arena_free(&arena);
  return ok && !message;
}
