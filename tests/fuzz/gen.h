/* gen.h - a generator of random valid modules, on the public builder.
 *
 * SPDX-License-Identifier: MIT
 *
 * The same seed gives the same module. Every module ends: calls take a depth that goes down, loops
 * a counter, and both a share of one global budget. Every module is deterministic: where the bits of
 * a NaN could be seen they are made canonical first, weak references are only asked for objects that
 * a global keeps, and array lengths are small or impossible. Exports: "main" () -> i64, which mixes
 * everything it reached into one number; memory "mem"; globals "g0", "g1" ...
 */
#ifndef FUZZ_GEN_H
#define FUZZ_GEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "isa.h"
#include "random.h"
#include "vm/builder.h"

enum {
  MAX_STRUCTS = 6, MAX_FIELDS = 24, NARRAYS = 9, MAX_SIGS = 6, MAX_SIG = 6, MAX_FUNCS = 16,
  MAX_GLOBALS = 12, MAX_LOCALS = 64, MAX_DEPTH_EXPR = 5, MAX_OPERANDS = 60
};

typedef struct gen_struct {
  uint32_t type, nfields;
  int super; /* or -1 */
  vm_field_def fields[MAX_FIELDS];
} gen_struct;

typedef struct gen_array {
  uint32_t type;
  vm_type element;
} gen_array;

typedef struct gen_sig {
  uint32_t type, nparams, nresults;
  vm_type params[MAX_SIG], results[MAX_SIG]; /* params[0] is the depth, i32 */
} gen_sig;

typedef struct gen_func {
  uint32_t func;
  int sig;
  int env; /* struct whose closure it is, or -1 */
} gen_func;

typedef struct gen_global {
  uint32_t global;
  vm_type type;
} gen_global;

typedef struct gen {
  fuzz_random rng;
  vm_builder *b;
  gen_struct structs[MAX_STRUCTS];
  gen_array arrays[NARRAYS];
  gen_sig sigs[MAX_SIGS];
  gen_func funcs[MAX_FUNCS];
  gen_global globals[MAX_GLOBALS];
  int nstructs, nsigs, nfuncs, nglobals;
  uint32_t budget, hash, anchor; /* globals */
  uint32_t memory, table, any_table, data, dropped_data, elem;
  uint32_t hash_dyn;             /* function (dyn) -> i64 */
} gen;

typedef struct gen_local {
  uint32_t local;
  vm_type type;
} gen_local;

/* The function being written. */
typedef struct body {
  gen *g;
  vm_fn *fn;
  gen_local locals[MAX_LOCALS]; /* that statements may assign to */
  int nlocals;
  uint32_t depth;               /* local: calls left */
  uint32_t scratch32, scratch64, scratch_exn;
  const gen_sig *sig;           /* NULL: main */
  int size;                     /* nodes left */
} body;

/* Module of `seed`; the caller frees the bytes with vm_builder_bytes_free. False: the builder
 * refused, which is a bug; `error` says why. */
bool gen_module(uint64_t seed, uint8_t **bytes, size_t *size, vm_error *error);

/* gen_expr.c: code that pushes a value of (a subtype of) `type`. */
void gen_expr(body *x, vm_type type, int depth);
void gen_default(body *x, vm_type type);
/* The top of the stack into an i64, whatever its type. */
void gen_to_i64(body *x, vm_type type);
/* Mix the i64 on the stack into the hash. */
void gen_mix(body *x);
uint32_t gen_label(body *x, const vm_type *extra, uint32_t count); /* this stack and `extra` */
void gen_budget_test(body *x, bool calls); /* push 1 if there is budget; take one */
void gen_canonical(body *x, vm_type type, int depth); /* gen_expr without foreign NaNs */
vm_type gen_any_type(gen *g);
void gen_address(body *x, int depth);

/* gen_call.c: a call whose results are on the stack, defaults if the depth is used up. */
void gen_call(body *x, const gen_sig *sig, int depth);
void gen_tail_call(body *x, int depth);

/* gen_stmt.c: a few statements. The stack is the same behind them. */
void gen_block(body *x, int depth);

#endif
