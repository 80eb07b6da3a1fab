/* vm/engine.h - the engine: compiler, compiled code and configuration, shared by all isolates.
 *
 * SPDX-License-Identifier: MIT
 *
 * Every function here may be called from any thread at any time, except vm_engine_free, which must
 * be the last call on its engine.
 */
#ifndef VM_ENGINE_H
#define VM_ENGINE_H

#include "vm/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Memory for everything but VM stacks and heap slabs bookkeeping comes from here. `resize` works
 * like realloc: `block` NULL allocates, `new_size` 0 frees and returns NULL, NULL otherwise means
 * that memory ran out and the block is unchanged. `old_size` is what was asked for. It may be
 * called from any thread at any time and must not call libvm. */
typedef struct vm_allocator {
  /* like realloc, see above */
  void *(*resize)(void *user, void *block, size_t old_size, size_t new_size);
  void *user; /* borrowed for the engine's life */
} vm_allocator;

typedef struct vm_engine vm_engine; /* compiler, compiled code, configuration */

/* Which tiers run guest code. Results are the same in each. */
typedef enum vm_tier {
  VM_TIER_AUTO = 0, /* interpret at once, translate to register code what is used again, compile in
                       the background what becomes hot */
  VM_TIER_0 = 1,    /* interpret bytecode only; there is no compiler at all */
  VM_TIER_1 = 3,    /* translate every function to register code when it is first called, and
                       interpret that; there is no compiler at all */
  VM_TIER_2 = 2     /* compile every module completely while it is loaded; functions that fail to
                       compile are interpreted and counted in the statistics */
} vm_tier;

/* Modes for tests of the tiers themselves, combined with |. Results are the same, only slower. */
enum {
  VM_TIER_FORCE_EXITS = 1, /* compiled code goes back to the interpreter at every loop back-edge and
                              call */
  VM_TIER_FORCE_OSR = 2,   /* functions with loops start in the interpreter and go over to compiled
                              code in the middle, at their loops */
  VM_TIER_FORCE_GUESSES = 8, /* compiled code is made of guesses drawn at random, most of them wrong, about
                              what dynamic instructions will meet; see switch_seed */
  VM_TIER_SWITCH = 4       /* frames change tier at random: callees run in any tier they have, at loops
                              frames go from tier to tier, and with VM_TIER_FORCE_EXITS compiled code
                              leaves at polls and behind calls. Without that flag it is compiled as
                              ever and cannot leave. Implies VM_TIER_FORCE_OSR */
};

/* Modes of the collector, for tests and hunting bugs; combined with |. */
enum {
  VM_GC_STRESS = 1, /* collect at every allocation */
  VM_GC_POISON = 2, /* overwrite freed memory */
  VM_GC_VERIFY = 4  /* check the whole heap after every collection */
};

/* Something that happened inside, for a timeline or a profiler. Strings are borrowed for the call.
 *
 *   category   name       detail               when
 *   compiler   queue      function             it became hot and waits; `duration_ns` is what
 *                                              that took of the thread that runs it
 *   compiler   quick      unit's root          the worker's time for a unit made in haste
 *   compiler   compile    unit's root          the worker's time for a unit
 *   compiler   fail       reason               a unit could not be compiled
 *   compiler   publish    unit's root          its code was loaded and is in use
 *   compiler   adopt      module               code of earlier runs was loaded with a module
 *   compiler   warm       ""                   a worker is started, for soon it will be needed; time
 *                                              as for queue
 *   compiler   retire     unit's root          its code is out of use, to make room
 *   compiler   evict      ""                   a unit that was retired was unloaded
 *   compiler   scan       ""                   a thread looked through its stack before that; time as
 *                                              for queue
 *   tier       1          function             calls enter its register code from now on;
 *                                              `duration_ns` is what making it took of the thread
 *   tier       2          function             calls enter compiled code from now on
 *   collector  collect    ""                   a collection; the isolate stood still
 *   code       load       function             its compiled code: `address`, `bytes` */
typedef struct vm_trace_event {
  size_t size;              /* sizeof(vm_trace_event); later versions add at the end */
  const char *category, *name, *detail; /* see above */
  uint64_t start_ns, duration_ns; /* CLOCK_MONOTONIC; 0 long: it happened at once */
  uint64_t thread;          /* the system's number of the thread */
  const void *address;      /* code only */
  size_t bytes;             /* code only */
} vm_trace_event;

/* May be called from any thread, several at a time, and must not call libvm. */
typedef void vm_trace_function(void *user, const vm_trace_event *event);

/* Initialise with VM_ENGINE_CONFIG_INIT; a zero field means its default. All pointers are borrowed
 * for the call only, except allocator.user and trace_user. */
typedef struct vm_engine_config {
  size_t size;            /* sizeof(vm_engine_config) */
  vm_allocator allocator; /* `resize` NULL: the C library's realloc and free */
  vm_tier tier;           /* which tiers run guest code */
  uint32_t meter_fuel;    /* nonzero: code counts fuel, see vm_isolate_set_fuel; costs speed */
  uint32_t gc_flags;      /* VM_GC_*, added to those of every isolate */
  uint32_t compile_timeout_ms; /* a compile that takes longer is killed; 0: 60,000 */
  const char *worker;     /* absolute path of the compiler worker; NULL: as installed */
  const char *temp_dir;   /* absolute path of the folder for private files; NULL: /tmp */
  const char *cache_dir;  /* absolute path of a folder that keeps compiled code from run to run;
                             NULL: none. It is made if it is missing, and refused unless it is ours
                             alone: a directory, no link, of mode 0700. What is in it is run as
                             machine code */
  uint32_t trust_native;  /* nonzero: run machine code that comes with modules, see
                             vm_module_save_compiled. Whoever made such a file controls the process */
  uint32_t keep_code;     /* nonzero: compile with line numbers and let compiled code stay in files
                             while it is loaded, for debuggers and profilers */
  vm_trace_function *trace; /* told what happens inside; NULL: nobody */
  void *trace_user;       /* borrowed for the engine's life */
  uint32_t tier_flags;    /* VM_TIER_FORCE_*, VM_TIER_SWITCH: modes for tests */
  uint32_t switch_seed;   /* what these modes draw: the same seed, the same draws, isolate by isolate */
  uint64_t max_code;      /* bytes of memory for compiled code; 0: 256 MB. With VM_TIER_AUTO code that
                             went cold is unloaded to make room, and compiled again should it get hot;
                             what vm_module_compile asks for may take as much again meanwhile */
  uint64_t max_cache;     /* bytes of files in cache_dir; 0: 1 GB. Past it, what was not used for longest
                             is removed, until 3/4 are left */
  uint32_t guard_memory;  /* nonzero: put every linear memory into a reserved range of 8 GB of addresses,
                             so that compiled code accesses it without checks and a fault tells what
                             is out of bounds. This installs a handler of SIGSEGV as long as such an
                             engine lives, see docs/memory.md. Where that cannot be, checks stay:
                             vm_engine_stats.guards_memory */
} vm_engine_config;

/* Every default. */
#define VM_ENGINE_CONFIG_INIT \
  { sizeof(vm_engine_config), {NULL, NULL}, VM_TIER_AUTO, 0, 0, 0, NULL, NULL, NULL, 0, 0, NULL, \
    NULL, 0, 0, 0, 0, 0 }

/* Make an engine. No thread and no process is started before something is to be compiled; a missing
 * compiler is no error (see vm_engine_get_stats).
 *
 * config  borrowed; NULL: all defaults
 * out     owned by the caller, freed with vm_engine_free; NULL on failure
 *
 * ARGUMENT: `out` is NULL, a field of `config` has no meaning, or `cache_dir` is refused. MEMORY. */
VM_API vm_status vm_engine_new(const vm_engine_config *config, vm_engine **out, vm_error *error);

/* Stop the compiler, end its worker, remove its files and free the engine. NULL is fine.
 *
 * STATE: a module or isolate of the engine still exists; nothing was done. */
VM_API vm_status vm_engine_free(vm_engine *engine, vm_error *error);

/* Wait until nothing is queued for compilation. Returns at once if there is no compiler.
 *
 * ARGUMENT: `engine` is NULL. */
VM_API vm_status vm_engine_drain(vm_engine *engine, vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
