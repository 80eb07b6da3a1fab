/* mandelbrot.c - n lines of 512 points of the Mandelbrot set: a short loop of double arithmetic alone.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { WIDTH = 512, ITERATIONS = 100 };

static int escape(double cr, double ci)
{
  double zr = 0, zi = 0;
  int i = 0;
  for (; i < ITERATIONS; i++) {
    double rr = zr * zr, ii = zi * zi;
    if (rr + ii > 4.0) break;
    zi = 2 * zr * zi + ci;
    zr = rr - ii + cr;
  }
  return i;
}

uint32_t run(uint32_t n)
{
  uint32_t sum = 1;
  for (uint32_t y = 0; y < n; y++) {
    double ci = 2.0 * (double)(y * 37 % WIDTH) / WIDTH - 1.0; /* any n meets dark and light lines */
    uint32_t line = 0;
    for (int x = 0; x < WIDTH; x++) line += (uint32_t)escape(3.0 * x / WIDTH - 2.0, ci);
    sum = kernel_mix(sum, line);
  }
  return sum;
}
