/* embed.c - a C program with libvm inside.
 *
 * SPDX-License-Identifier: MIT
 *
 * It builds a module with the builder (a linked list, and a function that adds up what the host
 * wants to keep of it), gives the guest a host function, calls in both directions, keeps guest
 * objects alive through handles while the collector runs, and looks at an exception.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <vm/vm.h>

/* Every call can fail, and says why in the error record. */
#define MUST(call) \
  do { \
    if ((call) != VM_OK) fail(#call, &error); \
  } while (0)

static vm_error error = VM_ERROR_INIT;

static void fail(const char *call, const vm_error *e)
{
  fprintf(stderr, "%s: %s: %s\n", call, vm_status_name(e->status), e->message);
  exit(1);
}

/* ---- the guest's code ---- */

typedef struct ids { /* indices in the module */
  uint32_t node;                /* struct Node { value: i64, next: (ref null Node) } */
  uint32_t keep;                /* imported: (i64) -> (i32) */
  uint32_t push, square, total;
} ids;

/* push (list: (ref null Node), value: i64) -> ((ref null Node)) */
static void build_push(vm_builder *b, const ids *id)
{
  vm_fn *fn = NULL;
  vm_fn_begin(b, id->push, &fn);
  vm_fn_local_get(fn, 1);
  vm_fn_local_get(fn, 0);
  vm_fn_struct_new(fn, id->node);
  vm_fn_return(fn);
  vm_fn_end(fn);
}

/* square (x: i64) -> (i64) */
static void build_square(vm_builder *b, const ids *id)
{
  vm_fn *fn = NULL;
  vm_fn_begin(b, id->square, &fn);
  vm_fn_local_get(fn, 0);
  vm_fn_local_get(fn, 0);
  vm_fn_op(fn, VM_OP_I64_MUL_CHECKED);
  vm_fn_return(fn);
  vm_fn_end(fn);
}

/* total (list: (ref null Node)) -> (i64): the sum of the values for which the host says 1 */
static void build_total(vm_builder *b, const ids *id)
{
  vm_fn *fn = NULL;
  uint32_t sum, value, loop, skip, done;
  vm_fn_begin(b, id->total, &fn);
  vm_fn_local(fn, VM_I64, "sum", &sum);
  vm_fn_local(fn, VM_I64, "value", &value);
  vm_fn_label_new(fn, NULL, 0, "loop", &loop);
  vm_fn_label_new(fn, NULL, 0, "skip", &skip);
  vm_fn_label_new(fn, NULL, 0, "done", &done);

  vm_fn_label_bind(fn, loop);
  vm_fn_line(fn, 1);
  vm_fn_local_get(fn, 0);
  vm_fn_op(fn, VM_OP_REF_IS_NULL);
  vm_fn_br_if(fn, done);
  vm_fn_local_get(fn, 0);
  vm_fn_struct_get(fn, id->node, 0);
  vm_fn_local_tee(fn, value);
  vm_fn_line(fn, 2);
  vm_fn_call(fn, id->keep);
  vm_fn_br_unless(fn, skip);
  vm_fn_line(fn, 3);
  vm_fn_local_get(fn, sum);
  vm_fn_local_get(fn, value);
  vm_fn_op(fn, VM_OP_I64_ADD);
  vm_fn_local_set(fn, sum);
  vm_fn_label_bind(fn, skip);
  vm_fn_line(fn, 4);
  vm_fn_local_get(fn, 0);
  vm_fn_struct_get(fn, id->node, 1);
  vm_fn_local_set(fn, 0);
  vm_fn_br(fn, loop);

  vm_fn_label_bind(fn, done);
  vm_fn_line(fn, 5);
  vm_fn_local_get(fn, sum);
  vm_fn_return(fn);
  vm_fn_end(fn);
}

static void declare(vm_builder *b, ids *id)
{
  uint32_t keep_type, push_type, square_type, total_type;
  vm_builder_name(b, "list");
  vm_builder_file(b, "list.src", NULL);
  vm_builder_type_declare(b, "Node", &id->node);
  const vm_type list = VM_REF_NULL(id->node), i64 = VM_I64, i32 = VM_I32;
  const vm_field_def fields[] = {{VM_I64, 0, "value"}, {list, 0, "next"}};
  vm_builder_type_define(b, id->node, VM_NO_INDEX, fields, 2);
  const vm_type push_params[] = {list, VM_I64};
  vm_builder_type_func(b, NULL, &i64, 1, &i32, 1, &keep_type);
  vm_builder_type_func(b, NULL, push_params, 2, &list, 1, &push_type);
  vm_builder_type_func(b, NULL, &i64, 1, &i64, 1, &square_type);
  vm_builder_type_func(b, NULL, &list, 1, &i64, 1, &total_type);
  vm_builder_import_func(b, "host", "keep", "keep", keep_type, &id->keep);
  vm_builder_func(b, "push", push_type, &id->push);
  vm_builder_func(b, "square", square_type, &id->square);
  vm_builder_func(b, "total", total_type, &id->total);
  vm_builder_export_func(b, "push", id->push);
  vm_builder_export_func(b, "square", id->square);
  vm_builder_export_func(b, "total", id->total);
}

/* The builder keeps its first error, so that one check at the end is enough. */
static vm_module *build_module(vm_engine *engine)
{
  vm_builder *b = NULL;
  ids id;
  MUST(vm_builder_new(NULL, &b, &error));
  declare(b, &id);
  build_push(b, &id);
  build_square(b, &id);
  build_total(b, &id);
  uint8_t *bytes = NULL;
  size_t size = 0;
  MUST(vm_builder_finish(b, &bytes, &size, &error));
  vm_builder_free(b);
  printf("built a module of %zu bytes\n", size);
  vm_module *module = NULL;
  MUST(vm_module_load(engine, bytes, size, &module, &error));
  vm_builder_bytes_free(NULL, bytes, size);
  return module;
}

/* ---- the host's function ---- */

typedef struct host {
  vm_ref square;   /* persistent: a guest function that the host calls back */
  int64_t limit;   /* keep what has a square up to here */
  uint32_t asked;
} host;

/* keep (value: i64) -> (i32), called by the guest; calls the guest in turn. */
static vm_status keep(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  host *h = user;
  vm_value square;
  h->asked++;
  if (args[0].of.i64 < 0) return vm_isolate_throw_text(isolate, "a negative value in the list");
  vm_status status = vm_call(isolate, h->square, args, 1, &square, 1, NULL);
  if (status != VM_OK) return status; /* pass the guest's exception on */
  results[0].of.i32 = square.of.i64 <= h->limit;
  return VM_OK;
}

/* ---- the program ---- */

/* A list of the values first, first + 1, ... that stays alive: only `list` refers to it. */
static vm_ref make_list(vm_isolate *isolate, vm_ref push, int64_t first, int count)
{
  vm_ref list = vm_ref_null();
  for (int i = 0; i < count; i++) {
    vm_scope scope;
    MUST(vm_scope_open(isolate, &scope, &error));
    vm_value args[2] = {vm_value_ref(list), vm_value_i64(first + i)}, longer;
    MUST(vm_call(isolate, push, args, 2, &longer, 1, &error));
    vm_ref kept;
    MUST(vm_ref_persist(isolate, longer.of.ref, &kept, &error));
    MUST(vm_ref_release(isolate, list, &error));
    list = kept;
    MUST(vm_scope_close(isolate, scope, &error));
    if (i % 100 == 0) MUST(vm_isolate_collect(isolate, &error));
  }
  return list;
}

static void show_exception(vm_isolate *isolate)
{
  char text[1024];
  MUST(vm_exception_format(isolate, vm_ref_null(), text, sizeof text, NULL, &error));
  printf("the guest ended with:\n%s", text);
}

static void run(vm_isolate *isolate, vm_instance *instance, host *h)
{
  vm_ref push, square, total;
  MUST(vm_instance_get_func(instance, "push", &push, &error));
  MUST(vm_instance_get_func(instance, "square", &square, &error));
  MUST(vm_instance_get_func(instance, "total", &total, &error));
  MUST(vm_ref_persist(isolate, square, &h->square, &error));

  vm_ref list = make_list(isolate, push, 1, 1000);
  vm_ref weak;
  MUST(vm_weak_new(isolate, list, &weak, &error));
  vm_value arg = vm_value_ref(list), sum;
  MUST(vm_call(isolate, total, &arg, 1, &sum, 1, &error));
  printf("total of the values up to 100: %" PRId64 ", the guest asked the host %" PRIu32 " times\n",
         sum.of.i64, h->asked);

  vm_ref negative = make_list(isolate, push, -1, 3);
  arg = vm_value_ref(negative);
  vm_status status = vm_call(isolate, total, &arg, 1, &sum, 1, &error);
  printf("a list with a negative value: %s\n", vm_status_name(status));
  show_exception(isolate);

  vm_ref target;
  MUST(vm_isolate_collect(isolate, &error));
  MUST(vm_weak_get(isolate, weak, &target, &error));
  printf("while the host has a handle, the list is %s\n",
         vm_ref_is_null(target) ? "gone" : "alive");
}

static void show_release(vm_isolate *isolate, vm_instance *instance)
{
  vm_scope scope;
  vm_ref push, weak, target;
  MUST(vm_scope_open(isolate, &scope, &error));
  MUST(vm_instance_get_func(instance, "push", &push, &error));
  vm_ref list = make_list(isolate, push, 1, 10);
  MUST(vm_weak_new(isolate, list, &weak, &error));
  MUST(vm_ref_persist(isolate, weak, &weak, &error));
  MUST(vm_ref_release(isolate, list, &error));
  MUST(vm_scope_close(isolate, scope, &error));
  MUST(vm_isolate_collect(isolate, &error));
  MUST(vm_weak_get(isolate, weak, &target, &error));
  printf("after its handle was released, a list is %s\n",
         vm_ref_is_null(target) ? "gone" : "alive");
}

int main(void)
{
  vm_engine *engine = NULL;
  vm_isolate *isolate = NULL;
  vm_instance *instance = NULL;
  host h = {vm_ref_null(), 10000, 0};
  const vm_type i64 = VM_I64, i32 = VM_I32;

  MUST(vm_engine_new(NULL, &engine, &error));
  vm_module *module = build_module(engine);
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));
  MUST(vm_isolate_define_func(isolate, "host", "keep", &i64, 1, &i32, 1, keep, &h, NULL, &error));
  MUST(vm_instance_new(isolate, module, &instance, &error));

  run(isolate, instance, &h);
  show_release(isolate, instance);

  MUST(vm_isolate_free(isolate, &error));
  vm_module_free(module);
  MUST(vm_engine_free(engine, &error));
  return 0;
}
