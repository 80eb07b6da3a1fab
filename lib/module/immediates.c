/* immediates.c - checks of an instruction's immediates: indices, kinds, and the flags of its row.
 *
 * SPDX-License-Identifier: MIT
 */
#include "immediates.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *vmi_report_fail(const vmi_report *r, const char *format, ...)
{
  int used = snprintf(r->message, r->size, "%s: ", r->op);
  if (used < 0 || (size_t)used >= r->size) return r->message;
  va_list args;
  va_start(args, format);
  vsnprintf(r->message + used, r->size - (size_t)used, format, args);
  va_end(args);
  return r->message;
}

static const char *bad_index(const vmi_report *r, const char *what, uint64_t index, uint32_t count)
{
  return vmi_report_fail(r, "%s %llu does not exist: expected an index below %u", what,
                         (unsigned long long)index, (unsigned)count);
}

static const char *check_def(const vmi_typing *t, uint64_t index, vmi_def_kind kind,
                             const vmi_report *r)
{
  static const char *const names[] = {"a struct type", "an array type", "a function type"};
  if (index >= t->m->ntypes) return bad_index(r, "type", index, t->m->ntypes);
  vmi_def_kind found = t->m->types[index].kind;
  if (found == kind) return NULL;
  return vmi_report_fail(r, "type %u: expected %s, found %s", (unsigned)index, names[kind],
                         names[found]);
}

static const char *check_type(const vmi_typing *t, const vmi_insn *in, uint64_t imm, bool ref,
                              const vmi_report *r)
{
  char text[96];
  vm_type type = (vm_type)imm;
  if (imm > UINT32_MAX || !vmi_type_valid(t->m, type, false)) {
    return vmi_report_fail(r, "expected a value type of this module, found 0x%llx",
                           (unsigned long long)imm);
  }
  if (!ref) return NULL;
  vmi_type_text(t->m, type, text, sizeof text);
  if (!vmi_type_is_ref(type)) {
    return vmi_report_fail(r, "expected a reference type, found %s", text);
  }
  if (in->op->code == VMI_OP_REF_NULL && !VM_TYPE_NULLABLE(type)) {
    return vmi_report_fail(r, "expected a nullable reference type, found %s", text);
  }
  return NULL;
}

/* A function with an environment can be reached through a closure alone: everything else would run
 * it without one. The row that pops an environment is the one that makes closures. */
static const char *check_func(const vmi_typing *t, const vmi_insn *in, uint64_t imm, vmi_named *n,
                              const vmi_report *r)
{
  if (imm >= t->m->nfuncs) return bad_index(r, "function", imm, t->m->nfuncs);
  n->func = (uint32_t)imm;
  n->sig = t->m->funcs[imm].type;
  bool wants_env = strchr(in->op->pops, 'c') != NULL;
  if (wants_env == t->m->funcs[imm].has_env) return NULL;
  return vmi_report_fail(r, "function %u: expected a function %s environment, found one %s",
                         (unsigned)imm, wants_env ? "with an" : "without", wants_env ? "without"
                                                                                   : "with one");
}

/* Whether its type fits, the operands will tell (effect.c). */
static const char *check_slow_func(const vmi_typing *t, uint64_t imm, vmi_named *n,
                                   const vmi_report *r)
{
  if (imm >= t->m->nfuncs) return bad_index(r, "function", imm, t->m->nfuncs);
  n->slow = (uint32_t)imm;
  if (!t->m->funcs[imm].has_env) return NULL;
  return vmi_report_fail(r, "function %u: expected a function without environment, found one with one",
                         (unsigned)imm);
}

static const char *check_field(const vmi_typing *t, uint64_t imm, vmi_named *n, const vmi_report *r)
{
  const vmi_typedef *s = &t->m->types[n->structure];
  if (imm >= s->nfields) return bad_index(r, "field", imm, s->nfields);
  n->field = &s->fields[imm];
  return NULL;
}

static const char *check_switch(const vmi_typing *t, uint64_t imm, const vmi_report *r)
{
  const vmi_func *f = t->f;
  if (imm >= f->nswitches) return bad_index(r, "switch table", imm, f->nswitches);
  const vmi_switch *s = &f->switches[imm];
  for (uint32_t i = 0; i <= s->count; i++) {
    if (s->labels[i] >= f->nlabels) return bad_index(r, "label", s->labels[i], f->nlabels);
  }
  return NULL;
}

static const char *check_in_code(const vmi_typing *t, char kind, uint64_t imm, vmi_named *n,
                                 const vmi_report *r)
{
  const vmi_module *m = t->m;
  switch (kind) {
  case 'l':
    if (imm >= t->f->nlocals) return bad_index(r, "local", imm, t->f->nlocals);
    n->local = t->f->locals[imm];
    return NULL;
  case 'g':
    if (imm >= m->nglobals) return bad_index(r, "global", imm, m->nglobals);
    n->global = m->globals[imm].type;
    n->global_mut = m->globals[imm].mut;
    n->has_global = true;
    return NULL;
  case 'j':
    return imm < t->f->nlabels ? NULL : bad_index(r, "label", imm, t->f->nlabels);
  default:
    return check_switch(t, imm, r);
  }
}

static const char *check_def_imm(const vmi_typing *t, char kind, uint64_t imm, vmi_named *n,
                                 const vmi_report *r)
{
  const char *error;
  switch (kind) {
  case 'S':
    error = check_def(t, imm, VMI_DEF_STRUCT, r);
    n->structure = (uint32_t)imm;
    n->has_struct = true;
    return error;
  case 'R':
    error = check_def(t, imm, VMI_DEF_ARRAY, r);
    n->arrays[n->narrays++] = (uint32_t)imm;
    return error;
  case 'U':
    error = check_def(t, imm, VMI_DEF_FUNC, r);
    n->sig = (uint32_t)imm;
    return error;
  default:
    return imm < t->m->ntypes ? NULL : bad_index(r, "type", imm, t->m->ntypes);
  }
}

static const char *check_one(const vmi_typing *t, const vmi_insn *in, uint32_t i, vmi_named *n,
                             const vmi_report *r)
{
  const vmi_module *m = t->m;
  uint64_t imm = in->imm[i];
  char kind = in->op->imms[i];
  switch (kind) {
  case 'l': case 'g': case 'j': case 'w':
    return check_in_code(t, kind, imm, n, r);
  case 'S': case 'R': case 'U': case 'T':
    return check_def_imm(t, kind, imm, n, r);
  case 'F':
    return check_func(t, in, imm, n, r);
  case 'x':
    return check_slow_func(t, imm, n, r);
  case 'k':
    return check_field(t, imm, n, r);
  case 'h': case 'v':
    n->value = (vm_type)imm;
    return check_type(t, in, imm, kind == 'h', r);
  case 'm':
    return imm < m->nmemories ? NULL : bad_index(r, "memory", imm, m->nmemories);
  case 'D':
    return imm < m->ndatas ? NULL : bad_index(r, "data segment", imm, m->ndatas);
  case 'E':
    n->elem = (uint32_t)imm;
    return imm < m->nelems ? NULL : bad_index(r, "element segment", imm, m->nelems);
  case 'B':
    n->tables[n->ntables++] = (uint32_t)imm;
    return imm < m->ntables ? NULL : bad_index(r, "table", imm, m->ntables);
  case 'n':
    n->count = imm > UINT32_MAX ? UINT32_MAX : (uint32_t)imm;
    return NULL;
  case 'c': case 'C': case 'f': case 'd': case 'o':
    return NULL;
  default:
    return vmi_report_fail(r, "the instruction table names an unknown immediate '%c'", kind);
  }
}

/* ---- pairs of immediates that must fit each other ---- */

static const char *mismatch(const vmi_typing *t, const char *what, vm_type expected, vm_type found,
                            const vmi_report *r)
{
  char e[96], f[96];
  return vmi_report_fail(r, "%s: expected %s, found %s", what,
                         vmi_type_text(t->m, expected, e, sizeof e),
                         vmi_type_text(t->m, found, f, sizeof f));
}

static const char *check_pair(const vmi_typing *t, const vmi_insn *in, const vmi_named *n,
                              const vmi_report *r)
{
  const vmi_module *m = t->m;
  const char *imms = in->op->imms;
  if (imms[0] == 'B' && imms[1] == 'U') {
    vm_type type = m->tables[n->tables[0]].type;
    return vmi_subtype(m, type, VM_REF_NULL(VM_HEAP_FUNC))
             ? NULL : mismatch(t, "table's elements", VM_REF_NULL(VM_HEAP_FUNC), type, r);
  }
  if (imms[0] == 'B' && (imms[1] == 'B' || imms[1] == 'E')) {
    vm_type to = m->tables[n->tables[0]].type;
    vm_type from = imms[1] == 'B' ? m->tables[n->tables[1]].type : m->elems[n->elem].type;
    return vmi_subtype(m, from, to) ? NULL : mismatch(t, "source's elements", to, from, r);
  }
  if (imms[0] == 'R' && imms[1] == 'R') {
    vm_type to = vmi_named_elem(m, n, 0)->type, from = vmi_named_elem(m, n, 1)->type;
    return vmi_subtype(m, from, to) ? NULL : mismatch(t, "source's elements", to, from, r);
  }
  if (imms[0] == 'R' && imms[1] == 'D') {
    vm_type type = vmi_named_elem(m, n, 0)->type;
    if (!vmi_type_traced(vmi_type_unpack(type))) return NULL;
    char text[96];
    return vmi_report_fail(r, "array's elements: expected a number, found %s",
                           vmi_type_text(m, type, text, sizeof text));
  }
  return NULL;
}

/* ---- flags of the row ---- */

static const char *check_write(const vmi_typing *t, const vmi_named *n, const vmi_report *r)
{
  bool mut = n->has_global ? n->global_mut
             : n->field != NULL ? n->field->mut : vmi_named_elem(t->m, n, 0)->mut;
  if (mut) return NULL;
  const char *what = n->has_global ? "a mutable global" : n->field != NULL ? "a mutable field"
                                                                  : "an array of mutable elements";
  return vmi_report_fail(r, "expected %s, found it constant", what);
}

static const char *check_default(const vmi_typing *t, const vmi_named *n, const vmi_report *r)
{
  const vmi_typedef *d = &t->m->types[n->has_struct ? n->structure : n->arrays[0]];
  uint32_t count = n->has_struct ? d->nfields : 1;
  char text[96];
  for (uint32_t i = 0; i < count; i++) {
    if (vmi_type_has_default(d->fields[i].type)) continue;
    return vmi_report_fail(r, "%s %u: expected a type with a default, found %s",
                           n->has_struct ? "field" : "element", (unsigned)i,
                           vmi_type_text(t->m, d->fields[i].type, text, sizeof text));
  }
  return NULL;
}

static const char *check_tail(const vmi_typing *t, const vmi_named *n, const vmi_report *r)
{
  const vmi_typedef *callee = &t->m->types[n->sig], *own = &t->m->types[t->f->type];
  if (callee->nresults != own->nresults) {
    return vmi_report_fail(r, "callee's results: expected %u as in the calling function, found %u",
                           (unsigned)own->nresults, (unsigned)callee->nresults);
  }
  for (uint32_t i = 0; i < own->nresults; i++) {
    if (!vmi_subtype(t->m, callee->results[i], own->results[i])) {
      return mismatch(t, "callee's results", own->results[i], callee->results[i], r);
    }
  }
  return NULL;
}

static const char *check_bytes(const vmi_typing *t, const vmi_named *n, const vmi_report *r)
{
  vm_type type = vmi_named_elem(t->m, n, 0)->type;
  return type == VM_I8 ? NULL : mismatch(t, "array's elements", VM_I8, type, r);
}

enum { CHECKED_FLAGS = F_WRITE | F_WIDE | F_PACKED | F_DEFAULT | F_TAIL | F_BYTES };

static const char *check_flags(const vmi_typing *t, const vmi_insn *in, const vmi_named *n,
                               const vmi_report *r)
{
  uint32_t flags = in->op->flags;
  const char *error = NULL;
  if (flags & F_WRITE) error = check_write(t, n, r);
  if (error == NULL && flags & (F_WIDE | F_PACKED)) {
    vm_type type = n->field != NULL ? n->field->type : vmi_named_elem(t->m, n, 0)->type;
    bool packed = vmi_type_is_packed(type);
    char text[96];
    if (packed != ((flags & F_PACKED) != 0)) {
      return vmi_report_fail(r, "expected a %s type, found %s",
                             flags & F_PACKED ? "packed" : "field or element of value",
                             vmi_type_text(t->m, type, text, sizeof text));
    }
  }
  if (error == NULL && flags & F_DEFAULT) error = check_default(t, n, r);
  if (error == NULL && flags & F_TAIL) error = check_tail(t, n, r);
  if (error == NULL && flags & F_BYTES) error = check_bytes(t, n, r);
  return error;
}

const char *vmi_immediates_check(const vmi_typing *t, const vmi_insn *in, vmi_named *named,
                                 const vmi_report *r)
{
  memset(named, 0, sizeof *named);
  for (uint32_t i = 0; in->op->imms[i] != '\0'; i++) {
    const char *error = check_one(t, in, i, named, r);
    if (error != NULL) return error;
  }
  bool pair = in->op->imms[0] != '\0' && in->op->imms[1] != '\0';
  const char *error = pair ? check_pair(t, in, named, r) : NULL;
  if (error != NULL || !(in->op->flags & CHECKED_FLAGS)) return error;
  return check_flags(t, in, named, r);
}
