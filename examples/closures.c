/* closures.c - closures made with the builder: a function, its environment, and calls through references.
 *
 * SPDX-License-Identifier: MIT
 */
#include "example.h"

/* type Counter struct { n: mut i32, step: i32 }
 * func tick () -> (i32) env (ref Counter) { n += step; return n }
 * func counter (start: i32, step: i32) -> ((ref () -> (i32))) { a closure of tick }
 * func twice (f: (ref null () -> (i32))) -> (i32) { f(); return f() } */
static vm_status build(uint8_t **bytes, size_t *size, vm_error *error)
{
  vm_builder *b;
  vm_fn *fn;
  uint32_t counter_type, thunk, maker, taker, tick, counter, twice;
  vm_status status = vm_builder_new(NULL, &b, error);
  if (status != VM_OK) return status;
  vm_builder_name(b, "counters");
  const vm_field_def fields[] = {{VM_I32, 1, "n"}, {VM_I32, 0, "step"}};
  vm_builder_type_struct(b, "Counter", VM_NO_INDEX, fields, 2, &counter_type);
  const vm_type i32s[] = {VM_I32, VM_I32};
  vm_builder_type_func(b, "thunk", NULL, 0, i32s, 1, &thunk);
  const vm_type made = VM_REF(thunk), taken = VM_REF_NULL(thunk);
  vm_builder_type_func(b, NULL, i32s, 2, &made, 1, &maker);
  vm_builder_type_func(b, NULL, &taken, 1, i32s, 1, &taker);
  vm_builder_func_env(b, "tick", thunk, VM_REF(counter_type), &tick);
  vm_builder_func(b, "counter", maker, &counter);
  vm_builder_func(b, "twice", taker, &twice);

  vm_fn_begin(b, tick, &fn); /* local 0 is the environment: there are no parameters before it */
  vm_fn_local_get(fn, 0);
  vm_fn_local_get(fn, 0);
  vm_fn_struct_get(fn, counter_type, 0);
  vm_fn_local_get(fn, 0);
  vm_fn_struct_get(fn, counter_type, 1);
  vm_fn_op(fn, VM_OP_I32_ADD);
  vm_fn_struct_set(fn, counter_type, 0);
  vm_fn_local_get(fn, 0);
  vm_fn_struct_get(fn, counter_type, 0);
  vm_fn_return(fn);
  vm_fn_end(fn);

  vm_fn_begin(b, counter, &fn);
  vm_fn_local_get(fn, 0);
  vm_fn_local_get(fn, 1);
  vm_fn_struct_new(fn, counter_type);
  vm_fn_closure_new(fn, tick);
  vm_fn_return(fn);
  vm_fn_end(fn);

  vm_fn_begin(b, twice, &fn);
  vm_fn_local_get(fn, 0);
  vm_fn_call_ref(fn, thunk);
  vm_fn_drop(fn);
  vm_fn_local_get(fn, 0);
  vm_fn_return_call_ref(fn, thunk); /* in place of this call */
  vm_fn_end(fn);

  vm_builder_export_func(b, "counter", counter);
  vm_builder_export_func(b, "twice", twice);
  status = vm_builder_finish(b, bytes, size, error);
  vm_builder_free(b);
  return status;
}

static vm_status seven(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)isolate, (void)user, (void)args;
  puts("  the host was called");
  results[0].of.i32 = 7;
  return VM_OK;
}

int main(void)
{
  vm_engine *engine;
  vm_module *module;
  vm_isolate *isolate;
  vm_instance *instance;
  uint8_t *bytes;
  size_t size;
  const vm_type i32 = VM_I32;
  MUST(build(&bytes, &size, &error));
  MUST(vm_engine_new(NULL, &engine, &error));
  MUST(vm_module_load(engine, bytes, size, &module, &error));
  vm_builder_bytes_free(NULL, bytes, size);
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));
  MUST(vm_instance_new(isolate, module, &instance, &error));

  vm_ref twice = example_func(instance, "twice"), host;
  vm_value args[2] = {vm_value_i32(100), vm_value_i32(1)}, a, b, result;
  MUST(vm_call(isolate, example_func(instance, "counter"), args, 2, &a, 1, &error));
  args[1] = vm_value_i32(10);
  MUST(vm_call(isolate, example_func(instance, "counter"), args, 2, &b, 1, &error));
  for (int i = 0; i < 2; i++) {
    MUST(vm_call(isolate, twice, &a, 1, &result, 1, &error));
    printf("a: %d\n", result.of.i32);
    MUST(vm_call(isolate, twice, &b, 1, &result, 1, &error));
    printf("b: %d\n", result.of.i32);
  }

  /* A function of the host has the same type as closures of the guest. */
  MUST(vm_isolate_define_func(isolate, "host", "seven", NULL, 0, &i32, 1, seven, NULL, NULL, &error));
  MUST(vm_isolate_get_func(isolate, "host", "seven", &host, &error));
  vm_value f = vm_value_ref(host);
  MUST(vm_call(isolate, twice, &f, 1, &result, 1, &error));
  printf("host: %d\n", result.of.i32);

  MUST(vm_isolate_free(isolate, &error));
  vm_module_free(module);
  MUST(vm_engine_free(engine, &error));
  return 0;
}
