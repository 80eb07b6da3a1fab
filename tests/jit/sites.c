/* sites.c - functions are left at a fault as their unwind information says, whatever frame they have.
 *
 * SPDX-License-Identifier: MIT
 *
 * sites_unit.c stands for a compiled unit; the memory is an isolate's.
 */
#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "guard.h"
#include "isolate.h"
#include "support.h"

static int bounds(struct dl_phdr_info *info, size_t size, void *ctx)
{
  vmi_jit_loaded *u = ctx;
  uintptr_t inside = (uintptr_t)dlsym(u->handle, "unit_small"), low = UINTPTR_MAX, high = 0;
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *p = &info->dlpi_phdr[i];
    uintptr_t from = info->dlpi_addr + p->p_vaddr;
    if (p->p_type != PT_LOAD) continue;
    if (from < low) low = from;
    if (from + p->p_memsz > high) high = from + p->p_memsz;
  }
  if (inside < low || inside >= high) return 0;
  u->low = low & ~(uintptr_t)4095;
  u->high = (high + 4095) & ~(uintptr_t)4095;
  return 1;
}

static void open_unit(const vmi_alloc *a, vmi_jit_loaded *u)
{
  memset(u, 0, sizeof *u);
  u->handle = dlopen(SITES_UNIT, RTLD_NOW | RTLD_LOCAL);
  if (!u->handle) fail_msg("%s", dlerror());
  assert_int_equal(dl_iterate_phdr(bounds, u), 1);
  const char *bad = vmi_jit_find_sites(a, u);
  if (bad) fail_msg("%s", bad);
  assert_non_null(u->guard);
  assert_int_equal(u->guard->nsites, 5);
}

/* A code record for what the backtrace names. */
static void check_function(vm_isolate *iso, const vmi_jit_loaded *u, const char *name, uint32_t pc)
{
  int (*keeps)(void *, const uint8_t *) =
    (int (*)(void *, const uint8_t *))(uintptr_t)dlsym(u->handle, "unit_keeps");
  void *f = dlsym(u->handle, name);
  vmi_thread *t = &iso->thread;
  const vmi_memory_inst *m = iso->instances->memories[0];
  t->instance = iso->instances;
  assert_int_equal(keeps(f, m->base), 1);
  assert_int_equal(t->unwind, VMI_UNWIND_NONE);
  assert_int_equal(keeps(f, m->base + m->size), 1);
  assert_int_equal(t->unwind, VMI_UNWIND_EXCEPTION);
  assert_int_equal(t->trap_code, VM_TRAP_MEMORY_BOUNDS);
  assert_int_equal(t->trace_count, 1);
  assert_int_equal(t->trace[0].pc, pc);
  assert_int_equal(keeps(f, m->base + (8ull << 30)), 1);
  vmi_rt_settle(t, t->stack);
  t->unwind = VMI_UNWIND_NONE;
  t->instance = NULL;
}

static void test_frames(void **state)
{
  (void)state;
  static const char text[] = "module m\nmemory mem 1 1\nfunc f () -> () {\n  return\n}\n";
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine;
  vm_module *module;
  vm_isolate *iso;
  vm_instance *instance;
  uint8_t *bytes;
  size_t size;
  vm_engine_stats s = {.size = sizeof s};
  c.guard_memory = 1;
  assert_int_equal(vm_engine_new(&c, &engine, NULL), VM_OK);
  vm_engine_get_stats(engine, &s, NULL);
  if (!s.guards_memory) {
    vm_engine_free(engine, NULL);
    print_message("skipped: memories cannot be guarded here\n");
    skip();
  }
  assert_int_equal(vm_text_assemble(NULL, text, sizeof text - 1, &bytes, &size, NULL), VM_OK);
  assert_int_equal(vm_module_load(engine, bytes, size, &module, NULL), VM_OK);
  vm_text_bytes_free(NULL, bytes, size);
  assert_int_equal(vm_isolate_new(engine, NULL, &iso, NULL), VM_OK);
  assert_int_equal(vm_instance_new(iso, module, &instance, NULL), VM_OK);
  vmi_alloc a = vmi_alloc_from(NULL);
  vmi_jit_loaded u;
  open_unit(&a, &u);
  check_function(iso, &u, "unit_small", 1);
  check_function(iso, &u, "unit_saves", 2);
  check_function(iso, &u, "unit_aligned", 3);
  check_function(iso, &u, "unit_variable", 4);
  check_function(iso, &u, "unit_realigned", 5);
  vmi_jit_forget_sites(&a, &u);
  dlclose(u.handle);
  vm_isolate_free(iso, NULL);
  vm_module_free(module);
  vm_engine_free(engine, NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_frames)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
