/* rogue_worker.c - programs that pose as the compiler worker; which one, the build says.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helpers.h"
#include "protocol.h"

#define UNUSED __attribute__((unused)) /* no mode uses all of these */

static UNUSED void put(const void *p, size_t n) { (void)!send(VMI_WORKER_FD, p, n, MSG_NOSIGNAL); }

static UNUSED void message(uint32_t kind, uint64_t size, const void *body, size_t n)
{
  vmi_msg_header h = {VMI_MSG_MAGIC, kind, size};
  put(&h, sizeof h);
  put(body, n);
}

static UNUSED void greet(uint32_t version, int ok, const char *text)
{
  vmi_msg_hello hello = {.protocol = version, .abi = VMI_ABI_VERSION, .helpers = VMI_H_COUNT,
                         .thread_size = sizeof(vmi_thread), .rows = VMI_OP_COUNT, .ok = (uint32_t)ok};
  if (text != NULL) memset(hello.text, text[0], sizeof hello.text);
  message(VMI_MSG_HELLO, sizeof hello, &hello, sizeof hello);
}

/* Read one message; its first word says what it is about. */
static UNUSED uint64_t hear(void)
{
  static char body[65536];
  vmi_msg_header h;
  uint64_t about;
  if (recv(VMI_WORKER_FD, &h, sizeof h, MSG_WAITALL) != sizeof h) _exit(1);
  if (h.size < sizeof about || h.size > sizeof body) _exit(1);
  if (recv(VMI_WORKER_FD, body, h.size, MSG_WAITALL) != (ssize_t)h.size) _exit(1);
  memcpy(&about, body, sizeof about);
  return about;
}

int main(void)
{
  UNUSED vmi_msg_reply reply = {.ok = 1};
#if defined(ROGUE_silent)
#elif defined(ROGUE_exits)
  return 3;
#elif defined(ROGUE_noise)
  put("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", 47);
#elif defined(ROGUE_version)
  greet(VMI_JIT_PROTOCOL + 1, 1, NULL);
#elif defined(ROGUE_bad_text)
  greet(VMI_JIT_PROTOCOL, 0, "\x1B");
#elif defined(ROGUE_long_reply)
  greet(VMI_JIT_PROTOCOL, 1, NULL);
  reply.about = hear();
  message(VMI_MSG_REPLY, UINT64_MAX, &reply, sizeof reply);
#elif defined(ROGUE_wrong_reply)
  greet(VMI_JIT_PROTOCOL, 1, NULL);
  reply.about = hear() + 1;
  message(VMI_MSG_REPLY, sizeof reply, &reply, sizeof reply);
#elif defined(ROGUE_lies)
  greet(VMI_JIT_PROTOCOL, 1, NULL);
  for (;;) { /* every compile succeeded, it says, and makes no file */
    reply.about = hear();
    message(VMI_MSG_REPLY, sizeof reply, &reply, sizeof reply);
  }
#endif
  for (;;) pause();
}
