/* save.c - compiled modules as files: written ahead of time, taken apart at load.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "state.h"
#include "vmx.h"

/* ---- writing ---- */

void vmi_jit_retain(vmi_jit *jit, vmi_jit_loaded *loaded, const uint8_t *module,
                    const vmi_jit_unit *u, const uint8_t *code, size_t code_size)
{
  size_t size = vmi_entry_size(u->n, code_size);
  if (code == NULL || size > VMI_ENTRY_MAX) return;
  uint8_t *entry = vmi_new(&jit->alloc, size);
  if (entry == NULL) return;
  vmi_entry_header head = {.id = jit->cache.id, .n = u->n, .published = u->published,
                           .code_size = code_size};
  memcpy(head.module, module, sizeof head.module);
  vmi_entry_write(entry, &head, u->funcs, code);
  loaded->entry = entry;
  loaded->entry_size = size;
}

/* Put header, module and entries at `to`, or only count if it is NULL. Lock held. */
static size_t write_file(const vm_module *shared, uint32_t *count, uint8_t *to)
{
  const vmi_jit_module *r = shared->jit_data;
  size_t used = vmi_vmx_padded(VMI_VMX_HEADER + shared->size);
  if (to != NULL) {
    vmi_vmx_write_header(to, *count, shared->size);
    memcpy(to + VMI_VMX_HEADER, shared->bytes, shared->size);
  }
  *count = 0;
  for (const vmi_jit_loaded *l = r != NULL ? r->loaded : NULL; l != NULL; l = l->next) {
    if (l->entry == NULL) continue;
    if (to != NULL) {
      vmi_vmx_put64(to + used, l->entry_size);
      memcpy(to + used + 8, l->entry, l->entry_size);
    }
    used += 8 + vmi_vmx_padded(l->entry_size);
    ++*count;
  }
  return used;
}

static bool prepare(vmi_jit *jit, vm_module *shared, bool listing)
{
  uint8_t hash[VMI_SHA256_SIZE];
  vmi_entry_hash(shared->bytes, shared->size, hash);
  pthread_mutex_lock(&jit->lock);
  vmi_jit_module *r = vmi_jit_record(jit, shared);
  if (r != NULL) {
    memcpy(r->hash, hash, sizeof hash);
    r->hashed = true;
    r->retain = true;
    r->listing = listing;
  }
  pthread_mutex_unlock(&jit->lock);
  return r != NULL;
}

vm_status vmi_jit_save(vmi_jit *jit, vm_module *shared, uint8_t **bytes, size_t *size, vm_error *e)
{
  if (getpid() != jit->process) {
    return vmi_fail(e, VM_COMPILE, "compile: the compiler belongs to the parent process");
  }
  if (!prepare(jit, shared, false)) return vmi_no_memory(e);
  vm_status status = vmi_jit_compile(jit, shared, NULL, 0, e);
  uint32_t count = 0;
  pthread_mutex_lock(&jit->lock);
  *size = write_file(shared, &count, NULL);
  bool some = count > 0 || shared->m->nfuncs == shared->m->nimported_funcs;
  if (status == VM_COMPILE && some) status = VM_OK; /* the rest is interpreted */
  if (status == VM_OK) {
    *bytes = vmi_new_zero(&jit->alloc, *size, 1);
    if (*bytes != NULL) write_file(shared, &count, *bytes);
  }
  pthread_mutex_unlock(&jit->lock);
  return status == VM_OK && *bytes == NULL ? vmi_no_memory(e) : status;
}

/* ---- assembly ---- */

typedef struct listing { /* NULL text: only count */
  char *text;
  size_t used;
} listing;

static void put(listing *l, const char *text, size_t size)
{
  if (l->text != NULL) memcpy(l->text + l->used, text, size);
  l->used += size;
}

/* Is this line the label of the function or of a piece that GCC split off? Not of its slot entry. */
static bool is_label(const char *line, size_t size, const char *prefix, size_t prefix_size)
{
  return size > prefix_size && line[size - 1] == ':' && memcmp(line, prefix, prefix_size) == 0 &&
         (size < prefix_size + 6 || memcmp(line + prefix_size, "entry_", 6) != 0);
}

/* What says nothing to a reader. */
static bool is_noise(const char *line, size_t size)
{
  static const char *const starts[] = {"\t.cfi_", ".LF", "\t.p2align", ".LVL", "\t.section", "\t.text"};
  for (size_t i = 0; i < VMI_COUNT(starts); i++) {
    size_t n = strlen(starts[i]);
    if (size >= n && memcmp(line, starts[i], n) == 0) return true;
  }
  return size == 0;
}

/* Copy the function's lines out of its unit's text, each as a comment of the module's text form. */
static void put_function(listing *l, const vmi_jit_loaded *unit, uint32_t func, const char *name)
{
  char head[160], prefix[24];
  int n = snprintf(head, sizeof head, "\n;; function %u %.100s\n", func, name);
  put(l, head, (size_t)n);
  size_t prefix_size = (size_t)snprintf(prefix, sizeof prefix, "vm%u_", func);
  const char *p = unit->listing, *end = p + unit->listing_size;
  for (bool in = false; p < end;) {
    const char *stop = memchr(p, '\n', (size_t)(end - p));
    size_t size = (size_t)((stop != NULL ? stop : end) - p);
    if (is_label(p, size, prefix, prefix_size)) in = true;
    if (size > 6 && memcmp(p, "\t.size", 6) == 0) in = false;
    if (in && !is_noise(p, size)) {
      put(l, ";; ", 3);
      put(l, p, size);
      put(l, "\n", 1);
    }
    p += size + 1;
  }
}

static bool publishes(const vmi_jit_loaded *unit, uint32_t func)
{
  vmi_entry_header head;
  if (unit->listing == NULL || unit->entry == NULL) return false;
  memcpy(&head, unit->entry, sizeof head); /* ours, so it needs no check */
  for (uint32_t i = 0; i < head.published; i++) {
    uint32_t named;
    memcpy(&named, unit->entry + sizeof head + i * sizeof named, sizeof named);
    if (named == func) return true;
  }
  return false;
}

/* In the order of the module. Lock held. */
static void put_all(listing *l, const vm_module *shared)
{
  const vmi_jit_module *r = shared->jit_data;
  for (uint32_t i = shared->m->nimported_funcs; i < shared->m->nfuncs; i++) {
    const vmi_jit_loaded *unit = r->loaded;
    while (unit != NULL && !publishes(unit, i)) unit = unit->next;
    if (unit != NULL) put_function(l, unit, i, vmi_jit_name(shared, i));
  }
}

vm_status vmi_jit_list(vmi_jit *jit, vm_module *shared, char **text, size_t *size, vm_error *e)
{
  if (getpid() != jit->process) {
    return vmi_fail(e, VM_COMPILE, "compile: the compiler belongs to the parent process");
  }
  if (!prepare(jit, shared, true)) return vmi_no_memory(e);
  vm_status status = vmi_jit_compile(jit, shared, NULL, 0, e);
  listing l = {NULL, 0};
  pthread_mutex_lock(&jit->lock);
  put_all(&l, shared);
  if (status == VM_COMPILE && l.used > 0) status = VM_OK;
  if (status == VM_OK) {
    *size = l.used + 1;
    *text = vmi_new_zero(&jit->alloc, *size, 1);
    l = (listing){*text, 0};
    if (*text != NULL) put_all(&l, shared);
  }
  pthread_mutex_unlock(&jit->lock);
  return status == VM_OK && *text == NULL ? vmi_no_memory(e) : status;
}

/* ---- reading ---- */

static bool adopt_one(vmi_jit *jit, vm_module *shared, const uint8_t *hash, const uint8_t *entry,
                      size_t size)
{
  vmi_entry_view v;
  return vmi_entry_read(entry, size, &v) == NULL &&
         memcmp(v.head.module, hash, VMI_SHA256_SIZE) == 0 &&
         vmi_entry_differs(&v.head.id, &jit->cache.id, 0) == NULL &&
         vmi_jit_adopt_entry(jit, shared, &v);
}

void vmi_jit_adopt_file(vmi_jit *jit, vm_module *shared, const vmi_vmx *file)
{
  vmi_vmx v = *file;
  const uint8_t *entry;
  size_t size;
  uint8_t hash[VMI_SHA256_SIZE];
  if (!jit->trust_native || v.entries == NULL || getpid() != jit->process) return;
  vmi_entry_hash(shared->bytes, shared->size, hash);
  while (vmi_vmx_next(&v, &entry, &size)) {
    if (!adopt_one(jit, shared, hash, entry, size)) atomic_fetch_add(&jit->cache.rejected, 1);
  }
  if (v.count != 0) atomic_fetch_add(&jit->cache.rejected, 1); /* cut off */
}
