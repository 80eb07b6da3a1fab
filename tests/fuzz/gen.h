/* gen.h - a generator of random valid modules, on the public builder.
 *
 * SPDX-License-Identifier: MIT
 *
 * The same seed gives the same module. Every module ends: calls take a depth that goes down, loops
 * a counter, and both a share of one global budget. Every module is deterministic: where the bits of
 * a NaN could be seen they are made canonical first, weak references are only asked for objects that
 * a global keeps, and array lengths are small or impossible. Exports: "main" () -> i64, which mixes
 * everything it reached into one number; memory "mem"; globals "g0", "g1" ..., "budget" and "hash"; table "any". With `programs`, there is no main but so many
 * small functions, "p0", "p1" ..., to be called one by one with "budget" set to something and a
 * depth as first argument; what their code shares stands in functions of its own. Imports: host.h.
 */
#ifndef FUZZ_GEN_H
#define FUZZ_GEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "host.h"
#include "isa.h"
#include "random.h"
#include "vm/builder.h"

enum {
  MAX_STRUCTS = 6, MAX_FIELDS = 24, NARRAYS = 9, MAX_SIGS = 6, MAX_SIG = 6, MAX_FUNCS = 300,
  MAX_GLOBALS = 12, MAX_LOCALS = 64, MAX_DEPTH_EXPR = 5, MAX_OPERANDS = 60,
  NMEMORIES = 3
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

/* A function that all of a module's code may call, without depth or budget. */
typedef struct gen_shared {
  uint32_t func;
  vm_type param; /* what it is for, for the functions that hash objects */
} gen_shared;

typedef struct gen {
  fuzz_random rng;
  vm_builder *b;
  gen_struct structs[MAX_STRUCTS];
  gen_array arrays[NARRAYS];
  gen_sig sigs[MAX_SIGS];
  gen_func funcs[MAX_FUNCS];
  gen_global globals[MAX_GLOBALS];
  int nstructs, nsigs, nfuncs, nglobals;
  uint32_t budget, hash, anchor, limit; /* globals */
  uint32_t memories[NMEMORIES]; /* imported, own, own and small */
  uint32_t table, any_table, host_table, env_table, data, dropped_data, elem;
  uint32_t hosts[HOST_COUNT], host_types[HOST_COUNT];
  uint32_t twice, fail_if, env_type; /* functions of "env", (i64) -> (i64) */
  uint32_t slow[4], slow_types[4], slow3, names[3], object; /* for dyn instructions, see gen_dyn.c */
  uint32_t hash_dyn;             /* function (dyn) -> i64 */
  uint32_t tail_host[3];         /* (i64, f64, dyn) -> i64, tail calls of host_mix */
  bool small;                    /* many programs in one module; then also: */
  uint32_t mix_func, take_func, root_func; /* (i64), () -> i32, () */
  gen_shared hashes[MAX_STRUCTS + NARRAYS];
  int nhashes;
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

/* Module of `seed`, with a main or so many programs; the caller frees the bytes with vm_builder_bytes_free. False: the builder
 * refused, which is a bug; `error` says why. */
bool gen_module(uint64_t seed, int programs, uint8_t **bytes, size_t *size, vm_error *error);

/* gen_expr.c: code that pushes a value of (a subtype of) `type`. */
void gen_expr(body *x, vm_type type, int depth);
void gen_default(body *x, vm_type type);
/* The top of the stack into an i64, whatever its type. */
void gen_to_i64(body *x, vm_type type);
void gen_to_i64_inline(body *x, vm_type type); /* for the shared functions themselves */
/* Mix the i64 on the stack into the hash. */
void gen_mix(body *x);
void gen_mix_inline(body *x);
void gen_take_inline(body *x); /* push 1 if there is budget; take one */
uint32_t gen_label(body *x, const vm_type *extra, uint32_t count); /* this stack and `extra` */
void gen_budget_test(body *x, bool calls); /* push 1 if there is budget; take one */
void gen_canonical(body *x, vm_type type, int depth); /* gen_expr without foreign NaNs */
vm_type gen_any_type(gen *g);
void gen_address(body *x, int depth);

/* gen_call.c: a call whose results are on the stack, defaults if the depth is used up. */
void gen_call(body *x, const gen_sig *sig, int depth);
void gen_tail_call(body *x, int depth);
bool gen_import_call(body *x, vm_type *result, int depth); /* false: it has no result */

/* gen_shared.c: the functions above, declared before all other bodies and written behind them. */
void gen_shared_declare(gen *g);
void gen_shared_write(gen *g);
void gen_begin_body(body *x, uint32_t func);

/* gen_dyn.c: an instruction with a slow path, for a dyn or an i32; false: there is none. */
bool gen_dyn_op(body *x, vm_type type, int depth);
void gen_dyn_declare(gen *g);
void gen_dyn_write(gen *g);

/* gen_loop.c: a counted loop over an array and memories. */
void gen_counted(body *x);

/* gen_address.c: accesses to memory at addresses near each other. */
void gen_accesses(body *x);

/* gen_stmt.c: a few statements. The stack is the same behind them. */
void gen_block(body *x, int depth);

#endif
