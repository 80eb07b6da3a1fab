// check.hpp - what the tests of the C++ wrapper share.
//
// SPDX-License-Identifier: MIT
#ifndef CHECK_HPP
#define CHECK_HPP

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "vm.hpp"

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::exit(1); \
    } \
  } while (0)

#if !VM_RESULTS
// Does `f` fail with that status, and a message with `text` in it?
template <typename F>
bool fails(vm_status status, const char *text, F f)
{
  try {
    f();
  } catch (const vm::Error &e) {
    if (e.status() == status && std::strstr(e.what(), text) != nullptr) return true;
    std::fprintf(stderr, "expected %s and \"%s\", found %s: %s\n", vm_status_name(status), text,
                 vm_status_name(e.status()), e.what());
    return false;
  }
  std::fprintf(stderr, "expected %s and \"%s\", found no failure\n", vm_status_name(status), text);
  return false;
}

// An engine for tests: the tier that VM_TEST_TIER says (0 if none), and a collection at every allocation if
// `stress`.
inline vm::Engine test_engine(bool stress = false)
{
  vm::EngineConfig config;
  const char *tier = std::getenv("VM_TEST_TIER");
  config.tier = tier == nullptr ? VM_TIER_0 : static_cast<vm_tier>(std::atoi(tier));
  if (stress) config.gc_flags = VM_GC_STRESS | VM_GC_POISON | VM_GC_VERIFY;
  return vm::Engine(config);
}
#endif

#endif
