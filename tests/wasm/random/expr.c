/* expr.c - random expressions: each leaves one value of the type that was asked for.
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

void w_op(wgen *g, uint8_t code)
{
  w_byte(&g->out, code);
  g->budget--;
}

void w_op1(wgen *g, uint8_t code, uint32_t index)
{
  w_op(g, code);
  w_u32(&g->out, index);
}

void w_long_op(wgen *g, uint32_t number)
{
  w_op(g, 0xFC);
  w_u32(&g->out, number);
}

void w_const_i32(wgen *g, int32_t v)
{
  w_op(g, 0x41);
  w_s64(&g->out, v);
}

/* ---- what wasm_ops.def says of numeric instructions ---- */

typedef struct numeric {
  uint32_t opcode;
  wtype from, to;
  uint8_t operands;
} numeric;

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
const waccess w_loads[] = {
#include "wasm_ops.def"
};

#define UNARY(opcode, id, text, from, to)
#define BINARY(opcode, id, text, from, to)
#define LOAD(opcode, id, text, type, align)
#define STORE(opcode, id, text, type, align) {opcode, W_##type, align},
#define RULE(opcode, ...)
const waccess w_stores[] = {
#include "wasm_ops.def"
};

const uint32_t w_nloads = COUNT(w_loads), w_nstores = COUNT(w_stores);

/* ---- small expressions ---- */

static void const_number(wgen *g, wtype type)
{
  static const int32_t ints[] = {0,  1,  -1,  2,   7,     31,        32,
                                 63, 64, 255, 256, 65535, INT32_MAX, INT32_MIN};
  static const float floats[] = {0, -0.0f, 1, -1, 0.5f, 1.5f, 2.5f, -2.5f, 3e9f, -3e9f,
                                 2147483648.0f, 1e19f, -1e19f, 9.2233720e18f, 1e-40f, 3.4e38f};
  uint64_t random = fuzz_next(&g->rng);
  bool plain = w_one_in(g, 2);
  float f = floats[w_below(g, COUNT(floats))];
  double d = f;
  switch (type) {
  case W_I32: w_const_i32(g, plain ? ints[w_below(g, COUNT(ints))] : (int32_t)random); return;
  case W_I64:
    w_op(g, 0x42);
    w_s64(&g->out, plain ? ints[w_below(g, COUNT(ints))] : (int64_t)random);
    return;
  case W_F32:
    w_op(g, 0x43);
    w_bytes(&g->out, plain ? (void *)&f : (void *)&random, 4);
    return;
  default:
    w_op(g, 0x44);
    w_bytes(&g->out, plain ? (void *)&d : (void *)&random, 8);
  }
}

void w_constant(wgen *g, wtype type)
{
  if (type < W_NUMBERS) {
    const_number(g, type);
  } else if (type == W_FUNC && !w_one_in(g, 3)) {
    w_op1(g, 0xD2, w_below(g, g->nfuncs));
  } else {
    w_op(g, 0xD0);
    w_byte(&g->out, w_code(type));
  }
}

/* A local of the type, among the first `count`; false: there is none. */
bool w_find_local(wgen *g, wtype type, uint32_t count, uint32_t *out)
{
  if (count == 0) return false;
  uint32_t start = w_below(g, count);
  for (uint32_t i = 0; i < count; i++) {
    *out = (start + i) % count;
    if (g->locals[*out] == type) return true;
  }
  return false;
}

bool w_find_global(wgen *g, wtype type, bool mut, uint32_t *out)
{
  uint32_t start = w_below(g, g->nglobals);
  for (uint32_t i = 0; i < g->nglobals; i++) {
    *out = (start + i) % g->nglobals;
    if (*out != FUEL_GLOBAL && g->global_types[*out] == type && (!mut || g->global_mut[*out])) {
      return true;
    }
  }
  return false;
}

/* The float on the stack, or the canonical NaN instead of another. */
void w_canonical(wgen *g, wtype type)
{
  static const uint8_t nan32[4] = {0, 0, 0xC0, 0x7F}, nan64[8] = {0, 0, 0, 0, 0, 0, 0xF8, 0x7F};
  bool wide = type == W_F64;
  uint32_t scratch = wide ? g->scratch_f64 : g->scratch_f32;
  w_op1(g, 0x22, scratch);
  w_op(g, wide ? 0x44 : 0x43);
  w_bytes(&g->out, wide ? nan64 : nan32, wide ? 8 : 4);
  w_op1(g, 0x20, scratch);
  w_op1(g, 0x20, scratch);
  w_op(g, wide ? 0x61 : 0x5B);
  w_op(g, 0x1B);
}

void w_address(wgen *g, int depth)
{
  w_expr(g, W_I32, depth + 1);
  if (w_one_in(g, 250)) return;
  w_const_i32(g, MASK | 3);
  w_op(g, 0x71);
}

/* An index or length that is mostly small. */
void w_small(wgen *g, uint32_t most, int depth)
{
  if (w_one_in(g, 3)) {
    w_const_i32(g, (int32_t)w_below(g, most));
    return;
  }
  w_expr(g, W_I32, depth + 1);
  w_const_i32(g, (int32_t)most);
  w_op(g, 0x70); /* rem_u */
}

void w_memory_operands(wgen *g, uint8_t align)
{
  w_u32(&g->out, w_below(g, align + 1u));
  w_u32(&g->out, w_one_in(g, 250) ? (uint32_t)fuzz_next(&g->rng) : w_below(g, 64));
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
    n = &numerics[w_below(g, COUNT(numerics))];
  } while (n->to != type || (traps_often(n) && !w_one_in(g, 6)));
  for (int i = 0; i < n->operands; i++) {
    w_expr(g, n->from, depth + 1);
    bool sign_seen = (n->opcode == 0x98 || n->opcode == 0xA6) && i == 1; /* copysign */
    bool bits_seen = n->opcode == 0xBC || n->opcode == 0xBD;             /* reinterpret */
    if (sign_seen || bits_seen) w_canonical(g, n->from);
  }
  if (divides(n) && !w_one_in(g, 8)) { /* by an odd number, not by zero */
    w_op(g, n->from == W_I32 ? 0x41 : 0x42);
    w_s64(&g->out, 1);
    w_op(g, n->from == W_I32 ? 0x72 : 0x84);
  }
  if (n->opcode >= 0xFC00) w_long_op(g, n->opcode & 0xFF);
  else w_op(g, (uint8_t)n->opcode);
  return true;
}

static bool load_expr(wgen *g, wtype type, int depth)
{
  if (type >= W_NUMBERS) return false;
  const waccess *a;
  do {
    a = &w_loads[w_below(g, w_nloads)];
  } while (a->type != type);
  w_address(g, depth);
  w_op(g, a->opcode);
  w_memory_operands(g, a->align);
  return true;
}

static bool select_expr(wgen *g, wtype type, int depth)
{
  w_expr(g, type, depth + 1);
  w_expr(g, type, depth + 1);
  w_expr(g, W_I32, depth + 1);
  if (type < W_NUMBERS && w_one_in(g, 2)) {
    w_op(g, 0x1B);
  } else {
    w_op1(g, 0x1C, 1);
    w_byte(&g->out, w_code(type));
  }
  return true;
}

void w_arguments(wgen *g, const wsig *s, int depth)
{
  for (uint32_t i = 0; i < s->nparams; i++) w_expr(g, s->params[i], depth + 1);
}

/* What a call left on the stack goes into locals or away, but for `keep` results. */
void w_take_results(wgen *g, const wsig *s, uint32_t keep)
{
  for (uint32_t i = s->nresults; i > keep; i--) {
    uint32_t local;
    bool kept = w_one_in(g, 2) && w_find_local(g, s->results[i - 1], g->nfixed, &local);
    if (kept) w_op1(g, 0x21, local);
    else w_op(g, 0x1A);
  }
}

void w_call_func(wgen *g, uint32_t func, int depth)
{
  const wsig *s = &g->sigs[g->func_sigs[func]];
  w_arguments(g, s, depth);
  w_op1(g, 0x10, func);
}

void w_call_table(wgen *g, uint32_t sig, uint8_t code, int depth)
{
  w_arguments(g, &g->sigs[sig], depth);
  uint32_t func = 0, start = w_below(g, g->nfuncs);
  for (uint32_t i = 0; i < g->nfuncs; i++) { /* one whose type fits, mostly */
    func = (start + i) % g->nfuncs;
    if (g->func_sigs[func] == sig) break;
  }
  if (w_one_in(g, 40)) w_small(g, TABLE_SIZE + 1, depth);
  else w_const_i32(g, (int32_t)func);
  w_op1(g, code, sig);
  w_byte(&g->out, 0);
}

static bool call_expr(wgen *g, wtype type, int depth)
{
  uint32_t start = w_below(g, g->nfuncs);
  for (uint32_t i = 0; i < g->nfuncs; i++) {
    uint32_t func = (start + i) % g->nfuncs, sig = g->func_sigs[func];
    const wsig *s = &g->sigs[sig];
    if (s->nresults == 0 || s->results[0] != type) continue;
    if (w_one_in(g, 3)) w_call_table(g, sig, 0x11, depth);
    else w_call_func(g, func, depth);
    w_take_results(g, s, 1);
    return true;
  }
  return false;
}

static bool size_expr(wgen *g, wtype type, int depth)
{
  uint32_t table = w_below(g, 2);
  if (type != W_I32) return false;
  switch (w_below(g, 6)) {
  case 0: w_op1(g, 0x3F, 0); return true;
  case 1:
    w_small(g, 2, depth);
    w_op1(g, 0x40, 0);
    return true;
  case 2: w_long_op(g, 0x10); w_u32(&g->out, table); return true;
  case 3:
    w_expr(g, table == 0 ? W_FUNC : W_EXTERN, depth + 1);
    w_small(g, 2, depth);
    w_long_op(g, 0x0F);
    w_u32(&g->out, table);
    return true;
  default:
    w_expr(g, table == 0 ? W_FUNC : W_EXTERN, depth + 1);
    w_op(g, 0xD1);
    return true;
  }
}

static bool variable_expr(wgen *g, wtype type, int depth)
{
  uint32_t i;
  if (type >= W_NUMBERS && w_one_in(g, 3)) {
    w_small(g, TABLE_SIZE, depth);
    w_op1(g, 0x25, type == W_FUNC ? 0 : 1);
    return true;
  }
  if (w_one_in(g, 4) && w_find_global(g, type, false, &i)) {
    w_op1(g, 0x23, i);
    return true;
  }
  if (w_one_in(g, 5) && w_find_local(g, type, g->nfixed, &i)) {
    w_expr(g, type, depth + 1);
    w_op1(g, 0x22, i);
    return true;
  }
  if (!w_find_local(g, type, g->nlocals, &i)) return false;
  w_op1(g, 0x20, i);
  return true;
}

/* ---- blocks ---- */

wlabel *w_push_label(wgen *g, uint32_t count, const wtype *types)
{
  wlabel *l = &g->labels[g->nlabels++];
  *l = (wlabel){.count = count};
  for (uint32_t i = 0; i < count; i++) l->types[i] = types[i];
  return l;
}

/* Without fuel the function returns what it can, so that its callers go on. */
void w_use_fuel(wgen *g)
{
  const wsig *own = &g->sigs[g->func_sigs[g->func]];
  w_op1(g, 0x23, FUEL_GLOBAL);
  w_op(g, 0x45);
  w_op1(g, 0x04, 0x40);
  for (uint32_t i = 0; i < own->nresults; i++) w_constant(g, own->results[i]);
  w_op(g, 0x0F);
  w_op(g, 0x0B);
  w_op1(g, 0x23, FUEL_GLOBAL);
  w_const_i32(g, 1);
  w_op(g, 0x6B);
  w_op1(g, 0x24, FUEL_GLOBAL);
}

/* A block, loop or if with one result. */
static bool block_expr(wgen *g, wtype type, int depth)
{
  if (g->nlabels + 2 > MAX_LABELS) return false;
  uint32_t kind = w_below(g, 3);
  if (kind == 2) w_expr(g, W_I32, depth + 1);
  w_op(g, (uint8_t)(0x02 + kind));
  w_byte(&g->out, w_code(type));
  w_push_label(g, kind == 1 ? 0 : 1, &type);
  if (kind == 1) w_use_fuel(g);
  if (w_one_in(g, 2)) w_stmts(g, depth + 1);
  w_expr(g, type, depth + 1);
  if (kind == 2) {
    w_op(g, 0x05);
    if (w_one_in(g, 2)) w_stmts(g, depth + 1);
    w_expr(g, type, depth + 1);
  }
  w_op(g, 0x0B);
  g->nlabels--;
  return true;
}

/* A block whose type is a signature: parameters go in, the first result is kept. */
static bool typed_block_expr(wgen *g, wtype type, int depth)
{
  uint32_t sig = w_below(g, g->nsigs);
  const wsig *s = &g->sigs[sig];
  if (g->nlabels + 2 > MAX_LABELS || s->nresults == 0 || s->results[0] != type) return false;
  uint32_t kind = w_below(g, 3);
  w_arguments(g, s, depth);
  if (kind == 2) w_expr(g, W_I32, depth + 1);
  w_op1(g, (uint8_t)(0x02 + kind), sig);
  if (kind == 1) w_push_label(g, s->nparams, s->params);
  else w_push_label(g, s->nresults, s->results);
  for (int half = 0; half < (kind == 2 ? 2 : 1); half++) {
    if (half == 1) w_op(g, 0x05);
    if (kind == 1) w_use_fuel(g);
    w_take_results(g, &(wsig){.nresults = s->nparams, .results = {s->params[0], s->params[1],
                                                                s->params[2], s->params[3]}}, 0);
    if (w_one_in(g, 2)) w_stmts(g, depth + 1);
    for (uint32_t i = 0; i < s->nresults; i++) w_expr(g, s->results[i], depth + 1);
  }
  w_op(g, 0x0B);
  g->nlabels--;
  w_take_results(g, s, 1);
  return true;
}

/* A branch that is perhaps taken and takes the value along. */
static bool branch_expr(wgen *g, wtype type, int depth)
{
  uint32_t start = w_below(g, g->nlabels);
  for (uint32_t i = 0; i < g->nlabels; i++) {
    uint32_t at = (start + i) % g->nlabels;
    const wlabel *l = &g->labels[at];
    if (l->hidden || l->count != 1 || l->types[0] != type) continue;
    w_expr(g, type, depth + 1);
    w_expr(g, W_I32, depth + 1);
    w_op1(g, 0x0D, g->nlabels - 1 - at);
    return true;
  }
  return false;
}

void w_expr(wgen *g, wtype type, int depth)
{
  static bool (*const kinds[])(wgen *, wtype, int) = {
    variable_expr, variable_expr, variable_expr, numeric_expr, numeric_expr, numeric_expr,
    numeric_expr, load_expr, load_expr, select_expr, call_expr, size_expr, block_expr,
    typed_block_expr, branch_expr,
  };
  if (depth < DEEP && g->budget > 0 && !w_one_in(g, 8)) {
    for (int tries = 0; tries < 3; tries++) {
      uint32_t kind = w_below(g, COUNT(kinds));
      if (type >= W_NUMBERS && kinds[kind] == numeric_expr) continue;
      if (kinds[kind](g, type, depth)) return;
    }
  }
  uint32_t local;
  if (!w_one_in(g, 3) && w_find_local(g, type, g->nlocals, &local)) w_op1(g, 0x20, local);
  else w_constant(g, type);
}
