/* verify.c - the linear pass over the code of every function.
 *
 * SPDX-License-Identifier: MIT
 *
 * One abstract stack of types walks the code once. A label says what the stack holds there, so a
 * jump is checked against the label alone and no instruction is seen twice. Labels and the borders
 * of handler ranges are sorted by offset; the pass stands still at the next of either ("event"),
 * which must be an instruction's first byte. docs/verification.md has the rules.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "decode.h"
#include "verifier.h"

static vm_status fail(vmi_verifier *v, vm_status status, uint32_t pc, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static vm_status fail(vmi_verifier *v, vm_status status, uint32_t pc, const char *format, ...)
{
  char text[VM_ERROR_TEXT];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  const char *name = v->f->name.size != 0 ? v->f->name.data : "unnamed";
  vmi_fail_at(v->e, status, v->func, pc, "function %u (%.40s) at offset %u: %s", (unsigned)v->func,
              name, (unsigned)pc, text);
  vmi_error_line(v->e, vmi_func_line(v->f, pc));
  return status;
}

/* ---- work ---- */

/* A branch looks at the whole stack, and a call at all its operands, so short code on a deep stack
 * could ask for hours. Code that is not made for that has a deep stack only where it lists the
 * types of a deep label. WORK_BASE is the whole module's: more functions do not buy more of it. */
enum { WORK_BASE = 8 << 20, WORK_PER_BYTE = 32, WORK_PER_LABEL_TYPE = 8 };

static uint64_t work_allowed(const vmi_func *f)
{
  uint64_t bytes = f->code_size, types = 0;
  for (uint32_t i = 0; i < f->nswitches; i++) bytes += f->switches[i].count;
  for (uint32_t i = 0; i < f->nlabels; i++) types += f->labels[i].ntypes;
  return bytes * WORK_PER_BYTE + types * WORK_PER_LABEL_TYPE;
}

vm_status vmi_verify_spend(vmi_verifier *v, uint32_t pc, uint64_t units)
{
  if (units > v->work_left) {
    return fail(v, VM_LIMIT, pc,
                "expected fewer branches and calls on so deep a stack, found more");
  }
  v->work_left -= units;
  return VM_OK;
}

/* ---- sort (heapsort: no memory, no bad case) ---- */

static void sift(uint32_t *items, uint32_t root, uint32_t count, vmi_verify_less *less,
                 const void *ctx)
{
  uint32_t item = items[root];
  for (;;) {
    uint64_t child = 2 * (uint64_t)root + 1;
    if (child >= count) break;
    if (child + 1 < count && less(ctx, items[child], items[child + 1])) child++;
    if (!less(ctx, item, items[child])) break;
    items[root] = items[child];
    root = (uint32_t)child;
  }
  items[root] = item;
}

void vmi_verify_sort(uint32_t *items, uint32_t count, vmi_verify_less *less, const void *ctx)
{
  for (uint32_t i = count / 2; i > 0; i--) sift(items, i - 1, count, less, ctx);
  for (uint32_t n = count; n > 1; n--) {
    uint32_t last = items[n - 1];
    items[n - 1] = items[0];
    items[0] = last;
    sift(items, 0, n - 1, less, ctx);
  }
}

static bool below(const void *ctx, uint32_t a, uint32_t b) { return a < b; }

/* ---- tables of the function ---- */

static vm_status check_labels(vmi_verifier *v)
{
  const vmi_func *f = v->f;
  uint32_t before = 0;
  for (uint32_t i = 0; i < f->nlabels; i++) {
    const vmi_label *l = &f->labels[i];
    if (l->offset < before || l->offset >= f->code_size) {
      return fail(v, VM_INVALID, l->offset, "label %u: expected an offset from %u to below %u, "
                  "found %u", (unsigned)i, (unsigned)before, (unsigned)f->code_size,
                  (unsigned)l->offset);
    }
    before = l->offset;
    if (l->ntypes > VMI_MAX_STACK) {
      return fail(v, VM_LIMIT, l->offset, "label %u: expected at most %d stack entries, found %u",
                  (unsigned)i, VMI_MAX_STACK, (unsigned)l->ntypes);
    }
    for (uint32_t k = 0; k < l->ntypes; k++) {
      if (vmi_type_valid(v->m, l->types[k], false)) continue;
      return fail(v, VM_INVALID, l->offset,
                  "label %u: stack entry %u: expected a value type of this "
                  "module, found 0x%08x", (unsigned)i, (unsigned)k, (unsigned)l->types[k]);
    }
  }
  return VM_OK;
}

static vm_status check_handler(vmi_verifier *v, uint32_t i)
{
  const vmi_func *f = v->f;
  const vmi_handler *h = &f->handlers[i], *p = i > 0 ? h - 1 : h;
  if (h->start >= h->end || h->end > f->code_size) {
    return fail(v, VM_INVALID, h->start, "handler %u: expected a range within %u bytes of code, "
                "found %u to %u", (unsigned)i, (unsigned)f->code_size, (unsigned)h->start,
                (unsigned)h->end);
  }
  if (i > 0 && (h->end < p->end || (h->end == p->end && h->start > p->start))) {
    return fail(v, VM_INVALID, h->start, "handler %u: expected inner ranges first, sorted by end, "
                "then by start downward, found %u to %u behind %u to %u", (unsigned)i,
                (unsigned)h->start, (unsigned)h->end, (unsigned)p->start, (unsigned)p->end);
  }
  if (h->label >= f->nlabels) {
    return fail(v, VM_INVALID, h->start, "handler %u: expected a label below %u, found %u",
                (unsigned)i, (unsigned)f->nlabels, (unsigned)h->label);
  }
  const vmi_label *l = &f->labels[h->label];
  if (l->ntypes == 1 && l->types[0] == VM_REF(VM_HEAP_EXN)) return VM_OK;
  return fail(v, VM_INVALID, h->start, "handler %u: expected label %u with the stack ((ref exn)), "
              "found another", (unsigned)i, (unsigned)h->label);
}

static vm_status check_handlers(vmi_verifier *v)
{
  const vmi_func *f = v->f;
  for (uint32_t i = 0; i < f->nhandlers; i++) VMI_TRY(check_handler(v, i));
  if (f->nhandlers == 0) return VM_OK;
  v->marks = vmi_new_zero(&v->alloc, 2 * (size_t)f->nhandlers, sizeof *v->marks);
  if (v->marks == NULL) return vmi_no_memory(v->e);
  v->nmarks = 2 * f->nhandlers;
  for (uint32_t i = 0; i < f->nhandlers; i++) {
    v->marks[2 * i] = f->handlers[i].start;
    v->marks[2 * i + 1] = f->handlers[i].end;
  }
  vmi_verify_sort(v->marks, v->nmarks, below, NULL);
  return VM_OK;
}

/* ---- events ---- */

static uint32_t next_event(const vmi_verifier *v)
{
  uint32_t at = VMI_NO_INDEX;
  if (v->next_label < v->f->nlabels) at = v->f->labels[v->next_label].offset;
  if (v->next_mark < v->nmarks && v->marks[v->next_mark] < at) at = v->marks[v->next_mark];
  return at;
}

/* The stack becomes the label's; if control falls into it, that must fit. */
static vm_status land(vmi_verifier *v, uint32_t index, bool open)
{
  const vmi_label *l = &v->f->labels[index];
  char message[VM_ERROR_TEXT];
  if (open) {
    VMI_TRY(vmi_verify_spend(v, l->offset, l->ntypes));
    const char *error = vmi_typing_branch(&v->t, index, message, sizeof message);
    if (error != NULL) return fail(v, VM_INVALID, l->offset, "%s", error);
  }
  if (l->ntypes != 0) memcpy(v->t.stack, l->types, l->ntypes * sizeof *v->t.stack);
  v->t.depth = l->ntypes;
  if (v->t.depth > v->t.max_depth) v->t.max_depth = v->t.depth;
  return VM_OK;
}

/* Labels and marks up to `pc`, where an instruction starts. */
static vm_status at_event(vmi_verifier *v, uint32_t pc, bool *open)
{
  const vmi_func *f = v->f;
  for (; v->next_mark < v->nmarks && v->marks[v->next_mark] <= pc; v->next_mark++) {
    if (v->marks[v->next_mark] == pc) continue;
    return fail(v, VM_INVALID, v->marks[v->next_mark],
                "handler range: expected a border between instructions, found one inside");
  }
  for (; v->next_label < f->nlabels && f->labels[v->next_label].offset <= pc; v->next_label++) {
    uint32_t offset = f->labels[v->next_label].offset;
    if (offset != pc) {
      return fail(v, VM_INVALID, offset,
                  "label %u: expected a place between instructions, found one "
                  "inside", (unsigned)v->next_label);
    }
    VMI_TRY(land(v, v->next_label, *open));
    *open = true;
  }
  return VM_OK;
}

/* ---- instructions ---- */

static bool jumps_back(const vmi_func *f, const vmi_insn *in, uint32_t pc)
{
  if (in->op->imms[0] != 'w') return f->labels[in->imm[0]].offset <= pc;
  const vmi_switch *s = &f->switches[in->imm[0]];
  for (uint32_t i = 0; i <= s->count; i++) {
    if (f->labels[s->labels[i]].offset <= pc) return true;
  }
  return false;
}

/* Every table belongs to one instruction, in the order of the code: so all targets of a function
 * are checked in time proportional to its size. */
static vm_status take_switch(vmi_verifier *v, const vmi_insn *in, uint32_t pc)
{
  if (in->imm[0] != v->next_switch) {
    return fail(v, VM_INVALID, pc, "%s: expected switch table %u, the next unused one, found %llu",
                in->op->text, (unsigned)v->next_switch, (unsigned long long)in->imm[0]);
  }
  v->next_switch++;
  return VM_OK;
}

/* The stack a branch is seen with at its label. */
static uint32_t branch_depth(const vmi_func *f, const vmi_insn *in, uint32_t after)
{
  return in->op->flags & F_BR_PUSH ? f->labels[in->imm[0]].ntypes : after;
}

static vm_status spend_on_branch(vmi_verifier *v, const vmi_insn *in, uint32_t pc)
{
  uint64_t targets = 1;
  if (in->op->imms[0] == 'w' && in->imm[0] < v->f->nswitches) {
    targets += v->f->switches[in->imm[0]].count;
  }
  return vmi_verify_spend(v, pc, targets * v->t.depth);
}

static vm_status note_pc(vmi_verifier *v, vmi_vec *list, uint32_t pc)
{
  uint32_t *place = vmi_vec_push(&v->alloc, list, sizeof *place, 1);
  if (place == NULL) return vmi_no_memory(v->e);
  *place = pc;
  return VM_OK;
}

/* The instruction has a slow path, a cache, or a segment as a name. */
static vm_status note_dynamic(vmi_verifier *v, const vmi_insn *in, uint32_t pc)
{
  uint32_t flags = in->op->flags;
  if (flags & F_NAME) v->m->datas[in->imm[strchr(in->op->imms, 'D') - in->op->imms]].is_name = true;
  if (flags & F_SLOW) VMI_TRY(note_pc(v, &v->points, pc));
  return flags & F_SITE ? note_pc(v, &v->sites, pc) : VM_OK;
}

static vm_status verify_insn(vmi_verifier *v, const vmi_insn *in, uint32_t pc, bool *open)
{
  char message[VM_ERROR_TEXT];
  uint32_t flags = in->op->flags, before = v->t.depth, after = 0;
  if (in->op->imms[0] == 'w') VMI_TRY(take_switch(v, in, pc));
  if (flags & F_BRANCH) VMI_TRY(spend_on_branch(v, in, pc));
  if (flags & F_ALLOC) VMI_TRY(vmi_verify_map(v, pc, v->t.depth));
  const char *error = vmi_typing_apply(&v->t, in, &after, message, sizeof message);
  if (error != NULL) return fail(v, v->t.limit ? VM_LIMIT : VM_INVALID, pc, "%s", error);
  VMI_TRY(vmi_verify_spend(v, pc, (uint64_t)(before - after) + (v->t.depth - after)));
  if (flags & F_CALL) VMI_TRY(vmi_verify_map(v, pc, after));
  if (flags & (F_SLOW | F_SITE | F_NAME)) VMI_TRY(note_dynamic(v, in, pc));
  if (flags & F_BRANCH && jumps_back(v->f, in, pc)) {
    VMI_TRY(vmi_verify_map(v, pc, branch_depth(v->f, in, after)));
  }
  *open = !(flags & F_END);
  return VM_OK;
}

static vm_status verify_code(vmi_verifier *v)
{
  vmi_func *f = v->f;
  const uint8_t *p = f->code, *end = f->code + f->code_size;
  uint32_t event = next_event(v), ninsns = 0;
  bool open = true;
  vmi_insn in;
  for (; p < end; p += in.size, ninsns++) {
    uint32_t pc = (uint32_t)(p - f->code);
    if (VMI_UNLIKELY(pc >= event)) {
      VMI_TRY(at_event(v, pc, &open));
      event = next_event(v);
    }
    if (VMI_UNLIKELY(!open)) {
      return fail(v, VM_INVALID, pc, "expected a label behind an instruction that control does not "
                  "pass, found code that nothing reaches");
    }
    const char *error = vmi_isa_decode_fast(p, end, &in);
    if (VMI_UNLIKELY(error != NULL)) {
      return fail(v, VM_INVALID, pc, "expected an instruction, found %s", error);
    }
    if (VMI_LIKELY(vmi_typing_fast(&v->t, &in))) continue;
    VMI_TRY(verify_insn(v, &in, pc, &open));
  }
  f->ninsns = ninsns;
  if (!open) return VM_OK;
  return fail(v, VM_INVALID, f->code_size,
              "expected return, a jump or a trap at the end of the code, "
              "found that control passes it");
}

/* What must have been met by the end of the code. */
static vm_status check_rest(vmi_verifier *v)
{
  const vmi_func *f = v->f;
  bool open = false;
  uint32_t last = v->next_label;
  VMI_TRY(at_event(v, f->code_size, &open));
  if (v->next_label != last || last != f->nlabels) {
    return fail(v, VM_INVALID, f->code_size,
                "label %u: expected an instruction behind it, found none",
                (unsigned)last);
  }
  if (v->next_switch == f->nswitches) return VM_OK;
  return fail(v, VM_INVALID, f->code_size, "switch table %u: expected an instruction that uses it, "
              "found none", (unsigned)v->next_switch);
}

static vm_status verify_body(vmi_verifier *v)
{
  vmi_func *f = v->f;
  VMI_TRY(check_labels(v));
  VMI_TRY(check_handlers(v));
  v->work_left = v->spare_work + work_allowed(f);
  v->t.f = f;
  v->t.depth = v->t.max_depth = 0;
  VMI_TRY(verify_code(v));
  VMI_TRY(check_rest(v));
  if (v->work_left < v->spare_work) v->spare_work = v->work_left;
  f->max_stack = v->t.max_depth;
  f->frame_size = VMI_FRAME_HEADER + f->nlocals + f->max_stack;
  VMI_TRY(vmi_verify_local_refs(v));
  return vmi_verify_keep_maps(v);
}

static vm_status verify_func(vmi_verifier *v, uint32_t index)
{
  v->func = index;
  v->f = &v->m->funcs[index];
  v->next_label = v->next_mark = v->next_switch = 0;
  vm_status status = verify_body(v);
  vmi_free(&v->alloc, v->marks, v->nmarks * sizeof *v->marks);
  v->marks = NULL;
  v->nmarks = 0;
  return status;
}

static vm_status verify_all(vmi_verifier *v)
{
  vmi_module *m = v->m;
  VMI_TRY(vmi_verify_sections(v));
  for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) VMI_TRY(verify_func(v, i));
  m->verified = true;
  return VM_OK;
}

vm_status vmi_verify(vmi_module *m, vm_error *e)
{
  if (m->verified) return VM_OK;
  size_t room = VMI_MAX_STACK + VMI_MAX_EFFECT;
  vmi_verifier v = {.m = m, .e = e, .alloc = m->arena.alloc, .t = {.m = m}};
  v.spare_work = WORK_BASE;
  v.t.stack = vmi_new_zero(&v.alloc, room, sizeof *v.t.stack);
  if (v.t.stack == NULL) return vmi_no_memory(e);
  vm_status status = verify_all(&v);
  vmi_free(&v.alloc, v.t.stack, room * sizeof *v.t.stack);
  vmi_vec_free(&v.alloc, &v.maps);
  vmi_vec_free(&v.alloc, &v.pool);
  vmi_vec_free(&v.alloc, &v.sites);
  vmi_vec_free(&v.alloc, &v.points);
  return status;
}
