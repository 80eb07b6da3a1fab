/* tak.c - the algorithm of bench/programs/tak.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

static int tak(int x, int y, int z)
{
  if (y >= x) return z;
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 18;
  printf("%d", tak(n, n * 2 / 3, n / 3));
  putchar('\n');
  return 0;
}
