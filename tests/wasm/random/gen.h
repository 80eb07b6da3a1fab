/* gen.h - random valid WebAssembly modules.
 *
 * SPDX-License-Identifier: MIT
 *
 * A module has some functions, a memory, two tables, globals and segments, and imports a function,
 * a global, and in some modules the memory, a table and a mutable global. Everything is exported.
 * It ends after a bounded time: every function and loop that could run for long takes from the
 * global "fuel". Where the bits of a NaN could be seen, the module itself makes it the canonical
 * one, so that all engines must give the same results.
 */
#ifndef WASM_RANDOM_GEN_H
#define WASM_RANDOM_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../fuzz/random.h"

typedef enum wtype {
  W_I32, W_I64, W_F32, W_F64, W_FUNC, W_EXTERN,
  W_TYPES, W_NUMBERS = W_FUNC
} wtype;

enum {
  MAX_SIGS = 8, MAX_ARITY = 4, MAX_FUNCS = 10, MAX_GLOBALS = 12, MAX_LOCALS = 40, MAX_LABELS = 40,
  TABLE_SIZE = 12, START_SIG = 5, IMPORTED_FUNCS = 1, IMPORTED_GLOBALS = 1, FUEL_GLOBAL = 1
};

typedef struct wbuf {
  uint8_t *data;
  size_t size, capacity;
} wbuf;

typedef struct wsig {
  uint32_t nparams, nresults;
  wtype params[MAX_ARITY], results[MAX_ARITY];
} wsig;

typedef struct wlabel {
  uint32_t count;           /* what a branch takes along */
  wtype types[MAX_ARITY];
  bool hidden;              /* no branch goes there: a loop that counts */
} wlabel;

typedef struct wgen {
  fuzz_random rng;
  wbuf out;                 /* the body that is written; then sections */
  uint32_t nsigs, nfuncs, nglobals;
  bool imports_memory, imports_table, imports_fuel;
  wsig sigs[MAX_SIGS];
  uint32_t func_sigs[MAX_FUNCS]; /* imported first */
  wtype global_types[MAX_GLOBALS];
  bool global_mut[MAX_GLOBALS];
  /* of the function that is written */
  uint32_t func, nlocals, nfixed; /* locals below nfixed may be set */
  wtype locals[MAX_LOCALS];
  uint32_t scratch_f32, scratch_f64;
  uint32_t nlabels;
  wlabel labels[MAX_LABELS];
  int budget;               /* of instructions */
} wgen;

typedef struct wasm_random_result {
  uint8_t *bytes;           /* owned by the caller, freed with free */
  size_t size;
  uint32_t nfuncs, nglobals; /* exported as f0, f1, ... and g0, g1, ... */
  wsig funcs[MAX_FUNCS];
  wtype globals[MAX_GLOBALS];
} wasm_random_result;

/* The module of this seed. */
wasm_random_result wasm_random_module(uint64_t seed);

/* buffer.c */
void w_byte(wbuf *b, uint8_t byte);
void w_bytes(wbuf *b, const void *bytes, size_t size);
void w_u32(wbuf *b, uint32_t v);
void w_s64(wbuf *b, int64_t v);
void w_text(wbuf *b, const char *text);
uint8_t w_code(wtype type);

/* body.c */
void w_body(wgen *g, uint32_t func, wbuf *code);

#endif
