/* interp.h - tier 0: the stack interpreter over verified bytecode in place.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_INTERP_H
#define VMI_INTERP_H

#include "isolate.h"

/* Slot-convention entry (vmi_entry) that interprets `code`. */
void vmi_interp_entry(vmi_thread *t, vmi_slot *fp, const vmi_code *code);

#endif
