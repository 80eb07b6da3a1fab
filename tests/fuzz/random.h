/* random.h - a seeded generator (SplitMix64), the same numbers on every host.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_RANDOM_H
#define FUZZ_RANDOM_H

#include <stdint.h>

typedef struct fuzz_random {
  uint64_t state;
} fuzz_random;

static inline uint64_t fuzz_next(fuzz_random *r)
{
  uint64_t z = r->state += 0x9E3779B97F4A7C15ull;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ z >> 27) * 0x94D049BB133111EBull;
  return z ^ z >> 31;
}

/* Below n; n is not 0. */
static inline uint32_t fuzz_below(fuzz_random *r, uint32_t n)
{
  return (uint32_t)((fuzz_next(r) >> 32) * n >> 32);
}

/* True one time in n. */
static inline int fuzz_one_in(fuzz_random *r, uint32_t n) { return fuzz_below(r, n) == 0; }

#endif
