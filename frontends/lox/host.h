/* host.h - what Lox programs call in C: printing, the clock, and telling what is wrong with a call.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef LOX_HOST_H
#define LOX_HOST_H

#include "lox.h"

typedef struct lox_host {
  lox_write *out;
  void *user;
  vm_typeid class, bound; /* types of runtime.vma; 0 before it is instantiated */
} lox_host;

/* Defines the functions of import module "lox.host". `host` is borrowed as long as the isolate lives. */
vm_status lox_host_define(vm_isolate *isolate, lox_host *host, vm_error *error);

/* The most text that lox_number_text writes, its NUL included. */
enum { LOX_NUMBER_TEXT = 32 };

/* A number as `print` shows it: the fewest digits that read back as the same number. */
void lox_number_text(double value, char text[LOX_NUMBER_TEXT]);

#endif
