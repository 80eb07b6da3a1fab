/* spec_runner.c - runs the test scripts of the WebAssembly specification.
 *
 * SPDX-License-Identifier: MIT
 *
 *   spec_runner MODE DIR TABLES [SCRIPT...]    run scripts and hold the counts against TABLES
 *   spec_runner write DIR TABLES               run all in every tier and write the tables anew
 *
 * MODE is as in modes.h. DIR holds what wast2json made of the scripts, TABLES is the document with
 * the tables. Without SCRIPTs all run,
 * and then the tables must be complete. One engine, and so one compiler, serves them all.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modes.h"
#include "spec.h"

/* The column of the tables that a mode belongs to. */
static int tier_of(const char *mode)
{
  size_t n = strcspn(mode, "+");
  int tier = 0;
  while (strlen(spec_tier_names[tier]) != n || memcmp(mode, spec_tier_names[tier], n) != 0) tier++;
  return tier;
}

/* ---- scripts ---- */

static int by_name(const void *a, const void *b)
{
  return strcmp(((const spec_result *)a)->script, ((const spec_result *)b)->script);
}

/* One entry for each NAME.json of the folder. */
static spec_result *list_scripts(const char *dir, size_t *count)
{
  DIR *d = opendir(dir);
  spec_result *list = NULL;
  *count = 0;
  for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
    size_t n = strlen(e->d_name);
    if (n < 6 || strcmp(e->d_name + n - 5, ".json") != 0) continue;
    list = realloc(list, (*count + 1) * sizeof *list);
    if (list == NULL) abort();
    list[(*count)++] = (spec_result){.script = strndup(e->d_name, n - 5)};
  }
  if (d != NULL) closedir(d);
  if (list != NULL) qsort(list, *count, sizeof *list, by_name);
  return list;
}

/* In tier 2 all must be compiled: what fails is interpreted, and this would test something else. */
static bool compiled_all(vm_engine *engine, const vm_engine_config *c)
{
  vm_engine_stats stats = {.size = sizeof stats};
  if (vm_engine_get_stats(engine, &stats, NULL) != VM_OK) return false;
  if (c->tier == VM_TIER_2 && stats.compiled_functions == 0) {
    fprintf(stderr, "tier 2: expected compiled functions, found none: %s\n", stats.compiler_reason);
    return false;
  }
  if (stats.failed_units == 0) return true;
  fprintf(stderr, "expected every unit to compile, found %llu that failed: %s\n",
          (unsigned long long)stats.failed_units, stats.compiler_reason);
  return false;
}

static bool run(const char *mode, const char *dir, spec_result *list, size_t count)
{
  vm_engine_config c = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine = NULL;
  vm_error e = VM_ERROR_INIT;
  bool ok = true;
  if (!wasm_test_mode(mode, &c)) {
    fprintf(stderr, "expected a mode, found \"%s\"\n", mode);
    return false;
  }
  if (vm_engine_new(&c, &engine, &e) != VM_OK) {
    fprintf(stderr, "engine: %s\n", e.message);
    return false;
  }
  for (size_t i = 0; i < count; i++) {
    memset(&list[i].counts, 0, sizeof list[i].counts);
    if (!spec_run_script(engine, dir, list[i].script, &list[i].counts)) ok = false;
    if (list[i].counts.failed != 0) ok = false;
  }
  if (!compiled_all(engine, &c)) ok = false;
  if (vm_engine_free(engine, &e) != VM_OK) {
    fprintf(stderr, "engine: %s\n", e.message);
    ok = false;
  }
  return ok;
}

static void free_list(spec_result *list, size_t count)
{
  for (size_t i = 0; i < count; i++) free(list[i].script);
  free(list);
}

static int write_tables(const char *dir, const char *tables)
{
  spec_result *results[SPEC_TIERS] = {NULL};
  size_t count = 0;
  int status = 0;
  for (int t = 0; t < SPEC_TIERS && status == 0; t++) {
    results[t] = list_scripts(dir, &count);
    if (!run(spec_tier_names[t], dir, results[t], count)) status = 1;
  }
  if (status == 0 && !spec_table_write(tables, results, count)) status = 1;
  for (int t = 0; t < SPEC_TIERS; t++) free_list(results[t], results[t] != NULL ? count : 0);
  return status;
}

static void summary(const char *mode, const spec_result *list, size_t count)
{
  uint32_t passed[SPEC_KINDS] = {0}, failed = 0;
  for (size_t i = 0; i < count; i++) {
    for (int k = 0; k < SPEC_KINDS; k++) passed[k] += list[i].counts.passed[k];
    failed += list[i].counts.failed;
  }
  printf("%s: %zu scripts", mode, count);
  for (int k = 0; k < SPEC_KINDS; k++) printf(", %u %s", (unsigned)passed[k], spec_kind_names[k]);
  printf(", %u FAILED\n", (unsigned)failed);
}

int main(int argc, char **argv)
{
  if (argc < 4) {
    fprintf(stderr, "usage: spec_runner MODE|write DIR TABLES [SCRIPT...]\n");
    return 2;
  }
  if (strcmp(argv[1], "write") == 0) return write_tables(argv[2], argv[3]);
  size_t count = (size_t)argc - 4;
  spec_result *list = argc > 4 ? calloc(count, sizeof *list) : list_scripts(argv[2], &count);
  for (int i = 4; i < argc; i++) list[i - 4].script = strdup(argv[i]);
  bool ok = run(argv[1], argv[2], list, count);
  summary(argv[1], list, count);
  if (ok) ok = spec_table_check(argv[3], list, count, tier_of(argv[1]), argc == 4);
  free_list(list, count);
  return ok ? 0 : 1;
}
