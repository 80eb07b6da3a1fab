/* lox.h - Lox, the language of Crafting Interpreters, on libvm.
 *
 * SPDX-License-Identifier: MIT
 *
 * One lox is one world of globals in an isolate of its own. Programs run in it one after the other
 * and see what earlier ones defined, as the lines of a session do. One thread at a time.
 */
#ifndef LOX_H
#define LOX_H

#include <stdbool.h>
#include <stddef.h>
#include <vm/vm.h>

typedef struct lox lox;

/* Takes `size` bytes of text, no NUL behind them. */
typedef void lox_write(void *user, const char *text, size_t size);

typedef struct lox_config {
  vm_isolate_config isolate; /* limits and modes */
  lox_write *out;            /* what `print` prints, a line with its '\n' */
  lox_write *error;          /* mistakes and traces, a line with its '\n' */
  void *user;                /* for both */
  bool session;              /* programs are entries of a session: each is freed when none of its
                                functions is used any more. Otherwise globals are the program's that
                                names them first, which is a little faster, and it stays */
} lox_config;

typedef enum lox_result {
  LOX_OK = 0,
  LOX_COMPILE_ERROR = 65, /* mistakes in the source; nothing ran */
  LOX_RUNTIME_ERROR = 70, /* uncaught error; what ran before it, ran */
  LOX_FAILED = 71         /* memory ran out, or a limit of libvm was met; reported like the others */
} lox_result;

/* `engine` must outlive the lox; `config` is borrowed for the call. On VM_OK *out is owned by the
 * caller. What vm_isolate_new and vm_module_assemble can return; ARGUMENT: a NULL. */
vm_status lox_new(vm_engine *engine, const lox_config *config, lox **out, vm_error *error);

/* NULL is fine. */
void lox_free(lox *l);

/* Runs a program of `size` bytes, borrowed for the call. `name` is for traces. May collect. */
lox_result lox_run(lox *l, const char *name, const char *source, size_t size);

/* The isolate that programs run in, for vm_isolate_interrupt and statistics; borrowed. */
vm_isolate *lox_isolate(lox *l);

#endif
