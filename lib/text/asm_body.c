/* asm_body.c - function bodies: instructions, labels and directives, read into a vmi_code.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "asm.h"
#include "code.h"

/* ---- operands ---- */

/* Operands stand on the line of their instruction, so that a forgotten one is noticed there. */
static bool operand_here(vmi_asm *a, const char *what, const vmi_token *insn)
{
  if (!a->tok.first_on_line) return true;
  char shown[VMI_SHOWN];
  return vmi_asm_fail(a, VM_SYNTAX, insn, "%s: expected %s, found the end of the line",
                      vmi_asm_show(insn->start, insn->size, shown), what);
}

static bool label_ref(vmi_code *c, uint32_t *ref)
{
  vmi_asm *a = c->a;
  vmi_code_ref *r = vmi_asm_push(a, &c->refs, sizeof *r);
  if (r == NULL) return false;
  *ref = (uint32_t)c->refs.count - 1;
  r->at = a->tok;
  if (a->tok.kind == VMI_TOK_NUMBER) return vmi_asm_u32(a, "a label's index", &r->value);
  vmi_str name;
  if (!vmi_asm_name(a, "a label", &name)) return false;
  r->by_name = true;
  r->value = vmi_symbols_intern(&a->symbols, VMI_SPACE_LABEL, c->func, name.data, name.size);
  return r->value != UINT32_MAX || vmi_asm_no_memory(a);
}

/* (a, b, c) default */
static bool switch_table(vmi_code *c, uint64_t *index)
{
  vmi_asm *a = c->a;
  vmi_code_switch s = {(uint32_t)c->refs.count, 0};
  uint32_t ref;
  if (!vmi_asm_need(a, '(')) return false;
  if (!vmi_asm_take(a, ')')) {
    do {
      if (!label_ref(c, &ref)) return false;
      s.count++;
    } while (vmi_asm_take(a, ','));
    if (!vmi_asm_take(a, ')')) return vmi_asm_expected(a, "',' or ')'");
  }
  if (!label_ref(c, &ref)) return false;
  vmi_code_switch *entry = vmi_asm_push(a, &c->switches, sizeof *entry);
  if (entry == NULL) return false;
  *entry = s;
  *index = c->switches.count - 1;
  return true;
}

static bool switch_operand(vmi_code *c, uint64_t *imm)
{
  vmi_asm *a = c->a;
  if (a->tok.kind != VMI_TOK_NUMBER) return switch_table(c, imm);
  uint32_t index;
  if (!vmi_asm_u32(a, "a switch table's index", &index)) return false;
  *imm = index;
  return true;
}

/* A function type: its name or index, `type NAME`, or a signature. */
static bool func_type_operand(vmi_code *c, uint64_t *imm)
{
  vmi_asm *a = c->a;
  uint32_t type;
  bool signature = vmi_asm_is(a, '(');
  if (!signature && vmi_asm_is_word(a, "type")) {
    vmi_token next = vmi_asm_peek(a);
    bool item = next.kind == VMI_TOK_NAME || next.kind == VMI_TOK_STRING
                || next.kind == VMI_TOK_NUMBER;
    if (item && !next.first_on_line) vmi_asm_next(a);
  }
  if (signature) {
    vmi_signature sig;
    a->lenient = false; /* a type of the module may come of it */
    if (!vmi_asm_signature(a, &sig) || !vmi_asm_sig_index(a, &sig, &type)) return false;
  } else if (!vmi_asm_ref(a, VMI_SPACE_TYPE, 0, "a function type", &type)) {
    return false;
  }
  *imm = type;
  return true;
}

static bool type_operand(vmi_code *c, bool only_ref, uint64_t *imm)
{
  vmi_token at = c->a->tok;
  vm_type type;
  if (!vmi_asm_type(c->a, false, &type)) return false;
  if (only_ref && !vmi_type_is_ref(type)) {
    return vmi_asm_fail(c->a, VM_SYNTAX, &at, "expected a reference type (ref ...), found another");
  }
  *imm = type;
  return true;
}

/* A field of struct type `type`: its own, or else an inherited one. */
static bool field_operand(vmi_code *c, uint64_t type, uint64_t *imm)
{
  vmi_asm *a = c->a;
  vmi_token at = a->tok;
  uint32_t index;
  const char *what = "a field of the struct type";
  if (at.kind == VMI_TOK_NUMBER) {
    if (!vmi_asm_u32(a, what, &index)) return false;
    *imm = index;
    return true;
  }
  vmi_str name;
  if (!vmi_asm_name(a, what, &name)) return false;
  const vmi_typedef *types = a->types.data;
  const vmi_symbol *e = NULL;
  while (type < a->types.count && e == NULL) {
    e = vmi_symbols_find(&a->symbols, VMI_SPACE_FIELD, (uint32_t)type, name.data, name.size);
    type = types[type].super;
  }
  if (!vmi_asm_found(a, e, &at, what, &index)) return false;
  *imm = index;
  return true;
}

static const struct {
  char kind;
  vmi_space space;
  const char *what;
} item_kinds[] = {
  {'l', VMI_SPACE_LOCAL, "a local"},
  {'g', VMI_SPACE_GLOBAL, "a global"},
  {'F', VMI_SPACE_FUNC, "a function"},
  {'x', VMI_SPACE_FUNC, "a function"},
  {'T', VMI_SPACE_TYPE, "a type"},
  {'S', VMI_SPACE_TYPE, "a struct type"},
  {'R', VMI_SPACE_TYPE, "an array type"},
  {'m', VMI_SPACE_MEMORY, "a memory"},
  {'B', VMI_SPACE_TABLE, "a table"},
  {'D', VMI_SPACE_DATA, "a data segment"},
  {'E', VMI_SPACE_ELEM, "an element segment"},
};

static bool item_operand(vmi_code *c, char kind, uint64_t *imm)
{
  for (size_t i = 0; i < VMI_COUNT(item_kinds); i++) {
    if (item_kinds[i].kind != kind) continue;
    uint32_t index, owner = kind == 'l' ? c->func : 0;
    if (!vmi_asm_ref(c->a, item_kinds[i].space, owner, item_kinds[i].what, &index)) return false;
    *imm = index;
    return true;
  }
  return vmi_asm_fail(c->a, VM_SYNTAX, &c->a->tok,
                      "expected an operand of a known kind, found '%c'", kind);
}

static const char *operand_name(char kind)
{
  switch (kind) {
  case 'c': case 'C': case 'f': case 'd': return "a number";
  case 'o': return "an offset";
  case 'n': return "a count";
  case 'j': return "a label";
  case 'k': return "a field";
  case 'w': return "a list of labels";
  case 'h': return "a reference type";
  case 'v': return "a type";
  case 'U': return "a function type";
  default: break;
  }
  for (size_t i = 0; i < VMI_COUNT(item_kinds); i++) {
    if (item_kinds[i].kind == kind) return item_kinds[i].what;
  }
  return "an operand";
}

static bool u32_operand(vmi_code *c, char kind, uint64_t *imm)
{
  uint32_t value = 0;
  bool ok = kind == 'j' ? label_ref(c, &value) : vmi_asm_u32(c->a, operand_name(kind), &value);
  *imm = value;
  return ok;
}

static bool operand(vmi_code *c, char kind, uint64_t *imm, uint64_t before)
{
  switch (kind) {
  case 'c': return vmi_asm_number(c->a, VM_I32, imm);
  case 'C': return vmi_asm_number(c->a, VM_I64, imm);
  case 'f': return vmi_asm_number(c->a, VM_F32, imm);
  case 'd': return vmi_asm_number(c->a, VM_F64, imm);
  case 'j': case 'o': case 'n': return u32_operand(c, kind, imm);
  case 'w': return switch_operand(c, imm);
  case 'h': return type_operand(c, true, imm);
  case 'v': return type_operand(c, false, imm);
  case 'k': return field_operand(c, before, imm);
  case 'U': return func_type_operand(c, imm);
  default: return item_operand(c, kind, imm);
  }
}

static bool instruction(vmi_code *c, const vmi_op *op)
{
  vmi_asm *a = c->a;
  vmi_token at = a->tok;
  vmi_code_insn insn = {.op = op};
  vmi_asm_next(a);
  for (uint32_t i = 0; op->imms[i] != '\0'; i++) {
    if (!operand_here(a, operand_name(op->imms[i]), &at)) return false;
    a->lenient = true;
    bool ok = operand(c, op->imms[i], &insn.imm[i], insn.imm[0]);
    a->lenient = false;
    if (!ok) return false;
  }
  vmi_code_insn *entry = vmi_asm_push(a, &c->insns, sizeof *entry);
  if (entry == NULL) return false;
  *entry = insn;
  return true;
}

/* ---- labels ---- */

static bool label_types(vmi_code *c, vmi_code_label *label)
{
  vmi_asm *a = c->a;
  c->types.count = 0;
  do {
    vm_type *type = vmi_asm_push(a, &c->types, sizeof *type);
    if (type == NULL || !vmi_asm_type(a, false, type)) return false;
    if (c->types.count > VMI_MAX_STACK) {
      return vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected at most %d stack types, found more",
                          VMI_MAX_STACK);
    }
  } while (vmi_asm_take(a, ','));
  if (!vmi_asm_take(a, ')')) return vmi_asm_expected(a, "',' or ')'");
  label->ntypes = (uint32_t)c->types.count;
  label->types = vmi_arena_copy(&a->m->arena, c->types.data, label->ntypes, sizeof(vm_type));
  return label->types != NULL || vmi_asm_no_memory(a);
}

static bool label_name(vmi_code *c, vmi_code_label *label, uint32_t index)
{
  vmi_asm *a = c->a;
  vmi_str name;
  if (a->tok.kind == VMI_TOK_NUMBER) {
    uint32_t number;
    if (!vmi_asm_u32(a, "the label's index", &number)) return false;
    if (number == index) return true;
    return vmi_asm_fail(a, VM_SYNTAX, &label->at, "expected the label's name or its index %u, "
                        "found %u", (unsigned)index, (unsigned)number);
  }
  if (!vmi_asm_name(a, "a label", &name) || !vmi_asm_keep(a, name, &label->name)) return false;
  return name.size == 0
         || vmi_symbols_define(&a->symbols, VMI_SPACE_LABEL, c->func, name.data, name.size, index)
         || vmi_asm_no_memory(a);
}

static bool label(vmi_code *c)
{
  vmi_asm *a = c->a;
  uint32_t index = (uint32_t)c->labels.count;
  vmi_code_label label = {.insn = (uint32_t)c->insns.count, .name = {"", 0}, .at = a->tok};
  if (index >= VMI_MAX_LABELS) {
    return vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected at most %d labels, found more",
                        VMI_MAX_LABELS);
  }
  if (!label_name(c, &label, index)) return false;
  if (vmi_asm_take(a, '(') && !vmi_asm_take(a, ')') && !label_types(c, &label)) return false;
  if (!vmi_asm_need(a, ':')) return false;
  vmi_code_label *entry = vmi_asm_push(a, &c->labels, sizeof *entry);
  if (entry == NULL) return false;
  *entry = label;
  return true;
}

/* ---- directives ---- */

static bool add_local(vmi_code *c, vmi_str name, vm_type type)
{
  vmi_asm *a = c->a;
  uint32_t index = (uint32_t)c->locals.count;
  if (index >= VMI_MAX_LOCALS) {
    return vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected at most %d locals, found more",
                        VMI_MAX_LOCALS);
  }
  vm_type *entry = vmi_asm_push(a, &c->locals, sizeof *entry);
  vmi_str *text = vmi_asm_push(a, &c->local_names, sizeof *text);
  if (entry == NULL || text == NULL || !vmi_asm_keep(a, name, text)) return false;
  *entry = type;
  if (name.size == 0) return true;
  c->named_locals = true;
  return vmi_symbols_define(&a->symbols, VMI_SPACE_LOCAL, c->func, name.data, name.size, index)
         || vmi_asm_no_memory(a);
}

static bool local_directive(vmi_code *c)
{
  vmi_asm *a = c->a;
  if (c->insns.count != 0 || c->labels.count != 0) {
    return vmi_asm_fail(a, VM_SYNTAX, &a->tok,
                        "expected locals before the first instruction and label, found one behind");
  }
  do {
    vmi_str name = {"", 0};
    vm_type type;
    if (vmi_asm_is_name(a)) {
      vmi_token next = vmi_asm_peek(a);
      if (next.kind == VMI_TOK_PUNCT && next.punct == ':') {
        if (!vmi_asm_name(a, "a local's name", &name)) return false;
        vmi_asm_next(a);
      }
    }
    if (!vmi_asm_type(a, false, &type) || !add_local(c, name, type)) return false;
  } while (vmi_asm_take(a, ','));
  return true;
}

static bool line_directive(vmi_code *c)
{
  uint32_t line, insn = (uint32_t)c->insns.count;
  if (!vmi_asm_u32(c->a, "a line number", &line)) return false;
  vmi_code_line *entry = vmi_asm_push(c->a, &c->lines, sizeof *entry);
  if (entry == NULL) return false;
  *entry = (vmi_code_line){insn, line};
  return true;
}

/* The symbol of a range's name: its index is the open range of that name. NULL: out of memory. */
static vmi_symbol *range_symbol(vmi_code *c, vmi_str name)
{
  uint32_t entry = vmi_symbols_intern(&c->a->symbols, VMI_SPACE_RANGE, c->func, name.data,
                                      name.size);
  if (entry != UINT32_MAX) return vmi_symbols_at(&c->a->symbols, entry);
  vmi_asm_no_memory(c->a);
  return NULL;
}

static bool try_directive(vmi_code *c)
{
  vmi_asm *a = c->a;
  vmi_code_handler h = {.start = (uint32_t)c->insns.count, .end = UINT32_MAX, .at = a->tok};
  vmi_str name;
  if (!vmi_asm_name(a, "a name for the handler range", &name)) return false;
  vmi_symbol *symbol = range_symbol(c, name);
  if (symbol == NULL) return false;
  if (symbol->index != VMI_SYMBOL_UNDEFINED) {
    return vmi_asm_fail(a, VM_SYNTAX, &h.at, "expected a name of no open handler range, found one");
  }
  symbol->index = (uint32_t)c->handlers.count;
  if (!label_ref(c, &h.ref)) return false;
  vmi_code_handler *entry = vmi_asm_push(a, &c->handlers, sizeof *entry);
  if (entry == NULL) return false;
  *entry = h;
  return true;
}

static bool end_directive(vmi_code *c)
{
  vmi_asm *a = c->a;
  vmi_token at = a->tok;
  char shown[VMI_SHOWN];
  vmi_str name;
  if (!vmi_asm_name(a, "the name of an open handler range", &name)) return false;
  vmi_symbol *symbol = range_symbol(c, name);
  if (symbol == NULL) return false;
  if (symbol->index == VMI_SYMBOL_UNDEFINED) {
    return vmi_asm_fail(a, VM_SYNTAX, &at, "expected an open handler range, found '%s'",
                        vmi_asm_show(name.data, name.size, shown));
  }
  vmi_code_handler *h = (vmi_code_handler *)c->handlers.data + symbol->index;
  symbol->index = VMI_SYMBOL_UNDEFINED;
  if (h->start == c->insns.count) {
    return vmi_asm_fail(a, VM_SYNTAX, &at,
                        "expected instructions in the handler range, found none");
  }
  h->end = (uint32_t)c->insns.count;
  h->number = c->ended++;
  return true;
}

/* handler START END LABEL, by byte offsets: for tables that `try` and `end` cannot say. */
static bool handler_directive(vmi_code *c)
{
  vmi_asm *a = c->a;
  vmi_code_handler h = {.offsets = true, .at = a->tok, .number = c->ended++};
  if (!vmi_asm_u32(a, "the range's first offset", &h.start)
      || !vmi_asm_u32(a, "the offset behind the range", &h.end) || !label_ref(c, &h.ref)) {
    return false;
  }
  c->raw_handlers = true;
  vmi_code_handler *entry = vmi_asm_push(a, &c->handlers, sizeof *entry);
  if (entry == NULL) return false;
  *entry = h;
  return true;
}

static bool switch_directive(vmi_code *c)
{
  uint64_t index;
  return switch_table(c, &index);
}

static bool bytes_directive(vmi_code *c)
{
  vmi_asm *a = c->a;
  vmi_str bytes;
  if (!vmi_asm_string(a, "code bytes in quotes", &bytes)) return false;
  if (bytes.size == 0) return true;
  vmi_code_insn *entry = vmi_asm_push(a, &c->insns, sizeof *entry);
  if (entry == NULL) return false;
  entry->raw = (const uint8_t *)bytes.data;
  entry->raw_size = bytes.size;
  return true;
}

static const struct {
  const char *word;
  bool (*read)(vmi_code *);
} directives[] = {
  {"local", local_directive}, {"line", line_directive},
  {"try", try_directive},     {"end", end_directive},
  {"bytes", bytes_directive}, {"switch_table", switch_directive},
  {"handler", handler_directive},
};

/* ---- statements ---- */

/* A name, string or number, and behind it a colon or, except after an instruction's or directive's
 * name, a parenthesis. */
static bool label_here(const vmi_asm *a, bool known)
{
  vmi_token_kind kind = a->tok.kind;
  if (kind == VMI_TOK_STRING) return true;
  if (kind != VMI_TOK_NAME && kind != VMI_TOK_NUMBER) return false;
  vmi_token next = vmi_asm_peek(a);
  return next.kind == VMI_TOK_PUNCT && (next.punct == ':' || (next.punct == '(' && !known));
}

static bool statement(vmi_code *c)
{
  vmi_asm *a = c->a;
  const vmi_op *op = NULL;
  size_t d = VMI_COUNT(directives);
  if (a->tok.kind == VMI_TOK_NAME) {
    op = vmi_isa_find(a->tok.start, a->tok.size);
    for (d = 0; d < VMI_COUNT(directives) && !vmi_asm_is_word(a, directives[d].word);) d++;
  }
  if (label_here(a, op != NULL || d < VMI_COUNT(directives))) return label(c);
  if (op != NULL) return instruction(c, op);
  if (d == VMI_COUNT(directives)) {
    return vmi_asm_expected(a, "an instruction, a label with ':', a directive or '}'");
  }
  vmi_asm_next(a);
  return directives[d].read(c);
}

static bool first_locals(vmi_code *c, const vmi_func *f, const vmi_asm_body *body)
{
  for (uint32_t i = 0; i < f->nlocals; i++) {
    vmi_str name = body->param_names == NULL ? (vmi_str){"", 0} : body->param_names[i];
    if (!add_local(c, name, f->locals[i])) return false;
  }
  return true;
}

static bool all_closed(vmi_code *c)
{
  const vmi_code_handler *handlers = c->handlers.data;
  for (size_t i = 0; i < c->handlers.count; i++) {
    if (handlers[i].end != UINT32_MAX) continue;
    return vmi_asm_fail(c->a, VM_SYNTAX, &handlers[i].at,
                        "expected an 'end' for this handler range, found the end of the function");
  }
  return true;
}

static void code_free(vmi_code *c)
{
  vmi_vec *all[] = {&c->insns, &c->refs, &c->labels, &c->switches, &c->handlers, &c->lines,
                    &c->locals, &c->local_names, &c->types, &c->bytes, &c->offsets};
  for (size_t i = 0; i < VMI_COUNT(all); i++) vmi_vec_free(c->a->alloc, all[i]);
}

static bool body_parse(vmi_code *c, const vmi_asm_body *body)
{
  vmi_asm *a = c->a;
  vmi_func *f = (vmi_func *)a->funcs.data + body->func;
  vmi_asm_seek(a, body->start);
  if (!first_locals(c, f, body)) return false;
  while (!vmi_asm_is(a, '}')) {
    if (!statement(c)) return false;
  }
  return all_closed(c) && vmi_code_finish(c, f);
}

bool vmi_asm_body_parse(vmi_asm *a, const vmi_asm_body *body)
{
  vmi_code c = {.a = a, .func = body->func};
  bool ok = body_parse(&c, body);
  code_free(&c);
  return ok;
}
