/* wasi_file.c - WASI: what is done with paths.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "wasi_host.h"

/* The directory descriptor in argument `arg` with these rights, and where the path in the two
 * arguments from `path` on leads below it. */
static wasi_errno find(wasi_call *c, uint32_t arg, uint64_t rights, uint32_t path,
                       wasi_follow follow, wasi_place *out)
{
  wasi_fd *fd;
  wasi_errno e = wasi_get_fd(c, arg, rights, &fd);
  return e == WASI_OK ? wasi_resolve(c, fd, path, follow, out) : e;
}

/* End with the place; the result of a call of the kernel's at it. */
static wasi_errno done(wasi_place *p, int rc)
{
  wasi_errno e = wasi_check(rc);
  wasi_leave(p);
  return e;
}

static wasi_errno refuse(wasi_place *p, wasi_errno e)
{
  wasi_leave(p);
  return e;
}

static bool exists(const wasi_place *p, struct stat *st)
{
  return fstatat(p->dir, p->name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A path that ends in a slash means a directory: is there one? */
static wasi_errno check_slash(const wasi_place *p)
{
  struct stat st;
  if (!p->must_be_dir) return WASI_OK;
  if (!exists(p, &st)) return wasi_error_of(errno);
  return S_ISDIR(st.st_mode) ? WASI_OK : WASI_ENOTDIR;
}

/* A name that is to become a file's must not end in a slash. */
static wasi_errno check_new(const wasi_place *p)
{
  struct stat st;
  if (!p->must_be_dir) return WASI_OK;
  return exists(p, &st) ? WASI_EEXIST : WASI_ENOENT;
}

static wasi_follow follow_of(uint32_t lookup_flags)
{
  return lookup_flags & WASI_LOOKUP_SYMLINK_FOLLOW ? WASI_FOLLOW : WASI_FOLLOW_SLASH;
}

/* ---- opening ---- */

typedef struct request {
  uint32_t oflags, fdflags;
  uint64_t rights, inheriting;
} request;

static int host_flags(const request *r, bool directory)
{
  const uint64_t reads = WASI_RIGHT_FD_READ | WASI_RIGHT_FD_READDIR;
  const uint64_t writes =
      WASI_RIGHT_FD_WRITE | WASI_RIGHT_FD_ALLOCATE | WASI_RIGHT_FD_FILESTAT_SET_SIZE;
  int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  if (directory) flags |= O_RDONLY | O_DIRECTORY;
  else if (r->rights & writes) flags |= r->rights & reads ? O_RDWR : O_WRONLY;
  else flags |= O_RDONLY;
  if (r->oflags & WASI_OFLAG_CREAT) flags |= O_CREAT;
  if (r->oflags & WASI_OFLAG_EXCL) flags |= O_EXCL;
  if (r->oflags & WASI_OFLAG_TRUNC) flags |= O_TRUNC;
  if (r->fdflags & WASI_FDFLAG_APPEND) flags |= O_APPEND;
  if (r->fdflags & WASI_FDFLAG_DSYNC) flags |= O_DSYNC;
  if (r->fdflags & (WASI_FDFLAG_RSYNC | WASI_FDFLAG_SYNC)) flags |= O_SYNC;
  return flags;
}

static wasi_errno open_place(const wasi_place *p, const request *r, int *out)
{
  bool directory = (r->oflags & WASI_OFLAG_DIRECTORY) || p->must_be_dir;
  if (directory && (r->oflags & WASI_OFLAG_CREAT))
    return p->must_be_dir ? WASI_EISDIR : WASI_EINVAL;
  int flags = host_flags(r, directory);
  *out = openat(p->dir, p->name, flags, 0666);
  if (*out < 0 && errno == EACCES && directory) /* it may be searched without being readable */
    *out = openat(p->dir, p->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return wasi_check(*out);
}

/* What the guest's descriptor for a new host descriptor is. */
static wasi_errno describe(int host, const request *r, wasi_fd *out)
{
  struct stat st;
  if (fstat(host, &st) != 0) return wasi_error_of(errno);
  if (wasi_on_proc(host)) return WASI_EACCES;
  bool directory = S_ISDIR(st.st_mode);
  *out = (wasi_fd){.host = host,
                   .type = wasi_type_of(&st, host),
                   .may_block = !directory && !S_ISREG(st.st_mode),
                   .flags = (uint16_t)r->fdflags,
                   .rights = r->rights & (directory ? WASI_RIGHTS_DIR : WASI_RIGHTS_FILE),
                   .inheriting = directory ? r->inheriting : 0};
  if (out->may_block && isatty(host))
    out->rights &= ~(uint64_t)(WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL);
  return WASI_OK;
}

static wasi_errno add(wasi_call *c, int host, const request *r, uint8_t *number)
{
  wasi_fd fd;
  wasi_errno e = describe(host, r, &fd);
  uint32_t i = e == WASI_OK ? wasi_new_fd(c->wasi) : 0;
  if (i == WASI_MAX_FDS) e = c->wasi->nfds < WASI_MAX_FDS ? WASI_ENOMEM : WASI_EMFILE;
  if (e != WASI_OK) {
    close(host);
    return e;
  }
  c->wasi->fds[i] = fd;
  wasi_put(number, i, 4);
  return WASI_OK;
}

/* Descriptor, lookup flags, path, size, oflags, rights, inheriting rights, fdflags, result. */
wasi_errno wasi_do_path_open(wasi_call *c)
{
  wasi_fd *fd;
  wasi_place p;
  int host;
  request r = {wasi_arg(c, 4), wasi_arg(c, 7), wasi_arg64(c, 5), wasi_arg64(c, 6)};
  uint8_t *number = wasi_at(c, wasi_arg(c, 8), 4);
  uint64_t need = WASI_RIGHT_PATH_OPEN;
  if (r.oflags & WASI_OFLAG_CREAT) need |= WASI_RIGHT_PATH_CREATE_FILE;
  if (r.oflags & WASI_OFLAG_TRUNC) need |= WASI_RIGHT_PATH_FILESTAT_SET_SIZE;
  wasi_errno e = wasi_get_fd(c, 0, need, &fd);
  if (e != WASI_OK) return e;
  if ((r.rights | r.inheriting) & ~fd->inheriting) return WASI_ENOTCAPABLE;
  if (r.oflags > 15 || r.fdflags > 31) return WASI_EINVAL;
  if (!number) return WASI_EFAULT;
  /* A link is in the way of what must be new. */
  bool fresh = (r.oflags & WASI_OFLAG_CREAT) && (r.oflags & WASI_OFLAG_EXCL);
  e = wasi_resolve(c, fd, 2, fresh ? WASI_FOLLOW_NEVER : follow_of(wasi_arg(c, 1)), &p);
  if (e != WASI_OK) return e;
  e = open_place(&p, &r, &host);
  wasi_leave(&p);
  return e == WASI_OK ? add(c, host, &r, number) : e;
}

/* ---- looking ---- */

/* Descriptor, lookup flags, path, size, result. */
wasi_errno wasi_do_path_filestat_get(wasi_call *c)
{
  wasi_place p;
  struct stat st;
  uint8_t *to = wasi_at(c, wasi_arg(c, 4), WASI_FILESTAT_SIZE);
  if (!to) return WASI_EFAULT;
  wasi_errno e = find(c, 0, WASI_RIGHT_PATH_FILESTAT_GET, 2, follow_of(wasi_arg(c, 1)), &p);
  if (e != WASI_OK) return e;
  e = done(&p, exists(&p, &st) ? 0 : -1);
  if (e != WASI_OK) return e;
  if (p.must_be_dir && !S_ISDIR(st.st_mode)) return WASI_ENOTDIR;
  wasi_put_filestat(to, &st);
  return WASI_OK;
}

/* Descriptor, path, size, buffer, its size, result. */
wasi_errno wasi_do_path_readlink(wasi_call *c)
{
  wasi_place p;
  uint32_t size = wasi_arg(c, 4);
  uint8_t *to = wasi_at(c, wasi_arg(c, 3), size), *used = wasi_at(c, wasi_arg(c, 5), 4);
  if (!to || !used) return WASI_EFAULT;
  wasi_errno e = find(c, 0, WASI_RIGHT_PATH_READLINK, 1, WASI_FOLLOW_SLASH, &p);
  if (e != WASI_OK) return e;
  char empty; /* the kernel takes no size of 0 */
  ssize_t n = readlinkat(p.dir, p.name, size ? (char *)to : &empty, size ? size : 1);
  e = done(&p, n < 0 ? -1 : 0);
  if (e == WASI_OK) wasi_put(used, size ? (uint64_t)n : 0, 4);
  return e;
}

/* ---- changing ---- */

/* Descriptor, lookup flags, path, size, times, flags. */
wasi_errno wasi_do_path_filestat_set_times(wasi_call *c)
{
  wasi_place p;
  struct timespec times[2];
  wasi_errno e = wasi_times(wasi_arg64(c, 4), wasi_arg64(c, 5), wasi_arg(c, 6), times);
  if (e == WASI_OK)
    e = find(c, 0, WASI_RIGHT_PATH_FILESTAT_SET_TIMES, 2, follow_of(wasi_arg(c, 1)), &p);
  if (e != WASI_OK) return e;
  e = check_slash(&p);
  if (e != WASI_OK) return refuse(&p, e);
  return done(&p, utimensat(p.dir, p.name, times, AT_SYMLINK_NOFOLLOW));
}

wasi_errno wasi_do_path_create_directory(wasi_call *c)
{
  wasi_place p;
  wasi_errno e = find(c, 0, WASI_RIGHT_PATH_CREATE_DIRECTORY, 1, WASI_FOLLOW_NEVER, &p);
  return e == WASI_OK ? done(&p, mkdirat(p.dir, p.name, 0777)) : e;
}

wasi_errno wasi_do_path_remove_directory(wasi_call *c)
{
  wasi_place p;
  wasi_errno e = find(c, 0, WASI_RIGHT_PATH_REMOVE_DIRECTORY, 1, WASI_FOLLOW_NEVER, &p);
  return e == WASI_OK ? done(&p, unlinkat(p.dir, p.name, AT_REMOVEDIR)) : e;
}

wasi_errno wasi_do_path_unlink_file(wasi_call *c)
{
  wasi_place p;
  wasi_errno e = find(c, 0, WASI_RIGHT_PATH_UNLINK_FILE, 1, WASI_FOLLOW_NEVER, &p);
  if (e != WASI_OK) return e;
  e = check_slash(&p);
  if (e == WASI_OK && p.must_be_dir) e = WASI_EISDIR;
  return e == WASI_OK ? done(&p, unlinkat(p.dir, p.name, 0)) : refuse(&p, e);
}

/* Two places of one call; if the second is not found the first is left. */
static wasi_errno find_other(wasi_call *c, wasi_place *first, uint32_t arg, uint64_t rights,
                             uint32_t path, wasi_place *out)
{
  wasi_errno e = find(c, arg, rights, path, WASI_FOLLOW_NEVER, out);
  if (e != WASI_OK) wasi_leave(first);
  return e;
}

/* Descriptor, path, size, new descriptor, path, size. */
wasi_errno wasi_do_path_rename(wasi_call *c)
{
  wasi_place from, to;
  wasi_errno e = find(c, 0, WASI_RIGHT_PATH_RENAME_SOURCE, 1, WASI_FOLLOW_NEVER, &from);
  if (e == WASI_OK) e = find_other(c, &from, 3, WASI_RIGHT_PATH_RENAME_TARGET, 4, &to);
  if (e != WASI_OK) return e;
  from.must_be_dir |= to.must_be_dir;
  e = check_slash(&from);
  if (e == WASI_OK) e = wasi_check(renameat(from.dir, from.name, to.dir, to.name));
  wasi_leave(&to);
  return refuse(&from, e);
}

/* Descriptor, lookup flags, path, size, new descriptor, path, size. */
wasi_errno wasi_do_path_link(wasi_call *c)
{
  wasi_place from, to;
  wasi_errno e = find(c, 0, WASI_RIGHT_PATH_LINK_SOURCE, 2, follow_of(wasi_arg(c, 1)), &from);
  if (e == WASI_OK) e = find_other(c, &from, 4, WASI_RIGHT_PATH_LINK_TARGET, 5, &to);
  if (e != WASI_OK) return e;
  e = check_slash(&from);
  if (e == WASI_OK) e = check_new(&to);
  if (e == WASI_OK) e = wasi_check(linkat(from.dir, from.name, to.dir, to.name, 0));
  wasi_leave(&to);
  return refuse(&from, e);
}

/* Text, size, descriptor, path, size. The text of a link may lead anywhere below; an absolute one
 * would lead others out, if not the guest. */
wasi_errno wasi_do_path_symlink(wasi_call *c)
{
  wasi_place p;
  char text[WASI_MAX_PATH];
  uint32_t size = wasi_arg(c, 1);
  const uint8_t *from = wasi_at(c, wasi_arg(c, 0), size);
  if (!from) return WASI_EFAULT;
  if (size == 0) return WASI_ENOENT;
  if (size >= sizeof text) return WASI_ENAMETOOLONG;
  if (memchr(from, 0, size)) return WASI_EINVAL;
  if (from[0] == '/') return WASI_ENOTCAPABLE;
  memcpy(text, from, size);
  text[size] = 0;
  wasi_errno e = find(c, 2, WASI_RIGHT_PATH_SYMLINK, 3, WASI_FOLLOW_NEVER, &p);
  if (e != WASI_OK) return e;
  e = check_new(&p);
  return e == WASI_OK ? done(&p, symlinkat(text, p.dir, p.name)) : refuse(&p, e);
}
