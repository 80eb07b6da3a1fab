/* loop.h - counted innermost loops, and what is known about integers in them.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * emit_loop.c says what this is for. An *induction variable* is an i32 local that every turn of the
 * loop steps exactly once by a constant or by a local that the loop does not change. The *control*
 * variable is the one that a branch executed in every turn compares with a limit.
 */
#ifndef VMI_LOOP_H
#define VMI_LOOP_H

#include "emitter.h"

/* An i32 as an expression over what stays the same in the loop and at most one induction variable,
 * linear in that. Evaluated in 64 bits it does not overflow (`bits`: magnitude at most 2^bits), and
 * modulo 2^32 it is what the guest computes, whatever wraps. */
typedef enum vmi_sym_kind { SYM_CONST, SYM_LOCAL, SYM_LENGTH, SYM_VARIABLE, SYM_ADD, SYM_SUB, SYM_MUL }
  vmi_sym_kind;

struct vmi_sym {
  uint8_t kind, bits, size;
  bool varies;          /* contains a SYM_VARIABLE: */
  bool stepped;         /* its value behind the step of this turn */
  bool guarded;         /* the control variable, known to be within the limit */
  uint32_t local;       /* SYM_LOCAL, SYM_LENGTH; the variable, if it varies */
  int64_t value;        /* SYM_CONST */
  const vmi_sym *a, *b; /* SYM_ADD ... */
};

typedef struct vmi_induction {
  uint32_t local;
  uint32_t pc;        /* of the local.set or local.tee */
  uint32_t start;     /* of the instructions that compute it */
  bool constant;
  int64_t step;       /* if constant, not 0 */
  uint32_t by;        /* else a local, */
  bool minus;         /* to be subtracted */
  lvalue *shadow;     /* int64_t */
} vmi_induction;

/* An access whose check was left out of the fast copy. */
typedef struct vmi_hoisted {
  const vmi_sym *index;
  uint32_t array;     /* local; VMI_NO_INDEX: a memory */
  uint32_t memory;
  uint64_t extent;    /* memory: offset + size */
  struct vmi_hoisted *next;
} vmi_hoisted;

struct vmi_loop {
  uint32_t label;          /* first label of its offset */
  uint32_t start, end;     /* from the header to behind the only branch back */
  uint32_t guard;          /* pc of the branch that compares the control variable */
  uint32_t guard_start;    /* of the instructions that compare */
  bool continues;          /* the branch goes on with the loop if taken */
  bool strip;              /* behind the guard the loop can start anew at its header */
  bool up;                 /* goes on while control < limit, else while control > limit */
  bool is_signed;
  bool quiet;              /* nothing in it can resize a memory */
  bool accesses;           /* elements of arrays or memory */
  bool slow;               /* a turn may take as long as its operands say */
  bool calls_host;         /* a turn may take as long as a host function does */
  bool exact;              /* the limit must be a whole number of steps away */
  int64_t bias;            /* added to the limit, for <= and >= */
  const vmi_sym *limit;
  vmi_induction *control;
  vmi_induction *variables;
  uint32_t nvariables;
  uint8_t *sets;           /* [nlocals] times a local is set, at most 2 */
  const vmi_sym **temps;   /* [nlocals] what a local that is set holds, in this turn */
  uint32_t *temps_valid;   /* [nlocals] == epoch: `temps` holds */
  uint32_t epoch;
  vmi_hoisted *hoisted;
  lvalue *limit_value, *stop; /* int64_t */
  block *check;            /* decides which copy to go on in */
};

/* ---- loop.c: analysis ---- */
/* The counted innermost loop at the label, or NULL (also when out of memory: u->failed). */
vmi_loop *vmi_loop_find(vmi_emitter *e, uint32_t label);
vmi_induction *vmi_loop_variable(const vmi_loop *loop, uint32_t local);

/* ---- sym.c: expressions; NULL stands for: unknown ---- */
const vmi_sym *vmi_sym_const(vmi_emitter *e, int64_t value);
const vmi_sym *vmi_sym_length(vmi_emitter *e, uint32_t array);
const vmi_sym *vmi_sym_local(vmi_emitter *e, uint32_t local); /* its value at the current pc */
const vmi_sym *vmi_sym_op(vmi_emitter *e, vmi_sym_kind kind, const vmi_sym *a, const vmi_sym *b);
bool vmi_sym_equal(const vmi_sym *a, const vmi_sym *b);
/* As int64_t, with `variable` for its induction variable (NULL if it has none). */
rvalue *vmi_sym_value(vmi_emitter *e, const vmi_sym *s, rvalue *variable);

#endif
