/* emit.c - one instruction: immediates into range, checked on the typed stack, encoded.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "build.h"

/* What emission wants to know of a row, in compact form. */
typedef struct emit_row {
  uint8_t count; /* of immediates */
  char imms[VMI_MAX_IMMS];
  bool defined;  /* an immediate is a struct type */
} emit_row;

#define FIRST(imms) ((imms)[0])
#define SECOND(imms) ((imms "\0\0")[1])
#define THIRD(imms) ((imms "\0\0\0")[2])

static const emit_row rows[VMI_OP_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  {sizeof(imms) - 1, {FIRST(imms), SECOND(imms), THIRD(imms)},                                    \
   FIRST(imms) == 'S' || SECOND(imms) == 'S'},
#include "isa.def"
};

/* By opcode: the number of immediates, of rows that the quick way may take: one byte of opcode, no
 * immediates but numbers without conditions and labels, control goes on. */
#define IS_NUMBER(c) \
  ((c) == '\0' || (c) == 'l' || (c) == 'c' || (c) == 'C' || (c) == 'm' || (c) == 'o' || (c) == 'j')
#define IS_QUICK(code, imms, flags) \
  ((code) < 0x100 && THIRD(imms) == '\0' && IS_NUMBER(FIRST(imms)) && IS_NUMBER(SECOND(imms))     \
   && !((flags) & F_END))

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const int8_t quick[256] = {
  [0 ... 255] = -1,
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  [(code) < 0x100 ? (code) & 0xFF : VMI_OP_PAGE] =                                                \
    IS_QUICK(code, imms, flags) ? (int)sizeof(imms) - 1 : -1,
#include "isa.def"
};
#pragma GCC diagnostic pop

static const vmi_op *find_op(uint32_t opcode)
{
  int16_t at = -1;
  if (opcode < 0x100) {
    at = vmi_isa_index[0][opcode];
  } else if (opcode >> 8 == VMI_OP_PAGE) {
    at = vmi_isa_index[1][opcode & 0xFF];
  }
  return at < 0 ? NULL : &vmi_isa_ops[at];
}

/* ---- immediates ---- */

/* Can immediate kind `kind` be encoded with this value? What it names is the typing engine's. */
static bool in_range(char kind, uint64_t imm)
{
  switch (kind) {
  case 'C': case 'd': return true;
  case 'c': return (int64_t)imm >= INT32_MIN && (int64_t)imm <= INT32_MAX;
  default: return imm <= UINT32_MAX;
  }
}

/* The engine would see a declared struct type as one without fields. */
static vm_status check_defined(vm_fn *fn, const vmi_op *op, uint64_t type)
{
  const vm_builder *b = fn->b;
  if (type >= b->m->ntypes || ((vmi_build_type *)b->type_info.data)[type].defined) return VM_OK;
  const vmi_str *name = &b->m->types[type].name;
  return vmi_build_fn_fail(fn, VM_STATE, op->text,
                           "expected a defined type, found only a declaration of type %u \"%.60s\"",
                           (unsigned)type, name->size != 0 ? name->data : "");
}

static vm_status check_imms(vm_fn *fn, const vmi_insn *in)
{
  const emit_row *row = &rows[in->index];
  for (uint32_t i = 0; i < row->count; i++) {
    if (!in_range(row->imms[i], in->imm[i])) {
      return vmi_build_fn_fail(fn, VM_ARGUMENT, in->op->text,
                               "immediate %u: expected 32 bits, found 0x%llx",
                               (unsigned)i + 1, (unsigned long long)in->imm[i]);
    }
    vm_status s = row->imms[i] == 'S' ? check_defined(fn, in->op, in->imm[i]) : VM_OK;
    if (s != VM_OK) return s;
  }
  return VM_OK;
}

/* ---- emission, the general way ---- */

static vm_status no_memory(vm_fn *fn)
{
  return vmi_build_fn_fail(fn, VM_MEMORY, NULL, "out of memory");
}

static __attribute__((noinline)) vm_status note_line(vm_fn *fn)
{
  vmi_line *entry = vmi_vec_push(&fn->b->alloc, &fn->lines, sizeof *entry, 1);
  if (entry == NULL) return no_memory(fn);
  *entry = (vmi_line){(uint32_t)fn->code.count, fn->line};
  fn->noted = fn->line;
  return VM_OK;
}

/* The label's number follows the opcode. */
static vm_status note_jump(vm_fn *fn, uint32_t opcode_size, uint64_t label)
{
  vmi_build_jump *entry = vmi_vec_push(&fn->b->alloc, &fn->jumps, sizeof *entry, 1);
  if (entry == NULL) return no_memory(fn);
  *entry = (vmi_build_jump){(uint32_t)fn->code.count + opcode_size, (uint32_t)label, 0};
  return VM_OK;
}

/* Room for one instruction. */
static uint8_t *code_room(vm_fn *fn)
{
  vmi_vec *code = &fn->code;
  if (code->capacity - code->count < VMI_MAX_INSN) {
    if (vmi_vec_push(&fn->b->alloc, code, 1, VMI_MAX_INSN) == NULL) return NULL;
    code->count -= VMI_MAX_INSN;
  }
  return (uint8_t *)code->data + code->count;
}

static vm_status append(vm_fn *fn, const vmi_insn *in)
{
  uint8_t *to = code_room(fn);
  if (to == NULL) return no_memory(fn);
  uint32_t size = vmi_isa_encode(in->op, in->imm, to);
  if (fn->code.count + size > VMI_MAX_CODE) {
    return vmi_build_fn_fail(fn, VM_LIMIT, in->op->text,
                             "expected at most %d bytes of code, found more",
                             VMI_MAX_CODE);
  }
  vm_status s = VM_OK;
  if (fn->line != fn->noted) s = note_line(fn);
  if (s == VM_OK && rows[in->index].imms[0] == 'j') {
    s = note_jump(fn, in->op->code < 0x100 ? 1 : 2, in->imm[0]);
  }
  if (s != VM_OK) return s;
  fn->code.count += size;
  fn->ninsns++;
  if (in->op->flags & F_END) fn->reachable = false;
  vmi_build_fn_quick(fn);
  return VM_OK;
}

static vm_status check_types(vm_fn *fn, const vmi_insn *in)
{
  char message[VM_ERROR_TEXT];
  const char *error = vmi_typing_apply(&fn->typing, in, NULL, message, sizeof message);
  if (error == NULL) return VM_OK;
  return vmi_build_fn_fail(fn, fn->typing.limit ? VM_LIMIT : VM_ARGUMENT, NULL, "%s", error);
}

static vm_status emit(vm_fn *fn, const vmi_insn *in)
{
  vm_status s = VM_OK;
  bool large = (in->imm[0] | in->imm[1] | in->imm[2]) > INT32_MAX;
  if (large || rows[in->index].defined) s = check_imms(fn, in);
  if (s != VM_OK) return s;
  if (!fn->reachable) {
    return vmi_build_fn_fail(fn, VM_STATE, in->op->text,
                             "unreachable code: expected a label, found an instruction");
  }
  if (!vmi_typing_fast(&fn->typing, in)) s = check_types(fn, in);
  return s == VM_OK ? append(fn, in) : s;
}

static vm_status wrong_opcode(vm_fn *fn, uint32_t opcode, const vmi_op *op, uint32_t count)
{
  if (op == NULL) {
    return vmi_build_fn_fail(fn, VM_ARGUMENT, NULL, "expected an opcode, found 0x%x",
                             (unsigned)opcode);
  }
  if (op->imms[0] == 'w') {
    return vmi_build_fn_fail(fn, VM_ARGUMENT, op->text,
                             "expected a call of vm_fn_switch, found vm_fn_op");
  }
  return vmi_build_fn_fail(fn, VM_ARGUMENT, op->text, "expected %u immediates, found %u",
                           (unsigned)strlen(op->imms), (unsigned)count);
}

static __attribute__((noinline)) vm_status emit_opcode(vm_fn *fn, uint32_t opcode, uint32_t count,
                                                       uint64_t imm0, uint64_t imm1, uint64_t imm2)
{
  vm_status s = vmi_build_fn_ready(fn);
  if (s != VM_OK) return s;
  const vmi_op *op = find_op(opcode);
  uint32_t index = op == NULL ? 0 : (uint32_t)(op - vmi_isa_ops);
  if (op == NULL || index == VMI_IX_SWITCH || rows[index].count != count) {
    return wrong_opcode(fn, opcode, op, count);
  }
  vmi_insn in = {.op = op, .index = index, .imm = {imm0, imm1, imm2}};
  return emit(fn, &in);
}

/* ---- the quick way, which most instructions go ---- */

static __attribute__((noinline)) uint32_t encode_long(uint8_t *to, uint32_t index, uint64_t imm0,
                                                      uint64_t imm1)
{
  uint64_t imm[VMI_MAX_IMMS] = {imm0, imm1};
  return vmi_isa_encode(&vmi_isa_ops[index], imm, to);
}

/* The opcode is the dense index. Below 64 signed and unsigned LEB128 are the same byte. */
static inline void append_quick(vm_fn *fn, uint32_t opcode, uint32_t count, uint64_t imm0,
                                uint64_t imm1)
{
  uint8_t *to = (uint8_t *)fn->code.data + fn->code.count;
  fn->ninsns++;
  if ((imm0 | imm1) >= 64) {
    fn->code.count += encode_long(to, opcode, imm0, imm1);
    return;
  }
  to[0] = (uint8_t)opcode;
  to[1] = (uint8_t)imm0;
  to[2] = (uint8_t)imm1;
  fn->code.count += 1 + count;
}

static inline bool ready_quick(vm_fn *fn)
{
  if (fn == NULL || fn->code.count >= fn->quick_end) return false;
  return fn->line == fn->noted || note_line(fn) == VM_OK;
}

/* False, with nothing emitted: it is not ordinary, or wrong; the general way tells. */
static inline __attribute__((always_inline)) bool emit_quick(vm_fn *fn, uint32_t opcode,
                                                             uint32_t count, uint64_t imm0,
                                                             uint64_t imm1)
{
  if (opcode > 0xFF || quick[opcode] != (int)count || (imm0 | imm1) > INT32_MAX) return false;
  if (!ready_quick(fn)) return false;
  vmi_insn in = {.index = opcode, .imm = {imm0, imm1}};
  if (!vmi_typing_fast(&fn->typing, &in)) return false;
  /* Without memory the error is kept, and found by the general way. */
  if (count == 1 && rows[opcode].imms[0] == 'j' && note_jump(fn, 1, imm0) != VM_OK) return false;
  append_quick(fn, opcode, count, imm0, imm1);
  return true;
}

/* A call whose arguments have exactly the types of the parameters. */
static __attribute__((noinline)) bool call_quick(vm_fn *fn, uint32_t func)
{
  if (!ready_quick(fn) || func >= fn->b->m->nfuncs) return false;
  const vmi_build_func *f = (const vmi_build_func *)fn->b->func_info.data + func;
  if (f->has_env) return false;
  const vmi_typedef *t = &fn->b->m->types[f->type];
  vmi_typing *typing = &fn->typing;
  if (typing->depth < t->nparams) return false;
  uint32_t below = typing->depth - t->nparams;
  if (below + t->nresults > VMI_MAX_STACK) return false;
  for (uint32_t i = 0; i < t->nparams; i++) {
    if (fn->stack[below + i] != t->params[i]) return false;
  }
  for (uint32_t i = 0; i < t->nresults; i++) fn->stack[below + i] = t->results[i];
  typing->depth = below + t->nresults;
  if (typing->depth > typing->max_depth) typing->max_depth = typing->depth;
  append_quick(fn, VMI_OP_CALL, 1, func, 0);
  return true;
}

vm_status vm_fn_op(vm_fn *fn, uint32_t opcode)
{
  return emit_quick(fn, opcode, 0, 0, 0) ? VM_OK : emit_opcode(fn, opcode, 0, 0, 0, 0);
}

vm_status vm_fn_op1(vm_fn *fn, uint32_t opcode, uint64_t imm)
{
  if (opcode == VMI_OP_CALL && imm <= UINT32_MAX && call_quick(fn, (uint32_t)imm)) return VM_OK;
  return emit_quick(fn, opcode, 1, imm, 0) ? VM_OK : emit_opcode(fn, opcode, 1, imm, 0, 0);
}

vm_status vm_fn_op2(vm_fn *fn, uint32_t opcode, uint64_t imm0, uint64_t imm1)
{
  return emit_quick(fn, opcode, 2, imm0, imm1) ? VM_OK : emit_opcode(fn, opcode, 2, imm0, imm1, 0);
}

vm_status vm_fn_op3(vm_fn *fn, uint32_t opcode, uint64_t imm0, uint64_t imm1, uint64_t imm2)
{
  return emit_opcode(fn, opcode, 3, imm0, imm1, imm2);
}

/* The table is taken back if the instruction is refused: by the sticky error, not by hand. */
vm_status vm_fn_switch(vm_fn *fn, const uint32_t *labels, uint32_t count, uint32_t otherwise)
{
  vm_status s = vmi_build_fn_ready(fn);
  if (s != VM_OK) return s;
  const vmi_op *op = &vmi_isa_ops[VMI_IX_SWITCH];
  if (count > 0 && labels == NULL) {
    return vmi_build_fn_fail(fn, VM_ARGUMENT, op->text, "expected %u labels, found NULL",
                             (unsigned)count);
  }
  if (count >= VMI_MAX_LABELS) {
    return vmi_build_fn_fail(fn, VM_LIMIT, op->text, "expected less than %d labels, found %u",
                             VMI_MAX_LABELS, (unsigned)count);
  }
  uint32_t *own = vmi_arena_new(&fn->b->m->arena, (size_t)count + 1, sizeof *own);
  vmi_switch *entry = own == NULL ? NULL : vmi_vec_push(&fn->b->alloc, &fn->switches,
                                                        sizeof *entry, 1);
  if (entry == NULL) return vmi_build_fn_fail(fn, VM_MEMORY, NULL, "out of memory");
  if (count > 0) memcpy(own, labels, count * sizeof *own);
  own[count] = otherwise;
  *entry = (vmi_switch){count, own};
  fn->f.switches = fn->switches.data;
  fn->f.nswitches = (uint32_t)fn->switches.count;
  vmi_insn in = {.op = op, .index = VMI_IX_SWITCH, .imm = {fn->f.nswitches - 1}};
  return emit(fn, &in);
}

/* ---- typed forms ---- */

/* local.get and i32.const, half of most code, have the quick way written out. */

static inline bool push_quick(vm_fn *fn, vm_type type, uint32_t opcode, uint64_t imm)
{
  vmi_typing *t = &fn->typing;
  if (t->depth >= VMI_MAX_STACK) return false;
  fn->stack[t->depth++] = type;
  if (t->depth > t->max_depth) t->max_depth = t->depth;
  append_quick(fn, opcode, 1, imm, 0);
  return true;
}

vm_status vm_fn_i32_const(vm_fn *fn, int32_t value)
{
  if (value >= 0 && ready_quick(fn)
      && push_quick(fn, VM_I32, VMI_OP_I32_CONST, (uint32_t)value)) {
    return VM_OK;
  }
  return vm_fn_op1(fn, VMI_OP_I32_CONST, (uint64_t)(int64_t)value);
}

vm_status vm_fn_i64_const(vm_fn *fn, int64_t value)
{
  return vm_fn_op1(fn, VMI_OP_I64_CONST, (uint64_t)value);
}

vm_status vm_fn_f32_const(vm_fn *fn, float value)
{
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return vm_fn_op1(fn, VMI_OP_F32_CONST, bits);
}

vm_status vm_fn_f64_const(vm_fn *fn, double value)
{
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return vm_fn_op1(fn, VMI_OP_F64_CONST, bits);
}

vm_status vm_fn_local_get(vm_fn *fn, uint32_t local)
{
  if (ready_quick(fn) && local < fn->f.nlocals
      && push_quick(fn, fn->f.locals[local], VMI_OP_LOCAL_GET, local)) {
    return VM_OK;
  }
  return vm_fn_op1(fn, VMI_OP_LOCAL_GET, local);
}
vm_status vm_fn_local_set(vm_fn *fn, uint32_t local)
{
  return vm_fn_op1(fn, VMI_OP_LOCAL_SET, local);
}
vm_status vm_fn_local_tee(vm_fn *fn, uint32_t local)
{
  return vm_fn_op1(fn, VMI_OP_LOCAL_TEE, local);
}
vm_status vm_fn_global_get(vm_fn *fn, uint32_t global)
{
  return vm_fn_op1(fn, VMI_OP_GLOBAL_GET, global);
}
vm_status vm_fn_global_set(vm_fn *fn, uint32_t global)
{
  return vm_fn_op1(fn, VMI_OP_GLOBAL_SET, global);
}
vm_status vm_fn_drop(vm_fn *fn) { return vm_fn_op(fn, VMI_OP_DROP); }
vm_status vm_fn_select(vm_fn *fn, vm_type type) { return vm_fn_op1(fn, VMI_OP_SELECT, type); }
vm_status vm_fn_br(vm_fn *fn, uint32_t label) { return vm_fn_op1(fn, VMI_OP_BR, label); }
vm_status vm_fn_br_if(vm_fn *fn, uint32_t label) { return vm_fn_op1(fn, VMI_OP_BR_IF, label); }
vm_status vm_fn_br_unless(vm_fn *fn, uint32_t label)
{
  return vm_fn_op1(fn, VMI_OP_BR_UNLESS, label);
}
vm_status vm_fn_return(vm_fn *fn) { return vm_fn_op(fn, VMI_OP_RETURN); }
vm_status vm_fn_call(vm_fn *fn, uint32_t func) { return vm_fn_op1(fn, VMI_OP_CALL, func); }
vm_status vm_fn_call_ref(vm_fn *fn, uint32_t type) { return vm_fn_op1(fn, VMI_OP_CALL_REF, type); }
vm_status vm_fn_return_call(vm_fn *fn, uint32_t func)
{
  return vm_fn_op1(fn, VMI_OP_RETURN_CALL, func);
}
vm_status vm_fn_return_call_ref(vm_fn *fn, uint32_t type)
{
  return vm_fn_op1(fn, VMI_OP_RETURN_CALL_REF, type);
}
vm_status vm_fn_throw(vm_fn *fn) { return vm_fn_op(fn, VMI_OP_THROW); }
vm_status vm_fn_ref_null(vm_fn *fn, vm_type type) { return vm_fn_op1(fn, VMI_OP_REF_NULL, type); }
vm_status vm_fn_ref_func(vm_fn *fn, uint32_t func) { return vm_fn_op1(fn, VMI_OP_REF_FUNC, func); }
vm_status vm_fn_ref_cast(vm_fn *fn, vm_type type) { return vm_fn_op1(fn, VMI_OP_REF_CAST, type); }
vm_status vm_fn_ref_test(vm_fn *fn, vm_type type) { return vm_fn_op1(fn, VMI_OP_REF_TEST, type); }
vm_status vm_fn_closure_new(vm_fn *fn, uint32_t func)
{
  return vm_fn_op1(fn, VMI_OP_CLOSURE_NEW, func);
}
vm_status vm_fn_struct_new(vm_fn *fn, uint32_t type)
{
  return vm_fn_op1(fn, VMI_OP_STRUCT_NEW, type);
}
vm_status vm_fn_array_new(vm_fn *fn, uint32_t type)
{
  return vm_fn_op1(fn, VMI_OP_ARRAY_NEW, type);
}
vm_status vm_fn_array_get(vm_fn *fn, uint32_t type)
{
  return vm_fn_op1(fn, VMI_OP_ARRAY_GET, type);
}
vm_status vm_fn_array_set(vm_fn *fn, uint32_t type)
{
  return vm_fn_op1(fn, VMI_OP_ARRAY_SET, type);
}
vm_status vm_fn_array_len(vm_fn *fn) { return vm_fn_op(fn, VMI_OP_ARRAY_LEN); }

vm_status vm_fn_array_new_default(vm_fn *fn, uint32_t type)
{
  return vm_fn_op1(fn, VMI_OP_ARRAY_NEW_DEFAULT, type);
}

vm_status vm_fn_array_new_fixed(vm_fn *fn, uint32_t type, uint32_t count)
{
  return vm_fn_op2(fn, VMI_OP_ARRAY_NEW_FIXED, type, count);
}

vm_status vm_fn_struct_get(vm_fn *fn, uint32_t type, uint32_t field)
{
  return vm_fn_op2(fn, VMI_OP_STRUCT_GET, type, field);
}

vm_status vm_fn_struct_set(vm_fn *fn, uint32_t type, uint32_t field)
{
  return vm_fn_op2(fn, VMI_OP_STRUCT_SET, type, field);
}

vm_status vm_fn_call_indirect(vm_fn *fn, uint32_t table, uint32_t type)
{
  return vm_fn_op2(fn, VMI_OP_CALL_INDIRECT, table, type);
}

static vm_status access(vm_fn *fn, uint32_t opcode, const char *what, bool store, uint32_t memory,
                        uint32_t offset)
{
  vm_status s = vmi_build_fn_ready(fn);
  if (s != VM_OK) return s;
  const vmi_op *op = find_op(opcode);
  if (op == NULL || strcmp(op->imms, "mo") != 0 || (op->pushes[0] == '\0') != store) {
    return vmi_build_fn_fail(fn, VM_ARGUMENT, NULL, "expected a %s instruction, found %s", what,
                             op == NULL ? "no opcode" : op->text);
  }
  return vm_fn_op2(fn, opcode, memory, offset);
}

vm_status vm_fn_load(vm_fn *fn, uint32_t opcode, uint32_t memory, uint32_t offset)
{
  return access(fn, opcode, "load", false, memory, offset);
}

vm_status vm_fn_store(vm_fn *fn, uint32_t opcode, uint32_t memory, uint32_t offset)
{
  return access(fn, opcode, "store", true, memory, offset);
}
