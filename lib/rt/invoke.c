/* invoke.c - across the border: the host calls the guest, the guest calls the host.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "isolate.h"

/* ---- host to guest ---- */

static const vmi_rtt *signature(const vm_isolate *iso, const vmi_func_obj *f)
{
  return iso->rtts[f->header.type];
}

static vm_status put_arguments(vm_isolate *iso, vmi_func_obj *f, const vm_value *args, vmi_slot *fp,
                               vm_error *err)
{
  const vmi_rtt *sig = signature(iso, f);
  for (uint32_t i = 0; i < sig->nparams; i++) {
    const char *why;
    if (!vmi_rt_value_to_slot(iso, &args[i], sig->params[i], &fp[VMI_FRAME_HEADER + i], &why))
      return vmi_fail(err, strcmp(why, "stale handle") == 0 ? VM_HANDLE : VM_ARGUMENT,
                      "argument %u: expected %s, found %s", i + 1,
                      vmi_type_text(NULL, sig->params[i], (char[64]){0}, 64), why);
  }
  fp[VMI_FRAME_HEADER + sig->nparams].ref = f->env;
  return VM_OK;
}

static void describe(vm_isolate *iso, vm_error *err, vm_status st, uint32_t code)
{
  if (!err) return;
  const vmi_thread *t = &iso->thread;
  const vmi_code *where = t->trace_count ? t->trace[0].code : NULL;
  uint32_t pc = where ? (uint32_t)t->trace[0].pc : VM_NO_OFFSET;
  const char *name = where && where->func ? vmi_func_name(where->module, where->index) : NULL;
  uint32_t line = where && where->func ? vmi_func_line(where->func, pc) : 0;
  char place[160] = "";
  if (name) snprintf(place, sizeof place, " in %.100s", name);
  else if (where) snprintf(place, sizeof place, " in function %u", where->index);
  size_t used = strlen(place);
  if (line) snprintf(place + used, sizeof place - used, ", line %u", line);
  vmi_fail_at(err, st, where ? where->index : VM_NO_OFFSET, pc, "%s: %s%s", vm_trap_name(code),
              vm_trap_text(code), place);
  vmi_error_trap(err, code);
  vmi_error_line(err, line);
}

/* The call came back unwinding: keep the exception for the host and say what happened. */
static vm_status report(vm_isolate *iso, vm_error *err)
{
  vmi_thread *t = &iso->thread;
  uint32_t code = t->trap_code;
  vm_status st = t->unwind == VMI_UNWIND_EXCEPTION ? VM_EXCEPTION : VM_TERMINATED;
  if (st == VM_TERMINATED) { /* its backtrace is kept in an exception object too */
    t->exn = NULL;
    if (code != VM_TRAP_EXIT) t->payload = VMI_DYN_NIL;
    t->unwind = VMI_UNWIND_EXCEPTION;
  }
  vmi_exn_obj *exn = vmi_rt_take_exception(t);
  iso->uncaught = exn;
  describe(iso, err, st, code);
  return st;
}

static vm_status get_results(vm_isolate *iso, const vmi_rtt *sig, const vmi_slot *fp,
                             vm_value *results, vm_error *err)
{
  for (uint32_t i = 0; i < sig->nresults; i++)
    if (vmi_rt_slot_to_value(iso, &fp[i], sig->results[i], &results[i]) != VM_OK)
      return vmi_no_memory(err);
  return VM_OK;
}

/* When the outermost call has returned, what was asked of it is done. */
static void leave(vm_isolate *iso)
{
  if (--iso->depth > 0) return;
  vmi_rt_scan_leave(iso);
  atomic_fetch_and(&iso->requests, ~(uint32_t)(VMI_REQUEST_INTERRUPT | VMI_REQUEST_SCAN));
  atomic_store(&iso->thread.limit, vmi_rt_stack_limit(&iso->thread));
  if (atomic_load(&iso->requests)) atomic_store(&iso->thread.limit, 0);
  vmi_rt_unload(iso);
}

static vm_status run(vm_isolate *iso, vmi_func_obj *f, vmi_slot *fp, vm_value *results, vm_error *err)
{
  vmi_thread *t = &iso->thread;
  const vmi_rtt *sig = signature(iso, f);
  vmi_slot *frame = t->frame;
  vmi_kept kept;
  if (iso->depth++ == 0) vmi_rt_scan_enter(iso, (uintptr_t)__builtin_frame_address(0));
  else vmi_rt_scan_enter_again(iso);
  iso->calls_from_host++;
  vmi_keep(t, &kept, &f->header);
  t->instance = NULL; /* it stays so in a host function that the host calls itself */
  vmi_rt_call(t, fp, f->code, f->instance);
  vmi_rt_run_tail_calls(t, fp);
  t->frame = frame;
  t->instance = kept.instance;
  vm_status st = t->unwind ? report(iso, err) : get_results(iso, sig, fp, results, err);
  vmi_unkeep(t, &kept);
  leave(iso);
  return st;
}

vm_status vmi_rt_invoke(vm_isolate *iso, vmi_func_obj *f, const vm_value *args, vm_value *results,
                        vm_error *err)
{
  vmi_slot *fp = iso->thread.host_top;
  if (!vmi_rt_native_enter(iso) || (uintptr_t)fp > vmi_rt_stack_limit(&iso->thread))
    return vmi_fail(err, VM_LIMIT, "the host's calls are nested too deeply for the stack");
  iso->uncaught = NULL;
  vm_status st = put_arguments(iso, f, args, fp, err);
  return st == VM_OK ? run(iso, f, fp, results, err) : st;
}

/* ---- guest to host ---- */

/* The trap that a host function's failure is for the guest: what ran out where it says so. */
static uint32_t trap_of(vm_status st)
{
  switch (st) {
  case VM_MEMORY: return VM_TRAP_OUT_OF_MEMORY;
  case VM_LIMIT: return VM_TRAP_STACK_OVERFLOW; /* a nested call found no stack */
  default: return VM_TRAP_HOST;
  }
}

static void host_failed(vmi_thread *t, vm_status st)
{
  vm_isolate *iso = vmi_isolate_of(t);
  vmi_exn_obj *exn = iso->uncaught;
  iso->uncaught = NULL;
  if (st == VM_EXCEPTION && exn) {
    vmi_rt_raise(t, exn);
    return;
  }
  if (st == VM_TERMINATED && exn && vmi_trap_terminates(exn->code)) {
    vmi_rt_raise(t, exn);
    t->unwind = VMI_UNWIND_TERMINATE;
    t->exn = NULL;
    return;
  }
  t->unwind = VMI_UNWIND_EXCEPTION;
  t->trap_code = trap_of(st);
  t->payload = VMI_DYN_NIL;
  t->exn = NULL;
  t->trace_count = t->trace_total = 0;
}

/* Results checked against the signature into `out`, still unseen by the collector: no allocation
 * happens before they are copied to the frame. */
static vm_status take_results(vm_isolate *iso, const vmi_host_func *h, const vm_value *values,
                              vmi_slot *out)
{
  const char *why;
  for (uint32_t i = 0; i < h->nresults; i++)
    if (!vmi_rt_value_to_slot(iso, &values[i], h->results[i], &out[i], &why)) return VM_ARGUMENT;
  return VM_OK;
}

static vm_status call_host(vm_isolate *iso, const vmi_host_func *h, const vmi_slot *args,
                           vmi_slot *out)
{
  vm_value values[h->nparams + h->nresults + 1u];
  uint32_t scope;
  if (vmi_rt_scope_open(iso, &scope) != VM_OK) return VM_MEMORY;
  vm_status st = VM_OK;
  for (uint32_t i = 0; i < h->nparams && st == VM_OK; i++)
    st = vmi_rt_slot_to_value(iso, &args[i], h->params[i], &values[i]);
  vm_value *results = values + h->nparams;
  for (uint32_t i = 0; i < h->nresults; i++)
    results[i] = (vm_value){.kind = VM_TYPE_KIND(h->results[i])};
  if (st == VM_OK) st = h->fn(iso, h->user, values, results);
  if (st == VM_OK) st = take_results(iso, h, results, out);
  vmi_rt_scope_close(iso, scope);
  return st;
}

void vmi_rt_host_entry(vmi_thread *t, vmi_slot *fp, const vmi_code *code)
{
  vm_isolate *iso = vmi_isolate_of(t);
  const vmi_host_func *h = code->host;
  vmi_slot out[h->nresults + 1u], *host_top = t->host_top;
  vmi_instance *instance = t->instance;
  fp[0].ptr = t->frame;
  fp[1].ptr = NULL;
  fp[2].ptr = (void *)code;
  fp[3].u64 = h->nparams;
  t->frame = fp;
  t->host_top = fp + VMI_FRAME_HEADER + h->nparams;
  iso->uncaught = NULL;
  vm_status st = call_host(iso, h, fp + VMI_FRAME_HEADER, out);
  t->host_top = host_top;
  t->frame = fp[0].ptr;
  t->instance = instance;
  if (st != VM_OK) {
    host_failed(t, st);
    vmi_rt_trace_add(t, code, NULL, VM_NO_OFFSET);
  } else if (h->nresults) {
    memcpy(fp, out, h->nresults * sizeof *out);
  }
}
