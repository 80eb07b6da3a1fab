/* trees.c - the algorithm of bench/programs/trees.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

struct Node {
  int key;
  int count;
  struct Node *left;
  struct Node *right;
};

static int seed = 42;

static struct Node *new_Node(int key, int count, struct Node *left, struct Node *right)
{
  struct Node *o = malloc(sizeof *o);
  *o = (struct Node){key, count, left, right};
  return o;
}

static int random_below(int below)
{
  seed = (seed * 3877 + 29573) % 139968;
  return seed % below;
}

static struct Node *insert(struct Node *node, int key)
{
  if (node == NULL) return new_Node(key, 1, NULL, NULL);
  int here = node->key;
  int count = node->count;
  struct Node *left = node->left;
  struct Node *right = node->right;
  free(node);
  if (key < here) return new_Node(here, count, insert(left, key), right);
  if (key > here) return new_Node(here, count, left, insert(right, key));
  return new_Node(here, count + 1, left, right);
}

static int sum(struct Node *node, int depth)
{
  if (node == NULL) return 0;
  int below = sum(node->left, depth + 1) + sum(node->right, depth + 1);
  return (below + node->count * depth + node->key) % 1000003;
}

static void drop(struct Node *node)
{
  if (node == NULL) return;
  drop(node->left);
  drop(node->right);
  free(node);
}

int main(int argc, char **argv)
{
  int rounds = argc > 1 ? atoi(argv[1]) : 3;
  int checksum = 0;
  for (int i = 0; i < rounds; i++) {
    struct Node *tree = NULL;
    for (int k = 0; k < 20000; k++) tree = insert(tree, random_below(100000));
    checksum = (checksum * 7 + sum(tree, 1)) % 1000003;
    drop(tree);
  }
  fputs("checksum ", stdout);
  printf("%d", checksum);
  fputs("\n", stdout);
  return 0;
}
