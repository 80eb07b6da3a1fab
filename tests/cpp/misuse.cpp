// misuse.cpp - what is wrong and can only be seen at run time fails with an error that says so.
//
// SPDX-License-Identifier: MIT
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "check.hpp"

static const char text[] = R"(module demo
type Box struct { x: mut i64 }
import func ask "host" "ask" (i32) -> (i32)
func box (x: i64) -> ((ref Box)) {
  local.get x
  struct.new Box
  return
}
func unbox (b: (ref null Box)) -> (i64) {
  local.get b
  struct.get Box x
  return
}
func same (x: dyn) -> (dyn) {
  local.get x
  return
}
func asks (n: i32) -> (i32) {
  local.get n
  call ask
  return
}
table tab (ref null func) 1
global kept mut dyn = nil
export func "box" box
export func "unbox" unbox
export func "same" same
export func "asks" asks
export table "tab" tab
export global "kept" kept
export type "Box" Box
)";

struct World {
  vm::Engine engine = test_engine();
  vm::Module module = vm::Module::assemble(engine, text);
  vm::Isolate isolate{engine};
  vm::Instance instance;
  World()
  {
    isolate.define("host", "ask", [](std::int32_t n) { return n; });
    instance = vm::Instance(isolate, module);
  }
};

static void test_other_isolate()
{
  World a, b;
  vm::Scope scope_a(a.isolate), scope_b(b.isolate);
  const vm::Ref theirs = b.instance.call<vm::Ref>("box", 5);
  const auto unbox = a.instance.function<std::int64_t(vm::Local)>("unbox");
  const vm::Map map = vm::Map::make(a.isolate), their_map = vm::Map::make(b.isolate);
  const char *other = "one of another isolate";
  CHECK(fails(VM_HANDLE, other, [&] { (void)unbox(theirs); }));
  CHECK(fails(VM_HANDLE, other, [&] { (void)a.instance.call<std::int64_t>("unbox", theirs); }));
  CHECK(fails(VM_HANDLE, other, [&] { (void)a.instance.call<vm::Dyn>("same", vm::Dyn(theirs)); }));
  CHECK(fails(VM_HANDLE, other, [&] { map.set("x", theirs); }));
  CHECK(fails(VM_HANDLE, other, [&] { map.set(their_map, 1); }));
  CHECK(fails(VM_HANDLE, other, [&] { (void)vm::Object::make(a.isolate, their_map); }));
  CHECK(fails(VM_HANDLE, other, [&] { (void)vm::Object::make(a.isolate).put("x", theirs); }));
  CHECK(fails(VM_HANDLE, other, [&] { (void)vm::Weak::make(a.isolate, theirs); }));
  CHECK(fails(VM_HANDLE, other, [&] { (void)map.same(theirs); }));
  CHECK(fails(VM_HANDLE, other, [&] { a.instance.set_global("kept", vm::Dyn(theirs)); }));
  CHECK(fails(VM_HANDLE, other, [&] { a.instance.table_set("tab", 0, b.instance.function("box")); }));
  CHECK(fails(VM_HANDLE, other, [&] { (void)a.instance.function("unbox").apply({vm::Value(theirs)}); }));
  CHECK(fails(VM_HANDLE, other, [&] {
    vm::Array::make<vm::Dyn>(a.isolate, 1).set<vm::Dyn>(0, theirs);
  }));
  CHECK(fails(VM_HANDLE, other, [&] { (void)vm::Struct(a.instance.call<vm::Struct>("box", 1)).set(0, theirs); }));
  // A host function that returns one: the guest fails, and the caller hears why.
  a.isolate.define("host", "wrong", [&] { return vm::Local(theirs); });
  CHECK(fails(VM_HANDLE, other, [&] { (void)a.isolate.function("host", "wrong").call<vm::Local>(); }));
  const vm::Module none = vm::Module::assemble(b.engine, "func f () -> () {\n  return\n}\n");
  CHECK(fails(VM_ARGUMENT, "different engines", [&] { (void)vm::Instance(a.isolate, none); }));
}

static void test_closed()
{
  std::optional<World> w(std::in_place);
  vm::Ref kept = w->instance.call<vm::Ref>("box", 5);
  vm::Function box = w->instance.function("box");
  auto typed = w->instance.function<std::int64_t(vm::Local)>("unbox");
  vm::Instance instance = std::move(w->instance);
  w->isolate.close();
  w->isolate.close(); // twice is fine
  const char *closed = "closed";
  CHECK(fails(VM_STATE, closed, [&] { (void)typed(kept); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)box.call<vm::Local>(5); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)box.call<vm::Ref>(5); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)box.apply({vm::Value(5)}); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)box.describe(); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)instance.function("box"); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)instance.global<vm::Dyn>("kept"); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)instance.struct_type("Box"); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)kept.dup(); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)vm::Struct(kept).get<std::int64_t>(0); }));
  CHECK(fails(VM_STATE, closed, [&] { w->isolate.define("host", "late", [] {}); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)vm::Map::make(w->isolate); }));
  CHECK(fails(VM_STATE, closed, [&] { (void)vm::Scope(w->isolate); }));
  CHECK(fails(VM_STATE, closed, [&] { w->isolate.collect(); }));
  CHECK(box.signature().params.empty() && instance.get() == nullptr);
  w.reset(); // and these go after all else: engine and module were kept
}

static void test_order()
{
  // The engine's owner goes first, the isolate's in the middle.
  std::optional<vm::Engine> engine(test_engine());
  std::optional<vm::Module> module(vm::Module::assemble(*engine, "func f () -> (i32) {\n  i32.const 9\n  return\n}\n"
                                                                 "export func \"f\" f\n"));
  std::optional<vm::Isolate> isolate(*engine);
  const vm::Instance instance(*isolate, *module);
  module.reset();
  engine.reset();
  CHECK(instance.call<std::int32_t>("f") == 9);
  vm::Isolate moved = std::move(*isolate);
  isolate.reset();
  CHECK(instance.call<std::int32_t>("f") == 9);
}

static void test_moved_from()
{
  World w;
  vm::Function f = w.instance.function("asks");
  const vm::Function g = std::move(f);
  CHECK(!f && g.call<std::int32_t>(4) == 4);
  CHECK(fails(VM_STATE, "no function", [&] { (void)f.call<std::int32_t>(4); }));
  CHECK(fails(VM_STATE, "no function", [&] { (void)vm::TypedFunction<std::int32_t(std::int32_t)>()(4); }));
  vm::Engine engine = std::move(w.engine);
  CHECK(fails(VM_ARGUMENT, "NULL", [&] { (void)vm::Module::assemble(w.engine, ""); }));
  CHECK(fails(VM_ARGUMENT, "NULL", [&] { (void)vm::Isolate(w.engine); }));
  CHECK(fails(VM_STATE, "no instance", [&] { (void)vm::Instance().function("f"); }));
  vm::Isolate isolate = std::move(w.isolate);
  CHECK(fails(VM_ARGUMENT, "NULL", [&] { (void)vm::Map::make(w.isolate); }));
  CHECK(fails(VM_ARGUMENT, "NULL", [&] { (void)vm::Scope(w.isolate); }));
  CHECK(fails(VM_STATE, "closed", [&] { w.isolate.define("host", "f", [] {}); }));
}

static void test_scopes()
{
  World w;
  vm::Local stale;
  {
    vm::Scope scope(w.isolate);
    stale = w.instance.call<vm::Local>("box", 1);
  }
  CHECK(fails(VM_HANDLE, "stale", [&] { (void)w.instance.call<std::int64_t>("unbox", stale); }));
  CHECK(fails(VM_HANDLE, "stale", [&] { (void)stale.keep(); }));
  vm::Scope outer(w.isolate);
  vm::Scope inner(w.isolate);
  CHECK(fails(VM_STATE, "", [&] { (void)outer.escape(vm::Local()); }));
  CHECK(fails(VM_STATE, "a Scope is open", [&] { w.isolate.close(); }));
}

static void test_functions()
{
  World w;
  CHECK(fails(VM_STATE, "", [&] { w.isolate.define("host", "ask", [](std::int32_t n) { return n; }); }));
  CHECK(fails(VM_ARGUMENT, "host.f: its C++ parameters and result do not fit (i64) -> ()",
              [&] { w.isolate.define("host", "f", vm::Signature{{VM_I64}, {}}, [](std::int32_t) {}); }));
  CHECK(fails(VM_ARGUMENT, "parameter 1", [&] {
    w.isolate.define_raw("host", "f", vm::Signature{{12345}, {}}, [](vm::Guest, const vm_value *, vm_value *) {});
  }));
  CHECK(fails(VM_NOT_FOUND, "none", [&] { (void)w.instance.function("none"); }));
  CHECK(fails(VM_NOT_FOUND, "expected a function", [&] { (void)w.instance.function("tab"); }));
  CHECK(fails(VM_ARGUMENT, "NULL", [&] { (void)vm::Function::from(nullptr); }));
  vm::Scope scope(w.isolate);
  CHECK(fails(VM_HANDLE, "expected func", [&] { (void)vm::Function::from(w.instance.call<vm::Local>("box", 1)); }));
  // At link time.
  vm::Isolate other(w.engine);
  CHECK(fails(VM_LINK, "ask", [&] { (void)vm::Instance(other, w.module); }));
  other.define("host", "ask", [](std::int64_t n) { return n; });
  CHECK(fails(VM_LINK, "ask", [&] { (void)vm::Instance(other, w.module); }));
  CHECK(fails(VM_STATE, "", [&] { w.isolate.throw_text("outside"); }));
  CHECK(fails(VM_STATE, "", [&] { w.isolate.exit(1); }));
  CHECK(fails(VM_MALFORMED, "", [&] { (void)vm::Module::load(w.engine, std::string("what is this?")); }));
  CHECK(fails(VM_SYNTAX, "line 1", [&] { (void)vm::Module::assemble(w.engine, "func ("); }));
}

// A host function that ends its own isolate's owner.
static void test_suicide()
{
  World w;
  w.isolate.define("host", "end", [&] { w.isolate.close(); });
  CHECK(fails(VM_STATE, "running", [&] { w.isolate.function("host", "end").call<>(); }));
  CHECK(w.instance.call<std::int32_t>("asks", 3) == 3);
}

static void test_builder()
{
  vm::Builder b("bad");
  CHECK(fails(VM_ARGUMENT, "expected", [&] {
    b.func<std::int32_t(double)>("f", [](vm::Code &c, vm::LocalIndex x) { c.get(x).i32(1).op(VM_OP_I32_ADD); });
  }));
  CHECK(fails(VM_ARGUMENT, "expected", [&] { (void)b.finish(); })); // the first error stays
  vm::Builder unfinished("bad");
  (void)unfinished.declare<void()>("f");
  CHECK(fails(VM_STATE, "f", [&] { (void)unfinished.finish(); }));
}

int main()
{
  test_other_isolate();
  test_closed();
  test_order();
  test_moved_from();
  test_scopes();
  test_functions();
  test_suicide();
  test_builder();
  return 0;
}
