/* module.c - the sections of a random module, and the bytes that everything is written to.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"

/* ---- bytes ---- */

void w_bytes(wbuf *b, const void *bytes, size_t size)
{
  if (b->size + size > b->capacity) {
    b->capacity = 2 * (b->size + size) + 64;
    b->data = realloc(b->data, b->capacity);
    if (b->data == NULL) abort();
  }
  if (size > 0) memcpy(b->data + b->size, bytes, size);
  b->size += size;
}

void w_byte(wbuf *b, uint8_t byte) { w_bytes(b, &byte, 1); }

void w_u32(wbuf *b, uint32_t v)
{
  for (; v >= 0x80; v >>= 7) w_byte(b, (uint8_t)(v | 0x80));
  w_byte(b, (uint8_t)v);
}

void w_s64(wbuf *b, int64_t v)
{
  for (;;) {
    uint8_t low = v & 0x7F;
    v >>= 7;
    if ((v == 0 && (low & 0x40) == 0) || (v == -1 && (low & 0x40) != 0)) {
      w_byte(b, low);
      return;
    }
    w_byte(b, low | 0x80);
  }
}

void w_text(wbuf *b, const char *text)
{
  w_u32(b, (uint32_t)strlen(text));
  w_bytes(b, text, strlen(text));
}

uint8_t w_code(wtype type)
{
  static const uint8_t codes[W_TYPES] = {0x7F, 0x7E, 0x7D, 0x7C, 0x70, 0x6F};
  return codes[type];
}

/* ---- what there is ---- */

static uint32_t below(wgen *g, uint32_t n) { return fuzz_below(&g->rng, n); }

static wtype any_type(wgen *g)
{
  return below(g, 8) == 0 ? (wtype)(W_FUNC + below(g, 2)) : (wtype)below(g, W_NUMBERS);
}

/* Signature 0 is that of the imported function. One of each number type comes next, so that calls
 * for one value are easy to find; then that of a start function. */
static void choose_sigs(wgen *g)
{
  g->sigs[0] = (wsig){1, 1, {W_I32}, {W_I32}};
  g->nsigs = START_SIG + 1 + below(g, MAX_SIGS - START_SIG);
  for (uint32_t i = 1; i < g->nsigs; i++) {
    wsig *s = &g->sigs[i];
    s->nparams = below(g, MAX_ARITY + 1);
    s->nresults = i < 5 ? 1 : below(g, 4);
    if (i == START_SIG) s->nparams = s->nresults = 0;
    for (uint32_t k = 0; k < s->nparams; k++) s->params[k] = any_type(g);
    for (uint32_t k = 0; k < s->nresults; k++) s->results[k] = i < 5 ? (wtype)(i - 1) : any_type(g);
  }
  g->nfuncs = IMPORTED_FUNCS + 2 + below(g, MAX_FUNCS - IMPORTED_FUNCS - 1);
  for (uint32_t i = IMPORTED_FUNCS; i < g->nfuncs; i++) {
    g->func_sigs[i] = 1 + below(g, g->nsigs - 1);
  }
}

static void choose_globals(wgen *g)
{
  g->nglobals = FUEL_GLOBAL + 1 + W_TYPES + below(g, MAX_GLOBALS - W_TYPES - 1);
  g->global_types[0] = g->global_types[FUEL_GLOBAL] = W_I32;
  g->global_mut[FUEL_GLOBAL] = true;
  for (uint32_t i = FUEL_GLOBAL + 1; i < g->nglobals; i++) {
    uint32_t k = i - FUEL_GLOBAL - 1;
    g->global_types[i] = k < W_TYPES ? (wtype)k : any_type(g);
    g->global_mut[i] = below(g, 4) != 0;
  }
}

/* ---- sections ---- */

static void section(wbuf *out, uint8_t id, wbuf *content)
{
  w_byte(out, id);
  w_u32(out, (uint32_t)content->size);
  w_bytes(out, content->data, content->size);
  content->size = 0;
}

static void write_types(wgen *g, wbuf *s)
{
  w_u32(s, g->nsigs);
  for (uint32_t i = 0; i < g->nsigs; i++) {
    const wsig *t = &g->sigs[i];
    w_byte(s, 0x60);
    w_u32(s, t->nparams);
    for (uint32_t k = 0; k < t->nparams; k++) w_byte(s, w_code(t->params[k]));
    w_u32(s, t->nresults);
    for (uint32_t k = 0; k < t->nresults; k++) w_byte(s, w_code(t->results[k]));
  }
}

/* Memory, table and fuel may be another module's. */
static void write_imports(wgen *g, wbuf *s)
{
  w_u32(s, 2u + g->imports_memory + g->imports_table + g->imports_fuel);
  w_text(s, "env");
  w_text(s, "host");
  w_bytes(s, "\0\0", 2); /* a function of type 0 */
  w_text(s, "env");
  w_text(s, "base");
  w_bytes(s, "\3\x7F\0", 3); /* an immutable i32 */
  if (g->imports_fuel) {
    w_text(s, "env");
    w_text(s, "fuel");
    w_bytes(s, "\3\x7F\1", 3);
  }
  if (g->imports_table) {
    w_text(s, "env");
    w_text(s, "table");
    w_bytes(s, "\1\x70\1", 3);
    w_u32(s, TABLE_SIZE);
    w_u32(s, TABLE_SIZE + 4 + below(g, 2));
  }
  if (g->imports_memory) {
    w_text(s, "env");
    w_text(s, "memory");
    /* The last does not fit. */
    static const char limits[4][5] = {"\2\1\1\3", "\2\1\0\4", "\2\0\1", "\2\1\1\2"};
    uint32_t which = below(g, 10) == 0 ? 3 : below(g, 3);
    w_bytes(s, limits[which], which == 2 ? 3 : 4);
  }
}

static void write_stores(wgen *g, wbuf *s, wbuf *out)
{
  w_u32(s, 2u - g->imports_table);
  for (int i = g->imports_table; i < 2; i++) { /* of functions; of host objects */
    w_byte(s, i == 0 ? 0x70 : 0x6F);
    w_byte(s, 1);
    w_u32(s, TABLE_SIZE);
    w_u32(s, TABLE_SIZE + 4);
  }
  section(out, 4, s);
  if (g->imports_memory) return;
  w_u32(s, 1);
  w_byte(s, 1);
  w_u32(s, 1);
  w_u32(s, 3);
  section(out, 5, s);
}

static void write_number(wgen *g, wbuf *s, wtype type)
{
  uint64_t bits = fuzz_next(&g->rng);
  if (below(g, 2) == 0) bits &= 0xFF;
  switch (type) {
  case W_I32: w_byte(s, 0x41); w_s64(s, (int32_t)(uint32_t)bits); return;
  case W_I64: w_byte(s, 0x42); w_s64(s, (int64_t)bits); return;
  case W_F32: w_byte(s, 0x43); w_bytes(s, &bits, 4); return;
  default: w_byte(s, 0x44); w_bytes(s, &bits, 8); return;
  }
}

/* base * n + m, or a constant. */
static void write_init(wgen *g, wbuf *s, wtype type)
{
  if (type == W_FUNC && below(g, 2) == 0) {
    w_byte(s, 0xD2);
    w_u32(s, below(g, g->nfuncs));
  } else if (type >= W_NUMBERS) {
    w_byte(s, 0xD0);
    w_byte(s, w_code(type));
  } else if (type == W_I32 && below(g, 2) == 0) {
    w_bytes(s, "\x23\0", 2);
    write_number(g, s, W_I32);
    w_byte(s, (uint8_t)(0x6A + below(g, 3)));
    write_number(g, s, W_I32);
    w_byte(s, (uint8_t)(0x6A + below(g, 3)));
  } else {
    write_number(g, s, type);
  }
  w_byte(s, 0x0B);
}

static void write_globals(wgen *g, wbuf *s)
{
  w_u32(s, g->nglobals - IMPORTED_GLOBALS - g->imports_fuel);
  for (uint32_t i = IMPORTED_GLOBALS + g->imports_fuel; i < g->nglobals; i++) {
    w_byte(s, w_code(g->global_types[i]));
    w_byte(s, g->global_mut[i]);
    if (i == FUEL_GLOBAL) w_bytes(s, "\x41\x3F\x0B", 3); /* for the start function */
    else write_init(g, s, g->global_types[i]);
  }
}

static void write_export(wbuf *s, const char *name, uint8_t kind, uint32_t index)
{
  w_text(s, name);
  w_byte(s, kind);
  w_u32(s, index);
}

static void write_exports(wgen *g, wbuf *s)
{
  char name[16];
  w_u32(s, g->nfuncs - IMPORTED_FUNCS + g->nglobals - FUEL_GLOBAL + 3);
  for (uint32_t i = IMPORTED_FUNCS; i < g->nfuncs; i++) {
    snprintf(name, sizeof name, "f%u", (unsigned)(i - IMPORTED_FUNCS));
    write_export(s, name, 0, i);
  }
  write_export(s, "table", 1, 0);
  write_export(s, "objects", 1, 1);
  write_export(s, "memory", 2, 0);
  write_export(s, "fuel", 3, FUEL_GLOBAL);
  for (uint32_t i = FUEL_GLOBAL + 1; i < g->nglobals; i++) {
    snprintf(name, sizeof name, "g%u", (unsigned)(i - FUEL_GLOBAL - 1));
    write_export(s, name, 3, i);
  }
}

/* A function if there is one of its type, in a few modules. */
static void write_start(wgen *g, wbuf *s, wbuf *out)
{
  for (uint32_t i = IMPORTED_FUNCS; i < g->nfuncs && below(g, 2) == 0; i++) {
    if (g->func_sigs[i] != START_SIG) continue;
    w_u32(s, i);
    section(out, 8, s);
    return;
  }
}

/* 0: active, with all functions and holes behind; 1: passive, expressions; 2: declares all;
 * 3: active in a form that names the table, expressions, perhaps past the end. */
static void write_elements(wgen *g, wbuf *s)
{
  w_u32(s, 4);
  w_bytes(s, "\0\x41\0\x0B", 4);
  uint32_t count = g->nfuncs < TABLE_SIZE - 2 ? g->nfuncs : TABLE_SIZE - 2;
  w_u32(s, count);
  for (uint32_t i = 0; i < count; i++) w_u32(s, i);
  w_byte(s, 5);
  w_byte(s, 0x70);
  w_u32(s, 6);
  for (uint32_t i = 0; i < 6; i++) write_init(g, s, W_FUNC);
  w_bytes(s, "\3\0", 2);
  w_u32(s, g->nfuncs);
  for (uint32_t i = 0; i < g->nfuncs; i++) w_u32(s, i);
  wtype type = below(g, 2) ? W_FUNC : W_EXTERN;
  w_byte(s, 6);
  w_byte(s, type == W_FUNC ? 0 : 1);
  w_byte(s, 0x41);
  w_s64(s, TABLE_SIZE - 2 + (below(g, 40) == 0));
  w_bytes(s, "\x0B", 1);
  w_byte(s, w_code(type));
  w_u32(s, 2);
  for (uint32_t i = 0; i < 2; i++) write_init(g, s, type);
}

/* 0: active at base + 8; 1: passive; 2: active in a form that names the memory, perhaps past the
 * end. */
static void write_data(wgen *g, wbuf *s)
{
  w_u32(s, 3);
  for (uint8_t kind = 0; kind < 3; kind++) {
    uint32_t size = below(g, 100);
    w_byte(s, kind);
    if (kind == 0) w_bytes(s, "\x23\0\x41\x08\x6A\x0B", 6);
    if (kind == 2) {
      w_bytes(s, "\0\x41", 2);
      w_s64(s, below(g, 40) == 0 ? (int32_t)fuzz_next(&g->rng) : 65536 - (int32_t)size);
      w_byte(s, 0x0B);
    }
    w_u32(s, size);
    for (uint32_t i = 0; i < size; i++) w_byte(s, (uint8_t)fuzz_next(&g->rng));
  }
}

static void write_code(wgen *g, wbuf *s)
{
  wbuf body = {0};
  w_u32(s, g->nfuncs - IMPORTED_FUNCS);
  for (uint32_t i = IMPORTED_FUNCS; i < g->nfuncs; i++) {
    body.size = 0;
    w_body(g, i, &body);
    w_u32(s, (uint32_t)body.size);
    w_bytes(s, body.data, body.size);
  }
  free(body.data);
}

static wasm_random_result describe(const wgen *g, const wbuf *out)
{
  wasm_random_result r = {.bytes = out->data, .size = out->size};
  r.nfuncs = g->nfuncs - IMPORTED_FUNCS;
  r.nglobals = g->nglobals - FUEL_GLOBAL - 1;
  for (uint32_t i = 0; i < r.nfuncs; i++) r.funcs[i] = g->sigs[g->func_sigs[IMPORTED_FUNCS + i]];
  for (uint32_t i = 0; i < r.nglobals; i++) r.globals[i] = g->global_types[FUEL_GLOBAL + 1 + i];
  return r;
}

wasm_random_result wasm_random_module(uint64_t seed)
{
  wgen g = {.rng = {seed * 0x9E3779B97F4A7C15ull + 1}};
  wbuf out = {0}, s = {0};
  choose_sigs(&g);
  choose_globals(&g);
  g.imports_memory = below(&g, 4) == 0;
  g.imports_table = below(&g, 4) == 0;
  g.imports_fuel = below(&g, 4) == 0;
  w_bytes(&out, "\0asm\1\0\0\0", 8);
  write_types(&g, &s);
  section(&out, 1, &s);
  write_imports(&g, &s);
  section(&out, 2, &s);
  w_u32(&s, g.nfuncs - IMPORTED_FUNCS);
  for (uint32_t i = IMPORTED_FUNCS; i < g.nfuncs; i++) w_u32(&s, g.func_sigs[i]);
  section(&out, 3, &s);
  write_stores(&g, &s, &out);
  write_globals(&g, &s);
  section(&out, 6, &s);
  write_exports(&g, &s);
  section(&out, 7, &s);
  write_start(&g, &s, &out);
  write_elements(&g, &s);
  section(&out, 9, &s);
  w_u32(&s, 3);
  section(&out, 12, &s);
  write_code(&g, &s);
  section(&out, 10, &s);
  write_data(&g, &s);
  section(&out, 11, &s);
  free(s.data);
  free(g.out.data);
  return describe(&g, &out);
}
