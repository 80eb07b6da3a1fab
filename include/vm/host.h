/* vm/host.h - functions of the host that the guest can call.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VM_HOST_H
#define VM_HOST_H

#include "vm/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vm_isolate vm_isolate; /* one heap, one stack, limits: vm/isolate.h */

/* A host function. `args` (borrowed) and `results` (to be filled) have the lengths and kinds of its
 * signature; `results` arrives zeroed with its kinds set. References among `args` are handles of a
 * scope that closes when the function returns; handles made in it close then too. It may call any
 * function on the isolate, guest functions included.
 *
 * Return VM_OK; VM_EXCEPTION after vm_isolate_throw, or to pass on the exception that a nested call
 * ended with; VM_TERMINATED after vm_isolate_exit or
 * vm_isolate_poll, or to pass on that of a nested call. VM_MEMORY raises the trap `out-of-memory`, VM_LIMIT (a
 * nested call found no stack) `stack-overflow`, anything else `host`. The function stands in the
 * backtrace. */
typedef vm_status vm_host_function(vm_isolate *isolate, void *user, const vm_value *args,
                                   vm_value *results);

/* What vm_isolate_request_pause asks for: called on the isolate's thread in the middle of guest code,
 * where that polls. It must not use the isolate, vm_isolate_interrupt excepted. VM_OK: the guest goes
 * on. Anything else: the innermost call from the host returns VM_TERMINATED with trap `interrupt`;
 * unlike after vm_isolate_interrupt a host function that made this call may go on. Since 0.1. */
typedef vm_status vm_pause_function(vm_isolate *isolate, void *user);

#ifdef __cplusplus
}
#endif
#endif
