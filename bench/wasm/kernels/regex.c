/* regex.c - searches text for regular expressions by backtracking: recursion, byte loads, branches.
 *
 * SPDX-License-Identifier: MIT
 *
 * Patterns know ^ $ . \d \w [a-z] [^a-z] * + ? and (a|b).
 */
#include "kernel.h"

enum { TEXT = 1 << 15 };

static char text[TEXT + 1];
static uint32_t steps;

static int match_here(const char *pattern, const char *end, const char *at, const char **stop);

static int is_word(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Behind the atom that begins at p: a character, an escape, a class or a group. */
static const char *atom_end(const char *p)
{
  if (*p == '\\') return p + 2;
  if (*p == '[') {
    while (*p != ']') p++;
  } else if (*p == '(') {
    for (int depth = 0;; p++) {
      if (*p == '(') depth++;
      if (*p == ')' && --depth == 0) break;
    }
  }
  return p + 1;
}

static int in_class(const char *p, char c)
{
  int negated = p[1] == '^';
  for (p += 1 + negated; *p != ']'; p++) {
    if (p[1] == '-' && p[2] != ']') {
      if (c >= p[0] && c <= p[2]) return !negated;
      p += 2;
    } else if (*p == c) {
      return !negated;
    }
  }
  return negated;
}

static int match_one(const char *atom, char c)
{
  if (!c || c == '\n') return 0;
  switch (*atom) {
  case '.': return 1;
  case '[': return in_class(atom, c);
  case '\\': return atom[1] == 'd' ? c >= '0' && c <= '9' : atom[1] == 'w' ? is_word(c) : c == atom[1];
  default: return c == *atom;
  }
}

/* The alternatives of the group at p one after the other, each followed by the rest of the pattern. */
static int match_group(const char *p, const char *rest, const char *end, const char *at,
                       const char **stop)
{
  const char *first = p + 1;
  for (const char *q = first;; q = atom_end(q)) {
    if (*q != '|' && *q != ')') continue;
    const char *middle;
    if (match_here(first, q, at, &middle) && match_here(rest, end, middle, stop)) return 1;
    if (*q == ')') return 0;
    first = q + 1;
    if (*first == '|' || *first == ')') q = first - 1;
  }
}

static int match_repeated(const char *atom, char kind, const char *rest, const char *end,
                          const char *at, const char **stop)
{
  const char *last = at;
  if (kind == '?') last += match_one(atom, *at);
  else
    while (match_one(atom, *last)) last++;
  for (const char *least = at + (kind == '+'); last >= least; last--)
    if (match_here(rest, end, last, stop)) return 1;
  return 0;
}

static int match_here(const char *pattern, const char *end, const char *at, const char **stop)
{
  while (pattern < end) {
    steps++;
    if (*pattern == '$' && pattern + 1 == end) return *stop = at, !*at || *at == '\n';
    const char *next = atom_end(pattern);
    if (*pattern == '(') return match_group(pattern, next, end, at, stop);
    if (next < end && (*next == '*' || *next == '+' || *next == '?'))
      return match_repeated(pattern, *next, next + 1, end, at, stop);
    if (!match_one(pattern, *at++)) return 0;
    pattern = next;
  }
  *stop = at;
  return 1;
}

static uint32_t count_matches(const char *pattern)
{
  uint32_t count = 0;
  int anchored = *pattern == '^';
  const char *end = pattern, *stop;
  while (*end) end++;
  for (const char *at = text; *at;) {
    if ((!anchored || at == text || at[-1] == '\n') && match_here(pattern + anchored, end, at, &stop)) {
      count++;
      at = stop > at ? stop : at + 1;
    } else {
      at++;
    }
  }
  return count;
}

/* Lines of words, numbers, addresses and dates. */
static void write_text(uint32_t seed)
{
  static const char *const shapes[] = {"aaaa", "aa aaaa", "d d aaa", "aaa@aaa.aa", "dddd-dd-dd",
                                       "aaa_aa = d", "if (aa) aa", "aaaaaaaaa"};
  for (int at = 0; at < TEXT;) {
    const char *shape = shapes[(kernel_random(&seed) >> 8) % 8];
    for (; *shape && at < TEXT; shape++) {
      int r = (int)(kernel_random(&seed) >> 5);
      text[at++] = (char)(*shape == 'a' ? 'a' + r % 26 : *shape == 'd' ? '0' + r % 10 : *shape);
    }
    if (at < TEXT) text[at++] = (kernel_random(&seed) & 7) == 0 ? '\n' : ' ';
  }
  text[TEXT] = 0;
}

uint32_t run(uint32_t n)
{
  static const char *const patterns[] = {"\\w+@\\w+\\.\\w\\w", "\\d\\d\\d\\d-\\d\\d-\\d\\d", "^[a-m]+ ",
                                         "(if|else) \\(\\w*\\)", "[^aeiou ]*q[a-z]*$", "a.*b.*c"};
  uint32_t sum = 1;
  for (uint32_t round = 0; round < n; round++) {
    write_text(round + 10);
    steps = 0;
    for (int i = 0; i < 6; i++) sum = kernel_mix(sum, count_matches(patterns[i]));
    sum = kernel_mix(sum, steps);
  }
  return sum;
}
