/* nqueens.c - the algorithm of bench/programs/nqueens.vma in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>

struct Board {
  int size;
  int *columns;
  int *up;
  int *down;
  int solutions;
};

static struct Board *new_Board(int size, int *columns, int *up, int *down, int solutions)
{
  struct Board *o = malloc(sizeof *o);
  *o = (struct Board){size, columns, up, down, solutions};
  return o;
}

static void place(struct Board *board, int row)
{
  int n = board->size;
  if (row == n) {
    board->solutions++;
    return;
  }
  int *columns = board->columns;
  int *up = board->up;
  int *down = board->down;
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

int main(int argc, char **argv)
{
  int n = argc > 1 ? atoi(argv[1]) : 8;
  struct Board *board = new_Board(n, calloc((size_t)(n), sizeof(int)), calloc((size_t)(n + n), sizeof(int)), calloc((size_t)(n + n + 1), sizeof(int)), 0);
  place(board, 0);
  printf("%d", n);
  fputs(" queens: ", stdout);
  printf("%d", board->solutions);
  fputs("\n", stdout);
  return 0;
}
