// Matmul.java - the algorithm of bench/programs/matmul.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Matmul {

  static double[] make(int n, double step) {
    double[] m = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) m[i * n + j] = step * (double) (i - j) * (double) (i + j);
    }
    return m;
  }

  static void multiply(int n, double[] a, double[] b, double[] c) {
    for (int i = 0; i < n; i++) {
      int row = i * n;
      for (int k = 0; k < n; k++) {
        double x = a[row + k];
        int from = k * n;
        for (int j = 0; j < n; j++) c[row + j] += x * b[from + j];
      }
    }
  }

  public static void main(String[] args) {
    Guest.args = args;
    int n = Guest.arg_i32(0, 100);
    double step = 1.0 / (double) n / (double) n;
    double[] a = make(n, step);
    double[] b = make(n, step * 0.5);
    double[] c = new double[n * n];
    multiply(n, a, b, c);
    double trace = 0.0;
    for (int i = 0; i < n; i++) trace += c[i * n + i];
    Guest.print_f64(trace, 9);
    Guest.print_char('\n');
    Guest.print_f64(c[n / 2 * n + n / 3], 9);
    Guest.print_char('\n');
    Guest.flush();
  }
}
