/* values.c - dyn, the type that knows what it holds: from and to the host.
 *
 * SPDX-License-Identifier: MIT
 */
#include "example.h"

/* `pick` takes any value and sorts it by what it is; `twice` doubles numbers and throws the rest. */
static const char text[] =
  "module values\n"
  "type Point struct { x: i32, y: i32 }\n"
  "func twice (v: dyn) -> (dyn) {\n"
  "  local.get v\n  dyn.is_i32\n  br_if integer\n"
  "  local.get v\n  dyn.is_f64\n  br_if double\n"
  "  local.get v\n  throw\n"
  "integer:\n"
  "  local.get v\n  dyn.to_i32\n  i32.const 2\n  i32.mul\n  dyn.from_i32\n  return\n"
  "double:\n"
  "  local.get v\n  dyn.to_f64\n  f64.const 2.0\n  f64.mul\n  dyn.from_f64\n  return\n"
  "}\n"
  "func point (x: i32) -> (dyn) {\n"
  "  local.get x\n  local.get x\n  struct.new Point\n  dyn.from_ref\n  return\n"
  "}\n"
  "export func \"twice\" twice\n"
  "export func \"point\" point\n";

static void show(vm_isolate *isolate, const char *what, vm_value v)
{
  vm_ref_info info;
  printf("%s ", what);
  if (vm_dyn_is_nil(v)) puts("nil");
  else if (vm_dyn_is_bool(v)) puts(vm_dyn_to_bool(v) ? "true" : "false");
  else if (vm_dyn_is_int(v)) printf("the integer %d\n", (int)vm_dyn_to_int(v));
  else if (vm_dyn_is_double(v)) printf("the double %g\n", vm_dyn_to_double(v));
  else {
    MUST(vm_ref_get_info(isolate, v.of.ref, &info, &error));
    printf("a %s of %u fields\n", info.name, (unsigned)info.count);
  }
}

int main(void)
{
  vm_engine *engine;
  vm_isolate *isolate;
  vm_value point, arg = vm_value_i32(3);
  MUST(vm_engine_new(NULL, &engine, &error));
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));
  vm_instance *instance = example_instance(isolate, text);
  vm_ref twice = example_func(instance, "twice");
  MUST(vm_call(isolate, example_func(instance, "point"), &arg, 1, &point, 1, &error));

  const vm_value values[] = {vm_dyn_int(21), vm_dyn_double(1.25), vm_dyn_int(1 << 30),
                             vm_dyn_bool(1), vm_dyn_nil(),        point};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    vm_value result;
    vm_status status = vm_call(isolate, twice, &values[i], 1, &result, 1, NULL);
    if (status == VM_EXCEPTION) MUST(vm_exception_get_payload(isolate, vm_ref_null(), &result, &error));
    show(isolate, status == VM_OK ? "gave" : "threw", result);
  }
  MUST(vm_isolate_free(isolate, &error));
  MUST(vm_engine_free(engine, &error));
  return 0;
}
