/* verify.c - every rule of the verifier: a module it accepts and one it rejects, and what it finds.
 *
 * SPDX-License-Identifier: MIT
 *
 * Each test starts from one module that holds a bit of everything (`fixture`), gives its function
 * `work` a body, and looks at the verdict and the message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "verify.h"

/* ---- the fixture ---- */

enum { /* types */
  T_POINT, /* struct { i32, mut f64 } */
  T_POINT3, /* struct : POINT { i32, mut f64, mut i8, (ref null POINT) } */
  T_INTS,  /* array mut i32 */
  T_BYTES, /* array i8, constant */
  T_REFS,  /* array mut (ref null POINT) */
  T_WORK,  /* func (i32, (ref null POINT)) -> (i32) */
  T_VOID,  /* func () -> () */
  T_INTS2, /* array mut i32 again */
  T_HARD,  /* array mut (ref POINT): no default */
  T_SOLID, /* struct { (ref POINT) } */
  T_DYNS,  /* array mut dyn */
  T_COUNT
};
enum { F_IMPORT, F_WORK, F_CLOSURE, F_NONE, F_COUNT }; /* functions */
enum { G_CONST, G_MUT, G_COUNT };                      /* globals: imported i32, mut i64 */
enum { B_FUNCS, B_POINTS, B_COUNT };                   /* tables */

typedef struct fixture {
  vmi_module *m;
  vmi_func *f; /* work: locals (i32, (ref null POINT), i64, (ref null POINT3), dyn) */
  uint8_t code[4096];
  uint32_t size;
  vmi_label labels[8];
  vmi_switch switches[2];
  vmi_handler handlers[4];
  vm_error e;
} fixture;

static const uint8_t ret_void[] = {VMI_OP_RETURN};
static const uint8_t ret_zero[] = {VMI_OP_I32_CONST, 0, VMI_OP_RETURN};

static void *keep(fixture *x, const void *bytes, size_t n)
{
  void *p = vmi_arena_copy(&x->m->arena, bytes, n, 1);
  assert_non_null(p);
  return p;
}
#define KEEP(x, ...) keep((x), &(__VA_ARGS__), sizeof(__VA_ARGS__))

static void def(fixture *x, uint32_t i, vmi_def_kind kind, uint32_t super, uint32_t n, vmi_field *f)
{
  x->m->types[i] = (vmi_typedef){.kind = kind, .super = super, .nfields = n, .fields = f};
}

static void make_types(fixture *x)
{
  vmi_module *m = x->m;
  m->ntypes = T_COUNT;
  m->types = vmi_arena_new(&m->arena, T_COUNT, sizeof *m->types);
  def(x, T_POINT, VMI_DEF_STRUCT, VMI_NO_INDEX, 2,
      KEEP(x, (vmi_field[]){{VM_I32, false, 0}, {VM_F64, true, 0}}));
  def(x, T_POINT3, VMI_DEF_STRUCT, T_POINT, 4,
      KEEP(x, (vmi_field[]){{VM_I32, false, 0}, {VM_F64, true, 0}, {VM_I8, true, 0},
                            {VM_REF_NULL(T_POINT), false, 0}}));
  def(x, T_INTS, VMI_DEF_ARRAY, VMI_NO_INDEX, 1, KEEP(x, (vmi_field[]){{VM_I32, true, 0}}));
  def(x, T_BYTES, VMI_DEF_ARRAY, VMI_NO_INDEX, 1, KEEP(x, (vmi_field[]){{VM_I8, false, 0}}));
  def(x, T_REFS, VMI_DEF_ARRAY, VMI_NO_INDEX, 1,
      KEEP(x, (vmi_field[]){{VM_REF_NULL(T_POINT), true, 0}}));
  def(x, T_INTS2, VMI_DEF_ARRAY, VMI_NO_INDEX, 1, KEEP(x, (vmi_field[]){{VM_I32, true, 0}}));
  def(x, T_HARD, VMI_DEF_ARRAY, VMI_NO_INDEX, 1,
      KEEP(x, (vmi_field[]){{VM_REF(T_POINT), true, 0}}));
  def(x, T_SOLID, VMI_DEF_STRUCT, VMI_NO_INDEX, 1,
      KEEP(x, (vmi_field[]){{VM_REF(T_POINT), false, 0}}));
  def(x, T_DYNS, VMI_DEF_ARRAY, VMI_NO_INDEX, 1, KEEP(x, (vmi_field[]){{VM_DYN, true, 0}}));
  def(x, T_VOID, VMI_DEF_FUNC, VMI_NO_INDEX, 0, NULL);
  def(x, T_WORK, VMI_DEF_FUNC, VMI_NO_INDEX, 0, NULL);
  m->types[T_WORK].nparams = 2;
  m->types[T_WORK].params = KEEP(x, (vm_type[]){VM_I32, VM_REF_NULL(T_POINT)});
  m->types[T_WORK].nresults = 1;
  m->types[T_WORK].results = KEEP(x, (vm_type[]){VM_I32});
}

static void make_funcs(fixture *x)
{
  vmi_module *m = x->m;
  m->nfuncs = F_COUNT;
  m->nimported_funcs = 1;
  m->funcs = vmi_arena_new(&m->arena, F_COUNT, sizeof *m->funcs);
  for (int i = 0; i < F_COUNT; i++) m->funcs[i].file = VMI_NO_INDEX;
  m->funcs[F_IMPORT].type = T_WORK;
  x->f = &m->funcs[F_WORK];
  x->f->type = T_WORK;
  x->f->name = (vmi_str){"work", 4};
  x->f->nlocals = 5;
  x->f->locals = KEEP(x, (vm_type[]){VM_I32, VM_REF_NULL(T_POINT), VM_I64, VM_REF_NULL(T_POINT3),
                                     VM_DYN});
  vmi_func *c = &m->funcs[F_CLOSURE];
  c->type = T_WORK;
  c->has_env = true;
  c->env = VM_REF(T_POINT);
  c->nlocals = 3;
  c->locals = KEEP(x, (vm_type[]){VM_I32, VM_REF_NULL(T_POINT), VM_REF(T_POINT)});
  c->code = ret_zero;
  c->code_size = sizeof ret_zero;
  m->funcs[F_NONE].type = T_VOID;
  m->funcs[F_NONE].code = ret_void;
  m->funcs[F_NONE].code_size = sizeof ret_void;
}

static void make_rest(fixture *x)
{
  vmi_module *m = x->m;
  m->nimports = 3;
  m->imports = KEEP(x, (vmi_import[]){{{"a", 1}, {"f", 1}, VMI_EXTERN_FUNC, 0},
                                      {{"a", 1}, {"g", 1}, VMI_EXTERN_GLOBAL, 0},
                                      {{"a", 1}, {"T", 1}, VMI_EXTERN_TYPE, T_POINT}});
  m->nglobals = G_COUNT;
  m->nimported_globals = 1;
  m->globals = KEEP(x, (vmi_global[]){{.type = VM_I32}, {.type = VM_I64, .mut = true}});
  m->ntables = B_COUNT;
  m->tables = KEEP(x, (vmi_table[]){{.type = VM_REF_NULL(VM_HEAP_FUNC), .min = 1,
                                     .max = VMI_NO_INDEX},
                                    {.type = VM_REF_NULL(T_POINT), .min = 0, .max = 9}});
  m->nmemories = 1;
  m->memories = KEEP(x, (vmi_memory[]){{.min = 1, .max = 2}});
  m->ndatas = 1;
  m->datas = KEEP(x, (vmi_data[]){{.mode = VMI_ACTIVE, .bytes = ret_zero, .size = 3,
                                   .offset = {VMI_INIT_GLOBAL, {G_CONST}}}});
  m->nelems = 1;
  m->elems = KEEP(x, (vmi_elem[]){{.mode = VMI_ACTIVE, .table = B_FUNCS,
                                   .type = VM_REF_NULL(T_WORK), .count = 2}});
  m->elems[0].items = KEEP(x, (vmi_init[]){{VMI_INIT_FUNC, {F_WORK}}, {VMI_INIT_NULL, {0}}});
  m->nexports = 2;
  m->exports = KEEP(x, (vmi_export[]){{{"work", 4}, VMI_EXTERN_FUNC, F_WORK},
                                      {{"Point", 5}, VMI_EXTERN_TYPE, T_POINT}});
  m->start = F_NONE;
}

static void begin(fixture *x)
{
  vmi_alloc a = vmi_alloc_from(NULL);
  memset(x, 0, sizeof *x);
  x->e = (vm_error)VM_ERROR_INIT;
  x->m = vmi_module_new(&a);
  assert_non_null(x->m);
  make_types(x);
  make_funcs(x);
  make_rest(x);
  x->f->labels = x->labels;
  x->f->switches = x->switches;
  x->f->handlers = x->handlers;
}

static void op2(fixture *x, const char *name, uint64_t a, uint64_t b)
{
  const vmi_op *op = vmi_isa_find(name, (uint32_t)strlen(name));
  if (op == NULL) fail_msg("no instruction %s", name);
  uint64_t imm[VMI_MAX_IMMS] = {a, b};
  x->size += vmi_isa_encode(op, imm, x->code + x->size);
}
static void op(fixture *x, const char *name) { op2(x, name, 0, 0); }
static void op1(fixture *x, const char *name, uint64_t a) { op2(x, name, a, 0); }

/* A label here, with up to three stack types. */
static void label(fixture *x, uint32_t n, vm_type a, vm_type b, vm_type c)
{
  x->labels[x->f->nlabels++] = (vmi_label){
    .offset = x->size, .ntypes = n, .types = KEEP(x, (vm_type[]){a, b, c}), .name = {"spot", 4}};
}

static vm_status check(fixture *x)
{
  if (x->f->code == NULL) {
    x->f->code = x->code;
    x->f->code_size = x->size;
  }
  return vmi_verify(x->m, &x->e);
}

static void accept(fixture *x)
{
  vm_status status = check(x);
  if (status != VM_OK) fail_msg("rejected: %s", x->e.message);
  assert_true(x->m->verified);
  vmi_module_free(x->m);
}

static void reject_as(fixture *x, vm_status expected, const char *part)
{
  vm_status status = check(x);
  if (status == VM_OK) fail_msg("accepted; expected: %s", part);
  assert_int_equal(status, expected);
  if (strstr(x->e.message, part) == NULL) {
    fail_msg("message \"%s\" lacks \"%s\"", x->e.message, part);
  }
  assert_false(x->m->verified);
  vmi_module_free(x->m);
}
static void reject(fixture *x, const char *part) { reject_as(x, VM_INVALID, part); }

static void finish(fixture *x)
{
  op1(x, "i32.const", 0);
  op(x, "return");
}

/* ---- control ---- */

static void test_plain(void **state)
{
  fixture x;
  begin(&x);
  finish(&x);
  accept(&x);
}

static void test_fall_off(void **state)
{
  fixture x;
  begin(&x);
  op(&x, "nop");
  reject(&x, "control passes it");
  begin(&x);
  reject(&x, "control passes it"); /* no code at all */
}

static void test_dead_code(void **state)
{
  fixture x;
  begin(&x);
  finish(&x);
  op(&x, "nop");
  reject(&x, "expected a label behind");
  begin(&x);
  finish(&x);
  label(&x, 0, 0, 0, 0);
  op(&x, "unreachable");
  accept(&x);
}

static void test_return(void **state)
{
  fixture x;
  begin(&x);
  op1(&x, "i32.const", 1);
  finish(&x);
  reject(&x, "expected a stack of the function's 1 results, found 2");
  begin(&x);
  op1(&x, "i64.const", 1);
  op(&x, "return");
  reject(&x, "return: operand 1: expected i32, found i64");
  assert_int_equal(x.e.function, F_WORK);
  assert_int_equal(x.e.offset, 2);
  begin(&x);
  op(&x, "return");
  reject(&x, "expected 1 operands, found 0");
}

static void test_labels(void **state)
{
  fixture x;
  begin(&x);
  op1(&x, "i64.const", 1);
  label(&x, 1, VM_I64, 0, 0);
  op(&x, "drop");
  finish(&x);
  accept(&x);
  begin(&x);
  op1(&x, "i64.const", 1);
  label(&x, 1, VM_I32, 0, 0);
  op(&x, "return");
  reject(&x, "label 0 (spot): stack entry 0: expected i32, found i64");
  begin(&x);
  op1(&x, "i64.const", 1);
  label(&x, 0, 0, 0, 0);
  finish(&x);
  reject(&x, "expected 0 stack entries, found 1");
  begin(&x);
  finish(&x);
  x.labels[0].offset = 1;
  x.f->nlabels = 1;
  reject(&x, "label 0: expected a place between instructions");
  begin(&x);
  finish(&x);
  x.labels[0].offset = x.size;
  x.f->nlabels = 1;
  reject(&x, "label 0: expected an offset");
  begin(&x); /* two at one place: the first flows into the second */
  label(&x, 0, 0, 0, 0);
  label(&x, 0, 0, 0, 0);
  finish(&x);
  accept(&x);
  begin(&x);
  finish(&x);
  label(&x, 1, VM_REF(T_POINT), 0, 0);
  label(&x, 1, VM_REF_NULL(T_POINT), 0, 0);
  op(&x, "unreachable");
  accept(&x);
  begin(&x);
  finish(&x);
  label(&x, 1, VM_REF_NULL(T_POINT), 0, 0);
  label(&x, 1, VM_REF(T_POINT), 0, 0);
  op(&x, "unreachable");
  reject(&x, "expected (ref 0), found (ref null 0)");
  begin(&x); /* descending */
  label(&x, 0, 0, 0, 0);
  op(&x, "nop");
  label(&x, 0, 0, 0, 0);
  x.labels[0].offset = 1;
  x.labels[1].offset = 0;
  finish(&x);
  reject(&x, "label 1: expected an offset from 1");
  begin(&x);
  finish(&x);
  label(&x, 1, VM_REF(T_COUNT), 0, 0);
  op(&x, "unreachable");
  reject(&x, "expected a value type of this module");
  begin(&x);
  finish(&x);
  label(&x, 1, VM_I8, 0, 0);
  op(&x, "unreachable");
  reject(&x, "expected a value type of this module");
}

static void test_branches(void **state)
{
  fixture x;
  begin(&x);
  label(&x, 0, 0, 0, 0);
  op1(&x, "local.get", 0);
  op1(&x, "br_if", 0);
  finish(&x);
  accept(&x);
  begin(&x);
  label(&x, 0, 0, 0, 0);
  op1(&x, "i32.const", 0);
  op1(&x, "local.get", 0);
  op1(&x, "br_if", 0);
  op(&x, "return");
  reject(&x, "br_if: label 0 (spot): expected 0 stack entries, found 1");
  begin(&x);
  op1(&x, "br", 0);
  reject(&x, "br: label 0 does not exist");
  begin(&x); /* a narrower type may arrive, a wider one may not */
  op1(&x, "local.get", 3);
  op1(&x, "br", 0);
  label(&x, 1, VM_REF_NULL(T_POINT), 0, 0);
  op(&x, "unreachable");
  accept(&x);
  begin(&x);
  op1(&x, "local.get", 1);
  op1(&x, "br", 0);
  label(&x, 1, VM_REF_NULL(T_POINT3), 0, 0);
  op(&x, "unreachable");
  reject(&x, "expected (ref null 1), found (ref null 0)");
}

static void test_null_branches(void **state)
{
  fixture x;
  begin(&x);
  op1(&x, "local.get", 1);
  op1(&x, "br_on_null", 0);
  op2(&x, "struct.get", T_POINT, 0);
  op(&x, "return");
  label(&x, 0, 0, 0, 0);
  op(&x, "unreachable");
  accept(&x);
  begin(&x);
  op1(&x, "local.get", 1);
  op1(&x, "br_on_non_null", 0);
  finish(&x);
  label(&x, 1, VM_REF(T_POINT), 0, 0);
  op(&x, "unreachable");
  accept(&x);
  begin(&x); /* the reference is seen at the label only */
  op1(&x, "local.get", 1);
  op1(&x, "br_on_non_null", 0);
  op2(&x, "struct.get", T_POINT, 0);
  op(&x, "return");
  label(&x, 1, VM_REF(T_POINT), 0, 0);
  op(&x, "unreachable");
  reject(&x, "struct.get: expected 1 operands, found 0");
  begin(&x);
  op1(&x, "local.get", 0);
  op1(&x, "br_on_null", 0);
  reject(&x, "br_on_null: label 0 does not exist");
  begin(&x);
  label(&x, 0, 0, 0, 0);
  op1(&x, "local.get", 0);
  op1(&x, "br_on_null", 0);
  reject(&x, "operand 1: expected a reference, found i32");
}

static void test_switch(void **state)
{
  static const uint32_t both[] = {0, 0, 1}, bad[] = {0, 7};
  fixture x;
  begin(&x);
  x.f->nswitches = 1;
  x.switches[0] = (vmi_switch){2, both};
  op1(&x, "local.get", 0);
  op1(&x, "switch", 0);
  label(&x, 0, 0, 0, 0);
  finish(&x);
  label(&x, 0, 0, 0, 0);
  op(&x, "unreachable");
  accept(&x);
  begin(&x);
  x.f->nswitches = 1;
  x.switches[0] = (vmi_switch){1, bad};
  op1(&x, "local.get", 0);
  op1(&x, "switch", 0);
  label(&x, 0, 0, 0, 0);
  finish(&x);
  reject(&x, "switch: label 7 does not exist");
  begin(&x); /* a target wants another stack */
  x.f->nswitches = 1;
  x.switches[0] = (vmi_switch){2, both};
  op1(&x, "local.get", 0);
  op1(&x, "switch", 0);
  label(&x, 0, 0, 0, 0);
  finish(&x);
  label(&x, 1, VM_I32, 0, 0);
  op(&x, "unreachable");
  reject(&x, "label 1 (spot): expected 1 stack entries, found 0");
  begin(&x);
  op1(&x, "local.get", 0);
  op1(&x, "switch", 0);
  reject(&x, "switch table");
  begin(&x); /* a table that nothing uses */
  x.f->nswitches = 1;
  x.switches[0] = (vmi_switch){2, both};
  finish(&x);
  reject(&x, "switch table 0: expected an instruction that uses it");
  begin(&x); /* one table, two instructions */
  x.f->nswitches = 1;
  x.switches[0] = (vmi_switch){0, both};
  label(&x, 0, 0, 0, 0);
  op1(&x, "local.get", 0);
  op1(&x, "switch", 0);
  label(&x, 0, 0, 0, 0);
  op1(&x, "local.get", 0);
  op1(&x, "switch", 0);
  reject(&x, "expected switch table 1, the next unused one, found 0");
}

static void handler_body(fixture *x)
{
  op(x, "nop");
  op1(x, "local.get", 2);
  op(x, "drop");
  finish(x);
  label(x, 1, VM_REF(VM_HEAP_EXN), 0, 0);
  op(x, "exn.payload");
  op(x, "throw");
}

static void test_handlers(void **state)
{
  fixture x;
  begin(&x);
  handler_body(&x);
  x.f->nhandlers = 2;
  x.handlers[0] = (vmi_handler){1, 3, 0};
  x.handlers[1] = (vmi_handler){0, 4, 0};
  accept(&x);
  begin(&x);
  handler_body(&x);
  x.f->nhandlers = 1;
  x.handlers[0] = (vmi_handler){0, 2, 0};
  reject(&x, "expected a border between instructions");
  begin(&x);
  handler_body(&x);
  x.f->nhandlers = 1;
  x.handlers[0] = (vmi_handler){2, 3, 0};
  reject(&x, "expected a border between instructions");
  begin(&x);
  handler_body(&x);
  x.f->nhandlers = 1;
  x.handlers[0] = (vmi_handler){1, 1, 0};
  reject(&x, "expected a range within");
  begin(&x);
  handler_body(&x);
  x.f->nhandlers = 1;
  x.handlers[0] = (vmi_handler){0, x.size + 1, 0};
  reject(&x, "expected a range within");
  begin(&x); /* to the very end is fine */
  handler_body(&x);
  x.f->nhandlers = 1;
  x.handlers[0] = (vmi_handler){0, x.size, 0};
  accept(&x);
  begin(&x);
  handler_body(&x);
  x.f->nhandlers = 2;
  x.handlers[0] = (vmi_handler){0, 4, 0};
  x.handlers[1] = (vmi_handler){1, 3, 0};
  reject(&x, "expected inner ranges first");
  begin(&x);
  handler_body(&x);
  x.f->nhandlers = 1;
  x.handlers[0] = (vmi_handler){0, 1, 1};
  reject(&x, "expected a label below 1");
  begin(&x);
  handler_body(&x);
  x.f->nhandlers = 1;
  x.handlers[0] = (vmi_handler){0, 1, 0};
  x.labels[0].types = KEEP(&x, (vm_type[]){VM_REF_NULL(VM_HEAP_EXN)});
  reject(&x, "with the stack ((ref exn))");
}

/* ---- calls ---- */

static void args(fixture *x)
{
  op1(x, "local.get", 0);
  op1(x, "local.get", 3); /* a subtype of the parameter */
}

static void test_calls(void **state)
{
  fixture x;
  begin(&x);
  args(&x);
  op1(&x, "call", F_IMPORT);
  op(&x, "return");
  accept(&x);
  begin(&x);
  op1(&x, "local.get", 1);
  op1(&x, "local.get", 0);
  op1(&x, "call", F_IMPORT);
  reject(&x, "call: operand 1: expected i32, found (ref null 0)");
  begin(&x);
  args(&x);
  op1(&x, "call", F_CLOSURE);
  reject(&x, "expected a function without environment");
  begin(&x);
  args(&x);
  op1(&x, "call", F_COUNT);
  reject(&x, "call: function 4 does not exist");
  begin(&x);
  args(&x);
  op1(&x, "return_call", F_CLOSURE);
  reject(&x, "expected a function without environment");
  begin(&x);
  args(&x);
  op1(&x, "return_call", F_WORK);
  accept(&x);
  begin(&x);
  op1(&x, "return_call", F_NONE);
  reject(&x, "callee's results: expected 1 as in the calling function, found 0");
}

static void test_references_to_functions(void **state)
{
  fixture x;
  begin(&x);
  args(&x);
  op1(&x, "ref.func", F_WORK);
  op1(&x, "call_ref", T_WORK);
  op(&x, "return");
  accept(&x);
  begin(&x);
  op1(&x, "ref.func", F_CLOSURE);
  reject(&x, "ref.func: function 2: expected a function without environment");
  begin(&x);
  op1(&x, "local.get", 1);
  op(&x, "ref.as_non_null");
  op1(&x, "closure.new", F_CLOSURE);
  op(&x, "drop");
  finish(&x);
  accept(&x);
  begin(&x);
  op1(&x, "local.get", 1);
  op1(&x, "closure.new", F_CLOSURE);
  reject(&x, "operand 1: expected (ref 0), found (ref null 0)");
  begin(&x);
  op1(&x, "local.get", 1);
  op1(&x, "closure.new", F_WORK);
  reject(&x, "expected a function with an environment");
  begin(&x);
  op1(&x, "ref.func", F_NONE);
  op1(&x, "call_ref", T_WORK);
  reject(&x, "call_ref: expected 3 operands, found 1");
  begin(&x);
  op1(&x, "ref.func", F_NONE);
  op1(&x, "call_ref", T_POINT);
  reject(&x, "expected a function type, found a struct type");
}

static void test_call_indirect(void **state)
{
  fixture x;
  begin(&x);
  args(&x);
  op1(&x, "local.get", 0);
  op2(&x, "call_indirect", B_FUNCS, T_WORK);
  op(&x, "return");
  accept(&x);
  begin(&x);
  args(&x);
  op1(&x, "local.get", 0);
  op2(&x, "call_indirect", B_POINTS, T_WORK);
  reject(&x, "table's elements: expected (ref null func), found (ref null 0)");
  begin(&x);
  args(&x);
  op1(&x, "local.get", 0);
  op2(&x, "return_call_indirect", B_FUNCS, T_VOID);
  reject(&x, "callee's results");
}

/* ---- operands and immediates ---- */

static void test_numbers(void **state)
{
  fixture x;
  begin(&x);
  op1(&x, "local.get", 0);
  op1(&x, "local.get", 2);
  op(&x, "i32.add");
  reject(&x, "i32.add: operand 2: expected i32, found i64");
  begin(&x);
  op1(&x, "local.get", 0);
  op(&x, "i32.add");
  reject(&x, "i32.add: expected 2 operands, found 1");
  begin(&x);
  op1(&x, "local.get", 0);
  op2(&x, "i64.load", 1, 0);
  reject(&x, "memory 1 does not exist");
  begin(&x);
  op1(&x, "local.get", 0);
  op2(&x, "i64.load", 0, 0xFFFFFFFF);
  op(&x, "i32.wrap_i64");
  op(&x, "return");
  accept(&x);
}

static void test_locals(void **state)
{
  fixture x;
  begin(&x);
  op1(&x, "local.get", 5);
  reject(&x, "local.get: local 5 does not exist: expected an index below 5");
  begin(&x);
  op1(&x, "local.get", 1);
  op1(&x, "local.set", 3);
  reject(&x, "local.set: operand 1: expected (ref null 1), found (ref null 0)");
  begin(&x); /* tee gives the local's type, not the operand's */
  op1(&x, "local.get", 3);
  op1(&x, "local.tee", 1);
  op1(&x, "local.set", 3);
  reject(&x, "expected (ref null 1), found (ref null 0)");
  begin(&x);
  op1(&x, "local.get", 3);
  op1(&x, "local.set", 1);
  finish(&x);
  accept(&x);
  begin(&x);
  x.f->locals = KEEP(&x, (vm_type[]){VM_I32, VM_REF_NULL(T_POINT), VM_REF(T_POINT), VM_I32,
                                     VM_I32});
  finish(&x);
  reject(&x, "local 2: expected a type with a default, found (ref 0)");
  begin(&x);
  x.f->locals = KEEP(&x, (vm_type[]){VM_I64, VM_REF_NULL(T_POINT), VM_I32, VM_I32, VM_I32});
  finish(&x);
  reject(&x, "expected its parameters as the first locals");
  begin(&x);
  x.f->nlocals = VMI_MAX_LOCALS + 1;
  finish(&x);
  reject_as(&x, VM_LIMIT, "expected at most 50000 locals");
}

static void test_globals(void **state)
{
  fixture x;
  begin(&x);
  op1(&x, "i32.const", 1);
  op1(&x, "global.set", G_CONST);
  reject(&x, "expected a mutable global");
  begin(&x);
  op1(&x, "i64.const", 1);
  op1(&x, "global.set", G_MUT);
  finish(&x);
  accept(&x);
  begin(&x);
  op1(&x, "global.get", G_COUNT);
  reject(&x, "global 2 does not exist");
}

static void test_stack_words(void **state)
{
  fixture x;
  begin(&x);
  op1(&x, "local.get", 2);
  op1(&x, "local.get", 0);
  op(&x, "swap");
  op(&x, "i32.wrap_i64");
  op(&x, "i32.add");
  op(&x, "dup");
  op(&x, "i32.mul");
  op(&x, "return");
  accept(&x);
  begin(&x);
  op1(&x, "local.get", 3);
  op1(&x, "local.get", 1);
  op1(&x, "local.get", 0);
  op1(&x, "select", VM_REF_NULL(T_POINT3));
  reject(&x, "select: operand 2: expected (ref null 1), found (ref null 0)");
  begin(&x);
  op1(&x, "ref.null", VM_REF(T_POINT));
  reject(&x, "ref.null: expected a nullable reference type");
  begin(&x);
  op1(&x, "ref.null", VM_REF_NULL(T_COUNT));
  reject(&x, "expected a value type of this module");
  begin(&x);
  for (int i = 0; i < 1000; i++) op1(&x, "local.get", 0);
  finish(&x);
  reject(&x, "found 1001 entries");
}

static void test_structs(void **state)
{
  fixture x;
  begin(&x);
  op1(&x, "i32.const", 1);
  op1(&x, "f64.const", 0);
  op1(&x, "struct.new", T_POINT);
  op1(&x, "f64.const", 0);
  op2(&x, "struct.set", T_POINT, 1);
  op1(&x, "local.get", 3);
  op2(&x, "struct.get_s", T_POINT3, 2);
  op(&x, "return");
  accept(&x);
  begin(&x);
  op1(&x, "local.get", 1);
  op1(&x, "i32.const", 1);
  op2(&x, "struct.set", T_POINT, 0);
  reject(&x, "expected a mutable field");
  begin(&x);
  op1(&x, "local.get", 3);
  op2(&x, "struct.get", T_POINT3, 2);
  reject(&x, "struct.get: expected a field or element of value type, found i8");
  begin(&x);
  op1(&x, "local.get", 3);
  op2(&x, "struct.get_u", T_POINT3, 0);
  reject(&x, "expected a packed type, found i32");
  begin(&x);
  op1(&x, "local.get", 3);
  op2(&x, "struct.get", T_POINT3, 4);
  reject(&x, "field 4 does not exist");
  begin(&x);
  op1(&x, "local.get", 1);
  op2(&x, "struct.get", T_POINT3, 0);
  reject(&x, "expected (ref null 1), found (ref null 0)");
  begin(&x);
  op1(&x, "struct.new_default", T_SOLID);
  reject(&x, "field 0: expected a type with a default, found (ref 0)");
  begin(&x);
  op1(&x, "struct.new_default", T_INTS);
  reject(&x, "expected a struct type, found an array type");
}

static void test_arrays(void **state)
{
  fixture x;
  begin(&x);
  op1(&x, "i32.const", 1);
  op1(&x, "i32.const", 9);
  op1(&x, "array.new", T_INTS);
  op1(&x, "i32.const", 0);
  op1(&x, "array.get", T_INTS2); /* the same structure */
  op(&x, "return");
  accept(&x);
  begin(&x);
  op1(&x, "i32.const", 9);
  op1(&x, "array.new_default", T_HARD);
  reject(&x, "expected a type with a default, found (ref 0)");
  begin(&x);
  op1(&x, "i32.const", 9);
  op1(&x, "array.new_default", T_BYTES);
  op1(&x, "i32.const", 0);
  op1(&x, "array.get_u", T_BYTES);
  op(&x, "return");
  accept(&x);
  begin(&x);
  op1(&x, "ref.null", VM_REF_NULL(T_BYTES));
  op1(&x, "i32.const", 0);
  op1(&x, "i32.const", 0);
  op1(&x, "array.set", T_BYTES);
  reject(&x, "expected an array of mutable elements");
  begin(&x);
  op1(&x, "local.get", 1);
  op1(&x, "local.get", 3);
  op2(&x, "array.new_fixed", T_REFS, 2);
  op(&x, "array.len");
  op(&x, "return");
  accept(&x);
  begin(&x);
  op1(&x, "local.get", 1);
  op2(&x, "array.new_fixed", T_REFS, 0xFFFFFFFF);
  reject(&x, "expected 4294967295 operands, found 1");
}

static void copy_args(fixture *x, uint32_t to, uint32_t from)
{
  op1(x, "ref.null", VM_REF_NULL(to));
  op1(x, "i32.const", 0);
  op1(x, "ref.null", VM_REF_NULL(from));
  op1(x, "i32.const", 0);
  op1(x, "i32.const", 0);
  op2(x, "array.copy", to, from);
}

static void test_array_pairs(void **state)
{
  fixture x;
  begin(&x);
  copy_args(&x, T_REFS, T_HARD);
  finish(&x);
  accept(&x);
  begin(&x); /* a null could come to where none may be */
  copy_args(&x, T_HARD, T_REFS);
  reject(&x, "source's elements: expected (ref 0), found (ref null 0)");
  begin(&x);
  copy_args(&x, T_INTS, T_BYTES);
  reject(&x, "source's elements: expected i32, found i8");
  begin(&x);
  copy_args(&x, T_BYTES, T_BYTES);
  reject(&x, "expected an array of mutable elements");
  begin(&x);
  op1(&x, "i32.const", 0);
  op1(&x, "i32.const", 0);
  op2(&x, "array.new_data", T_INTS, 0);
  op(&x, "drop");
  finish(&x);
  accept(&x);
  begin(&x);
  op1(&x, "i32.const", 0);
  op1(&x, "i32.const", 0);
  op2(&x, "array.new_data", T_REFS, 0);
  reject(&x, "expected a number, found (ref null 0)");
  begin(&x);
  op1(&x, "i32.const", 0);
  op1(&x, "i32.const", 0);
  op2(&x, "array.new_data", T_DYNS, 0);
  reject(&x, "expected a number, found dyn");
  begin(&x);
  op2(&x, "array.new_data", T_INTS, 1);
  reject(&x, "data segment 1 does not exist");
}

static void table_op(fixture *x, const char *name, uint32_t a, uint32_t b)
{
  for (int i = 0; i < 3; i++) op1(x, "i32.const", 0);
  op2(x, name, a, b);
}

static void test_tables(void **state)
{
  fixture x;
  begin(&x);
  table_op(&x, "table.init", B_FUNCS, 0);
  table_op(&x, "table.copy", B_POINTS, B_POINTS);
  finish(&x);
  accept(&x);
  begin(&x);
  table_op(&x, "table.init", B_POINTS, 0);
  reject(&x, "source's elements: expected (ref null 0), found (ref null 5)");
  begin(&x);
  table_op(&x, "table.copy", B_FUNCS, B_POINTS);
  reject(&x, "source's elements");
  begin(&x);
  table_op(&x, "table.init", B_FUNCS, 1);
  reject(&x, "element segment 1 does not exist");
  begin(&x);
  op1(&x, "elem.drop", 1);
  reject(&x, "element segment 1 does not exist");
  begin(&x);
  op1(&x, "data.drop", 1);
  reject(&x, "data segment 1 does not exist");
}

static void test_bad_bytes(void **state)
{
  fixture x;
  begin(&x);
  x.code[x.size++] = 0xEF;
  reject(&x, "expected an instruction, found");
  begin(&x);
  x.code[x.size++] = VMI_OP_I32_CONST;
  reject(&x, "expected an instruction, found");
}

static void test_stack_limit(void **state)
{
  enum { N = VMI_MAX_STACK + 1 };
  static uint8_t code[2 * N + 1];
  fixture x;
  for (int i = 0; i < N; i++) {
    code[2 * i] = VMI_OP_LOCAL_GET;
    code[2 * i + 1] = 0;
  }
  code[2 * N] = VMI_OP_UNREACHABLE;
  begin(&x);
  x.f->code = code;
  x.f->code_size = sizeof code;
  reject_as(&x, VM_LIMIT, "expected at most 10000 stack entries");
  begin(&x);
  x.f->code = code + 2;
  x.f->code_size = sizeof code - 2;
  accept(&x);
}

/* Many branches on a deep stack of types that must be compared one by one. */
static void test_work_limit(void **state)
{
  enum { DEPTH = 9000, BRANCHES = 20000, SIZE = 2 * DEPTH + 4 * BRANCHES + 2 };
  static uint8_t code[SIZE];
  static vm_type types[DEPTH];
  fixture x;
  uint32_t at = 0;
  for (int i = 0; i < DEPTH; i++, at += 2) {
    memcpy(code + at, (uint8_t[]){VMI_OP_LOCAL_GET, 3}, 2);
    types[i] = VM_REF_NULL(T_POINT);
  }
  for (int i = 0; i < BRANCHES; i++, at += 4) {
    memcpy(code + at, (uint8_t[]){VMI_OP_LOCAL_GET, 0, VMI_OP_BR_IF, 0}, 4);
  }
  code[at] = VMI_OP_UNREACHABLE;
  code[at + 1] = VMI_OP_UNREACHABLE;
  for (int n = 0; n < 2; n++) {
    begin(&x);
    x.f->nlabels = 1;
    x.labels[0] = (vmi_label){.offset = at + 1, .ntypes = DEPTH, .types = types};
    uint32_t skip = n == 0 ? 0 : 4 * (BRANCHES - 500);
    memmove(code + 2 * DEPTH, code + 2 * DEPTH + skip, at + 2 - 2 * DEPTH - skip);
    x.labels[0].offset -= skip;
    x.f->code = code;
    x.f->code_size = at + 2 - skip;
    if (n == 0) {
      reject_as(&x, VM_LIMIT, "expected fewer branches and calls on so deep a stack");
    } else {
      accept(&x);
    }
  }
}

/* ---- module rules ---- */

static void reject_changed(fixture *x, const char *part)
{
  finish(x);
  reject(x, part);
}

static void test_types(void **state)
{
  fixture x;
  begin(&x); /* a mutable inherited field may not change its type */
  x.m->types[T_POINT].fields[0] = (vmi_field){VM_REF_NULL(VM_HEAP_ANY), true, 0};
  x.m->types[T_POINT3].fields[0] = (vmi_field){VM_REF_NULL(T_POINT), true, 0};
  reject_changed(&x, "field 0: expected mut (ref null any) as in its supertype");
  begin(&x); /* a constant one may */
  x.m->types[T_POINT].fields[0] = (vmi_field){VM_REF_NULL(VM_HEAP_ANY), false, 0};
  x.m->types[T_POINT3].fields[0] = (vmi_field){VM_REF(T_POINT), false, 0};
  finish(&x);
  accept(&x);
  begin(&x); /* but not become wider */
  x.m->types[T_POINT].fields[0] = (vmi_field){VM_REF(T_POINT), false, 0};
  x.m->types[T_POINT3].fields[0] = (vmi_field){VM_REF_NULL(T_POINT), false, 0};
  reject_changed(&x, "field 0");
  begin(&x); /* nor mutable */
  x.m->types[T_POINT3].fields[0].mut = true;
  reject_changed(&x, "field 0");
  begin(&x);
  x.m->types[T_POINT3].nfields = 1;
  reject_changed(&x, "expected the 2 fields of its supertype first");
  begin(&x);
  x.m->types[T_POINT].super = T_POINT;
  reject_changed(&x, "expected an earlier struct type");
  begin(&x);
  x.m->types[T_POINT3].super = T_INTS;
  reject_changed(&x, "expected an earlier struct type");
  begin(&x); /* an array of itself */
  x.m->types[T_REFS].fields[0].type = VM_REF_NULL(T_REFS);
  reject_changed(&x, "expected struct types and earlier types");
  begin(&x);
  x.m->types[T_REFS].fields[0].type = VM_REF_NULL(T_COUNT);
  reject_changed(&x, "expected a type of this module");
  begin(&x);
  x.m->types[T_WORK].params[0] = VM_I16;
  reject_changed(&x, "expected a type of this module");
}

static void test_functions(void **state)
{
  fixture x;
  begin(&x);
  x.m->funcs[F_NONE].type = T_POINT;
  reject_changed(&x, "expected a function type");
  begin(&x);
  x.m->funcs[F_CLOSURE].env = VM_REF_NULL(T_POINT);
  reject_changed(&x, "expected a non-null reference to a struct type");
  begin(&x);
  x.m->funcs[F_CLOSURE].env = VM_REF(T_INTS);
  reject_changed(&x, "expected a non-null reference to a struct type");
  begin(&x);
  x.m->funcs[F_IMPORT].has_env = true;
  x.m->funcs[F_IMPORT].env = VM_REF(T_POINT);
  reject_changed(&x, "and none of an import");
  begin(&x);
  x.m->start = F_WORK;
  reject_changed(&x, "start: expected a function () -> ()");
  begin(&x);
  x.m->imports[2].index = T_INTS;
  reject_changed(&x, "import 2: expected a struct type");
  begin(&x);
  x.m->imports[0].index = 1;
  reject_changed(&x, "import 0: expected index 0");
}

static void test_initial_values(void **state)
{
  fixture x;
  begin(&x);
  x.m->globals[G_MUT].type = VM_REF_NULL(T_WORK);
  x.m->globals[G_MUT].init = (vmi_init){VMI_INIT_FUNC, {F_CLOSURE}};
  reject_changed(&x, "expected a function without environment");
  begin(&x);
  x.m->globals[G_MUT].type = VM_REF(T_WORK);
  x.m->globals[G_MUT].init = (vmi_init){VMI_INIT_NULL, {0}};
  reject_changed(&x, "found null");
  begin(&x);
  x.m->globals[G_MUT].type = VM_REF(VM_HEAP_FUNC);
  x.m->globals[G_MUT].init = (vmi_init){VMI_INIT_FUNC, {F_NONE}};
  finish(&x);
  accept(&x);
  begin(&x);
  x.m->globals[G_MUT].init = (vmi_init){VMI_INIT_GLOBAL, {G_CONST}};
  reject_changed(&x, "expected a value of i64, found i32");
  begin(&x);
  x.m->globals[G_CONST].mut = true;
  reject_changed(&x, "expected an immutable global that has its value");
  begin(&x); /* a dyn that would be a pointer */
  x.m->globals[G_MUT].type = VM_DYN;
  x.m->globals[G_MUT].init.bits = 0x7F0000001000;
  reject_changed(&x, "expected a value of dyn");
  begin(&x);
  x.m->globals[G_MUT].type = VM_DYN;
  x.m->globals[G_MUT].init.bits = 0xFFFE00000000002Aull;
  finish(&x);
  accept(&x);
  begin(&x);
  x.m->globals[G_MUT].type = VM_I32;
  x.m->globals[G_MUT].init.bits = 1ull << 32;
  reject_changed(&x, "expected a value of i32");
  begin(&x);
  x.m->elems[0].items[1] = (vmi_init){VMI_INIT_FUNC, {F_NONE}};
  reject_changed(&x, "expected a value of (ref null 5), found (ref 6)");
  begin(&x);
  x.m->elems[0].table = B_POINTS;
  reject_changed(&x, "as in its table");
  begin(&x);
  x.m->tables[0].type = VM_REF(VM_HEAP_FUNC);
  reject_changed(&x, "table 0: expected a nullable reference type");
  begin(&x);
  x.m->tables[1].min = 10;
  reject_changed(&x, "table 1: expected a length");
  begin(&x);
  x.m->memories[0].max = VMI_MAX_PAGES + 1;
  reject_changed(&x, "memory 0: expected at most 65536 pages");
  begin(&x);
  x.m->datas[0].memory = 1;
  reject_changed(&x, "data segment 0: expected a memory below 1");
}

static void test_exports(void **state)
{
  fixture x;
  begin(&x);
  x.m->exports[1].name = x.m->exports[0].name;
  reject_changed(&x, "expected every name once, found \"work\" again");
  begin(&x);
  x.m->exports[0].index = F_CLOSURE;
  reject_changed(&x, "expected a function without environment");
  begin(&x);
  x.m->exports[1].index = T_INTS;
  reject_changed(&x, "expected a struct type");
}

/* ---- what the verifier finds ---- */

static void test_maps(void **state)
{
  fixture x;
  begin(&x);
  label(&x, 0, 0, 0, 0);
  op1(&x, "local.get", 4);      /* dyn: traced */
  op1(&x, "local.get", 0);
  op1(&x, "f64.const", 0);
  uint32_t at_new = x.size;
  op1(&x, "struct.new", T_POINT); /* before the pops: 100 */
  op1(&x, "local.get", 0);
  op1(&x, "local.get", 1);
  uint32_t at_call = x.size;
  op1(&x, "call", F_IMPORT);    /* behind the pops: 11 */
  uint32_t at_none = x.size;
  op(&x, "drop");
  op(&x, "drop");
  op(&x, "drop");
  op1(&x, "local.get", 0);
  uint32_t at_back = x.size;
  op1(&x, "br_if", 0);          /* nothing traced */
  finish(&x);
  assert_int_equal(check(&x), VM_OK);
  const vmi_func *f = x.f;
  assert_int_equal(f->nrefmaps, 2);
  const vmi_refmap *r = vmi_func_refmap(f, at_new);
  assert_non_null(r);
  assert_int_equal(r->depth, 3);
  assert_true(vmi_refmap_bit(f, r, 0));
  assert_false(vmi_refmap_bit(f, r, 1));
  assert_false(vmi_refmap_bit(f, r, 2));
  r = vmi_func_refmap(f, at_call);
  assert_non_null(r);
  assert_int_equal(r->depth, 2);
  assert_int_equal(r->bits, 3);
  assert_null(vmi_func_refmap(f, at_none));
  assert_null(vmi_func_refmap(f, at_back));
  assert_int_equal(f->max_stack, 4);
  assert_int_equal(f->frame_size, VMI_FRAME_HEADER + 5 + 4);
  assert_int_equal(f->ninsns, 14);
  assert_true(f->has_local_refs);
  assert_int_equal(f->local_refs[0], 0x1A);
  assert_false(x.m->funcs[F_NONE].has_local_refs);
  assert_int_equal(x.m->funcs[F_CLOSURE].local_refs[0], 6);
  vmi_module_free(x.m);
}

static void test_branch_maps(void **state)
{
  fixture x;
  begin(&x); /* br_on_non_null backward: the reference it carries is live at the poll */
  op1(&x, "local.get", 1);
  op(&x, "ref.as_non_null");
  label(&x, 1, VM_REF(T_POINT), 0, 0);
  op(&x, "drop");
  op1(&x, "local.get", 1);
  uint32_t pc = x.size;
  op1(&x, "br_on_non_null", 0);
  finish(&x);
  assert_int_equal(check(&x), VM_OK);
  const vmi_refmap *r = vmi_func_refmap(x.f, pc);
  assert_non_null(r);
  assert_int_equal(r->depth, 1);
  assert_int_equal(r->bits, 1);
  vmi_module_free(x.m);
}

static void test_deep_maps(void **state)
{
  fixture x;
  begin(&x);
  for (int i = 0; i < 40; i++) op1(&x, "local.get", i % 3 == 0);
  uint32_t first = x.size;
  op1(&x, "struct.new_default", T_POINT);
  op(&x, "drop");
  uint32_t second = x.size;
  op1(&x, "struct.new_default", T_POINT);
  op(&x, "unreachable");
  assert_int_equal(check(&x), VM_OK);
  const vmi_refmap *a = vmi_func_refmap(x.f, first), *b = vmi_func_refmap(x.f, second);
  assert_non_null(a);
  assert_non_null(b);
  assert_int_equal(a->depth, 40);
  for (uint32_t i = 0; i < 40; i++) assert_int_equal(vmi_refmap_bit(x.f, a, i), i % 3 == 0);
  assert_int_equal(a->bits, b->bits); /* shared */
  vmi_module_free(x.m);
}

/* ---- memory runs out ---- */

typedef struct counter {
  long left;
  long live;
} counter;

static void *failing_resize(void *user, void *block, size_t old_size, size_t new_size)
{
  counter *c = user;
  vmi_alloc real = vmi_alloc_from(NULL);
  if (new_size == 0) {
    c->live -= block != NULL;
    return real.resize(real.user, block, old_size, 0);
  }
  if (c->left-- <= 0) return NULL;
  void *p = real.resize(real.user, block, old_size, new_size);
  c->live += block == NULL && p != NULL;
  return p;
}

static void test_out_of_memory(void **state)
{
  uint8_t *bytes;
  size_t size;
  vmi_alloc plain = vmi_alloc_from(NULL);
  fixture x;
  begin(&x);
  handler_body(&x);
  x.f->nhandlers = 1;
  x.handlers[0] = (vmi_handler){0, 1, 0};
  x.f->code = x.code;
  x.f->code_size = x.size;
  assert_int_equal(vmi_module_write(&plain, x.m, &bytes, &size, NULL), VM_OK);
  vmi_module_free(x.m);
  for (long n = 0;; n++) {
    counter c = {n, 0};
    vm_allocator hook = {failing_resize, &c};
    vmi_alloc a = vmi_alloc_from(&hook);
    vmi_module *m = NULL;
    vm_error e = VM_ERROR_INIT;
    vm_status status = vmi_module_read(&a, bytes, size, &m, &e);
    if (status == VM_OK) status = vmi_verify(m, &e);
    vmi_module_free(m);
    assert_int_equal(c.live, 0);
    if (status == VM_OK) break;
    assert_int_equal(status, VM_MEMORY);
    assert_true(n < 1000);
  }
  vmi_free(&plain, bytes, size);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_plain),         cmocka_unit_test(test_fall_off),
    cmocka_unit_test(test_dead_code),     cmocka_unit_test(test_return),
    cmocka_unit_test(test_labels),        cmocka_unit_test(test_branches),
    cmocka_unit_test(test_null_branches), cmocka_unit_test(test_switch),
    cmocka_unit_test(test_handlers),      cmocka_unit_test(test_calls),
    cmocka_unit_test(test_references_to_functions),
    cmocka_unit_test(test_call_indirect), cmocka_unit_test(test_numbers),
    cmocka_unit_test(test_locals),        cmocka_unit_test(test_globals),
    cmocka_unit_test(test_stack_words),   cmocka_unit_test(test_structs),
    cmocka_unit_test(test_arrays),        cmocka_unit_test(test_array_pairs),
    cmocka_unit_test(test_tables),        cmocka_unit_test(test_bad_bytes),
    cmocka_unit_test(test_stack_limit),   cmocka_unit_test(test_types),
    cmocka_unit_test(test_work_limit),
    cmocka_unit_test(test_functions),     cmocka_unit_test(test_initial_values),
    cmocka_unit_test(test_exports),       cmocka_unit_test(test_maps),
    cmocka_unit_test(test_branch_maps),   cmocka_unit_test(test_deep_maps),
    cmocka_unit_test(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
