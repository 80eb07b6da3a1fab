/* emit_keep.c - calls of the run time from cold code that keep all registers.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 *
 * A call in a loop costs even where it is never made: what lives across it has to be in one of six
 * registers, or in memory. So polls are no calls to GCC but a piece of assembly that changes one
 * register, for the verdict. It jumps to a routine of the unit that saves whatever a C function may change
 * and then calls. A function's check of its frame, behind which the parameters are wanted, is the same.
 */
#include <stdio.h>

#include "emitter.h"

#if defined(__x86_64__)

/* What the code pushes, below the 128 bytes that a function may use under its stack pointer. */
enum { AT_HELPER = 16, AT_EXTRA = 24, AT_PC = 32, AT_FUNC = 40, AT_FRAME = 48, AT_THREAD = 56, PUSHED = 48 };

static int moves(char *text, size_t size, const char *format)
{
  int n = 0;
  for (int i = 0; i < 16; i++) n += snprintf(text + n, size - (size_t)n, format, i, i);
  return n;
}

void vmi_emit_keeper(vmi_unit *u)
{
  char text[4096], save[640], restore[640];
  moves(save, sizeof save, u->avx ? "\tvmovups %%ymm%d, 32*%d(%%rsp)\n" : "\tmovups %%xmm%d, 32*%d(%%rsp)\n");
  moves(restore, sizeof restore,
        u->avx ? "\tvmovups 32*%2$d(%%rsp), %%ymm%1$d\n" : "\tmovups 32*%2$d(%%rsp), %%xmm%1$d\n");
  snprintf(text, sizeof text,
           "\t.text\n\t.p2align 4\n\t.type vmi_keep, @function\nvmi_keep:\n"
           "\tpushq %%rbp\n\tmovq %%rsp, %%rbp\n"
           "\tpushq %%rcx\n\tpushq %%rdx\n\tpushq %%rsi\n\tpushq %%rdi\n"
           "\tpushq %%r8\n\tpushq %%r9\n\tpushq %%r10\n\tpushq %%r11\n"
           "\tsubq $512, %%rsp\n\tandq $-32, %%rsp\n%s%s"
           "\tmovq %d(%%rbp), %%rdi\n\tmovq %d(%%rbp), %%rsi\n\tmovl %d(%%rbp), %%edx\n"
           "\tshlq $32, %%rdx\n\tmovl %d(%%rbp), %%eax\n\torq %%rax, %%rdx\n\tmovl %d(%%rbp), %%ecx\n"
           "\tmovl %d(%%rbp), %%eax\n\taddq %zu(%%rdi), %%rax\n\tcall *(%%rax)\n%s"
           "\tleaq -64(%%rbp), %%rsp\n"
           "\tpopq %%r11\n\tpopq %%r10\n\tpopq %%r9\n\tpopq %%r8\n"
           "\tpopq %%rdi\n\tpopq %%rsi\n\tpopq %%rdx\n\tpopq %%rcx\n\tpopq %%rbp\n\tret\n"
           "\t.size vmi_keep, .-vmi_keep\n",
           save, u->avx ? "\tvzeroupper\n" : "", AT_THREAD, AT_FRAME, AT_FUNC, AT_PC, AT_EXTRA, AT_HELPER,
           offsetof(vmi_thread, helpers), restore);
  gcc_jit_context_add_top_level_asm(u->ctx, NULL, text);
}

void vmi_emit_kept_helper(vmi_emitter *e, uint32_t helper, uint32_t extra)
{
  char text[256];
  snprintf(text, sizeof text,
           "leaq -128(%%%%rsp), %%%%rsp; pushq %%1; pushq %%2; pushq $%d; pushq $%d; pushq $%d; "
           "pushq $%zu; call vmi_keep; leaq %d(%%%%rsp), %%%%rsp",
           (int32_t)e->func, (int32_t)e->pc, (int32_t)extra,
           offsetof(struct vmi_helpers, fn) + (size_t)8 * helper, 128 + PUSHED);
  gcc_jit_extended_asm *a = gcc_jit_block_add_extended_asm(e->block, e->loc, text);
  gcc_jit_extended_asm_set_volatile_flag(a, 1);
  gcc_jit_extended_asm_add_output_operand(a, NULL, "=a", e->verdict);
  gcc_jit_extended_asm_add_input_operand(a, NULL, "r", e->t);
  gcc_jit_extended_asm_add_input_operand(a, NULL, "r", e->fp);
  gcc_jit_extended_asm_add_clobber(a, "memory");
}

#else

void vmi_emit_keeper(vmi_unit *u) {}

void vmi_emit_kept_helper(vmi_emitter *e, uint32_t helper, uint32_t extra)
{
  rvalue *args[3] = {e->fp, vmi_emit_id(e), e_u32(e, extra)};
  e_set(e, e->verdict, vmi_emit_helper(e, helper, helper == VMI_H_enter ? 3 : 2, args));
}

#endif
