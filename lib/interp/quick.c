/* quick.c - tier 1: the loop over register code.
 *
 * SPDX-License-Identifier: MIT
 *
 * The state of the running function is five locals: ip, the current instruction; fp, its frame;
 * top, the frame's end, where a callee's frame begins; memory, its instance's first; t, the thread. Everything else is found from
 * the frame: fp[1] is the instance, fp[2] >> 32 the function. thread->frame is written before
 * anything that may look at frames, not at every entry and return; fp[2]'s pc likewise. A call of
 * another function in tier 1 stays in the loop; `base` is the frame the loop was entered with. Parts
 * as in interp.c, which is the specification:
 *
 *   enter ---- bodies run ---- returned -> deliver
 *     |             |
 *     +--> leave <- unwind
 */
#include "quick.h"

#include "interp.h"
#include "ops_mem.h"
#include "ops_num.h"
#include "quick_dyn.h"

static inline void copy_slots(vmi_slot *to, const vmi_slot *from, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++) to[i] = from[i]; /* ascending: `to` may overlap from below */
}

static inline const vmi_code *frame_code(const vmi_slot *fp)
{
  const vmi_instance *inst = fp[1].ptr;
  return &inst->code[fp[2].u64 >> 32];
}

static inline const vmi_quick *quick_of(const vmi_code *rec)
{
  return atomic_load_explicit(&rec->quick, memory_order_acquire);
}

/* Memory 0 of the running instance. It stays where it is when it grows, also if others grow it. */
static inline const vmi_memory_inst *memory_of(const vmi_instance *inst) { return inst->memories[0]; }

static inline bool has_type(vmi_thread *t, const vmi_instance *inst, vmi_obj *object, vm_type type)
{
  if (object == NULL) return VM_TYPE_NULLABLE(type);
  uint32_t heap = VM_TYPE_HEAP(type);
  if (heap < VM_HEAP_ANY && object->type == inst->type_ids[heap]) return true;
  return vmi_rt_ref_test(t, object, type) != 0;
}

/* The function object that a call_indirect is to call; trap code. */
static inline uint32_t table_callee(const vmi_instance *inst, const vmi_qword *w, uint32_t index,
                                    vmi_func_obj **out)
{
  const vmi_table_inst *b = inst->tables[w->lo];
  if (index >= b->length) return VM_TRAP_TABLE_BOUNDS;
  vmi_obj *object = b->items[index].ref;
  if (object == NULL) return VM_TRAP_UNDEFINED_ELEMENT;
  if (object->type != inst->type_ids[w->hi]) return VM_TRAP_CALL_TYPE;
  *out = (vmi_func_obj *)object;
  return 0;
}

/* Run a callee that is not in tier 1, or has no code in it yet; the caller's frame is linked. */
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

/* Element c of array b, `size` bytes wide. */
static inline uint32_t element_at(const vmi_slot *array, const vmi_slot *index, uint32_t size,
                                  char **at)
{
  vmi_array_obj *a = array->ptr;
  if (VMI_UNLIKELY(a == NULL)) return VM_TRAP_NULL_REFERENCE;
  if (VMI_UNLIKELY(index->u32 >= a->length)) return VM_TRAP_ARRAY_BOUNDS;
  *at = a->data + (size_t)index->u32 * size;
  return 0;
}

/* Results of 32 bits are written as whole words where that leaves them in place: slots are often copied
 * whole soon after, and a load wider than the store before it waits until that has left the processor's
 * store buffer (a third of the time of fib; docs/tier1.md). */
enum { WHOLE_WORDS = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

static inline void put_u32(vmi_slot *s, uint32_t v)
{
  if (WHOLE_WORDS) s->u64 = v;
  else s->u32 = v;
}
static inline void put_i32(vmi_slot *s, int32_t v) { put_u32(s, (uint32_t)v); }
static inline void put_f32(vmi_slot *s, float v) { put_u32(s, vmi_f32_bits(v)); }
static inline void put_u64(vmi_slot *s, uint64_t v) { s->u64 = v; }
static inline void put_i64(vmi_slot *s, int64_t v) { s->i64 = v; }
static inline void put_f64(vmi_slot *s, double v) { s->f64 = v; }
static inline void put_ref(vmi_slot *s, vmi_obj *v) { s->ref = v; }

/* ---- the loop ---- */

#define A fp[ip[1].a]
#define B fp[ip[1].b]
#define C fp[ip[1].c]
#define D fp[ip[1].d]
#define INST ((vmi_instance *)fp[1].ptr)

#define NEXT(words)                                                                               \
  do {                                                                                            \
    ip += (words);                                                                                \
    goto *ip->op;                                                                                 \
  } while (0)

#define CHECK(code)                                                                               \
  do {                                                                                            \
    trap = (code);                                                                                \
    if (VMI_UNLIKELY(trap != 0)) goto raise;                                                      \
  } while (0)

#define CHECK_IF(condition, code)                                                                 \
  do {                                                                                            \
    if (VMI_UNLIKELY(condition)) {                                                                \
      trap = (code);                                                                              \
      goto raise;                                                                                 \
    }                                                                                             \
  } while (0)

/* Before anything that may look at the frame; w: the word with the id. */
#define SAVE(w)                                                                                   \
  do {                                                                                            \
    fp[2].u64 = ip[w].u64;                                                                        \
    t->frame = fp;                                                                                \
  } while (0)

/* A jump's direction is known when it is translated: only backward ones poll and count. */
#define GO_BACK(distance)                                                                         \
  do {                                                                                            \
    target = ip + (distance);                                                                     \
    if (VMI_UNLIKELY(stop_requested(t))) goto back;                                               \
    if (count) goto counted;                                                                      \
    ip = target;                                                                                  \
    NEXT(0);                                                                                      \
  } while (0)

#define GO(distance)                                                                              \
  do {                                                                                            \
    int64_t go = (distance);                                                                      \
    if (go <= 0) GO_BACK(go);                                                                     \
    NEXT(go);                                                                                     \
  } while (0)

/* The running function's instance is to be `inst`; it mostly is. */
#define RUN_IN(inst)                                                                              \
  do {                                                                                            \
    vmi_instance *in = (inst);                                                                    \
    if (VMI_UNLIKELY(in != t->instance)) {                                                        \
      t->instance = in;                                                                           \
      memory = memory_of(in);                                                                     \
    }                                                                                             \
  } while (0)

/* To the caller at `link`. A frame keeps where its caller goes on, and ends where its callee's
 * began: what a return needs are two loads that do not wait for each other, and the next call waits
 * for neither. */
#define LEAVE                                                                                     \
  do {                                                                                            \
    ip = fp[3].ptr;                                                                               \
    top = fp;                                                                                     \
    fp = link;                                                                                    \
    RUN_IN(fp[1].ptr);                                                                            \
  } while (0)

#define RETURN(result)                                                                            \
  do {                                                                                            \
    vmi_slot value = (result);                                                                    \
    link = fp[0].ptr;                                                                             \
    if (VMI_UNLIKELY(fp == base)) {                                                               \
      fp[0] = value;                                                                              \
      goto returned_base;                                                                         \
    }                                                                                             \
    LEAVE;                                                                                        \
    A = value;                                                                                    \
    NEXT(5);                                                                                      \
  } while (0)

#define MEMBER(ctype, s)                                                                          \
  (*_Generic((ctype)0, int32_t: &(s).i32, uint32_t: &(s).u32, int64_t: &(s).i64,                  \
             uint64_t: &(s).u64, float: &(s).f32, double: &(s).f64))

#define PUT(ctype, s, value)                                                                      \
  _Generic((ctype)0, int32_t: put_i32, uint32_t: put_u32, int64_t: put_i64, uint64_t: put_u64,    \
           float: put_f32, double: put_f64)(&(s), (value))

#define RETURN_NUMBER(ctype, number)                                                              \
  do {                                                                                            \
    vmi_slot result;                                                                              \
    PUT(ctype, result, number);                                                                   \
    RETURN(result);                                                                               \
  } while (0)

/* A row in its general form: operands all in their slots, sp behind them as in tier 0; immediates
 * in words 2 and 3, id in word 4. */
#define GENERAL vmi_slot *sp = fp + ip[1].a
#define IMM0 ip[2].lo
#define IMM1 ip[3].lo

/* Other threads run this code, too: whose bits get lost enters them again. */
static __attribute__((noinline, cold)) void learn(const vmi_thread *t, vmi_qword *ip, uint32_t seen)
{
  vmi_rt_learn(t, DYN_RECORD, seen);
  __atomic_store_n(&ip[3].u64, DYN_NOTED | seen, __ATOMIC_RELAXED);
}

static inline bool stop_requested(vmi_thread *t)
{
  return atomic_load_explicit(&t->limit, memory_order_relaxed) == 0;
}

/* In blocks that are rare: no register of the loop is to hold it. */
static inline bool switching(vmi_thread *t) { return vmi_isolate_of(t)->engine->switching; }

/* Unlink the frame, which goes on at the label at `offset` in tier 0: whoever called resumes it. */
static void leave_at(vmi_thread *t, vmi_slot *fp, const vmi_code *rec, uint32_t offset)
{
  const vmi_func *f = rec->func;
  fp[2].u64 = VMI_FRAME_ID(rec->index, offset);
  fp[3].u64 = f->labels[vmi_quick_label(f, offset)].ntypes;
  t->frame = fp[0].ptr;
  t->unwind = VMI_UNWIND_LEAVE;
  vmi_isolate_of(t)->slowdowns++;
}

/* Without a thread, only the addresses of the bodies are wanted. */
static const void *const *run(vmi_thread *t, vmi_slot *fp, const vmi_code *rec, uint32_t label)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Woverride-init"
  static const void *const bodies[VMI_Q_COUNT] = {
#define OP(id, code, text, imms, pops, pushes, flags, prose) [VMI_Q_##id] = &&q_##id,
#include "isa.def"
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define ALU2(id, code, text, type, ctype, cop, gop, prose)                                        \
  [VMI_QK_##id] = &&qk_##id, [VMI_QL_##id] = &&ql_##id, [VMI_QV_##id] = &&qv_##id,                \
  [VMI_QVK_##id] = &&qvk_##id, [VMI_QVL_##id] = &&qvl_##id,
#define CMP2(id, code, text, type, ctype, cop, gop, prose)                                        \
  [VMI_QK_##id] = &&qk_##id, [VMI_QB_##id] = &&qb_##id, [VMI_QU_##id] = &&qu_##id,                \
  [VMI_QBK_##id] = &&qbk_##id, [VMI_QUK_##id] = &&quk_##id, [VMI_QBB_##id] = &&qbb_##id,          \
  [VMI_QUB_##id] = &&qub_##id, [VMI_QBKB_##id] = &&qbkb_##id, [VMI_QUKB_##id] = &&qukb_##id,      \
  [VMI_QR_##id] = &&qr_##id, [VMI_QRU_##id] = &&qru_##id, [VMI_QRK_##id] = &&qrk_##id,            \
  [VMI_QRUK_##id] = &&qruk_##id,
#define DYN1(id, code, text, fn, prose)
#define DYN2(id, code, text, fn, prose) [VMI_QK_##id] = &&qk_##id,
#define DYNCMP(id, code, text, fn, prose) [VMI_QK_##id] = &&qk_##id, DYN_ADDRESSES(id)
#define ADDRESS_OF(form, id) [VMI_Q##form##_##id] = &&q##form##_##id,
#define LOAD(id, code, text, push, ctype, prose) VMI_OFTEN(id, VMI_MEMORY_FORMS(ADDRESS_OF, id))
#define STORE(id, code, text, pop, ctype, prose)                                                  \
  VMI_OFTEN(id, VMI_MEMORY_FORMS(ADDRESS_OF, id) VMI_MEMORY_FORMS_N(ADDRESS_OF, id))
#include "isa.def"
#define BINK(id, out, expression) [VMI_QK_##id] = &&qk_##id,
#include "quick_num.def"
#define OPERAND_OF(form, id, ...) [VMI_Q##form##_##id] = &&q##form##_##id,
#define OPERANDS_OF(id, row, out, expression) VMI_MEMORY_FORMS(OPERAND_OF, id)
  VMI_MEMORY_OPERANDS(OPERANDS_OF)
#define SHIFTED_OF(op, shift) [VMI_Q_##op##_##shift] = &&q_##op##_##shift,
  VMI_SHIFTED(SHIFTED_OF)
#define LOOP_OF(relation, ctype, cop)                                                             \
  [VMI_Q_LOOP_##relation] = &&q_LOOP_##relation, [VMI_Q_LOOPK_##relation] = &&q_LOOPK_##relation, \
  [VMI_Q_LOOPR_##relation] = &&q_LOOPR_##relation,
  VMI_LOOP_RELATIONS(LOOP_OF)
#define Q(name, text) [VMI_Q_##name] = &&q_##name,
#include "quick.def"
  };
#pragma GCC diagnostic pop
  if (t == NULL) return bodies;

  vmi_slot *const base = fp;
  const bool meter = vmi_isolate_of(t)->engine->meter_fuel;
  const bool count = meter || switching(t) || vmi_isolate_of(t)->engine->jit_ops != NULL;
  vmi_entry *const quick_entry = vmi_quick_entry;
  const vmi_qword *ip;
  vmi_slot *top;
  const vmi_memory_inst *memory = memory_of(t->instance);
  /* handed to the shared parts behind the bodies */
  const vmi_qword *target;  /* back */
  uint32_t trap;            /* raise */
  vmi_func_obj *object;
  uint32_t func;            /* slow_path */
  const vmi_code *to;       /* call_code, tail_code, enter */
  vmi_instance *to_inst;
  vmi_obj *env;             /* tail_object */
  vmi_slot *callee, *link;  /* enter, returned, leave */
  const vmi_qword *ret;     /* returned: callee[3], which the callee's results may lie over */
  vmi_entry *entry;         /* of `to` */

  if (label != VMI_NO_INDEX) {
    const vmi_quick *q = quick_of(rec);
    ip = q->code + q->labels[label];
    top = fp + rec->func->frame_size;
    NEXT(0);
  }
  to = rec;
  to_inst = t->instance;
  callee = fp;
  link = t->frame;

enter: { /* run `to` of to_inst == t->instance at `callee`, where its arguments are, for `link` */
  const vmi_quick *q = quick_of(to);
  uintptr_t limit = atomic_load_explicit(&t->limit, memory_order_relaxed);
  bool dry = count && meter && --t->fuel < 0;
  if (VMI_UNLIKELY((uintptr_t)callee + q->frame_bytes > limit || dry)) {
    t->frame = link;
    if (vmi_rt_enter(t, callee, q->id, to->func->frame_size) != 0) goto leave;
  }
  callee[0].ptr = link;
  callee[1].ptr = to_inst;
  callee[2].u64 = q->id;
  fp = callee;
  top = fp + q->frame_bytes / sizeof *fp;
  for (uint32_t i = q->zero_from; i < q->zero_to; i++) fp[i].u64 = 0;
  ip = q->code;
  if (count) {
    int64_t *heat = &to_inst->heat[to->index];
    if (VMI_UNLIKELY((*heat -= q->cost) < 0)) {
      t->frame = fp;
      vmi_rt_hot(t, to_inst, to->index);
    }
  }
  NEXT(0);
}

  /* ---- bodies from the table ---- */

#define GO_ON(distance) NEXT(distance)
#define COMPARE_JUMPS(id, ctype, cop, direction, go)                                              \
  qb##direction##_##id : if (MEMBER(ctype, A) cop MEMBER(ctype, B)) go(ip[1].to);                 \
  NEXT(2);                                                                                        \
  qu##direction##_##id : if (!(MEMBER(ctype, A) cop MEMBER(ctype, B))) go(ip[1].to);              \
  NEXT(2);                                                                                        \
  qbk##direction##_##id : if (MEMBER(ctype, A) cop MEMBER(ctype, ip[2].k)) go(ip[1].to);          \
  NEXT(3);                                                                                        \
  quk##direction##_##id : if (!(MEMBER(ctype, A) cop MEMBER(ctype, ip[2].k))) go(ip[1].to);       \
  NEXT(3);
#define OP(id, code, text, imms, pops, pushes, flags, prose)
#define ALU2(id, code, text, type, ctype, cop, gop, prose)                                        \
  q_##id : PUT(ctype, A, MEMBER(ctype, B) cop MEMBER(ctype, C));                                  \
  NEXT(2);                                                                                        \
  qk_##id : PUT(ctype, A, MEMBER(ctype, B) cop MEMBER(ctype, ip[2].k));                           \
  NEXT(3);                                                                                        \
  ql_##id : PUT(ctype, A, MEMBER(ctype, ip[2].k) cop MEMBER(ctype, B));                           \
  NEXT(3);                                                                                        \
  qv_##id : RETURN_NUMBER(ctype, MEMBER(ctype, B) cop MEMBER(ctype, C));                          \
  qvk_##id : RETURN_NUMBER(ctype, MEMBER(ctype, B) cop MEMBER(ctype, ip[2].k));                   \
  qvl_##id : RETURN_NUMBER(ctype, MEMBER(ctype, ip[2].k) cop MEMBER(ctype, B));
#define CMP2(id, code, text, type, ctype, cop, gop, prose)                                        \
  q_##id : put_i32(&A, MEMBER(ctype, B) cop MEMBER(ctype, C));                                    \
  NEXT(2);                                                                                        \
  qk_##id : put_i32(&A, MEMBER(ctype, B) cop MEMBER(ctype, ip[2].k));                             \
  NEXT(3);                                                                                        \
  COMPARE_JUMPS(id, ctype, cop, , GO_ON)                                                          \
  COMPARE_JUMPS(id, ctype, cop, b, GO_BACK)                                                       \
  qr_##id : if (MEMBER(ctype, A) cop MEMBER(ctype, B)) RETURN(D);                                 \
  NEXT(2);                                                                                        \
  qru_##id : if (!(MEMBER(ctype, A) cop MEMBER(ctype, B))) RETURN(D);                             \
  NEXT(2);                                                                                        \
  qrk_##id : if (MEMBER(ctype, A) cop MEMBER(ctype, ip[2].k)) RETURN(D);                          \
  NEXT(3);                                                                                        \
  qruk_##id : if (!(MEMBER(ctype, A) cop MEMBER(ctype, ip[2].k))) RETURN(D);                      \
  NEXT(3);
#define CVT(id, code, text, pop, push, ctype, prose)                                              \
  q_##id : {                                                                                      \
    const vmi_slot *a = &B;                                                                       \
    ctype value = (pop)[0] == 'i'   ? (ctype)a->u32                                               \
                  : (pop)[0] == 'I' ? (ctype)a->u64                                               \
                  : (pop)[0] == 'f' ? (ctype)a->f32                                               \
                                    : (ctype)a->f64;                                              \
    switch ((push)[0]) {                                                                          \
    case 'i': put_u32(&A, (uint32_t)value); break;                                                \
    case 'I': A.u64 = (uint64_t)value; break;                                                     \
    case 'f': put_f32(&A, (float)value); break;                                                   \
    default: A.f64 = (double)value; break;                                                        \
    }                                                                                             \
    NEXT(2);                                                                                      \
  }
#define LOAD_FROM(from, address, push, ctype, words)                                              \
  do {                                                                                            \
    const vmi_memory_inst *const read = (from);                                                   \
    uint64_t at = (address);                                                                      \
    CHECK_IF(at + sizeof(ctype) > read->size, VM_TRAP_MEMORY_BOUNDS);                             \
    uint64_t bits = vmi_le_get(read->base + at, sizeof(ctype));                                   \
    switch ((push)[0]) {                                                                          \
    case 'i': put_u32(&A, (uint32_t)(ctype)bits); break;                                          \
    case 'I': A.u64 = (uint64_t)(ctype)bits; break;                                               \
    case 'f': put_u32(&A, (uint32_t)bits); break;                                                 \
    default: A.u64 = bits; break;                                                                 \
    }                                                                                             \
    NEXT(words);                                                                                  \
  } while (0)
#define STORE_TO(to, address, pop, ctype, value, words)                                           \
  do {                                                                                            \
    const vmi_memory_inst *const written = (to);                                                  \
    uint64_t at = (address);                                                                      \
    bool narrow = (pop)[0] == 'i' || (pop)[0] == 'f';                                             \
    CHECK_IF(at + sizeof(ctype) > written->size, VM_TRAP_MEMORY_BOUNDS);                          \
    vmi_le_put(written->base + at, narrow ? (value).u32 : (value).u64, sizeof(ctype));            \
    NEXT(words);                                                                                  \
  } while (0)
/* Of memory 0; see VMI_MEMORY_FORMS. */
#define ADDRESS_M ((uint64_t)B.u32 + ip[2].lo)
#define ADDRESS_MK ((uint64_t)(B.u32 + ip[2].hi) + ip[2].lo)
#define ADDRESS_MX ((uint64_t)(B.u32 + C.u32 + ip[2].hi) + ip[2].lo)
#define ADDRESS_MS ((uint64_t)((B.u32 << (ip[1].d & 31)) + ip[2].hi) + ip[2].lo)
#define ADDRESS_MY ((uint64_t)((B.u32 << (ip[1].d & 31)) + C.u32 + ip[2].hi) + ip[2].lo)
#define ADDRESS_MC ((uint64_t)ip[2].hi + ip[2].lo)
#define ADDRESS_MN ADDRESS_M
#define ADDRESS_MXN ADDRESS_MX
#define LOAD_BODY(form, id, push, ctype)                                                          \
  q##form##_##id : LOAD_FROM(memory, ADDRESS_##form, push, ctype, 3);
#define STORE_BODY(form, id, pop, ctype, value, words)                                            \
  q##form##_##id : STORE_TO(memory, ADDRESS_##form, pop, ctype, value, words);
/* Of any memory; word 2: lo the offset, hi the memory. */
#define LOAD(id, code, text, push, ctype, prose)                                                  \
  q_##id : LOAD_FROM(INST->memories[ip[2].hi], ADDRESS_M, push, ctype, 3);                        \
  VMI_OFTEN(id, VMI_MEMORY_FORMS(LOAD_BODY, id, push, ctype))
#define STORE(id, code, text, pop, ctype, prose)                                                  \
  q_##id : STORE_TO(INST->memories[ip[2].hi], (uint64_t)A.u32 + ip[2].lo, pop, ctype, B, 3);      \
  VMI_OFTEN(id, VMI_MEMORY_FORMS(STORE_BODY, id, pop, ctype, A, 3))                               \
  VMI_OFTEN(id, VMI_MEMORY_FORMS_N(STORE_BODY, id, pop, ctype, ip[3].k, 4))
#define DYN1(id, code, text, fn, prose) DYN_BODY1(id, fn)
#define CALLOP(id, code, text, imms, pops, pushes, flags, fn, prose)                              \
  q_##id : {                                                                                      \
    GENERAL;                                                                                      \
    if ((flags) & F_ALLOC) SAVE(4);                                                               \
    uint64_t result = fn(t, IMM0, sp - (sizeof(pops) - 1));                                       \
    CHECK(t->trap_code);                                                                          \
    if ((pushes)[0] == 'i') put_u32(&sp[1 - (int)sizeof(pops)], (uint32_t)result);                \
    else if ((pushes)[0] != '\0') sp[1 - (int)sizeof(pops)].u64 = result;                         \
    NEXT(5);                                                                                      \
  }
#define DYN2(id, code, text, fn, prose) DYN_BODY2(id, fn, u64)
#define DYNCMP(id, code, text, fn, prose) DYN_BODY2(id, fn, u32) DYN_BODY_JUMPS(id, fn)
#include "isa.def"

  /* ---- bodies from quick_num.def ---- */

#define UN(id, out, expression)                                                                   \
  q_##id : {                                                                                      \
    const vmi_slot *a = &B;                                                                       \
    put_##out(&A, (expression));                                                                  \
    NEXT(2);                                                                                      \
  }
#define BIN(id, out, expression)                                                                  \
  q_##id : {                                                                                      \
    const vmi_slot *a = &B, *b = &C;                                                              \
    put_##out(&A, (expression));                                                                  \
    NEXT(2);                                                                                      \
  }
#define BINK(id, out, expression)                                                                 \
  BIN(id, out, expression)                                                                        \
  qk_##id : {                                                                                     \
    const vmi_slot *a = &B, *b = &ip[2].k;                                                        \
    put_##out(&A, (expression));                                                                  \
    NEXT(3);                                                                                      \
  }
#define UNT(id, in, out, function)                                                                \
  q_##id : {                                                                                      \
    vmi_slot r;                                                                                   \
    CHECK(function(B.in, &r.out));                                                                \
    put_##out(&A, r.out);                                                                         \
    NEXT(2);                                                                                      \
  }
#define BINT(id, in, function)                                                                    \
  q_##id : {                                                                                      \
    vmi_slot r;                                                                                   \
    CHECK(function(B.in, C.in, &r.in));                                                           \
    put_##in(&A, r.in);                                                                           \
    NEXT(2);                                                                                      \
  }
/* Through a local: the builtin writes its result on overflow too, and a may be a live local. */
#define CHECKED(id, in, function)                                                                 \
  q_##id : {                                                                                      \
    vmi_slot r;                                                                                   \
    CHECK_IF(function(B.in, C.in, &r.in), VM_TRAP_INTEGER_OVERFLOW);                              \
    put_##in(&A, r.in);                                                                           \
    NEXT(2);                                                                                      \
  }
#define UNTEST(id, bad, code, out, expression)                                                    \
  q_##id : {                                                                                      \
    const vmi_slot *a = &B;                                                                       \
    CHECK_IF(bad, code);                                                                          \
    put_##out(&A, (expression));                                                                  \
    NEXT(2);                                                                                      \
  }
#define BINTEST(id, bad, code, out, expression)                                                   \
  q_##id : {                                                                                      \
    const vmi_slot *a = &B, *b = &C;                                                              \
    CHECK_IF(bad, code);                                                                          \
    put_##out(&A, (expression));                                                                  \
    NEXT(2);                                                                                      \
  }
#include "quick_num.def"

  /* ---- moves ---- */

q_MOVE:
  A = B;
  NEXT(2);
q_MOVE2:
  A = B;
  C = D;
  NEXT(2);
q_MOVE3:
  A = B;
  C = D;
  fp[ip[2].a] = fp[ip[2].b];
  NEXT(3);
q_MOVE4:
  A = B;
  C = D;
  fp[ip[2].a] = fp[ip[2].b];
  fp[ip[2].c] = fp[ip[2].d];
  NEXT(3);
q_CONST:
  A = ip[2].k;
  NEXT(3);
q_EXCHANGE: {
  vmi_slot was = A;
  A = B;
  B = was;
  NEXT(2);
}
q_CHOOSE:
  A = D.i32 != 0 ? B : C;
  NEXT(2);
q_CHOOSE_K1:
  A = D.i32 != 0 ? ip[2].k : C;
  NEXT(3);
q_CHOOSE_K2:
  A = D.i32 != 0 ? B : ip[2].k;
  NEXT(3);
q_CHOOSE_KK:
  A = D.i32 != 0 ? ip[2].k : ip[3].k;
  NEXT(4);
q_GLOBAL_OWN:
  A = INST->globals[ip[2].lo];
  NEXT(3);
q_GLOBAL_OWN_PUT:
  INST->globals[ip[2].lo] = A;
  NEXT(3);
q_GLOBAL_GET:
  A = *INST->imported_globals[ip[2].lo];
  NEXT(3);
q_GLOBAL_SET:
  *INST->imported_globals[ip[2].lo] = A;
  NEXT(3);

  /* ---- jumps ---- */

q_JUMP:
  GO_ON(ip[1].to);
q_JUMP_BACK:
  GO_BACK(ip[1].to);
#define JUMP(name, condition)                                                                     \
  q_##name : if (condition) GO_ON(ip[1].to);                                                      \
  NEXT(2);                                                                                        \
  q_##name##_BACK : if (condition) GO_BACK(ip[1].to);                                             \
  NEXT(2);
  JUMP(JUMP_IF, A.i32 != 0)
  JUMP(JUMP_UNLESS, A.i32 == 0)
  JUMP(JUMP_NULL, A.ref == NULL)
  JUMP(JUMP_NOT_NULL, A.ref != NULL)
  JUMP(JUMP_INT, vmi_dyn_is_int(A.u64))
  JUMP(JUMP_NOT_INT, !vmi_dyn_is_int(A.u64))
q_TABLE_JUMP: {
  uint32_t i = A.u32 + ip[2].hi, n = ip[2].lo;
  GO(ip[3 + (i < n ? i : n)].i64);
}

  /* ---- calls ---- */

q_RETURN_NONE:
  link = fp[0].ptr;
  if (VMI_UNLIKELY(fp == base)) goto returned_base;
  LEAVE;
  NEXT(5);
q_RETURN_ONE:
  RETURN(A);
q_RETURN_K:
  RETURN(ip[2].k);
q_RETURN_MANY:
  link = fp[0].ptr;
  ret = fp[3].ptr;
  copy_slots(fp, &A, ip[1].b);
  callee = fp;
  goto returned;
/* What call_code and enter do, without their rare cases. */
#define CALL(q, end, prepare)                                                                     \
  do {                                                                                            \
    if (count) {                                                                                  \
      int64_t *heat = &to_inst->heat[to->index];                                                  \
      if (VMI_UNLIKELY(meter || *heat < (q)->cost)) goto call_code;                               \
      *heat -= (q)->cost;                                                                         \
    }                                                                                             \
    prepare;                                                                                      \
    fp[2].u64 = ip[2].u64;                                                                        \
    callee[0].ptr = fp;                                                                           \
    callee[1].ptr = to_inst;                                                                      \
    callee[2].u64 = (q)->id;                                                                      \
    callee[3].ptr = (void *)ip;                                                                   \
    fp = callee;                                                                                  \
    top = (end);                                                                                  \
    ip = (q)->code;                                                                               \
    vmi_slot *zero = fp + (q)->zero_from, *zeroed = fp + (q)->zero_to;                              \
    while (zero < zeroed) (zero++)->u64 = 0;                                                      \
    NEXT(0);                                                                                      \
  } while (0)

q_CALL_FUNC: {
  to = ip[3].ptr;
  to_inst = INST;
  callee = top;
  vmi_slot *end = callee + ip[1].b;
  const vmi_quick *q = __atomic_load_n(&ip[4].ptr, __ATOMIC_ACQUIRE);
  uintptr_t limit = atomic_load_explicit(&t->limit, memory_order_relaxed);
  if (VMI_UNLIKELY(q == NULL || (uintptr_t)end > limit ||
                   atomic_load_explicit(&to->entry, memory_order_acquire) != quick_entry)) {
    /* Once: other threads run this code too, and a callee that is compiled comes here every time. */
    if (q == NULL && quick_of(to) != NULL)
      __atomic_store_n(&((vmi_qword *)ip)[4].ptr, quick_of(to), __ATOMIC_RELEASE);
    goto call_code;
  }
  CALL(q, end, );
}
q_CALL_IMPORT:
  object = INST->imports[ip[3].lo];
  goto call_object;
q_CALL_INDIRECT:
  CHECK(table_callee(INST, &ip[3], D.u32, &object));
  goto call_found;
q_CALL_REF:
  object = D.ptr;
  CHECK_IF(object == NULL, VM_TRAP_NULL_REFERENCE);
call_found:
  to = object->code;
  to_inst = object->instance;
  callee = top;
  callee[VMI_FRAME_HEADER + ip[1].b].ref = object->env;
call_quickly: { /* if `to` of `to_inst` has register code; its arguments are at callee == top */
  const vmi_quick *q = quick_of(to);
  uintptr_t limit = atomic_load_explicit(&t->limit, memory_order_relaxed);
  if (VMI_UNLIKELY(q == NULL || (uintptr_t)callee + q->frame_bytes > limit ||
                   atomic_load_explicit(&to->entry, memory_order_acquire) != quick_entry))
    goto call_code;
  CALL(q, callee + q->frame_bytes / sizeof *callee, RUN_IN(to_inst));
}
q_TAIL_FUNC:
  to = ip[3].ptr;
  to_inst = INST;
  copy_slots(fp + VMI_FRAME_HEADER, &A, ip[1].b);
  goto tail_code;
q_TAIL_IMPORT:
  object = INST->imports[ip[3].lo];
  goto tail_object;
q_RETURN_CALL_INDIRECT:
  CHECK(table_callee(INST, &ip[3], D.u32, &object));
  goto tail_object;
q_RETURN_CALL_REF:
  object = D.ptr;
  CHECK_IF(object == NULL, VM_TRAP_NULL_REFERENCE);
  goto tail_object;

  /* ---- properties and dynamic calls: quick_dyn.h ---- */

#define SITE ((vmi_site *)((char *)INST->sites + ip[4].u64))

q_DYN_GET: {
  vmi_site *site = SITE;
  uint64_t o = B.u64, value;
  if (VMI_LIKELY(vmi_site_fast(site, o))) {
    A.u64 = *vmi_site_cell(site, B.ptr);
    NEXT(VMI_DYN_WORDS);
  }
  if (VMI_UNLIKELY(!vmi_site_get(t, site, site->name, o, &value))) {
    top[VMI_FRAME_HEADER + 1].ptr = site->name;
    goto slow_one;
  }
  A.u64 = value;
  NEXT(VMI_DYN_WORDS);
}
q_DYN_SET: {
  vmi_site *site = SITE;
  if (VMI_LIKELY(vmi_site_set_fast(t, site, B.u64, D.u64))) NEXT(VMI_DYN_WORDS);
  SAVE(2);
  trap = vmi_rt_site_set(t, site, site->name, B.u64, D.u64);
  if (VMI_LIKELY(trap == 0)) NEXT(VMI_DYN_WORDS);
  if (trap != VMI_SLOW_PATH) goto raise;
  top[VMI_FRAME_HEADER + 2].ptr = site->name;
  goto slow_two;
}
q_DYN_INVOKE: {
  vmi_site *site = SITE;
  if (VMI_LIKELY(vmi_site_fast(site, top[VMI_FRAME_HEADER].u64) && site->first.epoch == t->shape_epoch &&
                 *vmi_site_cell(site, site->first.holder) == vmi_word_of(site->callee))) {
    object = site->callee;
    goto call_found;
  }
  uint64_t method = VMI_DYN_NIL;
  (void)vmi_site_method(t, site, site->name, top[VMI_FRAME_HEADER].u64, &method);
  object = vmi_site_callee(site, method);
  if (VMI_LIKELY(object != NULL)) {
    vmi_site_calls(t, site, object);
    goto call_found;
  }
  top[VMI_FRAME_HEADER + ip[1].b].ptr = site->name;
  goto slow_path;
}
q_DYN_CALL: {
  vmi_site *site = SITE;
  object = site->callee;
  if (VMI_LIKELY(D.u64 == vmi_word_of(object))) goto call_found;
  object = vmi_site_callee(site, D.u64);
  if (VMI_LIKELY(object != NULL)) {
    vmi_site_calls(t, site, object);
    goto call_found;
  }
  vmi_slot *args = top + VMI_FRAME_HEADER;
  for (uint32_t i = ip[1].b; i > 0; i--) args[i] = args[i - 1];
  args[0] = D;
  goto slow_path;
}

  /* ---- exceptions ---- */

q_UNREACHABLE:
  trap = VM_TRAP_UNREACHABLE;
  goto raise;
q_THROW:
  vmi_rt_throw(t, A.u64, ip[2].u64);
  fp[2].u64 = ip[2].u64;
  goto unwind;
q_RETHROW:
  vmi_rt_rethrow(t, A.ptr, ip[2].u64);
  fp[2].u64 = ip[2].u64;
  goto unwind;

  /* ---- fields and elements ---- */

#define FIELD_GET(name, ctype, out)                                                               \
  q_##name : {                                                                                    \
    const char *p = B.ptr;                                                                        \
    ctype value;                                                                                  \
    CHECK_IF(p == NULL, VM_TRAP_NULL_REFERENCE);                                                  \
    __builtin_memcpy(&value, p + ip[1].c, sizeof value);                                          \
    put_##out(&A, value);                                                                         \
    NEXT(2);                                                                                      \
  }
  FIELD_GET(GET4, uint32_t, u32)
  FIELD_GET(GET8, uint64_t, u64)
  FIELD_GET(GET_S8, int8_t, i32)
  FIELD_GET(GET_S16, int16_t, i32)
  FIELD_GET(GET_U8, uint8_t, u32)
  FIELD_GET(GET_U16, uint16_t, u32)

#define FIELD_SET(name, ctype, in, barrier)                                                       \
  q_##name : {                                                                                    \
    char *p = A.ptr;                                                                              \
    CHECK_IF(p == NULL, VM_TRAP_NULL_REFERENCE);                                                  \
    if (barrier) vmi_gc_barrier(t->heap, (vmi_obj *)p);                                           \
    ctype value = (ctype)B.in;                                                                    \
    __builtin_memcpy(p + ip[1].c, &value, sizeof value);                                          \
    NEXT(2);                                                                                      \
  }
  FIELD_SET(SET1, uint8_t, u32, false)
  FIELD_SET(SET2, uint16_t, u32, false)
  FIELD_SET(SET4, uint32_t, u32, false)
  FIELD_SET(SET8, uint64_t, u64, false)
  FIELD_SET(SET_REF, uint64_t, u64, true)

#define FIELD_SET_K(name, ctype, in, barrier)                                                     \
  q_##name : {                                                                                    \
    char *p = A.ptr;                                                                              \
    ctype value = (ctype)ip[2].k.in;                                                              \
    CHECK_IF(p == NULL, VM_TRAP_NULL_REFERENCE);                                                  \
    if (barrier) vmi_gc_barrier(t->heap, (vmi_obj *)p);                                           \
    __builtin_memcpy(p + ip[1].c, &value, sizeof value);                                          \
    NEXT(3);                                                                                      \
  }
  FIELD_SET_K(SETK1, uint8_t, u32, false)
  FIELD_SET_K(SETK4, uint32_t, u32, false)
  FIELD_SET_K(SETK8, uint64_t, u64, false)
  FIELD_SET_K(SETK_REF, uint64_t, u64, true)

#define ELEMENT_GET(name, ctype, out)                                                             \
  q_##name : {                                                                                    \
    char *p;                                                                                      \
    ctype value;                                                                                  \
    CHECK(element_at(&B, &C, sizeof value, &p));                                                  \
    __builtin_memcpy(&value, p, sizeof value);                                                    \
    put_##out(&A, value);                                                                         \
    NEXT(2);                                                                                      \
  }
  ELEMENT_GET(AGET4, uint32_t, u32)
  ELEMENT_GET(AGET8, uint64_t, u64)
  ELEMENT_GET(AGET_S8, int8_t, i32)
  ELEMENT_GET(AGET_S16, int16_t, i32)
  ELEMENT_GET(AGET_U8, uint8_t, u32)
  ELEMENT_GET(AGET_U16, uint16_t, u32)

#define ELEMENT_SET(name, ctype, in, barrier)                                                     \
  q_##name : {                                                                                    \
    char *p;                                                                                      \
    ctype value = (ctype)C.in;                                                                    \
    CHECK(element_at(&A, &B, sizeof value, &p));                                                  \
    if (barrier) vmi_gc_barrier(t->heap, A.ref);                                                  \
    __builtin_memcpy(p, &value, sizeof value);                                                    \
    NEXT(2);                                                                                      \
  }
  ELEMENT_SET(ASET1, uint8_t, u32, false)
  ELEMENT_SET(ASET2, uint16_t, u32, false)
  ELEMENT_SET(ASET4, uint32_t, u32, false)
  ELEMENT_SET(ASET8, uint64_t, u64, false)
  ELEMENT_SET(ASET_REF, uint64_t, u64, true)

  /* ---- superinstructions ---- */

#define ELEMENT_GET_AT(name, ctype, out, offset)                                                  \
  q_##name : {                                                                                    \
    char *p;                                                                                      \
    ctype value;                                                                                  \
    vmi_slot index = {.u32 = C.u32 + (offset)};                                                   \
    CHECK(element_at(&B, &index, sizeof value, &p));                                              \
    __builtin_memcpy(&value, p, sizeof value);                                                    \
    put_##out(&A, value);                                                                         \
    NEXT(2);                                                                                      \
  }
  ELEMENT_GET_AT(AGETX4, uint32_t, u32, D.u32)
  ELEMENT_GET_AT(AGETX8, uint64_t, u64, D.u32)
  ELEMENT_GET_AT(AGETX_U8, uint8_t, u32, D.u32)
  ELEMENT_GET_AT(AGETK4, uint32_t, u32, (uint32_t)(int16_t)ip[1].d)
  ELEMENT_GET_AT(AGETK8, uint64_t, u64, (uint32_t)(int16_t)ip[1].d)
  ELEMENT_GET_AT(AGETK_U8, uint8_t, u32, (uint32_t)(int16_t)ip[1].d)

#define ELEMENT_SET_K(name, ctype, in)                                                            \
  q_##name : {                                                                                    \
    char *p;                                                                                      \
    ctype value = (ctype)ip[2].k.in;                                                              \
    CHECK(element_at(&A, &B, sizeof value, &p));                                                  \
    __builtin_memcpy(p, &value, sizeof value);                                                    \
    NEXT(3);                                                                                      \
  }
  ELEMENT_SET_K(ASETK1, uint8_t, u32)
  ELEMENT_SET_K(ASETK4, uint32_t, u32)
  ELEMENT_SET_K(ASETK8, uint64_t, u64)

#define ELEMENT_SET_AT(name, ctype, in, offset)                                                   \
  q_##name : {                                                                                    \
    char *p;                                                                                      \
    ctype value = (ctype)C.in;                                                                    \
    vmi_slot index = {.u32 = B.u32 + (offset)};                                                   \
    CHECK(element_at(&A, &index, sizeof value, &p));                                              \
    __builtin_memcpy(p, &value, sizeof value);                                                    \
    NEXT(2);                                                                                      \
  }
  ELEMENT_SET_AT(ASETX1, uint8_t, u32, D.u32)
  ELEMENT_SET_AT(ASETX4, uint32_t, u32, D.u32)
  ELEMENT_SET_AT(ASETX8, uint64_t, u64, D.u32)
  ELEMENT_SET_AT(ASETI1, uint8_t, u32, (uint32_t)(int16_t)ip[1].d)
  ELEMENT_SET_AT(ASETI4, uint32_t, u32, (uint32_t)(int16_t)ip[1].d)
  ELEMENT_SET_AT(ASETI8, uint64_t, u64, (uint32_t)(int16_t)ip[1].d)

#define ELEMENT_OPERAND(name, words, plus, expression)                                            \
  q_##name : {                                                                                    \
    char *p;                                                                                      \
    double value;                                                                                 \
    vmi_slot index = {.u32 = D.u32 + (plus)};                                                     \
    CHECK(element_at(&C, &index, sizeof value, &p));                                              \
    __builtin_memcpy(&value, p, sizeof value);                                                    \
    A.f64 = (expression);                                                                         \
    NEXT(words);                                                                                  \
  }
  ELEMENT_OPERAND(F64_ADD_ELEM, 2, 0, B.f64 + value)
  ELEMENT_OPERAND(F64_SUB_ELEM, 2, 0, B.f64 - value)
  ELEMENT_OPERAND(F64_MUL_ELEM, 2, 0, B.f64 * value)
  ELEMENT_OPERAND(F64_MULADD_ELEM, 3, 0, fp[ip[2].b].f64 + B.f64 * value)
  ELEMENT_OPERAND(F64_ADD_ELEMX, 3, fp[ip[2].a].u32, B.f64 + value)
  ELEMENT_OPERAND(F64_SUB_ELEMX, 3, fp[ip[2].a].u32, B.f64 - value)
  ELEMENT_OPERAND(F64_MUL_ELEMX, 3, fp[ip[2].a].u32, B.f64 * value)
  ELEMENT_OPERAND(F64_MULADD_ELEMX, 3, fp[ip[2].a].u32, fp[ip[2].b].f64 + B.f64 * value)

#define OPERAND_BODY(form, id, row, out, expression)                                              \
  q##form##_##id : {                                                                              \
    uint64_t at = ADDRESS_##form, size = SIZE_##row;                                              \
    CHECK_IF(at + size > memory->size, VM_TRAP_MEMORY_BOUNDS);                                    \
    uint64_t bits = vmi_le_get(memory->base + at, size);                                          \
    vmi_slot left = fp[ip[3].a], third = fp[ip[3].b], v;                                          \
    (void)third;                                                                                  \
    if (size == 8) v.u64 = bits;                                                                  \
    else v.u32 = (uint32_t)bits;                                                                  \
    put_##out(&A, (expression));                                                                  \
    NEXT(4);                                                                                      \
  }
#define SIZE_F64_LOAD 8
#define SIZE_I32_LOAD 4
#define SIZE_I32_LOAD8_U 1
#define OPERAND_BODIES(id, row, out, expression)                                                  \
  VMI_MEMORY_FORMS(OPERAND_BODY, id, row, out, expression)
  VMI_MEMORY_OPERANDS(OPERAND_BODIES)

#define SHIFT_SHL(value, by) ((value) << ((by) & 31))
#define SHIFT_SHR_U(value, by) ((value) >> ((by) & 31))
#define SHIFT_ROTL(value, by) vmi_rotl32((value), (by))
#define COMBINE_I32_XOR ^
#define COMBINE_I32_OR |
#define COMBINE_I32_AND &
#define COMBINE_I32_ADD +
#define SHIFTED_BODY(op, shift)                                                                   \
  q_##op##_##shift : put_u32(&A, B.u32 COMBINE_##op SHIFT_##shift(C.u32, ip[1].d));               \
  NEXT(2);
  VMI_SHIFTED(SHIFTED_BODY)

q_I32_BITS:
  put_u32(&A, B.u32 >> (ip[1].d & 31) & ip[2].k.u32);
  NEXT(3);
q_I32_ADD3:
  put_u32(&A, B.u32 + C.u32 + D.u32);
  NEXT(2);
q_I32_ADD3K:
  put_u32(&A, B.u32 + C.u32 + ip[2].k.u32);
  NEXT(3);
q_I32_SHLADDK:
  put_u32(&A, (B.u32 << (ip[1].d & 31)) + ip[2].k.u32);
  NEXT(3);
q_I32_SHLADD:
  put_u32(&A, (B.u32 << (ip[1].d & 31)) + C.u32);
  NEXT(2);
q_I32_SHLADD3K:
  put_u32(&A, (B.u32 << (ip[1].d & 31)) + C.u32 + ip[2].k.u32);
  NEXT(3);
q_I32_MULADD:
  put_u32(&A, D.u32 + B.u32 * C.u32);
  NEXT(2);
q_F64_MULADD:
  A.f64 = D.f64 + B.f64 * C.f64;
  NEXT(2);
q_F64_ADDMUL:
  A.f64 = B.f64 * C.f64 + D.f64;
  NEXT(2);
q_F64_MULSUB:
  A.f64 = D.f64 - B.f64 * C.f64;
  NEXT(2);
q_F64_SUBMUL:
  A.f64 = B.f64 * C.f64 - D.f64;
  NEXT(2);

#define FIELD_OPERAND(name, cop)                                                                  \
  q_##name : {                                                                                    \
    const char *p = C.ptr;                                                                        \
    double value;                                                                                 \
    CHECK_IF(p == NULL, VM_TRAP_NULL_REFERENCE);                                                  \
    __builtin_memcpy(&value, p + ip[1].d, sizeof value);                                          \
    A.f64 = B.f64 cop value;                                                                      \
    NEXT(2);                                                                                      \
  }
  FIELD_OPERAND(F64_ADD_FIELD, +)
  FIELD_OPERAND(F64_SUB_FIELD, -)
  FIELD_OPERAND(F64_MUL_FIELD, *)

/* Each of the two reads may trap: the second has its entry in the map at word 2. */
#define FIELD_FIELD(name, cop)                                                                    \
  q_##name : {                                                                                    \
    const char *p = B.ptr, *r = C.ptr;                                                            \
    double left, right;                                                                           \
    CHECK_IF(p == NULL, VM_TRAP_NULL_REFERENCE);                                                  \
    if (VMI_UNLIKELY(r == NULL)) ip += 2;                                                         \
    CHECK_IF(r == NULL, VM_TRAP_NULL_REFERENCE);                                                  \
    __builtin_memcpy(&left, p + ip[2].lo, sizeof left);                                           \
    __builtin_memcpy(&right, r + ip[2].hi, sizeof right);                                         \
    A.f64 = left cop right;                                                                       \
    NEXT(3);                                                                                      \
  }
  FIELD_FIELD(F64_FIELD_ADD, +)
  FIELD_FIELD(F64_FIELD_SUB, -)
  FIELD_FIELD(F64_FIELD_MUL, *)

q_FIELD_ADDK: {
  char *p = A.ptr;
  uint32_t value;
  CHECK_IF(p == NULL, VM_TRAP_NULL_REFERENCE);
  __builtin_memcpy(&value, p + ip[1].c, sizeof value);
  value += ip[2].lo;
  __builtin_memcpy(p + ip[1].c, &value, sizeof value);
  NEXT(3);
}
q_GLOBAL_ADDK: {
  vmi_slot *g = &INST->globals[ip[2].lo];
  put_u32(g, g->u32 + ip[2].hi);
  NEXT(3);
}
#define FIELD_UPDATE(name, cop)                                                                   \
  q_##name : {                                                                                    \
    char *p = A.ptr;                                                                              \
    double value;                                                                                 \
    CHECK_IF(p == NULL, VM_TRAP_NULL_REFERENCE);                                                  \
    __builtin_memcpy(&value, p + ip[1].d, sizeof value);                                          \
    value = value cop B.f64 * C.f64;                                                              \
    __builtin_memcpy(p + ip[1].d, &value, sizeof value);                                          \
    NEXT(2);                                                                                      \
  }
  FIELD_UPDATE(FIELD_MULADD, +)
  FIELD_UPDATE(FIELD_MULSUB, -)

q_DIVK:
  put_i32(&A, B.i32 / ip[2].k.i32);
  NEXT(3);
q_REMK:
  put_i32(&A, B.i32 % ip[2].k.i32);
  NEXT(3);
q_DIVP: {
  uint32_t shift = ip[1].c, bias = (uint32_t)(B.i32 >> 31) >> (32 - shift);
  put_i32(&A, (int32_t)(B.u32 + bias) >> shift);
  NEXT(2);
}

#define LOOP_BODY(name, step, limit, ctype, cop)                                                  \
  q_##name : {                                                                                    \
    uint32_t now = A.u32 + (step);                                                                \
    put_u32(&A, now);                                                                             \
    if ((ctype)now cop (ctype)(limit)) GO_BACK(ip[1].to);                                         \
    NEXT(3);                                                                                      \
  }
#define LOOP(relation, ctype, cop)                                                                \
  LOOP_BODY(LOOP_##relation, ip[2].lo, B.u32, ctype, cop)                                         \
  LOOP_BODY(LOOPK_##relation, ip[2].lo, ip[2].hi, ctype, cop)                                     \
  LOOP_BODY(LOOPR_##relation, fp[ip[2].lo].u32, B.u32, ctype, cop)
  VMI_LOOP_RELATIONS(LOOP)

  /* ---- types ---- */

q_REF_AS_NON_NULL:
  CHECK_IF(A.ref == NULL, VM_TRAP_NULL_REFERENCE);
  NEXT(2);
q_DYN_TO_REF:
  CHECK_IF(A.u64 != VMI_DYN_NIL && !vmi_is_pointer(A.u64), VM_TRAP_DYN_TYPE);
  NEXT(2);
q_REF_CAST:
  CHECK_IF(!has_type(t, INST, A.ref, ip[2].lo), VM_TRAP_CAST_FAILURE);
  NEXT(3);
q_REF_TEST:
  put_i32(&A, has_type(t, INST, B.ref, ip[2].lo));
  NEXT(3);

  /* ---- rows in their general form ---- */

q_MEMORY_SIZE:
  put_u32(&A, INST->memories[ip[2].lo]->pages);
  NEXT(3);
q_TABLE_SIZE:
  put_u32(&A, INST->tables[ip[2].lo]->length);
  NEXT(3);
q_MEMORY_GROW: {
  GENERAL;
  SAVE(4);
  sp[-1].u32 = vmi_rt_memory_grow(t, IMM0, sp[-1].u32);
  NEXT(5);
}
q_MEMORY_COPY: {
  GENERAL;
  CHECK(vmi_rt_memory_copy(t, IMM0, IMM1, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  NEXT(5);
}
q_MEMORY_FILL: {
  GENERAL;
  CHECK(vmi_rt_memory_fill(t, IMM0, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  NEXT(5);
}
q_MEMORY_INIT: {
  GENERAL;
  CHECK(vmi_rt_memory_init(t, IMM0, IMM1, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  NEXT(5);
}
q_DATA_DROP:
  vmi_rt_data_drop(t, IMM0);
  NEXT(5);
q_TABLE_GET: {
  GENERAL;
  const vmi_table_inst *table = INST->tables[IMM0];
  CHECK_IF(sp[-1].u32 >= table->length, VM_TRAP_TABLE_BOUNDS);
  sp[-1] = table->items[sp[-1].u32];
  NEXT(5);
}
q_TABLE_SET: {
  GENERAL;
  const vmi_table_inst *table = INST->tables[IMM0];
  CHECK_IF(sp[-2].u32 >= table->length, VM_TRAP_TABLE_BOUNDS);
  table->items[sp[-2].u32] = sp[-1];
  NEXT(5);
}
q_TABLE_GROW: {
  GENERAL;
  SAVE(4);
  sp[-2].u32 = vmi_rt_table_grow(t, IMM0, sp[-2].ptr, sp[-1].u32);
  NEXT(5);
}
q_TABLE_FILL: {
  GENERAL;
  CHECK(vmi_rt_table_fill(t, IMM0, sp[-3].u32, sp[-2].ptr, sp[-1].u32));
  NEXT(5);
}
q_TABLE_COPY: {
  GENERAL;
  CHECK(vmi_rt_table_copy(t, IMM0, IMM1, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  NEXT(5);
}
q_TABLE_INIT: {
  GENERAL;
  SAVE(4);
  CHECK(vmi_rt_table_init(t, IMM0, IMM1, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  NEXT(5);
}
q_ELEM_DROP:
  vmi_rt_elem_drop(t, IMM0);
  NEXT(5);
q_SYMBOL_CONST: {
  GENERAL;
  sp[0].ptr = INST->symbols[IMM0];
  NEXT(5);
}
q_REF_FUNC: {
  GENERAL;
  SAVE(4);
  void *made = vmi_rt_ref_func(t, IMM0);
  CHECK_IF(made == NULL, t->trap_code);
  sp[0].ptr = made;
  NEXT(5);
}
q_CLOSURE_NEW: {
  GENERAL;
  SAVE(4);
  void *made = vmi_rt_closure_new(t, IMM0, sp[-1].ptr);
  CHECK_IF(made == NULL, t->trap_code);
  sp[-1].ptr = made;
  NEXT(5);
}
q_WEAK_NEW: {
  GENERAL;
  SAVE(4);
  void *made = vmi_rt_weak_new(t, sp[-1].ptr);
  CHECK_IF(made == NULL, t->trap_code);
  sp[-1].ptr = made;
  NEXT(5);
}
q_STRUCT_NEW: {
  GENERAL;
  SAVE(4);
  char *made = vmi_rt_struct_new(t, IMM0);
  CHECK_IF(made == NULL, t->trap_code);
  const vmi_typedef *def = &INST->module->types[IMM0];
  sp -= def->nfields;
  for (uint32_t i = 0; i < def->nfields; i++) { /* a new object needs no barrier */
    vmi_field_set(made + def->fields[i].offset, def->fields[i].type, &sp[i]);
  }
  sp[0].ptr = made;
  NEXT(5);
}
q_STRUCT_NEW_DEFAULT: {
  GENERAL;
  SAVE(4);
  void *made = vmi_rt_struct_new(t, IMM0);
  CHECK_IF(made == NULL, t->trap_code);
  sp[0].ptr = made;
  NEXT(5);
}
q_ARRAY_NEW: {
  GENERAL;
  SAVE(4);
  void *made = vmi_rt_array_new(t, IMM0, sp[-1].u32);
  CHECK_IF(made == NULL, t->trap_code);
  uint64_t bits = vmi_slot_bits(&sp[-2], INST->module->types[IMM0].fields[0].type);
  CHECK(vmi_rt_array_fill(t, IMM0, made, 0, bits, sp[-1].u32));
  sp[-2].ptr = made;
  NEXT(5);
}
q_ARRAY_NEW_DEFAULT: {
  GENERAL;
  SAVE(4);
  void *made = vmi_rt_array_new(t, IMM0, sp[-1].u32);
  CHECK_IF(made == NULL, t->trap_code);
  sp[-1].ptr = made;
  NEXT(5);
}
q_ARRAY_NEW_FIXED: {
  GENERAL;
  SAVE(4);
  uint32_t length = IMM1;
  vmi_array_obj *made = vmi_rt_array_new(t, IMM0, length);
  CHECK_IF(made == NULL, t->trap_code);
  const vmi_typedef *def = &INST->module->types[IMM0];
  sp -= length;
  for (uint32_t i = 0; i < length; i++) { /* a new object needs no barrier */
    vmi_field_set(made->data + (size_t)i * def->size, def->fields[0].type, &sp[i]);
  }
  sp[0].ptr = made;
  NEXT(5);
}
q_ARRAY_NEW_DATA: {
  GENERAL;
  SAVE(4);
  void *made = vmi_rt_array_new_data(t, IMM0, IMM1, sp[-2].u32, sp[-1].u32);
  CHECK_IF(made == NULL, t->trap_code);
  sp[-2].ptr = made;
  NEXT(5);
}
q_ARRAY_COPY: {
  GENERAL;
  CHECK(vmi_rt_array_copy(t, IMM0, IMM1, sp[-5].ptr, sp[-4].u32, sp[-3].ptr, sp[-2].u32,
                          sp[-1].u32));
  NEXT(5);
}
q_ARRAY_FILL: {
  GENERAL;
  uint64_t bits = vmi_slot_bits(&sp[-2], INST->module->types[IMM0].fields[0].type);
  CHECK(vmi_rt_array_fill(t, IMM0, sp[-4].ptr, sp[-3].u32, bits, sp[-1].u32));
  NEXT(5);
}
q_ARRAY_INIT_DATA: {
  GENERAL;
  CHECK(vmi_rt_array_init_data(t, IMM0, IMM1, sp[-4].ptr, sp[-3].u32, sp[-2].u32, sp[-1].u32));
  NEXT(5);
}

q_NOP: /* keeps labels apart */
  NEXT(2);

  /* Rows that are translated to something else. */
q_BR:
q_BR_IF:
q_BR_UNLESS:
q_BR_ON_NULL:
q_BR_ON_NON_NULL:
q_SWITCH:
q_RETURN:
q_CALL:
q_RETURN_CALL:
q_DROP:
q_DUP:
q_SWAP:
q_SELECT:
q_LOCAL_GET:
q_LOCAL_SET:
q_LOCAL_TEE:
q_I32_CONST:
q_I64_CONST:
q_F32_CONST:
q_F64_CONST:
q_I32_REINTERPRET_F32:
q_I64_REINTERPRET_F64:
q_F32_REINTERPRET_I32:
q_F64_REINTERPRET_I64:
q_REF_NULL:
q_REF_EQ:
q_STRUCT_GET:
q_STRUCT_GET_S:
q_STRUCT_GET_U:
q_STRUCT_SET:
q_ARRAY_GET:
q_ARRAY_GET_S:
q_ARRAY_GET_U:
q_ARRAY_SET:
q_DYN_NIL:
q_DYN_SAME:
q_DYN_FROM_REF:
  __builtin_trap();

  /* ---- what the bodies share ---- */

back: /* a taken backward branch at ip, to `target`; something is requested */
  {
    const vmi_code *here = frame_code(fp);
    if (meter) t->fuel--;
    fp[2].u64 = VMI_FRAME_ID(here->index, vmi_quick_pc(quick_of(here), ip));
    t->frame = fp;
    if (vmi_rt_poll(t, fp, fp[2].u64) == 1) {
      callee = fp;
      link = fp[0].ptr;
      goto leave;
    }
    if (!count) {
      ip = target;
      NEXT(0);
    }
    goto heat;
  }
counted: /* a taken backward branch of an engine that counts heat or fuel */
  if (VMI_UNLIKELY(meter && t->fuel <= 0)) goto back;
  if (meter) t->fuel--;
heat: {
  func = (uint32_t)(fp[2].u64 >> 32);
  int64_t *heat = &INST->heat[func];
  *heat -= VMI_HEAT_WORK((ip - target) / 2 + 1);
  if (VMI_UNLIKELY(*heat < 0)) {
    const vmi_code *here = frame_code(fp);
    t->frame = fp;
    vmi_rt_hot(t, INST, func);
    callee = fp;
    link = fp[0].ptr;
    ret = fp[3].ptr;
    if (vmi_rt_osr(t, fp, here, vmi_quick_offset(here, target))) goto ended;
    if (VMI_UNLIKELY(switching(t)) && vmi_rt_draw(t, 2) == 0) {
      leave_at(t, fp, here, vmi_quick_offset(here, target));
      goto ended;
    }
  }
  ip = target;
  NEXT(0);
}

slow_two_k:
  top[VMI_FRAME_HEADER + 1] = ip[4].k;
  goto slow_one;
slow_two:
  top[VMI_FRAME_HEADER + 1] = D;
slow_one:
  top[VMI_FRAME_HEADER] = B;
slow_path: /* arguments are in the callee's frame */
  DYN_LEARN(VMI_SEEN_SLOW);
  callee = top;
  to_inst = INST;
  func = DYN_RECORD->slow;
  if (VMI_UNLIKELY(func < to_inst->module->nimported_funcs)) {
    object = to_inst->imports[func];
    to = object->code;
    to_inst = object->instance;
  } else {
    to = &to_inst->code[func];
  }
  goto call_quickly;
call_object: /* arguments are in the callee's frame */
  to = object->code;
  to_inst = object->instance;
  callee = top;
  callee[VMI_FRAME_HEADER + ip[1].b].ref = object->env;
call_code: /* call `to` of `to_inst` at `callee` */
  fp[2].u64 = ip[2].u64;
  callee[3].ptr = (void *)ip;
  link = fp;
  entry = atomic_load_explicit(&to->entry, memory_order_acquire);
  if (VMI_UNLIKELY(entry != vmi_quick_entry) && VMI_UNLIKELY(switching(t)))
    entry = vmi_rt_draw_entry(t, to_inst, to, entry);
  if (VMI_LIKELY(entry == vmi_quick_entry && quick_of(to) != NULL)) {
    RUN_IN(to_inst);
    goto enter;
  }
  t->frame = fp;
  call_c(t, callee, to, to_inst, entry);
  if (VMI_UNLIKELY(t->unwind) && vmi_rt_after_call(t, callee, fp[2].u64) == 1) goto unwind;
  goto deliver;

tail_object:
  to = object->code;
  to_inst = object->instance;
  env = object->env;
  copy_slots(fp + VMI_FRAME_HEADER, &A, ip[1].b);
  fp[VMI_FRAME_HEADER + ip[1].b].ref = env;
tail_code:
  callee = fp;
  link = fp[0].ptr;
tail_again:
  entry = atomic_load_explicit(&to->entry, memory_order_acquire);
  if (VMI_UNLIKELY(entry != vmi_quick_entry) && VMI_UNLIKELY(switching(t)))
    entry = vmi_rt_draw_entry(t, to_inst, to, entry);
  if (entry == vmi_quick_entry && quick_of(to) != NULL) {
    RUN_IN(to_inst);
    goto enter;
  }
  t->frame = link;
  /* The frame under base belongs to another loop: it makes the call, or C would nest for ever. */
  if (callee == base) {
    vmi_rt_tail(t, (void *)to, to_inst);
    return NULL;
  }
  ret = callee[3].ptr;
  call_c(t, callee, to, to_inst, entry);
ended: /* the frame `callee`, called by `link`, has ended in other hands */
  if (VMI_LIKELY(t->unwind == VMI_UNWIND_NONE)) goto returned;
  if (t->unwind == VMI_UNWIND_LEAVE) {
    if (callee == base) return NULL; /* as with tail calls */
    vmi_rt_run_tail_calls(t, callee);
    if (t->unwind == VMI_UNWIND_NONE) goto returned;
  }
  if (t->unwind != VMI_UNWIND_TAILCALL) goto leave;
  t->unwind = VMI_UNWIND_NONE;
  to = t->tail_code;
  to_inst = t->tail_instance;
  callee[3].ptr = (void *)ret; /* whoever had the frame may have used it */
  goto tail_again;

returned: /* results are at callee[0 ..]; it was called by `link`, at `ret` */
  if (callee == base) goto returned_base;
  top = callee;
  fp = link;
  RUN_IN(fp[1].ptr);
  ip = ret;
deliver: { /* to the call at ip */
  uint32_t n = ip[1].c;
  copy_slots(&A, callee, n);
  NEXT(5);
}
returned_base:
  t->frame = link;
  return NULL;

raise: { /* trap `trap` at ip */
  const vmi_code *here = frame_code(fp);
  fp[2].u64 = VMI_FRAME_ID(here->index, vmi_quick_pc(quick_of(here), ip));
  vmi_rt_trap(t, trap, fp[2].u64);
}
unwind: { /* unwinding, the frame at fp is in the trace with the pc in fp[2] */
  const vmi_code *here = frame_code(fp);
  const vmi_func *f = here->func;
  const vmi_handler *handler =
      t->unwind == VMI_UNWIND_EXCEPTION ? vmi_func_handler(f, (uint32_t)fp[2].u64) : NULL;
  if (handler != NULL) {
    fp[2].u64 = VMI_FRAME_ID(here->index, VMI_PC_NONE);
    t->frame = fp;
    void *exn = vmi_rt_catch(t);
    if (VMI_LIKELY(exn != NULL)) {
      const vmi_quick *q = quick_of(here);
      fp[VMI_FRAME_HEADER + f->nlocals].ptr = exn;
      ip = q->code + q->labels[handler->label];
      top = fp + f->frame_size;
      NEXT(0);
    }
  }
  callee = fp;
  link = fp[0].ptr;
}
leave: /* unwinding, the frame `callee` is gone, `link` called it */
  t->frame = link;
  if (callee == base) return NULL;
  fp = link;
  RUN_IN(fp[1].ptr);
  vmi_rt_trace_add(t, frame_code(fp), fp[1].ptr, (uint32_t)fp[2].u64);
  goto unwind;
}

void vmi_quick_run(vmi_thread *t, vmi_slot *fp, const vmi_code *rec, uint32_t label)
{
  run(t, fp, rec, label);
}

const void *const *vmi_quick_bodies(void) { return run(NULL, NULL, NULL, VMI_NO_INDEX); }
