/* loop.c - the algorithm of bench/programs/loop.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 10;
  int x = 42;
  int count = 0;
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < 10000; j++) {
      x = (x * 3877 + 29573) % 139968;
      if ((x & 15) == 3) count = (count + x) & 65535;
    }
  }
  printf("%d\n", count);
  return 0;
}
