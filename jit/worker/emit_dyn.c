/* emit_dyn.c - dyn arithmetic and comparison: two integers and two doubles inline, the slow path in the
 * cold.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * The call of a slow path is no reason to link the frame: it is linked and its slots are written in
 * the cold block, as for an allocation. A comparison with a branch right behind it makes that branch:
 * each of its cases jumps to where the condition leads.
 */
#include "dynamic.h"
#include "emitter.h"

/* ---- words ---- */

static rvalue *word(vmi_emitter *e, enum gcc_jit_binary_op op, rvalue *a, uint64_t b)
{
  return e_op(e, op, T_uint64_t, a, e_u64(e, b));
}

static rvalue *both(vmi_emitter *e, rvalue *a, rvalue *b)
{
  return gcc_jit_context_new_binary_op(e->ctx, NULL, GCC_JIT_BINARY_OP_LOGICAL_AND, e->u->bool_type, a,
                                       b);
}

static rvalue *int_of(vmi_emitter *e, rvalue *w) { return e_cast(e, w, T_int32_t); }

static rvalue *dyn_of_int(vmi_emitter *e, rvalue *v)
{
  rvalue *bits = e_cast(e, e_cast(e, v, T_uint32_t), T_uint64_t);
  return word(e, GCC_JIT_BINARY_OP_BITWISE_OR, bits, VMI_DYN_INT);
}

/* Is w one of the words from `first` on, `n` of them? */
static rvalue *is_among(vmi_emitter *e, rvalue *w, uint64_t first, uint64_t n)
{
  return e_cmp(e, GCC_JIT_COMPARISON_LT, word(e, GCC_JIT_BINARY_OP_MINUS, w, first), e_u64(e, n));
}

rvalue *vmi_emit_is_int(vmi_emitter *e, rvalue *w)
{
  return e_cmp(e, GCC_JIT_COMPARISON_GE, w, e_u64(e, VMI_DYN_INT));
}

rvalue *vmi_emit_is_double(vmi_emitter *e, rvalue *w)
{
  return is_among(e, w, VMI_DYN_DOUBLE, VMI_DYN_INT - VMI_DYN_DOUBLE);
}

rvalue *vmi_emit_is_pointer(vmi_emitter *e, rvalue *w)
{
  return is_among(e, w, VMI_DYN_POINTER, VMI_DYN_POINTERS);
}

rvalue *vmi_emit_unboxed(vmi_emitter *e, rvalue *w)
{
  return e_bits(e, word(e, GCC_JIT_BINARY_OP_MINUS, w, VMI_DYN_DOUBLE), e->u->cls[C_F64]);
}

static void box(vmi_emitter *e, lvalue *to, rvalue *x)
{
  block *next, *nan = vmi_emit_cold(e, e_cmp(e, GCC_JIT_COMPARISON_NE, x, x), &next);
  block *join = e_block(e);
  rvalue *bits = e_bits(e, x, e->u->type[T_uint64_t]);
  e_set(e, to, word(e, GCC_JIT_BINARY_OP_PLUS, bits, VMI_DYN_DOUBLE));
  e_jump(e, join);
  e->block = nan;
  e_set(e, to, e_u64(e, VMI_CANONICAL_NAN + VMI_DYN_DOUBLE));
  e_jump(e, join);
  e->block = join;
}

rvalue *vmi_emit_boxed(vmi_emitter *e, rvalue *x)
{
  lvalue *w = vmi_emit_local(e, e->u->cls[C_DYN], "w");
  box(e, w, x);
  return e_get(w);
}

rvalue *vmi_emit_boxed_cold(vmi_emitter *e, rvalue *x)
{
  rvalue *w = word(e, GCC_JIT_BINARY_OP_PLUS, e_bits(e, x, e->u->type[T_uint64_t]), VMI_DYN_DOUBLE);
  rvalue *nan = e_cast(e, e_cmp(e, GCC_JIT_COMPARISON_NE, x, x), T_uint64_t);
  rvalue *all = e_op(e, GCC_JIT_BINARY_OP_MINUS, T_uint64_t, e_u64(e, 0), nan);
  rvalue *other = word(e, GCC_JIT_BINARY_OP_BITWISE_XOR, w, VMI_CANONICAL_NAN + VMI_DYN_DOUBLE);
  rvalue *change = e_op(e, GCC_JIT_BINARY_OP_BITWISE_AND, T_uint64_t, other, all);
  return e_op(e, GCC_JIT_BINARY_OP_BITWISE_XOR, T_uint64_t, w, change);
}

/* ---- operands ---- */

typedef struct operands {
  rvalue *a, *b;         /* the words; b: NULL if there is one only */
  uint8_t known_a, known_b;
  vmi_operand left, right;
} operands;

/* With the words of both. */
static operands pop_operands(vmi_emitter *e, uint32_t n)
{
  operands o = {0};
  if (n == 2) {
    o.right = vmi_emit_pop_operand(e);
    o.b = o.right.value;
    o.known_b = o.right.known;
  }
  o.left = vmi_emit_pop_operand(e);
  o.a = o.left.value;
  o.known_a = o.left.known;
  return o;
}

/* NULL: never; so it is decided when the code is made. */
static rvalue *always(vmi_emitter *e) { return gcc_jit_context_one(e->ctx, e->u->bool_type); }

static rvalue *ints(vmi_emitter *e, const operands *o)
{
  bool sure_a = o->known_a == VMI_KNOWN_INT, sure_b = !o->b || o->known_b == VMI_KNOWN_INT;
  if (o->known_a == VMI_KNOWN_DOUBLE || o->known_b == VMI_KNOWN_DOUBLE) return NULL;
  if (sure_a && sure_b) return always(e);
  if (sure_a) return vmi_emit_is_int(e, o->b);
  if (sure_b) return vmi_emit_is_int(e, o->a);
  return vmi_emit_is_int(e, e_op(e, GCC_JIT_BINARY_OP_BITWISE_AND, T_uint64_t, o->a, o->b));
}

static rvalue *doubles(vmi_emitter *e, const operands *o)
{
  bool sure_a = o->known_a == VMI_KNOWN_DOUBLE, sure_b = !o->b || o->known_b == VMI_KNOWN_DOUBLE;
  if (o->known_a == VMI_KNOWN_INT || o->known_b == VMI_KNOWN_INT) return NULL;
  if (sure_a && sure_b) return always(e);
  if (sure_a) return vmi_emit_is_double(e, o->b);
  if (sure_b) return vmi_emit_is_double(e, o->a);
  return both(e, vmi_emit_is_double(e, o->a), vmi_emit_is_double(e, o->b));
}

/* The blocks of an operation: its cases in turn, each NULL if it cannot be, and where they meet, which is
 * made by who needs it. */
typedef struct cases {
  block *ints, *doubles, *slow, *join;
} cases;

/* `wrong`: where other cases lead, or NULL: to the slow path. */
static cases choose(vmi_emitter *e, const operands *o, bool has_ints, bool has_doubles, block *wrong)
{
  rvalue *is_ints = has_ints ? ints(e, o) : NULL, *is_doubles = has_doubles ? doubles(e, o) : NULL;
  cases c = {.slow = wrong ? wrong : e_block(e)};
  if (is_ints) {
    c.ints = e_block(e);
    block *others = is_doubles ? e_block(e) : c.slow;
    e_if(e, vmi_emit_likely(e, is_ints, true), c.ints, others);
    e->block = is_doubles ? others : NULL;
  }
  if (is_doubles) {
    c.doubles = e_block(e);
    e_if(e, vmi_emit_likely(e, is_doubles, true), c.doubles, c.slow);
  } else if (!is_ints) {
    e_jump(e, c.slow);
  }
  return c;
}

/* ---- the slow path ---- */

void vmi_emit_after_slow(vmi_emitter *e, rvalue *callee, vmi_class c, lvalue *result, block *join)
{
  block *done = e_block(e), *out = e_block(e);
  e_if(e, vmi_emit_likely(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, e_get(e->verdict), e_u32(e, 0)), true),
       done, out);
  e->block = out;
  vmi_emit_exit_state(e, e->u->o->exits, e->pc, e->depth | VMI_AUX_CALLED,
                      vmi_emit_live_at(e, e->live_calls, e->next_call));
  e_jump(e, vmi_emit_target_out(e));
  e->block = done;
  if (result) e_set(e, result, vmi_emit_slot_get(e, callee, 0, c));
  vmi_emit_load_memories(e);
  e_jump(e, join);
}

/* Call `func` with `args`, which are no operands any more, and go on at `join` with the result, if it
 * has one, in `result`. */
static void call_slow_path(vmi_emitter *e, uint32_t func, uint32_t nargs, rvalue **args,
                           lvalue *result, block *join)
{
  rvalue *callee = e_at(e, e->fp, 8ull * e->f->frame_size), *code, *instance = e_get(e->inst);
  for (uint32_t i = 0; i < nargs; i++)
    vmi_emit_slot_set(e, callee, VMI_FRAME_HEADER + i, C_DYN, args[i]);
  bool temporary = vmi_emit_safepoint(e, e->depth);
  if (func < e->m->nimported_funcs) {
    rvalue *imports = e_load_ptr(e, instance, offsetof(vmi_instance, imports));
    rvalue *object = e_load_ptr(e, imports, 8ull * func);
    code = e_load_ptr(e, object, offsetof(vmi_func_obj, code));
    instance = e_load_ptr(e, object, offsetof(vmi_func_obj, instance));
  } else {
    code = e_at(e, e_load_ptr(e, instance, offsetof(vmi_instance, code)),
                (uint64_t)func * sizeof(vmi_code));
  }
  e_set(e, e->verdict, VMI_HELPER(e, slow_path, callee, code, instance, vmi_emit_id(e)));
  vmi_emit_safepoint_end(e, temporary);
  vmi_emit_after_slow(e, callee, result ? vmi_class_of(vmi_func_type(e->m, func)->results[0]) : 0,
                      result, join);
}

static void slow(vmi_emitter *e, const vmi_insn *in, const cases *c, const operands *o, lvalue *result)
{
  e->block = c->slow;
  call_slow_path(e, (uint32_t)in->imm[0], o->b ? 2 : 1, (rvalue *[]){o->a, o->b}, result, c->join);
}

/* ---- arithmetic ---- */

typedef enum arithmetic { ADD, SUB, MUL, DIV, NEG, IDIV, MOD, AND, OR, XOR } arithmetic;

/* The overflowing operation on ints; *failed: did it? */
static rvalue *overflowing(vmi_emitter *e, const char *builtin, rvalue *a, rvalue *b, rvalue **failed)
{
  lvalue *r = vmi_emit_local(e, e->u->int_type, "i");
  rvalue *args[3] = {gcc_jit_context_new_cast(e->ctx, NULL, a, e->u->int_type),
                     gcc_jit_context_new_cast(e->ctx, NULL, b, e->u->int_type),
                     gcc_jit_lvalue_get_address(r, NULL)};
  gcc_jit_function *fn = gcc_jit_context_get_builtin_function(e->ctx, builtin);
  lvalue *f = vmi_emit_local(e, e->u->bool_type, "o");
  e_set(e, f, gcc_jit_context_new_cast(e->ctx, NULL, gcc_jit_context_new_call(e->ctx, NULL, fn, 3, args),
                                       e->u->bool_type));
  *failed = e_get(f);
  return e_get(r);
}

static void slow_if(vmi_emitter *e, rvalue *cond, const cases *c)
{
  block *next = e_block(e);
  e_if(e, vmi_emit_likely(e, cond, false), c->slow, next);
  e->block = next;
}

static rvalue *negative(vmi_emitter *e, rvalue *v)
{
  return e_cmp(e, GCC_JIT_COMPARISON_LT, v, e_int(e, T_int32_t, 0));
}

/* Of two ints, in the block that is being filled. */
static rvalue *int_result(vmi_emitter *e, arithmetic op, const operands *o, const cases *c)
{
  static const char *const builtins[] = {
    [ADD] = "__builtin_sadd_overflow", [SUB] = "__builtin_ssub_overflow",
    [MUL] = "__builtin_smul_overflow", [NEG] = "__builtin_ssub_overflow"};
  static const enum gcc_jit_binary_op bits[] = {[AND] = GCC_JIT_BINARY_OP_BITWISE_AND,
                                                [OR] = GCC_JIT_BINARY_OP_BITWISE_OR,
                                                [XOR] = GCC_JIT_BINARY_OP_BITWISE_XOR};
  rvalue *a = int_of(e, o->a), *b = o->b ? int_of(e, o->b) : NULL, *failed, *r;
  switch (op) {
  case ADD: case SUB: case MUL: case NEG:
    r = op == NEG ? overflowing(e, builtins[op], e_int(e, T_int32_t, 0), a, &failed)
                  : overflowing(e, builtins[op], a, b, &failed);
    slow_if(e, failed, c);
    if (op == NEG) {
      slow_if(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, a, e_int(e, T_int32_t, 0)), c);
    } else if (op == MUL) {
      rvalue *zero = e_cmp(e, GCC_JIT_COMPARISON_EQ, r, gcc_jit_context_zero(e->ctx, e->u->int_type));
      rvalue *sign = e_op(e, GCC_JIT_BINARY_OP_BITWISE_OR, T_int32_t, a, b);
      slow_if(e, both(e, zero, negative(e, sign)), c);
    }
    return dyn_of_int(e, r);
  case IDIV: case MOD:
    slow_if(e, negative(e, a), c);
    slow_if(e, e_cmp(e, GCC_JIT_COMPARISON_LE, b, e_int(e, T_int32_t, 0)), c);
    r = e_op(e, op == IDIV ? GCC_JIT_BINARY_OP_DIVIDE : GCC_JIT_BINARY_OP_MODULO, T_int32_t, a, b);
    return dyn_of_int(e, r);
  default:
    r = e_op(e, bits[op], T_uint64_t, o->a, o->b);
    return op == XOR ? word(e, GCC_JIT_BINARY_OP_BITWISE_OR, r, VMI_DYN_INT) : r;
  }
}

static rvalue *double_op(vmi_emitter *e, arithmetic op, rvalue *a, rvalue *b)
{
  static const enum gcc_jit_binary_op ops[] = {
    [ADD] = GCC_JIT_BINARY_OP_PLUS, [SUB] = GCC_JIT_BINARY_OP_MINUS,
    [MUL] = GCC_JIT_BINARY_OP_MULT, [DIV] = GCC_JIT_BINARY_OP_DIVIDE};
  if (op == NEG)
    return gcc_jit_context_new_unary_op(e->ctx, NULL, GCC_JIT_UNARY_OP_MINUS, e->u->cls[C_F64], a);
  return e_op(e, ops[op], T_double, a, b);
}

static rvalue *double_result(vmi_emitter *e, arithmetic op, const operands *o)
{
  lvalue *x = vmi_emit_temp(e, C_F64);
  e_set(e, x, double_op(e, op, vmi_emit_unboxed(e, o->a), o->b ? vmi_emit_unboxed(e, o->b) : NULL));
  return e_get(x);
}

/* ---- made of guesses: one case, and `wrong` ---- */

/* The double in an operand, which is tested. */
static rvalue *guessed_double(vmi_emitter *e, const vmi_operand *o, block *wrong)
{
  if (o->number) return o->number;
  if (o->known != VMI_KNOWN_DOUBLE) vmi_emit_go_unless(e, vmi_emit_is_double(e, o->value), wrong);
  if (o->kind != E_LOCAL) return vmi_emit_unboxed(e, o->value);
  vmi_known_dyn(e, o->local, VMI_KNOWN_DOUBLE, NULL);
  return e_get(e->numbers[o->local]);
}

/* Pop the operands, two doubles. */
static void pop_doubles(vmi_emitter *e, uint32_t n, block *wrong, rvalue **a, rvalue **b)
{
  vmi_operand right = {0};
  if (n == 2) right = vmi_emit_pop_number(e);
  vmi_operand left = vmi_emit_pop_number(e);
  *a = guessed_double(e, &left, wrong);
  *b = n == 2 ? guessed_double(e, &right, wrong) : NULL;
}

static operands pop_ints(vmi_emitter *e, uint32_t n, block *wrong)
{
  operands o = pop_operands(e, n);
  rvalue *both_are = ints(e, &o);
  if (!both_are) both_are = gcc_jit_context_zero(e->ctx, e->u->bool_type);
  vmi_emit_go_unless(e, both_are, wrong);
  if (o.left.kind == E_LOCAL) vmi_known_dyn(e, o.left.local, VMI_KNOWN_INT, NULL);
  if (n == 2 && o.right.kind == E_LOCAL) vmi_known_dyn(e, o.right.local, VMI_KNOWN_INT, NULL);
  return o;
}

static void guessed_arithmetic(vmi_emitter *e, arithmetic op, uint32_t n, bool doubles)
{
  block *wrong = vmi_emit_wrong(e);
  if (doubles) {
    rvalue *a, *b;
    pop_doubles(e, n, wrong, &a, &b);
    vmi_emit_push_double(e, double_op(e, op, a, b));
    return;
  }
  operands o = pop_ints(e, n, wrong);
  cases c = {.slow = wrong};
  vmi_emit_push(e, C_DYN, int_result(e, op, &o, &c));
  e->stack[e->depth - 1].known = VMI_KNOWN_INT;
}

static void arithmetic_op(vmi_emitter *e, const vmi_insn *in, arithmetic op)
{
  uint32_t n = op == NEG ? 1 : 2, seen = vmi_emit_guess(e).seen;
  bool has_ints = op != DIV, has_doubles = op <= NEG;
  if (!seen) {
    vmi_emit_never(e);
    return;
  }
  if (seen == VMI_SEEN_DOUBLE && has_doubles) return guessed_arithmetic(e, op, n, true);
  if (seen == VMI_SEEN_INT && has_ints) return guessed_arithmetic(e, op, n, false);
  block *wrong = seen & VMI_SEEN_SLOW ? NULL : vmi_emit_wrong(e);
  operands o = pop_operands(e, n);
  cases c = choose(e, &o, has_ints, has_doubles, wrong);
  c.join = e_block(e);
  lvalue *result = vmi_emit_var(e, e->depth, C_DYN);
  if (c.ints) {
    e->block = c.ints;
    rvalue *r = int_result(e, op, &o, &c);
    e_set(e, result, r);
    e_jump(e, c.join);
  }
  if (c.doubles) {
    e->block = c.doubles;
    box(e, result, double_result(e, op, &o));
    e_jump(e, c.join);
  }
  if (!wrong) slow(e, in, &c, &o, result);
  e->block = c.join;
  vmi_emit_push_var(e, C_DYN);
}

#define ARITHMETIC(id, op)                                                                          \
  void vmi_emit_DYN_##id(vmi_emitter *e, const vmi_insn *in) { arithmetic_op(e, in, op); }
ARITHMETIC(ADD, ADD)
ARITHMETIC(SUB, SUB)
ARITHMETIC(MUL, MUL)
ARITHMETIC(DIV, DIV)
ARITHMETIC(NEG, NEG)
ARITHMETIC(IDIV, IDIV)
ARITHMETIC(MOD, MOD)
ARITHMETIC(AND, AND)
ARITHMETIC(OR, OR)
ARITHMETIC(XOR, XOR)

/* ---- comparison ---- */

/* Where the cases of a comparison lead: into a value, or to where the branch behind it goes. */
typedef struct outcome {
  lvalue *value;    /* or NULL */
  block *join;      /* with the value */
  block *yes, *no;
} outcome;

/* Is the instruction at `pc` a conditional branch that control reaches from the one before alone? */
static bool branch_at(const vmi_emitter *e, uint32_t pc, vmi_insn *branch)
{
  const vmi_func *f = e->f;
  if (pc >= f->code_size || vmi_isa_decode(f->code + pc, f->code + f->code_size, branch)) return false;
  if (branch->index != VMI_IX_BR_IF && branch->index != VMI_IX_BR_UNLESS) return false;
  uint32_t low = 0, high = f->nlabels;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (f->labels[middle].offset < pc) low = middle + 1;
    else high = middle;
  }
  return low == f->nlabels || f->labels[low].offset != pc;
}

static outcome plan_outcome(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t pc = e->pc;
  vmi_insn branch;
  outcome out = {0};
  if (!branch_at(e, pc + in->size, &branch)) {
    out.value = vmi_emit_var(e, e->depth, C_I32);
    out.join = e_block(e);
    return out;
  }
  vmi_emit_flush(e);
  e->pc = pc + in->size;
  block *to = vmi_emit_branch(e, (uint32_t)branch.imm[0]), *next = e_block(e);
  e->pc = pc;
  e->branched = pc + in->size;
  out.yes = branch.index == VMI_IX_BR_IF ? to : next;
  out.no = branch.index == VMI_IX_BR_IF ? next : to;
  out.join = next;
  return out;
}

static void lead(vmi_emitter *e, const outcome *out, rvalue *cond)
{
  if (out->value) {
    e_set(e, out->value, vmi_emit_bool(e, cond));
    e_jump(e, out->join);
  } else {
    e_if(e, cond, out->yes, out->no);
  }
}

static void slow_condition(vmi_emitter *e, const vmi_insn *in, cases *c, const operands *o,
                           const outcome *out)
{
  lvalue *result = out->value ? out->value : vmi_emit_temp(e, C_I32);
  c->join = e_block(e);
  slow(e, in, c, o, result);
  e->block = c->join;
  if (out->value) e_jump(e, out->join);
  else lead(e, out, e_cmp(e, GCC_JIT_COMPARISON_NE, e_get(result), e_u32(e, 0)));
}

static void end_comparison(vmi_emitter *e, const outcome *out)
{
  e->block = out->join;
  if (out->value) vmi_emit_push_var(e, C_I32);
}

/* One case: the condition waits for the branch behind it like any other. */
static void guessed_comparison(vmi_emitter *e, enum gcc_jit_comparison op, bool doubles)
{
  block *wrong = vmi_emit_wrong(e);
  rvalue *a, *b;
  if (doubles) {
    pop_doubles(e, 2, wrong, &a, &b);
  } else {
    operands o = pop_ints(e, 2, wrong);
    a = int_of(e, o.a);
    b = int_of(e, o.b);
  }
  vmi_emit_push_cond(e, e_cmp(e, op, a, b));
}

static void comparison(vmi_emitter *e, const vmi_insn *in, enum gcc_jit_comparison op)
{
  uint32_t seen = vmi_emit_guess(e).seen;
  if (!seen) {
    vmi_emit_never(e);
    return;
  }
  if (seen == VMI_SEEN_DOUBLE || seen == VMI_SEEN_INT)
    return guessed_comparison(e, op, seen == VMI_SEEN_DOUBLE);
  block *wrong = seen & VMI_SEEN_SLOW ? NULL : vmi_emit_wrong(e);
  operands o = pop_operands(e, 2);
  outcome out = plan_outcome(e, in);
  cases c = choose(e, &o, true, true, wrong);
  if (c.ints) {
    e->block = c.ints;
    lead(e, &out, e_cmp(e, op, int_of(e, o.a), int_of(e, o.b)));
  }
  if (c.doubles) {
    e->block = c.doubles;
    lead(e, &out, e_cmp(e, op, vmi_emit_unboxed(e, o.a), vmi_emit_unboxed(e, o.b)));
  }
  if (!wrong) slow_condition(e, in, &c, &o, &out);
  end_comparison(e, &out);
}

void vmi_emit_DYN_LT(vmi_emitter *e, const vmi_insn *in) { comparison(e, in, GCC_JIT_COMPARISON_LT); }
void vmi_emit_DYN_LE(vmi_emitter *e, const vmi_insn *in) { comparison(e, in, GCC_JIT_COMPARISON_LE); }
void vmi_emit_DYN_GT(vmi_emitter *e, const vmi_insn *in) { comparison(e, in, GCC_JIT_COMPARISON_GT); }
void vmi_emit_DYN_GE(vmi_emitter *e, const vmi_insn *in) { comparison(e, in, GCC_JIT_COMPARISON_GE); }

static rvalue *is_symbol(vmi_emitter *e, rvalue *object)
{
  rvalue *type = e_load_u32(e, e_bits(e, object, e->u->ptr), offsetof(vmi_obj, type));
  return e_cmp(e, GCC_JIT_COMPARISON_EQ, type, e_u32(e, VMI_TYPE_SYMBOL));
}

static void go_if(vmi_emitter *e, rvalue *cond, block *to)
{
  block *next = e_block(e);
  e_if(e, cond, to, next);
  e->block = next;
}

/* Two different words, not both doubles: at `no` if they are certainly not equal, else at `ask`. */
static void different_words(vmi_emitter *e, const operands *o, block *no, block *ask)
{
  block *object = e_block(e), *other = e_block(e);
  e_if(e, vmi_emit_is_pointer(e, o->a), object, other);
  e->block = object; /* two symbols */
  vmi_emit_go_unless(e, vmi_emit_is_pointer(e, o->b), ask);
  vmi_emit_go_unless(e, is_symbol(e, o->a), ask);
  e_if(e, is_symbol(e, o->b), no, ask);
  e->block = other; /* neither an object, nor both numbers */
  go_if(e, vmi_emit_is_pointer(e, o->b), ask);
  rvalue *numbers = both(e, e_cmp(e, GCC_JIT_COMPARISON_GE, o->a, e_u64(e, VMI_DYN_DOUBLE)),
                         e_cmp(e, GCC_JIT_COMPARISON_GE, o->b, e_u64(e, VMI_DYN_DOUBLE)));
  e_if(e, numbers, ask, no);
}

static void words_equal(vmi_emitter *e, const outcome *out, const operands *o, block *ask)
{
  block *yes = e_block(e), *no = e_block(e);
  go_if(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, o->a, o->b), yes);
  different_words(e, o, no, ask);
  e->block = yes;
  lead(e, out, always(e));
  e->block = no;
  lead(e, out, gcc_jit_context_zero(e->ctx, e->u->bool_type));
}

/* Nothing but words: neither is a double, or the word could be equal and the value not. */
static void guessed_words(vmi_emitter *e, const vmi_insn *in)
{
  block *wrong = vmi_emit_wrong(e);
  operands o = pop_operands(e, 2);
  outcome out = plan_outcome(e, in);
  if (o.known_a != VMI_KNOWN_INT) vmi_emit_go_unless(e, e_not(e, vmi_emit_is_double(e, o.a)), wrong);
  words_equal(e, &out, &o, wrong);
  end_comparison(e, &out);
}

/* The same word, unless it is a double: equal. Different ones, neither double nor object: not. Two
 * doubles: by value. A double and what is no number, no object: not. Two symbols: not. The rest the slow
 * path tells. */
void vmi_emit_DYN_EQ(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t seen = vmi_emit_guess(e).seen;
  if (!seen) {
    vmi_emit_never(e);
    return;
  }
  if (seen == VMI_SEEN_DOUBLE || seen == VMI_SEEN_INT)
    return guessed_comparison(e, GCC_JIT_COMPARISON_EQ, seen == VMI_SEEN_DOUBLE);
  if (seen == VMI_SEEN_WORD) return guessed_words(e, in);
  block *wrong = seen & VMI_SEEN_SLOW ? NULL : vmi_emit_wrong(e);
  operands o = pop_operands(e, 2);
  outcome out = plan_outcome(e, in);
  cases c = choose(e, &o, true, true, NULL);
  block *other = c.slow;
  c.slow = e_block(e);
  if (c.ints) {
    e->block = c.ints;
    lead(e, &out, e_cmp(e, GCC_JIT_COMPARISON_EQ, o.a, o.b));
  }
  if (c.doubles) {
    e->block = c.doubles;
    lead(e, &out, e_cmp(e, GCC_JIT_COMPARISON_EQ, vmi_emit_unboxed(e, o.a), vmi_emit_unboxed(e, o.b)));
  }
  e->block = other; /* not two ints, not two doubles: a double is not the same word as the other */
  words_equal(e, &out, &o, wrong ? wrong : c.slow);
  if (wrong) {
    e->block = c.slow;
    e_jump(e, wrong);
  } else {
    slow_condition(e, in, &c, &o, &out);
  }
  end_comparison(e, &out);
}
