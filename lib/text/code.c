/* code.c - a parsed body to bytes, offsets and tables.
 *
 * SPDX-License-Identifier: MIT
 *
 * Labels are numbered in the order of the text, so an instruction's size is known as soon as all
 * names are; offsets follow from the sizes.
 */
#include "code.h"

#include <stdlib.h>
#include <string.h>

static uint32_t offset_of(const vmi_code *c, uint32_t insn)
{
  return ((const uint32_t *)c->offsets.data)[insn];
}

static bool resolve(vmi_code *c)
{
  vmi_code_ref *refs = c->refs.data;
  for (size_t i = 0; i < c->refs.count; i++) {
    if (!refs[i].by_name) continue;
    const vmi_symbol *e = vmi_symbols_at(&c->a->symbols, refs[i].value);
    if (!vmi_asm_found(c->a, e, &refs[i].at, "a label", &refs[i].value)) return false;
  }
  return true;
}

static uint32_t encode_one(const vmi_code *c, vmi_code_insn *insn, uint8_t *to)
{
  for (uint32_t i = 0; insn->op->imms[i] != '\0'; i++) {
    if (insn->op->imms[i] != 'j') continue;
    insn->imm[i] = ((const vmi_code_ref *)c->refs.data)[insn->imm[i]].value;
  }
  return vmi_isa_encode(insn->op, insn->imm, to);
}

static bool encode(vmi_code *c)
{
  vmi_asm *a = c->a;
  vmi_code_insn *insns = c->insns.data;
  uint32_t *offsets = vmi_vec_push(a->alloc, &c->offsets, sizeof *offsets, c->insns.count + 1);
  if (offsets == NULL) return vmi_asm_no_memory(a);
  for (size_t i = 0; i < c->insns.count; i++) {
    uint8_t buffer[VMI_MAX_INSN];
    const uint8_t *from = insns[i].raw;
    uint32_t size = insns[i].raw_size;
    if (insns[i].op != NULL) {
      size = encode_one(c, &insns[i], buffer);
      from = buffer;
    }
    uint8_t *to = vmi_vec_push(a->alloc, &c->bytes, 1, size);
    if (to == NULL) return vmi_asm_no_memory(a);
    memcpy(to, from, size);
    offsets[i + 1] = (uint32_t)c->bytes.count;
    if (c->bytes.count > VMI_MAX_CODE) {
      return vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected at most %d bytes of code in a function, "
                          "found more", VMI_MAX_CODE);
    }
  }
  return true;
}

static bool put_code(vmi_code *c, vmi_func *f)
{
  f->code_size = (uint32_t)c->bytes.count;
  f->code = vmi_arena_copy(&c->a->m->arena, c->bytes.data, c->bytes.count, 1);
  return f->code != NULL || vmi_asm_no_memory(c->a);
}

static bool put_locals(vmi_code *c, vmi_func *f)
{
  vmi_arena *arena = &c->a->m->arena;
  f->nlocals = (uint32_t)c->locals.count;
  f->locals = vmi_arena_copy(arena, c->locals.data, c->locals.count, sizeof(vm_type));
  if (f->locals == NULL) return vmi_asm_no_memory(c->a);
  if (!c->named_locals) return true;
  f->local_names = vmi_arena_copy(arena, c->local_names.data, c->locals.count, sizeof(vmi_str));
  return f->local_names != NULL || vmi_asm_no_memory(c->a);
}

static bool put_labels(vmi_code *c, vmi_func *f)
{
  const vmi_code_label *from = c->labels.data;
  vmi_label *to = vmi_arena_new(&c->a->m->arena, c->labels.count, sizeof *to);
  if (to == NULL) return vmi_asm_no_memory(c->a);
  f->labels = to;
  f->nlabels = (uint32_t)c->labels.count;
  for (uint32_t i = 0; i < f->nlabels; i++) {
    to[i] = (vmi_label){offset_of(c, from[i].insn), from[i].ntypes, from[i].types, from[i].name};
    if (to[i].offset == f->code_size) {
      return vmi_asm_fail(c->a, VM_SYNTAX, &from[i].at,
                          "expected an instruction behind the label, found the function's end");
    }
  }
  return true;
}

static bool put_switches(vmi_code *c, vmi_func *f)
{
  vmi_arena *arena = &c->a->m->arena;
  const vmi_code_switch *from = c->switches.data;
  const vmi_code_ref *refs = c->refs.data;
  vmi_switch *to = vmi_arena_new(arena, c->switches.count, sizeof *to);
  if (to == NULL) return vmi_asm_no_memory(c->a);
  f->switches = to;
  f->nswitches = (uint32_t)c->switches.count;
  for (uint32_t i = 0; i < f->nswitches; i++) {
    uint32_t *labels = vmi_arena_new(arena, (size_t)from[i].count + 1, sizeof *labels);
    if (labels == NULL) return vmi_asm_no_memory(c->a);
    to[i] = (vmi_switch){from[i].count, labels};
    for (uint32_t k = 0; k <= from[i].count; k++) {
      const vmi_code_ref *ref = &refs[from[i].first + k];
      labels[k] = ref->value;
      if (ref->value < f->nlabels) continue;
      return vmi_asm_fail(c->a, VM_SYNTAX, &ref->at, "expected a label, found index %u of only %u",
                          (unsigned)ref->value, (unsigned)f->nlabels);
    }
  }
  return true;
}

static int compare_handlers(const void *left, const void *right)
{
  const vmi_code_handler *a = left, *b = right;
  if (a->end != b->end) return a->end < b->end ? -1 : 1;
  if (a->start != b->start) return a->start > b->start ? -1 : 1;
  return a->number < b->number ? -1 : a->number > b->number;
}

static bool put_handlers(vmi_code *c, vmi_func *f)
{
  vmi_code_handler *from = c->handlers.data;
  const vmi_code_ref *refs = c->refs.data;
  vmi_handler *to = vmi_arena_new(&c->a->m->arena, c->handlers.count, sizeof *to);
  if (to == NULL) return vmi_asm_no_memory(c->a);
  if (c->handlers.count != 0 && !c->raw_handlers) {
    qsort(from, c->handlers.count, sizeof *from, compare_handlers);
  }
  f->handlers = to;
  f->nhandlers = (uint32_t)c->handlers.count;
  for (uint32_t i = 0; i < f->nhandlers; i++) {
    const vmi_code_ref *ref = &refs[from[i].ref];
    to[i] = (vmi_handler){from[i].start, from[i].end, ref->value};
    if (!from[i].offsets) {
      to[i].start = offset_of(c, from[i].start);
      to[i].end = offset_of(c, from[i].end);
    } else if (to[i].start >= to[i].end || to[i].end > f->code_size) {
      return vmi_asm_fail(c->a, VM_SYNTAX, &from[i].at, "expected a range within %u bytes of code, "
                          "found %u to %u", (unsigned)f->code_size, (unsigned)to[i].start,
                          (unsigned)to[i].end);
    }
    if (ref->value < f->nlabels) continue;
    return vmi_asm_fail(c->a, VM_SYNTAX, &ref->at, "expected a label, found index %u of only %u",
                        (unsigned)ref->value, (unsigned)f->nlabels);
  }
  return true;
}

static bool put_lines(vmi_code *c, vmi_func *f)
{
  const vmi_code_line *from = c->lines.data;
  vmi_line *to = vmi_arena_new(&c->a->m->arena, c->lines.count, sizeof *to);
  if (to == NULL) return vmi_asm_no_memory(c->a);
  f->lines = to;
  for (size_t i = 0; i < c->lines.count; i++) {
    to[f->nlines++] = (vmi_line){offset_of(c, from[i].insn), from[i].line};
  }
  return true;
}

bool vmi_code_finish(vmi_code *c, vmi_func *f)
{
  return resolve(c) && encode(c) && put_code(c, f) && put_locals(c, f) && put_labels(c, f)
         && put_switches(c, f) && put_handlers(c, f) && put_lines(c, f);
}
