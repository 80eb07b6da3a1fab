/* guess.c - what the interpreters have seen of a unit's dynamic instructions, for the emitter; and what
 * becomes of code that guessed wrong.
 *
 * SPDX-License-Identifier: MIT
 */
#include "state.h"

/* For tests: anything at all, which must change no result. */
static vmi_guess draw(const vm_module *shared, uint32_t point, vmi_guess real)
{
  uint64_t h = vmi_rt_draw_about(shared->engine, point);
  vmi_guess g = {real.target, (uint32_t)h & VMI_SEEN_ALL};
  if (h >> 8 & 1) g.target = VMI_TARGET_MANY; /* never another one: sites vouch for their callee's code */
  return g;
}

static vmi_guess guess_at(const vm_module *shared, uint32_t point, bool guesses)
{
  const vmi_feedback *f = &shared->feedback[point];
  vmi_guess g = {atomic_load_explicit(&f->target, memory_order_relaxed), vmi_seen(f)};
  if (shared->engine->force_guesses) return draw(shared, point, g);
  return guesses ? g : (vmi_guess){g.target, VMI_SEEN_ALL};
}

vmi_guess *vmi_jit_guesses(const vmi_alloc *a, const vm_module *shared, const vmi_jit_unit *u,
                           uint32_t *count)
{
  uint64_t total = 0, n = 0;
  for (uint32_t i = 0; i < u->n; i++) total += shared->m->funcs[u->funcs[i]].npoints;
  *count = (uint32_t)total;
  vmi_guess *all = total != 0 && total <= UINT32_MAX ? vmi_new(a, total * sizeof *all) : NULL;
  for (uint32_t i = 0; all != NULL && i < u->n; i++) {
    const vmi_func *f = &shared->m->funcs[u->funcs[i]];
    bool guesses = vmi_rt_guesses(&shared->profile[u->funcs[i]]);
    for (uint32_t k = 0; k < f->npoints; k++) all[n++] = guess_at(shared, f->first_point + k, guesses);
  }
  return all;
}

uint32_t vmi_jit_target(const vm_module *shared, uint32_t func, uint32_t pc)
{
  const vmi_feedback *f = &shared->feedback[vmi_func_point(&shared->m->funcs[func], pc)];
  uint32_t target = atomic_load_explicit(&f->target, memory_order_relaxed);
  return target == 0 || target == VMI_TARGET_MANY ? VMI_NO_INDEX : target - 1;
}

/* ---- wrong guesses ---- */

static bool has_code_of(const vmi_jit_loaded *u, uint32_t func)
{
  for (uint32_t i = 0; i < u->n; i++) {
    if (u->funcs[i] == func) return true;
  }
  for (uint32_t i = 0; i < u->ncopies; i++) {
    if (u->copies[i] == func) return true;
  }
  return false;
}

static bool ask_again(vmi_jit *jit, vm_module *shared, uint32_t func)
{
  uint32_t cold = VMI_TIER_COLD;
  if (!vmi_jit_queue_add(jit, shared, func, false)) return false;
  return atomic_compare_exchange_strong(&shared->code[func].tier_state, &cold, VMI_TIER_QUEUED);
}

/* The guesses about a function are in every unit that has a copy of it. What such a unit publishes is
 * interpreted until it is compiled again: at once the function itself and what the unit was made for,
 * the rest when it is hot again, which it almost is. */
bool vmi_jit_correct(vmi_jit *jit, vm_module *shared, uint32_t func)
{
  bool any = false;
  const vmi_jit_module *r = shared->jit_data;
  for (vmi_jit_loaded *u = r != NULL ? r->loaded : NULL; u != NULL; u = u->next) {
    if (u->retired || !has_code_of(u, func)) continue;
    u->wrong = true;
    vmi_jit_retire(jit, u);
    any = true;
    if (u->funcs[0] != func && r->funcs[u->funcs[0]].unit == NULL) (void)ask_again(jit, shared, u->funcs[0]);
  }
  if (any && r->funcs[func].unit == NULL) (void)ask_again(jit, shared, func);
  return any;
}
