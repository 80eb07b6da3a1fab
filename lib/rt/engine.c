/* engine.c - lifetime of engines and shared modules.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "guard.h"
#include "isolate.h"

vm_status vmi_rt_engine_init(vm_engine *e, const vmi_alloc *a, vm_error *err)
{
  memset(e, 0, sizeof *e);
  e->alloc = *a;
  atomic_init(&e->refs, 1);
  if (pthread_mutex_init(&e->lock, NULL) != 0) return vmi_no_memory(err);
  return VM_OK;
}

void vmi_rt_engine_retain(vm_engine *e) { atomic_fetch_add(&e->refs, 1); }

void vmi_rt_engine_release(vm_engine *e)
{
  if (atomic_fetch_sub(&e->refs, 1) != 1) return;
  vmi_rt_watchdog_stop(e);
  if (e->guard) vmi_guard_release();
  pthread_mutex_destroy(&e->lock);
  vmi_alloc a = e->alloc;
  vmi_free(&a, e, sizeof *e);
}

static void init_code(vm_engine *e, vmi_module *m, vmi_code *code, vmi_feedback *feedback)
{
  for (uint32_t i = 0; i < m->nfuncs; i++) {
    atomic_init(&code[i].entry, e->interpret);
    atomic_init(&code[i].native, NULL);
    atomic_init(&code[i].quick, NULL);
    atomic_init(&code[i].osr, NULL);
    atomic_init(&code[i].tier_state, VMI_TIER_COLD);
    code[i].func = &m->funcs[i];
    code[i].feedback = feedback + m->funcs[i].first_point;
    code[i].module = m;
    code[i].index = i;
  }
}

/* The first record in the block, which has room for one more: the host's memory may be aligned to less. */
static vmi_feedback *aligned(void *block)
{
  return (vmi_feedback *)(((uintptr_t)block + sizeof(vmi_feedback) - 1) & ~(sizeof(vmi_feedback) - 1));
}

static void init_feedback(const vmi_module *m, vmi_feedback *feedback)
{
  for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
    const vmi_func *f = &m->funcs[i];
    for (uint32_t k = 0; k < f->npoints; k++) {
      vmi_insn in;
      vmi_isa_decode(f->code + f->points[k], f->code + f->code_size, &in);
      feedback[f->first_point + k].func = i;
      feedback[f->first_point + k].slow = vmi_insn_slow_path(&in);
    }
  }
}

static void init_profile(const vmi_module *m, vmi_profile *profile)
{
  for (uint32_t i = 0; i < m->nfuncs; i++) atomic_init(&profile[i].caller, VMI_NO_INDEX);
}

vm_status vmi_rt_module_new(vm_engine *e, vmi_module *m, const uint8_t *bytes, size_t size,
                            vm_module **out, vm_error *err)
{
  vm_module *s = vmi_new_zero(&e->alloc, 1, sizeof *s);
  if (!s) return vmi_no_memory(err);
  s->code = vmi_new_zero(&e->alloc, m->nfuncs + 1u, sizeof *s->code);
  s->profile = vmi_new_zero(&e->alloc, m->nfuncs + 1u, sizeof *s->profile);
  s->records = vmi_new_zero(&e->alloc, m->npoints + 1u, sizeof *s->feedback);
  s->bytes = vmi_new(&e->alloc, size ? size : 1);
  if (e->switching) s->hidden = vmi_new_zero(&e->alloc, m->nfuncs + 1u, sizeof *s->hidden);
  if (!s->code || !s->profile || !s->records || !s->bytes || (e->switching && !s->hidden)) {
    vmi_free(&e->alloc, s->code, (m->nfuncs + 1u) * sizeof *s->code);
    vmi_free(&e->alloc, s->profile, (m->nfuncs + 1u) * sizeof *s->profile);
    vmi_free(&e->alloc, s->records, (m->npoints + 1u) * sizeof *s->feedback);
    vmi_free(&e->alloc, s->hidden, (m->nfuncs + 1u) * sizeof *s->hidden);
    vmi_free(&e->alloc, s->bytes, size ? size : 1);
    vmi_free(&e->alloc, s, sizeof *s);
    return vmi_no_memory(err);
  }
  memcpy(s->bytes, bytes, size);
  s->size = size;
  s->m = m;
  s->engine = e;
  atomic_init(&s->refs, 1);
  s->feedback = aligned(s->records);
  init_code(e, m, s->code, s->feedback);
  init_feedback(m, s->feedback);
  init_profile(m, s->profile);
  pthread_mutex_lock(&e->lock);
  s->id = ++e->next_module_id;
  pthread_mutex_unlock(&e->lock);
  vmi_rt_engine_retain(e);
  *out = s;
  return VM_OK;
}

void vmi_rt_module_retain(vm_module *m) { atomic_fetch_add(&m->refs, 1); }

void vmi_rt_module_release(vm_module *s)
{
  if (atomic_fetch_sub(&s->refs, 1) != 1) return;
  vm_engine *e = s->engine;
  if (e->jit_ops) e->jit_ops->forget(e->jit, s);
  for (uint32_t i = 0; i < s->m->nfuncs; i++) {
    void *quick = atomic_load_explicit(&s->code[i].quick, memory_order_acquire);
    if (quick) e->free_quick(e, quick);
  }
  vmi_free(&e->alloc, s->code, (s->m->nfuncs + 1u) * sizeof *s->code);
  vmi_free(&e->alloc, s->profile, (s->m->nfuncs + 1u) * sizeof *s->profile);
  vmi_free(&e->alloc, s->records, (s->m->npoints + 1u) * sizeof *s->feedback);
  vmi_free(&e->alloc, s->hidden, (s->m->nfuncs + 1u) * sizeof *s->hidden);
  vmi_free(&e->alloc, s->bytes, s->size ? s->size : 1);
  vmi_module_free(s->m);
  vmi_free(&e->alloc, s, sizeof *s);
  vmi_rt_engine_release(e);
}
