/* feedback.c - what dynamic instructions see, and what follows when compiled code guessed wrong.
 *
 * SPDX-License-Identifier: MIT
 *
 * Tier 2 makes of a dynamic instruction what its record says it has met. What comes otherwise leaves the
 * compiled frame, and the interpreter does the instruction, which thereby enters the record. Code is
 * made again once it was left often enough and there is something new to make it of. Records only grow,
 * patience doubles, and after a few times the code guesses no more: so that this comes to an end.
 */
#include "isolate.h"

enum {
  PATIENCE = 10,     /* departures that cause the first correction; doubled for each further one */
  MAX_CORRECTIONS = 6 /* then without guesses */
};

static void note_change(const vmi_thread *t, const vmi_feedback *feedback)
{
  atomic_store(&t->instance->shared->profile[feedback->func].learned, true);
}

void vmi_rt_learn(const vmi_thread *t, vmi_feedback *feedback, uint32_t seen)
{
  if ((vmi_seen(feedback) & seen) == seen) return;
  atomic_fetch_or_explicit(&feedback->seen, seen, memory_order_relaxed);
  note_change(t, feedback);
}

bool vmi_rt_learn_target(const vmi_thread *t, vmi_feedback *feedback, const vmi_instance *callee,
                         const vmi_code *code)
{
  uint32_t target = callee == t->instance ? 1 + code->index : VMI_TARGET_MANY, known = 0;
  vmi_rt_learn(t, feedback, VMI_SEEN_CALL);
  if (atomic_compare_exchange_strong(&feedback->target, &known, target)) return target != VMI_TARGET_MANY;
  if (known == target || known == VMI_TARGET_MANY) return known == target && known != VMI_TARGET_MANY;
  atomic_store_explicit(&feedback->target, VMI_TARGET_MANY, memory_order_relaxed);
  note_change(t, feedback);
  return false;
}

bool vmi_rt_guesses(const vmi_profile *p)
{
  return atomic_load(&p->corrected) < MAX_CORRECTIONS;
}

void vmi_rt_wrong(vmi_thread *t, const vmi_slot *fp)
{
  vmi_instance *inst = fp[1].ptr;
  vm_module *shared = inst->shared;
  vm_engine *e = shared->engine;
  uint32_t func = (uint32_t)(fp[2].u64 >> 32);
  vmi_profile *p = &shared->profile[func];
  uint32_t n = 1 + atomic_fetch_add_explicit(&p->wrong, 1, memory_order_relaxed);
  uint32_t times = atomic_load_explicit(&p->corrected, memory_order_relaxed);
  if (n < (uint32_t)PATIENCE << times || times > MAX_CORRECTIONS || !e->jit_ops) return;
  if (!atomic_load(&p->learned) && n < (uint32_t)PATIENCE << (times + 4)) return;
  if (!e->jit_ops->wrong(e->jit, shared, func)) return; /* it comes here again */
  atomic_store(&p->learned, false);
  atomic_store_explicit(&p->wrong, 0, memory_order_relaxed);
  atomic_fetch_add(&p->corrected, 1);
}
