// results.cpp - failures as results: built with exceptions and VM_RESULTS, and with -fno-exceptions -fno-rtti.
//
// SPDX-License-Identifier: MIT
#define VM_RESULTS 1
#include <cstdint>
#include <string>
#include <tuple>

#include "check.hpp"

static vm::Result<vm::Bytes> build()
{
  vm::Builder b("demo");
  const vm::FuncIndex ask = b.import_func<std::int32_t(std::int32_t)>("host", "ask");
  const vm::FuncIndex f = b.func<std::int32_t(std::int32_t)>(
      "twice", [&](vm::Code &c, vm::LocalIndex n) { c.get(n).call(ask).i32(2).op(VM_OP_I32_MUL).ret(); });
  b.export_func("twice", f);
  const vm::FuncIndex g = b.func<vm::Dyn(std::int32_t)>("guarded", [&](vm::Code &c, vm::LocalIndex n) {
    const vm::LocalIndex r = c.local(VM_DYN);
    c.try_([&] { c.get(n).call(ask).op(VM_OP_DYN_FROM_I32).set(r); }, [&] { c.op(VM_OP_EXN_PAYLOAD).set(r); });
    c.get(r).ret();
  });
  b.export_func("guarded", g);
  return b.finish();
}

static bool is(const vm::Error &e, vm_status status, const char *text)
{
  if (e.status() == status && std::strstr(e.what(), text) != nullptr) return true;
  std::fprintf(stderr, "found %s: %s\n", vm_status_name(e.status()), e.what());
  return false;
}

int main()
{
  vm::EngineConfig config;
  config.tier = VM_TIER_0;
  vm::Result<vm::Engine> engine = vm::Engine::make(config);
  CHECK(engine.ok());
  config.gc_flags = 1u << 31;
  CHECK(is(vm::Engine::make(config).error(), VM_ARGUMENT, ""));
  const vm::Result<vm::Bytes> bytes = build();
  CHECK(bytes);
  vm::Result<vm::Module> module = vm::Module::load(*engine, *bytes);
  CHECK(module);
  vm::Result<vm::Isolate> isolate = vm::Isolate::make(*engine);
  CHECK(isolate);
  CHECK(is(vm::Instance::make(*isolate, *module).error(), VM_LINK, "ask"));
  const vm::Result<void> defined =
      isolate->define("host", "ask", [](vm::Guest guest, std::int32_t n) -> vm::Result<std::int32_t> {
        if (n == 1) return vm::Error(VM_NOT_FOUND, "the host's own");
        if (n == 2) return guest.throw_value<std::int32_t>(42);
        if (n == 3) return guest.throw_text<std::int32_t>("in words");
        if (n == 4) return guest.trap<std::int32_t>(VM_TRAP_CALL_TYPE);
        if (n == 5) return guest.exit<std::int32_t>(-3);
#if VM_HPP_EXCEPTIONS
        if (n == 6) throw 6;
#endif
        return n + 1;
      });
  CHECK(defined);
  CHECK(is(isolate->define("host", "ask", [] {}).error(), VM_STATE, ""));
  const vm::Result<vm::Instance> instance = vm::Instance::make(*isolate, *module);
  CHECK(instance);

  const auto twice = instance->function<std::int32_t(std::int32_t)>("twice");
  CHECK(twice && *(*twice)(20) == 42 && (*twice)(20).value() == 42);
  CHECK(is(instance->function<double()>("twice").error(), VM_ARGUMENT, "expected () -> (f64)"));
  CHECK(is(instance->function("none").error(), VM_NOT_FOUND, "none"));
  CHECK(is((*twice)(1).error(), VM_NOT_FOUND, "the host's own")); // the very Error, through the guest
  CHECK(std::strstr((*twice)(1).error().text(), "at demo.twice") != nullptr);
  CHECK(is((*twice)(2).error(), VM_EXCEPTION, ""));
  {
    const vm::Scope scope(*isolate);
    CHECK(scope.status() == VM_OK);
    CHECK((*twice)(2).error().payload()->to_int() == 42);
    CHECK(vm::Array((*twice)(3).error().payload()->ref()).text().value() == "in words");
    CHECK(instance->call<vm::Dyn>("guarded", 2)->to_int() == 42);
    CHECK(instance->call<vm::Dyn>("guarded", 1)->is_ref());
    CHECK(instance->call<vm::Dyn>("guarded", 20)->as<std::int32_t>().value() == 21);
    CHECK(is(vm::Map::make(*isolate)->get(vm::Dyn(1.5))->as<bool>().error(), VM_ARGUMENT, "another kind"));
    const vm::Result<vm::Map> m = vm::Map::make(*isolate);
    CHECK(m->set("x", 7) && m->get("x")->to_int() == 7 && *m->size() == 1);
  }
  CHECK((*twice)(4).error().trap() == VM_TRAP_CALL_TYPE);
  CHECK((*twice)(5).error().status() == VM_TERMINATED && *isolate->exit_code() == -3);
#if VM_HPP_EXCEPTIONS
  int caught = 0;
  try {
    (void)(*twice)(6).value();
  } catch (int n) {
    caught = n;
  }
  CHECK(caught == 6 && (*twice)(6).error().cause());
#endif
  CHECK(*(*twice)(20) == 42);
  vm::Builder bad("bad"); // the first error stays until finish
  bad.export_func("f", bad.func<std::int32_t()>("f", [](vm::Code &c) { c.f64(1).i32(1).op(VM_OP_I32_ADD).ret(); }));
  CHECK(is(bad.finish().error(), VM_ARGUMENT, "expected"));
  CHECK(isolate->close() && is((*twice)(20).error(), VM_STATE, "closed"));
  return 0;
}
