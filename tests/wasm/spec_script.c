/* spec_script.c - runs one script of the specification, as wast2json converted it.
 *
 * SPDX-License-Identifier: MIT
 *
 * A script is a list of commands: modules that are to be instantiated, actions (calls, reads of
 * globals) and assertions about both. Each script gets an isolate of its own.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"
#include "wasm.h"

bool spec_wrong(spec_run *r, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  vsnprintf(r->what, sizeof r->what, format, args);
  va_end(args);
  return false;
}

static bool status_wrong(spec_run *r, const char *what, vm_status expected, vm_status found)
{
  return spec_wrong(r, "%s: expected %s, found %s (%s)", what, vm_status_name(expected),
                    vm_status_name(found), found != VM_OK ? r->error.message : "");
}

/* ---- modules ---- */

static uint8_t *read_file(spec_run *r, const json_t *command, size_t *size)
{
  char path[4096];
  const char *name = json_string_value(json_object_get(command, "filename"));
  snprintf(path, sizeof path, "%s/%s", r->dir, name != NULL ? name : "");
  FILE *file = fopen(path, "rb");
  uint8_t *bytes = NULL;
  if (file != NULL && fseek(file, 0, SEEK_END) == 0) {
    *size = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*size + 1); /* an empty file is a module too, a malformed one */
    if (bytes != NULL && fread(bytes, 1, *size, file) != *size) {
      free(bytes);
      bytes = NULL;
    }
  }
  if (file != NULL) fclose(file);
  if (bytes == NULL) spec_wrong(r, "cannot read %s", path);
  return bytes;
}

/* What the front end says of the command's file, and the module if that is VM_OK. False: the test
 * itself failed. */
static bool translate(spec_run *r, const json_t *command, vm_status *status, vm_module **module)
{
  uint8_t *out = NULL;
  size_t size = 0, out_size = 0;
  uint8_t *bytes = read_file(r, command, &size);
  *module = NULL;
  if (bytes == NULL) return false;
  *status = wasm_translate(NULL, bytes, size, &out, &out_size, &r->error);
  free(bytes);
  if (*status != VM_OK) return true;
  vm_status loaded = vm_module_load(r->engine, out, out_size, module, &r->error);
  vm_builder_bytes_free(NULL, out, out_size);
  return loaded == VM_OK || status_wrong(r, "loading what was translated", VM_OK, loaded);
}

/* As above, for modules that must be valid; what instantiating them gave. */
static bool instantiate(spec_run *r, const json_t *command, vm_status *status, vm_instance **out)
{
  vm_module *module;
  *out = NULL;
  if (!translate(r, command, status, &module)) return false;
  if (*status != VM_OK) return status_wrong(r, "translation", VM_OK, *status);
  *status = vm_instance_new(r->isolate, module, out, &r->error);
  vm_module_free(module);
  return true;
}

/* The instance that was given this name, or the last one if there is no name. */
static vm_instance *instance_of(spec_run *r, const json_t *name)
{
  if (name == NULL) return r->current;
  json_t *index = json_object_get(r->names, json_string_value(name));
  return index != NULL ? r->instances[json_integer_value(index)] : NULL;
}

static bool run_module(spec_run *r, const json_t *command)
{
  vm_status status;
  const char *name = json_string_value(json_object_get(command, "name"));
  r->current = NULL;
  if (!instantiate(r, command, &status, &r->current)) return false;
  if (status != VM_OK) return status_wrong(r, "instantiation", VM_OK, status);
  vm_instance **more = realloc(r->instances, (r->ninstances + 1) * sizeof *more);
  if (more == NULL) return spec_wrong(r, "no memory");
  r->instances = more;
  r->instances[r->ninstances] = r->current;
  if (name != NULL) json_object_set_new(r->names, name, json_integer(r->ninstances));
  r->ninstances++;
  return true;
}

static bool run_register(spec_run *r, const json_t *command)
{
  vm_instance *instance = instance_of(r, json_object_get(command, "name"));
  char *as = spec_name(json_object_get(command, "as"));
  if (instance == NULL || as == NULL) {
    free(as);
    return spec_wrong(r, "expected a module to register, found none");
  }
  vm_status status = vm_instance_define(instance, as, &r->error);
  free(as);
  return status == VM_OK || status_wrong(r, "register", VM_OK, status);
}

/* ---- actions ---- */

enum { MOST = 64 }; /* values of one action */

typedef struct outcome {
  vm_status status;
  uint32_t count;
  vm_value results[MOST];
} outcome;

static bool invoke(spec_run *r, vm_instance *instance, const json_t *action, const char *field,
                   outcome *out)
{
  vm_ref func;
  vm_func_type type;
  vm_value args[MOST];
  const json_t *list = json_object_get(action, "args");
  size_t nargs = json_array_size(list);
  vm_status s = vm_instance_get_func(instance, field, &func, &r->error);
  if (s == VM_OK) s = vm_func_get_type(r->isolate, func, &type, &r->error);
  if (s != VM_OK) return status_wrong(r, "export", VM_OK, s);
  if (nargs > MOST || type.nresults > MOST) return spec_wrong(r, "too many values for this test");
  for (size_t i = 0; i < nargs; i++) {
    if (!spec_value(r, json_array_get(list, i), &args[i])) return false;
  }
  out->count = type.nresults;
  r->error.trap = VM_TRAP_NONE;
  vm_engine_drain(r->engine, NULL); /* what got hot has its code */
  out->status = vm_call(r->isolate, func, args, (uint32_t)nargs, out->results, out->count,
                        &r->error);
  return true;
}

static bool act_on(spec_run *r, const json_t *action, const char *field, outcome *out)
{
  const char *type = json_string_value(json_object_get(action, "type"));
  vm_instance *instance = instance_of(r, json_object_get(action, "module"));
  if (instance == NULL || field == NULL || type == NULL) {
    return spec_wrong(r, "expected a module to act on, found none");
  }
  if (strcmp(type, "invoke") == 0) return invoke(r, instance, action, field, out);
  if (strcmp(type, "get") != 0) return spec_wrong(r, "unknown action \"%s\"", type);
  out->count = 1;
  out->status = vm_instance_get_global(instance, field, &out->results[0], &r->error);
  return true;
}

static bool act(spec_run *r, const json_t *command, outcome *out)
{
  const json_t *action = json_object_get(command, "action");
  char *field = spec_name(json_object_get(action, "field"));
  bool ok = act_on(r, action, field, out);
  free(field);
  return ok;
}

static bool run_action(spec_run *r, const json_t *command)
{
  outcome out;
  if (!act(r, command, &out)) return false;
  return out.status == VM_OK || status_wrong(r, "action", VM_OK, out.status);
}

static bool assert_return(spec_run *r, const json_t *command)
{
  outcome out;
  const json_t *expected = json_object_get(command, "expected");
  if (!act(r, command, &out)) return false;
  if (out.status != VM_OK) return status_wrong(r, "action", VM_OK, out.status);
  if (json_array_size(expected) != out.count) {
    return spec_wrong(r, "expected %zu results, found %u", json_array_size(expected),
                      (unsigned)out.count);
  }
  for (uint32_t i = 0; i < out.count; i++) {
    if (!spec_expect(r, json_array_get(expected, i), &out.results[i])) return false;
  }
  return true;
}

/* ---- traps ---- */

static const struct {
  const char *text; /* of the specification; a number may follow */
  vm_trap trap;
} traps[] = {
  {"unreachable", VM_TRAP_UNREACHABLE},
  {"integer divide by zero", VM_TRAP_DIVIDE_BY_ZERO},
  {"integer overflow", VM_TRAP_INTEGER_OVERFLOW},
  {"invalid conversion to integer", VM_TRAP_INVALID_CONVERSION},
  {"out of bounds memory access", VM_TRAP_MEMORY_BOUNDS},
  {"out of bounds table access", VM_TRAP_TABLE_BOUNDS},
  {"undefined element", VM_TRAP_TABLE_BOUNDS},       /* of call_indirect: no such entry */
  {"uninitialized element", VM_TRAP_UNDEFINED_ELEMENT}, /* the entry is null */
  {"indirect call type mismatch", VM_TRAP_CALL_TYPE},
  {"call stack exhausted", VM_TRAP_STACK_OVERFLOW},
};

static bool trapped(spec_run *r, const json_t *command, vm_status status)
{
  const char *text = json_string_value(json_object_get(command, "text"));
  if (status != VM_EXCEPTION) return status_wrong(r, text, VM_EXCEPTION, status);
  for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) {
    size_t size = strlen(traps[i].text);
    if (strncmp(text, traps[i].text, size) != 0) continue;
    if (text[size + strspn(text + size, " 0123456789")] != '\0') continue;
    if (r->error.trap == traps[i].trap) return true;
    return spec_wrong(r, "expected the trap %s (%s), found %s", vm_trap_name(traps[i].trap), text,
                      vm_trap_name(r->error.trap));
  }
  return spec_wrong(r, "script: unknown trap \"%s\"", text);
}

static bool assert_trap(spec_run *r, const json_t *command)
{
  outcome out;
  return act(r, command, &out) && trapped(r, command, out.status);
}

/* ---- assertions about modules ---- */

static bool refused(spec_run *r, const json_t *command, vm_status expected)
{
  vm_status status;
  vm_module *module;
  if (!translate(r, command, &status, &module)) return false;
  vm_module_free(module);
  if (status == expected) return true;
  return status_wrong(r, json_string_value(json_object_get(command, "text")), expected, status);
}

static bool assert_invalid(spec_run *r, const json_t *command)
{
  return refused(r, command, VM_INVALID);
}

static bool assert_malformed(spec_run *r, const json_t *command)
{
  return refused(r, command, VM_MALFORMED);
}

static bool assert_unlinkable(spec_run *r, const json_t *command)
{
  vm_status status;
  vm_instance *instance;
  if (!instantiate(r, command, &status, &instance)) return false;
  return status == VM_LINK || status_wrong(r, "instantiation", VM_LINK, status);
}

static bool assert_uninstantiable(spec_run *r, const json_t *command)
{
  vm_status status;
  vm_instance *instance;
  r->error.trap = VM_TRAP_NONE;
  return instantiate(r, command, &status, &instance) && trapped(r, command, status);
}

/* ---- commands ---- */

static const struct {
  const char *type;
  bool (*run)(spec_run *, const json_t *);
  spec_kind kind;
} commands[] = {
  {"module", run_module, SPEC_MODULE},
  {"register", run_register, SPEC_REGISTER},
  {"action", run_action, SPEC_ACTION},
  {"assert_return", assert_return, SPEC_RETURN},
  {"assert_trap", assert_trap, SPEC_TRAP},
  {"assert_exhaustion", assert_trap, SPEC_EXHAUSTION},
  {"assert_invalid", assert_invalid, SPEC_INVALID},
  {"assert_malformed", assert_malformed, SPEC_MALFORMED},
  {"assert_unlinkable", assert_unlinkable, SPEC_UNLINKABLE},
  {"assert_uninstantiable", assert_uninstantiable, SPEC_UNINSTANTIABLE},
};

static bool is_text(const json_t *command)
{
  const char *type = json_string_value(json_object_get(command, "module_type"));
  return type != NULL && strcmp(type, "text") == 0;
}

static bool run_command(spec_run *r, const json_t *command, spec_kind *kind)
{
  const char *type = json_string_value(json_object_get(command, "type"));
  vm_scope scope;
  for (size_t i = 0; type != NULL && i < sizeof commands / sizeof *commands; i++) {
    if (strcmp(type, commands[i].type) != 0) continue;
    *kind = commands[i].kind;
    if (*kind == SPEC_MALFORMED && is_text(command)) {
      *kind = SPEC_TEXT;
      return true;
    }
    if (vm_scope_open(r->isolate, &scope, &r->error) != VM_OK) return spec_wrong(r, "no scope");
    bool ok = commands[i].run(r, command);
    vm_status s = vm_scope_close(r->isolate, scope, &r->error);
    return ok && (s == VM_OK || status_wrong(r, "scope", VM_OK, s));
  }
  *kind = SPEC_KINDS;
  return spec_wrong(r, "unknown command \"%s\"", type != NULL ? type : "");
}

static void run_commands(spec_run *r, const json_t *list)
{
  size_t i;
  json_t *command;
  json_array_foreach(list, i, command) {
    spec_kind kind = SPEC_KINDS;
    r->line = (int)json_integer_value(json_object_get(command, "line"));
    r->what[0] = '\0';
    if (run_command(r, command, &kind)) {
      r->counts->passed[kind]++;
      continue;
    }
    r->counts->failed++;
    printf("%s.wast:%d: %s\n", r->script, r->line, r->what);
  }
}

bool spec_run_script(vm_engine *engine, const char *dir, const char *script, spec_counts *counts)
{
  char path[4096];
  json_error_t e;
  spec_run r = {.engine = engine, .dir = dir, .script = script, .counts = counts,
                .error = VM_ERROR_INIT};
  snprintf(path, sizeof path, "%s/%s.json", dir, script);
  json_t *root = json_load_file(path, JSON_ALLOW_NUL, &e);
  if (root == NULL) {
    fprintf(stderr, "%s: %s (line %d)\n", path, e.text, e.line);
    return false;
  }
  r.names = json_object();
  vm_status s = vm_isolate_new(engine, NULL, &r.isolate, &r.error);
  bool ok = s == VM_OK && r.names != NULL && spec_define_spectest(&r);
  if (ok) run_commands(&r, json_object_get(root, "commands"));
  else fprintf(stderr, "%s: %s %s\n", script, r.error.message, r.what);
  if (vm_isolate_free(r.isolate, &r.error) != VM_OK) ok = false;
  json_decref(r.names);
  json_decref(root);
  free(r.instances);
  free(r.externs);
  return ok;
}
