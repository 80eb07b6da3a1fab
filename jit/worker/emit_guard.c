/* emit_guard.c - accesses of guarded memories: no check, the processor finds what is out of bounds.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * A fault is a trap, and what a trap leaves behind must be what the program's order says: stores in
 * front of it have happened, those behind it not, and a load traps even if nobody wants its value. GCC
 * promises that of no plain access, with no option: -fnon-call-exceptions -fno-delete-dead-exceptions
 * keeps loads, but drops a store that is overwritten behind another store that may fault (measured
 * on 12.2; docs/jit.md). What it does keep in order is volatile asm that may touch memory, so an
 * access is one. Its operand is a memory operand, for which GCC picks the addressing mode.
 *
 * The list of the unit's accesses (unit.h) is made by the assembler, with the text of each: so a copy
 * that GCC makes of an access, by inlining or unrolling, has its own element.
 */
#include <stdio.h>

#include "emitter.h"
#include "guard.h"
#include "unit.h"

#define SECTION "vmi_sites,\"a\",@progbits"

/* The list's ends. Its first element is none, so that there is a list even if GCC drops all accesses. */
static void make_list(vmi_unit *u)
{
  gcc_jit_context_add_top_level_asm(
    u->ctx, NULL,
    "\t.pushsection " SECTION "\n\t.balign 4\n\t.long 0, 0, 0\n\t.popsection\n"
    "\t.pushsection .data\n\t.balign 8\n\t.globl " VMI_GUARD_SYMBOL
    "\n\t.type " VMI_GUARD_SYMBOL ", @object\n\t.size " VMI_GUARD_SYMBOL ", 16\n" VMI_GUARD_SYMBOL
    ":\n\t.quad __start_vmi_sites, __stop_vmi_sites\n\t.popsection\n");
}

/* What it calls in the unit gets checks, too, if it was not known to need them. False: bad code. */
static bool pass_on(vmi_unit *u, uint32_t index, bool *changed)
{
  const vmi_func *f = &u->m->funcs[u->funcs[index]];
  vmi_insn in;
  for (uint32_t pc = 0; pc < f->code_size; pc += in.size) {
    if (vmi_isa_decode(f->code + pc, f->code + f->code_size, &in)) return false;
    if (in.index != VMI_IX_CALL && in.index != VMI_IX_RETURN_CALL) continue;
    vmi_unit_func *callee = vmi_emit_in_unit(u, (uint32_t)in.imm[0]);
    if (!callee || callee->checks) continue;
    callee->checks = *changed = true;
  }
  return true;
}

/* A function that is left at a fault cannot go on at a handler. So functions with handlers check, and
 * so does what GCC may inline into one. */
bool vmi_emit_plan_guards(vmi_unit *u)
{
  bool changed = u->o->guard && VMI_GUARD_SUPPORTED && u->m->nmemories;
  for (uint32_t i = 0; i < u->nfuncs; i++)
    u->info[i].checks = !changed || u->m->funcs[u->funcs[i]].nhandlers != 0;
  if (changed) make_list(u);
  while (changed) {
    changed = false;
    for (uint32_t i = 0; i < u->nfuncs; i++)
      if (u->info[i].checks && !pass_on(u, i, &changed)) return false;
  }
  return true;
}

/* Operands: the register is %1 of a store and %0 of a load. */
typedef struct form {
  const char *load, *load_avx, *narrow, *store, *store_avx;
} form;

static const form forms[T_COUNT] = { /* narrow: a load of 32 bits of what `load` gives 64 of */
  [T_int8_t] = {"movsbq %1, %q0", NULL, "movsbl %1, %k0", "movb %b1, %0", NULL},
  [T_uint8_t] = {"movzbl %1, %k0", NULL, NULL, "movb %b1, %0", NULL},
  [T_int16_t] = {"movswq %1, %q0", NULL, "movswl %1, %k0", "movw %w1, %0", NULL},
  [T_uint16_t] = {"movzwl %1, %k0", NULL, NULL, "movw %w1, %0", NULL},
  [T_int32_t] = {"movslq %1, %q0", NULL, "movl %1, %k0", "movl %k1, %0", NULL},
  [T_uint32_t] = {"movl %1, %k0", NULL, NULL, "movl %k1, %0", NULL},
  [T_int64_t] = {"movq %1, %q0", NULL, NULL, "movq %q1, %0", NULL},
  [T_uint64_t] = {"movq %1, %q0", NULL, NULL, "movq %q1, %0", NULL},
  [T_float] = {"movss %1, %0", "vmovss %1, %0", NULL, "movss %1, %0", "vmovss %1, %0"},
  [T_double] = {"movsd %1, %0", "vmovsd %1, %0", NULL, "movsd %1, %0", "vmovsd %1, %0"}};

static bool is_float(vmi_ctype t) { return t == T_float || t == T_double; }

/* The asm with its element of the list, without operands. */
static gcc_jit_extended_asm *access_asm(vmi_emitter *e, const char *insn)
{
  char text[200];
  uint32_t func = e->func | (e_linked(e) ? VMI_GUARD_LINKED : 0);
  snprintf(text, sizeof text,
           "1:\t%s\n\t.pushsection " SECTION "\n\t.long 1b-., %u, %u\n\t.popsection", insn, func, e->pc);
  gcc_jit_extended_asm *a = gcc_jit_block_add_extended_asm(e->block, e->loc, text);
  gcc_jit_extended_asm_set_volatile_flag(a, 1);
  gcc_jit_extended_asm_set_inline_flag(a, 1);
  return a;
}

rvalue *vmi_emit_guarded_load(vmi_emitter *e, vmi_ctype t, vmi_class c, lvalue *cell)
{
  const form *f = &forms[t];
  const char *insn = e->u->avx && f->load_avx ? f->load_avx : f->load;
  if (c == C_I32 && f->narrow) insn = f->narrow;
  lvalue *v = vmi_emit_local(e, e->u->cls[c], "m");
  rvalue *from = e_get(cell);
  gcc_jit_extended_asm *a = access_asm(e, insn);
  gcc_jit_extended_asm_add_output_operand(a, NULL, is_float(t) ? "=x" : "=r", v);
  gcc_jit_extended_asm_add_input_operand(a, NULL, "m", from);
  gcc_jit_extended_asm_add_clobber(a, "memory");
  return e_get(v);
}

void vmi_emit_guarded_store(vmi_emitter *e, vmi_ctype t, lvalue *cell, rvalue *v)
{
  const form *f = &forms[t];
  const char *insn = e->u->avx && f->store_avx ? f->store_avx : f->store;
  lvalue *keep = vmi_emit_local(e, e->u->type[t], "m"); /* an expression is no operand */
  e_set(e, keep, v);
  gcc_jit_extended_asm *a = access_asm(e, insn);
  gcc_jit_extended_asm_add_output_operand(a, NULL, "=m", cell);
  gcc_jit_extended_asm_add_input_operand(a, NULL, is_float(t) ? "x" : "re", e_get(keep));
  gcc_jit_extended_asm_add_clobber(a, "memory");
}
