/* core.c - the algorithm of bench/programs/core.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

typedef struct node {
  struct node *next;
  int key, value;
} node;

static int crc16(int value, int crc)
{
  for (int i = 0; i < 16; i++) {
    int bit = (value ^ crc) & 1;
    value = value >> 1;
    crc = crc >> 1;
    if (bit == 1) crc = crc ^ 40961;
  }
  return crc;
}

static node *new_node(node *next, int key, int value)
{
  node *n = malloc(sizeof *n);
  *n = (node){next, key, value};
  return n;
}

static node *make_list(int count)
{
  node *list = NULL;
  int x = 1;
  for (int i = 0; i < count; i++) {
    x = (x * 3877 + 29573) % 139968;
    list = new_node(list, x % 1000, count - i);
  }
  return list;
}

static node *reverse(node *list)
{
  node *done = NULL;
  while (list) {
    node *next = list->next;
    list->next = done;
    done = list;
    list = next;
  }
  return done;
}

static node *find(node *list, int key)
{
  while (list && list->key != key) list = list->next;
  return list;
}

static int before(const node *a, const node *b, int by_key)
{
  if (by_key == 1 && a->key != b->key) return a->key < b->key;
  return a->value < b->value;
}

static node *sort(node *list, int by_key)
{
  int width = 1;
  int merges = 2;
  while (merges > 1) {
    node *left = list;
    node *tail = NULL;
    list = NULL;
    merges = 0;
    while (left) {
      node *right = left;
      node *next = NULL;
      int lefts = 0;
      int rights = width;
      merges++;
      while (lefts < width && right) {
        lefts++;
        right = right->next;
      }
      while (lefts > 0 || (rights > 0 && right)) {
        int take_left = 0;
        if (lefts > 0) {
          if (rights == 0 || !right) take_left = 1;
          else take_left = before(left, right, by_key);
        }
        if (take_left == 1) {
          next = left;
          left = left->next;
          lefts--;
        } else {
          next = right;
          right = right->next;
          rights--;
        }
        if (!tail) list = next;
        else tail->next = next;
        tail = next;
      }
      left = right;
    }
    tail->next = NULL;
    width = width + width;
  }
  return list;
}

static int list_work(node *list, int round, int crc)
{
  int found = 0;
  for (int i = 0; i < 20; i++) {
    node *n = find(list, (round * 31 + i * 47) % 1000);
    if (n) {
      found++;
      crc = crc16(n->value, crc);
    }
    list = reverse(list);
  }
  list = sort(list, 1);
  crc = crc16(list->value, crc);
  crc = crc16(list->next->key, crc);
  sort(list, 0);
  return crc16(found, crc);
}

static void fill_matrix(int *a, int n, int x)
{
  for (int i = 0; i < n * n; i++) {
    x = (x * 3877 + 29573) % 139968;
    a[i] = x & 4095;
  }
}

static void multiply(const int *a, const int *b, int *product, int n)
{
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      int sum = 0;
      for (int k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
      product[i * n + j] = sum;
    }
  }
}

static int matrix_work(int *a, const int *b, int *product, int n, int round, int crc)
{
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

static unsigned char *make_text(int size)
{
  unsigned char *text = calloc((size_t)size, 1);
  int x = 7;
  int kind = 0;
  for (int i = 0; i < size; i++) {
    x = (x * 3877 + 29573) % 139968;
    int letter = x / 16 % 16;
    if (letter == 0) {
      text[i] = ',';
      kind = x % 5;
    } else {
      if (kind == 0 || letter < 9) text[i] = (unsigned char)('0' + letter % 10);
      else if (kind == 1) text[i] = '.';
      else if (kind == 2) text[i] = 'e';
      else if (kind == 3) text[i] = '-';
      else text[i] = (unsigned char)('a' + letter);
    }
  }
  return text;
}

static int digit(int c)
{
  if (c >= '0' && c <= '9') return 1;
  return 0;
}

static int step(int state, int c)
{
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

static int machine_work(unsigned char *text, int n, int *finals, int round, int crc)
{
  int state = 0;
  int at = round % n;
  unsigned char kept = text[at];
  text[at] = (unsigned char)('0' + round % 10);
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

int main(int argc, char **argv)
{
  int rounds = argc > 1 ? atoi(argv[1]) : 10;
  int n = 12;
  node *list = make_list(60);
  int *a = calloc((size_t)(n * n), sizeof(int));
  int *b = calloc((size_t)(n * n), sizeof(int));
  int *product = calloc((size_t)(n * n), sizeof(int));
  unsigned char *text = make_text(1000);
  int *finals = calloc(7, sizeof(int));
  int crc = 0;
  fill_matrix(a, n, 1);
  fill_matrix(b, n, 2);
  for (int i = 0; i < rounds; i++) {
    crc = list_work(list, i, crc);
    crc = matrix_work(a, b, product, n, i, crc);
    crc = machine_work(text, 1000, finals, i, crc);
  }
  printf("%d\n", crc);
  return 0;
}
