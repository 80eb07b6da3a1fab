/* guest.h - the import module "vm" that guests of the tool and of the benchmarks get; docs/tool.md lists it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VM_GUEST_H
#define VM_GUEST_H

#include <stdbool.h>
#include <stdio.h>

#include "vm/vm.h"

typedef struct guest_io {
  int argc;
  char **argv;
  FILE *out;
  bool failed; /* `out` could not be written */
} guest_io;

vm_status define_guest_imports(vm_isolate *isolate, guest_io *io, vm_error *e);

#endif
