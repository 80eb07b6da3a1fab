/* listing.c - register code for people to read, beside the bytecode it was made of.
 *
 * SPDX-License-Identifier: MIT
 *
 * Every line is a comment of the module's text form. Left the bytecode, right what was made of it:
 * an instruction that stands for several stands beside the last. Slots go by the names of locals;
 * [0], [1] ... are operand stack entries, <0>, <1> ... arguments in the callee's frame.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "quick.h"

enum { LINE_MAX_BYTES = 400, BYTECODE_WIDTH = 36 };

static const struct {
  uint32_t row;     /* whose name %n is */
  const char *text; /* as in quick.def */
} forms[VMI_Q_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define ALU2(id, code, text, type, ctype, cop, gop, prose)                                        \
  [VMI_Q_##id] = {VMI_Q_##id, "%a = %n %b, %c"},                                                  \
  [VMI_QK_##id] = {VMI_Q_##id, "%a = %n %b, %K"},                                                 \
  [VMI_QL_##id] = {VMI_Q_##id, "%a = %n %K, %b"},                                                 \
  [VMI_QV_##id] = {VMI_Q_##id, "return %n %b, %c"},                                               \
  [VMI_QVK_##id] = {VMI_Q_##id, "return %n %b, %K"},                                              \
  [VMI_QVL_##id] = {VMI_Q_##id, "return %n %K, %b"},
#define CMP2(id, code, text, type, ctype, cop, gop, prose)                                        \
  [VMI_Q_##id] = {VMI_Q_##id, "%a = %n %b, %c"},                                                  \
  [VMI_QK_##id] = {VMI_Q_##id, "%a = %n %b, %K"},                                                 \
  [VMI_QB_##id] = {VMI_Q_##id, "if %n %a, %b goto %t"},                                           \
  [VMI_QU_##id] = {VMI_Q_##id, "if not %n %a, %b goto %t"},                                       \
  [VMI_QBK_##id] = {VMI_Q_##id, "if %n %a, %K goto %t"},                                          \
  [VMI_QUK_##id] = {VMI_Q_##id, "if not %n %a, %K goto %t"},                                      \
  [VMI_QBB_##id] = {VMI_Q_##id, "if %n %a, %b goto %t"},                                          \
  [VMI_QUB_##id] = {VMI_Q_##id, "if not %n %a, %b goto %t"},                                      \
  [VMI_QBKB_##id] = {VMI_Q_##id, "if %n %a, %K goto %t"},                                         \
  [VMI_QUKB_##id] = {VMI_Q_##id, "if not %n %a, %K goto %t"},                                     \
  [VMI_QR_##id] = {VMI_Q_##id, "if %n %a, %b return %d"},                                         \
  [VMI_QRU_##id] = {VMI_Q_##id, "if not %n %a, %b return %d"},                                    \
  [VMI_QRK_##id] = {VMI_Q_##id, "if %n %a, %K return %d"},                                        \
  [VMI_QRUK_##id] = {VMI_Q_##id, "if not %n %a, %K return %d"},
#define CALLOP(id, code, text, imms, pops, pushes, flags, fn, prose)                              \
  [VMI_Q_##id] = {VMI_Q_##id, "%n %i, operands before %a"},
#define DYN1(id, code, text, fn, prose) [VMI_Q_##id] = {VMI_Q_##id, "%a = %n %b"},
#define DYN2(id, code, text, fn, prose)                                                           \
  [VMI_Q_##id] = {VMI_Q_##id, "%a = %n %b, %d"}, [VMI_QK_##id] = {VMI_Q_##id, "%a = %n %b, %k"},
#define DYNCMP(id, code, text, fn, prose)                                                         \
  DYN2(id, code, text, fn, prose)                                                                 \
  [VMI_QJ_##id] = {VMI_Q_##id, "if %n %b, %d do as the jump"},                                    \
  [VMI_QJU_##id] = {VMI_Q_##id, "if %n %b, %d do as the jump"},                                   \
  [VMI_QJK_##id] = {VMI_Q_##id, "if %n %b, %k do as the jump"},                                   \
  [VMI_QJUK_##id] = {VMI_Q_##id, "if %n %b, %k do as the jump"},                                  \
  [VMI_QJB_##id] = {VMI_Q_##id, "if %n %b, %d do as the jump"},                                   \
  [VMI_QJUB_##id] = {VMI_Q_##id, "if %n %b, %d do as the jump"},                                  \
  [VMI_QJKB_##id] = {VMI_Q_##id, "if %n %b, %k do as the jump"},                                  \
  [VMI_QJUKB_##id] = {VMI_Q_##id, "if %n %b, %k do as the jump"},
#define CVT(id, code, text, pop, push, ctype, prose) [VMI_Q_##id] = {VMI_Q_##id, "%a = %n %b"},
#define ADDRESS_M "%b + %2"
#define ADDRESS_MK "(%b + %h) + %2"
#define ADDRESS_MX "(%b + %c + %h) + %2"
#define ADDRESS_MS "((%b << %D) + %h) + %2"
#define ADDRESS_MY "((%b << %D) + %c + %h) + %2"
#define ADDRESS_MC "%h + %2"
#define LOAD_TEXT(form, id) [VMI_Q##form##_##id] = {VMI_Q_##id, "%a = %n " ADDRESS_##form},
#define ADDRESS_MN ADDRESS_M
#define ADDRESS_MXN ADDRESS_MX
#define STORE_TEXT(form, id, value)                                                               \
  [VMI_Q##form##_##id] = {VMI_Q_##id, "%n " ADDRESS_##form " = " value},
#define LOAD(id, code, text, push, ctype, prose)                                                  \
  [VMI_Q_##id] = {VMI_Q_##id, "%a = %n %b + %2, memory %h"},                                      \
  VMI_OFTEN(id, VMI_MEMORY_FORMS(LOAD_TEXT, id))
#define STORE(id, code, text, pop, ctype, prose)                                                  \
  [VMI_Q_##id] = {VMI_Q_##id, "%n %a + %2, memory %h = %b"},                                      \
  VMI_OFTEN(id, VMI_MEMORY_FORMS(STORE_TEXT, id, "%a") VMI_MEMORY_FORMS_N(STORE_TEXT, id, "%4"))
#include "isa.def"
#define UN(id, out, expression) [VMI_Q_##id] = {VMI_Q_##id, "%a = %n %b"},
#define BIN(id, out, expression) [VMI_Q_##id] = {VMI_Q_##id, "%a = %n %b, %c"},
#define BINK(id, out, expression)                                                                 \
  BIN(id, out, expression)[VMI_QK_##id] = {VMI_Q_##id, "%a = %n %b, %K"},
#define UNT(id, in, out, function) UN(id, in, function)
#define BINT(id, in, function) BIN(id, in, function)
#define CHECKED(id, in, function) BIN(id, in, function)
#define UNTEST(id, bad, code, out, expression) UN(id, out, expression)
#define BINTEST(id, bad, code, out, expression) BIN(id, out, expression)
#include "quick_num.def"
#define ROW(id, translator, text)                                                           \
  [VMI_Q_##id] = {VMI_Q_##id, (text)[0] ? text : "%n %i, operands before %a"},
#include "quick_rows.def"
#define OPERAND_TEXT(form, id, text) [VMI_Q##form##_##id] = {VMI_Q_##id, text ADDRESS_##form "]"},
#define OPERAND(id, row, text) VMI_MEMORY_FORMS(OPERAND_TEXT, id, text)
#define I32_ADD_U8_TEXT(form, ...) [VMI_Q##form##_I32_ADD_U8] = {0, "%a = i32 %o + u8 [" ADDRESS_##form "]"},
#define MULADD_TEXT(form, ...)                                                                    \
  [VMI_Q##form##_F64_MULADD] = {0, "%a = f64 %O + %o * [" ADDRESS_##form "]"},
  OPERAND(F64_ADD, F64_LOAD, "%a = %n %o, [") OPERAND(F64_SUB, F64_LOAD, "%a = %n %o, [")
  OPERAND(F64_MUL, F64_LOAD, "%a = %n %o, [") OPERAND(I32_ADD, I32_LOAD, "%a = %n %o, [")
  OPERAND(I32_XOR, I32_LOAD, "%a = %n %o, [") VMI_MEMORY_FORMS(I32_ADD_U8_TEXT, )
  VMI_MEMORY_FORMS(MULADD_TEXT, )
#define SHIFTED_TEXT(op, shift) [VMI_Q_##op##_##shift] = {VMI_Q_##op, "%a = %n %b, " #shift " %c by %D"},
  VMI_SHIFTED(SHIFTED_TEXT)
#define LOOP_TEXT(relation, ctype, cop)                                                           \
  [VMI_Q_LOOP_##relation] = {VMI_Q_I32_##relation, "i32 %a += %l, if %n %a, %b goto %t"},         \
  [VMI_Q_LOOPK_##relation] = {VMI_Q_I32_##relation, "i32 %a += %l, if %n %a, %h goto %t"},        \
  [VMI_Q_LOOPR_##relation] = {VMI_Q_I32_##relation, "i32 %a += %r, if %n %a, %b goto %t"},
  VMI_LOOP_RELATIONS(LOOP_TEXT)
#define Q(name, text) [VMI_Q_##name] = {0, text},
#include "quick.def"
};

typedef struct writer {
  const vmi_code *rec;
  const vmi_quick *q;
  const vmi_alloc *alloc;
  vmi_vec *text;
  char line[LINE_MAX_BYTES]; /* what is longer is cut */
  size_t used;
  bool failed;
} writer;

/* ---- a line ---- */

/* Names may be any bytes: what could end the comment is shown as '?'. */
static void put(writer *w, const char *text)
{
  for (; *text && w->used + 1 < sizeof w->line; text++)
    w->line[w->used++] = (unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text;
}

static void put_number(writer *w, int64_t v)
{
  char text[24];
  snprintf(text, sizeof text, "%" PRId64, v);
  put(w, text);
}

static void put_indexed(writer *w, const char *before, uint32_t index, const char *behind)
{
  put(w, before);
  put_number(w, index);
  put(w, behind);
}

static void pad(writer *w, size_t width)
{
  do put(w, " ");
  while (w->used < width);
}

static void end_line(writer *w)
{
  char *to = vmi_vec_push(w->alloc, w->text, 1, w->used + 1);
  if (to == NULL) {
    w->failed = true;
  } else {
    memcpy(to, w->line, w->used);
    to[w->used] = '\n';
  }
  w->used = 0;
}

/* ---- names ---- */

static void put_local(writer *w, uint32_t index)
{
  const vmi_func *f = w->rec->func;
  if (f->local_names != NULL && index < f->nlocals && f->local_names[index].size != 0)
    put(w, f->local_names[index].data);
  else
    put_indexed(w, "local", index, "");
}

static void put_label(writer *w, uint32_t index)
{
  const vmi_label *label = &w->rec->func->labels[index];
  if (label->name.size != 0) put(w, label->name.data);
  else put_indexed(w, "label", index, "");
}

static void put_func(writer *w, uint32_t index)
{
  const char *name = vmi_func_name(w->rec->module, index);
  if (name != NULL && name[0] != 0) put(w, name);
  else put_indexed(w, "function", index, "");
}

static void put_slot(writer *w, uint32_t slot)
{
  const vmi_func *f = w->rec->func;
  uint32_t base = VMI_FRAME_HEADER + f->nlocals;
  if (slot < base) put_local(w, slot - VMI_FRAME_HEADER);
  else if (slot < f->frame_size) put_indexed(w, "[", slot - base, "]");
  else put_indexed(w, "<", slot - f->frame_size - VMI_FRAME_HEADER, ">");
}

static void put_move(writer *w, uint32_t to, uint32_t from)
{
  put_slot(w, to);
  put(w, " = ");
  put_slot(w, from);
}

/* What is neither a double nor a small number is shown as its bits. */
static void put_constant(writer *w, uint64_t bits, bool is_f64)
{
  char text[32];
  double d;
  int64_t v = bits >> 32 == 0 ? (int32_t)(uint32_t)bits : (int64_t)bits;
  memcpy(&d, &bits, sizeof d);
  if (is_f64) snprintf(text, sizeof text, "%.17g", d);
  else if (v >= -1000000 && v <= 1000000) snprintf(text, sizeof text, "%" PRId64, v);
  else snprintf(text, sizeof text, "0x%" PRIx64, bits);
  put(w, text);
}

static void put_target(writer *w, const vmi_qword *target)
{
  uint32_t at = (uint32_t)(target - w->q->code), n = w->rec->func->nlabels;
  for (uint32_t i = 0; i < n; i++) {
    if (w->q->labels[i] != at) continue;
    put_label(w, i);
    return;
  }
}

static void put_targets(writer *w, const vmi_qword *ip)
{
  for (uint32_t i = 0; i <= ip[2].lo; i++) {
    if (i > 0) put(w, ", ");
    put_target(w, ip + ip[3 + i].i64);
  }
}

/* ---- instructions ---- */

static void put_operand(writer *w, char what, const vmi_listed *l)
{
  const vmi_qword *ip = w->q->code + l->at;
  switch (what) {
  case 'a': put_slot(w, ip[1].a); break;
  case 'b': put_slot(w, ip[1].b); break;
  case 'c': put_slot(w, ip[1].c); break;
  case 'd': put_slot(w, ip[1].d); break;
  case 'A': put_number(w, ip[1].a); break;
  case 'B': put_number(w, ip[1].b); break;
  case 'C': put_number(w, ip[1].c); break;
  case 'D': put_number(w, ip[1].d); break;
  case 's': put_number(w, (int16_t)ip[1].d); break;
  case 't': put_target(w, ip + ip[1].to); break;
  case 'T': put_targets(w, ip); break;
  case 'K': put_constant(w, ip[2].u64, vmi_isa_ops[forms[l->q].row].pops[0] == 'd'); break;
  case 'k': put_constant(w, ip[4].u64, false); break;
  case 'l': put_number(w, (int32_t)ip[2].lo); break;
  case 'h': put_number(w, (int32_t)ip[2].hi); break;
  case 'p': put_slot(w, ip[2].a); break;
  case 'q': put_slot(w, ip[2].b); break;
  case 'e': put_move(w, ip[2].a, ip[2].b); break;
  case 'g': put_move(w, ip[2].c, ip[2].d); break;
  case 'r': put_slot(w, ip[2].lo); break;
  case '2': put_number(w, ip[2].lo); break;
  case '3': put_number(w, ip[3].lo); break;
  case '4': put_constant(w, ip[3].u64, vmi_isa_ops[forms[l->q].row].pops[1] == 'd'); break;
  case '5': put_constant(w, ip[3].u64, false); break;
  case 'o': put_slot(w, ip[3].a); break;
  case 'O': put_slot(w, ip[3].b); break;
  case 'f': put_func(w, ((const vmi_code *)ip[3].ptr)->index); break;
  case '=':
    if (ip[1].c == 0) break; /* a call without results */
    put_slot(w, ip[1].a);
    put(w, " = ");
    break;
  case 'n': put(w, vmi_isa_ops[forms[l->q].row].text); break;
  case 'i':
    for (size_t i = 0; i < strlen(vmi_isa_ops[l->q].imms); i++) {
      if (i > 0) put(w, " ");
      put_number(w, ip[2 + i].lo);
    }
    break;
  default: put(w, (const char[]){what, 0}); break;
  }
}

static void put_register_code(writer *w, const vmi_listed *l)
{
  for (const char *p = forms[l->q].text; *p; p++) {
    if (*p == '%') put_operand(w, *++p, l);
    else put(w, (const char[]){*p, 0});
  }
}

static void put_immediate(writer *w, char kind, uint64_t imm)
{
  char text[32];
  double d;
  float s;
  uint32_t low = (uint32_t)imm;
  switch (kind) {
  case 'l': put_local(w, low); return;
  case 'j': put_label(w, low); return;
  case 'F': case 'x': put_func(w, low); return;
  case 'd':
    memcpy(&d, &imm, sizeof d);
    snprintf(text, sizeof text, "%.17g", d);
    break;
  case 'f':
    memcpy(&s, &low, sizeof s);
    snprintf(text, sizeof text, "%.9g", (double)s);
    break;
  default: snprintf(text, sizeof text, "%" PRId64, (int64_t)imm); break;
  }
  put(w, text);
}

static void put_bytecode(writer *w, const vmi_insn *in)
{
  put(w, in->op->text);
  for (size_t i = 0; i < strlen(in->op->imms); i++) {
    put(w, " ");
    put_immediate(w, in->op->imms[i], in->imm[i]);
  }
}

/* All instructions made at this one, the first beside it. */
static const vmi_listed *put_both(writer *w, uint32_t pc, const vmi_insn *in, const vmi_listed *l,
                                  const vmi_listed *end)
{
  char offset[16];
  snprintf(offset, sizeof offset, ";; %5u  ", pc);
  put(w, offset);
  put_bytecode(w, in);
  for (bool first = true; l < end && l->pc == pc; l++, first = false) {
    if (!first) put(w, ";;");
    pad(w, BYTECODE_WIDTH);
    put_register_code(w, l);
    end_line(w);
  }
  if (w->used > 0) end_line(w);
  return l;
}

static void put_all(writer *w, const vmi_listed *l, size_t n)
{
  const vmi_func *f = w->rec->func;
  const vmi_listed *end = l + n;
  vmi_insn in;
  uint32_t label = 0;
  end_line(w);
  put_indexed(w, ";; function ", w->rec->index, " ");
  put_func(w, w->rec->index);
  end_line(w);
  for (uint32_t pc = 0; pc < f->code_size && !w->failed; pc += in.size) {
    for (; label < f->nlabels && f->labels[label].offset <= pc; label++) {
      put(w, ";; ");
      put_label(w, label);
      put(w, ":");
      end_line(w);
    }
    if (vmi_isa_decode(f->code + pc, f->code + f->code_size, &in) != NULL) break;
    l = put_both(w, pc, &in, l, end);
  }
}

bool vmi_quick_list(const vmi_alloc *a, const vmi_code *rec, vmi_vec *text)
{
  vmi_vec listed = {0};
  writer w = {.rec = rec, .alloc = a, .text = text};
  vmi_quick *q = vmi_quick_translate(a, rec, &listed);
  if (q != NULL) {
    w.q = q;
    put_all(&w, listed.data, listed.count);
    vmi_free(a, q, q->size);
  }
  vmi_vec_free(a, &listed);
  return q != NULL && !w.failed;
}
