/* arena.c - memory for one compilation.
 *
 * SPDX-License-Identifier: MIT
 */
#include "arena.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 32 * 1024 };

struct lox_arena_block {
  lox_arena_block *next;
  _Alignas(max_align_t) unsigned char bytes[BLOCK];
};

static bool grow(lox_arena *arena)
{
  lox_arena_block *block = malloc(sizeof *block);
  if (!block) return false;
  block->next = arena->blocks;
  arena->blocks = block;
  arena->used = 0;
  return true;
}

void *lox_arena_new(lox_arena *arena, size_t size)
{
  size_t align = _Alignof(max_align_t), room = (size + align - 1) / align * align;
  if (arena->failed || ((!arena->blocks || BLOCK - arena->used < room) && !grow(arena))) {
    arena->failed = true;
    return memset(arena->spill, 0, sizeof arena->spill);
  }
  void *piece = arena->blocks->bytes + arena->used;
  arena->used += room;
  return memset(piece, 0, size);
}

void lox_arena_free(lox_arena *arena)
{
  while (arena->blocks) {
    lox_arena_block *next = arena->blocks->next;
    free(arena->blocks);
    arena->blocks = next;
  }
}
