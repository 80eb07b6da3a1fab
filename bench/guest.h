/* guest.h - the tool's import module "vm" for benchmarks: output is written to a file.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <stdio.h>

#include "vm/vm.h"

typedef struct guest {
  int32_t argument; /* what arg_i32 gives for argument 0 */
  FILE *out;        /* where output goes */
} guest;

vm_status guest_define(vm_isolate *isolate, guest *g, vm_error *e);

#endif
