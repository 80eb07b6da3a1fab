/* watch.c - what the compiler knows of one function, and the host's say in it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "state.h"

static uint32_t state_of(const vm_module *shared, uint32_t func)
{
  return atomic_load_explicit(&shared->code[func].tier_state, memory_order_relaxed);
}

/* ---- reasons ---- */

void vmi_jit_set_reason(vmi_jit *jit, vmi_jit_module *r, uint32_t func, const char *why)
{
  char **text = &r->funcs[func].why;
  if (*text != NULL) vmi_free(&jit->alloc, *text, strlen(*text) + 1);
  *text = NULL;
  if (why == NULL) return;
  char clean[160];
  vmi_jit_clean(clean, sizeof clean, why, strlen(why));
  *text = vmi_new(&jit->alloc, strlen(clean) + 1); /* NULL: it failed without a reason */
  if (*text != NULL) strcpy(*text, clean);
}

static const char *reason(const vmi_jit *jit, const vm_module *shared, uint32_t func)
{
  const vmi_jit_module *r = shared->jit_data;
  switch (state_of(shared, func)) {
  case VMI_TIER_QUEUED: return "it waits for the compiler";
  case VMI_TIER_FAILED:
    if (r != NULL && r->funcs[func].why != NULL) return r->funcs[func].why;
    if (jit->given_up) return jit->stats.reason;
    return r != NULL && r->blame >= VMI_JIT_MAX_BLAME ? "the module was given up" : "it failed";
  case VMI_TIER_COLD:
    return r != NULL && r->funcs[func].evicted ? "its code was unloaded to make room" : "";
  default: return "";
  }
}

/* ---- asked by the API; in a forked child nothing changes any more, and nobody else is there ---- */

void vmi_jit_get_func(vmi_jit *jit, const vm_module *shared, uint32_t func, vmi_jit_func_info *out)
{
  bool own = vmi_jit_own(jit);
  if (own) pthread_mutex_lock(&jit->lock);
  const vmi_jit_module *r = shared->jit_data;
  const vmi_jit_loaded *u = r != NULL ? r->funcs[func].unit : NULL;
  *out = (vmi_jit_func_info){0};
  if (r != NULL) out->compiles = r->funcs[func].compiles;
  if (u != NULL) {
    out->compile_ns = u->compile_ns;
    out->code_bytes = u->bytes;
    out->unit_functions = u->n;
    for (uint32_t i = 0; i < u->n; i++) {
      if (u->funcs[i] == func) out->loop_entries = u->entries[i].osr != NULL;
    }
  }
  snprintf(out->reason, sizeof out->reason, "%s", reason(jit, shared, func));
  if (own) pthread_mutex_unlock(&jit->lock);
}

static void disown(vmi_jit_module *r, uint32_t func)
{
  vmi_jit_unpublish(r->shared, func);
  if (r->funcs[func].unit != NULL) r->funcs[func].unit->owned--;
  r->funcs[func].unit = NULL;
}

/* What has no function left is retired and unloaded by the thread. */
vm_status vmi_jit_discard(vmi_jit *jit, vm_module *shared, const uint32_t *funcs, uint32_t n,
                          bool exclude, vm_error *e)
{
  if (!vmi_jit_own(jit)) {
    return vmi_fail(e, VM_COMPILE, "the compiler belongs to the parent process");
  }
  pthread_mutex_lock(&jit->lock);
  vmi_jit_module *r = vmi_jit_record(jit, shared);
  uint32_t count = funcs != NULL ? n : shared->m->nfuncs;
  for (uint32_t i = 0; r != NULL && i < count; i++) {
    uint32_t func = funcs != NULL ? funcs[i] : i;
    if (func < shared->m->nimported_funcs) continue;
    if (state_of(shared, func) == VMI_TIER_COMPILED) disown(r, func);
    atomic_store(&shared->profile[func].work, 0);
    atomic_store(&shared->profile[func].loop, 0);
    if (!exclude) continue;
    vmi_jit_queue_remove(jit, shared, func);
    r->funcs[func].excluded = true; /* what is being compiled now, too */
    atomic_store(&shared->code[func].tier_state, VMI_TIER_FAILED);
    vmi_jit_set_reason(jit, r, func, "excluded by the host");
  }
  bool started = r != NULL && r->loaded != NULL && vmi_jit_start_thread(jit);
  pthread_mutex_unlock(&jit->lock);
  if (started) vmi_jit_wake(jit);
  return r != NULL ? VM_OK : vmi_no_memory(e);
}
