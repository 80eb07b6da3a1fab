/* vmx.c - .vmx files: header and sizes, the same on every host.
 *
 * SPDX-License-Identifier: MIT
 */
#include "vmx.h"

#include <string.h>

#include "base.h"

static const uint8_t magic[8] = {0, 'v', 'm', 'x', '\r', '\n', 0x1A, '\n'};
enum { VERSION = 1 };

static uint64_t get(const uint8_t *p, int n)
{
  uint64_t v = 0;
  while (n-- > 0) v = v << 8 | p[n];
  return v;
}

static void put(uint8_t *p, int n, uint64_t v)
{
  for (int i = 0; i < n; i++, v >>= 8) p[i] = (uint8_t)v;
}

void vmi_vmx_put64(uint8_t to[8], uint64_t value) { put(to, 8, value); }

void vmi_vmx_write_header(uint8_t to[VMI_VMX_HEADER], uint32_t count, uint64_t module_size)
{
  memcpy(to, magic, sizeof magic);
  put(to + 8, 4, VERSION);
  put(to + 12, 4, count);
  put(to + 16, 8, module_size);
}

vm_status vmi_vmx_read(const uint8_t *bytes, size_t size, vmi_vmx *out, vm_error *e)
{
  *out = (vmi_vmx){.module = bytes, .module_size = size};
  if (size < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0) return VM_OK;
  if (size < VMI_VMX_HEADER) {
    return vmi_fail(e, VM_MALFORMED, "compiled module: expected a header of %d bytes, found %zu",
                    VMI_VMX_HEADER, size);
  }
  uint64_t version = get(bytes + 8, 4), module = get(bytes + 16, 8);
  if (version != VERSION) {
    return vmi_fail(e, VM_MALFORMED, "compiled module: expected version %d, found %u", VERSION,
                    (unsigned)version);
  }
  if (module > size - VMI_VMX_HEADER) {
    return vmi_fail(e, VM_MALFORMED, "compiled module: expected %llu bytes of bytecode, found %zu",
                    (unsigned long long)module, size - VMI_VMX_HEADER);
  }
  out->module = bytes + VMI_VMX_HEADER;
  out->module_size = (size_t)module;
  size_t end = vmi_vmx_padded(VMI_VMX_HEADER + (size_t)module);
  if (end >= size) return VM_OK;
  out->entries = bytes + end;
  out->entries_size = size - end;
  out->count = (uint32_t)get(bytes + 12, 4);
  return VM_OK;
}

bool vmi_vmx_next(vmi_vmx *v, const uint8_t **entry, size_t *size)
{
  if (v->count == 0 || v->entries == NULL || v->entries_size < 8) return false;
  uint64_t n = get(v->entries, 8);
  if (n > v->entries_size - 8) return false;
  *entry = v->entries + 8;
  *size = (size_t)n;
  size_t step = 8 + vmi_vmx_padded((size_t)n);
  if (step > v->entries_size) step = v->entries_size;
  v->entries += step;
  v->entries_size -= step;
  v->count--;
  return true;
}
