/* api_instances.c - instantiation: initial values, the order of events, what stays of a failed one,
 * what fits an import, names.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api_fixture.h"

static vm_status try_text(api_world *w, const char *text, vm_instance **out)
{
  vm_module *module = NULL;
  *out = NULL;
  vm_status s = vm_module_assemble(w->engine, text, strlen(text), &module, &w->error);
  if (s == VM_OK) s = vm_instance_new(w->isolate, module, out, &w->error);
  vm_module_free(module);
  return s;
}

static vm_instance *text_instance(api_world *w, const char *text, const char *define_as)
{
  vm_instance *out;
  if (try_text(w, text, &out) != VM_OK) {
    fail_msg("%s (line %u, column %u)", w->error.message, w->error.line, w->error.column);
  }
  if (define_as != NULL) assert_int_equal(vm_instance_define(out, define_as, &w->error), VM_OK);
  return out;
}

static int64_t global_of(api_world *w, vm_instance *inst, const char *name)
{
  vm_value v;
  assert_int_equal(vm_instance_get_global(inst, name, &v, &w->error), VM_OK);
  return v.kind == VM_KIND_I32 ? v.of.i32 : v.of.i64;
}

static int32_t call_of(api_world *w, vm_instance *inst, const char *name)
{
  vm_ref f;
  vm_value v;
  assert_int_equal(vm_instance_get_func(inst, name, &f, &w->error), VM_OK);
  assert_int_equal(vm_call(w->isolate, f, NULL, 0, &v, 1, &w->error), VM_OK);
  return v.of.i32;
}

/* ---- initial values ---- */

static void test_arithmetic(void **state)
{
  api_world *w = *state;
  text_instance(w,
                "global small i32 = 40\nglobal large i64 = -3\n"
                "export global \"small\" small\nexport global \"large\" large\n", "env");
  vm_instance *inst = text_instance(
      w,
      "import global small \"env\" \"small\" i32\n"
      "import global large \"env\" \"large\" i64\n"
      "memory m 1\n"
      "table t (ref null func) 60\n"
      "global a i32 = (global small, 2, add)\n"
      "global b i32 = (global a, global small, sub, -2147483648, add, 2, mul)\n" /* wraps to 4 */
      "global c mut i64 = (4294967296, global large, mul, 5, sub)\n"
      "global d mut i32 = global b\n"
      "global e mut i32 = (1, 2, 3, 4, 5, add, mul, sub, add)\n" /* 1 + (2 - 3 * (4 + 5)) */
      "data x active m (global a, 1, add) \"*\"\n"
      "elem y (ref null func) active t (global b, global b, add) [func f, global g]\n"
      "global g (ref null func) = func f\n"
      "func f () -> (i32) {\n  i32.const 7\n  return\n}\n"
      "func at (i: i32) -> (i32) {\n  local.get i\n  call_indirect t () -> (i32)\n  return\n}\n"
      "func go () -> (i32) {\n"
      "  i32.const 8\n  call at\n  i32.const 9\n  call at\n  i32.add\n"
      "  i32.const 43\n  i32.load8_u m 0\n  i32.add\n  return\n}\n"
      "export global \"a\" a\nexport global \"b\" b\nexport global \"c\" c\nexport global \"d\" d\n"
      "export global \"e\" e\nexport func \"go\" go\n",
      NULL);
  assert_int_equal(global_of(w, inst, "a"), 42);
  assert_int_equal(global_of(w, inst, "b"), 4);
  assert_true(global_of(w, inst, "c") == -3 * 4294967296ll - 5);
  assert_int_equal(global_of(w, inst, "d"), 4);
  assert_int_equal(global_of(w, inst, "e"), -24);
  assert_int_equal(call_of(w, inst, "go"), 7 + 7 + '*');
}

static void test_refused(void **state)
{
  static const struct {
    const char *text, *message;
  } bad[] = {
    {"global a i32 = global b\nglobal b i32 = 1\n", "an immutable global that has its value"},
    {"global a i32 = global a\n", "an immutable global that has its value"},
    {"global a mut i32 = 1\nglobal b i32 = global a\n", "an immutable global that has its value"},
    {"global a mut i32 = 1\nglobal b i32 = (1, global a, add)\n", "operation 1"},
    {"global a i64 = 1\nglobal b i32 = (1, global a, add)\n", "operation 1"},
    {"global b i32 = (1, add, 2)\n", "operation 1"},
    {"global b i32 = (1, 2, 3)\n", "expected one value at the end, found 3"},
    {"global b f64 = (1, 2, add)\n", "found arithmetic"},
    {"memory m 1\nglobal b i64 = 1\ndata d active m global b \"\"\n", "expected a value of i32"},
  };
  api_world *w = *state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    vm_instance *out;
    API_FAILS(w, VM_INVALID, bad[i].message, try_text(w, bad[i].text, &out));
  }
}

/* ---- order ---- */

/* Element segments come before data segments, each in order; what was written stays, and so do the
 * functions, though the instance is none. */
static void test_failed_stays(void **state)
{
  api_world *w = *state;
  vm_instance *out, *env = text_instance(
      w,
      "memory m 1\ntable t (ref null func) 4\n"
      "export memory \"m\" m\nexport table \"t\" t\n"
      "func at (i: i32) -> (i32) {\n  local.get i\n  call_indirect t () -> (i32)\n  return\n}\n"
      "func one () -> (i32) {\n  i32.const 1\n  call at\n  return\n}\n"
      "func byte () -> (i32) {\n  i32.const 3\n  i32.load8_u m 0\n  return\n}\n"
      "export func \"one\" one\nexport func \"byte\" byte\n",
      "shared");
  static const char imports[] =
      "import memory m \"shared\" \"m\" 1\nimport table t \"shared\" \"t\" (ref null func) 4\n"
      "global own mut i32 = 5\n"
      "func f () -> (i32) {\n"
      "  global.get own\n  i32.const 1\n  i32.add\n  global.set own\n  global.get own\n"
      "  return\n}\n";
  char text[1024];
  snprintf(text, sizeof text,
           "%selem e (ref null func) active t 1 [func f]\n"
           "data a active m 3 \"A\"\ndata b active m 65535 \"BC\"\ndata c active m 3 \"C\"\n",
           imports);
  API_FAILS(w, VM_EXCEPTION, "data segment 1", try_text(w, text, &out));
  assert_int_equal(w->error.trap, VM_TRAP_MEMORY_BOUNDS);
  assert_null(out);
  assert_int_equal(call_of(w, env, "byte"), 'A');
  assert_int_equal(call_of(w, env, "one"), 6);
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  assert_int_equal(call_of(w, env, "one"), 7);
  snprintf(text, sizeof text,
           "%selem e (ref null func) active t 4 [func f]\ndata a active m 3 \"Z\"\n", imports);
  API_FAILS(w, VM_EXCEPTION, "element segment 0", try_text(w, text, &out));
  assert_int_equal(w->error.trap, VM_TRAP_TABLE_BOUNDS);
  assert_int_equal(call_of(w, env, "byte"), 'A');
  snprintf(text, sizeof text,
           "%selem e (ref null func) active t 1 [func f]\ndata a active m 3 \"S\"\n"
           "func go () -> () {\n  unreachable\n}\nstart go\n", imports);
  API_FAILS(w, VM_EXCEPTION, "unreachable", try_text(w, text, &out));
  assert_int_equal(call_of(w, env, "byte"), 'S');
  assert_int_equal(call_of(w, env, "one"), 6);
}

static vm_status count_start(vm_isolate *isolate, void *user, const vm_value *args,
                             vm_value *results)
{
  (void)isolate, (void)args, (void)results;
  ++*(int *)user;
  return VM_OK;
}

static void test_imported_start(void **state)
{
  api_world *w = *state;
  int count = 0;
  assert_int_equal(vm_isolate_define_func(w->isolate, "env", "tick", NULL, 0, NULL, 0, count_start,
                                          &count, NULL, &w->error), VM_OK);
  text_instance(w, "import func f \"env\" \"tick\" () -> ()\nstart f\nexport func \"tick\" f\n",
                "again");
  assert_int_equal(count, 1);
  text_instance(w, "import func f \"again\" \"tick\" () -> ()\nstart f\n", NULL);
  assert_int_equal(count, 2);
}

/* ---- imports ---- */

static void test_limits(void **state)
{
  static const struct {
    const char *text;
    int fits;
  } cases[] = {
    {"import memory m \"e\" \"none\" 1\n", 1},
    {"import memory m \"e\" \"none\" 2\n", 0},
    {"import memory m \"e\" \"none\" 1 65536\n", 0}, /* that one's maximum is not declared */
    {"import memory m \"e\" \"four\" 1 4\n", 1},
    {"import memory m \"e\" \"four\" 1 3\n", 0},
    {"import memory m \"e\" \"four\" 0\n", 1},
    {"import table t \"e\" \"open\" (ref null func) 3\n", 1},
    {"import table t \"e\" \"open\" (ref null func) 3 4294967294\n", 0},
    {"import table t \"e\" \"huge\" (ref null func) 3 4294967294\n", 1},
    {"import table t \"e\" \"huge\" (ref null func) 3 4294967293\n", 0},
    {"import table t \"e\" \"huge\" (ref null extern) 3\n", 0},
    {"import memory m \"e\" \"open\" 0\n", 0},
  };
  api_world *w = *state;
  vm_instance *out, *env = text_instance(
      w,
      "memory none 1\nmemory four 1 4\ntable open (ref null func) 3\n"
      "table huge (ref null func) 3 4294967294\n"
      "func grow () -> (i32) {\n"
      "  i32.const 2\n  memory.grow four\n"
      "  ref.null (ref null func)\n  i32.const 5\n  table.grow huge\n  i32.add\n  return\n}\n"
      "export memory \"none\" none\nexport memory \"four\" four\nexport table \"open\" open\n"
      "export table \"huge\" huge\nexport func \"grow\" grow\n",
      "e");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (try_text(w, cases[i].text, &out) != (cases[i].fits ? VM_OK : VM_LINK)) {
      fail_msg("%s: %s", cases[i].text, w->error.message);
    }
  }
  static const char grown[] = "import memory m \"e\" \"four\" 3\n"
                              "import table t \"e\" \"huge\" (ref null func) 8\n";
  assert_int_equal(try_text(w, grown, &out), VM_LINK); /* what counts is the size of today */
  assert_int_equal(call_of(w, env, "grow"), 1 + 3);
  assert_int_equal(try_text(w, grown, &out), VM_OK);
}

/* What the host grows is what the guest has, and what imports are held against. */
static void test_host_grows(void **state)
{
  api_world *w = *state;
  vm_instance *out, *inst = text_instance(
      w,
      "memory m 0 3\ntable t (ref null func) 1 4\n"
      "func f () -> (i32) {\n  i32.const 131071\n  i32.load8_u m 0\n  memory.size m\n  i32.add\n"
      "  table.size t\n  i32.add\n  return\n}\n"
      "export memory \"m\" m\nexport table \"t\" t\nexport func \"f\" f\n", "grown");
  static const char wants[] = "import memory m \"grown\" \"m\" 2 3\n"
                              "import table t \"grown\" \"t\" (ref null func) 4 4\n";
  uint32_t old = 9;
  vm_ref f, entry;
  int same;
  assert_int_equal(try_text(w, wants, &out), VM_LINK);
  assert_int_equal(vm_instance_get_func(inst, "f", &f, &w->error), VM_OK);
  assert_int_equal(vm_instance_grow_memory(inst, "m", 2, &old, &w->error), VM_OK);
  assert_int_equal(old, 0);
  API_FAILS(w, VM_LIMIT, "2 pages more than 2",
            vm_instance_grow_memory(inst, "m", 2, &old, &w->error));
  assert_int_equal(vm_instance_grow_memory(inst, "m", 0, NULL, &w->error), VM_OK);
  assert_int_equal(vm_instance_grow_table(inst, "t", 3, f, &old, &w->error), VM_OK);
  assert_int_equal(old, 1);
  API_FAILS(w, VM_LIMIT, "1 entries more than 4",
            vm_instance_grow_table(inst, "t", 1, f, NULL, &w->error));
  API_FAILS(w, VM_ARGUMENT, "table entry",
            vm_instance_grow_table(inst, "t", 0, api_node(w, 1, vm_ref_null()), NULL, &w->error));
  API_FAILS(w, VM_NOT_FOUND, "\"t\"", vm_instance_grow_memory(inst, "t", 1, NULL, &w->error));
  API_FAILS(w, VM_NOT_FOUND, "\"x\"", vm_instance_grow_table(inst, "x", 1, f, NULL, &w->error));
  assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK);
  assert_int_equal(vm_instance_get_table(inst, "t", 3, &entry, &w->error), VM_OK);
  assert_int_equal(vm_ref_same(w->isolate, f, entry, &same, &w->error), VM_OK);
  assert_true(same);
  assert_int_equal(call_of(w, inst, "f"), 2 + 4);
  assert_int_equal(try_text(w, wants, &out), VM_OK);
}

/* A mutable global is one cell, whoever changes it; one import twice is the same thing twice. */
static void test_sharing(void **state)
{
  api_world *w = *state;
  vm_instance *a = text_instance(w, "global g mut i64 = 1\nexport global \"g\" g\n"
                                    "export global \"h\" g\n", "env");
  vm_instance *b = text_instance(
      w,
      "import global x \"env\" \"g\" mut i64\nimport global y \"env\" \"g\" mut i64\n"
      "import global z \"env\" \"h\" mut i64\n"
      "func f () -> (i64) {\n  i64.const 9\n  global.set x\n  global.get y\n  global.get z\n"
      "  i64.add\n  return\n}\n"
      "export func \"f\" f\nexport global \"y\" y\n",
      NULL);
  vm_ref f;
  vm_value v, seven = vm_value_i64(7);
  assert_int_equal(vm_instance_get_func(b, "f", &f, &w->error), VM_OK);
  assert_int_equal(vm_call(w->isolate, f, NULL, 0, &v, 1, &w->error), VM_OK);
  assert_int_equal(v.of.i64, 18);
  assert_int_equal(global_of(w, a, "g"), 9);
  assert_int_equal(vm_instance_set_global(b, "y", &seven, &w->error), VM_OK);
  assert_int_equal(global_of(w, a, "h"), 7);
}

/* One function is one object, by whatever way it comes. */
static void test_identity(void **state)
{
  api_world *w = *state;
  vm_instance *a = text_instance(w,
                                 "func f () -> () {\n  return\n}\n"
                                 "export func \"f\" f\nexport func \"g\" f\n", "env");
  vm_instance *b = text_instance(
      w,
      "import func x \"env\" \"f\" () -> ()\nimport func y \"env\" \"g\" () -> ()\n"
      "table t (ref null func) 1\nelem e (ref null func) active t 0 [func x]\n"
      "export func \"y\" y\nexport table \"t\" t\n", NULL);
  vm_ref f, y, entry;
  int same;
  assert_int_equal(vm_instance_get_func(a, "f", &f, &w->error), VM_OK);
  assert_int_equal(vm_instance_get_func(b, "y", &y, &w->error), VM_OK);
  assert_int_equal(vm_instance_get_table(b, "t", 0, &entry, &w->error), VM_OK);
  assert_int_equal(vm_ref_same(w->isolate, f, y, &same, &w->error), VM_OK);
  assert_true(same);
  assert_int_equal(vm_ref_same(w->isolate, f, entry, &same, &w->error), VM_OK);
  assert_true(same);
}

/* Names are bytes: empty ones too, any UTF-8, and U+0000 as C0 80. */
static void test_names(void **state)
{
  static const char *const names[] = {"", "\xC0\x80", "\xC0\x80 a", "\xF0\x9F\x92\xA9", " ", "\n"};
  enum { COUNT = sizeof names / sizeof *names };
  api_world *w = *state;
  vm_builder *exporter, *importer;
  uint8_t *bytes[2];
  size_t size[2];
  assert_int_equal(vm_builder_new(NULL, &exporter, NULL), VM_OK);
  assert_int_equal(vm_builder_new(NULL, &importer, NULL), VM_OK);
  for (int i = 0; i < COUNT; i++) {
    uint32_t g;
    vm_builder_global(exporter, names[i], VM_I32, 0, vm_init_i32(i + 1), &g);
    vm_builder_export_global(exporter, names[i], g);
    vm_builder_import_global(importer, names[1], names[i], NULL, VM_I32, 0, &g);
    vm_builder_export_global(importer, names[COUNT - 1 - i], g);
  }
  assert_int_equal(vm_builder_finish(exporter, &bytes[0], &size[0], &w->error), VM_OK);
  assert_int_equal(vm_builder_finish(importer, &bytes[1], &size[1], &w->error), VM_OK);
  vm_builder_free(exporter);
  vm_builder_free(importer);
  vm_instance *inst = NULL;
  for (int i = 0; i < 2; i++) {
    vm_module *module;
    assert_int_equal(vm_module_load(w->engine, bytes[i], size[i], &module, &w->error), VM_OK);
    vm_builder_bytes_free(NULL, bytes[i], size[i]);
    assert_int_equal(vm_instance_new(w->isolate, module, &inst, &w->error), VM_OK);
    vm_module_free(module);
    if (i == 0) assert_int_equal(vm_instance_define(inst, "\xC0\x80", &w->error), VM_OK);
  }
  for (int i = 0; i < COUNT; i++) assert_int_equal(global_of(w, inst, names[i]), COUNT - i);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_arithmetic, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_refused, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_failed_stays, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_imported_start, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_limits, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_host_grows, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_sharing, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_identity, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_names, api_setup, api_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
