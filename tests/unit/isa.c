/* isa.c - tests of lib/isa: every opcode encoded and decoded, broken encodings, types, look-up.
 *
 * SPDX-License-Identifier: MIT
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base.h"
#include "decode.h"
#include "isa.h"

static const uint64_t unsigned_values[] = {0, 1, 127, 128, 16383, 16384, 0x7FFFFFFF, 0xFFFFFFFF};
static const uint64_t i32_values[] = {0, 63, 64, (uint64_t)-1, (uint64_t)-64, (uint64_t)-65,
                                      0x7FFFFFFF, 0xFFFFFFFF80000000};
static const uint64_t i64_values[] = {0, 63, 64, (uint64_t)-64, (uint64_t)-65, 0x7FFFFFFFFFFFFFFF,
                                      0x8000000000000000, 0x123456789ABCDEF};
static const uint64_t f32_values[] = {0, 0x80000000, 0x7F800001, 0xFFFFFFFF, 1, 2, 3, 4};
static const uint64_t f64_values[] = {0, 0x8000000000000000, 0x7FF0000000000001, ~(uint64_t)0,
                                      1, 2, 3, 4};
static const uint64_t ref_types[] = {
  VM_REF(VM_HEAP_ANY), VM_REF_NULL(VM_HEAP_STRUCT), VM_REF(VM_HEAP_ARRAY),
  VM_REF_NULL(VM_HEAP_FUNC), VM_REF(VM_HEAP_EXTERN), VM_REF_NULL(VM_HEAP_EXN),
  VM_REF(0), VM_REF_NULL(99999)};
static const uint64_t value_types[] = {
  VM_I32, VM_I64, VM_F32, VM_F64, VM_DYN, VM_REF_NULL(VM_HEAP_WEAK), VM_REF(200), VM_REF(127)};

static const uint64_t *values_of(char kind)
{
  switch (kind) {
  case 'c': return i32_values;
  case 'C': return i64_values;
  case 'f': return f32_values;
  case 'd': return f64_values;
  case 'h': return ref_types;
  case 'v': return value_types;
  default: return unsigned_values;
  }
}

static void check_insn(const vmi_op *op, uint32_t index, const uint64_t *imm)
{
  uint8_t bytes[VMI_MAX_INSN + 8];
  memset(bytes, 0xFF, sizeof bytes);
  uint32_t size = vmi_isa_encode(op, imm, bytes), nimms = (uint32_t)strlen(op->imms);
  assert_true(size <= VMI_MAX_INSN);
  for (int fast = 0; fast < 2; fast++) {
    vmi_insn in = {0};
    const char *error = fast ? vmi_isa_decode_fast(bytes, bytes + sizeof bytes, &in)
                             : vmi_isa_decode(bytes, bytes + size, &in);
    assert_null(error);
    assert_ptr_equal(in.op, op);
    assert_int_equal(in.index, index);
    assert_int_equal(in.size, size);
    for (uint32_t i = 0; i < nimms; i++) assert_true(in.imm[i] == imm[i]);
  }
  for (uint32_t cut = 0; cut < size; cut++) {
    vmi_insn in;
    assert_non_null(strstr(vmi_isa_decode(bytes, bytes + cut, &in), "truncated"));
    assert_non_null(vmi_isa_decode_fast(bytes, bytes + cut, &in));
  }
}

static void test_every_opcode(void **state)
{
  for (uint32_t index = 0; index < VMI_OP_COUNT; index++) {
    const vmi_op *op = &vmi_isa_ops[index];
    for (int i = 0; i < 64; i++) {
      uint64_t imm[VMI_MAX_IMMS] = {0};
      if (op->imms[0] != '\0') {
        imm[0] = values_of(op->imms[0])[i % 8];
        if (op->imms[1] != '\0') imm[1] = values_of(op->imms[1])[i / 8];
      }
      check_insn(op, index, imm);
    }
  }
}

static void test_find(void **state)
{
  for (uint32_t i = 0; i < VMI_OP_COUNT; i++) {
    const vmi_op *op = &vmi_isa_ops[i];
    assert_ptr_equal(vmi_isa_find(op->text, (uint32_t)strlen(op->text)), op);
    assert_int_equal(vmi_isa_index[op->code >= 0x100][op->code & 0xFF], i);
  }
  assert_null(vmi_isa_find("", 0));
  assert_null(vmi_isa_find("i32.ad", 6));
  assert_null(vmi_isa_find("i32.addx", 8));
  assert_ptr_equal(vmi_isa_find("i32.addx", 7), &vmi_isa_ops[VMI_IX_I32_ADD]);
}

static void test_unknown(void **state)
{
  unsigned known = 0;
  for (unsigned page = 0; page < 2; page++) {
    for (unsigned byte = 0; byte < 256; byte++) {
      uint8_t bytes[32] = {0xF0, (uint8_t)byte};
      if (page == 0) bytes[0] = (uint8_t)byte;
      bool one = page == 1 || byte != 0xF0;
      if (vmi_isa_index[page][byte] >= 0) {
        known++;
      } else if (one) {
        vmi_insn in;
        assert_string_equal(vmi_isa_decode(bytes, bytes + 32, &in), "unknown opcode");
        assert_string_equal(vmi_isa_decode_fast(bytes, bytes + 32, &in), "unknown opcode");
      }
    }
  }
  assert_int_equal(known, VMI_OP_COUNT);
}

static void bad(const char *bytes, size_t size, const char *expected)
{
  vmi_insn in;
  uint8_t padded[32] = {0};
  memcpy(padded, bytes, size);
  const char *slow = vmi_isa_decode(padded, padded + size, &in);
  assert_non_null(slow);
  assert_non_null(strstr(slow, expected));
  assert_string_equal(vmi_isa_decode_fast(padded, padded + size, &in), slow);
}

static void test_malformed(void **state)
{
  bad("\x15\x80\x00", 3, "minimal");                   /* local.get */
  bad("\x15\xff\xff\xff\xff\x1f", 6, "fit");
  bad("\x15\x80\x80", 3, "truncated");
  bad("\xc4\x01\x80\x00", 4, "minimal");               /* struct.get */
  bad("\xc4\x81\x00\x01", 4, "minimal");
  bad("\x1a\xff\x7f\x00", 4, "minimal");               /* i32.const */
  bad("\x1a\xff\xff\xff\xff\x0f", 6, "fit");
  bad("\x1b\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11, "fit"); /* i64.const */
  bad("\x1c\x00\x00\x00", 4, "truncated");             /* f32.const */
  bad("\xbb\x7f\x00", 3, "expected a reference type"); /* ref.null i32 */
  bad("\xbb\x63\x01", 3, "unknown heap type");
  bad("\xbb\x63\x00\x80\xfe\xff\x07", 7, "out of range"); /* VM_HEAP_ANY as an index */
  bad("\xbb\x63\x00\x80\x00", 5, "minimal");
  bad("\x14\x78\x00", 3, "packed");                    /* select i8 */
  bad("\x14\x01\x00", 3, "unknown type");
  bad("\xf0\xff\x00", 3, "unknown opcode");
}

static void test_types(void **state)
{
  const uint32_t packed[] = {VM_I8, VM_I16};
  for (int i = 0; i < 2; i++) {
    uint8_t bytes[8];
    const uint8_t *p = bytes;
    uint32_t n = vmi_isa_encode_type(packed[i], bytes), type = 0;
    assert_int_equal(n, 1);
    assert_null(vmi_isa_decode_type(&p, bytes + 1, true, &type));
    assert_int_equal(type, packed[i]);
    p = bytes;
    assert_non_null(vmi_isa_decode_type(&p, bytes + 1, false, &type));
    assert_ptr_equal(p, bytes);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_every_opcode), cmocka_unit_test(test_find),
    cmocka_unit_test(test_unknown),      cmocka_unit_test(test_malformed),
    cmocka_unit_test(test_types),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
