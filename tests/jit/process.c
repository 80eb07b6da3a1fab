/* process.c - whatever happens to the worker, the program goes on, interpreted, and nothing is left.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static const test_func two[] = {{.name = "a", .ncalls = 1, .calls = {1}}, {.name = "b"}};

static vm_status compile(test_env *t, uint32_t func, vm_error *e)
{
  return vm_module_compile(t->module, &func, 1, e);
}

/* ---- it works ---- */

static void test_compiles(void **state)
{
  test_env t;
  host_state before;
  host_state_get(&before);
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, two, 2);
  assert_int_equal(find_child(), 0); /* nothing starts before it is needed */
  vm_error e = VM_ERROR_INIT;
  if (vm_module_compile(t.module, NULL, 0, &e) != VM_OK) fail_msg("%s", e.message);
  check_runs(&t, 0);
  check_runs(&t, 1);
  vm_engine_stats s = stats_of(t.engine);
  assert_int_equal(s.compiled_functions, 2);
  assert_int_equal(s.compiled_units, 1);
  assert_int_equal(s.worker_starts, 1);
  assert_int_equal(s.worker_deaths, 0);
  assert_true(s.compiler_available && s.code_bytes > 0 && s.compile_ns > 0);
  assert_string_equal(s.compiler_reason, "");
  assert_int_equal(vm_module_compile(t.module, NULL, 0, &e), VM_OK); /* nothing to do */
  assert_int_equal(stats_of(t.engine).compiled_units, 1);
  env_close(&t);
  host_state_check(&before);
}

static void test_background(void **state)
{
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, two, 2);
  ask(&t, 1, 0);
  ask(&t, 1, 0);
  vm_engine_drain(t.engine, NULL);
  check_runs(&t, 0);
  check_runs(&t, 1);
  assert_int_equal(stats_of(t.engine).queued, 0);
  env_close(&t);
}

static void test_code_goes_with_module(void **state)
{
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_2, 0, two, 2);
  for (int i = 0; i < 70; i++) { /* more than the list of modules to forget can hold */
    vm_module *m = load_module(t.engine, two, 2);
    assert_int_equal(atomic_load(&m->code[1].tier_state), VMI_TIER_COMPILED);
    vm_module_free(m);
    if (i % 20 == 0) vm_module_compile(t.module, NULL, 0, NULL);
  }
  vm_module *many[70];
  for (int i = 0; i < 70; i++) many[i] = load_module(t.engine, two, 2);
  for (int i = 0; i < 70; i++) vm_module_free(many[i]);
  vm_module_free(t.module);
  assert_int_equal(stats_of(t.engine).code_bytes, 0);
  t.module = load_module(t.engine, two, 2);
  check_runs(&t, 0);
  env_close(&t);
}

/* ---- it cannot start ---- */

static void check_unavailable(const char *worker, uint32_t timeout_ms, const char *expected)
{
  test_env t;
  vm_error e = VM_ERROR_INIT;
  env_open(&t, worker, VM_TIER_2, timeout_ms, two, 2);
  assert_int_equal(tier_of(&t, 0), VMI_TIER_FAILED);
  for (int i = 0; i < VMI_JIT_MAX_DEATHS; i++) assert_int_equal(compile(&t, 0, &e), VM_COMPILE);
  if (strstr(e.message, expected) == NULL) fail_msg("expected \"%s\", got \"%s\"", expected, e.message);
  vm_engine_stats s = stats_of(t.engine);
  assert_false(s.compiler_available);
  assert_int_equal(s.compiled_functions, 0);
  assert_non_null(strstr(s.compiler_reason, expected));
  ask(&t, 1, VMI_NO_INDEX); /* quietly refused */
  vm_engine_drain(t.engine, NULL);
  assert_ptr_equal(atomic_load(&t.module->code[0].entry), t.engine->interpret);
  env_close(&t);
}

static void test_missing(void **state)
{
  check_unavailable("/nonexistent/libvm-worker", 0, "no executable compiler worker at /nonexistent");
}

static void test_not_executable(void **state)
{
  check_unavailable("/etc/passwd", 0, "no executable compiler worker at /etc/passwd");
  check_unavailable("/tmp", 0, "no executable compiler worker at /tmp");
}

static void test_not_a_program(void **state)
{
  char path[] = "/tmp/libvm-test-XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0 && write(fd, "\177nonsense", 9) == 9 && fchmod(fd, 0700) == 0);
  close(fd);
  check_unavailable(path, 0, "Exec format error");
  unlink(path);
}

static void test_no_tools(void **state)
{
  check_unavailable(WORKER("notools"), 0, "no assembler (as) in /nonexistent; install binutils");
}

static void test_rogues(void **state)
{
  check_unavailable(WORKER("silent"), 100, "did not start in time");
  check_unavailable(WORKER("exits"), 0, "died as it started");
  check_unavailable(WORKER("noise"), 0, "does not speak our protocol");
  check_unavailable(WORKER("version"), 0, "of another version");
  check_unavailable(WORKER("long_reply"), 0, "garbage");
  check_unavailable(WORKER("wrong_reply"), 0, "garbage");
  check_unavailable(WORKER("bad_text"), 0, "?????");
  check_unavailable("/bin/true", 0, "died as it started");
  check_unavailable("/bin/cat", 0, "died as it started");
}

static void test_temp_dir(void **state)
{
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine;
  vm_error e = VM_ERROR_INIT;
  c.worker = WORKER("fake");
  c.temp_dir = "/proc"; /* nobody can make a directory there, not even root */
  c.tier = VM_TIER_2;
  assert_int_equal(vm_engine_new(&c, &engine, &e), VM_OK);
  vm_module *m = load_module(engine, two, 2);
  vm_engine_stats s = stats_of(engine);
  assert_false(s.compiler_available);
  assert_non_null(strstr(s.compiler_reason, "cannot make a directory in /proc"));
  vm_module_free(m);
  assert_int_equal(vm_engine_free(engine, &e), VM_OK);
  assert_no_child();
}

/* ---- it dies or hangs ---- */

/* With small limits an idle worker is sent home after a millisecond: none to kill or stop then. */
static void needs_idle_worker(void)
{
  if (VMI_JIT_IDLE_MS < 10000) skip();
}

static void test_killed_between(void **state)
{
  test_env t;
  needs_idle_worker();
  vm_error e = VM_ERROR_INIT;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, two, 2);
  assert_int_equal(compile(&t, 1, &e), VM_OK);
  pid_t worker = wait_for_child();
  assert_int_equal(kill(worker, SIGKILL), 0);
  for (int i = 0; i < 10000 && stats_of(t.engine).worker_deaths == 0; i++) usleep(1000);
  assert_int_equal(stats_of(t.engine).worker_deaths, 1);
  assert_no_child(); /* reaped without being asked anything */
  assert_true(is_empty(t.temp));
  if (compile(&t, 0, &e) != VM_OK) fail_msg("%s", e.message);
  check_runs(&t, 0);
  check_runs(&t, 1);
  assert_int_equal(stats_of(t.engine).worker_starts, 2);
  env_close(&t);
}

static const test_func hanging[] = {{.name = "hang"}, {.name = "fine"}};

static void test_killed_during(void **state)
{
  test_env t;
  vm_error e = VM_ERROR_INIT;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, hanging, 2);
  ask(&t, 0, VMI_NO_INDEX);
  pid_t worker = wait_for_child();
  usleep(500000); /* it is at work by then */
  kill(worker, SIGKILL);
  vm_engine_drain(t.engine, NULL);
  assert_int_equal(tier_of(&t, 0), VMI_TIER_FAILED);
  vm_engine_stats s = stats_of(t.engine);
  assert_int_equal(s.worker_deaths, 1);
  assert_int_equal(s.failed_units, 1);
  assert_true(s.compiler_available);
  assert_string_not_equal(s.compiler_reason, "");
  if (compile(&t, 1, &e) != VM_OK) fail_msg("%s", e.message);
  check_runs(&t, 1);
  env_close(&t);
}

static void test_times_out(void **state)
{
  test_env t;
  needs_idle_worker();
  vm_error e = VM_ERROR_INIT;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 2000, hanging, 2);
  assert_int_equal(compile(&t, 0, &e), VM_COMPILE);
  assert_non_null(strstr(e.message, "took too long"));
  assert_true(is_empty(t.temp));
  if (compile(&t, 1, &e) != VM_OK) fail_msg("%s", e.message);
  /* Stopped while idle: noticed when it is wanted next. */
  kill(wait_for_child(), SIGSTOP);
  vm_module *other = load_module(t.engine, two, 2);
  assert_int_equal(vm_module_compile(other, NULL, 0, &e), VM_COMPILE);
  assert_int_equal(vm_module_compile(other, NULL, 0, &e), VM_OK);
  vm_module_free(other);
  env_close(&t);
}

static void test_shutdown_while_hanging(void **state)
{
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, hanging, 2);
  ask(&t, 0, VMI_NO_INDEX);
  wait_for_child();
  env_close(&t); /* neither the module nor the engine waits for the compile */
}

static void test_litter(void **state)
{
  static const test_func litter[] = {{.name = "litter"}};
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 1000, litter, 1);
  assert_int_equal(compile(&t, 0, NULL), VM_COMPILE);
  env_close(&t);
}

static void test_gives_up(void **state)
{
  static const test_func bad[] = {{.name = "crash"}, {.name = "crash"}, {.name = "exit"},
                                  {.name = "crash"}, {.name = "exit"}, {.name = "fine"}};
  test_env t;
  vm_error e = VM_ERROR_INIT;
  env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, bad, 6);
  assert_int_equal(vm_module_compile(t.module, NULL, 0, &e), VM_COMPILE);
  vm_engine_stats s = stats_of(t.engine);
  assert_int_equal(s.worker_deaths, VMI_JIT_MAX_BLAME / VMI_JIT_BLAME);
  assert_non_null(strstr(s.compiler_reason, "given up; the last failure: the compiler worker died"));
  for (uint32_t i = 0; i < 6; i++) assert_int_equal(tier_of(&t, i), VMI_TIER_FAILED);
  /* The module alone: others are compiled, and so is what the host asks for. */
  assert_true(s.compiler_available);
  vm_module *other = load_module(t.engine, two, 2);
  if (vm_module_compile(other, NULL, 0, &e) != VM_OK) fail_msg("%s", e.message);
  vm_module_free(other);
  if (compile(&t, 5, &e) != VM_OK) fail_msg("%s", e.message);
  check_runs(&t, 5);
  env_close(&t);
}

/* ---- the host's side ---- */

static void test_ignored_sigchld(void **state)
{
  struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
  sigaction(SIGCHLD, &ignore, &before);
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_2, 0, two, 2);
  check_runs(&t, 0);
  env_close(&t);
  sigaction(SIGCHLD, &before, NULL);
}

static void test_host_reaps(void **state)
{
  test_env t;
  needs_idle_worker();
  env_open(&t, WORKER("fake"), VM_TIER_2, 0, two, 2);
  pid_t worker = wait_for_child();
  kill(worker, SIGKILL);
  waitpid(-1, NULL, 0); /* fails if the compiler's thread was faster */
  vm_module *other = load_module(t.engine, two, 2);
  assert_int_equal(atomic_load(&other->code[0].tier_state), VMI_TIER_COMPILED);
  vm_module_free(other);
  env_close(&t);
}

static void test_closed_standard_files(void **state)
{
  pid_t child = fork();
  if (child == 0) {
    test_env t;
    close(0); /* the socket will get these numbers */
    close(1);
    env_open(&t, WORKER("fake"), VM_TIER_2, 0, two, 2);
    bool ok = tier_of(&t, 0) == VMI_TIER_COMPILED;
    env_close(&t);
    _exit(ok ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void test_fork(void **state)
{
  test_env t;
  env_open(&t, WORKER("fake"), VM_TIER_2, 0, two, 2);
  pid_t child = fork();
  if (child == 0) {
    bool ok = vm_module_compile(t.module, NULL, 0, NULL) == VM_COMPILE;
    ask(&t, 0, VMI_NO_INDEX);
    vm_engine_drain(t.engine, NULL);
    ok = ok && !stats_of(t.engine).compiler_available;
    check_runs(&t, 0); /* code that was compiled before stays */
    vm_module_free(t.module);
    ok = ok && vm_engine_free(t.engine, NULL) == VM_OK;
    _exit(ok ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  vm_module *other = load_module(t.engine, two, 2); /* the parent's worker is unharmed */
  assert_int_equal(atomic_load(&other->code[0].tier_state), VMI_TIER_COMPILED);
  if (VMI_JIT_IDLE_MS > 10000) assert_int_equal(stats_of(t.engine).worker_starts, 1);
  vm_module_free(other);
  env_close(&t);
}

/* The host is killed in the middle of a compile: the worker cleans up and goes too. */
static void test_host_dies(void **state)
{
  char temp[] = "/tmp/libvm-test-XXXXXX";
  assert_non_null(mkdtemp(temp));
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  pid_t host = fork();
  if (host == 0) {
    vm_engine_config c = VM_ENGINE_CONFIG_INIT;
    vm_engine *engine;
    c.worker = WORKER("fake");
    c.temp_dir = temp;
    if (vm_engine_new(&c, &engine, NULL) != VM_OK) _exit(1);
    vm_module *m = load_module(engine, hanging, 2);
    while (!engine->jit_ops->hot(engine->jit, m, 0, false)) {}
    for (;;) pause();
  }
  for (int i = 0; i < 10000 && is_empty(temp); i++) usleep(1000);
  assert_false(is_empty(temp));
  usleep(100000);
  kill(host, SIGKILL);
  assert_int_equal(waitpid(host, NULL, 0), host);
  for (int i = 0; i < 10000 && !is_empty(temp); i++) usleep(1000);
  assert_true(is_empty(temp));
  while (waitpid(-1, NULL, 0) > 0) {} /* the worker, now ours */
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  assert_no_child();
  assert_int_equal(rmdir(temp), 0);
}

/* No room for files, as on a full disk. */
static void test_no_space(void **state)
{
  pid_t child = fork();
  if (child == 0) {
    struct rlimit none = {150, 150};
    setrlimit(RLIMIT_FSIZE, &none);
    signal(SIGXFSZ, SIG_IGN);
    test_env t;
    vm_error e = VM_ERROR_INIT;
    env_open(&t, WORKER("fake"), VM_TIER_AUTO, 0, two, 2);
    bool ok = vm_module_compile(t.module, NULL, 0, &e) == VM_COMPILE && strstr(e.message, "disk full");
    vm_module_free(t.module);
    vm_engine_free(t.engine, NULL);
    ok = ok && is_empty(t.temp) && rmdir(t.temp) == 0;
    _exit(ok ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_compiles),        cmocka_unit_test(test_background),
    cmocka_unit_test(test_code_goes_with_module),
    cmocka_unit_test(test_missing),         cmocka_unit_test(test_not_executable),
    cmocka_unit_test(test_not_a_program),   cmocka_unit_test(test_no_tools),
    cmocka_unit_test(test_rogues),          cmocka_unit_test(test_temp_dir),
    cmocka_unit_test(test_killed_between),  cmocka_unit_test(test_killed_during),
    cmocka_unit_test(test_times_out),       cmocka_unit_test(test_shutdown_while_hanging),
    cmocka_unit_test(test_litter),          cmocka_unit_test(test_gives_up),
    cmocka_unit_test(test_ignored_sigchld), cmocka_unit_test(test_host_reaps),
    cmocka_unit_test(test_closed_standard_files), cmocka_unit_test(test_fork),
    cmocka_unit_test(test_host_dies),       cmocka_unit_test(test_no_space),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
