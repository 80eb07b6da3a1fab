/* main.c - runs random WebAssembly modules in several tiers, compares, and prints what they do.
 *
 * SPDX-License-Identifier: MIT
 *
 *   wasm_random FIRST COUNT MODES OUT [MODULES]
 *
 * For each seed from FIRST on: makes the module, runs it in every mode (with commas between, as in
 * modes.h) and compares; writes what it did to OUT; and the module itself, for another engine, to
 * MODULES, one a line: seed, bytes in hexadecimal, signatures of functions, types of globals.
 * run.mjs runs those in Node and prints the same. A difference between modes ends with status 1.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "../modes.h"
#include "gen.h"
#include "vm/vm.h"
#include "wasm.h"

enum { MODES = 8, CALLS = 3, FUEL = 200 };

typedef struct mode {
  const char *name;
  vm_engine *engine;
  wbuf text;
} mode;

static void print(wbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print(wbuf *b, const char *format, ...)
{
  char line[256];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(line, sizeof line, format, args);
  va_end(args);
  w_bytes(b, line, n < (int)sizeof line ? (size_t)n : sizeof line - 1);
}

/* ---- values; run.mjs does the same ---- */

static vm_value argument(wtype type, uint32_t n)
{
  static const int32_t i32s[8] = {0, 1, -1, INT32_MAX, INT32_MIN, 255, 77777, -5};
  static const int64_t i64s[8] = {0, 1, -1, INT64_MAX, INT64_MIN, UINT32_MAX, 123456789012345, -7};
  static const double floats[8] = {0, -0.0, 1, -1.5, 1e10, -3e20, 0.1, -1.0 / 0.0};
  n %= 8;
  switch (type) {
  case W_I32: return vm_value_i32(i32s[n]);
  case W_I64: return vm_value_i64(i64s[n]);
  case W_F32: return vm_value_f32((float)floats[n]);
  case W_F64: return vm_value_f64(floats[n]);
  default: return vm_value_null();
  }
}

static void print_value(wbuf *b, const vm_value *v)
{
  uint64_t bits;
  uint32_t low;
  memcpy(&bits, &v->of, sizeof bits);
  memcpy(&low, &v->of, sizeof low);
  switch (v->kind) {
  case VM_KIND_I32: print(b, " %" PRId32, v->of.i32); return;
  case VM_KIND_I64: print(b, " %" PRId64, v->of.i64); return;
  case VM_KIND_F32:
    if (v->of.f32 != v->of.f32) print(b, " nan");
    else print(b, " %08" PRIx32, low);
    return;
  case VM_KIND_F64:
    if (v->of.f64 != v->of.f64) print(b, " nan");
    else print(b, " %016" PRIx64, bits);
    return;
  default: print(b, vm_ref_is_null(v->of.ref) ? " null" : " ref");
  }
}

/* Engines name traps more or less finely: classes that all of them can tell. */
static const char *trap_class(vm_status status, const vm_error *e)
{
  if (status != VM_EXCEPTION) return vm_status_name(status);
  switch (e->trap) {
  case VM_TRAP_UNREACHABLE: return "unreachable";
  case VM_TRAP_DIVIDE_BY_ZERO: return "zero";
  case VM_TRAP_INTEGER_OVERFLOW: case VM_TRAP_INVALID_CONVERSION: return "number";
  case VM_TRAP_MEMORY_BOUNDS: return "memory";
  case VM_TRAP_TABLE_BOUNDS: return "table";
  case VM_TRAP_CALL_TYPE: case VM_TRAP_UNDEFINED_ELEMENT: return "call";
  default: return vm_trap_name(e->trap);
  }
}

/* ---- a module ---- */

static vm_status host(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)isolate, (void)user;
  results[0] = vm_value_i32((int32_t)((uint32_t)args[0].of.i32 * 3 + 1));
  return VM_OK;
}

static void call(vm_isolate *isolate, vm_instance *instance, const wasm_random_result *w,
                 uint32_t func, uint32_t turn, wbuf *text)
{
  const wsig *s = &w->funcs[func];
  char name[16];
  vm_ref f;
  vm_value args[MAX_ARITY], results[MAX_ARITY], fuel = vm_value_i32(FUEL);
  vm_error e = VM_ERROR_INIT;
  snprintf(name, sizeof name, "f%u", (unsigned)func);
  for (uint32_t i = 0; i < s->nparams; i++) {
    args[i] = argument(s->params[i], func * 7 + turn * 3 + i);
  }
  vm_status st = vm_instance_set_global(instance, "fuel", &fuel, &e);
  if (st == VM_OK) st = vm_instance_get_func(instance, name, &f, &e);
  if (st == VM_OK) st = vm_call(isolate, f, args, s->nparams, results, s->nresults, &e);
  print(text, "%s.%u:", name, (unsigned)turn);
  if (st != VM_OK) print(text, " trap %s", trap_class(st, &e));
  for (uint32_t i = 0; st == VM_OK && i < s->nresults; i++) print_value(text, &results[i]);
  print(text, "\n");
}

static void print_table(vm_isolate *isolate, vm_instance *instance, const char *name, wbuf *text)
{
  uint32_t size = 0;
  vm_ref entry;
  vm_instance_get_table_size(instance, name, &size, NULL);
  print(text, "%s: %u ", name, (unsigned)size);
  for (uint32_t i = 0; i < size; i++) {
    vm_status st = vm_instance_get_table(instance, name, i, &entry, NULL);
    print(text, "%s", st != VM_OK ? "!" : vm_ref_is_null(entry) ? "." : "f");
  }
  print(text, "\n");
  (void)isolate;
}

static void print_state(vm_isolate *isolate, vm_instance *instance, const wasm_random_result *w,
                        wbuf *text)
{
  uint8_t *base = NULL;
  uint64_t size = 0;
  uint32_t hash = 0x811C9DC5;
  for (uint32_t i = 0; i < w->nglobals; i++) {
    char name[16];
    vm_value v = {0};
    snprintf(name, sizeof name, "g%u", (unsigned)i);
    vm_instance_get_global(instance, name, &v, NULL);
    print(text, "%s:", name);
    print_value(text, &v);
    print(text, "\n");
  }
  print_table(isolate, instance, "table", text);
  print_table(isolate, instance, "objects", text);
  vm_instance_view_memory(instance, "memory", &base, &size, NULL);
  for (uint64_t i = 0; i < size; i++) hash = (hash ^ base[i]) * 0x01000193;
  print(text, "memory: %u %08" PRIx32 "\n", (unsigned)(size >> 16), hash);
}

static const char base_text[] =
    "global base i32 = 40\nglobal fuel mut i32 = 63\nmemory memory 1 3\n"
    "table table (ref null func) 12 16\n"
    "export global \"base\" base\nexport global \"fuel\" fuel\nexport memory \"memory\" memory\n"
    "export table \"table\" table\n";

static vm_status define_env(vm_engine *engine, vm_isolate *isolate, vm_error *e)
{
  static const vm_type i32 = VM_I32;
  vm_module *module = NULL;
  vm_instance *instance;
  vm_status s = vm_module_assemble(engine, base_text, sizeof base_text - 1, &module, e);
  if (s == VM_OK) s = vm_instance_new(isolate, module, &instance, e);
  if (s == VM_OK) s = vm_instance_define(instance, "env", e);
  vm_module_free(module);
  if (s != VM_OK) return s;
  return vm_isolate_define_func(isolate, "env", "host", &i32, 1, &i32, 1, host, NULL, NULL, e);
}

static void run(mode *m, const wasm_random_result *w)
{
  vm_error e = VM_ERROR_INIT;
  uint8_t *out = NULL;
  size_t size = 0;
  vm_module *module = NULL;
  vm_isolate *isolate = NULL;
  vm_instance *instance = NULL;
  vm_status s = wasm_translate(NULL, w->bytes, w->size, &out, &size, &e);
  if (s == VM_OK) s = vm_module_load(m->engine, out, size, &module, &e);
  vm_builder_bytes_free(NULL, out, size);
  if (s == VM_OK) s = vm_isolate_new(m->engine, NULL, &isolate, &e);
  if (s == VM_OK) s = define_env(m->engine, isolate, &e);
  if (s == VM_OK) s = vm_instance_new(isolate, module, &instance, &e);
  if (s == VM_OK) {
    for (uint32_t turn = 0; turn < CALLS; turn++) {
      for (uint32_t i = 0; i < w->nfuncs; i++) call(isolate, instance, w, i, turn, &m->text);
      vm_engine_drain(m->engine, NULL); /* what got hot is compiled for the next turn */
    }
    print_state(isolate, instance, w, &m->text);
  } else if (s == VM_EXCEPTION) {
    print(&m->text, "trap %s\n", trap_class(s, &e));
  } else {
    print(&m->text, s == VM_LINK ? "link\n" : "%s: %s\n", vm_status_name(s), e.message);
  }
  vm_isolate_free(isolate, NULL);
  vm_module_free(module);
}

/* ---- all of them ---- */

static void write_module(FILE *file, uint64_t seed, const wasm_random_result *w)
{
  static const char letters[W_TYPES] = {'i', 'I', 'f', 'F', 'r', 'x'};
  fprintf(file, "%" PRIu64 " ", seed);
  for (size_t i = 0; i < w->size; i++) fprintf(file, "%02x", w->bytes[i]);
  fputc(' ', file);
  for (uint32_t i = 0; i < w->nfuncs; i++) {
    const wsig *s = &w->funcs[i];
    for (uint32_t k = 0; k < s->nparams; k++) fputc(letters[s->params[k]], file);
    fputc(':', file);
    for (uint32_t k = 0; k < s->nresults; k++) fputc(letters[s->results[k]], file);
    fputc(',', file);
  }
  fputc(' ', file);
  for (uint32_t i = 0; i < w->nglobals; i++) fputc(letters[w->globals[i]], file);
  fputc('\n', file);
}

static int open_modes(char *list, mode modes[MODES])
{
  int count = 0;
  for (char *name = strtok(list, ","); name != NULL && count < MODES; name = strtok(NULL, ",")) {
    vm_engine_config config = VM_ENGINE_CONFIG_INIT;
    vm_error e = VM_ERROR_INIT;
    mode *m = &modes[count++];
    *m = (mode){.name = name};
    if (!wasm_test_mode(name, &config) || vm_engine_new(&config, &m->engine, &e) != VM_OK) {
      fprintf(stderr, "mode %s: %s\n", name, e.message);
      exit(2);
    }
  }
  return count;
}

/* In tier 2 what does not compile is interpreted, and would be compared with itself. */
static bool compiled_all(const mode *m)
{
  vm_engine_stats stats = {.size = sizeof stats};
  if (vm_engine_get_stats(m->engine, &stats, NULL) != VM_OK) return false;
  bool fine = stats.failed_units == 0 && (stats.tier != VM_TIER_2 || stats.compiled_functions > 0);
  if (!fine) {
    fprintf(stderr, "mode %s: %llu functions were compiled, and %llu units failed: %s\n", m->name,
            (unsigned long long)stats.compiled_functions, (unsigned long long)stats.failed_units,
            stats.compiler_reason);
  }
  return fine;
}

static bool compare(uint64_t seed, const mode *a, const mode *b)
{
  bool same = a->text.size == b->text.size && memcmp(a->text.data, b->text.data, a->text.size) == 0;
  if (same) return true;
  fprintf(stderr, "seed %" PRIu64 ": %s and %s differ\n--- %s\n%.*s--- %s\n%.*s", seed, a->name,
          b->name, a->name, (int)a->text.size, (char *)a->text.data, b->name, (int)b->text.size,
          (char *)b->text.data);
  return false;
}

int main(int argc, char **argv)
{
  mode modes[MODES];
  if (argc < 5) {
    fprintf(stderr, "usage: wasm_random FIRST COUNT MODES OUT [MODULES]\n");
    return 2;
  }
  uint64_t first = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10);
  int nmodes = open_modes(argv[3], modes);
  FILE *out = fopen(argv[4], "w"), *modules = argc > 5 ? fopen(argv[5], "w") : NULL;
  bool same = nmodes > 0 && out != NULL && (argc < 6 || modules != NULL);
  for (uint64_t seed = first; same && seed < first + count; seed++) {
    wasm_random_result w = wasm_random_module(seed);
    if (modules != NULL) write_module(modules, seed, &w);
    for (int i = 0; i < nmodes; i++) {
      modes[i].text.size = 0;
      run(&modes[i], &w);
      if (i > 0 && !compare(seed, &modes[0], &modes[i])) same = false;
    }
    fprintf(out, "seed %" PRIu64 "\n", seed);
    fwrite(modes[0].text.data, 1, modes[0].text.size, out);
    free(w.bytes);
  }
  for (int i = 0; i < nmodes; i++) {
    free(modes[i].text.data);
    if (!compiled_all(&modes[i])) same = false;
    if (vm_engine_free(modes[i].engine, NULL) != VM_OK) same = false;
  }
  if (out == NULL || fclose(out) != 0 || (modules != NULL && fclose(modules) != 0)) same = false;
  return same ? 0 : 1;
}
