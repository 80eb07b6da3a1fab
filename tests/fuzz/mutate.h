/* mutate.h - between mutate.c and mutate_fields.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#include "random.h"

/* A copy of the well-formed module in `bytes` with a few fields changed: types, indices, labels,
 * handlers, instructions. malloc'ed; NULL if nothing could be changed or written. */
uint8_t *mutate_fields(fuzz_random *r, const uint8_t *bytes, size_t size, size_t *out_size);

#endif
