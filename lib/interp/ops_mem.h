/* ops_mem.h - values in memory: little-endian linear memory, fields and elements, dyn words.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_INTERP_OPS_MEM_H
#define VMI_INTERP_OPS_MEM_H

#include "thread.h"

/* ---- linear memory and code: little-endian at any alignment ---- */

static inline uint64_t vmi_le_get(const uint8_t *p, size_t size)
{
  uint16_t h;
  uint32_t w;
  uint64_t d;
  bool swap = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
  switch (size) {
  case 1: return *p;
  case 2: __builtin_memcpy(&h, p, 2); return swap ? __builtin_bswap16(h) : h;
  case 4: __builtin_memcpy(&w, p, 4); return swap ? __builtin_bswap32(w) : w;
  default: __builtin_memcpy(&d, p, 8); return swap ? __builtin_bswap64(d) : d;
  }
}

static inline void vmi_le_put(uint8_t *p, uint64_t bits, size_t size)
{
  bool swap = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
  uint16_t h = swap ? __builtin_bswap16((uint16_t)bits) : (uint16_t)bits;
  uint32_t w = swap ? __builtin_bswap32((uint32_t)bits) : (uint32_t)bits;
  uint64_t d = swap ? __builtin_bswap64(bits) : bits;
  switch (size) {
  case 1: *p = (uint8_t)bits; break;
  case 2: __builtin_memcpy(p, &h, 2); break;
  case 4: __builtin_memcpy(p, &w, 4); break;
  default: __builtin_memcpy(p, &d, 8); break;
  }
}

/* ---- slots, fields and elements ---- */

static inline bool vmi_type_is_word32(vm_type t)
{
  return VM_TYPE_KIND(t) == VM_KIND_I32 || VM_TYPE_KIND(t) == VM_KIND_F32;
}

/* A slot's value as bits, i32 and f32 zero-extended (a slot's u32 and u64 overlap only on
 * little-endian hosts in the right way). */
static inline uint64_t vmi_slot_bits(const vmi_slot *s, vm_type storage)
{
  bool narrow = vmi_type_is_packed(storage) || vmi_type_is_word32(storage);
  return narrow ? s->u32 : s->u64;
}

/* Unpacked storage types only. */
static inline void vmi_field_get(vmi_slot *s, const char *p, vm_type storage)
{
  if (vmi_type_is_word32(storage)) {
    __builtin_memcpy(&s->u32, p, 4);
  } else {
    __builtin_memcpy(&s->u64, p, 8);
  }
}

static inline int32_t vmi_packed_get_s(const char *p, vm_type storage)
{
  int16_t half;
  if (storage == VM_I8) return *(const int8_t *)p;
  __builtin_memcpy(&half, p, 2);
  return half;
}

static inline uint32_t vmi_packed_get_u(const char *p, vm_type storage)
{
  uint16_t half;
  if (storage == VM_I8) return *(const uint8_t *)p;
  __builtin_memcpy(&half, p, 2);
  return half;
}

static inline void vmi_field_set(char *p, vm_type storage, const vmi_slot *s)
{
  if (storage == VM_I8) {
    *p = (char)s->u32;
  } else if (storage == VM_I16) {
    uint16_t half = (uint16_t)s->u32;
    __builtin_memcpy(p, &half, 2);
  } else if (vmi_type_is_word32(storage)) {
    __builtin_memcpy(p, &s->u32, 4);
  } else {
    __builtin_memcpy(p, &s->u64, 8);
  }
}

/* ---- dyn ---- */

static inline uint64_t vmi_dyn_from_f64(double x)
{
  uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return (x != x ? VMI_CANONICAL_NAN : bits) + VMI_DYN_DOUBLE;
}

static inline double vmi_dyn_to_f64(uint64_t word) /* a double's word */
{
  uint64_t bits = word - VMI_DYN_DOUBLE;
  double x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

#endif
