/* life.c - Conway's game of life on a 256 by 256 board of bytes, n generations: nine loads a cell.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { SIDE = 256, STRIDE = SIDE + 2 }; /* with a border of dead cells */

static uint8_t boards[2][STRIDE * STRIDE];

static void generation(const uint8_t *from, uint8_t *to)
{
  for (int y = 1; y <= SIDE; y++) {
    for (int x = 1; x <= SIDE; x++) {
      const uint8_t *c = &from[y * STRIDE + x];
      int around = c[-STRIDE - 1] + c[-STRIDE] + c[-STRIDE + 1] + c[-1] + c[1] + c[STRIDE - 1] +
                   c[STRIDE] + c[STRIDE + 1];
      to[y * STRIDE + x] = around == 3 || (around == 2 && *c);
    }
  }
}

uint32_t run(uint32_t n)
{
  uint32_t seed = 4, sum = 1;
  for (int y = 1; y <= SIDE; y++)
    for (int x = 1; x <= SIDE; x++) boards[0][y * STRIDE + x] = kernel_random(&seed) % 3 == 0;
  for (uint32_t round = 0; round < n; round++) generation(boards[round & 1], boards[~round & 1]);
  for (int i = 0; i < STRIDE * STRIDE; i++) sum = kernel_mix(sum, boards[n & 1][i]);
  return sum;
}
