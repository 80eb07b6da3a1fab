// spectral-norm.js - the algorithm of examples/spectral-norm.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

function element(i, j) {
  return 1.0 / (((i + j) * (i + j + 1) / 2 | 0) + i + 1);
}

function multiply_a_vector(v, av) {
  let n = v.length;
  for (let i = 0; i < n; i++) {
    let sum = 0.0;
    for (let j = 0; j < n; j++) sum += element(i, j) * v[j];
    av[i] = sum;
  }
}

function multiply_at_vector(v, atv) {
  let n = v.length;
  for (let i = 0; i < n; i++) {
    let sum = 0.0;
    for (let j = 0; j < n; j++) sum += element(j, i) * v[j];
    atv[i] = sum;
  }
}

function multiply_at_a_vector(v, out, temporary) {
  multiply_a_vector(v, temporary);
  multiply_at_vector(temporary, out);
}

function main() {
  let n = guest.arg_i32(0, 100);
  let u = new Float64Array(n);
  let v = new Float64Array(n);
  let t = new Float64Array(n);
  for (let i = 0; i < n; i++) u[i] = 1.0;
  for (let k = 0; k < 10; k++) {
    multiply_at_a_vector(u, v, t);
    multiply_at_a_vector(v, u, t);
  }
  let vbv = 0.0, vv = 0.0;
  for (let m = 0; m < n; m++) {
    vbv += u[m] * v[m];
    vv += v[m] * v[m];
  }
  guest.print_f64(Math.sqrt(vbv / vv), 9);
  guest.print_char(10);
  return 0;
}

main();
guest.flush();
