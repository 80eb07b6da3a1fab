/* words.c - reads all files below directories and says what is in them: sizes, lines, frequent
 * words.
 *
 * SPDX-License-Identifier: MIT
 *
 * words [-n COUNT] [-w FILE] DIRECTORY...      -w: write the report to FILE as well
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_WORD = 64 };

typedef struct entry {
  char *word;
  uint32_t hash;
  long count;
} entry;

typedef struct table { /* open addressing, a power of two, at most half full */
  entry *entries;
  size_t capacity, used;
} table;

typedef struct totals {
  long files, dirs, links, lines, words, bytes, longest;
} totals;

static void *check(void *p)
{
  if (p) return p;
  fputs("words: out of memory\n", stderr);
  exit(3);
}

static char *copy(const char *s)
{
  size_t n = strlen(s) + 1;
  return memcpy(check(malloc(n)), s, n);
}

static uint32_t hash_of(const char *s)
{
  uint32_t h = 2166136261u;
  for (; *s; s++) h = (h ^ (unsigned char)*s) * 16777619u;
  return h;
}

static entry *slot(entry *entries, size_t capacity, const char *word, uint32_t hash)
{
  size_t i = hash & (capacity - 1);
  while (entries[i].word && (entries[i].hash != hash || strcmp(entries[i].word, word) != 0))
    i = (i + 1) & (capacity - 1);
  return &entries[i];
}

static void grow(table *t)
{
  size_t capacity = t->capacity ? 2 * t->capacity : 1024;
  entry *entries = check(calloc(capacity, sizeof *entries));
  for (size_t i = 0; i < t->capacity; i++)
    if (t->entries[i].word)
      *slot(entries, capacity, t->entries[i].word, t->entries[i].hash) = t->entries[i];
  free(t->entries);
  t->entries = entries;
  t->capacity = capacity;
}

static void count_word(table *t, const char *word)
{
  if (2 * t->used >= t->capacity) grow(t);
  uint32_t hash = hash_of(word);
  entry *e = slot(t->entries, t->capacity, word, hash);
  if (!e->word) {
    e->word = copy(word);
    e->hash = hash;
    t->used++;
  }
  e->count++;
}

/* ---- files ---- */

static void read_text(FILE *f, table *t, totals *sum)
{
  char word[MAX_WORD + 1];
  int length = 0, c;
  long column = 0;
  do {
    c = getc(f);
    if (c != EOF) sum->bytes++;
    if (c != EOF && (isalnum(c) || c == '_')) {
      if (length < MAX_WORD) word[length++] = (char)tolower(c);
    } else if (length) {
      word[length] = 0;
      if (!isdigit((unsigned char)word[0])) count_word(t, word), sum->words++;
      length = 0;
    }
    if (c == '\n' || (c == EOF && column)) {
      sum->lines++;
      if (column > sum->longest) sum->longest = column;
      column = 0;
    } else if (c != EOF) {
      column++;
    }
  } while (c != EOF);
}

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **names_in(const char *path, size_t *count)
{
  DIR *dir = opendir(path);
  char **names = NULL;
  size_t capacity = 0;
  *count = 0;
  if (!dir) {
    fprintf(stderr, "words: %s: %s\n", path, strerror(errno));
    return NULL;
  }
  for (struct dirent *d; (d = readdir(dir));) {
    if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
    if (*count == capacity) {
      capacity = capacity ? 2 * capacity : 16;
      names = check(realloc(names, capacity * sizeof *names));
    }
    names[(*count)++] = copy(d->d_name);
  }
  closedir(dir);
  if (*count) qsort(names, *count, sizeof *names, compare_names);
  return names;
}

static int visit(const char *path, table *t, totals *sum, FILE *report);

static int visit_dir(const char *path, table *t, totals *sum, FILE *report)
{
  size_t count;
  int rc = 0;
  char **names = names_in(path, &count);
  sum->dirs++;
  for (size_t i = 0; i < count; i++) {
    char *inner = check(malloc(strlen(path) + strlen(names[i]) + 2));
    sprintf(inner, "%s/%s", path, names[i]);
    rc |= visit(inner, t, sum, report);
    free(inner);
    free(names[i]);
  }
  free(names);
  return rc;
}

static int visit(const char *path, table *t, totals *sum, FILE *report)
{
  struct stat st;
  if (lstat(path, &st) != 0) {
    fprintf(stderr, "words: %s: %s\n", path, strerror(errno));
    return 1;
  }
  if (S_ISDIR(st.st_mode)) return visit_dir(path, t, sum, report);
  if (S_ISLNK(st.st_mode)) {
    sum->links++;
    return 0;
  }
  FILE *f = fopen(path, "r");
  if (!f) {
    fprintf(stderr, "words: %s: %s\n", path, strerror(errno));
    return 1;
  }
  long before = sum->bytes, lines = sum->lines;
  read_text(f, t, sum);
  fclose(f);
  sum->files++;
  if (sum->bytes - before != (long)st.st_size)
    fprintf(stderr, "words: %s: changed meanwhile\n", path);
  fprintf(report, "%8ld %6ld %s\n", sum->bytes - before, sum->lines - lines, path);
  return 0;
}

/* ---- the report ---- */

static int by_count(const void *a, const void *b)
{
  const entry *x = a, *y = b;
  if (x->count != y->count) return x->count < y->count ? 1 : -1;
  if (!x->word || !y->word) return !x->word - !y->word;
  return strcmp(x->word, y->word);
}

static void print_report(FILE *out, table *t, const totals *sum, size_t top)
{
  fprintf(
      out,
      "%ld files, %ld directories, %ld links, %ld lines, %ld words (%zu different), %ld bytes\n",
      sum->files, sum->dirs, sum->links, sum->lines, sum->words, t->used, sum->bytes);
  fprintf(out, "longest line %ld, %.3f bytes a line\n", sum->longest,
          sum->lines ? (double)sum->bytes / (double)sum->lines : 0.0);
  size_t once = 0;
  for (size_t i = 0; i < t->capacity; i++) once += t->entries[i].word && t->entries[i].count == 1;
  fprintf(out, "%zu words occur once, %.4g of all\n", once,
          t->used ? (double)once / (double)t->used : 0.0);
  qsort(t->entries, t->capacity, sizeof *t->entries, by_count);
  for (size_t i = 0; i < top && i < t->used; i++)
    fprintf(out, "%6ld  %-16s %6.3f%%\n", t->entries[i].count, t->entries[i].word,
            100.0 * (double)t->entries[i].count / (double)sum->words);
}

int main(int argc, char **argv)
{
  table t = {0};
  totals sum = {0};
  size_t top = 10;
  const char *file = NULL;
  int i = 1, rc = 0;
  for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
    if (strcmp(argv[i], "-n") == 0) top = strtoul(argv[i + 1], NULL, 10);
    else if (strcmp(argv[i], "-w") == 0) file = argv[i + 1];
    else break;
  }
  if (i >= argc || argv[i][0] == '-') {
    fputs("usage: words [-n COUNT] [-w FILE] DIRECTORY...\n", stderr);
    return 2;
  }
  grow(&t);
  for (; i < argc; i++) rc |= visit(argv[i], &t, &sum, stdout);
  print_report(stdout, &t, &sum, top);
  if (file) {
    FILE *out = fopen(file, "w");
    if (!out) {
      fprintf(stderr, "words: %s: %s\n", file, strerror(errno));
      return 4;
    }
    print_report(out, &t, &sum, top);
    rc |= fclose(out) != 0;
  }
  for (size_t j = 0; j < t.capacity; j++) free(t.entries[j].word);
  free(t.entries);
  return rc;
}
