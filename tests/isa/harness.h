/* harness.h - a module under test in one tier, and calls into it with expected outcomes.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef ISA_HARNESS_H
#define ISA_HARNESS_H

#include <stdbool.h>
#include <stddef.h>

#include "vm/vm.h"

enum { MAX_TOKENS = 64 };

typedef struct harness {
  vm_engine *engine;
  vm_tier tier;
  const char *file;   /* for messages */
  unsigned line;
  unsigned long checks, failures;
  /* the module under test */
  vm_module *module;
  vm_isolate *isolate;
  vm_instance *instance;
} harness;

/* A line of a test file in words, cut in place; returns how many. */
unsigned split_words(char *line, char **words, unsigned max);

void harness_fail(harness *h, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Assemble, load, check that tier 2 has compiled everything if asked for, link. */
bool harness_open(harness *h, const char *text, size_t size);
void harness_close(harness *h);
/* Call export `name` with arguments `words` up to "="; behind it stand the results, or
 * "trap NAME", "throw DYN" or "stop NAME" (a termination). */
void harness_expect(harness *h, const char *name, char **words, unsigned count);

/* rows.c: numeric.rows. programs.c: a .vma file with `; expect` comments. Both read `path`. */
void run_rows(harness *h, const char *path);
void run_program(harness *h, const char *path);
/* The whole file, NUL-terminated, to be freed; NULL after a message. */
char *read_text(harness *h, const char *path, size_t *size);

#endif
