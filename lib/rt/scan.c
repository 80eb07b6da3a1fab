/* scan.c - which compiled code is on an isolate's native stack: what may be unloaded.
 *
 * SPDX-License-Identifier: MIT
 *
 * Code that nothing can enter any more (its addresses were taken out of all records) may still be
 * running, or have frames to return to. In *rounds* every isolate is asked. It answers at its next
 * poll, on its own thread, by looking through its native stack and callee-saved registers for words
 * that point into the code: a return address is always such a word, and so is the address of an
 * entry that was loaded and not called yet. An integer that looks like one only keeps code for longer.
 * An isolate that runs nothing has nothing to say.
 *
 * Why that is all there is: an isolate that answers, or that enters its guest after the round began,
 * has seen the round's number, which was written after the addresses were taken out; so it can load
 * none of them later. For the same reason one that is not `inside` when it is looked at, after the
 * number was written, will see it when it enters (both sides store before they load, sequentially
 * consistent).
 */
#include "isolate.h"

#ifdef __aarch64__
#define ADDRESS_BITS 0xFFFFFFFFFFFFul /* above may be a signature of the return address */
#else
#define ADDRESS_BITS UINTPTR_MAX
#endif

/* ---- the isolate's side ---- */

void vmi_rt_scan_enter(vm_isolate *iso, uintptr_t base)
{
  iso->native_base = base;
  iso->base_low = iso->native_low;
  iso->other_stack = false;
  atomic_store(&iso->inside, true);
  atomic_store(&iso->scanned, atomic_load(&iso->engine->scan_round));
}

void vmi_rt_scan_enter_again(vm_isolate *iso)
{
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  if (iso->native_low != iso->base_low || here > iso->native_base) iso->other_stack = true;
}

void vmi_rt_scan_leave(vm_isolate *iso) { atomic_store(&iso->inside, false); }

/* Reads what is no variable's. */
__attribute__((no_sanitize_address, no_sanitize_thread))
bool vmi_rt_scan_find(const uintptr_t *from, const uintptr_t *to, vmi_rt_scan_range *in)
{
  for (const uintptr_t *p = from; p < to; p++) {
    uintptr_t word = *(const volatile uintptr_t *)p & ADDRESS_BITS;
    if (word >= in->low && word < in->high && in->found(in->ctx, word)) return true;
  }
  return false;
}

/* In a frame below the one that the registers were saved in. A host that switches stacks within a
 * call from the guest leaves us nothing that we could look through. */
static __attribute__((noinline)) void scan_below(vm_isolate *iso)
{
  vm_engine *e = iso->engine;
  uint64_t round = atomic_load(&e->scan_round);
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  bool known = !iso->other_stack && here > iso->base_low && here < iso->native_base;
  if (!known) return;
  uint64_t start = e->trace ? vmi_rt_now() : 0;
  bool done = !e->jit_ops ||
              e->jit_ops->scan(e->jit, (void *)(here & ~(uintptr_t)7), (void *)iso->native_base);
  if (done) atomic_store(&iso->scanned, round); /* else we are asked again */
  if (start) vmi_rt_trace(e, "compiler", "scan", NULL, start, vmi_rt_now() - start);
}

void vmi_rt_scan(vmi_thread *t)
{
  vm_isolate *iso = vmi_isolate_of(t);
  if (!(atomic_load(&iso->requests) & VMI_REQUEST_SCAN)) return;
  atomic_fetch_and(&iso->requests, ~(uint32_t)VMI_REQUEST_SCAN);
  __builtin_unwind_init();
  scan_below(iso);
  __asm__ volatile("" ::: "memory"); /* no tail call: the registers are in this frame */
}

/* ---- the compiler's side ---- */

/* Ask those who have not answered. True if all have. Engine's lock held. */
static bool ask(vm_engine *e)
{
  bool all = true;
  uint64_t round = atomic_load(&e->scan_round);
  for (vm_isolate *iso = e->isolates; iso; iso = iso->next_isolate) {
    if (!atomic_load(&iso->inside) || atomic_load(&iso->scanned) >= round) continue;
    all = false;
    if (!(atomic_load(&iso->requests) & VMI_REQUEST_SCAN)) vmi_rt_request(iso, VMI_REQUEST_SCAN);
  }
  return all;
}

uint64_t vmi_rt_scan_begin(vm_engine *e)
{
  pthread_mutex_lock(&e->lock);
  uint64_t round = atomic_fetch_add(&e->scan_round, 1) + 1;
  ask(e);
  pthread_mutex_unlock(&e->lock);
  return round;
}

bool vmi_rt_scan_done(vm_engine *e)
{
  pthread_mutex_lock(&e->lock);
  bool all = ask(e);
  pthread_mutex_unlock(&e->lock);
  return all;
}
