/* body.c - random function bodies: valid by construction.
 *
 * SPDX-License-Identifier: MIT
 *
 * An expression leaves one value of the type that was asked for, a statement leaves the stack as it
 * was. Both may be anything that does so, calls and blocks included. `budget` bounds what is written.
 */
#include <stdlib.h>

#include "gen.h"

enum { MASK = 0x1FFC, DEEP = 7 };

static void expr(wgen *g, wtype type, int depth);
static void stmts(wgen *g, int depth);

static uint32_t below(wgen *g, uint32_t n) { return fuzz_below(&g->rng, n); }
static bool one_in(wgen *g, uint32_t n) { return fuzz_one_in(&g->rng, n) != 0; }
static void op(wgen *g, uint8_t code) { w_byte(&g->out, code); g->budget--; }

static void op1(wgen *g, uint8_t code, uint32_t index)
{
  op(g, code);
  w_u32(&g->out, index);
}

static void long_op(wgen *g, uint32_t number)
{
  op(g, 0xFC);
  w_u32(&g->out, number);
}

static void const_i32(wgen *g, int32_t v)
{
  op(g, 0x41);
  w_s64(&g->out, v);
}

/* ---- what wasm_ops.def says of numeric instructions ---- */

typedef struct numeric {
  uint32_t opcode;
  wtype from, to;
  uint8_t operands;
} numeric;

typedef struct access {
  uint8_t opcode;
  wtype type;
  uint8_t align;
} access;

#define UNARY(opcode, id, text, from, to) {opcode, W_##from, W_##to, 1},
#define BINARY(opcode, id, text, from, to) {opcode, W_##from, W_##to, 2},
#define LOAD(opcode, id, text, type, align)
#define STORE(opcode, id, text, type, align)
#define RULE(opcode, ...)
static const numeric numerics[] = {
#include "wasm_ops.def"
};

#define UNARY(opcode, id, text, from, to)
#define BINARY(opcode, id, text, from, to)
#define LOAD(opcode, id, text, type, align) {opcode, W_##type, align},
#define STORE(opcode, id, text, type, align)
#define RULE(opcode, ...)
static const access loads[] = {
#include "wasm_ops.def"
};

#define UNARY(opcode, id, text, from, to)
#define BINARY(opcode, id, text, from, to)
#define LOAD(opcode, id, text, type, align)
#define STORE(opcode, id, text, type, align) {opcode, W_##type, align},
#define RULE(opcode, ...)
static const access stores[] = {
#include "wasm_ops.def"
};

#define COUNT(array) (uint32_t)(sizeof(array) / sizeof *(array))

/* ---- small expressions ---- */

static void const_number(wgen *g, wtype type)
{
  static const int32_t ints[] = {0, 1, -1, 2, 7, 31, 32, 63, 64, 255, 256, 65535, INT32_MAX, INT32_MIN};
  static const float floats[] = {0, -0.0f, 1, -1, 0.5f, 1.5f, 2.5f, -2.5f, 3e9f, -3e9f, 2147483648.0f,
                                 1e19f, -1e19f, 9.2233720e18f, 1e-40f, 3.4e38f};
  uint64_t random = fuzz_next(&g->rng);
  bool plain = one_in(g, 2);
  float f = floats[below(g, COUNT(floats))];
  double d = f;
  switch (type) {
  case W_I32: const_i32(g, plain ? ints[below(g, COUNT(ints))] : (int32_t)random); return;
  case W_I64:
    op(g, 0x42);
    w_s64(&g->out, plain ? ints[below(g, COUNT(ints))] : (int64_t)random);
    return;
  case W_F32:
    op(g, 0x43);
    w_bytes(&g->out, plain ? (void *)&f : (void *)&random, 4);
    return;
  default:
    op(g, 0x44);
    w_bytes(&g->out, plain ? (void *)&d : (void *)&random, 8);
  }
}

static void constant(wgen *g, wtype type)
{
  if (type < W_NUMBERS) {
    const_number(g, type);
  } else if (type == W_FUNC && !one_in(g, 3)) {
    op1(g, 0xD2, below(g, g->nfuncs));
  } else {
    op(g, 0xD0);
    w_byte(&g->out, w_code(type));
  }
}

/* A local of the type, among the first `count`; false: there is none. */
static bool find_local(wgen *g, wtype type, uint32_t count, uint32_t *out)
{
  if (count == 0) return false;
  uint32_t start = below(g, count);
  for (uint32_t i = 0; i < count; i++) {
    *out = (start + i) % count;
    if (g->locals[*out] == type) return true;
  }
  return false;
}

static bool find_global(wgen *g, wtype type, bool mut, uint32_t *out)
{
  uint32_t start = below(g, g->nglobals);
  for (uint32_t i = 0; i < g->nglobals; i++) {
    *out = (start + i) % g->nglobals;
    if (*out != FUEL_GLOBAL && g->global_types[*out] == type && (!mut || g->global_mut[*out])) {
      return true;
    }
  }
  return false;
}

/* The float on the stack, or the canonical NaN instead of another. */
static void canonical(wgen *g, wtype type)
{
  static const uint8_t nan32[4] = {0, 0, 0xC0, 0x7F}, nan64[8] = {0, 0, 0, 0, 0, 0, 0xF8, 0x7F};
  bool wide = type == W_F64;
  uint32_t scratch = wide ? g->scratch_f64 : g->scratch_f32;
  op1(g, 0x22, scratch);
  op(g, wide ? 0x44 : 0x43);
  w_bytes(&g->out, wide ? nan64 : nan32, wide ? 8 : 4);
  op1(g, 0x20, scratch);
  op1(g, 0x20, scratch);
  op(g, wide ? 0x61 : 0x5B);
  op(g, 0x1B);
}

static void address(wgen *g, int depth)
{
  expr(g, W_I32, depth + 1);
  if (one_in(g, 250)) return;
  const_i32(g, MASK | 3);
  op(g, 0x71);
}

/* An index or length that is mostly small. */
static void small(wgen *g, uint32_t most, int depth)
{
  if (one_in(g, 3)) {
    const_i32(g, (int32_t)below(g, most));
    return;
  }
  expr(g, W_I32, depth + 1);
  const_i32(g, (int32_t)most);
  op(g, 0x70); /* rem_u */
}

static void memory_operands(wgen *g, uint8_t align)
{
  w_u32(&g->out, below(g, align + 1u));
  w_u32(&g->out, one_in(g, 250) ? (uint32_t)fuzz_next(&g->rng) : below(g, 64));
}

/* ---- expressions ---- */

static bool divides(const numeric *n)
{
  return (n->opcode >= 0x6D && n->opcode <= 0x70) || (n->opcode >= 0x7F && n->opcode <= 0x82);
}

static bool traps_often(const numeric *n)
{
  return n->opcode >= 0xA8 && n->opcode <= 0xB1 && n->opcode != 0xAC && n->opcode != 0xAD;
}

static bool numeric_expr(wgen *g, wtype type, int depth)
{
  const numeric *n;
  do {
    n = &numerics[below(g, COUNT(numerics))];
  } while (n->to != type || (traps_often(n) && !one_in(g, 6)));
  for (int i = 0; i < n->operands; i++) {
    expr(g, n->from, depth + 1);
    bool sign_seen = (n->opcode == 0x98 || n->opcode == 0xA6) && i == 1; /* copysign */
    bool bits_seen = n->opcode == 0xBC || n->opcode == 0xBD;             /* reinterpret */
    if (sign_seen || bits_seen) canonical(g, n->from);
  }
  if (divides(n) && !one_in(g, 8)) { /* by an odd number, not by zero */
    op(g, n->from == W_I32 ? 0x41 : 0x42);
    w_s64(&g->out, 1);
    op(g, n->from == W_I32 ? 0x72 : 0x84);
  }
  if (n->opcode >= 0xFC00) long_op(g, n->opcode & 0xFF);
  else op(g, (uint8_t)n->opcode);
  return true;
}

static bool load_expr(wgen *g, wtype type, int depth)
{
  if (type >= W_NUMBERS) return false;
  const access *a;
  do {
    a = &loads[below(g, COUNT(loads))];
  } while (a->type != type);
  address(g, depth);
  op(g, a->opcode);
  memory_operands(g, a->align);
  return true;
}

static bool select_expr(wgen *g, wtype type, int depth)
{
  expr(g, type, depth + 1);
  expr(g, type, depth + 1);
  expr(g, W_I32, depth + 1);
  if (type < W_NUMBERS && one_in(g, 2)) {
    op(g, 0x1B);
  } else {
    op1(g, 0x1C, 1);
    w_byte(&g->out, w_code(type));
  }
  return true;
}

static void arguments(wgen *g, const wsig *s, int depth)
{
  for (uint32_t i = 0; i < s->nparams; i++) expr(g, s->params[i], depth + 1);
}

/* What a call left on the stack goes into locals or away, but for `keep` results. */
static void take_results(wgen *g, const wsig *s, uint32_t keep)
{
  for (uint32_t i = s->nresults; i > keep; i--) {
    uint32_t local;
    if (one_in(g, 2) && find_local(g, s->results[i - 1], g->nfixed, &local)) op1(g, 0x21, local);
    else op(g, 0x1A);
  }
}

static void call_func(wgen *g, uint32_t func, int depth)
{
  const wsig *s = &g->sigs[g->func_sigs[func]];
  arguments(g, s, depth);
  op1(g, 0x10, func);
}

static void call_table(wgen *g, uint32_t sig, uint8_t code, int depth)
{
  arguments(g, &g->sigs[sig], depth);
  uint32_t func = 0, start = below(g, g->nfuncs);
  for (uint32_t i = 0; i < g->nfuncs; i++) { /* one whose type fits, mostly */
    func = (start + i) % g->nfuncs;
    if (g->func_sigs[func] == sig) break;
  }
  if (one_in(g, 40)) small(g, TABLE_SIZE + 1, depth);
  else const_i32(g, (int32_t)func);
  op1(g, code, sig);
  w_byte(&g->out, 0);
}

static bool call_expr(wgen *g, wtype type, int depth)
{
  uint32_t start = below(g, g->nfuncs);
  for (uint32_t i = 0; i < g->nfuncs; i++) {
    uint32_t func = (start + i) % g->nfuncs, sig = g->func_sigs[func];
    const wsig *s = &g->sigs[sig];
    if (s->nresults == 0 || s->results[0] != type) continue;
    if (one_in(g, 3)) call_table(g, sig, 0x11, depth);
    else call_func(g, func, depth);
    take_results(g, s, 1);
    return true;
  }
  return false;
}

static bool size_expr(wgen *g, wtype type, int depth)
{
  uint32_t table = below(g, 2);
  if (type != W_I32) return false;
  switch (below(g, 6)) {
  case 0: op1(g, 0x3F, 0); return true;
  case 1:
    small(g, 2, depth);
    op1(g, 0x40, 0);
    return true;
  case 2: long_op(g, 0x10); w_u32(&g->out, table); return true;
  case 3:
    expr(g, table == 0 ? W_FUNC : W_EXTERN, depth + 1);
    small(g, 2, depth);
    long_op(g, 0x0F);
    w_u32(&g->out, table);
    return true;
  default:
    expr(g, table == 0 ? W_FUNC : W_EXTERN, depth + 1);
    op(g, 0xD1);
    return true;
  }
}

static bool variable_expr(wgen *g, wtype type, int depth)
{
  uint32_t i;
  if (type >= W_NUMBERS && one_in(g, 3)) {
    small(g, TABLE_SIZE, depth);
    op1(g, 0x25, type == W_FUNC ? 0 : 1);
    return true;
  }
  if (one_in(g, 4) && find_global(g, type, false, &i)) {
    op1(g, 0x23, i);
    return true;
  }
  if (one_in(g, 5) && find_local(g, type, g->nfixed, &i)) {
    expr(g, type, depth + 1);
    op1(g, 0x22, i);
    return true;
  }
  if (!find_local(g, type, g->nlocals, &i)) return false;
  op1(g, 0x20, i);
  return true;
}

/* ---- blocks ---- */

static wlabel *push_label(wgen *g, uint32_t count, const wtype *types)
{
  wlabel *l = &g->labels[g->nlabels++];
  *l = (wlabel){.count = count};
  for (uint32_t i = 0; i < count; i++) l->types[i] = types[i];
  return l;
}

/* Without fuel the function returns what it can, so that its callers go on. */
static void use_fuel(wgen *g)
{
  const wsig *own = &g->sigs[g->func_sigs[g->func]];
  op1(g, 0x23, FUEL_GLOBAL);
  op(g, 0x45);
  op1(g, 0x04, 0x40);
  for (uint32_t i = 0; i < own->nresults; i++) constant(g, own->results[i]);
  op(g, 0x0F);
  op(g, 0x0B);
  op1(g, 0x23, FUEL_GLOBAL);
  const_i32(g, 1);
  op(g, 0x6B);
  op1(g, 0x24, FUEL_GLOBAL);
}

/* A block, loop or if with one result. */
static bool block_expr(wgen *g, wtype type, int depth)
{
  if (g->nlabels + 2 > MAX_LABELS) return false;
  uint32_t kind = below(g, 3);
  if (kind == 2) expr(g, W_I32, depth + 1);
  op(g, (uint8_t)(0x02 + kind));
  w_byte(&g->out, w_code(type));
  push_label(g, kind == 1 ? 0 : 1, &type);
  if (kind == 1) use_fuel(g);
  if (one_in(g, 2)) stmts(g, depth + 1);
  expr(g, type, depth + 1);
  if (kind == 2) {
    op(g, 0x05);
    if (one_in(g, 2)) stmts(g, depth + 1);
    expr(g, type, depth + 1);
  }
  op(g, 0x0B);
  g->nlabels--;
  return true;
}

/* A block whose type is a signature: parameters go in, the first result is kept. */
static bool typed_block_expr(wgen *g, wtype type, int depth)
{
  uint32_t sig = below(g, g->nsigs);
  const wsig *s = &g->sigs[sig];
  if (g->nlabels + 2 > MAX_LABELS || s->nresults == 0 || s->results[0] != type) return false;
  uint32_t kind = below(g, 3);
  arguments(g, s, depth);
  if (kind == 2) expr(g, W_I32, depth + 1);
  op1(g, (uint8_t)(0x02 + kind), sig);
  if (kind == 1) push_label(g, s->nparams, s->params);
  else push_label(g, s->nresults, s->results);
  for (int half = 0; half < (kind == 2 ? 2 : 1); half++) {
    if (half == 1) op(g, 0x05);
    if (kind == 1) use_fuel(g);
    take_results(g, &(wsig){.nresults = s->nparams, .results = {s->params[0], s->params[1],
                                                                s->params[2], s->params[3]}}, 0);
    if (one_in(g, 2)) stmts(g, depth + 1);
    for (uint32_t i = 0; i < s->nresults; i++) expr(g, s->results[i], depth + 1);
  }
  op(g, 0x0B);
  g->nlabels--;
  take_results(g, s, 1);
  return true;
}

/* A branch that is perhaps taken and takes the value along. */
static bool branch_expr(wgen *g, wtype type, int depth)
{
  uint32_t start = below(g, g->nlabels);
  for (uint32_t i = 0; i < g->nlabels; i++) {
    uint32_t at = (start + i) % g->nlabels;
    const wlabel *l = &g->labels[at];
    if (l->hidden || l->count != 1 || l->types[0] != type) continue;
    expr(g, type, depth + 1);
    expr(g, W_I32, depth + 1);
    op1(g, 0x0D, g->nlabels - 1 - at);
    return true;
  }
  return false;
}

static void expr(wgen *g, wtype type, int depth)
{
  static bool (*const kinds[])(wgen *, wtype, int) = {
    variable_expr, variable_expr, variable_expr, numeric_expr, numeric_expr, numeric_expr,
    numeric_expr, load_expr, load_expr, select_expr, call_expr, size_expr, block_expr,
    typed_block_expr, branch_expr,
  };
  if (depth < DEEP && g->budget > 0 && !one_in(g, 8)) {
    for (int tries = 0; tries < 3; tries++) {
      uint32_t kind = below(g, COUNT(kinds));
      if (type >= W_NUMBERS && kinds[kind] == numeric_expr) continue;
      if (kinds[kind](g, type, depth)) return;
    }
  }
  uint32_t local;
  if (!one_in(g, 3) && find_local(g, type, g->nlocals, &local)) op1(g, 0x20, local);
  else constant(g, type);
}

/* ---- statements ---- */

static void set_variable(wgen *g, int depth)
{
  uint32_t i;
  wtype type = one_in(g, 8) ? (wtype)(W_FUNC + below(g, 2)) : (wtype)below(g, W_NUMBERS);
  bool global = one_in(g, 3) && find_global(g, type, true, &i);
  if (!global && !find_local(g, type, g->nfixed, &i)) return;
  expr(g, type, depth);
  op1(g, global ? 0x24 : 0x21, i);
}

static void store(wgen *g, int depth)
{
  const access *a = &stores[below(g, COUNT(stores))];
  address(g, depth);
  expr(g, a->type, depth);
  if (a->type == W_F32 || a->type == W_F64) canonical(g, a->type);
  op(g, a->opcode);
  memory_operands(g, a->align);
}

static void drop(wgen *g, int depth)
{
  expr(g, one_in(g, 6) ? (wtype)(W_FUNC + below(g, 2)) : (wtype)below(g, W_NUMBERS), depth);
  op(g, 0x1A);
}

static void call(wgen *g, int depth)
{
  uint32_t func = below(g, g->nfuncs), sig = g->func_sigs[func];
  if (one_in(g, 3)) call_table(g, sig, 0x11, depth);
  else call_func(g, func, depth);
  take_results(g, &g->sigs[sig], 0);
}

static void if_stmt(wgen *g, int depth)
{
  if (g->nlabels + 2 > MAX_LABELS) return;
  expr(g, W_I32, depth);
  op1(g, 0x04, 0x40);
  push_label(g, 0, NULL);
  stmts(g, depth + 1);
  if (one_in(g, 2)) {
    op(g, 0x05);
    stmts(g, depth + 1);
  }
  op(g, 0x0B);
  g->nlabels--;
}

static void block_stmt(wgen *g, int depth)
{
  if (g->nlabels + 2 > MAX_LABELS) return;
  bool loop = one_in(g, 3);
  op1(g, loop ? 0x03 : 0x02, 0x40);
  push_label(g, 0, NULL);
  if (loop) use_fuel(g);
  stmts(g, depth + 1);
  op(g, 0x0B);
  g->nlabels--;
}

/* A loop that counts a local down from a small number: what compilers know well. */
static void count_stmt(wgen *g, int depth)
{
  if (g->nlabels + 2 > MAX_LABELS || g->nlocals == MAX_LOCALS || depth > 3) return;
  uint32_t counter = g->nlocals++;
  g->locals[counter] = W_I32;
  const_i32(g, (int32_t)below(g, 12));
  op1(g, 0x21, counter);
  op1(g, 0x03, 0x40);
  push_label(g, 0, NULL)->hidden = true;
  stmts(g, depth + 2);
  op1(g, 0x20, counter);
  const_i32(g, 1);
  op(g, 0x6B);
  op1(g, 0x22, counter);
  const_i32(g, 0);
  op(g, 0x4A); /* gt_s */
  op1(g, 0x0D, 0);
  op(g, 0x0B);
  g->nlabels--;
}

/* Address `counter` plus perhaps a constant, on which an access with some offset follows. */
static void loop_address(wgen *g, uint32_t counter)
{
  op1(g, 0x20, counter);
  if (!one_in(g, 3)) return;
  const_i32(g, (int32_t)below(g, 16) - 4);
  op(g, 0x6A);
}

static void loop_access(wgen *g, uint32_t counter, int depth)
{
  uint32_t local;
  const access *a = one_in(g, 2) ? &stores[below(g, COUNT(stores))] : &loads[below(g, COUNT(loads))];
  bool stores_it = a >= stores && a < stores + COUNT(stores);
  loop_address(g, counter);
  if (stores_it) {
    expr(g, a->type, depth + 3);
    if (a->type == W_F32 || a->type == W_F64) canonical(g, a->type);
  }
  op(g, a->opcode);
  w_u32(&g->out, below(g, a->align + 1u));
  w_u32(&g->out, one_in(g, 3) ? below(g, 8) : 0);
  if (stores_it) return;
  if (find_local(g, a->type, g->nfixed, &local)) op1(g, 0x21, local);
  else op(g, 0x1A);
}

/* A loop over memory, up to the end of a page or somewhat past it: what is out of bounds must trap in
 * the right turn, with all that was stored before it stored. */
static void memory_stmt(wgen *g, int depth)
{
  if (g->nlabels + 2 > MAX_LABELS || g->nlocals == MAX_LOCALS || depth > 3) return;
  uint32_t counter = g->nlocals++;
  g->locals[counter] = W_I32;
  int32_t step = 1 << below(g, 4), turns = 1 + (int32_t)below(g, one_in(g, 12) ? 400 : 24);
  int32_t end = one_in(g, 3) ? 8192 : 65536 * (1 + (int32_t)below(g, 2));
  if (one_in(g, 5)) end += step * (int32_t)below(g, 3);
  else end -= 24;
  const_i32(g, end - turns * step);
  op1(g, 0x21, counter);
  op1(g, 0x03, 0x40);
  push_label(g, 0, NULL)->hidden = true;
  for (uint32_t n = 1 + below(g, 3); n > 0; n--) loop_access(g, counter, depth);
  if (one_in(g, 4)) stmts(g, depth + 3);
  static const uint8_t compare[3] = {0x47, 0x48, 0x49}; /* ne, lt_s, lt_u */
  op1(g, 0x20, counter);
  const_i32(g, step);
  op(g, 0x6A);
  op1(g, 0x22, counter);
  const_i32(g, end);
  op(g, compare[below(g, 3)]);
  op1(g, 0x0D, 0);
  op(g, 0x0B);
  g->nlabels--;
}

static void label_values(wgen *g, const wlabel *l, int depth)
{
  for (uint32_t i = 0; i < l->count; i++) expr(g, l->types[i], depth);
}

/* A label that a branch may go to; false: the one that was drawn is hidden. */
static bool choose_label(wgen *g, uint32_t *at)
{
  *at = below(g, g->nlabels);
  return !g->labels[*at].hidden;
}

/* Behind it, statements are written as if it could be reached. */
static void branch(wgen *g, int depth)
{
  uint32_t at;
  if (!choose_label(g, &at)) return;
  const wlabel *l = &g->labels[at];
  label_values(g, l, depth);
  if (one_in(g, 4)) {
    op1(g, 0x0C, g->nlabels - 1 - at);
    return;
  }
  expr(g, W_I32, depth);
  op1(g, 0x0D, g->nlabels - 1 - at);
  for (uint32_t i = 0; i < l->count; i++) op(g, 0x1A);
}

static bool same_types(const wlabel *a, const wlabel *b)
{
  bool same = a->count == b->count;
  for (uint32_t i = 0; same && i < a->count; i++) same = a->types[i] == b->types[i];
  return same;
}

/* In a block of its own, so that what follows is reached. */
static void branch_table(wgen *g, int depth)
{
  uint32_t first, at, count = below(g, 5), targets[5];
  if (g->nlabels + 2 > MAX_LABELS) return;
  op1(g, 0x02, 0x40);
  push_label(g, 0, NULL);
  if (!choose_label(g, &first)) first = g->nlabels - 1;
  for (uint32_t i = 0; i < count; i++) {
    bool fits = choose_label(g, &at) && same_types(&g->labels[at], &g->labels[first]);
    targets[i] = fits ? at : first;
  }
  label_values(g, &g->labels[first], depth);
  small(g, 6, depth);
  op1(g, 0x0E, count);
  for (uint32_t i = 0; i < count; i++) w_u32(&g->out, g->nlabels - 1 - targets[i]);
  w_u32(&g->out, g->nlabels - 1 - first);
  op(g, 0x0B);
  g->nlabels--;
}

static void leave(wgen *g, int depth)
{
  const wsig *own = &g->sigs[g->func_sigs[g->func]];
  if (g->nlabels + 2 > MAX_LABELS) return;
  expr(g, W_I32, depth);
  op1(g, 0x04, 0x40);
  g->nlabels++; /* counted, but no branch can be in it: there are expressions alone */
  g->labels[g->nlabels - 1] = (wlabel){.hidden = true};
  uint32_t func = IMPORTED_FUNCS + below(g, g->nfuncs - IMPORTED_FUNCS), sig = g->func_sigs[func];
  if (sig == g->func_sigs[g->func] && one_in(g, 2)) { /* the same results: a tail call */
    if (one_in(g, 2)) {
      call_table(g, sig, 0x13, depth);
    } else {
      arguments(g, &g->sigs[sig], depth);
      op1(g, 0x12, func);
    }
  } else if (one_in(g, 20)) {
    op(g, 0x00);
  } else {
    for (uint32_t i = 0; i < own->nresults; i++) expr(g, own->results[i], depth);
    op(g, 0x0F);
  }
  op(g, 0x0B);
  g->nlabels--;
}

static void range(wgen *g, uint32_t place, uint32_t from, uint32_t length, int depth)
{
  small(g, place, depth);
  small(g, from, depth);
  small(g, length, depth);
}

static void bulk(wgen *g, int depth)
{
  uint32_t table = below(g, 2), kind = below(g, one_in(g, 4) ? 9 : 7);
  switch (kind) {
  case 0: range(g, MASK, 256, 100, depth); long_op(g, 0x0B); w_byte(&g->out, 0); return;
  case 1: range(g, MASK, MASK, 200, depth); long_op(g, 0x0A); w_bytes(&g->out, "\0\0", 2); return;
  case 2: range(g, MASK, 20, 20, depth); long_op(g, 0x08); w_bytes(&g->out, "\1\0", 2); return;
  case 3: /* table.set */
    small(g, TABLE_SIZE, depth);
    expr(g, table == 0 ? W_FUNC : W_EXTERN, depth);
    op1(g, 0x26, table);
    return;
  case 4: /* table.fill */
    small(g, TABLE_SIZE, depth);
    expr(g, table == 0 ? W_FUNC : W_EXTERN, depth);
    small(g, 3, depth);
    long_op(g, 0x11);
    w_u32(&g->out, table);
    return;
  case 5: /* table.copy */
    range(g, TABLE_SIZE - 4, TABLE_SIZE - 4, 4, depth);
    long_op(g, 0x0E);
    w_u32(&g->out, table);
    w_u32(&g->out, table);
    return;
  case 6: range(g, TABLE_SIZE - 1, 4, 3, depth); long_op(g, 0x0C); w_bytes(&g->out, "\1\0", 2); return;
  case 7: long_op(g, 0x09); w_u32(&g->out, below(g, 3)); return;
  default: long_op(g, 0x0D); w_u32(&g->out, below(g, 4)); return;
  }
}

static void nop(wgen *g, int depth)
{
  (void)depth;
  op(g, 0x01);
}

static void stmt(wgen *g, int depth)
{
  static void (*const kinds[])(wgen *, int) = {
    set_variable, set_variable, set_variable, store, store, drop, call, if_stmt, block_stmt,
    count_stmt, memory_stmt, branch, branch_table, leave,
    bulk, nop,
  };
  kinds[below(g, COUNT(kinds))](g, depth);
}

static void stmts(wgen *g, int depth)
{
  if (depth >= DEEP) return;
  for (uint32_t n = 1 + below(g, 4); n > 0 && g->budget > 0; n--) stmt(g, depth);
}

/* ---- a function ---- */

static void write_locals(wgen *g, uint32_t first, wbuf *code)
{
  w_u32(code, g->nlocals - first);
  for (uint32_t i = first; i < g->nlocals; i++) {
    w_u32(code, 1);
    w_byte(code, w_code(g->locals[i]));
  }
}

void w_body(wgen *g, uint32_t func, wbuf *code)
{
  const wsig *s = &g->sigs[g->func_sigs[func]];
  g->func = func;
  g->nlocals = g->nlabels = 0;
  g->out.size = 0;
  g->budget = 20 + (int)below(g, 250);
  for (uint32_t i = 0; i < s->nparams; i++) g->locals[g->nlocals++] = s->params[i];
  for (uint32_t i = 0, n = 1 + below(g, 8); i < n; i++) {
    g->locals[g->nlocals++] = one_in(g, 6) ? (wtype)(W_FUNC + below(g, 2))
                                           : (wtype)below(g, W_NUMBERS);
  }
  g->nfixed = g->nlocals;
  g->scratch_f32 = g->nlocals;
  g->locals[g->nlocals++] = W_F32;
  g->scratch_f64 = g->nlocals;
  g->locals[g->nlocals++] = W_F64;
  push_label(g, s->nresults, s->results);
  use_fuel(g);
  for (uint32_t n = 1 + below(g, 6); n > 0; n--) stmts(g, 0);
  for (uint32_t i = 0; i < s->nresults; i++) expr(g, s->results[i], 0);
  op(g, 0x0B);
  write_locals(g, s->nparams, code);
  w_bytes(code, g->out.data, g->out.size);
}
