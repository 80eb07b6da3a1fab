/* code.c - the code section: function bodies, their locals, and the pass over their instructions.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "body.h"

enum { MAX_LOCALS = 50000, PARKING_PLACES = WASM_MAX_PARAMS };

/* ---- locals ---- */

static bool add_locals(wasm_body *c, vm_type type, uint32_t count)
{
  if (count == 0) return true;
  vm_type *types = wasm_add(c->m, &c->locals, count);
  if (types == NULL || !wasm_work(c->m, count)) return false;
  for (uint32_t i = 0; i < count; i++) types[i] = type;
  return true;
}

/* Runs of locals of one type. What they add up to is checked before any is made. */
static bool read_locals(wasm_body *c)
{
  wasm_reader *r = c->r;
  const uint8_t *from = r->at;
  uint32_t runs;
  uint64_t sum = c->type->nparams;
  if (!wasm_read_count(r, "runs of locals", &runs)) return false;
  for (uint32_t i = 0; i < runs; i++) {
    uint32_t count;
    vm_type type;
    if (!wasm_read_u32(r, "locals", &count) || !wasm_read_value_type(c->m, "locals", &type)) {
      return false;
    }
    sum += count;
    if (sum > UINT32_MAX) {
      return wasm_malformed(r, from, "too many locals: expected less than 2^32, found more");
    }
    if (sum <= MAX_LOCALS && !add_locals(c, type, count)) return false;
  }
  return sum <= MAX_LOCALS
         || wasm_fail(r, VM_LIMIT, from, "expected at most %d locals, found %llu", MAX_LOCALS,
                      (unsigned long long)sum);
}

/* Parameters are the first locals, and there from the beginning. */
static bool declare_locals(wasm_body *c, uint32_t function)
{
  wasm_name_map *names = wasm_names_locals(&c->m->names, function);
  const vm_type *types = c->locals.items;
  for (uint32_t i = 0; i < c->locals.count; i++) {
    const char *text = NULL;
    if (names != NULL && !wasm_map_text(c->m, names, i, &text)) return false;
    if (i >= c->type->nparams) {
      vm_fn_local(c->fn, types[i], text, NULL);
    } else if (text != NULL) {
      vm_fn_local_name(c->fn, i, text);
    }
  }
  return true;
}

/* ---- instructions ---- */

static const wasm_op *find_long_op(wasm_body *c)
{
  uint32_t number;
  c->r->op = NULL;
  if (!wasm_read_u32(c->r, "instruction", &number)) return NULL;
  const wasm_op *op = wasm_find_long_op(number);
  if (op == NULL) {
    wasm_malformed(c->r, c->at, "expected an instruction, found 0xfc %u", (unsigned)number);
  }
  return op;
}

/* What is wrong with the byte at c->at, unless that is said. */
static const wasm_op *no_op(wasm_body *c)
{
  c->r->op = NULL;
  if (c->at == c->r->end) {
    wasm_malformed(c->r, c->at, "expected an instruction, found the function's end");
  } else {
    wasm_malformed(c->r, c->at, "expected an instruction, found 0x%02x", *c->at);
  }
  return NULL;
}

static inline const wasm_op *read_op(wasm_body *c)
{
  wasm_reader *r = c->r;
  c->at = r->at;
  if (r->at == r->end) return no_op(c);
  uint8_t byte = *r->at++;
  const wasm_op *op = byte == WASM_LONG_OP ? find_long_op(c) : &wasm_ops[byte];
  if (op == NULL || op->rule == NULL) return no_op(c);
  r->op = op->text;
  return op;
}

static bool read_instructions(wasm_body *c)
{
  wasm_block_type type = {.results = c->type->results, .nresults = c->type->nresults};
  if (!wasm_push_frame(c, WASM_BODY, type)) return false;
  while (c->frames.count > 0) {
    const wasm_op *op = read_op(c);
    if (op == NULL || !op->rule(c, op)) return false;
  }
  c->r->op = NULL;
  return true;
}

/* ---- bodies ---- */

static void start_body(wasm_body *c, uint32_t function)
{
  c->type = wasm_func_type(c->m, function);
  c->live = true;
  c->floor = c->height = 0;
  c->frames.count = c->locals.count = 0;
  wasm_forget_parking(c);
}

static bool read_contents(wasm_body *c, uint32_t function)
{
  wasm_reader *r = c->r;
  start_body(c, function);
  vm_type *params = wasm_add(c->m, &c->locals, c->type->nparams);
  if (params == NULL) return false;
  if (c->type->nparams > 0) memcpy(params, c->type->params, c->type->nparams * sizeof *params);
  if (!read_locals(c) || !wasm_built(c->m, vm_fn_begin(c->m->b, function, &c->fn))) return false;
  if (!declare_locals(c, function) || !read_instructions(c)) return false;
  if (r->at != r->end) {
    return wasm_malformed(r, r->at, "expected the function's end, found %zu more bytes",
                          wasm_left(r));
  }
  return wasm_built(c->m, vm_fn_end(c->fn));
}

static bool read_body(wasm_body *c, uint32_t function)
{
  wasm_reader *r = c->r;
  const uint8_t *section_end = r->end, *content;
  uint32_t size;
  if (!wasm_read_u32(r, "function's size", &size)) return false;
  if (!wasm_read_bytes(r, "function", size, &content)) return false;
  r->at = content;
  r->end = content + size;
  r->function = function;
  if (!read_contents(c, function)) return false;
  r->function = VM_NO_OFFSET;
  r->end = section_end;
  return true;
}

/* ---- what all bodies share ---- */

static bool open_bodies(wasm_body *c, wasm_module *m)
{
  *c = (wasm_body){.m = m, .r = &m->r, .parked = PARKING_PLACES};
  c->frames.item_size = sizeof(wasm_frame);
  c->locals.item_size = sizeof(vm_type);
  c->targets.item_size = sizeof(uint32_t);
  c->stack = wasm_resize(m, NULL, 0, WASM_MAX_STACK * sizeof *c->stack);
  c->scratch = wasm_resize(m, NULL, 0, WASM_MAX_STACK * sizeof *c->scratch);
  c->parking = wasm_resize(m, NULL, 0, PARKING_PLACES * sizeof *c->parking);
  return (c->stack != NULL && c->scratch != NULL && c->parking != NULL) || wasm_no_memory(&m->r);
}

static void close_bodies(wasm_body *c)
{
  wasm_module *m = c->m;
  wasm_free_list(m, &c->frames);
  wasm_free_list(m, &c->locals);
  wasm_free_list(m, &c->targets);
  if (c->stack) wasm_resize(m, c->stack, WASM_MAX_STACK * sizeof *c->stack, 0);
  if (c->scratch) wasm_resize(m, c->scratch, WASM_MAX_STACK * sizeof *c->scratch, 0);
  if (c->parking) wasm_resize(m, c->parking, PARKING_PLACES * sizeof *c->parking, 0);
}

static bool read_bodies(wasm_body *c)
{
  wasm_module *m = c->m;
  const uint8_t *at = m->r.at;
  uint32_t count, declared = m->funcs.count - m->imported_funcs;
  if (!wasm_read_count(&m->r, "function bodies", &count)) return false;
  if (count != declared) {
    return wasm_malformed(&m->r, at, "function bodies: expected %u, as the function section says, "
                          "found %u", (unsigned)declared, (unsigned)count);
  }
  for (uint32_t i = 0; i < count; i++) {
    if (!read_body(c, m->imported_funcs + i)) return false;
  }
  return true;
}

bool wasm_read_code(wasm_module *m)
{
  wasm_body c;
  bool done = open_bodies(&c, m) && read_bodies(&c);
  close_bodies(&c);
  return done;
}
