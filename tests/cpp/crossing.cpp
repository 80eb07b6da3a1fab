// crossing.cpp - exceptions across the border: C++ ones through guest frames, guest ones as C++ exceptions, the
// same as results.
//
// SPDX-License-Identifier: MIT
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"

static const char text[] = R"(module demo
source "demo.src"
import func host "host" "f" (i32) -> (i32)
func outer (n: i32) -> (i32) {
line 10
  local.get n
  call host
  return
}
func guarded (n: i32) -> (dyn) {
  try t caught
  local.get n
  call host
  dyn.from_i32
  end t
  return
caught ((ref exn)):
  exn.payload
  return
}
func again (n: i32) -> (i32) {
  local e: (ref null exn)
  try t caught
  local.get n
  call host
  end t
  return
caught ((ref exn)):
  local.set e
  i32.const 1
  call outer
  drop
  local.get e
  rethrow
}
func throws (x: dyn) -> () {
line 20
  local.get x
  throw
}
func divide (a: i32, b: i32) -> (i32) {
line 30
  local.get a
  local.get b
  i32.div_s
  return
}
func spin () -> () {
loop:
  br loop
}
export func "outer" outer
export func "guarded" guarded
export func "again" again
export func "throws" throws
export func "divide" divide
export func "spin" spin
)";

static int alive;

struct Special {
  int n;
  explicit Special(int x) : n(x) { alive++; }
  Special(const Special &other) : n(other.n) { alive++; }
  Special &operator=(const Special &) = default;
  ~Special() { alive--; }
};

struct World {
  vm::Engine engine;
  vm::Module module;
  vm::Isolate isolate;
  vm::Instance instance;
  int depth = 0;
  std::exception_ptr thrown;
  std::vector<std::string> seen;

  explicit World(bool stress)
      : engine(test_engine(stress)), module(vm::Module::assemble(engine, text)), isolate(engine)
  {
    isolate.define("host", "f", [this](vm::Guest guest, std::int32_t n) { return host(guest, n); });
    instance = vm::Instance(isolate, module);
  }
  std::int32_t host(vm::Guest guest, std::int32_t n)
  {
    switch (n) {
    case 0: {
      const Special here(7);
      try {
        throw here;
      } catch (const Special &) {
        thrown = std::current_exception();
      }
      std::rethrow_exception(thrown);
    }
    case 2: throw std::runtime_error("no such number");
    case 3: guest.throw_value(42);
    case 4: guest.throw_text("in words");
    case 5: guest.trap(VM_TRAP_CALL_TYPE);
    case 6: guest.exit(-3);
    case 7: throw std::bad_alloc();
    case 8: throw 8;
    case 9: return instance.call<std::int32_t>("divide", 1, 0);
    case 10: // what came through is kept over another call and a look at it, and goes on
      try {
        return instance.call<std::int32_t>("divide", 1, 0);
      } catch (const vm::GuestException &e) {
        seen.push_back(e.text());
        CHECK(instance.call<std::int32_t>("divide", 6, 2) == 3);
        throw;
      }
    case 11: // swallowed
      try {
        return instance.call<std::int32_t>("divide", 1, 0);
      } catch (const vm::GuestException &) {
        return -1;
      }
    case 12: throw vm::Error(VM_NOT_FOUND, "the host's own");
    case 13:
      guest.interrupt();
      guest.poll();
      return 0;
    default: break;
    }
    if (n < 100) return n;
    if (depth < 3) { // through several borders
      depth++;
      const std::int32_t r = instance.call<std::int32_t>("outer", n);
      depth--;
      return r;
    }
    depth = 0;
    return host(guest, n - 100);
  }
};

static void test_through(World &w)
{
  const auto outer = w.instance.function<std::int32_t(std::int32_t)>("outer");
  CHECK(outer(50) == 50);
  for (const int n : {0, 100}) {
    try {
      outer(n);
      CHECK(false);
    } catch (const Special &s) {
      CHECK(s.n == 7 && std::current_exception() == w.thrown); // the same object
    }
  }
  w.thrown = nullptr;
  try {
    outer(102);
    CHECK(false);
  } catch (const std::runtime_error &e) {
    CHECK(std::string(e.what()) == "no such number");
  }
  try {
    outer(108);
    CHECK(false);
  } catch (int n) {
    CHECK(n == 8);
  }
  try {
    outer(7);
    CHECK(false);
  } catch (const std::bad_alloc &) {
  }
  CHECK(fails(VM_NOT_FOUND, "the host's own", [&] { outer(112); }));
  // The backtrace goes through all borders, with the host's functions in it.
  const vm::Result<std::int32_t> r = outer.try_call(102);
  CHECK(!r && r.error().status() == VM_EXCEPTION && r.error().cause());
  CHECK(std::string(r.error().what()) == "no such number");
  const std::vector<vm::Frame> frames = r.error().backtrace();
  CHECK(frames.size() == 8);
  for (std::size_t i = 0; i < frames.size(); i++) {
    CHECK(frames[i].function == (i % 2 == 0 ? "f" : "outer"));
    if (i % 2 == 1) CHECK(frames[i].line == 10 && frames[i].file == "demo.src");
  }
  bool again = false;
  try {
    (void)vm::Result<std::int32_t>(r).value();
  } catch (const std::runtime_error &) {
    again = true;
  }
  CHECK(again);
}

static void test_caught_by_guest(World &w)
{
  vm::Scope scope(w.isolate);
  const auto guarded = w.instance.function<vm::Dyn(std::int32_t)>("guarded");
  CHECK(guarded(50).to_int() == 50 && guarded(3).to_int() == 42);
  CHECK(vm::Array(guarded(4).ref()).text() == "in words");
  CHECK(guarded(5).is_nil());
  CHECK(guarded(2).ref().info().heap == VM_HEAP_EXTERN); // it can be carried about, and is opaque
  CHECK(fails(VM_TERMINATED, "exit", [&] { (void)guarded(6); }));
  CHECK(w.isolate.exit_code() == -3);
  CHECK(fails(VM_TERMINATED, "interrupt", [&] { (void)guarded(13); }));
  // Kept by the guest over another call of the host, and thrown again.
  bool again = false;
  try {
    w.instance.call<std::int32_t>("again", 2);
  } catch (const std::runtime_error &) {
    again = true;
  }
  CHECK(again);
}

static void test_of_guest(World &w)
{
  vm::Scope scope(w.isolate);
  try {
    w.instance.call<std::int32_t>("divide", 1, 0);
    CHECK(false);
  } catch (const vm::GuestException &e) {
    CHECK(e.trap() == VM_TRAP_DIVIDE_BY_ZERO && e.status() == VM_EXCEPTION && e.details().line == 30);
    CHECK(e.payload().is_nil() && !e.cause());
    CHECK(std::string(e.text()) == "trap divide-by-zero: Integer division or remainder by zero.\n"
                                   "  at demo.divide (demo.src:30)\n");
  }
  const vm::Map m = vm::Map::make(w.isolate);
  try {
    w.instance.call("throws", m);
    CHECK(false);
  } catch (const vm::GuestException &e) {
    CHECK(e.trap() == VM_TRAP_NONE && e.payload().ref().same(m));
    CHECK(e.backtrace().at(0).function == "throws" && e.backtrace().at(0).line == 20);
    CHECK(w.instance.call<std::int32_t>("divide", 6, 2) == 3); // it is kept over other calls
    CHECK(e.payload().ref().same(m) && e.exception().info().heap == VM_HEAP_EXN);
    const vm::Error copy = e;
    CHECK(copy.payload().ref().same(m));
  }
  for (const int n : {9, 10, 109, 110}) {
    try {
      w.instance.call<std::int32_t>("outer", n);
      CHECK(false);
    } catch (const vm::GuestException &e) {
      CHECK(e.trap() == VM_TRAP_DIVIDE_BY_ZERO);
      CHECK(e.backtrace().at(0).function == "divide" && e.backtrace().at(1).function == "f");
      CHECK(e.backtrace().size() == (n < 100 ? 3 : 9));
    }
  }
  CHECK(w.seen.size() == 2 && w.seen[0].find("demo.divide") != std::string::npos);
  w.seen.clear();
  CHECK(w.instance.call<std::int32_t>("outer", 11) == -1);
  const vm::Interrupter stop = w.isolate.interrupter();
  CHECK(stop.interrupt());
  bool terminated = false;
  try {
    w.instance.call("spin");
  } catch (const vm::Terminated &e) {
    terminated = e.trap() == VM_TRAP_INTERRUPT;
  }
  CHECK(terminated);
}

// What was caught may be looked at when there is no isolate any more.
static void test_outlives()
{
  std::string text_of;
  vm::Error kept(VM_OK, "");
  vm::Interrupter stop = [&] {
    World w(false);
    const vm::Result<std::int32_t> r = w.instance.function("divide").try_call<std::int32_t>(1, 0);
    kept = r.error();
    return w.isolate.interrupter();
  }();
  CHECK(std::string(kept.text()).find("demo.divide") != std::string::npos && kept.trap() == VM_TRAP_DIVIDE_BY_ZERO);
  CHECK(fails(VM_STATE, "closed", [&] { (void)kept.payload(); }));
  CHECK(fails(VM_STATE, "closed", [&] { (void)kept.backtrace(); }));
  CHECK(!stop.interrupt());
  try {
    World w(false);
    w.instance.call<std::int32_t>("divide", 1, 0);
  } catch (const vm::GuestException &e) { // all of it is gone
    CHECK(std::string(e.text()).find("demo.divide") != std::string::npos);
  }
}

int main()
{
  for (const bool stress : {false, true}) {
    World w(stress);
    test_through(w);
    test_caught_by_guest(w);
    test_of_guest(w);
    w.isolate.collect();
    CHECK(w.instance.call<std::int32_t>("divide", 6, 2) == 3);
    w.isolate.collect();
    w.isolate.run_finalizers();
    CHECK(alive == 0); // no exception is kept by anybody
    w.isolate.verify_heap();
  }
  test_outlives();
  return 0;
}
