/* isa_docs.c - writes the files that are derived from lib/isa/isa.def: the reference page of the
 * instructions and the public header of the opcodes.
 *
 * SPDX-License-Identifier: MIT
 *
 *   isa_docs instructions FILE     docs/instructions.md
 *   isa_docs opcodes FILE          include/vm/opcodes.h
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "isa.h"

static const vmi_op ops[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  {#id, text, imms, pops, pushes, prose, flags, code},
#include "isa.def"
};

typedef struct letter {
  char letter;
  const char *text;
} letter;

static const letter immediates[] = {
  {'c', "i32"},          {'C', "i64"},           {'f', "f32"},      {'d', "f64"},
  {'l', "local"},        {'g', "global"},        {'j', "label"},    {'w', "switch table"},
  {'F', "function"},     {'T', "type"},          {'S', "struct S"}, {'R', "array R"},
  {'U', "func type U"},  {'k', "field"},         {'h', "ref type t"}, {'v', "type t"},
  {'m', "memory"},       {'o', "offset"},        {'D', "data"},     {'E', "elem"},
  {'B', "table"},        {'n', "count"},      {'x', "slow path"},
};

static const letter operands[] = {
  {'i', "i32"},
  {'I', "i64"},
  {'f', "f32"},
  {'d', "f64"},
  {'y', "dyn"},
  {'A', "(ref null any)"},
  {'X', "(ref null exn)"},
  {'Y', "(ref null array)"},
  {'w', "(ref weak)"},
  {'W', "(ref null weak)"},
  {'1', "a"},
  {'2', "b"},
  {'n', "(ref null a)"},
  {'o', "(ref a)"},
  {'L', "local's type"},
  {'G', "global's type"},
  {'B', "table's type"},
  {'v', "t"},
  {'h', "t"},
  {'S', "(ref null S)"},
  {'s', "(ref S)"},
  {'R', "(ref null R)"},
  {'r', "(ref R)"},
  {'V', "(ref null R2)"},
  {'U', "(ref null U)"},
  {'H', "(ref function's type)"},
  {'c', "environment"},
  {'K', "field's type"},
  {'M', "fields of S..."},
  {'e', "element of R"},
  {'N', "count elements of R..."},
  {'P', "parameters..."},
  {'Q', "results..."},
  {'Z', "results of this function..."},
};

static const char *find(const letter *letters, size_t count, char c)
{
  for (size_t i = 0; i < count; i++) {
    if (letters[i].letter == c) return letters[i].text;
  }
  return NULL;
}

static bool put_list(FILE *out, const letter *letters, size_t count, const char *s)
{
  for (size_t i = 0; s[i] != '\0'; i++) {
    const char *text = find(letters, count, s[i]);
    if (text == NULL) {
      fprintf(stderr, "isa_docs: the letter '%c' is unknown\n", s[i]);
      return false;
    }
    fprintf(out, "%s%s", i == 0 ? "" : ", ", text);
  }
  return true;
}

#define PUT_LIST(out, letters, s) put_list(out, letters, sizeof(letters) / sizeof((letters)[0]), s)

static void put_bytes(FILE *out, uint16_t code)
{
  if (code >= 0x100) {
    fprintf(out, "%02X %02X", code >> 8, code & 0xFF);
  } else {
    fprintf(out, "%02X", code);
  }
}

/* Groups, by the opcode they start at. */
static const struct {
  uint16_t first;
  const char *title;
} groups[] = {
  {VMI_OP_UNREACHABLE, "Control"},
  {VMI_OP_DROP, "Stack, locals and globals"},
  {VMI_OP_I32_CONST, "Constants"},
  {VMI_OP_I32_EQZ, "i32 arithmetic and comparison"},
  {VMI_OP_I64_EQZ, "i64 arithmetic and comparison"},
  {VMI_OP_F32_EQ, "f32 arithmetic and comparison"},
  {VMI_OP_F64_EQ, "f64 arithmetic and comparison"},
  {VMI_OP_I32_WRAP_I64, "Conversions"},
  {VMI_OP_I32_LOAD, "Linear memory"},
  {VMI_OP_REF_NULL, "References"},
  {VMI_OP_STRUCT_NEW, "Structs and arrays"},
  {VMI_OP_DYN_NIL, "dyn"},
  {VMI_OP_DYN_ADD, "dyn arithmetic and comparison"},
  {VMI_OP_I32_TRUNC_SAT_F32_S, "Second page: rare or long-running instructions"},
};

static const struct {
  uint32_t flag;
  const char *text;
} notes[] = {
  {F_TRAP, "traps"},         {F_ALLOC, "allocates"},   {F_CALL, "call"},    {F_TAIL, "tail call"},
  {F_SLOW, "slow path"},
  {F_END, "ends the flow"},  {F_BRANCH, "branches"},   {F_THROW, "throws"}, {F_PURE, "pure"},
};

static void put_notes(FILE *out, uint32_t flags)
{
  const char *comma = "";
  for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
    if (!(flags & notes[i].flag)) continue;
    fprintf(out, "%s%s", comma, notes[i].text);
    comma = ", ";
  }
}

static bool put_row(FILE *out, const vmi_op *op)
{
  fprintf(out, "| `%s` | `", op->text);
  put_bytes(out, op->code);
  fprintf(out, "` | ");
  if (!PUT_LIST(out, immediates, op->imms)) return false;
  fprintf(out, " | [");
  if (!PUT_LIST(out, operands, op->pops)) return false;
  fprintf(out, op->flags & F_BR_PUSH ? "] -> [], at the label [" : "] -> [");
  if (!PUT_LIST(out, operands, op->pushes)) return false;
  fprintf(out, "] | ");
  put_notes(out, op->flags);
  fprintf(out, " | %s |\n", op->prose);
  return true;
}

static bool instructions(FILE *out)
{
  fputs("<!-- Generated from lib/isa/isa.def by tools/gen/isa_docs.c; do not edit. -->\n"
        "# Instructions\n\n"
        "One row an instruction: its text, its opcode in hexadecimal bytes, the immediates that follow\n"
        "(LEB128 numbers of minimal length; f32 and f64 are 4 and 8 bytes, little-endian; types as in\n"
        "[format.md](format.md)), and its stack effect, the deepest value first and the top last.\n\n"
        "In stack effects `a` and `b` are any types, the same letter the same type; `S`, `R`, `U` and\n"
        "`t` stand for the immediate of that letter, `R2` for the second array type. Fields and\n"
        "elements of packed types (`i8`, `i16`) are `i32` on the stack. A branch leaves on the stack\n"
        "exactly what its label declares.\n\n"
        "Traps: an instruction marked *traps* says in its text when it does, and with which code where\n"
        "that is not the obvious one; the codes stand in `include/vm/status.def`. An instruction that\n"
        "allocates may raise `out-of-memory`, a call `stack-overflow`. *pure* instructions have no\n"
        "effect but the stack's.\n", out);
  size_t group = 0;
  for (uint32_t i = 0; i < VMI_OP_COUNT; i++) {
    if (group < sizeof groups / sizeof groups[0] && ops[i].code == groups[group].first) {
      fprintf(out, "\n## %s\n\n| instruction | bytes | immediates | stack | notes | meaning |\n"
                   "| --- | --- | --- | --- | --- | --- |\n", groups[group++].title);
    }
    if (!put_row(out, &ops[i])) return false;
  }
  return true;
}

static bool opcodes(FILE *out)
{
  fputs("/* vm/opcodes.h - the opcodes, for front ends that emit instructions through the builder.\n"
        " *\n"
        " * SPDX-License-Identifier: MIT\n"
        " *\n"
        " * Generated from lib/isa/isa.def by tools/gen/isa_docs.c; do not edit. docs/instructions.md\n"
        " * has operands and meaning.\n"
        " */\n"
        "#ifndef VM_OPCODES_H\n"
        "#define VM_OPCODES_H\n\n"
        "/* One byte, or 0xF0nn: the byte 0xF0, then nn. Values are part of the ABI. */\n"
        "typedef enum vm_opcode {\n", out);
  for (uint32_t i = 0; i < VMI_OP_COUNT; i++) {
    fprintf(out, "  VM_OP_%s = 0x%02X%s /* %s */\n", ops[i].id, ops[i].code,
            i + 1 < VMI_OP_COUNT ? "," : "", ops[i].text);
  }
  fputs("} vm_opcode;\n\n"
        "#endif\n", out);
  return true;
}

int main(int argc, char **argv)
{
  bool (*make)(FILE *) = argc != 3 ? NULL
                         : strcmp(argv[1], "instructions") == 0 ? instructions
                         : strcmp(argv[1], "opcodes") == 0 ? opcodes : NULL;
  if (make == NULL) {
    fprintf(stderr, "usage: isa_docs instructions|opcodes FILE\n");
    return 64;
  }
  FILE *out = fopen(argv[2], "w");
  if (out == NULL) {
    perror(argv[2]);
    return 1;
  }
  bool ok = make(out);
  ok &= !ferror(out);
  ok &= fclose(out) == 0;
  return ok ? 0 : 1;
}
