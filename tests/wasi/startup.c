/* startup.c - how long a program takes from its start to its end, process and all: the least of
 * many runs must not be more than a limit.
 *
 * SPDX-License-Identifier: MIT
 *
 * startup MILLISECONDS RUNS COMMAND...
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return 1e3 * (double)ts.tv_sec + (double)ts.tv_nsec / 1e6;
}

static double milliseconds(struct timeval t)
{
  return 1e3 * (double)t.tv_sec + (double)t.tv_usec / 1e3;
}

/* One run; false if it failed. */
static int run(char **command, double *wall, double *processor)
{
  int status;
  struct rusage used;
  double start = now();
  pid_t child = vfork();
  if (child == 0) {
    execv(command[0], command);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &used) != child) return 0;
  *wall = now() - start;
  *processor = milliseconds(used.ru_utime) + milliseconds(used.ru_stime);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
  enum { MOST = 1000 };
  static double walls[MOST], processors[MOST];
  int n = argc > 3 ? atoi(argv[2]) : 0;
  double limit = argc > 3 ? atof(argv[1]) : 0;
  if (n < 1 || n > MOST || limit <= 0)
    return fputs("usage: startup MILLISECONDS RUNS COMMAND...\n", stderr), 2;
  int null = open("/dev/null", O_WRONLY), out = dup(1);
  dup2(null, 1);
  fcntl(out, F_SETFD, FD_CLOEXEC);
  for (int i = 0; i < n; i++)
    if (!run(argv + 3, &walls[i], &processors[i]))
      return fprintf(stderr, "startup: %s failed\n", argv[3]), 1;
  qsort(walls, (size_t)n, sizeof *walls, compare);
  qsort(processors, (size_t)n, sizeof *processors, compare);
  dprintf(out,
          "%d runs: %.2f ms at least, %.2f in the middle; processor %.2f at least, %.2f in the "
          "middle\n",
          n, walls[0], walls[n / 2], processors[0], processors[n / 2]);
  if (walls[0] <= limit) return 0;
  dprintf(out, "expected at most %.2f ms\n", limit);
  return 1;
}
