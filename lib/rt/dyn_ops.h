/* dyn_ops.h - the fast paths of dyn arithmetic and comparison: what docs/dynamic.md defines, and with
 * it what every tier does without the slow path.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each function is nonzero, with the result in *out, if the operands are a case of its own: then it
 * says which, VMI_SEEN_INT, VMI_SEEN_DOUBLE or VMI_SEEN_WORD.
 */
#ifndef VMI_DYN_OPS_H
#define VMI_DYN_OPS_H

#include "isolate.h"

static inline int32_t vmi_dyn_int(uint64_t w) { return (int32_t)(uint32_t)w; }
static inline uint64_t vmi_dyn_of_int(int32_t v) { return VMI_DYN_INT | (uint32_t)v; }

static inline double vmi_dyn_double(uint64_t w)
{
  vmi_slot s = {.u64 = w - VMI_DYN_DOUBLE};
  return s.f64;
}

static inline uint64_t vmi_dyn_of_double(double v)
{
  vmi_slot s = {.f64 = v};
  return (VMI_LIKELY(v == v) ? s.u64 : VMI_CANONICAL_NAN) + VMI_DYN_DOUBLE;
}

/* All integers have the highest 15 bits, and nothing else has. */
static inline bool vmi_dyn_ints(uint64_t a, uint64_t b) { return (a & b) >= VMI_DYN_INT; }
static inline bool vmi_dyn_doubles(uint64_t a, uint64_t b)
{
  return vmi_dyn_is_double(a) && vmi_dyn_is_double(b);
}

#define VMI_DYN_ARITHMETIC(name, builtin, op)                                                     \
  static inline uint32_t name(uint64_t a, uint64_t b, uint64_t *out)                                  \
  {                                                                                               \
    if (vmi_dyn_ints(a, b)) {                                                                     \
      int32_t r;                                                                                  \
      if (builtin(vmi_dyn_int(a), vmi_dyn_int(b), &r)) return 0;                                  \
      *out = vmi_dyn_of_int(r);                                                                   \
      return VMI_SEEN_INT;                                                                        \
    }                                                                                             \
    if (!vmi_dyn_doubles(a, b)) return 0;                                                         \
    *out = vmi_dyn_of_double(vmi_dyn_double(a) op vmi_dyn_double(b));                             \
    return VMI_SEEN_DOUBLE;                                                                       \
  }

/* Overflow, or 0 where doubles would give -0. */
static inline bool vmi_dyn_product_fails(int32_t a, int32_t b, int32_t *r)
{
  return __builtin_mul_overflow(a, b, r) || (*r == 0 && (a | b) < 0);
}

VMI_DYN_ARITHMETIC(vmi_dyn_add, __builtin_add_overflow, +)
VMI_DYN_ARITHMETIC(vmi_dyn_sub, __builtin_sub_overflow, -)
VMI_DYN_ARITHMETIC(vmi_dyn_mul, vmi_dyn_product_fails, *)

static inline uint32_t vmi_dyn_div(uint64_t a, uint64_t b, uint64_t *out)
{
  if (!vmi_dyn_doubles(a, b)) return 0;
  *out = vmi_dyn_of_double(vmi_dyn_double(a) / vmi_dyn_double(b));
  return VMI_SEEN_DOUBLE;
}

static inline uint32_t vmi_dyn_neg(uint64_t a, uint64_t *out)
{
  if (vmi_dyn_is_int(a)) {
    int32_t v = vmi_dyn_int(a);
    if (v == 0 || v == INT32_MIN) return 0;
    *out = vmi_dyn_of_int(-v);
    return VMI_SEEN_INT;
  }
  if (!vmi_dyn_is_double(a)) return 0;
  *out = vmi_dyn_of_double(-vmi_dyn_double(a));
  return VMI_SEEN_DOUBLE;
}

/* Two ints, the first not negative, the second positive. */
static inline bool vmi_dyn_divides(uint64_t a, uint64_t b)
{
  return vmi_dyn_ints(a, b) && vmi_dyn_int(a) >= 0 && vmi_dyn_int(b) > 0;
}

static inline uint32_t vmi_dyn_idiv(uint64_t a, uint64_t b, uint64_t *out)
{
  if (!vmi_dyn_divides(a, b)) return 0;
  *out = vmi_dyn_of_int(vmi_dyn_int(a) / vmi_dyn_int(b));
  return VMI_SEEN_INT;
}

static inline uint32_t vmi_dyn_mod(uint64_t a, uint64_t b, uint64_t *out)
{
  if (!vmi_dyn_divides(a, b)) return 0;
  *out = vmi_dyn_of_int(vmi_dyn_int(a) % vmi_dyn_int(b));
  return VMI_SEEN_INT;
}

#define VMI_DYN_BITS(name, op)                                                                    \
  static inline uint32_t name(uint64_t a, uint64_t b, uint64_t *out)                                  \
  {                                                                                               \
    if (!vmi_dyn_ints(a, b)) return 0;                                                            \
    *out = VMI_DYN_INT | (uint32_t)(a op b);                                                      \
    return VMI_SEEN_INT;                                                                          \
  }
VMI_DYN_BITS(vmi_dyn_and, &)
VMI_DYN_BITS(vmi_dyn_or, |)
VMI_DYN_BITS(vmi_dyn_xor, ^)

#define VMI_DYN_ORDER(name, op)                                                                   \
  static inline uint32_t name(uint64_t a, uint64_t b, uint32_t *out)                                  \
  {                                                                                               \
    if (vmi_dyn_ints(a, b)) {                                                                     \
      *out = vmi_dyn_int(a) op vmi_dyn_int(b);                                                    \
      return VMI_SEEN_INT;                                                                        \
    }                                                                                             \
    if (!vmi_dyn_doubles(a, b)) return 0;                                                         \
    *out = vmi_dyn_double(a) op vmi_dyn_double(b);                                                \
    return VMI_SEEN_DOUBLE;                                                                       \
  }
VMI_DYN_ORDER(vmi_dyn_lt, <)
VMI_DYN_ORDER(vmi_dyn_le, <=)
VMI_DYN_ORDER(vmi_dyn_gt, >)
VMI_DYN_ORDER(vmi_dyn_ge, >=)

/* Two objects that are not the same one: a symbol is like no other symbol. */
static inline uint32_t vmi_dyn_eq_objects(uint64_t a, uint64_t b, uint32_t *out)
{
  *out = 0;
  if (!vmi_dyn_is_pointer(a) || !vmi_dyn_is_pointer(b)) return 0;
  uint32_t type_a = ((const vmi_obj *)(uintptr_t)a)->type, type_b = ((const vmi_obj *)(uintptr_t)b)->type;
  return ((type_a ^ VMI_TYPE_SYMBOL) | (type_b ^ VMI_TYPE_SYMBOL)) == 0 ? VMI_SEEN_WORD : 0;
}

static inline uint32_t vmi_dyn_eq(uint64_t a, uint64_t b, uint32_t *out)
{
  if (vmi_dyn_doubles(a, b)) {
    *out = vmi_dyn_double(a) == vmi_dyn_double(b);
    return VMI_SEEN_DOUBLE;
  }
  *out = a == b;
  if (vmi_dyn_ints(a, b)) return VMI_SEEN_INT;
  if (a == b) return VMI_SEEN_WORD;
  if (vmi_dyn_is_pointer(a) || vmi_dyn_is_pointer(b)) return vmi_dyn_eq_objects(a, b, out);
  return a >= VMI_DYN_DOUBLE && b >= VMI_DYN_DOUBLE ? 0 : VMI_SEEN_WORD; /* an int and a double */
}

#endif
