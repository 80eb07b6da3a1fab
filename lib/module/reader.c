/* reader.c - binary module to vmi_module: primitives, and the walk over the sections.
 *
 * SPDX-License-Identifier: MIT
 */
#include "reader.h"

#include <stdio.h>
#include <string.h>

/* ---- primitives ---- */

vm_status vmi_read_fail(vmi_reader *r, vm_status status, const char *format, ...)
{
  char text[VM_ERROR_TEXT];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  uint32_t at = (uint32_t)(r->p - r->base);
  return vmi_fail_at(r->e, status, VM_NO_OFFSET, at, "module offset %u: %s", (unsigned)at, text);
}

vm_status vmi_read_byte(vmi_reader *r, const char *what, uint8_t *out)
{
  if (r->p == r->end) {
    return vmi_read_fail(r, VM_MALFORMED, "expected %s, found the end of the section", what);
  }
  *out = *r->p++;
  return VM_OK;
}

vm_status vmi_read_u32(vmi_reader *r, const char *what, uint32_t *out)
{
  const char *error = vmi_leb_u32(&r->p, r->end, out);
  return error == NULL ? VM_OK : vmi_read_fail(r, VM_MALFORMED, "expected %s, found %s", what,
                                               error);
}

vm_status vmi_read_flag(vmi_reader *r, const char *what, bool *out)
{
  uint8_t byte = 0;
  VMI_TRY(vmi_read_byte(r, what, &byte));
  if (byte > 1) {
    r->p--;
    return vmi_read_fail(r, VM_MALFORMED, "%s: expected 0 or 1, found %u", what, byte);
  }
  *out = byte;
  return VM_OK;
}

vm_status vmi_read_index(vmi_reader *r, const char *what, uint32_t count, uint32_t *out)
{
  const uint8_t *start = r->p;
  VMI_TRY(vmi_read_u32(r, what, out));
  if (*out < count) return VM_OK;
  r->p = start;
  return vmi_read_fail(r, VM_INVALID, "%s: expected an index below %u, found %u", what,
                       (unsigned)count, (unsigned)*out);
}

vm_status vmi_read_count(vmi_reader *r, const char *what, uint32_t limit, uint32_t each,
                         uint32_t *out)
{
  const uint8_t *start = r->p;
  VMI_TRY(vmi_read_u32(r, what, out));
  size_t left = (size_t)(r->end - r->p);
  if (*out > limit) {
    r->p = start;
    return vmi_read_fail(r, VM_LIMIT, "%s: expected at most %u, found %u", what, (unsigned)limit,
                         (unsigned)*out);
  }
  if ((uint64_t)*out * each > left) {
    r->p = start;
    return vmi_read_fail(r, VM_MALFORMED, "%s: %u need at least %llu bytes, found %zu", what,
                         (unsigned)*out, (unsigned long long)*out * each, left);
  }
  return VM_OK;
}

vm_status vmi_read_type(vmi_reader *r, const char *what, bool storage, vm_type *out)
{
  const uint8_t *start = r->p;
  const char *error = vmi_isa_decode_type(&r->p, r->end, storage, out);
  if (error != NULL) return vmi_read_fail(r, VM_MALFORMED, "%s: %s", what, error);
  if (vmi_type_valid(r->m, *out, storage)) return VM_OK;
  r->p = start;
  return vmi_read_fail(r, VM_INVALID, "%s: type %u does not exist, expected an index below %u",
                       what,
                       (unsigned)VM_TYPE_HEAP(*out), (unsigned)r->m->ntypes);
}

vm_status vmi_read_bytes(vmi_reader *r, const char *what, uint32_t size, const uint8_t **out)
{
  if (size > (size_t)(r->end - r->p)) {
    return vmi_read_fail(r, VM_MALFORMED, "%s: expected %u bytes, found %zu", what, (unsigned)size,
                         (size_t)(r->end - r->p));
  }
  uint8_t *copy;
  VMI_TRY(vmi_read_alloc(r, size, 1, &copy));
  if (size != 0) memcpy(copy, r->p, size);
  r->p += size;
  *out = copy;
  return VM_OK;
}

vm_status vmi_read_str(vmi_reader *r, const char *what, vmi_str *out)
{
  uint32_t size;
  VMI_TRY(vmi_read_count(r, what, VMI_MAX_NAME, 1, &size));
  *out = (vmi_str){"", 0};
  if (size == 0) return VM_OK;
  const uint8_t *nul = memchr(r->p, 0, size);
  if (nul != NULL) {
    r->p = nul;
    return vmi_read_fail(r, VM_MALFORMED, "%s: expected a name, found a NUL byte in it", what);
  }
  char *copy;
  VMI_TRY(vmi_read_alloc(r, (size_t)size + 1, 1, &copy));
  memcpy(copy, r->p, size);
  r->p += size;
  *out = (vmi_str){copy, size};
  return VM_OK;
}

vm_status vmi_read_alloc(vmi_reader *r, size_t count, size_t size, void *out_pointer)
{
  void *block = vmi_arena_new(&r->m->arena, count, size);
  memcpy(out_pointer, &block, sizeof block);
  return block != NULL ? VM_OK : vmi_no_memory(r->e);
}

/* ---- sections ---- */

static vm_status read_producers(vmi_reader *r)
{
  VMI_TRY(vmi_read_str(r, "producers", &r->m->producers));
  if (r->m->producers.size != 0) return VM_OK;
  return vmi_read_fail(r, VM_MALFORMED, "producers: expected a text, found an empty one");
}

/* The section `id`; some have work to do when they are absent, for the sake of imported items. */
static vm_status read_section(vmi_reader *r, int id, bool present)
{
  switch (id) {
  case VMI_SEC_FUNCTIONS: return vmi_read_functions(r, present);
  case VMI_SEC_TABLES: return vmi_read_tables(r, present);
  case VMI_SEC_MEMORIES: return vmi_read_memories(r, present);
  case VMI_SEC_GLOBALS: return vmi_read_globals(r, present);
  default: break;
  }
  if (!present) {
    if (id == VMI_SEC_CODE && r->m->nfuncs != r->m->nimported_funcs) {
      return vmi_read_fail(r, VM_MALFORMED, "expected a code section for %u functions, found none",
                           (unsigned)(r->m->nfuncs - r->m->nimported_funcs));
    }
    return VM_OK;
  }
  switch (id) {
  case VMI_SEC_TYPES: return vmi_read_types(r);
  case VMI_SEC_IMPORTS: return vmi_read_imports(r);
  case VMI_SEC_EXPORTS: return vmi_read_exports(r);
  case VMI_SEC_START: return vmi_read_start(r);
  case VMI_SEC_ELEMS: return vmi_read_elems(r);
  case VMI_SEC_DATAS: return vmi_read_datas(r);
  case VMI_SEC_CODE: return vmi_read_code(r);
  case VMI_SEC_NAMES: return vmi_read_names(r);
  case VMI_SEC_LINES: return vmi_read_lines(r);
  case VMI_SEC_LOCALS: return vmi_read_locals(r);
  default: return read_producers(r);
  }
}

static vm_status read_present(vmi_reader *r, int id)
{
  uint32_t size;
  r->p++;
  VMI_TRY(vmi_read_u32(r, "a section's size", &size));
  if (size > (size_t)(r->file_end - r->p)) {
    return vmi_read_fail(r, VM_MALFORMED, "section %d: expected %u bytes, found %zu", id,
                         (unsigned)size, (size_t)(r->file_end - r->p));
  }
  r->end = r->p + size;
  VMI_TRY(read_section(r, id, true));
  if (r->p != r->end) {
    return vmi_read_fail(r, VM_MALFORMED, "section %d: expected its end, found %zu bytes more", id,
                         (size_t)(r->end - r->p));
  }
  r->end = r->file_end;
  return VM_OK;
}

static vm_status read_header(vmi_reader *r)
{
  size_t size = (size_t)(r->end - r->p);
  if (size < VMI_FORMAT_HEADER || memcmp(r->p, VMI_FORMAT_MAGIC, 4) != 0) {
    return vmi_read_fail(r, VM_MALFORMED,
                         "expected the magic number 00 76 6D 01 of a module, found %s",
                         size < VMI_FORMAT_HEADER ? "fewer than 8 bytes" : "another");
  }
  r->p += 4;
  uint32_t version = vmi_get32(r->p);
  if (version != VMI_FORMAT_VERSION) {
    return vmi_read_fail(r, VM_MALFORMED, "expected format version %d, found %u",
                         VMI_FORMAT_VERSION,
                         (unsigned)version);
  }
  r->p += 4;
  return VM_OK;
}

static vm_status read_module(vmi_reader *r)
{
  VMI_TRY(read_header(r));
  for (int id = 1; id < VMI_SEC_END; id++) {
    if (r->p != r->end && *r->p == id) {
      VMI_TRY(read_present(r, id));
    } else {
      VMI_TRY(read_section(r, id, false));
    }
  }
  if (r->p == r->end) return VM_OK;
  return vmi_read_fail(r, VM_MALFORMED, "expected the end or a later section, found section id %u",
                       *r->p);
}

vm_status vmi_module_read(const vmi_alloc *a, const uint8_t *bytes, size_t size, vmi_module **out,
                          vm_error *e)
{
  *out = NULL;
  if (size > VMI_MAX_MODULE_BYTES) {
    return vmi_fail(e, VM_LIMIT, "module: expected at most %d bytes, found %zu",
                    VMI_MAX_MODULE_BYTES, size);
  }
  vmi_module *m = vmi_module_new(a);
  if (m == NULL) return vmi_no_memory(e);
  vmi_reader r = {.base = bytes, .p = bytes, .end = bytes + size, .file_end = bytes + size, .m = m,
                  .e = e, .locals_left = VMI_LOCALS_BASE + (uint64_t)size * VMI_LOCALS_PER_BYTE};
  vm_status status = read_module(&r);
  if (status != VM_OK) {
    vmi_module_free(m);
    return status;
  }
  vmi_hash(bytes, size, m->hash);
  *out = m;
  return VM_OK;
}
