/* base.h - what every layer stands on: allocator, arena, vectors, LEB128, errors.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_BASE_H
#define VMI_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "vm/engine.h"

#define VMI_LIKELY(x) __builtin_expect(!!(x), 1)
#define VMI_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define VMI_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The allocator behind an object; a plain copy of the host's hook. Thread-safe if the hook is. */
typedef struct vmi_alloc {
  void *(*resize)(void *user, void *block, size_t old_size, size_t new_size);
  void *user;
} vmi_alloc;

/* The hook `hook` names, or the C library's realloc and free if NULL. */
vmi_alloc vmi_alloc_from(const vm_allocator *hook);

void *vmi_new(const vmi_alloc *a, size_t size);                  /* NULL if out of memory */
void *vmi_new_zero(const vmi_alloc *a, size_t count, size_t size); /* overflow-checked, zeroed */
void vmi_free(const vmi_alloc *a, void *block, size_t size);     /* NULL is fine */
void *vmi_resize(const vmi_alloc *a, void *block, size_t old_size, size_t new_size); /* NULL if out
                                          of memory; size 0 is a block too, only vmi_free frees */

/* An arena: blocks that live and die together. */
typedef struct vmi_arena {
  vmi_alloc alloc;
  struct vmi_arena_chunk *chunks;
  size_t used; /* bytes handed out */
} vmi_arena;

void vmi_arena_init(vmi_arena *arena, const vmi_alloc *alloc);
void *vmi_arena_new(vmi_arena *arena, size_t count, size_t size); /* zeroed, 16-byte aligned; NULL
                                                                    if out of memory; count 0 gives
                                                                    a valid pointer */
void *vmi_arena_copy(vmi_arena *arena, const void *bytes, size_t count, size_t size);
void vmi_arena_free(vmi_arena *arena);

/* A growable array of one element size; zero-initialise, then use. */
typedef struct vmi_vec {
  void *data;
  size_t count, capacity, elem;
} vmi_vec;

/* Room for `n` more elements of `elem` bytes, zeroed, appended; NULL if out of memory. */
void *vmi_vec_push_slow(const vmi_alloc *a, vmi_vec *v, size_t elem, size_t n);
static inline void *vmi_vec_push(const vmi_alloc *a, vmi_vec *v, size_t elem, size_t n)
{
  bool few = n <= 64 && n <= v->capacity - v->count;
  if (v->data == NULL || !few) return vmi_vec_push_slow(a, v, elem, n);
  uint8_t *first = (uint8_t *)v->data + v->count * elem;
  memset(first, 0, n * elem);
  v->count += n;
  return first;
}
void vmi_vec_free(const vmi_alloc *a, vmi_vec *v);

/* LEB128. Readers advance *p and return NULL, or a static message; minimal length is demanded. */
const char *vmi_leb_u32(const uint8_t **p, const uint8_t *end, uint32_t *out);
const char *vmi_leb_s32(const uint8_t **p, const uint8_t *end, int32_t *out);
const char *vmi_leb_s64(const uint8_t **p, const uint8_t *end, int64_t *out);
uint32_t vmi_leb_put_u32(uint8_t *p, uint32_t v); /* at most 5 bytes */
uint32_t vmi_leb_put_s32(uint8_t *p, int32_t v);  /* at most 5 bytes */
uint32_t vmi_leb_put_s64(uint8_t *p, int64_t v);  /* at most 10 bytes */

/* Little-endian memory access at any alignment. */
uint32_t vmi_get32(const uint8_t *p);
uint64_t vmi_get64(const uint8_t *p);
void vmi_put32(uint8_t *p, uint32_t v);
void vmi_put64(uint8_t *p, uint64_t v);

/* Fill `e` (NULL is fine) and return `status`. Function and offset are VM_NO_OFFSET, line 0. */
vm_status vmi_fail(vm_error *e, vm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
vm_status vmi_fail_at(vm_error *e, vm_status status, uint32_t function, uint32_t offset,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));
vm_status vmi_fail_line(vm_error *e, vm_status status, uint32_t line, uint32_t column,
                        const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Add to a record that was just filled; NULL and records of smaller versions are fine. */
void vmi_error_trap(vm_error *e, vm_trap trap);
void vmi_error_line(vm_error *e, uint32_t line);

/* Shorthand for the commonest failure. */
vm_status vmi_no_memory(vm_error *e);

#endif
