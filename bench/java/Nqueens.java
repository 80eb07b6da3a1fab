// Nqueens.java - the algorithm of bench/programs/nqueens.vma in Java.
//
// SPDX-License-Identifier: MIT
final class Nqueens {
  static class Board {
    int size;
    int[] columns;
    int[] up;
    int[] down;
    int solutions;

    Board(int size, int[] columns, int[] up, int[] down, int solutions) {
      this.size = size;
      this.columns = columns;
      this.up = up;
      this.down = down;
      this.solutions = solutions;
    }
  }


  static void place(Board board, int row) {
    int n = board.size;
    if (row == n) {
      board.solutions++;
      return;
    }
    int[] columns = board.columns;
    int[] up = board.up;
    int[] down = board.down;
    for (int c = 0; c < n; c++) {
      if (columns[c] == 0 && up[row + c] == 0 && down[row - c + n] == 0) {
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

  public static void main(String[] args) {
    Guest.args = args;
    int n = Guest.arg_i32(0, 8);
    Board board = new Board(n, new int[n], new int[n + n], new int[n + n + 1], 0);
    place(board, 0);
    Guest.print_i32(n);
    Guest.print(" queens: ");
    Guest.print_i32(board.solutions);
    Guest.print("\n");
    Guest.flush();
  }
}
