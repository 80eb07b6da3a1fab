/* gc_weak.c - what happens when objects die: weak references are cleared, finalizers queued.
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing here allocates during a collection: every weak object is listed when it is made, and the
 * queue has room for every finalizer that is registered.
 */
#include <string.h>

#include "gc_heap.h"

bool vmi_gc_list_room(vmi_heap *h, vmi_gc_list *list, size_t elem, size_t count)
{
  size_t need = list->count + count, capacity = list->capacity != 0 ? list->capacity : 16;
  if (need <= list->capacity) return true;
  while (capacity < need) capacity *= 2;
  void *items = vmi_resize(&h->alloc, list->items, list->capacity * elem, capacity * elem);
  if (items == NULL) return false;
  list->items = items;
  list->capacity = capacity;
  return true;
}

void vmi_gc_list_free(vmi_heap *h, vmi_gc_list *list, size_t elem)
{
  vmi_free(&h->alloc, list->items, list->capacity * elem);
  *list = (vmi_gc_list){NULL, 0, 0};
}

static void clear_weaks(vmi_heap *h)
{
  vmi_obj **weaks = h->weaks.items;
  size_t kept = 0;
  for (size_t i = 0; i < h->weaks.count; i++) {
    vmi_word *target = (vmi_word *)weaks[i] + 1;
    if (!vmi_gc_marked(weaks[i])) continue;
    if (vmi_is_pointer(*target) && !vmi_gc_marked((void *)(uintptr_t)*target)) *target = 0;
    weaks[kept++] = weaks[i];
  }
  h->weaks.count = kept;
}

static void enqueue(vmi_heap *h, const vmi_final *f)
{
  ((vmi_final *)h->queue.items)[h->queue.count++] = *f;
}

static void queue_dead(vmi_heap *h)
{
  vmi_final *finals = h->finals.items;
  size_t kept = 0;
  for (size_t i = 0; i < h->finals.count; i++) {
    if (vmi_gc_marked(finals[i].object)) finals[kept++] = finals[i];
    else enqueue(h, &finals[i]);
  }
  h->finals.count = kept;
}

bool vmi_gc_alive(const void *object) { return vmi_gc_marked(object); }

void vmi_gc_after_mark(vmi_heap *h)
{
  if (h->config.marked != NULL) h->config.marked(h->roots_ctx);
  clear_weaks(h);
  queue_dead(h);
}

bool vmi_gc_add_finalizer(vmi_heap *h, vmi_obj *object, vmi_finalizer *fn, void *data)
{
  if (!vmi_gc_list_room(h, &h->finals, sizeof(vmi_final), 1)) return false;
  if (!vmi_gc_list_room(h, &h->queue, sizeof(vmi_final), h->finals.count + 1)) return false;
  ((vmi_final *)h->finals.items)[h->finals.count++] = (vmi_final){object, fn, data};
  object->flags |= VMI_OBJ_HAS_FINALIZER;
  return true;
}

size_t vmi_gc_run_finalizers(vmi_heap *h)
{
  size_t ran = 0;
  /* one at a time, by index: a finalizer may allocate, collect and so append, or come back here */
  while (h->queue_head < h->queue.count) {
    vmi_final f = ((vmi_final *)h->queue.items)[h->queue_head++];
    f.fn(f.data);
    ran++;
  }
  h->queue.count = h->queue_head = 0;
  return ran;
}

void vmi_gc_finalize_all(vmi_heap *h)
{
  vmi_final *finals = h->finals.items;
  for (size_t i = 0; i < h->finals.count; i++) {
    finals[i].object->flags &= (uint8_t)~VMI_OBJ_HAS_FINALIZER;
    enqueue(h, &finals[i]);
  }
  h->finals.count = 0;
}
