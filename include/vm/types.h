/* vm/types.h - value types and values as the host sees them.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VM_TYPES_H
#define VM_TYPES_H

#include "vm/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of value. */
typedef enum vm_kind {
  VM_KIND_I32 = 0,
  VM_KIND_I64 = 1,
  VM_KIND_F32 = 2,
  VM_KIND_F64 = 3,
  VM_KIND_DYN = 4,
  VM_KIND_REF = 5
} vm_kind;

/* Heap types of references that are not declared by a module. A declared type is its index in the
 * module's type section, below VM_HEAP_ANY. */
enum {
  VM_HEAP_ANY = 0xFFFF00,    /* every reference */
  VM_HEAP_STRUCT = 0xFFFF01,
  VM_HEAP_ARRAY = 0xFFFF02,
  VM_HEAP_FUNC = 0xFFFF03,
  VM_HEAP_EXTERN = 0xFFFF04, /* a host object */
  VM_HEAP_EXN = 0xFFFF05,    /* an exception */
  VM_HEAP_WEAK = 0xFFFF06    /* a weak reference */
};

/* A value type in 32 bits: the kind in bits 28 to 31, for references "nullable" in bit 27 and the
 * heap type in bits 0 to 23; all other bits are zero. */
typedef uint32_t vm_type;

/* Value types: numbers and dyn, then references (never null, or nullable) to a heap type. */
#define VM_TYPE(kind) ((vm_type)(kind) << 28)
#define VM_I32 VM_TYPE(VM_KIND_I32)
#define VM_I64 VM_TYPE(VM_KIND_I64)
#define VM_F32 VM_TYPE(VM_KIND_F32)
#define VM_F64 VM_TYPE(VM_KIND_F64)
#define VM_DYN VM_TYPE(VM_KIND_DYN)
#define VM_REF(heap) (VM_TYPE(VM_KIND_REF) | (vm_type)(heap))
#define VM_REF_NULL(heap) (VM_REF(heap) | 0x08000000u)
/* What a value type is: its kind; of a reference the heap type, and whether it may be null. */
#define VM_TYPE_KIND(type) ((vm_kind)((type) >> 28))
#define VM_TYPE_HEAP(type) ((uint32_t)((type) & 0xFFFFFFu))
#define VM_TYPE_NULLABLE(type) (((type) & 0x08000000u) != 0)

/* A storage type of a struct field or array element: a vm_type, or one of these packed integers. */
#define VM_I8 ((vm_type)0xE0000000u)
#define VM_I16 ((vm_type)0xF0000000u)

/* A handle: names a slot that the collector sees as a root. Zero is the null reference. It is
 * valid until its scope closes (persistent ones: until released); a stale one is detected. */
typedef struct vm_ref {
  uint32_t index;  /* private */
  uint32_t serial; /* private */
} vm_ref;

/* The null reference; in C++ vm_ref_null() does the same. */
#define VM_NULL_REF ((vm_ref){0, 0})

/* A value with its kind. For VM_KIND_DYN, `dyn` is the tagged word when it holds no reference
 * (see vm_dyn_* in vm/value.h) and `ref` is used, with `is_ref` set, when it does. */
typedef struct vm_value {
  uint32_t kind;    /* a vm_kind */
  uint32_t is_ref;  /* for VM_KIND_DYN: nonzero if `of.ref` holds the value */
  union {
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
    uint64_t dyn;
    vm_ref ref;
  } of; /* the content, by kind */
} vm_value;

#ifdef __cplusplus
}
#endif
#endif
