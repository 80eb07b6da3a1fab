/* body.c - random statements, which leave the stack as it was, and function bodies.
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

/* ---- statements ---- */

static void set_variable(wgen *g, int depth)
{
  uint32_t i;
  wtype type = w_one_in(g, 8) ? (wtype)(W_FUNC + w_below(g, 2)) : (wtype)w_below(g, W_NUMBERS);
  bool global = w_one_in(g, 3) && w_find_global(g, type, true, &i);
  if (!global && !w_find_local(g, type, g->nfixed, &i)) return;
  w_expr(g, type, depth);
  w_op1(g, global ? 0x24 : 0x21, i);
}

static void store(wgen *g, int depth)
{
  const waccess *a = &w_stores[w_below(g, w_nstores)];
  w_address(g, depth);
  w_expr(g, a->type, depth);
  if (a->type == W_F32 || a->type == W_F64) w_canonical(g, a->type);
  w_op(g, a->opcode);
  w_memory_operands(g, a->align);
}

static void drop(wgen *g, int depth)
{
  w_expr(g, w_one_in(g, 6) ? (wtype)(W_FUNC + w_below(g, 2)) : (wtype)w_below(g, W_NUMBERS), depth);
  w_op(g, 0x1A);
}

static void call(wgen *g, int depth)
{
  uint32_t func = w_below(g, g->nfuncs), sig = g->func_sigs[func];
  if (w_one_in(g, 3)) w_call_table(g, sig, 0x11, depth);
  else w_call_func(g, func, depth);
  w_take_results(g, &g->sigs[sig], 0);
}

static void if_stmt(wgen *g, int depth)
{
  if (g->nlabels + 2 > MAX_LABELS) return;
  w_expr(g, W_I32, depth);
  w_op1(g, 0x04, 0x40);
  w_push_label(g, 0, NULL);
  w_stmts(g, depth + 1);
  if (w_one_in(g, 2)) {
    w_op(g, 0x05);
    w_stmts(g, depth + 1);
  }
  w_op(g, 0x0B);
  g->nlabels--;
}

static void block_stmt(wgen *g, int depth)
{
  if (g->nlabels + 2 > MAX_LABELS) return;
  bool loop = w_one_in(g, 3);
  w_op1(g, loop ? 0x03 : 0x02, 0x40);
  w_push_label(g, 0, NULL);
  if (loop) w_use_fuel(g);
  w_stmts(g, depth + 1);
  w_op(g, 0x0B);
  g->nlabels--;
}

/* A loop that counts a local down from a small number: what compilers know well. */
static void count_stmt(wgen *g, int depth)
{
  if (g->nlabels + 2 > MAX_LABELS || g->nlocals == MAX_LOCALS || depth > 3) return;
  uint32_t counter = g->nlocals++;
  g->locals[counter] = W_I32;
  w_const_i32(g, (int32_t)w_below(g, 12));
  w_op1(g, 0x21, counter);
  w_op1(g, 0x03, 0x40);
  w_push_label(g, 0, NULL)->hidden = true;
  w_stmts(g, depth + 2);
  w_op1(g, 0x20, counter);
  w_const_i32(g, 1);
  w_op(g, 0x6B);
  w_op1(g, 0x22, counter);
  w_const_i32(g, 0);
  w_op(g, 0x4A); /* gt_s */
  w_op1(g, 0x0D, 0);
  w_op(g, 0x0B);
  g->nlabels--;
}

/* Address `counter` plus perhaps a constant, on which an access with some offset follows. */
static void loop_address(wgen *g, uint32_t counter)
{
  w_op1(g, 0x20, counter);
  if (!w_one_in(g, 3)) return;
  w_const_i32(g, (int32_t)w_below(g, 16) - 4);
  w_op(g, 0x6A);
}

static void loop_access(wgen *g, uint32_t counter, int depth)
{
  uint32_t local;
  bool stores_it = w_one_in(g, 2);
  const waccess *a = stores_it ? &w_stores[w_below(g, w_nstores)] : &w_loads[w_below(g, w_nloads)];
  loop_address(g, counter);
  if (stores_it) {
    w_expr(g, a->type, depth + 3);
    if (a->type == W_F32 || a->type == W_F64) w_canonical(g, a->type);
  }
  w_op(g, a->opcode);
  w_u32(&g->out, w_below(g, a->align + 1u));
  w_u32(&g->out, w_one_in(g, 3) ? w_below(g, 8) : 0);
  if (stores_it) return;
  if (w_find_local(g, a->type, g->nfixed, &local)) w_op1(g, 0x21, local);
  else w_op(g, 0x1A);
}

/* A loop over memory, up to the end of a page or somewhat past it: what is out of bounds must trap
 * in the right turn, with all that was stored before it stored. */
static void memory_stmt(wgen *g, int depth)
{
  if (g->nlabels + 2 > MAX_LABELS || g->nlocals == MAX_LOCALS || depth > 3) return;
  uint32_t counter = g->nlocals++;
  g->locals[counter] = W_I32;
  int32_t step = 1 << w_below(g, 4), turns = 1 + (int32_t)w_below(g, w_one_in(g, 12) ? 400 : 24);
  int32_t end = w_one_in(g, 3) ? 8192 : 65536 * (1 + (int32_t)w_below(g, 2));
  if (w_one_in(g, 5)) end += step * (int32_t)w_below(g, 3);
  else end -= 24;
  w_const_i32(g, end - turns * step);
  w_op1(g, 0x21, counter);
  w_op1(g, 0x03, 0x40);
  w_push_label(g, 0, NULL)->hidden = true;
  for (uint32_t n = 1 + w_below(g, 3); n > 0; n--) loop_access(g, counter, depth);
  if (w_one_in(g, 4)) w_stmts(g, depth + 3);
  static const uint8_t compare[3] = {0x47, 0x48, 0x49}; /* ne, lt_s, lt_u */
  w_op1(g, 0x20, counter);
  w_const_i32(g, step);
  w_op(g, 0x6A);
  w_op1(g, 0x22, counter);
  w_const_i32(g, end);
  w_op(g, compare[w_below(g, 3)]);
  w_op1(g, 0x0D, 0);
  w_op(g, 0x0B);
  g->nlabels--;
}

static void label_values(wgen *g, const wlabel *l, int depth)
{
  for (uint32_t i = 0; i < l->count; i++) w_expr(g, l->types[i], depth);
}

/* A label that a branch may go to; false: the one that was drawn is hidden. */
static bool choose_label(wgen *g, uint32_t *at)
{
  *at = w_below(g, g->nlabels);
  return !g->labels[*at].hidden;
}

/* Behind it, statements are written as if it could be reached. */
static void branch(wgen *g, int depth)
{
  uint32_t at;
  if (!choose_label(g, &at)) return;
  const wlabel *l = &g->labels[at];
  label_values(g, l, depth);
  if (w_one_in(g, 4)) {
    w_op1(g, 0x0C, g->nlabels - 1 - at);
    return;
  }
  w_expr(g, W_I32, depth);
  w_op1(g, 0x0D, g->nlabels - 1 - at);
  for (uint32_t i = 0; i < l->count; i++) w_op(g, 0x1A);
}

static bool same_types(const wlabel *a, const wlabel *b)
{
  bool same = a->count == b->count;
  for (uint32_t i = 0; same && i < a->count; i++) same = a->types[i] == b->types[i];
  return same;
}

/* In a block of its own, so that what follows is reached. */
static void branch_table(wgen *g, int depth)
{
  uint32_t first, at, count = w_below(g, 5), targets[5];
  if (g->nlabels + 2 > MAX_LABELS) return;
  w_op1(g, 0x02, 0x40);
  w_push_label(g, 0, NULL);
  if (!choose_label(g, &first)) first = g->nlabels - 1;
  for (uint32_t i = 0; i < count; i++) {
    bool fits = choose_label(g, &at) && same_types(&g->labels[at], &g->labels[first]);
    targets[i] = fits ? at : first;
  }
  label_values(g, &g->labels[first], depth);
  w_small(g, 6, depth);
  w_op1(g, 0x0E, count);
  for (uint32_t i = 0; i < count; i++) w_u32(&g->out, g->nlabels - 1 - targets[i]);
  w_u32(&g->out, g->nlabels - 1 - first);
  w_op(g, 0x0B);
  g->nlabels--;
}

static void leave(wgen *g, int depth)
{
  const wsig *own = &g->sigs[g->func_sigs[g->func]];
  if (g->nlabels + 2 > MAX_LABELS) return;
  w_expr(g, W_I32, depth);
  w_op1(g, 0x04, 0x40);
  g->nlabels++; /* counted, but no branch can be in it: there are expressions alone */
  g->labels[g->nlabels - 1] = (wlabel){.hidden = true};
  uint32_t func = IMPORTED_FUNCS + w_below(g, g->nfuncs - IMPORTED_FUNCS), sig = g->func_sigs[func];
  if (sig == g->func_sigs[g->func] && w_one_in(g, 2)) { /* the same results: a tail call */
    if (w_one_in(g, 2)) {
      w_call_table(g, sig, 0x13, depth);
    } else {
      w_arguments(g, &g->sigs[sig], depth);
      w_op1(g, 0x12, func);
    }
  } else if (w_one_in(g, 20)) {
    w_op(g, 0x00);
  } else {
    for (uint32_t i = 0; i < own->nresults; i++) w_expr(g, own->results[i], depth);
    w_op(g, 0x0F);
  }
  w_op(g, 0x0B);
  g->nlabels--;
}

static void range(wgen *g, uint32_t place, uint32_t from, uint32_t length, int depth)
{
  w_small(g, place, depth);
  w_small(g, from, depth);
  w_small(g, length, depth);
}

/* Segment 1, or 0, which was active and is gone; into memory or table 0. */
static void init_operands(wgen *g)
{
  w_byte(&g->out, !w_one_in(g, 10));
  w_byte(&g->out, 0);
}

static void bulk(wgen *g, int depth)
{
  uint32_t table = w_below(g, 2), kind = w_below(g, w_one_in(g, 4) ? 9 : 7);
  switch (kind) {
  case 0: range(g, MASK, 256, 100, depth); w_long_op(g, 0x0B); w_byte(&g->out, 0); return;
  case 1: range(g, MASK, MASK, 200, depth); w_long_op(g, 0x0A); w_bytes(&g->out, "\0\0", 2); return;
  case 2: range(g, MASK, 20, 20, depth); w_long_op(g, 0x08); init_operands(g); return;
  case 3: /* table.set */
    w_small(g, TABLE_SIZE, depth);
    w_expr(g, table == 0 ? W_FUNC : W_EXTERN, depth);
    w_op1(g, 0x26, table);
    return;
  case 4: /* table.fill */
    w_small(g, TABLE_SIZE, depth);
    w_expr(g, table == 0 ? W_FUNC : W_EXTERN, depth);
    w_small(g, 3, depth);
    w_long_op(g, 0x11);
    w_u32(&g->out, table);
    return;
  case 5: /* table.copy */
    range(g, TABLE_SIZE - 4, TABLE_SIZE - 4, 4, depth);
    w_long_op(g, 0x0E);
    w_u32(&g->out, table);
    w_u32(&g->out, table);
    return;
  case 6: /* table.init */
    range(g, TABLE_SIZE - 1, 4, 3, depth);
    w_long_op(g, 0x0C);
    init_operands(g);
    return;
  case 7: w_long_op(g, 0x09); w_u32(&g->out, w_below(g, 3)); return;
  default: w_long_op(g, 0x0D); w_u32(&g->out, w_below(g, 4)); return;
  }
}

static void nop(wgen *g, int depth)
{
  (void)depth;
  w_op(g, 0x01);
}

static void stmt(wgen *g, int depth)
{
  static void (*const kinds[])(wgen *, int) = {
    set_variable, set_variable, set_variable, store, store, drop, call, if_stmt, block_stmt,
    count_stmt, memory_stmt, branch, branch_table, leave,
    bulk, nop,
  };
  kinds[w_below(g, COUNT(kinds))](g, depth);
}

void w_stmts(wgen *g, int depth)
{
  if (depth >= DEEP) return;
  for (uint32_t n = 1 + w_below(g, 4); n > 0 && g->budget > 0; n--) stmt(g, depth);
}

/* ---- a function ---- */

static void write_locals(wgen *g, uint32_t first, wbuf *code)
{
  w_u32(code, g->nlocals - first);
  for (uint32_t i = first; i < g->nlocals; i++) {
    w_u32(code, 1);
    w_byte(code, w_code(g->locals[i]));
  }
}

void w_body(wgen *g, uint32_t func, wbuf *code)
{
  const wsig *s = &g->sigs[g->func_sigs[func]];
  g->func = func;
  g->nlocals = g->nlabels = 0;
  g->out.size = 0;
  g->budget = 20 + (int)w_below(g, 250);
  for (uint32_t i = 0; i < s->nparams; i++) g->locals[g->nlocals++] = s->params[i];
  for (uint32_t i = 0, n = 1 + w_below(g, 8); i < n; i++) {
    g->locals[g->nlocals++] = w_one_in(g, 6) ? (wtype)(W_FUNC + w_below(g, 2))
                                           : (wtype)w_below(g, W_NUMBERS);
  }
  g->nfixed = g->nlocals;
  g->scratch_f32 = g->nlocals;
  g->locals[g->nlocals++] = W_F32;
  g->scratch_f64 = g->nlocals;
  g->locals[g->nlocals++] = W_F64;
  w_push_label(g, s->nresults, s->results);
  w_use_fuel(g);
  for (uint32_t n = 1 + w_below(g, 6); n > 0; n--) w_stmts(g, 0);
  for (uint32_t i = 0; i < s->nresults; i++) w_expr(g, s->results[i], 0);
  w_op(g, 0x0B);
  write_locals(g, s->nparams, code);
  w_bytes(code, g->out.data, g->out.size);
}
