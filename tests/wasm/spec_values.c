/* spec_values.c - values of the specification's scripts, and libvm's.
 *
 * SPDX-License-Identifier: MIT
 *
 * Numbers are written as their bits in decimal, signed or not; references to the host as numbers,
 * which stand for one host object each.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

static const char *text_of(const json_t *json, const char *key)
{
  const char *text = json_string_value(json_object_get(json, key));
  return text != NULL ? text : "";
}

static bool bits_of(spec_run *r, const char *text, uint64_t limit, uint64_t *bits)
{
  char *end;
  errno = 0;
  *bits = strtoull(text, &end, 10);
  if (end != text && *end == '\0' && errno == 0 && *bits <= limit) return true;
  return spec_wrong(r, "script: expected a number, found \"%s\"", text);
}

/* Object number `n`, the same one every time. */
static bool extern_of(spec_run *r, uint64_t n, vm_ref *out)
{
  if (n > 1000) return spec_wrong(r, "script: expected a small host reference");
  if (n >= r->nexterns) {
    vm_ref *more = realloc(r->externs, (n + 1) * sizeof *more);
    if (more == NULL) return spec_wrong(r, "no memory");
    r->externs = more;
    while (r->nexterns <= n) r->externs[r->nexterns++] = vm_ref_null();
  }
  if (vm_ref_is_null(r->externs[n])) {
    vm_ref local;
    vm_status s = vm_extern_new(r->isolate, (void *)(uintptr_t)(n + 1), NULL, &local, &r->error);
    if (s == VM_OK) s = vm_ref_persist(r->isolate, local, &r->externs[n], &r->error);
    if (s != VM_OK) return spec_wrong(r, "host object: %s", r->error.message);
  }
  *out = r->externs[n];
  return true;
}

bool spec_value(spec_run *r, const json_t *json, vm_value *out)
{
  const char *type = text_of(json, "type"), *text = text_of(json, "value");
  uint64_t bits;
  memset(out, 0, sizeof *out);
  if (strcmp(type, "externref") == 0 || strcmp(type, "funcref") == 0) {
    *out = vm_value_null();
    if (strcmp(text, "null") == 0) return true;
    if (type[0] == 'f') return spec_wrong(r, "script: expected null, found function %s", text);
    return bits_of(r, text, UINT32_MAX, &bits) && extern_of(r, bits, &out->of.ref);
  }
  bool wide = strcmp(type + 1, "64") == 0;
  if (!bits_of(r, text, wide ? UINT64_MAX : UINT32_MAX, &bits)) return false;
  uint32_t low = (uint32_t)bits;
  if (strcmp(type, "i32") == 0) out->kind = VM_KIND_I32;
  else if (strcmp(type, "i64") == 0) out->kind = VM_KIND_I64;
  else if (strcmp(type, "f32") == 0) out->kind = VM_KIND_F32;
  else if (strcmp(type, "f64") == 0) out->kind = VM_KIND_F64;
  else return spec_wrong(r, "script: expected a type, found \"%s\"", type);
  if (wide) memcpy(&out->of, &bits, sizeof bits);
  else memcpy(&out->of, &low, sizeof low);
  return true;
}

static const char *const kind_names[] = {[VM_KIND_I32] = "i32", [VM_KIND_I64] = "i64",
                                         [VM_KIND_F32] = "f32", [VM_KIND_F64] = "f64"};

static bool kind_is(uint32_t kind, const char *type)
{
  return kind < sizeof kind_names / sizeof *kind_names && kind_names[kind] != NULL
         && strcmp(kind_names[kind], type) == 0;
}

/* A canonical NaN has the quiet bit alone, either sign; an arithmetic one has it among others. */
static bool nan_fits(uint64_t bits, bool wide, bool canonical)
{
  const uint64_t quiet = wide ? UINT64_C(0x7FF8000000000000) : 0x7FC00000;
  const uint64_t sign = wide ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
  return canonical ? (bits & ~sign) == quiet : (bits & quiet) == quiet;
}

static bool expect_number(spec_run *r, const char *type, const char *text, const vm_value *value)
{
  bool wide = strcmp(type + 1, "64") == 0;
  uint64_t bits = 0, want = 0;
  uint32_t low = 0;
  if (!kind_is(value->kind, type)) {
    return spec_wrong(r, "expected a result of type %s, found kind %u", type,
                      (unsigned)value->kind);
  }
  memcpy(&low, &value->of, sizeof low);
  memcpy(&bits, &value->of, sizeof bits);
  if (!wide) bits = low;
  bool canonical = strcmp(text, "nan:canonical") == 0;
  if (canonical || strcmp(text, "nan:arithmetic") == 0) {
    if (type[0] == 'f' && nan_fits(bits, wide, canonical)) return true;
  } else {
    if (!bits_of(r, text, wide ? UINT64_MAX : UINT32_MAX, &want)) return false;
    if (bits == want) return true;
  }
  return spec_wrong(r, "expected %s %s, found %" PRIu64, type, text, bits);
}

static bool expect_ref(spec_run *r, const char *type, const char *text, const vm_value *value)
{
  uint64_t want;
  void *data = NULL;
  if (value->kind != VM_KIND_REF) return spec_wrong(r, "expected a reference, found a number");
  if (strcmp(text, "null") == 0) {
    return vm_ref_is_null(value->of.ref) || spec_wrong(r, "expected null, found a reference");
  }
  if (type[0] == 'f') return spec_wrong(r, "script: expected null, found function %s", text);
  if (!bits_of(r, text, UINT32_MAX, &want)) return false;
  if (vm_extern_get(r->isolate, value->of.ref, &data, &r->error) != VM_OK) {
    return spec_wrong(r, "expected host object %s: %s", text, r->error.message);
  }
  if ((uintptr_t)data == want + 1) return true;
  return spec_wrong(r, "expected host object %s, found %" PRIuPTR, text, (uintptr_t)data - 1);
}

bool spec_expect(spec_run *r, const json_t *expected, const vm_value *value)
{
  const char *type = text_of(expected, "type"), *text = text_of(expected, "value");
  bool ref = strcmp(type, "externref") == 0 || strcmp(type, "funcref") == 0;
  return ref ? expect_ref(r, type, text, value) : expect_number(r, type, text, value);
}

char *spec_name(const json_t *string)
{
  const char *text = json_string_value(string);
  size_t size = json_string_length(string), n = 0;
  char *name = text != NULL ? malloc(2 * size + 1) : NULL;
  if (name == NULL) return NULL;
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '\0') name[n++] = (char)0xC0;
    name[n++] = text[i] == '\0' ? (char)0x80 : text[i];
  }
  name[n] = '\0';
  return name;
}
