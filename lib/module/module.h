/* module.h - a module in memory, its binary reader and writer.
 *
 * SPDX-License-Identifier: MIT
 *
 * A vmi_module is what the reader makes of bytes, or the builder of calls: complete and in range
 * (every index that the sections outside code name exists, every limit holds), but its code is not
 * verified. All memory is in its arena. Nothing changes after verification but `code`, see rt.
 */
#ifndef VMI_MODULE_H
#define VMI_MODULE_H

#include "base.h"
#include "isa.h"
#include "vm/types.h"

/* ---- limits: the one place; docs/format.md and the API's vm_limits show them ---- */
enum {
  VMI_MAX_MODULE_BYTES = 1 << 30,
  VMI_MAX_TYPES = 100000,
  VMI_MAX_FIELDS = 2000,       /* of one struct, inherited ones included */
  VMI_MAX_DEPTH = 63,          /* of struct inheritance */
  VMI_MAX_PARAMS = 1000,
  VMI_MAX_RESULTS = 255,
  VMI_MAX_FUNCS = 1000000,     /* imported ones included */
  VMI_MAX_LOCALS = 50000,      /* parameters included */
  VMI_MAX_STACK = 10000,       /* operand stack of one function */
  VMI_MAX_LABELS = 1000000,
  VMI_MAX_CODE = 8 << 20,      /* bytes of one function's code */
  VMI_MAX_GLOBALS = 1000000,
  VMI_MAX_TABLES = 1000,
  VMI_MAX_MEMORIES = 100,
  VMI_MAX_SEGMENTS = 100000,
  VMI_MAX_EXPORTS = 1000000,
  VMI_MAX_IMPORTS = 100000,
  VMI_MAX_NAME = 100000,       /* bytes of one name */
  VMI_MAX_PAGES = 65536,       /* of 64 KiB, of one memory */
  VMI_MAX_TABLE_LENGTH = 10000000,
  VMI_MAX_ARRAY_LENGTH = 0x7FFFFFF0,
  VMI_MAX_INIT = 1000,         /* operations of one initial value */
  VMI_PAGE_SIZE = 65536
};

typedef struct vmi_str {
  const char *data; /* NUL-terminated too */
  uint32_t size;
} vmi_str;

/* ---- types ---- */
typedef enum vmi_def_kind { VMI_DEF_STRUCT, VMI_DEF_ARRAY, VMI_DEF_FUNC } vmi_def_kind;

typedef struct vmi_field {
  vm_type type;    /* storage type: may be VM_I8, VM_I16 */
  bool mut;
  uint32_t offset; /* bytes from the object's start, see vmi_layout */
} vmi_field;

#define VMI_NO_INDEX UINT32_MAX

typedef struct vmi_typedef {
  vmi_def_kind kind;
  uint32_t super;       /* struct: earlier struct type, or VMI_NO_INDEX */
  uint32_t depth;       /* struct: number of supertypes */
  uint32_t jump;        /* struct: 1 + a supertype some steps up, or 1 + itself at the root; 0: not
                           found yet, see vmi_types_unify */
  uint32_t nfields;     /* struct: inherited ones first */
  vmi_field *fields;    /* struct: nfields; array: one, its element */
  uint32_t size;        /* struct: bytes with header, a multiple of 8; array: bytes of an element */
  uint32_t nparams, nresults; /* func */
  vm_type *params, *results;
  uint32_t same;        /* array, func: 1 + the first type of the same structure; 0: not found yet,
                           see vmi_types_unify */
  vmi_str name;
  vmi_str *field_names; /* struct: nfields, or NULL */
} vmi_typedef;

/* Struct types are nominal: each declaration is a type of its own; array and function types are
 * structural. A struct may refer to any type of the module; an array or function type refers to
 * struct types and to earlier types only, so structure is finite. */

/* Object layout, the same on every host: 8 bytes header; a struct's fields follow in order, each
 * at its natural alignment; an array has its u32 length at 8 and its elements from 16. */
enum { VMI_HEADER_SIZE = 8, VMI_ARRAY_LENGTH_OFFSET = 8, VMI_ARRAY_DATA_OFFSET = 16 };

static inline bool vmi_type_is_ref(vm_type t) { return VM_TYPE_KIND(t) == VM_KIND_REF; }
static inline bool vmi_type_is_packed(vm_type t) { return t == VM_I8 || t == VM_I16; }
static inline vm_type vmi_type_unpack(vm_type t) { return vmi_type_is_packed(t) ? VM_I32 : t; }
/* Does a slot of this type hold a word the collector must look at? */
static inline bool vmi_type_traced(vm_type t)
{
  return VM_TYPE_KIND(t) == VM_KIND_REF || VM_TYPE_KIND(t) == VM_KIND_DYN;
}
static inline bool vmi_type_has_default(vm_type t)
{
  return !vmi_type_is_ref(t) || VM_TYPE_NULLABLE(t);
}
uint32_t vmi_storage_size(vm_type storage); /* 1, 2, 4 or 8 */

/* ---- code ---- */
typedef struct vmi_label {
  uint32_t offset;      /* in the function's code; equal to code_size is not allowed */
  uint32_t ntypes;
  const vm_type *types; /* the operand stack there, deepest first */
  vmi_str name;
} vmi_label;

typedef struct vmi_switch {
  uint32_t count;             /* without the default */
  const uint32_t *labels;     /* count + 1 label indices, the default last */
} vmi_switch;

/* Exceptions raised by instructions in [start, end) continue at the label, whose only stack entry
 * is (ref exn). Sorted by end ascending, then start descending: the first that covers wins. */
typedef struct vmi_handler {
  uint32_t start, end, label;
} vmi_handler;

typedef struct vmi_line { /* from `offset` on, source line `line` (0: none) */
  uint32_t offset, line;
} vmi_line;

/* A safepoint whose operand stack holds traced slots. Those without have no entry. */
typedef struct vmi_refmap {
  uint32_t pc;   /* offset of the instruction */
  uint32_t bits; /* bit i: operand slot i is traced; if depth > 32, index into refmap_pool words */
  uint32_t depth; /* operand slots covered */
} vmi_refmap;

typedef struct vmi_func {
  uint32_t type;        /* function type index */
  vm_type env;          /* closure environment type (a struct reference), or 0 = VM_I32: none */
  bool has_env;
  /* code; not for imports */
  const uint8_t *code;
  uint32_t code_size;
  uint32_t code_offset; /* of the code in the module's bytes, for error messages */
  uint32_t nlocals;     /* parameters, then the environment if any, then declared locals */
  const vm_type *locals;
  uint32_t nlabels;
  const vmi_label *labels; /* offsets ascending (equal allowed) */
  uint32_t nswitches;
  const vmi_switch *switches;
  uint32_t nhandlers;
  const vmi_handler *handlers;
  /* found by the verifier */
  uint32_t max_stack;
  uint32_t ninsns;
  uint32_t nrefmaps;
  const vmi_refmap *refmaps;   /* pc ascending */
  const uint32_t *refmap_pool;
  const uint32_t *local_refs;  /* bitmap of traced locals, (nlocals + 31) / 32 words */
  bool has_local_refs;
  uint32_t frame_size;         /* slots: VMI_FRAME_HEADER + nlocals + max_stack */
  uint32_t nsites, first_site; /* instructions with F_SITE; the first one's number in the module */
  const uint32_t *sites;       /* their pcs, ascending */
  uint32_t npoints, first_point; /* the same of instructions with F_SLOW */
  const uint32_t *points;
  /* optional sections */
  vmi_str name;
  vmi_str *local_names; /* nlocals or NULL */
  uint32_t file;        /* index into module files, or VMI_NO_INDEX */
  uint32_t nlines;
  const vmi_line *lines;
} vmi_func;

/* ---- initial values: constant, null, function, immutable global, i32 or i64 arithmetic ---- */
typedef enum vmi_init_kind {
  VMI_INIT_CONST, VMI_INIT_NULL, VMI_INIT_FUNC, VMI_INIT_GLOBAL, VMI_INIT_EXPR,
  VMI_INIT_ADD, VMI_INIT_SUB, VMI_INIT_MUL /* inside of EXPR alone */
} vmi_init_kind;

typedef struct vmi_init {
  vmi_init_kind kind;
  union {
    uint64_t bits; /* CONST: the value's bits, i32 and f32 zero-extended; dyn: nil = 0 or any
                      immediate; FUNC, GLOBAL: the index */
    const struct vmi_init_expr *expr; /* EXPR */
  };
} vmi_init;

/* Operands (CONST, GLOBAL) and operations in the order of a stack machine, all of the type that the
 * value has; 3 or more, or else it would be written as CONST or GLOBAL. */
typedef struct vmi_init_expr {
  uint32_t count;
  vmi_init *ops;
} vmi_init_expr;

typedef struct vmi_global {
  vm_type type;
  bool mut;
  vmi_init init; /* not for imports */
  vmi_str name;
} vmi_global;

typedef struct vmi_table {
  vm_type type; /* a nullable reference */
  uint32_t min, max; /* max VMI_NO_INDEX: none declared; it may be above VMI_MAX_TABLE_LENGTH */
  vmi_str name;
} vmi_table;

typedef struct vmi_memory {
  uint32_t min, max; /* pages; max VMI_NO_INDEX: none declared */
  vmi_str name;
} vmi_memory;

typedef enum vmi_segment_mode { VMI_PASSIVE, VMI_ACTIVE } vmi_segment_mode;

typedef struct vmi_data {
  vmi_segment_mode mode;
  uint32_t memory;
  vmi_init offset; /* i32 */
  const uint8_t *bytes;
  uint32_t size;
  vmi_str name;
  bool is_name; /* found by the verifier: an instruction with F_NAME has it */
} vmi_data;

typedef struct vmi_elem {
  vmi_segment_mode mode;
  uint32_t table;
  vmi_init offset; /* i32 */
  vm_type type;
  uint32_t count;
  vmi_init *items; /* NULL, FUNC or GLOBAL */
  vmi_str name;
} vmi_elem;

typedef enum vmi_extern_kind {
  VMI_EXTERN_FUNC, VMI_EXTERN_TABLE, VMI_EXTERN_MEMORY, VMI_EXTERN_GLOBAL, VMI_EXTERN_TYPE
} vmi_extern_kind;

typedef struct vmi_import {
  vmi_str module, name;
  vmi_extern_kind kind;
  uint32_t index; /* in the index space of its kind; imported entries come first there, except
                     types, where any struct type may be named */
} vmi_import;

typedef struct vmi_export {
  vmi_str name;
  vmi_extern_kind kind;
  uint32_t index;
} vmi_export;

typedef struct vmi_module {
  vmi_arena arena;
  vmi_str name;
  uint32_t ntypes, nfuncs, nglobals, ntables, nmemories, ndatas, nelems, nimports, nexports, nfiles;
  uint32_t nsites, npoints; /* instructions with F_SITE and with F_SLOW, counted by the verifier */
  uint32_t nimported_funcs, nimported_globals, nimported_tables, nimported_memories;
  vmi_typedef *types;
  vmi_func *funcs;
  vmi_global *globals;
  vmi_table *tables;
  vmi_memory *memories;
  vmi_data *datas;
  vmi_elem *elems;
  vmi_import *imports;
  vmi_export *exports; /* sorted by name when read? no: in file order; names are unique */
  vmi_str *files;      /* source file names */
  uint32_t start;      /* function () -> (), or VMI_NO_INDEX */
  vmi_str producers;   /* what made the module, free text; may be empty */
  bool verified;
  uint64_t hash[2];    /* of the bytes */
} vmi_module;

/* Is a value of type `a` usable where `b` is asked for? Reflexive and transitive. */
bool vmi_subtype(const vmi_module *m, vm_type a, vm_type b);
bool vmi_heap_subtype(const vmi_module *m, uint32_t a, uint32_t b);
/* Fill in `same` of every array and function type, `depth` and `jump` of every struct type;
 * types must be well-formed and in order (an array or function type names earlier ones of its
 * kind only). Without it vmi_heap_subtype compares structures, with a bound on the work, and walks
 * up inheritance step by step. False if out of memory. */
bool vmi_types_unify(vmi_module *m, const vmi_alloc *a);
/* Is `t` well-formed here: no index past m->ntypes, no stray bits. `storage`: may be packed. */
bool vmi_type_valid(const vmi_module *m, vm_type t, bool storage);
/* Write `t` in the text syntax, as "(ref null Body)", for messages; returns `buffer`. */
const char *vmi_type_text(const vmi_module *m, vm_type t, char *buffer, size_t size);
static inline const vmi_typedef *vmi_func_type(const vmi_module *m, uint32_t func)
{
  return &m->types[m->funcs[func].type];
}
/* Compute offsets and size of a struct whose nfields/fields (inherited included) are set, or the
 * element size of an array. False if a struct is too large (over 64 KiB). */
bool vmi_layout(vmi_typedef *t);
/* The name to show for a function: its name, or its first export, or NULL. */
const char *vmi_func_name(const vmi_module *m, uint32_t func);
uint32_t vmi_func_line(const vmi_func *f, uint32_t pc); /* 0 if unknown */
/* The last of the n > 0 pcs, which ascend, that is not behind `pc`; the first one if all are. */
static inline uint32_t vmi_pc_index(const uint32_t *pcs, uint32_t n, uint32_t pc)
{
  uint32_t low = 0, high = n;
  while (low + 1 < high) {
    uint32_t middle = (low + high) / 2;
    if (pcs[middle] <= pc) low = middle;
    else high = middle;
  }
  return low;
}
/* The number in the module of the instruction with F_SITE (F_SLOW) at or in front of `pc`; there is
 * one. */
static inline uint32_t vmi_func_site(const vmi_func *f, uint32_t pc)
{
  return f->first_site + vmi_pc_index(f->sites, f->nsites, pc);
}
static inline uint32_t vmi_func_point(const vmi_func *f, uint32_t pc)
{
  return f->first_point + vmi_pc_index(f->points, f->npoints, pc);
}
/* The handler that covers `pc`, or NULL. */
const vmi_handler *vmi_func_handler(const vmi_func *f, uint32_t pc);
/* The reference map at `pc`, or NULL: no traced operands. Binary search. */
const vmi_refmap *vmi_func_refmap(const vmi_func *f, uint32_t pc);
static inline bool vmi_refmap_bit(const vmi_func *f, const vmi_refmap *r, uint32_t slot)
{
  if (r->depth <= 32) return r->bits >> slot & 1;
  return f->refmap_pool[r->bits + slot / 32] >> slot % 32 & 1;
}

/* Read a module. `bytes` are borrowed during the call only (code is copied to the arena).
 * On VM_OK *out is owned by the caller; free with vmi_module_free. Errors: MEMORY, MALFORMED (with
 * the offset), INVALID (an index or type that does not exist), LIMIT. */
vm_status vmi_module_read(const vmi_alloc *a, const uint8_t *bytes, size_t size, vmi_module **out,
                          vm_error *e);
/* Write `m` to a new buffer of the allocator. Same module, same bytes, on every host. */
vm_status vmi_module_write(const vmi_alloc *a, const vmi_module *m, uint8_t **bytes, size_t *size,
                           vm_error *e);
void vmi_module_free(vmi_module *m);
/* 128 bits that name these bytes; the same on every host. Not for use against an adversary. */
void vmi_hash(const uint8_t *bytes, size_t size, uint64_t out[2]);
/* An empty module whose arena uses `a`; NULL if out of memory. */
vmi_module *vmi_module_new(const vmi_alloc *a);

#endif
