/* convert.c - `vm asm`, `vm wasm`, `vm compile`, `vm dis`, `vm verify`.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tool.h"
#include "wasm.h"

static int in_out(const char *command, int argc, char **argv, const char **in, const char **out)
{
  for (int i = 0; i < argc; i++) {
    if (strcmp(argv[i], "-o") == 0) {
      if (*out || i + 1 == argc) return usage_error("%s: -o takes one output file, once", command);
      *out = argv[++i];
    } else if (*in || (argv[i][0] == '-' && argv[i][1])) {
      return usage_error("%s: unexpected argument '%s'", command, argv[i]);
    } else {
      *in = argv[i];
    }
  }
  return *in && *out ? 0 : usage_error("%s: expected IN -o OUT", command);
}

static int assemble(const char *in, const char *out)
{
  file_data text;
  vm_error e = VM_ERROR_INIT;
  uint8_t *bytes;
  size_t size;
  int rc = read_file(in, &text);
  if (rc) return rc;
  if (vm_text_assemble(NULL, text.bytes, text.size, &bytes, &size, &e) == VM_OK) {
    rc = write_file(out, bytes, size);
    vm_text_bytes_free(NULL, bytes, size);
  } else {
    rc = report(in, &e);
  }
  free_file(&text);
  return rc;
}

int command_asm(int argc, char **argv)
{
  const char *in = NULL, *out = NULL;
  int rc = in_out("asm", argc, argv, &in, &out);
  if (rc) return rc;
  return assemble(in, out);
}

int command_wasm(int argc, char **argv)
{
  const char *in = NULL, *out = NULL;
  file_data file;
  int rc = in_out("wasm", argc, argv, &in, &out);
  if (rc == 0) rc = read_file(in, &file);
  if (rc) return rc;
  if (!wasm_is_binary(file.bytes, file.size)) {
    fprintf(stderr, "vm: %s: malformed: offset 0: expected a WebAssembly binary (\\0asm)\n", in);
    rc = EXIT_INVALID;
  }
  if (rc == 0) rc = translate_file(in, &file);
  if (rc == 0) rc = write_file(out, file.bytes, file.size);
  free_file(&file);
  return rc;
}

/* Say what of the module will be interpreted. */
static void count_failures(vm_engine *engine, const char *in)
{
  vm_engine_stats s = {.size = sizeof s};
  if (vm_engine_get_stats(engine, &s, NULL) == VM_OK && s.failed_units)
    fprintf(stderr, "vm: %s: %llu units were not compiled; the last reason: %s\n", in,
            (unsigned long long)s.failed_units, s.compiler_reason);
}

int command_compile(int argc, char **argv)
{
  const char *in = NULL, *out = NULL;
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  vm_module *module = NULL;
  uint8_t *bytes = NULL;
  size_t size = 0;
  int rc = in_out("compile", argc, argv, &in, &out);
  if (rc) return rc;
  if (vm_engine_new(&config, &engine, &e) != VM_OK) return report(in, &e);
  rc = load_module(engine, in, &module);
  if (rc == 0 && vm_module_save_compiled(module, &bytes, &size, &e) != VM_OK) rc = report(in, &e);
  if (rc == 0) {
    count_failures(engine, in);
    rc = write_file(out, bytes, size);
  }
  vm_module_bytes_free(engine, bytes, size);
  vm_module_free(module);
  vm_engine_free(engine, NULL);
  return rc;
}

static int print_text(const char *text, size_t size)
{
  if (fwrite(text, 1, size, stdout) == size && fflush(stdout) == 0) return 0;
  fputs("vm: cannot write standard output\n", stderr);
  return EXIT_IO;
}

static int print_bytecode(const char *path)
{
  file_data file;
  vm_error e = VM_ERROR_INIT;
  char *text;
  size_t size;
  int rc = read_file(path, &file);
  if (rc == 0) rc = translate_file(path, &file);
  if (rc) return rc;
  const void *code = file.bytes;
  size_t code_size = file.size;
  if ((file.size == 0 || vm_module_find_bytecode(code, code_size, &code, &code_size, &e) == VM_OK) &&
      vm_text_disassemble(NULL, code, code_size, &text, &size, &e) == VM_OK) {
    rc = print_text(text, size);
    vm_text_free(NULL, text, size);
  } else {
    rc = report(path, &e);
  }
  free_file(&file);
  return rc;
}

/* What tier 1 or GCC makes of each function, behind the bytecode, as comments of its text. */
static int print_code(const char *path, vm_tier tier)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_status (*list)(vm_module *, char **, size_t *, vm_error *) =
      tier == VM_TIER_1 ? vm_module_list_register_code : vm_module_list_assembly;
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  vm_module *module = NULL;
  char *text = NULL;
  size_t size = 0;
  if (tier == VM_TIER_1) config.tier = tier;
  if (vm_engine_new(&config, &engine, &e) != VM_OK) return report(path, &e);
  int rc = load_module(engine, path, &module);
  if (rc == 0 && list(module, &text, &size, &e) != VM_OK) rc = report(path, &e);
  if (rc == 0) {
    count_failures(engine, path);
    rc = print_text(text, size - 1);
  }
  vm_module_bytes_free(engine, text, size);
  vm_module_free(module);
  vm_engine_free(engine, NULL);
  return rc;
}

int command_dis(int argc, char **argv)
{
  vm_tier tier = VM_TIER_0;
  if (argc > 0 && strcmp(argv[0], "--tier=1") == 0) tier = VM_TIER_1;
  if (argc > 0 && strcmp(argv[0], "--tier=2") == 0) tier = VM_TIER_2;
  const char *path = argc > 0 ? argv[argc - 1] : "-x";
  if (argc != (tier == VM_TIER_0 ? 1 : 2) || (path[0] == '-' && path[1]))
    return usage_error("dis: expected one file, perhaps behind --tier=1 or --tier=2");
  int rc = print_bytecode(path);
  return rc || tier == VM_TIER_0 ? rc : print_code(path, tier);
}

int command_verify(int argc, char **argv)
{
  if (argc == 0) return usage_error("verify: expected at least one file");
  for (int i = 0; i < argc; i++)
    if (argv[i][0] == '-' && argv[i][1]) return usage_error("verify: unknown option '%s'", argv[i]);
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  config.tier = VM_TIER_0;
  if (vm_engine_new(&config, &engine, &e) != VM_OK) return report("verify", &e);
  int worst = 0;
  for (int i = 0; i < argc; i++) {
    vm_module *module = NULL;
    int rc = load_module(engine, argv[i], &module);
    if (rc > worst) worst = rc;
    vm_module_free(module);
  }
  vm_engine_free(engine, NULL);
  return worst;
}
