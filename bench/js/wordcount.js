// wordcount.js - the algorithm of bench/programs/wordcount.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

class Counts {
  constructor(text, start, length, hash, count, used) {
    this.text = text;
    this.start = start;
    this.length = length;
    this.hash = hash;
    this.count = count;
    this.used = used;
  }
}

let seed = 42;

function random_below(below) {
  seed = (seed * 3877 + 29573) % 139968;
  return seed % below;
}

function fill(text) {
  let n = text.length;
  let at = 0;
  while (at < n) {
    let word = 1 + random_below(2) + random_below(3);
    while (word > 0 && at < n) {
      text[at] = 97 + random_below(3 + random_below(20));
      at++;
      word--;
    }
    if (at < n) {
      text[at] = 32;
      at++;
    }
  }
}

function same(text, a, b, length) {
  for (let i = 0; i < length; i++) {
    if (text[a + i] !== text[b + i]) return 0;
  }
  return 1;
}

function add(c, start, length, hash) {
  let slots = c.start.length;
  let at = hash % slots;
  while (c.count[at] !== 0) {
    if (c.hash[at] === hash && c.length[at] === length && same(c.text, c.start[at], start, length) === 1) {
      c.count[at]++;
      return;
    }
    at++;
    if (at === slots) at = 0;
  }
  c.start[at] = start;
  c.length[at] = length;
  c.hash[at] = hash;
  c.count[at] = 1;
  c.used++;
}

function count_words(c) {
  let text = c.text;
  let n = text.length;
  let at = 0;
  while (at < n) {
    let start = at;
    let hash = 5381;
    while (at < n && text[at] !== 32) {
      hash = (hash * 33 + text[at]) & 0xFFFFFF;
      at++;
    }
    if (at > start) add(c, start, at - start, hash);
    at++;
  }
}

function report(c) {
  let best = 0;
  let checksum = 0;
  for (let i = 0; i < c.count.length; i++) {
    if (c.count[i] > c.count[best]) best = i;
    checksum = (checksum * 31 + c.count[i] + c.length[i]) % 1000003;
  }
  guest.print_i32(c.used);
  guest.print(" words, the most frequent ");
  guest.write(c.text, c.start[best], c.length[best]);
  guest.print(" ");
  guest.print_i32(c.count[best]);
  guest.print(" times, checksum ");
  guest.print_i32(checksum);
  guest.print("\n");
}

function main() {
  let rounds = guest.arg_i32(0, 3);
  let slots = 8192;
  let text = new Uint8Array(100000);
  fill(text);
  for (let i = 0; i < rounds; i++) {
    let c = new Counts(text, new Int32Array(slots), new Int32Array(slots), new Int32Array(slots), new Int32Array(slots), 0);
    count_words(c);
    if (i === rounds - 1) report(c);
  }
  return 0;
}

main();
guest.flush();
