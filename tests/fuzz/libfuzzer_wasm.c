/* libfuzzer_wasm.c - libFuzzer entry: bytes through the WebAssembly front end, the loader and tiers 0 and 1.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "wasm_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  wasm_runner runner;
  if (!wasm_runner_open(&runner)) return 0;
  wasm_runner_try(&runner, data, size);
  if (runner.failures > 0) abort();
  wasm_runner_close(&runner);
  return 0;
}
