/* emit_loop.c - counted innermost loops in two copies: one with every check, and a fast one whose
 * range checks and polls are made beforehand.
 *
 *      header: check      for the next 1,024 turns: is every index within its array?
 *             /     \
 *        slow         fast      runs up to `stop`; all else as in the slow copy
 *     (as ever)        |
 *                  poll, check again, and so on
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * So a program stops where it always did: what would trap, trap in the slow copy, in the same turn at
 * the same instruction; and a request waits for 1,024 turns at most, or 16 that may call the host. GCC sees a plain counted loop,
 * which it can vectorise. In the fast copy each induction variable has a `shadow` of 64 bits that does
 * not wrap, and indices are computed from that; the guest's own local follows it. The technique is
 * that of range check elimination by loop predication with a stripped loop, as HotSpot does it.
 */
#include <string.h>

#include "loop.h"

#ifdef VM_SMALL_LIMITS
enum { CHUNK = 5, HOST_CHUNK = 2, MIN_TURNS = 1 };
#else
/* Without polls between the calls of a loop over objects it is 18% faster (bench: constraints). */
enum { CHUNK = 1024, HOST_CHUNK = 16, MIN_TURNS = 8 };
#endif

static rvalue *i64(vmi_emitter *e, int64_t v) { return e_int(e, T_int64_t, (uint64_t)v); }
static rvalue *plus(vmi_emitter *e, rvalue *a, rvalue *b)
{
  return e_op(e, GCC_JIT_BINARY_OP_PLUS, T_int64_t, a, b);
}
static rvalue *minus(vmi_emitter *e, rvalue *a, rvalue *b)
{
  return e_op(e, GCC_JIT_BINARY_OP_MINUS, T_int64_t, a, b);
}
static rvalue *times(vmi_emitter *e, rvalue *a, int64_t b)
{
  return b == 1 ? a : e_op(e, GCC_JIT_BINARY_OP_MULT, T_int64_t, a, i64(e, b));
}

static rvalue *widen(vmi_emitter *e, rvalue *v, bool is_signed)
{
  return e_cast(e, e_cast(e, v, is_signed ? T_int32_t : T_uint32_t), T_int64_t);
}

/* By how much the variable changes a turn. */
static rvalue *step_of(vmi_emitter *e, const vmi_induction *v)
{
  if (v->constant) return i64(e, v->step);
  rvalue *by = widen(e, e_get(e->locals[v->by]), true);
  return v->minus ? minus(e, i64(e, 0), by) : by;
}

/* ---- in the fast copy ---- */

static vmi_hoisted *find_hoisted(const vmi_loop *loop, const vmi_hoisted *like)
{
  for (vmi_hoisted *h = loop->hoisted; h; h = h->next)
    if (h->array == like->array && h->memory == like->memory && h->extent == like->extent &&
        vmi_sym_equal(h->index, like->index))
      return h;
  return NULL;
}

static rvalue *hoist(vmi_emitter *e, const vmi_hoisted *access)
{
  vmi_loop *loop = e->fast;
  if (!find_hoisted(loop, access)) {
    vmi_hoisted *h = vmi_arena_new(e->u->arena, 1, sizeof *h);
    if (!h) {
      e->u->failed = true;
      return NULL;
    }
    *h = *access;
    h->next = loop->hoisted;
    loop->hoisted = h;
  }
  const vmi_sym *s = access->index;
  if (!s->varies) return vmi_sym_value(e, s, NULL);
  const vmi_induction *v = vmi_loop_variable(loop, s->local);
  rvalue *now = e_get(v->shadow);
  return vmi_sym_value(e, s, !s->stepped && e->pc > v->pc ? minus(e, now, step_of(e, v)) : now);
}

rvalue *vmi_emit_hoisted_element(vmi_emitter *e, const vmi_operand *array, const vmi_operand *index)
{
  if (!e->fast || !index->sym || array->kind != E_LOCAL || !e->lengths[array->local] ||
      e->fast->sets[array->local])
    return NULL;
  vmi_hoisted access = {.index = index->sym, .array = array->local};
  return hoist(e, &access);
}

rvalue *vmi_emit_hoisted_address(vmi_emitter *e, uint32_t memory, const vmi_operand *address,
                                 uint64_t offset, uint32_t size)
{
  if (!e->fast || !address->sym || !e->fast->quiet) return NULL;
  vmi_hoisted access = {.index = address->sym, .array = VMI_NO_INDEX, .memory = memory,
                        .extent = offset + size};
  rvalue *at = hoist(e, &access);
  return at ? plus(e, at, i64(e, (int64_t)offset)) : NULL;
}

void vmi_emit_forget_turn(vmi_emitter *e)
{
  if (e->fast) e->fast->epoch++;
}

void vmi_emit_note_local(vmi_emitter *e, uint32_t local, const vmi_sym *s)
{
  if (!e->fast) return;
  e->fast->temps[local] = s;
  e->fast->temps_valid[local] = e->fast->epoch;
}

bool vmi_emit_step(vmi_emitter *e, uint32_t local)
{
  vmi_induction *v = e->fast ? vmi_loop_variable(e->fast, local) : NULL;
  if (!v || v->pc != e->pc) return false;
  vmi_emit_pop(e);
  e_set(e, v->shadow, plus(e, e_get(v->shadow), step_of(e, v)));
  vmi_emit_set_local(e, local, e_cast(e, e_get(v->shadow), T_uint32_t));
  return true;
}

bool vmi_emit_strips(const vmi_emitter *e, uint32_t offset)
{
  return e->fast && e->fast->strip && offset == e->fast->start;
}

static rvalue *within(vmi_emitter *e, const vmi_loop *loop, lvalue *limit)
{
  return e_cmp(e, loop->up ? GCC_JIT_COMPARISON_LT : GCC_JIT_COMPARISON_GT,
               e_get(loop->control->shadow), e_get(limit));
}

/* Behind the last turn of a strip: over, or once more through the check. Goes on where it is over. */
static void end_strip(vmi_emitter *e, vmi_loop *loop)
{
  block *again = e_block(e), *over = e_block(e);
  vmi_stage own = e->stage;
  uint32_t pc = e->pc;
  e_if(e, within(e, loop, loop->limit_value), again, over);
  e->block = again;
  vmi_emit_become(e, vmi_emit_label_stage(e, loop->label));
  e->pc = e->loop_ends[loop->label] - 1; /* polls belong to branches back */
  e_jump(e, vmi_emit_poll(e, loop->label, loop->check));
  e->pc = pc;
  e->block = over;
  e->stage = own;
}

bool vmi_emit_guard(vmi_emitter *e, uint32_t label)
{
  vmi_loop *loop = e->fast;
  if (!loop || e->pc != loop->guard) return false;
  vmi_emit_pop_operand(e);
  vmi_emit_flush(e);
  block *go_on = loop->continues ? vmi_emit_branch(e, label) : e_block(e), *ended = e_block(e);
  e_if(e, within(e, loop, loop->stop), go_on, ended);
  e->block = ended;
  if (loop->strip) end_strip(e, loop);
  if (!loop->continues) {
    e_jump(e, vmi_emit_branch(e, label));
    e->block = go_on;
  }
  return true;
}

/* ---- the check ---- */

static void require(vmi_emitter *e, rvalue *cond, block *slow)
{
  block *next = e_block(e);
  e_if(e, vmi_emit_likely(e, cond, true), next, slow);
  e->block = next;
}

static rvalue *compare(vmi_emitter *e, bool up, rvalue *a, rvalue *b)
{
  return e_cmp(e, up ? GCC_JIT_COMPARISON_LT : GCC_JIT_COMPARISON_GT, a, b);
}

/* Set the shadows, limit_value and stop: enough turns to be worth it, and none that wraps. */
static void check_count(vmi_emitter *e, vmi_loop *loop, block *slow)
{
  const vmi_induction *control = loop->control;
  bool up = loop->up;
  for (uint32_t i = 0; i < loop->nvariables; i++)
    e_set(e, loop->variables[i].shadow,
          widen(e, e_get(e->locals[loop->variables[i].local]),
                &loop->variables[i] != control || loop->is_signed));
  rvalue *start = e_get(control->shadow), *step = step_of(e, control);
  rvalue *limit = widen(e, vmi_sym_value(e, loop->limit, NULL), loop->is_signed);
  e_set(e, loop->limit_value, loop->bias ? plus(e, limit, i64(e, loop->bias)) : limit);
  limit = e_get(loop->limit_value);
  if (!control->constant) require(e, compare(e, !up, step, i64(e, 0)), slow);
  block *next = e_block(e);
  e_if(e, compare(e, up, plus(e, start, times(e, step, MIN_TURNS)), limit), next, slow);
  e->block = next;
  e_set(e, loop->stop, limit);
  if (loop->strip) {
    rvalue *strip = plus(e, start, times(e, step, loop->calls_host ? HOST_CHUNK : CHUNK));
    vmi_emit_select(e, loop->stop, compare(e, up, limit, strip), limit, strip);
  }
  if (loop->exact) {
    rvalue *way = minus(e, limit, start);
    rvalue *rest = e_op(e, GCC_JIT_BINARY_OP_MODULO, T_int64_t, way, i64(e, control->step));
    require(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, rest, i64(e, 0)), slow);
  }
  int64_t lowest = loop->is_signed ? INT32_MIN : 0;
  int64_t most = up ? lowest + (int64_t)UINT32_MAX : lowest;
  rvalue *top = plus(e, e_get(loop->stop), step);
  require(e, compare(e, up, top, i64(e, most + (up ? 2 : -2))), slow);
}

/* The variable's greatest value (least, if it counts down) where `s` looks at it. */
static rvalue *last_value(vmi_emitter *e, const vmi_loop *loop, const vmi_induction *v, const vmi_sym *s)
{
  const vmi_induction *control = loop->control;
  rvalue *stop = e_get(loop->stop);
  if (v == control) {
    rvalue *last = plus(e, stop, i64(e, loop->exact ? -control->step : loop->up ? -1 : 1));
    return s->guarded ? last : plus(e, last, step_of(e, v));
  }
  int64_t size = control->step < 0 ? -control->step : control->step;
  rvalue *way = loop->up ? minus(e, stop, e_get(control->shadow)) : minus(e, e_get(control->shadow), stop);
  rvalue *turns = plus(e, way, i64(e, size - 1));
  if (size > 1) turns = e_op(e, GCC_JIT_BINARY_OP_DIVIDE, T_int64_t, turns, i64(e, size));
  if (!s->stepped) turns = plus(e, turns, i64(e, -1));
  return plus(e, e_get(v->shadow), e_op(e, GCC_JIT_BINARY_OP_MULT, T_int64_t, turns, step_of(e, v)));
}

static void check_bounds(vmi_emitter *e, const vmi_hoisted *h, rvalue *variable, block *slow)
{
  rvalue *index = e_cast(e, vmi_sym_value(e, h->index, variable), T_uint64_t);
  if (h->array != VMI_NO_INDEX) {
    rvalue *length = e_cast(e, e_get(e->lengths[h->array]), T_uint64_t);
    require(e, e_cmp(e, GCC_JIT_COMPARISON_LT, index, length), slow);
    return;
  }
  rvalue *size = vmi_emit_memory_size(e, h->memory);
  require(e, e_cmp(e, GCC_JIT_COMPARISON_GE, size, e_u64(e, h->extent)), slow);
  rvalue *room = e_op(e, GCC_JIT_BINARY_OP_MINUS, T_uint64_t, size, e_u64(e, h->extent));
  require(e, e_cmp(e, GCC_JIT_COMPARISON_LE, index, room), slow);
}

static void emit_check(vmi_emitter *e, vmi_loop *loop, block *fast, block *slow)
{
  e->block = loop->check;
  check_count(e, loop, slow);
  for (const vmi_hoisted *h = loop->hoisted; h; h = h->next) {
    const vmi_induction *v = h->index->varies ? vmi_loop_variable(loop, h->index->local) : NULL;
    rvalue *first = v ? e_get(v->shadow) : NULL;
    if (v && h->index->stepped) first = plus(e, first, step_of(e, v));
    check_bounds(e, h, first, slow);
    /* An index that is linear in the variable is extreme at its ends. */
    if (v) check_bounds(e, h, last_value(e, loop, v, h->index), slow);
  }
  e_jump(e, fast);
}

/* ---- the two copies ---- */

static void make_shadows(vmi_emitter *e, vmi_loop *loop)
{
  ctype *type = e->u->type[T_int64_t];
  for (uint32_t i = 0; i < loop->nvariables; i++)
    loop->variables[i].shadow = vmi_emit_local(e, type, "wide");
  loop->limit_value = vmi_emit_local(e, type, "limit");
  loop->stop = vmi_emit_local(e, type, "stop");
}

/* New blocks for the labels of the loop; the old ones, or NULL if out of memory. */
static block **renew_labels(vmi_emitter *e, const vmi_loop *loop)
{
  const vmi_label *labels = e->f->labels;
  uint32_t n = 0;
  while (loop->label + n < e->f->nlabels && labels[loop->label + n].offset < loop->end) n++;
  block **old = vmi_arena_new(e->u->arena, n, sizeof *old), **own = e->labels + loop->label;
  if (!old) return NULL;
  for (uint32_t i = 0; i < n; i++) {
    old[i] = own[i];
    own[i] = i && labels[loop->label + i].offset == labels[loop->label + i - 1].offset ? own[i - 1]
                                                                                     : e_block(e);
  }
  return old;
}

/* Back to the old blocks; but the header gets a new one, for in the old one is the check. */
static void restore_labels(vmi_emitter *e, const vmi_loop *loop, block **old)
{
  const vmi_label *labels = e->f->labels;
  block *header = e_block(e);
  for (uint32_t i = loop->label; i < e->f->nlabels && labels[i].offset < loop->end; i++)
    e->labels[i] = labels[i].offset == loop->start ? header : old[i - loop->label];
}

bool vmi_emit_fast_copy(vmi_emitter *e, uint32_t label)
{
  if (e->fast || e->guesses || e->u->o->meter_fuel || e->u->o->force_exits || !e->loop_ends[label]) return true;
  vmi_loop *loop = vmi_loop_find(e, label);
  if (!loop || !loop->accesses) return !e->u->failed;
  vmi_stage stage = e->stage;
  uint32_t pc = e->pc, next_call = e->next_call;
  block *after = NULL;
  make_shadows(e, loop);
  loop->check = e_block(e);
  e_jump(e, loop->check);
  block **old = renew_labels(e, loop);
  if (!old) return false;
  block *fast = e->block = e->labels[label];
  for (uint32_t i = 0; i < loop->nvariables; i++) /* or GCC would keep both counts */
    e_set(e, e->locals[loop->variables[i].local], e_cast(e, e_get(loop->variables[i].shadow), T_uint32_t));
  e->fast = loop;
  bool ok = vmi_emit_range(e, loop->start, loop->end);
  e->fast = NULL;
  if (!ok) return false;
  if (e->block) {
    vmi_emit_flush(e);
    after = e_block(e);
    e_jump(e, after);
  }
  restore_labels(e, loop, old);
  emit_check(e, loop, fast, e->labels[label]);
  vmi_known_forget(e);
  vmi_emit_label_stack(e, label);
  e->block = e->labels[label];
  e->stage = stage;
  e->next_call = next_call;
  e->pc = pc;
  e->join = after;
  e->join_pc = loop->end;
  return true;
}

/* Where the slow copy ends, the fast one comes in. */
void vmi_emit_join(vmi_emitter *e)
{
  if (!e->join || e->pc != e->join_pc) return;
  if (e->block) {
    vmi_emit_flush(e);
    e_jump(e, e->join);
  }
  for (uint32_t i = 0; i < e->depth; i++) e->stack[i].saved = e->stack[i].described = false;
  vmi_known_forget(e);
  e->block = e->join;
  e->join = NULL;
}
