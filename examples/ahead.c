/* ahead.c - compiled code that outlives the process: a buffer with a module's machine code, and a cache folder.
 *
 * SPDX-License-Identifier: MIT
 */
#define _GNU_SOURCE /* mkdtemp */
#include <dirent.h>
#include <unistd.h>

#include "example.h"

static const char text[] =
  "module sum\n"
  "func sum (n: i32) -> (i32) {\n"
  "  local s: i32\n"
  "loop:\n"
  "  local.get n\n  i32.eqz\n  br_if done\n"
  "  local.get s\n  local.get n\n  i32.add\n  local.set s\n"
  "  local.get n\n  i32.const 1\n  i32.sub\n  local.set n\n"
  "  br loop\n"
  "done:\n"
  "  local.get s\n  return\n"
  "}\n"
  "export func \"sum\" sum\n";

/* Run the module of an engine once; say what the compiler had to do for it. Frees both. */
static void run(const char *what, vm_engine *engine, vm_module *module)
{
  vm_engine_stats stats = {.size = sizeof stats};
  vm_isolate *isolate;
  vm_instance *instance;
  vm_function_info info;
  vm_value arg = vm_value_i32(1000), result;
  MUST(vm_isolate_new(engine, NULL, &isolate, &error));
  MUST(vm_instance_new(isolate, module, &instance, &error));
  MUST(vm_call(isolate, example_func(instance, "sum"), &arg, 1, &result, 1, &error));
  MUST(vm_module_get_function(module, 0, &info, &error));
  MUST(vm_engine_get_stats(engine, &stats, &error));
  printf("%s: %d, %s, %d compiled now, %d from disk\n", what, result.of.i32,
         info.state == VM_FUNCTION_COMPILED ? "machine code" : "interpreted",
         (int)stats.compiled_functions, (int)stats.cache_hits);
  MUST(vm_isolate_free(isolate, &error));
  vm_module_free(module);
  MUST(vm_engine_free(engine, &error));
}

static vm_engine *new_engine(int trust, const char *cache)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine;
  config.trust_native = (uint32_t)trust;
  config.cache_dir = cache;
  MUST(vm_engine_new(&config, &engine, &error));
  return engine;
}

/* In one go: what a build would do, then what the program would. */
static void saved(void)
{
  vm_engine *engine = new_engine(0, NULL);
  vm_module *module = example_load(engine, text);
  uint8_t *bytes;
  size_t size;
  MUST(vm_module_save_compiled(module, &bytes, &size, &error));
  uint8_t *file = malloc(size); /* goes to a file in earnest */
  if (file == NULL) exit(1);
  memcpy(file, bytes, size);
  vm_module_bytes_free(engine, bytes, size);
  vm_module_free(module);
  MUST(vm_engine_free(engine, &error));

  engine = new_engine(1, NULL);
  MUST(vm_module_load(engine, file, size, &module, &error));
  run("trusted", engine, module);
  engine = new_engine(0, NULL); /* the default: the bytecode is verified, the rest not looked at */
  MUST(vm_module_load(engine, file, size, &module, &error));
  run("not trusted", engine, module);
  free(file);
}

/* From run to run: what was compiled once is found again. */
static void cached(void)
{
  char folder[] = "/tmp/libvm-example-XXXXXX"; /* mode 0700, or it would be refused */
  if (mkdtemp(folder) == NULL) exit(1);
  for (int i = 0; i < 2; i++) {
    vm_engine *engine = new_engine(0, folder);
    vm_module *module = example_load(engine, text);
    MUST(vm_module_compile(module, NULL, 0, &error)); /* else it would have to get hot first */
    run(i == 0 ? "first run" : "second run", engine, module);
  }
  DIR *d = opendir(folder);
  for (struct dirent *entry; d != NULL && (entry = readdir(d)) != NULL;) {
    char path[600];
    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    unlink(path);
  }
  if (d != NULL) closedir(d);
  rmdir(folder);
}

int main(void)
{
  saved();
  cached();
  return 0;
}
