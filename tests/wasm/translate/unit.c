/* unit.c - the translator's interface: arguments, limits, names, and every allocation failing.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cases.h"
#include "vm/vm.h"
#include "wasm.h"

static void test_is_binary(void **state)
{
  (void)state;
  assert_true(wasm_is_binary("\0asm\1\0\0", 8));
  assert_true(wasm_is_binary("\0asm", 4));
  assert_false(wasm_is_binary("\0as", 3));
  assert_false(wasm_is_binary("\0vm\1\1\0\0", 8));
  assert_false(wasm_is_binary(NULL, 0));
}

static void test_arguments(void **state)
{
  (void)state;
  static const char empty[] = "\0asm\1\0\0";
  uint8_t *out = (uint8_t *)1;
  size_t size = 1;
  vm_error e = VM_ERROR_INIT;
  assert_int_equal(wasm_translate(NULL, NULL, 0, &out, &size, &e), VM_ARGUMENT);
  assert_null(out);
  assert_int_equal(size, 0);
  assert_int_equal(e.status, VM_ARGUMENT);
  assert_non_null(strstr(e.message, "found NULL"));
  assert_int_equal(wasm_translate(NULL, empty, 8, NULL, &size, NULL), VM_ARGUMENT);
  assert_int_equal(wasm_translate(NULL, empty, 8, &out, NULL, NULL), VM_ARGUMENT);
  assert_int_equal(wasm_translate(NULL, empty, 8, &out, &size, &e), VM_OK);
  vm_builder_bytes_free(NULL, out, size);
}

static void test_error(void **state)
{
  (void)state;
  static const uint8_t bytes[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0,
                                  3, 2, 1, 0, 10, 5, 1, 3, 0, 0x1A, 0x0B};
  uint8_t *out;
  size_t size;
  vm_error e = VM_ERROR_INIT;
  assert_int_equal(wasm_translate(NULL, bytes, sizeof bytes, &out, &size, &e), VM_INVALID);
  assert_int_equal(e.status, VM_INVALID);
  assert_int_equal(e.function, 0);
  assert_int_equal(e.offset, 23);
  assert_null(out);
  assert_int_equal(wasm_translate(NULL, bytes, sizeof bytes, &out, &size, NULL), VM_INVALID);
}

/* ---- hostile binaries: little input, much work ---- */

typedef struct buffer {
  uint8_t *bytes;
  size_t size, room;
} buffer;

static void put(buffer *b, const void *bytes, size_t size)
{
  while (b->size + size > b->room) {
    b->room = b->room * 2 + 4096;
    b->bytes = realloc(b->bytes, b->room);
    assert_non_null(b->bytes);
  }
  memcpy(b->bytes + b->size, bytes, size);
  b->size += size;
}

static void put_repeated(buffer *b, const char *bytes, size_t size, int times)
{
  for (int i = 0; i < times; i++) put(b, bytes, size);
}

/* Five bytes, so that the place is known before the size is. */
static void put_size(uint8_t *at, size_t size)
{
  for (int i = 0; i < 5; i++) at[i] = (uint8_t)((size >> 7 * i & 0x7F) | (i < 4 ? 0x80 : 0));
}

/* One function () -> () with this body, without its end. */
static vm_status translate_body(const buffer *body, vm_error *e)
{
  buffer b = {0};
  static const uint8_t head[] = {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10};
  uint8_t size[5], out_of_line[1] = {1};
  put(&b, head, sizeof head);
  put_size(size, body->size + 2 + 6);
  put(&b, size, 5);
  put(&b, out_of_line, 1);
  put_size(size, body->size + 2);
  put(&b, size, 5);
  put(&b, "\0", 1);
  put(&b, body->bytes, body->size);
  put(&b, "\x0B", 1);
  uint8_t *out;
  size_t out_size;
  vm_status s = wasm_translate(NULL, b.bytes, b.size, &out, &out_size, e);
  vm_builder_bytes_free(NULL, out, out_size);
  free(b.bytes);
  free(body->bytes);
  return s;
}

static void test_deep_stack(void **state)
{
  (void)state;
  vm_error e = VM_ERROR_INIT;
  buffer b = {0};
  put_repeated(&b, "\x41\x00", 2, 10001);
  put_repeated(&b, "\x1A", 1, 10001);
  assert_int_equal(translate_body(&b, &e), VM_LIMIT);
  assert_non_null(strstr(e.message, "at most 10000 values"));
}

static void test_deep_blocks(void **state)
{
  (void)state;
  vm_error e = VM_ERROR_INIT;
  buffer b = {0};
  put_repeated(&b, "\x02\x40", 2, 100001);
  put_repeated(&b, "\x0B", 1, 100001);
  assert_int_equal(translate_body(&b, &e), VM_LIMIT);
  assert_non_null(strstr(e.message, "at most 100000 nested blocks"));
  b = (buffer){0};
  put_repeated(&b, "\x02\x40", 2, 90000);
  put_repeated(&b, "\x0B", 1, 90000);
  assert_int_equal(translate_body(&b, &e), VM_OK);
}

/* Each branch drops thousands of values; each label declares thousands of types. */
static void test_work(void **state)
{
  (void)state;
  vm_error e = VM_ERROR_INIT;
  buffer b = {0};
  put_repeated(&b, "\x41\x00", 2, 9000);
  put_repeated(&b, "\x41\x00\x0D\x00", 4, 20000);
  put_repeated(&b, "\x1A", 1, 9000);
  assert_int_equal(translate_body(&b, &e), VM_LIMIT);
  assert_non_null(strstr(e.message, "deep operand stacks"));
  b = (buffer){0};
  put_repeated(&b, "\x41\x00", 2, 9000);
  put_repeated(&b, "\x03\x40\x0B", 3, 20000);
  put_repeated(&b, "\x1A", 1, 9000);
  assert_int_equal(translate_body(&b, &e), VM_LIMIT);
  assert_non_null(strstr(e.message, "deep operand stacks"));
}

/* ---- memory ---- */

typedef struct failing {
  long left;   /* allocations until one fails */
  size_t live; /* bytes */
} failing;

static void *failing_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  failing *f = user;
  if (new_size > old_size && f->left-- <= 0) return NULL;
  f->live += new_size;
  f->live -= block == NULL ? 0 : old_size;
  if (new_size != 0) return realloc(block, new_size);
  free(block);
  return NULL;
}

static void fail_each(const test_case *c)
{
  vm_status s = VM_MEMORY;
  for (long n = 0; s == VM_MEMORY; n++) {
    failing f = {n, 0};
    vm_allocator alloc = {failing_resize, &f};
    uint8_t *out;
    size_t size;
    vm_error e = VM_ERROR_INIT;
    s = wasm_translate(&alloc, c->bytes, c->size, &out, &size, &e);
    assert_int_equal(e.status, s);
    if (s == VM_OK) vm_builder_bytes_free(&alloc, out, size);
    else assert_null(out);
    assert_int_equal(f.live, 0);
    assert_true(n < 10000);
  }
  assert_string_equal(vm_status_name(s), c->status);
}

/* Every case of both files, until nothing fails any more. */
static void test_memory(void **state)
{
  (void)state;
  static const char *const files[] = {CASES "/translation.cases", CASES "/invalid.cases"};
  static test_case c;
  for (int i = 0; i < 2; i++) {
    case_file *file = open_cases(files[i]);
    while (next_case(file, &c)) fail_each(&c);
    close_cases(file);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_is_binary),   cmocka_unit_test(test_arguments),
    cmocka_unit_test(test_error),       cmocka_unit_test(test_deep_stack),
    cmocka_unit_test(test_deep_blocks), cmocka_unit_test(test_work),
    cmocka_unit_test(test_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
