/* vm/module.h - verified modules, shared by isolates.
 *
 * SPDX-License-Identifier: MIT
 *
 * A module is immutable and counted: the host holds one reference, every isolate that instantiates
 * it another. Any thread at any time; vm_module_free must be the host's last use.
 */
#ifndef VM_MODULE_H
#define VM_MODULE_H

#include "vm/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vm_module vm_module; /* verified code, immutable */

/* Read and verify a module in its binary form, alone or with compiled code behind it (see
 * vm_module_save_compiled). With VM_TIER_2 it is compiled too, which can take seconds. The bytecode
 * may be hostile; compiled code is not looked at unless the engine's config says trust_native.
 *
 * bytes, size  borrowed for the call
 * out          owned by the caller, freed with vm_module_free; NULL on failure
 *
 * ARGUMENT: a NULL. MALFORMED: `error` has the offset in `bytes`. INVALID: not verified; `error`
 * has function and offset. LIMIT: a limit of the implementation is exceeded. MEMORY. */
VM_API vm_status vm_module_load(vm_engine *engine, const void *bytes, size_t size, vm_module **out,
                                vm_error *error);

/* Assemble a text and load the result. As vm_module_load, and SYNTAX: `error` has line and column.
 * `text` need not end in NUL. */
VM_API vm_status vm_module_assemble(vm_engine *engine, const char *text, size_t size,
                                    vm_module **out, vm_error *error);

/* Give up the host's reference; the module goes when no isolate uses it any more. NULL is fine. */
VM_API void vm_module_free(vm_module *module);

/* The module's name, borrowed until it is freed; "" if it has none or `module` is NULL. */
VM_API const char *vm_module_name(const vm_module *module);

/* The engine that `module` was loaded into; borrowed. NULL if `module` is. */
VM_API vm_engine *vm_module_engine(const vm_module *module);

/* ---- what it imports and exports ---- */

/* Kinds of what is imported or exported. */
typedef enum vm_entity {
  VM_ENTITY_FUNC = 0,
  VM_ENTITY_TABLE = 1,
  VM_ENTITY_MEMORY = 2,
  VM_ENTITY_GLOBAL = 3,
  VM_ENTITY_TYPE = 4
} vm_entity;

#define VM_TYPE_TEXT 192 /* bytes of vm_entity_info.type */

/* An import or export. */
typedef struct vm_entity_info {
  const char *module;      /* borrowed; imports only, else NULL */
  const char *name;        /* borrowed from the module */
  vm_entity kind;          /* what it is */
  uint32_t index;          /* in the module's index space of its kind */
  char type[VM_TYPE_TEXT]; /* as assembler text, "(i32, f64) -> (i32)" or "mut i64"; may be cut */
} vm_entity_info;

/* How many there are; 0 if `module` is NULL. */
VM_API uint32_t vm_module_import_count(const vm_module *module);
VM_API uint32_t vm_module_export_count(const vm_module *module);

/* Describe import or export `index`, in the order of the file.
 *
 * out  filled; its strings are borrowed until the module is freed
 *
 * ARGUMENT: a NULL, or `index` is not below the count. */
VM_API vm_status vm_module_get_import(const vm_module *module, uint32_t index, vm_entity_info *out,
                                      vm_error *error);
VM_API vm_status vm_module_get_export(const vm_module *module, uint32_t index, vm_entity_info *out,
                                      vm_error *error);

/* ---- functions and their compilation ---- */

/* How a function is run. */
typedef enum vm_function_state {
  VM_FUNCTION_INTERPRETED = 0,
  VM_FUNCTION_QUEUED = 1,   /* to be compiled; interpreted meanwhile */
  VM_FUNCTION_COMPILED = 2,
  VM_FUNCTION_FAILED = 3,   /* could not be compiled; interpreted for good */
  VM_FUNCTION_IMPORTED = 4  /* its code is elsewhere */
} vm_function_state;

/* What is known of a function. */
typedef struct vm_function_info {
  const char *name;         /* borrowed; its name or first export; NULL: neither */
  const char *file;         /* borrowed; source file, NULL if unknown */
  uint32_t nparams, nresults; /* of its type */
  uint32_t code_size;       /* bytes of bytecode */
  uint32_t frame_size;      /* 8-byte slots a call takes on the isolate's stack */
  vm_function_state state;  /* may change at any time while code runs */
  uint32_t translated;      /* nonzero: tier 1 has register code for it */
} vm_function_info;

/* How many functions, imported ones (which come first) included; 0 if `module` is NULL. */
VM_API uint32_t vm_module_function_count(const vm_module *module);

/* ARGUMENT: a NULL, or `index` is not below the count. */
VM_API vm_status vm_module_get_function(const vm_module *module, uint32_t index,
                                        vm_function_info *out, vm_error *error);

/* Compile functions now and wait until that is done. What compiled is used from the next call on,
 * even if others failed.
 *
 * functions, count  indices, borrowed; NULL and 0: all of the module
 *
 * ARGUMENT: an index is not below the count. COMPILE: the compiler is missing (VM_TIER_0 has none)
 * or some function failed; `error` says why. MEMORY. */
VM_API vm_status vm_module_compile(vm_module *module, const uint32_t *functions, uint32_t count,
                                   vm_error *error);

/* Put functions back into the interpreter. Their code is unloaded when nobody is in it and no other
 * function of the same unit needs it; copies that were inlined into other functions stay. They are
 * compiled again when they get hot.
 *
 * functions, count  indices, borrowed; NULL and 0: all of the module
 *
 * ARGUMENT: an index is not below the count. COMPILE: in a forked child. MEMORY. */
VM_API vm_status vm_module_discard_code(vm_module *module, const uint32_t *functions, uint32_t count,
                                        vm_error *error);

/* The same, and never compile them on their own: not before vm_module_compile asks for them, or for
 * all. Their state is VM_FUNCTION_FAILED. */
VM_API vm_status vm_module_exclude(vm_module *module, const uint32_t *functions, uint32_t count,
                                   vm_error *error);

#define VM_FUNCTION_REASON 160 /* bytes of vm_function_stats.reason */

/* What a function did and what was done with it. */
typedef struct vm_function_stats {
  size_t size;              /* sizeof(vm_function_stats), set by the caller */
  vm_function_state state;  /* as in vm_function_info */
  uint32_t tier;            /* whose code calls enter: 0, 1 or 2 */
  /* What was interpreted, in all isolates. They are brought up to date when a function did 100,000
   * bytes' work in an isolate, by vm_isolate_get_stats, and when the isolate goes. Nothing is
   * counted by compiled code. After an eviction `work` begins again. */
  uint64_t calls;
  uint64_t work;            /* bytes of bytecode; a function is compiled when it reaches `threshold` */
  uint64_t threshold;       /* the predicted compile time, in the same unit */
  uint64_t compile_ns;      /* wall time its unit took; 0: not compiled, or in an earlier run */
  uint64_t code_bytes;      /* memory that its unit is mapped to; 0: not compiled */
  uint32_t unit_functions;  /* functions that share both; 0: not compiled */
  uint32_t compiles;        /* how often it got code */
  uint32_t loop_entries;    /* nonzero: its code can be entered at its loops */
  char reason[VM_FUNCTION_REASON]; /* why it is not compiled: failure, exclusion, eviction, the queue;
                                      "" if it is, or did not get hot */
} vm_function_stats;

/* What is known of function `index`, which may change at any time while code runs. Imported ones
 * have a state and nothing else. Any thread.
 *
 * out  filled as far as out->size has room
 *
 * ARGUMENT: a NULL, `index` is not below the count, or `size` is too small. */
VM_API vm_status vm_module_get_function_stats(const vm_module *module, uint32_t index,
                                              vm_function_stats *out, vm_error *error);

/* ---- ahead of time ---- */

/* Compile the whole module and write it, bytecode and machine code, to a new buffer: what a .vmx
 * file holds. Loaded by an engine with trust_native it runs at full speed at once; where processor,
 * version or build differ, or without trust_native, its bytecode runs as that of any module. The
 * module itself does not change. Takes as long as compiling does. Functions that fail to compile
 * are left to the interpreter.
 *
 * Machine code is trusted: nothing can verify it, so load with trust_native only files that come
 * from where programs you run come from.
 *
 * bytes, size  out; freed with vm_module_bytes_free; NULL and 0 on failure
 *
 * ARGUMENT: a NULL. COMPILE: the compiler is missing, or no function compiled. MEMORY. */
VM_API vm_status vm_module_save_compiled(vm_module *module, uint8_t **bytes, size_t *size,
                                         vm_error *error);

/* Free what vm_module_save_compiled, vm_module_list_assembly or vm_module_list_register_code made,
 * with the same module's engine, which still exists. NULL bytes are fine. */
VM_API void vm_module_bytes_free(vm_engine *engine, void *bytes, size_t size);

/* Compile the whole module and write what GCC made of each function, as assembler text whose every
 * line is a comment of the module's text form. The module itself does not change. Functions that
 * fail to compile are left out.
 *
 * text, size  out; NUL-terminated, which `size` counts; freed with vm_module_bytes_free; NULL and
 *             0 on failure
 *
 * As vm_module_save_compiled. */
VM_API vm_status vm_module_list_assembly(vm_module *module, char **text, size_t *size,
                                         vm_error *error);

/* Write the bytecode of each function and beside it the register code that tier 1 makes of it, as
 * text whose every line is a comment of the module's text form. Needs no compiler; the module does
 * not change. What register instructions look like is in docs/tier1.md and no promise.
 *
 * text, size  out; NUL-terminated, which `size` counts; freed with vm_module_bytes_free; NULL and
 *             0 on failure
 *
 * ARGUMENT: a NULL. MEMORY. Since 0.1. */
VM_API vm_status vm_module_list_register_code(vm_module *module, char **text, size_t *size,
                                              vm_error *error);

/* The bytecode inside the bytes of a module, which may have compiled code behind it: what
 * vm_text_disassemble wants. Nothing is copied.
 *
 * ARGUMENT: a NULL. MALFORMED: it should have compiled code but is cut off before that. */
VM_API vm_status vm_module_find_bytecode(const void *bytes, size_t size, const void **bytecode,
                                         size_t *bytecode_size, vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
