/* shapes.c - shaped objects: their properties, and the shapes that objects built alike share.
 *
 * SPDX-License-Identifier: MIT
 *
 *   root --x--> {x} --y--> {x, y}          each arrow a transition (name, attributes), found in a weak
 *                 \--z--> {x, z}           table; values lie in the object in the same order
 *
 * Every prototype has a root of its own for the objects that have it. The shape of an object that is a
 * prototype is its alone, and so is that of an object with very many properties or with deleted ones: a
 * unique shape grows in place. One that loses a property, or whose attributes change, is replaced by a
 * copy, so that a cache that knows the old one finds it no more; whenever a prototype changes, the
 * thread's shape_epoch goes up, on which all caches that lead to prototypes depend.
 */
#include <string.h>

#include "dynamic.h"

enum { MAX_SHARED = 128, MAX_CHILDREN = 64, FIRST_INLINE = 4, LEAST_INLINE = 2, MAX_INLINE = 32, MAX_PROPERTIES = 1 << 26 };

static void changed(vm_isolate *iso, const vmi_shape *s)
{
  if (s->flags & VMI_SHAPE_PROTO) iso->thread.shape_epoch++;
}

static void barrier(vm_isolate *iso, void *object) { vmi_gc_barrier(iso->thread.heap, object); }

/* ---- names ---- */

static uint32_t *index_of(const vmi_props *p) { return (uint32_t *)p->index->data; }
static uint32_t mask_of(const vmi_props *p) { return p->index->length / 4 - 1; }
static vmi_symbol *key_of(const vmi_props *p, uint32_t i)
{
  return (vmi_symbol *)(uintptr_t)p->keys->item[i];
}

int32_t vmi_rt_shape_find(const vmi_shape *s, const vmi_symbol *name)
{
  if (!s->count) return -1;
  const vmi_props *p = s->props;
  const uint32_t *index = index_of(p);
  uint32_t mask = mask_of(p);
  for (uint32_t i = name->hash & mask; index[i]; i = (i + 1) & mask)
    if (key_of(p, index[i] - 1) == name) return index[i] <= s->count ? (int32_t)(index[i] - 1) : -1;
  return -1;
}

uint8_t vmi_rt_object_attributes(const vmi_object *o, uint32_t index)
{
  return (uint8_t)o->shape->props->attributes->data[index];
}

/* A copy of the first `count` names with room for one more at least. */
static vmi_props *copy_props(vm_isolate *iso, const vmi_props *from, uint32_t count)
{
  uint32_t room = 4, pins = vmi_rt_pins(iso);
  while (room < count + 1) room *= 2;
  if (room > MAX_PROPERTIES) return NULL;
  vmi_props *p = (vmi_props *)vmi_gc_alloc(iso->thread.heap, VMI_TYPE_PROPS);
  if (!p) return NULL;
  vmi_rt_pin(iso, p);
  vmi_words *keys = vmi_rt_words_new(iso, room);
  if (keys) barrier(iso, p), p->keys = keys;
  vmi_array_obj *attributes = keys ? vmi_rt_bytes_new(iso, room) : NULL;
  if (attributes) barrier(iso, p), p->attributes = attributes;
  vmi_array_obj *index = attributes ? vmi_rt_bytes_new(iso, 2 * room * 4) : NULL;
  vmi_rt_unpin(iso, pins);
  if (!index) return NULL;
  barrier(iso, p);
  barrier(iso, keys);
  p->index = index;
  p->used = count;
  for (uint32_t i = 0; i < count; i++) {
    keys->item[i] = from->keys->item[i];
    attributes->data[i] = from->attributes->data[i];
    if (!keys->item[i]) continue;
    uint32_t at = key_of(p, i)->hash & mask_of(p);
    while (index_of(p)[at]) at = (at + 1) & mask_of(p);
    index_of(p)[at] = i + 1;
  }
  return p;
}

/* Names with one more behind the first `count`: `p` itself if it ends there and has room. */
static vmi_props *with_name(vm_isolate *iso, vmi_props *p, uint32_t count, vmi_symbol *name,
                            uint32_t attributes)
{
  if (!p || p->used != count || count == p->keys->length) p = copy_props(iso, p, count);
  if (!p) return NULL;
  barrier(iso, p->keys);
  p->keys->item[count] = vmi_word_of(name);
  p->attributes->data[count] = (char)attributes;
  uint32_t at = name->hash & mask_of(p);
  while (index_of(p)[at]) at = (at + 1) & mask_of(p);
  index_of(p)[at] = ++p->used;
  return p;
}

/* ---- shapes ---- */

static vmi_shape *new_shape(vm_isolate *iso, uint64_t proto, uint32_t inline_slots)
{
  vmi_shape *s = (vmi_shape *)vmi_gc_alloc(iso->thread.heap, VMI_TYPE_SHAPE);
  if (!s) return NULL;
  s->proto = proto;
  s->inline_slots = inline_slots;
  return s;
}

static uint32_t transition_hash(const vmi_shape *from, const vmi_symbol *name, uint32_t attributes)
{
  uint64_t h = (vmi_word_of(from) >> 4) * 0x9E3779B97F4A7C15ull;
  h = (h ^ (h >> 32) ^ name->hash ^ attributes) * 0x9E3779B97F4A7C15ull;
  return (uint32_t)(h >> 32);
}

static vmi_transition *find_transition(const vmi_dynamic *d, const vmi_shape *from,
                                       const vmi_symbol *name, uint32_t attributes)
{
  uint32_t mask = d->transitions_room - 1;
  if (!d->transitions_room) return NULL;
  for (uint32_t i = transition_hash(from, name, attributes) & mask; d->transitions[i].from;
       i = (i + 1) & mask) {
    vmi_transition *x = &d->transitions[i];
    if (x->from == from && x->name == name && x->attributes == attributes && x->to) return x;
  }
  return NULL;
}

static void put_transition(vmi_transition *table, uint32_t room, const vmi_transition *x)
{
  uint32_t i = transition_hash(x->from, x->name, x->attributes) & (room - 1);
  while (table[i].from) i = (i + 1) & (room - 1);
  table[i] = *x;
}

static bool reserve_transition(vm_isolate *iso)
{
  vmi_dynamic *d = iso->dynamic;
  if (4 * ((uint64_t)d->ntransitions + 1) <= 3 * (uint64_t)d->transitions_room) return true;
  uint32_t live = 0, room = 64;
  for (uint32_t i = 0; i < d->transitions_room; i++) live += d->transitions[i].to != NULL;
  if (live >= 1u << 28) return false;
  while (room < 3 * live) room *= 2;
  vmi_transition *table = vmi_new_zero(&iso->alloc, room, sizeof *table);
  if (!table) return false;
  for (uint32_t i = 0; i < d->transitions_room; i++)
    if (d->transitions[i].to) put_transition(table, room, &d->transitions[i]);
  vmi_free(&iso->alloc, d->transitions, d->transitions_room * sizeof *table);
  d->transitions = table;
  d->transitions_room = room;
  d->ntransitions = live;
  return true;
}

/* The shared shape with one property more than `from`. */
static vmi_shape *child_of(vm_isolate *iso, vmi_shape *from, vmi_symbol *name, uint32_t attributes)
{
  vmi_transition *x = find_transition(iso->dynamic, from, name, attributes);
  if (x) return x->to;
  uint32_t pins = vmi_rt_pins(iso);
  vmi_rt_pin(iso, from);
  vmi_rt_pin(iso, name);
  vmi_shape *s = new_shape(iso, from->proto, from->inline_slots);
  if (s) vmi_rt_pin(iso, s);
  vmi_props *p = s ? with_name(iso, from->props, from->count, name, attributes) : NULL;
  vmi_rt_unpin(iso, pins);
  if (!p || !reserve_transition(iso)) return NULL;
  barrier(iso, s);
  s->parent = from;
  s->root = from->root ? from->root : from;
  s->props = p;
  s->count = from->count + 1;
  s->flags = from->flags;
  from->children++;
  put_transition(iso->dynamic->transitions, iso->dynamic->transitions_room,
                 &(vmi_transition){.from = from, .to = s, .name = name, .attributes = attributes});
  iso->dynamic->ntransitions++;
  return s;
}

/* A shape of its own for `o`, a copy of the one it has. */
static uint32_t make_unique(vm_isolate *iso, vmi_object *o, uint32_t flags)
{
  vmi_shape *old = o->shape;
  uint32_t pins = vmi_rt_pins(iso);
  vmi_rt_pin(iso, o);
  vmi_shape *s = new_shape(iso, old->proto, old->inline_slots);
  if (s) vmi_rt_pin(iso, s);
  vmi_props *p = s && old->count ? copy_props(iso, old->props, old->count) : NULL;
  vmi_rt_unpin(iso, pins);
  if (!s || (old->count && !p)) return VM_TRAP_OUT_OF_MEMORY;
  barrier(iso, s);
  s->props = p;
  s->count = old->count;
  s->instances = old->instances;
  s->flags = old->flags | VMI_SHAPE_UNIQUE | flags;
  barrier(iso, o);
  o->shape = s;
  return VM_TRAP_NONE;
}

static uint32_t make_proto(vm_isolate *iso, vmi_object *o)
{
  if (o->shape->flags & VMI_SHAPE_PROTO) return VM_TRAP_NONE;
  if (!(o->shape->flags & VMI_SHAPE_UNIQUE)) return make_unique(iso, o, VMI_SHAPE_PROTO);
  o->shape->flags |= VMI_SHAPE_PROTO;
  return VM_TRAP_NONE;
}

/* ---- new objects ---- */

/* Where the root for objects of this prototype is remembered. */
static vmi_shape **root_cell(vm_isolate *iso, uint64_t proto)
{
  if (proto == VMI_DYN_NIL) return &iso->dynamic->root;
  return &((vmi_object *)(uintptr_t)proto)->shape->instances;
}

/* Objects that turned out larger than was thought get more room inside from now on. */
static vmi_shape *root_for(vm_isolate *iso, uint64_t proto)
{
  vmi_shape *root = *root_cell(iso, proto);
  if (root && root->wish <= root->inline_slots) return root;
  uint32_t room = root && root->expected ? root->expected : FIRST_INLINE;
  while (root && room < root->wish && room < MAX_INLINE) room += room < 8 ? 2 : 4;
  if (root && room == root->inline_slots) return root;
  vmi_shape *made = new_shape(iso, proto, room);
  if (!made) return NULL;
  if (root) made->expected = root->expected;
  if (proto) barrier(iso, ((vmi_object *)(uintptr_t)proto)->shape);
  *root_cell(iso, proto) = made;
  return made;
}

vmi_object *vmi_rt_object_new(vm_isolate *iso, uint64_t proto)
{
  uint32_t pins = vmi_rt_pins(iso);
  vmi_rt_pin_word(iso, proto);
  vmi_object *o = NULL;
  vmi_shape *root = NULL;
  if (proto == VMI_DYN_NIL || make_proto(iso, (vmi_object *)(uintptr_t)proto) == VM_TRAP_NONE)
    root = root_for(iso, proto);
  if (root) {
    vmi_rt_pin(iso, root);
    o = (vmi_object *)vmi_gc_alloc_array(iso->thread.heap, VMI_TYPE_OBJECT,
                                         VMI_OBJECT_WORDS + root->inline_slots);
    if (o) o->shape = root;
  }
  vmi_rt_unpin(iso, pins);
  return o;
}

uint32_t vmi_rt_object_expect(vm_isolate *iso, vmi_object *proto, uint32_t n)
{
  uint64_t up = proto->shape->proto;
  const vmi_shape *above = up == VMI_DYN_NIL ? NULL : *root_cell(iso, up);
  uint32_t code = make_proto(iso, proto);
  if (code) return code;
  if (above && above->expected) n = n > MAX_INLINE ? MAX_INLINE : n + above->expected;
  if (n < LEAST_INLINE) n = LEAST_INLINE;
  if (n > MAX_INLINE) n = MAX_INLINE;
  vmi_shape *root = new_shape(iso, vmi_word_of(proto), n);
  if (!root) return VM_TRAP_OUT_OF_MEMORY;
  root->expected = n;
  barrier(iso, proto->shape);
  proto->shape->instances = root;
  return VM_TRAP_NONE;
}

/* ---- properties ---- */

uint64_t *vmi_rt_object_slot(vmi_object *o, uint32_t index)
{
  uint32_t inside = o->shape->inline_slots;
  return index < inside ? &o->slot[index] : &o->extra->item[index - inside];
}

vmi_object *vmi_rt_object_lookup(vmi_object *o, const vmi_symbol *name, uint32_t *index)
{
  for (;;) {
    int32_t found = vmi_rt_shape_find(o->shape, name);
    if (found >= 0) {
      *index = (uint32_t)found;
      return o;
    }
    if (o->shape->proto == VMI_DYN_NIL) return NULL;
    o = (vmi_object *)(uintptr_t)o->shape->proto;
  }
}

static void store(vm_isolate *iso, vmi_object *o, uint32_t index, uint64_t value)
{
  uint32_t inside = o->shape->inline_slots;
  barrier(iso, index < inside ? &o->header : &o->extra->header);
  *vmi_rt_object_slot(o, index) = value;
}

/* Room for value number `index`. `o` is pinned. */
static bool make_room(vm_isolate *iso, vmi_object *o, uint32_t index)
{
  uint32_t inside = o->shape->inline_slots;
  if (index < inside) return true;
  uint32_t have = o->extra ? o->extra->length : 0, want = index - inside + 1;
  vmi_shape *root = o->shape->root ? o->shape->root : o->shape;
  if (root->wish < index + 1 && !(root->flags & VMI_SHAPE_UNIQUE)) root->wish = index + 1;
  if (want <= have) return true;
  vmi_words *extra = vmi_rt_words_new(iso, have ? 2 * have : 4);
  if (!extra) return false;
  if (have) memcpy(extra->item, o->extra->item, have * sizeof *extra->item);
  barrier(iso, o);
  o->extra = extra;
  return true;
}

static uint32_t add_to_unique(vm_isolate *iso, vmi_object *o, vmi_symbol *name, uint32_t attributes)
{
  vmi_shape *s = o->shape;
  vmi_props *p = with_name(iso, s->props, s->count, name, attributes);
  if (!p) return VM_TRAP_OUT_OF_MEMORY;
  barrier(iso, s);
  s->props = p;
  s->count++;
  changed(iso, s);
  return VM_TRAP_NONE;
}

/* All is pinned. */
static uint32_t add(vm_isolate *iso, vmi_object *o, vmi_symbol *name, uint64_t value, uint32_t attributes)
{
  vmi_shape *s = o->shape;
  uint32_t index = s->count, code = VM_TRAP_NONE;
  if (!make_room(iso, o, index)) return VM_TRAP_OUT_OF_MEMORY;
  bool share = !(s->flags & VMI_SHAPE_UNIQUE);
  if (share && (index >= MAX_SHARED || (s->children >= MAX_CHILDREN &&
                                        !find_transition(iso->dynamic, s, name, attributes)))) {
    code = make_unique(iso, o, 0);
    share = false;
  }
  if (code) return code;
  if (share) {
    vmi_shape *child = child_of(iso, s, name, attributes);
    if (!child) return VM_TRAP_OUT_OF_MEMORY;
    barrier(iso, o);
    o->shape = child;
  } else {
    code = add_to_unique(iso, o, name, attributes);
  }
  if (!code) store(iso, o, index, value);
  return code;
}

static uint32_t set_attributes(vm_isolate *iso, vmi_object *o, uint32_t index, uint32_t attributes)
{
  if (vmi_rt_object_attributes(o, index) == attributes) return VM_TRAP_NONE;
  changed(iso, o->shape);
  uint32_t code = make_unique(iso, o, 0);
  if (!code) o->shape->props->attributes->data[index] = (char)attributes;
  return code;
}

uint32_t vmi_rt_object_put(vm_isolate *iso, vmi_object *o, vmi_symbol *name, uint64_t value,
                           int32_t attributes)
{
  uint32_t pins = vmi_rt_pins(iso), code = VM_TRAP_NONE;
  vmi_rt_pin(iso, o);
  vmi_rt_pin(iso, name);
  vmi_rt_pin_word(iso, value);
  int32_t index = vmi_rt_shape_find(o->shape, name);
  if (index < 0) {
    code = add(iso, o, name, value, attributes < 0 ? 0 : (uint32_t)attributes & 0xFF);
  } else {
    if (attributes >= 0) code = set_attributes(iso, o, (uint32_t)index, (uint32_t)attributes & 0xFF);
    if (!code) store(iso, o, (uint32_t)index, value);
  }
  vmi_rt_unpin(iso, pins);
  return code;
}

/* Its names without those that are gone, its values likewise: `o`'s shape is its alone. */
static uint32_t squeeze(vm_isolate *iso, vmi_object *o)
{
  vmi_shape *s = o->shape;
  vmi_props *p = s->props;
  uint32_t n = 0;
  for (uint32_t i = 0; i < s->count; i++) {
    if (!p->keys->item[i]) continue;
    p->keys->item[n] = p->keys->item[i];
    p->attributes->data[n] = p->attributes->data[i];
    store(iso, o, n++, *vmi_rt_object_slot(o, i));
  }
  barrier(iso, p->keys);
  for (uint32_t i = n; i < s->count; i++) {
    p->keys->item[i] = VMI_DYN_NIL;
    store(iso, o, i, VMI_DYN_NIL);
  }
  s->count = p->used = n;
  memset(p->index->data, 0, p->index->length);
  for (uint32_t i = 0; i < n; i++) {
    uint32_t at = key_of(p, i)->hash & mask_of(p);
    while (index_of(p)[at]) at = (at + 1) & mask_of(p);
    index_of(p)[at] = i + 1;
  }
  return VM_TRAP_NONE;
}

static uint32_t delete_at(vm_isolate *iso, vmi_object *o, uint32_t index)
{
  vmi_shape *s = o->shape;
  changed(iso, s);
  if (!(s->flags & VMI_SHAPE_UNIQUE) && index + 1 == s->count) {
    store(iso, o, index, VMI_DYN_NIL);
    barrier(iso, o);
    o->shape = s->parent;
    return VM_TRAP_NONE;
  }
  uint32_t code = make_unique(iso, o, 0); /* caches know the old shape */
  if (code) return code;
  s = o->shape;
  barrier(iso, s->props->keys);
  s->props->keys->item[index] = VMI_DYN_NIL;
  store(iso, o, index, VMI_DYN_NIL);
  return squeeze(iso, o);
}

uint32_t vmi_rt_object_delete(vm_isolate *iso, vmi_object *o, const vmi_symbol *name, bool *deleted)
{
  int32_t index = vmi_rt_shape_find(o->shape, name);
  *deleted = index >= 0;
  if (index < 0) return VM_TRAP_NONE;
  uint32_t pins = vmi_rt_pins(iso);
  vmi_rt_pin(iso, o);
  uint32_t code = delete_at(iso, o, (uint32_t)index);
  vmi_rt_unpin(iso, pins);
  return code;
}

/* ---- prototypes ---- */

static bool leads_to(uint64_t from, const vmi_object *o)
{
  for (; from != VMI_DYN_NIL; from = ((const vmi_object *)(uintptr_t)from)->shape->proto)
    if (from == vmi_word_of(o)) return true;
  return false;
}

uint32_t vmi_rt_object_set_proto(vm_isolate *iso, vmi_object *o, uint64_t proto)
{
  if (o->shape->proto == proto) return VM_TRAP_NONE;
  if (proto != VMI_DYN_NIL && leads_to(proto, o)) return VM_TRAP_DYN_TYPE;
  uint32_t pins = vmi_rt_pins(iso), code = VM_TRAP_NONE;
  vmi_rt_pin(iso, o);
  vmi_rt_pin_word(iso, proto);
  changed(iso, o->shape);
  if (proto != VMI_DYN_NIL) code = make_proto(iso, (vmi_object *)(uintptr_t)proto);
  vmi_shape *root = code ? NULL : root_for(iso, proto);
  if (!code && !root) code = VM_TRAP_OUT_OF_MEMORY;
  bool fresh = !code && o->shape->count == 0 && !o->shape->flags &&
               root->inline_slots <= o->length - VMI_OBJECT_WORDS;
  if (!code && !fresh) code = make_unique(iso, o, 0);
  if (!code) {
    barrier(iso, o);
    if (fresh) {
      o->shape = root;
    } else {
      barrier(iso, o->shape);
      o->shape->proto = proto;
    }
  }
  vmi_rt_unpin(iso, pins);
  return code;
}

uint32_t vmi_rt_object_seal(vm_isolate *iso, vmi_object *o, bool sealed)
{
  if (sealed == ((o->shape->flags & VMI_SHAPE_SEALED) != 0)) return VM_TRAP_NONE;
  changed(iso, o->shape);
  uint32_t code = make_unique(iso, o, 0);
  if (!code) o->shape->flags ^= VMI_SHAPE_SEALED;
  return code;
}
