/* ops.c - the table of instructions, made of wasm_ops.def.
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

enum { LONG_OPS = 0x100, NUM_LONG_OPS = 0x12 };

/* Behind those of one byte come those of 0xFC and a number. */
#define AT(opcode) [(opcode) < 0x100 ? (opcode) : LONG_OPS + ((opcode) & 0xFF)]

#define UNARY(opcode, id, text, from, to) \
  AT(opcode) = {wasm_op_unary, text, VM_OP_##id, VM_##from, VM_##to, 0, WASM_FORM_NOTHING},
#define BINARY(opcode, id, text, from, to) \
  AT(opcode) = {wasm_op_binary, text, VM_OP_##id, VM_##from, VM_##to, 0, WASM_FORM_NOTHING},
#define LOAD(opcode, id, text, type, align) \
  AT(opcode) = {wasm_op_load, text, VM_OP_##id, VM_I32, VM_##type, align, WASM_FORM_ACCESS},
#define STORE(opcode, id, text, type, align) \
  AT(opcode) = {wasm_op_store, text, VM_OP_##id, VM_##type, VM_I32, align, WASM_FORM_ACCESS},
#define RULE(opcode, rule, id, form, text) \
  AT(opcode) = {wasm_op_##rule, text, VM_OP_##id, 0, 0, 0, WASM_FORM_##form},

const wasm_op wasm_ops[LONG_OPS + NUM_LONG_OPS] = {
#include "wasm_ops.def"
};

const wasm_op *wasm_find_long_op(uint32_t number)
{
  return number < NUM_LONG_OPS ? &wasm_ops[LONG_OPS + number] : NULL;
}

bool wasm_is_opcode(uint8_t byte) { return wasm_ops[byte].rule != NULL || byte == WASM_LONG_OP; }
