// Trees.java - the algorithm of bench/programs/trees.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Trees {
  static class Node {
    int key;
    int count;
    Node left;
    Node right;

    Node(int key, int count, Node left, Node right) {
      this.key = key;
      this.count = count;
      this.left = left;
      this.right = right;
    }
  }

  static int seed = 42;

  static int random_below(int below) {
    seed = (seed * 3877 + 29573) % 139968;
    return seed % below;
  }

  static Node insert(Node node, int key) {
    if (node == null) return new Node(key, 1, null, null);
    int here = node.key;
    int count = node.count;
    Node left = node.left;
    Node right = node.right;
    if (key < here) return new Node(here, count, insert(left, key), right);
    if (key > here) return new Node(here, count, left, insert(right, key));
    return new Node(here, count + 1, left, right);
  }

  static int sum(Node node, int depth) {
    if (node == null) return 0;
    int below = sum(node.left, depth + 1) + sum(node.right, depth + 1);
    return (below + node.count * depth + node.key) % 1000003;
  }

  public static void main(String[] args) {
    Guest.args = args;
    int rounds = Guest.arg_i32(0, 3);
    int checksum = 0;
    for (int i = 0; i < rounds; i++) {
      Node tree = null;
      for (int k = 0; k < 20000; k++) tree = insert(tree, random_below(100000));
      checksum = (checksum * 7 + sum(tree, 1)) % 1000003;
    }
    Guest.print("checksum ");
    Guest.print_i32(checksum);
    Guest.print("\n");
    Guest.flush();
  }
}
