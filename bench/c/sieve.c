/* sieve.c - the algorithm of bench/programs/sieve.vma in C. The guest's array knows its length at run
 * time only; so does this program.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

static int count_primes(unsigned char *composite, int n)
{
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
  int n = argc > 2 ? atoi(argv[2]) : 1000000;
  unsigned char *composite = calloc((size_t)n, sizeof(unsigned char));
  int count = 0;
  for (int i = 0; i < rounds; i++) count += count_primes(composite, n);
  printf("%d", count);
  putchar('\n');
  return 0;
}
