// Mandelbrot.java - the algorithm of examples/mandelbrot.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Mandelbrot {

  static int inside(double cr, double ci) {
    double zr = 0.0, zi = 0.0, tr = 0.0, ti = 0.0;
    for (int i = 0; i < 50; i++) {
      zi = 2.0 * zr * zi + ci;
      zr = tr - ti + cr;
      tr = zr * zr;
      ti = zi * zi;
      if (tr + ti > 4.0) return 0;
    }
    return 1;
  }

  static void plot_row(byte[] row, int n, int y) {
    double ci = 2.0 * (double) y / (double) n - 1.0;
    int bits = 0;
    int used = 0;
    int at = 0;
    for (int x = 0; x < n; x++) {
      bits = bits << 1 | inside(2.0 * (double) x / (double) n - 1.5, ci);
      used++;
      if (used == 8) {
        row[at] = (byte) bits;
        at++;
        bits = 0;
        used = 0;
      }
    }
    if (used > 0) row[at] = (byte) (bits << (8 - used));
  }

  public static void main(String[] args) {
    Guest.args = args;
    int n = Guest.arg_i32(0, 200);
    Guest.print("P4\n");
    Guest.print_i32(n);
    Guest.print(" ");
    Guest.print_i32(n);
    Guest.print("\n");
    byte[] row = new byte[(n + 7) / 8];
    for (int y = 0; y < n; y++) {
      plot_row(row, n, y);
      Guest.write(row, 0, row.length);
    }
    Guest.flush();
  }
}
