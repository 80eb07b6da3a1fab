/* alloc.c - the allocator hook, arenas and vectors.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base.h"

#include <stdlib.h>
#include <string.h>

static void *libc_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  if (new_size == 0) {
    free(block);
    return NULL;
  }
  return realloc(block, new_size);
}

vmi_alloc vmi_alloc_from(const vm_allocator *hook)
{
  if (hook == NULL || hook->resize == NULL) return (vmi_alloc){libc_resize, NULL};
  return (vmi_alloc){hook->resize, hook->user};
}

/* A block of no bytes still is a block: the hook takes a new size of 0 for "free", so it is asked
 * for one byte, and told so when the block goes back. */
static size_t hook_size(size_t size)
{
  return size == 0 ? 1 : size;
}

void *vmi_new(const vmi_alloc *a, size_t size)
{
  return a->resize(a->user, NULL, 0, hook_size(size));
}

void *vmi_new_zero(const vmi_alloc *a, size_t count, size_t size)
{
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  void *block = vmi_new(a, bytes);
  if (block != NULL) memset(block, 0, bytes);
  return block;
}

void vmi_free(const vmi_alloc *a, void *block, size_t size)
{
  if (block != NULL) a->resize(a->user, block, hook_size(size), 0);
}

void *vmi_resize(const vmi_alloc *a, void *block, size_t old_size, size_t new_size)
{
  if (block == NULL) return vmi_new(a, new_size);
  return a->resize(a->user, block, hook_size(old_size), hook_size(new_size));
}

/* ---- arena ---- */

enum { ARENA_ALIGN = 16, ARENA_FIRST = 4096, ARENA_LARGEST = 1 << 20 };

typedef struct vmi_arena_chunk {
  struct vmi_arena_chunk *next;
  size_t size; /* with this head */
  size_t used; /* with this head */
  size_t pad;  /* keeps the head a multiple of ARENA_ALIGN */
} vmi_arena_chunk;

_Static_assert(sizeof(vmi_arena_chunk) % ARENA_ALIGN == 0, "blocks behind the head are aligned");

void vmi_arena_init(vmi_arena *arena, const vmi_alloc *alloc)
{
  *arena = (vmi_arena){.alloc = *alloc};
}

/* A chunk with room for `need` bytes. Sizes double so that the number of chunks stays logarithmic;
 * a block too large for the next chunk gets one of its own, put second so that the room left in
 * the first stays in use. */
static vmi_arena_chunk *arena_grow(vmi_arena *arena, size_t need)
{
  size_t size = arena->chunks == NULL ? ARENA_FIRST : arena->chunks->size * 2;
  if (size > ARENA_LARGEST) size = ARENA_LARGEST;
  bool alone = need > size - sizeof(vmi_arena_chunk);
  if (alone && __builtin_add_overflow(need, sizeof(vmi_arena_chunk), &size)) return NULL;
  vmi_arena_chunk *chunk = vmi_new(&arena->alloc, size);
  if (chunk == NULL) return NULL;
  *chunk = (vmi_arena_chunk){.size = size, .used = sizeof *chunk};
  if (alone && arena->chunks != NULL) {
    chunk->next = arena->chunks->next;
    arena->chunks->next = chunk;
  } else {
    chunk->next = arena->chunks;
    arena->chunks = chunk;
  }
  return chunk;
}

void *vmi_arena_new(vmi_arena *arena, size_t count, size_t size)
{
  size_t bytes, need;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  if (__builtin_add_overflow(bytes, ARENA_ALIGN - 1, &need)) return NULL;
  need &= ~(size_t)(ARENA_ALIGN - 1);
  if (need == 0) need = ARENA_ALIGN;
  vmi_arena_chunk *chunk = arena->chunks;
  if (chunk == NULL || chunk->size - chunk->used < need) chunk = arena_grow(arena, need);
  if (chunk == NULL) return NULL;
  uint8_t *block = (uint8_t *)chunk + chunk->used;
  chunk->used += need;
  arena->used += need;
  memset(block, 0, need);
  return block;
}

void *vmi_arena_copy(vmi_arena *arena, const void *bytes, size_t count, size_t size)
{
  void *block = vmi_arena_new(arena, count, size);
  if (block != NULL && count * size != 0) memcpy(block, bytes, count * size);
  return block;
}

void vmi_arena_free(vmi_arena *arena)
{
  vmi_arena_chunk *chunk = arena->chunks;
  while (chunk != NULL) {
    vmi_arena_chunk *next = chunk->next;
    vmi_free(&arena->alloc, chunk, chunk->size);
    chunk = next;
  }
  arena->chunks = NULL;
  arena->used = 0;
}

/* ---- vector ---- */

static bool vec_reserve(const vmi_alloc *a, vmi_vec *v, size_t count)
{
  if (count <= v->capacity) return true;
  size_t capacity = v->capacity < 8 ? 8 : v->capacity, bytes;
  while (capacity < count) {
    if (__builtin_mul_overflow(capacity, (size_t)2, &capacity)) return false;
  }
  if (__builtin_mul_overflow(capacity, v->elem, &bytes)) return false;
  void *data = vmi_resize(a, v->data, v->capacity * v->elem, bytes);
  if (data == NULL) return false;
  v->data = data;
  v->capacity = capacity;
  return true;
}

void *vmi_vec_push_slow(const vmi_alloc *a, vmi_vec *v, size_t elem, size_t n)
{
  size_t count;
  v->elem = elem;
  if (__builtin_add_overflow(v->count, n, &count) || !vec_reserve(a, v, count)) return NULL;
  if (v->data == NULL && !vec_reserve(a, v, 1)) return NULL; /* n is 0: NULL would say no memory */
  uint8_t *first = (uint8_t *)v->data + v->count * elem;
  memset(first, 0, n * elem);
  v->count = count;
  return first;
}

void vmi_vec_free(const vmi_alloc *a, vmi_vec *v)
{
  vmi_free(a, v->data, v->capacity * v->elem);
  *v = (vmi_vec){0};
}
