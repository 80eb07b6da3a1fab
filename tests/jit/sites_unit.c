/* sites_unit.c - a shared object with accesses as a compiled unit lists them, in frames of every shape.
 *
 * SPDX-License-Identifier: MIT
 *
 * For sites.c. Small units seldom have a frame that is aligned for vectors, or of variable size.
 */
#include <stdint.h>

__asm__("\t.pushsection vmi_sites,\"a\",@progbits\n\t.long 0, 0, 0\n\t.popsection\n"
        "\t.pushsection .data\n\t.balign 8\n\t.globl vmi_guard\n\t.type vmi_guard, @object\n"
        "\t.size vmi_guard, 16\nvmi_guard:\n\t.quad __start_vmi_sites, __stop_vmi_sites\n"
        "\t.popsection\n");

#define ACCESS(p, func, pc) \
  __asm__ volatile("1:\tmovl %0, %%eax\n\t.pushsection vmi_sites,\"a\",@progbits\n" \
                   "\t.long 1b-., " #func ", " #pc "\n\t.popsection" : : "m"(*(p)) : "eax", "memory")
#define SPOIL() \
  __asm__ volatile("movl $-1, %%ebx\n\tmovl %%ebx, %%r12d\n\tmovl %%ebx, %%r13d\n\tmovl %%ebx, %%r14d\n\t" \
                   "movl %%ebx, %%r15d" : : : "rbx", "r12", "r13", "r14", "r15")

#pragma GCC visibility push(default)
void unit_small(const int32_t *p);
void unit_saves(const int32_t *p);
void unit_aligned(const int32_t *p);
void unit_realigned(const int32_t *p, long a, long b, long c, long d, long e, long on_stack);
void unit_variable(const int32_t *p);
int unit_keeps(void (*f)(const int32_t *), const int32_t *p);
#pragma GCC visibility pop

void unit_small(const int32_t *p) { ACCESS(p, 0, 1); }

void unit_saves(const int32_t *p)
{
  SPOIL();
  ACCESS(p, 0, 2);
}

void unit_aligned(const int32_t *p)
{
  _Alignas(64) volatile char room[128];
  room[(uintptr_t)p % 128] = 1;
  SPOIL();
  ACCESS(p, 0, 3);
  (void)room[0];
}

/* With an argument on the stack GCC keeps the frame's top itself there, and says so in an expression. */
void unit_realigned(const int32_t *p, long a, long b, long c, long d, long e, long on_stack)
{
  _Alignas(64) volatile char room[128];
  (void)a, (void)b, (void)c, (void)d, (void)e;
  room[(uintptr_t)p % 128] = 1;
  SPOIL();
  ACCESS(p, 0, 5);
  room[1] = (char)on_stack;
  (void)room[1];
}

void unit_variable(const int32_t *p)
{
  volatile char *room = __builtin_alloca(1000 + (uintptr_t)p % 16);
  room[5] = 1;
  SPOIL();
  ACCESS(p, 0, 4);
  (void)room[6];
}

/* int unit_keeps(f, p): call f(p); 1 if it left all registers that it must keep. */
__asm__("\t.text\n\t.globl unit_keeps\n\t.type unit_keeps, @function\nunit_keeps:\n"
        "\tpushq %rbx\n\tpushq %rbp\n\tpushq %r12\n\tpushq %r13\n\tpushq %r14\n\tpushq %r15\n"
        "\tsubq $8, %rsp\n\tmovq %rdi, %rax\n\tmovq %rsi, %rdi\n"
        "\tmovl $11, %ebx\n\tmovl $12, %ebp\n\tmovl $13, %r12d\n\tmovl $14, %r13d\n\tmovl $15, %r14d\n"
        "\tmovl $16, %r15d\n\tcall *%rax\n\txorl %eax, %eax\n"
        "\tcmpq $11, %rbx\n\tjne 2f\n\tcmpq $12, %rbp\n\tjne 2f\n\tcmpq $13, %r12\n\tjne 2f\n"
        "\tcmpq $14, %r13\n\tjne 2f\n\tcmpq $15, %r14\n\tjne 2f\n\tcmpq $16, %r15\n\tjne 2f\n"
        "\tmovl $1, %eax\n"
        "2:\taddq $8, %rsp\n\tpopq %r15\n\tpopq %r14\n\tpopq %r13\n\tpopq %r12\n\tpopq %rbp\n\tpopq %rbx\n"
        "\tret\n\t.size unit_keeps, .-unit_keeps\n");
