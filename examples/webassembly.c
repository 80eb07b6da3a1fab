/* webassembly.c - a WebAssembly program compiled for WASI, inside another program: translated,
 * given what it may have of the system, run, and asked for its exit code.
 *
 * SPDX-License-Identifier: MIT
 *
 * webassembly [FILE.wasm [ARGS]]      without FILE one that writes "hello" and ends with code 7
 */
#include "example.h"

#include "wasi.h"
#include "wasm.h"

/* (module
 *   (import "wasi_snapshot_preview1" "fd_write" (func $w (param i32 i32 i32 i32) (result i32)))
 *   (import "wasi_snapshot_preview1" "proc_exit" (func $x (param i32)))
 *   (memory (export "memory") 1)
 *   (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n")
 *   (func (export "_start")
 *     (call $x (i32.add (i32.const 7)
 *       (call $w (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16)))))) */
static const unsigned char hello[] = {
  0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00, 0x01, 0x10, 0x03, 0x60, 0x04, 0x7F, 0x7F, 0x7F,
  0x7F, 0x01, 0x7F, 0x60, 0x01, 0x7F, 0x00, 0x60, 0x00, 0x00, 0x02, 0x46, 0x02, 0x16, 0x77, 0x61,
  0x73, 0x69, 0x5F, 0x73, 0x6E, 0x61, 0x70, 0x73, 0x68, 0x6F, 0x74, 0x5F, 0x70, 0x72, 0x65, 0x76,
  0x69, 0x65, 0x77, 0x31, 0x08, 0x66, 0x64, 0x5F, 0x77, 0x72, 0x69, 0x74, 0x65, 0x00, 0x00, 0x16,
  0x77, 0x61, 0x73, 0x69, 0x5F, 0x73, 0x6E, 0x61, 0x70, 0x73, 0x68, 0x6F, 0x74, 0x5F, 0x70, 0x72,
  0x65, 0x76, 0x69, 0x65, 0x77, 0x31, 0x09, 0x70, 0x72, 0x6F, 0x63, 0x5F, 0x65, 0x78, 0x69, 0x74,
  0x00, 0x01, 0x03, 0x02, 0x01, 0x02, 0x05, 0x03, 0x01, 0x00, 0x01, 0x07, 0x13, 0x02, 0x06, 0x6D,
  0x65, 0x6D, 0x6F, 0x72, 0x79, 0x02, 0x00, 0x06, 0x5F, 0x73, 0x74, 0x61, 0x72, 0x74, 0x00, 0x02,
  0x0A, 0x13, 0x01, 0x11, 0x00, 0x41, 0x07, 0x41, 0x01, 0x41, 0x00, 0x41, 0x01, 0x41, 0x10, 0x10,
  0x00, 0x6A, 0x10, 0x01, 0x0B, 0x0B, 0x14, 0x01, 0x00, 0x41, 0x00, 0x0B, 0x0E, 0x08, 0x00, 0x00,
  0x00, 0x06, 0x00, 0x00, 0x00, 0x68, 0x65, 0x6C, 0x6C, 0x6F, 0x0A,
};

static uint8_t *read_file(const char *path, size_t *size)
{
  FILE *f = fopen(path, "rb");
  uint8_t *bytes = NULL;
  size_t n = 0;
  if (f == NULL) {
    perror(path);
    exit(1);
  }
  do {
    bytes = realloc(bytes, n + 65536);
    if (bytes == NULL) exit(1);
    *size = n;
    n += fread(bytes + n, 1, 65536, f);
  } while (n > *size);
  fclose(f);
  return bytes;
}

static vm_module *load(vm_engine *engine, const void *binary, size_t size)
{
  uint8_t *bytes;
  size_t bytes_size;
  vm_module *module;
  MUST(wasm_translate(NULL, binary, size, &bytes, &bytes_size, &error));
  MUST(vm_module_load(engine, bytes, bytes_size, &module, &error));
  vm_builder_bytes_free(NULL, bytes, bytes_size);
  return module;
}

/* Start it. Programs end by returning from _start, or by proc_exit, which is a termination. */
static int start(vm_isolate *isolate, vm_module *module)
{
  vm_instance *instance;
  vm_ref func;
  int32_t code;
  MUST(vm_instance_new(isolate, module, &instance, &error));
  MUST(vm_instance_get_func(instance, "_start", &func, &error));
  if (vm_call(isolate, func, NULL, 0, NULL, 0, NULL) == VM_OK) return 0;
  if (vm_isolate_get_exit_code(isolate, &code, NULL) == VM_OK) return code;
  printf("it failed:\n");
  example_show_exception(isolate);
  return 1;
}

int main(int argc, char **argv)
{
  vm_engine *engine;
  vm_isolate *isolate;
  wasi_host *wasi;
  wasi_config config = WASI_CONFIG_INIT;
  const char *name = "hello";
  size_t size = 0;
  uint8_t *file = argc > 1 ? read_file(argv[1], &size) : NULL;

  config.args = argc > 1 ? (const char *const *)argv + 1 : &name;
  config.nargs = argc > 1 ? (size_t)argc - 1 : 1;
  for (int i = 0; i < 3; i++) config.streams[i] = i; /* no directory, no environment */

  MUST(vm_engine_new(NULL, &engine, &error));
  vm_module *module = file != NULL ? load(engine, file, size) : load(engine, hello, sizeof hello);
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));
  MUST(wasi_new(&config, &wasi, &error));
  MUST(wasi_define(wasi, isolate, &error));

  int code = start(isolate, module);
  printf("it ended with code %d\n", code);

  MUST(vm_isolate_free(isolate, &error));
  wasi_free(wasi);
  vm_module_free(module);
  MUST(vm_engine_free(engine, &error));
  free(file);
  return 0;
}
