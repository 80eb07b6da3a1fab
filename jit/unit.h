/* unit.h - what a compiled unit's shared object exports; agreed between worker and publisher.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_UNIT_H
#define VMI_UNIT_H

#include <stdint.h>

#define VMI_UNIT_MAGIC 0x324E554D56ull /* plus VMI_ABI_VERSION in the next field */
#define VMI_UNIT_SYMBOL "vmi_unit"

typedef struct vmi_unit_entry {
  void *native; /* native convention, thread.h */
  void *entry;  /* slot convention */
  void *osr;    /* slot convention, to go on at a loop header; NULL: has no loop */
} vmi_unit_entry;

/* A unit that accesses memories without checks has this symbol, too: the addresses of the first byte of
 * a list and behind its last. An element is three 4-byte words: the address of the instruction that
 * accesses, relative to this word; function, with VMI_GUARD_LINKED; pc. */
#define VMI_GUARD_SYMBOL "vmi_guard"
enum { VMI_GUARD_SITE_SIZE = 12 };

/* VMI_UNIT_SYMBOL is an array of 2 + 3 * n words: the magic, (ABI version << 32 | n), then for each of
 * the n functions in the order they were asked for: native, entry, osr. */

#endif
