// BinaryTrees.java - the algorithm of examples/binary-trees.vma in Java.
//
// SPDX-License-Identifier: MIT
final class BinaryTrees {
  static class Node {
    Node left;
    Node right;

    Node(Node left, Node right) {
      this.left = left;
      this.right = right;
    }
  }


  static Node make(int depth) {
    if (depth == 0) return new Node(null, null);
    return new Node(make(depth - 1), make(depth - 1));
  }

  static int check(Node node) {
    if (node.left == null) return 1;
    return 1 + check(node.left) + check(node.right);
  }

  static void report(byte[] what, int depth, int sum) {
    Guest.write(what, 0, what.length);
    Guest.print_i32(depth);
    Guest.print("\t check: ");
    Guest.print_i32(sum);
    Guest.print("\n");
  }

  public static void main(String[] args) {
    Guest.args = args;
    int n = Guest.arg_i32(0, 10);
    int minimum = 4;
    int maximum = n;
    if (minimum + 2 > n) maximum = minimum + 2;
    report(Guest.bytes("stretch tree of depth "), maximum + 1, check(make(maximum + 1)));
    Node keep = make(maximum);
    for (int depth = minimum; depth <= maximum; depth += 2) {
      int rounds = 1 << (maximum - depth + minimum);
      int sum = 0;
      for (int i = 0; i < rounds; i++) sum += check(make(depth));
      Guest.print_i32(rounds);
      report(Guest.bytes("\t trees of depth "), depth, sum);
    }
    report(Guest.bytes("long lived tree of depth "), maximum, check(keep));
    Guest.flush();
  }
}
