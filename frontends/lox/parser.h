/* parser.h - Lox source to a tree with every name resolved.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LOX_PARSER_H
#define LOX_PARSER_H

#include "arena.h"
#include "ast.h"

/* Told every mistake, a line without '\n' such as "[line 3] Error at 'x': Expect expression." */
typedef void lox_report(void *user, const char *message);

typedef enum lox_parse_result { LOX_PARSED, LOX_WRONG, LOX_NO_MEMORY } lox_parse_result;

/* Parses a whole program into `arena`; `source` is borrowed as long as *out is used. After LOX_WRONG
 * at least one mistake was reported, and *out means nothing. */
lox_parse_result lox_parse(const char *source, size_t size, lox_arena *arena, lox_report *report,
                           void *user, lox_program *out);

#endif
