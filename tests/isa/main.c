/* main.c - isa_test TIER FILE...: golden tests of the instructions in one tier.
 *
 * SPDX-License-Identifier: MIT
 *
 * TIER is 0, 1, 2 or auto; `+stress` behind it collects at every allocation, poisons and verifies;
 * `+exits` leaves compiled code at every poll and call, `+osr` enters it at loop headers, `+switchN`
 * changes tier at random, with N as the seed; `+exits+switchN` leaves compiled code then, too. `+guessN`
 * compiles by guesses drawn at random.
 * Files: .rows (numeric instructions) and .vma (programs with expectations in comments).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static void run_file(harness *h, const char *path)
{
  size_t n = strlen(path);
  if (n > 5 && strcmp(path + n - 5, ".rows") == 0) {
    run_rows(h, path);
  } else {
    run_program(h, path);
  }
}

int main(int argc, char **argv)
{
  if (argc < 3) {
    fprintf(stderr, "usage: isa_test 0|1|2|auto[+stress][+exits][+osr][+guard][+switchN][+guessN] FILE...\n");
    return 64;
  }
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_error e = VM_ERROR_INIT;
  harness h = {0};
  h.file = "isa_test";
  h.tier = argv[1][0] == '0'   ? VM_TIER_0
           : argv[1][0] == '1' ? VM_TIER_1
           : argv[1][0] == '2' ? VM_TIER_2
                               : VM_TIER_AUTO;
  config.tier = h.tier;
  if (strstr(argv[1], "+stress")) config.gc_flags = VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY;
  if (strstr(argv[1], "+exits")) config.tier_flags |= VM_TIER_FORCE_EXITS;
  if (strstr(argv[1], "+osr")) config.tier_flags |= VM_TIER_FORCE_OSR;
  config.guard_memory = strstr(argv[1], "+guard") != NULL;
  const char *seed = strstr(argv[1], "+switch");
  if (seed) {
    config.tier_flags |= VM_TIER_SWITCH;
    config.switch_seed = (uint32_t)strtoul(seed + 7, NULL, 10);
  }
  const char *guess = strstr(argv[1], "+guess");
  if (guess) {
    config.tier_flags |= VM_TIER_FORCE_GUESSES;
    config.switch_seed = (uint32_t)strtoul(guess + 6, NULL, 10);
  }
  config.worker = getenv("VM_WORKER");
  if (vm_engine_new(&config, &h.engine, &e) != VM_OK) {
    fprintf(stderr, "engine: %s\n", e.message);
    return 1;
  }
  for (int i = 2; i < argc; i++) run_file(&h, argv[i]);
  if (vm_engine_free(h.engine, &e) != VM_OK) harness_fail(&h, "engine: %s", e.message);
  printf("tier %s: %lu checks, %lu failures\n", argv[1], h.checks, h.failures);
  return h.failures != 0;
}
