/* sha256.c - SHA-256 (FIPS 180-4) of n times 64 KB: rotations and sums of 32-bit words.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { SIZE = 1 << 16, BLOCK = 64 };

static uint8_t message[SIZE];
static uint32_t constants[64], state[8];

/* The first 32 bits of the fractional part of a square root or cube root of a small prime, by bisection
 * in integers: the largest r with r*r (or r*r*r) at most prime shifted up. */
static uint32_t root_fraction(uint32_t prime, int cube)
{
  uint64_t low = 0, high = (uint64_t)20 << 32; /* 32.32 fixed point; no prime here has a larger root */
  while (high - low > 1) {
    uint64_t middle = low + (high - low) / 2;
    unsigned __int128 square = (unsigned __int128)middle * middle;
    int above = cube ? square * middle >> 96 >= prime : square >> 64 >= prime;
    if (above) high = middle;
    else low = middle;
  }
  return (uint32_t)low;
}

static void make_constants(void)
{
  int found = 0;
  for (uint32_t p = 2; found < 64; p++) {
    uint32_t d = 2;
    while (d * d <= p && p % d != 0) d++;
    if (d * d <= p) continue;
    if (found < 8) state[found] = root_fraction(p, 0);
    constants[found++] = root_fraction(p, 1);
  }
}

static uint32_t rotate(uint32_t x, int by)
{
  return x >> by | x << (32 - by);
}

static void hash_block(const uint8_t *p)
{
  uint32_t w[64], a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  for (int i = 0; i < 16; i++, p += 4)
    w[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
  for (int i = 16; i < 64; i++) {
    uint32_t x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) +
           (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
  }
  for (int i = 0; i < 64; i++) {
    uint32_t t = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) +
                 constants[i] + w[i];
    uint32_t u = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t, d = c, c = b, b = a, a = t + u;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

/* The last block: one bit, zeros, the length in bits. The message ends at a block's end. */
static void hash_end(uint64_t bits)
{
  uint8_t last[BLOCK] = {0x80};
  for (int i = 0; i < 8; i++) last[BLOCK - 1 - i] = (uint8_t)(bits >> 8 * i);
  hash_block(last);
}

uint32_t run(uint32_t n)
{
  uint32_t seed = 9, sum = 1;
  make_constants();
  for (int i = 0; i < SIZE; i++) message[i] = (uint8_t)(kernel_random(&seed) >> 9);
  for (uint32_t round = 0; round < n; round++)
    for (int at = 0; at < SIZE; at += BLOCK) hash_block(message + at);
  hash_end((uint64_t)n * SIZE * 8);
  for (int i = 0; i < 8; i++) sum = kernel_mix(sum, state[i]);
  return sum;
}
