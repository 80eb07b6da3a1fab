/* aes.c - AES-128 (FIPS 197) in counter mode over n times 16 KB, with CRC-32: table lookups.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { SIZE = 1 << 14, ROUNDS = 10 };

static uint8_t data[SIZE], box[256];
static uint32_t tables[4][256], crc_table[256], keys[4 * (ROUNDS + 1)];

static uint8_t twice(uint8_t x)
{
  return (uint8_t)(x << 1 ^ (x >> 7) * 0x1b);
}

static uint32_t rotate(uint32_t x, int by)
{
  return by ? x >> by | x << (32 - by) : x;
}

/* p runs through the field's nonzero elements as powers of 3, q through their inverses. */
static void make_box(void)
{
  uint8_t p = 1, q = 1;
  do {
    p = (uint8_t)(p ^ twice(p));
    q = (uint8_t)(q ^ q << 1);
    q = (uint8_t)(q ^ q << 2);
    q = (uint8_t)(q ^ q << 4);
    if (q & 0x80) q ^= 0x09;
    uint32_t five = q | (uint32_t)q << 8;
    box[p] = (uint8_t)(q ^ five >> 7 ^ five >> 6 ^ five >> 5 ^ five >> 4 ^ 0x63);
  } while (p != 1);
  box[0] = 0x63;
}

static void make_tables(void)
{
  make_box();
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t s = box[i], s2 = twice(box[i]), c = i;
    uint32_t column = s2 << 24 | s << 16 | s << 8 | (s2 ^ s);
    for (int t = 0; t < 4; t++) tables[t][i] = rotate(column, 8 * t);
    for (int bit = 0; bit < 8; bit++) c = c >> 1 ^ (c & 1) * 0xedb88320u;
    crc_table[i] = c;
  }
}

static uint32_t boxed(uint32_t x)
{
  return (uint32_t)box[x >> 24] << 24 | (uint32_t)box[x >> 16 & 255] << 16 |
         (uint32_t)box[x >> 8 & 255] << 8 | box[x & 255];
}

static void expand_key(const uint32_t key[4])
{
  uint32_t constant = 1;
  for (int i = 0; i < 4; i++) keys[i] = key[i];
  for (int i = 4; i < 4 * (ROUNDS + 1); i++) {
    uint32_t x = keys[i - 1];
    if (i % 4 == 0) {
      x = boxed(rotate(x, 24)) ^ constant << 24;
      constant = twice((uint8_t)constant);
    }
    keys[i] = keys[i - 4] ^ x;
  }
}

static uint32_t column(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t key)
{
  return tables[0][a >> 24] ^ tables[1][b >> 16 & 255] ^ tables[2][c >> 8 & 255] ^ tables[3][d & 255] ^
         key;
}

static uint32_t last_column(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t key)
{
  return boxed((a & 0xff000000) | (b & 0xff0000) | (c & 0xff00) | (d & 0xff)) ^ key;
}

static void encrypt(uint32_t block[4])
{
  const uint32_t *k = keys;
  uint32_t a = block[0] ^ k[0], b = block[1] ^ k[1], c = block[2] ^ k[2], d = block[3] ^ k[3];
  for (int round = 1; round < ROUNDS; round++) {
    k += 4;
    uint32_t e = column(a, b, c, d, k[0]), f = column(b, c, d, a, k[1]);
    uint32_t g = column(c, d, a, b, k[2]), h = column(d, a, b, c, k[3]);
    a = e, b = f, c = g, d = h;
  }
  k += 4;
  block[0] = last_column(a, b, c, d, k[0]);
  block[1] = last_column(b, c, d, a, k[1]);
  block[2] = last_column(c, d, a, b, k[2]);
  block[3] = last_column(d, a, b, c, k[3]);
}

static void encrypt_data(uint32_t nonce)
{
  for (uint32_t at = 0; at < SIZE; at += 16) {
    uint32_t block[4] = {nonce, 0, 0, at / 16};
    encrypt(block);
    for (int i = 0; i < 16; i++) data[at + i] ^= (uint8_t)(block[i / 4] >> (24 - 8 * (i % 4)));
  }
}

static uint32_t crc(void)
{
  uint32_t c = 0xffffffff;
  for (int i = 0; i < SIZE; i++) c = crc_table[(c ^ data[i]) & 255] ^ c >> 8;
  return ~c;
}

uint32_t run(uint32_t n)
{
  static const uint32_t key[4] = {0x2b7e1516, 0x28aed2a6, 0xabf71588, 0x09cf4f3c};
  uint32_t sum = 1;
  make_tables();
  expand_key(key);
  for (int i = 0; i < SIZE; i++) data[i] = (uint8_t)i;
  for (uint32_t round = 0; round < n; round++) {
    encrypt_data(round);
    sum = kernel_mix(sum, crc());
  }
  return sum;
}
