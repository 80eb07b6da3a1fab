/* switch.c - frames that change tier at random at every legal point, for tests.
 *
 * SPDX-License-Identifier: MIT
 *
 * With VM_TIER_SWITCH the places where a frame may change tier draw what it does there:
 *
 *   calls           the callee's tier, among those it has
 *   loops of 0, 1   go on, go over to the other interpreter, enter compiled code
 *   compiled polls  with VM_TIER_FORCE_EXITS: go on, or leave for tier 0 or 1
 *   behind calls    of compiled code, likewise: go on, or leave for tier 0
 *
 * Code records start with an entry that draws and, so that calls from everywhere come there, half of
 * the compiled functions keep it: their own is in vm_module.hidden. Compiled code calls the others by
 * their native entries; only the interpreters draw for them.
 * The draws of an isolate depend on the engine's seed and the isolate's number alone.
 *
 * What is not switched costs nothing: every draw is in a block that other engines do not reach.
 */
#include "isolate.h"

/* Sebastiano Vigna's splitmix64. */
static uint64_t mix(uint64_t x)
{
  x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
  return x ^ x >> 31;
}

void vmi_rt_switch_seed(vm_isolate *iso)
{
  vm_engine *e = iso->engine;
  pthread_mutex_lock(&e->lock);
  uint64_t number = e->nswitched++;
  pthread_mutex_unlock(&e->lock);
  iso->draws = mix((uint64_t)e->seed << 32 | (uint32_t)number);
}

uint32_t vmi_rt_draw(vmi_thread *t, uint32_t below)
{
  vm_isolate *iso = vmi_isolate_of(t);
  iso->draws += UINT64_C(0x9E3779B97F4A7C15);
  return (uint32_t)(mix(iso->draws) >> 32) % below;
}

uint64_t vmi_rt_draw_about(const vm_engine *e, uint64_t what) { return mix((uint64_t)e->seed << 32 ^ what); }

bool vmi_rt_switch_hides(const vm_engine *e, uint64_t module, uint32_t func)
{
  return e->switching && (vmi_rt_draw_about(e, module << 16 ^ func) & 1) != 0;
}

vmi_entry *vmi_rt_draw_entry(vmi_thread *t, const vmi_instance *inst, const vmi_code *code,
                             vmi_entry *entry)
{
  if (code->host != NULL) return entry;
  vm_module *shared = inst->shared;
  vmi_entry *compiled = entry;
  if (entry == vmi_rt_switch_entry)
    compiled = atomic_load_explicit(&shared->hidden[code->index], memory_order_acquire);
  uint32_t tier = vmi_rt_draw(t, compiled != NULL ? 3 : 2);
  return tier == 0 ? shared->engine->tier0 : tier == 1 ? shared->engine->tier1 : compiled;
}

void vmi_rt_switch_entry(vmi_thread *t, vmi_slot *fp, const vmi_code *code)
{
  vmi_rt_draw_entry(t, t->instance, code, vmi_rt_switch_entry)(t, fp, code);
}
