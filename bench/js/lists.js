// lists.js - the algorithm of bench/programs/lists.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

class Cell {
  constructor(value, next) {
    this.value = value;
    this.next = next;
  }
}

let seed = 42;

function random_below(below) {
  seed = (seed * 3877 + 29573) % 139968;
  return seed % below;
}

function numbers(n) {
  let list = null;
  for (let i = 0; i < n; i++) list = new Cell(random_below(10000), list);
  return list;
}

function squares(list) {
  let result = null;
  while (list !== null) {
    result = new Cell(list.value * list.value % 10007, result);
    list = list.next;
  }
  return result;
}

function multiples(list, of) {
  let result = null;
  while (list !== null) {
    if (list.value % of !== 0) result = new Cell(list.value, result);
    list = list.next;
  }
  return result;
}

function reversed(list) {
  let result = null;
  while (list !== null) {
    result = new Cell(list.value, result);
    list = list.next;
  }
  return result;
}

function total(list) {
  let sum = 0;
  let at = 1;
  while (list !== null) {
    sum = (sum + list.value * at) % 1000003;
    at = at % 1000 + 1;
    list = list.next;
  }
  return sum;
}

function merge(a, b) {
  let result = null;
  while (a !== null && b !== null) {
    if (a.value <= b.value) {
      result = new Cell(a.value, result);
      a = a.next;
    } else {
      result = new Cell(b.value, result);
      b = b.next;
    }
  }
  while (a !== null) {
    result = new Cell(a.value, result);
    a = a.next;
  }
  while (b !== null) {
    result = new Cell(b.value, result);
    b = b.next;
  }
  let forward = reversed(result);
  return forward;
}

function taken(list, from, count) {
  for (let i = 0; i < from; i++) list = list.next;
  let result = null;
  for (let k = 0; k < count; k++) {
    result = new Cell(list.value, result);
    list = list.next;
  }
  return result;
}

function sorted(list, n) {
  if (n < 2) return taken(list, 0, n);
  let half = (n / 2 | 0);
  let front = taken(list, 0, half);
  let back = taken(list, half, n - half);
  let a = sorted(front, half);
  let b = sorted(back, n - half);
  let result = merge(a, b);
  return result;
}

function length(list) {
  let n = 0;
  while (list !== null) {
    n++;
    list = list.next;
  }
  return n;
}

function work(n) {
  let a = numbers(n);
  let b = squares(a);
  let c = multiples(b, 3);
  let d = sorted(c, length(c));
  let sum = (total(a) + total(b) + total(c) + total(d)) % 1000003;
  return sum;
}

function main() {
  let rounds = guest.arg_i32(0, 10);
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum = (sum * 7 + work(5000)) % 1000003;
  guest.print("checksum ");
  guest.print_i32(sum);
  guest.print("\n");
  return 0;
}

main();
guest.flush();
