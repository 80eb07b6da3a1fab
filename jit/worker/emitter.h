/* emitter.h - what the files of the code generator share: unit and function state, and the short
 * builders of libgccjit expressions.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * One C function a guest function, R f(thread, fp, params ... [, env]). Every bytecode local is a C
 * local. The operand stack is virtual: an entry is a constant, a local not yet overwritten, a
 * comparison waiting for the branch behind it, or sits in the C local of its (depth, class). At
 * labels every entry sits in its own C local, so a branch moves nothing.
 *
 * References live in C locals. Where the frame is *linked* (emit_stage.c) the slots of traced locals
 * that any safepoint wants are kept equal to the C locals at all times, and traced operands are stored before real calls;
 * elsewhere slots are written, and the frame is linked, in cold blocks alone.
 */
#ifndef VMI_EMITTER_H
#define VMI_EMITTER_H

#include <libgccjit.h>
#include <stddef.h>

#include "emit.h"
#include "helpers.h"
#include "thread.h"

typedef gcc_jit_rvalue rvalue;
typedef gcc_jit_lvalue lvalue;
typedef gcc_jit_block block;
typedef gcc_jit_type ctype;

/* Classes of value: what C type carries them. */
typedef enum vmi_class { C_I32, C_I64, C_F32, C_F64, C_DYN, C_REF, C_COUNT } vmi_class;

static inline vmi_class vmi_class_of(vm_type t)
{
  return vmi_type_is_packed(t) ? C_I32 : (vmi_class)VM_TYPE_KIND(t);
}
static inline bool vmi_class_traced(vmi_class c) { return c == C_DYN || c == C_REF; }

/* The C types named by isa.def, in T_ order. */
typedef enum vmi_ctype {
  T_int8_t, T_uint8_t, T_int16_t, T_uint16_t, T_int32_t, T_uint32_t, T_int64_t, T_uint64_t,
  T_float, T_double, T_COUNT
} vmi_ctype;

typedef struct vmi_unit_func {
  gcc_jit_function *native;
  bool has_loops;
  bool entered;  /* can be entered at its loop headers */
  bool has_tail; /* contains a tail call: may return with an unwind of TAILCALL */
  bool leaf;     /* ends soon, never collects, calls leaves at most: its calls need no linked frame,
                    itself no checks */
  bool checks;   /* its accesses of memories, see emit_guard.c */
  bool quiet;    /* a leaf that never unwinds: its calls need no ceremony */
  bool calls;    /* would be a leaf, were it not for calls of functions of the unit */
  uint32_t ninsns, frame; /* of a leaf with the leaves it calls: instructions, slots */
} vmi_unit_func;

typedef struct vmi_unit {
  gcc_jit_context *ctx;
  const vmi_module *m;
  const vmi_emit_options *o;
  vmi_arena *arena;
  bool failed;            /* out of memory */
  const uint32_t *funcs;
  uint32_t nfuncs, published;
  uint32_t *position;     /* [m->nfuncs] 1 + index in funcs, or 0 */
  vmi_unit_func *info;    /* [nfuncs] */
  ctype *type[T_COUNT];   /* C types by vmi_ctype */
  ctype *unaligned[T_COUNT];
  ctype *cls[C_COUNT];    /* by class */
  ctype *ptr, *bool_type, *void_type, *long_type, *int_type, *wide; /* ptr: uint8_t * */
  ctype *helper_type[VMI_H_COUNT]; /* pointer to function, made on first use */
  gcc_jit_function *expect, *atomic_load, *frame_address;
  bool sse41, avx, popcnt; /* of the processor, when it is an x86 */
} vmi_unit;

typedef enum vmi_entry_kind { E_VAR, E_LOCAL, E_CONST, E_COND, E_DOUBLE } vmi_entry_kind;

typedef struct vmi_sym vmi_sym;   /* loop.h */
typedef struct vmi_loop vmi_loop;

/* What is known of a dyn when code is made. */
enum { VMI_KNOWN_NOTHING, VMI_KNOWN_INT, VMI_KNOWN_DOUBLE, VMI_KNOWN_OBJECT };

typedef struct vmi_operand {
  uint8_t cls, kind;
  bool saved;     /* its frame slot holds it already */
  uint8_t known;  /* of a dyn: VMI_KNOWN_* */
  bool described; /* an i32 that is origin + delta modulo 2^32, see emit_known.c */
  bool literal;   /* an f64 constant with these bits */
  uint64_t bits;
  uint32_t local; /* E_LOCAL */
  uint32_t origin, delta;
  rvalue *value;  /* E_CONST, E_COND */
  rvalue *number; /* of a dyn known to be a double: the double; all that there is of an E_DOUBLE, which is
                     boxed only where its word is wanted. Or NULL */
  const vmi_sym *sym; /* i32 in the fast copy of a loop: what it is; NULL: unknown */
} vmi_operand;

/* The comparison of two values that made the condition on top of the stack. */
typedef struct vmi_compared {
  bool known;
  uint8_t ctype, op; /* vmi_ctype, gcc_jit_comparison */
  vmi_operand a, b;
} vmi_compared;

enum { VMI_MAX_CALLED = 4 };

/* What emit_known.c knows. */
enum { VMI_MAX_FACTS = 16 };
typedef struct vmi_fact {
  uint32_t origin, delta, memory;
  uint64_t extent; /* that many bytes from there on are in bounds */
} vmi_fact;

typedef struct vmi_known_local { /* of the local, if it is the present epoch */
  uint32_t epoch, origin, delta;
  uint8_t dyn;                   /* VMI_KNOWN_*; the double is in vmi_emitter.numbers */
} vmi_known_local;

typedef struct vmi_known {
  vmi_known_local *locals; /* [nlocals] */
  uint32_t epoch, origins; /* the last ones given out */
  vmi_fact facts[VMI_MAX_FACTS];
  uint32_t nfacts, oldest;
} vmi_known;

/* Who jumps to a label; of equal offsets the first tells for all. */
typedef struct vmi_flow {
  uint32_t sources, first, last; /* branches, their lowest and highest pc */
  uint32_t backward;             /* how many of them go back */
  bool handler;                  /* exceptions come here */
} vmi_flow;

/* Where the interpreter goes on when a guess was wrong, see emit_resume.c. */
typedef struct vmi_resume {
  bool known;
  bool linked;            /* the frame, see emit_stage.c */
  uint32_t pc, depth, next_call;
  vmi_operand *stack;     /* [max_stack] the operands as they were there */
  uint64_t *read;         /* the locals read since */
  block *wrong;           /* leaves for there; NULL: not made yet */
} vmi_resume;

typedef enum vmi_stage { VMI_FRESH, VMI_CHECKED, VMI_LINKED, VMI_STAGE_NONE } vmi_stage;

/* Where control goes when an exception is raised: a handler's label, or the exit. */
typedef struct vmi_target {
  block *dispatch; /* unwind is set, the trace done */
  block *trap;     /* raise the trap in `trap_word` */
  block *after;    /* a call came back unwinding; its pc is in `trap_word` */
  block *out;      /* `verdict` of a call: 1 dispatch, else leave */
} vmi_target;

typedef struct vmi_emitter {
  vmi_unit *u;
  gcc_jit_context *ctx;
  gcc_jit_function *fn;
  const vmi_module *m;
  const vmi_func *f;
  uint32_t func;          /* its index in the module */
  const vmi_guess *guesses; /* [npoints], see emit_guess.c; NULL: none */
  bool guards;            /* memories are accessed without checks, see emit_guard.c */
  uint32_t pc;
  gcc_jit_location *loc;  /* source line of the current pc; NULL: unknown, or nobody asked */
  uint32_t line;          /* that line, or 0 */
  block *block;           /* being filled; NULL behind an instruction that ends control flow */
  rvalue *t, *fp;         /* parameters, uint8_t * */
  lvalue *inst;           /* thread->instance */
  lvalue *sites;          /* its caches; NULL: has none */
  vmi_stage stage;        /* at the current pc, see emit_stage.c */
  vmi_stage first_stage;  /* at the function's start */
  bool always_linked;
  bool checks_frame;      /* entry compares the frame's end with the limit */
  bool real_calls;
  uint8_t *stages;        /* [nlabels], valid for the first label of an offset */
  uint32_t *linking;      /* [nlinking] pcs of the calls that need a linked frame */
  uint32_t nlinking;
  uint32_t last_link;     /* pc of the last allocation; UINT32_MAX: code may come back from anywhere */
  lvalue **locals;        /* [nlocals] */
  lvalue **numbers;       /* [nlocals] the double of a local known to be one, made on first use */
  lvalue **lengths;       /* [nlocals] cached length of a local that is an array (0 for null) */
  uint32_t *aliases;      /* [nlocals] operands that are E_LOCAL of it */
  vmi_operand *stack;
  uint32_t depth;
  lvalue **vars;          /* [max_stack * C_COUNT], made on first use */
  lvalue *temp[C_COUNT];
  lvalue *trap_word;      /* trap code << 32 | pc; before leaving the frame, its aux << 32 | pc */
  lvalue *verdict;        /* of poll and after_call */
  block *poll_out[2];     /* by linked: `verdict` of a poll: 1 exit, else leave */
  block *leave[2];        /* by linked: write the frame, return with VMI_UNWIND_LEAVE */
  uint64_t *live_labels, *live_calls; /* sets of locals, live_words each; NULL: all are live */
  uint64_t *kept;         /* locals that are live where something may be collected; NULL: all */
  uint32_t live_words;
  uint32_t next_call;     /* of live_calls: the next call instruction */
  vmi_flow *flow;         /* [nlabels] */
  vmi_loop *loop;         /* memory for one, or NULL */
  vmi_loop *fast;         /* the loop whose fast copy is being made, or NULL */
  block *join;            /* where the fast copy made last goes on behind the loop, at join_pc; or NULL */
  uint32_t join_pc;
  uint32_t *loop_ends;    /* [nlabels] of equal offsets the first: 1 + pc of the last branch back there */
  uint32_t *headers;      /* the same, if loops can be entered; else all 0 */
  uint32_t nheaders;
  lvalue *inner;          /* 2 + the inner loop's label that is being entered, or 0 */
  block **labels;         /* [nlabels], shared by equal offsets */
  vmi_target *targets;    /* [nlabels + 2], the last two for the exit, by linked */
  block *exit[2], *early_exit; /* exit: by linked */
  vmi_compared compared;
  vmi_known known;
  lvalue **mem, **mem_base, **mem_size; /* [nmemories] of those used */
  struct {
    uint32_t type;
    lvalue *id;
  } called[VMI_MAX_CALLED]; /* types that tables are called at: the isolate's ids of them */
  uint32_t ncalled;
  lvalue *mem_limit;      /* of memory 0: vmi_instance.memory_limit */
  bool *reached;          /* [nlabels] of equal offsets the first: code that was made leads there */
  uint32_t branched;      /* pc of a branch that the comparison before it has made */
  vmi_resume resume;
  uint32_t serial;        /* for unique names */
} vmi_emitter;

/* ---- expressions ---- */
static inline rvalue *e_get(lvalue *v) { return gcc_jit_lvalue_as_rvalue(v); }
static inline rvalue *e_int(vmi_emitter *e, vmi_ctype t, uint64_t v)
{
  return gcc_jit_context_new_rvalue_from_long(e->ctx, e->u->type[t], (long)v);
}
static inline rvalue *e_u32(vmi_emitter *e, uint32_t v) { return e_int(e, T_uint32_t, v); }
static inline rvalue *e_u64(vmi_emitter *e, uint64_t v) { return e_int(e, T_uint64_t, v); }
static inline rvalue *e_null(vmi_emitter *e) { return gcc_jit_context_null(e->ctx, e->u->ptr); }
static inline rvalue *e_cast(vmi_emitter *e, rvalue *v, vmi_ctype t)
{
  return gcc_jit_context_new_cast(e->ctx, NULL, v, e->u->type[t]);
}
static inline rvalue *e_bits(vmi_emitter *e, rvalue *v, ctype *t)
{
  return gcc_jit_context_new_bitcast(e->ctx, NULL, v, t);
}
static inline rvalue *e_op(vmi_emitter *e, enum gcc_jit_binary_op op, vmi_ctype t, rvalue *a, rvalue *b)
{
  return gcc_jit_context_new_binary_op(e->ctx, NULL, op, e->u->type[t], a, b);
}
static inline rvalue *e_cmp(vmi_emitter *e, enum gcc_jit_comparison op, rvalue *a, rvalue *b)
{
  return gcc_jit_context_new_comparison(e->ctx, NULL, op, a, b);
}
static inline rvalue *e_not(vmi_emitter *e, rvalue *cond)
{
  return gcc_jit_context_new_unary_op(e->ctx, NULL, GCC_JIT_UNARY_OP_LOGICAL_NEGATE,
                                      e->u->bool_type, cond);
}
/* The address `offset` bytes past the pointer. */
static inline rvalue *e_at(vmi_emitter *e, rvalue *p, uint64_t offset)
{
  if (!offset) return p;
  lvalue *cell = gcc_jit_context_new_array_access(e->ctx, NULL, p, e_u64(e, offset));
  return gcc_jit_lvalue_get_address(cell, NULL);
}
static inline lvalue *e_cell(vmi_emitter *e, ctype *t, rvalue *p, uint64_t offset)
{
  rvalue *typed = gcc_jit_context_new_cast(e->ctx, NULL, e_at(e, p, offset),
                                           gcc_jit_type_get_pointer(t));
  return gcc_jit_rvalue_dereference(typed, NULL);
}
static inline rvalue *e_load(vmi_emitter *e, ctype *t, rvalue *p, uint64_t offset)
{
  return e_get(e_cell(e, t, p, offset));
}
static inline rvalue *e_load_ptr(vmi_emitter *e, rvalue *p, uint64_t offset)
{
  return e_load(e, e->u->ptr, p, offset);
}
static inline rvalue *e_load_u32(vmi_emitter *e, rvalue *p, uint64_t offset)
{
  return e_load(e, e->u->type[T_uint32_t], p, offset);
}

static inline bool e_linked(const vmi_emitter *e) { return e->stage == VMI_LINKED; }

/* ---- statements ---- */
static inline void e_set(vmi_emitter *e, lvalue *v, rvalue *x)
{
  gcc_jit_block_add_assignment(e->block, e->loc, v, x);
}
static inline void e_store(vmi_emitter *e, ctype *t, rvalue *p, uint64_t offset, rvalue *x)
{
  e_set(e, e_cell(e, t, p, offset), x);
}
static inline block *e_block(vmi_emitter *e) { return gcc_jit_function_new_block(e->fn, NULL); }
static inline void e_jump(vmi_emitter *e, block *to)
{
  gcc_jit_block_end_with_jump(e->block, e->loc, to);
  e->block = NULL;
}
static inline void e_if(vmi_emitter *e, rvalue *cond, block *yes, block *no)
{
  gcc_jit_block_end_with_conditional(e->block, e->loc, cond, yes, no);
  e->block = NULL;
}

/* ---- emit_value.c: locals, operand stack, small control-flow patterns ---- */
lvalue *vmi_emit_local(vmi_emitter *e, ctype *t, const char *prefix); /* a new C local */
lvalue *vmi_emit_temp(vmi_emitter *e, vmi_class c);                   /* scratch, one a class */
rvalue *vmi_emit_zero(vmi_emitter *e, vmi_class c);
rvalue *vmi_emit_likely(vmi_emitter *e, rvalue *cond, bool expected);
/* (bool) cond ? 1 : 0 as uint32_t */
rvalue *vmi_emit_bool(vmi_emitter *e, rvalue *cond);
/* *dst = cond ? a : b; neither may have side effects that must not happen. */
void vmi_emit_select(vmi_emitter *e, lvalue *dst, rvalue *cond, rvalue *a, rvalue *b);
/* Continue in a new block if `cond` (expected false) does not hold; return the cold block. */
block *vmi_emit_cold(vmi_emitter *e, rvalue *cond, block **go_on);

void vmi_emit_push(vmi_emitter *e, vmi_class c, rvalue *x);
void vmi_emit_push_const(vmi_emitter *e, vmi_class c, rvalue *x);
void vmi_emit_push_cond(vmi_emitter *e, rvalue *cond);
void vmi_emit_push_local(vmi_emitter *e, uint32_t local);
/* Push the dyn that is the double x; and of a literal. */
void vmi_emit_push_double(vmi_emitter *e, rvalue *x);
void vmi_emit_push_double_literal(vmi_emitter *e, uint64_t bits);
/* Pop an operand whose value is NULL if it is an E_DOUBLE: nobody is to box it. */
vmi_operand vmi_emit_pop_number(vmi_emitter *e);
/* Push an entry that sits in its own C local, and return that local, to be assigned. */
lvalue *vmi_emit_push_var(vmi_emitter *e, vmi_class c);
rvalue *vmi_emit_pop(vmi_emitter *e);
vmi_operand vmi_emit_pop_operand(vmi_emitter *e); /* its `value` is set in every kind */
rvalue *vmi_emit_pop_cond(vmi_emitter *e, bool when); /* the i32 on top is nonzero == when */
rvalue *vmi_emit_operand(vmi_emitter *e, uint32_t slot);
lvalue *vmi_emit_var(vmi_emitter *e, uint32_t slot, vmi_class c);
void vmi_emit_flush_entry(vmi_emitter *e, uint32_t slot);
void vmi_emit_flush(vmi_emitter *e); /* every entry into its own C local */
void vmi_emit_set_local(vmi_emitter *e, uint32_t local, rvalue *x);
void vmi_emit_length_of(vmi_emitter *e, uint32_t local); /* refresh the cached array length */

/* Slots of frames: of class `c` at index `slot` of the frame at `fp`. */
rvalue *vmi_emit_slot_get(vmi_emitter *e, rvalue *fp, uint32_t slot, vmi_class c);
void vmi_emit_slot_set(vmi_emitter *e, rvalue *fp, uint32_t slot, vmi_class c, rvalue *x);
/* The value's slot as 64 bits, as helpers take it. */
rvalue *vmi_emit_slot_bits(vmi_emitter *e, vmi_class c, rvalue *x);

/* Of the labels at one offset the first, which tells for all. */
static inline uint32_t vmi_emit_first_label(const vmi_func *f, uint32_t label)
{
  while (label > 0 && f->labels[label - 1].offset == f->labels[label].offset) label--;
  return label;
}

/* ---- emit_func.c, emit_classify.c ---- */
/* The C function type of a guest function type: a pointer to it. `env`: one more last parameter. */
ctype *vmi_emit_native_type(vmi_unit *u, const vmi_typedef *type, bool env);
ctype *vmi_emit_result_type(vmi_unit *u, const vmi_typedef *type);
/* The source line at `pc` for debuggers; NULL if unknown or not asked for. */
gcc_jit_location *vmi_emit_location(vmi_unit *u, const vmi_func *f, uint32_t pc);
bool vmi_emit_function(vmi_unit *u, uint32_t index); /* of the unit; false if out of memory */
bool vmi_emit_range(vmi_emitter *e, uint32_t from, uint32_t to); /* the instructions between the pcs */
void vmi_emit_label_stack(vmi_emitter *e, uint32_t label); /* the operands that the label declares */
bool vmi_emit_is_array_access(uint32_t index);
bool vmi_emit_goes_back(const vmi_func *f, uint32_t pc, const vmi_insn *branch);
/* May one such instruction keep a request waiting for as long as its operands say? */
bool vmi_emit_takes_long(const vmi_insn *in);
/* yes if the comparison holds, else no: push the less or greater of the two, if that is what it is. */
bool vmi_emit_least(vmi_emitter *e, const vmi_compared *c, const vmi_operand *yes, const vmi_operand *no);
bool vmi_emit_classify(vmi_unit *u); /* fill in what is known of each function */
vmi_unit_func *vmi_emit_in_unit(vmi_unit *u, uint32_t func); /* NULL: not of the unit */

/* ---- emit_frame.c: frames, safepoints, traps, polls ---- */
rvalue *vmi_emit_id(vmi_emitter *e); /* VMI_FRAME_ID of the current pc */
rvalue *vmi_emit_word_id(vmi_emitter *e); /* of the pc in `trap_word` */
rvalue *vmi_emit_helper(vmi_emitter *e, uint32_t helper, uint32_t nargs, rvalue **args);
#define VMI_HELPER(e, name, ...) \
  vmi_emit_helper(e, VMI_H_##name, sizeof((rvalue *[]){__VA_ARGS__}) / sizeof(rvalue *), \
                  (rvalue *[]){__VA_ARGS__})
void vmi_emit_call_void(vmi_emitter *e, rvalue *call);
/* Make the frame readable for the collector around a slow path: the lowest `nops` operands and all
 * locals. Returns what vmi_emit_safepoint_end needs. */
bool vmi_emit_safepoint(vmi_emitter *e, uint32_t nops);
void vmi_emit_safepoint_end(vmi_emitter *e, bool temporary);
void vmi_emit_link(vmi_emitter *e, rvalue *id);
void vmi_emit_unlink_temporary(vmi_emitter *e);
rvalue *vmi_emit_load_limit(vmi_emitter *e);
rvalue *vmi_emit_poll_condition(vmi_emitter *e, rvalue *limited);
void vmi_emit_save_operands(vmi_emitter *e, uint32_t nops);
void vmi_emit_unlink(vmi_emitter *e);
void vmi_emit_trap_if(vmi_emitter *e, rvalue *cond, vm_trap code);
void vmi_emit_trap(vmi_emitter *e, vm_trap code);               /* ends the block */
void vmi_emit_trap_value(vmi_emitter *e, rvalue *code);         /* ends the block */
void vmi_emit_trap_if_code(vmi_emitter *e, rvalue *code);       /* a helper's result, 0 to go on */
void vmi_emit_trap_if_null(vmi_emitter *e, rvalue *object);     /* a helper's; thread->trap_code */
vmi_target *vmi_emit_target(vmi_emitter *e);                    /* of the current pc */
block *vmi_emit_target_after(vmi_emitter *e);
void vmi_emit_load_memories(vmi_emitter *e);
void vmi_emit_find_memories(vmi_emitter *e); /* and load them: at entry */
rvalue *vmi_emit_memory_size(vmi_emitter *e, uint32_t memory);
rvalue *vmi_emit_type_id(vmi_emitter *e, uint32_t type); /* of the module's type in the isolate */
/* emit_memory.c: the table's cell at the index, or a trap. */
lvalue *vmi_emit_table_cell(vmi_emitter *e, uint32_t table, rvalue *index);
/* A block that polls before a jump back to the label and goes on to `to`. */
block *vmi_emit_poll(vmi_emitter *e, uint32_t label, block *to);
/* The block to branch to for a jump from the current pc to the label: a poll if it goes back. */
block *vmi_emit_branch(vmi_emitter *e, uint32_t label);

/* The place, `pc` with `aux`, and if it `leaves` the frame's state, apart from the locals, which are
 * live by `live` (NULL: all). */
void vmi_emit_exit_state(vmi_emitter *e, bool leaves, uint32_t pc, uint64_t aux, const uint64_t *live);
block *vmi_emit_target_out(vmi_emitter *e);

/* ---- emit_stage.c ---- */
/* Decide the stages of all labels. `late`: entry may be checked behind the start. */
bool vmi_emit_plan_stages(vmi_emitter *e, uint32_t ncalls, bool late, bool always_linked);
vmi_stage vmi_emit_label_stage(const vmi_emitter *e, uint32_t label);
void vmi_emit_become(vmi_emitter *e, vmi_stage stage);
void vmi_emit_reach_stage(vmi_emitter *e, const vmi_insn *in); /* what the instruction needs */
/* The label's block, or one that makes up the difference to the label's stage and leads there. A poll
 * on the way is behind that: it may write to the frame, which a FRESH function may not have. */
block *vmi_emit_into_stage(vmi_emitter *e, uint32_t label, bool poll);
void vmi_emit_check_entry(vmi_emitter *e); /* emit_func.c: room for frame and native stack, requests */

/* ---- emit_loop.c ---- */
/* At the start of a label's block: if the label heads a counted loop, emit the fast copy and what
 * chooses between the two; the slow copy is to follow. False if out of memory. */
bool vmi_emit_fast_copy(vmi_emitter *e, uint32_t label);
void vmi_emit_join(vmi_emitter *e); /* at the current pc */
/* In a fast copy, 64-bit index or address without any check; NULL: check it. */
rvalue *vmi_emit_hoisted_element(vmi_emitter *e, const vmi_operand *array, const vmi_operand *index);
rvalue *vmi_emit_hoisted_address(vmi_emitter *e, uint32_t memory, const vmi_operand *address,
                                 uint64_t offset, uint32_t size);
bool vmi_emit_guard(vmi_emitter *e, uint32_t label); /* the current branch, if it is the guard */
bool vmi_emit_step(vmi_emitter *e, uint32_t local);  /* the current local.set, if it is a step */
void vmi_emit_note_local(vmi_emitter *e, uint32_t local, const vmi_sym *s); /* was set to that */
void vmi_emit_forget_turn(vmi_emitter *e); /* at a label */
/* Is the current jump, to that offset, the branch back of a fast copy that polls between strips? */
bool vmi_emit_strips(const vmi_emitter *e, uint32_t offset);

/* ---- emit_guard.c ---- */
bool vmi_emit_plan_guards(vmi_unit *u); /* which functions check; false if code is bad */
rvalue *vmi_emit_guarded_load(vmi_emitter *e, vmi_ctype t, vmi_class c, lvalue *cell);
void vmi_emit_guarded_store(vmi_emitter *e, vmi_ctype t, lvalue *cell, rvalue *v); /* v: of type t */

/* ---- emit_live.c ---- */
bool vmi_emit_liveness(vmi_emitter *e); /* fill in live_*; false if out of memory */
void vmi_emit_end_dead(vmi_emitter *e, const uint64_t *set);
/* Traced, and wanted behind a safepoint: the slots of others are of no interest while linked. */
bool vmi_emit_is_kept(const vmi_emitter *e, uint32_t local);
/* Is it in its slot of the frame at all times, in the present stage? */
bool vmi_emit_in_slot(const vmi_emitter *e, uint32_t local);
static inline const uint64_t *vmi_emit_live_at(const vmi_emitter *e, const uint64_t *sets, uint32_t i)
{
  return sets ? sets + (size_t)i * e->live_words : NULL;
}

/* ---- emit_resume.c: only where code is made of guesses ---- */
bool vmi_resume_allocate(vmi_emitter *e);
void vmi_resume_forget(vmi_emitter *e);   /* control may come from elsewhere */
void vmi_resume_before(vmi_emitter *e);   /* the instruction at e->pc */
/* It has been made; there were `depth` operands before. */
void vmi_resume_behind(vmi_emitter *e, const vmi_insn *in, uint32_t depth);
/* A block that leaves the frame for the interpreter to do the instruction at the current pc, whose operands
 * are still on the stack, perhaps after some before it again. */
block *vmi_emit_wrong(vmi_emitter *e);

/* ---- emit_osr.c ---- */
/* The frame is live at fp and `verdict` is 2 + the label to go on at. Ends the block. */
void vmi_emit_enter_at_label(vmi_emitter *e);
/* At the start of label's block: on to an inner loop, if one is being entered. */
void vmi_emit_pass_header(vmi_emitter *e, uint32_t label);
/* Write the whole state into the frame and return. */
block *vmi_emit_leave(vmi_emitter *e);

/* ---- emit_keep.c: calls of the run time that keep all registers ---- */
/* verdict = helper(thread, fp, id[, extra]), one that takes these. */
void vmi_emit_kept_helper(vmi_emitter *e, uint32_t helper, uint32_t extra);
/* Where it jumps to in this unit. */
void vmi_emit_keeper(vmi_unit *u);

/* ---- emit_known.c: addresses that need no check ---- */
void vmi_known_forget(vmi_emitter *e); /* at a label: control may come from elsewhere */
/* What the operand pushed last is: a constant; the local; a + b or a - b. */
void vmi_known_constant(vmi_emitter *e, uint32_t value);
void vmi_known_push_local(vmi_emitter *e, uint32_t local);
void vmi_known_sum(vmi_emitter *e, const vmi_operand *a, const vmi_operand *b, bool minus);
void vmi_known_set_local(vmi_emitter *e, uint32_t local, const vmi_operand *o); /* NULL: unknown */
/* The dyn in the local is a VMI_KNOWN_*; `number`: the double, or NULL: it is to be taken out. */
void vmi_known_dyn(vmi_emitter *e, uint32_t local, uint8_t known, rvalue *number);
/* Are the `extent` bytes from the address on in bounds? Were they looked at, they are from now on. */
bool vmi_known_in_bounds(const vmi_emitter *e, uint32_t memory, const vmi_operand *address,
                         uint64_t extent);
void vmi_known_checked(vmi_emitter *e, uint32_t memory, const vmi_operand *address, uint64_t extent);
/* What the memory has at least, in bytes. */
static inline uint64_t vmi_emit_least_size(const vmi_emitter *e, uint32_t memory)
{
  return (uint64_t)e->m->memories[memory].min * VMI_PAGE_SIZE;
}

/* ---- emit_call.c ---- */
/* An ordinary (not a tail) call of a function of the unit. */
rvalue *vmi_emit_unit_call(vmi_emitter *e, vmi_unit_func *callee, const vmi_typedef *type, bool env,
                           uint32_t nargs, rvalue **args);
/* One that GCC does not inline. */
rvalue *vmi_emit_far_call(vmi_emitter *e, gcc_jit_function *callee, const vmi_typedef *type, bool env,
                          uint32_t nargs, rvalue **args);

/* ---- emit_guess.c ---- */
/* What the instruction at the current pc is to be made of: VMI_SEEN_*, all where there are no guesses. */
vmi_guess vmi_emit_guess(const vmi_emitter *e);
/* The instruction was never met: leave. What follows up to a label that something leads to is not made. */
void vmi_emit_never(vmi_emitter *e);
void vmi_emit_go_unless(vmi_emitter *e, rvalue *cond, block *to);
static inline bool vmi_emit_may_leave(const vmi_unit *u) { return u->o->renew || u->o->guesses; }

/* ---- emit_dyn.c, emit_property.c ---- */
rvalue *vmi_emit_is_int(vmi_emitter *e, rvalue *word);
rvalue *vmi_emit_is_double(vmi_emitter *e, rvalue *word);
rvalue *vmi_emit_is_pointer(vmi_emitter *e, rvalue *word); /* does it refer to an object? */
rvalue *vmi_emit_unboxed(vmi_emitter *e, rvalue *word); /* the double in a word that holds one */
/* The word of the double x, a C local or constant: every NaN becomes the canonical one. */
rvalue *vmi_emit_boxed(vmi_emitter *e, rvalue *x);
/* The same in one expression: slower where no NaN comes, but no blocks, which is what compiling costs. */
rvalue *vmi_emit_boxed_cold(vmi_emitter *e, rvalue *x);
/* Behind a helper that called a slow path and left its verdict: on at `join` with the result, of class
 * c in the callee's frame, in `result` (NULL: there is none); or out. */
void vmi_emit_after_slow(vmi_emitter *e, rvalue *callee, vmi_class c, lvalue *result, block *join);
rvalue *vmi_emit_site(vmi_emitter *e); /* the address of the current instruction's cache */
/* Go to `miss` unless the dyn is a shaped object of the site's first entry, and that is of the kind made
 * inline; else as a pointer. `held`: what the entry found in a prototype must still be there. */
rvalue *vmi_emit_hit(vmi_emitter *e, const vmi_operand *receiver, rvalue *site, bool held, block *miss);
rvalue *vmi_emit_cached_place(vmi_emitter *e, rvalue *base, rvalue *site);
/* Calls only its slow path, and that seldom: no reason to link the frame. */
static inline bool vmi_emit_seldom_calls(const vmi_insn *in)
{
  return (in->op->flags & F_SLOW) && in->index != VMI_IX_DYN_CALL && in->index != VMI_IX_DYN_INVOKE;
}

/* ---- rows of isa.def ---- */
typedef void vmi_emit_row(vmi_emitter *e, const vmi_insn *in);
#define ALU2(id, code, text, ty, ct, cop, gop, prose)
#define CMP2(id, code, text, ty, ct, cop, gop, prose)
#define CVT(id, code, text, pop, push, ct, prose)
#define LOAD(id, code, text, push, ct, prose)
#define STORE(id, code, text, pop, ct, prose)
#define OP(id, code, text, imms, pops, pushes, flags, prose) vmi_emit_row vmi_emit_##id;
#include "isa.def"
vmi_emit_row vmi_emit_alu2, vmi_emit_cmp2, vmi_emit_cvt, vmi_emit_mem_load, vmi_emit_mem_store;

/* What generated rows need to know, by dense index. */
typedef struct vmi_row_info {
  vmi_emit_row *emit;
  uint8_t ctype; /* vmi_ctype of ALU2, CMP2, CVT, LOAD, STORE */
  uint8_t op;    /* gcc_jit_binary_op or gcc_jit_comparison */
  uint8_t cls;   /* class pushed (CVT, LOAD) or popped (STORE) */
} vmi_row_info;
extern const vmi_row_info vmi_emit_rows[VMI_OP_COUNT];

#endif
