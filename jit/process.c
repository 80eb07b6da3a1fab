/* process.c - find, start and end the worker process.
 *
 * SPDX-License-Identifier: MIT
 *
 * The worker gets a session and process group of its own, so that terminal signals miss it and one
 * kill reaches its assembler and linker too; default signal dispositions and an empty mask; three
 * variables of environment; /dev/null for standard input and outputs; the socket and nothing else.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "state.h"
#include "tree.h"

enum { START_MS = 20000, REAP_MS = 10000 };

/* ---- where is it? ---- */

/* The host may name what it likes. The places that the build put in must not be somebody else's by
 * now: a build folder may be gone and its name free for anyone to take. */
static bool usable(const char *path, bool configured)
{
  struct stat s;
  if (path == NULL || stat(path, &s) != 0 || !S_ISREG(s.st_mode) || access(path, X_OK) != 0) {
    return false;
  }
  return configured || ((s.st_uid == 0 || s.st_uid == geteuid()) && (s.st_mode & S_IWOTH) == 0);
}

/* The worker at `relative` to the folder of the library (or program) that this code is in. */
static const char *near_library(const char *relative, char path[VMI_JIT_PATH])
{
  Dl_info info;
  if (dladdr((const void *)(uintptr_t)vmi_jit_find_worker, &info) == 0 || info.dli_fname == NULL) {
    return NULL;
  }
  const char *slash = strrchr(info.dli_fname, '/');
  if (slash == NULL) return NULL;
  int n = snprintf(path, VMI_JIT_PATH, "%.*s/%s/libvm-worker", (int)(slash - info.dli_fname),
                   info.dli_fname, relative);
  return n > 0 && n < VMI_JIT_PATH ? path : NULL;
}

#ifndef VM_WORKER_RELATIVE
#define VM_WORKER_RELATIVE "../libexec/libvm"
#endif

/* The worker of the same build comes before the place of installation, so that an old installation
 * never serves a new library. */
bool vmi_jit_find_worker(const char *configured, char path[VMI_JIT_PATH], char *why, size_t size)
{
  char built[VMI_JIT_PATH], installed[VMI_JIT_PATH];
  const char *const places[] = {
    near_library("libexec/libvm", built), near_library(VM_WORKER_RELATIVE, installed),
#ifdef VM_WORKER_BUILD_PATH
    VM_WORKER_BUILD_PATH,
#endif
#ifdef VM_WORKER_PATH
    VM_WORKER_PATH,
#endif
  };
  const char *const *candidates = configured != NULL ? &configured : places;
  size_t n = configured != NULL ? 1 : VMI_COUNT(places); /* a configured one stands alone */
  for (size_t i = 0; i < n; i++) {
    if (!usable(candidates[i], configured != NULL)) continue;
    if (strlen(candidates[i]) >= VMI_JIT_PATH) continue;
    strcpy(path, candidates[i]);
    return true;
  }
  const char *named = candidates[n - 1];
  snprintf(why, size, "no executable compiler worker at %s", named ? named : "its place");
  return false;
}

/* ---- start ---- */

/* Both ends close-on-exec and above 3, so that moving one to 3 in the child hits neither. */
static bool make_socket(int ends[2])
{
  int raw[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, raw) != 0) return false;
  ends[0] = fcntl(raw[0], F_DUPFD_CLOEXEC, VMI_WORKER_FD + 1);
  ends[1] = fcntl(raw[1], F_DUPFD_CLOEXEC, VMI_WORKER_FD + 1);
  int e = errno;
  close(raw[0]);
  close(raw[1]);
  if (ends[0] >= 0 && ends[1] >= 0) return true;
  if (ends[0] >= 0) close(ends[0]);
  if (ends[1] >= 0) close(ends[1]);
  errno = e;
  return false;
}

static int set_actions(posix_spawn_file_actions_t *actions, int end)
{
  int e = posix_spawn_file_actions_adddup2(actions, end, VMI_WORKER_FD);
  for (int fd = 0; fd < 3 && e == 0; fd++) {
    e = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
  }
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 34)
  if (e == 0) e = posix_spawn_file_actions_addclosefrom_np(actions, VMI_WORKER_FD + 1);
#endif /* elsewhere the worker closes what it inherited itself */
  return e;
}

static int set_attributes(posix_spawnattr_t *attr)
{
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  int e = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
                                           POSIX_SPAWN_SETSIGMASK);
  if (e == 0) e = posix_spawnattr_setsigdefault(attr, &all);
  if (e == 0) e = posix_spawnattr_setsigmask(attr, &none);
  return e;
}

static int spawn(const char *path, const char *dir, int end, pid_t *pid)
{
  char tmpdir[VMI_JIT_PATH + 8];
  snprintf(tmpdir, sizeof tmpdir, "TMPDIR=%s", dir);
  char name[] = "libvm-worker", search[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C";
  char *argv[] = {name, (char *)(uintptr_t)dir, NULL};
  char *env[] = {search, locale, tmpdir, NULL};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attr;
  int e = posix_spawn_file_actions_init(&actions);
  if (e != 0) return e;
  e = posix_spawnattr_init(&attr);
  if (e == 0) {
    e = set_actions(&actions, end);
    if (e == 0) e = set_attributes(&attr);
    if (e == 0) e = posix_spawn(pid, path, &actions, &attr, argv, env);
    posix_spawnattr_destroy(&attr);
  }
  posix_spawn_file_actions_destroy(&actions);
  return e;
}

static bool make_directory(const vmi_jit *jit, vmi_jit_worker *w, char *why, size_t size)
{
  const char *base = jit->temp_dir != NULL ? jit->temp_dir : "/tmp";
  int n = snprintf(w->dir, sizeof w->dir, "%s/libvm-XXXXXX", base);
  if (base[0] != '/' || n < 0 || (size_t)n >= sizeof w->dir) {
    snprintf(why, size, "temporary directory %.80s: %s", base,
             base[0] != '/' ? "not an absolute path" : "path too long");
  } else if (mkdtemp(w->dir) == NULL) {
    snprintf(why, size, "cannot make a directory in %.80s: %s", base, strerror(errno));
  } else {
    return true;
  }
  w->dir[0] = 0;
  return false;
}

static bool transient(int error)
{
  return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE ||
         error == ETXTBSY;
}

static vmi_jit_end launch(vmi_jit *jit, const char *path, char *why, size_t size)
{
  vmi_jit_worker *w = &jit->worker;
  int ends[2];
  if (!make_socket(ends)) {
    snprintf(why, size, "cannot make a socket: %s", strerror(errno));
    return VMI_JIT_DIED;
  }
  int e = spawn(path, w->dir, ends[1], &w->pid);
  close(ends[1]);
  w->fd = ends[0];
  if (e == 0) return VMI_JIT_OK;
  w->pid = 0;
  snprintf(why, size, "cannot start %.80s: %s", path, strerror(e));
  return transient(e) ? VMI_JIT_DIED : VMI_JIT_NEVER;
}

static vmi_jit_end greeting(vmi_jit *jit, char *why, size_t size)
{
  vmi_msg_hello hello;
  uint64_t deadline = vmi_jit_now() + START_MS * UINT64_C(1000000);
  if (jit->timeout_ns < START_MS * UINT64_C(1000000)) deadline = vmi_jit_now() + jit->timeout_ns;
  vmi_jit_end e = vmi_jit_receive(jit, VMI_MSG_HELLO, &hello, sizeof hello, deadline);
  if (e != VMI_JIT_OK) {
    snprintf(why, size, "the compiler worker %s",
             e == VMI_JIT_TIMEOUT   ? "did not start in time"
             : e == VMI_JIT_GARBAGE ? "does not speak our protocol"
                                    : "died as it started");
    return e;
  }
  if (hello.protocol != VMI_JIT_PROTOCOL || hello.abi != VMI_ABI_VERSION ||
      hello.helpers != VMI_H_COUNT || hello.thread_size != sizeof(vmi_thread) || hello.rows != VMI_OP_COUNT) {
    snprintf(why, size, "the compiler worker is of another version");
    return VMI_JIT_NEVER;
  }
  if (hello.ok) return VMI_JIT_OK;
  vmi_jit_clean(why, size, hello.text, sizeof hello.text);
  return VMI_JIT_NEVER;
}

vmi_jit_end vmi_jit_worker_start(vmi_jit *jit, char *why, size_t size)
{
  char path[VMI_JIT_PATH];
  vmi_jit_worker *w = &jit->worker;
  if (!vmi_jit_find_worker(jit->worker_path, path, why, size)) return VMI_JIT_NEVER;
  if (!make_directory(jit, w, why, size)) return VMI_JIT_NEVER;
  vmi_jit_end e = launch(jit, path, why, size);
  if (e == VMI_JIT_OK) {
    w->generation++;
    w->compiles = 0;
    w->resident = 0;
    pthread_mutex_lock(&jit->lock);
    jit->stats.worker_starts++;
    pthread_mutex_unlock(&jit->lock);
    e = greeting(jit, why, size);
  }
  if (e != VMI_JIT_OK) vmi_jit_worker_stop(w);
  return e;
}

/* ---- end ---- */

/* True if the process has ended, or is not ours to wait for: a host that ignores SIGCHLD, or waits for
 * any child, may get ahead of us. */
static bool reaped(pid_t pid)
{
  pid_t got = waitpid(pid, NULL, WNOHANG);
  return got == pid || (got < 0 && errno != EINTR);
}

/* With a descriptor of the process its end wakes us; without (an old kernel) we look now and then. */
static void reap(pid_t pid)
{
  struct timespec pause = {0, 200000};
  struct pollfd end = {(int)syscall(SYS_pidfd_open, pid, 0), POLLIN, 0};
  if (end.fd >= 0) {
    poll(&end, 1, REAP_MS);
    close(end.fd);
  }
  uint64_t until = vmi_jit_now() + REAP_MS * UINT64_C(1000000);
  while (!reaped(pid) && vmi_jit_now() < until) {
    nanosleep(&pause, NULL);
    if (pause.tv_nsec < 20000000) pause.tv_nsec *= 2;
  }
}

void vmi_jit_worker_stop(vmi_jit_worker *w)
{
  if (w->pid > 0) {
    kill(-w->pid, SIGKILL);
    kill(w->pid, SIGKILL); /* before its setsid, or if it left its group */
    reap(w->pid);
  }
  if (w->fd >= 0) close(w->fd);
  if (w->dir[0] != 0) vmi_jit_remove_tree(w->dir);
  w->pid = 0;
  w->fd = -1;
  w->dir[0] = 0;
}
