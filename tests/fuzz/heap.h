/* heap.h - the objects that a run left behind, as one number.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_HEAP_H
#define FUZZ_HEAP_H

#include "vm/vm.h"

enum { MAX_OBJECTS = 100 };

/* A walk over the object graph; starts zeroed but for the isolate. Objects are known by the order
 * in which they were met, so that sharing counts too. After MAX_OBJECTS it looks no deeper. */
typedef struct heap_walk {
  vm_isolate *isolate;
  uint64_t hash;
  uint32_t count;
  vm_ref seen[MAX_OBJECTS];
} heap_walk;

/* Add a value and everything it reaches. */
void heap_add(heap_walk *w, const vm_value *v);

#endif
