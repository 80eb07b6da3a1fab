/* spec_table.c - the conformance tables in the documentation, which runs write and are held against.
 *
 * SPDX-License-Identifier: MIT
 *
 * They are the only place where it stands how many commands of each kind there are, so a run that
 * leaves out a command, a script or a kind does not pass.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

const char *const spec_tier_names[SPEC_TIERS] = {"0", "1", "2", "auto"};
const char *const spec_kind_names[SPEC_KINDS] = {
  "modules", "registered", "actions", "returns", "traps", "exhaustion", "invalid", "malformed",
  "unlinkable", "uninstantiable", "text, skipped"};

static const char begin_mark[] = "<!-- conformance: written by spec_runner -->\n";
static const char end_mark[] = "<!-- end of conformance -->\n";

/* ---- reading ---- */

static char *read_text(const char *path)
{
  FILE *file = fopen(path, "rb");
  char *text = NULL;
  long size = -1;
  if (file != NULL && fseek(file, 0, SEEK_END) == 0) size = ftell(file);
  if (size >= 0) {
    rewind(file);
    text = malloc((size_t)size + 1);
    if (text != NULL) text[fread(text, 1, (size_t)size, file)] = '\0';
  }
  if (file != NULL) fclose(file);
  if (text == NULL) perror(path);
  return text;
}

/* The text between the marks, and where it starts and ends; NULL: no marks. */
static char *marked(const char *path, const char *text, char **end)
{
  char *from = strstr(text, begin_mark);
  *end = from != NULL ? strstr(from, end_mark) : NULL;
  if (*end != NULL) return from + strlen(begin_mark);
  fprintf(stderr, "%s: expected the marks of the conformance tables, found none\n", path);
  return NULL;
}

enum { CELLS = SPEC_KINDS + 1, CELL = 64 };

/* The cells of a line "| a | b |", how many there are, and the next line. */
static int split_row(const char **line, char cells[CELLS][CELL])
{
  const char *p = *line, *end = strchr(p, '\n');
  int n = 0;
  if (end == NULL) end = p + strlen(p);
  *line = *end == '\n' ? end + 1 : end;
  while (p < end && *p == '|' && n < CELLS) {
    const char *bar = memchr(p + 1, '|', (size_t)(end - p - 1));
    if (bar == NULL) break;
    const char *from = p + 1, *to = bar;
    while (from < to && *from == ' ') from++;
    while (to > from && to[-1] == ' ') to--;
    snprintf(cells[n++], CELL, "%.*s", (int)(to - from), from);
    p = bar;
  }
  return n;
}

static const spec_result *find_result(const spec_result *results, size_t count, const char *script)
{
  for (size_t i = 0; i < count; i++) {
    if (strcmp(results[i].script, script) == 0) return &results[i];
  }
  return NULL;
}

static bool check_cell(const char *where, int kind, const char *cell, uint32_t found)
{
  if (strtoul(cell, NULL, 10) == found) return true;
  fprintf(stderr, "%s: %s: expected %s as in the documentation's table, found %u\n", where,
          spec_kind_names[kind], cell, (unsigned)found);
  return false;
}

static uint32_t total(const spec_result *results, size_t count, int kind)
{
  uint32_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += results[i].counts.passed[kind];
  return sum;
}

static int kind_of(const char *name)
{
  int kind = 0;
  while (kind < SPEC_KINDS && strcmp(spec_kind_names[kind], name) != 0) kind++;
  return kind;
}

bool spec_table_check(const char *file, const spec_result *results, size_t count, int tier,
                      bool all)
{
  char cells[CELLS][CELL], *end, *text = read_text(file);
  const char *line = text != NULL ? marked(file, text, &end) : NULL;
  bool ok = line != NULL;
  size_t scripts = 0, kinds = 0;
  for (int n; ok && line < end;) {
    n = split_row(&line, cells);
    int kind = n == SPEC_TIERS + 1 ? kind_of(cells[0]) : SPEC_KINDS;
    if (kind < SPEC_KINDS) {
      kinds++;
      if (all) ok = check_cell("all scripts", kind, cells[1 + tier], total(results, count, kind));
    }
    const spec_result *r = n == CELLS ? find_result(results, count, cells[0]) : NULL;
    if (r == NULL) continue;
    scripts++;
    for (kind = 0; kind < SPEC_KINDS; kind++) {
      if (!check_cell(r->script, kind, cells[1 + kind], r->counts.passed[kind])) ok = false;
    }
  }
  if (ok && (scripts != count || kinds != SPEC_KINDS)) {
    fprintf(stderr, "%s: expected %zu scripts and %d kinds in the tables, found %zu and %zu\n",
            file, count, SPEC_KINDS, scripts, kinds);
    ok = false;
  }
  free(text);
  return ok;
}

/* ---- writing ---- */

static void write_kinds(FILE *out, spec_result *const results[SPEC_TIERS], size_t count)
{
  fprintf(out, "\n| | tier 0 | tier 1 | tier 2 | auto |\n| --- | --: | --: | --: | --: |\n");
  for (int kind = 0; kind < SPEC_KINDS; kind++) {
    fprintf(out, "| %s |", spec_kind_names[kind]);
    for (int t = 0; t < SPEC_TIERS; t++) {
      fprintf(out, " %u |", (unsigned)total(results[t], count, kind));
    }
    fprintf(out, "\n");
  }
}

static void write_scripts(FILE *out, const spec_result *results, size_t count)
{
  fprintf(out, "\n| script |");
  for (int kind = 0; kind < SPEC_KINDS; kind++) fprintf(out, " %s |", spec_kind_names[kind]);
  fprintf(out, "\n| --- |");
  for (int kind = 0; kind < SPEC_KINDS; kind++) fprintf(out, " --: |");
  fprintf(out, "\n");
  for (size_t i = 0; i < count; i++) {
    fprintf(out, "| %s |", results[i].script);
    for (int kind = 0; kind < SPEC_KINDS; kind++) {
      fprintf(out, " %u |", (unsigned)results[i].counts.passed[kind]);
    }
    fprintf(out, "\n");
  }
  fprintf(out, "\n");
}

bool spec_table_write(const char *file, spec_result *const results[SPEC_TIERS], size_t count)
{
  char *end, *text = read_text(file);
  char *from = text != NULL ? marked(file, text, &end) : NULL;
  FILE *out = from != NULL ? fopen(file, "wb") : NULL;
  bool ok = out != NULL;
  if (ok) {
    fwrite(text, 1, (size_t)(from - text), out);
    write_kinds(out, results, count);
    write_scripts(out, results[0], count);
    fputs(end, out);
    ok = !ferror(out);
    if (fclose(out) != 0) ok = false;
  }
  if (!ok && from != NULL) perror(file);
  free(text);
  return ok;
}
