/* guest.c - what tool and benchmarks grant the guest: one output and its arguments, nothing else.
 *
 * SPDX-License-Identifier: MIT
 */
#include "guest.h"

#include <string.h>

static vm_status put(guest_io *io, const void *bytes, size_t size)
{
  if (fwrite(bytes, 1, size, io->out) != size) io->failed = true;
  return io->failed ? VM_STATE : VM_OK; /* the guest sees the trap `host` */
}

/* Elements [from, from + count) of an array of bytes. */
static vm_status write_array(vm_isolate *iso, guest_io *io, vm_ref array, uint32_t from, uint32_t count)
{
  char buffer[4096];
  while (count) {
    uint32_t n = count < sizeof buffer ? count : (uint32_t)sizeof buffer;
    vm_status st = vm_array_read(iso, array, from, n, buffer, n, NULL);
    if (st == VM_HANDLE) return vm_isolate_trap(iso, VM_TRAP_NULL_REFERENCE);
    if (st != VM_OK) return vm_isolate_trap(iso, VM_TRAP_ARRAY_BOUNDS);
    st = put(io, buffer, n);
    if (st != VM_OK) return st;
    from += n;
    count -= n;
  }
  return VM_OK;
}

static vm_status guest_print(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)results;
  uint32_t length;
  if (vm_array_get_length(iso, args[0].of.ref, &length, NULL) != VM_OK)
    return vm_isolate_trap(iso, VM_TRAP_NULL_REFERENCE);
  return write_array(iso, user, args[0].of.ref, 0, length);
}

static vm_status guest_write(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)results;
  return write_array(iso, user, args[0].of.ref, (uint32_t)args[1].of.i32, (uint32_t)args[2].of.i32);
}

static vm_status guest_print_char(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso, (void)results;
  char c = (char)args[0].of.i32;
  return put(user, &c, 1);
}

static vm_status guest_print_i32(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso, (void)results;
  char text[16];
  return put(user, text, (size_t)snprintf(text, sizeof text, "%d", (int)args[0].of.i32));
}

static vm_status guest_print_i64(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso, (void)results;
  char text[32];
  return put(user, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)args[0].of.i64));
}

/* (value, decimals): decimals after the point, or the shortest exact form if negative. */
static vm_status guest_print_f64(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso, (void)results;
  char text[512];
  int decimals = args[1].of.i32;
  double x = args[0].of.f64;
  if (decimals > 100) decimals = 100;
  int n = x != x ? snprintf(text, sizeof text, "nan")
          : decimals < 0 ? snprintf(text, sizeof text, "%.17g", x)
                         : snprintf(text, sizeof text, "%.*f", decimals, x);
  return put(user, text, (size_t)n);
}

static vm_status guest_arg_count(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso, (void)args;
  results[0].of.i32 = ((guest_io *)user)->argc;
  return VM_OK;
}

static const char *argument(const guest_io *io, int32_t i)
{
  return i >= 0 && i < io->argc ? io->argv[i] : NULL;
}

static vm_status guest_arg_length(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso;
  const char *arg = argument(user, args[0].of.i32);
  results[0].of.i32 = arg ? (int32_t)strlen(arg) : -1;
  return VM_OK;
}

/* (index, bytes, from): the argument's bytes into the array, which must have room. */
static vm_status guest_arg_copy(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)results;
  const char *arg = argument(user, args[0].of.i32);
  if (!arg) return vm_isolate_trap(iso, VM_TRAP_ARRAY_BOUNDS);
  uint32_t n = (uint32_t)strlen(arg);
  vm_status st = vm_array_write(iso, args[1].of.ref, (uint32_t)args[2].of.i32, n, arg, n, NULL);
  if (st == VM_HANDLE) return vm_isolate_trap(iso, VM_TRAP_NULL_REFERENCE);
  return st == VM_OK ? VM_OK : vm_isolate_trap(iso, VM_TRAP_ARRAY_BOUNDS);
}

/* (index, fallback): the argument as a decimal number, or the fallback if there is none. */
static vm_status guest_arg_i32(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso;
  const char *arg = argument(user, args[0].of.i32);
  int value, used = 0;
  bool ok = arg && sscanf(arg, "%d%n", &value, &used) == 1 && arg[used] == 0;
  results[0].of.i32 = ok ? value : args[1].of.i32;
  return VM_OK;
}

#define ARRAY VM_REF_NULL(VM_HEAP_ARRAY)

static const struct {
  const char *name;
  vm_host_function *fn;
  uint32_t nparams, nresults;
  vm_type params[3], results[1];
} imports[] = {
    {"print", guest_print, 1, 0, {ARRAY}, {0}},
    {"write", guest_write, 3, 0, {ARRAY, VM_I32, VM_I32}, {0}},
    {"print_char", guest_print_char, 1, 0, {VM_I32}, {0}},
    {"print_i32", guest_print_i32, 1, 0, {VM_I32}, {0}},
    {"print_i64", guest_print_i64, 1, 0, {VM_I64}, {0}},
    {"print_f64", guest_print_f64, 2, 0, {VM_F64, VM_I32}, {0}},
    {"arg_count", guest_arg_count, 0, 1, {0}, {VM_I32}},
    {"arg_length", guest_arg_length, 1, 1, {VM_I32}, {VM_I32}},
    {"arg_copy", guest_arg_copy, 3, 0, {VM_I32, ARRAY, VM_I32}, {0}},
    {"arg_i32", guest_arg_i32, 2, 1, {VM_I32, VM_I32}, {VM_I32}},
};

vm_status define_guest_imports(vm_isolate *iso, guest_io *io, vm_error *e)
{
  for (size_t i = 0; i < sizeof imports / sizeof imports[0]; i++) {
    vm_status st = vm_isolate_define_func(iso, "vm", imports[i].name, imports[i].params,
                                          imports[i].nparams, imports[i].results,
                                          imports[i].nresults, imports[i].fn, io, NULL, e);
    if (st != VM_OK) return st;
  }
  return VM_OK;
}
