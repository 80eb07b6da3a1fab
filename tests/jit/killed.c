/* killed.c VM EXAMPLES - kill the real worker at random moments; no program's output may change.
 *
 * SPDX-License-Identifier: MIT
 *
 * VM_TEST_KILLS says how many workers are to die (20). VM_TEST_SEED repeats a run.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_OUTPUT = 1 << 16 };

static const struct {
  const char *file, *arg;
} programs[] = {{"queens.vma", "7"}, {"nbody.vma", "20000"}, {"binary-trees.vma", "9"},
                {"spectral-norm.vma", "60"}, {"fannkuch-redux.vma", "7"}, {"shapes.vma", NULL}};
enum { PROGRAMS = sizeof programs / sizeof programs[0] };

static uint32_t next_random(uint64_t *state)
{
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*state >> 33);
}

static uint64_t now_us(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000;
}

/* A worker whose parent is `pid`, or 0. A child of another name is the leak sanitizer's, which would
 * be waited for without end; a worker has its own name from its exec on. */
static pid_t worker_of(pid_t pid)
{
  DIR *d = opendir("/proc");
  pid_t found = 0;
  for (const struct dirent *x; d && !found && (x = readdir(d)) != NULL;) {
    char path[300], text[200] = "";
    int parent = 0;
    if (x->d_name[0] < '1' || x->d_name[0] > '9') continue;
    snprintf(path, sizeof path, "/proc/%s/stat", x->d_name);
    FILE *f = fopen(path, "r");
    if (!f) continue;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    const char *p = strrchr(text, ')');
    if (!p || !strstr(text, "(libvm-worker)")) continue;
    if (sscanf(p + 1, " %*c %d", &parent) == 1 && parent == pid) found = (pid_t)atoi(x->d_name);
  }
  if (d) closedir(d);
  return found;
}

static pid_t start(const char *vm, const char *path, const char *arg, const char *tier, int *out)
{
  int ends[2];
  if (pipe(ends) != 0) return -1;
  pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    execl(vm, vm, "run", tier, path, arg, (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *out = ends[0];
  return pid;
}

/* Run to the end, killing its worker at random moments at most `most` times; what it
 * printed goes to `text`. */
static bool run(const char *vm, const char *path, const char *arg, const char *tier, uint64_t *seed,
                int most, int *kills, char *text)
{
  int out = -1;
  size_t used = 0;
  pid_t pid = start(vm, path, arg, tier, &out);
  uint64_t next = now_us() + (most ? next_random(seed) % 60000 : 0);
  if (pid < 0) return false;
  for (;;) {
    ssize_t n = read(out, text + used, MAX_OUTPUT - 1 - used);
    if (n == 0) break;
    if (n > 0) used += (size_t)n;
    pid_t worker = most > 0 && now_us() >= next ? worker_of(pid) : 0;
    if (worker > 0) {
      kill(worker, next_random(seed) % 4 ? SIGKILL : SIGSEGV);
      ++*kills;
      most--;
      next = now_us() + next_random(seed) % 100000;
    }
    usleep(500);
  }
  close(out);
  text[used] = 0;
  int status;
  return waitpid(pid, &status, 0) == pid && status == 0;
}

int main(int argc, char **argv)
{
  static char want[PROGRAMS][MAX_OUTPUT], got[MAX_OUTPUT];
  const char *wish = getenv("VM_TEST_KILLS"), *start_seed = getenv("VM_TEST_SEED");
  int goal = wish ? atoi(wish) : 20, kills = 0, dummy = 0;
  uint64_t seed = start_seed ? strtoull(start_seed, NULL, 0) : now_us();
  if (argc != 3) return 2;
  printf("seed %llu\n", (unsigned long long)seed);
  for (int round = 0; kills < goal && round < 20 * goal + PROGRAMS; round++) {
    int p = round % PROGRAMS;
    char path[512];
    snprintf(path, sizeof path, "%s/%s", argv[2], programs[p].file);
    if (round < PROGRAMS) {
      if (run(argv[1], path, programs[p].arg, "--tier=0", &seed, 0, &dummy, want[p]) && want[p][0]) continue;
      printf("%s fails in tier 0\n", path);
      return 1;
    }
    const char *tier = round / PROGRAMS % 4 == 3 ? "--tier=auto" : "--tier=2";
    int most = 1 + (int)(next_random(&seed) % 7), before = kills;
    bool ok = run(argv[1], path, programs[p].arg, tier, &seed, most, &kills, got);
    if (ok && strcmp(got, want[p]) == 0) continue;
    printf("%s %s: wrong after %d kills: %s\n", path, tier, kills - before, got);
    return 1;
  }
  printf("%d workers killed, no output changed\n", kills);
  return kills < goal;
}
