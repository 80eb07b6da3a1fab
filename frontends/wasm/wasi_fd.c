/* wasi_fd.c - WASI: the table of descriptors, and what is asked about or set on one.
 *
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "wasi_host.h"

/* ---- the table ---- */

wasi_errno wasi_get_fd(wasi_call *c, uint32_t arg, uint64_t rights, wasi_fd **out)
{
  uint32_t i = wasi_arg(c, arg);
  wasi_host *w = c->wasi;
  if (i >= w->nfds || w->fds[i].host < 0) return WASI_EBADF;
  *out = &w->fds[i];
  return (w->fds[i].rights & rights) == rights ? WASI_OK : WASI_ENOTCAPABLE;
}

static bool grow(wasi_host *w)
{
  uint32_t capacity = w->fds_capacity ? 2 * w->fds_capacity : 16;
  wasi_fd *fds = wasi_resize(w, w->fds, w->fds_capacity * sizeof *fds, capacity * sizeof *fds);
  if (!fds) return false;
  w->fds = fds;
  w->fds_capacity = capacity;
  return true;
}

uint32_t wasi_new_fd(wasi_host *w)
{
  for (uint32_t i = w->first_free; i < w->nfds; i++)
    if (w->fds[i].host < 0) return i;
  if (w->nfds == WASI_MAX_FDS || (w->nfds == w->fds_capacity && !grow(w))) return WASI_MAX_FDS;
  w->fds[w->nfds] = (wasi_fd){.host = -1};
  return w->nfds++;
}

void wasi_close_fd(wasi_host *w, wasi_fd *fd)
{
  if (fd->host >= 0 && !fd->borrowed) close(fd->host);
  if (fd->guest_name) wasi_resize(w, fd->guest_name, strlen(fd->guest_name) + 1, 0);
  *fd = (wasi_fd){.host = -1};
}

wasi_errno wasi_do_fd_close(wasi_call *c)
{
  wasi_fd *fd;
  wasi_errno e = wasi_get_fd(c, 0, 0, &fd);
  if (e == WASI_OK) wasi_close_fd(c->wasi, fd);
  return e;
}

wasi_errno wasi_do_fd_renumber(wasi_call *c)
{
  wasi_fd *from, *to;
  wasi_errno e = wasi_get_fd(c, 0, 0, &from);
  if (e == WASI_OK) e = wasi_get_fd(c, 1, 0, &to);
  if (e != WASI_OK || from == to) return e;
  wasi_close_fd(c->wasi, to);
  *to = *from;
  *from = (wasi_fd){.host = -1};
  return WASI_OK;
}

/* ---- what a file is ---- */

/* Files of procfs lead to memory and descriptors of this very process. */
bool wasi_on_proc(int host)
{
  enum { PROC_SUPER = 0x9FA0 };
  struct statfs fs;
  return fstatfs(host, &fs) == 0 && fs.f_type == PROC_SUPER;
}

static uint8_t socket_type(int host)
{
  int type = 0;
  socklen_t size = sizeof type;
  bool dgram =
      host >= 0 && getsockopt(host, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM;
  return dgram ? WASI_TYPE_SOCKET_DGRAM : WASI_TYPE_SOCKET_STREAM;
}

uint8_t wasi_type_of(const struct stat *st, int host)
{
  switch (st->st_mode & S_IFMT) {
  case S_IFREG: return WASI_TYPE_REGULAR_FILE;
  case S_IFDIR: return WASI_TYPE_DIRECTORY;
  case S_IFLNK: return WASI_TYPE_SYMBOLIC_LINK;
  case S_IFCHR: return WASI_TYPE_CHARACTER_DEVICE;
  case S_IFBLK: return WASI_TYPE_BLOCK_DEVICE;
  case S_IFSOCK: return socket_type(host);
  default: return WASI_TYPE_UNKNOWN;
  }
}

static uint64_t nanoseconds(struct timespec ts) /* times before 1970 cannot be said */
{
  return ts.tv_sec < 0 ? 0 : (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void wasi_put_filestat(uint8_t *to, const struct stat *st)
{
  memset(to, 0, WASI_FILESTAT_SIZE);
  wasi_put(to, st->st_dev, 8);
  wasi_put(to + 8, st->st_ino, 8);
  to[16] = wasi_type_of(st, -1);
  wasi_put(to + 24, st->st_nlink, 8);
  wasi_put(to + 32, (uint64_t)st->st_size, 8);
  wasi_put(to + 40, nanoseconds(st->st_atim), 8);
  wasi_put(to + 48, nanoseconds(st->st_mtim), 8);
  wasi_put(to + 56, nanoseconds(st->st_ctim), 8);
}

wasi_errno wasi_do_fd_filestat_get(wasi_call *c)
{
  wasi_fd *fd;
  struct stat st;
  uint8_t *to = wasi_at(c, wasi_arg(c, 1), WASI_FILESTAT_SIZE);
  wasi_errno e = wasi_get_fd(c, 0, WASI_RIGHT_FD_FILESTAT_GET, &fd);
  if (e != WASI_OK) return e;
  if (!to) return WASI_EFAULT;
  if (fstat(fd->host, &st) != 0) return wasi_error_of(errno);
  wasi_put_filestat(to, &st);
  to[16] = fd->type;
  return WASI_OK;
}

/* ---- its state ---- */

wasi_errno wasi_do_fd_fdstat_get(wasi_call *c)
{
  wasi_fd *fd;
  uint8_t *to = wasi_at(c, wasi_arg(c, 1), WASI_FDSTAT_SIZE);
  wasi_errno e = wasi_get_fd(c, 0, 0, &fd);
  if (e != WASI_OK) return e;
  if (!to) return WASI_EFAULT;
  memset(to, 0, WASI_FDSTAT_SIZE);
  to[0] = fd->type;
  wasi_put(to + 2, fd->flags, 2);
  wasi_put(to + 8, fd->rights, 8);
  wasi_put(to + 16, fd->inheriting, 8);
  return WASI_OK;
}

/* NONBLOCK is ours to honour, APPEND is the kernel's, the others can only be given at opening. */
wasi_errno wasi_do_fd_fdstat_set_flags(wasi_call *c)
{
  wasi_fd *fd;
  uint32_t flags = wasi_arg(c, 1);
  wasi_errno e = wasi_get_fd(c, 0, WASI_RIGHT_FD_FDSTAT_SET_FLAGS, &fd);
  if (e != WASI_OK) return e;
  uint32_t change = flags ^ fd->flags;
  if (change & ~(uint32_t)(WASI_FDFLAG_APPEND | WASI_FDFLAG_NONBLOCK))
    return flags > 31 ? WASI_EINVAL : WASI_ENOTSUP;
  if (change & WASI_FDFLAG_APPEND) {
    if (fd->borrowed) return WASI_ENOTSUP; /* other processes share it */
    int host = fcntl(fd->host, F_GETFL);
    if (host < 0 || fcntl(fd->host, F_SETFL, host ^ O_APPEND) < 0) return wasi_error_of(errno);
  }
  fd->flags = (uint16_t)flags;
  return WASI_OK;
}

wasi_errno wasi_do_fd_fdstat_set_rights(wasi_call *c)
{
  wasi_fd *fd;
  uint64_t rights = wasi_arg64(c, 1), inheriting = wasi_arg64(c, 2);
  wasi_errno e = wasi_get_fd(c, 0, 0, &fd);
  if (e != WASI_OK) return e;
  if ((rights & ~fd->rights) || (inheriting & ~fd->inheriting)) return WASI_ENOTCAPABLE;
  fd->rights = rights;
  fd->inheriting = inheriting;
  return WASI_OK;
}

/* ---- size, times, storage ---- */

static bool is_offset(uint64_t n) { return n <= INT64_MAX; }

wasi_errno wasi_do_fd_filestat_set_size(wasi_call *c)
{
  wasi_fd *fd;
  wasi_errno e = wasi_get_fd(c, 0, WASI_RIGHT_FD_FILESTAT_SET_SIZE, &fd);
  if (e != WASI_OK) return e;
  if (!is_offset(wasi_arg64(c, 1))) return WASI_EINVAL;
  return wasi_check(ftruncate(fd->host, (off_t)wasi_arg64(c, 1)));
}

static bool one_time(uint64_t ns, bool set, bool now, struct timespec *out)
{
  if (set && now) return false;
  out->tv_sec = set ? (time_t)(ns / 1000000000u) : 0;
  out->tv_nsec = set ? (long)(ns % 1000000000u) : now ? UTIME_NOW : UTIME_OMIT;
  return true;
}

wasi_errno wasi_times(uint64_t atim, uint64_t mtim, uint32_t flags, struct timespec out[2])
{
  bool ok = flags <= 15 &&
            one_time(atim, flags & WASI_FST_ATIM, flags & WASI_FST_ATIM_NOW, &out[0]) &&
            one_time(mtim, flags & WASI_FST_MTIM, flags & WASI_FST_MTIM_NOW, &out[1]);
  return ok ? WASI_OK : WASI_EINVAL;
}

wasi_errno wasi_do_fd_filestat_set_times(wasi_call *c)
{
  wasi_fd *fd;
  struct timespec times[2];
  wasi_errno e = wasi_get_fd(c, 0, WASI_RIGHT_FD_FILESTAT_SET_TIMES, &fd);
  if (e == WASI_OK) e = wasi_times(wasi_arg64(c, 1), wasi_arg64(c, 2), wasi_arg(c, 3), times);
  return e == WASI_OK ? wasi_check(futimens(fd->host, times)) : e;
}

wasi_errno wasi_do_fd_advise(wasi_call *c)
{
  static const int advice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                               POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  wasi_fd *fd;
  uint32_t which = wasi_arg(c, 3);
  wasi_errno e = wasi_get_fd(c, 0, WASI_RIGHT_FD_ADVISE, &fd);
  if (e != WASI_OK) return e;
  if (which >= sizeof advice / sizeof *advice || !is_offset(wasi_arg64(c, 1)) ||
      !is_offset(wasi_arg64(c, 2)))
    return WASI_EINVAL;
  int rc = posix_fadvise(fd->host, (off_t)wasi_arg64(c, 1), (off_t)wasi_arg64(c, 2), advice[which]);
  return rc ? wasi_error_of(rc) : WASI_OK;
}

wasi_errno wasi_do_fd_allocate(wasi_call *c)
{
  wasi_fd *fd;
  wasi_errno e = wasi_get_fd(c, 0, WASI_RIGHT_FD_ALLOCATE, &fd);
  if (e != WASI_OK) return e;
  if (!is_offset(wasi_arg64(c, 1)) || !is_offset(wasi_arg64(c, 2))) return WASI_EINVAL;
  return wasi_check(fallocate(fd->host, 0, (off_t)wasi_arg64(c, 1), (off_t)wasi_arg64(c, 2)));
}

wasi_errno wasi_do_fd_sync(wasi_call *c)
{
  wasi_fd *fd;
  wasi_errno e = wasi_get_fd(c, 0, WASI_RIGHT_FD_SYNC, &fd);
  return e == WASI_OK ? wasi_check(fsync(fd->host)) : e;
}

wasi_errno wasi_do_fd_datasync(wasi_call *c)
{
  wasi_fd *fd;
  wasi_errno e = wasi_get_fd(c, 0, WASI_RIGHT_FD_DATASYNC, &fd);
  return e == WASI_OK ? wasi_check(fdatasync(fd->host)) : e;
}

/* ---- directories that were opened to the guest ---- */

wasi_errno wasi_do_fd_prestat_get(wasi_call *c)
{
  wasi_fd *fd;
  uint8_t *to = wasi_at(c, wasi_arg(c, 1), WASI_PRESTAT_SIZE);
  wasi_errno e = wasi_get_fd(c, 0, 0, &fd);
  if (e != WASI_OK) return e;
  if (!fd->guest_name) return WASI_EBADF; /* that is how the guest finds the end of them */
  if (!to) return WASI_EFAULT;
  wasi_put(to, 0, 4);
  wasi_put(to + 4, strlen(fd->guest_name), 4);
  return WASI_OK;
}

wasi_errno wasi_do_fd_prestat_dir_name(wasi_call *c)
{
  wasi_fd *fd;
  wasi_errno e = wasi_get_fd(c, 0, 0, &fd);
  if (e != WASI_OK) return e;
  if (!fd->guest_name) return WASI_EBADF;
  size_t length = strlen(fd->guest_name);
  if (wasi_arg(c, 2) < length) return WASI_ENAMETOOLONG;
  uint8_t *to = wasi_at(c, wasi_arg(c, 1), length);
  if (!to) return WASI_EFAULT;
  memcpy(to, fd->guest_name, length);
  return WASI_OK;
}
