/* symbols.c - byte strings that exist once in an isolate.
 *
 * SPDX-License-Identifier: MIT
 *
 * Most strings that a program makes are short, and most of them exist already: up to sixteen bytes are held
 * in two words all the way, and nothing is copied before it is known that a symbol has to be made.
 */
#include <string.h>

#include "dynamic.h"

/* ---- bytes as words ---- */

static uint64_t little(const char *p, size_t size)
{
  uint64_t w = 0;
  memcpy(&w, p, size); /* the size is a constant wherever this is used */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  w = __builtin_bswap64(w);
#endif
  return w;
}

/* Up to eight bytes as one word, zeros behind them; pieces overlap. */
static uint64_t few(const char *p, uint32_t n)
{
  if (n >= 8) return little(p, 8);
  if (n >= 4) return little(p, 4) | little(p + n - 4, 4) << 8 * (n - 4);
  if (n == 0) return 0;
  return (uint8_t)p[0] | (uint64_t)(uint8_t)p[n / 2] << 8 * (n / 2) |
         (uint64_t)(uint8_t)p[n - 1] << 8 * (n - 1);
}

/* Up to sixteen bytes, the first ones lowest. */
typedef unsigned __int128 pair;

static pair pair_of(const char *p, uint32_t n)
{
  if (n <= 8) return few(p, n);
  return little(p, 8) | (pair)(little(p + n - 8, 8) >> 8 * (16 - n)) << 64;
}

/* Of a symbol with 1 to 16 bytes. */
static pair pair_in(const vmi_symbol *s)
{
  return little(s->bytes, 8) | (pair)little(s->bytes + 8, 8) << 64;
}

/* ---- hashes ---- */

/* A hash depends on the bytes alone, and is the same on every host. A block is 64 bytes, as eight words with
 * zeros behind the last byte; each word is multiplied by a number of its own and both halves of the product
 * are folded (as wyhash has it, Wang Yi, public domain); the sum enters the state, and the last one the hash.
 * So the multiplications of a block do not wait for each other; bytes that are appended leave the state of
 * the blocks before them as it is; and a word that is zero adds nothing, so that two words are enough for
 * what has no more than sixteen bytes. */
enum { BLOCK = 64, WORDS = BLOCK / 8, SHORT = 16 };

static const uint64_t odd[WORDS] = {0x9E3779B97F4A7C15ull, 0xC2B2AE3D27D4EB4Full, 0xA0761D6478BD642Full,
                                    0xE7037ED1A0B428DBull, 0x8EBC6AF09C88C6E3ull, 0x589965CC75374CC3ull,
                                    0x1D8E4E27C47D124Full, 0xEB44ACCAB455D165ull};
#define START 0xCBF29CE484222325ull

static inline uint64_t fold(uint64_t a, uint64_t b)
{
  pair product = (pair)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t next_state(uint64_t state, uint64_t sum) { return fold(state ^ sum, odd[0]); }

static inline uint32_t finish(uint64_t state, uint64_t sum, uint32_t length)
{
  return (uint32_t)next_state(state, sum + ((uint64_t)length << 32));
}

static inline uint32_t hash_pair(pair p, uint32_t length)
{
  return finish(START, fold((uint64_t)p, odd[0]) + fold((uint64_t)(p >> 64), odd[1]), length);
}

/* Whole blocks. */
static uint64_t hash_blocks(uint64_t state, const char *p, uint32_t n)
{
  for (; n >= BLOCK; n -= BLOCK, p += BLOCK) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < WORDS; i++) sum += fold(little(p + 8 * i, 8), odd[i]);
    state = next_state(state, sum);
  }
  return state;
}

/* The sum of what is less than a block. */
static uint64_t hash_rest(const char *p, uint32_t n)
{
  uint64_t sum = 0;
  uint32_t i = 0;
  for (; n >= 8; n -= 8, p += 8) sum += fold(little(p, 8), odd[i++]);
  return n ? sum + fold(few(p, n), odd[i]) : sum;
}

/* ---- the table ---- */

/* A symbol that is wanted: a pair if it is short, else two pieces. */
typedef struct wanted {
  uint32_t length, hash;
  pair bytes;
  const char *first, *second;
  uint32_t nfirst, nsecond;
} wanted;

static inline __attribute__((always_inline)) bool is_wanted(const vmi_symbol *s, const wanted *w)
{
  if (s->hash != w->hash || s->length != w->length) return false;
  if (w->length <= SHORT) return w->length == 0 || pair_in(s) == w->bytes;
  return memcmp(s->bytes, w->first, w->nfirst) == 0 &&
         (w->nsecond == 0 || memcmp(s->bytes + w->nfirst, w->second, w->nsecond) == 0);
}

static uint64_t tag_of(uint32_t hash) { return hash >> (VMI_PLACE_ADDRESS_BITS - 32); }

static vmi_symbol_place place_of(vmi_symbol *s)
{
  return vmi_word_of(s) | tag_of(s->hash) << VMI_PLACE_ADDRESS_BITS;
}

/* The symbol, or NULL and where it is to go. */
static inline __attribute__((always_inline)) vmi_symbol *find(const vmi_dynamic *d, const wanted *w,
                                                              uint32_t *at)
{
  uint32_t mask = d->symbols_room - 1, gone = UINT32_MAX;
  for (uint32_t i = w->hash & mask;; i = (i + 1) & mask) {
    vmi_symbol_place place = d->symbols[i];
    if (place > VMI_PLACE_GONE) {
      if (place >> VMI_PLACE_ADDRESS_BITS != tag_of(w->hash)) continue;
      vmi_symbol *s = vmi_place_symbol(place);
      if (is_wanted(s, w)) return s;
    } else if (place == VMI_PLACE_FREE) {
      *at = gone != UINT32_MAX ? gone : i;
      return NULL;
    } else if (gone == UINT32_MAX) {
      gone = i;
    }
  }
}

static void enter(vmi_symbol_place *table, uint32_t room, vmi_symbol *s)
{
  uint32_t at = s->hash & (room - 1);
  while (table[at]) at = (at + 1) & (room - 1);
  table[at] = place_of(s);
}

/* A table of twice what lives. */
static __attribute__((noinline)) bool grow(vm_isolate *iso)
{
  vmi_dynamic *d = iso->dynamic;
  uint32_t live = 0, room = 64;
  for (uint32_t i = 0; i < d->symbols_room; i++) live += d->symbols[i] > VMI_PLACE_GONE;
  if (live >= 1u << 29) return false;
  while (room < 3 * live) room *= 2;
  vmi_symbol_place *table = vmi_new_zero(&iso->alloc, room, sizeof *table);
  if (!table) return false;
  for (uint32_t i = 0; i < d->symbols_room; i++)
    if (d->symbols[i] > VMI_PLACE_GONE) enter(table, room, vmi_place_symbol(d->symbols[i]));
  vmi_free(&iso->alloc, d->symbols, d->symbols_room * sizeof *table);
  d->symbols = table;
  d->symbols_room = room;
  d->nsymbols = live;
  return true;
}

/* Room for one more. */
static inline bool reserve(vm_isolate *iso)
{
  const vmi_dynamic *d = iso->dynamic;
  if (VMI_LIKELY(4 * ((uint64_t)d->nsymbols + 1) <= 3 * (uint64_t)d->symbols_room)) return true;
  return grow(iso);
}

static void fill(vmi_symbol *s, const wanted *w)
{
  uint8_t *bytes = (uint8_t *)s->bytes;
  if (w->length == 0) return;
  if (w->length <= SHORT) {
    vmi_put64(bytes, (uint64_t)w->bytes);
    vmi_put64(bytes + 8, (uint64_t)(w->bytes >> 64));
    return;
  }
  /* Of large objects the heap zeroes no more than the bytes. */
  vmi_put64(bytes + (w->length - 1) / 8 * 8, 0);
  memcpy(bytes, w->first, w->nfirst);
  if (w->nsecond) memcpy(bytes + w->nfirst, w->second, w->nsecond);
}

static __attribute__((noinline)) vmi_symbol *make(vm_isolate *iso, const wanted *w, uint32_t at)
{
  vmi_dynamic *d = iso->dynamic;
  vmi_symbol *s = (vmi_symbol *)vmi_gc_alloc_array(iso->thread.heap, VMI_TYPE_SYMBOL, w->length);
  if (!s) return NULL;
  s->hash = w->hash;
  fill(s, w);
  /* A collection takes symbols out and puts none in: the place is as good as it was. */
  if (d->symbols[at] == VMI_PLACE_FREE) d->nsymbols++;
  d->symbols[at] = place_of(s);
  return s;
}

/* What is wanted stays in registers, if this is inlined, until it has to be made. */
static inline __attribute__((always_inline)) vmi_symbol *find_or_make(vm_isolate *iso, wanted w)
{
  uint32_t at;
  if (!reserve(iso)) return NULL;
  vmi_symbol *s = find(iso->dynamic, &w, &at);
  if (VMI_LIKELY(s != NULL)) return s;
  wanted copy = w;
  return make(iso, &copy, at);
}

static vmi_symbol *short_symbol(vm_isolate *iso, pair bytes, uint32_t length)
{
  uint32_t hash = hash_pair(bytes, length);
  return find_or_make(iso, (wanted){.length = length, .hash = hash, .bytes = bytes});
}

vmi_symbol *vmi_rt_symbol(vm_isolate *iso, const char *bytes, uint32_t length)
{
  if (length <= SHORT) return short_symbol(iso, pair_of(bytes, length), length);
  if (length > VMI_MAX_SYMBOL) return NULL;
  uint32_t rest = length % BLOCK;
  uint64_t state = hash_blocks(START, bytes, length), sum = hash_rest(bytes + length - rest, rest);
  uint32_t hash = finish(state, sum, length);
  return find_or_make(iso, (wanted){.length = length, .hash = hash, .first = bytes, .nfirst = length});
}

/* ---- joined ---- */

/* From this length on the state is kept: what is appended to again and again, piece by piece, is not hashed
 * from its beginning each time. */
enum { LONG = 2 * BLOCK };

static vmi_prefix *prefix_of(vm_isolate *iso, const vmi_symbol *s)
{
  return &iso->dynamic->prefixes[s->hash % VMI_PREFIXES];
}

/* The state behind the whole blocks. */
static uint64_t state_of(vm_isolate *iso, const vmi_symbol *s)
{
  if (s->length < LONG) return hash_blocks(START, s->bytes, s->length);
  vmi_prefix *known = prefix_of(iso, s);
  if (known->symbol != s) *known = (vmi_prefix){s, hash_blocks(START, s->bytes, s->length)};
  return known->state;
}

/* The first block in which there is something of b, from the state before it: where a ends in the middle of
 * a word, those of b are put together from two each. Returns the sum. */
static uint64_t hash_seam(const vmi_symbol *a, const vmi_symbol *b)
{
  uint32_t rest = a->length % BLOCK, i = rest / 8, bits = rest % 8 * 8;
  const char *p = a->bytes + a->length - rest, *q = b->bytes;
  uint64_t sum = 0, carry = bits ? little(p + 8 * i, 8) : 0;
  for (uint32_t k = 0; k < i; k++) sum += fold(little(p + 8 * k, 8), odd[k]);
  for (uint32_t n = 0; n < b->length && i < WORDS; n += 8, i++) {
    uint64_t word = little(q + n, 8);
    sum += fold(carry | word << bits, odd[i]);
    carry = bits ? word >> (64 - bits) : 0;
  }
  return i < WORDS ? sum + fold(carry, odd[i]) : sum;
}

/* Not inlined, so that short ones need not save what this does. */
static __attribute__((noinline)) vmi_symbol *long_join(vm_isolate *iso, const vmi_symbol *a,
                                                       const vmi_symbol *b, uint32_t length)
{
  uint32_t in_seam = BLOCK - a->length % BLOCK;
  uint64_t state = state_of(iso, a), sum = hash_seam(a, b);
  if (b->length >= in_seam) {
    uint32_t left = b->length - in_seam, rest = left % BLOCK;
    state = hash_blocks(next_state(state, sum), b->bytes + in_seam, left);
    sum = hash_rest(b->bytes + b->length - rest, rest);
  }
  wanted w = {.length = length, .hash = finish(state, sum, length), .first = a->bytes,
              .nfirst = a->length, .second = b->bytes, .nsecond = b->length};
  vmi_symbol *s = find_or_make(iso, w);
  if (s && length >= LONG) *prefix_of(iso, s) = (vmi_prefix){s, state};
  return s;
}

vmi_symbol *vmi_rt_symbol_join(vm_isolate *iso, vmi_symbol *a, vmi_symbol *b)
{
  uint32_t length = a->length + b->length; /* of two of at most VMI_MAX_SYMBOL */
  if (a->length == 0) return b;
  if (b->length == 0) return a;
  if (length <= SHORT) return short_symbol(iso, pair_in(a) | pair_in(b) << 8 * a->length, length);
  if (length > VMI_MAX_SYMBOL) return NULL;
  return long_join(iso, a, b, length);
}
