/* spec.h - the runner of the WebAssembly specification's test scripts: what its files share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "vm/vm.h"

/* Kinds of commands in a script, in the order of the documentation's table. */
typedef enum spec_kind {
  SPEC_MODULE, SPEC_REGISTER, SPEC_ACTION, SPEC_RETURN, SPEC_TRAP, SPEC_EXHAUSTION, SPEC_INVALID,
  SPEC_MALFORMED, SPEC_UNLINKABLE, SPEC_UNINSTANTIABLE,
  SPEC_TEXT,  /* malformed text: skipped, for a reader of binaries has no opinion on it */
  SPEC_KINDS
} spec_kind;

typedef struct spec_counts {
  uint32_t passed[SPEC_KINDS]; /* of SPEC_TEXT: skipped */
  uint32_t failed;
} spec_counts;

/* One script that is being run. */
typedef struct spec_run {
  vm_engine *engine;
  vm_isolate *isolate;
  const char *dir, *script;  /* where the converted files are; the script's name */
  int line;                  /* of the command */
  char what[512];            /* what went wrong with it */
  vm_instance *current;      /* the last module */
  json_t *names;             /* name of a module -> index into `instances` */
  vm_instance **instances;
  uint32_t ninstances;
  vm_ref *externs;           /* host objects by number, persistent */
  uint32_t nexterns;
  spec_counts *counts;
  vm_error error;
} spec_run;

/* Run the commands of DIR/SCRIPT.json, count and print failures. False: the file cannot be read. */
bool spec_run_script(vm_engine *engine, const char *dir, const char *script, spec_counts *counts);

/* Note what is wrong with the command; returns false. */
bool spec_wrong(spec_run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- values ---- */

/* An argument or constant of a script as a value. */
bool spec_value(spec_run *r, const json_t *json, vm_value *out);
/* Is `value` what the script expects? */
bool spec_expect(spec_run *r, const json_t *expected, const vm_value *value);
/* Text of a script as a name of libvm's: NUL becomes C0 80. Freed by the caller. */
char *spec_name(const json_t *string);

/* ---- the module "spectest" ---- */
bool spec_define_spectest(spec_run *r);

/* ---- the tables in the documentation ---- */

enum { SPEC_TIERS = 4 };
extern const char *const spec_tier_names[SPEC_TIERS]; /* "0", "1", "2", "auto" */
extern const char *const spec_kind_names[SPEC_KINDS];

typedef struct spec_result { /* of one script */
  char *script;  /* owned */
  spec_counts counts;
} spec_result;

/* Hold the results of a run against the tables between the marks in FILE. `tier`: index of the
 * column to look at. `all`: every script of the table must be among the results. */
bool spec_table_check(const char *file, const spec_result *results, size_t count, int tier,
                      bool all);
/* Write the tables anew between the marks in FILE; results[t] are those of tier t. */
bool spec_table_write(const char *file, spec_result *const results[SPEC_TIERS], size_t count);

#endif
