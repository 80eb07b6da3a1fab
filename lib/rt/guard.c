/* guard.c - a fault in a guarded memory becomes a trap: the signal handler and what it looks things
 * up in.
 *
 * SPDX-License-Identifier: MIT
 *
 * The handler takes a fault only if the instruction is one that a compiled unit lists as an access of
 * a linear memory, and the address lies in a range reserved for one. The memory tells the isolate and
 * so the thread. Then it does what the function would have done: raises the trap, and returns to its
 * caller, whose test of thread->unwind does the rest. To return, it restores the registers that the
 * function keeps for its caller, from where GCC's unwind information says that they are; the
 * publisher has turned that into rows (jit/sites.c), so that nothing is left here but table look-ups.
 * Any other fault goes to whoever had the signal before.
 *
 * This is libvm's only mutable global. A signal handler is one a process and gets no argument, so the
 * way to it leads through a global. It holds ranges alone, in slots that are never freed; the handler
 * reads them without a lock. A slot that changes under its eyes is not the one it looks for: code
 * that runs and a memory that is accessed are in no one else's hands.
 */
#include "guard.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "isolate.h"

#if VMI_GUARD_SUPPORTED

enum { SLOTS = 64 };

typedef struct slot {
  _Atomic uint32_t serial; /* odd: being written */
  _Atomic uint32_t kind;
  _Atomic uintptr_t low, high;
  _Atomic(void *) what;
} slot;

typedef struct chunk {
  slot slots[SLOTS];
  _Atomic(struct chunk *) next;
} chunk;

static struct {
  pthread_mutex_t lock; /* guards all but reads of the slots */
  uint32_t users;
  bool watches_forks, installed;
  struct sigaction before;
  chunk first;
} registry = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- ranges ---- */

static void write_slot(slot *s, vmi_guard_kind kind, uintptr_t low, uintptr_t high, void *what)
{
  uint32_t serial = atomic_load(&s->serial);
  atomic_store(&s->serial, serial + 1);
  atomic_store(&s->kind, kind);
  atomic_store(&s->low, low);
  atomic_store(&s->high, high);
  atomic_store(&s->what, what);
  atomic_store(&s->serial, serial + 2);
}

/* The slot of that kind that begins at `low`, or NULL; with the lock held. */
static slot *slot_at(vmi_guard_kind kind, uintptr_t low)
{
  for (chunk *c = &registry.first; c; c = atomic_load(&c->next))
    for (uint32_t i = 0; i < SLOTS; i++)
      if (atomic_load(&c->slots[i].kind) == kind && atomic_load(&c->slots[i].low) == low)
        return &c->slots[i];
  return NULL;
}

static slot *more_slots(void)
{
  chunk *last = &registry.first, *next;
  while ((next = atomic_load(&last->next)) != NULL) last = next;
  next = mmap(NULL, sizeof *next, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (next == MAP_FAILED) return NULL;
  atomic_store(&last->next, next);
  return &next->slots[0];
}

bool vmi_guard_add(vmi_guard_kind kind, uintptr_t low, uintptr_t high, void *what)
{
  pthread_mutex_lock(&registry.lock);
  slot *s = slot_at(VMI_GUARD_FREE, 0);
  if (!s) s = more_slots();
  if (s) write_slot(s, kind, low, high, what);
  pthread_mutex_unlock(&registry.lock);
  return s != NULL;
}

void vmi_guard_remove(vmi_guard_kind kind, uintptr_t low)
{
  pthread_mutex_lock(&registry.lock);
  slot *s = slot_at(kind, low);
  if (s) write_slot(s, VMI_GUARD_FREE, 0, 0, NULL);
  pthread_mutex_unlock(&registry.lock);
}

static void *find(vmi_guard_kind kind, uintptr_t address)
{
  for (chunk *c = &registry.first; c; c = atomic_load(&c->next)) {
    for (uint32_t i = 0; i < SLOTS; i++) {
      slot *s = &c->slots[i];
      uint32_t serial = atomic_load(&s->serial);
      if (atomic_load(&s->kind) != kind || address < atomic_load(&s->low) ||
          address >= atomic_load(&s->high))
        continue;
      void *what = atomic_load(&s->what);
      if (serial % 2 == 0 && atomic_load(&s->serial) == serial) return what;
    }
  }
  return NULL;
}

/* ---- leaving a function ---- */

static const uint8_t greg_of[16] = { /* by DWARF number */
  REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP,
  REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
static const uint8_t kept_numbers[VMI_GUARD_KEPT] = VMI_GUARD_DWARF;

static void leave_function(greg_t *regs, const vmi_guard_row *row)
{
  uintptr_t top = (uintptr_t)regs[greg_of[row->base]] + (intptr_t)row->offset;
  if (row->stored) top = *(const uintptr_t *)top;
  uintptr_t rbp = (uintptr_t)regs[REG_RBP];
  for (uint32_t i = 0; i < VMI_GUARD_KEPT; i++) {
    uintptr_t from = row->where[i] == VMI_GUARD_FROM_TOP ? top : rbp;
    if (row->where[i] != VMI_GUARD_IN_PLACE)
      regs[greg_of[kept_numbers[i]]] = *(const greg_t *)(from + (intptr_t)row->at[i]);
  }
  regs[REG_RIP] = ((const greg_t *)top)[-1];
  regs[REG_RSP] = (greg_t)top;
  regs[REG_RAX] = 0;
}

static const vmi_guard_site *find_site(const vmi_guard_code *code, uintptr_t address)
{
  uint32_t low = 0, high = code->nsites;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (code->sites[middle].address < address) low = middle + 1;
    else high = middle;
  }
  return low < code->nsites && code->sites[low].address == address ? &code->sites[low] : NULL;
}

/* ---- the signal ---- */

static bool take(const siginfo_t *info, ucontext_t *context)
{
  greg_t *regs = context->uc_mcontext.gregs;
  uintptr_t pc = (uintptr_t)regs[REG_RIP];
  if (info->si_code != SEGV_MAPERR && info->si_code != SEGV_ACCERR) return false;
  const vmi_guard_code *code = find(VMI_GUARD_CODE, pc);
  const vmi_guard_site *site = code ? find_site(code, pc) : NULL;
  vm_isolate *iso = site ? find(VMI_GUARD_MEMORY, (uintptr_t)info->si_addr) : NULL;
  if (!iso) return false;
  uint32_t func = site->func & ~VMI_GUARD_LINKED;
  vmi_rt_trap(&iso->thread, VM_TRAP_MEMORY_BOUNDS, VMI_FRAME_ID(func, site->pc));
  iso->thread.faulted = site->func & VMI_GUARD_LINKED ? VMI_FAULTED_LINKED : VMI_FAULTED;
  leave_function(regs, &code->rows[site->row]);
  return true;
}

/* By default: with the default action in place the instruction faults again; what was sent is sent
 * again, and comes once this handler is left. */
static void pass_on(int sig, siginfo_t *info, void *context)
{
  struct sigaction before = registry.before;
  bool sent = info->si_code <= 0;
  if (!(before.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_IGN && sent) return;
  if ((before.sa_flags & SA_SIGINFO) ||
      (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)) {
    if (before.sa_flags & SA_RESETHAND)
      registry.before = (struct sigaction){.sa_handler = SIG_DFL};
    if (before.sa_flags & SA_SIGINFO) before.sa_sigaction(sig, info, context);
    else before.sa_handler(sig);
    return;
  }
  struct sigaction standard = {.sa_handler = SIG_DFL};
  sigaction(sig, &standard, NULL);
  if (sent) raise(sig);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
  if (!take(info, context)) pass_on(sig, info, context);
}

/* ---- coming and going ---- */

static void fork_prepare(void) { pthread_mutex_lock(&registry.lock); }
static void fork_done(void) { pthread_mutex_unlock(&registry.lock); }

static bool is_ours(const struct sigaction *a)
{
  return (a->sa_flags & SA_SIGINFO) && a->sa_sigaction == on_fault;
}

/* Whoever took the signal after us may still call us: then we must not stand behind ourselves. */
static bool install(void)
{
  struct sigaction own = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK}, now;
  sigemptyset(&own.sa_mask);
  if (sigaction(SIGSEGV, NULL, &now) != 0) return false;
  if (registry.installed) return is_ours(&now);
  registry.before = now;
  registry.installed = sigaction(SIGSEGV, &own, NULL) == 0;
  return registry.installed;
}

bool vmi_guard_retain(void)
{
  pthread_mutex_lock(&registry.lock);
  if (!registry.watches_forks)
    registry.watches_forks = pthread_atfork(fork_prepare, fork_done, fork_done) == 0;
  bool ok = registry.watches_forks && (registry.users > 0 || install());
  if (ok) registry.users++;
  pthread_mutex_unlock(&registry.lock);
  return ok;
}

void vmi_guard_release(void)
{
  struct sigaction now;
  pthread_mutex_lock(&registry.lock);
  if (--registry.users == 0 && sigaction(SIGSEGV, NULL, &now) == 0 && is_ours(&now) &&
      sigaction(SIGSEGV, &registry.before, NULL) == 0)
    registry.installed = false;
  pthread_mutex_unlock(&registry.lock);
}

#else

bool vmi_guard_retain(void) { return false; }
void vmi_guard_release(void) {}
bool vmi_guard_add(vmi_guard_kind kind, uintptr_t low, uintptr_t high, void *what)
{
  (void)kind, (void)low, (void)high, (void)what;
  return false;
}
void vmi_guard_remove(vmi_guard_kind kind, uintptr_t low) { (void)kind, (void)low; }

#endif
