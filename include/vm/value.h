/* vm/value.h - making values and taking them apart, dyn immediates included.
 *
 * SPDX-License-Identifier: MIT
 *
 * All inline, no state, any thread. A dyn value is nil, a boolean, a 32-bit integer, a double
 * (never allocated) or a reference. NaNs lose their payload in a dyn.
 */
#ifndef VM_VALUE_H
#define VM_VALUE_H

#include <string.h>

#include "vm/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The tagged words behind dyn immediates; frozen. */
#define VM_DYN_NIL UINT64_C(0)
#define VM_DYN_FALSE UINT64_C(6)
#define VM_DYN_TRUE UINT64_C(7)
#define VM_DYN_INT UINT64_C(0xFFFE000000000000)    /* plus the 32 bits */
#define VM_DYN_DOUBLE UINT64_C(0x0002000000000000) /* added to the bits of a double */

/* Field by field: with memset compilers make the value in memory and copy it from there in one piece, which has
 * to wait for the pieces it was written in. */
static inline vm_value vm_value_i32(int32_t x)
{
  vm_value v;
  v.kind = VM_KIND_I32;
  v.is_ref = 0;
  v.of.dyn = 0;
  v.of.i32 = x;
  return v;
}

static inline vm_value vm_value_i64(int64_t x)
{
  vm_value v;
  v.kind = VM_KIND_I64;
  v.is_ref = 0;
  v.of.i64 = x;
  return v;
}

static inline vm_value vm_value_f32(float x)
{
  vm_value v;
  v.kind = VM_KIND_F32;
  v.is_ref = 0;
  v.of.dyn = 0;
  v.of.f32 = x;
  return v;
}

static inline vm_value vm_value_f64(double x)
{
  vm_value v;
  v.kind = VM_KIND_F64;
  v.is_ref = 0;
  v.of.f64 = x;
  return v;
}

static inline vm_value vm_value_ref(vm_ref ref)
{
  vm_value v;
  v.kind = VM_KIND_REF;
  v.is_ref = 0;
  v.of.ref = ref;
  return v;
}

static inline vm_value vm_value_null(void)
{
  vm_value v;
  v.kind = VM_KIND_REF;
  v.is_ref = 0;
  v.of.dyn = 0;
  return v;
}

static inline vm_value vm_value_dyn(uint64_t word) /* an immediate's tagged word */
{
  vm_value v;
  v.kind = VM_KIND_DYN;
  v.is_ref = 0;
  v.of.dyn = word;
  return v;
}

static inline vm_value vm_dyn_nil(void) { return vm_value_dyn(VM_DYN_NIL); }

static inline vm_value vm_dyn_bool(int x) { return vm_value_dyn(x ? VM_DYN_TRUE : VM_DYN_FALSE); }

static inline vm_value vm_dyn_int(int32_t x) { return vm_value_dyn(VM_DYN_INT | (uint32_t)x); }

static inline vm_value vm_dyn_double(double x)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  if (x != x) bits = UINT64_C(0x7FF8000000000000);
  return vm_value_dyn(bits + VM_DYN_DOUBLE);
}

static inline vm_value vm_dyn_ref(vm_ref ref) /* the null reference is nil */
{
  vm_value v = vm_value_dyn(VM_DYN_NIL);
  v.is_ref = ref.index != 0 || ref.serial != 0;
  v.of.ref = ref;
  return v;
}

/* What a dyn value holds; all are 0 for other kinds of value. */
static inline int vm_dyn_is_ref(vm_value v) { return v.kind == VM_KIND_DYN && v.is_ref != 0; }

static inline int vm_dyn_is_immediate(vm_value v) { return v.kind == VM_KIND_DYN && v.is_ref == 0; }

static inline int vm_dyn_is_nil(vm_value v)
{
  return vm_dyn_is_immediate(v) && v.of.dyn == VM_DYN_NIL;
}

static inline int vm_dyn_is_bool(vm_value v)
{
  return vm_dyn_is_immediate(v) && (v.of.dyn == VM_DYN_FALSE || v.of.dyn == VM_DYN_TRUE);
}

static inline int vm_dyn_is_int(vm_value v)
{
  return vm_dyn_is_immediate(v) && v.of.dyn >= VM_DYN_INT;
}

static inline int vm_dyn_is_double(vm_value v)
{
  return vm_dyn_is_immediate(v) && v.of.dyn >= VM_DYN_DOUBLE && v.of.dyn < VM_DYN_INT;
}

/* The content; meaningful only after the test above said so. */
static inline int vm_dyn_to_bool(vm_value v) { return v.of.dyn == VM_DYN_TRUE; }

static inline int32_t vm_dyn_to_int(vm_value v)
{
  uint32_t low = (uint32_t)v.of.dyn;
  int32_t x;
  memcpy(&x, &low, sizeof x);
  return x;
}

static inline double vm_dyn_to_double(vm_value v)
{
  uint64_t bits = v.of.dyn - VM_DYN_DOUBLE;
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

/* The null reference, and a test for it; a null handle is never stale. */
static inline vm_ref vm_ref_null(void)
{
  vm_ref ref;
  ref.index = 0;
  ref.serial = 0;
  return ref;
}

static inline int vm_ref_is_null(vm_ref ref) { return ref.index == 0 && ref.serial == 0; }

#ifdef __cplusplus
}
#endif
#endif
