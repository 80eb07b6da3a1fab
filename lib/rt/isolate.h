/* isolate.h - engine, shared module, isolate: what the run time keeps behind the public handles.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_ISOLATE_H
#define VMI_ISOLATE_H

#include <pthread.h>

#include "helpers.h"
#include "vm/host.h"

/* ---- engine ---- */

/* What the compiler layer offers to the run time; set by the API when the engine is made. */
typedef struct vmi_jit_ops {
  /* `func` of `shared` is worth compiling; with `enter` so that it can be entered at its loops,
   * although it has code already. May be called from any thread and never waits: false if the
   * compiler could not listen just now and should be told again. */
  bool (*hot)(void *jit, struct vm_module *shared, uint32_t func, bool enter);
  /* Code of `func` guesses wrong and is to be made again. Never waits; false if there was none in use, or
   * the compiler could not listen. */
  bool (*wrong)(void *jit, struct vm_module *shared, uint32_t func);
  /* Something will soon be worth it. As above. */
  bool (*warm)(void *jit);
  /* The module is going away: drop queued work, wait for work in flight that reads it, release its
   * compiled code. */
  void (*forget)(void *jit, struct vm_module *shared);
  /* Keep the compiled code that these words point into. As above. */
  bool (*scan)(void *jit, const uintptr_t *from, const uintptr_t *to);
} vmi_jit_ops;

struct vm_engine {
  vmi_alloc alloc;
  bool meter_fuel;          /* all code counts fuel */
  bool guard;               /* all memories are in reserved ranges, see guard.h; its signal handler is
                               retained as long as the engine lives */
  bool gc_stress, gc_poison, gc_verify; /* defaults of new isolates */
  vm_tier tier;             /* as configured */
  vmi_entry *interpret;     /* the interpreter's entry: what new code records start with */
  vmi_entry *tier0, *tier1; /* those of the two interpreters */
  /* Go on with the unlinked frame at fp, which compiled code left, in the interpreter; like a
   * vmi_entry afterwards. */
  void (*resume)(vmi_thread *t, vmi_slot *fp);
  bool force_exits, force_osr; /* test modes: leave compiled code at every poll and call; enter it
                                  only at loop headers, and there always */
  bool switching;           /* test mode: all that at random, see switch.c; force_osr is set, too */
  bool force_guesses;       /* test mode: compiled code is made of guesses drawn at random */
  uint32_t seed;
  void (*free_quick)(vm_engine *e, void *quick); /* the interpreter's: frees a vmi_code.quick */
  const vmi_jit_ops *jit_ops; /* NULL: interpreter only */
  void *jit;
  vm_trace_function *trace; /* NULL: nobody wants to know */
  void *trace_user;
  _Atomic bool warned;      /* jit_ops->warm was called */
  _Atomic uint64_t scan_round; /* see scan.c */
  pthread_mutex_t lock;     /* guards what follows */
  uint64_t next_module_id;
  uint64_t nswitched;       /* isolates that were given a seed */
  struct vm_isolate *isolates;
  _Atomic uint32_t refs;    /* the host's one, plus one a module and isolate */
  struct vmi_watchdog *watchdog; /* deadline thread, made on first use */
};

/* What the interpreters of all isolates counted of a function; brought up to date once a quantum. */
typedef struct vmi_profile {
  _Atomic uint64_t work;    /* in bytes of bytecode */
  _Atomic uint64_t calls;
  _Atomic uint64_t loop;    /* work since it was last called: that of a loop that goes on and on */
  _Atomic uint32_t caller;  /* who calls it most, of the same module; VMI_NO_INDEX: nobody */
  _Atomic uint32_t votes;   /* for `caller`, by majority vote */
  _Atomic bool enter_asked; /* it was to be compiled again with entries at its loops */
  _Atomic bool renewed;     /* its code is the best there will be, not what was made in haste */
  _Atomic uint32_t wrong;   /* how often its code was left because of a wrong guess; feedback.c */
  _Atomic uint32_t corrected; /* how often it was made again for that */
  _Atomic bool learned;     /* its feedback has changed since */
} vmi_profile;

/* A verified module shared by isolates. */
typedef struct vm_module {
  vm_engine *engine;
  vmi_module *m;
  vmi_code *code;           /* [nfuncs] */
  vmi_profile *profile;     /* [nfuncs] */
  void *records;            /* the block that feedback lies in */
  vmi_feedback *feedback;   /* [npoints], each at a multiple of its size */
  _Atomic(vmi_entry *) *hidden; /* [nfuncs] with vm_engine.switching: compiled code's entry where the
                                   code record has the one that draws, or NULL */
  _Atomic uint32_t refs;
  uint64_t id;              /* unique in the engine */
  uint8_t *bytes;           /* the module's binary form, owned; the compiler worker reads it */
  size_t size;
  void *jit_data;           /* the compiler layer's, freed by forget */
} vm_module;

/* ---- run-time types ---- */
enum { /* isolate type ids of the built-in heap types */
  VMI_TYPE_EXTERN = 1, VMI_TYPE_EXN, VMI_TYPE_WEAK, VMI_TYPE_BYTES,
  VMI_TYPE_SYMBOL, VMI_TYPE_MAP, VMI_TYPE_OBJECT, /* dynamic.h; the rest is inside of these */
  VMI_TYPE_WORDS, VMI_TYPE_PROPS, VMI_TYPE_SHAPE, VMI_TYPE_INSTANCE, VMI_TYPE_FIRST_DECLARED
};

/* A type of an isolate. Function and array types are shared by structure, struct types belong to
 * the module that declares them (one id for all its instances in the isolate unless it imports
 * types). */
typedef struct vmi_rtt {
  vmi_gc_type gc;
  uint32_t id;
  uint32_t heap;            /* VM_HEAP_STRUCT, ARRAY, FUNC, EXTERN, EXN or WEAK: its abstract type */
  uint32_t depth;           /* struct: supertypes */
  const uint32_t *display;  /* struct: ids, [depth + 1], display[depth] == id */
  /* structure with component types translated: heap index = isolate type id */
  uint32_t nparams, nresults;
  const vm_type *params, *results; /* func */
  vmi_field *fields;               /* struct, array */
  uint32_t nfields;
  uint32_t owner_index;     /* struct: in the module that declares it */
  uint32_t *offsets;        /* struct: of gc, owned */
  bool kept;                /* the host has its id, or a host function its type */
  bool used;                /* in vmi_rt_types_collect */
  struct vmi_rtt *next;     /* same hash bucket */
} vmi_rtt;

/* ---- a module in an isolate: what its instances there share ---- */
typedef struct vmi_loaded {
  struct vmi_loaded *next;
  vm_module *shared;        /* a reference */
  uint32_t *ids;            /* [ntypes] module type -> isolate type id */
  bool imports_types;       /* of one instance alone */
  uint32_t structs;         /* types that it declares */
  uint32_t instances;       /* when none is left, it waits in vm_isolate.unloaded */
} vmi_loaded;

/* ---- host functions ---- */
typedef struct vmi_host_func {
  vmi_code code;
  uint32_t type;            /* isolate type id */
  uint32_t nparams, nresults;
  const vm_type *params, *results; /* heap indices are abstract ones and type ids */
  vm_host_function *fn;
  void *user;
  void (*drop)(void *user); /* when the isolate goes, or NULL */
  struct vmi_host_func *next;
} vmi_host_func;

/* ---- names an isolate can link against ---- */
typedef struct vmi_definition {
  vmi_str module, name;     /* owned, terminated */
  vmi_instance *owner;      /* root; NULL: the host defined it, for as long as the isolate lives */
  vmi_extern_kind kind;
  union {
    vmi_func_obj *func;     /* root */
    vmi_memory_inst *memory;
    vmi_table_inst *table;
    struct { vmi_slot *cell; vm_type type; bool mut; } global; /* type: heap = isolate type id */
    uint32_t type;          /* isolate type id */
  } of;
} vmi_definition;

/* ---- handles ---- */
typedef struct vmi_handle {
  uint64_t word;            /* reference or dyn word: a root */
  uint32_t serial;          /* 0: free */
  uint32_t next_free;       /* persistent handles */
} vmi_handle;

typedef enum vmi_request { /* bits of vm_isolate.requests */
  VMI_REQUEST_INTERRUPT = 1, VMI_REQUEST_DEADLINE = 2, VMI_REQUEST_SCAN = 4, VMI_REQUEST_PAUSE = 8
} vmi_request;

typedef struct vm_isolate {
  vmi_thread thread;        /* first */
  vm_engine *engine;
  vmi_alloc alloc;
  vmi_arena arena;          /* types, host functions, definitions */
  vmi_rtt **rtts;           /* by id */
  uint32_t nrtts, rtts_capacity;
  uint32_t first_free_rtt;  /* no entry before it is NULL */
  uint32_t ntypes;          /* that were in use when last looked at */
  uint32_t stale_types;     /* struct types declared by modules that have gone since */
  vmi_rtt **type_buckets;   /* structural types by hash, chained through vmi_rtt.next */
  uint32_t ntype_buckets, nstructural;
  vmi_instance *instances;  /* those that the last collection found alive, and newer ones */
  vmi_loaded *loaded, *unloaded; /* modules with instances here; those whose last one has gone */
  uint64_t marking;         /* counts collections, for vmi_table_inst.traced */
  struct vmi_dynamic *dynamic; /* see dynamic.h */
  vmi_host_func *host_funcs;
  vmi_vec definitions;      /* vmi_definition */
  uint32_t *definition_slots; /* hash table of 1 + index in definitions; 0: free */
  uint32_t ndefinition_slots; /* a power of two, or 0 */
  /* handles: locals are a stack in [0, nhandles), persistent ones a table with a free list */
  vmi_vec handles, persistent, scopes;
  uint32_t nhandles, npersistent, free_persistent, next_serial, scope_depth;
  _Atomic uint32_t requests;
  size_t stack_bytes;       /* of the VM stack's mapping */
  size_t native_budget;
  void *native_thread;      /* pthread_self of the last entry */
  uintptr_t native_low;     /* its lowest usable address */
  uint32_t depth;           /* nested entries from the host */
  _Atomic bool inside;      /* depth is not 0 */
  bool other_stack;         /* a nested entry came on another native stack */
  uintptr_t native_base, base_low; /* where on the native stack the outermost entry is; its end */
  _Atomic uint64_t scanned; /* the round it last answered; see scan.c */
  struct vm_isolate *next_isolate; /* of the engine */
  vm_pause_function *pause; /* what VMI_REQUEST_PAUSE calls, or NULL */
  void *pause_user;
  bool limit_fuel;
  bool finalizing;          /* finalizers are being run: one that calls the guest runs no others */
  uint64_t deadline_ns;     /* CLOCK_MONOTONIC, 0: none */
  struct vm_isolate *watch_next;
  vmi_exn_obj *uncaught;    /* the exception the last failed call ended with, or thrown by the
                               host for its caller: a root */
  vmi_exn_obj *emergency;   /* stands in when an exception cannot be allocated: a root */
  /* statistics */
  uint64_t traps, exceptions, calls_from_host;
  uint64_t loop_entries, frames_left, quickenings, slowdowns; /* frames that changed tier; left:
                                                                 code or tier 1, for whoever called */
  uint64_t draws;           /* state of the random numbers of switch.c */
} vm_isolate;

typedef struct vmi_dynamic vmi_dynamic;

/* ---- functions (one file each group) ---- */

/* engine.c */
vm_status vmi_rt_engine_init(vm_engine *e, const vmi_alloc *a, vm_error *err);
void vmi_rt_engine_retain(vm_engine *e);
void vmi_rt_engine_release(vm_engine *e); /* frees the engine with the last reference; the API's
                                             vm_engine_free has shut the compiler down before */
/* Takes ownership of `m` (verified) and copies nothing else but `bytes`. */
vm_status vmi_rt_module_new(vm_engine *e, vmi_module *m, const uint8_t *bytes, size_t size,
                            vm_module **out, vm_error *err);
void vmi_rt_module_retain(vm_module *m);
void vmi_rt_module_release(vm_module *m);

/* isolate.c */
typedef struct vmi_isolate_config {
  size_t max_heap;          /* bytes, 0: none */
  size_t stack_size;        /* bytes of VM stack, 0: default 8 MB */
  size_t native_stack;      /* bytes of native stack that guest code may use, 0: default 4 MB */
  bool gc_stress, gc_poison, gc_verify;
} vmi_isolate_config;
vm_status vmi_rt_isolate_new(vm_engine *e, const vmi_isolate_config *c, vm_isolate **out,
                             vm_error *err);
void vmi_rt_isolate_free(vm_isolate *iso);

/* types.c */
vm_status vmi_rt_types_init(vm_isolate *iso);
/* Ids for all types of a module about to be instantiated; `imported` gives ids for imported struct
 * types by type index (VMI_NO_INDEX elsewhere), or is NULL. */
vm_status vmi_rt_types_of(vm_isolate *iso, vm_module *shared, const uint32_t *imported,
                          uint32_t *ids, vm_error *err);
/* Id of a function type over abstract types (host functions). UINT32_MAX: out of memory. */
uint32_t vmi_rt_func_type(vm_isolate *iso, uint32_t nparams, const vm_type *params,
                          uint32_t nresults, const vm_type *results);
/* Id of an array type whose elements are numbers, dyn or abstract references. UINT32_MAX: out of
 * memory. */
uint32_t vmi_rt_array_type(vm_isolate *iso, vm_type element, bool mut);
/* `t` of a module with these ids, with its heap index turned into an isolate type id. */
void vmi_rt_type_keep(vm_isolate *iso, uint32_t id); /* the host is given its id: it stays */
void vmi_rt_types_collect(vm_isolate *iso);          /* those that nobody has; collects */
void vmi_rt_types_free(vm_isolate *iso);
vm_type vmi_rt_type_resolve(const uint32_t *ids, vm_type t);
bool vmi_rt_subtype(const vm_isolate *iso, vm_type a, vm_type b); /* resolved types */
bool vmi_rt_object_is(const vm_isolate *iso, const vmi_obj *object, vm_type t); /* resolved; object
                                                                                   may be NULL */

/* definitions.c */
const vmi_definition *vmi_rt_find_definition(const vm_isolate *iso, vmi_str module, vmi_str name);
/* Make an export of `inst`, a host function or a global of the isolate's importable under (module,
 * name). The type of the latter's `value` was checked. */
vm_status vmi_rt_define_instance(vm_isolate *iso, const char *module, vmi_instance *inst, vm_error *err);
vm_status vmi_rt_define_host(vm_isolate *iso, const char *module, const char *name,
                             uint32_t nparams, const vm_type *params, uint32_t nresults,
                             const vm_type *results, vm_host_function *fn, void *user,
                             void (*drop)(void *), vm_error *err);
vm_status vmi_rt_define_global(vm_isolate *iso, const char *module, const char *name, vm_type type,
                               bool mut, vmi_slot value, vm_error *err);
void vmi_rt_undefine_instance(vmi_instance *inst); /* all that it is defined under */
void vmi_rt_definitions_free(vm_isolate *iso);
void vmi_rt_definitions_roots(const vm_isolate *iso, vmi_heap *heap, vmi_gc_visit *visit);
const vmi_export *vmi_rt_find_export(const vmi_module *m, const char *name, size_t size);

/* instances.c */
/* What the isolate has of `shared`, for one instance more; `imported` as for vmi_rt_types_of. */
vm_status vmi_rt_module_load(vm_isolate *iso, vm_module *shared, const uint32_t *imported, vmi_loaded **out,
                      vm_error *err);
/* Release the modules whose last instance has gone. Not in a collection. */
void vmi_rt_unload(vm_isolate *iso);
/* An instance with nothing in it, held by the host, or none and one instance of `loaded` less. May collect. */
vm_status vmi_rt_instance_make(vm_isolate *iso, vmi_loaded *loaded, vmi_instance **out, vm_error *err);
void vmi_rt_instance_discard(vmi_instance *inst); /* one that nobody knows yet */
bool vmi_rt_instance_release(vmi_instance *inst); /* false: the host did so before */
void vmi_rt_instances_free(vm_isolate *iso);      /* all of them */
void vmi_rt_instances_marked(vm_isolate *iso);    /* those that are dead */
void vmi_rt_instances_roots(vm_isolate *iso, vmi_heap *heap, vmi_gc_visit *visit);
vmi_gc_trace vmi_rt_instance_trace;

/* link.c */
vm_status vmi_rt_instance_new(vm_isolate *iso, vm_module *shared, vmi_instance **out, vm_error *err);
/* Runs element and data segments and the start function; may collect and run guest code. */
vm_status vmi_rt_instance_start(vmi_instance *inst, vm_error *err);

/* initial.c, objects.c, memory.c */
/* The value of an initialiser for a `type`; false: a function object cannot be allocated. May
 * collect. */
bool vmi_rt_initial_value(vmi_instance *inst, vm_type type, const vmi_init *init, vmi_slot *out);
vmi_func_obj *vmi_rt_func_object(vmi_instance *inst, uint32_t func); /* NULL: out of memory; may
                                                                        collect */
void vmi_rt_memory_release(vm_isolate *iso, vmi_memory_inst *memory);
void vmi_rt_instance_view(vmi_instance *inst); /* its copies of base, size, items and length */
void vmi_rt_table_release(vm_isolate *iso, vmi_table_inst *table);
/* Retain the signal handler of guard.h, if memories can be put into reserved ranges here. */
bool vmi_rt_can_guard(void);
vmi_memory_inst *vmi_rt_memory_new(vm_isolate *iso, uint32_t min, uint32_t max);
vmi_table_inst *vmi_rt_table_new(vm_isolate *iso, vm_type type, uint32_t min, uint32_t max);

/* invoke.c: calls from the host */
/* Call `f` with values already checked against its type; results are written as values, references
 * as handles of the current scope. Returns OK, EXCEPTION or TERMINATED (error filled with trap code,
 * function, pc, line, message; iso->uncaught holds the exception), LIMIT. May collect. */
vm_status vmi_rt_invoke(vm_isolate *iso, vmi_func_obj *f, const vm_value *args, vm_value *results,
                        vm_error *err);
/* The same for values already in slots at the frame `fp` that invoke would use. */
void vmi_rt_host_entry(vmi_thread *t, vmi_slot *fp, const vmi_code *code);

/* handles.c */
vm_status vmi_rt_handle_new(vm_isolate *iso, uint64_t word, vm_ref *out); /* MEMORY */
bool vmi_rt_handle_get(const vm_isolate *iso, vm_ref ref, uint64_t *word); /* false: stale */
vm_status vmi_rt_scope_open(vm_isolate *iso, uint32_t *scope);
void vmi_rt_scope_close(vm_isolate *iso, uint32_t scope);
vm_status vmi_rt_persistent_new(vm_isolate *iso, uint64_t word, vm_ref *out);
bool vmi_rt_persistent_free(vm_isolate *iso, vm_ref ref);
/* A value against a resolved type; false with a message if it does not fit. */
bool vmi_rt_value_to_slot(vm_isolate *iso, const vm_value *v, vm_type type, vmi_slot *slot,
                          const char **why);
vm_status vmi_rt_slot_to_value(vm_isolate *iso, const vmi_slot *slot, vm_type type, vm_value *v);

/* host_objects.c: objects made and used by the host; arguments are checked already */
/* A field or element at `address` of storage type `type` (resolved) from or to a slot, packed ones
 * zero-extended. The caller has done the barrier. */
void vmi_rt_load(const void *address, vm_type type, vmi_slot *out);
void vmi_rt_store(void *address, vm_type type, const vmi_slot *value);
/* NULL: out of memory. May collect. `fields` (one a field) and `fill` may be NULL: zeroes. References
 * in them must be roots. `data` is `length` elements in the host's representation. */
vmi_obj *vmi_rt_struct_make(vm_isolate *iso, const vmi_rtt *type, const vmi_slot *fields);
vmi_array_obj *vmi_rt_array_make(vm_isolate *iso, const vmi_rtt *type, uint32_t length,
                                 const vmi_slot *fill);
vmi_array_obj *vmi_rt_array_make_data(vm_isolate *iso, const vmi_rtt *type, uint32_t length,
                                      const void *data);
vmi_extern_obj *vmi_rt_extern_make(vm_isolate *iso, void *data);
vmi_weak_obj *vmi_rt_weak_make(vm_isolate *iso, vmi_obj *target);
/* Write a reference or number into an object that exists, with barrier. */
void vmi_rt_field_set(vm_isolate *iso, vmi_obj *object, const vmi_field *field,
                      const vmi_slot *value);
void vmi_rt_element_set(vm_isolate *iso, vmi_array_obj *array, vm_type element, uint32_t index,
                        const vmi_slot *value);

/* scan.c */
void vmi_rt_scan_enter(vm_isolate *iso, uintptr_t base); /* the outermost entry from the host, in
                                                            the frame at `base` */
void vmi_rt_scan_enter_again(vm_isolate *iso); /* a nested one */
void vmi_rt_scan_leave(vm_isolate *iso);
void vmi_rt_scan(vmi_thread *t);               /* at a poll: answer, if asked */
uint64_t vmi_rt_scan_begin(vm_engine *e);      /* begin a round, whose number is returned */
bool vmi_rt_scan_done(vm_engine *e);           /* have all answered? */
typedef struct vmi_rt_scan_range { /* what to look for */
  uintptr_t low, high;
  bool (*found)(void *ctx, uintptr_t address); /* true: enough */
  void *ctx;
} vmi_rt_scan_range;
bool vmi_rt_scan_find(const uintptr_t *from, const uintptr_t *to, vmi_rt_scan_range *in);

/* limits.c */
void vmi_rt_request(vm_isolate *iso, vmi_request what); /* any thread */
void vmi_rt_interrupt(vm_isolate *iso); /* any thread */
vm_status vmi_rt_set_deadline(vm_isolate *iso, uint64_t ms, vm_error *err); /* 0: none */
vm_status vmi_rt_set_fuel(vm_isolate *iso, uint64_t units, vm_error *err);
void vmi_rt_watchdog_stop(vm_engine *e);
void vmi_rt_watchdog_forget(vm_isolate *iso);
bool vmi_rt_native_enter(vm_isolate *iso); /* set thread->native_limit for the calling thread */
/* The highest frame end when nothing is requested. */
static inline uintptr_t vmi_rt_stack_limit(const vmi_thread *t)
{
  return (uintptr_t)(t->stack_end - VMI_STACK_RESERVE);
}

/* unwind.c */
void vmi_rt_trace_add(vmi_thread *t, const vmi_code *code, vmi_instance *inst, uint32_t pc);
uint32_t vmi_rt_exn_frames(const vmi_exn_obj *exn); /* of the backtrace it holds */
vmi_trace_entry vmi_rt_exn_frame(const vmi_exn_obj *exn, uint32_t index);
/* Start unwinding with an existing exception and its backtrace. */
void vmi_rt_raise(vmi_thread *t, vmi_exn_obj *exn);
/* A new exception object of the host's making (no backtrace yet); the emergency object if memory
 * is out. May collect. */
vmi_exn_obj *vmi_rt_exn_new(vm_isolate *iso, uint32_t code, uint64_t payload);
/* The exception in flight as an object, with its backtrace; nothing is in flight afterwards. May
 * collect. */
vmi_exn_obj *vmi_rt_take_exception(vmi_thread *t);
/* VM_TRAP_NONE, or why the guest must stop now. May call the host's pause function. */
uint32_t vmi_rt_request_code(vmi_thread *t);
/* Resolve pending tail calls at `fp`, then nothing or an exception or termination is pending. */
void vmi_rt_run_tail_calls(vmi_thread *t, vmi_slot *fp);

/* ---- feedback.c ---- */
/* The instruction, of the running instance's module, has met this. */
void vmi_rt_learn(const vmi_thread *t, vmi_feedback *feedback, uint32_t seen);
/* It calls `code` of the instance; true if it has always been that. */
bool vmi_rt_learn_target(const vmi_thread *t, vmi_feedback *feedback, const vmi_instance *callee,
                         const vmi_code *code);
static inline void vmi_learn(const vmi_thread *t, vmi_feedback *feedback, uint32_t seen)
{
  if (VMI_UNLIKELY(!(vmi_seen(feedback) & seen))) vmi_rt_learn(t, feedback, seen);
}
/* May code of the function be made of guesses? */
bool vmi_rt_guesses(const vmi_profile *p);
/* Compiled code has left the frame at fp because it guessed wrong. */
void vmi_rt_wrong(vmi_thread *t, const vmi_slot *fp);

/* switch.c: a number at random, always the same for one seed and one `what`. */
uint64_t vmi_rt_draw_about(const vm_engine *e, uint64_t what);
/* switch.c: where vm_engine.switching, otherwise hides is false and nothing else is called */
void vmi_rt_switch_seed(vm_isolate *iso);
/* Does a compiled function keep the entry that draws? */
bool vmi_rt_switch_hides(const vm_engine *e, uint64_t module, uint32_t func);
uint32_t vmi_rt_draw(vmi_thread *t, uint32_t below);
/* What to call instead of `entry`, which is that of `code`, in `inst`; itself for a host function. */
vmi_entry *vmi_rt_draw_entry(vmi_thread *t, const vmi_instance *inst, const vmi_code *code,
                             vmi_entry *entry);
void vmi_rt_switch_entry(vmi_thread *t, vmi_slot *fp, const vmi_code *code); /* a vmi_entry */

/* trace.c */
uint64_t vmi_rt_now(void); /* ns, as trace events count */
void vmi_rt_trace(const vm_engine *e, const char *category, const char *name, const char *detail,
                  uint64_t start, uint64_t duration);
void vmi_rt_trace_code(const vm_engine *e, const char *function, const void *address, size_t bytes);

/* tier.c */
int64_t vmi_rt_heat_quantum(const vm_engine *e); /* work between two calls of vmi_rt_hot */
uint64_t vmi_rt_compile_cost(const vmi_func *f); /* predicted, in the same unit */
void vmi_rt_heat_flush(vmi_instance *inst);      /* bring the profile up to date */

/* Is it one that no handler catches? */
static inline bool vmi_trap_terminates(uint32_t code)
{
  return code == VM_TRAP_INTERRUPT || code == VM_TRAP_FUEL || code == VM_TRAP_DEADLINE ||
         code == VM_TRAP_EXIT;
}

static inline vm_isolate *vmi_isolate_of(vmi_thread *t) { return (vm_isolate *)t; }

#endif
