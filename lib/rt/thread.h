/* thread.h - the state a running guest touches: slots, frames, thread, instance, code records.
 *
 * SPDX-License-Identifier: MIT
 *
 * Compiled code reads these structures at fixed offsets (the worker includes this header), so a
 * change here changes VMI_ABI_VERSION.
 *
 * A frame is a row of 8-byte slots on the thread's VM stack:
 *
 *   fp[0]  link     previous linked frame (vmi_slot *), or NULL
 *   fp[1]  instance vmi_instance * of the function, or NULL for a host function's frame
 *   fp[2]  id       (function index << 32) | pc of the safepoint; host frame: const vmi_code *
 *   fp[3]  aux      tier 0: operand depth at the safepoint; tier 1: the instruction that called it,
 *                   if that is tier 1 too; VMI_AUX_NATIVE for compiled code; a frame that
 *                   compiled code left: operand depth, with VMI_AUX_CALLED behind a call, or
 *                   VMI_AUX_WRONG;
 *                   host frame: number of argument slots
 *   fp[4 ..]        parameters, environment, locals; then the operand stack
 *
 * A callee's frame starts at the caller's fp + frame_size; its arguments (and for a function with
 * an environment, that, behind them) are put at callee_fp[4 ..] by the slot convention, its
 * results come back at callee_fp[0 ..]. thread->frame is the newest linked frame. The interpreter
 * links every frame; compiled code links a frame only when it makes real calls or slow-path calls
 * while it has traced slots, and unlinks it (thread->frame = fp[0]) before it returns.
 *
 * The id's pc is VMI_PC_NONE when only locals are live (a catch).
 */
#ifndef VMI_THREAD_H
#define VMI_THREAD_H

#include <stdatomic.h>

#include "feedback.h"
#include "gc.h"
#include "module.h"
#include "verify.h"

enum { VMI_ABI_VERSION = 10 };

typedef union vmi_slot {
  int32_t i32;
  uint32_t u32;
  int64_t i64;
  uint64_t u64; /* dyn words too */
  float f32;
  double f64;
  vmi_obj *ref;
  void *ptr;
} vmi_slot;

_Static_assert(sizeof(vmi_slot) == 8 && sizeof(void *) == 8, "libvm needs a 64-bit host");

#define VMI_PC_NONE UINT32_MAX
#define VMI_AUX_NATIVE UINT64_MAX
/* The call at the id's pc is done, its results are at the callee's fp[0 ..] and not counted. */
#define VMI_AUX_CALLED 0x80000000ull
/* Compiled code left because it guessed wrong; see feedback.c. */
#define VMI_AUX_WRONG 0x40000000ull
#define VMI_FRAME_ID(func, pc) ((uint64_t)(func) << 32 | (uint32_t)(pc))

typedef struct vmi_thread vmi_thread;
typedef struct vmi_instance vmi_instance;
typedef struct vmi_code vmi_code;
typedef struct vmi_site vmi_site;     /* dynamic.h */
typedef struct vmi_symbol vmi_symbol;   /* the same */

/* Slot convention: arguments at fp[4 ..], results to fp[0 ..]; `code` is the callee. The caller
 * has set thread->instance to the callee's instance. On return thread->unwind may be set. */
typedef void vmi_entry(vmi_thread *t, vmi_slot *fp, const vmi_code *code);

/* What runs when a function is called. For module functions one record a function, in the engine's
 * module, shared by all isolates; for host functions one a definition. `entry` is never NULL.
 *
 * Native convention (`native`, may be NULL): R native(vmi_thread *t, vmi_slot *fp, params ...
 * [, env]); i32 as int32_t, i64 as int64_t, dyn as uint64_t, references as void *. R is the first
 * result's type or void; further results are at fp[1 ..] (the first is NOT at fp[0]). A call
 * through a reference always passes the callee's env as one more last argument. */
struct vmi_code {
  _Atomic(vmi_entry *) entry;
  _Atomic(void *) native;
  const vmi_func *func;      /* NULL for host functions */
  const vmi_module *module;  /* NULL for host functions */
  uint32_t index;
  _Atomic uint32_t tier_state; /* vmi_tier_state, written by the tier policy */
  const struct vmi_host_func *host; /* NULL for module functions */
  _Atomic(void *) quick;     /* tier 1's register code, or NULL; see lib/interp/quick.h */
  vmi_feedback *feedback;   /* [func->npoints]; of a module function */
  _Atomic(vmi_entry *) osr; /* compiled code from thread->osr_label on, see vmi_rt_osr; may be NULL */
};

typedef enum vmi_tier_state { /* of a function, engine-wide */
  VMI_TIER_COLD, VMI_TIER_QUEUED, VMI_TIER_COMPILED, VMI_TIER_FAILED
} vmi_tier_state;

/* ---- heap objects that the run time itself knows (types in vmi_isolate) ---- */
typedef struct vmi_func_obj { /* heap type func */
  vmi_obj header;          /* type: id of the function type */
  vmi_instance *instance;  /* NULL for a host function; traced */
  vmi_code *code;
  vmi_obj *env;            /* traced */
} vmi_func_obj;

typedef struct vmi_exn_obj { /* heap type exn */
  vmi_obj header;
  uint32_t code;       /* a vm_trap */
  uint32_t trace_total; /* frames unwound, of which trace holds the first */
  uint64_t payload;    /* dyn, traced */
  vmi_obj *trace;      /* the backtrace as an array of words, see unwind.c, or NULL; traced */
} vmi_exn_obj;

typedef struct vmi_extern_obj { /* heap type extern */
  vmi_obj header;
  void *data;
  void (*finalizer)(void *data); /* it tells who made the object; the collector has it too */
} vmi_extern_obj;

typedef struct vmi_weak_obj { /* heap type weak */
  vmi_obj header;
  vmi_obj *target; /* weak */
} vmi_weak_obj;

typedef struct vmi_array_obj {
  vmi_obj header;
  uint32_t length;
  uint32_t pad;
  char data[];
} vmi_array_obj;

/* ---- linear memories and tables, shared by the instances that import them ---- */
typedef struct vmi_memory_inst {
  uint8_t *base;
  uint64_t size;   /* bytes */
  uint32_t pages, max; /* max as declared, VMI_NO_INDEX: not; here and of tables */
  uint32_t refs;
  bool guarded;    /* in a reserved range: `base` never changes, see guard.h */
} vmi_memory_inst;

typedef struct vmi_table_inst {
  vmi_slot *items; /* references */
  uint32_t length, capacity, max;
  uint32_t refs;
  vm_type type;       /* of the elements, its heap index an isolate type id */
  uint64_t traced;    /* the collection that has traced it */
} vmi_table_inst;

/* ---- instance ---- */
/* An access that ends no more than that behind its address is checked by one comparison of the address
 * with memory_limit; near the end of the memory by an exact one behind it. */
enum { VMI_MEMORY_SLACK = 1024 };

/* An object of the heap, VMI_TYPE_INSTANCE: an array of words of which the collector knows nothing, and
 * asks instances.c. Stores into it and what hangs on it need no barrier. */
struct vmi_instance {
  vmi_obj header;
  uint32_t length;               /* of all that follows, in words */
  bool held;                     /* by the host: a root */
  vmi_code *code;                /* [nfuncs] of the module; imported functions' records unused */
  vmi_func_obj **imports;        /* [nimported_funcs] resolved; traced */
  vmi_func_obj **func_objs;      /* [nfuncs] made on demand; traced */
  vmi_slot **imported_globals;   /* [nimported_globals] */
  struct vmi_instance **global_owners; /* [nimported_globals] whose cells these are, NULL: the
                                    isolate's; traced */
  vmi_memory_inst **memories;    /* [nmemories] */
  vmi_table_inst **tables;       /* [ntables] */
  /* Compiled code finds here what memories[0] and tables[0] have there, if there are any; see
   * vmi_rt_instance_view. */
  uint8_t *memory_base;
  uint64_t memory_size;
  uint64_t memory_limit; /* from below that address on there are VMI_MEMORY_SLACK bytes */
  vmi_slot *table_items;
  uint32_t table_length;
  const uint32_t *type_ids;      /* [ntypes] module type -> isolate type id */
  int64_t *heat;                 /* [nfuncs] counts down, see below; below 0: vmi_rt_hot */
  uint8_t *dropped_data, *dropped_elem;
  vmi_site *sites;               /* [nsites] caches of the module's instructions with F_SITE */
  vmi_symbol **symbols;          /* [ndatas] of the segments that are names; traced */
  const vmi_module *module;
  struct vm_isolate *isolate;
  struct vm_module *shared;      /* the engine's module */
  struct vmi_loaded *loaded;     /* what the isolate has of it, with a reference to it */
  struct vmi_instance *next;     /* of the isolate */
  vmi_slot globals[];            /* [nglobals - nimported] own cells, traced by type */
};

/* A function's heat in the interpreters: what is left of a quantum of work, and below it how often
 * it was called, both counting down in one subtraction. Calls cost work, so that they cannot borrow
 * from it. */
enum { VMI_HEAT_SHIFT = 24 };
#define VMI_HEAT_WORK(work) ((int64_t)(work) << VMI_HEAT_SHIFT)
#define VMI_HEAT_CALL(work) (VMI_HEAT_WORK(work) + 1)
#define VMI_HEAT_FULL(quantum) (VMI_HEAT_WORK((quantum) + 1) - 1)

static inline vmi_slot *vmi_instance_global(vmi_instance *inst, uint32_t index)
{
  uint32_t imported = inst->module->nimported_globals;
  return index < imported ? inst->imported_globals[index] : &inst->globals[index - imported];
}

/* ---- thread ---- */
typedef enum vmi_unwind {
  VMI_UNWIND_NONE,
  VMI_UNWIND_EXCEPTION, /* trap_code, payload, exn say what */
  VMI_UNWIND_TERMINATE, /* trap_code says why; no handler catches it */
  VMI_UNWIND_LEAVE,     /* compiled code has left its frame: everything is in its slots, the link is
                           not; whoever called resumes it in the interpreter, like TAILCALL */
  VMI_UNWIND_TAILCALL   /* tail_code is to be called at the same fp, arguments in slots by the
                           slot convention; whoever called through the slot or native
                           convention does it, see vmi_rt_after_call */
} vmi_unwind;

typedef struct vmi_trace_entry {
  const vmi_code *code;
  vmi_instance *instance; /* root; that has the code, NULL for a host function's */
  uint64_t pc;
} vmi_trace_entry;

/* Somebody in C who will go on with an instance after a call: on the native stack, linked. Compiled code
 * need not link a frame, and a tail call takes a frame away, so that frames do not tell. (`outer` and
 * `instance` do not lie side by side here, since they do in the thread: GCC would copy both at once, and
 * wait for the word stored last.) */
typedef struct vmi_kept {
  vmi_instance *instance; /* root, or NULL */
  vmi_obj *object;        /* root, or NULL */
  struct vmi_kept *outer;
} vmi_kept;

enum { VMI_TRACE_MAX = 128 };

/* How far past thread->limit a callee's header and arguments may be written before its own check. */
enum { VMI_STACK_RESERVE = VMI_FRAME_HEADER + VMI_MAX_PARAMS + VMI_MAX_RESULTS + 64 };

struct vmi_thread {
  /* The one word every poll tests: a frame must end at or below it; 0 when anything is requested. */
  _Atomic uintptr_t limit;
  uintptr_t native_limit;     /* lowest usable native stack address */
  uint32_t unwind;            /* vmi_unwind; tested after every call */
  uint32_t trap_code;         /* vm_trap of the exception or termination in flight, or of the
                                 helper that just failed */
  vmi_slot *frame;            /* newest linked frame */
  vmi_instance *instance;     /* of the running guest function: root */
  const struct vmi_helpers *helpers;
  int64_t fuel;               /* counted down at polls when the engine meters fuel */
  const vmi_code *tail_code;  /* TAILCALL: the callee; its arguments (and environment) are in slots */
  vmi_instance *tail_instance; /* root */
  uint64_t payload;           /* EXCEPTION: dyn, root */
  vmi_exn_obj *exn;           /* EXCEPTION: the object if it exists already, root */
  vmi_gc_front front;
  vmi_heap *heap;
  struct vm_isolate *isolate;
  vmi_slot *stack, *stack_end; /* VM stack; limit is normally stack_end - VMI_STACK_RESERVE */
  vmi_slot *host_top;         /* where a call from the host puts its frame */
  uint32_t trace_count, trace_total;
  vmi_trace_entry trace[VMI_TRACE_MAX];
  uint64_t shape_epoch; /* goes up when a prototype changes; see dynamic.h */
  uint32_t osr_label; /* 1 + the label to enter the function now called at; 0: at its start */
  vmi_kept *kept;     /* the newest */
  uint32_t faulted;   /* vmi_faulted; until whoever called has put `frame` right */
};

/* The signal handler (guard.c) has left a compiled function in the middle. What that function and those
 * inlined in it have linked is still the newest of the thread's frames. */
typedef enum vmi_faulted { VMI_FAULTED_NOT, VMI_FAULTED, VMI_FAULTED_LINKED } vmi_faulted;

/* Keep the running instance over a call that may change it; undone by vmi_unkeep in the same function. */
static inline void vmi_keep(vmi_thread *t, vmi_kept *k, void *object)
{
  *k = (vmi_kept){.outer = t->kept, .instance = t->instance, .object = object};
  t->kept = k;
}
static inline void vmi_unkeep(vmi_thread *t, const vmi_kept *k)
{
  t->kept = k->outer;
  t->instance = k->instance;
}

/* Bytes of native stack that compiled code of a function may take beyond the reserve that is kept
 * below native_limit; an estimate. */
static inline uint64_t vmi_native_frame_estimate(const vmi_func *f)
{
  uint64_t words = 2ull * f->nlocals + f->max_stack + f->ninsns / 2;
  return words < 512 ? 0 : 16 * words;
}

/* ---- dyn words ---- */
#define VMI_DYN_NIL 0ull
#define VMI_DYN_FALSE 6ull
#define VMI_DYN_TRUE 7ull
#define VMI_DYN_INT 0xFFFE000000000000ull /* + the 32 bits; every word >= this is an integer */
#define VMI_DYN_DOUBLE 0x0002000000000000ull /* added to a double's bits */
#define VMI_NO_VALUE 2ull /* a word that no value has: bit 1 says that it is no object */
#define VMI_CANONICAL_NAN 0x7FF8000000000000ull
/* Between the first address and the first double a value is a pointer, so one comparison tells.
 * (vmi_is_pointer is for all words that the collector may meet: those of traces are no values.) */
#define VMI_DYN_POINTER 8ull
#define VMI_DYN_POINTERS (VMI_DYN_DOUBLE - VMI_DYN_POINTER)
static inline bool vmi_dyn_is_pointer(uint64_t w) { return w - VMI_DYN_POINTER < VMI_DYN_POINTERS; }
static inline bool vmi_dyn_is_int(uint64_t w) { return w >= VMI_DYN_INT; }
static inline bool vmi_dyn_is_double(uint64_t w) { return w >= VMI_DYN_DOUBLE && w < VMI_DYN_INT; }
static inline bool vmi_dyn_is_bool(uint64_t w) { return (w & ~1ull) == VMI_DYN_FALSE; }

#endif
