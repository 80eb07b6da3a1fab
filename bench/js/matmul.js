// matmul.js - the algorithm of bench/programs/matmul.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

function make(n, step) {
  let m = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) m[i * n + j] = step * (i - j) * (i + j);
  }
  return m;
}

function multiply(n, a, b, c) {
  for (let i = 0; i < n; i++) {
    let row = i * n;
    for (let k = 0; k < n; k++) {
      let x = a[row + k];
      let from = k * n;
      for (let j = 0; j < n; j++) c[row + j] += x * b[from + j];
    }
  }
}

function main() {
  let n = guest.arg_i32(0, 100);
  let step = 1.0 / n / n;
  let a = make(n, step);
  let b = make(n, step * 0.5);
  let c = new Float64Array(n * n);
  multiply(n, a, b, c);
  let trace = 0.0;
  for (let i = 0; i < n; i++) trace += c[i * n + i];
  guest.print_f64(trace, 9);
  guest.print_char(10);
  guest.print_f64(c[(n / 2 | 0) * n + (n / 3 | 0)], 9);
  guest.print_char(10);
  return 0;
}

main();
guest.flush();
