/* number.h - numbers of the text form: exact, and the same in every locale.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_NUMBER_H
#define VMI_NUMBER_H

#include "base.h"

/* Readers of the `size` characters at `s`; false if they are not such a number or out of range. */
bool vmi_number_u32(const char *s, uint32_t size, uint32_t *out);
/* A `bits` (32 or 64) wide integer, signed or unsigned: -2^(bits-1) .. 2^bits - 1. */
bool vmi_number_int(const char *s, uint32_t size, unsigned bits, uint64_t *out);
/* An f32 (`wide` false) or f64 as its bits. nan:0x needs exactly the value's bits. */
bool vmi_number_float(const char *s, uint32_t size, bool wide, uint64_t *bits);

#define VMI_NUMBER_TEXT 40
/* The shortest simple spelling that reads back as the same bits: decimal where that is short, else
 * hexadecimal. Returns the size, without a NUL. */
uint32_t vmi_number_print_float(uint64_t bits, bool wide, char out[VMI_NUMBER_TEXT]);

#endif
