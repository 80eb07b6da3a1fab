/* state.h - what the files of the compiler layer share: the queue, the worker, the thread.
 *
 * SPDX-License-Identifier: MIT
 *
 * One background thread an engine owns the worker process: it alone starts it, talks to it, ends it
 * and publishes its results. Everybody else only puts requests in under the lock. So the
 * worker's parent-death signal goes with a thread that lives as long as the worker should.
 */
#ifndef VMI_JIT_STATE_H
#define VMI_JIT_STATE_H

#include <pthread.h>
#include <sys/types.h>

#include "cache.h"
#include "jit.h"
#include "protocol.h"
#include "unit.h"

enum {
  VMI_JIT_PATH = 512,
  VMI_JIT_OPT_LEVEL = 2,
  VMI_JIT_QUICK_LEVEL = 1,     /* of code that is to be there soon; level 2 takes twice the time */
  VMI_JIT_UNIT_INSNS = 1500,   /* a unit's size: about 0.4 s of GCC */
  VMI_JIT_QUICK_INSNS = 500,   /* of one made in haste */
  VMI_JIT_RENEW_WAIT = 10,     /* code made of guesses is renewed when it is that many times as old as it
                                  took to make: level 2 gains it little */
  VMI_JIT_CALLS_INSNS = 60,    /* a unit of calls up to this size is worth no haste */
  VMI_JIT_HELPER_INSNS = 300,  /* a compiled callee up to this size is copied in for inlining */
  VMI_JIT_MAX_DEATHS = 5,      /* in a row with no unit at work, then we give up */
  VMI_JIT_BLAME = 10,          /* of a module whose unit cost a worker; a good unit takes 1 back */
  VMI_JIT_MAX_BLAME = 50,      /* then we give up on the module */
#ifdef VM_SMALL_LIMITS
  VMI_JIT_QUEUE_MAX = 8, VMI_JIT_MAX_COMPILES = 2, VMI_JIT_FORGOTTEN = 2, VMI_JIT_IDLE_MS = 1
#else
  VMI_JIT_QUEUE_MAX = 4096,    /* requests; the least wanted falls out */
  VMI_JIT_MAX_COMPILES = 500,  /* then the worker is replaced: GCC leaks */
  VMI_JIT_FORGOTTEN = 64,      /* modules to tell the worker of */
  VMI_JIT_IDLE_MS = 30000      /* then the worker is ended until it is wanted again */
#endif
};
#define VMI_JIT_MAX_RESIDENT ((uint64_t)768 << 20)

/* ---- units (form.c) ---- */
typedef struct vmi_jit_unit {
  uint32_t n, published;
  uint32_t funcs[VMI_MSG_MAX_FUNCS]; /* the published ones first */
  bool enter[VMI_MSG_MAX_FUNCS];     /* with entries at its loops */
  bool quick;                        /* made in haste, to be replaced */
  bool guess;                        /* made of what the interpreters have seen */
  bool alone;                        /* callees are copies: GCC inlines what nobody else can call */
} vmi_jit_unit;

/* `root` and its callees; unit->quick says of what kind it is to be. `wanted`: bit map of what may be
 * published, or NULL: all. `work`: what was interpreted of the function that it is all for; callees
 * with far less are left out, unless it is 0. */
enum { VMI_JIT_CALLED = 16 }; /* as `work`: take every callee that was interpreted at all */
void vmi_jit_form(const vm_module *shared, uint32_t root, const uint8_t *wanted, uint64_t work,
                  vmi_jit_unit *unit);
/* Is it small, and are there calls within it? Then inlining is all, which haste leaves out. */
bool vmi_jit_lives_on_calls(const vm_module *shared, const vmi_jit_unit *unit);
/* It has code that need not be replaced. */
bool vmi_jit_is_done(const vm_module *shared, uint32_t func);
/* Where to start when `func` became hot: there, or at its caller. */
uint32_t vmi_jit_root(const vm_module *shared, uint32_t func);
uint64_t vmi_jit_work(const vm_module *shared, uint32_t func); /* from the profile */
/* Set the bit of every function that another one of the module calls directly. */
void vmi_jit_mark_called(const vmi_module *m, uint8_t *called);
static inline bool vmi_jit_bit(const uint8_t *map, uint32_t i) { return map[i / 8] >> i % 8 & 1; }

/* guess.c: the guesses for the unit's functions, one after the other; NULL: there are none, or no
 * memory. The module is held. */
vmi_guess *vmi_jit_guesses(const vmi_alloc *a, const vm_module *shared, const vmi_jit_unit *u,
                           uint32_t *count);
/* Take code that has guesses about `func` out of use, and have it made again. False: there is none. Lock
 * held. */
bool vmi_jit_correct(struct vmi_jit *jit, vm_module *shared, uint32_t func);
/* The function of the same module that the instruction at `pc` calls dynamically as far as is known,
 * or VMI_NO_INDEX. */
uint32_t vmi_jit_target(const vm_module *shared, uint32_t func, uint32_t pc);

/* ---- loaded code (publish.c) ---- */
typedef struct vmi_jit_loaded {
  struct vmi_jit_loaded *next;
  void *handle;
  uint64_t bytes;       /* mapped */
  uintptr_t low, high;  /* where it is */
  struct vmi_jit_module *module; /* whose functions it publishes; NULL until then */
  const vmi_unit_entry *entries; /* [n], in the object */
  uint32_t n, owned;    /* published functions; of those, whose code this is now */
  uint32_t *funcs;      /* [n] */
  uint32_t *copies, ncopies; /* functions that it has code of, but does not publish */
  bool wrong;           /* guesses wrong: never to be taken back */
  uint64_t compile_ns;  /* 0: it was kept from an earlier run */
  bool quick;           /* made in haste */
  bool retired, pinned; /* see evict.c; a native stack points into it */
  uint64_t round;       /* retired: the first round that counts */
  uint64_t since;       /* jit->clock when it was published; retired: the time */
  struct vmi_guard_code *guard; /* its accesses of memories without checks; NULL: none */
  char *path;           /* the file, if it stays */
  size_t path_size;
  uint8_t *entry;       /* as it goes into a file, if the module's code is to be saved */
  size_t entry_size;
  char *listing;        /* the assembler text, if it was asked for */
  size_t listing_size;
} vmi_jit_loaded;

/* Keep the unit's code for vmi_jit_save. */
void vmi_jit_retain(struct vmi_jit *jit, vmi_jit_loaded *loaded, const uint8_t *module,
                    const vmi_jit_unit *u, const uint8_t *code, size_t code_size);

/* Put its code into the record of the function at `index` of its list, and out. Lock held. */
void vmi_jit_publish(vm_module *shared, vmi_jit_loaded *u, uint32_t index);
void vmi_jit_unpublish(vm_module *shared, uint32_t func);

/* ---- the cap (evict.c) ---- */
void vmi_jit_trim(struct vmi_jit *jit); /* the thread's: retire and unload what should go */
void vmi_jit_retire(struct vmi_jit *jit, vmi_jit_loaded *u); /* out of use. Lock held */
/* Take a retired unit back that has the code of `func`. Lock held. */
bool vmi_jit_revive(struct vmi_jit *jit, vm_module *shared, uint32_t func, bool enter);
bool vmi_jit_full(struct vmi_jit *jit, bool asked); /* there is no room; `asked`: by the host */
bool vmi_jit_scan(struct vmi_jit *jit, const uintptr_t *from, const uintptr_t *to);

/* dlopen `path` and check what it exports; NULL with a reason. The file is removed in any case. */
vmi_jit_loaded *vmi_jit_load(const vmi_alloc *a, const char *path, uint32_t n,
                             const vmi_unit_entry **entries, char *why, size_t size);
/* The same for an object in memory, which takes its way through a private directory. */
vmi_jit_loaded *vmi_jit_load_bytes(const vmi_jit *jit, const uint8_t *code, size_t code_size,
                                   uint32_t n, const vmi_unit_entry **entries, char *why,
                                   size_t size);
/* The file as memory of the allocator's; NULL if that cannot be. */
uint8_t *vmi_jit_read_file(const vmi_alloc *a, const char *path, size_t *size);
/* sites.c: make loaded->guard and tell the signal handler; NULL, or what is wrong. */
const char *vmi_jit_find_sites(const vmi_alloc *a, vmi_jit_loaded *u);
void vmi_jit_forget_sites(const vmi_alloc *a, vmi_jit_loaded *u);
/* Note that it has code of these, too. Without memory, nothing. */
void vmi_jit_note_copies(const vmi_alloc *a, vmi_jit_loaded *loaded, const uint32_t *funcs, uint32_t n);
/* Free the record alone: the code may be running and stays mapped. */
void vmi_jit_abandon(const vmi_alloc *a, vmi_jit_loaded *loaded);
void vmi_jit_unload(const vmi_alloc *a, vmi_jit_loaded *loaded);

/* ---- worker process (process.c, channel.c) ---- */
typedef struct vmi_jit_worker {
  pid_t pid;            /* 0: none is running */
  int fd;
  char dir[VMI_JIT_PATH - 64];
  uint64_t generation;  /* counts starts: which worker knows a module? */
  uint32_t compiles;
  uint64_t resident;
} vmi_jit_worker;

typedef enum vmi_jit_end { /* how a conversation went */
  VMI_JIT_OK, VMI_JIT_REFUSED, /* it answered, but it cannot */
  VMI_JIT_DIED, VMI_JIT_TIMEOUT, VMI_JIT_GARBAGE,
  VMI_JIT_STOPPED,             /* vmi_jit_free was called */
  VMI_JIT_GONE,                /* the module was forgotten meanwhile */
  VMI_JIT_NEVER                /* starting it again is of no use */
} vmi_jit_end;

/* Path of the worker; false with a reason that names what was tried. */
bool vmi_jit_find_worker(const char *configured, char path[VMI_JIT_PATH], char *why, size_t size);
/* Start a process and hear its greeting. */
vmi_jit_end vmi_jit_worker_start(vmi_jit *jit, char *why, size_t size);
/* Kill it and all it started, reap it, remove its directory. */
void vmi_jit_worker_stop(vmi_jit_worker *w);

/* One message of up to two parts, by the deadline. */
vmi_jit_end vmi_jit_send(vmi_jit *jit, uint32_t kind, const void *head, size_t head_size,
                         const void *body, size_t body_size, uint64_t deadline);
vmi_jit_end vmi_jit_receive(vmi_jit *jit, uint32_t kind, void *body, size_t size,
                            uint64_t deadline);
/* Wait for the socket, a wake-up or the deadline. True if the socket has something to say. */
bool vmi_jit_wait(vmi_jit *jit, uint64_t deadline);
uint64_t vmi_jit_now(void); /* ns */
/* Copy text of the worker: terminated, printable. */
void vmi_jit_clean(char *to, size_t size, const char *from, size_t from_size);

/* ---- the layer ---- */
typedef struct vmi_jit_request { /* a function that became hot */
  vm_module *shared;
  uint32_t func;
  bool enter;            /* it has code, but not for the loop that it is in */
  uint64_t serial;       /* order of arrival */
} vmi_jit_request;

typedef struct vmi_jit_renewal { /* a function whose code was made in haste, or of wrong guesses */
  vm_module *shared;
  uint32_t func;
  uint64_t due;          /* vmi_jit_now: not before */
} vmi_jit_renewal;

typedef struct vmi_jit_batch { /* a caller of vmi_jit_compile that waits */
  struct vmi_jit_batch *next;
  vm_module *shared;
  const uint8_t *wanted; /* bit map, or NULL: all */
  bool done;
  vm_status status;
  char why[VM_ERROR_TEXT];
} vmi_jit_batch;

typedef struct vmi_jit_func {
  vmi_jit_loaded *unit;  /* its code; NULL: none */
  char *why;             /* it failed; NULL: it did not, or memory was short */
  uint32_t compiles;     /* how often it was published */
  bool evicted, excluded;
} vmi_jit_func;

/* Behind vm_module.jit_data. */
typedef struct vmi_jit_module {
  struct vmi_jit_module *next, **link;
  vm_module *shared;
  vmi_jit_loaded *loaded;
  vmi_jit_func *funcs;   /* [nfuncs] */
  uint64_t known_to;     /* generation of the worker that has this module */
  uint32_t blame;        /* how much its units cost the worker */
  bool hashed, retain;   /* `hash` is known; keep the code for vmi_jit_save */
  bool listing;          /* and the assembler text for vmi_jit_list */
  uint8_t hash[VMI_SHA256_SIZE]; /* of the module's bytes, for the cache */
} vmi_jit_module;

struct vmi_jit {
  vm_engine *engine;
  vmi_alloc alloc;
  char *worker_path, *temp_dir;  /* as configured; NULL: default */
  size_t worker_path_size, temp_dir_size;
  uint64_t timeout_ns, max_code;
  bool background, keep_code, trust_native;
  vmi_cache cache;
  pid_t process;         /* that made it: after a fork the child must not use the worker */
  int wake;              /* eventfd: new work, or stop */
  pthread_mutex_t lock;  /* guards from here ... */
  pthread_cond_t changed;
  pthread_t thread;
  bool running, given_up;
  bool warm;             /* start a worker, for soon it will be needed */
  _Atomic bool stop;
  vmi_jit_request *queue;
  uint32_t nqueue, queue_capacity;
  uint64_t next_serial;
  vmi_jit_renewal *renewals;
  uint32_t nrenewals, renewal_capacity;
  vmi_jit_batch *batches;
  vmi_jit_module *modules;
  bool busy;             /* the thread works on something */
  vm_module *current;    /* what it works on; NULL: none, or it was forgotten meanwhile */
  bool reading;          /* it reads *current: forget must wait */
  uint64_t forgotten[VMI_JIT_FORGOTTEN]; /* ids of modules that the worker may drop */
  uint32_t nforgotten;   /* past the end: more than fit; the worker is replaced */
  uint64_t clock;        /* counts publications */
  uint64_t retired_bytes, round, next_round, trim_wait; /* evict.c; ms to wait */
  uint32_t nretired;
  bool asking;           /* a round has begun */
  vmi_jit_stats stats;   /* ... to here */
  vmi_jit_worker worker; /* the thread's own */
  uint32_t deaths, bad_starts; /* in a row, and those that no unit had part in; the thread's own */
  uint64_t next_unit;
};

/* symbols.c: tell the host where the functions of a loaded object are; `address` is in it. */
void vmi_jit_trace_code(const vm_module *shared, const void *address, const uint8_t *code,
                        size_t size);
static inline const char *vmi_jit_name(const vm_module *shared, uint32_t func)
{
  const char *name = shared != NULL ? vmi_func_name(shared->m, func) : NULL;
  return name != NULL ? name : "";
}

/* queue.c; all with the lock held */
bool vmi_jit_queue_add(vmi_jit *jit, vm_module *shared, uint32_t func, bool enter);
bool vmi_jit_queue_take(vmi_jit *jit, vmi_jit_request *out);
/* Have the function's code replaced by better code when there is time, from `due` on. Without memory it
 * stays. */
void vmi_jit_renew_later(vmi_jit *jit, vm_module *shared, uint32_t func, uint64_t due);
bool vmi_jit_renewal_take(vmi_jit *jit, vmi_jit_renewal *out); /* the hottest that is due */
uint64_t vmi_jit_renewal_next(const vmi_jit *jit); /* when the next one is; UINT64_MAX: there is none */
/* It waits no longer, for nothing; it may ask again if `state` lets it. */
void vmi_jit_cool(const vmi_jit_request *r, vmi_tier_state state);
void vmi_jit_queue_remove(vmi_jit *jit, const vm_module *shared, uint32_t func);
/* Requests of `shared`, or all if NULL. */
void vmi_jit_queue_drop(vmi_jit *jit, const vm_module *shared, vmi_tier_state state);

/* watch.c: why `func` failed, NULL to forget it. Lock held. */
void vmi_jit_set_reason(vmi_jit *jit, vmi_jit_module *r, uint32_t func, const char *why);

/* jit.c */
bool vmi_jit_own(const vmi_jit *jit);    /* false in a forked child */
bool vmi_jit_start_thread(vmi_jit *jit); /* unless it runs; lock held */
void vmi_jit_wake(vmi_jit *jit);

/* build.c: the thread's work */
void vmi_jit_build_request(vmi_jit *jit, const vmi_jit_request *r);
void vmi_jit_build_renewal(vmi_jit *jit, const vmi_jit_renewal *r);
void vmi_jit_build_batch(vmi_jit *jit, vmi_jit_batch *b);
void vmi_jit_prepare(vmi_jit *jit); /* start a worker if there is none */
void vmi_jit_lost_worker(vmi_jit *jit, const char *why); /* it died while nothing was asked of it */
/* The record behind shared->jit_data, made if need be; NULL: out of memory. Lock held. */
vmi_jit_module *vmi_jit_record(vmi_jit *jit, vm_module *shared);
/* Hand loaded code over to the module and let calls enter it. Lock held. `again`: replace code that
 * is there, too. */
void vmi_jit_announce(vmi_jit *jit, vm_module *shared, const uint32_t *funcs, vmi_jit_loaded *loaded,
                      bool again);
/* adopt.c: the code of an entry that fits the module, unless it is all there. False: refused. */
bool vmi_jit_adopt_entry(vmi_jit *jit, vm_module *shared, const vmi_entry_view *view);
void vmi_jit_give_up(vmi_jit *jit, const char *why);

#endif
