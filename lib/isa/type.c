/* type.c - value types to and from their bytes.
 *
 * SPDX-License-Identifier: MIT
 */
#include "base.h"
#include "isa.h"

enum { REF_NULLABLE = 0x63, REF_NON_NULL = 0x64, HEAP_INDEX = 0x00 };

typedef struct type_code {
  uint8_t byte;
  uint32_t type;
} type_code;

static const type_code plain_types[] = {
  {0x7F, VM_I32}, {0x7E, VM_I64}, {0x7D, VM_F32}, {0x7C, VM_F64}, {0x7B, VM_DYN},
};
static const type_code packed_types[] = {{0x78, VM_I8}, {0x77, VM_I16}};
static const type_code heap_types[] = {
  {0x6E, VM_HEAP_ANY},    {0x6B, VM_HEAP_STRUCT}, {0x6A, VM_HEAP_ARRAY}, {0x70, VM_HEAP_FUNC},
  {0x6F, VM_HEAP_EXTERN}, {0x69, VM_HEAP_EXN},    {0x68, VM_HEAP_WEAK},
};

static bool find_byte(const type_code *codes, size_t count, uint8_t byte, uint32_t *type)
{
  for (size_t i = 0; i < count; i++) {
    if (codes[i].byte != byte) continue;
    *type = codes[i].type;
    return true;
  }
  return false;
}

static uint8_t find_type(const type_code *codes, size_t count, uint32_t type)
{
  for (size_t i = 0; i < count; i++) {
    if (codes[i].type == type) return codes[i].byte;
  }
  return 0;
}

static const char *decode_heap(const uint8_t **p, const uint8_t *end, uint32_t *heap)
{
  if (*p == end) return "truncated type";
  uint8_t byte = *(*p)++;
  if (byte != HEAP_INDEX) {
    return find_byte(heap_types, VMI_COUNT(heap_types), byte, heap) ? NULL : "unknown heap type";
  }
  const char *error = vmi_leb_u32(p, end, heap);
  if (error == NULL && *heap >= VM_HEAP_ANY) return "type index out of range";
  return error;
}

const char *vmi_isa_decode_type(const uint8_t **p, const uint8_t *end, bool storage, uint32_t *type)
{
  if (*p == end) return "truncated type";
  const uint8_t *q = *p;
  uint8_t byte = *q++;
  if (byte == REF_NULLABLE || byte == REF_NON_NULL) {
    uint32_t heap;
    const char *error = decode_heap(&q, end, &heap);
    if (error != NULL) return error;
    *type = byte == REF_NULLABLE ? VM_REF_NULL(heap) : VM_REF(heap);
  } else if (find_byte(packed_types, VMI_COUNT(packed_types), byte, type)) {
    if (!storage) return "a packed type stands where a value type is expected";
  } else if (!find_byte(plain_types, VMI_COUNT(plain_types), byte, type)) {
    return "unknown type";
  }
  *p = q;
  return NULL;
}

uint32_t vmi_isa_encode_type(uint32_t type, uint8_t *p)
{
  if (type == VM_I8 || type == VM_I16) {
    p[0] = find_type(packed_types, VMI_COUNT(packed_types), type);
    return 1;
  }
  if (VM_TYPE_KIND(type) != VM_KIND_REF) {
    p[0] = find_type(plain_types, VMI_COUNT(plain_types), type);
    return 1;
  }
  p[0] = VM_TYPE_NULLABLE(type) ? REF_NULLABLE : REF_NON_NULL;
  uint32_t heap = VM_TYPE_HEAP(type);
  if (heap >= VM_HEAP_ANY) {
    p[1] = find_type(heap_types, VMI_COUNT(heap_types), heap);
    return 2;
  }
  p[1] = HEAP_INDEX;
  return 2 + vmi_leb_put_u32(p + 2, heap);
}
