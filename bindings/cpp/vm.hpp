// vm.hpp - libvm for C++17: owners that free, and failures as exceptions.
//
// SPDX-License-Identifier: MIT
//
// Header only, over vm/vm.h, whose rules on threads and lifetimes hold: an Engine outlives its
// Modules and Isolates, an Isolate its Instances, Scopes and Refs. Everything here is movable and
// not copyable unless it says so. A failed call throws vm::Error.
#ifndef VM_HPP
#define VM_HPP

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vm/vm.h"

namespace vm {

// A call that failed. what() is the message of libvm, details() all of its record.
class Error : public std::runtime_error {
public:
  explicit Error(const vm_error &e) : std::runtime_error(e.message), error_(e) {}
  vm_status status() const noexcept { return error_.status; }
  vm_trap trap() const noexcept { return error_.trap; }
  const vm_error &details() const noexcept { return error_; }

private:
  vm_error error_;
};

namespace detail {

// call(f, args...) is f(args..., &error), throwing what goes wrong.
template <typename F, typename... Args>
void call(F f, Args... args)
{
  vm_error error = VM_ERROR_INIT;
  if (f(args..., &error) != VM_OK) throw Error(error);
}

} // namespace detail

class Engine {
public:
  explicit Engine(const vm_engine_config *config = nullptr)
  {
    vm_engine *e = nullptr;
    detail::call(vm_engine_new, config, &e);
    engine_.reset(e);
  }
  vm_engine *get() const noexcept { return engine_.get(); }
  void drain() { detail::call(vm_engine_drain, get()); }
  vm_engine_stats stats() const
  {
    vm_engine_stats s{};
    s.size = sizeof s;
    detail::call(vm_engine_get_stats, get(), &s);
    return s;
  }

private:
  struct Free {
    void operator()(vm_engine *e) const noexcept { (void)vm_engine_free(e, nullptr); }
  };
  std::unique_ptr<vm_engine, Free> engine_;
};

class Module {
public:
  // A module from its binary form.
  static Module load(Engine &engine, const void *bytes, std::size_t size)
  {
    vm_module *m = nullptr;
    detail::call(vm_module_load, engine.get(), bytes, size, &m);
    return Module(m);
  }
  // A module from assembler text.
  static Module assemble(Engine &engine, std::string_view text)
  {
    vm_module *m = nullptr;
    detail::call(vm_module_assemble, engine.get(), text.data(), text.size(), &m);
    return Module(m);
  }
  vm_module *get() const noexcept { return module_.get(); }
  const char *name() const noexcept { return vm_module_name(get()); }
  void compile() { detail::call(vm_module_compile, get(), nullptr, std::uint32_t{0}); }

private:
  explicit Module(vm_module *m) : module_(m) {}
  struct Free {
    void operator()(vm_module *m) const noexcept { vm_module_free(m); }
  };
  std::unique_ptr<vm_module, Free> module_;
};

// In a host function: end the guest with this code, see vm_isolate_exit. The call of the guest throws an
// Error with VM_TERMINATED, and Isolate::exit_code has the code.
[[noreturn]] inline void exit_guest(vm_isolate *isolate, std::int32_t code)
{
  vm_error error = VM_ERROR_INIT;
  error.status = vm_isolate_exit(isolate, code);
  throw Error(error);
}

// What a host function is given: like vm_host_function, with its state inside. It may throw: a
// vm::Error whose cause is a guest exception passes that on, anything else is thrown to the guest
// as the text of what().
using HostFunction =
    std::function<void(vm_isolate *isolate, const vm_value *args, vm_value *results)>;

class Isolate {
public:
  explicit Isolate(Engine &engine, const vm_isolate_config *config = nullptr)
  {
    vm_isolate *i = nullptr;
    detail::call(vm_isolate_new, engine.get(), config, &i);
    isolate_.reset(i);
  }
  vm_isolate *get() const noexcept { return isolate_.get(); }

  void define(const char *module, const char *name, std::initializer_list<vm_type> params,
              std::initializer_list<vm_type> results, HostFunction function)
  {
    auto owned = std::make_unique<HostFunction>(std::move(function));
    detail::call(vm_isolate_define_func, get(), module, name, params.begin(),
                 static_cast<std::uint32_t>(params.size()), results.begin(),
                 static_cast<std::uint32_t>(results.size()), &Isolate::enter,
                 static_cast<void *>(owned.get()), &Isolate::drop);
    owned.release(); // the isolate drops it
  }
  void interrupt() { detail::call(vm_isolate_interrupt, get()); } // any thread
  void collect() { detail::call(vm_isolate_collect, get()); }
  void set_fuel(std::uint64_t units) { detail::call(vm_isolate_set_fuel, get(), units); }
  void set_deadline(std::uint64_t ms) { detail::call(vm_isolate_set_deadline, get(), ms); }
  // The code that the guest ended with, if the last failed call had the trap `exit`.
  std::int32_t exit_code() const
  {
    std::int32_t code = 0;
    detail::call(vm_isolate_get_exit_code, get(), &code);
    return code;
  }
  // The exception that the last failed call ended with, and its backtrace.
  std::string exception_text() const
  {
    std::size_t needed = 0;
    detail::call(vm_exception_format, get(), vm_ref_null(), static_cast<char *>(nullptr),
                 std::size_t{0}, &needed);
    std::string text(needed + 1, '\0');
    detail::call(vm_exception_format, get(), vm_ref_null(), text.data(), text.size(), &needed);
    text.resize(needed);
    return text;
  }

private:
  static vm_status enter(vm_isolate *isolate, void *user, const vm_value *args, vm_value *results)
  {
    try {
      (*static_cast<HostFunction *>(user))(isolate, args, results);
      return VM_OK;
    } catch (const Error &e) {
      if (e.status() == VM_EXCEPTION || e.status() == VM_TERMINATED) return e.status();
      return vm_isolate_throw_text(isolate, e.what());
    } catch (const std::exception &e) {
      return vm_isolate_throw_text(isolate, e.what());
    } catch (...) {
      return vm_isolate_trap(isolate, VM_TRAP_HOST);
    }
  }
  static void drop(void *user) { delete static_cast<HostFunction *>(user); }

  struct Free {
    void operator()(vm_isolate *i) const noexcept { (void)vm_isolate_free(i, nullptr); }
  };
  std::unique_ptr<vm_isolate, Free> isolate_;
};

// Local handles made while it lives die with it.
class Scope {
public:
  explicit Scope(vm_isolate *isolate) : isolate_(isolate)
  {
    detail::call(vm_scope_open, isolate_, &scope_);
  }
  explicit Scope(Isolate &isolate) : Scope(isolate.get()) {}
  Scope(const Scope &) = delete;
  Scope &operator=(const Scope &) = delete;
  ~Scope() { (void)vm_scope_close(isolate_, scope_, nullptr); }

private:
  vm_isolate *isolate_;
  vm_scope scope_{};
};

// A persistent handle: what it refers to lives as long as it does. Movable; dup() copies.
class Ref {
public:
  Ref() = default;
  Ref(vm_isolate *isolate, vm_ref ref) : isolate_(isolate)
  {
    detail::call(vm_ref_persist, isolate_, ref, &ref_);
  }
  Ref(Isolate &isolate, vm_ref ref) : Ref(isolate.get(), ref) {}
  Ref(Ref &&other) noexcept
      : isolate_(other.isolate_), ref_(std::exchange(other.ref_, vm_ref_null()))
  {
  }
  Ref &operator=(Ref &&other) noexcept
  {
    std::swap(isolate_, other.isolate_);
    std::swap(ref_, other.ref_);
    return *this;
  }
  ~Ref()
  {
    if (!vm_ref_is_null(ref_)) (void)vm_ref_release(isolate_, ref_, nullptr);
  }
  Ref dup() const { return isolate_ != nullptr ? Ref(isolate_, ref_) : Ref(); }
  vm_ref get() const noexcept { return ref_; }
  explicit operator bool() const noexcept { return !vm_ref_is_null(ref_); }

private:
  vm_isolate *isolate_ = nullptr;
  vm_ref ref_ = vm_ref_null();
};

// C++ values to guest values.
inline vm_value value(std::int32_t x) { return vm_value_i32(x); }
inline vm_value value(std::int64_t x) { return vm_value_i64(x); }
inline vm_value value(float x) { return vm_value_f32(x); }
inline vm_value value(double x) { return vm_value_f64(x); }
inline vm_value value(vm_ref x) { return vm_value_ref(x); }
inline vm_value value(const Ref &x) { return vm_value_ref(x.get()); }
inline vm_value value(vm_value x) { return x; }

// A function of the guest, kept alive.
class Function {
public:
  Function(vm_isolate *isolate, vm_ref func) : isolate_(isolate), func_(isolate, func)
  {
    vm_func_type type{};
    detail::call(vm_func_get_type, isolate_, func, &type);
    nresults_ = type.nresults;
  }
  // References among the results are local handles.
  template <typename... Args>
  std::vector<vm_value> operator()(const Args &...args) const
  {
    const vm_value values[sizeof...(Args) + 1] = {value(args)..., vm_value_null()};
    std::vector<vm_value> results(nresults_);
    detail::call(vm_call, isolate_, func_.get(), values,
                 static_cast<std::uint32_t>(sizeof...(Args)), results.data(), nresults_);
    return results;
  }
  vm_ref get() const noexcept { return func_.get(); }

private:
  vm_isolate *isolate_;
  Ref func_;
  std::uint32_t nresults_ = 0;
};

// A module linked into an isolate, which owns it. Copyable.
class Instance {
public:
  Instance(Isolate &isolate, Module &module)
  {
    detail::call(vm_instance_new, isolate.get(), module.get(), &instance_);
  }
  vm_instance *get() const noexcept { return instance_; }
  Function function(const char *name) const
  {
    vm_isolate *isolate = vm_instance_isolate(instance_);
    Scope scope(isolate);
    vm_ref f = vm_ref_null();
    detail::call(vm_instance_get_func, instance_, name, &f);
    return Function(isolate, f);
  }
  void define(const char *module) { detail::call(vm_instance_define, instance_, module); }
  vm_value global(const char *name) const
  {
    vm_value v{};
    detail::call(vm_instance_get_global, instance_, name, &v);
    return v;
  }
  void set_global(const char *name, vm_value v)
  {
    detail::call(vm_instance_set_global, instance_, name, &v);
  }

private:
  vm_instance *instance_ = nullptr;
};

} // namespace vm

#endif
