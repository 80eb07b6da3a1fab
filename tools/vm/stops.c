/* stops.c - how long the guest's thread stood still for the compiler.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>
#include <string.h>

#include "tool.h"

static const char *const labels[STOP_CLASSES] = {"<1us",   "<10us", "<100us",
                                                 "<1ms", "<10ms", ">=10ms"};

/* The events of this kind are timed on the thread that runs the guest. */
static bool stops_guest(const vm_trace_event *e)
{
  static const char *const names[] = {"queue", "warm", "scan"};
  if (strcmp(e->category, "tier") == 0) return strcmp(e->name, "1") == 0;
  if (strcmp(e->category, "compiler") != 0) return false;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strcmp(e->name, names[i]) == 0) return true;
  return false;
}

void stops_add(stop_counts *s, const vm_trace_event *e)
{
  if (!stops_guest(e)) return;
  int class = 0;
  for (uint64_t limit = 1000; class < STOP_CLASSES - 1 && e->duration_ns >= limit; limit *= 10) class++;
  atomic_fetch_add(&s->n[class], 1);
  uint64_t most = atomic_load(&s->most_ns);
  while (e->duration_ns > most && !atomic_compare_exchange_weak(&s->most_ns, &most, e->duration_ns)) {}
}

void stops_print(const stop_counts *s, FILE *to)
{
  fprintf(to, "stops: the compiler kept the guest %.3f ms at most;", (double)s->most_ns / 1e6);
  for (int i = 0; i < STOP_CLASSES; i++)
    if (s->n[i]) fprintf(to, " %" PRIu64 " %s", s->n[i], labels[i]);
  fputs(s->most_ns ? "\n" : " none\n", to);
}

void stops_json(const stop_counts *s, FILE *to)
{
  fprintf(to, "{\"longest_ns\":%" PRIu64, s->most_ns);
  for (int i = 0; i < STOP_CLASSES; i++) fprintf(to, ",\"%s\":%" PRIu64, labels[i], s->n[i]);
  putc('}', to);
}
