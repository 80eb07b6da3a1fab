/* init.c - constant expressions: initial values of globals, elements, and offsets of segments.
 *
 * SPDX-License-Identifier: MIT
 *
 * What is constant is computed here. Arithmetic on imported globals goes to libvm as it stands:
 * both write it in the order of a stack machine.
 */
#include <string.h>

#include "module.h"

enum { MAX_OPS = 1000, MAX_HEIGHT = 64 }; /* the first is libvm's */

typedef struct value {
  vm_type type;
  bool known;    /* computed: `init` is a constant, null, a function or a global */
  vm_init init;
} value;

typedef struct expression {
  wasm_module *m;
  const uint8_t *at; /* the instruction that is read */
  value stack[MAX_HEIGHT];
  uint32_t height;
  vm_init ops[MAX_OPS]; /* all instructions so far */
  uint32_t nops;
} expression;

static bool note(expression *x, vm_init op)
{
  if (x->nops == MAX_OPS) {
    return wasm_fail(&x->m->r, VM_LIMIT, x->at, "constant expression: expected at most %d "
                     "instructions, found more", MAX_OPS);
  }
  x->ops[x->nops++] = op;
  return true;
}

static bool push(expression *x, value v)
{
  if (x->height == MAX_HEIGHT) {
    return wasm_fail(&x->m->r, VM_LIMIT, x->at, "constant expression: expected an operand stack of "
                     "at most %d values, found more", MAX_HEIGHT);
  }
  x->stack[x->height++] = v;
  return true;
}

static bool push_operand(expression *x, vm_type type, vm_init init)
{
  return note(x, init) && push(x, (value){type, true, init});
}

static bool push_global(expression *x)
{
  uint32_t index;
  wasm_module *m = x->m;
  if (!wasm_read_index(&m->r, "global", m->globals.count, &index)) return false;
  const wasm_global *g = (const wasm_global *)m->globals.items + index;
  if (!g->imported || g->mut) {
    return wasm_invalid(&m->r, x->at, "constant expression required: expected an imported "
                        "immutable global, found global %u, which is %s", (unsigned)index,
                        g->imported ? "mutable" : "not imported");
  }
  return push_operand(x, g->type, vm_init_global(index));
}

static bool push_func(expression *x)
{
  uint32_t func;
  if (!wasm_read_index(&x->m->r, "function", x->m->funcs.count, &func)) return false;
  ((uint8_t *)x->m->declared.items)[func] = 1;
  return push_operand(x, WASM_FUNCREF, vm_init_func(func));
}

static bool push_constant(expression *x, uint8_t op)
{
  wasm_reader *r = &x->m->r;
  vm_init init = {.kind = VM_INIT_CONST};
  int64_t integer;
  uint32_t f32;
  switch (op) {
  case 0x41:
    return wasm_read_signed(r, "i32.const", 32, &integer)
           && push_operand(x, VM_I32, vm_init_i32((int32_t)integer));
  case 0x42:
    return wasm_read_signed(r, "i64.const", 64, &integer)
           && push_operand(x, VM_I64, vm_init_i64(integer));
  case 0x43:
    if (!wasm_read_f32(r, "f32.const", &f32)) return false;
    init.bits = f32;
    return push_operand(x, VM_F32, init);
  default:
    return wasm_read_f64(r, "f64.const", &init.bits) && push_operand(x, VM_F64, init);
  }
}

/* ---- arithmetic: i32.add, i32.sub, i32.mul (0x6A to 0x6C) and those of i64 (0x7C to 0x7E) ---- */

typedef enum arithmetic { ADD, SUB, MUL } arithmetic;

static vm_init constant(vm_type type, uint64_t bits)
{
  return type == VM_I32 ? vm_init_i32((int32_t)(uint32_t)bits) : vm_init_i64((int64_t)bits);
}

static bool compute(expression *x, vm_type type, arithmetic what)
{
  static vm_init (*const inits[])(void) = {vm_init_add, vm_init_sub, vm_init_mul};
  const value *b = x->stack + x->height - 1, *a = b - 1;
  if (x->height < 2 || a->type != type || b->type != type) {
    return wasm_invalid(&x->m->r, x->at, "constant expression: type mismatch: expected two "
                        "operands of type %s, found others", wasm_type_text(type));
  }
  value result = {.type = type};
  if (a->known && a->init.kind == VM_INIT_CONST && b->known && b->init.kind == VM_INIT_CONST) {
    uint64_t m = a->init.bits, n = b->init.bits;
    result.known = true;
    result.init = constant(type, what == ADD ? m + n : what == SUB ? m - n : m * n);
  }
  x->height -= 2;
  return note(x, inits[what]()) && push(x, result);
}

/* ---- the whole ---- */

static bool read_instruction(expression *x, uint8_t op)
{
  vm_type type;
  switch (op) {
  case 0x23: return push_global(x);
  case 0x41: case 0x42: case 0x43: case 0x44: return push_constant(x, op);
  case 0x6A: case 0x6B: case 0x6C: return compute(x, VM_I32, (arithmetic)(op - 0x6A));
  case 0x7C: case 0x7D: case 0x7E: return compute(x, VM_I64, (arithmetic)(op - 0x7C));
  case 0xD0:
    return wasm_read_ref_type(x->m, "ref.null", &type) && push_operand(x, type, vm_init_null());
  case 0xD2: return push_func(x);
  default:
    if (!wasm_is_opcode(op)) {
      return wasm_malformed(&x->m->r, x->at, "expected an instruction, found 0x%02x", op);
    }
    return wasm_invalid(&x->m->r, x->at, "constant expression required: expected a constant "
                        "instruction, found 0x%02x", op);
  }
}

static bool read_instructions(expression *x)
{
  enum { END = 0x0B };
  wasm_reader *r = &x->m->r;
  for (;;) {
    uint8_t op;
    x->at = r->at;
    if (!wasm_read_byte(r, "constant expression", &op)) return false;
    if (op == END) return true;
    if (!read_instruction(x, op)) return false;
  }
}

static bool check_result(expression *x, vm_type type, const uint8_t *from)
{
  wasm_reader *r = &x->m->r;
  if (x->height != 1) {
    return wasm_invalid(r, from, "constant expression: type mismatch: expected one value, found %u",
                        (unsigned)x->height);
  }
  return x->stack[0].type == type
         || wasm_invalid(r, from, "constant expression: type mismatch: expected %s, found %s",
                         wasm_type_text(type), wasm_type_text(x->stack[0].type));
}

/* Keeps the instructions until the next expression that wants that: only offsets and globals can,
 * and each is given to the builder before the next is read. */
static bool keep_ops(wasm_module *m, const expression *x, vm_init *out)
{
  m->ops.count = 0;
  vm_init *ops = wasm_add(m, &m->ops, x->nops);
  if (ops == NULL) return false;
  memcpy(ops, x->ops, x->nops * sizeof *ops);
  *out = vm_init_expr(ops, x->nops);
  return true;
}

bool wasm_read_init(wasm_module *m, vm_type type, vm_init *out)
{
  expression x; /* not cleared: it is large, and only what counts say is looked at */
  x.m = m;
  x.at = m->r.at;
  x.height = x.nops = 0;
  const uint8_t *from = m->r.at;
  if (!read_instructions(&x) || !check_result(&x, type, from)) return false;
  if (!x.stack[0].known) return keep_ops(m, &x, out);
  *out = x.stack[0].init;
  return true;
}
