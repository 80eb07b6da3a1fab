/* wordcount.c - the algorithm of bench/programs/wordcount.vma in C. Arrays' lengths are known
 * at run time only, as the guest's are.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

struct Counts {
  unsigned char *text;
  int *start;
  int *length;
  int *hash;
  int *count;
  int used;
  int size, slots; /* lengths of text and of the other arrays */
};

static int seed = 42;

static struct Counts *new_Counts(unsigned char *text, int *start, int *length, int *hash, int *count, int used, int size,
                                 int slots)
{
  struct Counts *o = malloc(sizeof *o);
  *o = (struct Counts){text, start, length, hash, count, used, size, slots};
  return o;
}

static int random_below(int below)
{
  seed = (seed * 3877 + 29573) % 139968;
  return seed % below;
}

static void fill(unsigned char *text, int n)
{
  int at = 0;
  while (at < n) {
    int word = 1 + random_below(2) + random_below(3);
    while (word > 0 && at < n) {
      text[at] = 97 + random_below(3 + random_below(20));
      at++;
      word--;
    }
    if (at < n) {
      text[at] = 32;
      at++;
    }
  }
}

static int same(unsigned char *text, int a, int b, int length)
{
  for (int i = 0; i < length; i++) {
    if (text[a + i] != text[b + i]) return 0;
  }
  return 1;
}

static void add(struct Counts *c, int start, int length, int hash)
{
  int slots = c->slots;
  int at = hash % slots;
  while (c->count[at] != 0) {
    if (c->hash[at] == hash && c->length[at] == length && same(c->text, c->start[at], start, length) == 1) {
      c->count[at]++;
      return;
    }
    at++;
    if (at == slots) at = 0;
  }
  c->start[at] = start;
  c->length[at] = length;
  c->hash[at] = hash;
  c->count[at] = 1;
  c->used++;
}

static void count_words(struct Counts *c)
{
  unsigned char *text = c->text;
  int n = c->size;
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

static void report(struct Counts *c)
{
  int best = 0;
  int checksum = 0;
  for (int i = 0; i < c->slots; i++) {
    if (c->count[i] > c->count[best]) best = i;
    checksum = (checksum * 31 + c->count[i] + c->length[i]) % 1000003;
  }
  printf("%d", c->used);
  fputs(" words, the most frequent ", stdout);
  fwrite(c->text + c->start[best], 1, (size_t)c->length[best], stdout);
  fputs(" ", stdout);
  printf("%d", c->count[best]);
  fputs(" times, checksum ", stdout);
  printf("%d", checksum);
  fputs("\n", stdout);
}

int main(int argc, char **argv)
{
  int rounds = argc > 1 ? atoi(argv[1]) : 3;
  int slots = argc > 2 ? atoi(argv[2]) : 8192;
  int size = argc > 3 ? atoi(argv[3]) : 100000;
  unsigned char *text = calloc((size_t)size, sizeof(unsigned char));
  fill(text, size);
  for (int i = 0; i < rounds; i++) {
    struct Counts *c = new_Counts(text, calloc((size_t)(slots), sizeof(int)), calloc((size_t)(slots), sizeof(int)), calloc((size_t)(slots), sizeof(int)), calloc((size_t)(slots), sizeof(int)), 0, size, slots);
    count_words(c);
    if (i == rounds - 1) report(c);
    free(c->start);
    free(c->length);
    free(c->hash);
    free(c->count);
    free(c);
  }
  return 0;
}
