/* api_dynamic_memory.c - the run time of dynamic languages when memory runs out: each allocation fails in turn, alone and
 * with all that follow, and the heap ends at every limit; it stays whole, and the isolate does it all once there is memory again.
 *
 * SPDX-License-Identifier: MIT
 *
 * The program is tests/isa/programs/dyn_objects.vma: symbols, maps, shaped objects, their caches, dyn calls. Each of its
 * `; expect NAME ARGS = RESULTS` is called; what the results are is checked by the test of that folder.
 */
#include "api_fixture.h"

typedef struct program {
  char text[1 << 17];
  size_t size;
} program;

static program *read_program(void)
{
  static program p;
  FILE *f = fopen(VM_SOURCE_DIR "/tests/isa/programs/dyn_objects.vma", "r");
  assert_non_null(f);
  p.size = fread(p.text, 1, sizeof p.text - 1, f);
  assert_true(p.size > 0 && p.size < sizeof p.text - 1);
  fclose(f);
  return &p;
}

/* "3", "nil" or "i:3", as the parameter wants it. */
static vm_value argument(const char *word)
{
  if (strcmp(word, "nil") == 0) return vm_dyn_nil();
  if (strncmp(word, "i:", 2) == 0) return vm_dyn_int((int32_t)strtol(word + 2, NULL, 10));
  return vm_value_i32((int32_t)strtol(word, NULL, 10));
}

/* Call what a line expects. OK: it did that. MEMORY: memory ran out, wherever that was seen. */
static vm_status call_line(api_world *w, vm_instance *instance, char *line)
{
  char *save = NULL, *name = strtok_r(line, " ", &save), *word;
  vm_value args[4], results[16];
  uint32_t nargs = 0;
  while ((word = strtok_r(NULL, " ", &save)) != NULL && strcmp(word, "=") != 0) args[nargs++] = argument(word);
  word = strtok_r(NULL, " ", &save);
  bool fails = word != NULL && (strcmp(word, "trap") == 0 || strcmp(word, "throw") == 0);
  vm_ref func;
  vm_func_type type;
  vm_status s = vm_instance_get_func(instance, name, &func, &w->error);
  if (s != VM_OK) return s;
  assert_int_equal(vm_func_get_type(w->isolate, func, &type, &w->error), VM_OK);
  assert_true(type.nresults <= 16);
  s = vm_call(w->isolate, func, args, nargs, results, type.nresults, &w->error);
  if (s == VM_EXCEPTION && w->error.trap == VM_TRAP_OUT_OF_MEMORY) return VM_MEMORY;
  if (s == VM_EXCEPTION && fails) return VM_OK;
  if (s == VM_OK && fails) fail_msg("%s returned", name);
  return s;
}

static vm_status call_all(api_world *w, vm_instance *instance, const program *p, int *calls)
{
  *calls = 0;
  for (const char *at = p->text; (at = strstr(at, "\n; expect ")) != NULL; ++*calls) {
    char line[200];
    at += strlen("\n; expect ");
    size_t size = strcspn(at, "\n");
    assert_true(size < sizeof line);
    memcpy(line, at, size);
    line[size] = '\0';
    vm_scope scope;
    vm_status s = vm_scope_open(w->isolate, &scope, &w->error);
    if (s != VM_OK) return s;
    s = call_line(w, instance, line);
    assert_int_equal(vm_scope_close(w->isolate, scope, NULL), VM_OK);
    if (s != VM_OK) return s;
  }
  return VM_OK;
}

/* The same from the host's side: enough of each for its table to grow some times. */
static vm_status host_side(api_world *w)
{
  vm_isolate *i = w->isolate;
  vm_error *e = &w->error;
  vm_ref map, proto, object, name;
  vm_value out;
  vm_status s;
  if ((s = vm_map_new(i, &map, e)) != VM_OK) return s;
  if ((s = vm_shaped_new(i, vm_ref_null(), &proto, e)) != VM_OK) return s;
  if ((s = vm_shaped_new(i, proto, &object, e)) != VM_OK) return s;
  for (int n = 0; n < 200; n++) {
    char text[16];
    snprintf(text, sizeof text, "host%d", n);
    if ((s = vm_symbol_new(i, text, strlen(text), &name, e)) != VM_OK) return s;
    vm_value key = vm_dyn_ref(name), value = vm_dyn_int(n);
    if ((s = vm_map_set(i, map, &key, &value, e)) != VM_OK) return s;
    if ((s = vm_shaped_put(i, n % 2 ? object : proto, name, &value, e)) != VM_OK) return s;
    if ((s = vm_shaped_get(i, object, name, &out, e)) != VM_OK) return s;
    assert_true(vm_dyn_is_int(out) && vm_dyn_to_int(out) == n);
    if ((s = vm_map_get(i, map, &key, &out, NULL, e)) != VM_OK) return s;
    assert_true(vm_dyn_is_int(out) && vm_dyn_to_int(out) == n);
  }
  return VM_OK;
}

/* A world in which the `n`th allocation of the program's work fails. True: there are not so many. */
static bool without_allocation(const program *p, size_t n, int for_good, vm_tier tier)
{
  api_world w = {0};
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  vm_module *module = NULL;
  vm_instance *instance = NULL, *again = NULL;
  vm_scope scope;
  int calls = 0, all = 0;
  c.tier = tier;
  assert_int_equal(api_open(&w, &c, NULL), VM_OK);
  assert_int_equal(vm_module_assemble(w.engine, p->text, p->size, &module, &w.error), VM_OK);
  assert_int_equal(vm_scope_open(w.isolate, &scope, &w.error), VM_OK);
  size_t before = w.counter.calls;
  w.counter.for_good = for_good;
  w.counter.fail_at = before + n;
  vm_status s = vm_instance_new(w.isolate, module, &instance, &w.error);
  if (s == VM_OK) s = call_all(&w, instance, p, &calls);
  if (s == VM_OK) s = host_side(&w);
  bool done = w.counter.calls < w.counter.fail_at;
  if (s != VM_OK && s != VM_MEMORY) fail_msg("allocation %zu: %s: %s", n, vm_status_name(s), w.error.message);
  if (s != VM_OK) assert_true(w.error.message[0] != '\0' && !done);
  w.counter.fail_at = 0;
  assert_int_equal(vm_isolate_verify_heap(w.isolate, &w.error), VM_OK);
  assert_int_equal(vm_scope_close(w.isolate, scope, &w.error), VM_OK);
  if (instance == NULL) assert_int_equal(vm_instance_new(w.isolate, module, &instance, &w.error), VM_OK);
  if (n % 8 == 0 || done) { /* with memory all of it works, in what is there and in a new instance */
    assert_int_equal(call_all(&w, instance, p, &all), VM_OK);
    assert_true(all >= 45);
    assert_int_equal(vm_instance_new(w.isolate, module, &again, &w.error), VM_OK);
    assert_int_equal(call_all(&w, again, p, &all), VM_OK);
    assert_int_equal(host_side(&w), VM_OK);
    assert_int_equal(vm_isolate_collect(w.isolate, &w.error), VM_OK);
    assert_int_equal(vm_isolate_verify_heap(w.isolate, &w.error), VM_OK);
  }
  vm_module_free(module);
  api_close(&w); /* which sees that every block came back */
  return done;
}

static void sweep(int for_good, vm_tier tier)
{
  const program *p = read_program();
  size_t n = 1;
  while (!without_allocation(p, n, for_good, tier)) n++;
  assert_true(n > 20); /* there was something to fail */
  print_message("%zu allocations\n", n - 1);
}

/* The heap's own memory does not come from the allocator: it ends at every limit in turn, until all fits. */
static void heap_limits(vm_tier tier)
{
  const program *p = read_program();
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  int failures = 0;
  c.tier = tier;
  for (size_t blocks = 1;; blocks++) {
    api_world w = {0};
    vm_isolate_config limits = VM_ISOLATE_CONFIG_INIT;
    vm_module *module = NULL;
    vm_instance *instance = NULL;
    vm_scope scope;
    int calls = 0;
    limits.max_heap = blocks << 14;
    vm_status s = api_open(&w, &c, &limits);
    if (s == VM_OK) s = vm_module_assemble(w.engine, p->text, p->size, &module, &w.error);
    if (s == VM_OK) s = vm_instance_new(w.isolate, module, &instance, &w.error);
    if (s == VM_OK) s = call_all(&w, instance, p, &calls);
    if (s == VM_OK) s = vm_scope_open(w.isolate, &scope, &w.error);
    if (s == VM_OK) {
      s = host_side(&w);
      assert_int_equal(vm_scope_close(w.isolate, scope, NULL), VM_OK);
    }
    if (s != VM_OK && s != VM_MEMORY && s != VM_LIMIT)
      fail_msg("%zu blocks: %s: %s", blocks, vm_status_name(s), w.error.message);
    if (s != VM_OK && instance != NULL) { /* again: it ends the same way or goes through */
      vm_status again = call_all(&w, instance, p, &calls);
      assert_true(again == VM_OK || again == VM_MEMORY);
    }
    failures += s != VM_OK;
    if (w.isolate != NULL) assert_int_equal(vm_isolate_verify_heap(w.isolate, NULL), VM_OK);
    vm_module_free(module);
    api_close(&w);
    if (s == VM_OK) break;
    assert_true(blocks < 10000);
  }
  assert_true(failures > 5);
  print_message("%d limits\n", failures);
}

static void test_heap_limits(void **state)
{
  heap_limits(VM_TIER_0);
  heap_limits(VM_TIER_1);
}

static void test_tier_0(void **state) { sweep(0, VM_TIER_0); }
static void test_tier_0_for_good(void **state) { sweep(1, VM_TIER_0); }
static void test_tier_1(void **state) { sweep(0, VM_TIER_1); }

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_tier_0), cmocka_unit_test(test_tier_0_for_good), cmocka_unit_test(test_tier_1),
    cmocka_unit_test(test_heap_limits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
