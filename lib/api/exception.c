/* exception.c - what an exception was and where it came from, as data and as text.
 *
 * SPDX-License-Identifier: MIT
 */
#include "api.h"
#include "dynamic.h"

#include <stdio.h>
#include <string.h>

vm_status vm_isolate_get_exception(vm_isolate *isolate, vm_ref *out, vm_error *error)
{
  if (out != NULL) *out = vm_ref_null();
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  if (isolate->uncaught == NULL) {
    return vmi_fail(error, VM_NOT_FOUND, "the last call ended without an exception");
  }
  return vmi_api_new_ref(isolate, isolate->uncaught, out, error);
}

static vm_status find(vm_isolate *iso, vm_ref ref, vmi_exn_obj **out, vm_error *error)
{
  VMI_API_REQUIRE(error, iso != NULL, "`isolate` is NULL");
  if (vm_ref_is_null(ref)) {
    *out = iso->uncaught;
    if (*out != NULL) return VM_OK;
    return vmi_fail(error, VM_NOT_FOUND, "the last call ended without an exception");
  }
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object_of(iso, ref, VM_HEAP_EXN, "exception", &object, error);
  if (status == VM_OK) *out = (vmi_exn_obj *)object;
  return status;
}

vm_status vm_exception_get(vm_isolate *isolate, vm_ref exception, vm_exception *out,
                           vm_error *error)
{
  VMI_API_NOT_NULL(error, out);
  vmi_exn_obj *exn = NULL;
  vm_status status = find(isolate, exception, &exn, error);
  if (status != VM_OK) return status;
  *out = (vm_exception){(vm_trap)exn->code, vmi_rt_exn_frames(exn), exn->trace_total};
  return VM_OK;
}

vm_status vm_exception_get_payload(vm_isolate *isolate, vm_ref exception, vm_value *out,
                                   vm_error *error)
{
  VMI_API_NOT_NULL(error, out);
  vmi_exn_obj *exn = NULL;
  vm_status status = find(isolate, exception, &exn, error);
  if (status != VM_OK) return status;
  vmi_slot slot = {.u64 = exn->payload};
  return vmi_api_from_slot(isolate, &slot, VM_DYN, out, error);
}

/* ---- frames ---- */

static void host_frame(const vm_isolate *iso, const vmi_code *code, vm_frame *out)
{
  out->index = out->offset = VM_NO_OFFSET;
  const vmi_definition *d = iso->definitions.data;
  for (size_t i = 0; i < iso->definitions.count; i++) {
    if (d[i].kind != VMI_EXTERN_FUNC || d[i].of.func == NULL) continue;
    if (d[i].of.func->code != code) continue;
    out->module = d[i].module.data;
    out->function = d[i].name.data;
    return;
  }
}

static void guest_frame(const vmi_code *code, uint32_t pc, vm_frame *out)
{
  const vmi_module *m = code->module;
  const vmi_func *f = code->func;
  if (m->name.size != 0) out->module = m->name.data;
  out->function = vmi_func_name(m, code->index);
  out->file = f->file < m->nfiles ? m->files[f->file].data : NULL;
  out->index = code->index;
  out->offset = pc;
  out->line = vmi_func_line(f, pc);
}

static void describe(const vm_isolate *iso, const vmi_code *code, uint32_t pc, vm_frame *out)
{
  memset(out, 0, sizeof *out);
  out->module = "";
  if (code->func != NULL) {
    guest_frame(code, pc, out);
  } else {
    host_frame(iso, code, out);
  }
}

static void get_frame(const vm_isolate *iso, const vmi_exn_obj *exn, uint32_t index, vm_frame *out)
{
  vmi_trace_entry entry = vmi_rt_exn_frame(exn, index);
  describe(iso, entry.code, (uint32_t)entry.pc, out);
}

vm_status vm_func_describe(vm_isolate *isolate, vm_ref func, vm_frame *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, isolate);
  VMI_API_NOT_NULL(error, out);
  vmi_obj *object = NULL;
  vm_status status = vmi_api_object_of(isolate, func, VM_HEAP_FUNC, "function", &object, error);
  if (status != VM_OK) return status;
  describe(isolate, ((const vmi_func_obj *)object)->code, 0, out);
  return VM_OK;
}

vm_status vm_exception_get_frame(vm_isolate *isolate, vm_ref exception, uint32_t index,
                                 vm_frame *out, vm_error *error)
{
  VMI_API_NOT_NULL(error, out);
  vmi_exn_obj *exn = NULL;
  vm_status status = find(isolate, exception, &exn, error);
  if (status != VM_OK) return status;
  VMI_API_REQUIRE(error, index < vmi_rt_exn_frames(exn), "frame %u: the backtrace has %u", index,
                  vmi_rt_exn_frames(exn));
  get_frame(isolate, exn, index, out);
  return VM_OK;
}

/* ---- as text ---- */

/* A buffer that is filled as far as it goes, and a count of all that was put. */
typedef struct sink {
  char *buffer;
  size_t capacity, total;
} sink;

static void put_bytes(sink *s, const char *bytes, size_t n)
{
  if (s->total < s->capacity) {
    size_t room = s->capacity - s->total;
    memcpy(s->buffer + s->total, bytes, n < room ? n : room);
  }
  s->total += n;
}

__attribute__((format(printf, 2, 3)))
static void put(sink *s, const char *format, ...)
{
  char text[512];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (n > 0) put_bytes(s, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

enum { SHOWN_BYTES = 4096 };

/* Bytes as text: control characters would garble the host's log. */
static void put_text(sink *s, const char *bytes, uint32_t n)
{
  for (uint32_t i = 0; i < n && i < SHOWN_BYTES; i++) {
    unsigned char c = (unsigned char)bytes[i];
    if (c < 0x20 || c == 0x7F) {
      put(s, "\\%02x", c);
    } else {
      put_bytes(s, &bytes[i], 1);
    }
  }
}

static void put_object(sink *s, const vm_isolate *iso, const vmi_obj *object)
{
  const vmi_rtt *r = iso->rtts[object->type];
  if (r->heap == VM_HEAP_ARRAY && r->nfields == 1 && r->fields[0].type == VM_I8) {
    const vmi_array_obj *a = (const vmi_array_obj *)object;
    put_text(s, a->data, a->length);
    return;
  }
  if (object->type == VMI_TYPE_SYMBOL) {
    const vmi_symbol *symbol = (const vmi_symbol *)object;
    put_text(s, symbol->bytes, symbol->length);
    return;
  }
  if (object->type == VMI_TYPE_MAP || object->type == VMI_TYPE_OBJECT) {
    put(s, "%s", object->type == VMI_TYPE_MAP ? "a map" : "an object");
    return;
  }
  char text[VMI_API_TEXT];
  put(s, "%s", vmi_api_type_text(iso, VM_REF(r->id), text, sizeof text));
}

static void put_payload(sink *s, const vm_isolate *iso, uint64_t word)
{
  if (word == VMI_DYN_NIL) {
    put(s, "nil");
  } else if (vmi_dyn_is_int(word)) {
    put(s, "%d", (int)(int32_t)(uint32_t)word);
  } else if (vmi_dyn_is_double(word)) {
    uint64_t bits = word - VMI_DYN_DOUBLE;
    double x;
    memcpy(&x, &bits, sizeof x);
    put(s, "%.17g", x);
  } else if (vmi_dyn_is_bool(word)) {
    put(s, "%s", word == VMI_DYN_TRUE ? "true" : "false");
  } else {
    put_object(s, iso, (const vmi_obj *)(uintptr_t)word);
  }
}

static void put_frame(sink *s, const vm_frame *f)
{
  put(s, "  at ");
  if (f->module[0] != '\0') put(s, "%.200s.", f->module);
  if (f->function != NULL) {
    put(s, "%.200s", f->function);
  } else if (f->index != VM_NO_OFFSET) {
    put(s, "function %u", f->index);
  } else {
    put(s, "a host function");
  }
  if (f->line != 0) {
    put(s, f->file != NULL ? " (%.200s:%u)" : " (%sline %u)", f->file != NULL ? f->file : "",
        f->line);
  } else if (f->offset != VM_NO_OFFSET) {
    put(s, " (offset %u)", f->offset);
  }
  put(s, "\n");
}

static void put_exception(sink *s, const vm_isolate *iso, const vmi_exn_obj *exn)
{
  if (exn->code == VM_TRAP_NONE) {
    put(s, "exception: ");
    put_payload(s, iso, exn->payload);
  } else {
    put(s, "trap %s: %s", vm_trap_name((vm_trap)exn->code), vm_trap_text((vm_trap)exn->code));
  }
  put(s, "\n");
  uint32_t shown = vmi_rt_exn_frames(exn);
  for (uint32_t i = 0; i < shown; i++) {
    vm_frame f;
    get_frame(iso, exn, i, &f);
    put_frame(s, &f);
  }
  if (exn->trace_total > shown) put(s, "  ... and %u more\n", exn->trace_total - shown);
}

vm_status vm_exception_format(vm_isolate *isolate, vm_ref exception, char *buffer, size_t capacity,
                              size_t *needed, vm_error *error)
{
  VMI_API_REQUIRE(error, buffer != NULL || capacity == 0, "vm_exception_format: `buffer` is NULL");
  vmi_exn_obj *exn = NULL;
  vm_status status = find(isolate, exception, &exn, error);
  if (status != VM_OK) return status;
  sink s = {buffer, capacity, 0};
  put_exception(&s, isolate, exn);
  if (capacity != 0) buffer[s.total < capacity ? s.total : capacity - 1] = '\0';
  if (needed != NULL) *needed = s.total;
  return VM_OK;
}
