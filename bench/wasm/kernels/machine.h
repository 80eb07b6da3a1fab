/* machine.h - the register machine that switchvm.c and pointervm.c interpret, and its program.
 *
 * SPDX-License-Identifier: MIT
 *
 * Sixteen 32-bit registers, memory of words, instructions of four bytes: operation, a, b, c. The program
 * counts primes with a sieve, sorts a few numbers by insertion and follows Collatz sequences.
 */
#ifndef LIBVM_BENCH_WASM_MACHINE_H
#define LIBVM_BENCH_WASM_MACHINE_H

#include "kernel.h"

enum { REGISTERS = 16, WORDS = 4096 };

#define MACHINE_OPERATIONS(X) \
  X(HALT) X(SET) X(ADD) X(SUB) X(MUL) X(ADDI) X(AND) X(XOR) X(SHR) X(LOAD) X(STORE) X(JUMP) X(JLT) \
  X(JGE) X(JEQ)

#define MACHINE_ENUM(name) OP_##name,
enum { MACHINE_OPERATIONS(MACHINE_ENUM) OPERATIONS };

typedef struct {
  uint8_t op, a, b, c; /* jumps: to instruction b of SET and JUMP, c of the others */
} instruction;

static uint32_t registers[REGISTERS], words[WORDS];

/* r0 is the result, r1 a seed, r2 = 1, r3 = 2000, r14 = 0. */
static const instruction program[] = {
  /* 0 */ {OP_SET, 2, 1, 0}, {OP_SET, 3, 200, 0}, {OP_SET, 4, 10, 0}, {OP_MUL, 3, 3, 4},
  /* 4: words[0 .. r3) = 0 */ {OP_SET, 14, 0, 0}, {OP_SET, 5, 0, 0},
  /* 6 */ {OP_STORE, 14, 5, 0}, {OP_ADDI, 5, 5, 1}, {OP_JLT, 5, 3, 6},
  /* 9: r5 = 2; each prime crosses out its multiples */ {OP_SET, 5, 2, 0},
  /* 10 */ {OP_LOAD, 6, 5, 0}, {OP_JEQ, 6, 2, 17}, {OP_ADDI, 0, 0, 1}, {OP_ADD, 7, 5, 5},
  /* 14 */ {OP_JGE, 7, 3, 17}, {OP_STORE, 2, 7, 0}, {OP_JUMP, 0, 34, 0},
  /* 17 */ {OP_ADDI, 5, 5, 1}, {OP_JLT, 5, 3, 10},
  /* 19: 60 numbers from the seed, sorted by insertion */ {OP_SET, 8, 60, 0}, {OP_SET, 5, 0, 0},
  /* 21 */ {OP_MUL, 1, 1, 15}, {OP_ADDI, 1, 1, 57}, {OP_SET, 9, 16, 0}, {OP_SHR, 6, 1, 9},
  /* 25 */ {OP_ADDI, 7, 5, 0}, {OP_JEQ, 7, 14, 36}, {OP_SUB, 10, 7, 2}, {OP_LOAD, 11, 10, 0},
  /* 29 */ {OP_JGE, 6, 11, 36}, {OP_STORE, 11, 7, 0}, {OP_ADDI, 7, 10, 0}, {OP_JUMP, 0, 26, 0},
  /* 33 */ {OP_HALT, 0, 0, 0},
  /* 34: of the loop at 14 */ {OP_ADD, 7, 7, 5}, {OP_JUMP, 0, 14, 0},
  /* 36: of the loop at 26 */ {OP_STORE, 6, 7, 0}, {OP_ADDI, 5, 5, 1}, {OP_JLT, 5, 8, 21},
  /* 39: the steps from each sorted number's low bits to 1 */ {OP_SET, 5, 0, 0},
  /* 40 */ {OP_LOAD, 6, 5, 0}, {OP_SET, 7, 255, 0}, {OP_AND, 6, 6, 7}, {OP_ADDI, 6, 6, 1},
  /* 44 */ {OP_JEQ, 6, 2, 54}, {OP_ADDI, 0, 0, 1}, {OP_AND, 7, 6, 2}, {OP_JEQ, 7, 2, 50},
  /* 48 */ {OP_SHR, 6, 6, 2}, {OP_JUMP, 0, 44, 0}, {OP_ADD, 7, 6, 6}, {OP_ADD, 6, 7, 6},
  /* 52 */ {OP_ADDI, 6, 6, 1}, {OP_JUMP, 0, 44, 0},
  /* 54 */ {OP_LOAD, 6, 5, 0}, {OP_XOR, 0, 0, 6}, {OP_ADDI, 5, 5, 1}, {OP_JLT, 5, 8, 40},
  /* 58 */ {OP_HALT, 0, 0, 0},
};

#endif
