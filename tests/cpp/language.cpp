// language.cpp - a small language on a page, from its text to its results: what a front end in C++ looks like.
//
//   program    = { "fun" NAME { NAME } "=" expression ";" } expression
//   expression = "if" expression "then" expression "else" expression | sum [ "<" sum ]
//   sum        = product { ( "+" | "-" ) product }
//   product    = factor { ( "*" | "/" ) factor }
//   factor     = NUMBER | NAME | NAME "(" expression { "," expression } ")" | "(" expression ")"
//
// All values are i64. Functions may call each other in any order; `print` is the host's.
//
// SPDX-License-Identifier: MIT
#include <cctype>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"

class Compiler {
public:
  explicit Compiler(std::string source) : source_(std::move(source)), b_("program")
  {
    functions_["print"] = {b_.import_func<std::int64_t(std::int64_t)>("host", "print"), 1};
    next();
  }

  vm::Bytes compile()
  {
    declare_all();
    while (take("fun")) function();
    const vm::FuncIndex main = b_.func<std::int64_t()>("main", [&](vm::Code &c) {
      names_.clear();
      code_ = &c;
      expression();
      c.ret();
    });
    b_.export_func("main", main);
    if (!token_.empty()) fail("expected the end");
    return b_.finish();
  }

private:
  struct Callee {
    vm::FuncIndex index;
    std::size_t params;
  };

  // ---- the text ----

  [[noreturn]] void fail(const std::string &what) const
  {
    throw std::runtime_error("line " + std::to_string(line_) + ": " + what + ", found '" + token_ + "'");
  }
  void next()
  {
    while (at_ < source_.size() && std::isspace(static_cast<unsigned char>(source_[at_]))) line_ += source_[at_++] == '\n';
    std::size_t n = 0;
    while (at_ + n < source_.size() && std::isalnum(static_cast<unsigned char>(source_[at_ + n]))) n++;
    token_ = source_.substr(at_, n == 0 ? 1 : n);
    at_ += token_.size();
  }
  bool take(const char *text)
  {
    if (token_ != text) return false;
    next();
    return true;
  }
  void want(const char *text)
  {
    if (!take(text)) fail(std::string("expected '") + text + "'");
  }
  std::string name()
  {
    if (token_.empty() || !std::isalpha(static_cast<unsigned char>(token_[0]))) fail("expected a name");
    const std::string n = token_;
    next();
    return n;
  }

  // ---- functions: heads first, so that bodies can call what comes later ----

  void declare_all()
  {
    const std::string token = token_;
    const std::size_t at = at_;
    const std::uint32_t line = line_;
    while (!token_.empty()) {
      if (!take("fun")) {
        next();
        continue;
      }
      const std::string f = name();
      vm::Types params;
      for (; token_ != "="; name()) params.push_back(VM_I64);
      functions_[f] = {b_.declare(f, b_.func_type(params, {VM_I64})), params.size()};
    }
    token_ = token, at_ = at, line_ = line;
  }
  void function()
  {
    const std::string f = name();
    names_.clear();
    for (std::uint32_t i = 0; token_ != "="; i++) names_[name()] = vm::LocalIndex{i};
    want("=");
    b_.define(functions_.at(f).index, [&](vm::Code &c) {
      code_ = &c;
      c.line(line_);
      expression();
      c.ret();
    });
    want(";");
  }

  // ---- expressions: each leaves an i64 on the stack ----

  void expression()
  {
    if (take("if")) {
      expression();
      code_->i64(0).op(VM_OP_I64_NE);
      want("then");
      code_->if_else({VM_I64}, [&] { expression(); }, [&] {
        want("else");
        expression();
      });
      return;
    }
    sum();
    if (!take("<")) return;
    sum();
    code_->op(VM_OP_I64_LT_S).op(VM_OP_I64_EXTEND_I32_U);
  }
  void sum()
  {
    product();
    while (token_ == "+" || token_ == "-") {
      const vm_opcode op = token_ == "+" ? VM_OP_I64_ADD : VM_OP_I64_SUB;
      next();
      product();
      code_->op(op);
    }
  }
  void product()
  {
    factor();
    while (token_ == "*" || token_ == "/") {
      const vm_opcode op = token_ == "*" ? VM_OP_I64_MUL : VM_OP_I64_DIV_S;
      next();
      factor();
      code_->line(line_).op(op);
    }
  }
  void factor()
  {
    if (take("(")) {
      expression();
      want(")");
    } else if (!token_.empty() && std::isdigit(static_cast<unsigned char>(token_[0]))) {
      code_->i64(std::stoll(token_));
      next();
    } else {
      const std::string n = name();
      if (token_ != "(") {
        if (names_.count(n) == 0) fail("no variable " + n);
        code_->get(names_[n]);
        return;
      }
      if (functions_.count(n) == 0) fail("no function " + n);
      std::size_t args = 0;
      do {
        next();
        expression();
        args++;
      } while (token_ == ",");
      want(")");
      if (args != functions_[n].params) fail(n + " takes another number of arguments");
      code_->call(functions_[n].index);
    }
  }

  std::string source_, token_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  vm::Builder b_;
  vm::Code *code_ = nullptr;
  std::map<std::string, Callee> functions_;
  std::map<std::string, vm::LocalIndex> names_;
};

struct Ran {
  std::int64_t result;
  std::vector<std::int64_t> printed;
};

static Ran run(const vm::Engine &engine, const std::string &source)
{
  Ran ran{0, {}};
  const vm::Module module = vm::Module::load(engine, Compiler(source).compile());
  vm::Isolate isolate(engine);
  isolate.define("host", "print", [&](std::int64_t x) {
    if (x < 0) throw std::domain_error("nothing below zero is printed");
    ran.printed.push_back(x);
    return x;
  });
  const vm::Instance instance(isolate, module);
  ran.result = instance.call<std::int64_t>("main");
  return ran;
}

int main()
{
  for (const bool stress : {false, true}) {
    const vm::Engine engine = test_engine(stress);
    CHECK(run(engine, "1 + 2 * (3 - 4) / 1").result == -1);
    CHECK(run(engine, "fun fib n = if n < 2 then n else fib(n - 1) + fib(n - 2);\nfib(20)").result == 6765);
    CHECK(run(engine, "fun even n = if n < 1 then 1 else odd(n - 1);\n"
                      "fun odd n = if n < 1 then 0 else even(n - 1);\n"
                      "even(10) * 10 + odd(10)").result == 10);
    CHECK(run(engine, "1 + (if 0 then 2 else if 1 then 3 else 4)").result == 4);
    const Ran ran = run(engine, "fun count n to = if to < n then 0 else print(n) + count(n + 1, to);\ncount(1, 4)");
    CHECK(ran.result == 10 && ran.printed == (std::vector<std::int64_t>{1, 2, 3, 4}));
    try {
      run(engine, "fun f x =\n  1 /\n  x;\nf(0)");
      CHECK(false);
    } catch (const vm::GuestException &e) {
      CHECK(e.trap() == VM_TRAP_DIVIDE_BY_ZERO && e.details().line == 3);
    }
    try {
      run(engine, "print(0 - 5)");
      CHECK(false);
    } catch (const std::domain_error &) {
    }
    for (const char *wrong : {"1 +", "fun f = 1; f(1)", "x", "(1", "fun f x = y; 1", "2 2"}) {
      try {
        run(engine, wrong);
        CHECK(false);
      } catch (const std::runtime_error &e) {
        CHECK(std::string(e.what()).find("line 1: ") == 0);
      }
    }
  }
  return 0;
}
