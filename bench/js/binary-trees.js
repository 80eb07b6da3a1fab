// binary-trees.js - the algorithm of examples/binary-trees.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

class Node {
  constructor(left, right) {
    this.left = left;
    this.right = right;
  }
}

function make(depth) {
  if (depth === 0) return new Node(null, null);
  return new Node(make(depth - 1), make(depth - 1));
}

function check(node) {
  if (node.left === null) return 1;
  return 1 + check(node.left) + check(node.right);
}

function report(what, depth, sum) {
  guest.write(what, 0, what.length);
  guest.print_i32(depth);
  guest.print("\t check: ");
  guest.print_i32(sum);
  guest.print("\n");
}

function main() {
  let n = guest.arg_i32(0, 10);
  let minimum = 4;
  let maximum = n;
  if (minimum + 2 > n) maximum = minimum + 2;
  report(guest.bytes("stretch tree of depth "), maximum + 1, check(make(maximum + 1)));
  let keep = make(maximum);
  for (let depth = minimum; depth <= maximum; depth += 2) {
    let rounds = 1 << (maximum - depth + minimum);
    let sum = 0;
    for (let i = 0; i < rounds; i++) sum += check(make(depth));
    guest.print_i32(rounds);
    report(guest.bytes("\t trees of depth "), depth, sum);
  }
  report(guest.bytes("long lived tree of depth "), maximum, check(keep));
  return 0;
}

main();
guest.flush();
