/* lz.c - compresses text by references to what came before, and unpacks it: byte loads, hash chains.
 *
 * SPDX-License-Identifier: MIT
 *
 * The format: a control byte 0 to 127 is followed by that many bytes and one more as they are; 128 to 255
 * means 4 to 131 bytes from a distance that follows in two bytes, low one first.
 */
#include "kernel.h"

enum { TEXT = 1 << 18, HASHES = 1 << 13, FARTHEST = 65535, SHORTEST = 4, LONGEST = 131, TRIES = 8 };

static uint8_t text[TEXT], packed[TEXT + TEXT / 64], unpacked[TEXT];
static int32_t newest[HASHES], older[TEXT]; /* chains of positions with the same hash */

static uint32_t hash_at(const uint8_t *p)
{
  uint32_t word = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
  return word * 2654435761u >> 19;
}

static void remember(int at)
{
  uint32_t h = hash_at(text + at);
  older[at] = newest[h];
  newest[h] = at;
}

static int match_length(int a, int b)
{
  int most = TEXT - b < LONGEST ? TEXT - b : LONGEST, length = 0;
  while (length < most && text[a + length] == text[b + length]) length++;
  return length;
}

static int best_match(int at, int *distance)
{
  int best = 0, candidate = newest[hash_at(text + at)];
  for (int i = 0; i < TRIES && candidate >= 0 && at - candidate <= FARTHEST; i++) {
    int length = match_length(candidate, at);
    if (length > best) best = length, *distance = at - candidate;
    candidate = older[candidate];
  }
  return best;
}

static int put_literals(int out, int from, int to)
{
  while (from < to) {
    int count = to - from < 128 ? to - from : 128;
    packed[out++] = (uint8_t)(count - 1);
    for (int i = 0; i < count; i++) packed[out++] = text[from++];
  }
  return out;
}

static int pack(void)
{
  int out = 0, pending = 0, at = 0; /* text[pending] to text[at] is not written yet */
  for (int i = 0; i < HASHES; i++) newest[i] = -1;
  while (at + SHORTEST <= TEXT) {
    int distance = 0, length = best_match(at, &distance);
    if (length < SHORTEST) {
      remember(at++);
      continue;
    }
    out = put_literals(out, pending, at);
    packed[out++] = (uint8_t)(128 + length - SHORTEST);
    packed[out++] = (uint8_t)distance;
    packed[out++] = (uint8_t)(distance >> 8);
    for (; length > 0; length--, at++)
      if (at + SHORTEST <= TEXT) remember(at);
    pending = at;
  }
  return put_literals(out, pending, TEXT);
}

static int unpack(int size)
{
  int out = 0;
  for (int in = 0; in < size;) {
    int control = packed[in++];
    if (control < 128) {
      for (int i = 0; i <= control; i++) unpacked[out++] = packed[in++];
    } else {
      int from = out - (packed[in] | packed[in + 1] << 8), length = control - 128 + SHORTEST;
      in += 2;
      while (length-- > 0) unpacked[out++] = unpacked[from++];
    }
  }
  return out;
}

/* Words of a small vocabulary, some of them misspelt. */
static void write_text(uint32_t seed)
{
  for (int at = 0; at < TEXT;) {
    uint32_t word = kernel_random(&seed) % 300, letters = 2 + word % 8, typo = kernel_random(&seed) % 64;
    for (uint32_t i = 0; i < letters && at < TEXT; i++, word = word * 61 + 17)
      text[at++] = (uint8_t)('a' + (word >> 3) % 26 + (i == typo));
    if (at < TEXT) text[at++] = ' ';
  }
}

uint32_t run(uint32_t n)
{
  uint32_t sum = 1;
  for (uint32_t round = 0; round < n; round++) {
    write_text(round + 8);
    int size = pack(), same = unpack(size) == TEXT;
    for (int i = 0; i < TEXT; i++) same &= text[i] == unpacked[i];
    sum = kernel_mix(kernel_mix(sum, (uint32_t)size), (uint32_t)same);
    for (int i = 0; i < size; i += 97) sum = kernel_mix(sum, packed[i]);
  }
  return sum;
}
