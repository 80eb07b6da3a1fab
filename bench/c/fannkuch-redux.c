/* fannkuch-redux.c - the algorithm of examples/fannkuch-redux.vma in C, no checks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

static int maximum;

static int count_flips(int n, const int *perm1, int *perm)
{
  for (int i = 0; i < n; i++) perm[i] = perm1[i];
  int flips = 0, k = perm[0];
  while (k != 0) {
    int low = 0, high = k;
    while (low < high) {
      int t = perm[low];
      perm[low] = perm[high];
      perm[high] = t;
      low++;
      high--;
    }
    flips++;
    k = perm[0];
  }
  return flips;
}

static int fannkuch(int n)
{
  int *perm = calloc((size_t)n, sizeof *perm), *perm1 = calloc((size_t)n, sizeof *perm1);
  int *count = calloc((size_t)n, sizeof *count);
  int checksum = 0, best = 0, sign = 1, r = n;
  for (int i = 0; i < n; i++) perm1[i] = i;
  for (;;) {
    for (; r != 1; r--) count[r - 1] = r;
    int flips = count_flips(n, perm1, perm);
    if (flips > best) best = flips;
    checksum += sign * flips;
    sign = -sign;
    for (;;) {
      if (r == n) {
        maximum = best;
        free(perm);
        free(perm1);
        free(count);
        return checksum;
      }
      int first = perm1[0];
      for (int j = 0; j < r; j++) perm1[j] = perm1[j + 1];
      perm1[r] = first;
      count[r] = count[r] - 1;
      if (count[r] > 0) break;
      r++;
    }
  }
}

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 7, checksum = fannkuch(n);
  printf("%d\nPfannkuchen(%d) = %d\n", checksum, n, maximum);
  return 0;
}
