/* interp.c - the algorithm of bench/programs/interp.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

static int emit(int *code, int at, int op, int operand)
{
  code[at] = op;
  code[at + 1] = operand;
  return at + 2;
}

static void program(int *code)
{
  int at = 0;
  at = emit(code, at, 0, 0);
  at = emit(code, at, 2, 1);
  at = emit(code, at, 0, 0);
  at = emit(code, at, 2, 2);
  at = emit(code, at, 1, 3);
  at = emit(code, at, 0, 31);
  at = emit(code, at, 5, 0);
  at = emit(code, at, 1, 2);
  at = emit(code, at, 1, 1);
  at = emit(code, at, 8, 0);
  at = emit(code, at, 3, 0);
  at = emit(code, at, 0, 65521);
  at = emit(code, at, 6, 0);
  at = emit(code, at, 2, 3);
  at = emit(code, at, 1, 2);
  at = emit(code, at, 0, 1);
  at = emit(code, at, 3, 0);
  at = emit(code, at, 2, 2);
  at = emit(code, at, 1, 2);
  at = emit(code, at, 0, 100);
  at = emit(code, at, 7, 0);
  at = emit(code, at, 10, 8);
  at = emit(code, at, 1, 1);
  at = emit(code, at, 0, 1);
  at = emit(code, at, 3, 0);
  at = emit(code, at, 2, 1);
  at = emit(code, at, 1, 0);
  at = emit(code, at, 1, 1);
  at = emit(code, at, 4, 0);
  at = emit(code, at, 10, 4);
  at = emit(code, at, 1, 3);
  emit(code, at, 11, 0);
}

static int run(const int *code, int *variables, int *stack)
{
  int pc = 0;
  int sp = 0;
  for (;;) {
    int op = code[pc];
    int operand = code[pc + 1];
    pc = pc + 2;
    switch (op) {
    case 0:
      stack[sp] = operand;
      sp++;
      break;
    case 1:
      stack[sp] = variables[operand];
      sp++;
      break;
    case 2:
      sp--;
      variables[operand] = stack[sp];
      break;
    case 3:
      sp--;
      stack[sp - 1] = stack[sp - 1] + stack[sp];
      break;
    case 4:
      sp--;
      stack[sp - 1] = stack[sp - 1] - stack[sp];
      break;
    case 5:
      sp--;
      stack[sp - 1] = stack[sp - 1] * stack[sp];
      break;
    case 6:
      sp--;
      stack[sp - 1] = stack[sp - 1] % stack[sp];
      break;
    case 7:
      sp--;
      stack[sp - 1] = stack[sp - 1] < stack[sp];
      break;
    case 8:
      sp--;
      stack[sp - 1] = stack[sp - 1] ^ stack[sp];
      break;
    case 9:
      pc = operand;
      break;
    case 10:
      sp--;
      if (stack[sp] != 0) pc = operand;
      break;
    default:
      return stack[sp - 1];
    }
  }
}

int main(int argc, char **argv)
{
  int *code = calloc(64, sizeof(int));
  int *variables = calloc(8, sizeof(int));
  int *stack = calloc(16, sizeof(int));
  program(code);
  variables[0] = argc > 1 ? atoi(argv[1]) : 100;
  printf("%d\n", run(code, variables, stack));
  return 0;
}
