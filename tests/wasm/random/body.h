/* body.h - random function bodies: valid by construction.
 *
 * SPDX-License-Identifier: MIT
 *
 * An expression leaves one value of the type that was asked for, a statement leaves the stack as it
 * was. Both may be anything that does so, calls and blocks included. `budget` bounds what is
 * written, `depth` how deep it nests.
 */
#ifndef WASM_RANDOM_BODY_H
#define WASM_RANDOM_BODY_H

#include "gen.h"

enum { MASK = 0x1FFC, DEEP = 7 };

#define COUNT(array) (uint32_t)(sizeof(array) / sizeof *(array))

typedef struct waccess { /* a load or store */
  uint8_t opcode;
  wtype type;
  uint8_t align;
} waccess;

extern const waccess w_loads[], w_stores[];
extern const uint32_t w_nloads, w_nstores;

static inline uint32_t w_below(wgen *g, uint32_t n) { return fuzz_below(&g->rng, n); }
static inline bool w_one_in(wgen *g, uint32_t n) { return fuzz_one_in(&g->rng, n) != 0; }

/* expr.c: instructions */
void w_op(wgen *g, uint8_t code);
void w_op1(wgen *g, uint8_t code, uint32_t index);
void w_long_op(wgen *g, uint32_t number);
void w_const_i32(wgen *g, int32_t v);
void w_memory_operands(wgen *g, uint8_t align);

/* expr.c: values */
void w_expr(wgen *g, wtype type, int depth);
void w_constant(wgen *g, wtype type);
void w_address(wgen *g, int depth);
/* An index or length that is mostly small. */
void w_small(wgen *g, uint32_t most, int depth);
/* The float on the stack, or the canonical NaN instead of another. */
void w_canonical(wgen *g, wtype type);
/* A local of the type, among the first `count`; false: there is none. */
bool w_find_local(wgen *g, wtype type, uint32_t count, uint32_t *out);
bool w_find_global(wgen *g, wtype type, bool mut, uint32_t *out);

/* expr.c: calls, labels */
void w_arguments(wgen *g, const wsig *s, int depth);
void w_call_func(wgen *g, uint32_t func, int depth);
void w_call_table(wgen *g, uint32_t sig, uint8_t code, int depth);
/* What a call left on the stack goes into locals or away, but for `keep` results. */
void w_take_results(wgen *g, const wsig *s, uint32_t keep);
wlabel *w_push_label(wgen *g, uint32_t count, const wtype *types);
/* Without fuel the function returns what it can, so that its callers go on. */
void w_use_fuel(wgen *g);

/* body.c */
void w_stmts(wgen *g, int depth);

#endif
