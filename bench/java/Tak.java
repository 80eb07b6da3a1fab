// Tak.java - the algorithm of bench/programs/tak.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Tak {

  static int tak(int x, int y, int z) {
    if (y >= x) return z;
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
  }

  public static void main(String[] args) {
    Guest.args = args;
    int n = Guest.arg_i32(0, 18);
    Guest.print_i32(tak(n, n * 2 / 3, n / 3));
    Guest.print_char('\n');
    Guest.flush();
  }
}
