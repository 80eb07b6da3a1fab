/* sites.c - what the signal handler needs to know of a unit that accesses memories without checks:
 * its accesses, and how the function is left at each.
 *
 * SPDX-License-Identifier: MIT
 *
 * The unit lists its accesses in the section vmi_sites, which vmi_guard points to (unit.h). Where a
 * function keeps its caller's registers at an instruction is told by the unwind information that GCC
 * and the assembler write for every function. Here it is carried out up to each access, once, when the
 * unit is loaded; the results are rows of a table. Only what GCC uses is understood; anything else,
 * and every offset that leads out of the object, refuses the unit.
 */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "state.h"

#if VMI_GUARD_SUPPORTED

typedef struct reader { /* of bytes of the object */
  const uint8_t *p, *end;
  bool bad;
} reader;

static uint64_t take(reader *r, uint32_t n)
{
  uint64_t v = 0;
  if ((size_t)(r->end - r->p) < n) {
    r->bad = true;
    return 0;
  }
  memcpy(&v, r->p, n);
  r->p += n;
  return v;
}

static int32_t take_i32(reader *r) { return (int32_t)take(r, 4); }

static uint64_t take_leb(reader *r, bool is_signed)
{
  uint64_t v = 0, byte = 0x80;
  uint32_t shift = 0;
  for (; (byte & 0x80) && !r->bad && shift < 63; shift += 7) {
    byte = take(r, 1);
    v |= (byte & 0x7F) << shift;
  }
  if (byte & 0x80) r->bad = true;
  if (is_signed && (byte & 0x40)) v |= ~0ull << shift;
  return v;
}

/* What lies between the two addresses, if that is in the object. */
static bool read_at(const vmi_jit_loaded *u, uintptr_t from, uint64_t size, reader *out)
{
  if (from < u->low || from > u->high || size > u->high - from) return false;
  *out = (reader){(const uint8_t *)from, (const uint8_t *)from + size, false};
  return true;
}

/* ---- unwind information ---- */

enum { RBP = 6, RETURN_ADDRESS = 16, MAX_REMEMBERED = 8 };

typedef struct frame_info { /* of one function */
  uintptr_t low, high;
  uint64_t code_align;
  int64_t data_align;
  reader initial, own;
} frame_info;

static bool read_common(const vmi_jit_loaded *u, uintptr_t at, frame_info *f)
{
  reader r;
  if (!read_at(u, at, 4, &r)) return false;
  uint64_t size = take(&r, 4);
  if (size >= 0xFFFFFFF0u || !read_at(u, at + 4, size, &r)) return false;
  if (take(&r, 4) != 0 || take(&r, 1) != 1) return false; /* a CIE, version 1 */
  if (take(&r, 1) != 'z' || take(&r, 1) != 'R' || take(&r, 1) != 0) return false;
  f->code_align = take_leb(&r, false);
  f->data_align = (int64_t)take_leb(&r, true);
  if (take(&r, 1) != RETURN_ADDRESS || take_leb(&r, false) != 1 ||
      take(&r, 1) != 0x1B) /* addresses: 4 signed bytes, relative to where they stand */
    return false;
  f->initial = r;
  return !r.bad;
}

static bool read_function(const vmi_jit_loaded *u, uintptr_t at, frame_info *f)
{
  reader r;
  if (!read_at(u, at, 4, &r)) return false;
  uint64_t size = take(&r, 4);
  if (size >= 0xFFFFFFF0u || !read_at(u, at + 4, size, &r)) return false;
  uintptr_t common = at + 4 - (uintptr_t)take(&r, 4), here = (uintptr_t)r.p;
  f->low = here + (uintptr_t)(intptr_t)take_i32(&r);
  f->high = f->low + take(&r, 4);
  uint64_t skip = take_leb(&r, false);
  if (r.bad || skip > (uint64_t)(r.end - r.p) || !read_common(u, common, f)) return false;
  r.p += skip;
  f->own = r;
  return true;
}

static int kept_index(uint64_t number)
{
  static const uint8_t numbers[VMI_GUARD_KEPT] = VMI_GUARD_DWARF;
  for (int i = 0; i < VMI_GUARD_KEPT; i++)
    if (numbers[i] == number) return i;
  return -1;
}

/* The register is at `at` from the frame's top or from rbp. */
static void set_place(vmi_guard_row *row, uint64_t number, vmi_guard_where where, int64_t at, reader *r)
{
  int i = kept_index(number);
  if (number == RETURN_ADDRESS && where == VMI_GUARD_FROM_TOP && at == -8) return;
  if (i < 0 || at != (int32_t)at) {
    r->bad = true;
    return;
  }
  row->where[i] = (uint8_t)where;
  row->at[i] = (int32_t)at;
}

static void set_top(vmi_guard_row *row, uint64_t base, int64_t offset, bool stored, reader *r)
{
  if (base > 15 || offset != (int32_t)offset) r->bad = true;
  row->base = (uint8_t)(base & 15);
  row->offset = (int32_t)offset;
  row->stored = stored;
}

/* An expression "register + offset", and behind it, if it tells the frame's top, "what is there". */
static void take_expression(reader *r, vmi_guard_row *row, bool top)
{
  uint64_t number = top ? 0 : take_leb(r, false), size = take_leb(r, false);
  if (size > (uint64_t)(r->end - r->p)) {
    r->bad = true;
    return;
  }
  reader e = {r->p, r->p + size, r->bad};
  uint64_t base = take(&e, 1) - 0x70;
  int64_t offset = (int64_t)take_leb(&e, true);
  if (top) {
    if (take(&e, 1) != 0x06) e.bad = true;
    set_top(row, base, offset, true, &e);
  } else {
    if (base != RBP) e.bad = true;
    set_place(row, number, VMI_GUARD_FROM_RBP, offset, &e);
  }
  r->bad = e.bad || e.p != e.end;
  r->p = e.end;
}

typedef struct run { /* rows from the function's start on */
  const frame_info *f;
  uintptr_t here;
  vmi_guard_row row, first, remembered[MAX_REMEMBERED];
  uint32_t nremembered;
} run;

static void restore(run *x, uint64_t number, reader *r)
{
  int i = kept_index(number);
  if (i < 0) {
    r->bad = true;
    return;
  }
  x->row.where[i] = x->first.where[i];
  x->row.at[i] = x->first.at[i];
}

static void remember(run *x, bool back, reader *r)
{
  if (back ? x->nremembered == 0 : x->nremembered == MAX_REMEMBERED) r->bad = true;
  else if (back) x->row = x->remembered[--x->nremembered];
  else x->remembered[x->nremembered++] = x->row;
}

/* One instruction of those that GCC and the assembler write. */
static void step(run *x, reader *r)
{
  uint8_t op = (uint8_t)take(r, 1);
  uint64_t number = op & 0x3F;
  int64_t scale = x->f->data_align;
  switch (op >> 6 ? op & 0xC0 : op) {
  case 0x40: x->here += number * x->f->code_align; return;
  case 0x80:
    set_place(&x->row, number, VMI_GUARD_FROM_TOP, (int64_t)take_leb(r, false) * scale, r);
    return;
  case 0xC0: restore(x, number, r); return;
  case 0x00: return;
  case 0x02: x->here += take(r, 1) * x->f->code_align; return;
  case 0x03: x->here += take(r, 2) * x->f->code_align; return;
  case 0x04: x->here += take(r, 4) * x->f->code_align; return;
  case 0x0A: remember(x, false, r); return;
  case 0x0B: remember(x, true, r); return;
  case 0x0C:
    number = take_leb(r, false);
    set_top(&x->row, number, (int64_t)take_leb(r, false), false, r);
    return;
  case 0x0D: set_top(&x->row, take_leb(r, false), x->row.offset, false, r); return;
  case 0x0E: set_top(&x->row, x->row.base, (int64_t)take_leb(r, false), false, r); return;
  case 0x0F: take_expression(r, &x->row, true); return;
  case 0x10: take_expression(r, &x->row, false); return;
  default: r->bad = true;
  }
}

static bool row_at(const frame_info *f, uintptr_t address, vmi_guard_row *out)
{
  run x = {.f = f, .here = f->low};
  reader initial = f->initial, own = f->own;
  while (initial.p < initial.end && !initial.bad) step(&x, &initial);
  x.first = x.row;
  while (own.p < own.end && !own.bad) {
    *out = x.row;
    step(&x, &own);
    if (x.here > address) return !initial.bad && !own.bad;
  }
  *out = x.row;
  return !initial.bad && !own.bad;
}

/* ---- finding it ---- */

typedef struct header { /* of .eh_frame_hdr: functions by address */
  uintptr_t self;
  reader table;
  uint32_t n;
} header;

static bool find_header(const vmi_jit_loaded *u, header *h)
{
  reader r;
  if (!read_at(u, u->low, sizeof(ElfW(Ehdr)), &r)) return false;
  ElfW(Ehdr) e;
  memcpy(&e, r.p, sizeof e);
  if (memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 || e.e_phentsize != sizeof(ElfW(Phdr)) ||
      !read_at(u, u->low + e.e_phoff, (uint64_t)e.e_phnum * sizeof(ElfW(Phdr)), &r))
    return false;
  for (uint32_t i = 0; i < e.e_phnum; i++) {
    ElfW(Phdr) p;
    memcpy(&p, r.p + i * sizeof p, sizeof p);
    if (p.p_type != PT_GNU_EH_FRAME) continue;
    h->self = u->low + p.p_vaddr;
    if (!read_at(u, h->self, p.p_memsz, &h->table)) return false;
    /* version; the section's address, not needed; a count of 4 bytes; a table relative to here */
    uint64_t encodings = take(&h->table, 4);
    if (encodings != 0x3B031B01u) return false;
    take(&h->table, 4);
    h->n = (uint32_t)take(&h->table, 4);
    return !h->table.bad && (uint64_t)(h->table.end - h->table.p) / 8 >= h->n;
  }
  return false;
}

static uintptr_t entry_of(const header *h, uint32_t index, bool info)
{
  int32_t relative;
  memcpy(&relative, h->table.p + 8ull * index + (info ? 4 : 0), 4);
  return h->self + (uintptr_t)(intptr_t)relative;
}

static bool find_function(const vmi_jit_loaded *u, const header *h, uintptr_t address, frame_info *f)
{
  uint32_t low = 0, high = h->n;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (entry_of(h, middle, false) <= address) low = middle + 1;
    else high = middle;
  }
  return low > 0 && read_function(u, entry_of(h, low - 1, true), f) && address >= f->low &&
         address < f->high;
}

/* ---- the tables ---- */

static int by_address(const void *a, const void *b)
{
  uintptr_t x = ((const vmi_guard_site *)a)->address, y = ((const vmi_guard_site *)b)->address;
  return x < y ? -1 : x > y;
}

static bool add_row(const vmi_alloc *a, vmi_guard_code *g, const vmi_guard_row *row, uint32_t *index)
{
  for (uint32_t i = g->nrows; i-- > 0 && g->nrows - i <= 8;) {
    if (memcmp(&g->rows[i], row, sizeof *row) != 0) continue;
    *index = i;
    return true;
  }
  if (g->nrows == g->rows_capacity) {
    uint32_t capacity = g->nrows ? 2 * g->nrows : 16;
    vmi_guard_row *rows =
      vmi_resize(a, g->rows, g->rows_capacity * sizeof *rows, capacity * sizeof *rows);
    if (!rows) return false;
    g->rows = rows;
    g->rows_capacity = capacity;
  }
  *index = g->nrows;
  g->rows[g->nrows++] = *row;
  return true;
}

/* An element that leads to itself is none. */
static const char *fill_sites(const vmi_jit_loaded *u, vmi_guard_code *g, reader list)
{
  while (list.p < list.end) {
    uintptr_t here = (uintptr_t)list.p;
    vmi_guard_site *s = &g->sites[g->nsites];
    s->address = here + (uintptr_t)(intptr_t)take_i32(&list);
    g->nsites += s->address != here;
    s->func = (uint32_t)take(&list, 4);
    s->pc = (uint32_t)take(&list, 4);
    if (s->address < u->low || s->address >= u->high) return "an access lies outside it";
  }
  qsort(g->sites, g->nsites, sizeof *g->sites, by_address);
  return NULL;
}

static const char *fill_rows(const vmi_alloc *a, const vmi_jit_loaded *u, vmi_guard_code *g)
{
  header h;
  frame_info f = {0};
  if (g->nsites && !find_header(u, &h)) return "it has no table of unwind information";
  for (uint32_t i = 0; i < g->nsites; i++) {
    vmi_guard_site *s = &g->sites[i];
    vmi_guard_row row;
    memset(&row, 0, sizeof row);
    bool same = s->address >= f.low && s->address < f.high;
    if (!same && !find_function(u, &h, s->address, &f)) return "an access has no unwind information";
    if (!row_at(&f, s->address, &row)) return "its unwind information is not understood";
    if (!add_row(a, g, &row, &s->row)) return "out of memory";
  }
  return NULL;
}

static void free_code(const vmi_alloc *a, vmi_guard_code *g)
{
  if (!g) return;
  vmi_free(a, g->sites, g->sites_capacity * sizeof *g->sites);
  vmi_free(a, g->rows, g->rows_capacity * sizeof *g->rows);
  vmi_free(a, g, sizeof *g);
}

const char *vmi_jit_find_sites(const vmi_alloc *a, vmi_jit_loaded *u)
{
  const uintptr_t *ends = dlsym(u->handle, VMI_GUARD_SYMBOL);
  reader r;
  if (ends == NULL) return NULL; /* it checks every access */
  reader where;
  if (!read_at(u, (uintptr_t)ends, 2 * sizeof ends[0], &where) || ends[1] <= ends[0] ||
      !read_at(u, ends[0], ends[1] - ends[0], &r) || (r.end - r.p) % VMI_GUARD_SITE_SIZE != 0)
    return "its list of memory accesses is damaged";
  vmi_guard_code *g = vmi_new_zero(a, 1, sizeof *g);
  if (!g) return "out of memory";
  uint32_t n = (uint32_t)((r.end - r.p) / VMI_GUARD_SITE_SIZE);
  g->low = u->low;
  g->high = u->high;
  g->sites = vmi_new(a, n * sizeof *g->sites);
  g->sites_capacity = n;
  const char *bad = g->sites ? fill_sites(u, g, r) : "out of memory";
  if (!bad) bad = fill_rows(a, u, g);
  if (!bad && !vmi_guard_add(VMI_GUARD_CODE, u->low, u->high, g)) bad = "out of memory";
  if (bad) free_code(a, g);
  else u->guard = g;
  return bad;
}

void vmi_jit_forget_sites(const vmi_alloc *a, vmi_jit_loaded *u)
{
  if (u->guard) vmi_guard_remove(VMI_GUARD_CODE, u->low);
  free_code(a, u->guard);
  u->guard = NULL;
}

#else

const char *vmi_jit_find_sites(const vmi_alloc *a, vmi_jit_loaded *u)
{
  (void)a;
  return dlsym(u->handle, VMI_GUARD_SYMBOL) == NULL ? NULL : "this system cannot run it";
}
void vmi_jit_forget_sites(const vmi_alloc *a, vmi_jit_loaded *u) { (void)a, (void)u; }

#endif
