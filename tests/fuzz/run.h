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

enum { TRACE_TEXT = 2000, MAX_VALUES = 16 };

/* One call of an exported function, and the state behind it. */
typedef struct outcome {
  vm_status status;         /* of the call, or of what failed before it */
  vm_trap trap;
  char message[VM_ERROR_TEXT];
  char trace[TRACE_TEXT];   /* backtrace of an uncaught exception */
  uint64_t result;          /* of all results and the objects behind them */
  uint64_t memory;          /* contents of both memories */
  uint64_t heap;            /* the object graph behind globals and table */
  uint64_t live;            /* bytes alive after a collection */
  uint64_t fuel;            /* left; 0 if the engine does not meter */
  bool partial;             /* machine.guarded */
  int nvalues;
  uint64_t values[MAX_VALUES]; /* exported globals; references as null or not */
} outcome;

/* Frames that changed tier in the middle, as vm_isolate_stats has them. */
typedef struct changes {
  uint64_t loop_entries, code_exits, quickenings, slowdowns;
} changes;

/* A way to run a module. */
typedef struct machine {
  const char *name;
  vm_engine *engine;
  vm_module *env;    /* see host.h */
  uint32_t gc_flags; /* VM_GC_* */
  bool metered;      /* the engine meters fuel */
  changes *changes;  /* of all its runs are added here */
  bool guarded;      /* with guard_memory: backtraces lack callers that GCC inlined */
} machine;

/* Call export `name` `count` times in a new isolate, with arguments that `seed` decides; outcome by
 * outcome. On a metering machine the last call gets little fuel. */
void run_program(const machine *on, vm_module *module, const char *name, uint64_t seed,
                 outcome *out, int count);

/* Are they the same? If not, say on standard error what differs. */
bool same_outcome(const outcome *a, const outcome *b, const char *what_a, const char *what_b);

/* As strtoull, for a command-line argument; exits with 64 if it is no number. */
uint64_t parse_number(const char *option, const char *text);

#endif
