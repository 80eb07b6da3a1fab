/* repl.c - a session: reads lines and runs each.
 *
 * SPDX-License-Identifier: MIT
 *
 * An entry goes on over further lines while brackets are open, so that functions and classes can
 * be typed as they are written. A mistake, of the language or while running, ends the entry only.
 */
#include "repl.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scanner.h"
#ifdef LOX_EDITLINE
#include <editline/readline.h>
#endif

typedef struct entry {
  char *text;
  size_t size;
} entry;

/* A line without its '\n', to be freed; NULL at the end. */
static char *read_plain(const char *prompt)
{
  char *line = NULL;
  size_t room = 0;
  fputs(prompt, stdout);
  fflush(stdout);
  ssize_t n = getline(&line, &room, stdin);
  if (n < 0) {
    free(line);
    return NULL;
  }
  if (n && line[n - 1] == '\n') line[n - 1] = '\0';
  return line;
}

static char *read_line(const char *prompt, bool terminal)
{
#ifdef LOX_EDITLINE
  if (terminal) {
    char *line = readline(prompt);
    if (line && *line) add_history(line);
    return line;
  }
#endif
  return read_plain(terminal ? prompt : "");
}

/* More closing than opening brackets, or as many, end an entry. */
static bool complete(const entry *e)
{
  lox_scanner s;
  long open = 0;
  lox_scanner_init(&s, e->text, e->size);
  for (;;) {
    lox_token t = lox_scan(&s);
    if (t.kind == LOX_LEFT_BRACE || t.kind == LOX_LEFT_PAREN) open++;
    if (t.kind == LOX_RIGHT_BRACE || t.kind == LOX_RIGHT_PAREN) open--;
    if (t.kind == LOX_ERROR && strcmp(t.start, "Unterminated string.") == 0) return false;
    if (t.kind == LOX_END) return open <= 0;
  }
}

static bool append(entry *e, const char *line)
{
  size_t n = strlen(line);
  char *text = realloc(e->text, e->size + n + 1);
  if (!text) return false;
  memcpy(text + e->size, line, n);
  text[e->size + n] = '\n';
  *e = (entry){text, e->size + n + 1};
  return true;
}

int repl_run(lox *l)
{
  bool terminal = isatty(STDIN_FILENO);
  entry e = {NULL, 0};
  char *line;
  while ((line = read_line(e.size ? "| " : "> ", terminal)) != NULL) {
    bool added = append(&e, line);
    free(line);
    if (!added) {
      fprintf(stderr, "lox: out of memory\n");
      break;
    }
    if (!complete(&e)) continue;
    lox_run(l, "session", e.text, e.size);
    fflush(stdout);
    e.size = 0;
  }
  if (e.size) lox_run(l, "session", e.text, e.size); /* the end of the input closes an entry too */
  free(e.text);
  if (terminal) puts("");
  return 0;
}
