/* report.c - errors, backtraces and statistics on standard error.
 *
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static int exit_code(vm_status st)
{
  switch (st) {
  case VM_OK: return 0;
  case VM_MEMORY: return EXIT_NO_MEMORY;
  case VM_NOT_FOUND: return EXIT_NO_INPUT; /* a directory for the guest */
  case VM_EXCEPTION:
  case VM_TERMINATED: return EXIT_GUEST;
  default: return EXIT_INVALID;
  }
}

int report(const char *path, const vm_error *e)
{
  fprintf(stderr, "vm: %s:", path);
  if (e->line) fprintf(stderr, "%u:", e->line);
  if (e->line && e->column) fprintf(stderr, "%u:", e->column);
  fprintf(stderr, " %s: %s\n", vm_status_name(e->status), e->message);
  return exit_code(e->status);
}

void print_backtrace(vm_isolate *isolate, const vm_error *e)
{
  size_t needed = 0;
  char *text = NULL;
  if (vm_exception_format(isolate, VM_NULL_REF, NULL, 0, &needed, NULL) == VM_OK)
    text = malloc(needed + 1);
  if (text && vm_exception_format(isolate, VM_NULL_REF, text, needed + 1, NULL, NULL) == VM_OK)
    fprintf(stderr, "vm: %s", text);
  else
    fprintf(stderr, "vm: %s\n", e->message);
  free(text);
}

typedef struct tally {
  uint32_t count, shown;
} tally;

/* The function's name goes behind the count if it is among the first. */
static void tally_add(tally *t, const vm_function_info *info, uint32_t index, char *names, size_t size)
{
  size_t used = strlen(names);
  t->count++;
  if (t->shown == 12) return;
  t->shown++;
  if (info->name) snprintf(names + used, size - used, " %.40s", info->name);
  else snprintf(names + used, size - used, " #%u", index);
}

/* Which tier's code each function came to have; those that were never called stay in tier 0. */
static void print_functions(const vm_module *module)
{
  static const char *const what[] = {"interpreted", "in register code", "compiled"};
  tally tiers[3] = {{0, 0}};
  char names[3][640] = {"", "", ""};
  uint32_t waiting = 0, failed = 0;
  vm_function_info info;
  for (uint32_t i = 0; i < vm_module_function_count(module); i++) {
    if (vm_module_get_function(module, i, &info, NULL) != VM_OK) continue;
    if (info.state == VM_FUNCTION_IMPORTED) continue;
    int tier = info.state == VM_FUNCTION_COMPILED ? 2 : info.translated ? 1 : 0;
    waiting += info.state == VM_FUNCTION_QUEUED;
    failed += info.state == VM_FUNCTION_FAILED;
    tally_add(&tiers[tier], &info, i, names[tier], sizeof names[tier]);
  }
  for (int t = 0; t < 3; t++)
    fprintf(stderr, "tier %d: %u functions %s%s%s%s\n", t, tiers[t].count, what[t],
            tiers[t].count ? ":" : "", names[t], tiers[t].count > tiers[t].shown ? " ..." : "");
  if (waiting + failed)
    fprintf(stderr, "compiler: %u functions waiting, %u failed\n", waiting, failed);
}

static void print_compiler(vm_engine *engine)
{
  vm_engine_stats s = {.size = sizeof s};
  if (vm_engine_get_stats(engine, &s, NULL) != VM_OK) return;
  fprintf(stderr, "compiler: %llu units in %.1f ms, %llu failed, %llu bytes of code, %llu worker starts\n",
          (unsigned long long)s.compiled_units, (double)s.compile_ns / 1e6,
          (unsigned long long)s.failed_units, (unsigned long long)s.code_bytes,
          (unsigned long long)s.worker_starts);
  if (s.guards_memory) fprintf(stderr, "memories: guarded, accessed without checks\n");
  if (s.cache_hits + s.cache_misses + s.cache_rejected + s.cache_stored)
    fprintf(stderr, "cache: %llu units taken, %llu missed, %llu rejected, %llu stored\n",
            (unsigned long long)s.cache_hits, (unsigned long long)s.cache_misses,
            (unsigned long long)s.cache_rejected, (unsigned long long)s.cache_stored);
  if (!s.compiler_available || s.compiler_reason[0])
    fprintf(stderr, "compiler: %s%s\n", s.compiler_available ? "" : "not available: ", s.compiler_reason);
}

void print_stats(vm_engine *engine, vm_isolate *isolate, const vm_module *module)
{
  print_functions(module);
  print_compiler(engine);
  vm_isolate_stats s = {.size = sizeof s};
  if (vm_isolate_get_stats(isolate, &s, NULL) != VM_OK) return;
  fprintf(stderr, "collector: %llu collections, pauses %.3f ms in all, %.3f ms at most\n",
          (unsigned long long)s.collections, (double)s.pause_total_ns / 1e6,
          (double)s.pause_max_ns / 1e6);
  fprintf(stderr, "heap: %llu bytes allocated, %llu held, %llu live at the last collection, %llu at the peak, %llu outside\n",
          (unsigned long long)s.allocated_bytes, (unsigned long long)s.heap_bytes,
          (unsigned long long)s.live_bytes, (unsigned long long)s.peak_heap_bytes,
          (unsigned long long)s.charged_bytes);
  fprintf(stderr, "frames: %llu entered compiled code at a loop, %llu left it, %llu went from tier 0 to 1, %llu back\n",
          (unsigned long long)s.loop_entries, (unsigned long long)s.code_exits,
          (unsigned long long)s.quickenings, (unsigned long long)s.slowdowns);
  fprintf(stderr, "guest: %llu exceptions thrown, %llu traps\n", (unsigned long long)s.exceptions,
          (unsigned long long)s.traps);
}
