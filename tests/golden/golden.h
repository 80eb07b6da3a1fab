/* golden.h - golden programs: what a program file says, the host functions it may use, its runs.
 *
 * SPDX-License-Identifier: MIT
 *
 * A file is one module, or several: a line `;; module NAME` starts one whose exports the later ones
 * may import from NAME, `;; main` the last. Comments say what must come out of export `main`:
 *
 *   ; expect: TEXT            the next line of output
 *   ; expect-exit N           main's i32 result (0 unless given)
 *   ; expect-trap NAME        main ends with this trap
 *   ; expect-throw N          main ends with an exception that carries this dyn integer
 *   ; expect-backtrace: FUNCTION:LINE ...   innermost first; `...` at the end: any more
 *   ; stack BYTES             the isolate's stack
 *   ; heap BYTES              the isolate's heap limit
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "vm/vm.h"

enum { MAX_MODULES = 8, MAX_TRACE = 1024, NAME_MAX_BYTES = 64 };

/* Native stack where calls go from tier to tier: each takes a frame of a loop in C then, a large one in
 * builds with sanitizers. */
enum { SWITCHED_STACK = 64 << 20 };

typedef struct text { /* a growing string */
  char *bytes;        /* owned; NUL-terminated once something was added */
  size_t size, capacity;
} text;

void text_add(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_bytes(text *t, const char *bytes, size_t n);
const char *text_get(const text *t); /* "" when empty */
void text_free(text *t);

typedef struct part { /* one module's text */
  char name[NAME_MAX_BYTES]; /* "" for main */
  const char *start;
  size_t size;
} part;

typedef struct program {
  const char *path;
  text source;
  part parts[MAX_MODULES];
  unsigned nparts;
  text output;           /* expected */
  text trace;            /* expected, "f:1 g:2", or empty: any */
  bool traps, throws;
  char trap[NAME_MAX_BYTES];
  long exit_value, thrown;
  size_t stack, heap;
} program;

/* Frames that changed tier in the middle, as vm_isolate_stats has them. */
typedef struct changes {
  uint64_t loop_entries, code_exits, quickenings, slowdowns;
} changes;

/* What one run came to. */
typedef struct outcome {
  vm_status status;
  vm_trap trap;
  long exit_value, thrown;
  text output;
  text trace;            /* function:line of each frame */
  text whole_trace;      /* with modules and offsets */
  changes changes;
} outcome;

/* What host functions see. */
typedef struct world {
  outcome *out;
  bool stress;
  int failures;          /* of the checks that host functions make */
} world;

/* Read the file at p->path, or make the program that `gen:KIND` names; false after a message. */
bool program_read(program *p);
void program_free(program *p);

/* generate.c: the text of a generated program; false if there is no such kind. */
bool generate(const char *kind, text *out);

/* host.c: what module "host" exports. */
vm_status host_define(vm_isolate *isolate, world *w, vm_error *e);

/* run.c: run modules that are loaded already in a new isolate; false after a message. */
bool run_once(const program *p, vm_engine *engine, vm_module **modules, bool switched, bool stress,
              const char *mode, outcome *out);
void outcome_free(outcome *o);
/* Is it what the program's comments say? Prints what is not; false then. */
bool outcome_check(const program *p, const outcome *o, const char *mode);

#endif
