/* ops_num.h - numeric operations that C's operators do not give: the meaning of WebAssembly's
 * division, conversion, shift, minimum and sign instructions.
 *
 * SPDX-License-Identifier: MIT
 *
 * Operations that trap return the vm_trap (0: none) and write *out only on success. Floating-point
 * sign operations work on bits, so that a NaN's payload survives.
 */
#ifndef VMI_INTERP_OPS_NUM_H
#define VMI_INTERP_OPS_NUM_H

#include "base.h"
#include "vm/status.h"

/* ---- bits of floats ---- */

static inline uint32_t vmi_f32_bits(float x)
{
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline float vmi_f32_of(uint32_t bits)
{
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

static inline uint64_t vmi_f64_bits(double x)
{
  uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline double vmi_f64_of(uint64_t bits)
{
  double x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

/* ---- integers ---- */

static inline uint32_t vmi_clz32(uint32_t a) { return a == 0 ? 32 : (uint32_t)__builtin_clz(a); }
static inline uint32_t vmi_ctz32(uint32_t a) { return a == 0 ? 32 : (uint32_t)__builtin_ctz(a); }
static inline uint64_t vmi_clz64(uint64_t a) { return a == 0 ? 64 : (uint64_t)__builtin_clzll(a); }
static inline uint64_t vmi_ctz64(uint64_t a) { return a == 0 ? 64 : (uint64_t)__builtin_ctzll(a); }

/* Bits are counted by hand: without a processor option GCC would call libgcc. */
static inline uint64_t vmi_popcnt64(uint64_t a)
{
  a -= a >> 1 & 0x5555555555555555ull;
  a = (a & 0x3333333333333333ull) + (a >> 2 & 0x3333333333333333ull);
  a = (a + (a >> 4)) & 0x0F0F0F0F0F0F0F0Full;
  return a * 0x0101010101010101ull >> 56;
}

static inline uint32_t vmi_rotl32(uint32_t a, uint32_t n)
{
  return a << (n & 31) | a >> (-n & 31);
}
static inline uint64_t vmi_rotl64(uint64_t a, uint64_t n)
{
  return a << (n & 63) | a >> (-n & 63);
}

static inline uint32_t vmi_div_s32(int32_t a, int32_t b, int32_t *out)
{
  if (VMI_UNLIKELY(b == 0)) return VM_TRAP_DIVIDE_BY_ZERO;
  if (VMI_UNLIKELY(b == -1 && a == INT32_MIN)) return VM_TRAP_INTEGER_OVERFLOW;
  *out = a / b;
  return 0;
}

static inline uint32_t vmi_rem_s32(int32_t a, int32_t b, int32_t *out)
{
  if (VMI_UNLIKELY(b == 0)) return VM_TRAP_DIVIDE_BY_ZERO;
  *out = b == -1 ? 0 : a % b;
  return 0;
}

static inline uint32_t vmi_div_s64(int64_t a, int64_t b, int64_t *out)
{
  if (VMI_UNLIKELY(b == 0)) return VM_TRAP_DIVIDE_BY_ZERO;
  if (VMI_UNLIKELY(b == -1 && a == INT64_MIN)) return VM_TRAP_INTEGER_OVERFLOW;
  *out = a / b;
  return 0;
}

static inline uint32_t vmi_rem_s64(int64_t a, int64_t b, int64_t *out)
{
  if (VMI_UNLIKELY(b == 0)) return VM_TRAP_DIVIDE_BY_ZERO;
  *out = b == -1 ? 0 : a % b;
  return 0;
}

/* ---- minimum and maximum: a NaN wins, quiet; -0 is below +0 ---- */

static inline float vmi_min_f32(float a, float b)
{
  if (a != a || b != b) return a + b;
  if (a == b) return vmi_f32_of(vmi_f32_bits(a) | vmi_f32_bits(b));
  return a < b ? a : b;
}

static inline float vmi_max_f32(float a, float b)
{
  if (a != a || b != b) return a + b;
  if (a == b) return vmi_f32_of(vmi_f32_bits(a) & vmi_f32_bits(b));
  return a > b ? a : b;
}

static inline double vmi_min_f64(double a, double b)
{
  if (a != a || b != b) return a + b;
  if (a == b) return vmi_f64_of(vmi_f64_bits(a) | vmi_f64_bits(b));
  return a < b ? a : b;
}

static inline double vmi_max_f64(double a, double b)
{
  if (a != a || b != b) return a + b;
  if (a == b) return vmi_f64_of(vmi_f64_bits(a) & vmi_f64_bits(b));
  return a > b ? a : b;
}

/* ---- float to integer. Every f32 is exact as a double, so one function serves both. ---- */

#define VMI_2P63 9223372036854775808.0
#define VMI_2P64 18446744073709551616.0

static inline uint32_t vmi_trunc_s32(double x, int32_t *out)
{
  if (VMI_UNLIKELY(x != x)) return VM_TRAP_INVALID_CONVERSION;
  if (VMI_UNLIKELY(x <= -2147483649.0 || x >= 2147483648.0)) return VM_TRAP_INTEGER_OVERFLOW;
  *out = (int32_t)x;
  return 0;
}

static inline uint32_t vmi_trunc_u32(double x, uint32_t *out)
{
  if (VMI_UNLIKELY(x != x)) return VM_TRAP_INVALID_CONVERSION;
  if (VMI_UNLIKELY(x <= -1.0 || x >= 4294967296.0)) return VM_TRAP_INTEGER_OVERFLOW;
  *out = (uint32_t)(int64_t)x;
  return 0;
}

static inline uint32_t vmi_trunc_s64(double x, int64_t *out)
{
  if (VMI_UNLIKELY(x != x)) return VM_TRAP_INVALID_CONVERSION;
  if (VMI_UNLIKELY(x < -VMI_2P63 || x >= VMI_2P63)) return VM_TRAP_INTEGER_OVERFLOW;
  *out = (int64_t)x;
  return 0;
}

static inline uint32_t vmi_trunc_u64(double x, uint64_t *out)
{
  if (VMI_UNLIKELY(x != x)) return VM_TRAP_INVALID_CONVERSION;
  if (VMI_UNLIKELY(x <= -1.0 || x >= VMI_2P64)) return VM_TRAP_INTEGER_OVERFLOW;
  *out = x < 1.0 ? 0 : (uint64_t)x; /* a negative fraction is 0, but in C undefined */
  return 0;
}

static inline int32_t vmi_trunc_sat_s32(double x)
{
  if (x != x) return 0;
  if (x < -2147483648.0) return INT32_MIN;
  return x >= 2147483648.0 ? INT32_MAX : (int32_t)x;
}

static inline uint32_t vmi_trunc_sat_u32(double x)
{
  if (!(x >= 1.0)) return 0; /* NaN too */
  return x >= 4294967296.0 ? UINT32_MAX : (uint32_t)(int64_t)x;
}

static inline int64_t vmi_trunc_sat_s64(double x)
{
  if (x != x) return 0;
  if (x < -VMI_2P63) return INT64_MIN;
  return x >= VMI_2P63 ? INT64_MAX : (int64_t)x;
}

static inline uint64_t vmi_trunc_sat_u64(double x)
{
  if (!(x >= 1.0)) return 0; /* NaN too */
  return x >= VMI_2P64 ? UINT64_MAX : (uint64_t)x;
}

#endif
