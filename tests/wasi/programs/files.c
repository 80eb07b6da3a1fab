/* files.c - makes, changes and removes files, directories and links in the current directory, and
 * says what came of it; the same natively and under WASI.
 *
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *error_name(int e)
{
  static const struct { int number; const char *name;
  } names[] = {{0, "ok"},
               {ENOENT, "ENOENT"},
               {EEXIST, "EEXIST"},
               {ENOTDIR, "ENOTDIR"},
               {EISDIR, "EISDIR"},
               {ENOTEMPTY, "ENOTEMPTY"},
               {ELOOP, "ELOOP"},
               {EINVAL, "EINVAL"},
               {EBADF, "EBADF"},
               {EACCES, "EACCES"},
               {ENAMETOOLONG, "ENAMETOOLONG"},
               {EPERM, "EPERM"},
               {ESPIPE, "ESPIPE"},
               {EFBIG, "EFBIG"},
               {EXDEV, "EXDEV"},
               {EMFILE, "EMFILE"},
               {ENOTSUP, "ENOTSUP"}};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].number == e) return names[i].name;
  return "another error";
}

/* Say how a call went: its result, or the error's name. */
static long say(const char *what, long result)
{
  int e = errno;
  if (result < 0) printf("%s: %s\n", what, error_name(e));
  else printf("%s: %ld\n", what, result);
  return result;
}

static int opened(const char *what, int fd) /* numbers differ, whether it worked does not */
{
  say(what, fd < 0 ? -1 : 0);
  return fd;
}

static void show_stat(const char *path)
{
  struct stat st;
  if (lstat(path, &st) != 0) {
    say(path, -1);
    return;
  }
  const char *type = S_ISREG(st.st_mode)   ? "file"
                     : S_ISDIR(st.st_mode) ? "directory"
                     : S_ISLNK(st.st_mode) ? "link"
                                           : "?";
  printf("%s: %s, %ld links", path, type, S_ISDIR(st.st_mode) ? 0L : (long)st.st_nlink);
  if (!S_ISDIR(st.st_mode)) printf(", %lld bytes", (long long)st.st_size);
  putchar('\n');
}

static int by_name(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_dir(const char *path)
{
  DIR *d = opendir(path);
  char *names[600];
  size_t n = 0;
  if (!d) {
    say(path, -1);
    return;
  }
  for (int round = 0; round < 2; round++) {
    n = 0;
    for (struct dirent *e; n < 600 && (e = readdir(d));) names[n++] = strdup(e->d_name);
    if (round == 0) {
      rewinddir(d);
      while (n) free(names[--n]);
    }
  }
  closedir(d);
  qsort(names, n, sizeof *names, by_name);
  printf("%s:", path);
  for (size_t i = 0; i < n; i++) {
    if (n < 20 || i < 3 || i + 3 > n) printf(" %s", names[i]);
    free(names[i]);
  }
  printf(" (%zu)\n", n);
}

static void contents(void)
{
  char buffer[64] = {0};
  struct stat st;
  int fd = opened("open a", open("a", O_RDWR | O_CREAT | O_EXCL, 0666));
  say("open a again", open("a", O_RDWR | O_CREAT | O_EXCL, 0666));
  say("write", write(fd, "0123456789", 10));
  say("seek back", lseek(fd, -4, SEEK_END));
  say("write", write(fd, "wxyz!", 5));
  say("tell", lseek(fd, 0, SEEK_CUR));
  say("seek before the start", lseek(fd, -1, SEEK_SET));
  say("pread", pread(fd, buffer, 6, 3));
  printf("  %s\n", buffer);
  say("pwrite past the end", pwrite(fd, "end", 3, 20));
  struct iovec parts[3] = {{buffer, 4}, {buffer + 10, 0}, {buffer + 4, 60}};
  memset(buffer, 0, sizeof buffer);
  say("seek", lseek(fd, 0, SEEK_SET));
  say("readv", readv(fd, parts, 3));
  for (int i = 0; i < 23; i++) putchar(buffer[i] ? buffer[i] : '0');
  putchar('\n');
  say("read at the end", read(fd, buffer, 10));
  say("truncate", ftruncate(fd, 5));
  say("grow", ftruncate(fd, 100));
  say("fstat", fstat(fd, &st));
  printf("  %lld\n", (long long)st.st_size);
  say("sync", fsync(fd));
  say("close", close(fd));
  say("close again", close(fd));
  say("write to closed", write(fd, "x", 1));
  fd = opened("open for appending", open("a", O_WRONLY | O_APPEND));
  say("write", write(fd, "more", 4));
  say("read what is write-only", read(fd, buffer, 1));
  close(fd);
  fd = opened("open for reading", open("a", O_RDONLY));
  say("write what is read-only", write(fd, "x", 1));
  close(fd);
  show_stat("a");
  fd = opened("open truncating", open("a", O_WRONLY | O_TRUNC));
  close(fd);
  show_stat("a");
}

static void names(void)
{
  char buffer[64];
  say("mkdir d", mkdir("d", 0777));
  say("mkdir d again", mkdir("d", 0777));
  say("mkdir d/e/f", mkdir("d/e/f", 0777));
  say("mkdir d/e/", mkdir("d/e/", 0777));
  say("mkdir a/x", mkdir("a/x", 0777));
  say("rename a d/e/b", rename("a", "d/e/b"));
  say("rename a c", rename("a", "c"));
  say("rename d d/e/d", rename("d", "d/e/d"));
  say("symlink", symlink("d/e", "link"));
  say("symlink again", symlink("d/e", "link"));
  say("readlink", readlink("link", buffer, sizeof buffer));
  say("readlink cut", readlink("link", buffer, 2));
  say("readlink of a file", readlink("d/e/b", buffer, 2));
  show_stat("link");
  show_stat("link/b");
  show_stat("link/../e/./b");
  show_stat("d//e///b");
  show_stat("d/e/b/");
  show_stat("link/");
  say("link", link("link/b", "hard"));
  show_stat("hard");
  say("link of a directory", link("d", "hard2") < 0 ? -1 : 0);
  say("unlink d", unlink("d") < 0 ? -1 : 0);
  say("rmdir d", rmdir("d"));
  say("rmdir hard", rmdir("hard"));
  say("rmdir link", rmdir("link"));
  say("unlink hard/", unlink("hard/"));
  say("open d for writing", open("d", O_WRONLY));
  say("open hard as directory", open("hard", O_RDONLY | O_DIRECTORY));
  say("open link without following", open("link", O_RDONLY | O_NOFOLLOW | O_CREAT, 0666));
  say("symlink to itself", symlink("loop", "loop"));
  say("open loop", open("loop", O_RDONLY));
  say("unlink loop", unlink("loop"));
  say("dangling", symlink("nowhere", "dangling"));
  int fd = opened("create through it", open("dangling", O_WRONLY | O_CREAT, 0666));
  close(fd);
  show_stat("nowhere");
  say("but not with O_EXCL", open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0666));
  show_dir(".");
  show_dir("d/e");
  say("unlink",
      unlink("hard") | unlink("d/e/b") | unlink("link") | unlink("dangling") | unlink("nowhere"));
  say("rmdir", rmdir("d/e") | rmdir("d"));
}

static void many(void)
{
  char name[300];
  say("mkdir many", mkdir("many", 0777));
  for (int i = 0; i < 400; i++) {
    snprintf(name, sizeof name, "many/%0*d", 1 + i % 90, i);
    close(open(name, O_WRONLY | O_CREAT, 0666));
  }
  show_dir("many");
  for (int i = 0; i < 400; i++) {
    snprintf(name, sizeof name, "many/%0*d", 1 + i % 90, i);
    unlink(name);
  }
  say("rmdir many", rmdir("many"));
  memset(name, 'n', sizeof name);
  name[256] = 0;
  say("name of 256", open(name, O_WRONLY | O_CREAT, 0666));
  name[255] = 0;
  int fd = opened("name of 255", open(name, O_WRONLY | O_CREAT, 0666));
  close(fd);
  say("unlink it", unlink(name));
}

static void times(void)
{
  struct stat st;
  struct timespec set[2] = {{1000000000, 5}, {1234567890, 123456789}};
  int fd = opened("open t", open("t", O_RDWR | O_CREAT, 0666));
  say("futimens", futimens(fd, set));
  say("stat", stat("t", &st));
  printf("  %lld %ld %lld %ld\n", (long long)st.st_atim.tv_sec, (long)st.st_atim.tv_nsec,
         (long long)st.st_mtim.tv_sec, (long)st.st_mtim.tv_nsec);
  set[0].tv_nsec = UTIME_OMIT;
  set[1] = (struct timespec){1300000000,
                             0}; /* (this C library for WASI has no UTIME_NOW in the second) */
  say("utimensat", utimensat(AT_FDCWD, "t", set, 0));
  say("stat", stat("t", &st));
  printf("  %lld %lld\n", (long long)st.st_atim.tv_sec, (long long)st.st_mtim.tv_sec);
  close(fd);
  unlink("t");
}

static double seconds(void)
{
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void waiting(void)
{
  uint8_t random[64] = {0};
  int fd = open("p", O_RDWR | O_CREAT, 0666), different = 0;
  struct pollfd p[2] = {{fd, POLLIN | POLLOUT, 0}, {-1, POLLIN, 0}};
  double start = seconds();
  struct timespec pause = {0, 30000000};
  say("nanosleep", nanosleep(&pause, NULL));
  printf("slept long enough: %d\n", seconds() - start >= 0.03);
  say("poll of a file", poll(p, 1, 1000));
  printf("  %d\n", (p[0].revents & POLLIN) != 0);
  say("getentropy", getentropy(random, sizeof random));
  for (int i = 1; i < 64; i++) different += random[i] != random[0];
  printf("  %d\n", different > 32);
  close(fd);
  unlink("p");
}

int main(int argc, char **argv)
{
  const char *value = getenv("FILES_TEST");
  printf("%d arguments, environment %s\n", argc, value ? value : "-");
  for (int i = 1; i < argc; i++) printf("  <%s>\n", argv[i]);
  contents();
  names();
  many();
  times();
  waiting();
  fprintf(stderr, "to standard error\n");
  exit(argc > 1 ? atoi(argv[1]) : 0);
}
