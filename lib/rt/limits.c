/* limits.c - stopping a guest: interrupts, deadlines, fuel, and the native stack.
 *
 * SPDX-License-Identifier: MIT
 *
 * A request sets its bit and then lowers thread->limit to 0, which the next poll of any tier sees.
 * The bits stay until the outermost call of the host has returned, so that no frame in between can
 * swallow the request. Deadlines are watched by one thread an engine, made on first use; it only
 * ever sets the bit.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "isolate.h"

struct vmi_watchdog {
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  vm_isolate *first; /* those with a deadline */
  bool stop;
};

void vmi_rt_request(vm_isolate *iso, vmi_request what)
{
  atomic_fetch_or(&iso->requests, what);
  atomic_store(&iso->thread.limit, 0);
}

void vmi_rt_interrupt(vm_isolate *iso) { vmi_rt_request(iso, VMI_REQUEST_INTERRUPT); }

static uint64_t now_ns(void)
{
  struct timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- watchdog ---- */

static void unlink_isolate(struct vmi_watchdog *w, vm_isolate *iso)
{
  for (vm_isolate **p = &w->first; *p; p = &(*p)->watch_next) {
    if (*p != iso) continue;
    *p = iso->watch_next;
    iso->watch_next = NULL;
    return;
  }
}

/* Fire what is due; the time of the next deadline, or UINT64_MAX. */
static uint64_t fire_due(struct vmi_watchdog *w)
{
  uint64_t now = now_ns(), next = UINT64_MAX;
  for (vm_isolate **p = &w->first; *p;) {
    vm_isolate *iso = *p;
    if (iso->deadline_ns <= now) {
      *p = iso->watch_next;
      iso->watch_next = NULL;
      vmi_rt_request(iso, VMI_REQUEST_DEADLINE);
      continue;
    }
    if (iso->deadline_ns < next) next = iso->deadline_ns;
    p = &iso->watch_next;
  }
  return next;
}

static void *watch(void *arg)
{
  struct vmi_watchdog *w = arg;
  pthread_mutex_lock(&w->lock);
  while (!w->stop) {
    uint64_t next = fire_due(w);
    if (next == UINT64_MAX) {
      pthread_cond_wait(&w->wake, &w->lock);
    } else {
      struct timespec ts = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)};
      pthread_cond_timedwait(&w->wake, &w->lock, &ts);
    }
  }
  pthread_mutex_unlock(&w->lock);
  return NULL;
}

static bool start_thread(struct vmi_watchdog *w)
{
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old); /* the host's signals stay with the host's threads */
  int rc = pthread_create(&w->thread, NULL, watch, w);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return rc == 0;
}

static struct vmi_watchdog *watchdog_new(vm_engine *e)
{
  struct vmi_watchdog *w = vmi_new_zero(&e->alloc, 1, sizeof *w);
  if (!w) return NULL;
  pthread_condattr_t attr;
  pthread_condattr_init(&attr);
  pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
  pthread_mutex_init(&w->lock, NULL);
  pthread_cond_init(&w->wake, &attr);
  pthread_condattr_destroy(&attr);
  if (start_thread(w)) return w;
  pthread_cond_destroy(&w->wake);
  pthread_mutex_destroy(&w->lock);
  vmi_free(&e->alloc, w, sizeof *w);
  return NULL;
}

static struct vmi_watchdog *get_watchdog(vm_engine *e)
{
  pthread_mutex_lock(&e->lock);
  if (!e->watchdog) e->watchdog = watchdog_new(e);
  struct vmi_watchdog *w = e->watchdog;
  pthread_mutex_unlock(&e->lock);
  return w;
}

void vmi_rt_watchdog_stop(vm_engine *e)
{
  struct vmi_watchdog *w = e->watchdog;
  if (!w) return;
  pthread_mutex_lock(&w->lock);
  w->stop = true;
  pthread_cond_signal(&w->wake);
  pthread_mutex_unlock(&w->lock);
  pthread_join(w->thread, NULL);
  pthread_cond_destroy(&w->wake);
  pthread_mutex_destroy(&w->lock);
  vmi_free(&e->alloc, w, sizeof *w);
  e->watchdog = NULL;
}

void vmi_rt_watchdog_forget(vm_isolate *iso)
{
  if (iso->deadline_ns) vmi_rt_set_deadline(iso, 0, NULL);
}

vm_status vmi_rt_set_deadline(vm_isolate *iso, uint64_t ms, vm_error *err)
{
  if (!ms && !iso->deadline_ns) return VM_OK;
  struct vmi_watchdog *w = get_watchdog(iso->engine);
  if (!w) return vmi_fail(err, VM_MEMORY, "the deadline thread could not be started");
  pthread_mutex_lock(&w->lock);
  unlink_isolate(w, iso);
  atomic_fetch_and(&iso->requests, ~(uint32_t)VMI_REQUEST_DEADLINE);
  uint64_t now = now_ns();
  iso->deadline_ns = !ms ? 0 : ms > (UINT64_MAX - now) / 1000000u ? UINT64_MAX - 1 : now + ms * 1000000u;
  if (ms) {
    iso->watch_next = w->first;
    w->first = iso;
    pthread_cond_signal(&w->wake);
  }
  pthread_mutex_unlock(&w->lock);
  return VM_OK;
}

vm_status vmi_rt_set_fuel(vm_isolate *iso, uint64_t units, vm_error *err)
{
  if (!iso->engine->meter_fuel)
    return vmi_fail(err, VM_STATE, "fuel: the engine was made without meter_fuel");
  iso->limit_fuel = true;
  iso->thread.fuel = units > INT64_MAX ? INT64_MAX : (int64_t)units;
  return VM_OK;
}

/* ---- native stack ---- */

enum { NATIVE_GUARD = 96 * 1024, DEFAULT_NATIVE = 64 * 1024 };

static uintptr_t lowest_address(uintptr_t here)
{
  pthread_attr_t attr;
  void *low = NULL;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attr) == 0) {
    pthread_attr_getstack(&attr, &low, &size);
    pthread_attr_destroy(&attr);
  }
  uintptr_t floor = (uintptr_t)low;
  return low && floor < here ? floor : here - DEFAULT_NATIVE - NATIVE_GUARD;
}

bool vmi_rt_native_enter(vm_isolate *iso)
{
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  if (iso->depth > 0 && here > iso->native_low) return here > iso->thread.native_limit;
  pthread_t self = pthread_self();
  if (!iso->native_low || iso->native_thread != (void *)self || here < iso->native_low) {
    iso->native_low = lowest_address(here);
    iso->native_thread = (void *)self;
  }
  uintptr_t floor = iso->native_low + NATIVE_GUARD;
  uintptr_t budget = here > iso->native_budget ? here - iso->native_budget : 0;
  iso->thread.native_limit = budget > floor ? budget : floor;
  return here > iso->thread.native_limit;
}
