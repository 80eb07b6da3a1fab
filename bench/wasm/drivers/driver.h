/* driver.h - the protocol between bench/wasm/run.py and what runs a kernel in one system.
 *
 * SPDX-License-Identifier: MIT
 *
 * A driver loads its kernel, prints "ready" and obeys lines "run N" from its input: it calls the kernel's
 * run(N) and answers with the processor time of this thread from the call to the return, in seconds, and
 * the checksum. Loading and compiling are not in it, unless a system does them beside or within the call.
 * Drivers in other languages do the same. Valid C and C++.
 */
#ifndef LIBVM_BENCH_WASM_DRIVER_H
#define LIBVM_BENCH_WASM_DRIVER_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double driver_now(void)
{
  struct timespec ts;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static inline void driver_fail(const char *what, const char *why)
{
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

/* call: runs the kernel and sets *seconds to what the call alone took. */
static inline int driver_obey(uint32_t (*call)(uint32_t n, double *seconds))
{
  char line[64];
  unsigned n;
  puts("ready");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    double seconds;
    if (sscanf(line, "run %u", &n) != 1) driver_fail(line, "not understood");
    uint32_t sum = call(n, &seconds);
    printf("%.9f %u\n", seconds, sum);
    fflush(stdout);
  }
  return 0;
}

#endif
