// threads.cpp - isolates of one module in parallel threads; an isolate that goes from thread to thread; interrupts
// from others, also while the isolate ends.
//
// SPDX-License-Identifier: MIT
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

#include "check.hpp"

static const char text[] = R"(module demo
import func ask "host" "ask" (i32) -> (i32)
func work (n: i32) -> (i32) {
  local sum: i32
loop:
  local.get sum
  local.get n
  call ask
  i32.add
  local.set sum
  local.get n
  i32.const 1
  i32.sub
  local.set n
  local.get n
  br_if loop
  local.get sum
  return
}
func spin () -> () {
loop:
  br loop
}
export func "work" work
export func "spin" spin
)";

static void parallel(const vm::Engine &engine, const vm::Module &module)
{
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([&, t] {
      vm::Isolate isolate(engine);
      isolate.define("host", "ask", [t](std::int32_t n) {
        if (n == 77) throw std::runtime_error("77");
        return n + t;
      });
      const vm::Instance instance(isolate, module);
      const auto work = instance.function<std::int32_t(std::int32_t)>("work");
      int ok = work(50) == 1275 + 50 * t;
      for (int i = 0; i < 50; i++) {
        try {
          work(80);
        } catch (const std::runtime_error &) {
          ok++;
        }
      }
      if (ok == 51) right++;
    });
  }
  for (std::thread &t : threads) t.join();
  CHECK(right == 4);
}

static void from_thread_to_thread(const vm::Engine &engine, const vm::Module &module)
{
  vm::Isolate isolate(engine);
  isolate.define("host", "ask", [](std::int32_t n) { return n; });
  const vm::Instance instance(isolate, module);
  for (int i = 0; i < 3; i++) std::thread([&] { CHECK(instance.call<std::int32_t>("work", 10) == 55); }).join();
}

static void interrupted(const vm::Engine &engine, const vm::Module &module)
{
  for (int i = 0; i < 20; i++) {
    std::atomic<bool> ended{false};
    vm::Isolate isolate(engine);
    isolate.define("host", "ask", [](std::int32_t n) { return n; });
    std::thread other([&ended, stop = isolate.interrupter()] {
      while (stop.interrupt()) std::this_thread::yield(); // until the isolate is gone
      ended = true;
    });
    bool stopped = false;
    try {
      vm::Instance(isolate, module).call("spin");
    } catch (const vm::Terminated &) {
      stopped = true;
    }
    isolate.close();
    other.join();
    CHECK(stopped && ended);
  }
}

int main()
{
  const vm::Engine engine = test_engine();
  const vm::Module module = vm::Module::assemble(engine, text);
  parallel(engine, module);
  from_thread_to_thread(engine, module);
  interrupted(engine, module);
  return 0;
}
