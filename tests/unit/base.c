/* base.c - tests of lib/base: allocator, arena, vector, LEB128, memory access, error records.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base.h"

/* A hook that counts bytes and fails from the Nth allocation on. */
typedef struct counter {
  size_t live;
  int left; /* allocations that still succeed */
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

static vmi_alloc counted(counter *c)
{
  return vmi_alloc_from(&(vm_allocator){counting, c});
}

static void test_alloc(void **state)
{
  counter c = {0, 1000};
  vmi_alloc a = counted(&c);
  void *empty = vmi_new(&a, 0);
  assert_non_null(empty);
  uint8_t *zero = vmi_new_zero(&a, 10, 10);
  for (int i = 0; i < 100; i++) assert_int_equal(zero[i], 0);
  zero = vmi_resize(&a, zero, 100, 5000);
  assert_int_equal(c.live, 5001);
  vmi_free(&a, zero, 5000);
  vmi_free(&a, empty, 0);
  vmi_free(&a, NULL, 77);
  assert_int_equal(c.live, 0);
  assert_null(vmi_new_zero(&a, SIZE_MAX / 2, 3));
  vmi_alloc libc = vmi_alloc_from(NULL);
  void *block = vmi_resize(&libc, vmi_new(&libc, 8), 8, 0);
  assert_non_null(block);
  vmi_free(&libc, block, 0);
}

static void test_arena(void **state)
{
  counter c = {0, 1000};
  vmi_alloc a = counted(&c);
  vmi_arena arena;
  vmi_arena_init(&arena, &a);
  for (size_t i = 0; i < 3000; i++) {
    uint8_t *p = vmi_arena_new(&arena, i % 7 == 0 ? i * 40 : i % 50, 1);
    assert_non_null(p);
    assert_int_equal((uintptr_t)p % 16, 0);
    if (i % 50 != 0) assert_int_equal(p[i % 50 - 1], 0);
    memset(p, 0xAA, i % 7 == 0 ? i * 40 : i % 50);
  }
  assert_string_equal(vmi_arena_copy(&arena, "text", 5, 1), "text");
  assert_null(vmi_arena_new(&arena, SIZE_MAX / 8, 16));
  assert_null(vmi_arena_new(&arena, SIZE_MAX - 3, 1));
  assert_non_null(vmi_arena_copy(&arena, NULL, 0, 4));
  c.left = 0;
  assert_null(vmi_arena_new(&arena, 1 << 22, 1));
  vmi_arena_free(&arena);
  assert_int_equal(c.live, 0);
  vmi_arena_free(&arena);
}

static void test_vec(void **state)
{
  counter c = {0, 1000};
  vmi_alloc a = counted(&c);
  vmi_vec v = {0};
  assert_non_null(vmi_vec_push(&a, &v, sizeof(uint32_t), 0));
  for (uint32_t i = 0; i < 1000; i++) *(uint32_t *)vmi_vec_push(&a, &v, sizeof i, 1) = i;
  uint32_t *more = vmi_vec_push(&a, &v, sizeof *more, 100);
  assert_int_equal(more[99], 0);
  assert_int_equal(v.count, 1100);
  for (uint32_t i = 0; i < 1000; i++) assert_int_equal(((uint32_t *)v.data)[i], i);
  c.left = 0;
  assert_null(vmi_vec_push(&a, &v, sizeof(uint32_t), 100000));
  assert_null(vmi_vec_push(&a, &v, sizeof(uint32_t), SIZE_MAX / 2));
  assert_int_equal(v.count, 1100);
  vmi_vec_free(&a, &v);
  assert_int_equal(c.live, 0);
}

static void check_s64(int64_t value)
{
  uint8_t buffer[16];
  uint32_t n = vmi_leb_put_s64(buffer, value);
  const uint8_t *p = buffer;
  int64_t back = 0;
  assert_true(n <= 10);
  assert_null(vmi_leb_s64(&p, buffer + n, &back));
  assert_ptr_equal(p, buffer + n);
  assert_true(back == value);
  p = buffer;
  assert_non_null(vmi_leb_s64(&p, buffer + n - 1, &back));
  assert_ptr_equal(p, buffer);
  int32_t narrow = 0;
  const char *error = vmi_leb_s32(&p, buffer + n, &narrow);
  assert_int_equal(error == NULL, value >= INT32_MIN && value <= INT32_MAX);
  if (error == NULL) {
    assert_int_equal(narrow, value);
    assert_int_equal(vmi_leb_put_s32(buffer, narrow), n);
  }
}

static void test_leb_values(void **state)
{
  for (int bit = 0; bit < 64; bit++) {
    for (int delta = -2; delta <= 2; delta++) {
      uint64_t v = ((uint64_t)1 << bit) + (uint64_t)(int64_t)delta;
      check_s64((int64_t)v);
      check_s64((int64_t)(0 - v));
      uint8_t buffer[8];
      uint32_t n = vmi_leb_put_u32(buffer, (uint32_t)v), back = 0;
      const uint8_t *p = buffer;
      assert_true(n <= 5);
      assert_null(vmi_leb_u32(&p, buffer + n, &back));
      assert_int_equal(back, (uint32_t)v);
      assert_ptr_equal(p, buffer + n);
    }
  }
}

static void bad_leb(const char *bytes, size_t size, const char *u, const char *s32, const char *s64)
{
  const uint8_t *start = (const uint8_t *)bytes, *p = start;
  uint32_t a;
  int32_t b;
  int64_t c;
  if (u != NULL) assert_non_null(strstr(vmi_leb_u32(&p, start + size, &a), u));
  if (s32 != NULL) assert_non_null(strstr(vmi_leb_s32(&p, start + size, &b), s32));
  if (s64 != NULL) assert_non_null(strstr(vmi_leb_s64(&p, start + size, &c), s64));
  assert_ptr_equal(p, start);
}

static void test_leb_errors(void **state)
{
  bad_leb("", 0, "truncated", "truncated", "truncated");
  bad_leb("\x80", 1, "truncated", "truncated", "truncated");
  bad_leb("\xff\xff\xff\xff", 4, "truncated", "truncated", "truncated");
  bad_leb("\x80\x00", 2, "minimal", "minimal", "minimal");
  bad_leb("\xff\x00", 2, "minimal", NULL, NULL); /* signed: 127 */
  bad_leb("\xff\x7f", 2, NULL, "minimal", "minimal");
  bad_leb("\x80\x80\x80\x80\x00", 5, "minimal", "minimal", "minimal");
  bad_leb("\xff\xff\xff\xff\x10", 5, "fit", "fit", NULL);
  bad_leb("\xff\xff\xff\xff\x8f\x00", 6, "fit", "fit", "minimal");
  bad_leb("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10, "fit", "fit", "minimal");
  bad_leb("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, "fit", "fit", "fit");
  bad_leb("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11, "fit", "fit", "fit");
}

static void test_memory_access(void **state)
{
  const uint8_t bytes[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  uint8_t back[9] = {0};
  assert_int_equal(vmi_get32(bytes + 1), 0x04030201);
  assert_true(vmi_get64(bytes + 1) == 0x0807060504030201);
  vmi_put64(back + 1, 0x0807060504030201);
  assert_memory_equal(back, bytes, 9);
  vmi_put32(back + 1, 0xA0B0C0D0);
  assert_memory_equal(back, "\0\xD0\xC0\xB0\xA0\5\6\7\x8", 9);
}

static void test_fail(void **state)
{
  vm_error e = VM_ERROR_INIT;
  assert_int_equal(vmi_fail(NULL, VM_LIMIT, "x"), VM_LIMIT);
  assert_int_equal(vmi_fail_at(&e, VM_INVALID, 3, 9, "expected %s", "i32"), VM_INVALID);
  assert_int_equal(e.function, 3);
  assert_int_equal(e.offset, 9);
  assert_string_equal(e.message, "expected i32");
  assert_int_equal(vmi_fail_line(&e, VM_SYNTAX, 4, 7, "%0*d", 400, 1), VM_SYNTAX);
  assert_int_equal(e.offset, VM_NO_OFFSET);
  assert_int_equal(e.line, 4);
  assert_int_equal(e.column, 7);
  assert_int_equal(strlen(e.message), VM_ERROR_TEXT - 1);
  assert_int_equal(vmi_no_memory(&e), VM_MEMORY);
  assert_int_equal(e.status, VM_MEMORY);
}

/* A record of any size is never written beyond it. */
static void test_fail_sizes(void **state)
{
  for (size_t size = 0; size < sizeof(vm_error) + 32; size++) {
    union {
      vm_error e;
      uint8_t bytes[sizeof(vm_error) + 64];
    } u;
    memset(&u, 0x5A, sizeof u);
    u.e.size = size;
    vmi_fail(&u.e, VM_LIMIT, "%0*d", 400, 1);
    assert_int_equal(u.e.size, size);
    size_t from = size < sizeof(size_t) ? sizeof(size_t)
                  : size < sizeof(vm_error) ? size : sizeof(vm_error);
    for (size_t i = from; i < sizeof u; i++) assert_int_equal(u.bytes[i], 0x5A);
    if (size >= sizeof(vm_error)) assert_int_equal(u.e.status, VM_LIMIT);
  }
}

static void test_names(void **state)
{
  assert_string_equal(vm_status_name(VM_OK), "ok");
  assert_string_equal(vm_status_name(VM_NOT_FOUND), "not-found");
  assert_string_equal(vm_status_name((vm_status)999), "unknown");
  assert_string_equal(vm_trap_name(VM_TRAP_HOST), "host");
  assert_string_equal(vm_trap_name((vm_trap)-1), "unknown");
  assert_non_null(strstr(vm_trap_text(VM_TRAP_FUEL), "fuel"));
  assert_non_null(vm_trap_text((vm_trap)999));
  assert_non_null(strstr(vm_status_text(VM_LINK), "import"));
  assert_non_null(vm_status_text((vm_status)999));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_alloc),      cmocka_unit_test(test_arena),
    cmocka_unit_test(test_vec),        cmocka_unit_test(test_leb_values),
    cmocka_unit_test(test_leb_errors), cmocka_unit_test(test_memory_access),
    cmocka_unit_test(test_fail),       cmocka_unit_test(test_fail_sizes),
    cmocka_unit_test(test_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
