/* fn.c - a function body under construction: its life, locals, labels and handler ranges.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "build.h"

/* ---- errors ---- */

vm_status vmi_build_fn_fail(vm_fn *fn, vm_status status, const char *op, const char *format, ...)
{
  vm_builder *b = fn->b;
  if (b->error.status != VM_OK) return b->error.status;
  char message[VM_ERROR_TEXT], name[48] = "", line[24] = "";
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  if (fn->f.name.size != 0) snprintf(name, sizeof name, " \"%.40s\"", fn->f.name.data);
  if (fn->line != 0) snprintf(line, sizeof line, ", line %u", (unsigned)fn->line);
  vmi_fail_at(&b->error, status, fn->index, (uint32_t)fn->code.count,
              "function %u%s, instruction %u%s: %s%s%s", (unsigned)fn->index, name,
              (unsigned)fn->ninsns, line, op ? op : "", op ? ": " : "", message);
  b->error.line = fn->line;
  vmi_build_stop(b);
  return status;
}

static vm_status fn_no_memory(vm_fn *fn)
{
  return vmi_build_fn_fail(fn, VM_MEMORY, NULL, "out of memory");
}

/* Ended bodies are kept for the next function, so a late call on one is seen, not undefined. */
vm_status vmi_build_fn_ready(vm_fn *fn)
{
  if (fn == NULL) return VM_ARGUMENT;
  vm_status s = vmi_build_ready(fn->b);
  if (s != VM_OK || fn->index != VMI_NO_INDEX) return s;
  return vmi_build_fail(fn->b, VM_STATE,
                        "function body: expected an open one, found one after vm_fn_end");
}

/* An error of the builder's own checks, given the place in the function. */
static vm_status at_place(vm_fn *fn, vm_status s)
{
  vm_error *e = &fn->b->error;
  if (s == VM_OK || e->function != VM_NO_OFFSET) return s;
  char message[VM_ERROR_TEXT];
  memcpy(message, e->message, sizeof message);
  e->status = VM_OK;
  return vmi_build_fn_fail(fn, s, NULL, "%s", message);
}

/* ---- life ---- */

void vmi_build_fn_free(vm_fn *fn)
{
  const vmi_alloc *a = &fn->b->alloc;
  vmi_vec *vecs[] = {&fn->code, &fn->locals, &fn->local_names, &fn->labels, &fn->places,
                     &fn->bound, &fn->switches, &fn->ranges, &fn->lines, &fn->jumps};
  for (size_t i = 0; i < VMI_COUNT(vecs); i++) vmi_vec_free(a, vecs[i]);
  vmi_free(a, fn->stack, VMI_BUILD_STACK * sizeof *fn->stack);
  vmi_free(a, fn, sizeof *fn);
}

static vm_fn *new_body(vm_builder *b)
{
  vm_fn *fn = b->idle;
  if (fn != NULL) {
    b->idle = fn->next;
    return fn;
  }
  fn = vmi_new_zero(&b->alloc, 1, sizeof *fn);
  if (fn == NULL) return NULL;
  fn->b = b;
  fn->stack = vmi_new(&b->alloc, VMI_BUILD_STACK * sizeof *fn->stack);
  if (fn->stack != NULL) return fn;
  vmi_free(&b->alloc, fn, sizeof *fn);
  return NULL;
}

static void link_open(vm_builder *b, vm_fn *fn)
{
  fn->prev = NULL;
  fn->next = b->open;
  if (b->open != NULL) b->open->prev = fn;
  b->open = fn;
}

static void make_idle(vm_fn *fn)
{
  vm_builder *b = fn->b;
  if (fn->prev != NULL) fn->prev->next = fn->next;
  if (fn->next != NULL) fn->next->prev = fn->prev;
  if (b->open == fn) b->open = fn->next;
  vmi_vec *vecs[] = {&fn->code, &fn->locals, &fn->local_names, &fn->labels, &fn->places,
                     &fn->bound, &fn->switches, &fn->ranges, &fn->lines, &fn->jumps};
  for (size_t i = 0; i < VMI_COUNT(vecs); i++) vecs[i]->count = 0;
  fn->index = VMI_NO_INDEX;
  fn->quick_end = 0;
  fn->next = b->idle;
  fn->prev = NULL;
  b->idle = fn;
}

/* Parameters and environment are the first locals. */
static vm_status first_locals(vm_fn *fn)
{
  const vmi_typedef *t = &fn->b->m->types[fn->f.type];
  uint32_t count = t->nparams + fn->f.has_env;
  vm_type *locals = vmi_vec_push(&fn->b->alloc, &fn->locals, sizeof *locals, count);
  if (locals == NULL) return fn_no_memory(fn);
  for (uint32_t i = 0; i < t->nparams; i++) locals[i] = t->params[i];
  if (fn->f.has_env) locals[t->nparams] = fn->f.env;
  fn->f.locals = fn->locals.data;
  fn->f.nlocals = count;
  return VM_OK;
}

static vm_status check_begin(vm_builder *b, uint32_t func)
{
  vm_status s = vmi_build_index(b, "vm_fn_begin: function", func, b->m->nfuncs);
  if (s != VM_OK) return s;
  if (func < b->m->nimported_funcs) {
    return vmi_build_fail(b, VM_ARGUMENT,
                          "vm_fn_begin: expected a declared function, found function %u, an import",
                          (unsigned)func);
  }
  vmi_body_state state = ((vmi_build_func *)b->func_info.data)[func].body;
  if (state == VMI_BODY_NONE) return VM_OK;
  return vmi_build_fail(b, VM_STATE, "vm_fn_begin: expected a function without a body, found "
                        "function %u, whose body is %s",
                        (unsigned)func, state == VMI_BODY_OPEN ? "being built" : "done");
}

vm_status vm_fn_begin(vm_builder *b, uint32_t func, vm_fn **out)
{
  if (out != NULL) *out = NULL;
  vm_status s = vmi_build_ready(b);
  if (s != VM_OK) return s;
  if (out == NULL) {
    return vmi_build_fail(b, VM_ARGUMENT, "vm_fn_begin: expected a place for the body, found NULL");
  }
  s = check_begin(b, func);
  if (s != VM_OK) return s;
  vm_fn *fn = new_body(b);
  if (fn == NULL) return vmi_build_no_memory(b);
  link_open(b, fn);
  fn->index = func;
  fn->f = b->m->funcs[func];
  fn->f.file = b->m->nfiles == 0 ? VMI_NO_INDEX : b->m->nfiles - 1;
  fn->typing = (vmi_typing){.m = b->m, .f = &fn->f, .stack = fn->stack};
  fn->reachable = true;
  vmi_build_fn_quick(fn);
  fn->ninsns = fn->nbound = fn->line = fn->noted = 0;
  ((vmi_build_func *)b->func_info.data)[func].body = VMI_BODY_OPEN;
  s = first_locals(fn);
  if (s != VM_OK) return s;
  *out = fn;
  return VM_OK;
}

static vm_status check_labels(vm_fn *fn)
{
  const vmi_build_label *places = fn->places.data;
  for (uint32_t i = 0; i < fn->labels.count; i++) {
    if (places[i].at != VMI_NO_INDEX) continue;
    const vmi_str *name = &((vmi_label *)fn->labels.data)[i].name;
    return vmi_build_fn_fail(fn, VM_STATE, NULL,
                             "label %u \"%.60s\": expected to be bound, found unbound at the end",
                             (unsigned)i, name->size != 0 ? name->data : "");
  }
  return VM_OK;
}

static vm_status check_end(vm_fn *fn)
{
  vm_status s = check_labels(fn);
  if (s != VM_OK) return s;
  const vmi_build_range *ranges = fn->ranges.data;
  for (uint32_t i = 0; i < fn->ranges.count; i++) {
    if (ranges[i].end != VMI_NO_INDEX) continue;
    return vmi_build_fn_fail(fn, VM_STATE, NULL,
                             "handler range %u: expected vm_fn_try_end, found the function's end",
                             (unsigned)i);
  }
  if (!fn->reachable) return VM_OK;
  return vmi_build_fn_fail(fn, VM_STATE, NULL, "expected an unconditional transfer (return, br, "
                           "throw ...), found the function's end");
}

vm_status vm_fn_end(vm_fn *fn)
{
  if (fn == NULL) return VM_ARGUMENT;
  vm_status s = vmi_build_fn_ready(fn);
  if (s == VM_OK) s = check_end(fn);
  if (s == VM_OK) s = vmi_build_fn_layout(fn);
  if (s == VM_OK) {
    fn->b->m->funcs[fn->index] = fn->f;
    ((vmi_build_func *)fn->b->func_info.data)[fn->index].body = VMI_BODY_DONE;
  }
  if (fn->index != VMI_NO_INDEX) make_idle(fn);
  return s;
}

/* ---- locals ---- */

/* Names are kept from the first on; the vector then has an entry for each local. */
static vm_status name_local(vm_fn *fn, uint32_t local, const char *name)
{
  if (name == NULL && fn->local_names.count <= local) return VM_OK;
  if (fn->local_names.count <= local) {
    size_t missing = local + 1 - fn->local_names.count;
    if (vmi_vec_push(&fn->b->alloc, &fn->local_names, sizeof(vmi_str), missing) == NULL) {
      return fn_no_memory(fn);
    }
  }
  vmi_str *names = fn->local_names.data;
  return at_place(fn, vmi_build_name(fn->b, "local's name", name, false, &names[local]));
}

vm_status vm_fn_local(vm_fn *fn, vm_type type, const char *name, uint32_t *local)
{
  if (local != NULL) *local = VM_NO_INDEX;
  vm_status s = vmi_build_fn_ready(fn);
  if (s == VM_OK) s = at_place(fn, vmi_build_room(fn->b, "locals", fn->f.nlocals, VMI_MAX_LOCALS));
  if (s == VM_OK) s = at_place(fn, vmi_build_value_type(fn->b, "local", type));
  if (s != VM_OK) return s;
  if (!vmi_type_has_default(type)) {
    char text[96];
    return vmi_build_fn_fail(fn, VM_ARGUMENT, NULL,
                             "local: expected a type with a default, found %s",
                             vmi_type_text(fn->b->m, type, text, sizeof text));
  }
  s = name_local(fn, fn->f.nlocals, name);
  if (s != VM_OK) return s;
  vm_type *entry = vmi_vec_push(&fn->b->alloc, &fn->locals, sizeof *entry, 1);
  if (entry == NULL) return fn_no_memory(fn);
  *entry = type;
  fn->f.locals = fn->locals.data;
  if (local != NULL) *local = fn->f.nlocals;
  fn->f.nlocals++;
  return VM_OK;
}

static vm_status check_local(vm_fn *fn, uint32_t local)
{
  vm_status s = vmi_build_fn_ready(fn);
  return s == VM_OK ? at_place(fn, vmi_build_index(fn->b, "local", local, fn->f.nlocals)) : s;
}

vm_status vm_fn_local_name(vm_fn *fn, uint32_t local, const char *name)
{
  vm_status s = check_local(fn, local);
  return s == VM_OK ? name_local(fn, local, name) : s;
}

vm_status vm_fn_local_type(vm_fn *fn, uint32_t local, vm_type *type)
{
  vm_status s = check_local(fn, local);
  if (s == VM_OK && type != NULL) *type = fn->f.locals[local];
  return s;
}

/* ---- places and state ---- */

vm_status vm_fn_file(vm_fn *fn, uint32_t file)
{
  vm_status s = vmi_build_fn_ready(fn);
  if (s == VM_OK && file != VM_NO_INDEX) {
    s = at_place(fn, vmi_build_index(fn->b, "source file", file, fn->b->m->nfiles));
  }
  if (s == VM_OK) fn->f.file = file == VM_NO_INDEX ? VMI_NO_INDEX : file;
  return s;
}

vm_status vm_fn_line(vm_fn *fn, uint32_t line)
{
  if (fn != NULL && fn->quick_end != 0) {
    fn->line = line;
    return VM_OK;
  }
  vm_status s = vmi_build_fn_ready(fn);
  if (s == VM_OK) fn->line = line;
  return s;
}

int vm_fn_reachable(const vm_fn *fn)
{
  return fn != NULL && fn->b->error.status == VM_OK && fn->index != VMI_NO_INDEX && fn->reachable;
}

uint32_t vm_fn_depth(const vm_fn *fn)
{
  return vm_fn_reachable(fn) ? fn->typing.depth : 0;
}

vm_status vm_fn_operand(vm_fn *fn, uint32_t from_top, vm_type *type)
{
  vm_status s = vmi_build_fn_ready(fn);
  if (s != VM_OK) return s;
  if (from_top >= vm_fn_depth(fn)) {
    return vmi_build_fn_fail(fn, VM_ARGUMENT, NULL, "operand %u from the top: expected a stack "
                             "that deep, found %u entries",
                             (unsigned)from_top, (unsigned)vm_fn_depth(fn));
  }
  if (type != NULL) *type = fn->stack[fn->typing.depth - 1 - from_top];
  return VM_OK;
}

/* ---- labels ---- */

static vm_status check_label_types(vm_fn *fn, uint32_t below, const vm_type *types, uint32_t count)
{
  if (count > VMI_MAX_STACK || below + count > VMI_MAX_STACK) {
    return vmi_build_fn_fail(fn, VM_LIMIT, NULL, "label: expected at most %d stack types, found %u",
                             VMI_MAX_STACK, (unsigned)(below + count));
  }
  if (count > 0 && types == NULL) {
    return vmi_build_fn_fail(fn, VM_ARGUMENT, NULL, "label: expected %u stack types, found NULL",
                             (unsigned)count);
  }
  vm_status s = VM_OK;
  for (uint32_t i = 0; i < count && s == VM_OK; i++) {
    s = at_place(fn, vmi_build_value_type(fn->b, "label's stack type", types[i]));
  }
  return s;
}

/* A label whose stack is the lowest `below` operands of the present one, and `types` on top. */
static vm_status new_label(vm_fn *fn, uint32_t below, const vm_type *types, uint32_t count,
                           const char *name, uint32_t *label)
{
  vmi_str str;
  vm_status s = check_label_types(fn, below, types, count);
  if (s == VM_OK) s = at_place(fn,
                               vmi_build_room(fn->b, "labels", fn->labels.count, VMI_MAX_LABELS));
  if (s == VM_OK) s = at_place(fn, vmi_build_name(fn->b, "label's name", name, false, &str));
  if (s != VM_OK) return s;
  vm_type *own = vmi_arena_new(&fn->b->m->arena, below + count, sizeof *own);
  vmi_build_label *place = own == NULL ? NULL
                           : vmi_vec_push(&fn->b->alloc, &fn->places, sizeof *place, 1);
  vmi_label *entry = place == NULL ? NULL
                     : vmi_vec_push(&fn->b->alloc, &fn->labels, sizeof *entry, 1);
  if (entry == NULL) return fn_no_memory(fn);
  for (uint32_t i = 0; i < below; i++) own[i] = fn->stack[i];
  for (uint32_t i = 0; i < count; i++) own[below + i] = types[i];
  *place = (vmi_build_label){VMI_NO_INDEX, 0};
  *entry = (vmi_label){.ntypes = below + count, .types = own, .name = str};
  fn->f.labels = fn->labels.data;
  if (label != NULL) *label = fn->f.nlabels;
  fn->f.nlabels++;
  return VM_OK;
}

vm_status vm_fn_label_new(vm_fn *fn, const vm_type *types, uint32_t count, const char *name,
                          uint32_t *label)
{
  if (label != NULL) *label = VM_NO_INDEX;
  vm_status s = vmi_build_fn_ready(fn);
  return s == VM_OK ? new_label(fn, 0, types, count, name, label) : s;
}

vm_status vm_fn_label_here(vm_fn *fn, const vm_type *types, uint32_t count, const char *name,
                           uint32_t *label)
{
  if (label != NULL) *label = VM_NO_INDEX;
  vm_status s = vmi_build_fn_ready(fn);
  if (s != VM_OK) return s;
  if (!vm_fn_reachable(fn)) {
    return vmi_build_fn_fail(fn, VM_STATE, NULL, "label: expected a stack to copy, found "
                             "unreachable code");
  }
  return new_label(fn, fn->typing.depth, types, count, name, label);
}

static vm_status check_bind(vm_fn *fn, uint32_t label)
{
  vm_status s = at_place(fn, vmi_build_index(fn->b, "label", label, fn->f.nlabels));
  if (s != VM_OK) return s;
  uint32_t at = ((vmi_build_label *)fn->places.data)[label].at;
  if (at != VMI_NO_INDEX) {
    return vmi_build_fn_fail(fn, VM_STATE, NULL, "label %u: expected an unbound one, found it "
                             "bound at offset %u",
                             (unsigned)label, (unsigned)at);
  }
  if (!fn->reachable) return VM_OK;
  char message[VM_ERROR_TEXT];
  const char *error = vmi_typing_branch(&fn->typing, label, message, sizeof message);
  return error == NULL ? VM_OK : vmi_build_fn_fail(fn, VM_ARGUMENT, NULL, "%s", error);
}

vm_status vm_fn_label_bind(vm_fn *fn, uint32_t label)
{
  vm_status s = vmi_build_fn_ready(fn);
  if (s == VM_OK) s = check_bind(fn, label);
  if (s != VM_OK) return s;
  uint32_t *bound = vmi_vec_push(&fn->b->alloc, &fn->bound, sizeof *bound, 1);
  if (bound == NULL) return fn_no_memory(fn);
  *bound = label;
  vmi_build_label *place = (vmi_build_label *)fn->places.data + label;
  *place = (vmi_build_label){(uint32_t)fn->code.count, fn->nbound++};
  const vmi_label *l = &fn->f.labels[label];
  if (l->ntypes > 0) memcpy(fn->stack, l->types, l->ntypes * sizeof *fn->stack);
  fn->typing.depth = l->ntypes;
  fn->reachable = true;
  vmi_build_fn_quick(fn);
  return VM_OK;
}

/* ---- handler ranges ---- */

vm_status vm_fn_try_begin(vm_fn *fn, uint32_t handler, uint32_t *range)
{
  if (range != NULL) *range = VM_NO_INDEX;
  vm_status s = vmi_build_fn_ready(fn);
  if (s == VM_OK) s = at_place(fn,
                               vmi_build_index(fn->b, "handler's label", handler, fn->f.nlabels));
  if (s == VM_OK) s = at_place(fn, vmi_build_room(fn->b, "handler "
                                                  "ranges", fn->ranges.count, VMI_MAX_LABELS));
  if (s != VM_OK) return s;
  const vmi_label *l = &fn->f.labels[handler];
  if (l->ntypes != 1 || l->types[0] != VM_REF(VM_HEAP_EXN)) {
    return vmi_build_fn_fail(fn, VM_ARGUMENT, NULL,
                             "handler's label %u: expected the stack types ((ref exn)), found %s",
                             (unsigned)handler,
                             l->ntypes != 1 ? "another number of them" : "another type");
  }
  vmi_build_range *entry = vmi_vec_push(&fn->b->alloc, &fn->ranges, sizeof *entry, 1);
  if (entry == NULL) return fn_no_memory(fn);
  *entry = (vmi_build_range){(uint32_t)fn->code.count, VMI_NO_INDEX, handler};
  if (range != NULL) *range = (uint32_t)fn->ranges.count - 1;
  return VM_OK;
}

vm_status vm_fn_try_end(vm_fn *fn, uint32_t range)
{
  vm_status s = vmi_build_fn_ready(fn);
  if (s == VM_OK) {
    s = at_place(fn, vmi_build_index(fn->b, "handler range", range, (uint32_t)fn->ranges.count));
  }
  if (s != VM_OK) return s;
  vmi_build_range *entry = (vmi_build_range *)fn->ranges.data + range;
  if (entry->end != VMI_NO_INDEX) {
    return vmi_build_fn_fail(fn, VM_STATE, NULL,
                             "handler range %u: expected an open one, found it ended",
                             (unsigned)range);
  }
  entry->end = (uint32_t)fn->code.count;
  return VM_OK;
}
