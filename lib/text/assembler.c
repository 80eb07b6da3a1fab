/* assembler.c - text to module: the passes, and the module put together.
 *
 * SPDX-License-Identifier: MIT
 */
#include <string.h>

#include "asm.h"
#include "text.h"

static bool pass(vmi_asm *a, vmi_pass which, const char *text, size_t size)
{
  vmi_lexer start;
  a->pass = which;
  a->next_body = 0;
  a->file = VMI_NO_INDEX;
  memset(a->counts, 0, sizeof a->counts);
  memset(a->defined, 0, sizeof a->defined);
  vmi_lexer_init(&start, text, size);
  vmi_asm_seek(a, start);
  while (a->tok.kind != VMI_TOK_END) {
    if (!vmi_asm_statement(a)) return false;
  }
  return true;
}

static bool bodies(vmi_asm *a)
{
  a->pass = VMI_PASS_BODIES;
  for (size_t i = 0; i < a->bodies.count; i++) {
    if (!vmi_asm_body_parse(a, (const vmi_asm_body *)a->bodies.data + i)) return false;
  }
  return true;
}

static bool take_all(vmi_asm *a, const vmi_vec *v, size_t elem, void *items, uint32_t *count)
{
  void *copy = vmi_arena_copy(&a->m->arena, v->data, v->count, elem);
  if (copy == NULL) return vmi_asm_no_memory(a);
  memcpy(items, &copy, sizeof copy); /* `items` is a pointer to a pointer to the element type */
  *count = (uint32_t)v->count;
  return true;
}

static bool finish(vmi_asm *a)
{
  vmi_module *m = a->m;
  return take_all(a, &a->types, sizeof *m->types, &m->types, &m->ntypes)
         && take_all(a, &a->funcs, sizeof *m->funcs, &m->funcs, &m->nfuncs)
         && take_all(a, &a->globals, sizeof *m->globals, &m->globals, &m->nglobals)
         && take_all(a, &a->tables, sizeof *m->tables, &m->tables, &m->ntables)
         && take_all(a, &a->memories, sizeof *m->memories, &m->memories, &m->nmemories)
         && take_all(a, &a->datas, sizeof *m->datas, &m->datas, &m->ndatas)
         && take_all(a, &a->elems, sizeof *m->elems, &m->elems, &m->nelems)
         && take_all(a, &a->imports, sizeof *m->imports, &m->imports, &m->nimports)
         && take_all(a, &a->exports, sizeof *m->exports, &m->exports, &m->nexports)
         && take_all(a, &a->files, sizeof *m->files, &m->files, &m->nfiles)
         && (vmi_types_unify(m, a->alloc) || vmi_asm_no_memory(a));
}

static bool assemble(vmi_asm *a, const char *text, size_t size)
{
  if (!pass(a, VMI_PASS_NAMES, text, size)) return false;
  memcpy(a->totals, a->counts, sizeof a->totals);
  return pass(a, VMI_PASS_TYPES, text, size) && vmi_asm_index_signatures(a)
         && pass(a, VMI_PASS_ITEMS, text, size) && bodies(a) && finish(a);
}

static void asm_free(vmi_asm *a)
{
  vmi_vec *all[] = {&a->types, &a->funcs, &a->globals, &a->tables, &a->memories, &a->datas,
                    &a->elems, &a->imports, &a->exports, &a->files, &a->bodies};
  for (size_t i = 0; i < VMI_COUNT(all); i++) vmi_vec_free(a->alloc, all[i]);
  vmi_symbols_free(&a->symbols);
  vmi_arena_free(&a->scratch);
}

/* The module as its binary form gives it: what the text makes is then the same as what the file
 * makes, code offsets, hash and every check of the reader included. */
static vm_status reread(const vmi_alloc *alloc, const vmi_module *m, vmi_module **out, vm_error *e)
{
  uint8_t *bytes;
  size_t size;
  vm_status status = vmi_module_write(alloc, m, &bytes, &size, e);
  if (status != VM_OK) return status;
  status = vmi_module_read(alloc, bytes, size, out, e);
  vmi_free(alloc, bytes, size);
  return status;
}

vm_status vmi_text_assemble(const vmi_alloc *alloc, const char *text, size_t size,
                            vmi_module **out, vm_error *e)
{
  if (size > VMI_MAX_MODULE_BYTES) {
    return vmi_fail(e, VM_LIMIT, "expected a text of at most %d bytes, found %zu",
                    VMI_MAX_MODULE_BYTES, size);
  }
  vmi_asm a = {.alloc = alloc, .error = e, .type_limit = UINT32_MAX, .symbols = {.alloc = alloc}};
  vmi_arena_init(&a.scratch, alloc);
  a.m = vmi_module_new(alloc);
  if (a.m == NULL) return vmi_no_memory(e);
  if (text == NULL) text = "";
  bool ok = assemble(&a, text, size);
  asm_free(&a);
  vm_status status = ok ? reread(alloc, a.m, out, e) : a.status;
  vmi_module_free(a.m);
  return status;
}
