/* binary-trees.c - the algorithm of examples/binary-trees.vma in C with malloc and free.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

typedef struct node {
  struct node *left, *right;
} node;

static node *make(int depth)
{
  node *n = malloc(sizeof *n);
  n->left = depth ? make(depth - 1) : NULL;
  n->right = depth ? make(depth - 1) : NULL;
  return n;
}

static int check(const node *n)
{
  if (!n->left) return 1;
  return 1 + check(n->left) + check(n->right);
}

static void drop(node *n)
{
  if (n->left) {
    drop(n->left);
    drop(n->right);
  }
  free(n);
}

static int check_and_drop(node *n)
{
  int sum = check(n);
  drop(n);
  return sum;
}

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 10, minimum = 4;
  int maximum = minimum + 2 > n ? minimum + 2 : n;
  printf("stretch tree of depth %d\t check: %d\n", maximum + 1, check_and_drop(make(maximum + 1)));
  node *keep = make(maximum);
  for (int depth = minimum; depth <= maximum; depth += 2) {
    int rounds = 1 << (maximum - depth + minimum), sum = 0;
    for (int i = 0; i < rounds; i++) sum += check_and_drop(make(depth));
    printf("%d\t trees of depth %d\t check: %d\n", rounds, depth, sum);
  }
  printf("long lived tree of depth %d\t check: %d\n", maximum, check(keep));
  drop(keep);
  return 0;
}
