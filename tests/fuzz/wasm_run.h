/* wasm_run.h - what both WebAssembly fuzzers do with a binary.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_WASM_RUN_H
#define FUZZ_WASM_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/vm.h"

typedef struct wasm_runner {
  vm_engine *engines[2]; /* tiers 0 and 1, metering fuel */
  uint64_t translated, instantiated, calls, failures;
} wasm_runner;

/* False without memory. */
bool wasm_runner_open(wasm_runner *r);
void wasm_runner_close(wasm_runner *r);

/* Translate the binary. What translates must load, and its exported functions, each called once with little
 * fuel, must do the same in tiers 0 and 1. What is not so is said on standard error and counted. */
void wasm_runner_try(wasm_runner *r, const uint8_t *bytes, size_t size);

#endif
