/* helpers.h - prototypes and the table of the run-time functions in helpers.def.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_HELPERS_H
#define VMI_HELPERS_H

#include "thread.h"

uint32_t vmi_rt_poll(vmi_thread *t, vmi_slot *fp, uint64_t id);
uint32_t vmi_rt_poll_renew(vmi_thread *t, vmi_slot *fp, uint64_t id);
uint32_t vmi_rt_enter(vmi_thread *t, vmi_slot *fp, uint64_t id, uint32_t frame_size);
void vmi_rt_trap(vmi_thread *t, uint32_t code, uint64_t id);
void vmi_rt_throw(vmi_thread *t, uint64_t payload, uint64_t id);
void vmi_rt_rethrow(vmi_thread *t, void *exn, uint64_t id);
uint32_t vmi_rt_after_call(vmi_thread *t, vmi_slot *callee_fp, uint64_t id);
void *vmi_rt_catch(vmi_thread *t);
void vmi_rt_call(vmi_thread *t, vmi_slot *callee_fp, void *code, void *instance);
/* Not for compiled code: hand the linked frame at `fp` of `code`, whose slots hold the state at the
 * label at `offset`, over to compiled code. True: it has run to its end, as after a call by slot
 * convention. False: it cannot; nothing was done. */
bool vmi_rt_osr(vmi_thread *t, vmi_slot *fp, const vmi_code *code, uint32_t offset);
void vmi_rt_tail(vmi_thread *t, void *code, void *instance);
void vmi_rt_hot(vmi_thread *t, void *instance, uint32_t func);
void *vmi_rt_ref_func(vmi_thread *t, uint32_t func);
void *vmi_rt_closure_new(vmi_thread *t, uint32_t func, void *env);
void *vmi_rt_struct_new(vmi_thread *t, uint32_t type);
void *vmi_rt_array_new(vmi_thread *t, uint32_t type, uint32_t length);
uint32_t vmi_rt_array_fill(vmi_thread *t, uint32_t type, void *array, uint32_t index, uint64_t bits,
                           uint32_t n);
uint32_t vmi_rt_array_copy(vmi_thread *t, uint32_t dst_type, uint32_t src_type, void *dst,
                           uint32_t dst_index, void *src, uint32_t src_index, uint32_t n);
void *vmi_rt_array_new_data(vmi_thread *t, uint32_t type, uint32_t data, uint32_t offset, uint32_t n);
uint32_t vmi_rt_array_init_data(vmi_thread *t, uint32_t type, uint32_t data, void *array,
                                uint32_t index, uint32_t offset, uint32_t n);
void *vmi_rt_weak_new(vmi_thread *t, void *object);
uint32_t vmi_rt_ref_test(vmi_thread *t, void *object, uint32_t type);
void vmi_rt_log(vmi_thread *t, void *object);
uint32_t vmi_rt_memory_grow(vmi_thread *t, uint32_t memory, uint32_t pages);
uint32_t vmi_rt_memory_copy(vmi_thread *t, uint32_t dst_memory, uint32_t src_memory, uint32_t dst,
                            uint32_t src, uint32_t n);
uint32_t vmi_rt_memory_fill(vmi_thread *t, uint32_t memory, uint32_t address, uint32_t value,
                            uint32_t n);
uint32_t vmi_rt_memory_init(vmi_thread *t, uint32_t memory, uint32_t data, uint32_t address,
                            uint32_t offset, uint32_t n);
void vmi_rt_data_drop(vmi_thread *t, uint32_t data);
uint32_t vmi_rt_table_grow(vmi_thread *t, uint32_t table, void *value, uint32_t n);
uint32_t vmi_rt_table_fill(vmi_thread *t, uint32_t table, uint32_t index, void *value, uint32_t n);
uint32_t vmi_rt_table_copy(vmi_thread *t, uint32_t dst_table, uint32_t src_table, uint32_t dst,
                           uint32_t src, uint32_t n);
uint32_t vmi_rt_table_init(vmi_thread *t, uint32_t table, uint32_t elem, uint32_t index,
                           uint32_t offset, uint32_t n);
void vmi_rt_elem_drop(vmi_thread *t, uint32_t elem);
float vmi_rt_f32_ceil(vmi_thread *t, float x);
float vmi_rt_f32_floor(vmi_thread *t, float x);
float vmi_rt_f32_trunc(vmi_thread *t, float x);
float vmi_rt_f32_nearest(vmi_thread *t, float x);
double vmi_rt_f64_ceil(vmi_thread *t, double x);
double vmi_rt_f64_floor(vmi_thread *t, double x);
double vmi_rt_f64_trunc(vmi_thread *t, double x);
double vmi_rt_f64_nearest(vmi_thread *t, double x);

uint32_t vmi_rt_slow_path(vmi_thread *t, vmi_slot *callee_fp, void *code, void *instance, uint64_t id);

uint64_t vmi_rt_operation(vmi_thread *t, uint32_t row, uint32_t imm, vmi_slot *operands);
uint32_t vmi_rt_dyn_get(vmi_thread *t, vmi_slot *fp, uint64_t id, void *site, uint32_t func);
uint32_t vmi_rt_dyn_set(vmi_thread *t, vmi_slot *fp, uint64_t id, void *site, uint32_t func);
uint64_t vmi_rt_dyn_peek(vmi_thread *t, void *site, uint64_t receiver);
uint32_t vmi_rt_dyn_poke(vmi_thread *t, void *site, uint64_t receiver, uint64_t value);
uint64_t vmi_rt_dyn_method(vmi_thread *t, void *site, uint64_t receiver);

/* Not for compiled code: after a call at `fp` by either convention, before anybody looks at
 * thread->frame. */
void vmi_rt_unlink_faulted(vmi_thread *t, const vmi_slot *fp);
static inline void vmi_rt_settle(vmi_thread *t, const vmi_slot *fp)
{
  if (VMI_UNLIKELY(t->faulted != VMI_FAULTED_NOT)) vmi_rt_unlink_faulted(t, fp);
}

/* The table compiled code calls through; one constant instance, vmi_rt_helpers. */
enum {
#define H(name, result, params) VMI_H_##name,
#include "helpers.def"
  VMI_H_COUNT
};

struct vmi_helpers {
  void *fn[VMI_H_COUNT];
};
extern const struct vmi_helpers vmi_rt_helpers;

#endif
