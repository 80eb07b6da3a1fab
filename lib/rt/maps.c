/* maps.c - hash maps from dyn to dyn that remember the order of insertion.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "dyn_ops.h"
#include "dynamic.h"

/* A word that is no value: deleted entries have it as key. */
#define DELETED VMI_NO_VALUE

static uint64_t normal(uint64_t key)
{
  if (!vmi_dyn_is_double(key)) return key;
  double x = vmi_dyn_double(key);
  if (!(x >= INT32_MIN && x <= INT32_MAX) || x != (double)(int32_t)x) return key;
  return vmi_dyn_of_int((int32_t)x);
}

/* Symbols by their bytes, so that maps of them are alike everywhere; objects by their address, which
 * stays and which no order of iteration shows. */
static uint32_t hash_of(uint64_t key)
{
  if (vmi_is_symbol(key)) return ((vmi_symbol *)(uintptr_t)key)->hash;
  /* What differs may be in the upper bits alone: doubles with short fractions. */
  uint64_t h = (key ^ key >> 32) * 0x9E3779B97F4A7C15ull;
  return (uint32_t)(h >> 32);
}

static uint32_t *index_of(const vmi_map *m) { return (uint32_t *)m->index->data; }
static uint32_t slots_of(const vmi_map *m) { return m->index->length / 4; }
static uint32_t room_of(const vmi_map *m) { return m->entries ? m->entries->length / 2 : 0; }

vmi_map *vmi_rt_map_new(vm_isolate *iso)
{
  return (vmi_map *)vmi_gc_alloc(iso->thread.heap, VMI_TYPE_MAP);
}

bool vmi_rt_map_find(const vmi_map *m, uint64_t key, uint32_t *entry)
{
  if (!m->entries) return false;
  key = normal(key);
  uint32_t mask = slots_of(m) - 1;
  const uint32_t *index = index_of(m);
  for (uint32_t i = hash_of(key) & mask; index[i]; i = (i + 1) & mask) {
    if (m->entries->item[2 * (index[i] - 1)] != key) continue;
    *entry = index[i] - 1;
    return true;
  }
  return false;
}

static void enter(vmi_words *entries, uint32_t *index, uint32_t mask, uint32_t entry)
{
  uint32_t i = hash_of(entries->item[2 * entry]) & mask;
  while (index[i]) i = (i + 1) & mask;
  index[i] = entry + 1;
}

/* Entries move to new storage, without the deleted ones: twice the live ones. */
static bool grow(vm_isolate *iso, vmi_map *m)
{
  uint32_t room = 8, pins = vmi_rt_pins(iso), n = 0;
  while (room < m->live + m->live / 2 + 1) room *= 2;
  if (room > VMI_MAX_MAP) return false;
  vmi_rt_pin(iso, m);
  vmi_words *entries = vmi_rt_words_new(iso, 2 * room);
  if (entries) vmi_rt_pin(iso, entries);
  vmi_array_obj *index = entries ? vmi_rt_bytes_new(iso, 2 * room * 4) : NULL;
  vmi_rt_unpin(iso, pins);
  if (!index) return false;
  vmi_gc_barrier(iso->thread.heap, &entries->header); /* it may have seen a collection */
  for (uint32_t i = 0; i < m->used; i++) {
    if (m->entries->item[2 * i] == DELETED) continue;
    entries->item[2 * n] = m->entries->item[2 * i];
    entries->item[2 * n + 1] = m->entries->item[2 * i + 1];
    enter(entries, (uint32_t *)index->data, 2 * room - 1, n++);
  }
  vmi_gc_barrier(iso->thread.heap, &m->header);
  m->entries = entries;
  m->index = index;
  m->used = m->live = n;
  return true;
}

uint32_t vmi_rt_map_set(vm_isolate *iso, vmi_map *m, uint64_t key, uint64_t value)
{
  uint32_t entry;
  if (!vmi_rt_map_find(m, key, &entry)) {
    uint32_t pins = vmi_rt_pins(iso);
    vmi_rt_pin_word(iso, key);
    vmi_rt_pin_word(iso, value);
    bool ok = m->used < room_of(m) || grow(iso, m);
    vmi_rt_unpin(iso, pins);
    if (!ok) return VM_TRAP_OUT_OF_MEMORY;
    entry = m->used++;
    m->live++;
    vmi_gc_barrier(iso->thread.heap, &m->entries->header);
    m->entries->item[2 * entry] = normal(key);
    enter(m->entries, index_of(m), slots_of(m) - 1, entry);
  }
  vmi_gc_barrier(iso->thread.heap, &m->entries->header);
  m->entries->item[2 * entry + 1] = value;
  return VM_TRAP_NONE;
}

/* Its place in the index stays taken: a search goes on past it. */
bool vmi_rt_map_delete(vm_isolate *iso, vmi_map *m, uint64_t key)
{
  uint32_t entry;
  if (!vmi_rt_map_find(m, key, &entry)) return false;
  vmi_gc_barrier(iso->thread.heap, &m->entries->header);
  m->entries->item[2 * entry] = DELETED;
  m->entries->item[2 * entry + 1] = VMI_DYN_NIL;
  m->live--;
  return true;
}

int32_t vmi_rt_map_next(const vmi_map *m, uint32_t from)
{
  for (uint32_t i = from; i < m->used; i++)
    if (m->entries->item[2 * i] != DELETED) return (int32_t)i;
  return -1;
}
