/* sieve.c - the algorithm of bench/programs/sieve.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 1000000 };

static int count_primes(unsigned char *composite)
{
  int n = SIZE;
  int count = 0;
  for (int i = 0; i < n; i++) composite[i] = 0;
  for (int k = 2; k < n; k++) {
    if (composite[k] == 0) {
      count++;
      for (int m = k + k; m < n; m += k) composite[m] = 1;
    }
  }
  return count;
}

int main(int argc, char **argv)
{
  int rounds = argc > 1 ? atoi(argv[1]) : 3;
  unsigned char *composite = calloc((size_t)SIZE, sizeof(unsigned char));
  int count = 0;
  for (int i = 0; i < rounds; i++) count += count_primes(composite);
  printf("%d", count);
  putchar('\n');
  return 0;
}
