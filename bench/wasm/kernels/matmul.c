/* matmul.c - product of two matrices of doubles: loads with computed addresses, multiply and add.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { SIDE = 200 };

static double a[SIDE][SIDE], b[SIDE][SIDE], c[SIDE][SIDE];

static void fill(double m[SIDE][SIDE], uint32_t seed)
{
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) m[i][j] = (double)(kernel_random(&seed) >> 12) / 1048576.0;
}

static void multiply(void)
{
  for (int i = 0; i < SIDE; i++) {
    for (int j = 0; j < SIDE; j++) {
      double sum = 0;
      for (int k = 0; k < SIDE; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
  }
}

uint32_t run(uint32_t n)
{
  uint32_t sum = 1;
  fill(a, 1);
  fill(b, 2);
  for (uint32_t round = 0; round < n; round++) {
    multiply();
    for (int i = 0; i < SIDE; i++) sum = kernel_mix(sum, (uint32_t)(c[i][SIDE - 1 - i] * 1000.0));
    a[round % SIDE][round % SIDE] = c[0][0] / 65536.0; /* the next product is another one */
  }
  return sum;
}
