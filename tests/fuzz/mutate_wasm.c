/* mutate_wasm.c - mutation of WebAssembly binaries that keeps sections and bodies in shape.
 *
 * SPDX-License-Identifier: MIT
 *
 * Bytes changed at random mostly break the size of a section or body, and the reader ends there. Here the
 * contents of one section, or the code of one function, are changed and all sizes around them are written
 * anew, so that most mutants get to validation and many past it. Small changes are those that a validator
 * has to tell from right ones: another operator of the same kind, an index or a constant off by one, a
 * section left out, twice or elsewhere.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

enum { HEADER = 8, MAX_SECTIONS = 64, CODE = 10, SPARE = 512 };

typedef struct part { /* of the input: bytes from `at` on */
  size_t at, size;
  uint8_t id;
} part;

typedef struct output {
  uint8_t *bytes;
  size_t size, room;
} output;

/* ---- LEB128 ---- */

static bool read_u32(const uint8_t *p, size_t size, size_t *at, uint32_t *value)
{
  *value = 0;
  for (uint32_t shift = 0; shift < 35 && *at < size; shift += 7) {
    uint8_t byte = p[(*at)++];
    *value |= (uint32_t)(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

static void put_bytes(output *o, const uint8_t *p, size_t size)
{
  if (size > o->room - o->size) size = o->room - o->size;
  if (size > 0) memcpy(o->bytes + o->size, p, size);
  o->size += size;
}

static void put_u32(output *o, uint32_t value)
{
  do {
    uint8_t byte = (uint8_t)((value & 0x7F) | (value > 0x7F ? 0x80 : 0));
    put_bytes(o, &byte, 1);
    value >>= 7;
  } while (value > 0);
}

/* ---- what is there ---- */

/* The sections; 0 if the bytes are something else. */
static uint32_t find_sections(const mutate_input *in, part *sections)
{
  uint32_t n = 0, size;
  size_t at = HEADER;
  while (at < in->size && n < MAX_SECTIONS) {
    uint8_t id = in->bytes[at++];
    if (!read_u32(in->bytes, in->size, &at, &size) || size > in->size - at) return 0;
    sections[n++] = (part){at, size, id};
    at += size;
  }
  return at == in->size ? n : 0;
}

/* The body of one function of a code section, chosen at random. */
static bool find_body(fuzz_random *r, const mutate_input *in, const part *code, part *body)
{
  size_t at = code->at, end = code->at + code->size;
  uint32_t count, size = 0;
  if (!read_u32(in->bytes, end, &at, &count) || count == 0) return false;
  for (uint32_t i = 0, chosen = fuzz_below(r, count); i <= chosen; i++) {
    if (!read_u32(in->bytes, end, &at, &size) || size > end - at) return false;
    *body = (part){at, size, 0};
    at += size;
  }
  return true;
}

/* ---- changes ---- */

/* Operators in runs that mostly take and give the same types. */
static const uint8_t runs[][2] = {{0x46, 0x4F}, {0x51, 0x5A}, {0x5B, 0x60}, {0x61, 0x66}, {0x67, 0x69},
                                  {0x6A, 0x78}, {0x79, 0x7B}, {0x7C, 0x8A}, {0x8B, 0x91}, {0x92, 0x98},
                                  {0x99, 0x9F}, {0xA0, 0xA6}, {0x28, 0x35}, {0x36, 0x3E}, {0x0C, 0x0D},
                                  {0x20, 0x22}, {0x02, 0x04}, {0xC0, 0xC4}, {0x7C, 0x7F}};

static void change_operator(fuzz_random *r, uint8_t *p)
{
  for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
    if (*p < runs[i][0] || *p > runs[i][1]) continue;
    *p = (uint8_t)(runs[i][0] + fuzz_below(r, (uint32_t)(runs[i][1] - runs[i][0] + 1)));
    return;
  }
  *p = (uint8_t)(*p + fuzz_below(r, 3) - 1);
}

/* A copy of the part, changed, in a block with room for more. */
static uint8_t *changed(fuzz_random *r, const mutate_input *in, const part *of, const mutate_input *other,
                        size_t *size)
{
  uint8_t *p = malloc(of->size + SPARE);
  if (p == NULL) abort();
  memcpy(p, in->bytes + of->at, of->size);
  *size = of->size;
  for (uint32_t n = 1 + fuzz_below(r, 3); n > 0 && *size > 0; n--) {
    if (fuzz_one_in(r, 3)) *size = mutate_some(r, p, *size, of->size + SPARE, other);
    else change_operator(r, p + fuzz_below(r, (uint32_t)*size));
  }
  return p;
}

static void put_section(output *o, uint8_t id, const uint8_t *p, size_t size)
{
  put_bytes(o, &id, 1);
  put_u32(o, (uint32_t)size);
  put_bytes(o, p, size);
}

/* The code section with one body changed. */
static bool put_code(fuzz_random *r, output *o, const mutate_input *in, const part *code,
                     const mutate_input *other)
{
  part body;
  size_t size, length = 0;
  if (!find_body(r, in, code, &body)) return false;
  uint8_t *p = changed(r, in, &body, other, &size);
  output inner = {malloc(code->size + SPARE + 8), 0, code->size + SPARE + 8};
  if (inner.bytes == NULL) abort();
  /* the old body's size is the shortest LEB128, or padded; in front of it all stays */
  size_t front = body.at - code->at;
  do length++;
  while (length < 5 && length < front && in->bytes[body.at - length - 1] >= 0x80);
  put_bytes(&inner, in->bytes + code->at, front - length);
  put_u32(&inner, (uint32_t)size);
  put_bytes(&inner, p, size);
  put_bytes(&inner, in->bytes + body.at + body.size, code->at + code->size - body.at - body.size);
  put_section(o, CODE, inner.bytes, inner.size);
  free(inner.bytes);
  free(p);
  return true;
}

static void put_changed(fuzz_random *r, output *o, const mutate_input *in, const part *section,
                        const mutate_input *other)
{
  size_t size;
  if (section->id == CODE && !fuzz_one_in(r, 8) && put_code(r, o, in, section, other)) return;
  uint8_t *p = changed(r, in, section, other, &size);
  put_section(o, section->id, p, size);
  free(p);
}

uint8_t *mutate_wasm(fuzz_random *r, const mutate_input *from, const mutate_input *other, size_t *out_size)
{
  part sections[MAX_SECTIONS];
  uint32_t n = from->size > HEADER ? find_sections(from, sections) : 0;
  if (n == 0) return NULL;
  output o = {malloc(2 * from->size + 2 * SPARE), 0, 2 * from->size + 2 * SPARE};
  if (o.bytes == NULL) abort();
  uint32_t chosen = fuzz_below(r, n), how = fuzz_below(r, 24);
  for (uint32_t i = 0; i < n && fuzz_one_in(r, 2); i++) /* code is where most is to be found */
    if (sections[i].id == CODE) chosen = i;
  put_bytes(&o, from->bytes, HEADER);
  for (uint32_t i = 0; i < n; i++) {
    const part *s = &sections[i];
    if (i != chosen) {
      put_section(&o, s->id, from->bytes + s->at, s->size);
    } else if (how == 1 && n > 1) { /* another section in its place */
      const part *t = &sections[fuzz_below(r, n)];
      put_section(&o, t->id, from->bytes + t->at, t->size);
    } else if (how == 2) {
      put_section(&o, (uint8_t)fuzz_below(r, 14), from->bytes + s->at, s->size);
    } else if (how != 0) { /* 0: left out */
      put_changed(r, &o, from, s, other);
    }
  }
  *out_size = o.size;
  return o.bytes;
}
