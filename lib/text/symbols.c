/* symbols.c - one hash table of all names, open addressing.
 *
 * SPDX-License-Identifier: MIT
 */
#include "symbols.h"

#include <string.h>

static uint64_t hash_name(vmi_space space, uint32_t owner, const char *name, uint32_t size)
{
  uint64_t h = 0xcbf29ce484222325u ^ ((uint64_t)owner << 8 | space); /* FNV-1a */
  h *= 0x100000001b3u;
  for (uint32_t i = 0; i < size; i++) h = (h ^ (uint8_t)name[i]) * 0x100000001b3u;
  return h ^ h >> 29;
}

static bool same(const vmi_symbol *e, const vmi_symbol *key)
{
  return e->hash == key->hash && e->space == key->space && e->owner == key->owner
         && e->size == key->size && memcmp(e->name, key->name, key->size) == 0;
}

/* The slot that holds the key, or the empty one where it belongs. */
static uint32_t probe(const vmi_symbols *s, const vmi_symbol *key)
{
  uint32_t mask = s->nslots - 1, at = (uint32_t)key->hash & mask;
  while (s->slots[at] != 0 && !same(vmi_symbols_at(s, s->slots[at] - 1), key)) at = (at + 1) & mask;
  return at;
}

static bool grow(vmi_symbols *s)
{
  if (s->entries.count * 2 < s->nslots) return true;
  if (s->nslots >= UINT32_MAX / 2) return false;
  uint32_t nslots = s->nslots == 0 ? 64 : s->nslots * 2;
  uint32_t *slots = vmi_new_zero(s->alloc, nslots, sizeof *slots);
  if (slots == NULL) return false;
  vmi_free(s->alloc, s->slots, s->nslots * sizeof *slots);
  s->slots = slots;
  s->nslots = nslots;
  for (uint32_t i = 0; i < s->entries.count; i++) slots[probe(s, vmi_symbols_at(s, i))] = i + 1;
  return true;
}

static vmi_symbol make_key(vmi_space space, uint32_t owner, const char *name, uint32_t size)
{
  return (vmi_symbol){name, size, space, owner, VMI_SYMBOL_UNDEFINED, VMI_SYMBOL_UNDEFINED,
                      hash_name(space, owner, name, size)};
}

uint32_t vmi_symbols_intern(vmi_symbols *s, vmi_space space, uint32_t owner, const char *name,
                            uint32_t size)
{
  if (!grow(s)) return UINT32_MAX;
  vmi_symbol key = make_key(space, owner, name, size);
  uint32_t at = probe(s, &key);
  if (s->slots[at] == 0) {
    vmi_symbol *e = vmi_vec_push(s->alloc, &s->entries, sizeof key, 1);
    if (e == NULL) return UINT32_MAX;
    *e = key;
    s->slots[at] = (uint32_t)s->entries.count;
  }
  return s->slots[at] - 1;
}

const vmi_symbol *vmi_symbols_find(const vmi_symbols *s, vmi_space space, uint32_t owner,
                                   const char *name, uint32_t size)
{
  if (s->nslots == 0) return NULL;
  vmi_symbol key = make_key(space, owner, name, size);
  uint32_t at = probe(s, &key);
  return s->slots[at] == 0 ? NULL : vmi_symbols_at(s, s->slots[at] - 1);
}

bool vmi_symbols_define(vmi_symbols *s, vmi_space space, uint32_t owner, const char *name,
                        uint32_t size, uint32_t index)
{
  uint32_t entry = vmi_symbols_intern(s, space, owner, name, size);
  if (entry == UINT32_MAX) return false;
  vmi_symbol *e = vmi_symbols_at(s, entry);
  if (e->index == VMI_SYMBOL_UNDEFINED) {
    e->index = index;
  } else if (e->other == VMI_SYMBOL_UNDEFINED) {
    e->other = index;
  }
  return true;
}

void vmi_symbols_free(vmi_symbols *s)
{
  vmi_vec_free(s->alloc, &s->entries);
  vmi_free(s->alloc, s->slots, s->nslots * sizeof *s->slots);
  s->slots = NULL;
  s->nslots = 0;
}
