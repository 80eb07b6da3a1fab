// Interp.java - the algorithm of bench/programs/interp.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Interp {

  static int emit(int[] code, int at, int op, int operand) {
    code[at] = op;
    code[at + 1] = operand;
    return at + 2;
  }

  static void program(int[] code) {
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

  static int run(int[] code, int[] variables, int[] stack) {
    int pc = 0;
    int sp = 0;
    while (true) {
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
        stack[sp - 1] = stack[sp - 1] < stack[sp] ? 1 : 0;
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

  public static void main(String[] args) {
    Guest.args = args;
    int[] code = new int[64];
    int[] variables = new int[8];
    int[] stack = new int[16];
    program(code);
    variables[0] = Guest.arg_i32(0, 100);
    Guest.print_i32(run(code, variables, stack));
    Guest.print_char('\n');
    Guest.flush();
  }
}
