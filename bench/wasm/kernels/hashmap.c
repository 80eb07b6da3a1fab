/* hashmap.c - counts words in a map with chaining: hashing bytes, chasing pointers, comparing strings.
 *
 * SPDX-License-Identifier: MIT
 */
#include "kernel.h"

enum { BUCKETS = 4096, ENTRIES = 6000, WORDS = 40000, LONGEST = 12 };

typedef struct entry {
  struct entry *next;
  uint32_t hash, count;
  char word[LONGEST + 1];
} entry;

static entry *buckets[BUCKETS];
static entry entries[ENTRIES];
static entry *free_entries;

static uint32_t hash_of(const char *word)
{
  uint32_t h = 2166136261u;
  while (*word) h = (h ^ (uint8_t)*word++) * 16777619u;
  return h ^ h >> 15;
}

static int equal(const char *a, const char *b)
{
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

/* The link that leads to the word's entry, or the empty one at the end of its chain. */
static entry **find(const char *word, uint32_t hash)
{
  entry **link = &buckets[hash % BUCKETS];
  while (*link && ((*link)->hash != hash || !equal((*link)->word, word))) link = &(*link)->next;
  return link;
}

static void count_word(const char *word)
{
  uint32_t hash = hash_of(word);
  entry **link = find(word, hash), *e = *link;
  if (!e) {
    if (!free_entries) return;
    e = free_entries;
    free_entries = e->next;
    e->next = 0, e->hash = hash, e->count = 0;
    int i = 0;
    do e->word[i] = word[i];
    while (word[i++]);
    *link = e;
  }
  e->count++;
}

static uint32_t remove_word(const char *word)
{
  entry **link = find(word, hash_of(word)), *e = *link;
  if (!e) return 0;
  *link = e->next;
  e->next = free_entries;
  free_entries = e;
  return e->count;
}

/* A word of 2 to 12 letters, short ones more often, so that some come up again and again. */
static void make_word(uint32_t *seed, char *word)
{
  int letters = 2 + (int)(kernel_random(seed) % 4) * (int)(kernel_random(seed) % 4);
  for (int i = 0; i < letters; i++) word[i] = (char)('a' + (kernel_random(seed) >> 7) % (i < 3 ? 20 : 3));
  word[letters] = 0;
}

uint32_t run(uint32_t n)
{
  uint32_t seed = 6, sum = 1;
  char word[LONGEST + 1];
  free_entries = 0;
  for (int i = 0; i < BUCKETS; i++) buckets[i] = 0;
  for (int i = 0; i < ENTRIES; i++) entries[i].next = free_entries, free_entries = &entries[i];
  for (uint32_t round = 0; round < n; round++) {
    for (int i = 0; i < WORDS; i++) {
      make_word(&seed, word);
      count_word(word);
    }
    for (int i = 0; i < WORDS / 2; i++) {
      make_word(&seed, word);
      sum = kernel_mix(sum, remove_word(word));
    }
  }
  return sum;
}
