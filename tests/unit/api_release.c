/* api_release.c - instances that the host has released: what keeps one, and that it goes with all it has.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api_fixture.h"

static uint64_t instances(api_world *w)
{
  vm_isolate_stats s = {.size = sizeof s};
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  assert_int_equal(vm_isolate_verify_heap(w->isolate, &w->error), VM_OK);
  assert_int_equal(vm_isolate_get_stats(w->isolate, &s, &w->error), VM_OK);
  return s.instances;
}

/* What is not about frames is interpreted, in tier 2 too: to compile takes long. */
static int setup(void **state)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  api_world *w = calloc(1, sizeof *w);
  if (w == NULL) return -1;
  *state = w;
  config.tier = getenv("VM_TEST_TIER_2") != NULL ? VM_TIER_AUTO : VM_TIER_0;
  return api_open(w, &config, NULL) == VM_OK ? 0 : -1;
}

/* In tier 2 it is compiled first. */
static vm_instance *make_ready(api_world *w, const char *text)
{
  vm_module *module = NULL;
  vm_instance *out = NULL;
  vm_status s = vm_module_assemble(w->engine, text, strlen(text), &module, &w->error);
  if (s == VM_OK && getenv("VM_TEST_TIER_2") != NULL) s = vm_module_compile(module, NULL, 0, &w->error);
  if (s == VM_OK) s = vm_instance_new(w->isolate, module, &out, &w->error);
  vm_module_free(module);
  if (s != VM_OK) fail_msg("%s (line %u, column %u)", w->error.message, w->error.line, w->error.column);
  return out;
}

static vm_instance *make(api_world *w, const char *text)
{
  vm_module *module = NULL;
  vm_instance *out = NULL;
  vm_status s = vm_module_assemble(w->engine, text, strlen(text), &module, &w->error);
  if (s == VM_OK) s = vm_instance_new(w->isolate, module, &out, &w->error);
  vm_module_free(module);
  if (s != VM_OK) fail_msg("%s (line %u, column %u)", w->error.message, w->error.line, w->error.column);
  return out;
}

static vm_instance *make_as(api_world *w, const char *text, const char *name)
{
  vm_instance *out = make(w, text);
  assert_int_equal(vm_instance_define(out, name, &w->error), VM_OK);
  return out;
}

static void release(api_world *w, vm_instance *instance)
{
  assert_int_equal(vm_instance_release(instance, &w->error), VM_OK);
}

static vm_ref func_of(api_world *w, vm_instance *instance, const char *name)
{
  vm_ref f;
  assert_int_equal(vm_instance_get_func(instance, name, &f, &w->error), VM_OK);
  return f;
}

static int32_t call0(api_world *w, vm_ref f)
{
  vm_value v;
  assert_int_equal(vm_call(w->isolate, f, NULL, 0, &v, 1, &w->error), VM_OK);
  return v.of.i32;
}

static vm_scope open_scope(api_world *w)
{
  vm_scope scope;
  assert_int_equal(vm_scope_open(w->isolate, &scope, &w->error), VM_OK);
  return scope;
}

static void close_scope(api_world *w, vm_scope scope)
{
  assert_int_equal(vm_scope_close(w->isolate, scope, &w->error), VM_OK);
}

#define COUNTER \
  "module counter\n" \
  "memory mem 1\n" \
  "table tab (ref null func) 100\n" \
  "global n mut i32 = 5\n" \
  "data d \"a name\"\n" \
  "func next () -> (i32) {\n" \
  "  global.get n\n  i32.const 1\n  i32.add\n  global.set n\n  global.get n\n  return\n}\n" \
  "func fail () -> (i32) {\n  line 7\n  i32.const 1\n  i32.const 0\n  i32.div_s\n  return\n}\n" \
  "func self () -> ((ref null func)) {\n  ref.func next\n  return\n}\n" \
  "export func \"next\" next\nexport func \"fail\" fail\nexport func \"self\" self\n" \
  "export memory \"mem\" mem\nexport table \"tab\" tab\nexport global \"n\" n\n"

/* ---- life and death ---- */

static void test_goes(void **state)
{
  api_world *w = *state;
  assert_int_equal(instances(w), 1);
  size_t bytes = 0;
  for (int i = 0; i < 8; i++) {
    vm_instance *inst = make_as(w, COUNTER, "counter");
    assert_int_equal(instances(w), 2); /* the host holds it */
    release(w, inst);
    assert_int_equal(instances(w), 1);
    if (i == 4) bytes = w->counter.bytes;
  }
  assert_int_equal(w->counter.bytes, bytes); /* module and all */
}

static void test_released_twice(void **state)
{
  api_world *w = *state;
  vm_instance *inst = make(w, COUNTER);
  vm_ref f = func_of(w, inst, "next"); /* which keeps it */
  release(w, inst);
  assert_int_equal(vm_instance_release(inst, &w->error), VM_STATE);
  assert_int_equal(vm_instance_release(NULL, &w->error), VM_OK);
  assert_int_equal(call0(w, f), 6);
}

static void test_failed_start(void **state)
{
  api_world *w = *state;
  vm_module *module = NULL;
  vm_instance *inst = NULL;
  const char *text = "func f () -> () {\n  unreachable\n}\nstart f\n";
  assert_int_equal(vm_module_assemble(w->engine, text, strlen(text), &module, &w->error), VM_OK);
  vm_scope scope = open_scope(w);
  assert_int_equal(vm_instance_new(w->isolate, module, &inst, &w->error), VM_EXCEPTION);
  close_scope(w, scope);
  vm_module_free(module);
  assert_int_equal(instances(w), 2); /* the exception's backtrace */
  assert_int_equal(call0(w, func_of(w, make(w, COUNTER), "next")), 6); /* a call forgets that */
  assert_int_equal(instances(w), 2);
}

/* ---- what keeps one ---- */

static void test_handle(void **state)
{
  api_world *w = *state;
  vm_scope scope = open_scope(w);
  vm_instance *inst = make(w, COUNTER);
  vm_ref f = func_of(w, inst, "next"), g;
  assert_int_equal(vm_ref_persist(w->isolate, f, &g, &w->error), VM_OK);
  release(w, inst);
  close_scope(w, scope);
  assert_int_equal(instances(w), 2);
  assert_int_equal(call0(w, g), 6);
  assert_int_equal(call0(w, g), 7);
  assert_int_equal(vm_ref_release(w->isolate, g, &w->error), VM_OK);
  assert_int_equal(instances(w), 1);
}

static void test_imports(void **state)
{
  api_world *w = *state;
  vm_instance *from = make_as(w, COUNTER, "counter");
  vm_instance *of_func = make(w, "import func next \"counter\" \"next\" () -> (i32)\n"
                                 "func go () -> (i32) {\n  call next\n  return\n}\n"
                                 "export func \"go\" go\n");
  vm_instance *of_global = make(w, "import global n \"counter\" \"n\" mut i32\n"
                                   "func go () -> (i32) {\n  global.get n\n  return\n}\n"
                                   "export func \"go\" go\n");
  vm_instance *of_memory = make(w, "import memory m \"counter\" \"mem\" 1\n"
                                   "func go () -> (i32) {\n  i32.const 8\n  i32.load m 0\n  return\n}\n"
                                   "export func \"go\" go\n");
  assert_int_equal(vm_instance_write_memory(from, "mem", 8, "\x2A\0\0\0", 4, &w->error), VM_OK);
  release(w, from);
  assert_int_equal(instances(w), 5);
  vm_scope scope = open_scope(w);
  assert_int_equal(call0(w, func_of(w, of_func, "go")), 6);
  assert_int_equal(call0(w, func_of(w, of_global, "go")), 6);
  close_scope(w, scope);
  release(w, of_func);
  assert_int_equal(instances(w), 4); /* of_global has its cell */
  scope = open_scope(w);
  assert_int_equal(call0(w, func_of(w, of_global, "go")), 6);
  close_scope(w, scope);
  release(w, of_global);
  assert_int_equal(instances(w), 2); /* memories are shared without their instance */
  scope = open_scope(w);
  assert_int_equal(call0(w, func_of(w, of_memory, "go")), 42);
  close_scope(w, scope);
  release(w, of_memory);
  assert_int_equal(instances(w), 1);
}

/* A table that two share: what one puts there lives as long as the other has the table. */
static void test_table(void **state)
{
  api_world *w = *state;
  vm_instance *a = make_as(w, COUNTER, "counter");
  vm_instance *b = make(w, "import table t \"counter\" \"tab\" (ref null func) 1\n"
                           "func go () -> (i32) {\n  i32.const 3\n  call_indirect t () -> (i32)\n  return\n}\n"
                           "export func \"go\" go\nexport table \"t\" t\n");
  vm_scope scope = open_scope(w);
  assert_int_equal(vm_instance_set_table(a, "tab", 3, func_of(w, a, "next"), &w->error), VM_OK);
  close_scope(w, scope);
  release(w, a);
  assert_int_equal(instances(w), 3);
  scope = open_scope(w);
  assert_int_equal(call0(w, func_of(w, b, "go")), 6);
  close_scope(w, scope);
  assert_int_equal(vm_instance_set_table(b, "t", 3, vm_ref_null(), &w->error), VM_OK);
  assert_int_equal(instances(w), 2);
}

static void test_backtrace(void **state)
{
  api_world *w = *state;
  vm_frame frame;
  vm_ref e, kept;
  vm_scope scope = open_scope(w);
  vm_instance *inst = make(w, COUNTER);
  vm_value v;
  assert_int_equal(vm_call(w->isolate, func_of(w, inst, "fail"), NULL, 0, &v, 1, &w->error), VM_EXCEPTION);
  assert_int_equal(vm_isolate_get_exception(w->isolate, &e, &w->error), VM_OK);
  assert_int_equal(vm_ref_persist(w->isolate, e, &kept, &w->error), VM_OK);
  release(w, inst);
  close_scope(w, scope);
  scope = open_scope(w);
  assert_int_equal(call0(w, func_of(w, make(w, COUNTER), "next")), 6); /* it is not the last one any more */
  close_scope(w, scope);
  assert_int_equal(instances(w), 3);
  assert_int_equal(vm_exception_get_frame(w->isolate, kept, 0, &frame, &w->error), VM_OK);
  assert_string_equal(frame.module, "counter");
  assert_string_equal(frame.function, "fail");
  assert_int_equal(frame.line, 7);
  assert_int_equal(vm_ref_release(w->isolate, kept, &w->error), VM_OK);
  assert_int_equal(instances(w), 2);
}

/* ---- names ---- */

static void test_names(void **state)
{
  api_world *w = *state;
  const char *user = "import func next \"counter\" \"next\" () -> (i32)\n"
                     "func go () -> (i32) {\n  call next\n  return\n}\nexport func \"go\" go\n";
  vm_instance *a = make_as(w, COUNTER, "counter");
  vm_instance *of_a = make(w, user);
  assert_int_equal(vm_instance_define(a, "counter", &w->error), VM_STATE);
  assert_int_equal(vm_instance_undefine(a, &w->error), VM_OK);
  vm_instance *b = make_as(w, COUNTER, "counter");
  vm_instance *of_b = make(w, user);
  assert_int_equal(call0(w, func_of(w, a, "next")), 6);
  assert_int_equal(call0(w, func_of(w, of_a, "go")), 7);
  assert_int_equal(call0(w, func_of(w, of_b, "go")), 6);
  release(w, b);
  vm_ref none;
  assert_int_equal(vm_isolate_get_func(w->isolate, "counter", "next", &none, &w->error), VM_NOT_FOUND);
  assert_int_equal(call0(w, func_of(w, of_b, "go")), 7);
  assert_int_equal(vm_instance_undefine(NULL, &w->error), VM_ARGUMENT);
}

/* Many names that come and go in another order, against a row of flags. */
static void test_many_names(void **state)
{
  api_world *w = *state;
  vm_instance *inst[40] = {NULL};
  char name[16];
  uint32_t seed = 1;
  for (int i = 0; i < 600; i++) {
    seed = seed * 1664525 + 1013904223;
    uint32_t k = (seed >> 16) % 40;
    snprintf(name, sizeof name, "m%u", k);
    if (inst[k] == NULL) {
      inst[k] = make(w, "global g i32 = 1\nfunc f () -> () {\n  return\n}\n"
                           "export func \"f\" f\nexport global \"g\" g\n");
      assert_int_equal(vm_instance_define(inst[k], name, &w->error), VM_OK);
    } else {
      release(w, inst[k]);
      inst[k] = NULL;
    }
    for (k = 0; i % 10 == 0 && k < 40; k++) {
      vm_value v;
      snprintf(name, sizeof name, "m%u", k);
      vm_status s = vm_isolate_get_global(w->isolate, name, "g", &v, &w->error);
      assert_int_equal(s, inst[k] != NULL ? VM_OK : VM_NOT_FOUND);
    }
  }
  for (int k = 0; k < 40; k++)
    if (inst[k] != NULL) release(w, inst[k]);
  assert_int_equal(instances(w), 1);
}

/* ---- globals of the isolate ---- */

static void test_isolate_globals(void **state)
{
  api_world *w = *state;
  vm_value v = vm_value_i32(3);
  const char *text = "import global g \"env\" \"g\" mut i32\nimport global f \"env\" \"f\" mut (ref null func)\n"
                     "func own () -> (i32) {\n  global.get g\n  i32.const 1\n  i32.add\n  global.set g\n"
                     "  global.get g\n  return\n}\n"
                     "func go () -> () {\n  ref.func own\n  global.set f\n  return\n}\nstart go\n";
  assert_int_equal(vm_isolate_define_global(w->isolate, "env", "g", VM_I32, 1, &v, &w->error), VM_OK);
  assert_int_equal(vm_isolate_define_global(w->isolate, "env", "g", VM_I32, 1, &v, &w->error), VM_STATE);
  assert_int_equal(vm_isolate_define_global(w->isolate, "env", "k", VM_I32, 0, &v, &w->error), VM_OK);
  assert_int_equal(vm_isolate_define_global(w->isolate, "env", "x", VM_I64, 0, &v, &w->error), VM_ARGUMENT);
  assert_int_equal(vm_isolate_define_global(w->isolate, "env", "x", VM_REF(77777), 0, &v, &w->error),
                   VM_ARGUMENT);
  v = vm_value_ref(vm_ref_null());
  assert_int_equal(vm_isolate_define_global(w->isolate, "env", "f", VM_REF_NULL(VM_HEAP_FUNC), 1, &v,
                                            &w->error), VM_OK);
  for (int i = 0; i < 3; i++) { /* each takes the place of the one before */
    release(w, make(w, text));
    assert_int_equal(instances(w), 2);
    vm_scope scope = open_scope(w);
    assert_int_equal(vm_isolate_get_global(w->isolate, "env", "f", &v, &w->error), VM_OK);
    assert_int_equal(call0(w, v.of.ref), 4 + i);
    close_scope(w, scope);
  }
  assert_int_equal(vm_isolate_get_global(w->isolate, "env", "g", &v, &w->error), VM_OK);
  assert_int_equal(v.of.i32, 6);
  assert_int_equal(vm_isolate_set_global(w->isolate, "env", "k", &v, &w->error), VM_ARGUMENT);
  assert_int_equal(vm_isolate_set_global(w->isolate, "env", "x", &v, &w->error), VM_NOT_FOUND);
  v = vm_value_ref(vm_ref_null());
  assert_int_equal(vm_isolate_set_global(w->isolate, "env", "g", &v, &w->error), VM_ARGUMENT);
  assert_int_equal(vm_isolate_set_global(w->isolate, "env", "f", &v, &w->error), VM_OK);
  assert_int_equal(instances(w), 1);
}

/* ---- frames ---- */

typedef struct replacer {
  api_world *w;
  vm_instance *instance; /* whose function calls; released by the call */
  vm_ref func;           /* that function; released too */
  uint64_t alive;        /* then, after a collection */
} replacer;

/* The function that calls this loses its instance, name and function object, but not its frame. */
static vm_status replace(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  replacer *r = user;
  (void)isolate;
  if (r->instance != NULL) release(r->w, r->instance);
  r->instance = NULL;
  assert_int_equal(vm_ref_release(r->w->isolate, r->func, &r->w->error), VM_OK);
  r->alive = instances(r->w);
  release(r->w, make(r->w, COUNTER)); /* modules that nobody has are freed here */
  assert_int_equal(instances(r->w), r->alive);
  results[0] = args[1];
  return VM_OK;
}

/* The host function is called by an instance between, so that the old one is not the running one. */
static const char relay[] =
    "import func host \"host\" \"f\" (i32, dyn) -> (dyn)\n"
    "func go (n: i32, x: dyn) -> (dyn) {\n  local.get n\n  local.get x\n  call host\n  return\n}\n"
    "export func \"go\" go\n";

/* `numbers` has no reference in its frame, so that compiled code need not link it; `through` is called by
 * it and calls in turn; `tail` gives its frame away. Each goes on with its memory and globals. */
static const char old[] =
    "module old\n"
    "import func host \"relay\" \"go\" (i32, dyn) -> (dyn)\n"
    "memory mem 1\n"
    "global g mut i32 = 100\n"
    "func callee (n: i32) -> () {\n  local.get n\n  dyn.nil\n  call host\n  drop\n  return\n}\n"
    "func numbers (n: i32) -> (i32) {\n"
    "  i32.const 0\n  local.get n\n  i32.store mem 0\n  local.get n\n  call callee\n"
    "  global.get g\n  i32.const 0\n  i32.load mem 0\n  i32.add\n  return\n}\n"
    "func through (n: i32) -> (i32) {\n"
    "  local.get n\n  call numbers\n  global.get g\n  i32.add\n  return\n}\n"
    "func tail (n: i32) -> (i32) {\n  local.get n\n  return_call through\n}\n"
    "func fails (n: i32) -> (i32) {\n  local.get n\n  call callee\n  unreachable\n}\n"
    "export func \"numbers\" numbers\nexport func \"through\" through\nexport func \"tail\" tail\n"
    "export func \"fails\" fails\n";

static void run_old(api_world *w, const char *name, vm_status want, int32_t result)
{
  replacer r = {.w = w};
  vm_value v = vm_value_i32(7), out;
  uint64_t before = instances(w);
  r.instance = make_ready(w, old);
  assert_int_equal(vm_instance_define(r.instance, "old", &w->error), VM_OK);
  w->host = replace;
  w->host_user = &r;
  vm_scope scope = open_scope(w);
  assert_int_equal(vm_ref_persist(w->isolate, func_of(w, r.instance, name), &r.func, &w->error), VM_OK);
  close_scope(w, scope);
  scope = open_scope(w);
  assert_int_equal(vm_call(w->isolate, r.func, &v, 1, &out, 1, &w->error), want);
  if (want == VM_OK) assert_int_equal(out.of.i32, result);
  close_scope(w, scope);
  assert_int_equal(r.alive, before + 1);
  assert_int_equal(call0(w, func_of(w, make(w, COUNTER), "next")), 6); /* forgets the exception */
  assert_int_equal(instances(w), before + 1);
}

static void test_frames(void **state)
{
  assert_int_equal(vm_instance_define(make_ready(*state, relay), "relay", NULL), VM_OK);
  run_old(*state, "through", VM_OK, 207);
  run_old(*state, "tail", VM_OK, 207);
  run_old(*state, "fails", VM_EXCEPTION, 0);
}

/* The same when not even the outermost call is of the function. */
static vm_status forget(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  replacer *r = user;
  const vm_value null = vm_value_ref(vm_ref_null());
  (void)args;
  assert_int_equal(vm_isolate_set_global(isolate, "env", "f", &null, &r->w->error), VM_OK);
  r->alive = instances(r->w);
  release(r->w, make(r->w, COUNTER));
  (void)instances(r->w);
  results[0] = vm_dyn_nil();
  return VM_OK;
}

/* One instance calls the function of another through a global: by a call, or by a tail call, after which
 * the caller has neither frame nor name. */
static void run_chain(api_world *w, const char *call)
{
  char text[1024];
  replacer r = {.w = w};
  const vm_value null = vm_value_ref(vm_ref_null()), n = vm_value_i32(7);
  vm_value v, out;
  if (vm_isolate_get_global(w->isolate, "env", "f", &v, NULL) != VM_OK)
    assert_int_equal(vm_isolate_define_global(w->isolate, "env", "f", VM_REF_NULL(VM_HEAP_FUNC), 1, &null,
                                              &w->error), VM_OK);
  uint64_t before = instances(w);
  vm_scope scope = open_scope(w);
  vm_instance *inner = make_ready(w, old);
  v = vm_value_ref(func_of(w, inner, "numbers"));
  assert_int_equal(vm_isolate_set_global(w->isolate, "env", "f", &v, &w->error), VM_OK);
  release(w, inner);
  snprintf(text, sizeof text,
           "type fn func (i32) -> (i32)\nimport global f \"env\" \"f\" mut (ref null func)\n"
           "func go (n: i32) -> (i32) {\n  local.get n\n  global.get f\n  ref.cast (ref fn)\n  %s fn\n%s}\n"
           "func outer (n: i32) -> (i32) {\n  local.get n\n  call go\n  local.get n\n  i32.add\n  return\n}\n"
           "export func \"outer\" outer\n",
           call, strcmp(call, "call_ref") == 0 ? "  return\n" : "");
  vm_instance *outer = make_ready(w, text);
  vm_ref f;
  assert_int_equal(vm_ref_persist(w->isolate, func_of(w, outer, "outer"), &f, &w->error), VM_OK);
  release(w, outer);
  close_scope(w, scope);
  w->host = forget;
  w->host_user = &r;
  assert_int_equal(vm_call(w->isolate, f, &n, 1, &out, 1, &w->error), VM_OK);
  assert_int_equal(out.of.i32, 114);
  assert_int_equal(r.alive, before + 2);
  assert_int_equal(vm_ref_release(w->isolate, f, &w->error), VM_OK);
  assert_int_equal(instances(w), before);
}

static void test_chains(void **state)
{
  assert_int_equal(vm_instance_define(make_ready(*state, relay), "relay", NULL), VM_OK);
  run_chain(*state, "call_ref");
  run_chain(*state, "return_call_ref");
}

/* ---- types ---- */

#define TYPES \
  "type A struct { x: mut i32 }\n" \
  "type B struct : A { a: mut (ref null A) }\n" \
  "type As array mut (ref null A)\n" \
  "type fn func ((ref B)) -> ((ref null As))\n" \
  "func none (b: (ref B)) -> ((ref null As)) {\n  ref.null (ref null As)\n  return\n}\n" \
  "func make () -> ((ref B)) {\n  i32.const 41\n  ref.null (ref null A)\n  struct.new B\n  return\n}\n" \
  "func arr (n: i32) -> ((ref As)) {\n  ref.null (ref null A)\n  local.get n\n  array.new As\n  return\n}\n" \
  "export func \"make\" make\nexport func \"arr\" arr\nexport type \"B\" B\n"

/* The types of 4,000 instances that went make room for each other; those that an object has, or that the
 * host knows by id, stay what they are. */
static void test_types(void **state)
{
  api_world *w = *state;
  size_t bytes = 0;
  vm_ref object, array;
  vm_typeid known;
  vm_value v, n = vm_value_i32(3);
  vm_ref_info info;
  int rounds = getenv("VM_TEST_GC_STRESS") != NULL ? 400 : 4000;
  vm_scope scope = open_scope(w);
  vm_instance *first = make(w, TYPES);
  assert_int_equal(vm_call(w->isolate, func_of(w, first, "make"), NULL, 0, &v, 1, &w->error), VM_OK);
  assert_int_equal(vm_ref_persist(w->isolate, v.of.ref, &object, &w->error), VM_OK);
  assert_int_equal(vm_call(w->isolate, func_of(w, first, "arr"), &n, 1, &v, 1, &w->error), VM_OK);
  assert_int_equal(vm_ref_persist(w->isolate, v.of.ref, &array, &w->error), VM_OK);
  release(w, first);
  vm_instance *second = make(w, TYPES);
  assert_int_equal(vm_instance_get_type(second, "B", &known, &w->error), VM_OK);
  release(w, second);
  close_scope(w, scope);
  for (int i = 0; i < rounds; i++) {
    release(w, make(w, TYPES));
    if (i % 50 == 0) assert_int_equal(instances(w), 1);
    if (i == rounds / 2) bytes = w->counter.bytes;
  }
  assert_int_equal(instances(w), 1);
  if (rounds == 4000) assert_true(w->counter.bytes < bytes + (64 << 10)); /* 2,000 take 2 MB */
  assert_int_equal(vm_ref_get_info(w->isolate, object, &info, &w->error), VM_OK);
  assert_int_equal(info.heap, VM_HEAP_STRUCT);
  assert_int_equal(info.count, 2);
  assert_int_equal(vm_struct_get(w->isolate, object, 0, &v, &w->error), VM_OK);
  assert_int_equal(v.of.i32, 41);
  v = vm_value_ref(object); /* a B is an A */
  assert_int_equal(vm_array_set(w->isolate, array, 1, &v, &w->error), VM_OK);
  assert_int_equal(vm_struct_set(w->isolate, object, 1, &v, &w->error), VM_OK);
  const vm_value fields[] = {vm_value_i32(5), vm_value_ref(vm_ref_null())}, other[] = {fields[0], v};
  scope = open_scope(w);
  assert_int_equal(vm_struct_new(w->isolate, known, fields, 2, &object, &w->error), VM_OK);
  assert_int_equal(vm_struct_new(w->isolate, known, other, 2, &object, &w->error), VM_ARGUMENT);
  close_scope(w, scope);
  vm_field_info field; /* A, which only the other types have */
  assert_int_equal(vm_type_get_field(w->isolate, known, 1, &field, &w->error), VM_OK);
  assert_int_equal(vm_type_get_info(w->isolate, VM_TYPE_HEAP(field.type), &info, &w->error), VM_OK);
  assert_int_equal(info.count, 1);
  assert_int_equal(vm_isolate_verify_heap(w->isolate, &w->error), VM_OK);
}

/* An isolate ends with more types and names than it takes to look for types to free. */
static void test_end(void **state)
{
  api_world *w = *state;
  char *text = malloc(1500 * 32), *end = text;
  assert_non_null(text);
  for (int i = 0; i < 1500; i++) end += sprintf(end, "type s%d struct { x: i32 }\n", i);
  strcpy(end, "table t (ref null func) 3\nglobal g (ref null s9) = null\n"
              "export table \"t\" t\nexport global \"g\" g\nexport type \"s\" s7\n");
  make_as(w, text, "many");
  release(w, make(w, text));
  assert_int_equal(instances(w), 2);
  make(w, text);
  free(text);
}

/* ---- machine code ---- */

static uint64_t code_bytes(api_world *w)
{
  vm_engine_stats s = {.size = sizeof s};
  assert_int_equal(vm_engine_get_stats(w->engine, &s, &w->error), VM_OK);
  return s.code_bytes;
}

/* It goes with the last instance, while the isolate lives; in tier 0 there is none. */
static void test_code(void **state)
{
  api_world *w = *state;
  bool compiles = getenv("VM_TEST_TIER_2") != NULL;
  uint64_t before = code_bytes(w);
  vm_instance *inst = make_ready(w, COUNTER);
  assert_int_equal(code_bytes(w) > before, compiles);
  release(w, inst);
  assert_int_equal(instances(w), 1);
  assert_int_equal(code_bytes(w), before);
}

/* ---- memory runs out ---- */

/* Every allocation fails once while instances come and go. */
static void test_no_memory(void **state)
{
  (void)state;
  for (size_t n = 1;; n++) {
    api_world w = {0};
    vm_status s = api_open(&w, NULL, NULL);
    assert_int_equal(s, VM_OK);
    vm_module *module = NULL;
    const char *text = COUNTER;
    assert_int_equal(vm_module_assemble(w.engine, text, strlen(text), &module, &w.error), VM_OK);
    size_t calls = w.counter.calls;
    w.counter.fail_at = calls + n;
    vm_instance *inst = NULL;
    s = vm_instance_new(w.isolate, module, &inst, &w.error);
    if (s == VM_OK) s = vm_instance_define(inst, "counter", &w.error);
    if (inst != NULL) release(&w, inst);
    if (s == VM_OK) assert_int_equal(instances(&w), 1);
    bool reached = w.counter.calls >= calls + n;
    w.counter.fail_at = 0;
    assert_int_equal(instances(&w), 1);
    vm_module_free(module);
    api_close(&w);
    if (!reached) break;
    assert_true(s == VM_OK || s == VM_MEMORY || s == VM_LIMIT);
  }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, api_teardown)
  const struct CMUnitTest tests[] = {
    TEST(test_goes), TEST(test_released_twice), TEST(test_failed_start), TEST(test_handle),
    TEST(test_imports), TEST(test_table), TEST(test_backtrace), TEST(test_names),
    TEST(test_many_names), TEST(test_isolate_globals), TEST(test_frames), TEST(test_chains), TEST(test_types), TEST(test_end), TEST(test_code),
    cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
