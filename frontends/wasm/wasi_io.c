/* wasi_io.c - WASI: reading, writing and seeking; reading directories.
 *
 * SPDX-License-Identifier: MIT
 *
 * Waiting. What may wait for somebody else (pipes, terminals, sockets, devices) is polled in slices
 * before it is read or written, so that an isolate that is to stop does. Descriptors that we opened
 * are non-blocking; those that the host lent us are not ours to change, hence writes to a pipe are
 * of PIPE_BUF bytes at most, for which there is room where poll says so.
 */
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "wasi_host.h"

/* ---- buffers ---- */

/* The guest's list of buffers in arguments `arg` and the next; all of it must be in its memory. */
static wasi_errno get_iovecs(wasi_call *c, uint32_t arg, struct iovec *out, int *count)
{
  uint32_t n = wasi_arg(c, arg + 1);
  if (n > WASI_MAX_IOVECS) return WASI_EINVAL;
  const uint8_t *list = wasi_at(c, wasi_arg(c, arg), (uint64_t)n * WASI_IOVEC_SIZE);
  if (!list) return WASI_EFAULT;
  const uint64_t most = INT32_MAX; /* the kernel takes no more at once either */
  uint64_t total = 0;
  *count = 0;
  for (uint32_t i = 0; i < n; i++, list += WASI_IOVEC_SIZE) {
    uint32_t size = (uint32_t)wasi_get(list + 4, 4);
    uint8_t *base = wasi_at(c, (uint32_t)wasi_get(list, 4), size);
    if (!base) return WASI_EFAULT;
    if (size > most - total) size = (uint32_t)(most - total);
    total += size;
    if (size) out[(*count)++] = (struct iovec){base, size};
  }
  return WASI_OK;
}

/* ---- waiting ---- */

static wasi_errno wait_for(wasi_call *c, const wasi_fd *fd, short events)
{
  if (!fd->may_block || (!fd->borrowed && fd->flags & WASI_FDFLAG_NONBLOCK)) return WASI_OK;
  for (;;) {
    struct pollfd p = {fd->host, events, 0};
    int timeout = fd->flags & WASI_FDFLAG_NONBLOCK ? 0 : WASI_SLICE_MS;
    int n = poll(&p, 1, timeout);
    if (n > 0) return WASI_OK; /* or an error, which reading or writing says */
    if (n < 0 && errno != EINTR && errno != EAGAIN) return wasi_error_of(errno);
    if (n == 0 && timeout == 0) return WASI_EAGAIN;
    wasi_errno e = wasi_poll_stop(c);
    if (e != WASI_OK) return e;
  }
}

/* writev without the signal that a pipe without readers raises. A SIGPIPE that was pending before
 * stays pending. */
static ssize_t quiet_writev(int host, const struct iovec *v, int n)
{
  sigset_t pipe_only, old, pending;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe_only, &old);
  ssize_t written = writev(host, v, n);
  int error = errno;
  if (written < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE))
    sigtimedwait(&pipe_only, NULL, &(struct timespec){0, 0});
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  errno = error;
  return written;
}

/* ---- reading and writing ---- */

typedef enum direction { READ, WRITE } direction;

static ssize_t transfer(const wasi_call *c, const wasi_fd *fd, direction d, const struct iovec *v,
                        int n)
{
  if (d == READ) return readv(fd->host, v, n);
  return fd->may_block && !c->wasi->raise_sigpipe ? quiet_writev(fd->host, v, n)
                                                  : writev(fd->host, v, n);
}

static wasi_errno put_count(wasi_call *c, uint32_t arg, ssize_t n)
{
  if (n < 0) return wasi_error_of(errno);
  wasi_put(wasi_at(c, wasi_arg(c, arg), 4), (uint64_t)n, 4);
  return WASI_OK;
}

/* Like read and write of a descriptor that blocks, or of one that does not; the count goes to
 * *count. */
static wasi_errno transfer_waiting(wasi_call *c, const wasi_fd *fd, direction d,
                                   const struct iovec *v, int n, ssize_t *count)
{
  for (;;) {
    wasi_errno e = wait_for(c, fd, d == READ ? POLLIN : POLLOUT);
    if (e != WASI_OK) return e;
    *count = transfer(c, fd, d, v, n);
    bool again = *count < 0 && (errno == EINTR || (errno == EAGAIN && fd->may_block));
    if (!again) return wasi_check(*count < 0 ? -1 : 0);
    if (fd->flags & WASI_FDFLAG_NONBLOCK) return WASI_EAGAIN;
    e = wasi_poll_stop(c);
    if (e != WASI_OK) return e;
  }
}

enum { PART = 16 }; /* buffers written at once */

/* The first buffers of the list, PIPE_BUF bytes at most. */
static int first_part(const struct iovec *v, int n, struct iovec part[PART])
{
  size_t room = PIPE_BUF;
  int k = 0;
  for (; k < n && k < PART && room; k++) {
    part[k] = v[k];
    if (part[k].iov_len > room) part[k].iov_len = room;
    room -= part[k].iov_len;
  }
  return k;
}

static int skip(struct iovec **v, int n, size_t done)
{
  while (n && done >= (*v)->iov_len) {
    done -= (*v)->iov_len;
    ++*v;
    n--;
  }
  if (n) **v = (struct iovec){(char *)(*v)->iov_base + done, (*v)->iov_len - done};
  return n;
}

/* To a pipe or the like: all of it, as a program expects that does not ask for less. */
static wasi_errno write_parts(wasi_call *c, const wasi_fd *fd, struct iovec *v, int n,
                              ssize_t *total)
{
  wasi_errno e = WASI_OK;
  *total = 0;
  while (n && e == WASI_OK) {
    struct iovec part[PART];
    ssize_t count = 0;
    e = transfer_waiting(c, fd, WRITE, part, first_part(v, n, part), &count);
    if (e != WASI_OK) break;
    *total += count;
    n = skip(&v, n, (size_t)count);
    if (count == 0 || (fd->flags & WASI_FDFLAG_NONBLOCK)) break;
  }
  return *total && e != WASI_STOP ? WASI_OK : e;
}

static wasi_errno stream_io(wasi_call *c, direction d)
{
  wasi_fd *fd;
  struct iovec v[WASI_MAX_IOVECS];
  int n = 0;
  ssize_t count = 0;
  wasi_errno e = wasi_get_fd(c, 0, d == READ ? WASI_RIGHT_FD_READ : WASI_RIGHT_FD_WRITE, &fd);
  if (e == WASI_OK) e = get_iovecs(c, 1, v, &n);
  if (e != WASI_OK) return e;
  if (!wasi_at(c, wasi_arg(c, 3), 4)) return WASI_EFAULT;
  if (n && d == WRITE && fd->may_block) e = write_parts(c, fd, v, n, &count);
  else if (n) e = transfer_waiting(c, fd, d, v, n, &count);
  return e == WASI_OK ? put_count(c, 3, count) : e;
}

wasi_errno wasi_do_fd_read(wasi_call *c) { return stream_io(c, READ); }
wasi_errno wasi_do_fd_write(wasi_call *c) { return stream_io(c, WRITE); }

static wasi_errno offset_io(wasi_call *c, direction d)
{
  wasi_fd *fd;
  struct iovec v[WASI_MAX_IOVECS];
  int n = 0;
  uint64_t offset = wasi_arg64(c, 3), rights = d == READ ? WASI_RIGHT_FD_READ : WASI_RIGHT_FD_WRITE;
  wasi_errno e = wasi_get_fd(c, 0, rights | WASI_RIGHT_FD_SEEK, &fd);
  if (e == WASI_OK) e = get_iovecs(c, 1, v, &n);
  if (e != WASI_OK) return e;
  if (!wasi_at(c, wasi_arg(c, 4), 4)) return WASI_EFAULT;
  if (offset > INT64_MAX) return WASI_EINVAL;
  if (n == 0) return put_count(c, 4, 0);
  ssize_t count =
      d == READ ? preadv(fd->host, v, n, (off_t)offset) : pwritev(fd->host, v, n, (off_t)offset);
  return put_count(c, 4, count);
}

wasi_errno wasi_do_fd_pread(wasi_call *c) { return offset_io(c, READ); }
wasi_errno wasi_do_fd_pwrite(wasi_call *c) { return offset_io(c, WRITE); }

/* ---- position ---- */

static wasi_errno seek(wasi_call *c, int64_t offset, uint32_t whence, uint64_t rights,
                       uint32_t result)
{
  static const int host_whence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  wasi_fd *fd;
  uint8_t *to = wasi_at(c, wasi_arg(c, result), 8);
  wasi_errno e = wasi_get_fd(c, 0, rights, &fd);
  if (e != WASI_OK) return e;
  if (!to) return WASI_EFAULT;
  if (whence > WASI_WHENCE_END) return WASI_EINVAL;
  off_t at = lseek(fd->host, (off_t)offset, host_whence[whence]);
  if (at < 0) return wasi_error_of(errno);
  wasi_put(to, (uint64_t)at, 8);
  return WASI_OK;
}

wasi_errno wasi_do_fd_seek(wasi_call *c)
{
  int64_t offset = (int64_t)wasi_arg64(c, 1);
  uint32_t whence = wasi_arg(c, 2);
  bool asks = offset == 0 && whence == WASI_WHENCE_CUR; /* where it is */
  return seek(c, offset, whence,
              asks ? WASI_RIGHT_FD_TELL : WASI_RIGHT_FD_SEEK | WASI_RIGHT_FD_TELL, 3);
}

wasi_errno wasi_do_fd_tell(wasi_call *c)
{
  return seek(c, 0, WASI_WHENCE_CUR, WASI_RIGHT_FD_TELL, 1);
}

/* ---- directories ---- */

static uint8_t dirent_type(unsigned char type)
{
  switch (type) {
  case DT_BLK: return WASI_TYPE_BLOCK_DEVICE;
  case DT_CHR: return WASI_TYPE_CHARACTER_DEVICE;
  case DT_DIR: return WASI_TYPE_DIRECTORY;
  case DT_LNK: return WASI_TYPE_SYMBOLIC_LINK;
  case DT_REG: return WASI_TYPE_REGULAR_FILE;
  case DT_SOCK: return WASI_TYPE_SOCKET_STREAM;
  default: return WASI_TYPE_UNKNOWN;
  }
}

typedef struct listing { /* what the guest gets: whole records but perhaps the last */
  uint8_t *to;
  uint32_t size, used;
} listing;

static void put_part(listing *l, const void *bytes, size_t n)
{
  if (n > l->size - l->used) n = l->size - l->used;
  memcpy(l->to + l->used, bytes, n);
  l->used += (uint32_t)n;
}

static void put_entry(listing *l, const struct dirent64 *d, const struct stat *self)
{
  uint8_t record[WASI_DIRENT_SIZE] = {0};
  size_t length = strlen(d->d_name);
  /* Nothing is above what was opened to the guest. */
  bool above = self && strcmp(d->d_name, "..") == 0;
  wasi_put(record, (uint64_t)d->d_off, 8);
  wasi_put(record + 8, above ? self->st_ino : d->d_ino, 8);
  wasi_put(record + 16, length, 4);
  record[20] = dirent_type(d->d_type);
  put_part(l, record, sizeof record);
  put_part(l, d->d_name, length);
}

/* A cookie is the kernel's position in the directory, 0 its start. */
static wasi_errno list(const wasi_fd *fd, uint64_t cookie, listing *l)
{
  struct stat st;
  _Alignas(struct dirent64) char buffer[8192];
  bool root = fd->guest_name && fstat(fd->host, &st) == 0;
  if (lseek(fd->host, (off_t)cookie, SEEK_SET) < 0) return wasi_error_of(errno);
  while (l->used < l->size) {
    ssize_t n = getdents64(fd->host, buffer, sizeof buffer);
    if (n < 0) return wasi_error_of(errno);
    if (n == 0) break;
    for (ssize_t at = 0; at < n && l->used < l->size;) {
      const struct dirent64 *d = (const struct dirent64 *)(buffer + at);
      put_entry(l, d, root ? &st : NULL);
      at += d->d_reclen;
    }
  }
  return WASI_OK;
}

wasi_errno wasi_do_fd_readdir(wasi_call *c)
{
  wasi_fd *fd;
  listing l = {wasi_at(c, wasi_arg(c, 1), wasi_arg(c, 2)), wasi_arg(c, 2), 0};
  uint8_t *used = wasi_at(c, wasi_arg(c, 4), 4);
  wasi_errno e = wasi_get_fd(c, 0, WASI_RIGHT_FD_READDIR, &fd);
  if (e != WASI_OK) return e;
  if (!l.to || !used) return WASI_EFAULT;
  if (fd->type != WASI_TYPE_DIRECTORY) return WASI_ENOTDIR;
  if (wasi_arg64(c, 3) > INT64_MAX) return WASI_EINVAL;
  e = list(fd, wasi_arg64(c, 3), &l);
  if (e == WASI_OK) wasi_put(used, l.used, 4);
  return e;
}
