// Sieve.java - the algorithm of bench/programs/sieve.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Sieve {

  static int count_primes(byte[] composite) {
    int n = composite.length;
    int count = 0;
    for (int i = 0; i < n; i++) composite[i] = 0;
    for (int k = 2; k < n; k++) {
      if (composite[k] == 0) {
        count++;
        for (int m = k + k; m < n; m += k) composite[m] = 1;
      }
    }
    return count;
  }

  public static void main(String[] args) {
    Guest.args = args;
    int rounds = Guest.arg_i32(0, 3);
    byte[] composite = new byte[1000000];
    int count = 0;
    for (int i = 0; i < rounds; i++) count += count_primes(composite);
    Guest.print_i32(count);
    Guest.print_char('\n');
    Guest.flush();
  }
}
