/* scan.c - the frame of a binary: magic, version, and where its sections are.
 *
 * SPDX-License-Identifier: MIT
 *
 * The sections are found before any is read, because they are not read in the order of the file:
 * names come last there and are wanted first, and code may name data segments that come behind it.
 */
#include <string.h>

#include "module.h"

/* Where a section stands in the file, by id. */
static const uint8_t rank[WASM_SECTIONS] = {
  [WASM_TYPES] = 1, [WASM_IMPORTS] = 2, [WASM_FUNCTIONS] = 3, [WASM_TABLES] = 4,
  [WASM_MEMORIES] = 5, [WASM_GLOBALS] = 6, [WASM_EXPORTS] = 7, [WASM_START] = 8,
  [WASM_ELEMENTS] = 9, [WASM_DATA_COUNT] = 10, [WASM_CODE] = 11, [WASM_DATA] = 12
};

static bool scan_header(wasm_reader *r)
{
  static const uint8_t version[4] = {1, 0, 0, 0};
  const uint8_t *magic, *found;
  if (!wasm_read_bytes(r, "magic", 4, &magic)) return false;
  if (memcmp(magic, "\0asm", 4) != 0) {
    return wasm_malformed(r, magic, "magic: expected 00 61 73 6d, found %02x %02x %02x %02x",
                          magic[0], magic[1], magic[2], magic[3]);
  }
  if (!wasm_read_bytes(r, "version", 4, &found)) return false;
  return memcmp(found, version, 4) == 0
         || wasm_malformed(r, found, "version: expected 01 00 00 00, found %02x %02x %02x %02x",
                           found[0], found[1], found[2], found[3]);
}

static bool scan_custom(wasm_module *m, const uint8_t *content, uint32_t size)
{
  wasm_name name;
  wasm_reader *r = &m->r;
  const uint8_t *file_end = r->end;
  r->at = content;
  r->end = content + size;
  if (!wasm_read_name(r, "custom section's name", &name)) return false;
  if (name.size == 4 && memcmp(name.bytes, "name", 4) == 0) {
    wasm_names_open(&m->names, r->at, r->end);
  }
  r->at = r->end;
  r->end = file_end;
  return true;
}

static bool scan_section(wasm_module *m, uint8_t *last_rank)
{
  wasm_reader *r = &m->r;
  const uint8_t *from = r->at, *content;
  uint8_t id;
  uint32_t size;
  if (!wasm_read_byte(r, "section id", &id)) return false;
  if (id >= WASM_SECTIONS) {
    return wasm_malformed(r, from, "section id: expected one below %d, found %u", WASM_SECTIONS,
                          (unsigned)id);
  }
  if (!wasm_read_u32(r, "section size", &size)) return false;
  if (!wasm_read_bytes(r, "section", size, &content)) return false;
  if (id == 0) return scan_custom(m, content, size);
  if (rank[id] <= *last_rank) {
    return wasm_malformed(r, from, "section order: expected one that comes later or the end, "
                          "found the section with id %u", (unsigned)id);
  }
  *last_rank = rank[id];
  m->sections[id] = (wasm_span){content, content + size};
  return true;
}

bool wasm_scan(wasm_module *m)
{
  uint8_t last_rank = 0;
  if (!scan_header(&m->r)) return false;
  while (m->r.at < m->r.end) {
    if (!scan_section(m, &last_rank)) return false;
  }
  return true;
}
