/* symbols.c - byte strings that exist once in an isolate.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "dynamic.h"

static uint64_t little(const char *p, size_t size)
{
  uint64_t w = 0;
  memcpy(&w, p, size); /* the size is a constant wherever this is used */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  w = __builtin_bswap64(w);
#endif
  return w;
}

/* Fewer than eight bytes as one word; pieces overlap. */
static uint64_t few(const char *p, uint32_t n)
{
  if (n >= 4) return little(p, 4) | little(p + n - 4, 4) << 32;
  if (n == 0) return 0;
  return (uint8_t)p[0] | (uint64_t)(uint8_t)p[n / 2] << 8 | (uint64_t)(uint8_t)p[n - 1] << 16;
}

/* Both halves of a 128-bit product (as wyhash has it, Wang Yi, public domain). */
static uint64_t mix(uint64_t h, uint64_t word)
{
  unsigned __int128 product = (unsigned __int128)(h ^ word) * 0x9E3779B97F4A7C15ull;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time, in two chains that do not wait for each other, and the last eight again; the same
 * on every host. Byte by byte (FNV-1a) it was a third of the time of a program that makes strings of a
 * kilobyte; one chain, with a copy of the last bytes, still a fifth. */
static uint32_t hash_bytes(const char *bytes, uint32_t length)
{
  uint64_t a = 0xCBF29CE484222325ull ^ length, b = 0x84222325CBF29CE4ull;
  uint32_t i = 0;
  for (; length - i >= 16; i += 16) {
    a = mix(a, little(bytes + i, 8));
    b = mix(b, little(bytes + i + 8, 8));
  }
  if (length - i >= 8) a = mix(a, little(bytes + i, 8));
  b = mix(b, length >= 8 ? little(bytes + length - 8, 8) : few(bytes, length));
  return (uint32_t)mix(a, b);
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
  /* A collection takes symbols out and puts none in: the place is as good as it was. */
  if (!d->symbols[at]) d->nsymbols++;
  d->symbols[at] = s;
  return s;
}
