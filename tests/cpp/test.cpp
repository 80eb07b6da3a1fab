// test.cpp - the C++ wrapper: calls both ways, exceptions across the border, objects kept alive.
//
// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstdlib>

#include "vm.hpp"

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::exit(1); \
    } \
  } while (0)

static const char text[] =
    "module demo\n"
    "type Box struct { x: mut i64 }\n"
    "import func ask \"host\" \"ask\" (i32) -> (i32)\n"
    "global count mut i32 = 0\n"
    "func box (x: i64) -> ((ref Box)) {\n local.get x\n struct.new Box\n return\n}\n"
    "func unbox (b: (ref null Box)) -> (i64) {\n local.get b\n struct.get Box x\n return\n}\n"
    "func twice (n: i32) -> (i32) {\n local.get n\n call ask\n i32.const 2\n i32.mul\n return\n}\n"
    "export func \"box\" box\nexport func \"unbox\" unbox\nexport func \"twice\" twice\n"
    "export global \"count\" count\n";

template <typename F>
static vm_status status_of(F f)
{
  try {
    f();
  } catch (const vm::Error &e) {
    CHECK(e.what()[0] != '\0');
    return e.status();
  }
  return VM_OK;
}

int main()
{
  vm_engine_config config = VM_ENGINE_CONFIG_INIT;
  config.tier = VM_TIER_0;
  vm::Engine engine(&config);
  vm::Module module = vm::Module::assemble(engine, text);
  vm::Isolate isolate(engine);
  int asked = 0;
  isolate.define("host", "ask", {VM_I32}, {VM_I32},
                 [&asked](vm_isolate *guest, const vm_value *args, vm_value *results) {
                   if (args[0].of.i32 == 1000) vm::exit_guest(guest, -3);
                   if (args[0].of.i32 < 0) throw std::runtime_error("less than nothing");
                   asked++;
                   results[0] = vm::value(args[0].of.i32 + 1);
                 });
  vm::Instance instance(isolate, module);

  vm::Function twice = instance.function("twice");
  CHECK(twice(20)[0].of.i32 == 42 && asked == 1);
  CHECK(status_of([&] { twice(-1); }) == VM_EXCEPTION);
  CHECK(isolate.exception_text().find("less than nothing") != std::string::npos);
  CHECK(status_of([&] { twice(1000); }) == VM_TERMINATED && isolate.exit_code() == -3);
  CHECK(twice(20)[0].of.i32 == 42 && asked == 2);
  CHECK(status_of([&] { isolate.exit_code(); }) == VM_NOT_FOUND);
  CHECK(status_of([&] { twice(1.5); }) == VM_ARGUMENT);
  CHECK(status_of([&] { instance.function("none"); }) == VM_NOT_FOUND);
  CHECK(status_of([&] { vm::Module::assemble(engine, "func ("); }) == VM_SYNTAX);

  vm::Ref kept;
  {
    vm::Scope scope(isolate);
    kept = vm::Ref(isolate, instance.function("box")(std::int64_t{77})[0].of.ref);
  }
  isolate.collect();
  vm::Ref other = kept.dup();
  kept = vm::Ref();
  isolate.collect();
  CHECK(instance.function("unbox")(other)[0].of.i64 == 77);
  CHECK(status_of([&] { instance.function("unbox")(kept); }) == VM_EXCEPTION);

  instance.set_global("count", vm::value(9));
  CHECK(instance.global("count").of.i32 == 9);
  CHECK(engine.stats().tier == VM_TIER_0);
  return 0;
}
