/* wasi_system.c - WASI: arguments, environment, clocks, randomness, the end, and poll_oneoff.
 *
 * SPDX-License-Identifier: MIT
 */
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "wasi_host.h"

/* ---- arguments and environment ---- */

/* `n` strings of `size` bytes, one behind the other, and their addresses. */
static wasi_errno put_strings(wasi_call *c, const char *strings, uint32_t size, uint32_t n)
{
  uint32_t address = wasi_arg(c, 1);
  uint8_t *pointers = wasi_at(c, wasi_arg(c, 0), 4 * (uint64_t)n),
          *bytes = wasi_at(c, address, size);
  if (!pointers || !bytes) return WASI_EFAULT;
  for (uint32_t i = 0, at = 0; i < n; i++) {
    wasi_put(pointers + 4 * (size_t)i, address + at, 4);
    at += (uint32_t)strlen(strings + at) + 1;
  }
  if (size) memcpy(bytes, strings, size);
  return WASI_OK;
}

static wasi_errno put_sizes(wasi_call *c, uint32_t n, uint32_t size)
{
  uint8_t *count = wasi_at(c, wasi_arg(c, 0), 4), *bytes = wasi_at(c, wasi_arg(c, 1), 4);
  if (!count || !bytes) return WASI_EFAULT;
  wasi_put(count, n, 4);
  wasi_put(bytes, size, 4);
  return WASI_OK;
}

wasi_errno wasi_do_args_get(wasi_call *c)
{
  return put_strings(c, c->wasi->args, c->wasi->args_size, c->wasi->nargs);
}
wasi_errno wasi_do_args_sizes_get(wasi_call *c)
{
  return put_sizes(c, c->wasi->nargs, c->wasi->args_size);
}
wasi_errno wasi_do_environ_get(wasi_call *c)
{
  return put_strings(c, c->wasi->env, c->wasi->env_size, c->wasi->nenv);
}
wasi_errno wasi_do_environ_sizes_get(wasi_call *c)
{
  return put_sizes(c, c->wasi->nenv, c->wasi->env_size);
}

/* ---- clocks ---- */

static bool host_clock(uint32_t id, clockid_t *out)
{
  static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID,
                                     CLOCK_THREAD_CPUTIME_ID};
  if (id >= sizeof clocks / sizeof *clocks) return false;
  *out = clocks[id];
  return true;
}

static uint64_t nanoseconds(const struct timespec *ts)
{
  return (uint64_t)ts->tv_sec * 1000000000u + (uint64_t)ts->tv_nsec;
}

static wasi_errno put_time(wasi_call *c, uint32_t result, int (*ask)(clockid_t, struct timespec *))
{
  clockid_t clock;
  struct timespec ts;
  uint8_t *to = wasi_at(c, wasi_arg(c, result), 8);
  if (!to) return WASI_EFAULT;
  if (!host_clock(wasi_arg(c, 0), &clock)) return WASI_EINVAL;
  if (ask(clock, &ts) != 0) return wasi_error_of(errno);
  wasi_put(to, nanoseconds(&ts), 8);
  return WASI_OK;
}

wasi_errno wasi_do_clock_res_get(wasi_call *c) { return put_time(c, 1, clock_getres); }
wasi_errno wasi_do_clock_time_get(wasi_call *c) { return put_time(c, 2, clock_gettime); }

/* ---- the rest that is simple ---- */

wasi_errno wasi_do_random_get(wasi_call *c)
{
  uint32_t left = wasi_arg(c, 1);
  uint8_t *to = wasi_at(c, wasi_arg(c, 0), left);
  if (!to) return WASI_EFAULT;
  while (left) {
    ssize_t n = getrandom(to, left < 65536 ? left : 65536, 0);
    if (n < 0 && errno != EINTR) return wasi_error_of(errno);
    if (n > 0) to += n, left -= (uint32_t)n;
    wasi_errno e = left ? wasi_poll_stop(c) : WASI_OK;
    if (e != WASI_OK) return e;
  }
  return WASI_OK;
}

wasi_errno wasi_do_sched_yield(wasi_call *c)
{
  (void)c;
  sched_yield();
  return WASI_OK;
}

static wasi_errno end(wasi_call *c, uint32_t code)
{
  c->status = vm_isolate_exit(c->isolate, (int32_t)code);
  return WASI_STOP;
}

wasi_errno wasi_do_proc_exit(wasi_call *c) { return end(c, wasi_arg(c, 0)); }

/* A signal that would end a process ends the guest, with the exit code that a shell gives; the host
 * gets none. */
wasi_errno wasi_do_proc_raise(wasi_call *c)
{
  enum { NONE = 0, CHLD = 16, CONT = 17, STOP = 18, URG = 22, WINCH = 27, LAST = 30 };
  uint32_t number = wasi_arg(c, 0);
  if (number > LAST) return WASI_EINVAL;
  if (number == NONE || number == CHLD || number == CONT || number == URG || number == WINCH)
    return WASI_OK;
  if (number >= STOP && number < URG) return WASI_ENOTSUP;
  return end(c, 128 + number);
}

/* No socket is ever given to the guest, but a standard stream may be one. */
static wasi_errno no_socket(wasi_call *c)
{
  wasi_fd *fd;
  wasi_errno e = wasi_get_fd(c, 0, 0, &fd);
  if (e != WASI_OK) return e;
  bool socket = fd->type == WASI_TYPE_SOCKET_STREAM || fd->type == WASI_TYPE_SOCKET_DGRAM;
  return socket ? WASI_ENOTCAPABLE : WASI_ENOTSOCK;
}

wasi_errno wasi_do_sock_accept(wasi_call *c) { return no_socket(c); }
wasi_errno wasi_do_sock_recv(wasi_call *c) { return no_socket(c); }
wasi_errno wasi_do_sock_send(wasi_call *c) { return no_socket(c); }
wasi_errno wasi_do_sock_shutdown(wasi_call *c) { return no_socket(c); }

/* ---- poll_oneoff ---- */

typedef struct subscription {
  uint64_t user_data, deadline; /* in the clock's time */
  clockid_t clock;
  uint8_t type;
  wasi_errno error;             /* it is an event at once */
  const wasi_fd *fd;            /* of fd_read, fd_write */
  bool ready;
} subscription;

typedef struct waiting {
  subscription *subs;
  struct pollfd *fds;           /* one a subscription; -1 where there is nothing to poll */
  uint32_t n;
} waiting;

static uint64_t now(clockid_t clock)
{
  struct timespec ts = {0, 0};
  clock_gettime(clock, &ts);
  return nanoseconds(&ts);
}

static void read_clock(subscription *s, const uint8_t *from)
{
  uint64_t timeout = wasi_get(from + 24, 8);
  uint32_t flags = (uint32_t)wasi_get(from + 40, 2);
  uint32_t id = (uint32_t)wasi_get(from + 16, 4);
  if (flags > WASI_SUBCLOCK_ABSTIME || !host_clock(id, &s->clock)) {
    s->error = WASI_EINVAL;
  } else if (id > WASI_CLOCK_MONOTONIC) {
    s->error = WASI_ENOTSUP; /* it stands still while the guest waits */
  } else if (flags & WASI_SUBCLOCK_ABSTIME) {
    s->deadline = timeout;
  } else {
    s->clock = CLOCK_MONOTONIC;
    uint64_t start = now(s->clock);
    s->deadline = timeout > UINT64_MAX - start ? UINT64_MAX : start + timeout;
  }
}

static void read_fd(wasi_call *c, subscription *s, struct pollfd *p, const uint8_t *from)
{
  uint32_t i = (uint32_t)wasi_get(from + 16, 4);
  wasi_host *w = c->wasi;
  if (i >= w->nfds || w->fds[i].host < 0) s->error = WASI_EBADF;
  else if (!(w->fds[i].rights & WASI_RIGHT_POLL_FD_READWRITE)) s->error = WASI_ENOTCAPABLE;
  else {
    s->fd = &w->fds[i];
    *p = (struct pollfd){s->fd->host, s->type == WASI_EVENT_FD_READ ? POLLIN : POLLOUT, 0};
  }
}

static void read_subscriptions(wasi_call *c, waiting *w, const uint8_t *from)
{
  for (uint32_t i = 0; i < w->n; i++, from += WASI_SUBSCRIPTION_SIZE) {
    subscription *s = &w->subs[i];
    *s = (subscription){.user_data = wasi_get(from, 8), .type = from[8]};
    w->fds[i] = (struct pollfd){-1, 0, 0};
    if (s->type == WASI_EVENT_CLOCK) read_clock(s, from);
    else if (s->type == WASI_EVENT_FD_READ || s->type == WASI_EVENT_FD_WRITE)
      read_fd(c, s, &w->fds[i], from);
    else s->error = WASI_EINVAL;
  }
}

/* Mark what is ready; how long it may take until something else is, at most a slice. */
static uint64_t look(waiting *w, bool *any)
{
  uint64_t wait = WASI_SLICE_MS * UINT64_C(1000000);
  for (uint32_t i = 0; i < w->n; i++) {
    subscription *s = &w->subs[i];
    if (s->error != WASI_OK) {
      s->ready = true;
    } else if (s->type == WASI_EVENT_CLOCK) {
      uint64_t time = now(s->clock);
      s->ready = time >= s->deadline;
      if (!s->ready && s->deadline - time < wait) wait = s->deadline - time;
    } else {
      s->ready = w->fds[i].revents != 0;
    }
    *any |= s->ready;
  }
  return wait;
}

/* Until something is ready. What is ready already counts at once, whatever the clocks say. */
static wasi_errno wait_for_any(wasi_call *c, waiting *w)
{
  struct timespec ts = {0, 0};
  for (;;) {
    bool any = false;
    if (ppoll(w->fds, w->n, &ts, NULL) < 0 && errno != EINTR) return wasi_error_of(errno);
    uint64_t wait = look(w, &any);
    if (any) return WASI_OK;
    wasi_errno e = wasi_poll_stop(c);
    if (e != WASI_OK) return e;
    ts.tv_nsec = (long)wait;
  }
}

/* Bytes that can be read at once, as far as that can be told. */
static uint64_t readable(const wasi_fd *fd)
{
  struct stat st;
  int n = 0;
  if (fd->type == WASI_TYPE_REGULAR_FILE) {
    off_t at = lseek(fd->host, 0, SEEK_CUR);
    return at >= 0 && fstat(fd->host, &st) == 0 && st.st_size > at ? (uint64_t)(st.st_size - at)
                                                                   : 0;
  }
  return ioctl(fd->host, FIONREAD, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

static void put_event(uint8_t *to, const subscription *s, short revents)
{
  wasi_errno e = s->error;
  memset(to, 0, WASI_EVENT_SIZE);
  if (s->fd && (revents & POLLNVAL)) e = WASI_EBADF;
  else if (s->fd && (revents & POLLERR)) e = s->type == WASI_EVENT_FD_WRITE ? WASI_EPIPE : WASI_EIO;
  wasi_put(to, s->user_data, 8);
  wasi_put(to + 8, e, 2);
  to[10] = s->type;
  if (!s->fd || e != WASI_OK) return;
  if (s->type == WASI_EVENT_FD_READ) wasi_put(to + 16, readable(s->fd), 8);
  if (revents & POLLHUP) to[24] = WASI_EVENT_HANGUP;
}

static uint32_t put_events(const waiting *w, uint8_t *to)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < w->n; i++)
    if (w->subs[i].ready) put_event(to + n++ * WASI_EVENT_SIZE, &w->subs[i], w->fds[i].revents);
  return n;
}

/* Subscriptions, events, their number, result. The two lists may overlap. */
wasi_errno wasi_do_poll_oneoff(wasi_call *c)
{
  waiting w = {NULL, NULL, wasi_arg(c, 2)};
  uint8_t *from = wasi_at(c, wasi_arg(c, 0), (uint64_t)w.n * WASI_SUBSCRIPTION_SIZE);
  uint8_t *to = wasi_at(c, wasi_arg(c, 1), (uint64_t)w.n * WASI_EVENT_SIZE);
  uint8_t *count = wasi_at(c, wasi_arg(c, 3), 4);
  if (w.n == 0 || w.n > WASI_MAX_EVENTS) return WASI_EINVAL;
  if (!from || !to || !count) return WASI_EFAULT;
  size_t subs = w.n * sizeof *w.subs, fds = w.n * sizeof *w.fds;
  w.subs = wasi_resize(c->wasi, NULL, 0, subs);
  w.fds = wasi_resize(c->wasi, NULL, 0, fds);
  wasi_errno e = w.subs && w.fds ? WASI_OK : WASI_ENOMEM;
  if (e == WASI_OK) {
    read_subscriptions(c, &w, from);
    e = wait_for_any(c, &w);
  }
  if (e == WASI_OK) wasi_put(count, put_events(&w, to), 4);
  wasi_resize(c->wasi, w.subs, subs, 0);
  wasi_resize(c->wasi, w.fds, fds, 0);
  return e;
}
