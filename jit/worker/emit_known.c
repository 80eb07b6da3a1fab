/* emit_known.c - which addresses of linear memory are known to be in bounds, so that they are not
 * checked again.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * An i32 is described as `origin + delta`, modulo 2^32: two values of one origin differ by the difference
 * of their deltas, whatever they are. Constants have an origin of their own, 0. A *fact* says of an
 * origin, a delta and a memory that the bytes from there on, `extent` of them, were in bounds when they
 * were looked at; and so they stay, for a memory never shrinks. As its end is at most 2^32, what lies
 * behind such an address does not wrap: an access at a delta higher by d, that ends d' behind
 * its own address, is in bounds if d + d' is at most the extent.
 *
 *     local.get p; i32.load 8                          checked: 12 bytes from p on
 *     local.get p; i32.load 4                          in there
 *     local.get p; i32.const 4; i32.add; i32.load 4    ends in the same place
 *
 * (An i64 has a description, too, for other uses; only an i32 is an address or a sum.)
 *
 * Facts hold from the check to the next label: from then on control may come from elsewhere, from a
 * loop's end or from another tier. A local that is set gets the description of its new value.
 */
#include "emitter.h"

static uint32_t new_origin(vmi_emitter *e) { return ++e->known.origins; }

void vmi_known_forget(vmi_emitter *e)
{
  e->known.nfacts = 0;
  e->known.epoch++;
}

void vmi_known_constant(vmi_emitter *e, uint32_t value)
{
  vmi_operand *o = &e->stack[e->depth - 1];
  o->described = true;
  o->origin = 0;
  o->delta = value;
}

void vmi_known_push_local(vmi_emitter *e, uint32_t local)
{
  vmi_operand *o = &e->stack[e->depth - 1];
  vmi_known_local *l = &e->known.locals[local];
  if (o->cls == C_DYN && l->epoch == e->known.epoch) {
    o->known = l->dyn;
    if (l->dyn == VMI_KNOWN_DOUBLE) o->number = e_get(e->numbers[local]);
  }
  if (o->cls != C_I32 && o->cls != C_I64) return;
  if (l->epoch != e->known.epoch) *l = (vmi_known_local){e->known.epoch, new_origin(e), 0, 0};
  o->described = true;
  o->origin = l->origin;
  o->delta = l->delta;
}

void vmi_known_set_local(vmi_emitter *e, uint32_t local, const vmi_operand *o)
{
  vmi_known_local *l = &e->known.locals[local];
  if (o && o->described) *l = (vmi_known_local){e->known.epoch, o->origin, o->delta, 0};
  else *l = (vmi_known_local){e->known.epoch, new_origin(e), 0, 0};
  if (o && o->cls == C_DYN) vmi_known_dyn(e, local, o->known, o->number);
}

void vmi_known_dyn(vmi_emitter *e, uint32_t local, uint8_t known, rvalue *number)
{
  vmi_known_local *l = &e->known.locals[local];
  if (known == VMI_KNOWN_DOUBLE) {
    if (!e->numbers[local]) e->numbers[local] = vmi_emit_local(e, e->u->cls[C_F64], "n");
    if (!number) number = vmi_emit_unboxed(e, e_get(e->locals[local]));
    e_set(e, e->numbers[local], number);
  }
  if (l->epoch != e->known.epoch) *l = (vmi_known_local){e->known.epoch, new_origin(e), 0, 0};
  l->dyn = known;
}

void vmi_known_sum(vmi_emitter *e, const vmi_operand *a, const vmi_operand *b, bool minus)
{
  vmi_operand *o = &e->stack[e->depth - 1];
  if (!a->described || !b->described || (b->origin && (a->origin || minus))) return;
  o->described = true;
  o->origin = a->origin + b->origin; /* one of them is 0 */
  o->delta = minus ? a->delta - b->delta : a->delta + b->delta;
}

bool vmi_known_in_bounds(const vmi_emitter *e, uint32_t memory, const vmi_operand *address,
                         uint64_t extent)
{
  if (!address->described) return false;
  if (!address->origin && address->delta + extent <= vmi_emit_least_size(e, memory)) return true;
  for (uint32_t i = 0; i < e->known.nfacts; i++) {
    const vmi_fact *f = &e->known.facts[i];
    if (f->memory == memory && f->origin == address->origin &&
        (uint64_t)(uint32_t)(address->delta - f->delta) + extent <= f->extent)
      return true;
  }
  return false;
}

/* The new fact takes the place of one that it implies, else of the oldest. */
void vmi_known_checked(vmi_emitter *e, uint32_t memory, const vmi_operand *address, uint64_t extent)
{
  vmi_fact fact = {address->origin, address->delta, memory, extent};
  if (!address->described) return;
  for (uint32_t i = 0; i < e->known.nfacts; i++) {
    vmi_fact *f = &e->known.facts[i];
    if (f->memory != memory || f->origin != fact.origin) continue;
    if ((uint64_t)(uint32_t)(f->delta - fact.delta) + f->extent > extent) continue;
    *f = fact;
    return;
  }
  uint32_t at = e->known.nfacts < VMI_MAX_FACTS ? e->known.nfacts++ : e->known.oldest++ % VMI_MAX_FACTS;
  e->known.facts[at] = fact;
}
