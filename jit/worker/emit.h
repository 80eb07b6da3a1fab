/* emit.h - from verified functions to assembler text, through libgccjit.
 *
 * SPDX-License-Identifier: MIT
 *
 * This program links libgccjit, which is GPL-3.0; what GCC writes is covered by the GCC runtime
 * library exception. libvm itself does not link it and talks to this program over a socket only.
 */
#ifndef VMI_EMIT_H
#define VMI_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "feedback.h"
#include "module.h"

typedef struct vmi_emit_options {
  uint32_t opt_level; /* 0 to 3 */
  bool meter_fuel;    /* count thread->fuel down at polls */
  bool lines;         /* source lines and function names for debuggers */
  const vmi_guess *const *guesses; /* [n] of each function [npoints], what to make its dynamic
                         instructions of; code that guessed wrong leaves its frame. NULL: none */
  const bool *enter;  /* [n] which functions can be entered at their loops; NULL: none */
  bool renew;         /* code can leave its frame at polls: it is there until better code is */
  bool guard;         /* memories are in reserved ranges: access them without checks, and list where
                         (unit.h) */
  bool exits;         /* code can leave its frame at polls and calls; 6% slower on average */
  bool force_exits;   /* for tests, with `exits`: ask at every poll and call whether to leave */
  bool debug_dump;    /* for the emitter's author: GCC's dump on standard error */
} vmi_emit_options;

/* Compile `funcs` (`n` distinct functions of the verified module `m`, no imports) as one unit and
 * write its assembler text to `asm_path`. The text defines the array vmi_unit (unit.h) for the
 * first `published` functions, in order; the others are copies that only this unit sees, there to
 * be inlined. False with a message in `error`. May exit or crash: the parent copes. */
bool vmi_emit_unit(const vmi_module *m, const uint32_t *funcs, uint32_t n, uint32_t published,
                   const vmi_emit_options *o, const char *asm_path, char *error, size_t error_size);

#endif
