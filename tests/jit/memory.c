/* memory.c - what a thousand compiled functions take, and that it is given back with their module.
 *
 * SPDX-License-Identifier: MIT
 *
 * With the real compiler. VM_TEST_FUNCTIONS says how many (a multiple of 20; 200). Prints a line a round.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm/vm.h"

enum { GROUP = 20, ROUNDS = 3, SLACK = 1 << 20 };

#ifdef __SANITIZE_ADDRESS__ /* it keeps freed memory for a while */
enum { KEEPS_FREED = 1 };
#else
enum { KEEPS_FREED = 0 };
#endif

/* Groups of functions that one calls, as in a program: so a group is a unit. */
static char *make_text(int count)
{
  size_t size = (size_t)count * 400 + 1000, used = 0;
  char *text = malloc(size);
  assert_non_null(text);
  used += (size_t)snprintf(text, size, "module many\n");
  for (int i = 0; i < count; i++) {
    used += (size_t)snprintf(text + used, size - used,
                             "func f%d (n: i32) -> (i32) {\n  local s: i32\nloop:\n  local.get s\n  i32.const %d\n"
                             "  i32.mul\n  local.get n\n  i32.add\n  local.set s\n  local.get n\n  i32.const 1\n"
                             "  i32.sub\n  local.set n\n  local.get n\n  br_if loop\n  local.get s\n", i, i);
    for (int k = 1; i % GROUP == 0 && k < GROUP; k++)
      used += (size_t)snprintf(text + used, size - used, "  call f%d\n", i + k);
    used += (size_t)snprintf(text + used, size - used, "  return\n}\n");
    assert_true(used < size);
  }
  return text;
}

static uint64_t resident(void)
{
  unsigned long long total, pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  assert_non_null(f);
  assert_int_equal(fscanf(f, "%llu %llu", &total, &pages), 2);
  fclose(f);
  return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int mappings(void)
{
  int n = 0;
  FILE *f = fopen("/proc/self/maps", "r");
  assert_non_null(f);
  for (int c; (c = getc(f)) != EOF;) n += c == '\n';
  fclose(f);
  return n;
}

static vm_engine_stats stats(vm_engine *engine)
{
  vm_engine_stats s = {.size = sizeof s};
  assert_int_equal(vm_engine_get_stats(engine, &s, NULL), VM_OK);
  return s;
}

static void test_given_back(void **state)
{
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine;
  vm_error e = VM_ERROR_INIT;
  const char *wish = getenv("VM_TEST_FUNCTIONS");
  int count = wish ? atoi(wish) : 200, first_maps = 0;
  uint64_t first = 0;
  char *text = make_text(count);
  c.tier = VM_TIER_2;
  assert_int_equal(vm_engine_new(&c, &engine, &e), VM_OK);
  for (int round = 0; round < ROUNDS; round++) {
    vm_module *module;
    uint64_t before = resident();
    int maps = mappings();
    if (vm_module_assemble(engine, text, strlen(text), &module, &e) != VM_OK) fail_msg("%s", e.message);
    vm_engine_stats s = stats(engine);
    uint64_t during = resident();
    int more = mappings();
    vm_module_free(module);
    printf("%d functions in %llu units so far: %llu KB of code, %lld KB resident, %d mappings;"
           " freed: %lld KB, %d mappings\n", count, (unsigned long long)s.compiled_units,
           (unsigned long long)s.code_bytes >> 10, ((long long)during - (long long)before) / 1024,
           more - maps, ((long long)resident() - (long long)before) / 1024, mappings() - maps);
    assert_int_equal(s.compiled_functions, (uint64_t)count * (uint64_t)(round + 1));
    assert_int_equal(stats(engine).code_bytes, 0);
    if (round == 0) { /* what the first one leaves is the thread and pools that grew */
      first = resident();
      first_maps = mappings();
    }
    assert_true(KEEPS_FREED || resident() <= first + SLACK);
    assert_true(mappings() <= first_maps + 1);
  }
  assert_int_equal(vm_engine_free(engine, &e), VM_OK);
  free(text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_given_back)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
