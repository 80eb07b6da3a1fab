/* program.c - golden program files and what they expect; see golden.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

void text_add_bytes(text *t, const char *bytes, size_t n)
{
  if (t->size + n + 1 > t->capacity) {
    size_t capacity = (t->size + n + 1) * 2;
    char *more = realloc(t->bytes, capacity);
    if (more == NULL) {
      fprintf(stderr, "no memory\n");
      exit(1);
    }
    t->bytes = more;
    t->capacity = capacity;
  }
  if (n > 0) memcpy(t->bytes + t->size, bytes, n);
  t->size += n;
  t->bytes[t->size] = '\0';
}

void text_add(text *t, const char *format, ...)
{
  char buffer[512];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(buffer, sizeof buffer, format, args);
  va_end(args);
  if (n > 0) text_add_bytes(t, buffer, (size_t)n < sizeof buffer ? (size_t)n : sizeof buffer - 1);
}

const char *text_get(const text *t) { return t->bytes != NULL ? t->bytes : ""; }

void text_free(text *t)
{
  free(t->bytes);
  *t = (text){0};
}

static bool read_file(program *p)
{
  char buffer[4096];
  size_t n;
  FILE *f = fopen(p->path, "rb");
  if (f == NULL) {
    fprintf(stderr, "%s: cannot be read\n", p->path);
    return false;
  }
  while ((n = fread(buffer, 1, sizeof buffer, f)) > 0) text_add_bytes(&p->source, buffer, n);
  fclose(f);
  return true;
}

static const char *after(const char *line, const char *prefix)
{
  size_t n = strlen(prefix);
  return strncmp(line, prefix, n) == 0 ? line + n : NULL;
}

static void start_part(program *p, const char *name, size_t length, const char *start)
{
  part *last = &p->parts[p->nparts];
  if (p->nparts > 0) last[-1].size = (size_t)(start - last[-1].start);
  if (p->nparts == MAX_MODULES || length >= NAME_MAX_BYTES) {
    fprintf(stderr, "%s: too many modules, or too long a name\n", p->path);
    exit(1);
  }
  memcpy(last->name, name, length);
  last->start = start;
  p->nparts++;
}

static void read_line(program *p, const char *line, size_t n)
{
  const char *rest;
  if ((rest = after(line, ";; module ")) != NULL) {
    start_part(p, rest, n - (size_t)(rest - line), line);
  } else if (after(line, ";; main") != NULL) {
    start_part(p, "", 0, line);
  } else if ((rest = after(line, "; expect: ")) != NULL) {
    text_add_bytes(&p->output, rest, n - (size_t)(rest - line));
    text_add(&p->output, "\n");
  } else if ((rest = after(line, "; expect-exit ")) != NULL) {
    p->exit_value = strtol(rest, NULL, 0);
  } else if ((rest = after(line, "; expect-trap ")) != NULL) {
    p->traps = true;
    snprintf(p->trap, sizeof p->trap, "%.*s", (int)(n - (size_t)(rest - line)), rest);
  } else if ((rest = after(line, "; expect-throw ")) != NULL) {
    p->throws = true;
    p->thrown = strtol(rest, NULL, 0);
  } else if ((rest = after(line, "; expect-backtrace: ")) != NULL) {
    text_add_bytes(&p->trace, rest, n - (size_t)(rest - line));
  } else if ((rest = after(line, "; stack ")) != NULL) {
    p->stack = strtoul(rest, NULL, 0);
  } else if ((rest = after(line, "; heap ")) != NULL) {
    p->heap = strtoul(rest, NULL, 0);
  }
}

bool program_read(program *p)
{
  const char *kind = after(p->path, "gen:");
  bool ok = kind != NULL ? generate(kind, &p->source) : read_file(p);
  if (!ok) return false;
  const char *line = text_get(&p->source), *next;
  const char *end = line + p->source.size;
  if (strstr(line, ";; main") == NULL) start_part(p, "", 0, line);
  for (; line < end; line = next) {
    next = memchr(line, '\n', (size_t)(end - line));
    size_t n = (size_t)((next != NULL ? next : end) - line);
    read_line(p, line, n);
    next = line + n + 1;
  }
  part *last = &p->parts[p->nparts - 1];
  last->size = (size_t)(end - last->start);
  return true;
}

void program_free(program *p)
{
  text_free(&p->source);
  text_free(&p->output);
  text_free(&p->trace);
}
