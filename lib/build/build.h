/* build.h - what the files of the builder share.
 *
 * SPDX-License-Identifier: MIT
 *
 * The builder keeps a vmi_module that is well-formed between any two calls: its arrays live in
 * growable vectors and are put back into the module after each addition, so that the typed-stack
 * engine of the module layer sees what has been declared so far. Once a type, function or global is
 * declared, what the engine asks about it never changes, but for struct types: those that are
 * declared and not defined are marked, and no instruction may look inside them.
 */
#ifndef VMI_BUILD_H
#define VMI_BUILD_H

#include "effect.h"
#include "vm/builder.h"

/* Hash table from a hash to an index; the owner compares and keeps the entries. */
typedef struct vmi_build_map {
  uint64_t *slots; /* 0: free; else hash's upper 32 bits, index + 1 */
  uint32_t count, capacity;
} vmi_build_map;

typedef enum vmi_body_state { VMI_BODY_NONE, VMI_BODY_OPEN, VMI_BODY_DONE } vmi_body_state;

/* What the builder knows of a type or function beside the module. */
typedef struct vmi_build_func {
  uint32_t type; /* as in the module, where functions lie further apart: calls ask for it */
  bool has_env;
  uint8_t body;  /* a vmi_body_state */
} vmi_build_func;

typedef struct vmi_build_type {
  bool defined, imported;
} vmi_build_type;

struct vm_builder {
  vmi_alloc alloc;
  vmi_module *m;
  vmi_vec types, funcs, globals, tables, memories, datas, elems, imports, exports, files;
  vmi_vec type_info, func_info; /* vmi_build_type, vmi_build_func: parallel to types and funcs */
  vmi_build_map type_map, export_map;
  vm_fn *open, *idle; /* bodies under construction; ended ones, for the next function */
  bool finished;
  vm_error error;     /* the first; status VM_OK: none */
};

/* Positions in code are offsets in the draft until the end: label numbers change then, and with
 * them the sizes of the instructions that name one. */
typedef struct vmi_build_label {
  uint32_t at;    /* where it stands, or VMI_NO_INDEX */
  uint32_t final; /* its number in the function: labels are numbered in the order of binding */
} vmi_build_label;

typedef struct vmi_build_range {
  uint32_t start, end, label; /* end VMI_NO_INDEX: open */
} vmi_build_range;

/* A label's number in the draft: the first immediate of the instruction that names it. */
typedef struct vmi_build_jump {
  uint32_t at, label;
  int32_t shift; /* layout.c: by how much what is behind it moves */
} vmi_build_jump;

struct vm_fn {
  vm_builder *b;
  vm_fn *next, *prev;
  uint32_t index;    /* of the function */
  vmi_func f;        /* what the typing engine looks at: type, env, locals, labels, switches */
  vmi_typing typing;
  bool reachable;
  size_t quick_end;  /* while the draft is shorter than this, an instruction may be added without
                        looking further; 0: code is unreachable here, the body ended, or the builder
                        failed */
  uint32_t ninsns, nbound;
  uint32_t line, noted; /* of what is emitted next; of what was emitted last */
  vmi_vec code;      /* the draft: bytes, with the builder's label numbers */
  vmi_vec jumps;     /* vmi_build_jump, in the order of the code */
  vmi_vec locals, local_names; /* vm_type, vmi_str */
  vmi_vec labels;    /* vmi_label, by the builder's number */
  vmi_vec places;    /* vmi_build_label, parallel to it */
  vmi_vec bound;     /* uint32_t: the builder's numbers in order of binding */
  vmi_vec switches;  /* vmi_switch */
  vmi_vec ranges;    /* vmi_build_range */
  vmi_vec lines;     /* vmi_line, `offset` in the draft */
  vm_type *stack;    /* VMI_BUILD_STACK */
};

/* Room for the deepest stack that is allowed and the most that one instruction can push on it. */
enum { VMI_BUILD_STACK = VMI_MAX_STACK + 256 };

/* builder.c */

/* VM_OK if the builder can take a call: no error so far, not finished. */
vm_status vmi_build_ready(vm_builder *b);
/* Record the first error; returns its status. */
vm_status vmi_build_fail(vm_builder *b, vm_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
vm_status vmi_build_no_memory(vm_builder *b);
/* After a failure: no body goes the quick way any more. */
void vmi_build_stop(vm_builder *b);
/* Copy a name to the module's memory; NULL gives the empty one. `required` refuses NULL. */
vm_status vmi_build_name(vm_builder *b, const char *what, const char *name, bool required,
                         vmi_str *out);
/* Refuse an addition to a list of `count` entries that may have `max`. */
vm_status vmi_build_room(vm_builder *b, const char *what, size_t count, size_t max);
/* Refuse index `index` of a `what` if there are only `count`. */
vm_status vmi_build_index(vm_builder *b, const char *what, uint32_t index, uint32_t count);
/* Checks an initial value of `what`, for `type`, against what is declared, and translates it. */
vm_status vmi_build_init(vm_builder *b, const char *what, vm_type type, vm_init init,
                         vmi_init *out);
/* Put the vectors' arrays back into the module. */
void vmi_build_sync(vm_builder *b);

/* types.c */
vm_status vmi_build_value_type(vm_builder *b, const char *what, vm_type type);
vm_status vmi_build_func_type(vm_builder *b, uint32_t type);

/* map.c */
/* Room for one more; false: out of memory. */
bool vmi_build_map_grow(const vmi_alloc *a, vmi_build_map *map);
void vmi_build_map_add(vmi_build_map *map, uint64_t hash, uint32_t index);
/* The next index filed under `hash`, or VMI_NO_INDEX; *probe starts as 0. */
uint32_t vmi_build_map_next(const vmi_build_map *map, uint64_t hash, uint32_t *probe);
void vmi_build_map_free(const vmi_alloc *a, vmi_build_map *map);

/* fn.c */
void vmi_build_fn_free(vm_fn *fn);
/* Record an error of this body: the place is put before the message. `op` is the instruction's
 * text, or NULL. */
vm_status vmi_build_fn_fail(vm_fn *fn, vm_status status, const char *op, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
vm_status vmi_build_fn_ready(vm_fn *fn);

/* Sets quick_end, in a body that is usable. */
static inline void vmi_build_fn_quick(vm_fn *fn)
{
  size_t room = fn->code.capacity < VMI_MAX_CODE ? fn->code.capacity : VMI_MAX_CODE;
  fn->quick_end = fn->reachable && room >= VMI_MAX_INSN ? room - VMI_MAX_INSN + 1 : 0;
}

/* layout.c: from the draft to the function's final code. */
vm_status vmi_build_fn_layout(vm_fn *fn);

#endif
