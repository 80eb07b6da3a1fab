/* effect.c - pops and pushes of one instruction, read off the letters of its row in isa.def.
 *
 * SPDX-License-Identifier: MIT
 *
 * A row's letters stand for single types or, for M N P Q Z, for lists. Operands are checked in
 * place, deepest first, at stack[depth - total ..]; then the results are written there.
 */
#include "effect.h"

#include <stdio.h>
#include <string.h>

#include "immediates.h"

typedef struct effect {
  vmi_typing *t;
  const vmi_insn *in;
  vmi_named named;
  vmi_report report;
  vm_type any[2]; /* what 1 and 2 stand for */
  vm_type ref;    /* what n stands for */
} effect;

/* ---- letters ---- */

/* How many stack entries `letter` stands for. */
static uint32_t width(const effect *e, char letter)
{
  const vmi_module *m = e->t->m;
  switch (letter) {
  case 'M': return m->types[e->named.structure].nfields;
  case 'N': return e->named.count;
  case 'P': return m->types[e->named.sig].nparams;
  case 'Q': return m->types[e->named.sig].nresults;
  case 'Z': return m->types[e->t->f->type].nresults;
  default: return 1;
  }
}

static uint64_t total(const effect *e, const char *letters, uint32_t count)
{
  if (!vmi_effect_rows[e->in->index].lists) return count;
  uint64_t sum = 0;
  for (; *letters != '\0'; letters++) sum += width(e, *letters);
  return sum;
}

/* Entry `i` of what `letter` stands for; 1, 2 and n must be bound. */
static vm_type letter_type(const effect *e, char letter, uint32_t i)
{
  const vmi_module *m = e->t->m;
  const vmi_named *n = &e->named;
  switch (letter) {
  case 'i': return VM_I32;
  case 'I': return VM_I64;
  case 'f': return VM_F32;
  case 'd': return VM_F64;
  case 'y': return VM_DYN;
  case 'A': return VM_REF_NULL(VM_HEAP_ANY);
  case 'X': return VM_REF_NULL(VM_HEAP_EXN);
  case 'Y': return VM_REF_NULL(VM_HEAP_ARRAY);
  case 'w': return VM_REF(VM_HEAP_WEAK);
  case 'W': return VM_REF_NULL(VM_HEAP_WEAK);
  case '1': case '2': return e->any[letter - '1'];
  case 'n': return e->ref;
  case 'o': return VM_REF(VM_TYPE_HEAP(e->ref));
  case 'L': return n->local;
  case 'G': return n->global;
  case 'B': return m->tables[n->tables[0]].type;
  case 'v': case 'h': return n->value;
  case 'S': return VM_REF_NULL(n->structure);
  case 's': return VM_REF(n->structure);
  case 'R': return VM_REF_NULL(n->arrays[0]);
  case 'r': return VM_REF(n->arrays[0]);
  case 'V': return VM_REF_NULL(n->arrays[1]);
  case 'U': return VM_REF_NULL(n->sig);
  case 'H': return VM_REF(n->sig);
  case 'c': return m->funcs[n->func].env;
  case 'K': return vmi_type_unpack(n->field->type);
  case 'M': return vmi_type_unpack(m->types[n->structure].fields[i].type);
  case 'e': case 'N': return vmi_type_unpack(vmi_named_elem(m, n, 0)->type);
  case 'P': return m->types[n->sig].params[i];
  case 'Q': return m->types[n->sig].results[i];
  default: return m->types[e->t->f->type].results[i]; /* Z */
  }
}

/* ---- pops ---- */

static const char *wrong_operand(const effect *e, uint32_t number, vm_type expected, vm_type found)
{
  char want[96], have[96];
  return vmi_report_fail(&e->report, "operand %u: expected %s, found %s", (unsigned)number,
                         vmi_type_text(e->t->m, expected, want, sizeof want),
                         vmi_type_text(e->t->m, found, have, sizeof have));
}

/* Letters that take what they find. */
static bool bind(effect *e, char letter, vm_type found, bool *bad)
{
  *bad = false;
  if (letter == '1' || letter == '2') {
    e->any[letter - '1'] = found;
    return true;
  }
  if (letter != 'n') return false;
  e->ref = found;
  *bad = !vmi_type_is_ref(found);
  return true;
}

static const char *check_operands(effect *e, uint32_t base)
{
  const vm_type *at = e->t->stack + base;
  uint32_t number = 1;
  for (const char *letter = e->in->op->pops; *letter != '\0'; letter++) {
    uint32_t n = width(e, *letter);
    for (uint32_t i = 0; i < n; i++, at++, number++) {
      bool bad;
      if (bind(e, *letter, *at, &bad)) {
        if (!bad) continue;
        char have[96];
        return vmi_report_fail(&e->report, "operand %u: expected a reference, found %s",
                               (unsigned)number, vmi_type_text(e->t->m, *at, have, sizeof have));
      }
      vm_type expected = letter_type(e, *letter, i);
      if (*at != expected && !vmi_subtype(e->t->m, *at, expected)) {
        return wrong_operand(e, number, expected, *at);
      }
    }
  }
  return NULL;
}

static const char *pop_operands(effect *e)
{
  vmi_typing *t = e->t;
  uint64_t count = total(e, e->in->op->pops, vmi_effect_rows[e->in->index].npops);
  if (count > t->depth) {
    return vmi_report_fail(&e->report, "expected %llu operands, found %u on the stack",
                           (unsigned long long)count, (unsigned)t->depth);
  }
  if (e->in->op->code == VMI_OP_RETURN && count != t->depth) {
    return vmi_report_fail(&e->report,
                           "expected a stack of the function's %u results, found %u entries",
                           (unsigned)count, (unsigned)t->depth);
  }
  uint32_t base = t->depth - (uint32_t)count;
  const char *error = check_operands(e, base);
  t->depth = base;
  return error;
}

/* ---- pushes ---- */

static const char *push_results(effect *e)
{
  vmi_typing *t = e->t;
  uint64_t count = total(e, e->in->op->pushes, vmi_effect_rows[e->in->index].npushes);
  if (t->depth + count > VMI_MAX_STACK) {
    t->limit = true;
    return vmi_report_fail(&e->report, "expected at most %u stack entries, found more",
                           (unsigned)VMI_MAX_STACK);
  }
  for (const char *letter = e->in->op->pushes; *letter != '\0'; letter++) {
    uint32_t n = width(e, *letter);
    for (uint32_t i = 0; i < n; i++) t->stack[t->depth++] = letter_type(e, *letter, i);
  }
  if (t->depth > t->max_depth) t->max_depth = t->depth;
  return NULL;
}

/* ---- slow paths ---- */

static const char *wrong_slow_type(const effect *e, const char *what, uint32_t expected, uint32_t found)
{
  return vmi_report_fail(&e->report, "slow path, function %u: expected %u %s, found %u",
                         (unsigned)e->named.slow, (unsigned)expected, what, (unsigned)found);
}

/* The types that `letters` stand for, then `more` dyn, against the `n` of `types`. */
static const char *match_list(const effect *e, const char *what, const char *letters, uint32_t more,
                              uint32_t n, const vm_type *types)
{
  uint32_t at = 0, count = more;
  for (const char *l = letters; *l != '\0'; l++) count += width(e, *l);
  if (count != n) return wrong_slow_type(e, what, count, n);
  for (const char *l = letters; *l != '\0' || at < n;) {
    uint32_t entries = *l != '\0' ? width(e, *l) : more;
    for (uint32_t i = 0; i < entries; i++, at++) {
      vm_type expected = *l != '\0' ? letter_type(e, *l, i) : VM_DYN;
      if (types[at] == expected) continue;
      char want[96], have[96];
      return vmi_report_fail(&e->report, "slow path, function %u: %s: expected %s, found %s",
                             (unsigned)e->named.slow, what,
                             vmi_type_text(e->t->m, expected, want, sizeof want),
                             vmi_type_text(e->t->m, types[at], have, sizeof have));
    }
    if (*l != '\0') l++;
  }
  return NULL;
}

/* The slow path takes the operands, then the name if there is one, and gives the results. */
static const char *match_slow(const effect *e)
{
  const vmi_typedef *sig = vmi_func_type(e->t->m, e->named.slow);
  uint32_t names = e->in->op->flags & F_NAME ? 1 : 0;
  if (e->in->op->code == VMI_OP_DYN_INVOKE) {
    const vmi_typedef *method = &e->t->m->types[e->named.sig];
    if (method->nparams == 0 || method->params[0] != VM_DYN)
      return vmi_report_fail(&e->report, "type %u: expected dyn as the first parameter, the receiver",
                             (unsigned)e->named.sig);
  }
  const char *error =
      match_list(e, "parameters", e->in->op->pops, names, sig->nparams, sig->params);
  if (error != NULL) return error;
  return match_list(e, "results", e->in->op->pushes, 0, sig->nresults, sig->results);
}

/* ---- branches ---- */

static const char *match_label(const vmi_typing *t, uint32_t index, const vmi_report *r)
{
  const vmi_label *label = &t->f->labels[index];
  if (label->ntypes == t->depth
      && (t->depth == 0 || memcmp(label->types, t->stack, t->depth * sizeof *t->stack) == 0)) {
    return NULL;
  }
  char place[96];
  if (label->name.size != 0) {
    snprintf(place, sizeof place, "label %u (%.60s)", (unsigned)index, label->name.data);
  } else {
    snprintf(place, sizeof place, "label %u", (unsigned)index);
  }
  if (label->ntypes != t->depth) {
    return vmi_report_fail(r, "%s: expected %u stack entries, found %u", place,
                           (unsigned)label->ntypes, (unsigned)t->depth);
  }
  for (uint32_t i = 0; i < t->depth; i++) {
    if (vmi_subtype(t->m, t->stack[i], label->types[i])) continue;
    char want[96], have[96];
    return vmi_report_fail(r, "%s: stack entry %u: expected %s, found %s", place, (unsigned)i,
                           vmi_type_text(t->m, label->types[i], want, sizeof want),
                           vmi_type_text(t->m, t->stack[i], have, sizeof have));
  }
  return NULL;
}

const char *vmi_typing_branch(const vmi_typing *t, uint32_t label, char *message, size_t size)
{
  vmi_report r = {"stack", message, size};
  if (label >= t->f->nlabels) {
    return vmi_report_fail(&r, "label %u does not exist: expected an index below %u",
                           (unsigned)label, (unsigned)t->f->nlabels);
  }
  return match_label(t, label, &r);
}

static const char *match_targets(const effect *e)
{
  if (e->in->op->imms[0] != 'w') return match_label(e->t, (uint32_t)e->in->imm[0], &e->report);
  const vmi_switch *s = &e->t->f->switches[e->in->imm[0]];
  const char *error = NULL;
  for (uint32_t i = 0; i <= s->count && error == NULL; i++) {
    /* Dense tables repeat a target, the default above all. */
    if (i > 0 && (s->labels[i] == s->labels[i - 1] || s->labels[i] == s->labels[0])) continue;
    error = match_label(e->t, s->labels[i], &e->report);
  }
  return error;
}

const char *vmi_typing_apply(vmi_typing *t, const vmi_insn *in, uint32_t *after_pops,
                             char *message, size_t size)
{
  effect e; /* any and ref are bound before use, named is the callee's to fill */
  e.t = t;
  e.in = in;
  e.report = (vmi_report){in->op->text, message, size};
  const char *error = vmi_immediates_check(t, in, &e.named, &e.report);
  if (error == NULL && in->op->flags & F_SLOW) error = match_slow(&e);
  if (error == NULL) error = pop_operands(&e);
  if (error != NULL) return error;
  uint32_t base = t->depth;
  if (after_pops != NULL) *after_pops = base;
  uint32_t flags = in->op->flags;
  if (!(flags & F_BRANCH)) return push_results(&e);
  if (flags & F_BR_PUSH) {
    error = push_results(&e);
    if (error == NULL) error = match_targets(&e);
    t->depth = base;
    return error;
  }
  error = match_targets(&e);
  return error != NULL ? error : push_results(&e);
}

/* ---- compact rows ---- */

/* A literal padded so that its first five letters can be read whatever its length. */
#define AT(letters, i) ((letters "\0\0\0\0\0")[i])
#define IS_NUMBER(c) ((c) == 'i' || (c) == 'I' || (c) == 'f' || (c) == 'd' || (c) == 'y')
#define NUMBER_OR_END(c) ((c) == '\0' || IS_NUMBER(c))
#define ALL_NUMBERS(s)                                                                            \
  (sizeof(s) <= 4 && NUMBER_OR_END(AT(s, 0)) && NUMBER_OR_END(AT(s, 1)) && NUMBER_OR_END(AT(s, 2)))
#define IS_LIST(c) ((c) == 'M' || (c) == 'N' || (c) == 'P' || (c) == 'Q' || (c) == 'Z')
#define HAS_LIST(s)                                                                               \
  (IS_LIST(AT(s, 0)) || IS_LIST(AT(s, 1)) || IS_LIST(AT(s, 2)) || IS_LIST(AT(s, 3))               \
   || IS_LIST(AT(s, 4)))
#define TYPE_OF(c)                                                                                \
  ((c) == 'I' ? VM_I64 : (c) == 'f' ? VM_F32 : (c) == 'd' ? VM_F64 : (c) == 'y' ? VM_DYN : VM_I32)
#define NOT_PLAIN (F_ALLOC | F_CALL | F_TAIL | F_END | F_BRANCH | F_BR_PUSH | F_THROW)
#define HAS_CONST(s)                                                                              \
  (sizeof(s) == 2 && (AT(s, 0) == 'c' || AT(s, 0) == 'C' || AT(s, 0) == 'f' || AT(s, 0) == 'd'))
#define CLASS(id, imms, pops, pushes, flags)                                                      \
  (VMI_IX_##id == VMI_IX_LOCAL_GET ? VMI_EFFECT_GET                                               \
   : VMI_IX_##id == VMI_IX_LOCAL_SET ? VMI_EFFECT_SET                                             \
   : VMI_IX_##id == VMI_IX_LOCAL_TEE ? VMI_EFFECT_TEE                                             \
   : ((flags) & (NOT_PLAIN)) == F_BRANCH && AT(imms, 0) == 'j' && AT(pops, 0) == 'i'              \
     ? VMI_EFFECT_BRANCH                                                                          \
   : ((flags) & NOT_PLAIN) || !ALL_NUMBERS(pops) || !ALL_NUMBERS(pushes) || sizeof(pushes) > 2    \
     ? VMI_EFFECT_SLOW                                                                            \
   : sizeof(imms) == 1 || HAS_CONST(imms) ? VMI_EFFECT_FIXED                                      \
   : sizeof(imms) == 3 && AT(imms, 0) == 'm' && AT(imms, 1) == 'o' ? VMI_EFFECT_MEMORY            \
                                                                   : VMI_EFFECT_SLOW)

/* The deepest row has five operands; a longer one must widen HAS_LIST. */
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  _Static_assert(sizeof(pops) <= 6 && sizeof(pushes) <= 6, "isa.def: row " #id " is too long");
#include "isa.def"

const vmi_effect_row vmi_effect_rows[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  {CLASS(id, imms, pops, pushes, flags), sizeof(pops) - 1, sizeof(pushes) - 1,                    \
   HAS_LIST(pops) || HAS_LIST(pushes),                                                            \
   {TYPE_OF(AT(pops, 0)), TYPE_OF(AT(pops, 1)), TYPE_OF(AT(pops, 2))}, TYPE_OF(AT(pushes, 0))},
#include "isa.def"
};
