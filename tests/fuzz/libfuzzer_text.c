/* libfuzzer_text.c - libFuzzer entry: text through the assembler, whose output must be well-formed.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "vm/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  uint8_t *bytes;
  char *text;
  size_t bytes_size, text_size;
  if (vm_text_assemble(NULL, (const char *)data, size, &bytes, &bytes_size,
                       NULL) != VM_OK) return 0;
  if (vm_text_disassemble(NULL, bytes, bytes_size, &text, &text_size, NULL) != VM_OK) abort();
  vm_text_free(NULL, text, text_size);
  vm_text_bytes_free(NULL, bytes, bytes_size);
  return 0;
}
