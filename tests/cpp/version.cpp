// version.cpp - a library of another version is refused when an engine is made, with a message that names both.
// The functions below stand before those of the library.
//
// SPDX-License-Identifier: MIT
#include "check.hpp"

static unsigned number;

extern "C" std::uint32_t vm_version_number(void) { return number; }
extern "C" const char *vm_version_text(void) { return "7.8.9"; }

int main()
{
  number = VM_VERSION_NUMBER + 1; // patches never change the API
  (void)test_engine();
  for (const unsigned other : {70809u, VM_VERSION_NUMBER + 100u, VM_VERSION_NUMBER + 10000u, 0u}) {
    number = other;
    CHECK(fails(VM_STATE, "vm.hpp is of libvm " VM_VERSION_TEXT ", but the library in use is 7.8.9",
                [] { (void)test_engine(); }));
  }
  return 0;
}
