/* form.c - which functions go into one unit.
 *
 * SPDX-License-Identifier: MIT
 *
 * GCC turns calls inside a unit into direct ones and inlines them, which is worth a factor of three
 * on call-bound code; calls between units go through the code record. So a unit is a root and what
 * it calls directly, breadth first, up to a budget that bounds the compile time. Callees that
 * are compiled already come along as private copies if they are small enough to be inlined.
 *
 * When a function became hot, the profile says which callees take part in that: they are taken, the
 * hottest first, and the others cost no compile time.
 */
#include <string.h>

#include "decode.h"
#include "state.h"

enum {
  /* a callee with less than this part of the work is not worth its compile time */
  COLD_SHARE = VMI_JIT_CALLED,
  OWN_SHARE = 8    /* a caller with this part of the work of its callee is a loop around it */
};

typedef struct former {
  const vm_module *shared;
  const uint8_t *wanted;
  uint64_t least;   /* work of a callee to be taken */
  vmi_jit_unit *unit;
  uint32_t helpers[VMI_MSG_MAX_FUNCS], nhelpers;
  uint64_t insns, budget;
} former;

static uint32_t state_of(const vm_module *shared, uint32_t func)
{
  return atomic_load_explicit(&shared->code[func].tier_state, memory_order_relaxed);
}

bool vmi_jit_is_done(const vm_module *shared, uint32_t func)
{
  return state_of(shared, func) == VMI_TIER_COMPILED && atomic_load(&shared->profile[func].renewed);
}

uint64_t vmi_jit_work(const vm_module *shared, uint32_t func)
{
  return atomic_load_explicit(&shared->profile[func].work, memory_order_relaxed);
}

static bool contains(const uint32_t *list, uint32_t n, uint32_t func)
{
  for (uint32_t i = 0; i < n; i++) {
    if (list[i] == func) return true;
  }
  return false;
}

static void consider(former *f, uint32_t func)
{
  const vmi_module *m = f->shared->m;
  vmi_jit_unit *u = f->unit;
  if (func < m->nimported_funcs || func >= m->nfuncs) return;
  if (u->n + f->nhelpers >= VMI_MSG_MAX_FUNCS) return;
  uint32_t size = m->funcs[func].ninsns, state = state_of(f->shared, func);
  if (state == VMI_TIER_FAILED || f->insns + size > f->budget) return;
  if (vmi_jit_work(f->shared, func) < f->least) return;
  if (contains(u->funcs, u->n, func) || contains(f->helpers, f->nhelpers, func)) return;
  bool has = u->quick ? state == VMI_TIER_COMPILED : vmi_jit_is_done(f->shared, func);
  bool publish = !has && !u->alone && (f->wanted == NULL || vmi_jit_bit(f->wanted, func));
  if (!publish && size > VMI_JIT_HELPER_INSNS) return;
  if (publish) u->funcs[u->n++] = func;
  else f->helpers[f->nhelpers++] = func;
  f->insns += size;
}

typedef void on_callee(void *ctx, uint32_t func);

/* Direct ones, and with `shared` the functions that dynamic calls have always led to. */
static void each_callee(const vmi_module *m, uint32_t func, const vm_module *shared, on_callee *fn,
                        void *ctx)
{
  const vmi_func *f = &m->funcs[func];
  const uint8_t *p = f->code, *end = f->code + f->code_size;
  while (p < end) {
    vmi_insn in;
    if (vmi_isa_decode_fast(p, end, &in) != NULL) return; /* verified: does not happen */
    if (in.index == VMI_IX_CALL || in.index == VMI_IX_RETURN_CALL) fn(ctx, (uint32_t)in.imm[0]);
    if (shared != NULL && (in.index == VMI_IX_DYN_CALL || in.index == VMI_IX_DYN_INVOKE)) {
      uint32_t target = vmi_jit_target(shared, func, (uint32_t)(p - f->code));
      if (target != VMI_NO_INDEX) fn(ctx, target);
    }
    p += in.size;
  }
}

/* The callees of one function, hottest first, then in the order of its code. */
typedef struct callees {
  const vm_module *shared;
  uint32_t n, funcs[VMI_MSG_MAX_FUNCS];
} callees;

static void add_callee(void *ctx, uint32_t func)
{
  callees *c = ctx;
  if (contains(c->funcs, c->n, func)) return;
  uint64_t work = vmi_jit_work(c->shared, func);
  uint32_t at = c->n < VMI_MSG_MAX_FUNCS ? c->n++ : c->n;
  while (at > 0 && vmi_jit_work(c->shared, c->funcs[at - 1]) < work) {
    if (at < VMI_MSG_MAX_FUNCS) c->funcs[at] = c->funcs[at - 1];
    at--;
  }
  if (at < VMI_MSG_MAX_FUNCS) c->funcs[at] = func;
}

static void consider_callees(former *f, uint32_t func)
{
  callees c = {.shared = f->shared};
  each_callee(f->shared->m, func, f->unit->guess ? f->shared : NULL, add_callee, &c);
  for (uint32_t i = 0; i < c.n; i++) consider(f, c.funcs[i]);
}

/* Entries at loops are more code to compile. They are for calls that last: one that has been in its loop
 * for half the time that compiling takes will probably be there when the code is. */
static bool wants_entries(const vm_module *shared, uint32_t func)
{
  if (shared->engine->force_osr) return true;
  uint64_t loop = atomic_load_explicit(&shared->profile[func].loop, memory_order_relaxed);
  return loop >= vmi_rt_compile_cost(&shared->m->funcs[func]) / 2;
}

void vmi_jit_form(const vm_module *shared, uint32_t root, const uint8_t *wanted, uint64_t work,
                  vmi_jit_unit *unit)
{
  const vmi_module *m = shared->m;
  former f = {.shared = shared, .wanted = wanted, .unit = unit, .insns = m->funcs[root].ninsns,
              .least = work / COLD_SHARE};
  f.budget = unit->quick ? VMI_JIT_QUICK_INSNS : VMI_JIT_UNIT_INSNS;
  /* A root past the budget still gets its small callees. */
  if (f.budget < f.insns + VMI_JIT_HELPER_INSNS) f.budget = f.insns + VMI_JIT_HELPER_INSNS;
  unit->n = 1;
  unit->funcs[0] = root;
  for (uint32_t i = 0; i < unit->n; i++) consider_callees(&f, unit->funcs[i]);
  /* Copies want their callees, too, where copies are all there is. */
  for (uint32_t i = 0; unit->alone && i < f.nhelpers; i++) consider_callees(&f, f.helpers[i]);
  unit->published = unit->n;
  memcpy(unit->funcs + unit->n, f.helpers, f.nhelpers * sizeof f.helpers[0]);
  unit->n += f.nhelpers;
  for (uint32_t i = 0; i < unit->n; i++) {
    unit->enter[i] = i < unit->published && wants_entries(shared, unit->funcs[i]);
    /* Who is in a loop of code that this is to replace comes back there. */
    if (i < unit->published && atomic_load(&shared->code[unit->funcs[i]].osr) != NULL)
      unit->enter[i] = true;
  }
}

/* A caller that does little but wait for its callee gains nothing from having it inlined. */
uint32_t vmi_jit_root(const vm_module *shared, uint32_t func)
{
  const vmi_module *m = shared->m;
  uint32_t caller = atomic_load_explicit(&shared->profile[func].caller, memory_order_relaxed);
  if (caller == func || caller < m->nimported_funcs || caller >= m->nfuncs) return func;
  uint32_t state = state_of(shared, caller);
  if (state == VMI_TIER_COMPILED || state == VMI_TIER_FAILED) return func;
  if (vmi_jit_work(shared, caller) < vmi_jit_work(shared, func) / OWN_SHARE) return func;
  uint64_t both = (uint64_t)m->funcs[caller].ninsns + m->funcs[func].ninsns;
  return both <= VMI_JIT_UNIT_INSNS ? caller : func;
}

typedef struct finder {
  const vmi_jit_unit *unit;
  bool found;
} finder;

static void find_in_unit(void *ctx, uint32_t func)
{
  finder *f = ctx;
  f->found = f->found || contains(f->unit->funcs, f->unit->n, func);
}

bool vmi_jit_lives_on_calls(const vm_module *shared, const vmi_jit_unit *unit)
{
  finder f = {unit, false};
  uint64_t insns = 0;
  for (uint32_t i = 0; i < unit->n; i++) {
    insns += shared->m->funcs[unit->funcs[i]].ninsns;
    if (insns > VMI_JIT_CALLS_INSNS) return false;
    each_callee(shared->m, unit->funcs[i], unit->guess ? shared : NULL, find_in_unit, &f);
  }
  return f.found;
}

typedef struct marker {
  uint8_t *map;
  uint32_t self;
} marker;

static void mark(void *ctx, uint32_t func)
{
  const marker *k = ctx;
  if (func != k->self) k->map[func / 8] |= (uint8_t)(1u << func % 8);
}

void vmi_jit_mark_called(const vmi_module *m, uint8_t *called)
{
  for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
    marker k = {called, i};
    each_callee(m, i, NULL, mark, &k);
  }
}
