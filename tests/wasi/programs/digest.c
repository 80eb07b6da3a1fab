/* digest.c - SHA-256 (FIPS 180-4) and MD5 (RFC 1321) of files, printed as sha256sum and md5sum do.
 *
 * SPDX-License-Identifier: MIT
 *
 * digest sha256|md5 [FILE...]      without files, or for "-": standard input
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct digest {
  const struct algorithm *how;
  uint32_t state[8];
  uint64_t size;       /* bytes so far */
  uint8_t block[64];
} digest;

typedef struct algorithm {
  const char *name;
  int words;           /* of the result */
  int big_endian;
  uint32_t start[8];
  void (*transform)(uint32_t *state, const uint8_t *block);
} algorithm;

static uint32_t rotr(uint32_t x, int n) { return x >> n | x << (32 - n); }
static uint32_t rotl(uint32_t x, int n) { return x << n | x >> (32 - n); }

/* ---- SHA-256 ---- */

static const uint32_t sha_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t get_be(const uint8_t *p)
{
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void sha256_transform(uint32_t *state, const uint8_t *block)
{
  uint32_t w[64], s[8];
  for (int i = 0; i < 16; i++) w[i] = get_be(block + 4 * i);
  for (int i = 16; i < 64; i++) {
    uint32_t a = rotr(w[i - 15], 7) ^ rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t b = rotr(w[i - 2], 17) ^ rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  memcpy(s, state, sizeof s);
  for (int i = 0; i < 64; i++) {
    uint32_t e = rotr(s[4], 6) ^ rotr(s[4], 11) ^ rotr(s[4], 25);
    uint32_t t1 = s[7] + e + ((s[4] & s[5]) ^ (~s[4] & s[6])) + sha_k[i] + w[i];
    uint32_t a = rotr(s[0], 2) ^ rotr(s[0], 13) ^ rotr(s[0], 22);
    uint32_t t2 = a + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

/* ---- MD5 ---- */

/* floor(2^32 * abs(sin(i + 1))) */
static const uint32_t md5_k[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

static void md5_transform(uint32_t *state, const uint8_t *block)
{
  static const uint8_t shifts[4][4] = {
      {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  uint32_t m[16], a = state[0], b = state[1], c = state[2], d = state[3];
  for (int i = 0; i < 16; i++)
    m[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
           (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
  for (int i = 0; i < 64; i++) {
    uint32_t f;
    int g;
    switch (i / 16) {
    case 0: f = (b & c) | (~b & d), g = i; break;
    case 1: f = (d & b) | (~d & c), g = (5 * i + 1) % 16; break;
    case 2: f = b ^ c ^ d, g = (3 * i + 5) % 16; break;
    default: f = c ^ (b | ~d), g = 7 * i % 16; break;
    }
    f += a + md5_k[i] + m[g];
    a = d;
    d = c;
    c = b;
    b += rotl(f, shifts[i / 16][i % 4]);
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

/* ---- both ---- */

static const algorithm algorithms[] = {
    {"sha256",
     8,
     1,
     {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
      0x5be0cd19},
     sha256_transform},
    {"md5", 4, 0, {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}, md5_transform},
};

static void begin(digest *d, const algorithm *how)
{
  d->how = how;
  d->size = 0;
  memcpy(d->state, how->start, sizeof d->state);
}

static void update(digest *d, const void *bytes, size_t n)
{
  const uint8_t *p = bytes;
  size_t have = d->size % 64;
  d->size += n;
  while (n) {
    size_t part = n < 64 - have ? n : 64 - have;
    memcpy(d->block + have, p, part);
    have += part, p += part, n -= part;
    if (have < 64) break;
    d->how->transform(d->state, d->block);
    have = 0;
  }
}

static void put_word(uint8_t *out, uint32_t word, int big_endian)
{
  for (int i = 0; i < 4; i++) out[big_endian ? 3 - i : i] = (uint8_t)(word >> 8 * i);
}

static void finish(digest *d, uint8_t *out)
{
  static const uint8_t padding[64] = {0x80};
  uint64_t bits = d->size * 8;
  uint8_t length[8];
  int big = d->how->big_endian;
  put_word(length + (big ? 4 : 0), (uint32_t)bits, big);
  put_word(length + (big ? 0 : 4), (uint32_t)(bits >> 32), big);
  update(d, padding, 1 + (119 - d->size % 64) % 64);
  update(d, length, sizeof length);
  for (int i = 0; i < d->how->words; i++) put_word(out + 4 * i, d->state[i], big);
}

static int print_file(const algorithm *how, const char *path)
{
  digest d;
  uint8_t result[32];
  static uint8_t buffer[16384];
  FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  if (!f) {
    fprintf(stderr, "digest: %s: %s\n", path, strerror(errno));
    return 1;
  }
  begin(&d, how);
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) > 0;) update(&d, buffer, n);
  int failed = ferror(f);
  if (f != stdin) fclose(f);
  if (failed) return 1;
  finish(&d, result);
  for (int i = 0; i < 4 * how->words; i++) printf("%02x", result[i]);
  printf("  %s\n", path);
  return 0;
}

int main(int argc, char **argv)
{
  const algorithm *how = NULL;
  for (size_t i = 0; argc > 1 && i < sizeof algorithms / sizeof *algorithms; i++)
    if (strcmp(argv[1], algorithms[i].name) == 0) how = &algorithms[i];
  if (!how) {
    fputs("usage: digest sha256|md5 [FILE...]\n", stderr);
    return 2;
  }
  int rc = 0;
  for (int i = 2; i < argc; i++) rc |= print_file(how, argv[i]);
  if (argc == 2) rc = print_file(how, "-");
  return rc;
}
