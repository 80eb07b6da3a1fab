/* lexer.h - tokens of the text form, made one at a time from any position.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_LEXER_H
#define VMI_LEXER_H

#include "base.h"

typedef enum vmi_token_kind {
  VMI_TOK_END,    /* of the text */
  VMI_TOK_NAME,   /* plain identifier; may be a keyword where the grammar has one */
  VMI_TOK_STRING, /* quoted; as a name never a keyword */
  VMI_TOK_NUMBER, /* starts with a digit, or a sign and a digit or letter */
  VMI_TOK_ARROW,  /* -> */
  VMI_TOK_PUNCT,  /* one of ( ) { } [ ] , : = */
  VMI_TOK_BAD     /* a character or string that is no token; `error` says why */
} vmi_token_kind;

typedef struct vmi_token {
  vmi_token_kind kind;
  char punct;         /* of PUNCT */
  bool first_on_line;
  const char *start;  /* in the text; of a STRING: behind the opening quote */
  uint32_t size;      /* of a STRING: up to the closing quote, escapes as written */
  uint32_t line, column;
  const char *error;
} vmi_token;

/* A position in the text; copy it to come back later. */
typedef struct vmi_lexer {
  const char *at, *end, *line_start;
  uint32_t line;
} vmi_lexer;

void vmi_lexer_init(vmi_lexer *lexer, const char *text, size_t size);
/* The next token. Behind the last one END comes for ever. */
vmi_token vmi_lexer_next(vmi_lexer *lexer);
bool vmi_lexer_is_name_start(char c);
bool vmi_lexer_is_name(char c);
/* Decode the escapes of a STRING token to `out` (room for t->size bytes). Returns the size, or -1
 * and the place of the bad escape in *bad. */
int64_t vmi_lexer_unescape(const vmi_token *t, uint8_t *out, const char **bad);

#endif
