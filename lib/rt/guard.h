/* guard.h - traps of linear memories that are found by a fault instead of a comparison.
 *
 * SPDX-License-Identifier: MIT
 *
 * With vm_engine_config.guard_memory a linear memory lies in a reserved range of addresses in which
 * everything past its size faults, and compiled code accesses it without a check. What knows that
 * code's instructions and those ranges is kept here, for the signal handler; guard.c says how.
 */
#ifndef VMI_GUARD_H
#define VMI_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__) && defined(__linux__)
#define VMI_GUARD_SUPPORTED 1
#else
#define VMI_GUARD_SUPPORTED 0
#endif

/* Bytes of address space a memory takes: an index and an offset of 32 bits each, and the access. */
#define VMI_GUARD_SPAN ((2ull << 32) + (64 << 10))

/* The registers that a function keeps for its caller, in this order, and their DWARF numbers. */
enum { VMI_GUARD_RBX, VMI_GUARD_RBP, VMI_GUARD_R12, VMI_GUARD_R13, VMI_GUARD_R14, VMI_GUARD_R15,
       VMI_GUARD_KEPT };
#define VMI_GUARD_DWARF {3, 6, 12, 13, 14, 15}

/* How a function is left at a place: where what it keeps for its caller is. The frame's top, at which
 * the caller's stack pointer was in front of the return address, is `base` + `offset`, or what is
 * stored there. */
typedef enum vmi_guard_where {
  VMI_GUARD_IN_PLACE, /* in its register */
  VMI_GUARD_FROM_TOP, /* stored, counted from the frame's top */
  VMI_GUARD_FROM_RBP  /* stored, counted from rbp */
} vmi_guard_where;

typedef struct vmi_guard_row {
  uint8_t base; /* a DWARF number, 0 to 15 */
  bool stored;
  uint8_t where[VMI_GUARD_KEPT];
  int32_t offset, at[VMI_GUARD_KEPT];
} vmi_guard_row;

typedef struct vmi_guard_site {
  uintptr_t address;      /* of the instruction */
  uint32_t func, pc; /* of the guest; func with VMI_GUARD_LINKED: its frame is linked there */
  uint32_t row;      /* index in rows */
} vmi_guard_site;

#define VMI_GUARD_LINKED 0x80000000u

/* Of one compiled unit. */
typedef struct vmi_guard_code {
  uintptr_t low, high;
  uint32_t nsites, sites_capacity, nrows, rows_capacity;
  vmi_guard_site *sites; /* [nsites] by address */
  vmi_guard_row *rows;
} vmi_guard_code;

typedef enum vmi_guard_kind { VMI_GUARD_FREE, VMI_GUARD_CODE, VMI_GUARD_MEMORY } vmi_guard_kind;

/* The signal handler is there as long as anybody wants it. False: it cannot be, or this system does
 * not have what is needed. Any thread; so are all of these. */
bool vmi_guard_retain(void);
void vmi_guard_release(void);

/* Tell the handler of code (`what`: vmi_guard_code *) or of a memory (vm_isolate *). False: out of
 * memory. It is to be removed before it goes. */
bool vmi_guard_add(vmi_guard_kind kind, uintptr_t low, uintptr_t high, void *what);
void vmi_guard_remove(vmi_guard_kind kind, uintptr_t low);

#endif
