/* run.c - running a module and comparing what came of it.
 *
 * SPDX-License-Identifier: MIT
 */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t hash_bytes(const uint8_t *p, uint64_t size)
{
  uint64_t h = 0xCBF29CE484222325ull;
  for (uint64_t i = 0; i < size; i++) h = (h ^ p[i]) * 0x100000001B3ull;
  return h;
}

/* NaNs are all one value here: which of them an operation gives is not specified. */
static uint64_t value_bits(const vm_value *v)
{
  uint64_t bits = 0;
  switch (v->kind) {
  case VM_KIND_I32: return (uint32_t)v->of.i32;
  case VM_KIND_I64: return (uint64_t)v->of.i64;
  case VM_KIND_F32: {
    uint32_t word;
    memcpy(&word, &v->of.f32, sizeof word);
    return v->of.f32 != v->of.f32 ? 0x7FC00000 : word;
  }
  case VM_KIND_F64:
    memcpy(&bits, &v->of.f64, sizeof bits);
    return v->of.f64 != v->of.f64 ? 0x7FF8000000000000ull : bits;
  case VM_KIND_DYN:
    return v->is_ref ? 1 : v->of.dyn;
  default:
    return !vm_ref_is_null(v->of.ref);
  }
}

static void record_state(vm_instance *instance, outcome *out)
{
  uint8_t *base;
  char name[16] = "hash";
  vm_value v;
  if (vm_instance_view_memory(instance, "mem", &base, &out->memory_size, NULL) == VM_OK) {
    out->memory_hash = hash_bytes(base, out->memory_size);
  }
  for (int i = 0; i < MAX_VALUES; i++) {
    if (vm_instance_get_global(instance, name, &v, NULL) != VM_OK) return;
    out->values[out->nvalues++] = value_bits(&v);
    snprintf(name, sizeof name, "g%d", i);
  }
}

static void record_failure(vm_isolate *isolate, vm_status status, const vm_error *e, outcome *out)
{
  out->status = status;
  out->trap = e->trap;
  memcpy(out->message, e->message, sizeof out->message);
  if (isolate != NULL && status == VM_EXCEPTION) {
    vm_exception_format(isolate, vm_ref_null(), out->trace, sizeof out->trace, NULL, NULL);
  }
}

static void run_main(vm_isolate *isolate, vm_module *module, outcome *out)
{
  vm_error e = VM_ERROR_INIT;
  vm_instance *instance = NULL;
  vm_ref func;
  vm_value result = vm_value_i64(0);
  vm_isolate_set_deadline(isolate, 120000, NULL);
  vm_status s = vm_instance_new(isolate, module, &instance, &e);
  if (s == VM_OK) s = vm_instance_get_func(instance, "main", &func, &e);
  if (s == VM_OK) s = vm_call(isolate, func, NULL, 0, &result, 1, &e);
  if (s != VM_OK) record_failure(isolate, s, &e, out);
  out->result = result.of.i64;
  if (instance != NULL) record_state(instance, out);
  if (vm_isolate_verify_heap(isolate, &e) != VM_OK) record_failure(isolate, VM_INVALID, &e, out);
}

void run_module(vm_engine *engine, const uint8_t *bytes, size_t size, uint32_t gc_flags,
                outcome *out)
{
  vm_error e = VM_ERROR_INIT;
  vm_isolate_config config = VM_ISOLATE_CONFIG_INIT;
  vm_module *module = NULL;
  vm_isolate *isolate = NULL;
  memset(out, 0, sizeof *out);
  config.max_heap = (size_t)256 << 20;
  config.gc_flags = gc_flags;
  vm_status s = vm_module_load(engine, bytes, size, &module, &e);
  if (s == VM_OK) s = vm_isolate_new(engine, &config, &isolate, &e);
  if (s != VM_OK) {
    record_failure(NULL, s, &e, out);
  } else {
    run_main(isolate, module, out);
  }
  vm_isolate_free(isolate, NULL);
  vm_module_free(module);
}

static bool same_values(const outcome *a, const outcome *b)
{
  bool same = a->nvalues == b->nvalues;
  for (int i = 0; same && i < a->nvalues; i++) {
    if (a->values[i] == b->values[i]) continue;
    fprintf(stderr, "  exported global %d: %016llx, %016llx\n", i, (unsigned long long)a->values[i],
            (unsigned long long)b->values[i]);
    same = false;
  }
  return same;
}

bool same_outcome(const outcome *a, const outcome *b, const char *what_a, const char *what_b)
{
  const char *what = NULL;
  if (!same_values(a, b)) what = "globals";
  if (a->memory_size != b->memory_size || a->memory_hash != b->memory_hash) what = "memory";
  if (a->result != b->result) what = "result";
  if (strcmp(a->trace, b->trace) != 0) what = "backtrace";
  if (a->status != b->status || a->trap != b->trap) what = "status";
  if (what == NULL) return true;
  fprintf(stderr, "  %s differs between %s and %s\n", what, what_a, what_b);
  const outcome *both[] = {a, b};
  const char *names[] = {what_a, what_b};
  for (int i = 0; i < 2; i++) {
    const outcome *o = both[i];
    fprintf(stderr, "  %s: %s, %s, result %016llx, memory %016llx of %llu\n  %s\n%s", names[i],
            vm_status_name(o->status), vm_trap_name(o->trap), (unsigned long long)o->result,
            (unsigned long long)o->memory_hash, (unsigned long long)o->memory_size, o->message,
            o->trace);
  }
  return false;
}

uint64_t parse_number(const char *option, const char *text)
{
  char *end = NULL;
  uint64_t value = text == NULL ? 0 : strtoull(text, &end, 0);
  if (text != NULL && end != text && *end == '\0') return value;
  fprintf(stderr, "%s: expected a number, found \"%s\"\n", option, text == NULL ? "" : text);
  exit(64);
}
