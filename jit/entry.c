/* entry.c - compiled units as bytes: writing, and reading without believing.
 *
 * SPDX-License-Identifier: MIT
 */
#include "entry.h"

#include <string.h>

#include "build_id.h"
#include "cpu.h"
#include "helpers.h"
#include "vm/version.h"

static const char magic[8] = "vmunit1";

#if defined(__x86_64__)
#define ARCH "x86_64"
#elif defined(__aarch64__)
#define ARCH "aarch64"
#elif defined(__s390x__)
#define ARCH "s390x"
#elif defined(__powerpc64__)
#define ARCH "powerpc64"
#elif defined(__riscv)
#define ARCH "riscv"
#else
#define ARCH "other"
#endif

void vmi_entry_hash(const void *bytes, size_t size, uint8_t out[VMI_SHA256_SIZE])
{
  vmi_sha256 h;
  vmi_sha256_init(&h);
  vmi_sha256_add(&h, bytes, size);
  vmi_sha256_end(&h, out);
}

void vmi_entry_identify(vmi_entry_id *id, uint32_t options)
{
  static const char text[] = "libvm " VM_VERSION_TEXT " " ARCH " " VM_BUILD_ID;
  const uint32_t numbers[] = {VMI_ABI_VERSION, VMI_JIT_PROTOCOL, sizeof(vmi_thread), VMI_OP_COUNT,
                              VMI_H_COUNT, sizeof(vmi_entry_header)};
  vmi_sha256 h;
  vmi_sha256_init(&h);
  vmi_sha256_add(&h, text, sizeof text);
  vmi_sha256_add(&h, numbers, sizeof numbers);
  memset(id, 0, sizeof *id);
  vmi_sha256_end(&h, id->build);
  id->cpu = vmi_cpu_features();
  id->options = options;
}

enum { CHECKED = offsetof(vmi_entry_header, module) }; /* the check covers what is from here on */

void vmi_entry_write(uint8_t *to, const vmi_entry_header *head, const uint32_t *funcs,
                     const uint8_t *code)
{
  vmi_entry_header h = *head;
  memcpy(h.magic, magic, sizeof magic);
  memcpy(to, &h, sizeof h);
  memcpy(to + sizeof h, funcs, h.n * sizeof funcs[0]);
  memcpy(to + sizeof h + h.n * sizeof funcs[0], code, h.code_size);
  vmi_entry_hash(to + CHECKED, vmi_entry_size(h.n, h.code_size) - CHECKED, h.check);
  memcpy(to + offsetof(vmi_entry_header, check), h.check, sizeof h.check);
}

const char *vmi_entry_read(const uint8_t *bytes, size_t size, vmi_entry_view *out)
{
  uint8_t check[VMI_SHA256_SIZE];
  vmi_entry_header *h = &out->head;
  if (size < sizeof *h || size > VMI_ENTRY_MAX) return "its size is wrong";
  memcpy(h, bytes, sizeof *h);
  if (memcmp(h->magic, magic, sizeof magic) != 0) return "its magic number is wrong";
  vmi_entry_hash(bytes + CHECKED, size - CHECKED, check);
  if (memcmp(h->check, check, sizeof check) != 0) return "it is damaged";
  if (h->published == 0 || h->published > h->n || h->n > VMI_MSG_MAX_FUNCS ||
      h->code_size > VMI_ENTRY_MAX || size != vmi_entry_size(h->n, h->code_size)) {
    return "its lengths are wrong";
  }
  memcpy(out->funcs, bytes + sizeof *h, h->n * sizeof out->funcs[0]);
  out->code = bytes + sizeof *h + h->n * sizeof out->funcs[0];
  return NULL;
}

const char *vmi_entry_differs(const vmi_entry_id *code, const vmi_entry_id *here, int tools)
{
  if (memcmp(code->build, here->build, sizeof code->build) != 0) return "of another build of libvm";
  if (tools && memcmp(code->tools, here->tools, sizeof code->tools) != 0) return "of another compiler";
  if (code->options != here->options) return "compiled with other options";
  if (tools ? code->cpu != here->cpu : (code->cpu & ~here->cpu) != 0) return "for another processor";
  return NULL;
}
