// Wordcount.java - the algorithm of bench/programs/wordcount.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Wordcount {
  static class Counts {
    byte[] text;
    int[] start;
    int[] length;
    int[] hash;
    int[] count;
    int used;

    Counts(byte[] text, int[] start, int[] length, int[] hash, int[] count, int used) {
      this.text = text;
      this.start = start;
      this.length = length;
      this.hash = hash;
      this.count = count;
      this.used = used;
    }
  }

  static int seed = 42;

  static int random_below(int below) {
    seed = (seed * 3877 + 29573) % 139968;
    return seed % below;
  }

  static void fill(byte[] text) {
    int n = text.length;
    int at = 0;
    while (at < n) {
      int word = 1 + random_below(2) + random_below(3);
      while (word > 0 && at < n) {
        text[at] = (byte) (97 + random_below(3 + random_below(20)));
        at++;
        word--;
      }
      if (at < n) {
        text[at] = 32;
        at++;
      }
    }
  }

  static int same(byte[] text, int a, int b, int length) {
    for (int i = 0; i < length; i++) {
      if (text[a + i] != text[b + i]) return 0;
    }
    return 1;
  }

  static void add(Counts c, int start, int length, int hash) {
    int slots = c.start.length;
    int at = hash % slots;
    while (c.count[at] != 0) {
      if (c.hash[at] == hash && c.length[at] == length && same(c.text, c.start[at], start, length) == 1) {
        c.count[at]++;
        return;
      }
      at++;
      if (at == slots) at = 0;
    }
    c.start[at] = start;
    c.length[at] = length;
    c.hash[at] = hash;
    c.count[at] = 1;
    c.used++;
  }

  static void count_words(Counts c) {
    byte[] text = c.text;
    int n = text.length;
    int at = 0;
    while (at < n) {
      int start = at;
      int hash = 5381;
      while (at < n && text[at] != 32) {
        hash = (hash * 33 + text[at]) & 0xFFFFFF;
        at++;
      }
      if (at > start) add(c, start, at - start, hash);
      at++;
    }
  }

  static void report(Counts c) {
    int best = 0;
    int checksum = 0;
    for (int i = 0; i < c.count.length; i++) {
      if (c.count[i] > c.count[best]) best = i;
      checksum = (checksum * 31 + c.count[i] + c.length[i]) % 1000003;
    }
    Guest.print_i32(c.used);
    Guest.print(" words, the most frequent ");
    Guest.write(c.text, c.start[best], c.length[best]);
    Guest.print(" ");
    Guest.print_i32(c.count[best]);
    Guest.print(" times, checksum ");
    Guest.print_i32(checksum);
    Guest.print("\n");
  }

  public static void main(String[] args) {
    Guest.args = args;
    int rounds = Guest.arg_i32(0, 3);
    int slots = 8192;
    byte[] text = new byte[100000];
    fill(text);
    for (int i = 0; i < rounds; i++) {
      Counts c = new Counts(text, new int[slots], new int[slots], new int[slots], new int[slots], 0);
      count_words(c);
      if (i == rounds - 1) report(c);
    }
    Guest.flush();
  }
}
