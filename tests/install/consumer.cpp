// consumer.cpp - an installed libvm from C++17: the wrapper, a host function that is a lambda, an exception.
//
// SPDX-License-Identifier: MIT
#include <cstdint>
#include <stdexcept>
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
  isolate.define("host", "half", [](std::int32_t n) {
    if (n & 1) throw std::runtime_error("odd");
    return n / 2;
  });
  vm::Instance instance(isolate, module);
  auto run = instance.function<std::int32_t(std::int32_t)>("main");
  if (run(84) != 42 || instance.call<std::int32_t>("main", 10) != 5) return 1;
  try {
    run(7);
    return 2;
  } catch (const std::runtime_error &e) {
    return e.what() == std::string("odd") ? 0 : 3;
  }
}
