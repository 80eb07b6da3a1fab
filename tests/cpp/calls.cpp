// calls.cpp [COUNT [STRESSED]] - so many calls in each direction with objects, exceptions and collections, then so
// many with a collection at every allocation: nothing leaks, nothing is left. ctest runs fewer than a million.
//
// SPDX-License-Identifier: MIT
#include <cstdint>
#include <stdexcept>
#include <string>

#include "check.hpp"

static const char text[] = R"(module demo
type Node struct { value: mut i64, next: mut (ref null Node) }
import func make "host" "make" (i32) -> ((ref null extern))
import func use "host" "use" ((ref null extern), dyn) -> (dyn)
func node (x: i64, next: (ref null Node)) -> ((ref Node)) {
  local.get x
  local.get next
  struct.new Node
  return
}
func run (n: i32, map: dyn) -> (dyn) {
  local.get n
  call make
  local.get map
  call use
  return
}
export func "node" node
export func "run" run
export type "Node" Node
)";

static long alive;

struct Thing {
  std::int32_t n;
  std::string text;
  explicit Thing(std::int32_t from) : n(from), text("a text of some length, so that it is allocated") { alive++; }
  Thing(const Thing &) = delete;
  Thing &operator=(const Thing &) = delete;
  ~Thing() { alive--; }
};

struct Refused : std::runtime_error {
  std::int32_t n;
  explicit Refused(std::int32_t from) : std::runtime_error("refused"), n(from) {}
};

static void run(long count, bool stress)
{
  const vm::Engine engine = test_engine(stress);
  const vm::Module module = vm::Module::assemble(engine, text);
  vm::Isolate isolate(engine);
  long made = 0, refused = 0;
  isolate.define("host", "make", [&](vm::Guest guest, std::int32_t n) {
    made++;
    return vm::Extern<Thing>::make(guest, n);
  });
  isolate.define("host", "use", [&](Thing &t, vm::Map map) -> vm::Dyn {
    if (t.n % 10 == 3) throw Refused(t.n);
    map.set(t.n % 16, map);
    map.set("last", t.n);
    return map.get(t.n % 16);
  });
  const vm::Instance instance(isolate, module);
  const auto node = instance.function<vm::Struct(std::int64_t, vm::Local)>("node");
  const auto call = instance.function<vm::Dyn(std::int32_t, vm::Map)>("run");
  const auto value = instance.struct_type("Node").field<std::int64_t>("value");
  vm::Ref map;
  {
    vm::Scope scope(isolate);
    map = vm::Map::make(isolate).keep();
  }
  const auto before = isolate.stats();
  vm::Ref kept;
  for (long i = 0; i < count; i++) {
    const std::int32_t n = static_cast<std::int32_t>(i);
    vm::Scope scope(isolate);
    try {
      const vm::Dyn out = call(n, vm::Map(map));
      CHECK(out.ref().same(map) && n % 10 != 3);
    } catch (const Refused &r) {
      CHECK(r.n == n && n % 10 == 3);
      refused++;
    }
    const vm::Struct s = node(i, kept);
    CHECK(s.get(value) == i);
    if (i % 100 == 99) {
      kept.reset();
    } else {
      kept = s.keep();
    }
  }
  kept.reset();
  isolate.collect();
  isolate.run_finalizers();
  isolate.collect(); // what exceptions held
  isolate.run_finalizers();
  const auto after = isolate.stats();
  isolate.verify_heap();
  CHECK(made == count && refused == (count + 6) / 10);
  CHECK(alive == 0);
  CHECK(after.local_handles == before.local_handles && after.persistent_handles == before.persistent_handles);
  CHECK(after.live_bytes < before.heap_bytes + (1 << 20));
  std::printf("%ld calls each way, %ld exceptions, %llu collections%s\n", count, refused,
              static_cast<unsigned long long>(after.collections), stress ? ", one at every allocation" : "");
}

int main(int argc, char **argv)
{
  run(argc > 1 ? std::atol(argv[1]) : 100000, false);
  run(argc > 2 ? std::atol(argv[2]) : 1000, true);
  return 0;
}
