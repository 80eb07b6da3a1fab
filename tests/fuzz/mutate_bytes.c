/* mutate_bytes.c - mutation of bytes that knows nothing about what they mean.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "mutate.h"

static const uint8_t special[] = {0, 1, 0x3F, 0x40, 0x63, 0x64, 0x7F, 0x80, 0xF0, 0xFF};

static void change_byte(fuzz_random *r, uint8_t *p)
{
  switch (fuzz_below(r, 4)) {
  case 0: *p ^= (uint8_t)(1 << fuzz_below(r, 8)); return;
  case 1: *p = special[fuzz_below(r, sizeof special)]; return;
  case 2: *p = (uint8_t)(*p + fuzz_below(r, 3) - 1); return;
  default: *p = (uint8_t)fuzz_next(r);
  }
}

size_t mutate_some(fuzz_random *r, uint8_t *p, size_t size, size_t room, const mutate_input *other)
{
  if (size == 0) return 0;
  uint32_t at = fuzz_below(r, (uint32_t)size), n = 1 + fuzz_below(r, 8);
  switch (fuzz_below(r, 8)) {
  case 0: /* cut off */
    return fuzz_one_in(r, 4) ? at : size;
  case 1: /* delete */
    if (at + n > size) return size;
    memmove(p + at, p + at + n, size - at - n);
    return size - n;
  case 2: /* insert */
    if (size + n > room) return size;
    memmove(p + at + n, p + at, size - at);
    for (uint32_t i = 0; i < n; i++) p[at + i] = (uint8_t)fuzz_next(r);
    return size + n;
  case 3: /* splice */
    n = fuzz_below(r, 64);
    if (at + n > size || at + n > other->size) return size;
    memcpy(p + at, other->bytes + at, n);
    return size;
  default:
    for (; n > 0; n -= n > 3 ? 3 : n) change_byte(r, p + fuzz_below(r, (uint32_t)size));
    return size;
  }
}
