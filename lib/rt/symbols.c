/* symbols.c - byte strings that exist once in an isolate.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "dynamic.h"

/* Up to eight bytes, the first as the lowest. */
static uint64_t word_of(const char *bytes, uint32_t length)
{
  uint64_t w = 0;
  memcpy(&w, bytes, length);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  w = __builtin_bswap64(w);
#endif
  return w;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
  h = (h ^ word) * 0x9E3779B97F4A7C15ull;
  return h ^ h >> 32;
}

/* A word at a time, each with a product and a shift that brings its high half down; the same on every
 * host. Byte by byte (FNV-1a) it was a third of the time of a program that makes strings of a kilobyte. */
static uint32_t hash_bytes(const char *bytes, uint32_t length)
{
  uint64_t h = 0xCBF29CE484222325ull ^ length;
  uint32_t i = 0;
  for (; i + 8 <= length; i += 8) h = mix(h, word_of(bytes + i, 8));
  if (i < length) h = mix(h, word_of(bytes + i, length - i));
  return (uint32_t)mix(h, 0);
}

static uint32_t probe(const vmi_dynamic *d, const char *bytes, uint32_t length, uint32_t hash)
{
  uint32_t mask = d->symbols_room - 1, gone = UINT32_MAX;
  for (uint32_t i = hash & mask;; i = (i + 1) & mask) {
    vmi_symbol *s = d->symbols[i];
    if (!s) return gone != UINT32_MAX ? gone : i;
    if (s == VMI_GONE) {
      if (gone == UINT32_MAX) gone = i;
    } else if (s->hash == hash && s->length == length && memcmp(s->bytes, bytes, length) == 0) {
      return i;
    }
  }
}

/* Room for one more: a table of twice what lives. */
static bool reserve(vm_isolate *iso)
{
  vmi_dynamic *d = iso->dynamic;
  if (4 * ((uint64_t)d->nsymbols + 1) <= 3 * (uint64_t)d->symbols_room) return true;
  uint32_t live = 0, room = 64;
  for (uint32_t i = 0; i < d->symbols_room; i++)
    live += d->symbols[i] != NULL && d->symbols[i] != VMI_GONE;
  if (live >= 1u << 29) return false;
  while (room < 3 * live) room *= 2;
  vmi_symbol **table = vmi_new_zero(&iso->alloc, room, sizeof *table);
  if (!table) return false;
  for (uint32_t i = 0; i < d->symbols_room; i++) {
    vmi_symbol *s = d->symbols[i];
    if (!s || s == VMI_GONE) continue;
    uint32_t at = s->hash & (room - 1);
    while (table[at]) at = (at + 1) & (room - 1);
    table[at] = s;
  }
  vmi_free(&iso->alloc, d->symbols, d->symbols_room * sizeof *table);
  d->symbols = table;
  d->symbols_room = room;
  d->nsymbols = live;
  return true;
}

vmi_symbol *vmi_rt_symbol(vm_isolate *iso, const char *bytes, uint32_t length)
{
  vmi_dynamic *d = iso->dynamic;
  if (length > VMI_MAX_SYMBOL || !reserve(iso)) return NULL;
  uint32_t hash = hash_bytes(bytes, length), at = probe(d, bytes, length, hash);
  if (d->symbols[at] && d->symbols[at] != VMI_GONE) return d->symbols[at];
  vmi_symbol *s = (vmi_symbol *)vmi_gc_alloc_array(iso->thread.heap, VMI_TYPE_SYMBOL, length);
  if (!s) return NULL;
  s->hash = hash;
  if (length) memcpy(s->bytes, bytes, length);
  at = probe(d, bytes, length, hash); /* a collection may have made a place free */
  if (!d->symbols[at]) d->nsymbols++;
  d->symbols[at] = s;
  return s;
}
