/* reader.c - reading a WebAssembly binary: bytes, LEB128 numbers, names, and the first error.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdarg.h>
#include <stdio.h>

#include "reader.h"

/* ---- errors ---- */

/* "offset 0x2f, code section, function 3, i32.add: " */
static int write_place(const wasm_reader *r, const uint8_t *at, char *text, size_t size)
{
  char function[32] = "";
  if (r->function != VM_NO_OFFSET) {
    snprintf(function, sizeof function, ", function %u", (unsigned)r->function);
  }
  return snprintf(text, size, "offset 0x%zx%s%s%s%s%s%s: ", (size_t)(at - r->start),
                  r->section ? ", " : "", r->section ? r->section : "",
                  r->section ? " section" : "", function, r->op ? ", " : "", r->op ? r->op : "");
}

void wasm_record(wasm_reader *r, vm_status status, const uint8_t *at, const char *format, ...)
{
  if (r->status != VM_OK) return;
  r->status = status;
  vm_error *e = r->error;
  if (e == NULL) return;
  e->status = status;
  e->trap = VM_TRAP_NONE;
  e->function = r->function;
  e->offset = (uint32_t)(at - r->start);
  e->line = e->column = 0;
  int used = write_place(r, at, e->message, sizeof e->message);
  va_list args;
  va_start(args, format);
  vsnprintf(e->message + used, sizeof e->message - (size_t)used, format, args);
  va_end(args);
}

static bool cut_off(wasm_reader *r, const char *what)
{
  return wasm_malformed(r, r->end, "%s: expected more bytes, found the end", what);
}

/* ---- bytes ---- */

bool wasm_read_byte_slow(wasm_reader *r, const char *what, uint8_t *out)
{
  return cut_off(r, what);
}

bool wasm_read_bytes(wasm_reader *r, const char *what, uint32_t size, const uint8_t **out)
{
  if (wasm_left(r) < size) {
    return wasm_malformed(r, r->at, "%s: expected %u bytes, found %zu before the end", what,
                          (unsigned)size, wasm_left(r));
  }
  *out = r->at;
  r->at += size;
  return true;
}

bool wasm_read_zero(wasm_reader *r, const char *what)
{
  uint8_t byte = 0;
  if (!wasm_read_byte(r, what, &byte)) return false;
  return byte == 0 || wasm_malformed(r, r->at - 1, "%s: expected a zero byte, found 0x%02x", what,
                                     byte);
}

static uint64_t little_endian(const uint8_t *p, int size)
{
  uint64_t v = 0;
  for (int i = size - 1; i >= 0; i--) v = v << 8 | p[i];
  return v;
}

bool wasm_read_f32(wasm_reader *r, const char *what, uint32_t *bits)
{
  const uint8_t *p;
  if (!wasm_read_bytes(r, what, 4, &p)) return false;
  *bits = (uint32_t)little_endian(p, 4);
  return true;
}

bool wasm_read_f64(wasm_reader *r, const char *what, uint64_t *bits)
{
  const uint8_t *p;
  if (!wasm_read_bytes(r, what, 8, &p)) return false;
  *bits = little_endian(p, 8);
  return true;
}

/* ---- LEB128: any length up to the number of bytes that `width` bits need ---- */

bool wasm_read_u32_slow(wasm_reader *r, const char *what, uint32_t *out)
{
  const uint8_t *from = r->at;
  uint32_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    if (r->at == r->end) return cut_off(r, what);
    uint8_t byte = *r->at++;
    if (shift == 28 && (byte & 0x70) != 0 && byte < 0x80) {
      return wasm_malformed(r, from, "%s: expected an integer of 32 bits, found a larger one",
                            what);
    }
    value |= (uint32_t)(byte & 0x7F) << shift;
    if (byte < 0x80) {
      *out = value;
      return true;
    }
  }
  return wasm_malformed(r, from, "%s: expected an integer of at most 5 bytes, found more", what);
}

/* The last byte of the longest form: its unused bits must repeat the sign. */
static bool sign_fits(uint8_t byte, int bits)
{
  uint8_t sign_and_above = (uint8_t)(byte >> (bits - 1)), all = (uint8_t)(0x7F >> (bits - 1));
  return sign_and_above == 0 || sign_and_above == all;
}

bool wasm_read_signed_slow(wasm_reader *r, const char *what, int width, int64_t *out)
{
  const uint8_t *from = r->at;
  uint64_t value = 0;
  for (int shift = 0; shift < width; shift += 7) {
    if (r->at == r->end) return cut_off(r, what);
    uint8_t byte = *r->at++;
    if (shift + 7 > width && byte < 0x80 && !sign_fits(byte, width - shift)) {
      return wasm_malformed(r, from, "%s: expected an integer of %d bits, found a larger one", what,
                            width);
    }
    value |= (uint64_t)(byte & 0x7F) << shift;
    if (byte >= 0x80) continue;
    if ((byte & 0x40) != 0 && shift + 7 < 64) value |= ~UINT64_C(0) << (shift + 7);
    *out = (int64_t)value;
    return true;
  }
  return wasm_malformed(r, from, "%s: expected an integer of at most %d bytes, found more", what,
                        (width + 6) / 7);
}

/* ---- counts, indices, names ---- */

bool wasm_read_count(wasm_reader *r, const char *what, uint32_t *out)
{
  const uint8_t *at = r->at;
  if (!wasm_read_u32(r, what, out)) return false;
  if (*out <= wasm_left(r)) return true;
  return wasm_malformed(r, at,
                        "%s: expected at most %zu items in the bytes that are left, found %u",
                        what, wasm_left(r), (unsigned)*out);
}

bool wasm_read_index_slow(wasm_reader *r, const char *what, uint32_t count, uint32_t *out)
{
  const uint8_t *at = r->at;
  if (!wasm_read_u32(r, what, out)) return false;
  if (*out < count) return true;
  return wasm_invalid(r, at, "unknown %s: expected an index below %u, found %u", what,
                      (unsigned)count, (unsigned)*out);
}

/* The size of the UTF-8 sequence that starts at p, 0 if there is none. */
static size_t sequence(const uint8_t *p, size_t left)
{
  if (p[0] < 0x80) return 1;
  size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
  if (p[0] < 0xC2 || p[0] > 0xF4 || n > left) return 0;
  for (size_t i = 1; i < n; i++) {
    if ((p[i] & 0xC0) != 0x80) return 0;
  }
  if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F)) return 0;
  if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F)) return 0;
  return n;
}

bool wasm_utf8(const uint8_t *bytes, size_t size)
{
  for (size_t i = 0; i < size;) {
    size_t n = sequence(bytes + i, size - i);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

bool wasm_read_name(wasm_reader *r, const char *what, wasm_name *out)
{
  const uint8_t *at = r->at;
  if (!wasm_read_u32(r, what, &out->size)) return false;
  if (!wasm_read_bytes(r, what, out->size, &out->bytes)) return false;
  return wasm_utf8(out->bytes, out->size)
         || wasm_malformed(r, at, "%s: expected UTF-8, found other bytes", what);
}
