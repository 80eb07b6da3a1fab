/* lists.c - the algorithm of bench/programs/lists.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

struct Cell {
  int value;
  struct Cell *next;
};

static int seed = 42;

static struct Cell *new_Cell(int value, struct Cell *next)
{
  struct Cell *o = malloc(sizeof *o);
  *o = (struct Cell){value, next};
  return o;
}

static int random_below(int below)
{
  seed = (seed * 3877 + 29573) % 139968;
  return seed % below;
}

static struct Cell *numbers(int n)
{
  struct Cell *list = NULL;
  for (int i = 0; i < n; i++) list = new_Cell(random_below(10000), list);
  return list;
}

static struct Cell *squares(struct Cell *list)
{
  struct Cell *result = NULL;
  while (list != NULL) {
    result = new_Cell(list->value * list->value % 10007, result);
    list = list->next;
  }
  return result;
}

static struct Cell *multiples(struct Cell *list, int of)
{
  struct Cell *result = NULL;
  while (list != NULL) {
    if (list->value % of != 0) result = new_Cell(list->value, result);
    list = list->next;
  }
  return result;
}

static struct Cell *reversed(struct Cell *list)
{
  struct Cell *result = NULL;
  while (list != NULL) {
    result = new_Cell(list->value, result);
    list = list->next;
  }
  return result;
}

static int total(struct Cell *list)
{
  int sum = 0;
  int at = 1;
  while (list != NULL) {
    sum = (sum + list->value * at) % 1000003;
    at = at % 1000 + 1;
    list = list->next;
  }
  return sum;
}

static void drop(struct Cell *list)
{
  while (list != NULL) {
    struct Cell *next = list->next;
    free(list);
    list = next;
  }
}

static struct Cell *merge(struct Cell *a, struct Cell *b)
{
  struct Cell *result = NULL;
  while (a != NULL && b != NULL) {
    if (a->value <= b->value) {
      result = new_Cell(a->value, result);
      a = a->next;
    } else {
      result = new_Cell(b->value, result);
      b = b->next;
    }
  }
  while (a != NULL) {
    result = new_Cell(a->value, result);
    a = a->next;
  }
  while (b != NULL) {
    result = new_Cell(b->value, result);
    b = b->next;
  }
  struct Cell *forward = reversed(result);
  drop(result);
  return forward;
}

static struct Cell *taken(struct Cell *list, int from, int count)
{
  for (int i = 0; i < from; i++) list = list->next;
  struct Cell *result = NULL;
  for (int k = 0; k < count; k++) {
    result = new_Cell(list->value, result);
    list = list->next;
  }
  return result;
}

static struct Cell *sorted(struct Cell *list, int n)
{
  if (n < 2) return taken(list, 0, n);
  int half = n / 2;
  struct Cell *front = taken(list, 0, half);
  struct Cell *back = taken(list, half, n - half);
  struct Cell *a = sorted(front, half);
  struct Cell *b = sorted(back, n - half);
  struct Cell *result = merge(a, b);
  drop(front);
  drop(back);
  drop(a);
  drop(b);
  return result;
}

static int length(struct Cell *list)
{
  int n = 0;
  while (list != NULL) {
    n++;
    list = list->next;
  }
  return n;
}

static int work(int n)
{
  struct Cell *a = numbers(n);
  struct Cell *b = squares(a);
  struct Cell *c = multiples(b, 3);
  struct Cell *d = sorted(c, length(c));
  int sum = (total(a) + total(b) + total(c) + total(d)) % 1000003;
  drop(a);
  drop(b);
  drop(c);
  drop(d);
  return sum;
}

int main(int argc, char **argv)
{
  int rounds = argc > 1 ? atoi(argv[1]) : 10;
  int sum = 0;
  for (int i = 0; i < rounds; i++) sum = (sum * 7 + work(5000)) % 1000003;
  fputs("checksum ", stdout);
  printf("%d", sum);
  fputs("\n", stdout);
  return 0;
}
