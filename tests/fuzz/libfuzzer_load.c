/* libfuzzer_load.c - libFuzzer entry: bytes through reader and verifier, and back.
 *
 * SPDX-License-Identifier: MIT
 */
#include "vm/vm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  vm_engine *engine;
  vm_module *module;
  char *text;
  size_t text_size;
  config.tier = VM_TIER_0;
  if (vm_engine_new(&config, &engine, NULL) != VM_OK) return 0;
  if (vm_module_load(engine, data, size, &module, NULL) == VM_OK) vm_module_free(module);
  if (vm_text_disassemble(NULL, data, size, &text, &text_size, NULL) == VM_OK) {
    vm_text_free(NULL, text, text_size);
  }
  vm_engine_free(engine, NULL);
  return 0;
}
