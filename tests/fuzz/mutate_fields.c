/* mutate_fields.c - structure-aware mutation: read a module, change fields, write it again.
 *
 * SPDX-License-Identifier: MIT
 *
 * What is written is mostly well-formed and mostly wrong, so that it gets past the reader and deep
 * into the verifier. The reader's module is this code's own, hence the casts.
 */
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

#include "module.h"

static uint32_t pick(fuzz_random *r, uint32_t n) { return n == 0 ? 0 : fuzz_below(r, n); }

static vm_type random_type(fuzz_random *r, const vmi_module *m)
{
  static const vm_type plain[] = {VM_I32, VM_I64, VM_F32, VM_F64, VM_DYN};
  if (fuzz_one_in(r, 2)) return plain[fuzz_below(r, 5)];
  uint32_t heap = fuzz_one_in(r, 2) ? VM_HEAP_ANY + fuzz_below(r, 7) : pick(r, m->ntypes + 1);
  return fuzz_one_in(r, 2) ? VM_REF(heap) : VM_REF_NULL(heap);
}

/* Near a number that is there: off by a few, or another of the same range. */
static uint32_t nudge(fuzz_random *r, uint32_t value, uint32_t range)
{
  switch (fuzz_below(r, 4)) {
  case 0: return value + 1;
  case 1: return value - 1;
  case 2: return (uint32_t)fuzz_next(r);
  default: return pick(r, range + 1);
  }
}

/* ---- types and items ---- */

static void change_type(fuzz_random *r, vmi_module *m)
{
  if (m->ntypes == 0) return;
  vmi_typedef *t = &m->types[pick(r, m->ntypes)];
  if (t->kind == VMI_DEF_FUNC) {
    if (t->nparams > 0 && fuzz_one_in(r, 2)) t->params[pick(r, t->nparams)] = random_type(r, m);
    else if (t->nresults > 0) t->results[pick(r, t->nresults)] = random_type(r, m);
    return;
  }
  if (t->kind == VMI_DEF_STRUCT && fuzz_one_in(r, 3)) {
    t->super = fuzz_one_in(r, 2) ? VMI_NO_INDEX : pick(r, m->ntypes);
    return;
  }
  if (t->nfields == 0) return;
  vmi_field *f = &t->fields[pick(r, t->nfields)];
  if (fuzz_one_in(r, 2)) f->mut = !f->mut;
  else f->type = fuzz_one_in(r, 3) ? VM_I8 : random_type(r, m);
}

static void change_init(fuzz_random *r, const vmi_module *m, vmi_init *init)
{
  if (init->kind == VMI_INIT_EXPR && !fuzz_one_in(r, 4)) {
    vmi_init *op = &init->expr->ops[pick(r, init->expr->count)];
    op->kind = (vmi_init_kind)fuzz_below(r, VMI_INIT_MUL + 1);
    if (op->kind == VMI_INIT_EXPR) op->kind = VMI_INIT_GLOBAL; /* has no place there, nor form */
    op->bits = pick(r, m->nglobals + 1);
    return;
  }
  init->kind = (vmi_init_kind)fuzz_below(r, VMI_INIT_EXPR);
  init->bits = fuzz_one_in(r, 2) ? fuzz_next(r) : pick(r, m->nfuncs + 1);
}

static void change_item(fuzz_random *r, vmi_module *m)
{
  switch (fuzz_below(r, 7)) {
  case 0:
    if (m->nglobals > 0) m->globals[pick(r, m->nglobals)].type = random_type(r, m);
    return;
  case 1:
    if (m->nglobals > 0) change_init(r, m, &m->globals[pick(r, m->nglobals)].init);
    return;
  case 2:
    if (m->ntables > 0) m->tables[pick(r, m->ntables)].type = random_type(r, m);
    return;
  case 3:
    if (m->nmemories > 0) m->memories[0].max = nudge(r, m->memories[0].min, 10);
    return;
  case 4: {
    if (m->nelems == 0) return;
    vmi_elem *e = &m->elems[pick(r, m->nelems)];
    if (e->count > 0) change_init(r, m, &e->items[pick(r, e->count)]);
    return;
  }
  case 5:
    if (m->ndatas > 0) change_init(r, m, &m->datas[pick(r, m->ndatas)].offset);
    return;
  default:
    if (m->nexports > 0) m->exports[pick(r, m->nexports)].index = pick(r, m->nfuncs + 1);
  }
}

/* ---- functions ---- */

static void change_label(fuzz_random *r, const vmi_module *m, vmi_func *f)
{
  if (f->nlabels == 0) return;
  vmi_label *l = (vmi_label *)&f->labels[pick(r, f->nlabels)];
  if (fuzz_one_in(r, 3)) {
    l->offset = nudge(r, l->offset, f->code_size);
  } else if (l->ntypes > 0) {
    if (fuzz_one_in(r, 4)) l->ntypes--;
    else ((vm_type *)l->types)[pick(r, l->ntypes)] = random_type(r, m);
  }
}

static void change_handler(fuzz_random *r, vmi_func *f)
{
  if (f->nhandlers == 0) return;
  vmi_handler *h = (vmi_handler *)&f->handlers[pick(r, f->nhandlers)];
  switch (fuzz_below(r, 3)) {
  case 0: h->start = nudge(r, h->start, f->code_size); return;
  case 1: h->end = nudge(r, h->end, f->code_size); return;
  default: h->label = nudge(r, h->label, f->nlabels);
  }
}

static void change_switch(fuzz_random *r, vmi_func *f)
{
  if (f->nswitches == 0) return;
  vmi_switch *s = (vmi_switch *)&f->switches[pick(r, f->nswitches)];
  ((uint32_t *)s->labels)[pick(r, s->count + 1)] = pick(r, f->nlabels + 1);
}

static void change_local(fuzz_random *r, const vmi_module *m, vmi_func *f)
{
  if (f->nlocals > 0) ((vm_type *)f->locals)[pick(r, f->nlocals)] = random_type(r, m);
}

/* Another instruction of the same immediates, or another immediate, where the size allows. */
static void change_insn(fuzz_random *r, vmi_func *f)
{
  uint32_t skip = pick(r, f->code_size), at = 0;
  vmi_insn in = {0};
  uint8_t bytes[VMI_MAX_INSN];
  uint8_t *code = (uint8_t *)f->code;
  for (;;) {
    if (vmi_isa_decode(code + at, code + f->code_size, &in) != NULL) return;
    if (at + in.size > skip) break;
    at += in.size;
  }
  if (in.op->imms[0] == '\0' || fuzz_one_in(r, 2)) {
    const vmi_op *other = &vmi_isa_ops[fuzz_below(r, VMI_OP_COUNT)];
    for (int tries = 0; strcmp(other->imms, in.op->imms) != 0 && tries < 200; tries++) {
      other = &vmi_isa_ops[fuzz_below(r, VMI_OP_COUNT)];
    }
    if (strcmp(other->imms, in.op->imms) == 0) in.op = other;
  } else {
    uint32_t i = in.op->imms[1] != '\0' && fuzz_one_in(r, 2);
    in.imm[i] = fuzz_one_in(r, 3) ? fuzz_below(r, 64) : in.imm[i] + fuzz_below(r, 3) - 1;
  }
  if (vmi_isa_encode(in.op, in.imm, bytes) == in.size) memcpy(code + at, bytes, in.size);
}

/* One instruction over another of the same size. */
static void copy_insn(fuzz_random *r, vmi_func *f)
{
  if (f->code_size < 8) return;
  uint8_t *code = (uint8_t *)f->code;
  uint32_t from = pick(r, f->code_size - 4), to = pick(r, f->code_size - 4);
  memmove(code + to, code + from, 1 + fuzz_below(r, 4));
}

/* The writer takes parameters and environment off the locals, so there must be as many. */
static void change_signature(fuzz_random *r, vmi_module *m, vmi_func *f)
{
  vmi_func old = *f;
  if (fuzz_one_in(r, 2)) f->type = nudge(r, f->type, m->ntypes);
  else f->has_env = !f->has_env;
  if (f->has_env) f->env = random_type(r, m);
  if (f->type < m->ntypes && m->types[f->type].nparams + f->has_env <= f->nlocals) return;
  *f = old;
}

static void change_func(fuzz_random *r, vmi_module *m)
{
  if (m->nfuncs == m->nimported_funcs) return;
  uint32_t index = m->nimported_funcs + pick(r, m->nfuncs - m->nimported_funcs);
  vmi_func *f = &m->funcs[index];
  switch (fuzz_below(r, 12)) {
  case 0: case 1: change_signature(r, m, f); return;
  case 2: change_local(r, m, f); return;
  case 3: case 4: change_label(r, m, f); return;
  case 5: change_handler(r, f); return;
  case 6: change_switch(r, f); return;
  case 7: copy_insn(r, f); return;
  default: change_insn(r, f); return;
  }
}

uint8_t *mutate_fields(fuzz_random *r, const uint8_t *bytes, size_t size, size_t *out_size)
{
  vmi_alloc a = vmi_alloc_from(NULL);
  vmi_module *m;
  uint8_t *out = NULL;
  if (vmi_module_read(&a, bytes, size, &m, NULL) != VM_OK) return NULL;
  for (uint32_t n = 1 + fuzz_below(r, 3); n > 0; n--) {
    switch (fuzz_below(r, 6)) {
    case 0: change_type(r, m); break;
    case 1: change_item(r, m); break;
    default: change_func(r, m); break;
    }
  }
  if (vmi_module_write(&a, m, &out, out_size, NULL) != VM_OK) out = NULL;
  vmi_module_free(m);
  return out;
}
