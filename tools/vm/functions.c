/* functions.c - `vm run --stats=functions`: a line a function.
 *
 * SPDX-License-Identifier: MIT
 */
#include <inttypes.h>

#include "tool.h"

static void print_one(const vm_module *module, uint32_t index)
{
  vm_function_info info;
  vm_function_stats s = {.size = sizeof s};
  if (vm_module_get_function(module, index, &info, NULL) != VM_OK ||
      vm_module_get_function_stats(module, index, &s, NULL) != VM_OK)
    return;
  if (s.state == VM_FUNCTION_IMPORTED || (s.work == 0 && s.code_bytes == 0 && !s.reason[0])) return;
  char number[16];
  snprintf(number, sizeof number, "#%u", index);
  fprintf(stderr, "%-24.40s %4u %12" PRIu64 " %14" PRIu64 " %10" PRIu64 " %8u %8.1f %10" PRIu64 "  %s\n",
          info.name ? info.name : number, s.tier, s.calls, s.work, s.threshold, s.compiles,
          (double)s.compile_ns / 1e6, s.code_bytes, s.reason);
}

void print_function_stats(const vm_module *module)
{
  fprintf(stderr, "%-24s %4s %12s %14s %10s %8s %8s %10s  %s\n", "function", "tier", "calls", "work",
          "threshold", "compiles", "ms", "bytes", "not compiled because");
  for (uint32_t i = 0; i < vm_module_function_count(module); i++) print_one(module, i);
}
