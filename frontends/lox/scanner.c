/* scanner.c - Lox source text to tokens.
 *
 * SPDX-License-Identifier: MIT
 */
#include "scanner.h"

#include <stdbool.h>
#include <string.h>

void lox_scanner_init(lox_scanner *s, const char *source, size_t size)
{
  s->at = source;
  s->end = source + size;
  s->line = 1;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static char peek(const lox_scanner *s, size_t ahead)
{
  return (size_t)(s->end - s->at) > ahead ? s->at[ahead] : '\0';
}

static bool at_end(const lox_scanner *s) { return s->at == s->end; }

static void skip_line(lox_scanner *s)
{
  while (!at_end(s) && *s->at != '\n') s->at++;
}

static void skip_blanks(lox_scanner *s)
{
  while (!at_end(s)) {
    char c = *s->at;
    if (c == '/' && peek(s, 1) == '/') {
      skip_line(s);
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      if (c == '\n') s->line++;
      s->at++;
    } else {
      return;
    }
  }
}

static lox_token make(const lox_scanner *s, lox_token_kind kind, const char *start)
{
  return (lox_token){kind, start, (size_t)(s->at - start), s->line};
}

static lox_token error(const lox_scanner *s, const char *message)
{
  return (lox_token){LOX_ERROR, message, strlen(message), s->line};
}

static lox_token_kind keyword(const char *text, size_t length)
{
  static const struct {
    const char *text;
    lox_token_kind kind;
  } table[] = {
#define X(text, kind) {text, LOX_##kind},
      LOX_KEYWORDS(X)
#undef X
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (strlen(table[i].text) == length && memcmp(table[i].text, text, length) == 0)
      return table[i].kind;
  return LOX_IDENTIFIER;
}

static lox_token name(lox_scanner *s, const char *start)
{
  while (!at_end(s) && (is_letter(*s->at) || is_digit(*s->at))) s->at++;
  return make(s, keyword(start, (size_t)(s->at - start)), start);
}

static lox_token number(lox_scanner *s, const char *start)
{
  while (is_digit(peek(s, 0))) s->at++;
  if (peek(s, 0) == '.' && is_digit(peek(s, 1))) {
    s->at++;
    while (is_digit(peek(s, 0))) s->at++;
  }
  return make(s, LOX_NUMBER, start);
}

static lox_token string(lox_scanner *s, const char *start)
{
  while (!at_end(s) && *s->at != '"') {
    if (*s->at == '\n') s->line++;
    s->at++;
  }
  if (at_end(s)) return error(s, "Unterminated string.");
  s->at++;
  return make(s, LOX_STRING, start);
}

static lox_token punctuation(lox_scanner *s, const char *start)
{
  static const char singles[] = "(){},.-+;/*!=><"; /* the last four may have a '=' behind them */
  static const lox_token_kind kinds[] = {
      LOX_LEFT_PAREN, LOX_RIGHT_PAREN, LOX_LEFT_BRACE, LOX_RIGHT_BRACE, LOX_COMMA,
      LOX_DOT,        LOX_MINUS,       LOX_PLUS,       LOX_SEMICOLON,   LOX_SLASH,
      LOX_STAR,       LOX_BANG,        LOX_EQUAL,      LOX_GREATER,     LOX_LESS};
  const char *found = *start ? strchr(singles, *start) : NULL;
  if (!found) return error(s, "Unexpected character.");
  lox_token_kind kind = kinds[found - singles];
  if (strchr("!=><", *start) && peek(s, 0) == '=') {
    s->at++;
    kind++; /* each is followed by the kind with '=' */
  }
  return make(s, kind, start);
}

lox_token lox_scan(lox_scanner *s)
{
  skip_blanks(s);
  const char *start = s->at;
  if (at_end(s)) return make(s, LOX_END, start);
  char c = *s->at++;
  if (is_letter(c)) return name(s, start);
  if (is_digit(c)) return number(s, start);
  if (c == '"') return string(s, start);
  return punctuation(s, start);
}
