/* handles.c - the host's references into the heap.
 *
 * SPDX-License-Identifier: MIT
 *
 * A handle names an entry of a table by index and serial number; serials are never given twice
 * (until they wrap after 2^32), so that a handle whose scope has closed is told from a live one.
 * Entries are roots. Local handles are a stack cut back when their scope closes; persistent ones
 * are a table with a free list, told apart by the top bit of the index.
 */
#include "isolate.h"

#define PERSISTENT 0x80000000u

static uint32_t next_serial(vm_isolate *iso)
{
  if (++iso->next_serial == 0) iso->next_serial = 1;
  return iso->next_serial;
}

static vmi_handle *at(const vmi_vec *v, uint32_t i) { return &((vmi_handle *)v->data)[i]; }

vm_status vmi_rt_handle_new(vm_isolate *iso, uint64_t word, vm_ref *out)
{
  *out = VM_NULL_REF;
  if (!word) return VM_OK;
  if (iso->nhandles == iso->handles.count &&
      (iso->nhandles >= PERSISTENT - 1 ||
       !vmi_vec_push(&iso->alloc, &iso->handles, sizeof(vmi_handle), 1)))
    return VM_MEMORY;
  vmi_handle *h = at(&iso->handles, iso->nhandles++);
  *h = (vmi_handle){.word = word, .serial = next_serial(iso)};
  *out = (vm_ref){iso->nhandles, h->serial};
  return VM_OK;
}

static vmi_handle *find(const vm_isolate *iso, vm_ref ref)
{
  bool persistent = ref.index & PERSISTENT;
  uint32_t i = (ref.index & ~PERSISTENT) - 1;
  uint32_t count = persistent ? (uint32_t)iso->persistent.count : iso->nhandles;
  if (ref.serial == 0 || i >= count) return NULL;
  vmi_handle *h = at(persistent ? &iso->persistent : &iso->handles, i);
  return h->serial == ref.serial ? h : NULL;
}

bool vmi_rt_handle_get(const vm_isolate *iso, vm_ref ref, uint64_t *word)
{
  *word = 0;
  if (ref.index == 0 && ref.serial == 0) return true;
  const vmi_handle *h = find(iso, ref);
  if (h) *word = h->word;
  return h != NULL;
}

vm_status vmi_rt_scope_open(vm_isolate *iso, uint32_t *scope)
{
  if (iso->scope_depth == iso->scopes.count &&
      !vmi_vec_push(&iso->alloc, &iso->scopes, sizeof(uint32_t), 1))
    return VM_MEMORY;
  ((uint32_t *)iso->scopes.data)[iso->scope_depth++] = iso->nhandles;
  *scope = iso->scope_depth;
  return VM_OK;
}

void vmi_rt_scope_close(vm_isolate *iso, uint32_t scope)
{
  if (scope == 0 || scope > iso->scope_depth) return;
  iso->nhandles = ((uint32_t *)iso->scopes.data)[scope - 1];
  iso->scope_depth = scope - 1;
}

vm_status vmi_rt_persistent_new(vm_isolate *iso, uint64_t word, vm_ref *out)
{
  *out = VM_NULL_REF;
  if (!word) return VM_OK;
  uint32_t i;
  if (iso->free_persistent) {
    i = iso->free_persistent - 1;
    iso->free_persistent = at(&iso->persistent, i)->next_free;
  } else {
    if (iso->persistent.count >= PERSISTENT - 1 ||
        !vmi_vec_push(&iso->alloc, &iso->persistent, sizeof(vmi_handle), 1))
      return VM_MEMORY;
    i = (uint32_t)iso->persistent.count - 1;
  }
  vmi_handle *h = at(&iso->persistent, i);
  *h = (vmi_handle){.word = word, .serial = next_serial(iso)};
  *out = (vm_ref){PERSISTENT | (i + 1), h->serial};
  iso->npersistent++;
  return VM_OK;
}

bool vmi_rt_persistent_free(vm_isolate *iso, vm_ref ref)
{
  if (ref.index == 0 && ref.serial == 0) return true;
  vmi_handle *h = ref.index & PERSISTENT ? find(iso, ref) : NULL;
  if (!h) return false;
  *h = (vmi_handle){.next_free = iso->free_persistent};
  iso->free_persistent = ref.index & ~PERSISTENT;
  iso->npersistent--;
  return true;
}

/* ---- values ---- */

static bool ref_to_slot(vm_isolate *iso, vm_ref ref, vm_type type, vmi_slot *slot, const char **why)
{
  uint64_t word;
  *why = "stale handle";
  if (!vmi_rt_handle_get(iso, ref, &word)) return false;
  *why = "dyn value that is no reference";
  if (word && !vmi_is_pointer(word)) return false;
  *why = word ? "reference of another type" : "null";
  slot->u64 = word;
  return vmi_rt_object_is(iso, slot->ref, type);
}

static bool dyn_to_slot(vm_isolate *iso, const vm_value *v, vmi_slot *slot, const char **why)
{
  if (v->is_ref) {
    *why = "stale handle";
    return vmi_rt_handle_get(iso, v->of.ref, &slot->u64);
  }
  *why = "dyn word that looks like a pointer or is malformed";
  uint64_t w = slot->u64 = v->of.dyn;
  if (vmi_dyn_is_int(w)) return w <= (VMI_DYN_INT | UINT32_MAX);
  if (!vmi_dyn_is_double(w)) return w == VMI_DYN_NIL || vmi_dyn_is_bool(w);
  /* Of all NaNs only the canonical one is a dyn double. */
  uint64_t bits = w - VMI_DYN_DOUBLE;
  return (bits & 0x7FFFFFFFFFFFFFFFull) <= 0x7FF0000000000000ull || bits == VMI_CANONICAL_NAN;
}

bool vmi_rt_value_to_slot(vm_isolate *iso, const vm_value *v, vm_type type, vmi_slot *slot,
                          const char **why)
{
  static const char *const kinds[] = {"i32", "i64", "f32", "f64", "dyn", "reference"};
  *why = v->kind < VMI_COUNT(kinds) ? kinds[v->kind] : "no value kind";
  slot->u64 = 0;
  if (v->kind != (uint32_t)VM_TYPE_KIND(type)) return false;
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32: slot->i32 = v->of.i32; return true;
  case VM_KIND_I64: slot->i64 = v->of.i64; return true;
  case VM_KIND_F32: slot->f32 = v->of.f32; return true;
  case VM_KIND_F64: slot->f64 = v->of.f64; return true;
  case VM_KIND_DYN: return dyn_to_slot(iso, v, slot, why);
  default: return ref_to_slot(iso, v->of.ref, type, slot, why);
  }
}

vm_status vmi_rt_slot_to_value(vm_isolate *iso, const vmi_slot *slot, vm_type type, vm_value *v)
{
  *v = (vm_value){.kind = VM_TYPE_KIND(type)};
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32: v->of.i32 = slot->i32; return VM_OK;
  case VM_KIND_I64: v->of.i64 = slot->i64; return VM_OK;
  case VM_KIND_F32: v->of.f32 = slot->f32; return VM_OK;
  case VM_KIND_F64: v->of.f64 = slot->f64; return VM_OK;
  case VM_KIND_DYN:
    v->is_ref = vmi_is_pointer(slot->u64);
    if (v->is_ref) return vmi_rt_handle_new(iso, slot->u64, &v->of.ref);
    v->of.dyn = slot->u64;
    return VM_OK;
  default: return vmi_rt_handle_new(iso, slot->u64, &v->of.ref);
  }
}
