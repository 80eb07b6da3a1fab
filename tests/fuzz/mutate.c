/* mutate.c - fuzz_mutate: broken modules against the loader; what still verifies must run safely.
 *
 * SPDX-License-Identifier: MIT
 *
 *   fuzz_mutate [--seed S] [--count N] [--keep FILE] [DIRECTORY of .vma files]
 *
 * The corpus is generated modules and the assembled texts of the directory. Mutants are made by
 * bytes and by fields (mutate_fields.c). A mutant that loads is run in tier 0, every exported
 * function once, with little heap, stack and fuel. Nothing is compared: a sanitizer, the heap
 * verifier or a crash speaks. --keep writes each mutant to FILE before it is used, so that the last
 * one is at hand after a crash.
 */
#include "mutate.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen.h"
#include "run.h"

enum { MAX_CORPUS = 64, GENERATED = 24, FUEL = 20000 };

typedef struct session {
  fuzz_random rng;
  vm_engine *engine;
  vm_module *env;
  mutate_input corpus[MAX_CORPUS];
  uint32_t ncorpus;
  const char *keep;
  uint64_t mutants, loaded, calls, failures;
} session;

/* ---- corpus ---- */

static void add_entry(session *s, const uint8_t *bytes, size_t size)
{
  if (s->ncorpus == MAX_CORPUS) return;
  mutate_input *e = &s->corpus[s->ncorpus];
  e->bytes = malloc(size);
  e->size = size;
  if (e->bytes == NULL) abort();
  memcpy(e->bytes, bytes, size);
  s->ncorpus++;
}

static void add_generated(session *s, uint64_t seed)
{
  for (uint64_t i = 0; i < GENERATED; i++) {
    uint8_t *bytes;
    size_t size;
    if (!gen_module(seed + i, i % 2 == 0 ? 0 : 20, &bytes, &size, NULL)) continue;
    add_entry(s, bytes, size);
    vm_builder_bytes_free(NULL, bytes, size);
  }
}

static void add_text(session *s, const char *path)
{
  static char text[1 << 20];
  FILE *f = fopen(path, "rb");
  if (f == NULL) return;
  size_t size = fread(text, 1, sizeof text, f);
  fclose(f);
  uint8_t *bytes;
  vm_error e = VM_ERROR_INIT;
  if (vm_text_assemble(NULL, text, size, &bytes, &size, &e) != VM_OK) {
    fprintf(stderr, "%s:%u: %s\n", path, (unsigned)e.line, e.message);
    return;
  }
  add_entry(s, bytes, size);
  vm_text_bytes_free(NULL, bytes, size);
}

static int by_name(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In the order of their names: the same seed must give the same mutants everywhere. */
static void add_directory(session *s, const char *path)
{
  char *names[MAX_CORPUS];
  size_t count = 0;
  DIR *dir = opendir(path);
  if (dir == NULL) return;
  for (struct dirent *d = readdir(dir); d != NULL && count < MAX_CORPUS; d = readdir(dir)) {
    const char *dot = strrchr(d->d_name, '.');
    if (dot == NULL || strcmp(dot, ".vma") != 0) continue;
    char full[2048];
    snprintf(full, sizeof full, "%s/%s", path, d->d_name);
    names[count] = strdup(full);
    if (names[count] != NULL) count++;
  }
  closedir(dir);
  qsort(names, count, sizeof names[0], by_name);
  for (size_t i = 0; i < count; i++) {
    add_text(s, names[i]);
    free(names[i]);
  }
}

/* ---- mutation by bytes ---- */

static uint8_t *mutate_bytes(session *s, const mutate_input *from, size_t *size)
{
  size_t room = from->size + 256;
  uint8_t *p = malloc(room);
  if (p == NULL) abort();
  memcpy(p, from->bytes, from->size);
  *size = from->size;
  for (uint32_t n = 1 + fuzz_below(&s->rng, 3); n > 0; n--) {
    *size = mutate_some(&s->rng, p, *size, room, &s->corpus[fuzz_below(&s->rng, s->ncorpus)]);
  }
  return p;
}

/* ---- running what loads ---- */

static vm_value default_value(vm_type type)
{
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32: return vm_value_i32(3);
  case VM_KIND_I64: return vm_value_i64(3);
  case VM_KIND_F32: return vm_value_f32(3);
  case VM_KIND_F64: return vm_value_f64(3);
  case VM_KIND_DYN: return vm_dyn_nil();
  default: return vm_value_null();
  }
}

static void call_export(session *s, vm_isolate *isolate, vm_instance *instance, const char *name)
{
  vm_func_type type;
  vm_value args[256], results[256];
  vm_ref func;
  if (vm_instance_get_func(instance, name, &func, NULL) != VM_OK) return;
  if (vm_func_get_type(isolate, func, &type, NULL) != VM_OK) return;
  for (uint32_t i = 0; i < type.nparams; i++) args[i] = default_value(type.params[i]);
  vm_isolate_set_fuel(isolate, FUEL, NULL);
  vm_call(isolate, func, args, type.nparams, results, type.nresults, NULL);
  s->calls++;
}

/* What the tool `vm` offers its guests, without the output. */
static vm_status silent(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
{
  (void)isolate, (void)user, (void)args, (void)results;
  return VM_OK;
}

static void define_host(vm_isolate *isolate)
{
  static const struct {
    const char *name;
    uint32_t nparams, nresults;
    vm_type params[3], results[1];
  } functions[] = {
    {"print", 1, 0, {VM_REF_NULL(VM_HEAP_ARRAY)}, {0}},
    {"print_i32", 1, 0, {VM_I32}, {0}},
    {"print_f64", 2, 0, {VM_F64, VM_I32}, {0}},
    {"print_char", 1, 0, {VM_I32}, {0}},
    {"write", 3, 0, {VM_REF_NULL(VM_HEAP_ARRAY), VM_I32, VM_I32}, {0}},
    {"arg_i32", 2, 1, {VM_I32, VM_I32}, {VM_I32}},
  };
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    vm_isolate_define_func(isolate, "vm", functions[i].name, functions[i].params,
                           functions[i].nparams, functions[i].results, functions[i].nresults,
                           silent, NULL, NULL, NULL);
  }
}

static void run_mutant(session *s, vm_module *module)
{
  vm_isolate_config config = VM_ISOLATE_CONFIG_INIT;
  vm_isolate *isolate;
  vm_instance *instance;
  vm_error e = VM_ERROR_INIT;
  config.max_heap = (size_t)24 << 20;
  config.stack_size = 256 << 10;
  config.gc_flags = VM_GC_POISON | (fuzz_one_in(&s->rng, 8) ? VM_GC_STRESS | VM_GC_VERIFY : 0);
  if (vm_isolate_new(s->engine, &config, &isolate, &e) != VM_OK) {
    fprintf(stderr, "isolate: %s\n", e.message);
    s->failures++;
    return;
  }
  define_host(isolate);
  vm_isolate_set_fuel(isolate, FUEL, NULL);
  if (host_define(isolate, s->env, &e) != VM_OK) fprintf(stderr, "host: %s\n", e.message);
  if (vm_instance_new(isolate, module, &instance, &e) == VM_OK) {
    for (uint32_t i = 0; i < vm_module_export_count(module) && i < 32; i++) {
      vm_entity_info info;
      if (vm_module_get_export(module, i, &info, NULL) != VM_OK) continue;
      if (info.kind == VM_ENTITY_FUNC) call_export(s, isolate, instance, info.name);
    }
  }
  if (vm_isolate_verify_heap(isolate, &e) != VM_OK) {
    fprintf(stderr, "mutant %llu: heap: %s\n", (unsigned long long)s->mutants, e.message);
    s->failures++;
  }
  vm_isolate_free(isolate, NULL);
}

static void keep(const session *s, const uint8_t *bytes, size_t size)
{
  FILE *f = s->keep == NULL ? NULL : fopen(s->keep, "wb");
  if (f == NULL) return;
  fwrite(bytes, 1, size, f);
  fclose(f);
}

static void try_mutant(session *s)
{
  const mutate_input *from = &s->corpus[fuzz_below(&s->rng, s->ncorpus)];
  size_t size = 0;
  vm_module *module;
  uint8_t *bytes = fuzz_one_in(&s->rng, 2) ? mutate_fields(&s->rng, from->bytes, from->size, &size)
                                           : NULL;
  if (bytes == NULL) bytes = mutate_bytes(s, from, &size);
  s->mutants++;
  keep(s, bytes, size);
  /* A block of exactly this size, so that a read past its end is seen. */
  uint8_t *exact = malloc(size == 0 ? 1 : size);
  if (exact == NULL) abort();
  memcpy(exact, bytes, size);
  free(bytes);
  vm_error e = VM_ERROR_INIT;
  vm_status status = vm_module_load(s->engine, exact, size, &module, &e);
  free(exact);
  if (status == VM_OK) {
    s->loaded++;
    run_mutant(s, module);
    vm_module_free(module);
  } else if (e.message[0] == '\0') {
    fprintf(stderr, "mutant %llu: %s without a message\n", (unsigned long long)s->mutants,
            vm_status_name(status));
    s->failures++;
  }
}

/* ---- the whole ---- */

static int run(session *s, uint64_t count)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  config.tier = VM_TIER_0;
  config.meter_fuel = 1;
  if (vm_engine_new(&config, &s->engine, &e) != VM_OK) {
    fprintf(stderr, "fuzz_mutate: %s\n", e.message);
    return 2;
  }
  s->env = host_env_load(s->engine);
  while (s->mutants < count && s->failures < 10) try_mutant(s);
  printf("fuzz_mutate: %llu mutants of %u modules, %llu loaded, %llu calls, %llu failures\n",
         (unsigned long long)s->mutants, (unsigned)s->ncorpus, (unsigned long long)s->loaded,
         (unsigned long long)s->calls, (unsigned long long)s->failures);
  vm_module_free(s->env);
  vm_engine_free(s->engine, NULL);
  return s->failures != 0;
}

int main(int argc, char **argv)
{
  static session s;
  uint64_t seed = 1, count = 1000;
  const char *directory = NULL;
  for (int i = 1; i < argc; i++) {
    const char *next = i + 1 < argc ? argv[i + 1] : NULL;
    if (strcmp(argv[i], "--seed") == 0) seed = parse_number(argv[i++], next);
    else if (strcmp(argv[i], "--count") == 0) count = parse_number(argv[i++], next);
    else if (strcmp(argv[i], "--keep") == 0 && next != NULL) s.keep = argv[++i];
    else if (argv[i][0] != '-') directory = argv[i];
    else {
      fprintf(stderr, "usage: fuzz_mutate [--seed S] [--count N] [--keep FILE] [DIRECTORY]\n");
      return 64;
    }
  }
  add_generated(&s, seed);
  if (directory != NULL) add_directory(&s, directory);
  s.rng.state = seed;
  int code = run(&s, count);
  for (uint32_t i = 0; i < s.ncorpus; i++) free(s.corpus[i].bytes);
  return code;
}
