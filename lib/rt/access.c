/* access.c - property access through the caches of an instruction and the isolate's table.
 *
 * SPDX-License-Identifier: MIT
 *
 * An instruction keeps up to four entries; one that has seen more asks the isolate's table, where an
 * entry stands in the place that shape and name hash to. Entries only say where a value is. What an
 * entry cannot be made for (dictionaries that change, accessors) is looked up every time.
 */
#include <string.h>

#include "dynamic.h"

/* Attributes as docs/dynamic.md has them. */
enum { READ_SPECIAL = 1, WRITE_SPECIAL = 2 };

/* Entries of the isolate's table are for one kind of instruction. */
typedef enum kind { GET, METHOD, SET } kind;

/* NULL: there is no table yet. */
static inline vmi_mega *mega_of(const vm_isolate *iso, const vmi_shape *shape, const vmi_symbol *name,
                                kind k)
{
  const vmi_dynamic *d = iso->dynamic;
  if (!d->mega) return NULL;
  uint64_t h = (vmi_word_of(shape) >> 4) * 0x9E3779B97F4A7C15ull;
  return &d->mega[((uint32_t)(h >> 40) ^ name->hash ^ k) % VMI_MEGA];
}

/* The entry for the shape among those behind the first, or NULL. */
static inline const vmi_cached *find_more(const vmi_site *site, const vmi_shape *shape)
{
  const vmi_cached *more = site->more;
  if (!more) return NULL;
  return more[0].shape == shape ? more : more[1].shape == shape ? more + 1
                                       : more[2].shape == shape ? more + 2 : NULL;
}
_Static_assert(VMI_SITE_MORE == 3, "find_more looks at three");

/* The entry for `shape`, which is then the first, or NULL. */
static inline const vmi_cached *find(const vm_isolate *iso, vmi_site *site, const vmi_shape *shape,
                                     const vmi_symbol *name, kind k)
{
  if (site->first.shape == shape) return &site->first;
  if (VMI_UNLIKELY(site->count > 1 + VMI_SITE_MORE)) {
    vmi_mega *m = mega_of(iso, shape, name, k);
    if (m && m->name == name && m->kind == k && m->entry.shape == shape) return &m->entry;
  }
  return find_more(site, shape);
}

/* Where a new entry goes: an old one of the same shape, a free one, else the isolate's table. */
static void remember(vm_isolate *iso, vmi_site *site, vmi_symbol *name, kind k, const vmi_cached *e)
{
  if (!site->first.shape || site->first.shape == e->shape) {
    if (!site->first.shape) site->count++;
    site->first = *e;
    site->fast = e->access == (k == METHOD ? VMI_HELD : VMI_OWN) ? e->shape : NULL;
    if (k != METHOD)
      vmi_learn(&iso->thread, site->feedback, e->access == VMI_OWN ? VMI_SEEN_OWN : VMI_SEEN_MORE);
    return;
  }
  if (k != METHOD) vmi_learn(&iso->thread, site->feedback, VMI_SEEN_MORE);
  if (!site->more) site->more = vmi_new_zero(&iso->alloc, VMI_SITE_MORE, sizeof *site->more);
  for (uint32_t i = 0; site->more && i < VMI_SITE_MORE; i++) {
    if (site->more[i].shape && site->more[i].shape != e->shape) continue;
    if (!site->more[i].shape) site->count++;
    site->more[i] = *e;
    return;
  }
  if (site->count <= 1 + VMI_SITE_MORE) site->count = 2 + VMI_SITE_MORE;
  vmi_dynamic *d = iso->dynamic;
  if (!d->mega) d->mega = vmi_new_zero(&iso->alloc, VMI_MEGA, sizeof *d->mega);
  vmi_mega *m = mega_of(iso, e->shape, name, k);
  if (m) *m = (vmi_mega){.name = name, .kind = k, .entry = *e};
}

static vmi_cached entry_for(vmi_thread *t, vmi_object *o, vmi_object *holder, uint32_t index)
{
  uint32_t inside = holder->shape->inline_slots;
  bool extra = index >= inside;
  vmi_cached e = {.shape = o->shape, .epoch = t->shape_epoch};
  e.offset = extra ? (uint32_t)offsetof(vmi_words, item) + 8 * (index - inside)
                   : (uint32_t)offsetof(vmi_object, slot) + 8 * index;
  if (holder == o) {
    e.access = extra ? VMI_OWN_EXTRA : VMI_OWN;
  } else {
    e.access = extra ? VMI_HELD_EXTRA : VMI_HELD;
    e.holder = holder;
  }
  return e;
}

/* An entry that leads to a prototype must not survive a change of the receiver's own properties: a
 * unique shape changes in place, and only that of a prototype says so. */
static bool cacheable(const vmi_object *o, const vmi_object *holder)
{
  return holder == o || (o->shape->flags & (VMI_SHAPE_UNIQUE | VMI_SHAPE_PROTO)) != VMI_SHAPE_UNIQUE;
}

bool vmi_rt_site_get(vmi_thread *t, vmi_site *site, vmi_symbol *name, uint64_t receiver, uint64_t *out)
{
  vm_isolate *iso = vmi_isolate_of(t);
  if (!vmi_is_object(receiver)) return false;
  vmi_object *o = (vmi_object *)(uintptr_t)receiver;
  const vmi_cached *quick = find_more(site, o->shape);
  if (VMI_LIKELY(quick && quick->access == VMI_OWN)) {
    memcpy(out, (const char *)o + quick->offset, sizeof *out);
    return true;
  }
  const vmi_cached *e = find(iso, site, o->shape, name, GET);
  if (e && e->access != VMI_ADD && vmi_cached_get(t, e, o, out)) return true;
  uint32_t index;
  vmi_object *holder = vmi_rt_object_lookup(o, name, &index);
  if (!holder || (vmi_rt_object_attributes(holder, index) & READ_SPECIAL)) return false;
  *out = *vmi_rt_object_slot(holder, index);
  if (cacheable(o, holder)) {
    vmi_cached made = entry_for(t, o, holder, index);
    remember(iso, site, name, GET, &made);
  } else {
    vmi_learn(t, site->feedback, VMI_SEEN_MORE);
  }
  return true;
}

bool vmi_rt_site_method(vmi_thread *t, vmi_site *site, vmi_symbol *name, uint64_t receiver,
                        uint64_t *out)
{
  vm_isolate *iso = vmi_isolate_of(t);
  if (!vmi_is_object(receiver)) return false;
  vmi_object *o = (vmi_object *)(uintptr_t)receiver;
  const vmi_cached *quick = find_more(site, o->shape);
  if (VMI_LIKELY(quick && quick->access == VMI_HELD && quick->epoch == t->shape_epoch)) {
    memcpy(out, (const char *)quick->holder + quick->offset, sizeof *out);
    return true;
  }
  const vmi_cached *e = find(iso, site, o->shape, name, METHOD);
  if (e && (e->access == VMI_HELD || e->access == VMI_HELD_EXTRA) && vmi_cached_get(t, e, o, out))
    return true;
  uint32_t index;
  vmi_object *holder = vmi_rt_object_lookup(o, name, &index);
  if (!holder || holder == o) return false;
  *out = *vmi_rt_object_slot(holder, index);
  if (cacheable(o, holder)) {
    vmi_cached made = entry_for(t, o, holder, index);
    remember(iso, site, name, METHOD, &made);
  }
  return true;
}

static void put(vmi_thread *t, vmi_object *o, const vmi_cached *e, uint64_t value)
{
  vmi_obj *base = e->access == VMI_OWN_EXTRA ? &o->extra->header : &o->header;
  vmi_gc_barrier(t->heap, base);
  memcpy((char *)base + e->offset, &value, sizeof value);
}

/* Does adding it need the front end? A prototype may want to see writes. */
static bool may_add(vmi_object *o, const vmi_symbol *name)
{
  uint32_t index;
  if (o->shape->flags & VMI_SHAPE_SEALED) return false;
  for (vmi_object *p = o; p->shape->proto != VMI_DYN_NIL;) {
    p = vmi_rt_object_lookup((vmi_object *)(uintptr_t)p->shape->proto, name, &index);
    if (!p) break;
    if (vmi_rt_object_attributes(p, index) & WRITE_SPECIAL) return false;
  }
  return true;
}

static uint32_t set_new(vmi_thread *t, vmi_site *site, vmi_symbol *name, vmi_object *o, uint64_t value)
{
  vm_isolate *iso = vmi_isolate_of(t);
  vmi_shape *before = o->shape;
  uint32_t index = before->count, pins = vmi_rt_pins(iso);
  vmi_rt_pin(iso, before);
  uint32_t code = vmi_rt_object_put(iso, o, name, value, -1);
  vmi_rt_unpin(iso, pins);
  vmi_learn(t, site->feedback, VMI_SEEN_MORE);
  if (code || (o->shape->flags & VMI_SHAPE_UNIQUE) || index >= before->inline_slots) return code;
  vmi_cached made = {.shape = before, .next = o->shape, .epoch = t->shape_epoch, .access = VMI_ADD};
  made.offset = (uint32_t)offsetof(vmi_object, slot) + 8 * index;
  remember(iso, site, name, SET, &made);
  return 0;
}

/* By what an entry says. */
static bool set_cached(vmi_thread *t, vmi_site *site, vmi_symbol *name, vmi_object *o, uint64_t value)
{
  const vmi_cached *e = find(vmi_isolate_of(t), site, o->shape, name, SET);
  if (!e) return false;
  if (e->access == VMI_ADD) {
    if (e->epoch != t->shape_epoch) return false;
    vmi_gc_barrier(t->heap, &o->header);
    o->shape = e->next;
    memcpy((char *)o + e->offset, &value, sizeof value);
    return true;
  }
  if (e->access > VMI_OWN_EXTRA) return false;
  put(t, o, e, value);
  return true;
}

uint32_t vmi_rt_dyn_poke(vmi_thread *t, void *at, uint64_t receiver, uint64_t value)
{
  vmi_site *site = at;
  return vmi_is_object(receiver) &&
         set_cached(t, site, site->name, (vmi_object *)(uintptr_t)receiver, value);
}

uint32_t vmi_rt_site_set(vmi_thread *t, vmi_site *site, vmi_symbol *name, uint64_t receiver,
                         uint64_t value)
{
  vm_isolate *iso = vmi_isolate_of(t);
  if (!vmi_is_object(receiver)) return VMI_SLOW_PATH;
  vmi_object *o = (vmi_object *)(uintptr_t)receiver;
  if (set_cached(t, site, name, o, value)) return 0;
  int32_t index = vmi_rt_shape_find(o->shape, name);
  if (index < 0) return may_add(o, name) ? set_new(t, site, name, o, value) : VMI_SLOW_PATH;
  if (vmi_rt_object_attributes(o, (uint32_t)index) & WRITE_SPECIAL) return VMI_SLOW_PATH;
  vmi_cached made = entry_for(t, o, o, (uint32_t)index);
  put(t, o, &made, value);
  remember(iso, site, name, SET, &made);
  return 0;
}

void vmi_rt_site_calls(const vmi_thread *t, vmi_site *site, vmi_func_obj *object)
{
  bool usual = vmi_rt_learn_target(t, site->feedback, object->instance, object->code);
  if (usual && site->callee != VMI_NO_CALLEE) vmi_learn(t, site->feedback, VMI_SEEN_CLOSURES);
  site->callee = usual ? object : VMI_CALLEES;
}
