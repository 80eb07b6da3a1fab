/* read_code.c - the code section of a binary module, and the optional sections behind it.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "reader.h"

/* ---- locals ---- */

typedef struct local_run {
  uint32_t count;
  vm_type type;
} local_run;

static vm_status read_run(vmi_reader *r, vm_type previous, local_run *run)
{
  const uint8_t *start = r->p;
  VMI_TRY(vmi_read_u32(r, "number of locals", &run->count));
  VMI_TRY(vmi_read_type(r, "local", false, &run->type));
  if (run->count != 0 && run->type != previous) return VM_OK;
  r->p = start;
  return vmi_read_fail(r, VM_MALFORMED, run->count == 0
                                          ? "locals: expected one or more of a type, found 0"
                                          : "locals: expected another type than the run before, "
                                            "found the same");
}

/* How many locals `nruns` runs at r->p declare; r->p stays. Nothing is allocated before the sum is
 * known to be within the limits. */
static vm_status count_locals(vmi_reader *r, uint32_t nruns, uint64_t *sum)
{
  const uint8_t *start = r->p;
  vm_type previous = UINT32_MAX;
  for (uint32_t i = 0; i < nruns; i++) {
    local_run run = {0, 0};
    VMI_TRY(read_run(r, previous, &run));
    previous = run.type;
    *sum += run.count;
  }
  r->p = start;
  return VM_OK;
}

static vm_status read_func_locals(vmi_reader *r, vmi_func *f)
{
  const vmi_typedef *type = &r->m->types[f->type];
  uint32_t nruns;
  VMI_TRY(vmi_read_count(r, "runs of locals", VMI_MAX_LOCALS, 2, &nruns));
  uint32_t at = type->nparams + f->has_env;
  uint64_t sum = at;
  VMI_TRY(count_locals(r, nruns, &sum));
  if (sum > VMI_MAX_LOCALS || sum > r->locals_left) {
    return vmi_read_fail(r, VM_LIMIT, "locals: expected at most %llu, found %llu",
                         (unsigned long long)(r->locals_left < VMI_MAX_LOCALS ? r->locals_left
                                                                              : VMI_MAX_LOCALS),
                         (unsigned long long)sum);
  }
  r->locals_left -= sum;
  f->nlocals = (uint32_t)sum;
  vm_type *locals;
  VMI_TRY(vmi_read_alloc(r, f->nlocals, sizeof *locals, &locals));
  f->locals = locals;
  if (type->nparams != 0) memcpy(locals, type->params, type->nparams * sizeof *locals);
  if (f->has_env) locals[type->nparams] = f->env;
  for (uint32_t i = 0; i < nruns; i++) {
    local_run run = {0, 0};
    VMI_TRY(read_run(r, UINT32_MAX, &run));
    for (uint32_t k = 0; k < run.count; k++) locals[at++] = run.type;
  }
  return VM_OK;
}

/* ---- labels, switches, handlers ---- */

static vm_status read_label(vmi_reader *r, vmi_label *label, uint32_t *offset)
{
  uint32_t delta;
  VMI_TRY(vmi_read_u32(r, "label's offset", &delta));
  if (delta > VMI_MAX_CODE || *offset + delta > VMI_MAX_CODE) {
    return vmi_read_fail(r, VM_LIMIT, "label: expected an offset of at most %d, found more",
                         VMI_MAX_CODE);
  }
  *offset += delta;
  label->offset = *offset;
  label->name = (vmi_str){"", 0};
  VMI_TRY(vmi_read_count(r, "label's types", VMI_MAX_STACK, 1, &label->ntypes));
  if (label->ntypes == 0) return VM_OK;
  vm_type *types;
  VMI_TRY(vmi_read_alloc(r, label->ntypes, sizeof *types, &types));
  label->types = types;
  for (uint32_t i = 0; i < label->ntypes; i++) {
    VMI_TRY(vmi_read_type(r, "label's type", false, &types[i]));
  }
  return VM_OK;
}

static vm_status read_labels(vmi_reader *r, vmi_func *f)
{
  VMI_TRY(vmi_read_count(r, "labels", VMI_MAX_LABELS, 2, &f->nlabels));
  if (f->nlabels == 0) return VM_OK;
  vmi_label *labels;
  uint32_t offset = 0;
  VMI_TRY(vmi_read_alloc(r, f->nlabels, sizeof *labels, &labels));
  f->labels = labels;
  for (uint32_t i = 0; i < f->nlabels; i++) VMI_TRY(read_label(r, &labels[i], &offset));
  return VM_OK;
}

static vm_status read_switches(vmi_reader *r, vmi_func *f)
{
  VMI_TRY(vmi_read_count(r, "switch tables", VMI_MAX_CODE, 2, &f->nswitches));
  if (f->nswitches == 0) return VM_OK;
  vmi_switch *switches;
  VMI_TRY(vmi_read_alloc(r, f->nswitches, sizeof *switches, &switches));
  f->switches = switches;
  for (uint32_t i = 0; i < f->nswitches; i++) {
    uint32_t *labels;
    VMI_TRY(vmi_read_count(r, "switch targets", VMI_MAX_LABELS, 1, &switches[i].count));
    VMI_TRY(vmi_read_alloc(r, (size_t)switches[i].count + 1, sizeof *labels, &labels));
    switches[i].labels = labels;
    for (uint32_t k = 0; k <= switches[i].count; k++) {
      VMI_TRY(vmi_read_index(r, "label", f->nlabels, &labels[k]));
    }
  }
  return VM_OK;
}

static vm_status read_handlers(vmi_reader *r, vmi_func *f)
{
  VMI_TRY(vmi_read_count(r, "handlers", VMI_MAX_LABELS, 3, &f->nhandlers));
  if (f->nhandlers == 0) return VM_OK;
  vmi_handler *handlers;
  VMI_TRY(vmi_read_alloc(r, f->nhandlers, sizeof *handlers, &handlers));
  f->handlers = handlers;
  for (uint32_t i = 0; i < f->nhandlers; i++) {
    vmi_handler *h = &handlers[i];
    VMI_TRY(vmi_read_u32(r, "handler's start", &h->start));
    VMI_TRY(vmi_read_u32(r, "handler's end", &h->end));
    VMI_TRY(vmi_read_index(r, "label", f->nlabels, &h->label));
  }
  return VM_OK;
}

/* ---- bodies ---- */

static vm_status check_offsets(vmi_reader *r, const vmi_func *f)
{
  if (f->nlabels != 0 && f->labels[f->nlabels - 1].offset >= f->code_size) {
    return vmi_read_fail(r, VM_INVALID, "label %u: expected an offset below %u, found %u",
                         (unsigned)(f->nlabels - 1), (unsigned)f->code_size,
                         (unsigned)f->labels[f->nlabels - 1].offset);
  }
  for (uint32_t i = 0; i < f->nhandlers; i++) {
    const vmi_handler *h = &f->handlers[i];
    if (h->start < h->end && h->end <= f->code_size) continue;
    return vmi_read_fail(r, VM_INVALID, "handler %u: expected a range within %u bytes of code, "
                         "found %u to %u", (unsigned)i, (unsigned)f->code_size, (unsigned)h->start,
                         (unsigned)h->end);
  }
  return VM_OK;
}

static vm_status read_body(vmi_reader *r, vmi_func *f)
{
  uint32_t size;
  VMI_TRY(vmi_read_count(r, "function body", VMI_MAX_MODULE_BYTES, 1, &size));
  const uint8_t *section_end = r->end;
  r->end = r->p + size;
  VMI_TRY(read_func_locals(r, f));
  VMI_TRY(read_labels(r, f));
  VMI_TRY(read_switches(r, f));
  VMI_TRY(read_handlers(r, f));
  VMI_TRY(vmi_read_count(r, "code size", VMI_MAX_CODE, 1, &f->code_size));
  f->code_offset = (uint32_t)(r->p - r->base);
  VMI_TRY(vmi_read_bytes(r, "code", f->code_size, &f->code));
  if (r->p != r->end) {
    return vmi_read_fail(r, VM_MALFORMED, "function body: expected its end, found %zu bytes more",
                         (size_t)(r->end - r->p));
  }
  VMI_TRY(check_offsets(r, f));
  r->end = section_end;
  return VM_OK;
}

vm_status vmi_read_code(vmi_reader *r)
{
  vmi_module *m = r->m;
  uint32_t first = m->nimported_funcs;
  if (first == m->nfuncs) {
    return vmi_read_fail(r, VM_MALFORMED, "expected no code section without functions, found one");
  }
  for (uint32_t i = first; i < m->nfuncs; i++) VMI_TRY(read_body(r, &m->funcs[i]));
  return VM_OK;
}

/* ---- names ---- */

/* The next index of an ascending list: the gap to the one before, `*next` being that plus 1. */
static vm_status read_gap(vmi_reader *r, const char *what, uint32_t count, uint32_t *next,
                          uint32_t *index)
{
  const uint8_t *start = r->p;
  uint32_t gap;
  VMI_TRY(vmi_read_u32(r, what, &gap));
  if (gap >= count - *next) {
    r->p = start;
    return vmi_read_fail(r, VM_INVALID, "%s: expected an index below %u, found %llu", what,
                         (unsigned)count, (unsigned long long)*next + gap);
  }
  *index = *next + gap;
  *next = *index + 1;
  return VM_OK;
}

static vm_status read_name_list(vmi_reader *r, const vmi_name_list *list, uint32_t *named)
{
  uint32_t next = 0, index = 0;
  VMI_TRY(vmi_read_count(r, "names", list->count, 3, named));
  for (uint32_t i = 0; i < *named; i++) {
    VMI_TRY(read_gap(r, "named item", list->count, &next, &index));
    vmi_str *name = vmi_name_at(list, index);
    VMI_TRY(vmi_read_str(r, "name", name));
    if (name->size != 0) continue;
    return vmi_read_fail(r, VM_MALFORMED, "name: expected one, found an empty one");
  }
  return VM_OK;
}

/* As read_name_list for an array of names that is there only when an item has one. */
static vm_status read_name_array(vmi_reader *r, uint32_t count, vmi_str **names, uint32_t *named)
{
  if (r->p != r->end && *r->p == 0) {
    r->p++;
    *named = 0;
    return VM_OK;
  }
  VMI_TRY(vmi_read_alloc(r, count, sizeof **names, names));
  for (uint32_t i = 0; i < count; i++) (*names)[i].data = "";
  vmi_name_list list = {*names, sizeof **names, count};
  return read_name_list(r, &list, named);
}

static vm_status read_field_names(vmi_reader *r, uint32_t *count)
{
  vmi_module *m = r->m;
  uint32_t next = 0, index = 0, named = 0;
  VMI_TRY(vmi_read_count(r, "types with field names", m->ntypes, 2, count));
  for (uint32_t i = 0; i < *count; i++) {
    VMI_TRY(read_gap(r, "type", m->ntypes, &next, &index));
    vmi_typedef *t = &m->types[index];
    if (t->kind != VMI_DEF_STRUCT) {
      return vmi_read_fail(r, VM_INVALID, "type %u: expected a struct type, found another",
                           (unsigned)index);
    }
    VMI_TRY(read_name_array(r, t->nfields, &t->field_names, &named));
    if (named == 0) return vmi_read_fail(r, VM_MALFORMED, "field names: expected some, found none");
  }
  return VM_OK;
}

vm_status vmi_read_names(vmi_reader *r)
{
  vmi_name_list lists[VMI_NAME_LISTS];
  uint64_t sum = 0;
  uint32_t named = 0;
  VMI_TRY(vmi_read_str(r, "module's name", &r->m->name));
  sum += r->m->name.size;
  vmi_module_name_lists(r->m, lists);
  for (int i = 0; i < VMI_NAME_LISTS; i++) {
    VMI_TRY(read_name_list(r, &lists[i], &named));
    sum += named;
  }
  VMI_TRY(read_field_names(r, &named));
  if (sum + named != 0) return VM_OK;
  return vmi_read_fail(r, VM_MALFORMED, "names: expected some, found none");
}

/* ---- lines ---- */

static vm_status read_func_lines(vmi_reader *r, vmi_func *f)
{
  uint32_t file;
  VMI_TRY(vmi_read_index(r, "source file", r->m->nfiles + 1, &file)); /* 0: none */
  f->file = file == 0 ? VMI_NO_INDEX : file - 1;
  VMI_TRY(vmi_read_count(r, "lines", VMI_MAX_CODE, 2, &f->nlines));
  if (file == 0 && f->nlines == 0) {
    return vmi_read_fail(r, VM_MALFORMED, "lines: expected a file or lines, found neither");
  }
  vmi_line *lines;
  VMI_TRY(vmi_read_alloc(r, f->nlines, sizeof *lines, &lines));
  f->lines = lines;
  uint64_t offset = 0;
  int64_t line = 0;
  for (uint32_t i = 0; i < f->nlines; i++) {
    uint32_t gap;
    int64_t delta;
    VMI_TRY(vmi_read_u32(r, "line's offset", &gap));
    const char *error = vmi_leb_s64(&r->p, r->end, &delta);
    if (error != NULL) return vmi_read_fail(r, VM_MALFORMED, "expected a line, found %s", error);
    offset += gap;
    if (offset > f->code_size) {
      return vmi_read_fail(r, VM_INVALID, "line: expected an offset of at most %u, found %llu",
                           (unsigned)f->code_size, (unsigned long long)offset);
    }
    if (delta < -line || delta > (int64_t)UINT32_MAX - line) {
      return vmi_read_fail(r, VM_INVALID, "line: expected a 32-bit number, found another");
    }
    line += delta;
    lines[i] = (vmi_line){(uint32_t)offset, (uint32_t)line};
  }
  return VM_OK;
}

vm_status vmi_read_lines(vmi_reader *r)
{
  vmi_module *m = r->m;
  uint32_t count, index = 0;
  VMI_TRY(vmi_read_count(r, "source files", VMI_MAX_FUNCS, 1, &m->nfiles));
  VMI_TRY(vmi_read_alloc(r, m->nfiles, sizeof *m->files, &m->files));
  for (uint32_t i = 0; i < m->nfiles; i++) VMI_TRY(vmi_read_str(r, "source file", &m->files[i]));
  VMI_TRY(vmi_read_count(r, "functions with lines", m->nfuncs, 3, &count));
  if (m->nfiles == 0 && count == 0) {
    return vmi_read_fail(r, VM_MALFORMED, "lines: expected some, found none");
  }
  uint32_t next = m->nimported_funcs; /* gaps start at the first function with code */
  for (uint32_t i = 0; i < count; i++) {
    VMI_TRY(read_gap(r, "function", m->nfuncs, &next, &index));
    VMI_TRY(read_func_lines(r, &m->funcs[index]));
  }
  return VM_OK;
}

/* ---- names of locals and labels ---- */

static vm_status read_label_names(vmi_reader *r, vmi_func *f, uint32_t *named)
{
  vmi_label *labels = (vmi_label *)f->labels; /* this reader's own */
  vmi_name_list list = {f->nlabels ? &labels[0].name : NULL, sizeof *labels, f->nlabels};
  return read_name_list(r, &list, named);
}

vm_status vmi_read_locals(vmi_reader *r)
{
  vmi_module *m = r->m;
  uint32_t count, index = 0, next = m->nimported_funcs;
  VMI_TRY(vmi_read_count(r, "functions with names", m->nfuncs, 3, &count));
  if (count == 0) return vmi_read_fail(r, VM_MALFORMED, "local names: expected some, found none");
  for (uint32_t i = 0; i < count; i++) {
    uint32_t locals = 0, labels = 0;
    VMI_TRY(read_gap(r, "function", m->nfuncs, &next, &index));
    vmi_func *f = &m->funcs[index];
    VMI_TRY(read_name_array(r, f->nlocals, &f->local_names, &locals));
    VMI_TRY(read_label_names(r, f, &labels));
    if (locals + labels == 0) {
      return vmi_read_fail(r, VM_MALFORMED, "local names: expected some, found none");
    }
  }
  return VM_OK;
}
