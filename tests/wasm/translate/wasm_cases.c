/* wasm_cases.c - translates the cases of a file and compares message or text with what is expected.
 *
 * SPDX-License-Identifier: MIT
 *
 *   wasm_cases FILE...        says which cases differ, and how
 */
#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "vm/vm.h"
#include "wasm.h"

static int fail(const char *path, const test_case *c, const char *what, const char *expected,
                const char *found)
{
  fprintf(stderr, "%s:%d: %s: %s\n  expected %s\n  found    %s\n", path, c->line, c->name, what,
          expected, found);
  return 1;
}

static int check_text(const char *path, const test_case *c, const uint8_t *out, size_t size)
{
  char *text;
  size_t text_size;
  vm_error e = VM_ERROR_INIT;
  if (vm_text_disassemble(NULL, out, size, &text, &text_size, &e) != VM_OK) {
    return fail(path, c, "text", "a module", e.message);
  }
  int wrong = strcmp(text, c->text) != 0 && fail(path, c, "text", c->text, text);
  vm_text_free(NULL, text, text_size);
  return wrong;
}

static int check_case(const char *path, const test_case *c, vm_engine *engine)
{
  uint8_t *out;
  size_t size;
  vm_error e = VM_ERROR_INIT;
  vm_status s = wasm_translate(NULL, c->bytes, c->size, &out, &size, &e);
  if (strcmp(vm_status_name(s), c->status) != 0) {
    return fail(path, c, "status", c->status, s == VM_OK ? "ok" : e.message);
  }
  if (s != VM_OK) {
    int same = strncmp(e.message, c->message, strlen(c->message)) == 0;
    return !same && fail(path, c, "message", c->message, e.message);
  }
  int wrong = check_text(path, c, out, size);
  vm_module *module;
  if (vm_module_load(engine, out, size, &module, &e) != VM_OK) {
    wrong = fail(path, c, "verifier", "ok", e.message);
  }
  vm_module_free(module);
  vm_builder_bytes_free(NULL, out, size);
  return wrong;
}

int main(int argc, char **argv)
{
  int wrong = 0, count = 0;
  vm_engine *engine;
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  config.tier = VM_TIER_0;
  if (vm_engine_new(&config, &engine, NULL) != VM_OK) return 2;
  for (int i = 1; i < argc; i++) {
    static test_case c;
    case_file *file = open_cases(argv[i]);
    for (; next_case(file, &c); count++) wrong += check_case(argv[i], &c, engine);
    close_cases(file);
  }
  vm_engine_free(engine, NULL);
  printf("%d cases, %d differ\n", count, wrong);
  return wrong != 0 || count == 0;
}
