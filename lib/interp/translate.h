/* translate.h - the state of a translation to register code; between translate*.c.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_TRANSLATE_H
#define VMI_TRANSLATE_H

#include "quick.h"

/* An operand stack entry that is not (only) in its slot. Two registers hold one. */
typedef enum vmi_where { VMI_IN_SLOT, VMI_IN_LOCAL, VMI_CONSTANT, VMI_SUM } vmi_where;

typedef struct vmi_entry_state {
  vmi_where where;
  union {
    uint32_t local; /* IN_LOCAL: its slot */
    uint32_t def;   /* IN_SLOT: word of the instruction that wrote it, valid in `epoch` only */
    struct {        /* SUM: i32 (left << shift) + right + plus; `right` 0: none. Both are slots of */
      uint16_t left, right; /* locals, or the entry's own, where what it is a sum of was put */
    };
  };
  union {
    uint32_t epoch; /* IN_SLOT */
    vmi_slot k;     /* CONSTANT */
    struct {        /* SUM */
      uint32_t plus, shift;
    };
  };
} vmi_entry_state;

typedef struct vmi_fixup {
  uint32_t insn, word; /* word `word` gets the distance from `insn` to the label */
  uint32_t label;
  bool wide;           /* all of the word, not its `to` */
} vmi_fixup;

/* The comparison and forward jump emitted last, if nothing can come in behind it. */
typedef struct vmi_skip {
  uint32_t insn, words, label;
  uint32_t q; /* returns if it does not jump; 0: there is none */
} vmi_skip;

/* Groups of superinstructions, so that the gain of each can be measured: build with, say,
 * -DVMI_SUPER=~VMI_SUPER_LOOP to be without. */
enum {
  VMI_SUPER_PRODUCT = 1, VMI_SUPER_INDEX = 2, VMI_SUPER_SET_CONSTANT = 4, VMI_SUPER_FIELD = 8,
  VMI_SUPER_TWO_FIELDS = 16, VMI_SUPER_UPDATE = 32, VMI_SUPER_ELEMENT = 64, VMI_SUPER_LOOP = 128,
  VMI_SUPER_DIVIDE = 256, VMI_SUPER_SUM = 512, VMI_SUPER_RETURN_IF = 1024,
  VMI_SUPER_RETURN_RESULT = 2048, VMI_SUPER_MOVES = 4096,
  VMI_SUPER_COUNT = 8192, VMI_SUPER_NULL = 16384, VMI_SUPER_MEMORY = 32768, VMI_SUPER_SHIFT = 65536
};
#ifndef VMI_SUPER
#define VMI_SUPER ~0
#endif
static inline bool vmi_x_has(int group) { return ((VMI_SUPER) & group) != 0; }

enum { VMI_NO_DEF = UINT32_MAX, VMI_DEFER_MAX = 32 };

/* Entries below `low` are in their slots; at most VMI_DEFER_MAX are above, so that looking through
 * them is constant work and the whole pass linear. */
typedef struct vmi_translation {
  const vmi_alloc *alloc;
  const vmi_code *rec;
  const vmi_module *m;
  const vmi_func *f;
  const void *const *bodies;
  vmi_qword *code;
  uint32_t nwords, capacity;
  vmi_vec map, fixups;
  uint32_t *labels;     /* word of each label met */
  vmi_entry_state *stack;
  uint32_t depth, low, base; /* base: slot of entry 0 */
  uint32_t pc;          /* of the bytecode instruction at hand */
  uint32_t last;        /* word of the last instruction if its result may still be redirected */
  uint32_t last_q;      /* its register instruction */
  uint32_t last_compare; /* its form with a constant if it is a comparison, else 0 */
  uint32_t last_return; /* its form that returns the result if it is an operation, else 0 */
  uint32_t latest, latest_q; /* the last instruction, whatever became of its result */
  uint32_t moving;      /* where the next move joins the last, VMI_NO_DEF: nowhere */
  uint32_t before, before_q; /* and the one before it, if nothing can jump in between */
  vmi_skip skip;
  uint32_t epoch;       /* of what `def` may be redirected */
  bool failed;          /* out of memory */
  vmi_vec *listing;     /* vmi_listed, what was made of what; NULL: nobody wants to know */
} vmi_translation;

/* Append an instruction; the walk has reserved room for what any row needs. */
static inline vmi_qword *vmi_x_emit(vmi_translation *x, uint32_t q, uint32_t words);

/* translate_stack.c: the abstract stack */
bool vmi_x_reserve(vmi_translation *x, uint32_t words); /* false: failed */
void vmi_x_list(vmi_translation *x, uint32_t q);        /* note it for the listing */
/* The instruction at word `at` is to be `q` from now on. */
void vmi_x_become(vmi_translation *x, uint32_t at, uint32_t q);
void vmi_x_mark(vmi_translation *x);   /* the next instruction is looked up by its address */
void vmi_x_seal(vmi_translation *x);   /* nothing emitted so far may be changed from here on */
void vmi_x_make_room(vmi_translation *x); /* one entry fewer is out of its slot */
/* The slot that holds entry `index`, which is `e`; constants are put there. */
uint16_t vmi_x_use(vmi_translation *x, const vmi_entry_state *e, uint32_t index);
uint16_t vmi_x_pop_use(vmi_translation *x);
void vmi_x_move(vmi_translation *x, uint16_t to, uint16_t from); /* one more, maybe of several */
void vmi_x_add(vmi_translation *x, const vmi_entry_state *sum, uint16_t to); /* compute it */
/* Entry `index` no longer depends on its slot, if it is a SUM. */
void vmi_x_settle(vmi_translation *x, vmi_entry_state *e, uint32_t index);
void vmi_x_flush(vmi_translation *x);  /* every entry to its slot */
void vmi_x_flush_below(vmi_translation *x, uint32_t depth);
void vmi_x_free_local(vmi_translation *x, uint32_t slot); /* before it is written */
/* May the result `e` go somewhere else than its slot? */
bool vmi_x_is_last(const vmi_translation *x, const vmi_entry_state *e);
bool vmi_x_redirect(vmi_translation *x, const vmi_entry_state *e, uint32_t index, uint16_t to);
/* The last instruction if it is `q` and computed `e`, which is popped: it may be taken back. */
vmi_qword *vmi_x_was(const vmi_translation *x, const vmi_entry_state *e, uint32_t q);
/* Drop what was emitted from word `to`, an instruction's first, on. */
void vmi_x_take_back(vmi_translation *x, uint32_t to);
void vmi_x_set_top(vmi_translation *x, vmi_entry_state e);

static inline uint16_t vmi_x_slot(const vmi_translation *x, uint32_t index)
{
  return (uint16_t)(x->base + index);
}

static inline vmi_qword *vmi_x_emit(vmi_translation *x, uint32_t q, uint32_t words)
{
  vmi_qword *w = x->code + x->nwords;
  w[0].op = x->bodies[q];
  w[1].u64 = 0;
  for (uint32_t i = 2; i < words; i++) w[i].u64 = 0;
  if (VMI_UNLIKELY(x->listing != NULL)) vmi_x_list(x, q);
  x->before = x->latest;
  x->before_q = x->latest_q;
  x->last = x->latest = x->nwords;
  x->last_q = x->latest_q = q;
  x->last_compare = x->last_return = 0;
  x->nwords += words;
  return w;
}

static inline void vmi_x_push(vmi_translation *x, vmi_entry_state e)
{
  if (VMI_UNLIKELY(x->depth - x->low >= VMI_DEFER_MAX)) vmi_x_make_room(x);
  x->stack[x->depth++] = e;
}

/* The result of the last instruction. */
static inline void vmi_x_push_slot(vmi_translation *x)
{
  vmi_x_push(x, (vmi_entry_state){.where = VMI_IN_SLOT, .def = x->last, .epoch = x->epoch});
}

static inline void vmi_x_push_local(vmi_translation *x, uint32_t slot)
{
  vmi_x_push(x, (vmi_entry_state){.where = VMI_IN_LOCAL, .local = slot});
}

static inline void vmi_x_push_constant(vmi_translation *x, vmi_slot k)
{
  vmi_x_push(x, (vmi_entry_state){.where = VMI_CONSTANT, .k = k});
}

static inline vmi_entry_state vmi_x_top(const vmi_translation *x)
{
  if (VMI_LIKELY(x->depth > x->low)) return x->stack[x->depth - 1];
  return (vmi_entry_state){.where = VMI_IN_SLOT, .def = VMI_NO_DEF};
}

static inline vmi_entry_state vmi_x_pop(vmi_translation *x)
{
  vmi_entry_state e = vmi_x_top(x);
  x->depth--;
  if (x->low > x->depth) x->low = x->depth;
  return e;
}

/* translate_rows.c: what translates each row */
typedef void vmi_x_row(vmi_translation *x, const vmi_insn *in);
extern vmi_x_row *const vmi_x_rows[VMI_OP_COUNT];
/* translate_super.c: superinstructions; false: nothing was done */
bool vmi_x_binary_super(vmi_translation *x, const vmi_insn *in, const vmi_entry_state *a,
                        const vmi_entry_state *b, uint32_t at);
/* May be left on the stack as a SUM, entry `at`? Then it was. */
bool vmi_x_defer_sum(vmi_translation *x, const vmi_insn *in, const vmi_entry_state *a,
                     const vmi_entry_state *b, uint32_t at);
bool vmi_x_element_set_super(vmi_translation *x, uint32_t q, const vmi_entry_state *index,
                             uint16_t value);
bool vmi_x_element_get_super(vmi_translation *x, uint32_t q, const vmi_entry_state *array,
                             const vmi_entry_state *index, uint32_t at);
bool vmi_x_global_set_super(vmi_translation *x, uint32_t index, uint16_t value);
bool vmi_x_field_set_super(vmi_translation *x, uint32_t q, uint16_t object, uint16_t value,
                           uint16_t offset);
/* A counter stepped, then compared: both in one. `jump` is the jump's form, `was` the comparison. */
bool vmi_x_loop_super(vmi_translation *x, uint32_t jump, const vmi_qword *was);
/* A counter stepped, then jumped back if it is not 0. */
bool vmi_x_countdown_super(vmi_translation *x, uint16_t counter);
/* translate_calls.c */
void vmi_x_call(vmi_translation *x, const vmi_insn *in);
void vmi_x_tail(vmi_translation *x, const vmi_insn *in);
void vmi_x_return(vmi_translation *x, const vmi_insn *in);
/* The top n entries to the callee's frame, as its arguments. */
void vmi_x_pass_all(vmi_translation *x, uint32_t n);
/* translate_dyn.c */
void vmi_x_dyn_get(vmi_translation *x, const vmi_insn *in);
void vmi_x_dyn_set(vmi_translation *x, const vmi_insn *in);
void vmi_x_dyn_call(vmi_translation *x, const vmi_insn *in);
void vmi_x_dyn1(vmi_translation *x, const vmi_insn *in);
void vmi_x_dyn2(vmi_translation *x, const vmi_insn *in);
/* Was the last instruction a comparison whose result, in `slot`, nobody else will want? */
bool vmi_x_dyn_compares(const vmi_translation *x, uint16_t slot);
/* The comparison `q` at word `at` is followed by a conditional jump: it can make that itself. */
void vmi_x_dyn_jump(vmi_translation *x, uint32_t at, uint32_t q, bool when, bool back);

#endif
