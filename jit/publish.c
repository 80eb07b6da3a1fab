/* publish.c - load a unit's shared object and believe nothing it says.
 *
 * SPDX-License-Identifier: MIT
 *
 * The code itself must be trusted once it is mapped, but a truncated, stale or mixed-up object must
 * end in a message: so magic, version, count, the symbol's size, and that every address lies in
 * this very object are checked before anything is published.
 */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state.h"

static bool in_object(const void *address, const void *base)
{
  Dl_info info;
  return address != NULL && dladdr(address, &info) != 0 && info.dli_fbase == base;
}

/* NULL, or what is wrong. */
static const char *check(void *handle, uint32_t n, const vmi_unit_entry **entries)
{
  const uint64_t *words = dlsym(handle, VMI_UNIT_SYMBOL);
  Dl_info info;
  const ElfW(Sym) *symbol = NULL;
  if (words == NULL) return "it exports no " VMI_UNIT_SYMBOL;
  if ((uintptr_t)words % 8 != 0) return VMI_UNIT_SYMBOL " is misaligned";
  if (dladdr1(words, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL ||
      info.dli_saddr != (const void *)words || symbol->st_size < (2 + 3 * (uint64_t)n) * 8) {
    return VMI_UNIT_SYMBOL " is too short";
  }
  if (words[0] != VMI_UNIT_MAGIC) return "its magic number is wrong";
  if (words[1] != ((uint64_t)VMI_ABI_VERSION << 32 | n)) return "its version or count is wrong";
  const vmi_unit_entry *table = (const vmi_unit_entry *)(words + 2);
  for (uint32_t i = 0; i < n; i++) {
    if (!in_object(table[i].native, info.dli_fbase) || !in_object(table[i].entry, info.dli_fbase) ||
        (table[i].osr != NULL && !in_object(table[i].osr, info.dli_fbase))) {
      return "an address lies outside it";
    }
  }
  *entries = table;
  return NULL;
}

static int find_range(struct dl_phdr_info *info, size_t size, void *ctx)
{
  vmi_jit_loaded *u = ctx;
  (void)size;
  uintptr_t low = UINTPTR_MAX, high = 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
    uintptr_t from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    uintptr_t to = from + info->dlpi_phdr[i].p_memsz;
    if (from < low) low = from;
    if (to > high) high = to;
  }
  uintptr_t inside = (uintptr_t)u->entries, page = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
  if (inside < low || inside >= high) return 0;
  u->low = low & ~page;
  u->high = (high + page) & ~page;
  u->bytes = u->high - u->low;
  return 1;
}

static bool plausible_file(const char *path, char *why, size_t size)
{
  struct stat s;
  if (lstat(path, &s) != 0) {
    snprintf(why, size, "the worker reports success but %s: %s", path, strerror(errno));
    return false;
  }
  if (!S_ISREG(s.st_mode) || s.st_uid != geteuid()) {
    snprintf(why, size, "%s: not a regular file of ours", path);
    return false;
  }
  return true;
}

/* dlopen and check; false with a reason. */
static bool open_object(const vmi_alloc *a, vmi_jit_loaded *loaded, const char *path, uint32_t n,
                        const vmi_unit_entry **entries, char *why, size_t size)
{
  const char *bad = NULL;
  if (!plausible_file(path, why, size)) return false;
  loaded->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (loaded->handle == NULL) snprintf(why, size, "dlopen: %s", dlerror());
  else bad = check(loaded->handle, n, entries);
  if (loaded->handle != NULL && bad == NULL) {
    loaded->entries = *entries;
    if (dl_iterate_phdr(find_range, loaded) == 0) bad = "it cannot be found in memory";
    else bad = vmi_jit_find_sites(a, loaded);
  }
  if (bad != NULL) snprintf(why, size, "the compiled unit is refused: %s", bad);
  return loaded->handle != NULL && bad == NULL;
}

static vmi_jit_loaded *new_loaded(const vmi_alloc *a, uint32_t n)
{
  vmi_jit_loaded *loaded = vmi_new_zero(a, 1, sizeof *loaded);
  if (loaded == NULL) return NULL;
  loaded->n = n;
  loaded->funcs = vmi_new_zero(a, n, sizeof loaded->funcs[0]);
  if (loaded->funcs != NULL) return loaded;
  vmi_free(a, loaded, sizeof *loaded);
  return NULL;
}

vmi_jit_loaded *vmi_jit_load(const vmi_alloc *a, const char *path, uint32_t n,
                             const vmi_unit_entry **entries, char *why, size_t size)
{
  vmi_jit_loaded *loaded = new_loaded(a, n);
  if (loaded == NULL) {
    snprintf(why, size, "out of memory");
    unlink(path);
    return NULL;
  }
  bool ok = open_object(a, loaded, path, n, entries, why, size);
  unlink(path);
  if (ok) return loaded;
  vmi_jit_unload(a, loaded);
  return NULL;
}

/* A write past a file size limit raises SIGXFSZ, which would end a host that does not expect it. */
static bool write_file(const char *path, const uint8_t *bytes, size_t size)
{
  sigset_t set, before;
  const struct timespec none = {0, 0};
  bool ok = true;
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  sigemptyset(&set);
  sigaddset(&set, SIGXFSZ);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  while (ok && size > 0) {
    ssize_t n = write(fd, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    ok = n > 0;
    if (!ok && errno == EFBIG) (void)sigtimedwait(&set, NULL, &none);
    if (ok) bytes += n, size -= (size_t)n;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return close(fd) == 0 && ok;
}

/* A directory a unit: dlopen knows objects by name, and one that is gone must not be mistaken. */
static vmi_jit_loaded *load_in(const vmi_jit *jit, char *dir, const uint8_t *code, size_t code_size,
                               uint32_t n, const vmi_unit_entry **entries, char *why, size_t size)
{
  char path[VMI_JIT_PATH];
  vmi_jit_loaded *loaded = new_loaded(&jit->alloc, n);
  snprintf(path, sizeof path, "%s/unit.so", dir);
  if (loaded != NULL && jit->keep_code) {
    loaded->path_size = strlen(path) + 1;
    loaded->path = vmi_new(&jit->alloc, loaded->path_size);
    if (loaded->path != NULL) memcpy(loaded->path, path, loaded->path_size);
  }
  bool ok = false;
  if (loaded == NULL) snprintf(why, size, "out of memory");
  else if (!write_file(path, code, code_size)) snprintf(why, size, "cannot write %s", path);
  else ok = open_object(&jit->alloc, loaded, path, n, entries, why, size);
  if (loaded == NULL || loaded->path == NULL) unlink(path), rmdir(dir);
  if (ok) return loaded;
  if (loaded != NULL) vmi_jit_unload(&jit->alloc, loaded);
  return NULL;
}

vmi_jit_loaded *vmi_jit_load_bytes(const vmi_jit *jit, const uint8_t *code, size_t code_size,
                                   uint32_t n, const vmi_unit_entry **entries, char *why, size_t size)
{
  char dir[VMI_JIT_PATH - 64];
  int length = snprintf(dir, sizeof dir, "%s/libvm-XXXXXX", jit->temp_dir ? jit->temp_dir : "/tmp");
  if (length < 0 || (size_t)length >= sizeof dir || mkdtemp(dir) == NULL) {
    snprintf(why, size, "cannot make a directory for compiled code");
    return NULL;
  }
  return load_in(jit, dir, code, code_size, n, entries, why, size);
}

uint8_t *vmi_jit_read_file(const vmi_alloc *a, const char *path, size_t *size)
{
  struct stat s;
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return NULL;
  uint8_t *bytes = NULL;
  if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_size > 0 &&
      (uint64_t)s.st_size <= VMI_ENTRY_MAX) {
    *size = (size_t)s.st_size;
    bytes = vmi_new(a, *size);
  }
  for (size_t done = 0; bytes != NULL && done < *size;) {
    ssize_t n = read(fd, bytes + done, *size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n > 0) {
      done += (size_t)n;
      continue;
    }
    vmi_free(a, bytes, *size);
    bytes = NULL;
  }
  close(fd);
  return bytes;
}

static void remove_kept(char *path)
{
  unlink(path);
  char *slash = strrchr(path, '/');
  *slash = 0;
  rmdir(path);
}

void vmi_jit_note_copies(const vmi_alloc *a, vmi_jit_loaded *loaded, const uint32_t *funcs, uint32_t n)
{
  loaded->copies = n != 0 ? vmi_new(a, n * sizeof funcs[0]) : NULL;
  if (loaded->copies == NULL) return;
  memcpy(loaded->copies, funcs, n * sizeof funcs[0]);
  loaded->ncopies = n;
}

void vmi_jit_abandon(const vmi_alloc *a, vmi_jit_loaded *loaded)
{
  vmi_jit_forget_sites(a, loaded);
  vmi_free(a, loaded->copies, loaded->ncopies * sizeof loaded->copies[0]);
  vmi_free(a, loaded->funcs, loaded->n * sizeof loaded->funcs[0]);
  vmi_free(a, loaded->path, loaded->path_size);
  vmi_free(a, loaded->entry, loaded->entry_size);
  vmi_free(a, loaded->listing, loaded->listing_size);
  vmi_free(a, loaded, sizeof *loaded);
}

void vmi_jit_unload(const vmi_alloc *a, vmi_jit_loaded *loaded)
{
  vmi_jit_forget_sites(a, loaded);
  if (loaded->handle != NULL) dlclose(loaded->handle);
  if (loaded->path != NULL) remove_kept(loaded->path);
  vmi_jit_abandon(a, loaded);
}
