/* wasi.c - WASI: making a host, defining its functions, and the way of every call.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "wasi_host.h"

/* ---- errors and memory ---- */

wasi_errno wasi_error_of(int host_errno)
{
  switch (host_errno) {
#define WASI_ERRNO_ROW(name, number) case E##name: return WASI_E##name;
    WASI_ERRNOS(WASI_ERRNO_ROW)
#undef WASI_ERRNO_ROW
  default: return WASI_EIO;
  }
}

vm_status wasi_fail(vm_error *error, vm_status status, const char *format, ...)
{
  if (!error || error->size < sizeof *error) return status;
  *error = (vm_error)VM_ERROR_INIT;
  error->status = status;
  va_list args;
  va_start(args, format);
  vsnprintf(error->message, sizeof error->message, format, args);
  va_end(args);
  return status;
}

static void *default_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  (void)user, (void)old_size;
  if (new_size) return realloc(block, new_size);
  free(block);
  return NULL;
}

void *wasi_resize(wasi_host *w, void *block, size_t old_size, size_t new_size)
{
  if (!block && !new_size) return NULL;
  return w->allocator.resize(w->allocator.user, block, old_size, new_size);
}

/* ---- making one ---- */

static vm_status bad_entry(vm_error *error, const char *text)
{
  return wasi_fail(error, VM_ARGUMENT, "environment: expected NAME=VALUE, found \"%.100s\"", text);
}

/* The strings one behind the other, as the guest wants them. */
static vm_status join(wasi_host *w, const char *const *list, size_t count, bool pairs, char **out,
                      uint32_t *total, uint32_t *n, vm_error *error)
{
  const uint64_t most = INT32_MAX; /* with the addresses they must fit into a memory */
  uint64_t size = 0;
  if (count && !list) return wasi_fail(error, VM_ARGUMENT, "wasi_new: a list of strings is NULL");
  for (size_t i = 0; i < count; i++) {
    if (!list[i]) return wasi_fail(error, VM_ARGUMENT, "wasi_new: string %zu of a list is NULL", i);
    if (pairs && (list[i][0] == '=' || !strchr(list[i], '='))) return bad_entry(error, list[i]);
    size += strlen(list[i]) + 1;
    if (size + 4 * (uint64_t)count > most)
      return wasi_fail(error, VM_LIMIT, "%s: longer than %d bytes",
                       pairs ? "environment" : "arguments", (int)most);
  }
  char *at = size ? wasi_resize(w, NULL, 0, size) : NULL;
  if (size && !at) return wasi_fail(error, VM_MEMORY, "out of memory");
  *out = at;
  *total = (uint32_t)size;
  *n = (uint32_t)count;
  for (size_t i = 0; i < count; i++) at = stpcpy(at, list[i]) + 1;
  return VM_OK;
}

static vm_status add_stream(wasi_host *w, int host, vm_error *error)
{
  struct stat st;
  uint32_t i = wasi_new_fd(w);
  if (i == WASI_MAX_FDS) return wasi_fail(error, VM_MEMORY, "out of memory");
  wasi_fd *fd = &w->fds[i];
  *fd = (wasi_fd){.host = -1};
  w->first_free = i + 1; /* also if the guest has no such stream */
  int flags = host < 0 ? -1 : fcntl(host, F_GETFL);
  if (flags < 0 || (flags & O_PATH) || fstat(host, &st) != 0) return VM_OK;
  *fd = (wasi_fd){.host = host, .borrowed = true, .rights = WASI_RIGHTS_FILE};
  fd->type = wasi_type_of(&st, host);
  fd->may_block = fd->type != WASI_TYPE_REGULAR_FILE && fd->type != WASI_TYPE_DIRECTORY;
  if (flags & O_APPEND) fd->flags = WASI_FDFLAG_APPEND;
  if ((flags & O_ACCMODE) == O_RDONLY)
    fd->rights &=
        ~(uint64_t)(WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_FILESTAT_SET_SIZE);
  if ((flags & O_ACCMODE) == O_WRONLY) fd->rights &= ~(uint64_t)WASI_RIGHT_FD_READ;
  /* What cannot seek is how the guest's C library knows a terminal. */
  if (isatty(host)) fd->rights &= ~(uint64_t)(WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL);
  return VM_OK;
}

/* A directory may be searched without being readable. */
static int open_dir(const char *path)
{
  int host = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (host < 0 && errno == EACCES) host = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return host;
}

static vm_status add_dir(wasi_host *w, const wasi_dir *dir, vm_error *error)
{
  if (!dir->host) return wasi_fail(error, VM_ARGUMENT, "wasi_new: a directory without path");
  const char *name = dir->guest ? dir->guest : dir->host;
  int host = open_dir(dir->host);
  if (host < 0)
    return wasi_fail(error, VM_NOT_FOUND, "directory %.150s: %s", dir->host, strerror(errno));
  if (wasi_on_proc(host)) {
    close(host);
    return wasi_fail(error, VM_NOT_FOUND, "directory %.150s: leads to the host process itself",
                     dir->host);
  }
  uint32_t i = wasi_new_fd(w);
  size_t length = strlen(name) + 1;
  char *copy = i < WASI_MAX_FDS ? wasi_resize(w, NULL, 0, length) : NULL;
  if (!copy) {
    close(host);
    return i < WASI_MAX_FDS || w->nfds < WASI_MAX_FDS
               ? wasi_fail(error, VM_MEMORY, "out of memory")
               : wasi_fail(error, VM_LIMIT, "more than %d directories", WASI_MAX_FDS - 3);
  }
  memcpy(copy, name, length);
  w->fds[i] = (wasi_fd){.host = host,
                        .type = WASI_TYPE_DIRECTORY,
                        .rights = WASI_RIGHTS_DIR,
                        .inheriting = WASI_RIGHTS_DIR | WASI_RIGHTS_FILE,
                        .guest_name = copy};
  return VM_OK;
}

static vm_status fill(wasi_host *w, const wasi_config *config, vm_error *error)
{
  w->raise_sigpipe = config->raise_sigpipe != 0;
  vm_status st =
      join(w, config->args, config->nargs, false, &w->args, &w->args_size, &w->nargs, error);
  if (st == VM_OK)
    st = join(w, config->env, config->nenv, true, &w->env, &w->env_size, &w->nenv, error);
  for (int i = 0; i < 3 && st == VM_OK; i++) st = add_stream(w, config->streams[i], error);
  if (st == VM_OK && config->ndirs && !config->dirs)
    return wasi_fail(error, VM_ARGUMENT, "wasi_new: `dirs` is NULL");
  for (size_t i = 0; i < config->ndirs && st == VM_OK; i++)
    st = add_dir(w, &config->dirs[i], error);
  w->first_free = 0;
  return st;
}

vm_status wasi_new(const wasi_config *config, wasi_host **out, vm_error *error)
{
  if (out) *out = NULL;
  if (!config || !out || config->size != sizeof *config)
    return wasi_fail(error, VM_ARGUMENT, "wasi_new: a NULL, or `config->size` is not set");
  vm_allocator a = config->allocator;
  if (!a.resize) a = (vm_allocator){default_resize, NULL};
  wasi_host *w = a.resize(a.user, NULL, 0, sizeof *w);
  if (!w) return wasi_fail(error, VM_MEMORY, "out of memory");
  memset(w, 0, sizeof *w);
  w->allocator = a;
  vm_status st = fill(w, config, error);
  if (st != VM_OK) {
    wasi_free(w);
    return st;
  }
  *out = w;
  return VM_OK;
}

void wasi_free(wasi_host *w)
{
  if (!w) return;
  for (uint32_t i = 0; i < w->nfds; i++) wasi_close_fd(w, &w->fds[i]);
  wasi_resize(w, w->fds, w->fds_capacity * sizeof *w->fds, 0);
  wasi_resize(w, w->args, w->args_size, 0);
  wasi_resize(w, w->env, w->env_size, 0);
  vm_allocator a = w->allocator;
  a.resize(a.user, w, sizeof *w, 0);
}

/* ---- calls ---- */

static vm_status call_function(vm_isolate *isolate, void *user, const vm_value *args,
                               vm_value *results)
{
  const wasi_binding *b = user;
  wasi_call c = {.wasi = b->wasi, .isolate = isolate, .args = args, .status = VM_OK};
  vm_instance *caller = vm_isolate_caller(isolate);
  if (!caller || vm_instance_view_memory(caller, "memory", &c.base, &c.size, NULL) != VM_OK)
    return vm_isolate_throw_text(isolate,
                                 "WASI: the calling module exports no memory called \"memory\"");
  wasi_errno e = b->function(&c);
  if (e == WASI_STOP) return c.status;
  results[0].of.i32 = (int32_t)e;
  return VM_OK;
}

wasi_errno wasi_poll_stop(wasi_call *c)
{
  c->status = vm_isolate_poll(c->isolate);
  return c->status == VM_OK ? WASI_OK : WASI_STOP;
}

static const struct {
  const char *name, *params;
  wasi_function *function;
} functions[WASI_FUNCTIONS] = {
#define WASI_FUNCTION(name, signature) {#name, signature, wasi_do_##name},
#include "wasi_functions.def"
};

vm_status wasi_define(wasi_host *w, vm_isolate *isolate, vm_error *error)
{
  if (!w || !isolate) return wasi_fail(error, VM_ARGUMENT, "wasi_define: a NULL");
  const vm_type i32 = VM_I32;
  for (int i = 0; i < WASI_FUNCTIONS; i++) {
    vm_type params[16];
    uint32_t n = 0;
    for (const char *p = functions[i].params; *p; p++) params[n++] = *p == 'I' ? VM_I64 : VM_I32;
    w->bindings[i] = (wasi_binding){w, functions[i].function};
    vm_status st = vm_isolate_define_func(isolate, WASI_MODULE, functions[i].name, params, n, &i32,
                                          i != WASI_INDEX_proc_exit, call_function, &w->bindings[i],
                                          NULL, error);
    if (st != VM_OK) return st;
  }
  return VM_OK;
}
