/* repl.h - a session: reads lines and runs each.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LOX_REPL_H
#define LOX_REPL_H

#include "lox.h"

/* Until the end of the input. With line editing and history if standard input is a terminal and
 * libedit was there when this was built. Returns the exit code. */
int repl_run(lox *l);

#endif
