/* mandelbrot.c - the algorithm of examples/mandelbrot.vma in C, no checks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

static int inside(double cr, double ci)
{
  double zr = 0, zi = 0, tr = 0, ti = 0;
  for (int i = 0; i < 50; i++) {
    zi = 2.0 * zr * zi + ci;
    zr = tr - ti + cr;
    tr = zr * zr;
    ti = zi * zi;
    if (tr + ti > 4.0) return 0;
  }
  return 1;
}

static void plot_row(unsigned char *row, int n, int y)
{
  double ci = 2.0 * (double)y / (double)n - 1.0;
  int bits = 0, used = 0, at = 0;
  for (int x = 0; x < n; x++) {
    bits = bits << 1 | inside(2.0 * (double)x / (double)n - 1.5, ci);
    used++;
    if (used == 8) {
      row[at] = (unsigned char)bits;
      at++;
      bits = 0;
      used = 0;
    }
  }
  if (used > 0) row[at] = (unsigned char)(bits << (8 - used));
}

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 200;
  size_t bytes = (size_t)(n + 7) / 8;
  unsigned char *row = calloc(bytes, 1);
  printf("P4\n%d %d\n", n, n);
  for (int y = 0; y < n; y++) {
    plot_row(row, n, y);
    fwrite(row, 1, bytes, stdout);
  }
  free(row);
  return 0;
}
