// Fasta.java - the algorithm of examples/fasta.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Fasta {
  static int seed = 42;

  static double random(double max) {
    seed = (seed * 3877 + 29573) % 139968;
    return max * (double) seed / 139968.0;
  }

  static void repeat_fasta(byte[] sequence, int n) {
    int length = sequence.length;
    byte[] line = new byte[61];
    int at = 0;
    while (n > 0) {
      int m = n;
      if (m > 60) m = 60;
      for (int i = 0; i < m; i++) {
        line[i] = sequence[at];
        at++;
        if (at == length) at = 0;
      }
      line[m] = (byte) '\n';
      Guest.write(line, 0, m + 1);
      n -= m;
    }
  }

  static void make_cumulative(double[] p) {
    double sum = 0.0;
    for (int i = 0; i < p.length; i++) {
      sum += p[i];
      p[i] = sum;
    }
  }

  static void random_fasta(byte[] symbols, double[] p, int n) {
    byte[] line = new byte[61];
    while (n > 0) {
      int m = n;
      if (m > 60) m = 60;
      for (int i = 0; i < m; i++) {
        double r = random(1.0);
        int k = 0;
        while (p[k] < r) k++;
        line[i] = symbols[k];
      }
      line[m] = (byte) '\n';
      Guest.write(line, 0, m + 1);
      n -= m;
    }
  }

  static double[] iub_probabilities() {
    double[] p = new double[15];
    p[0] = 0.27;
    p[1] = 0.12;
    p[2] = 0.12;
    p[3] = 0.27;
    for (int i = 4; i < 15; i++) p[i] = 0.02;
    return p;
  }

  static double[] sapiens_probabilities() {
    double[] p = new double[4];
    p[0] = 0.3029549426680;
    p[1] = 0.1979883004921;
    p[2] = 0.1975473066391;
    p[3] = 0.3015094502008;
    return p;
  }

  public static void main(String[] args) {
    Guest.args = args;
    int n = Guest.arg_i32(0, 1000);
    double[] iub = iub_probabilities();
    double[] sapiens = sapiens_probabilities();
    make_cumulative(iub);
    make_cumulative(sapiens);
    Guest.print(">ONE Homo sapiens alu\n");
    repeat_fasta(Guest.bytes("GGCCGGGCGCGGTGGCTCACGCCTGTAATCCCAGCACTTTGGGAGGCCGAGGCGGGCGGATCACCTGAGGTCAGGAGTTCGAGACCAGCCTGGCCAACATGGTGAAACCCCGTCTCTACTAAAAATACAAAAATTAGCCGGGCGTGGTGGCGCGCGCCTGTAATCCCAGCTACTCGGGAGGCTGAGGCAGGAGAATCGCTTGAACCCGGGAGGCGGAGGTTGCAGTGAGCCGAGATCGCGCCACTGCACTCCAGCCTGGGCGACAGAGCGAGACTCCGTCTCAAAAA"), n * 2);
    Guest.print(">TWO IUB ambiguity codes\n");
    random_fasta(Guest.bytes("acgtBDHKMNRSVWY"), iub, n * 3);
    Guest.print(">THREE Homo sapiens frequency\n");
    random_fasta(Guest.bytes("acgt"), sapiens, n * 5);
    Guest.flush();
  }
}
