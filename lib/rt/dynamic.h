/* dynamic.h - symbols, maps and shaped objects; caches of property access. docs/dynamic.md says what
 * they mean.
 *
 * SPDX-License-Identifier: MIT
 *
 * Compiled code reads vmi_object, vmi_site and vmi_shape at fixed offsets.
 *
 * Functions that allocate may collect. They pin what they hold (vmi_rt_pin); what callers pass must be
 * reachable from elsewhere or pinned. NULL, or a trap code, is what failure looks like.
 */
#ifndef VMI_DYNAMIC_H
#define VMI_DYNAMIC_H

#include "isolate.h"

/* ---- heap objects ---- */

struct vmi_symbol { /* like an array of bytes */
  vmi_obj header;
  uint32_t length, hash;
  char bytes[];             /* zeros behind them, to a multiple of 8; of 16 if there are at most 16 */
};

typedef struct vmi_words { /* an array of dyn words */
  vmi_obj header;
  uint32_t length, pad;
  uint64_t item[];
} vmi_words;

/* Hash map. entries: key and value in turn, in the order of first insertion; a deleted entry's key is a
 * word that is no value. index: 1 + number of entry, 0: free; open addressing, a power of two of slots. */
typedef struct vmi_map {
  vmi_obj header;
  vmi_words *entries;       /* traced; NULL: there are none */
  vmi_array_obj *index;     /* traced, of uint32_t as bytes */
  uint32_t used, live;      /* entries; of them not deleted */
} vmi_map;

/* Names and attributes of properties, in order, with an index like a map's. Shapes of one line of
 * descent share one: each sees the first `count`. */
typedef struct vmi_props {
  vmi_obj header;
  vmi_words *keys;          /* traced; a deleted one is nil */
  vmi_array_obj *attributes, *index; /* traced: a byte each; uint32_t */
  uint32_t used, pad;
} vmi_props;

enum {
  VMI_SHAPE_UNIQUE = 1,     /* of one object: may change */
  VMI_SHAPE_PROTO = 2,      /* of an object that is a prototype; unique, too */
  VMI_SHAPE_SEALED = 4
};

typedef struct vmi_shape {
  vmi_obj header;
  struct vmi_shape *parent, *root; /* traced: the shape with one property less; with none */
  uint64_t proto;           /* traced */
  vmi_props *props;         /* traced; NULL: count is 0 */
  struct vmi_shape *instances; /* traced: of a prototype: what new objects start with */
  uint32_t count;           /* properties, deleted ones included */
  uint32_t inline_slots;    /* how many values lie in the object itself */
  uint32_t wish;            /* of a root: how many its objects turned out to have */
  uint32_t children;
  uint32_t flags;
  uint32_t expected;        /* of a root: what object.expect said of its objects, or 0 */
} vmi_shape;

/* For the collector an array of words: these three, then the values that lie inside. */
typedef struct vmi_object {
  vmi_obj header;
  uint32_t length, pad;
  vmi_shape *shape;
  vmi_words *extra;         /* values from inline_slots on, or NULL */
  uint64_t data;
  uint64_t slot[];
} vmi_object;

enum { VMI_OBJECT_WORDS = 3, VMI_MAX_SYMBOL = 1 << 30, VMI_MAX_MAP = 1 << 28 };

static inline bool vmi_is_object(uint64_t w)
{
  return vmi_dyn_is_pointer(w) && ((vmi_obj *)(uintptr_t)w)->type == VMI_TYPE_OBJECT;
}
static inline bool vmi_is_symbol(uint64_t w)
{
  return vmi_dyn_is_pointer(w) && ((vmi_obj *)(uintptr_t)w)->type == VMI_TYPE_SYMBOL;
}
static inline bool vmi_is_map(uint64_t w)
{
  return vmi_dyn_is_pointer(w) && ((vmi_obj *)(uintptr_t)w)->type == VMI_TYPE_MAP;
}
static inline uint64_t vmi_word_of(const void *object) { return (uintptr_t)object; }

/* ---- caches ---- */

typedef enum vmi_access {
  VMI_OWN,                  /* value in the object at offset */
  VMI_OWN_EXTRA,            /* in its extra words */
  VMI_HELD, VMI_HELD_EXTRA, /* the same of `holder`, a prototype; valid in `epoch` */
  VMI_ADD                   /* dyn.set: becomes shape `next`, value at offset; valid in `epoch` */
} vmi_access;

typedef struct vmi_cached {
  vmi_shape *shape;         /* of the receiver; NULL: no entry. Weak like the others */
  union {
    vmi_object *holder;
    vmi_shape *next;
  };
  uint64_t epoch;
  uint32_t offset;          /* bytes from the start of object or extra words */
  uint32_t access;          /* vmi_access */
} vmi_cached;

enum { VMI_SITE_MORE = 3, VMI_MEGA = 1024 };

/* One for each instruction with F_SITE of an instance. */
struct vmi_site {
  vmi_cached first;         /* the one seen last of all entries was put here first */
  vmi_cached *more;         /* [VMI_SITE_MORE], or NULL */
  vmi_symbol *name;         /* the instruction's, or NULL; the instance's root */
  uint32_t count;           /* of entries; more than there is room for: megamorphic */
  uint32_t type;            /* isolate type id of functions that it calls, or 0 */
  vmi_feedback *feedback;   /* the instruction's */
  vmi_shape *fast;          /* first.shape if that is of the usual kind: VMI_OWN, of dyn.invoke
                               VMI_HELD; else NULL */
  vmi_func_obj *callee;     /* what it called last, of which the code is that of the record's first target.
                               Weak; or one of the two below, which no dyn word equals */
};

#define VMI_NO_CALLEE ((vmi_func_obj *)VMI_NO_VALUE) /* nothing yet */
#define VMI_CALLEES ((vmi_func_obj *)4)              /* several targets */

typedef struct vmi_mega {
  vmi_symbol *name;
  uint32_t kind, pad;       /* of instruction, see access.c */
  vmi_cached entry;
} vmi_mega;

typedef struct vmi_transition { /* weak */
  vmi_shape *from, *to;     /* from NULL: free, to NULL: was one */
  vmi_symbol *name;
  uint32_t attributes, pad;
} vmi_transition;

/* A place in the table of symbols: an address, and 15 bits of the hash where addresses have none. Thus most
 * places that hold another symbol are passed without a look at it. */
typedef uint64_t vmi_symbol_place;
#define VMI_PLACE_FREE 0u
#define VMI_PLACE_GONE 1u   /* there was one */
enum { VMI_PLACE_ADDRESS_BITS = 49 };

static inline vmi_symbol *vmi_place_symbol(vmi_symbol_place place)
{
  return (vmi_symbol *)(uintptr_t)(place & ((1ull << VMI_PLACE_ADDRESS_BITS) - 1));
}

/* What hashing a long symbol gave in front of its last bytes; what is appended goes on from there. */
typedef struct vmi_prefix {
  const vmi_symbol *symbol; /* NULL: no entry. Weak */
  uint64_t state;
} vmi_prefix;

enum { VMI_PREFIXES = 64 };

/* What an isolate keeps for all of this; see vm_isolate.dynamic. */
struct vmi_dynamic {
  vmi_symbol_place *symbols; /* weak */
  uint32_t nsymbols, symbols_room; /* taken, gone ones included; a power of two or 0 */
  vmi_transition *transitions;
  uint32_t ntransitions, transitions_room;
  vmi_mega *mega;           /* [VMI_MEGA], NULL until wanted */
  vmi_shape *root;          /* of objects without prototype: a root of the collector */
  uint32_t npins;
  uint64_t pins[32];        /* roots */
  vmi_prefix prefixes[VMI_PREFIXES]; /* of the symbols that were made or found last, by their hash */
};

/* ---- dynamic.c ---- */
bool vmi_rt_dynamic_init(vm_isolate *iso);
void vmi_rt_dynamic_free(vm_isolate *iso);
void vmi_rt_dynamic_roots(const vm_isolate *iso, vmi_heap *heap, vmi_gc_visit *visit);
void vmi_rt_dynamic_marked(vm_isolate *iso); /* forget what is dead */
/* Symbols and what sites know from the start; false: out of memory. May collect. */
bool vmi_rt_instance_sites(vmi_instance *inst);
/* A root until vmi_rt_unpin puts the number back that vmi_rt_pins gave. */
static inline uint32_t vmi_rt_pins(const vm_isolate *iso) { return iso->dynamic->npins; }
static inline void *vmi_rt_pin(vm_isolate *iso, void *object)
{
  iso->dynamic->pins[iso->dynamic->npins++] = vmi_word_of(object);
  return object;
}
static inline void vmi_rt_pin_word(vm_isolate *iso, uint64_t word)
{
  iso->dynamic->pins[iso->dynamic->npins++] = word;
}
static inline void vmi_rt_unpin(vm_isolate *iso, uint32_t pins) { iso->dynamic->npins = pins; }
vmi_words *vmi_rt_words_new(vm_isolate *iso, uint32_t length);
vmi_array_obj *vmi_rt_bytes_new(vm_isolate *iso, uint32_t length);

/* ---- symbols.c ---- */
/* `bytes` may lie in an object that is reachable. */
vmi_symbol *vmi_rt_symbol(vm_isolate *iso, const char *bytes, uint32_t length);
/* Both one behind the other; they are reachable. NULL, too, if that is longer than a symbol may be. */
vmi_symbol *vmi_rt_symbol_join(vm_isolate *iso, vmi_symbol *a, vmi_symbol *b);

/* ---- maps.c ---- */
vmi_map *vmi_rt_map_new(vm_isolate *iso);
bool vmi_rt_map_find(const vmi_map *m, uint64_t key, uint32_t *entry);
uint32_t vmi_rt_map_set(vm_isolate *iso, vmi_map *m, uint64_t key, uint64_t value); /* trap code */
bool vmi_rt_map_delete(vm_isolate *iso, vmi_map *m, uint64_t key);
int32_t vmi_rt_map_next(const vmi_map *m, uint32_t from);

/* ---- shapes.c ---- */
/* `proto` is nil or an object. */
vmi_object *vmi_rt_object_new(vm_isolate *iso, uint64_t proto);
/* Objects with this prototype will have about `n` properties, besides those that objects with its own
 * prototype were said to have: room for them is made inside. Trap code. */
uint32_t vmi_rt_object_expect(vm_isolate *iso, vmi_object *proto, uint32_t n);
/* The number of the own property, or -1. */
int32_t vmi_rt_shape_find(const vmi_shape *s, const vmi_symbol *name);
uint64_t *vmi_rt_object_slot(vmi_object *o, uint32_t index);
uint8_t vmi_rt_object_attributes(const vmi_object *o, uint32_t index);
/* The holder of the property on the way up from `o`, or NULL. */
vmi_object *vmi_rt_object_lookup(vmi_object *o, const vmi_symbol *name, uint32_t *index);
/* Set or add, whatever attributes it has; with `attributes` >= 0 give it these. Trap code. */
uint32_t vmi_rt_object_put(vm_isolate *iso, vmi_object *o, vmi_symbol *name, uint64_t value,
                           int32_t attributes);
/* *deleted: was it there? Trap code. */
uint32_t vmi_rt_object_delete(vm_isolate *iso, vmi_object *o, const vmi_symbol *name, bool *deleted);
uint32_t vmi_rt_object_set_proto(vm_isolate *iso, vmi_object *o, uint64_t proto);
uint32_t vmi_rt_object_seal(vm_isolate *iso, vmi_object *o, bool sealed);

/* ---- access.c: with caches ---- */
enum { VMI_SLOW_PATH = UINT32_MAX };
/* True: *out is the value. Never collects. */
bool vmi_rt_site_get(vmi_thread *t, vmi_site *site, vmi_symbol *name, uint64_t receiver, uint64_t *out);
/* The same in prototypes alone, for dyn.invoke. */
bool vmi_rt_site_method(vmi_thread *t, vmi_site *site, vmi_symbol *name, uint64_t receiver,
                        uint64_t *out);
/* 0: stored; VMI_SLOW_PATH; or a trap code. May collect; receiver and value are pinned. */
uint32_t vmi_rt_site_set(vmi_thread *t, vmi_site *site, vmi_symbol *name, uint64_t receiver,
                         uint64_t value);

/* What compiled code and the interpreters try first. */
static inline bool vmi_cached_get(const vmi_thread *t, const vmi_cached *e, const vmi_object *o,
                                  uint64_t *out)
{
  const char *base = (const char *)o;
  switch ((vmi_access)e->access) {
  case VMI_OWN:
    break;
  case VMI_OWN_EXTRA:
    base = (const char *)o->extra;
    break;
  case VMI_HELD:
    if (e->epoch != t->shape_epoch) return false;
    base = (const char *)e->holder;
    break;
  default:
    if (e->access != VMI_HELD_EXTRA || e->epoch != t->shape_epoch) return false;
    base = (const char *)e->holder->extra;
  }
  __builtin_memcpy(out, base + e->offset, sizeof *out);
  return true;
}

/* Is what the first entry says of the usual kind, and about `receiver`? Then a value is in vmi_site_cell of
 * the receiver; for dyn.invoke in that of the holder, if the epoch is still the entry's. */
static inline bool vmi_site_fast(const vmi_site *site, uint64_t receiver)
{
  return vmi_is_object(receiver) && ((const vmi_object *)(uintptr_t)receiver)->shape == site->fast;
}

static inline uint64_t *vmi_site_cell(const vmi_site *site, const void *base)
{
  return (uint64_t *)((uintptr_t)base + site->first.offset);
}

static inline bool vmi_site_hit(const vmi_site *site, uint64_t receiver)
{
  return vmi_is_object(receiver) &&
         ((const vmi_object *)(uintptr_t)receiver)->shape == site->first.shape;
}

static inline bool vmi_site_get(vmi_thread *t, vmi_site *site, vmi_symbol *name, uint64_t receiver,
                                uint64_t *out)
{
  if (VMI_LIKELY(vmi_site_hit(site, receiver)) &&
      vmi_cached_get(t, &site->first, (const vmi_object *)(uintptr_t)receiver, out))
    return true;
  return vmi_rt_site_get(t, site, name, receiver, out);
}

static inline bool vmi_site_method(vmi_thread *t, vmi_site *site, vmi_symbol *name, uint64_t receiver,
                                   uint64_t *out)
{
  if (VMI_LIKELY(vmi_site_hit(site, receiver)) &&
      vmi_cached_get(t, &site->first, (const vmi_object *)(uintptr_t)receiver, out))
    return true;
  return vmi_rt_site_method(t, site, name, receiver, out);
}

/* Did the usual entry do it? Needs no linked frame. */
static inline bool vmi_site_set_fast(const vmi_thread *t, const vmi_site *site, uint64_t receiver,
                                     uint64_t value)
{
  if (VMI_UNLIKELY(!vmi_site_fast(site, receiver))) return false;
  vmi_obj *o = (vmi_obj *)(uintptr_t)receiver;
  vmi_gc_barrier(t->heap, o);
  *vmi_site_cell(site, o) = value;
  return true;
}

/* The function object of the type that the site calls, or NULL. */
static inline vmi_func_obj *vmi_site_callee(const vmi_site *site, uint64_t word)
{
  if (!vmi_dyn_is_pointer(word)) return NULL;
  vmi_obj *object = (vmi_obj *)(uintptr_t)word;
  return object->type == site->type ? (vmi_func_obj *)object : NULL;
}

/* It calls `object`. */
void vmi_rt_site_calls(const vmi_thread *t, vmi_site *site, vmi_func_obj *object);
static inline void vmi_site_calls(const vmi_thread *t, vmi_site *site, vmi_func_obj *object)
{
  if (VMI_UNLIKELY(site->callee != object) && site->callee != VMI_CALLEES)
    vmi_rt_site_calls(t, site, object);
}

static inline vmi_site *vmi_site_at(const vmi_instance *inst, const vmi_func *f, uint32_t pc)
{
  return &inst->sites[vmi_func_site(f, pc)];
}

/* ---- operations.c ---- */
/* A row that is nothing but a function: `operands` as on the stack, the result as a slot's 64 bits;
 * thread->trap_code is 0, or the trap to raise. The frame is linked and its operands are roots. */
typedef uint64_t vmi_operation(vmi_thread *t, uint32_t imm, const vmi_slot *operands);
#define CALLOP(id, code, text, imms, pops, pushes, flags, fn, prose) vmi_operation fn;
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#include "isa.def"

#endif
