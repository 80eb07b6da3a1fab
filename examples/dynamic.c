/* dynamic.c - code of a dynamic language from the builder: operators, properties and methods whose
 * unusual cases go to functions in text form. docs/dynamic.md says what the instructions do.
 *
 * SPDX-License-Identifier: MIT
 */
#include "example.h"

/* What all programs of the language share. Instructions call it where their fast path ends. */
static const char runtime[] =
  "module runtime\n"
  "data no_sum      \"These cannot be added.\"\n"
  "data no_product  \"These cannot be multiplied.\"\n"
  "data no_property \"There is no property \"\n"
  "func is_number (v: dyn) -> (i32) {\n"
  "  local.get v\n  dyn.is_i32\n  local.get v\n  dyn.is_f64\n  i32.or\n  return\n"
  "}\n"
  "func add (a: dyn, b: dyn) -> (dyn) {\n"
  "  local.get a\n  dyn.is_symbol\n  local.get b\n  dyn.is_symbol\n  i32.and\n  br_if texts\n"
  "  local.get a\n  call is_number\n  local.get b\n  call is_number\n  i32.and\n"
  "  br_unless wrong\n"
  "  local.get a\n  dyn.to_num\n  local.get b\n  dyn.to_num\n  f64.add\n  dyn.from_f64\n  return\n"
  "texts:\n"
  "  local.get a\n  local.get b\n  symbol.concat\n  return\n"
  "wrong:\n"
  "  symbol.const no_sum\n  throw\n"
  "}\n"
  "func mul (a: dyn, b: dyn) -> (dyn) {\n  symbol.const no_product\n  throw\n}\n"
  "func get (object: dyn, name: dyn) -> (dyn) {\n"
  "  symbol.const no_property\n  local.get name\n  symbol.concat\n  throw\n"
  "}\n"
  "func set (object: dyn, value: dyn, name: dyn) -> () {\n"
  "  symbol.const no_property\n  local.get name\n  symbol.concat\n  throw\n"
  "}\n"
  "export func \"add\" add\n"
  "export func \"mul\" mul\n"
  "export func \"get\" get\n"
  "export func \"set\" set\n";

typedef struct emitter {
  vm_builder *b;
  uint32_t unary, binary;       /* types: (dyn) -> (dyn), (dyn, dyn) -> (dyn) */
  uint32_t add, mul, get, set;  /* the runtime's */
  uint32_t width, height, area; /* names, as data segments */
} emitter;

static uint32_t name(vm_builder *b, const char *text)
{
  uint32_t data;
  vm_builder_data(b, text, text, (uint32_t)strlen(text), &data);
  return data;
}

static void begin(emitter *e)
{
  const vm_type dyn[3] = {VM_DYN, VM_DYN, VM_DYN};
  uint32_t setter;
  vm_builder_type_func(e->b, NULL, dyn, 1, dyn, 1, &e->unary);
  vm_builder_type_func(e->b, NULL, dyn, 2, dyn, 1, &e->binary);
  vm_builder_type_func(e->b, NULL, dyn, 3, NULL, 0, &setter);
  vm_builder_import_func(e->b, "runtime", "add", "add", e->binary, &e->add);
  vm_builder_import_func(e->b, "runtime", "mul", "mul", e->binary, &e->mul);
  vm_builder_import_func(e->b, "runtime", "get", "get", e->binary, &e->get);
  vm_builder_import_func(e->b, "runtime", "set", "set", setter, &e->set);
  e->width = name(e->b, "width");
  e->height = name(e->b, "height");
  e->area = name(e->b, "area");
}

/* sum(a, b): a + b */
static void emit_sum(emitter *e)
{
  uint32_t sum;
  vm_fn *fn;
  vm_builder_func(e->b, "sum", e->binary, &sum);
  vm_fn_begin(e->b, sum, &fn);
  vm_fn_local_get(fn, 0);
  vm_fn_local_get(fn, 1);
  vm_fn_op1(fn, VM_OP_DYN_ADD, e->add); /* the slow path is part of the instruction */
  vm_fn_return(fn);
  vm_fn_end(fn);
  vm_builder_export_func(e->b, "sum", sum);
}

/* area(self): self.width * self.height */
static uint32_t emit_area(emitter *e)
{
  uint32_t area;
  vm_fn *fn;
  vm_builder_func(e->b, "area", e->unary, &area);
  vm_fn_begin(e->b, area, &fn);
  vm_fn_local_get(fn, 0);
  vm_fn_op2(fn, VM_OP_DYN_GET, e->width, e->get);
  vm_fn_local_get(fn, 0);
  vm_fn_op2(fn, VM_OP_DYN_GET, e->height, e->get);
  vm_fn_op1(fn, VM_OP_DYN_MUL, e->mul);
  vm_fn_return(fn);
  vm_fn_end(fn);
  return area;
}

/* shape(height): an object with a width of 3, this height unless it is nil, and `area` in its
 * prototype; the result is what `area` gives. */
static void emit_shape(emitter *e, uint32_t area)
{
  uint32_t shape, methods, object, without;
  vm_fn *fn;
  vm_builder_func(e->b, "shape", e->unary, &shape);
  vm_fn_begin(e->b, shape, &fn);
  vm_fn_local(fn, VM_DYN, "methods", &methods);
  vm_fn_local(fn, VM_DYN, "object", &object);
  vm_fn_op(fn, VM_OP_DYN_NIL); /* no prototype */
  vm_fn_op(fn, VM_OP_OBJECT_NEW);
  vm_fn_local_tee(fn, methods);
  vm_fn_ref_func(fn, area);
  vm_fn_op(fn, VM_OP_DYN_FROM_REF);
  vm_fn_op2(fn, VM_OP_DYN_SET, e->area, e->set);
  vm_fn_local_get(fn, methods);
  vm_fn_op(fn, VM_OP_OBJECT_NEW);
  vm_fn_local_tee(fn, object);
  vm_fn_i32_const(fn, 3);
  vm_fn_op(fn, VM_OP_DYN_FROM_I32);
  vm_fn_op2(fn, VM_OP_DYN_SET, e->width, e->set);
  vm_fn_local_get(fn, 0);
  vm_fn_op(fn, VM_OP_DYN_IS_NIL);
  vm_fn_label_new(fn, NULL, 0, "without", &without);
  vm_fn_br_if(fn, without);
  vm_fn_local_get(fn, object);
  vm_fn_local_get(fn, 0);
  vm_fn_op2(fn, VM_OP_DYN_SET, e->height, e->set);
  vm_fn_label_bind(fn, without);
  vm_fn_local_get(fn, object);
  vm_fn_op3(fn, VM_OP_DYN_INVOKE, e->unary, e->area, e->get);
  vm_fn_return(fn);
  vm_fn_end(fn);
  vm_builder_export_func(e->b, "shape", shape);
}

static void call(vm_isolate *isolate, vm_ref func, const vm_value *args, uint32_t count)
{
  vm_value v;
  const char *text;
  size_t size;
  if (vm_call(isolate, func, args, count, &v, 1, NULL) != VM_OK) example_show_exception(isolate);
  else if (vm_dyn_is_int(v)) printf("the integer %d\n", (int)vm_dyn_to_int(v));
  else if (vm_dyn_is_double(v)) printf("the double %.1f\n", vm_dyn_to_double(v));
  else if (vm_symbol_read(isolate, v.of.ref, &text, &size, NULL) == VM_OK) {
    printf("the text %.*s\n", (int)size, text);
  }
}

static vm_value symbol(vm_isolate *isolate, const char *text)
{
  vm_ref ref;
  MUST(vm_symbol_new(isolate, text, strlen(text), &ref, &error));
  return vm_dyn_ref(ref);
}

int main(void)
{
  emitter e;
  uint8_t *bytes;
  size_t size;
  MUST(vm_builder_new(NULL, &e.b, &error));
  begin(&e);
  emit_sum(&e);
  emit_shape(&e, emit_area(&e));
  MUST(vm_builder_finish(e.b, &bytes, &size, &error));
  vm_builder_free(e.b);

  vm_engine *engine;
  vm_isolate *isolate;
  vm_module *module;
  vm_instance *program;
  MUST(vm_engine_new(NULL, &engine, &error));
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));
  MUST(vm_instance_define(example_instance(isolate, runtime), "runtime", &error));
  MUST(vm_module_load(engine, bytes, size, &module, &error));
  MUST(vm_instance_new(isolate, module, &program, &error));
  vm_builder_bytes_free(NULL, bytes, size);
  vm_module_free(module);

  const vm_value sums[][2] = {
    {vm_dyn_int(2), vm_dyn_int(3)},             /* the fast path */
    {vm_dyn_int(2147483647), vm_dyn_int(1)},    /* the runtime goes on with doubles */
    {symbol(isolate, "to"), symbol(isolate, "gether")},
    {vm_dyn_int(1), vm_dyn_nil()},
  };
  vm_ref sum = example_func(program, "sum");
  for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) call(isolate, sum, sums[i], 2);

  const vm_value heights[] = {vm_dyn_int(4), vm_dyn_nil()};
  vm_ref shape = example_func(program, "shape");
  for (size_t i = 0; i < sizeof heights / sizeof heights[0]; i++) {
    call(isolate, shape, &heights[i], 1);
  }
  MUST(vm_isolate_free(isolate, &error));
  MUST(vm_engine_free(engine, &error));
  return 0;
}
