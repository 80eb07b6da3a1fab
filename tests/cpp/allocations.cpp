// allocations.cpp - calls in either direction allocate nothing: operator new and malloc are counted.
//
// SPDX-License-Identifier: MIT
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "check.hpp"

static std::atomic<long> news, resizes;

void *operator new(std::size_t size)
{
  news++;
  void *p = std::malloc(size != 0 ? size : 1);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}
void *operator new(std::size_t size, const std::nothrow_t &) noexcept
{
  news++;
  return std::malloc(size != 0 ? size : 1);
}
__attribute__((noinline)) void operator delete(void *p) noexcept { std::free(p); }
__attribute__((noinline)) void operator delete(void *p, std::size_t) noexcept { std::free(p); }
__attribute__((noinline)) void operator delete(void *p, const std::nothrow_t &) noexcept { std::free(p); }

// All of libvm's own, by its allocator.
static void *resize(void *, void *block, std::size_t, std::size_t size)
{
  resizes++;
  if (size != 0) return std::realloc(block, size);
  std::free(block);
  return nullptr;
}

// Where the C library lets itself be replaced: all there is. Sanitizers do not.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define COUNTS_MALLOC 1
extern "C" void *__libc_malloc(std::size_t size);
extern "C" void *__libc_realloc(void *p, std::size_t size);
extern "C" void *__libc_calloc(std::size_t n, std::size_t size);
static std::atomic<long> mallocs;
extern "C" void *malloc(std::size_t size)
{
  mallocs++;
  return __libc_malloc(size);
}
extern "C" void *realloc(void *p, std::size_t size)
{
  mallocs++;
  return __libc_realloc(p, size);
}
extern "C" void *calloc(std::size_t n, std::size_t size)
{
  mallocs++;
  return __libc_calloc(n, size);
}
#else
static std::atomic<long> mallocs;
#endif

static const char text[] = R"(module demo
import func ask "host" "ask" (i32, f64) -> (i64)
import func pick "host" "pick" ((ref null any), dyn) -> (dyn)
func run (n: i32, x: f64) -> (i64) {
  local.get n
  local.get x
  call ask
  return
}
func picks (a: (ref null any), b: dyn) -> (dyn) {
  local.get a
  local.get b
  call pick
  return
}
export func "run" run
export func "picks" picks
)";

int main()
{
  vm::EngineConfig config;
  config.tier = VM_TIER_0;
  config.allocator.resize = resize;
  const vm::Engine engine(config);
  const vm::Module module = vm::Module::assemble(engine, text);
  vm::Isolate isolate(engine);
  std::int64_t sum = 0;
  isolate.define("host", "ask", [&sum](std::int32_t n, double x) { return sum += n + static_cast<std::int64_t>(x); });
  isolate.define("host", "pick", [](vm::Local a, vm::Dyn b) -> vm::Dyn { return b.is_nil() ? vm::Dyn(a) : b; });
  const vm::Instance instance(isolate, module);
  const auto run = instance.function<std::int64_t(std::int32_t, double)>("run");
  const auto picks = instance.function<vm::Dyn(vm::Local, vm::Dyn)>("picks");
  const vm::Function untyped = instance.function("run");
  vm::Scope outer(isolate);
  const vm::Ref map = vm::Map::make(isolate).keep();
  const auto round = [&](std::int32_t n) {
    vm::Scope scope(isolate);
    std::int64_t last = run(n, 1.0);
    last += untyped.call<std::int64_t>(n, 2);
    CHECK(run.try_call(n, 1.0).ok());
    CHECK(picks(map, nullptr).is_ref() && picks(nullptr, n).to_int() == n);
    return last;
  };
  volatile std::int64_t all = 0;
  for (std::int32_t i = 0; i < 3; i++) all = all + round(i); // what grows once has grown
  const long news_before = news, resizes_before = resizes, mallocs_before = mallocs;
  for (std::int32_t i = 0; i < 10000; i++) all = all + round(i);
  CHECK(news == news_before && resizes == resizes_before && mallocs == mallocs_before);
  // They would be counted.
  ::operator delete(::operator new(sizeof all));
  CHECK(news == news_before + 1);
#ifdef COUNTS_MALLOC
  CHECK(mallocs > mallocs_before);
#endif
  return 0;
}
