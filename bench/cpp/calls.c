/* calls.c - the C half of bench_calls.
 *
 * SPDX-License-Identifier: MIT
 */
#include "calls.h"

#include <string.h>

const char *const calls_text =
    "module calls\n"
    "import func half \"host\" \"half\" (i32) -> (i32)\n"
    "import func make \"host\" \"make\" () -> ((ref null extern))\n"
    "import func use \"host\" \"use\" ((ref null extern), dyn) -> (dyn)\n"
    "func add (a: i32, b: f64) -> (i64) {\n"
    "  local.get a\n  i64.extend_i32_s\n  local.get b\n  i64.trunc_sat_f64_s\n  i64.add\n  return\n}\n"
    "func pick (a: (ref null any), b: dyn) -> ((ref null any)) {\n"
    "  local.get a\n  return\n}\n"
    "func loop (n: i32) -> (i64) {\n"
    "  local sum: i64\n"
    "again:\n"
    "  local.get sum\n  local.get n\n  call half\n  i64.extend_i32_s\n  i64.add\n  local.set sum\n"
    "  local.get n\n  i32.const 1\n  i32.sub\n  local.tee n\n  br_if again\n"
    "  local.get sum\n  return\n}\n"
    "func objects (n: i32) -> (i64) {\n"
    "  local sum: i64, object: (ref null extern)\n"
    "  call make\n  local.set object\n"
    "again:\n"
    "  local.get sum\n  local.get object\n  local.get n\n  dyn.from_i32\n  call use\n  dyn.to_i32\n"
    "  i64.extend_i32_s\n  i64.add\n  local.set sum\n"
    "  local.get n\n  i32.const 1\n  i32.sub\n  local.tee n\n  br_if again\n"
    "  local.get sum\n  return\n}\n"
    "export func \"add\" add\nexport func \"pick\" pick\nexport func \"loop\" loop\n"
    "export func \"objects\" objects\n";

typedef struct counter {
  int32_t n;
} counter;

static counter the_counter;

static vm_status half(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)isolate, (void)user;
  results[0].of.i32 = args[0].of.i32 / 2;
  return VM_OK;
}

static void finish(void *data) { (void)data; }

static vm_status make(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)user, (void)args;
  return vm_extern_new(isolate, &the_counter, finish, &results[0].of.ref, NULL);
}

/* As careful as the C++ side: null, something else, somebody else's object. */
static vm_status use(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)user;
  vm_finalizer *made_by = NULL;
  void *data = NULL;
  if (vm_ref_is_null(args[0].of.ref)) return vm_isolate_trap(isolate, VM_TRAP_NULL_REFERENCE);
  if (vm_extern_get_finalizer(isolate, args[0].of.ref, &made_by, NULL) != VM_OK || made_by != finish ||
      vm_extern_get(isolate, args[0].of.ref, &data, NULL) != VM_OK)
    return vm_isolate_trap(isolate, VM_TRAP_CAST_FAILURE);
  counter *c = data;
  c->n += vm_dyn_to_int(args[1]);
  results[0] = vm_dyn_int(c->n & 0xFFFF);
  return VM_OK;
}

static int define(vm_isolate *i)
{
  const vm_type i32 = VM_I32, object = VM_REF_NULL(VM_HEAP_EXTERN), dyn = VM_DYN;
  const vm_type params[] = {VM_REF_NULL(VM_HEAP_EXTERN), VM_DYN};
  return vm_isolate_define_func(i, "host", "half", &i32, 1, &i32, 1, half, NULL, NULL, NULL) == VM_OK &&
         vm_isolate_define_func(i, "host", "make", NULL, 0, &object, 1, make, NULL, NULL, NULL) == VM_OK &&
         vm_isolate_define_func(i, "host", "use", params, 2, &dyn, 1, use, NULL, NULL, NULL) == VM_OK;
}

int calls_open(calls_world *w, int tier)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  memset(w, 0, sizeof *w);
  config.tier = (vm_tier)tier;
  if (vm_engine_new(&config, &w->engine, NULL) != VM_OK) return 1;
  if (vm_module_assemble(w->engine, calls_text, strlen(calls_text), &w->module, NULL) != VM_OK) return 2;
  if (vm_isolate_new(w->engine, NULL, &w->isolate, NULL) != VM_OK || !define(w->isolate)) return 3;
  if (vm_instance_new(w->isolate, w->module, &w->instance, NULL) != VM_OK) return 4;
  if (vm_instance_get_func(w->instance, "add", &w->add, NULL) != VM_OK ||
      vm_instance_get_func(w->instance, "pick", &w->pick, NULL) != VM_OK ||
      vm_instance_get_func(w->instance, "loop", &w->loop, NULL) != VM_OK ||
      vm_instance_get_func(w->instance, "objects", &w->objects, NULL) != VM_OK)
    return 5;
  vm_ref *const functions[] = {&w->add, &w->pick, &w->loop, &w->objects};
  for (int i = 0; i < 4; i++) {
    if (vm_ref_persist(w->isolate, *functions[i], functions[i], NULL) != VM_OK) return 6;
  }
  w->object = w->add;
  return 0;
}

void calls_close(calls_world *w)
{
  (void)vm_isolate_free(w->isolate, NULL);
  vm_module_free(w->module);
  (void)vm_engine_free(w->engine, NULL);
}

int64_t calls_guest_numbers(calls_world *w, int32_t n)
{
  int64_t sum = 0;
  for (int32_t i = 0; i < n; i++) {
    vm_error error;
    error.size = sizeof error;
    const vm_value args[2] = {vm_value_i32(i), vm_value_f64(i)};
    vm_value result;
    if (vm_call(w->isolate, w->add, args, 2, &result, 1, &error) != VM_OK) return -1;
    sum += result.of.i64;
  }
  return sum;
}

int64_t calls_guest_references(calls_world *w, int32_t n)
{
  int64_t sum = 0;
  for (int32_t i = 0; i < n; i++) {
    vm_error error;
    vm_scope scope;
    error.size = sizeof error;
    if (vm_scope_open(w->isolate, &scope, &error) != VM_OK) return -1;
    const vm_value args[2] = {vm_value_ref(w->object), vm_dyn_int(i)};
    vm_value result;
    if (vm_call(w->isolate, w->pick, args, 2, &result, 1, &error) != VM_OK) return -1;
    sum += !vm_ref_is_null(result.of.ref);
    if (vm_scope_close(w->isolate, scope, &error) != VM_OK) return -1;
  }
  return sum;
}

static int64_t once(calls_world *w, vm_ref f, int32_t n)
{
  const vm_value arg = vm_value_i32(n);
  vm_value result;
  return vm_call(w->isolate, f, &arg, 1, &result, 1, NULL) == VM_OK ? result.of.i64 : -1;
}

int64_t calls_host_numbers(calls_world *w, int32_t n) { return once(w, w->loop, n); }

int64_t calls_host_objects(calls_world *w, int32_t n)
{
  the_counter.n = 0;
  return once(w, w->objects, n);
}
