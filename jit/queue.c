/* queue.c - functions that became hot and wait for the compiler: hottest first.
 *
 * SPDX-License-Identifier: MIT
 *
 * A plain array searched from end to end: it is short (a program's hot functions come a few at a
 * time) and a look costs nothing beside the 12 ms of the smallest compile.
 */
#include <string.h>

#include "state.h"

void vmi_jit_cool(const vmi_jit_request *r, vmi_tier_state state)
{
  if (!r->enter) {
    atomic_store_explicit(&r->shared->code[r->func].tier_state, state, memory_order_relaxed);
  } else if (state == VMI_TIER_COLD) {
    atomic_store(&r->shared->profile[r->func].enter_asked, false);
  }
}

/* What was interpreted of it until now, for its work goes on while it waits. */
static uint64_t heat_of(const vmi_jit_request *r)
{
  vmi_profile *p = &r->shared->profile[r->func];
  return atomic_load_explicit(r->enter ? &p->loop : &p->work, memory_order_relaxed);
}

static void remove_at(vmi_jit *jit, uint32_t i) { jit->queue[i] = jit->queue[--jit->nqueue]; }

/* The request with the most or the least heat; among equals the oldest. */
static uint32_t extreme(const vmi_jit *jit, bool most)
{
  uint32_t best = 0;
  uint64_t best_heat = heat_of(&jit->queue[0]);
  for (uint32_t i = 1; i < jit->nqueue; i++) {
    uint64_t heat = heat_of(&jit->queue[i]);
    bool older = heat == best_heat && jit->queue[i].serial < jit->queue[best].serial;
    if (!older && (heat == best_heat || (heat > best_heat) != most)) continue;
    best = i;
    best_heat = heat;
  }
  return best;
}

static void drop_coldest(vmi_jit *jit)
{
  uint32_t worst = extreme(jit, false);
  vmi_jit_cool(&jit->queue[worst], VMI_TIER_COLD);
  remove_at(jit, worst);
}

static bool make_room(vmi_jit *jit)
{
  if (jit->nqueue >= VMI_JIT_QUEUE_MAX) drop_coldest(jit);
  if (jit->nqueue < jit->queue_capacity) return true;
  uint32_t capacity = jit->queue_capacity ? 2 * jit->queue_capacity : 64;
  vmi_jit_request *grown = vmi_resize(&jit->alloc, jit->queue, jit->queue_capacity * sizeof *grown,
                                      capacity * sizeof *grown);
  if (grown == NULL) return false;
  jit->queue = grown;
  jit->queue_capacity = capacity;
  return true;
}

bool vmi_jit_queue_add(vmi_jit *jit, vm_module *shared, uint32_t func, bool enter)
{
  for (uint32_t i = 0; i < jit->nqueue; i++) {
    vmi_jit_request *r = &jit->queue[i];
    if (r->shared != shared || r->func != func) continue;
    r->enter = r->enter || enter;
    return true;
  }
  if (!make_room(jit)) return false;
  jit->queue[jit->nqueue++] = (vmi_jit_request){shared, func, enter, jit->next_serial++};
  return true;
}

bool vmi_jit_queue_take(vmi_jit *jit, vmi_jit_request *out)
{
  if (jit->nqueue == 0) return false;
  uint32_t best = extreme(jit, true);
  *out = jit->queue[best];
  remove_at(jit, best);
  return true;
}

void vmi_jit_queue_remove(vmi_jit *jit, const vm_module *shared, uint32_t func)
{
  for (uint32_t i = jit->nqueue; i-- > 0;) {
    if (jit->queue[i].shared == shared && jit->queue[i].func == func) remove_at(jit, i);
  }
}

/* ---- renewals ---- */

static bool room_for_renewal(vmi_jit *jit)
{
  if (jit->nrenewals >= VMI_JIT_QUEUE_MAX) return false;
  if (jit->nrenewals < jit->renewal_capacity) return true;
  uint32_t capacity = jit->renewal_capacity ? 2 * jit->renewal_capacity : 64;
  vmi_jit_renewal *grown = vmi_resize(&jit->alloc, jit->renewals,
                                      jit->renewal_capacity * sizeof *grown, capacity * sizeof *grown);
  if (grown == NULL) return false;
  jit->renewals = grown;
  jit->renewal_capacity = capacity;
  return true;
}

void vmi_jit_renew_later(vmi_jit *jit, vm_module *shared, uint32_t func, uint64_t due)
{
  for (uint32_t i = 0; i < jit->nrenewals; i++) {
    vmi_jit_renewal *r = &jit->renewals[i];
    if (r->shared != shared || r->func != func) continue;
    if (due < r->due) r->due = due;
    return;
  }
  if (room_for_renewal(jit)) jit->renewals[jit->nrenewals++] = (vmi_jit_renewal){shared, func, due};
}

uint64_t vmi_jit_renewal_next(const vmi_jit *jit)
{
  uint64_t next = UINT64_MAX;
  for (uint32_t i = 0; i < jit->nrenewals; i++) {
    if (jit->renewals[i].due < next) next = jit->renewals[i].due;
  }
  return next;
}

bool vmi_jit_renewal_take(vmi_jit *jit, vmi_jit_renewal *out)
{
  uint32_t best = UINT32_MAX;
  uint64_t now = jit->nrenewals != 0 ? vmi_jit_now() : 0, most = 0;
  for (uint32_t i = 0; i < jit->nrenewals; i++) {
    const vmi_jit_renewal *r = &jit->renewals[i];
    if (r->due > now) continue;
    uint64_t work = vmi_jit_work(r->shared, r->func);
    if (best == UINT32_MAX || work > most) best = i, most = work;
  }
  if (best == UINT32_MAX) return false;
  *out = jit->renewals[best];
  memmove(jit->renewals + best, jit->renewals + best + 1, (--jit->nrenewals - best) * sizeof *out);
  return true;
}

static void drop_renewals(vmi_jit *jit, const vm_module *shared)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < jit->nrenewals; i++) {
    if (shared != NULL && jit->renewals[i].shared != shared) jit->renewals[n++] = jit->renewals[i];
  }
  jit->nrenewals = n;
}

void vmi_jit_queue_drop(vmi_jit *jit, const vm_module *shared, vmi_tier_state state)
{
  drop_renewals(jit, shared);
  for (uint32_t i = jit->nqueue; i-- > 0;) {
    if (shared != NULL && jit->queue[i].shared != shared) continue;
    vmi_jit_cool(&jit->queue[i], state);
    remove_at(jit, i);
  }
}
