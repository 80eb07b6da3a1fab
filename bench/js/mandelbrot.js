// mandelbrot.js - the algorithm of examples/mandelbrot.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

function inside(cr, ci) {
  let zr = 0.0, zi = 0.0, tr = 0.0, ti = 0.0;
  for (let i = 0; i < 50; i++) {
    zi = 2.0 * zr * zi + ci;
    zr = tr - ti + cr;
    tr = zr * zr;
    ti = zi * zi;
    if (tr + ti > 4.0) return 0;
  }
  return 1;
}

function plot_row(row, n, y) {
  let ci = 2.0 * y / n - 1.0;
  let bits = 0;
  let used = 0;
  let at = 0;
  for (let x = 0; x < n; x++) {
    bits = bits << 1 | inside(2.0 * x / n - 1.5, ci);
    used++;
    if (used === 8) {
      row[at] = bits;
      at++;
      bits = 0;
      used = 0;
    }
  }
  if (used > 0) row[at] = bits << (8 - used);
}

function main() {
  let n = guest.arg_i32(0, 200);
  guest.print("P4\n");
  guest.print_i32(n);
  guest.print(" ");
  guest.print_i32(n);
  guest.print("\n");
  let row = new Uint8Array(((n + 7) / 8 | 0));
  for (let y = 0; y < n; y++) {
    plot_row(row, n, y);
    guest.write(row, 0, row.length);
  }
  return 0;
}

main();
guest.flush();
