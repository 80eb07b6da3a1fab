/* vm/builder.h - how a front end makes a module: types, imports, functions, code.
 *
 * SPDX-License-Identifier: MIT
 *
 * A builder collects the parts of one module and gives its binary form, which is what
 * vm_module_load and the tool `vm` read. Every call checks its arguments at once, and every
 * instruction is checked against the typed operand stack, so that a mistake is reported by the call
 * that made it and what vm_builder_finish gives always passes the verifier.
 *
 * Errors. A call returns its status; the details (function, offset, source line, and a message that
 * names place, expected and found) are read with vm_builder_error. The first error sticks: every
 * later call on the builder or on one of its functions does nothing and returns that status again,
 * running out of memory included. A front end may thus ignore all results up to vm_builder_finish.
 * Statuses: VM_ARGUMENT (a value, index or operand that is wrong), VM_STATE (a call at the wrong
 * time), VM_LIMIT (a limit of the implementation), VM_MEMORY.
 *
 * Indices. Types, functions, globals, tables, memories, segments and source files are named by
 * their index in the module, given through an out parameter, which may be NULL, and is VM_NO_INDEX
 * after a failure. Imports of a kind come before the definitions of that kind.
 *
 * Strings and arrays given to a call are borrowed during the call. Names are NUL-terminated UTF-8,
 * in which U+0000 may be written as the two bytes C0 80, which are nothing else in UTF-8; where a
 * call says so NULL stands for none. They are for messages, traces and the disassembler, and those
 * of imports and exports for finding each other: they are compared byte by byte, and may be empty.
 *
 * A builder may be used by one thread at a time; several builders are independent.
 */
#ifndef VM_BUILDER_H
#define VM_BUILDER_H

#include <stddef.h>
#include <stdint.h>

#include "vm/engine.h"
#include "vm/opcodes.h"
#include "vm/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vm_builder vm_builder; /* a module under construction */
typedef struct vm_fn vm_fn; /* a function body under construction */

#define VM_NO_INDEX UINT32_MAX /* no index: nothing, or none wanted */

/* ---- life ---- */

/* A new, empty builder. `alloc` is copied and serves all its memory; NULL is the C library's. On
 * VM_OK *out is owned by the caller, who frees it with vm_builder_free. ARGUMENT (out is NULL),
 * MEMORY; `error` may be NULL. */
VM_API vm_status vm_builder_new(const vm_allocator *alloc, vm_builder **out, vm_error *error);

/* Frees the builder and all its unfinished functions; not the bytes that finish gave. NULL is
 * fine. */
VM_API void vm_builder_free(vm_builder *b);

/* The first error, copied to *error (NULL is fine); VM_OK leaves it alone. `error->function` is the
 * function whose body was being built, or VM_NO_OFFSET; `offset` the byte offset of the instruction
 * in the code as it stands, which renumbering of labels at the function's end may shift; `line` the
 * source line last set with vm_fn_line. */
VM_API vm_status vm_builder_error(const vm_builder *b, vm_error *error);

/* Checks that the module is complete and writes it. On VM_OK *bytes (of *size) is owned by the
 * caller, who frees it with vm_builder_bytes_free, and the builder can only be freed. Fails with
 * STATE and the name of what is missing if a declared type or function was not defined or a
 * function was not ended; LIMIT if the module is too large. `error` may be NULL. */
VM_API vm_status vm_builder_finish(vm_builder *b, uint8_t **bytes, size_t *size, vm_error *error);

/* Frees what vm_builder_finish gave; `alloc` is that of vm_builder_new. NULL `bytes` are fine. */
VM_API void vm_builder_bytes_free(const vm_allocator *alloc, uint8_t *bytes, size_t size);

/* The module's name, for messages and traces. NULL removes it. */
VM_API vm_status vm_builder_name(vm_builder *b, const char *name);

/* What made the module, free text ("tinyc 1.2"). NULL removes it. */
VM_API vm_status vm_builder_producers(vm_builder *b, const char *producers);

/* A source file name; functions begun later take the last one given unless vm_fn_file says else. */
VM_API vm_status vm_builder_file(vm_builder *b, const char *name, uint32_t *file);

/* ---- types ---- */

/* A field of a struct type. */
typedef struct vm_field_def {
  vm_type type;     /* storage type: VM_I8 and VM_I16 are allowed */
  int mut;          /* nonzero: mutable */
  const char *name; /* or NULL */
} vm_field_def;

/* Declares a struct type, to be defined later: until then it may stand in references (recursion)
 * but neither be inherited from nor be used by struct instructions. `name` may be NULL. */
VM_API vm_status vm_builder_type_declare(vm_builder *b, const char *name, uint32_t *type);

/* Defines a declared struct type: `super` an earlier, defined struct type or VM_NO_INDEX, then its
 * own `count` fields. Inherited fields come first: own field i is field i plus the number of
 * inherited ones. */
VM_API vm_status vm_builder_type_define(vm_builder *b, uint32_t type, uint32_t super,
                                        const vm_field_def *fields, uint32_t count);

/* Declares and defines a struct type. */
VM_API vm_status vm_builder_type_struct(vm_builder *b, const char *name, uint32_t super,
                                        const vm_field_def *fields, uint32_t count,
                                        uint32_t *type);

/* The array type with these elements. Equal array types are one: a second request gives the first
 * one's index, and its name if that had none. `name` may be NULL. */
VM_API vm_status vm_builder_type_array(vm_builder *b, const char *name, vm_type element, int mut,
                                       uint32_t *type);

/* The function type with these parameters and results. Equal ones are one, as with arrays. */
VM_API vm_status vm_builder_type_func(vm_builder *b, const char *name, const vm_type *params,
                                      uint32_t nparams, const vm_type *results, uint32_t nresults,
                                      uint32_t *type);

/* ---- imports: `module` and `name` say what is imported, `local` (or NULL) names it here ---- */

/* Import a function, a global. */
VM_API vm_status vm_builder_import_func(vm_builder *b, const char *module, const char *name,
                                        const char *local, uint32_t type, uint32_t *func);
VM_API vm_status vm_builder_import_global(vm_builder *b, const char *module, const char *name,
                                          const char *local, vm_type type, int mut,
                                          uint32_t *global);
/* `min` and `max` are in elements (tables) and pages of 65,536 bytes (memories); `max` VM_NO_INDEX
 * declares none. A table's may be more than tables can have, and its type is a nullable
 * reference. */
VM_API vm_status vm_builder_import_table(vm_builder *b, const char *module, const char *name,
                                         const char *local, vm_type type, uint32_t min,
                                         uint32_t max, uint32_t *table);
VM_API vm_status vm_builder_import_memory(vm_builder *b, const char *module, const char *name,
                                          const char *local, uint32_t min, uint32_t max,
                                          uint32_t *memory);
/* Makes struct type `type` the one that another module exports; each type at most once. */
VM_API vm_status vm_builder_import_type(vm_builder *b, const char *module, const char *name,
                                        uint32_t type);

/* ---- memories, tables, globals, segments, exports ---- */

/* `name` may be NULL in all of these. */
VM_API vm_status vm_builder_memory(vm_builder *b, const char *name, uint32_t min, uint32_t max,
                                   uint32_t *memory);
VM_API vm_status vm_builder_table(vm_builder *b, const char *name, vm_type type, uint32_t min,
                                  uint32_t max, uint32_t *table);

/* An initial value. */
typedef enum vm_init_kind {
  VM_INIT_CONST, /* `bits`: i32 and f32 zero-extended; dyn: 0 is nil */
  VM_INIT_NULL,  /* the null reference */
  VM_INIT_FUNC,  /* a reference to the function with index `bits`, which takes no environment */
  VM_INIT_GLOBAL, /* the value of the immutable global with index `bits`: one that exists already,
                     imported or not */
  VM_INIT_EXPR,  /* i32 or i64 arithmetic: the `bits` entries of `ops`, below */
  VM_INIT_ADD,   /* inside VM_INIT_EXPR alone: pop two values, push their sum, */
  VM_INIT_SUB,   /* difference */
  VM_INIT_MUL    /* or product, wrapping */
} vm_init_kind;

/* An initial value; the calls below make one. */
typedef struct vm_init {
  vm_init_kind kind; /* what it is */
  uint64_t bits;     /* which one */
  const struct vm_init *ops; /* VM_INIT_EXPR; else unused */
} vm_init;

/* Initial values of each kind. */
VM_API vm_init vm_init_i32(int32_t value);
VM_API vm_init vm_init_i64(int64_t value);
VM_API vm_init vm_init_f32(float value);
VM_API vm_init vm_init_f64(double value);
VM_API vm_init vm_init_nil(void); /* of type dyn */
VM_API vm_init vm_init_null(void);
VM_API vm_init vm_init_func(uint32_t func);
VM_API vm_init vm_init_global(uint32_t global);

/* Arithmetic, in the order of a stack machine: `ops` are constants, globals and the operations
 * below, at most 1,000, all of the type that is initialised, i32 or i64; one value is left at the
 * end. `ops` is borrowed until the call that takes the result returns. Since 0.1. */
VM_API vm_init vm_init_expr(const vm_init *ops, uint32_t count);
VM_API vm_init vm_init_add(void);
VM_API vm_init vm_init_sub(void);
VM_API vm_init vm_init_mul(void);

/* A global, of any value type that fits its initial value. */
VM_API vm_status vm_builder_global(vm_builder *b, const char *name, vm_type type, int mut,
                                   vm_init init, uint32_t *global);

/* A data segment: passive, for the instructions that name it; or active, written to `memory` at
 * `offset` (an i32) when the module is instantiated. */
VM_API vm_status vm_builder_data(vm_builder *b, const char *name, const void *bytes, uint32_t size,
                                 uint32_t *data);
VM_API vm_status vm_builder_data_active(vm_builder *b, const char *name, uint32_t memory,
                                        vm_init offset, const void *bytes, uint32_t size,
                                        uint32_t *data);

/* An element segment of `count` references of type `type`, passive or active. */
VM_API vm_status vm_builder_elem(vm_builder *b, const char *name, vm_type type,
                                 const vm_init *items, uint32_t count, uint32_t *elem);
VM_API vm_status vm_builder_elem_active(vm_builder *b, const char *name, uint32_t table,
                                        vm_init offset, vm_type type, const vm_init *items,
                                        uint32_t count, uint32_t *elem);

/* Exports; a name may be exported once. */
VM_API vm_status vm_builder_export_func(vm_builder *b, const char *name, uint32_t func);
VM_API vm_status vm_builder_export_global(vm_builder *b, const char *name, uint32_t global);
VM_API vm_status vm_builder_export_table(vm_builder *b, const char *name, uint32_t table);
VM_API vm_status vm_builder_export_memory(vm_builder *b, const char *name, uint32_t memory);
VM_API vm_status vm_builder_export_type(vm_builder *b, const char *name, uint32_t type);

/* The function, () -> () and without environment, that runs when the module is instantiated. */
VM_API vm_status vm_builder_start(vm_builder *b, uint32_t func);

/* ---- functions ---- */

/* Declares a function of function type `type`; its body may be given at any time before finish, so
 * that functions may call each other in any order. `name` may be NULL. */
VM_API vm_status vm_builder_func(vm_builder *b, const char *name, uint32_t type, uint32_t *func);

/* Declares the body of closures: a function that also gets an environment, of type `env`, a
 * non-null reference to a declared struct type. It is reached through closure.new only. */
VM_API vm_status vm_builder_func_env(vm_builder *b, const char *name, uint32_t type, vm_type env,
                                     uint32_t *func);

/* Begins the body of declared function `func`. *fn stays the builder's and is valid until
 * vm_fn_end or vm_builder_free. Several bodies may be open at once. Locals 0 to n-1 are the n
 * parameters, local n the environment if there is one. */
VM_API vm_status vm_fn_begin(vm_builder *b, uint32_t func, vm_fn **fn);

/* Ends the body: every label is bound, every handler range closed, and control does not fall off
 * the end. `fn` is gone after this, whatever is returned. */
VM_API vm_status vm_fn_end(vm_fn *fn);

/* A new local, which must have a default value (no non-null reference); it starts as zero, null or
 * nil. `name` may be NULL. */
VM_API vm_status vm_fn_local(vm_fn *fn, vm_type type, const char *name, uint32_t *local);

/* Names a local, parameters and environment included. NULL removes the name. */
VM_API vm_status vm_fn_local_name(vm_fn *fn, uint32_t local, const char *name);

/* The type of a local; ARGUMENT if there is none. */
VM_API vm_status vm_fn_local_type(vm_fn *fn, uint32_t local, vm_type *type);

/* The source file of this function, an index that vm_builder_file gave, or VM_NO_INDEX. */
VM_API vm_status vm_fn_file(vm_fn *fn, uint32_t file);

/* Instructions from here on come from source line `line`; 0: from none. */
VM_API vm_status vm_fn_line(vm_fn *fn, uint32_t line);

/* Nonzero if an instruction can be emitted here; zero behind an unconditional transfer, where only
 * a label can follow (a front end skips dead code with this), and after an error. */
VM_API int vm_fn_reachable(const vm_fn *fn);

/* The number of operands on the stack, and the type of the one `from_top` below the top. */
VM_API uint32_t vm_fn_depth(const vm_fn *fn);
VM_API vm_status vm_fn_operand(vm_fn *fn, uint32_t from_top, vm_type *type);

/* ---- labels and handlers ---- */

/* A new label: `types` is the whole operand stack there, deepest first. It may be branched to
 * before and after it is bound, and must be bound once. `name` may be NULL. */
VM_API vm_status vm_fn_label_new(vm_fn *fn, const vm_type *types, uint32_t count, const char *name,
                                 uint32_t *label);

/* A new label whose operand stack is the present one with `types` on top: what an expression wants
 * that branches while operands of the expression around it wait below. STATE: unreachable code. */
VM_API vm_status vm_fn_label_here(vm_fn *fn, const vm_type *types, uint32_t count,
                                  const char *name, uint32_t *label);

/* Binds the label here. If control can come from above, the stack must match the label's types;
 * from here on the stack is the label's types. */
VM_API vm_status vm_fn_label_bind(vm_fn *fn, uint32_t label);

/* Opens a range of instructions whose exceptions continue at `handler`, a label whose only type is
 * (ref exn); with the stack as it was gone. Where ranges nest, the inner one wins. */
VM_API vm_status vm_fn_try_begin(vm_fn *fn, uint32_t handler, uint32_t *range);

/* Closes a range. An empty one is dropped. */
VM_API vm_status vm_fn_try_end(vm_fn *fn, uint32_t range);

/* ---- instructions ---- */

/* Any instruction but `switch`, by opcode (VM_OP_X of vm/opcodes.h) and as many immediates as it
 * has, in the order of docs/instructions.md: indices, counts and offsets; constants, i32
 * sign-extended, floats as their bits; types as vm_type; labels as vm_fn_label_new gave them. */
VM_API vm_status vm_fn_op(vm_fn *fn, uint32_t opcode);
VM_API vm_status vm_fn_op1(vm_fn *fn, uint32_t opcode, uint64_t imm);
VM_API vm_status vm_fn_op2(vm_fn *fn, uint32_t opcode, uint64_t imm0, uint64_t imm1);
VM_API vm_status vm_fn_op3(vm_fn *fn, uint32_t opcode, uint64_t imm0, uint64_t imm1, uint64_t imm2);

/* switch: jumps to labels[i] for the popped i, to `otherwise` if i is not below `count`. */
VM_API vm_status vm_fn_switch(vm_fn *fn, const uint32_t *labels, uint32_t count,
                              uint32_t otherwise);

/* The commonest ones, typed. */
VM_API vm_status vm_fn_i32_const(vm_fn *fn, int32_t value);
VM_API vm_status vm_fn_i64_const(vm_fn *fn, int64_t value);
VM_API vm_status vm_fn_f32_const(vm_fn *fn, float value);
VM_API vm_status vm_fn_f64_const(vm_fn *fn, double value);
VM_API vm_status vm_fn_local_get(vm_fn *fn, uint32_t local);
VM_API vm_status vm_fn_local_set(vm_fn *fn, uint32_t local);
VM_API vm_status vm_fn_local_tee(vm_fn *fn, uint32_t local);
VM_API vm_status vm_fn_global_get(vm_fn *fn, uint32_t global);
VM_API vm_status vm_fn_global_set(vm_fn *fn, uint32_t global);
VM_API vm_status vm_fn_drop(vm_fn *fn);
VM_API vm_status vm_fn_select(vm_fn *fn, vm_type type);
VM_API vm_status vm_fn_br(vm_fn *fn, uint32_t label);
VM_API vm_status vm_fn_br_if(vm_fn *fn, uint32_t label);
VM_API vm_status vm_fn_br_unless(vm_fn *fn, uint32_t label);
VM_API vm_status vm_fn_return(vm_fn *fn);
VM_API vm_status vm_fn_call(vm_fn *fn, uint32_t func);
VM_API vm_status vm_fn_call_indirect(vm_fn *fn, uint32_t table, uint32_t type);
VM_API vm_status vm_fn_call_ref(vm_fn *fn, uint32_t type);
VM_API vm_status vm_fn_return_call(vm_fn *fn, uint32_t func);
VM_API vm_status vm_fn_return_call_ref(vm_fn *fn, uint32_t type);
VM_API vm_status vm_fn_throw(vm_fn *fn);
VM_API vm_status vm_fn_ref_null(vm_fn *fn, vm_type type);
VM_API vm_status vm_fn_ref_func(vm_fn *fn, uint32_t func);
VM_API vm_status vm_fn_ref_cast(vm_fn *fn, vm_type type);
VM_API vm_status vm_fn_ref_test(vm_fn *fn, vm_type type);
VM_API vm_status vm_fn_closure_new(vm_fn *fn, uint32_t func);
VM_API vm_status vm_fn_struct_new(vm_fn *fn, uint32_t type);
VM_API vm_status vm_fn_struct_get(vm_fn *fn, uint32_t type, uint32_t field); /* not packed */
VM_API vm_status vm_fn_struct_set(vm_fn *fn, uint32_t type, uint32_t field);
VM_API vm_status vm_fn_array_new(vm_fn *fn, uint32_t type);
VM_API vm_status vm_fn_array_new_default(vm_fn *fn, uint32_t type);
VM_API vm_status vm_fn_array_new_fixed(vm_fn *fn, uint32_t type, uint32_t count);
VM_API vm_status vm_fn_array_get(vm_fn *fn, uint32_t type); /* not packed */
VM_API vm_status vm_fn_array_set(vm_fn *fn, uint32_t type);
VM_API vm_status vm_fn_array_len(vm_fn *fn);
VM_API vm_status vm_fn_load(vm_fn *fn, uint32_t opcode, uint32_t memory, uint32_t offset);
VM_API vm_status vm_fn_store(vm_fn *fn, uint32_t opcode, uint32_t memory, uint32_t offset);

#ifdef __cplusplus
}
#endif
#endif
