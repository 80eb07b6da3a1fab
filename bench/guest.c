/* guest.c - see guest.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "guest.h"

static void put(guest *g, const void *bytes, size_t size)
{
  fwrite(bytes, 1, size, g->out);
}

static vm_status write_range(vm_isolate *iso, guest *g, vm_ref array, uint32_t from, uint32_t count)
{
  char buffer[4096];
  while (count) {
    uint32_t n = count < sizeof buffer ? count : (uint32_t)sizeof buffer;
    vm_status st = vm_array_read(iso, array, from, n, buffer, n, NULL);
    if (st != VM_OK) return st;
    put(g, buffer, n);
    from += n;
    count -= n;
  }
  return VM_OK;
}

static vm_status print(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)results;
  uint32_t length;
  vm_status st = vm_array_get_length(iso, args[0].of.ref, &length, NULL);
  return st == VM_OK ? write_range(iso, user, args[0].of.ref, 0, length) : st;
}

static vm_status write(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)results;
  return write_range(iso, user, args[0].of.ref, (uint32_t)args[1].of.i32, (uint32_t)args[2].of.i32);
}

static vm_status print_char(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso, (void)results;
  char c = (char)args[0].of.i32;
  put(user, &c, 1);
  return VM_OK;
}

static vm_status print_i32(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso, (void)results;
  char text[16];
  put(user, text, (size_t)snprintf(text, sizeof text, "%d", (int)args[0].of.i32));
  return VM_OK;
}

static vm_status print_f64(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso, (void)results;
  char text[400];
  int n = snprintf(text, sizeof text, "%.*f", (int)args[1].of.i32 & 31, args[0].of.f64);
  put(user, text, (size_t)n);
  return VM_OK;
}

static vm_status arg_i32(vm_isolate *iso, void *user, const vm_value *args, vm_value *results)
{
  (void)iso;
  results[0].of.i32 = args[0].of.i32 == 0 ? ((guest *)user)->argument : args[1].of.i32;
  return VM_OK;
}

#define ARRAY VM_REF_NULL(VM_HEAP_ARRAY)

static const struct {
  const char *name;
  vm_host_function *fn;
  uint32_t nparams, nresults;
  vm_type params[3], results[1];
} imports[] = {
    {"print", print, 1, 0, {ARRAY}, {0}},
    {"write", write, 3, 0, {ARRAY, VM_I32, VM_I32}, {0}},
    {"print_char", print_char, 1, 0, {VM_I32}, {0}},
    {"print_i32", print_i32, 1, 0, {VM_I32}, {0}},
    {"print_f64", print_f64, 2, 0, {VM_F64, VM_I32}, {0}},
    {"arg_i32", arg_i32, 2, 1, {VM_I32, VM_I32}, {VM_I32}},
};

vm_status guest_define(vm_isolate *iso, guest *g, vm_error *e)
{
  for (size_t i = 0; i < sizeof imports / sizeof imports[0]; i++) {
    vm_status st = vm_isolate_define_func(iso, "vm", imports[i].name, imports[i].params,
                                          imports[i].nparams, imports[i].results,
                                          imports[i].nresults, imports[i].fn, g, NULL, e);
    if (st != VM_OK) return st;
  }
  return VM_OK;
}
