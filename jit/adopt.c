/* adopt.c - code that was compiled earlier: at a module's load, before anybody runs it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <unistd.h>

#include "state.h"

static uint32_t state_of(const vm_module *shared, uint32_t func)
{
  return atomic_load_explicit(&shared->code[func].tier_state, memory_order_relaxed);
}

/* The list names functions of this module that have code, each once. */
static bool fits(const vm_module *shared, const vmi_entry_view *v)
{
  for (uint32_t i = 0; i < v->head.n; i++) {
    if (v->funcs[i] < shared->m->nimported_funcs || v->funcs[i] >= shared->m->nfuncs) return false;
    for (uint32_t k = 0; k < i; k++) {
      if (v->funcs[k] == v->funcs[i]) return false;
    }
  }
  return true;
}

static bool any_new(const vm_module *shared, const vmi_entry_view *v)
{
  for (uint32_t i = 0; i < v->head.published; i++) {
    if (state_of(shared, v->funcs[i]) != VMI_TIER_COMPILED) return true;
  }
  return false;
}

static bool has_room(vmi_jit *jit)
{
  pthread_mutex_lock(&jit->lock);
  bool room = jit->stats.code_bytes < jit->max_code;
  pthread_mutex_unlock(&jit->lock);
  return room;
}

bool vmi_jit_adopt_entry(vmi_jit *jit, vm_module *shared, const vmi_entry_view *v)
{
  char why[VM_ERROR_TEXT];
  const vmi_unit_entry *entries = NULL;
  if (!fits(shared, v)) return false;
  if (!any_new(shared, v) || !has_room(jit)) return true;
  vmi_jit_loaded *loaded = vmi_jit_load_bytes(jit, v->code, v->head.code_size, v->head.published,
                                              &entries, why, sizeof why);
  if (loaded == NULL) return false;
  pthread_mutex_lock(&jit->lock);
  bool recorded = vmi_jit_record(jit, shared) != NULL;
  if (recorded) {
    vmi_jit_note_copies(&jit->alloc, loaded, v->funcs + v->head.published, v->head.n - v->head.published);
    vmi_jit_announce(jit, shared, v->funcs, loaded, false);
    jit->stats.cache_hits++;
    vmi_jit_trace_code(shared, entries[0].native, v->code, v->head.code_size);
  }
  pthread_mutex_unlock(&jit->lock);
  if (!recorded) vmi_jit_unload(&jit->alloc, loaded);
  return recorded;
}

typedef struct adopter {
  vmi_jit *jit;
  vm_module *shared;
} adopter;

static void adopt_one(void *ctx, const vmi_entry_view *view)
{
  adopter *a = ctx;
  if (!vmi_jit_adopt_entry(a->jit, a->shared, view)) atomic_fetch_add(&a->jit->cache.rejected, 1);
}

void vmi_jit_adopt(vmi_jit *jit, vm_module *shared)
{
  adopter a = {jit, shared};
  if (jit->cache.dir < 0 || getpid() != jit->process) return;
  uint8_t hash[VMI_SHA256_SIZE];
  uint64_t start = vmi_jit_now();
  vmi_entry_hash(shared->bytes, shared->size, hash);
  pthread_mutex_lock(&jit->lock);
  vmi_jit_module *r = vmi_jit_record(jit, shared);
  if (r != NULL) {
    memcpy(r->hash, hash, sizeof hash);
    r->hashed = true;
  }
  pthread_mutex_unlock(&jit->lock);
  if (r != NULL) vmi_cache_list(&jit->cache, &jit->alloc, hash, adopt_one, &a);
  vmi_rt_trace(jit->engine, "compiler", "adopt", shared->m->name.data, start,
               vmi_jit_now() - start);
}
