// loop.js - the algorithm of bench/programs/loop.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

function main() {
  let n = guest.arg_i32(0, 10);
  let x = 42;
  let count = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < 10000; j++) {
      x = (x * 3877 + 29573) % 139968;
      if ((x & 15) === 3) count = (count + x) & 65535;
    }
  }
  guest.print_i32(count);
  guest.print_char(10);
  return 0;
}

main();
guest.flush();
