/* module.h - what the translator knows of the module it reads, and its parts.
 *
 * SPDX-License-Identifier: MIT
 *
 * Sections are handed to libvm's builder as they are read. What stays here is what validation of
 * later sections asks for: the types, and the type of everything that has an index. Indices are the
 * same on both sides, but for types: libvm has one function type where WebAssembly has several
 * equal ones.
 */
#ifndef WASM_MODULE_H
#define WASM_MODULE_H

#include "names.h"
#include "reader.h"
#include "vm/builder.h"
#include "wasm.h"

/* The value types, as libvm has them. Validation works on these. */
#define WASM_FUNCREF VM_REF_NULL(VM_HEAP_FUNC)
#define WASM_EXTERNREF VM_REF_NULL(VM_HEAP_EXTERN)

/* What libvm can hold; docs/format.md. Beyond these the answer is VM_LIMIT. */
enum {
  WASM_MAX_BINARY = 1 << 30,
  WASM_MAX_PARAMS = 255, /* and results */
  WASM_MAX_PAGES = 65536,
  WASM_MAX_TABLE = 10000000
};

/* Sections by id; 0 is for custom ones. */
typedef enum wasm_section {
  WASM_TYPES = 1, WASM_IMPORTS, WASM_FUNCTIONS, WASM_TABLES, WASM_MEMORIES, WASM_GLOBALS,
  WASM_EXPORTS, WASM_START, WASM_ELEMENTS, WASM_CODE, WASM_DATA, WASM_DATA_COUNT,
  WASM_SECTIONS
} wasm_section;

/* A growing array. */
typedef struct wasm_list {
  void *items;
  uint32_t count, capacity;
  size_t item_size;
} wasm_list;

typedef struct wasm_functype {
  const vm_type *params, *results; /* in the module's `pool` */
  uint32_t nparams, nresults;
  uint32_t vm;                     /* libvm's index */
} wasm_functype;

typedef struct wasm_global {
  vm_type type;
  bool mut, imported;
} wasm_global;

typedef struct wasm_span {
  const uint8_t *at, *end; /* `at` NULL: not there */
} wasm_span;

typedef struct wasm_module {
  wasm_reader r;
  vm_allocator alloc;
  vm_builder *b;
  wasm_names names;
  wasm_span sections[WASM_SECTIONS];
  vm_type *pool;        /* parameters and results of all types */
  uint32_t pool_count, pool_size;
  wasm_list types;      /* wasm_functype */
  wasm_list funcs;      /* uint32_t, index of the type */
  wasm_list tables;     /* vm_type, of the elements */
  wasm_list globals;    /* wasm_global */
  wasm_list elems;      /* vm_type, of the elements */
  wasm_list inits;      /* vm_init: the items of the element segment that is read */
  wasm_list ops;        /* vm_init: the constant expression that is read */
  wasm_list declared;   /* uint8_t for each function: nonzero if code may take a reference to it */
  uint32_t nmemories, ndatas, imported_funcs;
  bool has_data_count;
  wasm_list texts[3];   /* char: names on their way to the builder */
  uint64_t work;        /* see wasm_work */
} wasm_module;

static inline const wasm_functype *wasm_type(const wasm_module *m, uint32_t type)
{
  return (const wasm_functype *)m->types.items + type;
}

static inline const wasm_functype *wasm_func_type(const wasm_module *m, uint32_t func)
{
  return wasm_type(m, ((const uint32_t *)m->funcs.items)[func]);
}

/* As in reader.h, false is a failure that the reader holds. */

/* module.c: memory, the builder's answers, work. */

void *wasm_resize(const wasm_module *m, void *block, size_t old_size, size_t new_size);
/* Room for `count` more items, whose place is returned; NULL: out of memory, which is recorded. */
void *wasm_add(wasm_module *m, wasm_list *list, uint32_t count);
/* The same as wasm_add of one item, copied from `item`. */
bool wasm_append(wasm_module *m, wasm_list *list, const void *item);
void wasm_free_list(wasm_module *m, wasm_list *list);
/* Passes on what a call to the builder came to. */
bool wasm_built(wasm_module *m, vm_status status);
/* A name as the builder takes it, valid until the next one for `slot` (0 to 2); NULL: out of
 * memory, which is recorded. */
const char *wasm_text(wasm_module *m, int slot, wasm_name name);
/* Sets *text to the name that the name section has for an item, or NULL. */
bool wasm_map_text(wasm_module *m, wasm_name_map *map, uint32_t index, const char **text);
bool wasm_local_text(wasm_module *m, wasm_name_kind kind, uint32_t index, const char **text);
/* Labels carry the whole operand stack and branches look at it, so that short code on a deep stack
 * could ask for hours and gigabytes. This spends `units` of what the binary's size allows for. */
bool wasm_work(wasm_module *m, uint64_t units);

/* scan.c: finds the sections, and checks their order and sizes. */
bool wasm_scan(wasm_module *m);

/* types.c */
bool wasm_value_type_of(uint8_t byte, vm_type *out);
bool wasm_read_value_type(wasm_module *m, const char *what, vm_type *out);
bool wasm_read_ref_type(wasm_module *m, const char *what, vm_type *out);
const char *wasm_type_text(vm_type type);
bool wasm_read_types(wasm_module *m);
/* The table's or memory's size. `max` is VM_NO_INDEX if there is none. */
typedef struct wasm_limits {
  uint32_t min, max;
} wasm_limits;
bool wasm_read_table_type(wasm_module *m, vm_type *type, wasm_limits *limits);
bool wasm_read_memory_type(wasm_module *m, wasm_limits *limits);
bool wasm_read_global_type(wasm_module *m, wasm_global *global);

/* imports.c */
bool wasm_read_imports(wasm_module *m);
bool wasm_add_func(wasm_module *m, uint32_t type);

/* sections.c */
bool wasm_read_functions(wasm_module *m);
bool wasm_read_tables(wasm_module *m);
bool wasm_read_memories(wasm_module *m);
bool wasm_read_globals(wasm_module *m);
bool wasm_read_exports(wasm_module *m);
bool wasm_read_start(wasm_module *m);
bool wasm_read_data_count(wasm_module *m);
bool wasm_read_data(wasm_module *m);

/* elements.c */
bool wasm_read_elements(wasm_module *m);

/* ops.c: is this the first byte of an instruction? */
bool wasm_is_opcode(uint8_t byte);

/* init.c: a constant expression whose value must have type `type`. */
bool wasm_read_init(wasm_module *m, vm_type type, vm_init *out);

/* code.c */
bool wasm_read_code(wasm_module *m);

/* form.c: the binary was found invalid; if it is malformed too, that is what it is. */
void wasm_check_form(wasm_module *m);

#endif
