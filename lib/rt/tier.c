/* tier.c - when a function is worth compiling.
 *
 * SPDX-License-Identifier: MIT
 *
 * Ski rental: a function is handed to the compiler once the time spent interpreting it reaches the
 * predicted time of compiling it. Time is counted in code bytes interpreted (about 1.5 ns each):
 * a call costs the function's size, a backward branch the size of its loop. A compile costs about
 * 12 ms a unit and 0.13 ms an instruction.
 */
#include "isolate.h"

#ifdef VM_SMALL_LIMITS
enum { UNIT_COST = 100, INSTRUCTION_COST = 10, RECHECK = 100 }; /* everything gets hot */
#else
enum { UNIT_COST = 8000000, INSTRUCTION_COST = 87000, RECHECK = 100000 };
#endif

int64_t vmi_rt_initial_heat(const vmi_func *f)
{
  return UNIT_COST + (int64_t)INSTRUCTION_COST * f->ninsns;
}

/* The function of the same instance that called the one now running, if its frame shows it. */
static uint32_t find_caller(const vmi_thread *t, const vmi_instance *inst)
{
  const vmi_slot *frame = t->frame ? t->frame[0].ptr : NULL;
  if (!frame || frame[1].ptr != inst) return VMI_NO_INDEX;
  return (uint32_t)(frame[2].u64 >> 32);
}

/* A loop that goes on while the compiler works must find the code soon after it is there. */
static int64_t next_heat(const vm_engine *e, uint32_t tier_state)
{
  if (!e->jit_ops || tier_state == VMI_TIER_FAILED) return INT64_MAX;
  return e->force_osr ? 0 : RECHECK;
}

void vmi_rt_hot(vmi_thread *t, void *instance, uint32_t func)
{
  vmi_instance *inst = instance;
  vm_engine *e = inst->shared->engine;
  uint32_t state = atomic_load_explicit(&inst->code[func].tier_state, memory_order_relaxed);
  inst->heat[func] = next_heat(e, state);
  if (!e->jit_ops || state != VMI_TIER_COLD) return;
  e->jit_ops->hot(e->jit, inst->shared, func, find_caller(t, inst));
}
