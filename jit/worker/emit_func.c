/* emit_func.c - one guest function as one C function: what it needs to know beforehand, its
 * prologue, its body instruction by instruction, its exit.
 *
 * SPDX-License-Identifier: MIT
 * The worker program that this is part of links libgccjit, which is under the GPL version 3.
 */
#include <stdio.h>
#include <string.h>

#include "emitter.h"

ctype *vmi_emit_result_type(vmi_unit *u, const vmi_typedef *type)
{
  return type->nresults ? u->cls[vmi_class_of(type->results[0])] : u->void_type;
}

ctype *vmi_emit_native_type(vmi_unit *u, const vmi_typedef *type, bool env)
{
  ctype *params[VMI_MAX_PARAMS + 3] = {u->ptr, u->ptr};
  int n = 2;
  for (uint32_t i = 0; i < type->nparams; i++) params[n++] = u->cls[vmi_class_of(type->params[i])];
  if (env) params[n++] = u->ptr;
  return gcc_jit_context_new_function_ptr_type(u->ctx, NULL, vmi_emit_result_type(u, type), n,
                                               params, 0);
}

/* ---- before any code: what the function does ---- */

bool vmi_emit_is_array_access(uint32_t index)
{
  return index == VMI_IX_ARRAY_GET || index == VMI_IX_ARRAY_GET_S ||
         index == VMI_IX_ARRAY_GET_U || index == VMI_IX_ARRAY_SET || index == VMI_IX_ARRAY_LEN;
}

/* Past this many stores in cold blocks, or of nulls behind calls, keeping slots up to date everywhere
 * costs less. */
enum { MAX_COLD_STORES = 256, MAX_DEAD_STORES = 4096 };

typedef struct scan {
  bool arrays;
  uint64_t safepoints;
  uint32_t calls;
} scan;

static void note_branch(vmi_emitter *e, uint32_t label, uint32_t pc)
{
  label = vmi_emit_first_label(e->f, label);
  vmi_flow *flow = &e->flow[label];
  if (!flow->sources++) flow->first = pc; /* pcs ascend */
  flow->last = pc;
  if (e->f->labels[label].offset > pc) return;
  flow->backward++;
  e->nheaders += !e->loop_ends[label];
  e->loop_ends[label] = 1 + pc;
}

static void note_branches(vmi_emitter *e, uint32_t pc, const vmi_insn *in)
{
  if (in->index != VMI_IX_SWITCH) {
    note_branch(e, (uint32_t)in->imm[0], pc);
    return;
  }
  const vmi_switch *s = &e->f->switches[in->imm[0]];
  for (uint32_t i = 0; i <= s->count; i++) note_branch(e, s->labels[i], pc);
}

static void note_handlers(vmi_emitter *e)
{
  for (uint32_t i = 0; i < e->f->nhandlers; i++) {
    e->flow[vmi_emit_first_label(e->f, e->f->handlers[i].label)].handler = true;
  }
}

bool vmi_emit_goes_back(const vmi_func *f, uint32_t pc, const vmi_insn *in)
{
  if (in->index != VMI_IX_SWITCH) return f->labels[in->imm[0]].offset <= pc;
  const vmi_switch *s = &f->switches[in->imm[0]];
  for (uint32_t i = 0; i <= s->count; i++)
    if (f->labels[s->labels[i]].offset <= pc) return true;
  return false;
}

vmi_unit_func *vmi_emit_in_unit(vmi_unit *u, uint32_t func)
{
  uint32_t position = u->position[func];
  return position ? &u->info[position - 1] : NULL;
}

static bool calls_leaf(const vmi_emitter *e, const vmi_insn *in)
{
  if (in->index != VMI_IX_CALL) return false;
  const vmi_unit_func *callee = vmi_emit_in_unit(e->u, (uint32_t)in->imm[0]);
  return callee && callee->leaf;
}

static void note_called(vmi_emitter *e, uint32_t type)
{
  for (uint32_t i = 0; i < e->ncalled; i++)
    if (e->called[i].type == type) return;
  if (e->ncalled == VMI_MAX_CALLED) return;
  e->called[e->ncalled].type = type;
  e->called[e->ncalled++].id = vmi_emit_local(e, e->u->type[T_uint32_t], "id");
}

static bool scan_code(vmi_emitter *e, scan *s)
{
  const vmi_func *f = e->f;
  vmi_insn in;
  note_handlers(e);
  for (uint32_t pc = 0; pc < f->code_size; pc += in.size) {
    if (vmi_isa_decode(f->code + pc, f->code + f->code_size, &in)) return false;
    if ((in.op->flags & F_CALL) && !calls_leaf(e, &in)) e->real_calls = true;
    s->calls += (in.op->flags & F_CALL) != 0;
    bool slow = vmi_emit_seldom_calls(&in); /* links in the cold, as an allocation does */
    bool back = (in.op->flags & F_BRANCH) && vmi_emit_goes_back(f, pc, &in);
    if (in.op->flags & F_BRANCH) note_branches(e, pc, &in);
    if (back || slow || (in.op->flags & F_ALLOC)) s->safepoints++;
    if (back || f->nhandlers) e->last_link = UINT32_MAX;
    else if ((slow || (in.op->flags & F_ALLOC)) && e->last_link != UINT32_MAX) e->last_link = pc;
    if (back || (in.op->flags & (F_ALLOC | F_TAIL)) || e->real_calls) e->checks_frame = true;
    if (vmi_emit_is_array_access(in.index)) s->arrays = true;
    if (in.index == VMI_IX_CALL_INDIRECT) note_called(e, (uint32_t)in.imm[1]);
    vmi_emit_row *row = vmi_emit_rows[in.index].emit;
    if ((row == vmi_emit_mem_load || row == vmi_emit_mem_store) && !e->mem[in.imm[0]]) {
      e->mem[in.imm[0]] = vmi_emit_local(e, e->u->ptr, "mem");
      e->mem_base[in.imm[0]] = vmi_emit_local(e, e->u->ptr, "base");
      e->mem_size[in.imm[0]] = vmi_emit_local(e, e->u->type[T_uint64_t], "size");
      if (!in.imm[0]) e->mem_limit = vmi_emit_local(e, e->u->type[T_uint64_t], "limit");
    }
  }
  return true;
}

static bool is_array_type(const vmi_module *m, vm_type t)
{
  if (!vmi_type_is_ref(t)) return false;
  uint32_t heap = VM_TYPE_HEAP(t);
  return heap == VM_HEAP_ARRAY || (heap < m->ntypes && m->types[heap].kind == VMI_DEF_ARRAY);
}

/* ---- set-up ---- */

static bool allocate(vmi_emitter *e)
{
  vmi_arena *a = e->u->arena;
  const vmi_func *f = e->f;
  e->locals = vmi_arena_new(a, f->nlocals, sizeof *e->locals);
  e->lengths = vmi_arena_new(a, f->nlocals, sizeof *e->lengths);
  e->aliases = vmi_arena_new(a, f->nlocals, sizeof *e->aliases);
  /* Two more: an instruction may push what the verifier counts as taken off at once, and a handler
   * starts with its exception. */
  e->stack = vmi_arena_new(a, f->max_stack + 2, sizeof *e->stack);
  e->vars = vmi_arena_new(a, (size_t)(f->max_stack + 2) * C_COUNT, sizeof *e->vars);
  e->labels = vmi_arena_new(a, f->nlabels, sizeof *e->labels);
  e->targets = vmi_arena_new(a, f->nlabels + 2, sizeof *e->targets);
  e->loop_ends = vmi_arena_new(a, f->nlabels + 1, sizeof *e->loop_ends);
  e->headers = e->loop_ends;
  e->known.locals = vmi_arena_new(a, f->nlocals, sizeof *e->known.locals);
  e->known.epoch = 1;
  e->numbers = vmi_arena_new(a, f->nlocals, sizeof *e->numbers);
  e->reached = vmi_arena_new(a, f->nlabels + 1, sizeof *e->reached);
  e->flow = vmi_arena_new(a, f->nlabels + 1, sizeof *e->flow);
  e->mem = vmi_arena_new(a, e->m->nmemories, sizeof *e->mem);
  e->mem_base = vmi_arena_new(a, e->m->nmemories, sizeof *e->mem_base);
  e->mem_size = vmi_arena_new(a, e->m->nmemories, sizeof *e->mem_size);
  return e->locals && e->lengths && e->aliases && e->stack && e->vars && e->labels && e->targets &&
         e->loop_ends && e->known.locals && e->numbers && e->reached && e->flow && e->mem &&
         e->mem_base && e->mem_size;
}

static uint32_t param_count(const vmi_emitter *e)
{
  return e->m->types[e->f->type].nparams + (e->f->has_env ? 1 : 0);
}

static void make_locals(vmi_emitter *e, bool arrays)
{
  uint32_t nparams = param_count(e);
  for (uint32_t i = 0; i < e->f->nlocals; i++) {
    char name[32];
    snprintf(name, sizeof name, "l%u", i);
    e->locals[i] =
      i < nparams
        ? gcc_jit_param_as_lvalue(gcc_jit_function_get_param(e->fn, (int)i + 2))
        : gcc_jit_function_new_local(e->fn, NULL, e->u->cls[vmi_class_of(e->f->locals[i])], name);
    if (arrays && is_array_type(e->m, e->f->locals[i]))
      e->lengths[i] = vmi_emit_local(e, e->u->type[T_uint32_t], "len");
  }
}

static void make_labels(vmi_emitter *e)
{
  const vmi_func *f = e->f;
  for (uint32_t i = 0; i < f->nlabels; i++)
    e->labels[i] = i && f->labels[i].offset == f->labels[i - 1].offset ? e->labels[i - 1]
                                                                       : e_block(e);
}

static void return_zero(vmi_emitter *e)
{
  const vmi_typedef *type = &e->m->types[e->f->type];
  if (type->nresults)
    gcc_jit_block_end_with_return(e->block, NULL,
                                  vmi_emit_zero(e, vmi_class_of(type->results[0])));
  else
    gcc_jit_block_end_with_void_return(e->block, NULL);
  e->block = NULL;
}

/* ---- prologue ---- */

/* The cold block must not touch the frame: it may lie past the end of the stack, and by more than
 * the reserve. The helper allocates nothing, so nobody wants to see the frame there. */
static void check_frame(vmi_emitter *e)
{
  rvalue *end = e_bits(e, e_at(e, e->fp, 8ull * e->f->frame_size), e->u->type[T_uint64_t]);
  rvalue *full = e_cmp(e, GCC_JIT_COMPARISON_GT, end, vmi_emit_load_limit(e));
  block *next, *cold = vmi_emit_cold(e, vmi_emit_poll_condition(e, full), &next);
  e->block = cold;
  vmi_emit_kept_helper(e, VMI_H_enter, e->f->frame_size);
  block *other = e->nheaders ? e_block(e) : e->early_exit;
  e_if(e, e_cmp(e, GCC_JIT_COMPARISON_NE, e_get(e->verdict), e_u32(e, 0)), other, next);
  if (e->nheaders) {
    block *at_label = e_block(e);
    e->block = other;
    e_if(e, e_cmp(e, GCC_JIT_COMPARISON_EQ, e_get(e->verdict), e_u32(e, 1)), e->early_exit,
         at_label);
    e->block = at_label;
    vmi_emit_enter_at_label(e);
  }
  e->block = next;
}

/* The run time keeps a reserve below native_limit that is enough for small frames; a large one
 * must reckon its own size in. */
/* GCC inlines no function that asks for its frame's address, so that is the last resort. */
static rvalue *stack_pointer(vmi_emitter *e)
{
#if defined(__x86_64__)
  const char *read = "movq %%rsp, %0";
#elif defined(__aarch64__)
  const char *read = "mov %0, sp";
#else
  const char *read = NULL;
#endif
  if (read) {
    lvalue *sp = vmi_emit_local(e, e->u->type[T_uint64_t], "sp");
    gcc_jit_extended_asm *a = gcc_jit_block_add_extended_asm(e->block, NULL, read);
    gcc_jit_extended_asm_set_volatile_flag(a, 1);
    gcc_jit_extended_asm_add_output_operand(a, NULL, "=r", sp);
    return e_get(sp);
  }
  rvalue *zero = gcc_jit_context_new_rvalue_from_int(
    e->ctx, gcc_jit_context_get_type(e->ctx, GCC_JIT_TYPE_UNSIGNED_INT), 0);
  rvalue *here = gcc_jit_context_new_call(e->ctx, NULL, e->u->frame_address, 1, &zero);
  return e_bits(e, gcc_jit_context_new_cast(e->ctx, NULL, here, e->u->ptr), e->u->type[T_uint64_t]);
}

static void check_native_stack(vmi_emitter *e)
{
  uint64_t estimate = vmi_native_frame_estimate(e->f);
  if (!e->real_calls && !estimate) return; /* a small leaf lives on the reserve */
  rvalue *here = stack_pointer(e);
  rvalue *low = e_load(e, e->u->type[T_uint64_t], e->t, offsetof(vmi_thread, native_limit));
  if (estimate) low = e_op(e, GCC_JIT_BINARY_OP_PLUS, T_uint64_t, low, e_u64(e, estimate));
  block *next, *cold = vmi_emit_cold(e, e_cmp(e, GCC_JIT_COMPARISON_LT, here, low), &next);
  e->block = cold;
  vmi_emit_call_void(e, VMI_HELPER(e, trap, e_u32(e, VM_TRAP_STACK_OVERFLOW), vmi_emit_id(e)));
  e_jump(e, e->early_exit);
  e->block = next;
}

void vmi_emit_check_entry(vmi_emitter *e)
{
  uint32_t pc = e->pc;
  e->pc = 0; /* wherever it stands, it fails at the start */
  if (e->checks_frame) check_frame(e);
  check_native_stack(e);
  e->pc = pc;
}

static void init_locals(vmi_emitter *e)
{
  e_set(e, e->inner, e_u32(e, 0));
  uint32_t nparams = param_count(e);
  for (uint32_t i = nparams; i < e->f->nlocals; i++)
    e_set(e, e->locals[i], vmi_emit_zero(e, vmi_class_of(e->f->locals[i])));
  for (uint32_t i = 0; i < e->f->nlocals; i++) {
    if (!e->lengths[i]) continue;
    if (i < nparams) vmi_emit_length_of(e, i);
    else e_set(e, e->lengths[i], e_u32(e, 0));
  }
  vmi_emit_find_memories(e);
}

static void make_exits(vmi_emitter *e)
{
  block *start = e->block;
  e->block = e->early_exit = e_block(e);
  return_zero(e);
  e->exit[0] = e->early_exit;
  if (e->nlinking || e->always_linked) {
    e->block = e->exit[1] = e_block(e);
    vmi_emit_unlink(e);
    return_zero(e);
  }
  e->block = start;
}

static void prologue(vmi_emitter *e)
{
  make_exits(e);
  e_set(e, e->inst, e_load_ptr(e, e->t, offsetof(vmi_thread, instance)));
  if (e->sites) e_set(e, e->sites, e_load_ptr(e, e_get(e->inst), offsetof(vmi_instance, sites)));
  init_locals(e);
  e->stage = VMI_FRESH;
  vmi_emit_become(e, e->first_stage);
}

/* ---- body ---- */

void vmi_emit_label_stack(vmi_emitter *e, uint32_t label)
{
  const vmi_label *l = &e->f->labels[label];
  for (uint32_t i = 0; i < e->depth; i++) /* entries of dead code, or flushed ones */
    if (e->stack[i].kind == E_LOCAL) e->aliases[e->stack[i].local]--;
  e->depth = 0;
  for (uint32_t i = 0; i < l->ntypes; i++) vmi_emit_push_var(e, vmi_class_of(l->types[i]));
}

/* Does nothing that was made lead there, nor can anything that is still to be made? */
static bool unreached(const vmi_emitter *e, uint32_t label)
{
  label = vmi_emit_first_label(e->f, label);
  return e->guesses && !e->block && !e->reached[label] && !e->flow[label].handler &&
         !e->flow[label].backward;
}

static bool start_label(vmi_emitter *e, uint32_t label)
{
  if (unreached(e, label)) { /* a block has to end */
    gcc_jit_block_end_with_jump(e->labels[label], NULL, e->early_exit);
    return true;
  }
  if (e->block) {
    vmi_emit_flush(e);
    vmi_emit_become(e, vmi_emit_label_stage(e, label));
    e_jump(e, e->labels[label]);
  }
  vmi_emit_label_stack(e, label);
  vmi_emit_forget_turn(e);
  vmi_known_forget(e);
  e->block = e->labels[label];
  e->stage = vmi_emit_label_stage(e, label);
  label = vmi_emit_first_label(e->f, label);
  if (e->headers[label]) vmi_emit_pass_header(e, label);
  return vmi_emit_fast_copy(e, label);
}

/* A comparison may wait for a branch right behind it, for nothing else. */
static void settle_condition(vmi_emitter *e, const vmi_insn *in)
{
  if (!e->depth || e->stack[e->depth - 1].kind != E_COND) return;
  if (in->index == VMI_IX_BR_IF || in->index == VMI_IX_BR_UNLESS || in->index == VMI_IX_SELECT ||
      in->index == VMI_IX_I32_EQZ)
    return;
  vmi_emit_flush_entry(e, e->depth - 1);
}

gcc_jit_location *vmi_emit_location(vmi_unit *u, const vmi_func *f, uint32_t pc)
{
  uint32_t line = u->o->lines ? vmi_func_line(f, pc) : 0;
  if (!line) return NULL;
  const char *file = f->file < u->m->nfiles ? u->m->files[f->file].data : NULL;
  return gcc_jit_context_new_location(u->ctx, file ? file : "guest", (int)(line & INT32_MAX), 1);
}

static void locate(vmi_emitter *e)
{
  uint32_t line = e->u->o->lines ? vmi_func_line(e->f, e->pc) : 0;
  if (line == e->line) return;
  e->line = line;
  e->loc = vmi_emit_location(e->u, e->f, e->pc);
}

static uint32_t first_label_behind(const vmi_func *f, uint32_t pc)
{
  uint32_t low = 0, high = f->nlabels;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (f->labels[middle].offset <= pc) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* A label at `from` has been dealt with if that is where a copy of a loop starts. */
bool vmi_emit_range(vmi_emitter *e, uint32_t from, uint32_t to)
{
  const vmi_func *f = e->f;
  vmi_insn in;
  uint32_t label = e->fast ? first_label_behind(f, from) : 0;
  for (uint32_t pc = from; pc < to; pc += in.size) {
    if (vmi_isa_decode(f->code + pc, f->code + f->code_size, &in)) return false;
    e->pc = pc;
    locate(e);
    vmi_emit_join(e);
    bool here = label < f->nlabels && f->labels[label].offset == pc;
    while (label < f->nlabels && f->labels[label].offset == pc) label++;
    if (here) vmi_resume_forget(e);
    if (here && !start_label(e, label - 1)) return false;
    if (e->block) {
      settle_condition(e, &in);
      vmi_emit_reach_stage(e, &in);
      vmi_resume_before(e);
      uint32_t depth = e->depth;
      vmi_emit_rows[in.index].emit(e, &in);
      vmi_resume_behind(e, &in, depth);
    } else if (!e->guesses) {
      return false;
    }
    if (in.op->flags & F_CALL) e->next_call++;
  }
  return true;
}

bool vmi_emit_function(vmi_unit *u, uint32_t index)
{
  uint32_t func = u->funcs[index];
  vmi_emitter emitter = {.u = u, .branched = UINT32_MAX, .ctx = u->ctx, .fn = u->info[index].native, .m = u->m,
                         .f = &u->m->funcs[func], .func = func, .guards = !u->info[index].checks};
  vmi_emitter *e = &emitter;
  if (!allocate(e)) return false;
  e->t = gcc_jit_param_as_rvalue(gcc_jit_function_get_param(e->fn, 0));
  e->fp = gcc_jit_param_as_rvalue(gcc_jit_function_get_param(e->fn, 1));
  e->inst = vmi_emit_local(e, u->ptr, "inst");
  if (e->f->nsites) e->sites = vmi_emit_local(e, u->ptr, "sites");
  e->trap_word = vmi_emit_local(e, u->type[T_uint64_t], "trap");
  e->verdict = vmi_emit_local(e, u->type[T_uint32_t], "verdict");
  e->inner = vmi_emit_local(e, u->type[T_uint32_t], "inner");
  if (u->o->guesses && e->f->npoints) e->guesses = u->o->guesses[index];
  scan s = {0};
  e->checks_frame = !u->info[index].leaf;
  if (!scan_code(e, &s)) return false;
  bool wants_live = e->real_calls && e->f->has_local_refs;
  bool leaves = e->guesses || (u->o->exits && e->real_calls) || ((u->o->exits || u->o->renew) && e->nheaders);
  if ((wants_live || leaves) && !vmi_emit_liveness(e))
    return false;
  if (!vmi_resume_allocate(e)) return false;
  /* Loops are entered through the check at the start (emit_osr.c), and fuel is counted there. */
  bool late = !(u->info[index].entered && e->nheaders) && !u->o->meter_fuel;
  uint64_t traced = 0;
  for (uint32_t i = 0; i < e->f->nlocals; i++)
    traced += vmi_class_traced(vmi_class_of(e->f->locals[i]));
  bool always = traced * s.safepoints > MAX_COLD_STORES || traced * s.calls > MAX_DEAD_STORES;
  if (!vmi_emit_plan_stages(e, s.calls, late, always)) return false;
  if (!u->info[index].entered) { /* no header is of interest */
    e->nheaders = 0;
    e->headers = vmi_arena_new(u->arena, e->f->nlabels + 1, sizeof *e->headers);
    if (!e->headers) return false;
  }
  make_locals(e, s.arrays);
  e->block = e_block(e);
  make_labels(e);
  prologue(e);
  return vmi_emit_range(e, 0, e->f->code_size) && e->block == NULL;
}
