// Core.java - the algorithm of bench/programs/core.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Core {
  static class Node {
    Node next;
    int key;
    int value;

    Node(Node next, int key, int value) {
      this.next = next;
      this.key = key;
      this.value = value;
    }
  }

  static int crc16(int value, int crc) {
    for (int i = 0; i < 16; i++) {
      int bit = (value ^ crc) & 1;
      value = value >> 1;
      crc = crc >> 1;
      if (bit == 1) crc = crc ^ 40961;
    }
    return crc;
  }

  static Node make_list(int count) {
    Node list = null;
    int x = 1;
    for (int i = 0; i < count; i++) {
      x = (x * 3877 + 29573) % 139968;
      list = new Node(list, x % 1000, count - i);
    }
    return list;
  }

  static Node reverse(Node list) {
    Node done = null;
    while (list != null) {
      Node next = list.next;
      list.next = done;
      done = list;
      list = next;
    }
    return done;
  }

  static Node find(Node list, int key) {
    while (list != null && list.key != key) list = list.next;
    return list;
  }

  static int before(Node a, Node b, int by_key) {
    if (by_key == 1 && a.key != b.key) return a.key < b.key ? 1 : 0;
    return a.value < b.value ? 1 : 0;
  }

  static Node sort(Node list, int by_key) {
    int width = 1;
    int merges = 2;
    while (merges > 1) {
      Node left = list;
      Node tail = null;
      list = null;
      merges = 0;
      while (left != null) {
        Node right = left;
        Node next = null;
        int lefts = 0;
        int rights = width;
        merges++;
        while (lefts < width && right != null) {
          lefts++;
          right = right.next;
        }
        while (lefts > 0 || (rights > 0 && right != null)) {
          int take_left = 0;
          if (lefts > 0) {
            if (rights == 0 || right == null) take_left = 1;
            else take_left = before(left, right, by_key);
          }
          if (take_left == 1) {
            next = left;
            left = left.next;
            lefts--;
          } else {
            next = right;
            right = right.next;
            rights--;
          }
          if (tail == null) list = next;
          else tail.next = next;
          tail = next;
        }
        left = right;
      }
      tail.next = null;
      width = width + width;
    }
    return list;
  }

  static int list_work(Node list, int round, int crc) {
    int found = 0;
    for (int i = 0; i < 20; i++) {
      Node n = find(list, (round * 31 + i * 47) % 1000);
      if (n != null) {
        found++;
        crc = crc16(n.value, crc);
      }
      list = reverse(list);
    }
    list = sort(list, 1);
    crc = crc16(list.value, crc);
    crc = crc16(list.next.key, crc);
    sort(list, 0);
    return crc16(found, crc);
  }

  static void fill_matrix(int[] a, int n, int x) {
    for (int i = 0; i < n * n; i++) {
      x = (x * 3877 + 29573) % 139968;
      a[i] = x & 4095;
    }
  }

  static void multiply(int[] a, int[] b, int[] product, int n) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        int sum = 0;
        for (int k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
        product[i * n + j] = sum;
      }
    }
  }

  static int matrix_work(int[] a, int[] b, int[] product, int n, int round, int crc) {
    for (int i = 0; i < n * n; i++) a[i] = (a[i] + round) & 4095;
    multiply(a, b, product, n);
    int last = 0;
    int rises = 0;
    for (int j = 0; j < n * n; j++) {
      int x = product[j];
      if (x > last) rises++;
      else rises += 10;
      last = x;
    }
    crc = crc16(last & 65535, crc);
    return crc16(rises, crc);
  }

  static byte[] make_text(int size) {
    byte[] text = new byte[size];
    int x = 7;
    int kind = 0;
    for (int i = 0; i < size; i++) {
      x = (x * 3877 + 29573) % 139968;
      int letter = x / 16 % 16;
      if (letter == 0) {
        text[i] = ',';
        kind = x % 5;
      } else {
        if (kind == 0 || letter < 9) text[i] = (byte) ('0' + letter % 10);
        else if (kind == 1) text[i] = '.';
        else if (kind == 2) text[i] = 'e';
        else if (kind == 3) text[i] = '-';
        else text[i] = (byte) ('a' + letter);
      }
    }
    return text;
  }

  static int digit(int c) {
    if (c >= '0' && c <= '9') return 1;
    return 0;
  }

  static int step(int state, int c) {
    switch (state) {
    case 0:
      if (digit(c) == 1) return 2;
      if (c == '-' || c == '+') return 1;
      if (c == '.') return 3;
      return 6;
    case 1:
      if (digit(c) == 1) return 2;
      if (c == '.') return 3;
      return 6;
    case 2:
      if (digit(c) == 1) return 2;
      if (c == '.') return 3;
      if (c == 'e') return 4;
      return 6;
    case 3:
      if (digit(c) == 1) return 3;
      if (c == 'e') return 4;
      return 6;
    case 4:
      if (digit(c) == 1 || c == '-' || c == '+') return 5;
      return 6;
    case 5:
      if (digit(c) == 1) return 5;
      return 6;
    }
    return 6;
  }

  static int machine_work(byte[] text, int[] finals, int round, int crc) {
    int n = text.length;
    int state = 0;
    int at = round % n;
    byte kept = text[at];
    text[at] = (byte) ('0' + round % 10);
    for (int i = 0; i < 7; i++) finals[i] = 0;
    for (int j = 0; j < n; j++) {
      int c = text[j];
      if (c == ',') {
        finals[state] += 1;
        state = 0;
      } else state = step(state, c);
    }
    text[at] = kept;
    for (int k = 0; k < 7; k++) crc = crc16(finals[k], crc);
    return crc;
  }

  public static void main(String[] args) {
    Guest.args = args;
    int rounds = Guest.arg_i32(0, 10);
    int n = 12;
    Node list = make_list(60);
    int[] a = new int[n * n];
    int[] b = new int[n * n];
    int[] product = new int[n * n];
    byte[] text = make_text(1000);
    int[] finals = new int[7];
    int crc = 0;
    fill_matrix(a, n, 1);
    fill_matrix(b, n, 2);
    for (int i = 0; i < rounds; i++) {
      crc = list_work(list, i, crc);
      crc = matrix_work(a, b, product, n, i, crc);
      crc = machine_work(text, finals, i, crc);
    }
    Guest.print_i32(crc);
    Guest.print_char('\n');
    Guest.flush();
  }
}
