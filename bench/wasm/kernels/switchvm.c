/* switchvm.c - a bytecode interpreter that is one loop with a switch: an indirect jump an instruction.
 *
 * SPDX-License-Identifier: MIT
 */
#include "machine.h"

static void execute(void)
{
  uint32_t *r = registers;
  const instruction *pc = program;
  for (;;) {
    const instruction *i = pc++;
    switch (i->op) {
    case OP_SET: r[i->a] = i->b; break;
    case OP_ADD: r[i->a] = r[i->b] + r[i->c]; break;
    case OP_SUB: r[i->a] = r[i->b] - r[i->c]; break;
    case OP_MUL: r[i->a] = r[i->b] * r[i->c]; break;
    case OP_ADDI: r[i->a] = r[i->b] + i->c; break;
    case OP_AND: r[i->a] = r[i->b] & r[i->c]; break;
    case OP_XOR: r[i->a] = r[i->b] ^ r[i->c]; break;
    case OP_SHR: r[i->a] = r[i->b] >> (r[i->c] & 31); break;
    case OP_LOAD: r[i->a] = words[r[i->b] % WORDS]; break;
    case OP_STORE: words[r[i->b] % WORDS] = r[i->a]; break;
    case OP_JUMP: pc = program + i->b; break;
    case OP_JLT: if (r[i->a] < r[i->b]) pc = program + i->c; break;
    case OP_JGE: if (r[i->a] >= r[i->b]) pc = program + i->c; break;
    case OP_JEQ: if (r[i->a] == r[i->b]) pc = program + i->c; break;
    default: return;
    }
  }
}

uint32_t run(uint32_t n)
{
  uint32_t sum = 1, seed = 11;
  for (uint32_t round = 0; round < n; round++) {
    registers[0] = 0;
    registers[1] = kernel_random(&seed);
    registers[15] = 69069;
    execute();
    sum = kernel_mix(sum, registers[0]);
  }
  return sum;
}
