/* mutate.h - mutation of binaries: by bytes, of modules by fields, of WebAssembly by sections.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#include "random.h"

typedef struct mutate_input {
  uint8_t *bytes;
  size_t size;
} mutate_input;

/* Change a few of the bytes at p, of which there are `size`, with room for `room`; maybe delete or insert
 * some, or copy some of `other`'s. The new size. */
size_t mutate_some(fuzz_random *r, uint8_t *p, size_t size, size_t room, const mutate_input *other);

/* A copy of the WebAssembly binary `from` with parts of its sections and function bodies changed and all
 * sizes right, malloc'ed. NULL if `from` is not made of sections. */
uint8_t *mutate_wasm(fuzz_random *r, const mutate_input *from, const mutate_input *other, size_t *out_size);

/* A copy of the well-formed module in `bytes` with a few fields changed: types, indices, labels,
 * handlers, instructions. malloc'ed; NULL if nothing could be changed or written. */
uint8_t *mutate_fields(fuzz_random *r, const uint8_t *bytes, size_t size, size_t *out_size);

#endif
