/* lox.c - a world of globals: runs programs in it and reports what goes wrong.
 *
 * SPDX-License-Identifier: MIT
 *
 * Every program is a module of its own. It exports the globals that it defines, and imports those
 * that an earlier one defined. In a session all globals are the isolate's, and a program's instance is
 * let go of when it has run: it stays as long as something refers to a function of it.
 */
#include "lox.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "lox_compile.h"
#include "lox_runtime.h"

typedef struct known_global {
  struct known_global *next;
  lox_text name; /* owned */
  unsigned unit; /* which program defines it; SESSION: none */
} known_global;

enum { BUCKETS = 1024 };
#define SESSION UINT_MAX
#define SESSION_MODULE "lox.session"

struct lox {
  lox_host host;
  lox_write *error;
  void *user;
  bool session;
  vm_isolate *isolate;
  unsigned units;        /* that ran; 0 is the runtime */
  char unit_module[32];  /* find_global's answer */
  known_global *globals[BUCKETS];
};

/* ---- globals ---- */

static known_global **bucket_of(lox *l, lox_text name)
{
  return &l->globals[lox_hash_text(name) % BUCKETS];
}

static known_global *find(lox *l, lox_text name)
{
  for (known_global *g = *bucket_of(l, name); g; g = g->next)
    if (lox_same_text(g->name, name)) return g;
  return NULL;
}

static bool add(lox *l, lox_text name, unsigned unit)
{
  known_global *g = malloc(sizeof *g);
  char *copy = malloc(name.length + 1);
  if (!g || !copy) {
    free(g), free(copy);
    return false;
  }
  memcpy(copy, name.start, name.length);
  copy[name.length] = '\0';
  *g = (known_global){*bucket_of(l, name), {copy, name.length}, unit};
  *bucket_of(l, name) = g;
  return true;
}

static const char *module_of(lox *l, unsigned unit)
{
  if (unit == SESSION) return SESSION_MODULE;
  snprintf(l->unit_module, sizeof l->unit_module, "lox.%u", unit);
  return unit == 0 ? "lox" : l->unit_module;
}

static const char *find_global(void *user, lox_text name)
{
  const known_global *g = find(user, name);
  return g ? module_of(user, g->unit) : NULL;
}

/* The globals that program `unit` was the first to name are its own. */
static bool add_all(lox *l, const lox_global *globals, unsigned unit)
{
  for (const lox_global *g = globals; g; g = g->next)
    if (!find(l, g->name) && !add(l, g->name, unit)) return false;
  return true;
}

/* ---- reports ---- */

static void report(void *user, const char *message)
{
  lox *l = user;
  l->error(l->user, message, strlen(message));
  l->error(l->user, "\n", 1);
}

static lox_result fail(lox *l, const char *what, const vm_error *error)
{
  char line[320];
  snprintf(line, sizeof line, "%s: %s", what, error->message);
  report(l, line);
  return LOX_FAILED;
}

static void report_payload(lox *l, vm_ref exception)
{
  vm_value payload;
  const char *bytes;
  size_t size;
  if (vm_exception_get_payload(l->isolate, exception, &payload, NULL) != VM_OK ||
      !vm_dyn_is_ref(payload) ||
      vm_symbol_read(l->isolate, payload.of.ref, &bytes, &size, NULL) != VM_OK) {
    report(l, "Unknown error.");
    return;
  }
  l->error(l->user, bytes, size);
  l->error(l->user, "\n", 1);
}

/* Functions that no program wrote are left out: those of the runtime, of the emitter and of C. */
static void report_frame(lox *l, const vm_frame *f)
{
  char line[320];
  if (f->line == 0 || !f->file || strcmp(f->file, LOX_RUNTIME_FILE) == 0) return;
  if (f->function && strcmp(f->function, LOX_SCRIPT_NAME) != 0) {
    snprintf(line, sizeof line, "[line %u] in %.256s()", f->line, f->function);
  } else {
    snprintf(line, sizeof line, "[line %u] in script", f->line);
  }
  report(l, line);
}

static lox_result report_exception(lox *l, const vm_error *error)
{
  vm_ref exception;
  vm_exception e;
  vm_frame frame;
  if (vm_isolate_get_exception(l->isolate, &exception, NULL) != VM_OK ||
      vm_exception_get(l->isolate, exception, &e, NULL) != VM_OK)
    return fail(l, "Error", error);
  if (e.trap == VM_TRAP_NONE) {
    report_payload(l, exception);
  } else {
    report(l, e.trap == VM_TRAP_STACK_OVERFLOW  ? "Stack overflow."
              : e.trap == VM_TRAP_OUT_OF_MEMORY ? "Out of memory."
                                                : error->message);
  }
  /* A call that finds no stack stands at the start of the function that it did not get into. */
  for (uint32_t i = e.trap == VM_TRAP_STACK_OVERFLOW; i < e.frames; i++)
    if (vm_exception_get_frame(l->isolate, exception, i, &frame, NULL) == VM_OK)
      report_frame(l, &frame);
  return LOX_RUNTIME_ERROR;
}

/* ---- running ---- */

/* In a session: make the globals that the program is the first to name. */
static vm_status define_globals(lox *l, const lox_program *program, vm_error *error)
{
  const vm_value undefined = vm_dyn_int(0);
  for (const lox_global *g = program->globals; g; g = g->next) {
    if (find(l, g->name)) continue;
    if (!add(l, g->name, SESSION)) return VM_MEMORY;
    const char *name = find(l, g->name)->name.start;
    vm_status st =
        vm_isolate_define_global(l->isolate, SESSION_MODULE, name, VM_DYN, 1, &undefined, error);
    if (st != VM_OK) return st;
  }
  return VM_OK;
}

static vm_status link_unit(lox *l, const uint8_t *bytes, size_t size, const lox_program *program,
                           vm_instance **instance, vm_error *error)
{
  vm_module *module;
  unsigned unit = l->units + 1;
  vm_status st = vm_module_load(vm_isolate_engine(l->isolate), bytes, size, &module, error);
  if (st != VM_OK) return st;
  st = vm_instance_new(l->isolate, module, instance, error);
  vm_module_free(module);
  if (st != VM_OK || l->session) return st;
  st = vm_instance_define(*instance, module_of(l, unit), error);
  if (st != VM_OK) return st;
  l->units = unit;
  return add_all(l, program->globals, unit) ? VM_OK : VM_MEMORY;
}

static lox_result run_main(lox *l, vm_instance *instance)
{
  vm_error error = VM_ERROR_INIT;
  vm_ref main;
  vm_status st = vm_instance_get_func(instance, "main", &main, &error);
  if (l->session) vm_instance_release(instance, NULL);
  if (st == VM_OK) st = vm_call(l->isolate, main, NULL, 0, NULL, 0, &error);
  if (st == VM_OK) return LOX_OK;
  return st == VM_EXCEPTION || st == VM_TERMINATED ? report_exception(l, &error)
                                                   : fail(l, "Error", &error);
}

static lox_result run_program(lox *l, const char *name, const lox_program *program, lox_arena *arena)
{
  vm_error error = VM_ERROR_INIT;
  const lox_unit unit = {name, find_global, l};
  vm_instance *instance = NULL;
  uint8_t *bytes = NULL;
  size_t size = 0;
  vm_status st = l->session ? define_globals(l, program, &error) : VM_OK;
  if (st == VM_OK) st = lox_emit(&unit, program, arena, &bytes, &size, &error);
  if (st == VM_OK) st = link_unit(l, bytes, size, program, &instance, &error);
  vm_builder_bytes_free(NULL, bytes, size);
  return st == VM_OK ? run_main(l, instance) : fail(l, "Cannot compile", &error);
}

lox_result lox_run(lox *l, const char *name, const char *source, size_t size)
{
  vm_error error = VM_ERROR_INIT;
  lox_program program;
  lox_result result = LOX_COMPILE_ERROR;
  lox_arena *arena = calloc(1, sizeof *arena);
  lox_parse_result parsed =
      arena ? lox_parse(source, size, arena, report, l, &program) : LOX_NO_MEMORY;
  if (parsed == LOX_NO_MEMORY) {
    report(l, "Out of memory.");
    result = LOX_FAILED;
  } else if (parsed == LOX_PARSED) {
    vm_scope scope;
    vm_status st = vm_scope_open(l->isolate, &scope, &error);
    result = st == VM_OK ? run_program(l, name, &program, arena) : fail(l, "Error", &error);
    if (st == VM_OK) vm_scope_close(l->isolate, scope, NULL);
  }
  if (arena) lox_arena_free(arena);
  free(arena);
  return result;
}

/* ---- life ---- */

static vm_status load_runtime(lox *l, vm_engine *engine, vm_error *error)
{
  vm_module *module;
  vm_instance *instance = NULL;
  vm_status st = vm_module_assemble(engine, lox_runtime_text, lox_runtime_size, &module, error);
  if (st != VM_OK) return st;
  st = vm_instance_new(l->isolate, module, &instance, error);
  vm_module_free(module);
  if (st == VM_OK) st = vm_instance_define(instance, "lox", error);
  if (st == VM_OK) st = vm_instance_get_type(instance, "class", &l->host.class, error);
  if (st == VM_OK) st = vm_instance_get_type(instance, "bound", &l->host.bound, error);
  if (st == VM_OK && !add(l, (lox_text){"clock", 5}, 0)) st = VM_MEMORY;
  return st;
}

vm_status lox_new(vm_engine *engine, const lox_config *config, lox **out, vm_error *error)
{
  if (!engine || !config || !out || !config->out || !config->error) return VM_ARGUMENT;
  lox *l = calloc(1, sizeof *l);
  *out = NULL;
  if (!l) return VM_MEMORY;
  l->host = (lox_host){config->out, config->user, 0, 0};
  l->error = config->error;
  l->user = config->user;
  l->session = config->session;
  vm_status st = vm_isolate_new(engine, &config->isolate, &l->isolate, error);
  if (st == VM_OK) st = lox_host_define(l->isolate, &l->host, error);
  if (st == VM_OK) st = load_runtime(l, engine, error);
  if (st != VM_OK) {
    lox_free(l);
    return st;
  }
  *out = l;
  return VM_OK;
}

void lox_free(lox *l)
{
  if (!l) return;
  if (l->isolate) vm_isolate_free(l->isolate, NULL);
  for (size_t i = 0; i < BUCKETS; i++)
    while (l->globals[i]) {
      known_global *next = l->globals[i]->next;
      free((char *)l->globals[i]->name.start);
      free(l->globals[i]);
      l->globals[i] = next;
    }
  free(l);
}

vm_isolate *lox_isolate(lox *l) { return l->isolate; }
