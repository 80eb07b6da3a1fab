// wrapper.cpp - the C++17 wrapper: owners that free, functions of the host that are lambdas, failures as exceptions.
//
// SPDX-License-Identifier: MIT
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
  isolate.define("host", "next", {}, {VM_F64}, [&](vm_isolate *, const vm_value *, vm_value *results) {
    results[0].of.f64 = numbers.at(at++); // throws when there are no more
  });
  vm::Instance instance(isolate, module);
  vm::Function average = instance.function("average");
  std::cout << average(3).at(0).of.f64 << '\n';
  try {
    at = 0;
    average(4);
  } catch (const vm::Error &e) { // the C++ exception went through the guest as one of the guest's
    std::cout << vm_status_name(e.status()) << '\n';
    const std::string trace = isolate.exception_text();
    std::cout << trace.substr(trace.find('\n') + 1);
  }
  return 0;
} catch (const std::exception &e) {
  std::cerr << e.what() << '\n';
  return 1;
}
