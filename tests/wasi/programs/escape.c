/* escape.c - a hostile guest: tries every way out of the directory that was opened to it, by the
 * raw interface, and says what error each met. The directories are made by escape.sh.
 *
 * SPDX-License-Identifier: MIT
 *
 * escape           the attempts; what is printed is compared with escape.expected
 * escape race N    N attempts while somebody else renames; exit code 1 if one got out
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

enum { DIR = 3 }; /* the first opened directory */

#define FILE_RIGHTS (__WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_READDIR)

static const char *error_name(int e)
{
  static const struct { int number; const char *name;
  } names[] = {{0, "ok"},
               {__WASI_ERRNO_NOENT, "ENOENT"},
               {__WASI_ERRNO_NOTCAPABLE, "ENOTCAPABLE"},
               {__WASI_ERRNO_LOOP, "ELOOP"},
               {__WASI_ERRNO_NAMETOOLONG, "ENAMETOOLONG"},
               {__WASI_ERRNO_INVAL, "EINVAL"},
               {__WASI_ERRNO_NOTDIR, "ENOTDIR"},
               {__WASI_ERRNO_ISDIR, "EISDIR"},
               {__WASI_ERRNO_EXIST, "EEXIST"},
               {__WASI_ERRNO_PERM, "EPERM"},
               {__WASI_ERRNO_ACCES, "EACCES"},
               {__WASI_ERRNO_BADF, "EBADF"},
               {__WASI_ERRNO_FAULT, "EFAULT"},
               {__WASI_ERRNO_NOTSUP, "ENOTSUP"},
               {__WASI_ERRNO_NXIO, "ENXIO"},
               {__WASI_ERRNO_BUSY, "EBUSY"},
               {__WASI_ERRNO_NOTEMPTY, "ENOTEMPTY"},
               {__WASI_ERRNO_AGAIN, "EAGAIN"},
               {__WASI_ERRNO_MFILE, "EMFILE"},
               {__WASI_ERRNO_SPIPE, "ESPIPE"},
               {__WASI_ERRNO_NOTSOCK, "ENOTSOCK"}};
  static char other[16];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (names[i].number == e) return names[i].name;
  snprintf(other, sizeof other, "error %d", e);
  return other;
}

/* ---- the calls, with the size of a path where it is not its length ---- */

typedef __wasi_fd_t fd;

static void drop(int e) { (void)e; } /* for what is cleared away */

int32_t raw_path_open(int32_t, int32_t, int32_t, int32_t, int32_t, int64_t, int64_t, int32_t,
                      int32_t)
    __attribute__((import_module("wasi_snapshot_preview1"), import_name("path_open")));
int32_t raw_fd_write(int32_t, int32_t, int32_t, int32_t)
    __attribute__((import_module("wasi_snapshot_preview1"), import_name("fd_write")));
int32_t raw_random_get(int32_t, int32_t)
    __attribute__((import_module("wasi_snapshot_preview1"), import_name("random_get")));
int32_t raw_path_unlink_file(int32_t, int32_t, int32_t)
    __attribute__((import_module("wasi_snapshot_preview1"), import_name("path_unlink_file")));
int32_t raw_path_symlink(int32_t, int32_t, int32_t, int32_t, int32_t)
    __attribute__((import_module("wasi_snapshot_preview1"), import_name("path_symlink")));

static int open_n(fd dir, const char *path, size_t size, int follow, int oflags, fd *out)
{
  return raw_path_open(dir, follow, (int32_t)path, (int32_t)size, oflags, FILE_RIGHTS, 0, 0,
                       (int32_t)out);
}

static int read_file(fd f, char *buffer, size_t size)
{
  __wasi_iovec_t v = {(uint8_t *)buffer, size};
  __wasi_size_t n = 0;
  int e = __wasi_fd_read(f, &v, 1, &n);
  buffer[e == 0 ? n : 0] = 0;
  return e;
}

static void show(const char *path, size_t size)
{
  putchar('"');
  for (size_t i = 0; i < size && i < 40; i++) printf(path[i] ? "%c" : "\\0", path[i]);
  printf(size > 40 ? "\"... (%zu)" : "\"", size);
}

/* Every call that takes one path. Whatever was made is removed again. */
static void attempt_n(fd dir, const char *path, size_t size)
{
  char buffer[65];
  fd f;
  int e = open_n(dir, path, size, 1, 0, &f);
  show(path, size);
  printf(": open %s", error_name(e));
  if (e == 0) {
    e = read_file(f, buffer, 64);
    if (e == 0) printf(" <%.*s>", (int)strcspn(buffer, "\n"), buffer);
    drop(__wasi_fd_close(f));
  }
  e = open_n(dir, path, size, 0, 0, &f);
  printf(", not following %s", error_name(e));
  if (e == 0) drop(__wasi_fd_close(f));
  e = open_n(dir, path, size, 1, __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL, &f);
  printf(", new %s", error_name(e));
  if (e == 0)
    drop(__wasi_fd_close(f)),
        printf(" (removed %s)",
               error_name(raw_path_unlink_file(dir, (int32_t)path, (int32_t)size)));
  putchar('\n');
  if (memchr(path, 0, size) || size != strlen(path))
    return; /* the C library's wrappers take strings */
  __wasi_filestat_t st;
  __wasi_size_t used = 0;
  printf("    stat %s", error_name(__wasi_path_filestat_get(dir, 1, path, &st)));
  printf(", lstat %s", error_name(__wasi_path_filestat_get(dir, 0, path, &st)));
  printf(", readlink %s",
         error_name(__wasi_path_readlink(dir, path, (uint8_t *)buffer, 64, &used)));
  printf(", utimes %s", error_name(__wasi_path_filestat_set_times(dir, 1, path, 0, 0, 0)));
  e = __wasi_path_create_directory(dir, path);
  printf(", mkdir %s", error_name(e));
  if (e == 0) printf(" (removed %s)", error_name(__wasi_path_remove_directory(dir, path)));
  putchar('\n');
}

static void attempt(const char *path) { attempt_n(DIR, path, strlen(path)); }

/* Calls with two paths, one of them inside. */
static void attempt_pair(const char *path)
{
  show(path, strlen(path));
  int e = __wasi_path_rename(DIR, path, DIR, "got");
  printf(": rename from %s", error_name(e));
  if (e == 0) drop(__wasi_path_rename(DIR, "got", DIR, path));
  printf(", link from %s", error_name(__wasi_path_link(DIR, 0, path, DIR, "got")));
  drop(__wasi_path_unlink_file(DIR, "got"));
  printf(", link following %s", error_name(__wasi_path_link(DIR, 1, path, DIR, "got")));
  drop(__wasi_path_unlink_file(DIR, "got"));
  e = __wasi_path_rename(DIR, "inside.txt", DIR, path);
  printf(", to %s", error_name(e));
  if (e == 0) drop(__wasi_path_rename(DIR, path, DIR, "inside.txt"));
  printf(", link to %s", error_name(__wasi_path_link(DIR, 0, "inside.txt", DIR, path)));
  printf(", symlink at %s", error_name(__wasi_path_symlink("x", DIR, path)));
  printf(", unlink %s", error_name(__wasi_path_unlink_file(DIR, path)));
  printf(", rmdir %s\n", error_name(__wasi_path_remove_directory(DIR, path)));
}

static void attempts(void)
{
  static const char *const paths[] = {"inside.txt",
                                      "sub/../inside.txt",
                                      "sub/inner.txt",
                                      "./sub/./inner.txt",
                                      "inlink",
                                      "dirlink/inner.txt",
                                      "..",
                                      "../outside/secret",
                                      "sub/../../outside/secret",
                                      "sub/..",
                                      "sub/../..",
                                      "./..",
                                      "sub/deep/../../../x",
                                      "/",
                                      "/etc/passwd",
                                      "//etc/passwd",
                                      "abs",
                                      "abs/",
                                      "absdir/passwd",
                                      "up",
                                      "up/",
                                      "updir/secret",
                                      "upup/etc/passwd",
                                      "chain1",
                                      "mid/outside/secret",
                                      "sub/out",
                                      "loop",
                                      "loop/x",
                                      "self/self/self/inside.txt",
                                      "long1",
                                      "long2",
                                      "proc",
                                      "proc/etc/passwd",
                                      "procfd",
                                      "dangling-out",
                                      "",
                                      ".",
                                      "./",
                                      "inside.txt/",
                                      "inside.txt/..",
                                      "inside.txt/x",
                                      "missing/..",
                                      "missing/../inside.txt",
                                      "sub//",
                                      "inlink/",
                                      "dirlink/",
                                      "dirlink/../inside.txt",
                                      "tosub/../outside/secret",
                                      "fifo/x",
                                      "...",
                                      "sub/...",
                                      " ",
                                      "..\\outside\\secret"};
  for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) attempt(paths[i]);
  static const char *const pairs[] = {"../outside/secret",
                                      "../outside/new",
                                      "/tmp/new",
                                      "sub/../../outside/secret",
                                      "up",
                                      "updir/new",
                                      "abs",
                                      "absdir/new",
                                      ".",
                                      "..",
                                      "sub/.."};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) attempt_pair(pairs[i]);
}

static void strange_paths(void)
{
  static char path[70000];
  attempt_n(DIR, "inside.txt\0/../../etc/passwd", 27);
  attempt_n(DIR, "\0", 1);
  attempt_n(DIR, "inside.txt", 6);
  memset(path, 'a', sizeof path);
  attempt_n(DIR, path, 255);
  attempt_n(DIR, path, 256);
  attempt_n(DIR, path, 4095);
  attempt_n(DIR, path, 65536);
  for (size_t i = 0; i + 3 <= 4080; i += 3) memcpy(path + i, "../", 3);
  attempt_n(DIR, path, 4080);
  for (size_t i = 0; i < 4080; i++) path[i] = "./"[i % 2];
  attempt_n(DIR, path, 4080);
  for (size_t i = 0; i < 4070; i++) path[i] = "sub/../"[i % 7];
  attempt_n(DIR, path, 4067);
  memset(path, '/', 4000);
  memcpy(path, "sub", 3);
  memcpy(path + 3990, "inner.txt", 9);
  attempt_n(DIR, path, 3999);
  printf("path outside the memory: %s\n",
         error_name(raw_path_open(DIR, 0, -16, 32, 0, 0, 0, 0, (int32_t)path)));
  printf("path of 4 GB: %s\n",
         error_name(raw_path_open(DIR, 0, 64, -1, 0, 0, 0, 0, (int32_t)path)));
  printf("result outside: %s\n",
         error_name(raw_path_open(DIR, 0, (int32_t) "sub", 3, 0, 0, 0, 0, -2)));
}

/* Links that the guest makes itself. */
static void own_links(void)
{
  fd f;
  printf("symlink to /etc/passwd: %s\n",
         error_name(__wasi_path_symlink("/etc/passwd", DIR, "own")));
  printf("symlink to nothing: %s\n",
         error_name(raw_path_symlink((int32_t) "", 0, DIR, (int32_t) "own", 3)));
  printf("symlink upwards: %s\n", error_name(__wasi_path_symlink("../outside/secret", DIR, "own")));
  attempt("own");
  printf("moved down: %s\n", error_name(__wasi_path_rename(DIR, "own", DIR, "sub/own")));
  attempt("sub/own");
  printf("hard link to it: %s\n", error_name(__wasi_path_link(DIR, 0, "sub/own", DIR, "own")));
  attempt("own");
  printf("unlinked: %s, %s\n", error_name(__wasi_path_unlink_file(DIR, "own")),
         error_name(__wasi_path_unlink_file(DIR, "sub/own")));
  int e = open_n(DIR, "sub", 3, 0, __WASI_OFLAGS_DIRECTORY, &f);
  printf("a descriptor below: %s\n", error_name(e));
  attempt_n(f, "../inside.txt",
            13); /* what is opened below has no right to open at all: none was asked for */
  drop(__wasi_fd_close(f));
  e = raw_path_open(DIR, 0, (int32_t) "sub", 3, __WASI_OFLAGS_DIRECTORY,
                    __WASI_RIGHTS_PATH_OPEN | FILE_RIGHTS, FILE_RIGHTS, 0, (int32_t)&f);
  printf("one with that right: %s\n", error_name(e));
  attempt_n(f, "../inside.txt", 13);
  attempt_n(f, "out", 3);
  attempt_n(f, "inner.txt", 9);
  e = raw_path_open(f, 0, (int32_t) "inner.txt", 9, 0, __WASI_RIGHTS_FD_WRITE, 0, 0, (int32_t)&f);
  printf("a right that the directory cannot give: %s\n", error_name(e));
  drop(__wasi_fd_close(f));
}

static void descriptors(void)
{
  __wasi_fdstat_t st;
  __wasi_iovec_t v = {(uint8_t *)&st, 8};
  __wasi_ciovec_t cv = {(const uint8_t *)"x", 1};
  __wasi_size_t n;
  __wasi_filesize_t at;
  fd f = -1;
  static const int numbers[] = {4, 5, 63, 1000, 1023, 1024, 4096, 0x7FFFFFFF, -1, (int)0x80000000};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (__wasi_fd_fdstat_get(numbers[i], &st) != __WASI_ERRNO_BADF)
      printf("descriptor %d is open\n", numbers[i]);
  printf("read a directory: %s\n", error_name(__wasi_fd_read(DIR, &v, 1, &n)));
  printf("seek a directory: %s\n", error_name(__wasi_fd_seek(DIR, 0, 0, &at)));
  printf("list of buffers outside: %s\n", error_name(raw_fd_write(1, -8, 2, (int32_t)&n)));
  printf("2^32 - 1 buffers: %s\n", error_name(raw_fd_write(1, 0, -1, (int32_t)&n)));
  printf("random bytes outside: %s\n", error_name(raw_random_get(-100, 200)));
  printf("new rights: %s\n", error_name(__wasi_fd_fdstat_set_rights(DIR, ~0ull, ~0ull)));
  printf("open a pipe nobody reads for writing: %s\n",
         error_name(raw_path_open(DIR, 0, (int32_t) "fifo", 4, 0, __WASI_RIGHTS_FD_WRITE, 0, 0,
                                  (int32_t)&f)));
  int e = raw_path_open(DIR, 0, (int32_t) "fifo", 4, 0, FILE_RIGHTS, 0, __WASI_FDFLAGS_NONBLOCK,
                        (int32_t)&f);
  printf("for reading: %s, read: %s\n", error_name(e), error_name(__wasi_fd_read(f, &v, 1, &n)));
  printf("accept: %s\n", error_name(__wasi_sock_accept(f, 0, &f)));
  drop(__wasi_fd_close(f));
  int opened = 0;
  while ((e = open_n(DIR, "sub", 3, 0, 0, &f)) == 0 && opened < 5000) opened++;
  printf("descriptors until %s: %s\n", error_name(e),
         opened > 200 && opened < 1024 ? "hundreds" : "NOT hundreds");
  for (int i = 4; i < 1024; i++) drop(__wasi_fd_close(i));
  printf("take away: %s", error_name(__wasi_fd_fdstat_set_rights(DIR, __WASI_RIGHTS_PATH_OPEN,
                                                                 __WASI_RIGHTS_FD_READ)));
  printf(", write: %s", error_name(raw_path_open(DIR, 0, (int32_t) "x", 1, 0,
                                                 __WASI_RIGHTS_FD_WRITE, 0, 0, (int32_t)&f)));
  printf(", create: %s", error_name(raw_path_open(DIR, 0, (int32_t) "x", 1, __WASI_OFLAGS_CREAT, 0,
                                                  0, 0, (int32_t)&f)));
  printf(", mkdir: %s", error_name(__wasi_path_create_directory(DIR, "x")));
  printf(", list: %s\n", error_name(__wasi_fd_readdir(DIR, (uint8_t *)&st, 8, 0, &n)));
  printf("write to input: %s\n", error_name(__wasi_fd_write(0, &cv, 1, &n)));
}

/* "flip" is a directory or a link to the outside one, "m/n" is here or there, from moment to
 * moment. */
static int race(long count)
{
  static char slow[1000] = "m/n/"; /* a while passes between coming to m/n and going up from it */
  const char *paths[] = {"flip/secret", "m/n/../secret", slow, "m/n/../../flip/secret",
                         "flip/../flip/secret"};
  for (int i = 0; i < 100; i++) strcat(slow, "deep/../");
  strcat(slow, "../secret");
  long ok = 0, refused = 0, missing = 0, other = 0;
  char buffer[65];
  for (long i = 0; i < count; i++) {
    const char *path = paths[i % 5];
    fd f;
    int e = open_n(DIR, path, strlen(path), 1, 0, &f);
    if (e == 0) {
      e = read_file(f, buffer, 64);
      drop(__wasi_fd_close(f));
      if (e == 0 && strstr(buffer, "SECRET")) return printf("got out by %s\n", path), 1;
      ok++;
    } else if (e == __WASI_ERRNO_NOTCAPABLE) refused++;
    else if (e == __WASI_ERRNO_NOENT) missing++;
    else other++;
  }
  fprintf(stderr, "%ld inside, %ld refused, %ld missing, %ld other\n", ok, refused, missing, other);
  return 0;
}

int main(int argc, char **argv)
{
  if (argc > 2 && strcmp(argv[1], "race") == 0) return race(strtol(argv[2], NULL, 10));
  attempts();
  strange_paths();
  own_links();
  descriptors();
  return 0;
}
