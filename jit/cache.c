/* cache.c - compiled units in a private directory.
 *
 * SPDX-License-Identifier: MIT
 *
 * DIR/<module>/<unit>, both names hashes: of the module with all that its code depends on, and of the
 * unit's functions. The folder is thus the index of what a module had compiled in earlier runs. The
 * names only find an entry; what it is is decided by what it says, and whether it is whole by its
 * integrity hash. Entries appear by rename, so two processes may share the directory.
 */
#include "cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
  NAME = VMI_CACHE_NAME,
  MAX_LISTED = 20000, /* entries of a module that are looked at */
  STALE_SECONDS = 3600, /* a temporary file this old was left behind */
  USED_SECONDS = 3600   /* the time of a use is kept to the hour */
};
static const char temporary[] = "new-";

/* ---- identity ---- */

static void add_file(vmi_sha256 *h, const char *path)
{
  struct stat s;
  int64_t facts[4] = {0};
  if (path != NULL && path[0] != 0 && stat(path, &s) == 0) {
    facts[0] = 1;
    facts[1] = (int64_t)s.st_size;
    facts[2] = (int64_t)s.st_mtim.tv_sec;
    facts[3] = (int64_t)s.st_mtim.tv_nsec;
  }
  vmi_sha256_add(h, facts, sizeof facts);
}

void vmi_cache_tools(const char *worker, uint8_t out[VMI_SHA256_SIZE])
{
  vmi_sha256 h;
  vmi_sha256_init(&h);
  add_file(&h, worker);
#ifdef VM_GCCJIT_FILE
  add_file(&h, VM_GCCJIT_FILE);
#endif
  vmi_sha256_end(&h, out);
}

static void hex(const uint8_t hash[VMI_SHA256_SIZE], char out[NAME])
{
  for (int i = 0; i < (NAME - 1) / 2; i++) snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

static void folder_name(const vmi_cache *c, const uint8_t *module, char out[NAME])
{
  uint8_t hash[VMI_SHA256_SIZE];
  vmi_sha256 h;
  vmi_sha256_init(&h);
  vmi_sha256_add(&h, &c->id, sizeof c->id);
  vmi_sha256_add(&h, module, VMI_SHA256_SIZE);
  vmi_sha256_end(&h, hash);
  hex(hash, out);
}

static void unit_name(const uint32_t *funcs, uint32_t n, uint32_t published, char out[NAME])
{
  uint8_t hash[VMI_SHA256_SIZE];
  vmi_sha256 h;
  vmi_sha256_init(&h);
  vmi_sha256_add(&h, &published, sizeof published);
  vmi_sha256_add(&h, funcs, n * sizeof funcs[0]);
  vmi_sha256_end(&h, hash);
  hex(hash, out);
}

/* ---- the directory ---- */

/* NULL if `fd` is a directory that only we can look into and write to. */
static const char *not_private(int fd)
{
  struct stat s;
  if (fstat(fd, &s) != 0) return "it cannot be examined";
  if (!S_ISDIR(s.st_mode)) return "it is not a directory";
  if (s.st_uid != geteuid()) return "it belongs to another user";
  if ((s.st_mode & 07777) != 0700) return "its mode is not 0700";
  return NULL;
}

static int open_folder(int base, const char *name)
{
  return openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

vm_status vmi_cache_open(vmi_cache *c, const char *path, vm_error *e)
{
  char name[512];
  size_t size = strlen(path);
  while (size > 1 && path[size - 1] == '/') size--; /* with a slash behind it a link is followed */
  if (size >= sizeof name) return vmi_fail(e, VM_ARGUMENT, "cache directory: the path is too long");
  memcpy(name, path, size);
  name[size] = 0;
  if (mkdir(name, 0700) != 0 && (errno == ENOSPC || errno == EDQUOT || errno == EROFS)) {
    return VM_OK; /* no room for a cache: none it is */
  }
  c->dir = open_folder(AT_FDCWD, name);
  if (c->dir < 0) {
    const char *why = errno == ELOOP || errno == ENOTDIR ? "not a directory, or a symbolic link"
                                                         : strerror(errno);
    return vmi_fail(e, VM_ARGUMENT, "cache directory %.120s: %s", name, why);
  }
  const char *bad = not_private(c->dir);
  if (bad == NULL) return VM_OK;
  vmi_cache_close(c);
  return vmi_fail(e, VM_ARGUMENT, "cache directory %.120s is refused: %s", name, bad);
}

void vmi_cache_close(vmi_cache *c)
{
  if (c->dir >= 0) close(c->dir);
  c->dir = -1;
}

int vmi_cache_open_folder(int base, const char *name)
{
  int fd = open_folder(base, name);
  if (fd < 0 || not_private(fd) == NULL) return fd;
  close(fd);
  return -1;
}

/* The module's folder, -1 if there is none. */
static int module_folder(vmi_cache *c, const uint8_t *module, bool make)
{
  char name[NAME];
  folder_name(c, module, name);
  if (make) (void)mkdirat(c->dir, name, 0700);
  int fd = open_folder(c->dir, name);
  if (fd < 0 || not_private(fd) == NULL) return fd;
  close(fd);
  atomic_fetch_add(&c->rejected, 1);
  return -1;
}

/* ---- reading ---- */

static bool read_all(int fd, uint8_t *to, size_t size)
{
  while (size > 0) {
    ssize_t n = read(fd, to, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    size -= (size_t)n;
  }
  return true;
}

/* NULL if `hit` now holds a usable entry of the module. */
static const char *load(const vmi_cache *c, const vmi_alloc *a, int fd, const uint8_t *module,
                        vmi_cache_hit *hit)
{
  struct stat s;
  if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode)) return "it is not a regular file";
  if (s.st_uid != geteuid() || (s.st_mode & 0077) != 0) return "it is not private";
  if (s.st_size <= 0 || (uint64_t)s.st_size > VMI_ENTRY_MAX) return "its size is wrong";
  hit->size = (size_t)s.st_size;
  hit->bytes = vmi_new(a, hit->size);
  if (hit->bytes == NULL) return "out of memory";
  if (!read_all(fd, hit->bytes, hit->size)) return "it cannot be read";
  const char *bad = vmi_entry_read(hit->bytes, hit->size, &hit->view);
  if (bad != NULL) return bad;
  if (memcmp(hit->view.head.module, module, VMI_SHA256_SIZE) != 0) return "of another module";
  return vmi_entry_differs(&hit->view.head.id, &c->id, 1);
}

static void note_use(int fd)
{
  struct stat s;
  if (fstat(fd, &s) == 0 && s.st_mtim.tv_sec + USED_SECONDS < time(NULL)) futimens(fd, NULL);
}

/* 1: found, 0: not there, -1: there, but of no use. */
static int load_named(vmi_cache *c, const vmi_alloc *a, int folder, const char *name,
                      const uint8_t *module, vmi_cache_hit *hit)
{
  *hit = (vmi_cache_hit){0};
  int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT ? 0 : -1;
  const char *bad = load(c, a, fd, module, hit);
  if (bad == NULL) note_use(fd);
  close(fd);
  if (bad == NULL) return 1;
  vmi_cache_drop(a, hit);
  return -1;
}

void vmi_cache_drop(const vmi_alloc *a, vmi_cache_hit *hit)
{
  vmi_free(a, hit->bytes, hit->size);
  hit->bytes = NULL;
}

bool vmi_cache_find(vmi_cache *c, const vmi_alloc *a, const uint8_t *module, const uint32_t *funcs,
                    uint32_t n, uint32_t published, vmi_cache_hit *hit)
{
  char name[NAME];
  if (c->dir < 0) return false;
  int folder = module_folder(c, module, false);
  if (folder < 0) return false;
  unit_name(funcs, n, published, name);
  int found = load_named(c, a, folder, name, module, hit);
  close(folder);
  const vmi_entry_view *v = &hit->view;
  if (found > 0 && (v->head.n != n || v->head.published != published ||
                    memcmp(v->funcs, funcs, n * sizeof funcs[0]) != 0)) {
    vmi_cache_drop(a, hit);
    found = -1;
  }
  if (found < 0) atomic_fetch_add(&c->rejected, 1);
  return found > 0;
}

bool vmi_cache_is_name(const char *name)
{
  return strlen(name) == NAME - 1 && strspn(name, "0123456789abcdef") == NAME - 1;
}

static void remove_leftover(int folder, const char *name)
{
  struct stat s;
  if (strncmp(name, temporary, sizeof temporary - 1) != 0) return;
  if (fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) != 0) return;
  if (s.st_mtim.tv_sec + STALE_SECONDS < time(NULL)) unlinkat(folder, name, 0);
}

void vmi_cache_list(vmi_cache *c, const vmi_alloc *a, const uint8_t *module, vmi_cache_each *each,
                    void *ctx)
{
  int folder = c->dir < 0 ? -1 : module_folder(c, module, false);
  if (folder < 0) return;
  DIR *d = fdopendir(folder);
  if (d == NULL) {
    close(folder);
    return;
  }
  const struct dirent *entry;
  for (int left = MAX_LISTED; left > 0 && (entry = readdir(d)) != NULL; left--) {
    vmi_cache_hit hit;
    if (!vmi_cache_is_name(entry->d_name)) {
      remove_leftover(folder, entry->d_name);
      continue;
    }
    int found = load_named(c, a, folder, entry->d_name, module, &hit);
    if (found < 0) atomic_fetch_add(&c->rejected, 1);
    if (found <= 0) continue;
    each(ctx, &hit.view);
    vmi_cache_drop(a, &hit);
  }
  closedir(d);
}

/* ---- writing ---- */

static bool write_all(int fd, const uint8_t *from, size_t size)
{
  while (size > 0) {
    ssize_t n = write(fd, from, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    from += n;
    size -= (size_t)n;
  }
  return true;
}

/* Under a name of our own first: what has the real name is whole, unless the machine crashed. */
static bool put_file(int folder, const char *name, const uint8_t *bytes, size_t size)
{
  char draft[48];
  uint64_t number;
  if (getrandom(&number, sizeof number, 0) != sizeof number) return false;
  snprintf(draft, sizeof draft, "%s%016llx", temporary, (unsigned long long)number);
  int fd = openat(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  bool ok = write_all(fd, bytes, size);
  ok = close(fd) == 0 && ok;
  ok = ok && renameat(folder, draft, folder, name) == 0;
  if (!ok) unlinkat(folder, draft, 0);
  return ok;
}

void vmi_cache_keep(vmi_cache *c, const vmi_alloc *a, const uint8_t *module, const uint32_t *funcs,
                    uint32_t n, uint32_t published, const uint8_t *code, size_t code_size)
{
  uint8_t tools[VMI_SHA256_SIZE];
  size_t size = vmi_entry_size(n, code_size);
  if (c->dir < 0 || size > VMI_ENTRY_MAX) return;
  vmi_cache_tools(c->worker, tools);
  if (memcmp(tools, c->id.tools, sizeof tools) != 0) return; /* replaced since we began */
  int folder = module_folder(c, module, true);
  if (folder < 0) return;
  uint8_t *bytes = vmi_new(a, size);
  if (bytes != NULL) {
    char name[NAME];
    vmi_entry_header head = {.id = c->id, .n = n, .published = published, .code_size = code_size};
    memcpy(head.module, module, sizeof head.module);
    vmi_entry_write(bytes, &head, funcs, code);
    unit_name(funcs, n, published, name);
    if (put_file(folder, name, bytes, size)) atomic_fetch_add(&c->stored, 1);
    vmi_free(a, bytes, size);
  }
  close(folder);
  vmi_cache_trim(c, a, size);
}
