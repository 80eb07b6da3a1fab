/* calls.h - the C half of bench_calls: the same calls as in calls.cpp, by the C API alone.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef CALLS_H
#define CALLS_H

#include <vm/vm.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct calls_world {
  vm_engine *engine;
  vm_module *module;
  vm_isolate *isolate;
  vm_instance *instance;
  vm_ref add, pick, loop, objects;
  vm_ref object; /* a persistent handle for any object */
} calls_world;

extern const char *const calls_text;

/* 0: as wanted */
int calls_open(calls_world *w, int tier);
void calls_close(calls_world *w);

/* Each makes `n` calls and returns a sum over their results. */
int64_t calls_guest_numbers(calls_world *w, int32_t n);
int64_t calls_guest_references(calls_world *w, int32_t n);
int64_t calls_host_numbers(calls_world *w, int32_t n);
int64_t calls_host_objects(calls_world *w, int32_t n);

#ifdef __cplusplus
}
#endif
#endif
