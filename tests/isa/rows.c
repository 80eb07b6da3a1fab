/* rows.c - numeric.rows: for every instruction a module is made with the instruction over
 * parameters, and for every row over constants, which a compiler may fold.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "isa.h"

enum { MAX_ROWS = 1000, MAX_OPERANDS = 2 };

typedef struct text {
  char *data;
  size_t used, capacity;
} text;

typedef struct section { /* of one instruction */
  char *name;
  char *types[MAX_OPERANDS], *result;
  unsigned noperands;
  char *rows[MAX_ROWS]; /* lines */
  unsigned lines[MAX_ROWS];
  unsigned nrows;
} section;

static void put(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(text *t, const char *format, ...)
{
  char line[256];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(line, sizeof line, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= sizeof line) abort();
  if (t->used + (size_t)n + 1 > t->capacity) {
    t->capacity = 2 * (t->used + (size_t)n + 1);
    t->data = realloc(t->data, t->capacity);
    if (t->data == NULL) abort();
  }
  memcpy(t->data + t->used, line, (size_t)n + 1);
  t->used += (size_t)n;
}

static void put_param_function(text *t, const section *s)
{
  put(t, "func params (");
  for (unsigned i = 0; i < s->noperands; i++) put(t, "%s%s", i ? ", " : "", s->types[i]);
  put(t, ") -> (%s) {\n", s->result);
  for (unsigned i = 0; i < s->noperands; i++) put(t, "  local.get %u\n", i);
  put(t, "  %s\n  return\n}\nexport func \"params\" params\n", s->name);
}

/* All rows over constants in one function that a switch enters: a compile for each would take long. */
static void put_row_function(text *t, const section *s)
{
  put(t, "func row (i32) -> (%s) {\n  local.get 0\n  switch (", s->result);
  for (unsigned i = 0; i < s->nrows; i++) put(t, "%sl%u", i ? ", " : "", i);
  put(t, ") none\n");
  for (unsigned i = 0; i < s->nrows; i++) {
    char line[256], *words[8];
    snprintf(line, sizeof line, "%s", s->rows[i]);
    unsigned n = split_words(line, words, 8);
    put(t, "l%u:\n", i);
    for (unsigned k = 0; k < s->noperands && k < n; k++) {
      put(t, "  %s.const %s\n", s->types[k], words[k]);
    }
    put(t, "  %s\n  return\n", s->name);
  }
  put(t, "none:\n  unreachable\n}\nexport func \"row\" row\n");
}

static void check_row(harness *h, const section *s, unsigned row)
{
  char number[16], *words[8];
  unsigned n = split_words(s->rows[row], words, 8);
  snprintf(number, sizeof number, "%u", row);
  h->line = s->lines[row];
  harness_expect(h, "params", words, n);
  if (n <= s->noperands) return;
  words[s->noperands - 1] = number; /* the row stands where the last operand stood */
  harness_expect(h, "row", words + s->noperands - 1, n - s->noperands + 1);
}

static void run_section(harness *h, section *s)
{
  text t = {NULL, 0, 0};
  unsigned first = h->line;
  put_param_function(&t, s);
  put_row_function(&t, s);
  if (harness_open(h, t.data, t.used)) {
    for (unsigned i = 0; i < s->nrows; i++) check_row(h, s, i);
    harness_close(h);
  }
  h->line = first;
  free(t.data);
}

/* "op NAME TYPE... -> TYPE" */
static bool begin_section(harness *h, section *s, char *line)
{
  char *words[8];
  unsigned n = split_words(line, words, 8);
  s->nrows = 0;
  s->noperands = n - 4;
  if (n < 5 || s->noperands > MAX_OPERANDS || strcmp(words[n - 2], "->") != 0) {
    harness_fail(h, "expected: op NAME TYPE... -> TYPE");
    return false;
  }
  s->name = words[1];
  s->result = words[n - 1];
  for (unsigned i = 0; i < s->noperands; i++) s->types[i] = words[2 + i];
  return true;
}

/* Is every instruction from numbers to numbers in the file? */
static void check_complete(harness *h, const bool *seen)
{
  for (unsigned i = 0; i < VMI_OP_COUNT; i++) {
    const vmi_op *op = &vmi_isa_ops[i];
    bool numeric = op->imms[0] == '\0' && op->pops[0] != '\0' && op->pushes[0] != '\0' &&
                   strspn(op->pops, "iIfd") == strlen(op->pops) &&
                   strspn(op->pushes, "iIfd") == strlen(op->pushes);
    if (numeric && !seen[i]) harness_fail(h, "no rows for %s", op->text);
  }
}

static void mark_seen(harness *h, bool *seen, const char *name)
{
  const vmi_op *op = vmi_isa_find(name, (uint32_t)strlen(name));
  if (op == NULL) {
    harness_fail(h, "no such instruction: %s", name);
  } else {
    seen[op - vmi_isa_ops] = true;
  }
}

void run_rows(harness *h, const char *path)
{
  static section s; /* too large for a stack frame */
  bool seen[VMI_OP_COUNT] = {false}, open = false;
  size_t size;
  char *whole = read_text(h, path, &size), *next = whole;
  while (next != NULL && *next != '\0') {
    char *line = next;
    next = strchr(line, '\n');
    if (next != NULL) *next++ = '\0';
    h->line++;
    if (strncmp(line, "op ", 3) == 0) {
      if (open) run_section(h, &s);
      open = begin_section(h, &s, line);
      if (open) mark_seen(h, seen, s.name);
    } else if (open && line[0] != '#' && line[0] != '\0' && s.nrows < MAX_ROWS) {
      s.rows[s.nrows] = line;
      s.lines[s.nrows++] = h->line;
    }
  }
  if (open) run_section(h, &s);
  if (whole != NULL) check_complete(h, seen);
  free(whole);
}
