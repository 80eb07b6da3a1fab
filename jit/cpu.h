/* cpu.h - what of the processor compiled code may depend on.
 *
 * SPDX-License-Identifier: MIT
 *
 * The emitter chooses by these bits alone, and code found on disk runs only where all bits that it
 * was compiled with are set. A new feature used by the emitter gets a bit here.
 */
#ifndef VMI_CPU_H
#define VMI_CPU_H

#include <stdint.h>

enum { VMI_CPU_SSE41 = 1, VMI_CPU_POPCNT = 2, VMI_CPU_V3 = 4 };

static inline uint32_t vmi_cpu_features(void)
{
  uint32_t bits = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.1")) bits |= VMI_CPU_SSE41;
  if (__builtin_cpu_supports("popcnt")) bits |= VMI_CPU_POPCNT;
#if !defined(__clang__) || __clang_major__ >= 17 /* the name is not known to older ones */
  if (__builtin_cpu_supports("x86-64-v3")) bits |= VMI_CPU_V3;
#endif
#endif
  return bits;
}

#endif
