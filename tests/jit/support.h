/* support.h - what the tests of the compiler's process side share.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef JIT_SUPPORT_H
#define JIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "state.h"
#include "vm/vm.h"

#define WORKER(kind) WORKER_DIR "/jit_worker_" kind

/* A function of a test module: its name, the functions it calls, instructions to make it larger. */
typedef struct test_func {
  const char *name;
  uint32_t ncalls, calls[8];
  uint32_t padding;
} test_func;

typedef struct test_env {
  char temp[64];      /* a folder of the test's own */
  vm_engine *engine;
  vm_module *module;
} test_env;

/* An engine with this worker (NULL: none is at that place) and a module of these functions. */
void env_open(test_env *t, const char *worker, vm_tier tier, uint32_t timeout_ms, const test_func *funcs,
              uint32_t n);
/* Free all, and check that nothing is left: no child, no file. */
void env_close(test_env *t);

vm_module *load_module(vm_engine *engine, const test_func *funcs, uint32_t n);
vmi_tier_state tier_of(const test_env *t, uint32_t func);
void check_runs(const test_env *t, uint32_t func); /* it is compiled and does what it should */
vm_engine_stats stats_of(vm_engine *engine);
void ask(const test_env *t, uint32_t func, uint32_t caller); /* it became hot */
pid_t find_child(void);       /* a child of this process, or 0 */
pid_t wait_for_child(void);   /* the same, waiting for one */
bool is_empty(const char *dir);
void assert_no_child(void);

/* What the host owns and nothing may touch. */
typedef struct host_state {
  struct sigaction actions[NSIG];
  struct rlimit limits[RLIM_NLIMITS];
  sigset_t mask;
  char locale[64], cwd[256];
  mode_t umask;
  int descriptors;
} host_state;

void host_state_get(host_state *h);
void host_state_check(const host_state *before);

#endif
