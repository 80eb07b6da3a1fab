/* translate.c - the entry points.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "wasm.h"

int wasm_is_binary(const void *bytes, size_t size)
{
  return bytes != NULL && size >= 4 && memcmp(bytes, "\0asm", 4) == 0;
}

vm_status wasm_translate(const vm_allocator *alloc, const void *bytes, size_t size, uint8_t **out,
                         size_t *out_size, vm_error *error)
{
  if (out != NULL) *out = NULL;
  if (out_size != NULL) *out_size = 0;
  if (error != NULL) {
    error->status = VM_LIMIT;
    snprintf(error->message, sizeof error->message, "WebAssembly: the translator is not there yet");
  }
  return VM_LIMIT;
}
