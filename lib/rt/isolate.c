/* isolate.c - making and ending an isolate; where the collector finds its roots.
 *
 * SPDX-License-Identifier: MIT
 */
#include "dynamic.h"

#include <string.h>
#include <sys/mman.h>

/* ---- roots ---- */

static void visit_host_frame(vmi_heap *heap, vmi_gc_visit *visit, const vmi_slot *fp)
{
  const vmi_code *code = fp[2].ptr;
  const vmi_host_func *h = code->host;
  for (uint32_t i = 0; i < h->nparams; i++)
    if (vmi_type_traced(h->params[i])) visit(heap, fp[VMI_FRAME_HEADER + i].u64);
}

static void visit_locals(vmi_heap *heap, vmi_gc_visit *visit, const vmi_func *f, const vmi_slot *locals)
{
  for (uint32_t w = 0; w < (f->nlocals + 31) / 32; w++)
    for (uint32_t bits = f->local_refs[w]; bits; bits &= bits - 1)
      visit(heap, locals[w * 32 + (uint32_t)__builtin_ctz(bits)].u64);
}

static void visit_guest_frame(vmi_heap *heap, vmi_gc_visit *visit, const vmi_slot *fp)
{
  const vmi_instance *inst = fp[1].ptr;
  const vmi_func *f = &inst->module->funcs[fp[2].u64 >> 32];
  const vmi_slot *locals = fp + VMI_FRAME_HEADER, *stack = locals + f->nlocals;
  if (f->has_local_refs) visit_locals(heap, visit, f, locals);
  const vmi_refmap *map = vmi_func_refmap(f, (uint32_t)fp[2].u64);
  if (!map) return;
  for (uint32_t i = 0; i < map->depth; i++)
    if (vmi_refmap_bit(f, map, i)) visit(heap, stack[i].u64);
}

static void visit_frames(vmi_heap *heap, vmi_gc_visit *visit, const vmi_thread *t)
{
  for (const vmi_slot *fp = t->frame; fp; fp = fp[0].ptr) {
    visit(heap, fp[1].u64);
    if (fp[1].ptr) visit_guest_frame(heap, visit, fp);
    else visit_host_frame(heap, visit, fp);
  }
}

static void visit_ref(vmi_heap *heap, vmi_gc_visit *visit, const void *object)
{
  visit(heap, (uintptr_t)object);
}

static void visit_handles(vmi_heap *heap, vmi_gc_visit *visit, const vm_isolate *iso)
{
  const vmi_handle *h = iso->handles.data, *p = iso->persistent.data;
  for (uint32_t i = 0; i < iso->nhandles; i++) visit(heap, h[i].word);
  for (size_t i = 0; i < iso->persistent.count; i++) visit(heap, p[i].word);
}

/* What is on its way up through the frames. */
static void visit_unwinding(vmi_heap *heap, vmi_gc_visit *visit, const vmi_thread *t)
{
  if (t->unwind == VMI_UNWIND_NONE) return;
  if (t->unwind == VMI_UNWIND_TAILCALL) visit_ref(heap, visit, t->tail_instance);
  if (t->unwind == VMI_UNWIND_EXCEPTION) {
    visit(heap, t->payload);
    visit_ref(heap, visit, t->exn);
  }
  if (t->unwind == VMI_UNWIND_EXCEPTION || t->unwind == VMI_UNWIND_TERMINATE)
    for (uint32_t i = 0; i < t->trace_count; i++) visit_ref(heap, visit, t->trace[i].instance);
}

static void visit_roots(void *ctx, vmi_heap *heap, vmi_gc_visit *visit)
{
  vm_isolate *iso = ctx;
  iso->marking++;
  visit_frames(heap, visit, &iso->thread);
  visit_handles(heap, visit, iso);
  visit_unwinding(heap, visit, &iso->thread);
  visit_ref(heap, visit, iso->uncaught);
  visit_ref(heap, visit, iso->emergency);
  vmi_rt_instances_roots(iso, heap, visit);
  if (iso->dynamic) vmi_rt_dynamic_roots(iso, heap, visit);
  vmi_rt_definitions_roots(iso, heap, visit);
}

/* ---- making ---- */

enum { DEFAULT_STACK = 8 << 20, DEFAULT_NATIVE_STACK = 4 << 20, MIN_STACK = 64 << 10 };

/* Behind the stack, where nothing can be written: should a frame ever be written past the end, the
 * process ends instead of the neighbour's data. A frame of the largest function fits. */
enum { STACK_GUARD = 512 << 10 };

static bool make_stack(vm_isolate *iso, size_t bytes)
{
  size_t size = bytes ? bytes : DEFAULT_STACK;
  if (size < MIN_STACK) size = MIN_STACK;
  size = (size + 4095) & ~(size_t)4095;
  void *p = mmap(NULL, size + STACK_GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                 -1, 0);
  if (p == MAP_FAILED) return false;
  if (mprotect(p, size, PROT_READ | PROT_WRITE) != 0) {
    munmap(p, size + STACK_GUARD);
    return false;
  }
  vmi_thread *t = &iso->thread;
  iso->stack_bytes = size;
  t->stack = t->host_top = p;
  t->stack_end = t->stack + size / sizeof(vmi_slot);
  atomic_init(&t->limit, vmi_rt_stack_limit(t));
  return true;
}

#ifdef VMI_GC_STRESS
enum { STRESS_BUILD = true };
#else
enum { STRESS_BUILD = false };
#endif

static void on_collected(void *ctx, uint64_t start, uint64_t ns)
{
  vmi_rt_trace(((vm_isolate *)ctx)->engine, "collector", "collect", NULL, start, ns);
}

static void on_marked(void *ctx)
{
  vmi_rt_instances_marked(ctx); /* first: the caches of those that are gone are gone */
  vmi_rt_dynamic_marked(ctx);
}

static bool make_heap(vm_isolate *iso, const vmi_isolate_config *c)
{
  bool verify = c->gc_verify || iso->engine->gc_verify || STRESS_BUILD;
  vmi_gc_config config = {.max_bytes = c->max_heap,
                          .stress = c->gc_stress || iso->engine->gc_stress || STRESS_BUILD,
                          .poison = c->gc_poison || verify,
                          .verify = verify,
                          .trace = vmi_rt_instance_trace,
                          .marked = on_marked,
                          .collected = iso->engine->trace != NULL ? on_collected : NULL};
  iso->thread.heap = vmi_gc_new(&iso->alloc, &config, &iso->thread.front, visit_roots, iso);
  if (!iso->thread.heap || vmi_rt_types_init(iso) != VM_OK || !vmi_rt_dynamic_init(iso)) return false;
  iso->emergency = (vmi_exn_obj *)vmi_gc_alloc(iso->thread.heap, VMI_TYPE_EXN);
  return iso->emergency != NULL;
}

vm_status vmi_rt_isolate_new(vm_engine *e, const vmi_isolate_config *c, vm_isolate **out,
                             vm_error *err)
{
  vm_isolate *iso = vmi_new_zero(&e->alloc, 1, sizeof *iso);
  if (!iso) return vmi_no_memory(err);
  iso->engine = e;
  iso->alloc = e->alloc;
  iso->native_budget = c->native_stack ? c->native_stack : DEFAULT_NATIVE_STACK;
  iso->thread.isolate = iso;
  iso->thread.helpers = &vmi_rt_helpers;
  iso->thread.fuel = INT64_MAX;
  if (e->switching) vmi_rt_switch_seed(iso);
  vmi_arena_init(&iso->arena, &iso->alloc);
  vmi_rt_engine_retain(e);
  if (!make_stack(iso, c->stack_size) || !make_heap(iso, c)) {
    vmi_rt_isolate_free(iso);
    return vmi_no_memory(err);
  }
  pthread_mutex_lock(&e->lock);
  iso->next_isolate = e->isolates;
  e->isolates = iso;
  pthread_mutex_unlock(&e->lock);
  *out = iso;
  return VM_OK;
}

/* One that was not made completely is not in the list. */
static void unlist(vm_isolate *iso)
{
  pthread_mutex_lock(&iso->engine->lock);
  for (vm_isolate **p = &iso->engine->isolates; *p; p = &(*p)->next_isolate) {
    if (*p != iso) continue;
    *p = iso->next_isolate;
    break;
  }
  pthread_mutex_unlock(&iso->engine->lock);
}

static void free_handles(vm_isolate *iso)
{
  vmi_vec_free(&iso->alloc, &iso->handles);
  vmi_vec_free(&iso->alloc, &iso->persistent);
  vmi_vec_free(&iso->alloc, &iso->scopes);
}

void vmi_rt_isolate_free(vm_isolate *iso)
{
  vm_engine *e = iso->engine;
  vmi_rt_watchdog_forget(iso);
  if (iso->thread.heap) {
    vmi_gc_finalize_all(iso->thread.heap);
    vmi_gc_run_finalizers(iso->thread.heap);
  }
  vmi_rt_instances_free(iso);
  for (vmi_host_func *h = iso->host_funcs; h; h = h->next)
    if (h->drop) h->drop(h->user);
  unlist(iso); /* from here on it runs nothing */
  vmi_rt_dynamic_free(iso);
  if (iso->thread.heap) vmi_gc_free(iso->thread.heap);
  free_handles(iso);
  vmi_rt_definitions_free(iso);
  vmi_rt_types_free(iso);
  if (iso->thread.stack) munmap(iso->thread.stack, iso->stack_bytes + STACK_GUARD);
  vmi_arena_free(&iso->arena);
  vmi_free(&e->alloc, iso, sizeof *iso);
  vmi_rt_engine_release(e);
}
