/* fib.c - the algorithm of bench/programs/fib.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

static int fib(int n)
{
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}

int main(int argc, char **argv)
{
  printf("%d", fib(argc > 1 ? atoi(argv[1]) : 27));
  putchar('\n');
  return 0;
}
