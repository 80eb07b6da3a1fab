/* loop.c - finding counted innermost loops in bytecode.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * What front ends write for `for (i = a; i < n; i += k)`, tested at the top or at the bottom:
 *
 *   a step    local.get i; k; i32.add; local.set i        (or sub; k a constant or a local)
 *   a guard   local.get i; n; i32.lt_s; br_if L           (any comparison; n a constant, a local or
 *                                                          the length of an array in a local)
 *
 * A counted loop has one branch back, the last instruction, and is entered at its header alone; step
 * and guard are executed exactly once a turn, for no branch jumps over them.
 */
#include <string.h>

#include "loop.h"

enum { MAX_INSNS = 200, MAX_LOCALS = 500, MAX_VARIABLES = 8, WINDOW = 6 };

/* The last instructions, newest first, as far back as the last label. */
typedef struct window {
  struct {
    vmi_insn in;
    uint32_t pc;
  } at[WINDOW];
  uint32_t n;
} window;

static void slide(window *w, const vmi_insn *in, uint32_t pc)
{
  for (uint32_t i = WINDOW - 1; i > 0; i--) w->at[i] = w->at[i - 1];
  w->at[0].in = *in;
  w->at[0].pc = pc;
  if (w->n < WINDOW) w->n++;
}

static bool is(const window *w, uint32_t i, uint32_t index)
{
  return i < w->n && w->at[i].in.index == index;
}

vmi_induction *vmi_loop_variable(const vmi_loop *loop, uint32_t local)
{
  for (uint32_t i = 0; i < loop->nvariables; i++)
    if (loop->variables[i].local == local) return &loop->variables[i];
  return NULL;
}

static void add_variable(vmi_emitter *e, vmi_loop *loop, vmi_induction v)
{
  if (vmi_class_of(e->f->locals[v.local]) != C_I32 || loop->nvariables == MAX_VARIABLES) return;
  if (v.constant && (v.step == 0 || v.step > 1 << 20 || v.step < -(1 << 20))) return;
  loop->variables[loop->nvariables++] = v;
}

/* Is the newest instruction the end of a step? Whether it is the only one is seen later. */
static void find_step(vmi_emitter *e, vmi_loop *loop, const window *w)
{
  if (!is(w, 0, VMI_IX_LOCAL_SET) && !is(w, 0, VMI_IX_LOCAL_TEE)) return;
  bool minus = is(w, 1, VMI_IX_I32_SUB);
  if (!minus && !is(w, 1, VMI_IX_I32_ADD)) return;
  uint64_t local = w->at[0].in.imm[0];
  for (uint32_t own = 2; own <= 3; own++) { /* where local.get i stands; the step is the other */
    uint32_t other = 5 - own;
    if (minus && own == 2) continue;
    if (!is(w, own, VMI_IX_LOCAL_GET) || w->at[own].in.imm[0] != local) continue;
    vmi_induction v = {.local = (uint32_t)local, .pc = w->at[0].pc, .start = w->at[3].pc,
                       .minus = minus};
    if (is(w, other, VMI_IX_I32_CONST)) {
      v.constant = true;
      v.step = minus ? -(int64_t)w->at[other].in.imm[0] : (int64_t)w->at[other].in.imm[0];
    } else if (is(w, other, VMI_IX_LOCAL_GET) && w->at[other].in.imm[0] != local) {
      v.by = (uint32_t)w->at[other].in.imm[0];
    } else {
      continue;
    }
    add_variable(e, loop, v);
    return;
  }
}

/* ---- the guard ---- */

/* How to go on: 'l' while less, 'g' while greater; `or_equal`; 'n' while different. */
typedef struct comparison {
  char way;
  bool or_equal, is_signed;
} comparison;

static bool compares(uint32_t index, comparison *c)
{
  switch (index) {
    case VMI_IX_I32_LT_S: *c = (comparison){'l', false, true}; return true;
    case VMI_IX_I32_LE_S: *c = (comparison){'l', true, true}; return true;
    case VMI_IX_I32_GT_S: *c = (comparison){'g', false, true}; return true;
    case VMI_IX_I32_GE_S: *c = (comparison){'g', true, true}; return true;
    case VMI_IX_I32_LT_U: *c = (comparison){'l', false, false}; return true;
    case VMI_IX_I32_LE_U: *c = (comparison){'l', true, false}; return true;
    case VMI_IX_I32_GT_U: *c = (comparison){'g', false, false}; return true;
    case VMI_IX_I32_GE_U: *c = (comparison){'g', true, false}; return true;
    case VMI_IX_I32_NE: *c = (comparison){'n', false, true}; return true;
    case VMI_IX_I32_EQ: *c = (comparison){'e', false, true}; return true;
    default: return false;
  }
}

static comparison negated(comparison c)
{
  char way = c.way == 'l' ? 'g' : c.way == 'g' ? 'l' : c.way == 'n' ? 'e' : 'n';
  return (comparison){way, way == 'l' || way == 'g' ? !c.or_equal : false, c.is_signed};
}

static comparison swapped(comparison c)
{
  if (c.way == 'l' || c.way == 'g') c.way = c.way == 'l' ? 'g' : 'l';
  return c;
}

/* A compared value that ends at `i` of the window: how many instructions it takes, or 0. */
typedef struct side {
  uint32_t size;
  uint32_t local; /* of the value itself, or the array whose length it is */
  bool is_local, is_length;
  int64_t value;
} side;

static side read_side(const window *w, uint32_t i)
{
  if (is(w, i, VMI_IX_I32_CONST)) return (side){1, 0, false, false, (int64_t)w->at[i].in.imm[0]};
  if (is(w, i, VMI_IX_LOCAL_GET) || is(w, i, VMI_IX_LOCAL_TEE))
    return (side){1, (uint32_t)w->at[i].in.imm[0], true, false, 0};
  if (is(w, i, VMI_IX_ARRAY_LEN) && is(w, i + 1, VMI_IX_LOCAL_GET))
    return (side){2, (uint32_t)w->at[i + 1].in.imm[0], false, true, 0};
  return (side){0};
}

static const vmi_sym *limit_of(vmi_emitter *e, const vmi_loop *loop, const side *s)
{
  if (s->is_length) return vmi_sym_length(e, s->local);
  if (!s->is_local) return vmi_sym_const(e, s->value);
  if (loop->sets[s->local] || vmi_class_of(e->f->locals[s->local]) != C_I32) return NULL;
  return vmi_sym_local(e, s->local);
}

/* Is going on while `control c limit` a count that ends? */
static bool counts(vmi_loop *loop, const vmi_induction *v, comparison c)
{
  loop->exact = false;
  if (c.way == 'n') { /* the limit must not be jumped over: if steps are not of one, the check looks */
    if (!v->constant) return false;
    loop->exact = v->step != 1 && v->step != -1;
    c.way = v->step > 0 ? 'l' : 'g';
  }
  if (c.way == 'e') return false;
  loop->up = c.way == 'l';
  loop->is_signed = c.is_signed;
  loop->bias = !c.or_equal ? 0 : loop->up ? 1 : -1;
  return v->constant ? (v->step > 0) == loop->up : v->minus != loop->up;
}

static bool set_guard(vmi_emitter *e, vmi_loop *loop, const side *own, const side *limit, comparison c)
{
  vmi_induction *v = own->is_local ? vmi_loop_variable(loop, own->local) : NULL;
  if (!v || !counts(loop, v, c)) return false;
  loop->control = v;
  loop->limit = limit_of(e, loop, limit);
  return loop->limit != NULL;
}

/* Is the newest instruction a guard? A branch back, or one that leaves the loop. */
static bool find_guard(vmi_emitter *e, vmi_loop *loop, const window *w)
{
  bool when = is(w, 0, VMI_IX_BR_IF);
  if (!when && !is(w, 0, VMI_IX_BR_UNLESS)) return false;
  uint32_t target = e->f->labels[w->at[0].in.imm[0]].offset, first;
  bool back = target == loop->start;
  if (!back && target > loop->start && target < loop->end) return false;
  loop->guard = w->at[0].pc;
  loop->continues = back;
  comparison c;
  if (w->n > 1 && compares(w->at[1].in.index, &c)) {
    side b = read_side(w, 2), a = b.size ? read_side(w, 2 + b.size) : (side){0};
    if (!a.size) return false;
    first = 1 + b.size + a.size;
    if (when != back) c = negated(c);
    if (!set_guard(e, loop, &a, &b, c) && !set_guard(e, loop, &b, &a, swapped(c))) return false;
  } else { /* while (i) */
    side a = read_side(w, 1), zero = {1, 0, false, false, 0};
    c = (comparison){when == back ? 'n' : 'e', false, true};
    first = a.size;
    if (!a.size || !set_guard(e, loop, &a, &zero, c)) return false;
  }
  loop->guard_start = w->at[first].pc;
  return true;
}

/* ---- the region ---- */

static bool closed(const vmi_emitter *e, const vmi_loop *loop)
{
  const vmi_func *f = e->f;
  const vmi_flow *flow = e->flow;
  if (flow[loop->label].backward != 1) return false;
  for (uint32_t i = loop->label; i < f->nlabels && f->labels[i].offset < loop->end; i++) {
    if (flow[i].handler) return false;
    if (f->labels[i].offset == loop->start) continue;
    if (e->loop_ends[i]) return false; /* not innermost */
    if (flow[i].sources && (flow[i].first < loop->start || flow[i].last >= loop->end)) return false;
  }
  return true;
}

/* Does a branch inside jump over the instruction? */
static bool skipped(const vmi_emitter *e, const vmi_loop *loop, uint32_t pc)
{
  const vmi_func *f = e->f;
  for (uint32_t i = loop->label; i < f->nlabels && f->labels[i].offset < loop->end; i++)
    if (f->labels[i].offset > pc && e->flow[i].sources && e->flow[i].first < pc) return true;
  return false;
}

typedef bool visitor(vmi_emitter *e, vmi_loop *loop, const window *w);

/* Call `visit` behind each instruction of the loop until it says true; false if it never does. The
 * code decodes: it did before. */
static bool walk(vmi_emitter *e, vmi_loop *loop, visitor *visit)
{
  const vmi_func *f = e->f;
  window w = {.n = 0};
  uint32_t label = loop->label;
  vmi_insn in;
  for (uint32_t pc = loop->start; pc < loop->end; pc += in.size) {
    if (vmi_isa_decode(f->code + pc, f->code + f->code_size, &in)) return false;
    for (; label < f->nlabels && f->labels[label].offset == pc; label++) w.n = 0;
    slide(&w, &in, pc);
    if (visit(e, loop, &w)) return true;
  }
  return false;
}

/* May it call a host function? Functions of the guest look for requests themselves. */
static bool leaves_guest(const vmi_emitter *e, const vmi_insn *in)
{
  if (in->index == VMI_IX_CALL) return in->imm[0] < e->m->nimported_funcs;
  return (in->op->flags & F_CALL) != 0;
}

static bool note(vmi_emitter *e, vmi_loop *loop, const window *w)
{
  const vmi_insn *in = &w->at[0].in;
  if (in->index == VMI_IX_LOCAL_SET || in->index == VMI_IX_LOCAL_TEE) {
    uint8_t *n = loop->sets + in->imm[0];
    *n = (uint8_t)(*n + (*n < 2));
  }
  if (in->op->flags & (F_CALL | F_GROW | F_ALLOC)) loop->quiet = false;
  if (vmi_emit_takes_long(in)) loop->slow = true;
  if (leaves_guest(e, in)) loop->calls_host = true;
  vmi_emit_row *row = vmi_emit_rows[in->index].emit;
  if (vmi_emit_is_array_access(in->index) || row == vmi_emit_mem_load || row == vmi_emit_mem_store)
    loop->accesses = true;
  find_step(e, loop, w);
  return false;
}

static void drop_variables(vmi_emitter *e, vmi_loop *loop)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < loop->nvariables; i++) {
    const vmi_induction *v = &loop->variables[i];
    bool fixed = v->constant || (!loop->sets[v->by] && vmi_class_of(e->f->locals[v->by]) == C_I32);
    if (loop->sets[v->local] == 1 && fixed && !skipped(e, loop, v->pc))
      loop->variables[n++] = loop->variables[i];
  }
  loop->nvariables = n;
}

/* The others are of use where it is easy to say, and bounded, how many turns there will be. */
static void choose_variables(vmi_loop *loop)
{
  uint32_t n = 0, control = loop->control->local;
  bool counted = loop->control->constant && loop->strip;
  for (uint32_t i = 0; i < loop->nvariables; i++)
    if (loop->variables[i].local == control || counted) loop->variables[n++] = loop->variables[i];
  loop->nvariables = n;
  loop->control = vmi_loop_variable(loop, control);
}

static bool guard_here(vmi_emitter *e, vmi_loop *loop, const window *w)
{
  if (!find_guard(e, loop, w) || skipped(e, loop, loop->guard)) return false;
  loop->strip = loop->continues || loop->guard_start == loop->start;
  return true;
}

static bool strip_here(vmi_emitter *e, vmi_loop *loop, const window *w)
{
  return guard_here(e, loop, w) && loop->strip;
}

static uint32_t count_insns(const vmi_emitter *e, const vmi_loop *loop)
{
  uint32_t n = 0;
  vmi_insn in;
  for (uint32_t pc = loop->start; pc < loop->end && n <= MAX_INSNS; pc += in.size, n++)
    if (vmi_isa_decode(e->f->code + pc, e->f->code + e->f->code_size, &in)) return MAX_INSNS + 1;
  return n;
}

/* There is one at a time, and their number is the guest's choice: all have the same memory. */
static vmi_loop *new_loop(vmi_emitter *e, uint32_t label)
{
  vmi_arena *a = e->u->arena;
  uint32_t n = e->f->nlocals;
  vmi_loop *loop = e->loop ? e->loop : vmi_arena_new(a, 1, sizeof *loop);
  if (!loop) return NULL;
  vmi_loop fresh = {.label = label, .start = e->f->labels[label].offset, .quiet = true, .epoch = 1,
                    .end = e->loop_ends[label]};
  fresh.sets = e->loop ? loop->sets : vmi_arena_new(a, n, 1);
  fresh.temps = e->loop ? loop->temps : vmi_arena_new(a, n, sizeof *loop->temps);
  fresh.temps_valid = e->loop ? loop->temps_valid : vmi_arena_new(a, n, sizeof *loop->temps_valid);
  fresh.variables = e->loop ? loop->variables : vmi_arena_new(a, MAX_VARIABLES, sizeof *loop->variables);
  *loop = fresh;
  if (!loop->sets || !loop->temps || !loop->temps_valid || !loop->variables) return NULL;
  memset(loop->sets, 0, n);
  memset(loop->temps_valid, 0, n * sizeof *loop->temps_valid);
  e->loop = loop;
  return loop;
}

vmi_loop *vmi_loop_find(vmi_emitter *e, uint32_t label)
{
  vmi_loop shape = {.label = label, .start = e->f->labels[label].offset, .end = e->loop_ends[label]};
  vmi_insn last;
  if (e->f->nlocals > MAX_LOCALS) return NULL;
  if (vmi_isa_decode(e->f->code + shape.end - 1, e->f->code + e->f->code_size, &last)) return NULL;
  shape.end += last.size - 1; /* from behind its first byte to behind all of it */
  if (!closed(e, &shape) || count_insns(e, &shape) > MAX_INSNS) return NULL;
  vmi_loop *loop = new_loop(e, label);
  if (!loop) {
    e->u->failed = true;
    return NULL;
  }
  loop->end = shape.end;
  vmi_loop *outside = e->fast;
  e->fast = loop; /* vmi_sym_local asks */
  walk(e, loop, note);
  drop_variables(e, loop);
  bool found = walk(e, loop, strip_here) || walk(e, loop, guard_here);
  e->fast = outside;
  if (!found || loop->slow) return NULL;
  choose_variables(loop);
  return loop;
}
