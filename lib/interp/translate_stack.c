/* translate_stack.c - the abstract stack of a translation: which operands are where.
 *
 * SPDX-License-Identifier: MIT
 */
#include "translate.h"

bool vmi_x_reserve(vmi_translation *x, uint32_t words)
{
  if (VMI_LIKELY(x->capacity - x->nwords >= words)) return true;
  uint32_t capacity = x->capacity * 2 + words;
  vmi_qword *code = vmi_resize(x->alloc, x->code, x->capacity * sizeof *code,
                               capacity * sizeof *code);
  if (code == NULL) {
    x->failed = true;
    return false;
  }
  x->code = code;
  x->capacity = capacity;
  return true;
}

void vmi_x_list(vmi_translation *x, uint32_t q)
{
  vmi_listed *l = vmi_vec_push(x->alloc, x->listing, sizeof *l, 1);
  if (l == NULL) x->failed = true;
  else *l = (vmi_listed){x->nwords, q, x->pc};
}

void vmi_x_become(vmi_translation *x, uint32_t at, uint32_t q)
{
  x->code[at].op = x->bodies[q];
  if (x->listing == NULL) return;
  vmi_listed *l = x->listing->data;
  for (size_t i = x->listing->count; i > 0; i--)
    if (l[i - 1].at == at) l[i - 1].q = q;
}

void vmi_x_mark(vmi_translation *x)
{
  vmi_qmap *m = vmi_vec_push(x->alloc, &x->map, sizeof *m, 1);
  if (m == NULL) x->failed = true;
  else *m = (vmi_qmap){x->nwords, x->pc};
}

void vmi_x_seal(vmi_translation *x)
{
  x->last = x->latest = x->moving = VMI_NO_DEF;
  x->skip.q = 0;
  x->epoch++;
}

vmi_qword *vmi_x_was(const vmi_translation *x, const vmi_entry_state *e, uint32_t q)
{
  return vmi_x_is_last(x, e) && x->last_q == q ? x->code + x->last : NULL;
}

void vmi_x_take_back(vmi_translation *x, uint32_t to)
{
  bool one = to == x->latest;
  if (VMI_UNLIKELY(x->listing != NULL)) {
    const vmi_listed *l = x->listing->data;
    while (x->listing->count > 0 && l[x->listing->count - 1].at >= to) x->listing->count--;
  }
  x->nwords = to;
  x->latest = one ? x->before : VMI_NO_DEF;
  x->latest_q = x->before_q;
  x->last = x->before = VMI_NO_DEF;
}

/* Up to four in a row are one instruction. */
void vmi_x_move(vmi_translation *x, uint16_t to, uint16_t from)
{
  uint32_t q = x->latest != VMI_NO_DEF && x->moving == x->nwords ? x->latest_q : VMI_Q_MOVE4;
  if (q == VMI_Q_MOVE4 || !vmi_x_has(VMI_SUPER_MOVES)) {
    vmi_qword *w = vmi_x_emit(x, VMI_Q_MOVE, 2);
    w[1].a = to;
    w[1].b = from;
  } else {
    vmi_qword *w = x->code + x->latest;
    if (q == VMI_Q_MOVE2) x->code[x->nwords++].u64 = 0;
    vmi_qword *pair = q == VMI_Q_MOVE ? w + 1 : w + 2;
    if (q == VMI_Q_MOVE2) pair->a = to, pair->b = from;
    else pair->c = to, pair->d = from;
    vmi_x_become(x, x->latest, q + 1);
    x->latest_q = x->last_q = q + 1;
    x->last = VMI_NO_DEF;
  }
  x->moving = x->nwords;
}

void vmi_x_add(vmi_translation *x, const vmi_entry_state *sum, uint16_t to)
{
  uint32_t k = VMI_QK_I32_ADD; /* see quick.h for the forms beside it */
  bool plus = sum->plus != 0, two = sum->right != 0, shift = sum->shift != 0;
  uint32_t q = !shift ? (!two ? k : plus ? VMI_Q_I32_ADD3K : VMI_Q_I32_ADD)
               : !two ? (plus ? VMI_Q_I32_SHLADDK : VMI_QK_I32_SHL)
                      : (plus ? VMI_Q_I32_SHLADD3K : VMI_Q_I32_SHLADD);
  bool constant = plus || !two;
  vmi_qword *w = vmi_x_emit(x, q, constant ? 3 : 2);
  w[1].a = to;
  w[1].b = sum->left;
  w[1].c = sum->right;
  if (shift && q != VMI_QK_I32_SHL) w[1].d = (uint16_t)sum->shift;
  if (constant) w[2].k.u32 = q == VMI_QK_I32_SHL ? sum->shift : sum->plus;
  x->last_return = q == k ? k + 3 : q == VMI_Q_I32_ADD ? k + 2 : 0;
}

static void put(vmi_translation *x, const vmi_entry_state *e, uint32_t index)
{
  uint16_t slot = vmi_x_slot(x, index);
  if (e->where == VMI_IN_LOCAL) {
    vmi_x_move(x, slot, (uint16_t)e->local);
  } else if (e->where == VMI_SUM) {
    vmi_x_add(x, e, slot);
  } else if (e->where == VMI_CONSTANT) {
    vmi_qword *w = vmi_x_emit(x, VMI_Q_CONST, 3);
    w[1].a = slot;
    w[2].k = e->k;
  }
}

void vmi_x_settle(vmi_translation *x, vmi_entry_state *e, uint32_t index)
{
  uint16_t slot = vmi_x_slot(x, index);
  if (e->where != VMI_SUM || (e->left != slot && e->right != slot)) return;
  put(x, e, index);
  *e = (vmi_entry_state){.where = VMI_IN_SLOT, .def = VMI_NO_DEF};
}

void vmi_x_make_room(vmi_translation *x)
{
  put(x, &x->stack[x->low], x->low);
  x->low++;
}

void vmi_x_set_top(vmi_translation *x, vmi_entry_state e)
{
  if (x->depth > x->low) x->stack[x->depth - 1] = e;
}

uint16_t vmi_x_use(vmi_translation *x, const vmi_entry_state *e, uint32_t index)
{
  if (e->where == VMI_IN_LOCAL) return (uint16_t)e->local;
  if (e->where != VMI_IN_SLOT) put(x, e, index);
  return vmi_x_slot(x, index);
}

uint16_t vmi_x_pop_use(vmi_translation *x)
{
  vmi_entry_state e = vmi_x_pop(x);
  return vmi_x_use(x, &e, x->depth);
}

void vmi_x_flush_below(vmi_translation *x, uint32_t depth)
{
  for (; x->low < depth; x->low++) put(x, &x->stack[x->low], x->low);
}

void vmi_x_flush(vmi_translation *x) { vmi_x_flush_below(x, x->depth); }

void vmi_x_free_local(vmi_translation *x, uint32_t slot)
{
  for (uint32_t i = x->low; i < x->depth; i++) {
    vmi_entry_state *e = &x->stack[i];
    bool reads = e->where == VMI_IN_LOCAL ? e->local == slot
                 : e->where == VMI_SUM    ? e->left == slot || e->right == slot
                                          : false;
    if (!reads) continue;
    put(x, e, i);
    *e = (vmi_entry_state){.where = VMI_IN_SLOT, .def = VMI_NO_DEF};
  }
}

bool vmi_x_is_last(const vmi_translation *x, const vmi_entry_state *e)
{
  return e->where == VMI_IN_SLOT && e->def != VMI_NO_DEF && e->def == x->last &&
         e->epoch == x->epoch;
}

bool vmi_x_redirect(vmi_translation *x, const vmi_entry_state *e, uint32_t index, uint16_t to)
{
  if (e->where != VMI_IN_SLOT || e->def == VMI_NO_DEF || e->epoch != x->epoch) return false;
  vmi_qword *w = x->code + e->def;
  if (w[1].a != vmi_x_slot(x, index)) return false;
  w[1].a = to;
  return true;
}
