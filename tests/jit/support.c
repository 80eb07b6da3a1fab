/* support.c - modules, engines and checks for the tests of the compiler's process side.
 *
 * SPDX-License-Identifier: MIT
 */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void add_body(vm_builder *b, const test_func *f, uint32_t index)
{
  vm_fn *fn;
  assert_int_equal(vm_fn_begin(b, index, &fn), VM_OK);
  for (uint32_t i = 0; i < f->ncalls; i++) {
    vm_fn_call(fn, f->calls[i]);
    vm_fn_drop(fn);
  }
  for (uint32_t i = 0; i < f->padding; i++) {
    vm_fn_i32_const(fn, 1);
    vm_fn_drop(fn);
  }
  vm_fn_i32_const(fn, 42);
  vm_fn_return(fn);
  assert_int_equal(vm_fn_end(fn), VM_OK);
}

vm_module *load_module(vm_engine *engine, const test_func *funcs, uint32_t n)
{
  vm_error e = VM_ERROR_INIT;
  vm_builder *b;
  uint8_t *bytes;
  size_t size;
  uint32_t type, index;
  vm_type i32 = VM_I32;
  vm_module *m = NULL;
  assert_int_equal(vm_builder_new(NULL, &b, &e), VM_OK);
  assert_int_equal(vm_builder_type_func(b, NULL, NULL, 0, &i32, 1, &type), VM_OK);
  for (uint32_t i = 0; i < n; i++) {
    assert_int_equal(vm_builder_func(b, funcs[i].name, type, &index), VM_OK);
  }
  for (uint32_t i = 0; i < n; i++) add_body(b, &funcs[i], i);
  if (vm_builder_finish(b, &bytes, &size, &e) != VM_OK) fail_msg("%s", e.message);
  if (vm_module_load(engine, bytes, size, &m, &e) != VM_OK) fail_msg("%s", e.message);
  vm_builder_bytes_free(NULL, bytes, size);
  vm_builder_free(b);
  return m;
}

void env_open(test_env *t, const char *worker, vm_tier tier, uint32_t timeout_ms, const test_func *funcs,
              uint32_t n)
{
  vm_error e = VM_ERROR_INIT;
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  strcpy(t->temp, "/tmp/libvm-test-XXXXXX");
  assert_non_null(mkdtemp(t->temp));
  c.worker = worker;
  c.tier = tier;
  c.compile_timeout_ms = timeout_ms;
  c.temp_dir = t->temp;
  if (vm_engine_new(&c, &t->engine, &e) != VM_OK) fail_msg("%s", e.message);
  t->module = load_module(t->engine, funcs, n);
}

void env_close(test_env *t)
{
  vm_error e = VM_ERROR_INIT;
  vm_module_free(t->module);
  if (vm_engine_free(t->engine, &e) != VM_OK) fail_msg("%s", e.message);
  assert_no_child();
  assert_true(is_empty(t->temp));
  assert_int_equal(rmdir(t->temp), 0);
}

vmi_tier_state tier_of(const test_env *t, uint32_t func)
{
  return (vmi_tier_state)atomic_load(&t->module->code[func].tier_state);
}

void check_runs(const test_env *t, uint32_t func)
{
  vmi_code *c = &t->module->code[func];
  vmi_slot frame[16] = {{0}};
  assert_int_equal(tier_of(t, func), VMI_TIER_COMPILED);
  assert_non_null(atomic_load(&c->native));
  atomic_load(&c->entry)(NULL, frame, c);
  assert_int_equal(frame[0].i32, 42);
}

vm_engine_stats stats_of(vm_engine *engine)
{
  vm_engine_stats s = {.size = sizeof s};
  assert_int_equal(vm_engine_get_stats(engine, &s, NULL), VM_OK);
  return s;
}

void ask(const test_env *t, uint32_t func, uint32_t caller)
{
  atomic_store(&t->module->profile[func].caller, caller);
  while (!t->engine->jit_ops->hot(t->engine->jit, t->module, func, false)) {}
}

static bool is_child(const char *pid)
{
  char path[300], text[512];
  snprintf(path, sizeof path, "/proc/%s/stat", pid);
  FILE *f = fopen(path, "re");
  if (f == NULL) return false;
  size_t n = fread(text, 1, sizeof text - 1, f);
  fclose(f);
  text[n] = 0;
  const char *p = strrchr(text, ')');
  char state = 0;
  int parent = 0;
  return p != NULL && sscanf(p + 1, " %c %d", &state, &parent) == 2 && parent == getpid();
}

pid_t find_child(void)
{
  DIR *d = opendir("/proc");
  assert_non_null(d);
  pid_t found = 0;
  const struct dirent *entry;
  while (found == 0 && (entry = readdir(d)) != NULL) {
    if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && is_child(entry->d_name)) {
      found = (pid_t)atoi(entry->d_name);
    }
  }
  closedir(d);
  return found;
}

pid_t wait_for_child(void)
{
  for (int i = 0; i < 10000; i++) {
    pid_t pid = find_child();
    if (pid != 0) return pid;
    usleep(1000);
  }
  fail_msg("no worker was started");
  return 0;
}

static int count_entries(const char *dir)
{
  DIR *d = opendir(dir);
  assert_non_null(d);
  int n = -2; /* . and .. */
  while (readdir(d) != NULL) n++;
  closedir(d);
  return n;
}

bool is_empty(const char *dir) { return count_entries(dir) == 0; }

void assert_no_child(void)
{
  errno = 0;
  assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
  assert_int_equal(errno, ECHILD);
}

void host_state_get(host_state *h)
{
  memset(h, 0, sizeof *h);
  for (int i = 1; i < NSIG; i++) sigaction(i, NULL, &h->actions[i]);
  for (int i = 0; i < RLIM_NLIMITS; i++) getrlimit(i, &h->limits[i]);
  pthread_sigmask(SIG_SETMASK, NULL, &h->mask);
  snprintf(h->locale, sizeof h->locale, "%s", setlocale(LC_ALL, NULL));
  assert_non_null(getcwd(h->cwd, sizeof h->cwd));
  h->umask = umask(0);
  umask(h->umask);
  h->descriptors = count_entries("/proc/self/fd");
}

void host_state_check(const host_state *before)
{
  host_state now;
  host_state_get(&now);
  for (int i = 1; i < NSIG; i++) {
    assert_ptr_equal(before->actions[i].sa_handler, now.actions[i].sa_handler);
    assert_int_equal(before->actions[i].sa_flags, now.actions[i].sa_flags);
  }
  assert_memory_equal(before->limits, now.limits, sizeof now.limits);
  for (int i = 1; i < NSIG; i++) assert_int_equal(sigismember(&before->mask, i), sigismember(&now.mask, i));
  assert_string_equal(before->locale, now.locale);
  assert_string_equal(before->cwd, now.cwd);
  assert_int_equal(before->umask, now.umask);
  assert_int_equal(before->descriptors, now.descriptors);
}
