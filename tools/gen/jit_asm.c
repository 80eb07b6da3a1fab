/* jit_asm.c - jit_asm MODULE.vmb FUNCTION...: print the assembly that tier 2 makes of these functions
 * (by index) as one unit. For looking at generated code; not installed.
 *
 * SPDX-License-Identifier: MIT
 * It links the worker's code generator and with it libgccjit, which is under the GPL version 3.
 */
#include <stdio.h>
#include <stdlib.h>

#include "emit.h"
#include "verify.h"

static uint8_t *read_all(const char *path, size_t *size)
{
  FILE *in = fopen(path, "rb");
  uint8_t *bytes = NULL;
  size_t used = 0, n = 0;
  do {
    uint8_t *grown = realloc(bytes, used + 65536);
    if (grown == NULL) break;
    bytes = grown;
    n = in ? fread(bytes + used, 1, 65536, in) : 0;
    used += n;
  } while (n > 0);
  if (in) fclose(in);
  *size = used;
  return bytes;
}

int main(int argc, char **argv)
{
  vm_error e = VM_ERROR_INIT;
  vmi_alloc alloc = vmi_alloc_from(NULL);
  vmi_module *m = NULL;
  vmi_emit_options options = {.opt_level = 2, .guard = getenv("VM_GUARD") != NULL};
  uint32_t funcs[64], n = 0;
  size_t size = 0;
  char text[256] = "";
  if (argc < 3 || argc - 2 > 64) {
    fputs("usage: jit_asm MODULE.vmb FUNCTION-INDEX...\n", stderr);
    return 64;
  }
  uint8_t *bytes = read_all(argv[1], &size);
  vm_status st = vmi_module_read(&alloc, bytes, size, &m, &e);
  if (st == VM_OK) st = vmi_verify(m, &e);
  for (int i = 2; i < argc && st == VM_OK; i++) {
    funcs[n] = (uint32_t)strtoul(argv[i], NULL, 10);
    bool has_code = funcs[n] >= m->nimported_funcs && funcs[n] < m->nfuncs;
    if (!has_code) st = vmi_fail(&e, VM_ARGUMENT, "no function %s with code", argv[i]);
    n++;
  }
  if (st != VM_OK) fprintf(stderr, "%s: %s\n", argv[1], e.message);
  else if (!vmi_emit_unit(m, funcs, n, n, &options, "/dev/stdout", text, sizeof text))
    fprintf(stderr, "%s\n", text), st = VM_COMPILE;
  vmi_module_free(m);
  free(bytes);
  return st != VM_OK;
}
