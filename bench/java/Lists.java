// Lists.java - the algorithm of bench/programs/lists.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Lists {
  static class Cell {
    int value;
    Cell next;

    Cell(int value, Cell next) {
      this.value = value;
      this.next = next;
    }
  }

  static int seed = 42;

  static int random_below(int below) {
    seed = (seed * 3877 + 29573) % 139968;
    return seed % below;
  }

  static Cell numbers(int n) {
    Cell list = null;
    for (int i = 0; i < n; i++) list = new Cell(random_below(10000), list);
    return list;
  }

  static Cell squares(Cell list) {
    Cell result = null;
    while (list != null) {
      result = new Cell(list.value * list.value % 10007, result);
      list = list.next;
    }
    return result;
  }

  static Cell multiples(Cell list, int of) {
    Cell result = null;
    while (list != null) {
      if (list.value % of != 0) result = new Cell(list.value, result);
      list = list.next;
    }
    return result;
  }

  static Cell reversed(Cell list) {
    Cell result = null;
    while (list != null) {
      result = new Cell(list.value, result);
      list = list.next;
    }
    return result;
  }

  static int total(Cell list) {
    int sum = 0;
    int at = 1;
    while (list != null) {
      sum = (sum + list.value * at) % 1000003;
      at = at % 1000 + 1;
      list = list.next;
    }
    return sum;
  }

  static Cell merge(Cell a, Cell b) {
    Cell result = null;
    while (a != null && b != null) {
      if (a.value <= b.value) {
        result = new Cell(a.value, result);
        a = a.next;
      } else {
        result = new Cell(b.value, result);
        b = b.next;
      }
    }
    while (a != null) {
      result = new Cell(a.value, result);
      a = a.next;
    }
    while (b != null) {
      result = new Cell(b.value, result);
      b = b.next;
    }
    Cell forward = reversed(result);
    return forward;
  }

  static Cell taken(Cell list, int from, int count) {
    for (int i = 0; i < from; i++) list = list.next;
    Cell result = null;
    for (int k = 0; k < count; k++) {
      result = new Cell(list.value, result);
      list = list.next;
    }
    return result;
  }

  static Cell sorted(Cell list, int n) {
    if (n < 2) return taken(list, 0, n);
    int half = n / 2;
    Cell front = taken(list, 0, half);
    Cell back = taken(list, half, n - half);
    Cell a = sorted(front, half);
    Cell b = sorted(back, n - half);
    Cell result = merge(a, b);
    return result;
  }

  static int length(Cell list) {
    int n = 0;
    while (list != null) {
      n++;
      list = list.next;
    }
    return n;
  }

  static int work(int n) {
    Cell a = numbers(n);
    Cell b = squares(a);
    Cell c = multiples(b, 3);
    Cell d = sorted(c, length(c));
    int sum = (total(a) + total(b) + total(c) + total(d)) % 1000003;
    return sum;
  }

  public static void main(String[] args) {
    Guest.args = args;
    int rounds = Guest.arg_i32(0, 10);
    int sum = 0;
    for (int i = 0; i < rounds; i++) sum = (sum * 7 + work(5000)) % 1000003;
    Guest.print("checksum ");
    Guest.print_i32(sum);
    Guest.print("\n");
    Guest.flush();
  }
}
