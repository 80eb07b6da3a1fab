// calls.cpp - what a call costs through the C++ wrapper and through the C API, guest calls and host calls.
//
// SPDX-License-Identifier: MIT
//
//   bench_calls [CALLS [ROUNDS]]             the table: nanoseconds of processor time a call, best of ROUNDS
//   bench_calls --one WHAT c|cpp TIER CALLS  so many calls of one kind, for valgrind
//
// Both sides take turns, so that a disturbance hits both; the guest's code is the same.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <vm.hpp>

#include "calls.h"

namespace {

struct Counter {
  std::int32_t n = 0;
};

struct World {
  vm::Engine engine;
  vm::Module module;
  vm::Isolate isolate;
  vm::Instance instance;
  vm::TypedFunction<std::int64_t(std::int32_t, double)> add;
  vm::TypedFunction<vm::Local(vm::Local, vm::Dyn)> pick;
  vm::TypedFunction<std::int64_t(std::int32_t)> loop, objects;

  explicit World(const vm::EngineConfig &config)
      : engine(config), module(vm::Module::assemble(engine, calls_text)), isolate(engine)
  {
    isolate.define("host", "half", [](std::int32_t n) { return n / 2; });
    isolate.define("host", "make", [](vm::Guest guest) { return vm::Extern<Counter>::make(guest); });
    isolate.define("host", "use", [](Counter &c, vm::Dyn x) {
      c.n += x.to_int();
      return vm::Dyn(c.n & 0xFFFF);
    });
    instance = vm::Instance(isolate, module);
    add = instance.function<std::int64_t(std::int32_t, double)>("add");
    pick = instance.function<vm::Local(vm::Local, vm::Dyn)>("pick");
    loop = instance.function<std::int64_t(std::int32_t)>("loop");
    objects = instance.function<std::int64_t(std::int32_t)>("objects");
  }
};

std::int64_t guest_numbers(World &w, std::int32_t n)
{
  std::int64_t sum = 0;
  for (std::int32_t i = 0; i < n; i++) sum += w.add(i, i);
  return sum;
}

std::int64_t guest_references(World &w, std::int32_t n)
{
  std::int64_t sum = 0;
  for (std::int32_t i = 0; i < n; i++) {
    const vm::Scope scope(w.isolate);
    sum += !w.pick(w.add.ref(), i).is_null();
  }
  return sum;
}

std::int64_t host_numbers(World &w, std::int32_t n) { return w.loop(n); }
std::int64_t host_objects(World &w, std::int32_t n) { return w.objects(n); }

struct Kind {
  const char *name;
  std::int64_t (*c)(calls_world *, std::int32_t);
  std::int64_t (*cpp)(World &, std::int32_t);
};

const Kind kinds[] = {
    {"guest call, numbers", calls_guest_numbers, guest_numbers},
    {"guest call, references, in a scope", calls_guest_references, guest_references},
    {"host call, numbers", calls_host_numbers, host_numbers},
    {"host call, host object and dyn", calls_host_objects, host_objects},
};

double now()
{
  std::timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

template <typename F>
double timed(F f, std::int64_t expected)
{
  const double start = now();
  const std::int64_t found = f();
  const double time = now() - start;
  if (found != expected) {
    std::fprintf(stderr, "expected %lld, found %lld\n", static_cast<long long>(expected), static_cast<long long>(found));
    std::exit(1);
  }
  return time;
}

vm::EngineConfig config_of(int tier)
{
  vm::EngineConfig config;
  config.tier = static_cast<vm_tier>(tier);
  return config;
}

int table(std::int32_t calls, int rounds)
{
  std::printf("%-36s %6s %8s %8s  %s\n", "ns a call", "tier", "C", "C++", "C++ by C");
  for (const int tier : {VM_TIER_1, VM_TIER_2}) {
    for (const Kind &kind : kinds) {
      calls_world c;
      if (calls_open(&c, tier) != 0) return 1;
      World cpp(config_of(tier));
      double best[2] = {1e18, 1e18};
      const std::int64_t expected = kind.c(&c, calls);
      if (kind.cpp(cpp, calls) != expected && kind.cpp != host_objects) return 1;
      for (int i = 0; i < rounds; i++) {
        for (const int side : {i % 2, 1 - i % 2}) {
          const double t = side == 0 ? timed([&] { return kind.c(&c, calls); }, expected)
                                     : timed([&] { return kind.cpp(cpp, calls); }, expected);
          best[side] = std::min(best[side], t);
        }
      }
      std::printf("%-36s %6d %8.1f %8.1f  %.3f\n", kind.name, tier == VM_TIER_2 ? 2 : 1, best[0] / calls,
                  best[1] / calls, best[1] / best[0]);
      calls_close(&c);
    }
  }
  return 0;
}

int one(const char *what, const char *side, int tier, std::int32_t calls)
{
  const Kind &kind = kinds[std::atoi(what) & 3];
  calls_world c;
  if (std::strcmp(side, "c") == 0) {
    if (calls_open(&c, tier) != 0) return 1;
    const std::int64_t sum = kind.c(&c, calls);
    calls_close(&c);
    return sum < 0;
  }
  World cpp(config_of(tier));
  return kind.cpp(cpp, calls) < 0;
}

} // namespace

int main(int argc, char **argv)
{
  if (argc == 6 && std::strcmp(argv[1], "--one") == 0)
    return one(argv[2], argv[3], std::atoi(argv[4]), std::atoi(argv[5]));
  return table(argc > 1 ? std::atoi(argv[1]) : 200000, argc > 2 ? std::atoi(argv[2]) : 21);
}
