/* save.c - compiled modules as files: written ahead of time, taken apart at load.
 *
 * SPDX-License-Identifier: MIT
 */
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

static bool remember_hash(vmi_jit *jit, vm_module *shared)
{
  uint8_t hash[VMI_SHA256_SIZE];
  vmi_entry_hash(shared->bytes, shared->size, hash);
  pthread_mutex_lock(&jit->lock);
  vmi_jit_module *r = vmi_jit_record(jit, shared);
  if (r != NULL) {
    memcpy(r->hash, hash, sizeof hash);
    r->hashed = true;
    r->retain = true;
  }
  pthread_mutex_unlock(&jit->lock);
  return r != NULL;
}

vm_status vmi_jit_save(vmi_jit *jit, vm_module *shared, uint8_t **bytes, size_t *size, vm_error *e)
{
  if (getpid() != jit->process) {
    return vmi_fail(e, VM_COMPILE, "compile: the compiler belongs to the parent process");
  }
  if (!remember_hash(jit, shared)) return vmi_no_memory(e);
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
