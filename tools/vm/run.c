/* run.c - `vm run`.
 *
 * SPDX-License-Identifier: MIT
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

int load_module(vm_engine *engine, const char *path, vm_module **out)
{
  file_data file;
  vm_error e = VM_ERROR_INIT;
  int rc = read_file(path, &file);
  if (rc == 0) rc = translate_file(path, &file);
  if (rc) return rc;
  vm_status st = is_binary(&file) ? vm_module_load(engine, file.bytes, file.size, out, &e)
                                  : vm_module_assemble(engine, file.bytes, file.size, out, &e);
  if (st != VM_OK) rc = report(path, &e);
  free_file(&file);
  return rc;
}

/* Programs compiled for WASI start at _start. */
static const char *entry_name(vm_instance *inst, const run_options *o)
{
  vm_ref func;
  if (o->entry) return o->entry;
  return vm_instance_get_func(inst, "_start", &func, NULL) == VM_OK ? "_start" : "main";
}

/* The entry point must be () -> () or () -> (i32). */
static int find_entry(vm_isolate *iso, vm_instance *inst, const run_options *o, vm_ref *func,
                      uint32_t *nresults)
{
  vm_func_type type;
  const char *entry = entry_name(inst, o);
  if (vm_instance_get_func(inst, entry, func, NULL) != VM_OK) {
    fprintf(stderr, "vm: %s: no exported function '%s'\n", o->file, entry);
    return EXIT_INVALID;
  }
  if (vm_func_get_type(iso, *func, &type, NULL) != VM_OK || type.nparams != 0 ||
      type.nresults > 1 || (type.nresults == 1 && type.results[0] != VM_I32)) {
    fprintf(stderr, "vm: %s: entry '%s' must have type () -> () or () -> (i32)\n", o->file, entry);
    return EXIT_INVALID;
  }
  *nresults = type.nresults;
  return 0;
}

/* What the tool exits with when the guest did not come to its end by returning. */
static int stopped(vm_isolate *iso, vm_status st, const run_options *o, const vm_error *e)
{
  int32_t code;
  if (st != VM_EXCEPTION && st != VM_TERMINATED) return report(o->file, e);
  if (st == VM_TERMINATED && vm_isolate_get_exit_code(iso, &code, NULL) == VM_OK)
    return code & 0xFF;
  fflush(stdout);
  print_backtrace(iso, e);
  return EXIT_GUEST;
}

static int call_entry(vm_isolate *iso, vm_instance *inst, const run_options *o)
{
  vm_ref func;
  uint32_t nresults;
  vm_error e = VM_ERROR_INIT;
  int rc = find_entry(iso, inst, o, &func, &nresults);
  if (rc) return rc;
  vm_value result = vm_value_i32(0);
  vm_status st = vm_call(iso, func, NULL, 0, &result, nresults, &e);
  return st == VM_OK ? result.of.i32 & 0xFF : stopped(iso, st, o, &e);
}

/* *out is NULL if it ended there, perhaps as it wished: then with the code that is returned. */
static int instantiate(vm_isolate *iso, vm_module *module, const run_options *o, vm_instance **out)
{
  vm_error e = VM_ERROR_INIT;
  vm_status st = VM_OK;
  if (o->limit_fuel) st = vm_isolate_set_fuel(iso, o->fuel, &e);
  if (st == VM_OK && o->deadline_ms) st = vm_isolate_set_deadline(iso, o->deadline_ms, &e);
  if (st == VM_OK && !check_imports(iso, module, o->file)) return EXIT_INVALID;
  if (st == VM_OK) st = vm_instance_new(iso, module, out, &e);
  return st == VM_OK ? 0 : stopped(iso, st, o, &e);
}

/* No guest takes the whole machine unless it was granted that. */
static size_t half_of_memory(void)
{
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? (size_t)pages / 2 * (size_t)size : 0;
}

static int run_module(vm_engine *engine, vm_module *module, const run_options *o)
{
  vm_error e = VM_ERROR_INIT;
  vm_isolate_config config = VM_ISOLATE_CONFIG_INIT;
  guest_io io = {.argc = o->argc, .argv = o->argv, .out = stdout};
  vm_isolate *iso = NULL;
  vm_instance *inst = NULL;
  wasi_host *wasi = NULL;
  config.max_heap = o->max_heap ? o->max_heap : half_of_memory();
  vm_status st = vm_isolate_new(engine, &config, &iso, &e);
  if (st == VM_OK) st = define_guest_imports(iso, &io, &e);
  if (st == VM_OK && wants_wasi(module)) st = make_wasi(iso, o, &wasi, &e);
  int rc = st == VM_OK ? instantiate(iso, module, o, &inst) : report(o->file, &e);
  if (inst) rc = call_entry(iso, inst, o);
  if (fflush(stdout) != 0 || io.failed) {
    fputs("vm: cannot write standard output\n", stderr);
    rc = EXIT_IO;
  }
  if (iso && o->stats) print_stats(engine, iso, module);
  if (iso && o->functions) print_function_stats(module);
  vm_isolate_free(iso, NULL);
  wasi_free(wasi);
  return rc;
}

/* The API wants an absolute path. NULL with the message printed if it does not fit. */
static const char *absolute(const char *path, char *buffer, size_t size)
{
  char cwd[PATH_MAX];
  if (path[0] == '/') return path;
  int n = getcwd(cwd, sizeof cwd) ? snprintf(buffer, size, "%s/%s", cwd, path) : -1;
  if (n > 0 && (size_t)n < size) return buffer;
  fprintf(stderr, "vm: %s: no absolute path of it can be made\n", path);
  return NULL;
}

static bool ends_in(const char *text, const char *suffix)
{
  size_t n = strlen(text), m = strlen(suffix);
  return n >= m && strcmp(text + n - m, suffix) == 0;
}

static int run_file(const run_options *o)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_engine *engine;
  vm_module *module = NULL;
  config.tier = o->tier;
  config.meter_fuel = o->limit_fuel;
  config.trust_native = ends_in(o->file, ".vmx"); /* who runs such a file trusts its code */
  char cache[2 * PATH_MAX];
  if (o->cache_dir) {
    config.cache_dir = absolute(o->cache_dir, cache, sizeof cache);
    if (!config.cache_dir) return EXIT_USAGE;
  }
  if (o->gc_stress) config.gc_flags = VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY;
  config.keep_code = o->keep_code;
  config.guard_memory = o->guard_memory;
  config.switch_seed = (uint32_t)o->switch_seed;
  if (o->switch_seed)
    config.tier_flags = VM_TIER_SWITCH | (o->switch_seed % 2 ? VM_TIER_FORCE_EXITS : 0) |
                        (o->switch_seed % 4 > 1 ? VM_TIER_FORCE_GUESSES : 0);
  config.max_code = o->max_code;
  trace_files trace;
  int rc = trace_open(&trace, o, &config);
  if (rc) return rc;
  if (vm_engine_new(&config, &engine, &e) != VM_OK) {
    trace_close(&trace, o);
    return report(o->file, &e);
  }
  rc = load_module(engine, o->file, &module);
  if (rc == 0) rc = run_module(engine, module, o);
  vm_module_free(module);
  vm_engine_free(engine, NULL);
  int traced = trace_close(&trace, o);
  return rc ? rc : traced;
}

int command_run(int argc, char **argv)
{
  run_options o;
  int rc = parse_run(argc, argv, &o);
  if (rc == 0) rc = run_file(&o);
  free_run(&o);
  return rc;
}
