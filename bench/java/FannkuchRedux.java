// FannkuchRedux.java - the algorithm of examples/fannkuch-redux.vma in Java.
//
// SPDX-License-Identifier: MIT
final class FannkuchRedux {
  static int maximum = 0;

  static int count_flips(int[] perm1, int[] perm) {
    int n = perm.length;
    for (int i = 0; i < n; i++) perm[i] = perm1[i];
    int flips = 0;
    int k = perm[0];
    while (k != 0) {
      int low = 0;
      int high = k;
      while (low < high) {
        int t = perm[low];
        perm[low] = perm[high];
        perm[high] = t;
        low++;
        high--;
      }
      flips++;
      k = perm[0];
    }
    return flips;
  }

  static int fannkuch(int n) {
    int[] perm = new int[n];
    int[] perm1 = new int[n];
    int[] count = new int[n];
    int checksum = 0;
    int best = 0;
    int sign = 1;
    int r = n;
    for (int i = 0; i < n; i++) perm1[i] = i;
    while (true) {
      while (r != 1) {
        count[r - 1] = r;
        r--;
      }
      int flips = count_flips(perm1, perm);
      if (flips > best) best = flips;
      checksum += sign * flips;
      sign = -sign;
      while (true) {
        if (r == n) {
          maximum = best;
          return checksum;
        }
        int first = perm1[0];
        for (int j = 0; j < r; j++) perm1[j] = perm1[j + 1];
        perm1[r] = first;
        count[r] = count[r] - 1;
        if (count[r] > 0) break;
        r++;
      }
    }
  }

  public static void main(String[] args) {
    Guest.args = args;
    int n = Guest.arg_i32(0, 7);
    Guest.print_i32(fannkuch(n));
    Guest.print("\nPfannkuchen(");
    Guest.print_i32(n);
    Guest.print(") = ");
    Guest.print_i32(maximum);
    Guest.print("\n");
    Guest.flush();
  }
}
