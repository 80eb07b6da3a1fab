/* leb.c - LEB128 numbers and little-endian memory access.
 *
 * SPDX-License-Identifier: MIT
 *
 * Readers demand the shortest encoding: a number then has one spelling, and a module one
 * sequence of bytes, so that hashes and round trips mean something.
 */
#include "base.h"

#include <string.h>

static const char truncated[] = "truncated LEB128";
static const char too_long[] = "LEB128 does not fit its type";
static const char not_minimal[] = "LEB128 is not of minimal length";

const char *vmi_leb_u32(const uint8_t **p, const uint8_t *end, uint32_t *out)
{
  const uint8_t *q = *p;
  uint32_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (q == end) return truncated;
    uint8_t byte = *q++;
    if (shift == 28 && byte > 0x0F) return too_long;
    value |= (uint32_t)(byte & 0x7F) << shift;
    if (byte & 0x80) continue;
    if (byte == 0 && shift != 0) return not_minimal;
    *p = q;
    *out = value;
    return NULL;
  }
}

/* A signed number of `bits` bits. The byte that holds the topmost bits must repeat the sign in what
 * it has left, and may not be a mere repetition of the sign of the byte before. */
static const char *leb_signed(const uint8_t **p, const uint8_t *end, unsigned bits, int64_t *out)
{
  const uint8_t *q = *p;
  uint64_t value = 0;
  uint8_t before = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (q == end) return truncated;
    uint8_t byte = *q++;
    if (shift + 7 > bits) {
      unsigned rest = (byte & 0x7Fu) >> (bits - shift - 1), all = 0x7Fu >> (bits - shift - 1);
      if ((byte & 0x80) || (rest != 0 && rest != all)) return too_long;
    }
    value |= (uint64_t)(byte & 0x7F) << shift;
    if (byte & 0x80) {
      before = byte;
      continue;
    }
    if (shift != 0 && byte == ((before & 0x40) ? 0x7F : 0)) return not_minimal;
    if ((byte & 0x40) && shift + 7 < 64) value |= ~(uint64_t)0 << (shift + 7);
    *p = q;
    *out = (int64_t)value;
    return NULL;
  }
}

const char *vmi_leb_s32(const uint8_t **p, const uint8_t *end, int32_t *out)
{
  int64_t value;
  const char *error = leb_signed(p, end, 32, &value);
  if (error == NULL) *out = (int32_t)value;
  return error;
}

const char *vmi_leb_s64(const uint8_t **p, const uint8_t *end, int64_t *out)
{
  return leb_signed(p, end, 64, out);
}

uint32_t vmi_leb_put_u32(uint8_t *p, uint32_t v)
{
  uint32_t n = 0;
  for (; v >= 0x80; v >>= 7) p[n++] = (uint8_t)(v | 0x80);
  p[n++] = (uint8_t)v;
  return n;
}

uint32_t vmi_leb_put_s32(uint8_t *p, int32_t v)
{
  return vmi_leb_put_s64(p, v);
}

uint32_t vmi_leb_put_s64(uint8_t *p, int64_t v)
{
  uint32_t n = 0;
  for (; v < -64 || v > 63; v >>= 7) p[n++] = (uint8_t)((v & 0x7F) | 0x80);
  p[n++] = (uint8_t)(v & 0x7F);
  return n;
}

/* ---- little-endian access ---- */

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
static inline uint32_t swap32(uint32_t v) { return __builtin_bswap32(v); }
static inline uint64_t swap64(uint64_t v) { return __builtin_bswap64(v); }
#else
static inline uint32_t swap32(uint32_t v) { return v; }
static inline uint64_t swap64(uint64_t v) { return v; }
#endif

uint32_t vmi_get32(const uint8_t *p)
{
  uint32_t v;
  memcpy(&v, p, sizeof v);
  return swap32(v);
}

uint64_t vmi_get64(const uint8_t *p)
{
  uint64_t v;
  memcpy(&v, p, sizeof v);
  return swap64(v);
}

void vmi_put32(uint8_t *p, uint32_t v)
{
  v = swap32(v);
  memcpy(p, &v, sizeof v);
}

void vmi_put64(uint8_t *p, uint64_t v)
{
  v = swap64(v);
  memcpy(p, &v, sizeof v);
}
