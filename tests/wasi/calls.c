/* calls.c - WASI's functions called one by one: wrong addresses, wrong numbers, random arguments, a
 * pipe that nobody reads, memory that runs out.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "vm/vm.h"
#include "wasi.h"
#include "wasi_abi.h"

static const struct {
  const char *name, *params;
} functions[] = {
#define WASI_FUNCTION(name, signature) {#name, signature},
#include "wasi_functions.def"
};
enum { FUNCTIONS = sizeof functions / sizeof *functions, PAGE = 65536 };

/* Counts what is allocated; the allocation number `fail_at` fails. */
typedef struct counter {
  size_t bytes, calls, fail_at;
} counter;

static void *counting(void *user, void *block, size_t old_size, size_t new_size)
{
  counter *c = user;
  if (new_size && ++c->calls == c->fail_at) return NULL;
  c->bytes += new_size - (block ? old_size : 0);
  if (new_size) return realloc(block, new_size);
  free(block);
  return NULL;
}

typedef struct world {
  counter memory;
  vm_engine *engine;
  vm_module *module;
  vm_isolate *isolate;
  vm_instance *instance;
  wasi_host *wasi;
  vm_ref calls[FUNCTIONS];
  uint8_t *base; /* of the guest's memory, which never grows */
  char dir[64];
  int streams[3];
  int32_t error;
} world;

/* A guest that offers each function as it is. */
static char *guest_text(void)
{
  static char text[64 * 1024];
  char *at = text;
  for (int i = 0; i < FUNCTIONS; i++) {
    const char *result = strcmp(functions[i].name, "proc_exit") == 0 ? "" : "i32";
    at += sprintf(at, "import func i_%s \"" WASI_MODULE "\" \"%s\" (", functions[i].name,
                  functions[i].name);
    for (const char *p = functions[i].params; *p; p++)
      at += sprintf(at, "%s%s", p > functions[i].params ? ", " : "", *p == 'I' ? "i64" : "i32");
    at += sprintf(at, ") -> (%s)\n", result);
  }
  at += sprintf(at, "memory mem 1 1\nexport memory \"memory\" mem\n");
  for (int i = 0; i < FUNCTIONS; i++) {
    const char *result = strcmp(functions[i].name, "proc_exit") == 0 ? "" : "i32";
    at += sprintf(at, "func %s (", functions[i].name);
    for (int p = 0; functions[i].params[p]; p++)
      at +=
          sprintf(at, "%sp%d: %s", p ? ", " : "", p, functions[i].params[p] == 'I' ? "i64" : "i32");
    at += sprintf(at, ") -> (%s) {\n", result);
    for (int p = 0; functions[i].params[p]; p++) at += sprintf(at, "  local.get p%d\n", p);
    at += sprintf(at, "  call i_%s\n  return\n}\nexport func \"%s\" %s\n", functions[i].name,
                  functions[i].name, functions[i].name);
  }
  return text;
}

static vm_status new_wasi(world *w, const char *dir, wasi_host **out, vm_error *e)
{
  static const char *const args[] = {"program", "", "third"}, *const env[] = {"A=b", "LONG=x=y"};
  wasi_dir dirs[2] = {{dir, "first"}, {dir, NULL}};
  wasi_config c = WASI_CONFIG_INIT;
  c.allocator = (vm_allocator){counting, &w->memory};
  c.args = args, c.nargs = 3;
  c.env = env, c.nenv = 2;
  c.dirs = dirs, c.ndirs = 2;
  memcpy(c.streams, w->streams, sizeof c.streams);
  return wasi_new(&c, out, e);
}

static void open_world(world *w)
{
  vm_error e = VM_ERROR_INIT;
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  char *text = guest_text();
  uint64_t size;
  config.tier = VM_TIER_0;
  if (vm_engine_new(&config, &w->engine, &e) != VM_OK ||
      vm_module_assemble(w->engine, text, strlen(text), &w->module, &e) != VM_OK ||
      vm_isolate_new(w->engine, NULL, &w->isolate, &e) != VM_OK ||
      new_wasi(w, w->dir, &w->wasi, &e) != VM_OK || wasi_define(w->wasi, w->isolate, &e) != VM_OK ||
      vm_instance_new(w->isolate, w->module, &w->instance, &e) != VM_OK ||
      vm_instance_view_memory(w->instance, "memory", &w->base, &size, &e) != VM_OK)
    fail_msg("set-up: %s", e.message);
  for (int i = 0; i < FUNCTIONS; i++) {
    vm_ref local;
    assert_int_equal(vm_instance_get_func(w->instance, functions[i].name, &local, NULL), VM_OK);
    assert_int_equal(vm_ref_persist(w->isolate, local, &w->calls[i], NULL), VM_OK);
  }
}

static void close_world(world *w)
{
  vm_isolate_free(w->isolate, NULL);
  wasi_free(w->wasi);
  vm_module_free(w->module);
  assert_int_equal(vm_engine_free(w->engine, NULL), VM_OK);
  assert_int_equal(w->memory.bytes, 0);
}

static int setup(void **state)
{
  world *w = calloc(1, sizeof *w);
  if (!w) return -1;
  strcpy(w->dir, "/tmp/wasi-calls-XXXXXX");
  if (!mkdtemp(w->dir)) return -1;
  for (int i = 0; i < 3; i++) w->streams[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
  open_world(w);
  *state = w;
  return 0;
}

static int teardown(void **state)
{
  world *w = *state;
  char command[200];
  close_world(w);
  for (int i = 0; i < 3; i++) close(w->streams[i]);
  snprintf(command, sizeof command, "chmod -R u+rwx %s && rm -rf %s", w->dir, w->dir);
  int rc = system(command);
  free(w);
  return rc;
}

/* Call by index with arguments as 64 bits each; the status, and the guest's error number in
 * w->error. */
static vm_status call(world *w, int function, const uint64_t *args)
{
  vm_value values[16], result = vm_value_i32(-1);
  uint32_t n = 0;
  for (const char *p = functions[function].params; *p; p++, n++)
    values[n] = *p == 'I' ? vm_value_i64((int64_t)args[n]) : vm_value_i32((int32_t)args[n]);
  int results = strcmp(functions[function].name, "proc_exit") != 0;
  vm_status st =
      vm_call(w->isolate, w->calls[function], values, n, &result, (uint32_t)results, NULL);
  w->error = result.of.i32;
  return st;
}

static int index_of(const char *name)
{
  int i = 0;
  while (strcmp(functions[i].name, name) != 0) i++;
  return i;
}

/* The error number of a call of `name`. */
#define CALL(w, name, ...) \
  (assert_int_equal(call((w), index_of(#name), (const uint64_t[]){__VA_ARGS__}), VM_OK), (w)->error)

static void poke32(world *w, uint32_t at, uint32_t value)
{
  for (int i = 0; i < 4; i++) w->base[at + (uint32_t)i] = (uint8_t)(value >> 8 * i);
}

static uint32_t peek32(const world *w, uint32_t at)
{
  return (uint32_t)w->base[at] | (uint32_t)w->base[at + 1] << 8 | (uint32_t)w->base[at + 2] << 16 |
         (uint32_t)w->base[at + 3] << 24;
}

/* ---- what single functions say ---- */

static void test_strings(void **state)
{
  world *w = *state;
  assert_int_equal(CALL(w, args_sizes_get, 8, 12), WASI_OK);
  assert_int_equal(peek32(w, 8), 3);
  assert_int_equal(peek32(w, 12), 8 + 1 + 6);
  assert_int_equal(CALL(w, args_get, 100, 200), WASI_OK);
  assert_string_equal((char *)w->base + peek32(w, 100), "program");
  assert_string_equal((char *)w->base + peek32(w, 104), "");
  assert_string_equal((char *)w->base + peek32(w, 108), "third");
  assert_int_equal(CALL(w, environ_sizes_get, 8, 12), WASI_OK);
  assert_int_equal(peek32(w, 8), 2);
  assert_int_equal(CALL(w, environ_get, PAGE - 8, 200), WASI_OK);
  assert_string_equal((char *)w->base + peek32(w, PAGE - 4), "LONG=x=y");
  assert_int_equal(CALL(w, environ_get, PAGE - 7, 200), WASI_EFAULT);
  assert_int_equal(CALL(w, environ_get, 8, PAGE - 12), WASI_EFAULT);
  assert_int_equal(CALL(w, args_sizes_get, PAGE - 3, 0), WASI_EFAULT);
  assert_int_equal(CALL(w, args_get, UINT32_MAX, UINT32_MAX), WASI_EFAULT);
}

static void test_opened(void **state)
{
  world *w = *state;
  assert_int_equal(CALL(w, fd_prestat_get, 3, 8), WASI_OK);
  assert_int_equal(peek32(w, 12), 5);
  assert_int_equal(CALL(w, fd_prestat_dir_name, 3, 100, 5), WASI_OK);
  assert_memory_equal(w->base + 100, "first", 5);
  assert_int_equal(CALL(w, fd_prestat_dir_name, 3, 100, 4), WASI_ENAMETOOLONG);
  assert_int_equal(CALL(w, fd_prestat_get, 4, 8), WASI_OK);
  assert_int_equal(peek32(w, 12), strlen(w->dir));
  assert_int_equal(CALL(w, fd_prestat_get, 5, 8), WASI_EBADF);
  assert_int_equal(CALL(w, fd_prestat_get, 0, 8), WASI_EBADF);
  assert_int_equal(CALL(w, fd_prestat_get, 3, PAGE - 7), WASI_EFAULT);
  assert_int_equal(CALL(w, fd_renumber, 3, 9), WASI_EBADF);
  assert_int_equal(CALL(w, fd_renumber, 3, 4), WASI_OK);
  assert_int_equal(CALL(w, fd_close, 3), WASI_EBADF);
  assert_int_equal(CALL(w, fd_renumber, 4, 4), WASI_OK);
  assert_int_equal(CALL(w, fd_close, 4), WASI_OK);
  assert_int_equal(CALL(w, fd_close, 4), WASI_EBADF);
}

static void test_clocks_and_signals(void **state)
{
  world *w = *state;
  for (uint64_t id = 0; id < 4; id++) {
    assert_int_equal(CALL(w, clock_res_get, id, 8), WASI_OK);
    assert_int_equal(CALL(w, clock_time_get, id, 0, 8), WASI_OK);
  }
  assert_int_equal(CALL(w, clock_time_get, 4, 0, 8), WASI_EINVAL);
  assert_int_equal(CALL(w, clock_time_get, 0, 0, PAGE - 7), WASI_EFAULT);
  assert_int_equal(CALL(w, proc_raise, 16), WASI_OK);
  assert_int_equal(CALL(w, proc_raise, 18), WASI_ENOTSUP);
  assert_int_equal(CALL(w, proc_raise, 31), WASI_EINVAL);
  int32_t code;
  assert_int_equal(call(w, index_of("proc_raise"), (uint64_t[]){6}), VM_TERMINATED);
  assert_int_equal(vm_isolate_get_exit_code(w->isolate, &code, NULL), VM_OK);
  assert_int_equal(code, 134);
  assert_int_equal(call(w, index_of("proc_exit"), (uint64_t[]){12}), VM_TERMINATED);
  assert_int_equal(vm_isolate_get_exit_code(w->isolate, &code, NULL), VM_OK);
  assert_int_equal(code, 12);
  assert_int_equal(CALL(w, sched_yield), WASI_OK);
}

/* Subscription `i`: a clock, relative, or a descriptor. */
static void subscribe(world *w, uint32_t i, uint8_t type, uint64_t value)
{
  uint32_t at = 1024 + i * WASI_SUBSCRIPTION_SIZE;
  memset(w->base + at, 0, WASI_SUBSCRIPTION_SIZE);
  poke32(w, at, 1000 + i);
  w->base[at + 8] = type;
  poke32(w, at + 16, type == WASI_EVENT_CLOCK ? WASI_CLOCK_MONOTONIC : (uint32_t)value);
  if (type == WASI_EVENT_CLOCK)
    poke32(w, at + 24, (uint32_t)value), poke32(w, at + 28, (uint32_t)(value >> 32));
}

static void test_poll(void **state)
{
  world *w = *state;
  subscribe(w, 0, WASI_EVENT_CLOCK, 5000000);
  subscribe(w, 1, WASI_EVENT_CLOCK, UINT64_MAX);
  assert_int_equal(CALL(w, poll_oneoff, 1024, 4096, 2, 8), WASI_OK);
  assert_int_equal(peek32(w, 8), 1);
  assert_int_equal(peek32(w, 4096), 1000);
  subscribe(w, 0, WASI_EVENT_FD_READ, 77);
  subscribe(w, 2, WASI_EVENT_FD_WRITE, 1);
  subscribe(w, 3, 9, 0);
  assert_int_equal(CALL(w, poll_oneoff, 1024, 1024, 4, 8), WASI_OK); /* one list over the other */
  assert_int_equal(peek32(w, 8), 3);
  assert_int_equal(peek32(w, 1024), 1000);
  assert_int_equal(w->base[1024 + 8], WASI_EBADF);
  assert_int_equal(peek32(w, 1024 + WASI_EVENT_SIZE), 1002);
  assert_int_equal(w->base[1024 + WASI_EVENT_SIZE + 8], WASI_OK);
  assert_int_equal(w->base[1024 + 2 * WASI_EVENT_SIZE + 8], WASI_EINVAL);
  assert_int_equal(CALL(w, poll_oneoff, 1024, 1024, 0, 8), WASI_EINVAL);
  assert_int_equal(CALL(w, poll_oneoff, 1024, 1024, UINT32_MAX, 8), WASI_EINVAL);
  assert_int_equal(CALL(w, poll_oneoff, PAGE - 47, 1024, 1, 8), WASI_EFAULT);
  assert_int_equal(CALL(w, poll_oneoff, 1024, PAGE - 31, 1, 8), WASI_EFAULT);
  subscribe(w, 0, WASI_EVENT_CLOCK, UINT64_MAX);
  assert_int_equal(vm_isolate_set_deadline(w->isolate, 30, NULL), VM_OK);
  assert_int_equal(call(w, index_of("poll_oneoff"), (uint64_t[]){1024, 4096, 1, 8}), VM_TERMINATED);
  assert_int_equal(vm_isolate_set_deadline(w->isolate, 0, NULL), VM_OK);
}

/* Neither the process nor its signals notice. */
static void test_broken_pipe(void **state)
{
  world *w = *state;
  int ends[2];
  sigset_t pending;
  close_world(w);
  assert_int_equal(pipe(ends), 0);
  int kept = w->streams[1];
  w->streams[1] = ends[1];
  open_world(w);
  poke32(w, 100, 200), poke32(w, 104, 5);
  assert_int_equal(CALL(w, fd_write, 1, 100, 1, 8), WASI_OK);
  assert_int_equal(peek32(w, 8), 5);
  /* All of it is written, however long that takes; here for ever. */
  poke32(w, 100, 0), poke32(w, 104, PAGE);
  assert_int_equal(vm_isolate_set_deadline(w->isolate, 60, NULL), VM_OK);
  assert_int_equal(call(w, index_of("fd_write"), (uint64_t[]){1, 100, 1, 8}), VM_TERMINATED);
  assert_int_equal(vm_isolate_set_deadline(w->isolate, 0, NULL), VM_OK);
  /* If it is not to wait, what fits. */
  assert_int_equal(CALL(w, fd_fdstat_set_flags, 1, WASI_FDFLAG_NONBLOCK), WASI_OK);
  assert_int_equal(CALL(w, fd_write, 1, 100, 1, 8), WASI_EAGAIN);
  char drain[8192];
  assert_int_equal(read(ends[0], drain, sizeof drain), sizeof drain);
  assert_int_equal(CALL(w, fd_write, 1, 100, 1, 8), WASI_OK);
  assert_true(peek32(w, 8) > 0 && peek32(w, 8) <= 8192);
  assert_int_equal(CALL(w, fd_fdstat_set_flags, 1, 0), WASI_OK);
  close(ends[0]);
  assert_int_equal(CALL(w, fd_write, 1, 100, 1, 8), WASI_EPIPE);
  sigpending(&pending);
  assert_int_equal(sigismember(&pending, SIGPIPE), 0);
  assert_int_equal(CALL(w, fd_close, 1), WASI_OK);
  assert_int_equal(CALL(w, fd_write, 1, 100, 1, 8), WASI_EBADF);
  assert_true(fcntl(ends[1], F_GETFD) >= 0); /* it is the host's */
  close(ends[1]);
  w->streams[1] = kept;
}

/* ---- random arguments ---- */

static uint64_t next(uint64_t *s)
{
  *s ^= *s << 13;
  *s ^= *s >> 7;
  *s ^= *s << 17;
  return *s;
}

static uint64_t draw(uint64_t *s)
{
  uint64_t r = next(s);
  switch (next(s) % 10) {
  case 0: return r;
  case 1: return UINT64_MAX - r % 64;
  case 2: return PAGE - r % 64;
  case 3: return (uint64_t)INT64_MAX - r % 4;
  case 4: return 0xFFFF0000u + r % PAGE;
  case 5: return r % PAGE;
  default: return r % 12;
  }
}

/* Lists, paths and records of some sense, at low addresses, where small arguments lead. */
static void fill(world *w, uint64_t *s)
{
  static const char *const paths[] = {"a", "b", "d", "d/a", "d/../a", "../x",
                                      "l", "/", ".", "d/",  "a/b",    "d/l/a"};
  for (int i = 0; i < 64; i++) w->base[next(s) % 256] = (uint8_t)next(s);
  poke32(w, next(s) % 16, (uint32_t)draw(s));
  const char *path = paths[next(s) % 12];
  memcpy(w->base + next(s) % 12, path, strlen(path));
}

static void test_random(void **state)
{
  world *w = *state;
  uint64_t s = 88172645463325252u;
  struct rlimit small = {1 << 20, 1 << 20}; /* no file fills the disk */
  long rounds = getenv("WASI_CALLS") ? atol(getenv("WASI_CALLS")) : 60000, errors[80] = {0};
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  for (long i = 0; i < rounds; i++) {
    uint64_t args[16];
    if (i % 2000 == 1999) close_world(w), open_world(w); /* with all its directories again */
    int f = (int)(next(&s) % FUNCTIONS);
    bool waits = strcmp(functions[f].name, "poll_oneoff") == 0;
    if (waits && next(&s) % 50) continue;
    fill(w, &s);
    for (int k = 0; k < 16; k++) args[k] = draw(&s);
    if (functions[f].name[0] == 'f' && args[0] < 3 && next(&s) % 2) args[0] = 3 + next(&s) % 6;
    if (functions[f].name[0] == 'p' && next(&s) % 4)
      args[0] = 3 + next(&s) % 3, args[4] = next(&s) % 2 ? args[0] : args[4];
    if (strcmp(functions[f].name, "fd_close") == 0 && (args[0] == 3 || args[0] == 4)) continue;
    if (waits) assert_int_equal(vm_isolate_set_deadline(w->isolate, 20, NULL), VM_OK);
    else assert_int_equal(vm_isolate_set_deadline(w->isolate, 0, NULL), VM_OK);
    vm_status st = call(w, f, args);
    if (st == VM_TERMINATED) continue;
    assert_int_equal(st, VM_OK);
    assert_true(w->error >= 0 && w->error <= WASI_ENOTCAPABLE);
    errors[w->error]++;
  }
  assert_true(errors[WASI_OK] > rounds / 50);
  assert_true(errors[WASI_EFAULT] > 0 && errors[WASI_ENOTCAPABLE] > 0 && errors[WASI_ENOENT] > 0 &&
              errors[WASI_EINVAL] > 0);
}

/* ---- the kernel's own way of staying beneath a directory as the measure ---- */

/* A path of random components; they are the names in the tree, and others. */
static void make_path(uint64_t *s, char *out, bool may_be_absolute)
{
  static const char *const parts[] = {"a", "b", "c",  "d",  "f", "g", "l",
                                      "m", "n", "..", "..", ".", "zz"};
  int n = 1 + (int)(next(s) % 7);
  *out = 0;
  if (may_be_absolute && next(s) % 12 == 0) strcpy(out, "/");
  for (int i = 0; i < n; i++) {
    if (i) strcat(out, next(s) % 8 ? "/" : "//");
    strcat(out, parts[next(s) % 13]);
  }
  if (next(s) % 6 == 0) strcat(out, "/");
}

/* Directories a to d, files f and g, links l to n to anywhere, in directories three deep. */
static void make_tree(int dir, int depth, uint64_t *s)
{
  static const char *const names[] = {"a", "b", "c", "d", "f", "g", "l", "m", "n"};
  for (int i = 0; i < 9; i++) {
    char path[100];
    if (next(s) % 4 == 0) continue;
    if (i < 4) {
      if (depth == 3 || mkdirat(dir, names[i], 0777) != 0) continue;
      int inner = openat(dir, names[i], O_RDONLY | O_DIRECTORY);
      make_tree(inner, depth + 1, s);
      close(inner);
    } else if (i < 6) {
      close(openat(dir, names[i], O_WRONLY | O_CREAT, 0666));
    } else {
      make_path(s, path, true);
      assert_int_equal(symlinkat(path, dir, names[i]), 0);
    }
  }
}

/* What the kernel says of the path: an error of WASI's, and the file's number if there is none. */
static int ask_kernel(int dir, const char *path, bool follow, bool directory, uint64_t *ino)
{
  struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW) |
                                  (directory ? O_DIRECTORY : 0),
                         .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  struct stat st;
  int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
  if (fd < 0) {
    switch (errno) {
    case EXDEV: return WASI_ENOTCAPABLE;
    case ENOENT: return WASI_ENOENT;
    case ENOTDIR: return WASI_ENOTDIR;
    case ELOOP: return WASI_ELOOP;
    default: return -errno;
    }
  }
  fstat(fd, &st);
  *ino = st.st_ino;
  close(fd);
  return WASI_OK;
}

static int ask_guest(world *w, const char *path, bool follow, bool directory, uint64_t *ino)
{
  uint64_t rights = WASI_RIGHT_FD_READ | WASI_RIGHT_FD_READDIR | WASI_RIGHT_FD_FILESTAT_GET;
  memcpy(w->base + 4096, path, strlen(path));
  int e = CALL(w, path_open, 3, follow, 4096, strlen(path), directory ? WASI_OFLAG_DIRECTORY : 0,
               rights, 0, 0, 8);
  if (e != WASI_OK) return e;
  uint32_t fd = peek32(w, 8);
  assert_int_equal(CALL(w, fd_filestat_get, fd, 64), WASI_OK);
  *ino = peek32(w, 72) | (uint64_t)peek32(w, 76) << 32;
  assert_int_equal(CALL(w, fd_close, fd), WASI_OK);
  return WASI_OK;
}

static void test_paths(void **state)
{
  world *w = *state;
  uint64_t s = 0x9E3779B97F4A7C15u, x, y;
  int dir = open(w->dir, O_RDONLY | O_DIRECTORY), found[5] = {0};
  if (ask_kernel(dir, ".", true, false, &x) != WASI_OK) skip(); /* before Linux 5.6 */
  make_tree(dir, 0, &s);
  long rounds = getenv("WASI_PATHS") ? atol(getenv("WASI_PATHS")) : 20000;
  for (long i = 0; i < rounds; i++) {
    char path[100];
    make_path(&s, path, true);
    bool follow = next(&s) % 4, directory = next(&s) % 4 == 0;
    x = y = 0;
    int want = ask_kernel(dir, path, follow, directory, &x),
        got = ask_guest(w, path, follow, directory, &y);
    if (!follow && want == WASI_ENOTDIR && directory && got == WASI_ELOOP)
      want = got; /* either is true of a link */
    if (want != got || x != y)
      fail_msg("%s, follow %d, directory %d: expected %d, file %llu; found %d, file %llu", path,
               follow, directory, want, (unsigned long long)x, got, (unsigned long long)y);
    found[got == WASI_OK            ? 0
          : got == WASI_ENOTCAPABLE ? 1
          : got == WASI_ENOENT      ? 2
          : got == WASI_ENOTDIR     ? 3
                                    : 4]++;
  }
  for (int i = 0; i < 5; i++) assert_true(found[i] > rounds / 1000);
  close(dir);
}

/* ---- making one ---- */

static void test_new(void **state)
{
  world *w = *state;
  wasi_host *host;
  vm_error e = VM_ERROR_INIT;
  wasi_config c = WASI_CONFIG_INIT;
  const char *bad = "NAME";
  assert_int_equal(wasi_new(NULL, &host, &e), VM_ARGUMENT);
  assert_int_equal(wasi_new(&c, NULL, &e), VM_ARGUMENT);
  c.env = &bad, c.nenv = 1;
  assert_int_equal(wasi_new(&c, &host, &e), VM_ARGUMENT);
  assert_null(host);
  assert_non_null(strstr(e.message, "expected NAME=VALUE, found \"NAME\""));
  c.size = 3;
  assert_int_equal(wasi_new(&c, &host, &e), VM_ARGUMENT);
  assert_int_equal(new_wasi(w, "/no/such/directory", &host, &e), VM_NOT_FOUND);
  assert_non_null(strstr(e.message, "/no/such/directory"));
  assert_int_equal(new_wasi(w, "/proc", &host, &e), VM_NOT_FOUND);
  assert_int_equal(wasi_define(w->wasi, w->isolate, &e), VM_STATE);
  assert_int_equal(wasi_define(NULL, w->isolate, &e), VM_ARGUMENT);
  wasi_free(NULL);
}

static void test_no_memory(void **state)
{
  world *w = *state;
  wasi_host *host = NULL;
  size_t before = w->memory.bytes;
  vm_status st = VM_MEMORY;
  for (size_t n = 1; st == VM_MEMORY; n++) {
    w->memory.calls = 0;
    w->memory.fail_at = n;
    st = new_wasi(w, w->dir, &host, NULL);
    if (st == VM_MEMORY) assert_int_equal(w->memory.bytes, before);
  }
  assert_int_equal(st, VM_OK);
  w->memory.fail_at = 0;
  wasi_free(host);
  assert_int_equal(w->memory.bytes, before);
  subscribe(w, 0, WASI_EVENT_CLOCK, 1);
  w->memory.calls = 0;
  w->memory.fail_at = 2;
  assert_int_equal(CALL(w, poll_oneoff, 1024, 4096, 1, 8), WASI_ENOMEM);
  w->memory.fail_at = 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_strings, setup, teardown),
      cmocka_unit_test_setup_teardown(test_opened, setup, teardown),
      cmocka_unit_test_setup_teardown(test_clocks_and_signals, setup, teardown),
      cmocka_unit_test_setup_teardown(test_poll, setup, teardown),
      cmocka_unit_test_setup_teardown(test_broken_pipe, setup, teardown),
      cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
      cmocka_unit_test_setup_teardown(test_new, setup, teardown),
      cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
      cmocka_unit_test_setup_teardown(test_random, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
