/* queue.c - functions that became hot and wait for the compiler: most wanted first.
 *
 * SPDX-License-Identifier: MIT
 *
 * A plain array searched from end to end: it is short (a program's hot functions come a few at a
 * time) and a look costs nothing beside the 12 ms of the smallest compile.
 */
#include "state.h"

static void set_state(const vmi_jit_request *r, vmi_tier_state state)
{
  atomic_store_explicit(&r->shared->code[r->func].tier_state, state, memory_order_relaxed);
}

static bool before(const vmi_jit_request *a, const vmi_jit_request *b)
{
  return a->heat != b->heat ? a->heat > b->heat : a->serial < b->serial;
}

static void remove_at(vmi_jit *jit, uint32_t i) { jit->queue[i] = jit->queue[--jit->nqueue]; }

/* What is asked for least, and among those what was asked for longest ago, went cold. */
static void drop_coldest(vmi_jit *jit)
{
  uint32_t worst = 0;
  for (uint32_t i = 1; i < jit->nqueue; i++) {
    const vmi_jit_request *a = &jit->queue[i], *b = &jit->queue[worst];
    if (a->heat != b->heat ? a->heat < b->heat : a->serial < b->serial) worst = i;
  }
  set_state(&jit->queue[worst], VMI_TIER_COLD);
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

bool vmi_jit_queue_add(vmi_jit *jit, vm_module *shared, uint32_t func, uint32_t caller)
{
  for (uint32_t i = 0; i < jit->nqueue; i++) {
    vmi_jit_request *r = &jit->queue[i];
    if (r->shared != shared || r->func != func) continue;
    r->heat++;
    return true;
  }
  if (!make_room(jit)) return false;
  jit->queue[jit->nqueue++] = (vmi_jit_request){shared, func, caller, 1, jit->next_serial++};
  return true;
}

bool vmi_jit_queue_take(vmi_jit *jit, vmi_jit_request *out)
{
  if (jit->nqueue == 0) return false;
  uint32_t best = 0;
  for (uint32_t i = 1; i < jit->nqueue; i++) {
    if (before(&jit->queue[i], &jit->queue[best])) best = i;
  }
  *out = jit->queue[best];
  remove_at(jit, best);
  return true;
}

void vmi_jit_queue_drop(vmi_jit *jit, const vm_module *shared, vmi_tier_state state)
{
  for (uint32_t i = jit->nqueue; i-- > 0;) {
    if (shared != NULL && jit->queue[i].shared != shared) continue;
    set_state(&jit->queue[i], state);
    remove_at(jit, i);
  }
}
