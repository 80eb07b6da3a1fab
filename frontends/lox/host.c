/* host.c - what Lox programs call in C.
 *
 * SPDX-License-Identifier: MIT
 */
#include "host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- print ---- */

/* printf writes the decimal point of the host's locale. */
static void dot(char *text)
{
  for (char *c = text; *c; c++)
    if (!strchr("0123456789+-e", *c)) *c = '.';
}

void lox_number_text(double value, char text[LOX_NUMBER_TEXT])
{
  if (isnan(value)) {
    strcpy(text, "nan");
  } else if (isinf(value)) {
    strcpy(text, value < 0 ? "-inf" : "inf");
  } else {
    for (int digits = 15; digits <= 17; digits++) {
      snprintf(text, LOX_NUMBER_TEXT, "%.*g", digits, value);
      if (strtod(text, NULL) == value) break;
    }
    dot(text);
  }
}

static void put(const lox_host *host, const char *text) { host->out(host->user, text, strlen(text)); }

static vm_status print_ref(vm_isolate *isolate, const lox_host *host, vm_ref ref)
{
  const char *bytes;
  size_t size;
  vm_frame f;
  if (vm_symbol_read(isolate, ref, &bytes, &size, NULL) == VM_OK) {
    host->out(host->user, bytes, size);
    put(host, "\n");
    return VM_OK;
  }
  vm_status st = vm_func_describe(isolate, ref, &f, NULL);
  if (st != VM_OK) return st;
  if (f.index == VM_NO_OFFSET) {
    put(host, "<native fn>\n");
  } else {
    put(host, "<fn ");
    put(host, f.function ? f.function : "");
    put(host, ">\n");
  }
  return VM_OK;
}

static vm_status print(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  const lox_host *host = user;
  char text[LOX_NUMBER_TEXT + 1];
  (void)results;
  if (vm_dyn_is_ref(args[0])) return print_ref(isolate, host, args[0].of.ref);
  if (vm_dyn_is_nil(args[0])) {
    strcpy(text, "nil");
  } else if (vm_dyn_is_bool(args[0])) {
    strcpy(text, vm_dyn_to_bool(args[0]) ? "true" : "false");
  } else {
    lox_number_text(vm_dyn_to_double(args[0]), text);
  }
  strcat(text, "\n");
  put(host, text);
  return VM_OK;
}

/* ---- clock ---- */

static vm_status read_clock(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  struct timespec now;
  (void)isolate, (void)user, (void)args;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  results[0] = vm_dyn_double((double)now.tv_sec + (double)now.tv_nsec / 1e9);
  return VM_OK;
}

/* ---- what is wrong with a call ---- */

/* The number of arguments that a function takes; -1 if `value` is none. */
static long arity_of_function(vm_isolate *isolate, vm_value value)
{
  vm_func_type type;
  if (!vm_dyn_is_ref(value)) return -1;
  if (vm_func_get_type(isolate, value.of.ref, &type, NULL) != VM_OK) return -1;
  return (long)type.nparams;
}

/* The same for all that can be called. Methods have `this` besides. */
static long arity(vm_isolate *isolate, const lox_host *host, vm_value callee)
{
  vm_ref_info info;
  vm_value method;
  if (!vm_dyn_is_ref(callee)) return -1;
  vm_status st = vm_ref_get_info(isolate, callee.of.ref, &info, NULL);
  if (st != VM_OK) return -1;
  if (info.type == host->bound) {
    st = vm_struct_get(isolate, callee.of.ref, 1, &method, NULL);
    return st == VM_OK ? arity_of_function(isolate, method) - 1 : -1;
  }
  if (info.type == host->class) {
    st = vm_struct_get(isolate, callee.of.ref, 2, &method, NULL);
    if (st != VM_OK || vm_dyn_is_nil(method)) return st == VM_OK ? 0 : -1;
    return arity_of_function(isolate, method) - 1;
  }
  return arity_of_function(isolate, callee);
}

static vm_status wrong_call(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  char message[80];
  vm_ref symbol;
  long expected = arity(isolate, user, args[0]);
  (void)results;
  if (expected < 0) {
    strcpy(message, "Can only call functions and classes.");
  } else {
    snprintf(message, sizeof message, "Expected %ld arguments but got %d.", expected, args[1].of.i32);
  }
  vm_status st = vm_symbol_new(isolate, message, strlen(message), &symbol, NULL);
  if (st != VM_OK) return st;
  const vm_value payload = vm_dyn_ref(symbol);
  return vm_isolate_throw(isolate, &payload);
}

vm_status lox_host_define(vm_isolate *isolate, lox_host *host, vm_error *error)
{
  const vm_type params[] = {VM_DYN, VM_I32};
  vm_status st = vm_isolate_define_func(isolate, "lox.host", "print", params, 1, NULL, 0, print, host,
                                        NULL, error);
  if (st == VM_OK)
    st = vm_isolate_define_func(isolate, "lox.host", "clock", NULL, 0, params, 1, read_clock, host, NULL,
                                error);
  if (st == VM_OK)
    st = vm_isolate_define_func(isolate, "lox.host", "wrong_call", params, 2, NULL, 0, wrong_call, host,
                                NULL, error);
  return st;
}
