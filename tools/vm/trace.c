/* trace.c - what happens inside the VM as files: Chrome trace events, and a map for perf.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

/* A JSON string; bytes that are no printable ASCII are escaped, UTF-8 goes as it is. */
static void put_string(FILE *f, const char *text)
{
  putc_unlocked('"', f);
  for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
    if (*p == '"' || *p == '\\') fprintf(f, "\\%c", *p);
    else if (*p < 0x20 || *p == 0x7F) fprintf(f, "\\u%04x", *p);
    else putc_unlocked(*p, f);
  }
  putc_unlocked('"', f);
}

static void put_event(trace_files *t, const vm_trace_event *e)
{
  FILE *f = t->json;
  uint64_t at = e->start_ns > t->start_ns ? e->start_ns - t->start_ns : 0;
  fprintf(f, "%s\n{\"ph\":\"%s\",\"cat\":\"%s\",\"name\":", t->any ? "," : "",
          e->duration_ns ? "X" : "i", e->category);
  put_string(f, e->name);
  fprintf(f, ",\"pid\":%d,\"tid\":%" PRIu64 ",\"ts\":%" PRIu64 ".%03u", (int)getpid(), e->thread,
          at / 1000, (unsigned)(at % 1000));
  if (e->duration_ns)
    fprintf(f, ",\"dur\":%" PRIu64 ".%03u", e->duration_ns / 1000, (unsigned)(e->duration_ns % 1000));
  else
    fputs(",\"s\":\"t\"", f);
  fputs(",\"args\":{\"detail\":", f);
  put_string(f, e->detail);
  if (e->bytes) fprintf(f, ",\"bytes\":%zu", e->bytes);
  fputs("}}", f);
  t->any = true;
}

/* perf reads "address size name"; a name ends with the line. */
static void put_symbol(FILE *f, const vm_trace_event *e)
{
  fprintf(f, "%" PRIxPTR " %zx ", (uintptr_t)e->address, e->bytes);
  for (const char *p = e->detail; *p; p++) putc_unlocked(*p == '\n' ? ' ' : *p, f);
  putc_unlocked('\n', f);
  fflush(f);
}

/* The events come from several threads; each file's lock keeps its lines whole. */
static void on_event(void *user, const vm_trace_event *e)
{
  trace_files *t = user;
  stops_add(&t->stops, e);
  if (t->json) {
    flockfile(t->json);
    put_event(t, e);
    funlockfile(t->json);
  }
  if (t->map && strcmp(e->category, "code") == 0) {
    flockfile(t->map);
    put_symbol(t->map, e);
    funlockfile(t->map);
  }
}

/* The name is the one perf looks for. In a folder for everybody: never into somebody else's file. */
static FILE *open_map(void)
{
  char path[64];
  snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
  unlink(path);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (!f) fprintf(stderr, "vm: cannot create %s: %s\n", path, strerror(errno));
  return f;
}

int trace_open(trace_files *t, const run_options *o, vm_engine_config *config)
{
  struct timespec now;
  *t = (trace_files){0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  t->start_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  if (o->trace) {
    t->json = fopen(o->trace, "we");
    if (!t->json) {
      fprintf(stderr, "vm: cannot create %s: %s\n", o->trace, strerror(errno));
      return EXIT_NO_OUTPUT;
    }
    fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", t->json);
  }
  if (o->perf_map && !(t->map = open_map())) {
    if (t->json) fclose(t->json);
    return EXIT_NO_OUTPUT;
  }
  if (t->json || t->map || o->stats) {
    config->trace = on_event;
    config->trace_user = t;
  }
  return 0;
}

int trace_close(trace_files *t, const run_options *o)
{
  bool ok = true;
  if (o->stats) stops_print(&t->stops, stderr);
  if (t->json) {
    fputs("\n],\"otherData\":{\"stops\":", t->json);
    stops_json(&t->stops, t->json);
    fputs("}}\n", t->json);
    ok = !ferror(t->json);
    ok = fclose(t->json) == 0 && ok;
    if (!ok) fprintf(stderr, "vm: cannot write %s\n", o->trace);
  }
  if (t->map) fclose(t->map); /* stays for perf */
  return ok ? 0 : EXIT_NO_OUTPUT;
}
