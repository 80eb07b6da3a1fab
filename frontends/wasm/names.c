/* names.c - the custom section "name".
 *
 * SPDX-License-Identifier: MIT
 *
 * The maps are sorted, and the translator asks in ascending order, so a map is read along with the
 * translation and nothing is stored.
 */
#include "names.h"

static wasm_reader reader_of(const uint8_t *at, const uint8_t *end)
{
  return (wasm_reader){.start = at, .at = at, .end = end, .function = VM_NO_OFFSET};
}

static void open_map(wasm_name_map *map, wasm_reader r)
{
  *map = (wasm_name_map){.r = r};
  if (!wasm_read_count(&map->r, "names", &map->left)) map->left = 0;
}

static void open_subsection(wasm_names *names, uint8_t id, wasm_reader r)
{
  if (id == WASM_NAME_MODULE) {
    if (!wasm_read_name(&r, "module", &names->module)) names->module = (wasm_name){0};
  } else if (id == WASM_NAME_LOCAL) {
    names->locals = r;
    if (!wasm_read_count(&names->locals, "functions", &names->locals_left)) names->locals_left = 0;
  } else if (id < WASM_NAME_KINDS && id != WASM_NAME_LABEL) {
    open_map(&names->maps[id], r);
  }
}

void wasm_names_open(wasm_names *names, const uint8_t *at, const uint8_t *end)
{
  wasm_reader r = reader_of(at, end);
  while (r.at < r.end) {
    uint8_t id;
    uint32_t size;
    const uint8_t *content;
    if (!wasm_read_byte(&r, "id", &id) || !wasm_read_u32(&r, "size", &size)
        || !wasm_read_bytes(&r, "subsection", size, &content)) {
      return;
    }
    open_subsection(names, id, reader_of(content, content + size));
  }
}

/* Goes on to the next entry; one that is wrong or out of order ends the map. */
static void next_entry(wasm_name_map *map)
{
  uint32_t last = map->index;
  bool first = !map->here;
  map->here = map->left > 0 && wasm_read_u32(&map->r, "index", &map->index)
              && wasm_read_name(&map->r, "name", &map->name) && (first || map->index > last);
  map->left = map->here ? map->left - 1 : 0;
}

bool wasm_names_find(wasm_name_map *map, uint32_t index, wasm_name *name)
{
  while (map->left > 0 && (!map->here || map->index < index)) next_entry(map);
  if (!map->here || map->index != index) return false;
  *name = map->name;
  return true;
}

/* Behind the map of one function's locals lies the next function's: names that were not asked for
 * are read to get there. */
static bool next_function(wasm_names *names)
{
  wasm_name_map *map = &names->local;
  while (map->left > 0) next_entry(map);
  if (map->r.status != VM_OK) return false;
  if (map->r.at != NULL) names->locals.at = map->r.at;
  if (names->locals_left == 0) return false;
  names->locals_left--;
  if (!wasm_read_u32(&names->locals, "function", &names->locals_function)) return false;
  open_map(map, names->locals);
  return true;
}

wasm_name_map *wasm_names_locals(wasm_names *names, uint32_t function)
{
  if (names->locals.at == NULL) return NULL;
  while (names->local.r.at == NULL || names->locals_function < function) {
    if (!next_function(names)) {
      names->locals.at = NULL;
      return NULL;
    }
  }
  return names->locals_function == function ? &names->local : NULL;
}
