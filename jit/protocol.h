/* protocol.h - messages between libvm and its compiler worker, over one stream socket.
 *
 * SPDX-License-Identifier: MIT
 *
 * Both ends are built from the same tree and run on the same host, so structures go as they are;
 * the greeting carries what would differ in another build. Every length is checked on both sides: the
 * worker may be any program and may have been taken over, so to libvm its answers are hostile.
 *
 * The worker greets (HELLO) when it is ready. Then libvm asks and the worker answers, in order:
 *
 *   MODULE   u64 id, module bytes            -> REPLY
 *   COMPILE  vmi_msg_compile, u32 functions, with VMI_MSG_GUESS the guesses of each in turn
 *                                            -> REPLY; on success u<unit>.so is in the directory
 *   FORGET   u64 id                          (no answer)
 *
 * When the socket closes, the worker removes its directory and exits.
 */
#ifndef VMI_PROTOCOL_H
#define VMI_PROTOCOL_H

#include <stdint.h>

#define VMI_MSG_MAGIC 0x6A6D7631u
#define VMI_JIT_PROTOCOL 3u

enum { VMI_WORKER_FD = 3 }; /* the worker's end */

enum { VMI_MSG_HELLO = 1, VMI_MSG_MODULE, VMI_MSG_FORGET, VMI_MSG_COMPILE, VMI_MSG_REPLY };

enum { VMI_MSG_TEXT = 400, VMI_MSG_MAX_FUNCS = 256 };

typedef struct vmi_msg_header {
  uint32_t magic, kind;
  uint64_t size; /* of what follows */
} vmi_msg_header;

typedef struct vmi_msg_hello {
  uint32_t protocol, abi;     /* VMI_JIT_PROTOCOL, VMI_ABI_VERSION */
  uint32_t thread_size, rows; /* sizeof(vmi_thread), VMI_OP_COUNT: do both ends agree? */
  uint32_t helpers, ok;       /* VMI_H_COUNT; 0: cannot work at all, text says why */
  char text[VMI_MSG_TEXT];
} vmi_msg_hello;

enum { /* flags of vmi_msg_compile */
  VMI_MSG_METER_FUEL = 1,
  VMI_MSG_LINES = 2,  /* with line numbers for debuggers */
  VMI_MSG_LISTING = 4, /* leave the assembler text as u<unit>.lst, too */
  VMI_MSG_FORCE_EXITS = 8,
  VMI_MSG_RENEW = 16,  /* code that can be left at polls for better code */
  VMI_MSG_GUESS = 64,  /* a vmi_guess for each instruction with a slow path follows */
  VMI_MSG_GUARD = 32   /* every memory is in a reserved range: access it without checks */
};

/* Set in a function's index: it can be entered at its loops. */
#define VMI_MSG_ENTER 0x80000000u

typedef struct vmi_msg_compile {
  uint64_t unit, module;
  uint32_t opt_level, flags;
  uint32_t n, published;
  uint32_t cpu_seconds; /* processor time this unit may take */
  uint32_t reserved;
} vmi_msg_compile;

typedef struct vmi_msg_reply {
  uint64_t about;    /* the unit, or the module's id */
  uint32_t ok, reserved;
  uint64_t emit_ns, assemble_ns, link_ns;
  uint64_t resident; /* bytes of memory the worker holds */
  char text[VMI_MSG_TEXT];
} vmi_msg_reply;

#endif
