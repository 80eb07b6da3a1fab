/* run.c - one run of a golden program and the check of what it came to.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "golden.h"

static bool complain(const program *p, const char *mode, const char *what, const vm_error *e)
{
  fprintf(stderr, "%s [%s]: %s: %s: %s (line %u, function %d, offset %d)\n", p->path, mode, what,
          vm_status_name(e->status), e->message, e->line, (int)e->function, (int)e->offset);
  return false;
}

static void add_frame(outcome *out, const vm_frame *f)
{
  text_add(&out->trace, "%s%s:%u", out->trace.size ? " " : "", f->function ? f->function : "?",
           f->line);
  text_add(&out->whole_trace, "%s.%s %d+%d %s:%u\n", f->module, f->function ? f->function : "?",
           (int)f->index, (int)f->offset, f->file ? f->file : "?", f->line);
}

static vm_status take_exception(vm_isolate *isolate, outcome *out, vm_error *e)
{
  vm_exception x;
  vm_value payload;
  vm_status s = vm_exception_get(isolate, VM_NULL_REF, &x, e);
  if (s == VM_OK) s = vm_exception_get_payload(isolate, VM_NULL_REF, &payload, e);
  if (s != VM_OK) return s;
  out->trap = x.trap;
  if (vm_dyn_is_int(payload)) out->thrown = vm_dyn_to_int(payload);
  text_add(&out->whole_trace, "%u frames of %u\n", x.frames, x.frames_total);
  for (uint32_t i = 0; i < x.frames && i < MAX_TRACE && s == VM_OK; i++) {
    vm_frame f;
    s = vm_exception_get_frame(isolate, VM_NULL_REF, i, &f, e);
    if (s == VM_OK) add_frame(out, &f);
  }
  return s;
}

/* Link all modules and call `main` of the last; VM_OK with the outcome, or what went wrong. */
static vm_status link_and_call(const program *p, vm_isolate *isolate, vm_module **modules,
                               outcome *out, vm_error *e)
{
  vm_instance *instance = NULL;
  vm_ref func;
  vm_func_type type;
  vm_value result = vm_value_i32(0);
  vm_status s = VM_OK;
  for (unsigned i = 0; i < p->nparts && s == VM_OK; i++) {
    s = vm_instance_new(isolate, modules[i], &instance, e);
    if (s == VM_OK && i + 1 < p->nparts) s = vm_instance_define(instance, p->parts[i].name, e);
  }
  if (s == VM_OK) s = vm_instance_get_func(instance, "main", &func, e);
  if (s == VM_OK) s = vm_func_get_type(isolate, func, &type, e);
  if (s != VM_OK) return s;
  out->status = vm_call(isolate, func, NULL, 0, &result, type.nresults, e);
  if (out->status == VM_EXCEPTION || out->status == VM_TERMINATED) {
    s = take_exception(isolate, out, e);
  } else if (out->status != VM_OK) {
    return out->status;
  }
  out->exit_value = result.of.i32;
  if (s == VM_OK) s = vm_isolate_collect(isolate, e);
  return s == VM_OK ? vm_isolate_verify_heap(isolate, e) : s;
}

static bool count_changes(vm_isolate *isolate, outcome *out)
{
  vm_isolate_stats s = {.size = sizeof s};
  if (vm_isolate_get_stats(isolate, &s, NULL) != VM_OK) return false;
  out->changes = (changes){s.loop_entries, s.code_exits, s.quickenings, s.slowdowns};
  return true;
}

bool run_once(const program *p, vm_engine *engine, vm_module **modules, bool switched, bool stress,
              const char *mode, outcome *out)
{
  vm_isolate_config config = VM_ISOLATE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  vm_isolate *isolate;
  world w = {out, stress, 0};
  config.stack_size = p->stack;
  config.max_heap = p->heap;
  if (switched) config.native_stack = SWITCHED_STACK;
  config.gc_flags = stress ? VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY : 0;
  if (vm_isolate_new(engine, &config, &isolate, &e) != VM_OK) {
    return complain(p, mode, "isolate", &e);
  }
  bool ok = host_define(isolate, &w, &e) == VM_OK &&
            link_and_call(p, isolate, modules, out, &e) == VM_OK;
  ok = count_changes(isolate, out) && ok;
  if (!ok) complain(p, mode, "run", &e);
  if (vm_isolate_free(isolate, &e) != VM_OK) ok = complain(p, mode, "free", &e);
  return ok && w.failures == 0;
}

void outcome_free(outcome *o)
{
  text_free(&o->output);
  text_free(&o->trace);
  text_free(&o->whole_trace);
}

static bool differs(const program *p, const char *mode, const char *what, const char *expected,
                    const char *found)
{
  fprintf(stderr, "%s [%s]: %s: expected\n%s\nfound\n%s\n", p->path, mode, what, expected, found);
  return false;
}

static bool same_trace(const char *expected, const char *found)
{
  size_t n = strlen(expected);
  if (n >= 3 && strcmp(expected + n - 3, "...") == 0) return strncmp(expected, found, n - 3) == 0;
  return strcmp(expected, found) == 0;
}

static bool check_end(const program *p, const outcome *o, const char *mode)
{
  char expected[128], found[128];
  const char *trap = p->traps ? p->trap : vm_trap_name(VM_TRAP_NONE);
  if (p->traps || p->throws) {
    snprintf(expected, sizeof expected, "exception %s %ld", trap, p->throws ? p->thrown : 0);
  } else {
    snprintf(expected, sizeof expected, "ok %ld", p->exit_value);
  }
  if (o->status == VM_OK) {
    snprintf(found, sizeof found, "ok %ld", o->exit_value);
  } else {
    snprintf(found, sizeof found, "%s %s %ld", vm_status_name(o->status), vm_trap_name(o->trap),
             o->thrown);
  }
  return strcmp(expected, found) == 0 || differs(p, mode, "end", expected, found);
}

bool outcome_check(const program *p, const outcome *o, const char *mode)
{
  bool ok = check_end(p, o, mode);
  const char *expected = text_get(&p->output), *found = text_get(&o->output);
  if (strcmp(expected, found) != 0) ok = differs(p, mode, "output", expected, found);
  expected = text_get(&p->trace);
  found = text_get(&o->trace);
  if (expected[0] && !same_trace(expected, found)) {
    ok = differs(p, mode, "backtrace", expected, found);
  }
  return ok;
}
