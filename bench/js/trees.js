// trees.js - the algorithm of bench/programs/trees.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

class Node {
  constructor(key, count, left, right) {
    this.key = key;
    this.count = count;
    this.left = left;
    this.right = right;
  }
}

let seed = 42;

function random_below(below) {
  seed = (seed * 3877 + 29573) % 139968;
  return seed % below;
}

function insert(node, key) {
  if (node === null) return new Node(key, 1, null, null);
  let here = node.key;
  let count = node.count;
  let left = node.left;
  let right = node.right;
  if (key < here) return new Node(here, count, insert(left, key), right);
  if (key > here) return new Node(here, count, left, insert(right, key));
  return new Node(here, count + 1, left, right);
}

function sum(node, depth) {
  if (node === null) return 0;
  let below = sum(node.left, depth + 1) + sum(node.right, depth + 1);
  return (below + node.count * depth + node.key) % 1000003;
}

function main() {
  let rounds = guest.arg_i32(0, 3);
  let checksum = 0;
  for (let i = 0; i < rounds; i++) {
    let tree = null;
    for (let k = 0; k < 20000; k++) tree = insert(tree, random_below(100000));
    checksum = (checksum * 7 + sum(tree, 1)) % 1000003;
  }
  guest.print("checksum ");
  guest.print_i32(checksum);
  guest.print("\n");
  return 0;
}

main();
guest.flush();
