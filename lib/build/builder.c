/* builder.c - a builder's life, its sticky error, and what all its parts need.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "module_format.h"

/* ---- errors ---- */

vm_status vmi_build_fail(vm_builder *b, vm_status status, const char *format, ...)
{
  if (b->error.status != VM_OK) return b->error.status;
  char message[VM_ERROR_TEXT];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  vmi_build_stop(b);
  return vmi_fail(&b->error, status, "%s", message);
}

void vmi_build_stop(vm_builder *b)
{
  for (vm_fn *fn = b->open; fn != NULL; fn = fn->next) fn->quick_end = 0;
}

vm_status vmi_build_no_memory(vm_builder *b)
{
  return vmi_build_fail(b, VM_MEMORY, "out of memory");
}

vm_status vmi_build_ready(vm_builder *b)
{
  if (b == NULL) return VM_ARGUMENT;
  if (b->error.status != VM_OK) return b->error.status;
  if (b->finished) return vmi_build_fail(b, VM_STATE, "builder: expected vm_builder_free, found "
                                         "another call after vm_builder_finish");
  return VM_OK;
}

vm_status vm_builder_error(const vm_builder *b, vm_error *error)
{
  if (b == NULL) return vmi_fail(error, VM_ARGUMENT, "builder: expected a builder, found NULL");
  if (b->error.status == VM_OK) return VM_OK;
  vmi_fail_at(error, b->error.status, b->error.function, b->error.offset, "%s", b->error.message);
  if (error != NULL && error->size >= offsetof(vm_error, column)) error->line = b->error.line;
  return b->error.status;
}

/* ---- life ---- */

vm_status vm_builder_new(const vm_allocator *alloc, vm_builder **out, vm_error *error)
{
  if (out == NULL) return vmi_fail(error, VM_ARGUMENT,
                                   "vm_builder_new: expected a place for the builder, found NULL");
  *out = NULL;
  vmi_alloc a = vmi_alloc_from(alloc);
  vm_builder *b = vmi_new_zero(&a, 1, sizeof *b);
  if (b == NULL) return vmi_no_memory(error);
  b->alloc = a;
  b->error = (vm_error)VM_ERROR_INIT;
  b->m = vmi_module_new(&b->alloc);
  if (b->m == NULL) {
    vmi_free(&a, b, sizeof *b);
    return vmi_no_memory(error);
  }
  *out = b;
  return VM_OK;
}

static void free_bodies(vm_fn *fn)
{
  while (fn != NULL) {
    vm_fn *next = fn->next;
    vmi_build_fn_free(fn);
    fn = next;
  }
}

void vm_builder_free(vm_builder *b)
{
  if (b == NULL) return;
  free_bodies(b->open);
  free_bodies(b->idle);
  vmi_vec *vecs[] = {&b->types, &b->funcs, &b->globals, &b->tables, &b->memories, &b->datas,
                     &b->elems, &b->imports, &b->exports, &b->files, &b->type_info,
                     &b->func_info};
  for (size_t i = 0; i < VMI_COUNT(vecs); i++) vmi_vec_free(&b->alloc, vecs[i]);
  vmi_build_map_free(&b->alloc, &b->type_map);
  vmi_build_map_free(&b->alloc, &b->export_map);
  vmi_module_free(b->m);
  vmi_alloc a = b->alloc;
  vmi_free(&a, b, sizeof *b);
}

static vm_status check_complete(vm_builder *b)
{
  const vmi_build_type *types = b->type_info.data;
  const vmi_build_func *funcs = b->func_info.data;
  for (uint32_t i = 0; i < b->m->ntypes; i++) {
    if (types[i].defined) continue;
    return vmi_build_fail(b, VM_STATE,
                          "type %u \"%.60s\": expected a definition, found only a declaration",
                          i, b->m->types[i].name.size ? b->m->types[i].name.data : "");
  }
  for (uint32_t i = b->m->nimported_funcs; i < b->m->nfuncs; i++) {
    if (funcs[i].body == VMI_BODY_DONE) continue;
    const char *name = vmi_func_name(b->m, i);
    return vmi_build_fail(b, VM_STATE, "function %u \"%.60s\": expected a body, found %s", i,
                          name ? name : "",
                          funcs[i].body == VMI_BODY_NONE ? "only a declaration"
                                                         : "one without vm_fn_end");
  }
  return VM_OK;
}

/* The reader bounds all locals by the module's size, which is known at the end only. */
static vm_status check_locals(vm_builder *b, size_t size)
{
  uint64_t sum = 0, most = VMI_LOCALS_BASE + (uint64_t)size * VMI_LOCALS_PER_BYTE;
  for (uint32_t i = 0; i < b->m->nfuncs; i++) sum += b->m->funcs[i].nlocals;
  if (sum <= most) return VM_OK;
  return vmi_build_fail(b, VM_LIMIT,
                        "locals: expected at most %llu in a module of %zu bytes, found %llu",
                        (unsigned long long)most, size, (unsigned long long)sum);
}

vm_status vm_builder_finish(vm_builder *b, uint8_t **bytes, size_t *size, vm_error *error)
{
  if (bytes != NULL) *bytes = NULL;
  if (size != NULL) *size = 0;
  if (vmi_build_ready(b) != VM_OK) return vm_builder_error(b, error);
  if (bytes == NULL || size == NULL) {
    vmi_build_fail(b, VM_ARGUMENT, "vm_builder_finish: expected a place for the bytes, found NULL");
    return vm_builder_error(b, error);
  }
  if (check_complete(b) != VM_OK
      || vmi_module_write(&b->alloc, b->m, bytes, size, &b->error) != VM_OK) {
    return vm_builder_error(b, error);
  }
  if (check_locals(b, *size) != VM_OK) {
    vmi_free(&b->alloc, *bytes, *size);
    *bytes = NULL;
    *size = 0;
    return vm_builder_error(b, error);
  }
  b->finished = true;
  return VM_OK;
}

void vm_builder_bytes_free(const vm_allocator *alloc, uint8_t *bytes, size_t size)
{
  vmi_alloc a = vmi_alloc_from(alloc);
  vmi_free(&a, bytes, size);
}

/* ---- shared by the other files ---- */

/* The length of the UTF-8 sequence that starts at p, 0 if there is none (overlong, a surrogate,
 * beyond U+10FFFF). C0 80 stands for U+0000, which would end the name. A NUL is no continuation byte,
 * so that it never reads past the end. */
static size_t utf8_size(const uint8_t *p)
{
  if (p[0] < 0x80) return 1;
  size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
  if (p[0] == 0xC0 && p[1] == 0x80) return 2;
  if (p[0] < 0xC2 || p[0] > 0xF4) return 0;
  for (size_t i = 1; i < n; i++) {
    if ((p[i] & 0xC0) != 0x80) return 0;
  }
  if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F)) return 0;
  if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F)) return 0;
  return n;
}

static bool utf8_valid(const char *name)
{
  const uint8_t *p = (const uint8_t *)name;
  while (*p != 0) {
    size_t n = utf8_size(p);
    if (n == 0) return false;
    p += n;
  }
  return true;
}

vm_status vmi_build_name(vm_builder *b, const char *what, const char *name, bool required,
                         vmi_str *out)
{
  *out = (vmi_str){0};
  if (name == NULL) {
    return required ? vmi_build_fail(b, VM_ARGUMENT, "%s: expected a name, found NULL", what)
                    : VM_OK;
  }
  size_t size = strlen(name);
  if (size > VMI_MAX_NAME) {
    return vmi_build_fail(b, VM_LIMIT, "%s: expected a name of at most %d bytes, found %zu", what,
                          VMI_MAX_NAME, size);
  }
  if (!utf8_valid(name)) {
    return vmi_build_fail(b, VM_ARGUMENT, "%s: expected a name in UTF-8, found other bytes", what);
  }
  out->data = vmi_arena_copy(&b->m->arena, name, size + 1, 1);
  out->size = (uint32_t)size;
  return out->data == NULL ? vmi_build_no_memory(b) : VM_OK;
}

vm_status vmi_build_room(vm_builder *b, const char *what, size_t count, size_t max)
{
  if (count < max) return VM_OK;
  return vmi_build_fail(b, VM_LIMIT, "%s: expected at most %zu, found one more", what, max);
}

vm_status vmi_build_index(vm_builder *b, const char *what, uint32_t index, uint32_t count)
{
  if (index < count) return VM_OK;
  return vmi_build_fail(b, VM_ARGUMENT, "%s: expected an index below %u, found %u", what,
                        (unsigned)count, (unsigned)index);
}

void vmi_build_sync(vm_builder *b)
{
  vmi_module *m = b->m;
  m->types = b->types.data, m->ntypes = (uint32_t)b->types.count;
  m->funcs = b->funcs.data, m->nfuncs = (uint32_t)b->funcs.count;
  m->globals = b->globals.data, m->nglobals = (uint32_t)b->globals.count;
  m->tables = b->tables.data, m->ntables = (uint32_t)b->tables.count;
  m->memories = b->memories.data, m->nmemories = (uint32_t)b->memories.count;
  m->datas = b->datas.data, m->ndatas = (uint32_t)b->datas.count;
  m->elems = b->elems.data, m->nelems = (uint32_t)b->elems.count;
  m->imports = b->imports.data, m->nimports = (uint32_t)b->imports.count;
  m->exports = b->exports.data, m->nexports = (uint32_t)b->exports.count;
  m->files = b->files.data, m->nfiles = (uint32_t)b->files.count;
}

/* ---- names of the whole ---- */

vm_status vm_builder_name(vm_builder *b, const char *name)
{
  vm_status s = vmi_build_ready(b);
  return s != VM_OK ? s : vmi_build_name(b, "module name", name, false, &b->m->name);
}

vm_status vm_builder_producers(vm_builder *b, const char *producers)
{
  vm_status s = vmi_build_ready(b);
  return s != VM_OK ? s : vmi_build_name(b, "producers", producers, false, &b->m->producers);
}

vm_status vm_builder_file(vm_builder *b, const char *name, uint32_t *file)
{
  if (file != NULL) *file = VM_NO_INDEX;
  vmi_str str;
  vm_status s = vmi_build_ready(b);
  if (s == VM_OK) s = vmi_build_room(b, "source files", b->files.count, VMI_MAX_FUNCS);
  if (s == VM_OK) s = vmi_build_name(b, "source file", name, true, &str);
  if (s != VM_OK) return s;
  vmi_str *entry = vmi_vec_push(&b->alloc, &b->files, sizeof *entry, 1);
  if (entry == NULL) return vmi_build_no_memory(b);
  *entry = str;
  vmi_build_sync(b);
  if (file != NULL) *file = b->m->nfiles - 1;
  return VM_OK;
}
