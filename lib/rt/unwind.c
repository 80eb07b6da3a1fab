/* unwind.c - exceptions, traps, terminations and tail calls on their way through frames.
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing jumps: a function that cannot go on sets thread->unwind and returns; every caller tests
 * the flag. The backtrace grows while frames are left, innermost first, in fixed storage, so that
 * raising an exception allocates nothing; the exception object is made where a handler or the host
 * asks for it.
 */
#include "dynamic.h"

void vmi_rt_trace_add(vmi_thread *t, const vmi_code *code, vmi_instance *inst, uint32_t pc)
{
  if (t->trace_count < VMI_TRACE_MAX)
    t->trace[t->trace_count++] = (vmi_trace_entry){code, code->host ? NULL : inst, pc};
  t->trace_total++;
}

static void add_frame(vmi_thread *t, uint64_t id)
{
  vmi_rt_trace_add(t, &t->instance->code[id >> 32], t->instance, (uint32_t)id);
}

/* Callers that were inlined are in the backtrace if they were linked. */
void vmi_rt_unlink_faulted(vmi_thread *t, const vmi_slot *fp)
{
  vmi_slot *frame = t->frame;
  bool known = t->faulted == VMI_FAULTED_LINKED; /* the function's own: it stands there already */
  for (; frame >= fp; frame = frame[0].ptr, known = false)
    if (!known) add_frame(t, frame[2].u64);
  t->frame = frame;
  t->faulted = VMI_FAULTED_NOT;
}

static void begin(vmi_thread *t, vmi_unwind kind, uint32_t code, uint64_t payload, vmi_exn_obj *exn)
{
  t->unwind = kind;
  t->trap_code = code;
  t->payload = payload;
  t->exn = exn;
  t->trace_count = t->trace_total = 0;
}

void vmi_rt_trap(vmi_thread *t, uint32_t code, uint64_t id)
{
  begin(t, VMI_UNWIND_EXCEPTION, code, VMI_DYN_NIL, NULL);
  vmi_isolate_of(t)->traps++;
  add_frame(t, id);
}

void vmi_rt_throw(vmi_thread *t, uint64_t payload, uint64_t id)
{
  begin(t, VMI_UNWIND_EXCEPTION, VM_TRAP_NONE, payload, NULL);
  vmi_isolate_of(t)->exceptions++;
  add_frame(t, id);
}

void vmi_rt_raise(vmi_thread *t, vmi_exn_obj *exn)
{
  begin(t, VMI_UNWIND_EXCEPTION, exn->code, exn->payload, exn);
  for (; t->trace_count < vmi_rt_exn_frames(exn); t->trace_count++)
    t->trace[t->trace_count] = vmi_rt_exn_frame(exn, t->trace_count);
  t->trace_total = exn->trace_total;
}

void vmi_rt_rethrow(vmi_thread *t, void *exn, uint64_t id)
{
  if (!exn) {
    vmi_rt_trap(t, VM_TRAP_NULL_REFERENCE, id);
    return;
  }
  vmi_rt_raise(t, exn);
  /* The frame that caught it stands last in the backtrace already. */
  const vmi_code *here = &t->instance->code[id >> 32];
  if (t->trace_count == 0 || t->trace_count == VMI_TRACE_MAX ||
      t->trace[t->trace_count - 1].code != here)
    add_frame(t, id);
}

/* ---- requests ---- */

/* The bit goes first, so that a request which comes meanwhile is not lost. */
static bool pause_stops(vm_isolate *iso)
{
  atomic_fetch_and(&iso->requests, ~(uint32_t)VMI_REQUEST_PAUSE);
  return iso->pause && iso->pause(iso, iso->pause_user) != VM_OK;
}

uint32_t vmi_rt_request_code(vmi_thread *t)
{
  vm_isolate *iso = vmi_isolate_of(t);
  uint32_t requests = atomic_load(&iso->requests);
  if (requests & VMI_REQUEST_PAUSE) {
    if (pause_stops(iso)) return VM_TRAP_INTERRUPT;
    requests = atomic_load(&iso->requests);
  }
  if (requests & VMI_REQUEST_INTERRUPT) return VM_TRAP_INTERRUPT;
  if (requests & VMI_REQUEST_DEADLINE) return VM_TRAP_DEADLINE;
  if (t->fuel < 0) {
    if (iso->limit_fuel) return VM_TRAP_FUEL;
    t->fuel = INT64_MAX;
  }
  return VM_TRAP_NONE;
}

/* Nothing was asked for after all: let frames grow again, unless a request came in between. */
static void restore_limit(vmi_thread *t)
{
  atomic_store(&t->limit, vmi_rt_stack_limit(t));
  if (atomic_load(&vmi_isolate_of(t)->requests)) atomic_store(&t->limit, 0);
}

static bool must_stop(vmi_thread *t, uint64_t id)
{
  uint32_t code = vmi_rt_request_code(t);
  if (code == VM_TRAP_NONE) return false;
  begin(t, VMI_UNWIND_TERMINATE, code, VMI_DYN_NIL, NULL);
  add_frame(t, id);
  return true;
}

/* Is compiled code to leave its frame here? */
static bool must_leave(vmi_thread *t)
{
  const vm_engine *e = vmi_isolate_of(t)->engine;
  return e->force_exits && (!e->switching || vmi_rt_draw(t, 2) == 0);
}

uint32_t vmi_rt_poll(vmi_thread *t, vmi_slot *fp, uint64_t id)
{
  (void)fp;
  vmi_rt_scan(t);
  if (must_stop(t, id)) return 1;
  restore_limit(t);
  return must_leave(t) ? 2 : 0;
}

/* From code that was made in haste, and can be left where it asks. */
uint32_t vmi_rt_poll_renew(vmi_thread *t, vmi_slot *fp, uint64_t id)
{
  uint32_t verdict = vmi_rt_poll(t, fp, id);
  uint32_t func = (uint32_t)(id >> 32);
  bool renewed = atomic_load_explicit(&t->instance->shared->profile[func].renewed, memory_order_acquire);
  bool way_in = atomic_load_explicit(&t->instance->code[func].osr, memory_order_acquire) != NULL;
  return verdict == 0 && renewed && way_in ? 2 : verdict;
}

uint32_t vmi_rt_enter(vmi_thread *t, vmi_slot *fp, uint64_t id, uint32_t frame_size)
{
  uint32_t osr_label = t->osr_label;
  if (VMI_UNLIKELY(osr_label != 0)) {
    t->osr_label = 0;
    restore_limit(t);
    return 1 + osr_label;
  }
  vmi_rt_scan(t);
  if (must_stop(t, id)) return 1;
  restore_limit(t);
  if ((uintptr_t)(fp + frame_size) <= vmi_rt_stack_limit(t)) return 0;
  vmi_rt_trap(t, VM_TRAP_STACK_OVERFLOW, id);
  return 1;
}

/* ---- catching ---- */

vmi_exn_obj *vmi_rt_exn_new(vm_isolate *iso, uint32_t code, uint64_t payload)
{
  vmi_exn_obj *exn = (vmi_exn_obj *)vmi_gc_alloc(iso->thread.heap, VMI_TYPE_EXN);
  if (!exn) {
    exn = iso->emergency;
    vmi_gc_barrier(iso->thread.heap, &exn->header);
    exn->trace = NULL;
    exn->trace_total = 0;
  }
  exn->code = code;
  exn->payload = payload;
  return exn;
}

/* ---- a backtrace as an array of words ----
 *
 * Three for each frame: the instance, so that its code stays; the code's address with a bit that says that
 * it is no object; the pc as an integer. */

enum { TRACE_WORDS = 3 };
#define NO_OBJECT 2ull

uint32_t vmi_rt_exn_frames(const vmi_exn_obj *exn)
{
  const vmi_words *trace = (const vmi_words *)exn->trace;
  return trace ? trace->length / TRACE_WORDS : 0;
}

vmi_trace_entry vmi_rt_exn_frame(const vmi_exn_obj *exn, uint32_t index)
{
  const uint64_t *at = ((const vmi_words *)exn->trace)->item + (size_t)index * TRACE_WORDS;
  return (vmi_trace_entry){(const vmi_code *)(uintptr_t)(at[1] & ~NO_OBJECT),
                           (vmi_instance *)(uintptr_t)at[0], (uint32_t)at[2]};
}

static void put_frame(vmi_words *trace, uint32_t index, const vmi_trace_entry *e)
{
  uint64_t *at = trace->item + (size_t)index * TRACE_WORDS;
  at[0] = (uintptr_t)e->instance;
  at[1] = (uintptr_t)e->code | NO_OBJECT;
  at[2] = VMI_DYN_INT | (uint32_t)e->pc;
}

/* Hand the backtrace in flight over to the object. Without memory the exception goes without. */
static void store_trace(vmi_thread *t, vmi_exn_obj *exn)
{
  vmi_words *trace = vmi_rt_words_new(vmi_isolate_of(t), t->trace_count * TRACE_WORDS);
  for (uint32_t i = 0; trace && i < t->trace_count; i++) put_frame(trace, i, &t->trace[i]);
  vmi_gc_barrier(t->heap, &exn->header);
  exn->trace = (vmi_obj *)trace;
  exn->trace_total = t->trace_total;
}

vmi_exn_obj *vmi_rt_take_exception(vmi_thread *t)
{
  /* Allocation may collect: what is in flight stays reachable through the thread meanwhile. */
  if (!t->exn) {
    t->exn = vmi_rt_exn_new(vmi_isolate_of(t), t->trap_code, VMI_DYN_NIL);
    vmi_gc_barrier(t->heap, &t->exn->header);
    t->exn->payload = t->payload;
  }
  vmi_exn_obj *exn = t->exn;
  store_trace(t, exn);
  t->unwind = VMI_UNWIND_NONE;
  t->exn = NULL;
  t->payload = VMI_DYN_NIL;
  return exn;
}

/* A program that only throws and catches must still be stoppable, by requests and by fuel: a catch
 * costs a unit like a backward branch. */
static bool stopped_at_catch(vmi_thread *t)
{
  bool dry = vmi_isolate_of(t)->engine->meter_fuel && --t->fuel < 0;
  uintptr_t limit = atomic_load_explicit(&t->limit, memory_order_relaxed);
  if (VMI_LIKELY(limit != 0 && !dry)) return false;
  uint32_t code = vmi_rt_request_code(t);
  if (code == VM_TRAP_NONE) {
    restore_limit(t);
    return false;
  }
  t->unwind = VMI_UNWIND_TERMINATE;
  t->trap_code = code;
  return true;
}

void *vmi_rt_catch(vmi_thread *t)
{
  if (t->unwind != VMI_UNWIND_EXCEPTION || stopped_at_catch(t)) return NULL;
  return vmi_rt_take_exception(t);
}

/* ---- calls by slot convention ---- */

static void enter_code(vmi_thread *t, vmi_slot *fp, const vmi_code *code, vmi_instance *instance)
{
  vmi_kept kept;
  vmi_keep(t, &kept, NULL);
  if (instance) t->instance = instance;
  atomic_load_explicit(&code->entry, memory_order_acquire)(t, fp, code);
  vmi_rt_settle(t, fp);
  vmi_unkeep(t, &kept);
}

void vmi_rt_call(vmi_thread *t, vmi_slot *callee_fp, void *code, void *instance)
{
  const vmi_code *c = code;
  if (VMI_UNLIKELY((uintptr_t)__builtin_frame_address(0) < t->native_limit)) {
    begin(t, VMI_UNWIND_EXCEPTION, VM_TRAP_STACK_OVERFLOW, VMI_DYN_NIL, NULL);
    vmi_isolate_of(t)->traps++;
    vmi_rt_trace_add(t, c, instance ? instance : t->instance, 0);
    return;
  }
  enter_code(t, callee_fp, c, instance);
}

void vmi_rt_tail(vmi_thread *t, void *code, void *instance)
{
  t->unwind = VMI_UNWIND_TAILCALL;
  t->tail_code = code;
  t->tail_instance = instance ? instance : t->instance; /* of a host function: who calls it */
}

static void resume(vmi_thread *t, vmi_slot *fp)
{
  vmi_kept kept;
  vmi_keep(t, &kept, NULL);
  t->instance = fp[1].ptr;
  vmi_isolate_of(t)->engine->resume(t, fp);
  vmi_unkeep(t, &kept);
}

void vmi_rt_run_tail_calls(vmi_thread *t, vmi_slot *fp)
{
  while (t->unwind >= VMI_UNWIND_LEAVE) {
    bool leave = t->unwind == VMI_UNWIND_LEAVE;
    t->unwind = VMI_UNWIND_NONE;
    if (leave) resume(t, fp);
    else enter_code(t, fp, t->tail_code, t->tail_instance);
  }
}

uint32_t vmi_rt_after_call(vmi_thread *t, vmi_slot *callee_fp, uint64_t id)
{
  vmi_rt_settle(t, callee_fp);
  vmi_rt_run_tail_calls(t, callee_fp);
  if (t->unwind == VMI_UNWIND_NONE) return must_leave(t) ? 2 : 0;
  add_frame(t, id);
  return 1;
}

uint32_t vmi_rt_slow_path(vmi_thread *t, vmi_slot *callee_fp, void *code, void *instance, uint64_t id)
{
  vmi_rt_call(t, callee_fp, code, instance);
  return vmi_rt_after_call(t, callee_fp, id);
}

/* ---- from a loop of the interpreter into compiled code ---- */

/* The first label at `offset`, or nlabels. */
static uint32_t label_at(const vmi_func *f, uint32_t offset)
{
  uint32_t low = 0, high = f->nlabels;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (f->labels[middle].offset < offset) low = middle + 1;
    else high = middle;
  }
  return low < f->nlabels && f->labels[low].offset == offset ? low : f->nlabels;
}

/* The way in costs the compiled function nothing: it is called like any other time, but with
 * thread->limit lowered, so that its check of the frame's size asks vmi_rt_enter, which sends it to
 * the label. */
bool vmi_rt_osr(vmi_thread *t, vmi_slot *fp, const vmi_code *code, uint32_t offset)
{
  vmi_entry *osr = atomic_load_explicit(&code->osr, memory_order_acquire);
  if (osr == NULL) return false;
  uint32_t label = label_at(code->func, offset);
  uint64_t need = vmi_native_frame_estimate(code->func);
  if (label == code->func->nlabels ||
      (uintptr_t)__builtin_frame_address(0) < t->native_limit + need)
    return false;
  vm_isolate *iso = vmi_isolate_of(t);
  if (iso->engine->switching && vmi_rt_draw(t, 2) == 0) return false;
  t->frame = fp[0].ptr;
  t->osr_label = label + 1;
  iso->loop_entries++;
  if (iso->engine->meter_fuel) t->fuel++; /* the entry takes it back */
  atomic_store(&t->limit, 0);
  osr(t, fp, code);
  vmi_rt_settle(t, fp);
  return true;
}
