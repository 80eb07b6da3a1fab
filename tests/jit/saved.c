/* saved.c - modules compiled ahead of time: files with bytecode and machine code.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"
#include "tree.h"
#include "vmx.h"

static const test_func program[] = {{.name = "a", .ncalls = 1, .calls = {1}}, {.name = "b"}};

typedef struct saved {
  uint8_t *bytes;
  size_t size;
} saved;

/* Compile with the fake worker and hold what a file would. */
static saved save(void)
{
  test_env t;
  vm_error e = VM_ERROR_INIT;
  uint8_t *bytes;
  saved s;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, program, 2);
  if (vm_module_save_compiled(t.module, &bytes, &s.size, &e) != VM_OK) fail_msg("%s", e.message);
  assert_int_equal(tier_of(&t, 0), VMI_TIER_COLD); /* the module itself is as it was */
  s.bytes = malloc(s.size);
  assert_non_null(s.bytes);
  memcpy(s.bytes, bytes, s.size);
  vm_module_bytes_free(t.engine, bytes, s.size);
  env_close(&t);
  return s;
}

/* Load in an engine that has no worker to compile with. */
static vm_status load(const saved *s, bool trust, uint32_t fuel, uint64_t *hits, uint64_t *rejected)
{
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  test_env t = {.module = NULL};
  vm_error e = VM_ERROR_INIT;
  c.worker = "/nonexistent/worker";
  c.trust_native = trust;
  c.meter_fuel = fuel;
  assert_int_equal(vm_engine_new(&c, &t.engine, &e), VM_OK);
  vm_status status = vm_module_load(t.engine, s->bytes, s->size, &t.module, &e);
  if (status == VM_OK) {
    for (uint32_t i = 0; i < vm_module_function_count(t.module); i++) {
      if (tier_of(&t, i) == VMI_TIER_COMPILED) check_runs(&t, i);
    }
  }
  vm_engine_stats stats = stats_of(t.engine);
  *hits = stats.cache_hits;
  *rejected = stats.cache_rejected;
  assert_int_equal(stats.worker_starts, 0);
  vm_module_free(t.module);
  assert_int_equal(vm_engine_free(t.engine, &e), VM_OK);
  return status;
}

static void test_trust(void **state)
{
  saved s = save();
  uint64_t hits, rejected;
  assert_int_equal(load(&s, true, 0, &hits, &rejected), VM_OK);
  assert_int_equal(hits, 1);
  assert_int_equal(load(&s, false, 0, &hits, &rejected), VM_OK);
  assert_int_equal(hits + rejected, 0); /* not looked at */
  assert_int_equal(load(&s, true, 1, &hits, &rejected), VM_OK);
  assert_int_equal(hits, 0); /* it counts no fuel */
  assert_int_equal(rejected, 1);
  free(s.bytes);
}

static void test_bytecode(void **state)
{
  saved s = save();
  vm_error e = VM_ERROR_INIT;
  const void *code;
  size_t size;
  assert_int_equal(vm_module_find_bytecode(s.bytes, s.size, &code, &size, &e), VM_OK);
  assert_ptr_equal(code, s.bytes + VMI_VMX_HEADER);
  saved plain = {(uint8_t *)(uintptr_t)code, size};
  uint64_t hits, rejected;
  assert_int_equal(load(&plain, true, 0, &hits, &rejected), VM_OK);
  assert_int_equal(hits + rejected, 0);
  assert_int_equal(vm_module_find_bytecode(s.bytes, VMI_VMX_HEADER - 1, &code, &size, &e), VM_MALFORMED);
  assert_int_equal(vm_module_find_bytecode(s.bytes, VMI_VMX_HEADER + 3, &code, &size, &e), VM_MALFORMED);
  vm_engine_config c = VM_ENGINE_CONFIG_INIT; /* an engine that only interprets */
  vm_engine *engine;
  vm_module *m;
  uint8_t *bytes;
  c.tier = VM_TIER_0;
  c.trust_native = 1;
  assert_int_equal(vm_engine_new(&c, &engine, &e), VM_OK);
  assert_int_equal(vm_module_load(engine, s.bytes, s.size, &m, &e), VM_OK);
  assert_int_equal(vm_module_save_compiled(m, &bytes, &size, &e), VM_COMPILE);
  assert_null(bytes);
  vm_module_free(m);
  vm_engine_free(engine, NULL);
  free(s.bytes);
}

/* Cut at every place, and each byte behind the bytecode damaged in turn (all of the header, some of
 * the object): the code is left out and the bytecode loads, or the header is refused. */
static void test_damage(void **state)
{
  saved s = save();
  uint64_t hits, rejected;
  vmi_vmx v;
  assert_int_equal(vmi_vmx_read(s.bytes, s.size, &v, NULL), VM_OK);
  size_t start = (size_t)(v.entries - s.bytes), end = start + 8 + (size_t)s.bytes[start] +
                                                      ((size_t)s.bytes[start + 1] << 8);
  for (size_t i = 8; i < end; i += i < start + 300 ? 1 : 101) {
    if (i == VMI_VMX_HEADER) i = start;
    s.bytes[i] ^= 0x41;
    vm_status status = load(&s, true, 0, &hits, &rejected);
    if (i >= start) assert_int_equal(status, VM_OK);
    if (i < 12 || i >= start) assert_int_equal(hits, 0);
    if (i >= start) assert_int_equal(rejected, 1);
    s.bytes[i] ^= 0x41;
  }
  for (size_t size = start; size < end; size += size < start + 20 ? 1 : 333) {
    saved cut = {malloc(size), size};
    memcpy(cut.bytes, s.bytes, size);
    assert_int_equal(load(&cut, true, 0, &hits, &rejected), VM_OK);
    assert_int_equal(hits, 0);
    free(cut.bytes);
  }
  free(s.bytes);
}

/* For a processor that has more than this one; for one that has less, which is fine. */
static void test_processor(void **state)
{
  for (int more = 0; more < 2; more++) {
    saved s = save();
    vmi_vmx v;
    vmi_entry_view view;
    const uint8_t *entry;
    size_t size;
    uint64_t hits, rejected;
    assert_int_equal(vmi_vmx_read(s.bytes, s.size, &v, NULL), VM_OK);
    assert_true(vmi_vmx_next(&v, &entry, &size));
    assert_null(vmi_entry_read(entry, size, &view));
    view.head.id.cpu = more ? view.head.id.cpu | 1u << 30 : 0;
    uint8_t *changed = malloc(size);
    assert_non_null(changed);
    vmi_entry_write(changed, &view.head, view.funcs, view.code);
    memcpy(s.bytes + (entry - s.bytes), changed, size);
    free(changed);
    assert_int_equal(load(&s, true, 0, &hits, &rejected), VM_OK);
    assert_int_equal(hits, !more);
    assert_int_equal(rejected, more);
    free(s.bytes);
  }
}

/* ---- memory runs out ---- */

typedef struct failing {
  _Atomic long left;  /* allocations until one fails; negative: none does */
  _Atomic long bytes; /* held */
} failing;

static void *failing_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  failing *f = user;
  if (new_size == 0) {
    f->bytes -= (long)old_size;
    free(block);
    return NULL;
  }
  if (f->left >= 0 && f->left-- == 0) return NULL;
  void *p = realloc(block, new_size);
  if (p != NULL) f->bytes += (long)new_size - (long)old_size;
  return p;
}

/* Save, load what was saved, use the cache; with the nth allocation failing in between. */
static bool work_with_failure(const saved *s, const char *cache, long nth)
{
  failing memory = {-1, 0};
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  vm_module *m = NULL, *loaded = NULL;
  uint8_t *bytes;
  char *text;
  size_t size, length;
  c.allocator = (vm_allocator){failing_resize, &memory};
  c.worker = WORKER("fake");
  c.cache_dir = cache;
  c.keep_code = nth % 2 == 1;
  c.trust_native = 1;
  assert_int_equal(vm_engine_new(&c, &engine, &e), VM_OK);
  m = load_module(engine, program, 2);
  memory.left = nth;
  vm_status status = vm_module_save_compiled(m, &bytes, &size, &e);
  assert_true((status == VM_OK) == (bytes != NULL));
  assert_true(status == VM_OK || status == VM_MEMORY || status == VM_COMPILE);
  status = vm_module_list_assembly(m, &text, &length, &e);
  assert_true((status == VM_OK) == (text != NULL));
  status = vm_module_load(engine, s->bytes, s->size, &loaded, &e);
  assert_true(status == VM_OK || status == VM_MEMORY);
  bool failed = memory.left < 0;
  memory.left = -1;
  vm_module_bytes_free(engine, bytes, size);
  vm_module_bytes_free(engine, text, length);
  vm_module_free(m);
  vm_module_free(loaded);
  assert_int_equal(vm_engine_free(engine, &e), VM_OK);
  assert_int_equal(memory.bytes, 0);
  assert_no_child();
  return failed;
}

static void test_no_memory(void **state)
{
  saved s = save();
  char base[] = "/tmp/libvm-cache-XXXXXX", cache[64];
  long nth = 0;
  assert_non_null(mkdtemp(base));
  snprintf(cache, sizeof cache, "%s/c", base);
  while (work_with_failure(&s, cache, nth)) nth++;
  assert_true(nth > 20);
  assert_true(vmi_jit_remove_tree(base));
  free(s.bytes);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_trust), cmocka_unit_test(test_bytecode), cmocka_unit_test(test_damage),
    cmocka_unit_test(test_processor), cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
