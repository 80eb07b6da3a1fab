/* workload.c - integer work as embedded benchmarks do it: linked lists, matrices, a state machine
 * over text, and a CRC over all results, so that nothing can be left out.
 *
 * SPDX-License-Identifier: MIT
 *
 * workload [ITERATIONS [SEED]]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint16_t crc16(uint32_t value, int bits, uint16_t crc)
{
  for (int i = 0; i < bits; i++, value >>= 1) {
    int bit = (int)((value ^ crc) & 1);
    crc >>= 1;
    if (bit) crc ^= 0xA001;
  }
  return crc;
}

static uint32_t random_next(uint32_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* ---- lists ---- */

enum { NODES = 200 };

typedef struct node {
  struct node *next;
  int16_t value, index;
} node;

typedef struct list_work {
  node nodes[NODES];
  node *head;
} list_work;

static void list_fill(list_work *w, uint32_t seed)
{
  w->head = NULL;
  for (int i = 0; i < NODES; i++) {
    w->nodes[i] = (node){w->head, (int16_t)(random_next(&seed) & 0x7FFF), (int16_t)i};
    w->head = &w->nodes[i];
  }
}

typedef int comparison(const node *a, const node *b);

static int by_value(const node *a, const node *b)
{
  return a->value != b->value ? a->value - b->value : a->index - b->index;
}
static int by_index(const node *a, const node *b) { return a->index - b->index; }
static int by_low_bits(const node *a, const node *b)
{
  int x = a->value & 0x7F, y = b->value & 0x7F;
  return x != y ? x - y : a->index - b->index;
}

/* Merge sort from the bottom up. */
static node *list_sort(node *list, comparison *compare)
{
  for (int width = 1;; width *= 2) {
    node *in = list, **tail = &list;
    int merges = 0;
    while (in) {
      node *a = in, *b = in;
      int na = 0, nb = width;
      merges++;
      while (na < width && b) na++, b = b->next;
      while (na > 0 || (nb > 0 && b)) {
        int take_a = na > 0 && (nb == 0 || !b || compare(a, b) <= 0);
        node **from = take_a ? &a : &b;
        *(take_a ? &na : &nb) -= 1;
        *tail = *from;
        tail = &(*from)->next;
        *from = *tail;
      }
      in = b;
    }
    *tail = NULL;
    if (merges <= 1) return list;
  }
}

static node *list_reverse(node *list)
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

static uint16_t list_round(list_work *w, uint32_t seed, uint16_t crc)
{
  static comparison *const orders[] = {by_value, by_index, by_low_bits};
  list_fill(w, seed);
  for (int o = 0; o < 3; o++) {
    w->head = list_reverse(list_sort(w->head, orders[o]));
    int n = 0, found = 0;
    for (const node *p = w->head; p; p = p->next, n++) {
      crc = crc16((uint32_t)(p->value ^ n), 16, crc);
      found += p->value % 7 == (int)(seed % 7);
    }
    crc = crc16((uint32_t)found, 8, crc);
  }
  return crc;
}

/* ---- matrices ---- */

enum { SIDE = 24 };

typedef struct matrix_work {
  int16_t a[SIDE][SIDE], b[SIDE][SIDE];
  int32_t c[SIDE][SIDE];
} matrix_work;

static void multiply(matrix_work *w)
{
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      uint32_t sum = 0;
      for (int k = 0; k < SIDE; k++) sum += (uint32_t)(w->a[i][k] * w->b[k][j]);
      w->c[i][j] = (int32_t)sum;
    }
}

static void multiply_bits(matrix_work *w)
{
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      int32_t sum = 0;
      for (int k = 0; k < SIDE; k++) {
        uint32_t product = (uint32_t)(w->a[i][k] * w->b[k][j]);
        sum += (int32_t)((product >> 2 & 0xF) * (product >> 5 & 0x7F));
      }
      w->c[i][j] += sum;
    }
}

static uint16_t matrix_crc(const matrix_work *w, int32_t limit, uint16_t crc)
{
  int32_t last = 0;
  uint32_t sum = 0;
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      sum += (uint32_t)w->c[i][j];
      if ((int32_t)sum > limit) sum = 10;
      else sum += w->c[i][j] > last;
      last = w->c[i][j];
    }
  return crc16(sum, 32, crc);
}

static uint16_t matrix_round(matrix_work *w, uint32_t seed, uint16_t crc)
{
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      w->a[i][j] = (int16_t)random_next(&seed);
      w->b[i][j] = (int16_t)(random_next(&seed) & 0xFF);
    }
  multiply(w);
  crc = matrix_crc(w, 1000000, crc);
  multiply_bits(w);
  return matrix_crc(w, 5000, crc);
}

/* ---- a state machine that classifies numbers in text ---- */

typedef enum state {
  START,
  SIGN,
  INTEGER,
  POINT,
  FRACTION,
  EXPONENT,
  EXPONENT_SIGN,
  SCIENTIFIC,
  INVALID,
  STATES
} state;

static int is_digit(int c) { return c >= '0' && c <= '9'; }

static state step(state s, int c)
{
  switch (s) {
  case START:
    return is_digit(c) ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
  case SIGN: return is_digit(c) ? INTEGER : c == '.' ? POINT : INVALID;
  case INTEGER:
    return is_digit(c) ? INTEGER : c == '.' ? FRACTION : (c | 32) == 'e' ? EXPONENT : INVALID;
  case POINT: return is_digit(c) ? FRACTION : INVALID;
  case FRACTION: return is_digit(c) ? FRACTION : (c | 32) == 'e' ? EXPONENT : INVALID;
  case EXPONENT: return is_digit(c) ? SCIENTIFIC : c == '+' || c == '-' ? EXPONENT_SIGN : INVALID;
  case EXPONENT_SIGN:
  case SCIENTIFIC: return is_digit(c) ? SCIENTIFIC : INVALID;
  default: return INVALID;
  }
}

static size_t make_text(char *out, size_t size, uint32_t seed)
{
  static const char *const pieces[] = {"5012",     "-874",     "+122",     "35.54400",
                                       ".1234500", "-110.700", "5.500e+3", "-.123e-2",
                                       "T0.3e-1F", "1T3.4e4z", "-",        "1e"};
  size_t n = 0;
  for (;;) {
    const char *piece = pieces[random_next(&seed) % (sizeof pieces / sizeof *pieces)];
    size_t length = strlen(piece);
    if (n + length + 1 > size) return n;
    memcpy(out + n, piece, length);
    n += length;
    out[n++] = ',';
  }
}

static uint16_t state_round(char *text, size_t size, uint32_t seed, uint16_t crc)
{
  uint32_t finals[STATES] = {0}, transitions[STATES] = {0};
  size_t n = make_text(text, size, seed);
  for (int pass = 0; pass < 2; pass++) {
    state s = START;
    for (size_t i = 0; i < n; i++) {
      if (text[i] == ',') {
        finals[s]++;
        s = START;
        continue;
      }
      state t = step(s, (unsigned char)text[i]);
      transitions[t] += t != s;
      s = t;
    }
    for (size_t i = seed % 11; i < n; i += 13)
      if (text[i] != ',') text[i] ^= (char)(seed & 0x0F); /* the second pass sees damage */
  }
  for (int i = 0; i < STATES; i++) crc = crc16(transitions[i], 32, crc16(finals[i], 32, crc));
  return crc;
}

int main(int argc, char **argv)
{
  static list_work lists;
  static matrix_work matrices;
  static char text[2000];
  long iterations = argc > 1 ? strtol(argv[1], NULL, 10) : 100;
  uint32_t seed = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 0) : 0x3415;
  uint16_t list_crc = 0, matrix_crc_all = 0, state_crc = 0;
  if (iterations <= 0 || seed == 0)
    return fputs("usage: workload [ITERATIONS [SEED]]\n", stderr), 2;
  for (long i = 0; i < iterations; i++) {
    uint32_t s = random_next(&seed);
    list_crc = list_round(&lists, s, list_crc);
    matrix_crc_all = matrix_round(&matrices, s, matrix_crc_all);
    state_crc = state_round(text, sizeof text, s, state_crc);
  }
  printf("%ld iterations: lists %04x, matrices %04x, states %04x\n", iterations, list_crc,
         matrix_crc_all, state_crc);
  return (list_crc ^ matrix_crc_all ^ state_crc) & 0x7F;
}
