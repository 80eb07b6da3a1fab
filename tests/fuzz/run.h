/* run.h - one run of a module, and everything about it that must not depend on how it was run.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_RUN_H
#define FUZZ_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/vm.h"

enum { TRACE_TEXT = 4000, MAX_VALUES = 16 };

typedef struct outcome {
  vm_status status;         /* of the first call that failed, or VM_OK */
  vm_trap trap;
  char message[VM_ERROR_TEXT];
  char trace[TRACE_TEXT];   /* backtrace of an uncaught exception */
  int64_t result;           /* of main */
  uint64_t memory_hash, memory_size;
  int nvalues;
  uint64_t values[MAX_VALUES]; /* exported globals; references as null or not */
} outcome;

/* Load `bytes` into `engine`, run "main" in a new isolate with these VM_GC_* flags. */
void run_module(vm_engine *engine, const uint8_t *bytes, size_t size, uint32_t gc_flags,
                outcome *out);

/* Are they the same? If not, say on standard error what differs. */
bool same_outcome(const outcome *a, const outcome *b, const char *what_a, const char *what_b);

/* As strtoull, for a command-line argument; exits with 64 if it is no number. */
uint64_t parse_number(const char *option, const char *text);

#endif
