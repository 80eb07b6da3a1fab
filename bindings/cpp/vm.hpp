// vm.hpp - libvm for C++17: owners, typed calls, host functions from lambdas, typed objects, a builder.
//
// SPDX-License-Identifier: MIT
//
// One header over vm/vm.h, whose mental model holds here too; bindings/cpp/README.md is the guide.
//
//   Engine > Module > Isolate > Instance     owners; move only; each keeps alive what it needs
//   Function, TypedFunction<R(A...)>, Ref     kept by the host; move only
//   Scope, Local and its views                handles of a scope: Struct, Array, Symbol, Map, Object, ...
//   Builder, Code                             how a front end makes a module
//
// Failures. A function that can fail returns Ret<T>. By default that is T, and a failure is thrown. With
// VM_RESULTS defined to 1 in front of the #include, and always with -fno-exceptions, it is Result<T>, and
// nothing is thrown. Whatever the choice, try_call gives a Result. Translation units of both kinds may be
// in one program, but the classes of one are not those of the other.
//
// Threads. As in C: engines and modules belong to all threads, an isolate and all that is reached through
// it (Refs and caught Errors, too) to one at a time. An Interrupter may be used by any.
//
// Cost. Calls in either direction allocate nothing here and do nothing that C would not have to do.
#ifndef VM_HPP
#define VM_HPP

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "vm/vm.h"

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define VM_HPP_EXCEPTIONS 1
#else
#define VM_HPP_EXCEPTIONS 0
#endif

/// 1: functions that can fail return Result<T>; 0: they return T and throw. Yours to define.
#ifndef VM_RESULTS
#define VM_RESULTS !VM_HPP_EXCEPTIONS
#endif

// Code that is compiled differently has a different name.
#if VM_RESULTS && VM_HPP_EXCEPTIONS
#define VM_HPP_MODE results
#elif VM_RESULTS
#define VM_HPP_MODE results_without_exceptions
#elif VM_HPP_EXCEPTIONS
#define VM_HPP_MODE throwing
#else
#error "vm.hpp: with -fno-exceptions failures cannot be thrown: define VM_RESULTS to 1, or not at all"
#endif

/// libvm for C++.
namespace vm {
inline namespace VM_HPP_MODE {

class Guest;
class Isolate;
class Local;
class Ref;
class Dyn;
class Value;
class Error;
template <typename T>
class Result;

#if VM_RESULTS
/// What a function that can fail returns: here a Result.
template <typename T>
using Ret = Result<T>;
#else
/// What a function that can fail returns: here the value itself, as failures are thrown.
template <typename T>
using Ret = T;
#endif

/// A NUL-terminated name, from a literal or a std::string; borrowed for a call.
struct Name {
  /// From a literal.
  Name(const char *text) noexcept : c_str(text) {}
  /// From a string.
  Name(const std::string &text) noexcept : c_str(text.c_str()) {}
  const char *c_str; ///< never NULL, unless the caller gave that
};

/// A line of a backtrace, copied.
struct Frame {
  std::string module;   ///< "" unknown
  std::string function; ///< "" no name
  std::string file;     ///< "" unknown
  std::uint32_t index = VM_NO_OFFSET;  ///< of the function; VM_NO_OFFSET: a host function
  std::uint32_t offset = VM_NO_OFFSET; ///< of the instruction in the function's code
  std::uint32_t line = 0;              ///< in `file`; 0 unknown
};

/// @cond
namespace detail {

// A counted pointer; T has `uses`, which starts at 1.
template <typename T>
class Shared {
public:
  Shared() = default;
  explicit Shared(T *owned) noexcept : p_(owned) {}
  static Shared share(T *p) noexcept
  {
    if (p != nullptr) p->uses.fetch_add(1, std::memory_order_relaxed);
    return Shared(p);
  }
  Shared(const Shared &other) noexcept : Shared(share(other.p_)) {}
  Shared(Shared &&other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
  Shared &operator=(Shared other) noexcept
  {
    std::swap(p_, other.p_);
    return *this;
  }
  ~Shared()
  {
    if (p_ != nullptr && p_->uses.fetch_sub(1, std::memory_order_acq_rel) == 1) delete p_;
  }
  T *get() const noexcept { return p_; }
  T *operator->() const noexcept { return p_; }
  explicit operator bool() const noexcept { return p_ != nullptr; }

private:
  T *p_ = nullptr;
};

struct EngineState {
  std::atomic<std::uint32_t> uses{1};
  vm_engine *engine = nullptr;
  EngineState() = default;
  EngineState(const EngineState &) = delete;
  EngineState &operator=(const EngineState &) = delete;
  ~EngineState() { (void)vm_engine_free(engine, nullptr); }
};

// What everything that belongs to an isolate refers to: it outlives the isolate, and so tells whether that
// is still there.
struct State {
  std::atomic<std::uint32_t> uses{1};
  vm_isolate *isolate = nullptr; // NULL when it has been closed
  std::mutex lock;               // between an interrupt and the end
  std::uint32_t scopes = 0;      // vm::Scopes that are open, which need it
  Shared<EngineState> engine;
};

// A vm_error that costs nothing until it is filled.
struct Record {
  vm_error e;
  Record() noexcept
  {
    e.size = sizeof e;
    e.status = VM_OK;
    e.trap = VM_TRAP_NONE;
    e.function = e.offset = VM_NO_OFFSET;
    e.line = e.column = 0;
    e.message[0] = '\0';
  }
  operator vm_error *() noexcept { return &e; }
};

// What an Error knows of a guest exception; shared by the Error's copies.
struct Trace {
  std::atomic<std::uint32_t> uses{1};
  Shared<State> state;
  vm_ref exception = vm_ref_null(); // persistent
  std::unique_ptr<char[]> text;
  Trace() = default;
  Trace(const Trace &) = delete;
  Trace &operator=(const Trace &) = delete;
  ~Trace()
  {
    if (state && state->isolate != nullptr) (void)vm_ref_release(state->isolate, exception, nullptr);
  }
};

struct Access; // what the parts of this header may see of each other

} // namespace detail
/// @endcond

// ---- failures ----

/// A failure: the record of libvm, and of guest code that ended with an exception what there is to know.
/// It may outlive the isolate; payload and backtrace need that, the texts do not.
class Error : public std::exception {
public:
  /// A failure of the host's own.
  Error(vm_status status, std::string_view message) noexcept
  {
    record_.e.status = status;
    const std::size_t n = message.copy(record_.e.message, sizeof record_.e.message - 1);
    record_.e.message[n] = '\0';
  }
  /// What libvm said.
  explicit Error(const vm_error &record) noexcept { record_.e = record; }

  /// One line: place, expected, found.
  const char *what() const noexcept override { return record_.e.message; }
  /// VM_EXCEPTION and VM_TERMINATED: guest code ran and ended so. All else: what was asked for is not so.
  vm_status status() const noexcept { return record_.e.status; }
  /// The trap, VM_TRAP_NONE if the guest threw something.
  vm_trap trap() const noexcept { return record_.e.trap; }
  /// All of the record: function, offset, line.
  const vm_error &details() const noexcept { return record_.e; }
  /// The exception in text with its backtrace, a line a frame; what() if no guest code was in it.
  const char *text() const noexcept { return trace_ && trace_->text ? trace_->text.get() : what(); }
  /// The C++ exception that a host function threw and the guest did not catch, if it was one.
  const std::exception_ptr &cause() const noexcept { return cause_; }
  /// What the guest threw; for the trap `exit` the code. In the current scope.
  Ret<Dyn> payload() const;
  /// The exception itself, which the guest can be given. In the current scope.
  Ret<Local> exception() const;
  /// The innermost frame first; empty if no guest code was in it.
  Ret<std::vector<Frame>> backtrace() const;

private:
  friend detail::Access;
  detail::Record record_;
  detail::Shared<detail::Trace> trace_;
  std::exception_ptr cause_;
};

/// Guest code ended with an exception or a trap: status VM_EXCEPTION.
class GuestException : public Error {
public:
  /// Made by calls.
  explicit GuestException(const Error &e) noexcept : Error(e) {}
};

/// Guest code was stopped, or ended itself: status VM_TERMINATED.
class Terminated : public Error {
public:
  /// Made by calls.
  explicit Terminated(const Error &e) noexcept : Error(e) {}
};

/// @cond
namespace detail {
[[noreturn]] void raise(const Error &e); // throws it, or the C++ exception behind it
}
/// @endcond

/// A T, or the Error why there is none.
template <typename T>
class [[nodiscard]] Result {
public:
  using value_type = T; ///< what it has if all went well
  /// Success.
  Result(T value) : is_(std::in_place_index<0>, std::move(value)) {}
  /// Failure.
  Result(Error error) : is_(std::in_place_index<1>, std::move(error)) {}
  /// Is there a value?
  bool ok() const noexcept { return is_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); } ///< the same
  /// The value; without one the Error is thrown, and the process aborted where that cannot be.
  T &value() &
  {
    if (!ok()) detail::raise(error());
    return *std::get_if<0>(&is_);
  }
  T &&value() && { return std::move(value()); } ///< the same, moved
  /// The value, which must be there.
  T &operator*() & noexcept { return *std::get_if<0>(&is_); }
  const T &operator*() const & noexcept { return *std::get_if<0>(&is_); } ///< the same
  T &&operator*() && noexcept { return std::move(*std::get_if<0>(&is_)); } ///< the same, moved
  T *operator->() noexcept { return std::get_if<0>(&is_); } ///< a part of it
  const T *operator->() const noexcept { return std::get_if<0>(&is_); } ///< a part of it
  /// The failure, which must be there.
  const Error &error() const noexcept { return *std::get_if<1>(&is_); }

private:
  std::variant<T, Error> is_;
};

/// Nothing, or an Error.
template <>
class [[nodiscard]] Result<void> {
public:
  using value_type = void; ///< nothing
  Result() = default; ///< success
  /// Failure.
  Result(Error error) : is_(std::move(error)) {}
  bool ok() const noexcept { return !is_; } ///< did all go well?
  explicit operator bool() const noexcept { return ok(); } ///< the same
  /// Throws the Error if there is one; aborts the process where that cannot be.
  void value() const
  {
    if (is_) detail::raise(*is_);
  }
  /// The failure, which must be there.
  const Error &error() const noexcept { return *is_; }

private:
  std::optional<Error> is_;
};

/// @cond
namespace detail {

template <typename T>
struct ResultOf {
  static constexpr bool is = false;
  using Type = T;
};
template <typename T>
struct ResultOf<Result<T>> {
  static constexpr bool is = true;
  using Type = T;
};

// A host object: a C++ value that the guest has a reference to. All have the one finalizer `finalize`, by
// which they are known; `tag` says of which type the value is.
struct HostObject {
  const void *tag;
  void (*destroy)(HostObject *) noexcept;
};

template <typename T>
inline constexpr char tag_of = 0;

template <typename T>
struct Boxed : HostObject {
  T value;
  template <typename... A>
  explicit Boxed(A &&...a) : HostObject{&tag_of<T>, &Boxed::end}, value(std::forward<A>(a)...)
  {
  }
  static void end(HostObject *o) noexcept { delete static_cast<Boxed *>(o); }
};

inline void finalize(void *data)
{
  HostObject *o = static_cast<HostObject *>(data);
  o->destroy(o);
}

// What `ref` refers to if it is a host object of a T; else NULL.
template <typename T>
T *unbox(vm_isolate *isolate, vm_ref ref) noexcept
{
  vm_finalizer *made_by = nullptr;
  void *data = nullptr;
  if (vm_extern_get_finalizer(isolate, ref, &made_by, nullptr) != VM_OK || made_by != &finalize ||
      vm_extern_get(isolate, ref, &data, nullptr) != VM_OK)
    return nullptr;
  HostObject *o = static_cast<HostObject *>(data);
  return o->tag == &tag_of<T> ? &static_cast<Boxed<T> *>(o)->value : nullptr;
}

// What the guest throws for a C++ exception, or for an Error where there are none.
struct Crossing {
  std::exception_ptr exception;
  std::optional<Error> error;
};

struct Access {
  static Guest guest(State *state) noexcept;
  static Local local(State *state, vm_ref ref) noexcept;
  static Ref kept(State *state, vm_ref ref) noexcept;
  static State *state(const Local &local) noexcept;
  static State *state(const Guest &guest) noexcept;
  static State *state(const Dyn &dyn) noexcept;
  static Dyn dyn(State *state, const vm_value &value) noexcept;
  static Value value(State *state, const vm_value &value) noexcept;
  static State *state(const Value &value) noexcept;
  static const Shared<EngineState> &engine(const State *state) noexcept { return state->engine; }
  template <typename Owner>
  static const auto &shared(const Owner &owner) noexcept
  {
    return owner.state_;
  }

  // The Error of a call that failed: for guest code with the exception kept.
  static Error capture(State *state, vm_status status, const Record &record) noexcept
  {
    Error error(record.e);
    error.record_.e.status = status;
    if (state != nullptr && state->isolate == nullptr) return Error(VM_STATE, "the isolate has been closed");
    if (record.e.message[0] == '\0') error = Error(status, vm_status_text(status));
    if (state != nullptr && (status == VM_EXCEPTION || status == VM_TERMINATED)) keep(state, error);
    return error;
  }
  static const Shared<Trace> &trace(const Error &e) noexcept { return e.trace_; }

private:
  static void keep(State *state, Error &error) noexcept
  {
    vm_isolate *i = state->isolate;
    vm_scope scope;
    if (vm_scope_open(i, &scope, nullptr) != VM_OK) return;
    vm_ref exn = vm_ref_null();
    Shared<Trace> trace;
    if (vm_isolate_get_exception(i, &exn, nullptr) == VM_OK) trace = Shared<Trace>(new (std::nothrow) Trace);
    if (trace && vm_ref_persist(i, exn, &trace->exception, nullptr) == VM_OK) {
      trace->state = Shared<State>::share(state);
      std::size_t size = 0;
      (void)vm_exception_format(i, exn, nullptr, 0, &size, nullptr);
      trace->text.reset(new (std::nothrow) char[size + 1]);
      if (trace->text) (void)vm_exception_format(i, exn, trace->text.get(), size + 1, nullptr, nullptr);
      vm_value payload = vm_value_null();
      if (vm_exception_get_payload(i, exn, &payload, nullptr) == VM_OK && vm_dyn_is_ref(payload)) {
        if (const Crossing *c = unbox<Crossing>(i, payload.of.ref)) {
          error.cause_ = c->exception;
          if (c->error) {
            error.record_ = c->error->record_;
          } else {
            describe(error);
          }
        }
      }
      error.trace_ = std::move(trace);
    }
    (void)vm_scope_close(i, scope, nullptr);
  }
  // what() of the C++ exception says more than that there was one.
  static void describe(Error &error) noexcept
  {
#if VM_HPP_EXCEPTIONS
    try {
      std::rethrow_exception(error.cause_);
    } catch (const std::exception &e) {
      const std::string_view text = e.what();
      const std::size_t n = text.copy(error.record_.e.message, VM_ERROR_TEXT - 1);
      error.record_.e.message[n] = '\0';
    } catch (...) { // of no known type: the record stays as it is
    }
#else
    (void)error;
#endif
  }
};

inline void raise(const Error &e)
{
#if VM_HPP_EXCEPTIONS
  if (e.cause()) std::rethrow_exception(e.cause());
  if (e.status() == VM_EXCEPTION) throw GuestException(e);
  if (e.status() == VM_TERMINATED) throw Terminated(e);
  throw e;
#else
  (void)e;
  std::abort();
#endif
}

// What only fails never returns where it throws.
#if VM_RESULTS
#define VM_HPP_ENDS
#define VM_HPP_RETURN return
#else
#define VM_HPP_ENDS [[noreturn]]
#define VM_HPP_RETURN
#endif

#if VM_RESULTS
template <typename T>
Result<T> fail(Error error)
{
  return Result<T>(std::move(error));
}
inline Result<void> done() noexcept { return {}; }
template <typename T>
Result<T> give(Result<T> &&r)
{
  return std::move(r);
}
#else
template <typename T>
[[noreturn]] T fail(const Error &error)
{
  raise(error);
}
inline void done() noexcept {}
template <typename T>
T give(Result<T> &&r)
{
  return std::move(r).value();
}
inline void give(const Result<void> &r) { r.value(); }
#endif

#if defined(__GNUC__)
#define VM_HPP_COLD __attribute__((cold, noinline))
#define VM_HPP_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define VM_HPP_INLINE __attribute__((always_inline)) inline
#else
#define VM_HPP_INLINE inline
#define VM_HPP_COLD
#define VM_HPP_UNLIKELY(x) (x)
#endif

template <typename T>
VM_HPP_ENDS VM_HPP_COLD Ret<T> fail(State *state, vm_status status, const Record &record)
{
  VM_HPP_RETURN fail<T>(Access::capture(state, status, record));
}
inline Error foreign() { return Error(VM_HANDLE, "the reference is one of another isolate"); }

// Scopes inside functions of this header.
struct InnerScope {
  vm_isolate *isolate;
  vm_scope scope;
  vm_status status;
  bool open;
  explicit InnerScope(State *s) noexcept
      : isolate(s->isolate), scope(), status(vm_scope_open(isolate, &scope, nullptr)), open(status == VM_OK)
  {
  }
  InnerScope(const InnerScope &) = delete;
  InnerScope &operator=(const InnerScope &) = delete;
  ~InnerScope()
  {
    if (open) (void)vm_scope_close(isolate, scope, nullptr);
  }
  // Close it and keep the reference in `v`, if it has one.
  vm_status escape(vm_value &v) noexcept
  {
    if (!(v.kind == VM_KIND_REF || vm_dyn_is_ref(v))) return VM_OK;
    const vm_status st = vm_scope_escape(isolate, scope, &v.of.ref, nullptr);
    open = open && st != VM_OK;
    return st;
  }
};

std::string type_text(vm_type type);

} // namespace detail
/// @endcond

// ---- handles ----

/// A reference to a guest object: a handle of the scope in which it was made, dead when that closes, or a
/// view of a Ref, dead with it. Small, copied freely, never owned. A dead one is refused with VM_HANDLE.
class Local {
public:
  Local() = default; ///< null
  Local(std::nullptr_t) noexcept {} ///< null
  /// A view of what the host keeps.
  Local(const Ref &kept) noexcept;
  bool is_null() const noexcept { return vm_ref_is_null(ref_) != 0; } ///< does it refer to nothing?
  explicit operator bool() const noexcept { return !is_null(); } ///< does it refer to something?
  vm_ref get() const noexcept { return ref_; } ///< for the C API
  Guest guest() const noexcept; ///< its isolate; not of a null
  /// What the object is; `name` is borrowed from the module.
  Ret<vm_ref_info> info() const;
  /// Is it of that type or of one derived from it? See Instance::type.
  Ret<bool> is(vm_typeid type) const;
  /// Symbol, map, shaped object, or none of these.
  Ret<vm_dynamic_kind> kind() const;
  /// Do both refer to the same object?
  Ret<bool> same(const Local &other) const;
  /// A second handle in the current scope.
  Ret<Local> dup() const;
  /// Keep the object alive beyond the scope.
  Ret<Ref> keep() const;

protected:
  /// @cond
  friend detail::Access;
  Local(detail::State *state, vm_ref ref) noexcept : state_(state), ref_(ref) {}
  vm_isolate *isolate() const noexcept { return state_ != nullptr ? state_->isolate : nullptr; }
  template <typename T>
  Ret<T> wrong(vm_status status, const detail::Record &record) const;
  detail::State *state_ = nullptr;
  vm_ref ref_ = vm_ref_null();
  /// @endcond
};

/// @cond
template <typename T>
Ret<T> Local::wrong(vm_status status, const detail::Record &record) const
{
  if (state_ == nullptr) return detail::fail<T>(Error(VM_HANDLE, "the reference is null"));
  return detail::fail<T>(state_, status, record);
}
/// @endcond

/// A reference that the host keeps: the object lives as long as this does, or the isolate.
class Ref {
public:
  Ref() = default; ///< null
#if !VM_RESULTS
  /// Keep an object; as Local::keep.
  explicit Ref(const Local &local) { *this = local.keep(); }
#endif
  /// Takes over.
  Ref(Ref &&other) noexcept
      : state_(std::move(other.state_)), ref_(std::exchange(other.ref_, vm_ref_null()))
  {
  }
  /// Lets go of what it had and takes over.
  Ref &operator=(Ref &&other) noexcept
  {
    reset();
    state_ = std::move(other.state_);
    ref_ = std::exchange(other.ref_, vm_ref_null());
    return *this;
  }
  Ref(const Ref &) = delete;            ///< say dup()
  Ref &operator=(const Ref &) = delete; ///< say dup()
  ~Ref() { reset(); } ///< lets go
  /// Let go; null from now on.
  void reset() noexcept
  {
    if (state_ && state_->isolate != nullptr) (void)vm_ref_release(state_->isolate, ref_, nullptr);
    ref_ = vm_ref_null();
    state_ = {};
  }
  /// A second Ref for the same object.
  Ret<Ref> dup() const { return Local(*this).keep(); }
  bool is_null() const noexcept { return vm_ref_is_null(ref_) != 0; } ///< does it refer to nothing?
  explicit operator bool() const noexcept { return !is_null(); } ///< does it refer to something?
  vm_ref get() const noexcept { return ref_; } ///< for the C API
  /// A handle in the current scope.
  Ret<Local> local() const { return Local(*this).dup(); }

private:
  friend Local;
  friend detail::Access;
  Ref(detail::State *state, vm_ref ref) noexcept : state_(detail::Shared<detail::State>::share(state)), ref_(ref)
  {
  }
  detail::Shared<detail::State> state_;
  vm_ref ref_ = vm_ref_null();
};

inline Local::Local(const Ref &kept) noexcept : state_(kept.state_.get()), ref_(kept.ref_) {}

/// A value of a dynamic language: nil, a boolean, an integer of 32 bits, a double, or a reference.
class Dyn {
public:
  Dyn() noexcept : Dyn(VM_DYN_NIL, Word()) {} ///< nil
  Dyn(std::nullptr_t) noexcept : Dyn() {} ///< nil
  /// A reference; nil for a null.
  Dyn(const Local &local) noexcept : state_(detail::Access::state(local))
  {
    v_.kind = VM_KIND_DYN;
    v_.is_ref = local.is_null() ? 0 : 1;
    v_.of.ref = local.get(); // null is nil
  }
  /// A reference that the host keeps.
  Dyn(const Ref &kept) noexcept : Dyn(Local(kept)) {}
  /// A boolean, an integer or a double.
  template <typename T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  Dyn(T x) noexcept : Dyn(number(x).of.dyn, Word())
  {
  }
  bool is_nil() const noexcept { return vm_dyn_is_nil(v_) != 0; } ///< is it nil?
  bool is_bool() const noexcept { return vm_dyn_is_bool(v_) != 0; } ///< is it a boolean?
  bool is_int() const noexcept { return vm_dyn_is_int(v_) != 0; } ///< is it an integer?
  bool is_double() const noexcept { return vm_dyn_is_double(v_) != 0; } ///< is it a double?
  bool is_number() const noexcept { return is_int() || is_double(); } ///< is it one of both?
  bool is_ref() const noexcept { return vm_dyn_is_ref(v_) != 0; } ///< is it a reference?
  bool to_bool() const noexcept { return vm_dyn_to_bool(v_) != 0; } ///< of a boolean
  std::int32_t to_int() const noexcept { return vm_dyn_to_int(v_); } ///< of an integer
  double to_double() const noexcept { return vm_dyn_to_double(v_); } ///< of a double
  /// Of an integer or a double.
  double to_number() const noexcept { return is_int() ? to_int() : to_double(); }
  /// The reference, null if it is none.
  Local ref() const noexcept
  {
    return is_ref() ? detail::Access::local(state_, v_.of.ref) : Local();
  }
  /// The bool, int32_t, double (of an integer, too) or view (Symbol, Map, Object ...) that it is; else
  /// VM_ARGUMENT.
  template <typename T>
  Ret<T> as() const;
  const vm_value &get() const noexcept { return v_; } ///< for the C API

private:
  friend detail::Access;
  struct Word {};
  // Field by field, as in ConvertNumber.
  Dyn(std::uint64_t word, Word) noexcept
  {
    v_.kind = VM_KIND_DYN;
    v_.is_ref = 0;
    v_.of.dyn = word;
  }
  Dyn(detail::State *state, const vm_value &v) noexcept : state_(state), v_(v) {}
  template <typename T>
  static vm_value number(T x) noexcept
  {
    static_assert(std::is_same_v<T, bool> || std::is_floating_point_v<T> || sizeof(T) < 4 ||
                      (sizeof(T) == 4 && std::is_signed_v<T>),
                  "vm.hpp: the integers of a dyn have 32 bits: convert to int32_t or to double");
    if constexpr (std::is_same_v<T, bool>) {
      return vm_dyn_bool(x);
    } else if constexpr (std::is_integral_v<T>) {
      return vm_dyn_int(static_cast<std::int32_t>(x));
    } else {
      return vm_dyn_double(static_cast<double>(x));
    }
  }
  detail::State *state_ = nullptr;
  vm_value v_;
};

// ---- C++ types and guest types ----

template <typename T>
class Extern;

/// @cond
namespace detail {

template <typename T>
using Bare = std::remove_cv_t<std::remove_reference_t<T>>;

// Convert<T>: the guest's type for T, and the way in and out.
//   type              what a signature made of T has
//   fits(t)           may a value of type t be a T? put and get then work, or say that the value is wrong
//   put(state, x, v)  false: of another isolate
//   get(state, v, x)  false: not such a value, which the trap `wrong` says to a guest
//   total             get never fails
template <typename T, typename = void>
struct Convert {
  static constexpr bool known = false;
};

template <typename T, vm_kind Kind>
struct ConvertNumber {
  static constexpr bool known = true, total = true;
  static constexpr vm_type type = VM_TYPE(Kind);
  static constexpr vm_trap wrong = VM_TRAP_HOST;
  static constexpr bool fits(vm_type t) noexcept { return t == type; }
  static bool put(State *, T x, vm_value &v) noexcept
  {
    // Field by field: a value that is made on the stack and copied is read in one piece right after it was
    // written in several, which costs a store forwarding (10 ns a host call, measured).
    v.kind = Kind;
    v.is_ref = 0;
    if constexpr (Kind == VM_KIND_I32) v.of.i32 = static_cast<std::int32_t>(x);
    if constexpr (Kind == VM_KIND_I64) v.of.i64 = static_cast<std::int64_t>(x);
    if constexpr (Kind == VM_KIND_F32) v.of.f32 = static_cast<float>(x);
    if constexpr (Kind == VM_KIND_F64) v.of.f64 = static_cast<double>(x);
    return true;
  }
  static bool get(State *, const vm_value &v, T &x) noexcept
  {
    if constexpr (std::is_same_v<T, bool>) {
      x = v.of.i32 != 0;
    } else {
      if constexpr (Kind == VM_KIND_I32) x = static_cast<T>(v.of.i32);
      if constexpr (Kind == VM_KIND_I64) x = static_cast<T>(v.of.i64);
      if constexpr (Kind == VM_KIND_F32) x = static_cast<T>(v.of.f32);
      if constexpr (Kind == VM_KIND_F64) x = static_cast<T>(v.of.f64);
    }
    return true;
  }
};

template <typename T>
struct Convert<T, std::enable_if_t<std::is_same_v<T, bool> || (std::is_integral_v<T> && sizeof(T) == 4)>>
    : ConvertNumber<T, VM_KIND_I32> {};
template <typename T>
struct Convert<T, std::enable_if_t<std::is_integral_v<T> && sizeof(T) == 8>> : ConvertNumber<T, VM_KIND_I64> {};
template <>
struct Convert<float> : ConvertNumber<float, VM_KIND_F32> {};
template <>
struct Convert<double> : ConvertNumber<double, VM_KIND_F64> {};

// A reference: `Heap` is the abstract type that stands for it in signatures.
template <typename T, std::uint32_t Heap>
struct ConvertRef {
  static constexpr bool known = true, total = true;
  static constexpr vm_type type = VM_REF_NULL(Heap);
  static constexpr vm_trap wrong = VM_TRAP_CAST_FAILURE;
  static constexpr bool fits(vm_type t) noexcept
  {
    const std::uint32_t heap = VM_TYPE_HEAP(t);
    return VM_TYPE_KIND(t) == VM_KIND_REF &&
           (Heap == VM_HEAP_ANY || heap == Heap || heap == VM_HEAP_ANY ||
            (heap < VM_HEAP_ANY && (Heap == VM_HEAP_STRUCT || Heap == VM_HEAP_ARRAY || Heap == VM_HEAP_FUNC)));
  }
  static bool put(State *state, const Local &x, vm_value &v) noexcept
  {
    v.kind = VM_KIND_REF;
    v.is_ref = 0;
    v.of.ref = x.get();
    return Access::state(x) == state || x.is_null();
  }
  static bool get(State *state, const vm_value &v, T &x) noexcept
  {
    x = T(Access::local(state, v.of.ref));
    return true;
  }
};

// A dyn that is a reference of one kind, or nil, which is the null view.
template <typename T, vm_dynamic_kind Kind>
struct ConvertDynamic {
  static constexpr bool known = true, total = false;
  static constexpr vm_type type = VM_DYN;
  static constexpr vm_trap wrong = VM_TRAP_DYN_TYPE;
  static constexpr bool fits(vm_type t) noexcept { return t == VM_DYN; }
  static bool put(State *state, const Local &x, vm_value &v) noexcept
  {
    v.kind = VM_KIND_DYN;
    v.is_ref = x.is_null() ? 0 : 1; // the null reference is nil
    v.of.ref = x.get();
    return Access::state(x) == state || x.is_null();
  }
  static bool get(State *state, const vm_value &v, T &x) noexcept
  {
    if (vm_dyn_is_nil(v)) {
      x = T();
      return true;
    }
    vm_dynamic_kind kind = VM_DYNAMIC_OTHER;
    if (!vm_dyn_is_ref(v) || vm_dynamic_get_kind(state->isolate, v.of.ref, &kind, nullptr) != VM_OK ||
        kind != Kind)
      return false;
    x = T(Access::local(state, v.of.ref));
    return true;
  }
};

template <>
struct Convert<Local> : ConvertRef<Local, VM_HEAP_ANY> {};

template <>
struct Convert<Dyn> {
  static constexpr bool known = true, total = true;
  static constexpr vm_type type = VM_DYN;
  static constexpr vm_trap wrong = VM_TRAP_DYN_TYPE;
  static constexpr bool fits(vm_type t) noexcept { return t == VM_DYN; }
  static bool put(State *state, const Dyn &x, vm_value &v) noexcept
  {
    v.kind = VM_KIND_DYN;
    v.is_ref = x.get().is_ref;
    v.of.dyn = x.get().of.dyn;
    return v.is_ref == 0 || Access::state(x) == state;
  }
  static bool get(State *state, const vm_value &v, Dyn &x) noexcept
  {
    x = Access::dyn(state, v);
    return true;
  }
};

// What the host keeps goes in as a reference; it comes out through Results.
template <>
struct Convert<Ref> : Convert<Local> {
  static bool put(State *state, const Ref &x, vm_value &v) noexcept
  {
    return Convert<Local>::put(state, Local(x), v);
  }
};
template <>
struct Convert<std::nullptr_t> : Convert<Local> {
  static bool put(State *, std::nullptr_t, vm_value &v) noexcept
  {
    v = vm_value_null();
    return true;
  }
};

template <typename T>
constexpr bool check_known() noexcept
{
  static_assert(Convert<T>::known,
                "vm.hpp: this C++ type stands for no guest type: use bool, int32_t, int64_t (or unsigned), float, "
                "double, vm::Dyn, vm::Local or one of its views, vm::Extern<T>");
  return Convert<T>::known;
}

// A value for a parameter of any type: where C++ would convert without loss, so does this. What does not
// fit is left as it is, for libvm to refuse.
template <typename T>
bool put_as(State *state, vm_type wanted, const T &x, vm_value &v) noexcept
{
  const bool ours = Convert<T>::put(state, x, v);
  if (VM_HPP_UNLIKELY(VM_TYPE_KIND(wanted) != static_cast<vm_kind>(v.kind))) {
    if constexpr (std::is_arithmetic_v<T>) {
      if (VM_TYPE_KIND(wanted) == VM_KIND_I64 && std::is_integral_v<T>) {
        v = vm_value_i64(static_cast<std::int64_t>(x));
      } else if (VM_TYPE_KIND(wanted) == VM_KIND_F64 && (sizeof(T) == 4 || std::is_same_v<T, bool>)) {
        v = vm_value_f64(static_cast<double>(x));
      } else if (wanted == VM_DYN) {
        if constexpr (std::is_floating_point_v<T> || std::is_same_v<T, bool> ||
                      (sizeof(T) == 4 && std::is_signed_v<T>))
          v = Dyn(x).get();
      }
    } else {
      if (wanted == VM_DYN && v.kind == VM_KIND_REF) v = vm_dyn_ref(v.of.ref);
      if (VM_TYPE_KIND(wanted) == VM_KIND_REF && v.kind == VM_KIND_DYN && v.is_ref != 0) v = vm_value_ref(v.of.ref);
    }
  }
  return ours;
}

// The R of a call: one value, none, several as a tuple.
template <typename R>
struct Results {
  static constexpr std::uint32_t count = 1;
  static constexpr bool scoped = std::is_same_v<R, Ref>; // a reference that is kept is no use in the scope
  static bool fits(const vm_type *t) noexcept { return check_known<R>() && Convert<R>::fits(t[0]); }
  static vm_status get(State *state, const vm_value *v, R &out) noexcept
  {
    if constexpr (scoped) {
      return keep(state, v[0], out);
    } else {
      return Convert<R>::get(state, v[0], out) ? VM_OK : VM_ARGUMENT;
    }
  }
  static vm_status keep(State *state, const vm_value &v, Ref &out) noexcept;
};
template <>
struct Results<void> {
  static constexpr std::uint32_t count = 0;
  static constexpr bool scoped = false;
  static bool fits(const vm_type *) noexcept { return true; }
};
template <typename... T>
struct Results<std::tuple<T...>> {
  static constexpr std::uint32_t count = sizeof...(T);
  static constexpr bool scoped = (std::is_same_v<T, Ref> || ...);
  static_assert(!scoped || (!(Convert<T>::known && !std::is_arithmetic_v<T> && !std::is_same_v<T, Ref>)&&...),
                "vm.hpp: among several results, take references either all as vm::Ref or all as vm::Local");
  static bool fits(const vm_type *t) noexcept { return fits(t, std::index_sequence_for<T...>()); }
  template <std::size_t... I>
  static bool fits([[maybe_unused]] const vm_type *t, std::index_sequence<I...>) noexcept
  {
    return ((check_known<T>() && Convert<T>::fits(t[I])) && ...);
  }
  static vm_status get(State *state, const vm_value *v, std::tuple<T...> &out) noexcept
  {
    return get(state, v, out, std::index_sequence_for<T...>());
  }
  template <std::size_t... I>
  static vm_status get([[maybe_unused]] State *state, [[maybe_unused]] const vm_value *v,
                       [[maybe_unused]] std::tuple<T...> &out, std::index_sequence<I...>) noexcept
  {
    vm_status st = VM_OK;
    ((st = st == VM_OK ? Results<T>::get(state, v + I, std::get<I>(out)) : st), ...);
    return st;
  }
};

// Out is R or Result<R>.
template <typename Out>
VM_HPP_COLD Out fail_as(Error error)
{
  if constexpr (ResultOf<Out>::is) {
    return Out(std::move(error));
  } else {
    raise(error);
  }
}
template <typename Out>
VM_HPP_COLD Out fail_as(State *state, vm_status status, const Record &record)
{
  return fail_as<Out>(Access::capture(state, status, record));
}

// The call itself, once the arguments are there. Everything that a call costs is here.
template <typename R, typename Out>
VM_HPP_INLINE Out run(State *state, vm_ref func, const vm_value *args, std::uint32_t nargs)
{
  constexpr std::uint32_t n = Results<R>::count;
  vm_value results[n + 1];
  Record record;
  if constexpr (Results<R>::scoped) {
    if (state->isolate == nullptr) return fail_as<Out>(state, VM_STATE, record);
    InnerScope scope(state);
    if (!scope.open) return fail_as<Out>(state, scope.status, record);
    const vm_status st = vm_call(state->isolate, func, args, nargs, results, n, record);
    if (VM_HPP_UNLIKELY(st != VM_OK)) return fail_as<Out>(state, st, record);
    R out;
    const vm_status kept = Results<R>::get(state, results, out);
    if (VM_HPP_UNLIKELY(kept != VM_OK)) return fail_as<Out>(state, kept, record);
    return Out(std::move(out));
  } else {
    const vm_status st = vm_call(state->isolate, func, args, nargs, results, n, record);
    if (VM_HPP_UNLIKELY(st != VM_OK)) return fail_as<Out>(state, st, record);
    if constexpr (n == 0) {
      return Out();
    } else {
      R out{};
      if (VM_HPP_UNLIKELY(Results<R>::get(state, results, out) != VM_OK))
        return fail_as<Out>(Error(VM_ARGUMENT, "result: not a value of the type that was asked for"));
      return Out(std::move(out));
    }
  }
}

} // namespace detail
/// @endcond

/// A value of any kind, for what is only known at run time.
class Value {
public:
  Value() noexcept : v_(vm_value_null()) {} ///< the null reference
  /// From anything that stands for a guest type.
  template <typename T, std::enable_if_t<detail::Convert<T>::known, int> = 0>
  Value(const T &x) noexcept : state_(state_of(x)), v_(vm_value_null())
  {
    (void)detail::Convert<T>::put(state_, x, v_);
  }
  vm_kind kind() const noexcept { return static_cast<vm_kind>(v_.kind); } ///< what it is
  /// As the C++ type; VM_ARGUMENT if it is of another kind.
  template <typename T>
  Ret<T> as() const
  {
    T out{};
    (void)detail::check_known<T>();
    if (VM_TYPE_KIND(detail::Convert<T>::type) != kind() || !detail::Convert<T>::get(state_, v_, out))
      return detail::fail<T>(Error(VM_ARGUMENT, "the value is of another kind"));
    return out;
  }
  const vm_value &get() const noexcept { return v_; } ///< for the C API

private:
  friend detail::Access;
  Value(detail::State *state, const vm_value &v) noexcept : state_(state), v_(v) {}
  template <typename T>
  static detail::State *state_of([[maybe_unused]] const T &x) noexcept
  {
    if constexpr (std::is_same_v<T, Dyn>) {
      return detail::Access::state(x);
    } else if constexpr (std::is_convertible_v<const T &, Local>) {
      return detail::Access::state(Local(x));
    } else {
      return nullptr;
    }
  }
  detail::State *state_ = nullptr;
  vm_value v_;
};

// ---- functions ----

/// The types of a function that are known at run time alone.
struct Signature {
  std::vector<vm_type> params;  ///< value types
  std::vector<vm_type> results; ///< value types
  /// "(i32, f64) -> (i64)"
  std::string text() const
  {
    return list(params) + " -> " + list(results);
  }

private:
  static std::string list(const std::vector<vm_type> &types)
  {
    std::string out = "(";
    for (const vm_type t : types) out += (out.size() > 1 ? ", " : "") + detail::type_text(t);
    return out + ")";
  }
};

/// @cond
namespace detail {

template <typename F>
struct SignatureOf; // of R(A...)

template <typename R>
struct ResultTypes {
  static std::vector<vm_type> list() { return {Convert<R>::type}; }
  static constexpr bool known = check_known<R>();
};
template <>
struct ResultTypes<void> {
  static std::vector<vm_type> list() { return {}; }
  static constexpr bool known = true;
};
template <typename... T>
struct ResultTypes<std::tuple<T...>> {
  static std::vector<vm_type> list() { return {Convert<T>::type...}; }
  static constexpr bool known = (check_known<T>() && ...);
};

template <typename R, typename... A>
struct SignatureOf<R(A...)> {
  static constexpr bool known = ResultTypes<R>::known && (check_known<Bare<A>>() && ...);
  static Signature make() { return {{Convert<Bare<A>>::type...}, ResultTypes<R>::list()}; }
  static bool fits(const vm_func_type &t) noexcept
  {
    return t.nparams == sizeof...(A) && t.nresults == Results<R>::count && Results<R>::fits(t.results) &&
           fits(t, std::index_sequence_for<A...>());
  }
  template <std::size_t... I>
  static bool fits([[maybe_unused]] const vm_func_type &t, std::index_sequence<I...>) noexcept
  {
    return (Convert<Bare<A>>::fits(t.params[I]) && ...);
  }
};

} // namespace detail
/// @endcond

template <typename F>
class TypedFunction;

/// A function, of the guest or of the host, that the host keeps. Arguments are checked at each call.
class Function {
public:
  Function() = default; ///< none: calls fail
  /// Keep a function. VM_HANDLE: it is something else.
  static Ret<Function> from(const Local &local)
  {
    detail::State *state = detail::Access::state(local);
    detail::Record e;
    Function f;
    vm_func_type type{};
    vm_status st = vm_func_get_type(state != nullptr ? state->isolate : nullptr, local.get(), &type, e);
    if (st == VM_OK) st = detail::Results<Ref>::keep(state, vm_value_ref(local.get()), f.ref_);
    if (st != VM_OK) return detail::fail<Function>(state, st, e);
    f.type_ = type;
    f.state_ = state;
    return f;
  }

  /// Call it. A number is converted where C++ would do it without loss (int32_t to int64_t, double or Dyn),
  /// anything else has to be of the parameter's type. R is void, a type that stands for the result's, or a
  /// std::tuple of several. A reference comes as a vm::Ref that is kept, or, in the current scope, as
  /// vm::Local or a view.
  template <typename R = void, typename... A>
  Ret<R> call(const A &...args) const
  {
    return invoke<R, Ret<R>>(std::index_sequence_for<A...>(), args...);
  }
  /// The same as a Result, whatever the choice.
  template <typename R = void, typename... A>
  Result<R> try_call(const A &...args) const
  {
    return invoke<R, Result<R>>(std::index_sequence_for<A...>(), args...);
  }
  /// Call it with as many values as there happen to be. This one allocates.
  Ret<std::vector<Value>> apply(const std::vector<Value> &args) const;

  /// The same function with types that are checked now and not again. VM_ARGUMENT: they are others.
  template <typename F>
  Ret<TypedFunction<F>> typed() const;
  /// Parameters and results; references to declared types by their vm_typeid.
  Signature signature() const
  {
    if (!alive()) return {};
    return {{type_.params, type_.params + type_.nparams}, {type_.results, type_.results + type_.nresults}};
  }
  /// Its names, its file and its first line.
  Ret<Frame> describe() const;
  const Ref &ref() const noexcept { return ref_; } ///< the reference, to be passed to the guest
  operator Local() const noexcept { return ref_; } ///< the same
  explicit operator bool() const noexcept { return !ref_.is_null(); } ///< is there one?

private:
  template <typename F>
  friend class TypedFunction;
  bool alive() const noexcept { return state_ != nullptr && ref_ && state_->isolate != nullptr; }
  Error unusable() const
  {
    return ref_ ? Error(VM_STATE, "the isolate has been closed") : Error(VM_STATE, "there is no function");
  }
  template <typename R, typename Out, std::size_t... I, typename... A>
  Out invoke(std::index_sequence<I...>, const A &...args) const
  {
    static_assert((detail::check_known<A>() && ...));
    if (VM_HPP_UNLIKELY(!alive())) return detail::fail_as<Out>(unusable());
    if (VM_HPP_UNLIKELY(type_.nresults != detail::Results<R>::count || !detail::Results<R>::fits(type_.results)))
      return detail::fail_as<Out>(
          Error(VM_ARGUMENT, "results: the function has others than were asked for: " + signature().text()));
    vm_value values[sizeof...(A) + 1];
    [[maybe_unused]] const vm_type none = VM_TYPE(15);
    const bool ours = (detail::put_as(state_, I < type_.nparams ? type_.params[I] : none, args, values[I]) && ...);
    if (VM_HPP_UNLIKELY(!ours)) return detail::fail_as<Out>(detail::foreign());
    return detail::run<R, Out>(state_, ref_.get(), sizeof...(A) != 0 ? values : nullptr,
                               static_cast<std::uint32_t>(sizeof...(A)));
  }

  detail::State *state_ = nullptr; // ref_ shares it
  Ref ref_;
  vm_func_type type_{}; // its arrays live as long as the isolate
};

/// A function whose types C++ knows: checked once, when this is made; a call then costs what it costs in C.
template <typename R, typename... A>
class TypedFunction<R(A...)> {
  static_assert(detail::SignatureOf<R(A...)>::known);
  static_assert(!(std::is_same_v<detail::Bare<A>, Ref> || ...),
                "vm.hpp: say vm::Local for a parameter that is a reference: a vm::Ref converts to it");

public:
  TypedFunction() = default; ///< none: calls fail
  /// Call it.
  Ret<R> operator()(A... args) const { return invoke<Ret<R>>(std::index_sequence_for<A...>(), args...); }
  /// The same as a Result, whatever the choice.
  Result<R> try_call(A... args) const { return invoke<Result<R>>(std::index_sequence_for<A...>(), args...); }
  const Ref &ref() const noexcept { return f_.ref(); } ///< the reference, to be passed to the guest
  operator Local() const noexcept { return f_.ref(); } ///< the same
  explicit operator bool() const noexcept { return bool(f_); } ///< is there one?
  const Function &untyped() const noexcept { return f_; } ///< the function without types

private:
  friend Function;
  explicit TypedFunction(Function f) noexcept : f_(std::move(f)) {}
  template <typename Out, std::size_t... I>
  VM_HPP_INLINE Out invoke(std::index_sequence<I...>, const A &...args) const
  {
    detail::State *state = f_.state_;
    if (VM_HPP_UNLIKELY(state == nullptr || !f_.ref_)) return detail::fail_as<Out>(f_.unusable());
    vm_value values[sizeof...(A) + 1];
    const bool ours = (detail::Convert<detail::Bare<A>>::put(state, args, values[I]) && ...);
    if (VM_HPP_UNLIKELY(!ours)) return detail::fail_as<Out>(detail::foreign());
    return detail::run<R, Out>(state, f_.ref_.get(), sizeof...(A) != 0 ? values : nullptr,
                               static_cast<std::uint32_t>(sizeof...(A)));
  }
  Function f_;
};

template <typename F>
Ret<TypedFunction<F>> Function::typed() const
{
  using Types = detail::SignatureOf<F>;
  if (!alive()) return detail::fail<TypedFunction<F>>(unusable());
  if (!Types::fits(type_))
    return detail::fail<TypedFunction<F>>(
        Error(VM_ARGUMENT, "function: expected " + Types::make().text() + ", found " + signature().text()));
  Function copy;
  detail::Record e;
  const vm_status st = detail::Results<Ref>::keep(state_, vm_value_ref(ref_.get()), copy.ref_);
  if (st != VM_OK) return detail::fail<TypedFunction<F>>(state_, st, e);
  copy.type_ = type_;
  copy.state_ = state_;
  return TypedFunction<F>(std::move(copy));
}

// ---- what an isolate can do ----

/// @cond
namespace detail {
template <typename F, typename = void>
struct HostFunction;
}
/// @endcond

/// An isolate as its objects and host functions see it: small, copied freely, not owned. A host function may
/// take one as its first parameter; it is no parameter for the guest then.
class Guest {
public:
  vm_isolate *get() const noexcept { return state_ != nullptr ? state_->isolate : nullptr; } ///< for the C API

  // ---- what modules can import ----

  /// Let modules import a function of the host: a lambda, a function object or a function pointer. What
  /// the guest sees is made of its C++ parameters and result: numbers, Dyn, Local and its views, `T &` for a
  /// C++ object that Extern<T> made, a tuple for several results, a Result for one that may fail. An
  /// exception that leaves it goes through the guest, who may catch it, to the C++ caller. The function
  /// object is destroyed with the isolate.
  template <typename F>
  Ret<void> define(Name module, Name name, F &&function) const
  {
    return detail::HostFunction<std::decay_t<F>>::define(state_, module, name, nullptr, std::forward<F>(function));
  }
  /// The same with types that C++ cannot say, references to declared types for instance. They have to fit
  /// the function's, or VM_ARGUMENT.
  template <typename F>
  Ret<void> define(Name module, Name name, const Signature &signature, F &&function) const
  {
    return detail::HostFunction<std::decay_t<F>>::define(state_, module, name, &signature, std::forward<F>(function));
  }
  /// A host function of any signature: `function(Guest, const vm_value *args, vm_value *results)`, as
  /// vm/host.h says, returns void or a Result<void>.
  template <typename F>
  Ret<void> define_raw(Name module, Name name, const Signature &signature, F &&function) const;
  /// Let modules import a global of the isolate's own, of the type that stands for T.
  template <typename T>
  Ret<void> define_global(Name module, Name name, bool mut, const T &x) const
  {
    static_assert(detail::check_known<T>());
    detail::Record e;
    vm_value v = vm_value_null();
    if (!detail::Convert<T>::put(state_, x, v)) return detail::fail<void>(detail::foreign());
    const vm_status st = vm_isolate_define_global(get(), module.c_str, name.c_str, detail::Convert<T>::type,
                                                  mut ? 1 : 0, &v, e);
    if (st != VM_OK) return detail::fail<void>(state_, st, e);
    return detail::done();
  }
  /// A global that was defined so, or exported by an instance that was. In the current scope.
  template <typename T>
  Ret<T> global(Name module, Name name) const
  {
    detail::Record e;
    vm_value v = vm_value_null();
    const vm_status st = vm_isolate_get_global(get(), module.c_str, name.c_str, &v, e);
    if (st != VM_OK) return detail::fail<T>(state_, st, e);
    return detail::Access::value(state_, v).template as<T>();
  }
  /// A function that was defined so, or exported by an instance that was.
  Ret<Function> function(Name module, Name name) const;
  /// The same with types.
  template <typename F>
  Ret<TypedFunction<F>> function(Name module, Name name) const;

  // ---- in a host function; each of these fails, which is what it is for: with VM_RESULTS, `return` it ----

  /// Throw `payload` to the guest.
  template <typename T = void>
  VM_HPP_ENDS Ret<T> throw_value(const Dyn &payload) const
  {
    VM_HPP_RETURN ended<T>(vm_isolate_throw(get(), &payload.get()));
  }
  /// Throw a text, which the guest sees as an `array mut i8`.
  template <typename T = void>
  VM_HPP_ENDS Ret<T> throw_text(Name text) const
  {
    VM_HPP_RETURN ended<T>(vm_isolate_throw_text(get(), text.c_str));
  }
  /// Raise a trap.
  template <typename T = void>
  VM_HPP_ENDS Ret<T> trap(vm_trap code) const
  {
    VM_HPP_RETURN ended<T>(vm_isolate_trap(get(), code));
  }
  /// End the guest, as a program ends itself: its call fails with VM_TERMINATED and trap `exit`.
  template <typename T = void>
  VM_HPP_ENDS Ret<T> exit(std::int32_t code) const
  {
    VM_HPP_RETURN ended<T>(vm_isolate_exit(get(), code));
  }
  /// Is the guest to stop? Then this fails with VM_TERMINATED. For host functions that work long.
  Ret<void> poll() const
  {
    const vm_status st = vm_isolate_poll(get());
    return st == VM_OK ? detail::done() : ended<void>(st);
  }

  // ---- limits ----

  /// Stop what runs; any thread, as long as the isolate lives for sure. See Isolate::interrupter.
  Ret<void> interrupt() const { return simple(vm_isolate_interrupt); }
  /// So many units from now on.
  Ret<void> set_fuel(std::uint64_t units) const { return simple(vm_isolate_set_fuel, units); }
  /// Units left.
  Ret<std::uint64_t> fuel() const { return simple_get<std::uint64_t>(vm_isolate_get_fuel); }
  /// So many milliseconds from now on; 0: no deadline.
  Ret<void> set_deadline(std::uint64_t milliseconds) const { return simple(vm_isolate_set_deadline, milliseconds); }
  /// The code that the guest ended with, if the last call ended so.
  Ret<std::int32_t> exit_code() const { return simple_get<std::int32_t>(vm_isolate_get_exit_code); }

  // ---- the collector ----

  /// Collect now.
  Ret<void> collect() const { return simple(vm_isolate_collect); }
  /// Destroy the C++ values of host objects that have died; calls do that, too. How many there were.
  Ret<std::size_t> run_finalizers() const { return simple_get<std::size_t>(vm_isolate_run_finalizers); }
  /// Check the heap.
  Ret<void> verify_heap() const { return simple(vm_isolate_verify_heap); }
  /// What isolate and collector have done.
  Ret<vm_isolate_stats> stats() const
  {
    vm_isolate_stats s{};
    s.size = sizeof s;
    detail::Record e;
    const vm_status st = vm_isolate_get_stats(get(), &s, e);
    if (st != VM_OK) return detail::fail<vm_isolate_stats>(state_, st, e);
    return s;
  }

protected:
  /// @cond
  friend detail::Access;
  explicit Guest(detail::State *state) noexcept : state_(state) {}
  template <typename F, typename... A>
  Ret<void> simple(F f, A... args) const
  {
    detail::Record e;
    const vm_status st = f(get(), args..., e);
    if (st != VM_OK) return detail::fail<void>(state_, st, e);
    return detail::done();
  }
  template <typename T, typename F>
  Ret<T> simple_get(F f) const
  {
    detail::Record e;
    T out{};
    const vm_status st = f(get(), &out, e);
    if (st != VM_OK) return detail::fail<T>(state_, st, e);
    return out;
  }
  template <typename T>
  VM_HPP_ENDS Ret<T> ended(vm_status st) const
  {
    detail::Record e;
    vm_exception what{};
    if ((st == VM_EXCEPTION || st == VM_TERMINATED) && vm_exception_get(get(), vm_ref_null(), &what, nullptr) == VM_OK)
      e.e.trap = what.trap;
    VM_HPP_RETURN detail::fail<T>(state_, st, e);
  }
  detail::State *state_;
  /// @endcond
};

inline Guest Local::guest() const noexcept { return detail::Access::guest(state_); }

/// @cond
namespace detail {

inline Guest Access::guest(State *state) noexcept { return Guest(state); }
inline Local Access::local(State *state, vm_ref ref) noexcept
{
  return vm_ref_is_null(ref) ? Local() : Local(state, ref);
}
inline State *Access::state(const Local &local) noexcept { return local.state_; }
inline State *Access::state(const Guest &guest) noexcept { return guest.state_; }
inline State *Access::state(const Dyn &dyn) noexcept { return dyn.state_; }
inline State *Access::state(const Value &value) noexcept { return value.state_; }
inline Dyn Access::dyn(State *state, const vm_value &value) noexcept { return Dyn(state, value); }
inline Value Access::value(State *state, const vm_value &value) noexcept { return Value(state, value); }

template <typename R>
vm_status Results<R>::keep(State *state, const vm_value &v, Ref &out) noexcept
{
  vm_ref ref = vm_ref_null();
  const vm_status st = vm_ref_persist(state->isolate, v.of.ref, &ref, nullptr);
  if (st == VM_OK && !vm_ref_is_null(ref)) out = Access::kept(state, ref);
  return st;
}

} // namespace detail
/// @endcond

// ---- typed objects ----

/// A field of a struct type, found once by its name.
template <typename T>
struct Field {
  std::uint32_t index = 0; ///< inherited fields come first
};

/// A struct of the guest. Packed fields are int32_t.
class Struct : public Local {
public:
  Struct() = default; ///< null
  /// A view of a reference; whether it is a struct is seen at the first use.
  explicit Struct(const Local &local) noexcept : Local(local) {}
  /// Read a field. VM_ARGUMENT: there is none, or it is of another type.
  template <typename T>
  Ret<T> get(std::uint32_t index) const
  {
    detail::Record e;
    vm_value v = vm_value_null();
    const vm_status st = vm_struct_get(isolate(), ref_, index, &v, e);
    if (st != VM_OK) return wrong<T>(st, e);
    return detail::Access::value(state_, v).as<T>();
  }
  /// Read a field.
  template <typename T>
  Ret<T> get(Field<T> field) const
  {
    return get<T>(field.index);
  }
  /// Write a field; a number is converted where nothing is lost... by C++, to the field's T.
  template <typename T>
  Ret<void> set(Field<T> field, const T &x) const
  {
    return set<T>(field.index, x);
  }
  /// Write a field. VM_ARGUMENT: there is none, it is immutable, or of another type.
  template <typename T>
  Ret<void> set(std::uint32_t index, const T &x) const
  {
    detail::Record e;
    vm_value v = vm_value_null();
    if (!detail::Convert<T>::put(state_, x, v)) return detail::fail<void>(detail::foreign());
    const vm_status st = vm_struct_set(isolate(), ref_, index, &v, e);
    if (st != VM_OK) return wrong<void>(st, e);
    return detail::done();
  }
};

/// A struct type of an isolate; from Instance::struct_type. Not owned.
class StructType {
public:
  StructType() = default; ///< none
  /// Make a struct with these values, one a field, inherited ones first. In the current scope.
  template <typename... T>
  Ret<Struct> make(const T &...fields) const
  {
    detail::Record e;
    vm_value values[sizeof...(T) + 1];
    vm_value *next = values;
    if (!(detail::Convert<T>::put(state_, fields, *next++) && ...)) return detail::fail<Struct>(detail::foreign());
    vm_ref ref = vm_ref_null();
    const vm_status st = vm_struct_new(isolate(), id_, values, static_cast<std::uint32_t>(sizeof...(T)), &ref, e);
    if (st != VM_OK) return detail::fail<Struct>(state_, st, e);
    return Struct(detail::Access::local(state_, ref));
  }
  /// Make a struct whose fields are zero, null or nil. In the current scope.
  Ret<Struct> make_default() const
  {
    detail::Record e;
    vm_ref ref = vm_ref_null();
    const vm_status st = vm_struct_new(isolate(), id_, nullptr, 0, &ref, e);
    if (st != VM_OK) return detail::fail<Struct>(state_, st, e);
    return Struct(detail::Access::local(state_, ref));
  }
  /// Find a field. VM_NOT_FOUND.
  template <typename T>
  Ret<Field<T>> field(Name name) const
  {
    detail::Record e;
    Field<T> f;
    const vm_status st = vm_struct_find_field(isolate(), id_, name.c_str, &f.index, e);
    if (st != VM_OK) return detail::fail<Field<T>>(state_, st, e);
    return f;
  }
  vm_typeid id() const noexcept { return id_; } ///< for the C API, and for VM_REF in a Signature

private:
  friend class Instance;
  StructType(detail::State *state, vm_typeid id) noexcept : state_(state), id_(id) {}
  vm_isolate *isolate() const noexcept { return state_ != nullptr ? state_->isolate : nullptr; }
  detail::State *state_ = nullptr;
  vm_typeid id_ = 0;
};

/// @cond
namespace detail {
// The storage type of elements that are a T in memory.
template <typename T>
constexpr vm_type storage() noexcept
{
  if constexpr (std::is_integral_v<T> && sizeof(T) == 1) {
    return VM_I8;
  } else if constexpr (std::is_integral_v<T> && sizeof(T) == 2) {
    return VM_I16;
  } else {
    (void)check_known<T>();
    return Convert<T>::type;
  }
}
} // namespace detail
/// @endcond

/// An array of the guest. Packed elements are int32_t one by one, and of their own size in read and write.
class Array : public Local {
public:
  Array() = default; ///< null
  /// A view of a reference; whether it is an array is seen at the first use.
  explicit Array(const Local &local) noexcept : Local(local) {}
  /// A new mutable array of zeroes, nulls or nils, of the type that a module calls `array mut T`.
  template <typename T>
  static Ret<Array> make(Guest guest, std::uint32_t length)
  {
    return create(guest, detail::storage<T>(), [&](vm_isolate *i, vm_typeid type, vm_ref *ref, vm_error *e) {
      return vm_array_new(i, type, length, nullptr, ref, e);
    });
  }
  /// A new mutable array with a copy of these numbers.
  template <typename T>
  static Ret<Array> of(Guest guest, const T *data, std::uint32_t length)
  {
    static_assert(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>, "vm.hpp: the elements have to be numbers");
    return create(guest, detail::storage<T>(), [&](vm_isolate *i, vm_typeid type, vm_ref *ref, vm_error *e) {
      return vm_array_new_data(i, type, data, length, ref, e);
    });
  }
  /// A new `array mut i8` with these bytes.
  static Ret<Array> text(Guest guest, std::string_view bytes)
  {
    if (bytes.size() > UINT32_MAX) return detail::fail<Array>(Error(VM_LIMIT, "array: the text is too long"));
    return of<char>(guest, bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  }
  /// Elements.
  Ret<std::uint32_t> size() const
  {
    detail::Record e;
    std::uint32_t n = 0;
    const vm_status st = vm_array_get_length(isolate(), ref_, &n, e);
    if (st != VM_OK) return detail::fail<std::uint32_t>(state_, st, e);
    return n;
  }
  /// Read an element. VM_ARGUMENT: out of bounds, or of another type.
  template <typename T>
  Ret<T> get(std::uint32_t index) const
  {
    detail::Record e;
    vm_value v = vm_value_null();
    const vm_status st = vm_array_get(isolate(), ref_, index, &v, e);
    if (st != VM_OK) return wrong<T>(st, e);
    return detail::Access::value(state_, v).as<T>();
  }
  /// Write an element. VM_ARGUMENT: out of bounds, immutable, or of another type.
  template <typename T>
  Ret<void> set(std::uint32_t index, const T &x) const
  {
    detail::Record e;
    vm_value v = vm_value_null();
    if (!detail::Convert<T>::put(state_, x, v)) return detail::fail<void>(detail::foreign());
    const vm_status st = vm_array_set(isolate(), ref_, index, &v, e);
    if (st != VM_OK) return wrong<void>(st, e);
    return detail::done();
  }
  /// Copy `count` numbers out, from element `index` on. VM_ARGUMENT: out of bounds, or not of T's size.
  template <typename T>
  Ret<void> read(std::uint32_t index, T *to, std::uint32_t count) const
  {
    static_assert(std::is_arithmetic_v<T>, "vm.hpp: the elements have to be numbers");
    detail::Record e;
    const vm_status st = vm_array_read(isolate(), ref_, index, count, to, count * sizeof(T), e);
    if (st != VM_OK) return wrong<void>(st, e);
    return detail::done();
  }
  /// Copy `count` numbers in, from element `index` on. VM_ARGUMENT: as read, or immutable.
  template <typename T>
  Ret<void> write(std::uint32_t index, const T *from, std::uint32_t count) const
  {
    static_assert(std::is_arithmetic_v<T>, "vm.hpp: the elements have to be numbers");
    detail::Record e;
    const vm_status st = vm_array_write(isolate(), ref_, index, count, from, count * sizeof(T), e);
    if (st != VM_OK) return wrong<void>(st, e);
    return detail::done();
  }
  /// All bytes of an array of i8.
  Ret<std::string> text() const
  {
    detail::Record e;
    std::uint32_t n = 0;
    vm_status st = vm_array_get_length(isolate(), ref_, &n, e);
    std::string out(st == VM_OK ? n : 0, '\0');
    if (st == VM_OK) st = vm_array_read(isolate(), ref_, 0, n, out.data(), n, e);
    if (st != VM_OK) return wrong<std::string>(st, e);
    return out;
  }

private:
  template <typename Make>
  static Ret<Array> create(Guest guest, vm_type element, Make make)
  {
    detail::Record e;
    vm_typeid type = 0;
    vm_ref ref = vm_ref_null();
    vm_status st = vm_array_find_type(guest.get(), element, 1, &type, e);
    if (st == VM_OK) st = make(guest.get(), type, &ref, e);
    if (st != VM_OK) return detail::fail<Array>(detail::Access::state(guest), st, e);
    return Array(detail::Access::local(detail::Access::state(guest), ref));
  }
};

/// A weak reference.
class Weak : public Local {
public:
  Weak() = default; ///< null
  /// A view of a reference; whether it is weak is seen at the first use.
  explicit Weak(const Local &local) noexcept : Local(local) {}
  /// A new one. VM_HANDLE: `target` is null.
  static Ret<Weak> make(Guest guest, const Local &target)
  {
    detail::Record e;
    vm_ref ref = vm_ref_null();
    if (target && detail::Access::state(target) != detail::Access::state(guest))
      return detail::fail<Weak>(detail::foreign());
    const vm_status st = vm_weak_new(guest.get(), target.get(), &ref, e);
    if (st != VM_OK) return detail::fail<Weak>(detail::Access::state(guest), st, e);
    return Weak(detail::Access::local(detail::Access::state(guest), ref));
  }
  /// What it refers to, null if that has died.
  Ret<Local> target() const
  {
    detail::Record e;
    vm_ref ref = vm_ref_null();
    const vm_status st = vm_weak_get(isolate(), ref_, &ref, e);
    if (st != VM_OK) return wrong<Local>(st, e);
    return detail::Access::local(state_, ref);
  }
};

/// A guest's reference to a C++ value, which is destroyed when the guest's object has been collected, or with
/// the isolate. The destructor runs between calls, on the isolate's thread; it must not throw. It may hold
/// Refs; when the isolate is closed they are empty already.
template <typename T>
class Extern : public Local {
public:
  Extern() = default; ///< null
  /// A new value, made of `args`. In the current scope.
  template <typename... A>
  static Ret<Extern> make(Guest guest, A &&...args)
  {
    detail::Record e;
    vm_ref ref = vm_ref_null();
    auto *box = new (std::nothrow) detail::Boxed<T>(std::forward<A>(args)...);
    if (box == nullptr) return detail::fail<Extern>(Error(VM_MEMORY, "no memory for a host object"));
    const vm_status st = vm_extern_new(guest.get(), static_cast<detail::HostObject *>(box), detail::finalize, &ref, e);
    if (st != VM_OK) {
      delete box;
      return detail::fail<Extern>(detail::Access::state(guest), st, e);
    }
    return Extern(detail::Access::local(detail::Access::state(guest), ref), &box->value);
  }
  /// The same object again, from what the guest gave. VM_ARGUMENT: it is something else, null too.
  static Ret<Extern> from(const Local &local)
  {
    detail::State *state = detail::Access::state(local);
    T *value = state == nullptr || state->isolate == nullptr ? nullptr : detail::unbox<T>(state->isolate, local.get());
    if (value == nullptr)
      return detail::fail<Extern>(Error(VM_ARGUMENT, "the reference is not one to a C++ object of that type"));
    return Extern(local, value);
  }
  T &operator*() const noexcept { return *value_; } ///< the value; not of a null
  T *operator->() const noexcept { return value_; } ///< the value; NULL of a null

private:
  friend detail::Convert<Extern>;
  Extern(const Local &local, T *value) noexcept : Local(local), value_(value) {}
  T *value_ = nullptr;
};

/// A symbol: bytes that exist once in an isolate. A dyn to the guest.
class Symbol : public Local {
public:
  Symbol() = default; ///< null
  /// A view of a reference; whether it is a symbol is seen at the first use.
  explicit Symbol(const Local &local) noexcept : Local(local) {}
  /// The symbol of these bytes. In the current scope.
  static Ret<Symbol> make(Guest guest, std::string_view bytes)
  {
    detail::Record e;
    vm_ref ref = vm_ref_null();
    const vm_status st = vm_symbol_new(guest.get(), bytes.data(), bytes.size(), &ref, e);
    if (st != VM_OK) return detail::fail<Symbol>(detail::Access::state(guest), st, e);
    return Symbol(detail::Access::local(detail::Access::state(guest), ref));
  }
  /// Its bytes, which are there as long as the symbol is.
  Ret<std::string_view> view() const
  {
    detail::Record e;
    const char *bytes = nullptr;
    std::size_t size = 0;
    const vm_status st = vm_symbol_read(isolate(), ref_, &bytes, &size, e);
    if (st != VM_OK) return wrong<std::string_view>(st, e);
    return std::string_view(bytes, size);
  }
};

/// @cond
namespace detail {

// A key or a property's name: a dyn, or bytes that stand for the symbol of them.
struct Key {
  template <typename T, std::enable_if_t<std::is_convertible_v<const T &, Dyn> &&
                                             !std::is_convertible_v<const T &, std::string_view>, int> = 0>
  Key(const T &x) noexcept : dyn(x)
  {
  }
  template <typename T, std::enable_if_t<std::is_convertible_v<const T &, std::string_view>, int> = 0>
  Key(const T &x) noexcept : text(x), is_text(true)
  {
  }
  // In `v`, in the current scope if it is a symbol to be found.
  vm_status find(State *state, vm_value &v, vm_error *e) const noexcept
  {
    v = dyn.get();
    if (!is_text) return v.is_ref == 0 || Access::state(dyn) == state ? VM_OK : refuse(e);
    vm_ref ref = vm_ref_null();
    const vm_status st = vm_symbol_new(state->isolate, text.data(), text.size(), &ref, e);
    v = vm_dyn_ref(ref);
    return st;
  }
  static vm_status refuse(vm_error *e) noexcept
  {
    *e = foreign().details();
    return VM_HANDLE;
  }
  Dyn dyn;
  std::string_view text;
  bool is_text = false;
};

// f(value of key, error) in a scope of its own; `out` comes out of it.
template <typename F>
vm_status with_key(State *state, const Key &key, vm_value *out, vm_error *e, F f) noexcept
{
  if (state == nullptr || state->isolate == nullptr) return f(vm_dyn_nil(), e); // which says what is wrong
  InnerScope scope(state);
  if (!scope.open) return scope.status;
  vm_value k = vm_dyn_nil();
  vm_status st = key.find(state, k, e);
  if (st == VM_OK) st = f(k, e);
  if (st == VM_OK && out != nullptr) st = scope.escape(*out);
  return st;
}

} // namespace detail
/// @endcond

/// A map from dyn to dyn. Keys may be given as text, which stands for the symbol.
class Map : public Local {
public:
  Map() = default; ///< null
  /// A view of a reference; whether it is a map is seen at the first use.
  explicit Map(const Local &local) noexcept : Local(local) {}
  /// A new one. In the current scope.
  static Ret<Map> make(Guest guest)
  {
    detail::Record e;
    vm_ref ref = vm_ref_null();
    const vm_status st = vm_map_new(guest.get(), &ref, e);
    if (st != VM_OK) return detail::fail<Map>(detail::Access::state(guest), st, e);
    return Map(detail::Access::local(detail::Access::state(guest), ref));
  }
  /// The value of a key; nil if there is none. In the current scope.
  Ret<Dyn> get(const detail::Key &key) const
  {
    detail::Record e;
    vm_value v = vm_dyn_nil();
    const vm_status st = look(key, v, nullptr, e);
    if (st != VM_OK) return wrong<Dyn>(st, e);
    return detail::Access::dyn(state_, v);
  }
  /// Is there such a key?
  Ret<bool> has(const detail::Key &key) const
  {
    detail::Record e;
    vm_value v = vm_dyn_nil();
    int found = 0;
    const vm_status st = look(key, v, &found, e);
    if (st != VM_OK) return wrong<bool>(st, e);
    return found != 0;
  }
  /// Set one.
  Ret<void> set(const detail::Key &key, const Dyn &x) const
  {
    detail::Record e;
    const vm_status st = detail::with_key(state_, key, nullptr, e, [&](const vm_value &k, vm_error *error) {
      vm_value v = vm_dyn_nil();
      if (!detail::Convert<Dyn>::put(state_, x, v)) return detail::Key::refuse(error);
      return vm_map_set(isolate(), ref_, &k, &v, error);
    });
    if (st != VM_OK) return wrong<void>(st, e);
    return detail::done();
  }
  /// Delete one. Was it there?
  Ret<bool> erase(const detail::Key &key) const
  {
    detail::Record e;
    int was = 0;
    const vm_status st = detail::with_key(state_, key, nullptr, e, [&](const vm_value &k, vm_error *error) {
      return vm_map_delete(isolate(), ref_, &k, &was, error);
    });
    if (st != VM_OK) return wrong<bool>(st, e);
    return was != 0;
  }
  /// Entries.
  Ret<std::uint32_t> size() const
  {
    detail::Record e;
    std::uint32_t n = 0;
    const vm_status st = vm_map_get_length(isolate(), ref_, &n, e);
    if (st != VM_OK) return detail::fail<std::uint32_t>(state_, st, e);
    return n;
  }
  /// f(key, value) for each entry in the order in which they were first set; each in a scope of its own.
  /// `f` may delete entries, not add any.
  template <typename F>
  Ret<void> each(F f) const
  {
    detail::Record e;
    std::uint32_t position = 0;
    while (isolate() != nullptr) {
      detail::InnerScope scope(state_);
      vm_value k = vm_dyn_nil(), v = vm_dyn_nil();
      const vm_status st = scope.open ? vm_map_next(isolate(), ref_, &position, &k, &v, e) : scope.status;
      if (st == VM_NOT_FOUND) return detail::done();
      if (st != VM_OK) return wrong<void>(st, e);
      f(detail::Access::dyn(state_, k), detail::Access::dyn(state_, v));
    }
    return detail::fail<void>(Error(VM_HANDLE, "map: expected a map, found null"));
  }

private:
  vm_status look(const detail::Key &key, vm_value &v, int *found, vm_error *e) const
  {
    return detail::with_key(state_, key, &v, e, [&](const vm_value &k, vm_error *error) {
      return vm_map_get(isolate(), ref_, &k, &v, found, error);
    });
  }
};

/// A shaped object. A property is named by a Symbol, or by text, which stands for the symbol.
class Object : public Local {
public:
  Object() = default; ///< null
  /// A view of a reference; whether it is a shaped object is seen at the first use.
  explicit Object(const Local &local) noexcept : Local(local) {}
  /// A new one with this prototype, a shaped object or null. In the current scope.
  static Ret<Object> make(Guest guest, const Local &prototype = nullptr)
  {
    detail::Record e;
    vm_ref ref = vm_ref_null();
    if (prototype && detail::Access::state(prototype) != detail::Access::state(guest))
      return detail::fail<Object>(detail::foreign());
    const vm_status st = vm_shaped_new(guest.get(), prototype.get(), &ref, e);
    if (st != VM_OK) return detail::fail<Object>(detail::Access::state(guest), st, e);
    return Object(detail::Access::local(detail::Access::state(guest), ref));
  }
  /// Its own or its prototypes' property; nil if there is none. In the current scope.
  Ret<Dyn> get(const detail::Key &name) const
  {
    detail::Record e;
    vm_value v = vm_dyn_nil();
    const vm_status st = detail::with_key(state_, name, &v, e, [&](const vm_value &k, vm_error *error) {
      return vm_shaped_get(isolate(), ref_, vm_dyn_is_ref(k) ? k.of.ref : vm_ref_null(), &v, error);
    });
    if (st != VM_OK) return wrong<Dyn>(st, e);
    return detail::Access::dyn(state_, v);
  }
  /// Set or add a property of its own.
  Ret<void> put(const detail::Key &name, const Dyn &x) const
  {
    detail::Record e;
    const vm_status st = detail::with_key(state_, name, nullptr, e, [&](const vm_value &k, vm_error *error) {
      vm_value v = vm_dyn_nil();
      if (!detail::Convert<Dyn>::put(state_, x, v)) return detail::Key::refuse(error);
      return vm_shaped_put(isolate(), ref_, vm_dyn_is_ref(k) ? k.of.ref : vm_ref_null(), &v, error);
    });
    if (st != VM_OK) return wrong<void>(st, e);
    return detail::done();
  }
};

/// @cond
namespace detail {

template <>
struct Convert<Struct> : ConvertRef<Struct, VM_HEAP_STRUCT> {};
template <>
struct Convert<Array> : ConvertRef<Array, VM_HEAP_ARRAY> {};
template <>
struct Convert<Weak> : ConvertRef<Weak, VM_HEAP_WEAK> {};
template <>
struct Convert<Symbol> : ConvertDynamic<Symbol, VM_DYNAMIC_SYMBOL> {};
template <>
struct Convert<Map> : ConvertDynamic<Map, VM_DYNAMIC_MAP> {};
template <>
struct Convert<Object> : ConvertDynamic<Object, VM_DYNAMIC_OBJECT> {};
template <>
struct Convert<Function> : Convert<Local> {
  static constexpr vm_type type = VM_REF_NULL(VM_HEAP_FUNC);
};

template <typename T>
struct Convert<Extern<T>> : ConvertRef<Local, VM_HEAP_EXTERN> {
  static constexpr bool total = false;
  static bool get(State *state, const vm_value &v, Extern<T> &x) noexcept
  {
    if (vm_ref_is_null(v.of.ref)) {
      x = Extern<T>();
      return true;
    }
    T *value = unbox<T>(state->isolate, v.of.ref);
    if (value != nullptr) x = Extern<T>(Access::local(state, v.of.ref), value);
    return value != nullptr;
  }
};

template <>
struct Convert<Value> {
  static constexpr bool known = false; // of no type of its own: see Function::apply
};

} // namespace detail
/// @endcond

template <typename T>
Ret<T> Dyn::as() const
{
  if constexpr (std::is_same_v<T, bool>) {
    if (is_bool()) return to_bool();
  } else if constexpr (std::is_same_v<T, double>) {
    if (is_number()) return to_number();
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    if (is_int()) return to_int();
  } else {
    static_assert(detail::check_known<T>() && !std::is_arithmetic_v<T>,
                  "vm.hpp: a dyn holds a bool, an int32_t, a double, or a reference");
    T out{};
    if (detail::Convert<T>::type == VM_DYN) {
      if (is_ref() && detail::Convert<T>::get(state_, v_, out)) return out;
    } else if (is_ref() && detail::Convert<T>::get(state_, vm_value_ref(v_.of.ref), out)) {
      return out;
    }
  }
  return detail::fail<T>(Error(VM_ARGUMENT, "dyn: the value is of another kind"));
}

// ---- scopes ----

/// Handles that are made while it lives die with it. It lives on the stack and is not moved.
class Scope {
public:
  /// Opens it.
  explicit Scope(Guest guest) : state_(detail::Access::state(guest))
  {
    detail::Record e;
    status_ = vm_scope_open(guest.get(), &scope_, e);
    if (status_ == VM_OK) {
      state_->scopes++;
    } else {
#if !VM_RESULTS
      (void)detail::fail<int>(state_, status_, e);
#endif
      state_ = nullptr;
    }
  }
  Scope(const Scope &) = delete;            ///< it is where it is
  Scope &operator=(const Scope &) = delete; ///< it is where it is
  static void *operator new(std::size_t) = delete;   ///< scopes nest as blocks do
  static void *operator new[](std::size_t) = delete; ///< scopes nest as blocks do
  /// Closes it.
  ~Scope()
  {
    if (state_ == nullptr) return;
    (void)vm_scope_close(state_->isolate, scope_, nullptr);
    state_->scopes--;
  }
  /// VM_OK if it could be opened, which is so wherever failures are thrown.
  vm_status status() const noexcept { return status_; }
  /// Close it now, and keep a reference in the scope around it. VM_STATE: it is not the innermost.
  template <typename T>
  Ret<T> escape(const T &local)
  {
    static_assert(std::is_base_of_v<Local, T>, "vm.hpp: only a vm::Local or a view of one comes out of a scope");
    detail::Record e;
    vm_ref ref = local.get();
    detail::State *state = detail::Access::state(local);
    const vm_status st = vm_scope_escape(state_ != nullptr ? state_->isolate : nullptr, scope_, &ref, e);
    if (st != VM_OK) return detail::fail<T>(state_, st, e);
    std::exchange(state_, nullptr)->scopes--;
    return T(detail::Access::local(state, ref));
  }

private:
  detail::State *state_; // NULL: closed
  vm_scope scope_{};
  vm_status status_;
};

// ---- engine, module, isolate, instance ----

/// vm_engine_config with every default.
struct EngineConfig : vm_engine_config {
  EngineConfig() noexcept : vm_engine_config VM_ENGINE_CONFIG_INIT {} ///< every default
};

/// vm_isolate_config with every default.
struct IsolateConfig : vm_isolate_config {
  IsolateConfig() noexcept : vm_isolate_config VM_ISOLATE_CONFIG_INIT {} ///< every default
};

/// Bytes that libvm made: a module's binary form.
class Bytes {
public:
  Bytes() = default; ///< none
  /// Takes over.
  Bytes(Bytes &&other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)), size_(std::exchange(other.size_, 0))
  {
  }
  /// Takes over.
  Bytes &operator=(Bytes &&other) noexcept
  {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
  }
  Bytes(const Bytes &) = delete;            ///< say std::vector(b.begin(), b.end())
  Bytes &operator=(const Bytes &) = delete; ///< say std::vector(b.begin(), b.end())
  ~Bytes() { vm_builder_bytes_free(nullptr, bytes_, size_); } ///< frees them
  const std::uint8_t *data() const noexcept { return bytes_; } ///< the bytes
  std::size_t size() const noexcept { return size_; } ///< how many
  const std::uint8_t *begin() const noexcept { return bytes_; } ///< the first
  const std::uint8_t *end() const noexcept { return bytes_ + size_; } ///< behind the last

private:
  friend class Builder;
  std::uint8_t *bytes_ = nullptr;
  std::size_t size_ = 0;
};

/// Compiler, compiled code, configuration; usually one a process. Any thread. Modules and isolates keep what
/// they need of it alive.
class Engine {
public:
#if !VM_RESULTS
  /// An engine; as make.
  explicit Engine(const vm_engine_config &config = EngineConfig()) { *this = make(config); }
#endif
  /// An engine. VM_STATE: the library in use is not of the version of this header.
  static Ret<Engine> make(const vm_engine_config &config = EngineConfig())
  {
    detail::Record e;
    const std::uint32_t found = vm_version_number();
    if (found / 100 != VM_VERSION_NUMBER / 100)
      return detail::fail<Engine>(Error(VM_STATE, "vm.hpp is of libvm " VM_VERSION_TEXT ", but the library in use is " +
                                                      std::string(vm_version_text())));
    detail::Shared<detail::EngineState> state(new (std::nothrow) detail::EngineState);
    if (!state) return detail::fail<Engine>(Error(VM_MEMORY, "no memory for an engine"));
    const vm_status st = vm_engine_new(&config, &state->engine, e);
    if (st != VM_OK) return detail::fail<Engine>(nullptr, st, e);
    return Engine(std::move(state));
  }
  Engine(Engine &&) = default;                ///< takes over
  Engine &operator=(Engine &&) = default;     ///< takes over
  Engine(const Engine &) = delete;            ///< there is one owner
  Engine &operator=(const Engine &) = delete; ///< there is one owner
  vm_engine *get() const noexcept { return state_ ? state_->engine : nullptr; } ///< for the C API
  /// Wait until nothing is queued for compilation.
  Ret<void> drain() const
  {
    detail::Record e;
    const vm_status st = vm_engine_drain(get(), e);
    if (st != VM_OK) return detail::fail<void>(nullptr, st, e);
    return detail::done();
  }
  /// What the compiler has done.
  Ret<vm_engine_stats> stats() const
  {
    vm_engine_stats s{};
    s.size = sizeof s;
    detail::Record e;
    const vm_status st = vm_engine_get_stats(get(), &s, e);
    if (st != VM_OK) return detail::fail<vm_engine_stats>(nullptr, st, e);
    return s;
  }

private:
  friend detail::Access;
  explicit Engine(detail::Shared<detail::EngineState> state) noexcept : state_(std::move(state)) {}
  detail::Shared<detail::EngineState> state_;
};

/// Verified code, immutable; any thread, any number of isolates.
class Module {
public:
  /// From the binary form, which may be hostile. VM_MALFORMED, VM_INVALID: it is refused.
  static Ret<Module> load(const Engine &engine, const void *bytes, std::size_t size)
  {
    detail::Record e;
    vm_module *m = nullptr;
    const vm_status st = vm_module_load(engine.get(), bytes, size, &m, e);
    if (st != VM_OK) return detail::fail<Module>(nullptr, st, e);
    return Module(engine, m);
  }
  /// From what a Builder made, or any container of bytes.
  template <typename Container>
  static Ret<Module> load(const Engine &engine, const Container &bytes)
  {
    static_assert(sizeof(*bytes.data()) == 1, "vm.hpp: a module is made of bytes");
    return load(engine, bytes.data(), bytes.size());
  }
  /// From assembler text. VM_SYNTAX: details() has line and column.
  static Ret<Module> assemble(const Engine &engine, std::string_view text)
  {
    detail::Record e;
    vm_module *m = nullptr;
    const vm_status st = vm_module_assemble(engine.get(), text.data(), text.size(), &m, e);
    if (st != VM_OK) return detail::fail<Module>(nullptr, st, e);
    return Module(engine, m);
  }
  /// Takes over.
  Module(Module &&other) noexcept
      : engine_(std::move(other.engine_)), module_(std::exchange(other.module_, nullptr))
  {
  }
  /// Takes over.
  Module &operator=(Module &&other) noexcept
  {
    std::swap(engine_, other.engine_);
    std::swap(module_, other.module_);
    return *this;
  }
  Module(const Module &) = delete;            ///< there is one owner
  Module &operator=(const Module &) = delete; ///< there is one owner
  ~Module() { vm_module_free(module_); } ///< gives up the host's reference
  vm_module *get() const noexcept { return module_; } ///< for the C API
  const char *name() const noexcept { return vm_module_name(module_); } ///< "" if it has none
  /// Compile all of it now.
  Ret<void> compile() const
  {
    detail::Record e;
    const vm_status st = vm_module_compile(module_, nullptr, 0, e);
    if (st != VM_OK) return detail::fail<void>(nullptr, st, e);
    return detail::done();
  }
  /// What it imports, in the order of the file; strings are borrowed.
  std::vector<vm_entity_info> imports() const { return list(vm_module_import_count, vm_module_get_import); }
  /// What it exports.
  std::vector<vm_entity_info> exports() const { return list(vm_module_export_count, vm_module_get_export); }

private:
  friend detail::Access;
  Module(const Engine &engine, vm_module *m) noexcept : engine_(detail::Access::shared(engine)), module_(m) {}
  template <typename Count, typename Get>
  std::vector<vm_entity_info> list(Count count, Get get_one) const
  {
    std::vector<vm_entity_info> out(count(module_));
    for (std::size_t i = 0; i < out.size(); i++)
      (void)get_one(module_, static_cast<std::uint32_t>(i), &out[i], nullptr);
    return out;
  }
  detail::Shared<detail::EngineState> engine_;
  vm_module *module_ = nullptr;
};

/// Stops guest code from any thread; copied freely, may outlive the isolate.
class Interrupter {
public:
  /// Stop what runs in the isolate, or the next call. False: there is no isolate any more.
  bool interrupt() const
  {
    const std::lock_guard<std::mutex> guard(state_->lock);
    return state_->isolate != nullptr && vm_isolate_interrupt(state_->isolate, nullptr) == VM_OK;
  }

private:
  friend Isolate;
  explicit Interrupter(detail::Shared<detail::State> state) noexcept : state_(std::move(state)) {}
  detail::Shared<detail::State> state_;
};

/// One heap, one stack, limits. What it can do is Guest's. When it ends, C++ values that the guest holds are
/// destroyed, and every Ref, Function and Instance of it fails from then on. It must not end while its guest
/// runs or a Scope is open: then it is left as it is for good.
class Isolate : public Guest {
public:
#if !VM_RESULTS
  /// An isolate; as make.
  explicit Isolate(const Engine &engine, const vm_isolate_config &config = IsolateConfig())
      : Isolate(make(engine, config))
  {
  }
#endif
  /// An isolate.
  static Ret<Isolate> make(const Engine &engine, const vm_isolate_config &config = IsolateConfig())
  {
    detail::Record e;
    detail::Shared<detail::State> state(new (std::nothrow) detail::State);
    if (!state) return detail::fail<Isolate>(Error(VM_MEMORY, "no memory for an isolate"));
    state->engine = detail::Access::shared(engine);
    const vm_status st = vm_isolate_new(engine.get(), &config, &state->isolate, e);
    if (st != VM_OK) return detail::fail<Isolate>(nullptr, st, e);
    return Isolate(std::move(state));
  }
  /// Takes over.
  Isolate(Isolate &&other) noexcept : Guest(std::exchange(other.state_, nullptr)), shared_(std::move(other.shared_))
  {
  }
  /// Ends the one it had and takes over.
  Isolate &operator=(Isolate &&other) noexcept
  {
    if (this == &other) return *this;
    end_or_leave();
    shared_ = std::move(other.shared_);
    state_ = std::exchange(other.state_, nullptr);
    return *this;
  }
  Isolate(const Isolate &) = delete;            ///< there is one owner
  Isolate &operator=(const Isolate &) = delete; ///< there is one owner
  ~Isolate() { end_or_leave(); } ///< as close, without saying what was wrong
  /// End it. VM_STATE: its guest runs, or a Scope is open; nothing was done.
  Ret<void> close()
  {
    detail::Record e;
    const vm_status st = end(e);
    if (st != VM_OK) return detail::fail<void>(nullptr, st, e);
    return detail::done();
  }
  /// What other threads may stop it by.
  Interrupter interrupter() const { return Interrupter(shared_); }

private:
  explicit Isolate(detail::Shared<detail::State> state) noexcept : Guest(state.get()), shared_(std::move(state)) {}
  // Whoever is asked in between (a destructor of the host's, most likely) finds no isolate.
  vm_status end(vm_error *e) noexcept
  {
    if (!shared_ || shared_->isolate == nullptr) return VM_OK;
    if (shared_->scopes != 0) {
      if (e != nullptr) *e = Error(VM_STATE, "the isolate cannot be closed: a Scope is open").details();
      return VM_STATE;
    }
    vm_isolate *isolate = nullptr;
    {
      const std::lock_guard<std::mutex> guard(shared_->lock);
      isolate = std::exchange(shared_->isolate, nullptr);
    }
    const vm_status st = vm_isolate_free(isolate, e);
    if (st != VM_OK) {
      const std::lock_guard<std::mutex> guard(shared_->lock);
      shared_->isolate = isolate;
    }
    return st;
  }
  // What cannot be ended is still used by somebody.
  void end_or_leave() noexcept
  {
    if (end(nullptr) != VM_OK) shared_->uses.fetch_add(1, std::memory_order_relaxed);
  }
  detail::Shared<detail::State> shared_;
};

/// A module linked into an isolate. When this ends, the names that define gave are free, and the instance goes
/// with the collection that finds that nothing of the guest's, no Function and no Ref reaches it.
class Instance {
public:
  Instance() = default; ///< none
#if !VM_RESULTS
  /// Link; as make.
  Instance(const Guest &guest, const Module &module) { *this = make(guest, module); }
#endif
  /// Link a module into an isolate and run its start function. VM_LINK: an import is missing or of another
  /// type.
  static Ret<Instance> make(const Guest &guest, const Module &module)
  {
    detail::Record e;
    detail::State *state = detail::Access::state(guest);
    vm_instance *i = nullptr;
    const vm_status st = vm_instance_new(guest.get(), module.get(), &i, e);
    if (st != VM_OK) return detail::fail<Instance>(state, st, e);
    return Instance(state, i);
  }
  /// Takes over.
  Instance(Instance &&other) noexcept
      : state_(std::move(other.state_)), instance_(std::exchange(other.instance_, nullptr))
  {
  }
  /// Releases the one it had and takes over.
  Instance &operator=(Instance &&other) noexcept
  {
    std::swap(state_, other.state_);
    std::swap(instance_, other.instance_);
    other.release();
    return *this;
  }
  Instance(const Instance &) = delete;            ///< there is one owner
  Instance &operator=(const Instance &) = delete; ///< there is one owner
  ~Instance() { release(); } ///< as release
  /// Give it up now: nothing can be reached through this any more.
  void release() noexcept
  {
    (void)vm_instance_release(get(), nullptr);
    detach();
  }
  /// Leave it and its names to the isolate, with which it ends.
  void detach() noexcept
  {
    state_ = {};
    instance_ = nullptr;
  }
  /// For the C API; NULL if the isolate has been closed.
  vm_instance *get() const noexcept { return state_ && state_->isolate != nullptr ? instance_ : nullptr; }

  /// An exported function. VM_NOT_FOUND.
  Ret<Function> function(Name name) const
  {
    if (get() == nullptr) return detail::fail<Function>(closed());
    detail::Record e;
    vm_status st = VM_OK;
    {
      detail::InnerScope scope(state_.get());
      vm_ref ref = vm_ref_null();
      st = scope.open ? vm_instance_get_func(instance_, name.c_str, &ref, e) : scope.status;
      if (st == VM_OK) return Function::from(detail::Access::local(state_.get(), ref));
    }
    return detail::fail<Function>(state_.get(), st, e);
  }
  /// An exported function with types, `function<int64_t(int32_t, double)>("f")`. VM_NOT_FOUND; VM_ARGUMENT:
  /// its types are others.
  template <typename F>
  Ret<TypedFunction<F>> function(Name name) const
  {
#if VM_RESULTS
    Result<Function> f = function(name);
    if (!f) return f.error();
    return f->template typed<F>();
#else
    return function(name).template typed<F>();
#endif
  }
  /// Call an exported function that is looked for each time: for what is called once.
  template <typename R = void, typename... A>
  Ret<R> call(Name name, const A &...args) const
  {
#if VM_RESULTS
    Result<Function> f = function(name);
    if (!f) return f.error();
    return f->template call<R>(args...);
#else
    return function(name).template call<R>(args...);
#endif
  }
  /// Let later instances import what this one exports, under that name.
  Ret<void> define(Name module) const { return simple(vm_instance_define, module.c_str); }
  /// Take that back, under all names; instances that import from this one keep what they have.
  Ret<void> undefine() const { return simple(vm_instance_undefine); }

  /// Read a global. A reference is in the current scope.
  template <typename T>
  Ret<T> global(Name name) const
  {
    detail::Record e;
    vm_value v = vm_value_null();
    const vm_status st = vm_instance_get_global(get(), name.c_str, &v, e);
    if (st != VM_OK) return fail<T>(st, e);
    return detail::Access::value(state_.get(), v).template as<T>();
  }
  /// Write a global.
  template <typename T>
  Ret<void> set_global(Name name, const T &x) const
  {
    vm_value v = vm_value_null();
    static_assert(detail::check_known<T>());
    if (!detail::Convert<T>::put(state_.get(), x, v)) return detail::fail<void>(detail::foreign());
    return simple(vm_instance_set_global, name.c_str, &v);
  }

  /// The bytes of a linear memory: valid until the guest runs or the memory grows.
  Ret<std::pair<std::uint8_t *, std::uint64_t>> memory(Name name) const
  {
    using Pair = std::pair<std::uint8_t *, std::uint64_t>;
    detail::Record e;
    Pair p{nullptr, 0};
    const vm_status st = vm_instance_view_memory(get(), name.c_str, &p.first, &p.second, e);
    if (st != VM_OK) return fail<Pair>(st, e);
    return p;
  }
  /// Copy out of a memory. VM_ARGUMENT: out of bounds.
  Ret<void> read_memory(Name name, std::uint64_t address, void *to, std::size_t size) const
  {
    return simple(vm_instance_read_memory, name.c_str, address, to, size);
  }
  /// Copy into a memory. VM_ARGUMENT: out of bounds.
  Ret<void> write_memory(Name name, std::uint64_t address, const void *from, std::size_t size) const
  {
    return simple(vm_instance_write_memory, name.c_str, address, from, size);
  }
  /// Grow a memory by pages of 65,536 bytes. VM_LIMIT.
  Ret<void> grow_memory(Name name, std::uint32_t pages) const
  {
    return simple(vm_instance_grow_memory, name.c_str, pages, static_cast<std::uint32_t *>(nullptr));
  }

  /// Entries of a table.
  Ret<std::uint32_t> table_size(Name name) const
  {
    detail::Record e;
    std::uint32_t n = 0;
    const vm_status st = vm_instance_get_table_size(get(), name.c_str, &n, e);
    if (st != VM_OK) return fail<std::uint32_t>(st, e);
    return n;
  }
  /// An entry of a table, null if it is. In the current scope.
  Ret<Local> table_get(Name name, std::uint32_t index) const
  {
    detail::Record e;
    vm_ref ref = vm_ref_null();
    const vm_status st = vm_instance_get_table(get(), name.c_str, index, &ref, e);
    if (st != VM_OK) return fail<Local>(st, e);
    return detail::Access::local(state_.get(), ref);
  }
  /// Set an entry of a table.
  Ret<void> table_set(Name name, std::uint32_t index, const Local &x) const
  {
    if (x && detail::Access::state(x) != state_.get()) return detail::fail<void>(detail::foreign());
    return simple(vm_instance_set_table, name.c_str, index, x.get());
  }

  /// The isolate's number of a type that the module names.
  Ret<vm_typeid> type(Name name) const
  {
    detail::Record e;
    vm_typeid id = 0;
    const vm_status st = vm_instance_get_type(get(), name.c_str, &id, e);
    if (st != VM_OK) return fail<vm_typeid>(st, e);
    return id;
  }
  /// A struct type that the module names, to make structs of.
  Ret<StructType> struct_type(Name name) const
  {
    detail::Record e;
    vm_typeid id = 0;
    const vm_status st = vm_instance_get_type(get(), name.c_str, &id, e);
    if (st != VM_OK) return fail<StructType>(st, e);
    return StructType(state_.get(), id);
  }

private:
  Instance(detail::State *state, vm_instance *i) noexcept
      : state_(detail::Shared<detail::State>::share(state)), instance_(i)
  {
  }
  Error closed() const
  {
    return Error(VM_STATE, state_ ? "the isolate has been closed" : "there is no instance");
  }
  template <typename T>
  Ret<T> fail(vm_status st, const detail::Record &e) const
  {
    if (get() == nullptr) return detail::fail<T>(closed());
    return detail::fail<T>(state_.get(), st, e);
  }
  template <typename F, typename... A>
  Ret<void> simple(F f, A... args) const
  {
    detail::Record e;
    const vm_status st = f(get(), args..., e);
    if (st != VM_OK) return fail<void>(st, e);
    return detail::done();
  }
  detail::Shared<detail::State> state_;
  vm_instance *instance_ = nullptr;
};

// ---- host functions ----

/// @cond
namespace detail {

// The signature of a callable, by its operator().
template <typename F, typename = void>
struct Callable {
  static constexpr bool known = false;
};
template <typename R, typename... A>
struct Callable<R (*)(A...)> {
  static constexpr bool known = true;
  using Type = R(A...);
};
template <typename R, typename... A>
struct Callable<R (*)(A...) noexcept> : Callable<R (*)(A...)> {};
template <typename M>
struct Method;
template <typename C, typename R, typename... A>
struct Method<R (C::*)(A...)> : Callable<R (*)(A...)> {};
template <typename C, typename R, typename... A>
struct Method<R (C::*)(A...) const> : Callable<R (*)(A...)> {};
template <typename C, typename R, typename... A>
struct Method<R (C::*)(A...) noexcept> : Callable<R (*)(A...)> {};
template <typename C, typename R, typename... A>
struct Method<R (C::*)(A...) const noexcept> : Callable<R (*)(A...)> {};
template <typename F>
struct Callable<F, std::void_t<decltype(&F::operator())>> : Method<decltype(&F::operator())> {};

// A parameter of a host function: how the guest's value becomes what the function is given.
template <typename A, typename = void>
struct Param {
  using T = Bare<A>;
  static_assert(!(std::is_lvalue_reference_v<A> && !std::is_const_v<std::remove_reference_t<A>> && Convert<T>::known),
                "vm.hpp: a host function's parameter is taken by value: arguments of the guest cannot be written to");
  static_assert(!std::is_same_v<T, Ref>,
                "vm.hpp: a host function takes vm::Local, and says keep() for a vm::Ref that stays");
  static_assert(!std::is_pointer_v<T>, "vm.hpp: the guest has no pointers: take T & for a C++ object of vm::Extern<T>");
  static_assert(std::is_pointer_v<T> || check_known<T>());
  static constexpr vm_type type = Convert<T>::type;
  static constexpr bool fits(vm_type t) noexcept { return Convert<T>::fits(t); }
  T x{};
  vm_status load(State *state, const vm_value &v) noexcept
  {
    if constexpr (Convert<T>::total) {
      (void)Convert<T>::get(state, v, x);
      return VM_OK;
    } else {
      if (Convert<T>::get(state, v, x)) return VM_OK;
      return vm_isolate_trap(state->isolate, Convert<T>::wrong);
    }
  }
  A pass() noexcept { return static_cast<A>(x); }
};
// T & for a C++ object of the guest's.
template <typename T>
struct Param<T &, std::enable_if_t<std::is_class_v<T> && !Convert<Bare<T>>::known && !std::is_same_v<Bare<T>, Guest>>> {
  static constexpr vm_type type = VM_REF_NULL(VM_HEAP_EXTERN);
  static constexpr bool fits(vm_type t) noexcept { return Convert<Extern<Bare<T>>>::fits(t); }
  Bare<T> *x = nullptr;
  vm_status load(State *state, const vm_value &v) noexcept
  {
    if (vm_ref_is_null(v.of.ref)) return vm_isolate_trap(state->isolate, VM_TRAP_NULL_REFERENCE);
    x = unbox<Bare<T>>(state->isolate, v.of.ref);
    return x != nullptr ? VM_OK : vm_isolate_trap(state->isolate, VM_TRAP_CAST_FAILURE);
  }
  T &pass() noexcept { return *x; }
};

// What a C++ exception or an Error becomes for the guest. Each returns the status to give.
inline vm_status cross(State *state, std::exception_ptr exception, const Error *error) noexcept
{
  vm_isolate *i = state->isolate;
  if (error != nullptr && Access::trace(*error) && Access::trace(*error)->state.get() == state) {
    const vm_status st = vm_isolate_rethrow(i, Access::trace(*error)->exception);
    if (st == VM_EXCEPTION || st == VM_TERMINATED) return st;
  }
  // One that came through the guest before goes on, with the backtrace it has.
  vm_ref exn = vm_ref_null(), object = vm_ref_null();
  vm_value payload = vm_value_null();
  if (exception && vm_isolate_get_exception(i, &exn, nullptr) == VM_OK &&
      vm_exception_get_payload(i, exn, &payload, nullptr) == VM_OK && vm_dyn_is_ref(payload)) {
    const Crossing *before = unbox<Crossing>(i, payload.of.ref);
    if (before != nullptr && before->exception == exception) return VM_EXCEPTION;
  }
  auto *box = new (std::nothrow) Boxed<Crossing>();
  if (box == nullptr) return VM_MEMORY;
  box->value.exception = std::move(exception);
  if (error != nullptr && !box->value.exception) box->value.error = *error;
  if (vm_extern_new(i, static_cast<HostObject *>(box), finalize, &object, nullptr) != VM_OK) {
    delete box;
    return VM_MEMORY;
  }
  payload = vm_value_ref(object);
  return vm_isolate_throw(i, &payload);
}

#if VM_HPP_EXCEPTIONS
inline vm_status cross_current(State *state) noexcept
{
  const std::exception_ptr exception = std::current_exception();
  try {
    throw;
  } catch (const Error &e) {
    return cross(state, exception, &e);
  } catch (...) {
    return cross(state, exception, nullptr);
  }
}
#endif

// What the isolate has of a host function: the callable, and the way into it.
template <typename F>
struct Held {
  State *state;
  F f;
  static void drop(void *user) { delete static_cast<Held *>(user); }
};

// What a host function returned, as the guest's results.
template <typename R>
vm_status store(State *state, const R &r, vm_value *results) noexcept
{
  if constexpr (ResultOf<R>::is) {
    if (!r.ok()) return cross(state, nullptr, &r.error());
    if constexpr (!std::is_void_v<typename R::value_type>) return store(state, *r, results);
    return VM_OK;
  } else {
    if (VM_HPP_UNLIKELY(!Convert<R>::put(state, r, *results))) {
      const Error e = foreign();
      return cross(state, nullptr, &e);
    }
    return VM_OK;
  }
}
template <typename... T>
vm_status store(State *state, const std::tuple<T...> &r, vm_value *results) noexcept
{
  vm_status st = VM_OK;
  std::apply([&](const T &...x) { ((st = st == VM_OK ? store(state, x, results++) : st), ...); }, r);
  return st;
}

template <typename F, typename Type, bool TakesGuest>
struct Entry;

template <typename F, typename R, typename... A, bool TakesGuest>
struct Entry<F, R(A...), TakesGuest> {
  using Value = typename ResultOf<R>::Type;
  static_assert((!std::is_same_v<Bare<A>, Guest> && ...), "vm.hpp: vm::Guest comes first among the parameters");
  static_assert(ResultTypes<Value>::known);
  static constexpr vm_type params[sizeof...(A) + 1] = {Param<A>::type..., 0};

  static Signature made() { return {{Param<A>::type...}, ResultTypes<Value>::list()}; }
  static bool fits(const Signature &s) noexcept
  {
    return s.params.size() == sizeof...(A) && s.results.size() == Results<Value>::count &&
           Results<Value>::fits(s.results.data()) && fits(s, std::index_sequence_for<A...>());
  }
  template <std::size_t... I>
  static bool fits([[maybe_unused]] const Signature &s, std::index_sequence<I...>) noexcept
  {
    return (Param<A>::fits(s.params[I]) && ...);
  }

  static vm_status enter(vm_isolate *, void *user, const vm_value *args, vm_value *results)
  {
    Held<F> *held = static_cast<Held<F> *>(user);
#if VM_HPP_EXCEPTIONS
    try {
      return run(held, args, results, std::index_sequence_for<A...>());
    } catch (...) {
      return cross_current(held->state);
    }
#else
    return run(held, args, results, std::index_sequence_for<A...>());
#endif
  }
  template <std::size_t... I>
  static vm_status run(Held<F> *held, [[maybe_unused]] const vm_value *args, [[maybe_unused]] vm_value *results,
                       std::index_sequence<I...>)
  {
    std::tuple<Param<A>...> params_;
    vm_status st = VM_OK;
    ((st = st == VM_OK ? std::get<I>(params_).load(held->state, args[I]) : st), ...);
    if (VM_HPP_UNLIKELY(st != VM_OK)) return st;
    if constexpr (std::is_void_v<R>) {
      call(held, std::get<I>(params_)...);
      return VM_OK;
    } else {
      return store(held->state, call(held, std::get<I>(params_)...), results);
    }
  }
  static R call(Held<F> *held, Param<A> &...x)
  {
    if constexpr (TakesGuest) {
      return held->f(Access::guest(held->state), x.pass()...);
    } else {
      return held->f(x.pass()...);
    }
  }
};

template <typename F, typename Type>
struct EntryOf;
template <typename F, typename R, typename... A>
struct EntryOf<F, R(A...)> : Entry<F, R(A...), false> {};
template <typename F, typename R, typename... A>
struct EntryOf<F, R(Guest, A...)> : Entry<F, R(A...), true> {};
template <typename F, typename R, typename... A>
struct EntryOf<F, R(const Guest &, A...)> : Entry<F, R(A...), true> {};

template <typename F>
Ret<void> define_entry(State *state, Name module, Name name, const Signature &s, vm_host_function *enter, F &&f)
{
  using H = Held<std::decay_t<F>>;
  Record e;
  if (state == nullptr || state->isolate == nullptr) return fail<void>(Error(VM_STATE, "the isolate has been closed"));
  auto *held = new (std::nothrow) H{state, std::forward<F>(f)};
  if (held == nullptr) return fail<void>(Error(VM_MEMORY, "no memory for a host function"));
  const vm_status st = vm_isolate_define_func(
      state->isolate, module.c_str, name.c_str, s.params.data(), static_cast<std::uint32_t>(s.params.size()),
      s.results.data(), static_cast<std::uint32_t>(s.results.size()), enter, held, &H::drop, e);
  if (st != VM_OK) {
    delete held;
    return fail<void>(state, st, e);
  }
  return done();
}

template <typename F, typename>
struct HostFunction {
  static_assert(Callable<F>::known,
                "vm.hpp: a host function is a lambda, an object with one operator() that is no template, or a function "
                "pointer: its parameters say what the guest passes (so no `auto` among them)");
};
template <typename F>
struct HostFunction<F, std::enable_if_t<Callable<F>::known>> {
  using E = EntryOf<F, typename Callable<F>::Type>;
  template <typename G>
  static Ret<void> define(State *state, Name module, Name name, const Signature *s, G &&f)
  {
    if (s != nullptr && !E::fits(*s))
      return fail<void>(Error(VM_ARGUMENT, "host function " + std::string(module.c_str) + "." + name.c_str +
                                               ": its C++ parameters and result do not fit " + s->text()));
    return define_entry(state, module, name, s != nullptr ? *s : E::made(), &E::enter, std::forward<G>(f));
  }
};

template <typename F>
struct RawEntry {
  using R = std::invoke_result_t<F &, Guest, const vm_value *, vm_value *>;
  static_assert(std::is_void_v<R> || std::is_same_v<R, Result<void>>,
                "vm.hpp: a raw host function returns void or vm::Result<void>");
  static vm_status enter(vm_isolate *, void *user, const vm_value *args, vm_value *results)
  {
    Held<F> *held = static_cast<Held<F> *>(user);
#if VM_HPP_EXCEPTIONS
    try {
      return run(held, args, results);
    } catch (...) {
      return cross_current(held->state);
    }
#else
    return run(held, args, results);
#endif
  }
  static vm_status run(Held<F> *held, const vm_value *args, vm_value *results)
  {
    if constexpr (std::is_void_v<R>) {
      held->f(Access::guest(held->state), args, results);
      return VM_OK;
    } else {
      return store(held->state, held->f(Access::guest(held->state), args, results), results);
    }
  }
};

} // namespace detail
/// @endcond

template <typename F>
Ret<void> Guest::define_raw(Name module, Name name, const Signature &signature, F &&function) const
{
  static_assert(std::is_invocable_v<std::decay_t<F> &, Guest, const vm_value *, vm_value *>,
                "vm.hpp: a raw host function takes (vm::Guest, const vm_value *args, vm_value *results)");
  return detail::define_entry(state_, module, name, signature, &detail::RawEntry<std::decay_t<F>>::enter,
                              std::forward<F>(function));
}

inline Ret<Function> Guest::function(Name module, Name name) const
{
  detail::Record e;
  vm_status st = VM_OK;
  if (get() == nullptr) return detail::fail<Function>(Error(VM_STATE, "the isolate has been closed"));
  {
    detail::InnerScope scope(state_);
    vm_ref ref = vm_ref_null();
    st = scope.open ? vm_isolate_get_func(get(), module.c_str, name.c_str, &ref, e) : scope.status;
    if (st == VM_OK) return Function::from(detail::Access::local(state_, ref));
  }
  return detail::fail<Function>(state_, st, e);
}

template <typename F>
Ret<TypedFunction<F>> Guest::function(Name module, Name name) const
{
#if VM_RESULTS
  Result<Function> f = function(module, name);
  if (!f) return f.error();
  return f->template typed<F>();
#else
  return function(module, name).template typed<F>();
#endif
}

// ---- what was declared above ----

inline Ret<vm_ref_info> Local::info() const
{
  detail::Record e;
  vm_ref_info out{};
  const vm_status st = vm_ref_get_info(isolate(), ref_, &out, e);
  if (st != VM_OK) return wrong<vm_ref_info>(st, e);
  return out;
}

inline Ret<bool> Local::is(vm_typeid type) const
{
  if (is_null()) return false;
  detail::Record e;
  int out = 0;
  const vm_status st = vm_ref_is(isolate(), ref_, type, &out, e);
  if (st != VM_OK) return wrong<bool>(st, e);
  return out != 0;
}

inline Ret<vm_dynamic_kind> Local::kind() const
{
  if (is_null()) return VM_DYNAMIC_OTHER;
  detail::Record e;
  vm_dynamic_kind out = VM_DYNAMIC_OTHER;
  const vm_status st = vm_dynamic_get_kind(isolate(), ref_, &out, e);
  if (st != VM_OK) return wrong<vm_dynamic_kind>(st, e);
  return out;
}

inline Ret<bool> Local::same(const Local &other) const
{
  if (is_null() || other.is_null()) return is_null() == other.is_null();
  if (other.state_ != state_) return detail::fail<bool>(detail::foreign());
  detail::Record e;
  int out = 0;
  const vm_status st = vm_ref_same(isolate(), ref_, other.ref_, &out, e);
  if (st != VM_OK) return wrong<bool>(st, e);
  return out != 0;
}

inline Ret<Local> Local::dup() const
{
  if (is_null()) return Local();
  detail::Record e;
  vm_ref out = vm_ref_null();
  const vm_status st = vm_ref_dup(isolate(), ref_, &out, e);
  if (st != VM_OK) return wrong<Local>(st, e);
  return Local(state_, out);
}

inline Ret<Ref> Local::keep() const
{
  if (is_null()) return Ref();
  detail::Record e;
  vm_ref out = vm_ref_null();
  const vm_status st = vm_ref_persist(isolate(), ref_, &out, e);
  if (st != VM_OK) return wrong<Ref>(st, e);
  return Ref(state_, out);
}

/// @cond
namespace detail {

inline Ref Access::kept(State *state, vm_ref ref) noexcept { return Ref(state, ref); }

inline std::string type_text(vm_type type)
{
  static constexpr const char *kinds[] = {"i32", "i64", "f32", "f64", "dyn"};
  static constexpr const char *heaps[] = {"any", "struct", "array", "func", "extern", "exn", "weak"};
  const std::uint32_t heap = VM_TYPE_HEAP(type);
  if (VM_TYPE_KIND(type) < VM_KIND_REF) return kinds[VM_TYPE_KIND(type)];
  if (VM_TYPE_KIND(type) != VM_KIND_REF || heap > VM_HEAP_WEAK) return "no type";
  return std::string(VM_TYPE_NULLABLE(type) ? "(ref null " : "(ref ") +
         (heap >= VM_HEAP_ANY ? heaps[heap - VM_HEAP_ANY] : "type " + std::to_string(heap)) + ")";
}

inline Frame copy_frame(const vm_frame &f)
{
  const auto text = [](const char *s) { return std::string(s != nullptr ? s : ""); };
  return {text(f.module), text(f.function), text(f.file), f.index, f.offset, f.line};
}

} // namespace detail
/// @endcond

inline Ret<Dyn> Error::payload() const
{
  detail::State *state = trace_ ? trace_->state.get() : nullptr;
  if (state == nullptr) return detail::fail<Dyn>(Error(VM_NOT_FOUND, "no guest code was in it"));
  detail::Record e;
  vm_value v = vm_dyn_nil();
  const vm_status st = vm_exception_get_payload(state->isolate, trace_->exception, &v, e);
  if (st != VM_OK) return detail::fail<Dyn>(state, st, e);
  return detail::Access::dyn(state, v);
}

inline Ret<Local> Error::exception() const
{
  detail::State *state = trace_ ? trace_->state.get() : nullptr;
  if (state == nullptr) return detail::fail<Local>(Error(VM_NOT_FOUND, "no guest code was in it"));
  return detail::Access::local(state, trace_->exception).dup();
}

inline Ret<std::vector<Frame>> Error::backtrace() const
{
  std::vector<Frame> frames;
  detail::State *state = trace_ ? trace_->state.get() : nullptr;
  if (state == nullptr) return frames;
  detail::Record e;
  vm_exception what{};
  vm_status st = vm_exception_get(state->isolate, trace_->exception, &what, e);
  for (std::uint32_t i = 0; st == VM_OK && i < what.frames; i++) {
    vm_frame f{};
    st = vm_exception_get_frame(state->isolate, trace_->exception, i, &f, e);
    if (st == VM_OK) frames.push_back(detail::copy_frame(f));
  }
  if (st != VM_OK) return detail::fail<std::vector<Frame>>(state, st, e);
  return frames;
}

inline Ret<Frame> Function::describe() const
{
  if (!alive()) return detail::fail<Frame>(unusable());
  detail::Record e;
  vm_frame f{};
  const vm_status st = vm_func_describe(state_->isolate, ref_.get(), &f, e);
  if (st != VM_OK) return detail::fail<Frame>(state_, st, e);
  return detail::copy_frame(f);
}

inline Ret<std::vector<Value>> Function::apply(const std::vector<Value> &args) const
{
  using Out = std::vector<Value>;
  if (!alive()) return detail::fail<Out>(unusable());
  std::vector<vm_value> in, results(type_.nresults);
  for (const Value &v : args) {
    const bool ref = v.kind() == VM_KIND_REF ? !vm_ref_is_null(v.get().of.ref) : vm_dyn_is_ref(v.get()) != 0;
    if (ref && detail::Access::state(v) != state_) return detail::fail<Out>(detail::foreign());
    in.push_back(v.get());
  }
  detail::Record e;
  const vm_status st = vm_call(state_->isolate, ref_.get(), in.data(), static_cast<std::uint32_t>(in.size()),
                               results.data(), type_.nresults, e);
  if (st != VM_OK) return detail::fail<Out>(state_, st, e);
  Out out;
  for (const vm_value &v : results) out.push_back(detail::Access::value(state_, v));
  return out;
}

// ---- building modules ----

/// Numbers of things in a module; those of different things do not mix.
template <typename Of>
struct Index {
  std::uint32_t value = VM_NO_INDEX; ///< as vm/builder.h has it
};
using TypeIndex = Index<struct TypeTag>;     ///< of a type
using FuncIndex = Index<struct FuncTag>;     ///< of a function
using GlobalIndex = Index<struct GlobalTag>; ///< of a global
using TableIndex = Index<struct TableTag>;   ///< of a table
using MemoryIndex = Index<struct MemoryTag>; ///< of a linear memory
using DataIndex = Index<struct DataTag>;     ///< of a data segment
using ElemIndex = Index<struct ElemTag>;     ///< of an element segment
using LocalIndex = Index<struct LocalTag>;   ///< of a parameter or local
using LabelIndex = Index<struct LabelTag>;   ///< of a label
using FileIndex = Index<struct FileTag>;     ///< of a source file

/// A reference to a declared type, never null.
inline vm_type ref_to(TypeIndex type) noexcept { return VM_REF(type.value); }
/// A reference to a declared type, or null.
inline vm_type ref_null_to(TypeIndex type) noexcept { return VM_REF_NULL(type.value); }

/// Value types, in the order of parameters, results or a stack.
using Types = std::vector<vm_type>;

/// @cond
namespace detail {
template <typename T>
std::uint64_t immediate(T x) noexcept
{
  static_assert(std::is_integral_v<T> || std::is_enum_v<T> || std::is_floating_point_v<T>,
                "vm.hpp: an immediate is a number, a type, or one of the indices");
  if constexpr (std::is_same_v<T, float>) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &x, sizeof bits);
    return bits;
  } else if constexpr (std::is_floating_point_v<T>) {
    const double d = static_cast<double>(x);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &d, sizeof bits);
    return bits;
  } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(x));
  } else {
    return static_cast<std::uint64_t>(x);
  }
}
template <typename Of>
std::uint64_t immediate(Index<Of> x) noexcept
{
  return x.value;
}
} // namespace detail
/// @endcond

/// The body of a function, instruction after instruction. Every call is checked against the operand stack;
/// a mistake is thrown by the call that made it, or, with VM_RESULTS, kept until Builder::finish.
class Code {
public:
  Code(Code &&) = default;                ///< takes over
  Code &operator=(Code &&) = default;     ///< takes over
  Code(const Code &) = delete;            ///< there is one owner
  Code &operator=(const Code &) = delete; ///< there is one owner
  vm_fn *get() const noexcept { return fn_; } ///< for the C API
  /// The end of the body.
  void end() { check(vm_fn_end(std::exchange(fn_, nullptr))); }

  /// Any instruction but `switch`: its opcode and what else it has, indices, labels, types, numbers.
  template <typename... Imm>
  Code &op(vm_opcode opcode, Imm... imm)
  {
    static_assert(sizeof...(Imm) <= 3, "vm.hpp: no instruction has more than three immediates");
    const std::uint64_t x[4] = {detail::immediate(imm)...};
    const auto code = static_cast<std::uint32_t>(opcode);
    if constexpr (sizeof...(Imm) == 0) return check(vm_fn_op(fn_, code));
    if constexpr (sizeof...(Imm) == 1) return check(vm_fn_op1(fn_, code, x[0]));
    if constexpr (sizeof...(Imm) == 2) return check(vm_fn_op2(fn_, code, x[0], x[1]));
    if constexpr (sizeof...(Imm) == 3) return check(vm_fn_op3(fn_, code, x[0], x[1], x[2]));
  }
  Code &i32(std::int32_t x) { return check(vm_fn_i32_const(fn_, x)); } ///< i32.const
  Code &i64(std::int64_t x) { return check(vm_fn_i64_const(fn_, x)); } ///< i64.const
  Code &f32(float x) { return check(vm_fn_f32_const(fn_, x)); } ///< f32.const
  Code &f64(double x) { return check(vm_fn_f64_const(fn_, x)); } ///< f64.const
  Code &get(LocalIndex x) { return check(vm_fn_local_get(fn_, x.value)); } ///< local.get
  Code &set(LocalIndex x) { return check(vm_fn_local_set(fn_, x.value)); } ///< local.set
  Code &tee(LocalIndex x) { return check(vm_fn_local_tee(fn_, x.value)); } ///< local.tee
  Code &get(GlobalIndex x) { return check(vm_fn_global_get(fn_, x.value)); } ///< global.get
  Code &set(GlobalIndex x) { return check(vm_fn_global_set(fn_, x.value)); } ///< global.set
  Code &drop() { return check(vm_fn_drop(fn_)); } ///< drop
  Code &call(FuncIndex f) { return check(vm_fn_call(fn_, f.value)); } ///< call
  Code &call_ref(TypeIndex t) { return check(vm_fn_call_ref(fn_, t.value)); } ///< call_ref
  Code &return_call(FuncIndex f) { return check(vm_fn_return_call(fn_, f.value)); } ///< return_call
  Code &ret() { return check(vm_fn_return(fn_)); } ///< return
  Code &throw_() { return check(vm_fn_throw(fn_)); } ///< throw
  Code &br(LabelIndex l) { return check(vm_fn_br(fn_, l.value)); } ///< br
  Code &br_if(LabelIndex l) { return check(vm_fn_br_if(fn_, l.value)); } ///< br_if
  Code &br_unless(LabelIndex l) { return check(vm_fn_br_unless(fn_, l.value)); } ///< br_unless
  /// switch
  Code &switch_(const std::vector<LabelIndex> &labels, LabelIndex otherwise)
  {
    std::vector<std::uint32_t> numbers;
    for (const LabelIndex l : labels) numbers.push_back(l.value);
    return check(vm_fn_switch(fn_, numbers.data(), static_cast<std::uint32_t>(numbers.size()), otherwise.value));
  }
  Code &ref_null(vm_type t) { return check(vm_fn_ref_null(fn_, t)); } ///< ref.null
  Code &ref_func(FuncIndex f) { return check(vm_fn_ref_func(fn_, f.value)); } ///< ref.func
  Code &closure(FuncIndex f) { return check(vm_fn_closure_new(fn_, f.value)); } ///< closure.new
  Code &struct_new(TypeIndex t) { return check(vm_fn_struct_new(fn_, t.value)); } ///< struct.new
  /// struct.get
  Code &struct_get(TypeIndex t, std::uint32_t field) { return check(vm_fn_struct_get(fn_, t.value, field)); }
  /// struct.set
  Code &struct_set(TypeIndex t, std::uint32_t field) { return check(vm_fn_struct_set(fn_, t.value, field)); }
  Code &array_new(TypeIndex t) { return check(vm_fn_array_new(fn_, t.value)); } ///< array.new
  Code &array_get(TypeIndex t) { return check(vm_fn_array_get(fn_, t.value)); } ///< array.get
  Code &array_set(TypeIndex t) { return check(vm_fn_array_set(fn_, t.value)); } ///< array.set
  Code &array_len() { return check(vm_fn_array_len(fn_)); } ///< array.len

  /// A new local, which starts as zero, null or nil.
  LocalIndex local(vm_type type, const char *name = nullptr)
  {
    LocalIndex l;
    check(vm_fn_local(fn_, type, name, &l.value));
    return l;
  }
  /// Instructions from here on come from this line of the source.
  Code &line(std::uint32_t n) { return check(vm_fn_line(fn_, n)); }
  /// Can control come here? No: only a label can follow.
  bool reachable() const noexcept { return vm_fn_reachable(fn_) != 0; }
  /// Operands on the stack.
  std::uint32_t depth() const noexcept { return vm_fn_depth(fn_); }

  /// A new label with this whole operand stack, deepest first.
  LabelIndex label(const Types &stack = {}, const char *name = nullptr)
  {
    LabelIndex l;
    check(vm_fn_label_new(fn_, stack.data(), static_cast<std::uint32_t>(stack.size()), name, &l.value));
    return l;
  }
  /// A new label with the present operand stack and these on top.
  LabelIndex label_here(const Types &more = {}, const char *name = nullptr)
  {
    LabelIndex l;
    check(vm_fn_label_here(fn_, more.data(), static_cast<std::uint32_t>(more.size()), name, &l.value));
    return l;
  }
  Code &bind(LabelIndex l) { return check(vm_fn_label_bind(fn_, l.value)); } ///< the label is here

  /// Pop an i32; if it is not zero, `then` runs, which leaves the stack as it was.
  template <typename Then>
  Code &if_(Then then)
  {
    const LabelIndex out = label(below_top({}));
    br_unless(out);
    then();
    return bind(out);
  }
  /// Pop an i32; `then` or `otherwise` runs and pushes `results`.
  template <typename Then, typename Else>
  Code &if_else(const Types &results, Then then, Else otherwise)
  {
    const LabelIndex other = label(below_top({})), out = label(below_top(results));
    br_unless(other);
    then();
    if (reachable()) br(out);
    bind(other);
    otherwise();
    return bind(out);
  }
  /// As long as `condition` pushes an i32 that is not zero, `body` runs; both leave the stack else as it was.
  template <typename Condition, typename Body>
  Code &while_(Condition condition, Body body)
  {
    const LabelIndex again = label_here(), out = label_here();
    bind(again);
    condition();
    br_unless(out);
    body();
    if (reachable()) br(again);
    return bind(out);
  }
  /// `body`, and `handler` with the exception on the stack if one comes out of it; at an empty stack, which
  /// both leave empty.
  template <typename Body, typename Handler>
  Code &try_(Body body, Handler handler)
  {
    const LabelIndex caught = label({VM_REF(VM_HEAP_EXN)}), out = label();
    std::uint32_t range = 0;
    check(vm_fn_try_begin(fn_, caught.value, &range));
    body();
    if (reachable()) br(out);
    check(vm_fn_try_end(fn_, range));
    bind(caught);
    handler();
    return bind(out);
  }

private:
  friend class Builder;
  Code(vm_builder *b, vm_fn *fn) noexcept : b_(b), fn_(fn) {}
  Code &check(vm_status st);
  // The operand stack without its top, and `more`.
  Types below_top(const Types &more)
  {
    Types stack;
    for (std::uint32_t i = depth(); i > 1; i--) {
      vm_type t = VM_I32;
      check(vm_fn_operand(fn_, i - 1, &t));
      stack.push_back(t);
    }
    stack.insert(stack.end(), more.begin(), more.end());
    return stack;
  }
  vm_builder *b_ = nullptr;
  vm_fn *fn_ = nullptr;
};

/// A module under construction: types, imports, functions. A mistake is thrown by the call that made it; with
/// VM_RESULTS the first is kept, all that follows does nothing, and finish fails with it.
class Builder {
public:
  /// A new one. (With VM_RESULTS even its own failure is kept until finish.)
  explicit Builder(Name name = "")
  {
    detail::Record e;
    const vm_status st = vm_builder_new(nullptr, &b_, e);
#if VM_RESULTS
    if (st != VM_OK) return;
#else
    if (st != VM_OK) (void)detail::fail<int>(nullptr, st, e);
#endif
    if (name.c_str != nullptr && name.c_str[0] != '\0') check(vm_builder_name(b_, name.c_str));
  }
  /// Takes over.
  Builder(Builder &&other) noexcept : b_(std::exchange(other.b_, nullptr)) {}
  /// Takes over.
  Builder &operator=(Builder &&other) noexcept
  {
    std::swap(b_, other.b_);
    return *this;
  }
  Builder(const Builder &) = delete;            ///< there is one owner
  Builder &operator=(const Builder &) = delete; ///< there is one owner
  ~Builder() { vm_builder_free(b_); } ///< frees what is unfinished, too
  vm_builder *get() const noexcept { return b_; } ///< for the C API

  /// A source file; functions begun later come from it.
  FileIndex file(Name name)
  {
    FileIndex f;
    check(vm_builder_file(b_, name.c_str, &f.value));
    return f;
  }

  // ---- types ----

  /// A function type.
  TypeIndex func_type(const Types &params, const Types &results)
  {
    TypeIndex t;
    check(vm_builder_type_func(b_, nullptr, params.data(), size(params), results.data(), size(results), &t.value));
    return t;
  }
  /// The function type that stands for a C++ one: func_type<int64_t(int32_t, double)>().
  template <typename F>
  TypeIndex func_type()
  {
    static_assert(detail::SignatureOf<F>::known);
    const Signature s = detail::SignatureOf<F>::make();
    return func_type(s.params, s.results);
  }
  /// A struct type with its own fields, and those of `super` before them.
  TypeIndex struct_type(Name name, const std::vector<vm_field_def> &fields, TypeIndex super = {})
  {
    TypeIndex t;
    check(vm_builder_type_struct(b_, name.c_str, super.value, fields.data(), size(fields), &t.value));
    return t;
  }
  /// A struct type that is defined later, so that types can refer to each other.
  TypeIndex declare_struct(Name name)
  {
    TypeIndex t;
    check(vm_builder_type_declare(b_, name.c_str, &t.value));
    return t;
  }
  /// What was declared.
  void define_struct(TypeIndex type, const std::vector<vm_field_def> &fields, TypeIndex super = {})
  {
    check(vm_builder_type_define(b_, type.value, super.value, fields.data(), size(fields)));
  }
  /// An array type.
  TypeIndex array_type(vm_type element, bool mut = true, const char *name = nullptr)
  {
    TypeIndex t;
    check(vm_builder_type_array(b_, name, element, mut ? 1 : 0, &t.value));
    return t;
  }

  // ---- imports ----

  /// Import a function.
  FuncIndex import_func(Name module, Name name, TypeIndex type)
  {
    FuncIndex f;
    check(vm_builder_import_func(b_, module.c_str, name.c_str, name.c_str, type.value, &f.value));
    return f;
  }
  /// Import a function that C++ defines with the same signature.
  template <typename F>
  FuncIndex import_func(Name module, Name name)
  {
    return import_func(module, name, func_type<F>());
  }
  /// Import a global.
  GlobalIndex import_global(Name module, Name name, vm_type type, bool mut)
  {
    GlobalIndex g;
    check(vm_builder_import_global(b_, module.c_str, name.c_str, name.c_str, type, mut ? 1 : 0, &g.value));
    return g;
  }
  /// Make a struct type the one that another module exports.
  void import_type(Name module, Name name, TypeIndex type)
  {
    check(vm_builder_import_type(b_, module.c_str, name.c_str, type.value));
  }

  // ---- globals, memories, tables, segments ----

  /// A global.
  GlobalIndex global(Name name, vm_type type, bool mut, vm_init init)
  {
    GlobalIndex g;
    check(vm_builder_global(b_, name.c_str, type, mut ? 1 : 0, init, &g.value));
    return g;
  }
  /// A linear memory of `min` to `max` pages of 65,536 bytes.
  MemoryIndex memory(Name name, std::uint32_t min, std::uint32_t max = VM_NO_INDEX)
  {
    MemoryIndex m;
    check(vm_builder_memory(b_, name.c_str, min, max, &m.value));
    return m;
  }
  /// A table of `min` to `max` entries, nulls at first.
  TableIndex table(Name name, vm_type type, std::uint32_t min, std::uint32_t max = VM_NO_INDEX)
  {
    TableIndex t;
    check(vm_builder_table(b_, name.c_str, type, min, max, &t.value));
    return t;
  }
  /// Bytes for the instructions that name them, the names of symbols and properties among them.
  DataIndex data(std::string_view bytes)
  {
    DataIndex d;
    check(vm_builder_data(b_, nullptr, bytes.data(), static_cast<std::uint32_t>(bytes.size()), &d.value));
    return d;
  }
  /// Bytes that are in a memory when the module is instantiated.
  DataIndex data(MemoryIndex memory_index, std::int32_t offset, std::string_view bytes)
  {
    DataIndex d;
    check(vm_builder_data_active(b_, nullptr, memory_index.value, vm_init_i32(offset), bytes.data(),
                                 static_cast<std::uint32_t>(bytes.size()), &d.value));
    return d;
  }
  /// Functions that are in a table when the module is instantiated.
  ElemIndex elements(TableIndex table_index, std::int32_t offset, const std::vector<FuncIndex> &functions)
  {
    std::vector<vm_init> items;
    for (const FuncIndex f : functions) items.push_back(vm_init_func(f.value));
    ElemIndex x;
    check(vm_builder_elem_active(b_, nullptr, table_index.value, vm_init_i32(offset), VM_REF_NULL(VM_HEAP_FUNC),
                                 items.data(), size(items), &x.value));
    return x;
  }

  // ---- functions ----

  /// Declare a function whose body comes later, so that functions can call each other.
  FuncIndex declare(Name name, TypeIndex type)
  {
    FuncIndex f;
    check(vm_builder_func(b_, name.c_str, type.value, &f.value));
    return f;
  }
  /// The same with a C++ signature.
  template <typename F>
  FuncIndex declare(Name name)
  {
    return declare(name, func_type<F>());
  }
  /// Declare the body of closures, which has an environment of this struct type behind its parameters.
  FuncIndex declare_closure(Name name, TypeIndex type, TypeIndex environment)
  {
    FuncIndex f;
    check(vm_builder_func_env(b_, name.c_str, type.value, ref_to(environment), &f.value));
    return f;
  }
  /// Begin the body of a declared function.
  Code begin(FuncIndex f)
  {
    vm_fn *fn = nullptr;
    check(vm_fn_begin(b_, f.value, &fn));
    return Code(b_, fn);
  }
  /// The body of a declared function: body(Code &).
  template <typename Body>
  void define(FuncIndex f, Body body)
  {
    Code code = begin(f);
    body(code);
    code.end();
  }
  /// A function with a C++ signature and its body: body(Code &, LocalIndex of each parameter ...).
  template <typename F, typename Body>
  FuncIndex func(Name name, Body body)
  {
    const FuncIndex f = declare<F>(name);
    Code code = begin(f);
    parameters<F>::pass(body, code);
    code.end();
    return f;
  }

  // ---- exports ----

  void export_func(Name name, FuncIndex f) { check(vm_builder_export_func(b_, name.c_str, f.value)); } ///< a function
  void export_global(Name name, GlobalIndex g) { check(vm_builder_export_global(b_, name.c_str, g.value)); } ///< a global
  void export_table(Name name, TableIndex t) { check(vm_builder_export_table(b_, name.c_str, t.value)); } ///< a table
  void export_memory(Name name, MemoryIndex m) { check(vm_builder_export_memory(b_, name.c_str, m.value)); } ///< a memory
  void export_type(Name name, TypeIndex t) { check(vm_builder_export_type(b_, name.c_str, t.value)); } ///< a struct type
  void start(FuncIndex f) { check(vm_builder_start(b_, f.value)); } ///< what runs when the module is instantiated

  /// The module's bytes; the builder is done. VM_STATE: something is declared and not defined.
  Ret<Bytes> finish()
  {
    detail::Record e;
    Bytes bytes;
    if (b_ == nullptr) return detail::fail<Bytes>(Error(VM_MEMORY, "no memory for a builder"));
    const vm_status st = vm_builder_finish(b_, &bytes.bytes_, &bytes.size_, e);
    if (st != VM_OK) return detail::fail<Bytes>(nullptr, st, e);
    return bytes;
  }

private:
  template <typename F>
  struct parameters;
  template <typename R, typename... A>
  struct parameters<R(A...)> {
    template <typename Body>
    static void pass(Body &body, Code &code)
    {
      pass(body, code, std::index_sequence_for<A...>());
    }
    template <typename Body, std::size_t... I>
    static void pass(Body &body, Code &code, std::index_sequence<I...>)
    {
      body(code, LocalIndex{static_cast<std::uint32_t>(I)}...);
    }
  };
  template <typename T>
  static std::uint32_t size(const std::vector<T> &v) noexcept
  {
    return static_cast<std::uint32_t>(v.size());
  }
  void check(vm_status st)
  {
#if VM_RESULTS
    (void)st; // it is kept by the builder
#else
    if (st == VM_OK) return;
    detail::Record e;
    (void)vm_builder_error(b_, e);
    (void)detail::fail<int>(nullptr, st, e);
#endif
  }
  vm_builder *b_ = nullptr;
};

inline Code &Code::check(vm_status st)
{
#if VM_RESULTS
  (void)st, (void)b_; // it is kept by the builder
#else
  if (st != VM_OK) {
    detail::Record e;
    (void)vm_builder_error(b_, e);
    (void)detail::fail<int>(nullptr, st, e);
  }
#endif
  return *this;
}

} // namespace VM_HPP_MODE
} // namespace vm

#undef VM_HPP_MODE
#undef VM_HPP_COLD
#undef VM_HPP_INLINE
#undef VM_HPP_ENDS
#undef VM_HPP_RETURN
#undef VM_HPP_UNLIKELY

#endif
