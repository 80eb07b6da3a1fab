/* hello.c - the program whose start is measured.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>

int main(void)
{
  printf("hello world\n");
  return 0;
}
