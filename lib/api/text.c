/* text.c - assembling and disassembling between text and bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api.h"
#include "text.h"

vm_status vm_text_assemble(const vm_allocator *allocator, const char *text, size_t size,
                           uint8_t **out, size_t *out_size, vm_error *error)
{
  if (out != NULL) *out = NULL;
  if (out_size != NULL) *out_size = 0;
  VMI_API_NOT_NULL(error, out);
  VMI_API_NOT_NULL(error, out_size);
  VMI_API_NOT_NULL(error, text);
  vmi_alloc a = vmi_alloc_from(allocator);
  vmi_module *m = NULL;
  vm_status status = vmi_text_assemble(&a, text, size, &m, error);
  if (status != VM_OK) return status;
  uint8_t *bytes = NULL;
  size_t n = 0;
  status = vmi_module_write(&a, m, &bytes, &n, error);
  vmi_module_free(m);
  if (status != VM_OK) return status;
  *out = bytes;
  *out_size = n;
  return VM_OK;
}

vm_status vm_text_disassemble(const vm_allocator *allocator, const void *bytes, size_t size,
                              char **out, size_t *out_size, vm_error *error)
{
  if (out != NULL) *out = NULL;
  if (out_size != NULL) *out_size = 0;
  VMI_API_NOT_NULL(error, out);
  VMI_API_NOT_NULL(error, out_size);
  VMI_API_NOT_NULL(error, bytes);
  vmi_alloc a = vmi_alloc_from(allocator);
  vmi_module *m = NULL;
  vm_status status = vmi_module_read(&a, bytes, size, &m, error);
  if (status != VM_OK) return status;
  char *text = NULL;
  size_t n = 0;
  status = vmi_text_disassemble(&a, m, &text, &n, error);
  vmi_module_free(m);
  if (status != VM_OK) return status;
  *out = text;
  *out_size = n;
  return VM_OK;
}

void vm_text_bytes_free(const vm_allocator *allocator, uint8_t *bytes, size_t size)
{
  vmi_alloc a = vmi_alloc_from(allocator);
  vmi_free(&a, bytes, size);
}

void vm_text_free(const vm_allocator *allocator, char *text, size_t size)
{
  vmi_alloc a = vmi_alloc_from(allocator);
  vmi_free(&a, text, size + 1); /* the NUL */
}
