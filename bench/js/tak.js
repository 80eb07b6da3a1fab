// tak.js - the algorithm of bench/programs/tak.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

function tak(x, y, z) {
  if (y >= x) return z;
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y));
}

function main() {
  let n = guest.arg_i32(0, 18);
  guest.print_i32(tak(n, (n * 2 / 3 | 0), (n / 3 | 0)));
  guest.print_char(10);
  return 0;
}

main();
guest.flush();
