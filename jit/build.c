/* build.c - what the background thread does with a request: unit, worker, publication.
 *
 * SPDX-License-Identifier: MIT
 *
 * While the worker compiles, nothing here looks at the module, so that it can be forgotten without
 * waiting for GCC: `hold` and `release` bracket the places that do look.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "state.h"

/* ---- holding the module ---- */

static bool hold(vmi_jit *jit)
{
  pthread_mutex_lock(&jit->lock);
  jit->reading = jit->current != NULL;
  bool held = jit->reading;
  pthread_mutex_unlock(&jit->lock);
  return held;
}

static void release(vmi_jit *jit)
{
  pthread_mutex_lock(&jit->lock);
  jit->reading = false;
  pthread_cond_broadcast(&jit->changed);
  pthread_mutex_unlock(&jit->lock);
}

/* ---- failures ---- */

static bool given_up(vmi_jit *jit)
{
  pthread_mutex_lock(&jit->lock);
  bool up = jit->given_up;
  pthread_mutex_unlock(&jit->lock);
  return up;
}

static void note(vmi_jit *jit, const char *why)
{
  pthread_mutex_lock(&jit->lock);
  vmi_jit_clean(jit->stats.reason, sizeof jit->stats.reason, why, strlen(why));
  pthread_mutex_unlock(&jit->lock);
}

void vmi_jit_give_up(vmi_jit *jit, const char *why)
{
  vmi_jit_worker_stop(&jit->worker);
  note(jit, why);
  pthread_mutex_lock(&jit->lock);
  jit->given_up = true;
  jit->stats.available = false;
  vmi_jit_queue_drop(jit, NULL, VMI_TIER_FAILED);
  pthread_mutex_unlock(&jit->lock);
}

static void bury_worker(vmi_jit *jit, const char *why)
{
  vmi_jit_worker_stop(&jit->worker);
  pthread_mutex_lock(&jit->lock);
  jit->stats.worker_deaths++;
  pthread_mutex_unlock(&jit->lock);
  jit->deaths++;
  note(jit, why);
}

void vmi_jit_lost_worker(vmi_jit *jit, const char *why)
{
  bury_worker(jit, why);
  if (++jit->bad_starts < VMI_JIT_MAX_DEATHS) return;
  char text[VM_ERROR_TEXT];
  snprintf(text, sizeof text, "given up after %d failures in a row; the last: %.120s",
           VMI_JIT_MAX_DEATHS, why);
  vmi_jit_give_up(jit, text);
}

/* A unit cost the worker. Whoever made the module may have meant it to: it shall not be able to keep
 * the worker from the other modules. Nothing more of this one is compiled once it went too far. */
static void blame_module(vmi_jit *jit, const char *why)
{
  char text[VM_ERROR_TEXT];
  pthread_mutex_lock(&jit->lock);
  vm_module *shared = jit->current;
  vmi_jit_module *r = shared != NULL ? shared->jit_data : NULL;
  bool enough = r != NULL && (r->blame += VMI_JIT_BLAME) >= VMI_JIT_MAX_BLAME;
  if (enough) {
    vmi_jit_queue_drop(jit, shared, VMI_TIER_FAILED);
    for (uint32_t i = shared->m->nimported_funcs; i < shared->m->nfuncs; i++) {
      uint32_t cold = VMI_TIER_COLD;
      atomic_compare_exchange_strong(&shared->code[i].tier_state, &cold, VMI_TIER_FAILED);
    }
    snprintf(text, sizeof text, "module %.60s given up; the last failure: %.80s",
             shared->m->name.size != 0 ? shared->m->name.data : "", why);
    vmi_jit_clean(jit->stats.reason, sizeof jit->stats.reason, text, strlen(text));
  }
  pthread_mutex_unlock(&jit->lock);
}

/* Nothing more is to be compiled, at all or of the current module. */
static bool hopeless(vmi_jit *jit)
{
  pthread_mutex_lock(&jit->lock);
  const vmi_jit_module *r = jit->current != NULL ? jit->current->jit_data : NULL;
  bool up = jit->given_up || (r != NULL && r->blame >= VMI_JIT_MAX_BLAME);
  pthread_mutex_unlock(&jit->lock);
  return up;
}

static const char *end_text(vmi_jit_end e)
{
  switch (e) {
  case VMI_JIT_DIED: return "the compiler worker died";
  case VMI_JIT_TIMEOUT: return "the compiler worker took too long and was killed";
  case VMI_JIT_GARBAGE: return "the compiler worker sent garbage and was killed";
  case VMI_JIT_GONE: return "the module is gone";
  default: return "the compiler is shutting down";
  }
}

/* Something went wrong in a conversation: say what, and end the worker unless it is well. */
static void settle(vmi_jit *jit, vmi_jit_end e, char *why, size_t size)
{
  if (e == VMI_JIT_OK || e == VMI_JIT_REFUSED) return;
  if (e == VMI_JIT_NEVER) {
    if (!given_up(jit)) vmi_jit_give_up(jit, why);
    return;
  }
  snprintf(why, size, "%s", end_text(e));
  if (e == VMI_JIT_GARBAGE) vmi_jit_lost_worker(jit, why);
  if (e != VMI_JIT_DIED && e != VMI_JIT_TIMEOUT) return;
  bury_worker(jit, why);
  blame_module(jit, why);
}

/* ---- worker ---- */

/* After the nth death in a row, 20 ms << n, up to 0.64 s. */
static bool back_off(vmi_jit *jit)
{
  if (jit->deaths == 0) return !atomic_load(&jit->stop);
  uint64_t until = vmi_jit_now() + (UINT64_C(20000000) << (jit->deaths < 5 ? jit->deaths : 5));
  while (!atomic_load(&jit->stop) && vmi_jit_now() < until) vmi_jit_wait(jit, until);
  return !atomic_load(&jit->stop);
}

/* Pass on which modules are gone. One id too many costs a worker, not a leak. */
static void pass_forgotten(vmi_jit *jit)
{
  uint64_t ids[VMI_JIT_FORGOTTEN], deadline = vmi_jit_now() + jit->timeout_ns;
  pthread_mutex_lock(&jit->lock);
  uint32_t n = jit->nforgotten;
  memcpy(ids, jit->forgotten, sizeof ids);
  jit->nforgotten = 0;
  pthread_mutex_unlock(&jit->lock);
  bool ok = n <= VMI_JIT_FORGOTTEN;
  for (uint32_t i = 0; i < n && ok && jit->worker.pid != 0; i++) {
    ok = vmi_jit_send(jit, VMI_MSG_FORGET, &ids[i], sizeof ids[i], NULL, 0, deadline) == VMI_JIT_OK;
  }
  if (!ok) vmi_jit_worker_stop(&jit->worker);
}

/* A worker that will not start is no unit's fault, so it is tried again here, until we give up. */
static vmi_jit_end ensure_worker(vmi_jit *jit, char *why, size_t size)
{
  vmi_jit_worker *w = &jit->worker;
  pass_forgotten(jit);
  if (w->pid != 0 && (w->compiles >= VMI_JIT_MAX_COMPILES || w->resident > VMI_JIT_MAX_RESIDENT)) {
    vmi_jit_worker_stop(w);
  }
  if (w->pid != 0) return VMI_JIT_OK;
  for (;;) {
    if (!back_off(jit)) return VMI_JIT_STOPPED;
    vmi_jit_end e = vmi_jit_worker_start(jit, why, size);
    if (e == VMI_JIT_OK || e == VMI_JIT_STOPPED || e == VMI_JIT_NEVER) return e;
    vmi_jit_lost_worker(jit, why);
    if (given_up(jit)) return VMI_JIT_NEVER;
  }
}

static vmi_jit_end hear_reply(vmi_jit *jit, uint64_t about, uint64_t deadline, vmi_msg_reply *reply,
                              char *why, size_t size)
{
  vmi_jit_end e = vmi_jit_receive(jit, VMI_MSG_REPLY, reply, sizeof *reply, deadline);
  if (e != VMI_JIT_OK) return e;
  if (reply->about != about || reply->ok > 1) return VMI_JIT_GARBAGE;
  jit->worker.resident = reply->resident;
  if (reply->ok) return VMI_JIT_OK;
  vmi_jit_clean(why, size, reply->text, sizeof reply->text);
  return VMI_JIT_REFUSED;
}

vmi_jit_module *vmi_jit_record(vmi_jit *jit, vm_module *shared)
{
  vmi_jit_module *r = shared->jit_data;
  if (r != NULL) return r;
  r = vmi_new(&jit->alloc, sizeof *r);
  if (r == NULL) return NULL;
  *r = (vmi_jit_module){.next = jit->modules, .link = &jit->modules, .shared = shared};
  r->funcs = vmi_new_zero(&jit->alloc, shared->m->nfuncs + 1u, sizeof *r->funcs);
  if (r->funcs == NULL) {
    vmi_free(&jit->alloc, r, sizeof *r);
    return NULL;
  }
  if (r->next != NULL) r->next->link = &r->next;
  jit->modules = r;
  shared->jit_data = r;
  return r;
}

/* See that the worker has the module. Held on entry; on return held only if OK. */
static vmi_jit_end ensure_module(vmi_jit *jit, vm_module *shared, char *why, size_t size)
{
  pthread_mutex_lock(&jit->lock);
  vmi_jit_module *r = vmi_jit_record(jit, shared);
  bool known = r != NULL && r->known_to == jit->worker.generation;
  pthread_mutex_unlock(&jit->lock);
  if (known) return VMI_JIT_OK;
  if (r == NULL) {
    release(jit);
    snprintf(why, size, "out of memory");
    return VMI_JIT_REFUSED;
  }
  uint64_t id = shared->id, deadline = vmi_jit_now() + jit->timeout_ns;
  vmi_msg_reply reply;
  vmi_jit_end e = vmi_jit_send(jit, VMI_MSG_MODULE, &id, sizeof id, shared->bytes,
                               shared->size, deadline);
  release(jit);
  if (e == VMI_JIT_OK) e = hear_reply(jit, id, deadline, &reply, why, size);
  if (e != VMI_JIT_OK) return e;
  if (!hold(jit)) {
    /* Forgotten meanwhile; forget could not know that the worker has it. */
    e = vmi_jit_send(jit, VMI_MSG_FORGET, &id, sizeof id, NULL, 0, deadline);
    return e == VMI_JIT_OK ? VMI_JIT_GONE : e;
  }
  r->known_to = jit->worker.generation;
  return VMI_JIT_OK;
}

/* ---- publication ---- */

void vmi_jit_announce(vmi_jit *jit, vm_module *shared, const uint32_t *funcs, vmi_jit_loaded *loaded,
                      bool again)
{
  vmi_jit_module *r = shared->jit_data;
  loaded->next = r->loaded;
  r->loaded = loaded;
  loaded->module = r;
  loaded->since = jit->clock++;
  jit->stats.code_bytes += loaded->bytes;
  memcpy(loaded->funcs, funcs, loaded->n * sizeof funcs[0]);
  for (uint32_t i = 0; i < loaded->n; i++) {
    uint32_t state = atomic_load_explicit(&shared->code[funcs[i]].tier_state, memory_order_relaxed);
    if ((state == VMI_TIER_COMPILED && !again) || r->funcs[funcs[i]].excluded) continue;
    vmi_jit_publish(shared, loaded, i);
    r->funcs[funcs[i]].compiles++;
    vmi_jit_set_reason(jit, r, funcs[i], NULL);
  }
}

/* Publish a unit for the current module; `ns` is 0 if it came from the cache. */
static vmi_jit_end hand_over(vmi_jit *jit, const vmi_jit_unit *u, vmi_jit_loaded *loaded,
                             const vmi_unit_entry *entries, uint64_t ns, const uint8_t *code,
                             size_t code_size)
{
  uint64_t start = vmi_jit_now();
  pthread_mutex_lock(&jit->lock);
  vm_module *shared = jit->current;
  if (shared != NULL) {
    loaded->compile_ns = ns;
    vmi_jit_note_copies(&jit->alloc, loaded, u->funcs + u->published, u->n - u->published);
    vmi_jit_announce(jit, shared, u->funcs, loaded, true);
    vmi_jit_module *r = shared->jit_data;
    if (r->blame > 0) r->blame--;
    if (ns != 0) {
      jit->stats.compiled_units++;
      jit->stats.compiled_functions += u->published;
      jit->stats.compile_ns += ns;
      jit->stats.available = true;
    } else {
      jit->stats.cache_hits++;
    }
    for (uint32_t i = 0; loaded->quick && i < u->published; i++) {
      bool guesses = u->guess && shared->m->funcs[u->funcs[i]].npoints != 0;
      vmi_jit_renew_later(jit, shared, u->funcs[i],
                          guesses ? vmi_jit_now() + VMI_JIT_RENEW_WAIT * ns : 0);
    }
    vmi_jit_trace_code(shared, entries[0].native, code, code_size);
    vmi_rt_trace(jit->engine, "compiler", "publish", vmi_jit_name(shared, u->funcs[0]), start,
                 vmi_jit_now() - start);
  }
  pthread_mutex_unlock(&jit->lock);
  if (shared != NULL) return VMI_JIT_OK;
  vmi_jit_unload(&jit->alloc, loaded);
  return VMI_JIT_GONE;
}

/* ---- cache ---- */

/* What the current module's record says, in `out`; false if its hash is not known. */
static bool module_facts(vmi_jit *jit, vmi_jit_module *out)
{
  *out = (vmi_jit_module){0};
  pthread_mutex_lock(&jit->lock);
  vmi_jit_module *r = jit->current != NULL ? jit->current->jit_data : NULL;
  bool known = r != NULL && r->hashed;
  if (known) *out = *r;
  pthread_mutex_unlock(&jit->lock);
  return known;
}

/* What is in a loop has to get into the code there; kept code has entries or not. */
static bool lacks_entries(const vmi_jit_unit *u, const vmi_unit_entry *entries)
{
  for (uint32_t i = 0; i < u->published; i++) {
    if (u->enter[i] && entries[i].osr == NULL) return true;
  }
  return false;
}

/* Another process may have compiled this unit since the module was loaded. */
static vmi_jit_end from_cache(vmi_jit *jit, const vmi_jit_unit *u)
{
  vmi_jit_module facts;
  vmi_cache_hit hit;
  char why[VM_ERROR_TEXT];
  const vmi_unit_entry *entries = NULL;
  if (!module_facts(jit, &facts) || jit->cache.dir < 0 || facts.listing) return VMI_JIT_REFUSED;
  vmi_jit_loaded *loaded = NULL;
  if (vmi_cache_find(&jit->cache, &jit->alloc, facts.hash, u->funcs, u->n, u->published, &hit)) {
    loaded = vmi_jit_load_bytes(jit, hit.view.code, hit.view.head.code_size, u->published, &entries,
                                why, sizeof why);
    if (loaded != NULL && lacks_entries(u, entries)) {
      vmi_jit_unload(&jit->alloc, loaded);
      vmi_cache_drop(&jit->alloc, &hit);
      return VMI_JIT_REFUSED;
    }
    if (loaded != NULL && facts.retain) {
      vmi_jit_retain(jit, loaded, facts.hash, u, hit.view.code, hit.view.head.code_size);
    }
    if (loaded == NULL) {
      atomic_fetch_add(&jit->cache.rejected, 1);
      vmi_cache_drop(&jit->alloc, &hit);
    }
  }
  if (loaded != NULL) {
    vmi_jit_end e = hand_over(jit, u, loaded, entries, 0, hit.view.code, hit.view.head.code_size);
    vmi_cache_drop(&jit->alloc, &hit);
    return e;
  }
  pthread_mutex_lock(&jit->lock);
  jit->stats.cache_misses++;
  pthread_mutex_unlock(&jit->lock);
  return VMI_JIT_REFUSED;
}

/* ---- what the worker made ---- */

static void take_listing(vmi_jit *jit, vmi_jit_loaded *loaded, uint64_t number)
{
  char path[VMI_JIT_PATH];
  snprintf(path, sizeof path, "%s/u%llu.lst", jit->worker.dir, (unsigned long long)number);
  loaded->listing = (char *)vmi_jit_read_file(&jit->alloc, path, &loaded->listing_size);
  unlink(path);
}

/* `keep`: on disk, if there is a cache. */
static vmi_jit_end publish(vmi_jit *jit, const vmi_jit_unit *u, uint64_t number, uint64_t start,
                           bool keep, char *why, size_t size)
{
  char path[VMI_JIT_PATH];
  uint8_t *code = NULL;
  size_t code_size = 0;
  vmi_jit_module facts;
  const vmi_unit_entry *entries = NULL;
  vmi_jit_loaded *loaded;
  bool known = module_facts(jit, &facts);
  snprintf(path, sizeof path, "%s/u%llu.so", jit->worker.dir, (unsigned long long)number);
  if (known || jit->keep_code || jit->engine->trace != NULL) code = vmi_jit_read_file(&jit->alloc, path, &code_size);
  if (jit->keep_code && code != NULL) { /* the worker's directory will not stay */
    unlink(path);
    loaded = vmi_jit_load_bytes(jit, code, code_size, u->published, &entries, why, size);
  } else {
    loaded = vmi_jit_load(&jit->alloc, path, u->published, &entries, why, size);
  }
  vmi_jit_end e = VMI_JIT_REFUSED;
  if (loaded != NULL) loaded->quick = u->quick;
  if (loaded != NULL && facts.retain && !u->quick) vmi_jit_retain(jit, loaded, facts.hash, u, code, code_size);
  if (loaded != NULL && facts.listing) take_listing(jit, loaded, number);
  if (loaded != NULL) e = hand_over(jit, u, loaded, entries, vmi_jit_now() - start, code, code_size);
  if (loaded != NULL && known && code != NULL && keep) {
    vmi_cache_keep(&jit->cache, &jit->alloc, facts.hash, u->funcs, u->n, u->published, code, code_size);
  }
  vmi_free(&jit->alloc, code, code_size);
  return e;
}

/* ---- one unit ---- */

static vmi_jit_end send_unit(vmi_jit *jit, uint64_t module, const vmi_jit_unit *u, uint64_t number,
                             const vmi_guess *guesses, uint32_t nguesses, uint64_t deadline)
{
  vmi_msg_compile c = {.unit = number, .module = module, .n = u->n, .published = u->published,
                       .opt_level = u->quick ? VMI_JIT_QUICK_LEVEL : VMI_JIT_OPT_LEVEL,
                       .flags = u->quick ? VMI_MSG_RENEW : 0,
                       .cpu_seconds = (uint32_t)(jit->timeout_ns / 1000000000u) + 1};
  vmi_jit_module facts;
  uint32_t funcs[VMI_MSG_MAX_FUNCS];
  /* Code made in haste has entries at all loops: so has, then, what replaces it (form.c), and who is in
   * one gets from one to the other. */
  for (uint32_t i = 0; i < u->n; i++)
    funcs[i] = u->funcs[i] | (u->enter[i] || u->quick ? VMI_MSG_ENTER : 0);
  if (jit->engine->meter_fuel) c.flags |= VMI_MSG_METER_FUEL;
  if (jit->engine->guard) c.flags |= VMI_MSG_GUARD;
  if (jit->keep_code) c.flags |= VMI_MSG_LINES;
  if (module_facts(jit, &facts) && facts.listing) c.flags |= VMI_MSG_LISTING;
  if (jit->engine->force_exits) c.flags |= VMI_MSG_FORCE_EXITS;
  if (guesses == NULL)
    return vmi_jit_send(jit, VMI_MSG_COMPILE, &c, sizeof c, funcs, u->n * sizeof funcs[0], deadline);
  c.flags |= VMI_MSG_GUESS;
  size_t listed = u->n * sizeof funcs[0], size = listed + nguesses * sizeof *guesses;
  char *tail = vmi_new(&jit->alloc, size);
  if (tail == NULL) return VMI_JIT_REFUSED;
  memcpy(tail, funcs, listed);
  memcpy(tail + listed, guesses, nguesses * sizeof *guesses);
  vmi_jit_end e = vmi_jit_send(jit, VMI_MSG_COMPILE, &c, sizeof c, tail, size, deadline);
  vmi_free(&jit->alloc, tail, size);
  return e;
}

static void trace_compile(vmi_jit *jit, const vmi_jit_unit *u, uint64_t start)
{
  uint64_t end = vmi_jit_now();
  if (jit->engine->trace == NULL || !hold(jit)) return;
  vmi_rt_trace(jit->engine, "compiler", u->quick ? "quick" : "compile",
               vmi_jit_name(jit->current, u->funcs[0]), start, end - start);
  release(jit);
}

static vmi_jit_end converse(vmi_jit *jit, const vmi_jit_unit *u, char *why, size_t size)
{
  vmi_msg_reply reply;
  if (vmi_jit_full(jit, true)) {
    snprintf(why, size, "the limit of compiled code (max_code) is reached");
    return VMI_JIT_REFUSED;
  }
  vmi_jit_end e = from_cache(jit, u);
  if (e != VMI_JIT_REFUSED) return e;
  e = ensure_worker(jit, why, size);
  if (e != VMI_JIT_OK) return e;
  if (!hold(jit)) return VMI_JIT_GONE;
  vm_module *shared = jit->current;
  e = ensure_module(jit, shared, why, size);
  if (e != VMI_JIT_OK) return e;
  uint64_t id = shared->id, number = jit->next_unit++, start = vmi_jit_now();
  uint32_t nguesses = 0;
  bool guess = u->guess || jit->engine->force_guesses;
  vmi_guess *guesses = guess ? vmi_jit_guesses(&jit->alloc, shared, u, &nguesses) : NULL;
  release(jit);
  uint64_t deadline = start + jit->timeout_ns;
  jit->worker.compiles++;
  e = send_unit(jit, id, u, number, guesses, nguesses, deadline);
  /* What this run saw need not be what the next one meets. */
  bool keep = !u->quick && (guesses == NULL || jit->engine->force_guesses);
  vmi_free(&jit->alloc, guesses, nguesses * sizeof *guesses);
  if (e == VMI_JIT_OK) e = hear_reply(jit, number, deadline, &reply, why, size);
  trace_compile(jit, u, start);
  if (e != VMI_JIT_OK) return e;
  jit->deaths = jit->bad_starts = 0;
  return publish(jit, u, number, start, keep, why, size);
}

static void set_states(vmi_jit *jit, const vmi_jit_unit *u, vmi_tier_state state)
{
  if (!hold(jit)) return;
  for (uint32_t i = 0; i < u->published; i++) {
    vmi_code *c = &jit->current->code[u->funcs[i]];
    if (atomic_load_explicit(&c->tier_state, memory_order_relaxed) == VMI_TIER_COMPILED) continue;
    atomic_store_explicit(&c->tier_state, state, memory_order_relaxed);
  }
  release(jit);
}

static void fail_unit(vmi_jit *jit, const vmi_jit_unit *u, const char *why)
{
  set_states(jit, u, VMI_TIER_FAILED);
  pthread_mutex_lock(&jit->lock);
  vmi_jit_module *r = jit->current != NULL ? vmi_jit_record(jit, jit->current) : NULL;
  for (uint32_t i = 0; r != NULL && i < u->published; i++) {
    if (r->funcs[u->funcs[i]].unit == NULL) vmi_jit_set_reason(jit, r, u->funcs[i], why);
  }
  pthread_mutex_unlock(&jit->lock);
}

static vmi_jit_end try_unit(vmi_jit *jit, const vmi_jit_unit *u, char *why, size_t size)
{
  set_states(jit, u, VMI_TIER_QUEUED);
  vmi_jit_end e = converse(jit, u, why, size);
  settle(jit, e, why, size);
  if (e == VMI_JIT_OK || e == VMI_JIT_STOPPED || e == VMI_JIT_GONE) return e;
  if (e == VMI_JIT_REFUSED) note(jit, why);
  vmi_rt_trace(jit->engine, "compiler", "fail", why, vmi_jit_now(), 0);
  pthread_mutex_lock(&jit->lock);
  jit->stats.failed_units++;
  pthread_mutex_unlock(&jit->lock);
  return e;
}

/* Compile a unit. One function may spoil it for the others (GCC refuses a tail call, say), so that
 * after a failure each is tried alone; not after a timeout, which would only repeat. */
static bool build_unit(vmi_jit *jit, const vmi_jit_unit *u, char *why, size_t size)
{
  vmi_jit_end e = try_unit(jit, u, why, size);
  if (e == VMI_JIT_OK) return true;
  bool retry = u->n > 1 && (e == VMI_JIT_REFUSED || e == VMI_JIT_DIED) && !hopeless(jit);
  if (!retry) {
    fail_unit(jit, u, why);
    return false;
  }
  bool all = true;
  for (uint32_t i = 0; i < u->published; i++) {
    vmi_jit_unit one = {.n = 1, .published = 1, .guess = u->guess,
                        .funcs = {u->funcs[i]}, .enter = {u->enter[i]}};
    bool ok = !hopeless(jit) && try_unit(jit, &one, why, size) == VMI_JIT_OK;
    if (!ok) fail_unit(jit, &one, why);
    all = all && ok;
  }
  return all;
}

/* ---- requests ---- */

static uint32_t tier_of(const vm_module *shared, uint32_t func)
{
  return atomic_load_explicit(&shared->code[func].tier_state, memory_order_relaxed);
}

/* Form the unit of a request from `root` on, unless it came along with another or failed. Held. */
static bool form_request(const vmi_jit_request *r, uint32_t root, vmi_jit_unit *u)
{
  uint32_t state = tier_of(r->shared, r->func);
  bool has = state == VMI_TIER_COMPILED;
  if (has && r->enter) has = atomic_load(&r->shared->code[r->func].osr) != NULL;
  if (has || state == VMI_TIER_FAILED) return false;
  /* The first code shall be there soon; what is forced or replaced is made properly. */
  const vm_engine *e = r->shared->engine;
  u->alone = false;
  u->guess = true;
  u->quick = state != VMI_TIER_COMPILED && !e->force_exits && !e->force_osr;
  vmi_jit_form(r->shared, root, NULL, vmi_jit_work(r->shared, r->func), u);
  if (u->quick && vmi_jit_lives_on_calls(r->shared, u)) u->quick = false;
  u->enter[0] = u->enter[0] || (r->enter && root == r->func);
  return true;
}

/* There is no room: it has to become hot from the start. */
static void turn_away(vmi_jit *jit, const vmi_jit_request *r)
{
  if (!hold(jit)) return;
  atomic_store_explicit(&r->shared->profile[r->func].work, 0, memory_order_relaxed);
  vmi_jit_cool(r, VMI_TIER_COLD);
  release(jit);
}

void vmi_jit_build_request(vmi_jit *jit, const vmi_jit_request *r)
{
  vmi_jit_unit u;
  char why[VM_ERROR_TEXT] = "";
  if (vmi_jit_full(jit, false)) {
    turn_away(jit, r);
    return;
  }
  if (!hold(jit)) return;
  uint32_t root = r->enter ? r->func : vmi_jit_root(r->shared, r->func);
  bool wanted = form_request(r, root, &u);
  release(jit);
  if (!wanted) return;
  build_unit(jit, &u, why, sizeof why);
  if (root == r->func || hopeless(jit)) return;
  /* The caller's budget may have been used up by other callees. */
  if (!hold(jit)) return;
  wanted = form_request(r, r->func, &u);
  release(jit);
  if (wanted) build_unit(jit, &u, why, sizeof why);
}

/* If it fails, the code that is there stays. */
void vmi_jit_build_renewal(vmi_jit *jit, const vmi_jit_renewal *r)
{
  vmi_jit_unit u = {.alone = true, .guess = true};
  char why[VM_ERROR_TEXT] = "";
  if (vmi_jit_full(jit, false) || !hold(jit)) return;
  bool wanted = tier_of(r->shared, r->func) == VMI_TIER_COMPILED &&
                !vmi_jit_is_done(r->shared, r->func);
  /* The counts ended when there was code: who was called at all may be hot. */
  if (wanted) vmi_jit_form(r->shared, r->func, NULL, VMI_JIT_CALLED, &u);
  release(jit);
  if (wanted && !hopeless(jit)) try_unit(jit, &u, why, sizeof why);
}

void vmi_jit_prepare(vmi_jit *jit)
{
  char why[VM_ERROR_TEXT] = "";
  vmi_jit_end e = ensure_worker(jit, why, sizeof why);
  settle(jit, e, why, sizeof why);
}

/* Form the unit of `func` if it still has to be compiled. */
static bool next_of_batch(vmi_jit *jit, const vmi_jit_batch *b, uint32_t func, vmi_jit_unit *u)
{
  if (b->wanted != NULL && !vmi_jit_bit(b->wanted, func)) return false;
  if (!hold(jit)) return false;
  uint32_t state = tier_of(b->shared, func);
  bool wanted = !vmi_jit_is_done(b->shared, func) && state != VMI_TIER_FAILED;
  u->quick = u->alone = u->guess = false;
  if (wanted) vmi_jit_form(b->shared, func, b->wanted, 0, u);
  release(jit);
  return wanted;
}

static void fail_batch(vmi_jit_batch *b, const char *why)
{
  if (b->status != VM_OK) return; /* the first reason stands */
  b->status = VM_COMPILE;
  vmi_jit_clean(b->why, sizeof b->why, why, strlen(why));
}

/* First the functions that no other one calls, each with what it calls; then what is left. */
void vmi_jit_build_batch(vmi_jit *jit, vmi_jit_batch *b)
{
  const vmi_module *m = b->shared->m;
  char why[VM_ERROR_TEXT] = "";
  size_t map_size = m->nfuncs / 8 + 1;
  uint8_t *called = vmi_new_zero(&jit->alloc, map_size, 1); /* NULL: only the order is worse */
  if (called != NULL) vmi_jit_mark_called(m, called);
  for (int round = called != NULL ? 0 : 1; round < 2; round++) {
    for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
      vmi_jit_unit u;
      if (round == 0 && vmi_jit_bit(called, i)) continue;
      if (atomic_load(&jit->stop) || hopeless(jit)) break;
      if (!next_of_batch(jit, b, i, &u)) continue;
      if (!build_unit(jit, &u, why, sizeof why)) fail_batch(b, why);
      vmi_jit_trim(jit);
    }
  }
  if (atomic_load(&jit->stop)) fail_batch(b, end_text(VMI_JIT_STOPPED));
  vmi_free(&jit->alloc, called, map_size);
}
