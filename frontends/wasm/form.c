/* form.c - is a binary malformed behind the place where it is invalid?
 *
 * SPDX-License-Identifier: MIT
 *
 * The specification reads a binary first and validates it then, so one that is both malformed and
 * invalid is malformed. The translator does both at once and stops at what it meets first. Where
 * that is something invalid, this pass goes over the binary once more, by its grammar alone:
 * indices may be anything, types are not compared, nothing is built.
 */
#include <string.h>

#include "body.h"

/* ---- instructions ---- */

/* The module as it is read a second time: a reader of its own, the old one's sections. */
typedef struct pass {
  wasm_module m;
  wasm_list blocks; /* uint8_t: 1 for an if that may still have an else */
  uint32_t funcs, bodies, datas;
} pass;

static bool any_index(pass *p)
{
  uint32_t index;
  return wasm_read_u32(&p->m.r, "index", &index);
}

static bool open_block(pass *p, uint8_t is_if)
{
  wasm_reader *r = &p->m.r;
  const uint8_t *at = r->at;
  int64_t code;
  vm_type type;
  if (!wasm_read_signed(r, "block type", 33, &code)) return false;
  if (code < 0 && (r->at - at != 1 || (*at != 0x40 && !wasm_value_type_of(*at, &type)))) {
    return wasm_malformed(r, at,
                          "block type: expected a value type, 0x40 or an index, found 0x%02x",
                          *at);
  }
  return wasm_append(&p->m, &p->blocks, &is_if);
}

static bool go_to_else(pass *p)
{
  uint8_t *top = (uint8_t *)p->blocks.items + p->blocks.count - 1;
  if (*top == 0) {
    return wasm_malformed(&p->m.r, p->m.r.at - 1, "expected an if that is open, found none");
  }
  *top = 0;
  return true;
}

/* `each` reads one of the items. */
static bool several(pass *p, const char *what, uint32_t more, bool (*each)(pass *))
{
  uint32_t count;
  if (!wasm_read_count(&p->m.r, what, &count)) return false;
  for (uint64_t i = 0; i < (uint64_t)count + more; i++) {
    if (!each(p)) return false;
  }
  return true;
}

static bool value_type(pass *p)
{
  vm_type type;
  return wasm_read_value_type(&p->m, "type", &type);
}

static bool data_index(pass *p)
{
  if (!p->m.has_data_count && p->datas > 0) {
    return wasm_malformed(&p->m.r, p->m.r.at, "expected a data count section, found none");
  }
  return any_index(p);
}

static bool immediates(pass *p, wasm_form form)
{
  wasm_reader *r = &p->m.r;
  vm_type type;
  int64_t integer;
  uint32_t f32;
  uint64_t f64;
  switch (form) {
  case WASM_FORM_BLOCK: return open_block(p, 0);
  case WASM_FORM_IF: return open_block(p, 1);
  case WASM_FORM_ELSE: return go_to_else(p);
  case WASM_FORM_END: p->blocks.count--; return true;
  case WASM_FORM_INDEX: return any_index(p);
  case WASM_FORM_ACCESS: case WASM_FORM_TWO_INDICES: return any_index(p) && any_index(p);
  case WASM_FORM_LABELS: return several(p, "labels", 1, any_index);
  case WASM_FORM_TYPES: return several(p, "types", 0, value_type);
  case WASM_FORM_REF_TYPE: return wasm_read_ref_type(&p->m, "type", &type);
  case WASM_FORM_ZERO: return wasm_read_zero(r, "memory");
  case WASM_FORM_TWO_ZEROS: return wasm_read_zero(r, "memory") && wasm_read_zero(r, "memory");
  case WASM_FORM_DATA_INDEX: return data_index(p);
  case WASM_FORM_DATA_INDEX_ZERO: return data_index(p) && wasm_read_zero(r, "memory");
  case WASM_FORM_S32: return wasm_read_signed(r, "constant", 32, &integer);
  case WASM_FORM_S64: return wasm_read_signed(r, "constant", 64, &integer);
  case WASM_FORM_F32: return wasm_read_f32(r, "constant", &f32);
  case WASM_FORM_F64: return wasm_read_f64(r, "constant", &f64);
  default: return true;
  }
}

static bool instruction(pass *p)
{
  wasm_reader *r = &p->m.r;
  const uint8_t *at = r->at;
  uint8_t byte = 0;
  uint32_t number = 0;
  r->op = NULL;
  if (!wasm_read_byte(r, "instruction", &byte)) return false;
  if (byte == WASM_LONG_OP && !wasm_read_u32(r, "instruction", &number)) return false;
  const wasm_op *op = byte == WASM_LONG_OP ? wasm_find_long_op(number) : &wasm_ops[byte];
  if (op == NULL || op->rule == NULL) {
    return wasm_malformed(r, at, "expected an instruction, found 0x%02x", byte);
  }
  r->op = op->text;
  return immediates(p, (wasm_form)op->form);
}

/* Instructions up to the end that closes them all. */
static bool expression(pass *p)
{
  p->blocks.count = 0;
  if (!wasm_append(&p->m, &p->blocks, &(uint8_t){0})) return false;
  while (p->blocks.count > 0) {
    if (!instruction(p)) return false;
  }
  p->m.r.op = NULL;
  return true;
}

/* ---- sections ---- */

static bool one_type(pass *p)
{
  uint8_t byte;
  if (!wasm_read_byte(&p->m.r, "type", &byte)) return false;
  if (byte != 0x60) {
    return wasm_malformed(&p->m.r, p->m.r.at - 1,
                          "type: expected 0x60, a function type, found 0x%02x",
                          byte);
  }
  return several(p, "parameters", 0, value_type) && several(p, "results", 0, value_type);
}

static bool limits(pass *p)
{
  wasm_reader *r = &p->m.r;
  uint8_t flag;
  if (!wasm_read_byte(r, "limits", &flag)) return false;
  if (flag > 1) {
    return wasm_malformed(r, r->at - 1, "expected limits with flag 0 or 1, found %u", flag);
  }
  return any_index(p) && (flag == 0 || any_index(p));
}

static bool table_type(pass *p)
{
  vm_type type;
  return wasm_read_ref_type(&p->m, "table", &type) && limits(p);
}

static bool global_type(pass *p)
{
  wasm_global global;
  return wasm_read_global_type(&p->m, &global);
}

static bool one_import(pass *p)
{
  static bool (*const kinds[])(pass *) = {any_index, table_type, limits, global_type};
  wasm_reader *r = &p->m.r;
  wasm_name name;
  uint8_t kind;
  if (!wasm_read_name(r, "import's module", &name) || !wasm_read_name(r, "import's name", &name)
      || !wasm_read_byte(r, "import's kind", &kind)) {
    return false;
  }
  p->m.imported_funcs += kind == 0;
  return kind < 4 ? kinds[kind](p)
                  : wasm_malformed(r, r->at - 1, "import's kind: expected one below 4, found %u",
                                   kind);
}

static bool one_function(pass *p)
{
  p->funcs++;
  return any_index(p);
}

static bool one_global(pass *p) { return global_type(p) && expression(p); }

static bool one_export(pass *p)
{
  wasm_name name;
  uint8_t kind;
  if (!wasm_read_name(&p->m.r, "export's name", &name)
      || !wasm_read_byte(&p->m.r, "export's kind", &kind)) {
    return false;
  }
  return kind < 4 ? any_index(p)
                  : wasm_malformed(&p->m.r, p->m.r.at - 1, "export's kind: expected one below 4, "
                                   "found %u", kind);
}

/* elements.c says what the flags mean. */
static bool one_element(pass *p)
{
  uint32_t flags;
  vm_type type;
  wasm_reader *r = &p->m.r;
  const uint8_t *at = r->at;
  if (!wasm_read_u32(r, "element segment", &flags)) return false;
  if (flags > 7) {
    return wasm_malformed(r, at, "element segment: expected flags below 8, found %u",
                          (unsigned)flags);
  }
  bool active = (flags & 1) == 0;
  if (active && (flags & 2) != 0 && !any_index(p)) return false;
  if (active && !expression(p)) return false;
  if ((flags & 3) != 0) {
    bool ok = (flags & 4) != 0 ? wasm_read_ref_type(&p->m, "element segment", &type)
                               : wasm_read_zero(r, "element segment's kind");
    if (!ok) return false;
  }
  return several(p, "elements", 0, (flags & 4) != 0 ? expression : any_index);
}

static bool one_data(pass *p)
{
  uint32_t flags, size;
  wasm_reader *r = &p->m.r;
  const uint8_t *at = r->at, *bytes;
  p->datas++;
  if (!wasm_read_u32(r, "data segment", &flags)) return false;
  if (flags > 2) {
    return wasm_malformed(r, at, "data segment: expected flags below 3, found %u", (unsigned)flags);
  }
  if (flags == 2 && !any_index(p)) return false;
  if (flags != 1 && !expression(p)) return false;
  return wasm_read_u32(r, "data segment", &size)
         && wasm_read_bytes(r, "data segment", size, &bytes);
}

static bool locals(pass *p, uint64_t *sum)
{
  uint32_t runs, count;
  const uint8_t *at = p->m.r.at;
  if (!wasm_read_count(&p->m.r, "runs of locals", &runs)) return false;
  for (uint32_t i = 0; i < runs; i++) {
    if (!wasm_read_u32(&p->m.r, "locals", &count) || !value_type(p)) return false;
    *sum += count;
  }
  return *sum <= UINT32_MAX
         || wasm_malformed(&p->m.r, at, "too many locals: expected less than 2^32, found more");
}

static bool one_body(pass *p)
{
  wasm_reader *r = &p->m.r;
  const uint8_t *section_end = r->end, *content;
  uint32_t size;
  uint64_t sum = 0;
  r->function = p->m.imported_funcs + p->bodies++;
  if (!wasm_read_u32(r, "function's size", &size)
      || !wasm_read_bytes(r, "function", size, &content)) {
    return false;
  }
  r->at = content;
  r->end = content + size;
  if (!locals(p, &sum) || !expression(p)) return false;
  if (r->at != r->end) {
    return wasm_malformed(r, r->at, "expected the function's end, found %zu more bytes",
                          wasm_left(r));
  }
  r->end = section_end;
  r->function = VM_NO_OFFSET;
  return true;
}

static bool data_count(pass *p) { return wasm_read_u32(&p->m.r, "data segments", &p->m.ndatas); }

static const struct {
  wasm_section id;
  const char *name;
  bool (*one)(pass *);
} sections[] = {
#define SECTION(id, name, reader, form) {WASM_##id, name, form},
#include "wasm_sections.def"
};

static bool read_section(pass *p, size_t i)
{
  wasm_reader *r = &p->m.r;
  wasm_span span = p->m.sections[sections[i].id];
  if (span.at == NULL) return true;
  bool single = sections[i].id == WASM_START || sections[i].id == WASM_DATA_COUNT;
  r->at = span.at;
  r->end = span.end;
  r->section = sections[i].name;
  if (!(single ? sections[i].one(p) : several(p, r->section, 0, sections[i].one))) return false;
  return r->at == r->end
         || wasm_malformed(r, r->at, "expected the section's end, found %zu more bytes",
                           wasm_left(r));
}

static bool check_counts(pass *p)
{
  wasm_reader *r = &p->m.r;
  r->section = NULL;
  if (p->bodies != p->funcs) {
    return wasm_malformed(r, r->at, "expected %u function bodies, as the function section says, "
                          "found %u", (unsigned)p->funcs, (unsigned)p->bodies);
  }
  return !p->m.has_data_count || p->datas == p->m.ndatas
         || wasm_malformed(r, r->at, "expected %u data segments, as the data count section says, "
                           "found %u", (unsigned)p->m.ndatas, (unsigned)p->datas);
}

void wasm_check_form(wasm_module *m)
{
  vm_error e = VM_ERROR_INIT;
  pass p = {.m = {.alloc = m->alloc}, .blocks = {.item_size = 1}};
  memcpy(p.m.sections, m->sections, sizeof p.m.sections);
  p.m.r = (wasm_reader){.start = m->r.start, .at = m->r.at, .end = m->r.end, .error = &e,
                        .function = VM_NO_OFFSET};
  p.m.has_data_count = m->sections[WASM_DATA_COUNT].at != NULL;
  bool ok = true;
  for (size_t i = 0; ok && i < sizeof sections / sizeof *sections; i++) ok = read_section(&p, i);
  if (ok) check_counts(&p);
  wasm_free_list(&p.m, &p.blocks);
  if (p.m.r.status != VM_MALFORMED && p.m.r.status != VM_MEMORY) return;
  m->r.status = p.m.r.status;
  if (m->r.error != NULL) {
    size_t size = m->r.error->size;
    *m->r.error = e;
    m->r.error->size = size;
  }
}
