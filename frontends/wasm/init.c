/* init.c - constant expressions: initial values of globals, elements, and offsets of segments.
 *
 * SPDX-License-Identifier: MIT
 *
 * What is constant is computed here; a value that depends on an imported global goes to libvm as
 * that global.
 */
#include "module.h"

typedef struct value {
  vm_type type;
  vm_init init;
} value;

typedef struct expression {
  wasm_module *m;
  const uint8_t *at; /* the instruction that is read */
  value stack[64];
  uint32_t height;
} expression;

static bool push(expression *x, vm_type type, vm_init init)
{
  if (x->height == sizeof x->stack / sizeof *x->stack) {
    return wasm_fail(&x->m->r, VM_LIMIT, x->at, "constant expression: expected an operand stack of "
                     "at most %zu values, found more", sizeof x->stack / sizeof *x->stack);
  }
  x->stack[x->height++] = (value){type, init};
  return true;
}

static bool push_global(expression *x)
{
  uint32_t index;
  wasm_module *m = x->m;
  if (!wasm_read_index(&m->r, "global", m->globals.count, &index)) return false;
  const wasm_global *g = (const wasm_global *)m->globals.items + index;
  if (!g->imported || g->mut) {
    return wasm_invalid(&m->r, x->at, "constant expression required: expected an imported immutable "
                        "global, found global %u, which is %s", (unsigned)index,
                        g->imported ? "mutable" : "not imported");
  }
  return push(x, g->type, vm_init_global(index));
}

static bool push_func(expression *x)
{
  uint32_t func;
  if (!wasm_read_index(&x->m->r, "function", x->m->funcs.count, &func)) return false;
  ((uint8_t *)x->m->declared.items)[func] = 1;
  return push(x, WASM_FUNCREF, vm_init_func(func));
}

static bool push_constant(expression *x, uint8_t op)
{
  wasm_reader *r = &x->m->r;
  vm_init init = {VM_INIT_CONST, 0, NULL};
  int32_t i32;
  int64_t i64;
  uint32_t f32;
  switch (op) {
  case 0x41:
    return wasm_read_s32(r, "i32.const", &i32) && push(x, VM_I32, vm_init_i32(i32));
  case 0x42:
    return wasm_read_s64(r, "i64.const", &i64) && push(x, VM_I64, vm_init_i64(i64));
  case 0x43:
    if (!wasm_read_f32(r, "f32.const", &f32)) return false;
    init.bits = f32;
    return push(x, VM_F32, init);
  default:
    return wasm_read_f64(r, "f64.const", &init.bits) && push(x, VM_F64, init);
  }
}

/* i32.add, i32.sub, i32.mul (0x6A to 0x6C) and those of i64 (0x7C to 0x7E). */
static bool compute(expression *x, uint8_t op)
{
  wasm_reader *r = &x->m->r;
  vm_type type = op < 0x70 ? VM_I32 : VM_I64;
  const value *b = x->stack + x->height - 1, *a = b - 1;
  if (x->height < 2 || a->type != type || b->type != type) {
    return wasm_invalid(r, x->at, "constant expression: type mismatch: expected two operands of "
                        "type %s, found others", wasm_type_text(type));
  }
  if (a->init.kind != VM_INIT_CONST || b->init.kind != VM_INIT_CONST) {
    return wasm_fail(r, VM_LIMIT, x->at, "constant expression: expected arithmetic on constants, "
                     "found it on an imported global");
  }
  uint64_t m = a->init.bits, n = b->init.bits;
  int which = op - (type == VM_I32 ? 0x6A : 0x7C);
  uint64_t bits = which == 0 ? m + n : which == 1 ? m - n : m * n;
  x->height -= 2;
  return push(x, type, type == VM_I32 ? vm_init_i32((int32_t)(uint32_t)bits)
                                      : vm_init_i64((int64_t)bits));
}

static bool read_instruction(expression *x, uint8_t op)
{
  vm_type type;
  switch (op) {
  case 0x23: return push_global(x);
  case 0x41: case 0x42: case 0x43: case 0x44: return push_constant(x, op);
  case 0x6A: case 0x6B: case 0x6C: case 0x7C: case 0x7D: case 0x7E: return compute(x, op);
  case 0xD0:
    return wasm_read_ref_type(x->m, "ref.null", &type) && push(x, type, vm_init_null());
  case 0xD2: return push_func(x);
  default:
    if (!wasm_is_opcode(op)) {
      return wasm_malformed(&x->m->r, x->at, "expected an instruction, found 0x%02x", op);
    }
    return wasm_invalid(&x->m->r, x->at, "constant expression required: expected a constant "
                        "instruction, found 0x%02x", op);
  }
}

bool wasm_read_init(wasm_module *m, vm_type type, vm_init *out)
{
  enum { END = 0x0B };
  expression x = {.m = m, .at = m->r.at};
  uint8_t op;
  const uint8_t *from = m->r.at;
  for (;;) {
    x.at = m->r.at;
    if (!wasm_read_byte(&m->r, "constant expression", &op)) return false;
    if (op == END) break;
    if (!read_instruction(&x, op)) return false;
  }
  if (x.height != 1 || x.stack[0].type != type) {
    return wasm_invalid(&m->r, from, "constant expression: type mismatch: expected one value of "
                        "type %s, found %u%s%s", wasm_type_text(type), (unsigned)x.height,
                        x.height == 1 ? " of type " : " values",
                        x.height == 1 ? wasm_type_text(x.stack[0].type) : "");
  }
  *out = x.stack[0].init;
  return true;
}
