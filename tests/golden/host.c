/* host.c - the host functions that golden programs may import from "host".
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <string.h>

#include "golden.h"

static vm_status print_i32(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  world *w = user;
  text_add(&w->out->output, "%d\n", args[0].of.i32);
  return VM_OK;
}

static vm_status print_i64(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  world *w = user;
  text_add(&w->out->output, "%" PRId64 "\n", args[0].of.i64);
  return VM_OK;
}

static vm_status print_f32(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  world *w = user;
  text_add(&w->out->output, "%.9g\n", (double)args[0].of.f32);
  return VM_OK;
}

static vm_status print_f64(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  world *w = user;
  text_add(&w->out->output, "%.17g\n", args[0].of.f64);
  return VM_OK;
}

static vm_status print_dyn(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  text *out = &((world *)user)->out->output;
  vm_value v = args[0];
  if (vm_dyn_is_nil(v)) {
    text_add(out, "nil\n");
  } else if (vm_dyn_is_bool(v)) {
    text_add(out, "%s\n", vm_dyn_to_bool(v) ? "true" : "false");
  } else if (vm_dyn_is_int(v)) {
    text_add(out, "int %d\n", vm_dyn_to_int(v));
  } else if (vm_dyn_is_double(v)) {
    text_add(out, "double %.17g\n", vm_dyn_to_double(v));
  } else if (vm_dyn_is_ref(v)) {
    vm_ref_info info;
    if (vm_ref_get_info(i, v.of.ref, &info, NULL) != VM_OK) return VM_HANDLE;
    text_add(out, "ref %s %u\n", info.name != NULL ? info.name : "", info.count);
  }
  return VM_OK;
}

static vm_status print_str(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  world *w = user;
  char buffer[256];
  uint32_t n;
  vm_status s = vm_array_get_length(i, args[0].of.ref, &n, NULL);
  if (s != VM_OK || n > sizeof buffer) return VM_ARGUMENT;
  s = vm_array_read(i, args[0].of.ref, 0, n, buffer, n, NULL);
  text_add_bytes(&w->out->output, buffer, s == VM_OK ? n : 0);
  text_add(&w->out->output, "\n");
  return s;
}

/* Throws its argument as a dyn integer. */
static vm_status throw_i32(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  vm_value v = vm_dyn_int(args[0].of.i32);
  return vm_isolate_throw(i, &v);
}

static vm_status trap(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  return vm_isolate_trap(i, (vm_trap)args[0].of.i32);
}

static vm_status fail(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  return VM_NOT_FOUND;
}

/* Throws odd arguments, gives even ones back plus one. */
static vm_status odd(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  if (args[0].of.i32 & 1) return throw_i32(i, user, args, results);
  results[0].of.i32 = args[0].of.i32 + 1;
  return VM_OK;
}

/* f(x). That calls are nested too deeply shows in the guest's frames or here, as sizes have it; the
 * programs are to see the same. */
static vm_status call_guest(vm_isolate *i, const vm_value *args, vm_value *results, vm_error *e)
{
  vm_status s = vm_call(i, args[0].of.ref, &args[1], 1, results, 1, e);
  if (s != VM_LIMIT) return s;
  e->trap = VM_TRAP_STACK_OVERFLOW;
  return vm_isolate_trap(i, VM_TRAP_STACK_OVERFLOW);
}

/* call(f, x): f(x), whose exception it passes on. */
static vm_status call(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  vm_error e = VM_ERROR_INIT;
  return call_guest(i, args, results, &e);
}

/* catch(f, x): f(x), or -(trap code) or a thrown integer. */
static vm_status catch_call(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  vm_error e = VM_ERROR_INIT;
  vm_value payload;
  vm_status s = call_guest(i, args, results, &e);
  if (s != VM_EXCEPTION) return s;
  if (e.trap != VM_TRAP_NONE) {
    results[0] = vm_value_i32(-(int32_t)e.trap);
    return VM_OK;
  }
  s = vm_exception_get_payload(i, VM_NULL_REF, &payload, NULL);
  results[0] = vm_value_i32(vm_dyn_to_int(payload));
  return s;
}

static vm_status gc(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  world *w = user;
  vm_error e = VM_ERROR_INIT;
  vm_status s = vm_isolate_collect(i, &e);
  if (s == VM_OK) s = vm_isolate_verify_heap(i, &e);
  if (s != VM_OK) {
    fprintf(stderr, "host.gc: %s\n", e.message);
    w->failures++;
  }
  return s;
}

/* pick(a, b): a, or b where every allocation collects; for sizes of loops. */
static vm_status pick(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  world *w = user;
  results[0].of.i32 = args[w->stress ? 1 : 0].of.i32;
  return VM_OK;
}

/* Nine i64 and ten f64, weighted by place. */
static vm_status wide(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  double sum = 0;
  for (int k = 0; k < 9; k++) sum += (double)args[k].of.i64 * (k + 1);
  for (int k = 9; k < 19; k++) sum += args[k].of.f64 * (k + 1);
  results[0].of.f64 = sum;
  return VM_OK;
}

static vm_status box(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  return vm_extern_new(i, (char *)NULL + args[0].of.i32, NULL, &results[0].of.ref, NULL);
}

static vm_status unbox(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  void *data;
  vm_status s = vm_extern_get(i, args[0].of.ref, &data, NULL);
  if (s == VM_OK) results[0].of.i32 = (int32_t)((char *)data - (char *)NULL);
  return s;
}

/* many(r) -> (i32, f32, ref, i64, f64, dyn, ref): results of every kind, the ref twice. */
static vm_status many(vm_isolate *i, void *user, const vm_value *args, vm_value *results)
{
  results[0].of.i32 = -7;
  results[1].of.f32 = 1.5f;
  results[2].of.ref = args[0].of.ref;
  results[3].of.i64 = INT64_C(1) << 40;
  results[4].of.f64 = 0.1;
  results[5] = vm_dyn_int(5);
  results[6].of.ref = args[0].of.ref;
  return VM_OK;
}

#define ANY VM_REF_NULL(VM_HEAP_ANY)
#define FUNC VM_REF_NULL(VM_HEAP_FUNC)

enum { MAX_PARAMS = 19, MAX_RESULTS = 7 };

typedef struct host_row {
  const char *name;
  vm_host_function *function;
  uint32_t nparams, nresults;
  vm_type params[MAX_PARAMS], results[MAX_RESULTS];
} host_row;

static const host_row rows[] = {
  {"print_i32", print_i32, 1, 0, {VM_I32}, {0}},
  {"print_i64", print_i64, 1, 0, {VM_I64}, {0}},
  {"print_f32", print_f32, 1, 0, {VM_F32}, {0}},
  {"print_f64", print_f64, 1, 0, {VM_F64}, {0}},
  {"print_dyn", print_dyn, 1, 0, {VM_DYN}, {0}},
  {"print_str", print_str, 1, 0, {VM_REF_NULL(VM_HEAP_ARRAY)}, {0}},
  {"throw", throw_i32, 1, 0, {VM_I32}, {0}},
  {"trap", trap, 1, 0, {VM_I32}, {0}},
  {"fail", fail, 0, 0, {0}, {0}},
  {"odd", odd, 1, 1, {VM_I32}, {VM_I32}},
  {"call", call, 2, 1, {FUNC, VM_I32}, {VM_I32}},
  {"catch", catch_call, 2, 1, {FUNC, VM_I32}, {VM_I32}},
  {"gc", gc, 0, 0, {0}, {0}},
  {"pick", pick, 2, 1, {VM_I32, VM_I32}, {VM_I32}},
  {"wide", wide, 19, 1,
   {VM_I64, VM_I64, VM_I64, VM_I64, VM_I64, VM_I64, VM_I64, VM_I64, VM_I64, VM_F64, VM_F64, VM_F64,
    VM_F64, VM_F64, VM_F64, VM_F64, VM_F64, VM_F64, VM_F64},
   {VM_F64}},
  {"box", box, 1, 1, {VM_I32}, {VM_REF_NULL(VM_HEAP_EXTERN)}},
  {"unbox", unbox, 1, 1, {VM_REF_NULL(VM_HEAP_EXTERN)}, {VM_I32}},
  {"many", many, 1, 7, {ANY}, {VM_I32, VM_F32, ANY, VM_I64, VM_F64, VM_DYN, ANY}},
};

vm_status host_define(vm_isolate *isolate, world *w, vm_error *e)
{
  for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
    const host_row *r = &rows[k];
    vm_status s = vm_isolate_define_func(isolate, "host", r->name, r->params, r->nparams, r->results,
                                         r->nresults, r->function, w, NULL, e);
    if (s != VM_OK) return s;
  }
  return VM_OK;
}
