// refused.cpp - what must not compile, a case at a time, and what the compiler has to say of it: the text behind
// `case N:` has to be in its messages. Case 0 compiles. refused.sh runs it.
//
// SPDX-License-Identifier: MIT
#include <cstdint>
#include <memory>
#include <string>

#include "vm.hpp"

struct Counter {
  int n = 0;
};

static void take(const vm::Engine &engine, vm::Isolate &isolate, vm::Instance &instance, vm::Ref &ref, vm::Code &code)
{
#if CASE == 0 // nothing
  vm::Scope scope(isolate);
  isolate.define("h", "f", [](Counter &c, std::int32_t by) { return c.n += by; });
  code.op(VM_OP_NOP).get(vm::LocalIndex{0});
#elif CASE == 1 // case 1: use of deleted function
  vm::Isolate copy = isolate;
#elif CASE == 2 // case 2: use of deleted function
  vm::Ref copy = ref;
#elif CASE == 3 // case 3: use of deleted function
  vm::Instance copy = instance;
#elif CASE == 4 // case 4: use of deleted function
  auto scope = std::unique_ptr<vm::Scope>(new vm::Scope(isolate));
#elif CASE == 5 // case 5: use of deleted function
  vm::Scope scope(isolate);
  vm::Scope moved = std::move(scope);
#elif CASE == 6 // case 6: the guest has no pointers
  isolate.define("h", "f", [](const char *) {});
#elif CASE == 7 // case 7: this C++ type stands for no guest type
  (void)instance.call<std::string>("f");
#elif CASE == 8 // case 8: (so no `auto` among them)
  isolate.define("h", "f", [](auto x) { return x; });
#elif CASE == 9 // case 9: a host function's parameter is taken by value
  isolate.define("h", "f", [](std::int32_t &x) { x = 1; });
#elif CASE == 10 // case 10: a host function takes vm::Local, and says keep() for a vm::Ref that stays
  isolate.define("h", "f", [](const vm::Ref &) {});
#elif CASE == 11 // case 11: the integers of a dyn have 32 bits
  vm::Dyn d = std::int64_t{1};
#elif CASE == 12 // case 12: no match
  code.get(vm::LabelIndex{0}).call(vm::TypeIndex{0});
#elif CASE == 13 // case 13: no instruction has more than three immediates
  code.op(VM_OP_NOP, 1, 2, 3, 4);
#elif CASE == 14 // case 14: this C++ type stands for no guest type
  (void)instance.function<void(std::string)>("f");
#elif CASE == 15 // case 15: say vm::Local for a parameter that is a reference
  (void)instance.function<void(vm::Ref)>("f");
#elif CASE == 16 // case 16: vm::Guest comes first among the parameters
  isolate.define("h", "f", [](std::int32_t, vm::Guest) {});
#elif CASE == 17 // case 17: this C++ type stands for no guest type
  isolate.define("h", "f", [] { return std::string("?"); });
#elif CASE == 18 // case 18: a raw host function takes
  isolate.define_raw("h", "f", vm::Signature{}, [](std::int32_t) {});
#elif CASE == 19 // case 19: the elements have to be numbers
  const vm::Dyn some[2];
  (void)vm::Array::of(isolate, some, 2);
#elif CASE == 20 // case 20: use of deleted function
  vm::Builder b("x"), c = b;
#elif CASE == 21 // case 21: a dyn holds a bool, an int32_t, a double, or a reference
  (void)vm::Dyn(1).as<std::int64_t>();
#elif CASE == 22 // case 22: void value not ignored
  const int n = isolate.collect();
#endif
  (void)engine, (void)instance, (void)ref, (void)code;
}

int main()
{
  (void)&take;
  return 0;
}
