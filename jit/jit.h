/* jit.h - tier 2 as the API and the run time see it: queue, worker process, publication.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_JIT_H
#define VMI_JIT_H

#include "isolate.h"
#include "vmx.h"

typedef struct vmi_jit vmi_jit;

typedef struct vmi_jit_config {
  const char *worker;   /* absolute path of the worker; NULL: beside libvm.so, as built, as
                           installed */
  const char *temp_dir; /* where the private directory is made; NULL: /tmp */
  uint32_t unit_timeout_ms; /* a compile that takes longer is killed; 0: 60,000 */
  uint64_t max_code;    /* bytes of compiled code; 0: 256 MB */
  bool background;      /* compile what becomes hot */
  const char *cache_dir; /* keep compiled units there; NULL: no cache */
  uint64_t max_cache;   /* bytes that it may hold; 0: 1 GB */
  bool keep_code;       /* with line numbers, and as files for as long as it is loaded */
  bool trust_native;    /* use machine code that comes with a module */
} vmi_jit_config;

typedef struct vmi_jit_stats {
  uint64_t queued;      /* requests that wait or are being worked on */
  uint64_t compiled_units, compiled_functions, failed_units, worker_starts, worker_deaths;
  uint64_t compile_ns;  /* wall time in the worker */
  uint64_t code_bytes;  /* mapped for the shared objects that are loaded now */
  uint64_t cache_hits, cache_misses, cache_rejected, cache_stored; /* units */
  uint64_t evicted_units, revived_units; /* unloaded to make room; wanted again before that */
  bool available;       /* a worker could be started, or was not needed yet */
  char reason[160];     /* why not, or the last failure; empty if none */
} vmi_jit_stats;

/* What the engine calls; vmi_jit_new puts it and the compiler into `engine`, vmi_jit_free takes
 * both out again. */
extern const vmi_jit_ops vmi_jit_engine_ops;

/* Starts no process and no thread; both come with the first compile. */
vm_status vmi_jit_new(vm_engine *engine, const vmi_jit_config *config, vmi_jit **out, vm_error *e);
/* Stops the thread, ends the worker, removes its files, unloads all code. No module is left. */
void vmi_jit_free(vmi_jit *jit);
/* Publish what the cache holds of this module, which nobody uses yet. */
void vmi_jit_adopt(vmi_jit *jit, vm_module *shared);
/* Publish the machine code of a file, if the engine trusts it and it fits this machine. */
void vmi_jit_adopt_file(vmi_jit *jit, vm_module *shared, const struct vmi_vmx *file);
/* Compile `shared`, which was made for this and of which nothing is compiled, and write it with its
 * code to a new buffer of the engine's allocator. OK even if some functions fail, which are then
 * left out; COMPILE if all do. MEMORY. */
vm_status vmi_jit_save(vmi_jit *jit, vm_module *shared, uint8_t **bytes, size_t *size, vm_error *e);
/* The same for the assembler text of every function, terminated; `size` includes the NUL. */
vm_status vmi_jit_list(vmi_jit *jit, vm_module *shared, char **text, size_t *size, vm_error *e);
/* Compile these functions now (all of the module's if funcs is NULL) and wait. OK, or COMPILE with
 * the reason; what compiled is published either way. */
vm_status vmi_jit_compile(vmi_jit *jit, vm_module *shared, const uint32_t *funcs, uint32_t n,
                          vm_error *e);
typedef struct vmi_jit_func_info {
  uint64_t compile_ns, code_bytes; /* of its unit; 0: it has none, or (time) it is from an earlier run */
  uint32_t unit_functions, compiles;
  bool loop_entries;
  char reason[160];     /* why it is not compiled; empty if there is none */
} vmi_jit_func_info;
void vmi_jit_get_func(vmi_jit *jit, const vm_module *shared, uint32_t func, vmi_jit_func_info *out);
/* Take the code of these functions (all if NULL) out of use; with `exclude` compile them no more
 * until vmi_jit_compile names them. MEMORY; COMPILE in a forked child. */
vm_status vmi_jit_discard(vmi_jit *jit, vm_module *shared, const uint32_t *funcs, uint32_t n,
                          bool exclude, vm_error *e);
/* Wait until the queue is empty. */
void vmi_jit_drain(vmi_jit *jit);
void vmi_jit_get_stats(vmi_jit *jit, vmi_jit_stats *out);

#endif
