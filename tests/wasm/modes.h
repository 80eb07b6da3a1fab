/* modes.h - ways to run a module, named on a command line.
 *
 * SPDX-License-Identifier: MIT
 *
 * A mode is a tier, 0, 1, 2 or auto, with any of +exits, +osr, +switchN, +stress and +guard behind
 * it: exits and entries of compiled code forced, frames that change tier at random (N is the seed),
 * a collection at every allocation, guarded memories.
 */
#ifndef WASM_TEST_MODES_H
#define WASM_TEST_MODES_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vm/engine.h"

/* Sets what `mode` says in *config, and the worker that the environment's VM_WORKER names. */
static inline bool wasm_test_mode(const char *mode, vm_engine_config *config)
{
  static const struct {
    const char *name;
    vm_tier tier;
  } tiers[] = {{"0", VM_TIER_0}, {"1", VM_TIER_1}, {"2", VM_TIER_2}, {"auto", VM_TIER_AUTO}};
  size_t n = strcspn(mode, "+"), t = 0;
  while (t < 4 && (strlen(tiers[t].name) != n || memcmp(mode, tiers[t].name, n) != 0)) t++;
  if (t == 4) return false;
  config->worker = getenv("VM_WORKER");
  config->tier = tiers[t].tier;
  for (mode += n; *mode == '+'; mode += n) {
    mode++;
    n = strcspn(mode, "+");
    if (n == 5 && memcmp(mode, "exits", n) == 0) {
      config->tier_flags |= VM_TIER_FORCE_EXITS;
    } else if (n == 3 && memcmp(mode, "osr", n) == 0) {
      config->tier_flags |= VM_TIER_FORCE_OSR;
    } else if (n == 5 && memcmp(mode, "guard", n) == 0) {
      config->guard_memory = 1;
    } else if (n == 6 && memcmp(mode, "stress", n) == 0) {
      config->gc_flags |= VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY;
    } else if (n > 6 && memcmp(mode, "switch", 6) == 0) {
      config->tier_flags |= VM_TIER_SWITCH;
      config->switch_seed = (uint32_t)strtoul(mode + 6, NULL, 10);
    } else {
      return false;
    }
  }
  return true;
}

#endif
