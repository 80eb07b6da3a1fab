// wrapper.cpp - the C++17 wrapper: owners that free, functions of the host that are lambdas, failures as exceptions
// or as results.
//
// SPDX-License-Identifier: MIT
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <vm/vm.hpp>

static const char text[] = "module average\n"
                           "import func next \"host\" \"next\" () -> (f64)\n"
                           "func average (n: i32) -> (f64) {\n"
                           "  local i: i32, sum: f64\n"
                           "loop:\n"
                           "  local.get i\n  local.get n\n  i32.ge_s\n  br_if done\n"
                           "  local.get sum\n  call next\n  f64.add\n  local.set sum\n"
                           "  local.get i\n  i32.const 1\n  i32.add\n  local.set i\n"
                           "  br loop\n"
                           "done:\n"
                           "  local.get sum\n  local.get n\n  f64.convert_i32_s\n  f64.div\n  return\n"
                           "}\n"
                           "export func \"average\" average\n";

int main()
try {
  vm::Engine engine;
  vm::Module module = vm::Module::assemble(engine, text);
  vm::Isolate isolate(engine);
  std::vector<double> numbers{1, 2, 6};
  std::size_t at = 0;
  isolate.define("host", "next", [&] { return numbers.at(at++); }); // throws when there are no more
  vm::Instance instance(isolate, module);
  auto average = instance.function<double(std::int32_t)>("average"); // the types are checked here
  std::cout << average(3) << '\n';
  try {
    at = 0;
    average(4);
  } catch (const std::out_of_range &) { // the C++ exception has gone through the guest
    std::cout << "out of range\n";
  }
  at = 0;
  const vm::Result<double> failed = average.try_call(4); // the same without an exception here
  const std::string trace = failed.error().text();
  std::cout << vm_status_name(failed.error().status()) << '\n' << trace.substr(trace.find('\n') + 1);
  return 0;
} catch (const std::exception &e) {
  std::cerr << e.what() << '\n';
  return 1;
}
