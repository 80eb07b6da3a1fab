/* race.c - the other side of `escape race`: swaps a directory with a link to the outside and moves
 * another in and out, until it is killed.
 *
 * SPDX-License-Identifier: MIT
 *
 * race SANDBOX OUTSIDE
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
  if (argc != 3) return 2;
  int in = open(argv[1], O_PATH | O_DIRECTORY), out = open(argv[2], O_PATH | O_DIRECTORY);
  if (in < 0 || out < 0) return 1;
  alarm(60); /* should nobody kill it */
  for (;;) {
    renameat2(in, "flip", in, "flop", RENAME_EXCHANGE);
    renameat(in, "m/n", out, "n");
    renameat2(in, "flip", in, "flop", RENAME_EXCHANGE);
    renameat(out, "n", in, "m/n");
  }
}
