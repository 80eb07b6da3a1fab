/* guest.h - the tool's import module "vm" for benchmarks: output is written to a file or hashed.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stdio.h>

#include "vm/vm.h"

typedef struct guest {
  int32_t argument; /* what arg_i32 gives for argument 0 */
  FILE *out;        /* where output goes, or NULL: */
  uint64_t hash;    /* FNV-1a over everything printed */
} guest;

void guest_hash(guest *g, const void *bytes, size_t size);
vm_status guest_define(vm_isolate *isolate, guest *g, vm_error *e);

#endif
