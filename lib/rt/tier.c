/* tier.c - when a function is worth compiling.
 *
 * SPDX-License-Identifier: MIT
 *
 * Ski rental: a function is handed to the compiler once the time spent interpreting it reaches the
 * predicted time of compiling it. Time is counted in code bytes interpreted: a call costs the
 * function's size, a backward branch the size of its loop. The interpreters count down a quantum an
 * instance and come here when it is used up; the sums of all isolates are in the module's profile.
 */
#include "isolate.h"

#ifdef VM_SMALL_LIMITS
enum { UNIT_COST = 100, INSTRUCTION_COST = 10, QUANTUM = 100 }; /* everything gets hot */
#else
/* Half of what GCC takes for first code (10 ms a unit, 0.13 ms an instruction; a byte interpreted is
 * about 1.5 ns): it works beside the program. */
enum { UNIT_COST = 3000000, INSTRUCTION_COST = 40000, QUANTUM = 100000 };
#endif
/* Of so many instructions each costs twice as much: GCC takes 28 s at level 2 for a loop of 640 comparisons of dyns. */
enum { TWICE_AS_DEAR = 2000, MOST_INSTRUCTIONS = 10000000 };
enum { WARM_SHARE = 2 }; /* the compiler is woken at this part of the first function's threshold */

/* Short enough that a loop which goes on while the compiler works finds the code soon. */
int64_t vmi_rt_heat_quantum(const vm_engine *e) { return e->force_osr ? 0 : QUANTUM; }

uint64_t vmi_rt_compile_cost(const vmi_func *f)
{
  uint64_t n = f->ninsns < MOST_INSTRUCTIONS ? f->ninsns : MOST_INSTRUCTIONS;
  return UNIT_COST + INSTRUCTION_COST * (n + n * n / TWICE_AS_DEAR);
}

/* ---- the profile ---- */

static void add(_Atomic uint64_t *sum, uint64_t n)
{
  atomic_fetch_add_explicit(sum, n, memory_order_relaxed);
}

static uint64_t get(_Atomic uint64_t *sum)
{
  return atomic_load_explicit(sum, memory_order_relaxed);
}

static void flush(vmi_instance *inst, uint32_t func)
{
  int64_t quantum = vmi_rt_heat_quantum(inst->shared->engine), heat = inst->heat[func];
  vmi_profile *p = &inst->shared->profile[func];
  uint64_t work = (uint64_t)(quantum - (heat >> VMI_HEAT_SHIFT));
  uint64_t calls = (uint64_t)(VMI_HEAT_FULL(0) - (heat & VMI_HEAT_FULL(0)));
  inst->heat[func] = VMI_HEAT_FULL(quantum);
  add(&p->work, work);
  if (calls == 0) {
    add(&p->loop, work);
  } else {
    add(&p->calls, calls);
    atomic_store_explicit(&p->loop, 0, memory_order_relaxed);
  }
}

void vmi_rt_heat_flush(vmi_instance *inst)
{
  int64_t full = VMI_HEAT_FULL(vmi_rt_heat_quantum(inst->shared->engine));
  for (uint32_t i = 0; i < inst->module->nfuncs; i++) {
    if (inst->heat[i] != full) flush(inst, i);
  }
}

/* The function of the same instance that called the one now running, if its frame shows it. */
static uint32_t find_caller(const vmi_thread *t, const vmi_instance *inst)
{
  const vmi_slot *frame = t->frame ? t->frame[0].ptr : NULL;
  if (!frame || frame[1].ptr != inst) return VMI_NO_INDEX;
  return (uint32_t)(frame[2].u64 >> 32);
}

/* Boyer and Moore's majority vote (1981): whoever has more than half the votes wins. Threads that
 * vote at once may lose a vote, no more. */
static void vote(vmi_profile *p, uint32_t caller)
{
  uint32_t votes = atomic_load_explicit(&p->votes, memory_order_relaxed);
  if (atomic_load_explicit(&p->caller, memory_order_relaxed) == caller) votes += votes < UINT32_MAX;
  else if (votes > 0) votes--;
  else {
    atomic_store_explicit(&p->caller, caller, memory_order_relaxed);
    votes = 1;
  }
  atomic_store_explicit(&p->votes, votes, memory_order_relaxed);
}

/* ---- the decision ---- */

static void consider_cold(vm_engine *e, vm_module *shared, uint32_t func, uint64_t need)
{
  uint64_t work = get(&shared->profile[func].work);
  if (work >= need || e->force_osr) {
    (void)e->jit_ops->hot(e->jit, shared, func, false); /* it comes here again until it is queued */
  } else if (work >= need / WARM_SHARE &&
             !atomic_load_explicit(&e->warned, memory_order_relaxed) &&
             !atomic_exchange(&e->warned, true)) {
    if (!e->jit_ops->warm(e->jit)) atomic_store(&e->warned, false);
  }
}

/* It has code, yet here it is interpreted: in a loop that began before. */
static void consider_loop(vm_engine *e, vm_module *shared, uint32_t func, uint64_t need)
{
  vmi_profile *p = &shared->profile[func];
  if (atomic_load_explicit(&shared->code[func].osr, memory_order_relaxed) != NULL ||
      get(&p->loop) < need || atomic_exchange(&p->enter_asked, true))
    return;
  if (!e->jit_ops->hot(e->jit, shared, func, true)) atomic_store(&p->enter_asked, false);
}

void vmi_rt_hot(vmi_thread *t, void *instance, uint32_t func)
{
  vmi_instance *inst = instance;
  vm_module *shared = inst->shared;
  vm_engine *e = shared->engine;
  flush(inst, func);
  if (!e->jit_ops) return;
  vote(&shared->profile[func], find_caller(t, inst));
  uint64_t need = vmi_rt_compile_cost(&inst->module->funcs[func]);
  uint32_t state = atomic_load_explicit(&inst->code[func].tier_state, memory_order_relaxed);
  if (state == VMI_TIER_COLD) consider_cold(e, shared, func, need);
  else if (state == VMI_TIER_COMPILED) consider_loop(e, shared, func, need);
}
