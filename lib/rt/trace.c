/* trace.c - tell the host what happens inside, if it asked.
 *
 * SPDX-License-Identifier: MIT
 */
#include <time.h>
#include <unistd.h>

#include "isolate.h"

uint64_t vmi_rt_now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void vmi_rt_trace(const vm_engine *e, const char *category, const char *name, const char *detail,
                  uint64_t start, uint64_t duration)
{
  if (e->trace == NULL) return;
  vm_trace_event event = {.size = sizeof event, .category = category, .name = name,
                          .detail = detail ? detail : "", .start_ns = start,
                          .duration_ns = duration, .thread = (uint64_t)gettid()};
  e->trace(e->trace_user, &event);
}

void vmi_rt_trace_code(const vm_engine *e, const char *function, const void *address, size_t bytes)
{
  if (e->trace == NULL) return;
  vm_trace_event event = {.size = sizeof event, .category = "code", .name = "load",
                          .detail = function, .start_ns = vmi_rt_now(),
                          .thread = (uint64_t)gettid(), .address = address, .bytes = bytes};
  e->trace(e->trace_user, &event);
}
