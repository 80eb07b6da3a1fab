// objects.cpp - values and objects of every kind between C++ and the guest, calls both ways, kept references.
//
// SPDX-License-Identifier: MIT
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "check.hpp"

static const char text[] = R"(module demo
type Point struct { x: mut i64, y: mut f64, tag: mut i8, next: mut (ref null Point), any: mut dyn }
type Bytes array mut i8
type Doubles array mut f64
import func ask "host" "ask" (i32, i64, f32, f64, dyn) -> (f64)
import func pair "host" "pair" (i32) -> (i32, dyn)
import func nothing "host" "nothing" () -> ()
import func counter "host" "counter" (i32) -> ((ref null extern))
import func step "host" "step" ((ref null extern), i32) -> (i32)
import func spell "host" "spell" (dyn, (ref null array)) -> ((ref null array))
import func length "host" "length" (dyn, dyn) -> (i32)
import func lookup "host" "lookup" ((ref null func), i32) -> (i32)
import func move "host" "move" ((ref Point)) -> ((ref null Point))
memory mem 1 3
table tab (ref null func) 4
global count mut i32 = 5
global half f64 = 0x1p-1
global kept mut dyn = nil
func numbers (a: i32, b: i64, c: f32, d: f64, e: dyn) -> (i32, i64, f32, f64, dyn) {
  local.get a
  local.get b
  local.get c
  local.get d
  local.get e
  return
}
func asks (a: i32, b: i64, c: f32, d: f64, e: dyn) -> (f64) {
  local.get a
  local.get b
  local.get c
  local.get d
  local.get e
  call ask
  return
}
func pairs (n: i32) -> (i32, dyn) {
  local.get n
  call pair
  return
}
func none () -> () {
  call nothing
  return
}
func point (x: i64, y: f64) -> ((ref Point)) {
  local.get x
  local.get y
  i32.const -1
  ref.null (ref null Point)
  i32.const 7
  dyn.from_i32
  struct.new Point
  return
}
func x_of (p: (ref null Point)) -> (i64) {
  local.get p
  struct.get Point x
  return
}
func count_to (n: i32) -> (i32) {
  local c: (ref null extern)
  local.get n
  call counter
  local.set c
  local.get c
  i32.const 3
  call step
  drop
  local.get c
  i32.const 4
  call step
  return
}
func steps (c: (ref null extern), n: i32) -> (i32) {
  local.get c
  local.get n
  call step
  return
}
func spells (s: dyn, a: (ref null array)) -> ((ref null array)) {
  local.get s
  local.get a
  call spell
  return
}
func lengths (m: dyn, o: dyn) -> (i32) {
  local.get m
  local.get o
  call length
  return
}
func looks (f: (ref null func), n: i32) -> (i32) {
  local.get f
  local.get n
  call lookup
  return
}
func twice (n: i32) -> (i32) {
  local.get n
  i32.const 2
  i32.mul
  return
}
func moves (p: (ref Point)) -> ((ref null Point)) {
  local.get p
  call move
  return
}
export func "numbers" numbers
export func "asks" asks
export func "pairs" pairs
export func "none" none
export func "point" point
export func "x_of" x_of
export func "count_to" count_to
export func "steps" steps
export func "spells" spells
export func "lengths" lengths
export func "looks" looks
export func "twice" twice
export func "moves" moves
export memory "mem" mem
export table "tab" tab
export global "count" count
export global "half" half
export global "kept" kept
export type "Point" Point
)";

static int counters_alive;

struct Counter {
  int n;
  std::string name = "a text that is longer than what a string holds itself";
  explicit Counter(int from) : n(from) { counters_alive++; }
  Counter(const Counter &) = delete;
  Counter &operator=(const Counter &) = delete;
  ~Counter() { counters_alive--; }
};

static std::int32_t twice_and_more(vm::Guest guest, vm::Local f, std::int32_t n)
{
  return vm::Function::from(f).call<std::int32_t>(n) + (guest.get() != nullptr ? 1 : 0);
}

struct World {
  vm::Engine engine;
  vm::Module module;
  vm::Isolate isolate;
  vm::Instance before, instance;
  int nothings = 0;

  explicit World(bool stress)
      : engine(test_engine(stress)), module(vm::Module::assemble(engine, text)), isolate(engine)
  {
    isolate.define("host", "ask", [](std::int32_t a, std::int64_t b, float c, double d, vm::Dyn e) {
      return a + static_cast<double>(b) + static_cast<double>(c) + d + (e.is_number() ? e.to_number() : 0.5);
    });
    isolate.define("host", "pair", [](std::int32_t n) { return std::make_tuple(n + 1, vm::Dyn(n * 0.5)); });
    isolate.define("host", std::string("nothing"), [this] { nothings++; });
    isolate.define("host", "counter",
                   [](vm::Guest guest, std::int32_t n) { return vm::Extern<Counter>::make(guest, n); });
    isolate.define("host", "step", [](Counter &c, std::int32_t by) { return c.n += by; });
    isolate.define("host", "spell", [](vm::Guest guest, vm::Symbol s, vm::Array a) {
      return vm::Array::text(guest, std::string(s.view()) + a.text());
    });
    isolate.define("host", "length", [](const vm::Map &m, const vm::Object &o) {
      return static_cast<std::int32_t>(m.size()) + o.get("extra").as<std::int32_t>();
    });
    isolate.define("host", "lookup", vm::Signature{{VM_REF_NULL(VM_HEAP_FUNC), VM_I32}, {VM_I32}}, &twice_and_more);
    instance = link();
  }
  // `move` has a declared type, which is known when the module that declares it has been linked: here it is
  // a module before that, whose type the second imports.
  vm::Instance link()
  {
    static const char declares[] = "module before\n"
                                 "type Point struct { x: mut i64, y: mut f64, tag: mut i8, next: mut (ref null Point), any: mut dyn }\n"
                                 "export type \"Point\" Point\n";
    const vm::Module m = vm::Module::assemble(engine, declares);
    before = vm::Instance(isolate, m);
    before.define("before");
    const vm_typeid point = before.type("Point");
    isolate.define("host", "move", vm::Signature{{VM_REF(point)}, {VM_REF_NULL(point)}}, [](vm::Struct p) {
      if (p.get<std::int64_t>(0) == 0) return vm::Struct();
      p.set(0, p.get<std::int64_t>(0) + 1);
      return p;
    });
    std::string with_import = text;
    with_import.insert(with_import.find("import func"), "import type Point \"before\" \"Point\"\n");
    module = vm::Module::assemble(engine, with_import);
    return vm::Instance(isolate, module);
  }
};

static void test_numbers(World &w)
{
  vm::Scope scope(w.isolate);
  using All = std::tuple<std::int32_t, std::int64_t, float, double, vm::Dyn>;
  const vm::Function f = w.instance.function("numbers");
  const All r = f.call<All>(-1, INT64_MIN, 1.5f, 2.5, vm::Dyn(true));
  CHECK(std::get<0>(r) == -1 && std::get<1>(r) == INT64_MIN && std::get<2>(r) == 1.5f && std::get<3>(r) == 2.5);
  CHECK(std::get<4>(r).is_bool() && std::get<4>(r).to_bool());
  // What C++ converts without loss.
  const All s = f.call<All>(7u, 8, 9.0f, 10, 11);
  CHECK(std::get<0>(s) == 7 && std::get<1>(s) == 8 && std::get<3>(s) == 10 && std::get<4>(s).to_int() == 11);
  CHECK(std::get<4>(f.call<All>(0, 0, 0.0f, 1.0f, 0.25)).to_double() == 0.25);
  CHECK(std::get<4>(f.call<All>(false, true, 0.0f, true, nullptr)).is_nil());
  // and what it does not
  CHECK(fails(VM_ARGUMENT, "argument 1: expected i32, found i64", [&] { (void)f.call<All>(INT64_C(1), 1, 1.0f, 1.0, 1); }));
  CHECK(fails(VM_ARGUMENT, "argument 3: expected f32, found f64", [&] { (void)f.call<All>(1, 1, 1.0, 1.0, 1); }));
  CHECK(fails(VM_ARGUMENT, "argument 4: expected f64, found i64", [&] { (void)f.call<All>(1, 1, 1.0f, INT64_C(1), 1); }));
  CHECK(fails(VM_ARGUMENT, "arguments: expected 5, found 1", [&] { (void)f.call<All>(1); }));
  CHECK(fails(VM_ARGUMENT, "arguments: expected 5, found 6", [&] { (void)f.call<All>(1, 1, 1.0f, 1.0, 1, 1); }));
  CHECK(fails(VM_ARGUMENT, "(i32, i64, f32, f64, dyn) -> (i32, i64, f32, f64, dyn)", [&] { f.call<>(1, 1, 1.0f, 1.0, 1); }));
  CHECK(f.signature().text() == "(i32, i64, f32, f64, dyn) -> (i32, i64, f32, f64, dyn)");
  const auto t = w.instance.function<double(std::int32_t, std::int64_t, float, double, vm::Dyn)>("asks");
  CHECK(t(1, 2, 3, 4, 5) == 15 && t(1, 2, 3, 4, nullptr) == 10.5);
  CHECK(fails(VM_ARGUMENT, "expected (i64) -> (i32), found (i32) -> (i32, dyn)",
              [&] { (void)w.instance.function<std::int32_t(std::int64_t)>("pairs"); }));
  const auto p = w.instance.call<std::tuple<std::int32_t, vm::Dyn>>("pairs", 3);
  CHECK(std::get<0>(p) == 4 && std::get<1>(p).to_double() == 1.5);
  w.instance.call("none");
  w.instance.function<void()>("none")();
  CHECK(w.nothings == 2);
  const auto values = f.apply({1, INT64_C(2), 3.0f, 4.0, vm::Dyn(5)});
  CHECK(values.size() == 5 && values[1].as<std::int64_t>() == 2 && values[4].kind() == VM_KIND_DYN);
  CHECK(fails(VM_ARGUMENT, "another kind", [&] { (void)values[1].as<double>(); }));
  CHECK(f.describe().function == "numbers" && f.describe().module == "demo");
}

static void test_structs(World &w)
{
  vm::Scope scope(w.isolate);
  const vm::StructType type = w.instance.struct_type("Point");
  const auto x = type.field<std::int64_t>("x");
  const auto y = type.field<double>("y");
  const auto tag = type.field<std::int32_t>("tag");
  const auto next = type.field<vm::Local>("next");
  const auto any = type.field<vm::Dyn>("any");
  const vm::Struct p = w.instance.call<vm::Struct>("point", INT64_C(3), 4.5);
  CHECK(p.get(x) == 3 && p.get(y) == 4.5 && p.get(tag) == 255 && p.get(next).is_null() && p.get(any).to_int() == 7);
  const vm::Struct q = type.make(INT64_C(5), 6.5, 7, p, vm::Dyn(p));
  CHECK(q.get(next).same(p) && q.get(any).ref().same(p));
  CHECK(q.info().count == 5 && std::string(q.info().name) == "Point" && q.is(type.id()));
  q.set(x, std::int64_t{50});
  q.set<vm::Local>(next, nullptr);
  CHECK(w.instance.call<std::int64_t>("x_of", q) == 50 && q.get(next).is_null());
  CHECK(type.make_default().get(x) == 0);
  CHECK(fails(VM_ARGUMENT, "another kind", [&] { (void)q.get<double>(0); }));
  CHECK(fails(VM_ARGUMENT, "", [&] { q.set(0, 1.5); }));
  CHECK(fails(VM_ARGUMENT, "", [&] { (void)q.get<double>(99); }));
  CHECK(fails(VM_NOT_FOUND, "", [&] { (void)type.field<double>("z"); }));
  CHECK(fails(VM_HANDLE, "null", [&] { (void)vm::Struct().get<double>(0); }));
  const auto moves = w.instance.function<vm::Struct(vm::Struct)>("moves");
  CHECK(moves(q).get(x) == 51 && moves(q).same(q));
  q.set(x, std::int64_t{0});
  CHECK(moves(q).is_null());
  CHECK(fails(VM_ARGUMENT, "argument 1", [&] { (void)moves(vm::Struct()); }));
}

static void test_arrays(World &w)
{
  vm::Scope scope(w.isolate);
  const std::vector<double> in{1, 2, 3};
  const vm::Array d = vm::Array::of(w.isolate, in.data(), 3);
  std::vector<double> out(2);
  d.read(1, out.data(), 2);
  CHECK(d.size() == 3 && out[1] == 3 && d.get<double>(0) == 1);
  d.set(0, 9.5);
  const double more[] = {7, 8};
  d.write(1, more, 2);
  CHECK(d.get<double>(0) == 9.5 && d.get<double>(2) == 8);
  CHECK(fails(VM_ARGUMENT, "", [&] { (void)d.get<double>(3); }));
  CHECK(fails(VM_ARGUMENT, "", [&] { d.write(2, more, 2); }));
  CHECK(fails(VM_ARGUMENT, "", [&] { (void)d.text(); }));
  CHECK(vm::Array::make<std::int16_t>(w.isolate, 4).get<std::int32_t>(3) == 0);
  const vm::Array dyns = vm::Array::make<vm::Dyn>(w.isolate, 2);
  dyns.set<vm::Dyn>(1, d);
  CHECK(dyns.get<vm::Dyn>(0).is_nil() && dyns.get<vm::Dyn>(1).ref().same(d));
  const std::string odd("with \0 in it", 12);
  CHECK(vm::Array::text(w.isolate, odd).text() == odd && vm::Array::text(w.isolate, "").size() == 0);
}

static void test_dynamic(World &w)
{
  vm::Scope scope(w.isolate);
  const vm::Symbol s = vm::Symbol::make(w.isolate, "name");
  CHECK(s.view() == "name" && s.same(vm::Symbol::make(w.isolate, std::string("na") + "me")));
  CHECK(s.kind() == VM_DYNAMIC_SYMBOL);
  const vm::Map m = vm::Map::make(w.isolate);
  m.set("a", 1);
  m.set(2, "b" == nullptr ? vm::Dyn() : vm::Dyn(s));
  m.set(2.5, true);
  m.set(s, m);
  m.set("gone", nullptr);
  CHECK(m.has("gone") && m.erase("gone") && !m.erase("gone") && !m.has("gone"));
  CHECK(m.size() == 4 && m.get("a").to_int() == 1 && m.get(2.0).as<vm::Symbol>().view() == "name");
  CHECK(m.get("name").as<vm::Map>().same(m) && m.get("none").is_nil());
  int seen = 0;
  m.each([&](vm::Dyn key, vm::Dyn value) {
    if (seen == 0) CHECK(key.as<vm::Symbol>().view() == "a" && value.as<double>() == 1);
    seen++;
  });
  CHECK(seen == 4);
  const vm::Object base = vm::Object::make(w.isolate), o = vm::Object::make(w.isolate, base);
  base.put("inherited", 4);
  o.put("extra", 38);
  o.put(s, m);
  CHECK(o.get("inherited").to_int() == 4 && o.get("name").ref().same(m) && o.get("none").is_nil());
  CHECK(w.instance.call<std::int32_t>("lengths", m, o) == 42);
  CHECK(fails(VM_EXCEPTION, "dyn-type", [&] { (void)w.instance.call<std::int32_t>("lengths", o, m); }));
  CHECK(w.instance.call<vm::Array>("spells", s, vm::Array::text(w.isolate, "less")).text() == "nameless");
  CHECK(fails(VM_EXCEPTION, "dyn-type", [&] { (void)w.instance.call<vm::Array>("spells", 5, nullptr); }));
  CHECK(fails(VM_ARGUMENT, "another kind", [&] { (void)m.get("a").as<vm::Map>(); }));
  CHECK(fails(VM_ARGUMENT, "another kind", [&] { (void)vm::Dyn(s).as<vm::Map>(); }));
  CHECK(fails(VM_ARGUMENT, "another kind", [&] { (void)vm::Dyn(1.5).as<std::int32_t>(); }));
  CHECK(fails(VM_HANDLE, "expected a map", [&] { (void)vm::Map(s).get("a"); }));
}

static void test_externs(World &w)
{
  {
    vm::Scope scope(w.isolate);
    CHECK(w.instance.call<std::int32_t>("count_to", 10) == 17);
    const auto c = vm::Extern<Counter>::make(w.isolate, 100);
    const auto steps = w.instance.function<std::int32_t(vm::Local, std::int32_t)>("steps");
    CHECK(steps(c, 5) == 105 && c->n == 105 && vm::Extern<Counter>::from(vm::Local(c))->n == 105);
    const auto other = vm::Extern<std::vector<int>>::make(w.isolate, 3u, 1);
    CHECK(other->size() == 3);
    CHECK(fails(VM_EXCEPTION, "cast-failure", [&] { (void)steps(other, 5); }));
    CHECK(fails(VM_EXCEPTION, "null-reference", [&] { (void)steps(nullptr, 5); }));
    CHECK(fails(VM_ARGUMENT, "not one to a C++ object", [&] { (void)vm::Extern<Counter>::from(other); }));
    CHECK(fails(VM_ARGUMENT, "not one to a C++ object", [&] { (void)vm::Extern<Counter>::from(nullptr); }));
    vm_ref alien = vm_ref_null(); // made by some other part of the program
    int data = 0;
    CHECK(vm_extern_new(w.isolate.get(), &data, nullptr, &alien, nullptr) == VM_OK);
    const vm_value v = vm_value_ref(alien);
    vm_value r = vm_value_i32(0);
    vm_value args[2] = {v, vm_value_i32(1)};
    CHECK(vm_call(w.isolate.get(), steps.ref().get(), args, 2, &r, 1, nullptr) == VM_EXCEPTION);
  }
  w.isolate.collect();
  w.isolate.run_finalizers();
  CHECK(counters_alive == 0);
  const vm::Ref kept = [&] {
    vm::Scope scope(w.isolate);
    return vm::Extern<Counter>::make(w.isolate, 1).keep();
  }();
  w.isolate.collect();
  w.isolate.run_finalizers();
  CHECK(counters_alive == 1);
  // A value that holds a reference to its own isolate.
  vm::Scope scope(w.isolate);
  (void)vm::Extern<vm::Ref>::make(w.isolate, kept.dup());
}

static void test_kept(World &w)
{
  w.isolate.collect(); // what the test before left
  w.isolate.run_finalizers();
  vm::Ref p = w.instance.call<vm::Ref>("point", INT64_C(8), 1.0); // no handle stays behind
  const auto stats = w.isolate.stats();
  const auto make = w.instance.function<vm::Ref(std::int64_t, double)>("point");
  for (int i = 0; i < 100; i++) p = make(i, 1.0);
  CHECK(w.isolate.stats().local_handles == stats.local_handles);
  CHECK(w.isolate.stats().persistent_handles == stats.persistent_handles + 1);
  w.isolate.collect();
  vm::Ref q = p.dup(), r = std::move(p);
  CHECK(p.is_null() && q && w.instance.call<std::int64_t>("x_of", r) == 99);
  r = vm::Ref();
  CHECK(w.instance.call<std::int64_t>("x_of", q) == 99);
  vm::Local out;
  {
    vm::Scope outer(w.isolate);
    {
      vm::Scope inner(w.isolate);
      out = inner.escape(q.local());
    }
    CHECK(out.same(q));
    const vm::Weak weak = vm::Weak::make(w.isolate, q);
    q.reset();
    CHECK(weak.target().same(out));
  }
  CHECK(fails(VM_HANDLE, "stale", [&] { (void)out.info(); }));
  CHECK(w.instance.call<std::int32_t>("looks", w.instance.function("twice"), 4) == 9);
  CHECK(w.isolate.function("host", "step").signature().params.size() == 2);
}

static void test_instance(World &w)
{
  CHECK(w.instance.global<std::int32_t>("count") == 5 && w.instance.global<double>("half") == 0.5);
  w.instance.set_global("count", 6);
  CHECK(w.instance.global<std::int32_t>("count") == 6);
  CHECK(fails(VM_ARGUMENT, "immutable", [&] { w.instance.set_global("half", 1.5); }));
  CHECK(fails(VM_ARGUMENT, "another kind", [&] { (void)w.instance.global<double>("count"); }));
  {
    vm::Scope scope(w.isolate);
    w.instance.set_global("kept", vm::Dyn(vm::Map::make(w.isolate)));
    CHECK(w.instance.global<vm::Dyn>("kept").as<vm::Map>().size() == 0);
  }
  w.instance.write_memory("mem", 65530, "abcdef", 6);
  char back[3];
  w.instance.read_memory("mem", 65531, back, 3);
  CHECK(std::memcmp(back, "bcd", 3) == 0 && w.instance.memory("mem").second == 65536);
  CHECK(fails(VM_ARGUMENT, "", [&] { w.instance.read_memory("mem", 65534, back, 3); }));
  w.instance.grow_memory("mem", 2);
  CHECK(w.instance.memory("mem").first[65530] == 'a' && w.instance.memory("mem").second == 3 * 65536);
  CHECK(fails(VM_LIMIT, "", [&] { w.instance.grow_memory("mem", 1); }));
  vm::Scope scope(w.isolate);
  w.instance.table_set("tab", 2, w.instance.function("twice"));
  CHECK(w.instance.table_size("tab") == 4 && w.instance.table_get("tab", 0).is_null());
  CHECK(vm::Function::from(w.instance.table_get("tab", 2)).call<std::int32_t>(4) == 8);
  CHECK(w.module.exports().size() == 19 && std::string(w.module.imports()[0].name) == "Point");
}

// Instances go when nobody has them.
static void test_released(World &w)
{
  const vm::Module m = vm::Module::assemble(w.engine, "module lib\n"
                                                      "import global shared \"host\" \"shared\" mut i32\n"
                                                      "func next () -> (i32) {\n  global.get shared\n  i32.const 1\n"
                                                      "  i32.add\n  global.set shared\n  global.get shared\n  return\n}\n"
                                                      "export func \"next\" next\n");
  w.isolate.define_global("host", "shared", true, 10);
  const auto before = w.isolate.stats().instances;
  vm::Function kept;
  {
    const vm::Instance one(w.isolate, m);
    one.define("lib");
    CHECK(w.isolate.function("lib", "next").call<std::int32_t>() == 11);
    kept = one.function("next");
  }
  CHECK(fails(VM_NOT_FOUND, "next", [&] { (void)w.isolate.function("lib", "next"); }));
  w.isolate.collect();
  CHECK(kept.call<std::int32_t>() == 12 && w.isolate.stats().instances == before + 1);
  kept = vm::Function();
  vm::Instance two(w.isolate, m);
  two.define("lib");
  two.undefine();
  two.define("lib");
  two.detach();
  w.isolate.collect();
  CHECK(w.isolate.stats().instances == before + 1); // the first has gone, the second stays
  CHECK(w.isolate.function("lib", "next").call<std::int32_t>() == 13);
  CHECK(w.isolate.global<std::int32_t>("host", "shared") == 13);
  CHECK(fails(VM_STATE, "no instance", [&] { (void)two.function("next"); }));
}

int main()
{
  for (const bool stress : {false, true}) {
    World w(stress);
    test_numbers(w);
    test_structs(w);
    test_arrays(w);
    test_dynamic(w);
    test_externs(w);
    test_kept(w);
    test_instance(w);
    test_released(w);
    w.isolate.verify_heap();
  }
  CHECK(counters_alive == 0);
  return 0;
}
