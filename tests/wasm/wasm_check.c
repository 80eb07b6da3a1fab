/* wasm_check.c - translates WebAssembly binaries, verifies what comes out, and says what happened.
 *
 * SPDX-License-Identifier: MIT
 *
 *   wasm_check FILE...          one line a file: name, status, message
 *   wasm_check -t FILE          the module in text form
 *   wasm_check -b N FILE        translates and loads N times, and prints the processor time of each
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vm/vm.h"
#include "wasm.h"

static uint8_t *read_file(const char *path, size_t *size)
{
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
    perror(path);
    exit(2);
  }
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*size + 1);
  if (bytes == NULL || fread(bytes, 1, *size, file) != *size) {
    perror(path);
    exit(2);
  }
  fclose(file);
  return bytes;
}

static double seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static vm_engine *new_engine(void)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  config.tier = VM_TIER_0;
  vm_engine *engine = NULL;
  vm_error e = VM_ERROR_INIT;
  if (vm_engine_new(&config, &engine, &e) != VM_OK) {
    fprintf(stderr, "%s\n", e.message);
    exit(2);
  }
  return engine;
}

/* The loader verifies what the builder made: it must find nothing wrong. */
static vm_status check(vm_engine *engine, const uint8_t *bytes, size_t size, vm_error *e)
{
  uint8_t *out;
  size_t out_size;
  vm_status s = wasm_translate(NULL, bytes, size, &out, &out_size, e);
  if (s != VM_OK) return s;
  vm_module *module;
  s = vm_module_load(engine, out, out_size, &module, e);
  vm_module_free(module);
  vm_builder_bytes_free(NULL, out, out_size);
  return s;
}

static int print_text(const char *path)
{
  size_t size, out_size, text_size;
  uint8_t *bytes = read_file(path, &size), *out;
  char *text = NULL;
  vm_error e = VM_ERROR_INIT;
  vm_status s = wasm_translate(NULL, bytes, size, &out, &out_size, &e);
  if (s == VM_OK) s = vm_text_disassemble(NULL, out, out_size, &text, &text_size, &e);
  if (s == VM_OK) printf("%s", text);
  else fprintf(stderr, "%s: %s: %s\n", path, vm_status_name(s), e.message);
  vm_text_free(NULL, text, text_size);
  vm_builder_bytes_free(NULL, out, out_size);
  free(bytes);
  return s != VM_OK;
}

static int measure(int rounds, const char *path)
{
  size_t size;
  uint8_t *bytes = read_file(path, &size);
  vm_engine *engine = new_engine();
  for (int i = 0; i < rounds; i++) {
    uint8_t *out;
    size_t out_size;
    vm_module *module;
    vm_error e = VM_ERROR_INIT;
    double start = seconds();
    vm_status s = wasm_translate(NULL, bytes, size, &out, &out_size, &e);
    double middle = seconds();
    if (s == VM_OK) s = vm_module_load(engine, out, out_size, &module, &e);
    double end = seconds();
    if (s != VM_OK) {
      fprintf(stderr, "%s: %s: %s\n", path, vm_status_name(s), e.message);
      return 1;
    }
    printf("%s: %zu bytes to %zu, translate %.2f ms (%.1f MB/s), load %.2f ms (%.1f MB/s)\n", path,
           size, out_size, (middle - start) * 1e3, (double)size / (middle - start) / 1e6,
           (end - middle) * 1e3, (double)size / (end - middle) / 1e6);
    vm_module_free(module);
    vm_builder_bytes_free(NULL, out, out_size);
  }
  vm_engine_free(engine, NULL);
  free(bytes);
  return 0;
}

int main(int argc, char **argv)
{
  if (argc == 3 && strcmp(argv[1], "-t") == 0) return print_text(argv[2]);
  if (argc == 4 && strcmp(argv[1], "-b") == 0) return measure(atoi(argv[2]), argv[3]);
  vm_engine *engine = new_engine();
  for (int i = 1; i < argc; i++) {
    size_t size;
    uint8_t *bytes = read_file(argv[i], &size);
    vm_error e = VM_ERROR_INIT;
    vm_status s = check(engine, bytes, size, &e);
    printf("%s: %s%s%s\n", argv[i], vm_status_name(s), s == VM_OK ? "" : ": ",
           s == VM_OK ? "" : e.message);
    free(bytes);
  }
  vm_engine_free(engine, NULL);
  return 0;
}
