// guest.js - what the programs import: their argument, and output through one buffer.
//
// SPDX-License-Identifier: MIT
'use strict';
const fs = require('fs');

const buffer = Buffer.alloc(65536);
let used = 0;

function flush() {
  for (let at = 0; at < used;) at += fs.writeSync(1, buffer, at, used - at);
  used = 0;
}

function write(bytes, from, count) {
  for (let i = 0; i < count; i++) {
    if (used === buffer.length) flush();
    buffer[used++] = bytes[from + i];
  }
}

function bytes(text) {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

function print(text) {
  write(Buffer.from(text, 'latin1'), 0, text.length);
}

module.exports = {
  flush, write, bytes, print,
  print_char: (c) => print(String.fromCharCode(c)),
  print_i32: (n) => print(String(n)),
  print_f64: (x, digits) => print(x.toFixed(digits)),
  arg_i32: (i, otherwise) => (process.argv.length > 2 + i ? parseInt(process.argv[2 + i], 10) : otherwise),
};
