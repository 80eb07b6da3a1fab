// interp.js - the algorithm of bench/programs/interp.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

function emit(code, at, op, operand) {
  code[at] = op;
  code[at + 1] = operand;
  return at + 2;
}

function program(code) {
  let at = 0;
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

function run(code, variables, stack) {
  let pc = 0;
  let sp = 0;
  for (;;) {
    let op = code[pc];
    let operand = code[pc + 1];
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
      if (stack[sp] !== 0) pc = operand;
      break;
    default:
      return stack[sp - 1];
    }
  }
}

function main() {
  let code = new Int32Array(64);
  let variables = new Int32Array(8);
  let stack = new Int32Array(16);
  program(code);
  variables[0] = guest.arg_i32(0, 100);
  guest.print_i32(run(code, variables, stack));
  guest.print_char(10);
  return 0;
}

main();
guest.flush();
