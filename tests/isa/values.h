/* values.h - values of the test files: text to vm_value and back, and the comparison.
 *
 * SPDX-License-Identifier: MIT
 *
 *   i32, i64   decimal or 0x, signed or not
 *   f32, f64   decimal, hexadecimal, inf, nan:0xBITS; as a result also `nan`, any quiet NaN
 *   dyn        nil, true, false, i:NUMBER, d:FLOAT; as a result also `ref`
 *   references null; as a result also `ref`, any that is not null
 */
#ifndef ISA_VALUES_H
#define ISA_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "vm/vm.h"

bool value_parse(const char *text, vm_type type, vm_value *out);
bool value_matches(const char *expected, vm_type type, const vm_value *found);
void value_show(const vm_value *v, char *buffer, size_t size);

#endif
