/* interp.h - the interpreters' entries: tier 0, the stack interpreter over verified bytecode in place,
 * and tier 1, which runs register code translated from it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_INTERP_H
#define VMI_INTERP_H

#include "isolate.h"

/* Slot-convention entry (vmi_entry) that interprets `code`. */
void vmi_interp_entry(vmi_thread *t, vmi_slot *fp, const vmi_code *code);
/* The same in tier 1: translates `code` first if need be; without memory for that, tier 0 runs it. */
void vmi_quick_entry(vmi_thread *t, vmi_slot *fp, const vmi_code *code);
/* For vm_engine.free_quick, which when set lets tier 0 hand what is used again to tier 1. */
void vmi_quick_free(vm_engine *e, void *quick);
/* Go on with the frame at fp, which compiled code left; t->instance is its. See vm_engine.resume. */
void vmi_interp_resume(vmi_thread *t, vmi_slot *fp);

#endif
