/* lexer.c - text to tokens.
 *
 * SPDX-License-Identifier: MIT
 */
#include "lexer.h"

void vmi_lexer_init(vmi_lexer *lexer, const char *text, size_t size)
{
  *lexer = (vmi_lexer){text, text + size, text, 1};
}

bool vmi_lexer_is_name_start(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool vmi_lexer_is_name(char c)
{
  return vmi_lexer_is_name_start(c) || is_digit(c) || c == '.' || c == '$' || c == '-';
}

static void skip_blank(vmi_lexer *l, bool *new_line)
{
  while (l->at < l->end) {
    char c = *l->at;
    if (c == ';') {
      while (l->at < l->end && *l->at != '\n') l->at++;
    } else if (c == '\n') {
      l->line_start = ++l->at;
      l->line++;
      *new_line = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      l->at++;
    } else {
      return;
    }
  }
}

static bool arrow_at(const vmi_lexer *l, const char *p)
{
  return l->end - p >= 2 && p[0] == '-' && p[1] == '>';
}

static void scan_name(vmi_lexer *l, vmi_token *t)
{
  t->kind = VMI_TOK_NAME;
  while (l->at < l->end && vmi_lexer_is_name(*l->at) && !arrow_at(l, l->at)) l->at++;
}

/* Everything that can be part of a number, right or wrong; its reader judges. A sign belongs to it
 * behind an exponent letter: e in decimal numbers, p in hexadecimal ones. */
static void scan_number(vmi_lexer *l, vmi_token *t)
{
  t->kind = VMI_TOK_NUMBER;
  if (*l->at == '+' || *l->at == '-') l->at++;
  bool hex = l->end - l->at >= 2 && l->at[0] == '0' && (l->at[1] == 'x' || l->at[1] == 'X');
  while (l->at < l->end) {
    char c = *l->at, before = l->at > t->start ? l->at[-1] : ' ';
    bool exponent = hex ? before == 'p' || before == 'P' : before == 'e' || before == 'E';
    bool sign = (c == '+' || c == '-') && exponent;
    if (!sign && !is_digit(c) && !vmi_lexer_is_name_start(c) && c != '.') return;
    l->at++;
  }
}

static void scan_string(vmi_lexer *l, vmi_token *t)
{
  t->start = ++l->at;
  while (l->at < l->end && *l->at != '"' && *l->at != '\n') {
    l->at += *l->at == '\\' && l->end - l->at >= 2 && l->at[1] != '\n' ? 2 : 1;
  }
  t->size = (uint32_t)(l->at - t->start);
  if (l->at == l->end || *l->at == '\n') {
    t->kind = VMI_TOK_BAD;
    t->error = "a string that is not closed on its line";
    return;
  }
  t->kind = VMI_TOK_STRING;
  l->at++;
}

static bool number_at(const vmi_lexer *l)
{
  char c = *l->at;
  if (is_digit(c)) return true;
  if ((c != '+' && c != '-') || l->end - l->at < 2) return false;
  return is_digit(l->at[1]) || l->at[1] == '.' || vmi_lexer_is_name_start(l->at[1]);
}

vmi_token vmi_lexer_next(vmi_lexer *l)
{
  vmi_token t = {.first_on_line = l->at == l->line_start};
  skip_blank(l, &t.first_on_line);
  t.start = l->at;
  t.line = l->line;
  t.column = (uint32_t)(l->at - l->line_start) + 1;
  if (l->at == l->end) {
    t.kind = VMI_TOK_END;
    return t;
  }
  char c = *l->at;
  if (c == '"') {
    scan_string(l, &t);
    return t;
  }
  if (vmi_lexer_is_name_start(c)) {
    scan_name(l, &t);
  } else if (number_at(l)) {
    scan_number(l, &t);
  } else if (arrow_at(l, l->at)) {
    t.kind = VMI_TOK_ARROW;
    l->at += 2;
  } else {
    l->at++;
    t.kind = VMI_TOK_PUNCT;
    t.punct = c;
    static const char puncts[] = "(){}[],:=";
    bool known = false;
    for (const char *p = puncts; *p != '\0'; p++) known |= *p == c;
    if (!known) {
      t.kind = VMI_TOK_BAD;
      t.error = "a character that starts no token";
    }
  }
  t.size = (uint32_t)(l->at - t.start);
  return t;
}

static int hex_digit(char c)
{
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* One escape behind its backslash; returns the characters used, 0 if it is none. */
static uint32_t unescape_one(const char *p, uint32_t left, uint8_t *out)
{
  if (left == 0) return 0;
  switch (p[0]) {
  case 'n': *out = '\n'; return 1;
  case 't': *out = '\t'; return 1;
  case 'r': *out = '\r'; return 1;
  case '"': *out = '"'; return 1;
  case '\\': *out = '\\'; return 1;
  default: break;
  }
  if (left < 2 || hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0) return 0;
  *out = (uint8_t)(hex_digit(p[0]) * 16 + hex_digit(p[1]));
  return 2;
}

int64_t vmi_lexer_unescape(const vmi_token *t, uint8_t *out, const char **bad)
{
  int64_t n = 0;
  for (uint32_t i = 0; i < t->size;) {
    char c = t->start[i++];
    if (c != '\\') {
      out[n++] = (uint8_t)c;
      continue;
    }
    uint32_t used = unescape_one(t->start + i, t->size - i, &out[n]);
    if (used == 0) {
      *bad = t->start + i - 1;
      return -1;
    }
    n++;
    i += used;
  }
  return n;
}
