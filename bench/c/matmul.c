/* matmul.c - the algorithm of bench/programs/matmul.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

static double *make(int n, double step)
{
  double *m = calloc((size_t)(n * n), sizeof(double));
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) m[i * n + j] = step * (double)(i - j) * (double)(i + j);
  }
  return m;
}

static void multiply(int n, double *a, double *b, double *c)
{
  for (int i = 0; i < n; i++) {
    int row = i * n;
    for (int k = 0; k < n; k++) {
      double x = a[row + k];
      int from = k * n;
      for (int j = 0; j < n; j++) c[row + j] += x * b[from + j];
    }
  }
}

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 100;
  double step = 1.0 / (double)n / (double)n;
  double *a = make(n, step);
  double *b = make(n, step * 0.5);
  double *c = calloc((size_t)(n * n), sizeof(double));
  multiply(n, a, b, c);
  double trace = 0.0;
  for (int i = 0; i < n; i++) trace += c[i * n + i];
  printf("%.9f", trace);
  putchar('\n');
  printf("%.9f", c[n / 2 * n + n / 3]);
  putchar('\n');
  return 0;
}
