/* values.c - see values.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t f32_bits(float x)
{
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static uint64_t f64_bits(double x)
{
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static bool parse_int(const char *text, uint64_t *out)
{
  char *end;
  errno = 0;
  *out = text[0] == '-' ? (uint64_t)strtoll(text, &end, 0) : strtoull(text, &end, 0);
  return end != text && *end == '\0' && errno == 0;
}

static bool parse_f32(const char *text, float *out)
{
  uint64_t bits;
  if (strncmp(text, "nan:", 4) == 0) {
    if (!parse_int(text + 4, &bits)) return false;
    uint32_t low = (uint32_t)bits;
    memcpy(out, &low, sizeof low);
    return true;
  }
  char *end;
  *out = strtof(text, &end);
  return end != text && *end == '\0';
}

static bool parse_f64(const char *text, double *out)
{
  uint64_t bits;
  if (strncmp(text, "nan:", 4) == 0) {
    if (!parse_int(text + 4, &bits)) return false;
    memcpy(out, &bits, sizeof bits);
    return true;
  }
  char *end;
  *out = strtod(text, &end);
  return end != text && *end == '\0';
}

static bool parse_dyn(const char *text, vm_value *out)
{
  uint64_t number = 0;
  double x = 0;
  if (strcmp(text, "nil") == 0) {
    out->of.dyn = VM_DYN_NIL;
  } else if (strcmp(text, "true") == 0) {
    out->of.dyn = VM_DYN_TRUE;
  } else if (strcmp(text, "false") == 0) {
    out->of.dyn = VM_DYN_FALSE;
  } else if (strncmp(text, "i:", 2) == 0 && parse_int(text + 2, &number)) {
    out->of.dyn = VM_DYN_INT | (uint32_t)number;
  } else if (strncmp(text, "d:", 2) == 0 && parse_f64(text + 2, &x)) {
    out->of.dyn = f64_bits(x) + VM_DYN_DOUBLE;
  } else {
    return false;
  }
  return true;
}

bool value_parse(const char *text, vm_type type, vm_value *out)
{
  uint64_t bits = 0;
  memset(out, 0, sizeof *out);
  out->kind = VM_TYPE_KIND(type);
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32:
    if (!parse_int(text, &bits)) return false;
    out->of.i32 = (int32_t)(uint32_t)bits;
    return true;
  case VM_KIND_I64:
    if (!parse_int(text, &bits)) return false;
    out->of.i64 = (int64_t)bits;
    return true;
  case VM_KIND_F32: return parse_f32(text, &out->of.f32);
  case VM_KIND_F64: return parse_f64(text, &out->of.f64);
  case VM_KIND_DYN: return parse_dyn(text, out);
  default: return strcmp(text, "null") == 0;
  }
}

static bool quiet_nan(const vm_value *v)
{
  if (v->kind == VM_KIND_F32) return (f32_bits(v->of.f32) & 0x7FC00000u) == 0x7FC00000u;
  return (f64_bits(v->of.f64) & 0x7FF8000000000000u) == 0x7FF8000000000000u;
}

static bool same_bits(const vm_value *a, const vm_value *b)
{
  switch (a->kind) {
  case VM_KIND_I32: return a->of.i32 == b->of.i32;
  case VM_KIND_I64: return a->of.i64 == b->of.i64;
  case VM_KIND_F32: return f32_bits(a->of.f32) == f32_bits(b->of.f32);
  case VM_KIND_F64: return f64_bits(a->of.f64) == f64_bits(b->of.f64);
  case VM_KIND_DYN: return !b->is_ref && a->of.dyn == b->of.dyn;
  default: return b->of.ref.index == 0 && b->of.ref.serial == 0;
  }
}

bool value_matches(const char *expected, vm_type type, const vm_value *found)
{
  vm_kind kind = VM_TYPE_KIND(type);
  if (found->kind != (uint32_t)kind) return false;
  if (strcmp(expected, "ref") == 0) {
    if (kind == VM_KIND_DYN) return found->is_ref != 0;
    return kind == VM_KIND_REF && found->of.ref.index != 0;
  }
  if (strcmp(expected, "nan") == 0 && (kind == VM_KIND_F32 || kind == VM_KIND_F64)) {
    return quiet_nan(found);
  }
  vm_value v;
  return value_parse(expected, type, &v) && same_bits(&v, found);
}

void value_show(const vm_value *v, char *buffer, size_t size)
{
  switch (v->kind) {
  case VM_KIND_I32: snprintf(buffer, size, "%" PRId32, v->of.i32); break;
  case VM_KIND_I64: snprintf(buffer, size, "%" PRId64, v->of.i64); break;
  case VM_KIND_F32:
    snprintf(buffer, size, "%a (0x%08" PRIx32 ")", (double)v->of.f32, f32_bits(v->of.f32));
    break;
  case VM_KIND_F64:
    snprintf(buffer, size, "%a (0x%016" PRIx64 ")", v->of.f64, f64_bits(v->of.f64));
    break;
  case VM_KIND_DYN:
    if (v->is_ref) {
      snprintf(buffer, size, "dyn ref");
    } else {
      snprintf(buffer, size, "dyn 0x%016" PRIx64, v->of.dyn);
    }
    break;
  default: snprintf(buffer, size, v->of.ref.index ? "ref" : "null"); break;
  }
}
