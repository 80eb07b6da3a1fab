/* feedback.h - what the interpreters have seen at instructions with a slow path, for tier 2 to guess by.
 *
 * SPDX-License-Identifier: MIT
 *
 * One record for each such instruction of a module, shared by all isolates. It only ever gains bits, so
 * code made from a record and left because of what the record lacked is never made the same way again.
 * Losing a bit to another thread costs one more departure from compiled code.
 */
#ifndef VMI_FEEDBACK_H
#define VMI_FEEDBACK_H

#include <stdatomic.h>
#include <stdint.h>

enum {
  /* arithmetic and comparison */
  VMI_SEEN_INT = 1, VMI_SEEN_DOUBLE = 2,
  VMI_SEEN_WORD = 4,  /* dyn.eq of other things, decided by their words */
  /* property access */
  VMI_SEEN_OWN = 1,   /* the first entry of the cache, a value in the object itself */
  VMI_SEEN_MORE = 2,  /* everything else that caches and the run time find */
  /* dyn.call, dyn.invoke */
  VMI_SEEN_CALL = 1,  /* a function of the right type */
  VMI_SEEN_CLOSURES = 2, /* several with the same code */
  /* all of them */
  VMI_SEEN_SLOW = 8,
  VMI_SEEN_ALL = 15
};

/* At multiples of its size, which leaves the low bits of its address to tier 1. */
typedef struct vmi_feedback {
  _Atomic uint32_t target; /* of calls: 0, 1 + the function of this module, or VMI_TARGET_MANY */
  _Atomic uint32_t seen;   /* VMI_SEEN_* */
  uint32_t func, slow;     /* the function that it is in; that of its slow path */
} vmi_feedback;

_Static_assert(sizeof(vmi_feedback) > VMI_SEEN_ALL && (sizeof(vmi_feedback) & (sizeof(vmi_feedback) - 1)) == 0,
               "room for VMI_SEEN_*");

#define VMI_TARGET_MANY UINT32_MAX /* or one of another instance */

static inline uint32_t vmi_seen(const vmi_feedback *f)
{
  return atomic_load_explicit(&f->seen, memory_order_relaxed);
}

/* As it is handed to the compiler. */
typedef struct vmi_guess {
  uint32_t target, seen;
} vmi_guess;

#endif
