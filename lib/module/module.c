/* module.c - a module's life, and look-ups in its finished parts.
 *
 * SPDX-License-Identifier: MIT
 */
#include "module.h"

vmi_module *vmi_module_new(const vmi_alloc *a)
{
  vmi_module *m = vmi_new_zero(a, 1, sizeof *m);
  if (m == NULL) return NULL;
  vmi_arena_init(&m->arena, a);
  m->start = VMI_NO_INDEX;
  return m;
}

void vmi_module_free(vmi_module *m)
{
  if (m == NULL) return;
  vmi_alloc a = m->arena.alloc; /* outlives the module, which holds it */
  vmi_arena_free(&m->arena);
  vmi_free(&a, m, sizeof *m);
}

const char *vmi_func_name(const vmi_module *m, uint32_t func)
{
  if (func >= m->nfuncs) return NULL;
  if (m->funcs[func].name.size != 0) return m->funcs[func].name.data;
  for (uint32_t i = 0; i < m->nexports; i++) {
    const vmi_export *x = &m->exports[i];
    if (x->kind == VMI_EXTERN_FUNC && x->index == func) return x->name.data;
  }
  return NULL;
}

uint32_t vmi_func_line(const vmi_func *f, uint32_t pc)
{
  uint32_t low = 0, high = f->nlines; /* lines [0, low) start at or before pc */
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    if (f->lines[mid].offset <= pc) {
      low = mid + 1;
    } else {
      high = mid;
    }
  }
  return low == 0 ? 0 : f->lines[low - 1].line;
}

const vmi_handler *vmi_func_handler(const vmi_func *f, uint32_t pc)
{
  uint32_t low = 0, high = f->nhandlers; /* handlers [0, low) end at or before pc */
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    if (f->handlers[mid].end <= pc) {
      low = mid + 1;
    } else {
      high = mid;
    }
  }
  for (; low < f->nhandlers; low++) {
    if (f->handlers[low].start <= pc) return &f->handlers[low];
  }
  return NULL;
}

const vmi_refmap *vmi_func_refmap(const vmi_func *f, uint32_t pc)
{
  uint32_t low = 0, high = f->nrefmaps;
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    if (f->refmaps[mid].pc < pc) {
      low = mid + 1;
    } else {
      high = mid;
    }
  }
  return low < f->nrefmaps && f->refmaps[low].pc == pc ? &f->refmaps[low] : NULL;
}

/* Two lanes of multiply and rotate over 8-byte little-endian words, each with its own constants,
 * and a final mix (that of MurmurHash3, public domain, Austin Appleby). */
static uint64_t rotate(uint64_t v, int n) { return v << n | v >> (64 - n); }

static uint64_t finish(uint64_t h)
{
  h = (h ^ h >> 33) * 0xFF51AFD7ED558CCDull;
  h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53ull;
  return h ^ h >> 33;
}

void vmi_hash(const uint8_t *bytes, size_t size, uint64_t out[2])
{
  uint64_t a = 0x6C62272E07BB0142ull ^ size, b = 0x62B821756295C58Dull;
  for (size_t at = 0; at < size; at += 8) {
    uint8_t tail[8] = {0};
    const uint8_t *p = bytes + at;
    if (size - at < 8) {
      for (size_t i = 0; at + i < size; i++) tail[i] = p[i];
      p = tail;
    }
    uint64_t word = vmi_get64(p);
    a = rotate(a ^ word * 0x87C37B91114253D5ull, 27) * 5 + 0x52DCE729;
    b = rotate(b + (word ^ a), 31) * 0x4CF5AD432745937Full;
  }
  out[0] = finish(a + b);
  out[1] = finish(b ^ rotate(a, 17));
}
