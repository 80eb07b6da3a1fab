/* pointervm.c - the machine of switchvm.c with a function for each operation: a call through a pointer
 * an instruction.
 *
 * SPDX-License-Identifier: MIT
 */
#include "machine.h"

typedef const instruction *operation(const instruction *);

static const instruction *run_HALT(const instruction *i)
{
  (void)i;
  return 0;
}

/* An operation that sets register a and goes on with the next instruction. */
#define CALCULATE(name, value)                            \
  static const instruction *run_##name(const instruction *i) \
  {                                                       \
    registers[i->a] = (value);                            \
    return i + 1;                                         \
  }

CALCULATE(SET, i->b)
CALCULATE(ADD, registers[i->b] + registers[i->c])
CALCULATE(SUB, registers[i->b] - registers[i->c])
CALCULATE(MUL, registers[i->b] * registers[i->c])
CALCULATE(ADDI, registers[i->b] + i->c)
CALCULATE(AND, registers[i->b] & registers[i->c])
CALCULATE(XOR, registers[i->b] ^ registers[i->c])
CALCULATE(SHR, registers[i->b] >> (registers[i->c] & 31))
CALCULATE(LOAD, words[registers[i->b] % WORDS])

static const instruction *run_STORE(const instruction *i)
{
  words[registers[i->b] % WORDS] = registers[i->a];
  return i + 1;
}

static const instruction *run_JUMP(const instruction *i)
{
  return program + i->b;
}

#define JUMP_IF(name, relation)                                                      \
  static const instruction *run_##name(const instruction *i)                         \
  {                                                                                  \
    return registers[i->a] relation registers[i->b] ? program + i->c : i + 1;        \
  }

JUMP_IF(JLT, <)
JUMP_IF(JGE, >=)
JUMP_IF(JEQ, ==)

#define MACHINE_FUNCTION(name) run_##name,
static operation *const operations[] = {MACHINE_OPERATIONS(MACHINE_FUNCTION)};

uint32_t run(uint32_t n)
{
  uint32_t sum = 1, seed = 11;
  for (uint32_t round = 0; round < n; round++) {
    registers[0] = 0;
    registers[1] = kernel_random(&seed);
    registers[15] = 69069;
    for (const instruction *pc = program; pc;) pc = operations[pc->op](pc);
    sum = kernel_mix(sum, registers[0]);
  }
  return sum;
}
