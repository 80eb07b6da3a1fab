/* imports.c - what a module imports: WASI if it asks for it, and by name whatever nobody provides.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "tool.h"

bool wants_wasi(const vm_module *module)
{
  vm_entity_info info;
  for (uint32_t i = 0; i < vm_module_import_count(module); i++)
    if (vm_module_get_import(module, i, &info, NULL) == VM_OK &&
        strcmp(info.module, WASI_MODULE) == 0)
      return true;
  return false;
}

vm_status make_wasi(vm_isolate *iso, const run_options *o, wasi_host **out, vm_error *e)
{
  const char *args[1 + (size_t)o->argc];
  wasi_config config = WASI_CONFIG_INIT;
  args[0] = o->file;
  for (int i = 0; i < o->argc; i++) args[1 + i] = o->argv[i];
  config.args = args;
  config.nargs = 1 + (size_t)o->argc;
  config.env = o->env;
  config.nenv = o->nenv;
  config.dirs = o->dirs;
  config.ndirs = o->ndirs;
  config.raise_sigpipe = 1; /* the guest is all that this process is for */
  for (int i = 0; i < 3; i++) config.streams[i] = i;
  vm_status st = wasi_new(&config, out, e);
  return st == VM_OK ? wasi_define(*out, iso, e) : st;
}

/* ---- what is missing ---- */

/* Types print as in the module's own text, so equal ones give equal texts. */
static bool put_types(char *text, size_t size, const vm_type *types, uint32_t n)
{
  static const char *const names[] = {"i32", "i64", "f32", "f64", "dyn"};
  size_t used = strlen(text);
  for (uint32_t i = 0; i < n; i++) {
    if (VM_TYPE_KIND(types[i]) > VM_KIND_DYN) return false;
    used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "",
                             names[VM_TYPE_KIND(types[i])]);
    if (used >= size) return false;
  }
  return true;
}

/* The type that the function is provided with, if it is one of numbers. */
static bool provided_type(vm_isolate *iso, const vm_entity_info *import, char *text, size_t size)
{
  vm_ref func;
  vm_func_type type;
  text[0] = 0;
  if (vm_isolate_get_func(iso, import->module, import->name, &func, NULL) != VM_OK ||
      vm_func_get_type(iso, func, &type, NULL) != VM_OK)
    return false;
  strcpy(text, "(");
  if (!put_types(text, size - 8, type.params, type.nparams)) return false;
  strcat(text, ") -> (");
  if (!put_types(text, size - 2, type.results, type.nresults)) return false;
  strcat(text, ")");
  return true;
}

static bool complain(vm_isolate *iso, const vm_entity_info *import, const char *file, bool first)
{
  static const char *const kinds[] = {"func", "table", "memory", "global", "type"};
  char type[VM_TYPE_TEXT];
  vm_ref func;
  bool there = import->kind == VM_ENTITY_FUNC &&
               vm_isolate_get_func(iso, import->module, import->name, &func, NULL) == VM_OK;
  bool known = there && provided_type(iso, import, type, sizeof type);
  if (there && (!known || strcmp(type, import->type) == 0)) return false;
  if (first) fprintf(stderr, "vm: %s: link: imports that are not provided:\n", file);
  fprintf(stderr, "  %s \"%s\" \"%s\" %s", kinds[import->kind], import->module, import->name,
          import->type);
  fprintf(stderr, there ? "; provided is %s\n" : "\n", there ? type : "");
  return true;
}

bool check_imports(vm_isolate *iso, const vm_module *module, const char *file)
{
  vm_entity_info import;
  vm_scope scope;
  bool first = true;
  for (uint32_t i = 0; i < vm_module_import_count(module); i++) {
    if (vm_module_get_import(module, i, &import, NULL) != VM_OK) continue;
    if (vm_scope_open(iso, &scope, NULL) != VM_OK) break; /* linking will fail, too */
    if (complain(iso, &import, file, first)) first = false;
    vm_scope_close(iso, scope, NULL);
  }
  return first;
}
