/* fft.c - fast Fourier transform of 4096 complex numbers and back: strided double arithmetic.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { BITS = 12, POINTS = 1 << BITS };

typedef struct {
  double re, im;
} complex_number;

static complex_number data[POINTS], roots[POINTS / 2];

/* The POINTS-th roots of unity of the upper half plane, by halving angles: no library is needed. */
static void make_roots(void)
{
  double c = -1, s = 0; /* of half a turn, then of ever smaller angles */
  roots[0] = (complex_number){1, 0};
  for (int step = POINTS / 4; step >= 1; step /= 2) {
    double half = __builtin_sqrt((1 + c) / 2);
    s = step == POINTS / 4 ? 1 : s / (2 * half);
    c = half;
    for (int i = 0; i + step < POINTS / 2; i += 2 * step)
      roots[i + step] = (complex_number){roots[i].re * c - roots[i].im * s,
                                         roots[i].re * s + roots[i].im * c};
  }
}

static void reverse_bits(void)
{
  for (int i = 1, j = 0; i < POINTS; i++) {
    int bit = POINTS >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      complex_number swap = data[i];
      data[i] = data[j];
      data[j] = swap;
    }
  }
}

static void transform(double sign)
{
  reverse_bits();
  for (int length = 2; length <= POINTS; length *= 2) {
    int half = length / 2, stride = POINTS / length;
    for (int start = 0; start < POINTS; start += length) {
      for (int k = 0; k < half; k++) {
        complex_number w = roots[k * stride], *p = &data[start + k], *q = p + half;
        double im = w.im * sign;
        double re = q->re * w.re - q->im * im, iq = q->re * im + q->im * w.re;
        q->re = p->re - re, q->im = p->im - iq;
        p->re += re, p->im += iq;
      }
    }
  }
}

uint32_t run(uint32_t n)
{
  uint32_t seed = 3, sum = 1;
  make_roots();
  for (int i = 0; i < POINTS; i++)
    data[i] = (complex_number){(double)(kernel_random(&seed) & 1023), (double)(i & 255)};
  for (uint32_t round = 0; round < n; round++) {
    transform(1);
    sum = kernel_mix(sum, (uint32_t)(int32_t)(data[round % POINTS].re * 16));
    transform(-1);
    for (int i = 0; i < POINTS; i++) data[i].re /= POINTS, data[i].im /= POINTS;
  }
  return kernel_mix(sum, (uint32_t)(int32_t)(data[POINTS - 1].re * 1000));
}
