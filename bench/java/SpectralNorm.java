// SpectralNorm.java - the algorithm of examples/spectral-norm.vma in Java.
//
// SPDX-License-Identifier: MIT
final class SpectralNorm {

  static double element(int i, int j) {
    return 1.0 / (double) ((i + j) * (i + j + 1) / 2 + i + 1);
  }

  static void multiply_a_vector(double[] v, double[] av) {
    int n = v.length;
    for (int i = 0; i < n; i++) {
      double sum = 0.0;
      for (int j = 0; j < n; j++) sum += element(i, j) * v[j];
      av[i] = sum;
    }
  }

  static void multiply_at_vector(double[] v, double[] atv) {
    int n = v.length;
    for (int i = 0; i < n; i++) {
      double sum = 0.0;
      for (int j = 0; j < n; j++) sum += element(j, i) * v[j];
      atv[i] = sum;
    }
  }

  static void multiply_at_a_vector(double[] v, double[] out, double[] temporary) {
    multiply_a_vector(v, temporary);
    multiply_at_vector(temporary, out);
  }

  public static void main(String[] args) {
    Guest.args = args;
    int n = Guest.arg_i32(0, 100);
    double[] u = new double[n];
    double[] v = new double[n];
    double[] t = new double[n];
    for (int i = 0; i < n; i++) u[i] = 1.0;
    for (int k = 0; k < 10; k++) {
      multiply_at_a_vector(u, v, t);
      multiply_at_a_vector(v, u, t);
    }
    double vbv = 0.0, vv = 0.0;
    for (int m = 0; m < n; m++) {
      vbv += u[m] * v[m];
      vv += v[m] * v[m];
    }
    Guest.print_f64(Math.sqrt(vbv / vv), 9);
    Guest.print_char('\n');
    Guest.flush();
  }
}
