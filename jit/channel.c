/* channel.c - messages to and from the worker, never waiting longer than a deadline.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "state.h"

uint64_t vmi_jit_now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int wait_ms(uint64_t deadline)
{
  uint64_t now = vmi_jit_now();
  if (now >= deadline) return 0;
  uint64_t ms = (deadline - now) / 1000000u + 1;
  return ms > 3600000 ? 3600000 : (int)ms;
}

static short poll_worker(vmi_jit *jit, short events, uint64_t deadline)
{
  struct pollfd fds[2] = {{jit->wake, POLLIN, 0}, {jit->worker.fd, events, 0}}; /* fd -1: ignored */
  if (poll(fds, 2, wait_ms(deadline)) <= 0) return 0;
  if (fds[0].revents != 0) {
    /* A token taken here is not lost: the thread looks at its queue before it sleeps again. */
    uint64_t count;
    if (read(jit->wake, &count, sizeof count) < 0) count = 0;
  }
  return fds[1].revents;
}

bool vmi_jit_wait(vmi_jit *jit, uint64_t deadline)
{
  return poll_worker(jit, POLLIN, deadline) != 0;
}

/* VMI_JIT_OK: the socket is ready, or an error that the next call on it will show. */
static vmi_jit_end ready(vmi_jit *jit, short events, uint64_t deadline)
{
  for (;;) {
    if (atomic_load(&jit->stop)) return VMI_JIT_STOPPED;
    if (poll_worker(jit, events, deadline) != 0) return VMI_JIT_OK;
    if (vmi_jit_now() >= deadline) return VMI_JIT_TIMEOUT;
  }
}

static bool again(void) { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

static vmi_jit_end send_part(vmi_jit *jit, const void *part, size_t size, uint64_t deadline)
{
  const char *p = part;
  while (size > 0) {
    ssize_t n = send(jit->worker.fd, p, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      p += n;
      size -= (size_t)n;
      continue;
    }
    if (n < 0 && !again()) return VMI_JIT_DIED;
    vmi_jit_end e = ready(jit, POLLOUT, deadline);
    if (e != VMI_JIT_OK) return e;
  }
  return VMI_JIT_OK;
}

vmi_jit_end vmi_jit_send(vmi_jit *jit, uint32_t kind, const void *head, size_t head_size,
                         const void *body, size_t body_size, uint64_t deadline)
{
  vmi_msg_header h = {VMI_MSG_MAGIC, kind, head_size + body_size};
  vmi_jit_end e = send_part(jit, &h, sizeof h, deadline);
  if (e == VMI_JIT_OK) e = send_part(jit, head, head_size, deadline);
  if (e == VMI_JIT_OK) e = send_part(jit, body, body_size, deadline);
  return e;
}

static vmi_jit_end receive_part(vmi_jit *jit, void *part, size_t size, uint64_t deadline)
{
  char *p = part;
  while (size > 0) {
    ssize_t n = recv(jit->worker.fd, p, size, MSG_DONTWAIT);
    if (n > 0) {
      p += n;
      size -= (size_t)n;
      continue;
    }
    if (n == 0 || !again()) return VMI_JIT_DIED;
    vmi_jit_end e = ready(jit, POLLIN, deadline);
    if (e != VMI_JIT_OK) return e;
  }
  return VMI_JIT_OK;
}

vmi_jit_end vmi_jit_receive(vmi_jit *jit, uint32_t kind, void *body, size_t size, uint64_t deadline)
{
  vmi_msg_header h;
  vmi_jit_end e = receive_part(jit, &h, sizeof h, deadline);
  if (e != VMI_JIT_OK) return e;
  if (h.magic != VMI_MSG_MAGIC || h.kind != kind || h.size != size) return VMI_JIT_GARBAGE;
  return receive_part(jit, body, size, deadline);
}

void vmi_jit_clean(char *to, size_t size, const char *from, size_t from_size)
{
  size_t n = 0;
  for (; n + 1 < size && n < from_size && from[n] != 0; n++) {
    to[n] = from[n] >= 0x20 && from[n] < 0x7F ? from[n] : '?';
  }
  to[n] = 0;
}
