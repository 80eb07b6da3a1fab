/* init.c - the builder's initial values of globals, segment offsets and segment items.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "build.h"

static vm_init init_of(vm_init_kind kind, uint64_t bits)
{
  return (vm_init){kind, bits, NULL};
}

vm_init vm_init_i32(int32_t value) { return init_of(VM_INIT_CONST, (uint32_t)value); }
vm_init vm_init_i64(int64_t value) { return init_of(VM_INIT_CONST, (uint64_t)value); }
vm_init vm_init_nil(void) { return init_of(VM_INIT_CONST, 0); }
vm_init vm_init_null(void) { return init_of(VM_INIT_NULL, 0); }
vm_init vm_init_func(uint32_t func) { return init_of(VM_INIT_FUNC, func); }
vm_init vm_init_global(uint32_t global) { return init_of(VM_INIT_GLOBAL, global); }
vm_init vm_init_add(void) { return init_of(VM_INIT_ADD, 0); }
vm_init vm_init_sub(void) { return init_of(VM_INIT_SUB, 0); }
vm_init vm_init_mul(void) { return init_of(VM_INIT_MUL, 0); }

vm_init vm_init_expr(const vm_init *ops, uint32_t count)
{
  return (vm_init){VM_INIT_EXPR, count, ops};
}

vm_init vm_init_f32(float value)
{
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return init_of(VM_INIT_CONST, bits);
}

vm_init vm_init_f64(double value)
{
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return init_of(VM_INIT_CONST, bits);
}

static vm_status wrong_init(vm_builder *b, const char *what, vm_type expected, const char *found)
{
  char text[96];
  return vmi_build_fail(b, VM_ARGUMENT, "%s: expected an initial value of type %s, found %s", what,
                        vmi_type_text(b->m, expected, text, sizeof text), found);
}

/* The one form of an immediate: nil, a boolean, an integer, a double whose NaN is canonical. */
static bool dyn_immediate(uint64_t bits)
{
  const uint64_t first_int = UINT64_C(0xFFFE000000000000), doubles = UINT64_C(0x0002000000000000);
  if (bits == 0 || bits == 6 || bits == 7) return true;
  if (bits >= first_int) return bits - first_int <= UINT32_MAX;
  if (bits < doubles) return false;
  uint64_t number = bits - doubles;
  return (number & INT64_MAX) <= UINT64_C(0x7FF0000000000000)
         || number == UINT64_C(0x7FF8000000000000);
}

static vm_status check_const(vm_builder *b, const char *what, vm_type type, uint64_t bits)
{
  vm_kind kind = VM_TYPE_KIND(type);
  if (kind == VM_KIND_REF) return wrong_init(b, what, type, "a constant");
  if ((kind == VM_KIND_I32 || kind == VM_KIND_F32) && bits > UINT32_MAX) {
    return wrong_init(b, what, type, "more than 32 bits");
  }
  if (kind == VM_KIND_DYN && !dyn_immediate(bits)) {
    return wrong_init(b, what, type, "bits that are no nil, boolean or number");
  }
  return VM_OK;
}

static vm_status check_value(vm_builder *b, const char *what, vm_type type, vm_type found)
{
  char text[96];
  if (vmi_subtype(b->m, found, type)) return VM_OK;
  return wrong_init(b, what, type, vmi_type_text(b->m, found, text, sizeof text));
}

static vm_status check_init_func(vm_builder *b, const char *what, vm_type type, uint64_t func)
{
  vm_status s = vmi_build_index(b, what, func > UINT32_MAX ? UINT32_MAX : (uint32_t)func,
                                b->m->nfuncs);
  if (s != VM_OK) return s;
  if (b->m->funcs[func].has_env) {
    return wrong_init(b, what, type, "a function with an environment");
  }
  return check_value(b, what, type, VM_REF(b->m->funcs[func].type));
}

static vm_status check_init_global(vm_builder *b, const char *what, vm_type type, uint64_t global)
{
  vm_status s = vmi_build_index(b, what, global > UINT32_MAX ? UINT32_MAX : (uint32_t)global,
                                b->m->nglobals);
  if (s != VM_OK) return s;
  if (b->m->globals[global].mut) return wrong_init(b, what, type, "a mutable global");
  return check_value(b, what, type, b->m->globals[global].type);
}

/* One step of arithmetic; *depth values are there before it and after it. */
static vm_status check_step(vm_builder *b, const char *what, vm_type type, const vm_init *op,
                            vmi_init *out, uint32_t *depth)
{
  switch (op->kind) {
  case VM_INIT_CONST: case VM_INIT_GLOBAL:
    ++*depth;
    return vmi_build_init(b, what, type, *op, out);
  case VM_INIT_ADD: out->kind = VMI_INIT_ADD; break;
  case VM_INIT_SUB: out->kind = VMI_INIT_SUB; break;
  case VM_INIT_MUL: out->kind = VMI_INIT_MUL; break;
  default:
    return vmi_build_fail(b, VM_ARGUMENT, "%s: expected a constant, a global or an operation, "
                          "found an initial value of kind %d", what, (int)op->kind);
  }
  if (*depth < 2) return wrong_init(b, what, type, "an operation without two operands");
  --*depth;
  return VM_OK;
}

static vm_status check_expr(vm_builder *b, const char *what, vm_type type, vm_init init,
                            vmi_init *out)
{
  uint32_t depth = 0;
  if (type != VM_I32 && type != VM_I64) return wrong_init(b, what, type, "arithmetic");
  if (init.bits == 0 || init.ops == NULL) return wrong_init(b, what, type, "no operations");
  if (init.bits == 1) { /* of one value: itself */
    vmi_init only;
    vm_status s = check_step(b, what, type, &init.ops[0], &only, &depth);
    *out = only;
    return s;
  }
  if (init.bits > VMI_MAX_INIT) {
    return vmi_build_fail(b, VM_LIMIT, "%s: expected at most %d operations, found %llu", what,
                          VMI_MAX_INIT, (unsigned long long)init.bits);
  }
  vmi_init_expr *expr = vmi_arena_new(&b->m->arena, 1, sizeof *expr);
  if (expr != NULL) expr->ops = vmi_arena_new(&b->m->arena, init.bits, sizeof *expr->ops);
  if (expr == NULL || expr->ops == NULL) return vmi_build_no_memory(b);
  expr->count = (uint32_t)init.bits;
  for (uint32_t i = 0; i < expr->count; i++) {
    vm_status s = check_step(b, what, type, &init.ops[i], &expr->ops[i], &depth);
    if (s != VM_OK) return s;
  }
  if (depth != 1) return wrong_init(b, what, type, "arithmetic that leaves more than one value");
  *out = (vmi_init){.kind = VMI_INIT_EXPR, .expr = expr};
  return VM_OK;
}

vm_status vmi_build_init(vm_builder *b, const char *what, vm_type type, vm_init init,
                         vmi_init *out)
{
  switch (init.kind) {
  case VM_INIT_CONST:
    *out = (vmi_init){VMI_INIT_CONST, {init.bits}};
    return check_const(b, what, type, init.bits);
  case VM_INIT_NULL:
    *out = (vmi_init){VMI_INIT_NULL, {0}};
    if (vmi_type_is_ref(type) && VM_TYPE_NULLABLE(type)) return VM_OK;
    return wrong_init(b, what, type, "null");
  case VM_INIT_FUNC:
    *out = (vmi_init){VMI_INIT_FUNC, {init.bits}};
    return check_init_func(b, what, type, init.bits);
  case VM_INIT_GLOBAL:
    *out = (vmi_init){VMI_INIT_GLOBAL, {init.bits}};
    return check_init_global(b, what, type, init.bits);
  case VM_INIT_EXPR:
    return check_expr(b, what, type, init, out);
  default: break;
  }
  return vmi_build_fail(b, VM_ARGUMENT, "%s: expected a kind of initial value, found %d", what,
                        (int)init.kind);
}
