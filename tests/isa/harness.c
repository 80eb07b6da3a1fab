/* harness.c - see harness.h.
 *
 * SPDX-License-Identifier: MIT
 */
#include "harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "values.h"

enum { MAX_FAILURES_SHOWN = 40 };

unsigned split_words(char *line, char **words, unsigned max)
{
  unsigned n = 0;
  for (char *w = strtok(line, " \t\r\n"); w != NULL && n < max; w = strtok(NULL, " \t\r\n")) {
    words[n++] = w;
  }
  return n;
}

void harness_fail(harness *h, const char *format, ...)
{
  if (h->failures++ >= MAX_FAILURES_SHOWN) return;
  va_list args;
  va_start(args, format);
  fprintf(stderr, "%s:%u: ", h->file, h->line);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
}

char *read_text(harness *h, const char *path, size_t *size)
{
  h->file = path;
  h->line = 0;
  FILE *f = fopen(path, "rb");
  char *text = NULL;
  size_t used = 0, capacity = 0, got = 1;
  while (f != NULL && got > 0) {
    capacity += 1 << 16;
    char *more = realloc(text, capacity + 1);
    if (more == NULL) break;
    text = more;
    got = fread(text + used, 1, capacity - used, f);
    used += got;
  }
  if (f != NULL) fclose(f);
  if (text == NULL) {
    harness_fail(h, "cannot be read");
    return NULL;
  }
  text[used] = '\0';
  *size = used;
  return text;
}

static void check_compiled(harness *h)
{
  for (uint32_t i = 0; i < vm_module_function_count(h->module); i++) {
    vm_function_info info;
    vm_error e = VM_ERROR_INIT;
    if (vm_module_get_function(h->module, i, &info, &e) != VM_OK) {
      harness_fail(h, "function %u: %s", i, e.message);
    } else if (info.state != VM_FUNCTION_COMPILED && info.state != VM_FUNCTION_IMPORTED) {
      harness_fail(h, "function %u (%s) is not compiled", i, info.name ? info.name : "unnamed");
    }
  }
}

bool harness_open(harness *h, const char *text, size_t size)
{
  vm_error e = VM_ERROR_INIT;
  h->module = NULL;
  h->isolate = NULL;
  h->instance = NULL;
  if (vm_module_assemble(h->engine, text, size, &h->module, &e) != VM_OK ||
      vm_isolate_new(h->engine, NULL, &h->isolate, &e) != VM_OK ||
      vm_instance_new(h->isolate, h->module, &h->instance, &e) != VM_OK) {
    harness_fail(h, "%s: %s (line %u, function %u, offset %u)", vm_status_name(e.status), e.message,
                 e.line, e.function, e.offset);
    harness_close(h);
    return false;
  }
  if (h->tier == VM_TIER_2) check_compiled(h);
  return true;
}

void harness_close(harness *h)
{
  vm_error e = VM_ERROR_INIT;
  if (vm_isolate_free(h->isolate, &e) != VM_OK) harness_fail(h, "isolate: %s", e.message);
  vm_module_free(h->module);
  h->isolate = NULL;
  h->module = NULL;
}

/* ---- one call ---- */

typedef struct call {
  const char *name;
  char **args, **expected;
  unsigned nargs, nexpected;
  vm_ref func;
  vm_func_type type;
} call;

static bool find_call(harness *h, call *c, char **words, unsigned count)
{
  vm_error e = VM_ERROR_INIT;
  unsigned equals = 0;
  while (equals < count && strcmp(words[equals], "=") != 0) equals++;
  c->args = words;
  c->nargs = equals;
  c->expected = words + equals + 1;
  c->nexpected = equals < count ? count - equals - 1 : 0;
  if (vm_instance_get_func(h->instance, c->name, &c->func, &e) != VM_OK ||
      vm_func_get_type(h->isolate, c->func, &c->type, &e) != VM_OK) {
    harness_fail(h, "%s: %s", c->name, e.message);
    return false;
  }
  if (c->nargs != c->type.nparams || equals == count) {
    harness_fail(h, "%s takes %u arguments, %u are given, or there is no =", c->name,
                 c->type.nparams, c->nargs);
    return false;
  }
  return true;
}

static void check_results(harness *h, const call *c, const vm_value *results)
{
  char text[64];
  if (c->nexpected != c->type.nresults) {
    harness_fail(h, "%s gave %u results, expected %u words", c->name, c->type.nresults,
                 c->nexpected);
    return;
  }
  for (unsigned i = 0; i < c->nexpected; i++) {
    if (value_matches(c->expected[i], c->type.results[i], &results[i])) continue;
    value_show(&results[i], text, sizeof text);
    harness_fail(h, "%s %s %s: result %u: expected %s, found %s", c->name,
                 c->nargs > 0 ? c->args[0] : "", c->nargs > 1 ? c->args[1] : "", i + 1,
                 c->expected[i], text);
  }
}

static void check_payload(harness *h, const call *c)
{
  vm_error e = VM_ERROR_INIT;
  vm_value v;
  char text[64];
  if (vm_exception_get_payload(h->isolate, VM_NULL_REF, &v, &e) != VM_OK) {
    harness_fail(h, "%s: %s", c->name, e.message);
  } else if (!value_matches(c->expected[1], VM_DYN, &v)) {
    value_show(&v, text, sizeof text);
    harness_fail(h, "%s: expected payload %s, found %s", c->name, c->expected[1], text);
  }
}

static void check_outcome(harness *h, const call *c, vm_status status, const vm_value *results,
                          const vm_error *e)
{
  const char *word = c->nexpected == 2 ? c->expected[0] : "";
  bool trap = strcmp(word, "trap") == 0, stop = strcmp(word, "stop") == 0;
  bool thrown = strcmp(word, "throw") == 0;
  vm_status wanted = trap || thrown ? VM_EXCEPTION : stop ? VM_TERMINATED : VM_OK;
  const char *code = thrown ? vm_trap_name(VM_TRAP_NONE) : word[0] ? c->expected[1] : "";
  if (status != wanted) {
    harness_fail(h, "%s %s %s: expected %s %s, found status %s %s", c->name,
                 c->nargs > 0 ? c->args[0] : "", c->nargs > 1 ? c->args[1] : "",
                 c->nexpected ? c->expected[0] : "nothing", c->nexpected > 1 ? c->expected[1] : "",
                 vm_status_name(status), status == VM_OK ? "" : e->message);
  } else if (status == VM_OK) {
    check_results(h, c, results);
  } else if (strcmp(vm_trap_name(e->trap), code) != 0) {
    harness_fail(h, "%s %s %s: expected trap %s, found %s", c->name, c->nargs > 0 ? c->args[0] : "",
                 c->nargs > 1 ? c->args[1] : "", code, e->message);
  } else if (thrown) {
    check_payload(h, c);
  }
}

static void run_call(harness *h, const call *c)
{
  vm_value args[MAX_TOKENS + 1], results[MAX_TOKENS + 1];
  vm_error e = VM_ERROR_INIT;
  if (c->type.nresults > MAX_TOKENS) {
    harness_fail(h, "%s has too many results for this test", c->name);
    return;
  }
  for (unsigned i = 0; i < c->nargs; i++) {
    if (value_parse(c->args[i], c->type.params[i], &args[i])) continue;
    harness_fail(h, "%s: argument %u cannot be read: %s", c->name, i + 1, c->args[i]);
    return;
  }
  vm_status status = vm_call(h->isolate, c->func, args, c->nargs, results, c->type.nresults, &e);
  check_outcome(h, c, status, results, &e);
}

void harness_expect(harness *h, const char *name, char **words, unsigned count)
{
  vm_error e = VM_ERROR_INIT;
  vm_scope scope;
  call c = {.name = name};
  h->checks++;
  if (vm_scope_open(h->isolate, &scope, &e) != VM_OK) {
    harness_fail(h, "scope: %s", e.message);
    return;
  }
  if (find_call(h, &c, words, count)) run_call(h, &c);
  if (vm_scope_close(h->isolate, scope, &e) != VM_OK) harness_fail(h, "scope: %s", e.message);
}
