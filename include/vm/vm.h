/* vm/vm.h - everything of libvm's API, and the mental model behind it.
 *
 * SPDX-License-Identifier: MIT
 *
 * Four things, each made from the one before:
 *
 *   vm_engine    compiler, compiled code, configuration; usually one a process
 *   vm_module    verified bytecode, immutable, shared by any number of isolates
 *   vm_isolate   one heap, one stack, limits: an independent guest world
 *   vm_instance  a module linked into an isolate: its globals, memories, tables
 *
 *   bytes or text --vm_module_load--> module --vm_instance_new--> instance
 *        --vm_instance_get_func--> function reference --vm_call--> results
 *
 * Free in the opposite order. Instances belong to their isolate and go with it, or earlier: one that
 * the host has released (vm_instance_release) goes when nothing reaches it any more. An isolate keeps
 * the modules that it has instances of alive; an engine is freed when its modules and isolates are.
 *
 * Statuses. Every function that can fail returns a vm_status and takes a caller-owned vm_error
 * last, which may be NULL and is filled on failure only. Out parameters are written on success; on
 * failure pointers are set to NULL and other out parameters are left alone. A guest exception, a
 * trap, an interrupt are statuses (VM_EXCEPTION, VM_TERMINATED) and leave the isolate usable. The
 * library never prints, exits or installs a signal handler. A NULL where none is allowed gives
 * VM_ARGUMENT.
 *
 * Threads. Engine and module functions may be called from any thread at any time. An isolate, its
 * instances and handles are used by one thread at a time; which one may change between calls.
 * vm_isolate_interrupt and vm_isolate_request_pause alone may come from another thread. Isolates share
 * nothing but code, so any number of them run in parallel.
 *
 * Roots. The host never sees the address of a guest object, only handles (vm_ref) that the
 * collector counts as roots. A function that returns a reference makes a handle in the innermost
 * open scope (vm/handle.h); closing the scope lets go of its handles. A persistent handle lives
 * until it is released. A handle that is stale, or of another isolate as far as can be told, gives
 * VM_HANDLE and never touches memory. "May collect" in a comment means that the call can run the
 * collector; handles stay valid across it, so the host need not care.
 *
 * Names. Guest names are UTF-8; the API takes and gives them NUL-terminated.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include "vm/builder.h"
#include "vm/dynamic.h"
#include "vm/engine.h"
#include "vm/exception.h"
#include "vm/handle.h"
#include "vm/host.h"
#include "vm/instance.h"
#include "vm/isolate.h"
#include "vm/module.h"
#include "vm/object.h"
#include "vm/opcodes.h"
#include "vm/stats.h"
#include "vm/status.h"
#include "vm/text.h"
#include "vm/types.h"
#include "vm/value.h"
#include "vm/version.h"

#endif
