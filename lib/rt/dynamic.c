/* dynamic.c - what an isolate keeps for dynamic languages: its tables, and what the collector has to
 * know of them.
 *
 * SPDX-License-Identifier: MIT
 *
 * All tables and caches are weak. When marking is done, what refers to something dead is forgotten; a
 * shape that nobody has any more thus goes with its transitions, and no cache keeps anything alive.
 */
#include <string.h>

#include "dynamic.h"

bool vmi_rt_dynamic_init(vm_isolate *iso)
{
  iso->dynamic = vmi_new_zero(&iso->alloc, 1, sizeof *iso->dynamic);
  iso->thread.shape_epoch = 1;
  return iso->dynamic != NULL;
}

void vmi_rt_dynamic_free(vm_isolate *iso)
{
  vmi_dynamic *d = iso->dynamic;
  if (!d) return;
  vmi_free(&iso->alloc, d->symbols, d->symbols_room * sizeof *d->symbols);
  vmi_free(&iso->alloc, d->transitions, d->transitions_room * sizeof *d->transitions);
  vmi_free(&iso->alloc, d->mega, VMI_MEGA * sizeof *d->mega);
  vmi_free(&iso->alloc, d, sizeof *d);
}

void vmi_rt_dynamic_roots(const vm_isolate *iso, vmi_heap *heap, vmi_gc_visit *visit)
{
  const vmi_dynamic *d = iso->dynamic;
  visit(heap, vmi_word_of(d->root));
  for (uint32_t i = 0; i < d->npins; i++) visit(heap, d->pins[i]);
}

/* ---- what is dead ---- */

static bool dead(const void *object) { return object != NULL && !vmi_gc_alive(object); }

static bool entry_dead(const vmi_cached *e) { return dead(e->shape) || dead(e->holder); }

static void purge_site(vmi_site *s)
{
  for (uint32_t i = 0; s->more && i < VMI_SITE_MORE; i++)
    if (entry_dead(&s->more[i])) s->more[i] = (vmi_cached){0};
  if (entry_dead(&s->first)) {
    s->first = (vmi_cached){0};
    s->fast = NULL;
  }
  if (vmi_dyn_is_pointer(vmi_word_of(s->callee)) && dead(s->callee)) s->callee = VMI_NO_CALLEE;
}

static void purge_symbols(vmi_dynamic *d)
{
  for (uint32_t i = 0; i < d->symbols_room; i++)
    if (d->symbols[i] != VMI_PLACE_GONE && dead(vmi_place_symbol(d->symbols[i])))
      d->symbols[i] = VMI_PLACE_GONE;
  memset(d->prefixes, 0, sizeof d->prefixes);
}

static void purge_tables(vmi_dynamic *d)
{
  purge_symbols(d);
  for (uint32_t i = 0; i < d->transitions_room; i++) {
    vmi_transition *x = &d->transitions[i];
    if (dead(x->to)) x->to = NULL;
  }
  for (uint32_t i = 0; d->mega && i < VMI_MEGA; i++)
    if (dead(d->mega[i].name) || entry_dead(&d->mega[i].entry)) d->mega[i] = (vmi_mega){0};
}

void vmi_rt_dynamic_marked(vm_isolate *iso)
{
  if (!iso->dynamic) return;
  purge_tables(iso->dynamic);
  for (vmi_instance *i = iso->instances; i; i = i->next)
    for (uint32_t k = 0; i->sites && k < i->module->nsites; k++)
      if (i->sites[k].first.shape || i->sites[k].more || i->sites[k].callee != VMI_NO_CALLEE)
        purge_site(&i->sites[k]);
}

/* ---- small things ---- */

vmi_words *vmi_rt_words_new(vm_isolate *iso, uint32_t length)
{
  return (vmi_words *)vmi_gc_alloc_array(iso->thread.heap, VMI_TYPE_WORDS, length);
}

vmi_array_obj *vmi_rt_bytes_new(vm_isolate *iso, uint32_t length)
{
  return (vmi_array_obj *)vmi_gc_alloc_array(iso->thread.heap, VMI_TYPE_BYTES, length);
}

static bool make_symbols(vmi_instance *inst)
{
  const vmi_module *m = inst->module;
  for (uint32_t i = 0; i < m->ndatas; i++) {
    if (!m->datas[i].is_name) continue;
    inst->symbols[i] = vmi_rt_symbol(inst->isolate, (const char *)m->datas[i].bytes, m->datas[i].size);
    if (!inst->symbols[i]) return false;
  }
  return true;
}

static void init_site(const vmi_instance *inst, const vmi_func *f, uint32_t i)
{
  vmi_site *site = &inst->sites[f->first_site + i];
  vmi_insn in;
  site->callee = VMI_NO_CALLEE;
  site->feedback = &inst->shared->feedback[vmi_func_point(f, f->sites[i])];
  vmi_isa_decode(f->code + f->sites[i], f->code + f->code_size, &in);
  for (uint32_t k = 0; in.op->imms[k] != '\0'; k++) {
    if (in.op->imms[k] == 'D') site->name = inst->symbols[in.imm[k]];
    if (in.op->imms[k] == 'U') site->type = inst->type_ids[in.imm[k]];
  }
}

bool vmi_rt_instance_sites(vmi_instance *inst)
{
  const vmi_module *m = inst->module;
  if (!make_symbols(inst)) return false;
  for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++)
    for (uint32_t k = 0; k < m->funcs[i].nsites; k++) init_site(inst, &m->funcs[i], k);
  return true;
}

/* ---- whole instructions, for compiled code ---- */

/* Call function `func` of the running module, whose arguments are in the frame. */
static uint32_t slow_path(vmi_thread *t, vmi_slot *fp, uint64_t id, uint32_t func)
{
  vmi_instance *inst = t->instance;
  if (func >= inst->module->nimported_funcs)
    return vmi_rt_slow_path(t, fp, &inst->code[func], inst, id);
  vmi_func_obj *f = inst->imports[func];
  return vmi_rt_slow_path(t, fp, f->code, f->instance, id);
}

uint32_t vmi_rt_dyn_get(vmi_thread *t, vmi_slot *fp, uint64_t id, void *at, uint32_t func)
{
  vmi_site *site = at;
  if (vmi_rt_site_get(t, site, site->name, fp[VMI_FRAME_HEADER].u64, &fp[0].u64)) return 0;
  fp[VMI_FRAME_HEADER + 1].ptr = site->name;
  return slow_path(t, fp, id, func);
}

uint32_t vmi_rt_dyn_set(vmi_thread *t, vmi_slot *fp, uint64_t id, void *at, uint32_t func)
{
  vmi_site *site = at;
  uint32_t code = vmi_rt_site_set(t, site, site->name, fp[VMI_FRAME_HEADER].u64,
                                  fp[VMI_FRAME_HEADER + 1].u64);
  if (code == 0) return 0;
  if (code != VMI_SLOW_PATH) {
    vmi_rt_trap(t, code, id);
    return 1;
  }
  fp[VMI_FRAME_HEADER + 2].ptr = site->name;
  return slow_path(t, fp, id, func);
}

uint64_t vmi_rt_dyn_peek(vmi_thread *t, void *at, uint64_t receiver)
{
  vmi_site *site = at;
  uint64_t value;
  return vmi_rt_site_get(t, site, site->name, receiver, &value) ? value : VMI_NO_VALUE;
}

uint64_t vmi_rt_dyn_method(vmi_thread *t, void *at, uint64_t receiver)
{
  vmi_site *site = at;
  uint64_t method;
  return vmi_rt_site_method(t, site, site->name, receiver, &method) ? method : VMI_DYN_NIL;
}
