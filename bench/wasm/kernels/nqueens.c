/* nqueens.c - ways to place n queens on an n by n board that do not attack each other: recursion, bits.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

/* Columns and diagonals that are attacked in this row, as sets of bits. */
static uint32_t place(uint32_t all, uint32_t columns, uint32_t left, uint32_t right)
{
  uint32_t count = 0;
  if (columns == all) return 1;
  for (uint32_t open = all & ~(columns | left | right); open; open &= open - 1) {
    uint32_t queen = open & -open;
    count += place(all, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
  return count;
}

uint32_t run(uint32_t n)
{
  return place((1u << n) - 1, 0, 0, 0);
}
