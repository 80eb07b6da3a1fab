/* vm/stats.h - what the compiler, an isolate and its collector have done.
 *
 * SPDX-License-Identifier: MIT
 *
 * Set `size` to sizeof of the structure before the call; later versions add fields at the end.
 */
#ifndef VM_STATS_H
#define VM_STATS_H

#include "vm/engine.h"
#include "vm/host.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VM_REASON_TEXT 160 /* bytes of vm_engine_stats.compiler_reason */

/* What the compiler has done. */
typedef struct vm_engine_stats {
  size_t size;                 /* sizeof(vm_engine_stats), set by the caller */
  vm_tier tier;                /* as configured */
  uint32_t compiler_available; /* nonzero: a worker runs, or none was needed yet */
  char compiler_reason[VM_REASON_TEXT]; /* why not, or the last failure; "" if there was none */
  uint64_t queued;             /* units that wait or are being compiled */
  uint64_t compiled_units, compiled_functions, failed_units; /* since the engine was made */
  uint64_t worker_starts, worker_deaths; /* worker processes begun, and ended by themselves */
  uint64_t compile_ns;         /* wall time in the worker */
  uint64_t code_bytes;         /* of memory mapped for machine code now */
  uint64_t cache_hits;         /* units taken from the code cache, or from the module's own file */
  uint64_t cache_misses;       /* units that had to be compiled although there is a cache */
  uint64_t cache_rejected;     /* entries found that were damaged, stale or not ours */
  uint64_t cache_stored;       /* units put into the cache */
  uint64_t evicted_units;      /* unloaded to make room, see vm_engine_config.max_code */
  uint64_t guards_memory;      /* nonzero: vm_engine_config.guard_memory was set, and is in effect */
} vm_engine_stats;

/* ARGUMENT: a NULL, or `size` is too small. Any thread. */
VM_API vm_status vm_engine_get_stats(vm_engine *engine, vm_engine_stats *out, vm_error *error);

/* What an isolate and its collector have done since the isolate was made. */
typedef struct vm_isolate_stats {
  size_t size;                 /* sizeof(vm_isolate_stats), set by the caller */
  uint64_t calls;              /* of the guest by the host */
  uint64_t exceptions;         /* thrown, traps not included */
  uint64_t traps;              /* raised, caught ones included */
  uint64_t collections;        /* of the heap */
  uint64_t pause_total_ns, pause_max_ns; /* how long the guest stood still for them */
  uint64_t heap_bytes;         /* held from the system now */
  uint64_t live_bytes;         /* found alive by the last collection */
  uint64_t peak_heap_bytes;    /* the highest heap_bytes */
  uint64_t allocated_bytes;    /* since the isolate was made */
  uint64_t charged_bytes;      /* outside the heap, counted against its limit: memories, tables */
  uint64_t logged_stores;      /* stores that took the write barrier's slow path */
  uint64_t loop_entries;       /* frames that went over to compiled code in the middle, at a loop */
  uint64_t code_exits;         /* frames that left compiled code in the middle */
  uint64_t quickenings;        /* frames that went from tier 0 to tier 1 in the middle */
  uint64_t slowdowns;          /* frames that went from tier 1 to tier 0; with VM_TIER_SWITCH only */
  uint64_t local_handles;      /* that live now, in all open scopes: grows where a scope is missing */
  uint64_t persistent_handles; /* that live now: grows where a release is missing */
  uint64_t instances;          /* that live, or that no collection has looked at since they do not */
} vm_isolate_stats;

/* ARGUMENT: a NULL, or `size` is too small. The isolate's thread. */
VM_API vm_status vm_isolate_get_stats(vm_isolate *isolate, vm_isolate_stats *out, vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
