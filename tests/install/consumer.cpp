// consumer.cpp - an installed libvm from C++17: the wrapper, a host function that is a lambda, an exception.
//
// SPDX-License-Identifier: MIT
#include <cstdio>
#include <string>

#include <vm/vm.hpp>

static const char text[] = "import func half \"host\" \"half\" (i32) -> (i32)\n"
                           "func main (n: i32) -> (i32) {\n"
                           "  local.get n\n  call half\n  return\n}\n"
                           "export func \"main\" main\n";

int main()
{
  vm::Engine engine;
  vm::Module module = vm::Module::assemble(engine, text);
  vm::Isolate isolate(engine);
  isolate.define("host", "half", {VM_I32}, {VM_I32},
                 [](vm_isolate *, const vm_value *args, vm_value *results) {
                   if (args[0].of.i32 & 1) throw std::runtime_error("odd");
                   results[0].of.i32 = args[0].of.i32 / 2;
                 });
  vm::Instance instance(isolate, module);
  vm::Function run = instance.function("main");
  if (run(84).at(0).of.i32 != 42) return 1;
  try {
    run(7);
    return 2;
  } catch (const vm::Error &e) {
    if (e.status() != VM_EXCEPTION) return 3;
    if (isolate.exception_text().find("odd") == std::string::npos) return 4;
  }
  return 0;
}
