/* names.h - the custom section "name".
 *
 * SPDX-License-Identifier: MIT
 *
 * Nothing in it makes a module wrong: what cannot be read is as if it were not there.
 */
#ifndef WASM_NAMES_H
#define WASM_NAMES_H

#include "reader.h"

/* Kinds of names, by the ids of their subsections. */
typedef enum wasm_name_kind {
  WASM_NAME_MODULE = 0,
  WASM_NAME_FUNCTION = 1,
  WASM_NAME_LOCAL = 2,
  WASM_NAME_LABEL = 3,
  WASM_NAME_TYPE = 4,
  WASM_NAME_TABLE = 5,
  WASM_NAME_MEMORY = 6,
  WASM_NAME_GLOBAL = 7,
  WASM_NAME_ELEMENT = 8,
  WASM_NAME_DATA = 9,
  WASM_NAME_KINDS
} wasm_name_kind;

/* A place in a map from indices to names, which is sorted by index. All zero: an empty map. */
typedef struct wasm_name_map {
  wasm_reader r;    /* behind the current entry */
  uint32_t left;    /* entries behind it */
  uint32_t index;   /* the current entry, if `here` */
  wasm_name name;
  bool here;
} wasm_name_map;

typedef struct wasm_names {
  wasm_name module;                     /* bytes NULL: none */
  wasm_name_map maps[WASM_NAME_KINDS];  /* but for the module, locals and labels */
  wasm_reader locals;                   /* the map from functions to maps of locals */
  uint32_t locals_left;                 /* functions in it */
  uint32_t locals_function;             /* the function that `local` belongs to */
  wasm_name_map local;
} wasm_names;

/* Takes the contents of the section. */
void wasm_names_open(wasm_names *names, const uint8_t *at, const uint8_t *end);

/* The name of `index`. Indices must be asked for in ascending order. False: it has none. */
bool wasm_names_find(wasm_name_map *map, uint32_t index, wasm_name *name);

/* The names of a function's locals; functions in ascending order, too. NULL: there are none. */
wasm_name_map *wasm_names_locals(wasm_names *names, uint32_t function);

#endif
