/* fake_emit.c - an emitter for tests: what a function's name says is what goes wrong with it.
 *
 * SPDX-License-Identifier: MIT
 *
 * Every function becomes code that stores 42 at the frame's first slot. Names: hang, crash, exit,
 * refuse, bad_asm, bad_magic, bad_count, short, outside, no_symbol, litter; `lonely` is refused
 * unless it is alone in its unit.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emit.h"
#include "thread.h"
#include "unit.h"

#if defined(__x86_64__)
#define BODY "  movl $42, (%rsi)\n  ret\n"
#elif defined(__aarch64__)
#define BODY "  mov w9, #42\n  str w9, [x1]\n  ret\n"
#elif defined(__s390x__)
#define BODY "  mvhi 0(%r3), 42\n  br %r14\n"
#else
#error "the body of a function that stores 42 at its second argument is missing for this processor"
#endif

static bool has(const vmi_module *m, const uint32_t *funcs, uint32_t n, const char *name)
{
  for (uint32_t i = 0; i < n; i++) {
    if (strcmp(m->funcs[funcs[i]].name.data, name) == 0) return true;
  }
  return false;
}

/* What GCC leaves behind when it is killed. */
static void litter(void)
{
  const char *dir = getenv("TMPDIR");
  if (dir == NULL || chdir(dir) != 0 || mkdir("libgccjit-1", 0700) != 0) abort();
  FILE *f = fopen("libgccjit-1/fake.s", "w");
  if (f == NULL || fclose(f) != 0 || symlink("/", "libgccjit-1/root") != 0) abort();
  for (;;) pause();
}

static void write_unit(FILE *f, uint32_t published, uint64_t magic, uint32_t count, bool outside)
{
  fprintf(f, "  .data\n  .balign 8\n  .globl vmi_unit\n  .type vmi_unit, %%object\nvmi_unit:\n");
  fprintf(f, "  .quad %llu, %llu\n", (unsigned long long)magic,
          (unsigned long long)VMI_ABI_VERSION << 32 | count);
  for (uint32_t i = 0; i < published; i++) {
    if (outside) fprintf(f, "  .quad 4096, memcpy, 0\n");
    else fprintf(f, "  .quad f%u, f%u, 0\n", i, i);
  }
  fprintf(f, "  .size vmi_unit, .-vmi_unit\n  .section .note.GNU-stack,\"\",%%progbits\n");
}

bool vmi_emit_unit(const vmi_module *m, const uint32_t *funcs, uint32_t n, uint32_t published,
                   const vmi_emit_options *o, const char *asm_path, char *error, size_t error_size)
{
  if (has(m, funcs, n, "hang")) for (;;) pause();
  if (has(m, funcs, n, "crash")) abort();
  if (has(m, funcs, n, "exit")) exit(1);
  if (has(m, funcs, n, "litter")) litter();
  if (has(m, funcs, n, "refuse") || (n > 1 && has(m, funcs, n, "lonely"))) {
    snprintf(error, error_size, "refused\nas told");
    return false;
  }
  FILE *f = fopen(asm_path, "w");
  if (f == NULL) {
    snprintf(error, error_size, "cannot write %s", asm_path);
    return false;
  }
  fprintf(f, "# unit of %u functions, %u published, level %u, fuel %d\n  .text\n", n, published,
          o->opt_level, o->meter_fuel);
  for (uint32_t i = 0; i < published; i++) fprintf(f, "f%u:\n%s", i, BODY);
  if (has(m, funcs, n, "bad_asm")) fprintf(f, "  gibberish %%nothing\n");
  uint64_t magic = VMI_UNIT_MAGIC + has(m, funcs, n, "bad_magic");
  uint32_t listed = has(m, funcs, n, "short") ? published - 1 : published;
  uint32_t count = published + has(m, funcs, n, "bad_count");
  if (!has(m, funcs, n, "no_symbol")) {
    write_unit(f, listed, magic, count, has(m, funcs, n, "outside"));
  }
  if (fclose(f) == 0) return true;
  snprintf(error, error_size, "cannot write %s: disk full?", asm_path);
  return false;
}
