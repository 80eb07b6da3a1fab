/* tree.c - remove a private directory and everything in it.
 *
 * SPDX-License-Identifier: MIT
 *
 * GCC makes directories of its own below TMPDIR and leaves them behind when it is killed, so the
 * removal goes by what is there, not by the names libvm gave.
 */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 4 }; /* GCC nests once */

static void empty(int fd, int depth); /* takes over fd */

static void remove_entry(int dir, const char *name, int depth)
{
  if (unlinkat(dir, name, 0) == 0 || errno == ENOENT || depth >= MAX_DEPTH) return;
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  empty(fd, depth + 1);
  unlinkat(dir, name, AT_REMOVEDIR);
}

static void empty(int fd, int depth)
{
  DIR *d = fdopendir(fd);
  if (d == NULL) {
    close(fd);
    return;
  }
  const struct dirent *entry;
  while ((entry = readdir(d)) != NULL) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
      remove_entry(fd, entry->d_name, depth);
    }
  }
  closedir(d);
}

bool vmi_jit_remove_tree(const char *path)
{
  /* A second round for a file that a dying `as` made behind the first. */
  for (int round = 0; round < 3; round++) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT;
    empty(fd, 0);
    if (rmdir(path) == 0 || errno == ENOENT) return true;
    if (errno != ENOTEMPTY && errno != EEXIST) return false;
  }
  return false;
}
