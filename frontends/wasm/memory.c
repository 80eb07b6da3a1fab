/* memory.c - loads, stores, and operations on the whole memory.
 *
 * SPDX-License-Identifier: MIT
 */
#include "body.h"

static bool has_memory(wasm_body *c)
{
  return c->m->nmemories > 0
         || wasm_invalid(c->r, c->at, "unknown memory: expected a module with one, found none");
}

static bool read_access(wasm_body *c, const wasm_op *op, uint32_t *offset)
{
  uint32_t align;
  const uint8_t *at = c->r->at;
  if (!wasm_read_u32(c->r, "alignment", &align) || !wasm_read_u32(c->r, "offset", offset)) {
    return false;
  }
  if (align > op->align) {
    return wasm_invalid(c->r, at, "alignment must not be larger than natural: expected at most "
                        "2^%u, found 2^%u", (unsigned)op->align, (unsigned)align);
  }
  wasm_note_place(c);
  return has_memory(c);
}

bool wasm_op_load(wasm_body *c, const wasm_op *op)
{
  uint32_t offset;
  return read_access(c, op, &offset) && wasm_pop(c, VM_I32) && wasm_push(c, op->to)
         && wasm_emit2(c, op->code, 0, offset);
}

bool wasm_op_store(wasm_body *c, const wasm_op *op)
{
  uint32_t offset;
  return read_access(c, op, &offset) && wasm_pop(c, op->from) && wasm_pop(c, VM_I32)
         && wasm_emit2(c, op->code, 0, offset);
}

bool wasm_op_memory_size(wasm_body *c, const wasm_op *op)
{
  return wasm_read_zero(c->r, "memory") && has_memory(c) && wasm_push(c, VM_I32)
         && wasm_emit1(c, op->code, 0);
}

bool wasm_op_memory_grow(wasm_body *c, const wasm_op *op)
{
  return wasm_read_zero(c->r, "memory") && has_memory(c) && wasm_check_top(c, &(vm_type){VM_I32}, 1)
         && wasm_emit1(c, op->code, 0);
}

/* Each takes a place, a value or another place, and a length. */
static bool pop_range(wasm_body *c)
{
  wasm_note_place(c);
  return wasm_pop(c, VM_I32) && wasm_pop(c, VM_I32) && wasm_pop(c, VM_I32);
}

bool wasm_op_memory_copy(wasm_body *c, const wasm_op *op)
{
  return wasm_read_zero(c->r, "destination memory") && wasm_read_zero(c->r, "source memory")
         && has_memory(c) && pop_range(c) && wasm_emit2(c, op->code, 0, 0);
}

bool wasm_op_memory_fill(wasm_body *c, const wasm_op *op)
{
  return wasm_read_zero(c->r, "memory") && has_memory(c) && pop_range(c)
         && wasm_emit1(c, op->code, 0);
}

/* Data segments come behind the code: only with a data count section code may name them. */
static bool read_data_index(wasm_body *c, uint32_t *data)
{
  if (!c->m->has_data_count && c->m->ndatas > 0) {
    return wasm_malformed(c->r, c->at, "expected a data count section, found none");
  }
  return wasm_read_index(c->r, "data segment", c->m->ndatas, data);
}

bool wasm_op_memory_init(wasm_body *c, const wasm_op *op)
{
  uint32_t data;
  return read_data_index(c, &data) && wasm_read_zero(c->r, "memory") && has_memory(c)
         && pop_range(c) && wasm_emit2(c, op->code, 0, data);
}

bool wasm_op_data_drop(wasm_body *c, const wasm_op *op)
{
  uint32_t data;
  return read_data_index(c, &data) && wasm_emit1(c, op->code, data);
}
