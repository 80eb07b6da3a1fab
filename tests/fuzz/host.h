/* host.h - what random modules import: host functions, and a second guest module "env".
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef FUZZ_HOST_H
#define FUZZ_HOST_H

#include <stdbool.h>

#include "vm/vm.h"

/* Functions of module "host", in this order in gen.hosts. */
enum {
  HOST_MIX,      /* (i64, f64, dyn) -> (i64); sometimes collects */
  HOST_THROW_IF, /* (i32, dyn): throws or traps for some numbers */
  HOST_CALLBACK, /* ((ref null func), i32 depth, i32 mode) -> (i64): calls the function */
  HOST_MAKE,     /* (i32) -> ((ref null any)): a host object or null */
  HOST_COUNT
};

typedef struct host_signature {
  const char *name;
  uint32_t nparams, nresults;
  vm_type params[3], results[1];
} host_signature;

extern const host_signature host_signatures[HOST_COUNT];

/* Module "env" for this engine; exits if that fails. The caller frees it. */
vm_module *host_env_load(vm_engine *engine);

/* Define "host" and, as an instance of `env`, "env". */
vm_status host_define(vm_isolate *isolate, vm_module *env, vm_error *error);

/* An argument of this type for a guest function, from `bits`: a number, an immediate or null. */
vm_value host_argument(vm_type type, uint64_t bits);

/* The value in 64 bits, the same in every run: NaNs are one, references null or not. */
uint64_t host_value_bits(const vm_value *v);

#endif
