/* print.c - the disassembler's output: names, types, numbers, signatures.
 *
 * SPDX-License-Identifier: MIT
 */
#include "print.h"

#include <stdio.h>
#include <string.h>

#include "lexer.h"
#include "number.h"

/* ---- growing text ---- */

static bool reserve(vmi_out *o, size_t more)
{
  if (o->failed) return false;
  if (more > o->limit - o->size) {
    o->failed = o->too_long = true;
    return false;
  }
  if (o->capacity - o->size >= more) return true;
  size_t capacity = o->capacity == 0 ? 1024 : o->capacity;
  while (capacity - o->size < more) {
    if (__builtin_mul_overflow(capacity, (size_t)2, &capacity)) break;
  }
  char *data = capacity - o->size < more ? NULL
                                         : vmi_resize(o->alloc, o->data, o->capacity, capacity);
  o->failed = data == NULL;
  if (o->failed) return false;
  o->data = data;
  o->capacity = capacity;
  return true;
}

void vmi_out_bytes(vmi_out *o, const char *bytes, size_t size)
{
  if (size == 0 || !reserve(o, size)) return;
  memcpy(o->data + o->size, bytes, size);
  o->size += size;
}

void vmi_out_text(vmi_out *o, const char *text) { vmi_out_bytes(o, text, strlen(text)); }

void vmi_out_u32(vmi_out *o, uint32_t v) { vmi_out_i64(o, v); }

void vmi_out_i64(vmi_out *o, int64_t v)
{
  char text[24];
  vmi_out_bytes(o, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)v));
}

void vmi_out_hex(vmi_out *o, uint64_t v)
{
  char text[24];
  vmi_out_bytes(o, text, (size_t)snprintf(text, sizeof text, "0x%llx", (unsigned long long)v));
}

void vmi_out_quoted(vmi_out *o, const uint8_t *bytes, size_t size)
{
  vmi_out_text(o, "\"");
  for (size_t i = 0; i < size; i++) {
    char c = (char)bytes[i], escape[4];
    if (c == '\n') {
      vmi_out_text(o, "\\n");
    } else if (c == '"' || c == '\\') {
      vmi_out_bytes(o, (char[]){'\\', c}, 2);
    } else if (c >= 0x20 && c < 0x7F) {
      vmi_out_bytes(o, &c, 1);
    } else {
      snprintf(escape, sizeof escape, "\\%02x", bytes[i]);
      vmi_out_bytes(o, escape, 3);
    }
  }
  vmi_out_text(o, "\"");
}

/* ---- names ---- */

/* Words that mean something where a name may stand. Quoting one too many does no harm. */
static bool is_word(vmi_str name)
{
  static const char *const words[] = {
    "module", "producers", "source", "file", "none", "type", "import", "export", "func", "table", "memory",
    "global", "data", "elem", "start", "struct", "array", "any", "extern", "exn", "weak", "ref",
    "null", "mut", "active", "nil", "bits", "env", "local", "line", "try", "end", "switch_table",
    "handler", "bytes", "i32", "i64", "f32", "f64", "dyn", "i8", "i16", "inf", "nan"};
  for (size_t i = 0; i < VMI_COUNT(words); i++) {
    if (strlen(words[i]) == name.size && memcmp(words[i], name.data, name.size) == 0) return true;
  }
  return vmi_isa_find(name.data, name.size) != NULL;
}

void vmi_dis_name(vmi_dis *d, vmi_str name)
{
  if (d->out.failed) return;
  bool plain = name.size != 0 && vmi_lexer_is_name_start(name.data[0]);
  for (uint32_t i = 0; i < name.size && plain; i++) plain = vmi_lexer_is_name(name.data[i]);
  if (plain && !is_word(name)) {
    vmi_out_bytes(&d->out, name.data, name.size);
  } else {
    vmi_out_quoted(&d->out, (const uint8_t *)name.data, name.size);
  }
}

void vmi_dis_define(vmi_dis *d, vmi_str name, uint32_t index)
{
  if (name.size == 0) {
    vmi_out_u32(&d->out, index);
  } else {
    vmi_dis_name(d, name);
  }
}

static vmi_str name_of(const vmi_module *m, vmi_space space, uint32_t owner, uint32_t index)
{
  const vmi_func *f = space >= VMI_SPACES ? &m->funcs[owner] : NULL;
  vmi_str none = {"", 0};
  switch (space) {
  case VMI_SPACE_TYPE: return index < m->ntypes ? m->types[index].name : none;
  case VMI_SPACE_FUNC: return index < m->nfuncs ? m->funcs[index].name : none;
  case VMI_SPACE_GLOBAL: return index < m->nglobals ? m->globals[index].name : none;
  case VMI_SPACE_TABLE: return index < m->ntables ? m->tables[index].name : none;
  case VMI_SPACE_MEMORY: return index < m->nmemories ? m->memories[index].name : none;
  case VMI_SPACE_DATA: return index < m->ndatas ? m->datas[index].name : none;
  case VMI_SPACE_ELEM: return index < m->nelems ? m->elems[index].name : none;
  case VMI_SPACE_LOCAL:
    return index < f->nlocals && f->local_names != NULL ? f->local_names[index] : none;
  case VMI_SPACE_LABEL: return index < f->nlabels ? f->labels[index].name : none;
  default: return none;
  }
}

void vmi_dis_ref(vmi_dis *d, vmi_space space, uint32_t owner, uint32_t index)
{
  if (d->out.failed) return; /* a long name is not looked up for nothing */
  vmi_str name = name_of(d->m, space, owner, index);
  const vmi_symbol *e = NULL;
  if (name.size != 0) e = vmi_symbols_find(&d->symbols, space, owner, name.data, name.size);
  if (e != NULL && e->index == index && e->other == VMI_SYMBOL_UNDEFINED) {
    vmi_dis_name(d, name);
  } else {
    vmi_out_u32(&d->out, index);
  }
}

bool vmi_dis_field_found(const vmi_dis *d, uint32_t type, vmi_str name, uint32_t field)
{
  const vmi_symbol *e = NULL;
  while (type < d->m->ntypes && e == NULL && !d->out.failed) {
    e = vmi_symbols_find(&d->symbols, VMI_SPACE_FIELD, type, name.data, name.size);
    type = d->m->types[type].super;
  }
  return e != NULL && e->index == field && e->other == VMI_SYMBOL_UNDEFINED;
}

static vmi_str field_name(const vmi_typedef *t, uint32_t i)
{
  return t->field_names == NULL ? (vmi_str){"", 0} : t->field_names[i];
}

bool vmi_dis_extends(const vmi_module *m, const vmi_typedef *t)
{
  if (t->super == VMI_NO_INDEX) return true;
  const vmi_typedef *s = &m->types[t->super];
  if (t->nfields < s->nfields) return false;
  for (uint32_t i = 0; i < s->nfields; i++) {
    vmi_str a = field_name(t, i), b = field_name(s, i);
    if (t->fields[i].type != s->fields[i].type || t->fields[i].mut != s->fields[i].mut
        || a.size != b.size || (a.size != 0 && memcmp(a.data, b.data, a.size) != 0)) {
      return false;
    }
  }
  return true;
}

/* ---- types ---- */

void vmi_dis_type(vmi_dis *d, vm_type t)
{
  static const char *const heaps[] = {"any", "struct", "array", "func", "extern", "exn", "weak"};
  static const struct {
    vm_type type;
    const char *text;
  } plain[] = {{VM_I32, "i32"}, {VM_I64, "i64"}, {VM_F32, "f32"}, {VM_F64, "f64"},
               {VM_DYN, "dyn"}, {VM_I8, "i8"},   {VM_I16, "i16"}};
  for (size_t i = 0; i < VMI_COUNT(plain); i++) {
    if (plain[i].type != t) continue;
    vmi_out_text(&d->out, plain[i].text);
    return;
  }
  uint32_t heap = VM_TYPE_HEAP(t);
  vmi_out_text(&d->out, VM_TYPE_NULLABLE(t) ? "(ref null " : "(ref ");
  if (heap >= VM_HEAP_ANY && heap - VM_HEAP_ANY < VMI_COUNT(heaps)) {
    vmi_out_text(&d->out, heaps[heap - VM_HEAP_ANY]);
  } else {
    vmi_dis_ref(d, VMI_SPACE_TYPE, 0, heap);
  }
  vmi_out_text(&d->out, ")");
}

void vmi_dis_number(vmi_dis *d, vm_type t, uint64_t bits)
{
  if (t == VM_F32 || t == VM_F64) {
    char text[VMI_NUMBER_TEXT];
    vmi_out_bytes(&d->out, text, vmi_number_print_float(bits, t == VM_F64, text));
  } else {
    vmi_out_i64(&d->out, t == VM_I32 ? (int32_t)(uint32_t)bits : (int64_t)bits);
  }
}

/* ---- signatures ---- */

static vm_type *signature_key(vmi_dis *d, const vmi_typedef *t, uint32_t *size)
{
  size_t count = (size_t)t->nparams + t->nresults;
  vm_type *key = vmi_arena_new(&d->scratch, count, sizeof *key);
  if (key == NULL) return NULL;
  for (uint32_t i = 0; i < t->nparams; i++) key[i] = t->params[i];
  for (uint32_t i = 0; i < t->nresults; i++) key[t->nparams + i] = t->results[i];
  *size = (uint32_t)(count * sizeof *key);
  return key;
}

bool vmi_dis_signatures(vmi_dis *d)
{
  for (uint32_t i = 0; i < d->m->ntypes; i++) {
    const vmi_typedef *t = &d->m->types[i];
    uint32_t size;
    if (t->kind != VMI_DEF_FUNC) continue;
    vm_type *key = signature_key(d, t, &size);
    if (key == NULL || !vmi_symbols_define(&d->symbols, VMI_SPACE_SIGNATURE, t->nparams,
                                           (const char *)key, size, i)) {
      return false;
    }
  }
  return true;
}

/* Is it the first of its signature, which the assembler takes for one written out? */
static bool is_first(const vmi_dis *d, uint32_t type)
{
  const vmi_typedef *t = &d->m->types[type];
  vm_type key[VMI_MAX_PARAMS + VMI_MAX_RESULTS];
  for (uint32_t i = 0; i < t->nparams; i++) key[i] = t->params[i];
  for (uint32_t i = 0; i < t->nresults; i++) key[t->nparams + i] = t->results[i];
  uint32_t size = (uint32_t)((t->nparams + t->nresults) * sizeof *key);
  const vmi_symbol *e = vmi_symbols_find(&d->symbols, VMI_SPACE_SIGNATURE, t->nparams,
                                         (const char *)key, size);
  return e != NULL && e->index == type;
}

void vmi_dis_signature(vmi_dis *d, uint32_t type, const vmi_str *names)
{
  const vmi_typedef *t = &d->m->types[type];
  if (!is_first(d, type)) {
    vmi_out_text(&d->out, "type ");
    vmi_dis_ref(d, VMI_SPACE_TYPE, 0, type);
    vmi_out_text(&d->out, " ");
  }
  vmi_out_text(&d->out, "(");
  for (uint32_t i = 0; i < t->nparams; i++) {
    if (i != 0) vmi_out_text(&d->out, ", ");
    if (names != NULL && names[i].size != 0) {
      vmi_dis_name(d, names[i]);
      vmi_out_text(&d->out, ": ");
    }
    vmi_dis_type(d, t->params[i]);
  }
  vmi_out_text(&d->out, ") -> (");
  for (uint32_t i = 0; i < t->nresults; i++) {
    if (i != 0) vmi_out_text(&d->out, ", ");
    vmi_dis_type(d, t->results[i]);
  }
  vmi_out_text(&d->out, ")");
}
