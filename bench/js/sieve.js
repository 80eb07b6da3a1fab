// sieve.js - the algorithm of bench/programs/sieve.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

function count_primes(composite) {
  let n = composite.length;
  let count = 0;
  for (let i = 0; i < n; i++) composite[i] = 0;
  for (let k = 2; k < n; k++) {
    if (composite[k] === 0) {
      count++;
      for (let m = k + k; m < n; m += k) composite[m] = 1;
    }
  }
  return count;
}

function main() {
  let rounds = guest.arg_i32(0, 3);
  let composite = new Uint8Array(1000000);
  let count = 0;
  for (let i = 0; i < rounds; i++) count += count_primes(composite);
  guest.print_i32(count);
  guest.print_char(10);
  return 0;
}

main();
guest.flush();
