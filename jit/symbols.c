/* symbols.c - which guest function is where in a loaded object, for profilers.
 *
 * SPDX-License-Identifier: MIT
 *
 * The emitter names functions vm<index>_<name> and vm<index>_entry_<name>; the local symbols are in
 * the file only, not in what dlopen maps. Nothing in the file is believed without a look.
 */
#include <ctype.h>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state.h"

typedef struct object {
  const uint8_t *bytes;
  size_t size;
  const uint8_t *base; /* where it is loaded */
  const vm_module *shared;
} object;

static bool inside(const object *o, uint64_t offset, uint64_t size)
{
  return offset <= o->size && size <= o->size - offset;
}

static bool section(const object *o, uint32_t index, ElfW(Shdr) *out)
{
  ElfW(Ehdr) h;
  memcpy(&h, o->bytes, sizeof h);
  if (index >= h.e_shnum || h.e_shentsize != sizeof *out) return false;
  uint64_t at = h.e_shoff + (uint64_t)index * sizeof *out;
  if (h.e_shoff > o->size || !inside(o, at, sizeof *out)) return false;
  memcpy(out, o->bytes + at, sizeof *out);
  return out->sh_type == SHT_NOBITS || inside(o, out->sh_offset, out->sh_size);
}

/* The guest's name behind a symbol; false if it is not one of the emitter's. */
static bool guest_name(const vm_module *shared, const char *symbol, char *out, size_t size)
{
  char *end;
  if (strncmp(symbol, "vm", 2) != 0 || !isdigit((unsigned char)symbol[2])) return false;
  unsigned long func = strtoul(symbol + 2, &end, 10);
  if (*end != '_' || func >= shared->m->nfuncs) return false;
  bool entry = strncmp(end, "_entry_", 7) == 0;
  const char *name = vmi_func_name(shared->m, (uint32_t)func);
  if (name != NULL && name[0] != 0) snprintf(out, size, "%s%s", name, entry ? " [entry]" : "");
  else snprintf(out, size, "#%lu%s", func, entry ? " [entry]" : "");
  return true;
}

static void tell(const object *o, const char *names, size_t names_size, const ElfW(Sym) *s)
{
  char text[160];
  if (ELF64_ST_TYPE(s->st_info) != STT_FUNC || s->st_size == 0 || s->st_name >= names_size) return;
  if (!guest_name(o->shared, names + s->st_name, text, sizeof text)) return;
  vmi_rt_trace_code(o->shared->engine, text, o->base + s->st_value, s->st_size);
}

static void each_symbol(const object *o, const ElfW(Shdr) *table)
{
  ElfW(Shdr) strings;
  if (!section(o, table->sh_link, &strings) || strings.sh_size == 0) return;
  const char *names = (const char *)o->bytes + strings.sh_offset;
  if (strings.sh_type != SHT_STRTAB || names[strings.sh_size - 1] != 0) return;
  for (uint64_t i = 0; i + sizeof(ElfW(Sym)) <= table->sh_size; i += sizeof(ElfW(Sym))) {
    ElfW(Sym) s;
    memcpy(&s, o->bytes + table->sh_offset + i, sizeof s);
    tell(o, names, strings.sh_size, &s);
  }
}

void vmi_jit_trace_code(const vm_module *shared, const void *address, const uint8_t *code,
                        size_t size)
{
  ElfW(Ehdr) h;
  Dl_info info;
  object o = {.bytes = code, .size = size, .shared = shared};
  if (shared->engine->trace == NULL || code == NULL || size < sizeof h) return;
  if (dladdr(address, &info) == 0) return;
  o.base = info.dli_fbase;
  memcpy(&h, code, sizeof h);
  for (uint32_t i = 0; i < h.e_shnum; i++) {
    ElfW(Shdr) s;
    if (section(&o, i, &s) && s.sh_type == SHT_SYMTAB) each_symbol(&o, &s);
  }
}
