/* cache.c - the code cache: what it keeps, and that nothing in its directory changes a result.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support.h"
#include "tree.h"

static const test_func program[] = {{.name = "a", .ncalls = 1, .calls = {1}}, {.name = "b"}};

typedef struct box {
  char base[64], dir[80]; /* the cache is a folder in a folder of the test's own */
} box;

static void box_open(box *b)
{
  strcpy(b->base, "/tmp/libvm-cache-XXXXXX");
  assert_non_null(mkdtemp(b->base));
  snprintf(b->dir, sizeof b->dir, "%s/cache", b->base);
}

static void box_close(box *b) { assert_true(vmi_jit_remove_tree(b->base)); }

static vm_status engine_with(const char *dir, const char *worker, uint32_t fuel, vm_engine **engine,
                             vm_error *e)
{
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  c.worker = worker;
  c.tier = VM_TIER_AUTO;
  c.cache_dir = dir;
  c.meter_fuel = fuel;
  return vm_engine_new(&c, engine, e);
}

/* Load the program, compile it if `compile`; the statistics at the end. */
static vm_engine_stats run(const char *dir, const char *worker, uint32_t fuel, const test_func *f,
                           uint32_t n, bool compile)
{
  test_env t = {.module = NULL};
  vm_error e = VM_ERROR_INIT;
  if (engine_with(dir, worker, fuel, &t.engine, &e) != VM_OK) fail_msg("%s", e.message);
  t.module = load_module(t.engine, f, n);
  if (compile) {
    if (vm_module_compile(t.module, NULL, 0, &e) != VM_OK) fail_msg("%s", e.message);
    for (uint32_t i = 0; i < n; i++) check_runs(&t, i);
  } else {
    for (uint32_t i = 0; i < n; i++) {
      if (tier_of(&t, i) == VMI_TIER_COMPILED) check_runs(&t, i);
    }
  }
  vm_engine_stats s = stats_of(t.engine);
  vm_module_free(t.module);
  assert_int_equal(vm_engine_free(t.engine, &e), VM_OK);
  assert_no_child();
  return s;
}

static vm_engine_stats run_usual(const char *dir, bool compile)
{
  return run(dir, WORKER("fake"), 0, program, 2, compile);
}

/* The only entry's path. */
static void find_entry(const char *dir, char path[256])
{
  char folder[160] = "";
  int found = 0;
  for (int level = 0; level < 2; level++) {
    const char *in = level == 0 ? dir : folder;
    DIR *d = opendir(in);
    assert_non_null(d);
    for (const struct dirent *x; (x = readdir(d)) != NULL;) {
      if (x->d_name[0] == '.') continue;
      found++;
      if (level == 0) snprintf(folder, sizeof folder, "%.80s/%.64s", dir, x->d_name);
      else snprintf(path, 256, "%s/%.64s", folder, x->d_name);
    }
    closedir(d);
  }
  assert_int_equal(found, 2);
}

static void test_warm(void **state)
{
  box b;
  box_open(&b);
  vm_engine_stats s = run_usual(b.dir, true);
  assert_int_equal(s.cache_hits, 0);
  assert_int_equal(s.cache_misses, 1);
  assert_int_equal(s.cache_stored, 1);
  s = run_usual(b.dir, true);
  assert_int_equal(s.cache_hits, 1);
  assert_int_equal(s.cache_misses, 0);
  assert_int_equal(s.worker_starts, 0);
  assert_int_equal(s.compiled_units, 0);
  assert_true(s.code_bytes > 0);
  box_close(&b);
}

/* Another module, other options, another compiler: nothing is taken. */
static void test_keys(void **state)
{
  static const test_func other[] = {{.name = "a", .ncalls = 1, .calls = {1}}, {.name = "c"}};
  box b;
  box_open(&b);
  run_usual(b.dir, true);
  assert_int_equal(run(b.dir, WORKER("fake"), 0, other, 2, false).cache_hits, 0);
  assert_int_equal(run(b.dir, WORKER("fake"), 1, program, 2, false).cache_hits, 0);
  assert_int_equal(run(b.dir, WORKER("lies"), 0, program, 2, false).cache_hits, 0);
  assert_int_equal(run_usual(b.dir, false).cache_hits, 1);
  box_close(&b);
}

static uint8_t *slurp(const char *path, size_t *size)
{
  vmi_alloc a = vmi_alloc_from(NULL);
  uint8_t *bytes = vmi_jit_read_file(&a, path, size);
  assert_non_null(bytes);
  return bytes;
}

static void spill(const char *path, const uint8_t *bytes, size_t size)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, size), (ssize_t)size);
  close(fd);
}

/* Every byte of the entry in turn: the reader refuses each; and with an engine, all bytes of the
 * header and every 97th of the rest (every one with VM_TEST_LONG). */
static void test_corrupt(void **state)
{
  box b;
  char path[256];
  size_t size;
  vmi_entry_view view;
  box_open(&b);
  run_usual(b.dir, true);
  find_entry(b.dir, path);
  uint8_t *bytes = slurp(path, &size);
  assert_null(vmi_entry_read(bytes, size, &view));
  size_t stride = getenv("VM_TEST_LONG") != NULL ? 1 : 97;
  for (size_t i = 0; i < size; i++) {
    bytes[i] ^= (uint8_t)(1u << i % 8);
    assert_non_null(vmi_entry_read(bytes, size, &view));
    if (i < sizeof(vmi_entry_header) + 8 || i % stride == 0) {
      spill(path, bytes, size);
      vm_engine_stats s = run_usual(b.dir, false);
      assert_int_equal(s.cache_hits, 0);
      assert_int_equal(s.cache_rejected, 1);
    }
    bytes[i] ^= (uint8_t)(1u << i % 8);
  }
  for (size_t cut = 0; cut < size; cut = cut < 300 ? cut + 37 : cut * 2) { /* truncated */
    spill(path, bytes, cut);
    assert_int_equal(run_usual(b.dir, false).cache_rejected, 1);
  }
  assert_int_equal(run_usual(b.dir, true).cache_stored, 1); /* replaced */
  assert_int_equal(run_usual(b.dir, true).cache_hits, 1);
  free(bytes);
  box_close(&b);
}

/* A whole entry that says it is for another function list, processor or module. */
static void test_forged(void **state)
{
  box b;
  char path[256];
  size_t size;
  vmi_entry_view v;
  box_open(&b);
  run_usual(b.dir, true);
  find_entry(b.dir, path);
  uint8_t *bytes = slurp(path, &size);
  for (int kind = 0; kind < 8; kind++) {
    assert_null(vmi_entry_read(bytes, size, &v));
    if (kind == 0) v.funcs[0] = 2;        /* no such function */
    if (kind == 1) v.funcs[1] = v.funcs[0];
    if (kind == 2) v.head.published = 1;  /* the object has two */
    if (kind == 3) v.head.module[7] ^= 1;
    if (kind == 4) v.head.id.cpu ^= 64;
    if (kind == 5) v.head.id.options ^= 1;
    if (kind == 6) v.head.id.build[0] ^= 1;
    if (kind == 7) v.head.id.tools[31] ^= 1;
    uint8_t *forged = malloc(size);
    assert_non_null(forged);
    vmi_entry_write(forged, &v.head, v.funcs, v.code);
    assert_null(vmi_entry_read(forged, size, &v));
    spill(path, forged, size);
    free(forged);
    vm_engine_stats s = run_usual(b.dir, false);
    assert_int_equal(s.cache_hits, 0);
    assert_int_equal(s.cache_rejected, 1);
  }
  free(bytes);
  box_close(&b);
}

static void check_refused(const char *dir, const char *why)
{
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  assert_int_equal(engine_with(dir, WORKER("fake"), 0, &engine, &e), VM_ARGUMENT);
  assert_null(engine);
  if (strstr(e.message, why) == NULL) fail_msg("expected \"%s\", got \"%s\"", why, e.message);
}

static void test_directory(void **state)
{
  box b;
  char link[128];
  host_state before;
  box_open(&b);
  host_state_get(&before);
  check_refused("relative", "not an absolute path");
  assert_int_equal(mkdir(b.dir, 0700), 0);
  snprintf(link, sizeof link, "%s/link", b.base);
  assert_int_equal(symlink(b.dir, link), 0);
  check_refused(link, "symbolic link");
  strcat(link, "//");
  check_refused(link, "symbolic link");
  for (unsigned mode = 0701; mode <= 0740; mode = mode < 0710 ? mode + 1 : mode * 2 - 0700) {
    assert_int_equal(chmod(b.dir, mode), 0);
    check_refused(b.dir, "its mode is not 0700");
  }
  assert_int_equal(chmod(b.dir, 0700), 0);
  run_usual(b.dir, false);
  if (geteuid() == 0) {
    assert_int_equal(chown(b.dir, 12345, 12345), 0);
    check_refused(b.dir, "it belongs to another user");
  }
  check_refused("/dev/null", "not a directory");
  check_refused("/nonexistent/cache", "No such file");
  host_state_check(&before);
  box_close(&b);
}

/* Entries that others could have written, and things that are no files. */
static void test_entry_mode(void **state)
{
  box b;
  char path[256], away[272];
  box_open(&b);
  run_usual(b.dir, true);
  find_entry(b.dir, path);
  assert_int_equal(chmod(path, 0620), 0);
  assert_int_equal(run_usual(b.dir, false).cache_rejected, 1);
  assert_int_equal(chmod(path, 0600), 0);
  if (geteuid() == 0) {
    assert_int_equal(chown(path, 12345, 0), 0);
    assert_int_equal(run_usual(b.dir, false).cache_rejected, 1);
    assert_int_equal(chown(path, 0, 0), 0);
  }
  snprintf(away, sizeof away, "%.80s/away", b.base);
  assert_int_equal(rename(path, away), 0);
  assert_int_equal(symlink(away, path), 0);
  assert_int_equal(run_usual(b.dir, false).cache_rejected, 1);
  unlink(path);
  assert_int_equal(mkfifo(path, 0600), 0);
  assert_int_equal(run_usual(b.dir, false).cache_rejected, 1);
  assert_int_equal(run_usual(b.dir, true).cache_stored, 1); /* the pipe is replaced */
  assert_int_equal(run_usual(b.dir, true).cache_hits, 1);
  *strrchr(path, '/') = 0;
  assert_int_equal(chmod(path, 0755), 0); /* the module's folder */
  vm_engine_stats s = run_usual(b.dir, true);
  assert_int_equal(s.cache_hits, 0);
  assert_int_equal(s.cache_stored, 0);
  assert_true(s.cache_rejected > 0);
  box_close(&b);
}

/* Several processes fill and use one directory. */
static void test_shared(void **state)
{
  enum { PROCESSES = 4, ROUNDS = 4 };
  box b;
  pid_t pids[PROCESSES];
  box_open(&b);
  for (int p = 0; p < PROCESSES; p++) {
    pids[p] = fork();
    assert_true(pids[p] >= 0);
    if (pids[p] != 0) continue;
    for (int i = 0; i < ROUNDS; i++) {
      test_func f[] = {{.name = "a", .ncalls = 1, .calls = {1}},
                       {.name = "b", .padding = (uint32_t)(i + p) % 3}};
      vm_engine_stats s = run(b.dir, WORKER("fake"), 0, f, 2, true);
      if (s.cache_hits + s.compiled_units == 0 || s.cache_rejected != 0) _exit(1);
    }
    _exit(0);
  }
  for (int p = 0; p < PROCESSES; p++) {
    int status;
    assert_int_equal(waitpid(pids[p], &status, 0), pids[p]);
    assert_int_equal(status, 0);
  }
  assert_int_equal(run_usual(b.dir, false).cache_hits, 1);
  box_close(&b);
}

/* No file may grow past a few bytes: nothing is stored, and results are the same. Then entries that
 * were stored cannot be unpacked. The limit is the child's; its worker inherits it, so that with it
 * compiling fails, too. */
static void limited(const box *b, rlim_t bytes, bool warm)
{
  struct rlimit r = {bytes, bytes};
  test_env t = {.module = NULL};
  vm_error e = VM_ERROR_INIT;
  if (setrlimit(RLIMIT_FSIZE, &r) != 0) _exit(2);
  if (engine_with(b->dir, WORKER("fake"), 0, &t.engine, &e) != VM_OK) _exit(3);
  t.module = load_module(t.engine, program, 2);
  (void)vm_module_compile(t.module, NULL, 0, NULL);
  vm_engine_stats s = stats_of(t.engine);
  if (s.cache_stored != 0) _exit(4);
  if (warm && s.cache_rejected == 0) _exit(5);
  vm_module_free(t.module);
  _exit(vm_engine_free(t.engine, NULL) == VM_OK ? 0 : 6);
}

static void test_disk_full(void **state)
{
  box b;
  size_t size;
  char path[256];
  box_open(&b);
  for (int warm = 0; warm < 2; warm++) {
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) limited(&b, 64, warm != 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(run_usual(b.dir, true).cache_stored, warm == 0);
  }
  /* and without room for the last byte of the entry, while the object itself does fit */
  find_entry(b.dir, path);
  free(slurp(path, &size));
  vmi_cache c = {.dir = -1};
  vmi_alloc a = vmi_alloc_from(NULL);
  const uint8_t module[32] = {0}, code[4000] = {0};
  const uint32_t funcs[] = {0};
  struct rlimit old, r;
  assert_int_equal(vmi_cache_open(&c, b.dir, NULL), VM_OK);
  vmi_cache_tools("", c.id.tools);
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
  r = old;
  r.rlim_cur = vmi_entry_size(1, sizeof code) - 1;
  void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
  vmi_cache_keep(&c, &a, module, funcs, 1, 1, code, sizeof code);
  assert_int_equal(c.stored, 0);
  setrlimit(RLIMIT_FSIZE, &old);
  signal(SIGXFSZ, before);
  vmi_cache_hit hit;
  assert_false(vmi_cache_find(&c, &a, module, funcs, 1, 1, &hit));
  vmi_cache_keep(&c, &a, module, funcs, 1, 1, code, sizeof code);
  assert_int_equal(c.stored, 1);
  assert_true(vmi_cache_find(&c, &a, module, funcs, 1, 1, &hit));
  vmi_cache_drop(&a, &hit);
  assert_int_equal(c.rejected, 0);
  vmi_cache_close(&c);
  box_close(&b);
}

static bool has(vmi_cache *c, uint8_t module, uint32_t func)
{
  vmi_alloc a = vmi_alloc_from(NULL);
  const uint8_t hash[32] = {module};
  vmi_cache_hit hit;
  if (!vmi_cache_find(c, &a, hash, &func, 1, 1, &hit)) return false;
  vmi_cache_drop(&a, &hit);
  return true;
}

static void put(vmi_cache *c, uint8_t module, uint32_t func)
{
  static const uint8_t code[4000];
  vmi_alloc a = vmi_alloc_from(NULL);
  const uint8_t hash[32] = {module};
  vmi_cache_keep(c, &a, hash, &func, 1, 1, code, sizeof code);
}

/* Every entry was last used so many seconds ago. */
static void age(const char *dir, int seconds)
{
  char command[200];
  snprintf(command, sizeof command, "find %s -type f -exec touch -d '%d seconds ago' {} +", dir, seconds);
  assert_int_equal(system(command), 0);
}

/* Past its size the cache loses what was not used for longest; a module's folder goes with its last
 * entry; what is not ours stays. */
static void test_size(void **state)
{
  box b;
  char path[160];
  box_open(&b);
  vmi_cache c = {.dir = -1};
  assert_int_equal(vmi_cache_open(&c, b.dir, NULL), VM_OK);
  vmi_cache_tools("", c.id.tools);
  c.max = 8 * vmi_entry_size(1, 4000);
  for (uint32_t i = 0; i < 2; i++) put(&c, 1, i);
  for (uint32_t i = 0; i < 2; i++) put(&c, 2, i);
  snprintf(path, sizeof path, "%s/mine", b.dir);
  spill(path, (const uint8_t *)"", 0);
  age(b.dir, 10000);
  assert_true(has(&c, 2, 0)); /* used: it is young again */
  for (uint32_t i = 0; i < 4; i++) put(&c, 3, i);
  for (uint32_t i = 0; i < 4; i++) assert_true(has(&c, 1 + (i >> 1 & 1), i & 1)); /* all fit: and young */
  age(b.dir, 10000);
  assert_true(has(&c, 2, 0));
  put(&c, 4, 0); /* one too many: three of the old ones go */
  assert_true(has(&c, 4, 0) && has(&c, 2, 0));
  int left = 0;
  for (uint32_t i = 0; i < 2; i++) left += has(&c, 1, i) + has(&c, 2, i);
  for (uint32_t i = 0; i < 4; i++) left += has(&c, 3, i);
  assert_int_equal(left, 5);
  assert_int_equal(access(path, F_OK), 0);
  for (uint32_t i = 0; i < 100; i++) put(&c, 5, i);
  left = 0;
  for (uint32_t i = 0; i < 100; i++) left += has(&c, 5, i);
  assert_true(left >= 5 && left <= 9);
  assert_false(has(&c, 4, 0));
  assert_int_equal(c.rejected, 0);
  vmi_cache_close(&c);
  box_close(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_warm),      cmocka_unit_test(test_keys),
    cmocka_unit_test(test_corrupt),   cmocka_unit_test(test_forged),
    cmocka_unit_test(test_directory), cmocka_unit_test(test_entry_mode),
    cmocka_unit_test(test_shared),    cmocka_unit_test(test_disk_full),
    cmocka_unit_test(test_size),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
