/* vm/engine.h - the engine: compiler, compiled code and configuration, shared by all isolates.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VM_ENGINE_H
#define VM_ENGINE_H

#include "vm/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Memory for everything but VM stacks and heap slabs bookkeeping comes from here. `resize` works
 * like realloc: `block` NULL allocates, `new_size` 0 frees and returns NULL, NULL otherwise means
 * that memory ran out and the block is unchanged. `old_size` is what was asked for. It may be
 * called from any thread at any time and must not call libvm. */
typedef struct vm_allocator {
  void *(*resize)(void *user, void *block, size_t old_size, size_t new_size);
  void *user; /* borrowed for the engine's life */
} vm_allocator;

typedef struct vm_engine vm_engine;

#ifdef __cplusplus
}
#endif
#endif
