/* memory.c - linear memories and tables.
 *
 * SPDX-License-Identifier: MIT
 *
 * A memory is a mapping of its own, so that fresh pages cost nothing until they are touched; it is
 * charged against the isolate's heap limit. Growing may move it; but not with vm_engine.guard, when
 * it lies at the start of a reserved range of which nothing else can be touched (guard.h).
 */
#include <string.h>
#include <sys/mman.h>

#include "guard.h"
#include "isolate.h"

static size_t mapping_size(uint32_t pages)
{
  return (size_t)(pages ? pages : 1) * VMI_PAGE_SIZE;
}

static void *reserve_range(void)
{
  return mmap(NULL, VMI_GUARD_SPAN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

bool vmi_rt_can_guard(void)
{
  if (!vmi_guard_retain()) return false;
  void *range = reserve_range();
  if (range == MAP_FAILED) vmi_guard_release();
  else munmap(range, VMI_GUARD_SPAN);
  return range != MAP_FAILED;
}

/* From `from` bytes on, which can be touched already. */
static bool open_range(uint8_t *base, uint64_t from, uint64_t to)
{
  return from == to || mprotect(base + from, to - from, PROT_READ | PROT_WRITE) == 0;
}

static void *map_guarded(vm_isolate *iso, uint32_t pages)
{
  uint8_t *base = reserve_range();
  if (base == MAP_FAILED) return MAP_FAILED;
  uintptr_t low = (uintptr_t)base;
  if (open_range(base, 0, (uint64_t)pages * VMI_PAGE_SIZE) &&
      vmi_guard_add(VMI_GUARD_MEMORY, low, low + VMI_GUARD_SPAN, iso))
    return base;
  munmap(base, VMI_GUARD_SPAN);
  return MAP_FAILED;
}

static void unmap(vmi_memory_inst *m)
{
  if (m->guarded) vmi_guard_remove(VMI_GUARD_MEMORY, (uintptr_t)m->base);
  munmap(m->base, m->guarded ? VMI_GUARD_SPAN : mapping_size(m->pages));
}

static bool extend(vmi_memory_inst *m, uint32_t pages)
{
  if (m->guarded) return open_range(m->base, m->size, (uint64_t)pages * VMI_PAGE_SIZE);
  void *base = mremap(m->base, mapping_size(m->pages), mapping_size(pages), MREMAP_MAYMOVE);
  if (base != MAP_FAILED) m->base = base;
  return base != MAP_FAILED;
}

vmi_memory_inst *vmi_rt_memory_new(vm_isolate *iso, uint32_t min, uint32_t max)
{
  if (!vmi_gc_charge(iso->thread.heap, (size_t)min * VMI_PAGE_SIZE)) return NULL;
  vmi_memory_inst *m = vmi_new_zero(&iso->alloc, 1, sizeof *m);
  void *base = MAP_FAILED;
  if (m && iso->engine->guard) base = map_guarded(iso, min);
  else if (m)
    base = mmap(NULL, mapping_size(min), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) {
    vmi_free(&iso->alloc, m, sizeof *m);
    vmi_gc_uncharge(iso->thread.heap, (size_t)min * VMI_PAGE_SIZE);
    return NULL;
  }
  m->base = base;
  m->pages = min;
  m->size = (uint64_t)min * VMI_PAGE_SIZE;
  m->max = max;
  m->refs = 1;
  m->guarded = iso->engine->guard;
  return m;
}

void vmi_rt_memory_release(vm_isolate *iso, vmi_memory_inst *m)
{
  if (!m || --m->refs) return;
  unmap(m);
  vmi_gc_uncharge(iso->thread.heap, m->size);
  vmi_free(&iso->alloc, m, sizeof *m);
}

/* Base and size of the first memory and items and length of the first table are in the instance as well,
 * which saves compiled code two loads on the way there. */
void vmi_rt_instance_view(vmi_instance *inst)
{
  const vmi_memory_inst *m = inst->memories[0];
  const vmi_table_inst *table = inst->tables[0];
  if (m) {
    inst->memory_base = m->base;
    inst->memory_size = m->size;
    inst->memory_limit = m->size < VMI_MEMORY_SLACK ? 0 : m->size - VMI_MEMORY_SLACK + 1;
  }
  if (table) inst->table_items = table->items, inst->table_length = table->length;
}

static void view_again(vm_isolate *iso, const void *grown)
{
  for (vmi_instance *i = iso->instances; i; i = i->next)
    if (i->memories[0] == grown || i->tables[0] == grown) vmi_rt_instance_view(i);
}

uint32_t vmi_rt_memory_grow(vmi_thread *t, uint32_t memory, uint32_t pages)
{
  vmi_memory_inst *m = t->instance->memories[memory];
  uint32_t old = m->pages;
  if (pages > (m->max < VMI_MAX_PAGES ? m->max : VMI_MAX_PAGES) - old) return UINT32_MAX;
  if (pages == 0) return old;
  if (!vmi_gc_charge(t->heap, (size_t)pages * VMI_PAGE_SIZE)) return UINT32_MAX;
  if (!extend(m, old + pages)) {
    vmi_gc_uncharge(t->heap, (size_t)pages * VMI_PAGE_SIZE);
    return UINT32_MAX;
  }
  m->pages = old + pages;
  m->size = (uint64_t)m->pages * VMI_PAGE_SIZE;
  view_again(vmi_isolate_of(t), m);
  return old;
}

static bool in_memory(const vmi_memory_inst *m, uint32_t address, uint32_t n)
{
  return (uint64_t)address + n <= m->size;
}

uint32_t vmi_rt_memory_copy(vmi_thread *t, uint32_t dst_memory, uint32_t src_memory, uint32_t dst,
                            uint32_t src, uint32_t n)
{
  vmi_memory_inst *d = t->instance->memories[dst_memory], *s = t->instance->memories[src_memory];
  if (!in_memory(d, dst, n) || !in_memory(s, src, n)) return VM_TRAP_MEMORY_BOUNDS;
  memmove(d->base + dst, s->base + src, n);
  return VM_TRAP_NONE;
}

uint32_t vmi_rt_memory_fill(vmi_thread *t, uint32_t memory, uint32_t address, uint32_t value,
                            uint32_t n)
{
  vmi_memory_inst *m = t->instance->memories[memory];
  if (!in_memory(m, address, n)) return VM_TRAP_MEMORY_BOUNDS;
  memset(m->base + address, (int)(value & 0xFF), n);
  return VM_TRAP_NONE;
}

uint32_t vmi_rt_memory_init(vmi_thread *t, uint32_t memory, uint32_t data, uint32_t address,
                            uint32_t offset, uint32_t n)
{
  vmi_instance *inst = t->instance;
  const vmi_data *d = &inst->module->datas[data];
  uint32_t available = inst->dropped_data[data] ? 0 : d->size;
  if (!in_memory(inst->memories[memory], address, n) || (uint64_t)offset + n > available)
    return VM_TRAP_MEMORY_BOUNDS;
  if (n) memcpy(inst->memories[memory]->base + address, d->bytes + offset, n);
  return VM_TRAP_NONE;
}

void vmi_rt_data_drop(vmi_thread *t, uint32_t data) { t->instance->dropped_data[data] = 1; }

/* ---- tables ---- */

vmi_table_inst *vmi_rt_table_new(vm_isolate *iso, vm_type type, uint32_t min, uint32_t max)
{
  size_t bytes = (size_t)min * sizeof(vmi_slot);
  if (!vmi_gc_charge(iso->thread.heap, bytes)) return NULL;
  vmi_table_inst *table = vmi_new_zero(&iso->alloc, 1, sizeof *table);
  if (table && min) table->items = vmi_new_zero(&iso->alloc, min, sizeof(vmi_slot));
  if (!table || (min && !table->items)) {
    vmi_free(&iso->alloc, table, sizeof *table);
    vmi_gc_uncharge(iso->thread.heap, bytes);
    return NULL;
  }
  table->length = table->capacity = min;
  table->max = max;
  table->type = type;
  table->refs = 1;
  return table;
}

void vmi_rt_table_release(vm_isolate *iso, vmi_table_inst *table)
{
  if (!table || --table->refs) return;
  size_t bytes = table->capacity * sizeof(vmi_slot);
  vmi_free(&iso->alloc, table->items, bytes);
  vmi_gc_uncharge(iso->thread.heap, bytes);
  vmi_free(&iso->alloc, table, sizeof *table);
}

static bool table_reserve(vmi_thread *t, vmi_table_inst *table, uint32_t length)
{
  if (length <= table->capacity) return true;
  uint64_t doubled = 2ull * table->capacity;
  uint32_t capacity = doubled > length ? (uint32_t)doubled : length;
  if (capacity > VMI_MAX_TABLE_LENGTH) capacity = VMI_MAX_TABLE_LENGTH;
  size_t old_bytes = table->capacity * sizeof(vmi_slot), bytes = capacity * sizeof(vmi_slot);
  if (!vmi_gc_charge(t->heap, bytes - old_bytes)) return false;
  void *items = vmi_resize(&vmi_isolate_of(t)->alloc, table->items, old_bytes, bytes);
  if (!items) {
    vmi_gc_uncharge(t->heap, bytes - old_bytes);
    return false;
  }
  table->items = items;
  table->capacity = capacity;
  return true;
}

uint32_t vmi_rt_table_grow(vmi_thread *t, uint32_t index, void *value, uint32_t n)
{
  vmi_table_inst *table = t->instance->tables[index];
  uint32_t old = table->length;
  uint32_t max = table->max < VMI_MAX_TABLE_LENGTH ? table->max : VMI_MAX_TABLE_LENGTH;
  if (n > max - old || !table_reserve(t, table, old + n)) return UINT32_MAX;
  for (uint32_t i = old; i < old + n; i++) table->items[i].ref = value;
  table->length = old + n;
  view_again(vmi_isolate_of(t), table);
  return old;
}

static bool in_table(const vmi_table_inst *table, uint32_t index, uint32_t n)
{
  return (uint64_t)index + n <= table->length;
}

uint32_t vmi_rt_table_fill(vmi_thread *t, uint32_t index, uint32_t first, void *value, uint32_t n)
{
  vmi_table_inst *table = t->instance->tables[index];
  if (!in_table(table, first, n)) return VM_TRAP_TABLE_BOUNDS;
  for (uint32_t i = 0; i < n; i++) table->items[first + i].ref = value;
  return VM_TRAP_NONE;
}

uint32_t vmi_rt_table_copy(vmi_thread *t, uint32_t dst_table, uint32_t src_table, uint32_t dst,
                           uint32_t src, uint32_t n)
{
  vmi_table_inst *d = t->instance->tables[dst_table], *s = t->instance->tables[src_table];
  if (!in_table(d, dst, n) || !in_table(s, src, n)) return VM_TRAP_TABLE_BOUNDS;
  if (n) memmove(d->items + dst, s->items + src, n * sizeof(vmi_slot));
  return VM_TRAP_NONE;
}

uint32_t vmi_rt_table_init(vmi_thread *t, uint32_t index, uint32_t elem, uint32_t first,
                           uint32_t offset, uint32_t n)
{
  vmi_instance *inst = t->instance;
  vmi_table_inst *table = inst->tables[index];
  const vmi_elem *e = &inst->module->elems[elem];
  uint32_t available = inst->dropped_elem[elem] ? 0 : e->count;
  if (!in_table(table, first, n) || (uint64_t)offset + n > available) return VM_TRAP_TABLE_BOUNDS;
  for (uint32_t i = 0; i < n; i++) {
    vmi_slot item;
    if (!vmi_rt_initial_value(inst, e->type, &e->items[offset + i], &item))
      return VM_TRAP_OUT_OF_MEMORY;
    table->items[first + i] = item;
  }
  return VM_TRAP_NONE;
}

void vmi_rt_elem_drop(vmi_thread *t, uint32_t elem) { t->instance->dropped_elem[elem] = 1; }
