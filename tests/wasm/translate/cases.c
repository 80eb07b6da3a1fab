/* cases.c - reads cases.h's files.
 *
 * SPDX-License-Identifier: MIT
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

enum { MAX_OPEN = 16 };

struct case_file {
  FILE *file;
  char path[512], line[1024];
  int number;
  int pending; /* `line` is not used yet */
};

static const char *const sections[] = {"custom", "type", "import", "func", "table", "memory",
                                       "global", "export", "start", "elem", "code", "data",
                                       "datacount"};

static void stop(const case_file *f, const char *what)
{
  fprintf(stderr, "%s:%d: %s\n", f->path, f->number, what);
  exit(2);
}

case_file *open_cases(const char *path)
{
  case_file *f = calloc(1, sizeof *f);
  if (f == NULL) exit(2);
  snprintf(f->path, sizeof f->path, "%s", path);
  f->file = fopen(path, "r");
  if (f->file == NULL) stop(f, "cannot be opened");
  return f;
}

void close_cases(case_file *f)
{
  fclose(f->file);
  free(f);
}

static int next_line(case_file *f)
{
  if (f->pending) {
    f->pending = 0;
    return 1;
  }
  do {
    if (fgets(f->line, sizeof f->line, f->file) == NULL) return 0;
    f->number++;
    f->line[strcspn(f->line, "\n")] = '\0';
  } while (f->line[0] == '#' || f->line[0] == '\0');
  return 1;
}

/* ---- bytes ---- */

typedef struct assembly {
  case_file *f;
  test_case *c;
  size_t open[MAX_OPEN]; /* where groups begin: the section first */
  int nopen;
} assembly;

static void put(assembly *a, uint8_t byte)
{
  if (a->c->size == sizeof a->c->bytes) stop(a->f, "the case is too long");
  a->c->bytes[a->c->size++] = byte;
}

static void open_group(assembly *a)
{
  if (a->nopen == MAX_OPEN) stop(a->f, "too many groups");
  a->open[a->nopen++] = a->c->size;
}

/* Puts the size before what was written since the group began. */
static void close_group(assembly *a)
{
  if (a->nopen == 0) stop(a->f, "a group is closed that is not open");
  uint8_t leb[5];
  size_t from = a->open[--a->nopen], size = a->c->size - from, n = 0;
  for (size_t v = size; n == 0 || v != 0; v >>= 7) leb[n++] = (uint8_t)((v & 0x7F) | 0x80);
  leb[n - 1] &= 0x7F;
  for (size_t i = 0; i < n; i++) put(a, 0);
  memmove(a->c->bytes + from + n, a->c->bytes + from, size);
  memcpy(a->c->bytes + from, leb, n);
}

static void close_all(assembly *a)
{
  while (a->nopen > 0) close_group(a);
}

static const char *put_string(assembly *a, const char *p)
{
  const char *end = strchr(p, '"');
  if (end == NULL) stop(a->f, "a string does not end");
  put(a, (uint8_t)(end - p));
  while (p < end) put(a, (uint8_t)*p++);
  return end + 1;
}

static void put_word(assembly *a, const char *word, size_t size)
{
  if (size == 2 && isxdigit((unsigned char)word[0]) && isxdigit((unsigned char)word[1])) {
    put(a, (uint8_t)strtoul(word, NULL, 16));
    return;
  }
  if (size == 3 && memcmp(word, "raw", 3) == 0) {
    close_all(a);
    return;
  }
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
    if (strlen(sections[i]) != size || memcmp(sections[i], word, size) != 0) continue;
    close_all(a);
    put(a, (uint8_t)i);
    open_group(a);
    return;
  }
  stop(a->f, "expected a byte, a section, a string, { or }");
}

static void put_line(assembly *a, const char *p)
{
  while (*p != '\0' && *p != '#') {
    if (isspace((unsigned char)*p)) p++;
    else if (*p == '{') open_group(a), p++;
    else if (*p == '}') close_group(a), p++;
    else if (*p == '"') p = put_string(a, p + 1);
    else {
      size_t size = strcspn(p, " \t{}\"#");
      put_word(a, p, size);
      p += size;
    }
  }
}

/* ---- cases ---- */

static void read_expected(case_file *f, test_case *c)
{
  size_t used = 0;
  while (next_line(f)) {
    const char *line = f->line;
    if (line[0] == '=') {
      if (sscanf(line, "= %15s %255[^\n]", c->status, c->message) < 1) stop(f, "expected a status");
    } else if (line[0] == '|') {
      strcpy(c->status, "ok");
      used += (size_t)snprintf(c->text + used, sizeof c->text - used, "%s\n",
                               line[1] == ' ' ? line + 2 : line + 1);
      if (used >= sizeof c->text) stop(f, "the text is too long");
    } else {
      f->pending = 1;
      return;
    }
  }
}

int next_case(case_file *f, test_case *c)
{
  static const char header[] = "\0asm\1\0\0";
  if (!next_line(f)) return 0;
  if (f->line[0] != ':') stop(f, "expected a case, which begins with a colon");
  memset(c, 0, sizeof *c);
  c->line = f->number;
  snprintf(c->name, sizeof c->name, "%.120s", f->line + 1 + (f->line[1] == ' '));
  assembly a = {.f = f, .c = c};
  int first = 1;
  while (next_line(f) && strchr("=|:", f->line[0]) == NULL) {
    if (first && strncmp(f->line, "raw", 3) != 0) {
      memcpy(c->bytes, header, 8);
      c->size = 8;
    }
    first = 0;
    put_line(&a, f->line);
  }
  close_all(&a);
  f->pending = 1;
  read_expected(f, c);
  if (c->status[0] == '\0') stop(f, "the case says nothing about what is expected");
  return 1;
}
