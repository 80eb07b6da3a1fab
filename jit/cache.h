/* cache.h - the code cache: compiled units kept in a directory from run to run.
 *
 * SPDX-License-Identifier: MIT
 *
 * docs/cache.md explains it. A failure in here costs a compile and nothing else, except that a
 * directory which is not private is refused when the engine is made.
 */
#ifndef VMI_CACHE_H
#define VMI_CACHE_H

#include <stdatomic.h>

#include "entry.h"
#include "isolate.h"

typedef struct vmi_cache {
  int dir;                     /* the directory, -1: there is no cache */
  vmi_entry_id id;             /* of what we compile */
  char worker[512];            /* the file that `id.tools` was made of; "": none was found */
  _Atomic uint64_t rejected, stored;
  uint64_t max, unchecked;     /* bytes it may hold, 0: any; stored since the last look; the thread's own */
  bool checked;
} vmi_cache;

/* Open the directory, making it if it is not there. ARGUMENT: it is not ours, or not private. */
vm_status vmi_cache_open(vmi_cache *c, const char *path, vm_error *e);
void vmi_cache_close(vmi_cache *c);
/* Hash of worker file and GCC's library, by size and time of change. */
void vmi_cache_tools(const char *worker, uint8_t out[VMI_SHA256_SIZE]);

/* An entry read to memory. */
typedef struct vmi_cache_hit {
  uint8_t *bytes;
  size_t size;
  vmi_entry_view view;
} vmi_cache_hit;

/* `module` is everywhere the hash of a module's bytes.
 * The entry of this unit; false if there is none that is usable. */
bool vmi_cache_find(vmi_cache *c, const vmi_alloc *a, const uint8_t *module,
                    const uint32_t *funcs, uint32_t n, uint32_t published, vmi_cache_hit *hit);
void vmi_cache_drop(const vmi_alloc *a, vmi_cache_hit *hit);
/* Keep a unit. */
void vmi_cache_keep(vmi_cache *c, const vmi_alloc *a, const uint8_t *module,
                    const uint32_t *funcs, uint32_t n, uint32_t published, const uint8_t *code,
                    size_t code_size);
/* After `stored` more bytes: remove what was not used for longest, down to 3/4 of `max`, if need be. */
void vmi_cache_trim(vmi_cache *c, const vmi_alloc *a, uint64_t stored);
enum { VMI_CACHE_NAME = 33 }; /* 32 hexadecimal digits and the end */
bool vmi_cache_is_name(const char *name);
int vmi_cache_open_folder(int base, const char *name); /* -1: no folder of that name that is private */
/* Call `each` with every usable entry of the module. */
typedef void vmi_cache_each(void *ctx, const vmi_entry_view *view);
void vmi_cache_list(vmi_cache *c, const vmi_alloc *a, const uint8_t *module,
                    vmi_cache_each *each, void *ctx);

#endif
