/* maps.c - reference maps of safepoints and of locals.
 *
 * SPDX-License-Identifier: MIT
 *
 * A map of at most 32 slots lies in its entry. A larger one lies in the function's pool, and shares
 * its words with the map before it if they are equal.
 */
#include <string.h>

#include "verifier.h"

/* A deep stack makes every safepoint's map large: a hostile function could turn each of its bytes
 * into hundreds. Code that builds literals of thousands of objects stays below this. */
enum { POOL_BASE = 65536, POOL_PER_BYTE = 16 }; /* words */

static uint32_t map_word(const vm_type *types, uint32_t count)
{
  uint32_t bits = 0;
  for (uint32_t i = 0; i < count; i++) bits |= (uint32_t)vmi_type_traced(types[i]) << i;
  return bits;
}

static bool any_traced(const vm_type *types, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++) {
    if (vmi_type_traced(types[i])) return true;
  }
  return false;
}

/* Words of the map before, if it has as many and they are the last of the pool; else NULL. */
static const uint32_t *words_before(const vmi_verifier *v, uint32_t nwords)
{
  if (v->maps.count == 0) return NULL;
  const vmi_refmap *last = (const vmi_refmap *)v->maps.data + (v->maps.count - 1);
  if (last->depth <= 32 || (last->depth + 31) / 32 != nwords) return NULL;
  return (const uint32_t *)v->pool.data + last->bits;
}

static vm_status pool_map(vmi_verifier *v, uint32_t pc, uint32_t depth, uint32_t *index)
{
  uint32_t nwords = (depth + 31) / 32, first = (uint32_t)v->pool.count;
  if (first + nwords > POOL_BASE + (uint64_t)POOL_PER_BYTE * v->f->code_size) {
    return vmi_fail_at(v->e, VM_LIMIT, v->func, pc,
                       "function %u at offset %u: expected fewer safepoints on so deep a stack, "
                       "found maps of %u words", (unsigned)v->func, (unsigned)pc, (unsigned)first);
  }
  uint32_t *words = vmi_vec_push(&v->alloc, &v->pool, sizeof *words, nwords);
  if (words == NULL) return vmi_no_memory(v->e);
  for (uint32_t i = 0; i < nwords; i++) {
    uint32_t left = depth - 32 * i;
    words[i] = map_word(v->t.stack + 32 * i, left < 32 ? left : 32);
  }
  *index = first;
  const uint32_t *before = words_before(v, nwords);
  if (before != NULL && memcmp(before, words, nwords * sizeof *words) == 0) {
    *index = (uint32_t)(before - (const uint32_t *)v->pool.data);
    v->pool.count = first;
  }
  return VM_OK;
}

vm_status vmi_verify_map(vmi_verifier *v, uint32_t pc, uint32_t depth)
{
  uint32_t bits = 0;
  VMI_TRY(vmi_verify_spend(v, pc, depth / 32)); /* a scan is that much cheaper than a match */
  if (depth <= 32) {
    bits = map_word(v->t.stack, depth);
    if (bits == 0) return VM_OK;
  } else {
    if (!any_traced(v->t.stack, depth)) return VM_OK;
    VMI_TRY(pool_map(v, pc, depth, &bits));
  }
  vmi_refmap *map = vmi_vec_push(&v->alloc, &v->maps, sizeof *map, 1);
  if (map == NULL) return vmi_no_memory(v->e);
  *map = (vmi_refmap){pc, bits, depth};
  return VM_OK;
}

/* Move a list of pcs to the module. */
static bool keep_pcs(vmi_verifier *v, vmi_vec *list, const uint32_t **out, uint32_t *count)
{
  *count = (uint32_t)list->count;
  list->count = 0;
  if (*count == 0) return true;
  *out = vmi_arena_copy(&v->m->arena, list->data, *count, sizeof(uint32_t));
  return *out != NULL;
}

vm_status vmi_verify_keep_maps(vmi_verifier *v)
{
  vmi_func *f = v->f;
  vmi_arena *arena = &v->m->arena;
  f->nrefmaps = 0;
  if (v->maps.count != 0) {
    f->refmaps = vmi_arena_copy(arena, v->maps.data, v->maps.count, sizeof(vmi_refmap));
    if (f->refmaps == NULL) return vmi_no_memory(v->e);
    f->nrefmaps = (uint32_t)v->maps.count;
  }
  if (v->pool.count != 0) {
    f->refmap_pool = vmi_arena_copy(arena, v->pool.data, v->pool.count, sizeof(uint32_t));
    if (f->refmap_pool == NULL) return vmi_no_memory(v->e);
  }
  if (!keep_pcs(v, &v->sites, &f->sites, &f->nsites)) return vmi_no_memory(v->e);
  if (!keep_pcs(v, &v->points, &f->points, &f->npoints)) return vmi_no_memory(v->e);
  f->first_site = v->m->nsites;
  v->m->nsites += f->nsites;
  f->first_point = v->m->npoints;
  v->m->npoints += f->npoints;
  v->maps.count = v->pool.count = 0;
  return VM_OK;
}

vm_status vmi_verify_local_refs(vmi_verifier *v)
{
  vmi_func *f = v->f;
  uint32_t *words = vmi_arena_new(&v->m->arena, (f->nlocals + 31) / 32, sizeof *words);
  if (words == NULL) return vmi_no_memory(v->e);
  f->has_local_refs = false;
  for (uint32_t i = 0; i < f->nlocals; i++) {
    if (!vmi_type_traced(f->locals[i])) continue;
    words[i / 32] |= 1u << i % 32;
    f->has_local_refs = true;
  }
  f->local_refs = words;
  return VM_OK;
}
