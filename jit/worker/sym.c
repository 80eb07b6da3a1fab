/* sym.c - integers in a counted loop as expressions.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include "loop.h"

/* Expressions share parts, but are written out in full. */
enum { MAX_SIZE = 16, MAX_BITS = 62 };

static vmi_sym *new_sym(vmi_emitter *e, vmi_sym_kind kind, uint32_t bits)
{
  vmi_sym *s = vmi_arena_new(e->u->arena, 1, sizeof *s);
  if (!s) {
    e->u->failed = true;
    return NULL;
  }
  s->kind = (uint8_t)kind;
  s->bits = (uint8_t)bits;
  s->size = 1;
  return s;
}

const vmi_sym *vmi_sym_const(vmi_emitter *e, int64_t value)
{
  uint32_t bits = 0;
  for (uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value; v; v >>= 1) bits++;
  vmi_sym *s = new_sym(e, SYM_CONST, bits);
  if (s) s->value = value;
  return s;
}

const vmi_sym *vmi_sym_length(vmi_emitter *e, uint32_t array)
{
  if (!e->lengths[array] || e->fast->sets[array]) return NULL;
  vmi_sym *s = new_sym(e, SYM_LENGTH, 32);
  if (s) s->local = array;
  return s;
}

/* Is the control variable within the limit at the current pc? At the start of a turn it is: the first
 * turn follows the check, the others by the guard, unless that stands further down. */
static bool guarded(const vmi_emitter *e, bool stepped)
{
  const vmi_loop *loop = e->fast;
  if (loop->guard > loop->control->pc) return !stepped || e->pc > loop->guard;
  return !stepped && e->pc > loop->guard;
}

const vmi_sym *vmi_sym_local(vmi_emitter *e, uint32_t local)
{
  const vmi_loop *loop = e->fast;
  if (vmi_class_of(e->f->locals[local]) != C_I32) return NULL;
  vmi_induction *v = vmi_loop_variable(loop, local);
  if (!v && loop->sets[local])
    return loop->temps_valid[local] == loop->epoch ? loop->temps[local] : NULL;
  /* A control variable stays below 2^32 in its range; others may have come 2^10 steps far. */
  vmi_sym *s = new_sym(e, v ? SYM_VARIABLE : SYM_LOCAL, !v ? 31 : v == loop->control ? 32 : 43);
  if (!s) return NULL;
  s->local = local;
  s->varies = v != NULL;
  s->stepped = v && e->pc >= v->pc; /* local.tee has stepped when it pushes */
  s->guarded = v && v == loop->control && guarded(e, s->stepped);
  return s;
}

const vmi_sym *vmi_sym_op(vmi_emitter *e, vmi_sym_kind kind, const vmi_sym *a, const vmi_sym *b)
{
  if (!a || !b) return NULL;
  uint32_t most = a->bits > b->bits ? a->bits : b->bits;
  uint32_t bits = kind == SYM_MUL ? a->bits + b->bits : most + 1;
  uint32_t size = 1u + a->size + b->size;
  if (bits > MAX_BITS || size > MAX_SIZE) return NULL;
  if (a->varies && b->varies &&
      (kind == SYM_MUL || a->local != b->local || a->stepped != b->stepped || a->guarded != b->guarded))
    return NULL; /* not linear, or not in one variable */
  vmi_sym *s = new_sym(e, kind, bits);
  if (!s) return NULL;
  const vmi_sym *varying = a->varies ? a : b;
  s->size = (uint8_t)size;
  s->varies = varying->varies;
  s->stepped = varying->stepped;
  s->guarded = varying->guarded;
  s->local = varying->local;
  s->a = a;
  s->b = b;
  return s;
}

bool vmi_sym_equal(const vmi_sym *a, const vmi_sym *b)
{
  if (a->kind != b->kind || a->varies != b->varies || a->stepped != b->stepped ||
      a->guarded != b->guarded)
    return false;
  switch (a->kind) {
    case SYM_CONST: return a->value == b->value;
    case SYM_LOCAL:
    case SYM_LENGTH:
    case SYM_VARIABLE: return a->local == b->local;
    default: return vmi_sym_equal(a->a, b->a) && vmi_sym_equal(a->b, b->b);
  }
}

rvalue *vmi_sym_value(vmi_emitter *e, const vmi_sym *s, rvalue *variable)
{
  static const enum gcc_jit_binary_op ops[] = {[SYM_ADD] = GCC_JIT_BINARY_OP_PLUS,
                                               [SYM_SUB] = GCC_JIT_BINARY_OP_MINUS,
                                               [SYM_MUL] = GCC_JIT_BINARY_OP_MULT};
  switch (s->kind) {
    case SYM_CONST: return e_int(e, T_int64_t, (uint64_t)s->value);
    case SYM_LOCAL:
      return e_cast(e, e_cast(e, e_get(e->locals[s->local]), T_int32_t), T_int64_t);
    case SYM_LENGTH: return e_cast(e, e_get(e->lengths[s->local]), T_int64_t);
    case SYM_VARIABLE: return variable;
    default:
      return e_op(e, ops[s->kind], T_int64_t, vmi_sym_value(e, s->a, variable),
                  vmi_sym_value(e, s->b, variable));
  }
}
