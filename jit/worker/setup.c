/* setup.c - confine the worker, and end it when libvm is gone.
 *
 * SPDX-License-Identifier: MIT
 *
 * This program links libgccjit, which is GPL-3.0; what GCC writes is covered by the GCC runtime
 * library exception. libvm itself does not link it and talks to this program over a socket only.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "tree.h"
#include "worker.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ADDRESS_SPACE RLIM_INFINITY /* the shadow alone takes terabytes */
#else
#define ADDRESS_SPACE ((rlim_t)4 << 30)
#endif

static bool limit(int which, rlim_t value)
{
  struct rlimit r;
  if (getrlimit(which, &r) != 0) return false;
  if (value < r.rlim_max) r.rlim_max = value;
  r.rlim_cur = r.rlim_max;
  return setrlimit(which, &r) == 0;
}

bool vmw_confine(void)
{
  if (getpgrp() != getpid()) setsid(); /* started by hand: libvm has done it */
  bool ok = limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, 64) &&
            limit(RLIMIT_FSIZE, (rlim_t)1 << 30);
  if (ADDRESS_SPACE != RLIM_INFINITY) ok = ok && limit(RLIMIT_AS, ADDRESS_SPACE);
  setpriority(PRIO_PROCESS, 0, 5); /* yields to the program; no harm if refused */
  close_range(VMI_WORKER_FD + 1, ~0u, 0);
  return ok;
}

bool vmw_allow_cpu(uint32_t seconds)
{
  struct rusage used;
  struct rlimit r;
  if (getrusage(RUSAGE_SELF, &used) != 0 || getrlimit(RLIMIT_CPU, &r) != 0) return false;
  rlim_t until = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + seconds + 2;
  r.rlim_cur = until < r.rlim_max ? until : r.rlim_max;
  return setrlimit(RLIMIT_CPU, &r) == 0;
}

uint64_t vmw_now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t vmw_resident(void)
{
  unsigned long total = 0, resident = 0;
  FILE *f = fopen("/proc/self/statm", "re");
  if (f == NULL) return 0;
  if (fscanf(f, "%lu %lu", &total, &resident) != 2) resident = 0;
  fclose(f);
  return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The parent is gone, or told us to go: leave nothing behind. An assembler that is being killed may
 * still finish making a file, so the removal is tried for a while. */
static void end(vmw *w)
{
  const struct timespec pause = {0, 2000000};
  pid_t child = atomic_load(&w->child);
  if (child > 0) kill(child, SIGKILL);
  for (int i = 0; i < 100 && !vmi_jit_remove_tree(w->dir); i++) nanosleep(&pause, NULL);
  if (getpgrp() == getpid()) kill(0, SIGKILL);
  _exit(0);
}

/* Its own thread, because the main one may be inside GCC for seconds; and a signalfd, because GCC's
 * driver installs handlers of its own for these signals. */
static void *watcher(void *arg)
{
  vmw *w = arg;
  struct pollfd fds[2] = {{VMI_WORKER_FD, POLLRDHUP, 0}, {w->signals, POLLIN, 0}};
  for (;;) {
    int n = poll(fds, 2, -1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 || fds[0].revents != 0 || fds[1].revents != 0) end(w);
  }
  return NULL;
}

bool vmw_watch(vmw *w)
{
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGINT);
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return false;
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN); /* a write past the limit fails and is reported */
  w->signals = signalfd(-1, &set, SFD_CLOEXEC);
  if (w->signals < 0) return false;
  prctl(PR_SET_PDEATHSIG, SIGTERM); /* where the socket's other end lives on in a forked child */
  pthread_attr_t attr;
  pthread_t thread;
  if (pthread_attr_init(&attr) != 0) return false;
  pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attr, 256 << 10);
  bool ok = pthread_create(&thread, &attr, watcher, w) == 0;
  pthread_attr_destroy(&attr);
  return ok;
}
