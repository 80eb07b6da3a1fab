/* wasi_host.h - what the parts of the WASI implementation share: the host, its descriptors, a call.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef WASI_HOST_H
#define WASI_HOST_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#include "vm/instance.h"
#include "wasi.h"
#include "wasi_abi.h"

enum {
  WASI_MAX_FDS = 512,       /* descriptors a guest may have */
  WASI_MAX_IOVECS = 1024,
  WASI_MAX_EVENTS = 1024,   /* subscriptions of one poll_oneoff */
  WASI_MAX_PATH = PATH_MAX, /* bytes of a path, also while symbolic links are put into it */
  WASI_MAX_LINKS = 40,      /* symbolic links in one path */
  WASI_MAX_DEPTH = 256,     /* directories below the one that a path starts at */
  WASI_SLICE_MS = 50        /* how long a wait may last before the isolate is asked to stop */
};

/* A guest's descriptor. */
typedef struct wasi_fd {
  int host;             /* -1: free */
  uint8_t type;         /* WASI_TYPE_*, when it was opened */
  bool borrowed;        /* a standard stream: its host descriptor is not ours to change or close */
  bool may_block;       /* reads and writes may wait for somebody else: no file or directory */
  uint16_t flags;       /* WASI_FDFLAG_* */
  uint64_t rights, inheriting;
  char *guest_name;     /* of a directory that was opened to the guest; owned, else NULL */
} wasi_fd;

typedef struct wasi_call wasi_call;
typedef wasi_errno wasi_function(wasi_call *c);

/* What a host function is defined with. */
typedef struct wasi_binding {
  struct wasi_host *wasi;
  wasi_function *function;
} wasi_binding;

enum { /* how many functions there are */
#define WASI_FUNCTION(name, signature) WASI_INDEX_##name,
#include "wasi_functions.def"
  WASI_FUNCTIONS
};

struct wasi_host {
  vm_allocator allocator;
  wasi_binding bindings[WASI_FUNCTIONS];
  wasi_fd *fds;         /* [nfds] */
  uint32_t nfds, fds_capacity;
  uint32_t first_free;  /* numbers below it are not given away */
  char *args, *env;     /* NUL-terminated strings, one behind the other */
  uint32_t nargs, args_size, nenv, env_size;
  bool raise_sigpipe;
};

/* One call of the guest. */
struct wasi_call {
  wasi_host *wasi;
  vm_isolate *isolate;
  const vm_value *args;
  uint8_t *base;        /* the caller's memory; it does not move during the call */
  uint64_t size;
  vm_status status;     /* what the host function returns with WASI_STOP */
};

/* ---- arguments and guest memory, which is little-endian ---- */

static inline uint32_t wasi_arg(const wasi_call *c, uint32_t i)
{
  return (uint32_t)c->args[i].of.i32;
}
static inline uint64_t wasi_arg64(const wasi_call *c, uint32_t i)
{
  return (uint64_t)c->args[i].of.i64;
}

/* `size` bytes of guest memory at `address`; NULL if not all of them are in it. */
static inline uint8_t *wasi_at(const wasi_call *c, uint32_t address, uint64_t size)
{
  return address <= c->size && size <= c->size - address ? c->base + address : NULL;
}

static inline void wasi_put(uint8_t *to, uint64_t value, unsigned bytes)
{
  for (unsigned i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> 8 * i);
}

static inline uint64_t wasi_get(const uint8_t *from, unsigned bytes)
{
  uint64_t value = 0;
  for (unsigned i = 0; i < bytes; i++) value |= (uint64_t)from[i] << 8 * i;
  return value;
}

/* ---- wasi.c ---- */
wasi_errno wasi_error_of(int host_errno);
static inline wasi_errno wasi_check(int rc) { return rc < 0 ? wasi_error_of(errno) : WASI_OK; }
void *wasi_resize(wasi_host *w, void *block, size_t old_size, size_t new_size);
vm_status wasi_fail(vm_error *error, vm_status status, const char *format, ...)
  __attribute__((format(printf, 3, 4)));
/* Is the guest to stop? Then WASI_STOP, which the function returns. */
wasi_errno wasi_poll_stop(wasi_call *c);

/* ---- wasi_fd.c ---- */
/* The descriptor in argument `arg`, which must have all of `rights`. */
wasi_errno wasi_get_fd(wasi_call *c, uint32_t arg, uint64_t rights, wasi_fd **out);
/* Room for one descriptor; its number, or WASI_MAX_FDS: there is none. */
uint32_t wasi_new_fd(wasi_host *w);
void wasi_close_fd(wasi_host *w, wasi_fd *fd);
uint8_t wasi_type_of(const struct stat *st, int host_fd); /* host_fd: -1 unknown */
void wasi_put_filestat(uint8_t *to, const struct stat *st);
bool wasi_on_proc(int host); /* on procfs? */
/* Times for futimens and utimensat. */
wasi_errno wasi_times(uint64_t atim, uint64_t mtim, uint32_t flags, struct timespec out[2]);

/* ---- wasi_path.c ---- */
/* Where a path leads: the name `name`, which contains no slash and is no symbolic link that was to
 * be followed, in the directory `dir`. All calls that take it must not follow links. */
typedef struct wasi_place {
  int dir;
  bool must_be_dir;          /* the path ended in a slash */
  char name[NAME_MAX + 1];
  int opened[WASI_MAX_DEPTH]; /* descriptors on the way, the last one is `dir` if there are any */
  uint32_t nopened;
} wasi_place;

/* Is the last component followed if it is a symbolic link? */
typedef enum wasi_follow {
  WASI_FOLLOW_NEVER,
  WASI_FOLLOW_SLASH, /* if a slash is behind it */
  WASI_FOLLOW
} wasi_follow;

/* Resolve the path below `fd` whose address and size are arguments `arg` and the next. On success
 * the caller ends with wasi_leave. */
wasi_errno wasi_resolve(wasi_call *c, const wasi_fd *fd, uint32_t arg, wasi_follow follow,
                        wasi_place *out);
void wasi_leave(wasi_place *p);

/* ---- the functions, in the order of wasi_functions.def ---- */
#define WASI_FUNCTION(name, signature) wasi_function wasi_do_##name;
#include "wasi_functions.def"

#endif
