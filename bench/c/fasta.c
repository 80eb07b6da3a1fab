/* fasta.c - the algorithm of examples/fasta.vma in C, no checks.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int seed = 42;

static double random_below(double max)
{
  seed = (seed * 3877 + 29573) % 139968;
  return max * (double)seed / 139968.0;
}

static void repeat_fasta(const char *sequence, int n)
{
  int length = (int)strlen(sequence), at = 0;
  char line[61];
  while (n > 0) {
    int m = n < 60 ? n : 60;
    for (int i = 0; i < m; i++) {
      line[i] = sequence[at];
      at++;
      if (at == length) at = 0;
    }
    line[m] = '\n';
    fwrite(line, 1, (size_t)m + 1, stdout);
    n -= m;
  }
}

static void make_cumulative(double *p, int n)
{
  double sum = 0;
  for (int i = 0; i < n; i++) {
    sum += p[i];
    p[i] = sum;
  }
}

static void random_fasta(const char *symbols, const double *p, int n)
{
  char line[61];
  while (n > 0) {
    int m = n < 60 ? n : 60;
    for (int i = 0; i < m; i++) {
      double r = random_below(1.0);
      int k = 0;
      while (p[k] < r) k++;
      line[i] = symbols[k];
    }
    line[m] = '\n';
    fwrite(line, 1, (size_t)m + 1, stdout);
    n -= m;
  }
}

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 1000;
  double iub[15] = {0.27, 0.12, 0.12, 0.27}, sapiens[4] = {0.3029549426680, 0.1979883004921,
                                                          0.1975473066391, 0.3015094502008};
  for (int i = 4; i < 15; i++) iub[i] = 0.02;
  make_cumulative(iub, 15);
  make_cumulative(sapiens, 4);
  puts(">ONE Homo sapiens alu");
  repeat_fasta("GGCCGGGCGCGGTGGCTCACGCCTGTAATCCCAGCACTTTGGGAGGCCGAGGCGGGCGGATCACCTGAGGTCAGGAGTTCGAGACC"
               "AGCCTGGCCAACATGGTGAAACCCCGTCTCTACTAAAAATACAAAAATTAGCCGGGCGTGGTGGCGCGCGCCTGTAATCCCAGCTAC"
               "TCGGGAGGCTGAGGCAGGAGAATCGCTTGAACCCGGGAGGCGGAGGTTGCAGTGAGCCGAGATCGCGCCACTGCACTCCAGCCTGGG"
               "CGACAGAGCGAGACTCCGTCTCAAAAA",
               n * 2);
  puts(">TWO IUB ambiguity codes");
  random_fasta("acgtBDHKMNRSVWY", iub, n * 3);
  puts(">THREE Homo sapiens frequency");
  random_fasta("acgt", sapiens, n * 5);
  return 0;
}
