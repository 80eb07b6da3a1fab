/* verify.h - one linear pass that makes a module safe to run and finds what the tiers need.
 *
 * SPDX-License-Identifier: MIT
 *
 * For every function: control falls off nowhere, every label is reached with its types, every
 * operand and immediate is right, the stack depth is known at every instruction, handlers and
 * labels stand at instruction boundaries. Writes max_stack, ninsns, frame_size, reference maps
 * and local_refs into the functions (memory from the module's arena). Source of the method:
 * one-pass verification with typed labels as in CLDC stack maps and WebAssembly validation.
 */
#ifndef VMI_VERIFY_H
#define VMI_VERIFY_H

#include "module.h"

enum { VMI_FRAME_HEADER = 4 }; /* slots, see lib/rt/thread.h */

/* Errors: INVALID (function, offset in its code, expected, found), LIMIT, MEMORY. */
vm_status vmi_verify(vmi_module *m, vm_error *e);

#endif
