// Fib.java - the algorithm of bench/programs/fib.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Fib {

  static int fib(int n) {
    if (n < 2) return n;
    return fib(n - 1) + fib(n - 2);
  }

  public static void main(String[] args) {
    Guest.args = args;
    Guest.print_i32(fib(Guest.arg_i32(0, 27)));
    Guest.print_char('\n');
    Guest.flush();
  }
}
