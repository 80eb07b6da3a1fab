/* isolate.c - isolates: life, host functions, limits, throwing, the collector.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api.h"

#include <string.h>

/* ---- life ---- */

enum { MAX_STACK = 1 << 30 };

static vm_status read_config(const vm_isolate_config *config, vm_isolate_config *out,
                             vm_error *error)
{
  memset(out, 0, sizeof *out);
  if (config == NULL) return VM_OK;
  VMI_API_REQUIRE(error, vmi_api_copy_config(out, sizeof *out, config),
                  "vm_isolate_new: `config->size` is wrong, or the config is of a newer version");
  VMI_API_REQUIRE(error, out->gc_flags <= (VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY),
                  "vm_isolate_new: unknown bits in gc_flags: 0x%x", (unsigned)out->gc_flags);
  if (out->stack_size > MAX_STACK) {
    return vmi_fail(error, VM_LIMIT, "stack_size: expected at most %d bytes, found %zu", MAX_STACK,
                    out->stack_size);
  }
  return VM_OK;
}

vm_status vm_isolate_new(vm_engine *engine, const vm_isolate_config *config, vm_isolate **out,
                         vm_error *error)
{
  if (out != NULL) *out = NULL;
  VMI_API_NOT_NULL(error, engine);
  VMI_API_NOT_NULL(error, out);
  vm_isolate_config c;
  vm_status status = read_config(config, &c, error);
  if (status != VM_OK) return status;
  vmi_isolate_config inner = {
      .max_heap = c.max_heap,
      .stack_size = c.stack_size,
      .native_stack = c.native_stack,
      .gc_stress = engine->gc_stress || (c.gc_flags & VM_GC_STRESS) != 0,
      .gc_poison = engine->gc_poison || (c.gc_flags & VM_GC_POISON) != 0,
      .gc_verify = engine->gc_verify || (c.gc_flags & VM_GC_VERIFY) != 0,
  };
  return vmi_rt_isolate_new(engine, &inner, out, error);
}

vm_status vm_isolate_free(vm_isolate *isolate, vm_error *error)
{
  if (isolate == NULL) return VM_OK;
  if (isolate->depth != 0 || isolate->finalizing) {
    return vmi_fail(error, VM_STATE, "vm_isolate_free: guest code or a finalizer is running");
  }
  isolate->finalizing = true;
  vmi_rt_isolate_free(isolate);
  return VM_OK;
}

vm_engine *vm_isolate_engine(const vm_isolate *isolate)
{
  return isolate != NULL ? isolate->engine : NULL;
}

/* ---- host functions ---- */

static vm_status check_types(const vm_isolate *iso, const vm_type *types, uint32_t count,
                             uint32_t most, const char *what, vm_error *error)
{
  VMI_API_REQUIRE(error, types != NULL || count == 0, "%ss: NULL, but there are %u", what, count);
  VMI_API_REQUIRE(error, count <= most, "%ss: expected at most %u, found %u", what, most, count);
  for (uint32_t i = 0; i < count; i++) {
    VMI_API_REQUIRE(error, vmi_api_is_value_type(iso, types[i]),
                    "%s %u: expected a value type over abstract heap types or types of the isolate, "
                    "found 0x%08x", what, i + 1, (unsigned)types[i]);
  }
  return VM_OK;
}

vm_status vm_isolate_define_func(vm_isolate *isolate, const char *module, const char *name,
                                 const vm_type *params, uint32_t nparams, const vm_type *results,
                                 uint32_t nresults, vm_host_function *function, void *user,
                                 void (*drop)(void *user), vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, name);
  VMI_API_NOT_NULL(error, function);
  VMI_API_REQUIRE(error, strlen(module) <= VMI_MAX_NAME && strlen(name) <= VMI_MAX_NAME,
                  "vm_isolate_define_func: a name is longer than %d bytes", (int)VMI_MAX_NAME);
  vm_status status = check_types(isolate, params, nparams, VMI_MAX_PARAMS, "parameter", error);
  if (status == VM_OK) status = check_types(isolate, results, nresults, VMI_MAX_RESULTS, "result", error);
  if (status != VM_OK) return status;
  return vmi_rt_define_host(isolate, module, name, nparams, params, nresults, results, function,
                            user, drop, error);
}

static const vmi_definition *find_definition(const vm_isolate *iso, const char *module,
                                             const char *name)
{
  size_t m = strlen(module), n = strlen(name);
  if (m > VMI_MAX_NAME || n > VMI_MAX_NAME) return NULL;
  return vmi_rt_find_definition(iso, (vmi_str){module, (uint32_t)m}, (vmi_str){name, (uint32_t)n});
}

vm_status vm_isolate_get_func(vm_isolate *isolate, const char *module, const char *name,
                              vm_ref *out, vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, name);
  VMI_API_NOT_NULL(error, out);
  const vmi_definition *d = find_definition(isolate, module, name);
  if (d != NULL && d->kind == VMI_EXTERN_FUNC) return vmi_api_new_ref(isolate, d->of.func, out, error);
  return vmi_fail(error, VM_NOT_FOUND, "no function \"%.100s\" \"%.100s\" is defined", module,
                  name);
}

/* ---- globals of the isolate's ---- */

vm_status vm_isolate_define_global(vm_isolate *isolate, const char *module, const char *name,
                                   vm_type type, int mut, const vm_value *value, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, name);
  VMI_API_NOT_NULL(error, value);
  VMI_API_REQUIRE(error, strlen(module) <= VMI_MAX_NAME && strlen(name) <= VMI_MAX_NAME,
                  "vm_isolate_define_global: a name is longer than %d bytes", (int)VMI_MAX_NAME);
  vmi_slot slot;
  vm_status status = check_types(isolate, &type, 1, 1, "type", error);
  if (status == VM_OK)
    status = vmi_api_to_slot(isolate, value, type, "global", VMI_NO_INDEX, &slot, error);
  if (status != VM_OK) return status;
  return vmi_rt_define_global(isolate, module, name, type, mut != 0, slot, error);
}

static vm_status find_global(vm_isolate *iso, const char *module, const char *name,
                             const vmi_definition **out, vm_error *error)
{
  VMI_API_REQUIRE(error, iso != NULL, "`isolate` is NULL");
  VMI_API_REQUIRE(error, module != NULL && name != NULL, "`module` or `name` is NULL");
  *out = find_definition(iso, module, name);
  if (*out != NULL && (*out)->kind == VMI_EXTERN_GLOBAL) return VM_OK;
  return vmi_fail(error, VM_NOT_FOUND, "no global \"%.100s\" \"%.100s\" is defined", module, name);
}

vm_status vm_isolate_get_global(vm_isolate *isolate, const char *module, const char *name,
                                vm_value *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, out);
  const vmi_definition *d = NULL;
  vm_status status = find_global(isolate, module, name, &d, error);
  if (status != VM_OK) return status;
  return vmi_api_from_slot(isolate, d->of.global.cell, d->of.global.type, out, error);
}

vm_status vm_isolate_set_global(vm_isolate *isolate, const char *module, const char *name,
                                const vm_value *value, vm_error *error)
{
  VMI_API_NOT_NULL(error, value);
  const vmi_definition *d = NULL;
  vm_status status = find_global(isolate, module, name, &d, error);
  if (status != VM_OK) return status;
  VMI_API_REQUIRE(error, d->of.global.mut, "global \"%.100s\" \"%.100s\" is immutable", module, name);
  vmi_slot slot;
  status = vmi_api_to_slot(isolate, value, d->of.global.type, "global", VMI_NO_INDEX, &slot, error);
  if (status == VM_OK) *d->of.global.cell = slot; /* no heap object: no barrier */
  return status;
}

/* ---- limits ---- */

vm_status vm_isolate_interrupt(vm_isolate *isolate, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  vmi_rt_interrupt(isolate);
  return VM_OK;
}

vm_status vm_isolate_set_pause(vm_isolate *isolate, vm_pause_function *function, void *user,
                               vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  isolate->pause = function;
  isolate->pause_user = user;
  return VM_OK;
}

vm_status vm_isolate_request_pause(vm_isolate *isolate, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  vmi_rt_request(isolate, VMI_REQUEST_PAUSE);
  return VM_OK;
}

vm_status vm_isolate_set_fuel(vm_isolate *isolate, uint64_t units, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  vm_status status = vmi_rt_set_fuel(isolate, units, error);
  if (status == VM_OK && units == UINT64_MAX) isolate->limit_fuel = false;
  return status;
}

vm_status vm_isolate_get_fuel(vm_isolate *isolate, uint64_t *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  if (!isolate->engine->meter_fuel) {
    return vmi_fail(error, VM_STATE, "fuel: the engine was made without meter_fuel");
  }
  int64_t left = isolate->thread.fuel;
  *out = !isolate->limit_fuel ? UINT64_MAX : left < 0 ? 0 : (uint64_t)left;
  return VM_OK;
}

vm_status vm_isolate_set_deadline(vm_isolate *isolate, uint64_t milliseconds, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  return vmi_rt_set_deadline(isolate, milliseconds, error);
}

/* ---- throwing: the exception waits in `uncaught` for the host function to return ---- */

static bool in_host_function(const vm_isolate *iso)
{
  const vmi_slot *frame = iso->thread.frame;
  return frame != NULL && frame[1].ptr == NULL;
}

static vm_status throw_word(vm_isolate *iso, uint64_t payload)
{
  iso->uncaught = vmi_rt_exn_new(iso, VM_TRAP_NONE, payload);
  iso->exceptions++;
  return VM_EXCEPTION;
}

static vm_status raise_trap(vm_isolate *iso, vm_trap trap)
{
  iso->uncaught = vmi_rt_exn_new(iso, trap, VMI_DYN_NIL);
  iso->traps++;
  return VM_EXCEPTION;
}

vm_status vm_isolate_throw(vm_isolate *isolate, const vm_value *payload)
{
  if (isolate == NULL || payload == NULL) return VM_ARGUMENT;
  if (!in_host_function(isolate)) return VM_STATE;
  if (payload->kind != VM_KIND_DYN && payload->kind != VM_KIND_REF) return VM_ARGUMENT;
  vm_type type = payload->kind == VM_KIND_DYN ? VM_DYN : VM_REF_NULL(VM_HEAP_ANY);
  vmi_slot slot;
  vm_status status = vmi_api_to_slot(isolate, payload, type, "payload", VMI_NO_INDEX, &slot, NULL);
  return status == VM_OK ? throw_word(isolate, slot.u64) : status;
}

vm_status vm_isolate_throw_text(vm_isolate *isolate, const char *message)
{
  if (isolate == NULL || message == NULL) return VM_ARGUMENT;
  if (!in_host_function(isolate)) return VM_STATE;
  size_t length = strlen(message);
  uint32_t id = vmi_rt_array_type(isolate, VM_I8, true);
  if (id == UINT32_MAX || length > VMI_MAX_ARRAY_LENGTH) {
    return raise_trap(isolate, VM_TRAP_OUT_OF_MEMORY);
  }
  vmi_array_obj *text =
      vmi_rt_array_make_data(isolate, isolate->rtts[id], (uint32_t)length, message);
  vm_ref root;
  if (text == NULL || vmi_api_new_ref(isolate, text, &root, NULL) != VM_OK) {
    return raise_trap(isolate, VM_TRAP_OUT_OF_MEMORY);
  }
  return throw_word(isolate, (uint64_t)(uintptr_t)text);
}

vm_status vm_isolate_trap(vm_isolate *isolate, vm_trap trap)
{
  if (isolate == NULL) return VM_ARGUMENT;
  if (strcmp(vm_trap_name(trap), "unknown") == 0 || trap == VM_TRAP_NONE || vmi_trap_terminates(trap)) {
    return VM_ARGUMENT;
  }
  if (!in_host_function(isolate)) return VM_STATE;
  return raise_trap(isolate, trap);
}

vm_status vm_isolate_rethrow(vm_isolate *isolate, vm_ref exception)
{
  if (isolate == NULL) return VM_ARGUMENT;
  if (!in_host_function(isolate)) return VM_STATE;
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object_of(isolate, exception, VM_HEAP_EXN, "exception", &object, NULL);
  if (status != VM_OK) return status;
  isolate->uncaught = (vmi_exn_obj *)object;
  return vmi_trap_terminates(isolate->uncaught->code) ? VM_TERMINATED : VM_EXCEPTION;
}

/* ---- ending the guest ---- */

vm_status vm_isolate_exit(vm_isolate *isolate, int32_t code)
{
  if (isolate == NULL) return VM_ARGUMENT;
  if (!in_host_function(isolate)) return VM_STATE;
  isolate->uncaught = vmi_rt_exn_new(isolate, VM_TRAP_EXIT, VMI_DYN_INT | (uint32_t)code);
  return VM_TERMINATED;
}

vm_status vm_isolate_get_exit_code(vm_isolate *isolate, int32_t *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  const vmi_exn_obj *exn = isolate->uncaught;
  if (exn == NULL || exn->code != VM_TRAP_EXIT) {
    return vmi_fail(error, VM_NOT_FOUND, "the last call did not end with the trap \"exit\"");
  }
  *out = (int32_t)(uint32_t)exn->payload;
  return VM_OK;
}

vm_status vm_isolate_poll(vm_isolate *isolate)
{
  if (isolate == NULL) return VM_ARGUMENT;
  if (!in_host_function(isolate)) return VM_STATE;
  uint32_t code = vmi_rt_request_code(&isolate->thread);
  if (code == VM_TRAP_NONE) return VM_OK;
  isolate->uncaught = vmi_rt_exn_new(isolate, code, VMI_DYN_NIL);
  return VM_TERMINATED;
}

/* ---- the collector ---- */

vm_status vm_isolate_collect(vm_isolate *isolate, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  vmi_gc_collect(isolate->thread.heap);
  vmi_rt_unload(isolate);
  return VM_OK;
}

/* Handles that a finalizer makes are dropped when all have run. */
vm_status vm_isolate_run_finalizers(vm_isolate *isolate, size_t *count, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  if (count != NULL) *count = 0;
  if (isolate->finalizing) return VM_OK;
  uint32_t scope = 0;
  vm_status status = vmi_rt_scope_open(isolate, &scope);
  if (status != VM_OK) return vmi_fail(error, status, "no memory for a scope");
  isolate->finalizing = true;
  size_t ran = vmi_gc_run_finalizers(isolate->thread.heap);
  isolate->finalizing = false;
  vmi_rt_scope_close(isolate, scope);
  if (count != NULL) *count = ran;
  return VM_OK;
}

vm_status vm_isolate_verify_heap(vm_isolate *isolate, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  const char *damage = vmi_gc_verify(isolate->thread.heap);
  return damage == NULL ? VM_OK : vmi_fail(error, VM_INVALID, "heap: %s", damage);
}

vm_status vm_isolate_get_stats(vm_isolate *isolate, vm_isolate_stats *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_gc_stats g;
  memset(&g, 0, sizeof g);
  vmi_gc_get_stats(isolate->thread.heap, &g);
  uint64_t instances = 0;
  for (vmi_instance *i = isolate->instances; i != NULL; i = i->next, instances++) vmi_rt_heat_flush(i);
  vm_isolate_stats s = {
      .calls = isolate->calls_from_host,
      .exceptions = isolate->exceptions,
      .traps = isolate->traps,
      .collections = g.collections,
      .pause_total_ns = g.pause_total_ns,
      .pause_max_ns = g.pause_max_ns,
      .heap_bytes = g.heap_bytes,
      .live_bytes = g.live_bytes,
      .peak_heap_bytes = g.peak_heap_bytes,
      .allocated_bytes = g.bytes_allocated,
      .charged_bytes = g.charged_bytes,
      .logged_stores = g.barrier_slow,
      .loop_entries = isolate->loop_entries,
      .code_exits = isolate->frames_left - isolate->slowdowns,
      .quickenings = isolate->quickenings,
      .slowdowns = isolate->slowdowns,
      .local_handles = isolate->nhandles,
      .persistent_handles = isolate->npersistent,
      .instances = instances,
  };
  VMI_API_REQUIRE(error, vmi_api_copy_stats(out, &s, sizeof s),
                  "vm_isolate_get_stats: `out->size` is not set");
  return VM_OK;
}
