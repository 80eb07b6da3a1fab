/* tree.h - remove a private directory; shared by libvm and its worker, which may outlive it.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_TREE_H
#define VMI_TREE_H

#include <stdbool.h>

/* Remove `path` and what is in it, without following symbolic links. True if it is gone. */
bool vmi_jit_remove_tree(const char *path);

#endif
