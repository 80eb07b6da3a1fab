/* verifier.h - the state of a verification; between the files of this layer.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_VERIFIER_H
#define VMI_VERIFIER_H

#include "effect.h"
#include "verify.h"

typedef struct vmi_verifier {
  vmi_module *m;
  vm_error *e;
  vmi_alloc alloc;
  vmi_func *f;          /* the function at hand, number `func` */
  uint32_t func;
  vmi_typing t;
  vmi_vec maps, pool;   /* vmi_refmap and uint32_t of the function at hand */
  vmi_vec sites, points; /* and uint32_t, pcs of instructions with F_SITE and with F_SLOW */
  uint32_t *marks;      /* starts and ends of its handler ranges, ascending */
  uint32_t nmarks, next_mark, next_label, next_switch;
  uint64_t work_left;   /* stack entries that branches and maps may still look at */
  uint64_t spare_work;  /* of it, what is left of the module's share */
} vmi_verifier;

#define VMI_TRY(call)                                                                             \
  do {                                                                                            \
    vm_status try_status = (call);                                                                \
    if (try_status != VM_OK) return try_status;                                                   \
  } while (0)

/* Everything outside code. */
vm_status vmi_verify_sections(vmi_verifier *v);

/* Sort `items` by `less`, in place and without memory, in n log n steps whatever the input. */
typedef bool vmi_verify_less(const void *ctx, uint32_t a, uint32_t b);
void vmi_verify_sort(uint32_t *items, uint32_t count, vmi_verify_less *less, const void *ctx);

/* Take `units` off the work that is left; LIMIT if that was less. */
vm_status vmi_verify_spend(vmi_verifier *v, uint32_t pc, uint64_t units);

/* Reference maps. vmi_verify_map: the safepoint at `pc` sees the lowest `depth` stack entries. */
vm_status vmi_verify_map(vmi_verifier *v, uint32_t pc, uint32_t depth);
vm_status vmi_verify_keep_maps(vmi_verifier *v); /* to the function */
vm_status vmi_verify_local_refs(vmi_verifier *v);

#endif
