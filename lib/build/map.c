/* map.c - a hash table of indices, for what the builder must find again: types and export names.
 *
 * SPDX-License-Identifier: MIT
 *
 * Open addressing, at most half full. A slot keeps 32 bits of the hash, so that growing needs
 * nothing from the owner.
 */
#include "build.h"

static void put(uint64_t *slots, uint32_t capacity, uint64_t entry)
{
  uint32_t at = (uint32_t)(entry >> 32) & (capacity - 1);
  while (slots[at] != 0) at = (at + 1) & (capacity - 1);
  slots[at] = entry;
}

bool vmi_build_map_grow(const vmi_alloc *a, vmi_build_map *map)
{
  if (2 * (map->count + 1) <= map->capacity) return true;
  uint32_t capacity = map->capacity == 0 ? 16 : 2 * map->capacity;
  uint64_t *slots = vmi_new_zero(a, capacity, sizeof *slots);
  if (slots == NULL) return false;
  for (uint32_t i = 0; i < map->capacity; i++) {
    if (map->slots[i] != 0) put(slots, capacity, map->slots[i]);
  }
  vmi_free(a, map->slots, map->capacity * sizeof *slots);
  map->slots = slots;
  map->capacity = capacity;
  return true;
}

void vmi_build_map_add(vmi_build_map *map, uint64_t hash, uint32_t index)
{
  put(map->slots, map->capacity, (hash >> 32 << 32) | (index + 1));
  map->count++;
}

uint32_t vmi_build_map_next(const vmi_build_map *map, uint64_t hash, uint32_t *probe)
{
  uint32_t tag = (uint32_t)(hash >> 32);
  while (*probe < map->capacity) {
    uint64_t entry = map->slots[(tag + (*probe)++) & (map->capacity - 1)];
    if (entry == 0) return VMI_NO_INDEX;
    if (entry >> 32 == tag) return (uint32_t)entry - 1;
  }
  return VMI_NO_INDEX;
}

void vmi_build_map_free(const vmi_alloc *a, vmi_build_map *map)
{
  vmi_free(a, map->slots, map->capacity * sizeof *map->slots);
  *map = (vmi_build_map){0};
}
