/* programs.c - assembler files that carry their expectations in comments:
 *
 *   ; expect NAME ARGUMENT... = RESULT...
 *   ; expect NAME ARGUMENT... = trap NAME      (or: throw DYN, stop NAME)
 *
 * SPDX-License-Identifier: MIT
 *
 * The calls run in order on one instance.
 */
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static void run_line(harness *h, char *line)
{
  char *words[MAX_TOKENS];
  unsigned n = split_words(line, words, MAX_TOKENS);
  if (n < 3 || strcmp(words[0], ";") != 0 || strcmp(words[1], "expect") != 0) return;
  harness_expect(h, words[2], words + 3, n - 3);
}

void run_program(harness *h, const char *path)
{
  size_t size;
  char *whole = read_text(h, path, &size);
  if (whole == NULL) return;
  unsigned long before = h->checks;
  if (harness_open(h, whole, size)) {
    for (char *line = whole, *next; line != NULL; line = next) {
      next = strchr(line, '\n');
      if (next != NULL) *next++ = '\0';
      h->line++;
      run_line(h, line);
    }
    if (h->checks == before) harness_fail(h, "no expectations");
    harness_close(h);
  }
  free(whole);
}
