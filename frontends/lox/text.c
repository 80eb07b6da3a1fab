/* text.c - names: equality, and a hash for tables of them.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "ast.h"

bool lox_same_text(lox_text a, lox_text b)
{
  return a.length == b.length && memcmp(a.start, b.start, a.length) == 0;
}

uint32_t lox_hash_text(lox_text text)
{
  uint32_t hash = 2166136261u; /* FNV-1a */
  for (size_t i = 0; i < text.length; i++) hash = (hash ^ (unsigned char)text.start[i]) * 16777619u;
  return hash;
}
