/* host.c - host functions that throw, trap, collect and call back, and the module "env".
 *
 * SPDX-License-Identifier: MIT
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VALUES = 255 };

const host_signature host_signatures[HOST_COUNT] = {
  [HOST_MIX] = {"mix", 3, 1, {VM_I64, VM_F64, VM_DYN}, {VM_I64}},
  [HOST_THROW_IF] = {"throw_if", 2, 0, {VM_I32, VM_DYN}, {0}},
  [HOST_CALLBACK] = {"callback", 3, 1, {VM_REF_NULL(VM_HEAP_FUNC), VM_I32, VM_I32}, {VM_I64}},
  [HOST_MAKE] = {"make", 1, 1, {VM_I32}, {VM_REF_NULL(VM_HEAP_ANY)}},
};

uint64_t host_value_bits(const vm_value *v)
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

vm_value host_argument(vm_type type, uint64_t bits)
{
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32: return vm_value_i32((int32_t)(uint32_t)(bits & 1 ? bits >> 32 : bits & 0xFF));
  case VM_KIND_I64: return vm_value_i64((int64_t)(bits & 1 ? bits : bits & 0xFF));
  case VM_KIND_F32: return vm_value_f32((float)(int64_t)bits);
  case VM_KIND_F64: return vm_value_f64(bits & 1 ? (double)(int64_t)bits : 0.5);
  case VM_KIND_DYN:
    return bits & 1 ? vm_dyn_int((int32_t)(uint32_t)(bits >> 32))
           : bits & 2 ? vm_dyn_double((double)(bits >> 40) / 4) : vm_dyn_nil();
  default: return vm_value_null();
  }
}

/* ---- the functions ---- */

static vm_status mix(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  uint64_t h = host_value_bits(&args[0]) * 31 + host_value_bits(&args[1]);
  h = (h ^ h >> 29) * 0x9E3779B97F4A7C15ull + host_value_bits(&args[2]);
  results[0].of.i64 = (int64_t)h;
  return h % 16 == 0 ? vm_isolate_collect(isolate, NULL) : VM_OK;
}

static vm_status throw_if(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  switch (args[0].of.i32 & 63) {
  case 1: return vm_isolate_throw(isolate, &args[1]);
  case 2: return vm_isolate_trap(isolate, VM_TRAP_UNREACHABLE);
  case 3: return vm_isolate_throw_text(isolate, "from the host");
  case 4: return VM_NOT_FOUND; /* the trap `host` */
  default: return VM_OK;
  }
}

/* Mode 1 keeps what the guest threw to itself; else it is passed on. */
static vm_status callback(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  vm_func_type type;
  vm_value given[MOST_VALUES], got[MOST_VALUES];
  results[0].of.i64 = -1;
  if (vm_ref_is_null(args[0].of.ref) || args[1].of.i32 <= 0) return VM_OK;
  vm_status s = vm_func_get_type(isolate, args[0].of.ref, &type, NULL);
  if (s != VM_OK) return s;
  for (uint32_t i = 0; i < type.nparams; i++) {
    given[i] = host_argument(type.params[i], (uint64_t)(uint32_t)args[2].of.i32 * 77 + i);
  }
  if (type.nparams > 0 && given[0].kind == VM_KIND_I32) given[0].of.i32 = args[1].of.i32 - 1;
  s = vm_call(isolate, args[0].of.ref, given, type.nparams, got, type.nresults, NULL);
  if (s == VM_EXCEPTION && (args[2].of.i32 & 1)) return VM_OK;
  if (s != VM_OK) return s;
  uint64_t h = 5;
  for (uint32_t i = 0; i < type.nresults; i++) h = h * 33 + host_value_bits(&got[i]);
  results[0].of.i64 = (int64_t)h;
  return VM_OK;
}

static vm_status make(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  if (args[0].of.i32 & 1) return VM_OK;
  return vm_extern_new(isolate, isolate, NULL, &results[0].of.ref, NULL);
}

/* ---- the other module ---- */

static const char env_text[] =
  "module env\n"
  "memory mem2 1 3\n"
  "table funs (ref null func) 4\n"
  "global count mut i64 = 0\n"
  "global limit i32 = 12\n"
  "func twice (x: i64) -> (i64) {\n"
  "  global.get count\n i64.const 1\n i64.add\n global.set count\n"
  "  local.get x\n i64.const 2\n i64.mul\n return\n}\n"
  "func fail_if (x: i64) -> (i64) {\n"
  "  line 7\n local.get x\n i64.const 7\n i64.and\n i64.eqz\n br_if failing\n"
  "  line 8\n i64.const 1000\n local.get x\n i64.const 3\n i64.and\n i64.div_s\n return\n"
  "failing:\n"
  "  line 9\n i32.const 77\n dyn.from_i32\n throw\n}\n"
  "export memory \"mem2\" mem2\n export table \"funs\" funs\n"
  "export global \"count\" count\n export global \"limit\" limit\n"
  "export func \"twice\" twice\n export func \"fail_if\" fail_if\n";

vm_module *host_env_load(vm_engine *engine)
{
  vm_module *env = NULL;
  vm_error e = VM_ERROR_INIT;
  if (vm_module_assemble(engine, env_text, strlen(env_text), &env, &e) == VM_OK) return env;
  fprintf(stderr, "module env, line %u: %s\n", (unsigned)e.line, e.message);
  exit(2);
}

vm_status host_define(vm_isolate *isolate, vm_module *env, vm_error *error)
{
  static vm_host_function *const functions[HOST_COUNT] = {mix, throw_if, callback, make};
  vm_instance *instance;
  for (int i = 0; i < HOST_COUNT; i++) {
    const host_signature *h = &host_signatures[i];
    vm_status s = vm_isolate_define_func(isolate, "host", h->name, h->params, h->nparams,
                                         h->results, h->nresults, functions[i], NULL, NULL, error);
    if (s != VM_OK) return s;
  }
  vm_status s = vm_instance_new(isolate, env, &instance, error);
  return s == VM_OK ? vm_instance_define(instance, "env", error) : s;
}
