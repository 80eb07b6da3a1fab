/* file.c - whole files in and out.
 *
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "wasm.h"

static int cannot(const char *verb, const char *path, int code)
{
  fprintf(stderr, "vm: cannot %s %s: %s\n", verb, path, strerror(errno));
  return code;
}

static bool grow(file_data *f, size_t *capacity)
{
  size_t bigger = *capacity ? 2 * *capacity : 1 << 16;
  char *bytes = realloc(f->bytes, bigger);
  if (!bytes) return false;
  f->bytes = bytes;
  *capacity = bigger;
  return true;
}

int read_file(const char *path, file_data *out)
{
  *out = (file_data){NULL, 0};
  FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  if (!in) return cannot("open", path, EXIT_NO_INPUT);
  size_t capacity = 0, n = 1;
  bool ok = true;
  while (ok && n > 0) {
    if (out->size == capacity && !(ok = grow(out, &capacity))) break;
    n = fread(out->bytes + out->size, 1, capacity - out->size, in);
    out->size += n;
  }
  int rc = !ok || ferror(in) ? cannot("read", path, EXIT_NO_INPUT) : 0;
  if (in != stdin) fclose(in);
  if (rc) free_file(out);
  return rc;
}

void free_file(file_data *f)
{
  free(f->bytes);
  *f = (file_data){NULL, 0};
}

int write_file(const char *path, const void *bytes, size_t size)
{
  FILE *out = fopen(path, "wb");
  if (!out) return cannot("create", path, EXIT_NO_OUTPUT);
  bool ok = fwrite(bytes, 1, size, out) == size;
  ok = fclose(out) == 0 && ok;
  if (ok) return 0;
  int rc = cannot("write", path, EXIT_NO_OUTPUT);
  remove(path);
  return rc;
}

bool is_binary(const file_data *f) { return f->size > 0 && f->bytes[0] == 0; }

int translate_file(const char *path, file_data *f)
{
  vm_error e = VM_ERROR_INIT;
  uint8_t *bytes;
  size_t size;
  if (!wasm_is_binary(f->bytes, f->size)) return 0;
  vm_status st = wasm_translate(NULL, f->bytes, f->size, &bytes, &size, &e);
  free_file(f);
  if (st != VM_OK) return report(path, &e);
  *f = (file_data){(char *)bytes, size}; /* the C library's memory, like that of any file */
  return 0;
}
