/* reader.h - reading a WebAssembly binary: bytes, LEB128 numbers, names, and the first error.
 *
 * SPDX-License-Identifier: MIT
 *
 * Everything here that returns bool returns false exactly if it failed, and the reader then holds
 * the error: callers pass that on and need not say more. `what` names what is read, for messages.
 */
#ifndef WASM_READER_H
#define WASM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/status.h"

typedef struct wasm_reader {
  const uint8_t *start;   /* of the binary: offsets in messages are from here */
  const uint8_t *at;      /* the next byte */
  const uint8_t *end;     /* of the section or function body that is being read */
  const char *section;    /* whose contents are read, or NULL */
  const char *op;         /* the instruction that is read, or NULL */
  uint32_t function;      /* whose body is read, or VM_NO_OFFSET */
  vm_status status;       /* of the first failure */
  vm_error *error;        /* where its details go, or NULL */
} wasm_reader;

typedef struct wasm_name { /* borrowed from the binary; well-formed UTF-8 */
  const uint8_t *bytes;
  uint32_t size;
} wasm_name;

/* Records a failure at `at`, unless there is one: the message is put behind the place. */
void wasm_record(wasm_reader *r, vm_status status, const uint8_t *at, const char *format, ...)
    __attribute__((format(printf, 4, 5), cold));

/* The same, as what a function that failed returns. */
#define wasm_fail(r, status, at, ...) ({ wasm_record(r, status, at, __VA_ARGS__); false; })
#define wasm_malformed(r, at, ...) wasm_fail(r, VM_MALFORMED, at, __VA_ARGS__)
#define wasm_invalid(r, at, ...) wasm_fail(r, VM_INVALID, at, __VA_ARGS__)
#define wasm_no_memory(r) wasm_fail(r, VM_MEMORY, (r)->at, "out of memory")

static inline size_t wasm_left(const wasm_reader *r) { return (size_t)(r->end - r->at); }

bool wasm_read_bytes(wasm_reader *r, const char *what, uint32_t size, const uint8_t **out);
/* A byte that must be zero. */
bool wasm_read_zero(wasm_reader *r, const char *what);
bool wasm_read_f32(wasm_reader *r, const char *what, uint32_t *bits);
bool wasm_read_f64(wasm_reader *r, const char *what, uint64_t *bits);
bool wasm_read_name(wasm_reader *r, const char *what, wasm_name *out);
/* The number of items that follow, each of which takes a byte at least. */
bool wasm_read_count(wasm_reader *r, const char *what, uint32_t *out);

/* ---- what code is made of: inline as far as it is one byte, which most of it is ---- */

bool wasm_read_byte_slow(wasm_reader *r, const char *what, uint8_t *out);
bool wasm_read_u32_slow(wasm_reader *r, const char *what, uint32_t *out);
bool wasm_read_signed_slow(wasm_reader *r, const char *what, int width, int64_t *out);
bool wasm_read_index_slow(wasm_reader *r, const char *what, uint32_t count, uint32_t *out);

static inline bool wasm_read_byte(wasm_reader *r, const char *what, uint8_t *out)
{
  if (r->at == r->end) return wasm_read_byte_slow(r, what, out);
  *out = *r->at++;
  return true;
}

static inline bool wasm_read_u32(wasm_reader *r, const char *what, uint32_t *out)
{
  if (r->at == r->end || *r->at >= 0x80) return wasm_read_u32_slow(r, what, out);
  *out = *r->at++;
  return true;
}

/* An index of something there are `count` of. */
static inline bool wasm_read_index(wasm_reader *r, const char *what, uint32_t count, uint32_t *out)
{
  if (r->at == r->end || *r->at >= 0x80 || *r->at >= count) {
    return wasm_read_index_slow(r, what, count, out);
  }
  *out = *r->at++;
  return true;
}

/* A signed number of `width` bits: 32, 33 or 64. */
static inline bool wasm_read_signed(wasm_reader *r, const char *what, int width, int64_t *out)
{
  if (r->at == r->end || *r->at >= 0x80) return wasm_read_signed_slow(r, what, width, out);
  *out = (int64_t)(*r->at++ ^ 0x40) - 0x40;
  return true;
}

/* Is this well-formed UTF-8? */
bool wasm_utf8(const uint8_t *bytes, size_t size);

#endif
