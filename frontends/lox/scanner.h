/* scanner.h - Lox source text to tokens.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LOX_SCANNER_H
#define LOX_SCANNER_H

#include <stddef.h>

/* What stands in a token list besides punctuation is in one table: keyword, kind. */
#define LOX_KEYWORDS(X)                                                                             \
  X("and", AND) X("class", CLASS) X("else", ELSE) X("false", FALSE) X("for", FOR) X("fun", FUN)     \
  X("if", IF) X("nil", NIL) X("or", OR) X("print", PRINT) X("return", RETURN) X("super", SUPER)     \
  X("this", THIS) X("true", TRUE) X("var", VAR) X("while", WHILE)

typedef enum lox_token_kind {
  LOX_END,
  LOX_ERROR, /* `start` is the message */
  LOX_IDENTIFIER,
  LOX_STRING, /* with its quotes */
  LOX_NUMBER,
#define X(text, kind) LOX_##kind,
  LOX_KEYWORDS(X)
#undef X
  LOX_LEFT_PAREN,
  LOX_RIGHT_PAREN,
  LOX_LEFT_BRACE,
  LOX_RIGHT_BRACE,
  LOX_COMMA,
  LOX_DOT,
  LOX_MINUS,
  LOX_PLUS,
  LOX_SEMICOLON,
  LOX_SLASH,
  LOX_STAR,
  LOX_BANG,
  LOX_BANG_EQUAL,
  LOX_EQUAL,
  LOX_EQUAL_EQUAL,
  LOX_GREATER,
  LOX_GREATER_EQUAL,
  LOX_LESS,
  LOX_LESS_EQUAL,
  LOX_TOKEN_KINDS
} lox_token_kind;

typedef struct lox_token {
  lox_token_kind kind;
  const char *start; /* borrowed from the source */
  size_t length;
  unsigned line; /* where it ends */
} lox_token;

typedef struct lox_scanner {
  const char *at, *end;
  unsigned line;
} lox_scanner;

/* `source` is borrowed and need not end in NUL. */
void lox_scanner_init(lox_scanner *s, const char *source, size_t size);

/* The next token; LOX_END for ever at the end. */
lox_token lox_scan(lox_scanner *s);

#endif
