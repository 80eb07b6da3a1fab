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
#include <stdio.h>
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
      info.dli_saddr != (const void *)words || symbol->st_size < (2 + 2 * (uint64_t)n) * 8) {
    return VMI_UNIT_SYMBOL " is too short";
  }
  if (words[0] != VMI_UNIT_MAGIC) return "its magic number is wrong";
  if (words[1] != ((uint64_t)VMI_ABI_VERSION << 32 | n)) return "its version or count is wrong";
  const vmi_unit_entry *table = (const vmi_unit_entry *)(words + 2);
  for (uint32_t i = 0; i < n; i++) {
    if (!in_object(table[i].native, info.dli_fbase) || !in_object(table[i].entry, info.dli_fbase)) {
      return "an address lies outside it";
    }
  }
  *entries = table;
  return NULL;
}

static bool plausible_file(const char *path, uint64_t *bytes, char *why, size_t size)
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
  *bytes = (uint64_t)s.st_size;
  return true;
}

vmi_jit_loaded *vmi_jit_load(const vmi_alloc *a, const char *path, uint32_t n,
                             const vmi_unit_entry **entries, char *why, size_t size)
{
  vmi_jit_loaded *loaded = vmi_new(a, sizeof *loaded);
  const char *bad = NULL;
  if (loaded == NULL) {
    snprintf(why, size, "out of memory");
    unlink(path);
    return NULL;
  }
  *loaded = (vmi_jit_loaded){0};
  if (plausible_file(path, &loaded->bytes, why, size)) {
    loaded->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (loaded->handle == NULL) snprintf(why, size, "dlopen: %s", dlerror());
    else bad = check(loaded->handle, n, entries);
  }
  unlink(path);
  if (loaded->handle != NULL && bad == NULL) return loaded;
  if (bad != NULL) snprintf(why, size, "the compiled unit is refused: %s", bad);
  vmi_jit_unload(a, loaded);
  return NULL;
}

void vmi_jit_unload(const vmi_alloc *a, vmi_jit_loaded *loaded)
{
  if (loaded->handle != NULL) dlclose(loaded->handle);
  vmi_free(a, loaded, sizeof *loaded);
}
