/* heap.c - the walk over the object graph.
 *
 * SPDX-License-Identifier: MIT
 */
#include "heap.h"

#include "host.h"

enum { MAX_ELEMENTS = 40 };

static void add_bits(heap_walk *w, uint64_t bits)
{
  w->hash = (w->hash ^ bits) * 0x100000001B3ull;
  w->hash ^= w->hash >> 31;
}

static void add_parts(heap_walk *w, vm_ref ref, const vm_ref_info *info)
{
  uint32_t count = info->count < MAX_ELEMENTS ? info->count : MAX_ELEMENTS;
  for (uint32_t i = 0; i < count; i++) {
    vm_value v;
    vm_status s = info->heap == VM_HEAP_STRUCT ? vm_struct_get(w->isolate, ref, i, &v, NULL)
                                               : vm_array_get(w->isolate, ref, i, &v, NULL);
    if (s == VM_OK) heap_add(w, &v);
    else add_bits(w, (uint64_t)s << 32);
  }
}

static void add_object(heap_walk *w, vm_ref ref)
{
  int same = 0;
  vm_ref_info info;
  for (uint32_t i = 0; i < w->count && !same; i++) {
    vm_ref_same(w->isolate, ref, w->seen[i], &same, NULL);
    if (same) add_bits(w, i + 1000);
  }
  if (same || w->count == MAX_OBJECTS) return;
  w->seen[w->count++] = ref;
  if (vm_ref_get_info(w->isolate, ref, &info, NULL) != VM_OK) {
    add_bits(w, 13);
    return;
  }
  add_bits(w, (uint64_t)info.heap << 32 | info.type);
  add_bits(w, info.count);
  if (info.heap == VM_HEAP_STRUCT || info.heap == VM_HEAP_ARRAY) add_parts(w, ref, &info);
}

void heap_add(heap_walk *w, const vm_value *v)
{
  bool ref = v->kind == VM_KIND_REF || vm_dyn_is_ref(*v);
  add_bits(w, v->kind);
  add_bits(w, host_value_bits(v));
  if (ref && !vm_ref_is_null(v->of.ref)) add_object(w, v->of.ref);
}
