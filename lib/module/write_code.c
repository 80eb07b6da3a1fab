/* write_code.c - the code section and the optional sections of a binary module.
 *
 * SPDX-License-Identifier: MIT
 */
#include "writer.h"

/* ---- code ---- */

static uint32_t run_length(const vmi_func *f, uint32_t at)
{
  uint32_t end = at + 1;
  while (end < f->nlocals && f->locals[end] == f->locals[at]) end++;
  return end - at;
}

static void write_func_locals(vmi_writer *w, const vmi_func *f)
{
  uint32_t first = w->m->types[f->type].nparams + f->has_env, nruns = 0;
  for (uint32_t i = first; i < f->nlocals; i += run_length(f, i)) nruns++;
  vmi_write_u32(w, nruns);
  for (uint32_t i = first; i < f->nlocals;) {
    uint32_t n = run_length(f, i);
    vmi_write_u32(w, n);
    vmi_write_type(w, f->locals[i]);
    i += n;
  }
}

static void write_labels(vmi_writer *w, const vmi_func *f)
{
  uint32_t offset = 0;
  vmi_write_u32(w, f->nlabels);
  for (uint32_t i = 0; i < f->nlabels; i++) {
    const vmi_label *l = &f->labels[i];
    vmi_write_u32(w, l->offset - offset);
    offset = l->offset;
    vmi_write_u32(w, l->ntypes);
    for (uint32_t k = 0; k < l->ntypes; k++) vmi_write_type(w, l->types[k]);
  }
}

static void write_switches(vmi_writer *w, const vmi_func *f)
{
  vmi_write_u32(w, f->nswitches);
  for (uint32_t i = 0; i < f->nswitches; i++) {
    vmi_write_u32(w, f->switches[i].count);
    for (uint32_t k = 0; k <= f->switches[i].count; k++) vmi_write_u32(w, f->switches[i].labels[k]);
  }
}

static void write_handlers(vmi_writer *w, const vmi_func *f)
{
  vmi_write_u32(w, f->nhandlers);
  for (uint32_t i = 0; i < f->nhandlers; i++) {
    vmi_write_u32(w, f->handlers[i].start);
    vmi_write_u32(w, f->handlers[i].end);
    vmi_write_u32(w, f->handlers[i].label);
  }
}

void vmi_write_code(vmi_writer *w)
{
  for (uint32_t i = w->m->nimported_funcs; i < w->m->nfuncs && w->status == VM_OK; i++) {
    const vmi_func *f = &w->m->funcs[i];
    size_t start = w->size;
    write_func_locals(w, f);
    write_labels(w, f);
    write_switches(w, f);
    write_handlers(w, f);
    vmi_write_u32(w, f->code_size);
    vmi_write_bytes(w, f->code, f->code_size);
    vmi_write_size_before(w, start);
  }
}

/* ---- names ---- */

static uint32_t count_names(const vmi_name_list *list)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < list->count; i++) n += vmi_name_at(list, i)->size != 0;
  return n;
}

static void write_name_list(vmi_writer *w, const vmi_name_list *list)
{
  uint32_t next = 0;
  vmi_write_u32(w, count_names(list));
  for (uint32_t i = 0; i < list->count; i++) {
    const vmi_str *name = vmi_name_at(list, i);
    if (name->size == 0) continue;
    vmi_write_u32(w, i - next);
    next = i + 1;
    vmi_write_str(w, *name);
  }
}

static vmi_name_list field_list(const vmi_typedef *t)
{
  bool some = t->kind == VMI_DEF_STRUCT && t->field_names != NULL;
  return (vmi_name_list){t->field_names, sizeof *t->field_names, some ? t->nfields : 0};
}

static uint32_t count_field_names(const vmi_module *m)
{
  uint32_t n = 0;
  for (uint32_t i = 0; i < m->ntypes; i++) {
    vmi_name_list list = field_list(&m->types[i]);
    n += count_names(&list) != 0;
  }
  return n;
}

static void write_field_names(vmi_writer *w, uint32_t count)
{
  uint32_t next = 0;
  vmi_write_u32(w, count);
  for (uint32_t i = 0; i < w->m->ntypes; i++) {
    vmi_name_list list = field_list(&w->m->types[i]);
    if (count_names(&list) == 0) continue;
    vmi_write_u32(w, i - next);
    next = i + 1;
    write_name_list(w, &list);
  }
}

void vmi_write_names(vmi_writer *w)
{
  vmi_name_list lists[VMI_NAME_LISTS];
  vmi_module_name_lists(w->m, lists);
  uint32_t fields = count_field_names(w->m);
  uint64_t sum = (uint64_t)w->m->name.size + fields;
  for (int i = 0; i < VMI_NAME_LISTS; i++) sum += count_names(&lists[i]);
  if (sum == 0) return;
  vmi_write_str(w, w->m->name);
  for (int i = 0; i < VMI_NAME_LISTS; i++) write_name_list(w, &lists[i]);
  write_field_names(w, fields);
}

/* ---- lines ---- */

static bool has_file(const vmi_module *m, const vmi_func *f) { return f->file < m->nfiles; }

static bool has_lines(const vmi_module *m, const vmi_func *f)
{
  return has_file(m, f) || f->nlines != 0;
}

static void write_func_lines(vmi_writer *w, const vmi_func *f)
{
  uint32_t offset = 0;
  int64_t line = 0;
  vmi_write_u32(w, has_file(w->m, f) ? f->file + 1 : 0);
  vmi_write_u32(w, f->nlines);
  for (uint32_t i = 0; i < f->nlines; i++) {
    vmi_write_u32(w, f->lines[i].offset - offset);
    vmi_write_s64(w, (int64_t)f->lines[i].line - line);
    offset = f->lines[i].offset;
    line = f->lines[i].line;
  }
}

void vmi_write_lines(vmi_writer *w)
{
  const vmi_module *m = w->m;
  uint32_t count = 0;
  for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) count += has_lines(m, &m->funcs[i]);
  if (m->nfiles == 0 && count == 0) return;
  vmi_write_u32(w, m->nfiles);
  for (uint32_t i = 0; i < m->nfiles; i++) vmi_write_str(w, m->files[i]);
  vmi_write_u32(w, count);
  uint32_t next = m->nimported_funcs;
  for (uint32_t i = next; i < m->nfuncs; i++) {
    if (!has_lines(m, &m->funcs[i])) continue;
    vmi_write_u32(w, i - next);
    next = i + 1;
    write_func_lines(w, &m->funcs[i]);
  }
}

/* ---- names of locals and labels ---- */

static void local_lists(const vmi_func *f, vmi_name_list out[2])
{
  out[0] = (vmi_name_list){f->local_names, sizeof *f->local_names,
                           f->local_names != NULL ? f->nlocals : 0};
  out[1] = (vmi_name_list){f->nlabels ? (vmi_str *)&f->labels[0].name : NULL, sizeof *f->labels,
                           f->nlabels};
}

static bool has_local_names(const vmi_func *f)
{
  vmi_name_list lists[2];
  local_lists(f, lists);
  return count_names(&lists[0]) + count_names(&lists[1]) != 0;
}

void vmi_write_locals(vmi_writer *w)
{
  const vmi_module *m = w->m;
  uint32_t count = 0, next = m->nimported_funcs;
  for (uint32_t i = next; i < m->nfuncs; i++) count += has_local_names(&m->funcs[i]);
  if (count == 0) return;
  vmi_write_u32(w, count);
  for (uint32_t i = next; i < m->nfuncs; i++) {
    vmi_name_list lists[2];
    if (!has_local_names(&m->funcs[i])) continue;
    vmi_write_u32(w, i - next);
    next = i + 1;
    local_lists(&m->funcs[i], lists);
    write_name_list(w, &lists[0]);
    write_name_list(w, &lists[1]);
  }
}
