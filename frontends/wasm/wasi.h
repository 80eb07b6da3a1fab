/* wasi.h - WASI preview 1 for command programs, as host functions of an isolate.
 *
 * SPDX-License-Identifier: MIT
 *
 * A wasi_host is what one program sees of the system: its arguments, environment, streams and the
 * directories that were opened to it. Nothing else can be reached: paths are resolved component by
 * component below the opened directories, and neither "..", symbolic links, absolute paths nor
 * renames by others at the same time lead out of them.
 *
 *   wasi_new(&config, &wasi, &error);
 *   wasi_define(wasi, isolate, &error);          the module's imports can now be found
 *   vm_instance_new(isolate, module, ...);       then call its export "_start"
 *
 * The call of "_start" returns VM_OK, or VM_TERMINATED with trap `exit` when the program called
 * proc_exit; vm_isolate_get_exit_code has its code then. Addresses among the arguments are in the
 * memory that the calling instance exports as "memory".
 *
 * A wasi_host is used by one thread at a time, like its isolate, and holds no global state: any
 * number of them can be used at once. Nothing of the host process is changed but the files that the
 * guest writes; signals are not raised (but see `raise_sigpipe`).
 */
#ifndef WASI_H
#define WASI_H

#include <stddef.h>
#include <stdint.h>

#include "vm/engine.h"
#include "vm/isolate.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WASI_MODULE "wasi_snapshot_preview1" /* the import module that is provided */

typedef struct wasi_host wasi_host;

/* A directory that is opened to the guest. */
typedef struct wasi_dir {
  const char *host;  /* its path */
  const char *guest; /* what the guest calls it; NULL: the same */
} wasi_dir;

/* Initialise with WASI_CONFIG_INIT. Everything is borrowed for the call of wasi_new alone, but the
 * streams, which must stay open as long as the wasi_host. */
typedef struct wasi_config {
  size_t size;               /* sizeof(wasi_config) */
  vm_allocator allocator;    /* `resize` NULL: the C library's realloc and free */
  const char *const *args;   /* args[0] is the program's name */
  size_t nargs;
  const char *const *env;    /* "NAME=VALUE" */
  size_t nenv;
  const wasi_dir *dirs;
  size_t ndirs;
  int streams[3];            /* descriptors of the guest's standard streams; -1: it has none */
  uint32_t raise_sigpipe;    /* nonzero: writing to a pipe that nobody reads raises SIGPIPE in the
                                host, as for a native program; 0: the guest sees an error */
} wasi_config;

#define WASI_CONFIG_INIT \
  { sizeof(wasi_config), {NULL, NULL}, NULL, 0, NULL, 0, NULL, 0, {-1, -1, -1}, 0 }

/* Make one. Directories are opened now.
 *
 * config  borrowed
 * out     owned by the caller, freed with wasi_free after the isolate that it was defined in;
 *         NULL on failure
 *
 * ARGUMENT: a NULL, a wrong `size`, or an environment entry without "=". NOT_FOUND: a directory
 * cannot be opened; `error` says which and why. LIMIT: too many directories, or arguments and
 * environment are too long. MEMORY. */
vm_status wasi_new(const wasi_config *config, wasi_host **out, vm_error *error);

/* Close what the guest left open and free everything. NULL is fine. */
void wasi_free(wasi_host *wasi);

/* Let modules of `isolate` import the functions of WASI_MODULE.
 *
 * ARGUMENT: a NULL. STATE: one of them is defined already. MEMORY. */
vm_status wasi_define(wasi_host *wasi, vm_isolate *isolate, vm_error *error);

#ifdef __cplusplus
}
#endif
#endif
