/* spec_spectest.c - the module "spectest" that the specification's scripts import from.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "spec.h"

static vm_status print(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)isolate, (void)user, (void)args, (void)results;
  return VM_OK;
}

static const char text[] =
    "module spectest\n"
    "table  table (ref null func) 10 20\n"
    "memory memory 1 2\n"
    "global global_i32 i32 = 666\n"
    "global global_i64 i64 = 666\n"
    "global global_f32 f32 = 666.6\n"
    "global global_f64 f64 = 666.6\n"
    "export table \"table\" table\n"
    "export memory \"memory\" memory\n"
    "export global \"global_i32\" global_i32\n"
    "export global \"global_i64\" global_i64\n"
    "export global \"global_f32\" global_f32\n"
    "export global \"global_f64\" global_f64\n";

static bool define_print(spec_run *r, const char *name, const vm_type *params, uint32_t count)
{
  vm_status s = vm_isolate_define_func(r->isolate, "spectest", name, params, count, NULL, 0, print,
                                       NULL, NULL, &r->error);
  return s == VM_OK || spec_wrong(r, "spectest: %s: %s", name, r->error.message);
}

bool spec_define_spectest(spec_run *r)
{
  static const vm_type i32 = VM_I32, i64 = VM_I64, f32 = VM_F32, f64 = VM_F64;
  const vm_type mixed[] = {VM_I32, VM_F32}, doubles[] = {VM_F64, VM_F64};
  vm_module *module = NULL;
  vm_instance *instance = NULL;
  vm_status s = vm_module_assemble(r->engine, text, strlen(text), &module, &r->error);
  if (s == VM_OK) s = vm_instance_new(r->isolate, module, &instance, &r->error);
  if (s == VM_OK) s = vm_instance_define(instance, "spectest", &r->error);
  vm_module_free(module);
  if (s != VM_OK) return spec_wrong(r, "spectest: %s", r->error.message);
  return define_print(r, "print", NULL, 0) && define_print(r, "print_i32", &i32, 1)
         && define_print(r, "print_i64", &i64, 1) && define_print(r, "print_f32", &f32, 1)
         && define_print(r, "print_f64", &f64, 1) && define_print(r, "print_i32_f32", mixed, 2)
         && define_print(r, "print_f64_f64", doubles, 2);
}
