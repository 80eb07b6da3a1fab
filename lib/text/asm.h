/* asm.h - the assembler's state and the helpers its files share.
 *
 * SPDX-License-Identifier: MIT
 *
 * The text is read in passes, by the same grammar functions, because anything may be named before
 * it is declared and because an instruction's size depends on the indices it names:
 *
 *   NAMES   gives every item its index and enters its name; function bodies are skipped
 *   TYPES   fills in the types, which signatures and field names need
 *   ITEMS   makes everything else but code
 *   bodies  one after the other, each instruction list first, then labels resolved and encoded
 *
 * A pass runs over all statements and stores only what it is for. Every function returns false
 * after a failure, which is then in `status` and in the caller's error record.
 */
#ifndef VMI_ASM_H
#define VMI_ASM_H

#include "lexer.h"
#include "module.h"
#include "symbols.h"

typedef enum vmi_pass { VMI_PASS_NAMES, VMI_PASS_TYPES, VMI_PASS_ITEMS, VMI_PASS_BODIES } vmi_pass;

typedef struct vmi_asm_body {
  uint32_t func;
  vmi_lexer start, end; /* behind the opening brace; behind the closing one */
  vmi_str *param_names; /* with the environment's; scratch; NULL if none has a name */
} vmi_asm_body;

typedef struct vmi_asm {
  const vmi_alloc *alloc;
  vm_error *error;
  vm_status status;
  vmi_module *m;
  vmi_arena scratch;     /* lives as long as the assembler */
  vmi_symbols symbols;
  vmi_lexer lexer;       /* behind `tok` */
  vmi_token tok;         /* the token to look at next */
  vmi_pass pass;
  uint32_t totals[VMI_SPACES]; /* items of each space, once NAMES is through */
  uint32_t counts[VMI_SPACES]; /* items met in this pass */
  bool defined[VMI_SPACES];    /* a definition was met: imports may no longer follow */
  uint32_t type_limit;   /* array and function types from here on may not be named */
  bool lenient;          /* indices in code are the verifier's business */
  uint32_t file;         /* of the functions that follow, or VMI_NO_INDEX */
  uint32_t next_body;    /* in this pass */
  uint64_t inherited;    /* fields that struct types have got without listing them */
  vmi_vec types, funcs, globals, tables, memories, datas, elems, imports, exports, files;
  vmi_vec bodies;        /* of vmi_asm_body */
} vmi_asm;

/* A signature as read. */
typedef struct vmi_signature {
  uint32_t nparams, nresults;
  vm_type types[VMI_MAX_PARAMS + VMI_MAX_RESULTS]; /* parameters, then results */
  vmi_str names[VMI_MAX_PARAMS];
  bool named;
} vmi_signature;

/* ---- failures: all return false ---- */
bool vmi_asm_fail(vmi_asm *a, vm_status status, const vmi_token *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool vmi_asm_expected(vmi_asm *a, const char *what); /* found: the current token */
bool vmi_asm_no_memory(vmi_asm *a);
/* At most 40 printable characters of a name, for messages. */
#define VMI_SHOWN 48
const char *vmi_asm_show(const char *text, uint32_t size, char out[VMI_SHOWN]);

/* ---- tokens ---- */
void vmi_asm_next(vmi_asm *a);
void vmi_asm_seek(vmi_asm *a, vmi_lexer at);
vmi_token vmi_asm_peek(const vmi_asm *a); /* the token behind the current one */
bool vmi_asm_is(const vmi_asm *a, char punct);
bool vmi_asm_is_word(const vmi_asm *a, const char *word);
bool vmi_asm_take(vmi_asm *a, char punct);           /* if it is there */
bool vmi_asm_take_word(vmi_asm *a, const char *word);
bool vmi_asm_need(vmi_asm *a, char punct);
bool vmi_asm_is_name(const vmi_asm *a);              /* NAME or STRING */

/* ---- pieces of the grammar, in asm_core.c and asm_types.c ---- */
bool vmi_asm_name(vmi_asm *a, const char *what, vmi_str *out); /* scratch or the text itself */
bool vmi_asm_string(vmi_asm *a, const char *what, vmi_str *out);
/* The name of an item being defined, or its index where it has none. Counts the item, and enters
 * the name in pass NAMES. */
bool vmi_asm_item(vmi_asm *a, vmi_space space, uint32_t limit, uint32_t *index, vmi_str *name);
/* A name or index that stands for an item. */
bool vmi_asm_ref(vmi_asm *a, vmi_space space, uint32_t owner, const char *what, uint32_t *out);
bool vmi_asm_found(vmi_asm *a, const vmi_symbol *e, const vmi_token *at, const char *what,
                   uint32_t *out); /* the index behind a name; fails if unknown or ambiguous */
bool vmi_asm_u32(vmi_asm *a, const char *what, uint32_t *out);
bool vmi_asm_type(vmi_asm *a, bool storage, vm_type *out);
bool vmi_asm_signature(vmi_asm *a, vmi_signature *sig);
/* `type NAME [signature]` or a signature; to the index of the function type. */
bool vmi_asm_func_type(vmi_asm *a, vmi_signature *sig, uint32_t *type);
bool vmi_asm_sig_index(vmi_asm *a, const vmi_signature *sig, uint32_t *type);
bool vmi_asm_index_signatures(vmi_asm *a); /* after pass TYPES */
bool vmi_asm_type_item(vmi_asm *a);
/* The bits of a number of the type; the current token starts it. */
bool vmi_asm_number(vmi_asm *a, vm_type type, uint64_t *bits);

/* ---- storing ---- */
bool vmi_asm_keep(vmi_asm *a, vmi_str s, vmi_str *out);  /* to the module's arena, with a NUL */
void *vmi_asm_push(vmi_asm *a, vmi_vec *v, size_t elem); /* NULL: failed and said so */

/* An initial value of the type, the items it names included. */
bool vmi_asm_init(vmi_asm *a, vm_type type, vmi_init *init);
bool vmi_asm_statement(vmi_asm *a);                      /* one at the top level */
bool vmi_asm_body_parse(vmi_asm *a, const vmi_asm_body *body);

#endif
