/* vm/version.h - the version of the headers and of the library in use.
 *
 * SPDX-License-Identifier: MIT
 *
 * Until 1.0 a minor version may change the API; the patch version never does.
 */
#ifndef VM_VERSION_H
#define VM_VERSION_H

#include "vm/status.h"

/* The version of these headers. */
#define VM_VERSION_MAJOR 0
#define VM_VERSION_MINOR 1
#define VM_VERSION_PATCH 0
#define VM_VERSION_NUMBER (VM_VERSION_MAJOR * 10000 + VM_VERSION_MINOR * 100 + VM_VERSION_PATCH)
#define VM_VERSION_TEXT "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

/* VM_VERSION_NUMBER and VM_VERSION_TEXT of the library in use; static storage. Any thread. */
VM_API uint32_t vm_version_number(void);
VM_API const char *vm_version_text(void);

#ifdef __cplusplus
}
#endif
#endif
