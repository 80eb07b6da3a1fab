/* tool.h - what the parts of the command-line tool share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VM_TOOL_H
#define VM_TOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "guest.h"
#include "vm/vm.h"
#include "wasi.h"

enum { /* exit codes, of sysexits where it has one */
  EXIT_USAGE = 64,    /* wrong command line */
  EXIT_INVALID = 65,  /* malformed or invalid module or text */
  EXIT_NO_INPUT = 66, /* a file or directory cannot be read */
  EXIT_GUEST = 70,    /* uncaught exception or trap, or the guest was stopped */
  EXIT_NO_MEMORY = 71,
  EXIT_NO_OUTPUT = 73, /* a file cannot be written */
  EXIT_IO = 74        /* writing standard output failed */
};

typedef struct run_options {
  vm_tier tier;
  bool functions; /* --stats=functions */
  bool stats, gc_stress, limit_fuel;
  size_t max_heap, max_code;
  uint64_t fuel, deadline_ms, switch_seed;
  const char *entry;     /* NULL: "_start" if the module exports that, else "main" */
  const char *trace;     /* file for events; NULL: none */
  bool perf_map, keep_code, guard_memory;
  const char *cache_dir; /* as given; NULL: none */
  const char *file;
  int argc;     /* the guest's arguments */
  char **argv;
  wasi_dir *dirs;   /* [ndirs], --dir; owned, and the host names in it */
  const char **env; /* [nenv], --env; owned */
  size_t ndirs, nenv;
} run_options;

/* options.c: parse `vm run`'s arguments; 0 or an exit code, with the message printed. Either way
 * free_run frees what is owned. */
int parse_run(int argc, char **argv, run_options *out);
void free_run(run_options *o);

/* stops.c: how long the compiler kept the guest's thread, by powers of ten from 1 us. */
enum { STOP_CLASSES = 6 };
typedef struct stop_counts {
  _Atomic uint64_t n[STOP_CLASSES], most_ns;
} stop_counts;
void stops_add(stop_counts *s, const vm_trace_event *e);
void stops_print(const stop_counts *s, FILE *to);
void stops_json(const stop_counts *s, FILE *to); /* an object */

/* trace.c: --trace and --perf-map; --stats counts stops. */
typedef struct trace_files {
  FILE *json, *map;
  stop_counts stops;
  uint64_t start_ns;
  bool any;
} trace_files;
int trace_open(trace_files *t, const run_options *o, vm_engine_config *config);
int trace_close(trace_files *t, const run_options *o);

/* file.c */
typedef struct file_data {
  char *bytes; /* owned, freed with free_file */
  size_t size;
} file_data;
int read_file(const char *path, file_data *out); /* 0 or an exit code, message printed */
void free_file(file_data *f);
int write_file(const char *path, const void *bytes, size_t size);
bool is_binary(const file_data *f); /* by content, not by name */
int translate_file(const char *path, file_data *f); /* WebAssembly becomes a libvm module; 0 or an
                                                       exit code, message printed */

/* report.c */
int report(const char *path, const vm_error *e); /* print, return the exit code that fits */
void print_backtrace(vm_isolate *isolate, const vm_error *e);
void print_stats(vm_engine *engine, vm_isolate *isolate, const vm_module *module);
void print_function_stats(const vm_module *module); /* functions.c */

/* imports.c */
bool wants_wasi(const vm_module *module);
vm_status make_wasi(vm_isolate *isolate, const run_options *o, wasi_host **out, vm_error *e);
/* Is everything there that the module imports? Else all that is not is printed. */
bool check_imports(vm_isolate *isolate, const vm_module *module, const char *file);

/* run.c, convert.c: the commands. */
int command_run(int argc, char **argv);
int command_asm(int argc, char **argv);
int command_compile(int argc, char **argv);
int command_dis(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_wasm(int argc, char **argv);
int load_module(vm_engine *engine, const char *path, vm_module **out);
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
