/* asm_types.c - types and signatures of the assembler.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "asm.h"

typedef struct word {
  const char *text;
  uint32_t value;
} word;

static const word plain_words[] = {
  {"i32", VM_I32}, {"i64", VM_I64}, {"f32", VM_F32}, {"f64", VM_F64}, {"dyn", VM_DYN},
};
static const word packed_words[] = {{"i8", VM_I8}, {"i16", VM_I16}};
static const word heap_words[] = {
  {"any", VM_HEAP_ANY},       {"struct", VM_HEAP_STRUCT}, {"array", VM_HEAP_ARRAY},
  {"func", VM_HEAP_FUNC},     {"extern", VM_HEAP_EXTERN}, {"exn", VM_HEAP_EXN},
  {"weak", VM_HEAP_WEAK},
};

static bool take_one_of(vmi_asm *a, const word *words, size_t count, uint32_t *value)
{
  for (size_t i = 0; i < count; i++) {
    if (!vmi_asm_take_word(a, words[i].text)) continue;
    *value = words[i].value;
    return true;
  }
  return false;
}

static vmi_typedef *type_at(vmi_asm *a, uint32_t index)
{
  return (vmi_typedef *)a->types.data + index;
}

static bool heap_type(vmi_asm *a, uint32_t *heap)
{
  static const char what[] =
    "a heap type (any, struct, array, func, extern, exn, weak, or a type's name)";
  vmi_token at = a->tok;
  if (take_one_of(a, heap_words, VMI_COUNT(heap_words), heap)) return true;
  if (!vmi_asm_ref(a, VMI_SPACE_TYPE, 0, what, heap)) return false;
  if (a->pass == VMI_PASS_NAMES) return true;
  if (*heap >= VM_HEAP_ANY) {
    return vmi_asm_fail(a, VM_SYNTAX, &at, "expected a type index below %u, found %u",
                        (unsigned)VM_HEAP_ANY, (unsigned)*heap);
  }
  if (*heap < a->totals[VMI_SPACE_TYPE] && *heap >= a->type_limit
      && type_at(a, *heap)->kind != VMI_DEF_STRUCT) {
    char shown[VMI_SHOWN];
    return vmi_asm_fail(a, VM_SYNTAX, &at,
                        "expected a struct type or an earlier type, found '%s', which is declared "
                        "later or here", vmi_asm_show(at.start, at.size, shown));
  }
  return true;
}

bool vmi_asm_type(vmi_asm *a, bool storage, vm_type *out)
{
  if (take_one_of(a, plain_words, VMI_COUNT(plain_words), out)) return true;
  if (storage && take_one_of(a, packed_words, VMI_COUNT(packed_words), out)) return true;
  if (!vmi_asm_is(a, '(')) {
    return vmi_asm_expected(a, storage ? "a type (i32, i64, f32, f64, dyn, i8, i16 or (ref ...))"
                                       : "a type (i32, i64, f32, f64, dyn or (ref ...))");
  }
  vmi_asm_next(a);
  if (!vmi_asm_take_word(a, "ref")) return vmi_asm_expected(a, "'ref'");
  bool null = vmi_asm_take_word(a, "null");
  uint32_t heap;
  if (!heap_type(a, &heap) || !vmi_asm_need(a, ')')) return false;
  *out = null ? VM_REF_NULL(heap) : VM_REF(heap);
  return true;
}

/* Is the current token a name with a colon behind it? */
static bool named_entry(const vmi_asm *a)
{
  if (!vmi_asm_is_name(a)) return false;
  vmi_token next = vmi_asm_peek(a);
  return next.kind == VMI_TOK_PUNCT && next.punct == ':';
}

/* ---- signatures ---- */

static bool param(vmi_asm *a, vmi_signature *sig)
{
  uint32_t i = sig->nparams;
  if (i == VMI_MAX_PARAMS) {
    return vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected at most %d parameters, found more",
                        VMI_MAX_PARAMS);
  }
  sig->names[i] = (vmi_str){"", 0};
  if (named_entry(a)) {
    if (!vmi_asm_name(a, "a parameter's name", &sig->names[i])) return false;
    vmi_asm_next(a); /* the colon */
    sig->named |= sig->names[i].size != 0;
  }
  if (!vmi_asm_type(a, false, &sig->types[i])) return false;
  sig->nparams++;
  return true;
}

static bool result(vmi_asm *a, vmi_signature *sig)
{
  if (sig->nresults == VMI_MAX_RESULTS) {
    return vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected at most %d results, found more",
                        VMI_MAX_RESULTS);
  }
  if (!vmi_asm_type(a, false, &sig->types[sig->nparams + sig->nresults])) return false;
  sig->nresults++;
  return true;
}

static bool list(vmi_asm *a, vmi_signature *sig, bool (*entry)(vmi_asm *, vmi_signature *))
{
  if (!vmi_asm_need(a, '(')) return false;
  if (vmi_asm_take(a, ')')) return true;
  do {
    if (!entry(a, sig)) return false;
  } while (vmi_asm_take(a, ','));
  if (vmi_asm_take(a, ')')) return true;
  return vmi_asm_expected(a, "',' or ')'");
}

bool vmi_asm_signature(vmi_asm *a, vmi_signature *sig)
{
  sig->nparams = sig->nresults = 0;
  sig->named = false;
  if (!list(a, sig, param)) return false;
  if (a->tok.kind != VMI_TOK_ARROW) return true;
  vmi_asm_next(a);
  return list(a, sig, result);
}

static bool fill_func(vmi_asm *a, vmi_typedef *t, const vmi_signature *sig)
{
  t->kind = VMI_DEF_FUNC;
  t->super = VMI_NO_INDEX;
  t->nparams = sig->nparams;
  t->nresults = sig->nresults;
  t->params = vmi_arena_copy(&a->m->arena, sig->types, sig->nparams, sizeof(vm_type));
  t->results = vmi_arena_copy(&a->m->arena, sig->types + sig->nparams, sig->nresults,
                              sizeof(vm_type));
  return (t->params != NULL && t->results != NULL) || vmi_asm_no_memory(a);
}

/* Signatures are entered in the symbol table, with their types as the name. */
static bool define_signature(vmi_asm *a, const vm_type *types, const vmi_typedef *t, uint32_t index)
{
  size_t size = ((size_t)t->nparams + t->nresults) * sizeof(vm_type);
  return vmi_symbols_define(&a->symbols, VMI_SPACE_SIGNATURE, t->nparams, (const char *)types,
                            (uint32_t)size, index)
         || vmi_asm_no_memory(a);
}

bool vmi_asm_index_signatures(vmi_asm *a)
{
  for (uint32_t i = 0; i < a->types.count; i++) {
    const vmi_typedef *t = type_at(a, i);
    if (t->kind != VMI_DEF_FUNC) continue;
    vm_type *types = vmi_arena_new(&a->scratch, (size_t)t->nparams + t->nresults, sizeof *types);
    if (types == NULL) return vmi_asm_no_memory(a);
    if (t->nparams != 0) memcpy(types, t->params, t->nparams * sizeof *types);
    if (t->nresults != 0) memcpy(types + t->nparams, t->results, t->nresults * sizeof *types);
    if (!define_signature(a, types, t, i)) return false;
  }
  return true;
}

bool vmi_asm_sig_index(vmi_asm *a, const vmi_signature *sig, uint32_t *type)
{
  size_t count = (size_t)sig->nparams + sig->nresults;
  const vmi_symbol *e = vmi_symbols_find(&a->symbols, VMI_SPACE_SIGNATURE, sig->nparams,
                                         (const char *)sig->types,
                                         (uint32_t)(count * sizeof(vm_type)));
  if (e != NULL) {
    *type = e->index;
    return true;
  }
  *type = (uint32_t)a->types.count;
  if (*type >= VMI_MAX_TYPES) {
    return vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected at most %d types, found more",
                        VMI_MAX_TYPES);
  }
  vm_type *key = vmi_arena_copy(&a->scratch, sig->types, count, sizeof *key);
  if (key == NULL) return vmi_asm_no_memory(a);
  vmi_typedef *t = vmi_asm_push(a, &a->types, sizeof *t);
  if (t == NULL || !fill_func(a, t, sig)) return false;
  t->name = (vmi_str){"", 0};
  return define_signature(a, key, t, *type);
}

static bool check_same(vmi_asm *a, const vmi_typedef *t, const vmi_signature *sig,
                       const vmi_token *at)
{
  if (t->nparams == sig->nparams && t->nresults == sig->nresults
      && memcmp(t->params, sig->types, t->nparams * sizeof(vm_type)) == 0
      && memcmp(t->results, sig->types + t->nparams, t->nresults * sizeof(vm_type)) == 0) {
    return true;
  }
  return vmi_asm_fail(a, VM_SYNTAX, at,
                      "expected the signature of the named type, found another one");
}

bool vmi_asm_func_type(vmi_asm *a, vmi_signature *sig, uint32_t *type)
{
  bool store = a->pass >= VMI_PASS_ITEMS;
  sig->named = false;
  if (!vmi_asm_take_word(a, "type")) {
    if (!vmi_asm_is(a, '(')) return vmi_asm_expected(a, "'(' or 'type'");
    return vmi_asm_signature(a, sig) && (!store || vmi_asm_sig_index(a, sig, type));
  }
  vmi_token at = a->tok;
  if (!vmi_asm_ref(a, VMI_SPACE_TYPE, 0, "a function type", type)) return false;
  const vmi_typedef *t = store ? type_at(a, *type) : NULL; /* before, no types are there */
  if (store && t->kind != VMI_DEF_FUNC) {
    return vmi_asm_fail(a, VM_SYNTAX, &at, "expected a function type, found %s type",
                        t->kind == VMI_DEF_STRUCT ? "a struct" : "an array");
  }
  if (!vmi_asm_is(a, '(')) return true;
  at = a->tok;
  return vmi_asm_signature(a, sig) && (!store || check_same(a, t, sig, &at));
}

/* ---- type declarations ---- */

/* A field or element: [mut] type. */
static bool field_type(vmi_asm *a, vmi_field *field)
{
  field->mut = vmi_asm_take_word(a, "mut");
  return vmi_asm_type(a, true, &field->type);
}

/* The fields of one struct while they are read; scratch. */
typedef struct fields {
  vmi_vec types, names;
  bool named;
} fields;

/* A line of text can inherit thousands of fields, which the binary form would have to list. */
enum { MAX_INHERITED = 1 << 20 };

static bool inherit(vmi_asm *a, vmi_typedef *t, uint32_t index, fields *f)
{
  vmi_token at = a->tok;
  if (!vmi_asm_ref(a, VMI_SPACE_TYPE, 0, "the struct type to extend", &t->super)) return false;
  if (a->pass != VMI_PASS_TYPES) return true;
  const vmi_typedef *super = type_at(a, t->super);
  if (t->super >= index || super->kind != VMI_DEF_STRUCT) {
    return vmi_asm_fail(a, VM_SYNTAX, &at, "expected an earlier struct type, found %s",
                        super->kind != VMI_DEF_STRUCT ? "another type" : "one not yet declared");
  }
  t->depth = super->depth + 1;
  if (t->depth > VMI_MAX_DEPTH) {
    return vmi_asm_fail(a, VM_LIMIT, &at, "expected at most %d supertypes, found more",
                        VMI_MAX_DEPTH);
  }
  if (vmi_asm_is(a, '=')) return true; /* all fields follow, the inherited ones too */
  a->inherited += super->nfields;
  if (a->inherited > MAX_INHERITED) {
    return vmi_asm_fail(a, VM_LIMIT, &at, "expected at most %d inherited fields in all types "
                        "together, found more", MAX_INHERITED);
  }
  vmi_field *types = vmi_vec_push(a->alloc, &f->types, sizeof *types, super->nfields);
  vmi_str *names = vmi_vec_push(a->alloc, &f->names, sizeof *names, super->nfields);
  if (types == NULL || names == NULL) return vmi_asm_no_memory(a);
  for (uint32_t i = 0; i < super->nfields; i++) {
    types[i] = super->fields[i];
    names[i] = super->field_names == NULL ? (vmi_str){"", 0} : super->field_names[i];
    f->named |= names[i].size != 0;
  }
  return true;
}

static bool one_field(vmi_asm *a, uint32_t index, fields *f)
{
  uint32_t number = (uint32_t)f->types.count;
  if (number >= VMI_MAX_FIELDS) {
    return vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected at most %d fields, found more",
                        VMI_MAX_FIELDS);
  }
  vmi_field *field = vmi_asm_push(a, &f->types, sizeof *field);
  vmi_str *name = vmi_asm_push(a, &f->names, sizeof *name);
  if (field == NULL || name == NULL) return false;
  *name = (vmi_str){"", 0};
  if (named_entry(a)) {
    vmi_str text;
    if (!vmi_asm_name(a, "a field's name", &text)) return false;
    vmi_asm_next(a); /* the colon */
    if (a->pass == VMI_PASS_TYPES && text.size != 0) {
      f->named = true;
      if (!vmi_asm_keep(a, text, name)) return false;
      if (!vmi_symbols_define(&a->symbols, VMI_SPACE_FIELD, index, name->data, name->size,
                              number)) {
        return vmi_asm_no_memory(a);
      }
    }
  }
  return field_type(a, field);
}

static bool read_fields(vmi_asm *a, vmi_typedef *t, uint32_t index, fields *f)
{
  if (vmi_asm_take(a, ':')) {
    if (!inherit(a, t, index, f)) return false;
    vmi_asm_take(a, '=');
  }
  if (!vmi_asm_need(a, '{')) return false;
  if (vmi_asm_take(a, '}')) return true;
  do {
    if (!one_field(a, index, f)) return false;
  } while (vmi_asm_take(a, ','));
  return vmi_asm_take(a, '}') || vmi_asm_expected(a, "',' or '}'");
}

static bool fill_struct(vmi_asm *a, vmi_typedef *t, const fields *f)
{
  t->nfields = (uint32_t)f->types.count;
  t->fields = vmi_arena_copy(&a->m->arena, f->types.data, t->nfields, sizeof *t->fields);
  if (t->fields == NULL) return vmi_asm_no_memory(a);
  if (!f->named) return true;
  t->field_names = vmi_arena_copy(&a->m->arena, f->names.data, t->nfields, sizeof(vmi_str));
  return t->field_names != NULL || vmi_asm_no_memory(a);
}

static bool struct_type(vmi_asm *a, vmi_typedef *t, uint32_t index)
{
  fields f = {0};
  bool ok = read_fields(a, t, index, &f);
  if (ok && a->pass == VMI_PASS_TYPES) ok = fill_struct(a, t, &f);
  vmi_vec_free(a->alloc, &f.types);
  vmi_vec_free(a->alloc, &f.names);
  return ok;
}

static bool array_type(vmi_asm *a, vmi_typedef *t)
{
  vmi_field element = {0};
  if (!field_type(a, &element)) return false;
  if (a->pass != VMI_PASS_TYPES) return true;
  t->nfields = 1;
  t->fields = vmi_arena_copy(&a->m->arena, &element, 1, sizeof element);
  return t->fields != NULL || vmi_asm_no_memory(a);
}

static bool func_type(vmi_asm *a, vmi_typedef *t)
{
  vmi_signature sig;
  if (!vmi_asm_signature(a, &sig)) return false;
  return a->pass != VMI_PASS_TYPES || fill_func(a, t, &sig);
}

static bool type_rest(vmi_asm *a, vmi_typedef *t, uint32_t index)
{
  if (vmi_asm_take_word(a, "struct")) {
    t->kind = VMI_DEF_STRUCT;
    return struct_type(a, t, index);
  }
  a->type_limit = index;
  bool ok;
  if (vmi_asm_take_word(a, "array")) {
    t->kind = VMI_DEF_ARRAY;
    ok = array_type(a, t);
  } else if (vmi_asm_take_word(a, "func")) {
    t->kind = VMI_DEF_FUNC;
    ok = func_type(a, t);
  } else {
    ok = vmi_asm_expected(a, "'struct', 'array' or 'func'");
  }
  a->type_limit = UINT32_MAX;
  return ok;
}

/* `type NAME ...`, behind the word type. Pass NAMES makes the entry with its kind. */
bool vmi_asm_type_item(vmi_asm *a)
{
  vmi_token at = a->tok;
  uint32_t index;
  vmi_str name;
  if (!vmi_asm_item(a, VMI_SPACE_TYPE, VMI_MAX_TYPES, &index, &name)) return false;
  vmi_typedef blank = {.super = VMI_NO_INDEX, .name = {"", 0}}, t = blank;
  if (!type_rest(a, &t, index)) return false;
  if (a->pass == VMI_PASS_NAMES) {
    vmi_typedef *entry = vmi_asm_push(a, &a->types, sizeof *entry);
    if (entry == NULL) return false;
    *entry = blank;
    entry->kind = t.kind;
    return true;
  }
  if (a->pass != VMI_PASS_TYPES) return true;
  if (!vmi_asm_keep(a, name, &t.name)) return false;
  if (!vmi_layout(&t)) return vmi_asm_fail(a, VM_LIMIT, &at, "expected a struct of at most 64 KiB");
  *type_at(a, index) = t;
  return true;
}
