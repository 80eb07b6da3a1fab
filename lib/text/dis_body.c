/* dis_body.c - function definitions as text.
 *
 * SPDX-License-Identifier: MIT
 *
 * The code need not be verified, so anything may be wrong with it: bytes that are no instruction,
 * and labels, handlers or lines inside of one, come out as `bytes`.
 */
#include <stdlib.h>
#include <string.h>

#include "print.h"

typedef struct start {
  uint32_t offset, handler;
} start;

typedef struct walk {
  vmi_dis *d;
  const vmi_func *f;
  uint32_t func;
  uint32_t at;                        /* offset in the code */
  uint32_t label, line, end, start;   /* the next of each, by offset */
  start *starts;                      /* handlers by start */
  uint32_t nranges;                   /* handlers written as try and end; 0 if by offsets */
  bool listed;                        /* switch tables are written at their instruction */
} walk;

static vmi_out *out(walk *w) { return &w->d->out; }

/* ---- marks: what stands between instructions ---- */

static uint32_t next_mark(const walk *w)
{
  const vmi_func *f = w->f;
  uint32_t mark = f->code_size;
  if (w->label < f->nlabels && f->labels[w->label].offset < mark) mark = f->labels[w->label].offset;
  if (w->line < f->nlines && f->lines[w->line].offset < mark) mark = f->lines[w->line].offset;
  if (w->end < w->nranges && f->handlers[w->end].end < mark) mark = f->handlers[w->end].end;
  if (w->start < w->nranges && w->starts[w->start].offset < mark) mark = w->starts[w->start].offset;
  return mark;
}

static void print_label(walk *w)
{
  const vmi_label *label = &w->f->labels[w->label];
  vmi_dis_define(w->d, label->name, w->label);
  for (uint32_t i = 0; i < label->ntypes; i++) {
    vmi_out_text(out(w), i == 0 ? " (" : ", ");
    vmi_dis_type(w->d, label->types[i]);
  }
  vmi_out_text(out(w), label->ntypes == 0 ? ":\n" : "):\n");
}

static void print_range(walk *w, const char *word, uint32_t handler)
{
  vmi_out_text(out(w), word);
  vmi_out_u32(out(w), handler);
}

/* Pass all marks at this offset; print them unless `quiet`. */
static void pass_marks(walk *w, bool quiet)
{
  const vmi_func *f = w->f;
  for (; w->end < w->nranges && f->handlers[w->end].end == w->at; w->end++) {
    if (quiet) continue;
    print_range(w, "  end h", w->end);
    vmi_out_text(out(w), "\n");
  }
  for (; w->label < f->nlabels && f->labels[w->label].offset == w->at; w->label++) {
    if (!quiet) print_label(w);
  }
  for (; w->start < w->nranges && w->starts[w->start].offset == w->at; w->start++) {
    uint32_t handler = w->starts[w->start].handler;
    if (quiet) continue;
    print_range(w, "  try h", handler);
    vmi_out_text(out(w), " ");
    vmi_dis_ref(w->d, VMI_SPACE_LABEL, w->func, f->handlers[handler].label);
    vmi_out_text(out(w), "\n");
  }
  for (; w->line < f->nlines && f->lines[w->line].offset == w->at; w->line++) {
    if (quiet) continue;
    vmi_out_text(out(w), "  line ");
    vmi_out_u32(out(w), f->lines[w->line].line);
    vmi_out_text(out(w), "\n");
  }
}

/* The instruction here, if one stands here whole. Else false, and the size of the raw bytes. */
static bool next_insn(const walk *w, vmi_insn *in)
{
  const uint8_t *code = w->f->code;
  uint32_t mark = next_mark(w);
  const char *error = vmi_isa_decode(code + w->at, code + w->f->code_size, in);
  if (error == NULL && in->size <= mark - w->at) return true;
  in->size = mark - w->at;
  return false;
}

static void restart(walk *w)
{
  w->at = w->label = w->line = w->end = w->start = 0;
}

/* ---- operands ---- */

static void print_switch(walk *w, const vmi_switch *s)
{
  vmi_out_text(out(w), "(");
  for (uint32_t i = 0; i < s->count; i++) {
    if (i != 0) vmi_out_text(out(w), ", ");
    vmi_dis_ref(w->d, VMI_SPACE_LABEL, w->func, s->labels[i]);
  }
  vmi_out_text(out(w), ") ");
  vmi_dis_ref(w->d, VMI_SPACE_LABEL, w->func, s->labels[s->count]);
}

static void print_field(walk *w, uint64_t type, uint32_t field)
{
  const vmi_module *m = w->d->m;
  const vmi_typedef *t = type < m->ntypes ? &m->types[type] : NULL;
  if (t != NULL && t->kind == VMI_DEF_STRUCT && field < t->nfields && t->field_names != NULL
      && t->field_names[field].size != 0
      && vmi_dis_field_found(w->d, (uint32_t)type, t->field_names[field], field)) {
    vmi_dis_name(w->d, t->field_names[field]);
  } else {
    vmi_out_u32(out(w), field);
  }
}

static bool space_of(char kind, vmi_space *space)
{
  switch (kind) {
  case 'l': *space = VMI_SPACE_LOCAL; return true;
  case 'j': *space = VMI_SPACE_LABEL; return true;
  case 'g': *space = VMI_SPACE_GLOBAL; return true;
  case 'F': case 'x': *space = VMI_SPACE_FUNC; return true;
  case 'T': case 'S': case 'R': case 'U': *space = VMI_SPACE_TYPE; return true;
  case 'm': *space = VMI_SPACE_MEMORY; return true;
  case 'B': *space = VMI_SPACE_TABLE; return true;
  case 'D': *space = VMI_SPACE_DATA; return true;
  case 'E': *space = VMI_SPACE_ELEM; return true;
  default: return false;
  }
}

static void print_operand(walk *w, char kind, uint64_t imm, uint64_t before)
{
  vmi_space space;
  if (space_of(kind, &space)) {
    vmi_dis_ref(w->d, space, space >= VMI_SPACES ? w->func : 0, (uint32_t)imm);
    return;
  }
  switch (kind) {
  case 'c': vmi_dis_number(w->d, VM_I32, imm); break;
  case 'C': vmi_dis_number(w->d, VM_I64, imm); break;
  case 'f': vmi_dis_number(w->d, VM_F32, imm); break;
  case 'd': vmi_dis_number(w->d, VM_F64, imm); break;
  case 'h': case 'v': vmi_dis_type(w->d, (vm_type)imm); break;
  case 'k': print_field(w, before, (uint32_t)imm); break;
  case 'w':
    if (w->listed) {
      print_switch(w, &w->f->switches[imm]);
      break;
    }
    vmi_out_u32(out(w), (uint32_t)imm);
    break;
  default: vmi_out_u32(out(w), (uint32_t)imm);
  }
}

static void print_insn(walk *w, const vmi_insn *in)
{
  vmi_out_text(out(w), "  ");
  vmi_out_text(out(w), in->op->text);
  for (uint32_t i = 0; in->op->imms[i] != '\0'; i++) {
    vmi_out_text(out(w), " ");
    print_operand(w, in->op->imms[i], in->imm[i], in->imm[0]);
  }
  vmi_out_text(out(w), "\n");
}

static void print_code(walk *w)
{
  vmi_insn in;
  for (restart(w); w->at < w->f->code_size; w->at += in.size) {
    pass_marks(w, false);
    if (next_insn(w, &in)) {
      print_insn(w, &in);
    } else {
      vmi_out_text(out(w), "  bytes ");
      vmi_out_quoted(out(w), w->f->code + w->at, in.size);
      vmi_out_text(out(w), "\n");
    }
  }
  pass_marks(w, false);
}

/* ---- what comes before the code ---- */

/* The assembler numbers switch tables in the order of their instructions. */
static bool switches_in_order(walk *w)
{
  vmi_insn in;
  uint32_t next = 0;
  for (restart(w); w->at < w->f->code_size; w->at += in.size) {
    pass_marks(w, true);
    if (!next_insn(w, &in) || in.index != VMI_IX_SWITCH) continue;
    if (in.imm[0] != next || next == w->f->nswitches) return false;
    next++;
  }
  return next == w->f->nswitches;
}

static void print_locals(walk *w)
{
  const vmi_func *f = w->f;
  uint32_t first = vmi_func_type(w->d->m, w->func)->nparams + f->has_env;
  for (uint32_t i = first; i < f->nlocals; i++) {
    vmi_out_text(out(w), (i - first) % 8 == 0 ? i == first ? "  local " : "\n  local " : ", ");
    if (f->local_names != NULL && f->local_names[i].size != 0) {
      vmi_dis_name(w->d, f->local_names[i]);
      vmi_out_text(out(w), ": ");
    }
    vmi_dis_type(w->d, f->locals[i]);
  }
  if (first < f->nlocals) vmi_out_text(out(w), "\n");
}

static bool handlers_in_order(const vmi_func *f)
{
  for (uint32_t i = 1; i < f->nhandlers; i++) {
    const vmi_handler *a = &f->handlers[i - 1], *b = &f->handlers[i];
    if (a->end > b->end || (a->end == b->end && a->start < b->start)) return false;
  }
  return true;
}

static void print_handlers(walk *w)
{
  for (uint32_t i = 0; i < w->f->nhandlers; i++) {
    print_range(w, "  handler ", w->f->handlers[i].start);
    print_range(w, " ", w->f->handlers[i].end);
    vmi_out_text(out(w), " ");
    vmi_dis_ref(w->d, VMI_SPACE_LABEL, w->func, w->f->handlers[i].label);
    vmi_out_text(out(w), "\n");
  }
}

static int compare_starts(const void *left, const void *right)
{
  const start *a = left, *b = right;
  if (a->offset != b->offset) return a->offset < b->offset ? -1 : 1;
  return a->handler > b->handler ? -1 : a->handler < b->handler; /* outer ranges open first */
}

static bool sort_starts(walk *w)
{
  uint32_t n = w->f->nhandlers;
  if (n == 0) return true;
  w->starts = vmi_new(w->d->out.alloc, n * sizeof *w->starts);
  if (w->starts == NULL) return false;
  for (uint32_t i = 0; i < n; i++) w->starts[i] = (start){w->f->handlers[i].start, i};
  qsort(w->starts, n, sizeof *w->starts, compare_starts);
  w->nranges = n;
  return true;
}

static bool define_names(walk *w)
{
  const vmi_func *f = w->f;
  for (uint32_t i = 0; i < f->nlocals && f->local_names != NULL; i++) {
    vmi_str name = f->local_names[i];
    if (name.size != 0 && !vmi_symbols_define(&w->d->symbols, VMI_SPACE_LOCAL, w->func, name.data,
                                              name.size, i)) {
      return false;
    }
  }
  for (uint32_t i = 0; i < f->nlabels; i++) {
    vmi_str name = f->labels[i].name;
    if (name.size != 0 && !vmi_symbols_define(&w->d->symbols, VMI_SPACE_LABEL, w->func, name.data,
                                              name.size, i)) {
      return false;
    }
  }
  return true;
}

static void print_header(walk *w)
{
  const vmi_func *f = w->f;
  uint32_t nparams = vmi_func_type(w->d->m, w->func)->nparams;
  vmi_out_text(out(w), "func ");
  vmi_dis_define(w->d, f->name, w->func);
  vmi_out_text(out(w), " ");
  vmi_dis_signature(w->d, f->type, f->local_names);
  if (f->has_env) {
    vmi_out_text(out(w), " env ");
    vmi_dis_type(w->d, f->env);
    if (f->local_names != NULL && f->local_names[nparams].size != 0) {
      vmi_out_text(out(w), " ");
      vmi_dis_name(w->d, f->local_names[nparams]);
    }
  }
  vmi_out_text(out(w), " {\n");
}

static void print_body(walk *w)
{
  print_locals(w);
  if (w->nranges != w->f->nhandlers) print_handlers(w);
  w->listed = switches_in_order(w);
  for (uint32_t i = 0; i < w->f->nswitches && !w->listed; i++) {
    vmi_out_text(out(w), "  switch_table ");
    print_switch(w, &w->f->switches[i]);
    vmi_out_text(out(w), "\n");
  }
  print_code(w);
}

bool vmi_dis_func(vmi_dis *d, uint32_t func)
{
  walk w = {.d = d, .f = &d->m->funcs[func], .func = func};
  if (!define_names(&w)) return false;
  if (handlers_in_order(w.f) && !sort_starts(&w)) return false;
  print_header(&w);
  print_body(&w);
  vmi_out_text(&d->out, "}\n");
  vmi_free(d->out.alloc, w.starts, w.nranges * sizeof *w.starts);
  return true;
}
