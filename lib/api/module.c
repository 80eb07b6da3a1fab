/* module.c - loading modules and asking what is in them.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api.h"

#include <stdio.h>
#include <string.h>

#include "quick.h"
#include "text.h"

/* ---- life ---- */

static vm_status read_and_verify(vm_engine *engine, const void *bytes, size_t size,
                                 vmi_module **out, vm_error *error)
{
  vmi_module *m = NULL;
  vm_status status = vmi_module_read(&engine->alloc, bytes, size, &m, error);
  if (status != VM_OK) return status;
  status = vmi_verify(m, error);
  if (status != VM_OK) {
    vmi_module_free(m);
    return status;
  }
  *out = m;
  return VM_OK;
}

static vm_status new_module(vm_engine *engine, const uint8_t *bytes, size_t size, vm_module **out,
                            vm_error *error)
{
  vmi_module *m = NULL;
  vm_status status = read_and_verify(engine, bytes, size, &m, error);
  if (status != VM_OK) return status;
  status = vmi_rt_module_new(engine, m, bytes, size, out, error);
  if (status != VM_OK) vmi_module_free(m);
  return status;
}

vm_status vm_module_load(vm_engine *engine, const void *bytes, size_t size, vm_module **out,
                         vm_error *error)
{
  if (out != NULL) *out = NULL;
  VMI_API_NOT_NULL(error, engine);
  VMI_API_NOT_NULL(error, bytes);
  VMI_API_NOT_NULL(error, out);
  vmi_vmx file;
  vm_module *module = NULL;
  vm_status status = vmi_vmx_read(bytes, size, &file, error);
  if (status != VM_OK) return status;
  status = new_module(engine, file.module, file.module_size, &module, error);
  if (status != VM_OK) return status;
  if (engine->jit != NULL) {
    vmi_jit_adopt_file(engine->jit, module, &file);
    vmi_jit_adopt(engine->jit, module);
  }
  /* A function that fails to compile is interpreted; the statistics tell. */
  if (engine->tier == VM_TIER_2 && engine->jit != NULL) {
    (void)vmi_jit_compile(engine->jit, module, NULL, 0, NULL);
  }
  *out = module;
  return VM_OK;
}

vm_status vm_module_assemble(vm_engine *engine, const char *text, size_t size, vm_module **out,
                             vm_error *error)
{
  if (out != NULL) *out = NULL;
  VMI_API_NOT_NULL(error, engine);
  VMI_API_NOT_NULL(error, text);
  VMI_API_NOT_NULL(error, out);
  vm_allocator hook = {engine->alloc.resize, engine->alloc.user};
  uint8_t *bytes = NULL;
  size_t n = 0;
  vm_status status = vm_text_assemble(&hook, text, size, &bytes, &n, error);
  if (status != VM_OK) return status;
  status = vm_module_load(engine, bytes, n, out, error);
  vm_text_bytes_free(&hook, bytes, n);
  return status;
}

vm_status vm_module_save_compiled(vm_module *module, uint8_t **bytes, size_t *size, vm_error *error)
{
  if (bytes != NULL) *bytes = NULL;
  if (size != NULL) *size = 0;
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, bytes);
  VMI_API_NOT_NULL(error, size);
  vm_engine *engine = module->engine;
  if (engine->jit == NULL) {
    return vmi_fail(error, VM_COMPILE, "vm_module_save_compiled: the engine has no compiler");
  }
  /* A module of its own, so that all code is at hand and the host's is as before. */
  vm_module *copy = NULL;
  vm_status status = new_module(engine, module->bytes, module->size, &copy, error);
  if (status != VM_OK) return status;
  status = vmi_jit_save(engine->jit, copy, bytes, size, error);
  if (status != VM_OK) *size = 0;
  vmi_rt_module_release(copy);
  return status;
}

vm_status vm_module_list_assembly(vm_module *module, char **text, size_t *size, vm_error *error)
{
  if (text != NULL) *text = NULL;
  if (size != NULL) *size = 0;
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, text);
  VMI_API_NOT_NULL(error, size);
  vm_engine *engine = module->engine;
  if (engine->jit == NULL) {
    return vmi_fail(error, VM_COMPILE, "vm_module_list_assembly: the engine has no compiler");
  }
  vm_module *copy = NULL;
  vm_status status = new_module(engine, module->bytes, module->size, &copy, error);
  if (status != VM_OK) return status;
  status = vmi_jit_list(engine->jit, copy, text, size, error);
  if (status != VM_OK) *size = 0;
  vmi_rt_module_release(copy);
  return status;
}

vm_status vm_module_list_register_code(vm_module *module, char **text, size_t *size,
                                       vm_error *error)
{
  if (text != NULL) *text = NULL;
  if (size != NULL) *size = 0;
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, text);
  VMI_API_NOT_NULL(error, size);
  const vmi_alloc *a = &module->engine->alloc;
  const vmi_module *m = module->m;
  vmi_vec lines = {0};
  bool ok = true;
  for (uint32_t i = m->nimported_funcs; ok && i < m->nfuncs; i++)
    ok = vmi_quick_list(a, &module->code[i], &lines);
  char *made = ok ? vmi_new(a, lines.count + 1) : NULL;
  if (made != NULL) {
    if (lines.count > 0) memcpy(made, lines.data, lines.count);
    made[lines.count] = 0;
    *text = made;
    *size = lines.count + 1;
  }
  vmi_vec_free(a, &lines);
  return made != NULL ? VM_OK : vmi_no_memory(error);
}

void vm_module_bytes_free(vm_engine *engine, void *bytes, size_t size)
{
  if (engine != NULL) vmi_free(&engine->alloc, bytes, size);
}

vm_status vm_module_find_bytecode(const void *bytes, size_t size, const void **bytecode,
                                  size_t *bytecode_size, vm_error *error)
{
  VMI_API_NOT_NULL(error, bytes);
  VMI_API_NOT_NULL(error, bytecode);
  VMI_API_NOT_NULL(error, bytecode_size);
  vmi_vmx file;
  vm_status status = vmi_vmx_read(bytes, size, &file, error);
  if (status != VM_OK) return status;
  *bytecode = file.module;
  *bytecode_size = file.module_size;
  return VM_OK;
}

void vm_module_free(vm_module *module)
{
  if (module != NULL) vmi_rt_module_release(module);
}

const char *vm_module_name(const vm_module *module)
{
  return module != NULL && module->m->name.size != 0 ? module->m->name.data : "";
}

vm_engine *vm_module_engine(const vm_module *module)
{
  return module != NULL ? module->engine : NULL;
}

/* ---- types as text ---- */

typedef struct writer {
  char *buffer;
  size_t size, used;
} writer;

/* Append `text`, cut at the end of the buffer. */
static void put(writer *w, const char *text)
{
  if (w->used + 1 >= w->size) return;
  int n = snprintf(w->buffer + w->used, w->size - w->used, "%s", text);
  if (n > 0) w->used += (size_t)n < w->size - w->used ? (size_t)n : w->size - w->used - 1;
}

static void put_type(writer *w, const vmi_module *m, vm_type type)
{
  char text[VMI_API_TEXT];
  put(w, vmi_type_text(m, type, text, sizeof text));
}

static void put_types(writer *w, const vmi_module *m, uint32_t count, const vm_type *types)
{
  put(w, "(");
  for (uint32_t i = 0; i < count; i++) {
    if (i != 0) put(w, ", ");
    put_type(w, m, types[i]);
  }
  put(w, ")");
}

static void put_limits(writer *w, uint32_t min, uint32_t max)
{
  char text[32];
  snprintf(text, sizeof text, max == VMI_NO_INDEX ? "%u" : "%u %u", min, max);
  put(w, text);
}

static void put_struct(writer *w, const vmi_module *m, const vmi_typedef *t)
{
  put(w, "struct {");
  for (uint32_t i = 0; i < t->nfields; i++) {
    put(w, i == 0 ? " " : ", ");
    if (t->field_names != NULL && t->field_names[i].size != 0) {
      put(w, t->field_names[i].data);
      put(w, ": ");
    }
    if (t->fields[i].mut) put(w, "mut ");
    put_type(w, m, t->fields[i].type);
  }
  put(w, " }");
}

static void put_typedef(writer *w, const vmi_module *m, const vmi_typedef *t)
{
  switch (t->kind) {
  case VMI_DEF_STRUCT: put_struct(w, m, t); return;
  case VMI_DEF_ARRAY:
    put(w, t->fields[0].mut ? "array mut " : "array ");
    put_type(w, m, t->fields[0].type);
    return;
  case VMI_DEF_FUNC:
    put_types(w, m, t->nparams, t->params);
    put(w, " -> ");
    put_types(w, m, t->nresults, t->results);
    return;
  }
}

static void put_entity(writer *w, const vmi_module *m, vmi_extern_kind kind, uint32_t index)
{
  switch (kind) {
  case VMI_EXTERN_FUNC: put_typedef(w, m, vmi_func_type(m, index)); return;
  case VMI_EXTERN_TABLE:
    put_type(w, m, m->tables[index].type);
    put(w, " ");
    put_limits(w, m->tables[index].min, m->tables[index].max);
    return;
  case VMI_EXTERN_MEMORY:
    put_limits(w, m->memories[index].min, m->memories[index].max);
    return;
  case VMI_EXTERN_GLOBAL:
    if (m->globals[index].mut) put(w, "mut ");
    put_type(w, m, m->globals[index].type);
    return;
  case VMI_EXTERN_TYPE: put_typedef(w, m, &m->types[index]); return;
  }
}

/* ---- imports and exports ---- */

_Static_assert((int)VM_ENTITY_FUNC == (int)VMI_EXTERN_FUNC &&
                   (int)VM_ENTITY_TABLE == (int)VMI_EXTERN_TABLE &&
                   (int)VM_ENTITY_MEMORY == (int)VMI_EXTERN_MEMORY &&
                   (int)VM_ENTITY_GLOBAL == (int)VMI_EXTERN_GLOBAL &&
                   (int)VM_ENTITY_TYPE == (int)VMI_EXTERN_TYPE,
               "the public kinds are the internal ones");

uint32_t vm_module_import_count(const vm_module *module)
{
  return module != NULL ? module->m->nimports : 0;
}

uint32_t vm_module_export_count(const vm_module *module)
{
  return module != NULL ? module->m->nexports : 0;
}

static void describe(const vmi_module *m, const vmi_str *from, const vmi_str *name,
                     vmi_extern_kind kind, uint32_t index, vm_entity_info *out)
{
  memset(out, 0, sizeof *out);
  out->module = from != NULL ? from->data : NULL;
  out->name = name->data;
  out->kind = (vm_entity)kind;
  out->index = index;
  writer w = {out->type, sizeof out->type, 0};
  put_entity(&w, m, kind, index);
}

vm_status vm_module_get_import(const vm_module *module, uint32_t index, vm_entity_info *out,
                               vm_error *error)
{
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, out);
  VMI_API_REQUIRE(error, index < module->m->nimports, "import %u: the module has %u", index,
                  module->m->nimports);
  const vmi_import *i = &module->m->imports[index];
  describe(module->m, &i->module, &i->name, i->kind, i->index, out);
  return VM_OK;
}

vm_status vm_module_get_export(const vm_module *module, uint32_t index, vm_entity_info *out,
                               vm_error *error)
{
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, out);
  VMI_API_REQUIRE(error, index < module->m->nexports, "export %u: the module has %u", index,
                  module->m->nexports);
  const vmi_export *x = &module->m->exports[index];
  describe(module->m, NULL, &x->name, x->kind, x->index, out);
  return VM_OK;
}

/* ---- functions ---- */

uint32_t vm_module_function_count(const vm_module *module)
{
  return module != NULL ? module->m->nfuncs : 0;
}

static vm_function_state function_state(const vm_module *module, uint32_t index)
{
  if (index < module->m->nimported_funcs) return VM_FUNCTION_IMPORTED;
  switch (atomic_load_explicit(&module->code[index].tier_state, memory_order_relaxed)) {
  case VMI_TIER_QUEUED: return VM_FUNCTION_QUEUED;
  case VMI_TIER_COMPILED: return VM_FUNCTION_COMPILED;
  case VMI_TIER_FAILED: return VM_FUNCTION_FAILED;
  default: return VM_FUNCTION_INTERPRETED;
  }
}

vm_status vm_module_get_function(const vm_module *module, uint32_t index, vm_function_info *out,
                                 vm_error *error)
{
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, out);
  const vmi_module *m = module->m;
  VMI_API_REQUIRE(error, index < m->nfuncs, "function %u: the module has %u", index, m->nfuncs);
  const vmi_func *f = &m->funcs[index];
  memset(out, 0, sizeof *out);
  out->name = vmi_func_name(m, index);
  out->state = function_state(module, index);
  out->nparams = vmi_func_type(m, index)->nparams;
  out->nresults = vmi_func_type(m, index)->nresults;
  if (out->state == VM_FUNCTION_IMPORTED) return VM_OK;
  out->file = f->file < m->nfiles ? m->files[f->file].data : NULL;
  out->code_size = f->code_size;
  out->frame_size = f->frame_size;
  out->translated = atomic_load_explicit(&module->code[index].quick, memory_order_relaxed) != NULL;
  return VM_OK;
}

/* NULL functions and a count, or an index that does not exist. */
static vm_status check_functions(const vm_module *module, const uint32_t *functions, uint32_t count,
                                 const char *name, vm_error *error)
{
  VMI_API_REQUIRE(error, functions != NULL || count == 0, "%s: `functions` is NULL, `count` is %u",
                  name, count);
  for (uint32_t i = 0; functions != NULL && i < count; i++) {
    VMI_API_REQUIRE(error, functions[i] < module->m->nfuncs, "function %u: the module has %u",
                    functions[i], module->m->nfuncs);
  }
  return VM_OK;
}

vm_status vm_module_compile(vm_module *module, const uint32_t *functions, uint32_t count,
                            vm_error *error)
{
  VMI_API_NOT_NULL(error, module);
  vm_status status = check_functions(module, functions, count, __func__, error);
  if (status != VM_OK || (functions != NULL && count == 0)) return status;
  if (module->engine->jit == NULL) {
    return vmi_fail(error, VM_COMPILE, "the engine was made with VM_TIER_0: it has no compiler");
  }
  return vmi_jit_compile(module->engine->jit, module, functions, count, error);
}

vm_status vm_module_discard_code(vm_module *module, const uint32_t *functions, uint32_t count,
                                 vm_error *error)
{
  VMI_API_NOT_NULL(error, module);
  vm_status status = check_functions(module, functions, count, __func__, error);
  if (status != VM_OK || (functions != NULL && count == 0) || module->engine->jit == NULL) return status;
  return vmi_jit_discard(module->engine->jit, module, functions, count, false, error);
}

vm_status vm_module_exclude(vm_module *module, const uint32_t *functions, uint32_t count,
                            vm_error *error)
{
  VMI_API_NOT_NULL(error, module);
  vm_status status = check_functions(module, functions, count, __func__, error);
  if (status != VM_OK || (functions != NULL && count == 0) || module->engine->jit == NULL) return status;
  return vmi_jit_discard(module->engine->jit, module, functions, count, true, error);
}

_Static_assert(VM_FUNCTION_REASON == sizeof(((vmi_jit_func_info *)0)->reason), "one length for both");

static void fill_stats(const vm_module *module, uint32_t index, vm_function_stats *s)
{
  vmi_profile *p = &module->profile[index];
  vmi_code *c = &module->code[index];
  bool quick = atomic_load_explicit(&c->quick, memory_order_relaxed) != NULL;
  s->tier = s->state == VM_FUNCTION_COMPILED ? 2 : quick ? 1 : 0;
  s->calls = atomic_load_explicit(&p->calls, memory_order_relaxed);
  s->work = atomic_load_explicit(&p->work, memory_order_relaxed);
  s->threshold = vmi_rt_compile_cost(&module->m->funcs[index]);
  if (module->engine->jit == NULL) return;
  vmi_jit_func_info info;
  vmi_jit_get_func(module->engine->jit, module, index, &info);
  s->compile_ns = info.compile_ns;
  s->code_bytes = info.code_bytes;
  s->unit_functions = info.unit_functions;
  s->compiles = info.compiles;
  s->loop_entries = info.loop_entries;
  memcpy(s->reason, info.reason, sizeof s->reason);
}

vm_status vm_module_get_function_stats(const vm_module *module, uint32_t index,
                                       vm_function_stats *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, module);
  VMI_API_NOT_NULL(error, out);
  VMI_API_REQUIRE(error, index < module->m->nfuncs, "function %u: the module has %u", index,
                  module->m->nfuncs);
  vm_function_stats s;
  memset(&s, 0, sizeof s);
  s.state = function_state(module, index);
  if (s.state != VM_FUNCTION_IMPORTED) fill_stats(module, index, &s);
  VMI_API_REQUIRE(error, vmi_api_copy_stats(out, &s, sizeof s),
                  "vm_module_get_function_stats: `out->size` is not set");
  return VM_OK;
}
