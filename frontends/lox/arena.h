/* arena.h - memory for one compilation: allocated piece by piece, freed at once.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LOX_ARENA_H
#define LOX_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#define LOX_ARENA_LARGEST 4096 /* bytes of one allocation */

typedef struct lox_arena_block lox_arena_block;

/* Start with all bytes zero. */
typedef struct lox_arena {
  lox_arena_block *blocks;
  size_t used;
  bool failed;                                                    /* memory ran out once */
  _Alignas(max_align_t) unsigned char spill[LOX_ARENA_LARGEST]; /* given out from then on */
} lox_arena;

/* `size` zeroed bytes, at most LOX_ARENA_LARGEST. Never NULL: when memory has run out, `failed` is
 * set and everybody gets the same piece, so that a parser can go on to the place where it asks. */
void *lox_arena_new(lox_arena *arena, size_t size);

void lox_arena_free(lox_arena *arena);

#endif
