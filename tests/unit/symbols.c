/* symbols.c - joined symbols and those of bytes are the same, whatever their lengths and whichever was first.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api_fixture.h"
#include "dynamic.h"

static void collect(api_world *w) { assert_int_equal(vm_isolate_collect(w->isolate, &w->error), VM_OK); }

static vmi_symbol *pinned(api_world *w, const char *bytes, size_t length)
{
  vmi_symbol *s = vmi_rt_symbol(w->isolate, bytes, (uint32_t)length);
  assert_non_null(s);
  return vmi_rt_pin(w->isolate, s);
}

static void check_bytes(const vmi_symbol *s, const char *bytes, size_t length)
{
  assert_int_equal(s->length, length);
  if (length) assert_memory_equal(s->bytes, bytes, length);
  for (size_t i = length; i % 8 != 0; i++) assert_int_equal(s->bytes[i], 0);
}

/* bytes[0, length) of two pieces, the first of n: made by joining; then by its bytes, found by joining. */
static void check_split(api_world *w, const char *bytes, size_t n, size_t length)
{
  vm_isolate *iso = w->isolate;
  uint32_t pins = vmi_rt_pins(iso);
  vmi_symbol *a = pinned(w, bytes, n), *b = pinned(w, bytes + n, length - n);
  vmi_symbol *joined = vmi_rt_pin(iso, vmi_rt_symbol_join(iso, a, b));
  check_bytes(joined, bytes, length);
  assert_ptr_equal(vmi_rt_symbol(iso, bytes, (uint32_t)length), joined);
  assert_ptr_equal(vmi_rt_symbol_join(iso, a, b), joined);
  uint32_t hash = joined->hash;
  vmi_rt_unpin(iso, pins);
  if (length % 7 == 0) collect(w);
  assert_int_equal(pinned(w, bytes, length)->hash, hash);
  vmi_rt_unpin(iso, pins);
}

static void fill(char *bytes, size_t n)
{
  for (size_t i = 0; i < n; i++) bytes[i] = (char)(i * i + (i >> 4));
}

static void test_splits(void **state)
{
  char bytes[200];
  fill(bytes, sizeof bytes);
  for (size_t length = 0; length <= 48; length++)
    for (size_t n = 0; n <= length; n++) check_split(*state, bytes, n, length);
  for (size_t length = 49; length <= sizeof bytes; length++)
    for (size_t n = length % 3; n <= length; n += 3) check_split(*state, bytes, n, length);
}

/* Objects of their own pages, which were in use before. */
static void test_large(void **state)
{
  static char bytes[9000];
  fill(bytes, sizeof bytes);
  for (size_t length = 1990; length < 2070; length += 3) check_split(*state, bytes, length - 5, length);
  for (size_t length = 4000; length < 4100; length += 7) check_split(*state, bytes, 4000, length);
  for (size_t n = 0; n < sizeof bytes; n += 701) check_split(*state, bytes, n, sizeof bytes);
}

/* Byte after byte, with collections between, from each of two strings that differ in their first byte. */
static void test_appended(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = w->isolate;
  char bytes[700];
  fill(bytes, sizeof bytes);
  uint32_t pins = vmi_rt_pins(iso);
  vmi_symbol *s[2] = {pinned(w, "", 0), pinned(w, "", 0)};
  for (uint32_t i = 0; i < sizeof bytes; i++) {
    for (int k = 0; k < 2; k++) {
      bytes[0] = (char)k;
      vmi_symbol *b = pinned(w, bytes + i, 1);
      s[k] = vmi_rt_symbol_join(iso, s[k], b);
      vmi_rt_unpin(iso, pins);
      vmi_rt_pin(iso, s[0]);
      vmi_rt_pin(iso, s[1]);
      check_bytes(s[k], bytes, i + 1);
      assert_ptr_equal(vmi_rt_symbol(iso, bytes, i + 1), s[k]);
    }
    if (i % 50 == 0) collect(w);
  }
  vmi_rt_unpin(iso, pins);
}

/* What is known of a string's beginning goes with it: others come to lie where it was. */
static void test_same_place(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = w->isolate;
  char bytes[151];
  fill(bytes, sizeof bytes);
  uint32_t pins = vmi_rt_pins(iso), again = 0;
  vmi_symbol *last = NULL;
  for (uint32_t i = 0; i < 1000; i++) {
    memcpy(bytes, &i, sizeof i);
    vmi_symbol *s = pinned(w, bytes, 150), *b = pinned(w, bytes + 150, 1);
    again += s == last;
    last = s;
    vmi_symbol *joined = vmi_rt_pin(iso, vmi_rt_symbol_join(iso, s, b));
    assert_ptr_equal(vmi_rt_symbol(iso, bytes, 151), joined);
    vmi_rt_unpin(iso, pins);
    collect(w);
  }
  assert_true(again > 500);
}

/* Zeros differ by their number alone. */
static void test_zeros(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = w->isolate;
  static const char zeros[300];
  uint32_t pins = vmi_rt_pins(iso), before = 0;
  for (uint32_t n = 0; n < sizeof zeros; n++) {
    vmi_symbol *s = pinned(w, zeros, n);
    assert_int_equal(s->length, n);
    if (n) assert_int_not_equal(s->hash, before);
    before = s->hash;
    vmi_rt_unpin(iso, pins);
  }
}

static void test_too_long(void **state)
{
  api_world *w = *state;
  vm_isolate *iso = w->isolate;
  uint32_t pins = vmi_rt_pins(iso);
  vmi_symbol *s = pinned(w, "0123456789abcdef", 16);
  for (uint32_t n = 16; n < 1u << 20; n *= 2) {
    s = vmi_rt_symbol_join(iso, s, s);
    assert_non_null(s);
    vmi_rt_unpin(iso, pins);
    vmi_rt_pin(iso, s);
  }
  vmi_symbol huge = {.header = s->header, .length = VMI_MAX_SYMBOL}; /* its bytes are not looked at */
  assert_null(vmi_rt_symbol_join(iso, s, &huge));
  assert_null(vmi_rt_symbol_join(iso, &huge, &huge));
  vmi_rt_unpin(iso, pins);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_splits, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_large, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_appended, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_same_place, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_zeros, api_setup, api_teardown),
    cmocka_unit_test_setup_teardown(test_too_long, api_setup, api_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
