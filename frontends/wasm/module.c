/* module.c - the order in which a module is read, and what all its parts use.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "module.h"

/* A name of the name section that is longer is left out: it might be too long for libvm. */
enum { LONGEST_NAME = 25000 };

/* ---- memory ---- */

static void *c_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  if (new_size != 0) return realloc(block, new_size);
  free(block);
  return NULL;
}

void *wasm_resize(const wasm_module *m, void *block, size_t old_size, size_t new_size)
{
  return m->alloc.resize(m->alloc.user, block, old_size, new_size);
}

void *wasm_add(wasm_module *m, wasm_list *list, uint32_t count)
{
  if (list->items == NULL || count > list->capacity - list->count) {
    uint64_t room = (uint64_t)list->count + count, twice = (uint64_t)list->capacity * 2;
    if (room < twice) room = twice;
    if (room < 16) room = 16;
    void *items = room > UINT32_MAX ? NULL
                  : wasm_resize(m, list->items, list->capacity * list->item_size,
                                (size_t)room * list->item_size);
    if (items == NULL) {
      wasm_no_memory(&m->r);
      return NULL;
    }
    list->items = items;
    list->capacity = (uint32_t)room;
  }
  void *place = (char *)list->items + list->count * list->item_size;
  list->count += count;
  return place;
}

bool wasm_append(wasm_module *m, wasm_list *list, const void *item)
{
  void *place = wasm_add(m, list, 1);
  if (place == NULL) return false;
  memcpy(place, item, list->item_size);
  return true;
}

void wasm_free_list(wasm_module *m, wasm_list *list)
{
  if (list->items != NULL) wasm_resize(m, list->items, list->capacity * list->item_size, 0);
}

static void open_module(wasm_module *m, const vm_allocator *alloc, const uint8_t *bytes,
                        size_t size, vm_error *error)
{
  enum { WORK_BASE = 8 << 20, WORK_PER_BYTE = 32 };
  *m = (wasm_module){.alloc = alloc ? *alloc : (vm_allocator){c_resize, NULL}};
  m->r = (wasm_reader){.start = bytes, .at = bytes, .end = bytes + size, .error = error,
                       .function = VM_NO_OFFSET};
  m->types.item_size = sizeof(wasm_functype);
  m->funcs.item_size = sizeof(uint32_t);
  m->tables.item_size = m->elems.item_size = sizeof(vm_type);
  m->globals.item_size = sizeof(wasm_global);
  m->inits.item_size = m->ops.item_size = sizeof(vm_init);
  m->declared.item_size = 1;
  for (int i = 0; i < 3; i++) m->texts[i].item_size = 1;
  m->work = WORK_BASE + (uint64_t)size * WORK_PER_BYTE;
}

static void close_module(wasm_module *m)
{
  vm_builder_free(m->b);
  if (m->pool != NULL) wasm_resize(m, m->pool, m->pool_size * sizeof *m->pool, 0);
  wasm_list *lists[] = {&m->types, &m->funcs, &m->tables, &m->globals, &m->elems, &m->inits,
                        &m->ops, &m->declared, &m->texts[0], &m->texts[1], &m->texts[2]};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) wasm_free_list(m, lists[i]);
}

/* ---- what all parts use ---- */

bool wasm_built(wasm_module *m, vm_status status)
{
  if (status == VM_OK) return true;
  vm_error e = VM_ERROR_INIT;
  vm_builder_error(m->b, &e);
  return wasm_fail(&m->r, status, m->r.at, "%s", e.message);
}

bool wasm_work(wasm_module *m, uint64_t units)
{
  if (units > m->work) {
    return wasm_fail(&m->r, VM_LIMIT, m->r.at, "deep operand stacks: expected branches and blocks "
                     "that look at less of them, for a binary of this size");
  }
  m->work -= units;
  return true;
}

/* A NUL becomes C0 80; wasm.h says why. */
const char *wasm_text(wasm_module *m, int slot, wasm_name name)
{
  wasm_list *list = &m->texts[slot];
  list->count = 0;
  uint64_t most = (uint64_t)name.size * 2 + 1;
  char *text = most > UINT32_MAX ? NULL : wasm_add(m, list, (uint32_t)most), *to = text;
  if (text == NULL) {
    wasm_no_memory(&m->r);
    return NULL;
  }
  for (const uint8_t *p = name.bytes, *end = p + name.size; p < end; p++) {
    if (*p != 0) {
      *to++ = (char)*p;
    } else {
      *to++ = (char)0xC0;
      *to++ = (char)0x80;
    }
  }
  *to = '\0';
  return text;
}

bool wasm_map_text(wasm_module *m, wasm_name_map *map, uint32_t index, const char **text)
{
  wasm_name name;
  *text = NULL;
  if (!wasm_names_find(map, index, &name) || name.size > LONGEST_NAME) return true;
  *text = wasm_text(m, 2, name);
  return *text != NULL;
}

bool wasm_local_text(wasm_module *m, wasm_name_kind kind, uint32_t index, const char **text)
{
  return wasm_map_text(m, &m->names.maps[kind], index, text);
}

/* ---- the whole ---- */

static const struct {
  wasm_section id;
  const char *name;
  bool (*read)(wasm_module *m);
} sections[] = {
#define SECTION(id, name, reader, form) {WASM_##id, name, reader},
#include "wasm_sections.def"
};

static bool read_section(wasm_module *m, size_t i)
{
  wasm_span span = m->sections[sections[i].id];
  if (span.at == NULL) return true;
  wasm_reader *r = &m->r;
  r->at = span.at;
  r->end = span.end;
  r->section = sections[i].name;
  if (!sections[i].read(m)) return false;
  if (r->at == r->end) return true;
  return wasm_malformed(r, r->at, "expected the section's end, found %zu more bytes", wasm_left(r));
}

static bool check_bodies(wasm_module *m)
{
  uint32_t bodies = m->funcs.count - m->imported_funcs;
  m->r.section = NULL;
  if (bodies == 0 || m->sections[WASM_CODE].at != NULL) return true;
  return wasm_malformed(&m->r, m->r.at, "expected a code section of %u functions, found none",
                        (unsigned)bodies);
}

static bool begin(wasm_module *m, const vm_allocator *alloc)
{
  vm_error e = VM_ERROR_INIT;
  vm_status s = vm_builder_new(alloc, &m->b, &e);
  if (s != VM_OK) return wasm_fail(&m->r, s, m->r.at, "%s", e.message);
  if (!wasm_built(m, vm_builder_producers(m->b, "libvm WebAssembly front end"))) return false;
  wasm_name name = m->names.module;
  if (name.bytes == NULL || name.size > LONGEST_NAME) return true;
  const char *text = wasm_text(m, 0, name);
  return text != NULL && wasm_built(m, vm_builder_name(m->b, text));
}

static bool translate(wasm_module *m, const vm_allocator *alloc)
{
  if (!wasm_scan(m) || !begin(m, alloc)) return false;
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
    if (!read_section(m, i)) return false;
  }
  return check_bodies(m);
}

static bool check_arguments(wasm_reader *r, const void *bytes, size_t size, const void *out,
                            const void *out_size)
{
  if (bytes == NULL || out == NULL || out_size == NULL) {
    return wasm_fail(r, VM_ARGUMENT, r->at, "wasm_translate: expected bytes and a place for the "
                     "result, found NULL");
  }
  return size <= WASM_MAX_BINARY
         || wasm_fail(r, VM_LIMIT, r->at, "expected a binary of at most %d bytes, found %zu",
                      WASM_MAX_BINARY, size);
}

int wasm_is_binary(const void *bytes, size_t size)
{
  return bytes != NULL && size >= 4 && memcmp(bytes, "\0asm", 4) == 0;
}

vm_status wasm_translate(const vm_allocator *alloc, const void *bytes, size_t size, uint8_t **out,
                         size_t *out_size, vm_error *error)
{
  wasm_module m;
  if (out != NULL) *out = NULL;
  if (out_size != NULL) *out_size = 0;
  open_module(&m, alloc, bytes, size, error);
  if (check_arguments(&m.r, bytes, size, out, out_size) && translate(&m, alloc)) {
    wasm_built(&m, vm_builder_finish(m.b, out, out_size, NULL));
  }
  if (m.r.status == VM_INVALID) wasm_check_form(&m);
  close_module(&m);
  return m.r.status;
}
