// nqueens.js - the algorithm of bench/programs/nqueens.vma in JavaScript.
//
// SPDX-License-Identifier: MIT
'use strict';
const guest = require('./guest.js');

class Board {
  constructor(size, columns, up, down, solutions) {
    this.size = size;
    this.columns = columns;
    this.up = up;
    this.down = down;
    this.solutions = solutions;
  }
}

function place(board, row) {
  let n = board.size;
  if (row === n) {
    board.solutions++;
    return;
  }
  let columns = board.columns;
  let up = board.up;
  let down = board.down;
  for (let c = 0; c < n; c++) {
    if (columns[c] === 0 && up[row + c] === 0 && down[row - c + n] === 0) {
      columns[c] = 1;
      up[row + c] = 1;
      down[row - c + n] = 1;
      place(board, row + 1);
      columns[c] = 0;
      up[row + c] = 0;
      down[row - c + n] = 0;
    }
  }
}

function main() {
  let n = guest.arg_i32(0, 8);
  let board = new Board(n, new Int32Array(n), new Int32Array(n + n), new Int32Array(n + n + 1), 0);
  place(board, 0);
  guest.print_i32(n);
  guest.print(" queens: ");
  guest.print_i32(board.solutions);
  guest.print("\n");
  return 0;
}

main();
guest.flush();
