/* initial.c - initial values of globals, offsets and items of segments.
 *
 * SPDX-License-Identifier: MIT
 */
#include "isolate.h"

static vmi_slot global_value(vmi_instance *inst, uint64_t index)
{
  return *vmi_instance_global(inst, (uint32_t)index);
}

/* i32 arithmetic is that on 64 bits, cut off at the end. The verifier has bounded the stack: every
 * operation takes one operand more than it gives. */
static uint64_t evaluate(vmi_instance *inst, bool wide, const vmi_init_expr *expr)
{
  uint64_t stack[VMI_MAX_INIT / 2 + 1], *sp = stack;
  for (uint32_t i = 0; i < expr->count; i++) {
    const vmi_init *op = &expr->ops[i];
    vmi_slot v;
    switch (op->kind) {
    case VMI_INIT_CONST: *sp++ = op->bits; break;
    case VMI_INIT_GLOBAL:
      v = global_value(inst, op->bits);
      *sp++ = wide ? v.u64 : v.u32;
      break;
    case VMI_INIT_ADD: sp--, sp[-1] += sp[0]; break;
    case VMI_INIT_SUB: sp--, sp[-1] -= sp[0]; break;
    default: sp--, sp[-1] *= sp[0]; break; /* MUL */
    }
  }
  return stack[0];
}

bool vmi_rt_initial_value(vmi_instance *inst, vm_type type, const vmi_init *init, vmi_slot *out)
{
  bool wide = VM_TYPE_KIND(type) != VM_KIND_I32 && VM_TYPE_KIND(type) != VM_KIND_F32;
  uint64_t bits = 0;
  out->u64 = 0;
  switch (init->kind) {
  case VMI_INIT_GLOBAL: *out = global_value(inst, init->bits); return true;
  case VMI_INIT_FUNC:
    out->ref = (vmi_obj *)vmi_rt_func_object(inst, (uint32_t)init->bits);
    return out->ref != NULL;
  case VMI_INIT_CONST: bits = init->bits; break;
  case VMI_INIT_EXPR: bits = evaluate(inst, wide, init->expr); break;
  default: return true; /* NULL */
  }
  if (wide) out->u64 = bits;
  else out->u32 = (uint32_t)bits;
  return true;
}
