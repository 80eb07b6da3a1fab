/* worker.h - the compiler worker's own parts: start-up, watcher, assembler and linker.
 *
 * SPDX-License-Identifier: MIT
 *
 * This program links libgccjit, which is GPL-3.0; what GCC writes is covered by the GCC runtime
 * library exception. libvm itself does not link it and talks to this program over a socket only.
 */
#ifndef VMI_WORKER_H
#define VMI_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"

enum { VMW_PATH = 512 };

typedef struct vmw_module {
  uint64_t id;
  struct vmi_module *m;
} vmw_module;

typedef struct vmw {
  char dir[VMW_PATH - 64];   /* private, made by the parent */
  char assembler[64], linker[64]; /* absolute paths */
  _Atomic pid_t child;       /* running assembler or linker, 0: none */
  int signals;               /* signalfd of the watcher */
  vmw_module *modules;
  size_t nmodules;
} vmw;

/* setup.c */
bool vmw_confine(void);      /* limits, priority, session, descriptors */
bool vmw_watch(vmw *w);      /* start the thread that cleans up when the parent is gone */
bool vmw_allow_cpu(uint32_t seconds); /* from now on */
uint64_t vmw_now(void);      /* ns, monotonic */
uint64_t vmw_resident(void); /* bytes */

/* tools.c */
bool vmw_find_tools(vmw *w, char *why, size_t size);
/* u<unit>.s to u<unit>.so; removes all but the result. */
bool vmw_assemble_and_link(vmw *w, uint64_t unit, vmi_msg_reply *reply);
void vmw_unit_path(const vmw *w, uint64_t unit, const char *suffix, char path[VMW_PATH]);

#endif
