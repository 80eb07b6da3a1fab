/* handle.c - scopes, handles and what they refer to.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api.h"

#include <string.h>

vm_status vm_scope_open(vm_isolate *isolate, vm_scope *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  uint32_t depth = 0;
  vm_status status = vmi_rt_scope_open(isolate, &depth);
  if (status != VM_OK) return vmi_fail(error, status, "no memory for a scope");
  *out = (vm_scope){isolate->nhandles, depth};
  return VM_OK;
}

/* A host function's own scope is inside all that its callers opened, so that it cannot close those.
 * The mark tells a scope from one of the same depth that was opened elsewhere. */
static vm_status check_innermost(const vm_isolate *iso, vm_scope scope, vm_error *error)
{
  const uint32_t *marks = iso->scopes.data;
  if (scope.depth == 0 || scope.depth != iso->scope_depth ||
      scope.mark != marks[scope.depth - 1]) {
    return vmi_fail(error, VM_STATE, "scope %u is not the innermost open one, which is %u",
                    scope.depth, iso->scope_depth);
  }
  return VM_OK;
}

vm_status vm_scope_close(vm_isolate *isolate, vm_scope scope, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  vm_status status = check_innermost(isolate, scope, error);
  if (status == VM_OK) vmi_rt_scope_close(isolate, scope.depth);
  return status;
}

vm_status vm_scope_escape(vm_isolate *isolate, vm_scope scope, vm_ref *ref, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, ref);
  vmi_obj *object = NULL;
  vm_status status = check_innermost(isolate, scope, error);
  if (status == VM_OK) status = vmi_api_object(isolate, *ref, "reference", &object, error);
  if (status != VM_OK) return status;
  vmi_rt_scope_close(isolate, scope.depth);
  /* A handle from outside the scope is still good; one from inside has left room for another. */
  uint64_t word;
  if (vmi_rt_handle_get(isolate, *ref, &word)) return VM_OK;
  return vmi_api_new_ref(isolate, object, ref, error);
}

vm_status vm_ref_dup(vm_isolate *isolate, vm_ref ref, vm_ref *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object(isolate, ref, "reference", &object, error);
  if (status != VM_OK) return status;
  return vmi_api_new_ref(isolate, object, out, error);
}

vm_status vm_ref_persist(vm_isolate *isolate, vm_ref ref, vm_ref *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object(isolate, ref, "reference", &object, error);
  if (status != VM_OK) return status;
  status = vmi_rt_persistent_new(isolate, (uint64_t)(uintptr_t)object, out);
  return status == VM_OK ? VM_OK : vmi_fail(error, status, "no memory for a persistent handle");
}

vm_status vm_ref_release(vm_isolate *isolate, vm_ref ref, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  if (vmi_rt_persistent_free(isolate, ref)) return VM_OK;
  return vmi_fail(error, VM_HANDLE,
                  "vm_ref_release: the handle is local, stale, or released already");
}

vm_status vm_ref_same(vm_isolate *isolate, vm_ref a, vm_ref b, int *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *x = NULL, *y = NULL;
  vm_status status = vmi_api_object(isolate, a, "first reference", &x, error);
  if (status == VM_OK) status = vmi_api_object(isolate, b, "second reference", &y, error);
  if (status == VM_OK) *out = x == y;
  return status;
}

vm_status vm_ref_get_info(vm_isolate *isolate, vm_ref ref, vm_ref_info *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *object = NULL;
  vm_status status =
      vmi_api_object_of(isolate, ref, VM_HEAP_ANY, "reference", &object, error);
  if (status != VM_OK) return status;
  const vmi_rtt *r = isolate->rtts[object->type];
  memset(out, 0, sizeof *out);
  out->heap = r->heap;
  out->type = r->id;
  out->name = vmi_api_type_name(isolate, r);
  if (r->heap == VM_HEAP_STRUCT) out->count = r->nfields;
  if (r->heap == VM_HEAP_ARRAY) out->count = ((vmi_array_obj *)object)->length;
  return VM_OK;
}

vm_status vm_ref_is(vm_isolate *isolate, vm_ref ref, vm_typeid type, int *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  VMI_API_REQUIRE(error, vmi_api_type_exists(isolate, type),
                  "type %u: the isolate has no such type", type);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object(isolate, ref, "reference", &object, error);
  if (status == VM_OK) *out = object != NULL && vmi_rt_object_is(isolate, object, VM_REF(type));
  return status;
}
