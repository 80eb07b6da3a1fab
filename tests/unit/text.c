/* text.c - tests of lib/text: round trips between text and binary, and errors with their places.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "number.h"
#include "text.h"

/* ---- a hook that counts, and fails when told to ---- */

typedef struct counter {
  size_t live;
  long left; /* allocations that still succeed */
} counter;

static void *counting(void *user, void *block, size_t old_size, size_t new_size)
{
  counter *c = user;
  if (new_size == 0) {
    c->live -= old_size;
    free(block);
    return NULL;
  }
  if (c->left-- <= 0) return NULL;
  void *result = realloc(block, new_size);
  assert_non_null(result);
  c->live += new_size - old_size;
  return result;
}

/* ---- round trips ---- */

typedef struct blob {
  uint8_t *bytes;
  size_t size;
} blob;

static blob write_module(const vmi_alloc *a, const vmi_module *m)
{
  vm_error e = VM_ERROR_INIT;
  blob b = {0};
  assert_int_equal(vmi_module_write(a, m, &b.bytes, &b.size, &e), VM_OK);
  return b;
}

static vmi_module *assemble(const vmi_alloc *a, const char *text, size_t size)
{
  vm_error e = VM_ERROR_INIT;
  vmi_module *m = NULL;
  vm_status status = vmi_text_assemble(a, text, size, &m, &e);
  if (status != VM_OK) fail_msg("%s\n%.*s", e.message, (int)size, text);
  return m;
}

/* `m` to text and back gives the same bytes; the text is returned. */
static char *check_module(const vmi_alloc *a, vmi_module *m, size_t *size)
{
  vm_error e = VM_ERROR_INIT;
  char *text;
  blob one = write_module(a, m);
  assert_int_equal(vmi_text_disassemble(a, m, &text, size, &e), VM_OK);
  assert_int_equal(text[*size], '\0');
  vmi_module *again = assemble(a, text, *size);
  blob two = write_module(a, again);
  if (one.size != two.size || memcmp(one.bytes, two.bytes, one.size) != 0) {
    fail_msg("other bytes from:\n%s", text);
  }
  vmi_free(a, one.bytes, one.size);
  vmi_free(a, two.bytes, two.size);
  vmi_module_free(again);
  return text;
}

static void check_text(const char *source, const char *expected)
{
  counter c = {0, 1000000};
  vmi_alloc a = {counting, &c};
  size_t size;
  vmi_module *m = assemble(&a, source, strlen(source));
  char *text = check_module(&a, m, &size);
  if (expected != NULL) assert_string_equal(text, expected);
  vmi_free(&a, text, size + 1);
  vmi_module_free(m);
  assert_int_equal(c.live, 0);
}

static const char sample[] =
  "module shapes ; a comment\n"
  "source \"shapes.src\"\n"
  "type Shape  struct { tag: i32, name: mut (ref null Bytes) }\n"
  "type Circle struct : Shape { r: mut f64, flags: mut i8 }\n"
  "type Odd struct : Shape = { tag: i32, (ref null Bytes), x: i64 }\n"
  "type Bytes  array mut i8\n"
  "type unary  func (f64) -> (f64)\n"
  "type twin func (f64) -> (f64)\n"
  "type Env    struct { k: f64 }\n"
  "type Empty struct {}\n"
  "import func   print  \"vm\" \"print\" ((ref null array)) -> ()\n"
  "import global limit  \"env\" \"limit\" i32\n"
  "import memory mem    \"env\" \"memory\" 1 10\n"
  "import table  tab    \"env\" \"table\" (ref null func) 0 10\n"
  "import type   Empty  \"geo\" \"Point\"\n"
  "memory heap 1 16\n"
  "table  ops (ref null func) 4\n"
  "global count mut i32 = -7\n"
  "global zero  f64 = -0x0p+0\n"
  "global big i64 = 0xffffffffffffffff\n"
  "global d dyn = nil\n"
  "global w dyn = bits:0xfffe000000000001\n"
  "global fl f32 = nan:0xff800001\n"
  "global f (ref null unary) = null\n"
  "global g (ref func) = func area\n"
  "global h i32 = global limit\n"
  "global sum i32 = (global limit, -8, add)\n"
  "global product mut i64 = (2, 0x10, 3, sub, mul)\n"
  "data hello \"Hello\\n\\00\\ff\"\n"
  "data init  active heap 16 \"bytes\" \"more\"\n"
  "data \"a b\" active mem global limit \"\"\n"
  "elem fns   (ref null func) [func area, null]\n"
  "elem e1    (ref null func) active ops 0 [func area]\n"
  "func area (c: (ref Circle)) -> (f64) {\n"
  "  local x: f64, n: i32\n"
  "  line 12\n"
  "  local.get c\n"
  "  struct.get Circle r\n"
  "  local.set x\n"
  "  local.get c struct.get Circle tag drop\n"
  "  i32.const 10\n"
  "loop:\n"
  "  br_if loop\n"
  "again (i32, f64):\n"
  "  try t1 caught\n"
  "  try t2 caught\n"
  "  call risky\n"
  "  end t1\n"
  "  end t2\n"
  "  line 14\n"
  "  switch (loop, again, caught) again\n"
  "  switch () loop\n"
  "  f64.load mem 8\n"
  "  f64.const 0.1 f64.const nan f64.const -inf f64.const nan:0x7ff0000000000001\n"
  "  f32.const 1e10 f64.const 0x1.8p-1070 f64.const 123456789.5 f64.const 1e300\n"
  "  call_indirect ops (i32, i32) -> (i64)\n"
  "  call_indirect ops type twin\n"
  "  call_ref unary\n"
  "  select (ref null Circle)\n"
  "  ref.null (ref null Bytes)\n"
  "  array.new_data Bytes hello\n"
  "  table.init ops fns\n"
  "caught ((ref exn)):\n"
  "  throw\n"
  "}\n"
  "source none\n"
  "func adder type twin (x: f64) -> (f64) env (ref Env) e {\n"
  "  local.get e\n"
  "  struct.get Env k\n"
  "  local.get x\n"
  "  f64.add\n"
  "  return\n"
  "}\n"
  "source \"other.src\"\n"
  "func risky type unary {\n"
  "  local.get 0 return\n"
  "}\n"
  "func init () -> () { return }\n"
  "export func \"main\" area\n"
  "export global \"g\" g\n"
  "export type \"Circle\" Circle\n"
  "start init\n";

static void test_sample(void **state) { check_text(sample, NULL); }

static void test_canonical(void **state)
{
  /* Text that comes back as it is. */
  static const char text[] =
    "module m\n"
    "producers \"text 1.0, \\\"quoted\\\"\"\n"
    "type S struct { a: i32, mut f64 }\n"
    "type T struct : S { a: i8 }\n"
    "type 2 func (i32, i32) -> (i32)\n"
    "import func 0 \"m\" \"f\" (i32, i32) -> (i32)\n"
    "memory 0 1\n"
    "global \"i32\" f64 = 0.5\n"
    "global \"a b\" f64 = -12.0\n"
    "global x f64 = 1.0\n"
    "global x f64 = 0x1.6a09e667f3bcdp+0\n"
    "func \"f\\01\" (x: i32, i32) -> (i32) {\n"
    "  local x: i32, y: i64\n"
    "  local.get 0\n"
    "  local.get 2\n"
    "  local.get y\n"
    "  global.get 3\n"
    "  global.get \"a b\"\n"
    "  call 0\n"
    "  struct.get S a\n"
    "  struct.get T a\n"
    "  struct.get T 0\n"
    "  struct.get T 1\n"
    "\"drop\":\n"
    "  br \"drop\"\n"
    "1 (i32, (ref null T)):\n"
    "  br 1\n"
    "}\n";
  check_text(text, text);
}

static void test_empty(void **state)
{
  check_text("", "");
  check_text("; nothing\n\n", "");
  check_text("func f () {}", "type 0 func () -> ()\nfunc f () -> () {\n}\n");
}

/* Every instruction, with operands that need no other items. */
static void test_every_instruction(void **state)
{
  counter c = {0, 10000000};
  vmi_alloc a = {counting, &c};
  vmi_module *m = assemble(&a, "func f () { nop x: nop }", 24);
  size_t room = VMI_OP_COUNT * VMI_MAX_INSN, size = 0, text_size;
  uint8_t *code = vmi_arena_new(&m->arena, room, 1);
  vmi_func *f = &m->funcs[0];
  for (uint32_t i = 0; i < VMI_OP_COUNT; i++) {
    const vmi_op *op = &vmi_isa_ops[i];
    uint64_t imm[VMI_MAX_IMMS] = {i % 3, 70000 + i};
    if (op->imms[0] == 'h' || op->imms[0] == 'v') imm[0] = VM_REF_NULL(77);
    if (op->imms[0] == 'c' || op->imms[0] == 'C') imm[0] = (uint64_t)-99999;
    if (op->imms[0] == 'd' || op->imms[0] == 'f') imm[0] = 0x7F800123;
    size += vmi_isa_encode(op, imm, code + size);
  }
  f->code = code;
  f->code_size = (uint32_t)size;
  char *text = check_module(&a, m, &text_size);
  assert_null(strstr(text, "bytes"));
  vmi_free(&a, text, text_size + 1);
  vmi_module_free(m);
  assert_int_equal(c.live, 0);
}

/* Unverified code: any bytes, with labels, lines and handlers anywhere. */
static void test_broken_code(void **state)
{
  static const char base[] =
    "source \"a\"\ntype S struct { x: i32 }\n"
    "func f () { line 1 local.get 5 try h 0 line 2 line 2 i64.const -5000000 l1: nop end h l1: \n"
    "f64.const 1.5 l3 (i32): select (ref S) switch (l3) 0 switch 0 l4: call 3 nop }";
  counter c = {0, 10000000};
  vmi_alloc a = {counting, &c};
  uint32_t seed = 12345;
  for (int round = 0; round < 300; round++) {
    vmi_module *m = assemble(&a, base, strlen(base));
    vmi_func *f = &m->funcs[0];
    uint8_t *code = vmi_arena_copy(&m->arena, f->code, f->code_size, 1);
    vmi_label *labels = vmi_arena_copy(&m->arena, f->labels, f->nlabels, sizeof *labels);
    vmi_handler *handlers = vmi_arena_new(&m->arena, 3, sizeof *handlers);
    for (int k = 0; k < 3; k++) {
      seed = seed * 1103515245 + 12345;
      code[(seed >> 16) % f->code_size] = (uint8_t)(seed >> 8);
      labels[k].offset = labels[0].offset + (seed >> 20) % 5 + 5 * (uint32_t)k;
      uint32_t start = (seed >> 12) % f->code_size;
      handlers[k] = (vmi_handler){start, start + 1 + (seed >> 4) % (f->code_size - start), 1};
    }
    labels[3].offset = f->code_size - 1;
    f->code = code;
    f->labels = labels;
    f->handlers = handlers;
    f->nhandlers = 3;
    size_t size;
    char *text = check_module(&a, m, &size);
    vmi_free(&a, text, size + 1);
    vmi_module_free(m);
  }
  assert_int_equal(c.live, 0);
}

/* ---- numbers ---- */

static void test_floats(void **state)
{
  static const struct {
    const char *text;
    uint64_t f64, f32;
  } cases[] = {
    {"1", 0x3FF0000000000000, 0x3F800000},
    {"-0", 0x8000000000000000, 0x80000000},
    {"0x1.8p+3", 0x4028000000000000, 0x41400000},
    {"0x.8p1", 0x3FF0000000000000, 0x3F800000},
    {"inf", 0x7FF0000000000000, 0x7F800000},
    {"-inf", 0xFFF0000000000000, 0xFF800000},
    {"nan", 0x7FF8000000000000, 0x7FC00000},
    {"-nan", 0xFFF8000000000000, 0xFFC00000},
    {"0.1", 0x3FB999999999999A, 0x3DCCCCCD},
    {"1e400", 0x7FF0000000000000, 0x7F800000},
    {"0x1p-1074", 1, 0},
    {"0x1p-149", 0x36A0000000000000, 1},
    {"0x1p-150", 0x3690000000000000, 0},
    {"0x1.000001p-150", 0x3690000010000000, 1},
    {"0x1.fffffffffffff8p+1023", 0x7FF0000000000000, 0x7F800000},
    {"0x1.00000000000008p0", 0x3FF0000000000000, 0x3F800000},
    {"0x1.000000000000080000000000000000001p0", 0x3FF0000000000001, 0x3F800000},
    {"0x1p99999999999999999999", 0x7FF0000000000000, 0x7F800000},
    {"0x1p-99999999999999999999", 0, 0},
  };
  for (size_t i = 0; i < VMI_COUNT(cases); i++) {
    uint64_t bits = 0;
    uint32_t size = (uint32_t)strlen(cases[i].text);
    assert_true(vmi_number_float(cases[i].text, size, true, &bits));
    assert_true(bits == cases[i].f64);
    assert_true(vmi_number_float(cases[i].text, size, false, &bits));
    assert_true(bits == cases[i].f32);
  }
  static const char *const bad[] = {"", "-", "x", "1.", ".", "0x", "0x.p1", "0x1p", "1e", "1e+",
                                    "1 ", "--1", "nan:0x", "nan:0x1g", "infinity", "1p3", "1,5"};
  for (size_t i = 0; i < VMI_COUNT(bad); i++) {
    uint64_t bits;
    bool ok = vmi_number_float(bad[i], (uint32_t)strlen(bad[i]), true, &bits);
    assert_int_equal(ok, strcmp(bad[i], "1.") == 0);
  }
}

/* Printed floats read back as the same bits. */
static void test_float_printing(void **state)
{
  uint64_t seed = 88172645463325252u;
  for (int i = 0; i < 20000; i++) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    bool wide = i & 1;
    uint64_t bits = wide ? seed : seed & UINT32_MAX, back = 0;
    if (i % 5 == 0) bits &= wide ? 0x800FFFFFFFFFFFFF : 0x807FFFFF;
    if (i % 7 == 0) bits |= wide ? 0x7FF0000000000000 : 0x7F800000;
    char text[VMI_NUMBER_TEXT];
    uint32_t size = vmi_number_print_float(bits, wide, text);
    assert_true(size <= VMI_NUMBER_TEXT);
    assert_true(vmi_number_float(text, size, wide, &back));
    assert_true(back == bits);
  }
}

static void test_integers(void **state)
{
  uint64_t v;
  assert_true(vmi_number_int("-2147483648", 11, 32, &v) && v == 0xFFFFFFFF80000000);
  assert_true(vmi_number_int("4294967295", 10, 32, &v) && v == ~(uint64_t)0);
  assert_false(vmi_number_int("4294967296", 10, 32, &v));
  assert_false(vmi_number_int("-2147483649", 11, 32, &v));
  assert_true(vmi_number_int("-0x8000000000000000", 19, 64, &v) && v == 0x8000000000000000);
  assert_true(vmi_number_int("18446744073709551615", 20, 64, &v) && v == ~(uint64_t)0);
  assert_false(vmi_number_int("18446744073709551616", 20, 64, &v));
  assert_false(vmi_number_int("", 0, 64, &v));
  assert_false(vmi_number_int("0x", 2, 64, &v));
}

/* ---- errors ---- */

static void bad(const char *text, uint32_t line, uint32_t column, const char *message)
{
  counter c = {0, 1000000};
  vmi_alloc a = {counting, &c};
  vm_error e = VM_ERROR_INIT;
  vmi_module *m = NULL;
  vm_status status = vmi_text_assemble(&a, text, strlen(text), &m, &e);
  assert_true(status == VM_SYNTAX || status == VM_LIMIT);
  assert_int_equal(status, e.status);
  if (strstr(e.message, message) == NULL) fail_msg("%s\nnot: %s", e.message, message);
  if (e.line != line || e.column != column) {
    fail_msg("%s: expected %u:%u, found %u:%u", e.message, line, column, e.line, e.column);
  }
  assert_int_equal(c.live, 0);
}

static void test_errors(void **state)
{
  bad("global g i32 = (1)", 1, 17, "two values and an operation at least");
  bad("global g i32 = (1, 2, div)", 1, 23, "found 'div'");
  bad("global g i32 = (1, null, add)", 1, 20, "found a reference");
  bad("global g i32 = (1, (2, 3, add), add)", 1, 20, "expected a constant, global NAME, add");
  bad("global g i32 = (1, 2, add", 1, 26, "expected ',' or ')'");
  bad("func f () {\n  i32.const x\n}", 2, 13, "expected a number of 32 bits, found 'x'");
  bad("func f () {\n  i32.const\n}", 2, 3,
      "i32.const: expected a number, found the end of the line");
  bad("func f () {\n  i32.const 4294967296\n}", 2, 13, "found '4294967296'");
  bad("func f () {\n  i32.ad\n}", 2, 3, "expected an instruction, a label with ':', a directive");
  bad("func f () {\n  i32.add 3\n}", 2, 11, "found '3'");
  bad("func f () {\n  br nowhere\n  nop }", 2, 6,
      "expected a label, found the unknown name 'nowhere'");
  bad("func f () { a: nop a: nop br a }", 1, 30, "names both 0 and 1");
  bad("func f () { nop a: }", 1, 17, "expected an instruction behind the label");
  bad("func f () {\n  nop\n", 1, 11, "expected '}' for the '{' here");
  bad("func f () { local.get x }", 1, 23, "expected a local, found the unknown name 'x'");
  bad("func f () { nop local i32 }", 1, 23, "expected locals before");
  bad("func f () { call g }", 1, 18, "expected a function");
  bad("func f () { try t l l: nop }", 1, 17, "expected an 'end'");
  bad("func f () { l: nop end t }", 1, 24, "expected an open handler range, found 't'");
  bad("func f () { l: try t l end t nop }", 1, 28, "expected instructions in the handler range");
  bad("func f () { l: try t l nop try t l end t }", 1, 32,
      "expected a name of no open handler range");
  bad("func f () { l: try t l nop end t end t }", 1, 38,
      "expected an open handler range, found 't'");
  bad("func f () { 1: nop }", 1, 13, "its index 0, found 1");
  bad("func f () { a (i32: nop }", 1, 19, "expected ',' or ')'");
  bad("func f () { switch (a b) c }", 1, 23, "expected ',' or ')'");
  bad("func f () { switch (0) 0 }", 1, 21, "found index 0 of only 0");
  bad("func f () { ref.null i32 }", 1, 22, "expected a reference type");
  bad("func f () { bytes \"\\zz\" }", 1, 20, "after the backslash");
  bad("func 1 () { }", 1, 6, "expected the function's name, or its index 0, found '1'");
  bad("func f (i32 -> () { }", 1, 13, "expected ',' or ')'");
  bad("type A array (ref B) type B array i8", 1, 19, "expected a struct type or an earlier type");
  bad("type A struct : B { } type B struct { }", 1, 17, "expected an earlier struct type");
  bad("type A struct { x i32 }", 1, 17, "expected a type");
  bad("type A thing", 1, 8, "expected 'struct', 'array' or 'func'");
  bad("type U func () func f type U (i32) {}", 1, 30, "expected the signature of the named type");
  bad("type U array i8 func f type U {}", 1, 29, "expected a function type, found an array type");
  bad("memory m 3 2", 1, 10, "expected a maximum of at least 3");
  bad("memory m 70000", 1, 10, "expected sizes of at most 65536");
  bad("memory m 1 import memory n \"a\" \"b\" 1", 1, 26, "expected imports before");
  bad("global g i32 = 1.5", 1, 16, "expected a number of 32 bits");
  bad("global g i32 = func f", 1, 21, "expected a function, found the unknown name 'f'");
  bad("global g i32 = ", 1, 16, "found the end of the text");
  bad("global g (ref any) = 3", 1, 22, "expected null, func NAME or global NAME");
  bad("export func \"f\" 0", 1, 17, "found index 0 of only 0");
  bad("func f () {} export func \"f\" f export func \"f\" f", 1, 44, "not exported yet");
  bad("func f () {} start f start f", 1, 28, "found a second");
  bad("data d \"abc", 1, 8, "a string that is not closed");
  bad("data d 3", 1, 8, "expected bytes in quotes");
  bad("hello", 1, 1, "expected a declaration");
  bad("\n\n  #", 3, 3, "a character that starts no token");
  bad("func f () { local.get #\n}", 1, 23, "a character that starts no token");
}

static void test_long_name(void **state)
{
  size_t size = VMI_MAX_NAME + 100;
  char *text = malloc(size + 1);
  memset(text, 'a', size);
  text[size] = '\0';
  memcpy(text, "module ", 7);
  bad(text, 1, (uint32_t)size + 1, "names of at most");
  free(text);
}

/* A text that starts with a number, in a block of its own: nothing before it may be read. */
static void test_first_byte(void **state)
{
  char *text = strdup("7+");
  bad(text, 1, 1, "found '7'");
  free(text);
}

/* Every cut of the sample is an error with a place, or a smaller module; none leaks. */
static void test_cuts(void **state)
{
  for (size_t size = 0; size < sizeof sample - 1; size += 3) {
    counter c = {0, 1000000};
    vmi_alloc a = {counting, &c};
    vm_error e = VM_ERROR_INIT;
    vmi_module *m = NULL;
    vm_status status = vmi_text_assemble(&a, sample, size, &m, &e);
    if (status == VM_OK) vmi_module_free(m);
    if (status == VM_SYNTAX) assert_true(e.line > 0 && e.column > 0);
    assert_int_equal(c.live, 0);
  }
}

static void test_memory(void **state)
{
  vm_status status = VM_MEMORY;
  for (long n = 0; status == VM_MEMORY; n++) {
    counter c = {0, n};
    vmi_alloc a = {counting, &c};
    vmi_module *m = NULL;
    char *text = NULL;
    size_t size;
    status = vmi_text_assemble(&a, sample, sizeof sample - 1, &m, NULL);
    if (status == VM_OK) status = vmi_text_disassemble(&a, m, &text, &size, NULL);
    if (status == VM_OK) vmi_free(&a, text, size + 1);
    vmi_module_free(m);
    assert_int_equal(c.live, 0);
  }
  assert_int_equal(status, VM_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_floats),   cmocka_unit_test(test_float_printing),
    cmocka_unit_test(test_integers), cmocka_unit_test(test_empty),
    cmocka_unit_test(test_sample),   cmocka_unit_test(test_canonical),
    cmocka_unit_test(test_every_instruction), cmocka_unit_test(test_broken_code),
    cmocka_unit_test(test_errors),   cmocka_unit_test(test_long_name),
    cmocka_unit_test(test_first_byte), cmocka_unit_test(test_cuts),
    cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
