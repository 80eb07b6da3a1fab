/* guard.c - guarded memories and the host: whose faults are whose, threads, handlers, forks, limits.
 *
 * SPDX-License-Identifier: MIT
 *
 * With the real compiler. What traps leave behind in the guest is in tests/isa/programs/trap_order.vma
 * and fuzz_diff --guarded. Where guard_memory is not to be had, all but the fall-back is skipped. What
 * ends a process, or changes what one has for ever, happens in a child.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vm/vm.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static const char text[] =
  "module guest\n"
  "memory mem 1 4\n"
  "global g mut i32 = 0\n"
  "import func again \"host\" \"again\" (i32) -> (i32)\n"
  "func word (a: i32) -> (i32) {\n  local.get a\n  i32.load mem 0\n  return\n}\n"
  "func fill (a: i32) -> () {\n  local i: i32\n"
  "next:\n  local.get a\n  local.get i\n  i32.store8 mem 0\n"
  "  local.get i\n  global.set g\n  local.get i\n  i32.const 1\n  i32.add\n  local.set i\n"
  "  local.get a\n  i32.const 1\n  i32.add\n  local.tee a\n  br_if next\n  return\n}\n"
  "func deep (n: i32, a: i32) -> (i32) {\n"
  "  local.get n\n  i32.eqz\n  br_if last\n"
  "  local.get n\n  i32.const 1\n  i32.sub\n  local.get a\n  call deep\n"
  "  i32.const 1\n  i32.add\n  return\n"
  "last:\n  local.get a\n  i32.load mem 0\n  return\n}\n"
  "func nested (a: i32) -> (i32) {\n"
  "  local.get a\n  call again\n  local.get a\n  i32.load mem 0\n  i32.add\n  return\n}\n"
  "func grow (n: i32) -> (i32) {\n  local.get n\n  memory.grow mem\n  return\n}\n"
  "export func \"word\" word\nexport func \"fill\" fill\nexport func \"deep\" deep\n"
  "export func \"nested\" nested\nexport func \"grow\" grow\n"
  "export memory \"mem\" mem\nexport global \"g\" g\n";

static const char outer_text[] =
  "module outer\n"
  "type Box struct { value: mut i32 }\n"
  "import func deep \"guest\" \"deep\" (i32, i32) -> (i32)\n"
  "func guarded (n: i32, a: i32) -> (i32) {\n  local b: (ref null Box), r: i32\n"
  "  local.get n\n  struct.new Box\n  local.set b\n"
  "  try t caught\n  local.get n\n  local.get a\n  call deep\n  local.set r\n  end t\n"
  "  local.get r\n  return\n"
  "caught ((ref exn)):\n  exn.code\n  local.get b\n  struct.get Box value\n  i32.add\n  return\n}\n"
  "export func \"guarded\" guarded\n";

typedef struct world {
  vm_engine *engine;
  vm_module *module, *outer;
  vm_isolate *isolate;
  vm_instance *instance, *outside;
} world;

static vm_status call_in(world *w, vm_instance *in, const char *name, uint32_t n, int32_t a, int32_t b,
                         int32_t *result, vm_error *e)
{
  vm_value args[2] = {vm_value_i32(a), vm_value_i32(b)}, out;
  vm_ref f;
  vm_scope scope;
  bool gives = strcmp(name, "fill") != 0;
  assert_int_equal(vm_scope_open(w->isolate, &scope, NULL), VM_OK);
  assert_int_equal(vm_instance_get_func(in, name, &f, NULL), VM_OK);
  vm_status st = vm_call(w->isolate, f, args, n, &out, gives, e);
  if (result) *result = st == VM_OK && gives ? out.of.i32 : 0;
  vm_scope_close(w->isolate, scope, NULL);
  return st;
}

/* As a nested call that traps below this one; what it says is kept from the guest. */
static vm_status again(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)isolate;
  vm_error e = VM_ERROR_INIT;
  world *w = user;
  vm_status st = call_in(w, w->instance, "deep", 2, 3, args[0].of.i32 + 70000, NULL, &e);
  results[0] = vm_value_i32(st == VM_EXCEPTION && e.trap == VM_TRAP_MEMORY_BOUNDS);
  return VM_OK;
}

static vm_module *load(vm_engine *engine, const char *source, size_t length)
{
  uint8_t *bytes;
  size_t size;
  vm_error e = VM_ERROR_INIT;
  vm_module *module;
  vm_status st = vm_text_assemble(NULL, source, length, &bytes, &size, &e);
  if (st == VM_OK) {
    st = vm_module_load(engine, bytes, size, &module, &e);
    vm_text_bytes_free(NULL, bytes, size);
  }
  if (st != VM_OK) fail_msg("%s", e.message);
  return module;
}

static void open_isolate(world *w)
{
  vm_error e = VM_ERROR_INIT;
  const vm_type i32 = VM_I32;
  vm_status st = vm_isolate_new(w->engine, NULL, &w->isolate, &e);
  if (st == VM_OK)
    st = vm_isolate_define_func(w->isolate, "host", "again", &i32, 1, &i32, 1, again, w, NULL, &e);
  if (st == VM_OK) st = vm_instance_new(w->isolate, w->module, &w->instance, &e);
  if (st == VM_OK) st = vm_instance_define(w->instance, "guest", &e);
  if (st == VM_OK) st = vm_instance_new(w->isolate, w->outer, &w->outside, &e);
  if (st != VM_OK) fail_msg("%s", e.message);
}

static vm_engine_stats stats_of(vm_engine *engine)
{
  vm_engine_stats s = {.size = sizeof s};
  assert_int_equal(vm_engine_get_stats(engine, &s, NULL), VM_OK);
  return s;
}

static void open_world(world *w, bool guard)
{
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  memset(w, 0, sizeof *w);
  c.tier = VM_TIER_2;
  c.guard_memory = guard;
  if (vm_engine_new(&c, &w->engine, &e) != VM_OK) fail_msg("%s", e.message);
  w->module = load(w->engine, text, sizeof text - 1);
  w->outer = load(w->engine, outer_text, sizeof outer_text - 1);
  vm_engine_stats s = stats_of(w->engine);
  if (s.failed_units) fail_msg("%s", s.compiler_reason);
  open_isolate(w);
}

static void close_world(world *w)
{
  assert_int_equal(vm_isolate_free(w->isolate, NULL), VM_OK);
  vm_module_free(w->module);
  vm_module_free(w->outer);
  assert_int_equal(vm_engine_free(w->engine, NULL), VM_OK);
}

static bool have_guards(void)
{
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine;
  c.guard_memory = 1;
  assert_int_equal(vm_engine_new(&c, &engine, NULL), VM_OK);
  bool have = stats_of(engine).guards_memory != 0;
  vm_engine_free(engine, NULL);
  if (!have) printf("skipped: memories cannot be guarded here\n");
  return have;
}

#define NEEDS_GUARDS if (!have_guards()) skip()

static void check_traps(world *w)
{
  vm_error e = VM_ERROR_INIT;
  int32_t r;
  assert_int_equal(call_in(w, w->instance, "word", 1, 0x7ffffffd, 0, NULL, &e), VM_EXCEPTION);
  assert_int_equal(e.trap, VM_TRAP_MEMORY_BOUNDS);
  assert_int_equal(call_in(w, w->instance, "word", 1, 0, 0, &r, &e), VM_OK);
  assert_int_equal(call_in(w, w->instance, "deep", 2, 500, -4, NULL, &e), VM_EXCEPTION);
  assert_int_equal(e.trap, VM_TRAP_MEMORY_BOUNDS);
  assert_int_equal(call_in(w, w->instance, "deep", 2, 500, 1024, &r, &e), VM_OK);
  assert_int_equal(r, 500);
}

/* ---- the guest ---- */

static void test_state(void **state)
{
  (void)state;
  NEEDS_GUARDS;
  world w;
  vm_error e = VM_ERROR_INIT;
  uint8_t *base;
  uint64_t size;
  vm_value g;
  int32_t r;
  open_world(&w, true);
  assert_int_equal(call_in(&w, w.instance, "fill", 1, 65400, 0, NULL, &e), VM_EXCEPTION);
  assert_int_equal(e.trap, VM_TRAP_MEMORY_BOUNDS);
  assert_int_equal(vm_instance_view_memory(w.instance, "mem", &base, &size, &e), VM_OK);
  assert_int_equal(size, 65536);
  for (int i = 0; i < 136; i++) assert_int_equal(base[65400 + i], i);
  assert_int_equal(vm_instance_get_global(w.instance, "g", &g, &e), VM_OK);
  assert_int_equal(g.of.i32, 135);
  assert_int_equal(call_in(&w, w.instance, "grow", 1, 1, 0, &r, &e), VM_OK);
  assert_int_equal(r, 1);
  uint8_t *moved;
  assert_int_equal(vm_instance_view_memory(w.instance, "mem", &moved, &size, &e), VM_OK);
  assert_ptr_equal(moved, base);
  assert_int_equal(call_in(&w, w.instance, "word", 1, 131068, 0, &r, &e), VM_OK);
  assert_int_equal(call_in(&w, w.instance, "word", 1, 131069, 0, &r, &e), VM_EXCEPTION);
  check_traps(&w);
  close_world(&w);
}

static void test_nested(void **state)
{
  (void)state;
  NEEDS_GUARDS;
  world w;
  vm_error e = VM_ERROR_INIT;
  int32_t r;
  open_world(&w, true);
  assert_int_equal(call_in(&w, w.instance, "nested", 1, 0, 0, &r, &e), VM_OK);
  assert_int_equal(r, 1);
  assert_int_equal(call_in(&w, w.instance, "nested", 1, 65536, 0, &r, &e), VM_EXCEPTION);
  /* caught by another module's function, whose frame is linked */
  assert_int_equal(call_in(&w, w.outside, "guarded", 2, 40, 65536, &r, &e), VM_OK);
  assert_int_equal(r, VM_TRAP_MEMORY_BOUNDS + 40);
  assert_int_equal(call_in(&w, w.outside, "guarded", 2, 40, 0, &r, &e), VM_OK);
  assert_int_equal(r, 40);
  close_world(&w);
}

static void test_backtrace(void **state)
{
  (void)state;
  NEEDS_GUARDS;
  world w;
  vm_error e = VM_ERROR_INIT;
  char got[4000] = "";
  open_world(&w, true);
  assert_int_equal(call_in(&w, w.instance, "deep", 2, 30, 65536, NULL, &e), VM_EXCEPTION);
  assert_int_equal(vm_exception_format(w.isolate, vm_ref_null(), got, sizeof got, NULL, NULL), VM_OK);
  uint32_t lines = 0;
  for (const char *p = strstr(got, "  at guest.deep"); p; p = strstr(p + 1, "  at guest.deep")) lines++;
  assert_true(lines >= 2 && lines <= 31); /* but for callers that GCC inlined */
  if (!strstr(got, "\n  at guest.deep (offset 20)")) fail_msg("%s", got); /* the load itself */
  close_world(&w);
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 500 };

static void *trap_often(void *shared)
{
  world w = *(world *)shared;
  vm_error e = VM_ERROR_INIT;
  int32_t r;
  uintptr_t good = 0;
  open_isolate(&w);
  for (int i = 0; i < ROUNDS; i++) {
    good += call_in(&w, w.instance, "deep", 2, i % 20, 65533 + i, NULL, &e) == VM_EXCEPTION &&
            e.trap == VM_TRAP_MEMORY_BOUNDS;
    good += call_in(&w, w.instance, "deep", 2, i % 20, i, &r, &e) == VM_OK && r == i % 20;
  }
  vm_isolate_free(w.isolate, NULL);
  return (void *)good;
}

static void test_threads(void **state)
{
  (void)state;
  NEEDS_GUARDS;
  world w;
  pthread_t threads[THREADS];
  open_world(&w, true);
  for (int i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, trap_often, &w), 0);
  for (int i = 0; i < THREADS; i++) {
    void *good;
    pthread_join(threads[i], &good);
    assert_int_equal((uintptr_t)good, 2 * ROUNDS);
  }
  close_world(&w);
}

/* ---- signals ---- */

static sigjmp_buf back;
static struct sigaction theirs;
static volatile sig_atomic_t host_faults;

static void jump_back(int sig)
{
  (void)sig;
  host_faults++;
  siglongjmp(back, 1);
}

static void count_and_pass_on(int sig, siginfo_t *info, void *context)
{
  host_faults++;
  theirs.sa_sigaction(sig, info, context);
}

static int *bad_page(void)
{
  return mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* A handler that was there before gets what is not ours, and is there again afterwards. */
static void test_host_before(void **state)
{
  (void)state;
  NEEDS_GUARDS;
  struct sigaction own = {.sa_handler = jump_back}, before, now;
  world w;
  volatile int *page = bad_page();
  sigaction(SIGSEGV, &own, &before);
  host_faults = 0;
  open_world(&w, true);
  check_traps(&w);
  assert_int_equal(host_faults, 0);
  if (!sigsetjmp(back, 1)) *page = 1;
  assert_int_equal(host_faults, 1);
  check_traps(&w);
  close_world(&w);
  sigaction(SIGSEGV, &before, &now);
  assert_true(now.sa_handler == jump_back);
  munmap((void *)page, 4096);
}

/* One that comes later and passes on what it does not know. */
static void test_host_after(void **state)
{
  (void)state;
  NEEDS_GUARDS;
  struct sigaction own = {.sa_sigaction = count_and_pass_on, .sa_flags = SA_SIGINFO};
  world w;
  open_world(&w, true);
  sigaction(SIGSEGV, &own, &theirs);
  host_faults = 0;
  check_traps(&w);
  assert_int_equal(host_faults, 2);
  sigaction(SIGSEGV, &theirs, NULL);
  check_traps(&w);
  assert_int_equal(host_faults, 2);
  close_world(&w);
}

static void test_two_engines(void **state)
{
  (void)state;
  NEEDS_GUARDS;
  struct sigaction before, now;
  world a, b;
  sigaction(SIGSEGV, NULL, &before);
  open_world(&a, true);
  open_world(&b, true);
  check_traps(&a);
  close_world(&a);
  check_traps(&b);
  close_world(&b);
  sigaction(SIGSEGV, NULL, &now);
  assert_true(now.sa_handler == before.sa_handler && now.sa_flags == before.sa_flags);
}

/* ---- in a child ---- */

static int child_status(void (*run)(world *), world *w)
{
  int status = 0;
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    alarm(60);
    run(w);
    _exit(9);
  }
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return status;
}

static void fault(world *w)
{
  (void)w;
  *(volatile int *)bad_page() = 1;
}
static void fault_in_memory(world *w) /* the host's own access, past the guest's memory */
{
  uint8_t *base;
  uint64_t size;
  vm_instance_view_memory(w->instance, "mem", &base, &size, NULL);
  ((volatile char *)base)[size] = 1;
}
static void jump_away(world *w)
{
  (void)w;
  ((void (*)(void))bad_page())();
}
static void sent(world *w)
{
  (void)w;
  kill(getpid(), SIGSEGV);
  pause();
}
static void ignored(world *w)
{
  (void)w;
  kill(getpid(), SIGSEGV);
  _exit(7);
}
static void trap_on(world *w)
{
  check_traps(w);
  world own;
  own = *w;
  open_isolate(&own);
  check_traps(&own);
  _exit(7);
}

/* What is not ours ends the process as ever. */
static void test_foreign(void **state)
{
  (void)state;
  NEEDS_GUARDS;
  if (SANITIZED) skip(); /* the sanitizer has a handler of its own */
  void (*const runs[])(world *) = {fault, fault_in_memory, jump_away, sent};
  struct sigaction plain = {.sa_handler = SIG_DFL}, ignore = {.sa_handler = SIG_IGN}, before;
  world w;
  sigaction(SIGSEGV, &plain, &before); /* cmocka's, which makes a failure of it */
  open_world(&w, true);
  for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
    int status = child_status(runs[i], &w);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSEGV);
  }
  close_world(&w);
  sigaction(SIGSEGV, &ignore, NULL);
  open_world(&w, true);
  int status = child_status(ignored, &w);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  status = child_status(fault, &w);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
  close_world(&w);
  sigaction(SIGSEGV, &before, NULL);
}

static void test_fork(void **state)
{
  (void)state;
  NEEDS_GUARDS;
  world w;
  open_world(&w, true);
  int status = child_status(trap_on, &w);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  check_traps(&w);
  close_world(&w);
}

/* ---- where it is not to be had ---- */

static void without_room(world *w)
{
  struct rlimit l = {6ull << 30, 6ull << 30};
  setrlimit(RLIMIT_AS, &l);
  open_world(w, true);
  if (stats_of(w->engine).guards_memory) _exit(8);
  check_traps(w);
  close_world(w);
  _exit(7);
}

static void test_fall_back(void **state)
{
  (void)state;
  world w;
  open_world(&w, false);
  assert_int_equal(stats_of(w.engine).guards_memory, 0);
  check_traps(&w);
  close_world(&w);
  if (SANITIZED) skip(); /* it needs more addresses than that */
  int status = child_status(without_room, &w);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 7);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_state),       cmocka_unit_test(test_nested),
    cmocka_unit_test(test_backtrace),   cmocka_unit_test(test_threads),
    cmocka_unit_test(test_host_before), cmocka_unit_test(test_host_after),
    cmocka_unit_test(test_two_engines), cmocka_unit_test(test_foreign),
    cmocka_unit_test(test_fork),        cmocka_unit_test(test_fall_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
