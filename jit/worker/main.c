/* main.c - libvm-worker: compiles units of functions to shared objects, on request.
 *
 * SPDX-License-Identifier: MIT
 *
 * This program links libgccjit, which is GPL-3.0; what GCC writes is covered by the GCC runtime
 * library exception. libvm itself does not link it and talks to this program over a socket only.
 *
 * Started by libvm as `libvm-worker DIRECTORY`, with the socket as descriptor 3; see protocol.h and
 * docs/jit.md. It runs no guest code. It reads and verifies modules again rather than trust what
 * libvm found, because that costs little and keeps the emitter's input sound.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emit.h"
#include "helpers.h"
#include "worker.h"

static bool receive(void *to, size_t size)
{
  char *p = to;
  while (size > 0) {
    ssize_t n = recv(VMI_WORKER_FD, p, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    p += n;
    size -= (size_t)n;
  }
  return true;
}

static bool send_all(const void *from, size_t size)
{
  const char *p = from;
  while (size > 0) {
    ssize_t n = send(VMI_WORKER_FD, p, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    p += n;
    size -= (size_t)n;
  }
  return true;
}

static bool send_message(uint32_t kind, const void *body, size_t size)
{
  vmi_msg_header h = {VMI_MSG_MAGIC, kind, size};
  return send_all(&h, sizeof h) && send_all(body, size);
}

static bool greet(vmw *w)
{
  vmi_msg_hello hello = {.protocol = VMI_JIT_PROTOCOL, .abi = VMI_ABI_VERSION,
                         .thread_size = sizeof(vmi_thread), .rows = VMI_OP_COUNT,
                         .helpers = VMI_H_COUNT};
  hello.ok = vmw_find_tools(w, hello.text, sizeof hello.text);
  return send_message(VMI_MSG_HELLO, &hello, sizeof hello) && hello.ok;
}

static vmi_module *find_module(const vmw *w, uint64_t id)
{
  for (size_t i = 0; i < w->nmodules; i++) {
    if (w->modules[i].id == id) return w->modules[i].m;
  }
  return NULL;
}

static void forget(vmw *w, uint64_t id)
{
  for (size_t i = 0; i < w->nmodules; i++) {
    if (w->modules[i].id != id) continue;
    vmi_module_free(w->modules[i].m);
    w->modules[i] = w->modules[--w->nmodules];
    return;
  }
}

/* Read and verify. `reply->ok` says how it went. */
static void load(vmw *w, uint64_t id, const uint8_t *bytes, size_t size, vmi_msg_reply *reply)
{
  vmi_alloc alloc = vmi_alloc_from(NULL);
  vm_error e = VM_ERROR_INIT;
  vmi_module *m = NULL;
  vmw_module *grown = realloc(w->modules, (w->nmodules + 1) * sizeof *grown);
  if (grown == NULL) {
    snprintf(reply->text, sizeof reply->text, "out of memory");
    return;
  }
  w->modules = grown;
  if (vmi_module_read(&alloc, bytes, size, &m, &e) != VM_OK || vmi_verify(m, &e) != VM_OK) {
    snprintf(reply->text, sizeof reply->text, "module refused: %s", e.message);
    vmi_module_free(m);
    return;
  }
  w->modules[w->nmodules++] = (vmw_module){id, m};
  reply->ok = 1;
}

static bool on_module(vmw *w, uint64_t size)
{
  vmi_msg_reply reply = {0};
  uint64_t id;
  if (size < sizeof id || size - sizeof id > VMI_MAX_MODULE_BYTES) return false;
  size -= sizeof id;
  uint8_t *bytes = malloc(size + 1);
  if (bytes == NULL) return false;
  if (!receive(&id, sizeof id) || !receive(bytes, size) || find_module(w, id) != NULL) {
    free(bytes);
    return false;
  }
  reply.about = id;
  load(w, id, bytes, size, &reply);
  free(bytes);
  reply.resident = vmw_resident();
  return send_message(VMI_MSG_REPLY, &reply, sizeof reply);
}

static bool on_forget(vmw *w, uint64_t size)
{
  uint64_t id;
  if (size != sizeof id || !receive(&id, sizeof id)) return false;
  forget(w, id);
  return true;
}

static const char *bad_request(const vmi_module *m, const vmi_msg_compile *c, const uint32_t *funcs)
{
  if (m == NULL) return "the worker does not have this module";
  if (c->opt_level > 3) return "optimisation level out of range";
  for (uint32_t i = 0; i < c->n; i++) {
    if (funcs[i] < m->nimported_funcs || funcs[i] >= m->nfuncs) return "no such function";
    for (uint32_t k = 0; k < i; k++) {
      if (funcs[k] == funcs[i]) return "a function is named twice";
    }
  }
  return NULL;
}

/* What follows the functions: their guesses in turn. */
typedef struct guesses {
  vmi_guess *all;
  uint64_t count;
  const vmi_guess *of[VMI_MSG_MAX_FUNCS]; /* each function's */
} guesses;

static const char *share_out(const vmi_module *m, const vmi_msg_compile *c, const uint32_t *funcs,
                             guesses *g)
{
  uint64_t at = 0;
  for (uint32_t i = 0; i < c->n; i++) {
    g->of[i] = g->all + at;
    at += m->funcs[funcs[i]].npoints;
    if (at > g->count) return "guesses are missing";
  }
  return at == g->count ? NULL : "there are too many guesses";
}

static void compile(vmw *w, const vmi_msg_compile *c, const uint32_t *funcs, const bool *enter,
                    guesses *g, vmi_msg_reply *reply)
{
  const vmi_module *m = find_module(w, c->module);
  const char *bad = bad_request(m, c, funcs);
  if (bad == NULL && g->all != NULL) bad = share_out(m, c, funcs, g);
  if (bad != NULL) {
    snprintf(reply->text, sizeof reply->text, "%s", bad);
    return;
  }
  vmi_emit_options options = {.opt_level = c->opt_level,
                              .meter_fuel = (c->flags & VMI_MSG_METER_FUEL) != 0,
                              .lines = (c->flags & VMI_MSG_LINES) != 0,
                              .enter = enter,
                              .guesses = g->all != NULL ? g->of : NULL,
                              .renew = (c->flags & VMI_MSG_RENEW) != 0,
                              .guard = (c->flags & VMI_MSG_GUARD) != 0,
                              .exits = (c->flags & VMI_MSG_FORCE_EXITS) != 0,
                              .force_exits = (c->flags & VMI_MSG_FORCE_EXITS) != 0};
  char text[VMW_PATH], listing[VMW_PATH];
  vmw_unit_path(w, c->unit, "s", text);
  uint64_t start = vmw_now();
  bool ok = vmi_emit_unit(m, funcs, c->n, c->published, &options, text, reply->text,
                          sizeof reply->text);
  reply->emit_ns = vmw_now() - start;
  if (!ok) unlink(text);
  vmw_unit_path(w, c->unit, "lst", listing);
  if (ok && (c->flags & VMI_MSG_LISTING) && link(text, listing) != 0) {
    snprintf(reply->text, sizeof reply->text, "cannot keep the listing: %s", strerror(errno));
    unlink(text);
    return;
  }
  reply->ok = ok && vmw_assemble_and_link(w, c->unit, reply);
}

/* The rest of the message, `size` bytes. */
static bool receive_guesses(guesses *g, uint64_t size)
{
  if (size % sizeof *g->all != 0 || size / sizeof *g->all > VMI_MAX_MODULE_BYTES) return false;
  g->count = size / sizeof *g->all;
  g->all = malloc(size + 1);
  return g->all != NULL && receive(g->all, size);
}

static bool on_compile(vmw *w, uint64_t size)
{
  vmi_msg_compile c;
  uint32_t funcs[VMI_MSG_MAX_FUNCS];
  bool enter[VMI_MSG_MAX_FUNCS];
  guesses g = {0};
  vmi_msg_reply reply = {0};
  if (size < sizeof c || !receive(&c, sizeof c)) return false;
  if (c.n == 0 || c.n > VMI_MSG_MAX_FUNCS || c.published == 0 || c.published > c.n) return false;
  uint64_t listed = c.n * sizeof funcs[0];
  bool guess = (c.flags & VMI_MSG_GUESS) != 0;
  if (size < sizeof c + listed || (!guess && size > sizeof c + listed)) return false;
  if (!receive(funcs, listed)) return false;
  if (guess && !receive_guesses(&g, size - sizeof c - listed)) {
    free(g.all);
    return false;
  }
  for (uint32_t i = 0; i < c.n; i++) {
    enter[i] = (funcs[i] & VMI_MSG_ENTER) != 0;
    funcs[i] &= ~VMI_MSG_ENTER;
  }
  reply.about = c.unit;
  vmw_allow_cpu(c.cpu_seconds);
  compile(w, &c, funcs, enter, &g, &reply);
  free(g.all);
  reply.resident = vmw_resident();
  return send_message(VMI_MSG_REPLY, &reply, sizeof reply);
}

static bool serve_one(vmw *w)
{
  vmi_msg_header h;
  if (!receive(&h, sizeof h) || h.magic != VMI_MSG_MAGIC) return false;
  switch (h.kind) {
  case VMI_MSG_MODULE: return on_module(w, h.size);
  case VMI_MSG_FORGET: return on_forget(w, h.size);
  case VMI_MSG_COMPILE: return on_compile(w, h.size);
  default: return false;
  }
}

static bool is_socket(int fd)
{
  struct stat s;
  return fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode);
}

int main(int argc, char **argv)
{
  vmw w = {.signals = -1};
  if (argc != 2 || argv[1][0] != '/' || strlen(argv[1]) >= sizeof w.dir ||
      !is_socket(VMI_WORKER_FD)) {
    fprintf(stderr, "libvm-worker is started by libvm and is of no use alone.\n");
    return 64;
  }
  strcpy(w.dir, argv[1]);
  if (!vmw_confine() || !vmw_watch(&w)) return 70;
  if (greet(&w)) {
    while (serve_one(&w)) {}
  }
  /* The socket is closed or out of step. Closing our end tells the watcher, which cleans up. */
  shutdown(VMI_WORKER_FD, SHUT_RDWR);
  for (;;) pause();
}
