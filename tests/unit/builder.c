/* builder.c - tests of lib/build: each kind of misuse has its message, what is finished verifies.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "isa.h"
#include "module.h"
#include "verify.h"
#include "vm/builder.h"

/* ---- helpers ---- */

static const vm_type exn_type[] = {VM_REF(VM_HEAP_EXN)};

static vm_builder *new_builder(void)
{
  vm_builder *b = NULL;
  assert_int_equal(vm_builder_new(NULL, &b, NULL), VM_OK);
  return b;
}

/* A builder with one open function (i32, i64) -> (i32), named "f", source line 7. */
typedef struct fixture {
  vm_builder *b;
  vm_fn *fn;
  uint32_t type, func;
} fixture;

static fixture open_function(void)
{
  static const vm_type params[] = {VM_I32, VM_I64}, results[] = {VM_I32};
  fixture x = {.b = new_builder()};
  assert_int_equal(vm_builder_type_func(x.b, NULL, params, 2, results, 1, &x.type), VM_OK);
  assert_int_equal(vm_builder_func(x.b, "f", x.type, &x.func), VM_OK);
  assert_int_equal(vm_fn_begin(x.b, x.func, &x.fn), VM_OK);
  assert_int_equal(vm_fn_line(x.fn, 7), VM_OK);
  return x;
}

/* The builder's error has this status and all of these texts, and stays. */
static void expect_error(vm_builder *b, vm_status got, vm_status want, const char *text,
                         const char *text2)
{
  vm_error e = VM_ERROR_INIT, later = VM_ERROR_INIT;
  assert_int_equal(got, want);
  assert_int_equal(vm_builder_error(b, &e), want);
  if (strstr(e.message, text) == NULL || strstr(e.message, text2) == NULL) {
    fail_msg("expected \"%s\" and \"%s\" in \"%s\"", text, text2, e.message);
  }
  assert_int_equal(vm_builder_name(b, "later"), want);
  uint8_t *bytes = (uint8_t *)&e;
  size_t size = 1;
  assert_int_equal(vm_builder_finish(b, &bytes, &size, &later), want);
  assert_null(bytes);
  assert_int_equal(size, 0);
  assert_string_equal(later.message, e.message);
  vm_builder_free(b);
}

static void expect_fn_error(fixture x, vm_status got, vm_status want, const char *text)
{
  vm_error e = VM_ERROR_INIT;
  vm_builder_error(x.b, &e);
  assert_int_equal(e.function, x.func);
  assert_int_equal(e.line, 7);
  assert_int_not_equal(e.offset, VM_NO_OFFSET);
  expect_error(x.b, got, want, text, "function 0 \"f\", instruction ");
}

/* Finish, read, verify, and write again: the same bytes. */
static void expect_valid(vm_builder *b)
{
  vm_error e = VM_ERROR_INIT;
  uint8_t *bytes, *again;
  size_t size, again_size;
  vmi_module *m;
  vmi_alloc a = vmi_alloc_from(NULL);
  if (vm_builder_finish(b, &bytes, &size, &e) != VM_OK) fail_msg("finish: %s", e.message);
  if (vmi_module_read(&a, bytes, size, &m, &e) != VM_OK) fail_msg("read: %s", e.message);
  if (vmi_verify(m, &e) != VM_OK) fail_msg("verify: %s", e.message);
  assert_int_equal(vmi_module_write(&a, m, &again, &again_size, &e), VM_OK);
  assert_int_equal(size, again_size);
  assert_memory_equal(bytes, again, size);
  vmi_module_free(m);
  vmi_free(&a, again, again_size);
  vm_builder_bytes_free(NULL, bytes, size);
  assert_int_equal(vm_builder_name(b, "late"), VM_STATE);
  vm_builder_free(b);
}

/* ---- misuse outside functions ---- */

static void test_arguments(void **state)
{
  (void)state;
  vm_error e = VM_ERROR_INIT;
  assert_int_equal(vm_builder_new(NULL, NULL, &e), VM_ARGUMENT);
  assert_int_equal(vm_builder_error(NULL, &e), VM_ARGUMENT);
  assert_int_equal(vm_builder_name(NULL, "x"), VM_ARGUMENT);
  assert_int_equal(vm_fn_op(NULL, VMI_OP_NOP), VM_ARGUMENT);
  assert_int_equal(vm_fn_end(NULL), VM_ARGUMENT);
  vm_builder_free(NULL);
  vm_builder_bytes_free(NULL, NULL, 0);
  vm_builder *b = new_builder();
  expect_error(b, vm_builder_finish(b, NULL, NULL, NULL), VM_ARGUMENT, "found NULL", "");
  b = new_builder();
  expect_error(b, vm_builder_name(b, "\xC0\x81"), VM_ARGUMENT, "UTF-8", "module name");
  b = new_builder();
  expect_error(b, vm_builder_name(b, "\xED\xA0\x80"), VM_ARGUMENT, "UTF-8", "module name");
  b = new_builder();
  expect_error(b, vm_builder_file(b, NULL, NULL), VM_ARGUMENT, "expected a name", "source file");
  b = new_builder();
  char *name = malloc(VMI_MAX_NAME + 2);
  memset(name, 'x', VMI_MAX_NAME + 1);
  name[VMI_MAX_NAME + 1] = '\0';
  expect_error(b, vm_builder_name(b, name), VM_LIMIT, "at most 100000 bytes", "100001");
  free(name);
}

static void test_type_misuse(void **state)
{
  (void)state;
  uint32_t t = 5, u;
  vm_type ref9 = VM_REF(9), packed = VM_I8;
  vm_field_def field = {VM_I32, 1, "x"}, bad = {VM_TYPE(7), 0, NULL};
  vm_builder *b = new_builder();
  expect_error(b, vm_builder_type_func(b, NULL, &ref9, 1, NULL, 0, &t), VM_ARGUMENT, "parameter",
               "one of 0 types");
  assert_int_equal(t, VM_NO_INDEX);
  b = new_builder();
  expect_error(b, vm_builder_type_func(b, NULL, &packed, 1, NULL, 0, &t), VM_ARGUMENT, "packed",
               "");
  b = new_builder();
  expect_error(b, vm_builder_type_func(b, NULL, NULL, 1, NULL, 0, &t), VM_ARGUMENT, "found NULL",
               "");
  b = new_builder();
  expect_error(b, vm_builder_type_func(b, NULL, NULL, 1001, NULL, 0, &t), VM_LIMIT, "at most 1000",
               "1001");
  b = new_builder();
  expect_error(b, vm_builder_type_array(b, NULL, VM_TYPE(6), 1, &t), VM_ARGUMENT,
               "expected a type", "");
  b = new_builder();
  expect_error(b, vm_builder_type_struct(b, "S", VM_NO_INDEX, &bad, 1, &t), VM_ARGUMENT, "field",
               "");
  b = new_builder();
  expect_error(b, vm_builder_type_struct(b, "S", 0, &field, 1, &t), VM_ARGUMENT,
               "expected a supertype declared before it", "\"S\"");
  b = new_builder();
  expect_error(b, vm_builder_type_struct(b, "S", 3, &field, 1, &t), VM_ARGUMENT, "supertype",
               "found 3");
  b = new_builder();
  assert_int_equal(vm_builder_type_struct(b, "S", VM_NO_INDEX, &field, 1, &t), VM_OK);
  expect_error(b, vm_builder_type_define(b, t, VM_NO_INDEX, &field, 1), VM_STATE,
               "found a defined one",
               "\"S\"");
  b = new_builder();
  vm_builder_type_declare(b, "A", &t);
  expect_error(b, vm_builder_type_struct(b, "B", t, &field, 1, &u), VM_STATE, "only a declaration",
               "\"B\"");
  b = new_builder();
  vm_builder_type_declare(b, "A", &t);
  uint8_t *bytes;
  size_t size;
  expect_error(b, vm_builder_finish(b, &bytes, &size, NULL), VM_STATE, "type 0 \"A\"",
               "definition");
  b = new_builder();
  vm_builder_type_array(b, "A", VM_I8, 1, &t);
  expect_error(b, vm_builder_type_define(b, t, VM_NO_INDEX, &field, 1), VM_ARGUMENT,
               "expected a struct type, found an array type", "");
  b = new_builder();
  vm_builder_type_struct(b, "S", VM_NO_INDEX, &field, 1, &t);
  vm_builder_import_type(b, "m", "S", t);
  expect_error(b, vm_builder_import_type(b, "m", "S", t), VM_STATE, "twice", "");
}

static void test_too_many_fields(void **state)
{
  (void)state;
  uint32_t t;
  vm_field_def *fields = calloc(VMI_MAX_FIELDS + 1, sizeof *fields);
  for (int i = 0; i <= VMI_MAX_FIELDS; i++) fields[i].type = VM_I64;
  vm_builder *b = new_builder();
  expect_error(b, vm_builder_type_struct(b, "S", VM_NO_INDEX, fields, VMI_MAX_FIELDS + 1, &t),
               VM_LIMIT,
               "at most 2000 fields", "2001");
  b = new_builder();
  vm_builder_type_struct(b, "S", VM_NO_INDEX, fields, VMI_MAX_FIELDS, &t);
  expect_error(b, vm_builder_type_struct(b, "T", t, fields, 1, &t), VM_LIMIT, "at most 2000",
               "\"T\"");
  b = new_builder();
  vm_builder_type_struct(b, NULL, VM_NO_INDEX, fields, 1, &t);
  for (int i = 0; i < VMI_MAX_DEPTH; i++) {
    assert_int_equal(vm_builder_type_struct(b, NULL, t, NULL, 0, &t), VM_OK);
  }
  expect_error(b, vm_builder_type_struct(b, NULL, t, NULL, 0, &t), VM_LIMIT,
               "at most 63 supertypes", "");
  free(fields);
}

static void test_dedup(void **state)
{
  (void)state;
  static const vm_type params[] = {VM_I32, VM_F64};
  vm_builder *b = new_builder();
  uint32_t a0, a1, a2, f0, f1, f2;
  vm_builder_type_array(b, NULL, VM_I8, 1, &a0);
  vm_builder_type_array(b, "Bytes", VM_I8, 1, &a1);
  vm_builder_type_array(b, NULL, VM_I8, 0, &a2);
  assert_int_equal(a0, a1);
  assert_int_not_equal(a0, a2);
  vm_builder_type_func(b, NULL, params, 2, params, 1, &f0);
  vm_builder_type_func(b, NULL, params, 2, params, 1, &f1);
  vm_builder_type_func(b, NULL, params, 1, params, 2, &f2);
  assert_int_equal(f0, f1);
  assert_int_not_equal(f0, f2);
  for (uint32_t i = 0; i < 1000; i++) { /* grows the table; each found again */
    uint32_t x, y;
    vm_type p[10];
    for (int k = 0; k < 10; k++) p[k] = i >> k & 1 ? VM_I64 : VM_DYN;
    assert_int_equal(vm_builder_type_func(b, NULL, p, 10, NULL, 0, &x), VM_OK);
    assert_int_equal(vm_builder_type_func(b, NULL, p, 10, NULL, 0, &y), VM_OK);
    assert_int_equal(x, y);
  }
  expect_valid(b);
}

static void bad_arithmetic(vm_type type, const vm_init *ops, uint32_t count, vm_status status,
                           const char *text)
{
  uint32_t g;
  vm_builder *b = new_builder();
  vm_builder_import_global(b, "env", "wide", NULL, VM_I64, 0, &g);
  expect_error(b, vm_builder_global(b, NULL, type, 0, vm_init_expr(ops, count), &g), status, text,
               "global");
}

static void test_bad_arithmetic(void)
{
  static vm_init many[1001];
  const vm_init sum[] = {vm_init_i32(1), vm_init_i32(2), vm_init_add()};
  const vm_init wide[] = {vm_init_i32(1), vm_init_global(0), vm_init_add()};
  const vm_init early[] = {vm_init_i32(1), vm_init_add(), vm_init_i32(2)};
  const vm_init nested[] = {vm_init_i32(1), vm_init_expr(sum, 3), vm_init_add()};
  for (int i = 0; i < 1001; i++) many[i] = i == 0 || i % 2 != 0 ? vm_init_i32(i) : vm_init_mul();
  bad_arithmetic(VM_F32, sum, 3, VM_ARGUMENT, "arithmetic");
  bad_arithmetic(VM_I32, sum, 2, VM_ARGUMENT, "more than one value");
  bad_arithmetic(VM_I32, sum, 0, VM_ARGUMENT, "no operations");
  bad_arithmetic(VM_I32, NULL, 3, VM_ARGUMENT, "no operations");
  bad_arithmetic(VM_I32, wide, 3, VM_ARGUMENT, "i64");
  bad_arithmetic(VM_I32, early, 3, VM_ARGUMENT, "without two operands");
  bad_arithmetic(VM_I32, nested, 3, VM_ARGUMENT, "of kind 4");
  bad_arithmetic(VM_I64, many, 1001, VM_LIMIT, "at most 1000");
}

static void test_item_misuse(void **state)
{
  (void)state;
  uint32_t t, g, f, m;
  vm_builder *b = new_builder();
  expect_error(b, vm_builder_func(b, "f", 0, &f), VM_ARGUMENT, "function's type", "below 0");
  b = new_builder();
  vm_builder_type_array(b, "A", VM_I32, 1, &t);
  expect_error(b, vm_builder_func(b, "f", t, &f), VM_ARGUMENT, "expected a function type", "\"A\"");
  b = new_builder();
  vm_builder_type_func(b, NULL, NULL, 0, NULL, 0, &t);
  vm_builder_func(b, "f", t, &f);
  expect_error(b, vm_builder_import_func(b, "m", "g", NULL, t, &f), VM_STATE,
               "expected before the first function definition", "");
  b = new_builder();
  vm_builder_type_func(b, NULL, NULL, 0, NULL, 0, &t);
  expect_error(b, vm_builder_import_func(b, NULL, "g", NULL, t, &f), VM_ARGUMENT,
               "import's module", "NULL");
  b = new_builder();
  vm_builder_type_func(b, NULL, NULL, 0, NULL, 0, &t);
  expect_error(b, vm_builder_func_env(b, "c", t, VM_I32, &f), VM_ARGUMENT, "environment",
               "found i32");
  b = new_builder();
  vm_builder_type_func(b, NULL, NULL, 0, NULL, 0, &t);
  vm_builder_type_struct(b, "Env", VM_NO_INDEX, NULL, 0, &m);
  expect_error(b, vm_builder_func_env(b, "c", t, VM_REF_NULL(m), &f), VM_ARGUMENT, "non-null",
               "Env");
  b = new_builder();
  expect_error(b, vm_builder_memory(b, NULL, 2, 1, &m), VM_ARGUMENT, "at least 2", "found 1");
  b = new_builder();
  expect_error(b, vm_builder_memory(b, NULL, 65537, VM_NO_INDEX, &m), VM_LIMIT, "65536", "65537");
  b = new_builder();
  expect_error(b, vm_builder_table(b, NULL, VM_REF(VM_HEAP_FUNC), 1, 1, &m), VM_ARGUMENT,
               "nullable reference", "(ref func)");
  b = new_builder();
  expect_error(b, vm_builder_global(b, NULL, VM_I32, 0, vm_init_i64(1ll << 40), &g), VM_ARGUMENT,
               "i32",
               "more than 32 bits");
  b = new_builder();
  expect_error(b, vm_builder_global(b, NULL, VM_I32, 0, vm_init_null(), &g), VM_ARGUMENT, "i32",
               "null");
  b = new_builder();
  expect_error(b, vm_builder_global(b, NULL, VM_REF(VM_HEAP_ANY), 0, vm_init_null(), &g),
               VM_ARGUMENT,
               "(ref any)", "null");
  b = new_builder();
  vm_init dyn = {VM_INIT_CONST, 0x1000, NULL};
  expect_error(b, vm_builder_global(b, NULL, VM_DYN, 0, dyn, &g), VM_ARGUMENT, "dyn", "no nil");
  b = new_builder();
  vm_builder_global(b, NULL, VM_I32, 1, vm_init_i32(1), &g);
  expect_error(b, vm_builder_global(b, NULL, VM_I32, 0, vm_init_global(g), &g), VM_ARGUMENT,
               "a mutable global", "");
  test_bad_arithmetic();
  b = new_builder();
  expect_error(b, vm_builder_global(b, NULL, VM_REF_NULL(VM_HEAP_FUNC), 0, vm_init_func(1), &g),
               VM_ARGUMENT, "global", "below 0");
  b = new_builder();
  vm_init no_kind = {(vm_init_kind)9, 0, NULL};
  expect_error(b, vm_builder_global(b, NULL, VM_I32, 0, no_kind, &g), VM_ARGUMENT, "kind",
               "found 9");
  b = new_builder();
  expect_error(b, vm_builder_data_active(b, NULL, 0, vm_init_i32(0), "x", 1, &g), VM_ARGUMENT,
               "memory", "");
  b = new_builder();
  expect_error(b, vm_builder_data(b, NULL, NULL, 1, &g), VM_ARGUMENT, "found NULL", "data segment");
  b = new_builder();
  vm_builder_table(b, NULL, VM_REF_NULL(VM_HEAP_FUNC), 1, 1, &t);
  expect_error(b,
               vm_builder_elem_active(b, NULL, t, vm_init_i32(0), VM_REF_NULL(VM_HEAP_ANY), NULL,
                                      0, &g),
               VM_ARGUMENT, "expected (ref null func)", "found (ref null any)");
  b = new_builder();
  expect_error(b, vm_builder_elem(b, NULL, VM_I32, NULL, 0, &g), VM_ARGUMENT, "reference type", "");
  b = new_builder();
  vm_builder_memory(b, NULL, 1, 1, &m);
  vm_builder_export_memory(b, "m", m);
  expect_error(b, vm_builder_export_memory(b, "m", m), VM_ARGUMENT, "export \"m\"", "second time");
  b = new_builder();
  expect_error(b, vm_builder_export_global(b, "g", 0), VM_ARGUMENT, "global", "below 0");
  b = new_builder();
  expect_error(b, vm_builder_start(b, 4), VM_ARGUMENT, "start", "found 4");
}

static void test_missing_body(void **state)
{
  (void)state;
  uint8_t *bytes;
  size_t size;
  uint32_t t, f;
  vm_fn *fn;
  vm_builder *b = new_builder();
  vm_builder_type_func(b, NULL, NULL, 0, NULL, 0, &t);
  vm_builder_func(b, "gone", t, &f);
  expect_error(b, vm_builder_finish(b, &bytes, &size, NULL), VM_STATE, "\"gone\"",
               "only a declaration");
  fixture x = open_function();
  expect_error(x.b, vm_builder_finish(x.b, &bytes, &size, NULL), VM_STATE, "\"f\"",
               "without vm_fn_end");
  x = open_function();
  expect_error(x.b, vm_fn_begin(x.b, x.func, &fn), VM_STATE, "function 0", "being built");
  assert_null(fn);
  x = open_function();
  expect_error(x.b, vm_fn_begin(x.b, 9, &fn), VM_ARGUMENT, "below 1", "found 9");
}

/* ---- misuse inside functions ---- */

static void test_operands(void **state)
{
  (void)state;
  fixture x = open_function();
  vm_fn_local_get(x.fn, 0);
  vm_fn_local_get(x.fn, 1);
  expect_fn_error(x, vm_fn_op(x.fn, VMI_OP_I32_ADD), VM_ARGUMENT,
                  "i32.add: operand 2: expected i32, found i64");
  x = open_function();
  expect_fn_error(x, vm_fn_op(x.fn, VMI_OP_DROP), VM_ARGUMENT,
                  "drop: expected 1 operands, found 0");
  x = open_function();
  expect_fn_error(x, vm_fn_local_get(x.fn, 2), VM_ARGUMENT, "local 2 does not exist");
  x = open_function();
  expect_fn_error(x, vm_fn_call(x.fn, 7), VM_ARGUMENT, "function 7 does not exist");
  x = open_function();
  expect_fn_error(x, vm_fn_op(x.fn, 0xFFFF), VM_ARGUMENT, "expected an opcode");
  x = open_function();
  expect_fn_error(x, vm_fn_op(x.fn, VMI_OP_I32_CONST), VM_ARGUMENT,
                  "expected 1 immediates, found 0");
  x = open_function();
  expect_fn_error(x, vm_fn_op1(x.fn, VMI_OP_I32_CONST, 1ull << 32), VM_ARGUMENT,
                  "expected 32 bits");
  x = open_function();
  expect_fn_error(x, vm_fn_op1(x.fn, VMI_OP_SWITCH, 0), VM_ARGUMENT, "vm_fn_switch");
  x = open_function();
  expect_fn_error(x, vm_fn_ref_null(x.fn, VM_REF(VM_HEAP_ANY)), VM_ARGUMENT, "nullable");
  x = open_function();
  expect_fn_error(x, vm_fn_ref_null(x.fn, VM_I32), VM_ARGUMENT, "reference");
  x = open_function();
  expect_fn_error(x, vm_fn_struct_new(x.fn, x.type), VM_ARGUMENT, "expected a struct type");
  x = open_function();
  expect_fn_error(x, vm_fn_load(x.fn, VMI_OP_I32_STORE, 0, 0), VM_ARGUMENT, "expected a load");
  x = open_function();
  vm_fn_i32_const(x.fn, 0);
  expect_fn_error(x, vm_fn_load(x.fn, VMI_OP_I32_LOAD, 0, 0), VM_ARGUMENT,
                  "memory 0 does not exist");
  x = open_function();
  vm_fn_i32_const(x.fn, 0);
  vm_fn_i32_const(x.fn, 0);
  expect_fn_error(x, vm_fn_return(x.fn), VM_ARGUMENT, "return: expected a stack of");
}

static void test_undefined_struct(void **state)
{
  (void)state;
  fixture x = open_function();
  uint32_t t;
  vm_builder_type_declare(x.b, "Node", &t);
  expect_fn_error(x, vm_fn_struct_new(x.fn, t), VM_STATE, "only a declaration of type 1 \"Node\"");
}

static void test_label_misuse(void **state)
{
  (void)state;
  static const vm_type two[] = {VM_I32, VM_I32};
  uint32_t l;
  fixture x = open_function();
  expect_fn_error(x, vm_fn_br(x.fn, 0), VM_ARGUMENT, "label 0 does not exist");
  x = open_function();
  expect_fn_error(x, vm_fn_label_bind(x.fn, 0), VM_ARGUMENT, "label: expected an index below 0");
  x = open_function();
  vm_fn_label_new(x.fn, NULL, 0, "a", &l);
  vm_fn_label_bind(x.fn, l);
  expect_fn_error(x, vm_fn_label_bind(x.fn, l), VM_STATE, "found it bound at offset 0");
  x = open_function();
  vm_fn_label_new(x.fn, two, 2, "pair", &l);
  vm_fn_i32_const(x.fn, 1);
  expect_fn_error(x, vm_fn_br(x.fn, l), VM_ARGUMENT,
                  "label 0 (pair): expected 2 stack entries, found 1");
  x = open_function();
  vm_fn_label_new(x.fn, two, 2, NULL, &l);
  vm_fn_i32_const(x.fn, 1);
  vm_fn_local_get(x.fn, 1);
  expect_fn_error(x, vm_fn_label_bind(x.fn, l), VM_ARGUMENT, "expected i32, found i64");
  x = open_function();
  vm_fn_label_new(x.fn, NULL, 0, "never", &l);
  vm_fn_i32_const(x.fn, 1);
  vm_fn_return(x.fn);
  expect_fn_error(x, vm_fn_end(x.fn), VM_STATE, "label 0 \"never\": expected to be bound");
  x = open_function();
  vm_fn_i32_const(x.fn, 1);
  expect_fn_error(x, vm_fn_end(x.fn), VM_STATE, "expected an unconditional transfer");
  x = open_function();
  expect_fn_error(x, vm_fn_end(x.fn), VM_STATE, "expected an unconditional transfer");
  x = open_function();
  vm_fn_i32_const(x.fn, 1);
  vm_fn_return(x.fn);
  assert_false(vm_fn_reachable(x.fn));
  expect_fn_error(x, vm_fn_i32_const(x.fn, 1), VM_STATE, "unreachable code: expected a label");
  x = open_function();
  vm_type bad = VM_REF(77);
  expect_fn_error(x, vm_fn_label_new(x.fn, &bad, 1, NULL, &l), VM_ARGUMENT, "label's stack type");
  assert_int_equal(l, VM_NO_INDEX);
  x = open_function();
  vm_fn_i32_const(x.fn, 1);
  expect_fn_error(x, vm_fn_switch(x.fn, NULL, 0, 3), VM_ARGUMENT, "label 3 does not exist");
}

/* f(a, b) = a + (b == 0 ? 5 : 9), with a label in the middle of the sum. */
static void test_label_here(void **state)
{
  (void)state;
  static const vm_type i32 = VM_I32;
  uint32_t zero, end;
  fixture x = open_function();
  vm_fn_local_get(x.fn, 0);
  vm_fn_label_here(x.fn, NULL, 0, "zero", &zero);
  vm_fn_label_here(x.fn, &i32, 1, "end", &end);
  vm_fn_local_get(x.fn, 1);
  vm_fn_op(x.fn, VMI_OP_I64_EQZ);
  vm_fn_br_if(x.fn, zero);
  vm_fn_i32_const(x.fn, 9);
  vm_fn_br(x.fn, end);
  vm_fn_label_bind(x.fn, zero);
  assert_int_equal(vm_fn_depth(x.fn), 1);
  vm_fn_i32_const(x.fn, 5);
  vm_fn_label_bind(x.fn, end);
  assert_int_equal(vm_fn_depth(x.fn), 2);
  vm_fn_op(x.fn, VMI_OP_I32_ADD);
  vm_fn_return(x.fn);
  assert_int_equal(vm_fn_end(x.fn), VM_OK);
  expect_valid(x.b);

  x = open_function();
  vm_fn_local_get(x.fn, 0);
  vm_fn_return(x.fn);
  expect_fn_error(x, vm_fn_label_here(x.fn, NULL, 0, NULL, &end), VM_STATE, "unreachable code");
  x = open_function();
  expect_fn_error(x, vm_fn_label_here(x.fn, NULL, 1, NULL, &end), VM_ARGUMENT, "found NULL");
  assert_int_equal(end, VM_NO_INDEX);
  x = open_function();
  vm_fn_local_get(x.fn, 0);
  static vm_type many[10000];
  expect_fn_error(x, vm_fn_label_here(x.fn, many, 10000, NULL, &end), VM_LIMIT, "found 10001");
}

static void test_handler_misuse(void **state)
{
  (void)state;
  uint32_t l, r;
  fixture x = open_function();
  expect_fn_error(x, vm_fn_try_begin(x.fn, 0, &r), VM_ARGUMENT, "handler's label");
  x = open_function();
  vm_fn_label_new(x.fn, NULL, 0, NULL, &l);
  expect_fn_error(x, vm_fn_try_begin(x.fn, l, &r), VM_ARGUMENT, "((ref exn))");
  x = open_function();
  expect_fn_error(x, vm_fn_try_end(x.fn, 0), VM_ARGUMENT, "handler range");
  x = open_function();
  vm_fn_label_new(x.fn, exn_type, 1, NULL, &l);
  vm_fn_try_begin(x.fn, l, &r);
  vm_fn_try_end(x.fn, r);
  expect_fn_error(x, vm_fn_try_end(x.fn, r), VM_STATE, "found it ended");
  x = open_function();
  vm_fn_label_new(x.fn, exn_type, 1, NULL, &l);
  vm_fn_try_begin(x.fn, l, &r);
  vm_fn_label_bind(x.fn, l);
  expect_error(x.b, vm_fn_end(x.fn), VM_ARGUMENT, "label 0: expected 1 stack entries, found 0", "");
  x = open_function();
  vm_fn_label_new(x.fn, exn_type, 1, NULL, &l);
  vm_fn_try_begin(x.fn, l, &r);
  vm_fn_op(x.fn, VMI_OP_UNREACHABLE);
  vm_fn_label_bind(x.fn, l);
  vm_fn_op(x.fn, VMI_OP_RETHROW);
  expect_fn_error(x, vm_fn_end(x.fn), VM_STATE, "handler range 0: expected vm_fn_try_end");
}

static void test_local_misuse(void **state)
{
  (void)state;
  uint32_t l;
  fixture x = open_function();
  expect_fn_error(x, vm_fn_local(x.fn, VM_REF(VM_HEAP_ANY), NULL, &l), VM_ARGUMENT,
                  "found (ref any)");
  x = open_function();
  expect_fn_error(x, vm_fn_local_name(x.fn, 9, "x"), VM_ARGUMENT,
                  "local: expected an index below 2");
  x = open_function();
  expect_fn_error(x, vm_fn_file(x.fn, 0), VM_ARGUMENT, "source file");
  x = open_function();
  vm_type type;
  expect_fn_error(x, vm_fn_operand(x.fn, 0, &type), VM_ARGUMENT, "found 0 entries");
  x = open_function();
  for (int i = 0; i < VMI_MAX_LOCALS - 2; i++) {
    assert_int_equal(vm_fn_local(x.fn, VM_I32, NULL, NULL), VM_OK);
  }
  expect_fn_error(x, vm_fn_local(x.fn, VM_I32, NULL, &l), VM_LIMIT,
                  "locals: expected at most 50000");
}

static void test_ended_function(void **state)
{
  (void)state;
  fixture x = open_function();
  vm_fn_i32_const(x.fn, 1);
  vm_fn_return(x.fn);
  assert_int_equal(vm_fn_end(x.fn), VM_OK);
  expect_error(x.b, vm_fn_op(x.fn, VMI_OP_NOP), VM_STATE, "after vm_fn_end", "");
}

static void test_deep_stack(void **state)
{
  (void)state;
  fixture x = open_function();
  for (int i = 0; i < VMI_MAX_STACK; i++) assert_int_equal(vm_fn_i32_const(x.fn, i), VM_OK);
  expect_fn_error(x, vm_fn_i32_const(x.fn, 0), VM_LIMIT, "at most 10000 stack entries");
}

/* ---- what is right ---- */

static void test_empty(void **state)
{
  (void)state;
  expect_valid(new_builder());
}

/* Labels made in another order than bound, so that their numbers and the code's size change. */
static void test_label_order(void **state)
{
  (void)state;
  fixture x = open_function();
  uint32_t labels[300], late;
  for (int i = 0; i < 300; i++) {
    char name[16];
    snprintf(name, sizeof name, "l%d", i);
    vm_fn_label_new(x.fn, NULL, 0, name, &labels[i]);
  }
  vm_fn_label_new(x.fn, exn_type, 1, "caught", &late);
  uint32_t range, inner;
  vm_fn_try_begin(x.fn, late, &range);
  vm_fn_local_get(x.fn, 0);
  vm_fn_switch(x.fn, labels, 300, labels[7]);
  for (int i = 299; i >= 0; i--) {
    vm_fn_line(x.fn, 1000 - (uint32_t)i);
    vm_fn_label_bind(x.fn, labels[i]);
    vm_fn_try_begin(x.fn, late, &inner);
    vm_fn_local_get(x.fn, 0);
    vm_fn_br_if(x.fn, labels[(i * 7 + 3) % 300]);
    vm_fn_try_end(x.fn, inner);
  }
  vm_fn_local_get(x.fn, 0);
  vm_fn_return(x.fn);
  vm_fn_try_end(x.fn, range);
  vm_fn_label_bind(x.fn, late);
  vm_fn_op(x.fn, VMI_OP_EXN_CODE);
  vm_fn_return(x.fn);
  assert_int_equal(vm_fn_end(x.fn), VM_OK);
  vm_builder_export_func(x.b, "f", x.func);
  expect_valid(x.b);
}

static void add_list_type(vm_builder *b, uint32_t *node, uint32_t *sub, uint32_t *bytes)
{
  vm_builder_type_declare(b, "Node", node);
  vm_builder_type_array(b, "Bytes", VM_I8, 1, bytes);
  vm_field_def fields[] = {{VM_REF_NULL(*node), 1, "next"}, {VM_I32, 0, "tag"}, {VM_I16, 1, NULL}};
  vm_builder_type_define(b, *node, VM_NO_INDEX, fields, 3);
  vm_field_def more[] = {{VM_REF_NULL(*bytes), 1, "bytes"}, {VM_F64, 1, "weight"}};
  vm_builder_type_struct(b, "SubNode", *node, more, 2, sub);
}

static void emit_everything(vm_fn *fn, uint32_t node, uint32_t sub, uint32_t bytes, uint32_t self)
{
  uint32_t n, handler, range, done, arm;
  static const vm_type result[] = {VM_I64};
  vm_fn_local(fn, VM_REF_NULL(node), "n", &n);
  vm_fn_label_new(fn, exn_type, 1, "handler", &handler);
  vm_fn_label_new(fn, result, 1, "done", &done);
  vm_fn_label_new(fn, NULL, 0, "arm", &arm);
  vm_fn_line(fn, 3);
  vm_fn_try_begin(fn, handler, &range);
  vm_fn_ref_null(fn, VM_REF_NULL(node));
  vm_fn_i32_const(fn, -5);
  vm_fn_i32_const(fn, 70000);
  vm_fn_i32_const(fn, 16);
  vm_fn_array_new_default(fn, bytes);
  vm_fn_f64_const(fn, 0.5);
  vm_fn_struct_new(fn, sub);
  vm_fn_local_tee(fn, n);
  vm_fn_struct_get(fn, node, 1);
  vm_fn_switch(fn, &arm, 1, arm);
  vm_fn_label_bind(fn, arm);
  vm_fn_line(fn, 9);
  vm_fn_local_get(fn, n);
  vm_fn_ref_cast(fn, VM_REF(sub));
  vm_fn_struct_get(fn, sub, 3);
  vm_fn_array_len(fn);
  vm_fn_drop(fn);
  vm_fn_local_get(fn, 0);
  vm_fn_call(fn, self);
  vm_fn_try_end(fn, range);
  vm_fn_br(fn, done);
  vm_fn_label_bind(fn, handler);
  vm_fn_op(fn, VMI_OP_EXN_CODE);
  vm_fn_op(fn, VMI_OP_I64_EXTEND_I32_S);
  vm_fn_label_bind(fn, done);
  vm_fn_return(fn);
}

static void test_everything(void **state)
{
  (void)state;
  static const vm_type i64[] = {VM_I64}, func_null = VM_REF_NULL(VM_HEAP_FUNC);
  vm_builder *b = new_builder();
  uint32_t node, sub, bytes, sig, nullary, print, limit, mem, tab, f, closure, start, g;
  vm_builder_name(b, "everything");
  vm_builder_producers(b, "unit test");
  add_list_type(b, &node, &sub, &bytes);
  vm_builder_type_func(b, "unary", i64, 1, i64, 1, &sig);
  vm_builder_type_func(b, NULL, NULL, 0, NULL, 0, &nullary);
  vm_builder_import_func(b, "vm", "print", "print", sig, &print);
  vm_builder_import_global(b, "env", "limit", "limit", VM_I32, 0, &limit);
  vm_builder_import_memory(b, "env", "memory", NULL, 1, 2, &mem);
  vm_builder_import_table(b, "env", "table", NULL, func_null, 0, 10, &tab);
  vm_builder_import_type(b, "geo", "Node", node);
  vm_builder_func(b, "f", sig, &f);
  vm_builder_func_env(b, "closure", sig, VM_REF(node), &closure);
  vm_builder_func(b, "start", nullary, &start);
  vm_builder_memory(b, "heap", 1, VM_NO_INDEX, &mem);
  vm_builder_table(b, "ops", VM_REF_NULL(sig), 2, 4, &tab);
  vm_builder_global(b, "pi", VM_F64, 0, vm_init_f64(3.14), &g);
  vm_builder_global(b, "e", VM_F32, 1, vm_init_f32(-0.0f), &g);
  vm_builder_global(b, "nil", VM_DYN, 1, vm_init_nil(), &g);
  vm_builder_global(b, "limit2", VM_I32, 1, vm_init_global(limit), &g);
  vm_init sum[] = {vm_init_i32(-7), vm_init_global(limit), vm_init_i32(3), vm_init_mul(),
                   vm_init_sub(), vm_init_i32(1), vm_init_add()};
  vm_builder_global(b, "sum", VM_I32, 0, vm_init_expr(sum, 7), &g);
  vm_builder_global(b, "sum2", VM_I32, 0, vm_init_expr(&(vm_init){VM_INIT_GLOBAL, g, NULL}, 1), &g);
  vm_builder_global(b, "fp", VM_REF(sig), 0, vm_init_func(f), &g);
  vm_init items[] = {vm_init_func(f), vm_init_null(), vm_init_func(print)};
  vm_builder_elem(b, "fns", VM_REF_NULL(sig), items, 3, NULL);
  vm_builder_elem_active(b, NULL, tab, vm_init_global(limit), VM_REF_NULL(sig), items, 2, NULL);
  vm_builder_data(b, "hello", "Hello\n", 6, NULL);
  vm_builder_data_active(b, NULL, mem, vm_init_i32(-1), "", 0, NULL);
  vm_builder_export_func(b, "f", f);
  vm_builder_export_global(b, "fp", g);
  vm_builder_export_table(b, "ops", tab);
  vm_builder_export_memory(b, "heap", mem);
  vm_builder_export_type(b, "Node", node);
  vm_builder_start(b, start);
  vm_builder_file(b, "everything.src", NULL);
  vm_fn *one, *two, *three; /* all open at once */
  vm_fn_begin(b, f, &one);
  vm_fn_begin(b, closure, &two);
  vm_fn_begin(b, start, &three);
  emit_everything(one, node, sub, bytes, f);
  vm_fn_local_name(two, 1, "env");
  vm_fn_local_get(two, 1);
  vm_fn_struct_get(two, node, 1);
  vm_fn_op(two, VMI_OP_I64_EXTEND_I32_U);
  vm_fn_return(two);
  vm_fn_return(three);
  assert_int_equal(vm_fn_end(two), VM_OK);
  assert_int_equal(vm_fn_end(three), VM_OK);
  assert_int_equal(vm_fn_end(one), VM_OK);
  expect_valid(b);
}

/* Many functions through one recycled body. */
static void test_many_functions(void **state)
{
  (void)state;
  static const vm_type i32[] = {VM_I32};
  vm_builder *b = new_builder();
  uint32_t sig, funcs[2000];
  vm_builder_type_func(b, NULL, i32, 1, i32, 1, &sig);
  for (int i = 0; i < 2000; i++) vm_builder_func(b, NULL, sig, &funcs[i]);
  for (int i = 1999; i >= 0; i--) {
    vm_fn *fn;
    uint32_t local, loop;
    vm_fn_begin(b, funcs[i], &fn);
    vm_fn_local(fn, VM_I64, i % 3 == 0 ? "x" : NULL, &local);
    assert_int_equal(local, 1);
    vm_fn_label_new(fn, NULL, 0, NULL, &loop);
    vm_fn_label_bind(fn, loop);
    vm_fn_local_get(fn, 0);
    vm_fn_br_if(fn, loop);
    vm_fn_local_get(fn, 0);
    vm_fn_return_call(fn, funcs[(i * 31 + 5) % 2000]);
    assert_int_equal(vm_fn_end(fn), VM_OK);
  }
  expect_valid(b);
}

/* ---- memory ---- */

typedef struct failing {
  long left, live;
} failing;

static void *failing_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  failing *f = user;
  if (new_size == 0) {
    f->live -= (long)old_size;
    free(block);
    return NULL;
  }
  if (f->left-- <= 0) return NULL;
  void *p = realloc(block, new_size);
  if (p != NULL) f->live += (long)new_size - (block ? (long)old_size : 0);
  return p;
}

static vm_status build_small(const vm_allocator *alloc)
{
  static const vm_type i64[] = {VM_I64};
  vm_builder *b;
  vm_error e = VM_ERROR_INIT;
  vm_status s = vm_builder_new(alloc, &b, &e);
  if (s != VM_OK) return s;
  uint32_t node, sub, bytes, sig, f;
  vm_fn *fn = NULL;
  uint8_t *out;
  size_t size;
  add_list_type(b, &node, &sub, &bytes);
  vm_builder_type_func(b, "unary", i64, 1, i64, 1, &sig);
  vm_builder_func(b, "f", sig, &f);
  vm_builder_export_func(b, "f", f);
  vm_builder_data(b, "d", "data", 4, NULL);
  vm_builder_file(b, "x", NULL);
  vm_fn_begin(b, f, &fn);
  emit_everything(fn, node, sub, bytes, f);
  vm_fn_end(fn);
  s = vm_builder_finish(b, &out, &size, &e);
  if (s == VM_OK) vm_builder_bytes_free(alloc, out, size);
  vm_builder_free(b);
  return s;
}

static void test_memory(void **state)
{
  (void)state;
  vm_status s = VM_MEMORY;
  for (long n = 0; s != VM_OK; n++) {
    failing f = {n, 0};
    vm_allocator alloc = {failing_resize, &f};
    s = build_small(&alloc);
    if (s != VM_OK) assert_int_equal(s, VM_MEMORY);
    assert_int_equal(f.live, 0);
    assert_true(n < 10000);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_arguments),      cmocka_unit_test(test_type_misuse),
    cmocka_unit_test(test_too_many_fields), cmocka_unit_test(test_dedup),
    cmocka_unit_test(test_item_misuse),    cmocka_unit_test(test_missing_body),
    cmocka_unit_test(test_operands),       cmocka_unit_test(test_undefined_struct),
    cmocka_unit_test(test_label_misuse),   cmocka_unit_test(test_label_here),
    cmocka_unit_test(test_handler_misuse),
    cmocka_unit_test(test_local_misuse),   cmocka_unit_test(test_ended_function),
    cmocka_unit_test(test_deep_stack),     cmocka_unit_test(test_empty),
    cmocka_unit_test(test_label_order),    cmocka_unit_test(test_everything),
    cmocka_unit_test(test_many_functions), cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
