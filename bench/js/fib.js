// fib.js - the algorithm of bench/programs/fib.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

function fib(n) {
  if (n < 2) return n;
  return fib(n - 1) + fib(n - 2);
}

function main() {
  guest.print_i32(fib(guest.arg_i32(0, 27)));
  guest.print_char(10);
  return 0;
}

main();
guest.flush();
