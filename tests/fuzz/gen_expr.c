/* gen_expr.c - random expressions: numbers straight from the instruction table, the rest by hand.
 *
 * SPDX-License-Identifier: MIT
 */
#include "gen.h"

#include <math.h>
#include <string.h>

static uint32_t below(body *x, uint32_t n) { return fuzz_below(&x->g->rng, n); }
static bool one_in(body *x, uint32_t n) { return fuzz_one_in(&x->g->rng, n); }

/* ---- small parts ---- */

uint32_t gen_label(body *x, const vm_type *extra, uint32_t count)
{
  uint32_t depth = vm_fn_depth(x->fn), label;
  vm_type *types = malloc((depth + count + 1) * sizeof *types);
  if (types == NULL) abort();
  for (uint32_t i = 0; i < depth; i++) vm_fn_operand(x->fn, depth - 1 - i, &types[i]);
  if (count > 0) memcpy(types + depth, extra, count * sizeof *types);
  vm_fn_label_new(x->fn, types, depth + count, NULL, &label);
  free(types);
  return label;
}

void gen_take_inline(body *x)
{
  vm_fn_global_get(x->fn, x->g->budget);
  vm_fn_i32_const(x->fn, 1);
  vm_fn_op(x->fn, VMI_OP_I32_SUB);
  vm_fn_global_set(x->fn, x->g->budget);
  vm_fn_global_get(x->fn, x->g->budget);
  vm_fn_i32_const(x->fn, 0);
  vm_fn_op(x->fn, VMI_OP_I32_GT_S);
}

void gen_budget_test(body *x, bool calls)
{
  if (x->g->small && !one_in(x, 4)) vm_fn_call(x->fn, x->g->take_func);
  else gen_take_inline(x);
  if (!calls) return;
  vm_fn_local_get(x->fn, x->depth);
  vm_fn_i32_const(x->fn, 0);
  vm_fn_op(x->fn, VMI_OP_I32_GT_S);
  vm_fn_op(x->fn, VMI_OP_I32_AND);
}

void gen_default(body *x, vm_type type)
{
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I64: vm_fn_i64_const(x->fn, 0); return;
  case VM_KIND_F32: vm_fn_f32_const(x->fn, 0); return;
  case VM_KIND_F64: vm_fn_f64_const(x->fn, 0); return;
  case VM_KIND_DYN: vm_fn_op(x->fn, VMI_OP_DYN_NIL); return;
  case VM_KIND_REF: vm_fn_ref_null(x->fn, type | VM_REF_NULL(0)); return;
  default: vm_fn_i32_const(x->fn, 0); return; /* packed too */
  }
}

void gen_mix(body *x)
{
  if (x->g->small && !one_in(x, 4)) vm_fn_call(x->fn, x->g->mix_func);
  else gen_mix_inline(x);
}

void gen_mix_inline(body *x)
{
  vm_fn_global_get(x->fn, x->g->hash);
  vm_fn_i64_const(x->fn, 7);
  vm_fn_op(x->fn, VMI_OP_I64_ROTL);
  vm_fn_op(x->fn, VMI_OP_I64_XOR);
  vm_fn_i64_const(x->fn, 0x100000001B3);
  vm_fn_op(x->fn, VMI_OP_I64_MUL);
  vm_fn_global_set(x->fn, x->g->hash);
}

/* The scratch local if it is a number, else the one NaN. Expects the NaN and the number pushed. */
static void select_number(body *x, vm_type type)
{
  bool wide = type == VM_F64;
  uint32_t scratch = wide ? x->scratch64 : x->scratch32;
  vm_fn_local_tee(x->fn, scratch);
  vm_fn_local_get(x->fn, scratch);
  vm_fn_local_get(x->fn, scratch);
  vm_fn_op(x->fn, wide ? VMI_OP_F64_NE : VMI_OP_F32_NE);
  vm_fn_select(x->fn, type);
}

static void push_nan(body *x, vm_type type)
{
  if (type == VM_F64) {
    vm_fn_op1(x->fn, VMI_OP_F64_CONST, 0x7FF8000000000000ull);
  } else {
    vm_fn_op1(x->fn, VMI_OP_F32_CONST, 0x7FC00000u);
  }
}

void gen_canonical(body *x, vm_type type, int depth)
{
  bool number = type == VM_F32 || type == VM_F64;
  if (number) push_nan(x, type);
  gen_expr(x, type, depth);
  if (number) select_number(x, type);
}

/* ---- any value to an i64 ---- */

static const gen_struct *struct_of(const gen *g, uint32_t type)
{
  for (int i = 0; i < g->nstructs; i++) {
    if (g->structs[i].type == type) return &g->structs[i];
  }
  return NULL;
}

static const gen_array *array_of(const gen *g, uint32_t type)
{
  for (int i = 0; i < NARRAYS; i++) {
    if (g->arrays[i].type == type) return &g->arrays[i];
  }
  return NULL;
}

static void get_field(body *x, const gen_struct *s, uint32_t k)
{
  vm_type t = s->fields[k].type;
  uint32_t op = t != VM_I8 && t != VM_I16 ? VMI_OP_STRUCT_GET
                : k & 1 ? VMI_OP_STRUCT_GET_S : VMI_OP_STRUCT_GET_U;
  vm_fn_op2(x->fn, op, s->type, k);
}

static void get_element(body *x, const gen_array *a)
{
  bool packed = a->element == VM_I8 || a->element == VM_I16;
  uint32_t op = !packed ? VMI_OP_ARRAY_GET : one_in(x, 2) ? VMI_OP_ARRAY_GET_S : VMI_OP_ARRAY_GET_U;
  vm_fn_op1(x->fn, op, a->type);
}

static bool is_ref(vm_type t) { return VM_TYPE_KIND(t) == VM_KIND_REF; }
static vm_type unpacked(vm_type t) { return t == VM_I8 || t == VM_I16 ? VM_I32 : t; }

static void hash_struct(body *x, const gen_struct *s, uint32_t local)
{
  vm_fn_i64_const(x->fn, 17);
  for (uint32_t k = 0; k < s->nfields; k++) {
    if (is_ref(s->fields[k].type)) continue;
    vm_fn_i64_const(x->fn, 11);
    vm_fn_op(x->fn, VMI_OP_I64_ROTL);
    vm_fn_local_get(x->fn, local);
    get_field(x, s, k);
    gen_to_i64(x, unpacked(s->fields[k].type));
    vm_fn_op(x->fn, VMI_OP_I64_XOR);
  }
}

static void hash_array(body *x, const gen_array *a, uint32_t local)
{
  static const vm_type i64 = VM_I64;
  uint32_t empty = gen_label(x, &i64, 1);
  vm_fn_local_get(x->fn, local);
  vm_fn_array_len(x->fn);
  vm_fn_op(x->fn, VMI_OP_I64_EXTEND_I32_U);
  vm_fn_local_get(x->fn, local);
  vm_fn_array_len(x->fn);
  vm_fn_br_unless(x->fn, empty);
  vm_fn_local_get(x->fn, local);
  vm_fn_local_get(x->fn, local);
  vm_fn_array_len(x->fn);
  vm_fn_i32_const(x->fn, 1);
  vm_fn_op(x->fn, VMI_OP_I32_SUB);
  get_element(x, a);
  if (is_ref(a->element)) {
    vm_fn_op(x->fn, VMI_OP_REF_IS_NULL);
    vm_fn_op(x->fn, VMI_OP_I64_EXTEND_I32_U);
  } else {
    gen_to_i64(x, unpacked(a->element));
  }
  vm_fn_op(x->fn, VMI_OP_I64_ADD);
  vm_fn_label_bind(x->fn, empty);
}

static void hash_object(body *x, vm_type type)
{
  static const vm_type i64 = VM_I64;
  const gen_struct *s = struct_of(x->g, VM_TYPE_HEAP(type));
  const gen_array *a = array_of(x->g, VM_TYPE_HEAP(type));
  if (s == NULL && a == NULL) {
    vm_fn_op(x->fn, VMI_OP_REF_IS_NULL);
    vm_fn_op(x->fn, VMI_OP_I64_EXTEND_I32_U);
    return;
  }
  uint32_t local;
  vm_fn_local(x->fn, type | VM_REF_NULL(0), NULL, &local);
  vm_fn_local_set(x->fn, local);
  uint32_t null = gen_label(x, NULL, 0), done = gen_label(x, &i64, 1);
  vm_fn_local_get(x->fn, local);
  vm_fn_op1(x->fn, VMI_OP_BR_ON_NULL, null);
  vm_fn_drop(x->fn);
  if (s != NULL) hash_struct(x, s, local);
  if (a != NULL) hash_array(x, a, local);
  vm_fn_br(x->fn, done);
  vm_fn_label_bind(x->fn, null);
  vm_fn_i64_const(x->fn, -3);
  vm_fn_label_bind(x->fn, done);
}

/* The NaN must be below the number for `select`, so a float goes through its scratch local. */
static void hash_float(body *x, vm_type type)
{
  uint32_t scratch = type == VM_F64 ? x->scratch64 : x->scratch32;
  vm_fn_local_set(x->fn, scratch);
  push_nan(x, type);
  vm_fn_local_get(x->fn, scratch);
  select_number(x, type);
  vm_fn_op(x->fn, type == VM_F64 ? VMI_OP_I64_REINTERPRET_F64 : VMI_OP_I32_REINTERPRET_F32);
  if (type == VM_F32) vm_fn_op(x->fn, VMI_OP_I64_EXTEND_I32_U);
}

void gen_to_i64(body *x, vm_type type)
{
  for (int i = 0; i < x->g->nhashes && is_ref(type); i++) {
    if (x->g->hashes[i].param != (type | VM_REF_NULL(0))) continue;
    vm_fn_call(x->fn, x->g->hashes[i].func);
    return;
  }
  gen_to_i64_inline(x, type);
}

void gen_to_i64_inline(body *x, vm_type type)
{
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32: vm_fn_op(x->fn, VMI_OP_I64_EXTEND_I32_S); return;
  case VM_KIND_I64: return;
  case VM_KIND_F32: case VM_KIND_F64: hash_float(x, type); return;
  case VM_KIND_DYN: vm_fn_call(x->fn, x->g->hash_dyn); return;
  default: hash_object(x, type); return;
  }
}

/* ---- constants ---- */

static uint64_t interesting(body *x)
{
  static const uint64_t values[] = {0, 1, 2, 7, 31, 32, 33, 63, 64, 255, 256, 0x7FFF, 0x8000,
    0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000,
    UINT64_MAX, UINT64_MAX - 1, 0xFFFFFFFF80000000, 0x20000000000001};
  uint64_t v = values[below(x, sizeof values / sizeof values[0])];
  switch (below(x, 4)) {
  case 0: return fuzz_next(&x->g->rng) >> below(x, 64);
  case 1: return v + below(x, 3) - 1;
  default: return v;
  }
}

static double interesting_double(body *x)
{
  static const double values[] = {0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, 1e10, -1e10, 3.14159,
    2147483647.0, 2147483648.0, -2147483648.0, -2147483649.0, 4294967295.0, 4294967296.0,
    9223372036854775808.0, -9223372036854775808.0, 18446744073709551616.0, 1e300, 1e-300, 4.9e-324,
    3.4028234663852886e38, 1.1754943508222875e-38, 16777217.0, 0.1};
  switch (below(x, 8)) {
  case 0: return INFINITY;
  case 1: return -INFINITY;
  case 2: return NAN;
  case 3: return (double)(int64_t)interesting(x);
  default: return values[below(x, sizeof values / sizeof values[0])];
  }
}

static void push_constant(body *x, vm_type type)
{
  switch (VM_TYPE_KIND(type)) {
  case VM_KIND_I32: vm_fn_i32_const(x->fn, (int32_t)(uint32_t)interesting(x)); return;
  case VM_KIND_I64: vm_fn_i64_const(x->fn, (int64_t)interesting(x)); return;
  case VM_KIND_F32: vm_fn_f32_const(x->fn, (float)interesting_double(x)); return;
  case VM_KIND_F64: vm_fn_f64_const(x->fn, interesting_double(x)); return;
  case VM_KIND_DYN: break;
  default: gen_default(x, type); return;
  }
  switch (below(x, 4)) {
  case 0: vm_fn_op(x->fn, VMI_OP_DYN_NIL); return;
  case 1:
    vm_fn_f64_const(x->fn, interesting_double(x));
    vm_fn_op(x->fn, VMI_OP_DYN_FROM_F64);
    return;
  default:
    vm_fn_i32_const(x->fn, (int32_t)(uint32_t)interesting(x));
    vm_fn_op(x->fn, one_in(x, 4) ? VMI_OP_DYN_FROM_BOOL : VMI_OP_DYN_FROM_I32);
  }
}

/* ---- variables ---- */

static bool is_subtype(const gen *g, vm_type a, vm_type b)
{
  if (a == b) return true;
  if (!is_ref(a) || !is_ref(b)) return false;
  if (VM_TYPE_HEAP(b) == VM_HEAP_ANY) return true;
  const gen_struct *s = struct_of(g, VM_TYPE_HEAP(a));
  while (s != NULL && s->type != VM_TYPE_HEAP(b)) {
    s = s->super < 0 ? NULL : &g->structs[s->super];
  }
  return s != NULL;
}

static bool push_variable(body *x, vm_type type)
{
  gen *g = x->g;
  uint32_t start = below(x, 64);
  bool global = one_in(x, 4);
  int count = global ? g->nglobals : x->nlocals;
  for (int i = 0; i < count; i++) {
    int at = (int)((start + (uint32_t)i) % (uint32_t)count);
    if (!is_subtype(g, global ? g->globals[at].type : x->locals[at].type, type)) continue;
    if (global) vm_fn_global_get(x->fn, g->globals[at].global);
    else vm_fn_local_get(x->fn, x->locals[at].local);
    return true;
  }
  return false;
}

/* ---- instructions of the table that only compute ---- */

static bool letter_type(char letter, vm_type *type)
{
  switch (letter) {
  case 'i': *type = VM_I32; return true;
  case 'I': *type = VM_I64; return true;
  case 'f': *type = VM_F32; return true;
  case 'd': *type = VM_F64; return true;
  case 'y': *type = VM_DYN; return true;
  case 'A': *type = VM_REF_NULL(VM_HEAP_ANY); return true;
  default: return false;
  }
}

static bool computes(const vmi_op *op, vm_type type)
{
  vm_type t;
  if (op->imms[0] != '\0' || op->pops[0] == '\0' || strlen(op->pushes) != 1) return false;
  if (op->flags & ~(uint32_t)(F_PURE | F_TRAP)) return false;
  for (const char *p = op->pops; *p != '\0'; p++) {
    if (!letter_type(*p, &t)) return false;
  }
  return letter_type(op->pushes[0], &t) && t == type;
}

static void push_computed(body *x, vm_type type, int depth)
{
  const vmi_op *op;
  do {
    op = &vmi_isa_ops[below(x, VMI_OP_COUNT)];
  } while (!computes(op, type) || ((op->flags & F_TRAP) && !one_in(x, 24)));
  bool sees_bits = op->code == VMI_OP_I32_REINTERPRET_F32 || op->code == VMI_OP_I64_REINTERPRET_F64
                   || op->code == VMI_OP_F32_COPYSIGN || op->code == VMI_OP_F64_COPYSIGN;
  for (const char *p = op->pops; *p != '\0'; p++) {
    vm_type t = VM_I32;
    letter_type(*p, &t);
    if (sees_bits) gen_canonical(x, t, depth - 1);
    else gen_expr(x, t, depth - 1);
  }
  vm_fn_op(x->fn, op->code);
}

/* ---- memory ---- */

void gen_address(body *x, int depth)
{
  if (one_in(x, 40)) { /* at the end of the first page */
    vm_fn_i32_const(x->fn, 65536 - (int32_t)below(x, 10));
    return;
  }
  gen_expr(x, VM_I32, depth - 1);
  if (one_in(x, 100)) return;
  vm_fn_i32_const(x->fn, 0xFFF);
  vm_fn_op(x->fn, VMI_OP_I32_AND);
}

static bool push_loaded(body *x, vm_type type, int depth)
{
  static const uint32_t first[] = {VMI_OP_I32_LOAD, VMI_OP_I64_LOAD, VMI_OP_F32_LOAD,
                                   VMI_OP_F64_LOAD};
  uint32_t op;
  if (type > VM_F64) return false;
  op = first[VM_TYPE_KIND(type)];
  if (type == VM_I32 && one_in(x, 2)) op = VMI_OP_I32_LOAD8_S + below(x, 4);
  if (type == VM_I64 && one_in(x, 2)) op = VMI_OP_I64_LOAD8_S + below(x, 6);
  gen_address(x, depth);
  vm_fn_load(x->fn, op, x->g->memories[below(x, NMEMORIES)], one_in(x, 60) ? (uint32_t)interesting(x) : below(x, 64));
  return true;
}

/* ---- objects ---- */

static void push_struct(body *x, const gen_struct *s, int depth)
{
  bool plain = one_in(x, 6);
  for (uint32_t i = 0; !plain && i < s->nfields; i++) gen_expr(x, unpacked(s->fields[i].type),
                                                               depth - 1);
  vm_fn_op1(x->fn, plain ? VMI_OP_STRUCT_NEW_DEFAULT : VMI_OP_STRUCT_NEW, s->type);
}

static void push_length(body *x, int depth)
{
  if (one_in(x, 60)) {
    vm_fn_i32_const(x->fn, INT32_MIN + (int32_t)below(x, 1000));
    return;
  }
  gen_expr(x, VM_I32, depth - 1);
  vm_fn_i32_const(x->fn, one_in(x, 20) ? 0x3FF : 15);
  vm_fn_op(x->fn, VMI_OP_I32_AND);
}

static void push_array(body *x, const gen_array *a, int depth)
{
  vm_type element = unpacked(a->element);
  bool traced = is_ref(element) || element == VM_DYN;
  switch (below(x, traced ? 3 : 4)) {
  case 0:
    gen_expr(x, element, depth - 1);
    push_length(x, depth);
    vm_fn_array_new(x->fn, a->type);
    return;
  case 1:
    push_length(x, depth);
    vm_fn_array_new_default(x->fn, a->type);
    return;
  case 2: {
    uint32_t n = below(x, 6);
    for (uint32_t i = 0; i < n; i++) gen_expr(x, element, depth - 1);
    vm_fn_array_new_fixed(x->fn, a->type, n);
    return;
  }
  default:
    vm_fn_i32_const(x->fn, (int32_t)below(x, 30));
    vm_fn_i32_const(x->fn, (int32_t)below(x, 5));
    vm_fn_op2(x->fn, VMI_OP_ARRAY_NEW_DATA, a->type,
              one_in(x, 30) ? x->g->dropped_data : x->g->data);
  }
}

/* A field or an element of this type. Traps on null and out of bounds, so not too often. */
static bool push_part(body *x, vm_type type, int depth)
{
  gen *g = x->g;
  if (one_in(x, 2)) {
    const gen_array *a = &g->arrays[below(x, NARRAYS)];
    if (!is_subtype(g, unpacked(a->element), type)) return false;
    for (int i = 0; i < 3; i++) gen_expr(x, unpacked(a->element), depth - 2);
    vm_fn_array_new_fixed(x->fn, a->type, 3);
    vm_fn_i32_const(x->fn, (int32_t)below(x, one_in(x, 12) ? 5 : 3));
    get_element(x, a);
    return true;
  }
  const gen_struct *s = &g->structs[below(x, (uint32_t)g->nstructs)];
  for (uint32_t k = 0; k < s->nfields; k++) {
    if (!is_subtype(g, unpacked(s->fields[k].type), type)) continue;
    if (one_in(x, 24)) gen_expr(x, VM_REF_NULL(s->type), depth - 1);
    else push_struct(x, s, depth);
    get_field(x, s, k);
    return true;
  }
  return false;
}

static const gen_struct *random_struct(body *x, vm_type type)
{
  gen *g = x->g;
  for (;;) {
    const gen_struct *s = &g->structs[below(x, (uint32_t)g->nstructs)];
    if (is_subtype(g, VM_REF_NULL(s->type), type)) return s;
  }
}

static void push_any(body *x, int depth)
{
  gen *g = x->g;
  switch (below(x, 7)) {
  case 0: push_array(x, &g->arrays[below(x, NARRAYS)], depth); return;
  case 1:
    vm_fn_ref_func(x->fn, g->funcs[0].func);
    return;
  case 2:
    vm_fn_i32_const(x->fn, (int32_t)below(x, 9));
    vm_fn_op1(x->fn, VMI_OP_TABLE_GET, g->any_table);
    return;
  case 3:
    gen_expr(x, VM_REF_NULL(VM_HEAP_ANY), depth - 1);
    vm_fn_op(x->fn, VMI_OP_DYN_FROM_REF);
    vm_fn_op(x->fn, VMI_OP_DYN_TO_REF);
    return;
  case 4: /* the anchor never dies */
    vm_fn_global_get(x->fn, g->anchor);
    vm_fn_op(x->fn, VMI_OP_WEAK_NEW);
    vm_fn_op(x->fn, VMI_OP_WEAK_GET);
    return;
  default: push_struct(x, random_struct(x, VM_REF_NULL(VM_HEAP_ANY)), depth); return;
  }
}

static void push_object(body *x, vm_type type, int depth)
{
  const gen_array *a = array_of(x->g, VM_TYPE_HEAP(type));
  if (one_in(x, 40)) {
    gen_expr(x, VM_REF_NULL(VM_HEAP_ANY), depth - 1);
    vm_fn_ref_cast(x->fn, type);
  } else if (one_in(x, 30)) {
    gen_expr(x, type, depth - 1);
    vm_fn_op(x->fn, VMI_OP_REF_AS_NON_NULL);
  } else if (a != NULL) {
    push_array(x, a, depth);
  } else if (VM_TYPE_HEAP(type) == VM_HEAP_ANY) {
    push_any(x, depth);
  } else {
    push_struct(x, random_struct(x, type), depth);
  }
}

/* ---- other forms ---- */

static void push_if(body *x, vm_type type, int depth)
{
  uint32_t other = gen_label(x, NULL, 0), done = gen_label(x, &type, 1);
  gen_expr(x, VM_I32, depth - 1);
  if (one_in(x, 2)) vm_fn_br_unless(x->fn, other);
  else vm_fn_br_if(x->fn, other);
  gen_expr(x, type, depth - 1);
  vm_fn_br(x->fn, done);
  vm_fn_label_bind(x->fn, other);
  gen_expr(x, type, depth - 1);
  vm_fn_label_bind(x->fn, done);
}

/* A reference, or another if the first is null. */
static void push_or_else(body *x, vm_type type, int depth)
{
  uint32_t done = gen_label(x, &type, 1);
  gen_expr(x, type, depth - 1);
  vm_fn_op1(x->fn, VMI_OP_BR_ON_NON_NULL, done);
  gen_expr(x, type, depth - 1);
  vm_fn_label_bind(x->fn, done);
}

static bool push_i32(body *x, int depth)
{
  gen *g = x->g;
  uint32_t memory = g->memories[below(x, NMEMORIES)];
  switch (below(x, 7)) {
  case 0:
    gen_expr(x, VM_REF_NULL(VM_HEAP_ANY), depth - 1);
    vm_fn_ref_test(x->fn, one_in(x, 3) ? VM_REF(VM_HEAP_STRUCT)
                          : VM_REF_NULL(g->structs[below(x, (uint32_t)g->nstructs)].type));
    return true;
  case 1: vm_fn_op1(x->fn, VMI_OP_MEMORY_SIZE, memory); return true;
  case 2: vm_fn_op1(x->fn, VMI_OP_TABLE_SIZE, g->any_table); return true;
  case 3:
    push_array(x, &g->arrays[below(x, NARRAYS)], depth);
    vm_fn_array_len(x->fn);
    return true;
  case 4: vm_fn_global_get(x->fn, g->limit); return true;
  case 5: {
    vm_type t = gen_any_type(g);
    if (!is_ref(t)) t = VM_REF_NULL(VM_HEAP_ANY);
    gen_expr(x, t, depth - 1);
    gen_expr(x, VM_REF_NULL(VM_HEAP_ANY), depth - 1);
    vm_fn_op(x->fn, VMI_OP_REF_EQ);
    return true;
  }
  default:
    vm_fn_i32_const(x->fn, one_in(x, 3) ? 1 : 0);
    vm_fn_op1(x->fn, VMI_OP_MEMORY_GROW, memory);
    return true;
  }
}

static bool push_called(body *x, vm_type type, int depth)
{
  gen *g = x->g;
  const gen_sig *s = &g->sigs[below(x, (uint32_t)g->nsigs)];
  if (s->nresults == 0 || !is_subtype(g, s->results[0], type)) return false;
  gen_call(x, s, depth);
  for (uint32_t i = 1; i < s->nresults; i++) vm_fn_drop(x->fn);
  return true;
}

/* The result of an import, if it has this type; else it is thrown away. */
static bool push_imported(body *x, vm_type type, int depth)
{
  vm_type got;
  if (!gen_import_call(x, &got, depth)) return false;
  if (is_subtype(x->g, got, type)) return true;
  gen_to_i64(x, got);
  gen_mix(x);
  return false;
}

static bool push_special(body *x, vm_type type, int depth)
{
  switch (below(x, 9)) {
  case 8: return push_imported(x, type, depth);
  case 0: push_if(x, type, depth); return true;
  case 1: return push_called(x, type, depth);
  case 2: return push_part(x, type, depth);
  case 3: return push_loaded(x, type, depth);
  case 4: return push_variable(x, type);
  case 5:
    gen_expr(x, type, depth - 1);
    gen_expr(x, type, depth - 1);
    gen_expr(x, VM_I32, depth - 1);
    vm_fn_select(x->fn, type);
    return true;
  case 6:
    if (is_ref(type)) {
      push_or_else(x, type, depth);
      return true;
    }
    return type == VM_I32 && push_i32(x, depth);
  default:
    gen_block(x, depth - 2);
    return false;
  }
}

void gen_expr(body *x, vm_type type, int depth)
{
  x->size--;
  if (depth <= 0 || x->size <= 0 || vm_fn_depth(x->fn) > MAX_OPERANDS) {
    if (one_in(x, 2) || !push_variable(x, type)) push_constant(x, type);
    return;
  }
  if (one_in(x, 4) && push_variable(x, type)) return;
  if (one_in(x, 8)) {
    push_constant(x, type);
    return;
  }
  if (one_in(x, type == VM_DYN ? 2 : 12) && gen_dyn_op(x, type, depth)) return;
  if (one_in(x, 2) && push_special(x, type, depth)) return;
  if (is_ref(type)) push_object(x, type, depth);
  else push_computed(x, type, depth);
}
