// Loop.java - the algorithm of bench/programs/loop.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Loop {

  public static void main(String[] args) {
    Guest.args = args;
    int n = Guest.arg_i32(0, 10);
    int x = 42;
    int count = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < 10000; j++) {
        x = (x * 3877 + 29573) % 139968;
        if ((x & 15) == 3) count = (count + x) & 65535;
      }
    }
    Guest.print_i32(count);
    Guest.print_char('\n');
    Guest.flush();
  }
}
