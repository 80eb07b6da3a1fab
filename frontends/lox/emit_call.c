/* emit_call.c - what calls do that do not meet a plain function of the right arity.
 *
 * SPDX-License-Identifier: MIT
 *
 * One function for each number of arguments, made when the first call with that many needs it. Each
 * ends in a call that takes its place, or in wrong_call, which throws what is wrong.
 */
#include "emit.h"

/* Locals of all of these: the operands first, then one dyn. */
typedef struct slow {
  lox_body body;
  uint32_t n;      /* arguments */
  uint32_t callee; /* local with what was called; the arguments follow it */
  uint32_t extra;  /* the local behind all operands */
} slow;

static bool begin(slow *s, lox_emitter *e, const char *name, uint32_t operands, uint32_t *func)
{
  s->body = (lox_body){.e = e};
  if (vm_builder_func(e->b, name, lox_emit_func_type(e, operands), func) != VM_OK) return false;
  if (vm_fn_begin(e->b, *func, &s->body.fn) != VM_OK) return false;
  vm_fn_file(s->body.fn, VM_NO_INDEX); /* what is of no file is left out of traces */
  vm_fn_local(s->body.fn, VM_DYN, NULL, &s->extra);
  return true;
}

static uint32_t new_label(slow *s)
{
  uint32_t label;
  vm_fn_label_new(s->body.fn, NULL, 0, NULL, &label);
  return label;
}

static void push_args(slow *s)
{
  for (uint32_t i = 0; i < s->n; i++) vm_fn_local_get(s->body.fn, s->callee + 1 + i);
}

/* Ends the function with the exception that says what is wrong with a call of local `callee`. */
static void fail(slow *s, uint32_t callee)
{
  vm_fn *fn = s->body.fn;
  vm_fn_local_get(fn, callee);
  vm_fn_i32_const(fn, (int32_t)s->n);
  vm_fn_call(fn, s->body.e->wrong_call);
  vm_fn_op(fn, VM_OP_UNREACHABLE);
}

/* Ends the function with a call of the method in `extra` for the receiver in local `this`; goes to
 * `wrong` if it is no function of this many arguments. */
static void call_method(slow *s, uint32_t this, uint32_t wrong)
{
  vm_fn *fn = s->body.fn;
  uint32_t type = lox_emit_func_type(s->body.e, s->n + 1);
  vm_fn_local_get(fn, s->extra);
  vm_fn_op(fn, VM_OP_DYN_TO_REF);
  vm_fn_ref_test(fn, VM_REF(type));
  vm_fn_br_unless(fn, wrong);
  vm_fn_local_get(fn, this);
  push_args(s);
  vm_fn_local_get(fn, s->extra);
  vm_fn_op(fn, VM_OP_DYN_TO_REF);
  vm_fn_ref_cast(fn, VM_REF(type));
  vm_fn_return_call_ref(fn, type);
}

/* The class (popped) makes an object, and its initializer is called, if it has one. */
static void instantiate(slow *s, uint32_t wrong)
{
  vm_fn *fn = s->body.fn;
  lox_emitter *e = s->body.e;
  uint32_t class, object, with_init = new_label(s);
  vm_fn_local(fn, VM_REF_NULL(e->class_type), NULL, &class);
  vm_fn_local(fn, VM_DYN, NULL, &object);
  vm_fn_local_tee(fn, class);
  vm_fn_struct_get(fn, e->class_type, 1);
  vm_fn_op(fn, VM_OP_OBJECT_NEW);
  vm_fn_local_set(fn, object);
  vm_fn_local_get(fn, class);
  vm_fn_struct_get(fn, e->class_type, 2);
  vm_fn_local_tee(fn, s->extra);
  vm_fn_op(fn, VM_OP_DYN_IS_NIL);
  vm_fn_br_unless(fn, with_init);
  if (s->n) {
    vm_fn_br(fn, wrong);
  } else {
    vm_fn_local_get(fn, object);
    vm_fn_return(fn);
  }
  vm_fn_label_bind(fn, with_init);
  call_method(s, object, wrong);
}

/* The bound method (popped) is called. */
static void call_bound(slow *s, uint32_t wrong)
{
  vm_fn *fn = s->body.fn;
  lox_emitter *e = s->body.e;
  uint32_t bound, this;
  vm_fn_local(fn, VM_REF_NULL(e->bound_type), NULL, &bound);
  vm_fn_local(fn, VM_DYN, NULL, &this);
  vm_fn_local_tee(fn, bound);
  vm_fn_struct_get(fn, e->bound_type, 0);
  vm_fn_local_set(fn, this);
  vm_fn_local_get(fn, bound);
  vm_fn_struct_get(fn, e->bound_type, 1);
  vm_fn_local_set(fn, s->extra);
  call_method(s, this, wrong);
}

/* Goes to `label` with the callee as a reference to struct type `type` if it is one. */
static void branch_if(slow *s, uint32_t type, uint32_t label)
{
  vm_fn *fn = s->body.fn;
  uint32_t no = new_label(s);
  vm_fn_local_get(fn, s->callee);
  vm_fn_op(fn, VM_OP_DYN_TO_REF);
  vm_fn_ref_test(fn, VM_REF(type));
  vm_fn_br_unless(fn, no);
  vm_fn_local_get(fn, s->callee);
  vm_fn_op(fn, VM_OP_DYN_TO_REF);
  vm_fn_ref_cast(fn, VM_REF(type));
  vm_fn_br(fn, label);
  vm_fn_label_bind(fn, no);
}

static uint32_t label_with(slow *s, uint32_t struct_type)
{
  const vm_type type = VM_REF(struct_type);
  uint32_t label;
  vm_fn_label_new(s->body.fn, &type, 1, NULL, &label);
  return label;
}

/* (callee, arguments): a class, a bound method, or wrong. */
uint32_t lox_emit_call_slow(lox_emitter *e, uint32_t n)
{
  slow s = {.n = n, .callee = 0};
  uint32_t *func = &e->call_slow[n];
  if (*func != VM_NO_INDEX || !begin(&s, e, "call", n + 1, func)) return *func;
  vm_fn *fn = s.body.fn;
  uint32_t wrong = new_label(&s);
  uint32_t class = label_with(&s, e->class_type), bound = label_with(&s, e->bound_type);
  vm_fn_local_get(fn, 0);
  vm_fn_op(fn, VM_OP_DYN_IS_REF);
  vm_fn_br_unless(fn, wrong);
  branch_if(&s, e->class_type, class);
  branch_if(&s, e->bound_type, bound);
  vm_fn_label_bind(fn, wrong);
  fail(&s, 0);
  vm_fn_label_bind(fn, class);
  instantiate(&s, wrong);
  vm_fn_label_bind(fn, bound);
  call_bound(&s, wrong);
  vm_fn_end(fn);
  return *func;
}

/* (receiver, arguments, name): a function in a field, a method of another arity, or wrong. */
uint32_t lox_emit_invoke_slow(lox_emitter *e, uint32_t n)
{
  slow s = {.n = n, .callee = 0};
  uint32_t *func = &e->invoke_slow[n];
  if (*func != VM_NO_INDEX || !begin(&s, e, "invoke", n + 2, func)) return *func;
  vm_fn *fn = s.body.fn;
  uint32_t name = n + 1, method = new_label(&s);
  vm_fn_local_get(fn, 0);
  vm_fn_op(fn, VM_OP_DYN_IS_OBJECT);
  vm_fn_br_unless(fn, method);
  vm_fn_local_get(fn, 0);
  vm_fn_local_get(fn, name);
  vm_fn_op(fn, VM_OP_OBJECT_HAS);
  vm_fn_br_unless(fn, method);
  vm_fn_local_get(fn, 0);
  vm_fn_local_get(fn, name);
  vm_fn_op(fn, VM_OP_OBJECT_GET);
  push_args(&s);
  vm_fn_op2(fn, VM_OP_DYN_CALL, lox_emit_func_type(e, n), lox_emit_call_slow(e, n));
  vm_fn_return(fn);
  vm_fn_label_bind(fn, method);
  vm_fn_local_get(fn, 0);
  vm_fn_local_get(fn, name);
  lox_call_runtime(&s.body, LOX_RT_get); /* bound, for the message to know; or throws */
  vm_fn_local_set(fn, s.extra);
  fail(&s, s.extra);
  vm_fn_end(fn);
  return *func;
}

/* (method, this, arguments): the method has another arity. */
uint32_t lox_emit_super_slow(lox_emitter *e, uint32_t n)
{
  slow s = {.n = n, .callee = 0};
  uint32_t *func = &e->super_slow[n];
  if (*func != VM_NO_INDEX || !begin(&s, e, "super", n + 2, func)) return *func;
  vm_fn *fn = s.body.fn;
  vm_fn_local_get(fn, 1);
  vm_fn_local_get(fn, 0);
  lox_call_runtime(&s.body, LOX_RT_bind);
  vm_fn_local_set(fn, s.extra);
  fail(&s, s.extra);
  vm_fn_end(fn);
  return *func;
}
