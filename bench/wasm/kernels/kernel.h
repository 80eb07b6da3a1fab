/* kernel.h - what every kernel of bench/wasm shares: its one entry and a source of numbers.
 *
 * SPDX-License-Identifier: MIT
 *
 * A kernel is one C file without input, output or system calls. run(n) does n times a fixed piece of
 * work (or, where it says so, a piece of size n) and returns a checksum of the result. The same file is
 * compiled natively and to WebAssembly; integers have the same width and memory the same layout in both
 * but for pointers, of which no checksum depends.
 */
#ifndef LIBVM_BENCH_WASM_KERNEL_H
#define LIBVM_BENCH_WASM_KERNEL_H

#include <stdint.h>

#ifdef __wasm__
__attribute__((export_name("run")))
#endif
uint32_t run(uint32_t n);

/* Marsaglia's xorshift32; the state must not be 0. */
static inline uint32_t kernel_random(uint32_t *state)
{
  uint32_t x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

/* One step of a checksum: FNV-1a over words. */
static inline uint32_t kernel_mix(uint32_t sum, uint32_t word)
{
  return (sum ^ word) * 16777619u;
}

#endif
