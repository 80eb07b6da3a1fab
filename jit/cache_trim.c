/* cache_trim.c - keep the cache's folder below a size: what was not used for longest goes.
 *
 * SPDX-License-Identifier: MIT
 *
 * An entry's time of change is that of its last use, to the hour. The folder is gone through by the
 * compiler's thread when this process stores its first unit, and again for each eighth of the cap that it
 * adds. Only names that are ours are looked at. Removing what another process uses costs that
 * one a compile.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"

enum { MAX_ENTRIES = 1 << 20 };

typedef struct item {
  int64_t time; /* ns */
  uint64_t size;
  char folder[VMI_CACHE_NAME], name[VMI_CACHE_NAME];
} item;

typedef struct items {
  const vmi_alloc *alloc;
  item *data;
  size_t n, capacity;
  uint64_t bytes;
  bool ok;
} items;

static void add(items *all, const char *folder, const char *name, const struct stat *s)
{
  if (all->n == all->capacity) {
    size_t capacity = all->capacity ? 2 * all->capacity : 256;
    item *grown = capacity > MAX_ENTRIES ? NULL
                                         : vmi_resize(all->alloc, all->data, all->capacity * sizeof *grown,
                                                      capacity * sizeof *grown);
    all->ok = grown != NULL;
    if (!all->ok) return;
    all->data = grown;
    all->capacity = capacity;
  }
  item *i = &all->data[all->n++];
  i->time = (int64_t)s->st_mtim.tv_sec * 1000000000 + s->st_mtim.tv_nsec;
  i->size = (uint64_t)s->st_size;
  strcpy(i->folder, folder);
  strcpy(i->name, name);
  all->bytes += i->size;
}

typedef void on_name(items *all, int fd, const char *folder, const char *name);

/* Every name of ours in the folder `fd`, which is closed. */
static void each_name(items *all, int fd, const char *folder, on_name *fn)
{
  DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
  if (d == NULL && fd >= 0) close(fd);
  const struct dirent *entry;
  while (d != NULL && all->ok && (entry = readdir(d)) != NULL) {
    if (vmi_cache_is_name(entry->d_name)) fn(all, dirfd(d), folder, entry->d_name);
  }
  if (d != NULL) closedir(d);
}

static void add_entry(items *all, int fd, const char *folder, const char *name)
{
  struct stat s;
  if (fstatat(fd, name, &s, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(s.st_mode)) add(all, folder, name, &s);
}

static void add_folder(items *all, int fd, const char *folder, const char *name)
{
  (void)folder;
  each_name(all, vmi_cache_open_folder(fd, name), name, add_entry);
}

static int by_time(const void *a, const void *b)
{
  const item *x = a, *y = b;
  return x->time != y->time ? (x->time < y->time ? -1 : 1) : strcmp(x->name, y->name);
}

static void remove_item(const vmi_cache *c, const item *i)
{
  int fd = vmi_cache_open_folder(c->dir, i->folder);
  if (fd < 0) return;
  unlinkat(fd, i->name, 0);
  close(fd);
  unlinkat(c->dir, i->folder, AT_REMOVEDIR); /* if that was the last */
}

void vmi_cache_trim(vmi_cache *c, const vmi_alloc *a, uint64_t stored)
{
  c->unchecked += stored;
  if (c->dir < 0 || c->max == 0 || (c->checked && c->unchecked < c->max / 8)) return;
  c->checked = true;
  c->unchecked = 0;
  items all = {.alloc = a, .ok = true};
  each_name(&all, openat(c->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "", add_folder);
  uint64_t bytes = all.bytes;
  if (bytes > c->max) {
    qsort(all.data, all.n, sizeof all.data[0], by_time);
    for (size_t i = 0; i < all.n && bytes > c->max - c->max / 4; i++) {
      remove_item(c, &all.data[i]);
      bytes -= all.data[i].size;
    }
  }
  vmi_free(a, all.data, all.capacity * sizeof all.data[0]);
}
