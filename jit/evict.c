/* evict.c - a cap on compiled code: units that went cold are unloaded while programs run.
 *
 * SPDX-License-Identifier: MIT
 *
 * Over the cap, the units that were published longest ago are *retired*: their functions go back to
 * the interpreter, but the code stays. A function that is still wanted is soon hot again, and then its
 * unit is taken back as it is (a second chance, as in a clock of pages). The others are unloaded as
 * soon as no isolate can be in them: see lib/rt/scan.c for how that is known. A unit all of whose
 * functions were compiled again is retired, too.
 *
 * All of it happens with the lock held, but for the unloading itself.
 */
#include "state.h"

#ifdef VM_SMALL_LIMITS
enum { GRACE_MS = 1, ROUND_MS = 1, MAX_WAIT_MS = 50 };
#else
enum { GRACE_MS = 20, ROUND_MS = 5, MAX_WAIT_MS = 1000 };
#endif
enum { AGAIN_SHARE = 8 }; /* a retired function is asked for again after this part of its threshold */

static uint64_t ms(uint64_t n) { return n * UINT64_C(1000000); }

/* ---- publication ---- */

void vmi_jit_publish(vm_module *shared, vmi_jit_loaded *u, uint32_t index)
{
  vmi_jit_module *r = shared->jit_data;
  uint32_t func = u->funcs[index];
  vmi_code *c = &shared->code[func];
  const vmi_unit_entry *from = &u->entries[index];
  vmi_jit_loaded *before = r->funcs[func].unit;
  /* Function pointers came as data from the unit; POSIX says that the two have one size. */
  vmi_entry *entry = (vmi_entry *)(uintptr_t)from->entry, *osr = (vmi_entry *)(uintptr_t)from->osr;
  atomic_store_explicit(&c->osr, osr, memory_order_release);
  bool start_interpreted = osr != NULL && shared->engine->force_osr;
  if (shared->engine->switching) {
    start_interpreted = vmi_rt_switch_hides(shared->engine, shared->id, func);
    if (start_interpreted) atomic_store(&shared->hidden[func], entry);
  }
  if (!start_interpreted) {
    atomic_store_explicit(&c->native, from->native, memory_order_release);
    atomic_store_explicit(&c->entry, entry, memory_order_release);
  }
  atomic_store_explicit(&c->tier_state, VMI_TIER_COMPILED, memory_order_release);
  atomic_store_explicit(&shared->profile[func].renewed, !u->quick, memory_order_release);
  r->funcs[func].unit = u;
  r->funcs[func].evicted = false;
  u->owned++;
  if (before != NULL) before->owned--;
  if (shared->engine->trace != NULL) {
    vmi_rt_trace(shared->engine, "tier", "2", vmi_jit_name(shared, func), vmi_rt_now(), 0);
  }
}

void vmi_jit_unpublish(vm_module *shared, uint32_t func)
{
  const vm_engine *e = shared->engine;
  vmi_code *c = &shared->code[func];
  bool quick = atomic_load_explicit(&c->quick, memory_order_acquire) != NULL;
  vmi_entry *entry = quick && !e->switching ? e->tier1 : e->interpret;
  atomic_store_explicit(&c->native, NULL, memory_order_release);
  atomic_store_explicit(&c->osr, NULL, memory_order_release);
  if (shared->hidden != NULL) atomic_store(&shared->hidden[func], NULL);
  atomic_store_explicit(&c->entry, entry, memory_order_release);
  atomic_store_explicit(&c->tier_state, VMI_TIER_COLD, memory_order_relaxed);
}

/* ---- retired and taken back ---- */

static void set_work(vm_module *shared, uint32_t func, uint64_t work)
{
  vmi_profile *p = &shared->profile[func];
  atomic_store_explicit(&p->work, work, memory_order_relaxed);
  atomic_store_explicit(&p->loop, 0, memory_order_relaxed);
  atomic_store(&p->enter_asked, false);
}

void vmi_jit_retire(vmi_jit *jit, vmi_jit_loaded *u)
{
  vm_module *shared = u->module->shared;
  for (uint32_t i = 0; i < u->n; i++) {
    uint32_t func = u->funcs[i];
    uint64_t need = vmi_rt_compile_cost(&shared->m->funcs[func]);
    if (u->module->funcs[func].unit != u) continue;
    vmi_jit_unpublish(shared, func);
    set_work(shared, func, need - need / AGAIN_SHARE);
    u->module->funcs[func].unit = NULL;
    u->module->funcs[func].evicted = true;
  }
  u->owned = 0;
  u->retired = true;
  u->round = jit->round + 1; /* only a round that begins after this says anything about it */
  u->since = vmi_jit_now();
  jit->nretired++;
  jit->retired_bytes += u->bytes;
  jit->trim_wait = ROUND_MS;
  vmi_rt_trace(jit->engine, "compiler", "retire", vmi_jit_name(shared, u->funcs[0]), u->since, 0);
}

static bool serves(const vmi_jit_loaded *u, const vm_module *shared, uint32_t func, bool enter)
{
  for (uint32_t i = 0; u->retired && !u->wrong && i < u->n; i++) {
    if (u->funcs[i] != func) continue;
    return shared->engine->force_osr || !enter || u->entries[i].osr != NULL;
  }
  return false;
}

bool vmi_jit_revive(vmi_jit *jit, vm_module *shared, uint32_t func, bool enter)
{
  vmi_jit_module *r = shared->jit_data;
  vmi_jit_loaded *u = r != NULL && jit->nretired > 0 ? r->loaded : NULL;
  while (u != NULL && !serves(u, shared, func, enter)) u = u->next;
  if (u == NULL) return false;
  u->retired = false;
  u->since = jit->clock++;
  jit->nretired--;
  jit->retired_bytes -= u->bytes;
  for (uint32_t i = 0; i < u->n; i++) {
    const vmi_jit_func *f = &r->funcs[u->funcs[i]];
    if (f->unit == NULL && !f->excluded) vmi_jit_publish(shared, u, i);
  }
  jit->stats.revived_units++;
  return true;
}

/* ---- choosing ---- */

/* A module that is to be written to a file keeps its code until then. */
static bool keeps(const vmi_jit_module *r) { return r->retain || r->listing; }

static vmi_jit_loaded *oldest(vmi_jit *jit, uint32_t *live)
{
  vmi_jit_loaded *best = NULL;
  *live = 0;
  for (vmi_jit_module *r = jit->modules; r != NULL; r = r->next) {
    for (vmi_jit_loaded *u = r->loaded; u != NULL; u = u->next) {
      if (u->retired || keeps(r)) continue;
      ++*live;
      if (best == NULL || u->since < best->since) best = u;
    }
  }
  return best;
}

/* Down to 7/8 of the cap, so that it is not one unit after the other; but one always stays. */
static void retire_oldest(vmi_jit *jit)
{
  uint64_t low = jit->max_code - jit->max_code / 8;
  uint32_t live = 2;
  if (jit->stats.code_bytes - jit->retired_bytes <= jit->max_code) return;
  while (jit->stats.code_bytes - jit->retired_bytes > low && live > 1) {
    vmi_jit_loaded *u = oldest(jit, &live);
    if (u != NULL && live > 1) vmi_jit_retire(jit, u);
  }
}

static void retire_replaced(vmi_jit *jit)
{
  for (vmi_jit_module *r = jit->modules; r != NULL; r = r->next) {
    for (vmi_jit_loaded *u = r->loaded; u != NULL; u = u->next) {
      if (!u->retired && u->owned == 0 && !keeps(r)) vmi_jit_retire(jit, u);
    }
  }
}

/* ---- unloading ---- */

static bool mark(void *ctx, uintptr_t address)
{
  vmi_jit *jit = ctx;
  for (vmi_jit_module *r = jit->modules; r != NULL; r = r->next) {
    for (vmi_jit_loaded *u = r->loaded; u != NULL; u = u->next) {
      if (u->retired && address >= u->low && address < u->high) u->pinned = true;
    }
  }
  return false;
}

bool vmi_jit_scan(vmi_jit *jit, const uintptr_t *from, const uintptr_t *to)
{
  vmi_rt_scan_range in = {UINTPTR_MAX, 0, mark, jit};
  if (pthread_mutex_trylock(&jit->lock) != 0) return false;
  for (vmi_jit_module *r = jit->modules; r != NULL; r = r->next) {
    for (vmi_jit_loaded *u = r->loaded; u != NULL; u = u->next) {
      if (!u->retired) continue;
      if (u->low < in.low) in.low = u->low;
      if (u->high > in.high) in.high = u->high;
    }
  }
  if (in.low < in.high) vmi_rt_scan_find(from, to, &in);
  pthread_mutex_unlock(&jit->lock);
  return true;
}

/* Who is asked again from now on has to be interpreted from the start. */
static void forget_work(vmi_jit_loaded *u)
{
  vm_module *shared = u->module->shared;
  for (uint32_t i = 0; i < u->n; i++) {
    uint32_t state = atomic_load(&shared->code[u->funcs[i]].tier_state);
    if (state == VMI_TIER_COLD) set_work(shared, u->funcs[i], 0);
  }
}

/* Take what nobody is in, and nobody wanted again, out of the lists. */
static vmi_jit_loaded *collect(vmi_jit *jit)
{
  vmi_jit_loaded *gone = NULL;
  uint64_t now = vmi_jit_now();
  for (vmi_jit_module *r = jit->modules; r != NULL; r = r->next) {
    for (vmi_jit_loaded **p = &r->loaded, *u; (u = *p) != NULL;) {
      bool free = u->retired && !u->pinned && u->round <= jit->round && now - u->since >= ms(GRACE_MS);
      if (!free) {
        p = &u->next;
        continue;
      }
      *p = u->next;
      forget_work(u);
      jit->nretired--;
      jit->retired_bytes -= u->bytes;
      jit->stats.code_bytes -= u->bytes;
      jit->stats.evicted_units++;
      u->next = gone;
      gone = u;
    }
  }
  return gone;
}

static void begin_round(vmi_jit *jit)
{
  for (vmi_jit_module *r = jit->modules; r != NULL; r = r->next) {
    for (vmi_jit_loaded *u = r->loaded; u != NULL; u = u->next) u->pinned = false;
  }
  jit->round = vmi_rt_scan_begin(jit->engine);
  jit->asking = true;
  jit->next_round = vmi_jit_now() + ms(jit->trim_wait);
  if (jit->trim_wait < MAX_WAIT_MS) jit->trim_wait *= 2; /* somebody may stay in it for long */
}

void vmi_jit_trim(vmi_jit *jit)
{
  vmi_jit_loaded *gone = NULL;
  pthread_mutex_lock(&jit->lock);
  retire_replaced(jit);
  if (jit->background) retire_oldest(jit);
  if (jit->asking && jit->nretired > 0 && vmi_rt_scan_done(jit->engine)) {
    gone = collect(jit);
    jit->asking = vmi_jit_now() < jit->next_round; /* until then, for those whose grace is not over */
  }
  if (jit->nretired > 0 && !jit->asking) begin_round(jit);
  pthread_mutex_unlock(&jit->lock);
  while (gone != NULL) {
    vmi_jit_loaded *next = gone->next;
    vmi_rt_trace(jit->engine, "compiler", "evict", "", vmi_jit_now(), 0);
    vmi_jit_unload(&jit->alloc, gone);
    gone = next;
  }
}

/* What runs on its own finds code that cannot be unloaded yet in the way. What the host asks for may
 * take as much again; without a thread that evicts, the cap is all there is. */
bool vmi_jit_full(vmi_jit *jit, bool asked)
{
  pthread_mutex_lock(&jit->lock);
  uint64_t cap = jit->background && asked ? 2 * jit->max_code : jit->max_code;
  bool full = jit->stats.code_bytes >= cap && (asked || jit->nretired > 0);
  pthread_mutex_unlock(&jit->lock);
  return full;
}
