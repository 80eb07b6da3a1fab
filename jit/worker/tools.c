/* tools.c - run the assembler and the linker on a unit.
 *
 * SPDX-License-Identifier: MIT
 *
 * This program links libgccjit, which is GPL-3.0; what GCC writes is covered by the GCC runtime
 * library exception. libvm itself does not link it and talks to this program over a socket only.
 *
 * GCC's own driver would search PATH, go through collect2 and take 4 ms more a unit.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker.h"

#ifndef VM_TOOL_DIRS
#define VM_TOOL_DIRS "/usr/bin", "/bin", "/usr/local/bin"
#endif

/* The name with the processor comes first: where a worker of another architecture runs under an
 * emulator, the plain name is the host's. */
#if defined(__x86_64__)
#define TRIPLET "x86_64-linux-gnu-"
#elif defined(__aarch64__)
#define TRIPLET "aarch64-linux-gnu-"
#elif defined(__s390x__)
#define TRIPLET "s390x-linux-gnu-"
#elif defined(__powerpc64__)
#define TRIPLET "powerpc64le-linux-gnu-"
#elif defined(__riscv)
#define TRIPLET "riscv64-linux-gnu-"
#else
#define TRIPLET ""
#endif

static bool find(const char *const *names, size_t nnames, char out[64])
{
  static const char *const dirs[] = {VM_TOOL_DIRS};
  for (size_t i = 0; i < nnames; i++) {
    for (size_t d = 0; d < sizeof(dirs) / sizeof(dirs[0]); d++) {
      int n = snprintf(out, 64, "%s/%s", dirs[d], names[i]);
      if (n > 0 && n < 64 && access(out, X_OK) == 0) return true;
    }
  }
  return false;
}

bool vmw_find_tools(vmw *w, char *why, size_t size)
{
  static const char *const as[] = {TRIPLET "as", "as"};
  static const char *const ld[] = {TRIPLET "ld.bfd", "ld.bfd", TRIPLET "ld", "ld"};
  static const char *const dirs[] = {VM_TOOL_DIRS};
  const char *missing = NULL;
  if (!find(as, sizeof(as) / sizeof(as[0]), w->assembler)) missing = "assembler (as)";
  else if (!find(ld, sizeof(ld) / sizeof(ld[0]), w->linker)) missing = "linker (ld.bfd)";
  if (missing == NULL) return true;
  int n = snprintf(why, size, "no %s in", missing);
  for (size_t d = 0; d < sizeof(dirs) / sizeof(dirs[0]) && n > 0 && (size_t)n < size; d++) {
    n += snprintf(why + n, size - (size_t)n, " %s", dirs[d]);
  }
  if (n > 0 && (size_t)n < size) snprintf(why + n, size - (size_t)n, "; install binutils");
  return false;
}

void vmw_unit_path(const vmw *w, uint64_t unit, const char *suffix, char path[VMW_PATH])
{
  snprintf(path, VMW_PATH, "%s/u%llu.%s", w->dir, (unsigned long long)unit, suffix);
}

static int spawn(vmw *w, const char *const *argv, const char *log, pid_t *pid)
{
  char tmpdir[VMW_PATH];
  snprintf(tmpdir, sizeof tmpdir, "TMPDIR=%s", w->dir);
  char *env[] = {(char[]){"PATH=/usr/bin:/bin"}, (char[]){"LC_ALL=C"}, tmpdir, NULL};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attr;
  sigset_t none;
  sigemptyset(&none);
  if (posix_spawn_file_actions_init(&actions) != 0) return ENOMEM;
  if (posix_spawnattr_init(&attr) != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return ENOMEM;
  }
  int e = posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (e == 0) e = posix_spawn_file_actions_adddup2(&actions, 1, 2);
  if (e == 0) e = posix_spawn_file_actions_addclose(&actions, VMI_WORKER_FD);
  posix_spawnattr_setsigmask(&attr, &none);
  posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
  if (e == 0) e = posix_spawn(pid, argv[0], &actions, &attr, (char *const *)argv, env);
  posix_spawnattr_destroy(&attr);
  posix_spawn_file_actions_destroy(&actions);
  return e;
}

/* What the tool said, on one line. */
static void explain(vmi_msg_reply *reply, const char *tool, const char *log, int status)
{
  bool killed = WIFSIGNALED(status);
  int n = snprintf(reply->text, sizeof reply->text, "%s: %s %d: ", tool,
                   killed ? "killed by signal" : "exit code",
                   killed ? WTERMSIG(status) : WEXITSTATUS(status));
  int fd = open(log, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || n < 0) return;
  ssize_t got = read(fd, reply->text + n, sizeof reply->text - 1 - (size_t)n);
  close(fd);
  for (char *p = reply->text + n; got > 0; got--, p++) {
    if (*p == '\n') *p = ' ';
  }
}

static bool run(vmw *w, const char *const *argv, const char *log, vmi_msg_reply *reply)
{
  pid_t pid = 0;
  int e = spawn(w, argv, log, &pid), status = 0;
  if (e != 0) {
    snprintf(reply->text, sizeof reply->text, "cannot start %s: %s", argv[0], strerror(e));
    return false;
  }
  atomic_store(&w->child, pid);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  atomic_store(&w->child, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  explain(reply, argv[0], log, status);
  return false;
}

bool vmw_assemble_and_link(vmw *w, uint64_t unit, vmi_msg_reply *reply)
{
  char text[VMW_PATH], object[VMW_PATH], log[VMW_PATH], result[VMW_PATH];
  vmw_unit_path(w, unit, "s", text);
  vmw_unit_path(w, unit, "o", object);
  vmw_unit_path(w, unit, "log", log);
  vmw_unit_path(w, unit, "so", result);
  const char *const as[] = {w->assembler, "-o", object, text, NULL};
  const char *const ld[] = {w->linker, "-shared", "-z", "noexecstack", "-z", "now", "-z",
                            "noseparate-code", "--build-id=none", "--hash-style=gnu", "--eh-frame-hdr",
                            "-o", result,
                            object, NULL};
  uint64_t start = vmw_now();
  bool ok = run(w, as, log, reply);
  uint64_t assembled = vmw_now();
  ok = ok && run(w, ld, log, reply);
  reply->assemble_ns = assembled - start;
  reply->link_ns = vmw_now() - assembled;
  unlink(text);
  unlink(object);
  unlink(log);
  if (!ok) unlink(result);
  return ok;
}
