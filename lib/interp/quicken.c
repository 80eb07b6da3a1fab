/* quicken.c - how a function gets to tier 1: translation, publication, entry.
 *
 * SPDX-License-Identifier: MIT
 *
 * Register code hangs on the code record, which all isolates of the engine share: whoever translates
 * first publishes, the others drop theirs. It lives as long as the module.
 */
#include "quick.h"

#include "interp.h"

const vmi_quick *vmi_quicken(vm_engine *e, vmi_code *rec)
{
  void *have = atomic_load_explicit(&rec->quick, memory_order_acquire);
  if (have != NULL || e->free_quick == NULL) return have;
  uint64_t start = e->trace != NULL ? vmi_rt_now() : 0;
  vmi_quick *made = vmi_quick_translate(&e->alloc, rec, NULL);
  vmi_entry *interpret = vmi_interp_entry;
  if (made == NULL) { /* not again at every call */
    interpret = vmi_quick_entry;
    atomic_compare_exchange_strong(&rec->entry, &interpret, vmi_interp_entry);
    return NULL;
  }
  if (!atomic_compare_exchange_strong(&rec->quick, &have, made)) {
    vmi_quick_free(e, made);
    return have;
  }
  /* Compiled code, if it came first, stays. */
  atomic_compare_exchange_strong(&rec->entry, &interpret, vmi_quick_entry);
  if (e->trace != NULL) {
    const char *name = vmi_func_name(rec->module, rec->index);
    vmi_rt_trace(e, "tier", "1", name, start, vmi_rt_now() - start);
  }
  return made;
}

const vmi_quick *vmi_quicken_warm(vm_engine *e, const vmi_code *rec, int64_t heat, int64_t enough)
{
  int64_t quantum = vmi_rt_heat_quantum(e), spent = quantum - (heat >> VMI_HEAT_SHIFT);
  if (spent < (enough < quantum / 2 ? enough : quantum / 2)) return NULL;
  return vmi_quicken(e, (vmi_code *)rec);
}

uint32_t vmi_quick_label(const vmi_func *f, uint32_t offset)
{
  uint32_t low = 0, high = f->nlabels;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (f->labels[middle].offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

void vmi_quick_free(vm_engine *e, void *quick)
{
  vmi_quick *q = quick;
  vmi_free(&e->alloc, q, q->size);
}

void vmi_quick_entry(vmi_thread *t, vmi_slot *fp, const vmi_code *rec)
{
  if (VMI_UNLIKELY((uintptr_t)__builtin_frame_address(0) < t->native_limit)) {
    vmi_rt_trap(t, VM_TRAP_STACK_OVERFLOW, VMI_FRAME_ID(rec->index, 0));
    return;
  }
  if (vmi_quicken(vmi_isolate_of(t)->engine, (vmi_code *)rec) == NULL) {
    vmi_interp_entry(t, fp, rec);
    return;
  }
  vmi_quick_run(t, fp, rec, VMI_NO_INDEX);
}

/* The bytecode of the register instruction at `ip`, which is in the map. */
uint32_t vmi_quick_pc(const vmi_quick *q, const vmi_qword *ip)
{
  uint32_t at = (uint32_t)(ip - q->code), low = 0, high = q->nmap;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (q->map[middle].at < at) low = middle + 1;
    else high = middle;
  }
  return low < q->nmap ? q->map[low].pc : 0;
}

uint32_t vmi_quick_offset(const vmi_code *rec, const vmi_qword *ip)
{
  const vmi_quick *q = atomic_load_explicit(&rec->quick, memory_order_acquire);
  uint32_t at = (uint32_t)(ip - q->code), low = 0, high = rec->func->nlabels;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (q->labels[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low < rec->func->nlabels ? rec->func->labels[low].offset : rec->func->code_size;
}
