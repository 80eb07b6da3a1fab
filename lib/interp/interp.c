/* interp.c - tier 0: one loop over the verified bytecode in place, one small body a row of isa.def.
 *
 * SPDX-License-Identifier: MIT
 *
 * This file is the executable specification: when tiers disagree, it is right. The state of the
 * running function is in locals of one C function, which the macros below name:
 *
 *   ip    first byte of the current instruction; its offset is what traps and safepoints report
 *   sp    first free slot of the operand stack: sp[-1] is the top
 *   fp    the frame, always linked (t->frame == fp) while its instructions run
 *   f, rec, inst   its function, code record and instance (== t->instance)
 *
 * A guest call of an interpreted function stays in the loop, whatever the depth: `base` is the
 * frame the loop was entered with, the one whose end returns to C. Callers are resumed from their
 * frames alone, which hold instance, function, pc and operand depth.
 *
 *   enter ---- a body runs ---- returned -> deliver (the caller goes on behind its call)
 *     |             |
 *     +--> leave <- unwind (searches this frame for a handler)
 *
 * enter and leave stand between frames: fp's own frame is not linked there.
 */
#include "interp.h"

#include "dyn_ops.h"
#include "dynamic.h"
#include "imm.h"
#include "ops_mem.h"
#include "ops_num.h"
#include "quick.h"

/* Where the code record of a linked, interpreted frame is. */
static inline const vmi_code *frame_code(const vmi_slot *fp)
{
  const vmi_instance *inst = fp[1].ptr;
  return &inst->code[fp[2].u64 >> 32];
}

static inline const vmi_typedef *signature(const vmi_code *rec)
{
  return &rec->module->types[rec->func->type];
}

static inline vmi_slot *operands(vmi_slot *fp, const vmi_func *f)
{
  return fp + VMI_FRAME_HEADER + f->nlocals;
}

static inline void copy_slots(vmi_slot *to, const vmi_slot *from, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++) to[i] = from[i]; /* ascending: `to` may overlap from below */
}

static inline void link_frame(vmi_thread *t, vmi_slot *fp, vmi_instance *inst, const vmi_code *rec)
{
  const vmi_func *f = rec->func;
  uint32_t nargs = signature(rec)->nparams + f->has_env;
  fp[0].ptr = t->frame;
  fp[1].ptr = inst;
  fp[2].u64 = VMI_FRAME_ID(rec->index, 0);
  fp[3].u64 = 0;
  for (uint32_t i = nargs; i < f->nlocals; i++) fp[VMI_FRAME_HEADER + i].u64 = 0;
  t->frame = fp;
}

static inline bool stop_requested(vmi_thread *t)
{
  return atomic_load_explicit(&t->limit, memory_order_relaxed) == 0;
}

/* May the frame of `rec` at `fp` be entered? Takes the unit of fuel of a function entry. False:
 * unwinding, with the trace entry made. */
static inline bool may_enter(vmi_thread *t, vmi_slot *fp, const vmi_code *rec, bool meter)
{
  uint32_t size = rec->func->frame_size;
  uintptr_t limit = atomic_load_explicit(&t->limit, memory_order_relaxed);
  bool dry = meter && --t->fuel < 0;
  if (VMI_LIKELY((uintptr_t)(fp + size) <= limit && !dry)) return true;
  return vmi_rt_enter(t, fp, VMI_FRAME_ID(rec->index, 0), size) == 0;
}

static inline void use_heat(vmi_thread *t, vmi_instance *inst, uint32_t func, int64_t amount)
{
  inst->heat[func] -= amount;
  if (VMI_UNLIKELY(inst->heat[func] < 0)) vmi_rt_hot(t, inst, func);
}

static inline bool has_type(vmi_thread *t, const vmi_instance *inst, vmi_obj *object, vm_type type)
{
  if (object == NULL) return VM_TYPE_NULLABLE(type);
  uint32_t heap = VM_TYPE_HEAP(type);
  if (heap < VM_HEAP_ANY && object->type == inst->type_ids[heap]) return true;
  return vmi_rt_ref_test(t, object, type) != 0;
}

/* The function object a call_indirect or its tail form is to call; trap code. */
static inline uint32_t table_callee(const vmi_instance *inst, uint32_t table, uint32_t type,
                                    uint32_t index, vmi_func_obj **out)
{
  const vmi_table_inst *b = inst->tables[table];
  if (index >= b->length) return VM_TRAP_TABLE_BOUNDS;
  vmi_obj *object = b->items[index].ref;
  if (object == NULL) return VM_TRAP_UNDEFINED_ELEMENT;
  if (object->type != inst->type_ids[type]) return VM_TRAP_CALL_TYPE;
  *out = (vmi_func_obj *)object;
  return 0;
}

/* The address of an element, whose type goes to *element; trap code. */
static inline uint32_t array_at(const vmi_instance *inst, uint32_t type, vmi_obj *object,
                                uint32_t index, char **at, vm_type *element)
{
  vmi_array_obj *array = (vmi_array_obj *)object;
  if (VMI_UNLIKELY(array == NULL)) return VM_TRAP_NULL_REFERENCE;
  if (VMI_UNLIKELY(index >= array->length)) return VM_TRAP_ARRAY_BOUNDS;
  const vmi_typedef *def = &inst->module->types[type];
  *at = array->data + (size_t)index * def->size;
  *element = def->fields[0].type;
  return 0;
}

/* Run a callee that is not interpreted: compiled code by its slot entry, or a host function. */
static inline void call_c(vmi_thread *t, vmi_slot *fp, const vmi_code *rec, vmi_instance *inst,
                          vmi_entry *entry)
{
  if (rec->host != NULL) { /* `inst` may be NULL: the one that runs */
    vmi_rt_call(t, fp, (void *)rec, inst);
    return;
  }
  vmi_kept kept;
  vmi_keep(t, &kept, NULL);
  t->instance = inst;
  entry(t, fp, rec);
  vmi_rt_settle(t, fp);
  vmi_unkeep(t, &kept);
}

/* A loop is warm, and worth translating its function, after so many bytes of bytecode. */
#ifdef VM_SMALL_LIMITS
enum { WARM_LOOP = 64 };
#else
enum { WARM_LOOP = 4096 };
#endif

/* ---- the loop ---- */

#define ID() VMI_FRAME_ID(rec->index, ip - f->code)

/* Before anything that may look at the frame: pc, and the operands live there. */
#define SAVE()                                                                                    \
  do {                                                                                            \
    fp[2].u64 = ID();                                                                             \
    fp[3].u64 = (uint64_t)(sp - operands(fp, f));                                                 \
  } while (0)

#define NEXT(next)                                                                                \
  do {                                                                                            \
    ip = (next);                                                                                  \
    goto *ops[0][*ip];                                                                            \
  } while (0)

/* Raise a trap at the current instruction if `code` is one. */
#define CHECK(code)                                                                               \
  do {                                                                                            \
    trap = (code);                                                                                \
    if (VMI_UNLIKELY(trap != 0)) goto raise;                                                      \
  } while (0)

/* Raise trap `code` if `condition` holds. */
#define CHECK_IF(condition, code)                                                                 \
  do {                                                                                            \
    if (VMI_UNLIKELY(condition)) {                                                                \
      trap = (code);                                                                              \
      goto raise;                                                                                 \
    }                                                                                             \
  } while (0)

#define JUMP(label)                                                                               \
  do {                                                                                            \
    target = f->code + f->labels[label].offset;                                                   \
    if (target <= ip) goto back;                                                                  \
    NEXT(target);                                                                                 \
  } while (0)

/* Bodies of `size`-byte instructions that replace their operands a (and b, on top) by a result. */
#define OP1(id, size, out, expression)                                                            \
  op_##id : {                                                                                     \
    const vmi_slot *a = &sp[-1];                                                                  \
    sp[-1].out = (expression);                                                                    \
    NEXT(ip + (size));                                                                            \
  }
#define OP2(id, out, expression)                                                                  \
  op_##id : {                                                                                     \
    const vmi_slot *a = &sp[-2], *b = &sp[-1];                                                    \
    sp[-2].out = (expression);                                                                    \
    sp--;                                                                                         \
    NEXT(ip + 1);                                                                                 \
  }
/* The same with a function that returns a trap code, or true on overflow. */
#define OP1_TRAP(id, in, out, function)                                                           \
  op_##id : {                                                                                     \
    CHECK(function(sp[-1].in, &sp[-1].out));                                                      \
    NEXT(ip + 1);                                                                                 \
  }
#define OP2_TRAP(id, in, function)                                                                \
  op_##id : {                                                                                     \
    CHECK(function(sp[-2].in, sp[-1].in, &sp[-2].in));                                            \
    sp--;                                                                                         \
    NEXT(ip + 1);                                                                                 \
  }
#define OP2_CHECKED(id, in, function)                                                             \
  op_##id : {                                                                                     \
    CHECK_IF(function(sp[-2].in, sp[-1].in, &sp[-2].in), VM_TRAP_INTEGER_OVERFLOW);               \
    sp--;                                                                                         \
    NEXT(ip + 1);                                                                                 \
  }

/* Bytes of an opcode: the generated bodies serve rows of both pages. */
#define OPCODE_SIZE(code) ((code) < 0x100 ? 1 : 2)

/* The member of slot `s` for a C type of the table. */
#define MEMBER(ctype, s)                                                                          \
  (*_Generic((ctype)0, int32_t: &(s).i32, uint32_t: &(s).u32, int64_t: &(s).i64,                  \
             uint64_t: &(s).u64, float: &(s).f32, double: &(s).f64))

/* Run `rec` at fp; with `resumed`, go on with its frame, which compiled code left. */
static void run(vmi_thread *t, vmi_slot *fp, const vmi_code *rec, bool resumed)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
  static const void *const ops[2][256] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose)                                      \
  [(code) < 0x100 ? 0 : 1][(code) & 0xFF] = &&op_##id,
#include "isa.def"
    [0][VMI_OP_PAGE] = &&op_page
  };
#pragma GCC diagnostic pop

  vmi_slot *const base = fp;
  vm_engine *const engine = vmi_isolate_of(t)->engine;
  const bool meter = engine->meter_fuel;
  const bool quicken = engine->free_quick != NULL && !engine->switching;
  const vmi_func *f;
  vmi_instance *inst;
  const uint8_t *ip;
  vmi_slot *sp;
  /* handed to the shared parts behind the bodies */
  const uint8_t *target;      /* back: where a backward branch goes */
  bool faster;                /* back: on in tier 1 */
  uint32_t trap;              /* raise: the vm_trap */
  vmi_func_obj *object;       /* call_object, tail_object: the callee */
  const vmi_typedef *sig;     /* call_*, tail_*: its type */
  const vmi_code *to;         /* call_code, tail_code */
  vmi_instance *to_inst;
  vmi_obj *env;               /* tail_code */
  uint32_t func;              /* call_func: the callee's index */
  vmi_slot *results;          /* deliver: n results, for the call at ip */
  uint32_t n;

  if (resumed) goto resume;
  if (VMI_UNLIKELY((uintptr_t)__builtin_frame_address(0) < t->native_limit)) {
    vmi_rt_trap(t, VM_TRAP_STACK_OVERFLOW, VMI_FRAME_ID(rec->index, 0));
    return;
  }
  if (quicken && vmi_quicken_warm(engine, rec, t->instance->heat[rec->index], rec->func->code_size)) {
    vmi_quick_run(t, fp, rec, VMI_NO_INDEX);
    return;
  }

enter: /* run `rec` of t->instance at fp: arguments are there, t->frame is the caller */
  if (VMI_UNLIKELY(!may_enter(t, fp, rec, meter))) goto leave;
  f = rec->func;
  inst = t->instance;
  link_frame(t, fp, inst, rec);
  use_heat(t, inst, rec->index, VMI_HEAT_CALL(f->code_size));
  sp = operands(fp, f);
  NEXT(f->code);

op_page:
  goto *ops[1][ip[1]];

  /* ---- bodies from the table ---- */

#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define ALU2(id, code, text, type, ctype, cop, gop, prose)                                        \
  op_##id : {                                                                                     \
    MEMBER(ctype, sp[-2]) = MEMBER(ctype, sp[-2]) cop MEMBER(ctype, sp[-1]);                      \
    sp--;                                                                                         \
    NEXT(ip + OPCODE_SIZE(code));                                                                 \
  }
#define CMP2(id, code, text, type, ctype, cop, gop, prose)                                        \
  op_##id : {                                                                                     \
    sp[-2].i32 = MEMBER(ctype, sp[-2]) cop MEMBER(ctype, sp[-1]);                                 \
    sp--;                                                                                         \
    NEXT(ip + OPCODE_SIZE(code));                                                                 \
  }
  /* The type letters are constants: one branch of each choice is left. */
#define CVT(id, code, text, pop, push, ctype, prose)                                              \
  op_##id : {                                                                                     \
    ctype value = (pop)[0] == 'i'   ? (ctype)sp[-1].u32                                           \
                  : (pop)[0] == 'I' ? (ctype)sp[-1].u64                                           \
                  : (pop)[0] == 'f' ? (ctype)sp[-1].f32                                           \
                                    : (ctype)sp[-1].f64;                                          \
    switch ((push)[0]) {                                                                          \
    case 'i': sp[-1].u32 = (uint32_t)value; break;                                                \
    case 'I': sp[-1].u64 = (uint64_t)value; break;                                                \
    case 'f': sp[-1].f32 = (float)value; break;                                                   \
    default: sp[-1].f64 = (double)value; break;                                                   \
    }                                                                                             \
    NEXT(ip + OPCODE_SIZE(code));                                                                 \
  }
#define LOAD(id, code, text, push, ctype, prose)                                                  \
  op_##id : {                                                                                     \
    const uint8_t *p = ip + OPCODE_SIZE(code);                                                    \
    const vmi_memory_inst *memory = inst->memories[vmi_imm_u32(&p)];                              \
    uint64_t address = (uint64_t)sp[-1].u32 + vmi_imm_u32(&p);                                    \
    CHECK_IF(address + sizeof(ctype) > memory->size, VM_TRAP_MEMORY_BOUNDS);                      \
    uint64_t bits = vmi_le_get(memory->base + address, sizeof(ctype));                            \
    switch ((push)[0]) {                                                                          \
    case 'i': sp[-1].u32 = (uint32_t)(ctype)bits; break;                                          \
    case 'I': sp[-1].u64 = (uint64_t)(ctype)bits; break;                                          \
    case 'f': sp[-1].u32 = (uint32_t)bits; break;                                                 \
    default: sp[-1].u64 = bits; break;                                                            \
    }                                                                                             \
    NEXT(p);                                                                                      \
  }
#define STORE(id, code, text, pop, ctype, prose)                                                  \
  op_##id : {                                                                                     \
    const uint8_t *p = ip + OPCODE_SIZE(code);                                                    \
    const vmi_memory_inst *memory = inst->memories[vmi_imm_u32(&p)];                              \
    uint64_t address = (uint64_t)sp[-2].u32 + vmi_imm_u32(&p);                                    \
    CHECK_IF(address + sizeof(ctype) > memory->size, VM_TRAP_MEMORY_BOUNDS);                      \
    bool narrow = (pop)[0] == 'i' || (pop)[0] == 'f';                                             \
    vmi_le_put(memory->base + address, narrow ? sp[-1].u32 : sp[-1].u64, sizeof(ctype));          \
    sp -= 2;                                                                                      \
    NEXT(p);                                                                                      \
  }
#define LEARN(what)                                                                               \
  vmi_learn(t, &inst->shared->feedback[vmi_func_point(f, (uint32_t)(ip - f->code))], (what))
/* What the fast path does not know the slow path does, whose arguments are the operands. */
#define DYN1(id, code, text, function, prose)                                                     \
  op_##id : {                                                                                     \
    const uint8_t *p = ip + OPCODE_SIZE(code);                                                    \
    func = vmi_imm_u32(&p);                                                                       \
    uint32_t seen = function(sp[-1].u64, &sp[-1].u64);                                            \
    if (!seen) {                                                                                  \
      LEARN(VMI_SEEN_SLOW);                                                                       \
      goto call_func;                                                                             \
    }                                                                                             \
    LEARN(seen);                                                                                  \
    NEXT(p);                                                                                      \
  }
#define DYN_TWO(id, code, function, out)                                                          \
  op_##id : {                                                                                     \
    const uint8_t *p = ip + OPCODE_SIZE(code);                                                    \
    func = vmi_imm_u32(&p);                                                                       \
    vmi_slot r;                                                                                   \
    uint32_t seen = function(sp[-2].u64, sp[-1].u64, &r.out);                                     \
    if (!seen) {                                                                                  \
      LEARN(VMI_SEEN_SLOW);                                                                       \
      goto call_func;                                                                             \
    }                                                                                             \
    LEARN(seen);                                                                                  \
    sp[-2].out = r.out;                                                                           \
    sp--;                                                                                         \
    NEXT(p);                                                                                      \
  }
#define CALLOP(id, code, text, imms, pops, pushes, flags, function, prose)                        \
  op_##id : {                                                                                     \
    const uint8_t *p = ip + OPCODE_SIZE(code);                                                    \
    uint32_t imm = sizeof(imms) > 1 ? vmi_imm_u32(&p) : 0;                                        \
    if ((flags) & F_ALLOC) SAVE();                                                                \
    uint64_t result = function(t, imm, sp - (sizeof(pops) - 1));                                  \
    CHECK(t->trap_code);                                                                          \
    sp -= sizeof(pops) - 1;                                                                       \
    if ((pushes)[0] == 'i') (sp++)->u32 = (uint32_t)result;                                       \
    else if ((pushes)[0] != '\0') (sp++)->u64 = result;                                           \
    NEXT(p);                                                                                      \
  }
#define DYN2(id, code, text, function, prose) DYN_TWO(id, code, function, u64)
#define DYNCMP(id, code, text, function, prose) DYN_TWO(id, code, function, u32)
#include "isa.def"

  /* ---- control ---- */

op_UNREACHABLE:
  trap = VM_TRAP_UNREACHABLE;
  goto raise;
op_NOP:
  NEXT(ip + 1);
op_BR: {
  const uint8_t *p = ip + 1;
  JUMP(vmi_imm_u32(&p));
}
op_BR_IF: {
  const uint8_t *p = ip + 1;
  uint32_t label = vmi_imm_u32(&p);
  if ((--sp)->i32 != 0) JUMP(label);
  NEXT(p);
}
op_BR_UNLESS: {
  const uint8_t *p = ip + 1;
  uint32_t label = vmi_imm_u32(&p);
  if ((--sp)->i32 == 0) JUMP(label);
  NEXT(p);
}
op_BR_ON_NULL: {
  const uint8_t *p = ip + 1;
  uint32_t label = vmi_imm_u32(&p);
  if (sp[-1].ref == NULL) {
    sp--;
    JUMP(label);
  }
  NEXT(p);
}
op_BR_ON_NON_NULL: {
  const uint8_t *p = ip + 1;
  uint32_t label = vmi_imm_u32(&p);
  if (sp[-1].ref != NULL) JUMP(label);
  sp--;
  NEXT(p);
}
op_SWITCH: {
  const uint8_t *p = ip + 1;
  const vmi_switch *table = &f->switches[vmi_imm_u32(&p)];
  uint32_t i = (--sp)->u32;
  JUMP(table->labels[i < table->count ? i : table->count]);
}
op_RETURN: {
  n = signature(rec)->nresults;
  vmi_slot *link = fp[0].ptr;
  copy_slots(fp, sp - n, n);
  t->frame = link;
  goto returned;
}
op_CALL: {
  const uint8_t *p = ip + 1;
  func = vmi_imm_u32(&p);
  goto call_func;
}
op_CALL_INDIRECT: {
  const uint8_t *p = ip + 1;
  uint32_t table = vmi_imm_u32(&p), type = vmi_imm_u32(&p);
  CHECK(table_callee(inst, table, type, sp[-1].u32, &object));
  sp--;
  sig = &inst->module->types[type];
  goto call_object;
}
op_CALL_REF: {
  const uint8_t *p = ip + 1;
  CHECK_IF(sp[-1].ref == NULL, VM_TRAP_NULL_REFERENCE);
  object = (vmi_func_obj *)(--sp)->ref;
  sig = &inst->module->types[vmi_imm_u32(&p)];
  goto call_object;
}
op_RETURN_CALL: {
  const uint8_t *p = ip + 1;
  uint32_t index = vmi_imm_u32(&p);
  const vmi_module *m = inst->module;
  sig = vmi_func_type(m, index);
  if (index < m->nimported_funcs) {
    object = inst->imports[index];
    goto tail_object;
  }
  to = &inst->code[index];
  to_inst = inst;
  env = NULL;
  goto tail_code;
}
op_RETURN_CALL_INDIRECT: {
  const uint8_t *p = ip + 1;
  uint32_t table = vmi_imm_u32(&p), type = vmi_imm_u32(&p);
  CHECK(table_callee(inst, table, type, sp[-1].u32, &object));
  sp--;
  sig = &inst->module->types[type];
  goto tail_object;
}
op_RETURN_CALL_REF: {
  const uint8_t *p = ip + 1;
  CHECK_IF(sp[-1].ref == NULL, VM_TRAP_NULL_REFERENCE);
  object = (vmi_func_obj *)(--sp)->ref;
  sig = &inst->module->types[vmi_imm_u32(&p)];
  goto tail_object;
}
op_THROW:
  vmi_rt_throw(t, sp[-1].u64, ID());
  goto unwind;
op_RETHROW:
  vmi_rt_rethrow(t, sp[-1].ptr, ID());
  goto unwind;

  /* ---- stack, locals and globals ---- */

op_DROP:
  sp--;
  NEXT(ip + 1);
op_DUP:
  sp[0] = sp[-1];
  sp++;
  NEXT(ip + 1);
op_SWAP: {
  vmi_slot top = sp[-1];
  sp[-1] = sp[-2];
  sp[-2] = top;
  NEXT(ip + 1);
}
op_SELECT: {
  const uint8_t *p = ip + 1;
  if (*p >= 0x77) {
    p++; /* a number or dyn */
  } else {
    (void)vmi_imm_type(&p, f->code + f->code_size);
  }
  if (sp[-1].i32 == 0) sp[-3] = sp[-2];
  sp -= 2;
  NEXT(p);
}
op_LOCAL_GET: {
  const uint8_t *p = ip + 1;
  *sp++ = fp[VMI_FRAME_HEADER + vmi_imm_u32(&p)];
  NEXT(p);
}
op_LOCAL_SET: {
  const uint8_t *p = ip + 1;
  fp[VMI_FRAME_HEADER + vmi_imm_u32(&p)] = *--sp;
  NEXT(p);
}
op_LOCAL_TEE: {
  const uint8_t *p = ip + 1;
  fp[VMI_FRAME_HEADER + vmi_imm_u32(&p)] = sp[-1];
  NEXT(p);
}
op_GLOBAL_GET: {
  const uint8_t *p = ip + 1;
  *sp++ = *vmi_instance_global(inst, vmi_imm_u32(&p));
  NEXT(p);
}
op_GLOBAL_SET: {
  const uint8_t *p = ip + 1;
  *vmi_instance_global(inst, vmi_imm_u32(&p)) = *--sp;
  NEXT(p);
}

  /* ---- constants ---- */

op_I32_CONST: {
  const uint8_t *p = ip + 1;
  (sp++)->i32 = (int32_t)vmi_imm_s64(&p);
  NEXT(p);
}
op_I64_CONST: {
  const uint8_t *p = ip + 1;
  (sp++)->i64 = vmi_imm_s64(&p);
  NEXT(p);
}
op_F32_CONST:
  (sp++)->u32 = (uint32_t)vmi_le_get(ip + 1, 4);
  NEXT(ip + 5);
op_F64_CONST:
  (sp++)->u64 = vmi_le_get(ip + 1, 8);
  NEXT(ip + 9);

  /* ---- numbers; the rest are rows with a C operator ---- */

  OP1(I32_EQZ, 1, i32, a->u32 == 0)
  OP1(I32_CLZ, 1, u32, vmi_clz32(a->u32))
  OP1(I32_CTZ, 1, u32, vmi_ctz32(a->u32))
  OP1(I32_POPCNT, 1, u32, (uint32_t)vmi_popcnt64(a->u32))
  OP2_TRAP(I32_DIV_S, i32, vmi_div_s32)
op_I32_DIV_U:
  CHECK_IF(sp[-1].u32 == 0, VM_TRAP_DIVIDE_BY_ZERO);
  sp[-2].u32 /= sp[-1].u32;
  sp--;
  NEXT(ip + 1);
  OP2_TRAP(I32_REM_S, i32, vmi_rem_s32)
op_I32_REM_U:
  CHECK_IF(sp[-1].u32 == 0, VM_TRAP_DIVIDE_BY_ZERO);
  sp[-2].u32 %= sp[-1].u32;
  sp--;
  NEXT(ip + 1);
  OP2(I32_SHL, u32, a->u32 << (b->u32 & 31))
  OP2(I32_SHR_S, i32, a->i32 >> (b->u32 & 31))
  OP2(I32_SHR_U, u32, a->u32 >> (b->u32 & 31))
  OP2(I32_ROTL, u32, vmi_rotl32(a->u32, b->u32))
  OP2(I32_ROTR, u32, vmi_rotl32(a->u32, -b->u32))
  OP2_CHECKED(I32_ADD_CHECKED, i32, __builtin_add_overflow)
  OP2_CHECKED(I32_SUB_CHECKED, i32, __builtin_sub_overflow)
  OP2_CHECKED(I32_MUL_CHECKED, i32, __builtin_mul_overflow)

  OP1(I64_EQZ, 1, i32, a->u64 == 0)
  OP1(I64_CLZ, 1, u64, vmi_clz64(a->u64))
  OP1(I64_CTZ, 1, u64, vmi_ctz64(a->u64))
  OP1(I64_POPCNT, 1, u64, vmi_popcnt64(a->u64))
  OP2_TRAP(I64_DIV_S, i64, vmi_div_s64)
op_I64_DIV_U:
  CHECK_IF(sp[-1].u64 == 0, VM_TRAP_DIVIDE_BY_ZERO);
  sp[-2].u64 /= sp[-1].u64;
  sp--;
  NEXT(ip + 1);
  OP2_TRAP(I64_REM_S, i64, vmi_rem_s64)
op_I64_REM_U:
  CHECK_IF(sp[-1].u64 == 0, VM_TRAP_DIVIDE_BY_ZERO);
  sp[-2].u64 %= sp[-1].u64;
  sp--;
  NEXT(ip + 1);
  OP2(I64_SHL, u64, a->u64 << (b->u64 & 63))
  OP2(I64_SHR_S, i64, a->i64 >> (b->u64 & 63))
  OP2(I64_SHR_U, u64, a->u64 >> (b->u64 & 63))
  OP2(I64_ROTL, u64, vmi_rotl64(a->u64, b->u64))
  OP2(I64_ROTR, u64, vmi_rotl64(a->u64, -b->u64))
  OP2_CHECKED(I64_ADD_CHECKED, i64, __builtin_add_overflow)
  OP2_CHECKED(I64_SUB_CHECKED, i64, __builtin_sub_overflow)
  OP2_CHECKED(I64_MUL_CHECKED, i64, __builtin_mul_overflow)

  OP1(F32_ABS, 1, u32, a->u32 & 0x7FFFFFFFu)
  OP1(F32_NEG, 1, u32, a->u32 ^ 0x80000000u)
  OP1(F32_CEIL, 1, f32, vmi_rt_f32_ceil(t, a->f32))
  OP1(F32_FLOOR, 1, f32, vmi_rt_f32_floor(t, a->f32))
  OP1(F32_TRUNC, 1, f32, vmi_rt_f32_trunc(t, a->f32))
  OP1(F32_NEAREST, 1, f32, vmi_rt_f32_nearest(t, a->f32))
  OP1(F32_SQRT, 1, f32, __builtin_sqrtf(a->f32))
  OP2(F32_MIN, f32, vmi_min_f32(a->f32, b->f32))
  OP2(F32_MAX, f32, vmi_max_f32(a->f32, b->f32))
  OP2(F32_COPYSIGN, u32, (a->u32 & 0x7FFFFFFFu) | (b->u32 & 0x80000000u))

  OP1(F64_ABS, 1, u64, a->u64 & ~(1ull << 63))
  OP1(F64_NEG, 1, u64, a->u64 ^ 1ull << 63)
  OP1(F64_CEIL, 1, f64, vmi_rt_f64_ceil(t, a->f64))
  OP1(F64_FLOOR, 1, f64, vmi_rt_f64_floor(t, a->f64))
  OP1(F64_TRUNC, 1, f64, vmi_rt_f64_trunc(t, a->f64))
  OP1(F64_NEAREST, 1, f64, vmi_rt_f64_nearest(t, a->f64))
  OP1(F64_SQRT, 1, f64, __builtin_sqrt(a->f64))
  OP2(F64_MIN, f64, vmi_min_f64(a->f64, b->f64))
  OP2(F64_MAX, f64, vmi_max_f64(a->f64, b->f64))
  OP2(F64_COPYSIGN, u64, (a->u64 & ~(1ull << 63)) | (b->u64 & 1ull << 63))

  OP1(I32_REINTERPRET_F32, 1, u32, a->u32)
  OP1(I64_REINTERPRET_F64, 1, u64, a->u64)
  OP1(F32_REINTERPRET_I32, 1, u32, a->u32)
  OP1(F64_REINTERPRET_I64, 1, u64, a->u64)
  OP1_TRAP(I32_TRUNC_F32_S, f32, i32, vmi_trunc_s32)
  OP1_TRAP(I32_TRUNC_F32_U, f32, u32, vmi_trunc_u32)
  OP1_TRAP(I32_TRUNC_F64_S, f64, i32, vmi_trunc_s32)
  OP1_TRAP(I32_TRUNC_F64_U, f64, u32, vmi_trunc_u32)
  OP1_TRAP(I64_TRUNC_F32_S, f32, i64, vmi_trunc_s64)
  OP1_TRAP(I64_TRUNC_F32_U, f32, u64, vmi_trunc_u64)
  OP1_TRAP(I64_TRUNC_F64_S, f64, i64, vmi_trunc_s64)
  OP1_TRAP(I64_TRUNC_F64_U, f64, u64, vmi_trunc_u64)
  OP1(I32_TRUNC_SAT_F32_S, 2, i32, vmi_trunc_sat_s32(a->f32))
  OP1(I32_TRUNC_SAT_F32_U, 2, u32, vmi_trunc_sat_u32(a->f32))
  OP1(I32_TRUNC_SAT_F64_S, 2, i32, vmi_trunc_sat_s32(a->f64))
  OP1(I32_TRUNC_SAT_F64_U, 2, u32, vmi_trunc_sat_u32(a->f64))
  OP1(I64_TRUNC_SAT_F32_S, 2, i64, vmi_trunc_sat_s64(a->f32))
  OP1(I64_TRUNC_SAT_F32_U, 2, u64, vmi_trunc_sat_u64(a->f32))
  OP1(I64_TRUNC_SAT_F64_S, 2, i64, vmi_trunc_sat_s64(a->f64))
  OP1(I64_TRUNC_SAT_F64_U, 2, u64, vmi_trunc_sat_u64(a->f64))

  /* ---- memories ---- */

op_MEMORY_SIZE: {
  const uint8_t *p = ip + 2;
  (sp++)->u32 = inst->memories[vmi_imm_u32(&p)]->pages;
  NEXT(p);
}
op_MEMORY_GROW: {
  const uint8_t *p = ip + 2;
  SAVE();
  sp[-1].u32 = vmi_rt_memory_grow(t, vmi_imm_u32(&p), sp[-1].u32);
  NEXT(p);
}
op_MEMORY_COPY: {
  const uint8_t *p = ip + 2;
  uint32_t dst = vmi_imm_u32(&p), src = vmi_imm_u32(&p);
  CHECK(vmi_rt_memory_copy(t, dst, src, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  sp -= 3;
  NEXT(p);
}
op_MEMORY_FILL: {
  const uint8_t *p = ip + 2;
  uint32_t memory = vmi_imm_u32(&p);
  CHECK(vmi_rt_memory_fill(t, memory, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  sp -= 3;
  NEXT(p);
}
op_MEMORY_INIT: {
  const uint8_t *p = ip + 2;
  uint32_t memory = vmi_imm_u32(&p), data = vmi_imm_u32(&p);
  CHECK(vmi_rt_memory_init(t, memory, data, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  sp -= 3;
  NEXT(p);
}
op_DATA_DROP: {
  const uint8_t *p = ip + 2;
  vmi_rt_data_drop(t, vmi_imm_u32(&p));
  NEXT(p);
}

  /* ---- tables: their items are roots, so no store into them needs the barrier ---- */

op_TABLE_GET: {
  const uint8_t *p = ip + 2;
  const vmi_table_inst *table = inst->tables[vmi_imm_u32(&p)];
  CHECK_IF(sp[-1].u32 >= table->length, VM_TRAP_TABLE_BOUNDS);
  sp[-1] = table->items[sp[-1].u32];
  NEXT(p);
}
op_TABLE_SET: {
  const uint8_t *p = ip + 2;
  const vmi_table_inst *table = inst->tables[vmi_imm_u32(&p)];
  CHECK_IF(sp[-2].u32 >= table->length, VM_TRAP_TABLE_BOUNDS);
  table->items[sp[-2].u32] = sp[-1];
  sp -= 2;
  NEXT(p);
}
op_TABLE_SIZE: {
  const uint8_t *p = ip + 2;
  (sp++)->u32 = inst->tables[vmi_imm_u32(&p)]->length;
  NEXT(p);
}
op_TABLE_GROW: {
  const uint8_t *p = ip + 2;
  SAVE();
  sp[-2].u32 = vmi_rt_table_grow(t, vmi_imm_u32(&p), sp[-2].ptr, sp[-1].u32);
  sp--;
  NEXT(p);
}
op_TABLE_FILL: {
  const uint8_t *p = ip + 2;
  uint32_t table = vmi_imm_u32(&p);
  CHECK(vmi_rt_table_fill(t, table, sp[-3].u32, sp[-2].ptr, sp[-1].u32));
  sp -= 3;
  NEXT(p);
}
op_TABLE_COPY: {
  const uint8_t *p = ip + 2;
  uint32_t dst = vmi_imm_u32(&p), src = vmi_imm_u32(&p);
  CHECK(vmi_rt_table_copy(t, dst, src, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  sp -= 3;
  NEXT(p);
}
op_TABLE_INIT: {
  const uint8_t *p = ip + 2;
  uint32_t table = vmi_imm_u32(&p), elem = vmi_imm_u32(&p);
  SAVE();
  CHECK(vmi_rt_table_init(t, table, elem, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  sp -= 3;
  NEXT(p);
}
op_ELEM_DROP: {
  const uint8_t *p = ip + 2;
  vmi_rt_elem_drop(t, vmi_imm_u32(&p));
  NEXT(p);
}

  /* ---- references ---- */

op_REF_NULL: {
  const uint8_t *p = ip + 1;
  (void)vmi_imm_type(&p, f->code + f->code_size);
  (sp++)->u64 = 0;
  NEXT(p);
}
  OP1(REF_IS_NULL, 1, i32, a->ref == NULL)
op_REF_AS_NON_NULL:
  CHECK_IF(sp[-1].ref == NULL, VM_TRAP_NULL_REFERENCE);
  NEXT(ip + 1);
  OP2(REF_EQ, i32, a->ref == b->ref)
op_REF_TEST: {
  const uint8_t *p = ip + 1;
  vm_type type = vmi_imm_type(&p, f->code + f->code_size);
  sp[-1].i32 = has_type(t, inst, sp[-1].ref, type);
  NEXT(p);
}
op_REF_CAST: {
  const uint8_t *p = ip + 1;
  vm_type type = vmi_imm_type(&p, f->code + f->code_size);
  CHECK_IF(!has_type(t, inst, sp[-1].ref, type), VM_TRAP_CAST_FAILURE);
  NEXT(p);
}
op_SYMBOL_CONST: {
  const uint8_t *p = ip + OPCODE_SIZE(VMI_OP_SYMBOL_CONST);
  (sp++)->ptr = inst->symbols[vmi_imm_u32(&p)];
  NEXT(p);
}
op_REF_FUNC: {
  const uint8_t *p = ip + 1;
  SAVE();
  void *made = vmi_rt_ref_func(t, vmi_imm_u32(&p));
  CHECK_IF(made == NULL, t->trap_code);
  (sp++)->ptr = made;
  NEXT(p);
}
op_CLOSURE_NEW: {
  const uint8_t *p = ip + 1;
  SAVE();
  void *made = vmi_rt_closure_new(t, vmi_imm_u32(&p), sp[-1].ptr);
  CHECK_IF(made == NULL, t->trap_code);
  sp[-1].ptr = made;
  NEXT(p);
}
op_WEAK_NEW: {
  SAVE();
  void *made = vmi_rt_weak_new(t, sp[-1].ptr);
  CHECK_IF(made == NULL, t->trap_code);
  sp[-1].ptr = made;
  NEXT(ip + 2);
}
op_WEAK_GET:
  CHECK_IF(sp[-1].ref == NULL, VM_TRAP_NULL_REFERENCE);
  sp[-1].ref = ((vmi_weak_obj *)sp[-1].ref)->target;
  NEXT(ip + 2);
op_EXN_PAYLOAD:
  CHECK_IF(sp[-1].ref == NULL, VM_TRAP_NULL_REFERENCE);
  sp[-1].u64 = ((vmi_exn_obj *)sp[-1].ref)->payload;
  NEXT(ip + 2);
op_EXN_CODE:
  CHECK_IF(sp[-1].ref == NULL, VM_TRAP_NULL_REFERENCE);
  sp[-1].u32 = ((vmi_exn_obj *)sp[-1].ref)->code;
  NEXT(ip + 2);

  /* ---- structs ---- */

op_STRUCT_NEW: {
  const uint8_t *p = ip + 1;
  uint32_t type = vmi_imm_u32(&p);
  SAVE();
  char *made = vmi_rt_struct_new(t, type);
  CHECK_IF(made == NULL, t->trap_code);
  const vmi_typedef *def = &inst->module->types[type];
  sp -= def->nfields;
  for (uint32_t i = 0; i < def->nfields; i++) { /* a new object needs no barrier */
    vmi_field_set(made + def->fields[i].offset, def->fields[i].type, &sp[i]);
  }
  (sp++)->ptr = made;
  NEXT(p);
}
op_STRUCT_NEW_DEFAULT: {
  const uint8_t *p = ip + 2;
  SAVE();
  void *made = vmi_rt_struct_new(t, vmi_imm_u32(&p));
  CHECK_IF(made == NULL, t->trap_code);
  (sp++)->ptr = made;
  NEXT(p);
}
op_STRUCT_GET: {
  const uint8_t *p = ip + 1;
  const vmi_typedef *def = &inst->module->types[vmi_imm_u32(&p)];
  const vmi_field *field = &def->fields[vmi_imm_u32(&p)];
  CHECK_IF(sp[-1].ref == NULL, VM_TRAP_NULL_REFERENCE);
  vmi_field_get(&sp[-1], (const char *)sp[-1].ptr + field->offset, field->type);
  NEXT(p);
}
op_STRUCT_GET_S: {
  const uint8_t *p = ip + 1;
  const vmi_typedef *def = &inst->module->types[vmi_imm_u32(&p)];
  const vmi_field *field = &def->fields[vmi_imm_u32(&p)];
  CHECK_IF(sp[-1].ref == NULL, VM_TRAP_NULL_REFERENCE);
  sp[-1].i32 = vmi_packed_get_s((const char *)sp[-1].ptr + field->offset, field->type);
  NEXT(p);
}
op_STRUCT_GET_U: {
  const uint8_t *p = ip + 1;
  const vmi_typedef *def = &inst->module->types[vmi_imm_u32(&p)];
  const vmi_field *field = &def->fields[vmi_imm_u32(&p)];
  CHECK_IF(sp[-1].ref == NULL, VM_TRAP_NULL_REFERENCE);
  sp[-1].u32 = vmi_packed_get_u((const char *)sp[-1].ptr + field->offset, field->type);
  NEXT(p);
}
op_STRUCT_SET: {
  const uint8_t *p = ip + 1;
  const vmi_typedef *def = &inst->module->types[vmi_imm_u32(&p)];
  const vmi_field *field = &def->fields[vmi_imm_u32(&p)];
  vmi_obj *into = sp[-2].ref;
  CHECK_IF(into == NULL, VM_TRAP_NULL_REFERENCE);
  if (vmi_type_traced(field->type)) vmi_gc_barrier(t->heap, into);
  vmi_field_set((char *)into + field->offset, field->type, &sp[-1]);
  sp -= 2;
  NEXT(p);
}

  /* ---- arrays ---- */

op_ARRAY_NEW: {
  const uint8_t *p = ip + 1;
  uint32_t type = vmi_imm_u32(&p);
  SAVE();
  void *made = vmi_rt_array_new(t, type, sp[-1].u32);
  CHECK_IF(made == NULL, t->trap_code);
  uint64_t bits = vmi_slot_bits(&sp[-2], inst->module->types[type].fields[0].type);
  CHECK(vmi_rt_array_fill(t, type, made, 0, bits, sp[-1].u32));
  sp[-2].ptr = made;
  sp--;
  NEXT(p);
}
op_ARRAY_NEW_DEFAULT: {
  const uint8_t *p = ip + 1;
  uint32_t type = vmi_imm_u32(&p);
  SAVE();
  void *made = vmi_rt_array_new(t, type, sp[-1].u32);
  CHECK_IF(made == NULL, t->trap_code);
  sp[-1].ptr = made;
  NEXT(p);
}
op_ARRAY_NEW_FIXED: {
  const uint8_t *p = ip + 1;
  uint32_t type = vmi_imm_u32(&p), length = vmi_imm_u32(&p);
  SAVE();
  vmi_array_obj *made = vmi_rt_array_new(t, type, length);
  CHECK_IF(made == NULL, t->trap_code);
  const vmi_typedef *def = &inst->module->types[type];
  sp -= length;
  for (uint32_t i = 0; i < length; i++) { /* a new object needs no barrier */
    vmi_field_set(made->data + (size_t)i * def->size, def->fields[0].type, &sp[i]);
  }
  (sp++)->ptr = made;
  NEXT(p);
}
op_ARRAY_NEW_DATA: {
  const uint8_t *p = ip + 2;
  uint32_t type = vmi_imm_u32(&p), data = vmi_imm_u32(&p);
  SAVE();
  void *made = vmi_rt_array_new_data(t, type, data, sp[-2].u32, sp[-1].u32);
  CHECK_IF(made == NULL, t->trap_code);
  sp[-2].ptr = made;
  sp--;
  NEXT(p);
}
op_ARRAY_GET: {
  const uint8_t *p = ip + 1;
  char *at;
  vm_type element;
  CHECK(array_at(inst, vmi_imm_u32(&p), sp[-2].ref, sp[-1].u32, &at, &element));
  sp--;
  vmi_field_get(&sp[-1], at, element);
  NEXT(p);
}
op_ARRAY_GET_S: {
  const uint8_t *p = ip + 1;
  char *at;
  vm_type element;
  CHECK(array_at(inst, vmi_imm_u32(&p), sp[-2].ref, sp[-1].u32, &at, &element));
  sp--;
  sp[-1].i32 = vmi_packed_get_s(at, element);
  NEXT(p);
}
op_ARRAY_GET_U: {
  const uint8_t *p = ip + 1;
  char *at;
  vm_type element;
  CHECK(array_at(inst, vmi_imm_u32(&p), sp[-2].ref, sp[-1].u32, &at, &element));
  sp--;
  sp[-1].u32 = vmi_packed_get_u(at, element);
  NEXT(p);
}
op_ARRAY_SET: {
  const uint8_t *p = ip + 1;
  char *at;
  vm_type element;
  CHECK(array_at(inst, vmi_imm_u32(&p), sp[-3].ref, sp[-2].u32, &at, &element));
  if (vmi_type_traced(element)) vmi_gc_barrier(t->heap, sp[-3].ref);
  vmi_field_set(at, element, &sp[-1]);
  sp -= 3;
  NEXT(p);
}
op_ARRAY_LEN:
  CHECK_IF(sp[-1].ref == NULL, VM_TRAP_NULL_REFERENCE);
  sp[-1].u32 = ((vmi_array_obj *)sp[-1].ref)->length;
  NEXT(ip + 1);
op_ARRAY_COPY: {
  const uint8_t *p = ip + 2;
  uint32_t dst = vmi_imm_u32(&p), src = vmi_imm_u32(&p);
  CHECK(vmi_rt_array_copy(t, dst, src, sp[-5].ptr, sp[-4].u32, sp[-3].ptr, sp[-2].u32,
                          sp[-1].u32));
  sp -= 5;
  NEXT(p);
}
op_ARRAY_FILL: {
  const uint8_t *p = ip + 2;
  uint32_t type = vmi_imm_u32(&p);
  uint64_t bits = vmi_slot_bits(&sp[-2], inst->module->types[type].fields[0].type);
  CHECK(vmi_rt_array_fill(t, type, sp[-4].ptr, sp[-3].u32, bits, sp[-1].u32));
  sp -= 4;
  NEXT(p);
}
op_ARRAY_INIT_DATA: {
  const uint8_t *p = ip + 2;
  uint32_t type = vmi_imm_u32(&p), data = vmi_imm_u32(&p);
  CHECK(vmi_rt_array_init_data(t, type, data, sp[-4].ptr, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  sp -= 4;
  NEXT(p);
}

  /* ---- dyn ---- */

op_DYN_NIL:
  (sp++)->u64 = VMI_DYN_NIL;
  NEXT(ip + 1);
  OP1(DYN_FROM_I32, 1, u64, VMI_DYN_INT | a->u32)
  OP1(DYN_FROM_F64, 1, u64, vmi_dyn_from_f64(a->f64))
  OP1(DYN_FROM_BOOL, 1, u64, a->u32 != 0 ? VMI_DYN_TRUE : VMI_DYN_FALSE)
  OP1(DYN_FROM_REF, 1, u64, (uint64_t)(uintptr_t)a->ref)
  OP1(DYN_IS_NIL, 1, i32, a->u64 == VMI_DYN_NIL)
  OP1(DYN_IS_I32, 1, i32, vmi_dyn_is_int(a->u64))
  OP1(DYN_IS_F64, 1, i32, vmi_dyn_is_double(a->u64))
  OP1(DYN_IS_BOOL, 1, i32, vmi_dyn_is_bool(a->u64))
  OP1(DYN_IS_REF, 1, i32, vmi_dyn_is_pointer(a->u64))
op_DYN_TO_I32:
  CHECK_IF(!vmi_dyn_is_int(sp[-1].u64), VM_TRAP_DYN_TYPE);
  sp[-1].u32 = (uint32_t)sp[-1].u64;
  NEXT(ip + 1);
op_DYN_TO_F64:
  CHECK_IF(!vmi_dyn_is_double(sp[-1].u64), VM_TRAP_DYN_TYPE);
  sp[-1].f64 = vmi_dyn_to_f64(sp[-1].u64);
  NEXT(ip + 1);
op_DYN_TO_NUM: {
  uint64_t word = sp[-1].u64;
  CHECK_IF(word < VMI_DYN_DOUBLE, VM_TRAP_DYN_TYPE);
  sp[-1].f64 = vmi_dyn_is_int(word) ? (double)(int32_t)(uint32_t)word : vmi_dyn_to_f64(word);
  NEXT(ip + 1);
}
op_DYN_TO_BOOL:
  CHECK_IF(!vmi_dyn_is_bool(sp[-1].u64), VM_TRAP_DYN_TYPE);
  sp[-1].u32 = (uint32_t)(sp[-1].u64 & 1);
  NEXT(ip + 1);
op_DYN_TO_REF:
  CHECK_IF(sp[-1].u64 != VMI_DYN_NIL && !vmi_is_pointer(sp[-1].u64), VM_TRAP_DYN_TYPE);
  NEXT(ip + 1); /* the same word */
  OP2(DYN_SAME, i32, a->u64 == b->u64)

  /* ---- properties and dynamic calls ---- */

op_DYN_GET: {
  const uint8_t *p = ip + 1;
  vmi_site *site = vmi_site_at(inst, f, (uint32_t)(ip - f->code));
  (void)vmi_imm_u32(&p);
  func = vmi_imm_u32(&p);
  uint64_t value;
  if (vmi_site_get(t, site, site->name, sp[-1].u64, &value)) {
    sp[-1].u64 = value;
    NEXT(p);
  }
  vmi_learn(t, site->feedback, VMI_SEEN_SLOW);
  (sp++)->ptr = site->name; /* maybe the first slot behind the frame, which is free before a call */
  goto call_func;
}
op_DYN_SET: {
  const uint8_t *p = ip + 1;
  vmi_site *site = vmi_site_at(inst, f, (uint32_t)(ip - f->code));
  (void)vmi_imm_u32(&p);
  func = vmi_imm_u32(&p);
  SAVE();
  trap = vmi_site_set_fast(t, site, sp[-2].u64, sp[-1].u64)
           ? 0 : vmi_rt_site_set(t, site, site->name, sp[-2].u64, sp[-1].u64);
  if (VMI_LIKELY(trap == 0)) {
    sp -= 2;
    NEXT(p);
  }
  if (trap != VMI_SLOW_PATH) goto raise;
  vmi_learn(t, site->feedback, VMI_SEEN_SLOW);
  (sp++)->ptr = site->name;
  goto call_func;
}
op_DYN_INVOKE: {
  const uint8_t *p = ip + 1;
  vmi_site *site = vmi_site_at(inst, f, (uint32_t)(ip - f->code));
  sig = &inst->module->types[vmi_imm_u32(&p)];
  (void)vmi_imm_u32(&p);
  func = vmi_imm_u32(&p);
  uint64_t method = VMI_DYN_NIL;
  (void)vmi_site_method(t, site, site->name, sp[-(int64_t)sig->nparams].u64, &method);
  object = vmi_site_callee(site, method);
  if (VMI_LIKELY(object != NULL)) {
    vmi_site_calls(t, site, object);
    goto call_object;
  }
  vmi_learn(t, site->feedback, VMI_SEEN_SLOW);
  (sp++)->ptr = site->name;
  goto call_func;
}
op_DYN_CALL: {
  const uint8_t *p = ip + 1;
  vmi_site *site = vmi_site_at(inst, f, (uint32_t)(ip - f->code));
  sig = &inst->module->types[vmi_imm_u32(&p)];
  func = vmi_imm_u32(&p);
  vmi_slot *first = sp - sig->nparams;
  object = vmi_site_callee(site, first[-1].u64);
  if (VMI_UNLIKELY(object == NULL)) {
    vmi_learn(t, site->feedback, VMI_SEEN_SLOW);
    goto call_func;
  }
  vmi_site_calls(t, site, object);
  copy_slots(first - 1, first, sig->nparams);
  sp--;
  goto call_object;
}

  /* ---- what the bodies share ---- */

back: /* a taken backward branch, to `target` */
  if (VMI_UNLIKELY(meter && --t->fuel < 0) || VMI_UNLIKELY(stop_requested(t))) {
    SAVE();
    if (vmi_rt_poll(t, fp, fp[2].u64) == 1) {
      t->frame = fp[0].ptr;
      goto leave;
    }
  }
  faster = false;
  inst->heat[rec->index] -= VMI_HEAT_WORK(ip - target + 1);
  if (VMI_UNLIKELY(inst->heat[rec->index] < 0)) {
    ip = target;
    SAVE();
    vmi_rt_hot(t, inst, rec->index);
    if (vmi_rt_osr(t, fp, rec, (uint32_t)(target - f->code))) goto ended;
    faster = engine->switching && vmi_rt_draw(t, 2) == 0 && vmi_quicken(engine, (vmi_code *)rec) != NULL;
  }
  if (faster || (quicken && vmi_quicken_warm(engine, rec, inst->heat[rec->index], WARM_LOOP))) {
    vmi_isolate_of(t)->quickenings++;
    vmi_quick_run(t, fp, rec, vmi_quick_label(f, (uint32_t)(target - f->code)));
    goto ended;
  }
  NEXT(target);

call_func: { /* call function `func` of this module, arguments on the stack */
  const vmi_module *m = inst->module;
  sig = vmi_func_type(m, func);
  if (VMI_LIKELY(func >= m->nimported_funcs)) {
    to = &inst->code[func];
    to_inst = inst;
    goto call_code;
  }
  object = inst->imports[func];
}
call_object: /* call `object` of type `sig`, arguments on the stack */
  to = object->code;
  to_inst = object->instance;
  fp[f->frame_size + VMI_FRAME_HEADER + sig->nparams].ref = object->env;
call_code: { /* call `to` of `to_inst` */
  vmi_slot *callee = fp + f->frame_size;
  sp -= sig->nparams;
  copy_slots(callee + VMI_FRAME_HEADER, sp, sig->nparams);
  SAVE();
  vmi_entry *entry = atomic_load_explicit(&to->entry, memory_order_acquire);
  if (VMI_UNLIKELY(entry != vmi_interp_entry) && VMI_UNLIKELY(engine->switching))
    entry = vmi_rt_draw_entry(t, to_inst, to, entry);
  if (VMI_LIKELY(entry == vmi_interp_entry)) {
    if (!quicken || !vmi_quicken_warm(engine, to, to_inst->heat[to->index], to->func->code_size)) {
      t->instance = to_inst;
      rec = to;
      fp = callee;
      goto enter;
    }
    entry = vmi_quick_entry;
  }
  call_c(t, callee, to, to_inst, entry);
  if (VMI_UNLIKELY(t->unwind)) {
    if (t->unwind == VMI_UNWIND_LEAVE) {
      fp = callee;
      goto left;
    }
    if (vmi_rt_after_call(t, callee, fp[2].u64) == 1) goto unwind;
  }
  results = callee;
  n = sig->nresults;
  goto deliver;
}

tail_object: /* the same as tail calls; the results' number is that of the running function */
  to = object->code;
  to_inst = object->instance;
  env = object->env;
tail_code: {
  vmi_slot *link = fp[0].ptr;
  copy_slots(fp + VMI_FRAME_HEADER, sp - sig->nparams, sig->nparams);
  fp[VMI_FRAME_HEADER + sig->nparams].ref = env;
  t->frame = link;
}
tail_again: {
  vmi_entry *entry = atomic_load_explicit(&to->entry, memory_order_acquire);
  if (VMI_UNLIKELY(entry != vmi_interp_entry) && VMI_UNLIKELY(engine->switching))
    entry = vmi_rt_draw_entry(t, to_inst, to, entry);
  if (entry == vmi_interp_entry) {
    t->instance = to_inst;
    rec = to;
    goto enter;
  }
  call_c(t, fp, to, to_inst, entry);
}
ended: /* the frame at fp has ended in other hands, or ends with another tail call */
  if (VMI_LIKELY(t->unwind == VMI_UNWIND_NONE)) {
    n = signature(rec)->nresults;
    goto returned;
  }
  if (t->unwind == VMI_UNWIND_LEAVE) goto left;
  if (t->unwind != VMI_UNWIND_TAILCALL) goto leave;
  t->unwind = VMI_UNWIND_NONE;
  to = t->tail_code;
  to_inst = t->tail_instance;
  goto tail_again;

left: /* the frame at fp was left for us, by compiled code or tier 1 */
  t->unwind = VMI_UNWIND_NONE;
  t->instance = fp[1].ptr;
  vmi_isolate_of(t)->frames_left++;
resume:
  rec = frame_code(fp);
  f = rec->func;
  inst = fp[1].ptr;
  ip = f->code + (uint32_t)fp[2].u64;
  sp = operands(fp, f) + (uint32_t)(fp[3].u64 & ~(VMI_AUX_CALLED | VMI_AUX_WRONG));
  fp[0].ptr = t->frame;
  t->frame = fp;
  if (fp[3].u64 & VMI_AUX_WRONG) vmi_rt_wrong(t, fp);
  if (!(fp[3].u64 & VMI_AUX_CALLED)) NEXT(ip);
  results = fp + f->frame_size;
  n = vmi_interp_call_type(inst->module, ip)->nresults;
  goto deliver;

returned: /* n results are at fp[0 ..], t->frame is the caller */
  if (fp == base) return;
  results = fp;
  fp = t->frame;
  rec = frame_code(fp);
  f = rec->func;
  inst = fp[1].ptr;
  t->instance = inst;
  ip = f->code + (uint32_t)fp[2].u64;
  sp = operands(fp, f) + fp[3].u64;
deliver: /* n results for the call at ip */
  copy_slots(sp, results, n);
  sp += n;
  if (VMI_LIKELY(ip[0] == VMI_OP_CALL && ip[1] < 0x80)) NEXT(ip + 2);
  NEXT(vmi_interp_skip_call(ip));

raise: /* trap `trap` at ip */
  vmi_rt_trap(t, trap, ID());
unwind: { /* unwinding, the frame at fp is linked and in the trace with ip */
  uint32_t pc = (uint32_t)(ip - f->code);
  const vmi_handler *handler =
      t->unwind == VMI_UNWIND_EXCEPTION ? vmi_func_handler(f, pc) : NULL;
  if (handler != NULL) {
    fp[2].u64 = VMI_FRAME_ID(rec->index, VMI_PC_NONE);
    fp[3].u64 = 0;
    void *exn = vmi_rt_catch(t);
    if (VMI_LIKELY(exn != NULL)) {
      sp = operands(fp, f);
      (sp++)->ptr = exn;
      NEXT(f->code + f->labels[handler->label].offset);
    }
  }
  t->frame = fp[0].ptr;
}
leave: /* unwinding, the frame at fp is gone, t->frame is the caller */
  if (fp == base) return;
  fp = t->frame;
  rec = frame_code(fp);
  f = rec->func;
  inst = fp[1].ptr;
  t->instance = inst;
  ip = f->code + (uint32_t)fp[2].u64;
  vmi_rt_trace_add(t, rec, inst, (uint32_t)fp[2].u64);
  goto unwind;
}

void vmi_interp_entry(vmi_thread *t, vmi_slot *fp, const vmi_code *rec)
{
  run(t, fp, rec, false);
}

/* May the frame at fp go on in tier 1? It can where it stands at a label. */
static bool draw_tier1(vmi_thread *t, const vmi_slot *fp, const vmi_code *rec, uint32_t *label)
{
  const vmi_func *f = rec->func;
  uint32_t pc = (uint32_t)fp[2].u64;
  *label = vmi_quick_label(f, pc);
  return !(fp[3].u64 & (VMI_AUX_CALLED | VMI_AUX_WRONG)) && *label < f->nlabels && f->labels[*label].offset == pc &&
         vmi_rt_draw(t, 2) == 0 && vmi_quicken(vmi_isolate_of(t)->engine, (vmi_code *)rec) != NULL;
}

void vmi_interp_resume(vmi_thread *t, vmi_slot *fp)
{
  const vmi_code *rec = frame_code(fp);
  uint32_t label;
  vmi_isolate_of(t)->frames_left++;
  if (vmi_isolate_of(t)->engine->switching && draw_tier1(t, fp, rec, &label)) {
    fp[0].ptr = t->frame;
    t->frame = fp;
    vmi_quick_run(t, fp, rec, label);
    return;
  }
  run(t, fp, rec, true);
}
