/* jit.c - tier 2's front: requests in, the background thread, statistics.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "state.h"

/* ---- the thread ---- */

static void finish(vmi_jit *jit)
{
  jit->busy = false;
  jit->current = NULL;
  pthread_cond_broadcast(&jit->changed);
}

static void run_batch(vmi_jit *jit, vmi_jit_batch *b)
{
  vmi_jit_build_batch(jit, b);
  pthread_mutex_lock(&jit->lock);
  if (jit->given_up && b->status == VM_OK) {
    b->status = VM_COMPILE;
    memcpy(b->why, jit->stats.reason, sizeof jit->stats.reason);
  }
  b->done = true;
  finish(jit);
  pthread_mutex_unlock(&jit->lock);
}

/* How long to sleep: until woken, but for a worker to be sent home or code to be unloaded. */
static uint64_t idle_ms(vmi_jit *jit)
{
  uint64_t until = jit->worker.pid != 0 ? VMI_JIT_IDLE_MS : 3600000;
  pthread_mutex_lock(&jit->lock);
  if (jit->nretired > 0 && jit->trim_wait < until) until = jit->trim_wait;
  uint64_t next = vmi_jit_renewal_next(jit), now = next != UINT64_MAX ? vmi_jit_now() : 0;
  if (next <= now) until = 1;
  else if (next != UINT64_MAX && (next - now) / 1000000 < until) until = 1 + (next - now) / 1000000;
  pthread_mutex_unlock(&jit->lock);
  return until;
}

static void run_request(vmi_jit *jit, const vmi_jit_request *r, const vmi_jit_renewal *renewal)
{
  if (renewal != NULL) vmi_jit_build_renewal(jit, renewal);
  else vmi_jit_build_request(jit, r);
  pthread_mutex_lock(&jit->lock);
  finish(jit);
  pthread_mutex_unlock(&jit->lock);
}

/* One piece of work: what is waited for, then what is interpreted, then what could be better. False
 * if there was none. */
static bool work(vmi_jit *jit)
{
  vmi_jit_request request;
  vmi_jit_renewal renewal;
  pthread_mutex_lock(&jit->lock);
  vmi_jit_batch *b = jit->batches;
  bool any = b != NULL || vmi_jit_queue_take(jit, &request);
  bool renews = !any && vmi_jit_renewal_take(jit, &renewal);
  if (renews) any = true, request.shared = renewal.shared;
  if (b != NULL) jit->batches = b->next;
  bool warm = jit->warm && !any && !jit->given_up;
  jit->warm = false;
  jit->busy = any;
  if (any) jit->current = b != NULL ? b->shared : request.shared;
  if (!any) pthread_cond_broadcast(&jit->changed);
  pthread_mutex_unlock(&jit->lock);
  if (b != NULL) {
    run_batch(jit, b);
  } else if (any) {
    run_request(jit, &request, renews ? &renewal : NULL);
  } else if (warm) {
    vmi_jit_prepare(jit);
  }
  return any || warm;
}

/* Sleep until there is work. A worker that speaks or dies unasked is replaced, one that is not
 * needed for long is sent home. */
static void idle(vmi_jit *jit)
{
  uint64_t ms = idle_ms(jit), until = vmi_jit_now() + ms * UINT64_C(1000000);
  if (vmi_jit_wait(jit, until)) {
    vmi_jit_lost_worker(jit, "the compiler worker died between compiles");
  } else if (vmi_jit_now() >= until && ms >= VMI_JIT_IDLE_MS) {
    vmi_jit_worker_stop(&jit->worker);
  }
}

static void *background(void *arg)
{
  vmi_jit *jit = arg;
  while (!atomic_load(&jit->stop)) {
    bool worked = work(jit);
    vmi_jit_trim(jit);
    if (!worked) idle(jit);
  }
  vmi_jit_worker_stop(&jit->worker);
  return NULL;
}

void vmi_jit_wake(vmi_jit *jit)
{
  uint64_t one = 1;
  while (write(jit->wake, &one, sizeof one) < 0 && errno == EINTR) {}
}

/* Lock held. The thread takes no signal of the host's: it is born with all blocked, because a mask
 * is inherited; the caller's own is as before when this returns. */
bool vmi_jit_start_thread(vmi_jit *jit)
{
  if (jit->running) return true;
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
  jit->running = pthread_create(&jit->thread, NULL, background, jit) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return jit->running;
}

bool vmi_jit_own(const vmi_jit *jit) { return getpid() == jit->process; }

static bool foreign(const vmi_jit *jit) { return !vmi_jit_own(jit); }

/* ---- called by the run time ---- */

/* The guest's thread never waits for ours, which may hold the lock and not be running. */
static bool on_hot(void *data, vm_module *shared, uint32_t func, bool enter)
{
  vmi_jit *jit = data;
  if (!jit->background || func < shared->m->nimported_funcs || func >= shared->m->nfuncs) return true;
  vmi_code *code = &shared->code[func];
  uint64_t start = jit->engine->trace != NULL ? vmi_jit_now() : 0;
  uint32_t state = atomic_load_explicit(&code->tier_state, memory_order_relaxed);
  if ((state == VMI_TIER_COMPILED && !enter) || state == VMI_TIER_FAILED || foreign(jit)) return true;
  if (pthread_mutex_trylock(&jit->lock) != 0) return false;
  bool revived = vmi_jit_revive(jit, shared, func, enter);
  bool added = !revived && !jit->given_up && vmi_jit_start_thread(jit) &&
               vmi_jit_queue_add(jit, shared, func, enter);
  if (added) {
    uint32_t cold = VMI_TIER_COLD;
    atomic_compare_exchange_strong(&code->tier_state, &cold, VMI_TIER_QUEUED);
  } else if (!revived && jit->given_up && state != VMI_TIER_COMPILED) {
    atomic_store_explicit(&code->tier_state, VMI_TIER_FAILED, memory_order_relaxed);
  }
  pthread_mutex_unlock(&jit->lock);
  if (added) vmi_jit_wake(jit);
  if (start != 0) {
    vmi_rt_trace(jit->engine, "compiler", "queue", vmi_jit_name(shared, func), start,
                 vmi_jit_now() - start);
  }
  return true;
}

static bool on_wrong(void *data, vm_module *shared, uint32_t func)
{
  vmi_jit *jit = data;
  if (!jit->background || foreign(jit)) return true;
  if (pthread_mutex_trylock(&jit->lock) != 0) return false;
  bool again = !jit->given_up && vmi_jit_start_thread(jit) && vmi_jit_correct(jit, shared, func);
  pthread_mutex_unlock(&jit->lock);
  if (again) vmi_jit_wake(jit);
  return again;
}

/* The worker takes a few milliseconds to start: it can do that before it is needed. */
static bool on_warm(void *data)
{
  vmi_jit *jit = data;
  if (!jit->background || foreign(jit)) return true;
  uint64_t start = jit->engine->trace != NULL ? vmi_jit_now() : 0;
  if (pthread_mutex_trylock(&jit->lock) != 0) return false;
  jit->warm = !jit->given_up && vmi_jit_start_thread(jit);
  bool warm = jit->warm;
  pthread_mutex_unlock(&jit->lock);
  if (warm) vmi_jit_wake(jit);
  if (start != 0) {
    vmi_rt_trace(jit->engine, "compiler", "warm", NULL, start, vmi_jit_now() - start);
  }
  return true;
}

/* Back to the interpreter, for whoever still looks at the records. */
static void unpublish(vm_module *shared)
{
  for (uint32_t i = shared->m->nimported_funcs; i < shared->m->nfuncs; i++) {
    uint32_t state = atomic_load_explicit(&shared->code[i].tier_state, memory_order_relaxed);
    if (state == VMI_TIER_COMPILED) vmi_jit_unpublish(shared, i);
  }
}

static void drop_record(vmi_jit *jit, vmi_jit_module *r, bool unload)
{
  uint32_t nfuncs = r->shared->m->nfuncs;
  if (r->known_to != 0) {
    if (jit->nforgotten < VMI_JIT_FORGOTTEN) jit->forgotten[jit->nforgotten] = r->shared->id;
    if (jit->nforgotten <= VMI_JIT_FORGOTTEN) jit->nforgotten++;
  }
  *r->link = r->next;
  if (r->next != NULL) r->next->link = r->link;
  if (unload) unpublish(r->shared);
  r->shared->jit_data = NULL;
  while (r->loaded != NULL) {
    vmi_jit_loaded *next = r->loaded->next;
    jit->stats.code_bytes -= r->loaded->bytes;
    if (r->loaded->retired) jit->nretired--, jit->retired_bytes -= r->loaded->bytes;
    if (foreign(jit)) { /* the file is the parent's */
      vmi_free(&jit->alloc, r->loaded->path, r->loaded->path_size);
      r->loaded->path = NULL;
    }
    if (unload) vmi_jit_unload(&jit->alloc, r->loaded);
    else vmi_jit_abandon(&jit->alloc, r->loaded);
    r->loaded = next;
  }
  for (uint32_t i = 0; i < nfuncs; i++) vmi_jit_set_reason(jit, r, i, NULL);
  vmi_free(&jit->alloc, r->funcs, (nfuncs + 1u) * sizeof *r->funcs);
  vmi_free(&jit->alloc, r, sizeof *r);
}

/* In a forked child the lock may have been held by a thread that does not exist there; but then
 * nobody else is there to disturb either. */
static void on_forget(void *data, vm_module *shared)
{
  vmi_jit *jit = data;
  bool own = !foreign(jit);
  if (own) {
    pthread_mutex_lock(&jit->lock);
    vmi_jit_queue_drop(jit, shared, VMI_TIER_COLD);
    while (jit->current == shared && jit->reading) pthread_cond_wait(&jit->changed, &jit->lock);
    if (jit->current == shared) jit->current = NULL;
  }
  if (shared->jit_data != NULL) drop_record(jit, shared->jit_data, true);
  if (own) pthread_mutex_unlock(&jit->lock);
}

static bool on_scan(void *data, const uintptr_t *from, const uintptr_t *to)
{
  vmi_jit *jit = data;
  return foreign(jit) || vmi_jit_scan(jit, from, to);
}

const vmi_jit_ops vmi_jit_engine_ops = {on_hot, on_wrong, on_warm, on_forget, on_scan};

/* ---- life ---- */

static bool copy_text(vmi_jit *jit, const char *text, char **copy, size_t *size)
{
  if (text == NULL) return true;
  *size = strlen(text) + 1;
  *copy = vmi_new(&jit->alloc, *size);
  if (*copy != NULL) memcpy(*copy, text, *size);
  return *copy != NULL;
}

static void dispose(vmi_jit *jit)
{
  vmi_alloc a = jit->alloc;
  if (jit->wake >= 0) close(jit->wake);
  vmi_cache_close(&jit->cache);
  vmi_free(&a, jit->worker_path, jit->worker_path_size);
  vmi_free(&a, jit->temp_dir, jit->temp_dir_size);
  vmi_free(&a, jit->queue, jit->queue_capacity * sizeof jit->queue[0]);
  vmi_free(&a, jit->renewals, jit->renewal_capacity * sizeof jit->renewals[0]);
  vmi_free(&a, jit, sizeof *jit);
}

/* What the emitter is asked for: part of the identity of its code. */
static uint32_t options_of(const vmi_jit *jit)
{
  return VMI_JIT_OPT_LEVEL | (jit->engine->meter_fuel ? VMI_ENTRY_FUEL : 0) |
         (jit->keep_code ? VMI_ENTRY_LINES : 0) |
         (jit->engine->force_exits ? VMI_ENTRY_EXITS : 0) |
         (jit->engine->force_guesses ? VMI_ENTRY_GUESSES : 0) |
         (jit->engine->guard ? VMI_ENTRY_GUARD : 0);
}

static vm_status open_cache(vmi_jit *jit, const char *dir, vm_error *e)
{
  char why[VM_ERROR_TEXT];
  vmi_entry_identify(&jit->cache.id, options_of(jit));
  if (!vmi_jit_find_worker(jit->worker_path, jit->cache.worker, why, sizeof why)) {
    jit->cache.worker[0] = 0;
  }
  vmi_cache_tools(jit->cache.worker, jit->cache.id.tools);
  return dir != NULL ? vmi_cache_open(&jit->cache, dir, e) : VM_OK;
}

vm_status vmi_jit_new(vm_engine *engine, const vmi_jit_config *config, vmi_jit **out, vm_error *e)
{
  vmi_jit *jit = vmi_new_zero(&engine->alloc, 1, sizeof *jit);
  if (jit == NULL) return vmi_no_memory(e);
  jit->engine = engine;
  jit->alloc = engine->alloc;
  jit->worker.fd = -1;
  jit->cache.dir = -1;
  jit->keep_code = config->keep_code;
  jit->trust_native = config->trust_native;
  jit->process = getpid();
  jit->background = config->background;
  jit->cache.max = config->max_cache ? config->max_cache : UINT64_C(1) << 30;
  jit->max_code = config->max_code ? config->max_code : UINT64_C(256) << 20;
  jit->trim_wait = 1;
  jit->timeout_ns = (config->unit_timeout_ms ? config->unit_timeout_ms : 60000) * UINT64_C(1000000);
  jit->stats.available = true;
  jit->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (jit->wake < 0) {
    int error = errno;
    dispose(jit);
    return vmi_fail(e, VM_LIMIT, "compiler: cannot make an event descriptor: %s", strerror(error));
  }
  if (!copy_text(jit, config->worker, &jit->worker_path, &jit->worker_path_size) ||
      !copy_text(jit, config->temp_dir, &jit->temp_dir, &jit->temp_dir_size)) {
    dispose(jit);
    return vmi_no_memory(e);
  }
  vm_status status = open_cache(jit, config->cache_dir, e);
  if (status != VM_OK) {
    dispose(jit);
    return status;
  }
  if (pthread_mutex_init(&jit->lock, NULL) != 0) {
    dispose(jit);
    return vmi_no_memory(e);
  }
  if (pthread_cond_init(&jit->changed, NULL) != 0) {
    pthread_mutex_destroy(&jit->lock);
    dispose(jit);
    return vmi_no_memory(e);
  }
  engine->jit = jit;
  engine->jit_ops = &vmi_jit_engine_ops;
  *out = jit;
  return VM_OK;
}

void vmi_jit_free(vmi_jit *jit)
{
  if (jit == NULL) return;
  if (!foreign(jit)) {
    if (jit->running) {
      atomic_store(&jit->stop, true);
      vmi_jit_wake(jit);
      pthread_join(jit->thread, NULL);
    }
    pthread_cond_destroy(&jit->changed);
    pthread_mutex_destroy(&jit->lock);
  } else if (jit->worker.fd >= 0) {
    close(jit->worker.fd);
  }
  /* Should a module be left against the rules, its code may be running: it stays mapped. */
  while (jit->modules != NULL) drop_record(jit, jit->modules, false);
  if (jit->engine->jit == jit) {
    jit->engine->jit = NULL;
    jit->engine->jit_ops = NULL;
  }
  dispose(jit);
}

/* ---- called by the API ---- */

/* The bit map of `funcs` (NULL: all), whose former failures are forgotten. MEMORY, ARGUMENT. */
static vm_status want(vmi_jit *jit, vm_module *shared, const uint32_t *funcs, uint32_t n,
                      uint8_t **wanted, vm_error *e)
{
  const vmi_module *m = shared->m;
  uint32_t failed = VMI_TIER_FAILED;
  *wanted = NULL;
  if (funcs == NULL) {
    for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++, failed = VMI_TIER_FAILED) {
      atomic_compare_exchange_strong(&shared->code[i].tier_state, &failed, VMI_TIER_COLD);
    }
    return VM_OK;
  }
  for (uint32_t i = 0; i < n; i++) {
    if (funcs[i] < m->nfuncs) continue;
    return vmi_fail(e, VM_ARGUMENT, "compile: function %u does not exist, the module has %u",
                    funcs[i], m->nfuncs);
  }
  *wanted = vmi_new_zero(&jit->alloc, m->nfuncs / 8 + 1, 1);
  if (*wanted == NULL) return vmi_no_memory(e);
  for (uint32_t i = 0; i < n; i++, failed = VMI_TIER_FAILED) {
    (*wanted)[funcs[i] / 8] |= (uint8_t)(1u << funcs[i] % 8);
    atomic_compare_exchange_strong(&shared->code[funcs[i]].tier_state, &failed, VMI_TIER_COLD);
  }
  return VM_OK;
}

static void submit(vmi_jit *jit, vmi_jit_batch *b)
{
  pthread_mutex_lock(&jit->lock);
  vmi_jit_module *r = b->shared->jit_data;
  if (r != NULL) r->blame = 0; /* the host knows what it asks for */
  for (uint32_t i = 0; r != NULL && i < b->shared->m->nfuncs; i++) {
    if (b->wanted == NULL || vmi_jit_bit(b->wanted, i)) r->funcs[i].excluded = false;
  }
  if (jit->given_up) {
    b->status = VM_COMPILE;
    memcpy(b->why, jit->stats.reason, sizeof jit->stats.reason);
  } else if (!vmi_jit_start_thread(jit)) {
    b->status = VM_COMPILE;
    strcpy(b->why, "the compiler's thread cannot be started");
  } else {
    vmi_jit_batch **last = &jit->batches;
    while (*last != NULL) last = &(*last)->next;
    *last = b;
    vmi_jit_wake(jit);
    while (!b->done) pthread_cond_wait(&jit->changed, &jit->lock);
  }
  pthread_mutex_unlock(&jit->lock);
}

vm_status vmi_jit_compile(vmi_jit *jit, vm_module *shared, const uint32_t *funcs, uint32_t n,
                          vm_error *e)
{
  if (foreign(jit)) {
    return vmi_fail(e, VM_COMPILE, "compile: the compiler belongs to the parent process");
  }
  vmi_jit_batch batch = {.shared = shared};
  uint8_t *wanted;
  vm_status status = want(jit, shared, funcs, n, &wanted, e);
  if (status != VM_OK) return status;
  batch.wanted = wanted;
  submit(jit, &batch);
  vmi_free(&jit->alloc, wanted, shared->m->nfuncs / 8 + 1);
  if (batch.status == VM_OK) return VM_OK;
  return vmi_fail(e, batch.status, "compile: %.200s", batch.why);
}

void vmi_jit_drain(vmi_jit *jit)
{
  if (foreign(jit)) return;
  pthread_mutex_lock(&jit->lock);
  while (jit->running && (jit->nqueue > 0 || jit->batches != NULL || jit->busy)) {
    pthread_cond_wait(&jit->changed, &jit->lock);
  }
  pthread_mutex_unlock(&jit->lock);
}

static void cache_stats(vmi_jit *jit, vmi_jit_stats *out)
{
  out->cache_rejected = atomic_load(&jit->cache.rejected);
  out->cache_stored = atomic_load(&jit->cache.stored);
}

void vmi_jit_get_stats(vmi_jit *jit, vmi_jit_stats *out)
{
  if (foreign(jit)) {
    *out = jit->stats;
    cache_stats(jit, out);
    out->available = false;
    strcpy(out->reason, "the compiler belongs to the parent process");
    return;
  }
  pthread_mutex_lock(&jit->lock);
  *out = jit->stats;
  cache_stats(jit, out);
  out->queued = jit->nqueue + (jit->busy ? 1 : 0);
  for (const vmi_jit_batch *b = jit->batches; b != NULL; b = b->next) out->queued++;
  pthread_mutex_unlock(&jit->lock);
}
