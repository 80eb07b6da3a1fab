/* asm_core.c - the assembler's tokens, failures, names and numbers.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "asm.h"
#include "number.h"

/* ---- failures ---- */

bool vmi_asm_fail(vmi_asm *a, vm_status status, const vmi_token *at, const char *format, ...)
{
  char message[VM_ERROR_TEXT];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  a->status = vmi_fail_line(a->error, status, at->line, at->column, "line %u, column %u: %s",
                            (unsigned)at->line, (unsigned)at->column, message);
  return false;
}

bool vmi_asm_no_memory(vmi_asm *a)
{
  a->status = vmi_no_memory(a->error);
  return false;
}

const char *vmi_asm_show(const char *text, uint32_t size, char out[VMI_SHOWN])
{
  uint32_t n = size > 40 ? 40 : size, i = 0;
  for (; i < n; i++) out[i] = text[i] >= 0x20 && text[i] < 0x7F ? text[i] : '?';
  snprintf(out + i, VMI_SHOWN - i, "%s", size > n ? "..." : "");
  return out;
}

bool vmi_asm_expected(vmi_asm *a, const char *what)
{
  const vmi_token *t = &a->tok;
  char shown[VMI_SHOWN];
  if (t->kind == VMI_TOK_END) {
    return vmi_asm_fail(a, VM_SYNTAX, t, "expected %s, found the end of the text", what);
  }
  if (t->kind == VMI_TOK_BAD) {
    return vmi_asm_fail(a, VM_SYNTAX, t, "expected %s, found %s", what, t->error);
  }
  const char *quote = t->kind == VMI_TOK_STRING ? "string " : "";
  return vmi_asm_fail(a, VM_SYNTAX, t, "expected %s, found %s'%s'", what, quote,
                      vmi_asm_show(t->start, t->size, shown));
}

/* ---- tokens ---- */

void vmi_asm_next(vmi_asm *a)
{
  a->tok = vmi_lexer_next(&a->lexer);
}

void vmi_asm_seek(vmi_asm *a, vmi_lexer at)
{
  a->lexer = at;
  vmi_asm_next(a);
}

vmi_token vmi_asm_peek(const vmi_asm *a)
{
  vmi_lexer copy = a->lexer;
  return vmi_lexer_next(&copy);
}

bool vmi_asm_is(const vmi_asm *a, char punct)
{
  return a->tok.kind == VMI_TOK_PUNCT && a->tok.punct == punct;
}

bool vmi_asm_is_word(const vmi_asm *a, const char *word)
{
  return a->tok.kind == VMI_TOK_NAME && strlen(word) == a->tok.size
         && memcmp(a->tok.start, word, a->tok.size) == 0;
}

bool vmi_asm_take(vmi_asm *a, char punct)
{
  if (!vmi_asm_is(a, punct)) return false;
  vmi_asm_next(a);
  return true;
}

bool vmi_asm_take_word(vmi_asm *a, const char *word)
{
  if (!vmi_asm_is_word(a, word)) return false;
  vmi_asm_next(a);
  return true;
}

bool vmi_asm_need(vmi_asm *a, char punct)
{
  if (vmi_asm_take(a, punct)) return true;
  char what[] = {'\'', punct, '\'', '\0'};
  return vmi_asm_expected(a, what);
}

bool vmi_asm_is_name(const vmi_asm *a)
{
  return a->tok.kind == VMI_TOK_NAME || a->tok.kind == VMI_TOK_STRING;
}

/* ---- names ---- */

bool vmi_asm_string(vmi_asm *a, const char *what, vmi_str *out)
{
  if (a->tok.kind != VMI_TOK_STRING) return vmi_asm_expected(a, what);
  *out = (vmi_str){a->tok.start, a->tok.size};
  if (a->tok.size != 0 && memchr(a->tok.start, '\\', a->tok.size) != NULL) {
    uint8_t *bytes = vmi_arena_new(&a->scratch, a->tok.size, 1);
    if (bytes == NULL) return vmi_asm_no_memory(a);
    const char *bad = NULL;
    int64_t size = vmi_lexer_unescape(&a->tok, bytes, &bad);
    if (size < 0) {
      vmi_token at = a->tok;
      at.column += (uint32_t)(bad - at.start) + 1; /* the token's column is that of the quote */
      return vmi_asm_fail(a, VM_SYNTAX, &at,
                          "expected one of \\n \\t \\r \\\" \\\\ or two hexadecimal digits after "
                          "the backslash, found another character");
    }
    *out = (vmi_str){(const char *)bytes, (uint32_t)size};
  }
  vmi_asm_next(a);
  return true;
}

bool vmi_asm_name(vmi_asm *a, const char *what, vmi_str *out)
{
  if (a->tok.kind == VMI_TOK_STRING) return vmi_asm_string(a, what, out);
  if (a->tok.kind != VMI_TOK_NAME) return vmi_asm_expected(a, what);
  *out = (vmi_str){a->tok.start, a->tok.size};
  vmi_asm_next(a);
  return true;
}

static const char *const space_names[] = {
  "type", "function", "global", "table", "memory", "data segment", "element segment"};

bool vmi_asm_item(vmi_asm *a, vmi_space space, uint32_t limit, uint32_t *index, vmi_str *name)
{
  vmi_token at = a->tok;
  char what[64];
  *index = a->counts[space];
  *name = (vmi_str){"", 0};
  if (*index >= limit) {
    return vmi_asm_fail(a, VM_LIMIT, &at, "expected at most %u items of kind %s, found more",
                        (unsigned)limit, space_names[space]);
  }
  a->counts[space]++;
  snprintf(what, sizeof what, "the %s's name, or its index %u", space_names[space],
           (unsigned)*index);
  if (a->tok.kind == VMI_TOK_NUMBER) {
    uint32_t number;
    if (!vmi_number_u32(a->tok.start, a->tok.size, &number) || number != *index) {
      return vmi_asm_expected(a, what);
    }
    vmi_asm_next(a);
    return true;
  }
  if (!vmi_asm_name(a, what, name)) return false;
  if (a->pass != VMI_PASS_NAMES || name->size == 0) return true;
  return vmi_symbols_define(&a->symbols, space, 0, name->data, name->size, *index)
         || vmi_asm_no_memory(a);
}

bool vmi_asm_found(vmi_asm *a, const vmi_symbol *e, const vmi_token *at, const char *what,
                   uint32_t *out)
{
  char shown[VMI_SHOWN];
  vmi_asm_show(at->start, at->size, shown);
  if (e == NULL || e->index == VMI_SYMBOL_UNDEFINED) {
    return vmi_asm_fail(a, VM_SYNTAX, at, "expected %s, found the unknown name '%s'", what, shown);
  }
  if (e->other != VMI_SYMBOL_UNDEFINED) {
    return vmi_asm_fail(a, VM_SYNTAX, at,
                        "expected %s, found '%s', which names both %u and %u: use the index", what,
                        shown, (unsigned)e->index, (unsigned)e->other);
  }
  *out = e->index;
  return true;
}

static bool ref_number(vmi_asm *a, vmi_space space, const char *what, uint32_t *out)
{
  if (!vmi_number_u32(a->tok.start, a->tok.size, out)) return vmi_asm_expected(a, what);
  if (!a->lenient && space < VMI_SPACES && *out >= a->totals[space]) {
    return vmi_asm_fail(a, VM_SYNTAX, &a->tok, "expected %s, found index %u of only %u", what,
                        (unsigned)*out, (unsigned)a->totals[space]);
  }
  vmi_asm_next(a);
  return true;
}

bool vmi_asm_ref(vmi_asm *a, vmi_space space, uint32_t owner, const char *what, uint32_t *out)
{
  *out = 0;
  vmi_token at = a->tok;
  if (a->pass == VMI_PASS_NAMES && at.kind == VMI_TOK_NUMBER) {
    vmi_asm_next(a);
    return true;
  }
  if (at.kind == VMI_TOK_NUMBER) return ref_number(a, space, what, out);
  vmi_str name;
  if (!vmi_asm_name(a, what, &name)) return false;
  if (a->pass == VMI_PASS_NAMES) return true;
  return vmi_asm_found(a, vmi_symbols_find(&a->symbols, space, owner, name.data, name.size), &at,
                       what, out);
}

/* ---- numbers ---- */

bool vmi_asm_u32(vmi_asm *a, const char *what, uint32_t *out)
{
  if (a->tok.kind != VMI_TOK_NUMBER || !vmi_number_u32(a->tok.start, a->tok.size, out)) {
    return vmi_asm_expected(a, what);
  }
  vmi_asm_next(a);
  return true;
}

/* inf and nan are names to the lexer; nan:0x... is three tokens that must touch. */
static void join_nan(vmi_asm *a)
{
  vmi_token *t = &a->tok;
  if (t->kind != VMI_TOK_NAME) return;
  if (vmi_asm_is_word(a, "inf")) t->kind = VMI_TOK_NUMBER;
  if (!vmi_asm_is_word(a, "nan")) return;
  t->kind = VMI_TOK_NUMBER;
  vmi_lexer ahead = a->lexer;
  vmi_token colon = vmi_lexer_next(&ahead), bits = vmi_lexer_next(&ahead);
  if (colon.kind != VMI_TOK_PUNCT || colon.punct != ':' || colon.start != t->start + 3
      || bits.kind != VMI_TOK_NUMBER || bits.start != colon.start + 1) {
    return;
  }
  t->size = (uint32_t)(bits.start + bits.size - t->start);
  a->lexer = ahead;
}

bool vmi_asm_number(vmi_asm *a, vm_type type, uint64_t *bits)
{
  bool real = type == VM_F32 || type == VM_F64;
  const char *what = type == VM_I32 ? "a number of 32 bits" : type == VM_I64 ? "a number of 64 bits"
                     : type == VM_F32 ? "an f32 number" : "an f64 number";
  if (real) join_nan(a);
  if (a->tok.kind != VMI_TOK_NUMBER) return vmi_asm_expected(a, what);
  bool ok = real ? vmi_number_float(a->tok.start, a->tok.size, type == VM_F64, bits)
                 : vmi_number_int(a->tok.start, a->tok.size, type == VM_I32 ? 32 : 64, bits);
  if (!ok) return vmi_asm_expected(a, what);
  vmi_asm_next(a);
  return true;
}

/* ---- storing ---- */

bool vmi_asm_keep(vmi_asm *a, vmi_str s, vmi_str *out)
{
  if (s.size == 0) {
    *out = (vmi_str){"", 0};
    return true;
  }
  if (s.size > VMI_MAX_NAME) {
    return vmi_asm_fail(a, VM_LIMIT, &a->tok, "expected names of at most %d bytes, found one of %u",
                        VMI_MAX_NAME, (unsigned)s.size);
  }
  if (memchr(s.data, 0, s.size) != NULL) {
    return vmi_asm_fail(a, VM_SYNTAX, &a->tok,
                        "expected a name before this without NUL bytes, found one with");
  }
  char *copy = vmi_arena_new(&a->m->arena, (size_t)s.size + 1, 1);
  if (copy == NULL) return vmi_asm_no_memory(a);
  memcpy(copy, s.data, s.size);
  *out = (vmi_str){copy, s.size};
  return true;
}

void *vmi_asm_push(vmi_asm *a, vmi_vec *v, size_t elem)
{
  void *entry = vmi_vec_push(a->alloc, v, elem, 1);
  if (entry == NULL) vmi_asm_no_memory(a);
  return entry;
}
