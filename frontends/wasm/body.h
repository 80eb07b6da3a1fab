/* body.h - a function body on its way from WebAssembly's blocks to libvm's labels.
 *
 * SPDX-License-Identifier: MIT
 *
 * One pass reads, validates and emits. Validation works as the specification's appendix describes:
 * a stack of operand types, and a stack of frames for the blocks that are open. Behind a branch
 * that is always taken the rest of a block is validated with operands of any type below the
 * frame's, and nothing is emitted (`live` is false): libvm has no unreachable code.
 *
 *   WebAssembly                       libvm
 *   block ... end                     ... label:
 *   loop ... end                      label: ...
 *   if A else B end                   br_unless no; A; br label; no: B; label:
 *
 * A label of libvm declares the whole operand stack, a branch of WebAssembly may leave values
 * behind that lie below the label's. What lies there is dropped before such a branch (unwind.c);
 * branches for which there is nothing to drop cost nothing.
 */
#ifndef WASM_BODY_H
#define WASM_BODY_H

#include "module.h"

/* Stands for an operand of any type: below the frame's in unreachable code. */
#define WASM_ANY ((vm_type)UINT32_MAX)

enum {
  WASM_MAX_STACK = 10000,  /* operands of one function; what libvm allows */
  WASM_MAX_BLOCKS = 100000 /* nested blocks */
};

typedef enum wasm_frame_kind {
  WASM_BLOCK, WASM_LOOP, WASM_IF, WASM_ELSE, WASM_BODY
} wasm_frame_kind;

typedef struct wasm_block_type {
  const vm_type *params, *results;
  uint32_t nparams, nresults;
} wasm_block_type;

typedef struct wasm_frame {
  wasm_frame_kind kind;
  wasm_block_type type;
  uint32_t height;      /* of the operand stack below the block's parameters */
  bool unreachable;     /* validation: the rest of the block is never reached */
  bool entered;         /* emission: the block's start is reached */
  uint32_t label;       /* where branches to it go; VM_NO_INDEX: none so far */
  uint32_t otherwise;   /* of an if: the label of its else */
  uint32_t trampoline;  /* of the br_table that is translated; VM_NO_INDEX: none */
} wasm_frame;

/* What follows an opcode. */
typedef enum wasm_form {
  WASM_FORM_NOTHING, WASM_FORM_BLOCK, WASM_FORM_IF, WASM_FORM_ELSE, WASM_FORM_END,
  WASM_FORM_INDEX, WASM_FORM_TWO_INDICES, WASM_FORM_LABELS, WASM_FORM_TYPES, WASM_FORM_REF_TYPE,
  WASM_FORM_ACCESS, WASM_FORM_ZERO, WASM_FORM_TWO_ZEROS, WASM_FORM_DATA_INDEX,
  WASM_FORM_DATA_INDEX_ZERO, WASM_FORM_S32, WASM_FORM_S64, WASM_FORM_F32, WASM_FORM_F64
} wasm_form;

typedef struct wasm_body wasm_body;
typedef struct wasm_op wasm_op;

/* Validates and emits one instruction, whose opcode is read and whose immediates are next. */
typedef bool wasm_rule(wasm_body *c, const wasm_op *op);

struct wasm_op {
  wasm_rule *rule;       /* NULL: there is no such instruction */
  const char *text;
  uint32_t code;         /* libvm's */
  vm_type from, to;      /* of numeric instructions, loads (`to`) and stores (`from`) */
  uint8_t align;         /* of loads and stores, as a power of two */
  uint8_t form;          /* a wasm_form */
};

struct wasm_body {
  wasm_module *m;
  wasm_reader *r;
  vm_fn *fn;
  const wasm_functype *type;
  const uint8_t *at;     /* the instruction that is translated */
  bool live;             /* what is emitted now will be reached */
  uint32_t floor;        /* the innermost frame's height */
  uint32_t height;       /* of the operand stack */
  vm_type *stack;        /* WASM_MAX_STACK */
  vm_type *scratch;      /* the same: a label's types */
  wasm_list frames;      /* wasm_frame */
  wasm_list locals;      /* vm_type */
  wasm_list targets;     /* uint32_t: depths, then labels, of the br_table that is translated */
  uint32_t (*parking)[6];/* locals by place and kind; see unwind.c */
  uint32_t parked;       /* places that have any */
};

static inline wasm_frame *wasm_top(const wasm_body *c)
{
  return (wasm_frame *)c->frames.items + c->frames.count - 1;
}

/* The frame `depth` outside the innermost. */
static inline wasm_frame *wasm_outer(const wasm_body *c, uint32_t depth)
{
  return wasm_top(c) - depth;
}

/* What a branch to the frame takes along. */
static inline const vm_type *wasm_label_types(const wasm_frame *f, uint32_t *count)
{
  *count = f->kind == WASM_LOOP ? f->type.nparams : f->type.nresults;
  return f->kind == WASM_LOOP ? f->type.params : f->type.results;
}

/* stack.c: the operand stack; inline what is ordinary. */

bool wasm_push_slow(wasm_body *c, vm_type type);
bool wasm_pop_slow(wasm_body *c, vm_type type);

static inline bool wasm_push(wasm_body *c, vm_type type)
{
  if (c->height == WASM_MAX_STACK) return wasm_push_slow(c, type);
  c->stack[c->height++] = type;
  return true;
}

static inline bool wasm_pop(wasm_body *c, vm_type type)
{
  if (c->height == c->floor || c->stack[c->height - 1] != type) return wasm_pop_slow(c, type);
  c->height--;
  return true;
}

bool wasm_push_all(wasm_body *c, const vm_type *types, uint32_t count);
bool wasm_pop_all(wasm_body *c, const vm_type *types, uint32_t count);
/* Any type: *type is WASM_ANY if nothing says which. */
bool wasm_pop_any(wasm_body *c, vm_type *type);
/* Are the types on top? They are there afterwards, with what was of any type made theirs. */
bool wasm_check_top(wasm_body *c, const vm_type *types, uint32_t count);
/* The rest of the frame is not reached. */
void wasm_set_unreachable(wasm_body *c);

/* frames.c: the blocks that are open, and their labels. */

bool wasm_push_frame(wasm_body *c, wasm_frame_kind kind, wasm_block_type type);
/* Checks that the results and nothing else are on the stack. */
bool wasm_check_results(wasm_body *c);
void wasm_pop_frame(wasm_body *c);
/* Where branches to `f` go. */
bool wasm_frame_label(wasm_body *c, wasm_frame *f, uint32_t *label);
/* A new label that takes the present stack. */
bool wasm_new_label(wasm_body *c, uint32_t *label);
void wasm_bind(wasm_body *c, uint32_t label);

/* unwind.c */

/* The number of values that a branch to `f` leaves behind. Only where `live`. */
uint32_t wasm_excess(const wasm_body *c, const wasm_frame *f);
/* Drops them, and jumps, or returns if `f` is the whole body. */
bool wasm_unwind_to(wasm_body *c, wasm_frame *f);
/* Before a body: no local is used for parking. */
void wasm_forget_parking(wasm_body *c);

/* ops.c */

enum { WASM_LONG_OP = 0xFC }; /* the byte before the number of an instruction */

/* By the first byte, and behind those by the number after 0xFC; `rule` is NULL if there is none. */
extern const wasm_op wasm_ops[];
/* By the number after 0xFC; NULL: none. */
const wasm_op *wasm_find_long_op(uint32_t number);

/* Emits an instruction where it is reached. Failures stay in the builder until the body's end. */
static inline bool wasm_emit(wasm_body *c, uint32_t code)
{
  if (c->live) vm_fn_op(c->fn, code);
  return true;
}
static inline bool wasm_emit1(wasm_body *c, uint32_t code, uint64_t imm)
{
  if (c->live) vm_fn_op1(c->fn, code, imm);
  return true;
}
static inline bool wasm_emit2(wasm_body *c, uint32_t code, uint64_t imm0, uint64_t imm1)
{
  if (c->live) vm_fn_op2(c->fn, code, imm0, imm1);
  return true;
}

/* The next instruction may trap or call: backtraces name its place in the binary. */
static inline void wasm_note_place(wasm_body *c)
{
  if (c->live) vm_fn_line(c->fn, (uint32_t)(c->at - c->r->start));
}

/* The rules: those of control flow in control.c, of calls in calls.c, of variables in variables.c,
 * of memories in memory.c, of references and tables in references.c, of numbers in numbers.c. */
wasm_rule wasm_op_unary, wasm_op_binary, wasm_op_load, wasm_op_store;
#define UNARY(opcode, id, text, from, to)
#define BINARY(opcode, id, text, from, to)
#define LOAD(opcode, id, text, type, align)
#define STORE(opcode, id, text, type, align)
#define RULE(opcode, rule, id, form, text) wasm_rule wasm_op_##rule;
#include "wasm_ops.def"

#endif
