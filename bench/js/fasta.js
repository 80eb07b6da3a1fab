// fasta.js - the algorithm of examples/fasta.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

let seed = 42;

function random(max) {
  seed = (seed * 3877 + 29573) % 139968;
  return max * seed / 139968.0;
}

function repeat_fasta(sequence, n) {
  let length = sequence.length;
  let line = new Uint8Array(61);
  let at = 0;
  while (n > 0) {
    let m = n;
    if (m > 60) m = 60;
    for (let i = 0; i < m; i++) {
      line[i] = sequence[at];
      at++;
      if (at === length) at = 0;
    }
    line[m] = 10;
    guest.write(line, 0, m + 1);
    n -= m;
  }
}

function make_cumulative(p) {
  let sum = 0.0;
  for (let i = 0; i < p.length; i++) {
    sum += p[i];
    p[i] = sum;
  }
}

function random_fasta(symbols, p, n) {
  let line = new Uint8Array(61);
  while (n > 0) {
    let m = n;
    if (m > 60) m = 60;
    for (let i = 0; i < m; i++) {
      let r = random(1.0);
      let k = 0;
      while (p[k] < r) k++;
      line[i] = symbols[k];
    }
    line[m] = 10;
    guest.write(line, 0, m + 1);
    n -= m;
  }
}

function iub_probabilities() {
  let p = new Float64Array(15);
  p[0] = 0.27;
  p[1] = 0.12;
  p[2] = 0.12;
  p[3] = 0.27;
  for (let i = 4; i < 15; i++) p[i] = 0.02;
  return p;
}

function sapiens_probabilities() {
  let p = new Float64Array(4);
  p[0] = 0.3029549426680;
  p[1] = 0.1979883004921;
  p[2] = 0.1975473066391;
  p[3] = 0.3015094502008;
  return p;
}

function main() {
  let n = guest.arg_i32(0, 1000);
  let iub = iub_probabilities();
  let sapiens = sapiens_probabilities();
  make_cumulative(iub);
  make_cumulative(sapiens);
  guest.print(">ONE Homo sapiens alu\n");
  repeat_fasta(guest.bytes("GGCCGGGCGCGGTGGCTCACGCCTGTAATCCCAGCACTTTGGGAGGCCGAGGCGGGCGGATCACCTGAGGTCAGGAGTTCGAGACCAGCCTGGCCAACATGGTGAAACCCCGTCTCTACTAAAAATACAAAAATTAGCCGGGCGTGGTGGCGCGCGCCTGTAATCCCAGCTACTCGGGAGGCTGAGGCAGGAGAATCGCTTGAACCCGGGAGGCGGAGGTTGCAGTGAGCCGAGATCGCGCCACTGCACTCCAGCCTGGGCGACAGAGCGAGACTCCGTCTCAAAAA"), n * 2);
  guest.print(">TWO IUB ambiguity codes\n");
  random_fasta(guest.bytes("acgtBDHKMNRSVWY"), iub, n * 3);
  guest.print(">THREE Homo sapiens frequency\n");
  random_fasta(guest.bytes("acgt"), sapiens, n * 5);
  return 0;
}

main();
guest.flush();
