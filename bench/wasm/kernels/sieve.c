/* sieve.c - the primes below a million by crossing out multiples: byte stores with a stride.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { LIMIT = 1000000 };

static uint8_t composite[LIMIT];

static uint32_t count_primes(uint32_t limit)
{
  uint32_t count = 0;
  for (uint32_t i = 0; i < limit; i++) composite[i] = 0;
  for (uint32_t i = 2; i < limit; i++) {
    if (composite[i]) continue;
    count++;
    for (uint32_t m = i + i; m < limit; m += i) composite[m] = 1;
  }
  return count;
}

uint32_t run(uint32_t n)
{
  uint32_t sum = 1;
  for (uint32_t round = 0; round < n; round++) sum = kernel_mix(sum, count_primes(LIMIT - round % 100));
  return sum;
}
