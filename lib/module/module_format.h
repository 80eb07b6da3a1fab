/* module_format.h - constants of the binary format; docs/format.md describes it to the byte.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef VMI_MODULE_FORMAT_H
#define VMI_MODULE_FORMAT_H

#include "module.h"

enum { VMI_FORMAT_VERSION = 1, VMI_FORMAT_HEADER = 8 };
#define VMI_FORMAT_MAGIC "\0vm\x01"

enum { /* sections, in the order of the file */
  VMI_SEC_TYPES = 1, VMI_SEC_IMPORTS, VMI_SEC_FUNCTIONS, VMI_SEC_TABLES, VMI_SEC_MEMORIES,
  VMI_SEC_GLOBALS, VMI_SEC_EXPORTS, VMI_SEC_START, VMI_SEC_ELEMS, VMI_SEC_DATAS, VMI_SEC_CODE,
  VMI_SEC_NAMES, VMI_SEC_LINES, VMI_SEC_LOCALS, VMI_SEC_PRODUCERS,
  VMI_SEC_END
};

enum { VMI_FORM_STRUCT = 0x5F, VMI_FORM_ARRAY = 0x5E, VMI_FORM_FUNC = 0x60, VMI_FORM_NO_ENV = 0 };

/* Locals are run-length coded, so a few bytes can ask for many. All functions of a module together
 * may have this many more than four a byte of the module. */
enum { VMI_LOCALS_BASE = VMI_MAX_LOCALS, VMI_LOCALS_PER_BYTE = 4 };

/* One list of items that may be named: `names` is the first item's name, `stride` bytes apart. */
typedef struct vmi_name_list {
  vmi_str *names;
  size_t stride;
  uint32_t count;
} vmi_name_list;

static inline vmi_str *vmi_name_at(const vmi_name_list *l, uint32_t i)
{
  return (vmi_str *)(void *)((char *)l->names + l->stride * i);
}

enum { VMI_NAME_LISTS = 7 };

/* The name lists of the names section in the order of the file. */
static inline void vmi_module_name_lists(const vmi_module *m, vmi_name_list out[VMI_NAME_LISTS])
{
  out[0] = (vmi_name_list){m->ntypes ? &m->types[0].name : NULL, sizeof *m->types, m->ntypes};
  out[1] = (vmi_name_list){m->nfuncs ? &m->funcs[0].name : NULL, sizeof *m->funcs, m->nfuncs};
  out[2] = (vmi_name_list){m->nglobals ? &m->globals[0].name : NULL, sizeof *m->globals,
                           m->nglobals};
  out[3] = (vmi_name_list){m->ntables ? &m->tables[0].name : NULL, sizeof *m->tables, m->ntables};
  out[4] = (vmi_name_list){m->nmemories ? &m->memories[0].name : NULL, sizeof *m->memories,
                           m->nmemories};
  out[5] = (vmi_name_list){m->nelems ? &m->elems[0].name : NULL, sizeof *m->elems, m->nelems};
  out[6] = (vmi_name_list){m->ndatas ? &m->datas[0].name : NULL, sizeof *m->datas, m->ndatas};
}

#endif
