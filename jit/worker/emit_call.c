/* emit_call.c - calls and tail calls: direct within the unit, through a code record's native entry,
 * or through the run time by slot convention.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include "dynamic.h"
#include "emitter.h"

typedef struct call {
  const vmi_typedef *type;
  rvalue *args[VMI_MAX_PARAMS + 3]; /* thread, frame, parameters, environment */
  uint32_t nargs;
  rvalue *env;                      /* or NULL: the callee has none */
  rvalue *code, *instance;          /* for calls by slot convention */
  bool leaf;                        /* the callee never collects */
} call;

static void pop_args(vmi_emitter *e, call *c, const vmi_typedef *type, bool tail)
{
  c->type = type;
  c->args[0] = e->t;
  c->args[1] = tail ? e->fp : e_at(e, e->fp, 8ull * e->f->frame_size);
  for (uint32_t i = type->nparams; i-- > 0;) c->args[2 + i] = vmi_emit_pop(e);
  c->nargs = 2 + type->nparams;
}

static void add_env(call *c, rvalue *env)
{
  c->env = env;
  c->args[c->nargs++] = env;
}

/* Keep `v` in a C local, for use in several blocks. */
static rvalue *keep(vmi_emitter *e, rvalue *v)
{
  lvalue *local = vmi_emit_local(e, gcc_jit_rvalue_get_type(v), "k");
  e_set(e, local, v);
  return e_get(local);
}

static rvalue *code_record(vmi_emitter *e, uint32_t func)
{
  return e_at(e, e_load_ptr(e, e_get(e->inst), offsetof(vmi_instance, code)),
              (uint64_t)func * sizeof(vmi_code));
}

/* code->native, acquired, as 64 bits. */
static rvalue *load_native(vmi_emitter *e, rvalue *code)
{
  ctype *param = gcc_jit_rvalue_get_type(
    gcc_jit_param_as_rvalue(gcc_jit_function_get_param(e->u->atomic_load, 0)));
  rvalue *args[2] = {
    gcc_jit_context_new_cast(e->ctx, NULL, e_at(e, code, offsetof(vmi_code, native)), param),
    gcc_jit_context_new_rvalue_from_int(e->ctx, e->u->int_type, __ATOMIC_ACQUIRE)};
  return e_cast(e, gcc_jit_context_new_call(e->ctx, NULL, e->u->atomic_load, 2, args), T_uint64_t);
}

static rvalue *native_call(vmi_emitter *e, call *c, rvalue *native)
{
  rvalue *fn = e_bits(e, native, vmi_emit_native_type(e->u, c->type, c->env != NULL));
  return gcc_jit_context_new_call_through_ptr(e->ctx, NULL, fn, (int)c->nargs, c->args);
}

/* GCC would inline a function with required tail calls even where they are no tail calls any more,
 * and then give the unit up. An ordinary call of one goes through a pointer GCC cannot see through. */
static rvalue *hidden(vmi_emitter *e, gcc_jit_function *callee, ctype *type)
{
  lvalue *fn = vmi_emit_local(e, e->u->ptr, "fn");
  e_set(e, fn, gcc_jit_context_new_cast(
                 e->ctx, NULL, gcc_jit_function_get_address(callee, NULL), e->u->ptr));
  rvalue *value = e_get(fn);
  gcc_jit_extended_asm *hide = gcc_jit_block_add_extended_asm(e->block, NULL, "");
  gcc_jit_extended_asm_add_output_operand(hide, NULL, "=r", fn);
  gcc_jit_extended_asm_add_input_operand(hide, NULL, "0", value);
  return gcc_jit_context_new_cast(e->ctx, NULL, e_get(fn), type);
}

rvalue *vmi_emit_unit_call(vmi_emitter *e, vmi_unit_func *callee, const vmi_typedef *type, bool env,
                           uint32_t nargs, rvalue **args)
{
  if (callee->has_tail) return vmi_emit_far_call(e, callee->native, type, env, nargs, args);
  return gcc_jit_context_new_call(e->ctx, NULL, callee->native, (int)nargs, args);
}

rvalue *vmi_emit_far_call(vmi_emitter *e, gcc_jit_function *callee, const vmi_typedef *type, bool env,
                          uint32_t nargs, rvalue **args)
{
  rvalue *fn = hidden(e, callee, vmi_emit_native_type(e->u, type, env));
  return gcc_jit_context_new_call_through_ptr(e->ctx, NULL, fn, (int)nargs, args);
}

static void store_args(vmi_emitter *e, const call *c, rvalue *fp)
{
  uint32_t n = c->type->nparams;
  for (uint32_t i = 0; i < n; i++)
    vmi_emit_slot_set(e, fp, VMI_FRAME_HEADER + i, vmi_class_of(c->type->params[i]),
                      c->args[2 + i]);
  if (c->env) vmi_emit_slot_set(e, fp, VMI_FRAME_HEADER + n, C_REF, c->env);
}

/* ---- calls that come back ---- */

static lvalue *first_result(vmi_emitter *e, const call *c)
{
  return c->type->nresults ? vmi_emit_var(e, e->depth, vmi_class_of(c->type->results[0])) : NULL;
}

static void do_call(vmi_emitter *e, const call *c, rvalue *value)
{
  lvalue *first = first_result(e, c);
  if (first) e_set(e, first, value);
  else vmi_emit_call_void(e, value);
}

static void load_first(vmi_emitter *e, const call *c)
{
  lvalue *first = first_result(e, c);
  if (first)
    e_set(e, first, vmi_emit_slot_get(e, c->args[1], 0, vmi_class_of(c->type->results[0])));
}

static void store_first(vmi_emitter *e, const call *c)
{
  lvalue *first = first_result(e, c);
  if (first)
    vmi_emit_slot_set(e, c->args[1], 0, vmi_class_of(c->type->results[0]), e_get(first));
}

static void before_call(vmi_emitter *e)
{
  if (!e_linked(e)) return;
  e_store(e, e->u->type[T_uint64_t], e->fp, 16, vmi_emit_id(e));
  vmi_emit_save_operands(e, e->depth);
  for (uint32_t i = 0; i < e->depth; i++) e->stack[i].saved = e->stack[i].kind != E_DOUBLE;
}

static void slot_call(vmi_emitter *e, const call *c)
{
  store_args(e, c, c->args[1]);
  vmi_emit_call_void(e, VMI_HELPER(e, call, c->args[1], c->code, c->instance));
  load_first(e, c);
}

static void push_results(vmi_emitter *e, const call *c)
{
  for (uint32_t i = 0; i < c->type->nresults; i++) {
    vmi_class k = vmi_class_of(c->type->results[i]);
    lvalue *v = vmi_emit_push_var(e, k);
    if (i) e_set(e, v, vmi_emit_slot_get(e, c->args[1], i, k));
  }
}

/* A frame that is not linked around a call has no reference that is still wanted. What its locals held
 * may be gone now, and must not come back into their slots when the frame is linked later on. */
static void forget_references(vmi_emitter *e)
{
  bool call_links = e->nlinking && e->linking[e->nlinking - 1] > e->pc;
  if (!call_links && e->last_link <= e->pc) return; /* it is not */
  for (uint32_t i = 0; i < e->f->nlocals; i++)
    if (vmi_emit_is_kept(e, i))
      e_set(e, e->locals[i], vmi_emit_zero(e, vmi_class_of(e->f->locals[i])));
}

/* The test of the unwind word, then the results. `tails`: the callee may have asked for a tail
 * call, which the run time makes for it, or have left its frame, which the run time goes on with. */
static void after_call(vmi_emitter *e, const call *c, bool tails)
{
  if (!e_linked(e) && !c->leaf) forget_references(e);
  rvalue *unwind = e_load_u32(e, e->t, offsetof(vmi_thread, unwind));
  rvalue *cond = e_cmp(e, GCC_JIT_COMPARISON_NE, unwind, e_u32(e, 0));
  block *next, *cold;
  if (e->u->o->force_exits) {
    store_first(e, c);
    next = e_block(e);
    cold = e_block(e);
    e_if(e, gcc_jit_context_one(e->ctx, e->u->bool_type), cold, next);
  } else {
    cold = vmi_emit_cold(e, cond, &next);
  }
  e->block = cold;
  vmi_emit_exit_state(e, e->u->o->exits, e->pc, e->depth | VMI_AUX_CALLED,
                      vmi_emit_live_at(e, e->live_calls, e->next_call));
  if (tails) {
    e_set(e, e->verdict, VMI_HELPER(e, after_call, c->args[1], vmi_emit_id(e)));
    block *done = e_block(e);
    e_if(e, e_cmp(e, GCC_JIT_COMPARISON_NE, e_get(e->verdict), e_u32(e, 0)),
         vmi_emit_target_out(e), done);
    e->block = done;
    load_first(e, c);
    e_jump(e, next);
  } else {
    e_jump(e, vmi_emit_target_after(e));
  }
  e->block = next;
  vmi_emit_load_memories(e);
  push_results(e, c);
}

/* Through `native` (64 bits, 0: none) or by slot convention; then on at `join`. */
static void either_way(vmi_emitter *e, call *c, rvalue *native, block *join)
{
  block *direct = e_block(e), *slots = e_block(e);
  rvalue *has = e_cmp(e, GCC_JIT_COMPARISON_NE, native, e_u64(e, 0));
  e_if(e, vmi_emit_likely(e, has, true), direct, slots);
  e->block = direct;
  do_call(e, c, native_call(e, c, native));
  e_jump(e, join);
  e->block = slots;
  slot_call(e, c);
  e_jump(e, join);
  e->block = join;
}

static void call_either(vmi_emitter *e, call *c, rvalue *native)
{
  either_way(e, c, native, e_block(e));
  after_call(e, c, true);
}

/* c->code and c->instance of a function object; the object's environment is the last argument. */
static void set_object(vmi_emitter *e, call *c, rvalue *object)
{
  c->code = keep(e, e_load_ptr(e, object, offsetof(vmi_func_obj, code)));
  c->instance = keep(e, e_load_ptr(e, object, offsetof(vmi_func_obj, instance)));
  add_env(c, keep(e, e_load_ptr(e, object, offsetof(vmi_func_obj, env))));
}

static rvalue *import_object(vmi_emitter *e, uint32_t func)
{
  rvalue *table = e_load_ptr(e, e_get(e->inst), offsetof(vmi_instance, imports));
  return keep(e, e_load_ptr(e, table, 8ull * func));
}

/* The native entry of c->code if the callee runs in this instance, else 0: a mask and no branch, for each
 * block is dear to compile. */
static rvalue *native_of_object(vmi_emitter *e, const call *c)
{
  rvalue *same = e_cmp(e, GCC_JIT_COMPARISON_EQ, c->instance, e_get(e->inst));
  rvalue *mask = e_op(e, GCC_JIT_BINARY_OP_MINUS, T_uint64_t, e_u64(e, 0), e_cast(e, same, T_uint64_t));
  return keep(e, e_op(e, GCC_JIT_BINARY_OP_BITWISE_AND, T_uint64_t, load_native(e, c->code), mask));
}

/* A function of this module and instance, in the unit or not. */
static void call_function(vmi_emitter *e, call *c, uint32_t func)
{
  vmi_unit_func *callee = vmi_emit_in_unit(e->u, func);
  if (callee) {
    c->leaf = callee->leaf;
    do_call(e, c, vmi_emit_unit_call(e, callee, c->type, c->env != NULL, c->nargs, c->args));
    after_call(e, c, callee->has_tail || (vmi_emit_may_leave(e->u) && !callee->leaf));
    return;
  }
  c->code = keep(e, code_record(e, func));
  c->instance = e_get(e->inst);
  call_either(e, c, keep(e, load_native(e, c->code)));
}

void vmi_emit_CALL(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t func = (uint32_t)in->imm[0];
  call c = {0};
  vmi_unit_func *callee = vmi_emit_in_unit(e->u, func);
  pop_args(e, &c, vmi_func_type(e->m, func), false);
  if (e->m->funcs[func].has_env) add_env(&c, e_null(e));
  if (callee && callee->quiet) {
    do_call(e, &c, vmi_emit_unit_call(e, callee, c.type, c.env != NULL, c.nargs, c.args));
    push_results(e, &c);
    return;
  }
  before_call(e);
  if (func < e->m->nimported_funcs) {
    set_object(e, &c, import_object(e, func));
    slot_call(e, &c);
    after_call(e, &c, true);
    return;
  }
  call_function(e, &c, func);
}

static void call_object(vmi_emitter *e, call *c, rvalue *object)
{
  set_object(e, c, object);
  call_either(e, c, native_of_object(e, c));
}

static rvalue *pop_callee(vmi_emitter *e)
{
  rvalue *object = keep(e, vmi_emit_pop(e));
  vmi_emit_trap_if(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, object, e_null(e)), VM_TRAP_NULL_REFERENCE);
  return object;
}

/* The function at the popped index of the table, checked against the type. */
static rvalue *pop_table_callee(vmi_emitter *e, const vmi_insn *in)
{
  rvalue *index = keep(e, vmi_emit_pop(e));
  rvalue *object = keep(e, e_get(vmi_emit_table_cell(e, (uint32_t)in->imm[0], index)));
  vmi_emit_trap_if(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, object, e_null(e)),
                   VM_TRAP_UNDEFINED_ELEMENT);
  rvalue *want = vmi_emit_type_id(e, (uint32_t)in->imm[1]);
  rvalue *have = e_load_u32(e, object, offsetof(vmi_obj, type));
  vmi_emit_trap_if(e, e_cmp(e, GCC_JIT_COMPARISON_NE, have, want), VM_TRAP_CALL_TYPE);
  return object;
}

void vmi_emit_CALL_REF(vmi_emitter *e, const vmi_insn *in)
{
  call c = {0};
  rvalue *object = pop_callee(e);
  pop_args(e, &c, &e->m->types[in->imm[0]], false);
  before_call(e);
  call_object(e, &c, object);
}

void vmi_emit_CALL_INDIRECT(vmi_emitter *e, const vmi_insn *in)
{
  call c = {0};
  rvalue *object = pop_table_callee(e, in);
  pop_args(e, &c, &e->m->types[in->imm[1]], false);
  before_call(e);
  call_object(e, &c, object);
}

/* ---- dynamic calls ---- */

/* The slow path, whose arguments are those of `c`, with `before` (or NULL) in front and `behind` (or NULL)
 * behind them. */
static void call_slow_path(vmi_emitter *e, call *c, uint32_t func, rvalue *before, rvalue *behind)
{
  uint32_t at = VMI_FRAME_HEADER, n = c->type->nparams;
  if (before) vmi_emit_slot_set(e, c->args[1], at++, C_DYN, before);
  for (uint32_t i = 0; i < n; i++)
    vmi_emit_slot_set(e, c->args[1], at++, vmi_class_of(c->type->params[i]), c->args[2 + i]);
  if (behind) vmi_emit_slot_set(e, c->args[1], at, C_REF, behind);
  call slow = {.type = c->type, .args = {c->args[0], c->args[1]}};
  if (func < e->m->nimported_funcs) {
    rvalue *object = import_object(e, func);
    slow.code = e_load_ptr(e, object, offsetof(vmi_func_obj, code));
    slow.instance = e_load_ptr(e, object, offsetof(vmi_func_obj, instance));
  } else {
    slow.code = code_record(e, func);
    slow.instance = e_get(e->inst);
  }
  vmi_emit_call_void(e, VMI_HELPER(e, call, slow.args[1], slow.code, slow.instance));
  load_first(e, &slow);
}

/* `word` as a function object of the site's type, else on at `miss`. */
static rvalue *callee_of(vmi_emitter *e, rvalue *word, rvalue *site, block *miss)
{
  vmi_emit_go_unless(e, vmi_emit_is_pointer(e, word), miss);
  rvalue *object = e_bits(e, word, e->u->ptr);
  rvalue *same = e_cmp(e, GCC_JIT_COMPARISON_EQ, e_load_u32(e, object, offsetof(vmi_obj, type)),
                       e_load_u32(e, site, offsetof(vmi_site, type)));
  vmi_emit_go_unless(e, same, miss);
  return object;
}

/* What a dynamic call does, and in which case. */
typedef struct dynamic {
  rvalue *site;
  vmi_guess guess;
  block *wrong;             /* where other cases lead */
  uint32_t slow;            /* the slow path's function, */
  rvalue *before, *behind;  /* and what it gets besides the arguments; or NULL */
} dynamic;

/* Has the site always called one function of this module? */
static bool has_usual_callee(const vmi_emitter *e, const call *c, const dynamic *d)
{
  uint32_t target = d->guess.target;
  if (!e->guesses || !target || target == VMI_TARGET_MANY || (d->guess.seen & VMI_SEEN_SLOW)) return false;
  if (--target < e->m->nimported_funcs || target >= e->m->nfuncs) return false;
  return vmi_func_type(e->m, target) == c->type;
}

/* Call the usual one, as a direct call does. */
static void call_usual(vmi_emitter *e, call *c, rvalue *word, const dynamic *d)
{
  uint32_t func = d->guess.target - 1;
  rvalue *object;
  if (d->guess.seen & VMI_SEEN_CLOSURES) {
    object = callee_of(e, word, d->site, d->wrong);
    rvalue *code = e_load_ptr(e, object, offsetof(vmi_func_obj, code));
    rvalue *instance = e_load_ptr(e, object, offsetof(vmi_func_obj, instance));
    vmi_emit_go_unless(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, code, code_record(e, func)), d->wrong);
    vmi_emit_go_unless(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, instance, e_get(e->inst)), d->wrong);
  } else { /* the very object that the interpreter has looked at, see vmi_site.callee */
    object = e_bits(e, word, e->u->ptr);
    rvalue *last = e_load_ptr(e, d->site, offsetof(vmi_site, callee));
    vmi_emit_go_unless(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, object, last), d->wrong);
  }
  if (e->m->funcs[func].has_env) add_env(c, keep(e, e_load_ptr(e, object, offsetof(vmi_func_obj, env))));
  call_function(e, c, func);
}

/* Call `word` if it is a function of the site's type, else the slow path. */
static void call_word(vmi_emitter *e, call *c, rvalue *word, const dynamic *d)
{
  if (has_usual_callee(e, c, d)) {
    call_usual(e, c, word, d);
    return;
  }
  block *miss = d->wrong && !(d->guess.seen & VMI_SEEN_SLOW) ? d->wrong : e_block(e), *join = e_block(e);
  rvalue *object = callee_of(e, word, d->site, miss);
  if (d->wrong && d->guess.seen == VMI_SEEN_SLOW) {
    e_jump(e, d->wrong);
  } else {
    set_object(e, c, object);
    either_way(e, c, native_of_object(e, c), join);
  }
  if (miss != d->wrong) {
    e->block = miss;
    call_slow_path(e, c, d->slow, d->before, d->behind);
    e_jump(e, join);
  }
  e->block = join;
  after_call(e, c, true);
}

/* False: it was never met. Its operands are still there. */
static bool begin_dynamic(vmi_emitter *e, const vmi_insn *in, dynamic *d)
{
  *d = (dynamic){.guess = vmi_emit_guess(e), .slow = vmi_insn_slow_path(in)};
  d->guess.seen &= VMI_SEEN_CALL | VMI_SEEN_CLOSURES | VMI_SEEN_SLOW;
  if (d->guess.seen == VMI_SEEN_CLOSURES) d->guess.seen |= VMI_SEEN_CALL; /* drawn at random */
  if (!d->guess.seen) {
    vmi_emit_never(e);
    return false;
  }
  uint32_t both = VMI_SEEN_CALL | VMI_SEEN_SLOW;
  if (e->guesses && (d->guess.seen & both) != both) d->wrong = vmi_emit_wrong(e);
  return true;
}

void vmi_emit_DYN_CALL(vmi_emitter *e, const vmi_insn *in)
{
  call c = {0};
  dynamic d;
  if (!begin_dynamic(e, in, &d)) return;
  pop_args(e, &c, &e->m->types[in->imm[0]], false);
  d.before = keep(e, vmi_emit_pop(e));
  d.site = vmi_emit_site(e);
  before_call(e);
  call_word(e, &c, d.before, &d);
}

/* The method that the site's first entry leads to, else what the run time finds. */
static rvalue *find_method(vmi_emitter *e, const vmi_operand *receiver, rvalue *site)
{
  block *miss = e_block(e), *join = e_block(e);
  lvalue *method = vmi_emit_local(e, e->u->cls[C_DYN], "m");
  vmi_emit_hit(e, receiver, site, true, miss);
  rvalue *holder = e_load_ptr(e, site, offsetof(vmi_site, first) + offsetof(vmi_cached, holder));
  e_set(e, method, e_load(e, e->u->cls[C_DYN], vmi_emit_cached_place(e, holder, site), 0));
  e_jump(e, join);
  e->block = miss;
  e_set(e, method, VMI_HELPER(e, dyn_method, site, receiver->value));
  e_jump(e, join);
  e->block = join;
  return e_get(method);
}

void vmi_emit_DYN_INVOKE(vmi_emitter *e, const vmi_insn *in)
{
  call c = {0};
  dynamic d;
  if (!begin_dynamic(e, in, &d)) return;
  const vmi_typedef *type = &e->m->types[in->imm[0]];
  vmi_operand receiver = e->stack[e->depth - type->nparams];
  pop_args(e, &c, type, false);
  receiver.value = c.args[2];
  d.site = vmi_emit_site(e);
  before_call(e);
  rvalue *method = find_method(e, &receiver, d.site);
  d.behind = e_load_ptr(e, d.site, offsetof(vmi_site, name));
  call_word(e, &c, method, &d);
}

/* ---- tail calls ---- */

/* Does the callee take all arguments in registers, on every processor with a compiler? Only then is
 * GCC sure to make a sibling call; a unit where it cannot is lost. */
static bool fits_registers(const call *c)
{
  uint32_t words = c->env ? 1 : 0, floats = 0;
  for (uint32_t i = 0; i < c->type->nparams; i++) {
    vmi_class k = vmi_class_of(c->type->params[i]);
    if (k == C_F32 || k == C_F64) floats++;
    else words++;
  }
  return words <= 4 && floats <= 8;
}

static bool same_result(const vmi_emitter *e, const call *c)
{
  const vmi_typedef *own = &e->m->types[e->f->type];
  if (!own->nresults || !c->type->nresults) return own->nresults == c->type->nresults;
  return vmi_class_of(own->results[0]) == vmi_class_of(c->type->results[0]);
}

static void sibling_call(vmi_emitter *e, const call *c, rvalue *value)
{
  gcc_jit_rvalue_set_bool_require_tail_call(value, 1);
  if (c->type->nresults) {
    gcc_jit_block_end_with_return(e->block, NULL, value);
  } else {
    vmi_emit_call_void(e, value);
    gcc_jit_block_end_with_void_return(e->block, NULL);
  }
  e->block = NULL;
}

/* Leave the call to whoever called this function. */
static void hand_over(vmi_emitter *e, const call *c)
{
  store_args(e, c, e->fp);
  vmi_emit_call_void(e, VMI_HELPER(e, tail, c->code, c->instance));
  e_jump(e, e->early_exit);
}

static void tail_either(vmi_emitter *e, call *c, rvalue *native)
{
  if (e_linked(e)) vmi_emit_unlink(e);
  if (native && fits_registers(c) && same_result(e, c)) {
    block *direct = e_block(e), *slots = e_block(e);
    rvalue *has = e_cmp(e, GCC_JIT_COMPARISON_NE, native, e_u64(e, 0));
    e_if(e, vmi_emit_likely(e, has, true), direct, slots);
    e->block = direct;
    sibling_call(e, c, native_call(e, c, native));
    e->block = slots;
  }
  hand_over(e, c);
}

void vmi_emit_RETURN_CALL(vmi_emitter *e, const vmi_insn *in)
{
  uint32_t func = (uint32_t)in->imm[0];
  call c = {0};
  pop_args(e, &c, vmi_func_type(e->m, func), true);
  if (func < e->m->nimported_funcs) {
    set_object(e, &c, import_object(e, func));
    tail_either(e, &c, NULL);
    return;
  }
  if (e->m->funcs[func].has_env) add_env(&c, e_null(e));
  vmi_unit_func *callee = vmi_emit_in_unit(e->u, func);
  if (callee && fits_registers(&c) && same_result(e, &c)) {
    if (e_linked(e)) vmi_emit_unlink(e);
    sibling_call(e, &c, gcc_jit_context_new_call(e->ctx, NULL, callee->native, (int)c.nargs, c.args));
    return;
  }
  c.code = keep(e, code_record(e, func));
  c.instance = e_get(e->inst);
  tail_either(e, &c, keep(e, load_native(e, c.code)));
}

static void tail_object(vmi_emitter *e, call *c, rvalue *object)
{
  set_object(e, c, object);
  tail_either(e, c, native_of_object(e, c));
}

void vmi_emit_RETURN_CALL_REF(vmi_emitter *e, const vmi_insn *in)
{
  call c = {0};
  rvalue *object = pop_callee(e);
  pop_args(e, &c, &e->m->types[in->imm[0]], true);
  tail_object(e, &c, object);
}

void vmi_emit_RETURN_CALL_INDIRECT(vmi_emitter *e, const vmi_insn *in)
{
  call c = {0};
  rvalue *object = pop_table_callee(e, in);
  pop_args(e, &c, &e->m->types[in->imm[1]], true);
  tail_object(e, &c, object);
}
