// fannkuch-redux.js - the algorithm of examples/fannkuch-redux.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

let maximum = 0;

function count_flips(perm1, perm) {
  let n = perm.length;
  for (let i = 0; i < n; i++) perm[i] = perm1[i];
  let flips = 0;
  let k = perm[0];
  while (k !== 0) {
    let low = 0;
    let high = k;
    while (low < high) {
      let t = perm[low];
      perm[low] = perm[high];
      perm[high] = t;
      low++;
      high--;
    }
    flips++;
    k = perm[0];
  }
  return flips;
}

function fannkuch(n) {
  let perm = new Int32Array(n);
  let perm1 = new Int32Array(n);
  let count = new Int32Array(n);
  let checksum = 0;
  let best = 0;
  let sign = 1;
  let r = n;
  for (let i = 0; i < n; i++) perm1[i] = i;
  while (true) {
    while (r !== 1) {
      count[r - 1] = r;
      r--;
    }
    let flips = count_flips(perm1, perm);
    if (flips > best) best = flips;
    checksum += sign * flips;
    sign = -sign;
    while (true) {
      if (r === n) {
        maximum = best;
        return checksum;
      }
      let first = perm1[0];
      for (let j = 0; j < r; j++) perm1[j] = perm1[j + 1];
      perm1[r] = first;
      count[r] = count[r] - 1;
      if (count[r] > 0) break;
      r++;
    }
  }
}

function main() {
  let n = guest.arg_i32(0, 7);
  guest.print_i32(fannkuch(n));
  guest.print("\nPfannkuchen(");
  guest.print_i32(n);
  guest.print(") = ");
  guest.print_i32(maximum);
  guest.print("\n");
  return 0;
}

main();
guest.flush();
