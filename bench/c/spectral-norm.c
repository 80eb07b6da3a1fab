/* spectral-norm.c - the algorithm of examples/spectral-norm.vma in C, no checks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double element(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }

static void multiply_a_vector(int n, const double *v, double *av)
{
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int j = 0; j < n; j++) sum += element(i, j) * v[j];
    av[i] = sum;
  }
}

static void multiply_at_vector(int n, const double *v, double *atv)
{
  for (int i = 0; i < n; i++) {
    double sum = 0;
    for (int j = 0; j < n; j++) sum += element(j, i) * v[j];
    atv[i] = sum;
  }
}

static void multiply_at_a_vector(int n, const double *v, double *out, double *temporary)
{
  multiply_a_vector(n, v, temporary);
  multiply_at_vector(n, temporary, out);
}

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 100;
  double *u = malloc((size_t)n * sizeof *u), *v = malloc((size_t)n * sizeof *v);
  double *t = malloc((size_t)n * sizeof *t);
  for (int i = 0; i < n; i++) u[i] = 1;
  for (int k = 0; k < 10; k++) {
    multiply_at_a_vector(n, u, v, t);
    multiply_at_a_vector(n, v, u, t);
  }
  double vbv = 0, vv = 0;
  for (int i = 0; i < n; i++) {
    vbv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  printf("%.9f\n", sqrt(vbv / vv));
  free(u);
  free(v);
  free(t);
  return 0;
}
