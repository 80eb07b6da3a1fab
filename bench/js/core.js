// core.js - the algorithm of bench/programs/core.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

class Node {
  constructor(next, key, value) {
    this.next = next;
    this.key = key;
    this.value = value;
  }
}

function crc16(value, crc) {
  for (let i = 0; i < 16; i++) {
    let bit = (value ^ crc) & 1;
    value = value >> 1;
    crc = crc >> 1;
    if (bit === 1) crc = crc ^ 40961;
  }
  return crc;
}

function make_list(count) {
  let list = null;
  let x = 1;
  for (let i = 0; i < count; i++) {
    x = (x * 3877 + 29573) % 139968;
    list = new Node(list, x % 1000, count - i);
  }
  return list;
}

function reverse(list) {
  let done = null;
  while (list !== null) {
    let next = list.next;
    list.next = done;
    done = list;
    list = next;
  }
  return done;
}

function find(list, key) {
  while (list !== null && list.key !== key) list = list.next;
  return list;
}

function before(a, b, by_key) {
  if (by_key === 1 && a.key !== b.key) return a.key < b.key ? 1 : 0;
  return a.value < b.value ? 1 : 0;
}

function sort(list, by_key) {
  let width = 1;
  let merges = 2;
  while (merges > 1) {
    let left = list;
    let tail = null;
    list = null;
    merges = 0;
    while (left !== null) {
      let right = left;
      let next = null;
      let lefts = 0;
      let rights = width;
      merges++;
      while (lefts < width && right !== null) {
        lefts++;
        right = right.next;
      }
      while (lefts > 0 || (rights > 0 && right !== null)) {
        let take_left = 0;
        if (lefts > 0) {
          if (rights === 0 || right === null) take_left = 1;
          else take_left = before(left, right, by_key);
        }
        if (take_left === 1) {
          next = left;
          left = left.next;
          lefts--;
        } else {
          next = right;
          right = right.next;
          rights--;
        }
        if (tail === null) list = next;
        else tail.next = next;
        tail = next;
      }
      left = right;
    }
    tail.next = null;
    width = width + width;
  }
  return list;
}

function list_work(list, round, crc) {
  let found = 0;
  for (let i = 0; i < 20; i++) {
    let n = find(list, (round * 31 + i * 47) % 1000);
    if (n !== null) {
      found++;
      crc = crc16(n.value, crc);
    }
    list = reverse(list);
  }
  list = sort(list, 1);
  crc = crc16(list.value, crc);
  crc = crc16(list.next.key, crc);
  sort(list, 0);
  return crc16(found, crc);
}

function fill_matrix(a, n, x) {
  for (let i = 0; i < n * n; i++) {
    x = (x * 3877 + 29573) % 139968;
    a[i] = x & 4095;
  }
}

function multiply(a, b, product, n) {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
      product[i * n + j] = sum;
    }
  }
}

function matrix_work(a, b, product, n, round, crc) {
  for (let i = 0; i < n * n; i++) a[i] = (a[i] + round) & 4095;
  multiply(a, b, product, n);
  let last = 0;
  let rises = 0;
  for (let j = 0; j < n * n; j++) {
    let x = product[j];
    if (x > last) rises++;
    else rises += 10;
    last = x;
  }
  crc = crc16(last & 65535, crc);
  return crc16(rises, crc);
}

function make_text(size) {
  let text = new Uint8Array(size);
  let x = 7;
  let kind = 0;
  for (let i = 0; i < size; i++) {
    x = (x * 3877 + 29573) % 139968;
    let letter = Math.floor(x / 16) % 16;
    if (letter === 0) {
      text[i] = 44;
      kind = x % 5;
    } else {
      if (kind === 0 || letter < 9) text[i] = 48 + letter % 10;
      else if (kind === 1) text[i] = 46;
      else if (kind === 2) text[i] = 101;
      else if (kind === 3) text[i] = 45;
      else text[i] = 97 + letter;
    }
  }
  return text;
}

function digit(c) {
  if (c >= 48 && c <= 57) return 1;
  return 0;
}

function step(state, c) {
  switch (state) {
  case 0:
    if (digit(c) === 1) return 2;
    if (c === 45 || c === 43) return 1;
    if (c === 46) return 3;
    return 6;
  case 1:
    if (digit(c) === 1) return 2;
    if (c === 46) return 3;
    return 6;
  case 2:
    if (digit(c) === 1) return 2;
    if (c === 46) return 3;
    if (c === 101) return 4;
    return 6;
  case 3:
    if (digit(c) === 1) return 3;
    if (c === 101) return 4;
    return 6;
  case 4:
    if (digit(c) === 1 || c === 45 || c === 43) return 5;
    return 6;
  case 5:
    if (digit(c) === 1) return 5;
    return 6;
  }
  return 6;
}

function machine_work(text, finals, round, crc) {
  let n = text.length;
  let state = 0;
  let at = round % n;
  let kept = text[at];
  text[at] = 48 + round % 10;
  for (let i = 0; i < 7; i++) finals[i] = 0;
  for (let j = 0; j < n; j++) {
    let c = text[j];
    if (c === 44) {
      finals[state] += 1;
      state = 0;
    } else state = step(state, c);
  }
  text[at] = kept;
  for (let k = 0; k < 7; k++) crc = crc16(finals[k], crc);
  return crc;
}

function main() {
  let rounds = guest.arg_i32(0, 10);
  let n = 12;
  let list = make_list(60);
  let a = new Int32Array(n * n);
  let b = new Int32Array(n * n);
  let product = new Int32Array(n * n);
  let text = make_text(1000);
  let finals = new Int32Array(7);
  let crc = 0;
  fill_matrix(a, n, 1);
  fill_matrix(b, n, 2);
  for (let i = 0; i < rounds; i++) {
    crc = list_work(list, i, crc);
    crc = matrix_work(a, b, product, n, i, crc);
    crc = machine_work(text, finals, i, crc);
  }
  guest.print_i32(crc);
  guest.print_char(10);
  return 0;
}

main();
guest.flush();
