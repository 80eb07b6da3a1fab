/* wasm_run.c - translates a WebAssembly binary and runs it in tiers 0 and 1 of libvm.
 *
 * SPDX-License-Identifier: MIT
 *
 * Imported functions are there, whatever a module asks for, and give zeros. Compared are, call by call, the
 * status, the trap and numeric results, then the exported memories. NaNs are one value, for which of two an
 * operation hands on is open; where the bits of one may have got into integers, nothing is compared from
 * there on. Neither is anything behind a call that fuel ended.
 */
#include "wasm_run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "wasm.h"

enum { FUEL = 20000, MAX_EXPORTS = 48, MAX_VALUES = 16, MAX_TYPES = 64 };

typedef struct call_outcome {
  vm_status status;
  vm_trap trap;
  uint32_t nresults;
  vm_value results[MAX_VALUES];
  vm_type types[MAX_VALUES];
} call_outcome;

typedef struct outcome {
  vm_status status; /* of the instantiation */
  vm_trap trap;
  uint32_t ncalls;
  call_outcome calls[MAX_EXPORTS];
  uint64_t memory; /* hash of the exported memories */
} outcome;

/* ---- what modules import ---- */

static vm_status give_zeros(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)isolate, (void)user, (void)args, (void)results; /* results are zero when it is called */
  return VM_OK;
}

/* The value types in the text up to the closing bracket; false if one is no number or there are too many. */
static bool parse_types(const char **text, vm_type *types, uint32_t *count)
{
  static const struct {
    const char *name;
    vm_type type;
  } numbers[] = {{"i32", VM_I32}, {"i64", VM_I64}, {"f32", VM_F32}, {"f64", VM_F64}};
  const char *p = *text;
  if (*p++ != '(') return false;
  for (*count = 0; *p != ')';) {
    size_t i = 0;
    while (i < 4 && strncmp(p, numbers[i].name, 3) != 0) i++;
    if (i == 4 || *count == MAX_TYPES) return false;
    types[(*count)++] = numbers[i].type;
    p += 3;
    if (strncmp(p, ", ", 2) == 0) p += 2;
  }
  *text = p + 1;
  return true;
}

static void define_imports(vm_isolate *isolate, vm_module *module)
{
  for (uint32_t i = 0; i < vm_module_import_count(module); i++) {
    vm_entity_info info;
    vm_type params[MAX_TYPES], results[MAX_TYPES];
    uint32_t nparams, nresults;
    if (vm_module_get_import(module, i, &info, NULL) != VM_OK || info.kind != VM_ENTITY_FUNC) continue;
    const char *type = info.type;
    if (!parse_types(&type, params, &nparams) || strncmp(type, " -> ", 4) != 0) continue;
    type += 4;
    if (!parse_types(&type, results, &nresults)) continue;
    vm_isolate_define_func(isolate, info.module, info.name, params, nparams, results, nresults, give_zeros,
                           NULL, NULL, NULL);
  }
}

/* ---- a run ---- */

static vm_value argument(vm_type type, uint32_t i)
{
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32: return vm_value_i32((int32_t)i * 3 + 2);
  case VM_KIND_I64: return vm_value_i64((int64_t)i * 5 - 1);
  case VM_KIND_F32: return vm_value_f32((float)i + 1.5f);
  case VM_KIND_F64: return vm_value_f64((double)i - 2.25);
  default: return vm_value_null();
  }
}

static void call(vm_isolate *isolate, vm_instance *instance, const char *name, call_outcome *out)
{
  vm_func_type type;
  vm_value args[256];
  vm_ref func;
  vm_error e = VM_ERROR_INIT;
  out->nresults = 0;
  out->trap = 0;
  out->status = vm_instance_get_func(instance, name, &func, &e);
  if (out->status == VM_OK) out->status = vm_func_get_type(isolate, func, &type, &e);
  if (out->status != VM_OK || type.nresults > MAX_VALUES) return;
  for (uint32_t i = 0; i < type.nparams; i++) args[i] = argument(type.params[i], i);
  memcpy(out->types, type.results, type.nresults * sizeof out->types[0]);
  vm_isolate_set_fuel(isolate, FUEL, NULL);
  out->status = vm_call(isolate, func, args, type.nparams, out->results, type.nresults, &e);
  out->trap = e.trap;
  if (out->status == VM_OK) out->nresults = type.nresults;
}

static uint64_t hash_memory(vm_instance *instance, const char *name, uint64_t hash)
{
  uint8_t *base;
  uint64_t size;
  if (vm_instance_view_memory(instance, name, &base, &size, NULL) != VM_OK) return hash;
  for (uint64_t i = 0; i + 8 <= size; i += 8) {
    uint64_t word;
    memcpy(&word, base + i, sizeof word);
    if (word != 0) hash = (hash ^ word ^ i) * 0x9E3779B97F4A7C15ull, hash ^= hash >> 29;
  }
  return hash ^ size;
}

static void run_exports(vm_isolate *isolate, vm_module *module, vm_instance *instance, outcome *out)
{
  uint32_t n = vm_module_export_count(module);
  vm_entity_info info;
  for (uint32_t i = 0; i < n && out->ncalls < MAX_EXPORTS; i++)
    if (vm_module_get_export(module, i, &info, NULL) == VM_OK && info.kind == VM_ENTITY_FUNC)
      call(isolate, instance, info.name, &out->calls[out->ncalls++]);
  for (uint32_t i = 0; i < n && i < MAX_EXPORTS; i++)
    if (vm_module_get_export(module, i, &info, NULL) == VM_OK && info.kind == VM_ENTITY_MEMORY)
      out->memory = hash_memory(instance, info.name, out->memory);
}

static void run(wasm_runner *r, vm_engine *engine, vm_module *module, outcome *out)
{
  vm_isolate_config config = VM_ISOLATE_CONFIG_INIT;
  vm_isolate *isolate;
  vm_instance *instance;
  vm_error e = VM_ERROR_INIT;
  memset(out, 0, sizeof *out);
  config.max_heap = (size_t)16 << 20;
  config.stack_size = 128 << 10;
  config.gc_flags = VM_GC_POISON;
  out->status = vm_isolate_new(engine, &config, &isolate, &e);
  if (out->status != VM_OK) return;
  define_imports(isolate, module);
  vm_isolate_set_fuel(isolate, FUEL, NULL);
  out->status = vm_instance_new(isolate, module, &instance, &e);
  out->trap = e.trap;
  if (out->status == VM_OK) {
    r->instantiated++;
    run_exports(isolate, module, instance, out);
    r->calls += out->ncalls;
  }
  if (vm_isolate_verify_heap(isolate, &e) != VM_OK) {
    fprintf(stderr, "heap: %s\n", e.message);
    r->failures++;
  }
  vm_isolate_free(isolate, NULL);
}

/* ---- comparing ---- */

static bool is_nan(vm_type type, const vm_value *v)
{
  return type == VM_F32 ? isnan(v->of.f32) : type == VM_F64 && isnan(v->of.f64);
}

static bool same_value(vm_type type, const vm_value *a, const vm_value *b)
{
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32: return a->of.i32 == b->of.i32;
  case VM_KIND_I64: return a->of.i64 == b->of.i64;
  case VM_KIND_F32: return memcmp(&a->of.f32, &b->of.f32, 4) == 0 || (is_nan(type, a) && is_nan(type, b));
  case VM_KIND_F64: return memcmp(&a->of.f64, &b->of.f64, 8) == 0 || (is_nan(type, a) && is_nan(type, b));
  default: return true; /* references */
  }
}

/* What differs between tiers 0 and 1 by right: how deep calls may go, and where fuel ends. */
static bool ended_by_limit(vm_status status, vm_trap trap)
{
  return status == VM_TERMINATED || status == VM_MEMORY || trap == VM_TRAP_STACK_OVERFLOW;
}

static const char *difference(const outcome *a, const outcome *b, bool *open)
{
  *open = true;
  if (ended_by_limit(a->status, a->trap) || ended_by_limit(b->status, b->trap)) return NULL;
  if (a->status != b->status || a->trap != b->trap) return "instantiation";
  for (uint32_t i = 0; i < a->ncalls; i++) {
    const call_outcome *x = &a->calls[i], *y = &b->calls[i];
    if (ended_by_limit(x->status, x->trap) || ended_by_limit(y->status, y->trap)) return NULL;
    if (x->status != y->status || x->trap != y->trap) return "how a call ends";
    for (uint32_t k = 0; k < x->nresults; k++) {
      if (!same_value(x->types[k], &x->results[k], &y->results[k])) return "a result";
      if (is_nan(x->types[k], &x->results[k])) return NULL;
    }
  }
  *open = false;
  return a->memory != b->memory ? "memory" : NULL;
}

/* ---- the whole ---- */

bool wasm_runner_open(wasm_runner *r)
{
  memset(r, 0, sizeof *r);
  for (int tier = 0; tier < 2; tier++) {
    vm_engine_config config = VM_ENGINE_CONFIG_INIT;
    config.tier = tier == 0 ? VM_TIER_0 : VM_TIER_1;
    config.meter_fuel = 1;
    if (vm_engine_new(&config, &r->engines[tier], NULL) != VM_OK) return false;
  }
  return true;
}

void wasm_runner_close(wasm_runner *r)
{
  for (int tier = 0; tier < 2; tier++) vm_engine_free(r->engines[tier], NULL);
}

static void compare(wasm_runner *r, const uint8_t *code, size_t size)
{
  static outcome outcomes[2];
  vm_error e = VM_ERROR_INIT;
  for (int tier = 0; tier < 2; tier++) {
    vm_module *module;
    if (vm_module_load(r->engines[tier], code, size, &module, &e) != VM_OK) {
      fprintf(stderr, "translated, and does not load: %s\n", e.message);
      r->failures++;
      return;
    }
    run(r, r->engines[tier], module, &outcomes[tier]);
    vm_module_free(module);
  }
  bool open;
  const char *what = difference(&outcomes[0], &outcomes[1], &open);
  if (what == NULL) return;
  fprintf(stderr, "tiers 0 and 1 differ: %s\n", what);
  r->failures++;
}

void wasm_runner_try(wasm_runner *r, const uint8_t *bytes, size_t size)
{
  vm_error e = VM_ERROR_INIT;
  uint8_t *code;
  size_t code_size;
  vm_status status = wasm_translate(NULL, bytes, size, &code, &code_size, &e);
  if (status == VM_OK) {
    r->translated++;
    compare(r, code, code_size);
    vm_builder_bytes_free(NULL, code, code_size);
  } else if (e.message[0] == '\0' || (status != VM_MALFORMED && status != VM_INVALID && status != VM_LIMIT)) {
    fprintf(stderr, "refused with %s: '%s'\n", vm_status_name(status), e.message);
    r->failures++;
  }
}
